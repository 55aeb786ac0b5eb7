//! Who signed a request.
//!
//! **Invariant:** a refusal says nothing to the client but that it is one; what was wrong goes into an explanation,
//! which only a sandbox shows.

use florin_auth::v1hmac;
use http::HeaderMap;
use http::request::Parts;

use crate::platform::Platform;

/// A request that nobody known signed.
pub(super) struct Refusal {
    /// What was wrong.
    pub(super) explanation: Option<String>,
}

fn refusal(explanation: impl Into<String>) -> Refusal {
    Refusal { explanation: Some(explanation.into()) }
}

/// The account whose key signed the request.
pub(super) fn account(platform: &Platform, parts: &Parts) -> Result<String, Refusal> {
    let headers = &parts.headers;
    for name in headers.keys() {
        let signed = name.as_str().starts_with("x-gcs");
        let once = signed || name == http::header::AUTHORIZATION || name == http::header::DATE;
        if once && headers.get_all(name).iter().nth(1).is_some() {
            return Err(refusal(format!("header {name} is there more than once")));
        }
    }
    let authorization = text(headers, "authorization")?;
    let authorization = authorization.ok_or_else(|| refusal("header authorization is missing"))?;
    let credential = v1hmac::parse_authorization(authorization)
        .map_err(|_| refusal("header authorization is not GCS v1HMAC:<key id>:<signature>"))?;
    let date = text(headers, "date")?.ok_or_else(|| refusal("header date is missing"))?;
    check_date(platform, date)?;
    let known = platform.directory.api_key(credential.key_id);
    let known = known.ok_or_else(|| refusal("header authorization: the key id is unknown"))?;
    let signed = headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-gcs"))
        .map(|(name, value)| Ok((name.as_str(), utf8(name.as_str(), value)?)))
        .collect::<Result<Vec<_>, Refusal>>()?;
    let request = v1hmac::Request {
        method: parts.method.as_str(),
        content_type: text(headers, "content-type")?.unwrap_or_default(),
        date,
        headers: signed,
        path: parts.uri.path(),
        query: parts.uri.query(),
    };
    match v1hmac::verify(&known.secret, request, credential.signature) {
        Ok(_) => Ok(known.account.clone()),
        Err(mismatch) => Err(refusal(format!(
            "the signature does not match; the server signed: {:?}",
            mismatch.string_to_sign
        ))),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Refusal> {
    headers.get(name).map(|value| utf8(name, value)).transpose()
}

fn utf8<'a>(name: &str, value: &'a http::HeaderValue) -> Result<&'a str, Refusal> {
    std::str::from_utf8(value.as_bytes()).map_err(|_| refusal(format!("header {name} is no text")))
}

fn check_date(platform: &Platform, date: &str) -> Result<(), Refusal> {
    // Some clients write one digit for the first days of a month.
    let padded = match date.split_once(", ") {
        Some((day_name, rest)) if rest.as_bytes().get(1) == Some(&b' ') => {
            format!("{day_name}, 0{rest}")
        }
        _ => date.to_owned(),
    };
    let sent = httpdate::parse_http_date(&padded)
        .map_err(|_| refusal("header date is not a date of HTTP"))?;
    let sent_ms = sent
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    let off_ms = platform.clock.now_ms().abs_diff(sent_ms);
    if u128::from(off_ms) > platform.config.date_tolerance.as_millis() {
        return Err(refusal(format!("header date is {} seconds off", off_ms / 1_000)));
    }
    Ok(())
}
