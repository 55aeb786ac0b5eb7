//! What the default transport can be told.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use florin_wire::Sensitive;
use hyper::Uri;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

/// Settings of [`HttpTransport`](super::HttpTransport). The defaults are those that the official SDKs recommend.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpSettings {
    /// How long a connection may take to come about: name look-up, TCP, proxy and TLS together. Default 5 s.
    pub connect_timeout: Option<Duration>,
    /// The longest silence while an answer is awaited or read. Default 300 s.
    pub read_timeout: Option<Duration>,
    /// The most connections at a time, which is also the most that are kept for reuse. Further calls wait for one.
    /// Default 10.
    pub max_connections: usize,
    /// How long an unused connection is kept. Zero keeps none. Default 30 s.
    pub idle_timeout: Duration,
    /// The proxy to go through.
    pub proxy: Option<Proxy>,
    /// Certificates in PEM that are trusted as roots beside Mozilla's, such as those of a company's own authority.
    pub trusted_certificates: Vec<u8>,
    /// The longest body of an answer, in bytes. Default 64 MiB.
    pub max_response_bytes: usize,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Some(Duration::from_secs(5)),
            read_timeout: Some(Duration::from_secs(300)),
            max_connections: 10,
            idle_timeout: Duration::from_secs(30),
            proxy: None,
            trusted_certificates: Vec::new(),
            max_response_bytes: 64 << 20,
        }
    }
}

/// An HTTP proxy. HTTPS goes through a tunnel (`CONNECT`), and credentials are shown to the proxy alone.
///
/// ```
/// use florin::transport::Proxy;
///
/// let proxy = Proxy::new("http://proxy.example:3128")?.credentials("merchant", "secret");
/// # Ok::<(), florin::transport::InvalidProxy>(())
/// ```
#[derive(Clone)]
pub struct Proxy {
    uri: Uri,
    credentials: Option<(String, Sensitive<String>)>,
}

/// The address of a proxy is not one. The address itself is not repeated, as it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProxy {
    /// It is not a URL with a host.
    #[error("the proxy address is not a URL with a host")]
    Address,
    /// Its scheme is neither `http` nor `https`.
    #[error("unsupported scheme: {0}")]
    Scheme(String),
}

impl Proxy {
    /// A proxy at `http://host:port` or `https://host:port`. Without a scheme it is `http`, without a port the one
    /// of the scheme. Credentials may stand in front of the host.
    ///
    /// # Errors
    /// [`InvalidProxy`].
    pub fn new(address: &str) -> Result<Self, InvalidProxy> {
        let scheme = if address.contains("://") { "" } else { "http://" };
        let address = Zeroizing::new(format!("{scheme}{address}"));
        let uri: Uri = address.parse().map_err(|_| InvalidProxy::Address)?;
        let scheme = uri.scheme_str().unwrap_or_default();
        if scheme != "http" && scheme != "https" {
            return Err(InvalidProxy::Scheme(scheme.to_owned()));
        }
        let authority = uri.authority().ok_or(InvalidProxy::Address)?;
        if authority.host().is_empty() {
            return Err(InvalidProxy::Address);
        }
        let credentials = authority.as_str().rsplit_once('@').map(|(user_info, _)| {
            let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
            let decode = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
            (decode(user), Sensitive::from(decode(password)))
        });
        let port = authority.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
        let uri = format!("{scheme}://{}:{port}", authority.host())
            .parse()
            .map_err(|_| InvalidProxy::Address)?;
        Ok(Self { uri, credentials })
    }

    /// Sets what the proxy asks for.
    pub fn credentials(
        mut self,
        user: impl Into<String>,
        password: impl Into<Sensitive<String>>,
    ) -> Self {
        self.credentials = Some((user.into(), password.into()));
        self
    }

    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The value of `Proxy-Authorization`.
    pub(super) fn authorization(&self) -> Option<hyper::header::HeaderValue> {
        let (user, password) = self.credentials.as_ref()?;
        let pair = Zeroizing::new(format!("{user}:{}", password.expose()));
        let value = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
        let mut value = hyper::header::HeaderValue::from_str(&value).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("uri", &self.uri)
            .field("credentials", &self.credentials.as_ref().map(|_| "***"))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (address, uri) in [
            ("proxy.example:3128", "http://proxy.example:3128/"),
            ("http://proxy.example", "http://proxy.example:80/"),
            ("https://proxy.example/", "https://proxy.example:443/"),
            ("http://[::1]:8080", "http://[::1]:8080/"),
            ("http://a:b@proxy.example:1", "http://proxy.example:1/"),
        ] {
            assert_eq!(Proxy::new(address).unwrap().uri().to_string(), uri, "{address}");
        }
        assert_eq!(Proxy::new("http://").unwrap_err(), InvalidProxy::Address);
        assert_eq!(
            Proxy::new("socks5://h:1").unwrap_err().to_string(),
            "unsupported scheme: socks5"
        );
    }

    #[test]
    fn credentials_are_decoded_and_hidden() {
        let proxy = Proxy::new("http://us%40er:p%3Aw@proxy.example:1").unwrap();
        let value = proxy.authorization().unwrap();
        assert_eq!(value.to_str().unwrap(), format!("Basic {}", STANDARD.encode("us@er:p:w")));
        let printed = format!("{proxy:?} {value:?}");
        assert!(!printed.contains("p:w") && !printed.contains("Basic"), "{printed}");
        let proxy = proxy.credentials("other", "secret");
        assert_eq!(
            proxy.authorization().unwrap().to_str().unwrap(),
            format!("Basic {}", STANDARD.encode("other:secret"))
        );
    }
}
