//! Files of test cases: sections of lines under marks (`=== contract v1`).

pub(crate) const MARK: &str = "=== ";

/// `=== name` and the lines after it.
pub(crate) fn sections(text: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix(MARK) {
            all.push((name.to_owned(), String::new()));
        } else if let Some((_, body)) = all.last_mut() {
            body.push_str(line);
            body.push('\n');
        }
    }
    all
}
