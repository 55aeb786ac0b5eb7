//! Compares a declaration with the store, and makes the store agree.

use std::fmt;

use florin_engine::directory::Merchant;
use florin_engine::vault::Vault;
use florin_store::{Batch, CommitError, Index, Record, Store, Table};
use serde_json::Value;

use super::ProvisionError;
use super::document::Declaration;
use super::entry::{Entry, Members, SECRET};
use crate::Mode;

/// How often another writer is waited for.
const ATTEMPTS: u32 = 5;

/// One difference between the file and the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// The kind and the id of the entry.
    pub entry: String,
    /// What is different.
    pub what: Difference,
}

/// What is different about an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It is not in the store yet.
    New,
    /// These members were declared anew.
    Declared(Vec<String>),
    /// These members were changed at run time, and stay so.
    Changed(Vec<String>),
    /// It was revoked at run time, and stays so.
    Revoked,
    /// It was deleted at run time, and stays so.
    Deleted,
}

impl Drift {
    /// Whether applying the file settles it.
    pub fn is_pending(&self) -> bool {
        matches!(self.what, Difference::New | Difference::Declared(_))
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = &self.entry;
        match &self.what {
            Difference::New => write!(f, "+ {entry}: not in the store yet"),
            Difference::Declared(members) => {
                write!(f, "~ {entry}: {} declared anew", members.join(", "))
            }
            Difference::Changed(members) => {
                write!(f, "! {entry}: {} changed at run time, stays so", members.join(", "))
            }
            Difference::Revoked => write!(f, "! {entry}: revoked at run time, stays so"),
            Difference::Deleted => write!(f, "! {entry}: deleted at run time, stays so"),
        }
    }
}

/// What applying a declaration would do.
#[must_use = "a plan does nothing until it is committed"]
pub struct Plan {
    /// Every difference.
    pub drift: Vec<Drift>,
    batch: Batch,
}

impl Plan {
    /// Whether there is something to commit.
    pub fn is_pending(&self) -> bool {
        !self.batch.is_empty()
    }
}

impl Declaration {
    /// Makes the store agree with the declaration, in one commit or, when it agrees already, in none.
    pub async fn apply(
        &self,
        store: &dyn Store,
        vault: &dyn Vault,
        mode: Mode,
    ) -> Result<Vec<Drift>, ProvisionError> {
        for attempt in 1.. {
            let plan = self.plan(store, vault, mode).await?;
            match store.commit(plan.batch).await {
                Ok(()) => return Ok(plan.drift),
                Err(CommitError::Conflict(_) | CommitError::Duplicate(_)) if attempt < ATTEMPTS => {
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Vec::new())
    }

    /// What applying the declaration would do.
    pub async fn plan(
        &self,
        store: &dyn Store,
        vault: &dyn Vault,
        mode: Mode,
    ) -> Result<Plan, ProvisionError> {
        if mode == Mode::Live
            && let Some(merchant) = self.entries.iter().find(|it| it.table == Table::Merchant)
        {
            return Err(ProvisionError::NoProcessor(merchant.id.clone()));
        }
        let mut plan = Plan { drift: Vec::new(), batch: Batch::new() };
        for entry in &self.entries {
            let stored = store.get(entry.key()).await?;
            let note = store.get(entry.note()).await?;
            plan.add(entry, stored, note, vault)?;
        }
        Ok(plan)
    }
}

impl Plan {
    fn add(
        &mut self,
        entry: &Entry,
        stored: Option<Record>,
        note: Option<Record>,
        vault: &dyn Vault,
    ) -> Result<(), ProvisionError> {
        let now = entry.members(vault);
        let before = match &note {
            None => Members::new(),
            Some(note) => serde_json::from_slice(&note.body)
                .map_err(|_| ProvisionError::Damaged(note.key.to_string()))?,
        };
        let mut body = match &stored {
            Some(record) => entry.stored(&record.body)?,
            None => entry.fresh.clone(),
        };
        if note.is_some() && now == before {
            self.drift.extend(at_run_time(entry, &now, stored.is_some().then_some(&body), vault));
            return Ok(());
        }
        // A record that is made anew gets everything that is declared, not only what is declared anew.
        let known = |pointer: &str| before.get(pointer).filter(|_| stored.is_some());
        let mut anew: Vec<String> = Vec::new();
        for (pointer, value) in now.iter().filter(|(pointer, value)| known(pointer) != Some(value))
        {
            entry.set(&mut body, pointer, value, vault)?;
            anew.push(name(pointer));
        }
        let is_withdrawn = |pointer: &&String| *pointer != SECRET && !now.contains_key(*pointer);
        for pointer in before.keys().filter(is_withdrawn) {
            let default = entry.fresh.pointer(pointer).cloned().unwrap_or_default();
            entry.set(&mut body, pointer, &default, vault)?;
            anew.push(name(pointer));
        }
        let what = if stored.is_some() { Difference::Declared(anew) } else { Difference::New };
        self.drift.push(Drift { entry: entry.name(), what });
        let parent = ["account", "merchant"].iter().find_map(|member| body[*member].as_str());
        let index = Index { parent: parent.map(str::to_owned), ..Index::default() };
        let damaged = |_| ProvisionError::Damaged(entry.key().to_string());
        let body = serde_json::to_vec(&body).map_err(damaged)?;
        // What is written must read back.
        entry.stored(&body)?;
        self.put(Record::new(entry.key(), body).with_index(index), stored);
        let body = serde_json::to_vec(&now).map_err(damaged)?;
        self.put(Record::new(entry.note(), body), note);
        Ok(())
    }

    fn put(&mut self, mut record: Record, stored: Option<Record>) {
        match stored {
            None => self.batch.insert(record),
            Some(stored) => {
                record.version = stored.version;
                self.batch.update(record)
            }
        };
    }
}

/// What happened to an entry since it was declared so.
fn at_run_time(
    entry: &Entry,
    declared: &Members,
    body: Option<&Value>,
    vault: &dyn Vault,
) -> Vec<Drift> {
    let mut found = Vec::new();
    if let Some(body) = body {
        if body["revoked"] == true {
            found.push(Difference::Revoked);
        }
        let differs =
            |(pointer, value): &(&String, &Value)| !entry.agrees(body, pointer, value, vault);
        let changed: Vec<_> =
            declared.iter().filter(differs).map(|(pointer, _)| name(pointer)).collect();
        if !changed.is_empty() {
            found.push(Difference::Changed(changed));
        }
    } else {
        found.push(Difference::Deleted);
    }
    found.into_iter().map(|what| Drift { entry: entry.name(), what }).collect()
}

/// What the file calls a member.
fn name(pointer: &str) -> String {
    pointer.trim_start_matches('/').trim_end_matches("_ms").replace('/', ".")
}

/// Refuses merchants that no processor authorises for. Live has none but real ones, and there is none yet.
pub async fn refuse_without_processor(store: &dyn Store, mode: Mode) -> Result<(), ProvisionError> {
    if mode == Mode::Sandbox {
        return Ok(());
    }
    match store.scan(Table::Merchant, None, 1).await?.first() {
        None => Ok(()),
        Some(record) => {
            let merchant: Merchant = serde_json::from_slice(&record.body)
                .map_err(|_| ProvisionError::Damaged(record.key.to_string()))?;
            Err(ProvisionError::NoProcessor(merchant.id))
        }
    }
}
