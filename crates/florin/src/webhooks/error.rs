//! Why an event is not believed or not understood.

use super::helper::API_VERSION;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A request that is no event of the platform, or not one that can be read.
///
/// # Troubleshooting
///
/// | variant | usual cause |
/// | --- | --- |
/// | `SignatureValidation` | the body was parsed and written anew before it came here, or the request is forged |
/// | `SecretKeyNotAvailable` | the key of another account or environment, or one that was removed too early |
/// | `ApiVersionMismatch` | the endpoint is registered for events of another version |
/// | `Syntax` | the body is no JSON, though it is signed |
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// The signature is not there or not right.
    #[error("{0}")]
    SignatureValidation(SignatureFault),
    /// The secret of the key is not known or could not be looked up. It is a failure to validate the signature too;
    /// see [`is_signature_validation`](Self::is_signature_validation).
    #[error("could not find secret key for key id {key_id}")]
    #[non_exhaustive]
    SecretKeyNotAvailable {
        /// The key, as the request says.
        key_id: String,
        /// Why it could not be looked up. Absent when there is no such key.
        source: Option<Source>,
    },
    /// The event is of another version of the API.
    #[error(
        "event API version {} is not compatible with SDK API version {sdk}",
        event.as_deref().unwrap_or("(none)")
    )]
    #[non_exhaustive]
    ApiVersionMismatch {
        /// The version of the event, if it has one.
        event: Option<String>,
        /// The version that this helper reads.
        sdk: &'static str,
    },
    /// The signature is right, and the body is not the JSON of an event.
    #[error("the event cannot be read")]
    Syntax(#[source] Source),
}

impl WebhookError {
    pub(super) fn version(event: Option<&str>) -> Self {
        Self::ApiVersionMismatch { event: event.map(str::to_owned), sdk: API_VERSION }
    }

    /// Whether it could not be shown that the event comes from the platform.
    pub fn is_signature_validation(&self) -> bool {
        matches!(self, Self::SignatureValidation(_) | Self::SecretKeyNotAvailable { .. })
    }
}

impl From<SignatureFault> for WebhookError {
    fn from(fault: SignatureFault) -> Self {
        Self::SignatureValidation(fault)
    }
}

/// What is wrong with the signature of an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureFault {
    /// A header is missing.
    #[error("could not find header '{name}'")]
    #[non_exhaustive]
    MissingHeader {
        /// The name of the header.
        name: &'static str,
    },
    /// A header is there more than once.
    #[error("encountered multiple occurrences of header '{name}'")]
    #[non_exhaustive]
    RepeatedHeader {
        /// The name of the header.
        name: &'static str,
    },
    /// The signature is not the one of the body.
    #[error("failed to validate signature '{signature}'")]
    #[non_exhaustive]
    Mismatch {
        /// The signature, as it was received.
        signature: String,
    },
}
