//! Where log lines go: standard error, because other programs read standard output.

use std::io::{self, IsTerminal as _};

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;

use crate::options::LogFormat;

/// Starts logging what a filter lets through.
pub(crate) fn start(filter: &str, format: LogFormat) -> Result<()> {
    let filter = EnvFilter::try_new(filter).with_context(|| format!("log filter {filter:?}"))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    Ok(())
}
