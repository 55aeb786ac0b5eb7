//! Events.

use std::fmt;

use florin_wire::connect::v1::types::{
    CaptureResponse, DisputeResponse, PaymentResponse, PayoutResponse, RefundResponse,
    TokenResponse, WebhooksEvent, WebhooksEventType,
};

/// An event whose signature was checked.
///
/// Printed, it shows its members with the sensitive ones masked, and not the body.
#[derive(Clone)]
pub struct Event {
    message: WebhooksEvent,
    body: Vec<u8>,
}

impl Event {
    pub(super) fn new(message: WebhooksEvent, body: &[u8]) -> Self {
        Self { message, body: body.to_owned() }
    }

    /// The id of the event, the same each time that it is sent.
    pub fn id(&self) -> Option<&str> {
        self.message.id.as_deref()
    }

    /// What happened to what, such as `payment.paid`. Types that came after this version are kept as they are.
    pub fn event_type(&self) -> Option<&WebhooksEventType> {
        self.message.type_.as_ref()
    }

    /// When it happened, such as `2017-02-02T11:24:14.040+0100`.
    pub fn created(&self) -> Option<&str> {
        self.message.created.as_deref()
    }

    /// The merchant account that it happened in.
    pub fn merchant_id(&self) -> Option<&str> {
        self.message.merchant_id.as_deref()
    }

    /// Whether the event was made by hand to try the endpoint, and nothing happened.
    pub fn is_test(&self) -> bool {
        self.id().is_some_and(|id| id.starts_with("TEST-"))
    }

    /// What it happened to, in the state after the event.
    pub fn payload(&self) -> Payload<'_> {
        let message = &self.message;
        if let Some(payment) = &message.payment {
            Payload::Payment(payment)
        } else if let Some(refund) = &message.refund {
            Payload::Refund(refund)
        } else if let Some(payout) = &message.payout {
            Payload::Payout(payout)
        } else if let Some(token) = &message.token {
            Payload::Token(token)
        } else if let Some(dispute) = &message.dispute {
            Payload::Dispute(dispute)
        } else if let Some(capture) = &message.capture {
            Payload::Capture(capture)
        } else {
            Payload::Other
        }
    }

    /// The event as it travels.
    pub fn message(&self) -> &WebhooksEvent {
        &self.message
    }

    /// Takes the event as it travels.
    pub fn into_message(self) -> WebhooksEvent {
        self.message
    }

    /// The body as it came, with members that the types do not know. It may hold data of a person.
    pub fn raw_body(&self) -> &[u8] {
        &self.body
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Event").field(&self.message).finish()
    }
}

/// What an event is about.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Payload<'a> {
    /// A payment.
    Payment(&'a PaymentResponse),
    /// A refund.
    Refund(&'a RefundResponse),
    /// A payout.
    Payout(&'a PayoutResponse),
    /// A token. When it was deleted, its id is all that is left.
    Token(&'a TokenResponse),
    /// A dispute.
    Dispute(&'a DisputeResponse),
    /// A capture.
    Capture(&'a CaptureResponse),
    /// Something that this version does not know. [`Event::raw_body`] has it.
    Other,
}
