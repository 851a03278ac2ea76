//! How a backend is told its version, and a client the one that it was served in, in headers. Which
//! versions these are was decided before; what stands in the path and the query of a request is none of
//! its business.

use std::borrow::Cow;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};

use super::headers::rewrite;
use super::negotiate::Choice;
use crate::api::{Tell, VersionFrom};
use crate::message::{offers, query};
use crate::version::ApiVersion;

/// Takes from a request what a client says of its version in media types, and tells the backend its
/// own. Who is told in one place is told nothing else in another.
pub(super) fn ask(headers: &mut HeaderMap, choice: &Choice<'_>) {
    let send = choice.backend.send.as_ref();
    for from in &choice.api.config.versions.from {
        match from {
            VersionFrom::Media(name) => {
                rewrite(headers, &ACCEPT, |value| offers::without(value, name));
                rewrite(headers, &CONTENT_TYPE, |value| offers::without(value, name));
            }
            VersionFrom::Header(name) if send.is_some() => {
                headers.remove(name);
            }
            VersionFrom::Header(_)
            | VersionFrom::Path(..)
            | VersionFrom::Query(_)
            | VersionFrom::Client => {}
        }
    }
    let version = choice.backend.version.as_str();
    match send {
        Some(Tell::Header(name)) => {
            if let Ok(value) = HeaderValue::from_str(version) {
                headers.insert(name.clone(), value);
            }
        }
        Some(Tell::Media(name)) => {
            if !headers.contains_key(ACCEPT) {
                headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
            }
            rewrite(headers, &ACCEPT, |value| Some(offers::with(value, name, version)));
            rewrite(headers, &CONTENT_TYPE, |value| Some(offers::with(value, name, version)));
        }
        Some(Tell::Path | Tell::Query(_)) | None => {}
    }
}

/// Says the version of an answer in its media type, if the client asked so, and in no case another one.
pub(super) fn answer(headers: &mut HeaderMap, choice: &Choice<'_>, version: &ApiVersion) {
    for from in &choice.api.config.versions.from {
        if let VersionFrom::Media(name) = from {
            rewrite(headers, &CONTENT_TYPE, |value| offers::without(value, name));
        }
    }
    if let Some(Tell::Media(name)) = &choice.backend.send {
        rewrite(headers, &CONTENT_TYPE, |value| offers::without(value, name));
    }
    if let Some(name) = &choice.media {
        let version = version.as_str();
        rewrite(headers, &CONTENT_TYPE, |value| {
            let bare = offers::without(value, name);
            let bare = bare.as_deref().unwrap_or(value);
            Some(offers::behind(bare, name, version))
        });
    }
}

/// A path and query of a target inside the API: without the version of the backend in its query, and with
/// what the client said of its own there.
pub(super) fn said(target: &str, choice: &Choice<'_>) -> Option<String> {
    let sent = match &choice.backend.send {
        Some(Tell::Query(name)) => Some(&**name),
        Some(Tell::Header(_) | Tell::Path | Tell::Media(_)) | None => None,
    };
    if sent.is_none() && choice.asked.is_none() {
        return None;
    }
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let bare =
        query.and_then(|query| sent.map_or(Some(query.into()), |n| query::without(query, n)));
    let query = match &choice.asked {
        Some((name, said)) => Some(Cow::Owned(query::with(bare.as_deref(), name, said))),
        None => bare,
    };
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("{path}{query}"))
}
