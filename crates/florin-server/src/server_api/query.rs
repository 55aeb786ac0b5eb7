//! Query parameters.

use std::borrow::Cow;

use florin_engine::Fault;

/// The parameters of a raw query, decoded on demand.
pub(super) struct Parameters<'a>(&'a str);

impl<'a> Parameters<'a> {
    /// Wraps a raw query.
    pub(super) fn new(query: &'a str) -> Self {
        Self(query)
    }

    /// The first value of a parameter that is not empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.0
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, value)| decoded(key) == name && !value.is_empty())
            .map(|(_, value)| decoded(value).into_owned())
    }

    /// A number.
    pub(super) fn number(&self, name: &'static str) -> Result<Option<i64>, Fault> {
        let Some(text) = self.text(name) else { return Ok(None) };
        text.trim().parse().map(Some).map_err(|_| {
            let message =
                format!("INVALID_VALUE: '{text}' is not a valid value for field '{name}'");
            Fault::invalid_value().at(name).saying(message)
        })
    }

    /// Offset and limit of a find call. Defaults 0 and 10; a limit above 100 counts as 100.
    pub(super) fn page(&self) -> Result<(u32, u32), Fault> {
        let refused = |name: &'static str| {
            let message = format!("INVALID_VALUE: field '{name}' is too small");
            Fault::invalid_value().at(name).saying(message)
        };
        let offset = self.number("offset")?.unwrap_or(0);
        let limit = self.number("limit")?.unwrap_or(10);
        if limit < 1 {
            return Err(refused("limit"));
        }
        let offset = u32::try_from(offset).map_err(|_| refused("offset"))?;
        Ok((offset, u32::try_from(limit.min(100)).unwrap_or(100)))
    }
}

/// Form decoding: clients write a space as `+` or as `%20`.
fn decoded(text: &str) -> Cow<'_, str> {
    let spaced =
        if text.contains('+') { Cow::Owned(text.replace('+', " ")) } else { Cow::Borrowed(text) };
    match percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy() {
        Cow::Borrowed(_) => spaced,
        Cow::Owned(decoded) => Cow::Owned(decoded),
    }
}
