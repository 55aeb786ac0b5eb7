//! Calls from end to end over a transport that is played.

mod calls;
mod habits;
mod logging;
#[cfg(feature = "tracing")]
mod markers;
mod pages;
mod polling;
mod raw;
mod retries;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use super::client::Client;
use super::config::Config;
use super::pipeline::Pipeline;
use crate::retry::RetryPolicy;
use crate::transport::{Delivery, Request, Response, Sending, Transport, TransportError};

/// Plays answers in their order and keeps the requests.
#[derive(Default)]
struct Player {
    answers: Mutex<VecDeque<Result<Response, TransportError>>>,
    requests: Mutex<Vec<Request>>,
    closed: Mutex<u32>,
}

impl Player {
    fn playing(answers: impl IntoIterator<Item = Result<Response, TransportError>>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.into_iter().collect()), ..Self::default() })
    }

    fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

impl Transport for Player {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(async {
            self.requests.lock().unwrap().push(request);
            let answer = self.answers.lock().unwrap().pop_front();
            answer.expect("no answer is left to play")
        })
    }

    fn close(&self) {
        *self.closed.lock().unwrap() += 1;
    }
}

/// Never answers.
struct Silence;

impl Transport for Silence {
    fn send(&self, _request: Request) -> Sending<'_> {
        Box::pin(std::future::pending())
    }
}

fn config() -> Config {
    Config::new("a1b2c3d4e5f60718", "0t9Zk3rQ7wXvB1mNcL5pJ2hG8fD4sA6yU+eWiOqTzRk=", "Acme")
        .host("api.domain.com")
}

/// A client whose clock stands at `Tue, 14 Mar 2023 09:26:53 GMT`.
fn client(config: Config, player: &Arc<Player>) -> Client {
    let transport: Arc<dyn Transport> = Arc::<Player>::clone(player);
    Client::from_pipeline(Pipeline::new(config.check().unwrap(), transport).at(noon))
}

fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_678_786_013)
}

#[allow(clippy::unnecessary_wraps, reason = "what a transport returns")]
fn json(status: u16, body: &str) -> Result<Response, TransportError> {
    Ok(Response::new(status).header("content-type", "application/json").body(body))
}
