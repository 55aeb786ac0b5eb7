//! What each request says about who makes it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use florin_auth::v1hmac::normalize_header_value;
use serde::Serialize;

use super::config::ConfigError;
use super::headers;

/// The shopping cart extension that makes the calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShoppingCartExtension {
    pub(super) creator: String,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) extension_id: Option<String>,
}

impl ShoppingCartExtension {
    /// An extension by its maker, name and version, none of which may be blank.
    pub fn new(
        creator: impl Into<String>,
        name: impl Into<String>,
        version: impl Into<String>,
    ) -> Self {
        Self {
            creator: creator.into(),
            name: name.into(),
            version: version.into(),
            extension_id: None,
        }
    }

    /// Sets the id of the extension.
    pub fn extension_id(mut self, id: impl Into<String>) -> Self {
        self.extension_id = Some(id.into());
        self
    }
}

/// The headers that every request carries beside its own: the server meta info, then the additional ones.
#[derive(Clone, Debug)]
pub(crate) struct Metadata(Vec<(String, String)>);

impl Metadata {
    pub(super) fn new(
        integrator: &str,
        cart: Option<&ShoppingCartExtension>,
        additional: Vec<(String, String)>,
    ) -> Result<Self, ConfigError> {
        let platform = format!("{}/{} Rust", std::env::consts::OS, std::env::consts::ARCH);
        let info = ServerMetaInfo {
            platform_identifier: &platform,
            sdk_identifier: concat!("RustServerSDK/v", env!("CARGO_PKG_VERSION")),
            sdk_creator: "Florin",
            integrator: present(integrator, "integrator")?,
            shopping_cart_extension: cart.map(Cart::new).transpose()?,
        };
        let mut headers = vec![(headers::SERVER_META_INFO.to_owned(), info.encoded())];
        for (name, value) in additional {
            let is_taken = headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name));
            let value = normalize_header_value(&value).into_owned();
            if is_taken || !headers::may_be_added(&name) || !headers::is_sendable(&value) {
                return Err(ConfigError::Header(name));
            }
            headers.push((name, value));
        }
        Ok(Self(headers))
    }

    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn present<'a>(value: &'a str, name: &'static str) -> Result<&'a str, ConfigError> {
    if value.trim().is_empty() { Err(ConfigError::Missing(name)) } else { Ok(value) }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ServerMetaInfo<'a> {
    platform_identifier: &'a str,
    sdk_identifier: &'a str,
    sdk_creator: &'a str,
    integrator: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    shopping_cart_extension: Option<Cart<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cart<'a> {
    creator: &'a str,
    name: &'a str,
    version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    extension_id: Option<&'a str>,
}

impl ServerMetaInfo<'_> {
    fn encoded(&self) -> String {
        // Text members in a struct: there is nothing here that JSON cannot hold.
        STANDARD.encode(serde_json::to_vec(self).unwrap_or_default())
    }
}

impl<'a> Cart<'a> {
    fn new(cart: &'a ShoppingCartExtension) -> Result<Self, ConfigError> {
        let id = cart.extension_id.as_deref();
        Ok(Self {
            creator: present(&cart.creator, "creator")?,
            name: present(&cart.name, "name")?,
            version: present(&cart.version, "version")?,
            extension_id: id.map(|id| present(id, "extensionId")).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(metadata: &Metadata) -> String {
        let (name, value) = metadata.headers().next().unwrap();
        assert_eq!(name, "X-GCS-ServerMetaInfo");
        String::from_utf8(STANDARD.decode(value).unwrap()).unwrap()
    }

    #[test]
    fn vector() {
        let info = ServerMetaInfo {
            platform_identifier: "TestOS",
            sdk_identifier: "RustServerSDK/v0.1.0",
            sdk_creator: "Example",
            integrator: "Acmé & Co",
            shopping_cart_extension: None,
        };
        assert_eq!(
            info.encoded(),
            "eyJwbGF0Zm9ybUlkZW50aWZpZXIiOiJUZXN0T1MiLCJzZGtJZGVudGlmaWVyIjoiUnVzdFNlcnZlclNESy92MC4xLjAiLCJzZGtDcmVhdG9yIjoiRXhhbXBsZSIsImludGVncmF0b3IiOiJBY23DqSAmIENvIn0="
        );
    }

    #[test]
    fn shopping_cart_extension_with_and_without_id() {
        let cart = ShoppingCartExtension::new("creator", "name", "1.0");
        let without = decoded(&Metadata::new("i", Some(&cart), Vec::new()).unwrap());
        assert!(
            without.ends_with(
                r#""integrator":"i","shoppingCartExtension":{"creator":"creator","name":"name","version":"1.0"}}"#
            ),
            "{without}"
        );
        let cart = cart.extension_id("id");
        let with = decoded(&Metadata::new("i", Some(&cart), Vec::new()).unwrap());
        assert!(with.ends_with(r#""version":"1.0","extensionId":"id"}}"#), "{with}");
    }

    #[test]
    fn what_is_missing_is_named() {
        let cases = [
            (" ", None, "integrator is required"),
            ("i", Some(ShoppingCartExtension::new("", "n", "v")), "creator is required"),
            ("i", Some(ShoppingCartExtension::new("c", " ", "v")), "name is required"),
            ("i", Some(ShoppingCartExtension::new("c", "n", "")), "version is required"),
            (
                "i",
                Some(ShoppingCartExtension::new("c", "n", "v").extension_id(" ")),
                "extensionId is required",
            ),
        ];
        for (integrator, cart, message) in cases {
            let error = Metadata::new(integrator, cart.as_ref(), Vec::new()).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn additional_headers_keep_their_order_and_leave_ours_alone() {
        let add = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            Metadata::new("i", None, pairs)
        };
        let metadata = add(&[("X-B", " two\n lines "), ("X-GCS-ClientMetaInfo", "e30=")]).unwrap();
        let added: Vec<_> = metadata.headers().skip(1).collect();
        assert_eq!(added, [("X-B", "two lines"), ("X-GCS-ClientMetaInfo", "e30=")]);

        for name in [
            "X-GCS-ServerMetaInfo",
            "x-gcs-idempotence-key",
            "date",
            "CONTENT-TYPE",
            "Authorization",
            "Host",
            "Content-Length",
            "transfer-encoding",
            "bad name",
            "",
        ] {
            let error = add(&[(name, "x")]).unwrap_err().to_string();
            assert_eq!(error, format!("request header not allowed: {name}"));
        }
        assert!(add(&[("X-A", "1"), ("x-a", "2")]).is_err());
        assert!(add(&[("X-A", "a\rb")]).is_err());
    }
}
