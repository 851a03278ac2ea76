//! The head of an answer before and after its translation, and whether a body belongs to it. It translates
//! nothing.

use http::{Method, Response, StatusCode, header, response};

use super::headers;
use crate::body::Body;
use crate::message;
use crate::snapshot::{Course, Made, Message};

/// What a mapping may change of the head of an answer; [`finished`] puts it back.
pub(super) fn taken(head: &mut response::Parts) -> message::Head {
    let (headers, status) = (std::mem::take(&mut head.headers), Some(head.status.as_u16()));
    message::Head { headers, status, ..message::Head::default() }
}

/// An answer with what its head says now; `body` is made unless its status has none.
pub(super) fn finished(
    mut head: response::Parts,
    mut own: message::Head,
    body: impl FnOnce() -> Body,
) -> Response<Body> {
    let status = own.status.and_then(|status| StatusCode::from_u16(status).ok());
    let came = head.status;
    head.status = status.unwrap_or(came);
    let mut content = Body::empty();
    if head.status == StatusCode::RESET_CONTENT {
        // It has none, whatever the backend says (RFC 9110, 15.3.6).
        headers::describe_none(&mut own.headers);
    } else if head.status == StatusCode::NO_CONTENT {
        own.headers.remove(header::CONTENT_LENGTH);
        if came != StatusCode::NO_CONTENT {
            headers::forget(&mut own.headers);
            own.headers.remove(header::CONTENT_TYPE);
        }
    } else {
        content = body();
    }
    head.headers = own.headers;
    Response::from_parts(head, content)
}

/// Whether an answer has no body, and is about one that is, or was, another one for the client.
pub(super) fn is_unsent(
    method: &Method,
    status: StatusCode,
    (course, made): (&Course, &Made),
) -> bool {
    let reads = || made.as_ref().map_or(true, Message::reads_body);
    match status {
        StatusCode::NOT_MODIFIED => course.rewrites_answer(StatusCode::OK.as_u16()) || reads(),
        _ => *method == Method::HEAD && reads(),
    }
}

/// Whether answers of this status have no body, whatever they say (RFC 9110, 6.4.1).
pub(super) fn never_a_body(status: StatusCode) -> bool {
    status.is_informational()
        || [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT, StatusCode::NOT_MODIFIED]
            .contains(&status)
}
