//! The Rust SDK for the Worldline Connect and Worldline Acquiring payment APIs.

pub mod connect;
pub mod retry;
pub mod transport;
