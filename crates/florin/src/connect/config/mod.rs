//! What a client has to be told: where the API is, whose key signs, how patient it is.
//!
//! A configuration comes from code, from TOML, from the property files of the official SDKs, or from the environment.
//! Nothing is checked before a client is made from it, so that the parts may come in any order.

mod endpoint;
mod error;
mod settings;
mod text;

use std::fmt;
use std::time::Duration;

use florin_auth::v1hmac::ApiKey;
use florin_wire::Sensitive;

pub(crate) use self::endpoint::Endpoint;
use self::endpoint::EndpointParts;
pub use self::endpoint::hosts;
pub use self::error::ConfigError;
use super::metadata::{Metadata, ShoppingCartExtension};
use crate::retry::RetryPolicy;
use crate::transport::{HttpSettings, Proxy};

/// The configuration of a [`Client`](super::Client).
///
/// ```
/// use std::time::Duration;
/// use florin::connect::{Client, Config, hosts};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::new(
///     Config::new("apiKeyId", "secretApiKey", "Your company")
///         .host(hosts::PRE_PRODUCTION)
///         .read_timeout(Duration::from_secs(60)),
/// )?;
/// # Ok(())
/// # }
/// ```
///
/// Printed, it shows no secret.
#[derive(Clone, Default)]
pub struct Config {
    endpoint: EndpointParts,
    key_id: String,
    secret: Sensitive<String>,
    integrator: String,
    cart: Option<ShoppingCartExtension>,
    headers: Vec<(String, String)>,
    http: HttpSettings,
    proxy: ProxyParts,
    total_timeout: Option<Duration>,
    retry: RetryPolicy,
    habits: Habits,
}

/// What is done for every call, unasked.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Habits {
    /// Requests are checked before they are sent.
    pub(crate) validates: bool,
    /// Calls that honour an idempotence key and have none are given one.
    pub(crate) makes_keys: bool,
}

#[derive(Clone, Default)]
struct ProxyParts {
    address: Option<Sensitive<String>>,
    user: Option<String>,
    password: Option<Sensitive<String>>,
}

/// A configuration that was found to be whole.
pub(crate) struct Checked {
    pub(crate) endpoint: Endpoint,
    pub(crate) key: ApiKey,
    pub(crate) metadata: Metadata,
    pub(crate) http: HttpSettings,
    pub(crate) total_timeout: Option<Duration>,
    pub(crate) retry: RetryPolicy,
    pub(crate) habits: Habits,
}

impl Config {
    /// The parts that have no default but the endpoint: the key's id, its secret and the name of your company.
    /// Id and secret are those of an API key in the merchant's account.
    pub fn new(
        key_id: impl Into<String>,
        secret: impl Into<Sensitive<String>>,
        integrator: impl Into<String>,
    ) -> Self {
        Self::default().api_key(key_id, secret).integrator(integrator)
    }

    /// Sets the endpoint as a URL of scheme, host and perhaps port, without a path.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = EndpointParts { url: Some(url.into()), ..EndpointParts::default() };
        self
    }

    /// Sets the host of the endpoint, such as one of [`hosts`]. IPv6 addresses need no brackets.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.endpoint.host = Some(host.into());
        self
    }

    /// Sets the scheme of the endpoint, `https` (the default) or `http`.
    pub fn scheme(mut self, scheme: impl Into<String>) -> Self {
        self.endpoint.scheme = Some(scheme.into());
        self
    }

    /// Sets the port of the endpoint. The default is that of the scheme.
    pub fn port(mut self, port: u16) -> Self {
        self.endpoint.port = Some(port.into());
        self
    }

    /// Sets the key that signs.
    pub fn api_key(mut self, id: impl Into<String>, secret: impl Into<Sensitive<String>>) -> Self {
        self.key_id = id.into();
        self.secret = secret.into();
        self
    }

    /// Sets the name of the company that integrates the API, which is sent along with each request.
    pub fn integrator(mut self, name: impl Into<String>) -> Self {
        self.integrator = name.into();
        self
    }

    /// Names the shopping cart extension that makes the calls.
    pub fn shopping_cart_extension(mut self, extension: ShoppingCartExtension) -> Self {
        self.cart = Some(extension);
        self
    }

    /// Adds a header to every request. Its name may not be that of a header that the SDK sends itself, other than
    /// `X-GCS-ClientMetaInfo`.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets how long a connection may take to come about. Default 5 s; `None` waits for ever.
    pub fn connect_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.http.connect_timeout = limit.into();
        self
    }

    /// Sets the longest silence while an answer is awaited (`socketTimeout` of the official SDKs). Default 300 s;
    /// `None` waits for ever.
    pub fn read_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.http.read_timeout = limit.into();
        self
    }

    /// Sets how long a call may take in all, with its retries and the pauses between them. Default: no limit.
    pub fn total_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.total_timeout = limit.into();
        self
    }

    /// Sets the most connections at a time. Calls beyond it wait. Default 10.
    pub fn max_connections(mut self, most: usize) -> Self {
        self.http.max_connections = most;
        self
    }

    /// Sets how long an unused connection is kept. Default 30 s; zero keeps none.
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.http.idle_timeout = limit;
        self
    }

    /// Sets the proxy.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = ProxyParts::default();
        self.http.proxy = Some(proxy);
        self
    }

    /// Adds certificates in PEM that are trusted as roots beside Mozilla's.
    pub fn trusted_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.http.trusted_certificates = pem.into();
        self
    }

    /// Sets when calls are repeated. [`RetryPolicy::none`] turns it off.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Checks every request against the specification before it is sent, as [`Call::validate`](super::Call::validate)
    /// does for one. Default: off.
    pub fn validate_requests(mut self, on: bool) -> Self {
        self.habits.validates = on;
        self
    }

    /// Gives every call that honours an idempotence key and has none a random one, so that it is repeated when its
    /// answer is lost. Default: off.
    ///
    /// This makes the retries of this SDK safe, and not yours: a call that you build anew has a new key. To repeat a
    /// call that failed, give the new one the key of the old, which [`Error::idempotence_key`](super::Error::idempotence_key)
    /// tells.
    pub fn automatic_idempotence_keys(mut self, on: bool) -> Self {
        self.habits.makes_keys = on;
        self
    }

    pub(crate) fn check(self) -> Result<Checked, ConfigError> {
        let mut http = self.http;
        if http.max_connections == 0 {
            return Err(ConfigError::Invalid {
                setting: "maxConnections",
                expected: "a number of at least 1",
            });
        }
        if let Some(address) = &self.proxy.address {
            http.proxy = Some(Proxy::new(address.expose())?);
        }
        // As with the official SDKs, credentials count only when there are both.
        if let (Some(proxy), Some(user), Some(password)) =
            (&mut http.proxy, self.proxy.user, self.proxy.password)
        {
            *proxy = proxy.clone().credentials(user, password);
        }
        Ok(Checked {
            endpoint: Endpoint::new(&self.endpoint)?,
            key: ApiKey::new(self.key_id, self.secret)?,
            metadata: Metadata::new(&self.integrator, self.cart.as_ref(), self.headers)?,
            http,
            total_timeout: self.total_timeout,
            retry: self.retry,
            habits: self.habits,
        })
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("endpoint", &self.endpoint)
            .field("key_id", &self.key_id)
            .field("secret", &self.secret)
            .field("integrator", &self.integrator)
            .field("http", &self.http)
            .field("total_timeout", &self.total_timeout)
            .field("retry", &self.retry)
            .field("habits", &self.habits)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
