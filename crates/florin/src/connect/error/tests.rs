//! The decision table: which answer is which error, and what is kept of it.

use florin_wire::ErrorShape;

use super::*;
use crate::connect::answer::Answer;
use crate::transport::{Delivery, Response, TransportError};

const JSON: Option<&str> = Some("application/json");
const HTML: Option<&str> = Some("text/html; charset=utf-8");
const PROBLEM: Option<&str> = Some("application/problem+json");
const ONE: &str = r#"{"errorId":"e-1","errors":[{"code":"21000120","id":"X","propertyName":"order","requestId":"r-1","message":"4567350000427977"}]}"#;
const DUPLICATE: &str = r#"{"errorId":"e-1","errors":[{"code":"1409"}]}"#;
const TWO: &str = r#"{"errors":[{"code":"1409"},{"code":"1"}]}"#;
const PAYMENT: &str = r#"{"errorId":"e-1","errors":[{"code":"430330"}],"paymentResult":{"payment":{"id":"p-1","status":"REJECTED"}}}"#;

fn kind(error: &Error) -> &'static str {
    match error {
        Error::Validation(_) => "Validation",
        Error::Authorization(_) => "Authorization",
        Error::Reference(_) => "Reference",
        Error::Idempotence(_) => "Idempotence",
        Error::Platform(_) => "Platform",
        Error::Api(_) => "Api",
        Error::Declined(_) => "Declined",
        Error::NotFound(_) => "NotFound",
        Error::Communication(_) => "Communication",
        Error::Malformed(_) => "Malformed",
        Error::Closed => "Closed",
        Error::Local(_) => "Local",
    }
}

fn call(shape: ErrorShape, key: Option<&str>) -> Circumstances<'_> {
    Circumstances {
        shape,
        path: "/v1/1/payments",
        idempotence_key: key,
        is_repeatable: key.is_some(),
    }
}

fn answer(status: u16, media_type: Option<&str>, body: &str) -> Answer {
    let mut response = Response::new(status).body(body);
    if let Some(media_type) = media_type {
        response = response.header("content-type", media_type);
    }
    response.into()
}

#[test]
fn outcomes() {
    use ErrorShape::{Payment, Payout, Plain, Refund};
    /// Shape, idempotence key, status, media type, body, and what it is.
    type Row =
        (ErrorShape, Option<&'static str>, u16, Option<&'static str>, &'static str, &'static str);
    #[rustfmt::skip]
    let table: &[Row] = &[
        (Plain, None, 400, JSON, ONE, "Validation"),
        (Plain, None, 401, JSON, ONE, "Api"),
        (Plain, None, 402, JSON, ONE, "Api"),
        (Plain, None, 403, JSON, ONE, "Authorization"),
        (Plain, None, 404, JSON, ONE, "Reference"),
        (Plain, None, 405, JSON, ONE, "Api"),
        (Plain, None, 410, JSON, ONE, "Reference"),
        (Plain, None, 418, JSON, ONE, "Api"),
        (Plain, None, 429, JSON, ONE, "Api"),
        (Plain, None, 500, JSON, ONE, "Platform"),
        (Plain, None, 501, JSON, ONE, "Api"),
        (Plain, None, 502, JSON, ONE, "Platform"),
        (Plain, None, 503, JSON, ONE, "Platform"),
        (Plain, None, 504, JSON, ONE, "Api"),
        // A key and the one error, and nothing less, make it a duplicate.
        (Plain, Some("k"), 409, JSON, DUPLICATE, "Idempotence"),
        (Plain, Some("k"), 409, JSON, TWO, "Reference"),
        (Plain, Some("k"), 409, JSON, ONE, "Reference"),
        (Plain, None, 409, JSON, DUPLICATE, "Reference"),
        (Plain, Some("k"), 400, JSON, DUPLICATE, "Validation"),
        // Empty bodies go by status, whatever they claim to be.
        (Plain, None, 400, HTML, "", "Validation"),
        (Plain, None, 403, None, "", "Authorization"),
        (Plain, None, 404, HTML, "", "Reference"),
        (Plain, Some("k"), 409, JSON, "", "Reference"),
        (Plain, None, 500, JSON, "", "Platform"),
        (Plain, None, 302, None, "", "Api"),
        (Plain, None, 304, None, "", "Api"),
        (Plain, None, 101, None, "", "Api"),
        // Something in between answered.
        (Plain, None, 400, HTML, "<html>", "Communication"),
        (Plain, None, 500, HTML, "<html>", "Communication"),
        (Plain, None, 503, HTML, "<html>", "Communication"),
        (Plain, None, 302, HTML, "<html>", "Communication"),
        (Plain, None, 405, HTML, "<html>", "Communication"),
        (Plain, None, 404, HTML, "<html>", "NotFound"),
        (Plain, None, 400, PROBLEM, "{}", "Communication"),
        (Plain, None, 404, PROBLEM, "{}", "NotFound"),
        (Plain, None, 400, Some("application/jso"), ONE, "Communication"),
        // JSON by any name, and what only claims to be.
        (Plain, None, 400, None, ONE, "Validation"),
        (Plain, None, 400, Some("Application/JSON; charset=utf-8"), ONE, "Validation"),
        (Plain, None, 400, None, "<html>", "Malformed"),
        (Plain, None, 500, JSON, "{\"errorId\":", "Malformed"),
        (Plain, None, 400, JSON, "{} x", "Malformed"),
        (Plain, None, 400, JSON, "[]", "Malformed"),
        (Plain, None, 400, JSON, "\"x\"", "Malformed"),
        (Plain, None, 400, JSON, "null", "Validation"),
        (Plain, None, 400, JSON, "{}", "Validation"),
        (Plain, None, 400, JSON, "{\"errors\":null,\"new\":[1]}", "Validation"),
        // A result makes it a decline, whatever the status; other operations cannot decline.
        (Payment, None, 400, JSON, PAYMENT, "Declined"),
        (Payment, None, 402, JSON, PAYMENT, "Declined"),
        (Payment, None, 403, JSON, PAYMENT, "Declined"),
        (Payment, Some("k"), 409, JSON, PAYMENT, "Declined"),
        (Payment, None, 500, JSON, PAYMENT, "Declined"),
        (Payment, None, 402, JSON, "{\"paymentResult\":{}}", "Declined"),
        (Payment, None, 402, JSON, "{\"paymentResult\":{\"payment\":{\"id\":\"p\"}}}", "Declined"),
        (Payment, None, 402, JSON, "{\"paymentResult\":null}", "Api"),
        (Payment, None, 402, JSON, "{\"refundResult\":{}}", "Api"),
        (Refund, None, 404, JSON, "{\"refundResult\":{\"id\":\"r\",\"status\":\"REJECTED\"}}", "Declined"),
        (Payout, None, 400, JSON, "{\"payoutResult\":{\"id\":\"o\",\"status\":\"REJECTED\"}}", "Declined"),
        (Plain, None, 402, JSON, PAYMENT, "Api"),
    ];
    for (shape, key, status, media_type, body, expected) in table {
        let error = from_answer(answer(*status, *media_type, body), call(*shape, *key));
        let case = format!("{status} {media_type:?} {body}");
        assert_eq!(kind(&error), *expected, "{case}");
        assert_eq!(error.status(), Some(*status), "{case}");
        assert_eq!(error.raw_body(), Some(body.as_bytes()), "{case}");
        assert_eq!(error.idempotence_key(), *key, "{case}");
        let temporary = matches!(status, 429 | 500 | 502 | 503 | 504) || *expected == "Idempotence";
        let retryable = temporary && key.is_some() && *expected != "Declined";
        assert_eq!(error.is_retryable(), retryable, "{case}");
    }
}

#[test]
fn everything_reported_is_kept() {
    let error = from_answer(answer(400, JSON, ONE), call(ErrorShape::Plain, None));
    assert_eq!(error.error_id(), Some("e-1"));
    assert_eq!(error.request_id(), Some("r-1"));
    assert_eq!(error.errors().len(), 1);
    assert_eq!(error.errors()[0].code.as_deref(), Some("21000120"));
    assert_eq!(error.headers().unwrap().get("Content-Type"), JSON);
    assert_eq!(
        error.to_string(),
        "the Worldline Global Collect platform returned an incorrect request error response; \
         statusCode=400; errorId='e-1'; error 21000120 X at order"
    );
}

#[test]
fn declines_tell_what_was_declined() {
    let declined = |body, shape| match from_answer(answer(402, JSON, body), call(shape, None)) {
        Error::Declined(declined) => declined,
        other => panic!("{other}"),
    };
    let payment = declined(PAYMENT, ErrorShape::Payment);
    assert_eq!((payment.id(), payment.transaction_status()), (Some("p-1"), Some("REJECTED")));
    assert_eq!(payment.failure().errors()[0].code.as_deref(), Some("430330"));
    assert!(payment.payment_result().is_some() && payment.refund_result().is_none());
    assert!(
        payment
            .to_string()
            .starts_with("declined payment 'p-1' with status 'REJECTED'; statusCode=402;")
    );

    let refund =
        declined(r#"{"refundResult":{"id":"r-1","status":"REJECTED"}}"#, ErrorShape::Refund);
    assert_eq!(refund.refund_result().unwrap().id.as_deref(), Some("r-1"));
    assert!(refund.to_string().starts_with("declined refund 'r-1' with status 'REJECTED'"));

    let payout =
        declined(r#"{"payoutResult":{"id":"o-1","status":"REJECTED"}}"#, ErrorShape::Payout);
    assert_eq!(payout.payout_result().unwrap().id.as_deref(), Some("o-1"));
    assert!(payout.to_string().starts_with("declined payout 'o-1' with status 'REJECTED'"));

    let bare = declined(r#"{"paymentResult":{}}"#, ErrorShape::Payment);
    assert!(bare.to_string().contains("returned a declined payment response"));
    let half = declined(r#"{"paymentResult":{"payment":{"id":"p"}}}"#, ErrorShape::Payment);
    assert!(half.to_string().starts_with("declined payment 'p' with status '?'"));
}

#[test]
fn sources_are_chained() {
    let not_found = from_answer(answer(404, HTML, "<html>"), call(ErrorShape::Plain, None));
    let source = std::error::Error::source(&not_found).unwrap().to_string();
    assert_eq!(source, "invalid path: /v1/1/payments (answered in text/html; charset=utf-8)");

    let malformed = from_answer(answer(500, JSON, "{\n \"a"), call(ErrorShape::Plain, None));
    let source = std::error::Error::source(&malformed).unwrap().to_string();
    assert_eq!(source, "broken JSON at line 2, column 3");

    let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    let error = from_transport(
        TransportError::never_sent("no connection", refused),
        call(ErrorShape::Plain, None),
    );
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "no connection");
    assert!(source.source().unwrap().to_string().contains("refused"));
}

#[test]
fn silence_is_retryable_when_nothing_was_sent_or_repeating_does_no_harm() {
    let error = |delivery, key| {
        from_transport(TransportError::timeout("late", delivery), call(ErrorShape::Plain, key))
    };
    assert!(error(Delivery::NeverSent, None).is_retryable());
    assert!(!error(Delivery::Unknown, None).is_retryable());
    assert!(error(Delivery::Unknown, Some("k")).is_retryable());
    let late = error(Delivery::Unknown, None);
    assert!(late.is_timeout() && late.status().is_none());
    assert_eq!(late.to_string(), "the platform could not be reached");
}

#[test]
fn nothing_that_was_sent_is_printed() {
    let bodies = [
        (400, JSON, ONE),
        (500, HTML, "<html>4567350000427977"),
        (400, JSON, "{\"errorId\":{\"4567350000427977\":4567350000427977}}"),
        (400, JSON, "{\"errors\":4567350000427977}"),
        (
            402,
            JSON,
            r#"{"paymentResult":{"payment":{"id":"p","paymentOutput":{"references":{"merchantReference":"4567350000427977"}}}}}"#,
        ),
    ];
    for (status, media_type, body) in bodies {
        let error = from_answer(answer(status, media_type, body), call(ErrorShape::Payment, None));
        let mut printed = format!("{error} {error:?}");
        let mut source = std::error::Error::source(&error);
        while let Some(error) = source {
            printed = format!("{printed} {error} {error:?}");
            source = error.source();
        }
        assert!(!printed.contains("4567350000427977"), "{printed}");
        assert!(error.raw_body().unwrap().windows(16).any(|it| it == b"4567350000427977"));
    }
}

#[test]
fn a_result_stays_small() {
    assert!(size_of::<Result<(), Error>>() <= 64, "{}", size_of::<Error>());
}
