//! What can be wrong with a configuration.

use std::path::PathBuf;

use florin_auth::v1hmac::BlankKey;

use crate::transport::{InvalidProxy, TransportError};

/// Something is wrong with a configuration. The texts are those of the official SDKs where these have one.
///
/// No text repeats a secret or a part of the configuration's source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A setting is not there or blank.
    #[error("{0} is required")]
    Missing(&'static str),
    /// A setting does not have the right form.
    #[error("{setting} is invalid: {expected}")]
    Invalid {
        /// The name of the setting.
        setting: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// The endpoint holds more than scheme, host and port.
    #[error("apiEndpoint should not contain {0}")]
    Endpoint(&'static str),
    /// The scheme of the endpoint is neither `http` nor `https`.
    #[error("unsupported scheme: {0}")]
    Scheme(String),
    /// The way of signing is not one that the API has.
    #[error("Unknown authorizationType {0}: Connect has v1HMAC")]
    AuthorizationType(String),
    /// A header that the SDK itself sends, or that cannot be sent.
    #[error("request header not allowed: {0}")]
    Header(String),
    /// The proxy's address is not one.
    #[error(transparent)]
    Proxy(#[from] InvalidProxy),
    /// There is no setting of that name.
    #[error("unknown setting: {0}")]
    UnknownSetting(String),
    /// A text is not in the form that it should be in.
    #[error("line {line}: {what}")]
    Syntax {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there.
        what: String,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The default transport cannot be set up.
    #[error(transparent)]
    Transport(#[from] TransportError),
}

impl From<BlankKey> for ConfigError {
    fn from(blank: BlankKey) -> Self {
        Self::Missing(match blank {
            BlankKey::Id => "apiKeyId",
            BlankKey::Secret => "secretApiKey",
        })
    }
}
