//! Refunds, and what they do to their payment.
//!
//! A refund reserves its amount on the payment when it is made, gives it back when it is cancelled, and turns the
//! reservation into money when it is booked. Both records change in one commit, so two refunds that race for the
//! same remainder meet in a version conflict and the loser is decided again.

use serde::{Deserialize, Serialize};

use crate::Fault;
use crate::clock::Stamp;
use crate::ids;
use crate::payment::{Method, Payment, References};
use crate::settings::Settings;
use crate::status::{PaymentStatus, RefundStatus, code};
use crate::vault::Sealed;

/// A refund as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refund {
    /// The payment's id with a negative effort.
    pub id: String,
    /// The payment that it pays back.
    pub payment: String,
    /// When it was made, business time.
    pub created_ms: i64,
    /// When its status last changed.
    pub changed: Stamp,
    /// Where it is.
    pub status: RefundStatus,
    /// The legacy code of the same.
    pub code: u32,
    /// Hundredths.
    pub amount: i64,
    /// ISO 4217, that of the payment.
    pub currency: String,
    /// The payment product that it goes back through.
    pub product: i32,
    /// The card that it goes back to. Without one it goes to a bank account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<RefundedCard>,
    /// The merchant's references.
    pub references: References,
    /// What had been paid when it was made.
    pub total_paid: i64,
    /// What had been refunded before it.
    pub total_refunded: i64,
    /// When the refund run moves it next, business time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_ms: Option<i64>,
}

/// The card of the payment that is paid back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefundedCard {
    /// The number as answers show it.
    pub masked: String,
    /// Number and expiry date, sealed for the payment.
    pub sealed: Sealed,
}

/// A decision about a refund: both records, and the states at each event that it causes.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The refund as it is to be stored.
    pub refund: Refund,
    /// The payment as it is to be stored.
    pub payment: Payment,
    /// The refund at each event, in order.
    pub events: Vec<Refund>,
    /// The payment, when its own status changed.
    pub payment_event: Option<Payment>,
}

/// What a new refund starts from.
#[derive(Clone, Debug, Default)]
pub struct NewRefund {
    /// Hundredths; nothing means all that is left.
    pub amount: Option<i64>,
    /// ISO 4217, when the request named one.
    pub currency: Option<String>,
    /// The merchant's reference; nothing means that of the payment.
    pub merchant_reference: Option<String>,
}

impl Refund {
    /// Starts a refund of a payment.
    pub fn start(
        payment: &Payment,
        new: NewRefund,
        settings: &Settings,
        now_ms: i64,
    ) -> Result<Change, Fault> {
        let left = payment.refundable();
        if left <= 0 {
            return Err(Fault::not_refundable());
        }
        if new.currency.as_ref().is_some_and(|currency| *currency != payment.currency) {
            return Err(Fault::invalid_value().at("amountOfMoney.currencyCode"));
        }
        let amount = new.amount.unwrap_or(left);
        if amount <= 0 {
            let message = "VALUE 0 OF FIELD AMOUNT IS NOT A NUMBER WITH MINLENGTH 1";
            return Err(Fault::out_of_range().at("amountOfMoney.amount").saying(message));
        }
        if amount > left {
            return Err(Fault::not_refundable().at("amountOfMoney.amount"));
        }
        let mut next = payment.clone();
        next.refunds += 1;
        next.refunding += amount;
        let id = ids::refund_id(&payment.id, next.refunds).ok_or_else(Fault::internal)?;
        let mut refund = Self {
            id,
            payment: payment.id.clone(),
            created_ms: now_ms,
            changed: Stamp::at(now_ms),
            status: RefundStatus::Created,
            code: code::CREATED,
            amount,
            currency: payment.currency.clone(),
            product: payment.method.product(),
            card: match &payment.method {
                Method::Card(card) => {
                    Some(RefundedCard { masked: card.masked.clone(), sealed: card.sealed.clone() })
                }
                Method::Redirect(_) => None,
            },
            references: References {
                merchant_reference: new
                    .merchant_reference
                    .or_else(|| payment.references.merchant_reference.clone()),
                merchant_order_id: payment.references.merchant_order_id,
            },
            total_paid: payment.paid,
            total_refunded: payment.refunded + payment.refunding,
            due_ms: None,
        };
        let created = refund.clone();
        if settings.refund_approval {
            refund.status = RefundStatus::PendingApproval;
            refund.code = code::PENDING_APPROVAL;
        } else {
            refund.queue(settings, now_ms);
        }
        Ok(Change {
            events: vec![created, refund.clone()],
            refund,
            payment: next,
            payment_event: None,
        })
    }

    /// Hands it to the refund run, possibly for less.
    pub fn approve(
        &self,
        payment: &Payment,
        amount: Option<i64>,
        settings: &Settings,
        now_ms: i64,
    ) -> Result<Change, Fault> {
        if self.status != RefundStatus::PendingApproval {
            return Err(Fault::not_pending());
        }
        let amount = amount.unwrap_or(self.amount);
        if amount <= 0 || amount > self.amount {
            let message = format!("VALUE {amount} OF FIELD AMOUNT EXCEEDS {}", self.amount);
            return Err(Fault::out_of_range().at("amount").saying(message));
        }
        let mut next = payment.clone();
        next.refunding -= self.amount - amount;
        let mut refund = self.clone();
        refund.amount = amount;
        refund.queue(settings, now_ms);
        Ok(refund.changed_at(now_ms, self, next))
    }

    /// Takes it out of the refund run again.
    pub fn cancel_approval(&self, payment: &Payment, now_ms: i64) -> Result<Change, Fault> {
        if self.status != RefundStatus::RefundRequested || self.code != code::READY {
            return Err(Fault::not_pending());
        }
        let mut refund = self.clone();
        refund.status = RefundStatus::PendingApproval;
        refund.code = code::PENDING_APPROVAL;
        refund.due_ms = None;
        Ok(refund.changed_at(now_ms, self, payment.clone()))
    }

    /// Gives its amount back to the payment.
    pub fn cancel(&self, payment: &Payment, now_ms: i64) -> Result<Change, Fault> {
        if !self.status.is_cancellable(self.code) {
            return Err(Fault::not_pending());
        }
        let mut next = payment.clone();
        next.refunding -= self.amount;
        let mut refund = self.clone();
        refund.status = RefundStatus::Cancelled;
        refund.code = code::CANCELLED;
        refund.due_ms = None;
        Ok(refund.changed_at(now_ms, self, next))
    }

    /// Whether the refund run has work on it at that time.
    pub fn is_due(&self, now_ms: i64) -> bool {
        self.due_ms.is_some_and(|due| due <= now_ms)
    }

    /// One step of the refund run: 800, 900, 1800. Nothing when it is not in the run.
    pub fn collect(&self, payment: &Payment, settings: &Settings, now_ms: i64) -> Option<Change> {
        if self.status != RefundStatus::RefundRequested {
            return None;
        }
        let mut refund = self.clone();
        let mut next = payment.clone();
        let mut payment_event = None;
        if self.code == code::READY {
            refund.code = code::SENT;
            let step = settings.settlement_delay_ms() / 2;
            refund.due_ms = Some(self.due_ms.unwrap_or(now_ms).saturating_add(step));
        } else {
            refund.status = RefundStatus::Refunded;
            refund.code = code::REFUNDED;
            refund.due_ms = None;
            next.refunding -= self.amount;
            next.refunded += self.amount;
            if next.refunded == next.paid && next.refunding == 0 {
                next.status = PaymentStatus::Refunded;
                next.code = code::REFUNDED;
                next.changed = payment.changed.next(now_ms);
                next.due_ms = None;
                payment_event = Some(next.clone());
            }
        }
        Some(Change { payment_event, ..refund.changed_at(now_ms, self, next) })
    }

    fn queue(&mut self, settings: &Settings, now_ms: i64) {
        self.status = RefundStatus::RefundRequested;
        self.code = code::READY;
        self.due_ms = Some(now_ms.saturating_add(settings.settlement_delay_ms() / 2));
    }

    fn changed_at(mut self, now_ms: i64, before: &Self, payment: Payment) -> Change {
        self.changed = before.changed.next(now_ms);
        let events = if self.status == before.status { Vec::new() } else { vec![self.clone()] };
        Change { refund: self, payment, events, payment_event: None }
    }
}
