//! What the simulator answers, and which rule files it refuses.

use florin_wire::Sensitive;
use tokio::time::Instant;

use super::*;

fn payment(card: &str, cvv: &str, amount: i64, currency: &str, product: i32) -> Authorisation {
    Authorisation {
        reference: "000000122600000000740000100001".to_owned(),
        amount,
        currency: currency.to_owned(),
        product,
        number: Sensitive::from(card),
        expiry: Sensitive::from("1299"),
        cvv: (cvv != "-").then(|| Sensitive::from(cvv)),
        city: None,
        skip_fraud: false,
    }
}

async fn ask(simulator: &Simulator, authorisation: &Authorisation) -> Outcome {
    simulator.authorise(authorisation).await.unwrap()
}

fn refused(toml: &str) -> String {
    Simulator::with_rules(toml).unwrap_err().to_string()
}

const VISA: &str = "4012000033330026";

/// The documented rows again, transcribed from the tables rather than from the rule file:
/// card, cvv, amount, currency, product, then what is shown: authorisation or decline code, AVS, CVV.
const DOCUMENTED_ROWS: &str = "
    4567350000427977 123  4005 USD   1 OK1131 0 0
    4567350000427977 123   100 EUR   1 OK1131 0 0
    4567350000427977 123   500 EUR   1 OK1131 0 0
    4012000033330026 123  3500 USD   1 OK2334 Y 0
    4012000033330026 123  1200 USD   1 OK5834 Y 0
    4012000033330026 123  2000 USD   1 OK2331 Y 0
    4012000033330026 123  8744 USD   1 OK232C Y 0
    4012000033330026 123  3500 CAD   1 OK2334 Y 0
    4012000033330026 999  1100 USD   1 OK1131 0 0
    4012000033330026 123  1100 USD   1 OK1180 0 0
    4012000033330026 124  1100 CAD   1 OK2316 N 0
    4012000033330026 125  1100 CAD   1 OK5830 N 0
    4012000033330026 123  1000 CAD   1 OK1178 0 P
    4012000033330026 123  1700 CAD   1 OK1175 0 P
    4012000033330026 123  1500 USD   1 OK5835 U 0
    4012000033330026 123  5500 USD   1 OK2329 Y S
    4012000033330026 123  9200 CAD   1 OK2324 Y M
    4012000033330026 123   111 CAD   1 OK2372 Z P
    4012000033330026 123 11012 CAD   1 OK5833 Z P
    4012000033330026 123  1101 USD   1 OK2419 Z P
    4012000033330026 123 11062 USD   1 OK2404 Z P
    4012000033330026 123 11065 USD   1 OK2371 Z P
    4012000077777777 123   999 CAD   1 OK1419 Y 0
    4500600000000061 123 10100 USD   1 OK2319 B 0
    4500600000000061 123 10200 CAD   1 OK2322 C 0
    4063651370499176 123  1000 CAD   1 OK1131 X M
    4012001038443335 123  1000 CAD   1 OK1131 X M
    4187603025743962 123  1000 CAD   1 OK1131 X M
    4063651370499176 123  1100 USD   1 OK1131 N M
    4063651370499176 123   321 USD   1 OK1131 X M
    4063651370499176 123   500 USD   1 OK1131 X M
    4063651370499176 123     0 CAD   1 OK1131 X 0
    5011053417303125 123  1003 ARS 140 109196 0 0
    5424180279791732 123  1234 EUR   3 OK1131 0 0
    4111111111111111 -    4005 USD   1 OK1131 0 0
    5895620033330020 -    1000 ARS 136 OK1131 0 0
    6271701225979642 -    1000 ARS 135 OK1131 0 0
    5424180279791732 123  1144 CAD   3 OK2341 X 0
    5424180279791732 123  2200 CAD   3 OK2336 X M
    5424180279791732 123  3500 CAD   3 OK2345 X N
    5424180279791732 123  1500 USD   3 OK2348 Z 0
    5424180279791732 123  2000 USD   3 OK2346 X U
    5424180279791732 123  3500 USD   3 OK2345 X N
    5424180279791732 321  1500 USD   3 OK2348 Z 0
    5424180279791732 321  2000 CAD   3 OK2346 X U
    5424180279791732 123   113 CAD   3 OK2384 X 0
    5424180279791732 123  1200 CAD   3 OK5839 Y 0
    5424180279791732 123  1300 CAD   3 OK5840 X 0
    5424180279791732 123  1400 CAD   3 OK5841 A 0
    5424180279791732 123 11001 CAD   3 OK2390 N 0
    5424180279791732 123 11006 CAD   3 OK1433 N 0
    5424180279791732 123 11003 USD   3 OK1452 N 0
    5424180279791732 123 11008 USD   3 OK5836 N 0
    5424180279791765 123 99900 CAD   3 OK1440 X 0
    5434842555555556 123   100 CAD   3 OK2323 Z P
    5481040000020035 123  1000 USD   3 OK1131 X M
    5354201978641111 123  1000 CAD   3 OK1131 X M
    5469123084370553 123  1000 RUB   3 OK1131 0 0
    5469125367380696 123  1000 RUB   3 OK1131 0 0
    5486733999143033 123  1000 RUB   3 OK1131 0 0
    5486732185168077 123  1000 RUB   3 OK1131 0 0
    5424180279791732 123  2200 USD 119 OK2336 X M
    371449635398431  123 11006 USD   2 OK1443 Y P
    371449635398431  123  1000 USD   2 OK1131 0 M
    371449635398431  123   733 CAD   2 OK2424 Y M
    371449635398431  999  1100 USD   2 OK1456 Y P
    371449635398431  999 11008 USD   2 OK2318 Y P
    371449635398431  432  1000 SEK   2 OK1131 0 M
    6331101999990073 321  8300 GBP 117 redirect U U
    633478111298873700 321 8200 GBP 117 redirect U U
    6304939304310009610 321 8200 GBP 117 redirect U U
    6799990100000000019 123 100 EUR 117 redirect 0 0
    5017670000001800 321  1100 EUR 130 OK1131 C 0
    5017670000002600 321  1100 EUR 130 OK1131 C 0
    5017670000004200 321  1100 EUR 130 OK1131 C 0
    5017670000005900 321  1100 EUR 130 OK1131 C 0
    5017670000006700 321  1100 EUR 130 OK1131 C 0
    5017670000007500 321  1100 EUR 130 OK1131 C 0
    5017670000008300 321  1100 EUR 130 OK1131 C 0
    3566000020000410 123 11001 CAD 125 OK2847 0 0
    3566000020000410 123 11008 CAD 125 OK3032 0 0
    3566000020000410 432 11001 THB 125 OK2847 0 0
    6011000991300009 123  1091 USD 128 OK3372 X M
    6011000991300009 123  1091 CAD 128 OK3372 X M
    3000000000000004 432  3500 USD 132 OK2000 0 0
    4012000033330026 123  2100 USD   1 430409 Y 0
    4012000033330026 123  3100 USD   1 430327 0 0
    4012000033330026 123  3156 USD   1 430475 0 0
    4012000033330026 123  4100 USD   1 430330 Y 0
    4012000033330026 123  6100 USD   1 430306 Y 0
    4012000033330026 123  7100 USD   1 430260 Y 0
    6011000991300009 123   100 USD 128 430424 0 0
    5424180279791732 123  2997 USD   3 430330 0 0
    5011053417303125 123  1017 ARS 140 430424 0 0
    4775889400000171 114  9999 EUR   1 430285 0 0
    3566000020000410 123  2100 CAD 125 430409 0 0
    3566000020000410 123  3100 USD 125 430285 0 0
    6011000991300009 123  1101 USD 128 430285 X 0
    6011000991300009 123  1102 CAD 128 430285 X 0
    6011000991300009 123  3100 USD 128 430285 X 0
    6011000991300009 123  2100 USD 128 430409 X 0
";

#[tokio::test]
async fn answers_as_documented() {
    let simulator = Simulator::new().unwrap();
    let rows = DOCUMENTED_ROWS.lines().filter(|row| !row.trim().is_empty());
    for row in rows {
        let cells: Vec<&str> = row.split_whitespace().collect();
        let [card, cvv, amount, currency, product, shown, avs, cvv_result] = cells[..] else {
            panic!("{row}");
        };
        let amount = amount.parse().unwrap();
        let asked = payment(card, cvv, amount, currency, product.parse().unwrap());
        let outcome = ask(&simulator, &asked).await;
        let code = match &outcome.verdict {
            Verdict::Approved { code, .. } => code.as_str(),
            Verdict::Declined(decline) => decline.code.as_str(),
            Verdict::AuthenticationRequired => "redirect",
        };
        assert_eq!((code, &*outcome.avs, &*outcome.cvv), (shown, avs, cvv_result), "{row}");
        assert_eq!(outcome.fraud, FraudResult::NoAdvice, "{row}");
    }
}

/// Every remaining six-digit decline can be had by its last three digits as an amount in EUR.
#[tokio::test]
async fn every_decline_of_an_issuer_can_be_reached() {
    let simulator = Simulator::new().unwrap();
    let reached: Vec<String> = simulator
        .rules
        .iter()
        .filter_map(|rule| match &rule.answer.issued {
            Issued::Decline(decline) => Some(decline.code.clone()),
            _ => None,
        })
        .collect();
    for (code, decline) in &simulator.declines {
        if code.len() == 6 && code.starts_with("43") {
            assert!(reached.contains(code), "no rule declines with {code}");
        }
        assert_eq!(simulator.decline(code), Some(decline));
    }
    let outcome = ask(&simulator, &payment(VISA, "-", 360, "EUR", 1)).await;
    let expected = Decline {
        code: "430360".to_owned(),
        message: "Insufficient funds".to_owned(),
        retriable: true,
    };
    assert_eq!(outcome.verdict, Verdict::Declined(expected));
    assert_eq!(simulator.decline("1"), None);
}

#[tokio::test]
async fn an_unlisted_card_is_approved() {
    let simulator = Simulator::new().unwrap();
    let outcome = ask(&simulator, &payment("4444333322221111", "-", 0, "EUR", 1)).await;
    let Verdict::Approved { code, scheme_transaction } = outcome.verdict else { panic!() };
    assert_eq!((&*code, &*outcome.avs, &*outcome.cvv), ("OK1131", "0", "0"));
    assert_eq!(scheme_transaction.len(), 15);
    assert!(scheme_transaction.bytes().all(|byte| byte.is_ascii_digit()));
    assert_eq!(scheme_transaction, super::scheme_transaction("000000122600000000740000100001"));
    assert_ne!(scheme_transaction, super::scheme_transaction("000000122600000000750000100001"));
}

#[tokio::test]
async fn fraud_screening_goes_by_city() {
    let simulator = Simulator::new().unwrap();
    let visit = async |city: &str, amount| {
        let city = Some(city.to_owned());
        ask(&simulator, &Authorisation { city, ..payment(VISA, "-", amount, "EUR", 1) }).await
    };
    assert_eq!(visit("Amsterdam", 1).await.fraud, FraudResult::Accepted);
    assert_eq!(visit(" calais", 1).await.fraud, FraudResult::Challenged);
    assert_eq!(visit("Utrecht", 1).await.fraud, FraudResult::NoAdvice);

    let outcome = visit("Denver", 360).await;
    assert_eq!(outcome.fraud, FraudResult::Denied);
    let Verdict::Declined(decline) = outcome.verdict else { panic!() };
    assert_eq!((&*decline.code, &*decline.message), ("430421", "Not authorised"));
    assert!(!decline.retriable);

    let outcome = visit("Calais", 360).await;
    let Verdict::Declined(decline) = outcome.verdict else { panic!() };
    assert_eq!(decline.code, "430360", "the issuer's refusal wins over a challenge");

    let unscreened = Authorisation {
        city: Some("Denver".to_owned()),
        skip_fraud: true,
        ..payment(VISA, "-", 1, "EUR", 1)
    };
    let outcome = ask(&simulator, &unscreened).await;
    assert_eq!(outcome.fraud, FraudResult::NoAdvice);
    assert!(matches!(outcome.verdict, Verdict::Approved { .. }));
}

#[tokio::test]
async fn the_rules_of_a_user_come_first() {
    let simulator = Simulator::with_rules(
        r#"
        [default]
        auth_code = "MINE01"
        [[fraud]]
        city = "Amsterdam"
        result = "denied"
        [[code]]
        code = "430999"
        message = "House rule"
        retriable = true
        [[rule]]
        amount = 3500
        city = "Utrecht"
        outcome = "decline"
        code = "430999"
        [[rule]]
        card = "4012000033330026"
        amount = 3500
        outcome = "decline"
        code = "430360"
        message = "Empty purse"
        [[rule]]
        amount = 3500
        outcome = "redirect"
        "#,
    )
    .unwrap();
    let verdict = async |card, amount, city: Option<&str>| {
        let city = city.map(str::to_owned);
        let asked = Authorisation { city, ..payment(card, "123", amount, "USD", 1) };
        ask(&simulator, &asked).await.verdict
    };
    let Verdict::Declined(decline) = verdict(VISA, 3500, None).await else { panic!() };
    assert_eq!((&*decline.code, &*decline.message), ("430360", "Empty purse"));
    assert!(decline.retriable, "from the catalogue");
    let Verdict::Declined(decline) = verdict(VISA, 3500, Some("Utrecht")).await else { panic!() };
    assert_eq!(decline.message, "House rule", "an earlier rule without a card wins");
    // An earlier rule without a card wins over a documented rule with one.
    let discover = verdict("3000000000000004", 3500, None).await;
    assert_eq!(discover, Verdict::AuthenticationRequired);
    let Verdict::Declined(decline) = verdict(VISA, 1, Some("Amsterdam")).await else { panic!() };
    assert_eq!(decline.code, "430421");
    let Verdict::Approved { code, .. } = verdict(VISA, 1, None).await else { panic!() };
    assert_eq!(code, "MINE01");
    // The documented rules are as they were.
    let Verdict::Approved { code, .. } = verdict(VISA, 1200, None).await else { panic!() };
    assert_eq!(code, "OK5834");
    let approved = verdict("4111111111111111", 4005, None).await;
    assert!(matches!(approved, Verdict::Approved { code, .. } if code == "OK1131"));
}

#[tokio::test(start_paused = true)]
async fn a_rule_can_take_its_time() {
    let rules = "[[rule]]\namount = 7777\noutcome = \"approve\"\nlatency_ms = 1500\n";
    let simulator = Simulator::with_rules(rules).unwrap();
    let start = Instant::now();
    ask(&simulator, &payment(VISA, "-", 7778, "EUR", 1)).await;
    assert_eq!(start.elapsed().as_millis(), 0);
    ask(&simulator, &payment(VISA, "-", 7777, "EUR", 1)).await;
    assert_eq!(start.elapsed().as_millis(), 1500);
}

#[tokio::test]
async fn it_remembers_nothing() {
    let simulator = Simulator::new().unwrap();
    assert_eq!(simulator.nature(), Nature::Local);
    assert_eq!(simulator.inquire("1").await, Ok(Inquiry::Unknown));
}

#[test]
fn a_faulty_file_is_refused_with_the_place() {
    let rule = |members: &str| refused(&format!("\n[[rule]]\noutcome = \"approve\"\n{members}\n"));
    let unknown = refused(
        "[[rule]]\noutcome = \"approve\"\n\n[[rule]]\noutcome = \"approve\"\nlatency = 5\n",
    );
    assert!(unknown.starts_with("rule 2 (line 4): unknown field `latency`"), "{unknown}");
    let table = refused("[rules]\n");
    assert!(table.starts_with("line 1: unknown field `rules`"), "{table}");
    assert!(rule("outcome = 1").starts_with("line 4: duplicate key"), "{}", rule("outcome = 1"));

    for (members, problem) in [
        ("card = \"401200003333002\\u0661\"", "a card number is 12 to 19 digits"),
        ("card = \"4012000033330026\"\ncards = []", "card is given as one and as a list"),
        ("amounts = []", "the list for amount is empty"),
        ("amount = -1", "an amount is not negative"),
        ("currency = \"eur\"", "a currency is three capital letters"),
        ("cvv = \"12\"", "a cvv is three or four digits"),
        ("avs = \"YY\"", "avs is one letter or digit"),
        ("latency_ms = 600001", "latency_ms is at most 600000"),
        ("code = \"430360\"", "code, message and retriable belong to the outcome decline"),
    ] {
        assert_eq!(rule(members), format!("rule 1 (line 2): {problem}"), "{members}");
    }
    for (members, problem) in [
        ("", "a decline needs a code"),
        ("code = \"1\"", "a code outside the catalogue needs message and retriable"),
    ] {
        let text = format!("[[rule]]\noutcome = \"decline\"\n{members}\n");
        assert_eq!(refused(&text), format!("rule 1 (line 1): {problem}"));
    }
    let fraud = refused("[[fraud]]\ncity = \"Paris\"\nresult = \"maybe\"\n");
    assert!(fraud.starts_with("fraud 1 (line 1): unknown variant `maybe`"), "{fraud}");
    let code = "[[code]]\ncode = \"1\"\nmessage = \"x\"\nretriable = true\n";
    assert!(refused(&code.repeat(2)).starts_with("code 2 (line 5): the same code"));
}

#[test]
fn nothing_prints_a_card_number() {
    let simulator = Simulator::new().unwrap();
    assert!(!format!("{simulator:?}").contains("40120000"));
    let authorisation = payment(VISA, "123", 360, "EUR", 1);
    let shown = format!("{authorisation:?}");
    assert!(!shown.contains(VISA) && !shown.contains("123\""), "{shown}");
    let error = refused("[[rule]]\noutcome = \"approve\"\ncard = 4012000033330026\n");
    assert!(error.contains("***") && !error.contains("40120000"), "{error}");
}

/// A rule that an earlier one hides would be a documented row that nobody can get.
#[test]
fn no_default_rule_is_hidden() {
    let simulator = Simulator::new().unwrap();
    for (index, rule) in simulator.rules.iter().enumerate() {
        let example = rule.example();
        let first = simulator.rules.iter().position(|other| {
            (other.cards.is_empty()
                || other.cards.iter().any(|card| card == example.number.expose()))
                && other.matches(&example)
        });
        assert_eq!(first, Some(index), "rule {} is hidden", index + 1);
    }
}
