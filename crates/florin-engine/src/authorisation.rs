//! What the engine asks of whoever authorises, and what it is told.
//!
//! The processor crate implements the other side. Card data is here only in flight: nothing in this module is
//! stored.

use florin_wire::Sensitive;
use serde::{Deserialize, Serialize};

/// A request to authorise a card.
#[derive(Clone, Debug)]
pub struct Authorisation {
    /// The id of the payment, unique for ever: what the processor de-duplicates and is asked about by.
    pub reference: String,
    /// Hundredths of the currency; zero verifies the account.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// The payment product.
    pub product: i32,
    /// The full card number.
    pub number: Sensitive<String>,
    /// `MMYY`.
    pub expiry: Sensitive<String>,
    /// The verification value, when the consumer gave one. It is never kept.
    pub cvv: Option<Sensitive<String>>,
    /// The city of the billing address.
    pub city: Option<String>,
    /// Whether fraud screening is to be left out.
    pub skip_fraud: bool,
}

/// What fraud screening said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FraudResult {
    /// Nothing against it.
    Accepted,
    /// The merchant is to decide.
    Challenged,
    /// Refused.
    Denied,
    /// Not screened.
    NoAdvice,
}

impl FraudResult {
    /// The token of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Challenged => "challenged",
            Self::Denied => "denied",
            Self::NoAdvice => "no-advice",
        }
    }
}

/// The answer of whoever authorises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Approved, declined, or not decided yet.
    pub verdict: Verdict,
    /// What fraud screening said.
    pub fraud: FraudResult,
    /// The result of the address check, one letter; `0` when there was none.
    pub avs: String,
    /// The result of the verification value check, one letter; `0` when there was none.
    pub cvv: String,
}

/// Whether the money may be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Authorised.
    Approved {
        /// The issuer's code.
        code: String,
        /// The scheme's id of the transaction.
        scheme_transaction: String,
    },
    /// Refused.
    Declined(Decline),
    /// The consumer must authenticate first.
    AuthenticationRequired,
}

/// Why an authorisation was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decline {
    /// The code of the API's error catalogue.
    pub code: String,
    /// Its message.
    pub message: String,
    /// Whether another try can succeed.
    pub retriable: bool,
}
