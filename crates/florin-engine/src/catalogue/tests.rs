use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::*;
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

/// Every documented test card, with its product.
const TEST_CARDS: &[(&str, i32)] = &[
    ("4567350000427977", 1),
    ("4012000033330026", 1),
    ("4012000077777777", 1),
    ("4500600000000061", 1),
    ("4063651370499176", 1),
    ("4012001038443335", 1),
    ("4187603025743962", 1),
    ("4111111111111111", 1),
    ("4775889400000171", 1),
    ("4176669999000104", 1),
    ("371449635398431", 2),
    ("374245455400126", 2),
    ("5424180279791732", 3),
    ("5424180279791765", 3),
    ("5434842555555556", 3),
    ("5481040000020035", 3),
    ("5354201978641111", 3),
    ("5469123084370553", 3),
    ("5469125367380696", 3),
    ("5486733999143033", 3),
    ("5486732185168077", 3),
    ("6331101999990073", 117),
    ("633478111298873700", 117),
    ("6304939304310009610", 117),
    ("3566000020000410", 125),
    ("6011000991300009", 128),
    ("5017670000001800", 130),
    ("5017670000002600", 130),
    ("5017670000004200", 130),
    ("5017670000005900", 130),
    ("5017670000006700", 130),
    ("5017670000007500", 130),
    ("5017670000008300", 130),
    ("3000000000000004", 132),
    ("6271701225979642", 135),
    ("5895620033330020", 136),
    ("5011053417303125", 140),
];

/// The kinds of validators that the API has.
const VALIDATORS: [&str; 11] = [
    "boletoBancarioRequiredness",
    "emailAddress",
    "expirationDate",
    "fixedList",
    "iban",
    "length",
    "luhn",
    "range",
    "regularExpression",
    "residentIdNumber",
    "termsAndConditions",
];

fn catalogue() -> &'static Catalogue {
    Catalogue::shared()
}

fn product(id: i32) -> &'static Product {
    catalogue().product(id).unwrap()
}

fn in_country<'a>(country: &'a str, currency: &'a str) -> Filter<'a> {
    Filter { country: Some(country), currency: Some(currency), ..Filter::default() }
}

fn ids(products: &[&Product]) -> Vec<i32> {
    products.iter().map(|product| product.id).collect()
}

/// Every form that a product or a group has.
fn all_fields() -> impl Iterator<Item = &'static Field> {
    let of_groups = catalogue().groups().iter().flat_map(|group| &group.fields);
    catalogue().products().flat_map(|product| &product.fields).chain(of_groups)
}

#[test]
fn the_files_are_sound() {
    Catalogue::load().unwrap();
}

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
fn every_text_is_there_in_every_language() {
    let texts = &catalogue().texts;
    let english = texts.keys("en");
    for language in LANGUAGES {
        assert_eq!(texts.keys(language), english, "{language}");
    }
    let any = texts.keys("any");
    assert!(any.is_disjoint(&english));
    let known: BTreeSet<&str> = english.union(&any).copied().collect();
    for locale in texts.locales() {
        assert!(texts.keys(locale).is_subset(&known), "{locale}");
    }
    for key in known {
        for language in LANGUAGES {
            let text = texts.get(language, key).unwrap();
            assert!(!text.is_empty() && text.trim() == text, "{language} {key}");
        }
    }
    for key in all_fields()
        .filter(|field| !field.hidden)
        .flat_map(|field| [Some(&field.label), Some(&field.placeholder), field.tooltip.as_ref()])
    {
        assert!(key.is_none_or(|key| texts.has(key)), "{key:?}");
    }
    for group in catalogue().groups() {
        assert!(texts.has(&group.text_key()));
    }
    for method in MethodGroup::ALL {
        assert!(texts.has(&format!("method.{}", method.as_str())));
    }
}

#[test]
fn a_text_falls_back_to_its_language_and_then_to_english() {
    let zip = |locale| catalogue().label(locale, "label.zip");
    assert_eq!(zip("nl_NL"), Some("Postcode"));
    assert_eq!(zip("nl-be"), Some("Postcode"));
    assert_eq!(zip("de"), Some("Postleitzahl"));
    assert_eq!(zip("en_US"), Some("ZIP code"));
    assert_eq!(zip("EN-us"), Some("ZIP code"));
    assert_eq!(zip("en_GB"), Some("Postal code"));
    assert_eq!(zip("pt_BR"), Some("CEP"));
    for elsewhere in ["fi_FI", "", "_", "x", "zh_CN"] {
        assert_eq!(zip(elsewhere), Some("Postal code"), "{elsewhere}");
    }
    assert_eq!(catalogue().label("da_DK", "label.cid"), Some("CID"));
    assert_eq!(catalogue().label("da_DK", "label.none"), None);
    assert_eq!(catalogue().product_label("fr_FR", product(11)), "Virement bancaire");
    assert_eq!(catalogue().product_label("fr_FR", product(1)), "Visa");
}

#[test]
fn fields_are_what_the_api_can_say() {
    for field in all_fields() {
        let id = &field.id;
        let kinds: Vec<_> = field.validators.kinds().collect();
        for kind in &kinds {
            assert!(VALIDATORS.contains(kind), "{id} {kind}");
            assert!(catalogue().texts.has(&format!("error.{kind}")), "{id} {kind}");
        }
        let checks = &field.validators;
        assert!(
            checks.length.is_none_or(|length| 0 <= length.min && length.min <= length.max),
            "{id}"
        );
        assert!(checks.range.is_none_or(|range| range.min <= range.max), "{id}");
        let form = checks.regular_expression.as_ref();
        assert!(form.is_none_or(|form| form.starts_with('^') && form.ends_with('$')), "{id}");
        assert!(checks.fixed_list.is_none() || field.element == FormElement::List, "{id}");
        assert!(field.mask.as_ref().is_none_or(|mask| mask.places() > 0), "{id}");
        let shown = field.mask.as_ref().map(Mask::places).zip(checks.length);
        assert!(
            shown.is_none_or(|(places, length)| i32::try_from(places) >= Ok(length.max)),
            "{id}"
        );
        assert!(!field.hidden || kinds.is_empty(), "{id}");
        assert_eq!(
            field.keyboard.is_some(),
            !field.hidden
                && field.element != FormElement::List
                && field.element != FormElement::Boolean,
            "{id}"
        );
    }
    for product in catalogue().products() {
        let names: BTreeSet<_> = product.fields.iter().map(|field| &field.id).collect();
        assert_eq!(names.len(), product.fields.len(), "{}", product.id);
        assert!(product.fields.is_sorted_by_key(|field| field.order), "{}", product.id);
    }
}

#[test]
fn forms_are_put_together() {
    let of = |id| product(id).fields.iter().map(|field| field.id.as_str()).collect::<Vec<_>>();
    assert_eq!(of(1), ["cardNumber", "expiryDate", "cvv"]);
    assert_eq!(of(180), ["cardNumber", "expiryDate", "cvv", "partialPin", "dateOfBirth"]);
    let group = catalogue().group("cards").unwrap();
    assert_eq!(group.fields.last().unwrap().id, "cardholderName");

    let [number, _, cvv] = product(2).fields.as_slice() else { panic!("{:?}", of(2)) };
    assert_eq!(number.mask.as_ref().unwrap().as_str(), "{{9999}} {{999999}} {{99999}}");
    assert_eq!(number.label, "label.cardNumber");
    assert_eq!(number.placeholder, "placeholder.cardNumberAmex");
    assert!(number.validators.luhn && number.required);
    assert_eq!(
        (cvv.label.as_str(), cvv.tooltip.as_deref()),
        ("label.cid", Some("tooltip.cvvFront"))
    );
    assert_eq!(cvv.validators.length, Some(Bounds { min: 3, max: 4 }));

    let city = &product(1503).fields.iter().find(|field| field.id == "city").unwrap();
    assert_eq!(city.validators.length, Some(Bounds { min: 0, max: 20 }));
    assert_eq!(city.placeholder, "label.city");
    let issuer = &product(809).fields[0];
    assert!(issuer.validators.fixed_list.as_ref().unwrap().contains(&"INGBNL2A".to_owned()));
    assert!(!product(302).has_form() && product(809).has_form());
}

#[test]
fn every_test_card_is_of_its_product() {
    for (card, id) in TEST_CARDS {
        for digits in [&card[..6], &card[..8], card] {
            assert_eq!(catalogue().iin(digits).map(IinDetails::product), Some(*id), "{digits}");
        }
        let found = catalogue().iin(card).unwrap();
        assert!(catalogue().fits(*id, found), "{card}");
    }
    assert_eq!(catalogue().iin("99999999"), None);
    assert_eq!(catalogue().iin("45673"), None);
}

#[test]
fn co_brands_and_forms_of_a_brand() {
    let french = catalogue().iin("49700000").unwrap();
    assert_eq!(french.co_brands(), [1, 130]);
    assert_eq!(french.country.as_deref(), Some("FR"));
    assert_eq!(catalogue().best(french, &in_country("FR", "EUR")), 1);
    let only = Selection { products: vec![130], groups: Vec::new() };
    let filter = Filter { restrict_to: Some(&only), ..in_country("FR", "EUR") };
    assert_eq!(catalogue().best(french, &filter), 130);
    assert_eq!(catalogue().best(french, &Filter { country: Some("NL"), ..filter }), 1);

    let visa = catalogue().iin("456735").unwrap();
    assert!(visa.co_brands().is_empty());
    let fits = |id| catalogue().fits(id, visa);
    assert!(fits(1) && fits(114) && fits(122));
    assert!(!fits(3) && !fits(130) && !fits(809));
    let debit = catalogue().iin("51673000").unwrap();
    assert_eq!(debit.funding, Some(Funding::Debit));
    assert!(catalogue().fits(3, debit) && catalogue().fits(119, debit));
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
    ["fields", "productsWithoutFields", "productsWithoutInstructions", "productsWithRedirects"]
        .map(|token| hide.add(token));
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

#[test]
fn issuers_and_networks() {
    let issuers = catalogue().directory(809, "NL", "EUR").unwrap();
    assert!(issuers.is_sorted_by_key(|issuer| (issuer.list, issuer.name.to_lowercase())));
    let listed: BTreeSet<_> = issuers.iter().map(|issuer| issuer.id.as_str()).collect();
    let documented = "ABNANL2A ASNBNL21 BUNQNL2A FRBKNL2L FVLBNL22 INGBNL2A KNABNL2H RABONL2U RBRBNL21 \
        SNSBNL2A TRIONL2U";
    assert_eq!(listed, documented.split(' ').collect());
    assert_eq!(issuers[0].list.as_str(), "short");
    for all in &catalogue().directories {
        assert!(all.issuers.is_sorted_by_key(|issuer| (issuer.list, issuer.name.to_lowercase())));
    }
    assert_eq!(catalogue().directory(809, "BE", "EUR"), None);
    assert_eq!(catalogue().directory(840, "NL", "EUR"), None);

    let networks = |id, filter| catalogue().networks(product(id), &filter);
    assert!(networks(302, in_country("FR", "EUR")).contains(&"CartesBancaires"));
    let only = Selection { products: vec![302], groups: Vec::new() };
    let american = networks(302, Filter { restrict_to: Some(&only), ..in_country("US", "USD") });
    assert_eq!(american, ["Visa", "MasterCard", "AmEx", "Discover", "JCB"]);
    assert!(networks(1, in_country("NL", "EUR")).is_empty());
}

#[test]
fn every_drawing_is_at_its_address() {
    for product in catalogue().products() {
        let path = logo::product_path(product);
        let drawn = logo::at_path(catalogue(), &path, None).unwrap();
        assert_eq!(drawn, logo::of_product(product, None));
        assert!(drawn.starts_with("<svg ") && drawn.ends_with("</svg>"), "{path}");
        assert!(drawn.matches('<').count() == drawn.matches('>').count(), "{path}");
        for image in product.fields.iter().filter_map(|field| field.tooltip_image.as_ref()) {
            assert!(
                logo::at_path(catalogue(), &logo::tooltip_path(image), None).is_some(),
                "{image}"
            );
        }
    }
    let group = catalogue().group("cards").unwrap();
    let path = format!("/{}", logo::group_path(group));
    let drawn = logo::at_path(catalogue(), &path, logo::parse_size("37x25")).unwrap();
    assert!(drawn.contains(r#"width="37" height="25" viewBox="0 0 120 80""#), "{drawn}");
    assert!(drawn.contains(">Cards</text>"), "{drawn}");
    assert!(logo::of_product(product(874), None).contains("Touch 'n Go"), "cut between words");
    for wrong in ["", "x", "0x10", "10", "10x", "+1x1", "3000x10", "1x1x1"] {
        assert_eq!(logo::parse_size(wrong), None, "{wrong}");
    }
    for wrong in
        ["pp_logo_1_v1.svg", "", "/", "templates/master/global/css/img/ppimages/pp_logo_x_v1.svg"]
    {
        assert_eq!(logo::at_path(catalogue(), wrong, None), None, "{wrong}");
    }
}
