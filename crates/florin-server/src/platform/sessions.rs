//! Client sessions.

use florin_engine::ids;
use florin_engine::session::Session;
use florin_store::{Batch, Index, Key, Record, Table};

use super::{Failure, MerchantAccount, Platform, Remember, Replay};

/// A session that was started, with the id that grants access to it.
pub(crate) struct StartedSession {
    /// Thirty-two hexadecimal digits.
    pub(crate) id: String,
    /// The customer id of the Client API.
    pub(crate) customer: String,
    /// The tokens of the request that cannot be used.
    pub(crate) invalid_tokens: Vec<String>,
}

impl Platform {
    /// Starts a client session. `replay` makes the answer that a repeat of the request gets.
    pub(crate) async fn start_session(
        &self,
        merchant: &MerchantAccount,
        tokens: Vec<String>,
        filters: Option<serde_json::Value>,
        remember: Option<&Remember>,
        replay: impl Fn(&StartedSession) -> Result<Replay, Failure> + Send + Sync,
    ) -> Result<StartedSession, Failure> {
        let mut valid = Vec::new();
        let mut invalid_tokens = Vec::new();
        for token in tokens {
            let key = Key::new(Table::Token, merchant.id.as_str(), token.as_str());
            match self.store.get(key).await? {
                Some(_) => valid.push(token),
                None => invalid_tokens.push(token),
            }
        }
        let id = ids::hex32(&*self.entropy);
        let customer = format!("{}-{}", merchant.id, ids::hex32(&*self.entropy));
        let now_ms = self.now_ms(merchant);
        let session = Session::start(customer.clone(), valid, filters, now_ms);
        let started = StartedSession { id, customer, invalid_tokens };
        let fingerprint = self.vault.fingerprint("session", started.id.as_bytes());
        let key = Key::new(Table::Session, merchant.id.as_str(), fingerprint.as_str());
        let index = Index { sort: now_ms, ..Index::default() };
        let mut batch = Batch::new();
        if let Some(remember) = remember {
            remember.note(&mut batch, replay(&started)?)?;
        }
        batch.insert(Record::new(key, serde_json::to_vec(&session)?).with_index(index));
        self.store.commit(batch).await?;
        Ok(started)
    }
}
