//! Accounts, merchants and keys, in memory: every request needs them and they change rarely.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use florin_engine::directory::{Endpoint, Merchant, SigningKey};
use florin_engine::settings::Settings;
use florin_engine::vault::Place;
use florin_store::{Record, Table};
use florin_wire::Sensitive;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Platform, StartError};

/// Everything that requests look up before they are let in.
#[derive(Default)]
pub struct Directory(RwLock<Arc<Snapshot>>);

/// The directory at one moment.
#[derive(Default)]
struct Snapshot {
    merchants: HashMap<String, Arc<MerchantAccount>>,
    api_keys: HashMap<String, Arc<KnownKey>>,
}

/// An API key that may sign.
pub(crate) struct KnownKey {
    /// Its secret.
    pub(crate) secret: Sensitive<String>,
    /// The account whose merchants it may act for.
    pub(crate) account: String,
}

/// A merchant account, and the offset of its clock.
pub struct MerchantAccount {
    /// One to ten digits.
    pub id: String,
    /// The account that owns it.
    pub account: String,
    /// Where it lives.
    pub platform: florin_wire::Platform,
    /// Its switches.
    pub settings: Settings,
    /// Where its events go. Empty without a key to sign them with.
    pub(crate) endpoints: Vec<Endpoint>,
    offset_ms: AtomicI64,
}

impl MerchantAccount {
    /// How far the merchant's business time is ahead of real time.
    pub fn offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::Relaxed)
    }

    pub(super) fn set_offset_ms(&self, offset_ms: i64) {
        self.offset_ms.store(offset_ms, Ordering::Relaxed);
    }
}

/// The stored offset of a merchant's clock.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct ClockOffset {
    pub(super) offset_ms: i64,
}

impl Directory {
    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A merchant by id.
    pub fn merchant(&self, id: &str) -> Option<Arc<MerchantAccount>> {
        self.snapshot().merchants.get(id).cloned()
    }

    /// Every merchant.
    pub fn merchants(&self) -> Vec<Arc<MerchantAccount>> {
        self.snapshot().merchants.values().cloned().collect()
    }

    /// A key that may sign, by id.
    pub(crate) fn api_key(&self, id: &str) -> Option<Arc<KnownKey>> {
        self.snapshot().api_keys.get(id).cloned()
    }
}

impl Platform {
    /// Reads the directory anew, after something in it changed.
    pub async fn reload(&self) -> Result<(), StartError> {
        let mut snapshot = Snapshot::default();
        for (_, key) in self.all::<SigningKey>(Table::ApiKey).await? {
            if key.revoked {
                continue;
            }
            let place = Place { table: Table::ApiKey.as_str(), id: &key.id, column: "secret" };
            let sealed = || StartError::Sealed(format!("the API key {}", key.id));
            let secret = self.vault.open(place, &key.sealed).map_err(|_| sealed())?;
            let secret = String::from_utf8(secret.to_vec()).map_err(|_| sealed())?;
            let known = KnownKey { secret: Sensitive::new(secret), account: key.account };
            snapshot.api_keys.insert(key.id, Arc::new(known));
        }
        let webhook_keys = self.all::<SigningKey>(Table::WebhookKey).await?;
        let mut endpoints: HashMap<String, Vec<Endpoint>> = HashMap::new();
        for (_, endpoint) in self.all::<Endpoint>(Table::Endpoint).await? {
            endpoints.entry(endpoint.merchant.clone()).or_default().push(endpoint);
        }
        let mut offsets = HashMap::new();
        for (record, offset) in self.all::<ClockOffset>(Table::Clock).await? {
            offsets.insert(record.key.owner.to_string(), offset.offset_ms);
        }
        for (_, mut merchant) in self.all::<Merchant>(Table::Merchant).await? {
            let delay_ms = self.config.settlement_delay_ms;
            merchant.settings.settlement_delay_ms.get_or_insert(delay_ms);
            let signs =
                |(_, key): &(Record, SigningKey)| !key.revoked && key.account == merchant.account;
            let endpoints = endpoints.remove(&merchant.id).unwrap_or_default();
            let account = MerchantAccount {
                offset_ms: AtomicI64::new(offsets.get(&merchant.id).copied().unwrap_or(0)),
                endpoints: if webhook_keys.iter().any(signs) { endpoints } else { Vec::new() },
                platform: merchant.platform.into(),
                settings: merchant.settings,
                account: merchant.account,
                id: merchant.id.clone(),
            };
            snapshot.merchants.insert(merchant.id, Arc::new(account));
        }
        *self.directory.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
        Ok(())
    }

    /// Every record of a table, decoded.
    pub(crate) async fn all<T: DeserializeOwned>(
        &self,
        table: Table,
    ) -> Result<Vec<(Record, T)>, StartError> {
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let page = self.store.scan(table, after, florin_store::MAX_LIMIT).await;
            let page = page.map_err(|error| StartError::Store(error.to_string()))?;
            let Some(last) = page.last() else { return Ok(all) };
            after = Some(last.key.clone());
            for record in page {
                let body = serde_json::from_slice(&record.body)
                    .map_err(|_| StartError::Damaged(record.key.to_string()))?;
                all.push((record, body));
            }
        }
    }
}
