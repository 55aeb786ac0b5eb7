//! Which payment products are served, and how.

use florin_engine::catalogue::{Catalogue, MethodGroup};

/// What a payment product is to this platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Product {
    /// A card that can be paid with.
    Card,
    /// A third party that can be paid at.
    Redirect,
    /// Known, and not enabled for any account yet.
    Other,
}

/// A card product whose payments take a form of their own, which is not served yet.
const BANCONTACT: i32 = 3012;

/// Redirect products that are served.
const REDIRECTS: &[i32] = &[809];

/// What a payment product is, by its id. Nothing when there is no such product.
pub(crate) fn by_id(id: i32) -> Option<Product> {
    Some(match Catalogue::shared().kind(id)? {
        MethodGroup::Card if id != BANCONTACT => Product::Card,
        MethodGroup::Redirect if REDIRECTS.contains(&id) => Product::Redirect,
        _ => Product::Other,
    })
}
