//! Events for merchants: their bodies are frozen in the commit that causes them, sealed, one for each endpoint that
//! asked for them. Nothing is queued for a merchant without an endpoint and a key.

use florin_engine::clock::event_time;
use florin_engine::ids;
use florin_engine::payment::Payment;
use florin_engine::refund::Refund;
use florin_engine::token::Token;
use florin_engine::vault::Place;
use florin_store::{Batch, Work, WorkId, WorkKind};
use florin_wire::connect::v1::types;

use super::{Failure, MerchantAccount, Platform};
use crate::present;

impl Platform {
    /// Queues the events of a payment.
    pub(super) fn announce_payments(
        &self,
        batch: &mut Batch,
        merchant: &MerchantAccount,
        events: &[Payment],
    ) -> Result<(), Failure> {
        for payment in events {
            let event = format!("payment.{}", payment.status.as_str().to_lowercase());
            self.announce(batch, merchant, &event, |envelope| {
                Ok(envelope.payment(present::payment_response(self, payment)?))
            })?;
        }
        Ok(())
    }

    /// Queues the events of a refund.
    pub(super) fn announce_refunds(
        &self,
        batch: &mut Batch,
        merchant: &MerchantAccount,
        events: &[Refund],
    ) -> Result<(), Failure> {
        for refund in events {
            let event = format!("refund.{}", refund.status.as_str().to_lowercase());
            self.announce(batch, merchant, &event, |envelope| {
                Ok(envelope.refund(present::refund_response(self, refund)?))
            })?;
        }
        Ok(())
    }

    /// Queues an event of a token. A deleted one shows its id alone.
    pub(super) fn announce_token(
        &self,
        batch: &mut Batch,
        merchant: &MerchantAccount,
        event: &str,
        token: &Token,
    ) -> Result<(), Failure> {
        self.announce(batch, merchant, event, |envelope| {
            Ok(envelope.token(if event == "token.deleted" {
                types::TokenResponse::default().id(token.id.as_str())
            } else {
                present::token_response(self, token)?
            }))
        })
    }

    fn announce(
        &self,
        batch: &mut Batch,
        merchant: &MerchantAccount,
        event: &str,
        with_object: impl FnOnce(types::WebhooksEvent) -> Result<types::WebhooksEvent, Failure>,
    ) -> Result<(), Failure> {
        let mut wanting =
            merchant.endpoints.iter().filter(|endpoint| endpoint.wants(event)).peekable();
        if wanting.peek().is_none() {
            return Ok(());
        }
        let id = ids::uuid(&*self.entropy);
        let envelope = types::WebhooksEvent::default()
            .api_version("v1")
            .id(id.as_str())
            .created(event_time(self.now_ms(merchant)))
            .merchant_id(merchant.id.as_str())
            .type_(event);
        let body = serde_json::to_vec(&with_object(envelope)?)?;
        let now_ms = self.clock.now_ms();
        for (number, endpoint) in wanting.enumerate() {
            let name = format!("event/{id}/{number}");
            let place = Place { table: WorkKind::Delivery.as_str(), id: &name, column: "body" };
            let sealed = self.vault.seal(place, &body)?;
            let work_id = WorkId::new(merchant.id.as_str(), name.as_str());
            let work = Work::new(WorkKind::Delivery, work_id, now_ms, sealed.as_text());
            batch.enqueue(work.with_target(endpoint.url.as_str()));
        }
        Ok(())
    }
}
