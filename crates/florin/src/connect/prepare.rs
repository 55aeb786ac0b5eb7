//! Turns a call into what is sent on each of its attempts: path, query and body.
//!
//! **Invariant:** the path and query made here are both what is sent and what is signed.

use bytes::Bytes;
use florin_wire::{Faults, Object, Operation, Platform, Value, json, validate};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize as _;
use zeroize::Zeroizing;

use super::answer::read;
use super::error::LocalError;
use super::upload::UploadableFile;

/// A call that is ready to be sent.
#[derive(Clone)]
pub(super) struct Prepared {
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) body: Option<Bytes>,
    /// What makes an object that the body can be read into, when it is one.
    maker: Option<fn() -> Box<dyn Object>>,
    query_faults: Option<Faults>,
}

/// What a call sends along.
pub(super) enum Content<'a> {
    None,
    Json(&'a dyn Object),
    File(UploadableFile),
}

/// Everything that RFC 3986 does not allow in a segment of a path as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// Everything but what form decoding and percent decoding both leave alone, so that a receiver may do either.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Prepared {
    pub(super) fn new(
        operation: &Operation,
        merchant_id: &str,
        ids: &[&str],
        content: Content<'_>,
        query: Option<&dyn Object>,
    ) -> Result<Self, LocalError> {
        let mut prepared = Self::of_path(expand(operation.path, merchant_id, ids)?);
        match content {
            Content::None => {}
            Content::Json(object) => {
                prepared.set_json(written(|json| json::write(object, json))?);
                prepared.maker = Some(object.maker());
            }
            Content::File(file) => {
                let (content_type, form) = file.into_form()?;
                prepared.content_type = Some(content_type);
                prepared.body = Some(Bytes::from(form));
            }
        }
        if let Some(query) = query {
            prepared.query = query_of(operation, query);
            prepared.query_faults = validate::check(query, None).err();
        }
        Ok(prepared)
    }

    /// Nothing but a path.
    fn of_path(path: String) -> Self {
        Self { path, query: None, content_type: None, body: None, maker: None, query_faults: None }
    }

    /// Any path, of which `base` is the template of the start.
    pub(super) fn raw(base: &str, merchant_id: &str, path: &str) -> Result<Self, LocalError> {
        let mut whole = expand(base, merchant_id, &[])?;
        for segment in path.strip_prefix('/').unwrap_or(path).split('/') {
            if matches!(segment.trim(), "" | "." | "..") {
                return Err(LocalError::new(format!("'{path}' is not a path")));
            }
            whole.push('/');
            whole.extend(utf8_percent_encode(segment, SEGMENT));
        }
        Ok(Self::of_path(whole))
    }

    /// Sets the body to any JSON.
    pub(super) fn set_value(&mut self, body: &serde_json::Value) -> Result<(), LocalError> {
        self.set_json(written(|json| body.serialize(json))?);
        Ok(())
    }

    /// Appends a parameter to the query.
    pub(super) fn push_query(&mut self, name: &str, value: &str) {
        append(self.query.get_or_insert_default(), name, value);
    }

    /// Checks body and query against the specification.
    pub(super) fn validate(&self, platform: Option<Platform>) -> Result<(), LocalError> {
        let mut faults = self.query_faults.clone().map_or_else(Vec::new, |faults| faults.0);
        if let (Some(maker), Some(body)) = (self.maker, &self.body) {
            let mut object = maker();
            read(&mut *object, body)
                .map_err(|error| LocalError::because("the request cannot be read", error))?;
            if let Err(more) = validate::check(&*object, platform) {
                faults.extend(more.0);
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(LocalError::invalid(Faults(faults))) }
    }

    fn set_json(&mut self, body: Bytes) {
        self.content_type = Some("application/json".to_owned());
        self.body = Some(body);
    }
}

/// The template with every value as one segment, put in once: a value that looks like a parameter stays as it is.
fn expand(template: &str, merchant_id: &str, ids: &[&str]) -> Result<String, LocalError> {
    let mut ids = ids.iter();
    let mut path = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, parameter)) = rest.split_once('{') {
        let (name, after) = parameter.split_once('}').unwrap_or((parameter, ""));
        let value = if name == "merchantId" { Some(&merchant_id) } else { ids.next() };
        let value = value.copied().unwrap_or_default();
        if value.trim().is_empty() {
            return Err(LocalError::new(format!("{name} is empty")));
        }
        // Whoever normalises paths on the way would take these for steps.
        if value == "." || value == ".." {
            return Err(LocalError::new(format!("{name} is not an id")));
        }
        path.push_str(before);
        path.extend(utf8_percent_encode(value, SEGMENT));
        rest = after;
    }
    path.push_str(rest);
    Ok(path)
}

/// The parameters that are set, in the order of the operation; a list repeats its name.
fn query_of(operation: &Operation, parameters: &dyn Object) -> Option<String> {
    let mut query = String::new();
    for parameter in operation.query {
        let Some(position) = parameters.schema().position(parameter.name) else { continue };
        match parameters.value(position) {
            Value::List(list) => {
                for at in 0..list.len() {
                    with_text(list.item(at), |text| append(&mut query, parameter.name, text));
                }
            }
            value => with_text(value, |text| append(&mut query, parameter.name, text)),
        }
    }
    (!query.is_empty()).then_some(query)
}

fn append(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    query.extend(utf8_percent_encode(name, QUERY));
    query.push('=');
    query.extend(utf8_percent_encode(value, QUERY));
}

fn with_text(value: Value<'_>, take: impl FnOnce(&str)) {
    match value {
        Value::Str(text) => take(text),
        Value::Sensitive(text) => take(text.expose()),
        Value::Int(number) => take(&number.to_string()),
        Value::Bool(truth) => take(if truth { "true" } else { "false" }),
        Value::Absent | Value::Object(_) | Value::List(_) => {}
    }
}

type Writer<'a> = serde_json::Serializer<&'a mut Vec<u8>>;

/// JSON, in memory that is wiped when the last attempt is over.
fn written(
    write: impl FnOnce(&mut Writer<'_>) -> serde_json::Result<()>,
) -> Result<Bytes, LocalError> {
    let mut body = Zeroizing::new(Vec::with_capacity(8 << 10));
    write(&mut Writer::new(&mut *body))
        .map_err(|error| LocalError::because("the request cannot be written", error))?;
    Ok(Bytes::from_owner(body))
}

#[cfg(test)]
mod tests {
    use florin_wire::connect::v1::{operations, types::*};

    use super::*;

    fn path(id: &str) -> Result<String, String> {
        expand("/v1/{merchantId}/payments/{paymentId}/cancel", "M", &[id])
            .map_err(|error| error.to_string())
    }

    #[test]
    fn each_id_is_one_segment() {
        for (id, segment) in [
            ("000000123400000012340000100001", "000000123400000012340000100001"),
            ("pay 1", "pay%201"),
            ("é", "%C3%A9"),
            ("a/b", "a%2Fb"),
            ("a%2Fb", "a%252Fb"),
            ("a+b", "a+b"),
            ("a?b#c", "a%3Fb%23c"),
            ("{merchantId}", "%7BmerchantId%7D"),
            ("...", "..."),
        ] {
            assert_eq!(path(id), Ok(format!("/v1/M/payments/{segment}/cancel")));
        }
    }

    #[test]
    fn what_is_no_id_is_refused() {
        assert_eq!(path(""), Err("paymentId is empty".to_owned()));
        assert_eq!(path(" "), Err("paymentId is empty".to_owned()));
        assert_eq!(path(".."), Err("paymentId is not an id".to_owned()));
        let error = expand("/v1/{merchantId}/payments", "", &[]).unwrap_err();
        assert_eq!(error.to_string(), "merchantId is empty");
    }

    #[test]
    fn every_operation_expands() {
        for operation in operations::ALL {
            let ids = vec!["id"; operation.parameters.len() - 1];
            let path = expand(operation.path, "M", &ids).unwrap();
            assert!(!path.contains(['{', '}']), "{path}");
            assert_eq!(
                path.matches("/id").count() - usize::from(path.contains("/identif")),
                ids.len()
            );
        }
    }

    #[test]
    fn queries() {
        let query = FindProductsParams::default()
            .hide(vec!["fields".to_owned(), "translations".to_owned()])
            .is_recurring(true)
            .amount(1000)
            .currency_code("EUR")
            .country_code("NL");
        assert_eq!(
            query_of(&operations::PRODUCTS_FIND, &query).as_deref(),
            Some(
                "countryCode=NL&currencyCode=EUR&amount=1000&isRecurring=true&hide=fields&hide=translations"
            )
        );
        assert_eq!(query_of(&operations::PRODUCTS_FIND, &FindProductsParams::default()), None);

        let query = FindPaymentsParams::default().merchant_reference("order no. 1+2&é/~'()*!");
        assert_eq!(
            query_of(&operations::PAYMENTS_FIND, &query).as_deref(),
            Some("merchantReference=order%20no.%201%2B2%26%C3%A9%2F~%27%28%29%2A%21")
        );
        let query = FindPaymentsParams::default().merchant_reference("").limit(1);
        assert_eq!(
            query_of(&operations::PAYMENTS_FIND, &query).as_deref(),
            Some("merchantReference=&limit=1")
        );
    }

    #[test]
    fn bodies() {
        let amount = AmountOfMoney::default().amount(i64::MAX).currency_code("EUR");
        let written = |object: &dyn Object| written(|json| json::write(object, json)).unwrap();
        assert_eq!(
            &written(&amount)[..],
            br#"{"amount":9223372036854775807,"currencyCode":"EUR"}"#
        );
        assert_eq!(&written(&AmountOfMoney::default())[..], b"{}");
    }
}
