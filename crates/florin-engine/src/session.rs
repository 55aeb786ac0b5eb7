//! Client sessions: what a consumer's browser or phone may do for two hours.

use serde::{Deserialize, Serialize};

use crate::clock::HOUR_MS;

/// How long a session lives. It cannot be prolonged.
pub const LIFETIME_MS: i64 = 2 * HOUR_MS;

/// A client session as it is stored, under a keyed look-up value of its id: the id itself grants access and is kept
/// nowhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// The customer id of the Client API.
    pub customer: String,
    /// When it was made, business time.
    pub created_ms: i64,
    /// When it ends, business time.
    pub expires_ms: i64,
    /// The tokens that the consumer may use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<String>,
    /// The product filters, as the merchant gave them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filters: Option<serde_json::Value>,
}

impl Session {
    /// A session that starts now.
    pub fn start(
        customer: String,
        tokens: Vec<String>,
        filters: Option<serde_json::Value>,
        now_ms: i64,
    ) -> Self {
        let expires_ms = now_ms.saturating_add(LIFETIME_MS);
        Self { customer, created_ms: now_ms, expires_ms, tokens, filters }
    }

    /// Whether it still lives at that time.
    pub fn is_live(&self, now_ms: i64) -> bool {
        now_ms < self.expires_ms
    }
}
