//! Finds every member of a JSON document that does not fit a schema.
//!
//! A typed parse stops at the first member that it cannot read. When that happens the document is walked here, so
//! that one answer names them all.

use std::fmt::Write as _;

use serde_json::Value as Json;

use crate::json::{bool_from_text, int_from_float, int_from_text};
use crate::validate::stars;
use crate::{Fault, FaultKind, Field, Schema, Shape};

/// Reports the members that a tolerant parse of that type refuses.
pub fn faults(document: &Json, schema: &'static Schema) -> Vec<Fault> {
    let mut faults = Vec::new();
    object(document, schema, &mut String::new(), &mut faults);
    faults
}

fn object(json: &Json, schema: &'static Schema, path: &mut String, faults: &mut Vec<Fault>) {
    let Json::Object(members) = json else {
        if !json.is_null() {
            faults.push(Fault { path: path.clone(), kind: FaultKind::WrongType(shape_of(json)) });
        }
        return;
    };
    for field in schema.fields {
        let Some(value) = members.get(field.name) else { continue };
        let start = path.len();
        if start > 0 {
            path.push('.');
        }
        path.push_str(field.name);
        member(value, field, path, faults);
        path.truncate(start);
    }
}

fn member(json: &Json, field: &Field, path: &mut String, faults: &mut Vec<Fault>) {
    if json.is_null() {
        return;
    }
    match field.shape {
        Shape::Object(schema) => object(json, schema, path, faults),
        Shape::Strings | Shape::Int32s | Shape::Tokens(_) | Shape::Objects(_) => {
            let Json::Array(items) = json else {
                return faults.push(wrong(json, field, path));
            };
            let end = path.len();
            for (at, item) in items.iter().enumerate().take(field.limits.max_items as usize) {
                let _ = write!(path, "[{at}]");
                match field.shape {
                    Shape::Objects(schema) => object(item, schema, path, faults),
                    Shape::Int32s if !fits(item, Shape::Int32) => {
                        faults.push(wrong(item, field, path));
                    }
                    Shape::Strings | Shape::Tokens(_) if !fits(item, Shape::String) => {
                        faults.push(wrong(item, field, path));
                    }
                    _ => {}
                }
                path.truncate(end);
            }
        }
        // The typed parse reads text from true and false, but not text that is kept from sight.
        _ if field.sensitive.is_some() && json.is_boolean() => {
            faults.push(wrong(json, field, path));
        }
        scalar if !fits(json, scalar) => faults.push(wrong(json, field, path)),
        _ => {}
    }
}

/// Whether the tolerant parse takes a scalar. Mirrors the visitor of [`crate::json`].
fn fits(json: &Json, shape: Shape) -> bool {
    if json.is_null() {
        return true;
    }
    let integer = match json {
        Json::Number(number) => number
            .as_i64()
            .or_else(|| number.as_f64().filter(|_| !number.is_u64()).and_then(int_from_float)),
        Json::String(text) => int_from_text(text),
        _ => None,
    };
    match shape {
        Shape::Int64 => integer.is_some(),
        Shape::Int32 => integer.is_some_and(|number| i32::try_from(number).is_ok()),
        Shape::Bool => match json {
            Json::Bool(_) => true,
            Json::String(text) => bool_from_text(text).is_some(),
            _ => matches!(integer, Some(0 | 1)),
        },
        Shape::String => match json {
            Json::String(_) | Json::Bool(_) => true,
            Json::Number(number) => number.is_u64() || integer.is_some(),
            _ => false,
        },
        Shape::Token(_) => json.is_string() || integer.is_some(),
        _ => false,
    }
}

fn wrong(json: &Json, field: &Field, path: &str) -> Fault {
    let shown = match json {
        Json::Array(_) | Json::Object(_) => shape_of(json),
        scalar => {
            let text = scalar.as_str().map_or_else(|| scalar.to_string(), str::to_owned);
            if field.sensitive.is_some() { stars(&text) } else { text }
        }
    };
    Fault { path: path.to_owned(), kind: FaultKind::WrongType(shown) }
}

fn shape_of(json: &Json) -> String {
    match json {
        Json::Array(_) => "an array".to_owned(),
        Json::Object(_) => "an object".to_owned(),
        scalar => scalar.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::v1::types::CreatePaymentRequest;
    use crate::{Typed, Validate};

    #[test]
    fn every_wrong_member_is_reported_with_its_path() {
        let document = serde_json::json!({
            "order": {"amountOfMoney": {"amount": "50.3", "currencyCode": {"a": 1}}},
            "cardPaymentMethodSpecificInput": {"card": {"cvv": [1]}, "isRecurring": "maybe"}
        });
        let found = faults(&document, CreatePaymentRequest::SCHEMA);
        let paths: Vec<_> = found.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "cardPaymentMethodSpecificInput.card.cvv",
                "cardPaymentMethodSpecificInput.isRecurring",
                "order.amountOfMoney.amount",
                "order.amountOfMoney.currencyCode",
            ]
        );
        assert!(serde_json::from_value::<CreatePaymentRequest>(document).is_err());
    }

    #[test]
    fn what_the_walk_accepts_the_typed_parse_accepts() {
        let document = serde_json::json!({
            "order": {"amountOfMoney": {"amount": "100", "currencyCode": "EUR"}, "unknown": [1, {}]},
            "cardPaymentMethodSpecificInput": {
                "card": {"cvv": 123, "cardNumber": "4567350000427977", "expiryDate": null},
                "isRecurring": "True", "paymentProductId": "1", "skipAuthentication": 1,
                "authorizationMode": "SOMETHING_NEW"
            }
        });
        assert!(faults(&document, CreatePaymentRequest::SCHEMA).is_empty());
        let parsed: CreatePaymentRequest = serde_json::from_value(document).unwrap();
        let amount = parsed.order.as_ref().unwrap().amount_of_money.as_ref().unwrap().amount;
        assert_eq!(amount, Some(100));
        let shown = format!("{parsed:?}");
        assert!(!shown.contains("4567350000427977") && !shown.contains("123"), "{shown}");
        let faults = parsed.validate().unwrap_err();
        assert!(faults.0.iter().any(|fault| fault.path.ends_with("authorizationMode")));
    }
}
