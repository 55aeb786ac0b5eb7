//! The `v1HMAC` signature of the Connect Server API.
//!
//! The header is `Authorization: GCS v1HMAC:<key id>:<signature>`, the signature is the base64 of an HMAC-SHA256 over
//! [`string_to_sign`]: method, `Content-Type`, `Date`, each header whose name starts with `x-gcs`, path and query,
//! each ended by a line feed. The body is not signed.
//!
//! Official SDKs disagree on the query: some sign it as sent, some percent-decoded, some form-decoded. Clients here
//! sign it percent-decoded as the API reference asks, and [`verify`] accepts all three.

mod canonical;
mod verify;

use std::fmt;

use florin_wire::Sensitive;

pub use self::canonical::{normalize_header_value, signed_resource, string_to_sign};
pub use self::verify::{
    Credential, Mismatch, NotACredential, QueryForm, parse_authorization, verify,
};
use crate::mac::Mac;

/// What the value of `Authorization` starts with.
pub const SCHEME: &str = "GCS v1HMAC:";

/// What the signature covers of a request.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a, H> {
    /// The method, in upper case.
    pub method: &'a str,
    /// The value of `Content-Type` as sent, with its parameters. Empty when there is no such header.
    pub content_type: &'a str,
    /// The value of `Date` as sent. Empty when there is no such header.
    pub date: &'a str,
    /// All headers, or at least those whose name starts with `x-gcs` in any case: an iterator of names and values.
    pub headers: H,
    /// The path as sent, percent-encoded.
    pub path: &'a str,
    /// The query as sent, without the question mark.
    pub query: Option<&'a str>,
}

/// A key of the API: the id that names it and the secret that signs.
#[derive(Clone)]
pub struct ApiKey {
    id: String,
    secret: Sensitive<String>,
}

impl ApiKey {
    /// Takes both as they are; they are not trimmed and the secret is not decoded.
    ///
    /// # Errors
    /// [`BlankKey`] when one of them is blank.
    pub fn new(
        id: impl Into<String>,
        secret: impl Into<Sensitive<String>>,
    ) -> Result<Self, BlankKey> {
        let (id, secret) = (id.into(), secret.into());
        if id.trim().is_empty() {
            return Err(BlankKey::Id);
        }
        if secret.expose().trim().is_empty() {
            return Err(BlankKey::Secret);
        }
        Ok(Self { id, secret })
    }

    /// The id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The value of `Authorization` for a request.
    ///
    /// ```
    /// use florin_auth::v1hmac::{ApiKey, Request};
    ///
    /// # fn main() -> Result<(), florin_auth::v1hmac::BlankKey> {
    /// let key = ApiKey::new("5e45c937b9db33ae", "I42Zf4pVnRdroHfuHnRiJjJ2B6+22h0yQt/R3nZR8Xg=")?;
    /// let value = key.sign(Request {
    ///     method: "GET",
    ///     content_type: "",
    ///     date: "Fri, 06 Jun 2014 13:39:43 GMT",
    ///     headers: [],
    ///     path: "/v1/9991/tokens/123456789",
    ///     query: None,
    /// });
    /// assert_eq!(
    ///     value,
    ///     "GCS v1HMAC:5e45c937b9db33ae:J5LjfSBvrQNhu7gG0gvifZt+IWNDReGCmHmBmth6ueI="
    /// );
    /// # Ok(())
    /// # }
    /// ```
    pub fn sign<'a>(
        &self,
        request: Request<'a, impl IntoIterator<Item = (&'a str, &'a str)>>,
    ) -> String {
        let resource = signed_resource(request.path, request.query);
        let mut mac = Mac::new(self.secret.expose());
        mac.update(
            string_to_sign(
                request.method,
                request.content_type,
                request.date,
                request.headers,
                &resource,
            )
            .as_bytes(),
        );
        format!("{SCHEME}{}:{}", self.id, mac.into_base64())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey").field("id", &self.id).field("secret", &self.secret).finish()
    }
}

/// Half of a key is missing. The texts are those of the official SDKs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlankKey {
    /// The id is blank.
    #[error("apiKeyId is required")]
    Id,
    /// The secret is blank.
    #[error("secretApiKey is required")]
    Secret,
}

#[cfg(test)]
mod tests;
