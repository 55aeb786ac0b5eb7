//! The headers of the Connect API, and what may stand in a header.

pub(super) const CLIENT_META_INFO: &str = "X-GCS-ClientMetaInfo";
pub(super) const CONTENT_TYPE: &str = "Content-Type";
pub(super) const SERVER_META_INFO: &str = "X-GCS-ServerMetaInfo";
pub(super) const DATE: &str = "Date";
pub(super) const IDEMPOTENCE_KEY: &str = "X-GCS-Idempotence-Key";
pub(super) const IDEMPOTENCE_REQUEST_TIMESTAMP: &str = "X-GCS-Idempotence-Request-Timestamp";
pub(super) const AUTHORIZATION: &str = "Authorization";
pub(super) const RETRY_AFTER: &str = "Retry-After";

/// Headers that are set for each request, by this SDK or by the HTTP library.
const RESERVED: &[&str] = &[
    SERVER_META_INFO,
    IDEMPOTENCE_KEY,
    DATE,
    CONTENT_TYPE,
    AUTHORIZATION,
    "Host",
    "Content-Length",
    "Transfer-Encoding",
    "Proxy-Authorization",
];

/// Whether a header of that name may be added to all requests.
pub(super) fn may_be_added(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty()
        && name.bytes().all(is_token)
        && !RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name))
}

/// Whether a value can be sent as it is. Text beyond ASCII travels as UTF-8.
pub(super) fn is_sendable(value: &str) -> bool {
    !value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t')
}
