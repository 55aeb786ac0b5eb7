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
    1, 2, 3, 56, 114, 117, 118, 119, 122, 123, 124, 125, 128, 130, 132, 135, 136, 139, 140, 142,
    144, 145, 146, 147, 148, 149, 163, 180, 181, 182, 183, 184, 185, 186, 187, 188, 189, 430,
];

/// Redirect products that are served.
const REDIRECTS: &[i32] = &[809];

/// Products of methods that are not served yet.
const OTHERS: &[i32] = &[
    11, 12, 51, 53, 120, 137, 141, 153, 164, 201, 302, 303, 320, 402, 404, 420, 500, 701, 702, 703,
    704, 705, 706, 707, 708, 709, 715, 730, 740, 770, 771, 801, 802, 805, 806, 810, 816, 818, 819,
    820, 830, 836, 838, 840, 841, 843, 845, 849, 855, 856, 861, 863, 864, 865, 866, 869, 870, 871,
    872, 873, 874, 875, 876, 880, 881, 882, 885, 886, 887, 888, 889, 890, 891, 892, 893, 894, 895,
    896, 897, 900, 1070, 1400, 1501, 1502, 1503, 1504, 1506, 1508, 1511, 1512, 1513, 1515, 1521,
    1522, 1523, 1524, 1525, 1526, 3001, 3002, 3003, 3004, 3006, 3007, 3008, 3009, 3010, 3011, 3012,
    3101, 3103, 3104, 3105, 3106, 3107, 3108, 3109, 3110, 3111, 3112, 3113, 3114, 3115, 3116, 3117,
    3118, 3119, 3120, 3121, 3124, 3130, 3131, 3201, 3202, 4001, 4002, 4101, 4102, 4103, 6001, 6002,
    6003, 6004, 6005, 6006, 6007, 6008, 6009, 6010, 6011, 6012, 6013, 6014, 6015, 6101, 6102, 6103,
    6104, 6105, 6106, 6107, 6108, 6109, 6110, 6111, 6112, 6113, 6114, 6115, 6116, 6117, 6201, 6202,
    6203, 6204, 6205, 6206, 6207, 6208, 6501, 8004, 8013, 8014, 8015, 8580, 8583, 8590, 8591, 8592,
    8593, 8594, 8595, 8596, 8597, 9000, 9001,
];

/// What a payment product is, by its id. Nothing when there is no such product.
pub(crate) fn by_id(id: i32) -> Option<Product> {
    [(CARDS, Product::Card), (REDIRECTS, Product::Redirect), (OTHERS, Product::Other)]
        .into_iter()
        .find_map(|(ids, product)| ids.contains(&id).then_some(product))
}
