//! The Connect APIs.

pub mod v1;
