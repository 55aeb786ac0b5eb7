//! How errors print.
//!
//! **Invariant:** nothing printed here comes from a body but ids, codes, names of members and statuses. Messages of
//! the platform are left out, since they may repeat what was sent.

use std::fmt;

use florin_wire::connect::v1::types::ApiError;

use super::{Declined, DeclinedResult, Error, Failure};

const PLATFORM: &str = "the Worldline Global Collect platform returned";

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Validation(_) => write!(f, "{PLATFORM} an incorrect request error response")?,
            Self::Authorization(_) => write!(f, "{PLATFORM} an authorization error response")?,
            Self::Reference(_) => write!(f, "{PLATFORM} a reference error response")?,
            Self::Idempotence(_) => write!(f, "{PLATFORM} a duplicate request error response")?,
            Self::Platform(_) | Self::Api(_) => write!(f, "{PLATFORM} an error response")?,
            Self::Declined(declined) => return fmt::Display::fmt(declined, f),
            Self::NotFound(_) => f.write_str("the requested resource was not found")?,
            Self::Communication(failure) if failure.status().is_none() => {
                f.write_str("the platform could not be reached")?;
            }
            Self::Communication(_) => f.write_str("the answer does not come from the platform")?,
            Self::Malformed(_) => f.write_str("the answer is malformed")?,
            Self::Closed => f.write_str("the client is closed")?,
            Self::Local(error) => fmt::Display::fmt(error, f)?,
        }
        self.failure().map_or(Ok(()), |failure| details(failure, f))
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Local(error) => error.source(),
            _ => self.failure()?.source(),
        }
    }
}

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.result {
            DeclinedResult::Payment(_) => "payment",
            DeclinedResult::Payout(_) => "payout",
            DeclinedResult::Refund(_) => "refund",
        };
        match (self.id(), self.transaction_status()) {
            (None, None) => write!(f, "{PLATFORM} a declined {what} response")?,
            (id, status) => write!(
                f,
                "declined {what} '{}' with status '{}'",
                id.unwrap_or("?"),
                status.unwrap_or("?")
            )?,
        }
        details(&self.failure, f)
    }
}

impl fmt::Debug for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Declined")
            .field("id", &self.id())
            .field("transaction_status", &self.transaction_status())
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("status", &self.status())
            .field("error_id", &self.error_id())
            .field("errors", &self.errors().iter().map(Brief).collect::<Vec<_>>())
            .field("is_retryable", &self.is_retryable())
            .field("attempts", &self.attempts())
            .field("source", &self.source())
            .finish_non_exhaustive()
    }
}

fn details(failure: &Failure, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if let Some(status) = failure.status() {
        write!(f, "; statusCode={status}")?;
    }
    if let Some(id) = failure.error_id() {
        write!(f, "; errorId='{id}'")?;
    }
    for error in failure.errors() {
        write!(f, "; {}", Brief(error))?;
    }
    if failure.attempts().len() > 1 {
        write!(f, "; attempts={}", failure.attempts().len())?;
    }
    Ok(())
}

/// An error of the platform without its message.
struct Brief<'a>(&'a ApiError);

impl fmt::Display for Brief<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error {}", self.0.code.as_deref().unwrap_or("?"))?;
        if let Some(id) = &self.0.id {
            write!(f, " {id}")?;
        }
        if let Some(name) = &self.0.property_name {
            write!(f, " at {name}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Brief<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
