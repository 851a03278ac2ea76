//! Two JSON documents side by side, as text of a fixed width.

use crate::json::{self, Value};

/// How wide a column is.
const WIDTH: usize = 46;

/// Both documents with their headings, line by line.
pub(super) fn side_by_side(left: (&str, &[u8]), right: (&str, &[u8])) -> Vec<String> {
    let (mut one, mut two) = (lines(left.1), lines(right.1));
    let rows = one.len().max(two.len());
    one.resize(rows, String::new());
    two.resize(rows, String::new());
    let mut out = vec![row(left.0, right.0), row(&"-".repeat(WIDTH), &"-".repeat(WIDTH))];
    out.extend(one.iter().zip(&two).map(|(one, two)| row(one, two)));
    out
}

fn row(left: &str, right: &str) -> String {
    format!("  {left:WIDTH$}  {right}").trim_end().to_owned()
}

/// A document over several lines; text that is no JSON as it stands.
fn lines(document: &[u8]) -> Vec<String> {
    let mut out = vec![String::new()];
    match json::parse(document, 64) {
        Ok(value) => write(&value, 0, &mut out),
        Err(_) => out = vec![String::from_utf8_lossy(document).into_owned()],
    }
    out
}

/// Small values stay on their line.
fn write(value: &Value, depth: usize, out: &mut Vec<String>) {
    let flat = value.to_string();
    let used = out.last().map_or(0, |line| line.chars().count());
    let members: Vec<(String, &Value)> = match value {
        Value::Object(all) => {
            all.iter().map(|(name, v)| (format!("\"{}\": ", name.raw()), v)).collect()
        }
        Value::Array(all) => all.iter().map(|v| (String::new(), v)).collect(),
        _ => Vec::new(),
    };
    if members.is_empty() || (depth > 0 && used + flat.chars().count() < WIDTH) {
        push(out, &flat);
        return;
    }
    let (open, close) = if matches!(value, Value::Array(_)) { ("[", "]") } else { ("{", "}") };
    push(out, open);
    let last = members.len() - 1;
    for (at, (name, inner)) in members.iter().enumerate() {
        out.push(format!("{}{name}", "  ".repeat(depth + 1)));
        write(inner, depth + 1, out);
        if at < last {
            push(out, ",");
        }
    }
    out.push(format!("{}{close}", "  ".repeat(depth)));
}

fn push(out: &mut [String], text: &str) {
    if let Some(line) = out.last_mut() {
        line.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_side_goes_on_alone() {
        let rows = side_by_side(("a", b"{\"x\":1,\"y\":[2]}"), ("b", b"no json"));
        let expected = ["{", "  \"x\": 1,", "  \"y\": [2]", "}"];
        assert_eq!(rows.len(), 2 + expected.len());
        assert!(rows[2].ends_with("no json"), "{rows:?}");
        for (row, line) in rows[3..].iter().zip(&expected[1..]) {
            assert_eq!(row.trim_end(), format!("  {line}"));
        }
    }
}
