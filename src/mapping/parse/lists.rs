//! Representations of lists and dictionaries as one text: what stands between, before, behind and
//! around their elements. Reading such a text is `codec`'s.

use super::Parser;
use super::words::{Word, now};
use crate::codec::{Last, List, Repr, Separated};
use crate::diagnostic::Diagnostic;
use crate::document::{Member, Node};

const SEPARATED: &[Word<Separated>] = &[
    now("separated", |p, m, to| to.by = p.mark(m, "`separated: \",\"`")),
    now("open", |p, m, to| to.open = p.mark(m, "`open: \"{\"`")),
    now("close", |p, m, to| to.close = p.mark(m, "`close: \"}\"`")),
    now("ends", |p, m, to| to.loose = p.says(m, "optional")),
    now("last", |p, m, to| {
        if p.says(m, "optional") {
            to.last = Last::Optional;
        }
    }),
    now("quote", |p, m, to| to.quote = p.quote(m)),
    now("quotes", |p, m, to| to.kept = p.says(m, "kept")),
];

impl Parser<'_> {
    /// `{separated: ",", open: "{", close: "}", ends: optional, last: optional, quote: '"', quotes: kept}`
    pub(super) fn separated(&mut self, node: &Node) -> Repr {
        let mut how = Separated::default();
        self.words("a representation of a list", SEPARATED, node, &mut how);
        let lacks = if how.loose && how.open.is_empty() && how.close.is_empty() {
            Some(("`ends: optional`, where there are none", "say `open`, `close`, or both"))
        } else if how.kept && how.quote.is_none() {
            Some(("`quotes: kept`, where there are none", "say which: `quote: '\"'`"))
        } else {
            None
        };
        if let Some((what, help)) = lacks {
            self.report(Diagnostic::error("F316", node.span, what).help(help));
        }
        if let Some(quote) = how.quote {
            let marks = [&how.by, &how.open, &how.close];
            if marks.iter().any(|mark| mark.contains([quote, '\\'])) {
                let what = "the quote, or the backslash within quotes, is part of another mark";
                let label = "elements could not be told from what is between them";
                self.report(Diagnostic::error("F316", node.span, what).label(label));
            }
        }
        Repr::List(List::Separated(Box::new(how)))
    }

    /// `{pairs: [",", "="]}`
    pub(super) fn pairs_of_text(&mut self, member: &Member, repr: &mut Option<Repr>) {
        if let [between, within] = member.value.items()
            && let (Some(between), Some(within)) = (between.as_str(), within.as_str())
            && !between.is_empty()
            && !within.is_empty()
            && !within.contains(between)
        {
            *repr = Some(Repr::List(List::Pairs(between.into(), within.into())));
        } else {
            let expected =
                "expected what stands between two pairs and what within each: `[\",\", \"=\"]`";
            self.wrong_repr(&member.value, expected);
        }
    }

    /// A text that is not empty.
    fn mark(&mut self, member: &Member, expected: &str) -> Box<str> {
        let text = member.value.as_str().filter(|text| !text.is_empty());
        if text.is_none() {
            self.wrong_repr(&member.value, &format!("expected a text: {expected}"));
        }
        text.unwrap_or_default().into()
    }

    /// A word that is the only one.
    fn says(&mut self, member: &Member, word: &str) -> bool {
        let says = member.value.as_str() == Some(word);
        if !says {
            self.wrong_repr(&member.value, &format!("expected `{word}`, or nothing"));
        }
        says
    }

    /// A text of one character.
    fn quote(&mut self, member: &Member) -> Option<char> {
        let mut chars = member.value.as_str().unwrap_or_default().chars();
        let found = chars.next().filter(|quote| chars.next().is_none() && *quote != '\\');
        if found.is_none() {
            let expected = "expected one character, and no backslash: `quote: '\"'`";
            self.wrong_repr(&member.value, expected);
        }
        found
    }
}
