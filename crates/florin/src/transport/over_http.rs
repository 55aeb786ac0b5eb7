//! The default transport: HTTP/1.1 on hyper, TLS on rustls.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{
    CONTENT_LENGTH, HOST, HeaderName, HeaderValue, PROXY_AUTHORIZATION, USER_AGENT,
};
use hyper::{Method, Uri};
use tokio::time::{Instant, timeout_at};

use super::connector::{BoxError, Connector, Sender};
use super::error::{Delivery, TransportError};
use super::message::{Request, Response};
use super::pool::Pool;
use super::settings::HttpSettings;
use super::{Sending, Transport};

/// How long a connection gets to become ready for reuse once an answer was read. It normally is by then.
const SETTLING: Duration = Duration::from_millis(20);

/// Sends requests over HTTP/1.1 with a pool of connections.
///
/// Redirects are not followed, nothing is sent twice, and no environment variable or file is consulted.
pub struct HttpTransport {
    connector: Connector,
    pool: Arc<Pool>,
    connect_timeout: Option<Duration>,
    read_timeout: Option<Duration>,
    max_response_bytes: usize,
}

impl HttpTransport {
    /// A transport with settings of its own. Connections are made when they are needed, in the tokio runtime in
    /// which the call is awaited.
    ///
    /// # Errors
    /// When TLS cannot be set up, such as for a trusted certificate that is not one.
    pub fn new(settings: &HttpSettings) -> Result<Self, TransportError> {
        let connector = Connector::new(settings)
            .map_err(|error| TransportError::never_sent("TLS could not be set up", error))?;
        Ok(Self {
            connector,
            pool: Pool::new(settings.max_connections, settings.idle_timeout),
            connect_timeout: settings.connect_timeout,
            read_timeout: settings.read_timeout,
            max_response_bytes: settings.max_response_bytes,
        })
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let deadline = request.deadline();
        let target: Uri = request.url().parse().map_err(unusable)?;
        let origin = origin_of(&target)?;
        let mut message = self.message(&request, &target)?;

        let never = |what| TransportError::timeout(what, Delivery::NeverSent);
        let _permit = within(None, deadline, self.pool.permit())
            .await
            .map_err(|Elapsed| never("no connection became free in time"))?
            .map_err(|closed| TransportError::never_sent("the transport is closed", closed))?;
        loop {
            let kept = self.pool.take(&origin);
            let is_fresh = kept.is_none();
            let mut sender = match kept {
                Some(sender) => sender,
                None => within(self.connect_timeout, deadline, self.connector.connect(&target))
                    .await
                    .map_err(|Elapsed| never("the connection was not made in time"))?
                    .map_err(|error| TransportError::never_sent("no connection", error))?,
            };
            let sent = sender.try_send_request(message);
            match within(self.read_timeout, deadline, sent).await {
                Err(Elapsed) => {
                    return Err(TransportError::timeout(
                        "the answer did not come in time",
                        Delivery::Unknown,
                    ));
                }
                Ok(Ok(response)) => {
                    let response = self.read(response, deadline).await?;
                    self.keep(origin, sender, deadline).await;
                    return Ok(response);
                }
                // hyper hands a message back when it did not begin to write it. On a kept connection that means
                // that the other end closed it meanwhile.
                Ok(Err(mut refused)) => match (refused.take_message(), is_fresh) {
                    (Some(unsent), false) => message = unsent,
                    (Some(_), true) => {
                        return Err(TransportError::never_sent(
                            "the connection was closed before the request was sent",
                            refused.into_error(),
                        ));
                    }
                    (None, _) => {
                        return Err(TransportError::unknown(
                            "the connection failed before the answer came",
                            refused.into_error(),
                        ));
                    }
                },
            }
        }
    }

    fn message(
        &self,
        request: &Request,
        target: &Uri,
    ) -> Result<hyper::Request<Full<Bytes>>, TransportError> {
        let proxy = self.connector.forwarding_proxy(target);
        let line = match (proxy, target.path_and_query()) {
            (None, Some(path)) => Uri::from(path.clone()),
            _ => target.clone(),
        };
        let body = request.shared_body();
        let takes_body = matches!(request.method(), "POST" | "PUT" | "PATCH");
        let length = (takes_body || !body.is_empty()).then(|| HeaderValue::from(body.len()));

        let mut message = hyper::Request::new(Full::new(body));
        *message.method_mut() =
            Method::from_bytes(request.method().as_bytes()).map_err(unusable)?;
        *message.uri_mut() = line;
        let headers = message.headers_mut();
        let host = target.authority().map(hyper::http::uri::Authority::as_str).unwrap_or_default();
        headers.insert(HOST, HeaderValue::from_str(host).map_err(unusable)?);
        for (name, value) in request.headers().iter() {
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).map_err(unusable)?,
                HeaderValue::from_bytes(value.as_bytes()).map_err(unusable)?,
            );
        }
        if let Some(length) = length {
            headers.insert(CONTENT_LENGTH, length);
        }
        headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(concat!(
            env!("CARGO_PKG_NAME"),
            "/",
            env!("CARGO_PKG_VERSION")
        )));
        if let Some(authorization) = proxy.and_then(super::Proxy::authorization) {
            headers.insert(PROXY_AUTHORIZATION, authorization);
        }
        Ok(message)
    }

    async fn read(
        &self,
        response: hyper::Response<Incoming>,
        deadline: Option<Instant>,
    ) -> Result<Response, TransportError> {
        let (head, mut body) = response.into_parts();
        let mut bytes = Vec::new();
        loop {
            let frame = poll_fn(|context| Pin::new(&mut body).poll_frame(context));
            let frame = within(self.read_timeout, deadline, frame).await.map_err(|Elapsed| {
                TransportError::timeout("the answer stopped coming", Delivery::Unknown)
            })?;
            let Some(frame) = frame else { break };
            let frame =
                frame.map_err(|error| TransportError::unknown("the answer broke off", error))?;
            let Ok(data) = frame.into_data() else { continue };
            if bytes.len() + data.len() > self.max_response_bytes {
                return Err(TransportError::unknown(
                    "the answer is too long",
                    format!("more than {} bytes", self.max_response_bytes),
                ));
            }
            bytes.extend_from_slice(&data);
        }
        let mut answer = Response::new(head.status.as_u16()).body(bytes);
        for (name, value) in &head.headers {
            answer = answer.header(name.as_str(), String::from_utf8_lossy(value.as_bytes()));
        }
        Ok(answer)
    }

    /// Puts a connection back if its other end lets it live.
    async fn keep(&self, origin: String, mut sender: Sender, deadline: Option<Instant>) {
        // The answer is there, so running out of time here must not lose it.
        if let Ok(Ok(())) = within(Some(SETTLING), deadline, sender.ready()).await {
            self.pool.put(origin, sender);
        }
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(self.exchange(request))
    }

    fn close_idle(&self, idle_for: Duration) {
        self.pool.close_idle(idle_for);
    }

    fn close(&self) {
        self.pool.close();
    }
}

fn origin_of(target: &Uri) -> Result<String, TransportError> {
    match (target.scheme_str(), target.authority()) {
        (Some(scheme), Some(authority)) => Ok(format!("{scheme}://{authority}")),
        _ => Err(unusable("the URL has no scheme or no host")),
    }
}

fn unusable(error: impl Into<BoxError>) -> TransportError {
    TransportError::never_sent("the request cannot be written", error)
}

/// A limit in time ran out.
struct Elapsed;

/// Waits no longer than the limit, and not past the deadline.
async fn within<F: Future>(
    limit: Option<Duration>,
    deadline: Option<Instant>,
    future: F,
) -> Result<F::Output, Elapsed> {
    let limit = limit.and_then(|limit| Instant::now().checked_add(limit));
    match limit.into_iter().chain(deadline).min() {
        None => Ok(future.await),
        Some(end) => timeout_at(end, future).await.map_err(|_| Elapsed),
    }
}
