//! Answers and the error envelope.

use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use florin_engine::{Fault, Rejection, ids};
use florin_wire::connect::v1::types::{CreatePaymentResult, ErrorResponse, PaymentErrorResponse};
use florin_wire::{Object, json};
use serde::Serialize;

use crate::platform::{Failure, Platform};
use crate::present;

/// What a handler answers.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    status: u16,
    body: Option<Bytes>,
    location: Option<String>,
    first_request_ms: Option<i64>,
    /// Answered as an error envelope instead.
    rejection: Option<Rejection>,
}

impl Answer {
    /// A JSON object.
    pub(super) fn json(status: u16, object: &dyn Object) -> Result<Self, Failure> {
        Ok(Self { status, body: Some(encode(object)?), ..Self::default() })
    }

    /// JSON that is text already.
    pub(super) fn raw(status: u16, body: Vec<u8>) -> Self {
        Self { status, body: Some(body.into()), ..Self::default() }
    }

    /// Nothing but success.
    pub(super) fn empty() -> Self {
        Self { status: 204, ..Self::default() }
    }

    /// An error envelope.
    pub(super) fn rejected(rejection: Rejection) -> Self {
        Self { rejection: Some(rejection), ..Self::default() }
    }

    /// Names the new resource.
    pub(super) fn at(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }

    /// Says that this is not the first request with its key.
    pub(super) fn repeating(mut self, first_request_ms: i64) -> Self {
        self.first_request_ms = Some(first_request_ms);
        self
    }
}

fn encode(object: &dyn Object) -> Result<Bytes, Failure> {
    struct Shown<'a>(&'a dyn Object);

    impl Serialize for Shown<'_> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            json::write(self.0, serializer)
        }
    }

    Ok(serde_json::to_vec(&Shown(object))?.into())
}

/// What goes on the wire.
#[derive(Debug)]
pub(crate) struct Response {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The JSON body; a void answer has none.
    pub(crate) body: Option<Bytes>,
    /// The address of a new resource.
    pub(crate) location: Option<String>,
    /// When the first request with the same key came.
    pub(crate) first_request_ms: Option<i64>,
    /// Why a signature was refused. Sandbox only.
    pub(crate) explain: Option<String>,
}

/// Turns an outcome into what goes on the wire.
pub(super) fn render(platform: &Platform, outcome: Result<Answer, Failure>) -> Response {
    let outcome = outcome.and_then(|answer| match answer.rejection {
        Some(rejection) => {
            envelope(platform, &rejection).map(|response| (response, answer.first_request_ms))
        }
        None => Ok((
            Response {
                status: answer.status,
                body: answer.body,
                location: answer.location,
                first_request_ms: None,
                explain: None,
            },
            answer.first_request_ms,
        )),
    });
    let rendered = outcome.or_else(|failure| {
        let response = match failure {
            Failure::Rejected(rejection) => envelope(platform, &rejection)?,
            Failure::Declined(payment) => plain(402, declined(platform, &payment)?),
            Failure::Raced => envelope(platform, &Fault::action_in_process().into())?,
        };
        Ok::<_, Failure>((response, None))
    });
    match rendered {
        Ok((response, first_request_ms)) => Response { first_request_ms, ..response },
        // Not even the envelope could be written: the fixed text is all there is to say.
        Err(_) => plain(500, Bytes::from_static(br#"{"errorId":"0","errors":[{"code":"9999"}]}"#)),
    }
}

fn plain(status: u16, body: Bytes) -> Response {
    Response { status, body: Some(body), location: None, first_request_ms: None, explain: None }
}

fn envelope(platform: &Platform, rejection: &Rejection) -> Result<Response, Failure> {
    let errors: Vec<_> = rejection.0.iter().map(present::api_error).collect();
    let body = ErrorResponse::default().error_id(error_id(platform)).errors(errors);
    Ok(plain(rejection.status(), encode(&body)?))
}

/// The body of a declined payment: the errors, and the payment that was stored.
pub(super) fn declined(
    platform: &Platform,
    payment: &florin_engine::payment::Payment,
) -> Result<Bytes, Failure> {
    let created = present::created(platform, payment)?;
    let mut result = CreatePaymentResult::default();
    result.creation_output = created.creation_output;
    result.payment = created.payment;
    let errors =
        payment.decline.iter().map(|decline| present::api_error(&Fault::declined(decline)));
    let body = PaymentErrorResponse::default()
        .error_id(error_id(platform))
        .errors(errors.collect::<Vec<_>>())
        .payment_result(result);
    encode(&body)
}

/// A UUID and the number of the error since the start.
fn error_id(platform: &Platform) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{}-{number:08x}", ids::uuid(&*platform.entropy))
}
