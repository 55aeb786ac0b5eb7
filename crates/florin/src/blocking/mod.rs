//! Calls that wait in place, for programs without async.
//!
//! The client is the same one, and so is every call; with the trait [`Blocking`] in scope a call is sent by
//! [`send`](Blocking::send) in place of `.await`:
//!
//! ```no_run
//! use florin::blocking::{Blocking as _, Client};
//! use florin::connect::types::*;
//! use florin::connect::{Config, hosts};
//!
//! # fn pay(request: CreatePaymentRequest) -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::new("apiKeyId", "secretApiKey", "Your company").host(hosts::PRE_PRODUCTION);
//! let client = Client::new(config)?;
//! let payments = client.merchant("1226").payments();
//!
//! let created = payments.create(&request).idempotence_key("order 5391").send()?;
//! let payment = payments.poll_until_final(created.payment_id()?).until_decided().send()?;
//! for payment in payments.find_all(&FindPaymentsParams::default()).blocking() {
//!     println!("{:?}", payment?.id);
//! }
//! // Anything else that is awaited, such as for the status and headers of an answer:
//! let response = client.block_on(payments.create(&request).response())?;
//! # Ok(())
//! # }
//! ```
//!
//! # Where it works
//!
//! Everywhere, and from any number of threads at once: outside of a runtime, in `spawn_blocking`, and inside of async
//! code, where it does not panic but holds up the thread, as anything that waits does. The calls are made in a thread
//! of the client's own, which is started by the first of them and ends with the client and all that came from it.
//! Only in that thread, in a [`Transport`](crate::transport::Transport) of your own say, `send` is refused, since it
//! would wait for itself.

mod worker;

pub(crate) use self::worker::{Worker, WorkerError};
pub use crate::connect::Client;
pub use crate::connect::in_place::{Blocking, Items};
