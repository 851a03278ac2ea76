//! Where an answer ends that has no body by its nature: that to `HEAD`, a 204, a 304. What a backend
//! sends behind it, such as the body all the same, would be read as the answer to the next request of
//! the connection. It reads no header, and looks at no other answer.

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
    /// Notes what is written: where a request begins, so does an answer.
    pub(super) fn asked(&mut self, bytes: &[u8]) {
        let method = bytes.iter().take_while(|b| b.is_ascii_uppercase()).count();
        // Pieces of bodies mostly begin otherwise; where one does not, an answer has begun already, and
        // is not whole before that body is.
        if method > 0 && bytes.get(method..).is_some_and(|rest| rest.starts_with(b" /")) {
            *self = Self { to_head: bytes.starts_with(b"HEAD "), ..Self::default() };
        }
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
            // Another head comes behind it.
            [b'1', ..] => At::Head,
            b"204" | b"304" => At::End,
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
    fn taken(asked: &[u8], came: &str) -> usize {
        let (mut whole, mut pieces) = (Answer::default(), Answer::default());
        whole.asked(asked);
        pieces.asked(asked);
        let taken = whole.came(came.as_bytes());
        assert_eq!(came.bytes().map(|byte| pieces.came(&[byte])).sum::<usize>(), taken, "{came}");
        taken
    }

    #[test]
    fn only_what_has_no_body_ends_with_its_head() {
        let body = "HTTP/1.1 200 OK\r\n\r\n";
        for (asked, head, ends) in [
            ("GET / HTTP/1.1", "HTTP/1.1 204 No Content\r\nx: y\r\n\r\n", true),
            ("PUT /a HTTP/1.1", "HTTP/1.1 304\n\n", true),
            ("HEAD /a HTTP/1.1", "HTTP/1.0 200 OK\r\ncontent-length: 9\r\n\r\n", true),
            ("HEAD /a HTTP/1.1", "\r\nHTTP/1.1 404 \r\nx: 1\r\n\r\n", true),
            ("GET / HTTP/1.1", "HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 204 \r\n\r\n", true),
            ("HEAD / HTTP/1.1", "HTTP/1.1 100 \r\n\r\nHTTP/1.1 200 \r\n\r\n", true),
            ("GET / HTTP/1.1", "HTTP/1.1 200 OK\r\nx: 204\r\n\r\n", false),
            ("GET / HTTP/1.1", "HTTP/1.1 101 Switching\r\n\r\nHTTP/1.1 204 \r\n\r\n", false),
            ("GET / HTTP/1.1", "x\n\n", false),
        ] {
            let all = format!("{head}{body}");
            let expected = if ends { head.len() } else { all.len() };
            assert_eq!(taken(asked.as_bytes(), &all), expected, "{head}");
        }
    }

    #[test]
    fn a_request_begins_another_answer_and_its_body_none() {
        let mut answer = Answer::default();
        answer.asked(b"HEAD /a HTTP/1.1\r\n");
        answer.asked(b"5\r\nhello\r\n");
        let head = b"HTTP/1.1 200 OK\r\n\r\n";
        assert_eq!(answer.came(&[&head[..], b"x"].concat()), head.len());
        assert_eq!(answer.came(b"more"), 0);
        answer.asked(b"GET /a HTTP/1.1\r\n");
        assert_eq!(answer.came(b"HTTP/1.1 200 OK\r\n\r\nbody"), 23);
    }
}
