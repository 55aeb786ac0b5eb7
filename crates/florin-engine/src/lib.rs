//! The payment domain: what a payment, refund, token or session *is* and may become.
//!
//! Everything here is a pure function of current state, command and [`Clock`](clock): no HTTP, no SQL.

pub mod authorisation;
pub mod vault;
