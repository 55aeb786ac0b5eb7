//! A bounded queue between async callers and the store's threads.
//!
//! **Invariant:** it never holds more than its bounds, and what was pushed before [`Queue::close`] is still taken.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Many producers that never wait, any number of consumers that do.
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
    max_items: usize,
    max_bytes: usize,
}

struct State<T> {
    items: VecDeque<(T, usize)>,
    bytes: usize,
    sleepers: usize,
    closed: bool,
}

/// Why an item was not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Full,
    Closed,
}

impl<T> Queue<T> {
    pub(super) fn new(max_items: usize, max_bytes: usize) -> Self {
        let state = State { items: VecDeque::new(), bytes: 0, sleepers: 0, closed: false };
        Self { state: Mutex::new(state), filled: Condvar::new(), max_items, max_bytes }
    }

    /// Adds an item that weighs `bytes`. A single item is never too heavy for an empty queue.
    pub(super) fn push(&self, item: T, bytes: usize) -> Result<(), Refused> {
        let state = self.lock();
        if state.closed {
            return Err(Refused::Closed);
        }
        let heavy = !state.items.is_empty() && state.bytes + bytes > self.max_bytes;
        if state.items.len() >= self.max_items || heavy {
            return Err(Refused::Full);
        }
        self.add(state, item, bytes);
        Ok(())
    }

    /// Adds an item past the bounds: for the store's own few control messages.
    pub(super) fn push_control(&self, item: T) -> Result<(), Refused> {
        let state = self.lock();
        if state.closed {
            return Err(Refused::Closed);
        }
        self.add(state, item, 0);
        Ok(())
    }

    fn add(&self, mut state: MutexGuard<'_, State<T>>, item: T, bytes: usize) {
        state.bytes += bytes;
        state.items.push_back((item, bytes));
        let wake = state.sleepers > 0;
        drop(state);
        if wake {
            self.filled.notify_one();
        }
    }

    /// Waits for items and moves what is there, within the bounds, to the end of `into`.
    /// `false`: the queue is closed and empty.
    pub(super) fn take(&self, into: &mut Vec<T>, max_items: usize, max_bytes: usize) -> bool {
        let mut state = self.lock();
        while state.items.is_empty() {
            if state.closed {
                return false;
            }
            state.sleepers += 1;
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.sleepers -= 1;
        }
        let mut taken = 0;
        for _ in 0..max_items {
            let Some((item, bytes)) = state.items.pop_front() else { break };
            state.bytes -= bytes;
            taken += bytes;
            into.push(item);
            if taken >= max_bytes {
                break;
            }
        }
        true
    }

    /// Refuses further items and wakes every consumer.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
    }

    pub(super) fn len(&self) -> usize {
        self.lock().items.len()
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_items_and_bytes_but_admits_one_heavy_item() {
        let queue = Queue::new(2, 10);
        assert_eq!(queue.push('a', 99), Ok(()));
        assert_eq!(queue.push('b', 1), Err(Refused::Full));
        assert_eq!(queue.push_control('c'), Ok(()));
        assert_eq!(queue.push('d', 0), Err(Refused::Full));
        let mut taken = Vec::new();
        assert!(queue.take(&mut taken, 9, 99));
        assert_eq!(taken, ['a']);
    }

    #[test]
    fn closing_keeps_what_was_queued() {
        let queue = Queue::new(2, 10);
        queue.push('a', 0).unwrap();
        queue.close();
        assert_eq!(queue.push('b', 0), Err(Refused::Closed));
        let mut taken = Vec::new();
        assert!(queue.take(&mut taken, 9, 9));
        assert!(!queue.take(&mut taken, 9, 9));
    }
}
