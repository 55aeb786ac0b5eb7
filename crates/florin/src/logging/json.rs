//! Masks values in the text of JSON.
//!
//! The text is read token by token and not parsed, so that what is not masked stays as it is: numbers, order and
//! layout. **Invariant:** text that is cut off anywhere is masked up to its end.

use std::borrow::Cow;

use super::mask::Mask;

/// The text with the values of those members masked for whose names `rule` has a mask. An object as a value is gone
/// through by the names of its own members; of a list each value is masked that is not an object.
pub(super) fn masked<'r>(text: &str, rule: impl Fn(&str) -> Option<&'r Mask>) -> String {
    let mut out = String::with_capacity(text.len());
    // What is before this is in `out`.
    let mut copied = 0;
    // The lists and objects around, each with the mask of the values directly in it.
    let mut around: Vec<Option<&Mask>> = Vec::new();
    // Set right after a name: the mask of the value to come.
    let mut named: Option<Option<&Mask>> = None;
    let mut at = 0;
    while let Some(&byte) = text.as_bytes().get(at) {
        let inherited = around.last().copied().flatten();
        let (start, token) = (at, Token::at(text, at));
        at = token.end();
        match (byte, token) {
            (b'{', _) => {
                around.push(None);
                named = None;
            }
            (b'[', _) => around.push(named.take().unwrap_or(inherited)),
            (b'}' | b']', _) => {
                around.pop();
                named = None;
            }
            (b',', _) => named = None,
            (_, Token::Text { inner, is_closed, end }) => {
                let is_value = named.is_some() || inherited.is_some();
                let colon = if is_value || !is_closed { None } else { after_colon(text, end) };
                if let Some(value) = colon {
                    named = Some(rule(&unescaped(inner)));
                    at = value;
                    continue;
                }
                if let Some(mask) = named.take().unwrap_or(inherited) {
                    out.push_str(&text[copied..=start]);
                    out.push_str(&text_shown(inner, is_closed, mask));
                    copied = start + 1 + inner.len();
                }
            }
            (_, Token::Bare { inner, .. }) => match named.take().unwrap_or(inherited) {
                Some(mask) if inner != "null" => {
                    out.push_str(&text[copied..start]);
                    // At the end of the text nobody knows whether the number ends there too.
                    if at == text.len() {
                        out.push_str(&mask.apply_to_start(inner));
                    } else {
                        out.push_str(&escaped(&mask.apply(inner)));
                    }
                    copied = at;
                }
                _ => {}
            },
            (_, Token::Sign { .. }) => {}
        }
    }
    out.push_str(&text[copied..]);
    out
}

/// A part of the text.
#[derive(Clone, Copy)]
enum Token<'t> {
    /// Text in quotes; `inner` is what stands between them.
    Text { inner: &'t str, is_closed: bool, end: usize },
    /// A number, `true`, `false`, `null`, or anything else that is not JSON.
    Bare { inner: &'t str, end: usize },
    /// One character of structure or white space.
    Sign { end: usize },
}

impl<'t> Token<'t> {
    fn at(text: &'t str, start: usize) -> Self {
        let bytes = text.as_bytes();
        if bytes[start] == b'"' {
            let mut at = start + 1;
            loop {
                match bytes.get(at) {
                    None => {
                        return Self::Text { inner: &text[start + 1..], is_closed: false, end: at };
                    }
                    Some(b'"') => {
                        let inner = &text[start + 1..at];
                        return Self::Text { inner, is_closed: true, end: at + 1 };
                    }
                    // The byte after a backslash belongs to it, unless the text ends there.
                    Some(b'\\') if at + 1 < bytes.len() => at += 2,
                    Some(_) => at += 1,
                }
            }
        }
        let is_sign = |byte: u8| {
            matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':' | b'"') || is_blank(byte)
        };
        let length = bytes[start..].iter().take_while(|byte| !is_sign(**byte)).count();
        if length == 0 {
            Self::Sign { end: start + 1 }
        } else {
            Self::Bare { inner: &text[start..start + length], end: start + length }
        }
    }

    fn end(self) -> usize {
        match self {
            Self::Text { end, .. } | Self::Bare { end, .. } | Self::Sign { end } => end,
        }
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// The place behind the colon, if a colon is next.
fn after_colon(text: &str, at: usize) -> Option<usize> {
    let blanks = text.as_bytes()[at..].iter().take_while(|byte| is_blank(**byte)).count();
    (text.as_bytes().get(at + blanks) == Some(&b':')).then_some(at + blanks + 1)
}

fn text_shown<'t>(inner: &'t str, is_closed: bool, mask: &Mask) -> Cow<'t, str> {
    let value = unescaped(inner);
    if !is_closed {
        return mask.apply_to_start(&value).into();
    }
    let shown = mask.apply(&value);
    if shown == value { inner.into() } else { escaped(&shown).into() }
}

/// What the text in quotes stands for. What is no valid escape stays as it is.
fn unescaped(inner: &str) -> Cow<'_, str> {
    if !inner.contains('\\') {
        return inner.into();
    }
    serde_json::from_str(&format!("\"{inner}\"")).map_or(inner.into(), Cow::Owned)
}

fn escaped(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests;
