//! The search for leaks, in a process of its own: only so does its log miss nothing, whichever thread writes it.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, unreachable_pub, reason = "tests")]

#[allow(dead_code, reason = "shared with the other tests")]
#[path = "it/harness.rs"]
mod harness;
#[path = "it/leak.rs"]
mod leak;
#[allow(dead_code, reason = "shared with the other tests")]
#[path = "it/support.rs"]
mod support;
