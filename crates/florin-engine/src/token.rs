//! Tokens: stored cards that later payments can name.

use serde::{Deserialize, Serialize};

use crate::vault::{Fingerprint, Sealed};

/// A token as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// A UUID.
    pub id: String,
    /// When it was made, business time.
    pub created_ms: i64,
    /// The payment product.
    pub product: i32,
    /// What the merchant calls it; the masked number when nothing was given.
    pub alias: String,
    /// The card number as answers show it.
    pub masked: String,
    /// Number and expiry date.
    pub sealed: Sealed,
    /// Finds the token of a card number.
    pub fingerprint: Fingerprint,
    /// The name on the card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// The customer as the merchant described it, without anything that must be sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<serde_json::Value>,
    /// The payment that it was made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_payment: Option<String>,
}
