//! The platform behind the faces: loads state, lets the engine decide, asks the processor, commits, and only then
//! answers.
//!
//! **Invariants:** nothing is answered before the commit that covers it returned; a remote processor is asked only
//! after the intention is durable; an object, its idempotence record, its events and its timers change in one commit.

mod cards;
mod directory;
mod events;
mod failure;
mod idempotence;
mod payments;
mod recovery;
mod refunds;
mod sequence;
mod sessions;
mod settle;
mod timers;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use florin_engine::clock::Clock;
use florin_engine::ids::Entropy;
use florin_engine::vault::Vault;
use florin_processor::Processor;
use florin_store::Store;
use florin_wire::Sensitive;

pub(crate) use cards::ClearCard;
pub use directory::{Directory, MerchantAccount};
pub(crate) use failure::Failure;
pub(crate) use idempotence::{Began, Remember, Remembered, Replay, View};
pub(crate) use payments::{CardPayment, Found, RedirectPayment};
pub(crate) use sessions::StartedSession;
pub(crate) use tokens::{CardToken, CardUpdate, TokenUpdate};

/// Sandbox or live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everything is simulated, and errors explain themselves.
    Sandbox,
    /// Nothing is simulated.
    Live,
}

/// What the platform is told at start.
#[derive(Clone, Debug)]
pub struct Config {
    /// Sandbox or live.
    pub mode: Mode,
    /// What every absolute address in an answer starts with, without a slash at the end.
    pub public_url: String,
    /// How far a request's `Date` may be from real time.
    pub date_tolerance: Duration,
    /// What the sandbox and administration calls must present.
    pub admin_token: Sensitive<String>,
    /// The settlement delay of merchants that have none of their own, in milliseconds.
    pub settlement_delay_ms: i64,
    /// For measurements: `payments.create` is authenticated, parsed, validated and answered, but after the first one
    /// nothing is decided or stored.
    pub ceiling: bool,
}

/// The parts that a platform is made of.
pub struct Parts {
    /// Durable state.
    pub store: Arc<dyn Store>,
    /// What seals and opens.
    pub vault: Arc<dyn Vault>,
    /// Who authorises.
    pub processor: Arc<dyn Processor>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
    /// Unpredictable bytes.
    pub entropy: Arc<dyn Entropy>,
}

/// The platform. Shared by the faces and the workers.
pub struct Platform {
    pub(crate) config: Config,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) vault: Arc<dyn Vault>,
    pub(crate) processor: Arc<dyn Processor>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) directory: Directory,
    sequences: sequence::Sequences,
    in_flight: idempotence::InFlight,
    timers: tokio::sync::Notify,
    /// What every payment is answered with when [`Config::ceiling`] is set.
    pub(crate) measured: std::sync::OnceLock<florin_engine::payment::Payment>,
}

impl Platform {
    /// Loads the directory and resolves what a crash left in flight.
    pub async fn start(config: Config, parts: Parts) -> Result<Arc<Self>, StartError> {
        let platform = Arc::new(Self {
            config,
            store: parts.store,
            vault: parts.vault,
            processor: parts.processor,
            clock: parts.clock,
            entropy: parts.entropy,
            directory: Directory::default(),
            sequences: sequence::Sequences::default(),
            in_flight: idempotence::InFlight::default(),
            timers: tokio::sync::Notify::new(),
            measured: std::sync::OnceLock::new(),
        });
        platform.reload().await?;
        platform.recover().await?;
        Ok(platform)
    }

    /// Business time of a merchant, in epoch milliseconds.
    pub(crate) fn now_ms(&self, merchant: &MerchantAccount) -> i64 {
        self.clock.now_ms().saturating_add(merchant.offset_ms())
    }
}

/// Why a platform did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The store could not be read or written.
    #[error("the store cannot be used: {0}")]
    Store(String),
    /// A stored record does not read back.
    #[error("{0} is damaged")]
    Damaged(String),
    /// A secret does not open: the key file is not the one it was sealed with.
    #[error("{0} does not open with the keys that are loaded")]
    Sealed(String),
}
