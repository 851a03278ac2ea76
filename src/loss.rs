//! What a translation loses or refuses: the vocabulary that both executors report in. It knows
//! ids, not rules; names come from `mapping::Mapping::rules`.

use std::fmt;

/// A rule of one hop. Ids order as the rules stand in the files of the mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleId {
    /// Index of the mapping in the history of the API, oldest first.
    pub mapping: u16,
    /// Index into [`crate::mapping::Mapping::rules`]; 0 is the mapping itself (its extras).
    pub rule: u32,
}

/// `loses`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loses {
    /// Count and report.
    #[default]
    Report,
    /// An error instead.
    Refuse,
    /// The author's word that it does not matter: neither counted nor reported.
    Allow,
}

/// What kind of loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LossKind {
    /// A value of the message that came has no counterpart.
    Dropped,
    /// Several values became one; precision, order, or the difference of absent, null and empty went.
    Narrowed,
    /// An invented value stands in the message that goes.
    Placeholder,
    /// An undeclared member has the name of one that is declared or produced.
    Collision,
    /// A value does not fit what a rule expects, and was carried as it is.
    Unfit,
    /// A value that the enum of its new place lacks.
    Unknown,
}

impl LossKind {
    /// The word that logs and `--losses` use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dropped => "dropped",
            Self::Narrowed => "narrowed",
            Self::Placeholder => "placeholder",
            Self::Collision => "collision",
            Self::Unfit => "unfit",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for LossKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One loss: what, by which rule, and at which place of the source (of a placeholder: of the
/// result), written as a JSON Pointer (RFC 6901).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Loss {
    /// The rule that lost it.
    pub rule: RuleId,
    /// What kind of loss.
    pub kind: LossKind,
    /// JSON Pointer of the value it is about.
    pub place: String,
}

/// Why a well-formed message was not translated: a loss that its rule refuses.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Refusal {
    /// The rule that refused.
    pub rule: RuleId,
    /// The loss that it refused.
    pub kind: LossKind,
    /// JSON Pointer of the value, in the source.
    pub place: String,
    /// The words of the rule's author, where values are told in them.
    pub words: Option<Box<str>>,
}

impl Refusal {
    /// The same without what is told of values.
    #[must_use]
    pub fn untold(&self) -> Self {
        Self { words: None, ..self.clone() }
    }
}
