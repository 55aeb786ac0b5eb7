//! The thread in which calls are made that somebody waits for in place.
//!
//! **Invariant:** nothing of tokio is waited for or dropped in the thread of the caller, which may be one of a runtime.

use std::future::Future;
use std::io;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// A thread that is started when it is first needed and ends when this is dropped.
#[derive(Default)]
pub(crate) struct Worker(Mutex<Option<Arc<Running>>>);

struct Running {
    runtime: Handle,
    thread: ThreadId,
    /// Dropped, it ends the thread.
    _lease: oneshot::Sender<()>,
}

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkerError {
    #[error("the thread that makes the calls cannot be started")]
    Start(#[source] io::Error),
    #[error("the thread that makes the calls cannot wait for one itself")]
    Inside,
    #[error("the call was given up, since something in it panicked")]
    Gone,
}

impl Worker {
    /// Has the thread run a future, and waits for it.
    pub(crate) fn run<F>(&self, future: F) -> Result<F::Output, WorkerError>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let running = self.running()?;
        if running.thread == thread::current().id() {
            return Err(WorkerError::Inside);
        }
        let (tell, told) = sync_channel(1);
        #[cfg(feature = "tracing")]
        let future = tracing::Instrument::in_current_span(future);
        running.runtime.spawn(async move {
            let _ = tell.send(future.await);
        });
        told.recv().map_err(|_| WorkerError::Gone)
    }

    fn running(&self) -> Result<Arc<Running>, WorkerError> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = &*slot {
            return Ok(Arc::clone(running));
        }
        let running = Arc::new(start().map_err(WorkerError::Start)?);
        *slot = Some(Arc::clone(&running));
        Ok(running)
    }
}

fn start() -> io::Result<Running> {
    let (lease, ended) = oneshot::channel();
    let (tell, told) = sync_channel(1);
    let thread = thread::Builder::new().name("florin".to_owned()).spawn(move || {
        match Builder::new_current_thread().enable_io().enable_time().build() {
            Ok(runtime) => {
                let _ = tell.send(Ok(runtime.handle().clone()));
                // It is told nothing: the other end is dropped.
                let _ = runtime.block_on(ended);
            }
            Err(error) => {
                let _ = tell.send(Err(error));
            }
        }
    })?;
    let runtime = told.recv().map_err(io::Error::other)??;
    Ok(Running { runtime, thread: thread.thread().id(), _lease: lease })
}
