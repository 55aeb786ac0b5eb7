//! Provisioning: a file that declares what a console would, and what the store has of it.
//!
//! **Invariants:** applying a file twice commits nothing the second time; what a console revoked, changed or deleted
//! stays so until the *declaration* of that member changes; what the file does not name is left alone.
//!
//! To tell a changed declaration from a change at run time, what was last declared is kept beside every record, with
//! keyed fingerprints in the place of secrets.

mod apply;
mod document;
mod entry;
mod secret;

pub use apply::{Difference, Drift, Plan, refuse_without_processor};
pub use document::{Declaration, duration};
pub use secret::Sources;

/// Why a provisioning file was not applied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProvisionError {
    /// The file is no TOML, or not of this format.
    #[error("{place}: {message}")]
    Format {
        /// The line, and the path of the member.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// An entry cannot be.
    #[error("{entry}: {message}")]
    Entry {
        /// Which.
        entry: String,
        /// What is wrong.
        message: String,
    },
    /// A merchant that nobody would authorise for.
    #[error("merchant {0} has no processor: only a sandbox can serve it")]
    NoProcessor(String),
    /// A stored record does not read back.
    #[error("{0} is damaged")]
    Damaged(String),
    /// A secret could not be sealed or opened.
    #[error("{entry}: {source}")]
    Vault {
        /// Whose secret.
        entry: String,
        /// Why.
        source: florin_engine::vault::VaultError,
    },
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] florin_store::ReadError),
    /// The store could not be written.
    #[error(transparent)]
    Commit(#[from] florin_store::CommitError),
}

#[cfg(test)]
mod tests;
