//! Products: which there are, what they say, and which a payment can choose from.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::super::*;
use super::{catalogue, ids, in_country, product};
use crate::money::MAX_AMOUNT;

/// Every documented product.
const DOCUMENTED: &[RangeInclusive<i32>] = &[
    1..=3,
    11..=12,
    51..=51,
    53..=53,
    56..=56,
    114..=114,
    117..=120,
    122..=125,
    128..=128,
    130..=130,
    132..=132,
    135..=137,
    139..=142,
    144..=149,
    153..=153,
    163..=164,
    180..=189,
    201..=201,
    302..=302,
    320..=320,
    402..=402,
    404..=404,
    420..=420,
    430..=430,
    500..=500,
    701..=709,
    715..=715,
    730..=730,
    740..=740,
    770..=771,
    801..=802,
    805..=806,
    809..=810,
    816..=816,
    818..=819,
    830..=830,
    836..=836,
    838..=838,
    840..=841,
    843..=843,
    845..=845,
    849..=849,
    855..=856,
    861..=861,
    863..=866,
    869..=876,
    880..=880,
    882..=882,
    885..=897,
    900..=900,
    1400..=1400,
    1501..=1504,
    1506..=1506,
    1508..=1508,
    1511..=1513,
    1515..=1515,
    1521..=1526,
    3001..=3004,
    3006..=3012,
    3101..=3101,
    3103..=3121,
    3124..=3124,
    3130..=3131,
    3201..=3202,
    4001..=4002,
    4101..=4103,
    6001..=6015,
    6101..=6117,
    6201..=6208,
    6501..=6501,
    8004..=8004,
    8013..=8015,
    8580..=8580,
    8583..=8583,
    8590..=8597,
    9000..=9001,
];

#[test]
fn every_documented_product_is_there() {
    let documented: BTreeSet<i32> = DOCUMENTED.iter().cloned().flatten().collect();
    let offered: BTreeSet<i32> =
        catalogue().products().filter(|product| product.listed).map(|product| product.id).collect();
    assert_eq!(documented.len(), 231);
    assert_eq!(offered, documented);
    for id in documented {
        assert_eq!(product(id).id, id);
        assert_eq!(catalogue().kind(id), Some(product(id).method));
    }
    assert_eq!(catalogue().kind(0), None);
    let flows = [12, 6105, 809].map(|id| product(id).flow());
    assert_eq!(flows, [MethodGroup::Invoice, MethodGroup::Cash, MethodGroup::Redirect]);
    for method in MethodGroup::ALL {
        assert!(catalogue().products().any(|product| product.method == method), "{method:?}");
    }
}

#[test]
fn what_products_refer_to_is_there() {
    let code =
        |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_uppercase());
    for product in catalogue().products() {
        let id = product.id;
        assert!(product.group.iter().all(|group| catalogue().group(group).is_some()), "{id}");
        assert_eq!(product.group.is_some(), product.method == MethodGroup::Card, "{id}");
        let brand = product.brand.map(|brand| catalogue().product(brand).unwrap());
        assert!(brand.is_none_or(|brand| brand.brand.is_none() && brand.id != id), "{id}");
        assert!(product.countries.iter().flatten().all(|country| code(country, 2)), "{id}");
        assert!(product.currencies.iter().flatten().all(|currency| code(currency, 3)), "{id}");
        let countries = product.countries.as_ref().map(|all| all.iter().collect::<BTreeSet<_>>());
        assert_eq!(
            countries.map(|all| all.len()),
            product.countries.as_ref().map(Vec::len),
            "{id}"
        );
        assert!(product.installments.iter().all(|one| one == "*" || code(one, 2)), "{id}");
        for network in &product.networks {
            assert_eq!(catalogue().kind(network.product), Some(MethodGroup::Card), "{id}");
        }
        let mut texts = product.instructions.iter().map(|name| format!("instruction.{name}"));
        assert!(texts.all(|key| catalogue().label("en", &key).is_some()), "{id}");
    }
    for card in catalogue().bins.products() {
        assert_eq!(catalogue().kind(card), Some(MethodGroup::Card), "{card}");
    }
    for directory in &catalogue().directories {
        assert!(catalogue().product(directory.product).is_some());
    }
}

#[test]
fn amounts_are_sane() {
    for product in catalogue().products() {
        let Some(limits) = &product.limits else { continue };
        let (min, max) = (limits.min.unwrap_or(0), limits.max.unwrap_or(MAX_AMOUNT));
        assert!(0 <= min && min < max && max <= MAX_AMOUNT, "{}", product.id);
        assert!(limits.min.is_some() || limits.max.is_some(), "{}", product.id);
        assert!(product.is_in_currency(&limits.currency), "{}", product.id);
        assert!(crate::money::has_rate(&limits.currency), "{}", product.id);
    }
    assert!(product(1).allows_amount(11_135_390, "USD"));
    assert!(!product(1).allows_amount(11_135_391, "USD"));
    assert!(product(1).allows_amount(0, "USD"));
    assert!(product(1).allows_amount(100_000_000, "IDR"));
    assert!(product(1).allows_amount(MAX_AMOUNT, "XXX"));
    assert!(!product(6105).allows_amount(49, "BRL"));
    assert!(product(6105).allows_amount(50, "BRL"));
}

#[test]
fn lists_are_filtered_and_in_order() {
    let dutch = catalogue().find(&in_country("NL", "EUR"));
    assert!(dutch.is_sorted_by_key(|product| (product.order, product.id)));
    assert!(ids(&dutch).contains(&809) && ids(&dutch).contains(&1));
    for elsewhere in [816, 730, 130, 136, 303, 1070] {
        assert!(!ids(&dutch).contains(&elsewhere), "{elsewhere}");
    }
    let positions: BTreeSet<i32> = dutch.iter().map(|product| product.order).collect();
    assert!(positions.len() + 2 >= dutch.len(), "few products share a place");

    let allows = |id, filter: Filter<'_>| filter.allows(product(id));
    let spain = in_country("ES", "EUR");
    assert!(!allows(809, spain) && !allows(809, in_country("NL", "USD")));
    assert!(allows(1, Filter { recurring: true, ..spain }));
    assert!(!allows(836, Filter { recurring: true, ..spain }));
    assert!(!allows(1, Filter { installments: true, ..spain }));
    assert!(allows(1, Filter { installments: true, ..in_country("BR", "BRL") }));
    assert!(!allows(1, Filter { amount: Some(MAX_AMOUNT), ..spain }));
    assert!(allows(
        1,
        Filter { amount: Some(MAX_AMOUNT), country: Some("ES"), ..Filter::default() }
    ));

    let mut hide = Hide::default();
    for token in
        ["fields", "productsWithoutFields", "productsWithoutInstructions", "productsWithRedirects"]
    {
        hide.add(token);
    }
    let plain = Filter { hide, ..in_country("NL", "EUR") };
    let left = catalogue().find(&plain);
    assert!(left.iter().all(|product| !product.has_form() && !product.redirects));
    assert_eq!(ids(&left), [302, 320]);
    assert!(plain.allows(product(1)), "what is left out of a list can still be paid with");
}

#[test]
fn exclusion_beats_selection_and_a_group_stands_for_its_members() {
    let cards = Selection { products: Vec::new(), groups: vec!["cards".to_owned()] };
    let few = Selection { products: vec![1, 809], groups: Vec::new() };
    let dutch = in_country("NL", "EUR");
    let listed = |filter: Filter<'_>| ids(&catalogue().find(&filter));
    assert_eq!(listed(Filter { restrict_to: Some(&few), ..dutch }), [1, 809]);
    assert_eq!(listed(Filter { restrict_to: Some(&few), exclude: Some(&cards), ..dutch }), [809]);

    let groups = catalogue().find_groups(&Filter { restrict_to: Some(&few), ..dutch });
    let [(group, members)] = groups.as_slice() else { panic!("one group") };
    assert_eq!((group.id.as_str(), ids(members)), ("cards", vec![1]));
    assert!(catalogue().find_groups(&Filter { exclude: Some(&cards), ..dutch }).is_empty());
}
