//! Who authorises: the issuer simulator in a sandbox, and nobody in live mode until there is a connector.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use florin_engine::authorisation::{Authorisation, Outcome};
use florin_processor::{BoxFuture, Inquiry, Nature, Processor, ProcessorError, Simulator};
use florin_server::Mode;

/// The processor of a mode.
pub(crate) fn of(mode: Mode, rules: Option<&Path>) -> Result<Arc<dyn Processor>> {
    match (mode, rules) {
        (Mode::Live, Some(_)) => bail!("live mode simulates nothing: it takes no simulator rules"),
        (Mode::Live, None) => Ok(Arc::new(Nobody)),
        (Mode::Sandbox, None) => Ok(Arc::new(Simulator::new()?)),
        (Mode::Sandbox, Some(path)) => {
            let read = || anyhow::Ok(Simulator::with_rules(&std::fs::read_to_string(path)?)?);
            Ok(Arc::new(read().with_context(|| path.display().to_string())?))
        }
    }
}

/// Authorises nothing. Live mode starts with no merchants only, so nobody asks it.
struct Nobody;

impl Nobody {
    fn refusal() -> ProcessorError {
        ProcessorError::NotSent("there is no processor".to_owned())
    }
}

impl Processor for Nobody {
    fn authorise<'a>(
        &'a self,
        _authorisation: &'a Authorisation,
    ) -> BoxFuture<'a, Result<Outcome, ProcessorError>> {
        Box::pin(std::future::ready(Err(Self::refusal())))
    }

    fn inquire<'a>(
        &'a self,
        _reference: &'a str,
    ) -> BoxFuture<'a, Result<Inquiry, ProcessorError>> {
        Box::pin(std::future::ready(Err(Self::refusal())))
    }

    fn nature(&self) -> Nature {
        Nature::Remote
    }
}
