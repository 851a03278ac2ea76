//! Path templates, matched against the raw path: percent-encoding, case and empty segments
//! stay as they came. It binds no values yet.

use std::cmp::Ordering;

/// A path template: `/orders/{id}`, `/files/{name}.json`, `/reports/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: Box<str>,
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(Box<str>),
    /// One segment that begins and ends so, with at least one byte between.
    Parameter(Box<str>, Box<str>),
    /// `*`: whatever follows, nothing included.
    Rest,
}

impl Template {
    /// Reads a template.
    pub fn new(text: &str) -> Self {
        let segments = text.split('/').skip(1).map(Segment::new).collect();
        Self { text: text.into(), segments }
    }

    /// The template as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a raw path (without query) is of this template.
    pub fn matches(&self, path: &str) -> bool {
        let Some(path) = path.strip_prefix('/') else { return false };
        let mut parts = path.split('/');
        for segment in &self.segments {
            if *segment == Segment::Rest {
                return true;
            }
            match parts.next() {
                Some(part) if segment.matches(part) => {}
                Some(_) | None => return false,
            }
        }
        parts.next().is_none()
    }

    /// Whether this pattern covers another template: equal but for names of parameters.
    pub fn covers(&self, other: &Self) -> bool {
        let mut theirs = other.segments.iter();
        for segment in &self.segments {
            if *segment == Segment::Rest {
                return true;
            }
            if theirs.next() != Some(segment) {
                return false;
            }
        }
        theirs.next().is_none()
    }

    /// Orders templates so that the first that matches is the most specific.
    pub fn specificity(&self, other: &Self) -> Ordering {
        let rank = |t: &Self| t.segments.iter().map(Segment::rank).collect::<Vec<_>>();
        rank(self).cmp(&rank(other))
    }
}

impl Segment {
    fn new(text: &str) -> Self {
        if text == "*" {
            return Self::Rest;
        }
        match (text.find('{'), text.rfind('}')) {
            (Some(open), Some(close)) if open < close => Self::Parameter(
                text.get(..open).unwrap_or_default().into(),
                text.get(close.saturating_add(1)..).unwrap_or_default().into(),
            ),
            _ => Self::Literal(text.into()),
        }
    }

    fn matches(&self, part: &str) -> bool {
        match self {
            Self::Literal(text) => **text == *part,
            Self::Parameter(before, after) => part
                .strip_prefix(&**before)
                .and_then(|rest| rest.strip_suffix(&**after))
                .is_some_and(|between| !between.is_empty()),
            Self::Rest => true,
        }
    }

    fn rank(&self) -> (u8, std::cmp::Reverse<usize>) {
        match self {
            Self::Literal(_) => (0, std::cmp::Reverse(0)),
            Self::Parameter(before, after) => {
                (1, std::cmp::Reverse(before.len().saturating_add(after.len())))
            }
            Self::Rest => (2, std::cmp::Reverse(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matching_is_on_raw_segments() {
        let yes = |t: &str, p: &str| assert!(Template::new(t).matches(p), "{t} {p}");
        let no = |t: &str, p: &str| assert!(!Template::new(t).matches(p), "{t} {p}");
        yes("/orders/{id}", "/orders/a%2Fb");
        yes("/orders/{id}", "/orders/..");
        no("/orders/{id}", "/orders/");
        no("/orders/{id}", "/orders//1");
        no("/orders/{id}", "/Orders/1");
        no("/orders", "/orders/");
        yes("/files/{name}.json", "/files/a.json");
        no("/files/{name}.json", "/files/.json");
        yes("/orders/{id}:cancel", "/orders/7:cancel");
        yes("/reports/*", "/reports/2024/x");
        no("/reports/*", "/reportsx");
        yes("/", "/");
    }

    #[test]
    fn the_most_specific_comes_first() {
        let mut all = ["/o/{id}", "/o/new", "/o/{id}:cancel", "/{x}/new"].map(Template::new);
        all.sort_by(Template::specificity);
        let order: Vec<_> = all.iter().map(Template::as_str).collect();
        assert_eq!(order, ["/o/new", "/o/{id}:cancel", "/o/{id}", "/{x}/new"]);
        assert!(Template::new("/o/*").covers(&Template::new("/o/{id}/x")));
        assert!(Template::new("/o/{a}").covers(&Template::new("/o/{b}")));
        assert!(!Template::new("/o/{a}").covers(&Template::new("/o/new")));
    }
}
