//! The account that a sandbox starts with when nothing is provisioned.

#![allow(clippy::print_stdout, reason = "credentials are shown once, there")]

use std::path::Path;

use anyhow::Result;
use florin_engine::ids::{Entropy, hex32};
use florin_engine::vault::Vault;
use florin_server::Mode;
use florin_server::provision::{Declaration, Sources};
use florin_store::{Store, Table};
use florin_wire::Sensitive;

/// The merchant of the demo account.
pub(crate) const MERCHANT: &str = "1226";

/// What the demo account signs with.
pub(crate) struct Credentials {
    pub(crate) api_key_id: String,
    pub(crate) secret: Sensitive<String>,
    pub(crate) webhook_key_id: String,
    pub(crate) webhook_secret: Sensitive<String>,
}

/// Makes the demo account in a store, unless it has accounts.
pub(crate) async fn create_in_empty(
    store: &dyn Store,
    vault: &dyn Vault,
    entropy: &dyn Entropy,
) -> Result<Option<Credentials>> {
    if !store.scan(Table::Account, None, 1).await?.is_empty() {
        return Ok(None);
    }
    create(store, vault, entropy).await.map(Some)
}

/// Makes the demo account. Its secrets are nowhere in the clear but in the answer.
pub(crate) async fn create(
    store: &dyn Store,
    vault: &dyn Vault,
    entropy: &dyn Entropy,
) -> Result<Credentials> {
    let id = |prefix: &str| {
        let hex = hex32(entropy);
        format!("{prefix}-{}", hex.get(..16).unwrap_or(&hex))
    };
    let secret = || Sensitive::new(hex32(entropy) + &hex32(entropy));
    let credentials = Credentials {
        api_key_id: id("demo"),
        secret: secret(),
        webhook_key_id: id("demo-webhook"),
        webhook_secret: secret(),
    };
    let text = zeroize::Zeroizing::new(format!(
        "[[account]]\nname = \"demo\"\n\
         [[account.merchant]]\nid = \"{MERCHANT}\"\nplatform = \"global_collect\"\n\
         [[account.api_key]]\nid = \"{}\"\nsecret = \"{}\"\n\
         [[account.webhook_key]]\nid = \"{}\"\nsecret = \"{}\"\n",
        credentials.api_key_id,
        credentials.secret.expose(),
        credentials.webhook_key_id,
        credentials.webhook_secret.expose(),
    ));
    let sources = Sources { mode: Mode::Sandbox, folder: Path::new(""), environment: &|_| None };
    let declaration = Declaration::parse(&text, &sources)?;
    declaration.apply(store, vault, Mode::Sandbox).await?;
    Ok(credentials)
}

impl Credentials {
    /// Shows them, and what one can do with them.
    pub(crate) fn print(&self, url: &str, data: &Path) {
        println!("A demo account was made. Its secrets are shown this once:");
        println!("  merchant        {MERCHANT}");
        println!("  api key id      {}", self.api_key_id);
        println!("  api secret      {}", self.secret.expose());
        println!("  webhook key id  {}", self.webhook_key_id);
        println!("  webhook secret  {}", self.webhook_secret.expose());
        let target = format!("--url {url} --data {} --merchant {MERCHANT}", data.display());
        println!("Settle what was approved, or let an hour pass:");
        println!("  florin sandbox settle {target}");
        println!("  florin sandbox advance {target} --by 1h");
    }
}
