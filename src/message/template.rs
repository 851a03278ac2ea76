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

    /// Whether it ends in `*`.
    pub fn has_rest(&self) -> bool {
        self.segments.contains(&Segment::Rest)
    }

    /// The template without the names of its parameters: equal for those that cover each other.
    pub fn shape(&self) -> String {
        let mut shape = String::new();
        for segment in &self.segments {
            shape.push('/');
            match segment {
                Segment::Literal(text) => shape.push_str(text),
                Segment::Parameter(before, after) => {
                    shape.extend([before, "{}", after]);
                }
                Segment::Rest => shape.push('*'),
            }
        }
        shape
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

    /// Whether the pattern that one text is covers the template that another is: `covers`, without
    /// reading either into a template.
    pub fn is_covered(pattern: &str, template: &str) -> bool {
        let mut theirs = template.split('/').skip(1);
        for own in pattern.split('/').skip(1) {
            if own == "*" {
                return true;
            }
            let same = |other: &str| match (parameter(own), parameter(other)) {
                (None, None) => own == other,
                (one, other) => one == other,
            };
            if !theirs.next().is_some_and(same) {
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
        match parameter(text) {
            Some((before, after)) => Self::Parameter(before.into(), after.into()),
            None => Self::Literal(text.into()),
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

/// What stands before and after the parameter of a segment.
fn parameter(text: &str) -> Option<(&str, &str)> {
    match (text.find('{'), text.rfind('}')) {
        (Some(open), Some(close)) if open < close => {
            Some((text.get(..open)?, text.get(close.saturating_add(1)..)?))
        }
        _ => None,
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
    }

    #[test]
    fn templates_cover_each_other_whatever_their_parameters_are_called() {
        let texts = [
            "/o/*",
            "/o/{id}/x",
            "/o/{a}",
            "/o/{b}",
            "/o/new",
            "/o",
            "/o/",
            "/o/{a}:x",
            "/o/x{a}",
            "/",
            "",
        ];
        let covers = |pattern: &str, text: &str| {
            let (one, other) = (Template::new(pattern), Template::new(text));
            assert_eq!(one.covers(&other), Template::is_covered(pattern, text), "{pattern} {text}");
            let same = !one.has_rest() && one.shape() == other.shape();
            assert_eq!(one.covers(&other), same || one.has_rest() && text.starts_with("/o"));
            one.covers(&other)
        };
        let covered = texts.map(|one| texts.iter().filter(|two| covers(one, two)).count());
        assert_eq!(covered, [9, 1, 2, 2, 1, 1, 1, 1, 1, 1, 1]);
    }
}
