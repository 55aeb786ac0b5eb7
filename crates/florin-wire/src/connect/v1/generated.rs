//! What `cargo xtask codegen` makes of the specification. Everything below this folder is overwritten by it.

#[allow(
    clippy::pedantic,
    clippy::large_enum_variant,
    non_camel_case_types,
    reason = "generated: names and shapes follow the specification"
)]
pub mod types;

#[allow(clippy::pedantic, reason = "generated")]
pub mod operations;
