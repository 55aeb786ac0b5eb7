//! The payment products that the platform knows, and which of them it serves.

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

/// Card products.
const CARDS: &[i32] = &[
    1, 2, 3, 56, 114, 117, 118, 119, 122, 123, 124, 125, 128, 130, 132, 135, 136, 139, 140, 142, 144,
    145, 146, 147, 148, 149, 163, 180, 181, 182, 183, 184, 185, 186, 187, 188, 189, 430,
];

/// Redirect products that are served.
const REDIRECTS: &[i32] = &[809];

/// Products of methods that are not served yet.
const OTHERS: &[i32] = &[
    11, 12, 201, 302, 303, 320, 402, 404, 500, 701, 702, 703, 704, 705, 706, 707, 708, 709, 730, 740,
    770, 771, 802, 805, 806, 816, 820, 830, 836, 838, 840, 841, 843, 845, 849, 856, 861, 863, 865, 866,
    869, 880, 881, 882, 900, 1070, 1400, 1501, 1502, 1503, 1504, 1506, 1508, 1511, 1521, 1522, 1523,
    1524, 1525, 1526, 3012, 3201, 4101, 6105, 8580, 8590, 8591, 8592, 8593, 8594, 8595, 8596, 8597, 9000,
];

/// What a payment product is, by its id. Nothing when there is no such product.
pub(crate) fn by_id(id: i32) -> Option<Product> {
    [(CARDS, Product::Card), (REDIRECTS, Product::Redirect), (OTHERS, Product::Other)]
        .into_iter()
        .find_map(|(ids, product)| ids.contains(&id).then_some(product))
}
