//! Which products a consumer can choose from.

use super::product::Product;

/// Products and groups named one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Ids of products.
    pub products: Vec<i32>,
    /// Ids of groups, which stand for their members.
    pub groups: Vec<String>,
}

impl Selection {
    /// Whether the product, or its group, is named.
    pub fn names(&self, product: &Product) -> bool {
        self.products.contains(&product.id)
            || product.group.as_ref().is_some_and(|group| self.groups.contains(group))
    }
}

/// Kinds of products to leave out of a list. The tokens of the API read the other way round: its
/// `productsWithoutFields` leaves out those *with* something to fill in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hide {
    /// Those that have something to fill in (`productsWithoutFields`).
    pub with_form: bool,
    /// Those that show instructions (`productsWithoutInstructions`).
    pub with_instructions: bool,
    /// Those that send the consumer to a third party (`productsWithRedirects`).
    pub with_redirect: bool,
}

impl Hide {
    /// Adds what a token of the API leaves out. Tokens about anything but whole products change nothing.
    pub fn add(&mut self, token: &str) {
        match token {
            "productsWithoutFields" => self.with_form = true,
            "productsWithoutInstructions" => self.with_instructions = true,
            "productsWithRedirects" => self.with_redirect = true,
            _ => {}
        }
    }
}

/// What a payment is going to be. A member that is absent rules nothing out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter<'a> {
    /// The country of the consumer.
    pub country: Option<&'a str>,
    /// The currency of the payment.
    pub currency: Option<&'a str>,
    /// The amount, in hundredths. Counts only with a currency.
    pub amount: Option<i64>,
    /// The first of several payments.
    pub recurring: bool,
    /// Paid in parts.
    pub installments: bool,
    /// Only these products.
    pub restrict_to: Option<&'a Selection>,
    /// Not these, even if the ones before name them.
    pub exclude: Option<&'a Selection>,
    /// Not these kinds of products. A list leaves them out; they can still be paid with.
    pub hide: Hide,
}

impl Filter<'_> {
    /// Whether the payment can be made with a product.
    pub fn allows(&self, product: &Product) -> bool {
        product.listed
            && self.country.is_none_or(|country| product.is_in_country(country))
            && self.currency.is_none_or(|currency| {
                product.is_in_currency(currency)
                    && self.amount.is_none_or(|amount| product.allows_amount(amount, currency))
            })
            && (!self.recurring || product.recurring)
            && (!self.installments || self.allows_installments(product))
            && self.restrict_to.is_none_or(|only| only.names(product))
            && !self.exclude.is_some_and(|not| not.names(product))
    }

    /// Whether a list of products for the payment has the product.
    pub fn lists(&self, product: &Product) -> bool {
        let Hide { with_form, with_instructions, with_redirect } = self.hide;
        self.allows(product)
            && !(with_form && product.has_form())
            && !(with_instructions && product.shows_instructions)
            && !(with_redirect && product.redirects)
    }

    fn allows_installments(&self, product: &Product) -> bool {
        match self.country {
            Some(country) => product.allows_installments(country),
            None => !product.installments.is_empty(),
        }
    }
}
