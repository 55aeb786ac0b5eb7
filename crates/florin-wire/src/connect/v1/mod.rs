//! Version 1 of the Connect Server API.

#[allow(
    clippy::pedantic,
    clippy::large_enum_variant,
    non_camel_case_types,
    reason = "generated: names and shapes follow the specification"
)]
pub mod types;

#[allow(clippy::pedantic, reason = "generated")]
pub mod operations;

mod status;
