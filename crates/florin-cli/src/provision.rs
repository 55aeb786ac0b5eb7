//! `florin provision`: applies a provisioning file to a data folder that nobody serves, or shows what would change.

#![allow(clippy::print_stdout, reason = "a command answers there")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use florin_server::Mode;
use florin_server::provision::{Declaration, Drift, Sources};

use crate::host;
use crate::options::{LogFormat, ModeOption};

/// What `florin provision` can be told.
#[derive(Args)]
pub(crate) struct ProvisionOptions {
    /// The provisioning file.
    #[arg(long, value_name = "FILE", env = "FLORIN_PROVISION")]
    file: PathBuf,
    /// The data folder.
    #[arg(long, value_name = "DIR", env = "FLORIN_DATA", default_value = "florin-data")]
    data: PathBuf,
    /// Change nothing; print the differences, and fail when there are any.
    #[arg(long)]
    check: bool,
    /// Sandbox or live.
    #[arg(long, env = "FLORIN_MODE", default_value = "sandbox")]
    mode: ModeOption,
    /// The master keys; in a sandbox those of the data folder.
    #[arg(long, value_name = "FILE", env = "FLORIN_KEY_FILE")]
    key_file: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(options: &ProvisionOptions) -> Result<ExitCode> {
    crate::logging::start("warn", LogFormat::Text)?;
    let mode = Mode::from(options.mode);
    let declaration = read(&options.file, mode)?;
    crate::runtime()?.block_on(async {
        let vaulted = host::open(&options.data, mode, options.key_file.as_deref()).await?;
        let (store, vault) = (&*vaulted.store, &*vaulted.vault);
        let drift = if options.check {
            declaration.plan(store, vault, mode).await?.drift
        } else {
            declaration.apply(store, vault, mode).await?
        };
        for difference in &drift {
            println!("{difference}");
        }
        let pending = drift.iter().filter(|drift| drift.is_pending()).count();
        match (options.check, drift.len()) {
            (true, 0) => println!("no drift"),
            (true, _) => {}
            (false, _) => println!("{pending} entries changed"),
        }
        vaulted.close().await?;
        let failed = options.check && !drift.is_empty();
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    })
}

/// Reads a provisioning file, with secrets from the environment and from files beside it.
pub(crate) fn read(path: &Path, mode: Mode) -> Result<Declaration> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let sources = Sources {
        mode,
        folder: path.parent().unwrap_or(Path::new("")),
        environment: &|name| std::env::var(name).ok(),
    };
    let declaration = Declaration::parse(&text, &sources);
    declaration.with_context(|| path.display().to_string())
}

/// Notes in the log what a start with a provisioning file changed.
pub(crate) fn log(drift: &[Drift]) {
    for difference in drift {
        tracing::info!("provisioning: {difference}");
    }
}
