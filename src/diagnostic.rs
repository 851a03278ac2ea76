//! What is wrong with a file, where, and what to do about it. Collects; it neither reads files
//! nor decides what is an error.

use std::sync::{Arc, OnceLock};

/// Index of a file in [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A range of bytes in one file; `start..end`, end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// From where this one begins to where another of the same file ends.
    #[must_use]
    pub fn to(self, end: Self) -> Self {
        Self { end: end.end.max(self.end), ..self }
    }
}

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is served from what has an error.
    Error,
    /// Worth a look; does not stop anything.
    Warning,
    /// For information, such as the list of overrides.
    Note,
}

/// One thing that is wrong, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code, `F` and three digits; listed in `docs/diagnostics.md`.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where, if it has a place.
    pub span: Option<Span>,
    /// What was expected there; stands under the offending text.
    pub label: Box<str>,
    /// Other places that belong to it, each with its own label.
    pub related: Vec<(Span, String)>,
    /// What to do.
    pub help: Option<Box<str>>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            span: Some(span),
            label: Box::default(),
            related: Vec::new(),
            help: None,
        }
    }

    /// Something worth knowing at a place.
    pub fn note(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::error(code, span, message) }
    }

    /// A warning at a place.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// Says what was expected at the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into().into();
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into().into());
        self
    }

    /// Says what to do, where anybody knows.
    #[must_use]
    pub fn helped(self, help: Option<impl Into<String>>) -> Self {
        match help {
            Some(help) => self.help(help),
            None => self,
        }
    }

    /// Points at another place that belongs to it.
    #[must_use]
    pub fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }
}

/// The known name that somebody who wrote `name` most likely meant.
pub fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let most = |known: &str| 1.max(known.len() / 3);
    known
        // What is far longer is far away, and long to compare.
        .filter(|known| known.len().abs_diff(name.len()) <= most(known).saturating_mul(4))
        .map(|known| {
            let same = known.eq_ignore_ascii_case(name);
            (if same { 0 } else { strsim::damerau_levenshtein(known, name) }, known)
        })
        .filter(|(far, known)| *far <= most(known))
        .min()
        .map(|(_, known)| known)
}

/// The texts that spans point into.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<File>,
}

#[derive(Clone, Debug)]
struct File {
    name: Arc<str>,
    text: Arc<str>,
    /// Positions here and there, so that none is counted from the beginning of the file.
    marks: OnceLock<Arc<[Mark]>>,
}

/// Where a byte of a text stands.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: usize,
    line: usize,
    column: usize,
}

/// Bytes between two marks.
const STRIDE: usize = 512;

impl Mark {
    const START: Self = Self { at: 0, line: 1, column: 1 };

    /// The mark behind a piece of text that begins here.
    fn behind(self, piece: &str) -> Self {
        let at = self.at.saturating_add(piece.len());
        let lines = piece.bytes().filter(|byte| *byte == b'\n').count();
        let last = piece.rsplit('\n').next().map_or(0, |rest| rest.chars().count());
        let before = if lines == 0 { self.column } else { 1 };
        Self { at, line: self.line.saturating_add(lines), column: before.saturating_add(last) }
    }
}

impl File {
    fn marks(&self) -> &[Mark] {
        self.marks.get_or_init(|| {
            let mut marks = vec![Mark::START];
            let (mut mark, mut rest) = (Mark::START, &*self.text);
            while rest.len() > STRIDE {
                let (piece, after) = rest.split_at(rest.ceil_char_boundary(STRIDE));
                mark = mark.behind(piece);
                marks.push(mark);
                rest = after;
            }
            marks.into()
        })
    }

    fn position(&self, at: usize) -> (usize, usize) {
        let marks = self.marks();
        let next = marks.partition_point(|mark| mark.at <= at);
        let mark = next.checked_sub(1).and_then(|n| marks.get(n)).copied().unwrap_or(Mark::START);
        let found = mark.behind(self.text.get(mark.at..at).unwrap_or_default());
        (found.line, found.column)
    }
}

impl Sources {
    /// Adds a file by the name it is shown under.
    pub fn add(&mut self, name: &str, text: &str) -> FileId {
        let (name, text) = (Arc::from(name), Arc::from(text));
        self.files.push(File { name, text, marks: OnceLock::new() });
        FileId(u32::try_from(self.files.len().saturating_sub(1)).unwrap_or(u32::MAX))
    }

    /// The name of a file, empty if there is none of that id.
    pub fn name(&self, file: FileId) -> &str {
        self.get(file).map_or("", |file| &file.name)
    }

    /// The text of a file, empty if there is none of that id.
    pub fn text(&self, file: FileId) -> &str {
        self.get(file).map_or("", |file| &file.text)
    }

    /// Line and column (in characters), both from 1, of a span's start.
    pub fn position(&self, span: Span) -> (usize, usize) {
        let at = usize::try_from(span.start).unwrap_or(usize::MAX);
        self.get(span.file).map_or((1, 1), |file| file.position(at.min(file.text.len())))
    }

    fn get(&self, file: FileId) -> Option<&File> {
        self.files.get(usize::try_from(file.0).ok()?)
    }
}

/// Brings what one run found into the order of files and places, and takes out repetitions.
pub fn sort(found: &mut Vec<Diagnostic>) {
    let place = |d: &Diagnostic| (d.span.is_none(), d.span, d.code, d.message.clone());
    found.sort_by_cached_key(place);
    found.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_that_with_the_fewest_slips_in_whatever_case() {
        let near = |name: &str| nearest(name, ["customer", "ORDER", "id", "a"].into_iter());
        assert_eq!(near("costumer"), Some("customer"));
        assert_eq!(near("Order"), Some("ORDER"));
        assert_eq!(near("CUSTOMER"), Some("customer"));
        assert_eq!(near("di"), Some("id"));
        assert_eq!(near("price"), None);
    }

    #[test]
    fn positions_are_counted_from_the_mark_before() {
        let text = format!("é\n{}\nab\n{}x", "ü".repeat(5000), "y".repeat(9000));
        let mut sources = Sources::default();
        let file = sources.add("f", &text);
        let at = |n: usize| {
            let start = u32::try_from(n).unwrap();
            sources.position(Span { file, start, end: start })
        };
        for (n, _) in text.char_indices().chain([(text.len(), ' ')]) {
            let before = &text[..n];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
            assert_eq!(at(n), (line, column), "{n}");
        }
        assert_eq!(at(text.len() + 7), at(text.len()));
    }
}
