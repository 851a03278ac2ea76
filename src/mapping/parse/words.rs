//! Tables of the language: which words may stand in one, and what reads each. What the words
//! mean is said by the files that list them.

use super::{Long, Parser, Root};
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::document::{Kind, Member, Node};
use crate::mapping::{Carrier, Loses, Only};
use crate::version::Direction;

/// A word of a table.
pub(super) struct Word<T> {
    name: &'static str,
    /// What reads its entry into what is being built; `None` where that is still to come.
    read: Option<fn(&mut Parser<'_>, &Member, &mut T)>,
}

/// A word that is read.
pub(super) const fn now<T>(
    name: &'static str,
    read: fn(&mut Parser<'_>, &Member, &mut T),
) -> Word<T> {
    Word { name, read: Some(read) }
}

/// A word of the language that is not supported yet.
pub(super) const fn later<T>(name: &'static str) -> Word<T> {
    Word { name, read: None }
}

/// The words that can be written today.
pub(super) fn names<T>(words: &[Word<T>]) -> impl Iterator<Item = &'static str> {
    words.iter().filter(|w| w.read.is_some()).map(|w| w.name)
}

/// The long form of every rule.
pub(super) const LONG: &[Word<Long>] = &[
    now("loses", |p, m, to| p.loses(m, to)),
    now("why", |p, m, to| p.why(m, to)),
    now("only", |p, m, to| p.only_for(m, to)),
];
/// For which messages an entry of `refuse` holds: what else it may say is about its answer.
pub(super) const FOR: &[Word<Long>] = &[now("only", |p, m, to| p.only_for(m, to))];
const ONLY: &[(&str, Only)] = &[
    ("upgrade", Only::Way(Direction::Upgrade)),
    ("downgrade", Only::Way(Direction::Downgrade)),
    ("request", Only::Of(Carrier::Request)),
    ("response", Only::Of(Carrier::Answer)),
];

/// Words of the language that are not supported yet, wherever they stand.
const LATER: &[&str] =
    &["table", "join", "switch", "when", "compute", "keys", "keyed", "fold", "partial"];

impl Parser<'_> {
    /// Reads a whole table.
    pub(super) fn words<T>(&mut self, table: &str, words: &[Word<T>], node: &Node, target: &mut T) {
        for member in self.table(node, table) {
            if !self.word(words, member, target) {
                self.unknown(table, member, &names(words).collect::<Vec<_>>());
            }
        }
    }

    /// Reads one entry, if its key is among the words.
    pub(super) fn word<T>(&mut self, words: &[Word<T>], member: &Member, target: &mut T) -> bool {
        let Some(word) = words.iter().find(|w| *w.name == *member.key) else { return false };
        match word.read {
            Some(read) => read(self, member, target),
            None => self.not_yet(member.key_span, &format!("`{}`", word.name)),
        }
        true
    }

    /// A key that is no word here.
    pub(super) fn unknown(&mut self, table: &str, member: &Member, known: &[&str]) {
        if LATER.contains(&&*member.key) {
            return self.not_yet(member.key_span, &format!("`{}`", member.key));
        }
        let what = format!("unknown word `{}` in {table}", member.key);
        let diagnostic = Diagnostic::error("F302", member.key_span, what).label(one_of(known));
        self.report(if member.key.contains(' ') {
            diagnostic.help("a text with a comma in it wants quotes within `{ … }`")
        } else {
            suggest(diagnostic, &member.key, known)
        });
    }

    /// The members of a table; an error unless it is one.
    pub(super) fn table<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Member] {
        if !node.is_object() {
            self.kind(node.span, &format!("{what} is not a table"), "expected a table");
        }
        node.members()
    }

    /// A value of another kind than the language has there.
    pub(super) fn kind(&mut self, span: Span, what: &str, expected: &str) {
        self.report(Diagnostic::error("F309", span, what).label(expected));
    }

    /// Text; an error unless it is.
    pub(super) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        let text = node.as_str();
        if text.is_none() {
            self.kind(node.span, &format!("{what} is not text"), "expected text");
        }
        text
    }

    /// `true` or `false`; an error unless it is.
    pub(super) fn truth(&mut self, member: &Member) -> bool {
        member.value.as_bool().unwrap_or_else(|| {
            let what = format!("`{}` is neither true nor false", member.key);
            self.kind(member.value.span, &what, "expected `true` or `false`");
            false
        })
    }

    /// One of a few words.
    pub(super) fn choice<C: Copy>(
        &mut self,
        member: &Member,
        choices: &[(&'static str, C)],
    ) -> Option<C> {
        let text = match &member.value.kind {
            Kind::String(text) => &**text,
            Kind::Null
            | Kind::Bool(_)
            | Kind::Raw(_)
            | Kind::Number(_)
            | Kind::Array(_)
            | Kind::Object(_) => "",
        };
        let found = choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice);
        if found.is_none() {
            let known: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let what = format!("unknown value of `{}`", member.key);
            let diagnostic =
                Diagnostic::error("F308", member.value.span, what).label(one_of(&known));
            self.report(suggest(diagnostic, text, &known));
        }
        found
    }

    fn loses(&mut self, member: &Member, long: &mut Long) {
        let choices =
            [("report", Loses::Report), ("refuse", Loses::Refuse), ("allow", Loses::Allow)];
        long.loses = self.choice(member, &choices).unwrap_or_default();
    }

    fn only_for(&mut self, member: &Member, long: &mut Long) {
        long.only = self.choice(member, ONLY).map(|only| (only, member.value.span));
    }

    /// For which messages a rule holds, as its long form says.
    pub(super) fn only_of(&mut self, root: Root, long: &Long) -> Option<Only> {
        let (only, span) = long.only?;
        if let (Only::Of(_), Root::Request | Root::Answer) = (only, root) {
            let of = if root == Root::Request { "a request" } else { "an answer" };
            let wrong = Diagnostic::error("F308", span, format!("the rule is one of {of} already"));
            self.report(wrong.label("expected `upgrade` or `downgrade`"));
        }
        Some(only)
    }

    pub(super) fn why(&mut self, member: &Member, long: &mut Long) {
        long.why = self.text(&member.value, "`why`").map(Box::from);
    }
}

/// "expected `a`, `b` or `c`"
pub(super) fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => format!("expected {last}"),
        Some((last, rest)) => format!("expected {} or {last}", rest.join(", ")),
        None => "nothing can stand here".to_owned(),
    }
}

/// Adds the nearest known word, if one is near.
pub(super) fn suggest(diagnostic: Diagnostic, text: &str, known: &[&str]) -> Diagnostic {
    match nearest(text, known.iter().copied()) {
        Some(word) => diagnostic.help(format!("did you mean `{word}`?")),
        None => diagnostic,
    }
}
