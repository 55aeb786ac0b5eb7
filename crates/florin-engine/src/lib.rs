//! The payment domain: what a payment, refund, token or session *is* and may become.
//!
//! Everything here is a pure function of current state, command and time: no HTTP, no SQL, no randomness of its own.
//! A decision is a new state, the events that it causes and the timer that it needs, or a [`Rejection`].
//!
//! **Invariants:** the sum of captures never exceeds what was authorised, the sum of refunds never what was paid;
//! amounts are integers in hundredths; a timestamp of an object never runs backwards; card data is in a record only
//! as [`Sealed`](vault::Sealed) text.

pub mod authorisation;
pub mod card;
pub mod catalogue;
pub mod clock;
pub mod directory;
pub mod ids;
pub mod money;
pub mod payment;
pub mod refund;
mod reject;
pub mod session;
pub mod settings;
pub mod status;
pub mod token;
pub mod vault;

pub use reject::{Category, Fault, Rejection};
