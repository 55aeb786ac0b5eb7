//! The Rust SDK for the Worldline Connect and Worldline Acquiring payment APIs: e-commerce payments from the backend
//! of a shop. It is not for card terminals.
//!
//! # A first payment
//!
//! ```no_run
//! use florin::connect::types::*;
//! use florin::connect::{Client, Config, Error, hosts};
//!
//! # async fn pay(order_id: &str, card: CardPaymentMethodSpecificInput) -> Result<(), Box<dyn std::error::Error>> {
//! // Id and secret of an API key, and the name of your company. Keep the client: it holds the connections.
//! let client = Client::new(
//!     Config::new("apiKeyId", "secretApiKey", "Your company").host(hosts::PRE_PRODUCTION),
//! )?;
//! let payments = client.merchant("1226").payments();
//!
//! let request = CreatePaymentRequest::default()
//!     .order(
//!         // Amounts are in hundredths, whatever the currency.
//!         Order::default()
//!             .amount_of_money(AmountOfMoney::default().amount(2345).currency_code("EUR")),
//!     )
//!     .card_payment_method_specific_input(card);
//! let created = match payments.create(&request).idempotence_key(order_id).await {
//!     Ok(created) => created,
//!     Err(Error::Declined(declined)) => {
//!         println!("declined: {:?}", declined.transaction_status());
//!         return Ok(());
//!     }
//!     Err(error) => return Err(error.into()),
//! };
//! let approved =
//!     payments.approve(created.payment_id()?, &ApprovePaymentRequest::default()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What to know
//!
//! - **Calls are values.** `payments.create(…)` does nothing until it is awaited. Before that it can be refined with
//!   [`idempotence_key`](connect::Call::idempotence_key), [`client_meta_info`](connect::Call::client_meta_info) and
//!   [`timeout`](connect::Call::timeout); [`response`](connect::Call::response) gives status and headers as well.
//! - **Give an idempotence key to whatever moves money.** With one, a call that got no answer is repeated by itself,
//!   and can be repeated by you, without a second payment. Without one it is not repeated; see [`retry`].
//! - **Declines are errors**, of a variant of their own that carries what was declined. All errors say by
//!   [`is_retryable`](connect::Error::is_retryable) whether asking again is safe; see [`connect::Error`].
//! - **Requests can be checked** before they are sent: [`validate`](connect::Call::validate) on a call, or
//!   [`Config::validate_requests`](connect::Config::validate_requests) for all, reports every missing or malformed
//!   member at once.
//! - **What is waited for comes by itself**: searches are read as a [stream of all pages](connect::FindAll), and
//!   [`poll_until_final`](connect::v1::Payments::poll_until_final) asks for a payment until it is through.
//! - **An operation that is newer than this SDK** is a [raw call](connect::v1::Merchant::raw).
//! - **Browsers that come back** are checked with [`verify_return`](connect::verify_return).
//! - **Card data is not printed.** Members that hold it are of a type that prints stars, and no error shows a body.
//! - **Configuration** comes from code, TOML, the property files of the official SDKs or the environment; see
//!   [`connect::Config`].
//! - **Events of the platform** are checked and read by [`webhooks`].
//! - **Requests and answers can be logged**, in the format of the official SDKs and with card data masked; see
//!   [`logging`].
//! - **Everything that sends can be replaced**: see [`transport::Transport`], for fakes in tests too.
//!
//! # Features
//!
//! | feature | default | |
//! | --- | --- | --- |
//! | `ring` | yes | TLS with the cryptography of ring |
//! | `aws-lc-rs` | | TLS with that of AWS-LC, which needs a C compiler; it wins when both are on |
//! | `blocking` | | `florin::blocking`: calls that wait in place, in a runtime or without one |
//! | `testing` | | `florin::testing`: a platform that is played, for tests of your own code |
//! | `webhooks` | yes | checks and reads the events that the platform posts |
//! | `axum` | | an extractor of these events for axum 0.8 |
//! | `tracing` | yes | a span for each call and each attempt, without payload; a logger to `tracing` |
//! | `log` | | a logger to the crate `log` |
//!
//! Calls are awaited in a [tokio](https://tokio.rs) runtime with I/O and time enabled.

#[cfg(feature = "blocking")]
pub mod blocking;
pub mod connect;
pub mod logging;
pub mod retry;
#[cfg(feature = "testing")]
pub mod testing;
pub mod transport;
#[cfg(feature = "webhooks")]
pub mod webhooks;

/// Checks of requests, and what they find.
pub use florin_wire::validate;
pub use florin_wire::{Method, Platform, Sensitive};
