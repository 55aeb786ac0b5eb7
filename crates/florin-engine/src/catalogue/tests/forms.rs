//! What consumers see: texts, fields and drawings.

use std::collections::BTreeSet;

use super::super::*;
use super::{catalogue, product};

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

/// Every form that a product or a group has.
fn all_fields() -> impl Iterator<Item = &'static Field> {
    let of_groups = catalogue().groups().iter().flat_map(|group| &group.fields);
    catalogue().products().flat_map(|product| &product.fields).chain(of_groups)
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
            shown
                .is_none_or(|(places, length)| i32::try_from(places)
                    .is_ok_and(|places| places >= length.min)),
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
fn every_drawing_is_at_its_address() {
    for product in catalogue().products() {
        let path = logo::product_path(product);
        let drawn = logo::at_path(catalogue(), &path, None).unwrap();
        assert_eq!(drawn, logo::of_product(product, None));
        assert!(drawn.starts_with("<svg ") && drawn.ends_with("</svg>"), "{path}");
        let short = product.short.as_ref().is_none_or(|short| short.chars().count() <= 11);
        assert!(short, "{path}: a short name is drawn whole");
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
