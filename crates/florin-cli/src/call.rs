//! One HTTP call to a platform on this machine or near it: what the commands need beside the SDK.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use florin_wire::Sensitive;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// The longest answer that is read.
const MAX_ANSWER_BYTES: usize = 16 << 20;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a platform answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

/// Makes one call on a connection of its own.
pub(crate) async fn call(
    method: Method,
    url: &str,
    token: Option<&Sensitive<String>>,
    body: Option<&Value>,
) -> Result<Answer> {
    let call = exchange(method, url, token, body);
    let answer = tokio::time::timeout(PATIENCE, call).await;
    answer.context("no answer in time").flatten().with_context(|| url.to_owned())
}

async fn exchange(
    method: Method,
    url: &str,
    token: Option<&Sensitive<String>>,
    body: Option<&Value>,
) -> Result<Answer> {
    let uri: Uri = url.parse()?;
    if uri.scheme_str() != Some("http") {
        bail!("only http:// addresses are called; use one on this machine");
    }
    let authority = uri.authority().context("the address has no host")?;
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((host, authority.port_u16().unwrap_or(80))).await?;
    let io = TokioIo::new(stream);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
    let connection = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::builder().method(method).uri(path).header(HOST, authority.as_str());
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {}", token.expose()));
    }
    let mut bytes = Bytes::new();
    if let Some(body) = body {
        request = request.header(CONTENT_TYPE, "application/json");
        bytes = body.to_string().into();
    }
    let response = sender.send_request(request.body(Full::new(bytes))?).await?;
    let status = response.status();
    let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await;
    let body = body.map_err(|error| anyhow::anyhow!(error))?.to_bytes();
    connection.abort();
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body)? };
    Ok(Answer { status, body })
}
