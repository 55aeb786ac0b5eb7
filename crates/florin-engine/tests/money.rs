//! Money under any order of commands: never more captured than authorised, never more refunded than captured.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use florin_engine::Fault;
use florin_engine::authorisation::{FraudResult, Outcome, Verdict};
use florin_engine::payment::{CardUse, Change, Method, NewPayment, Payment, Redirect, References};
use florin_engine::refund::{self, NewRefund, Refund};
use florin_engine::settings::Settings;
use florin_engine::status::{PaymentStatus, RefundStatus};
use florin_engine::vault::Sealed;
use proptest::prelude::*;

/// What a merchant, a consumer or the clock does. Refunds are named by a number that is taken modulo how many there are.
#[derive(Clone, Debug)]
enum Command {
    Approve(Option<i64>),
    CancelApproval,
    Cancel,
    ProcessChallenged,
    Return(bool),
    Collect,
    Refund(Option<i64>),
    ApproveRefund(usize, Option<i64>),
    CancelRefundApproval(usize),
    CancelRefund(usize),
    CollectRefund(usize),
    Wait(i64),
}

const AMOUNT: i64 = 1_000;

fn amount() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![
        3 => Just(None),
        5 => (1..=AMOUNT).prop_map(Some),
        1 => Just(Some(AMOUNT)),
        1 => (-10..=0_i64).prop_map(Some),
        1 => (AMOUNT + 1..3 * AMOUNT).prop_map(Some),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    let number = || 0..8_usize;
    prop_oneof![
        3 => amount().prop_map(Command::Approve),
        1 => Just(Command::CancelApproval),
        1 => Just(Command::Cancel),
        1 => Just(Command::ProcessChallenged),
        2 => prop::bool::weighted(0.8).prop_map(Command::Return),
        6 => Just(Command::Collect),
        5 => amount().prop_map(Command::Refund),
        3 => (number(), amount()).prop_map(|(at, amount)| Command::ApproveRefund(at, amount)),
        2 => number().prop_map(Command::CancelRefundApproval),
        2 => number().prop_map(Command::CancelRefund),
        4 => number().prop_map(Command::CollectRefund),
        1 => (0..7_200_000_i64).prop_map(Command::Wait),
    ]
}

/// A payment with its refunds, as a store would hold them.
struct World {
    payment: Payment,
    refunds: Vec<Refund>,
    settings: Settings,
    now_ms: i64,
}

impl World {
    fn new(by_card: bool, challenged: bool, settings: Settings) -> Self {
        let now_ms = 1_790_000_000_000;
        let sealed = || Sealed::from_text(String::new());
        let method = if by_card {
            Method::Card(CardUse {
                product: 1,
                masked: String::new(),
                sealed: sealed(),
                authorisation_code: None,
                scheme_transaction: None,
                address_result: String::new(),
                verification_result: String::new(),
                fraud: FraudResult::NoAdvice,
                token: None,
                token_is_new: None,
                authentication: None,
            })
        } else {
            Method::Redirect(Redirect { product: 809, return_url: None, sealed: sealed() })
        };
        let new = NewPayment {
            id: "000000122600000000740000100001".to_owned(),
            amount: AMOUNT,
            currency: "EUR".to_owned(),
            references: References::default(),
            requires_approval: None,
            method,
        };
        let fraud = if challenged { FraudResult::Challenged } else { FraudResult::NoAdvice };
        let outcome = Outcome {
            verdict: Verdict::Approved { code: String::new(), scheme_transaction: String::new() },
            fraud,
            avs: "0".to_owned(),
            cvv: "0".to_owned(),
        };
        let change = if by_card {
            Payment::with_card(new, &outcome, &settings, now_ms)
        } else {
            Payment::with_redirect(new, &settings, now_ms)
        };
        Self { payment: change.payment, refunds: Vec::new(), settings, now_ms }
    }

    /// Does it, and says whether it was refused.
    fn run(&mut self, command: &Command) -> Result<(), Fault> {
        let Self { payment, settings, now_ms, .. } = self;
        let now_ms = *now_ms;
        match command {
            Command::Approve(amount) => {
                let change = payment.approve(*amount, None, settings, now_ms)?;
                self.keep(change);
            }
            Command::CancelApproval => {
                let change = payment.cancel_approval(now_ms)?;
                self.keep(change);
            }
            Command::Cancel => {
                let change = payment.cancel(now_ms)?;
                self.keep(change);
            }
            Command::ProcessChallenged => {
                let change = payment.process_challenged(settings, now_ms)?;
                self.keep(change);
            }
            Command::Return(success) => {
                let change = payment.returned(*success, settings, now_ms)?;
                self.keep(change);
            }
            Command::Collect => {
                let change = payment.collect(settings, now_ms).ok_or_else(Fault::not_pending)?;
                self.keep(change);
            }
            Command::Refund(amount) => {
                let new = NewRefund { amount: *amount, ..NewRefund::default() };
                let change = Refund::start(payment, new, settings, now_ms)?;
                self.refunds.push(change.refund.clone());
                self.keep_refund(self.refunds.len() - 1, change);
            }
            Command::ApproveRefund(at, amount) => {
                let at = self.at(*at)?;
                let refund = &self.refunds[at];
                let change = refund.approve(&self.payment, *amount, &self.settings, now_ms)?;
                self.keep_refund(at, change);
            }
            Command::CancelRefundApproval(at) => {
                let at = self.at(*at)?;
                let change = self.refunds[at].cancel_approval(&self.payment, now_ms)?;
                self.keep_refund(at, change);
            }
            Command::CancelRefund(at) => {
                let at = self.at(*at)?;
                let change = self.refunds[at].cancel(&self.payment, now_ms)?;
                self.keep_refund(at, change);
            }
            Command::CollectRefund(at) => {
                let at = self.at(*at)?;
                let change = self.refunds[at].collect(&self.payment, &self.settings, now_ms);
                self.keep_refund(at, change.ok_or_else(Fault::not_pending)?);
            }
            Command::Wait(ms) => self.now_ms += ms,
        }
        Ok(())
    }

    fn at(&self, number: usize) -> Result<usize, Fault> {
        number.checked_rem(self.refunds.len()).ok_or_else(Fault::unknown_refund)
    }

    fn keep(&mut self, Change { payment, events }: Change) {
        assert!(payment.changed >= self.payment.changed, "a stamp ran backwards");
        let changed = payment.status != self.payment.status;
        assert_eq!(events.len(), usize::from(changed), "one event for each new status");
        assert!(events.iter().all(|event| *event == payment));
        self.payment = payment;
    }

    fn keep_refund(&mut self, at: usize, change: refund::Change) {
        assert!(change.refund.changed >= self.refunds[at].changed, "a stamp ran backwards");
        let changed = change.payment.status != self.payment.status;
        assert_eq!(change.payment_event.is_some(), changed);
        assert!(change.payment_event.is_none_or(|event| event == change.payment));
        self.refunds[at] = change.refund;
        self.payment = change.payment;
    }

    fn check(&self) {
        let payment = &self.payment;
        let approved = payment.approved.unwrap_or(payment.amount);
        assert!(approved <= payment.amount, "{payment:?}");
        assert!((0..=approved).contains(&payment.paid), "{payment:?}");
        assert!(payment.refunding >= 0 && payment.refunded >= 0, "{payment:?}");
        assert!(payment.refunding + payment.refunded <= payment.paid, "{payment:?}");
        assert!(payment.refundable() >= 0, "{payment:?}");
        assert_eq!(payment.flags().refundable, payment.refundable() > 0);
        let sum = |wanted: &dyn Fn(RefundStatus) -> bool| -> i64 {
            let refunds = self.refunds.iter().filter(|refund| wanted(refund.status));
            refunds.map(|refund| refund.amount).sum()
        };
        assert_eq!(sum(&|status| status == RefundStatus::Refunded), payment.refunded);
        let live = |status| {
            matches!(status, RefundStatus::PendingApproval | RefundStatus::RefundRequested)
        };
        assert_eq!(sum(&live), payment.refunding);
        let whole = payment.paid > 0 && payment.refunded == payment.paid;
        assert_eq!(payment.status == PaymentStatus::Refunded, whole, "{payment:?}");
        if matches!(payment.status, PaymentStatus::Cancelled | PaymentStatus::Rejected) {
            assert_eq!((payment.paid, payment.due_ms), (0, None), "{payment:?}");
        }
        let mut ids: Vec<_> = self.refunds.iter().map(|refund| &refund.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), self.refunds.len(), "two refunds have one id");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn no_order_of_commands_moves_more_money_than_was_authorised(
        by_card in any::<bool>(),
        challenged in prop::bool::weighted(0.2),
        delayed_settlement in any::<bool>(),
        refund_approval in any::<bool>(),
        commands in prop::collection::vec(command(), 1..80),
    ) {
        let settings = Settings { delayed_settlement, refund_approval, ..Settings::default() };
        let mut world = World::new(by_card, challenged, settings);
        world.check();
        for command in &commands {
            let before = (world.payment.clone(), world.refunds.clone());
            if world.run(command).is_err() {
                prop_assert_eq!(&before, &(world.payment.clone(), world.refunds.clone()));
            }
            world.check();
        }
    }
}

#[test]
fn two_decisions_on_one_remainder_cannot_both_be_kept() {
    let mut world = World::new(true, false, Settings::default());
    for command in [Command::Approve(None), Command::Collect, Command::Collect, Command::Collect] {
        world.run(&command).unwrap();
    }
    let sixty = NewRefund { amount: Some(AMOUNT * 6 / 10), ..NewRefund::default() };
    let start = |payment: &Payment| Refund::start(payment, sixty.clone(), &world.settings, 0);
    // Both see the same payment: the version of its record lets one of them through, and the other decides again.
    let (one, other) = (start(&world.payment).unwrap(), start(&world.payment).unwrap());
    assert_eq!(one.refund.id, other.refund.id);
    assert_ne!(
        one.payment, world.payment,
        "the payment's record changes, so that its version does"
    );
    assert_eq!(start(&one.payment).unwrap_err().code, "300450");
}
