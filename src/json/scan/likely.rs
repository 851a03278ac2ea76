//! What is gone over where something is likely to come: whole names, and what stands around them.
//! What does not come that way is the scanner's own to go over.

use super::super::words::{Before, Expected, blank};
use super::{Malformed, MalformedKind, Scanner};

impl Scanner<'_> {
    /// Leaves the object, if it ends here. If not, nothing happens.
    #[inline]
    pub fn leave(&mut self) -> bool {
        let ends = self.peek() == Some(b'}') || self.ends_behind_space();
        if ends {
            self.pos += 1;
            self.left += 1;
        }
        ends
    }

    /// Goes over white space, if an object ends behind it; says whether one does.
    #[inline(never)]
    fn ends_behind_space(&mut self) -> bool {
        let rest = self.bytes.get(self.pos..).unwrap_or_default();
        let space = blank(rest);
        let ends = rest.get(space) == Some(&b'}');
        if ends {
            self.pos += space;
        }
        ends
    }

    /// Goes down into an object, whose brace is gone over with the first name.
    #[inline]
    pub fn descend(&mut self) -> Result<(), Malformed> {
        let too_deep = Malformed { at: self.pos, kind: MalformedKind::Depth };
        self.left = self.left.checked_sub(1).ok_or(too_deep)?;
        Ok(())
    }

    /// Goes up out of an object, whose closing brace was gone over.
    #[inline]
    pub fn ascend(&mut self) {
        self.left += 1;
    }

    /// [`Scanner::member`], of an object that was descended into.
    pub fn member_behind(&mut self, before: Before) -> Result<bool, Malformed> {
        let first = before == Before::BRACE;
        self.pos += usize::from(first);
        self.member(first)
    }

    /// Goes over what is expected, if that comes: the name of the next member, written without escapes
    /// and with nothing before its colon, and what is before it. `false`: it does not, and nothing
    /// happens.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call costs more than what it does")]
    pub fn expect(&mut self, before: Before, text: &Expected) -> bool {
        let comes = self.bytes.get(self.pos..).is_some_and(|rest| text.begins(before, rest));
        if comes {
            self.pos += text.text().len();
        }
        comes || self.expect_behind_space(before, text).is_some()
    }

    /// The same, if white space comes before the name.
    #[inline(never)]
    fn expect_behind_space(&mut self, before: Before, text: &Expected) -> Option<()> {
        let (first, rest) = self.bytes.get(self.pos..)?.split_first()?;
        let space = blank(rest);
        let name = text.text().get(1..).filter(|name| name.starts_with(b"\""))?;
        if *first != text.first(before) || space == 0 || !rest.get(space..)?.starts_with(name) {
            return None;
        }
        self.pos += 1 + space + name.len();
        Some(())
    }

    /// Goes over a comma, if it comes right here, and an object right behind it.
    #[inline]
    pub fn comma_and_object(&mut self) -> bool {
        let comes = self.bytes.get(self.pos..).is_some_and(|bytes| bytes.starts_with(b",{"));
        self.pos += usize::from(comes);
        comes
    }
}
