//! What a client was told survives: `florin serve` is killed in the middle of its work, and its fsync is held up.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod fsync;
mod kills;
mod server;
