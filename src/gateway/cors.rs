//! What browsers ask and are told of methods and headers by their names (Fetch, 3.3 and 4.8), where the
//! backend has them by others. It decides nothing about origins: that is the backend's.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::negotiate::Choice;
use crate::message::header::list;
use crate::message::path;
use crate::snapshot::{Carried, Course};

/// All methods, or all headers, but of a request with credentials.
const ANY: &str = "*";
/// The one header that `*` does not stand for.
const AUTHORIZATION: &str = "authorization";
/// Methods that a backend need not list (Fetch, 2.2.1).
const FREE: [Method; 3] = [Method::GET, Method::HEAD, Method::POST];
/// Headers that nobody is asked about (Fetch, 2.2.2): values that need leave after all are few.
const UNASKED: [&str; 3] = ["accept", "accept-language", "content-language"];

/// A preflight on its way, for its answer.
#[derive(Clone, Debug)]
pub(super) struct Preflight {
    /// The method of the client, and what the backend has in its stead.
    methods: Option<(Method, Method)>,
    /// Whether the client's version has the backend's method too.
    beside: bool,
    /// The headers that the client wants to send, in lower case.
    asked: Vec<String>,
}

/// What an answer says beside its lists.
#[derive(Clone, Copy, Debug)]
struct Leave {
    /// The origin may ask.
    origin: bool,
    /// `*` stands for all, as there are no credentials.
    wild: bool,
}

impl Preflight {
    /// Asks the backend in its own terms; `None`: they are the client's.
    pub(super) fn ask(
        headers: &mut HeaderMap,
        choice: &Choice<'_>,
        course: &Course,
    ) -> Option<Self> {
        let own = choice.behind.as_ref()?;
        let carried = &course.request.carried;
        if course.method.is_none() && carried.is_empty() {
            return None;
        }
        let mut beside = false;
        if let Some(sent) = &course.method {
            let (api, path) = (choice.api, path::plain(&choice.path));
            // Where what nobody names passes, each path has all of them.
            beside = api.config.passes || api.route(choice.way.from, sent, &path).is_some();
            let sent = HeaderValue::from_str(sent.as_str()).ok()?;
            headers.insert(ACCESS_CONTROL_REQUEST_METHOD, sent);
        }
        let asked = texts(headers, &ACCESS_CONTROL_REQUEST_HEADERS).unwrap_or_default();
        let asked: Vec<_> = asked.iter().map(|name| name.to_ascii_lowercase()).collect();
        if asked.iter().any(|name| carried.of(name).is_some()) {
            let mut sent: Vec<&str> = Vec::new();
            for name in &asked {
                match carried.of(name) {
                    Some(made) => sent.extend(made.iter().map(|own| &**own).filter(needs_leave)),
                    None => sent.push(name),
                }
            }
            // As browsers do, and some backends rely on (Fetch, 4.8).
            sent.sort_unstable();
            sent.dedup();
            put(headers, &ACCESS_CONTROL_REQUEST_HEADERS, &sent.join(","));
            if sent.is_empty() {
                headers.remove(ACCESS_CONTROL_REQUEST_HEADERS);
            }
        }
        let methods = course.method.clone().map(|sent| (own.clone(), sent));
        Some(Self { methods, beside, asked })
    }

    /// Puts the answer of the backend into the client's terms.
    pub(super) fn answer(&self, headers: &mut HeaderMap, course: &Course) {
        let credentials = headers.get(ACCESS_CONTROL_ALLOW_CREDENTIALS);
        let leave = Leave {
            origin: headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN),
            wild: credentials.is_none_or(|said| said != "true"),
        };
        if let Some(old) = texts(headers, &ACCESS_CONTROL_ALLOW_METHODS) {
            let new = self.methods(&old, leave);
            if let Some(new) = new.filter(|new| *new != old) {
                put(headers, &ACCESS_CONTROL_ALLOW_METHODS, &new.join(", "));
            }
        }
        if let Some(old) = texts(headers, &ACCESS_CONTROL_ALLOW_HEADERS) {
            let new = self.headers(&old, &course.request.carried, leave);
            if new != old {
                put(headers, &ACCESS_CONTROL_ALLOW_HEADERS, &new.join(", "));
            }
        }
    }

    /// The methods that the client may use, by those that the backend lists; `None`: what it says.
    fn methods(&self, old: &[String], leave: Leave) -> Option<Vec<String>> {
        let (own, sent) = self.methods.as_ref()?;
        let lists = |name: &str| old.iter().any(|method| method == name);
        let all = lists(ANY) && leave.wild;
        // What a backend that lets the origin ask need not list is allowed unsaid.
        let free = leave.origin && FREE.contains(sent) && !FREE.contains(own);
        let allowed = lists(sent.as_str()) || (free && !all);
        let mut new: Vec<String> = Vec::new();
        for method in old {
            let is_sent = *method == *sent.as_str();
            if *method == *own.as_str() && !allowed && !all {
                // It is of another operation of the backend.
                continue;
            }
            if !is_sent || self.beside {
                new.push(method.clone());
            }
            if is_sent && !lists(own.as_str()) {
                new.push(own.to_string());
            }
        }
        if allowed && !new.iter().any(|method| *method == *own.as_str()) {
            new.push(own.to_string());
        }
        new.dedup();
        Some(new)
    }

    /// The headers that the client may send, by those that the backend lists.
    fn headers(&self, old: &[String], carried: &Carried, leave: Leave) -> Vec<String> {
        let lists = |name: &str| old.iter().any(|own| own.eq_ignore_ascii_case(name));
        let any = lists(ANY) && leave.wild;
        let allows = |name: &str| lists(name) || (any && name != AUTHORIZATION);
        let asks = |name: &str| self.asked.iter().any(|own| *own == *name);
        let made = |name: &str| carried.all().any(|(_, made)| made.contains(name));
        let stays = |name: &&String| {
            let name = name.to_ascii_lowercase();
            carried.of(&name).is_none() && (!made(&name) || asks(&name))
        };
        let mut new: Vec<String> = old.iter().filter(stays).cloned().collect();
        for (name, made) in carried.all() {
            let mut needed = made.iter().map(|own| &**own).filter(needs_leave).peekable();
            // What needs no header there needs no leave but to ask at all.
            let nothing = needed.peek().is_none();
            let allowed = if nothing { leave.origin } else { needed.all(allows) };
            let said = !any || name == AUTHORIZATION;
            if allowed && said && (asks(name) || !nothing) {
                new.push(name.to_owned());
            }
        }
        new
    }
}

/// Names the headers of an answer that a page may see as its version has them.
pub(super) fn expose(headers: &mut HeaderMap, carried: &Carried) {
    if carried.is_empty() || !headers.contains_key(ACCESS_CONTROL_EXPOSE_HEADERS) {
        return;
    }
    let Some(old) = texts(headers, &ACCESS_CONTROL_EXPOSE_HEADERS) else { return };
    let mut new: Vec<&str> = Vec::new();
    let mut add = |name| {
        if !new.contains(&name) {
            new.push(name);
        }
    };
    let mut any = false;
    for name in &old {
        match carried.of(&name.to_ascii_lowercase()) {
            Some(made) => {
                any = true;
                for own in made {
                    add(own);
                }
            }
            None => add(name),
        }
    }
    if any {
        let new = new.join(", ");
        put(headers, &ACCESS_CONTROL_EXPOSE_HEADERS, &new);
    }
}

fn needs_leave(name: &&str) -> bool {
    !UNASKED.contains(name)
}

/// The elements of a list, which may be in several fields; `None`: not all of it is text.
fn texts(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<String>> {
    let values = headers.get_all(name).iter().map(HeaderValue::to_str);
    let values: Vec<_> = values.collect::<Result<_, _>>().ok()?;
    Some(values.into_iter().flat_map(list).map(str::to_owned).collect())
}

/// Says one value of a field, which is made of texts that were ones of fields.
fn put(headers: &mut HeaderMap, name: &HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
