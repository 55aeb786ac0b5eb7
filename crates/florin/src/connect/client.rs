//! The client: where every call starts.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::config::{Config, ConfigError};
use super::error::{Error, LocalError};
use super::pipeline::Pipeline;
use super::v1::{Api, Merchant};
use crate::logging::{CommunicatorLogger, Obfuscator};
use crate::transport::{HttpTransport, Transport};

/// A client of the Connect Server API.
///
/// Make one and keep it: it holds the connections. Clones are cheap and share them, and so do the merchants, groups
/// and calls that come from it; all of them can be used from many tasks at once.
#[derive(Clone)]
pub struct Client {
    pipeline: Arc<Pipeline>,
    client_meta_info: Option<Arc<str>>,
}

impl Client {
    /// A client with the default transport. No connection is made before the first call.
    ///
    /// # Errors
    /// [`Error::Local`] when the configuration lacks something; its source is a [`ConfigError`].
    pub fn new(config: Config) -> Result<Self, Error> {
        let checked = config.check()?;
        let transport = HttpTransport::new(&checked.http).map_err(ConfigError::from)?;
        Ok(Self::from_pipeline(Pipeline::new(checked, Arc::new(transport))))
    }

    /// A client that sends with a transport of your own, which may be shared. The settings that concern connections
    /// (timeouts of connecting and reading, pool, proxy, certificates) have no effect then.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn with_transport(config: Config, transport: Arc<dyn Transport>) -> Result<Self, Error> {
        Ok(Self::from_pipeline(Pipeline::new(config.check()?, transport)))
    }

    pub(super) fn from_pipeline(pipeline: Pipeline) -> Self {
        Self { pipeline: Arc::new(pipeline), client_meta_info: None }
    }

    /// The calls of one merchant account, in the current version of the API.
    pub fn merchant(&self, merchant_id: impl AsRef<str>) -> Merchant {
        self.v1().merchant(merchant_id)
    }

    /// The calls of version 1 of the API.
    pub fn v1(&self) -> Api {
        Api::new(self.clone())
    }

    /// A client on the same connections whose calls say what the consumer's device is, as a JSON object. It serves
    /// fraud screening; use it for the calls of that consumer alone.
    ///
    /// # Errors
    /// [`Error::Local`] when the text is not a JSON object.
    pub fn with_client_meta_info(&self, json: impl AsRef<str>) -> Result<Self, Error> {
        Ok(Self {
            pipeline: Arc::clone(&self.pipeline),
            client_meta_info: Some(encoded_meta_info(json.as_ref())?),
        })
    }

    /// A client on the same connections without what [`with_client_meta_info`](Self::with_client_meta_info) set.
    pub fn without_client_meta_info(&self) -> Self {
        Self { pipeline: Arc::clone(&self.pipeline), client_meta_info: None }
    }

    /// Logs requests, answers and errors from now on, of this client and everything that shares its connections. A
    /// logger that was set before is replaced. See [`logging`](crate::logging).
    pub fn enable_logging(&self, logger: impl CommunicatorLogger) {
        self.pipeline.logging().enable(Arc::new(logger));
    }

    /// Logs nothing from now on, as is the case in the beginning.
    pub fn disable_logging(&self) {
        self.pipeline.logging().disable();
    }

    /// Says which values are masked in the log, of this client and everything that shares its connections. It may be
    /// said before logging is enabled.
    pub fn set_obfuscator(&self, obfuscator: Obfuscator) {
        self.pipeline.logging().set_obfuscator(obfuscator);
    }

    /// Closes connections that have been idle for at least that long.
    pub fn close_idle(&self, idle_for: Duration) {
        self.pipeline.transport().close_idle(idle_for);
    }

    /// Closes the client and everything that came from it: calls that are on their way end as they would, later
    /// ones and retries fail with [`Error::Closed`]. Closing twice does nothing more.
    pub fn close(&self) {
        self.pipeline.close();
    }

    pub(super) fn pipeline(&self) -> &Arc<Pipeline> {
        &self.pipeline
    }

    pub(super) fn client_meta_info(&self) -> Option<&Arc<str>> {
        self.client_meta_info.as_ref()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("endpoint", &self.pipeline.endpoint())
            .finish_non_exhaustive()
    }
}

/// The text of a JSON object as it travels in a header. The text is not written anew.
pub(super) fn encoded_meta_info(json: &str) -> Result<Arc<str>, LocalError> {
    serde_json::from_str::<Map<String, Value>>(json)
        .map_err(|_| LocalError::new("the client meta info is not a JSON object"))?;
    Ok(STANDARD.encode(json).into())
}
