//! The words for how an exchange ended. Which of them it is, is decided elsewhere.

/// How an exchange ended; each has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A head or a body was translated.
    Translated,
    /// Everything went through as it came.
    Passed,
    /// The request cannot be served as it is.
    RefusedRequest,
    /// The answer cannot be given in the client's version.
    RefusedAnswer,
    /// A body that should be translated is no document.
    Undecodable,
    /// An error answer that is no body of this API; passed.
    Foreign,
    /// An answer that cannot be translated; passed as it came, as its API says.
    Untranslated,
    /// No API, version or operation of that kind.
    Unmatched,
    /// No answer, or a broken one.
    BackendError,
    /// Somebody was too slow.
    TimedOut,
    /// No memory left.
    Overloaded,
    /// The client went before the end.
    ClientGone,
    /// A fault of the gateway's own.
    Failed,
}

impl Outcome {
    /// Every one of them.
    pub(super) const ALL: [Self; 13] = [
        Self::Translated,
        Self::Passed,
        Self::RefusedRequest,
        Self::RefusedAnswer,
        Self::Undecodable,
        Self::Foreign,
        Self::Untranslated,
        Self::Unmatched,
        Self::BackendError,
        Self::TimedOut,
        Self::Overloaded,
        Self::ClientGone,
        Self::Failed,
    ];

    /// Its place among all of them.
    pub(super) fn number(self) -> usize {
        Self::ALL.iter().position(|one| *one == self).unwrap_or_default()
    }

    /// The word for it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Translated => "translated",
            Self::Passed => "passed",
            Self::RefusedRequest => "refused_request",
            Self::RefusedAnswer => "refused_answer",
            Self::Undecodable => "undecodable",
            Self::Foreign => "foreign",
            Self::Untranslated => "untranslated",
            Self::Unmatched => "unmatched",
            Self::BackendError => "backend_error",
            Self::TimedOut => "timed_out",
            Self::Overloaded => "overloaded",
            Self::ClientGone => "client_gone",
            Self::Failed => "failed",
        }
    }
}
