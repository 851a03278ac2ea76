//! How much of a body has gone through, and how it ended. It measures no time.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// Counts the bytes of a body and remembers how it ended.
#[derive(Debug, Default)]
pub struct Meter {
    bytes: AtomicU64,
    end: AtomicU8,
}

/// How a body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It did not, yet.
    Open,
    /// As it should.
    Complete,
    /// It broke off.
    Broken,
    /// It broke the protocol.
    Garbled,
    /// It was too slow.
    TooSlow,
}

impl Meter {
    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// How it ended.
    pub fn end(&self) -> End {
        match self.end.load(Ordering::Relaxed) {
            0 => End::Open,
            1 => End::Complete,
            2 => End::Broken,
            4 => End::Garbled,
            _ => End::TooSlow,
        }
    }

    /// Says how it ended.
    pub fn finish(&self, end: End) {
        let code = match end {
            End::Open => 0,
            End::Complete => 1,
            End::Broken => 2,
            End::TooSlow => 3,
            End::Garbled => 4,
        };
        self.end.store(code, Ordering::Relaxed);
    }

    pub(super) fn count(&self, bytes: usize) {
        self.bytes.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}
