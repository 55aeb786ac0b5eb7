//! A platform inside this process, on a free port, over a temporary store.

use std::path::Path;

use anyhow::Result;
use florin_engine::ids::hex32;
use florin_server::Mode;
use florin_server::system::SystemEntropy;
use florin_wire::Sensitive;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::demo_account::{self, Credentials};
use crate::host::{self, Setup, Vaulted};
use crate::processor;

/// A platform that serves until it is stopped.
pub(crate) struct Serving {
    /// Where it is.
    pub(crate) url: String,
    pub(crate) credentials: Credentials,
    pub(crate) admin_token: Sensitive<String>,
    pub(crate) folder: TempDir,
    vaulted: Vaulted,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Serving {
    /// Starts one whose store is in a new folder inside another.
    pub(crate) async fn start(inside: &Path) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("florin-").tempdir_in(inside)?;
        let vaulted = host::open(folder.path(), Mode::Sandbox, None).await?;
        let (store, vault) = (&*vaulted.store, &*vaulted.vault);
        let credentials = demo_account::create(store, vault, &SystemEntropy).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let admin_token = Sensitive::new(hex32(&SystemEntropy));
        let setup = Setup {
            mode: Mode::Sandbox,
            public_url: url.clone(),
            date_tolerance: host::DATE_TOLERANCE,
            admin_token: admin_token.clone(),
            processor: processor::of(Mode::Sandbox, None)?,
            settlement_delay: None,
            ceiling: false,
        };
        let platform = vaulted.start(setup).await?;
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async {
            _ = stopped.await;
        };
        let task = tokio::spawn(florin_server::serve::serve(platform, listener, stopped));
        Ok(Self { url, credentials, admin_token, folder, vaulted, stop, task })
    }

    /// Lets requests end, and removes the store.
    pub(crate) async fn stop(self) -> Result<()> {
        _ = self.stop.send(());
        self.task.await??;
        self.vaulted.close().await?;
        Ok(self.folder.close()?)
    }
}
