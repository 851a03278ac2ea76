//! Path templates, matched against the raw path: percent-encoding, case and empty segments
//! stay as they came, in the values of parameters too. It decodes nothing.

use std::cmp::Ordering;

use super::path::{has_dots, plain};

/// A path template: `/orders/{id}`, `/files/{name}.json`, `/reports/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: Box<str>,
    segments: Vec<Segment>,
    /// Names of its parameters, in order.
    names: Vec<Box<str>>,
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
        let parts = || text.split('/').skip(1);
        let names = parts().filter_map(|part| Some(parameter(part)?.1.into()));
        Self {
            text: text.into(),
            segments: parts().map(Segment::new).collect(),
            names: names.collect(),
        }
    }

    /// The names of its parameters, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// The raw values of its parameters in a raw path (without query) of this template, in order,
    /// and what `*` stands for, with the slash before it; `None` where the path is not of it. What the
    /// template says may be spelled otherwise, with characters encoded that need not be.
    pub fn values<'p>(&self, path: &'p str) -> Option<(Vec<&'p str>, Option<&'p str>)> {
        let mut rest = path;
        let mut values = Vec::new();
        for segment in &self.segments {
            if *segment == Segment::Rest {
                return Some((values, Some(rest)));
            }
            let behind = rest.strip_prefix('/')?;
            let (part, slash) = behind.split_at(behind.find('/').unwrap_or(behind.len()));
            match segment {
                Segment::Parameter(before, after) => values.push(
                    between(part, before, after)
                        .or_else(|| between_spelled(part, before, after))?,
                ),
                Segment::Literal(text) if **text != *part && plain(text) != plain(part) => {
                    return None;
                }
                Segment::Literal(_) | Segment::Rest => {}
            }
            rest = slash;
        }
        rest.is_empty().then_some((values, None))
    }

    /// The raw path that has these raw values; `None` where there are too few of them, or one is no
    /// segment of a path: nothing at all, or what some reader would take for several, or for a way back.
    pub fn fill(&self, values: &[&str], behind: Option<&str>) -> Option<String> {
        let mut values = values.iter();
        let mut path = String::new();
        for segment in &self.segments {
            match segment {
                Segment::Literal(text) => path.extend(["/", text]),
                Segment::Parameter(before, after) => {
                    let value = values.next().filter(|value| !value.is_empty())?;
                    if value.contains(['/', '?', '#']) {
                        return None;
                    }
                    path.extend(["/", before, *value, after]);
                }
                Segment::Rest => path.push_str(behind?),
            }
        }
        (!has_dots(&path)).then_some(path)
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
                (Some((before, _, after)), Some(its)) => (before, after) == (its.0, its.2),
                _ => false,
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
            Some((before, _, after)) => Self::Parameter(before.into(), after.into()),
            None => Self::Literal(text.into()),
        }
    }

    fn matches(&self, part: &str) -> bool {
        match self {
            Self::Literal(text) => **text == *part,
            Self::Parameter(before, after) => between(part, before, after).is_some(),
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

/// What stands in a part of a path between two texts.
fn between<'p>(part: &'p str, before: &str, after: &str) -> Option<&'p str> {
    let inner = part.strip_prefix(before)?.strip_suffix(after)?;
    (!inner.is_empty()).then_some(inner)
}

/// The same, however the two are spelled there.
fn between_spelled<'p>(part: &'p str, before: &str, after: &str) -> Option<&'p str> {
    let (own, first, last) = (characters(part), characters(before), characters(after));
    let end = own.len().checked_sub(last.len())?;
    let inner = own.get(first.len()..end).filter(|inner| !inner.is_empty())?;
    let affixes = [(own.get(..first.len())?, &first), (own.get(end..)?, &last)];
    let mut pairs = affixes.into_iter().flat_map(|(own, said)| own.iter().zip(said));
    let length = |of: &[&str]| of.iter().map(|one| one.len()).sum::<usize>();
    let start = length(own.get(..first.len())?);
    let whole = part.get(start..start.saturating_add(length(inner)))?;
    pairs.all(|(own, said)| plain(own) == plain(said)).then_some(whole)
}

/// The characters of a raw text, of which an encoded byte is one.
fn characters(mut text: &str) -> Vec<&str> {
    let mut all = Vec::new();
    while let Some(first) = text.chars().next() {
        let digits = text.get(1..3).filter(|two| two.bytes().all(|b| b.is_ascii_hexdigit()));
        let length = if first == '%' && digits.is_some() { 3 } else { first.len_utf8() };
        let (one, rest) = text.split_at(length);
        all.push(one);
        text = rest;
    }
    all
}

/// What stands before the parameter of a segment, its name, and what stands after it.
fn parameter(text: &str) -> Option<(&str, &str, &str)> {
    let (open, close) = (text.find('{')?, text.rfind('}')?);
    let name = text.get(open.saturating_add(1)..close)?;
    Some((text.get(..open)?, name, text.get(close.saturating_add(1)..)?))
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
    fn a_path_is_taken_apart_and_put_together() {
        let template = Template::new("/orders/{id}/items/{n}.json");
        assert_eq!(template.names().collect::<Vec<_>>(), ["id", "n"]);
        let path = "/orders/a%2Fb/items/7.json";
        let (values, behind) = template.values(path).unwrap();
        assert_eq!((values.as_slice(), behind), (&["a%2Fb", "7"][..], None));
        assert_eq!(template.fill(&values, None).as_deref(), Some(path));
        let other = Template::new("/o/{order}/*");
        assert_eq!(other.fill(&["1"], Some("/a/b")).as_deref(), Some("/o/1/a/b"));
        assert_eq!(Template::new("/r/*").values("/r/a/b"), Some((vec![], Some("/a/b"))));
        assert_eq!(Template::new("/r/*").values("/r"), Some((vec![], Some(""))));
        assert_eq!(Template::new("/or/{id}").values("/%6fr/1"), Some((vec!["1"], None)));
        assert_eq!(Template::new("/%6fr/{id}").values("/or/1"), Some((vec!["1"], None)));
        let affixes = Template::new("/f/v%2d{n}.json");
        for (part, value) in [
            ("v-%2f.json", Some("%2f")),
            ("%76%2D7%2ejso%6e", Some("7")),
            ("v%2d%2e.%6Ason", Some("%2e")),
            ("v-%2ejson", None),
            ("v%25.json", None),
            ("v-é%.json", Some("é%")),
            ("v-", None),
        ] {
            let path = format!("/f/{part}");
            let found = affixes.values(&path).map(|(values, _)| values);
            assert_eq!(found, value.map(|value| vec![value]), "{part}");
        }
        for (template, path) in
            [("/o/{id}", "/o/"), ("/o/{id}", "/o/1/2"), ("/o/{id}/x", "/o/1"), ("/o", "/p")]
        {
            assert_eq!(Template::new(template).values(path), None, "{template} {path}");
        }
        for value in ["", ".", "..", "a/b", "a?b", "a#b", "%2E%2e", "..%2fa", "..;a"] {
            assert_eq!(Template::new("/o/{id}").fill(&[value], None), None, "{value}");
        }
        assert_eq!(Template::new("/o/{id}").fill(&[], None), None);
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
