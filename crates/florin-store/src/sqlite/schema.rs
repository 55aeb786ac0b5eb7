//! The schema's versions, and the runner that brings a database to the newest one.
//!
//! **Invariant:** a database is at exactly one version, recorded in `PRAGMA user_version` by the transaction that
//! reached it. Migrations are additive and, once released, never edited.
//!
//! A runner of our own: the needed part is these few lines, and it wants a typed refusal of newer databases.

use rusqlite::{Connection, TransactionBehavior};

use super::OpenError;

/// What leads from version `n` to version `n + 1`.
const MIGRATIONS: &[&str] = &[include_str!("../../migrations/0001_initial.sql")];

/// Runs what is missing, in one transaction.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let missing = usize::try_from(found).ok().and_then(|found| MIGRATIONS.get(found..));
    let Some(missing) = missing else {
        return Err(OpenError::Newer { found, supported: MIGRATIONS.len() });
    };
    if missing.is_empty() {
        return Ok(());
    }
    for sql in missing {
        transaction.execute_batch(sql)?;
    }
    transaction.execute_batch(&format!("PRAGMA user_version = {}", MIGRATIONS.len()))?;
    transaction.commit()?;
    Ok(())
}
