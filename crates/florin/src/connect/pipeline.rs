//! From a prepared call to its answer: sign, send, judge, and send again where that is safe.
//!
//! **Invariant:** each attempt is signed anew, over exactly the header values that are sent. No attempt follows one
//! that may have been processed unless the call is a GET or carries an idempotence key that the operation honours.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use florin_auth::v1hmac::{self, ApiKey};
use florin_wire::{Method, Operation};
use tokio::time::{Instant, sleep, timeout_at};

use super::answer::{Answer, SyntaxError};
use super::config::{Checked, Endpoint, Habits};
use super::error::{
    Attempt, AttemptOutcome, Circumstances, Error, from_answer, from_transport, malformed,
};
use super::metadata::Metadata;
use super::prepare::Prepared;
use super::{headers, trace};
use crate::logging::Logging;
use crate::retry::{RetryPolicy, retry_after};
use crate::transport::{Delivery, Headers, Request, Transport, TransportError};

/// What all calls of a client share.
pub(super) struct Pipeline {
    endpoint: Endpoint,
    key: ApiKey,
    metadata: Metadata,
    transport: Arc<dyn Transport>,
    total_timeout: Option<Duration>,
    retry: RetryPolicy,
    habits: Habits,
    logging: Logging,
    is_closed: AtomicBool,
    /// The clock of signatures.
    now: fn() -> SystemTime,
    /// Where calls that wait in place are made.
    #[cfg(feature = "blocking")]
    pub(super) worker: crate::blocking::Worker,
}

/// What was said of one call.
#[derive(Default)]
pub(super) struct Options {
    pub(super) idempotence_key: Option<String>,
    pub(super) client_meta_info: Option<Arc<str>>,
    pub(super) timeout: Option<Duration>,
}

/// An answer of success, and how it came about.
pub(super) struct Exchange {
    pub(super) answer: Answer,
    pub(super) attempts: Vec<Attempt>,
}

impl Exchange {
    /// The error for an answer that could not be read after all.
    pub(super) fn malformed(
        self,
        operation: &Operation,
        prepared: &Prepared,
        options: &Options,
        error: SyntaxError,
    ) -> Error {
        let call = circumstances(operation, prepared, options);
        told(malformed(self.answer, call, error), self.attempts)
    }
}

impl Pipeline {
    pub(super) fn new(config: Checked, transport: Arc<dyn Transport>) -> Self {
        Self {
            endpoint: config.endpoint,
            key: config.key,
            metadata: config.metadata,
            transport,
            total_timeout: config.total_timeout,
            retry: config.retry,
            habits: config.habits,
            logging: Logging::default(),
            is_closed: AtomicBool::new(false),
            now: SystemTime::now,
            #[cfg(feature = "blocking")]
            worker: crate::blocking::Worker::default(),
        }
    }

    #[cfg(test)]
    pub(super) fn at(mut self, now: fn() -> SystemTime) -> Self {
        self.now = now;
        self
    }

    pub(super) fn endpoint(&self) -> &str {
        self.endpoint.as_str()
    }

    pub(super) fn habits(&self) -> Habits {
        self.habits
    }

    pub(super) fn total_timeout(&self) -> Option<Duration> {
        self.total_timeout
    }

    pub(super) fn transport(&self) -> &dyn Transport {
        &*self.transport
    }

    pub(super) fn logging(&self) -> &Logging {
        &self.logging
    }

    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.transport.close();
    }

    /// Makes a call. Not generic, so that it is compiled once.
    pub(super) async fn run(
        &self,
        operation: &'static Operation,
        prepared: &Prepared,
        options: &Options,
    ) -> Result<Exchange, Error> {
        trace::call(operation, self.attempts(operation, prepared, options)).await
    }

    async fn attempts(
        &self,
        operation: &'static Operation,
        prepared: &Prepared,
        options: &Options,
    ) -> Result<Exchange, Error> {
        let call = circumstances(operation, prepared, options);
        let limit = options.timeout.or(self.total_timeout);
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let mut attempts = Vec::with_capacity(1);
        for retry in 0.. {
            if self.is_closed.load(Ordering::Acquire) {
                return Err(Error::Closed);
            }
            let started = Instant::now();
            let request = self.request(operation.method, prepared, options, deadline);
            let mut log = self.logging.attempt();
            log.request(&request);
            let sent = trace::attempt(attempts.len() + 1, self.send(request, deadline)).await;
            let elapsed = started.elapsed();
            if let Ok(answer) = &sent {
                log.response(answer.status, &answer.headers, &answer.body, elapsed);
            }
            let (outcome, error) = match sent {
                Ok(answer) if answer.is_success() => {
                    let outcome = AttemptOutcome::Answered(answer.status);
                    trace::outcome(outcome, None);
                    attempts.push(Attempt { outcome, elapsed });
                    return Ok(Exchange { answer, attempts });
                }
                Ok(answer) => (AttemptOutcome::Answered(answer.status), from_answer(answer, call)),
                Err(error) => {
                    let outcome = match error.delivery() {
                        Delivery::NeverSent => AttemptOutcome::NeverSent,
                        Delivery::Unknown => AttemptOutcome::MaybeProcessed,
                    };
                    (outcome, from_transport(error, call))
                }
            };
            trace::outcome(outcome, Some(&error));
            if matches!(error, Error::Communication(_)) {
                log.error(&error, elapsed);
            }
            if outcome == AttemptOutcome::NeverSent && self.is_closed.load(Ordering::Acquire) {
                return Err(Error::Closed);
            }
            attempts.push(Attempt { outcome, elapsed });
            let pause = self.pause(retry, &error);
            let is_in_time = |pause| {
                deadline.is_none_or(|deadline| deadline.duration_since(Instant::now()) > pause)
            };
            match pause {
                Some(pause) if is_in_time(pause) => sleep(pause).await,
                _ => return Err(told(error, attempts)),
            }
        }
        Err(Error::Closed)
    }

    async fn send(
        &self,
        request: Request,
        deadline: Option<Instant>,
    ) -> Result<Answer, TransportError> {
        let sending = self.transport.send(request);
        let Some(deadline) = deadline else { return sending.await.map(Answer::from) };
        // The transport is asked first, and may know that nothing was sent.
        timeout_at(deadline, sending)
            .await
            .unwrap_or_else(|_| {
                Err(TransportError::timeout("the call took too long", Delivery::Unknown))
            })
            .map(Answer::from)
    }

    /// The pause before the next attempt, or none when there is to be none.
    fn pause(&self, retry: u32, error: &Error) -> Option<Duration> {
        if !error.is_retryable() {
            return None;
        }
        let asked = error.headers().and_then(|headers| headers.get(headers::RETRY_AFTER));
        self.retry.pause(retry, asked.and_then(|asked| retry_after(asked, (self.now)())))
    }

    /// A request with its headers in the order of the official SDKs, `Authorization` last.
    fn request(
        &self,
        method: Method,
        prepared: &Prepared,
        options: &Options,
        deadline: Option<Instant>,
    ) -> Request {
        let mut list = Headers::default();
        if let Some(info) = &options.client_meta_info {
            list.push(headers::CLIENT_META_INFO, &**info);
        }
        if let Some(content_type) = &prepared.content_type {
            list.push(headers::CONTENT_TYPE, content_type);
        }
        for (name, value) in self.metadata.headers() {
            // A call's own client meta info goes before one that all requests carry.
            if options.client_meta_info.is_none()
                || !name.eq_ignore_ascii_case(headers::CLIENT_META_INFO)
            {
                list.push(name, value);
            }
        }
        let date = httpdate::fmt_http_date((self.now)());
        list.push(headers::DATE, &date);
        if let Some(key) = &options.idempotence_key {
            list.push(headers::IDEMPOTENCE_KEY, key);
        }
        let authorization = self.key.sign(v1hmac::Request {
            method: method.as_str(),
            content_type: prepared.content_type.as_deref().unwrap_or_default(),
            date: &date,
            headers: list.iter(),
            path: &prepared.path,
            query: prepared.query.as_deref(),
        });
        list.push(headers::AUTHORIZATION, authorization);

        let mut url = format!("{}{}", self.endpoint.as_str(), prepared.path);
        if let Some(query) = &prepared.query {
            url.push('?');
            url.push_str(query);
        }
        Request::new(method.as_str(), url)
            .with_headers(list)
            .with_body(prepared.body.clone())
            .with_deadline(deadline)
    }
}

fn circumstances<'a>(
    operation: &Operation,
    prepared: &'a Prepared,
    options: &'a Options,
) -> Circumstances<'a> {
    let has_key = options.idempotence_key.is_some();
    Circumstances {
        shape: operation.error,
        path: &prepared.path,
        idempotence_key: options.idempotence_key.as_deref(),
        is_repeatable: operation.method == Method::Get || (has_key && operation.idempotent),
    }
}

fn told(mut error: Error, attempts: Vec<Attempt>) -> Error {
    if let Some(failure) = error.failure_mut() {
        failure.set_attempts(attempts);
    }
    error
}
