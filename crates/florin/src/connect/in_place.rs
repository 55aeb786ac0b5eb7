//! Calls that are waited for in place. What it is good for stands in [`crate::blocking`].

use std::fmt;
use std::future::IntoFuture;
use std::iter::FusedIterator;
use std::vec;

use super::call::Call;
use super::client::Client;
use super::error::{Error, LocalError};
use super::pages::{FindAll, Page};
use super::polling::{Polled, Polling};
use super::reply::Reply;
use crate::blocking::{Worker, WorkerError};

/// What can be sent and waited for in place. [`Call`]s and [`Polling`] can.
pub trait Blocking: IntoFuture + sealed::Sealed {
    /// What comes of it.
    type Answer;

    /// Sends it and waits for the answer.
    ///
    /// # Errors
    /// Those of awaiting it. [`Error::Local`] too, when it is sent from the thread that is to send it, or that thread
    /// cannot be started.
    fn send(self) -> Result<Self::Answer, Error>;
}

impl<T: Reply> Blocking for Call<T> {
    type Answer = T;

    fn send(self) -> Result<T, Error> {
        let pipeline = self.pipeline.clone();
        wait(&pipeline.worker, self)
    }
}

impl<T: Reply> Blocking for Polling<T> {
    type Answer = Polled<T>;

    fn send(self) -> Result<Polled<T>, Error> {
        let pipeline = self.ask().pipeline;
        wait(&pipeline.worker, self)
    }
}

impl Client {
    /// Waits in place for something that is awaited elsewhere: a call, its
    /// [`response`](Call::response), or an `async` block of several.
    ///
    /// ```no_run
    /// # use florin::connect::{Client, Error, types::*};
    /// # fn example(client: &Client) -> Result<(), Error> {
    /// let call = client.merchant("1226").tokens().get("token");
    /// let response = client.block_on(call.response())?;
    /// println!("{}", response.status());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of what is awaited, and those of [`Blocking::send`].
    pub fn block_on<T, F>(&self, future: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: IntoFuture<Output = Result<T, Error>, IntoFuture: Send + 'static>,
    {
        wait(&self.pipeline().worker, future)
    }
}

impl<P: Page> FindAll<P> {
    /// The items in an iterator that waits in place for each page.
    pub fn blocking(self) -> Items<P> {
        Items { rest: Some(self), page: Vec::new().into_iter() }
    }
}

/// What a search finds, waited for in place page by page. It ends after the first error.
pub struct Items<P: Page> {
    rest: Option<FindAll<P>>,
    page: vec::IntoIter<P::Item>,
}

impl<P: Page> Iterator for Items<P> {
    type Item = Result<P::Item, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(item) = self.page.next() {
            return Some(Ok(item));
        }
        let mut rest = self.rest.take()?;
        let pipeline = rest.ask().pipeline;
        let asked = wait(&pipeline.worker, async move {
            let page = rest.next_page().await?;
            Ok((rest, page))
        });
        match asked {
            Ok((rest, page)) => {
                self.page = page?.into_iter();
                self.rest = Some(rest);
                self.page.next().map(Ok)
            }
            Err(error) => Some(Err(error)),
        }
    }
}

impl<P: Page> FusedIterator for Items<P> {}

impl<P: Page> fmt::Debug for Items<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("rest", &self.rest).finish_non_exhaustive()
    }
}

fn wait<T, F>(worker: &Worker, future: F) -> Result<T, Error>
where
    T: Send + 'static,
    F: IntoFuture<Output = Result<T, Error>, IntoFuture: Send + 'static>,
{
    worker.run(future.into_future())?
}

impl From<WorkerError> for Error {
    fn from(error: WorkerError) -> Self {
        LocalError::because("the call cannot be waited for in place", error).into()
    }
}

mod sealed {
    use crate::connect::{Call, Polling};

    pub trait Sealed {}

    impl<T> Sealed for Call<T> {}

    impl<T> Sealed for Polling<T> {}
}
