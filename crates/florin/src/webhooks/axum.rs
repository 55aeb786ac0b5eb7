//! For applications on [axum](https://docs.rs/axum) 0.8: an extractor of events, and a handler that answers the
//! verification of an endpoint.
//!
//! ```
//! use axum::Router;
//! use axum::http::StatusCode;
//! use axum::routing::get;
//! use florin::webhooks::axum::{WebhookEvent, verify_endpoint};
//! use florin::webhooks::{InMemorySecretKeyStore, Payload, WebhooksHelper};
//!
//! async fn receive(WebhookEvent(event): WebhookEvent) -> StatusCode {
//!     if let Payload::Payment(payment) = event.payload() {
//!         println!("{:?} is {:?}", payment.id, payment.status);
//!     }
//!     StatusCode::NO_CONTENT
//! }
//!
//! let keys = InMemorySecretKeyStore::new();
//! keys.store("keyId", "secretKey").unwrap();
//! let app: Router = Router::new()
//!     .route("/webhooks", get(verify_endpoint).post(receive))
//!     .with_state(WebhooksHelper::new(keys));
//! ```

use std::fmt;

use axum_core::body::Body;
use axum_core::extract::rejection::BytesRejection;
use axum_core::extract::{FromRef, FromRequest};
use axum_core::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::{HeaderMap, Request, StatusCode};

use super::{Event, WebhookError, WebhooksHelper, verification_response};

/// Extracts an event from a request. The state of the router has to be a [`WebhooksHelper`], or one has to be
/// [`FromRef`] of it. Bodies are limited as axum limits those of all requests.
#[derive(Clone, Debug)]
pub struct WebhookEvent(pub Event);

impl<S> FromRequest<S> for WebhookEvent
where
    WebhooksHelper: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = WebhookRejection;

    async fn from_request(request: Request<Body>, state: &S) -> Result<Self, WebhookRejection> {
        let headers = request.headers().clone();
        let body = Bytes::from_request(request, state).await.map_err(WebhookRejection::Body)?;
        let helper = WebhooksHelper::from_ref(state);
        let event = helper.unmarshal(&body, &headers).await.map_err(WebhookRejection::Event)?;
        Ok(Self(event))
    }
}

/// Why there is no event. As a response it is 401 for a wrong signature or an unknown key, 503 when the key could not
/// be looked up, and 400 for what cannot be read; the platform sends the event again later in any case.
#[derive(Debug)]
#[non_exhaustive]
pub enum WebhookRejection {
    /// The body could not be received.
    Body(BytesRejection),
    /// What was received is no event of the platform.
    Event(WebhookError),
}

impl fmt::Display for WebhookRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body(rejection) => fmt::Display::fmt(rejection, f),
            Self::Event(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl std::error::Error for WebhookRejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Body(rejection) => Some(rejection),
            Self::Event(error) => Some(error),
        }
    }
}

impl IntoResponse for WebhookRejection {
    fn into_response(self) -> Response {
        let error = match self {
            Self::Body(rejection) => return rejection.into_response(),
            Self::Event(error) => error,
        };
        let status = match error {
            WebhookError::SecretKeyNotAvailable { source: Some(_), .. } => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            _ if error.is_signature_validation() => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        };
        status.into_response()
    }
}

/// Answers the GET by which the platform verifies an endpoint, and any other GET with 400.
#[allow(clippy::unused_async, reason = "handlers are asynchronous")]
pub async fn verify_endpoint(headers: HeaderMap) -> Response {
    let Some(verification) = verification_response(&headers) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let mut response = verification.body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(verification.content_type));
    // The body is whatever was asked for, so no browser may take it for a page.
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use http_body_util::BodyExt as _;
    use tower_service::Service as _;

    use super::*;
    use crate::webhooks::{
        InMemorySecretKeyStore, KeyLookup, SecretKeyStore, VERIFICATION_HEADER, sign_for_tests,
    };

    const EVENT: &[u8] = br#"{"apiVersion":"v1","id":"e-1"}"#;

    /// The state of an application that has more than the helper.
    #[derive(Clone)]
    struct State {
        helper: WebhooksHelper,
    }

    impl FromRef<State> for WebhooksHelper {
        fn from_ref(state: &State) -> Self {
            state.helper.clone()
        }
    }

    struct Down;

    impl SecretKeyStore for Down {
        fn secret_key<'a>(&'a self, _: &'a str) -> KeyLookup<'a> {
            Box::pin(async { Err("down".into()) })
        }
    }

    fn app(helper: WebhooksHelper) -> Router {
        let receive = |WebhookEvent(event): WebhookEvent| async move {
            event.id().unwrap_or_default().to_owned()
        };
        Router::new().route("/", get(verify_endpoint).post(receive)).with_state(State { helper })
    }

    async fn answer(mut app: Router, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let (head, body) = app.call(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (head.status, head.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    fn post(key_id: &str, secret: &str, body: &[u8]) -> Request<Body> {
        let mut request = Request::post("/");
        for (name, value) in sign_for_tests(key_id, secret, body) {
            request = request.header(name, value);
        }
        request.body(Body::from(body.to_owned())).unwrap()
    }

    fn helper() -> WebhooksHelper {
        let keys = InMemorySecretKeyStore::new();
        keys.store("key", "secret").unwrap();
        WebhooksHelper::new(keys)
    }

    #[tokio::test]
    async fn events_are_extracted_and_everything_else_is_refused() {
        let unsigned = Request::post("/").body(Body::from(EVENT)).unwrap();
        for (request, status, body) in [
            (post("key", "secret", EVENT), StatusCode::OK, "e-1"),
            (post("key", "wrong", EVENT), StatusCode::UNAUTHORIZED, ""),
            (post("other", "secret", EVENT), StatusCode::UNAUTHORIZED, ""),
            (unsigned, StatusCode::UNAUTHORIZED, ""),
            (post("key", "secret", b"{"), StatusCode::BAD_REQUEST, ""),
            (post("key", "secret", br#"{"apiVersion":"v2"}"#), StatusCode::BAD_REQUEST, ""),
        ] {
            let (found, _, text) = answer(app(helper()), request).await;
            assert_eq!((found, &*text), (status, body));
        }
        let app = app(WebhooksHelper::new(Down));
        let (status, ..) = answer(app, post("key", "secret", EVENT)).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    }

    #[tokio::test]
    async fn bodies_are_limited() {
        let large = vec![b' '; 3 << 20];
        let (status, ..) = answer(app(helper()), post("key", "secret", &large)).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test]
    async fn endpoints_are_verified() {
        let ask = Request::get("/").header(VERIFICATION_HEADER, "<b>a1b2").body(Body::empty());
        let (status, headers, body) = answer(app(helper()), ask.unwrap()).await;
        assert_eq!((status, &*body), (StatusCode::OK, "<b>a1b2"));
        assert_eq!(headers[CONTENT_TYPE], "text/plain");
        assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
        let ask = Request::get("/").body(Body::empty()).unwrap();
        let (status, ..) = answer(app(helper()), ask).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
}
