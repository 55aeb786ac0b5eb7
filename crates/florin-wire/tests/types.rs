//! What holds for every type of the specification.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use florin_wire::connect::v1::operations;
use florin_wire::connect::v1::types::*;
use florin_wire::{Kind, Platform, Shape, Validate};
use serde_json::json;

#[test]
fn the_specification_is_all_here() {
    assert_eq!(operations::ALL.len(), 73);
    let queries = SCHEMAS.iter().filter(|schema| schema.name.ends_with("Params")).count();
    assert_eq!(SCHEMAS.len() - queries, 372);
    assert_eq!(
        WebhooksEventType::from("payment.paid_increment").as_str(),
        "payment.paid_increment"
    );
}

/// The names that the official SDKs mask in their logs, and what they are.
const MASKED: &[(&str, &[Kind])] = &[
    ("cardNumber", &[Kind::Pan]),
    ("expiryDate", &[Kind::Expiry]),
    ("cvv", &[Kind::Cvv]),
    ("iban", &[Kind::Iban]),
    ("accountNumber", &[Kind::Account]),
    ("reformattedAccountNumber", &[Kind::Account]),
    ("bin", &[Kind::Bin]),
    ("value", &[Kind::Value]),
    ("keyId", &[Kind::Secret]),
    ("secretKey", &[Kind::Secret]),
    ("publicKey", &[Kind::Secret]),
    ("userAuthenticationToken", &[Kind::Secret]),
    ("encryptedPayload", &[Kind::Payload, Kind::Secret]),
    ("decryptedPayload", &[Kind::Payload, Kind::Secret]),
    ("encryptedCustomerInput", &[Kind::Payload]),
    ("RETURNMAC", &[Kind::Secret]),
    ("cavv", &[Kind::Cryptogram]),
    ("cryptogram", &[Kind::Cryptogram]),
];

#[test]
fn what_must_not_be_seen_is_sensitive_in_every_type() {
    let mut found = 0;
    for schema in SCHEMAS {
        for field in schema.fields.iter().filter(|field| matches!(field.shape, Shape::String)) {
            if let Some((_, kinds)) = MASKED.iter().find(|(name, _)| *name == field.name) {
                assert!(
                    field.sensitive.is_some_and(|kind| kinds.contains(&kind)),
                    "{}.{}",
                    schema.name,
                    field.name
                );
                found += 1;
            }
        }
    }
    assert!(found > 20, "{found}");
}

#[test]
fn what_is_unknown_survives_or_is_dropped_and_never_refused() {
    let read: PaymentResponse =
        serde_json::from_value(json!({"status": "SOMETHING_NEW", "added": {"later": [null]}}))
            .unwrap();
    assert_eq!(read.status, Some(PaymentStatus::Unknown("SOMETHING_NEW".into())));
    assert_eq!(serde_json::to_value(&read).unwrap(), json!({"status": "SOMETHING_NEW"}));
}

#[test]
fn objects_survive_a_round_trip() {
    let document = json!({
        "order": {
            "amountOfMoney": {"amount": i64::MAX, "currencyCode": "EUR"},
            "customer": {"personalInformation": {"name": {"firstName": "Wile"}}},
            "shoppingCart": {"items": [{"invoiceData": {"description": "ACME rocket"}}, {}]}
        },
        "fraudFields": {"userData": []},
        "cardPaymentMethodSpecificInput": {"card": {"cardNumber": "4567350000427977"}}
    });
    let read: CreatePaymentRequest = serde_json::from_value(document.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), document);
    assert_eq!(read, read.clone());
}

#[test]
fn debug_output_shows_what_is_set_and_nothing_that_must_not_be_seen() {
    let card = Card::default()
        .card_number("4567350000427977")
        .cvv("987")
        .expiry_date("1234")
        .cardholder_name("Wile E. Coyote");
    let shown = format!("{card:?}");
    assert_eq!(shown, "Card { cardNumber: ***, cardholderName: ***, cvv: ***, expiryDate: *** }");
}

#[test]
fn a_valid_request_passes_and_an_empty_one_names_what_is_missing() {
    let money = AmountOfMoney::default().amount(100).currency_code("EUR");
    let card = Card::default().card_number("4567350000427977").expiry_date("1230");
    let request = CreatePaymentRequest::default()
        .order(Order::default().amount_of_money(money))
        .card_payment_method_specific_input(
            CardPaymentMethodSpecificInput::default().payment_product_id(1).card(card),
        );
    assert_eq!(request.validate(), Ok(()));
    assert_eq!(request.validate_for(Platform::GlobalCollect), Ok(()));
    let faults = request.validate_for(Platform::Ogone).unwrap_err();
    assert_eq!(
        faults.to_string(),
        "cardPaymentMethodSpecificInput.threeDSecure.redirectionData.returnUrl is missing"
    );
    let faults = CreatePaymentRequest::default().validate().unwrap_err();
    let paths: Vec<_> = faults.0.iter().map(|fault| fault.path.as_str()).collect();
    assert!(paths.contains(&"order.amountOfMoney.amount"), "{paths:?}");
    assert!(paths.contains(&"order.amountOfMoney.currencyCode"), "{paths:?}");
}
