//! What was sent.

use std::fmt;

use florin_wire::Operation;
use florin_wire::connect::v1::operations;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::transport::{Headers, Request};

/// A request that was sent.
///
/// Printed, it shows method, path and operation, and neither body nor header values.
#[derive(Clone)]
pub struct RecordedRequest {
    request: Request,
    operation: Option<&'static Operation>,
}

impl RecordedRequest {
    pub(super) fn new(request: Request) -> Self {
        let operation = operation_of(request.method(), path_of(request.url()));
        Self { request, operation }
    }

    /// The operation that was called, such as `payments.create`. None for raw calls of others.
    pub fn operation(&self) -> Option<&'static str> {
        self.operation.map(|operation| operation.id)
    }

    /// The method, in upper case.
    pub fn method(&self) -> &'static str {
        self.request.method()
    }

    /// The path as it was sent, such as `/v1/1226/payments`.
    pub fn path(&self) -> &str {
        path_of(self.request.url())
    }

    /// What stood in the path for a parameter of the operation, such as `paymentId`.
    pub fn path_parameter(&self, name: &str) -> Option<String> {
        let template = self.operation?.path.split('/');
        let of_name = |part: &str| part.strip_prefix('{')?.strip_suffix('}').map(|it| it == name);
        template
            .zip(self.path().split('/'))
            .find(|(part, _)| of_name(part) == Some(true))
            .map(|(_, value)| decoded(value))
    }

    /// The parameters of the query, decoded and in their order.
    pub fn query(&self) -> Vec<(String, String)> {
        let query = self.request.url().split_once('?').map_or("", |(_, query)| query);
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (decoded(name), decoded(value)))
            .collect()
    }

    /// The first value of a parameter of the query.
    pub fn query_parameter(&self, name: &str) -> Option<String> {
        self.query().into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The headers.
    pub fn headers(&self) -> &Headers {
        self.request.headers()
    }

    /// The idempotence key.
    pub fn idempotence_key(&self) -> Option<&str> {
        self.headers().get("X-GCS-Idempotence-Key")
    }

    /// The body as it was sent. Empty when there was none.
    pub fn body(&self) -> &[u8] {
        self.request.body().unwrap_or_default()
    }

    /// The body as JSON; null when there was none, or something else.
    pub fn json(&self) -> Value {
        serde_json::from_slice(self.body()).unwrap_or_default()
    }

    /// The body as a type of the API.
    ///
    /// ```
    /// # use florin::connect::types::*;
    /// # use florin::testing::{Answer, FakeTransport};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let platform = FakeTransport::new();
    /// # platform.answer(Answer::no_content());
    /// # let request = UpdateTokenRequest::default().payment_product_id(1);
    /// # platform.client()?.merchant("1226").tokens().update("t", &request).await?;
    /// let sent: UpdateTokenRequest = platform.requests()[0].body_as()?;
    /// assert_eq!(sent.payment_product_id, Some(1));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When it is not one.
    pub fn body_as<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_slice(self.body())
    }
}

impl fmt::Display for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method(), self.path())?;
        self.operation().map_or(Ok(()), |id| write!(f, " ({id})"))
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn path_of(url: &str) -> &str {
    let behind_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = behind_scheme.find('/').map_or("", |at| &behind_scheme[at..]);
    path.split_once('?').map_or(path, |(path, _)| path)
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The operation whose template fits; where several do, the one with the fewest parameters.
fn operation_of(method: &str, path: &str) -> Option<&'static Operation> {
    let is_same =
        |(part, value): (&str, &str)| part == value || (part.starts_with('{') && !value.is_empty());
    let fits = |template: &str| {
        template.split('/').count() == path.split('/').count()
            && template.split('/').zip(path.split('/')).all(is_same)
    };
    operations::ALL
        .iter()
        .filter(|it| it.method.as_str() == method && fits(it.path))
        .min_by_key(|it| it.parameters.len())
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_known_by_its_path() {
        for operation in operations::ALL {
            let path: Vec<_> = operation
                .path
                .split('/')
                .map(|part| if part.starts_with('{') { "12%2F3" } else { part })
                .collect();
            let url = format!("https://host:8443{}?a=b%20c&d&a=e/f?", path.join("/"));
            let request = RecordedRequest::new(Request::new(operation.method.as_str(), url));
            assert_eq!(request.operation(), Some(operation.id));
            for parameter in operation.parameters {
                assert_eq!(request.path_parameter(parameter.name).as_deref(), Some("12/3"));
            }
            assert_eq!(request.path_parameter("payment"), None);
            let query = [("a", "b c"), ("d", ""), ("a", "e/f?")];
            assert_eq!(request.query(), query.map(|(n, v)| (n.to_owned(), v.to_owned())));
            assert_eq!(request.query_parameter("a").as_deref(), Some("b c"));
        }
        for (method, url) in [
            ("GET", "https://host/v1/1/frobs"),
            ("PUT", "https://host/v1/1/payments"),
            ("GET", "https://host/v1//payments"),
            ("GET", "https://host/v1/1/payments/"),
            ("GET", "https://host"),
        ] {
            assert_eq!(RecordedRequest::new(Request::new(method, url)).operation(), None, "{url}");
        }
    }
}
