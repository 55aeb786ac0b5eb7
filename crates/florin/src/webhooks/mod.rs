//! The events that the platform posts to a merchant: check them, read them, and answer what the platform asks of the
//! endpoint that receives them.
//!
//! ```
//! use florin::webhooks::{InMemorySecretKeyStore, Payload, WebhookError, WebhooksHelper};
//!
//! # async fn example(headers: Vec<(String, String)>, body: Vec<u8>) -> Result<(), Box<dyn std::error::Error>> {
//! // Id and secret of a webhooks key. These are not the ones of the API key.
//! let keys = InMemorySecretKeyStore::new();
//! keys.store("keyId", "secretKey")?;
//! let helper = WebhooksHelper::new(keys);
//!
//! // With the headers and the raw body of a request, from whatever framework:
//! match helper.unmarshal(&body, &headers).await {
//!     Ok(event) => match event.payload() {
//!         Payload::Payment(payment) => println!("{:?} is {:?}", payment.id, payment.status),
//!         Payload::Refund(refund) => println!("{:?} is {:?}", refund.id, refund.status),
//!         _ => println!("{:?}, which is of no interest", event.event_type()),
//!     },
//!     Err(error) => println!("answer with an error, so that it is sent again: {error}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What to know
//!
//! - **The body must be the raw bytes** that were received: the signature is over them.
//! - **Events come more than once and out of order.** The signature holds no time, so an old event verifies as well.
//!   Keep the [ids](Event::id) of events that you processed, and take what counts from the status in the payload.
//! - **Answer with a 2xx status, soon.** With anything else the event is sent again later.
//! - **When an endpoint is registered** the platform sends a GET that [`verification_response`] answers.
//! - **Keys are rotated** by storing the new one beside the old one; each event says which key signed it.
//! - With the feature `axum` there are an extractor and a handler; see `florin::webhooks::axum`.
//! - In tests, [`sign_for_tests`] makes the headers of an event.

#[cfg(feature = "axum")]
pub mod axum;
mod endpoint;
mod error;
mod event;
mod headers;
mod helper;
mod keys;

pub use self::endpoint::{VERIFICATION_HEADER, VerificationResponse, verification_response};
pub use self::error::{SignatureFault, WebhookError};
pub use self::event::{Event, Payload};
pub use self::headers::HeaderPair;
pub use self::helper::{API_VERSION, WebhooksHelper, sign_for_tests};
pub use self::keys::{InMemorySecretKeyStore, InvalidKey, KeyLookup, SecretKeyStore};
pub use florin_auth::webhooks::{KEY_ID_HEADER, SIGNATURE_HEADER};
pub use florin_wire::connect::v1::types::WebhooksEventType;

/// Version 1 of the events. The names of the parent module are those of the current version.
pub mod v1 {
    pub use super::{API_VERSION, Event, Payload, WebhooksEventType, WebhooksHelper};
}

#[cfg(test)]
mod tests;
