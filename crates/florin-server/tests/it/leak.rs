//! Nothing that is to be kept from sight lies on the disk or in the log, in no encoding.
//!
//! A run of the whole slice gives every sensitive value a marker; then the data folder and the log at its most verbose
//! are searched for each of them.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use florin_engine::vault::{Place, Sealed, Vault as _};
use florin_store::{KeyVault, Keys, Options, SqliteStore, Store, Table, WorkKind};
use florin_wire::connect::v1::types::{
    ApprovePaymentRequest, CreatePaymentRequest, CreateTokenRequest, RefundRequest, SessionRequest,
    TokenizePaymentRequest,
};
use florin_wire::validate::luhn;
use florin_wire::{Kind, Schema, Shape, Typed};
use serde_json::{Value, json};

use crate::harness::{ADMIN, KEY, OTHER_KEY, Sandbox, Setup};
use crate::support::text;

/// Card numbers that appear nowhere else: approved, declined, for tokens, and one for 3-D Secure.
const CARDS: [&str; 5] = [
    "4539578763621486",
    "4012000033330026",
    "5555444433331111",
    "378282246310005",
    "6331101999990073",
];
const CVVS: [&str; 4] = ["7391", "8264", "6158", "9473"];
const PIN: &str = "83";
const CRYPTOGRAM: &str = "cryptogram-marker-5d1c";
const SESSION_FILTER: &str = "1226-unused";

/// A log that is kept in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn card(number: &str, cvv: &str) -> Value {
    json!({
        "cardNumber": number, "cvv": cvv, "expiryDate": "1237", "partialPin": PIN,
        "cardholderName": "Clear Name"
    })
}

fn payment(product: i32, number: &str, cvv: &str, amount: i64) -> Value {
    json!({
        "order": {
            "amountOfMoney": {"amount": amount, "currencyCode": "EUR"},
            "references": {"merchantReference": "clear reference"},
            "customer": {
                "merchantCustomerId": "clear customer",
                "billingAddress": {"city": "Utrecht"},
                "account": {"authentication": {"data": CRYPTOGRAM}}
            }
        },
        "cardPaymentMethodSpecificInput": {
            "paymentProductId": product,
            "tokenize": true,
            "card": card(number, cvv),
            "externalCardholderAuthenticationData": {"cavv": CRYPTOGRAM, "eci": 5},
            "threeDSecure": {"externalCardholderAuthenticationData": {"cavv": CRYPTOGRAM}}
        },
        "encryptedCustomerInput": CRYPTOGRAM
    })
}

fn token(number: &str) -> Value {
    json!({"paymentProductId": 1, "card": {
        "customer": {"merchantCustomerId": "clear customer", "billingAddress": {"city": "Utrecht"}},
        "data": {"cardWithoutCvv": {
            "cardNumber": number, "expiryDate": "1237", "cardholderName": "Clear Name"}}}})
}

/// Uses everything once, and returns the secrets that the platform itself gave out.
async fn run(sandbox: &Sandbox) -> Vec<String> {
    let mut secrets = Vec::new();
    let mut one = payment(1, CARDS[0], CVVS[0], 1000);
    one.as_object_mut().unwrap().remove("encryptedCustomerInput");
    let post = async |path: &str, body: &Value, status: u16| {
        let call = sandbox.call("POST", path).json(body).idempotent(path);
        let reply = call.send().await;
        assert_eq!(reply.status, status, "{reply:?}");
        // A replay, too, passes through the log.
        sandbox.call("POST", path).json(body).idempotent(path).send().await;
        reply.body
    };
    let paid = text(&post("/payments", &one, 201).await, "/payment/id").to_owned();
    post(&format!("/payments/{paid}/approve"), &json!({}), 200).await;
    sandbox.sandbox(&format!("/payments/{paid}/settle"), json!({})).await;
    post(&format!("/payments/{paid}/refund"), &json!({}), 201).await;
    sandbox.sandbox("/settle", json!({})).await;
    post(&format!("/payments/{paid}/tokenize"), &json!({}), 200).await;
    let declined = payment(1, CARDS[1], CVVS[1], 360);
    assert_eq!(sandbox.post("/payments", declined).await.status, 402);
    // 3-D Secure: the redirect's secrets are new ones.
    let challenged = payment(117, CARDS[4], CVVS[2], 8300);
    let redirected = sandbox.post("/payments", challenged).await;
    assert_eq!(redirected.body["payment"]["status"], "REDIRECTED", "{redirected:?}");
    let redirect = json!({
        "order": {"amountOfMoney": {"amount": 100, "currencyCode": "EUR"}},
        "redirectPaymentMethodSpecificInput": {"paymentProductId": 809}
    });
    let third_party =
        sandbox.call("POST", "/payments").json(&redirect).idempotent("r").send().await;
    for reply in [redirected, third_party] {
        let data = &reply.body["merchantAction"]["redirectData"];
        secrets.push(text(data, "/RETURNMAC").to_owned());
        let ticket = text(data, "/redirectURL").rsplit('/').next().unwrap();
        secrets.push(ticket.to_owned());
    }
    let made = post("/tokens", &token(CARDS[2]), 201).await;
    let path = format!("/tokens/{}", text(&made, "/token"));
    let reply = sandbox.call("PUT", &path).json(&token(CARDS[3])).send().await;
    assert_eq!(reply.status, 204, "{reply:?}");
    sandbox.get(&path).await;
    let filters = json!({"paymentProductFilters": {"exclude": {"groups": [SESSION_FILTER]}}});
    let session = post("/sessions", &filters, 200).await;
    secrets.push(text(&session, "/clientSessionId").to_owned());
    // What is refused is not shown either.
    for member in ["cardNumber", "cvv", "expiryDate"] {
        let mut bad = payment(1, CARDS[0], CVVS[3], 1000);
        bad["cardPaymentMethodSpecificInput"]["card"][member] = json!([CARDS[0], CVVS[3]]);
        assert_eq!(sandbox.post("/payments", bad).await.status, 400);
    }
    let mangled = format!("{{\"card\": \"{}\", \"cvv\": {}", CARDS[0], CVVS[3]);
    assert_eq!(sandbox.call("POST", "/payments").bytes(mangled).send().await.status, 400);
    let reply = sandbox.get(&format!("/payments/{}", CARDS[0])).await;
    assert_eq!(reply.status, 404);
    let call = sandbox.call("GET", "/payments").signed_by(("demo-key", "wrong-secret-marker"));
    assert_eq!(call.send().await.status, 403);
    secrets.push("wrong-secret-marker".to_owned());
    sandbox.sandbox("/advance", json!({"byMilliseconds": 60_000})).await;
    every_member(sandbox, &paid, &mut secrets).await;
    secrets
}

/// Sends a marker of its own in every member that the specification wants kept from sight, one request for each.
/// Data about a person is not among them: that may be stored and logged.
async fn every_member(sandbox: &Sandbox, paid: &str, markers: &mut Vec<String>) {
    let before = markers.len();
    for (path, schema, base) in [
        ("/payments".to_owned(), CreatePaymentRequest::SCHEMA, payment(1, CARDS[0], CVVS[0], 1000)),
        ("/tokens".to_owned(), CreateTokenRequest::SCHEMA, token(CARDS[2])),
        (format!("/payments/{paid}/approve"), ApprovePaymentRequest::SCHEMA, json!({})),
        (format!("/payments/{paid}/refund"), RefundRequest::SCHEMA, json!({})),
        (format!("/payments/{paid}/tokenize"), TokenizePaymentRequest::SCHEMA, json!({})),
        ("/sessions".to_owned(), SessionRequest::SCHEMA, json!({})),
    ] {
        let mut members = Vec::new();
        hidden_members(schema, &mut Vec::new(), &mut members);
        for member in members {
            let marker = format!("marker-{:04}-of-this-run", markers.len());
            let mut body = base.clone();
            set(&mut body, &member, &marker);
            let reply = sandbox.call("POST", &path).json(&body).send().await;
            assert!(reply.status < 500 || reply.status == 501, "{member:?}: {reply:?}");
            markers.push(marker);
        }
    }
    assert!(markers.len() - before > 30, "{} members", markers.len() - before);
}

/// A step to a member: its name, and whether it is a list.
type Step = (&'static str, bool);

fn hidden_members(schema: &'static Schema, path: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    for field in schema.fields {
        path.push((field.name, matches!(field.shape, Shape::Objects(_))));
        match field.shape {
            Shape::Object(inner) | Shape::Objects(inner) => hidden_members(inner, path, found),
            _ if field.sensitive.is_some_and(|kind| kind != Kind::Personal) => {
                found.push(path.clone());
            }
            _ => {}
        }
        path.pop();
    }
}

fn set(body: &mut Value, path: &[Step], marker: &str) {
    let Some(((name, list), rest)) = path.split_first() else {
        *body = json!(marker);
        return;
    };
    let member = &mut body[*name];
    if *list {
        *member = json!([{}]);
        set(&mut member[0], rest, marker);
    } else {
        set(member, rest, marker);
    }
}

#[test]
fn nothing_leaks_into_the_data_folder_or_the_log() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing_subscriber::util::SubscriberInitExt::try_init(subscriber).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (mut markers, ids) = runtime.block_on(async {
        let store = Arc::new(SqliteStore::open(folder.path(), Options::default()).unwrap());
        let vault = Arc::new(KeyVault::new(&Keys::generate().unwrap()).unwrap());
        vault.check_or_create(&*store).await.unwrap();
        let setup = Setup { store: store.clone(), vault: vault.clone(), ..Setup::default() };
        let sandbox = Sandbox::with(setup).await;
        let markers = run(&sandbox).await;
        // Once with everything in the write-ahead log, once more when it was folded in.
        search(folder.path(), &log, &markers);
        let ids = rows(&*store, &vault).await;
        store.flush().await.unwrap();
        (markers, ids)
    });
    for known in [KEY.1, OTHER_KEY.1, "hook-secret", ADMIN, CRYPTOGRAM] {
        markers.push(known.to_owned());
    }
    markers.extend(CARDS.map(str::to_owned));
    search(folder.path(), &log, &markers);
    card_numbers(folder.path(), &log, &ids);
    // What may be read was read, so the search looked at the right places.
    let places = places(folder.path(), &log);
    let holds = |text: &str| places.iter().any(|(_, bytes)| contains(bytes, text.as_bytes()));
    for clear in ["clear reference", "clear customer", "a signature was refused"] {
        assert!(holds(clear), "{clear}");
    }
}

/// A marker in every form in which it might lie about.
fn forms(marker: &str) -> Vec<Vec<u8>> {
    let bytes = marker.as_bytes();
    let hex = bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let mut forms = vec![bytes.to_vec(), hex.clone().into_bytes(), hex.to_uppercase().into_bytes()];
    forms.push(marker.encode_utf16().flat_map(u16::to_le_bytes).collect());
    forms.push(marker.encode_utf16().flat_map(u16::to_be_bytes).collect());
    for shift in 0..3_usize {
        let shifted = [&vec![0; shift][..], bytes].concat();
        // The outermost characters also depend on what stands before and after.
        let (from, cut) = ([0, 2, 3][shift], usize::from(shifted.len() % 3 != 0));
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let text = engine.encode(&shifted);
            forms.push(text.as_bytes()[from..text.len() - cut].to_vec());
        }
    }
    forms
}

#[test]
fn the_search_finds_what_it_looks_for() {
    let marker = CARDS[0];
    let haystack = |before: &str| STANDARD_NO_PAD.encode(format!("{before}{marker}, and more"));
    for text in
        [haystack(""), haystack("a"), haystack("ab"), haystack("abc"), format!("x{marker}y")]
    {
        assert!(forms(marker).iter().any(|form| contains(text.as_bytes(), form)), "{text}");
    }
    assert_eq!(numbers(b"id 45395787636214860, card 4539578763621486."), ["4539578763621486"]);
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// Every file of the folder, and the log.
fn places(folder: &Path, log: &Log) -> Vec<(String, Vec<u8>)> {
    let mut places = vec![("the log".to_owned(), log.0.lock().unwrap().clone())];
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                places.push((path.display().to_string(), fs::read(&path).unwrap()));
            }
        }
    }
    assert!(places.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > 50_000);
    places
}

fn search(folder: &Path, log: &Log, markers: &[String]) {
    for (place, bytes) in places(folder, log) {
        // Looked for by its first bytes: a scan for each form of each marker would take minutes.
        let mut starts = vec![false; 1 << 16];
        let forms: Vec<_> = markers
            .iter()
            .flat_map(|marker| forms(marker).into_iter().map(move |it| (marker, it)))
            .collect();
        for (_, form) in &forms {
            starts[usize::from(u16::from_be_bytes([form[0], form[1]]))] = true;
        }
        for at in 0..bytes.len().saturating_sub(1) {
            if starts[usize::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]))] {
                let found = forms.iter().find(|(_, form)| bytes[at..].starts_with(form));
                if let Some((marker, _)) = found {
                    panic!("{marker} is in {place}, at {at}");
                }
            }
        }
    }
}

/// Runs of 13 to 19 digits that pass the check of card numbers.
fn numbers(bytes: &[u8]) -> Vec<String> {
    let runs = bytes.split(|byte| !byte.is_ascii_digit());
    let runs = runs.filter(|run| (13..=19).contains(&run.len()));
    let runs = runs.map(|run| String::from_utf8(run.to_vec()).unwrap());
    runs.filter(|run| luhn(run)).collect()
}

/// No number passes the check of card numbers that is not a time or one of the ids that schemes give.
fn card_numbers(folder: &Path, log: &Log, ids: &BTreeSet<String>) {
    let is_time = |number: &str| {
        // Epoch milliseconds, or a stamp of the local time. No card number has that length and start.
        (number.len() == 13 && number.starts_with('1'))
            || (number.len() == 14 && number.starts_with("20"))
    };
    for (place, bytes) in places(folder, log) {
        for number in numbers(&bytes) {
            assert!(is_time(&number) || ids.contains(&number), "{number} is in {place}");
        }
    }
}

/// Decodes every stored row: no member is called like a verification value, no text is an expiry date or a card.
/// Returns the ids that schemes gave.
async fn rows(store: &dyn Store, vault: &KeyVault) -> BTreeSet<String> {
    let mut seen = 0;
    let mut ids = BTreeSet::new();
    for table in Table::ALL {
        let mut after = None;
        loop {
            let page = store.scan(table, after, 1_000).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            for record in page {
                seen += 1;
                let Ok(body) = serde_json::from_slice::<Value>(&record.body) else {
                    assert_eq!(table, Table::Meta, "{record:?}");
                    continue;
                };
                harmless(&body, &record.key.to_string());
                let id = body.pointer("/method/card/scheme_transaction").and_then(Value::as_str);
                ids.extend(id.map(str::to_owned));
            }
        }
    }
    assert!(seen > 20, "{seen} rows");
    let mut deliveries = 0;
    for kind in WorkKind::ALL {
        for work in store.claim_due(kind, 1 << 52, 1 << 50, 1_000).await.unwrap() {
            let body = String::from_utf8(work.body).unwrap();
            if kind == WorkKind::Delivery {
                deliveries += 1;
                let place = Place { table: kind.as_str(), id: &work.id.name, column: "body" };
                let clear = vault.open(place, &Sealed::from_text(body)).unwrap();
                let event: Value = serde_json::from_slice(&clear).unwrap();
                // Under the seal there is the expiry date, as in any answer, but no full number and no value.
                let text = event.to_string();
                assert!(numbers(text.as_bytes()).iter().all(|it| !CARDS.contains(&it.as_str())));
                assert!(!text.contains("\"cvv\""), "{text}");
            } else {
                assert!(body.is_empty(), "{body}");
            }
        }
    }
    assert!(deliveries > 10 && !ids.is_empty(), "{deliveries} deliveries");
    ids
}

fn harmless(value: &Value, place: &str) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let plain = name.to_lowercase();
                for part in ["cvv", "cvc", "pin", "securitycode"] {
                    assert!(!plain.contains(part), "{name} in {place}");
                }
                harmless(member, place);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| harmless(item, place)),
        Value::String(text) => {
            assert!(
                text != "1237" && text != PIN && !CVVS.contains(&text.as_str()),
                "{text} in {place}"
            );
        }
        Value::Number(number) => assert!(!CVVS.contains(&number.to_string().as_str()), "{place}"),
        _ => {}
    }
}

#[test]
fn what_the_platform_stores_of_its_own_holds_no_wire_type() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/platform");
    let mut stored = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let code = fs::read_to_string(&path).unwrap();
        for part in code.split("#[derive(").skip(1) {
            let (derived, item) = part.split_once(")]").unwrap();
            if derived.contains("Serialize") {
                stored += 1;
                let body = item.split("\n}").next().unwrap();
                for word in ["Sensitive", "types::", "florin_wire", "ClearCard", "Zeroizing"] {
                    assert!(!body.contains(word), "{word} in {}: {body}", path.display());
                }
            }
        }
    }
    assert!(stored > 5, "{stored}");
}
