//! The other end of a connection, played by hand: what is asserted on is bytes.

// Each test file uses some of it.
#![allow(dead_code, reason = "shared by several test binaries")]
#![allow(clippy::unwrap_used, reason = "only tests call this")]

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use florin::connect::{Client, Config};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A server that hands each connection, with its number from 0, to a function.
pub(crate) struct Server {
    pub(crate) port: u16,
    connections: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) async fn start<F, R>(play: F) -> Self
    where
        F: Fn(usize, TcpStream) -> R + Send + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(play(counter.fetch_add(1, Ordering::SeqCst), stream));
            }
        });
        Self { port, connections }
    }

    /// Answers every request with the same text.
    pub(crate) async fn answering(answer: &'static str) -> Self {
        Self::start(move |_, mut stream| async move {
            while read_request(&mut stream).await.is_some() {
                write(&mut stream, answer).await;
            }
        })
        .await
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn config(&self) -> Config {
        config().endpoint(format!("http://127.0.0.1:{}", self.port))
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.config()).unwrap()
    }
}

pub(crate) fn config() -> Config {
    Config::new("a1b2c3d4e5f60718", "0t9Zk3rQ7wXvB1mNcL5pJ2hG8fD4sA6yU+eWiOqTzRk=", "Acme")
}

pub(crate) const OK: &str =
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}";

/// The head and body of a request, or nothing when the other end has hung up.
pub(crate) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).await.ok()? == 0 {
            return None;
        }
        request.push(byte[0]);
    }
    let head = String::from_utf8(request.clone()).unwrap();
    let length = header(&head, "content-length").map_or(0, |value| value.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    request.extend(body);
    Some(String::from_utf8(request).unwrap())
}

pub(crate) async fn write(stream: &mut (impl AsyncWrite + Unpin), text: &str) {
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.flush().await;
}

pub(crate) fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let head = request.split("\r\n\r\n").next()?;
    head.lines().skip(1).find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

pub(crate) fn header_names(request: &str) -> Vec<String> {
    let head = request.split("\r\n\r\n").next().unwrap();
    head.lines().skip(1).map(|line| line.split_once(':').unwrap().0.to_ascii_lowercase()).collect()
}
