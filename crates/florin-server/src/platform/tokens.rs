//! Tokens: one for each card number of a merchant.

use florin_engine::payment::Method;
use florin_engine::status::PaymentStatus;
use florin_engine::token::Token;
use florin_engine::{Fault, card, ids};
use florin_store::{Batch, CommitError, Index, Key, Query, Record, Table};
use florin_wire::Sensitive;

use super::payments::ATTEMPTS;
use super::{ClearCard, Failure, MerchantAccount, Platform, Remember, Replay};

/// A card token that was asked for and found valid.
#[derive(Clone, Debug)]
pub(crate) struct CardToken {
    /// The payment product.
    pub(crate) product: i32,
    /// What the merchant calls it.
    pub(crate) alias: Option<String>,
    /// The card.
    pub(crate) card: ClearCard,
    /// The customer as the merchant described it.
    pub(crate) customer: Option<serde_json::Value>,
}

/// A token that may have to be made.
#[derive(Clone, Debug)]
pub(super) struct NewToken {
    pub(super) product: i32,
    pub(super) alias: Option<String>,
    pub(super) card: ClearCard,
    pub(super) customer: Option<serde_json::Value>,
    pub(super) original_payment: Option<String>,
}

/// A token that is there now.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// Its id.
    pub(crate) id: String,
    /// Whether it was made just now.
    pub(crate) new: bool,
}

impl Platform {
    /// Makes a token of a card, or finds the one that is there.
    pub(crate) async fn create_token(
        &self,
        merchant: &MerchantAccount,
        request: CardToken,
        remember: Option<&Remember>,
    ) -> Result<Kept, Failure> {
        let token = NewToken {
            product: request.product,
            alias: request.alias,
            card: request.card,
            customer: request.customer,
            original_payment: None,
        };
        self.store_token(merchant, &token, remember).await
    }

    /// Makes a token of the card of a payment, or finds the one that is there.
    pub(crate) async fn tokenize_payment(
        &self,
        merchant: &MerchantAccount,
        payment: &str,
        alias: Option<String>,
        remember: Option<&Remember>,
    ) -> Result<Kept, Failure> {
        let (_, payment) = self.load_payment(merchant, payment).await?;
        let Method::Card(card) = &payment.method else {
            return Err(Fault::product_not_enabled().into());
        };
        let unauthorised = matches!(
            payment.status,
            PaymentStatus::Created | PaymentStatus::Redirected | PaymentStatus::Rejected
        );
        if unauthorised {
            return Err(Fault::not_pending().into());
        }
        let token = NewToken {
            product: card.product,
            alias,
            card: self.open_card(Table::Payment, &payment.id, &card.sealed)?,
            customer: None,
            original_payment: Some(payment.id.clone()),
        };
        self.store_token(merchant, &token, remember).await
    }

    async fn store_token(
        &self,
        merchant: &MerchantAccount,
        token: &NewToken,
        remember: Option<&Remember>,
    ) -> Result<Kept, Failure> {
        for _ in 0..ATTEMPTS {
            let mut batch = Batch::new();
            let kept = self.keep_token(&mut batch, merchant, token).await?;
            if let Some(remember) = remember {
                let (id, payment) = (kept.id.clone(), token.original_payment.clone());
                remember.note(&mut batch, Replay::Token { id, new: kept.new, payment })?;
            }
            match self.store.commit(batch).await {
                Ok(()) => return Ok(kept),
                Err(CommitError::DuplicateLookup(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Fault::action_in_process().into())
    }

    /// Finds the token of a card, or adds one to the batch. Data of an existing token stays as it is.
    pub(super) async fn keep_token(
        &self,
        batch: &mut Batch,
        merchant: &MerchantAccount,
        new: &NewToken,
    ) -> Result<Kept, Failure> {
        let fingerprint = self.card_fingerprint(&merchant.id, &new.card.number);
        let query = Query::new(Table::Token, merchant.id.as_str()).lookup(fingerprint.as_str());
        if let Some(record) = self.store.find(query.page(0, 1)).await?.records.first() {
            return Ok(Kept { id: record.key.id.to_string(), new: false });
        }
        let id = ids::uuid(&*self.entropy);
        let masked = card::masked(new.card.number.expose(), merchant.settings.card_mask);
        let token = Token {
            created_ms: self.now_ms(merchant),
            product: new.product,
            alias: new.alias.clone().unwrap_or_else(|| masked.clone()),
            masked,
            sealed: self.seal_card(Table::Token, &id, &new.card)?,
            fingerprint,
            holder: new.card.holder.as_ref().map(|holder| holder.expose().to_owned()),
            customer: new.customer.clone(),
            original_payment: new.original_payment.clone(),
            id: id.clone(),
        };
        batch.insert(token_record(merchant, &token)?);
        self.announce_token(batch, merchant, "token.created", &token)?;
        Ok(Kept { id, new: true })
    }

    /// Loads a token with its version.
    pub(crate) async fn load_token(
        &self,
        merchant: &MerchantAccount,
        id: &str,
    ) -> Result<(u64, Token), Failure> {
        let found = self.find_token(merchant, id).await?;
        Ok(found.ok_or_else(|| Fault::unknown_token().at("tokenId"))?)
    }

    /// A token with its version, if there is one.
    pub(super) async fn find_token(
        &self,
        merchant: &MerchantAccount,
        id: &str,
    ) -> Result<Option<(u64, Token)>, Failure> {
        let key = Key::new(Table::Token, merchant.id.as_str(), id);
        let Some(record) = self.store.get(key).await? else { return Ok(None) };
        Ok(Some((record.version, serde_json::from_slice(&record.body)?)))
    }

    /// Replaces what a token holds. What is not given stays.
    pub(crate) async fn update_token(
        &self,
        merchant: &MerchantAccount,
        id: &str,
        request: TokenUpdate,
        remember: Option<&Remember>,
    ) -> Result<(), Failure> {
        for _ in 0..ATTEMPTS {
            let (version, mut token) = self.load_token(merchant, id).await?;
            if let Some(update) = &request.card {
                let kept = self.open_card(Table::Token, id, &token.sealed)?;
                let card = &ClearCard {
                    number: update.number.clone().unwrap_or(kept.number),
                    expiry: update.expiry.clone().unwrap_or(kept.expiry),
                    holder: update.holder.clone().or(kept.holder),
                };
                token.masked = card::masked(card.number.expose(), merchant.settings.card_mask);
                token.fingerprint = self.card_fingerprint(&merchant.id, &card.number);
                token.sealed = self.seal_card(Table::Token, id, card)?;
                token.holder = card.holder.as_ref().map(|holder| holder.expose().to_owned());
            }
            if let Some(alias) = &request.alias {
                token.alias.clone_from(alias);
            }
            if request.customer.is_some() {
                token.customer.clone_from(&request.customer);
            }
            token.product = request.product.unwrap_or(token.product);
            let mut batch = Batch::new();
            if let Some(remember) = remember {
                remember.note(&mut batch, Replay::Empty)?;
            }
            let mut record = token_record(merchant, &token)?;
            record.version = version;
            batch.update(record);
            self.announce_token(&mut batch, merchant, "token.updated", &token)?;
            match self.store.commit(batch).await {
                Ok(()) => return Ok(()),
                Err(CommitError::Conflict(key)) if key.table == Table::Token => {}
                Err(CommitError::DuplicateLookup(_)) => {
                    // Another token has that card already.
                    return Err(Fault::action_in_process().at("card.data.cardWithoutCvv").into());
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Fault::action_in_process().into())
    }

    /// Removes a token.
    pub(crate) async fn delete_token(
        &self,
        merchant: &MerchantAccount,
        id: &str,
        remember: Option<&Remember>,
    ) -> Result<(), Failure> {
        for _ in 0..ATTEMPTS {
            let (version, token) = self.load_token(merchant, id).await?;
            let mut batch = Batch::new();
            if let Some(remember) = remember {
                remember.note(&mut batch, Replay::Empty)?;
            }
            batch.delete(Key::new(Table::Token, merchant.id.as_str(), id), version);
            self.announce_token(&mut batch, merchant, "token.deleted", &token)?;
            match self.store.commit(batch).await {
                Ok(()) => return Ok(()),
                Err(CommitError::Conflict(key)) if key.table == Table::Token => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Fault::action_in_process().into())
    }
}

/// New data for a token.
#[derive(Clone, Debug, Default)]
pub(crate) struct TokenUpdate {
    /// The payment product.
    pub(crate) product: Option<i32>,
    /// What the merchant calls it.
    pub(crate) alias: Option<String>,
    /// The card.
    pub(crate) card: Option<CardUpdate>,
    /// The customer as the merchant describes it.
    pub(crate) customer: Option<serde_json::Value>,
}

/// New data for the card of a token.
#[derive(Clone, Debug, Default)]
pub(crate) struct CardUpdate {
    /// The full number.
    pub(crate) number: Option<Sensitive<String>>,
    /// `MMYY`.
    pub(crate) expiry: Option<Sensitive<String>>,
    /// The name on the card.
    pub(crate) holder: Option<Sensitive<String>>,
}

fn token_record(merchant: &MerchantAccount, token: &Token) -> Result<Record, Failure> {
    let key = Key::new(Table::Token, merchant.id.as_str(), token.id.as_str());
    let index = Index {
        lookup: Some(token.fingerprint.as_str().to_owned()),
        sort: token.created_ms,
        ..Index::default()
    };
    Ok(Record::new(key, serde_json::to_vec(token)?).with_index(index))
}
