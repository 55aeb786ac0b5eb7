//! When a call is repeated, and after which pause.
//!
//! A call is repeated only where that cannot do harm:
//!
//! | attempt | repeated |
//! | --- | --- |
//! | never sent: no connection came about | always |
//! | no answer: it may have been processed | a GET, or a call whose idempotence key the operation honours |
//! | 429, 500, 502, 503, 504, or the first request with the same key still runs | as above |
//! | any other answer, and any decline | never |
//!
//! Each attempt is signed anew, with a `Date` of its own.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, SystemTime};

/// How often and how patiently calls are repeated.
///
/// ```
/// use std::time::Duration;
/// use florin::retry::RetryPolicy;
///
/// let policy = RetryPolicy::default().max_retries(4).longest_pause(Duration::from_secs(2));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    max_retries: u32,
    first_pause: Duration,
    longest_pause: Duration,
    longest_retry_after: Duration,
}

impl Default for RetryPolicy {
    /// Two retries, after about 0.2 s and 0.4 s.
    fn default() -> Self {
        Self {
            max_retries: 2,
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(5),
            longest_retry_after: Duration::from_secs(30),
        }
    }
}

impl RetryPolicy {
    /// Every call is made once.
    pub fn none() -> Self {
        Self::default().max_retries(0)
    }

    /// Sets how often a call is repeated after its first attempt. Default 2.
    pub fn max_retries(mut self, most: u32) -> Self {
        self.max_retries = most;
        self
    }

    /// Sets the pause before the first retry, which doubles for each further one. Half of each pause is random.
    /// Default 200 ms.
    pub fn first_pause(mut self, pause: Duration) -> Self {
        self.first_pause = pause;
        self
    }

    /// Sets what pauses grow to at most. Default 5 s.
    pub fn longest_pause(mut self, pause: Duration) -> Self {
        self.longest_pause = pause;
        self
    }

    /// Sets the longest `Retry-After` that is waited for. When the platform asks for more, the call fails at once.
    /// Default 30 s.
    pub fn longest_retry_after(mut self, pause: Duration) -> Self {
        self.longest_retry_after = pause;
        self
    }

    /// The pause before a retry, counted from 0, or none when there is to be no more. `retry_after` is what the
    /// platform asked for.
    pub(crate) fn pause(&self, retry: u32, retry_after: Option<Duration>) -> Option<Duration> {
        if retry >= self.max_retries || retry_after.is_some_and(|it| it > self.longest_retry_after)
        {
            return None;
        }
        let factor = 2_u32.checked_pow(retry).unwrap_or(u32::MAX);
        let longest = self.first_pause.saturating_mul(factor).min(self.longest_pause);
        let half = longest / 2;
        let pause = half.saturating_add(random_up_to(longest.saturating_sub(half)));
        Some(retry_after.map_or(pause, |asked| asked.max(pause)))
    }
}

/// What `Retry-After` asks for: seconds, or a date.
pub(crate) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

fn random_up_to(most: Duration) -> Duration {
    let most = u64::try_from(most.as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(random().checked_rem(most.saturating_add(1)).unwrap_or(0))
}

/// A number that is hard to guess, from the keys that the standard library draws for its hash maps. Good for pauses
/// and boundaries, not for keys.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn pauses_double_up_to_the_longest_and_are_half_random() {
        let policy = RetryPolicy::default().max_retries(70).longest_pause(MS(1000));
        for (retry, longest) in [(0, 200), (1, 400), (2, 800), (3, 1000), (4, 1000), (69, 1000)] {
            for _ in 0..100 {
                let pause = policy.pause(retry, None).unwrap();
                assert!(pause >= MS(longest / 2) && pause <= MS(longest), "{retry}: {pause:?}");
            }
        }
        assert_eq!(policy.pause(70, None), None);
        assert_eq!(RetryPolicy::none().pause(0, None), None);
    }

    #[test]
    fn the_platform_may_ask_for_more_but_not_for_too_much() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.pause(0, Some(MS(7000))), Some(MS(7000)));
        assert!(policy.pause(0, Some(MS(0))).unwrap() >= MS(100));
        assert_eq!(policy.pause(0, Some(MS(31_000))), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_678_785_993);
        assert_eq!(retry_after(" 3 ", now), Some(MS(3000)));
        assert_eq!(retry_after("Tue, 14 Mar 2023 09:26:53 GMT", now), Some(MS(20_000)));
        assert_eq!(retry_after("Tue, 14 Mar 2023 09:26:00 GMT", now), Some(MS(0)));
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("-1", now), None);
    }
}
