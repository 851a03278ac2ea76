//! Where an error becomes a status and a body (RFC 9457). It logs nothing.

use std::fmt;

use http::header::{ACCEPT_ENCODING, ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use thiserror::Error;

use super::course::explain;
use super::headers::Unreadable;
use super::negotiate::Choice;
use super::outcome::Outcome;
use super::record::Side;
use crate::body::{Body, BodyError, End};
use crate::coding::{DECODED, Undecoded};
use crate::json::Value;
use crate::snapshot::NoCounterpart;
use crate::translate::{Failure, Limits};
use crate::upstream::SendError;

/// Why an exchange ends with an answer of the gateway's own.
#[derive(Debug, Error)]
pub(super) enum Problem {
    /// `CONNECT`, `TRACE`
    #[error("the method is not supported")]
    Method,
    /// `Upgrade: websocket`
    #[error("protocol upgrades are not supported")]
    Upgrade,
    /// `OPTIONS` with `Max-Forwards: 0`, and the methods that there are. It is answered, not refused.
    #[error("the request may go no further")]
    LastHop(String),
    /// A host or path that no API has.
    #[error("no API answers to this host and path")]
    NoApi,
    /// An operation that the contract of the version does not have.
    #[error("version {0} has no such operation")]
    NoOperation(String),
    /// The same where the path has others, and which.
    #[error("version {0} has no such operation; this path has {1}")]
    NoMethod(String, String),
    /// `/a/../b`, and what some readers take for another path.
    #[error("the path can be read as another one; write it without `.`, `..` and empty segments")]
    Path,
    /// A backend that leads back to the gateway.
    #[error("the request has come through gateways like this one {0} times: a backend leads back")]
    Loop(usize),
    /// No version said, and none by default.
    #[error("the request names no version; there are {0}")]
    NoVersion(String),
    /// A version that nobody knows.
    #[error("there is no version {0}; there are {1}")]
    UnknownVersion(String, String),
    /// `X-Api-Version: 1` on `/v2/orders`
    #[error("the request names two different versions: {0} and {1}")]
    TwoVersions(String, String),
    /// No rule of the route is about the request.
    #[error("no backend takes this operation in this version")]
    NoBackend,
    /// A program that cannot be made.
    #[error("this cannot be translated: {0}")]
    NoCounterpart(NoCounterpart),
    /// A request that a rule refuses in its own words.
    #[error("{1}")]
    Refused(StatusCode, Said),
    /// A request's body that cannot be read as a document.
    #[error("the body cannot be translated: {0}")]
    Media(Unreadable),
    /// The same of an answer.
    #[error("the backend's answer cannot be translated: {0}")]
    AnswerMedia(Unreadable),
    /// An answer that the client's version has no counterpart of.
    #[error("the backend's answer cannot be translated: the client's version has none like it")]
    AnswerUnknown,
    /// `101 Switching Protocols`
    #[error("the backend's answer has a status that nobody asked for")]
    AnswerStatus,
    /// `Transfer-Encoding: gzip, chunked`
    #[error("no transfer coding but chunked is supported")]
    Coding,
    /// The same of an answer.
    #[error("the backend's answer has a transfer coding that is not supported")]
    AnswerCoding,
    /// A request's body did not come as it should.
    #[error("{0}")]
    Body(#[source] BodyError),
    /// The same of an answer.
    #[error("the backend's answer: {0}")]
    AnswerBody(#[source] BodyError),
    /// A request's body that is no text.
    #[error("the body cannot be decoded: {0}")]
    Undecoded(#[source] Undecoded),
    /// The same of an answer.
    #[error("the backend's answer cannot be decoded: {0}")]
    AnswerUndecoded(#[source] Undecoded),
    /// A request's body that is not translated.
    #[error("{0}")]
    Request(Said, #[source] Failure),
    /// The same of an answer.
    #[error("the backend's answer: {0}")]
    Answer(Said, #[source] Failure),
    /// No answer at all.
    #[error(transparent)]
    Send(#[from] SendError),
    /// A head that did not come to its end.
    #[error("the request's head was too slow")]
    SlowHead,
    /// HTTP/1.1 without `Host`, or with two; `Host: a b`, `http://name:word@x/`.
    #[error("the request must name one host, such as `x.example:80`, and no user")]
    Host,
    /// More than so many bytes.
    #[error("the request's head is larger than {0} bytes")]
    LargeHead(usize),
    /// The same of an answer.
    #[error("the head of the backend's answer is larger than {0} bytes, or has too many headers")]
    AnswerHead(usize),
    /// A fault of the gateway's own.
    #[error("the gateway failed")]
    Failed,
    /// The client paused for too long while its body was sent on.
    #[error("the request's body was too slow")]
    SlowUpload,
    /// The client went while its body was sent on.
    #[error("the body broke off")]
    BrokenUpload,
    /// A body that was sent on broke the protocol.
    #[error("the body is not framed as it should be")]
    GarbledUpload,
}

/// Why a message is not translated.
#[derive(Clone, Debug)]
pub(super) struct Said {
    /// As its client is told.
    text: Box<str>,
    /// As the log is, where the client is told what stands in the message.
    log: Option<Box<str>>,
}

impl Said {
    pub(super) fn new(text: impl Into<Box<str>>) -> Self {
        Self { text: text.into(), log: None }
    }

    /// The same, of which the log says something else.
    pub(super) fn apart(text: &str, log: String) -> Self {
        Self { text: text.into(), log: Some(log.into()) }
    }

    fn logged(&self) -> &str {
        self.log.as_ref().unwrap_or(&self.text)
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<NoCounterpart> for Problem {
    fn from(missing: NoCounterpart) -> Self {
        match missing {
            NoCounterpart::Refused(status, detail) => {
                let status = status.and_then(|status| StatusCode::from_u16(status).ok());
                Self::Refused(status.unwrap_or(StatusCode::NOT_IMPLEMENTED), Said::new(detail))
            }
            other => Self::NoCounterpart(other),
        }
    }
}

impl Problem {
    /// A request that is not translated.
    pub(super) fn of_request(choice: &Choice<'_>, failure: Failure, limits: Limits) -> Self {
        let said = explain(choice, (&failure, limits), Side::Request);
        let status = match &failure {
            Failure::Refused(refusal) => choice.api.refused(refusal.rule).0,
            Failure::Malformed(_) | Failure::Head(_) | Failure::TooLarge => None,
        };
        match status.and_then(|status| StatusCode::from_u16(status).ok()) {
            Some(status) => Self::Refused(status, said),
            None => Self::Request(said, failure),
        }
    }

    /// The same of an answer.
    pub(super) fn of_answer(choice: &Choice<'_>, failure: Failure, limits: Limits) -> Self {
        Self::Answer(explain(choice, (&failure, limits), Side::Answer), failure)
    }

    /// A request whose body has ended otherwise than it should.
    pub(super) fn of_upload(end: End) -> Option<Self> {
        match end {
            End::Open | End::Complete => None,
            End::Broken => Some(Self::BrokenUpload),
            End::Garbled => Some(Self::GarbledUpload),
            End::TooSlow => Some(Self::SlowUpload),
        }
    }

    /// Whether it is a whole answer that should be translated and cannot be, and no rule has refused it: one
    /// that may go on as it came.
    pub(super) fn is_bad_answer(&self) -> bool {
        match self {
            Self::AnswerMedia(_)
            | Self::AnswerUnknown
            | Self::AnswerUndecoded(_)
            | Self::AnswerBody(BodyError::TooLarge(_)) => true,
            Self::Answer(_, failure) => !matches!(failure, Failure::Refused(_)),
            _ => false,
        }
    }

    /// What the log says of it: of a head in the terms of who sent it, and nothing that a message says.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Answer(_, failure @ Failure::Head(_)) => {
                Self::Answer(Said::new(failure.to_string()), failure.clone()).to_string()
            }
            Self::Answer(said, failure) => {
                Self::Answer(Said::new(said.logged()), failure.clone()).to_string()
            }
            Self::Refused(_, said) | Self::Request(said, _) => said.logged().to_owned(),
            own => own.to_string(),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Refused(status, _) => *status,
            Self::LastHop(_) => StatusCode::OK,
            Self::Method | Self::NoMethod(..) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Loop(_) => StatusCode::LOOP_DETECTED,
            Self::NoApi | Self::NoOperation(_) => StatusCode::NOT_FOUND,
            Self::Host
            | Self::Path
            | Self::NoVersion(_)
            | Self::UnknownVersion(..)
            | Self::TwoVersions(..)
            | Self::Body(BodyError::Broken(_) | BodyError::Garbled(_))
            | Self::BrokenUpload
            | Self::GarbledUpload
            | Self::Undecoded(
                Undecoded::Broken(..) | Undecoded::Trailing(_) | Undecoded::Charset(..),
            )
            | Self::Request(_, Failure::Malformed(_) | Failure::Head(_))
            | Self::Send(SendError::Path(_)) => StatusCode::BAD_REQUEST,
            Self::Upgrade | Self::Coding | Self::NoBackend | Self::NoCounterpart(_) => {
                StatusCode::NOT_IMPLEMENTED
            }
            Self::Media(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::LargeHead(_) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Body(BodyError::TooSlow) | Self::SlowUpload | Self::SlowHead => {
                StatusCode::REQUEST_TIMEOUT
            }
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Body(BodyError::NoRoom) | Self::AnswerBody(BodyError::NoRoom) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Request(_, Failure::Refused(_)) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Body(BodyError::TooLarge(_))
            | Self::Undecoded(Undecoded::TooLarge(_) | Undecoded::Ratio)
            | Self::Request(_, Failure::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::AnswerBody(BodyError::TooSlow) | Self::Send(SendError::TooSlow) => {
                StatusCode::GATEWAY_TIMEOUT
            }
            Self::AnswerMedia(_)
            | Self::AnswerUnknown
            | Self::AnswerStatus
            | Self::AnswerHead(_)
            | Self::AnswerCoding
            | Self::AnswerBody(
                BodyError::Broken(_) | BodyError::Garbled(_) | BodyError::TooLarge(_),
            )
            | Self::AnswerUndecoded(_)
            | Self::Answer(_, _)
            | Self::Send(SendError::Connect(_) | SendError::Broken(_) | SendError::Closed(_)) => {
                StatusCode::BAD_GATEWAY
            }
        }
    }

    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::LastHop(_) => Outcome::Passed,
            Self::NoApi
            | Self::NoOperation(_)
            | Self::NoMethod(..)
            | Self::NoVersion(_)
            | Self::UnknownVersion(..)
            | Self::NoBackend => Outcome::Unmatched,
            Self::Method
            | Self::Upgrade
            | Self::Coding
            | Self::GarbledUpload
            | Self::Host
            | Self::Path
            | Self::Loop(_)
            | Self::LargeHead(_)
            | Self::TwoVersions(..)
            | Self::NoCounterpart(_)
            | Self::Refused(..)
            | Self::Body(BodyError::TooLarge(_) | BodyError::Garbled(_))
            | Self::Undecoded(Undecoded::TooLarge(_) | Undecoded::Ratio)
            | Self::Request(_, Failure::Refused(_) | Failure::TooLarge)
            | Self::Send(SendError::Path(_)) => Outcome::RefusedRequest,
            Self::Media(_)
            | Self::AnswerMedia(_)
            | Self::Undecoded(_)
            | Self::AnswerUndecoded(
                Undecoded::Broken(..) | Undecoded::Trailing(_) | Undecoded::Charset(..),
            )
            | Self::Request(_, Failure::Malformed(_) | Failure::Head(_))
            | Self::Answer(_, Failure::Malformed(_) | Failure::Head(_)) => Outcome::Undecodable,
            Self::AnswerUnknown
            | Self::AnswerBody(BodyError::TooLarge(_))
            | Self::AnswerUndecoded(Undecoded::TooLarge(_) | Undecoded::Ratio)
            | Self::Answer(_, Failure::Refused(_) | Failure::TooLarge) => Outcome::RefusedAnswer,
            Self::Body(BodyError::NoRoom) | Self::AnswerBody(BodyError::NoRoom) => {
                Outcome::Overloaded
            }
            Self::Body(BodyError::TooSlow)
            | Self::AnswerBody(BodyError::TooSlow)
            | Self::SlowUpload
            | Self::SlowHead
            | Self::Send(SendError::TooSlow) => Outcome::TimedOut,
            Self::Failed => Outcome::Failed,
            Self::Body(BodyError::Broken(_)) | Self::BrokenUpload => Outcome::ClientGone,
            Self::AnswerStatus
            | Self::AnswerHead(_)
            | Self::AnswerCoding
            | Self::AnswerBody(BodyError::Broken(_) | BodyError::Garbled(_))
            | Self::Send(SendError::Connect(_) | SendError::Broken(_) | SendError::Closed(_)) => {
                Outcome::BackendError
            }
        }
    }

    /// The limit or the time that it is about, as the configuration names it; of the head of a request
    /// there is `head`.
    pub(super) fn limit(&self) -> Option<&'static str> {
        match self {
            Self::LargeHead(_) | Self::AnswerHead(_) => Some("head"),
            Self::SlowHead => Some("timeouts.header"),
            Self::SlowUpload => Some("timeouts.body"),
            Self::Body(error) | Self::AnswerBody(error) => match error {
                BodyError::TooLarge(_) => Some("limits.body"),
                BodyError::NoRoom => Some("limits.buffered"),
                BodyError::TooSlow => Some("timeouts.body"),
                BodyError::Broken(_) | BodyError::Garbled(_) => None,
            },
            Self::Undecoded(Undecoded::TooLarge(_) | Undecoded::Ratio)
            | Self::AnswerUndecoded(Undecoded::TooLarge(_) | Undecoded::Ratio) => {
                Some("limits.body")
            }
            Self::Request(_, failure) | Self::Answer(_, failure) => match failure {
                Failure::TooLarge => Some("limits.output"),
                Failure::Malformed(wrong) => wrong.is_too_deep().then_some("limits.depth"),
                Failure::Head(bad) => bad.is_large().then_some("head"),
                Failure::Refused(_) => None,
            },
            Self::Send(SendError::TooSlow) => Some("timeouts.answer"),
            Self::Send(error) => error.is_late().then_some("timeouts.connect"),
            _ => None,
        }
    }

    /// The stable word for what happened.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::LastHop(_) => "last-hop",
            Self::Method => "method-not-supported",
            Self::Upgrade => "upgrade-not-supported",
            Self::NoApi => "no-api",
            Self::NoOperation(_) => "no-operation",
            Self::NoMethod(..) => "no-method",
            Self::Loop(_) => "loop",
            Self::NoVersion(_) => "no-version",
            Self::UnknownVersion(..) => "unknown-version",
            Self::TwoVersions(..) => "two-versions",
            Self::NoBackend => "no-backend",
            Self::NoCounterpart(_) | Self::AnswerUnknown => "no-counterpart",
            Self::Refused(..) => "refused-by-mapping",
            Self::Host => "bad-host",
            Self::LargeHead(_) => "head-too-large",
            Self::Failed => "failed",
            Self::Media(_) | Self::AnswerMedia(_) => "not-translatable",
            Self::Body(error) | Self::AnswerBody(error) => match error {
                BodyError::Broken(_) | BodyError::Garbled(_) => "body-broken",
                BodyError::TooSlow => "body-too-slow",
                BodyError::TooLarge(_) => "body-too-large",
                BodyError::NoRoom => "overloaded",
            },
            Self::Undecoded(error) | Self::AnswerUndecoded(error) => match error {
                Undecoded::Broken(..) | Undecoded::Trailing(_) | Undecoded::Charset(..) => {
                    "malformed-document"
                }
                Undecoded::TooLarge(_) | Undecoded::Ratio => "body-too-large",
            },
            Self::Request(_, failure) | Self::Answer(_, failure) => match failure {
                Failure::Malformed(_) => "malformed-document",
                Failure::Head(_) => "malformed-head",
                Failure::Refused(_) => "refused-by-mapping",
                Failure::TooLarge => "translation-too-large",
            },
            Self::Send(SendError::TooSlow) => "backend-too-slow",
            Self::Send(SendError::Connect(_)) => "backend-unreachable",
            Self::Send(SendError::Broken(_) | SendError::Closed(_))
            | Self::AnswerStatus
            | Self::AnswerHead(_) => "backend-broken",
            Self::Path | Self::Send(SendError::Path(_)) => "bad-path",
            Self::SlowUpload => "body-too-slow",
            Self::BrokenUpload | Self::GarbledUpload => "body-broken",
            Self::Coding | Self::AnswerCoding => "coding-not-supported",
            Self::SlowHead => "head-too-slow",
        }
    }

    fn body(&self) -> String {
        let status = self.status();
        let title = status.canonical_reason().unwrap_or("Error");
        let text = |t: &str| Value::string(t).to_string();
        format!(
            "{{\"type\":{},\"title\":{},\"status\":{},\"detail\":{}}}",
            text(&format!("urn:fishplate:{}", self.kind())),
            text(title),
            status.as_u16(),
            text(&self.to_string()),
        )
    }

    /// As bytes of HTTP/1.1, for a line that nobody serves any more.
    pub(super) fn raw(&self) -> Vec<u8> {
        let (status, body) = (self.status(), self.body());
        let title = status.canonical_reason().unwrap_or_default();
        let head = format!("HTTP/1.1 {} {title}\r\nconnection: close", status.as_u16());
        let kind = "content-type: application/problem+json";
        format!("{head}\r\n{kind}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
    }

    pub(super) fn response(&self) -> Response<Body> {
        let status = self.status();
        if let Self::LastHop(methods) = self {
            let mut response = Response::new(Body::empty());
            if let Ok(methods) = HeaderValue::from_str(methods) {
                response.headers_mut().insert(ALLOW, methods);
            }
            return response;
        }
        let mut response = Response::new(Body::full(self.body()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if matches!(self, Self::Media(Unreadable::Coded(_) | Unreadable::Codings)) {
            // So the client learns which it may use (RFC 9110, 15.5.16).
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(DECODED));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if status == StatusCode::METHOD_NOT_ALLOWED {
            let allow = match self {
                Self::NoMethod(_, own) => HeaderValue::from_str(own).ok(),
                _ => None,
            };
            let all = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
            headers.insert(ALLOW, allow.unwrap_or(all));
        }
        response
    }
}
