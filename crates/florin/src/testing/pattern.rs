//! Which requests are meant.

use std::fmt;

use super::RecordedRequest;

/// Which requests are meant, from a text:
///
/// | text | requests |
/// | --- | --- |
/// | `payments.create` | calls of that operation |
/// | `POST /v1/1226/payments` | that method and path, as it is sent |
/// | `GET /v1/*/payments/*` | the same, where a star stands for one part of the path |
/// | `/v1/1226/payments` | that path, whatever the method |
/// | `*` | all |
#[derive(Clone, Debug)]
pub struct Pattern(String);

impl Pattern {
    /// All requests.
    pub fn any() -> Self {
        Self("*".to_owned())
    }

    pub(super) fn fits(&self, request: &RecordedRequest) -> bool {
        let text = self.0.as_str();
        let Some(at) = text.find('/') else {
            return text == "*" || request.operation() == Some(text);
        };
        let (method, path) = (text[..at].trim(), text[at..].trim());
        let parts = path.split('/').count() == request.path().split('/').count();
        (method.is_empty() || method.eq_ignore_ascii_case(request.method()))
            && parts
            && path.split('/').zip(request.path().split('/')).all(|(it, is)| it == "*" || it == is)
    }
}

impl From<&str> for Pattern {
    fn from(text: &str) -> Self {
        Self(text.trim().to_owned())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Request;

    #[test]
    fn what_fits() {
        let url = "https://host/v1/1226/payments/p?returnOperations=true";
        let request = RecordedRequest::new(Request::new("GET", url));
        for (text, fits) in [
            ("*", true),
            ("payments.get", true),
            (" payments.get ", true),
            ("payments.find", false),
            ("payments", false),
            ("", false),
            ("GET /v1/1226/payments/p", true),
            ("get  /v1/1226/payments/p", true),
            ("/v1/1226/payments/p", true),
            ("/v1/*/payments/*", true),
            ("GET /v1/*/payments/*", true),
            ("POST /v1/*/payments/*", false),
            ("/v1/*/payments", false),
            ("/v1/*/payments/*/*", false),
            ("/v1/*/refunds/*", false),
        ] {
            assert_eq!(Pattern::from(text).fits(&request), fits, "{text}");
        }
        assert!(Pattern::any().fits(&request));
    }
}
