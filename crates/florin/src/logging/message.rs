//! The text of log entries, in the format of the official SDKs.

use std::fmt;
use std::time::Duration;

use super::Obfuscator;

const BINARY: &str = "<binary content>";

/// The entry for a request that is about to be sent. Its text is what `Display` prints.
///
/// For authors of transports that log by themselves; a client logs whatever transport it has.
///
/// ```
/// use florin::logging::{Obfuscator, RequestLogMessage};
///
/// let obfuscator = Obfuscator::default();
/// let message =
///     RequestLogMessage::new(&obfuscator, "14d1", "POST", "https://host/v1/1226/payments?a=b")
///         .header("Authorization", "GCS v1HMAC:id:signature")
///         .body("application/json", br#"{"cvv":"123"}"#);
/// assert_eq!(
///     message.to_string(),
///     "Outgoing request (requestId='14d1'):
///   method:       'POST'
///   uri:          '/v1/1226/payments?a=b'
///   headers:      'Authorization=\"********\"'
///   content-type: 'application/json'
///   body:         '{\"cvv\":\"***\"}'"
/// );
/// ```
#[derive(Clone, Debug)]
pub struct RequestLogMessage<'o> {
    method: String,
    uri: String,
    common: Common<'o>,
}

impl<'o> RequestLogMessage<'o> {
    /// An entry without headers and body. Of an absolute URI, scheme and host are left out.
    pub fn new(
        obfuscator: &'o Obfuscator,
        request_id: impl Into<String>,
        method: impl Into<String>,
        uri: &str,
    ) -> Self {
        Self {
            method: method.into(),
            uri: path_and_query(uri).to_owned(),
            common: Common::new(obfuscator, request_id.into()),
        }
    }

    /// Adds a header. Its value is masked if it has to be.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.common.add_header(name, value);
        self
    }

    /// Sets the body and its media type. Values in the body are masked if they have to be, and one that
    /// [`is_binary`] is not shown. Methods that carry no body show none.
    pub fn body(mut self, content_type: &str, body: &[u8]) -> Self {
        self.common.set_body(content_type, body);
        self
    }

    /// Sets the media type of a body that is not shown.
    ///
    /// # Errors
    /// When the media type is one of text.
    pub fn binary_body(mut self, content_type: &str) -> Result<Self, NotBinary> {
        self.common.set_binary_body(content_type)?;
        Ok(self)
    }
}

impl fmt::Display for RequestLogMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, uri, common } = self;
        writeln!(f, "Outgoing request (requestId='{}'):", common.request_id)?;
        writeln!(f, "  method:       '{method}'")?;
        writeln!(f, "  uri:          '{uri}'")?;
        write!(f, "  headers:      '{}'", common.headers)?;
        if matches!(&**method, "POST" | "PUT" | "PATCH") { common.write_body(f) } else { Ok(()) }
    }
}

/// The entry for an answer. Its text is what `Display` prints.
///
/// ```
/// use florin::logging::{Obfuscator, ResponseLogMessage};
/// use std::time::Duration;
///
/// let obfuscator = Obfuscator::default();
/// let message = ResponseLogMessage::new(&obfuscator, "14d1", 204)
///     .duration(Duration::from_millis(12))
///     .header("Date", "Tue, 14 Mar 2023 09:26:53 GMT");
/// assert_eq!(
///     message.to_string(),
///     "Incoming response (requestId='14d1', 12 ms):
///   status-code:  '204'
///   headers:      'Date=\"Tue, 14 Mar 2023 09:26:53 GMT\"'
///   content-type: ''
///   body:         ''"
/// );
/// ```
#[derive(Clone, Debug)]
pub struct ResponseLogMessage<'o> {
    status: u16,
    duration: Option<Duration>,
    common: Common<'o>,
}

impl<'o> ResponseLogMessage<'o> {
    /// An entry without headers and body.
    pub fn new(obfuscator: &'o Obfuscator, request_id: impl Into<String>, status: u16) -> Self {
        Self { status, duration: None, common: Common::new(obfuscator, request_id.into()) }
    }

    /// How long the answer took. It is shown in whole milliseconds.
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// Adds a header. Its value is masked if it has to be.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.common.add_header(name, value);
        self
    }

    /// Sets the body and its media type. Values in the body are masked if they have to be, and one that
    /// [`is_binary`] is not shown.
    pub fn body(mut self, content_type: &str, body: &[u8]) -> Self {
        self.common.set_body(content_type, body);
        self
    }

    /// Sets the media type of a body that is not shown.
    ///
    /// # Errors
    /// When the media type is one of text.
    pub fn binary_body(mut self, content_type: &str) -> Result<Self, NotBinary> {
        self.common.set_binary_body(content_type)?;
        Ok(self)
    }
}

impl fmt::Display for ResponseLogMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, duration, common } = self;
        write!(f, "Incoming response (requestId='{}'", common.request_id)?;
        write_duration(*duration, f)?;
        writeln!(f, "):")?;
        writeln!(f, "  status-code:  '{status}'")?;
        write!(f, "  headers:      '{}'", common.headers)?;
        common.write_body(f)
    }
}

/// The entry for a request that was not answered. Its text is what `Display` prints; the error goes beside it.
#[derive(Clone, Debug)]
pub struct ErrorLogMessage {
    request_id: String,
    duration: Option<Duration>,
}

impl ErrorLogMessage {
    /// An entry.
    pub fn new(request_id: impl Into<String>) -> Self {
        Self { request_id: request_id.into(), duration: None }
    }

    /// How long it took to fail. It is shown in whole milliseconds.
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }
}

impl fmt::Display for ErrorLogMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error occurred for outgoing request (requestId='{}'", self.request_id)?;
        write_duration(self.duration, f)?;
        f.write_str(")")
    }
}

/// A body that is to be hidden as binary has a media type of text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Not a binary content type: {content_type}")]
pub struct NotBinary {
    content_type: String,
}

/// Whether bodies of that media type are binary, and so not shown in a log: all but text, JSON and XML. Without a
/// media type a body is taken for text.
pub fn is_binary(content_type: &str) -> bool {
    let content_type = content_type.to_ascii_lowercase();
    !content_type.is_empty()
        && !content_type.starts_with("text/")
        && !content_type.contains("json")
        && !content_type.contains("xml")
}

/// What requests and answers have in common.
#[derive(Clone, Debug)]
struct Common<'o> {
    obfuscator: &'o Obfuscator,
    request_id: String,
    headers: String,
    content_type: String,
    body: String,
}

impl<'o> Common<'o> {
    fn new(obfuscator: &'o Obfuscator, request_id: String) -> Self {
        Self {
            obfuscator,
            request_id,
            headers: String::new(),
            content_type: String::new(),
            body: String::new(),
        }
    }

    fn add_header(&mut self, name: &str, value: &str) {
        if !self.headers.is_empty() {
            self.headers.push_str(", ");
        }
        let value = self.obfuscator.header(name, value);
        self.headers.extend([name, "=\"", &*value, "\""]);
    }

    fn set_body(&mut self, content_type: &str, body: &[u8]) {
        content_type.clone_into(&mut self.content_type);
        self.body = if is_binary(content_type) {
            BINARY.to_owned()
        } else {
            self.obfuscator.body(&String::from_utf8_lossy(body))
        };
    }

    fn set_binary_body(&mut self, content_type: &str) -> Result<(), NotBinary> {
        if !is_binary(content_type) {
            return Err(NotBinary { content_type: content_type.to_owned() });
        }
        self.set_body(content_type, b"");
        Ok(())
    }

    fn write_body(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n  content-type: '{}'", self.content_type)?;
        write!(f, "\n  body:         '{}'", self.body)
    }
}

fn write_duration(duration: Option<Duration>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match duration {
        Some(duration) => write!(f, ", {} ms", duration.as_millis()),
        None => Ok(()),
    }
}

fn path_and_query(uri: &str) -> &str {
    let Some((_, rest)) = uri.split_once("://").filter(|_| !uri.starts_with('/')) else {
        return uri;
    };
    rest.find(['/', '?']).map_or("", |at| &rest[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris() {
        for (uri, shown) in [
            ("http://www.foo.com/path?bar=x", "/path?bar=x"),
            ("https://host:8443/v1/1/payments", "/v1/1/payments"),
            ("/v1/1/payments?url=https://host/a", "/v1/1/payments?url=https://host/a"),
            ("https://[::1]:80/", "/"),
            ("https://host", ""),
            ("https://host?a=b", "?a=b"),
            ("v1/payments", "v1/payments"),
        ] {
            assert_eq!(path_and_query(uri), shown);
        }
    }

    #[test]
    fn binary_is_what_is_not_text_json_or_xml() {
        for text in [
            "",
            "text/plain",
            "TEXT/HTML; charset=utf-8",
            "application/json",
            "application/problem+json",
            "application/vnd.JSON",
            "application/xml",
            "application/atom+XML",
            "image/svg+xml",
        ] {
            assert!(!is_binary(text), "{text}");
        }
        for binary in
            ["application/pdf", "image/png", "multipart/form-data; boundary=1", "application/text/"]
        {
            assert!(is_binary(binary), "{binary}");
        }
    }

    #[test]
    fn requests_without_a_body_show_none_and_those_with_an_empty_one_do() {
        let obfuscator = Obfuscator::default();
        let of = |method| RequestLogMessage::new(&obfuscator, "1", method, "/a").to_string();
        let head = "  uri:          '/a'\n  headers:      ''";
        for method in ["GET", "DELETE"] {
            assert_eq!(
                of(method),
                format!("Outgoing request (requestId='1'):\n  method:       '{method}'\n{head}")
            );
        }
        for method in ["POST", "PUT"] {
            assert!(
                of(method).ends_with(&format!("{head}\n  content-type: ''\n  body:         ''"))
            );
        }
    }

    #[test]
    fn binary_bodies_are_not_shown() {
        let obfuscator = Obfuscator::default();
        let message = ResponseLogMessage::new(&obfuscator, "1", 200)
            .header("Content-Disposition", "attachment; filename=\"a.pdf\"")
            .header("Content-Type", "")
            .body("application/pdf", b"%PDF \xFF\xFE");
        assert_eq!(
            message.to_string(),
            "Incoming response (requestId='1'):\n  status-code:  '200'\n  headers:      \
             'Content-Disposition=\"attachment; filename=\"a.pdf\"\", Content-Type=\"\"'\n  \
             content-type: 'application/pdf'\n  body:         '<binary content>'"
        );
        let request = || RequestLogMessage::new(&obfuscator, "1", "POST", "/");
        let shown = request().binary_body("multipart/form-data; boundary=b").unwrap().to_string();
        assert!(shown.ends_with("boundary=b'\n  body:         '<binary content>'"), "{shown}");
        let error = request().binary_body("application/json").unwrap_err();
        assert_eq!(error.to_string(), "Not a binary content type: application/json");
        assert!(ResponseLogMessage::new(&obfuscator, "1", 200).binary_body("").is_err());
    }

    #[test]
    fn text_in_any_alphabet_and_none() {
        let obfuscator = Obfuscator::default();
        let shown = |body: &[u8]| {
            ResponseLogMessage::new(&obfuscator, "1", 200).body("text/html", body).to_string()
        };
        assert!(shown("Schröder 日本 😀".as_bytes()).ends_with("'Schröder 日本 😀'"));
        assert!(shown(b"\xFFa").ends_with("'\u{FFFD}a'"));
        assert!(shown(b"").ends_with("body:         ''"));
    }

    #[test]
    fn errors() {
        let message = ErrorLogMessage::new("1");
        assert_eq!(message.to_string(), "Error occurred for outgoing request (requestId='1')");
        assert_eq!(
            message.duration(Duration::from_micros(1999)).to_string(),
            "Error occurred for outgoing request (requestId='1', 1 ms)"
        );
    }
}
