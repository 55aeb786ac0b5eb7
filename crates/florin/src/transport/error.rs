//! Why a request got no answer.

use std::fmt;

/// How far a request got that was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// No byte of it left: it is safe to send it again.
    NeverSent,
    /// It, or a part of it, may have arrived and been acted on.
    Unknown,
}

/// A request got no answer.
#[derive(Debug)]
pub struct TransportError {
    delivery: Delivery,
    is_timeout: bool,
    what: &'static str,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl TransportError {
    /// The request did not leave, such as when no connection came about.
    pub fn never_sent(
        what: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { delivery: Delivery::NeverSent, is_timeout: false, what, source: Some(source.into()) }
    }

    /// The request may have arrived.
    pub fn unknown(
        what: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { delivery: Delivery::Unknown, is_timeout: false, what, source: Some(source.into()) }
    }

    /// A limit in time ran out.
    pub fn timeout(what: &'static str, delivery: Delivery) -> Self {
        Self { delivery, is_timeout: true, what, source: None }
    }

    /// How far the request got.
    pub fn delivery(&self) -> Delivery {
        self.delivery
    }

    /// Whether a limit in time ran out.
    pub fn is_timeout(&self) -> bool {
        self.is_timeout
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
