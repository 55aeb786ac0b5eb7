//! A call: a value that is refined and then awaited.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use florin_auth::v1hmac::normalize_header_value;
use florin_wire::{Operation, Platform};

use super::answer::Answer;
use super::client::{Client, encoded_meta_info};
use super::error::{Attempt, Error, LocalError};
use super::headers;
use super::key;
use super::pipeline::{Options, Pipeline};
use super::prepare::Prepared;
use super::reply::Reply;
use crate::transport::Headers;

/// A call that is not made yet. It borrows nothing: the request is written when the call is built.
///
/// Awaiting it makes the call and gives the answer; [`response`](Self::response) gives status and headers as well.
/// Dropping the future gives the call up, which leaves it open whether the platform processes it.
///
/// ```no_run
/// # use florin::connect::{Client, Error, types::*};
/// # async fn example(client: Client) -> Result<(), Error> {
/// let call = client
///     .merchant("1226")
///     .payments()
///     .create(&CreatePaymentRequest::default())
///     .idempotence_key("order 5391");
/// let created = call.await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a call does nothing unless it is awaited"]
pub struct Call<T> {
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) operation: &'static Operation,
    pub(super) prepared: Result<Prepared, LocalError>,
    options: Options,
    reply: PhantomData<fn() -> T>,
}

impl<T: Reply> Call<T> {
    pub(super) fn new(
        client: &Client,
        operation: &'static Operation,
        prepared: Result<Prepared, LocalError>,
    ) -> Self {
        let call = Self {
            pipeline: Arc::clone(client.pipeline()),
            operation,
            prepared,
            options: Options {
                client_meta_info: client.client_meta_info().cloned(),
                ..Options::default()
            },
            reply: PhantomData,
        };
        if call.pipeline.habits().validates { call.validate() } else { call }
    }

    /// Makes the call safe to repeat: the platform processes requests with the same key once and answers later ones
    /// with the first answer. The key is yours to choose, such as the id of the order, and must not be blank.
    ///
    /// The key is sent with any call; operations whose documentation does not say that they honour it ignore it.
    pub fn idempotence_key(mut self, key: impl AsRef<str>) -> Self {
        let key = normalize_header_value(key.as_ref());
        if key.is_empty() || !headers::is_sendable(&key) {
            return self.refused(LocalError::new("the idempotence key is blank or not a text"));
        }
        self.options.idempotence_key = Some(key.into_owned());
        self
    }

    /// Says what the consumer's device is, as a JSON object. It replaces what the client was told.
    pub fn client_meta_info(mut self, json: impl AsRef<str>) -> Self {
        match encoded_meta_info(json.as_ref()) {
            Ok(encoded) => {
                self.options.client_meta_info = Some(encoded);
                self
            }
            Err(error) => self.refused(error),
        }
    }

    /// Limits how long the call may take in all, with its retries and the pauses between them.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.options.timeout = Some(limit);
        self
    }

    /// Checks the request against the specification. When something is wrong, nothing is sent: the call fails with
    /// [`Error::Local`], whose [`faults`](Error::faults) name every member at fault by its path.
    ///
    /// What holds on one processing platform only is left out; see [`validate_for`](Self::validate_for).
    ///
    /// ```no_run
    /// # use florin::connect::{Client, types::*};
    /// # async fn example(client: Client) {
    /// let payments = client.merchant("1226").payments();
    /// let error = payments.create(&CreatePaymentRequest::default()).validate().await.unwrap_err();
    /// assert!(error.faults().iter().any(|fault| fault.path == "order.amountOfMoney.amount"));
    /// # }
    /// ```
    pub fn validate(self) -> Self {
        self.validated(None)
    }

    /// Checks the request as [`validate`](Self::validate) does, and for what one processing platform asks as well.
    pub fn validate_for(self, platform: Platform) -> Self {
        self.validated(Some(platform))
    }

    /// Makes the call and gives the answer with its status, its headers and its body as it came.
    ///
    /// # Errors
    /// Those of awaiting the call.
    pub async fn response(self) -> Result<Response<T>, Error> {
        let prepared = self.prepared?;
        let mut options = self.options;
        if options.idempotence_key.is_none()
            && self.operation.idempotent
            && self.pipeline.habits().makes_keys
        {
            options.idempotence_key = Some(key::fresh());
        }
        let exchange = self.pipeline.run(self.operation, &prepared, &options).await?;
        match T::decode(&exchange.answer) {
            Ok(value) => Ok(Response {
                value,
                answer: exchange.answer,
                attempts: exchange.attempts,
                idempotence_key: options.idempotence_key,
            }),
            Err(error) => Err(exchange.malformed(self.operation, &prepared, &options, error)),
        }
    }

    /// Limits how long the call may take by what is left of something longer.
    pub(super) fn within(mut self, left: Duration) -> Self {
        let limit = self.options.timeout.or(self.pipeline.total_timeout());
        self.options.timeout = Some(limit.map_or(left, |limit| limit.min(left)));
        self
    }

    fn validated(self, platform: Option<Platform>) -> Self {
        let outcome = self.prepared.as_ref().map_or(Ok(()), |it| it.validate(platform));
        match outcome {
            Ok(()) => self,
            Err(error) => self.refused(error),
        }
    }

    /// Keeps the first reason why the call cannot be made. It is told when the call is awaited.
    pub(super) fn refused(mut self, error: LocalError) -> Self {
        if self.prepared.is_ok() {
            self.prepared = Err(error);
        }
        self
    }
}

impl<T: Reply> IntoFuture for Call<T> {
    type Output = Result<T, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async { self.response().await.map(Response::into_value) })
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("operation", &self.operation.id).finish_non_exhaustive()
    }
}

/// The answer to a call that succeeded.
///
/// Printed, it shows the value with its sensitive members masked, and not the body.
pub struct Response<T> {
    value: T,
    answer: Answer,
    attempts: Vec<Attempt>,
    idempotence_key: Option<String>,
}

impl<T> Response<T> {
    /// What the body was read as.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Takes what the body was read as.
    pub fn into_value(self) -> T {
        self.value
    }

    /// The HTTP status, from 200 to 299.
    pub fn status(&self) -> u16 {
        self.answer.status
    }

    /// The headers.
    pub fn headers(&self) -> &Headers {
        &self.answer.headers
    }

    /// The idempotence key that the call carried, also when it was
    /// [made for it](super::Config::automatic_idempotence_keys).
    pub fn idempotence_key(&self) -> Option<&str> {
        self.idempotence_key.as_deref()
    }

    /// When the first request with the same idempotence key was made, in milliseconds since 1970. Absent when this
    /// one was the first.
    pub fn idempotence_request_timestamp(&self) -> Option<i64> {
        self.answer.idempotence_request_timestamp()
    }

    /// The body as it came, with members that the types do not know. It may hold data of a person.
    pub fn raw_body(&self) -> &[u8] {
        &self.answer.body
    }

    /// What became of each attempt. The last one is the one that was answered with this.
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }
}

impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.answer.status)
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}
