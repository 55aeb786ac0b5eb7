//! Which operation is served by which function.

use std::pin::Pin;
use std::sync::Arc;

use florin_wire::Operation;

use super::{Answer, Call, payments, refunds, services, sessions, tokens};
use crate::platform::{Failure, Platform};

/// What serves an operation.
pub(super) type Handler = fn(Arc<Platform>, Call) -> Served;

/// An answer to be.
pub(super) type Served = Pin<Box<dyn Future<Output = Result<Answer, Failure>> + Send>>;

macro_rules! served {
    ($($id:literal => $function:path,)*) => {
        /// What serves an operation; nothing when it is not served yet.
        pub(super) fn of(operation: &Operation) -> Option<Handler> {
            match operation.id {
                $($id => {
                    fn handler(platform: Arc<Platform>, call: Call) -> Served {
                        Box::pin(async move { $function(&platform, &call).await })
                    }
                    Some(handler)
                })*
                _ => None,
            }
        }

        /// The operations that are served.
        #[cfg(test)]
        pub(super) const SERVED: &[&str] = &[$($id),*];
    };
}

served! {
    "services.testconnection" => services::test_connection,
    "services.convertAmount" => services::convert_amount,
    "payments.create" => payments::create,
    "payments.get" => payments::get,
    "payments.find" => payments::find,
    "payments.approve" => payments::approve,
    "payments.cancelapproval" => payments::cancel_approval,
    "payments.cancel" => payments::cancel,
    "payments.processchallenged" => payments::process_challenged,
    "payments.refund" => refunds::create,
    "payments.refunds" => refunds::of_payment,
    "payments.tokenize" => tokens::of_payment,
    "refunds.get" => refunds::get,
    "refunds.find" => refunds::find,
    "refunds.approve" => refunds::approve,
    "refunds.cancel" => refunds::cancel,
    "refunds.cancelapproval" => refunds::cancel_approval,
    "tokens.create" => tokens::create,
    "tokens.get" => tokens::get,
    "tokens.update" => tokens::update,
    "tokens.delete" => tokens::delete,
    "sessions.create" => sessions::create,
}

#[cfg(test)]
mod tests {
    use florin_wire::connect::v1::operations;

    use super::*;

    #[test]
    fn only_operations_of_the_specification_are_served() {
        for id in SERVED {
            assert!(operations::ALL.iter().any(|operation| operation.id == *id), "{id}");
        }
        assert_eq!(operations::ALL.iter().filter_map(|it| of(it)).count(), SERVED.len());
    }
}
