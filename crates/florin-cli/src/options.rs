//! Options: a flag counts before the environment, the environment before the configuration file, the file before
//! the default.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use florin_server::Mode;
use florin_wire::Sensitive;
use serde::Deserialize;

use crate::host::DATE_TOLERANCE;

/// Read when it is there and no other is named.
const CONFIG_FILE: &str = "florin.toml";

/// What `florin serve` can be told, by flag, environment or file.
#[derive(Args, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ServeOptions {
    /// Configuration file; ./florin.toml if there is one.
    #[arg(long, value_name = "FILE", env = "FLORIN_CONFIG")]
    #[serde(skip)]
    config: Option<PathBuf>,
    /// The address to listen on [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS", env = "FLORIN_LISTEN")]
    listen: Option<SocketAddr>,
    /// What absolute addresses in answers start with; in a sandbox derived from the listener.
    #[arg(long, value_name = "URL", env = "FLORIN_PUBLIC_URL")]
    public_url: Option<String>,
    /// The data folder [default: ./florin-data].
    #[arg(long, value_name = "DIR", env = "FLORIN_DATA")]
    data: Option<PathBuf>,
    /// Declares accounts, merchants and keys.
    #[arg(long, value_name = "FILE", env = "FLORIN_PROVISION")]
    provision: Option<PathBuf>,
    /// What is simulated: everything, or nothing [default: sandbox].
    #[arg(long, env = "FLORIN_MODE")]
    mode: Option<ModeOption>,
    /// Rules of one's own for the issuer simulator.
    #[arg(long, value_name = "FILE", env = "FLORIN_SIMULATOR")]
    simulator: Option<PathBuf>,
    /// How long an approved payment of a merchant that declares nothing else takes until it is paid [default: 1h].
    #[arg(long, value_name = "DURATION", env = "FLORIN_SETTLEMENT_DELAY")]
    settlement_delay: Option<DurationOption>,
    /// The master keys; in a sandbox made in the data folder.
    #[arg(long, value_name = "FILE", env = "FLORIN_KEY_FILE")]
    key_file: Option<PathBuf>,
    /// How far the Date of a request may be off [default: 5m].
    #[arg(long, value_name = "DURATION", env = "FLORIN_DATE_TOLERANCE")]
    date_tolerance: Option<DurationOption>,
    /// What sandbox and administration calls present; otherwise made in the data folder.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "FLORIN_ADMIN_TOKEN",
        hide_env_values = true,
        value_parser = secret
    )]
    #[serde(deserialize_with = "some_secret")]
    admin_token: Option<Sensitive<String>>,
    /// What is logged, for example info or florin_server=debug,info [default: info].
    #[arg(long, value_name = "FILTER", env = "FLORIN_LOG")]
    log: Option<String>,
    /// How it is logged, to standard error [default: text].
    #[arg(long, env = "FLORIN_LOG_FORMAT")]
    log_format: Option<LogFormat>,
}

/// Options with every default filled in.
pub(crate) struct Settled {
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: Option<String>,
    pub(crate) data: PathBuf,
    pub(crate) provision: Option<PathBuf>,
    pub(crate) mode: Mode,
    pub(crate) simulator: Option<PathBuf>,
    pub(crate) settlement_delay: Option<Duration>,
    pub(crate) key_file: Option<PathBuf>,
    pub(crate) date_tolerance: Duration,
    pub(crate) admin_token: Option<Sensitive<String>>,
    pub(crate) log: String,
    pub(crate) log_format: LogFormat,
}

/// Sandbox or live.
#[derive(Clone, Copy, Debug, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ModeOption {
    /// Everything is simulated.
    Sandbox,
    /// Nothing is simulated.
    Live,
}

impl From<ModeOption> for Mode {
    fn from(mode: ModeOption) -> Self {
        match mode {
            ModeOption::Sandbox => Self::Sandbox,
            ModeOption::Live => Self::Live,
        }
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// A duration like `250ms`, `5s`, `30m` or `1h`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct DurationOption(pub(crate) Duration);

impl FromStr for DurationOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        florin_server::provision::duration(text).map(Self)
    }
}

impl TryFrom<String> for DurationOption {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl ServeOptions {
    /// Adds what the configuration file says, and the defaults.
    pub(crate) fn settle(self) -> Result<Settled> {
        let file = match &self.config {
            Some(path) => Self::read(path)?,
            None if Path::new(CONFIG_FILE).exists() => Self::read(Path::new(CONFIG_FILE))?,
            None => Self::default(),
        };
        let address = ([127, 0, 0, 1], 8080);
        Ok(Settled {
            listen: self.listen.or(file.listen).unwrap_or_else(|| address.into()),
            public_url: self
                .public_url
                .or(file.public_url)
                .map(|url| public_url(&url))
                .transpose()?,
            data: self.data.or(file.data).unwrap_or_else(|| "florin-data".into()),
            provision: self.provision.or(file.provision),
            mode: self.mode.or(file.mode).map_or(Mode::Sandbox, Mode::from),
            simulator: self.simulator.or(file.simulator),
            settlement_delay: self.settlement_delay.or(file.settlement_delay).map(|it| it.0),
            key_file: self.key_file.or(file.key_file),
            date_tolerance: self
                .date_tolerance
                .or(file.date_tolerance)
                .map_or(DATE_TOLERANCE, |it| it.0),
            admin_token: self.admin_token.or(file.admin_token),
            log: self.log.or(file.log).unwrap_or_else(|| "info".to_owned()),
            log_format: self.log_format.or(file.log_format).unwrap_or_default(),
        })
    }

    /// Reads a configuration file. Its relative paths are relative to the working folder, like those of flags.
    fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        // The error names the line and does not quote it: it may hold the administration token.
        toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            anyhow::anyhow!("{}, line {line}: {}", path.display(), error.message())
        })
    }
}

/// Checks a public address, and takes the slash from its end.
fn public_url(text: &str) -> Result<String> {
    let url: http::Uri = text.parse().with_context(|| format!("public URL {text:?}"))?;
    if !matches!(url.scheme_str(), Some("http" | "https")) || url.host().is_none() {
        bail!("public URL {text:?} is not of the form https://host");
    }
    if url.query().is_some() {
        bail!("public URL {text:?} has a query");
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// A text that is not shown.
pub(crate) fn secret(text: &str) -> Result<Sensitive<String>, String> {
    if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(Sensitive::from(text)) }
}

fn some_secret<'de, D>(from: D) -> Result<Option<Sensitive<String>>, D::Error>
where
    D: serde::Deserializer<'de>,
{
    let text = String::deserialize(from)?;
    secret(&text).map(Some).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        options: ServeOptions,
    }

    fn file(text: &str) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("florin.toml");
        std::fs::write(&path, text).unwrap();
        let path = path.to_str().unwrap().to_owned();
        (folder, path)
    }

    fn settle(arguments: &[&str]) -> Result<Settled> {
        let arguments = std::iter::once("serve").chain(arguments.iter().copied());
        Command::try_parse_from(arguments)?.options.settle()
    }

    #[test]
    fn a_flag_counts_before_the_file_and_the_file_before_the_default() {
        let (_folder, path) = file(
            "listen = \"127.0.0.1:1\"\nmode = \"live\"\nsettlement_delay = \"5s\"\n\
             public_url = \"https://pay.example.com/\"\nlog_format = \"json\"\n",
        );
        let settled = settle(&["--config", &path, "--listen", "127.0.0.1:2"]).unwrap();
        assert_eq!(settled.listen.port(), 2);
        assert_eq!(settled.mode, Mode::Live);
        assert_eq!(settled.settlement_delay, Some(Duration::from_secs(5)));
        assert_eq!(settled.public_url.as_deref(), Some("https://pay.example.com"));
        assert_eq!(settled.log_format, LogFormat::Json);
        assert_eq!((settled.data, settled.log), (PathBuf::from("florin-data"), "info".to_owned()));
        assert_eq!(settled.date_tolerance, DATE_TOLERANCE);
    }

    #[test]
    fn the_file_has_no_unknown_keys_and_errors_show_no_secret() {
        let (_folder, path) = file("listen = \"127.0.0.1:1\"\nlisten_on = 1\n");
        let error = settle(&["--config", &path]).err().unwrap().to_string();
        assert!(error.contains("line 2: unknown field `listen_on`"), "{error}");
        let (_folder, path) = file("admin_token = \"hunter2");
        let error = format!("{:#}", settle(&["--config", &path]).err().unwrap());
        assert!(!error.contains("hunter2"), "{error}");
        assert!(settle(&["--config", "nowhere.toml"]).is_err());
    }

    #[test]
    fn public_urls_are_absolute() {
        assert_eq!(public_url("http://127.0.0.1:80/").unwrap(), "http://127.0.0.1:80");
        assert_eq!(public_url("https://a.b/base").unwrap(), "https://a.b/base");
        for url in ["a.b", "ftp://a.b", "https://", "/path", "https://a.b/?q"] {
            assert!(public_url(url).is_err(), "{url}");
        }
    }
}
