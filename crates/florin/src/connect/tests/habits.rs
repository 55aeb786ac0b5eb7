//! What is done for calls on request: checks before sending, and idempotence keys.

use std::error::Error as _;

use super::*;
use crate::connect::Error;
use crate::connect::types::*;
use crate::validate::{FaultKind, Validate};
use crate::{Platform, Sensitive};

fn paths(error: &Error) -> Vec<&str> {
    error.faults().iter().map(|fault| &*fault.path).collect()
}

fn wrong() -> CreatePaymentRequest {
    let card = Card::default().card_number(Sensitive::from("4567350000427978"));
    CreatePaymentRequest::default()
        .order(Order::default().amount_of_money(AmountOfMoney::default().currency_code("EURO")))
        .card_payment_method_specific_input(
            CardPaymentMethodSpecificInput::default().payment_product_id(1).card(card),
        )
}

#[tokio::test]
async fn a_request_that_is_wrong_is_not_sent() {
    let player = Player::playing([]);
    let payments = client(config(), &player).merchant("1").payments();
    let error = payments.create(&wrong()).validate().await.unwrap_err();
    assert!(matches!(error, Error::Local(_)));
    // The same as without a call.
    assert_eq!(error.faults(), wrong().validate().unwrap_err().0);
    let paths = paths(&error);
    assert!(paths.contains(&"order.amountOfMoney.amount"), "{paths:?}");
    assert!(paths.contains(&"order.amountOfMoney.currencyCode"), "{paths:?}");
    assert!(paths.contains(&"cardPaymentMethodSpecificInput.card.expiryDate"), "{paths:?}");
    // It names the members and shows no value; its source shows those that may be seen.
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("order.amountOfMoney.amount, "), "{shown}");
    assert!(!shown.contains("EURO") && !shown.contains("4567"), "{shown}");
    let source = error.source().unwrap().to_string();
    assert!(source.contains("EURO") && !source.contains("4567"), "{source}");
    assert_eq!(player.count(), 0);
}

#[tokio::test]
async fn what_one_platform_asks_for_is_checked_for_that_one() {
    let player = Player::playing([]);
    let payments = client(config(), &player).merchant("1").payments();
    for platform in [Platform::GlobalCollect, Platform::Ogone] {
        let error = payments.create(&wrong()).validate_for(platform).await.unwrap_err();
        assert_eq!(error.faults(), wrong().validate_for(platform).unwrap_err().0);
    }
}

#[tokio::test]
async fn queries_are_checked_too() {
    let player = Player::playing([json(200, "{}")]);
    let products = client(config(), &player).merchant("1").products();
    let hiding = |n| FindProductsParams::default().hide(vec!["fields".to_owned(); n]);
    let error = products.find(&hiding(1001)).validate().await.unwrap_err();
    assert_eq!(paths(&error), ["hide"]);
    assert_eq!(error.faults()[0].kind, FaultKind::TooManyItems(1000));
    assert_eq!(player.count(), 0);
    products.find(&hiding(1)).validate().await.unwrap();
}

#[tokio::test]
async fn all_requests_are_checked_when_the_client_is_told_so() {
    let player = Player::playing([json(201, "{}"), json(200, "{}"), json(201, "{}")]);
    let checking = client(config().validate_requests(true), &player).merchant("1");
    let create = CreateTokenRequest::default();
    assert!(!checking.tokens().create(&create).await.unwrap_err().faults().is_empty());
    assert_eq!(player.count(), 0);
    checking.payments().approve("p", &ApprovePaymentRequest::default()).await.unwrap();
    checking.tokens().get("t").await.unwrap();
    assert_eq!(player.count(), 2);
    // Off unless told, and by text as well.
    let lax = client(config(), &player).merchant("1").tokens();
    lax.create(&create).await.unwrap();
    let told = Config::from_toml("validate_requests = true\nautomatic_idempotence_keys = true");
    let told = format!("{:?}", told.unwrap());
    assert!(told.contains("validates: true, makes_keys: true"), "{told}");
    let told = Config::from_properties("connect.api.automaticIdempotenceKeys=false");
    assert!(format!("{:?}", told.unwrap()).contains("makes_keys: false"));
}

#[tokio::test(start_paused = true)]
async fn keys_are_made_where_they_are_honoured_and_missing() {
    let lost = || Err(TransportError::unknown("the connection failed", "reset"));
    let player = Player::playing([
        lost(),
        json(201, "{}"),
        json(201, "{}"),
        json(201, "{}"),
        json(200, "{}"),
        json(200, "{}"),
        lost(),
        lost(),
        lost(),
    ]);
    let merchant = client(config().automatic_idempotence_keys(true), &player).merchant("1");
    let payments = merchant.payments();
    let create = CreatePaymentRequest::default();
    let created = payments.create(&create).response().await.unwrap();
    payments.create(&create).await.unwrap();
    payments.create(&create).idempotence_key("mine").await.unwrap();
    merchant.tokens().get("t").await.unwrap();
    merchant.services().get_iin_details(&GetIinDetailsRequest::default()).await.unwrap();
    let error = payments.create(&create).await.unwrap_err();

    let requests = player.requests();
    let keys: Vec<_> =
        requests.iter().map(|it| it.headers().get("X-GCS-Idempotence-Key")).collect();
    // The retry has the key of the first attempt, and both who succeed and who fail tell it.
    assert_eq!(keys[0].unwrap().len(), 36);
    assert_eq!((keys[0], keys[0]), (keys[1], created.idempotence_key()));
    assert_ne!(keys[0], keys[2]);
    assert_eq!(keys[3..6], [Some("mine"), None, None]);
    assert_eq!((keys[6], keys[6]), (keys[8], error.idempotence_key()));
    assert!(error.is_retryable());

    // Off unless told.
    let player = Player::playing([json(201, "{}")]);
    let response = client(config(), &player).merchant("1").payments().create(&create).response();
    assert_eq!(response.await.unwrap().idempotence_key(), None);
    assert_eq!(player.requests()[0].headers().get("X-GCS-Idempotence-Key"), None);
}
