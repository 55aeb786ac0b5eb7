//! The steps of the demo, and what each must come to.

use anyhow::{Context, Result, bail, ensure};
use florin::connect::types::{
    Address, AmountOfMoney, ApprovePaymentRequest, Card, CardPaymentMethodSpecificInput,
    CreatePaymentRequest, Customer, GetPaymentParams, Order, OrderReferences, Payment,
    RefundRequest,
};
use florin::connect::{Client, Config, Error};

use super::Story;
use crate::demo_account::MERCHANT;
use crate::sandbox::settle_or_advance;
use crate::serving::Serving;

/// A documented test card.
const CARD: &str = "4012000033330026";

/// With this amount in US dollars the card is declined, with this code.
const DECLINED: (i64, &str) = (6_100, "430306");

/// A payment cannot be refunded before it is paid.
const NOT_REFUNDABLE: &str = "300450";

/// Tells the story. An error names the step that did not go as it should.
pub(super) async fn tell(story: &mut Story, serving: &Serving) -> Result<()> {
    let credentials = &serving.credentials;
    let secret = credentials.secret.clone();
    let client = Client::new(
        Config::new(&credentials.api_key_id, secret, "Florin demo").endpoint(&serving.url),
    )?;
    let merchant = client.merchant(MERCHANT);
    let payments = merchant.payments();

    let step = "services.testconnection";
    let connection = merchant.services().testconnection().await.context(step)?;
    story.step(step, connection.result.unwrap_or_default());

    let step = "payments.create";
    let request = order(2_345, "EUR", "demo-1");
    let key = "demo-1";
    let created = payments.create(&request).idempotence_key(key).await.context(step)?;
    let id = created.payment_id().context(step)?.to_owned();
    let status = expect(step, created.payment.as_deref(), "PENDING_APPROVAL", 600)?;
    story.step(step, format!("payment {id}: 23.45 EUR, {status}"));

    let approval = ApprovePaymentRequest::default();
    let step = "payments.approve";
    let approved = payments.approve(&id, &approval).await.context(step)?;
    let status = expect(step, approved.payment.as_deref(), "CAPTURE_REQUESTED", 800)?;
    story.step(step, status);

    let step = "payments.cancelapproval";
    let cancelled = payments.cancelapproval(&id).await.context(step)?;
    let status = expect(step, cancelled.payment.as_deref(), "PENDING_APPROVAL", 600)?;
    story.step(step, status);

    let step = "payments.approve again";
    let approved = payments.approve(&id, &approval).await.context(step)?;
    let status = expect(step, approved.payment.as_deref(), "CAPTURE_REQUESTED", 800)?;
    story.step(step, status);

    let step = "payments.refund, too early";
    let refund = RefundRequest::default().amount_of_money(money(1_000, "EUR"));
    match payments.refund(&id, &refund).await {
        Err(error) if codes(&error).any(|code| code == NOT_REFUNDABLE) => {
            story.step(step, format!("refused with {NOT_REFUNDABLE}: not paid yet"));
        }
        Err(error) => return Err(error).context(step),
        Ok(_) => bail!("{step}: was not refused"),
    }

    let step = "sandbox settle";
    let token = &serving.admin_token;
    settle_or_advance(&serving.url, MERCHANT, Some(&id), "settle", token, None)
        .await
        .context(step)?;
    let settled = payments.get(&id, &GetPaymentParams::default()).await.context(step)?;
    let status = settled.status.as_ref().map(|status| status.as_str().to_owned());
    let output = settled.status_output.as_deref();
    let refundable = output.and_then(|output| output.is_refundable);
    ensure!(
        status.as_deref() == Some("PAID") && refundable == Some(true),
        "{step}: {status:?}, refundable: {refundable:?}"
    );
    story.step(step, "PAID (1000), refundable");

    let step = "payments.refund";
    let refunded = payments.refund(&id, &refund).await.context(step)?;
    let refund_id = refunded.refund_id().context(step)?;
    let status = refunded.status.as_ref().map(|status| status.as_str().to_owned());
    ensure!(status.as_deref() == Some("REFUND_REQUESTED"), "{step}: {status:?}");
    story.step(step, format!("refund {refund_id}: 10.00 EUR, REFUND_REQUESTED"));

    let step = "payments.create, declined";
    match payments.create(&order(DECLINED.0, "USD", "demo-2")).await {
        Err(Error::Declined(declined)) => {
            let found = declined.failure().errors().iter().find_map(|it| it.code.as_deref());
            let status = declined.transaction_status();
            ensure!(
                found == Some(DECLINED.1) && status == Some("REJECTED"),
                "{step}: {found:?}, {status:?}"
            );
            let id = declined.id().unwrap_or_default();
            story.step(step, format!("payment {id}: REJECTED with {}", DECLINED.1));
        }
        Err(error) => return Err(error).context(step),
        Ok(_) => bail!("{step}: was not declined"),
    }

    let step = "payments.create, replayed";
    let again = payments.create(&request).idempotence_key(key).response().await.context(step)?;
    let first_ms = again.idempotence_request_timestamp();
    let again = again.value().payment_id().context(step)?;
    ensure!(again == id, "{step}: made another payment, {again}");
    let first_ms =
        first_ms.with_context(|| format!("{step}: no timestamp of the first request"))?;
    story.step(step, format!("the same payment, first requested at {first_ms}"));
    Ok(())
}

fn money(amount: i64, currency: &str) -> AmountOfMoney {
    AmountOfMoney::default().amount(amount).currency_code(currency)
}

fn order(amount: i64, currency: &str, reference: &str) -> CreatePaymentRequest {
    let card = Card::default()
        .card_number(CARD)
        .cardholder_name("Wile E. Coyote")
        .cvv("123")
        .expiry_date("1239");
    let input = CardPaymentMethodSpecificInput::default().payment_product_id(1).card(card);
    let customer = Customer::default()
        .merchant_customer_id("1234")
        .billing_address(Address::default().country_code("NL"));
    let order = Order::default()
        .amount_of_money(money(amount, currency))
        .references(OrderReferences::default().merchant_reference(reference))
        .customer(customer);
    CreatePaymentRequest::default().order(order).card_payment_method_specific_input(input)
}

/// The status of a payment, when it is the one that is due.
fn expect(step: &str, payment: Option<&Payment>, status: &str, code: i32) -> Result<String> {
    let payment = payment.with_context(|| format!("{step}: the answer has no payment"))?;
    let found = payment.status.as_ref().map(|status| status.as_str().to_owned());
    let found_code = payment.status_output.as_deref().and_then(|output| output.status_code);
    ensure!(
        found.as_deref() == Some(status) && found_code == Some(code),
        "{step}: {found:?} ({found_code:?}) instead of {status} ({code})"
    );
    Ok(format!("{status} ({code})"))
}

fn codes(error: &Error) -> impl Iterator<Item = &str> {
    let errors = error.failure().map_or(&[][..], |failure| failure.errors());
    errors.iter().filter_map(|error| error.code.as_deref())
}
