//! The signature of webhook events: HMAC-SHA256 over the raw body and nothing else.
//!
//! It travels in `X-GCS-Signature`, and the key's id in `X-GCS-KeyId`. There is no time stamp in it, so a replayed
//! event verifies; receivers deduplicate by event id.

use florin_wire::Sensitive;

use crate::mac::Mac;

/// The header that carries the signature.
pub const SIGNATURE_HEADER: &str = "X-GCS-Signature";

/// The header that carries the id of the key.
pub const KEY_ID_HEADER: &str = "X-GCS-KeyId";

/// The value of [`SIGNATURE_HEADER`] for a body.
///
/// ```
/// let secret = "hZ0mN3qK8sT1vX6yB9cE2gJ5lP7rU4wA".into();
/// let signature = florin_auth::webhooks::sign(&secret, b"");
/// assert_eq!(signature, "IlHutpIs9EpPGEI8Sw8MsVSGUxF7lQC6uWjfk5amXUY=");
/// ```
pub fn sign(secret: &Sensitive<String>, body: &[u8]) -> String {
    mac(secret, body).into_base64()
}

/// Whether a signature belongs to a body, in constant time. Blanks around the signature are ignored, as the official
/// Java SDK does.
pub fn verify(secret: &Sensitive<String>, body: &[u8], signature: &str) -> bool {
    mac(secret, body).is(signature.trim_ascii())
}

fn mac(secret: &Sensitive<String>, body: &[u8]) -> Mac {
    let mut mac = Mac::new(secret.expose());
    mac.update(body);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = concat!(
        r#"{"apiVersion":"v1","id":"8ee793f6-4553-4749-85dc-f2ef095c5ab0","#,
        r#""created":"2023-03-14T09:26:53.123+01:00","merchantId":"1234","type":"payment.paid","#,
        r#""payment":{"id":"000000123400000012340000100001","status":"PAID","#,
        r#""paymentOutput":{"amountOfMoney":{"amount":1000,"currencyCode":"EUR"}}}}"#
    );

    fn secret() -> Sensitive<String> {
        "hZ0mN3qK8sT1vX6yB9cE2gJ5lP7rU4wA".into()
    }

    #[test]
    fn vectors() {
        for (body, signature) in [
            (EVENT, "pjgpk2N37MbJRZZp1ktF/tdZmZz7fqre7aSmYkLiMYA="),
            (
                "{\"apiVersion\":\"v1\",\"merchantId\":\"café €\"}",
                "aQc25OVGD+Cd5MwKBRcouLqG3dvnZt9lsqBiPitAinQ=",
            ),
            ("", "IlHutpIs9EpPGEI8Sw8MsVSGUxF7lQC6uWjfk5amXUY="),
        ] {
            assert_eq!(sign(&secret(), body.as_bytes()), signature);
            assert!(verify(&secret(), body.as_bytes(), signature));
            assert!(verify(&secret(), body.as_bytes(), &format!(" {signature}\t")));
        }
    }

    #[test]
    fn any_change_is_noticed() {
        let signature = sign(&secret(), EVENT.as_bytes());
        assert!(!verify(&secret(), EVENT.replace("1000", "1001").as_bytes(), &signature));
        assert!(!verify(&secret(), format!("{EVENT}\n").as_bytes(), &signature));
        assert!(!verify(&"other".into(), EVENT.as_bytes(), &signature));
        assert!(!verify(&secret(), EVENT.as_bytes(), ""));
        assert!(!verify(&secret(), EVENT.as_bytes(), &signature[1..]));
    }
}
