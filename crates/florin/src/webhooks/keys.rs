//! Where the secrets of webhooks keys come from.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};

use florin_wire::Sensitive;

/// What [`SecretKeyStore::secret_key`] returns.
pub type KeyLookup<'a> = Pin<
    Box<
        dyn Future<Output = Result<Option<Sensitive<String>>, Box<dyn Error + Send + Sync>>>
            + Send
            + 'a,
    >,
>;

/// Knows the secrets of webhooks keys by their ids.
///
/// ```
/// use florin::webhooks::{KeyLookup, SecretKeyStore};
///
/// struct FromEnvironment;
///
/// impl SecretKeyStore for FromEnvironment {
///     fn secret_key<'a>(&'a self, key_id: &'a str) -> KeyLookup<'a> {
///         Box::pin(async move {
///             let is_ours = std::env::var("WEBHOOKS_KEY_ID").is_ok_and(|id| id == key_id);
///             Ok(if is_ours { Some(std::env::var("WEBHOOKS_SECRET")?.into()) } else { None })
///         })
///     }
/// }
/// ```
pub trait SecretKeyStore: Send + Sync + 'static {
    /// The secret of a key, or nothing when there is no such key. The id comes from a request whose signature is not
    /// checked yet, so it can be anything.
    ///
    /// # Errors
    /// When the secret cannot be looked up at the moment.
    fn secret_key<'a>(&'a self, key_id: &'a str) -> KeyLookup<'a>;
}

impl<S: SecretKeyStore + ?Sized> SecretKeyStore for Arc<S> {
    fn secret_key<'a>(&'a self, key_id: &'a str) -> KeyLookup<'a> {
        (**self).secret_key(key_id)
    }
}

/// Keeps keys in memory. Clones share them, so that keys can be added and removed while a helper uses them.
#[derive(Clone, Default)]
pub struct InMemorySecretKeyStore {
    keys: Arc<RwLock<HashMap<String, Sensitive<String>>>>,
}

impl InMemorySecretKeyStore {
    /// A store without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key, or replaces the secret of one that is there.
    ///
    /// # Errors
    /// When id or secret are blank.
    pub fn store(
        &self,
        key_id: impl Into<String>,
        secret_key: impl Into<Sensitive<String>>,
    ) -> Result<(), InvalidKey> {
        let (key_id, secret_key) = (key_id.into(), secret_key.into());
        if key_id.trim().is_empty() {
            return Err(InvalidKey { what: "keyId" });
        }
        if secret_key.expose().trim().is_empty() {
            return Err(InvalidKey { what: "secretKey" });
        }
        self.keys.write().unwrap_or_else(PoisonError::into_inner).insert(key_id, secret_key);
        Ok(())
    }

    /// Removes a key, if it is there.
    pub fn remove(&self, key_id: &str) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).remove(key_id);
    }

    /// Removes all keys.
    pub fn clear(&self) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl SecretKeyStore for InMemorySecretKeyStore {
    fn secret_key<'a>(&'a self, key_id: &'a str) -> KeyLookup<'a> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.get(key_id).cloned();
        Box::pin(std::future::ready(Ok(key)))
    }
}

impl fmt::Debug for InMemorySecretKeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("InMemorySecretKeyStore").field("keys", &keys.len()).finish()
    }
}

/// A key that cannot be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is required")]
pub struct InvalidKey {
    what: &'static str,
}
