//! The Rust SDK for the Worldline Connect and Worldline Acquiring payment APIs.

pub mod transport;
