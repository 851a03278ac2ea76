//! Lines on their way to standard output. Who logs never waits for who reads the log: the lines
//! wait in a buffer, and a thread of their own writes them. What the buffer cannot take is lost, and
//! counted.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::form::Form;

/// Bytes of lines that wait at most: a reader may look away for a moment.
const MOST: usize = 4 << 20;
/// So much goes to a pipe as a whole or not at all, so that no end of the process cuts a line.
pub(super) const PIPE: usize = 4 << 10;
/// The same of a file, which takes what it is given.
pub(super) const FILE: usize = 64 << 10;
/// How long the end of the process waits for a reader.
const LAST: Duration = Duration::from_secs(1);
/// How long the thread rests after it has written, so that lines that come close together are written
/// together, and who logs need not wake it for each.
const REST: Duration = Duration::from_millis(10);

/// Where lines are put.
#[derive(Debug)]
pub(super) struct Queue(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    form: Form,
    waiting: Mutex<Waiting>,
    /// Something waits to be written.
    come: Condvar,
    /// All of it is written.
    gone: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    /// Bytes that are being written.
    taken: usize,
    /// Lines that are missing behind those that wait.
    lost: u64,
    /// The thread waits to be woken.
    is_asleep: bool,
}

/// Starts the thread that writes to `out`, at most `piece` bytes at once but for lines that are longer.
pub(super) fn start(
    out: impl Write + Send + 'static,
    (form, piece): (Form, usize),
) -> io::Result<Queue> {
    let (come, gone) = (Condvar::new(), Condvar::new());
    let shared = Arc::new(Shared { form, waiting: Mutex::default(), come, gone });
    let own = Arc::clone(&shared);
    thread::Builder::new().name("log".into()).spawn(move || own.write(out, piece))?;
    Ok(Queue(shared))
}

impl Queue {
    /// Waits, for a short time, until what was put there is written; says whether it is.
    pub(super) fn drain(&self) -> bool {
        let left = |waiting: &mut Waiting| !waiting.is_empty();
        let waited = self.0.gone.wait_timeout_while(self.0.waiting(), LAST, left);
        let (waiting, _) = waited.unwrap_or_else(PoisonError::into_inner);
        waiting.is_empty()
    }
}

/// A line comes as one piece.
impl Write for &Queue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.put(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.taken == 0 && self.lost == 0
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.lines.len().saturating_add(self.taken).saturating_add(bytes) <= MOST
    }

    /// Says how many lines are missing here, where any are.
    fn tell(&mut self, form: Form) {
        if self.lost > 0 {
            self.lines.extend_from_slice(form.missing(self.lost).as_bytes());
            self.lost = 0;
        }
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, line: &[u8]) {
        let mut waiting = self.waiting();
        if !waiting.has_room(line.len()) {
            waiting.lost = waiting.lost.saturating_add(1);
            return;
        }
        // What is missing stands where it is missing.
        waiting.tell(self.form);
        waiting.lines.extend_from_slice(line);
        if std::mem::take(&mut waiting.is_asleep) {
            drop(waiting);
            self.come.notify_one();
        }
    }

    /// Writes what waits, for as long as the process lives.
    fn write(&self, mut out: impl Write, piece: usize) {
        let mut lines = Vec::new();
        loop {
            let mut waiting = self.waiting();
            while waiting.is_empty() {
                waiting.is_asleep = true;
                waiting = self.come.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            }
            waiting.is_asleep = false;
            // Nobody may come any more who would say it.
            waiting.tell(self.form);
            std::mem::swap(&mut waiting.lines, &mut lines);
            waiting.taken = lines.len();
            drop(waiting);
            for piece in pieces(&lines, piece) {
                // There is no place to tell it where the log itself cannot be written.
                drop(out.write_all(piece).and_then(|()| out.flush()));
            }
            lines.clear();
            lines.shrink_to(FILE);
            self.waiting().taken = 0;
            self.gone.notify_all();
            thread::sleep(REST);
        }
    }
}

/// Lines, as many at once as are not longer together than so many bytes.
fn pieces(lines: &[u8], most: usize) -> impl Iterator<Item = &[u8]> {
    let is_end = |byte: &u8| *byte == b'\n';
    let mut rest = lines;
    std::iter::from_fn(move || {
        let within = rest.get(..most).unwrap_or(rest);
        let last = || within.iter().rposition(is_end);
        let end = last().or_else(|| rest.iter().position(is_end));
        let end = end.map_or(rest.len(), |at| at.saturating_add(1));
        let (piece, behind) = rest.split_at(end);
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_piece_cuts_a_line() {
        let of = |lines: &'static str| {
            let all = pieces(lines.as_bytes(), 6).map(|piece| std::str::from_utf8(piece).unwrap());
            all.collect::<Vec<_>>()
        };
        assert_eq!(of(""), [""; 0]);
        assert_eq!(of("a\nb\nc\nd\n"), ["a\nb\nc\n", "d\n"]);
        assert_eq!(of("a\nlonger than it\nb\n"), ["a\n", "longer than it\n", "b\n"]);
        assert_eq!(of("12345\n12345\n"), ["12345\n", "12345\n"]);
        assert_eq!(of("no end"), ["no end"]);
    }
}
