//! What is in force and what is wrong, as numbers for a scrape. What the data plane measures is its own.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::gateway::Gateway;
use crate::snapshot::{Report, Store};
use crate::telemetry::metrics::{
    self, Collector, ConstCounter, ConstGauge, DescriptorEncoder, EncodeMetric, MetricType, Unit,
};

/// `GET /metrics`
pub(super) fn text(store: &Store, gateway: &Arc<Gateway>) -> Result<String, fmt::Error> {
    metrics::text(vec![Box::new(State(store.report())), Box::new(Arc::clone(gateway))])
}

/// What is known of the files.
#[derive(Debug)]
struct State(Arc<Report>);

impl Collector for State {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let labels = [("version", env!("CARGO_PKG_VERSION"))];
        let mut own = encoder.encode_descriptor("build", "The program", None, MetricType::Info)?;
        own.encode_info(&labels)?;
        self.encode_reloads(&mut encoder)?;
        self.encode_apis(&mut encoder)
    }
}

impl State {
    fn encode_reloads(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let Report { snapshot, errors, read, .. } = &*self.0;
        let help = "Looks at the files, by what came of them";
        let mut own = encoder.encode_descriptor("reloads", help, None, MetricType::Counter)?;
        for (result, times) in
            [("changed", read.changed), ("unchanged", read.unchanged), ("wrong", read.wrong)]
        {
            ConstCounter::new(times).encode(own.encode_family(&[("result", result)])?)?;
        }
        let files: BTreeSet<&str> =
            errors.values().flatten().map(|e| &*e.file).filter(|f| !f.is_empty()).collect();
        let failed = errors.keys().filter(|name| !name.is_empty()).count();
        let gone_back = self.0.held.len();
        let configuration = errors.get("").map_or(0, Vec::len);
        for (name, help, value) in [
            ("generation", "Number of the generation in force", snapshot.generation),
            ("apis", "APIs in force", number(snapshot.apis.len())),
            ("apis_failed", "APIs in whose files something is wrong", number(failed)),
            (
                "apis_held",
                "APIs that were gone back to while their files have something else",
                number(gone_back),
            ),
            (
                "generations_kept",
                "Generations that can be gone back to",
                number(self.0.generations.len()),
            ),
            ("files_with_errors", "Files in which something is wrong", number(files.len())),
            ("configuration_errors", "Errors of the configuration itself", number(configuration)),
            (
                "settings_waiting",
                "Changed settings that wait for a restart",
                number(self.0.waiting.len()),
            ),
        ] {
            gauge(encoder, (name, help, None), value)?;
        }
        let at = "reload_last_success_timestamp";
        let help = "When nothing was wrong with the files that were read";
        gauge(encoder, (at, help, Some(&Unit::Seconds)), seconds(read.success))?;
        let at = "reload_last_failure_timestamp";
        let help = "When something was wrong with them; 0: never";
        gauge(encoder, (at, help, Some(&Unit::Seconds)), seconds(read.failure))
    }

    fn encode_apis(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let Report { snapshot, errors, .. } = &*self.0;
        let served = snapshot.apis.iter().map(|api| &*api.config.name);
        // One that is new and wrong is not served, and is told all the same.
        let names: BTreeSet<&str> = served
            .chain(errors.keys().map(|name| &**name).filter(|name| !name.is_empty()))
            .collect();
        let help = "1 where an API is in force as the files have it, else 0";
        let mut own = encoder.encode_descriptor("api_current", help, None, MetricType::Gauge)?;
        for name in names {
            let current = u64::from(self.0.is_current(name));
            ConstGauge::new(current).encode(own.encode_family(&[("api", name)])?)?;
        }
        let help = "Warnings about what is in force of an API";
        let mut own = encoder.encode_descriptor("api_warnings", help, None, MetricType::Gauge)?;
        for api in &snapshot.apis {
            let labels = [("api", &*api.config.name)];
            ConstGauge::new(number(api.warnings.len())).encode(own.encode_family(&labels)?)?;
        }
        let help = "Examples of an API that come out otherwise";
        let mut own =
            encoder.encode_descriptor("examples_failed", help, None, MetricType::Gauge)?;
        for api in &snapshot.apis {
            let labels = [("api", &*api.config.name)];
            let failed = api.warnings.iter().filter(|found| found.code == "F616").count();
            ConstGauge::new(number(failed)).encode(own.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help, unit): (&str, &str, Option<&Unit>),
    value: u64,
) -> fmt::Result {
    let gauge = ConstGauge::new(value);
    gauge.encode(encoder.encode_descriptor(name, help, unit, gauge.metric_type())?)
}

fn number(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

fn seconds(time: Option<SystemTime>) -> u64 {
    time.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |since| since.as_secs())
}
