//! What consumers read, in every language.

use std::collections::HashMap;

use toml::{Table, Value};

use super::CatalogueError;

/// The languages that have every text.
pub const LANGUAGES: [&str; 10] = ["en", "nl", "de", "fr", "es", "it", "pt", "sv", "da", "pl"];

/// What reads the same everywhere.
const ANY: &str = "any";

/// The language of those whose own is not here.
const DEFAULT: &str = "en";

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../data/catalogue/texts/", $name, ".toml")))),+]
    };
}

const FILES: &[(&str, &str)] =
    files!("any", "en", "en_US", "nl", "de", "fr", "es", "it", "pt", "pt_BR", "sv", "da", "pl",);

/// Every text, by locale and key.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    /// A language, a language with a country, or the one for all.
    locales: Vec<(&'static str, HashMap<String, String>)>,
}

impl Texts {
    pub(super) fn load() -> Result<Self, CatalogueError> {
        let mut locales = Vec::new();
        for (name, text) in FILES {
            let sections: HashMap<String, Table> = CatalogueError::parse(name, text)?;
            let mut texts = HashMap::new();
            for (section, entries) in sections {
                for (key, value) in entries {
                    let Value::String(value) = value else {
                        return Err(CatalogueError::content(name, &key));
                    };
                    texts.insert(format!("{section}.{key}"), value);
                }
            }
            locales.push((*name, texts));
        }
        Ok(Self { locales })
    }

    /// A text in a locale such as `nl_BE`: the locale's own, that of its language, that of all, or the English one.
    pub(super) fn get(&self, locale: &str, key: &str) -> Option<&str> {
        let language = locale.split(['_', '-']).next().unwrap_or_default();
        [locale, language, ANY, DEFAULT]
            .into_iter()
            .find_map(|name| self.of(name)?.get(key))
            .map(String::as_str)
    }

    /// Whether there is such a text.
    pub(super) fn has(&self, key: &str) -> bool {
        self.get(DEFAULT, key).is_some()
    }

    fn of(&self, name: &str) -> Option<&HashMap<String, String>> {
        let same = |a: &str| {
            a.len() == name.len()
                && a.bytes()
                    .zip(name.bytes())
                    .all(|(a, b)| a.eq_ignore_ascii_case(&b) || (a == b'_' && b == b'-'))
        };
        self.locales.iter().find(|(locale, _)| same(locale)).map(|(_, texts)| texts)
    }

    /// The keys of one locale's file.
    #[cfg(test)]
    pub(super) fn keys(&self, name: &str) -> std::collections::BTreeSet<&str> {
        self.of(name).into_iter().flat_map(HashMap::keys).map(String::as_str).collect()
    }

    /// The locales that have a file.
    #[cfg(test)]
    pub(super) fn locales(&self) -> impl Iterator<Item = &'static str> {
        self.locales.iter().map(|(name, _)| *name)
    }
}
