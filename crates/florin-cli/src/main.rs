//! The `florin` command.

#![allow(clippy::print_stderr, reason = "a command complains there")]

mod admin_token;
mod bench;
mod call;
mod demo;
mod demo_account;
mod host;
mod logging;
mod options;
mod processor;
mod provision;
mod sandbox;
mod serve;
mod serving;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// A request makes some hundred small allocations on one thread and frees them on another: the allocator of the C
/// library spent a seventh of the server's time on that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    /// Measure how many payments a second become durable.
    Bench(bench::BenchOptions),
    /// The server of the bench.
    #[command(hide = true)]
    BenchServer(bench::BenchServerOptions),
    /// Show the life of a payment on an embedded platform.
    Demo(demo::DemoOptions),
    /// Let things happen in a running sandbox.
    #[command(subcommand)]
    Sandbox(sandbox::SandboxCommand),
    /// Apply a provisioning file to a data folder, or show what would change.
    Provision(provision::ProvisionOptions),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Serve(options) => serve::run(*options),
        Command::Bench(options) => bench::run(&options),
        Command::BenchServer(options) => bench::serve(options),
        Command::Demo(options) => demo::run(&options),
        Command::Sandbox(command) => sandbox::run(&command),
        Command::Provision(options) => provision::run(&options),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("florin: {error:#}");
        ExitCode::FAILURE
    })
}

/// One thread for each core, for a command that serves.
fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
