//! Which values are masked, by the names of headers and members.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use florin_wire::Kind;
use florin_wire::connect::v1::types::SENSITIVE;

use super::json;
use super::mask::Mask;

/// Says which headers and which members of a body are masked in a log.
///
/// The default masks what the official SDKs mask, and whatever else the specification marks as card, account or
/// access data. Names and addresses of persons are shown, as the official SDKs do; mask them if you keep logs for long:
///
/// ```
/// use florin::logging::{Mask, Obfuscator};
///
/// let obfuscator = Obfuscator::default()
///     .with_property("cardholderName", Mask::All)
///     .with_property("emailAddress", Mask::KeepFirst(1))
///     .with_header("X-Gateway-Token", Mask::Fixed(8));
/// assert_eq!(
///     obfuscator.body(r#"{"cardNumber": "4567350000427977", "emailAddress": "wile@example.com"}"#),
///     r#"{"cardNumber": "************7977", "emailAddress": "w***************"}"#
/// );
/// ```
#[derive(Clone, Debug)]
pub struct Obfuscator {
    /// By names in lower case.
    headers: HashMap<Cow<'static, str>, Mask>,
    properties: HashMap<Cow<'static, str>, Mask>,
}

impl Default for Obfuscator {
    fn default() -> Self {
        static DEFAULT: LazyLock<Obfuscator> = LazyLock::new(Obfuscator::of_the_specification);
        DEFAULT.clone()
    }
}

impl Obfuscator {
    /// Adds a rule for a header, whose name may be in any case, or replaces the one that there is.
    pub fn with_header(mut self, name: impl AsRef<str>, mask: Mask) -> Self {
        self.headers.insert(name.as_ref().to_ascii_lowercase().into(), mask);
        self
    }

    /// Adds a rule for members of JSON, at any depth, or replaces the one that there is. Their case counts.
    pub fn with_property(mut self, name: impl Into<String>, mask: Mask) -> Self {
        self.properties.insert(Cow::Owned(name.into()), mask);
        self
    }

    /// What is shown of the value of a header.
    pub fn header<'v>(&self, name: &str, value: &'v str) -> Cow<'v, str> {
        match self.headers.get(&*name.to_ascii_lowercase()) {
            Some(mask) => mask.apply(value),
            None => value.into(),
        }
    }

    /// What is shown of a body. It need be no whole JSON, nor JSON at all: members are masked wherever they stand, and
    /// all other text stays as it is.
    pub fn body(&self, body: &str) -> String {
        json::masked(body, |name| self.properties.get(name))
    }

    fn of_the_specification() -> Self {
        let generated = SENSITIVE.iter().filter_map(|(name, kind)| Some((*name, mask_of(*kind)?)));
        let listed = OFFICIAL.iter().map(|(name, mask)| (*name, mask.clone()));
        Self {
            headers: HEADERS.iter().map(|name| (Cow::Borrowed(*name), Mask::Fixed(8))).collect(),
            // The official ones come last, so that they hold.
            properties: generated
                .chain(listed)
                .map(|(name, mask)| (Cow::Borrowed(name), mask))
                .collect(),
        }
    }
}

/// How members are masked by what they hold.
fn mask_of(kind: Kind) -> Option<Mask> {
    match kind {
        Kind::Pan | Kind::Iban | Kind::Account => Some(Mask::KeepLast(4)),
        Kind::Expiry => Some(Mask::KeepLast(2)),
        Kind::Bin => Some(Mask::KeepFirst(6)),
        Kind::Cvv | Kind::Value => Some(Mask::All),
        Kind::Personal => None,
        // Whatever comes later is taken for something that grants access.
        _ => Some(Mask::Fixed(8)),
    }
}

const HEADERS: &[&str] = &[
    "authorization",
    "www-authenticate",
    "proxy-authenticate",
    "proxy-authorization",
    "x-gcs-authentication-token",
    "x-gcs-callerpassword",
];

/// What the official SDKs mask. Some of it is no member of a type of the server API.
const OFFICIAL: &[(&str, Mask)] = &[
    ("cardNumber", Mask::KeepLast(4)),
    ("expiryDate", Mask::KeepLast(2)),
    ("cvv", Mask::All),
    ("iban", Mask::KeepLast(4)),
    ("accountNumber", Mask::KeepLast(4)),
    ("reformattedAccountNumber", Mask::KeepLast(4)),
    ("bin", Mask::KeepFirst(6)),
    ("value", Mask::All),
    ("keyId", Mask::Fixed(8)),
    ("secretKey", Mask::Fixed(8)),
    ("publicKey", Mask::Fixed(8)),
    ("userAuthenticationToken", Mask::Fixed(8)),
    ("encryptedPayload", Mask::Fixed(8)),
    ("decryptedPayload", Mask::Fixed(8)),
    ("encryptedCustomerInput", Mask::Fixed(8)),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use florin_wire::connect::v1::types::SCHEMAS;

    use super::*;

    #[test]
    fn headers() {
        let obfuscator = Obfuscator::default();
        for name in [
            "Authorization",
            "authorization",
            "AUTHORIZATION",
            "WWW-Authenticate",
            "Proxy-Authenticate",
            "Proxy-Authorization",
            "X-GCS-Authentication-Token",
            "x-gcs-authentication-token",
            "X-GCS-CallerPassword",
        ] {
            assert_eq!(obfuscator.header(name, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), "********");
            assert_eq!(obfuscator.header(name, ""), "");
        }
        for name in
            ["Content-Type", "X-GCS-ClientMetaInfo", "X-GCS-Idempotence-Key", "Authorizatio"]
        {
            assert_eq!(obfuscator.header(name, "text/plain"), "text/plain");
        }
    }

    #[test]
    fn rules_are_added_and_replaced() {
        let obfuscator = Obfuscator::default()
            .with_header("CONTENT-type", Mask::KeepLast(2))
            .with_header("authorization", Mask::function(|value| value[..5].to_owned()))
            .with_property("cardNumber", Mask::function(|number| format!("\"{}\"", number.len())))
            .with_property("paymentProductId", Mask::All);
        assert_eq!(obfuscator.header("Content-Type", "text/plain"), "********in");
        assert_eq!(obfuscator.header("Authorization", "Basic QWxh"), "Basic");
        assert_eq!(
            obfuscator.body(r#"{"cardNumber":"4567350000427977","paymentProductId":1,"cvv":"1"}"#),
            r#"{"cardNumber":"\"16\"","paymentProductId":*,"cvv":"*"}"#
        );
    }

    #[test]
    fn each_sensitive_name_of_the_specification_has_one_rule() {
        let mut names = HashSet::new();
        for (name, _) in SENSITIVE {
            assert!(names.insert(*name), "{name} has two kinds");
        }
        let obfuscator = Obfuscator::default();
        for field in SCHEMAS.iter().flat_map(|schema| schema.fields) {
            let Some(kind) = field.sensitive else { continue };
            assert!(SENSITIVE.contains(&(field.name, kind)), "{}", field.name);
            assert_eq!(
                obfuscator.properties.contains_key(field.name),
                kind != Kind::Personal,
                "{}",
                field.name
            );
        }
    }
}
