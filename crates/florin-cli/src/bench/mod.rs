//! `florin bench`: how many payments a second become durable, beside what the same server does without making them so.
//!
//! The platform runs in a child process, so that its CPU time and its writes are its own. It is loaded over the same
//! kind of sockets with the same requests: answering `payments.create` without engine and store, the ceiling, and for
//! real. The ceiling is measured half before and half after, so that a machine that slows down slows both.

#![allow(clippy::print_stdout, reason = "a command answers there")]

mod child;
mod filesystem;
mod load;
mod report;

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

pub(crate) use self::child::{BenchServerOptions, serve};
use self::child::{Child, Kind};
use self::load::Plan;
use self::report::{Measured, Report};

/// What `florin bench` can be told.
#[derive(Args)]
pub(crate) struct BenchOptions {
    /// How many clients call at a time.
    #[arg(long, value_name = "N", default_value = "64")]
    connections: NonZeroUsize,
    /// How long durable payments are measured, and the ceiling as well.
    #[arg(long, value_name = "N", default_value = "10")]
    seconds: NonZeroU32,
    /// How long each phase runs before it is measured.
    #[arg(long, value_name = "SECONDS", default_value = "2")]
    warmup: u32,
    /// Give every payment an idempotence key.
    #[arg(long)]
    idempotence_keys: bool,
    /// The folder for the temporary store: on a disk, not in memory [default: ./target or .].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(options: &BenchOptions) -> Result<ExitCode> {
    let inside = match &options.data {
        Some(data) => data.as_path(),
        None if Path::new("target").is_dir() => Path::new("target"),
        None => Path::new("."),
    };
    std::fs::create_dir_all(inside).with_context(|| inside.display().to_string())?;
    let filesystem = filesystem::of(inside)?;
    if filesystem::is_in_memory(&filesystem) {
        bail!("{} is in memory ({filesystem}): name a folder on a disk (--data)", inside.display());
    }
    let plan = Plan {
        connections: options.connections.get(),
        warmup: Duration::from_secs(options.warmup.into()),
        seconds: options.seconds.get(),
        idempotence_keys: options.idempotence_keys,
    };
    // One thread makes the load: the cores belong to the server.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let progress = progress(&plan);
    let phase = |kind, seconds| {
        let plan = Plan { seconds, ..plan };
        runtime.block_on(phase(inside, kind, &plan, &progress))
    };
    let before = plan.seconds.div_ceil(2);
    let mut ceiling = phase(Kind::Ceiling, before)?;
    let durable = phase(Kind::Durable, plan.seconds)?;
    if plan.seconds > before {
        ceiling = ceiling.and(phase(Kind::Ceiling, plan.seconds - before)?);
    }
    progress.finish_and_clear();
    let report = Report { plan, filesystem, ceiling, durable };
    if options.json {
        println!("{:#}", report.json());
    } else {
        print!("{report}");
    }
    if report.refused() > 0 {
        bail!("{} answers were not 201", report.refused());
    }
    Ok(ExitCode::SUCCESS)
}

/// A bar on standard error. It hides itself where there is no terminal.
fn progress(plan: &Plan) -> ProgressBar {
    let phases = if plan.seconds > 1 { 3 } else { 2 };
    let seconds = phases * plan.warmup.as_secs() + 2 * u64::from(plan.seconds);
    let style = ProgressStyle::with_template("{msg:>8} [{bar:40}] {pos}/{len} s");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(seconds).with_style(style.progress_chars("=> "))
}

async fn phase(inside: &Path, kind: Kind, plan: &Plan, progress: &ProgressBar) -> Result<Measured> {
    progress.set_message(kind.name());
    let child = Child::start(inside, kind)?;
    let measured = load::run(&child, plan, progress).await;
    child.stop()?;
    measured
}
