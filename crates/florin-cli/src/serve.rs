//! `florin serve`: the platform, until a signal ends it.

#![allow(clippy::print_stdout, reason = "a command answers there")]

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use florin_server::Mode;
use florin_server::provision::refuse_without_processor;
use florin_server::system::SystemEntropy;
use tokio::net::TcpListener;

use crate::demo_account::{self, Credentials};
use crate::host::{self, Setup, Vaulted};
use crate::options::{ServeOptions, Settled};
use crate::{admin_token, logging, processor, provision};

/// Runs the command.
pub(crate) fn run(options: ServeOptions) -> Result<ExitCode> {
    run_until(options.settle()?, stop_signal, false)?;
    Ok(ExitCode::SUCCESS)
}

/// Serves until something happens.
pub(crate) fn run_until<Stop: Future<Output = ()>>(
    options: Settled,
    stop: impl FnOnce() -> Result<Stop>,
    ceiling: bool,
) -> Result<()> {
    logging::start(&options.log, options.log_format)?;
    crate::runtime()?.block_on(async { serve(options, stop()?, ceiling).await })
}

async fn serve(options: Settled, stop: impl Future<Output = ()>, ceiling: bool) -> Result<()> {
    if options.mode == Mode::Live {
        check_live(&options)?;
    }
    let processor = processor::of(options.mode, options.simulator.as_deref())?;
    let vaulted = host::open(&options.data, options.mode, options.key_file.as_deref()).await?;
    let admin_token = match options.admin_token.clone() {
        Some(token) => token,
        None => admin_token::read_or_create(&options.data, &SystemEntropy)?,
    };
    let demo = populate(&vaulted, &options).await?;
    let listener = TcpListener::bind(options.listen).await;
    let listener = listener.with_context(|| format!("cannot listen on {}", options.listen))?;
    let address = listener.local_addr()?;
    let setup = Setup {
        mode: options.mode,
        public_url: options.public_url.unwrap_or_else(|| format!("http://{}", reachable(address))),
        date_tolerance: options.date_tolerance,
        admin_token,
        processor,
        settlement_delay: options.settlement_delay,
        ceiling,
    };
    let platform = vaulted.start(setup).await?;
    if let Some(credentials) = &demo {
        credentials.print(&format!("http://{}", reachable(address)), &options.data);
    }
    // Other programs wait for this line, and read the port from it.
    println!("listening on http://{address}");
    std::io::stdout().flush()?;
    florin_server::serve::serve(platform, listener, stop).await?;
    vaulted.close().await?;
    tracing::info!("stopped");
    Ok(())
}

fn check_live(options: &Settled) -> Result<()> {
    if !options.public_url.as_ref().is_some_and(|url| url.starts_with("https://")) {
        bail!("live mode wants --public-url https://…");
    }
    if !options.listen.ip().is_loopback() {
        bail!("live mode refuses plain HTTP on {}: listen on loopback, behind TLS", options.listen);
    }
    Ok(())
}

/// Applies the provisioning file, or without one makes the demo account of an empty sandbox.
async fn populate(vaulted: &Vaulted, options: &Settled) -> Result<Option<Credentials>> {
    let (store, vault, mode) = (&*vaulted.store, &*vaulted.vault, options.mode);
    let mut demo = None;
    match (&options.provision, mode) {
        (Some(path), _) => {
            let declaration = provision::read(path, mode)?;
            provision::log(&declaration.apply(store, vault, mode).await?);
        }
        (None, Mode::Sandbox) => {
            demo = demo_account::create_in_empty(store, vault, &SystemEntropy).await?;
        }
        (None, Mode::Live) => {}
    }
    refuse_without_processor(store, mode).await?;
    Ok(demo)
}

/// An address that clients on this machine reach the listener at.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// Ready when the process is asked to end. The handlers are in place when this returns.
pub(crate) fn stop_signal() -> Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
