//! Checks and reads events.
//!
//! **Invariant:** nothing of a body is looked at before its signature was found right.

use std::fmt;
use std::sync::Arc;

use florin_auth::webhooks::{KEY_ID_HEADER, SIGNATURE_HEADER, sign, verify};
use florin_wire::Sensitive;
use florin_wire::connect::v1::types::{ApiVersion, WebhooksEvent};

use super::error::{SignatureFault, WebhookError};
use super::event::Event;
use super::headers::{HeaderPair, sole};
use super::keys::SecretKeyStore;
use crate::connect::answer::read;

/// The version of the events that are read.
pub const API_VERSION: &str = "v1";

/// Checks and reads the events of a merchant. It needs no API key and no network. Clones are cheap.
#[derive(Clone)]
pub struct WebhooksHelper {
    keys: Arc<dyn SecretKeyStore>,
}

impl WebhooksHelper {
    /// A helper that knows the secrets in a store.
    pub fn new(keys: impl SecretKeyStore) -> Self {
        Self { keys: Arc::new(keys) }
    }

    /// Checks the signature of a request by its raw body and all of its headers, in constant time, and reads the event.
    /// The names of headers may be in any case; a `HeaderMap` of the crate `http` will do, and so will a list of pairs.
    ///
    /// # Errors
    /// In the order in which they are looked for: a header that is missing or repeated, a key that is not known, a
    /// wrong signature, a body that cannot be read, another version of the API.
    pub fn unmarshal(
        &self,
        body: &[u8],
        headers: impl IntoIterator<Item = impl HeaderPair>,
    ) -> impl Future<Output = Result<Event, WebhookError>> + Send {
        // The iterator need not be of a kind that can wait in another thread.
        let found = sole([SIGNATURE_HEADER, KEY_ID_HEADER], headers);
        async move {
            let [signature, key_id] = found?;
            let secret = match self.keys.secret_key(&key_id).await {
                Ok(Some(secret)) => secret,
                Ok(None) => {
                    return Err(WebhookError::SecretKeyNotAvailable { key_id, source: None });
                }
                Err(error) => {
                    let source = Some(error);
                    return Err(WebhookError::SecretKeyNotAvailable { key_id, source });
                }
            };
            if !verify(&secret, body, &signature) {
                return Err(SignatureFault::Mismatch { signature }.into());
            }
            let mut message = WebhooksEvent::default();
            read(&mut message, body).map_err(|error| WebhookError::Syntax(error.into()))?;
            match &message.api_version {
                Some(ApiVersion::V1) => Ok(Event::new(message, body)),
                other => Err(WebhookError::version(other.as_ref().map(ApiVersion::as_str))),
            }
        }
    }
}

impl fmt::Debug for WebhooksHelper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhooksHelper").finish_non_exhaustive()
    }
}

/// The headers that the platform would send with a body, for tests of an endpoint.
///
/// ```
/// use florin::webhooks::{InMemorySecretKeyStore, WebhooksHelper, sign_for_tests};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let body = br#"{"apiVersion":"v1","id":"1","type":"payment.paid","payment":{"id":"p"}}"#;
/// let headers = sign_for_tests("keyId", "secretKey", body);
///
/// let keys = InMemorySecretKeyStore::new();
/// keys.store("keyId", "secretKey").unwrap();
/// let event = WebhooksHelper::new(keys).unmarshal(body, &headers).await.unwrap();
/// assert_eq!(event.id(), Some("1"));
/// # });
/// ```
pub fn sign_for_tests(
    key_id: &str,
    secret_key: impl Into<Sensitive<String>>,
    body: &[u8],
) -> [(&'static str, String); 2] {
    [(SIGNATURE_HEADER, sign(&secret_key.into(), body)), (KEY_ID_HEADER, key_id.to_owned())]
}
