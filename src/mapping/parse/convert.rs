//! `convert`: the two representations of a value, of one family. Converting is `codec`'s.

use super::Parser;
use super::words::{Word, later, now, one_of, suggest};
use crate::codec::{Case, Digits, Duration, Encoding, Format, Instant, Items, List, Repr};
use crate::diagnostic::Diagnostic;
use crate::document::{Kind, Member, Node};

/// Representations that are one word.
const NAMED: &[(&str, Repr)] = &[
    ("integer", Repr::Integer),
    ("number", Repr::Number),
    ("string", Repr::String),
    ("bool", Repr::Bool),
    ("0/1", Repr::ZeroOne),
    ("true/false", Repr::TrueFalse),
    ("rfc3339", Repr::Instant(Instant::Rfc3339)),
    ("rfc2822", Repr::Instant(Instant::Rfc2822)),
    ("unix-seconds", Repr::Instant(Instant::UnixSeconds(Digits::All))),
    ("unix-millis", Repr::Instant(Instant::UnixMillis(Digits::All))),
    ("date", Repr::Instant(Instant::Date)),
    ("iso8601-duration", Repr::Duration(Duration::Iso8601)),
    ("seconds", Repr::Duration(Duration::Seconds(Digits::All))),
    ("millis", Repr::Duration(Duration::Millis(Digits::All))),
    ("go-duration", Repr::Duration(Duration::Go)),
    ("text", Repr::Encoded(Encoding::Plain)),
    ("base64", Repr::Encoded(Encoding::Base64)),
    ("base64url", Repr::Encoded(Encoding::Base64Url)),
    ("hex", Repr::Encoded(Encoding::Hex)),
    ("percent", Repr::Encoded(Encoding::Percent)),
    ("upper", Repr::Encoded(Encoding::Upper)),
    ("lower", Repr::Encoded(Encoding::Lower)),
    ("snake", Repr::Case(Case::Snake)),
    ("camel", Repr::Case(Case::Camel)),
    ("kebab", Repr::Case(Case::Kebab)),
    ("pascal", Repr::Case(Case::Pascal)),
    ("screaming", Repr::Case(Case::Screaming)),
    ("list", Repr::List(List::Array(Items::TEXT))),
    ("one-or-list", Repr::List(List::OneOrMany(Items::TEXT))),
];
/// Those of families that are not supported yet.
const LATER: &[&str] = &["json", "json-text", "form"];
/// Those that are a table of one word.
const TABLES: &[Word<Option<Repr>>] = &[
    now("scaled", |p, m, to| p.scaled(m, to)),
    now("unit", |p, m, to| p.unit(m, to)),
    now("words", |p, m, to| p.true_and_false(m, to)),
    now("strftime", |p, m, to| p.format(m, to)),
    now("pairs", |p, m, to| p.pairs_of_text(m, to)),
    later("json-text"),
];
/// Digits that a number may have.
const MAX_DIGITS: u32 = 1_000;

#[derive(Default)]
struct Sides {
    old: Option<Repr>,
    new: Option<Repr>,
}

const SIDES: &[Word<Sides>] = &[
    now("old", |p, m, sides| sides.old = p.repr(&m.value)),
    now("new", |p, m, sides| sides.new = p.repr(&m.value)),
];

impl Parser<'_> {
    /// `{ old: repr, new: repr }`
    pub(super) fn conversion(&mut self, member: &Member) -> Option<(Repr, Repr)> {
        let node = &member.value;
        let mut sides = Sides::default();
        self.words("`convert`", SIDES, node, &mut sides);
        if node.is_object() && (node.get("old").is_none() || node.get("new").is_none()) {
            let what = "a conversion needs both sides";
            self.report(
                Diagnostic::error("F315", node.span, what).label("expected `{ old: …, new: … }`"),
            );
        }
        let (old, new) = (sides.old?, sides.new?);
        // What a text of pairs says is a dictionary, and JSON has no other word for what is in hand.
        let (old, new) = (beside(&old, &new), beside(&new, &old));
        let (family, other) = (old.family(), new.family());
        if family != other {
            let what = format!("the representations are of two families, {family} and {other}");
            self.report(
                Diagnostic::error("F315", node.span, what)
                    .label("expected two ways to write one value"),
            );
        }
        Some((old, new))
    }

    fn repr(&mut self, node: &Node) -> Option<Repr> {
        if node.get("separated").is_some() {
            return Some(self.separated(node));
        }
        if node.is_object() {
            let mut repr = None;
            self.words("a representation", TABLES, node, &mut repr);
            if node.members().len() != 1 {
                let what = "a representation is a table of one word";
                self.report(Diagnostic::error("F316", node.span, what));
            }
            return repr;
        }
        let word = node.as_str().unwrap_or_default();
        if let Some((_, repr)) = NAMED.iter().find(|(name, _)| *name == word) {
            return Some(repr.clone());
        }
        if LATER.contains(&word) {
            self.not_yet(node.span, &format!("the representation `{word}`"));
            return None;
        }
        let mut known: Vec<&str> = NAMED.iter().map(|(name, _)| *name).collect();
        known.extend(["{scaled: 2}", "{unit: \"60\"}", "{words: [yes, no]}"]);
        known.extend(["{strftime: \"%Y-%m-%d\"}", "{separated: \",\"}", "{pairs: [\",\", \"=\"]}"]);
        let wrong = Diagnostic::error("F316", node.span, "unknown representation");
        self.report(suggest(wrong.label(one_of(&known)), word, &known));
        None
    }

    pub(super) fn wrong_repr(&mut self, node: &Node, expected: &str) {
        let what = "not a representation";
        self.report(Diagnostic::error("F316", node.span, what).label(expected));
    }

    fn scaled(&mut self, member: &Member, repr: &mut Option<Repr>) {
        let digits = match &member.value.kind {
            Kind::Number(text) => text.parse().ok().filter(|n| *n <= MAX_DIGITS),
            Kind::Null
            | Kind::Bool(_)
            | Kind::Raw(_)
            | Kind::String(_)
            | Kind::Array(_)
            | Kind::Object(_) => None,
        };
        *repr = digits.map(Repr::Scaled);
        if repr.is_none() {
            let expected = format!("expected how many digits, 0 to {MAX_DIGITS}");
            self.wrong_repr(&member.value, &expected);
        }
    }

    fn unit(&mut self, member: &Member, repr: &mut Option<Repr>) {
        let text = match &member.value.kind {
            Kind::String(text) | Kind::Number(text) => Some(&**text),
            Kind::Null | Kind::Bool(_) | Kind::Raw(_) | Kind::Array(_) | Kind::Object(_) => None,
        };
        let decimal = |text: &&str| {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
            let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
            digits(whole) && digits(fraction) && text.bytes().any(|b| matches!(b, b'1'..=b'9'))
        };
        *repr = text.filter(decimal).map(|text| Repr::Unit(text.into()));
        if repr.is_none() {
            self.wrong_repr(&member.value, "expected a decimal number above zero");
        }
    }

    fn true_and_false(&mut self, member: &Member, repr: &mut Option<Repr>) {
        if let [yes, no] = member.value.items()
            && let (Some(yes), Some(no)) = (yes.as_str(), no.as_str())
            && yes != no
        {
            *repr = Some(Repr::Words(yes.into(), no.into()));
        } else {
            let expected = "expected two words, the true one first: `[yes, no]`";
            self.wrong_repr(&member.value, expected);
        }
    }

    fn format(&mut self, member: &Member, repr: &mut Option<Repr>) {
        let Some(text) = member.value.as_str() else {
            return self.wrong_repr(&member.value, "expected a format: `\"%Y-%m-%d %H:%M:%S\"`");
        };
        match Format::new(text) {
            Ok(format) => *repr = Some(Repr::Instant(Instant::Strftime(format))),
            Err(why) => {
                let what = format!("no format of an instant: {why}");
                let label = "expected one that says which day it is, and can be read too";
                self.report(Diagnostic::error("F316", member.value.span, what).label(label));
            }
        }
    }
}

/// A representation beside another one: `list` is a dictionary beside pairs.
fn beside(repr: &Repr, other: &Repr) -> Repr {
    match (repr, other) {
        (Repr::List(List::Array(items)), Repr::List(List::Pairs(..))) => {
            Repr::List(List::Dictionary(*items))
        }
        (repr, _) => repr.clone(),
    }
}
