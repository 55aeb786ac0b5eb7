//! A `florin serve` of a test's own, and signed calls to it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use florin_auth::v1hmac::{ApiKey, Request as Signed};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::SystemTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PROVISION: &str = r#"
[[account]]
name = "demo"
[[account.merchant]]
id = "1226"
platform = "global_collect"
[[account.api_key]]
id = "demo-key"
secret = "demo-secret"
"#;

/// A data folder on the file system that the tests are built on: a memory file system would prove nothing.
pub(crate) fn data_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    std::fs::write(folder.path().join("provision.toml"), PROVISION).unwrap();
    folder
}

pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start(folder: &Path, environment: &[(&str, PathBuf)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_florin"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.join("data"))
            .arg("--provision")
            .arg(folder.join("provision.toml"))
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        for (name, value) in environment {
            command.env(name, value);
        }
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let address = stdout
            .lines()
            .map_while(Result::ok)
            .find_map(|line| Some(line.strip_prefix("listening on http://")?.to_owned()))
            .expect("the server says where it listens");
        Self { child, address }
    }

    /// SIGKILL: nothing is flushed, nothing is said.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A card payment of that reference.
pub(crate) fn payment(reference: &str) -> Value {
    json!({
        "order": {
            "amountOfMoney": {"amount": 2345, "currencyCode": "EUR"},
            "references": {"merchantReference": reference}
        },
        "cardPaymentMethodSpecificInput": {
            "paymentProductId": 1,
            "card": {"cardNumber": "4012000033330026", "cvv": "123", "expiryDate": "1230"}
        }
    })
}

/// The bytes of a signed request.
pub(crate) fn request(
    method: &str,
    path: &str,
    key: Option<&str>,
    body: Option<&Value>,
) -> Vec<u8> {
    let date = httpdate::fmt_http_date(SystemTime::now());
    let headers: Vec<(&str, &str)> =
        key.map(|key| ("X-GCS-Idempotence-Key", key)).into_iter().collect();
    let content_type = if body.is_some() { "application/json" } else { "" };
    let (bare, query) = match path.split_once('?') {
        Some((bare, query)) => (bare, Some(query)),
        None => (path, None),
    };
    let key = ApiKey::new("demo-key", "demo-secret").unwrap();
    let signature = key.sign(Signed {
        method,
        content_type,
        date: &date,
        headers: headers.iter().copied(),
        path: bare,
        query,
    });
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: florin\r\nConnection: close\r\n");
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    if !content_type.is_empty() {
        let _ = write!(head, "Content-Type: {content_type}\r\n");
    }
    let _ = write!(
        head,
        "Date: {date}\r\nAuthorization: {signature}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    head.into_bytes()
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) repeated: bool,
    pub(crate) body: Value,
}

/// Sends a request on a connection of its own. Nothing when the server went away before it had answered in full.
pub(crate) async fn send(address: &str, request: &[u8]) -> Option<Reply> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    stream.write_all(request).await.ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    parse(&answer)
}

/// Reads a whole answer.
pub(crate) fn parse(answer: &[u8]) -> Option<Reply> {
    let text = std::str::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let head = head.to_lowercase();
    let length: usize = head.split("content-length: ").nth(1)?.lines().next()?.parse().ok()?;
    if body.len() < length {
        return None;
    }
    Some(Reply {
        status: head.split(' ').nth(1)?.parse().ok()?,
        repeated: head.contains("x-gcs-idempotence-request-timestamp"),
        body: serde_json::from_str(body).ok()?,
    })
}
