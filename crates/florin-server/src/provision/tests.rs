use std::path::Path;

use florin_engine::directory::{Merchant, OauthClient, SigningKey};
use florin_engine::vault::{Place, Vault};
use florin_store::{Batch, Key, KeyVault, Keys, MemoryStore, Record, Store, Table};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::*;
use crate::Mode;

/// The format as it is promised.
const FILE: &str = r#"
[[account]]
name = "demo"
[[account.merchant]]
id = "1226"
platform = "global_collect"            # or "ogone"
[account.merchant.settings]
settlement_delay = "1h"
[[account.merchant.webhook_endpoint]]
url = "http://127.0.0.1:9000/hooks"
events = ["*"]
[[account.api_key]]
id = "demo-key"
secret = "demo-secret"
[[account.webhook_key]]
id = "demo-webhook-key"
secret = "demo-webhook-secret"
[[acquirer]]
id = "100812"
[[acquirer.merchant]]
id = "520000214"
[[oauth_client]]
id = "demo-client"
secret = "demo-client-secret"
scopes = ["processing_payment", "processing_refund"]
"#;

struct World {
    store: MemoryStore,
    vault: KeyVault,
}

impl World {
    fn new() -> Self {
        let vault = KeyVault::new(&Keys::generate().unwrap()).unwrap();
        Self { store: MemoryStore::default(), vault }
    }

    /// Applies a file. Says what differed, one line each.
    async fn apply(&self, text: &str) -> Vec<String> {
        let drift = sandbox(text).unwrap().apply(&self.store, &self.vault, Mode::Sandbox).await;
        drift.unwrap().iter().map(ToString::to_string).collect()
    }

    async fn record<T: DeserializeOwned>(&self, table: Table, id: &str) -> (Record, T) {
        let record = self.store.get(Key::new(table, "", id)).await.unwrap().unwrap();
        let body = serde_json::from_slice(&record.body).unwrap();
        (record, body)
    }

    /// What a console does to a record.
    async fn change<T: DeserializeOwned + Serialize>(
        &self,
        table: Table,
        id: &str,
        change: impl FnOnce(&mut T),
    ) {
        let (mut record, mut body) = self.record::<T>(table, id).await;
        change(&mut body);
        record.body = serde_json::to_vec(&body).unwrap();
        let mut batch = Batch::new();
        batch.update(record);
        self.store.commit(batch).await.unwrap();
    }

    async fn secret(&self, table: Table, id: &str) -> String {
        let (_, key) = self.record::<SigningKey>(table, id).await;
        let place = Place { table: table.as_str(), id, column: "secret" };
        String::from_utf8(self.vault.open(place, &key.sealed).unwrap().to_vec()).unwrap()
    }
}

fn sandbox(text: &str) -> Result<Declaration, ProvisionError> {
    parse(text, Mode::Sandbox, Path::new(""))
}

fn parse(text: &str, mode: Mode, folder: &Path) -> Result<Declaration, ProvisionError> {
    let environment = |name: &str| (name == "KNOWN").then(|| "from-environment".to_owned());
    let sources = Sources { mode, folder, environment: &environment };
    Declaration::parse(text, &sources)
}

fn message(text: &str) -> String {
    sandbox(text).err().unwrap().to_string()
}

#[tokio::test]
async fn everything_that_is_declared_is_there() {
    let world = World::new();
    assert_eq!(world.apply(FILE).await.len(), 7);
    let (_, merchant) = world.record::<Merchant>(Table::Merchant, "1226").await;
    assert_eq!(
        (merchant.account.as_str(), merchant.settings.settlement_delay_ms),
        ("demo", Some(3_600_000))
    );
    assert_eq!(world.secret(Table::ApiKey, "demo-key").await, "demo-secret");
    assert_eq!(world.secret(Table::WebhookKey, "demo-webhook-key").await, "demo-webhook-secret");
    let (_, client) = world.record::<OauthClient>(Table::OauthClient, "demo-client").await;
    assert_eq!((client.scopes.len(), client.revoked), (2, false));
}

#[tokio::test]
async fn applying_twice_commits_nothing() {
    let world = World::new();
    world.apply(FILE).await;
    let before = world.store.stats();
    assert!(world.apply(FILE).await.is_empty());
    assert_eq!(world.store.stats().batches, before.batches);
    let plan = sandbox(FILE).unwrap().plan(&world.store, &world.vault, Mode::Sandbox).await;
    assert!(!plan.unwrap().is_pending());
}

#[tokio::test]
async fn a_changed_declaration_overwrites_what_it_changes_and_a_missing_one_nothing() {
    let world = World::new();
    world.apply(FILE).await;
    let changed = FILE.replace("\"1h\"", "\"5s\"").replace("demo-secret", "new-secret");
    let expected = [
        "~ merchant \"1226\": settings.settlement_delay declared anew",
        "~ api_key \"demo-key\": secret declared anew",
    ];
    let plan = sandbox(&changed).unwrap().plan(&world.store, &world.vault, Mode::Sandbox).await;
    let plan = plan.unwrap().drift.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(plan, expected);
    assert_eq!(world.secret(Table::ApiKey, "demo-key").await, "demo-secret");
    assert_eq!(world.apply(&changed).await, expected);
    assert_eq!(world.secret(Table::ApiKey, "demo-key").await, "new-secret");
    let shorter = "[[account]]\nname = \"demo\"";
    assert!(world.apply(shorter).await.is_empty());
    let (_, merchant) = world.record::<Merchant>(Table::Merchant, "1226").await;
    assert_eq!(merchant.settings.settlement_delay_ms, Some(5_000));
}

#[tokio::test]
async fn what_was_revoked_or_changed_at_run_time_stays_so() {
    let world = World::new();
    world.apply(FILE).await;
    world.change::<SigningKey>(Table::ApiKey, "demo-key", |key| key.revoked = true).await;
    world
        .change::<Merchant>(Table::Merchant, "1226", |merchant| {
            merchant.settings.settlement_delay_ms = Some(1);
            merchant.settings.multi_capture = true;
        })
        .await;
    let (endpoint, _) = world
        .record::<serde_json::Value>(Table::Endpoint, "1226 http://127.0.0.1:9000/hooks")
        .await;
    let mut batch = Batch::new();
    batch.delete(endpoint.key, endpoint.version);
    world.store.commit(batch).await.unwrap();
    let expected = [
        "! merchant \"1226\": settings.settlement_delay changed at run time, stays so",
        "! endpoint \"1226 http://127.0.0.1:9000/hooks\": deleted at run time, stays so",
        "! api_key \"demo-key\": revoked at run time, stays so",
    ];
    assert_eq!(world.apply(FILE).await, expected);
    assert!(world.record::<SigningKey>(Table::ApiKey, "demo-key").await.1.revoked);

    // Another member is declared anew: the ones that were changed at run time stay as they are.
    let settings = "[account.merchant.settings]\nrefund_approval = true";
    world.apply(&FILE.replace("[account.merchant.settings]", settings)).await;
    let (_, merchant) = world.record::<Merchant>(Table::Merchant, "1226").await;
    assert!(merchant.settings.refund_approval && merchant.settings.multi_capture);
    assert_eq!(merchant.settings.settlement_delay_ms, Some(1));

    // A new secret is a new key.
    world.apply(&FILE.replace("demo-secret", "new-secret")).await;
    assert!(!world.record::<SigningKey>(Table::ApiKey, "demo-key").await.1.revoked);
}

#[tokio::test]
async fn a_revoked_client_stays_revoked_when_only_its_scopes_change() {
    let world = World::new();
    world.apply(FILE).await;
    world.change::<OauthClient>(Table::OauthClient, "demo-client", |it| it.revoked = true).await;
    world.apply(&FILE.replace(", \"processing_refund\"", "")).await;
    let (_, client) = world.record::<OauthClient>(Table::OauthClient, "demo-client").await;
    assert_eq!((client.revoked, client.scopes.len()), (true, 1));
}

#[tokio::test]
async fn secrets_come_from_three_places() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), "from-file\n").unwrap();
    let world = World::new();
    let text = |secret: &str| FILE.replace("\"demo-secret\"", secret);
    for (secret, clear) in [
        ("\"inline\"", "inline"),
        ("{ env = \"KNOWN\" }", "from-environment"),
        ("{ file = \"secret\" }", "from-file"),
    ] {
        let declaration = parse(&text(secret), Mode::Sandbox, folder.path()).unwrap();
        declaration.apply(&world.store, &world.vault, Mode::Sandbox).await.unwrap();
        assert_eq!(world.secret(Table::ApiKey, "demo-key").await, clear);
    }
    assert_eq!(
        message(&text("{ env = \"UNKNOWN\" }")),
        "api_key \"demo-key\": the environment variable UNKNOWN is not set"
    );
    assert!(
        message(&text("{ file = \"nowhere\" }")).starts_with("api_key \"demo-key\": nowhere: ")
    );
    assert_eq!(message(&text("\"\"")), "api_key \"demo-key\": the secret is empty");
    let format = "line 14, account[0].api_key[0].secret: \
                  expected a text, { env = \"NAME\" } or { file = \"path\" }";
    assert_eq!(message(&text("{ env = \"A\", file = \"b\" }")), format);
    assert_eq!(message(&text("{ }")), format);
}

#[tokio::test]
async fn live_refuses_inline_secrets_and_merchants_without_a_processor() {
    let error = parse(FILE, Mode::Live, Path::new("")).err().unwrap().to_string();
    assert!(error.starts_with("api_key \"demo-key\": a secret is not written into the file"));
    let world = World::new();
    let text = "[[account]]\nname = \"a\"\n[[account.merchant]]\nid = \"7\"\nplatform = \"ogone\"";
    let declaration = parse(text, Mode::Live, Path::new("")).unwrap();
    let error = declaration.apply(&world.store, &world.vault, Mode::Live).await.unwrap_err();
    assert_eq!(error.to_string(), "merchant 7 has no processor: only a sandbox can serve it");
    refuse_without_processor(&world.store, Mode::Live).await.unwrap();
    world.apply(text).await;
    assert!(refuse_without_processor(&world.store, Mode::Live).await.is_err());
    assert!(refuse_without_processor(&world.store, Mode::Sandbox).await.is_ok());
}

#[test]
fn errors_name_the_entry_and_show_no_secret() {
    let with = |from: &str, to: &str| message(&FILE.replacen(from, to, 1));
    assert_eq!(
        with("platform =", "platfrom ="),
        "line 6, account[0].merchant[0].platfrom: unknown field `platfrom`, \
         expected one of `id`, `platform`, `settings`, `webhook_endpoint`"
    );
    assert!(with("id = \"demo-key\"", "").contains("missing field `id`"));
    assert!(with("\"1h\"", "\"soon\"").contains("\"soon\" is not a duration"));
    assert!(with("\"global_collect\"", "\"gc\"").contains("unknown variant `gc`"));
    let merchant = "merchant \"12345678901\": the id of a merchant is 1 to 10 digits";
    assert_eq!(with("\"1226\"", "\"12345678901\""), merchant);
    assert!(with("\"*\"", "\"pay*\"").contains("hooks\": \"pay*\" is not"));
    assert!(with("http://127", "ftp://127").contains("is not of the form"));
    assert_eq!(
        with("name = \"demo\"", "name = \"\""),
        "account \"\": the name is empty, too long or not printable"
    );
    let twice = format!("{FILE}{FILE}");
    assert_eq!(message(&twice), "account \"demo\": it is declared twice");
    let broken = with("secret = \"demo-secret\"", "secret = \"demo-secret");
    assert!(!broken.contains("demo-secret") && broken.starts_with("line 14"), "{broken}");
    let number = with("secret = \"demo-secret\"", "secret = 12345");
    assert!(!number.contains("12345"), "{number}");
}

#[test]
fn durations() {
    for (text, ms) in [("250ms", 250), ("5s", 5_000), ("30m", 1_800_000), ("1h", 3_600_000)] {
        assert_eq!(duration(text).unwrap().as_millis(), ms);
    }
    assert_eq!(duration("1h30m").unwrap().as_secs(), 5_400);
    for text in ["", "5", "-5s", "soon", "1mo"] {
        assert!(duration(text).is_err(), "{text}");
    }
}
