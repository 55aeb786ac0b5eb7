//! Records: a versioned body under a key, and what it can be found by.
//!
//! **Invariant:** a table's name is stable: it is an SQL table, and part of what sealed values are bound to.

use std::fmt;

#[cfg(doc)]
use super::Batch;

/// The kinds of record, one table each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Table {
    /// Payments and payouts. Owner: merchant.
    Payment,
    /// Refunds. Owner: merchant; parent: payment.
    Refund,
    /// Card tokens and mandates. Owner: merchant.
    Token,
    /// Client sessions, hosted checkouts, hosted mandate pages. Owner: merchant.
    Session,
    /// Answers kept for replay. Owner: merchant.
    Idempotence,
    /// Reserved blocks of numbers. Owner: merchant.
    Sequence,
    /// What a remote processor is about to be asked. Owner: merchant.
    Intent,
    /// Accounts. Owner: "".
    Account,
    /// Merchants. Owner: account; parent: account.
    Merchant,
    /// API keys. Owner: account or merchant.
    ApiKey,
    /// Webhook keys. Owner: merchant or account.
    WebhookKey,
    /// Webhook endpoints. Owner: merchant.
    Endpoint,
    /// Merchants of the Acquiring API. Owner: account.
    Acquirer,
    /// OAuth2 clients. Owner: account.
    OauthClient,
    /// Offsets of the sandbox clock. Owner: merchant.
    Clock,
    /// What the store or the platform notes about itself. Owner: "".
    Meta,
}

impl Table {
    /// Every table, in declaration order.
    pub const ALL: [Self; 16] = [
        Self::Payment,
        Self::Refund,
        Self::Token,
        Self::Session,
        Self::Idempotence,
        Self::Sequence,
        Self::Intent,
        Self::Account,
        Self::Merchant,
        Self::ApiKey,
        Self::WebhookKey,
        Self::Endpoint,
        Self::Acquirer,
        Self::OauthClient,
        Self::Clock,
        Self::Meta,
    ];

    /// The stable name: the SQL table, and the `table` of a vault's place.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::Token => "token",
            Self::Session => "session",
            Self::Idempotence => "idempotence",
            Self::Sequence => "sequence",
            Self::Intent => "intent",
            Self::Account => "account",
            Self::Merchant => "merchant",
            Self::ApiKey => "api_key",
            Self::WebhookKey => "webhook_key",
            Self::Endpoint => "endpoint",
            Self::Acquirer => "acquirer",
            Self::OauthClient => "oauth_client",
            Self::Clock => "clock",
            Self::Meta => "meta",
        }
    }
}

/// Names one record.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The kind of record.
    pub table: Table,
    /// The merchant for payment tables; the account, or "", for directory tables.
    pub owner: Box<str>,
    /// Unique within table and owner.
    pub id: Box<str>,
}

impl Key {
    /// Names a record.
    pub fn new(table: Table, owner: impl Into<Box<str>>, id: impl Into<Box<str>>) -> Self {
        Self { table, owner: owner.into(), id: id.into() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.table.as_str(), self.owner, self.id)
    }
}

/// What a record can be found by, besides its key. Never holds anything secret: it is stored in the clear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// The merchant's own reference.
    pub reference: Option<String>,
    /// The id of the record this one belongs to, for example the payment of a refund.
    pub parent: Option<String>,
    /// A keyed fingerprint. When present it is **unique** within table and owner.
    pub lookup: Option<String>,
    /// A second id, for example the hosted checkout of a payment.
    pub extra: Option<String>,
    /// The merchant's order number.
    pub order: Option<i64>,
    /// What pages are sorted by: created, epoch milliseconds.
    pub sort: i64,
}

/// A versioned body under a key. The store never looks into the body.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// Names the record.
    pub key: Key,
    /// 1 after the insert, one more with every update. In [`Batch::update`]: the version that was read.
    pub version: u64,
    /// The serialized state, with every secret sealed.
    pub body: Vec<u8>,
    /// What it can be found by.
    pub index: Index,
}

impl Record {
    /// A record that isn't stored yet (version 0), without secondary indexes.
    pub fn new(key: Key, body: impl Into<Vec<u8>>) -> Self {
        Self { key, version: 0, body: body.into(), index: Index::default() }
    }

    /// The same record with these indexes.
    pub fn with_index(mut self, index: Index) -> Self {
        self.index = index;
        self
    }
}

/// Shows the length of the body, not the body: bodies hold personal data.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("key", &self.key)
            .field("version", &self.version)
            .field("body_bytes", &self.body.len())
            .field("index", &self.index)
            .finish()
    }
}
