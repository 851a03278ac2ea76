//! Names and values of headers: media types and lists. It knows nothing of what they are used for.

use http::HeaderName;

/// What a body says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// A whole JSON document.
    Json,
    /// JSON Merge Patch, JSON Patch or another document about a part.
    Patch,
    /// Anything else, or nothing at all.
    Other,
}

/// Sorts a `Content-Type`.
pub fn media(content_type: &str) -> Media {
    let name = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if name.starts_with("application/") && name.contains("patch+json") {
        return Media::Patch;
    }
    // Some say `json+x` for `x+json`.
    let json = name == "application/json" || name.starts_with("application/json+");
    if json || name.starts_with("application/") && name.ends_with("+json") {
        return Media::Json;
    }
    Media::Other
}

/// Whether a field can have this name (RFC 9110, 5.1).
pub fn is_field_name(name: &str) -> bool {
    HeaderName::try_from(name).is_ok()
}

/// Whether a cookie can have this name, and nothing takes a part of it for something else.
pub fn is_cookie_name(name: &str) -> bool {
    let ends = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '=' | ';' | ',');
    !name.is_empty() && !name.contains(ends)
}

/// Every charset that a `Content-Type` says, in the order in which it does.
pub fn charsets(content_type: &str) -> impl Iterator<Item = &str> {
    parts(content_type).skip(1).filter_map(charset)
}

/// The same `Content-Type` with another charset, where it says one.
pub fn with_charset(content_type: &str, new: &str) -> String {
    let mut all = parts(content_type);
    let mut written = all.next().unwrap_or_default().trim().to_owned();
    for part in all {
        match charset(part) {
            Some(_) => written.extend(["; charset=", new]),
            None => written.extend(["; ", part.trim()]),
        }
    }
    written
}

/// The charset that a parameter says.
fn charset(parameter: &str) -> Option<&str> {
    let (key, value) = parameter.split_once('=')?;
    key.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
}

/// What stands between semicolons, but for those in quotes.
fn parts(value: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    value.split(move |c| {
        let ends = c == ';' && !quoted;
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && quoted && !escaped;
        ends
    })
}

/// The elements of a comma-separated list, without empty ones.
pub fn list(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|element| !element.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_sorted() {
        assert_eq!(media("application/json"), Media::Json);
        assert_eq!(media("Application/Vnd.x+JSON; charset=\"UTF-8\""), Media::Json);
        assert_eq!(media("application/problem+json"), Media::Json);
        assert_eq!(media("application/json+sarif"), Media::Json);
        assert_eq!(media("application/json;charset=latin1"), Media::Json);
        assert_eq!(media("application/merge-patch+json"), Media::Patch);
        assert_eq!(media("application/json-patch+json"), Media::Patch);
        assert_eq!(media("text/html"), Media::Other);
        assert_eq!(media(""), Media::Other);
    }

    #[test]
    fn charsets_are_read_and_written_beside_other_parameters() {
        let said = |text| charsets(text).collect::<Vec<_>>();
        assert_eq!(said("application/json"), [""; 0]);
        assert_eq!(said("a/b; Charset = \"UTF-8\""), ["UTF-8"]);
        assert_eq!(said("a/b;charset=x;q=1; charset=y"), ["x", "y"]);
        let quoted = r#"a/b; profile="a;charset=x \"; charset=y"; charset=z"#;
        assert_eq!(said(quoted), ["z"]);
        let utf8 = r#"a/b; profile="a;charset=x \"; charset=y"; charset=utf-8"#;
        assert_eq!(with_charset(quoted, "utf-8"), utf8);
        assert_eq!(with_charset("a/b;charset=x;v=1", "utf-8"), "a/b; charset=utf-8; v=1");
        assert_eq!(with_charset("a/b", "utf-8"), "a/b");
    }
}
