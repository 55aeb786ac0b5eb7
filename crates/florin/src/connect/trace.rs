//! Spans of `tracing`, when the feature of that name is on. They carry names, numbers and statuses, and no payload.

use std::future::Future;

use florin_wire::Operation;

use super::error::{AttemptOutcome, Error};

/// Wraps a whole call.
#[cfg(feature = "tracing")]
pub(super) fn call<F: Future>(
    operation: &Operation,
    future: F,
) -> impl Future<Output = F::Output> + use<F> {
    use tracing::Instrument as _;
    let method = operation.method.as_str();
    future.instrument(tracing::info_span!("connect.call", operation = operation.id, method))
}

/// Wraps one attempt of a call, counted from 1.
#[cfg(feature = "tracing")]
pub(super) fn attempt<F: Future>(
    number: usize,
    future: F,
) -> impl Future<Output = F::Output> + use<F> {
    use tracing::Instrument as _;
    future.instrument(tracing::debug_span!("connect.attempt", number))
}

/// Notes what became of an attempt.
#[cfg(feature = "tracing")]
pub(super) fn outcome(outcome: AttemptOutcome, error: Option<&Error>) {
    match error {
        None => tracing::debug!(?outcome, "answered"),
        Some(error) => tracing::debug!(?outcome, %error, "failed"),
    }
}

#[cfg(not(feature = "tracing"))]
pub(super) fn call<F: Future>(_operation: &Operation, future: F) -> F {
    future
}

#[cfg(not(feature = "tracing"))]
pub(super) fn attempt<F: Future>(_number: usize, future: F) -> F {
    future
}

#[cfg(not(feature = "tracing"))]
pub(super) fn outcome(_outcome: AttemptOutcome, _error: Option<&Error>) {}
