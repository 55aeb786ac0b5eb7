//! The payment products: what each is, who can pay with it, what it asks for, in every language, and which card
//! numbers belong to it.
//!
//! The facts are in the files of `data/catalogue`, one fact in one place; this module reads them once and looks them
//! up. It knows nothing of merchants: what an account may use is narrowed down by its caller.
//!
//! **Invariants:** every id, form, issuer list and text that a file refers to exists, so a lookup fails only for what
//! is really unknown; prefixes of the same length do not overlap.

mod field;
mod filter;
mod form;
mod iin;
mod issuers;
mod load;
pub mod logo;
mod mask;
mod product;
mod text;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

pub use self::field::{Bounds, Field, FieldType, FormElement, Keyboard, Validators, Values};
pub use self::filter::{Filter, Hide, Selection};
pub use self::iin::{BinProductType, Funding, IinDetails, MIN_DIGITS};
pub use self::issuers::{Issuer, IssuerList};
pub use self::load::CatalogueError;
pub use self::mask::{Mask, MaskError};
pub use self::product::{Limits, MethodGroup, MobileLevel, Network, Product};
pub use self::text::LANGUAGES;

use self::iin::BinTable;
use self::issuers::Directory;
use self::text::Texts;

/// Products that are shown as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The id that the API uses.
    pub id: String,
    /// What the consumer fills in, in order.
    pub fields: Vec<Field>,
}

impl Group {
    /// The key of its name in the texts.
    pub fn text_key(&self) -> String {
        format!("group.{}", self.id)
    }
}

/// Every payment product.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// By id.
    products: Vec<Product>,
    /// Where products are listed, the position of each.
    by_order: Vec<usize>,
    groups: Vec<Group>,
    bins: BinTable,
    directories: Vec<Directory>,
    texts: Texts,
}

impl Catalogue {
    /// Reads the files that are built in.
    pub fn load() -> Result<Self, CatalogueError> {
        load::catalogue()
    }

    /// The catalogue that everything shares, read when it is first needed.
    pub fn shared() -> &'static Self {
        // A test reads the files, so the fallback only keeps a panic out of a program that cannot be built that way.
        static SHARED: LazyLock<Catalogue> =
            LazyLock::new(|| Catalogue::load().unwrap_or_default());
        &SHARED
    }

    /// Every product, in the order of lists, those that are never offered included.
    pub fn products(&self) -> impl Iterator<Item = &Product> {
        self.by_order.iter().filter_map(|at| self.products.get(*at))
    }

    /// A product by its id.
    pub fn product(&self, id: i32) -> Option<&Product> {
        let at = self.products.binary_search_by_key(&id, |product| product.id).ok()?;
        self.products.get(at)
    }

    /// The method that a product belongs to.
    pub fn kind(&self, id: i32) -> Option<MethodGroup> {
        self.product(id).map(|product| product.method)
    }

    /// The products for a payment, in the order of lists.
    pub fn find(&self, filter: &Filter<'_>) -> Vec<&Product> {
        self.products().filter(|product| filter.lists(product)).collect()
    }

    /// Every group.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// A group by its id.
    pub fn group(&self, id: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.id == id)
    }

    /// The groups for a payment, each with its products in the order of lists. A group without any is left out; its
    /// place in a list is that of its first product.
    pub fn find_groups(&self, filter: &Filter<'_>) -> Vec<(&Group, Vec<&Product>)> {
        let found = self.find(filter);
        let of_group = |group: &Group| -> Vec<&Product> {
            let is_member = |product: &&Product| product.group.as_ref() == Some(&group.id);
            found.iter().copied().filter(is_member).collect()
        };
        let groups = self.groups.iter().map(|group| (group, of_group(group)));
        groups.filter(|(_, members)| !members.is_empty()).collect()
    }

    /// What the first six or more digits of a card number say. Nothing when they are too few or unknown.
    pub fn iin(&self, digits: &str) -> Option<&IinDetails> {
        self.bins.find(digits)
    }

    /// The first product of a card that the payment can be made with; the usual one where none can.
    pub fn best(&self, card: &IinDetails, filter: &Filter<'_>) -> i32 {
        let allowed = |id: &i32| self.product(*id).is_some_and(|product| filter.allows(product));
        card.products().iter().copied().find(allowed).unwrap_or_else(|| card.product())
    }

    /// Whether a card may be sent as a product: one that is on it, or another of the same brand, such as the debit form.
    pub fn fits(&self, product: i32, card: &IinDetails) -> bool {
        let brand = |id: i32| self.product(id).and_then(|product| product.brand).unwrap_or(id);
        card.products().iter().any(|on_card| brand(*on_card) == brand(product))
    }

    /// The issuers of a product, the short list first. Nothing when it has none there.
    pub fn directory(&self, product: i32, country: &str, currency: &str) -> Option<&[Issuer]> {
        let mut of_product = self.directories.iter().filter(|all| all.product == product);
        let directory = of_product.find(|all| all.serves(country, currency))?;
        Some(&directory.issuers)
    }

    /// The networks of a wallet for a payment: those whose card product is available for it. A selection is about the
    /// wallet, not about the cards inside it.
    pub fn networks(&self, product: &Product, filter: &Filter<'_>) -> Vec<&str> {
        let filter = Filter { restrict_to: None, exclude: None, ..*filter };
        let allowed = |network: &&Network| {
            self.product(network.product).is_some_and(|product| filter.allows(product))
        };
        let networks = self.product(product.id).map_or(&[][..], |product| &product.networks);
        networks.iter().filter(allowed).map(|network| network.name.as_str()).collect()
    }

    /// A text by its key, such as `label.cvv`, `error.luhn` or `instruction.AMOUNT`, in a locale such as `nl_BE`. A
    /// locale without it falls back to its language, and a language that is not there to English.
    pub fn label(&self, locale: &str, key: &str) -> Option<&str> {
        self.texts.get(locale, key)
    }

    /// The name of a product in a locale.
    pub fn product_label<'a>(&'a self, locale: &str, product: &'a Product) -> &'a str {
        if !product.translated {
            return &product.name;
        }
        self.label(locale, &product.text_key()).unwrap_or(&product.name)
    }
}
