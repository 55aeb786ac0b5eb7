//! `florin sandbox`: what a scheduler, a bank or time would do, at once.

#![allow(clippy::print_stdout, reason = "a command answers there")]

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use florin_wire::Sensitive;
use http::Method;
use serde_json::{Value, json};

use crate::call::call;
use crate::options::{DurationOption, secret};
use crate::{admin_token, demo_account};

/// What `florin sandbox` can do.
#[derive(Subcommand)]
pub(crate) enum SandboxCommand {
    /// Settle what was approved: a payment, or everything of a merchant.
    Settle(Target),
    /// Let time pass for a merchant (--by), or take a payment one step further (--payment).
    Advance {
        #[command(flatten)]
        target: Target,
        /// How far the merchant's clock moves.
        #[arg(
            long,
            value_name = "DURATION",
            conflicts_with = "payment",
            required_unless_present = "payment"
        )]
        by: Option<DurationOption>,
    },
}

/// Whom a call is about.
#[derive(Args)]
pub(crate) struct Target {
    /// Where the platform is.
    #[arg(long, env = "FLORIN_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The merchant.
    #[arg(long, value_name = "ID", default_value = demo_account::MERCHANT)]
    merchant: String,
    /// One payment of the merchant.
    #[arg(long, value_name = "ID")]
    payment: Option<String>,
    /// What the platform wants to see; otherwise read from the data folder.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "FLORIN_ADMIN_TOKEN",
        hide_env_values = true,
        value_parser = secret
    )]
    admin_token: Option<Sensitive<String>>,
    /// The platform's data folder, which holds the token.
    #[arg(long, value_name = "DIR", env = "FLORIN_DATA", default_value = "florin-data")]
    data: PathBuf,
}

/// Runs the command.
pub(crate) fn run(command: &SandboxCommand) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let body = runtime.block_on(match command {
        SandboxCommand::Settle(target) => target.call("settle", None),
        SandboxCommand::Advance { target, by: None } => target.call("advance", None),
        SandboxCommand::Advance { target, by: Some(by) } => {
            let by_ms = u64::try_from(by.0.as_millis()).context("that is too long")?;
            target.call("advance", Some(json!({ "byMilliseconds": by_ms })))
        }
    })?;
    println!("{body:#}");
    Ok(ExitCode::SUCCESS)
}

impl Target {
    async fn call(&self, action: &str, body: Option<Value>) -> Result<Value> {
        let token = match &self.admin_token {
            Some(token) => token.clone(),
            None => admin_token::read(&self.data)
                .context("no --admin-token, and none in the data folder (--data)")?,
        };
        settle_or_advance(&self.url, &self.merchant, self.payment.as_deref(), action, &token, body)
            .await
    }
}

/// Makes a sandbox call.
pub(crate) async fn settle_or_advance(
    url: &str,
    merchant: &str,
    payment: Option<&str>,
    action: &str,
    token: &Sensitive<String>,
    body: Option<Value>,
) -> Result<Value> {
    let base = url.trim_end_matches('/');
    let url = match payment {
        None => format!("{base}/sandbox/v1/{merchant}/{action}"),
        Some(payment) => format!("{base}/sandbox/v1/{merchant}/payments/{payment}/{action}"),
    };
    let answer = call(Method::POST, &url, Some(token), body.as_ref()).await?;
    if !answer.status.is_success() {
        let error = &answer.body["errors"][0];
        let text = |member: &str| error[member].as_str().unwrap_or("?").to_owned();
        bail!("{url}: {} ({}: {})", answer.status, text("code"), text("message"));
    }
    Ok(answer.body)
}
