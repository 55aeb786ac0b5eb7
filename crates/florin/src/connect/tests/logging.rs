//! What is logged of calls, and when.

use std::error::Error as StdError;

use super::*;
use crate::connect::types::*;
use crate::connect::{Error, UploadableFile};
use crate::logging::{CommunicatorLogger, Mask, Obfuscator};

/// Keeps entries, with ids replaced by their number and the meta info of this machine left out.
#[derive(Default)]
struct Kept {
    entries: Mutex<Vec<String>>,
    ids: Mutex<Vec<String>>,
}

impl Kept {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.entries.lock().unwrap())
    }

    fn keep(&self, entry: &str) {
        let mut ids = self.ids.lock().unwrap();
        let start = entry.find("requestId='").unwrap() + 11;
        let id = &entry[start..start + 36];
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
        let number = ids.iter().position(|known| known == id).unwrap();
        let mut entry = entry.replace(id, &number.to_string());
        if let Some(start) = entry.find("X-GCS-ServerMetaInfo=\"") {
            let end = start + entry[start..].find("\", ").unwrap() + 3;
            entry.replace_range(start..end, "");
        }
        self.entries.lock().unwrap().push(entry);
    }
}

impl CommunicatorLogger for Kept {
    fn log(&self, message: &str) {
        self.keep(message);
    }

    fn log_error(&self, message: &str, error: &(dyn StdError + 'static)) {
        assert!(error.is::<Error>());
        self.keep(&format!("{message}: {error}"));
    }
}

fn logged(player: &Arc<Player>) -> (Client, Arc<Kept>) {
    let kept = Arc::<Kept>::default();
    let client = client(config().retry(RetryPolicy::none()), player);
    client.enable_logging(Arc::clone(&kept));
    (client, kept)
}

fn response(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Response {
    Response::new(status).header("Content-Type", content_type).body(body)
}

const DATE: &str = "Date=\"Tue, 14 Mar 2023 09:26:53 GMT\", Authorization=\"********\"";

fn request_entry(head: &str, headers: &str, body: Option<(&str, &str)>) -> String {
    let (method, uri) = head.split_once(' ').unwrap();
    let entry = format!(
        "Outgoing request (requestId='0'):\n  method:       '{method}'\n  uri:          '{uri}'\n  \
         headers:      '{headers}{DATE}'"
    );
    match body {
        None => entry,
        Some((content_type, body)) => {
            format!("{entry}\n  content-type: '{content_type}'\n  body:         '{body}'")
        }
    }
}

fn response_entry(status: u16, content_type: &str, body: &str) -> String {
    let header = format!("Content-Type=\"{content_type}\"");
    format!(
        "Incoming response (requestId='0', 0 ms):\n  status-code:  '{status}'\n  headers:      '{}'\n  \
         content-type: '{content_type}'\n  body:         '{body}'",
        if content_type.is_empty() { "" } else { &header }
    )
}

#[tokio::test(start_paused = true)]
async fn calls_that_succeed() {
    let player = Player::playing([
        Ok(response(200, "application/json", "{\n  \"result\" : \"OK\"\n}")),
        Ok(response(200, "application/json", r#"{"convertedAmount":1.50}"#)),
        Ok(Response::new(204)),
        Ok(response(201, "application/json", r#"{"token":"t"}"#)),
        Ok(response(200, "application/pdf", b"%PDF \xFF")),
        Ok(response(200, "application/json", r#"{"id":"f"}"#)),
    ]);
    let (client, kept) = logged(&player);
    let merchant = client.merchant("1234");
    let json = "application/json";
    let typed = "Content-Type=\"application/json\", ";

    merchant.services().testconnection().await.unwrap();
    assert_eq!(
        kept.take(),
        [
            request_entry("GET /v1/1234/services/testconnection", "", None),
            response_entry(200, json, "{\n  \"result\" : \"OK\"\n}"),
        ]
    );

    kept.ids.lock().unwrap().clear();
    let query = ConvertAmountParams::default().source("EUR").target("USD").amount(100);
    let _ = merchant.services().convert_amount(&query).await;
    let uri = "GET /v1/1234/services/convert/amount?source=EUR&target=USD&amount=100";
    assert_eq!(
        kept.take(),
        [request_entry(uri, "", None), response_entry(200, json, r#"{"convertedAmount":1.50}"#),]
    );

    kept.ids.lock().unwrap().clear();
    merchant.tokens().delete("t", &DeleteTokenParams::default()).await.unwrap();
    assert_eq!(
        kept.take(),
        [request_entry("DELETE /v1/1234/tokens/t", "", None), response_entry(204, "", "")]
    );

    kept.ids.lock().unwrap().clear();
    let card = CardWithoutCvv::default()
        .card_number("4567350000427977")
        .expiry_date("1230")
        .cardholder_name("Šçhröder 日本");
    let data = TokenCardData::default().card_without_cvv(card);
    let request = CreateTokenRequest::default().card(TokenCard::default().data(data));
    merchant.tokens().create(&request).await.unwrap();
    let body = r#"{"card":{"data":{"cardWithoutCvv":{"cardNumber":"************7977","cardholderName":"Šçhröder 日本","expiryDate":"**30"}}}}"#;
    assert_eq!(
        kept.take(),
        [
            request_entry("POST /v1/1234/tokens", typed, Some((json, body))),
            response_entry(201, json, r#"{"token":"t"}"#),
        ]
    );

    kept.ids.lock().unwrap().clear();
    merchant.files().get_file("f").await.unwrap();
    assert_eq!(
        kept.take(),
        [
            request_entry("GET /files/v1/1234/files/f", "", None),
            response_entry(200, "application/pdf", "<binary content>"),
        ]
    );

    kept.ids.lock().unwrap().clear();
    let file = UploadableFile::new("a.txt", "text/plain", "4567350000427977");
    merchant.disputes().upload_file("d", file).await.unwrap();
    let [request, answer] = &kept.take()[..] else { panic!() };
    assert!(request.contains("\n  uri:          '/files/v1/1234/disputes/d'\n"), "{request}");
    assert!(request.contains("\n  content-type: 'multipart/form-data; boundary="), "{request}");
    assert!(request.ends_with("\n  body:         '<binary content>'"), "{request}");
    assert_eq!(*answer, response_entry(200, json, r#"{"id":"f"}"#));
}

#[tokio::test(start_paused = true)]
async fn a_card_payment() {
    let body = r#"{"payment":{"id":"p","paymentOutput":{"cardPaymentMethodSpecificOutput":{"card":{"cardNumber":"************7977","expiryDate":"1230"}}},"status":"REJECTED"}}"#;
    let declined = format!(r#"{{"errorId":"e","errors":[{{"code":"4"}}],"paymentResult":{body}}}"#);
    let player = Player::playing([json(201, body), json(402, &declined)]);
    let (client, kept) = logged(&player);
    let card = Card::default().card_number("4567350000427977").cvv("987").expiry_date("1230");
    let request = CreatePaymentRequest::default().card_payment_method_specific_input(
        CardPaymentMethodSpecificInput::default().card(card).payment_product_id(1),
    );
    let payments = client.merchant("1234").payments();
    payments.create(&request).idempotence_key("key").await.unwrap();
    let entries = kept.take();
    assert_eq!(
        entries[0],
        format!(
            "Outgoing request (requestId='0'):\n  method:       'POST'\n  uri:          \
             '/v1/1234/payments'\n  headers:      'Content-Type=\"application/json\", \
             Date=\"Tue, 14 Mar 2023 09:26:53 GMT\", X-GCS-Idempotence-Key=\"key\", \
             Authorization=\"********\"'\n  content-type: 'application/json'\n  body:         '{}'",
            r#"{"cardPaymentMethodSpecificInput":{"card":{"cardNumber":"************7977","cvv":"***","expiryDate":"**30"},"paymentProductId":1}}"#
        )
    );
    assert!(entries[1].contains(r#""expiryDate":"**30""#), "{}", entries[1]);

    // A decline is an answer: there is no entry for an error.
    payments.create(&request).await.unwrap_err();
    let entries = kept.take();
    assert_eq!(entries.len(), 2, "{entries:?}");
    assert!(entries[1].contains("status-code:  '402'"), "{}", entries[1]);
}

#[tokio::test(start_paused = true)]
async fn calls_that_fail() {
    let timeout = TransportError::timeout("the answer did not come in time", Delivery::Unknown);
    let player = Player::playing([
        json(400, r#"{"errorId":"e","errors":[]}"#),
        json(500, ""),
        Ok(response(404, "text/html", "<b>Not Found</b>")),
        Ok(response(405, "text/html", "<b>Not Allowed</b>")),
        Err(timeout),
    ]);
    let (client, kept) = logged(&player);
    let services = client.merchant("1234").services();
    let request = request_entry("GET /v1/1234/services/testconnection", "", None);
    let of_json = |status, body| {
        response_entry(status, "application/json", body).replace("'Content-Type=", "'content-type=")
    };
    let html = |status, body| response_entry(status, "text/html", body);
    let error = "Error occurred for outgoing request (requestId='0', 0 ms): ";
    for entries in [
        vec![of_json(400, r#"{"errorId":"e","errors":[]}"#)],
        vec![of_json(500, "")],
        vec![html(404, "<b>Not Found</b>")],
        vec![
            html(405, "<b>Not Allowed</b>"),
            format!("{error}the answer does not come from the platform; statusCode=405"),
        ],
        vec![format!("{error}the platform could not be reached")],
    ] {
        services.testconnection().await.unwrap_err();
        let found = kept.take();
        assert_eq!(found[0], request);
        assert_eq!(found[1..], entries);
        kept.ids.lock().unwrap().clear();
    }
}

#[tokio::test(start_paused = true)]
async fn each_attempt_has_an_id_of_its_own_and_a_duration() {
    let refused = TransportError::never_sent("no connection", "refused");
    let player = Player::playing([Err(refused), json(503, "{}"), json(200, "{}")]);
    let (_, kept) = logged(&player);
    let client = client(config(), &player);
    client.enable_logging(Arc::clone(&kept));
    client.merchant("1").services().testconnection().await.unwrap();
    let entries = kept.take();
    let starts: Vec<_> = entries.iter().map(|entry| entry.split(':').next().unwrap()).collect();
    assert_eq!(
        starts,
        [
            "Outgoing request (requestId='0')",
            "Error occurred for outgoing request (requestId='0', 0 ms)",
            "Outgoing request (requestId='1')",
            "Incoming response (requestId='1', 0 ms)",
            "Outgoing request (requestId='2')",
            "Incoming response (requestId='2', 0 ms)",
        ]
    );
}

/// Does something between a request and its answer.
struct Acting<F>(F, Arc<Player>);

impl<F: Fn() + Send + Sync + 'static> Transport for Acting<F> {
    fn send(&self, request: Request) -> Sending<'_> {
        (self.0)();
        Box::pin(async {
            tokio::time::sleep(Duration::from_millis(7)).await;
            self.1.send(request).await
        })
    }
}

#[tokio::test(start_paused = true)]
async fn logging_is_switched_during_a_call() {
    let switched = Arc::new(Mutex::new(None::<(Client, Option<Arc<Kept>>)>));
    let player = Player::default();
    let player = Arc::new(player);
    let act = {
        let switched = Arc::clone(&switched);
        move || match &*switched.lock().unwrap() {
            Some((client, Some(kept))) => client.enable_logging(Arc::clone(kept)),
            Some((client, None)) => client.disable_logging(),
            None => {}
        }
    };
    let transport = Arc::new(Acting(act, Arc::clone(&player)));
    let client = Client::with_transport(config().retry(RetryPolicy::none()), transport).unwrap();
    let services = client.merchant("1").services();
    let play = |answer| player.answers.lock().unwrap().push_back(answer);
    let kept = Arc::<Kept>::default();
    let fault = || Err(TransportError::unknown("reset", "reset"));

    // For the request alone.
    client.enable_logging(Arc::clone(&kept));
    *switched.lock().unwrap() = Some((client.clone(), None));
    play(json(200, "{}"));
    services.testconnection().await.unwrap();
    play(fault());
    client.enable_logging(Arc::clone(&kept));
    services.testconnection().await.unwrap_err();
    let entries = kept.take();
    assert!(entries.len() == 2 && entries.iter().all(|entry| entry.starts_with("Outgoing")));

    // For the answer alone, and for the error alone.
    *switched.lock().unwrap() = Some((client.clone(), Some(Arc::clone(&kept))));
    client.disable_logging();
    play(json(200, "{}"));
    services.testconnection().await.unwrap();
    client.disable_logging();
    play(fault());
    services.testconnection().await.unwrap_err();
    let entries = kept.take();
    assert!(entries[0].starts_with("Incoming response (requestId='2', 7 ms):"), "{entries:?}");
    assert!(entries[1].starts_with("Error occurred for outgoing request (requestId='3', 7 ms)"));
    assert_eq!(entries.len(), 2);
}

#[tokio::test]
async fn it_is_off_at_first_and_one_switch_is_for_all_that_share_connections() {
    let player = Player::playing((0..6).map(|_| json(200, "{}")));
    let client = client(config(), &player);
    let other = client.with_client_meta_info("{}").unwrap();
    let services = client.clone().merchant("1").services();
    services.testconnection().await.unwrap();

    let (first, second) = (Arc::<Kept>::default(), Arc::<Kept>::default());
    other.enable_logging(Arc::clone(&first));
    services.testconnection().await.unwrap();
    client.enable_logging(Arc::clone(&second));
    services.testconnection().await.unwrap();
    other.disable_logging();
    other.disable_logging();
    services.testconnection().await.unwrap();
    other.set_obfuscator(Obfuscator::default().with_header("date", Mask::KeepFirst(3)));
    other.enable_logging(Arc::clone(&second));
    services.testconnection().await.unwrap();
    assert_eq!(first.take().len(), 2);
    let entries = second.take();
    assert_eq!(entries.len(), 4);
    assert!(entries[0].contains("Date=\"Tue, 14 Mar"), "{}", entries[0]);
    assert!(entries[2].contains("Date=\"Tue**"), "{}", entries[2]);
}

/// Panics at entries of requests, and at errors when told so.
struct Panicking {
    at_errors: bool,
    told: Arc<Mutex<Vec<String>>>,
}

impl CommunicatorLogger for Panicking {
    fn log(&self, message: &str) {
        assert!(!message.starts_with("Outgoing"), "no");
        self.told.lock().unwrap().push(message.to_owned());
    }

    fn log_error(&self, message: &str, error: &(dyn StdError + 'static)) {
        assert!(!self.at_errors, "no");
        self.told.lock().unwrap().push(format!("{message}: {error}"));
    }
}

#[tokio::test]
async fn a_logger_that_panics_breaks_no_call() {
    for at_errors in [false, true] {
        let player = Player::playing([json(200, "{}"), json(200, "{}")]);
        let client = client(config(), &player);
        let told = Arc::<Mutex<Vec<String>>>::default();
        client.enable_logging(Panicking { at_errors, told: Arc::clone(&told) });
        client.merchant("1").services().testconnection().await.unwrap();
        let mut told = std::mem::take(&mut *told.lock().unwrap());
        assert!(told.pop().unwrap().starts_with("Incoming response"));
        if at_errors {
            assert!(told.is_empty());
        } else {
            let [error] = &told[..] else { panic!("{told:?}") };
            assert!(error.starts_with("An error occurred trying to log request '"), "{error}");
            assert!(error.ends_with("': the logger or the function of a mask panicked"), "{error}");
        }

        // So does a mask.
        let mask = Mask::function(|_| panic!("no"));
        client.set_obfuscator(Obfuscator::default().with_header("date", mask));
        client.merchant("1").services().testconnection().await.unwrap();
    }
}
