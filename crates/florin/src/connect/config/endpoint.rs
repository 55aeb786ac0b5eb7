//! Where the API is.

use std::net::Ipv6Addr;

use hyper::Uri;

use super::ConfigError;

/// Hosts of the Connect Server API.
pub mod hosts {
    /// Pre-production, where test cards work and no money moves.
    pub const PRE_PRODUCTION: &str = "api.preprod.connect.worldline-solutions.com";
    /// Production.
    pub const PRODUCTION: &str = "api.connect.worldline-solutions.com";
    /// Europe: pre-production.
    pub const EUROPE_PRE_PRODUCTION: &str = "eu.preprod.api-ingenico.com";
    /// Europe: production.
    pub const EUROPE_PRODUCTION: &str = "eu.api-ingenico.com";
    /// India: pre-production.
    pub const INDIA_PRE_PRODUCTION: &str = "mum-preprod.api-ingenico.com";
    /// India: production.
    pub const INDIA_PRODUCTION: &str = "mum.api-ingenico.com";
}

/// What was said of the endpoint. Parts win over the URL.
#[derive(Clone, Debug, Default)]
pub(super) struct EndpointParts {
    pub(super) url: Option<String>,
    pub(super) scheme: Option<String>,
    pub(super) host: Option<String>,
    pub(super) port: Option<i64>,
}

/// A checked endpoint: scheme, host and the port when it is not the scheme's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint(String);

impl Endpoint {
    pub(super) fn new(parts: &EndpointParts) -> Result<Self, ConfigError> {
        let (mut scheme, mut host, mut port) = (None, None, None);
        if let Some(url) = &parts.url {
            let uri = parse(url)?;
            scheme = uri.scheme_str().map(str::to_owned);
            host = uri.host().map(str::to_owned);
            port = uri.port_u16();
        }
        if let Some(given) = &parts.host {
            let bare = given.trim();
            let bracketed = match bare.parse::<Ipv6Addr>() {
                Ok(_) => format!("[{bare}]"),
                Err(_) => bare.to_owned(),
            };
            // The port may stand behind it, as the host of a Go URL has it.
            let uri = parse(&format!("https://{bracketed}"))?;
            host = uri.host().map(str::to_owned);
            port = uri.port_u16();
        }
        if let Some(given) = parts.port {
            port = u16::try_from(given).ok();
            if port.is_none_or(|port| port == 0) {
                return Err(INVALID_PORT);
            }
        }
        if let Some(given) = &parts.scheme {
            scheme = Some(given.trim().to_ascii_lowercase());
        }
        let scheme = scheme.unwrap_or_else(|| "https".to_owned());
        let usual = match scheme.as_str() {
            "https" => 443,
            "http" => 80,
            _ => return Err(ConfigError::Scheme(scheme)),
        };
        let host = host.ok_or(ConfigError::Missing("host"))?;
        Ok(Self(match port {
            Some(port) if port != usual => format!("{scheme}://{host}:{port}"),
            _ => format!("{scheme}://{host}"),
        }))
    }

    /// The endpoint without a slash at its end.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

const INVALID_PORT: ConfigError =
    ConfigError::Invalid { setting: "port", expected: "a number from 1 to 65535" };

const INVALID_HOST: ConfigError =
    ConfigError::Invalid { setting: "host", expected: "the name or address of a host" };

fn parse(url: &str) -> Result<Uri, ConfigError> {
    let url = url.trim();
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    if rest.trim_end_matches('/').is_empty() {
        return Err(ConfigError::Missing("host"));
    }
    if rest.contains(['@', '?', '#']) {
        return Err(ConfigError::Endpoint("user info, query or fragment"));
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if !path.is_empty() {
        return Err(ConfigError::Endpoint("a path"));
    }
    // The parser takes any digits after the colon, and only some of them are a port.
    if let Some((_, port)) = authority.rsplit_once(':')
        && !port.ends_with(']')
        && !port.parse::<u16>().is_ok_and(|port| port > 0)
    {
        return Err(INVALID_PORT);
    }
    let url = if rest.len() == url.len() { format!("https://{url}") } else { url.to_owned() };
    let uri: Uri = url.parse().map_err(|_| INVALID_HOST)?;
    if uri.host().is_none_or(str::is_empty) { Err(INVALID_HOST) } else { Ok(uri) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(url: &str) -> Result<String, String> {
        let parts = EndpointParts { url: Some(url.to_owned()), ..EndpointParts::default() };
        Endpoint::new(&parts).map(|it| it.0).map_err(|error| error.to_string())
    }

    fn of(scheme: Option<&str>, host: &str, port: Option<i64>) -> Result<String, String> {
        Endpoint::new(&EndpointParts {
            url: None,
            scheme: scheme.map(str::to_owned),
            host: Some(host.to_owned()),
            port,
        })
        .map(|it| it.0)
        .map_err(|error| error.to_string())
    }

    #[test]
    fn urls() {
        let good = [
            ("https://api.domain.com", "https://api.domain.com"),
            ("https://api.domain.com/", "https://api.domain.com"),
            ("api.domain.com:8443", "https://api.domain.com:8443"),
            ("http://127.0.0.1:80", "http://127.0.0.1"),
            ("http://[::1]:8080/", "http://[::1]:8080"),
            ("HTTPS://api.domain.com:443", "https://api.domain.com"),
        ];
        for (given, endpoint) in good {
            assert_eq!(url(given).as_deref(), Ok(endpoint), "{given}");
        }
        let bad = [
            ("https://host/v1", "apiEndpoint should not contain a path"),
            ("https://host//", "apiEndpoint should not contain a path"),
            ("https://u:p@host", "apiEndpoint should not contain user info, query or fragment"),
            ("https://host?a=b", "apiEndpoint should not contain user info, query or fragment"),
            ("https://host/#x", "apiEndpoint should not contain user info, query or fragment"),
            ("ftp://host", "unsupported scheme: ftp"),
            ("https://", "host is required"),
            ("https:///", "host is required"),
            ("", "host is required"),
            ("https://host:0", "port is invalid: a number from 1 to 65535"),
            ("https://host:99999", "port is invalid: a number from 1 to 65535"),
            ("https://ho st", "host is invalid: the name or address of a host"),
        ];
        for (given, message) in bad {
            assert_eq!(url(given), Err(message.to_owned()), "{given}");
        }
    }

    #[test]
    fn parts() {
        let good = [
            (None, "api.domain.com", None, "https://api.domain.com"),
            (Some("http"), "api.domain.com", None, "http://api.domain.com"),
            (None, "api.domain.com", Some(8443), "https://api.domain.com:8443"),
            (Some("http"), "api.domain.com", Some(8080), "http://api.domain.com:8080"),
            (None, "::1", None, "https://[::1]"),
            (None, "::1", Some(8443), "https://[::1]:8443"),
            (None, "api.domain.com:8443", None, "https://api.domain.com:8443"),
        ];
        for (scheme, host, port, endpoint) in good {
            assert_eq!(of(scheme, host, port).as_deref(), Ok(endpoint), "{host}");
        }
        assert!(of(None, "host", Some(0)).unwrap_err().starts_with("port is invalid"));
        assert!(of(None, "host", Some(65536)).unwrap_err().starts_with("port is invalid"));
        assert_eq!(of(None, " ", None).unwrap_err(), "host is required");
        assert_eq!(of(Some("ws"), "host", None).unwrap_err(), "unsupported scheme: ws");
        assert!(of(None, "host/v1", None).unwrap_err().ends_with("a path"));
        let nothing = Endpoint::new(&EndpointParts::default()).unwrap_err();
        assert_eq!(nothing.to_string(), "host is required");
    }
}
