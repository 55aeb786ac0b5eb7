//! Payments.

use florin_engine::Fault;
use florin_engine::clock::year_and_month;
use florin_engine::payment::{Payment, References};
use florin_store::{Query, Table};
use florin_wire::connect::v1::types::{
    ApprovePaymentCardPaymentMethodSpecificOutput, ApprovePaymentRequest, AuthorizationMode,
    CancelApprovalPaymentResponse, CancelPaymentCardPaymentMethodSpecificOutput,
    CancelPaymentResponse, CardPaymentMethodSpecificInput, CreatePaymentRequest, CustomerToken,
    FindPaymentsResponse, PaymentApprovalResponse, RecurrenceSequenceIndicator,
    RecurringPaymentSequenceIndicator, RedirectPaymentMethodSpecificInput,
};
use florin_wire::{Sensitive, json};

use super::query::Parameters;
use super::{Answer, Call, parse};
use crate::platform::{
    CardPayment, ClearCard, Failure, MerchantAccount, Platform, RedirectPayment, View,
};
use crate::present;
use crate::products::{self, Product};

const CARD: &str = "cardPaymentMethodSpecificInput";
const NUMBER: &str = "cardPaymentMethodSpecificInput.card.cardNumber";
const EXPIRY: &str = "cardPaymentMethodSpecificInput.card.expiryDate";

/// The provider reversed the authorisation.
const REVERSED: &str = "00";

/// `payments.create`, for cards and the redirect products that are served.
pub(super) async fn create(platform: &Platform, call: &Call) -> Result<Answer, Failure> {
    if call.merchant.platform != florin_wire::Platform::GlobalCollect {
        return Err(Fault::not_served().saying("only GlobalCollect is served yet").into());
    }
    let (mut request, mut faults) = parse::body::<CreatePaymentRequest>(call)?;
    let card = request.card_payment_method_specific_input.take();
    let redirect = request.redirect_payment_method_specific_input.take();
    match (&card, &redirect) {
        (Some(card), _) => check_card(platform, call, card, &mut faults),
        (None, Some(redirect)) => check_redirect(redirect, &mut faults),
        (None, None) if faults.is_empty() => {
            return Err(Fault::not_served().saying("this payment method is not served yet").into());
        }
        (None, None) => {}
    }
    parse::refuse_if(faults)?;
    if let Some(measured) = platform.measured.get() {
        return shown(platform, &call.merchant, measured, View::Created);
    }
    let remember = call.remember.clone();
    let payment = match (card, redirect) {
        (Some(card), _) => {
            let payment = card_payment(request, *card)?;
            platform.pay_by_card(&call.merchant, payment, remember).await?
        }
        (None, Some(redirect)) => {
            let payment = redirect_payment(request, *redirect)?;
            platform.pay_by_redirect(&call.merchant, payment, remember).await?
        }
        (None, None) => return Err(Fault::internal().into()),
    };
    if platform.config.ceiling {
        let _ = platform.measured.set(payment.clone());
    }
    shown(platform, &call.merchant, &payment, View::Created)
}

fn check_card(
    platform: &Platform,
    call: &Call,
    input: &CardPaymentMethodSpecificInput,
    faults: &mut Vec<Fault>,
) {
    if let Some(card) = &input.card {
        let month = year_and_month(platform.now_ms(&call.merchant));
        parse::card_number(faults, NUMBER, card.card_number.as_ref());
        parse::expiry(faults, EXPIRY, card.expiry_date.as_ref(), month);
    }
    if let Some(product) = input.payment_product_id {
        check_product(product, Product::Card, &format!("{CARD}.paymentProductId"), faults);
    }
    if input.network_token_data.is_some() || input.click_to_pay.is_some() {
        let message = "network tokens and Click to Pay are not served yet";
        faults.push(Fault::not_served().saying(message));
    }
}

fn check_redirect(input: &RedirectPaymentMethodSpecificInput, faults: &mut Vec<Fault>) {
    if let Some(product) = input.payment_product_id {
        let path = "redirectPaymentMethodSpecificInput.paymentProductId";
        check_product(product, Product::Redirect, path, faults);
    }
}

fn check_product(product: i32, wanted: Product, path: &str, faults: &mut Vec<Fault>) {
    match products::by_id(product) {
        None => faults.push(Fault::unknown_product().at(path)),
        Some(found) if found == wanted => {}
        Some(_) => faults.push(Fault::product_not_enabled().at(path)),
    }
}

fn card_payment(
    request: CreatePaymentRequest,
    input: CardPaymentMethodSpecificInput,
) -> Result<CardPayment, Failure> {
    let order = request.order.unwrap_or_default();
    let money = order.amount_of_money.unwrap_or_default();
    let first = is_first_of_a_series(&input);
    let customer = order.customer;
    let city = customer.as_ref().and_then(|customer| customer.billing_address.as_ref());
    let city = city.and_then(|address| address.city.clone());
    let kept_customer = customer.as_ref().map(|customer| {
        let mut kept = CustomerToken::default();
        kept.merchant_customer_id.clone_from(&customer.merchant_customer_id);
        kept.billing_address.clone_from(&customer.billing_address);
        json::storable(&kept)
    });
    let sale = matches!(input.authorization_mode, Some(AuthorizationMode::Sale));
    let return_url = input.three_d_secure.as_ref().and_then(|it| it.redirection_data.as_ref());
    let return_url = return_url.and_then(|data| data.return_url.clone()).or(input.return_url);
    let (card, cvv) = match input.card {
        None => (None, None),
        Some(mut card) => {
            let cvv = card.cvv.take().filter(|cvv| !cvv.expose().is_empty());
            let clear = ClearCard {
                number: card.card_number.take().unwrap_or_else(|| Sensitive::from("")),
                expiry: card.expiry_date.take().unwrap_or_else(|| Sensitive::from("")),
                holder: card.cardholder_name.take(),
            };
            (Some(clear), cvv)
        }
    };
    Ok(CardPayment {
        amount: money.amount.ok_or_else(Fault::missing)?,
        currency: money.currency_code.ok_or_else(Fault::missing)?,
        references: references(order.references),
        requires_approval: input.requires_approval.or(sale.then_some(false)),
        product: input.payment_product_id,
        card,
        token: input.token.filter(|token| !token.is_empty()),
        cvv,
        tokenize: input.tokenize.unwrap_or(false) || first,
        customer: kept_customer,
        city,
        skip_fraud: input.skip_fraud_service.unwrap_or(false),
        return_url,
    })
}

/// The first payment of a series keeps the card for the next ones without being asked to.
fn is_first_of_a_series(input: &CardPaymentMethodSpecificInput) -> bool {
    let recurring = input.recurring.as_ref();
    let recurring = recurring.and_then(|it| it.recurring_payment_sequence_indicator.as_ref());
    input.is_recurring.unwrap_or(false)
        && (recurring == Some(&RecurrenceSequenceIndicator::First)
            || input.recurring_payment_sequence_indicator
                == Some(RecurringPaymentSequenceIndicator::First))
}

fn redirect_payment(
    request: CreatePaymentRequest,
    input: RedirectPaymentMethodSpecificInput,
) -> Result<RedirectPayment, Failure> {
    let order = request.order.unwrap_or_default();
    let money = order.amount_of_money.unwrap_or_default();
    let return_url = input.redirection_data.and_then(|data| data.return_url).or(input.return_url);
    Ok(RedirectPayment {
        amount: money.amount.ok_or_else(Fault::missing)?,
        currency: money.currency_code.ok_or_else(Fault::missing)?,
        references: references(order.references),
        requires_approval: input.requires_approval,
        product: input.payment_product_id.ok_or_else(Fault::missing)?,
        return_url,
    })
}

fn references(
    references: Option<Box<florin_wire::connect::v1::types::OrderReferences>>,
) -> References {
    let references = references.unwrap_or_default();
    References {
        merchant_reference: references.merchant_reference.filter(|text| !text.is_empty()),
        merchant_order_id: references.merchant_order_id,
    }
}

/// How a payment is answered by the call that made or changed it.
pub(super) fn shown(
    platform: &Platform,
    merchant: &MerchantAccount,
    payment: &Payment,
    view: View,
) -> Result<Answer, Failure> {
    match view {
        View::Created => {
            let location = format!(
                "{}/v1/{}/payments/{}",
                platform.config.public_url, merchant.id, payment.id
            );
            Ok(Answer::json(201, &present::created(platform, payment)?)?.at(location))
        }
        View::Approved => {
            let void = ApprovePaymentCardPaymentMethodSpecificOutput::default();
            let mut response =
                PaymentApprovalResponse::default().payment(present::payment(platform, payment)?);
            // Part of the authorisation was given back.
            if payment.approved.is_some_and(|approved| approved < payment.amount) {
                response =
                    response.card_payment_method_specific_output(void.void_response_id(REVERSED));
            }
            Answer::json(200, &response)
        }
        View::Cancelled => {
            let void =
                CancelPaymentCardPaymentMethodSpecificOutput::default().void_response_id(REVERSED);
            let response = CancelPaymentResponse::default()
                .payment(present::payment(platform, payment)?)
                .card_payment_method_specific_output(void);
            Answer::json(200, &response)
        }
        View::ApprovalCancelled => {
            let response = CancelApprovalPaymentResponse::default();
            Answer::json(200, &response.payment(present::payment(platform, payment)?))
        }
        View::Bare => Answer::json(200, &present::payment_response(platform, payment)?),
    }
}

/// `payments.get`
pub(super) async fn get(platform: &Platform, call: &Call) -> Result<Answer, Failure> {
    let (_, payment) = platform.load_payment(&call.merchant, call.id()).await?;
    shown(platform, &call.merchant, &payment, View::Bare)
}

/// `payments.find`
pub(super) async fn find(platform: &Platform, call: &Call) -> Result<Answer, Failure> {
    let parameters = Parameters::new(&call.query);
    let (offset, limit) = parameters.page()?;
    let mut query = Query::new(Table::Payment, call.merchant.id.as_str());
    query.reference = parameters.text("merchantReference");
    query.extra = parameters.text("hostedCheckoutId");
    query.order = parameters.number("merchantOrderId")?;
    let found = platform.find_payments(query.page(u64::from(offset), limit)).await?;
    let payments = found.items.iter().map(|payment| present::payment(platform, payment));
    let response = FindPaymentsResponse::default()
        .offset(i32::try_from(offset).unwrap_or(i32::MAX))
        .limit(i32::try_from(limit).unwrap_or(i32::MAX))
        .total_count(i32::try_from(found.total).unwrap_or(i32::MAX))
        .payments(payments.collect::<Result<Vec<_>, _>>()?);
    Answer::json(200, &response)
}

/// `payments.approve`
pub(super) async fn approve(platform: &Platform, call: &Call) -> Result<Answer, Failure> {
    let (request, faults) = parse::body::<ApprovePaymentRequest>(call)?;
    parse::refuse_if(faults)?;
    let reference = request.order.and_then(|order| order.references);
    let reference = reference.and_then(|references| references.merchant_reference);
    let merchant = &call.merchant;
    change(platform, call, View::Approved, |payment, now_ms| {
        payment.approve(request.amount, reference.clone(), &merchant.settings, now_ms)
    })
    .await
}

/// `payments.cancelapproval`
pub(super) async fn cancel_approval(platform: &Platform, call: &Call) -> Result<Answer, Failure> {
    change(platform, call, View::ApprovalCancelled, Payment::cancel_approval).await
}

/// `payments.cancel`
pub(super) async fn cancel(platform: &Platform, call: &Call) -> Result<Answer, Failure> {
    change(platform, call, View::Cancelled, Payment::cancel).await
}

/// `payments.processchallenged`
pub(super) async fn process_challenged(
    platform: &Platform,
    call: &Call,
) -> Result<Answer, Failure> {
    let merchant = &call.merchant;
    change(platform, call, View::Bare, |payment, now_ms| {
        payment.process_challenged(&merchant.settings, now_ms)
    })
    .await
}

async fn change(
    platform: &Platform,
    call: &Call,
    view: View,
    decide: impl Fn(&Payment, i64) -> Result<florin_engine::payment::Change, Fault> + Send + Sync,
) -> Result<Answer, Failure> {
    let remember = call.remember.as_ref().map(|remember| (remember, view));
    let payment = platform.change_payment(&call.merchant, call.id(), remember, decide).await?;
    shown(platform, &call.merchant, &payment, view)
}
