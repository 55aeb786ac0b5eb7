//! The sandbox's hand on the capture run.

use florin_engine::payment::Payment;
use florin_store::{Query, Table};

use super::timers::Until;
use super::{Failure, MerchantAccount, Platform};

/// Objects looked at in one go.
const PAGE: u32 = 100;

impl Platform {
    /// Settles a payment now, and the refunds of it that are on their way.
    pub(crate) async fn settle_payment(
        &self,
        merchant: &MerchantAccount,
        id: &str,
    ) -> Result<Payment, Failure> {
        self.load_payment(merchant, id).await?;
        self.collect_payment(merchant, id, Until::End).await?;
        let refunds = Query::new(Table::Refund, merchant.id.as_str()).parent(id).oldest_first();
        for refund in self.find_refunds(refunds.page(0, florin_store::MAX_LIMIT)).await?.items {
            self.collect_refund(merchant, &refund.id, Until::End).await?;
        }
        Ok(self.load_payment(merchant, id).await?.1)
    }

    /// Moves a payment one step through the capture run.
    pub(crate) async fn step_payment(
        &self,
        merchant: &MerchantAccount,
        id: &str,
    ) -> Result<Payment, Failure> {
        self.collect_payment(merchant, id, Until::NextStep).await?;
        Ok(self.load_payment(merchant, id).await?.1)
    }

    /// Settles everything of a merchant that is on its way. Says how many objects moved.
    pub(crate) async fn settle_all(&self, merchant: &MerchantAccount) -> Result<u64, Failure> {
        let mut moved = 0;
        let mut offset = 0;
        loop {
            let query = Query::new(Table::Payment, merchant.id.as_str()).oldest_first();
            let page = self.find_payments(query.page(offset, PAGE)).await?.items;
            for payment in page.iter().filter(|payment| payment.due_ms.is_some()) {
                moved += u64::from(self.collect_payment(merchant, &payment.id, Until::End).await?);
            }
            offset += page.len() as u64;
            if page.len() < PAGE as usize {
                break;
            }
        }
        offset = 0;
        loop {
            let query = Query::new(Table::Refund, merchant.id.as_str()).oldest_first();
            let page = self.find_refunds(query.page(offset, PAGE)).await?.items;
            for refund in page.iter().filter(|refund| refund.due_ms.is_some()) {
                moved += u64::from(self.collect_refund(merchant, &refund.id, Until::End).await?);
            }
            offset += page.len() as u64;
            if page.len() < PAGE as usize {
                return Ok(moved);
            }
        }
    }
}
