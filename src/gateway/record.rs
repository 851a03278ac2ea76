//! The record of one exchange: one line in the log, written when its last byte is sent or its
//! client is gone. Of what a client writes only the path, the host that it asks, the name that it gives its
//! request, what it says of its version, and a media type that is none of JSON enter it, cut and escaped;
//! no body, no query and no other header does.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::HeaderValue;
use tokio::time::Instant;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::Gateway;
use super::line::Exchanging;
use super::meters::Ended;
use super::negotiate;
use super::outcome::Outcome;
use super::own::Asker;
use super::peer::Peer;
use super::problem::Problem;
use crate::body::{End, Meter};
use crate::json::Value;
use crate::plan::Plan;
use crate::snapshot::Api;
use crate::telemetry::Line;
use crate::translate::Translated;
use crate::version::ApiVersion;

/// Which of the two messages of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// What the client sends.
    Request,
    /// What the backend answers.
    Answer,
}

impl Side {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Answer => "answer",
        }
    }
}

/// Characters of a client's text that are told at most.
pub(super) const LONGEST: usize = 256;

/// A text of a client as it is told: control characters escaped, and cut where it is longer.
pub(super) fn said(text: &str, longest: usize) -> String {
    if text.len() <= longest && !text.bytes().any(|b| b.is_ascii_control() || !b.is_ascii()) {
        return text.to_owned();
    }
    let mut told = String::new();
    for (at, c) in text.chars().enumerate() {
        if at >= longest {
            told.push('…');
            break;
        }
        if c.is_control() { told.extend(c.escape_default()) } else { told.push(c) }
    }
    told
}

fn count(of: usize) -> u64 {
    u64::try_from(of).unwrap_or(u64::MAX)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Rules that the line of an exchange tells the losses of.
const MOST: usize = 10;

/// How often a rule lost something of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Lost {
    rule: Arc<str>,
    kind: &'static str,
    count: usize,
}

impl Lost {
    fn json(&self) -> String {
        let Self { rule, kind, count } = self;
        format!("{{\"rule\":{},\"kind\":\"{kind}\",\"count\":{count}}}", Value::string(rule))
    }
}

/// What an exchange has lost up to some moment.
#[derive(Debug)]
pub(super) struct Losses(usize, Vec<Lost>);

/// What is known of an exchange so far.
#[derive(Debug)]
pub(super) struct Exchange {
    began: Instant,
    method: &'static str,
    /// Who asks.
    pub(super) peer: Option<Arc<Peer>>,
    /// The host that is asked, as it is told.
    host: Option<String>,
    /// The raw path, as it is told.
    path: Option<String>,
    /// What names the request.
    pub(super) id: Option<HeaderValue>,
    pub(super) generation: u64,
    pub(super) api: Option<Arc<str>>,
    /// Who is told of an error.
    pub(super) asker: Option<Asker>,
    /// Headers of the request by which it may be answered in another version, or by another backend.
    pub(super) varies: Vec<http::HeaderName>,
    /// The header that tells the client its version.
    pub(super) tells: Option<(http::HeaderName, http::HeaderValue)>,
    pub(super) version: Option<ApiVersion>,
    pub(super) operation: Option<Arc<str>>,
    pub(super) backend: Option<Arc<str>>,
    pub(super) backend_version: Option<ApiVersion>,
    /// 0 as long as there is no answer.
    pub(super) status: u16,
    /// Of the backend's answer.
    pub(super) backend_status: Option<u16>,
    /// `None` as long as there is no answer.
    pub(super) outcome: Option<Outcome>,
    pub(super) reason: Option<String>,
    /// The limit or the time that ended it.
    pub(super) limit: Option<&'static str>,
    /// How long the backend was waited for.
    waited: Option<Duration>,
    /// How long translations took.
    translation: [Option<Duration>; 2],
    losses: usize,
    /// Losses by rule and kind.
    lost: Vec<Lost>,
    /// Why an answer could not be translated, in a word, whatever became of it.
    pub(super) bad: Option<&'static str>,
    /// Of the request's body.
    pub(super) received: Arc<Meter>,
    /// Of the answer's body.
    pub(super) sent: Arc<Meter>,
    /// Bytes of a body that nobody wanted.
    pub(super) gathered: u64,
    /// As long as it is there, the exchange is in flight.
    flight: Option<TaskTrackerToken>,
    /// As long as it is there, the line of its client is.
    pub(super) line: Option<Exchanging>,
    /// Where it is counted.
    gateway: Option<Arc<Gateway>>,
}

impl Exchange {
    pub(super) fn new<B>(request: &http::Request<B>) -> Self {
        let (method, path) = (request.method(), request.uri().path());
        // The method is client text unless it is a known one.
        let known =
            ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];
        let method = known.into_iter().find(|m| *m == method.as_str()).unwrap_or("other");
        let mut record = Self::unknown();
        record.method = method;
        record.path = (!path.is_empty()).then(|| said(path, LONGEST));
        // A user before it has perhaps a password.
        let host = negotiate::host(request).rsplit('@').next().unwrap_or_default();
        record.host = (!host.is_empty()).then(|| said(host, LONGEST));
        record
    }

    /// Of a request that is not even known.
    pub(super) fn unknown() -> Self {
        Self {
            began: Instant::now(),
            method: "other",
            peer: None,
            host: None,
            path: None,
            id: None,
            generation: 0,
            api: None,
            asker: None,
            varies: Vec::new(),
            tells: None,
            version: None,
            operation: None,
            backend: None,
            backend_version: None,
            status: 0,
            backend_status: None,
            outcome: None,
            reason: None,
            limit: None,
            waited: None,
            translation: [None; 2],
            losses: 0,
            lost: Vec::new(),
            bad: None,
            received: Arc::default(),
            sent: Arc::default(),
            gathered: 0,
            flight: None,
            line: None,
            gateway: None,
        }
    }

    /// Is one of a gateway from now on: in flight there, and counted at its end.
    pub(super) fn enter(&mut self, gateway: &Arc<Gateway>) {
        self.flight = Some(gateway.flight.token());
        self.gateway = Some(Arc::clone(gateway));
    }

    /// Notes how long the answer of a backend was waited for.
    pub(super) fn waited(&mut self, since: Instant) {
        self.waited = Some(since.elapsed());
    }

    /// Notes how long a translation took.
    pub(super) fn translated(&mut self, side: Side, since: Instant) {
        let [request, answer] = &mut self.translation;
        let own = match side {
            Side::Request => request,
            Side::Answer => answer,
        };
        *own = Some(since.elapsed());
    }

    /// Notes what a translation lost.
    pub(super) fn lose(&mut self, api: &Api, plan: &Plan, done: &Translated) {
        self.losses = self.losses.saturating_add(done.lost());
        for (rule, kind, count) in done.tally(plan) {
            self.lost_by(api.rule(rule), kind.as_str(), count);
        }
    }

    /// Notes that a request was taken for less than it may be.
    pub(super) fn guess(&mut self, (rule, kind): (Arc<str>, &'static str)) {
        self.losses = self.losses.saturating_add(1);
        self.lost_by(rule, kind, 1);
    }

    /// What was lost so far.
    pub(super) fn losses(&self) -> Losses {
        Losses(self.losses, self.lost.clone())
    }

    /// Notes that an answer goes on as it came, and why: of it nothing is lost.
    pub(super) fn pass_on(&mut self, problem: &Problem, Losses(losses, lost): Losses) {
        (self.losses, self.lost) = (losses, lost);
        self.outcome = Some(Outcome::Untranslated);
        self.limit = problem.limit();
        self.reason.get_or_insert_with(|| problem.reason());
    }

    fn lost_by(&mut self, rule: Arc<str>, kind: &'static str, count: usize) {
        match self.lost.iter_mut().find(|l| l.rule == rule && l.kind == kind) {
            Some(before) => before.count = before.count.saturating_add(count),
            None => self.lost.push(Lost { rule, kind, count }),
        }
    }

    /// The losses by rule, most first, as they stand in the line: a JSON array, and how many rules are
    /// not in it.
    fn lost(&mut self) -> Option<(String, Option<usize>)> {
        if self.lost.is_empty() {
            return None;
        }
        self.lost.sort_by_key(|l| std::cmp::Reverse(l.count));
        let told: Vec<_> = self.lost.iter().take(MOST).map(Lost::json).collect();
        let rest = self.lost.len().saturating_sub(MOST);
        Some((format!("[{}]", told.join(",")), (rest > 0).then_some(rest)))
    }

    /// Whether it was the end of the process that ended it.
    fn is_cut(&self) -> bool {
        let open = self.outcome.is_none() || self.sent.end() == End::Open;
        // Nobody waits any more for what is in flight.
        open && self.gateway.as_ref().is_some_and(|own| own.cut.load(Ordering::Relaxed))
    }

    /// What ended the request, where that ended its answer too: with it the connection to the backend goes,
    /// whatever that had to say.
    fn upload(&self) -> Option<Problem> {
        let broke = matches!(self.sent.end(), End::Broken | End::Garbled);
        broke.then(|| Problem::of_upload(self.received.end())).flatten()
    }

    /// The one outcome: what was decided, unless the answer's body did not get through.
    fn conclude(&self) -> Outcome {
        match (self.outcome, self.sent.end()) {
            _ if self.is_cut() => Outcome::TimedOut,
            (None, _) | (Some(_), End::Open) => Outcome::ClientGone,
            (Some(outcome), End::Complete) => outcome,
            (Some(_), End::Broken | End::Garbled) => {
                self.upload().map_or(Outcome::BackendError, |problem| problem.outcome())
            }
            (Some(_), End::TooSlow) => Outcome::TimedOut,
        }
    }
}

impl Exchange {
    /// Counts it where it is measured.
    fn count(&self, outcome: Outcome, whole: Duration) {
        let Some(gateway) = &self.gateway else { return };
        let api = self.api.as_deref().unwrap_or_default();
        let late = match self.sent.end() {
            End::TooSlow => Some("timeouts.body"),
            _ => self.upload().and_then(|problem| problem.limit()),
        };
        gateway.meters.count(&Ended {
            api,
            version: self.version.as_ref().map_or("", ApiVersion::as_str),
            operation: self.operation.as_deref().unwrap_or_default(),
            backend: self.backend.as_deref().unwrap_or_default(),
            outcome,
            limit: if self.is_cut() { Some("timeouts.drain") } else { self.limit.or(late) },
            bytes: [self.received(), self.sent.bytes()],
            whole,
            waited: self.waited,
            translation: self.translation,
        });
        for Lost { rule, kind, count } in &self.lost {
            gateway.meters.lost(api, rule, kind, *count);
        }
        if let Some(why) = self.bad {
            gateway.meters.bad_answer(api, why);
        }
    }

    /// How long translations took, both together.
    fn translation(&self) -> Option<Duration> {
        self.translation.iter().flatten().copied().reduce(Duration::saturating_add)
    }

    /// Bytes of the request's body.
    fn received(&self) -> u64 {
        self.received.bytes().saturating_add(self.gathered)
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if self.is_cut() {
            self.reason = Some("the process ended".into());
        }
        if self.reason.is_none() {
            self.reason = self.upload().map(|problem| problem.reason());
        }
        let (outcome, whole) = (self.conclude(), self.began.elapsed());
        self.count(outcome, whole);
        let (lost, lost_rest) = self.lost().unzip();
        let version = self.version.as_ref().map(ApiVersion::as_str);
        let backend_version = self.backend_version.as_ref().map(ApiVersion::as_str);
        for Lost { rule, kind, count } in &self.lost {
            tracing::debug!(
                target: "losses",
                api = self.api.as_deref(),
                version,
                operation = self.operation.as_deref(),
                backend_version,
                generation = self.generation,
                rule = &**rule,
                kind,
                count,
                "lost"
            );
        }
        let Some(mut line) = Line::begin() else { return };
        line.text("api", self.api.as_deref());
        line.text("version", version);
        line.text("operation", self.operation.as_deref());
        line.text("backend", self.backend.as_deref());
        line.text("backend_version", backend_version);
        line.number("generation", Some(self.generation));
        line.word("peer", self.peer.as_ref().map(|peer| peer.text()));
        line.text("host", self.host.as_deref());
        line.word("method", Some(self.method));
        line.text("path", self.path.as_deref());
        line.word("request_id", self.id.as_ref().and_then(|id| id.to_str().ok()));
        line.number("status", (self.status != 0).then(|| self.status.into()));
        line.word("outcome", Some(outcome.as_str()));
        line.number("backend_status", self.backend_status.map(Into::into));
        line.number("duration_us", Some(micros(whole)));
        line.number("backend_us", self.waited.map(micros));
        line.number("translation_us", self.translation().map(micros));
        line.number("bytes_in", Some(self.received()));
        line.number("bytes_out", Some(self.sent.bytes()));
        line.number("losses", Some(count(self.losses)));
        line.json("lost", lost.as_deref());
        line.number("lost_rest", lost_rest.flatten().map(count));
        line.text("reason", self.reason.as_deref());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_cut_and_has_no_control_characters() {
        assert_eq!(said("/é/\u{1b}[1m\n", 9), "/é/\\u{1b}[1m\\n");
        assert_eq!(said("/orders", 7), "/orders");
        assert_eq!(said("/orders/", 7), "/orders…");
    }

    #[test]
    fn a_line_tells_the_rules_that_lost_most() {
        let mut record = Exchange::unknown();
        assert_eq!(record.lost(), None);
        let lost = |count| Lost { rule: format!("r{count}").into(), kind: "dropped", count };
        record.lost = (1..=MOST).map(lost).collect();
        let (told, rest) = record.lost().unwrap();
        let one =
            |rule: usize| format!("{{\"rule\":\"r{rule}\",\"kind\":\"dropped\",\"count\":{rule}}}");
        let all: Vec<_> = (1..=MOST).rev().map(one).collect();
        assert_eq!((told, rest), (format!("[{}]", all.join(",")), None));
        record.lost.insert(0, lost(11));
        let (told, rest) = record.lost().unwrap();
        assert!(told.starts_with(&format!("[{},{}", one(11), one(10))), "{told}");
        assert!(told.ends_with(&format!("{}]", one(2))), "{told}");
        assert_eq!(rest, Some(1));
    }
}
