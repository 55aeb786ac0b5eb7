//! What an error carries.

use std::fmt;
use std::time::Duration;

use florin_wire::connect::v1::types::{
    ApiError, CreatePaymentResult, PaymentStatus, PayoutResult, PayoutStatus, RefundResult,
    RefundStatus,
};
use florin_wire::{Fault, Faults};

use crate::connect::answer::Answer;
use crate::transport::Headers;

pub(super) type Source = Box<dyn std::error::Error + Send + Sync>;

/// What is known of a call that failed.
pub struct Failure(pub(super) Box<Inner>);

/// Boxed, so that a `Result` of a call stays small.
#[derive(Default)]
pub(super) struct Inner {
    pub(super) answer: Option<Answer>,
    pub(super) error_id: Option<String>,
    pub(super) errors: Vec<ApiError>,
    pub(super) idempotence_key: Option<String>,
    pub(super) is_retryable: bool,
    pub(super) is_timeout: bool,
    pub(super) attempts: Vec<Attempt>,
    pub(super) source: Option<Source>,
}

impl Failure {
    /// The HTTP status, when there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.0.answer.as_ref().map(|answer| answer.status)
    }

    /// The id of the failure in the platform's records.
    pub fn error_id(&self) -> Option<&str> {
        self.0.error_id.as_deref()
    }

    /// Every error that the platform reported, in its order.
    pub fn errors(&self) -> &[ApiError] {
        &self.0.errors
    }

    /// The id of the request in the platform's records.
    pub fn request_id(&self) -> Option<&str> {
        self.errors().iter().find_map(|error| error.request_id.as_deref())
    }

    /// The headers of the answer.
    pub fn headers(&self) -> Option<&Headers> {
        self.0.answer.as_ref().map(|answer| &answer.headers)
    }

    /// The body of the answer as it came. It may hold data of a card or a person.
    pub fn raw_body(&self) -> Option<&[u8]> {
        self.0.answer.as_ref().map(|answer| &*answer.body)
    }

    /// The idempotence key that the call carried.
    pub fn idempotence_key(&self) -> Option<&str> {
        self.0.idempotence_key.as_deref()
    }

    /// When the first request with the same idempotence key was made, in milliseconds since 1970.
    pub fn idempotence_request_timestamp(&self) -> Option<i64> {
        self.0.answer.as_ref()?.idempotence_request_timestamp()
    }

    /// What became of each attempt, the first one first.
    pub fn attempts(&self) -> &[Attempt] {
        &self.0.attempts
    }

    /// Whether the same call may be made again without harm and with hope.
    pub fn is_retryable(&self) -> bool {
        self.0.is_retryable
    }

    /// Whether a limit in time ran out before an answer came.
    pub fn is_timeout(&self) -> bool {
        self.0.is_timeout
    }

    pub(super) fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }

    pub(crate) fn set_attempts(&mut self, attempts: Vec<Attempt>) {
        self.0.attempts = attempts;
    }
}

/// A transaction that was declined: it exists, has an id, and its data tells why.
pub struct Declined {
    pub(super) failure: Failure,
    pub(super) result: DeclinedResult,
}

/// What was declined, as the platform returned it.
#[derive(Clone, Debug)]
pub enum DeclinedResult {
    /// A payment.
    Payment(Box<CreatePaymentResult>),
    /// A payout.
    Payout(Box<PayoutResult>),
    /// A refund.
    Refund(Box<RefundResult>),
}

impl Declined {
    /// What was declined.
    pub fn result(&self) -> &DeclinedResult {
        &self.result
    }

    /// The result, when it was a payment that was declined.
    pub fn payment_result(&self) -> Option<&CreatePaymentResult> {
        if let DeclinedResult::Payment(result) = &self.result { Some(result) } else { None }
    }

    /// The result, when it was a payout that was declined.
    pub fn payout_result(&self) -> Option<&PayoutResult> {
        if let DeclinedResult::Payout(result) = &self.result { Some(result) } else { None }
    }

    /// The result, when it was a refund that was declined.
    pub fn refund_result(&self) -> Option<&RefundResult> {
        if let DeclinedResult::Refund(result) = &self.result { Some(result) } else { None }
    }

    /// The id of the payment, payout or refund.
    pub fn id(&self) -> Option<&str> {
        match &self.result {
            DeclinedResult::Payment(result) => result.payment.as_ref()?.id.as_deref(),
            DeclinedResult::Payout(result) => result.id.as_deref(),
            DeclinedResult::Refund(result) => result.id.as_deref(),
        }
    }

    /// The status of the payment, payout or refund, such as `REJECTED`.
    pub fn transaction_status(&self) -> Option<&str> {
        match &self.result {
            DeclinedResult::Payment(result) => {
                result.payment.as_ref()?.status.as_ref().map(PaymentStatus::as_str)
            }
            DeclinedResult::Payout(result) => result.status.as_ref().map(PayoutStatus::as_str),
            DeclinedResult::Refund(result) => result.status.as_ref().map(RefundStatus::as_str),
        }
    }

    /// Status, errors and the rest of what every failure has.
    pub fn failure(&self) -> &Failure {
        &self.failure
    }

    pub(super) fn failure_mut(&mut self) -> &mut Failure {
        &mut self.failure
    }
}

/// One attempt of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// What became of it.
    pub outcome: AttemptOutcome,
    /// How long it took.
    pub elapsed: Duration,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttemptOutcome {
    /// No byte of it left.
    NeverSent,
    /// It was sent, wholly or in part, and not answered: it may have been processed.
    MaybeProcessed,
    /// It was answered with that HTTP status.
    Answered(u16),
}

/// Something that was asked for cannot be done. Nothing was sent.
#[derive(thiserror::Error)]
#[error("{what}")]
pub struct LocalError {
    what: String,
    source: Option<Source>,
}

impl LocalError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), source: None }
    }

    pub(crate) fn because(what: impl Into<String>, source: impl Into<Source>) -> Self {
        Self { what: what.into(), source: Some(source.into()) }
    }

    /// A request with that many faults. It names the members, and not their values.
    pub(crate) fn invalid(faults: Faults) -> Self {
        let mut paths: Vec<_> = faults.0.iter().map(|fault| &*fault.path).collect();
        paths.dedup();
        Self::because(format!("the request is not valid at {}", paths.join(", ")), faults)
    }

    /// Everything that is wrong with the request, when that is why. Empty otherwise.
    pub fn faults(&self) -> &[Fault] {
        let source = self.source.as_ref();
        source.and_then(|source| source.downcast_ref::<Faults>()).map_or(&[], |faults| &faults.0)
    }
}

/// Faults are left to [`LocalError::faults`], since they show values.
impl fmt::Debug for LocalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("LocalError");
        shown.field("what", &self.what);
        if self.faults().is_empty() {
            shown.field("source", &self.source);
        }
        shown.finish()
    }
}
