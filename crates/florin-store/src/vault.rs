//! The vault: AES-256-GCM for what is kept, HMAC-SHA-256 for what is looked up.
//!
//! **Invariant:** a sealed value opens only under its key and at its place (table, id, column); equal clear values are
//! recognisable only through the look-up key, within one scope.
//!
//! Sealed text is `v1.<key id>.<base64url of nonce, cipher text and tag>`. The nonce is random: rotate a key long before
//! it has sealed 2^32 values.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use florin_engine::vault::{Fingerprint, Place, Sealed, Vault, VaultError};
use zeroize::Zeroizing;

use crate::contract::{Batch, CommitError, Key, ReadError, Record, Store, Table};
use crate::keys::{KeyError, KeyProvider, Keys};

const VERSION: &str = "v1";

/// Bytes that the cipher appends.
const TAG_BYTES: usize = 16;

/// What the key-check records hold, sealed and fingerprinted.
const KNOWN: &[u8] = b"florin";

/// Ids of the key-check records in [`Table::Meta`]: one per key that ever sealed, and one for the look-up key.
const SEAL_CHECK: &str = "key-check/seal/";
const LOOKUP_CHECK: &str = "key-check/lookup";

/// A vault over a set of master keys. The cipher library wipes its copies of the keys when they are dropped.
pub struct KeyVault {
    seal: Vec<(String, RandomizedNonceKey)>,
    active: usize,
    lookup: hmac::Key,
}

impl KeyVault {
    /// Loads the keys of a provider.
    pub fn load(provider: &dyn KeyProvider) -> Result<Self, KeyError> {
        Self::new(&provider.keys()?)
    }

    /// Uses these keys.
    pub fn new(keys: &Keys) -> Result<Self, KeyError> {
        let ready = |(id, key): &(String, crate::keys::KeyBytes)| {
            let key = RandomizedNonceKey::new(&AES_256_GCM, key.as_slice());
            key.map(|key| (id.clone(), key)).map_err(|_| KeyError::Random)
        };
        Ok(Self {
            seal: keys.seal.iter().map(ready).collect::<Result<_, _>>()?,
            active: keys.active,
            lookup: hmac::Key::new(hmac::HMAC_SHA256, keys.lookup.as_slice()),
        })
    }

    /// Proves that these are the keys the store's values were sealed under, before anything is read or written. Each key
    /// that seals for the first time leaves a record, so that a later start without it is refused as well.
    pub async fn check_or_create(&self, store: &dyn Store) -> Result<(), KeyCheckError> {
        let Some((active, _)) = self.seal.get(self.active) else {
            return Err(VaultError::UnknownKey.into());
        };
        let active_check = format!("{SEAL_CHECK}{active}");
        let lookup = self.fingerprint(LOOKUP_CHECK, KNOWN);
        let (mut lookup_known, mut active_known) = (false, false);
        let mut after = None;
        loop {
            let page = store.scan(Table::Meta, after, crate::MAX_LIMIT).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            for record in page.iter().filter(|record| record.key.owner.is_empty()) {
                if &*record.key.id == LOOKUP_CHECK {
                    if record.body != lookup.as_str().as_bytes() {
                        return Err(KeyCheckError::WrongLookup);
                    }
                    lookup_known = true;
                } else if let Some(id) = record.key.id.strip_prefix(SEAL_CHECK) {
                    self.check_seal(id, record)?;
                    active_known |= *record.key.id == *active_check;
                }
            }
        }
        let mut batch = Batch::new();
        if !lookup_known {
            let key = Key::new(Table::Meta, "", LOOKUP_CHECK);
            batch.insert(Record::new(key, lookup.as_str()));
        }
        if !active_known {
            let sealed = self.seal(check_place(&active_check), KNOWN)?;
            let key = Key::new(Table::Meta, "", active_check.as_str());
            batch.insert(Record::new(key, sealed.as_text()));
        }
        // A duplicate means that another process checks the same store at the same moment: start again to see its keys.
        Ok(store.commit(batch).await?)
    }

    fn check_seal(&self, id: &str, record: &Record) -> Result<(), KeyCheckError> {
        let wrong = || KeyCheckError::Wrong(id.to_owned());
        let text = String::from_utf8(record.body.clone()).map_err(|_| wrong())?;
        match self.open(check_place(&record.key.id), &Sealed::from_text(text)) {
            Ok(known) if *known == KNOWN => Ok(()),
            Err(VaultError::UnknownKey) => Err(KeyCheckError::Missing(id.to_owned())),
            Ok(_) | Err(VaultError::Corrupt) => Err(wrong()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Vault for KeyVault {
    fn seal(&self, place: Place<'_>, clear: &[u8]) -> Result<Sealed, VaultError> {
        let (id, key) = self.seal.get(self.active).ok_or(VaultError::UnknownKey)?;
        // Room for the tag: growing would leave a copy of the clear value behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(clear.len() + TAG_BYTES));
        bytes.extend_from_slice(clear);
        let nonce = key.seal_in_place_append_tag(bound_to(place, id), &mut *bytes);
        let nonce = nonce.map_err(|_| VaultError::Cipher)?;
        let mut whole = Vec::with_capacity(NONCE_LEN + bytes.len());
        whole.extend_from_slice(nonce.as_ref());
        whole.extend_from_slice(&bytes);
        let mut text = format!("{VERSION}.{id}.");
        BASE64_URL_SAFE_NO_PAD.encode_string(&whole, &mut text);
        Ok(Sealed::from_text(text))
    }

    fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let mut parts = sealed.as_text().splitn(3, '.');
        let (Some(VERSION), Some(id), Some(text)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(VaultError::Corrupt);
        };
        let key = self.seal.iter().find(|(other, _)| other == id);
        let (id, key) = key.ok_or(VaultError::UnknownKey)?;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| VaultError::Corrupt)?;
        let mut bytes = Zeroizing::new(bytes);
        let (nonce, cipher) = bytes.split_at_mut_checked(NONCE_LEN).ok_or(VaultError::Corrupt)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Corrupt)?;
        let clear = key.open_in_place(nonce, bound_to(place, id), cipher);
        let length = clear.map_err(|_| VaultError::Corrupt)?.len();
        bytes.drain(..NONCE_LEN);
        bytes.truncate(length);
        Ok(bytes)
    }

    fn fingerprint(&self, scope: &str, clear: &[u8]) -> Fingerprint {
        let mut mac = hmac::Context::with_key(&self.lookup);
        mac.update(&length(scope));
        mac.update(scope.as_bytes());
        mac.update(clear);
        Fingerprint::from_text(BASE64_URL_SAFE_NO_PAD.encode(mac.sign()))
    }
}

impl fmt::Debug for KeyVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.seal.iter().map(|(id, _)| id).collect();
        f.debug_struct("KeyVault").field("seal", &ids).finish_non_exhaustive()
    }
}

/// Why a store and a set of keys don't belong together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyCheckError {
    /// Values in the store are sealed under this key, and it is not loaded.
    #[error("the store holds values sealed under key {0}, which is not loaded")]
    Missing(String),
    /// A key with this id is loaded, but it is another one.
    #[error("key {0} is not the key of that name under which the store's values are sealed")]
    Wrong(String),
    /// The look-up key is not the one that made the store's look-up values.
    #[error("the look-up key is not the store's")]
    WrongLookup,
    /// The vault failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The store could not be written.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

fn check_place(id: &str) -> Place<'_> {
    Place { table: Table::Meta.as_str(), id, column: "check" }
}

/// What the cipher authenticates beside the value: place and key id, each with its length, so that no two differ only in
/// where one part ends.
fn bound_to(place: Place<'_>, key_id: &str) -> Aad<Vec<u8>> {
    let mut bytes = VERSION.as_bytes().to_vec();
    for part in [place.table, place.id, place.column, key_id] {
        bytes.extend_from_slice(&length(part));
        bytes.extend_from_slice(part.as_bytes());
    }
    Aad::from(bytes)
}

fn length(part: &str) -> [u8; 8] {
    (part.len() as u64).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemoryStore, Table};

    const A: &str = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";
    const B: &str = "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=";
    const PLACE: Place<'_> = Place { table: "token", id: "1226/t1", column: "card" };

    fn vault(text: &str) -> KeyVault {
        KeyVault::new(&Keys::parse(text).unwrap()).unwrap()
    }

    #[test]
    fn opens_what_it_sealed_and_never_seals_the_same_twice() {
        let vault = vault(&format!("seal k1 {A};lookup {B}"));
        for clear in [&b"4567350000427977"[..], b"", &[0; 5_000]] {
            let sealed = vault.seal(PLACE, clear).unwrap();
            assert!(sealed.as_text().starts_with("v1.k1."));
            assert_eq!(*vault.open(PLACE, &sealed).unwrap(), clear);
            assert_ne!(vault.seal(PLACE, clear).unwrap(), sealed);
        }
    }

    #[test]
    fn a_value_opens_only_at_its_place_and_unaltered() {
        let vault = vault(&format!("seal k1 {A};seal k2 {A};lookup {B}"));
        let sealed = vault.seal(PLACE, b"4567350000427977").unwrap();
        for place in [
            Place { table: "payment", ..PLACE },
            Place { id: "1226/t2", ..PLACE },
            Place { column: "iban", ..PLACE },
            Place { table: "token1", id: "226/t1", ..PLACE },
        ] {
            assert_eq!(vault.open(place, &sealed), Err(VaultError::Corrupt));
        }
        // k1 holds the same bytes, but the id is part of what is authenticated.
        let renamed = sealed.as_text().replace("v1.k2.", "v1.k1.");
        assert_eq!(vault.open(PLACE, &Sealed::from_text(renamed)), Err(VaultError::Corrupt));
        let unknown = sealed.as_text().replace("v1.k2.", "v1.k9.");
        assert_eq!(vault.open(PLACE, &Sealed::from_text(unknown)), Err(VaultError::UnknownKey));
        for index in "v1.k2.".len()..sealed.as_text().len() {
            let mut altered = sealed.as_text().as_bytes().to_vec();
            altered[index] = if altered[index] == b'A' { b'B' } else { b'A' };
            let altered = Sealed::from_text(String::from_utf8(altered).unwrap());
            assert_eq!(vault.open(PLACE, &altered), Err(VaultError::Corrupt));
        }
        for text in ["", "v1", "v1.k2", "v1.k2.", "v1.k2.AAAA", "v2.k2.AAAA", "v1.k2.%"] {
            let sealed = Sealed::from_text(text.into());
            assert_eq!(vault.open(PLACE, &sealed), Err(VaultError::Corrupt), "{text}");
        }
    }

    #[test]
    fn rotation_keeps_old_values_readable() {
        let old = vault(&format!("seal k1 {A};lookup {B}"));
        let sealed = old.seal(PLACE, b"x").unwrap();
        let rotated = vault(&format!("seal k1 {A};seal k2 {B};lookup {B}"));
        assert_eq!(*rotated.open(PLACE, &sealed).unwrap(), b"x");
        assert!(rotated.seal(PLACE, b"x").unwrap().as_text().starts_with("v1.k2."));
        assert_eq!(rotated.fingerprint("1226", b"x"), old.fingerprint("1226", b"x"));
    }

    #[test]
    fn fingerprints_depend_on_scope_value_and_key() {
        let vault_b = vault(&format!("seal k1 {A};lookup {B}"));
        let one = vault_b.fingerprint("1226", b"4567");
        assert_eq!(one, vault_b.fingerprint("1226", b"4567"));
        assert_ne!(one, vault_b.fingerprint("1227", b"4567"));
        assert_ne!(one, vault_b.fingerprint("12264", b"567"));
        assert_ne!(one, vault(&format!("seal k1 {A};lookup {A}")).fingerprint("1226", b"4567"));
        assert_eq!(one.as_str().len(), 43);
    }

    #[tokio::test]
    async fn wrong_and_missing_keys_are_refused() {
        let store = MemoryStore::new();
        let first = vault(&format!("seal k1 {A};lookup {B}"));
        first.check_or_create(&store).await.unwrap();
        first.check_or_create(&store).await.unwrap();

        let check = |text: String| {
            let store = &store;
            async move { vault(&text).check_or_create(store).await }
        };
        let wrong = check(format!("seal k1 {B};lookup {B}")).await;
        assert!(matches!(wrong, Err(KeyCheckError::Wrong(id)) if id == "k1"));
        let missing = check(format!("seal k2 {A};lookup {B}")).await;
        assert!(matches!(missing, Err(KeyCheckError::Missing(id)) if id == "k1"));
        let lookup = check(format!("seal k1 {A};lookup {A}")).await;
        assert!(matches!(lookup, Err(KeyCheckError::WrongLookup)));

        // After a rotation both keys are needed.
        check(format!("seal k1 {A};seal k2 {B};lookup {B}")).await.unwrap();
        let missing = check(format!("seal k1 {A};lookup {B}")).await;
        assert!(matches!(missing, Err(KeyCheckError::Missing(id)) if id == "k2"));
        assert_eq!(store.scan(Table::Meta, None, 10).await.unwrap().len(), 3);
    }

    #[test]
    fn debug_shows_ids_only() {
        let vault = vault(&format!("seal k1 {A};lookup {B}"));
        assert_eq!(format!("{vault:?}"), r#"KeyVault { seal: ["k1"], .. }"#);
    }
}
