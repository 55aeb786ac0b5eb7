//! Money over HTTP: whatever is asked at the same time, no more is captured than authorised, nor refunded than captured.

use florin_engine::ids;
use florin_engine::payment::Payment;
use florin_engine::refund::Refund;
use florin_engine::status::RefundStatus;
use florin_store::{Key, Query, Table};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::harness::{ADMIN, CAREFUL, Call, MERCHANT, Sandbox, card_payment};
use crate::support::{text, together};

const AMOUNT: i64 = 100;

/// A call about the payment, or about its n-th refund.
#[derive(Clone, Debug)]
enum Command {
    Payment(&'static str, Option<i64>),
    Refund(Option<i64>),
    OfRefund(u32, &'static str, Option<i64>),
    Sandbox(&'static str),
}

fn amount() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![Just(None), Just(Some(60)), (1..=AMOUNT).prop_map(Some)]
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        4 => amount().prop_map(|amount| Command::Payment("approve", amount)),
        1 => Just(Command::Payment("cancelapproval", None)),
        1 => Just(Command::Payment("cancel", None)),
        8 => amount().prop_map(Command::Refund),
        3 => (1..5_u32, amount()).prop_map(|(at, amount)| Command::OfRefund(at, "approve", amount)),
        1 => (1..5_u32).prop_map(|at| Command::OfRefund(at, "cancelapproval", None)),
        2 => (1..5_u32).prop_map(|at| Command::OfRefund(at, "cancel", None)),
        2 => Just(Command::Sandbox("advance")),
        3 => Just(Command::Sandbox("settle")),
    ]
}

fn call<'a>(sandbox: &'a Sandbox, merchant: &str, payment: &str, command: &Command) -> Call<'a> {
    let body = |amount: &Option<i64>| amount.map_or(json!({}), |amount| json!({"amount": amount}));
    let (path, body) = match command {
        Command::Payment(action, amount) => (format!("payments/{payment}/{action}"), body(amount)),
        Command::Refund(amount) => {
            let money =
                |amount: i64| json!({"amountOfMoney": {"amount": amount, "currencyCode": "EUR"}});
            (format!("payments/{payment}/refund"), amount.map_or(json!({}), money))
        }
        Command::OfRefund(number, action, amount) => {
            let refund = ids::refund_id(payment, *number).unwrap();
            (format!("refunds/{refund}/{action}"), body(amount))
        }
        Command::Sandbox(action) => {
            let path = format!("/sandbox/v1/{merchant}/payments/{payment}/{action}");
            let call = sandbox.raw("POST", &path).unsigned();
            return call.header("Authorization", &format!("Bearer {ADMIN}")).json(&json!({}));
        }
    };
    sandbox.raw("POST", &format!("/v1/{merchant}/{path}")).json(&body)
}

/// Looks at the stored records themselves.
async fn check(sandbox: &Sandbox, merchant: &str, id: &str) {
    let key = Key::new(Table::Payment, merchant, id);
    let record = sandbox.store.get(key).await.unwrap().unwrap();
    let payment: Payment = serde_json::from_slice(&record.body).unwrap();
    let query = Query::new(Table::Refund, merchant).parent(id);
    let refunds: Vec<Refund> = sandbox
        .store
        .find(query)
        .await
        .unwrap()
        .records
        .iter()
        .map(|record| serde_json::from_slice(&record.body).unwrap())
        .collect();
    let approved = payment.approved.unwrap_or(payment.amount);
    assert!(approved <= payment.amount && payment.paid <= approved, "{payment:?}");
    assert!(payment.refunding + payment.refunded <= payment.paid, "{payment:?}");
    let sum = |wanted: &[RefundStatus]| -> i64 {
        let refunds = refunds.iter().filter(|refund| wanted.contains(&refund.status));
        refunds.map(|refund| refund.amount).sum()
    };
    assert_eq!(payment.refunded, sum(&[RefundStatus::Refunded]), "{refunds:?}");
    let live = [RefundStatus::PendingApproval, RefundStatus::RefundRequested];
    assert_eq!(payment.refunding, sum(&live), "{refunds:?}");
    assert_eq!(usize::try_from(payment.refunds).unwrap(), refunds.len());
}

async fn run(
    sandbox: &Sandbox,
    merchant: &str,
    rounds: &[Vec<Command>],
) -> Result<(), TestCaseError> {
    let path = format!("/v1/{merchant}/payments");
    let created = sandbox.raw("POST", &path).json(&card_payment(AMOUNT, "EUR")).send().await;
    let id = text(&created.body, "/payment/id").to_owned();
    for round in rounds {
        let calls = round.iter().map(|command| call(sandbox, merchant, &id, command)).collect();
        for reply in together(sandbox, calls).await {
            // Refused for its state, its amount or a race, but never broken.
            prop_assert!(reply.status < 500, "{reply:?}");
        }
        check(sandbox, merchant, &id).await;
    }
    Ok(())
}

#[test]
fn calls_at_the_same_time_move_no_more_money_than_there_is() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sandbox = runtime.block_on(Sandbox::start());
    let rounds = prop::collection::vec(prop::collection::vec(command(), 1..10), 1..6);
    let merchants = prop::sample::select(vec![MERCHANT, CAREFUL]);
    let config = Config { cases: 60, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&(merchants, rounds), |(merchant, rounds)| {
        runtime.block_on(run(&sandbox, merchant, &rounds))
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_is_approved_or_cancelled_but_not_both() {
    let sandbox = Sandbox::start().await;
    for _ in 0..30 {
        let id = sandbox.pay(card_payment(AMOUNT, "EUR")).await;
        let actions = [("approve", Some(40)), ("approve", Some(AMOUNT)), ("cancel", None)];
        let commands = actions.map(|(action, amount)| Command::Payment(action, amount));
        let calls = commands.iter().map(|it| call(&sandbox, MERCHANT, &id, it)).collect();
        let replies = together(&sandbox, calls).await;
        let approved = replies[..2].iter().filter(|reply| reply.status == 200).count();
        assert!(approved <= 1, "{replies:?}");
        check(&sandbox, MERCHANT, &id).await;
        let settled = sandbox.sandbox(&format!("/payments/{id}/settle"), json!({})).await.body;
        let paid = settled["paymentOutput"].get("amountPaid").and_then(Value::as_i64);
        match text(&settled, "/status") {
            "CANCELLED" => assert_eq!((replies[2].status, paid), (200, None)),
            _ => assert!(approved == 1 && paid.is_some_and(|paid| paid <= AMOUNT), "{settled:#}"),
        }
    }
}
