//! Where a declared secret comes from: the file itself, the environment, or another file.

use std::path::{Path, PathBuf};

use florin_wire::Sensitive;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::Mode;

/// A secret as it is declared.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a text, { env = \"NAME\" } or { file = \"path\" }")]
pub(super) enum Declared {
    Inline(Inline),
    Env(Env),
    File(File),
}

/// A text that is wiped.
#[derive(Deserialize)]
#[serde(from = "String")]
pub(super) struct Inline(Sensitive<String>);

impl From<String> for Inline {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Env {
    env: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    file: PathBuf,
}

/// What secrets are looked up in.
pub struct Sources<'a> {
    /// Whether a secret may be written into the file itself.
    pub mode: Mode,
    /// What the paths of secret files are relative to: the folder of the provisioning file.
    pub folder: &'a Path,
    /// The environment.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
}

impl Sources<'_> {
    /// The secret itself, or why there is none.
    pub(super) fn find(&self, declared: Declared) -> Result<Sensitive<String>, String> {
        let secret = match declared {
            Declared::Inline(_) if self.mode == Mode::Live => {
                let message = "a secret is not written into the file in live mode; \
                               use { env = \"NAME\" } or { file = \"path\" }";
                return Err(message.to_owned());
            }
            Declared::Inline(Inline(secret)) => secret,
            Declared::Env(Env { env }) => match (self.environment)(&env) {
                Some(value) => Sensitive::new(value),
                None => return Err(format!("the environment variable {env} is not set")),
            },
            Declared::File(File { file }) => {
                let path = self.folder.join(file);
                let text = std::fs::read_to_string(&path).map(Zeroizing::new);
                let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
                // Editors end the last line; nobody means that to be part of the secret.
                Sensitive::from(text.trim_end_matches(['\r', '\n']))
            }
        };
        if secret.expose().is_empty() {
            return Err("the secret is empty".to_owned());
        }
        Ok(secret)
    }
}
