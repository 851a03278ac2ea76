//! Lines on their way to standard output. Who logs never waits for who reads the log: the lines
//! wait in a queue, and a thread of their own writes them. What the queue cannot take is lost, and
//! counted.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use super::form::Form;

/// Lines that wait at most: a reader may look away for a moment.
const LINES: usize = 8 << 10;
/// So much goes to a pipe as a whole or not at all, so that no end of the process cuts a line.
const PIECE: usize = 4 << 10;
/// How long the end of the process waits for a reader.
const LAST: Duration = Duration::from_secs(1);
/// How long one waits before one asks again whether there is room.
const BREATH: Duration = Duration::from_millis(5);
/// How long the thread rests after it has written, so that lines that come close together are written
/// together, and who logs need not wake it for each.
const REST: Duration = Duration::from_millis(2);

enum Entry {
    Line(Vec<u8>),
    /// So many lines are missing here.
    Lost(u64),
    /// Everything before it is written when this is dropped.
    End(SyncSender<()>),
}

/// Where lines are put.
#[derive(Debug)]
pub(super) struct Queue {
    entries: SyncSender<Entry>,
    lost: Arc<AtomicU64>,
}

/// Starts the thread that writes to `out`.
pub(super) fn start(out: impl Write + Send + 'static, form: Form) -> io::Result<Queue> {
    let (entries, queued) = sync_channel(LINES);
    let lost = Arc::new(AtomicU64::new(0));
    let missing = Arc::clone(&lost);
    thread::Builder::new()
        .name("log".into())
        .spawn(move || write(&queued, &missing, (out, form)))?;
    Ok(Queue { entries, lost })
}

impl Queue {
    fn put(&self, line: &[u8]) {
        // What is missing stands where it is missing.
        let missing = self.lost.swap(0, Ordering::Relaxed);
        if missing > 0 && self.entries.try_send(Entry::Lost(missing)).is_err() {
            self.lost.fetch_add(missing.saturating_add(1), Ordering::Relaxed);
        } else if self.entries.try_send(Entry::Line(line.to_vec())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits, for a short time, until what was put there is written; says whether it is.
    pub(super) fn drain(&self) -> bool {
        let mut rest = LAST;
        let (told, written) = sync_channel(1);
        let mut entry = Entry::End(told);
        loop {
            entry = match self.entries.try_send(entry) {
                Ok(()) => break,
                Err(TrySendError::Full(entry)) if !rest.is_zero() => entry,
                Err(_) => return false,
            };
            thread::sleep(BREATH);
            rest = rest.saturating_sub(BREATH);
        }
        written.recv_timeout(rest) != Err(RecvTimeoutError::Timeout)
    }
}

/// A line comes as one piece.
impl Write for &Queue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.put(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes what is queued, for as long as the process lives.
fn write(queued: &Receiver<Entry>, lost: &AtomicU64, (out, form): (impl Write, Form)) {
    let mut pieces = Pieces { begun: Vec::with_capacity(PIECE), out };
    while let Ok(first) = queued.recv() {
        let mut next = Some(first);
        while let Some(entry) = next {
            let told = match entry {
                Entry::Line(line) => {
                    pieces.add(&line);
                    None
                }
                Entry::Lost(lines) => {
                    pieces.add(form.missing(lines).as_bytes());
                    None
                }
                Entry::End(told) => Some(told),
            };
            next = queued.try_recv().ok();
            if next.is_none() || told.is_some() {
                // Nobody may come any more who would say it.
                let lines = lost.swap(0, Ordering::Relaxed);
                if lines > 0 {
                    pieces.add(form.missing(lines).as_bytes());
                }
                pieces.write();
            }
            drop(told);
        }
        thread::sleep(REST);
    }
}

/// Lines that are written together.
struct Pieces<W> {
    begun: Vec<u8>,
    out: W,
}

impl<W: Write> Pieces<W> {
    fn add(&mut self, line: &[u8]) {
        if self.begun.len().saturating_add(line.len()) > PIECE {
            self.write();
        }
        self.begun.extend_from_slice(line);
    }

    fn write(&mut self) {
        // There is no place to tell it where the log itself cannot be written.
        drop(self.out.write_all(&self.begun).and_then(|()| self.out.flush()));
        self.begun.clear();
    }
}
