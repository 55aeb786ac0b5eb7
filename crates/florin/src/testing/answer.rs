//! What a request is answered with.

use std::time::Duration;

use florin_wire::connect::v1::types::{
    ApiError, CreatePaymentResult, ErrorResponse, PaymentErrorResponse, PayoutErrorResponse,
    PayoutResult, RefundErrorResponse, RefundResult,
};
use serde::Serialize;

use super::no_answer;
use crate::transport::{Delivery, Response, TransportError};

/// What a request is answered with: anything from a payment to a lost connection.
#[derive(Clone, Debug)]
pub struct Answer {
    outcome: Outcome,
    after: Duration,
}

#[derive(Clone, Debug)]
enum Outcome {
    Response(Response),
    NeverSent,
    Lost,
    TimedOut,
    Silence,
    /// No answer was given for that request.
    None(String),
}

impl Answer {
    /// A status and any JSON: an object of the API, or a `serde_json::Value`.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => {
                Response::new(status).header("Content-Type", "application/json").body(body).into()
            }
            Err(error) => Self::none(format!("its body cannot be written: {error}")),
        }
    }

    /// 200 and an object of the API.
    pub fn ok(body: &impl Serialize) -> Self {
        Self::json(200, body)
    }

    /// 201 and an object of the API.
    pub fn created(body: &impl Serialize) -> Self {
        Self::json(201, body)
    }

    /// 204.
    pub fn no_content() -> Self {
        Response::new(204).into()
    }

    /// 200 and a file.
    pub fn file(content_type: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Response::new(200).header("Content-Type", content_type).body(content).into()
    }

    /// A failure with the errors that the platform reports.
    pub fn error(status: u16, errors: impl IntoIterator<Item = ApiError>) -> Self {
        let errors: Vec<_> = errors.into_iter().collect();
        Self::json(status, &ErrorResponse::default().error_id(ERROR_ID).errors(errors))
    }

    /// 402 and a payment that was declined.
    pub fn declined_payment(result: CreatePaymentResult) -> Self {
        let response = PaymentErrorResponse::default().error_id(ERROR_ID).errors(declined());
        Self::json(402, &response.payment_result(result))
    }

    /// 402 and a payout that was declined.
    pub fn declined_payout(result: PayoutResult) -> Self {
        let response = PayoutErrorResponse::default().error_id(ERROR_ID).errors(declined());
        Self::json(402, &response.payout_result(result))
    }

    /// 402 and a refund that was declined.
    pub fn declined_refund(result: RefundResult) -> Self {
        let response = RefundErrorResponse::default().error_id(ERROR_ID).errors(declined());
        Self::json(402, &response.refund_result(result))
    }

    /// 409: a request with the same idempotence key is still being processed.
    pub fn in_progress() -> Self {
        let error = ApiError::default().code("1409").id("DUPLICATE_REQUEST_IN_PROGRESS");
        Self::error(409, [error.http_status_code(409)])
    }

    /// A page that something in between made, such as 502 from a gateway.
    pub fn html(status: u16) -> Self {
        Response::new(status).header("Content-Type", "text/html").body("<html></html>").into()
    }

    /// No connection came about: the request never left.
    pub fn never_sent() -> Self {
        Self::of(Outcome::NeverSent)
    }

    /// The connection broke after the request was sent: it may have been processed.
    pub fn lost() -> Self {
        Self::of(Outcome::Lost)
    }

    /// The platform stayed silent until the transport gave up: the request may have been processed.
    pub fn timeout() -> Self {
        Self::of(Outcome::TimedOut)
    }

    /// Silence for ever, to test limits in time with.
    pub fn silence() -> Self {
        Self::of(Outcome::Silence)
    }

    /// Lets it take so long. With tokio's clock paused no time passes in a test.
    pub fn after(mut self, delay: Duration) -> Self {
        self.after = delay;
        self
    }

    /// Adds a header, when there is an answer at all.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Outcome::Response(response) = self.outcome {
            self.outcome = Outcome::Response(response.header(name, value));
        }
        self
    }

    /// Says that the idempotence key was used before, at that time in milliseconds since 1970.
    pub fn first_requested_at(self, timestamp_ms: i64) -> Self {
        self.header("X-GCS-Idempotence-Request-Timestamp", timestamp_ms.to_string())
    }

    pub(super) fn none(to: String) -> Self {
        Self::of(Outcome::None(to))
    }

    pub(super) async fn give(self) -> Result<Response, TransportError> {
        if !self.after.is_zero() {
            tokio::time::sleep(self.after).await;
        }
        match self.outcome {
            Outcome::Response(response) => Ok(response),
            Outcome::NeverSent => {
                Err(TransportError::never_sent("no connection", "refused, as was asked for"))
            }
            Outcome::Lost => {
                Err(TransportError::unknown("the connection failed", "reset, as was asked for"))
            }
            Outcome::TimedOut => {
                Err(TransportError::timeout("no answer in time", Delivery::Unknown))
            }
            Outcome::Silence => std::future::pending().await,
            Outcome::None(to) => Err(no_answer(to)),
        }
    }

    fn of(outcome: Outcome) -> Self {
        Self { outcome, after: Duration::ZERO }
    }
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self::of(Outcome::Response(response))
    }
}

const ERROR_ID: &str = "00000000-0000-4000-8000-000000000000";

fn declined() -> Vec<ApiError> {
    vec![ApiError::default().code("430330").id("NOT_AUTHORISED").http_status_code(402)]
}
