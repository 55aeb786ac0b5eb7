//! Bodies into valid requests, with every fault named at once.

use florin_engine::{Fault, Rejection};
use florin_wire::validate::{Fault as WireFault, FaultKind, luhn};
use florin_wire::{Sensitive, Typed, Validate, walk};
use serde::de::DeserializeOwned;

use super::Call;

/// Reads a body, with everything that is wrong with it.
///
/// What the tolerant parse cannot read is reported member by member and left out; what remains is validated, here and
/// by the caller, so that one answer names everything.
pub(super) fn body<T: Typed + DeserializeOwned>(call: &Call) -> Result<(T, Vec<Fault>), Rejection> {
    let bytes: &[u8] = &call.body;
    let request = if bytes.iter().all(u8::is_ascii_whitespace) {
        T::default()
    } else {
        match serde_json::from_slice::<T>(bytes) {
            Ok(request) => request,
            Err(_) => return without_wrong_members(bytes, call),
        }
    };
    let faults = validate(&request, call);
    Ok((request, faults))
}

fn validate<T: Validate>(request: &T, call: &Call) -> Vec<Fault> {
    match request.validate_for(call.merchant.platform) {
        Ok(()) => Vec::new(),
        Err(faults) => faults.0.iter().map(fault).collect(),
    }
}

fn without_wrong_members<T: Typed + DeserializeOwned>(
    bytes: &[u8],
    call: &Call,
) -> Result<(T, Vec<Fault>), Rejection> {
    let Ok(mut document) = serde_json::from_slice::<serde_json::Value>(bytes) else {
        return Err(Fault::bad_request().saying("the body is not JSON").into());
    };
    let wrong = walk::faults(&document, T::SCHEMA);
    for fault in &wrong {
        remove(&mut document, &fault.path);
    }
    let rest = serde_json::from_value::<T>(document);
    let (Ok(rest), false) = (rest, wrong.iter().any(|fault| fault.path.is_empty())) else {
        return Err(Fault::bad_request().saying("the body is not a JSON object").into());
    };
    let known = |found: &Fault| {
        let found = found.property.as_deref().unwrap_or_default();
        wrong.iter().any(|fault| fault.path.starts_with(found) || found.starts_with(&fault.path))
    };
    let mut faults: Vec<Fault> = wrong.iter().map(fault).collect();
    faults.extend(validate(&rest, call).into_iter().filter(|found| !known(found)));
    Ok((rest, faults))
}

/// Makes the member at a path null.
fn remove(document: &mut serde_json::Value, path: &str) {
    let pointer = path.replace('[', ".").replace(']', "");
    let pointer = format!("/{}", pointer.replace('.', "/"));
    if let Some(member) = document.pointer_mut(&pointer) {
        *member = serde_json::Value::Null;
    }
}

/// The catalogue's entry for what validation found.
pub(super) fn fault(found: &WireFault) -> Fault {
    let path = found.path.as_str();
    let name = path.rsplit('.').next().unwrap_or(path);
    let entry = match &found.kind {
        FaultKind::Missing => Fault::missing(),
        FaultKind::Blank => Fault::blank().saying(format!("NULL VALUE NOT ALLOWED FOR {path}")),
        FaultKind::NotAllowed(value) if name == "expiryDate" => {
            Fault::expired().saying(expiry_message(path, value))
        }
        FaultKind::OutOfRange { value, min_length, max_length } => {
            Fault::out_of_range().saying(format!(
                "VALUE {value} OF FIELD {} IS NOT A NUMBER WITH MINLENGTH {min_length}, MAXLENGTH {max_length} AND PRECISION 0",
                name.to_uppercase()
            ))
        }
        FaultKind::WrongType(value) | FaultKind::NotAllowed(value) => Fault::invalid_value()
            .saying(format!("INVALID_VALUE: '{value}' is not a valid value for field '{name}'")),
        FaultKind::TooManyItems(most) => Fault::invalid_value()
            .saying(format!("INVALID_VALUE: field '{name}' has more than {most} items")),
        FaultKind::Luhn(digits) => Fault::luhn().saying(luhn_message(*digits)),
        _ => Fault::invalid_value()
            .saying(format!("INVALID_VALUE: field '{name}' excludes another that is there")),
    };
    entry.at(path)
}

fn luhn_message(digits: usize) -> String {
    let stars = "*".repeat(digits);
    format!("VALUE {stars} OF FIELD CREDITCARDNUMBER DID NOT PASS THE LUHNCHECK")
}

fn expiry_message(path: &str, shown: &str) -> String {
    format!("{path} ({shown}) IS IN THE PAST OR NOT IN CORRECT MMYY FORMAT")
}

/// Checks a card number that is there.
pub(super) fn card_number(faults: &mut Vec<Fault>, path: &str, number: Option<&Sensitive<String>>) {
    let Some(number) = number.map(Sensitive::expose).filter(|number| !number.is_empty()) else {
        return;
    };
    if !luhn(number) {
        let digits = number.chars().count();
        faults.push(Fault::luhn().at(path).saying(luhn_message(digits)));
    }
}

/// Checks an expiry date that is there, at a month.
pub(super) fn expiry(
    faults: &mut Vec<Fault>,
    path: &str,
    expiry: Option<&Sensitive<String>>,
    month: (i16, i8),
) {
    let Some(text) = expiry.map(Sensitive::expose).filter(|text| !text.is_empty()) else { return };
    let already = faults.iter().any(|fault| fault.property.as_deref() == Some(path));
    if !already && florin_engine::card::is_valid_until(text, month) != Some(true) {
        let shown = "*".repeat(text.chars().count());
        faults.push(Fault::expired().at(path).saying(expiry_message(path, &shown)));
    }
}

/// Goes on only when nothing is wrong.
pub(super) fn refuse_if(faults: Vec<Fault>) -> Result<(), Rejection> {
    if faults.is_empty() { Ok(()) } else { Err(Rejection(faults)) }
}
