//! Where values end that were passed over before they are read: a value that is held back is read
//! once more when it is written, and so are those inside it, level by level. What was passed once
//! is leapt over then, so that no byte is scanned once for each level around it.

use std::collections::HashMap;

use super::Run;
use crate::json::scan::{Kind, Malformed, Nested, Scanner};

/// Arrays and objects shorter than this are passed again sooner than looked up.
const SHORT: usize = 64;

/// What was passed over of a message.
#[derive(Debug, Default)]
pub(super) struct Passed {
    /// By where they begin, where arrays and objects end.
    ends: HashMap<usize, usize>,
    /// Where those begin that are open.
    open: Vec<usize>,
}

impl Run<'_> {
    /// Passes the value that comes, whose type is known and before which nothing stands.
    pub(super) fn pass(&mut self, scanner: &mut Scanner<'_>, kind: Kind) -> Result<(), Malformed> {
        if !matches!(kind, Kind::Array | Kind::Object) {
            return scanner.pass(kind);
        }
        let Passed { ends, open } = &mut self.passed;
        if let Some(end) = ends.get(&scanner.pos()) {
            scanner.leap(*end);
            return Ok(());
        }
        scanner.pass_nested(|nested| match nested {
            Nested::Begins(at) => open.push(at),
            Nested::Ends(at) => {
                if let Some(begin) = open.pop().filter(|begin| at - begin >= SHORT) {
                    ends.insert(begin, at);
                }
            }
        })
    }
}
