//! An answer of the platform, and what its body is read as.

use std::fmt;

use bytes::Bytes;
use florin_wire::{Object, json};

use super::headers;
use crate::transport::{Headers, Response};

/// An answer as it came.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the body claims to be JSON. `application/problem+json` is none of this API.
    pub(crate) fn is_json(&self) -> bool {
        const JSON: &str = "application/json";
        self.headers.get(headers::CONTENT_TYPE).is_none_or(|media_type| {
            media_type.get(..JSON.len()).is_some_and(|start| start.eq_ignore_ascii_case(JSON))
        })
    }

    /// One that is not a number is ignored: the call itself was answered.
    pub(crate) fn idempotence_request_timestamp(&self) -> Option<i64> {
        self.headers.get(headers::IDEMPOTENCE_REQUEST_TIMESTAMP)?.trim().parse().ok()
    }
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        let (status, headers, body) = response.into_parts();
        Self { status, headers, body }
    }
}

/// Reads JSON into an object. A byte order mark in front is skipped, anything behind is refused.
pub(crate) fn read(object: &mut dyn Object, body: &[u8]) -> Result<(), SyntaxError> {
    let mut deserializer = serde_json::Deserializer::from_slice(without_mark(body));
    json::read(object, &mut deserializer)
        .and_then(|()| deserializer.end())
        .map_err(|error| SyntaxError::new(&error))
}

/// A body without the byte order mark in front.
pub(crate) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}

/// JSON that cannot be read. It keeps the place and not the text, which could be anything.
#[derive(Debug)]
pub struct SyntaxError {
    is_json: bool,
    line: usize,
    column: usize,
}

impl SyntaxError {
    pub(super) fn new(error: &serde_json::Error) -> Self {
        Self { is_json: error.is_data(), line: error.line(), column: error.column() }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.is_json { "unexpected JSON" } else { "broken JSON" };
        write!(f, "{what} at line {}, column {}", self.line, self.column)
    }
}

impl std::error::Error for SyntaxError {}
