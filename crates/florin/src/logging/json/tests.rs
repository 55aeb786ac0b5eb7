//! The tables of what the official SDKs show and where they fail.

use proptest::prelude::*;

use super::super::Obfuscator;

fn shown(text: &str) -> String {
    Obfuscator::default().body(text)
}

#[test]
fn rules_by_name() {
    #[rustfmt::skip]
    let table = [
        ("cardNumber", "4567350000427977", "************7977"),
        ("cardNumber", "1234", "1234"),
        ("expiryDate", "1230", "**30"),
        ("cvv", "123", "***"),
        ("iban", "NL53INGB0000000036", "**************0036"),
        ("accountNumber", "0532013000", "******3000"),
        ("reformattedAccountNumber", "12-34", "*2-34"),
        ("bin", "12345678", "123456**"),
        ("bin", "123456", "123456"),
        ("bin", "12345", "12345"),
        ("value", "secret", "******"),
        ("value", "é€😀", "***"),
        ("keyId", "a", "********"),
        ("secretKey", "a", "********"),
        ("publicKey", "a", "********"),
        ("userAuthenticationToken", "a", "********"),
        ("encryptedPayload", "a", "********"),
        ("decryptedPayload", "a", "********"),
        ("encryptedCustomerInput", "a", "********"),
        ("cardholderName", "Wile E. Coyote", "Wile E. Coyote"),
        ("emailAddress", "wile.e@example.com", "wile.e@example.com"),
        ("city", "Monument Valley", "Monument Valley"),
        // Beyond the official table, by what the specification says they hold.
        ("dpan", "4567350000427977", "************7977"),
        ("tokenExpiryDate", "1230", "**30"),
        ("cavv", "AAABBEg0VhI0VniQEjRWAAAAAAA=", "********"),
        ("RETURNMAC", "f5e1f1b5-0000", "********"),
    ];
    for (name, value, masked) in table {
        assert_eq!(
            shown(&format!(r#"{{"a":{{"{name}":"{value}"}},"b":1}}"#)),
            format!(r#"{{"a":{{"{name}":"{masked}"}},"b":1}}"#)
        );
    }
}

#[test]
fn edge_cases() {
    #[rustfmt::skip]
    let table = [
        (r#"{"value":123}"#, r#"{"value":***}"#),
        (r#"{"value":12.50,"amount":1}"#, r#"{"value":*****,"amount":1}"#),
        (r#"{"value":true}"#, r#"{"value":****}"#),
        (r#"{"value":null,"a":1}"#, r#"{"value":null,"a":1}"#),
        (r#"{"cardNumber":4567350000427977}"#, r#"{"cardNumber":************7977}"#),
        (r#"{"cardNumber":45673500"#, r#"{"cardNumber":********"#),
        (r#"{"cardNumber":"45673500"#, r#"{"cardNumber":"********"#),
        (r#"{"cardNumber":"45673500\"#, r#"{"cardNumber":"*********"#),
        (r#"{"cardNumber":"#, r#"{"cardNumber":"#),
        (r#"{"keyId":"45"#, r#"{"keyId":"********"#),
        (r#"{"keyId":1}"#, r#"{"keyId":********}"#),
        (r#"{"value":["abc","d"],"cvv":[1]}"#, r#"{"value":["***","*"],"cvv":[*]}"#),
        (r#"{"value":[["abc"],null,{"a":"b","cvv":"1"},"d"],"e":["f"]}"#,
         r#"{"value":[["***"],null,{"a":"b","cvv":"*"},"*"],"e":["f"]}"#),
        (r#"{"value":{"cardNumber":"4567350000427977","x":1}}"#,
         r#"{"value":{"cardNumber":"************7977","x":1}}"#),
        (r#"{"cardNumber":{"value":"4567350000427977"}}"#,
         r#"{"cardNumber":{"value":"****************"}}"#),
        (r#"{"cardNumber":"","keyId":""}"#, r#"{"cardNumber":"","keyId":""}"#),
        (r#"{"value":"a\"b","x":1}"#, r#"{"value":"***","x":1}"#),
        (r#"{"value":"ab\\","x":"y"}"#, r#"{"value":"***","x":"y"}"#),
        (r#"{"cardNumber":"12345\"\\\u00e9é\n"}"#, r#"{"cardNumber":"******\\éé\n"}"#),
        (r#"{"cardNumber":"\"\u00e9\n"}"#, r#"{"cardNumber":"\"\u00e9\n"}"#),
        (r#"{"value":"\ud83d\ude00"}"#, r#"{"value":"*"}"#),
        (r#"{"card\u004eumber":"4567350000427977"}"#, r#"{"card\u004eumber":"************7977"}"#),
        (r"cardNumber=4567350000427977", r"cardNumber=4567350000427977"),
        (r#"{"CardNumber":"4567350000427977"}"#, r#"{"CardNumber":"4567350000427977"}"#),
        ("{\n  \"cardNumber\" : \"4567350000427977\" }", "{\n  \"cardNumber\" : \"************7977\" }"),
        ("{\n  \"cardNumber\"\t\r\n:\n\"4567350000427977\" }", "{\n  \"cardNumber\"\t\r\n:\n\"************7977\" }"),
        (r#"[{"cvv":"123"},"cvv"]"#, r#"[{"cvv":"***"},"cvv"]"#),
        (r#"{"key":"cvv","name":"cardNumber"}"#, r#"{"key":"cvv","name":"cardNumber"}"#),
        (r#"{"key":["cvv","123"],"cvv":"123"}"#, r#"{"key":["cvv","123"],"cvv":"***"}"#),
        (r#"{"number":12345678901234567890,"x":1e400,"y":0.10}"#,
         r#"{"number":12345678901234567890,"x":1e400,"y":0.10}"#),
        (r#"{"b":1,"a":2,"b":3}"#, r#"{"b":1,"a":2,"b":3}"#),
        ("", ""), (" \n", " \n"), ("null", "null"), ("\"cvv\"", "\"cvv\""), ("é", "é"), ("é\"é", "é\"é"),
        ("]]}}{\"cvv\":\"1\"", "]]}}{\"cvv\":\"*\""),
    ];
    for (text, masked) in table {
        assert_eq!(shown(text), masked, "{text}");
    }
}

#[test]
fn what_is_cut_off_is_masked_at_every_length() {
    let text = r#"{ "card" : {"cardNumber":"4567350000427977","cvv": 987, "expiryDate":"1230"},
        "value":["first\"\\","second",3456,[7890]], "keyId" : "key-id\u00e9" , "cavv":"AAABBB"}"#;
    let number = text.find("4567").unwrap();
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        let shown = shown(&text[..end]);
        for secret in ["4567", "73500", "987", "first", "second", "3456", "789", "key-", "AA"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
        // What is its end is not known before the closing quote.
        assert!(end > number + 16 || !shown.contains(|c: char| c.is_ascii_digit()), "{shown}");
    }
}

proptest! {
    #[test]
    fn any_text_is_survived(text in r#"([{}\[\],:"\\ \n0-9é]|"cvv"|"value":|null){0,40}"#) {
        shown(&text);
    }

    #[test]
    fn any_value_is_hidden(before in "[a-z]{0,6}", value in any::<String>(), after in any::<String>()) {
        let document = serde_json::json!({
            "a": before, "inner": [{"value": value, "b": after}], "cvv": ["x", value], "c": after
        });
        let masked: serde_json::Value = serde_json::from_str(&shown(&document.to_string())).unwrap();
        let stars = "*".repeat(value.chars().count());
        let expected = serde_json::json!({
            "a": before, "inner": [{"value": stars, "b": after}], "cvv": ["*", stars], "c": after
        });
        prop_assert_eq!(masked, expected);
    }

    #[test]
    fn what_has_no_rule_stays_byte_for_byte(text in r#"([{}\[\],:"\\ \n0-9é]|"name":|null){0,40}"#) {
        prop_assert_eq!(shown(&text), text);
    }
}
