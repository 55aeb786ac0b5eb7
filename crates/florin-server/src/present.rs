//! What the API shows of the engine's records.

use florin_engine::Fault;
use florin_engine::authorisation::{Decline, FraudResult};
use florin_engine::payment::{Method, Payment, Redirect};
use florin_engine::refund::Refund;
use florin_engine::status::PaymentStatus;
use florin_engine::token::Token;
use florin_store::Table;
use florin_wire::connect::v1::types::{
    AmountOfMoney, ApiError, CardEssentials, CardFraudResults, CardPaymentMethodSpecificOutput,
    CardWithoutCvv, CreatePaymentResponse, CustomerToken, MerchantAction, OrderStatusOutput,
    Payment as WirePayment, PaymentCreationOutput, PaymentOutput, PaymentReferences,
    PaymentResponse, PaymentStatusOutput, RedirectData, RedirectPaymentMethodSpecificOutput,
    RefundBankMethodSpecificOutput, RefundCardMethodSpecificOutput, RefundOutput, RefundResponse,
    RefundResult, TokenCard, TokenCardData, TokenResponse,
};

use crate::platform::{Failure, Platform};

/// The payment reference of methods that have none of their own.
const NO_REFERENCE: &str = "0";

/// A payment, as calls that show it alone answer.
pub(crate) fn payment_response(
    platform: &Platform,
    payment: &Payment,
) -> Result<PaymentResponse, Failure> {
    let shown = self::payment(platform, payment)?;
    let mut response = PaymentResponse::default();
    response.id = shown.id;
    response.payment_output = shown.payment_output;
    response.status = shown.status;
    response.status_output = shown.status_output;
    Ok(response)
}

/// A payment, as part of another answer.
pub(crate) fn payment(platform: &Platform, payment: &Payment) -> Result<WirePayment, Failure> {
    Ok(WirePayment::default()
        .id(payment.id.as_str())
        .payment_output(payment_output(platform, payment)?)
        .status(payment.status.as_str())
        .status_output(payment_status(payment)))
}

fn payment_output(platform: &Platform, payment: &Payment) -> Result<PaymentOutput, Failure> {
    let mut output = PaymentOutput::default()
        .amount_of_money(money(payment.shown_amount(), &payment.currency))
        .references(references(&payment.references))
        .payment_method(payment.method.as_str());
    if payment.paid > 0 {
        output = output.amount_paid(payment.paid);
    }
    if payment.refunded > 0 {
        output = output.amount_refunded(payment.refunded);
    }
    match &payment.method {
        Method::Card(card) => {
            let clear = platform.open_card(Table::Payment, &payment.id, &card.sealed)?;
            let mut essentials = CardEssentials::default()
                .card_number(card.masked.as_str())
                .expiry_date(clear.expiry);
            essentials.cardholder_name = clear.holder;
            let mut shown = CardPaymentMethodSpecificOutput::default()
                .payment_product_id(card.product)
                .card(essentials);
            shown.token.clone_from(&card.token);
            // What the issuer said is shown only once it was asked.
            if payment.status != PaymentStatus::Created {
                let mut fraud = CardFraudResults::default()
                    .avs_result(card.address_result.as_str())
                    .cvv_result(card.verification_result.as_str());
                if card.fraud != FraudResult::NoAdvice {
                    fraud = fraud.fraud_service_result(card.fraud.as_str());
                }
                shown = shown.fraud_results(fraud);
                shown.authorisation_code.clone_from(&card.authorisation_code);
                shown.scheme_transaction_id.clone_from(&card.scheme_transaction);
            }
            output = output.card_payment_method_specific_output(shown);
        }
        Method::Redirect(redirect) => {
            let shown =
                RedirectPaymentMethodSpecificOutput::default().payment_product_id(redirect.product);
            output = output.redirect_payment_method_specific_output(shown);
        }
    }
    Ok(output)
}

fn payment_status(payment: &Payment) -> PaymentStatusOutput {
    let flags = payment.flags();
    let mut output = PaymentStatusOutput::default()
        .is_authorized(flags.authorized)
        .is_cancellable(flags.cancellable)
        .is_refundable(flags.refundable)
        .status_category(payment.status.category())
        .status_code(i32::try_from(payment.code).unwrap_or_default())
        .status_code_change_date_time(payment.changed.as_str());
    match (&payment.decline, payment.status) {
        (Some(decline), _) => {
            output = output.is_retriable(decline.retriable).errors([decline_error(decline)]);
        }
        (None, PaymentStatus::AccountVerified) => output = output.is_retriable(false),
        (None, PaymentStatus::Rejected) => output = output.is_retriable(true),
        _ => {}
    }
    output
}

fn decline_error(decline: &Decline) -> ApiError {
    api_error(&Fault::declined(decline))
}

/// An entry of an error answer.
pub(crate) fn api_error(fault: &Fault) -> ApiError {
    let mut error = ApiError::default()
        .code(fault.code.as_ref())
        .id(fault.id.as_ref())
        .category(fault.category.as_str())
        .message(fault.message.as_ref())
        .http_status_code(i32::from(fault.status));
    error.property_name.clone_from(&fault.property);
    error
}

/// A payment that was just made, as the create call answers.
pub(crate) fn created(
    platform: &Platform,
    payment: &Payment,
) -> Result<CreatePaymentResponse, Failure> {
    let mut response = CreatePaymentResponse::default()
        .creation_output(creation_output(payment))
        .payment(self::payment(platform, payment)?);
    if payment.status == PaymentStatus::Redirected {
        let redirect = match &payment.method {
            Method::Redirect(redirect) => Some(redirect),
            Method::Card(card) => card.authentication.as_ref(),
        };
        if let Some(redirect) = redirect {
            response = response.merchant_action(redirect_action(platform, payment, redirect)?);
        }
    }
    Ok(response)
}

fn creation_output(payment: &Payment) -> PaymentCreationOutput {
    let reference = payment.references.merchant_reference.as_deref();
    let order = payment.id.get(..20).unwrap_or(&payment.id);
    let mut output = PaymentCreationOutput::default()
        .additional_reference(reference.unwrap_or(order))
        .external_reference(reference.unwrap_or(&payment.id));
    if let Method::Card(card) = &payment.method
        && let Some(new) = card.token_is_new
    {
        output = output.is_new_token(new).tokenization_succeeded(true);
        output.token.clone_from(&card.token);
    }
    output
}

fn redirect_action(
    platform: &Platform,
    payment: &Payment,
    redirect: &Redirect,
) -> Result<MerchantAction, Failure> {
    let (ticket, mac) = platform.open_redirect(&payment.id, &redirect.sealed)?;
    let address = format!("{}/redirect/{}/{ticket}", platform.config.public_url, payment.id);
    let data = RedirectData::default().redirect_url(address).return_mac(mac);
    Ok(MerchantAction::default().action_type("REDIRECT").redirect_data(data))
}

fn references(references: &florin_engine::payment::References) -> PaymentReferences {
    let mut shown = PaymentReferences::default().payment_reference(NO_REFERENCE);
    shown.merchant_reference.clone_from(&references.merchant_reference);
    shown.merchant_order_id = references.merchant_order_id;
    shown
}

fn money(amount: i64, currency: &str) -> AmountOfMoney {
    AmountOfMoney::default().amount(amount).currency_code(currency)
}

/// A refund, as calls that show it alone answer.
pub(crate) fn refund_response(
    platform: &Platform,
    refund: &Refund,
) -> Result<RefundResponse, Failure> {
    let shown = refund_result(platform, refund)?;
    let mut response = RefundResponse::default();
    response.id = shown.id;
    response.refund_output = shown.refund_output;
    response.status = shown.status;
    response.status_output = shown.status_output;
    Ok(response)
}

/// A refund, as an entry of a list.
pub(crate) fn refund_result(platform: &Platform, refund: &Refund) -> Result<RefundResult, Failure> {
    let mut output = RefundOutput::default()
        .amount_of_money(money(refund.amount, &refund.currency))
        .amount_paid(refund.total_paid)
        .references(references(&refund.references));
    if let Some(card) = &refund.card {
        let clear = platform.open_card(Table::Payment, &refund.payment, &card.sealed)?;
        let essentials =
            CardEssentials::default().card_number(card.masked.as_str()).expiry_date(clear.expiry);
        output = output.payment_method("card").card_refund_method_specific_output(
            RefundCardMethodSpecificOutput::default()
                .refund_product_id(refund.product)
                .card(essentials)
                .total_amount_paid(refund.total_paid)
                .total_amount_refunded(refund.total_refunded),
        );
    } else {
        output = output.payment_method("bankRefund").bank_refund_method_specific_output(
            RefundBankMethodSpecificOutput::default()
                .refund_product_id(refund.product)
                .total_amount_paid(refund.total_paid)
                .total_amount_refunded(refund.total_refunded),
        );
    }
    let status = OrderStatusOutput::default()
        .is_cancellable(refund.status.is_cancellable(refund.code))
        .status_category(refund.status.category())
        .status_code(i32::try_from(refund.code).unwrap_or_default())
        .status_code_change_date_time(refund.changed.as_str());
    Ok(RefundResult::default()
        .id(refund.id.as_str())
        .refund_output(output)
        .status(refund.status.as_str())
        .status_output(status))
}

/// A token.
pub(crate) fn token_response(platform: &Platform, token: &Token) -> Result<TokenResponse, Failure> {
    let clear = platform.open_card(Table::Token, &token.id, &token.sealed)?;
    let mut card =
        CardWithoutCvv::default().card_number(token.masked.as_str()).expiry_date(clear.expiry);
    card.cardholder_name = token.holder.as_deref().map(Into::into);
    let mut shown = TokenCard::default()
        .alias(token.alias.as_str())
        .data(TokenCardData::default().card_without_cvv(card));
    if let Some(customer) = &token.customer {
        let customer: CustomerToken = serde_json::from_value(customer.clone())?;
        shown = shown.customer(customer);
    }
    let mut response = TokenResponse::default()
        .id(token.id.as_str())
        .payment_product_id(token.product)
        .card(shown);
    response.original_payment_id.clone_from(&token.original_payment);
    Ok(response)
}
