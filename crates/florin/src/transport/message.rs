//! What a transport sends and what it returns.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

/// Header names and values in order.
///
/// Printed, it shows the names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// The first value of a header, whose name may be in any case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Appends a header.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// A request that is ready to be sent: signed, with every header that is not the HTTP library's own.
///
/// Printed, it shows neither body nor header values.
#[derive(Clone)]
pub struct Request {
    method: &'static str,
    url: String,
    headers: Headers,
    body: Option<Bytes>,
    deadline: Option<Instant>,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: &'static str, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Headers::default(), body: None, deadline: None }
    }

    /// Replaces the headers.
    pub fn with_headers(mut self, headers: Headers) -> Self {
        self.headers = headers;
        self
    }

    pub(crate) fn with_body(mut self, body: Option<Bytes>) -> Self {
        self.body = body;
        self
    }

    pub(crate) fn with_deadline(mut self, deadline: Option<Instant>) -> Self {
        self.deadline = deadline;
        self
    }

    /// The method, in upper case.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// The absolute URL, percent-encoded.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The headers, in the order in which they are to be sent.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The body. `None` is not the same as an empty body: there is no `Content-Type` then.
    pub fn body(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }

    /// How long the call may still take, when it has a limit. It is kept from outside as well; a transport that
    /// keeps it itself can say whether the request was sent when it ran out.
    pub fn time_left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    pub(super) fn shared_body(&self) -> Bytes {
        self.body.clone().unwrap_or_default()
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.as_ref().map(Bytes::len))
            .finish_non_exhaustive()
    }
}

/// An answer, read to its end.
///
/// Printed, it shows neither body nor header values.
#[derive(Clone)]
pub struct Response {
    status: u16,
    headers: Headers,
    body: Bytes,
}

impl Response {
    /// An answer without headers and body.
    pub fn new(status: u16) -> Self {
        Self { status, headers: Headers::default(), body: Bytes::new() }
    }

    /// Adds a header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push(name, value);
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Bytes::from(body.into());
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The body as it came.
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    pub(crate) fn into_parts(self) -> (u16, Headers, Bytes) {
        (self.status, self.headers, self.body)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}
