//! One declared entry: the members that the file sets, and the record that they are set in.

use std::collections::BTreeMap;

use florin_engine::directory::{Account, Acquirer, Endpoint, Merchant, OauthClient, SigningKey};
use florin_engine::vault::{Place, Vault};
use florin_store::{Key, Table};
use florin_wire::Sensitive;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::ProvisionError;

/// Declared members by their JSON pointer. The secret is under [`SECRET`], as a fingerprint.
pub(super) type Members = BTreeMap<String, Value>;

/// Where the fingerprint of the secret is.
pub(super) const SECRET: &str = "/secret";

/// One account, merchant, key, endpoint, acquirer or client.
pub(super) struct Entry {
    pub(super) table: Table,
    pub(super) id: String,
    /// The record as it is made, with the default of every member and without the secret.
    pub(super) fresh: Value,
    /// What the file says.
    pub(super) declared: Members,
    /// What the file says the secret is.
    pub(super) secret: Option<Sensitive<String>>,
}

impl Entry {
    pub(super) fn new(
        table: Table,
        id: &str,
        fresh: &impl Serialize,
    ) -> Result<Self, ProvisionError> {
        let mut entry = Self {
            table,
            id: id.to_owned(),
            fresh: Value::Null,
            declared: Members::new(),
            secret: None,
        };
        let usable = !id.is_empty() && id.len() <= 2_048 && !id.chars().any(char::is_control);
        entry.fresh = match serde_json::to_value(fresh) {
            Ok(fresh) if usable => fresh,
            _ => {
                let message = "the name is empty, too long or not printable".to_owned();
                return Err(ProvisionError::Entry { entry: entry.name(), message });
            }
        };
        Ok(entry)
    }

    /// Notes that the file sets a member.
    pub(super) fn declare(&mut self, pointer: &str, value: impl Into<Value>) {
        self.declared.insert(pointer.to_owned(), value.into());
    }

    /// What errors and drift call it.
    pub(super) fn name(&self) -> String {
        format!("{} {:?}", self.table.as_str(), self.id)
    }

    /// Where the record is.
    pub(super) fn key(&self) -> Key {
        Key::new(self.table, "", self.id.as_str())
    }

    /// Where it is noted what was last declared.
    pub(super) fn note(&self) -> Key {
        Key::new(Table::Meta, "", format!("provisioned/{}/{}", self.table.as_str(), self.id))
    }

    /// What the file says, with the secret as a fingerprint.
    pub(super) fn members(&self, vault: &dyn Vault) -> Members {
        let mut members = self.declared.clone();
        if let Some(secret) = &self.secret {
            let fingerprint = vault.fingerprint(&self.scope(), secret.expose().as_bytes());
            members.insert(SECRET.to_owned(), fingerprint.as_str().into());
        }
        members
    }

    /// Sets a member of the record. The secret is sealed, or where it is only compared, stays a fingerprint.
    pub(super) fn set(
        &self,
        body: &mut Value,
        pointer: &str,
        value: &Value,
        vault: &dyn Vault,
    ) -> Result<(), ProvisionError> {
        let Some(secret) = self.secret.as_ref().filter(|_| pointer == SECRET) else {
            if let Some(member) = body.pointer_mut(pointer) {
                *member = value.clone();
            }
            return Ok(());
        };
        // Whoever declares another secret wants it to count.
        body["revoked"] = false.into();
        if self.table == Table::OauthClient {
            body["secret"] = value.clone();
            return Ok(());
        }
        let sealed = vault.seal(self.place(), secret.expose().as_bytes());
        let sealed =
            sealed.map_err(|source| ProvisionError::Vault { entry: self.name(), source })?;
        body["sealed"] = sealed.as_text().into();
        Ok(())
    }

    /// A stored record with all its members, also those that it was written without.
    pub(super) fn stored(&self, body: &[u8]) -> Result<Value, ProvisionError> {
        fn read<T: DeserializeOwned + Serialize>(body: &[u8]) -> serde_json::Result<Value> {
            serde_json::to_value(serde_json::from_slice::<T>(body)?)
        }
        let value = match self.table {
            Table::Account => read::<Account>(body),
            Table::Merchant => read::<Merchant>(body),
            Table::ApiKey | Table::WebhookKey => read::<SigningKey>(body),
            Table::Endpoint => read::<Endpoint>(body),
            Table::Acquirer => read::<Acquirer>(body),
            _ => read::<OauthClient>(body),
        };
        value.map_err(|_| ProvisionError::Damaged(self.key().to_string()))
    }

    /// Whether the record has what the file says about a member.
    pub(super) fn agrees(
        &self,
        body: &Value,
        pointer: &str,
        value: &Value,
        vault: &dyn Vault,
    ) -> bool {
        if pointer != SECRET {
            return body.pointer(pointer) == Some(value);
        }
        if self.table == Table::OauthClient {
            return body["secret"] == *value;
        }
        let sealed = serde_json::from_value(body["sealed"].clone()).ok();
        let clear = sealed.and_then(|sealed| vault.open(self.place(), &sealed).ok());
        let declared = self.secret.as_ref().map(|secret| secret.expose().as_bytes());
        clear.as_deref().map(Vec::as_slice) == declared
    }

    fn place(&self) -> Place<'_> {
        Place { table: self.table.as_str(), id: &self.id, column: "secret" }
    }

    /// Fingerprints of one secret under two ids have nothing in common.
    fn scope(&self) -> String {
        format!("{}/{}/secret", self.table.as_str(), self.id)
    }
}
