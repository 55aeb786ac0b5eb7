//! The server under load: this program again, as a child that ends when its standard input does.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{self, Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;
use florin_auth::v1hmac::ApiKey;
use florin_engine::ids::hex32;
use florin_server::Mode;
use florin_server::system::SystemEntropy;
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::host::DATE_TOLERANCE;
use crate::options::{LogFormat, Settled};

/// What a child is told.
#[derive(Args)]
pub(crate) struct BenchServerOptions {
    /// A new data folder, with a provisioning file in it.
    #[arg(long)]
    data: PathBuf,
    /// Answer `payments.create` without engine and store.
    #[arg(long)]
    ceiling: bool,
}

/// The provisioning file in the data folder.
const PROVISION: &str = "bench.toml";

/// What signs the load.
const KEY_ID: &str = "bench";

/// Microseconds in a tick of the kernel's CPU times, which Linux counts in hundredths of a second for all programs.
const TICK_US: u64 = 10_000;

/// Serves until the parent is gone.
pub(crate) fn serve(options: BenchServerOptions) -> Result<ExitCode> {
    let (end, ended) = oneshot::channel();
    std::thread::spawn(move || {
        let mut nothing = [0];
        while std::io::stdin().read(&mut nothing).is_ok_and(|read| read > 0) {}
        _ = end.send(());
    });
    let settled = Settled {
        listen: ([127, 0, 0, 1], 0).into(),
        public_url: None,
        provision: Some(options.data.join(PROVISION)),
        data: options.data,
        mode: Mode::Sandbox,
        simulator: None,
        settlement_delay: None,
        key_file: None,
        date_tolerance: DATE_TOLERANCE,
        admin_token: None,
        log: "warn".to_owned(),
        log_format: LogFormat::Text,
    };
    let stop = async {
        _ = ended.await;
    };
    crate::serve::run_until(settled, || Ok(stop), options.ceiling)?;
    Ok(ExitCode::SUCCESS)
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The server without engine and store.
    Ceiling,
    /// The server.
    Durable,
}

impl Kind {
    /// What the progress bar calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ceiling => "ceiling",
            Self::Durable => "durable",
        }
    }
}

/// A running child.
pub(super) struct Child {
    process: process::Child,
    /// `host:port`.
    pub(super) address: String,
    /// What requests are signed with.
    pub(super) key: ApiKey,
    folder: TempDir,
}

impl Child {
    /// Starts one over a new store inside a folder.
    pub(super) fn start(inside: &Path, kind: Kind) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("florin-bench-").tempdir_in(inside)?;
        let secret = hex32(&SystemEntropy);
        provision(folder.path(), &secret)?;
        let key = ApiKey::new(KEY_ID, secret)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("bench-server").arg("--data").arg(folder.path());
        if kind == Kind::Ceiling {
            command.arg("--ceiling");
        }
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdout = process.stdout.take().context("the child has no output")?;
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let ready = |line: String| Some(line.strip_prefix("listening on http://")?.to_owned());
        let Some(address) = lines.find_map(ready) else {
            bail!("the server did not start: {}", process.wait()?);
        };
        Ok(Self { process, address, key, folder })
    }

    /// What the process has used so far.
    pub(super) fn usage(&self) -> Result<Usage> {
        let folder = Path::new("/proc").join(self.process.id().to_string());
        let read = |name: &str| {
            fs::read_to_string(folder.join(name)).with_context(|| format!("no /proc/<pid>/{name}"))
        };
        Ok(Usage {
            cpu_us: cpu_us(&read("stat")?).context("/proc/<pid>/stat is not understood")?,
            written_bytes: written_bytes(&read("io")?)
                .context("/proc/<pid>/io is not understood")?,
        })
    }

    /// Ends the child and removes its store.
    pub(super) fn stop(mut self) -> Result<()> {
        drop(self.process.stdin.take());
        let status = self.process.wait()?;
        if !status.success() {
            bail!("the server ended with {status}");
        }
        Ok(self.folder.close()?)
    }
}

fn provision(folder: &Path, secret: &str) -> Result<()> {
    let mut file = fs::File::create(folder.join(PROVISION))?;
    write!(
        file,
        "[[account]]\nname = \"bench\"\n\
         [[account.merchant]]\nid = \"1226\"\nplatform = \"global_collect\"\n\
         [[account.api_key]]\nid = \"{KEY_ID}\"\nsecret = \"{secret}\"\n",
    )?;
    Ok(())
}

/// What a process used since it was started.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    pub(super) cpu_us: u64,
    /// Handed to the disk, not only to the page cache.
    pub(super) written_bytes: u64,
}

/// User and system time. The fields are counted from behind the name of the program, which may hold anything.
fn cpu_us(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some((ticks()? + ticks()?) * TICK_US)
}

fn written_bytes(io: &str) -> Option<u64> {
    io.lines().find_map(|line| line.strip_prefix("write_bytes: ")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_read_from_the_kernel() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 2 0 0 0 12 34 0 0 20 0 1 0 5 6 7";
        assert_eq!(cpu_us(stat), Some(460_000));
        assert_eq!(cpu_us("7 (a) S 1"), None);
        let io = "rchar: 1\nwchar: 2\nwrite_bytes: 4096\ncancelled_write_bytes: 0\n";
        assert_eq!(written_bytes(io), Some(4_096));
    }
}
