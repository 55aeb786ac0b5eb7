//! The Server API over real sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, unreachable_pub, reason = "tests")]

mod authentication;
mod bodies;
mod catalogue;
mod hang_up;
mod harness;
mod idempotence;
mod life;
mod money;
mod mutations;
mod payments;
mod refunds;
mod remote;
mod services;
mod snapshots;
mod support;
mod tokens;
