//! A platform that is played, to test your own code with.
//!
//! [`FakeTransport`] stands where the network would be. Everything else is real: requests are written and signed, kept
//! for you to look at, and answers are read, retried and mapped to errors as always. Every answer that there is can be
//! built, since all types have `Default` and setters.
//!
//! ```
//! use florin::connect::types::*;
//! use florin::connect::{Client, Error};
//! use florin::testing::{Answer, FakeTransport};
//!
//! // Your code.
//! async fn pay(client: &Client, order: &str, amount: i64) -> Result<String, Error> {
//!     let money = AmountOfMoney::default().amount(amount).currency_code("EUR");
//!     let request =
//!         CreatePaymentRequest::default().order(Order::default().amount_of_money(money));
//!     let payments = client.merchant("1226").payments();
//!     let created = payments.create(&request).idempotence_key(order).await?;
//!     Ok(created.payment_id()?.to_owned())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Its test.
//! let platform = FakeTransport::new();
//! let client = platform.client()?;
//!
//! let payment = Payment::default().id("p-1").status("PENDING_APPROVAL");
//! platform.answer(Answer::lost());
//! platform.answer_to(
//!     "payments.create",
//!     Answer::created(&CreatePaymentResponse::default().payment(payment)),
//! );
//! assert_eq!(pay(&client, "order 5391", 2345).await?, "p-1");
//!
//! // The first answer was lost, so that it was asked for twice, with the same key.
//! let requests = platform.requests();
//! assert_eq!(requests.len(), 2);
//! assert_eq!(requests[1].idempotence_key(), Some("order 5391"));
//! assert_eq!(requests[1].json()["order"]["amountOfMoney"]["amount"], 2345);
//!
//! // And when the bank says no?
//! let payment = Payment::default().id("p-2").status("REJECTED");
//! platform.answer(Answer::declined_payment(CreatePaymentResult::default().payment(payment)));
//! let error = pay(&client, "order 5392", 2345).await.unwrap_err();
//! assert!(matches!(error, Error::Declined(declined) if declined.id() == Some("p-2")));
//! # Ok(())
//! # }
//! ```

mod answer;
mod pattern;
mod request;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use self::answer::Answer;
pub use self::pattern::Pattern;
pub use self::request::RecordedRequest;
use crate::connect::{Client, Config, Error};
use crate::retry::RetryPolicy;
use crate::transport::{Request, Sending, Transport, TransportError};

/// A [`Transport`] that answers as it was told and keeps the requests. Clones are the same one.
///
/// A request takes the first answer that was given for it and is not used up. When there is none, the latest that
/// stands for [always](Self::always) is taken. When there is none of these either, the call fails and says so.
#[derive(Clone, Default)]
pub struct FakeTransport {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    once: Vec<(Pattern, Answer)>,
    always: Vec<(Pattern, Play)>,
    requests: Vec<RecordedRequest>,
    is_closed: bool,
}

type Play = Arc<dyn Fn(&RecordedRequest) -> Answer + Send + Sync>;

impl FakeTransport {
    /// One that knows no answer.
    pub fn new() -> Self {
        Self::default()
    }

    /// A client that sends with this, of [that configuration](Self::config).
    ///
    /// # Errors
    /// As with every client; there is nothing wrong with this configuration.
    pub fn client(&self) -> Result<Client, Error> {
        self.client_of(Self::config())
    }

    /// A client of that configuration that sends with this.
    ///
    /// # Errors
    /// Those of [`Client::new`].
    pub fn client_of(&self, config: Config) -> Result<Client, Error> {
        Client::with_transport(config, Arc::new(self.clone()))
    }

    /// A configuration that is whole and leads nowhere. Calls are retried as by default, without pauses.
    pub fn config() -> Config {
        Config::new("fakeKeyId", "fakeSecret", "Tests")
            .host("connect.fake.example")
            .retry(RetryPolicy::default().first_pause(Duration::ZERO))
    }

    /// Answers the next request that no other answer was given for.
    pub fn answer(&self, answer: impl Into<Answer>) -> &Self {
        self.answer_to(Pattern::any(), answer)
    }

    /// Answers the next request that fits a pattern; see [`Pattern`].
    pub fn answer_to(&self, pattern: impl Into<Pattern>, answer: impl Into<Answer>) -> &Self {
        self.state().once.push((pattern.into(), answer.into()));
        self
    }

    /// Answers each request that fits a pattern, after those that were given for one request.
    pub fn always(&self, pattern: impl Into<Pattern>, answer: impl Into<Answer>) -> &Self {
        let answer = answer.into();
        self.play(pattern, move |_| answer.clone())
    }

    /// Answers each request that fits a pattern with what a function makes of it.
    pub fn play(
        &self,
        pattern: impl Into<Pattern>,
        play: impl Fn(&RecordedRequest) -> Answer + Send + Sync + 'static,
    ) -> &Self {
        self.state().always.push((pattern.into(), Arc::new(play)));
        self
    }

    /// Every request so far, retries too.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state().requests.clone()
    }

    /// The requests so far that fit a pattern.
    pub fn requests_to(&self, pattern: impl Into<Pattern>) -> Vec<RecordedRequest> {
        let pattern = pattern.into();
        self.state().requests.iter().filter(|request| pattern.fits(request)).cloned().collect()
    }

    /// How many answers that were given for one request are not used up.
    pub fn unused(&self) -> usize {
        self.state().once.len()
    }

    /// Whether the client was closed.
    pub fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    /// Keeps the request and takes its answer.
    fn take(&self, request: Request) -> Answer {
        let request = RecordedRequest::new(request);
        let mut state = self.state();
        state.requests.push(request.clone());
        if let Some(at) = state.once.iter().position(|(pattern, _)| pattern.fits(&request)) {
            return state.once.remove(at).1;
        }
        let standing = state.always.iter().rev().find(|(pattern, _)| pattern.fits(&request));
        if let Some(play) = standing.map(|(_, play)| Arc::clone(play)) {
            // It may look at what was sent, or give further answers.
            drop(state);
            return play(&request);
        }
        let left: Vec<_> = state.once.iter().map(|(pattern, _)| pattern.to_string()).collect();
        Answer::none(format!("{request}; answers are left for: [{}]", left.join(", ")))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for FakeTransport {
    fn send(&self, request: Request) -> Sending<'_> {
        let answer = self.take(request);
        Box::pin(answer.give())
    }

    fn close(&self) {
        self.state().is_closed = true;
    }
}

impl fmt::Debug for FakeTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("FakeTransport")
            .field("requests", &state.requests)
            .field("unused", &state.once.len())
            .finish_non_exhaustive()
    }
}

/// What is told when there is no answer.
fn no_answer(to: String) -> TransportError {
    TransportError::unknown("FakeTransport was given no answer for the request", to)
}
