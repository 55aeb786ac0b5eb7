//! Idempotence: the same key means the same request, whatever its payload, for 24 hours.
//!
//! What was answered is not kept as text: the record names the object and the view of it, and a repeat shows the
//! object as it is now. An answer that holds a secret is kept sealed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use florin_engine::Fault;
use florin_engine::vault::Sealed;
use florin_store::{Batch, Key, Record, Table};
use serde::{Deserialize, Serialize};

use super::{Failure, MerchantAccount, Platform};

/// How long a key is remembered.
const RETENTION_MS: i64 = 24 * florin_engine::clock::HOUR_MS;

/// The keys that this process is working on, with the time of their first request.
#[derive(Clone, Default)]
pub(super) struct InFlight(Arc<Mutex<HashMap<Key, i64>>>);

/// Ends the work on a key.
pub(crate) struct Guard {
    keys: InFlight,
    key: Key,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.keys.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// How a keyed request begins.
pub(crate) enum Began {
    /// It is the first; the answer is to be remembered so.
    First(Remember, Guard),
    /// It was answered before.
    Repeat(Remembered),
    /// Its first request, at that time, has not finished.
    InProgress(i64),
}

/// Where the answer to a request is to be remembered.
#[derive(Clone, Debug)]
pub(crate) struct Remember {
    key: Key,
    first_ms: i64,
    /// The version of a record that stands in the place: one that is out of date, or an intention.
    replaces: Option<u64>,
}

/// A remembered answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Remembered {
    /// When the first request came, real time.
    #[serde(rename = "at")]
    pub(crate) first_ms: i64,
    /// What it was answered. Nothing while a remote processor has not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) replay: Option<Replay>,
}

/// An answer, by what it shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Replay {
    /// A payment.
    Payment {
        /// Its id.
        id: String,
        /// How it was shown.
        view: View,
    },
    /// A refund.
    Refund {
        /// Its id.
        id: String,
    },
    /// A token that was asked for.
    Token {
        /// Its id.
        id: String,
        /// Whether it was made.
        new: bool,
        /// The payment that it was made of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payment: Option<String>,
    },
    /// A body that holds a secret.
    Sealed(Sealed),
    /// Nothing to show.
    Empty,
}

/// How a payment is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum View {
    /// As created.
    Created,
    /// As approved.
    Approved,
    /// As cancelled.
    Cancelled,
    /// As taken out of the capture run.
    ApprovalCancelled,
    /// By itself.
    Bare,
}

impl Remember {
    /// Adds the answer to the commit that makes it true.
    pub(super) fn note(&self, batch: &mut Batch, replay: Replay) -> Result<(), Failure> {
        self.write(batch, Some(replay))
    }

    /// Marks the key as being worked on, durably.
    pub(super) fn intend(&self, batch: &mut Batch) -> Result<Self, Failure> {
        self.write(batch, None)?;
        Ok(Self { replaces: Some(self.replaces.map_or(1, |version| version + 1)), ..self.clone() })
    }

    /// Forgets the mark again.
    pub(super) fn forget(&self, batch: &mut Batch) {
        if let Some(version) = self.replaces {
            batch.delete(self.key.clone(), version);
        }
    }

    fn write(&self, batch: &mut Batch, replay: Option<Replay>) -> Result<(), Failure> {
        let body = serde_json::to_vec(&Remembered { first_ms: self.first_ms, replay })?;
        let mut record = Record::new(self.key.clone(), body);
        match self.replaces {
            Some(version) => {
                record.version = version;
                batch.update(record);
            }
            None => {
                batch.insert(record);
            }
        }
        Ok(())
    }

    /// When the first request came, real time.
    pub(crate) fn first_ms(&self) -> i64 {
        self.first_ms
    }

    /// The record's id, by which a recovery finds it again.
    pub(super) fn id(&self) -> &str {
        &self.key.id
    }

    /// The place of an intention that a crash left.
    pub(super) fn left_behind(merchant: &str, id: &str, first_ms: i64, version: u64) -> Self {
        let key = Key::new(Table::Idempotence, merchant, id);
        Self { key, first_ms, replaces: Some(version) }
    }
}

impl Platform {
    /// Finds out whether a keyed request is the first of its kind.
    pub(crate) async fn begin(
        &self,
        merchant: &MerchantAccount,
        method: &str,
        path: &str,
        key: &str,
    ) -> Result<Began, Failure> {
        let scope = format!("idempotence/{}/{method} {path}", merchant.id);
        let id = self.vault.fingerprint(&scope, key.as_bytes());
        let key = Key::new(Table::Idempotence, merchant.id.as_str(), id.as_str());
        let now_ms = self.clock.now_ms();
        let busy_since = {
            let mut keys = self.in_flight.0.lock().unwrap_or_else(PoisonError::into_inner);
            let busy_since = keys.get(&key).copied();
            if busy_since.is_none() {
                keys.insert(key.clone(), now_ms);
            }
            busy_since
        };
        let guard =
            busy_since.is_none().then(|| Guard { keys: self.in_flight.clone(), key: key.clone() });
        // Read after marking: whoever held the mark before has committed by now, or still holds it.
        let stored = self.store.get(key.clone()).await?;
        let mut replaces = None;
        if let Some(record) = stored {
            let remembered: Remembered = serde_json::from_slice(&record.body)?;
            if now_ms < remembered.first_ms.saturating_add(RETENTION_MS) {
                return Ok(match remembered.replay {
                    Some(_) => Began::Repeat(remembered),
                    None => Began::InProgress(remembered.first_ms),
                });
            }
            replaces = Some(record.version);
        }
        Ok(match (guard, busy_since) {
            (Some(guard), _) => Began::First(Remember { key, first_ms: now_ms, replaces }, guard),
            // The mark may be that of another repeat, which lets go of it at once: nothing was stored yet either way.
            (None, busy_since) => Began::InProgress(busy_since.unwrap_or(now_ms)),
        })
    }

    /// The answer of a request that was faster with the same key.
    pub(crate) async fn raced(&self, remember: &Remember) -> Result<Began, Failure> {
        let stored = self.store.get(remember.key.clone()).await?;
        let record = stored.ok_or_else(Fault::action_in_process)?;
        let remembered: Remembered = serde_json::from_slice(&record.body)?;
        Ok(match remembered.replay {
            Some(_) => Began::Repeat(remembered),
            None => Began::InProgress(remembered.first_ms),
        })
    }
}
