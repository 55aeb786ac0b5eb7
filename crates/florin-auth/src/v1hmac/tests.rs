//! Vectors of the official SDKs and of the API reference, and the two ends against each other.

use proptest::prelude::*;

use super::*;

const DATE: &str = "Tue, 14 Mar 2023 09:26:53 GMT";
const SM: &str = "eyJwbGF0Zm9ybUlkZW50aWZpZXIiOiJUZXN0In0=";
const CM: &str = "eyJzY3JlZW5TaXplIjoiODAweDYwMCJ9";
const TEST_CONNECTION: &str = "/v1/1234/services/testconnection";

struct Vector {
    number: &'static str,
    method: &'static str,
    content_type: &'static str,
    date: &'static str,
    headers: &'static [(&'static str, &'static str)],
    path: &'static str,
    query: Option<&'static str>,
    signature: &'static str,
}

const PLAIN: Vector = Vector {
    number: "1",
    method: "GET",
    content_type: "",
    date: DATE,
    headers: &[],
    path: TEST_CONNECTION,
    query: None,
    signature: "Xrcl9OO/C6ZIQMTLFgO1etUKKetPXTjsIxiOP/wyj+Q=",
};

const SERVER: &[(&str, &str)] = &[("X-GCS-ServerMetaInfo", SM)];

/// What a client of this project signs.
const SIGNED: &[Vector] = &[
    PLAIN,
    Vector {
        number: "2",
        headers: SERVER,
        signature: "2oJWaQbawBVy3+xX3glMiTVwQK+IIhxU1fSie8oBDuk=",
        ..PLAIN
    },
    Vector {
        number: "3",
        headers: SERVER,
        path: "/v1/1234/products/1",
        query: Some(
            "countryCode=NL&currencyCode=EUR&amount=1000&isRecurring=true&hide=fields&hide=translations",
        ),
        signature: "UJvOKW7LZIJ+lM1i2j0JriNIAHUlr6Qb3CCLdPgdDkE=",
        ..PLAIN
    },
    Vector {
        number: "4",
        path: "/v1/1234/payments",
        query: Some("merchantReference=order%20no%2E%201&limit=5"),
        signature: "KbDXyQDZ99QLe5YR70flORGbjw6H3jOLm1FnGr0JWgA=",
        ..PLAIN
    },
    Vector {
        number: "6",
        path: "/v1/1234/payments",
        query: Some("merchantReference=a%2Bb%26c%3Dd%2Fe%3Ff%23g%25h"),
        signature: "vwzkL51D6Hfgfq/srEzjsDo4G+oj7YeFM7FytZbFGF4=",
        ..PLAIN
    },
    Vector {
        number: "7",
        path: "/v1/1234/payments",
        query: Some("merchantReference=caf%C3%A9%20%E2%82%AC"),
        signature: "aQj428pTZo2s/fvx8ZnGKeSlFZS2maYrUa7A6pLmbJM=",
        ..PLAIN
    },
    Vector {
        number: "8",
        path: "/v1/1234/payments",
        query: Some("merchantReference=&limit=1"),
        signature: "XDylVJ/qFeO9riE5WVbzebr2GWR9xrRYLWJ0Y33RPlg=",
        ..PLAIN
    },
    Vector {
        number: "9",
        path: "/v1/1234/services%20x/caf%C3%A9%2Fz",
        signature: "/Ml3HtPs+wzXL4nne84QEdBZ+tmdkXbXtyIWHZqG0vk=",
        ..PLAIN
    },
    Vector {
        number: "10",
        method: "POST",
        content_type: "application/json",
        headers: &[
            ("X-GCS-ClientMetaInfo", CM),
            ("X-GCS-ServerMetaInfo", SM),
            ("X-GCS-Idempotence-Key", "3f2b8e52-7c19-4cb2-9a51-0a5d2f1f9b7e"),
        ],
        path: "/v1/1234/payments",
        signature: "nX31xT/59h5F7XDsK31ntu0Ta8Rao722Ldpavw3FWqE=",
        ..PLAIN
    },
    Vector {
        number: "11",
        method: "POST",
        headers: SERVER,
        path: "/v1/1234/disputes/dispute-1/submit",
        signature: "R0Rl8R1oXKqU79qisIwnzGeo1KIbWNGUT4fnQ24Bz10=",
        ..PLAIN
    },
    Vector {
        number: "12",
        method: "PUT",
        content_type: "application/json",
        headers: SERVER,
        path: "/v1/1234/tokens/0ca037cc-9079-4c4f-8f6f-f2a3443ee521",
        signature: "l7luEqpvCxQ9D8uGNFYMfIRd6I5PBLHXLEGxRrcRkTk=",
        ..PLAIN
    },
    Vector {
        number: "13",
        method: "DELETE",
        headers: SERVER,
        path: "/v1/1234/tokens/0ca037cc-9079-4c4f-8f6f-f2a3443ee521",
        query: Some("mandateCancelDate=20230314"),
        signature: "tjMO9Su7+4GWzE7f1fJkQvx1LYrL9IQ6qLKvaL1XYYM=",
        ..PLAIN
    },
    Vector {
        number: "14",
        method: "POST",
        content_type: "multipart/form-data; boundary=6f1c2b7e-0a5d-4c1e-9b8f-3d2e1f0a9b8c",
        headers: SERVER,
        path: "/files/v1/1234/disputes/dispute-1",
        signature: "+c0ZlDlkh+NFLCgtK1WJxZ+gqJasf/85uK3z02rviUg=",
        ..PLAIN
    },
    Vector {
        number: "15",
        headers: &[
            ("X-GCS-ServerMetaInfo", SM),
            ("X-GCS-Note", "  first line  \r\n \n second\tline\r\n\t third  "),
        ],
        signature: "Zzy78G8BMxgmGu8Vy4VNZzoGyCF9Y9DY7dpKk/+uoIw=",
        ..PLAIN
    },
    Vector {
        number: "16",
        headers: &[
            ("X-GCS-b", "2"),
            ("x-gcs-A", "1"),
            ("X-GCSFoo", "3"),
            ("X-GCS-10", "4"),
            ("X-GCS-9", "5"),
            ("X-GCS-a-b", "6"),
            ("X-Other", "no"),
            ("User-Agent", "no"),
        ],
        signature: "H9Yi/+fW4p7zRp9RvbTlJ9Y4GMmxFodcSrC2Q/4jFQM=",
        ..PLAIN
    },
    Vector {
        number: "18",
        headers: &[("X-GCS-Idempotence-Key", "idé-1")],
        signature: "dIflIqLtuU5EE3IK+MJWprIE5Nz8Q9vypVddS3CZjM0=",
        ..PLAIN
    },
    Vector {
        number: "19",
        headers: &[("X-GCS-Empty", "")],
        signature: "12aDhs0KHEfMeOfkmH1A2RP3Nz7I+TFkFla1rKjt2Iw=",
        ..PLAIN
    },
    Vector {
        number: "20",
        method: "POST",
        content_type: "application/json; charset=utf-8",
        path: "/v1/1234/payments",
        signature: "9rwS9pPTF4D+9IHGnP11iYZik3VHCwoU6NH84+41v10=",
        ..PLAIN
    },
    Vector {
        number: "21",
        date: "",
        headers: SERVER,
        signature: "KRfXF8Yyy8lzhAR6wXkPDac8zjvmmsCl0qRVblhcu6Y=",
        ..PLAIN
    },
];

/// What other SDKs sign and the receiving end has to take.
const ALSO_ACCEPTED: &[(Vector, QueryForm)] = &[
    (
        Vector {
            number: "4b",
            path: "/v1/1234/payments",
            query: Some("merchantReference=order%20no%2E%201&limit=5"),
            signature: "fTmegdptWiot+J3wJNOgTTloorm+E9Bc5Y6gXpCV5aA=",
            ..PLAIN
        },
        QueryForm::AsSent,
    ),
    (
        Vector {
            number: "5, as sent",
            path: "/v1/1234/payments",
            query: Some("merchantReference=order+no.+1&limit=5"),
            signature: "ct0wU+06it9afGMEfUKVfmUIyduUQ2yS8nqRCc6Lhpw=",
            ..PLAIN
        },
        QueryForm::AsSent,
    ),
    (
        Vector {
            number: "5, form-decoded",
            path: "/v1/1234/payments",
            query: Some("merchantReference=order+no.+1&limit=5"),
            signature: "KbDXyQDZ99QLe5YR70flORGbjw6H3jOLm1FnGr0JWgA=",
            ..PLAIN
        },
        QueryForm::FormDecoded,
    ),
];

fn key() -> ApiKey {
    ApiKey::new("a1b2c3d4e5f60718", "0t9Zk3rQ7wXvB1mNcL5pJ2hG8fD4sA6yU+eWiOqTzRk=").unwrap()
}

impl Vector {
    fn request(
        &self,
    ) -> Request<'static, impl IntoIterator<Item = (&'static str, &'static str)> + use<>> {
        Request {
            method: self.method,
            content_type: self.content_type,
            date: self.date,
            headers: self.headers.iter().copied(),
            path: self.path,
            query: self.query,
        }
    }
}

#[test]
fn signatures_of_the_official_sdks() {
    let key = key();
    for vector in SIGNED {
        let expected = format!("GCS v1HMAC:a1b2c3d4e5f60718:{}", vector.signature);
        assert_eq!(key.sign(vector.request()), expected, "vector {}", vector.number);
        assert!(
            verify(&key.secret, vector.request(), vector.signature).is_ok(),
            "vector {}",
            vector.number
        );
    }
    for (vector, form) in ALSO_ACCEPTED {
        assert_eq!(
            verify(&key.secret, vector.request(), vector.signature),
            Ok(*form),
            "vector {}",
            vector.number
        );
    }
}

#[test]
fn text_of_the_key_is_utf8() {
    let key = ApiKey::new("clé", "pässwörd€").unwrap();
    assert_eq!(
        key.sign(PLAIN.request()),
        "GCS v1HMAC:clé:bkmJKAW90djYNzVgTgv8+cxYcVrHxJddjRABYJpi0kg="
    );
}

#[test]
fn published_signatures() {
    let key =
        ApiKey::new("5e45c937b9db33ae", "I42Zf4pVnRdroHfuHnRiJjJ2B6+22h0yQt/R3nZR8Xg=").unwrap();
    let published = Vector {
        number: "published",
        date: "Fri, 06 Jun 2014 13:39:43 GMT",
        path: "/v1/9991/tokens/123456789",
        signature: "J5LjfSBvrQNhu7gG0gvifZt+IWNDReGCmHmBmth6ueI=",
        ..PLAIN
    };
    for vector in [
        Vector {
            path: "/v1/consumer/ANDR%C3%89E/",
            query: Some("q=na%20me"),
            signature: "x9S2hQmLhLTbpK0YdTuYCD8TB4D+Kf60tNW0Xw5Xls0=",
            ..published
        },
        Vector {
            method: "DELETE",
            content_type: "application/json",
            headers: &[
                ("X-GCS-ServerMetaInfo", "processed header value"),
                ("X-GCS-CustomerHeader", "processed header value"),
                ("X-GCS-ClientMetaInfo", "processed header value"),
            ],
            signature: "jGWLz3ouN4klE+SkqO5gO+KkbQNM06Rric7E3dcfmqw=",
            ..published
        },
        published,
    ] {
        let expected = format!("GCS v1HMAC:5e45c937b9db33ae:{}", vector.signature);
        assert_eq!(key.sign(vector.request()), expected, "{}", vector.path);
    }
}

#[test]
fn text_in_full() {
    let text = string_to_sign(
        "POST",
        "application/json",
        "D",
        [("X-GCS-ServerMetaInfo", "SM"), ("x-gcs-clientmetainfo", "CM"), ("Accept", "x")],
        "/v1/1234/payments",
    );
    assert_eq!(
        text,
        "POST\napplication/json\nD\nx-gcs-clientmetainfo:CM\nx-gcs-servermetainfo:SM\n/v1/1234/payments\n"
    );
}

#[test]
fn header_values_are_normalised() {
    for (value, normalised) in [
        ("foo\nbar  ", "foo bar"),
        (" foo\r\n  bar", "foo bar"),
        (" some value  \r\n \n with  some \r\n  spaces ", "some value    with  some  spaces"),
        ("a\rb", "a\rb"),
        ("a\r\r\nb", "a\r b"),
        ("a\n\tb\tc", "a b\tc"),
        ("", ""),
        (" \r\n ", ""),
    ] {
        assert_eq!(normalize_header_value(value), normalised, "{value:?}");
    }
}

#[test]
fn a_mismatch_tells_what_was_signed() {
    let request = Vector { query: Some("a=b%20c"), ..PLAIN };
    let mismatch = verify(&key().secret, request.request(), "AAAA").unwrap_err();
    assert_eq!(mismatch.string_to_sign, format!("GET\n\n{DATE}\n{TEST_CONNECTION}?a=b c\n"));
}

#[test]
fn credentials_are_taken_apart() {
    let good = parse_authorization(" GCS v1HMAC:id:with:c2ln= ").unwrap();
    assert_eq!((good.key_id, good.signature), ("id:with", "c2ln="));
    for (value, fault) in [
        ("", NotACredential::Scheme),
        ("Bearer x", NotACredential::Scheme),
        ("GCS v1Client:x:y", NotACredential::Scheme),
        ("GCS v1HMAC:", NotACredential::Layout),
        ("GCS v1HMAC:id", NotACredential::Layout),
        ("GCS v1HMAC::c2ln", NotACredential::Layout),
        ("GCS v1HMAC:id:", NotACredential::Layout),
    ] {
        assert_eq!(parse_authorization(value), Err(fault), "{value:?}");
    }
}

#[test]
fn keys_are_not_blank_and_not_printed() {
    assert_eq!(ApiKey::new(" ", "s").unwrap_err().to_string(), "apiKeyId is required");
    assert_eq!(ApiKey::new("k", "\t").unwrap_err().to_string(), "secretApiKey is required");
    let printed = format!("{:?}", key());
    assert!(printed.contains("a1b2c3d4e5f60718") && !printed.contains("0t9Z"), "{printed}");
}

proptest! {
    #[test]
    fn what_one_end_signs_the_other_takes(
        name in "(?i)x-gcs[a-z0-9-]{0,8}",
        value in "[ -~é\t\r\n]{0,40}",
        path in "/[!-~]{0,30}",
        query in proptest::option::of("[!-~]{0,40}"),
        content_type in "[!-~]{0,20}",
    ) {
        let key = key();
        let headers = [(name.as_str(), value.as_str()), ("x-gcs-z", "last")];
        let request = Request {
            method: "POST",
            content_type: &content_type,
            date: DATE,
            headers,
            path: &path,
            query: query.as_deref(),
        };
        let value_sent = key.sign(request);
        let credential = parse_authorization(&value_sent).unwrap();
        prop_assert!(verify(&key.secret, request, credential.signature).is_ok());

        // What arrives is the normalised value; it is signed alike.
        let arrived = normalize_header_value(&value);
        let arrived = [(name.as_str(), arrived.as_ref()), ("x-gcs-z", "last")];
        let received = Request { headers: arrived, ..request };
        prop_assert!(verify(&key.secret, received, credential.signature).is_ok());

        // Anything else is not.
        let other = Request { method: "PUT", ..request };
        prop_assert!(verify(&key.secret, other, credential.signature).is_err());
    }
}
