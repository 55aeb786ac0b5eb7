//! `florin demo`: the life of a payment, through the SDK, on a platform inside this process.

#![allow(clippy::print_stdout, reason = "the demo is what it prints")]

mod steps;

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;

use crate::options::LogFormat;
use crate::serving::Serving;
use crate::{logging, serve};

/// What `florin demo` can be told.
#[derive(Args)]
pub(crate) struct DemoOptions {
    /// Leave the platform running afterwards, and print its credentials.
    #[arg(long)]
    keep: bool,
}

/// Runs the command.
pub(crate) fn run(options: &DemoOptions) -> Result<ExitCode> {
    logging::start("warn", LogFormat::Text)?;
    crate::runtime()?.block_on(demo(options))?;
    Ok(ExitCode::SUCCESS)
}

async fn demo(options: &DemoOptions) -> Result<()> {
    let stop = serve::stop_signal()?;
    let started = Instant::now();
    let serving = Serving::start(&std::env::temp_dir()).await.context("starting the platform")?;
    let mut story = Story::new();
    let ready = format!("ready after {} ms", started.elapsed().as_millis());
    story.heading(&format!("Florin, an embedded platform at {}, {ready}", serving.url));
    let outcome = steps::tell(&mut story, &serving).await;
    if outcome.is_ok() {
        story.heading(&format!("Done: {} steps, as they should be.", story.number));
        if options.keep {
            // The sandbox calls find the token where a data folder has it.
            let folder = serving.folder.path();
            crate::admin_token::write(folder, &serving.admin_token)?;
            serving.credentials.print(&serving.url, folder);
            println!("listening on {}", serving.url);
            std::io::stdout().flush()?;
            stop.await;
        }
    }
    serving.stop().await?;
    outcome
}

/// Prints what happens, with colours where a terminal is attached.
struct Story {
    number: usize,
    colours: bool,
}

impl Story {
    fn new() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { number: 0, colours: std::io::stdout().is_terminal() && !unwanted }
    }

    fn paint(&self, colour: &str, text: impl Display) -> String {
        if self.colours { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_string() }
    }

    fn heading(&self, text: &str) {
        println!("{}", self.paint("1", text));
    }

    /// A step went as it should: what was called, and what came of it.
    fn step(&mut self, call: &str, outcome: impl Display) {
        self.number += 1;
        let mark = self.paint("32", "✓");
        let number = self.paint("2", format!("{:>2}", self.number));
        println!("{mark} {number}  {call:<26} {}", self.paint("36", outcome));
    }
}
