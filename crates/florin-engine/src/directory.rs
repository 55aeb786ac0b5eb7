//! Accounts and what belongs to them: merchants, keys, webhook endpoints, acquirers and OAuth2 clients.

use serde::{Deserialize, Serialize};

use crate::settings::Settings;
use crate::vault::Sealed;

/// The processing platform of a merchant account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// The GlobalCollect processing platform.
    #[default]
    GlobalCollect,
    /// The Ogone processing platform.
    Ogone,
}

impl From<Platform> for florin_wire::Platform {
    fn from(platform: Platform) -> Self {
        match platform {
            Platform::GlobalCollect => Self::GlobalCollect,
            Platform::Ogone => Self::Ogone,
        }
    }
}

/// A company with merchants, keys and users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// What it is called, unique.
    pub name: String,
}

/// A merchant account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merchant {
    /// One to ten digits.
    pub id: String,
    /// The account that owns it.
    pub account: String,
    /// Where it lives.
    pub platform: Platform,
    /// Its switches.
    #[serde(default)]
    pub settings: Settings,
}

/// A secret that an account signs with: an API key or a webhook key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    /// The public half.
    pub id: String,
    /// The account that owns it.
    pub account: String,
    /// The secret half.
    pub sealed: Sealed,
    /// Whether it no longer counts.
    #[serde(default)]
    pub revoked: bool,
}

/// Where a merchant wants its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// The merchant.
    pub merchant: String,
    /// The address.
    pub url: String,
    /// The event types: `*`, `payment.*` or `payment.paid`.
    pub events: Vec<String>,
}

impl Endpoint {
    /// Whether the merchant asked for events of a type.
    ///
    /// A part payment (`payment.paid_increment`) comes under the subscription for `payment.paid`.
    pub fn wants(&self, event: &str) -> bool {
        let subject = if event == "payment.paid_increment" { "payment.paid" } else { event };
        self.events.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => subject.starts_with(prefix),
            None => pattern == subject,
        })
    }
}

/// An acquirer of the Acquiring API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acquirer {
    /// Its id.
    pub id: String,
    /// The merchants that it serves.
    pub merchants: Vec<String>,
}

/// A client of the OAuth2 token service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OauthClient {
    /// Its id.
    pub id: String,
    /// A keyed hash of its secret, which the service only compares.
    pub secret: crate::vault::Fingerprint,
    /// What it may ask for.
    pub scopes: Vec<String>,
    /// Whether it no longer counts.
    #[serde(default)]
    pub revoked: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_get_what_they_asked_for() {
        let endpoint = |events: &[&str]| Endpoint {
            merchant: "1".to_owned(),
            url: String::new(),
            events: events.iter().map(|event| (*event).to_owned()).collect(),
        };
        assert!(endpoint(&["*"]).wants("refund.refunded"));
        assert!(endpoint(&["payment.*"]).wants("payment.paid"));
        assert!(!endpoint(&["payment.*"]).wants("refund.created"));
        assert!(endpoint(&["payment.paid"]).wants("payment.paid_increment"));
        assert!(!endpoint(&["payment.paid_increment"]).wants("payment.created"));
    }
}
