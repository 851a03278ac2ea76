//! What becomes of a branch, and what tells which of several types its values become.

use super::Listing;
use super::lines::Row;
use super::staged::{kinds_of, shown};
use crate::json::Value;
use crate::plan::{Becomes, Carry, Invented, Tag, Told};

impl Listing<'_> {
    /// What a branch goes through, and a row for each type that its values may become.
    pub(super) fn becomes(&mut self, becomes: &Becomes, at: &str) -> (String, Vec<Row>) {
        let several = match becomes {
            Becomes::Unseen => return (String::from("goes on unseen"), Vec::new()),
            Becomes::Refused(by) => return (format!("refused by {}", self.by(*by)), Vec::new()),
            Becomes::Instead(value, invented, by) => {
                let placeholder = if *invented == Invented::Yes { "placeholder " } else { "" };
                let by = self.by(*by);
                return (format!("{placeholder}{value} in its stead by {by}"), Vec::new());
            }
            Becomes::One(stage) => return (self.stays(*stage, at), Vec::new()),
            Becomes::Told(several) => several,
        };
        let mut rows = Vec::new();
        for (stage, told) in several {
            let tests = tests(told);
            let tests = if tests.is_empty() { String::from("anything") } else { tests.join("; ") };
            rows.push(Row::new(self.stays(*stage, at), tests));
        }
        (
            String::from(
                "by turns: tag, JSON type, constants, required; all of a turn, else most; then the first",
            ),
            rows,
        )
    }

    fn stays(&mut self, stage: u32, at: &str) -> String {
        self.through(stage, at).unwrap_or_else(|| String::from("stays"))
    }
}

/// The tests of one type, in the order in which they are asked.
fn tests(told: &Told) -> Vec<String> {
    let Told { tag, kinds, turned, constants, required } = told;
    let mut tests = Vec::new();
    if let Some(Tag { carry, meaning, values }) = tag {
        let Carry { src, dst, work: _, nullable: _, unsaid: _, reporter: _, stage: _ } = carry;
        let mut text = shown(dst);
        if src != dst {
            text = format!("{text} (from {})", shown(src));
        }
        if let Some(meaning) = meaning {
            text = format!("{text} (absent: {meaning})");
        }
        let values: Vec<String> = values.iter().map(Value::to_string).collect();
        tests.push(format!("{text} is {}", values.join(" or ")));
    }
    if let Some(kinds) = kinds {
        let turned = if *turned { "becomes " } else { "" };
        tests.push(format!("{turned}{}", kinds_of(*kinds)));
    }
    tests.extend(constants.iter().map(|(at, value)| format!("{} is {value}", shown(at))));
    tests.extend(required.iter().map(|(at, _)| format!("has {}", shown(at))));
    tests
}
