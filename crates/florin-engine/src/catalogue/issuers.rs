//! The banks that a consumer chooses from, for products that have a list.

use serde::Deserialize;

use super::CatalogueError;

/// Which of two lists an issuer is on. The short one is shown first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IssuerList {
    /// The banks of most consumers.
    Short,
    /// All others.
    Long,
}

impl IssuerList {
    /// The token of the API, as in `issuerList`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Long => "long",
        }
    }
}

/// A bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// The id that a payment names it by.
    pub id: String,
    /// What consumers know it as.
    pub name: String,
    /// The list that it is on.
    pub list: IssuerList,
    /// The countries that it serves, as they call themselves.
    pub country_names: Vec<String>,
}

/// The issuers of one product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directory {
    pub(super) product: i32,
    countries: Option<Vec<String>>,
    currencies: Option<Vec<String>>,
    /// The short list, then the long one, each by name.
    pub(super) issuers: Vec<Issuer>,
}

impl Directory {
    /// Whether the list is the one for a country and a currency.
    pub(super) fn serves(&self, country: &str, currency: &str) -> bool {
        let has = |all: &Option<Vec<String>>, one: &str| {
            all.as_ref().is_none_or(|all| all.iter().any(|listed| listed == one))
        };
        has(&self.countries, country) && has(&self.currencies, currency)
    }
}

/// Every directory.
pub(super) fn load(text: &str) -> Result<Vec<Directory>, CatalogueError> {
    let file: File = CatalogueError::parse("directories.toml", text)?;
    Ok(file.directory.into_iter().map(Row::directory).collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    directory: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    product: i32,
    countries: Option<Vec<String>>,
    currencies: Option<Vec<String>>,
    country_names: Vec<String>,
    short: Vec<Bank>,
    long: Vec<Bank>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bank {
    id: String,
    name: String,
}

impl Row {
    fn directory(self) -> Directory {
        let Self { product, countries, currencies, country_names, short, long } = self;
        let issuer = |bank: Bank, list| Issuer {
            id: bank.id,
            name: bank.name,
            list,
            country_names: country_names.clone(),
        };
        let short = short.into_iter().map(|bank| issuer(bank, IssuerList::Short));
        let long = long.into_iter().map(|bank| issuer(bank, IssuerList::Long));
        Directory { product, countries, currencies, issuers: short.chain(long).collect() }
    }
}
