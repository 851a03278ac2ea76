//! Header values: media types and lists. It knows nothing of what they are used for.

/// What a body says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// A whole JSON document in UTF-8.
    Json,
    /// JSON Merge Patch, JSON Patch or another document about a part.
    Patch,
    /// JSON in a charset other than UTF-8.
    Charset,
    /// Anything else, or nothing at all.
    Other,
}

/// Sorts a `Content-Type`.
pub fn media(content_type: &str) -> Media {
    let mut parts = content_type.split(';');
    let name = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    if name.starts_with("application/") && name.contains("patch+json") {
        return Media::Patch;
    }
    if name != "application/json" && !(name.starts_with("application/") && name.ends_with("+json"))
    {
        return Media::Other;
    }
    for parameter in parts {
        let Some((key, value)) = parameter.split_once('=') else { continue };
        let value = value.trim().trim_matches('"');
        if key.trim().eq_ignore_ascii_case("charset")
            && !["utf-8", "utf8", "us-ascii"].iter().any(|own| value.eq_ignore_ascii_case(own))
        {
            return Media::Charset;
        }
    }
    Media::Json
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
        assert_eq!(media("application/json;charset=latin1"), Media::Charset);
        assert_eq!(media("application/merge-patch+json"), Media::Patch);
        assert_eq!(media("application/json-patch+json"), Media::Patch);
        assert_eq!(media("text/html"), Media::Other);
        assert_eq!(media(""), Media::Other);
    }
}
