//! Why a command came to nothing.

use florin_engine::payment::Payment;
use florin_engine::vault::VaultError;
use florin_engine::{Fault, Rejection};
use florin_processor::ProcessorError;
use florin_store::{CommitError, ReadError, Table};

/// Why a command came to nothing, or to something that is answered as an error.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Refused.
    Rejected(Rejection),
    /// Stored, and declined.
    Declined(Box<Payment>),
    /// Another request with the same idempotence key was faster; its answer is to be repeated.
    Raced,
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Rejected(fault.into())
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<CommitError> for Failure {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Duplicate(key) if key.table == Table::Idempotence => Self::Raced,
            CommitError::Conflict(key) if key.table == Table::Idempotence => Self::Raced,
            CommitError::Conflict(_) => Fault::action_in_process().into(),
            CommitError::Busy => Fault::overloaded().into(),
            other => {
                tracing::error!(error = %other, "a commit failed");
                Fault::internal().into()
            }
        }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Busy => Fault::overloaded().into(),
            other => {
                tracing::error!(error = %other, "a read failed");
                Fault::internal().into()
            }
        }
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        tracing::error!(%error, "the vault failed");
        Fault::internal().into()
    }
}

impl From<ProcessorError> for Failure {
    fn from(error: ProcessorError) -> Self {
        tracing::error!(%error, "the processor failed");
        Fault::overloaded().into()
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        // The text of the error can quote the document, which may hold personal data.
        tracing::error!(category = ?error.classify(), "a stored record is damaged");
        Fault::internal().into()
    }
}
