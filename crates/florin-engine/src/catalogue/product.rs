//! What a payment product is: who may pay with it, how, and what it can do.

use serde::Deserialize;

use super::field::Field;
use crate::money::convert;

/// The method that a payment product belongs to, which decides the life cycle of its payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MethodGroup {
    /// A payment card.
    Card,
    /// A wallet of a phone that holds cards.
    Mobile,
    /// A page of a third party.
    Redirect,
    /// A transfer that the consumer makes.
    BankTransfer,
    /// A voucher or a counter.
    Cash,
    /// A debit of the consumer's account.
    DirectDebit,
    /// An invoice of the merchant.
    Invoice,
    /// An invoice of a third party.
    EInvoice,
}

impl MethodGroup {
    /// Every method.
    pub const ALL: [Self; 8] = [
        Self::Card,
        Self::Mobile,
        Self::Redirect,
        Self::BankTransfer,
        Self::Cash,
        Self::DirectDebit,
        Self::Invoice,
        Self::EInvoice,
    ];

    /// The token of the API, as in `paymentMethod`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Mobile => "mobile",
            Self::Redirect => "redirect",
            Self::BankTransfer => "bankTransfer",
            Self::Cash => "cash",
            Self::DirectDebit => "directDebit",
            Self::Invoice => "invoice",
            Self::EInvoice => "eInvoice",
        }
    }
}

/// How well a product works on a phone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MobileLevel {
    /// Not at all.
    NoSupport,
    /// With pages made for a larger screen.
    BasicSupport,
    /// With pages made for it.
    #[default]
    OptimisedSupport,
}

impl MobileLevel {
    /// The token of the API, as in `mobileIntegrationLevel`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoSupport => "NO_SUPPORT",
            Self::BasicSupport => "BASIC_SUPPORT",
            Self::OptimisedSupport => "OPTIMISED_SUPPORT",
        }
    }
}

/// The smallest and the largest amount of a product, in hundredths of one currency.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The currency that the two are in.
    pub currency: String,
    /// Nothing smaller can be paid.
    pub min: Option<i64>,
    /// Nothing larger can be paid.
    pub max: Option<i64>,
}

impl Limits {
    /// The limits in another currency, at the sandbox rates. Where there is no rate, there is no limit.
    pub fn in_currency(&self, currency: &str) -> (Option<i64>, Option<i64>) {
        let of = |amount: Option<i64>| {
            if self.currency == currency {
                return amount;
            }
            amount.and_then(|amount| convert(amount, &self.currency, currency))
        };
        (of(self.min), of(self.max))
    }
}

/// A card network of a wallet.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// The wallet's name for it.
    pub name: String,
    /// The card product that has to be available for the network to be.
    pub product: i32,
}

/// One payment product.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct Product {
    /// The id that the API uses.
    pub id: i32,
    /// The brand name, which reads the same in every language.
    pub name: String,
    /// A shorter name, for a logo.
    pub short: Option<String>,
    /// The name is in the texts.
    #[serde(default)]
    pub translated: bool,
    /// The method that the product is listed under.
    pub method: MethodGroup,
    /// The method whose life cycle the product has, where that is another one.
    pub flow: Option<MethodGroup>,
    /// The group that the product belongs to.
    pub group: Option<String>,
    /// The product of the same brand whose card numbers these are.
    pub brand: Option<i32>,
    /// Offered to consumers. Others only appear in payouts, refunds and reports.
    #[serde(default = "yes")]
    pub listed: bool,
    /// Where products are listed, smaller ones come first.
    pub order: i32,
    /// Countries of the consumer; nothing means all.
    pub countries: Option<Vec<String>>,
    /// Currencies; nothing means all.
    pub currencies: Option<Vec<String>>,
    /// The smallest and the largest amount.
    pub limits: Option<Limits>,
    /// Can be charged again without the consumer.
    #[serde(default)]
    pub recurring: bool,
    /// Can be kept as a token.
    #[serde(default)]
    pub tokenization: bool,
    /// Becomes a token without being asked to.
    #[serde(default)]
    pub auto_tokenized: bool,
    /// Countries where payment in parts is possible; `*` means all.
    #[serde(default)]
    pub installments: Vec<String>,
    /// Can be captured in several parts.
    #[serde(default)]
    pub partial_captures: bool,
    /// The consumer is sent to a third party. A 3-D Secure challenge does not count.
    #[serde(default)]
    pub redirects: bool,
    /// The page of the third party may be inside a frame.
    #[serde(default)]
    pub iframe: bool,
    /// Needs scripts in the consumer's browser.
    #[serde(default)]
    pub javascript: bool,
    /// The value of the authentication indicator: "0" or, always authenticated, "1". Nothing: has no 3-D Secure.
    pub authentication: Option<String>,
    /// How well the product works on a phone.
    #[serde(default)]
    pub mobile: MobileLevel,
    /// A device fingerprint is collected.
    #[serde(default)]
    pub fingerprint: bool,
    /// Works with mandates of the API.
    #[serde(default)]
    pub mandates: bool,
    /// The consumer is shown instructions and pays elsewhere.
    #[serde(default)]
    pub shows_instructions: bool,
    /// The data that the instructions show, in order.
    #[serde(default)]
    pub instructions: Vec<String>,
    /// The country of the acquirer.
    pub acquirer_country: Option<String>,
    /// The card networks of a wallet.
    #[serde(default)]
    pub networks: Vec<Network>,
    /// The name of the gateway that a wallet encrypts for.
    pub gateway: Option<String>,
    /// The ways a consumer can get to the third party's app.
    #[serde(default)]
    pub integration_types: Vec<String>,
    /// The form, by name.
    #[serde(rename = "fields")]
    pub(super) template: Option<String>,
    /// What the consumer fills in, in order.
    #[serde(skip)]
    pub fields: Vec<Field>,
}

fn yes() -> bool {
    true
}

impl Product {
    /// The key of its name in the texts, which is there if the name is translated.
    pub fn text_key(&self) -> String {
        format!("product.{}", self.id)
    }

    /// The method whose life cycle the product has.
    pub fn flow(&self) -> MethodGroup {
        self.flow.unwrap_or(self.method)
    }

    /// Whether consumers of a country can pay in parts.
    pub fn allows_installments(&self, country: &str) -> bool {
        self.installments.iter().any(|one| one == "*" || one == country)
    }

    /// Whether consumers of a country can pay with it.
    pub fn is_in_country(&self, country: &str) -> bool {
        self.countries.as_ref().is_none_or(|all| all.iter().any(|one| one == country))
    }

    /// Whether a currency can be paid with it.
    pub fn is_in_currency(&self, currency: &str) -> bool {
        self.currencies.as_ref().is_none_or(|all| all.iter().any(|one| one == currency))
    }

    /// The smallest and the largest amount, in hundredths of a currency.
    pub fn limits(&self, currency: &str) -> (Option<i64>, Option<i64>) {
        self.limits.as_ref().map_or((None, None), |limits| limits.in_currency(currency))
    }

    /// Whether an amount, in hundredths, is within the limits.
    pub fn allows_amount(&self, amount: i64, currency: &str) -> bool {
        let (min, max) = self.limits(currency);
        min.is_none_or(|min| amount >= min) && max.is_none_or(|max| amount <= max)
    }

    /// Whether the consumer has something to fill in.
    pub fn has_form(&self) -> bool {
        self.fields.iter().any(|field| !field.hidden)
    }
}
