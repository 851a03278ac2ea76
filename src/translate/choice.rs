//! Which branch of a union an object is of, before it is read: by the first member, which most
//! tags are, else by looking ahead on the tape.

use super::{Run, Stop};
use crate::json::scan::{Kind, Scanner};
use crate::json::{self, same_text};
use crate::plan::{Choice, FuncId, Function};

impl Run<'_> {
    /// The function for the object that comes; `None`: it goes hop by hop.
    pub(super) fn chosen(
        &mut self,
        scanner: &Scanner<'_>,
        (kind, function): (Kind, &Function),
    ) -> Result<Option<FuncId>, Stop> {
        let (name, cases) = match (kind, &function.choice) {
            (Kind::Object, Some(Choice::Object(call))) => return Ok(Some(*call)),
            (Kind::Object, Some(Choice::Tag(name, cases))) => (name, cases),
            _ => return Ok(None),
        };
        let input = self.input;
        let text = |(start, end): (usize, usize)| input.get(start..end).unwrap_or_default();
        let is_tag = |span: (usize, usize)| {
            std::str::from_utf8(text(span)).is_ok_and(|raw| same_text(raw, name.raw()))
        };
        let mut ahead = scanner.clone();
        ahead.enter()?;
        let found = match ahead.name(true)? {
            None => None,
            Some(first) if is_tag((first.start, first.end)) => {
                let kind = ahead.kind()?;
                let start = ahead.skip()?;
                Some((kind, (start, ahead.pos())))
            }
            Some(_) => self.laid.member(scanner, is_tag)?.map(|token| (token.kind(), token.span())),
        };
        let Some((Kind::Bool | Kind::Number | Kind::String, span)) = found else {
            return Ok(None);
        };
        let Ok(value) = json::parse(text(span), 1) else { return Ok(None) };
        let mistaken = mutant!("fused-branches-are-not-told");
        let case = cases.iter().find(|(v, _)| v.same(&value) || mistaken);
        Ok(case.and_then(|(_, call)| *call))
    }
}
