//! Sealed values: the only form in which card data and secrets reach a stored record.
//!
//! The engine's records hold [`Sealed`] text and [`Fingerprint`]s; what seals and opens them is behind [`Vault`],
//! which the store implements with keys that the engine never sees.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// An encrypted value, bound to the [`Place`] it was sealed for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

impl Sealed {
    /// Wraps the text that a vault produced.
    pub fn from_text(text: String) -> Self {
        Self(text)
    }

    /// The text as stored: key id, nonce and cipher text, printable.
    pub fn as_text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed")
    }
}

/// A keyed look-up value: equal for equal clear values, useless without the key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Wraps the text that a vault produced.
    pub fn from_text(text: String) -> Self {
        Self(text)
    }

    /// The printable look-up value.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a sealed value lives. A value moved to another place does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table of the record.
    pub table: &'a str,
    /// The owner and id of the record.
    pub id: &'a str,
    /// The member of the record.
    pub column: &'a str,
}

/// Why a value could not be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The value was sealed under a key that is not loaded.
    #[error("the value is sealed under a key that is not loaded")]
    UnknownKey,
    /// The value was altered, or sealed for another place.
    #[error("the sealed value does not belong here or was altered")]
    Corrupt,
    /// The random source or the cipher failed.
    #[error("the cipher failed")]
    Cipher,
}

/// Seals, opens and fingerprints values.
pub trait Vault: Send + Sync {
    /// Encrypts a value for one place.
    fn seal(&self, place: Place<'_>, clear: &[u8]) -> Result<Sealed, VaultError>;

    /// Decrypts a value of that place.
    fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, VaultError>;

    /// The look-up value of a card or account number. `scope` separates uses and merchants.
    fn fingerprint(&self, scope: &str, clear: &[u8]) -> Fingerprint;
}
