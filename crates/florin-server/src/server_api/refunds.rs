//! Refunds.

use florin_engine::refund::{NewRefund, Refund};
use florin_store::{Query, Table};
use florin_wire::connect::v1::types::{
    ApproveRefundRequest, FindRefundsResponse, RefundRequest, RefundsResponse,
};

use super::query::Parameters;
use super::{Answer, Call, parse};
use crate::platform::{Failure, MerchantAccount, Platform};
use crate::present;

/// `payments.refund`
pub(super) async fn create(platform: &Platform, call: &Call) -> Result<Answer, Failure> {
    let (request, faults) = parse::body::<RefundRequest>(call)?;
    parse::refuse_if(faults)?;
    let money = request.amount_of_money.unwrap_or_default();
    let references = request.refund_references.unwrap_or_default();
    let new = NewRefund {
        amount: money.amount,
        currency: money.currency_code,
        merchant_reference: references.merchant_reference,
    };
    let remember = call.remember.as_ref();
    let refund = platform.refund(&call.merchant, call.id(), new, remember).await?;
    created(platform, &call.merchant, &refund)
}

/// How a refund that was just made is answered.
pub(super) fn created(
    platform: &Platform,
    merchant: &MerchantAccount,
    refund: &Refund,
) -> Result<Answer, Failure> {
    let location =
        format!("{}/v1/{}/refunds/{}", platform.config.public_url, merchant.id, refund.id);
    Ok(Answer::json(201, &present::refund_response(platform, refund)?)?.at(location))
}

/// `payments.refunds`
pub(super) async fn of_payment(platform: &Platform, call: &Call) -> Result<Answer, Failure> {
    let payment = call.id();
    platform.load_payment(&call.merchant, payment).await?;
    let query = Query::new(Table::Refund, call.merchant.id.as_str()).parent(payment).oldest_first();
    let found = platform.find_refunds(query.page(0, florin_store::MAX_LIMIT)).await?;
    let refunds = found.items.iter().map(|refund| present::refund_result(platform, refund));
    let refunds = refunds.collect::<Result<Vec<_>, _>>()?;
    Answer::json(200, &RefundsResponse::default().refunds(refunds))
}

/// `refunds.get`
pub(super) async fn get(platform: &Platform, call: &Call) -> Result<Answer, Failure> {
    let (_, refund) = platform.load_refund(&call.merchant, call.id()).await?;
    Answer::json(200, &present::refund_response(platform, &refund)?)
}

/// `refunds.find`
pub(super) async fn find(platform: &Platform, call: &Call) -> Result<Answer, Failure> {
    let parameters = Parameters::new(&call.query);
    let (offset, limit) = parameters.page()?;
    let mut query = Query::new(Table::Refund, call.merchant.id.as_str());
    query.reference = parameters.text("merchantReference");
    query.extra = parameters.text("hostedCheckoutId");
    query.order = parameters.number("merchantOrderId")?;
    let found = platform.find_refunds(query.page(u64::from(offset), limit)).await?;
    let refunds = found.items.iter().map(|refund| present::refund_result(platform, refund));
    let refunds = refunds.collect::<Result<Vec<_>, _>>()?;
    let response = FindRefundsResponse::default()
        .offset(i32::try_from(offset).unwrap_or(i32::MAX))
        .limit(i32::try_from(limit).unwrap_or(i32::MAX))
        .total_count(i32::try_from(found.total).unwrap_or(i32::MAX))
        .refunds(refunds);
    Answer::json(200, &response)
}

/// `refunds.approve`
pub(super) async fn approve(platform: &Platform, call: &Call) -> Result<Answer, Failure> {
    let (request, faults) = parse::body::<ApproveRefundRequest>(call)?;
    parse::refuse_if(faults)?;
    let merchant = &call.merchant;
    platform
        .change_refund(merchant, call.id(), call.remember.as_ref(), |refund, payment, now_ms| {
            refund.approve(payment, request.amount, &merchant.settings, now_ms)
        })
        .await?;
    Ok(Answer::empty())
}

/// `refunds.cancel`
pub(super) async fn cancel(platform: &Platform, call: &Call) -> Result<Answer, Failure> {
    platform
        .change_refund(&call.merchant, call.id(), call.remember.as_ref(), Refund::cancel)
        .await?;
    Ok(Answer::empty())
}

/// `refunds.cancelapproval`
pub(super) async fn cancel_approval(platform: &Platform, call: &Call) -> Result<Answer, Failure> {
    let remember = call.remember.as_ref();
    platform.change_refund(&call.merchant, call.id(), remember, Refund::cancel_approval).await?;
    Ok(Answer::empty())
}
