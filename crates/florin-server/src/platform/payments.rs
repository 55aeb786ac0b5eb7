//! Payments: creating them, changing them, finding them.

use florin_engine::authorisation::{Authorisation, FraudResult, Verdict};
use florin_engine::payment::{CardUse, Change, Method, NewPayment, Payment, Redirect, References};
use florin_engine::{Fault, card, ids};
use florin_processor::{Nature, ProcessorError};
use florin_store::{Batch, CommitError, Index, Key, Query, Record, Table};
use florin_wire::Sensitive;

use super::cards::SealedRedirect;
use super::tokens::NewToken;
use super::{ClearCard, Failure, MerchantAccount, Platform, Remember, Replay, View};

/// How often a decision is made again after it lost a race.
pub(super) const ATTEMPTS: usize = 5;

/// A card payment that was asked for and found valid.
#[derive(Clone, Debug)]
pub(crate) struct CardPayment {
    /// Hundredths.
    pub(crate) amount: i64,
    /// ISO 4217.
    pub(crate) currency: String,
    /// The merchant's references.
    pub(crate) references: References,
    /// Whether it waits for an approval; nothing leaves it to the account.
    pub(crate) requires_approval: Option<bool>,
    /// The payment product; nothing takes that of the token.
    pub(crate) product: Option<i32>,
    /// The card; nothing takes that of the token.
    pub(crate) card: Option<ClearCard>,
    /// The token to pay with.
    pub(crate) token: Option<String>,
    /// The verification value.
    pub(crate) cvv: Option<Sensitive<String>>,
    /// Whether the card is to be kept as a token.
    pub(crate) tokenize: bool,
    /// The customer, for a token that is made.
    pub(crate) customer: Option<serde_json::Value>,
    /// The city of the billing address.
    pub(crate) city: Option<String>,
    /// Whether fraud screening is left out.
    pub(crate) skip_fraud: bool,
    /// Where the consumer comes back to after 3-D Secure.
    pub(crate) return_url: Option<String>,
}

/// A redirect payment that was asked for and found valid.
#[derive(Clone, Debug)]
pub(crate) struct RedirectPayment {
    /// Hundredths.
    pub(crate) amount: i64,
    /// ISO 4217.
    pub(crate) currency: String,
    /// The merchant's references.
    pub(crate) references: References,
    /// Whether it waits for an approval; nothing leaves it to the account.
    pub(crate) requires_approval: Option<bool>,
    /// The payment product.
    pub(crate) product: i32,
    /// Where the consumer comes back to.
    pub(crate) return_url: Option<String>,
}

/// One page of what was found.
pub(crate) struct Found<T> {
    /// All matches.
    pub(crate) total: u64,
    /// Those of the page.
    pub(crate) items: Vec<T>,
}

impl Platform {
    /// Makes a card payment.
    pub(crate) async fn pay_by_card(
        &self,
        merchant: &MerchantAccount,
        request: CardPayment,
        remember: Option<Remember>,
    ) -> Result<Payment, Failure> {
        let (card, product) = match &request.token {
            Some(token) => {
                let unknown = || Fault::unknown_token().at("cardPaymentMethodSpecificInput.token");
                let found = self.find_token(merchant, token).await?;
                let (_, stored) = found.ok_or_else(unknown)?;
                let kept = self.open_card(Table::Token, &stored.id, &stored.sealed)?;
                let expiry = request.card.as_ref().map(|card| card.expiry.clone());
                let expiry = expiry.filter(|expiry| !expiry.expose().is_empty());
                let card = ClearCard { expiry: expiry.unwrap_or(kept.expiry), ..kept };
                (card, request.product.unwrap_or(stored.product))
            }
            None => {
                let missing = || Fault::missing().at("cardPaymentMethodSpecificInput.card");
                let card = request.card.clone().ok_or_else(missing)?;
                (card, request.product.ok_or_else(missing)?)
            }
        };
        self.refuse_final_order(merchant, &request.references, product).await?;
        let id = self.new_payment_id(merchant).await?;
        let sealed = self.seal_card(Table::Payment, &id, &card)?;
        let new = NewPayment {
            id: id.clone(),
            amount: request.amount,
            currency: request.currency.clone(),
            references: request.references.clone(),
            requires_approval: request.requires_approval,
            method: Method::Card(CardUse {
                product,
                masked: card::masked(card.number.expose(), merchant.settings.card_mask),
                sealed,
                authorisation_code: None,
                scheme_transaction: None,
                address_result: "0".to_owned(),
                verification_result: "0".to_owned(),
                fraud: FraudResult::NoAdvice,
                token: request.token.clone(),
                token_is_new: None,
                authentication: None,
            }),
        };
        let ask = Authorisation {
            reference: id,
            amount: request.amount,
            currency: request.currency.clone(),
            product,
            number: card.number.clone(),
            expiry: card.expiry.clone(),
            cvv: request.cvv.clone(),
            city: request.city.clone(),
            skip_fraud: request.skip_fraud,
        };
        let remote = self.processor.nature() == Nature::Remote;
        let (intent, remember) = if remote {
            let (intent, remember) = self.intend(merchant, &new, remember).await?;
            (Some(intent), remember)
        } else {
            (None, remember)
        };
        let outcome = match self.processor.authorise(&ask).await {
            Ok(outcome) => outcome,
            Err(error) => {
                if let (ProcessorError::NotSent(_), Some(intent)) = (&error, intent) {
                    self.withdraw(intent, remember.as_ref()).await?;
                }
                return Err(error.into());
            }
        };
        let now_ms = self.now_ms(merchant);
        let mut change = Payment::with_card(new, &outcome, &merchant.settings, now_ms);
        if outcome.verdict == Verdict::AuthenticationRequired {
            self.prepare_authentication(&mut change, product, request.return_url.clone())?;
        }
        let keep = request.tokenize && matches!(outcome.verdict, Verdict::Approved { .. });
        let token = keep.then(|| NewToken {
            product,
            alias: None,
            card: card.clone(),
            customer: request.customer.clone(),
            original_payment: Some(change.payment.id.clone()),
        });
        self.store_created(merchant, change, token, intent, remember).await
    }

    /// Makes a payment at a third party.
    pub(crate) async fn pay_by_redirect(
        &self,
        merchant: &MerchantAccount,
        request: RedirectPayment,
        remember: Option<Remember>,
    ) -> Result<Payment, Failure> {
        self.refuse_final_order(merchant, &request.references, request.product).await?;
        let id = self.new_payment_id(merchant).await?;
        let redirect = self.redirect(&id, request.product, request.return_url)?;
        let new = NewPayment {
            id,
            amount: request.amount,
            currency: request.currency,
            references: request.references,
            requires_approval: request.requires_approval,
            method: Method::Redirect(redirect),
        };
        let now_ms = self.now_ms(merchant);
        let change = Payment::with_redirect(new, &merchant.settings, now_ms);
        self.store_created(merchant, change, None, None, remember).await
    }

    async fn new_payment_id(&self, merchant: &MerchantAccount) -> Result<String, Failure> {
        let order = self.next_order(&merchant.id).await?;
        Ok(ids::payment_id(&merchant.id, order, 1, 1))
    }

    fn redirect(
        &self,
        payment: &str,
        product: i32,
        return_url: Option<String>,
    ) -> Result<Redirect, Failure> {
        let secrets =
            SealedRedirect { ticket: ids::hex32(&*self.entropy), mac: ids::uuid(&*self.entropy) };
        Ok(Redirect { product, return_url, sealed: self.seal_redirect(payment, &secrets)? })
    }

    fn prepare_authentication(
        &self,
        change: &mut Change,
        product: i32,
        return_url: Option<String>,
    ) -> Result<(), Failure> {
        let redirect = self.redirect(&change.payment.id, product, return_url)?;
        if let Method::Card(card) = &mut change.payment.method {
            card.authentication = Some(redirect);
        }
        Ok(())
    }

    /// A second payment for an order that is paid would charge the consumer twice.
    async fn refuse_final_order(
        &self,
        merchant: &MerchantAccount,
        references: &References,
        product: i32,
    ) -> Result<(), Failure> {
        let Some(order) = references.merchant_order_id else { return Ok(()) };
        let mut skip = 0;
        loop {
            let query = Query::new(Table::Payment, merchant.id.as_str()).order(order);
            let page = self.find_payments(query.page(skip, florin_store::MAX_LIMIT)).await?;
            let paid = |payment: &Payment| {
                payment.status.is_settled() && payment.method.product() == product
            };
            if page.items.iter().any(paid) {
                let message = format!(
                    "INSERTATTEMPT PAYMENT FOR ORDER ALREADY FINAL FOR COMBINATION ({}, {order}, {product})",
                    merchant.id
                );
                let fault = Fault::order_is_final().at("order.references.merchantOrderId");
                return Err(fault.saying(message).into());
            }
            skip += page.items.len() as u64;
            if page.items.is_empty() || skip >= page.total {
                return Ok(());
            }
        }
    }

    /// Commits a payment that was decided, with all that belongs to it. When a token for the card turns up meanwhile,
    /// that one is used.
    pub(super) async fn store_created(
        &self,
        merchant: &MerchantAccount,
        change: Change,
        token: Option<NewToken>,
        intent: Option<(Key, u64)>,
        remember: Option<Remember>,
    ) -> Result<Payment, Failure> {
        for _ in 0..ATTEMPTS {
            let mut change = change.clone();
            let mut batch = Batch::new();
            if let Some(remember) = &remember {
                let id = change.payment.id.clone();
                remember.note(&mut batch, Replay::Payment { id, view: View::Created })?;
            }
            if let Some(token) = &token {
                let kept = self.keep_token(&mut batch, merchant, token).await?;
                if let Method::Card(card) = &mut change.payment.method {
                    card.token = Some(kept.id);
                    card.token_is_new = Some(kept.new);
                }
                // The event of the result shows the token as well.
                if let Some(last) = change.events.last_mut() {
                    *last = change.payment.clone();
                }
            }
            if let Some((key, version)) = &intent {
                batch.delete(key.clone(), *version);
            }
            batch.insert(payment_record(merchant, &change.payment)?);
            Self::time(&mut batch, merchant, &change.payment.id, None, change.payment.due_ms);
            self.announce_payments(&mut batch, merchant, &change.events)?;
            match self.store.commit(batch).await {
                Ok(()) => {
                    self.wake_timers(change.payment.due_ms);
                    return if change.payment.decline.is_some() {
                        Err(Failure::Declined(Box::new(change.payment)))
                    } else {
                        Ok(change.payment)
                    };
                }
                Err(CommitError::DuplicateLookup(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Fault::action_in_process().into())
    }

    /// Loads a payment with its version.
    pub(crate) async fn load_payment(
        &self,
        merchant: &MerchantAccount,
        id: &str,
    ) -> Result<(u64, Payment), Failure> {
        let unknown = || Fault::unknown_payment().at("paymentId");
        if !ids::is_payment_id(id) {
            return Err(unknown().into());
        }
        let key = Key::new(Table::Payment, merchant.id.as_str(), id);
        let record = self.store.get(key).await?.ok_or_else(unknown)?;
        Ok((record.version, serde_json::from_slice(&record.body)?))
    }

    /// Decides something about a payment and commits it, again if it lost a race.
    pub(crate) async fn change_payment(
        &self,
        merchant: &MerchantAccount,
        id: &str,
        remember: Option<(&Remember, View)>,
        decide: impl Fn(&Payment, i64) -> Result<Change, Fault> + Send + Sync,
    ) -> Result<Payment, Failure> {
        for _ in 0..ATTEMPTS {
            let (version, payment) = self.load_payment(merchant, id).await?;
            let change = decide(&payment, self.now_ms(merchant))?;
            let mut batch = Batch::new();
            if let Some((remember, view)) = remember {
                remember.note(&mut batch, Replay::Payment { id: id.to_owned(), view })?;
            }
            self.put_payment(&mut batch, merchant, version, payment.due_ms, &change)?;
            match self.store.commit(batch).await {
                Ok(()) => {
                    self.wake_timers(change.payment.due_ms);
                    return Ok(change.payment);
                }
                Err(CommitError::Conflict(key)) if key.table == Table::Payment => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Fault::action_in_process().into())
    }

    /// Adds a changed payment, its timer and its events to a batch.
    pub(super) fn put_payment(
        &self,
        batch: &mut Batch,
        merchant: &MerchantAccount,
        version: u64,
        due_before: Option<i64>,
        change: &Change,
    ) -> Result<(), Failure> {
        let mut record = payment_record(merchant, &change.payment)?;
        record.version = version;
        batch.update(record);
        Self::time(batch, merchant, &change.payment.id, due_before, change.payment.due_ms);
        self.announce_payments(batch, merchant, &change.events)
    }

    /// A page of a merchant's payments.
    pub(crate) async fn find_payments(&self, query: Query) -> Result<Found<Payment>, Failure> {
        let page = self.store.find(query).await?;
        let items = page.records.iter().map(|record| serde_json::from_slice(&record.body));
        Ok(Found { total: page.total, items: items.collect::<Result<_, _>>()? })
    }
}

/// The record of a payment, as new.
pub(super) fn payment_record(
    merchant: &MerchantAccount,
    payment: &Payment,
) -> Result<Record, Failure> {
    let key = Key::new(Table::Payment, merchant.id.as_str(), payment.id.as_str());
    let index = Index {
        reference: payment.references.merchant_reference.clone(),
        order: payment.references.merchant_order_id,
        sort: payment.created_ms,
        ..Index::default()
    };
    Ok(Record::new(key, serde_json::to_vec(payment)?).with_index(index))
}
