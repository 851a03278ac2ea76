//! What is wrong with a file, or worth a look in it, as every door shows it. It finds nothing.

use std::fmt;

use crate::diagnostic::{Diagnostic, Severity, Sources};

/// What is wrong with a file, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file; empty if it is about none.
    pub file: String,
    /// Line and column from 1, where there is a place.
    pub position: Option<(usize, usize)>,
    /// Whether it is an error or a warning.
    pub severity: Severity,
    /// The code of the diagnostic.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What was expected there.
    pub expected: Option<String>,
    /// What to do.
    pub help: Option<String>,
}

impl Finding {
    /// About a whole file.
    pub fn file(name: &str, message: &str) -> Self {
        Self {
            file: name.to_owned(),
            position: None,
            severity: Severity::Error,
            code: "F503",
            message: message.to_owned(),
            expected: None,
            help: None,
        }
    }

    /// Says what to do.
    #[must_use]
    pub fn help(self, help: &str) -> Self {
        Self { help: Some(help.to_owned()), ..self }
    }

    /// The errors among diagnostics.
    pub fn all(sources: &Sources, found: &[Diagnostic]) -> Vec<Self> {
        Self::of(sources, found, Severity::Error)
    }

    /// Its place, for the log.
    pub(super) fn place(&self) -> (Option<&str>, Option<usize>, Option<usize>) {
        let (line, column) = self.position.unzip();
        ((!self.file.is_empty()).then_some(&*self.file), line, column)
    }

    /// Those of one severity among diagnostics.
    pub(super) fn of(sources: &Sources, found: &[Diagnostic], severity: Severity) -> Vec<Self> {
        let found = found.iter().filter(|d| d.severity == severity);
        found
            .map(|d| Self {
                file: d.span.map(|s| sources.name(s.file).to_owned()).unwrap_or_default(),
                position: d.span.map(|s| sources.position(s)),
                severity,
                code: d.code,
                message: d.message.clone(),
                expected: (!d.label.is_empty()).then(|| String::from(&*d.label)),
                help: d.help.as_deref().map(String::from),
            })
            .collect()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.severity == Severity::Error { "error" } else { "warning" };
        write!(f, "{word}[{}]: {}", self.code, self.message)?;
        if let Some((line, column)) = self.position {
            write!(f, "\n  --> {}:{line}:{column}", self.file)?;
        } else if !self.file.is_empty() {
            write!(f, "\n  --> {}", self.file)?;
        }
        if let Some(expected) = &self.expected {
            write!(f, "  {expected}")?;
        }
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "\n  help: {help}"))
    }
}
