//! What the platform asks of an endpoint before it sends events there.

use super::headers::{HeaderPair, text_of};

/// The header with which the platform asks.
pub const VERIFICATION_HEADER: &str = "X-GCS-Webhooks-Endpoint-Verification";

/// The answer to a GET by which the platform verifies that an endpoint is the merchant's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerificationResponse {
    /// The HTTP status, 200.
    pub status: u16,
    /// The media type, `text/plain`.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

/// The answer to the headers of a GET, or nothing when it is not the platform that asks.
///
/// ```
/// use florin::webhooks::verification_response;
///
/// let headers = [("Accept", "*/*"), ("X-GCS-Webhooks-Endpoint-Verification", "a1b2c3")];
/// let response = verification_response(headers).unwrap();
/// assert_eq!(response.status, 200);
/// assert_eq!(response.content_type, "text/plain");
/// assert_eq!(response.body, "a1b2c3");
/// assert_eq!(verification_response([("Accept", "*/*")]), None);
/// ```
pub fn verification_response(
    headers: impl IntoIterator<Item = impl HeaderPair>,
) -> Option<VerificationResponse> {
    let mut headers = headers.into_iter();
    let header = headers.find(|header| header.name().eq_ignore_ascii_case(VERIFICATION_HEADER))?;
    Some(VerificationResponse {
        status: 200,
        content_type: "text/plain",
        body: text_of(header.value()),
    })
}
