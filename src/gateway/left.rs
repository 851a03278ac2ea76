//! What becomes of a body that nobody wants, and of the connection that it comes on. It answers nothing.

use std::time::Duration;

use http::{Response, Version, header, request};
use hyper::body::Body as _;

use super::line::Line;
use super::record::Exchange;
use crate::body::{self, Body, Source};

/// A body of so many bytes that nobody wants is still read, for so long.
const SMALL: (u64, Duration) = (64 << 10, Duration::from_secs(1));

/// Says that the connection ends with an answer: what is left of the request's body would be read as the
/// next request.
pub(super) fn leave(response: &mut Response<Body>, line: &Line) {
    line.linger();
    let close = http::HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
}

/// Reads a small body that nobody wants, so that the connection can go on behind it. Over HTTP/2
/// nothing of it is in the way, and who waits to be asked for it is not asked.
pub(super) async fn waste(head: &request::Parts, source: Source, record: &mut Exchange) {
    let (most, time) = SMALL;
    let small = source.size_hint().upper().is_some_and(|bytes| bytes <= most);
    if small && head.version != Version::HTTP_2 && !head.headers.contains_key(header::EXPECT) {
        record.gathered = body::waste(source, time).await.unwrap_or_default();
    }
}
