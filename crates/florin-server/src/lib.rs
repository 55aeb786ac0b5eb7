//! The platform's faces, and the platform behind them.
//!
//! [`Platform`] loads state, lets the engine decide, asks the processor and commits; the faces turn requests into
//! commands and records into answers. [`serve`] drives connections.

mod http_face;
mod platform;
mod present;
mod products;
pub mod provision;
mod sandbox;
pub mod serve;
mod server_api;
pub mod system;

pub use platform::{Config, Directory, MerchantAccount, Mode, Parts, Platform, StartError};
