//! Where the master keys come from: a key file, or the environment.
//!
//! **Invariant:** a key is on the disk, synced, before anything is sealed under it; key material is never printed and is
//! overwritten when it is dropped.

use std::fmt;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::rand;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use zeroize::Zeroizing;

use crate::owner_only;

/// Bytes of every key.
const KEY_BYTES: usize = 32;

/// One key's bytes.
pub(crate) type KeyBytes = Zeroizing<[u8; KEY_BYTES]>;

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The key file could not be read or written.
    #[error("key file {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The environment variable is not set, or not text.
    #[error("the environment variable {0} holds no keys")]
    Environment(String),
    /// A line is not understood. The line itself is not shown.
    #[error("keys, line {line}: {why}")]
    Malformed {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// There is no line of this kind.
    #[error("the keys have no `{0}` line")]
    Incomplete(&'static str),
    /// The random source failed.
    #[error("the random source failed")]
    Random,
}

/// Master keys: those that seal (the active one) and open (all), and the one for look-up values.
///
/// As text, one key a line (or separated by `;`), `#` begins a comment:
///
/// ```text
/// seal k1 <base64 of 32 bytes>
/// seal k2 <base64 of 32 bytes>
/// lookup <base64 of 32 bytes>
/// ```
///
/// The last `seal` line seals, unless another one ends with the word `active`. To rotate, add a line and keep the others
/// for as long as anything is sealed under them. The look-up key never changes.
pub struct Keys {
    pub(crate) seal: Vec<(String, KeyBytes)>,
    pub(crate) active: usize,
    pub(crate) lookup: KeyBytes,
}

impl Keys {
    /// New random keys; the sealing key is `k1`.
    pub fn generate() -> Result<Self, KeyError> {
        Ok(Self { seal: vec![("k1".into(), random()?)], active: 0, lookup: random()? })
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (mut seal, mut active, mut lookup) = (Vec::new(), None, None);
        let entries = text.lines().enumerate().flat_map(|(number, line)| {
            let line = line.split_once('#').map_or(line, |(before, _)| before);
            line.split(';').map(move |entry| (number + 1, entry))
        });
        for (line, entry) in entries {
            let malformed = |why| KeyError::Malformed { line, why };
            let words: Vec<_> = entry.split_whitespace().collect();
            match *words.as_slice() {
                [] => {}
                ["seal", id, key, ref mark @ ..] => {
                    if !is_key_id(id) {
                        return Err(malformed("a key id is 1 to 16 of a-z, 0-9, - and _"));
                    }
                    if seal.iter().any(|(other, _)| other == id) {
                        return Err(malformed("this key id is there twice"));
                    }
                    match *mark {
                        [] => {}
                        ["active"] if active.is_none() => active = Some(seal.len()),
                        ["active"] => return Err(malformed("only one key can be active")),
                        _ => return Err(malformed("expected `active` or nothing after the key")),
                    }
                    seal.push((id.to_owned(), decode(key).map_err(malformed)?));
                }
                ["lookup", key] if lookup.is_none() => {
                    lookup = Some(decode(key).map_err(malformed)?);
                }
                ["lookup", _] => return Err(malformed("there can be only one look-up key")),
                _ => return Err(malformed("expected `seal <id> <base64>` or `lookup <base64>`")),
            }
        }
        let last = seal.len().checked_sub(1).ok_or(KeyError::Incomplete("seal"))?;
        let lookup = lookup.ok_or(KeyError::Incomplete("lookup"))?;
        Ok(Self { seal, active: active.unwrap_or(last), lookup })
    }

    /// The id of the key that seals.
    pub fn active_id(&self) -> &str {
        self.seal.get(self.active).map_or("", |(id, _)| id)
    }

    fn to_text(&self) -> Zeroizing<String> {
        // Enough for all of it: growing would leave copies behind.
        let mut text = Zeroizing::new(String::with_capacity(128 + 96 * (self.seal.len() + 1)));
        text.push_str(
            "# Florin's master keys. Without them the data is lost; keep a copy elsewhere.\n",
        );
        for (number, (id, key)) in self.seal.iter().enumerate() {
            let key = Zeroizing::new(BASE64_STANDARD.encode(key.as_slice()));
            let last = number + 1 == self.seal.len();
            let mark = if number == self.active && !last { " active" } else { "" };
            _ = writeln!(text, "seal {id} {}{mark}", key.as_str());
        }
        let key = Zeroizing::new(BASE64_STANDARD.encode(self.lookup.as_slice()));
        _ = writeln!(text, "lookup {}", key.as_str());
        text
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.seal.iter().map(|(id, _)| id).collect();
        f.debug_struct("Keys")
            .field("seal", &ids)
            .field("active", &self.active_id())
            .finish_non_exhaustive()
    }
}

/// Supplies the master keys at start-up. Implement it to fetch them from a key management service.
pub trait KeyProvider: Send + Sync {
    /// The keys.
    fn keys(&self) -> Result<Keys, KeyError>;
}

/// Keys in a file.
#[derive(Clone, Debug)]
pub struct KeyFile {
    path: PathBuf,
    create: bool,
}

impl KeyFile {
    /// A file that must exist.
    pub fn existing(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), create: false }
    }

    /// A file that is made, with new keys and for its owner only, if it doesn't exist.
    pub fn created_if_missing(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), create: true }
    }

    fn create(&self) -> io::Result<()> {
        let dir = match self.path.parent() {
            Some(dir) if !dir.as_os_str().is_empty() => dir,
            _ => Path::new("."),
        };
        owner_only::create_dir(dir)?;
        let mut draft = self.path.clone().into_os_string();
        draft.push(".new");
        // The draft's lock lets one of several processes that start at once make the keys. It isn't truncated when it
        // is opened, because it may be the key file itself by the time the lock is granted.
        let mut file =
            owner_only::options().write(true).create(true).truncate(false).open(&draft)?;
        file.lock()?;
        if self.path.try_exists()? {
            // Another process was first. Its draft became the key file; if there is a draft, it is this one.
            _ = std::fs::remove_file(&draft);
            return Ok(());
        }
        let keys = Keys::generate().map_err(io::Error::other)?;
        file.set_len(0)?;
        file.write_all(keys.to_text().as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&draft, &self.path)?;
        owner_only::sync_dir(dir)
    }
}

impl KeyProvider for KeyFile {
    fn keys(&self) -> Result<Keys, KeyError> {
        let failed = |source| KeyError::File { path: self.path.clone(), source };
        if self.create && !self.path.try_exists().map_err(failed)? {
            self.create().map_err(failed)?;
        }
        let text = Zeroizing::new(std::fs::read_to_string(&self.path).map_err(failed)?);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = self.path.metadata().map_err(failed)?.permissions().mode();
            if mode & 0o077 != 0 {
                let path = self.path.display();
                tracing::warn!(%path, "others than the owner may read the key file");
            }
        }
        Keys::parse(&text)
    }
}

/// Keys in an environment variable, in the text form of [`Keys`].
#[derive(Clone, Debug)]
pub struct KeyEnvironment {
    variable: String,
}

impl KeyEnvironment {
    /// The variable that is read by default.
    pub const VARIABLE: &str = "FLORIN_MASTER_KEYS";

    /// Another variable.
    pub fn variable(name: impl Into<String>) -> Self {
        Self { variable: name.into() }
    }
}

impl Default for KeyEnvironment {
    fn default() -> Self {
        Self::variable(Self::VARIABLE)
    }
}

impl KeyProvider for KeyEnvironment {
    fn keys(&self) -> Result<Keys, KeyError> {
        let text = std::env::var(&self.variable);
        let text = text.map_err(|_| KeyError::Environment(self.variable.clone()))?;
        Keys::parse(&Zeroizing::new(text))
    }
}

fn is_key_id(id: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'-' | b'_');
    (1..=16).contains(&id.len()) && id.bytes().all(allowed)
}

fn decode(text: &str) -> Result<KeyBytes, &'static str> {
    let bytes = BASE64_STANDARD.decode(text).map(Zeroizing::new);
    let bytes = bytes.map_err(|_| "the key is not base64")?;
    let key: &[u8; KEY_BYTES] =
        bytes.as_slice().try_into().map_err(|_| "the key is not 32 bytes long")?;
    Ok(Zeroizing::new(*key))
}

fn random() -> Result<KeyBytes, KeyError> {
    let mut key = KeyBytes::default();
    rand::fill(key.as_mut_slice()).map_err(|_| KeyError::Random)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";

    #[test]
    fn text_survives_a_round_trip() {
        let text = format!(
            "# mine; all mine\nseal k1 {A}\r\n\nseal k-2 {A} active # now\nseal k3 {A};lookup {A}"
        );
        let keys = Keys::parse(&text).unwrap();
        assert_eq!((keys.active_id(), keys.seal.len()), ("k-2", 3));
        assert_eq!(*keys.lookup, [b'A'; 32]);
        let again = Keys::parse(&keys.to_text()).unwrap();
        assert_eq!((again.active_id(), &again.seal), ("k-2", &keys.seal));
        assert_eq!(Keys::parse(&format!("seal a {A};seal b {A};lookup {A}")).unwrap().active, 1);
    }

    #[test]
    fn faults_are_named_without_showing_keys() {
        for (text, expected) in [
            (String::new(), "the keys have no `seal` line"),
            (format!("seal k1 {A}"), "the keys have no `lookup` line"),
            (format!("\nseal k.1 {A}"), "keys, line 2: a key id is 1 to 16 of a-z, 0-9, - and _"),
            (format!("seal a {A}\nseal a {A}"), "keys, line 2: this key id is there twice"),
            (format!("seal a {A} x"), "keys, line 1: expected `active` or nothing after the key"),
            (format!("lookup {A}\nlookup {A}"), "keys, line 2: there can be only one look-up key"),
            ("seal a QUFB".into(), "keys, line 1: the key is not 32 bytes long"),
            ("lookup !".into(), "keys, line 1: the key is not base64"),
            (
                format!("steal a {A}"),
                "keys, line 1: expected `seal <id> <base64>` or `lookup <base64>`",
            ),
        ] {
            assert_eq!(Keys::parse(&text).unwrap_err().to_string(), expected);
        }
        let keys = Keys::parse(&format!("seal k1 {A};lookup {A}")).unwrap();
        assert_eq!(format!("{keys:?}"), r#"Keys { seal: ["k1"], active: "k1", .. }"#);
    }

    #[test]
    fn a_key_file_is_made_once_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sub/keys");
        assert!(matches!(KeyFile::existing(&path).keys(), Err(KeyError::File { .. })));
        // What a crash between creating and writing leaves behind is no obstacle.
        std::fs::create_dir(dir.path().join("sub")).unwrap();
        std::fs::write(dir.path().join("sub/keys.new"), "half").unwrap();
        let all: Vec<_> = std::thread::scope(|scope| {
            let make = || KeyFile::created_if_missing(&path).keys().unwrap();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(make)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let read = KeyFile::existing(&path).keys().unwrap();
        assert!(all.iter().all(|keys| keys.seal == read.seal && keys.lookup == read.lookup));
        #[cfg(unix)]
        {
            let fresh = dir.path().join("fresh");
            KeyFile::created_if_missing(&fresh).keys().unwrap();
            let mode =
                std::os::unix::fs::PermissionsExt::mode(&fresh.metadata().unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn an_unset_variable_is_an_error() {
        let error = KeyEnvironment::variable("FLORIN_NO_SUCH_VARIABLE").keys().unwrap_err();
        assert!(matches!(error, KeyError::Environment(name) if name == "FLORIN_NO_SUCH_VARIABLE"));
    }
}
