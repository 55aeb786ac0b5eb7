//! Payments: what they are, and what each command makes of them.
//!
//! **Invariants:** `approved` never exceeds `amount`; `refunding + refunded` never exceeds `paid`; `paid` never
//! exceeds what was approved. The property tests in `tests/money.rs` hold them against any order of commands.

use serde::{Deserialize, Serialize};

use crate::Fault;
use crate::authorisation::{Decline, FraudResult, Outcome, Verdict};
use crate::clock::Stamp;
use crate::settings::Settings;
use crate::status::{Flags, PaymentStatus, code};
use crate::vault::Sealed;

/// A payment as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    /// Thirty digits.
    pub id: String,
    /// When it was made, business time.
    pub created_ms: i64,
    /// When its status last changed.
    pub changed: Stamp,
    /// Where it is.
    pub status: PaymentStatus,
    /// The legacy code of the same.
    pub code: u32,
    /// What was asked for and, once authorised, may be captured. Hundredths.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// What was approved for capture, when that was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<i64>,
    /// What has been paid.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub paid: i64,
    /// What refunds that are on their way will take.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refunding: i64,
    /// What refunds have taken.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refunded: i64,
    /// How many refunds there have been.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    pub refunds: u32,
    /// Whether it is captured without an approval.
    pub sale: bool,
    /// The merchant's references.
    pub references: References,
    /// How it is paid.
    pub method: Method,
    /// Why it was declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decline: Option<Decline>,
    /// When the capture run moves it next, business time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_ms: Option<i64>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(amount: &i64) -> bool {
    *amount == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_none_yet(count: &u32) -> bool {
    *count == 0
}

/// What the merchant calls the order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct References {
    /// The reference that shops find their order by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_reference: Option<String>,
    /// The number of the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_order_id: Option<i64>,
}

/// How a payment is paid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// With a card.
    Card(CardUse),
    /// At a third party.
    Redirect(Redirect),
}

impl Method {
    /// The payment product.
    pub fn product(&self) -> i32 {
        match self {
            Self::Card(card) => card.product,
            Self::Redirect(redirect) => redirect.product,
        }
    }

    /// The `paymentMethod` token.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Card(_) => "card",
            Self::Redirect(_) => "redirect",
        }
    }
}

/// A card in a payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CardUse {
    /// The payment product.
    pub product: i32,
    /// The number as answers show it.
    pub masked: String,
    /// Number and expiry date.
    pub sealed: Sealed,
    /// The issuer's code, once authorised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorisation_code: Option<String>,
    /// The scheme's id of the transaction, once authorised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme_transaction: Option<String>,
    /// The letter of the address check.
    pub address_result: String,
    /// The letter of the verification value check.
    pub verification_result: String,
    /// What fraud screening said.
    pub fraud: FraudResult,
    /// The token that it was paid with or that was made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Whether `token` was made by this payment and is new; nothing when no token was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_is_new: Option<bool>,
    /// The redirect for 3-D Secure, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<Redirect>,
}

/// A visit of the consumer to a third party.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Redirect {
    /// The payment product.
    pub product: i32,
    /// Where the consumer comes back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_url: Option<String>,
    /// The ticket of the redirect address and the MAC of the return.
    pub sealed: Sealed,
}

/// What a new payment starts from. Stored before a remote processor is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewPayment {
    /// Thirty digits.
    pub id: String,
    /// Hundredths.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// The merchant's references.
    pub references: References,
    /// Whether the request asked for a later approval; nothing leaves it to the account.
    pub requires_approval: Option<bool>,
    /// How it is paid.
    pub method: Method,
}

/// A decision: the new state, and what became of the payment on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The payment as it is to be stored.
    pub payment: Payment,
    /// The payment at each event that the decision causes, in order.
    pub events: Vec<Payment>,
}

impl Payment {
    fn start(new: NewPayment, settings: &Settings, now_ms: i64) -> Self {
        Self {
            id: new.id,
            created_ms: now_ms,
            changed: Stamp::at(now_ms),
            status: PaymentStatus::Created,
            code: code::CREATED,
            amount: new.amount,
            currency: new.currency,
            approved: None,
            paid: 0,
            refunding: 0,
            refunded: 0,
            refunds: 0,
            sale: !new.requires_approval.unwrap_or(settings.delayed_settlement),
            references: new.references,
            method: new.method,
            decline: None,
            due_ms: None,
        }
    }

    /// A card payment, after the processor answered.
    pub fn with_card(
        new: NewPayment,
        outcome: &Outcome,
        settings: &Settings,
        now_ms: i64,
    ) -> Change {
        let mut payment = Self::start(new, settings, now_ms);
        let created = payment.clone();
        if let Method::Card(card) = &mut payment.method {
            card.fraud = outcome.fraud;
            card.address_result.clone_from(&outcome.avs);
            card.verification_result.clone_from(&outcome.cvv);
            if let Verdict::Approved { code, scheme_transaction } = &outcome.verdict {
                card.authorisation_code = Some(code.clone());
                card.scheme_transaction = Some(scheme_transaction.clone());
            }
        }
        match &outcome.verdict {
            Verdict::Declined(decline) => payment.reject(decline.clone(), outcome.fraud),
            Verdict::AuthenticationRequired => {
                payment.become_(PaymentStatus::Redirected, code::AUTHENTICATING);
            }
            Verdict::Approved { .. } if payment.amount == 0 => {
                payment.become_(PaymentStatus::AccountVerified, code::VERIFIED);
            }
            Verdict::Approved { .. } if outcome.fraud == FraudResult::Challenged => {
                if settings.auto_decline_challenged {
                    payment.reject(challenge_declined(), FraudResult::Denied);
                } else {
                    payment.become_(PaymentStatus::PendingFraudApproval, code::CHALLENGED);
                }
            }
            Verdict::Approved { .. } => payment.authorised(settings, now_ms),
        }
        Change { events: vec![created, payment.clone()], payment }
    }

    /// A payment at a third party, which the consumer has yet to visit.
    pub fn with_redirect(new: NewPayment, settings: &Settings, now_ms: i64) -> Change {
        let mut payment = Self::start(new, settings, now_ms);
        let created = payment.clone();
        payment.become_(PaymentStatus::Redirected, code::REDIRECT_PREPARED);
        Change { events: vec![created, payment.clone()], payment }
    }

    /// The flags that drive clients.
    pub fn flags(&self) -> Flags {
        let mut flags = self.status.flags(self.code);
        flags.refundable = flags.refundable && self.refundable() > 0;
        flags
    }

    /// What a refund may still take.
    pub fn refundable(&self) -> i64 {
        if self.status.flags(self.code).refundable {
            self.paid - self.refunding - self.refunded
        } else {
            0
        }
    }

    /// What is or is to be captured; before an approval, what was asked for.
    pub fn shown_amount(&self) -> i64 {
        self.approved.unwrap_or(self.amount)
    }

    /// Hands it to the capture run. No amount means all of it.
    pub fn approve(
        &self,
        amount: Option<i64>,
        references: Option<String>,
        settings: &Settings,
        now_ms: i64,
    ) -> Result<Change, Fault> {
        if self.status != PaymentStatus::PendingApproval {
            return Err(Fault::not_pending());
        }
        let amount = amount.unwrap_or(self.amount);
        if amount <= 0 || amount > self.amount {
            let message = format!("VALUE {amount} OF FIELD AMOUNT EXCEEDS {}", self.amount);
            return Err(Fault::out_of_range().at("amount").saying(message));
        }
        let mut next = self.clone();
        if references.is_some() {
            next.references.merchant_reference = references;
        }
        next.approved = Some(amount);
        next.queue(settings, now_ms);
        Ok(next.changed_at(now_ms, self))
    }

    /// Takes it out of the capture run again.
    pub fn cancel_approval(&self, now_ms: i64) -> Result<Change, Fault> {
        let queued = self.status == PaymentStatus::CaptureRequested && self.code == code::READY;
        if !queued {
            return Err(Fault::not_pending());
        }
        let mut next = self.clone();
        next.approved = None;
        next.due_ms = None;
        next.become_(PaymentStatus::PendingApproval, code::PENDING_APPROVAL);
        Ok(next.changed_at(now_ms, self))
    }

    /// Accepts it although fraud screening challenged it.
    pub fn process_challenged(&self, settings: &Settings, now_ms: i64) -> Result<Change, Fault> {
        if self.status != PaymentStatus::PendingFraudApproval {
            return Err(Fault::not_pending());
        }
        let mut next = self.clone();
        next.authorised(settings, now_ms);
        Ok(next.changed_at(now_ms, self))
    }

    /// Gives the authorisation back.
    pub fn cancel(&self, now_ms: i64) -> Result<Change, Fault> {
        if !self.flags().cancellable {
            return Err(Fault::not_pending());
        }
        let mut next = self.clone();
        next.due_ms = None;
        next.approved = None;
        next.become_(PaymentStatus::Cancelled, code::CANCELLED);
        Ok(next.changed_at(now_ms, self))
    }

    /// Whether the capture run has work on it at that time.
    pub fn is_due(&self, now_ms: i64) -> bool {
        self.due_ms.is_some_and(|due| due <= now_ms)
    }

    /// One step of the capture run: 800, 900, 975, 1000. Nothing when it is not in the run.
    pub fn collect(&self, settings: &Settings, now_ms: i64) -> Option<Change> {
        let card = matches!(self.method, Method::Card(_));
        let mut next = self.clone();
        match (self.status, self.code) {
            (PaymentStatus::CaptureRequested | PaymentStatus::Captured, code::READY) => {
                next.code = code::SENT;
            }
            (PaymentStatus::CaptureRequested, code::SENT) if card => next.code = code::SETTLING,
            (PaymentStatus::CaptureRequested | PaymentStatus::Captured, _) => {
                next.paid = self.shown_amount();
                next.become_(PaymentStatus::Paid, code::PAID);
            }
            _ => return None,
        }
        let step = settings.settlement_delay_ms() / 3;
        next.due_ms = (next.status != PaymentStatus::Paid)
            .then(|| self.due_ms.unwrap_or(now_ms).saturating_add(step));
        Some(next.changed_at(now_ms, self))
    }

    /// The consumer came back from the third party.
    pub fn returned(
        &self,
        success: bool,
        settings: &Settings,
        now_ms: i64,
    ) -> Result<Change, Fault> {
        if self.status != PaymentStatus::Redirected {
            return Err(Fault::not_pending());
        }
        let mut next = self.clone();
        match (&self.method, success) {
            (_, false) => next.become_(PaymentStatus::Rejected, code::REDIRECT_FAILED),
            (Method::Card(_), true) => next.authorised(settings, now_ms),
            (Method::Redirect(_), true) => {
                next.become_(PaymentStatus::Captured, code::READY);
                next.paid = next.amount;
                next.due_ms = Some(now_ms.saturating_add(settings.settlement_delay_ms() / 3));
            }
        }
        Ok(next.changed_at(now_ms, self))
    }

    fn reject(&mut self, decline: Decline, fraud: FraudResult) {
        let code = if fraud == FraudResult::Denied { code::FRAUD_DENIED } else { code::REJECTED };
        self.decline = Some(decline);
        self.become_(PaymentStatus::Rejected, code);
    }

    fn authorised(&mut self, settings: &Settings, now_ms: i64) {
        if self.sale {
            self.approved = Some(self.amount);
            self.queue(settings, now_ms);
        } else {
            self.become_(PaymentStatus::PendingApproval, code::PENDING_APPROVAL);
        }
    }

    fn queue(&mut self, settings: &Settings, now_ms: i64) {
        self.become_(PaymentStatus::CaptureRequested, code::READY);
        self.due_ms = Some(now_ms.saturating_add(settings.settlement_delay_ms() / 3));
    }

    fn become_(&mut self, status: PaymentStatus, code: u32) {
        self.status = status;
        self.code = code;
    }

    /// Completes a decision: the stamp moves on, and a new status is an event.
    pub(crate) fn changed_at(mut self, now_ms: i64, before: &Self) -> Change {
        self.changed = before.changed.next(now_ms);
        let events = if self.status == before.status { Vec::new() } else { vec![self.clone()] };
        Change { payment: self, events }
    }
}

fn challenge_declined() -> Decline {
    Decline { code: "430410".to_owned(), message: "Not authorised".to_owned(), retriable: false }
}
