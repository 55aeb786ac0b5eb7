//! What can become of a call that does not succeed.
//!
//! The categories are those of the official SDKs, so that what is known of these holds here. Unlike theirs, an error
//! keeps status, headers and body whatever the body looks like, and prints none of it.

mod decide;
mod display;
mod failure;

pub(crate) use self::decide::{Circumstances, from_answer, from_transport, malformed};
pub use self::failure::{Attempt, AttemptOutcome, Declined, DeclinedResult, Failure, LocalError};

use florin_wire::connect::v1::types::ApiError;
use florin_wire::{Fault, Faults, MissingMember};

use super::config::ConfigError;
use crate::transport::Headers;

/// The outcome of a call that did not succeed.
///
/// # Troubleshooting
///
/// | variant | usual cause | what to do |
/// | --- | --- | --- |
/// | `Validation` | the request is incomplete or a value is wrong | read [`errors`](Self::errors): each names the member |
/// | `Authorization` | wrong key, wrong host for the key, clock off by minutes, merchant of another account | check the key, the host and the time |
/// | `Reference` | the object does not exist, was removed, or is not in a state for the call | read `errors` |
/// | `Declined` | the bank or the platform refused the money | show the consumer another way to pay |
/// | `Idempotence` | the first request with the same key is still running | ask again a little later |
/// | `Platform` | the platform or something behind it is in trouble | ask again if [`is_retryable`](Self::is_retryable) |
/// | `NotFound`, `Communication` with a status | something in between answered | check host and proxy |
/// | `Communication` without one | no connection or no answer | [`is_retryable`](Self::is_retryable) tells whether to ask again |
/// | `Local` | the request was found wrong before it was sent | read [`faults`](Self::faults) and the source |
/// | `Malformed` | the answer is not what the API promises | quote [`request_id`](Self::request_id) to support |
///
/// Neither `Display` nor `Debug` shows a body or a value that was sent.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// 400: the request is not correct.
    Validation(Failure),
    /// 403: the key may not do this.
    Authorization(Failure),
    /// 404, 409 or 410: the object is not there, no longer there, or in the way.
    Reference(Failure),
    /// 409: a request with the same idempotence key is still being processed.
    Idempotence(Failure),
    /// 500, 502 or 503: the platform failed.
    Platform(Failure),
    /// Any other status.
    Api(Failure),
    /// The payment, payout or refund was made and declined, whatever the status.
    Declined(Declined),
    /// 404 from something that does not speak the API: the path is wrong.
    NotFound(Failure),
    /// No answer, or an answer from something that does not speak the API.
    Communication(Failure),
    /// The answer is not the JSON that it should be. Its status and body are kept.
    Malformed(Failure),
    /// The client was closed.
    Closed,
    /// The call could not be made as it was asked for. Nothing was sent.
    Local(LocalError),
}

impl Error {
    /// What is known of the failure: everything but for [`Closed`](Self::Closed) and [`Local`](Self::Local).
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Validation(failure)
            | Self::Authorization(failure)
            | Self::Reference(failure)
            | Self::Idempotence(failure)
            | Self::Platform(failure)
            | Self::Api(failure)
            | Self::NotFound(failure)
            | Self::Communication(failure)
            | Self::Malformed(failure) => Some(failure),
            Self::Declined(declined) => Some(declined.failure()),
            Self::Closed | Self::Local(_) => None,
        }
    }

    pub(crate) fn failure_mut(&mut self) -> Option<&mut Failure> {
        match self {
            Self::Validation(failure)
            | Self::Authorization(failure)
            | Self::Reference(failure)
            | Self::Idempotence(failure)
            | Self::Platform(failure)
            | Self::Api(failure)
            | Self::NotFound(failure)
            | Self::Communication(failure)
            | Self::Malformed(failure) => Some(failure),
            Self::Declined(declined) => Some(declined.failure_mut()),
            Self::Closed | Self::Local(_) => None,
        }
    }

    /// The HTTP status, when there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.failure()?.status()
    }

    /// The id of the failure in the platform's records. Quote it to support.
    pub fn error_id(&self) -> Option<&str> {
        self.failure()?.error_id()
    }

    /// Every error that the platform reported, in its order. Empty when it reported none.
    pub fn errors(&self) -> &[ApiError] {
        self.failure().map_or(&[], Failure::errors)
    }

    /// What was found wrong with the request before it was sent, when it was [checked](super::Call::validate).
    pub fn faults(&self) -> &[Fault] {
        if let Self::Local(error) = self { error.faults() } else { &[] }
    }

    /// The id of the request in the platform's records.
    pub fn request_id(&self) -> Option<&str> {
        self.failure()?.request_id()
    }

    /// The headers of the answer.
    pub fn headers(&self) -> Option<&Headers> {
        self.failure()?.headers()
    }

    /// The body of the answer as it came. It may hold data of a card or a person, so it does not belong in a log.
    pub fn raw_body(&self) -> Option<&[u8]> {
        self.failure()?.raw_body()
    }

    /// The idempotence key that the call carried.
    pub fn idempotence_key(&self) -> Option<&str> {
        self.failure()?.idempotence_key()
    }

    /// When the first request with the same idempotence key was made, in milliseconds since 1970. Absent when this
    /// one was the first.
    pub fn idempotence_request_timestamp(&self) -> Option<i64> {
        self.failure()?.idempotence_request_timestamp()
    }

    /// What became of each attempt, the first one first.
    pub fn attempts(&self) -> &[Attempt] {
        self.failure().map_or(&[], Failure::attempts)
    }

    /// Whether the same call may be made again without harm and with hope: it was never sent, or the failure looks
    /// temporary and the call is a GET or carries an idempotence key that the operation honours.
    pub fn is_retryable(&self) -> bool {
        self.failure().is_some_and(Failure::is_retryable)
    }

    /// Whether the payment, payout or refund was declined.
    pub fn is_declined(&self) -> bool {
        matches!(self, Self::Declined(_))
    }

    /// Whether a limit in time ran out before an answer came.
    pub fn is_timeout(&self) -> bool {
        self.failure().is_some_and(Failure::is_timeout)
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::Local(LocalError::because("the configuration cannot be used", error))
    }
}

impl From<MissingMember> for Error {
    fn from(error: MissingMember) -> Self {
        Self::Local(LocalError::because("the answer lacks what the next step needs", error))
    }
}

impl From<Faults> for Error {
    fn from(error: Faults) -> Self {
        Self::Local(LocalError::invalid(error))
    }
}

impl From<LocalError> for Error {
    fn from(error: LocalError) -> Self {
        Self::Local(error)
    }
}

#[cfg(test)]
mod tests;
