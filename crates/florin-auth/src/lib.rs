//! Both ends of every handshake: what signs on one side verifies on the other.
//!
//! - [`v1hmac`]: the signature of each request to the Connect Server API;
//! - [`webhooks`]: the signature of each event that the platform delivers.
//!
//! There is no I/O here and nothing asks for the time: callers bring the `Date`.
//!
//! **Invariant:** signatures are compared in constant time, and no error or debug text shows a secret.

mod mac;
pub mod v1hmac;
pub mod webhooks;
