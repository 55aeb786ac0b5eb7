//! The capture and refund runs: timers that are due in business time, kept as work that is due in real time.
//!
//! When a sandbox moves a merchant's clock ahead, its stored timers become due that much earlier.

use std::sync::Arc;
use std::time::Duration;

use florin_engine::payment::Payment;
use florin_engine::refund::Refund;
use florin_engine::{Fault, ids};
use florin_store::{Batch, CommitError, Key, Record, Table, Work, WorkId, WorkKind};

use super::directory::ClockOffset;
use super::payments::ATTEMPTS;
use super::{Failure, MerchantAccount, Platform};

const LEASE_MS: i64 = 30_000;
const CLAIMS: u32 = 64;

/// Timers may also come due without a wake-up: after a lease ran out, or set by another process.
const POLL: Duration = Duration::from_secs(1);

impl Platform {
    /// Moves the timer of an object.
    pub(super) fn time(
        batch: &mut Batch,
        merchant: &MerchantAccount,
        object: &str,
        due_before: Option<i64>,
        due: Option<i64>,
    ) {
        if due == due_before {
            return;
        }
        let owner = merchant.id.as_str();
        if due_before.is_some() {
            batch.cancel_work(WorkKind::Timer, owner, object);
        }
        if let Some(due) = due {
            let real = due.saturating_sub(merchant.offset_ms());
            let id = WorkId::new(owner, format!("timer/{object}"));
            batch.enqueue(Work::new(WorkKind::Timer, id, real, Vec::new()).with_target(object));
        }
    }

    /// Lets the worker look again, when there is something new to look at.
    pub(super) fn wake_timers(&self, due: Option<i64>) {
        if due.is_some() {
            self.timers.notify_one();
        }
    }

    /// Runs timers for as long as the process lives.
    pub async fn run_timers(self: Arc<Self>) {
        loop {
            let wait = match self.run_due().await {
                Ok(()) => self.until_next().await,
                Err(failure) => {
                    tracing::warn!(?failure, "the timers stopped for a moment");
                    POLL
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.timers.notified() => {}
            }
        }
    }

    async fn until_next(&self) -> Duration {
        let next = self.store.next_due(WorkKind::Timer).await.ok().flatten();
        let left = next.map(|due| due.saturating_sub(self.clock.now_ms()));
        left.map_or(POLL, |ms| Duration::from_millis(ms.clamp(1, 1_000).unsigned_abs()).min(POLL))
    }

    /// Runs every timer that is due, those that become due on the way included.
    pub(crate) async fn run_due(&self) -> Result<(), Failure> {
        loop {
            let now_ms = self.clock.now_ms();
            let work = self.store.claim_due(WorkKind::Timer, now_ms, LEASE_MS, CLAIMS).await?;
            if work.is_empty() {
                return Ok(());
            }
            for item in work {
                let id = item.id.clone();
                if let Err(failure) = self.run_timer(item).await {
                    // It is tried again when its lease runs out; the others are not to wait for that.
                    tracing::error!(timer = %id, ?failure, "a timer failed");
                }
            }
        }
    }

    async fn run_timer(&self, work: Work) -> Result<(), Failure> {
        let merchant = self.directory.merchant(&work.id.owner);
        let (Some(merchant), Some(object)) = (merchant, work.target.clone()) else {
            return self.drop_timer(work.id).await;
        };
        let moved = if ids::is_refund_id(&object) {
            self.collect_refund(&merchant, &object, Until::Due).await
        } else {
            self.collect_payment(&merchant, &object, Until::Due).await
        };
        match moved {
            Ok(true) => Ok(()),
            Ok(false) => self.drop_timer(work.id).await,
            Err(failure) => Err(failure),
        }
    }

    /// Removes a timer that found nothing to do, so that it is not found again.
    async fn drop_timer(&self, id: WorkId) -> Result<(), Failure> {
        let mut batch = Batch::new();
        batch.finish(id);
        match self.store.commit(batch).await {
            Ok(()) | Err(CommitError::Gone(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Moves a payment through the capture run. Says whether it moved.
    pub(super) async fn collect_payment(
        &self,
        merchant: &MerchantAccount,
        id: &str,
        until: Until,
    ) -> Result<bool, Failure> {
        for _ in 0..ATTEMPTS {
            let (version, before) = self.load_payment(merchant, id).await?;
            let now_ms = self.now_ms(merchant);
            let mut payment: Payment = before.clone();
            let mut events = Vec::new();
            let mut steps = 0;
            while until.goes_on(steps, payment.is_due(now_ms)) {
                let Some(change) = payment.collect(&merchant.settings, now_ms) else { break };
                payment = change.payment;
                events.extend(change.events);
                steps += 1;
            }
            if steps == 0 {
                return Ok(false);
            }
            let change = florin_engine::payment::Change { payment, events };
            let mut batch = Batch::new();
            self.put_payment(&mut batch, merchant, version, before.due_ms, &change)?;
            match self.store.commit(batch).await {
                Ok(()) => return Ok(true),
                Err(CommitError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Fault::action_in_process().into())
    }

    /// Moves a refund through the refund run. Says whether it moved.
    pub(super) async fn collect_refund(
        &self,
        merchant: &MerchantAccount,
        id: &str,
        until: Until,
    ) -> Result<bool, Failure> {
        let mut steps = 0;
        loop {
            let (_, refund) = self.load_refund(merchant, id).await?;
            let now_ms = self.now_ms(merchant);
            if !until.goes_on(steps, refund.is_due(now_ms)) {
                return Ok(steps > 0);
            }
            let collect = |refund: &Refund, payment: &Payment, now_ms: i64| {
                let change = refund.collect(payment, &merchant.settings, now_ms);
                change.ok_or_else(Fault::not_pending)
            };
            match self.change_refund(merchant, id, None, collect).await {
                Ok(_) => steps += 1,
                Err(Failure::Rejected(rejection)) if rejection.status() == 402 => {
                    return Ok(steps > 0);
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Moves a merchant's clock ahead and runs what becomes due.
    pub(crate) async fn advance(
        &self,
        merchant: &MerchantAccount,
        by_ms: i64,
    ) -> Result<i64, Failure> {
        let key = Key::new(Table::Clock, merchant.id.as_str(), "offset");
        let mut offset_ms = 0;
        for attempt in 0..=ATTEMPTS {
            if attempt == ATTEMPTS {
                return Err(Fault::action_in_process().into());
            }
            let mut batch = Batch::new();
            match self.store.get(key.clone()).await? {
                Some(mut record) => {
                    let stored: ClockOffset = serde_json::from_slice(&record.body)?;
                    offset_ms = stored.offset_ms.saturating_add(by_ms);
                    record.body = serde_json::to_vec(&ClockOffset { offset_ms })?;
                    batch.update(record);
                }
                None => {
                    offset_ms = by_ms;
                    let body = serde_json::to_vec(&ClockOffset { offset_ms })?;
                    batch.insert(Record::new(key.clone(), body));
                }
            }
            batch.shift_due(WorkKind::Timer, merchant.id.as_str(), by_ms);
            match self.store.commit(batch).await {
                Ok(()) => break,
                Err(CommitError::Conflict(_) | CommitError::Duplicate(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        merchant.set_offset_ms(offset_ms);
        self.run_due().await?;
        Ok(offset_ms)
    }
}

/// How far a run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// To where the object should be by now.
    Due,
    /// One step, due or not.
    NextStep,
    /// To the end, due or not.
    End,
}

impl Until {
    fn goes_on(self, steps: usize, due: bool) -> bool {
        match self {
            Self::Due => due,
            Self::NextStep => steps == 0,
            Self::End => true,
        }
    }
}
