//! From HTTP to the faces and back: bodies are bounded, every answer is JSON.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use florin_engine::Fault;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;

use crate::platform::{Failure, Platform};
use crate::sandbox;
use crate::server_api::{self, ServerApi};

/// The longest JSON body.
const MAX_BODY_BYTES: usize = 1 << 20;

const REQUEST_TIMESTAMP: HeaderName =
    HeaderName::from_static("x-gcs-idempotence-request-timestamp");
const EXPLAIN: HeaderName = HeaderName::from_static("x-florin-explain");

/// What every connection of a process shares.
pub(crate) struct Faces {
    platform: Arc<Platform>,
    server_api: ServerApi,
}

impl Faces {
    /// Builds the faces of a platform.
    pub(crate) fn new(platform: Arc<Platform>) -> Result<Self, matchit::InsertError> {
        Ok(Self { server_api: ServerApi::new(Arc::clone(&platform))?, platform })
    }

    /// Answers a request.
    pub(crate) async fn answer(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let (parts, body) = request.into_parts();
        let body = match Limited::new(body, MAX_BODY_BYTES).collect().await {
            Ok(body) => Some(body.to_bytes()),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => None,
            // The client went away, or does not speak HTTP: nobody reads the answer.
            Err(_) => return Ok(Response::default()),
        };
        Ok(match parts.uri.path() {
            "/healthz" => self.health(),
            path if path.starts_with(sandbox::PREFIX) => self.sandbox(&parts, body).await,
            _ => on_the_wire(self.server_api.answer(parts, body).await),
        })
    }

    fn health(&self) -> Response<Full<Bytes>> {
        let stats = self.platform.store.stats();
        let body =
            serde_json::json!({"status": "ok", "commits": stats.commits, "batches": stats.batches});
        json(200, body.to_string().into())
    }

    async fn sandbox(&self, parts: &Parts, body: Option<Bytes>) -> Response<Full<Bytes>> {
        let outcome = match body {
            Some(body) => sandbox::answer(&self.platform, parts, &body).await,
            None => Err(Fault::bad_request().into()),
        };
        match outcome {
            Ok(body) => json(200, body.to_string().into()),
            Err(failure) => on_the_wire(self.refused(failure)),
        }
    }

    fn refused(&self, failure: Failure) -> server_api::Response {
        server_api::refused(&self.platform, failure)
    }
}

fn on_the_wire(answer: server_api::Response) -> Response<Full<Bytes>> {
    let mut response = match answer.body {
        Some(body) => json(answer.status, body),
        None => {
            let mut response = Response::new(Full::default());
            *response.status_mut() = status(answer.status);
            response
        }
    };
    let headers = response.headers_mut();
    if let Some(location) = answer.location.and_then(|text| HeaderValue::from_str(&text).ok()) {
        headers.insert(LOCATION, location);
    }
    if let Some(first_request_ms) = answer.first_request_ms {
        headers.insert(REQUEST_TIMESTAMP, HeaderValue::from(first_request_ms));
    }
    // The explanation quotes what the client sent, so it may not fit into a header.
    let explain = answer.explain.map(|text| text.escape_default().to_string());
    if let Some(explain) = explain.and_then(|text| HeaderValue::from_str(&text).ok()) {
        headers.insert(EXPLAIN, explain);
    }
    response
}

fn json(code: u16, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status(code);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
