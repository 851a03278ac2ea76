//! Tests of `refuse` that no value passes, and values that never go further as an entry refuses them.

use std::collections::BTreeSet;

use super::Checking;
use super::fits::{Fits, allows};
use super::texts::unread;
use super::walk::{Visit, Walk};
use crate::compile::resolve::What;
use crate::compile::resolve::place::lead;
use crate::contract::{Kinds, Use};
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::json::{Path, Segment, Sort, Test, Value};
use crate::mapping::RuleInfo;

/// Looks at every test where it is asked.
pub(super) fn asked(of: &Checking<'_, '_>, walk: &Walk) -> Vec<Diagnostic> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for visit in &walk.visits {
        for at in &visit.binding.refuses {
            let Some(rule) = of.hop.rules.get(*at) else { continue };
            let What::Refuse(predicate) = rule.what else { continue };
            let info = usize::try_from(rule.rule).ok().and_then(|at| of.link.mapping.rules.get(at));
            let Some(info) = info else { continue };
            for (path, test) in predicate {
                let whole = rule.root.join(path);
                let Some(used) = lead(of.hop.source, visit.context.source, &whole.0) else {
                    continue;
                };
                let asking = Asking { of, used, path, info, voids: rule.voids };
                let here = || walk.place_in(visit, &whole.0);
                let mut wrong = Vec::new();
                asking.test(test, false, &mut wrong);
                for (span, what, label, help) in wrong {
                    if seen.insert((span, what.clone())) {
                        let message = format!("{what}, at {}", here());
                        found.push(
                            Diagnostic::warning("F626", span, message).label(label).help(help),
                        );
                    }
                }
            }
        }
    }
    found
}

/// Where a test is wrong; what it says, what follows from that, and what to do.
type Wrong = (Span, String, String, String);

/// A test of one entry, at one place.
struct Asking<'q, 'x, 'a> {
    of: &'q Checking<'x, 'a>,
    used: Use,
    path: &'q Path,
    info: &'q RuleInfo,
    /// null is read as absent.
    voids: bool,
}

impl Asking<'_, '_, '_> {
    fn test(&self, test: &Test, not: bool, into: &mut Vec<Wrong>) {
        let version = self.of.version(self.of.hop.direction.source());
        let holds = if not { "this test always holds" } else { "this test never holds" };
        match test {
            Test::Absent | Test::Present | Test::Told(_) => {}
            Test::Not(test) => self.test(test, !not, into),
            Test::Any(tests) if tests.is_empty() => into.push((
                self.info.written(self.path),
                format!("`[]` is a list of no tests, of which none holds in {version}"),
                String::from(holds),
                String::from("the empty list itself is `[[]]`"),
            )),
            Test::Any(tests) => tests.iter().for_each(|test| self.test(test, not, into)),
            Test::Of(sort) => {
                let kinds = self.kinds();
                if kinds.is_some_and(|kinds| !kinds.meets(sorted(*sort))) {
                    into.push((
                        self.info.written(self.path),
                        format!(
                            "nothing there is `{}`: the contract of {version} says {}",
                            sort.as_str(),
                            kinds.map(|kinds| kinds.to_string()).unwrap_or_default()
                        ),
                        String::from(holds),
                        String::from("mend the test, or the contract"),
                    ));
                }
            }
            Test::Is(value) => {
                let types = self.of.hop.source;
                let why = allows((types, &mut Fits::new()), self.used, value, 0).err();
                let void = (self.voids && *value == Value::Null)
                    .then(|| String::from("under `nulls: absent` it is read as absent"));
                let why = why.or(void);
                let Some(why) = why.or_else(|| unread(types, self.used, value)) else { return };
                let other = other(value)
                    .filter(|other| allows((types, &mut Fits::new()), self.used, other, 0).is_ok());
                let help = match (other, self.near(value)) {
                    (Some(other), _) => format!("write `{other}`, if that is meant"),
                    (None, Some(near)) => format!("did you mean `{near}`?"),
                    (None, None) => String::from("mend the value, or add it to the contract"),
                };
                into.push((
                    self.info.tested(self.path, value),
                    format!("{value} is none of the values that {version} has: {why}"),
                    String::from(holds),
                    help,
                ));
            }
        }
    }

    /// The value that the contract lists and that is written much the same.
    fn near(&self, value: &Value) -> Option<String> {
        let Value::String(text) = value else { return None };
        let listed = self.of.hop.source.get(self.used.ty).literals.as_ref()?;
        let texts = listed.0.iter().filter_map(|literal| match literal {
            Value::String(text) => text.decode(),
            _ => None,
        });
        let texts: Vec<String> = texts.collect();
        nearest(&text.decode()?, texts.iter().map(String::as_str)).map(String::from)
    }

    /// The JSON types that the contract lists; `None`: one of several schemas.
    fn kinds(&self) -> Option<Kinds> {
        let ty = self.of.hop.source.get(self.used.ty);
        (ty.branches.is_none() && ty.kinds != Kinds::NONE).then_some(ty.kinds)
    }
}

/// The JSON type of a sort.
fn sorted(sort: Sort) -> Kinds {
    match sort {
        Sort::Boolean => Kinds::BOOLEAN,
        Sort::Integer | Sort::Number => Kinds::NUMBER,
        Sort::String => Kinds::STRING,
        Sort::Array => Kinds::ARRAY,
        Sort::Object => Kinds::OBJECT,
    }
}

/// The text that a number or truth value may be meant as, or the reverse.
fn other(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) => {
            let read = crate::json::parse(text.decode()?.as_bytes(), 1).ok()?;
            matches!(read, Value::Number(_) | Value::Bool(_)).then_some(read)
        }
        Value::Number(_) | Value::Bool(_) => Some(Value::string(&value.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Values that never come to a place of a visit, as an entry with this test alone refuses them: of the
/// visit itself, or of one that nothing but it is in.
pub(super) fn refused(
    of: &Checking<'_, '_>,
    walk: &Walk,
    (visit, place): (&Visit, &[Segment]),
) -> Vec<Value> {
    let (mut visit, mut place) = (visit, place.to_vec());
    let mut found = Vec::new();
    loop {
        let uses = lead(of.hop.source, visit.context.source, &place);
        let literals = uses.and_then(|of_place| of.hop.source.get(of_place.ty).literals.as_ref());
        for at in &visit.binding.refuses {
            let Some(rule) = of.hop.rules.get(*at) else { continue };
            let What::Refuse(predicate) = rule.what else { continue };
            let mut asks = predicate.iter().filter(|(_, test)| !test.is_told());
            let (Some((path, test)), None) = (asks.next(), asks.next()) else { continue };
            if rule.root.join(path).0 == place {
                let all = literals.iter().flat_map(|literals| literals.0.iter());
                found.extend(all.filter(|value| test.holds(Some(value))).cloned());
            }
        }
        // A schema with a name may stand elsewhere too.
        let named = of.hop.source.get(visit.context.source.ty).name.is_some();
        let outer = visit.outer.filter(|_| !named).and_then(|at| walk.visits.get(at));
        let Some(outer) = outer else { return found };
        place = visit.below.iter().cloned().chain(place).collect();
        visit = outer;
    }
}
