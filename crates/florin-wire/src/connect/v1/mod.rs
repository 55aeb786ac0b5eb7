//! Version 1 of the Connect Server API.

mod generated;

pub use generated::{operations, types};
