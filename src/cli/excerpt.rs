//! The lines around a diagnostic's labels, as `miette` reads them: long lines are cut to what
//! stands around a label, and the numbers of lines and columns stay the file's own.

use std::borrow::Cow;
use std::ops::Range;

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use crate::diagnostic::{Sources, Span};

/// Characters of a long line that are shown before a label, behind it, and of the label itself.
const AROUND: usize = 120;
/// Characters of a line that is shown whole.
const WHOLE: usize = 3 * AROUND;
/// Lines that are shown before and after a label's own.
pub(super) const CONTEXT: usize = 1;
/// Lines of a place that are shown; of a longer one only the first.
const MOST_LINES: usize = 6;
/// Labels that are shown of one diagnostic.
const MOST_LABELS: usize = 64;
const CUT: &str = "…";

/// A piece of a file with its labels, all by their offsets in the piece.
#[derive(Debug)]
pub(super) struct Excerpt {
    name: String,
    text: String,
    /// Which line of the file the piece begins with, from 0.
    line: usize,
    /// The labels' places in the piece, with their lines and columns in the file, from 1.
    places: Vec<(usize, (usize, usize))>,
}

/// One label: what is shown of its place, and its text.
struct Label<'t> {
    shown: Range<usize>,
    text: &'t str,
}

impl Excerpt {
    /// The excerpt of one file around places in it.
    pub(super) fn new(sources: &Sources, labels: &[(Span, &str)]) -> (Self, Vec<LabeledSpan>) {
        let file = labels.first().map(|(span, _)| span.file).unwrap_or_default();
        let source = &*veiled(sources.text(file));
        let labels: Vec<Label<'_>> = labels
            .iter()
            .take(MOST_LABELS)
            .map(|(span, text)| Label { shown: shown(source, *span), text })
            .collect();
        let first = labels.iter().map(|label| label.shown.start).min().unwrap_or_default();
        let last = labels.iter().map(|label| label.shown.end).max().unwrap_or_default();
        let range = lines_around(source, &(first..last), CONTEXT);
        let position = |at: usize| {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            sources.position(Span { file, start: at, end: at })
        };
        let mut pieces = Pieces::default();
        let mut begin = range.start;
        for line in source.get(range.clone()).unwrap_or_default().split_inclusive('\n') {
            let end = begin.saturating_add(line.len());
            pieces.line(source, begin..end, &labels);
            begin = end;
        }
        let spans = labels.iter().map(|label| {
            let (start, end) = (pieces.to(label.shown.start), pieces.to(label.shown.end));
            let text = (!label.text.is_empty()).then(|| label.text.to_owned());
            LabeledSpan::new(text, start, end.saturating_sub(start))
        });
        let spans = spans.collect();
        let places = labels
            .iter()
            .map(|label| (pieces.to(label.shown.start), position(label.shown.start)))
            .collect();
        let (line, _) = position(range.start);
        let name = visible(sources.name(file)).into_owned();
        let text = visible(&pieces.text).into_owned();
        (Self { name, text, line: line.saturating_sub(1), places }, spans)
    }
}

/// A text without users and passwords of URLs, and without what the query of a `url` says, byte for byte as
/// long as it was.
pub(super) fn veiled(text: &str) -> Cow<'_, str> {
    const BEFORE: &str = "://";
    let mut veiled = Cow::Borrowed(text);
    for (at, _) in text.match_indices(BEFORE) {
        let start = at.saturating_add(BEFORE.len());
        let url = text.get(start..).unwrap_or_default();
        let ends = |c: char| c.is_whitespace() || c == '"' || c == '\'';
        let url = url.split(ends).next().unwrap_or_default();
        // A password may have a slash that should have been encoded: rather too much than too little.
        let user = url.rfind('@').unwrap_or_default();
        let mut begin = start.saturating_add(user);
        veiled.to_mut().replace_range(start..begin, &"*".repeat(user));
        // Elsewhere a query is what somebody has to see.
        let rest = url.get(user..).filter(|_| is_url(text, at)).unwrap_or_default();
        let Some((path, query)) = rest.split_once('?') else { continue };
        begin = begin.saturating_add(path.len()).saturating_add(1);
        for pair in query.split('&') {
            let name = pair.find('=').map_or(0, |end| end.saturating_add(1));
            let (from, end) = (begin.saturating_add(name), begin.saturating_add(pair.len()));
            let length = end.saturating_sub(from);
            veiled.to_mut().replace_range(from..end, &"*".repeat(length));
            begin = end.saturating_add(1);
        }
    }
    veiled
}

/// Whether the URL whose scheme ends at a place of a text is the value of the key `url`.
fn is_url(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let before = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
    let before = before.trim_end_matches(|c: char| c.is_whitespace() || "\"'>|-".contains(c));
    let key = before.strip_suffix(':').map(|key| key.trim_end_matches(['"', '\'', ' ']));
    key.is_some_and(|key| key.ends_with("url"))
}

/// A text without what a terminal would obey or reorder, byte for byte as long as it was.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    let obeyed = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let ends_line = c == '\r' && rest.peek() == Some(&'\n');
        if obeyed(c) && !ends_line {
            shown.extend(std::iter::repeat_n('?', c.len_utf8()));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// What is shown of a place: at most some lines, and of one line at most some characters.
fn shown(source: &str, span: Span) -> Range<usize> {
    let at = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
    let start = source.floor_char_boundary(at(span.start));
    let place = source.get(start..at(span.end)).unwrap_or_default().trim_end();
    let place = if place.lines().nth(MOST_LINES).is_some() {
        place.lines().next().unwrap_or_default()
    } else {
        place
    };
    let length = if place.contains('\n') {
        place.len()
    } else {
        place.char_indices().nth(AROUND).map_or(place.len(), |(at, _)| at)
    };
    start..start.saturating_add(length)
}

/// The range of the lines that a range touches, and of some before and after.
fn lines_around(text: &str, range: &Range<usize>, context: usize) -> Range<usize> {
    let mut start = range.start.min(text.len());
    for n in 0..=context {
        let before = text.get(..start).unwrap_or_default();
        let before = if n == 0 { before } else { before.strip_suffix('\n').unwrap_or(before) };
        start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
    }
    let mut end = range.end.min(text.len());
    for _ in 0..=context {
        let after = text.get(end..).unwrap_or_default();
        let line = after.find('\n').map_or(after.len(), |at| at.saturating_add(1));
        end = end.saturating_add(line);
    }
    start..end
}

/// The text of an excerpt as it grows, and which pieces of the file it is made of.
#[derive(Default)]
struct Pieces {
    text: String,
    /// Range in the file, and where it begins in the text.
    of: Vec<(Range<usize>, usize)>,
}

impl Pieces {
    /// A line, or what of it stands around the labels.
    fn line(&mut self, source: &str, line: Range<usize>, labels: &[Label<'_>]) {
        let text = source.get(line.clone()).unwrap_or_default();
        if text.chars().nth(WHOLE).is_none() {
            self.piece(source, line);
            return;
        }
        let body = line.start..line.end.saturating_sub(text.len() - text.trim_end().len());
        let mut kept: Vec<Range<usize>> = Vec::new();
        for label in labels {
            let Range { start, end } = label.shown;
            // Of a label over several lines only the ends matter.
            let places = if source.get(start..end).unwrap_or_default().contains('\n') {
                [start..start, end..end]
            } else {
                [start..end, start..end]
            };
            for place in places {
                if place.start >= line.start && place.start < line.end {
                    kept.push(around(source, &body, &place));
                }
            }
        }
        if kept.is_empty() {
            kept.push(around(source, &body, &(body.start..body.start)));
        }
        kept.sort_by_key(|range| range.start);
        let mut at = line.start;
        for range in kept {
            let start = range.start.max(at);
            if range.end <= at {
                continue;
            }
            if start > at {
                self.text.push_str(CUT);
            }
            self.piece(source, start..range.end);
            at = range.end;
        }
        if at < body.end {
            self.text.push_str(CUT);
            at = body.end;
        }
        self.piece(source, at..line.end);
    }

    fn piece(&mut self, source: &str, range: Range<usize>) {
        let to = self.text.len();
        self.text.push_str(source.get(range.clone()).unwrap_or_default());
        self.of.push((range, to));
    }

    /// Where an offset of the file is in the text.
    fn to(&self, at: usize) -> usize {
        let piece = self.of.iter().find(|(range, _)| range.start <= at && at <= range.end);
        piece.map_or(self.text.len(), |(range, to)| to.saturating_add(at.abs_diff(range.start)))
    }
}

/// A place with some characters of its line before and after it.
fn around(source: &str, line: &Range<usize>, place: &Range<usize>) -> Range<usize> {
    let before = source.get(line.start..place.start).unwrap_or_default();
    let after = source.get(place.end..line.end).unwrap_or_default();
    let start = before.char_indices().rev().nth(AROUND - 1).map_or(0, |(at, _)| at);
    let end = after.char_indices().nth(AROUND).map_or(after.len(), |(at, _)| at);
    line.start.saturating_add(start)..place.end.saturating_add(end)
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (start, end) = (span.offset(), span.offset().saturating_add(span.len()));
        let place = self.places.iter().find(|(at, _)| *at == start);
        let contents = match place {
            // Without lines around it, it is the position that is asked for.
            Some((_, (line, column))) if before == 0 && after == 0 => {
                let data = self.text.get(start..end).ok_or(MietteError::OutOfBounds)?;
                let (line, column) = (line.saturating_sub(1), column.saturating_sub(1));
                (data, *span, line, column)
            }
            _ => {
                let range = lines_around(&self.text, &(start..end), before.max(after));
                let data = self.text.get(range.clone()).ok_or(MietteError::OutOfBounds)?;
                let above = self.text.get(..range.start).unwrap_or_default();
                let line = self.line.saturating_add(above.matches('\n').count());
                ((data), (range.start, data.len()).into(), line, 0)
            }
        };
        let (data, span, line, column) = contents;
        let lines = data.matches('\n').count();
        let name = self.name.clone();
        let data = data.as_bytes();
        Ok(Box::new(MietteSpanContents::new_named(name, data, span, line, column, lines)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_shown() {
        let said = visible("a\u{1b}[31m\0\u{9b}\u{202e}\tb\rc\r\n");
        assert_eq!(said, "a?[31m?".to_owned() + "??" + "???" + "\tb?c\r\n");
    }

    #[test]
    fn no_password_is_shown() {
        for (text, shown) in [
            ("url: 'http://me:s/e?c#r@x:1/a', b", "url: 'http://**********@x:1/a', b"),
            ("http://tökén@x http://y/@", "http://*******@x http://**@"),
            ("http://x/a b@c 'https://y' @", "http://x/a b@c 'https://y' @"),
            ("url: 'http://x/?key=s3cret&b=' }", "url: 'http://x/?key=******&b=' }"),
            ("\"url\": \"http://x?tökén\"", "\"url\": \"http://x?*******\""),
            ("url: http://me:a?b=c@x/?k=v", "url: http://********@x/?k=*"),
            ("page: 'http://x/?page=2'", "page: 'http://x/?page=2'"),
        ] {
            assert_eq!(veiled(text), shown);
            assert_eq!(veiled(text).len(), text.len());
        }
        let text = "backends: { a: { url: http://me:secret@x } }";
        let (excerpt, _) = excerpt(text, &[(22, 40)]);
        assert_eq!(excerpt.text, "backends: { a: { url: http://*********@x } }");
    }

    fn excerpt(text: &str, places: &[(usize, usize)]) -> (Excerpt, Vec<LabeledSpan>) {
        let mut sources = Sources::default();
        let file = sources.add("f", text);
        let span = |place: &(usize, usize)| {
            let [start, end] = [place.0, place.1].map(|at| u32::try_from(at).unwrap());
            (Span { file, start, end }, "here")
        };
        Excerpt::new(&sources, &places.iter().map(span).collect::<Vec<_>>())
    }

    #[test]
    fn short_lines_are_whole_and_only_those_around() {
        let (excerpt, spans) = excerpt("one\ntwo\nthree\nfour\nfive\n", &[(8, 13)]);
        assert_eq!(excerpt.text, "two\nthree\nfour\n");
        assert_eq!((excerpt.line, spans[0].offset(), spans[0].len()), (1, 4, 5));
    }

    #[test]
    fn long_lines_are_cut_to_what_stands_around_the_labels() {
        let line = "ü".repeat(1000);
        let text = format!("{line}\n{line}bad{line}worse{line}\r\n{line}");
        let bad = text.find("bad").unwrap();
        let worse = text.find("worse").unwrap();
        let (excerpt, spans) = excerpt(&text, &[(bad, bad + 3), (worse, worse + 5)]);
        let (near, first) = ("ü".repeat(120), "ü".repeat(120));
        let cut = format!("…{near}bad{near}…{near}worse{near}…");
        assert_eq!(excerpt.text, format!("{first}…\n{cut}\r\n{first}…"));
        for (span, word) in spans.iter().zip(["bad", "worse"]) {
            assert_eq!(&excerpt.text[span.offset()..][..span.len()], word);
        }
        let contents = excerpt.read_span(spans[1].inner(), 0, 0).unwrap();
        assert_eq!((contents.line(), contents.column()), (1, 2003));
        let contents = excerpt.read_span(spans[1].inner(), 1, 1).unwrap();
        assert_eq!((contents.line(), contents.line_count()), (0, 2));
    }

    #[test]
    fn a_long_label_is_cut_and_windows_that_touch_are_one() {
        let line = "x".repeat(1000);
        let (excerpt, spans) = excerpt(&line, &[(100, 900), (150, 160)]);
        assert_eq!(excerpt.text, format!("{}…", "x".repeat(340)));
        assert_eq!((spans[0].offset(), spans[0].len()), (100, 120));
        assert_eq!((spans[1].offset(), spans[1].len()), (150, 10));
    }

    #[test]
    fn places_behind_the_end_are_at_the_end() {
        for text in ["", "\n", "a\n", "a", "é"] {
            let end = text.len();
            let (excerpt, spans) = excerpt(text, &[(end, end), (0, end + 9), (end + 9, end + 9)]);
            assert_eq!(excerpt.text, text);
            assert!(spans.iter().all(|s| s.offset() + s.len() <= end), "{text:?} {spans:?}");
            for span in &spans {
                excerpt.read_span(span.inner(), 0, 0).unwrap();
                excerpt.read_span(span.inner(), 1, 1).unwrap();
            }
        }
    }
}
