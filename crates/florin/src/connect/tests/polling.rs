//! Asking until something has happened. Time is tokio's, paused.

use std::future::IntoFuture as _;

use tokio::time::Instant;

use super::*;
use crate::connect::types::*;
use crate::connect::v1::Merchant;
use crate::connect::{Error, Polled};
use crate::retry::RetryPolicy;

/// Answers with the same again and again once the list is down to its last.
struct Repeating {
    answers: Vec<(u16, String)>,
    asked: Mutex<Vec<Instant>>,
}

impl Repeating {
    fn new(answers: Vec<(u16, String)>) -> Arc<Self> {
        Arc::new(Self { answers, asked: Mutex::default() })
    }

    fn merchant(self: &Arc<Self>) -> Merchant {
        let transport: Arc<dyn Transport> = Arc::<Self>::clone(self);
        let config = config().retry(RetryPolicy::none());
        Client::with_transport(config, transport).unwrap().merchant("1")
    }

    fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl Transport for Repeating {
    fn send(&self, _request: Request) -> Sending<'_> {
        let mut asked = self.asked.lock().unwrap();
        let (status, body) = &self.answers[asked.len().min(self.answers.len() - 1)];
        asked.push(Instant::now());
        let answer = json(*status, body);
        Box::pin(async { answer })
    }
}

fn status(status: &str) -> (u16, String) {
    (200, format!(r#"{{"id":"p","status":"{status}"}}"#))
}

fn checkout(status: &str, payment: &str) -> (u16, String) {
    let output = format!(r#"{{"payment":{{"status":"{payment}"}}}}"#);
    (200, format!(r#"{{"status":"{status}","createdPaymentOutput":{output}}}"#))
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_payment_is_asked_for_until_it_is_final() {
    let answers =
        ["CREATED", "REDIRECTED", "PENDING_APPROVAL", "CAPTURE_REQUESTED", "PAID"].map(status);
    let platform = Repeating::new(answers.to_vec());
    let started = Instant::now();
    let polled = platform.merchant().payments().poll_until_final("p").await.unwrap();
    assert!(polled.is_done());
    assert_eq!(polled.into_last().status, Some(PaymentStatus::Paid));
    assert_eq!(platform.count(), 5);
    // Pauses of up to 1, 2, 4 and 8 s, half of each random.
    let elapsed = started.elapsed();
    assert!(elapsed >= SECOND * 7 && elapsed <= SECOND * 16, "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_waited_for_can_be_said() {
    let answers = ["CREATED", "REDIRECTED", "PENDING_APPROVAL", "PAID"].map(status).to_vec();
    let platform = Repeating::new(answers.clone());
    let payments = platform.merchant().payments();
    let polled = payments.poll_until_final("p").until_decided().await.unwrap();
    assert_eq!(polled.last().status, Some(PaymentStatus::PendingApproval));

    let platform = Repeating::new(answers);
    let redirected = |payment: &PaymentResponse| payment.status == Some(PaymentStatus::Redirected);
    let polling = platform.merchant().payments().poll_until_final("p").until(redirected);
    assert!(matches!(polling.await, Ok(Polled::Done(_))));
    assert_eq!(platform.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_status_that_is_not_known_is_judged_by_its_category() {
    for (category, is_final) in [("COMPLETED", true), ("PENDING_MERCHANT", false), ("NEW", false)] {
        let output = format!(r#""statusOutput":{{"statusCategory":"{category}"}}"#);
        let platform = Repeating::new(vec![(200, format!(r#"{{"status":"NEW",{output}}}"#))]);
        let polled = platform.merchant().payments().poll_until_final("p").await.unwrap();
        assert_eq!(polled.is_done(), is_final, "{category}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_ends_when_the_time_is_over() {
    let platform = Repeating::new(vec![status("PENDING_APPROVAL")]);
    let started = Instant::now();
    let polling = platform.merchant().payments().poll_until_final("p");
    let polled = polling.limit(SECOND * 100).longest_pause(SECOND * 10).await.unwrap();
    assert!(matches!(&polled, Polled::Open(payment) if payment.id.as_deref() == Some("p")));
    let elapsed = started.elapsed();
    assert!(elapsed > SECOND * 85 && elapsed < SECOND * 100, "{elapsed:?}");
    let asked = platform.asked.lock().unwrap().clone();
    assert!(asked.windows(2).all(|two| two[1] - two[0] <= SECOND * 10));

    // No pause at all would be too much of a hurry.
    let platform = Repeating::new(vec![status("CREATED")]);
    let polling = platform.merchant().payments().poll_until_final("p").limit(SECOND);
    polling.first_pause(Duration::ZERO).await.unwrap();
    assert!((5..=10).contains(&platform.count()), "{}", platform.count());
}

#[tokio::test(start_paused = true)]
async fn silence_is_cut_by_the_limit() {
    let client = Client::with_transport(config(), Arc::new(Silence)).unwrap();
    let started = Instant::now();
    let polling = client.merchant("1").payments().poll_until_final("p").limit(SECOND * 7);
    assert!(polling.await.unwrap_err().is_timeout());
    assert_eq!(started.elapsed().as_secs(), 7);

    // A shorter limit for each call holds as well.
    let config = config().total_timeout(SECOND).retry(RetryPolicy::none());
    let client = Client::with_transport(config, Arc::new(Silence)).unwrap();
    let started = Instant::now();
    let polling = client.merchant("1").payments().poll_until_final("p").limit(SECOND * 2);
    let error = polling.await.unwrap_err();
    assert!(error.is_timeout() && error.attempts()[0].elapsed <= SECOND, "{error}");
    assert!(started.elapsed() <= SECOND * 2);
}

#[tokio::test(start_paused = true)]
async fn failures_that_may_pass_do_not_end_it() {
    let answers = vec![(503, String::new()), status("CREATED"), (502, String::new())];
    let platform = Repeating::new([answers, vec![status("PAID")]].concat());
    let polled = platform.merchant().payments().poll_until_final("p").await.unwrap();
    assert!(polled.is_done());
    // Others do.
    let platform = Repeating::new(vec![status("CREATED"), (404, "{}".to_owned())]);
    let error = platform.merchant().payments().poll_until_final("p").await.unwrap_err();
    assert!(matches!(error, Error::Reference(_)));
    // When nothing else was ever heard, it is told.
    let platform = Repeating::new(vec![(503, String::new())]);
    let error = platform.merchant().payments().poll_until_final("p").await.unwrap_err();
    assert_eq!(error.status(), Some(503));
    // What was heard is told otherwise.
    let platform = Repeating::new(vec![status("CREATED"), (503, String::new())]);
    let polled = platform.merchant().payments().poll_until_final("p").await.unwrap();
    assert_eq!(polled.last().status, Some(PaymentStatus::Created));
}

#[tokio::test(start_paused = true)]
async fn a_hosted_checkout_is_asked_for_until_the_consumer_is_through() {
    let open = (200, r#"{"status":"IN_PROGRESS"}"#.to_owned());
    for (last, is_done) in [
        (checkout("PAYMENT_CREATED", "CAPTURE_REQUESTED"), true),
        (checkout("PAYMENT_CREATED", "PENDING_PAYMENT"), true),
        (checkout("PAYMENT_CREATED", "REJECTED"), true),
        (checkout("PAYMENT_CREATED", "REDIRECTED"), false),
        (checkout("PAYMENT_CREATED", "CREATED"), false),
        (checkout("CANCELLED_BY_CONSUMER", ""), true),
        (checkout("CLIENT_NOT_ELIGIBLE_FOR_SELECTED_PAYMENT_PRODUCT", ""), true),
        (checkout("IN_PROGRESS", ""), false),
        (checkout("NEW", "PAID"), false),
        ((200, "{}".to_owned()), false),
    ] {
        let platform = Repeating::new(vec![open.clone(), last.clone()]);
        let polled = platform.merchant().hostedcheckouts().poll_until_done("h").await.unwrap();
        assert_eq!(polled.is_done(), is_done, "{}", last.1);
    }
    for (category, is_done) in [("SUCCESSFUL", true), ("REJECTED", true), ("STATUS_UNKNOWN", false)]
    {
        let output =
            format!(r#"{{"payment":{{"status":"X"}},"paymentStatusCategory":"{category}"}}"#);
        let body = format!(r#"{{"status":"PAYMENT_CREATED","createdPaymentOutput":{output}}}"#);
        let platform = Repeating::new(vec![(200, body)]);
        let polled = platform.merchant().hostedcheckouts().poll_until_done("h").await.unwrap();
        assert_eq!(polled.is_done(), is_done, "{category}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hosted_checkout_is_given_up_after_two_hours() {
    let open = vec![(200, r#"{"status":"IN_PROGRESS"}"#.to_owned())];
    for limit in [None, Some(SECOND * 60 * 60 * 24), Some(SECOND * 60)] {
        let platform = Repeating::new(open.clone());
        let mut polling = platform.merchant().hostedcheckouts().poll_until_done("h");
        if let Some(limit) = limit {
            polling = polling.limit(limit);
        }
        let started = Instant::now();
        let polled = polling.await.unwrap();
        assert!(!polled.is_done());
        let longest = limit.unwrap_or(Duration::MAX).min(SECOND * 2 * 60 * 60);
        assert!(started.elapsed() <= longest && started.elapsed() + SECOND * 31 > longest);
        // It does not ask more often than is any use.
        assert!(platform.count() < 490, "{}", platform.count());
    }
}

#[tokio::test(start_paused = true)]
async fn closing_ends_it() {
    let platform = Repeating::new(vec![status("CREATED")]);
    let transport: Arc<dyn Transport> = Arc::<Repeating>::clone(&platform);
    let client = Client::with_transport(config(), transport).unwrap();
    let polling = client.merchant("1").payments().poll_until_final("p");
    let polling = tokio::spawn(polling.into_future());
    tokio::time::sleep(SECOND * 3).await;
    client.close();
    assert!(matches!(polling.await.unwrap(), Err(Error::Closed)));
}
