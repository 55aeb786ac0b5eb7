//! What the provider sets for a merchant account.

use serde::{Deserialize, Serialize};

use crate::clock::HOUR_MS;

/// How much of a card number answers show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardMask {
    /// The last four digits.
    #[default]
    LastFour,
    /// The first six and the last four digits.
    FirstSixLastFour,
}

/// The switches of a merchant account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(clippy::struct_excessive_bools, reason = "independent switches")]
pub struct Settings {
    /// A payment that does not say so itself waits for an approval before it is captured.
    pub delayed_settlement: bool,
    /// A refund waits for an approval.
    pub refund_approval: bool,
    /// A payment that fraud screening challenges is declined.
    pub auto_decline_challenged: bool,
    /// A payment is captured in parts.
    pub multi_capture: bool,
    /// How much of a card number answers show.
    pub card_mask: CardMask,
    /// How long an approved payment takes until it is paid and refundable, in milliseconds. Nothing leaves it to the
    /// platform.
    pub settlement_delay_ms: Option<i64>,
}

impl Settings {
    /// How long an approved payment takes until it is paid and refundable, in milliseconds. One hour unless it was set.
    pub fn settlement_delay_ms(&self) -> i64 {
        self.settlement_delay_ms.unwrap_or(HOUR_MS)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            delayed_settlement: true,
            refund_approval: false,
            auto_decline_challenged: false,
            multi_capture: false,
            card_mask: CardMask::default(),
            settlement_delay_ms: None,
        }
    }
}
