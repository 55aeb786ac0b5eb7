//! Intentions: what a remote processor is about to be asked, made durable first and resolved after a crash.
//!
//! An intention that is found at start was asked, or was about to be: nobody knows. The processor is inquired by the
//! payment's id. What it knows becomes the payment; when it knows nothing the intention is dropped, so that the
//! merchant's repeat with the same key is a first request again. A verification value is never sent twice.

use florin_engine::authorisation::{Decline, Outcome, Verdict};
use florin_engine::payment::{NewPayment, Payment};
use florin_processor::{Inquiry, Nature};
use florin_store::{Batch, Key, Record, Table};
use serde::{Deserialize, Serialize};

use super::{Failure, MerchantAccount, Platform, Remember, StartError};

/// An intention as it is stored, under the id of the payment.
#[derive(Serialize, Deserialize)]
struct Intent {
    payment: NewPayment,
    /// Id and time of the idempotence record that marks the request as in progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<(String, i64)>,
}

impl Platform {
    /// Makes an intention durable, and its idempotence key with it.
    pub(super) async fn intend(
        &self,
        merchant: &MerchantAccount,
        payment: &NewPayment,
        remember: Option<Remember>,
    ) -> Result<((Key, u64), Option<Remember>), Failure> {
        let mut batch = Batch::new();
        let remember = remember.map(|remember| remember.intend(&mut batch)).transpose()?;
        let intent = Intent {
            payment: payment.clone(),
            key: remember.as_ref().map(|remember| (remember.id().to_owned(), remember.first_ms())),
        };
        let key = Key::new(Table::Intent, merchant.id.as_str(), payment.id.as_str());
        batch.insert(Record::new(key.clone(), serde_json::to_vec(&intent)?));
        self.store.commit(batch).await?;
        Ok(((key, 1), remember))
    }

    /// Drops an intention of which the processor knows nothing, and frees its idempotence key.
    pub(super) async fn withdraw(
        &self,
        (key, version): (Key, u64),
        remember: Option<&Remember>,
    ) -> Result<(), Failure> {
        let mut batch = Batch::new();
        batch.delete(key, version);
        if let Some(remember) = remember {
            remember.forget(&mut batch);
        }
        Ok(self.store.commit(batch).await?)
    }

    /// Resolves every intention that a crash left.
    pub(super) async fn recover(&self) -> Result<(), StartError> {
        if self.processor.nature() != Nature::Remote {
            return Ok(());
        }
        for (record, intent) in self.all::<Intent>(Table::Intent).await? {
            let key = record.key.clone();
            let Some(merchant) = self.directory.merchant(&key.owner) else { continue };
            if let Err(failure) = self.resolve(&merchant, record, intent).await {
                // The next start tries again; until then the key answers "in progress".
                tracing::warn!(payment = %key.id, ?failure, "an intention could not be resolved");
            }
        }
        Ok(())
    }

    async fn resolve(
        &self,
        merchant: &MerchantAccount,
        record: Record,
        intent: Intent,
    ) -> Result<(), Failure> {
        let remember = match &intent.key {
            Some((id, first_ms)) => {
                let key = Key::new(Table::Idempotence, merchant.id.as_str(), id.as_str());
                let stored = self.store.get(key).await?;
                stored.map(|stored| {
                    Remember::left_behind(&merchant.id, id, *first_ms, stored.version)
                })
            }
            None => None,
        };
        let inquiry = self.processor.inquire(&intent.payment.id).await?;
        let Inquiry::Known(outcome) = inquiry else {
            return self.withdraw((record.key, record.version), remember.as_ref()).await;
        };
        // A challenge cannot be taken up again: its consumer is gone.
        let outcome = match outcome.verdict {
            Verdict::AuthenticationRequired => Outcome {
                verdict: Verdict::Declined(Decline {
                    code: "430430".to_owned(),
                    message: "Unable to authorise".to_owned(),
                    retriable: true,
                }),
                ..outcome
            },
            _ => outcome,
        };
        let now_ms = self.now_ms(merchant);
        let change = Payment::with_card(intent.payment, &outcome, &merchant.settings, now_ms);
        let intent = Some((record.key, record.version));
        match self.store_created(merchant, change, None, intent, remember).await {
            Ok(_) | Err(Failure::Declined(_)) => Ok(()),
            Err(failure) => Err(failure),
        }
    }
}
