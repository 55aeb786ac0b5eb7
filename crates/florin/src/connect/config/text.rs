//! Configurations from text: TOML, the property files of the official SDKs, and the environment.

use std::path::Path;

use super::settings::{Unit, set, set_from_environment};
use super::{Config, ConfigError};

/// What the names start with in property files of the official SDKs.
const PROPERTY_PREFIX: &str = "connect.api.";

/// The section of the official Python SDK's files, in which durations are in seconds.
const PYTHON_SECTION: &str = "ConnectSDK";

impl Config {
    /// Reads TOML, with names as this SDK or the official Go SDK writes them:
    ///
    /// ```
    /// # use florin::connect::Config;
    /// let config = Config::from_toml(r#"
    ///     ConnectTimeout = 5000      # milliseconds; -1 for none
    ///     SocketTimeout = "300s"
    ///     MaxConnections = 10
    ///     AuthorizationType = "v1HMAC"
    ///     [APIEndpoint]
    ///         host = "api.domain.com"
    /// "#)?
    /// .api_key("apiKeyId", "secretApiKey")
    /// .integrator("Your company");
    /// # Ok::<(), florin::connect::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// Text that is not TOML, settings that do not exist, values of the wrong form. The text itself is never part of
    /// an error, since it may hold a secret.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let table: toml::Table = toml::from_str(text).map_err(|error| ConfigError::Syntax {
            line: error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count()),
            what: error.message().to_owned(),
        })?;
        let mut config = Self::default();
        let dotted = table.get("connect").and_then(|connect| connect.get("api"));
        let root = dotted.and_then(toml::Value::as_table).unwrap_or(&table);
        take_table(&mut config, "", root)?;
        Ok(config)
    }

    /// Reads a property file of the official SDKs, such as
    ///
    /// ```
    /// # use florin::connect::Config;
    /// let config = Config::from_properties("
    ///     connect.api.integrator=Your company
    ///     connect.api.endpoint.host=api.domain.com
    ///     connect.api.connectTimeout=5000 # -1 for no timeout
    ///     connect.api.socketTimeout=300000
    /// ")?
    /// .api_key("apiKeyId", "secretApiKey");
    /// # Ok::<(), florin::connect::ConfigError>(())
    /// ```
    ///
    /// Durations are in milliseconds as in Java and .NET; below a line `[ConnectSDK]` they are in seconds, as in
    /// Python. What follows a blank and `#` is a comment. Lines whose name does not start with `connect.api.` belong
    /// to somebody else and are left alone.
    ///
    /// # Errors
    /// Settings that do not exist, values of the wrong form.
    pub fn from_properties(text: &str) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        let mut unit = Unit::Milliseconds;
        for line in text.lines() {
            let line = without_comment(line);
            if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                if section.trim() == PYTHON_SECTION {
                    unit = Unit::Seconds;
                }
                continue;
            }
            let Some((name, value)) = line.split_once(['=', ':']) else { continue };
            if let Some(name) = property(name) {
                set(&mut config, name, value.trim(), unit)?;
            }
        }
        Ok(config)
    }

    /// Reads either form: a text in which a line starts with `connect.api.` and whose value is not quoted is a
    /// property file, anything else is TOML.
    ///
    /// # Errors
    /// Those of [`from_toml`](Self::from_toml) and [`from_properties`](Self::from_properties).
    pub fn from_text(text: &str) -> Result<Self, ConfigError> {
        let is_properties = text.lines().map(without_comment).any(|line| {
            line.split_once(['=', ':']).is_some_and(|(name, value)| {
                property(name).is_some() && !value.trim_start().starts_with(['"', '\''])
            })
        });
        if is_properties { Self::from_properties(text) } else { Self::from_toml(text) }
    }

    /// Reads a file in either form.
    ///
    /// # Errors
    /// Those of [`from_text`](Self::from_text), and [`ConfigError::File`].
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::File { path: path.to_owned(), source })?;
        Self::from_text(&text)
    }

    /// Reads the environment: `FLORIN_CONNECT_HOST` (or `FLORIN_CONNECT_ENDPOINT` for a URL),
    /// `FLORIN_CONNECT_API_KEY_ID`, `FLORIN_CONNECT_SECRET_API_KEY`, `FLORIN_CONNECT_INTEGRATOR`, and optionally
    /// `…_SCHEME`, `…_PORT`, `…_CONNECT_TIMEOUT`, `…_SOCKET_TIMEOUT`, `…_TOTAL_TIMEOUT`, `…_IDLE_TIMEOUT`,
    /// `…_MAX_CONNECTIONS`, `…_MAX_RETRIES`, `…_VALIDATE_REQUESTS`, `…_AUTOMATIC_IDEMPOTENCE_KEYS`, `…_PROXY`, `…_PROXY_USERNAME`, `…_PROXY_PASSWORD` and
    /// `…_SHOPPING_CART_EXTENSION_CREATOR`, `…_NAME`, `…_VERSION`, `…_EXTENSION_ID`. Durations are like `5s`, or a
    /// number of milliseconds.
    ///
    /// # Errors
    /// Values of the wrong form. What is missing is reported when a client is made.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::default().with_env()
    }

    /// Lets the environment override what was set.
    ///
    /// # Errors
    /// Those of [`from_env`](Self::from_env).
    pub fn with_env(mut self) -> Result<Self, ConfigError> {
        set_from_environment(&mut self, |name| std::env::var(name).ok())?;
        Ok(self)
    }
}

fn take_table(config: &mut Config, prefix: &str, table: &toml::Table) -> Result<(), ConfigError> {
    for (name, value) in table {
        let name = format!("{prefix}{name}");
        let text = match value {
            toml::Value::Table(inner) => {
                take_table(config, &format!("{name}."), inner)?;
                continue;
            }
            toml::Value::String(text) => text.clone(),
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(truth) => truth.to_string(),
            _ => return Err(ConfigError::UnknownSetting(name)),
        };
        set(config, &name, &text, Unit::Milliseconds)?;
    }
    Ok(())
}

/// The name of a setting without the prefix, if it has that.
fn property(name: &str) -> Option<&str> {
    let name = name.trim();
    let start = name.get(..PROPERTY_PREFIX.len())?;
    start.eq_ignore_ascii_case(PROPERTY_PREFIX).then(|| &name[PROPERTY_PREFIX.len()..])
}

/// A line without blanks around it and without its comment. A `#` inside a word, as in a password, is no comment.
fn without_comment(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with(['#', ';', '!']) {
        return "";
    }
    let comment = line.match_indices('#').find(|(at, _)| line[..*at].ends_with([' ', '\t']));
    comment.map_or(line, |(at, _)| line[..at].trim_end())
}
