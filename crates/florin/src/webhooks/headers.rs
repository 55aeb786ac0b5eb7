//! Headers as frameworks have them.

use super::error::SignatureFault;

/// A header: a pair of a name and a value, or a reference to one. What is text or bytes will do.
pub trait HeaderPair {
    /// The name, in any case.
    fn name(&self) -> &str;

    /// The value.
    fn value(&self) -> &[u8];
}

impl<N: AsRef<str>, V: AsRef<[u8]>> HeaderPair for (N, V) {
    fn name(&self) -> &str {
        self.0.as_ref()
    }

    fn value(&self) -> &[u8] {
        self.1.as_ref()
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> HeaderPair for &(N, V) {
    fn name(&self) -> &str {
        self.0.as_ref()
    }

    fn value(&self) -> &[u8] {
        self.1.as_ref()
    }
}

/// The values of headers of which there has to be one each, without blanks around. The first name is complained about
/// first.
pub(super) fn sole<const COUNT: usize>(
    names: [&'static str; COUNT],
    headers: impl IntoIterator<Item = impl HeaderPair>,
) -> Result<[String; COUNT], SignatureFault> {
    let mut found: [Result<String, SignatureFault>; COUNT] =
        names.map(|name| Err(SignatureFault::MissingHeader { name }));
    for header in headers {
        let Some(at) = names.iter().position(|name| name.eq_ignore_ascii_case(header.name()))
        else {
            continue;
        };
        found[at] = match found[at] {
            Err(SignatureFault::MissingHeader { .. }) => Ok(text_of(header.value())),
            _ => Err(SignatureFault::RepeatedHeader { name: names[at] }),
        };
    }
    let mut values = [const { String::new() }; COUNT];
    for (value, found) in values.iter_mut().zip(found) {
        *value = found?;
    }
    Ok(values)
}

/// What is not text matches nothing, so it need not be kept as it is.
pub(super) fn text_of(value: &[u8]) -> String {
    String::from_utf8_lossy(value.trim_ascii()).into_owned()
}
