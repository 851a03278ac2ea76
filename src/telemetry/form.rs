//! How a line of the log looks: as one JSON object, or for people. What it says was decided by who
//! logs.

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

/// The field of a line that is JSON already, and its target: nobody else writes there.
const STRUCTURED: (&str, &str) = ("access", "lost");

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
                let mut json = Json { line: String::with_capacity(LONG), target };
                json.line.push_str("{\"timestamp\":\"");
                now::write(&mut json.line);
                json.line.extend(["\",\"level\":\"", level.as_str(), "\""]);
                event.record(&mut json);
                json.text("target", target);
                json.line.push_str("}\n");
                writer.write_str(&json.line)
            }
            Self::Text => {
                let (mut text, mut begun) = (Text::default(), String::new());
                event.record(&mut text);
                now::write(&mut begun);
                write!(writer, "{begun} {level:>5} ")?;
                text.write(&mut writer, target)
            }
        }
    }
}

impl Form {
    /// The line that stands for lines that are not there. It is no event: what reports a loss may not
    /// be lost itself.
    pub(super) fn missing(self, lines: u64) -> String {
        let mut time = String::new();
        now::write(&mut time);
        match self {
            Self::Json => format!(
                "{{\"timestamp\":\"{time}\",\"level\":\"WARN\",\
                 \"message\":\"lines of the log were lost\",\"lines\":{lines},\
                 \"target\":\"fishplate::telemetry\"}}\n"
            ),
            Self::Text => format!("{time}  WARN lines of the log were lost lines={lines}\n"),
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
struct Json {
    line: String,
    target: &'static str,
}

impl Json {
    /// A member whose value is JSON already.
    fn member(&mut self, name: &str, value: &str) {
        self.line.extend([",\"", name, "\":", value]);
    }

    fn text(&mut self, name: &str, value: &str) {
        self.shown(name, |mut escaped| escaped.write_str(value));
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
        if (self.target, field.name()) == STRUCTURED {
            self.member(field.name(), value);
        } else {
            self.text(field.name(), value);
        }
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
#[derive(Default)]
struct Text {
    fields: Vec<(&'static str, String)>,
}

impl Text {
    fn write(&self, writer: &mut Writer<'_>, target: &str) -> fmt::Result {
        let is_exchange = target == "access";
        let first: &[&str] = if is_exchange { &FIRST } else { &["message"] };
        for (at, name) in first.iter().enumerate() {
            let value = self.fields.iter().find(|(own, _)| own == name).map(|(_, value)| value);
            let between = if at > 0 { " " } else { "" };
            write!(writer, "{between}{}", value.map_or("-", String::as_str))?;
        }
        for (name, value) in &self.fields {
            if !first.contains(name) && *name != "message" {
                write!(writer, " {name}={value}")?;
            }
        }
        writer.write_str("\n")
    }
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        let (name, structured) = (field.name(), field.name() == STRUCTURED.1);
        // What a client says must not look like other fields.
        let value = if name == "message" || structured || !value.contains([' ', '"', '=']) {
            value.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'")
        } else {
            format!("{value:?}")
        };
        self.fields.push((name, value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.fields.push((field.name(), value.to_string()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.fields.push((field.name(), value.to_string()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.fields.push((field.name(), value.to_string()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
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

    fn exchange() {
        tracing::info!(
            target: "access",
            api = Some("orders"),
            version = None::<&str>,
            method = "GET",
            path = "/a b\"\n\u{1}é",
            status = 200,
            outcome = "translated",
            lost = r#"[{"rule":"r","count":2}]"#,
            peer = %"127.0.0.1:1",
            "exchange"
        );
    }

    /// A line behind its time.
    fn timeless(line: &str) -> &str {
        let (time, rest) = line.split_once('Z').unwrap();
        assert!(time.contains("20"), "{line}");
        rest
    }

    #[test]
    fn a_line_is_one_json_object() {
        let line = logged(Form::Json, exchange);
        assert!(line.starts_with("{\"timestamp\":\"20"), "{line}");
        assert_eq!(
            timeless(&line),
            "\",\"level\":\"INFO\",\"message\":\"exchange\",\"api\":\"orders\",\"method\":\"GET\",\
             \"path\":\"/a b\\\"\\n\\u0001é\",\"status\":200,\"outcome\":\"translated\",\
             \"lost\":[{\"rule\":\"r\",\"count\":2}],\"peer\":\"127.0.0.1:1\",\"target\":\"access\"}\n"
        );
        // Nobody else's text is taken for JSON.
        let line = logged(Form::Json, || tracing::info!(target: "h2", lost = "[", "x"));
        assert!(line.ends_with("\"lost\":\"[\",\"target\":\"h2\"}\n"), "{line}");
    }

    #[test]
    fn a_line_for_people_is_one_line() {
        let line = logged(Form::Text, exchange);
        let lost = r#"lost=[{"rule":"r","count":2}]"#;
        let first = "GET \"/a b\\\"\\n\\u{1}é\" 200 translated";
        assert_eq!(timeless(&line), format!("  INFO {first} api=orders {lost} peer=127.0.0.1:1\n"));
        let line = logged(Form::Text, || tracing::warn!(file = "a b", line = 3, "it is so"));
        assert!(line.ends_with("Z  WARN it is so file=\"a b\" line=3\n"), "{line}");
    }

    #[test]
    fn what_is_missing_is_told_in_the_same_form() {
        let line = Form::Json.missing(3);
        assert!(line.starts_with("{\"timestamp\":\"20") && line.ends_with("\"}\n"), "{line}");
        assert!(
            timeless(&line).contains("\"level\":\"WARN\"") && line.contains(",\"lines\":3,"),
            "{line}"
        );
        assert!(Form::Text.missing(3).ends_with("  WARN lines of the log were lost lines=3\n"));
    }
}
