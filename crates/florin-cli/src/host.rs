//! Assembles a platform from its parts: store, keys, processor, clock.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use florin_processor::Processor;
use florin_server::system::{SystemClock, SystemEntropy};
use florin_server::{Config, Mode, Parts, Platform};
use florin_store::{KeyEnvironment, KeyFile, KeyProvider, KeyVault, Options, SqliteStore, Store};
use florin_wire::Sensitive;

/// How far the Date of a request may be off when nobody says otherwise.
pub(crate) const DATE_TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// A store and what opens its secrets.
pub(crate) struct Vaulted {
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) vault: Arc<KeyVault>,
}

/// Opens a data folder with its keys, which are made with it in a sandbox.
pub(crate) async fn open(data: &Path, mode: Mode, key_file: Option<&Path>) -> Result<Vaulted> {
    // Nothing is served yet, so it may block.
    let store = SqliteStore::open(data, Options::default())
        .with_context(|| format!("data folder {}", data.display()))?;
    let vault = KeyVault::load(keys(data, mode, key_file)?.as_ref())?;
    vault.check_or_create(&store).await?;
    Ok(Vaulted { store: Arc::new(store), vault: Arc::new(vault) })
}

fn keys(data: &Path, mode: Mode, key_file: Option<&Path>) -> Result<Box<dyn KeyProvider>> {
    match (mode, key_file) {
        (Mode::Sandbox, Some(path)) => Ok(Box::new(KeyFile::created_if_missing(path))),
        (Mode::Live, Some(path)) => {
            let inside = |path: &Path| {
                anyhow::Ok(
                    std::path::absolute(path)?.starts_with(std::path::absolute(data)?)
                        || path.canonicalize()?.starts_with(data.canonicalize()?),
                )
            };
            if inside(path).with_context(|| format!("key file {}", path.display()))? {
                bail!("live mode wants the key file outside the data folder");
            }
            Ok(Box::new(KeyFile::existing(path)))
        }
        (_, None) if std::env::var_os(KeyEnvironment::VARIABLE).is_some() => {
            Ok(Box::new(KeyEnvironment::default()))
        }
        (Mode::Sandbox, None) => {
            Ok(Box::new(KeyFile::created_if_missing(data.join("florin.keys"))))
        }
        (Mode::Live, None) => {
            bail!("live mode wants its keys in --key-file or {}", KeyEnvironment::VARIABLE)
        }
    }
}

/// What a platform is told beside its store.
pub(crate) struct Setup {
    pub(crate) mode: Mode,
    pub(crate) public_url: String,
    pub(crate) date_tolerance: Duration,
    pub(crate) admin_token: Sensitive<String>,
    pub(crate) processor: Arc<dyn Processor>,
    /// That of merchants that have none of their own; nothing means one hour.
    pub(crate) settlement_delay: Option<Duration>,
    /// See [`Config::ceiling`].
    pub(crate) ceiling: bool,
}

impl Vaulted {
    /// Starts a platform over the store.
    pub(crate) async fn start(&self, setup: Setup) -> Result<Arc<Platform>> {
        let config = Config {
            mode: setup.mode,
            public_url: setup.public_url,
            date_tolerance: setup.date_tolerance,
            admin_token: setup.admin_token,
            settlement_delay_ms: setup
                .settlement_delay
                .map_or(florin_engine::clock::HOUR_MS, |delay| {
                    i64::try_from(delay.as_millis()).unwrap_or(i64::MAX)
                }),
            ceiling: setup.ceiling,
        };
        let parts = Parts {
            store: Arc::clone(&self.store) as Arc<dyn Store>,
            vault: Arc::clone(&self.vault) as _,
            processor: setup.processor,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
        };
        Ok(Platform::start(config, parts).await?)
    }

    /// Commits what is queued and closes the store.
    pub(crate) async fn close(&self) -> Result<()> {
        Ok(self.store.close().await?)
    }
}
