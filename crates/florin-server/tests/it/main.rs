//! The Server API over real sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod authentication;
mod bodies;
mod harness;
mod idempotence;
mod payments;
mod refunds;
mod services;
mod tokens;
