//! The text that is signed.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The text that is signed, for a resource in the form in which it is signed (see [`signed_resource`]).
///
/// `content_type` and `date` are empty when there is no such header. Of `headers` those count whose name starts with
/// `x-gcs` in any case; they are sorted by lower-cased name, and equal names keep their order.
pub fn string_to_sign<'a>(
    method: &str,
    content_type: &str,
    date: &str,
    headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    resource: &str,
) -> String {
    let mut text = up_to_the_resource(method, content_type, date, headers);
    text.push_str(resource);
    text.push('\n');
    text
}

pub(super) fn up_to_the_resource<'a>(
    method: &str,
    content_type: &str,
    date: &str,
    headers: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let mut signed: Vec<(Cow<'_, str>, &str)> = headers
        .into_iter()
        .filter(|(name, _)| is_signed(name))
        .map(|(name, value)| (lower_case(name), value))
        .collect();
    signed.sort_by(|(one, _), (other, _)| one.cmp(other));

    let mut text = String::with_capacity(1024);
    for part in [method, content_type, date] {
        text.push_str(part);
        text.push('\n');
    }
    for (name, value) in signed {
        text.push_str(&name);
        text.push(':');
        text.push_str(&normalize_header_value(value));
        text.push('\n');
    }
    text
}

fn is_signed(name: &str) -> bool {
    // No dash needed after it: the platform takes everything with this start.
    name.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("x-gcs"))
}

fn lower_case(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// A header value as it is signed, and as it should be sent: each line break, with the blanks after it, becomes one
/// space; blanks at both ends go. Blanks elsewhere stay.
///
/// ```
/// use florin_auth::v1hmac::normalize_header_value;
///
/// assert_eq!(normalize_header_value(" foo\r\n  bar"), "foo bar");
/// assert_eq!(normalize_header_value("foo  bar"), "foo  bar");
/// ```
pub fn normalize_header_value(value: &str) -> Cow<'_, str> {
    if !value.contains('\n') {
        return Cow::Borrowed(value.trim_matches(is_trimmed));
    }
    let mut unfolded = String::with_capacity(value.len());
    let mut lines = value.split('\n').peekable();
    while let Some(mut line) = lines.next() {
        if lines.peek().is_some() {
            line = line.strip_suffix('\r').unwrap_or(line);
        }
        unfolded.push_str(line);
        if let Some(next) = lines.peek_mut() {
            unfolded.push(' ');
            *next = next.trim_start_matches([' ', '\t', '\x0B', '\x0C']);
        }
    }
    Cow::Owned(unfolded.trim_matches(is_trimmed).to_owned())
}

fn is_trimmed(character: char) -> bool {
    character <= ' '
}

/// The path as sent, and the query percent-decoded as one text: the form in which this project's clients, like the
/// official Java and .NET SDKs, sign a resource.
///
/// ```
/// use florin_auth::v1hmac::signed_resource;
///
/// assert_eq!(
///     signed_resource("/v1/consumer/ANDR%C3%89E/", Some("q=na%20me")),
///     "/v1/consumer/ANDR%C3%89E/?q=na me"
/// );
/// ```
pub fn signed_resource<'a>(path: &'a str, query: Option<&str>) -> Cow<'a, str> {
    match query {
        None => Cow::Borrowed(path),
        Some(query) => Cow::Owned(format!("{path}?{}", percent_decoded(query))),
    }
}

pub(super) fn percent_decoded(query: &str) -> Cow<'_, str> {
    percent_decode_str(query).decode_utf8_lossy()
}

pub(super) fn form_decoded(query: &str) -> Cow<'_, str> {
    if query.contains('+') {
        Cow::Owned(percent_decoded(&query.replace('+', " ")).into_owned())
    } else {
        percent_decoded(query)
    }
}
