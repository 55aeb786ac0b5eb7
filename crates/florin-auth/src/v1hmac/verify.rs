//! The receiving end of the signature.

use florin_wire::Sensitive;

use super::canonical::{form_decoded, percent_decoded, up_to_the_resource};
use super::{Request, SCHEME};
use crate::mac::Mac;

/// What an `Authorization` value says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credential<'a> {
    /// The id of the key.
    pub key_id: &'a str,
    /// The signature, in base64.
    pub signature: &'a str,
}

/// Why an `Authorization` value is not a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotACredential {
    /// It is of another scheme.
    #[error("the value does not start with '{SCHEME}'")]
    Scheme,
    /// The key id or the signature is missing.
    #[error("the value is not '{SCHEME}<key id>:<signature>'")]
    Layout,
}

/// Takes an `Authorization` value apart.
///
/// ```
/// let credential = florin_auth::v1hmac::parse_authorization("GCS v1HMAC:key:c2ln")?;
/// assert_eq!((credential.key_id, credential.signature), ("key", "c2ln"));
/// # Ok::<(), florin_auth::v1hmac::NotACredential>(())
/// ```
///
/// # Errors
/// [`NotACredential`] says which part is at fault.
pub fn parse_authorization(value: &str) -> Result<Credential<'_>, NotACredential> {
    let rest = value.trim_ascii().strip_prefix(SCHEME).ok_or(NotACredential::Scheme)?;
    // Base64 has no colon, a key id might.
    let (key_id, signature) = rest.rsplit_once(':').ok_or(NotACredential::Layout)?;
    if key_id.is_empty() || signature.is_empty() {
        return Err(NotACredential::Layout);
    }
    Ok(Credential { key_id, signature })
}

/// The form of the query that a client signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryForm {
    /// As it was sent, or there was nothing to decode.
    AsSent,
    /// Percent-decoded, `+` kept.
    PercentDecoded,
    /// Form-decoded, `+` turned into a space.
    FormDecoded,
}

/// The signature does not belong to the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not match")]
pub struct Mismatch {
    /// What this end signed, with the query percent-decoded: for explaining a failure to whoever owns the key. It
    /// repeats headers of the request, so it does not belong in an answer or log of a live platform.
    pub string_to_sign: String,
}

/// Checks the signature of a request, in constant time for each form of the query.
///
/// Header values are text: bytes that are not ASCII are to be read as UTF-8. Whether the key is known and the `Date`
/// is fresh is for the caller to decide.
///
/// # Errors
/// [`Mismatch`] when no form of the query fits.
pub fn verify<'a>(
    secret: &Sensitive<String>,
    request: Request<'a, impl IntoIterator<Item = (&'a str, &'a str)>>,
    signature: &str,
) -> Result<QueryForm, Mismatch> {
    let mut text =
        up_to_the_resource(request.method, request.content_type, request.date, request.headers);
    text.push_str(request.path);
    let mut start = Mac::new(secret.expose());
    start.update(text.as_bytes());
    let fits = |query: Option<&str>| {
        let mut mac = start.clone();
        if let Some(query) = query {
            mac.update(b"?");
            mac.update(query.as_bytes());
        }
        mac.update(b"\n");
        mac.is(signature)
    };

    if fits(request.query) {
        return Ok(QueryForm::AsSent);
    }
    if let Some(query) = request.query {
        let decoded = percent_decoded(query);
        if decoded != query && fits(Some(&decoded)) {
            return Ok(QueryForm::PercentDecoded);
        }
        if query.contains('+') && fits(Some(&form_decoded(query))) {
            return Ok(QueryForm::FormDecoded);
        }
        text.push('?');
        text.push_str(&decoded);
    }
    text.push('\n');
    Err(Mismatch { string_to_sign: text })
}
