//! The one writer: commits many callers' batches under one fsync.
//!
//! **Invariant:** a caller is answered `Ok` only after the `COMMIT` that holds its batch returned, and a refused batch
//! leaves nothing behind in that transaction.
//!
//! A group is first applied without savepoints. A batch that is refused at its first change has nothing to undo; only
//! when one is refused later is the group rolled back and applied again, this time with a savepoint around each batch
//! of more than one change. Savepoints cost every batch, conflicts are rare.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use rusqlite::{Connection, ErrorCode};
use tokio::sync::oneshot;

use super::apply::{self, Fault};
use super::checkpoint;
use super::shared::Shared;
use crate::contract::{Batch, CommitError, Work, WorkKind};

/// Who waits for an outcome.
pub(super) type Reply<T> = oneshot::Sender<Result<T, CommitError>>;

/// What the writer is asked to do.
pub(super) enum Job {
    Commit {
        batch: Batch,
        reply: Reply<()>,
    },
    Claim {
        kind: WorkKind,
        now_ms: i64,
        lease_ms: i64,
        limit: u32,
        reply: Reply<Vec<Work>>,
    },
    /// Fold the log into the database; with a reply, insist on it and truncate the log.
    Fold {
        reply: Option<Reply<()>>,
    },
}

/// What became of a job, to be told after the commit.
enum Outcome {
    Commit(Result<(), CommitError>),
    Claim(Vec<Work>),
}

/// Why a group was not committed.
enum GroupError {
    /// A batch was refused halfway and can't be undone alone.
    NeedsSavepoints,
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for GroupError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// The state of the writer's thread.
pub(super) struct Writer {
    db: Connection,
    shared: Arc<Shared>,
    /// Set when the disk failed in a way after which nothing more may be written.
    halted: Option<String>,
}

impl Writer {
    pub(super) fn new(db: Connection, shared: Arc<Shared>) -> Self {
        Self { db, shared, halted: None }
    }

    /// Works until the queue is closed and empty, then folds the log into the database.
    pub(super) fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        let _guard = Guard(&shared);
        let (mut jobs, mut folds) = (Vec::new(), Vec::new());
        while shared.jobs.take(&mut jobs, shared.options.group, shared.options.group_bytes) {
            // Behind the group they came with, so that a flush covers all that was queued before it.
            for job in jobs.extract_if(.., |job| matches!(job, Job::Fold { .. })) {
                if let Job::Fold { reply } = job {
                    folds.push(reply);
                }
            }
            if !jobs.is_empty() {
                self.group(&mut jobs);
            }
            if !folds.is_empty() {
                self.fold(&mut folds);
            }
        }
        if self.halted.is_none()
            && let Err(error) = checkpoint::fold(&self.db, &shared, true)
        {
            tracing::warn!(%error, "the write-ahead log was not folded in at shutdown");
        }
    }

    /// Commits a group of jobs and answers them.
    fn group(&mut self, jobs: &mut Vec<Job>) {
        let outcomes = match &self.halted {
            Some(why) => Err(CommitError::Failed(why.clone())),
            None => self.transact(jobs),
        };
        match outcomes {
            Ok(outcomes) => {
                self.count(&outcomes);
                for (job, outcome) in jobs.drain(..).zip(outcomes) {
                    answer(job, outcome);
                }
            }
            Err(error) => {
                for job in jobs.drain(..) {
                    fail(job, &error);
                }
            }
        }
    }

    /// Applies and commits a group. `Err`: nothing of it was committed.
    fn transact(&mut self, jobs: &[Job]) -> Result<Vec<Outcome>, CommitError> {
        let mut result = self.attempt(jobs, false);
        if let Err(GroupError::NeedsSavepoints) = result {
            result = self.attempt(jobs, true);
        }
        result.map_err(|error| match error {
            GroupError::NeedsSavepoints => {
                CommitError::Failed("a batch could not be undone".into())
            }
            GroupError::Database(error) => self.failed(&error),
        })
    }

    fn attempt(&mut self, jobs: &[Job], savepoints: bool) -> Result<Vec<Outcome>, GroupError> {
        execute(&self.db, "BEGIN IMMEDIATE")?;
        let result = self.apply(jobs, savepoints).and_then(|outcomes| {
            execute(&self.db, "COMMIT")?;
            Ok(outcomes)
        });
        // Some failures roll back by themselves.
        if result.is_err()
            && !self.db.is_autocommit()
            && let Err(error) = execute(&self.db, "ROLLBACK")
        {
            self.halt(format!("a transaction could not be rolled back: {error}"));
            return Err(error.into());
        }
        result
    }

    fn apply(&self, jobs: &[Job], savepoints: bool) -> Result<Vec<Outcome>, GroupError> {
        let mut outcomes = Vec::with_capacity(jobs.len());
        for job in jobs {
            outcomes.push(match job {
                Job::Commit { batch, .. } => Outcome::Commit(self.apply_batch(batch, savepoints)?),
                Job::Claim { kind, now_ms, lease_ms, limit, .. } => {
                    Outcome::Claim(apply::claim(&self.db, *kind, *now_ms, *lease_ms, *limit)?)
                }
                Job::Fold { .. } => Outcome::Commit(Ok(())),
            });
        }
        Ok(outcomes)
    }

    fn apply_batch(
        &self,
        batch: &Batch,
        savepoints: bool,
    ) -> Result<Result<(), CommitError>, GroupError> {
        let savepoint = savepoints && batch.len() > 1;
        if savepoint {
            execute(&self.db, "SAVEPOINT batch")?;
        }
        let refused = match apply::batch(&self.db, batch) {
            Ok(()) => Ok(()),
            Err(Fault::Database(error)) => return Err(error.into()),
            Err(Fault::Refused { dirty: true, .. }) if !savepoint => {
                return Err(GroupError::NeedsSavepoints);
            }
            Err(Fault::Refused { why, .. }) => Err(why),
        };
        if savepoint {
            if refused.is_err() {
                execute(&self.db, "ROLLBACK TO batch")?;
            }
            execute(&self.db, "RELEASE batch")?;
        }
        Ok(refused)
    }

    /// What a failure of the database means to the callers, and to the store.
    fn failed(&mut self, error: &rusqlite::Error) -> CommitError {
        let code = error.sqlite_error_code();
        if matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)) {
            tracing::warn!(%error, "another program holds the database");
            return CommitError::Busy;
        }
        self.shared.counters.failures.fetch_add(1, Relaxed);
        tracing::error!(%error, "a transaction failed");
        // After these (an fsync that failed, above all) nobody knows what is on the disk. SQLite finds out when it opens
        // the database, so that is what it takes.
        let disk = matches!(
            code,
            Some(
                ErrorCode::SystemIoFailure
                    | ErrorCode::DatabaseCorrupt
                    | ErrorCode::NotADatabase
                    | ErrorCode::CannotOpen
                    | ErrorCode::ReadOnly
                    | ErrorCode::FileLockingProtocolFailed
            )
        );
        if disk {
            self.halt(format!("stopped after: {error}; restart to recover"));
        }
        CommitError::Failed(error.to_string())
    }

    fn halt(&mut self, why: String) {
        tracing::error!(why, "the store accepts no further commits");
        self.halted.get_or_insert(why);
    }

    fn fold(&mut self, replies: &mut Vec<Option<Reply<()>>>) {
        let insist = replies.iter().any(Option::is_some);
        let result = match &self.halted {
            Some(why) => Err(CommitError::Failed(why.clone())),
            None => checkpoint::fold(&self.db, &self.shared, insist)
                .map_err(|error| CommitError::Failed(error.to_string())),
        };
        if let Err(error) = &result {
            tracing::warn!(%error, "the write-ahead log was not folded in");
        }
        for reply in replies.drain(..).flatten() {
            _ = reply.send(result.clone());
        }
    }

    fn count(&self, outcomes: &[Outcome]) {
        let (mut batches, mut refused, mut claimed) = (0, 0, 0);
        for outcome in outcomes {
            match outcome {
                Outcome::Commit(Ok(())) => batches += 1,
                Outcome::Commit(Err(_)) => refused += 1,
                Outcome::Claim(work) => claimed += work.len(),
            }
        }
        let counters = &self.shared.counters;
        counters.batches.fetch_add(batches, Relaxed);
        counters.refused.fetch_add(refused, Relaxed);
        if batches > 0 || claimed > 0 {
            counters.commits.fetch_add(1, Relaxed);
        }
    }
}

/// Closes the queue when the writer ends, also by a panic: later callers are refused instead of waiting for ever, and
/// queued ones are answered because their senders are dropped.
struct Guard<'a>(&'a Shared);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.jobs.close();
        let mut rest = Vec::new();
        while self.0.jobs.take(&mut rest, usize::MAX, usize::MAX) {}
    }
}

fn execute(db: &Connection, text: &str) -> rusqlite::Result<()> {
    db.prepare_cached(text)?.execute([]).map(drop)
}

/// Tells a caller. One that no longer waits is not missed.
fn answer(job: Job, outcome: Outcome) {
    match (job, outcome) {
        (Job::Commit { reply, .. }, Outcome::Commit(result)) => _ = reply.send(result),
        (Job::Claim { reply, .. }, Outcome::Claim(work)) => _ = reply.send(Ok(work)),
        (job, _) => fail(job, &CommitError::Failed("no outcome".into())),
    }
}

fn fail(job: Job, error: &CommitError) {
    let error = error.clone();
    match job {
        Job::Commit { reply, .. } => _ = reply.send(Err(error)),
        Job::Claim { reply, .. } => _ = reply.send(Err(error)),
        Job::Fold { reply } => _ = reply.map(|reply| reply.send(Err(error))),
    }
}
