//! What card numbers, issuers and networks resolve to.

use std::collections::BTreeSet;

use super::super::*;
use super::{catalogue, in_country, product};

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
