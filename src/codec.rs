//! Representations of values (`convert`): a closed set, each with its domain and canonical text.

/// How one side writes a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Repr {
    /// `integer`
    Integer,
    /// `number`
    Number,
    /// `string`: the number as text.
    String,
    /// `{scaled: n}`: an integer that counts in units of 10^-n.
    Scaled(u32),
    /// `{unit: "n"}`: a number that counts in units of n; the decimal text of n.
    Unit(Box<str>),
    /// `bool`
    Bool,
    /// `0/1`
    ZeroOne,
    /// `true/false` as text.
    TrueFalse,
    /// `{words: [yes, no]}`: the true one first, decoded.
    Words(Box<str>, Box<str>),
}

/// What a conversion gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Converted {
    /// JSON text of the value in the other representation.
    Done {
        /// The text.
        text: String,
        /// Something of the value went.
        narrowed: bool,
    },
    /// The value is outside the domain.
    Unfit,
}

/// Converts the JSON text of a value.
pub fn convert(_from: &Repr, _to: &Repr, _value: &str) -> Converted {
    Converted::Unfit
}
