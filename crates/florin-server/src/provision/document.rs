//! The format of a provisioning file. It is fixed: users keep such files in version control.

use std::collections::HashSet;
use std::time::Duration;

use florin_engine::directory::{Account, Acquirer, Endpoint, Merchant, Platform};
use florin_engine::ids::is_merchant_id;
use florin_engine::settings::{CardMask, Settings};
use florin_store::Table;
use serde::{Deserialize, Deserializer};

use super::ProvisionError;
use super::entry::Entry;
use super::secret::{Declared, Sources};

/// What a provisioning file declares.
pub struct Declaration {
    pub(super) entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    account: Vec<AccountEntry>,
    #[serde(default)]
    acquirer: Vec<AcquirerEntry>,
    #[serde(default)]
    oauth_client: Vec<OauthEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountEntry {
    name: String,
    #[serde(default)]
    merchant: Vec<MerchantEntry>,
    #[serde(default)]
    api_key: Vec<KeyEntry>,
    #[serde(default)]
    webhook_key: Vec<KeyEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MerchantEntry {
    id: String,
    platform: Platform,
    #[serde(default)]
    settings: SettingsEntry,
    #[serde(default)]
    webhook_endpoint: Vec<EndpointEntry>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsEntry {
    delayed_settlement: Option<bool>,
    refund_approval: Option<bool>,
    auto_decline_challenged: Option<bool>,
    multi_capture: Option<bool>,
    card_mask: Option<CardMask>,
    #[serde(default, deserialize_with = "some_duration")]
    settlement_delay: Option<Duration>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndpointEntry {
    url: String,
    events: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyEntry {
    id: String,
    secret: Declared,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AcquirerEntry {
    id: String,
    #[serde(default)]
    merchant: Vec<AcquirerMerchantEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AcquirerMerchantEntry {
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OauthEntry {
    id: String,
    secret: Declared,
    scopes: Vec<String>,
}

impl Declaration {
    /// Reads a provisioning file, and the secrets that it points to.
    pub fn parse(text: &str, sources: &Sources<'_>) -> Result<Self, ProvisionError> {
        let document: Document = {
            let deserializer = toml::Deserializer::parse(text)
                .map_err(|error| format_error(text, String::new(), &error))?;
            serde_path_to_error::deserialize(deserializer).map_err(|error| {
                let path = error.path().to_string();
                format_error(text, path, error.inner())
            })?
        };
        let mut entries = Vec::new();
        for account in document.account {
            account.declare(sources, &mut entries)?;
        }
        for acquirer in document.acquirer {
            acquirer.declare(&mut entries)?;
        }
        for client in document.oauth_client {
            client.declare(sources, &mut entries)?;
        }
        let mut seen = HashSet::new();
        for entry in &entries {
            if !seen.insert((entry.table, entry.id.as_str())) {
                return Err(wrong(entry.name(), "it is declared twice"));
            }
        }
        Ok(Self { entries })
    }
}

impl AccountEntry {
    fn declare(
        self,
        sources: &Sources<'_>,
        entries: &mut Vec<Entry>,
    ) -> Result<(), ProvisionError> {
        let account = self.name;
        let mut entry = Entry::new(Table::Account, &account, &Account { name: account.clone() })?;
        entry.declare("/name", account.as_str());
        entries.push(entry);
        for merchant in self.merchant {
            merchant.declare(&account, entries)?;
        }
        let api_keys = self.api_key.into_iter().map(|key| (Table::ApiKey, key));
        let webhook_keys = self.webhook_key.into_iter().map(|key| (Table::WebhookKey, key));
        for (table, KeyEntry { id, secret }) in api_keys.chain(webhook_keys) {
            let body = serde_json::json!({"id": id, "account": account, "revoked": false});
            let mut entry = Entry::new(table, &id, &body)?;
            entry.declare("/account", account.as_str());
            entry.secret = Some(sources.find(secret).map_err(|why| wrong(entry.name(), why))?);
            entries.push(entry);
        }
        Ok(())
    }
}

impl MerchantEntry {
    fn declare(self, account: &str, entries: &mut Vec<Entry>) -> Result<(), ProvisionError> {
        let merchant = Merchant {
            id: self.id.clone(),
            account: account.to_owned(),
            platform: self.platform,
            settings: Settings::default(),
        };
        let mut entry = Entry::new(Table::Merchant, &self.id, &merchant)?;
        if !is_merchant_id(&self.id) {
            return Err(wrong(entry.name(), "the id of a merchant is 1 to 10 digits"));
        }
        entry.declare("/account", account);
        entry.declare("/platform", encoded(&self.platform)?);
        let settings = self.settings;
        for (pointer, value) in [
            ("/settings/delayed_settlement", settings.delayed_settlement),
            ("/settings/refund_approval", settings.refund_approval),
            ("/settings/auto_decline_challenged", settings.auto_decline_challenged),
            ("/settings/multi_capture", settings.multi_capture),
        ] {
            if let Some(value) = value {
                entry.declare(pointer, value);
            }
        }
        if let Some(mask) = settings.card_mask {
            entry.declare("/settings/card_mask", encoded(&mask)?);
        }
        if let Some(delay) = settings.settlement_delay {
            let delay_ms = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
            entry.declare("/settings/settlement_delay_ms", delay_ms);
        }
        entries.push(entry);
        for endpoint in self.webhook_endpoint {
            endpoint.declare(&self.id, entries)?;
        }
        Ok(())
    }
}

impl EndpointEntry {
    fn declare(self, merchant: &str, entries: &mut Vec<Entry>) -> Result<(), ProvisionError> {
        let id = format!("{merchant} {}", self.url);
        let merchant = merchant.to_owned();
        let endpoint = Endpoint { merchant, url: self.url, events: self.events };
        let mut entry = Entry::new(Table::Endpoint, &id, &endpoint)?;
        let url = endpoint.url.parse::<http::Uri>().ok();
        if !url.is_some_and(|url| {
            matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some()
        }) {
            return Err(wrong(entry.name(), "the address is not of the form http(s)://host/path"));
        }
        if let Some(event) = endpoint.events.iter().find(|event| !is_event_pattern(event)) {
            let message = format!("{event:?} is not *, subject.* or subject.event");
            return Err(wrong(entry.name(), message));
        }
        entry.declare("/events", encoded(&endpoint.events)?);
        entries.push(entry);
        Ok(())
    }
}

impl AcquirerEntry {
    fn declare(self, entries: &mut Vec<Entry>) -> Result<(), ProvisionError> {
        let merchants = self.merchant.into_iter().map(|merchant| merchant.id).collect();
        let acquirer = Acquirer { id: self.id, merchants };
        let mut entry = Entry::new(Table::Acquirer, &acquirer.id, &acquirer)?;
        entry.declare("/merchants", encoded(&acquirer.merchants)?);
        entries.push(entry);
        Ok(())
    }
}

impl OauthEntry {
    fn declare(
        self,
        sources: &Sources<'_>,
        entries: &mut Vec<Entry>,
    ) -> Result<(), ProvisionError> {
        let scopes = self.scopes;
        let body = serde_json::json!({"id": self.id, "scopes": scopes, "revoked": false});
        let mut entry = Entry::new(Table::OauthClient, &self.id, &body)?;
        entry.declare("/scopes", scopes);
        entry.secret = Some(sources.find(self.secret).map_err(|why| wrong(entry.name(), why))?);
        entries.push(entry);
        Ok(())
    }
}

/// A duration as people write it: `5s`, `1h`, `30m`, `250ms`, or several such parts.
pub fn duration(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<jiff::SignedDuration>().ok();
    let parsed = parsed.and_then(|duration| Duration::try_from(duration).ok());
    parsed.ok_or_else(|| format!("{text:?} is not a duration like 250ms, 5s, 30m or 1h"))
}

fn some_duration<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(from)?;
    duration(&text).map(Some).map_err(serde::de::Error::custom)
}

fn is_event_pattern(pattern: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    match pattern.split_once('.') {
        None => pattern == "*",
        Some((subject, event)) => is_word(subject) && (event == "*" || is_word(event)),
    }
}

fn encoded(value: &impl serde::Serialize) -> Result<serde_json::Value, ProvisionError> {
    serde_json::to_value(value).map_err(|error| wrong("provisioning", error.to_string()))
}

fn wrong(entry: impl Into<String>, message: impl Into<String>) -> ProvisionError {
    ProvisionError::Entry { entry: entry.into(), message: message.into() }
}

/// Names the line and the member, and does not quote the line: it may hold a secret.
fn format_error(text: &str, path: String, error: &toml::de::Error) -> ProvisionError {
    let line = error.span().and_then(|span| text.get(..span.start));
    let line = line.map(|before| format!("line {}", before.matches('\n').count() + 1));
    let path = Some(path).filter(|path| !path.is_empty() && path != ".");
    let place = match (line, path) {
        (Some(line), Some(path)) => format!("{line}, {path}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "provisioning".to_owned(),
    };
    ProvisionError::Format { place, message: error.message().to_owned() }
}
