//! Searches whose answer comes in pages, as one sequence.
//!
//! **Invariant:** every page is asked for behind what was read before, so a search ends, whatever the platform says.

use std::fmt;
use std::future::{IntoFuture as _, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use florin_wire::connect::v1::types::{
    FindPaymentsParams, FindPaymentsResponse, FindPayoutsParams, FindPayoutsResponse,
    FindRefundsParams, FindRefundsResponse, Payment, PayoutResult, RefundResult,
};
use futures_core::Stream;

use super::call::Call;
use super::error::Error;
use super::reply::Reply;
use super::v1::{Payments, Payouts, Refunds};

/// The most that the platform puts on a page.
const LARGEST_PAGE: i32 = 100;

/// Everything that a search finds, asked for page by page as it is read.
///
/// It is a [`Stream`] of items, for the combinators of the `futures` crate; without that crate read it with
/// [`next`](Self::next), or page by page with [`next_page`](Self::next_page). It ends after the first error.
///
/// What is made or removed while a search is read moves the pages: an item may then come twice, or not at all.
///
/// ```no_run
/// # use florin::connect::{Client, Error, types::*};
/// # async fn example(client: Client) -> Result<(), Error> {
/// let query = FindPaymentsParams::default().merchant_reference("order 5391");
/// let mut found = client.merchant("1226").payments().find_all(&query);
/// while let Some(payment) = found.next().await {
///     println!("{:?}", payment?.status);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "a search asks for nothing until it is read"]
pub struct FindAll<P: Page> {
    find: Find<P>,
    query: P::Query,
    page_size: i32,
    /// Where the next page starts, unless there is none.
    offset: Option<i32>,
    total_count: Option<i32>,
    items: vec::IntoIter<P::Item>,
    asking: Option<Asking<P>>,
}

type Find<P> = Box<dyn Fn(&<P as Page>::Query) -> Call<P> + Send + Sync>;
type Asking<P> = Pin<Box<dyn Future<Output = Result<P, Error>> + Send>>;

/// A page of what a search finds. Only answers of this API are pages.
pub trait Page: Reply {
    /// What is found.
    type Item: Send + Unpin;
    /// What is searched for.
    type Query: Clone + Send + Unpin;

    #[doc(hidden)]
    fn range(query: &mut Self::Query) -> (&mut Option<i32>, &mut Option<i32>);

    #[doc(hidden)]
    fn into_parts(self) -> (Vec<Self::Item>, Option<i32>);
}

macro_rules! pages {
    ($($group:ident: $query:ident => $page:ident { $items:ident: $item:ident }, $what:literal;)*) => {$(
        impl Page for $page {
            type Item = $item;
            type Query = $query;

            fn range(query: &mut $query) -> (&mut Option<i32>, &mut Option<i32>) {
                (&mut query.offset, &mut query.limit)
            }

            fn into_parts(self) -> (Vec<$item>, Option<i32>) {
                (self.$items.unwrap_or_default(), self.total_count)
            }
        }

        impl $group {
            #[doc = concat!("Finds all ", $what, " that match, from the `offset` of the query on, in pages of its")]
            /// `limit`; without one they are as large as can be, which is 100.
            pub fn find_all(&self, query: &$query) -> FindAll<$page> {
                let group = self.clone();
                FindAll::new(query.clone(), move |query| group.find(query))
            }
        }
    )*};
}

pages! {
    Payments: FindPaymentsParams => FindPaymentsResponse { payments: Payment }, "payments";
    Payouts: FindPayoutsParams => FindPayoutsResponse { payouts: PayoutResult }, "payouts";
    Refunds: FindRefundsParams => FindRefundsResponse { refunds: RefundResult }, "refunds";
}

impl<P: Page> FindAll<P> {
    fn new(
        mut query: P::Query,
        find: impl Fn(&P::Query) -> Call<P> + Send + Sync + 'static,
    ) -> Self {
        let (offset, limit) = P::range(&mut query);
        Self {
            find: Box::new(find),
            page_size: limit.unwrap_or(LARGEST_PAGE).clamp(1, LARGEST_PAGE),
            offset: Some(offset.unwrap_or(0).max(0)),
            query,
            total_count: None,
            items: Vec::new().into_iter(),
            asking: None,
        }
    }

    /// The next item, or nothing when there are no more.
    pub async fn next(&mut self) -> Option<Result<P::Item, Error>> {
        poll_fn(|cx| self.poll_item(cx)).await
    }

    /// The next page, or what is left of one; nothing when there are no more. After an error the same page may be
    /// asked for again.
    ///
    /// # Errors
    /// Those of the call that finds.
    pub async fn next_page(&mut self) -> Result<Option<Vec<P::Item>>, Error> {
        if self.items.len() == 0 {
            poll_fn(|cx| self.poll_page(cx)).await?;
        }
        let items: Vec<_> = std::mem::take(&mut self.items).collect();
        Ok((!items.is_empty()).then_some(items))
    }

    /// How many there are in all, as the last page said. Unknown before the first.
    pub fn total_count(&self) -> Option<i32> {
        self.total_count
    }

    /// The call for the next page.
    #[cfg(feature = "blocking")]
    pub(super) fn ask(&self) -> Call<P> {
        (self.find)(&self.query)
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<P::Item, Error>>> {
        if self.items.len() == 0
            && let Err(error) = ready!(self.poll_page(cx))
        {
            self.offset = None;
            return Poll::Ready(Some(Err(error)));
        }
        Poll::Ready(self.items.next().map(Ok))
    }

    /// Reads the next page. There are no items afterwards when there is none.
    fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let Some(start) = self.offset else { return Poll::Ready(Ok(())) };
        let (find, query, size) = (&self.find, &mut self.query, self.page_size);
        let asking = self.asking.get_or_insert_with(|| {
            let (offset, limit) = P::range(query);
            (*offset, *limit) = (Some(start), Some(size));
            find(query).into_future()
        });
        let page = ready!(asking.as_mut().poll(cx));
        self.asking = None;
        let (items, total_count) = page?.into_parts();
        self.total_count = total_count;
        let count = i32::try_from(items.len()).unwrap_or(i32::MAX);
        let end = start.saturating_add(count);
        let is_last = count == 0
            || end == i32::MAX
            || total_count.map_or(count < size, |total_count| end >= total_count);
        self.offset = (!is_last).then_some(end);
        self.items = items.into_iter();
        Poll::Ready(Ok(()))
    }
}

impl<P: Page> Stream for FindAll<P> {
    type Item = Result<P::Item, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_item(cx)
    }
}

impl<P: Page> fmt::Debug for FindAll<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FindAll")
            .field("offset", &self.offset)
            .field("page_size", &self.page_size)
            .field("total_count", &self.total_count)
            .finish_non_exhaustive()
    }
}
