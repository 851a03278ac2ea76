//! Targets that a client sees: what was taken off the path of its request is put back in them. It
//! touches no other header.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use http::header::{CONTENT_LOCATION, LINK, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderName};

use super::rewrite;
use crate::upstream::Target;

/// Paths and queries of the backend's version, as the client's has them.
pub(in crate::gateway) type Moved = HashMap<String, String>;

/// The headers in which a client sees targets.
static POINTERS: [HeaderName; 4] = [LOCATION, CONTENT_LOCATION, LINK, SET_COOKIE];

/// Whether there is any target that a client sees.
pub(in crate::gateway) fn points(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| POINTERS.contains(name))
}

/// What of the targets of an answer is inside the API, and where that is for the client.
#[derive(Clone, Copy, Debug)]
pub(in crate::gateway) struct Inside<'a> {
    /// The backend.
    pub(in crate::gateway) target: &'a Target,
    /// The host that the backend was told that the client asks.
    pub(in crate::gateway) asked: Option<&'a str>,
    /// What was taken off the path of the request.
    pub(in crate::gateway) stripped: &'a str,
}

/// The targets that a client sees, as paths and queries at the backend: those that the client's
/// version may have elsewhere.
pub(in crate::gateway) fn targets(headers: &HeaderMap, inside: Inside<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for name in [LOCATION, CONTENT_LOCATION, LINK] {
        for value in headers.get_all(&name).iter().filter_map(|value| value.to_str().ok()) {
            let whole = 0..value.len();
            let places = if name == LINK { places(value) } else { vec![whole] };
            let all = places.into_iter().filter_map(|at| inside.own(value.get(at)?));
            found.extend(all.map(|(_, path)| rooted(whole_of(path).0).into_owned()));
        }
    }
    found
}

/// A reference without its fragment, and the fragment with its sign.
fn whole_of(path: &str) -> (&str, &str) {
    path.split_at(path.find('#').unwrap_or(path.len()))
}

/// A path that is empty is `/` (RFC 9110, section 4.2.3).
fn rooted(path: &str) -> Cow<'_, str> {
    if path.starts_with('/') { path.into() } else { format!("/{path}").into() }
}

/// Puts what was stripped back into the targets that a client sees, and `moved` for what they were; `said`
/// says in them which version the client asked, where they are to say it.
pub(in crate::gateway) fn relocate(
    headers: &mut HeaderMap,
    inside: Inside<'_>,
    moved: &Moved,
    said: impl Fn(&str) -> Option<String>,
) {
    let to = |value: &str| {
        let (host, rest) = inside.own(value)?;
        let (path, fragment) = whole_of(rest);
        let path = rooted(path);
        let path = moved.get(&*path).map_or(&*path, String::as_str);
        let said = said(path);
        let path = said.as_deref().unwrap_or(path);
        let moved = format!("{}{path}{fragment}", inside.stripped);
        // A reference that begins so would name a host (RFC 3986, section 4.2).
        let opens = host.is_empty() && moved.starts_with("//");
        Some(if opens { format!("/.{moved}") } else { format!("{host}{moved}") })
    };
    for name in &POINTERS {
        rewrite(headers, name, |text| {
            if *name == LINK {
                links(text, to)
            } else if *name == SET_COOKIE {
                cookie(text, inside.target, inside.stripped)
            } else {
                to(text)
            }
        });
    }
}

impl Inside<'_> {
    /// The path of a reference at the backend, and what follows it; before it what names the host, where that
    /// is the client's own, and stays.
    fn own<'v>(&self, value: &'v str) -> Option<(&'v str, &'v str)> {
        if value.starts_with('/') && !value.starts_with("//") {
            return Some(("", inside(value, self.target)));
        }
        // What is relative is so to what the client asked, and stays.
        let (scheme, rest) = value.split_once("://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, path) = rest.split_at_checked(end)?;
        let port = match scheme {
            _ if scheme.eq_ignore_ascii_case("http") => ":80",
            _ if scheme.eq_ignore_ascii_case("https") => ":443",
            _ => return None,
        };
        let is = |own: &str| {
            let [one, other] = [host, own].map(|text| text.strip_suffix(port).unwrap_or(text));
            !one.is_empty() && one.eq_ignore_ascii_case(other)
        };
        if port == ":80" && is(self.target.authority().as_str()) {
            return Some(("", inside(if path.is_empty() { "/" } else { path }, self.target)));
        }
        if !self.asked.is_some_and(is) {
            return None;
        }
        let before = value.split_at_checked(value.len().checked_sub(path.len())?)?.0;
        let path = if path.is_empty() { "/" } else { path };
        let own = within(path, self.target.base());
        // Where the backend has all paths, one that is the client's already can be told from its own.
        let known = !self.stripped.is_empty() && within(path, self.stripped).is_some();
        own.filter(|_| !(self.target.base().is_empty() && known)).map(|path| (before, path))
    }
}

/// A path without a beginning that it has as whole segments.
fn within<'p>(path: &'p str, base: &str) -> Option<&'p str> {
    match path.strip_prefix(base)? {
        "" => Some("/"),
        rest => rest.starts_with(['/', '?', '#']).then_some(rest),
    }
}

/// A path at the backend, without what stands before all of its paths.
fn inside<'p>(path: &'p str, target: &Target) -> &'p str {
    within(path, target.base()).unwrap_or(path)
}

/// Where the targets of `</orders?page=2>; rel="next", <…>` are (RFC 8288, 3); none where it cannot be
/// read to its end.
fn places(value: &str) -> Vec<Range<usize>> {
    let (mut found, mut chars) = (Vec::new(), value.char_indices());
    let mut quoted = false;
    while let Some((at, c)) = chars.next() {
        match c {
            // What is escaped neither ends a text nor escapes anything.
            '\\' if quoted => drop(chars.next()),
            '"' => quoted = !quoted,
            // Within quotes it opens no target.
            '<' if !quoted => {
                let Some((end, _)) = chars.find(|(_, c)| *c == '>') else { return Vec::new() };
                found.push(at.saturating_add(1)..end);
            }
            _ => {}
        }
    }
    found
}

/// Puts other targets into a `Link`.
fn links(value: &str, to: impl Fn(&str) -> Option<String>) -> Option<String> {
    let (mut moved, mut at, mut any) = (String::new(), 0, false);
    for place in places(value) {
        let (before, uri) = (value.get(at..place.start)?, value.get(place.clone())?);
        let new = to(uri);
        any |= new.is_some();
        moved.extend([before, new.as_deref().unwrap_or(uri)]);
        at = place.end;
    }
    moved.push_str(value.get(at..)?);
    any.then_some(moved)
}

/// The path that a cookie is for.
fn cookie(value: &str, target: &Target, stripped: &str) -> Option<String> {
    let mut parts: Vec<_> = value.split(';').map(str::to_owned).collect();
    let mut any = false;
    // Of two paths the last one counts, and some readers may take the first.
    for part in parts.iter_mut().skip(1) {
        let Some((name, path)) = part.split_once('=') else { continue };
        let path = path.trim();
        if name.trim().eq_ignore_ascii_case("path") && path.starts_with('/') {
            // What holds above all paths of the backend holds for each of them.
            let above = within(target.base(), path.trim_end_matches('/')).is_some();
            let path = if above { "/" } else { inside(path, target) };
            *part = format!(" Path={stripped}{path}");
            any = true;
        }
    }
    any.then(|| parts.join(";"))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// What becomes of one target.
    fn to(value: &str, (target, stripped): (&str, &str), moved: &Moved) -> Option<String> {
        let target = Target::parse(target).unwrap();
        let inside = Inside { target: &target, asked: Some("Api.Example"), stripped };
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, HeaderValue::from_str(value).unwrap());
        relocate(&mut headers, inside, moved, |_| None);
        Some(headers[LOCATION].to_str().unwrap().to_owned()).filter(|new| new != value)
    }

    #[test]
    fn targets_inside_the_api_move() {
        let moved = Moved::from([("/issues/7?a=1".into(), "/tickets/7?b=1".into())]);
        let there = ("http://back:1/base", "/shop/v1");
        for (value, expected) in [
            ("/base/orders/1", Some("/shop/v1/orders/1")),
            ("http://back:1/base/o?x#y", Some("/shop/v1/o?x#y")),
            ("/base/issues/7?a=1#x", Some("/shop/v1/tickets/7?b=1#x")),
            ("HTTP://Back:1/base/issues/7?a=1#x", Some("/shop/v1/tickets/7?b=1#x")),
            ("http://back:12/base/o", None),
            ("https://back:1/base/o", None),
            ("//other/x", None),
            ("relative", None),
            ("?page=2", None),
            ("/basement", Some("/shop/v1/basement")),
            ("http://back:1", Some("/shop/v1/")),
            ("/base//other/x", Some("/shop/v1//other/x")),
        ] {
            assert_eq!(to(value, there, &moved).as_deref(), expected, "{value}");
        }
        let bare = |value| to(value, ("http://back:1/base", ""), &Moved::new());
        assert_eq!(bare("http://back:1//other/x").as_deref(), Some("/.//other/x"));
        assert_eq!(bare("/base//other/x").as_deref(), Some("/.//other/x"));
        for (value, expected) in [
            ("/base#x", "/#x"),
            ("/base?x", "/?x"),
            ("http://back:1?x", "/?x"),
            ("http://back:1#x", "/#x"),
        ] {
            assert_eq!(bare(value).as_deref(), Some(expected), "{value}");
        }
        // The port that is meant anyway may be said or not.
        let plain = |value| to(value, ("http://back:80", "/v1"), &Moved::new());
        assert_eq!(plain("http://back/o").as_deref(), Some("/v1/o"));
        assert_eq!(plain("http://back:80/o").as_deref(), Some("/v1/o"));
    }

    /// A backend may say the host that it was told.
    #[test]
    fn targets_at_the_host_that_the_client_asked_move_there() {
        let moved = Moved::from([("/issues/7?a=1".into(), "/tickets/7?b=1".into())]);
        let there = ("http://back:1/base", "/shop/v1");
        for (value, expected) in [
            (
                "http://api.example/base/issues/7?a=1#x",
                Some("http://api.example/shop/v1/tickets/7?b=1#x"),
            ),
            ("https://API.example/base", Some("https://API.example/shop/v1/")),
            ("http://api.example:80/base/o", Some("http://api.example:80/shop/v1/o")),
            ("http://api.example:81/base/o", None),
            // Elsewhere on that host.
            ("http://api.example/shop/v1/o", None),
            ("http://api.example/basement", None),
            ("http://api.example", None),
            ("ftp://api.example/base/o", None),
            ("http://api.example.org/base/o", None),
            ("http://", None),
        ] {
            assert_eq!(to(value, there, &moved).as_deref(), expected, "{value}");
        }
        let bare = |value, stripped| to(value, ("http://back:1", stripped), &moved);
        let own = "http://api.example/issues/7?a=1";
        assert_eq!(bare(own, "").as_deref(), Some("http://api.example/tickets/7?b=1"));
        assert_eq!(bare(own, "/v1").as_deref(), Some("http://api.example/v1/tickets/7?b=1"));
        assert_eq!(bare("http://api.example", "/v1").as_deref(), Some("http://api.example/v1/"));
        assert_eq!(bare("http://api.example/v1/issues/7?a=1", "/v1"), None);
        // One behind the path that the backend has in front is its own, also where the client has the same.
        let same = to("http://api.example/v1/issues/7?a=1", ("http://back:1/v1", "/v1"), &moved);
        assert_eq!(same.as_deref(), Some("http://api.example/v1/tickets/7?b=1"));
    }

    #[test]
    fn every_link_moves_by_itself() {
        let to =
            |value: &str| links(value, |uri| uri.starts_with('/').then(|| format!("/v1{uri}")));
        let two = r#"</o?page=2>; rel="next", </o>; title="</o>", <https://x/o>"#;
        let moved = r#"</v1/o?page=2>; rel="next", </v1/o>; title="</o>", <https://x/o>"#;
        assert_eq!(to(two).as_deref(), Some(moved));
        let escaped = r#"</o>; title="a\"<b\\\\", </p>; title=\", </q>"#;
        let moved = r#"</v1/o>; title="a\"<b\\\\", </v1/p>; title=\", </q>"#;
        assert_eq!(to(escaped).as_deref(), Some(moved));
        assert_eq!(
            to(r#"</ö>; title="ü\é<", </o>"#).as_deref(),
            Some(r#"</v1/ö>; title="ü\é<", </v1/o>"#)
        );
        assert_eq!(to("<https://x/o>"), None);
        assert_eq!(to("</o>, <broken"), None);
    }

    #[test]
    fn cookies_keep_to_their_path() {
        let target = Target::parse("http://back:1/base").unwrap();
        let to = |value| cookie(value, &target, "/shop");
        assert_eq!(to("a=/b; path=/base/x; Secure").as_deref(), Some("a=/b; Path=/shop/x; Secure"));
        assert_eq!(to("a=b; Path=/").as_deref(), Some("a=b; Path=/shop/"));
        for (path, own) in
            [("/base", "/"), ("/base/", "/"), ("/basement", "/basement"), ("/b", "/b")]
        {
            let moved = format!("a=b; Path=/shop{own}");
            let came = format!("a=b; Path={path}");
            assert_eq!(cookie(&came, &target, "/shop").as_deref(), Some(&*moved));
        }
        let target = Target::parse("http://back:1/api/v2").unwrap();
        for path in ["/api", "/api/", "/api/v2"] {
            let moved = cookie(&format!("a=b; Path={path}"), &target, "/api/v1");
            assert_eq!(moved.as_deref(), Some("a=b; Path=/api/v1/"), "{path}");
        }
        assert_eq!(to("path=/x; Secure"), None);
        assert_eq!(
            to("a=b; path=/base/x; Path=/y").as_deref(),
            Some("a=b; Path=/shop/x; Path=/shop/y")
        );
    }
}
