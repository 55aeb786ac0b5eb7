//! Runs the conformance suite of an official SDK.

use std::process::Command;

use anyhow::{Result, bail, ensure};

use crate::root;

/// Installs the official SDK of a language in a folder of its own and drives it against the platform.
pub(crate) fn run(language: &str) -> Result<()> {
    if language != "python" {
        bail!("there is no conformance suite for {language}; there is one for python");
    }
    crate::check::cargo(&["build", "--package", "florin-cli", "--locked"])?;
    let status = Command::new("bash")
        .arg(root().join("conformance/python/run"))
        .current_dir(root())
        .status()?;
    ensure!(status.success(), "the conformance suite failed");
    Ok(())
}
