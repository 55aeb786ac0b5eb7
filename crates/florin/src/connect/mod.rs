//! The Connect Server API.
//!
//! [`Client`] and [`Config`] are where to start; a client gives a [`Merchant`](v1::Merchant), and that one the groups
//! of calls, such as [`Payments`](v1::Payments). The names here are those of the current version of the API; they
//! live in a module of that version, [`v1`].

pub(crate) mod answer;
mod call;
mod client;
mod config;
mod error;
#[allow(clippy::pedantic, reason = "generated: names and shapes follow the specification")]
mod generated;
mod headers;
mod hosted;
#[cfg(feature = "blocking")]
pub(crate) mod in_place;
mod key;
mod metadata;
mod pages;
mod pipeline;
mod polling;
mod prepare;
mod raw;
mod reply;
mod returned;
mod runtime;
mod trace;
mod upload;
pub mod v1;

pub use self::call::{Call, Response};
pub use self::client::Client;
pub use self::config::{Config, ConfigError, hosts};
pub use self::error::{
    Attempt, AttemptOutcome, Declined, DeclinedResult, Error, Failure, LocalError,
};
pub use self::hosted::{HostedPage, hosted_checkout_url};
pub use self::metadata::ShoppingCartExtension;
pub use self::pages::{FindAll, Page};
pub use self::polling::{Polled, Polling};
pub use self::reply::{Download, Reply};
pub use self::returned::{ReturnError, Returned, verify_return};
pub use self::upload::UploadableFile;
pub use self::v1::types;

#[cfg(test)]
mod tests;
