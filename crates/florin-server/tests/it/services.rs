use serde_json::json;

use crate::harness::{FOREIGN, MERCHANT, Sandbox};

#[tokio::test]
async fn a_connection_can_be_tested() {
    let sandbox = Sandbox::start().await;
    let reply = sandbox.get("/services/testconnection").await;
    assert_eq!((reply.status, reply.body), (200, json!({"result": "OK"})));
}

#[tokio::test]
async fn amounts_are_converted_in_hundredths() {
    let sandbox = Sandbox::start().await;
    let path = "/services/convert/amount?source=EUR&target=USD&amount=1000";
    assert_eq!(sandbox.get(path).await.body, json!({"convertedAmount": 1100}));
}

#[tokio::test]
async fn every_parameter_at_fault_is_named() {
    let sandbox = Sandbox::start().await;
    let reply = sandbox.get("/services/convert/amount?source=XXX&amount=1.5").await;
    assert_eq!(reply.status, 400);
    let expected = [("1099", "amount"), ("1099", "source"), ("20000001", "target")];
    assert_eq!(reply.faults(), expected.map(|(code, name)| (code.to_owned(), name.to_owned())));
    reply.expect_envelope();
}

#[tokio::test]
async fn paths_and_methods_that_do_not_exist_are_errors_in_json() {
    let sandbox = Sandbox::start().await;
    sandbox.get("/nothing").await.expect_error(404, "1404", "UNKNOWN_RESOURCE", None);
    let reply = sandbox.call("PUT", "/payments").json(&json!({})).send().await;
    reply.expect_error(405, "1405", "METHOD_NOT_ALLOWED", None);
    let reply = sandbox.call("POST", "/payouts").json(&json!({})).send().await;
    reply.expect_error(501, "1501", "NOT_IMPLEMENTED", None);
}

#[tokio::test]
async fn a_doubled_slash_is_signed_as_sent_and_answered() {
    let sandbox = Sandbox::start().await;
    let reply =
        sandbox.raw("GET", &format!("//v1/{MERCHANT}/services/testconnection")).send().await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn the_sandbox_wants_the_administration_token() {
    let sandbox = Sandbox::start().await;
    for authorization in ["", "Bearer wrong", "Bearer "] {
        let reply = sandbox
            .raw("POST", &format!("/sandbox/v1/{MERCHANT}/settle"))
            .unsigned()
            .header("Authorization", authorization)
            .send()
            .await;
        reply.expect_error(403, "9002", "MISSING_OR_INVALID_AUTHORIZATION", None);
    }
    let reply = sandbox.raw("GET", &format!("/v1/{FOREIGN}/services/testconnection")).send().await;
    reply.expect_error(403, "9007", "ACCESS_TO_MERCHANT_NOT_ALLOWED", Some("merchantId"));
}
