//! What the data plane measures. Labels are names that the configuration, contracts and mappings
//! have, never what a client says; it decides nothing.

use std::fmt;
use std::time::Duration;

use super::Gateway;
use super::outcome::Outcome;
use super::record::Side;
use crate::snapshot::Snapshot;
use crate::telemetry::metrics::{
    Collector, ConstGauge, Counter, DescriptorEncoder, EncodeMetric, Family, Histogram, MetricType,
    Unit,
};

/// Series of each family at most.
const MOST: usize = 10_000;

/// Bounds of the buckets of times, in seconds.
const TIMES: [f64; 15] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// The same for translations.
const QUICK_TIMES: [f64; 13] =
    [1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 1.0];
/// Bounds of the buckets of sizes, in bytes.
const SIZES: [f64; 10] = [
    0.0,
    256.0,
    1_024.0,
    4_096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
];

/// The counters and histograms of all exchanges.
#[derive(Debug)]
pub(super) struct Meters {
    exchanges: Family<3, Outcomes>,
    apis: Family<1, OfApi>,
    backends: Family<2, Histogram>,
    losses: Family<3, Counter>,
    bad: Family<2, Counter>,
    limits: Family<1, Counter>,
}

/// Exchanges by their outcome.
type Outcomes = [Counter; Outcome::ALL.len()];

/// What is measured of each API.
#[derive(Debug)]
struct OfApi {
    whole: Histogram,
    request: OfSide,
    answer: OfSide,
}

/// What is measured of requests, or of answers.
#[derive(Debug)]
struct OfSide {
    translation: Histogram,
    bytes: Histogram,
}

impl OfSide {
    fn new() -> Self {
        Self { translation: Histogram::new(QUICK_TIMES), bytes: Histogram::new(SIZES) }
    }
}

/// What is known of an exchange at its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended<'e> {
    pub(super) api: &'e str,
    pub(super) version: &'e str,
    pub(super) operation: &'e str,
    pub(super) backend: &'e str,
    pub(super) outcome: Outcome,
    pub(super) limit: Option<&'static str>,
    /// Of the request's body and the answer's.
    pub(super) bytes: [u64; 2],
    pub(super) whole: Duration,
    pub(super) waited: Option<Duration>,
    /// Of the request and the answer, where they were translated.
    pub(super) translation: [Option<Duration>; 2],
}

impl Meters {
    pub(super) fn new() -> Self {
        let of_api = || OfApi {
            whole: Histogram::new(TIMES),
            request: OfSide::new(),
            answer: OfSide::new(),
        };
        Self {
            exchanges: Family::new(["api", "version", "operation"], MOST, Outcomes::default),
            apis: Family::new(["api"], MOST, of_api),
            backends: Family::new(["api", "backend"], MOST, || Histogram::new(TIMES)),
            losses: Family::new(["api", "rule", "kind"], MOST, Counter::default),
            bad: Family::new(["api", "reason"], MOST, Counter::default),
            limits: Family::new(["limit"], MOST, Counter::default),
        }
    }

    /// Counts an exchange.
    pub(super) fn count(&self, ended: &Ended<'_>) {
        let outcomes = self.exchanges.get([ended.api, ended.version, ended.operation]);
        if let Some(counter) = outcomes.get(ended.outcome.number()) {
            counter.inc();
        }
        if let Some(limit) = ended.limit {
            self.limits.get([limit]).inc();
        }
        let api = self.apis.get([ended.api]);
        api.whole.observe(ended.whole.as_secs_f64());
        let sides = [&api.request, &api.answer].into_iter();
        for ((side, bytes), time) in sides.zip(ended.bytes).zip(ended.translation) {
            // What is larger is beyond every bucket as well.
            side.bytes.observe(f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)));
            if let Some(time) = time {
                side.translation.observe(time.as_secs_f64());
            }
        }
        if let Some(waited) = ended.waited {
            self.backends.get([ended.api, ended.backend]).observe(waited.as_secs_f64());
        }
    }

    /// Counts what a rule lost.
    pub(super) fn lost(&self, api: &str, rule: &str, kind: &str, count: usize) {
        self.losses.get([api, rule, kind]).inc_by(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// Counts an answer that could not be translated.
    pub(super) fn bad_answer(&self, api: &str, reason: &str) {
        self.bad.get([api, reason]).inc();
    }

    /// Lets go what the generation in force does not have.
    pub(super) fn forget(&self, snapshot: &Snapshot) {
        let api = |name: &str| snapshot.apis.iter().find(|api| *api.config.name == *name);
        let there = |name: &str| name.is_empty() || api(name).is_some();
        self.exchanges.retain(|[name, version, operation]| {
            name.is_empty() || api(name).is_some_and(|api| api.has(version, operation))
        });
        self.apis.retain(|[name]| there(name));
        self.bad.retain(|[name, _]| there(name));
        self.backends.retain(|[name, backend]| {
            api(name).is_some_and(|api| api.config.backends.iter().any(|b| *b.name == *backend))
        });
        self.losses.retain(|[name, rule, _]| api(name).is_some_and(|api| api.has_rule(rule)));
    }

    fn encode_exchanges(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Exchanges by API, client version, operation and outcome";
        let mut own = encoder.encode_descriptor("exchanges", help, None, MetricType::Counter)?;
        self.exchanges.each(|[api, version, operation], outcomes| {
            for (outcome, counter) in Outcome::ALL.into_iter().zip(outcomes) {
                if counter.get() > 0 {
                    let labels = [api, version, operation, ("outcome", outcome.as_str())];
                    counter.encode(own.encode_family(&labels)?)?;
                }
            }
            Ok(())
        })?;
        let help = "Values that had no place in the other version, by rule and kind";
        let mut own = encoder.encode_descriptor("losses", help, None, MetricType::Counter)?;
        self.losses.each(|labels, counter| counter.encode(own.encode_family(&labels)?))?;
        let help = "Answers that should be translated and could not be, by the reason";
        let mut own = encoder.encode_descriptor("bad_answers", help, None, MetricType::Counter)?;
        self.bad.each(|labels, counter| counter.encode(own.encode_family(&labels)?))?;
        let help = "Exchanges that a limit or a time ended, by its name";
        let mut own = encoder.encode_descriptor("limit_hits", help, None, MetricType::Counter)?;
        self.limits.each(|labels, counter| counter.encode(own.encode_family(&labels)?))
    }

    fn encode_times(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let (kind, unit) = (MetricType::Histogram, Unit::Seconds);
        let help = "From the head of a request to the last byte of its answer";
        let mut own = encoder.encode_descriptor("exchange_duration", help, Some(&unit), kind)?;
        self.apis.each(|labels, api| api.whole.encode(own.encode_family(&labels)?))?;
        let help = "From the sending of a request to the head of the backend's answer";
        let mut own = encoder.encode_descriptor("backend_duration", help, Some(&unit), kind)?;
        self.backends.each(|labels, time| time.encode(own.encode_family(&labels)?))?;
        let help = "Translations of bodies, with the wait for a core of large ones";
        let mut own = encoder.encode_descriptor("translation_duration", help, Some(&unit), kind)?;
        self.apis.each(|[api], of| {
            for (side, of) in [(Side::Request, &of.request), (Side::Answer, &of.answer)] {
                let labels = [api, ("message", side.as_str())];
                of.translation.encode(own.encode_family(&labels)?)?;
            }
            Ok(())
        })?;
        let help = "Bodies as clients sent and got them";
        let mut own = encoder.encode_descriptor("body_size", help, Some(&Unit::Bytes), kind)?;
        self.apis.each(|[api], of| {
            for (side, of) in [(Side::Request, &of.request), (Side::Answer, &of.answer)] {
                let labels = [api, ("message", side.as_str())];
                of.bytes.encode(own.encode_family(&labels)?)?;
            }
            Ok(())
        })
    }
}

/// Everything that the data plane measures, as a scrape sees it.
impl Collector for Gateway {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.meters.encode_exchanges(&mut encoder)?;
        self.meters.encode_times(&mut encoder)?;
        let (buffered, upstream) = (self.budget.held(), self.upstream.connections());
        for (name, help, unit, value) in [
            (
                "exchanges_in_flight",
                "Exchanges that have begun and not ended",
                None,
                self.in_flight(),
            ),
            (
                "uploads_behind_answers",
                "Requests that were not all at their backend when it answered, until both have ended",
                None,
                self.uploads(),
            ),
            ("client_connections", "Open connections of clients", None, self.connections.len()),
            ("backend_connections", "Open connections to backends", None, upstream),
            ("buffered", "Memory that bodies hold", Some(Unit::Bytes), buffered),
            ("buffered_limit", "Its limit", Some(Unit::Bytes), self.config.buffered),
        ] {
            let gauge = ConstGauge::new(u64::try_from(value).unwrap_or(u64::MAX));
            gauge.encode(encoder.encode_descriptor(
                name,
                help,
                unit.as_ref(),
                gauge.metric_type(),
            )?)?;
        }
        // What an exchange has counted since it went is told once.
        self.meters.forget(&self.store.current());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDED: Ended<'_> = Ended {
        api: "orders",
        version: "2023-01-15",
        operation: "GET /orders/{id}",
        backend: "one",
        outcome: Outcome::Translated,
        limit: None,
        bytes: [0, 1_000],
        whole: Duration::from_micros(700),
        waited: Some(Duration::from_micros(600)),
        translation: [None, Some(Duration::from_micros(20))],
    };

    /// What there are more of than series is counted in one that stands for the rest.
    #[test]
    fn series_have_an_end() {
        let meters = Meters::new();
        for n in 0..=MOST {
            meters.count(&Ended { operation: &format!("GET /{n}"), ..ENDED });
        }
        let (mut series, mut rest) = (0, 0);
        let counted = meters.exchanges.each(|[(_, api), _, _], outcomes| {
            series += 1;
            if api == "other" {
                rest += outcomes.iter().map(Counter::get).sum::<u64>();
            }
            Ok(())
        });
        assert_eq!((counted, series, rest), (Ok(()), MOST + 1, 1));
    }
}
