//! The checks that a change must pass, and the benchmark build.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::root;

/// Formatting, lints as errors, generated code, licences and bans.
pub(crate) fn run() -> Result<()> {
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"])?;
    crate::codegen::run(true)?;
    cargo(&["deny", "--workspace", "check", "licenses", "bans", "sources"])
}

/// `florin bench`, built as it is shipped.
pub(crate) fn bench(arguments: &[String]) -> Result<()> {
    let mut all = vec!["run", "--release", "--package", "florin-cli", "--", "bench"];
    all.extend(arguments.iter().map(String::as_str));
    cargo(&all)
}

/// Runs cargo in the workspace and fails when it fails.
pub(crate) fn cargo(arguments: &[&str]) -> Result<()> {
    println!("cargo {}", arguments.join(" "));
    let status = Command::new(env!("CARGO")).args(arguments).current_dir(root()).status()?;
    ensure!(status.success(), "cargo {} failed", arguments.join(" "));
    Ok(())
}
