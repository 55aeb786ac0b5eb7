//! The error catalogue, entry by entry: status, code, token, message, category and property of each.

use std::collections::{BTreeMap, BTreeSet};

use florin_processor::Nature;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::harness::{CAREFUL, FOREIGN, OGONE, Reply, Sandbox, Setup, card_payment};
use crate::support::{Gated, eventually, start, together};

const CONNECT: &str = "CONNECT_PLATFORM_ERROR";
const PAYMENT: &str = "PAYMENT_PLATFORM_ERROR";
const NUMBER: &str = "cardPaymentMethodSpecificInput.card.cardNumber";
const EXPIRY: &str = "cardPaymentMethodSpecificInput.card.expiryDate";
const PRODUCT: &str = "cardPaymentMethodSpecificInput.paymentProductId";

/// Everything that an entry of the catalogue says.
struct Entry {
    status: u16,
    code: &'static str,
    id: &'static str,
    message: &'static str,
    category: &'static str,
    property: Option<&'static str>,
}

impl Entry {
    /// One whose message is its token.
    const fn new(
        status: u16,
        code: &'static str,
        id: &'static str,
        category: &'static str,
    ) -> Self {
        Self { status, code, id, message: id, category, property: None }
    }

    const fn at(mut self, property: &'static str) -> Self {
        self.property = Some(property);
        self
    }

    const fn saying(mut self, message: &'static str) -> Self {
        self.message = message;
        self
    }

    #[track_caller]
    fn expect(&self, reply: &Reply) {
        assert_eq!(reply.status, self.status, "{reply:?}");
        reply.expect_envelope();
        let mut expected = json!({
            "code": self.code, "id": self.id, "category": self.category,
            "message": self.message, "httpStatusCode": self.status
        });
        if let Some(property) = self.property {
            expected["propertyName"] = property.into();
        }
        assert_eq!(reply.body["errors"], json!([expected]), "{reply:?}");
        let members: Vec<_> = reply.body.as_object().unwrap().keys().collect();
        assert_eq!(members, ["errorId", "errors"]);
    }
}

/// A valid card payment in which a member is another.
fn card(pointer: &str, value: Value) -> Value {
    let mut body = card_payment(1000, "EUR");
    *body.pointer_mut(pointer).unwrap() = value;
    body
}

#[tokio::test]
async fn a_request_that_is_wrong_in_itself_is_refused_by_the_api() {
    let sandbox = Sandbox::start().await;
    let mut no_amount = card_payment(1000, "EUR");
    no_amount["order"]["amountOfMoney"].as_object_mut().unwrap().remove("amount");
    let path = "/cardPaymentMethodSpecificInput";
    let number = format!("{path}/card/cardNumber");
    let expiry = format!("{path}/card/expiryDate");
    let cases = [
        (no_amount, Entry::new(400, "20000000", "PARAMETER_NOT_FOUND_IN_REQUEST", CONNECT)
            .at("order.amountOfMoney.amount")),
        (card(&number, json!("")), Entry::new(400, "20001000", "NULL_VALUE_NOT_ALLOWED", CONNECT)
            .saying("NULL VALUE NOT ALLOWED FOR cardPaymentMethodSpecificInput.card.cardNumber")
            .at(NUMBER)),
        (card(&number, json!("4567350000427978")), Entry::new(400, "21000020", "INVALID_CARD_NUMBER", CONNECT)
            .saying("VALUE **************** OF FIELD CREDITCARDNUMBER DID NOT PASS THE LUHNCHECK")
            .at(NUMBER)),
        (card("/order/amountOfMoney/amount", json!(1_000_000_000_000_i64)),
            Entry::new(400, "21000050", "VALUE_OUT_OF_RANGE", CONNECT)
            .saying("VALUE 1000000000000 OF FIELD AMOUNT IS NOT A NUMBER WITH MINLENGTH 1, MAXLENGTH 12 AND PRECISION 0")
            .at("order.amountOfMoney.amount")),
        (card(&expiry, json!("0120")), Entry::new(400, "21000120", "INVALID_EXPIRY_DATE", CONNECT)
            .saying("cardPaymentMethodSpecificInput.card.expiryDate (****) IS IN THE PAST OR NOT IN CORRECT MMYY FORMAT")
            .at(EXPIRY)),
        (card(&expiry, json!("1330")), Entry::new(400, "21000120", "INVALID_EXPIRY_DATE", CONNECT)
            .saying("cardPaymentMethodSpecificInput.card.expiryDate (****) IS IN THE PAST OR NOT IN CORRECT MMYY FORMAT")
            .at(EXPIRY)),
        (card("/order/amountOfMoney/amount", json!("50.3")), Entry::new(400, "1099", "INVALID_VALUE", CONNECT)
            .saying("INVALID_VALUE: '50.3' is not a valid value for field 'amount'")
            .at("order.amountOfMoney.amount")),
        (card(&format!("{path}/paymentProductId"), json!(99_999)),
            Entry::new(404, "1007", "UNKNOWN_PRODUCT_ID", CONNECT).at(PRODUCT)),
        (card(&format!("{path}/paymentProductId"), json!(840)),
            Entry::new(400, "400530", "INVALID_PAYMENT_PRODUCT_FOR_MERCHANT", PAYMENT).at(PRODUCT)),
    ];
    for (body, entry) in cases {
        entry.expect(&sandbox.post("/payments", body).await);
    }
    let reply = sandbox.call("POST", "/payments").bytes("{").send().await;
    Entry::new(400, "1400", "BAD_REQUEST", CONNECT).saying("the body is not JSON").expect(&reply);
}

#[tokio::test]
async fn what_may_not_be_asked_and_what_does_not_exist_has_an_entry() {
    let sandbox = Sandbox::start().await;
    let test = "/services/testconnection";
    let reply = sandbox.call("GET", test).unsigned().send().await;
    Entry::new(403, "9002", "MISSING_OR_INVALID_AUTHORIZATION", CONNECT).expect(&reply);
    let reply = sandbox.raw("GET", &format!("/v1/{FOREIGN}{test}")).send().await;
    Entry::new(403, "9007", "ACCESS_TO_MERCHANT_NOT_ALLOWED", CONNECT)
        .at("merchantId")
        .expect(&reply);
    let path = format!("/v1/{OGONE}/payments/000000130000000000740000100001/tokenize");
    let reply = sandbox.raw("POST", &path).json(&json!({})).send().await;
    Entry::new(403, "102020", "ACTION_NOT_ALLOWED_FOR_MERCHANT", PAYMENT)
        .saying("ACTION IS NOT ALLOWED FOR MERCHANT 1300")
        .expect(&reply);

    let unknown = |code, token, name| Entry::new(404, code, token, CONNECT).at(name);
    let id = "000000122699999999990000100001";
    let reply = sandbox.get(&format!("/payments/{id}")).await;
    unknown("1002", "UNKNOWN_PAYMENT_ID", "paymentId").expect(&reply);
    let reply = sandbox.get("/refunds/00000012269999999999000-100001").await;
    unknown("1404", "UNKNOWN_REFUND_ID", "refundId").expect(&reply);
    let reply = sandbox.get("/tokens/9511cb6c-a9b1-4d16-a576-dca13f72add3").await;
    unknown("1404", "UNKNOWN_TOKEN_ID", "tokenId").expect(&reply);
    Entry::new(404, "1404", "UNKNOWN_RESOURCE", CONNECT).expect(&sandbox.get("/nothing").await);
    let reply = sandbox.call("DELETE", "/payments").send().await;
    Entry::new(405, "1405", "METHOD_NOT_ALLOWED", CONNECT).expect(&reply);
    let reply = sandbox.get("/services/convert/amount?source=EUR&amount=1").await;
    Entry::new(400, "20000001", "PARAMETER_NOT_FOUND_IN_REQUEST", CONNECT)
        .at("target")
        .expect(&reply);
    let reply = sandbox.post("/payouts", json!({})).await;
    Entry::new(501, "1501", "NOT_IMPLEMENTED", CONNECT).expect(&reply);
    // A token that is not there is not there when it is to be paid with, either.
    let mut body = card_payment(1000, "EUR");
    body["cardPaymentMethodSpecificInput"] = json!({"token": "none"});
    let reply = sandbox.post("/payments", body).await;
    let token = "cardPaymentMethodSpecificInput.token";
    unknown("1404", "UNKNOWN_TOKEN_ID", token).expect(&reply);
}

#[tokio::test]
async fn what_the_state_of_an_object_forbids_is_refused_by_the_engine() {
    let sandbox = Sandbox::start().await;
    let id = sandbox.pay(card_payment(1000, "EUR")).await;
    let not_pending = Entry::new(402, "410110", "UNKNOWN ORDER OR NOT PENDING", PAYMENT);
    for action in ["cancelapproval", "processchallenged"] {
        let reply = sandbox.post(&format!("/payments/{id}/{action}"), json!({})).await;
        not_pending.expect(&reply);
    }
    let early = Entry::new(400, "300450", "ORDER WITHOUT REFUNDABLE PAYMENTS", PAYMENT);
    early.expect(&sandbox.post(&format!("/payments/{id}/refund"), json!({})).await);
    assert_eq!(sandbox.post(&format!("/payments/{id}/cancel"), json!({})).await.status, 200);
    for action in ["approve", "cancel"] {
        let reply = sandbox.post(&format!("/payments/{id}/{action}"), json!({})).await;
        not_pending.expect(&reply);
    }
    let body = json!({"amountOfMoney": {"amount": 501, "currencyCode": "EUR"}});
    let paid = sandbox.paid(500).await;
    let reply = sandbox.post(&format!("/payments/{paid}/refund"), body).await;
    early.at("amountOfMoney.amount").expect(&reply);
}

#[tokio::test]
async fn an_order_that_is_paid_is_not_paid_again() {
    let sandbox = Sandbox::start().await;
    let mut body = card_payment(1000, "EUR");
    body["order"]["references"] = json!({"merchantOrderId": 4711});
    body["cardPaymentMethodSpecificInput"]["requiresApproval"] = json!(false);
    let id = sandbox.pay(body.clone()).await;
    // Until it is paid, another attempt is the consumer's second try.
    sandbox.pay(body.clone()).await;
    sandbox.sandbox(&format!("/payments/{id}/settle"), json!({})).await;
    let reply = sandbox.post("/payments", body.clone()).await;
    let token = "INSERTATTEMPT PAYMENT FOR ORDER ALREADY FINAL FOR COMBINATION";
    Entry::new(402, "400120", token, PAYMENT)
        .saying("INSERTATTEMPT PAYMENT FOR ORDER ALREADY FINAL FOR COMBINATION (1226, 4711, 1)")
        .at("order.references.merchantOrderId")
        .expect(&reply);
    let elsewhere = sandbox.raw("POST", &format!("/v1/{CAREFUL}/payments")).json(&body);
    assert_eq!(elsewhere.send().await.status, 201);
    body["cardPaymentMethodSpecificInput"]["paymentProductId"] = json!(3);
    sandbox.pay(body).await;
}

#[tokio::test]
async fn a_key_whose_request_is_running_is_in_use() {
    let gated = std::sync::Arc::new(Gated::closed(Nature::Local));
    let processor = gated.clone();
    let sandbox = Sandbox::with(Setup { processor, ..Setup::default() }).await;
    let call =
        || sandbox.call("POST", "/payments").json(&card_payment(1000, "EUR")).idempotent("k");
    let first = start(&sandbox, call());
    eventually(async || gated.asked() == 1).await;
    let reply = call().send().await;
    Entry::new(409, "1409", "DUPLICATE_REQUEST_IN_PROGRESS", CONNECT).expect(&reply);
    gated.open();
    assert_eq!(first.await.unwrap().status, 201);
}

#[tokio::test]
async fn a_token_cannot_take_the_card_of_another() {
    let sandbox = Sandbox::start().await;
    let token = |number: &str| {
        json!({"paymentProductId": 1, "card": {"data": {"cardWithoutCvv": {
            "cardNumber": number, "expiryDate": "1230"}}}})
    };
    let calls = ["4111111111111111", "4567350000427977"]
        .map(|number| sandbox.call("POST", "/tokens").json(&token(number)));
    let tokens = together(&sandbox, calls.into()).await;
    let path = format!("/tokens/{}", tokens[0].body["token"].as_str().unwrap());
    let reply = sandbox.call("PUT", &path).json(&token("4567350000427977")).send().await;
    Entry::new(409, "103000", "ANOTHER_ACTION_IS_IN_PROCESS", PAYMENT)
        .at("card.data.cardWithoutCvv")
        .expect(&reply);
}

/// The documented test cases, read from the table that the simulator ships.
#[derive(Deserialize)]
struct Table {
    rule: Vec<Rule>,
    code: Vec<Code>,
}

#[derive(Deserialize)]
struct Rule {
    card: Option<String>,
    cvv: Option<String>,
    amount: Option<i64>,
    amounts: Option<Vec<i64>>,
    currency: Option<String>,
    product: Option<i32>,
    outcome: String,
    code: Option<String>,
    avs: Option<String>,
    cvv_result: Option<String>,
}

#[derive(Deserialize)]
#[allow(clippy::struct_field_names, reason = "the names of the file")]
struct Code {
    code: String,
    message: String,
    retriable: bool,
}

#[tokio::test]
async fn every_decline_of_the_documented_table_is_reached() {
    let sandbox = Sandbox::start().await;
    let text = include_str!("../../../florin-processor/data/simulator.toml");
    let table: Table = toml::from_str(text).unwrap();
    let codes: BTreeMap<_, _> = table.code.iter().map(|it| (it.code.as_str(), it)).collect();
    let mut reached = BTreeSet::new();
    for rule in table.rule.iter().filter(|rule| rule.outcome == "decline") {
        let code = codes[rule.code.as_deref().unwrap()];
        let any = || vec![rule.amount.unwrap_or(98_765)];
        for amount in rule.amounts.clone().unwrap_or_else(any) {
            let mut body = card_payment(amount, rule.currency.as_deref().unwrap_or("EUR"));
            let input = &mut body["cardPaymentMethodSpecificInput"];
            input["paymentProductId"] = json!(rule.product.unwrap_or(1));
            input["card"]["cardNumber"] = json!(rule.card);
            input["card"]["cvv"] = json!(rule.cvv.as_deref().unwrap_or("123"));
            let reply = sandbox.post("/payments", body).await;
            expect_decline(&sandbox, &reply, code, rule).await;
            reached.insert(code.code.clone());
        }
    }
    for code in codes.keys().filter(|code| code.len() == 6 && code.starts_with("43")) {
        assert!(reached.contains(*code), "no rule reaches {code}");
    }
    assert!(reached.len() > 30, "{}", reached.len());
}

async fn expect_decline(sandbox: &Sandbox, reply: &Reply, code: &Code, rule: &Rule) {
    assert_eq!(reply.status, 402, "{reply:?}");
    reply.expect_envelope();
    let error = json!({
        "code": code.code,
        "id": code.message.to_uppercase().replace(' ', "_"),
        "category": PAYMENT,
        "message": code.message,
        "httpStatusCode": 402
    });
    assert_eq!(reply.body["errors"], json!([error]), "{reply:?}");
    let payment = &reply.body["paymentResult"]["payment"];
    let status = &payment["statusOutput"];
    assert_eq!(payment["status"], "REJECTED");
    assert_eq!(status["statusCode"], 100);
    assert_eq!(status["errors"], json!([error]));
    assert_eq!(status["isRetriable"], json!(code.retriable));
    let results = &payment["paymentOutput"]["cardPaymentMethodSpecificOutput"]["fraudResults"];
    assert_eq!(results["avsResult"], json!(rule.avs.as_deref().unwrap_or("0")));
    assert_eq!(results["cvvResult"], json!(rule.cvv_result.as_deref().unwrap_or("0")));
    assert!(reply.body["paymentResult"].get("merchantAction").is_none());
    // It stays retrievable, with its reason.
    let path = format!("/payments/{}", payment["id"].as_str().unwrap());
    let after = sandbox.get(&path).await;
    assert_eq!(after.status, 200);
    assert_eq!(&after.body, payment);
}
