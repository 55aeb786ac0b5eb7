//! Which error an answer is. The procedure is the one that the official SDKs share.

use std::fmt;

use florin_wire::connect::v1::types::{
    ApiError, ErrorResponse, PaymentErrorResponse, PayoutErrorResponse, RefundErrorResponse,
};
use florin_wire::{ErrorShape, Typed};

use super::failure::{Inner, Source};
use super::{Declined, DeclinedResult, Error, Failure};
use crate::connect::answer::{Answer, SyntaxError, read};
use crate::transport::{Delivery, TransportError};

/// The code of the one error that says that the first request with the same key still runs.
const DUPLICATE_REQUEST_IN_PROGRESS: &str = "1409";

/// What has to be known of the call.
#[derive(Clone, Copy)]
pub(crate) struct Circumstances<'a> {
    pub(crate) shape: ErrorShape,
    pub(crate) path: &'a str,
    pub(crate) idempotence_key: Option<&'a str>,
    /// Whether doing it twice does no harm.
    pub(crate) is_repeatable: bool,
}

/// The error for a call that was not answered.
pub(crate) fn from_transport(error: TransportError, call: Circumstances<'_>) -> Error {
    Error::Communication(Failure(Box::new(Inner {
        is_retryable: call.is_repeatable || error.delivery() == Delivery::NeverSent,
        is_timeout: error.is_timeout(),
        idempotence_key: call.idempotence_key.map(str::to_owned),
        source: Some(error.into()),
        ..Inner::default()
    })))
}

/// The error for an answer whose status is not one of success, or whose body cannot be read.
pub(crate) fn from_answer(answer: Answer, call: Circumstances<'_>) -> Error {
    let status = answer.status;
    if !answer.body.is_empty() && !answer.is_json() {
        let source = NotOfTheApi {
            status,
            media_type: answer.headers.get("Content-Type").unwrap_or_default().to_owned(),
            path: call.path.to_owned(),
        };
        let failure = failure(answer, call, Reported::default(), Some(source.into()));
        return if status == 404 {
            Error::NotFound(failure)
        } else {
            Error::Communication(failure)
        };
    }
    let mut reported = match report(&answer.body, call.shape) {
        Ok(reported) => reported,
        Err(error) => {
            let source = Some(error.into());
            return Error::Malformed(failure(answer, call, Reported::default(), source));
        }
    };
    if let Some(result) = reported.declined.take() {
        let mut failure = failure(answer, call, reported, None);
        // Asking again would only be told the same.
        failure.0.is_retryable = false;
        return Error::Declined(Declined { failure, result });
    }
    let is_in_progress = call.idempotence_key.is_some()
        && matches!(&*reported.errors, [only] if only.code.as_deref() == Some(DUPLICATE_REQUEST_IN_PROGRESS));
    let mut failure = failure(answer, call, reported, None);
    match status {
        400 => Error::Validation(failure),
        403 => Error::Authorization(failure),
        409 if is_in_progress => {
            failure.0.is_retryable = call.is_repeatable;
            Error::Idempotence(failure)
        }
        404 | 409 | 410 => Error::Reference(failure),
        500 | 502 | 503 => Error::Platform(failure),
        _ => Error::Api(failure),
    }
}

fn failure(
    answer: Answer,
    call: Circumstances<'_>,
    reported: Reported,
    source: Option<Source>,
) -> Failure {
    let is_temporary = matches!(answer.status, 429 | 500 | 502 | 503 | 504);
    Failure(Box::new(Inner {
        answer: Some(answer),
        error_id: reported.error_id,
        errors: reported.errors,
        idempotence_key: call.idempotence_key.map(str::to_owned),
        is_retryable: is_temporary && call.is_repeatable,
        source,
        ..Inner::default()
    }))
}

/// The error for a successful answer whose body is not what it should be.
pub(crate) fn malformed(answer: Answer, call: Circumstances<'_>, error: SyntaxError) -> Error {
    Error::Malformed(failure(answer, call, Reported::default(), Some(error.into())))
}

#[derive(Default)]
struct Reported {
    error_id: Option<String>,
    errors: Vec<ApiError>,
    declined: Option<DeclinedResult>,
}

fn report(body: &[u8], shape: ErrorShape) -> Result<Reported, SyntaxError> {
    let (error_id, errors, declined) = match shape {
        ErrorShape::Plain => {
            let response: ErrorResponse = parse(body)?;
            (response.error_id, response.errors, None)
        }
        ErrorShape::Payment => {
            let response: PaymentErrorResponse = parse(body)?;
            let declined = response.payment_result.map(DeclinedResult::Payment);
            (response.error_id, response.errors, declined)
        }
        ErrorShape::Payout => {
            let response: PayoutErrorResponse = parse(body)?;
            let declined = response.payout_result.map(DeclinedResult::Payout);
            (response.error_id, response.errors, declined)
        }
        ErrorShape::Refund => {
            let response: RefundErrorResponse = parse(body)?;
            let declined = response.refund_result.map(DeclinedResult::Refund);
            (response.error_id, response.errors, declined)
        }
        ErrorShape::Any => {
            for shape in [ErrorShape::Payment, ErrorShape::Payout, ErrorShape::Refund] {
                let reported = report(body, shape)?;
                if reported.declined.is_some() {
                    return Ok(reported);
                }
            }
            return report(body, ErrorShape::Plain);
        }
    };
    Ok(Reported { error_id, errors: errors.unwrap_or_default(), declined })
}

fn parse<T: Typed>(body: &[u8]) -> Result<T, SyntaxError> {
    let mut response = T::default();
    if !body.is_empty() {
        read(&mut response, body)?;
    }
    Ok(response)
}

/// An answer in a media type that the API does not use.
#[derive(Debug)]
struct NotOfTheApi {
    status: u16,
    media_type: String,
    path: String,
}

impl fmt::Display for NotOfTheApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, media_type, path } = self;
        if *status == 404 {
            write!(f, "invalid path: {path} (answered in {media_type})")
        } else {
            write!(f, "status {status} in {media_type} for {path}")
        }
    }
}

impl std::error::Error for NotOfTheApi {}
