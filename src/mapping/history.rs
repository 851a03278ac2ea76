//! The chain of one API: its mappings from the oldest version to the newest.

use super::Mapping;
use crate::diagnostic::Diagnostic;
use crate::version::ApiVersion;

/// The versions of an API, oldest first, and the mappings between them.
#[derive(Clone, Debug)]
pub struct History {
    /// One more than mappings.
    pub versions: Vec<ApiVersion>,
    /// In order: `mappings[n]` leads from `versions[n]` to `versions[n + 1]`.
    pub mappings: Vec<Mapping>,
}

const ONE_CHAIN: &str =
    "the mappings of an API are one chain from its oldest version to its newest";

impl History {
    /// Orders mappings into one chain; forks, gaps and circles are errors.
    pub fn new(mappings: Vec<Mapping>) -> Result<Self, Vec<Diagnostic>> {
        let mut found = Vec::new();
        for (at, mapping) in mappings.iter().enumerate() {
            for other in mappings.iter().skip(at + 1) {
                for (one, two, what) in
                    [(&mapping.from, &other.from, "from"), (&mapping.to, &other.to, "to")]
                {
                    if one == two {
                        let fork = format!("two mappings lead {what} `{one}`");
                        found.push(
                            Diagnostic::error("F321", other.span, fork)
                                .also(mapping.span, "the other one")
                                .help(format!("{ONE_CHAIN}: merge the two, or mend `{what}`")),
                        );
                    }
                }
            }
        }
        let mut rest = mappings;
        let first = rest.iter().position(|m| rest.iter().all(|other| other.to != m.from));
        let Some(first) = first else {
            found.extend(rest.first().map(circle));
            return Err(found);
        };
        let mut ordered = vec![rest.remove(first)];
        while let Some(next) =
            rest.iter().position(|m| ordered.last().is_some_and(|last| last.to == m.from))
        {
            ordered.push(rest.remove(next));
        }
        if !found.is_empty() {
            return Err(found);
        }
        // What others of the rest lead to is behind the gap, or in a circle.
        let begins = |m: &&Mapping| rest.iter().all(|other| other.to != m.from);
        let gaps: Vec<&Mapping> = rest.iter().filter(begins).collect();
        found.extend(gaps.iter().map(|mapping| gap(mapping, ordered.last())));
        found.extend(rest.first().filter(|_| gaps.is_empty()).map(circle));
        if !found.is_empty() {
            return Err(found);
        }
        let mut versions: Vec<ApiVersion> = ordered.iter().map(|m| m.from.clone()).collect();
        versions.extend(ordered.last().map(|m| m.to.clone()));
        Ok(Self { versions, mappings: ordered })
    }

    /// The place of a version in the history.
    pub fn position(&self, version: &str) -> Option<usize> {
        self.versions.iter().position(|v| v.as_str() == version)
    }
}

fn circle(mapping: &Mapping) -> Diagnostic {
    let circle = "the mappings lead back to where they began";
    let help = format!("{ONE_CHAIN}: mend the `from` or the `to` of one");
    Diagnostic::error("F322", mapping.span, circle).help(help)
}

/// That nothing leads to where a mapping begins, with where the chain ends.
fn gap(mapping: &Mapping, last: Option<&Mapping>) -> Diagnostic {
    let what = format!("no mapping leads to `{}`", mapping.from);
    let gap = Diagnostic::error("F323", mapping.span, what);
    match last {
        None => gap.help(ONE_CHAIN),
        Some(last) => gap
            .also(last.span, format!("the chain ends here, at `{}`", last.to))
            .help(format!("{ONE_CHAIN}: add one from `{}`, or mend one of the two", last.to)),
    }
}
