//! Time and chance of the machine, for whoever assembles a platform.

use std::time::{SystemTime, UNIX_EPOCH};

use florin_engine::clock::Clock;
use florin_engine::ids::Entropy;

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

/// The operating system's random source.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        match getrandom::fill(&mut bytes) {
            Ok(()) => bytes,
            // Guessable ids would be worse than a request that fails.
            Err(error) => panic!("the operating system gives no random bytes: {error}"),
        }
    }
}
