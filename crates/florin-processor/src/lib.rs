//! Who authorises: the issuer simulator, behind the one trait that a connector to a real acquirer will implement too.
//!
//! **Invariant:** card data is here only in flight. Nothing in this crate keeps, logs or prints what an
//! [`Authorisation`] holds; the card numbers of the simulator's rules are test cards, and are not printed either.

mod simulator;

use std::pin::Pin;

use florin_engine::authorisation::{Authorisation, Outcome};

pub use simulator::{RulesError, Simulator};

/// A future that a trait object can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Whoever decides on authorisations.
pub trait Processor: Send + Sync {
    /// Decides on an authorisation. A refusal is an [`Outcome`]; an error means that there is no answer.
    fn authorise<'a>(
        &'a self,
        authorisation: &'a Authorisation,
    ) -> BoxFuture<'a, Result<Outcome, ProcessorError>>;

    /// What became of an authorisation whose answer was lost, by its reference.
    fn inquire<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, Result<Inquiry, ProcessorError>>;

    /// Where the decision is made.
    fn nature(&self) -> Nature;
}

/// Where decisions are made, which says how careful a caller must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// In this process, without an effect elsewhere: an authorisation that was not committed never was.
    Local,
    /// Elsewhere: the intention has to be durable before the call, and a lost answer has to be inquired after.
    Remote,
}

/// What a processor knows of an earlier authorisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inquiry {
    /// It never saw it, or does not remember.
    Unknown,
    /// It decided so.
    Known(Outcome),
}

/// No answer to an authorisation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessorError {
    /// Nothing was sent: the authorisation does not exist, and another try is safe.
    #[error("the processor could not be reached: {0}")]
    NotSent(String),
    /// It was sent and not answered: whether it was authorised is unknown until an inquiry says so.
    #[error("the processor did not answer: {0}")]
    NoAnswer(String),
}
