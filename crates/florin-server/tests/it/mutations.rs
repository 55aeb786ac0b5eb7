//! Random JSON thrown at the create calls: whatever comes, there is an answer, and the answer is in order.

use florin_wire::connect::v1::types::{
    CreatePaymentRequest, CreateTokenRequest, RefundRequest, SessionRequest,
};
use florin_wire::{Format, Schema, Shape, Typed};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use crate::harness::{Sandbox, card_payment, has_null};

/// How deep an example goes. Deeper objects stay empty.
const DEPTH: usize = 6;

/// A value for every member of a type.
fn example(schema: &'static Schema, depth: usize) -> Value {
    let mut members = Map::new();
    for field in schema.fields {
        let text = match field.limits.format {
            Format::Currency => "EUR",
            Format::Country => "NL",
            Format::MonthYear => "1230",
            Format::Date => "20301231",
            Format::DateTime => "20301231235959",
            Format::Time => "12:34",
            _ => "123",
        };
        let nested = |schema| if depth == 0 { json!({}) } else { example(schema, depth - 1) };
        let value = match field.shape {
            Shape::Bool => json!(true),
            Shape::Int32 | Shape::Int64 => json!(1),
            Shape::Token(known) => json!(known[0]),
            Shape::Tokens(known) => json!([known[0]]),
            Shape::Strings => json!([text]),
            Shape::Int32s => json!([1]),
            Shape::Object(schema) => nested(schema),
            Shape::Objects(schema) => json!([nested(schema)]),
            Shape::String => json!(text),
        };
        members.insert(field.name.to_owned(), value);
    }
    members.into()
}

/// The JSON pointers of everything in a document but the document itself.
fn pointers(value: &Value, at: &str, out: &mut Vec<String>) {
    let mut visit = |name: &str, member: &Value| {
        let at = format!("{at}/{name}");
        pointers(member, &at, out);
        out.push(at);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, member)| visit(name, member)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| visit(&at.to_string(), item));
        }
        _ => {}
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1000_i64..1000).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[0-9]{0,20}".prop_map(Value::from),
        Just(json!("")),
        Just(json!("x".repeat(3_000))),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::hash_map("[a-zA-Z]{0,8}", inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Replaces random members of a body by random JSON, sends it and looks at the answer.
fn throw(
    sandbox: &Sandbox,
    runtime: &tokio::runtime::Runtime,
    path: &str,
    body: &Value,
    cases: u32,
) {
    let mut places = Vec::new();
    pointers(body, "", &mut places);
    let mutation = proptest::collection::vec((any::<Index>(), any_json()), 1..4);
    // What was found once is written down as a test of its own.
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&mutation, |mutations| {
        let mut body = body.clone();
        for (place, value) in mutations {
            if let Some(member) = body.pointer_mut(&places[place.index(places.len())]) {
                *member = value;
            }
        }
        let reply = runtime.block_on(sandbox.call("POST", path).json(&body).send());
        prop_assert!(reply.status < 500 || reply.status == 501, "{reply:?}");
        prop_assert!(!has_null(&reply.body), "{reply:?}");
        prop_assert_eq!(reply.header("content-type"), Some("application/json"));
        if reply.status >= 400 {
            reply.expect_envelope();
            for (code, _) in reply.faults() {
                prop_assert!(code != "1400", "the body is a JSON object, but {reply:?}");
            }
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{path}: {error}");
    }
}

#[test]
fn whatever_is_sent_there_is_an_answer_and_it_is_no_failure_of_ours() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sandbox = runtime.block_on(Sandbox::start());
    let refund = format!("/payments/{}/refund", runtime.block_on(sandbox.paid(1_000_000)));
    throw(&sandbox, &runtime, "/payments", &card_payment(1000, "EUR"), 400);
    for (path, schema, cases) in [
        ("/payments", CreatePaymentRequest::SCHEMA, 150),
        ("/tokens", CreateTokenRequest::SCHEMA, 100),
        ("/sessions", SessionRequest::SCHEMA, 50),
        (&refund, RefundRequest::SCHEMA, 100),
    ] {
        throw(&sandbox, &runtime, path, &example(schema, DEPTH), cases);
    }
}
