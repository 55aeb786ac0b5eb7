//! Tokens.

use florin_engine::Fault;
use florin_engine::clock::year_and_month;
use florin_wire::connect::v1::types::{
    CreateTokenRequest, TokenCard, TokenizePaymentRequest, UpdateTokenRequest,
};
use florin_wire::{Sensitive, json};

use super::{Answer, Call, parse, replay};
use crate::platform::{CardToken, CardUpdate, ClearCard, Failure, Platform, TokenUpdate};
use crate::products::{self, Product};

const NUMBER: &str = "card.data.cardWithoutCvv.cardNumber";
const EXPIRY: &str = "card.data.cardWithoutCvv.expiryDate";

/// `tokens.create`, for cards.
pub(super) async fn create(platform: &Platform, call: &Call) -> Result<Answer, Failure> {
    let (request, mut faults) = parse::body::<CreateTokenRequest>(call)?;
    let other = request.e_wallet.is_some()
        || request.non_sepa_direct_debit.is_some()
        || request.sepa_direct_debit.is_some()
        || request.encrypted_customer_input.is_some();
    if other && request.card.is_none() {
        return Err(Fault::not_served().saying("only card tokens are served yet").into());
    }
    let card = check_card(platform, call, request.card.as_deref(), &mut faults);
    let product = request.payment_product_id.unwrap_or_default();
    if request.payment_product_id.is_some() {
        check_product(product, &mut faults);
    }
    parse::refuse_if(faults)?;
    let Some(CardUpdate { number: Some(number), expiry, holder }) = card else {
        return Err(Fault::missing().at(NUMBER).into());
    };
    let card = ClearCard { number, expiry: expiry.unwrap_or_else(|| "".into()), holder };
    let details = request.card.unwrap_or_default();
    let token = CardToken {
        product,
        alias: details.alias,
        card,
        customer: details.customer.as_deref().map(|it| json::storable(it)),
    };
    let kept = platform.create_token(&call.merchant, token, call.remember.as_ref()).await?;
    replay::token_answer(&kept.id, kept.new, None)
}

/// `tokens.get`
pub(super) async fn get(platform: &Platform, call: &Call) -> Result<Answer, Failure> {
    let (_, token) = platform.load_token(&call.merchant, call.id()).await?;
    Answer::json(200, &crate::present::token_response(platform, &token)?)
}

/// `tokens.update`
pub(super) async fn update(platform: &Platform, call: &Call) -> Result<Answer, Failure> {
    let (request, mut faults) = parse::body::<UpdateTokenRequest>(call)?;
    let card = check_card(platform, call, request.card.as_deref(), &mut faults);
    if let Some(product) = request.payment_product_id {
        check_product(product, &mut faults);
    }
    parse::refuse_if(faults)?;
    let details = request.card.unwrap_or_default();
    let update = TokenUpdate {
        product: request.payment_product_id,
        alias: details.alias,
        card,
        customer: details.customer.as_deref().map(|it| json::storable(it)),
    };
    let remember = call.remember.as_ref();
    platform.update_token(&call.merchant, call.id(), update, remember).await?;
    Ok(Answer::empty())
}

/// `tokens.delete`
pub(super) async fn delete(platform: &Platform, call: &Call) -> Result<Answer, Failure> {
    platform.delete_token(&call.merchant, call.id(), call.remember.as_ref()).await?;
    Ok(Answer::empty())
}

/// `payments.tokenize`
pub(super) async fn of_payment(platform: &Platform, call: &Call) -> Result<Answer, Failure> {
    let (request, faults) = parse::body::<TokenizePaymentRequest>(call)?;
    parse::refuse_if(faults)?;
    let remember = call.remember.as_ref();
    let payment = call.id();
    let kept = platform.tokenize_payment(&call.merchant, payment, request.alias, remember).await?;
    replay::token_answer(&kept.id, kept.new, Some(payment))
}

fn check_card(
    platform: &Platform,
    call: &Call,
    card: Option<&TokenCard>,
    faults: &mut Vec<Fault>,
) -> Option<CardUpdate> {
    let card = card?.data.as_ref()?.card_without_cvv.as_ref()?;
    let month = year_and_month(platform.now_ms(&call.merchant));
    parse::card_number(faults, NUMBER, card.card_number.as_ref());
    parse::expiry(faults, EXPIRY, card.expiry_date.as_ref(), month);
    let given = |member: &Option<Sensitive<String>>| {
        member.clone().filter(|text| !text.expose().is_empty())
    };
    Some(CardUpdate {
        number: given(&card.card_number),
        expiry: given(&card.expiry_date),
        holder: given(&card.cardholder_name),
    })
}

fn check_product(product: i32, faults: &mut Vec<Fault>) {
    match products::by_id(product) {
        None => faults.push(Fault::unknown_product().at("paymentProductId")),
        Some(Product::Card) => {}
        Some(_) => faults.push(Fault::product_not_enabled().at("paymentProductId")),
    }
}
