//! Asking again and again until something has happened.
//!
//! Webhooks tell the same without asking. Polling is for the while in which a consumer waits, and for those who have
//! no webhooks.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::time::Duration;

use florin_wire::connect::v1::types::{
    GetHostedCheckoutResponse, GetPaymentParams, HostedCheckoutStatus, PaymentResponse,
    PaymentStatus, PaymentStatusCategory, StatusCategory,
};
use tokio::time::{Instant, sleep};

use super::call::Call;
use super::error::Error;
use super::reply::Reply;
use super::v1::{Hostedcheckouts, Payments};
use crate::retry::RetryPolicy;

/// How long a hosted checkout lives.
const CHECKOUT_LIFE: Duration = Duration::from_secs(2 * 60 * 60);
/// No pause is shorter.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);

/// Asks the platform until something has happened or the time is over. Await it.
///
/// Pauses double from the first to the longest, and up to half of each is random. Failures that
/// [may be repeated](Error::is_retryable) do not end it.
#[must_use = "nothing is asked unless it is awaited"]
pub struct Polling<T> {
    ask: Box<dyn Fn() -> Call<T> + Send + Sync>,
    until: Box<dyn Fn(&T) -> bool + Send + Sync>,
    pauses: RetryPolicy,
    limit: Duration,
    longest_limit: Duration,
}

/// What came of polling.
#[derive(Clone, Debug)]
pub enum Polled<T> {
    /// It has happened.
    Done(T),
    /// It had not happened when the time was over. This is how it was when last seen; it may still happen.
    Open(T),
}

impl<T> Polled<T> {
    /// Whether it has happened.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    /// The last answer.
    pub fn last(&self) -> &T {
        let (Self::Done(last) | Self::Open(last)) = self;
        last
    }

    /// Takes the last answer.
    pub fn into_last(self) -> T {
        let (Self::Done(last) | Self::Open(last)) = self;
        last
    }
}

impl Payments {
    /// Asks for a payment until it [is final](PaymentStatus::is_final), for ten minutes at most.
    ///
    /// A payment that waits for you, in `PENDING_APPROVAL` say, and a card payment in `CAPTURE_REQUESTED`, which lasts
    /// until the next day, are not final. To learn how the consumer's attempt ended, ask for
    /// [`until_decided`](Polling::until_decided); for anything else say [`until`](Polling::until) what.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use florin::connect::Polled;
    /// # use florin::connect::{Client, Error};
    /// # async fn example(client: Client, payment_id: &str) -> Result<(), Error> {
    /// let payments = client.merchant("1226").payments();
    /// let polling =
    ///     payments.poll_until_final(payment_id).until_decided().limit(Duration::from_secs(60));
    /// match polling.await? {
    ///     Polled::Done(payment) => println!("it is {:?}", payment.status),
    ///     Polled::Open(payment) => println!("still {:?}", payment.status),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn poll_until_final(&self, payment_id: impl Into<String>) -> Polling<PaymentResponse> {
        let (payments, id) = (self.clone(), payment_id.into());
        Polling {
            ask: Box::new(move || payments.get(&id, &GetPaymentParams::default())),
            until: Box::new(is_final),
            pauses: pauses(Duration::from_secs(1), Duration::from_secs(30)),
            limit: Duration::from_secs(10 * 60),
            longest_limit: Duration::MAX,
        }
    }
}

impl Hostedcheckouts {
    /// Asks for a hosted checkout until the consumer has paid, failed or given up, for two hours at most, since it
    /// lives no longer.
    ///
    /// A payment that the consumer was redirected for does not count as made yet; one that was declined does, although
    /// the consumer may try again while the page is open. A checkout that has expired or was deleted is
    /// [`Error::Reference`]. That the consumer gave up is seen only when the checkout was made with
    /// `returnCancelState`.
    ///
    /// ```no_run
    /// # use florin::connect::{Client, Error};
    /// # async fn example(client: Client, checkout_id: &str) -> Result<(), Error> {
    /// let checkouts = client.merchant("1226").hostedcheckouts();
    /// let checkout = checkouts.poll_until_done(checkout_id).await?;
    /// println!("{:?}", checkout.last().status);
    /// # Ok(())
    /// # }
    /// ```
    pub fn poll_until_done(
        &self,
        hosted_checkout_id: impl Into<String>,
    ) -> Polling<GetHostedCheckoutResponse> {
        let (checkouts, id) = (self.clone(), hosted_checkout_id.into());
        Polling {
            ask: Box::new(move || checkouts.get(&id)),
            until: Box::new(is_over),
            pauses: pauses(Duration::from_secs(2), Duration::from_secs(30)),
            limit: CHECKOUT_LIFE,
            longest_limit: CHECKOUT_LIFE,
        }
    }
}

impl Polling<PaymentResponse> {
    /// Waits only until the consumer's part is over, as [`PaymentStatus::is_decided`] says.
    pub fn until_decided(self) -> Self {
        self.until(|payment| {
            is_final(payment) || payment.status.as_ref().is_some_and(PaymentStatus::is_decided)
        })
    }
}

impl<T: Reply> Polling<T> {
    /// Sets what is waited for.
    pub fn until(mut self, happened: impl Fn(&T) -> bool + Send + Sync + 'static) -> Self {
        self.until = Box::new(happened);
        self
    }

    /// Sets when to give up.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Sets the first pause.
    pub fn first_pause(mut self, pause: Duration) -> Self {
        self.pauses = self.pauses.first_pause(pause);
        self
    }

    /// Sets what pauses grow to at most.
    pub fn longest_pause(mut self, pause: Duration) -> Self {
        self.pauses = self.pauses.longest_pause(pause);
        self
    }

    /// The call that is made again and again.
    pub(super) fn ask(&self) -> Call<T> {
        (self.ask)()
    }

    async fn run(self) -> Result<Polled<T>, Error> {
        let deadline = Instant::now().checked_add(self.limit.min(self.longest_limit));
        let left =
            || deadline.map_or(Duration::MAX, |it| it.saturating_duration_since(Instant::now()));
        let mut seen = None;
        for turn in 0_u32.. {
            let failure = match self.ask().within(left()).await {
                Ok(answer) if (self.until)(&answer) => return Ok(Polled::Done(answer)),
                Ok(answer) => {
                    seen = Some(answer);
                    None
                }
                Err(error) if error.is_retryable() => Some(error),
                Err(error) => return Err(error),
            };
            let pause = self.pauses.pause(turn, None).unwrap_or_default().max(SHORTEST_PAUSE);
            if pause < left() {
                sleep(pause).await;
                continue;
            }
            return match (seen, failure) {
                (Some(answer), _) => Ok(Polled::Open(answer)),
                (None, Some(error)) => Err(error),
                (None, None) => Err(Error::Closed),
            };
        }
        Err(Error::Closed)
    }
}

impl<T: Reply> IntoFuture for Polling<T> {
    type Output = Result<Polled<T>, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<T> fmt::Debug for Polling<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Polling")
            .field("pauses", &self.pauses)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

fn pauses(first: Duration, longest: Duration) -> RetryPolicy {
    RetryPolicy::default().max_retries(u32::MAX).first_pause(first).longest_pause(longest)
}

/// A status that is not known is judged by its category.
fn is_final(payment: &PaymentResponse) -> bool {
    match &payment.status {
        Some(PaymentStatus::Unknown(_)) | None => {
            let category =
                payment.status_output.as_ref().and_then(|it| it.status_category.as_ref());
            category.is_some_and(StatusCategory::is_final)
        }
        Some(status) => status.is_final(),
    }
}

fn is_over(checkout: &GetHostedCheckoutResponse) -> bool {
    match &checkout.status {
        Some(HostedCheckoutStatus::PaymentCreated) => {
            let Some(output) = &checkout.created_payment_output else { return true };
            match output.payment.as_ref().and_then(|payment| payment.status.as_ref()) {
                // The consumer has been told how to pay.
                Some(PaymentStatus::PendingPayment) => true,
                Some(PaymentStatus::Unknown(_)) | None => matches!(
                    output.payment_status_category,
                    Some(PaymentStatusCategory::Successful | PaymentStatusCategory::Rejected)
                ),
                Some(status) => status.is_decided(),
            }
        }
        Some(
            HostedCheckoutStatus::CancelledByConsumer
            | HostedCheckoutStatus::ClientNotEligibleForSelectedPaymentProduct,
        ) => true,
        _ => false,
    }
}
