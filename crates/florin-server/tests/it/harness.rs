//! A sandbox on a free port, and a client that signs for itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use florin_auth::v1hmac::{ApiKey, Request as Signed};
use florin_engine::clock::Clock;
use florin_engine::directory::{Account, Endpoint, Merchant, Platform as Lives, SigningKey};
use florin_engine::ids::Entropy;
use florin_engine::settings::Settings;
use florin_engine::vault::{Place, Vault};
use florin_processor::{Processor, Simulator};
use florin_server::{Config, Mode, Parts, Platform, serve};
use florin_store::{Batch, Key, KeyVault, Keys, MemoryStore, Record, Store, Table};
use florin_wire::Sensitive;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

pub const MERCHANT: &str = "1226";
pub const OGONE: &str = "1300";
pub const CAREFUL: &str = "1400";
pub const FOREIGN: &str = "20000";
pub const KEY: (&str, &str) = ("demo-key", "demo-secret");
pub const OTHER_KEY: (&str, &str) = ("other-key", "other-secret");
pub const ADMIN: &str = "admin-token-of-this-test";
pub const VISA: &str = "4012000033330026";

/// Real time of a test: the wall clock, moved by hand.
#[derive(Default)]
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        i64::try_from(since.as_millis()).unwrap() + self.0.load(Ordering::SeqCst)
    }
}

pub struct TestEntropy;

impl Entropy for TestEntropy {
    fn bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).unwrap();
        bytes
    }
}

/// What a sandbox of a test is made of.
pub struct Setup {
    pub store: Arc<dyn Store>,
    pub vault: Arc<KeyVault>,
    pub processor: Arc<dyn Processor>,
    pub clock: Arc<TestClock>,
    pub mode: Mode,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            store: Arc::new(MemoryStore::new()),
            vault: Arc::new(KeyVault::new(&Keys::generate().unwrap()).unwrap()),
            processor: Arc::new(Simulator::new().unwrap()),
            clock: Arc::default(),
            mode: Mode::Sandbox,
        }
    }
}

pub struct Sandbox {
    pub address: String,
    pub clock: Arc<TestClock>,
    pub store: Arc<dyn Store>,
    pub vault: Arc<KeyVault>,
}

impl Sandbox {
    pub async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub async fn with(setup: Setup) -> Self {
        let Setup { store, vault, processor, clock, mode } = setup;
        if store.get(Key::new(Table::Account, "", "demo")).await.unwrap().is_none() {
            seed(&*store, &vault).await;
        }
        let config = Config {
            mode,
            public_url: "https://pay.example.com".to_owned(),
            date_tolerance: Duration::from_secs(300),
            admin_token: Sensitive::from(ADMIN),
            settlement_delay_ms: 3_600_000,
            ceiling: false,
        };
        let parts = Parts {
            store: Arc::clone(&store),
            vault: Arc::clone(&vault) as Arc<dyn Vault>,
            processor,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            entropy: Arc::new(TestEntropy),
        };
        let platform = Platform::start(config, parts).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            serve::serve(platform, listener, std::future::pending()).await.unwrap();
        });
        Self { address, clock, store, vault }
    }

    /// A signed call to the merchant's part of the API.
    pub fn call(&self, method: &'static str, path: &str) -> Call<'_> {
        self.raw(method, &format!("/v1/{MERCHANT}{path}"))
    }

    /// A signed call to any path.
    pub fn raw(&self, method: &'static str, path: &str) -> Call<'_> {
        Call {
            sandbox: self,
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: None,
            key: Some(KEY),
            date: None,
            signing: None,
        }
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.call("POST", path).json(&body).send().await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.call("GET", path).send().await
    }

    /// A sandbox call.
    pub async fn sandbox(&self, path: &str, body: Value) -> Reply {
        let path = format!("/sandbox/v1/{MERCHANT}{path}");
        self.raw("POST", &path)
            .unsigned()
            .header("Authorization", &format!("Bearer {ADMIN}"))
            .json(&body)
            .send()
            .await
    }

    /// A payment that was created with this body, which must succeed.
    pub async fn pay(&self, body: Value) -> String {
        let reply = self.post("/payments", body).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.body["payment"]["id"].as_str().unwrap().to_owned()
    }

    /// A payment of that amount that is paid.
    pub async fn paid(&self, amount: i64) -> String {
        let mut body = card_payment(amount, "EUR");
        body["cardPaymentMethodSpecificInput"]["requiresApproval"] = json!(false);
        let id = self.pay(body).await;
        let settled = self.sandbox(&format!("/payments/{id}/settle"), json!({})).await;
        assert_eq!(settled.body["status"], "PAID", "{settled:?}");
        id
    }
}

/// A card payment as merchants send it.
pub fn card_payment(amount: i64, currency: &str) -> Value {
    json!({
        "order": {"amountOfMoney": {"amount": amount, "currencyCode": currency}},
        "cardPaymentMethodSpecificInput": {
            "paymentProductId": 1,
            "card": {
                "cardNumber": VISA, "cvv": "123", "expiryDate": "1230", "cardholderName": "Wile E. Coyote"
            }
        }
    })
}

async fn seed(store: &dyn Store, vault: &KeyVault) {
    let mut batch = Batch::new();
    let mut put = |table: Table, id: &str, body: &dyn erased::Json| {
        batch.insert(Record::new(Key::new(table, "", id), body.bytes()));
    };
    let mut keys = Vec::new();
    for (account, merchants, key) in
        [("demo", &[MERCHANT, OGONE, CAREFUL][..], KEY), ("other", &[FOREIGN][..], OTHER_KEY)]
    {
        put(Table::Account, account, &Account { name: account.to_owned() });
        for id in merchants {
            let settings = Settings {
                refund_approval: *id == CAREFUL,
                auto_decline_challenged: *id == CAREFUL,
                ..Settings::default()
            };
            let platform = if *id == OGONE { Lives::Ogone } else { Lives::GlobalCollect };
            let (id, account) = ((*id).to_owned(), account.to_owned());
            put(Table::Merchant, &id.clone(), &Merchant { id, account, platform, settings });
        }
        keys.push((Table::ApiKey, account, key));
    }
    keys.push((Table::WebhookKey, "demo", ("hook-key", "hook-secret")));
    for (table, account, (id, secret)) in keys {
        let place = Place { table: table.as_str(), id, column: "secret" };
        let sealed = vault.seal(place, secret.as_bytes()).unwrap();
        let (id, account) = (id.to_owned(), account.to_owned());
        put(table, &id.clone(), &SigningKey { id, account, sealed, revoked: false });
    }
    let url = "http://127.0.0.1:9/hooks".to_owned();
    let events = vec!["*".to_owned()];
    put(Table::Endpoint, "hook", &Endpoint { merchant: MERCHANT.to_owned(), url, events });
    store.commit(batch).await.unwrap();
}

mod erased {
    pub trait Json {
        fn bytes(&self) -> Vec<u8>;
    }

    impl<T: super::Serialize> Json for T {
        fn bytes(&self) -> Vec<u8> {
            serde_json::to_vec(self).unwrap()
        }
    }
}

/// A call that can be bent out of shape before it is sent.
pub struct Call<'a> {
    sandbox: &'a Sandbox,
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Bytes>,
    key: Option<(&'static str, &'static str)>,
    date: Option<String>,
    signing: Option<String>,
}

impl Call<'_> {
    pub fn json(mut self, body: &Value) -> Self {
        self.body = Some(body.to_string().into());
        self.header("Content-Type", "application/json")
    }

    pub fn bytes(self, body: impl Into<Bytes>) -> Self {
        self.bare(body).header("Content-Type", "application/json")
    }

    /// A body without a content type.
    pub fn bare(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn idempotent(self, key: &str) -> Self {
        self.header("X-GCS-Idempotence-Key", key)
    }

    pub fn signed_by(mut self, key: (&'static str, &'static str)) -> Self {
        self.key = Some(key);
        self
    }

    pub fn unsigned(mut self) -> Self {
        self.key = None;
        self
    }

    pub fn dated(mut self, date: &str) -> Self {
        self.date = Some(date.to_owned());
        self
    }

    /// Signs this path and query instead of the form that this project's clients sign.
    pub fn signing(mut self, resource: &str) -> Self {
        self.signing = Some(resource.to_owned());
        self
    }

    pub fn into_request(self) -> hyper::Request<Full<Bytes>> {
        let date = self.date.unwrap_or_else(|| {
            let now = u64::try_from(self.sandbox.clock.now_ms()).unwrap();
            httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_millis(now))
        });
        let mut request = hyper::Request::builder().method(self.method).uri(&self.path);
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            request = request.header("Host", &self.sandbox.address);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some((id, secret)) = self.key {
            let (path, query) = match (&self.signing, self.path.split_once('?')) {
                (Some(resource), _) => (resource.as_str(), None),
                (None, Some((path, query))) => (path, Some(query)),
                (None, None) => (self.path.as_str(), None),
            };
            let content_type =
                self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let signature = ApiKey::new(id, secret).unwrap().sign(Signed {
                method: self.method,
                content_type: content_type.map_or("", |(_, value)| value.as_str()),
                date: &date,
                headers,
                path,
                query,
            });
            request = request.header("Authorization", signature);
        }
        request = request.header("Date", date);
        request.body(Full::new(self.body.unwrap_or_default())).unwrap()
    }

    pub async fn send(self) -> Reply {
        let address = self.sandbox.address.clone();
        let request = self.into_request();
        send(&address, request).await
    }
}

/// Sends a request on a connection of its own.
pub async fn send(address: &str, request: hyper::Request<Full<Bytes>>) -> Reply {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let response = sender.send_request(request).await.unwrap();
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
    Reply { status, headers, body }
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: Value,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Checks that the answer is an error envelope with exactly one error: status, code, message and property.
    #[track_caller]
    pub fn expect_error(&self, status: u16, code: &str, message: &str, property: Option<&str>) {
        assert_eq!(self.status, status, "{self:?}");
        self.expect_envelope();
        let errors = self.body["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{self:?}");
        let error = &errors[0];
        assert_eq!(error["code"], code, "{self:?}");
        assert!(error["message"].as_str().unwrap().contains(message), "{self:?}");
        assert_eq!(error.get("propertyName").and_then(Value::as_str), property, "{self:?}");
        assert_eq!(error["httpStatusCode"], status, "{self:?}");
    }

    /// Checks what every error answer has.
    #[track_caller]
    pub fn expect_envelope(&self) {
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert!(self.body["errorId"].as_str().is_some_and(|id| id.len() == 45), "{self:?}");
        for error in self.body["errors"].as_array().expect("errors") {
            for member in ["code", "id", "category", "message"] {
                assert!(error[member].is_string(), "{member} in {self:?}");
            }
        }
        assert!(!has_null(&self.body), "{self:?}");
    }

    /// The (code, propertyName) pairs of an error answer, sorted.
    pub fn faults(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let errors = self.body["errors"].as_array().unwrap();
        let mut faults: Vec<_> =
            errors.iter().map(|e| (text(&e["code"]), text(&e["propertyName"]))).collect();
        faults.sort();
        faults
    }
}

/// Whether there is a null anywhere.
pub fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}

/// The paths of all members that an answer carries, sorted.
pub fn member_paths(value: &Value) -> Vec<String> {
    fn walk(value: &Value, path: &str, out: &mut Vec<String>) {
        match value {
            Value::Object(members) if members.is_empty() => out.push(format!("{path}{{}}")),
            Value::Object(members) => {
                for (name, member) in members {
                    let path =
                        if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    walk(member, &path, out);
                }
            }
            Value::Array(items) if items.is_empty() => out.push(format!("{path}[]")),
            Value::Array(items) => {
                for item in items {
                    walk(item, &format!("{path}[]"), out);
                }
            }
            _ => out.push(path.to_owned()),
        }
    }
    let mut paths = Vec::new();
    walk(value, "", &mut paths);
    paths.sort();
    paths.dedup();
    paths
}
