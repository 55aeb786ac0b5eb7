//! From wire names to Rust names.

use proc_macro2::Ident;
use quote::format_ident;

/// Splits a wire name of any style into lower-case words.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (at, &c) in chars.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| chars.get(at)).copied().unwrap_or(' ');
        let after = chars.get(at + 1).copied().unwrap_or(' ');
        let starts = c.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || before.is_ascii_digit()
                || (before.is_ascii_uppercase() && after.is_ascii_lowercase()));
        let starts = starts || (c.is_ascii_digit() && before.is_ascii_lowercase());
        if starts && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.push(c.to_ascii_lowercase());
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

/// A field, method or module name.
pub(super) fn snake(name: &str) -> Ident {
    // Runs of capitals that no rule splits well.
    let name = name.replace("RETURNMAC", "return_mac").replace("IINdetails", "_iin_details");
    let joined = words(&name).join("_");
    match joined.as_str() {
        "type" | "ref" | "match" | "move" => format_ident!("{joined}_"),
        _ => format_ident!("{joined}"),
    }
}

/// A type or variant name.
pub(super) fn camel(name: &str) -> Ident {
    let mut out = String::new();
    for word in words(name) {
        // Two digits side by side would run into one number: keep 1.0.2 apart from 10.2.
        if out.ends_with(|c: char| c.is_ascii_digit())
            && word.starts_with(|c: char| c.is_ascii_digit())
        {
            out.push('_');
        }
        let mut chars = word.chars();
        out.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        out.push_str(chars.as_str());
    }
    if out.starts_with(|c: char| c.is_ascii_digit()) {
        out.insert(0, 'V');
    }
    if out.is_empty() {
        out.push_str("Empty");
    }
    // A variant of this name is in every open enum already.
    if out == "Unknown" {
        out.push_str("Value");
    }
    format_ident!("{out}")
}

/// A constant's name.
pub(super) fn upper(name: &str) -> Ident {
    format_ident!("{}", snake(name).to_string().to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_names_become_rust_names() {
        for (wire, rust) in [
            ("amountOfMoney", "amount_of_money"),
            ("redirectURL", "redirect_url"),
            ("RETURNMAC", "return_mac"),
            ("getIINdetails", "get_iin_details"),
            ("nModulus", "n_modulus"),
            ("eInvoicePaymentMethodSpecificInput", "e_invoice_payment_method_specific_input"),
            ("paymentProduct302SpecificInput", "payment_product_302_specific_input"),
            ("threeDSecure", "three_d_secure"),
            ("type", "type_"),
        ] {
            assert_eq!(snake(wire).to_string(), rust);
        }
        for (wire, rust) in [
            ("APIError", "ApiError"),
            ("GetIINDetailsRequest", "GetIinDetailsRequest"),
            ("GPayThreeDSecure", "GPayThreeDSecure"),
            ("PENDING_APPROVAL", "PendingApproval"),
            ("2.3.1.1", "V2_3_1_1"),
            ("250x400", "V250x400"),
            ("payment.paid_increment", "PaymentPaidIncrement"),
            ("unknown", "UnknownValue"),
        ] {
            assert_eq!(camel(wire).to_string(), rust);
        }
    }
}
