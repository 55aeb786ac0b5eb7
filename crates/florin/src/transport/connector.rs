//! Makes connections: directly or through a proxy, with or without TLS.

use http_body_util::Full;
use hyper::Uri;
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::http::uri::Scheme;
use hyper::rt::{Read, Write};
use hyper_util::client::legacy::connect::HttpConnector;
use tower_service::Service;

use super::settings::{HttpSettings, Proxy};
use super::tls::{Direct, Tls, Tunnelled};

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The end of a connection that takes requests.
pub(super) type Sender = SendRequest<Full<Bytes>>;

trait Io: Read + Write + Send + Unpin {}

impl<T: Read + Write + Send + Unpin> Io for T {}

pub(super) struct Connector {
    direct: Direct,
    through: Option<(Proxy, Tunnelled)>,
}

impl Connector {
    pub(super) fn new(settings: &HttpSettings) -> Result<Self, BoxError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(settings.connect_timeout);
        let tls = Tls::new(settings)?;
        let direct = tls.direct(tcp);
        let through =
            settings.proxy.as_ref().map(|proxy| (proxy.clone(), tls.tunnelled(proxy, &direct)));
        Ok(Self { direct, through })
    }

    /// The proxy that gets requests for a target to forward. One that only tunnels them is none.
    pub(super) fn forwarding_proxy(&self, target: &Uri) -> Option<&Proxy> {
        let (proxy, _) = self.through.as_ref()?;
        (target.scheme() == Some(&Scheme::HTTP)).then_some(proxy)
    }

    /// Connects to where requests for a target go. The connection runs in a task of its own.
    pub(super) async fn connect(&self, target: &Uri) -> Result<Sender, BoxError> {
        let io: Box<dyn Io> = match (&self.through, self.forwarding_proxy(target)) {
            (_, Some(proxy)) => Box::new(call(&self.direct, proxy.uri()).await?),
            (Some((_, tunnelled)), None) => Box::new(call(tunnelled, target).await?),
            (None, None) => Box::new(call(&self.direct, target).await?),
        };
        let (sender, connection) = http1::handshake(io).await?;
        // Its errors reach the request that is on it; without one there is nobody to tell.
        tokio::spawn(async move {
            let _ = connection.await;
        });
        Ok(sender)
    }
}

async fn call<C>(connector: &C, target: &Uri) -> Result<C::Response, BoxError>
where
    C: Service<Uri> + Clone,
    C::Error: Into<BoxError>,
{
    let mut connector = connector.clone();
    std::future::poll_fn(|context| connector.poll_ready(context)).await.map_err(Into::into)?;
    connector.call(target.clone()).await.map_err(Into::into)
}
