//! Targets that a client sees: what was taken off the path of its request is put back in them. It
//! touches no other header.

use std::collections::HashMap;

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

/// The targets that a client sees, as paths and queries at the backend: those that the client's
/// version may have elsewhere.
pub(in crate::gateway) fn targets(headers: &HeaderMap, target: &Target) -> Vec<String> {
    let mut found = Vec::new();
    for name in [LOCATION, CONTENT_LOCATION, LINK] {
        for value in headers.get_all(&name).iter().filter_map(|value| value.to_str().ok()) {
            if name != LINK {
                found.extend(own(value, target).map(|path| whole(path).0.to_owned()));
                continue;
            }
            let uris = value.split('<').skip(1).filter_map(|from| from.split_once('>'));
            let paths = uris.filter_map(|(uri, _)| own(uri, target));
            found.extend(paths.map(|path| whole(path).0.to_owned()));
        }
    }
    found
}

/// A reference without its fragment, and the fragment with its sign.
fn whole(path: &str) -> (&str, &str) {
    path.split_at(path.find('#').unwrap_or(path.len()))
}

/// Puts what was stripped back into the targets that a client sees, and `moved` for what they were.
pub(in crate::gateway) fn relocate(
    headers: &mut HeaderMap,
    target: &Target,
    (stripped, moved): (&str, &Moved),
) {
    for name in &POINTERS {
        rewrite(headers, name, |text| {
            if *name == LINK {
                links(text, target, (stripped, moved))
            } else if *name == SET_COOKIE {
                cookie(text, target, stripped)
            } else {
                relocated(text, target, (stripped, moved))
            }
        });
    }
}

fn relocated(value: &str, target: &Target, (stripped, moved): (&str, &Moved)) -> Option<String> {
    let (path, fragment) = whole(own(value, target)?);
    let path = moved.get(path).map_or(path, String::as_str);
    let moved = format!("{stripped}{path}{fragment}");
    // A reference that begins so would name a host (RFC 3986, section 4.2).
    Some(if moved.starts_with("//") { format!("/.{moved}") } else { moved })
}

/// The path of a reference at the backend, and what follows it.
fn own<'v>(value: &'v str, target: &Target) -> Option<&'v str> {
    let own = format!("http://{}", target.authority());
    let path = match value.strip_prefix(&*own) {
        Some("") => "/",
        Some(rest) if rest.starts_with(['/', '?']) => rest,
        None if value.starts_with('/') && !value.starts_with("//") => value,
        // Another host, or one of which ours is only the beginning, or a relative target.
        Some(_) | None => return None,
    };
    Some(inside(path, target))
}

/// A path at the backend, without what stands before all of its paths.
fn inside<'p>(path: &'p str, target: &Target) -> &'p str {
    match path.strip_prefix(target.base()) {
        Some("") => "/",
        Some(rest) if rest.starts_with(['/', '?']) => rest,
        Some(_) | None => path,
    }
}

/// The targets of `</orders?page=2>; rel="next", <…>`.
fn links(value: &str, target: &Target, by: (&str, &Moved)) -> Option<String> {
    let (mut moved, mut rest, mut any) = (String::new(), value, false);
    while let Some((before, from)) = rest.split_once('<') {
        // One within quotes opens no target.
        if before.matches('"').count() % 2 == 1 {
            let end = from.find('"').map_or(from.len(), |at| at.saturating_add(1));
            let (quoted, after) = from.split_at(end);
            moved.extend([before, "<", quoted]);
            rest = after;
            continue;
        }
        let (uri, after) = from.split_once('>')?;
        let new = relocated(uri, target, by);
        any |= new.is_some();
        moved.extend([before, "<", new.as_deref().unwrap_or(uri), ">"]);
        rest = after;
    }
    moved.push_str(rest);
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
            *part = format!(" Path={stripped}{}", inside(path, target));
            any = true;
        }
    }
    any.then(|| parts.join(";"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_inside_the_api_move() {
        let target = Target::parse("http://back:1/base").unwrap();
        let moved = Moved::from([("/issues/7?a=1".into(), "/tickets/7?b=1".into())]);
        let to = |value| relocated(value, &target, ("/shop/v1", &moved));
        assert_eq!(to("/base/orders/1").as_deref(), Some("/shop/v1/orders/1"));
        assert_eq!(to("http://back:1/base/o?x#y").as_deref(), Some("/shop/v1/o?x#y"));
        assert_eq!(to("/base/issues/7?a=1#x").as_deref(), Some("/shop/v1/tickets/7?b=1#x"));
        assert_eq!(to("http://back:12/base/o"), None);
        assert_eq!(to("//other/x"), None);
        assert_eq!(to("relative"), None);
        assert_eq!(to("/basement"), Some("/shop/v1/basement".into()));
        assert_eq!(to("http://back:1"), Some("/shop/v1/".into()));
        let bare = |value| relocated(value, &target, ("", &Moved::new()));
        assert_eq!(bare("http://back:1//other/x").as_deref(), Some("/.//other/x"));
        assert_eq!(bare("/base//other/x").as_deref(), Some("/.//other/x"));
        assert_eq!(to("/base//other/x").as_deref(), Some("/shop/v1//other/x"));
    }

    #[test]
    fn every_link_moves_by_itself() {
        let target = Target::parse("http://back:1").unwrap();
        let to = |value| links(value, &target, ("/v1", &Moved::new()));
        let two = r#"</o?page=2>; rel="next", <http://back:1/o>; title="</o>", <https://x/o>"#;
        let moved = r#"</v1/o?page=2>; rel="next", </v1/o>; title="</o>", <https://x/o>"#;
        assert_eq!(to(two).as_deref(), Some(moved));
        assert_eq!(to("<https://x/o>"), None);
        assert_eq!(to("<broken"), None);
    }

    #[test]
    fn cookies_keep_to_their_path() {
        let target = Target::parse("http://back:1/base").unwrap();
        let to = |value| cookie(value, &target, "/shop");
        assert_eq!(to("a=/b; path=/base/x; Secure").as_deref(), Some("a=/b; Path=/shop/x; Secure"));
        assert_eq!(to("a=b; Path=/").as_deref(), Some("a=b; Path=/shop/"));
        assert_eq!(to("path=/x; Secure"), None);
        assert_eq!(
            to("a=b; path=/base/x; Path=/y").as_deref(),
            Some("a=b; Path=/shop/x; Path=/shop/y")
        );
    }
}
