//! Idempotence keys that this SDK makes.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// A random UUID of version 4.
///
/// It comes from the keys that the standard library takes from the system for its hash maps. Process, time and a
/// counter go in as well, so that a process and its forks never make the same one.
pub(super) fn fresh() -> String {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let unique = (std::process::id(), since.as_nanos(), MADE.fetch_add(1, Ordering::Relaxed));
    let halves = [0_u8, 1].map(|half| RandomState::new().hash_one((unique, half)));
    uuid(halves)
}

fn uuid([high, low]: [u64; 2]) -> String {
    let high = (high & !0xf000) | 0x4000;
    let low = (low & (u64::MAX >> 2)) | (1 << 63);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn layout() {
        assert_eq!(uuid([0, 0]), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid([u64::MAX; 2]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(
            uuid([0x0123_4567_89ab_cdef, 0x0123_4567_89ab_cdef]),
            "01234567-89ab-4def-8123-456789abcdef"
        );
    }

    #[test]
    fn no_two_are_the_same() {
        let many = |_| std::thread::spawn(|| (0..1000).map(|_| fresh()).collect::<Vec<_>>());
        let threads: Vec<_> = (0..4).map(many).collect();
        let keys: HashSet<_> = threads.into_iter().flat_map(|it| it.join().unwrap()).collect();
        assert_eq!(keys.len(), 4000);
    }
}
