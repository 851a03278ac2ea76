//! How a line of the log looks: as one JSON object, or for people, be it of an event or of an exchange.
//! What it says was decided by who logs.

use std::fmt::{self, Write as _};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::now;

/// A form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// The target of the lines of exchanges, and their message.
pub(super) const ACCESS: &str = "access";
const EXCHANGE: &str = "exchange";

/// The message of the line that stands for others.
const LOST: &str = "lines of the log were lost";

/// What a line for people about an exchange begins with.
const FIRST: [&str; 4] = ["method", "path", "status", "outcome"];

/// Bytes that most lines have not.
const LONG: usize = 1 << 10;

impl<S, N> FormatEvent<S, N> for Form
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let (target, level) = (event.metadata().target(), event.metadata().level());
        match self {
            Self::Json => {
                let mut json = Json::begin(level.as_str());
                event.record(&mut json);
                writer.write_str(&json.end(target))
            }
            Self::Text => {
                let mut text = Text::default();
                event.record(&mut text);
                writer.write_str(&text.line(level.as_str(), &["message"]))
            }
        }
    }
}

/// The line of an exchange, written field by field: there are so many of them that each is written
/// straight away, and not by way of an event.
#[derive(Debug)]
pub(super) enum Line {
    Json(Json),
    Text(Text),
}

impl Line {
    pub(super) fn begin(form: Form) -> Self {
        match form {
            Form::Json => {
                let mut json = Json::begin("INFO");
                json.word("message", EXCHANGE);
                Self::Json(json)
            }
            Form::Text => Self::Text(Text::default()),
        }
    }

    pub(super) fn text(&mut self, name: &'static str, value: &str) {
        match self {
            Self::Json(json) => json.text(name, value),
            Self::Text(text) => text.said(name, value),
        }
    }

    /// A text in which nothing has to be escaped.
    pub(super) fn word(&mut self, name: &'static str, value: &str) {
        match self {
            Self::Json(json) => json.word(name, value),
            Self::Text(text) => text.said(name, value),
        }
    }

    pub(super) fn number(&mut self, name: &'static str, value: u64) {
        let mut digits = itoa::Buffer::new();
        match self {
            Self::Json(json) => json.member(name, digits.format(value)),
            Self::Text(text) => text.plain(name, digits.format(value)),
        }
    }

    /// A field that is JSON already, on one line.
    pub(super) fn json(&mut self, name: &'static str, value: &str) {
        match self {
            Self::Json(json) => json.member(name, value),
            Self::Text(text) => text.plain(name, value),
        }
    }

    pub(super) fn end(self) -> String {
        match self {
            Self::Json(json) => json.end(ACCESS),
            Self::Text(text) => text.line("INFO", &FIRST),
        }
    }
}

impl Form {
    /// The line that stands for lines that are not there. It is no event: what reports a loss may not
    /// be lost itself.
    pub(super) fn missing(self, lines: u64) -> String {
        let mut digits = itoa::Buffer::new();
        let (level, lines) = ("WARN", digits.format(lines));
        match self {
            Self::Json => {
                let mut json = Json::begin(level);
                json.text("message", LOST);
                json.member("lines", lines);
                json.end("fishplate::telemetry")
            }
            Self::Text => {
                let mut text = Text::default();
                text.said("message", LOST);
                text.plain("lines", lines);
                text.line(level, &["message"])
            }
        }
    }
}

/// Escapes what stands between the quotes of a JSON string.
struct Escaped<'l>(&'l mut String);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let special = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
        // Nearly no text has one; to look at all of it is quicker than to look for the first.
        if !text.bytes().fold(false, |any, byte| any | special(byte)) {
            self.0.push_str(text);
            return Ok(());
        }
        for c in text.chars() {
            match c {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                '\n' => self.0.push_str("\\n"),
                '\r' => self.0.push_str("\\r"),
                '\t' => self.0.push_str("\\t"),
                '\0'..' ' => write!(self.0, "\\u{:04x}", u32::from(c))?,
                _ => self.0.push(c),
            }
        }
        Ok(())
    }
}

/// Writes fields as members.
#[derive(Debug)]
pub(super) struct Json {
    line: String,
}

impl Json {
    fn begin(level: &str) -> Self {
        let mut line = String::with_capacity(LONG);
        line.push_str("{\"timestamp\":\"");
        now::write(&mut line);
        line.extend(["\",\"level\":\"", level, "\""]);
        Self { line }
    }

    fn end(mut self, target: &str) -> String {
        self.word("target", target);
        self.line.push_str("}\n");
        self.line
    }

    /// A member whose value is JSON already.
    fn member(&mut self, name: &str, value: &str) {
        self.line.extend([",\"", name, "\":", value]);
    }

    fn text(&mut self, name: &str, value: &str) {
        self.shown(name, |mut escaped| escaped.write_str(value));
    }

    fn word(&mut self, name: &str, value: &str) {
        self.line.extend([",\"", name, "\":\"", value, "\""]);
    }

    /// A member with a text that is written piece by piece.
    fn shown(&mut self, name: &str, write: impl FnOnce(Escaped<'_>) -> fmt::Result) {
        self.line.extend([",\"", name, "\":\""]);
        if write(Escaped(&mut self.line)).is_err() {
            // What cannot be shown is left out, and the line stays one.
            self.line.push('?');
        }
        self.line.push('"');
    }
}

impl Visit for Json {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field.name(), itoa::Buffer::new().format(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field.name(), itoa::Buffer::new().format(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field.name(), if value { "true" } else { "false" });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.shown(field.name(), |mut escaped| write!(escaped, "{value:?}"));
    }
}

/// Gathers fields, to be written in an order for people.
#[derive(Debug, Default)]
pub(super) struct Text {
    fields: Vec<(&'static str, String)>,
}

impl Text {
    /// The line, these fields first.
    fn line(&self, level: &str, first: &[&str]) -> String {
        let mut line = String::with_capacity(LONG);
        now::write(&mut line);
        line.extend([if level.len() < 5 { "  " } else { " " }, level]);
        for name in first {
            let value = self.fields.iter().find(|(own, _)| own == name).map(|(_, value)| value);
            line.extend([" ", value.map_or("-", String::as_str)]);
        }
        for (name, value) in &self.fields {
            if !first.contains(name) {
                line.extend([" ", name, "=", value]);
            }
        }
        line.push('\n');
        line
    }

    fn said(&mut self, name: &'static str, value: &str) {
        // What a client says must not look like other fields.
        if name == "message" || !value.contains([' ', '"', '=']) {
            self.plain(name, value);
        } else {
            self.fields.push((name, format!("{value:?}")));
        }
    }

    /// What cannot look so, on one line.
    fn plain(&mut self, name: &'static str, value: &str) {
        let value = value.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'");
        self.fields.push((name, value));
    }
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.said(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain(field.name(), itoa::Buffer::new().format(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field.name(), itoa::Buffer::new().format(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.plain(field.name(), if value { "true" } else { "false" });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.said(field.name(), &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    /// What is written.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(form: Form, log: impl FnOnce()) -> String {
        let written = Written::default();
        let out = written.clone();
        let line =
            tracing_subscriber::fmt::layer().with_writer(move || out.clone()).event_format(form);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(line), log);
        String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
    }

    fn exchange(form: Form) -> String {
        let mut line = Line::begin(form);
        line.text("api", "orders");
        line.text("method", "GET");
        line.text("path", "/a b\"\n\u{1}é");
        line.number("status", 200);
        line.text("outcome", "translated");
        line.json("lost", r#"[{"rule":"r","count":2}]"#);
        line.text("peer", "127.0.0.1:1");
        line.end()
    }

    /// A line behind its time.
    fn timeless(line: &str) -> &str {
        let (time, rest) = line.split_once('Z').unwrap();
        assert!(time.contains("20"), "{line}");
        rest
    }

    #[test]
    fn a_line_is_one_json_object() {
        let line = exchange(Form::Json);
        assert!(line.starts_with("{\"timestamp\":\"20"), "{line}");
        assert_eq!(
            timeless(&line),
            "\",\"level\":\"INFO\",\"message\":\"exchange\",\"api\":\"orders\",\"method\":\"GET\",\
             \"path\":\"/a b\\\"\\n\\u0001é\",\"status\":200,\"outcome\":\"translated\",\
             \"lost\":[{\"rule\":\"r\",\"count\":2}],\"peer\":\"127.0.0.1:1\",\"target\":\"access\"}\n"
        );
        let line = logged(Form::Json, || {
            tracing::warn!(target: "h2", lost = "[", n = -1, is = true, at = %"a\\b", "x");
        });
        let fields = r#""message":"x","lost":"[","n":-1,"is":true,"at":"a\\b","target":"h2""#;
        assert_eq!(timeless(&line), format!("\",\"level\":\"WARN\",{fields}}}\n"));
    }

    #[test]
    fn a_line_for_people_is_one_line() {
        let line = exchange(Form::Text);
        let lost = r#"lost=[{"rule":"r","count":2}]"#;
        let first = "GET \"/a b\\\"\\n\\u{1}é\" 200 translated";
        assert_eq!(timeless(&line), format!("  INFO {first} api=orders {lost} peer=127.0.0.1:1\n"));
        let line = logged(Form::Text, || tracing::warn!(file = "a b", line = 3, "it is so"));
        assert!(line.ends_with("Z  WARN it is so file=\"a b\" line=3\n"), "{line}");
    }

    #[test]
    fn what_is_missing_is_told_in_the_same_form() {
        let line = Form::Json.missing(3);
        let fields = r#""message":"lines of the log were lost","lines":3"#;
        let target = r#""target":"fishplate::telemetry""#;
        assert_eq!(timeless(&line), format!("\",\"level\":\"WARN\",{fields},{target}}}\n"));
        assert!(Form::Text.missing(3).ends_with("  WARN lines of the log were lost lines=3\n"));
    }
}
