//! Searches that are read page by page.

use std::pin::{Pin, pin};
use std::task::Poll;

use futures_core::Stream as _;

use super::*;
use crate::connect::types::*;
use crate::connect::{Error, FindAll};

/// Has so many payments, and gives so many on a page at most, whatever is asked.
struct Shelf {
    payments: usize,
    most: usize,
    says_total: bool,
    requests: Mutex<Vec<String>>,
}

impl Shelf {
    fn of(payments: usize, most: usize, says_total: bool) -> Arc<Self> {
        Arc::new(Self { payments, most, says_total, requests: Mutex::default() })
    }

    fn queries(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Transport for Shelf {
    fn send(&self, request: Request) -> Sending<'_> {
        let query = request.url().split_once('?').unwrap().1.to_owned();
        let number = |name: &str| {
            let value = query.split('&').find_map(|pair| pair.strip_prefix(name));
            value.unwrap().parse::<usize>().unwrap()
        };
        let start = number("offset=").min(self.payments);
        let end = (start + number("limit=").min(self.most)).min(self.payments);
        self.requests.lock().unwrap().push(query);
        let items = (start..end).map(|at| Payment::default().id(at.to_string()));
        let mut page = FindPaymentsResponse::default().payments(items.collect::<Vec<_>>());
        if self.says_total {
            page = page.total_count(i32::try_from(self.payments).unwrap());
        }
        let body = serde_json::to_vec(&page).unwrap();
        Box::pin(async move {
            tokio::task::yield_now().await;
            Ok(Response::new(200).header("Content-Type", "application/json").body(body))
        })
    }
}

fn found(shelf: &Arc<Shelf>, query: &FindPaymentsParams) -> FindAll<FindPaymentsResponse> {
    let transport: Arc<dyn Transport> = Arc::<Shelf>::clone(shelf);
    Client::with_transport(config(), transport).unwrap().merchant("1").payments().find_all(query)
}

async fn ids(mut all: FindAll<FindPaymentsResponse>) -> Vec<usize> {
    let mut ids = Vec::new();
    while let Some(payment) = all.next().await {
        ids.push(payment.unwrap().id.unwrap().parse().unwrap());
    }
    assert!(all.next().await.is_none());
    ids
}

#[tokio::test]
async fn every_item_comes_once() {
    for (payments, most, limit, says_total, pages) in [
        (0, 100, None, true, 1),
        (1, 100, None, true, 1),
        (100, 100, None, true, 1),
        (100, 100, None, false, 2),
        (250, 100, None, true, 3),
        (250, 100, None, false, 3),
        (25, 100, Some(10), true, 3),
        (20, 100, Some(10), true, 2),
        (20, 100, Some(10), false, 3),
        (250, 100, Some(1000), true, 3),
        (3, 100, Some(0), true, 3),
        (3, 100, Some(-5), true, 3),
        // Gives less than it was asked for.
        (25, 10, None, true, 3),
    ] {
        let shelf = Shelf::of(payments, most, says_total);
        let mut query = FindPaymentsParams::default();
        query.limit = limit;
        let read = ids(found(&shelf, &query)).await;
        assert_eq!(read, (0..payments).collect::<Vec<_>>());
        assert_eq!(shelf.queries().len(), pages, "{payments} {most} {limit:?} {says_total}");
    }
}

#[tokio::test]
async fn the_query_is_kept_and_pages_follow_each_other() {
    let shelf = Shelf::of(12, 100, true);
    let query = FindPaymentsParams::default().merchant_reference("a b").offset(5).limit(4);
    let all = found(&shelf, &query);
    assert_eq!(shelf.queries().len(), 0);
    assert_eq!(ids(all).await, (5..12).collect::<Vec<_>>());
    assert_eq!(
        shelf.queries(),
        ["merchantReference=a%20b&offset=5&limit=4", "merchantReference=a%20b&offset=9&limit=4"]
    );
}

#[tokio::test]
async fn page_by_page_and_as_a_stream() {
    let shelf = Shelf::of(25, 100, true);
    let mut all = found(&shelf, &FindPaymentsParams::default().limit(10));
    assert_eq!(all.total_count(), None);
    assert_eq!(all.next_page().await.unwrap().unwrap().len(), 10);
    assert_eq!(all.total_count(), Some(25));
    let item = {
        let mut stream = pin!(&mut all);
        std::future::poll_fn(|cx| stream.as_mut().poll_next(cx)).await
    };
    assert_eq!(item.unwrap().unwrap().id.as_deref(), Some("10"));
    // What is left of the page, and the last one.
    assert_eq!(all.next_page().await.unwrap().unwrap().len(), 9);
    assert_eq!(all.next_page().await.unwrap().unwrap().len(), 5);
    assert_eq!(all.next_page().await.unwrap(), None);
    assert!(all.next().await.is_none());
    assert_eq!(shelf.queries().len(), 3);
}

#[tokio::test]
async fn giving_up_on_a_page_loses_nothing() {
    let shelf = Shelf::of(3, 100, true);
    let mut all = found(&shelf, &FindPaymentsParams::default());
    {
        let mut next: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(all.next());
        let polled = std::future::poll_fn(|cx| Poll::Ready(next.as_mut().poll(cx))).await;
        assert!(polled.is_pending());
    }
    assert_eq!(ids(all).await, [0, 1, 2]);
    assert_eq!(shelf.queries().len(), 1);
}

#[tokio::test]
async fn an_error_ends_the_stream_but_a_page_may_be_asked_for_again() {
    let page = || json(200, r#"{"refunds":[{"id":"r"}],"totalCount":2}"#);
    let player = Player::playing([page(), json(403, "{}"), page(), page()]);
    let refunds = client(config(), &player).merchant("1").refunds();
    let mut all = refunds.find_all(&FindRefundsParams::default().limit(1));
    assert_eq!(all.next_page().await.unwrap().unwrap().len(), 1);
    assert!(matches!(all.next_page().await, Err(Error::Authorization(_))));
    assert_eq!(all.next_page().await.unwrap().unwrap()[0].id.as_deref(), Some("r"));
    assert_eq!(all.next_page().await.unwrap(), None);
    assert_eq!(player.requests()[1].url(), player.requests()[2].url());

    let player = Player::playing([json(403, "{}")]);
    let payouts = client(config(), &player).merchant("1").payouts();
    let mut all = payouts.find_all(&FindPayoutsParams::default());
    assert!(all.next().await.unwrap().is_err());
    assert!(all.next().await.is_none());
}
