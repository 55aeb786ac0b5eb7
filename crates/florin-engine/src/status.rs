//! Statuses, as tables: the token of the API, its category and the flags that drive clients.

use serde::{Deserialize, Serialize};

/// The status of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs)]
pub enum PaymentStatus {
    Created,
    Redirected,
    PendingPayment,
    AccountVerified,
    PendingCompletion,
    PendingFraudApproval,
    PendingApproval,
    PendingCapture,
    AuthorizationRequested,
    CaptureRequested,
    Captured,
    Paid,
    ChargebackNotification,
    Chargebacked,
    Reversed,
    Refunded,
    Rejected,
    RejectedCapture,
    Cancelled,
}

/// What a client may conclude from a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags {
    /// The money is authorised.
    pub authorized: bool,
    /// A cancel can succeed.
    pub cancellable: bool,
    /// A refund can succeed.
    pub refundable: bool,
}

/// Token, category, authorised, cancellable, refundable.
type Row = (&'static str, &'static str, bool, bool, bool);

impl PaymentStatus {
    /// Every status.
    pub const ALL: [Self; 19] = [
        Self::Created,
        Self::Redirected,
        Self::PendingPayment,
        Self::AccountVerified,
        Self::PendingCompletion,
        Self::PendingFraudApproval,
        Self::PendingApproval,
        Self::PendingCapture,
        Self::AuthorizationRequested,
        Self::CaptureRequested,
        Self::Captured,
        Self::Paid,
        Self::ChargebackNotification,
        Self::Chargebacked,
        Self::Reversed,
        Self::Refunded,
        Self::Rejected,
        Self::RejectedCapture,
        Self::Cancelled,
    ];

    #[rustfmt::skip]
    const fn row(self) -> Row {
        match self {
            Self::Created =>                ("CREATED",                 "CREATED",                      false, false, false),
            Self::Redirected =>             ("REDIRECTED",              "PENDING_PAYMENT",              false, false, false),
            Self::PendingPayment =>         ("PENDING_PAYMENT",         "PENDING_PAYMENT",              false, true,  false),
            Self::AccountVerified =>        ("ACCOUNT_VERIFIED",        "ACCOUNT_VERIFIED",             false, false, false),
            Self::PendingCompletion =>      ("PENDING_COMPLETION",      "PENDING_MERCHANT",             false, true,  false),
            Self::PendingFraudApproval =>   ("PENDING_FRAUD_APPROVAL",  "PENDING_MERCHANT",             true,  true,  false),
            Self::PendingApproval =>        ("PENDING_APPROVAL",        "PENDING_MERCHANT",             true,  true,  false),
            Self::PendingCapture =>         ("PENDING_CAPTURE",         "PENDING_MERCHANT",             true,  true,  false),
            Self::AuthorizationRequested => ("AUTHORIZATION_REQUESTED", "PENDING_CONNECT_OR_3RD_PARTY", false, false, false),
            Self::CaptureRequested =>       ("CAPTURE_REQUESTED",       "PENDING_CONNECT_OR_3RD_PARTY", true,  true,  false),
            Self::Captured =>               ("CAPTURED",                "COMPLETED",                    true,  false, true),
            Self::Paid =>                   ("PAID",                    "COMPLETED",                    true,  false, true),
            Self::ChargebackNotification => ("CHARGEBACK_NOTIFICATION", "COMPLETED",                    true,  false, false),
            Self::Chargebacked =>           ("CHARGEBACKED",            "REVERSED",                     true,  false, false),
            Self::Reversed =>               ("REVERSED",                "REVERSED",                     true,  false, false),
            Self::Refunded =>               ("REFUNDED",                "REFUNDED",                     true,  false, false),
            Self::Rejected =>               ("REJECTED",                "UNSUCCESSFUL",                 false, false, false),
            Self::RejectedCapture =>        ("REJECTED_CAPTURE",        "UNSUCCESSFUL",                 false, false, false),
            Self::Cancelled =>              ("CANCELLED",               "UNSUCCESSFUL",                 false, false, false),
        }
    }

    /// The token of the API.
    pub const fn as_str(self) -> &'static str {
        self.row().0
    }

    /// The `statusCategory`.
    pub const fn category(self) -> &'static str {
        self.row().1
    }

    /// The flags, which for a payment in the capture run depend on how far it is.
    pub const fn flags(self, code: u32) -> Flags {
        let (_, _, authorized, cancellable, refundable) = self.row();
        let in_queue = !matches!(self, Self::CaptureRequested) || code == code::READY;
        Flags { authorized, cancellable: cancellable && in_queue, refundable }
    }

    /// Whether nothing more can become of an attempt with this status, money having moved.
    pub const fn is_settled(self) -> bool {
        matches!(
            self,
            Self::Paid
                | Self::Refunded
                | Self::Reversed
                | Self::ChargebackNotification
                | Self::Chargebacked
        )
    }
}

/// The status of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs)]
pub enum RefundStatus {
    Created,
    PendingApproval,
    RefundRequested,
    Refunded,
    Cancelled,
}

impl RefundStatus {
    /// Token, category, cancellable.
    const fn row(self) -> (&'static str, &'static str, bool) {
        match self {
            Self::Created => ("CREATED", "CREATED", false),
            Self::PendingApproval => ("PENDING_APPROVAL", "PENDING_MERCHANT", true),
            Self::RefundRequested => ("REFUND_REQUESTED", "PENDING_CONNECT_OR_3RD_PARTY", true),
            Self::Refunded => ("REFUNDED", "REFUNDED", false),
            Self::Cancelled => ("CANCELLED", "UNSUCCESSFUL", false),
        }
    }

    /// The token of the API.
    pub const fn as_str(self) -> &'static str {
        self.row().0
    }

    /// The `statusCategory`.
    pub const fn category(self) -> &'static str {
        self.row().1
    }

    /// Whether a cancel can succeed, which for a requested refund ends when it is sent.
    pub const fn is_cancellable(self, code: u32) -> bool {
        self.row().2 && (!matches!(self, Self::RefundRequested) || code == code::READY)
    }
}

/// Codes of the GlobalCollect platform.
pub mod code {
    /// Stored, nothing done yet.
    pub const CREATED: u32 = 0;
    /// The redirect to a third party is prepared.
    pub const REDIRECT_PREPARED: u32 = 20;
    /// The consumer was sent to 3-D Secure.
    pub const AUTHENTICATING: u32 = 50;
    /// Declined.
    pub const REJECTED: u32 = 100;
    /// Denied by fraud screening.
    pub const FRAUD_DENIED: u32 = 160;
    /// Failed at the third party.
    pub const REDIRECT_FAILED: u32 = 140;
    /// The account is verified.
    pub const VERIFIED: u32 = 300;
    /// Challenged by fraud screening.
    pub const CHALLENGED: u32 = 525;
    /// Waits for approval.
    pub const PENDING_APPROVAL: u32 = 600;
    /// Waits for captures.
    pub const PENDING_CAPTURE: u32 = 680;
    /// Ready for the capture or refund run.
    pub const READY: u32 = 800;
    /// Sent to the acquirer.
    pub const SENT: u32 = 900;
    /// Settlement in progress.
    pub const SETTLING: u32 = 975;
    /// Paid.
    pub const PAID: u32 = 1000;
    /// Refunded.
    pub const REFUNDED: u32 = 1800;
    /// Cancelled by the merchant.
    pub const CANCELLED: u32 = 99_999;
}

#[cfg(test)]
mod tests {
    use florin_wire::Token;
    use florin_wire::connect::v1::types::{PaymentStatus as WirePaymentStatus, StatusCategory};

    use super::*;

    #[test]
    fn tokens_and_categories_are_those_of_the_specification() {
        for status in PaymentStatus::ALL {
            assert!(WirePaymentStatus::KNOWN.contains(&status.as_str()), "{status:?}");
            assert!(StatusCategory::KNOWN.contains(&status.category()), "{status:?}");
        }
        assert_eq!(WirePaymentStatus::KNOWN.len(), PaymentStatus::ALL.len());
    }

    #[test]
    fn a_capture_can_be_undone_only_while_it_is_queued() {
        assert!(PaymentStatus::CaptureRequested.flags(code::READY).cancellable);
        assert!(!PaymentStatus::CaptureRequested.flags(code::SENT).cancellable);
    }
}
