//! How a listing is laid out: rows of a table, and texts that are broken where they would be too
//! long. It knows nothing of programs.

/// Characters of a line that is not broken.
const WIDTH: usize = 96;
/// Names up to this long stand in one column.
const COLUMN: usize = 24;

/// A row: a name, and what there is to say about it.
pub(super) struct Row {
    name: String,
    text: Text,
    depth: usize,
}

impl Row {
    pub(super) fn new(name: impl Into<String>, text: impl Into<Text>) -> Self {
        Self { name: name.into(), text: text.into(), depth: 0 }
    }

    /// The row as a part of a line.
    pub(super) fn line(&self) -> String {
        named(&self.name, self.text.line())
    }

    /// The row, further in.
    pub(super) fn beneath(self, depth: usize) -> Self {
        Self { depth, ..self }
    }
}

/// A text with an end in braces: several texts, each with its name.
pub(super) struct Text {
    pub(super) head: String,
    pub(super) inner: Option<Vec<(String, Text)>>,
}

impl From<String> for Text {
    fn from(head: String) -> Self {
        Self { head, inner: None }
    }
}

impl From<&str> for Text {
    fn from(head: &str) -> Self {
        Self::from(head.to_owned())
    }
}

impl Text {
    /// The text with something before it.
    pub(super) fn after(self, before: &str) -> Self {
        let space = if self.head.is_empty() { "" } else { " " };
        Self { head: format!("{before}{space}{}", self.head), ..self }
    }

    /// All of it in one line.
    pub(super) fn line(&self) -> String {
        let Some(inner) = &self.inner else { return self.head.clone() };
        let inner: Vec<String> =
            inner.iter().map(|(name, text)| named(name, text.line())).collect();
        let space = if self.head.is_empty() { "" } else { " " };
        if inner.is_empty() {
            return format!("{}{space}{{}}", self.head);
        }
        format!("{}{space}{{ {} }}", self.head, inner.join(", "))
    }

    /// One line, or several where that would be too long.
    fn lines(&self, room: usize) -> Vec<String> {
        let line = self.line();
        let Some(inner) = self.inner.as_ref().filter(|_| line.chars().count() > room) else {
            return vec![line];
        };
        let space = if self.head.is_empty() { "" } else { " " };
        let mut lines = vec![format!("{}{space}{{", self.head)];
        for (name, text) in inner {
            let room = room.saturating_sub(name.chars().count().saturating_add(4));
            for (at, line) in text.lines(room).into_iter().enumerate() {
                let line = if at == 0 { named(name, line) } else { line };
                lines.push(format!("  {line}"));
            }
        }
        lines.push(String::from("}"));
        lines
    }
}

fn named(name: &str, text: String) -> String {
    if name.is_empty() { text } else { format!("{name}: {text}") }
}

/// Rows with their texts in one column.
pub(super) fn table(depth: usize, rows: &[Row]) -> Vec<String> {
    let length = |row: &Row| row.depth.saturating_mul(2).saturating_add(row.name.chars().count());
    let lengths = rows.iter().map(length).filter(|length| *length <= COLUMN);
    let column = lengths.max().unwrap_or(0).saturating_add(2);
    let indent = "  ".repeat(depth);
    let mut lines = Vec::new();
    for row in rows {
        let own = "  ".repeat(row.depth);
        let gap = " ".repeat(column.saturating_sub(length(row)).max(2));
        let room = WIDTH.saturating_sub(column.saturating_add(indent.len()));
        for (at, line) in row.text.lines(room).into_iter().enumerate() {
            let line = if at == 0 {
                format!("{indent}{own}{}{gap}{line}", row.name)
            } else {
                format!("{indent}{}{line}", " ".repeat(column))
            };
            lines.push(line.trim_end().to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{Row, Text, table};

    #[test]
    fn what_is_too_long_is_broken_at_its_braces() {
        let many = |n: usize| {
            let inner =
                (0..n).map(|i| (format!("member_{i}"), Text::from("$.somewhere"))).collect();
            Text { head: String::from("made"), inner: Some(inner) }
        };
        let rows = [Row::new("a", many(1)), Row::new("longer", many(5)), Row::new("b", "c")];
        let lines = table(1, &rows.map(|row| row.beneath(0)));
        assert_eq!(
            lines,
            [
                "  a       made { member_0: $.somewhere }",
                "  longer  made {",
                "            member_0: $.somewhere",
                "            member_1: $.somewhere",
                "            member_2: $.somewhere",
                "            member_3: $.somewhere",
                "            member_4: $.somewhere",
                "          }",
                "  b       c",
            ]
        );
        assert_eq!(many(0).line(), "made {}");
    }
}
