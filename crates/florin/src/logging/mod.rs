//! Logs of requests, answers and errors, in the format of the official SDKs and with card data masked.
//!
//! Nothing is logged until a client is told to, and it can be told while it is in use:
//!
//! ```no_run
//! use florin::logging::StdoutLogger;
//! # async fn example(client: florin::connect::Client) -> Result<(), florin::connect::Error> {
//! client.enable_logging(StdoutLogger);
//! client.merchant("1226").services().testconnection().await?;
//! client.disable_logging();
//! # Ok(())
//! # }
//! ```
//!
//! prints
//!
//! ```text
//! 2023-03-14T09:26:53Z Outgoing request (requestId='c36cbd6f-d53b-4ad9-8a9b-2f2a5b4bc3e5'):
//!   method:       'GET'
//!   uri:          '/v1/1226/services/testconnection'
//!   headers:      'X-GCS-ServerMetaInfo="eyJzZGt…", Date="Tue, 14 Mar 2023 09:26:53 GMT", Authorization="********"'
//! 2023-03-14T09:26:53Z Incoming response (requestId='c36cbd6f-d53b-4ad9-8a9b-2f2a5b4bc3e5', 61 ms):
//!   status-code:  '200'
//!   headers:      'content-type="application/json"'
//!   content-type: 'application/json'
//!   body:         '{"result":"OK"}'
//! ```
//!
//! - Each attempt of a call has an id of its own that ties its entries together.
//! - Headers are those that this SDK sets, in the order in which they are sent; those of the HTTP library follow them
//!   on the wire and are not shown. The content type is the one that is sent.
//! - Which values are masked is the matter of an [`Obfuscator`]; bodies that are no text show as `<binary content>`.
//! - The logger is looked up at each entry, so one that is set or removed during a call has an effect on what is left
//!   of it. A logger that panics breaks no call. While logging is off it costs one relaxed load of an atomic.
//!
//! These logs show what travelled; for timings and the course of calls there are the spans of `tracing`, which need no
//! logger and hold no payload.

mod entry;
mod json;
mod loggers;
mod mask;
mod message;
mod obfuscator;

pub(crate) use self::entry::Logging;
#[cfg(feature = "log")]
pub use self::loggers::LogLogger;
pub use self::loggers::StdoutLogger;
#[cfg(feature = "tracing")]
pub use self::loggers::TracingLogger;
pub use self::mask::{Mask, MaskFunction};
pub use self::message::{
    ErrorLogMessage, NotBinary, RequestLogMessage, ResponseLogMessage, is_binary,
};
pub use self::obfuscator::Obfuscator;

use std::sync::Arc;

/// Takes log entries. It is called while a call is on its way and should return soon.
///
/// ```
/// use std::error::Error;
/// use std::sync::Mutex;
///
/// use florin::logging::CommunicatorLogger;
///
/// #[derive(Default)]
/// struct Kept(Mutex<Vec<String>>);
///
/// impl CommunicatorLogger for Kept {
///     fn log(&self, message: &str) {
///         if let Ok(mut kept) = self.0.lock() {
///             kept.push(message.to_owned());
///         }
///     }
///
///     fn log_error(&self, message: &str, error: &(dyn Error + 'static)) {
///         self.log(&format!("{message}: {error}"));
///     }
/// }
/// ```
pub trait CommunicatorLogger: Send + Sync + 'static {
    /// Takes an entry for a request or an answer. It has several lines.
    fn log(&self, message: &str);

    /// Takes an entry for a request that failed, and the error. Of a call of the Connect API that is a
    /// [`connect::Error`](crate::connect::Error); what it prints holds no payload.
    fn log_error(&self, message: &str, error: &(dyn std::error::Error + 'static));
}

impl<L: CommunicatorLogger + ?Sized> CommunicatorLogger for Arc<L> {
    fn log(&self, message: &str) {
        (**self).log(message);
    }

    fn log_error(&self, message: &str, error: &(dyn std::error::Error + 'static)) {
        (**self).log_error(message, error);
    }
}
