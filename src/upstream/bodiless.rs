//! Where an answer ends that has no body by its nature: that to `HEAD`, a 204, a 304. What a backend
//! sends behind it, such as the body all the same, would be read as the answer to the next request of
//! the connection. It reads no header, and looks at no other answer.

/// Heads that say that an answer will come (1xx), before it does; more are no answer.
const MOST: u32 = 100;

/// As many bytes of the first line as say the version and the status: `HTTP/1.1 204`.
const LINE: usize = 12;

/// How far the answer to the last request of a connection is.
#[derive(Debug, Default)]
pub(super) struct Answer {
    to_head: bool,
    /// Of the first line of its head, so many bytes.
    begun: ([u8; LINE], usize),
    /// Nothing has come since the last end of a line.
    at_line: bool,
    /// Heads before it.
    early: u32,
    at: At,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    Head,
    /// Whoever reads it knows where it ends.
    Body,
    /// Nothing may come any more.
    End,
}

impl Answer {
    /// That to another request.
    pub(super) fn to(head: bool) -> Self {
        Self { to_head: head, ..Self::default() }
    }

    /// How many of the bytes that came are of the answer.
    pub(super) fn came(&mut self, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        while self.at == At::Head && !rest.is_empty() {
            let end = rest
                .iter()
                .position(|byte| *byte == b'\n')
                .map_or(rest.len(), |at| at.saturating_add(1));
            let (line, behind) = rest.split_at(end);
            self.line(line);
            rest = behind;
        }
        if self.at == At::End { bytes.len().saturating_sub(rest.len()) } else { bytes.len() }
    }

    /// A line of a head, or a piece of one.
    fn line(&mut self, mut line: &[u8]) {
        let (begun, known) = &mut self.begun;
        if *known == 0 {
            // Line ends before a head are none.
            let first = line.iter().position(|byte| !matches!(byte, b'\r' | b'\n'));
            line = line.get(first.unwrap_or(line.len())..).unwrap_or_default();
        }
        let room = begun.get_mut(*known..).unwrap_or_default();
        for (to, from) in room.iter_mut().zip(line) {
            *to = *from;
            *known = known.saturating_add(1);
        }
        let status = begun.get(..*known).and_then(|begun| begun.get(9..)).unwrap_or_default();
        let ends_early = matches!(status, [b'1', ..] | b"204" | b"304") || self.to_head;
        if status.len() == 3 && !ends_early {
            // Nothing that may follow is its end.
            self.at = At::Body;
            return;
        }
        let Some((last, text)) = line.split_last() else { return };
        let text = if *last == b'\n' { text } else { line };
        self.at_line &= text.iter().all(|byte| *byte == b'\r');
        if *last != b'\n' || !std::mem::replace(&mut self.at_line, true) {
            return;
        }
        self.at = match status {
            b"101" => At::Body,
            // Another head comes behind it, but not for ever.
            [b'1', ..] if self.early < MOST => {
                self.early = self.early.saturating_add(1);
                At::Head
            }
            [b'1', ..] | b"204" | b"304" => At::End,
            _ if self.to_head => At::End,
            _ => At::Body,
        };
        *known = 0;
        self.at_line = false;
    }
}

#[cfg(test)]
mod tests {
    use super::Answer;

    /// How much of what came is of the answer, whole and byte by byte.
    fn taken(to_head: bool, came: &str) -> usize {
        let (mut whole, mut pieces) = (Answer::to(to_head), Answer::to(to_head));
        let taken = whole.came(came.as_bytes());
        assert_eq!(came.bytes().map(|byte| pieces.came(&[byte])).sum::<usize>(), taken, "{came}");
        taken
    }

    #[test]
    fn only_what_has_no_body_ends_with_its_head() {
        let body = "HTTP/1.1 200 OK\r\n\r\n";
        for (to_head, head, ends) in [
            (false, "HTTP/1.1 204 No Content\r\nx: y\r\n\r\n", true),
            (false, "HTTP/1.1 304\n\n", true),
            (true, "HTTP/1.0 200 OK\r\ncontent-length: 9\r\n\r\n", true),
            (true, "\r\nHTTP/1.1 404 \r\nx: 1\r\n\r\n", true),
            (false, "HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 204 \r\n\r\n", true),
            (true, "HTTP/1.1 100 \r\n\r\nHTTP/1.1 200 \r\n\r\n", true),
            (false, "HTTP/1.1 200 OK\r\nx: 204\r\n\r\n", false),
            (false, "HTTP/1.1 101 Switching\r\n\r\nHTTP/1.1 204 \r\n\r\n", false),
            (false, "x\n\n", false),
        ] {
            let all = format!("{head}{body}");
            let expected = if ends { head.len() } else { all.len() };
            assert_eq!(taken(to_head, &all), expected, "{head}");
        }
    }

    #[test]
    fn heads_before_an_answer_come_to_an_end() {
        let (early, head) = ("HTTP/1.1 103 Hints\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nbody");
        let all = |heads| early.repeat(heads) + head;
        assert_eq!(taken(false, &all(100)), all(100).len());
        assert_eq!(taken(false, &all(102)), early.len() * 101);
    }

    #[test]
    fn nothing_is_of_an_answer_behind_its_end() {
        let mut answer = Answer::to(true);
        let head = b"HTTP/1.1 200 OK\r\n\r\n";
        assert_eq!(answer.came(&[&head[..], b"x"].concat()), head.len());
        assert_eq!(answer.came(b"more"), 0);
    }
}
