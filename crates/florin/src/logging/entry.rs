//! Whether a client logs and where to, and the entries of one attempt of a call.
//!
//! **Invariant:** nothing that goes wrong here reaches the call.

use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::{
    CommunicatorLogger, ErrorLogMessage, Obfuscator, RequestLogMessage, ResponseLogMessage,
};
use crate::retry::random;
use crate::transport::{Headers, Request};

const CONTENT_TYPE: &str = "Content-Type";

/// Whether a client logs, and where to.
#[derive(Default)]
pub(crate) struct Logging {
    /// Says the same as whether there is a logger, and is read first because it is cheaper.
    is_on: AtomicBool,
    current: RwLock<Current>,
}

#[derive(Clone, Default)]
struct Current {
    logger: Option<Arc<dyn CommunicatorLogger>>,
    /// Made when it is needed: most clients never log.
    obfuscator: Option<Arc<Obfuscator>>,
}

impl Logging {
    pub(crate) fn enable(&self, logger: Arc<dyn CommunicatorLogger>) {
        self.change(|current| {
            current.logger = Some(logger);
            current.obfuscator.get_or_insert_default();
        });
    }

    pub(crate) fn disable(&self) {
        self.change(|current| current.logger = None);
    }

    pub(crate) fn set_obfuscator(&self, obfuscator: Obfuscator) {
        self.change(|current| current.obfuscator = Some(Arc::new(obfuscator)));
    }

    /// The entries of one attempt.
    pub(crate) fn attempt(&self) -> Entries<'_> {
        Entries { logging: self, request_id: None }
    }

    fn change(&self, change: impl FnOnce(&mut Current)) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut current);
        self.is_on.store(current.logger.is_some(), Ordering::Relaxed);
    }

    fn current(&self) -> Option<(Arc<dyn CommunicatorLogger>, Arc<Obfuscator>)> {
        if !self.is_on.load(Ordering::Relaxed) {
            return None;
        }
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        Some((current.logger?, current.obfuscator?))
    }
}

/// The entries of one attempt of a call, which share an id.
pub(crate) struct Entries<'a> {
    logging: &'a Logging,
    request_id: Option<String>,
}

impl Entries<'_> {
    pub(crate) fn request(&mut self, request: &Request) {
        self.entry("request", |logger, obfuscator, id| {
            let mut message =
                RequestLogMessage::new(obfuscator, id, request.method(), request.url());
            for (name, value) in request.headers().iter() {
                message = message.header(name, value);
            }
            if let Some(body) = request.body() {
                let content_type = request.headers().get(CONTENT_TYPE).unwrap_or_default();
                message = message.body(content_type, body);
            }
            logger.log(&message.to_string());
        });
    }

    pub(crate) fn response(
        &mut self,
        status: u16,
        headers: &Headers,
        body: &[u8],
        duration: Duration,
    ) {
        self.entry("response", |logger, obfuscator, id| {
            let mut message = ResponseLogMessage::new(obfuscator, id, status).duration(duration);
            for (name, value) in headers.iter() {
                message = message.header(name, value);
            }
            let content_type = headers.get(CONTENT_TYPE).unwrap_or_default();
            logger.log(&message.body(content_type, body).to_string());
        });
    }

    pub(crate) fn error(&mut self, error: &(dyn Error + 'static), duration: Duration) {
        self.entry("error", |logger, _, id| {
            let message = ErrorLogMessage::new(id).duration(duration);
            logger.log_error(&message.to_string(), error);
        });
    }

    /// Makes an entry if the client logs at this moment.
    fn entry(&mut self, what: &str, make: impl Fn(&dyn CommunicatorLogger, &Obfuscator, &str)) {
        let Some((logger, obfuscator)) = self.logging.current() else { return };
        let id = self.request_id.get_or_insert_with(random_id);
        let outcome = catch_unwind(AssertUnwindSafe(|| make(&*logger, &obfuscator, id)));
        if outcome.is_err() {
            let message = format!("An error occurred trying to log {what} '{id}'");
            // The logger may be what fails. There is nobody left to tell then.
            let _ = catch_unwind(AssertUnwindSafe(|| logger.log_error(&message, &Panicked)));
        }
    }
}

/// Something that was called to make an entry panicked.
#[derive(Debug)]
struct Panicked;

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the logger or the function of a mask panicked")
    }
}

impl Error for Panicked {}

/// A random UUID (version 4).
fn random_id() -> String {
    let (high, low) = (random(), random());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xFFFF,
        high & 0xFFF,
        low >> 48 & 0x3FFF | 0x8000,
        low & 0xFFFF_FFFF_FFFF
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_uuids_of_version_4() {
        let mut ids = HashSet::new();
        for _ in 0..1000 {
            let id = random_id();
            let parts: Vec<_> = id.split('-').collect();
            assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
            assert!(
                parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']),
                "{id}"
            );
            assert!(id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-')));
            assert!(ids.insert(id));
        }
    }
}
