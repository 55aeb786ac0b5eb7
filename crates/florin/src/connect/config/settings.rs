//! The names of the settings, and what their text means.

use std::time::Duration;

use super::{Config, ConfigError};

/// What a number without a unit stands for in a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// In property files of the Java and .NET SDKs, in TOML and in the environment.
    Milliseconds,
    /// In configuration files of the Python SDK.
    Seconds,
}

/// The text of one setting.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    name: &'static str,
    value: &'a str,
    unit: Unit,
}

/// Takes the text of a setting into a configuration.
type Set = fn(&mut Config, Text<'_>) -> Result<(), ConfigError>;

/// Every setting: its name, other names of it, and what it sets. Upper case and underscores in a name that is looked
/// up are ignored; in the environment the name is in upper case, dots are underscores and [`PREFIX`] stands in front.
const SETTINGS: &[(&str, &[&str], Set)] = &[
    ("endpoint", &["apiendpoint"], |config, text| {
        config.endpoint.url = Some(text.value.to_owned());
        Ok(())
    }),
    ("host", &["endpoint.host", "apiendpoint.host"], |config, text| {
        config.endpoint.host = Some(text.value.to_owned());
        Ok(())
    }),
    ("scheme", &["endpoint.scheme", "apiendpoint.scheme"], |config, text| {
        config.endpoint.scheme = Some(text.value.to_owned());
        Ok(())
    }),
    ("port", &["endpoint.port", "apiendpoint.port"], |config, text| {
        config.endpoint.port = Some(text.number()?);
        Ok(())
    }),
    ("api_key_id", &["authorizationid"], |config, text| {
        text.value.clone_into(&mut config.key_id);
        Ok(())
    }),
    ("secret_api_key", &["authorizationsecret"], |config, text| {
        config.secret = text.value.into();
        Ok(())
    }),
    ("authorization_type", &[], |_, text| {
        if text.value.eq_ignore_ascii_case("v1hmac") {
            Ok(())
        } else {
            Err(ConfigError::AuthorizationType(text.value.to_owned()))
        }
    }),
    ("integrator", &[], |config, text| {
        text.value.clone_into(&mut config.integrator);
        Ok(())
    }),
    ("shopping_cart_extension.creator", &[], |config, text| {
        text.value.clone_into(&mut config.cart.get_or_insert_default().creator);
        Ok(())
    }),
    ("shopping_cart_extension.name", &[], |config, text| {
        text.value.clone_into(&mut config.cart.get_or_insert_default().name);
        Ok(())
    }),
    ("shopping_cart_extension.version", &[], |config, text| {
        text.value.clone_into(&mut config.cart.get_or_insert_default().version);
        Ok(())
    }),
    ("shopping_cart_extension.extension_id", &[], |config, text| {
        config.cart.get_or_insert_default().extension_id = Some(text.value.to_owned());
        Ok(())
    }),
    ("connect_timeout", &[], |config, text| {
        config.http.connect_timeout = text.timeout()?;
        Ok(())
    }),
    ("socket_timeout", &["readtimeout"], |config, text| {
        config.http.read_timeout = text.timeout()?;
        Ok(())
    }),
    ("total_timeout", &[], |config, text| {
        config.total_timeout = text.timeout()?;
        Ok(())
    }),
    ("idle_timeout", &[], |config, text| {
        config.http.idle_timeout = text.duration()?.unwrap_or(Duration::MAX);
        Ok(())
    }),
    ("max_connections", &[], |config, text| {
        config.http.max_connections =
            usize::try_from(text.number()?).map_err(|_| text.invalid("a number of at least 1"))?;
        Ok(())
    }),
    ("connection_reuse", &[], |config, text| {
        if !text.truth()? {
            config.http.idle_timeout = Duration::ZERO;
        }
        Ok(())
    }),
    ("max_retries", &[], |config, text| {
        let most = u32::try_from(text.number()?).map_err(|_| text.invalid("a number"))?;
        config.retry = config.retry.clone().max_retries(most);
        Ok(())
    }),
    ("validate_requests", &[], |config, text| {
        config.habits.validates = text.truth()?;
        Ok(())
    }),
    ("automatic_idempotence_keys", &[], |config, text| {
        config.habits.makes_keys = text.truth()?;
        Ok(())
    }),
    ("proxy", &["proxy.uri"], |config, text| {
        config.proxy.address = Some(text.value.into());
        Ok(())
    }),
    ("proxy.username", &[], |config, text| {
        config.proxy.user = Some(text.value.to_owned());
        Ok(())
    }),
    ("proxy.password", &[], |config, text| {
        config.proxy.password = Some(text.value.into());
        Ok(())
    }),
    // Known, and without effect here: TLS 1.2 and 1.3 are always offered, TCP keep-alive is the system's.
    ("https.protocols", &[], |_, _| Ok(())),
    ("keep_alive_timeout", &[], |_, _| Ok(())),
];

/// What the names start with in the environment.
const PREFIX: &str = "FLORIN_CONNECT_";

/// Takes one setting. The name may be written as in any of the official SDKs.
pub(super) fn set(
    config: &mut Config,
    name: &str,
    value: &str,
    unit: Unit,
) -> Result<(), ConfigError> {
    let wanted = name.to_ascii_lowercase().replace(['_', '-'], "");
    let known = SETTINGS
        .iter()
        .find(|(name, others, _)| name.replace('_', "") == wanted || others.contains(&&*wanted));
    let Some((name, _, set)) = known else {
        return Err(ConfigError::UnknownSetting(name.to_owned()));
    };
    set(config, Text { name, value, unit })
}

/// Takes every setting that is in the environment. Variables of other names are left alone.
pub(super) fn set_from_environment(
    config: &mut Config,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<(), ConfigError> {
    for (name, _, set) in SETTINGS {
        let in_environment = format!("{PREFIX}{}", name.replace('.', "_").to_ascii_uppercase());
        if let Some(value) = variable(&in_environment) {
            set(config, Text { name, value: &value, unit: Unit::Milliseconds })?;
        }
    }
    Ok(())
}

impl Text<'_> {
    fn invalid(self, expected: &'static str) -> ConfigError {
        ConfigError::Invalid { setting: self.name, expected }
    }

    fn number(self) -> Result<i64, ConfigError> {
        self.value.trim().parse().map_err(|_| self.invalid("a whole number"))
    }

    fn truth(self) -> Result<bool, ConfigError> {
        match self.value.trim().to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(self.invalid("true or false")),
        }
    }

    /// A duration where zero, like any negative number, stands for no limit.
    fn timeout(self) -> Result<Option<Duration>, ConfigError> {
        Ok(self.duration()?.filter(|limit| !limit.is_zero()))
    }

    /// A number in the unit of the source, or one with a unit of its own. Negative means no limit.
    fn duration(self) -> Result<Option<Duration>, ConfigError> {
        let text = self.value.trim();
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit_ms = match (&text[digits.len()..], self.unit) {
            ("ms", _) | ("", Unit::Milliseconds) => 1,
            ("s", _) | ("", Unit::Seconds) => 1_000,
            ("m", _) => 60_000,
            _ => return Err(self.invalid("a duration such as 5000 or 5s")),
        };
        let number: i64 =
            digits.trim_end().parse().map_err(|_| self.invalid("a duration such as 5000 or 5s"))?;
        Ok(u64::try_from(number).ok().map(|n| Duration::from_millis(n.saturating_mul(unit_ms))))
    }
}
