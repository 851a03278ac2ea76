//! Diagnostics for people (with the offending text, by `miette`) and for programs (JSON).

use std::borrow::Cow;
use std::io::IsTerminal;

use miette::{GraphicalReportHandler, GraphicalTheme, MietteDiagnostic, Report};

use super::excerpt::{self, Excerpt, veiled, visible};
use crate::diagnostic::{Diagnostic, Severity, Sources, Span};
use crate::json::{Text, Value};
use crate::snapshot::Finding;

/// How diagnostics look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// With colours.
    Terminal,
    /// Without.
    Plain,
}

/// Colours where standard error is a terminal and `NO_COLOR` is not set.
pub(super) fn stderr_style() -> Style {
    style(std::io::stderr().is_terminal())
}

/// The same of standard output.
pub(super) fn stdout_style() -> Style {
    style(std::io::stdout().is_terminal())
}

fn style(terminal: bool) -> Style {
    let wanted = std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    if terminal && wanted { Style::Terminal } else { Style::Plain }
}

/// One diagnostic as a terminal shows it; every place in a file of its own comes after the first.
pub(super) fn human(sources: &Sources, diagnostic: &Diagnostic, style: Style) -> String {
    let Some(span) = diagnostic.span else { return bare(diagnostic) };
    let severity = match diagnostic.severity {
        Severity::Error => miette::Severity::Error,
        Severity::Warning => miette::Severity::Warning,
        Severity::Note => miette::Severity::Advice,
    };
    let same = diagnostic.related.iter().filter(|(at, _)| at.file == span.file);
    let label = visible(&diagnostic.label);
    let more: Vec<(Span, Cow<'_, str>)> = same.map(|(at, text)| (*at, visible(text))).collect();
    let mut labels: Vec<(Span, &str)> = vec![(span, &label)];
    labels.extend(more.iter().map(|(at, text)| (*at, &**text)));
    let (excerpt, labels) = Excerpt::new(sources, &labels);
    let message = wrapped(&visible(&diagnostic.message), WIDTH.saturating_sub(MARK));
    let mut shown = MietteDiagnostic::new(message)
        .with_code(diagnostic.code)
        .with_severity(severity)
        .with_labels(labels);
    if let Some(help) = &diagnostic.help {
        shown = shown.with_help(wrapped(&visible(help), WIDTH.saturating_sub(HELP)));
    }
    let report = Report::new(shown).with_source_code(excerpt);
    let theme = match style {
        Style::Terminal => GraphicalTheme::unicode(),
        Style::Plain => GraphicalTheme::unicode_nocolor(),
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(WIDTH)
        .with_links(false)
        .with_context_lines(excerpt::CONTEXT)
        // It breaks lines within words and names of places, too.
        .with_wrap_lines(false);
    let mut text = String::new();
    if handler.render_report(&mut text, report.as_ref()).is_err() {
        return bare(diagnostic);
    }
    for (at, label) in diagnostic.related.iter().filter(|(at, _)| at.file != span.file) {
        let (line, column) = sources.position(*at);
        let (name, label) = (visible(sources.name(at.file)), visible(label));
        text = format!("{text}  see {name}:{line}:{column}  {label}\n");
    }
    text
}

/// Characters of a line, and what of them stands before a message and before a help.
const WIDTH: usize = 100;
const MARK: usize = 4;
const HELP: usize = 8;

/// A text in lines of so many characters, broken between words alone. What stands between backticks is
/// one word, unless it is longer than a line.
fn wrapped(text: &str, room: usize) -> String {
    let length = |text: &str| text.chars().count();
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for word in text.split(' ') {
        let fits = |last: &&mut String| length(last).saturating_add(length(word)) < room;
        match words.last_mut().filter(|_| open).filter(fits) {
            Some(last) => {
                last.push(' ');
                last.push_str(word);
            }
            None => words.push(word.to_owned()),
        }
        open ^= word.matches('`').count() % 2 == 1;
    }
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in words {
        if !line.is_empty() && length(&line).saturating_add(length(&word)) >= room {
            lines.push(std::mem::take(&mut line));
        }
        let space = if line.is_empty() { "" } else { " " };
        line = format!("{line}{space}{word}");
    }
    lines.push(line);
    lines.join("\n")
}

/// Diagnostics that are shown to people at most.
const MOST: usize = 100;

/// The first of many diagnostics as a terminal shows them, errors before what is less, and how many
/// more there are.
pub(super) fn first<'d>(
    all: impl Iterator<Item = (&'d Sources, &'d Diagnostic)>,
    style: Style,
) -> Vec<String> {
    let mut all: Vec<_> = all.collect();
    all.sort_by_key(|(_, diagnostic)| diagnostic.severity);
    let first = all.iter().take(MOST);
    let mut shown: Vec<_> = first.map(|(sources, d)| human(sources, d, style)).collect();
    let more = all.len().saturating_sub(MOST);
    if more > 0 {
        shown.push(format!("and {more} more, which `fishplate check --format json` prints\n"));
    }
    shown
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn bare(diagnostic: &Diagnostic) -> String {
    let (word, code, message) = (word(diagnostic.severity), diagnostic.code, &diagnostic.message);
    let message = visible(message);
    let help = diagnostic.help.as_ref().map(|help| format!("\n  help: {}", visible(help)));
    format!("{word}[{code}]: {message}{}\n", help.unwrap_or_default())
}

/// One diagnostic as a JSON object: `api` (null: of none), `code`, `severity`, `message`, `file`,
/// `line`, `column`, `end_line`, `end_column` (from 1, in characters; null where there is no place),
/// `text` (what stands there), `label`, `related` (places with their labels) and `help`.
pub(super) fn json(sources: &Sources, api: Option<&str>, diagnostic: &Diagnostic) -> Value {
    let related = diagnostic.related.iter().map(|(at, label)| {
        let mut members = place(sources, Some(*at));
        members.push(member("label", Value::string(label)));
        Value::Object(members)
    });
    let mut members = vec![
        member("api", api.map_or(Value::Null, Value::string)),
        member("code", Value::string(diagnostic.code)),
        member("severity", Value::string(word(diagnostic.severity))),
        member("message", Value::string(&diagnostic.message)),
    ];
    members.extend(place(sources, diagnostic.span));
    let text = diagnostic.span.and_then(|span| text(sources, span));
    members.push(member("text", text.map_or(Value::Null, |text| Value::string(&text))));
    members.push(member("label", Value::string(&diagnostic.label)));
    members.push(member("related", Value::Array(related.collect())));
    members.push(member("help", diagnostic.help.as_deref().map_or(Value::Null, Value::string)));
    Value::Object(members)
}

/// What is wrong with a file or directory as a whole, as the same object.
pub(super) fn unread(api: Option<&str>, finding: &Finding) -> Value {
    let diagnostic = Diagnostic {
        code: finding.code,
        severity: finding.severity,
        message: finding.message.clone(),
        span: None,
        label: Box::default(),
        related: Vec::new(),
        help: finding.help.as_deref().map(Box::from),
    };
    let mut value = json(&Sources::default(), api, &diagnostic);
    if let (Value::Object(members), false) = (&mut value, finding.file.is_empty())
        && let Some((_, file)) = members.iter_mut().find(|(name, _)| name.raw() == "file")
    {
        *file = Value::string(&finding.file);
    }
    value
}

/// Characters of an offending text that are printed at most.
const LONGEST: usize = 500;

/// What stands at a place; of what is longer the beginning.
fn text(sources: &Sources, span: Span) -> Option<String> {
    let [start, end] = [span.start, span.end].map(|at| usize::try_from(at).unwrap_or(usize::MAX));
    // What stands before it may be a part of the same URL.
    let text = veiled(sources.text(span.file));
    let text = text.get(start..end)?.trim_end();
    Some(match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", text.get(..at)?),
        None => text.to_owned(),
    })
}

fn place(sources: &Sources, span: Option<Span>) -> Vec<(Text, Value)> {
    let number = |n: usize| Value::Number(n.to_string().into());
    let begin = span.map(|s| sources.position(s));
    let end = span.map(|s| sources.position(Span { start: s.end, ..s }));
    let name = span.map_or(Value::Null, |s| Value::string(sources.name(s.file)));
    let line = |at: Option<(usize, usize)>| at.map_or(Value::Null, |(line, _)| number(line));
    let column = |at: Option<(usize, usize)>| at.map_or(Value::Null, |(_, c)| number(c));
    vec![
        member("file", name),
        member("line", line(begin)),
        member("column", column(begin)),
        member("end_line", line(end)),
        member("end_column", column(end)),
    ]
}

fn member(name: &str, value: Value) -> (Text, Value) {
    (Text::from_plain(name), value)
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn lines_are_broken_between_words_alone() {
        for (text, lines) in [
            ("one two three", "one two\nthree"),
            ("a-b/c-d/e-f-g x", "a-b/c-d/e-f-g\nx"),
            ("say `a: b` or so", "say `a: b`\nor so"),
            ("says `a: b` or so", "says\n`a: b` or\nso"),
            ("`a: b: c: d: e` x", "`a: b: c:\nd: e` x"),
            ("exactly te", "exactly te"),
            ("exactly ten", "exactly\nten"),
            ("", ""),
        ] {
            assert_eq!(wrapped(text, 10), lines, "{text}");
        }
    }
}
