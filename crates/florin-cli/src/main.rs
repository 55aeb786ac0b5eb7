//! The `florin` command.

mod admin_token;
mod demo_account;
mod host;
mod logging;
mod options;
mod processor;
mod provision;
mod serve;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "florin", version, about = "A payment platform that speaks the Connect API")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the platform.
    Serve(Box<options::ServeOptions>),
    /// Apply a provisioning file to a data folder, or show what would change.
    Provision(provision::ProvisionOptions),
}

fn main() -> Result<ExitCode> {
    match Cli::parse().command {
        Command::Serve(options) => serve::run(*options),
        Command::Provision(options) => provision::run(&options),
    }
}

/// One thread for each core, for a command that serves.
fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
