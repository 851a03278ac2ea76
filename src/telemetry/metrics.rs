//! What is measured, by labels: families of counters and histograms, and their text. It knows no
//! name of any of them; every room declares its own.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock};

pub use prometheus_client::collector::Collector;
pub use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;
use prometheus_client::encoding::prometheus_text::encode;
pub use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder};
pub use prometheus_client::metrics::MetricType;
pub use prometheus_client::metrics::counter::{ConstCounter, Counter};
pub use prometheus_client::metrics::gauge::ConstGauge;
pub use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
pub use prometheus_client::registry::Unit;
use twox_hash::XxHash64;

/// What stands in every label of the series that takes what has no room for one of its own.
pub const OTHER: &str = "other";

/// Metrics of one kind by the values of `N` labels. There are so many series at most; what would be
/// one more is counted in a last one, whose labels are all [`OTHER`]. Of series that are there
/// already nothing is allocated.
#[derive(Debug)]
pub struct Family<const N: usize, M> {
    labels: [&'static str; N],
    most: usize,
    make: fn() -> M,
    held: RwLock<Held<N, M>>,
}

#[derive(Debug)]
struct Held<const N: usize, M> {
    /// By the hash of their labels: a look needs no labels of its own.
    series: BTreeMap<u64, Vec<Arc<Series<N, M>>>>,
    count: usize,
    rest: Option<Arc<Series<N, M>>>,
}

/// A metric and its labels.
#[derive(Debug)]
pub struct Series<const N: usize, M> {
    hash: u64,
    labels: [Box<str>; N],
    metric: M,
}

impl<const N: usize, M> Deref for Series<N, M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.metric
    }
}

impl<const N: usize, M> Family<N, M> {
    /// Without a series yet.
    pub fn new(labels: [&'static str; N], most: usize, make: fn() -> M) -> Self {
        let held = RwLock::new(Held { series: BTreeMap::new(), count: 0, rest: None });
        Self { labels, most, make, held }
    }

    /// The metric with these labels.
    pub fn get(&self, labels: [&str; N]) -> Arc<Series<N, M>> {
        // Labels are names of the configuration: nobody from outside chooses which are alike.
        let hash = labels.iter().fold(0, |seed, label| XxHash64::oneshot(seed, label.as_bytes()));
        let known = self.held.read().unwrap_or_else(PoisonError::into_inner).find(hash, labels);
        known.unwrap_or_else(|| self.add(hash, labels))
    }

    #[cold]
    fn add(&self, hash: u64, labels: [&str; N]) -> Arc<Series<N, M>> {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have been quicker.
        if let Some(known) = held.find(hash, labels) {
            return known;
        }
        let series = |labels: [&str; N]| {
            Arc::new(Series { hash, labels: labels.map(Box::from), metric: (self.make)() })
        };
        if held.count >= self.most {
            return Arc::clone(held.rest.get_or_insert_with(|| series([OTHER; N])));
        }
        let own = series(labels);
        held.series.entry(hash).or_default().push(Arc::clone(&own));
        held.count = held.count.saturating_add(1);
        own
    }

    /// Those that there are, by the order of their labels: who counts waits for nobody that reads.
    fn all(&self) -> Vec<Arc<Series<N, M>>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = held.series.values().flatten().cloned().collect();
        drop(held);
        all.sort_unstable_by(|a, b| a.labels.cmp(&b.labels));
        all
    }

    /// Lets series go. What still counts into one of them is seen no more.
    pub fn retain(&self, keep: impl Fn([&str; N]) -> bool) {
        let mut gone = self.all();
        gone.retain(|one| !keep(one.labels.each_ref().map(|label| &**label)));
        if gone.is_empty() {
            return;
        }
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        for one in gone {
            if let Some(alike) = held.series.get_mut(&one.hash) {
                alike.retain(|own| !Arc::ptr_eq(own, &one));
            }
        }
        held.series.retain(|_, alike| !alike.is_empty());
        held.count = held.series.values().map(Vec::len).sum();
    }

    /// Goes over all series by the order of their labels, the last one last.
    pub fn each(
        &self,
        mut each: impl FnMut([(&'static str, &str); N], &M) -> fmt::Result,
    ) -> fmt::Result {
        let rest = self.held.read().unwrap_or_else(PoisonError::into_inner).rest.clone();
        for one in self.all().iter().chain(&rest) {
            let mut values = one.labels.iter();
            each(self.labels.map(|name| (name, values.next().map_or("", |v| &**v))), &one.metric)?;
        }
        Ok(())
    }
}

impl<const N: usize, M> Held<N, M> {
    fn find(&self, hash: u64, labels: [&str; N]) -> Option<Arc<Series<N, M>>> {
        let alike = self.series.get(&hash)?;
        alike.iter().find(|one| one.labels.iter().map(|l| &**l).eq(labels)).cloned()
    }
}

/// The text of what collectors tell, as Prometheus reads it.
pub fn text(collectors: Vec<Box<dyn Collector>>) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("fishplate");
    for collector in collectors {
        registry.register_collector(collector);
    }
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Told(Family<2, Counter>);

    impl Collector for Told {
        fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
            let mut own = encoder.encode_descriptor("things", "x", None, MetricType::Counter)?;
            self.0.each(|labels, counter| counter.encode(own.encode_family(&labels)?))
        }
    }

    #[test]
    fn series_are_bounded_escaped_and_go() {
        let family = Family::new(["a", "b"], 2, Counter::default);
        for (a, b) in [("2", "\"\\\n"), ("1", "x"), ("3", "x"), ("4", "y"), ("1", "x")] {
            family.get([a, b]).inc();
        }
        let told = Arc::new(Told(family));
        let read = || text(vec![Box::new(Arc::clone(&told))]).unwrap();
        let head = "# HELP fishplate_things_total x\n# TYPE fishplate_things_total counter\n";
        let one = "fishplate_things_total{a=\"1\",b=\"x\"} 2\n";
        let two = "fishplate_things_total{a=\"2\",b=\"\\\"\\\\\\n\"} 1\n";
        let rest = "fishplate_things_total{a=\"other\",b=\"other\"} 2\n";
        assert_eq!(read(), format!("{head}{one}{two}{rest}"));
        told.0.retain(|[a, _]| a == "1");
        assert_eq!(read(), format!("{head}{one}{rest}"));
        // Where something went there is room again.
        told.0.get(["5", ""]).inc();
        assert!(read().contains("{a=\"5\",b=\"\"} 1\n"), "{}", read());
    }

    /// The same names cut elsewhere are others.
    #[test]
    fn labels_are_compared_one_by_one() {
        let family: Family<2, Counter> = Family::new(["a", "b"], 9, Counter::default);
        family.get(["ab", "c"]).inc();
        family.get(["a", "bc"]).inc();
        let mut seen = 0;
        family
            .each(|_, counter| {
                seen += counter.get();
                assert_eq!(counter.get(), 1);
                Ok(())
            })
            .unwrap();
        assert_eq!(seen, 2);
    }
}
