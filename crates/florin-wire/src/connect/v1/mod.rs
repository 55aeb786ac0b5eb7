//! Version 1 of the Connect Server API.

mod generated;
mod status;

pub use generated::{operations, types};
