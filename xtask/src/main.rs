//! `cargo xtask`: the one entry for every chore of this workspace.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool speaks there")]

mod check;
mod codegen;
mod conformance;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of the Florin workspace")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Generate Rust from the specification.
    Codegen {
        /// Change nothing; fail when the generated files are not what the specification says.
        #[arg(long)]
        check: bool,
    },
    /// Formatting, lints, generated code, licences and bans.
    Check,
    /// Drive the official SDK of a language against the platform.
    Conformance {
        /// The language: `python`.
        language: String,
    },
    /// Build for release and run `florin bench` with these arguments.
    Bench {
        /// Passed on to `florin bench`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

fn main() -> Result<()> {
    match Cli::parse().chore {
        Chore::Codegen { check } => codegen::run(check),
        Chore::Check => check::run(),
        Chore::Conformance { language } => conformance::run(&language),
        Chore::Bench { arguments } => check::bench(&arguments),
    }
}

/// The folder of the workspace.
fn root() -> std::path::PathBuf {
    let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}
