//! Time, which everything takes from outside.
//!
//! Real time is epoch milliseconds. Business time is real time plus the merchant's offset, which only a sandbox
//! moves, and only forward.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A second, in the unit that times are kept in.
pub const SECOND_MS: i64 = 1_000;
/// An hour.
pub const HOUR_MS: i64 = 3_600 * SECOND_MS;

/// Where real time comes from.
pub trait Clock: Send + Sync {
    /// Milliseconds since the epoch.
    fn now_ms(&self) -> i64;
}

/// The time zone that the platform prints times in.
static ZONE: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Europe/Amsterdam").unwrap_or(TimeZone::UTC));

/// A local time of the platform as `YYYYMMDDHH24MISS`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stamp(String);

impl Stamp {
    /// The stamp of a moment.
    pub fn at(now_ms: i64) -> Self {
        let local = Timestamp::from_millisecond(now_ms).unwrap_or_default().to_zoned(ZONE.clone());
        Self(local.strftime("%Y%m%d%H%M%S").to_string())
    }

    /// The stamp of the next change of an object that was last changed at this one.
    ///
    /// Clients order updates by comparing these texts, so it stays where it was while the local clock repeats an
    /// hour in autumn.
    pub fn next(&self, now_ms: i64) -> Self {
        Self::at(now_ms).max(self.clone())
    }

    /// The fourteen digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A moment as webhook envelopes print it: local time with milliseconds and an offset without a colon.
pub fn event_time(now_ms: i64) -> String {
    let local = Timestamp::from_millisecond(now_ms).unwrap_or_default().to_zoned(ZONE.clone());
    local.strftime("%Y-%m-%dT%H:%M:%S.%3f%z").to_string()
}

/// The month of a moment as years and months, for comparison with a card's expiry date.
pub fn year_and_month(now_ms: i64) -> (i16, i8) {
    let local = Timestamp::from_millisecond(now_ms).unwrap_or_default().to_zoned(ZONE.clone());
    (local.year(), local.month())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn stamps_are_local_time() {
        // Recorded from the vendor's sandbox: an answer of 12:53:49 GMT in January said 135349.
        assert_eq!(Stamp::at(ms("2019-01-17T12:53:49Z")).as_str(), "20190117135349");
        assert_eq!(Stamp::at(ms("2019-07-17T12:53:49Z")).as_str(), "20190717145349");
    }

    #[test]
    fn stamps_cross_both_clock_changes_without_running_backwards() {
        for start in ["2026-03-28T23:00:00Z", "2026-10-24T23:00:00Z"] {
            let start = ms(start);
            let mut stamp = Stamp::at(start);
            for minute in 1..300 {
                let next = stamp.next(start + minute * 60_000);
                assert!(next >= stamp, "{next:?} after {stamp:?}");
                stamp = next;
            }
            assert_eq!(stamp, Stamp::at(start + 299 * 60_000));
        }
        let before = Stamp::at(ms("2026-10-25T00:59:00Z"));
        assert_eq!(before.as_str(), "20261025025900");
        assert_eq!(before.next(ms("2026-10-25T01:01:00Z")), before);
    }

    #[test]
    fn event_times_have_milliseconds_and_no_colon_in_the_offset() {
        assert_eq!(event_time(ms("2017-09-14T15:14:39.688Z")), "2017-09-14T17:14:39.688+0200");
    }
}
