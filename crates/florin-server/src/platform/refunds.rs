//! Refunds: both records, the refund and its payment, change in one commit.

use florin_engine::payment::Payment;
use florin_engine::refund::{Change, NewRefund, Refund};
use florin_engine::{Fault, ids};
use florin_store::{Batch, CommitError, Index, Key, Query, Record, Table};

use super::payments::{ATTEMPTS, payment_record};
use super::{Failure, Found, MerchantAccount, Platform, Remember, Replay};

impl Platform {
    /// Starts a refund of a payment.
    pub(crate) async fn refund(
        &self,
        merchant: &MerchantAccount,
        payment: &str,
        new: NewRefund,
        remember: Option<&Remember>,
    ) -> Result<Refund, Failure> {
        for _ in 0..ATTEMPTS {
            let (version, before) = self.load_payment(merchant, payment).await?;
            let now_ms = self.now_ms(merchant);
            let change = Refund::start(&before, new.clone(), &merchant.settings, now_ms)?;
            let mut batch = Batch::new();
            if let Some(remember) = remember {
                remember.note(&mut batch, Replay::Refund { id: change.refund.id.clone() })?;
            }
            batch.insert(refund_record(merchant, &change.refund)?);
            self.put_refund_effects(&mut batch, merchant, version, None, &before, &change)?;
            match self.store.commit(batch).await {
                Ok(()) => {
                    self.wake_timers(change.refund.due_ms);
                    return Ok(change.refund);
                }
                Err(CommitError::Conflict(key)) if key.table == Table::Payment => {}
                Err(CommitError::Duplicate(key)) if key.table == Table::Refund => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Fault::action_in_process().into())
    }

    /// Loads a refund with its version.
    pub(crate) async fn load_refund(
        &self,
        merchant: &MerchantAccount,
        id: &str,
    ) -> Result<(u64, Refund), Failure> {
        let unknown = || Fault::unknown_refund().at("refundId");
        if !ids::is_refund_id(id) {
            return Err(unknown().into());
        }
        let key = Key::new(Table::Refund, merchant.id.as_str(), id);
        let record = self.store.get(key).await?.ok_or_else(unknown)?;
        Ok((record.version, serde_json::from_slice(&record.body)?))
    }

    /// Decides something about a refund and commits it, again if it lost a race.
    pub(crate) async fn change_refund(
        &self,
        merchant: &MerchantAccount,
        id: &str,
        remember: Option<&Remember>,
        decide: impl Fn(&Refund, &Payment, i64) -> Result<Change, Fault> + Send + Sync,
    ) -> Result<Refund, Failure> {
        for _ in 0..ATTEMPTS {
            let (version, before) = self.load_refund(merchant, id).await?;
            let (payment_version, payment) = self.load_payment(merchant, &before.payment).await?;
            let change = decide(&before, &payment, self.now_ms(merchant))?;
            let mut batch = Batch::new();
            if let Some(remember) = remember {
                remember.note(&mut batch, Replay::Empty)?;
            }
            let mut record = refund_record(merchant, &change.refund)?;
            record.version = version;
            batch.update(record);
            let due = before.due_ms;
            self.put_refund_effects(&mut batch, merchant, payment_version, due, &payment, &change)?;
            match self.store.commit(batch).await {
                Ok(()) => {
                    self.wake_timers(change.refund.due_ms);
                    return Ok(change.refund);
                }
                Err(CommitError::Conflict(key))
                    if matches!(key.table, Table::Payment | Table::Refund) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Fault::action_in_process().into())
    }

    /// Adds what a refund's change means for its payment, its timer and its events.
    fn put_refund_effects(
        &self,
        batch: &mut Batch,
        merchant: &MerchantAccount,
        payment_version: u64,
        due_before: Option<i64>,
        payment: &Payment,
        change: &Change,
    ) -> Result<(), Failure> {
        if change.payment != *payment {
            let mut record = payment_record(merchant, &change.payment)?;
            record.version = payment_version;
            batch.update(record);
        }
        Self::time(batch, merchant, &change.refund.id, due_before, change.refund.due_ms);
        self.announce_refunds(batch, merchant, &change.events)?;
        if let Some(payment) = &change.payment_event {
            self.announce_payments(batch, merchant, std::slice::from_ref(payment))?;
        }
        Ok(())
    }

    /// A page of a merchant's refunds.
    pub(crate) async fn find_refunds(&self, query: Query) -> Result<Found<Refund>, Failure> {
        let page = self.store.find(query).await?;
        let items = page.records.iter().map(|record| serde_json::from_slice(&record.body));
        Ok(Found { total: page.total, items: items.collect::<Result<_, _>>()? })
    }
}

fn refund_record(merchant: &MerchantAccount, refund: &Refund) -> Result<Record, Failure> {
    let key = Key::new(Table::Refund, merchant.id.as_str(), refund.id.as_str());
    let index = Index {
        reference: refund.references.merchant_reference.clone(),
        order: refund.references.merchant_order_id,
        parent: Some(refund.payment.clone()),
        sort: refund.created_ms,
        ..Index::default()
    };
    Ok(Record::new(key, serde_json::to_vec(refund)?).with_index(index))
}
