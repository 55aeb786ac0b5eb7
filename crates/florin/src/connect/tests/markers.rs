//! What is sensitive shows nowhere: every text of every wire type is set to a marker, and the marker is looked for
//! in debug output, in the log, in errors and in spans.

use std::error::Error as StdError;
use std::fmt::{Debug, Write as _};
use std::io;

use florin_wire::connect::v1::operations;
use florin_wire::{Kind, Object, Platform, Shape, Slot, Typed, Validate, Value};
use tracing::Level;

use super::*;
use crate::connect::Error;
use crate::connect::runtime::Scope;
use crate::connect::types::*;
use crate::logging::{Obfuscator, TracingLogger};

/// Card, account and access data. The log may show the first six and the last four characters, as of a real value.
const SECRET: &str = "aaaaaaSECRETMARKERzzzz";
/// Data of a person, which is shown in the log and nowhere else.
const PERSONAL: &str = "PERSONALMARKER";
/// Everything else.
const CLEAR: &str = "CLEARMARKER";

/// Deep enough for every member of every type, and not without end.
const MAX_DEPTH: u32 = 12;

fn fill(object: &mut dyn Object, depth: u32) {
    let fields = object.schema().fields;
    for (at, field) in fields.iter().enumerate() {
        match object.slot(at) {
            Slot::Nothing => panic!("{} has no slot", field.name),
            Slot::Str(slot) => {
                assert!(field.sensitive.is_none(), "{} is not of a type that hides it", field.name);
                *slot = Some(CLEAR.to_owned());
            }
            Slot::Sensitive(slot) => {
                let is_personal = field.sensitive == Some(Kind::Personal);
                *slot = Some(if is_personal { PERSONAL } else { SECRET }.into());
            }
            Slot::Token(slot) => slot.set(CLEAR),
            Slot::Int32(slot) => *slot = Some(7),
            Slot::Int64(slot) => *slot = Some(7),
            Slot::Bool(slot) => *slot = Some(true),
            Slot::Object(slot) if depth < MAX_DEPTH => fill(slot.open(), depth + 1),
            Slot::Object(_) => {}
            Slot::List(list) => {
                list.open();
                match list.shape() {
                    Shape::Objects(_) if depth < MAX_DEPTH => {
                        fill(list.push_object().unwrap(), depth + 1);
                    }
                    Shape::Objects(_) => {}
                    Shape::Int32s => list.push_int(7),
                    _ => list.push_str(CLEAR),
                }
            }
        }
    }
}

/// Collects what a subscriber writes.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[track_caller]
fn assert_hidden(shown: &str, what: &str) {
    assert!(!shown.contains("SECRETMARKER"), "{what} shows a secret: {shown}");
    assert!(!shown.contains(PERSONAL), "{what} shows a person: {shown}");
}

fn everything_of(error: &Error) -> String {
    let mut shown = format!("{error}\n{error:?}\n{error:#?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(shown, "\n{error}\n{error:?}").unwrap();
        cause = error.source();
    }
    if let Error::Declined(declined) = error {
        write!(shown, "\n{:?}", declined.result()).unwrap();
    }
    shown
}

/// What one round over all types uses.
struct Round {
    runtime: tokio::runtime::Runtime,
    written: Written,
    secrets: usize,
}

impl Round {
    fn check<T: Typed + Debug>(&mut self) {
        let mut value = T::default();
        fill(&mut value, 0);
        let name = T::SCHEMA.name;
        assert_hidden(&format!("{value:?}{value:#?}"), name);
        assert_hidden(&format!("{:?}", Value::Object(&value)), name);
        for faults in [value.validate(), value.validate_for(Platform::Ogone)] {
            if let Err(faults) = faults {
                assert_hidden(&format!("{faults}{faults:?}"), name);
            }
        }

        let mut text = Vec::new();
        florin_wire::json::write(&value, &mut serde_json::Serializer::new(&mut text)).unwrap();
        let text = String::from_utf8(text).unwrap();
        let logged = Obfuscator::default().body(&text);
        assert!(!logged.contains("SECRETMARKER"), "{name}: {logged}");
        for kept in [CLEAR, PERSONAL] {
            assert_eq!(
                logged.matches(kept).count(),
                text.matches(kept).count(),
                "{name}: {logged}"
            );
        }
        self.secrets += text.matches(SECRET).count();
        self.travel(&value, &text);
    }

    /// Sends the value and lets it come back, as what it is and in the wrong place, with and without logging.
    fn travel(&self, value: &dyn Object, text: &str) {
        let answers = [
            json(400, text),
            json(200, &text[..text.len() - 1]),
            json(402, &format!(r#"{{"paymentResult":{{"payment":{text}}},"errors":[{text}]}}"#)),
            json(402, &format!(r#"{{"payoutResult":{text},"errors":[{text}]}}"#)),
            json(402, &format!(r#"{{"refundResult":{text},"errors":[{text}]}}"#)),
            json(400, &format!(r#"{{"errorId":{text}}}"#)),
            Ok(Response::new(404).header("Content-Type", "text/html").body(text)),
            Err(TransportError::unknown("reset", "reset")),
        ];
        let operations = [
            &operations::PAYMENTS_CREATE,
            &operations::PAYMENTS_CREATE,
            &operations::PAYMENTS_CREATE,
            &operations::PAYOUTS_CREATE,
            &operations::PAYMENTS_REFUND,
            &operations::TOKENS_CREATE,
            &operations::TOKENS_CREATE,
            &operations::TOKENS_CREATE,
        ];
        // Where the id of a payment belongs, an id card's number is shown as one.
        let has_personal_id = value
            .schema()
            .fields
            .iter()
            .any(|field| field.name == "id" && field.sensitive == Some(Kind::Personal));
        for is_logged in [false, true] {
            let copies = answers.iter().map(|answer| match answer {
                Ok(answer) => Ok(answer.clone()),
                Err(_) => Err(TransportError::unknown("reset", "reset")),
            });
            let client = client(config().retry(RetryPolicy::none()), &Player::playing(copies));
            if is_logged {
                client.enable_logging(
                    TracingLogger::default().messages(Level::TRACE).errors(Level::TRACE),
                );
            }
            let scope = Scope::new(client, "1");
            for operation in operations {
                let ids = &["id"][..operation.parameters.len() - 1];
                let call = scope.call::<CreatePaymentResponse>(operation, ids, Some(value), None);
                assert_hidden(&format!("{call:?}"), "a call");
                match self.runtime.block_on(call.response()) {
                    Ok(response) => assert_hidden(&format!("{response:?}"), "a response"),
                    Err(error) => {
                        let shown = everything_of(&error);
                        let shown =
                            if has_personal_id { shown.replace(PERSONAL, "") } else { shown };
                        assert_hidden(&shown, "an error");
                    }
                }
            }
            let written = self.written.take();
            assert!(written.contains("connect.call") && written.contains("connect.attempt"));
            if is_logged {
                assert_eq!(written.matches("Outgoing request").count(), operations.len());
                assert!(!written.contains("SECRETMARKER"), "{written}");
            } else {
                let written = if has_personal_id { written.replace(PERSONAL, "") } else { written };
                assert_hidden(&written, "a span");
                assert!(!written.contains("Outgoing request"));
            }
        }
    }
}

macro_rules! check_all {
    ($($name:ident)*) => {
        fn check_all(round: &mut Round) -> usize {
            [$(round.check::<$name>()),*].len()
        }
    };
}
florin_wire::with_connect_v1_types!(check_all);

#[test]
fn no_marker_of_a_sensitive_member_shows() {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_max_level(Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_ansi(false)
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut round = Round { runtime, written, secrets: 0 };
    // For all threads: with one of its own, whether a span is of interest would be up to the test that made it first.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    tracing::callsite::rebuild_interest_cache();
    let count = check_all(&mut round);
    assert_eq!(count, SCHEMAS.len());
    assert!(round.secrets > 500, "only {} secrets were looked for", round.secrets);
}
