//! Drives connections: bounded in number and in patience, and drained at the end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::Platform;
use crate::http_face::Faces;

/// How long a client may take to send the head of a request.
const HEADER_PATIENCE: Duration = Duration::from_secs(30);

/// Connections at a time; more wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 10_000;

/// How long requests get to finish when the server stops.
const DRAIN_PATIENCE: Duration = Duration::from_secs(30);

/// Accepts connections until `stop` is ready, then finishes what is being answered.
pub async fn serve(
    platform: Arc<Platform>,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let faces = Faces::new(Arc::clone(&platform)).map_err(io::Error::other)?;
    let faces = Arc::new(faces);
    let timers = tokio::spawn(platform.run_timers());
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    tokio::pin!(stop);
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, most likely: let some connections end first.
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        // An answer is one small write; waiting to fill a packet only adds latency.
        let _ = stream.set_nodelay(true);
        let faces = Arc::clone(&faces);
        let service = service_fn(move |request| {
            let faces = Arc::clone(&faces);
            async move { faces.answer(request).await }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_PATIENCE)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_PATIENCE, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were cut off at shutdown");
    }
    timers.abort();
    Ok(())
}
