//! How requests travel: a small trait, and the default implementation on hyper.
//!
//! Implement [`Transport`] to fake the platform in tests, to wrap the default one, or to bring another HTTP client.
//! What travels is described by types of this crate; no HTTP library shows.
//!
//! **Invariant:** a [`TransportError`] says that a request was never sent only when no byte of it can have reached
//! the platform. Retries lean on that.

mod connector;
mod error;
mod message;
mod over_http;
mod pool;
mod settings;
mod tls;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

pub use self::error::{Delivery, TransportError};
pub use self::message::{Headers, Request, Response};
pub use self::over_http::HttpTransport;
pub use self::settings::{HttpSettings, InvalidProxy, Proxy};

/// What [`Transport::send`] returns.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>>;

/// Sends one request and returns the whole answer.
///
/// An implementation follows no redirects, sends nothing twice and adds no credentials.
///
/// ```
/// use florin::transport::{Request, Response, Sending, Transport};
///
/// struct AlwaysDown;
///
/// impl Transport for AlwaysDown {
///     fn send(&self, _request: Request) -> Sending<'_> {
///         Box::pin(async { Ok(Response::new(503)) })
///     }
/// }
/// ```
pub trait Transport: Send + Sync + 'static {
    /// Sends a request. Dropping the future gives the call up.
    fn send(&self, request: Request) -> Sending<'_>;

    /// Closes connections that have been idle for at least that long.
    fn close_idle(&self, _idle_for: Duration) {}

    /// Closes idle connections and keeps none from now on. Requests on their way end as they would.
    fn close(&self) {}
}
