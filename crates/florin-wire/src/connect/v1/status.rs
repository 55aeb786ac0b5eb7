//! What the statuses of a payment mean for whoever waits for one.
//!
//! Tokens that are not known are neither final nor decided: whoever waits goes on waiting, and looks at the category.

use super::types::{PaymentStatus, StatusCategory};

impl PaymentStatus {
    /// Whether the payment has come to its end: the money arrived, or never will. A chargeback or a refund may still
    /// follow.
    ///
    /// True for `ACCOUNT_VERIFIED`, `CAPTURED`, `PAID`, `CHARGEBACK_NOTIFICATION`, `CHARGEBACKED`, `REVERSED`,
    /// `REFUNDED`, `REJECTED`, `REJECTED_CAPTURE` and `CANCELLED`.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::AccountVerified
                | Self::Captured
                | Self::Paid
                | Self::ChargebackNotification
                | Self::Chargebacked
                | Self::Reversed
                | Self::Refunded
                | Self::Rejected
                | Self::RejectedCapture
                | Self::Cancelled
        )
    }

    /// Whether the consumer's part is over and its outcome known. The payment may still wait for you, or for the money
    /// to move.
    ///
    /// True for what [is final](Self::is_final), and for `PENDING_COMPLETION`, `PENDING_FRAUD_APPROVAL`,
    /// `PENDING_APPROVAL`, `PENDING_CAPTURE` and `CAPTURE_REQUESTED`.
    pub fn is_decided(&self) -> bool {
        self.is_final()
            || matches!(
                self,
                Self::PendingCompletion
                    | Self::PendingFraudApproval
                    | Self::PendingApproval
                    | Self::PendingCapture
                    | Self::CaptureRequested
            )
    }
}

impl StatusCategory {
    /// Whether the statuses of the category are [final](PaymentStatus::is_final).
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::AccountVerified
                | Self::Completed
                | Self::Reversed
                | Self::Refunded
                | Self::Unsuccessful
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Token;

    #[test]
    fn every_status_has_its_place() {
        let table = [
            ("ACCOUNT_VERIFIED", true, true),
            ("CREATED", false, false),
            ("REDIRECTED", false, false),
            ("PENDING_PAYMENT", false, false),
            ("PENDING_FRAUD_APPROVAL", false, true),
            ("PENDING_APPROVAL", false, true),
            ("PENDING_COMPLETION", false, true),
            ("PENDING_CAPTURE", false, true),
            ("REJECTED", true, true),
            ("AUTHORIZATION_REQUESTED", false, false),
            ("CAPTURE_REQUESTED", false, true),
            ("CAPTURED", true, true),
            ("PAID", true, true),
            ("CANCELLED", true, true),
            ("REJECTED_CAPTURE", true, true),
            ("REVERSED", true, true),
            ("CHARGEBACK_NOTIFICATION", true, true),
            ("CHARGEBACKED", true, true),
            ("REFUNDED", true, true),
            ("NEW_STATUS", false, false),
        ];
        for (token, is_final, is_decided) in table {
            let status = PaymentStatus::from(token);
            assert_eq!((status.is_final(), status.is_decided()), (is_final, is_decided), "{token}");
        }
        assert_eq!(table.len(), PaymentStatus::KNOWN.len() + 1);
    }

    #[test]
    fn categories() {
        let finals: Vec<_> = StatusCategory::KNOWN
            .iter()
            .filter(|token| StatusCategory::from(**token).is_final())
            .copied()
            .collect();
        assert_eq!(
            finals,
            ["ACCOUNT_VERIFIED", "COMPLETED", "REVERSED", "REFUNDED", "UNSUCCESSFUL"]
        );
        assert!(!StatusCategory::from("NEW").is_final());
    }
}
