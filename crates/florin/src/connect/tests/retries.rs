//! Which attempts are repeated, and when. Time is tokio's, paused.

use tokio::time::Instant;

use super::*;
use crate::connect::types::*;
use crate::connect::v1::Payments;
use crate::connect::{AttemptOutcome, Error};

type Answers = Vec<Result<Response, TransportError>>;

fn never_sent() -> Result<Response, TransportError> {
    Err(TransportError::never_sent("no connection", "refused"))
}

fn lost() -> Result<Response, TransportError> {
    Err(TransportError::unknown("the connection failed", "reset"))
}

fn busy(status: u16) -> Result<Response, TransportError> {
    json(status, "{}")
}

fn in_progress() -> Result<Response, TransportError> {
    json(409, r#"{"errors":[{"code":"1409"}]}"#)
}

fn payments(config: Config, answers: Answers) -> (Arc<Player>, Payments) {
    let player = Player::playing(answers);
    let payments = client(config, &player).merchant("1").payments();
    (player, payments)
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Get,
    Post,
    Keyed,
    /// The operation ignores the key.
    KeyIgnored,
}

async fn outcome(kind: Kind, answers: Answers) -> (usize, Result<(), Error>) {
    let player = Player::playing(answers);
    let merchant = client(config(), &player).merchant("1");
    let create = CreatePaymentRequest::default();
    let outcome = match kind {
        Kind::Get => merchant.tokens().get("t").await.map(drop),
        Kind::Post => merchant.payments().create(&create).await.map(drop),
        Kind::Keyed => merchant.payments().create(&create).idempotence_key("k").await.map(drop),
        Kind::KeyIgnored => {
            let body = GetIinDetailsRequest::default();
            merchant.services().get_iin_details(&body).idempotence_key("k").await.map(drop)
        }
    };
    (player.count(), outcome)
}

#[tokio::test(start_paused = true)]
async fn only_what_cannot_do_harm_is_repeated() {
    use Kind::{Get, KeyIgnored, Keyed, Post};
    type Answer = fn() -> Result<Response, TransportError>;
    let table: &[(Kind, Answer, usize)] = &[
        (Get, never_sent, 3),
        (Post, never_sent, 3),
        (Keyed, never_sent, 3),
        (KeyIgnored, never_sent, 3),
        (Get, lost, 3),
        (Post, lost, 1),
        (Keyed, lost, 3),
        (KeyIgnored, lost, 1),
        (Get, || busy(429), 3),
        (Get, || busy(500), 3),
        (Get, || busy(502), 3),
        (Get, || busy(503), 3),
        (Get, || busy(504), 3),
        (Get, || busy(501), 1),
        (Get, || busy(404), 1),
        (Post, || busy(503), 1),
        (Post, || busy(429), 1),
        (Keyed, || busy(503), 3),
        (Keyed, || busy(429), 3),
        (KeyIgnored, || busy(503), 1),
        (Keyed, in_progress, 3),
        (Post, in_progress, 1),
        (Keyed, || busy(400), 1),
        (Keyed, || json(503, r#"{"paymentResult":{}}"#), 1),
        // A gateway answers in its own words.
        (Get, || Ok(Response::new(503).header("content-type", "text/html").body("<p>")), 3),
    ];
    for (kind, answer, attempts) in table {
        let (count, result) = outcome(*kind, vec![answer(), answer(), answer(), answer()]).await;
        let error = result.unwrap_err();
        assert_eq!(count, *attempts, "{kind:?} {error}");
        assert_eq!(error.attempts().len(), *attempts);
        assert_eq!(error.is_retryable(), *attempts > 1, "{kind:?} {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_history_of_attempts_is_kept() {
    let answers = vec![never_sent(), lost(), busy(503), json(201, "{}")];
    let config = config().retry(RetryPolicy::default().max_retries(3));
    let (player, payments) = payments(config, answers);
    let create = payments.create(&CreatePaymentRequest::default()).idempotence_key("k");
    let response = create.response().await.unwrap();
    let outcomes: Vec<_> = response.attempts().iter().map(|attempt| attempt.outcome).collect();
    assert_eq!(
        outcomes,
        [
            AttemptOutcome::NeverSent,
            AttemptOutcome::MaybeProcessed,
            AttemptOutcome::Answered(503),
            AttemptOutcome::Answered(201),
        ]
    );
    // Every attempt carries the same key and body.
    let requests = player.requests();
    for request in &requests {
        assert_eq!(request.headers().get("X-GCS-Idempotence-Key"), Some("k"));
        assert_eq!(request.body(), requests[0].body());
    }
}

#[tokio::test(start_paused = true)]
async fn each_attempt_has_a_date_of_its_own() {
    fn ticking() -> SystemTime {
        use std::sync::atomic::{AtomicU64, Ordering};
        static SECONDS: AtomicU64 = AtomicU64::new(1_678_786_013);
        let seconds = SECONDS.fetch_add(60, Ordering::Relaxed);
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }
    let player = Player::playing([never_sent(), json(200, "{}")]);
    let transport: Arc<dyn Transport> = Arc::<Player>::clone(&player);
    let pipeline = Pipeline::new(config().check().unwrap(), transport).at(ticking);
    Client::from_pipeline(pipeline).merchant("1").tokens().get("t").await.unwrap();
    let sent: Vec<_> = player
        .requests()
        .iter()
        .map(|it| ["Date", "Authorization"].map(|name| it.headers().get(name).unwrap().to_owned()))
        .collect();
    assert_ne!(sent[0][0], sent[1][0]);
    assert_ne!(sent[0][1], sent[1][1]);
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_and_the_platform_may_ask_for_longer_ones() {
    let started = Instant::now();
    outcome(Kind::Get, vec![busy(503), busy(503), busy(503)]).await.1.unwrap_err();
    let elapsed = started.elapsed();
    assert!(elapsed >= Duration::from_millis(300), "{elapsed:?}");
    assert!(elapsed <= Duration::from_millis(610), "{elapsed:?}");

    let asking = |value: &str| Ok(Response::new(503).header("Retry-After", value));
    let started = Instant::now();
    let (count, result) = outcome(Kind::Get, vec![asking("7"), json(200, "{}")]).await;
    result.unwrap();
    assert_eq!((count, started.elapsed().as_secs()), (2, 7));

    // Too long is told at once.
    let started = Instant::now();
    let (count, result) = outcome(Kind::Get, vec![asking("31"), json(200, "{}")]).await;
    assert_eq!(result.unwrap_err().status(), Some(503));
    assert_eq!((count, started.elapsed().as_secs()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_limit_holds_for_the_whole_call() {
    // Silence is cut.
    let client_of_none = Client::with_transport(config(), Arc::new(Silence)).unwrap();
    let started = Instant::now();
    let call = client_of_none
        .merchant("1")
        .payments()
        .create(&CreatePaymentRequest::default())
        .timeout(Duration::from_secs(3));
    let error = call.await.unwrap_err();
    assert!(error.is_timeout() && !error.is_retryable(), "{error}");
    assert_eq!(error.attempts().len(), 1);
    assert_eq!(error.attempts()[0].outcome, AttemptOutcome::MaybeProcessed);
    assert_eq!(started.elapsed().as_secs(), 3);

    // A pause that would end too late is not begun.
    let asking = Ok(Response::new(503).header("Retry-After", "7"));
    let config = config().total_timeout(Duration::from_secs(5));
    let player = Player::playing([asking]);
    let started = Instant::now();
    let error = client(config, &player).merchant("1").tokens().get("t").await.unwrap_err();
    assert_eq!((error.status(), started.elapsed().as_secs()), (Some(503), 0));
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_knows_better_is_believed() {
    let late = || Err(TransportError::timeout("no connection in time", Delivery::NeverSent));
    let (count, result) = outcome(Kind::Post, vec![late(), late(), json(201, "{}")]).await;
    result.unwrap();
    assert_eq!(count, 3);
}

#[tokio::test(start_paused = true)]
async fn without_a_policy_nothing_is_repeated() {
    let (player, payments) =
        payments(config().retry(RetryPolicy::none()), vec![never_sent(), json(201, "{}")]);
    let error = payments.create(&CreatePaymentRequest::default()).await.unwrap_err();
    // It could be, though.
    assert!(error.is_retryable());
    assert_eq!(player.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn closing_ends_the_retries() {
    let player = Player::playing((0..10).map(|_| never_sent()));
    let client = client(config().retry(RetryPolicy::default().max_retries(9)), &player);
    let call = client.merchant("1").tokens().get("t");
    let waiting = tokio::spawn(call.into_future());
    tokio::time::sleep(Duration::from_millis(1)).await;
    client.close();
    assert!(matches!(waiting.await.unwrap(), Err(Error::Closed)));
    assert_eq!(player.count(), 1);
}
