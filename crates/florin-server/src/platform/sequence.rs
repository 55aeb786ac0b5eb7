//! Order ids: blocks of a thousand per merchant, reserved by one versioned record, handed out from memory.
//!
//! What is left of a block when the process ends is a gap.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use florin_engine::Fault;
use florin_store::{Batch, CommitError, Key, Record, Table};
use serde::{Deserialize, Serialize};

use super::{Failure, Platform};

const BLOCK: u64 = 1_000;

/// The blocks that this process holds.
#[derive(Default)]
pub(super) struct Sequences(std::sync::Mutex<HashMap<String, Arc<tokio::sync::Mutex<Block>>>>);

#[derive(Clone, Copy, Default)]
struct Block {
    next: u64,
    end: u64,
}

/// The first order id that nobody has reserved.
#[derive(Serialize, Deserialize)]
struct Reserved {
    next: u64,
}

impl Platform {
    /// The next order id of a merchant.
    pub(super) async fn next_order(&self, merchant: &str) -> Result<u64, Failure> {
        let block = {
            let mut blocks = self.sequences.0.lock().unwrap_or_else(PoisonError::into_inner);
            match blocks.get(merchant) {
                Some(block) => Arc::clone(block),
                None => Arc::clone(blocks.entry(merchant.to_owned()).or_default()),
            }
        };
        let mut block = block.lock().await;
        if block.next == block.end {
            let start = self.reserve(merchant).await?;
            *block = Block { next: start, end: start + BLOCK };
        }
        block.next += 1;
        Ok(block.next - 1)
    }

    async fn reserve(&self, merchant: &str) -> Result<u64, Failure> {
        let key = Key::new(Table::Sequence, merchant, "order");
        for _ in 0..super::payments::ATTEMPTS {
            let stored = self.store.get(key.clone()).await?;
            let mut batch = Batch::new();
            let start = match stored {
                Some(mut record) => {
                    let start = serde_json::from_slice::<Reserved>(&record.body)?.next;
                    record.body = serde_json::to_vec(&Reserved { next: start + BLOCK })?;
                    batch.update(record);
                    start
                }
                None => {
                    let body = serde_json::to_vec(&Reserved { next: 1 + BLOCK })?;
                    batch.insert(Record::new(key.clone(), body));
                    1
                }
            };
            match self.store.commit(batch).await {
                Ok(()) => return Ok(start),
                Err(CommitError::Conflict(_) | CommitError::Duplicate(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Fault::action_in_process().into())
    }
}
