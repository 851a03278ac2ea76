//! From byte offsets to places: JSON Pointers (RFC 6901) of values of a valid document, found
//! after the fact, so that nobody has to keep track of them on the way.

use super::scan::{Kind, Malformed, Name, Scanner};

/// The pointers of the values that begin at these offsets, which must ascend; the same offset
/// may stand several times. An offset at which no value begins gives the empty pointer.
pub fn places(document: &[u8], offsets: &[usize]) -> Vec<String> {
    let mut walk = Walk {
        document,
        offsets,
        next: 0,
        places: vec![String::new(); offsets.len()],
        path: Vec::new(),
    };
    if !offsets.is_empty() {
        let mut scanner = Scanner::at(document, 0, usize::MAX);
        // The document was valid when it was translated: nothing fails here.
        let _done = walk.value(&mut scanner);
    }
    walk.places
}

enum Step {
    Name(Name),
    Index(usize),
}

struct Walk<'a> {
    document: &'a [u8],
    offsets: &'a [usize],
    next: usize,
    places: Vec<String>,
    path: Vec<Step>,
}

impl Walk<'_> {
    fn value(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Malformed> {
        let kind = scanner.kind()?;
        let start = scanner.pos();
        while self.offsets.get(self.next).is_some_and(|o| *o < start) {
            self.next += 1;
        }
        while self.offsets.get(self.next) == Some(&start) {
            let place = self.pointer();
            if let Some(slot) = self.places.get_mut(self.next) {
                *slot = place;
            }
            self.next += 1;
        }
        let mut ahead = scanner.clone();
        ahead.skip()?;
        let within = self.offsets.get(self.next).is_some_and(|o| *o < ahead.pos());
        if !within || !matches!(kind, Kind::Object | Kind::Array) {
            *scanner = ahead;
            return Ok(());
        }
        scanner.enter()?;
        let mut first = true;
        if kind == Kind::Object {
            while let Some(name) = scanner.name(first)? {
                first = false;
                self.path.push(Step::Name(name));
                self.value(scanner)?;
                self.path.pop();
            }
        } else {
            let mut index = 0;
            while scanner.element(first)? {
                first = false;
                self.path.push(Step::Index(index));
                self.value(scanner)?;
                self.path.pop();
                index += 1;
            }
        }
        Ok(())
    }

    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.path {
            pointer.push('/');
            match step {
                Step::Index(index) => pointer.push_str(&index.to_string()),
                Step::Name(name) => {
                    let raw = self.document.get(name.start..name.end).unwrap_or_default();
                    let raw = String::from_utf8_lossy(raw);
                    pointer.push_str(&token(&super::Text::from_raw(&raw)));
                }
            }
        }
        pointer
    }
}

/// A name as a reference token of a JSON Pointer (RFC 6901, section 3).
pub fn token(name: &super::Text) -> String {
    let plain = name.decode();
    plain.as_deref().unwrap_or(name.raw()).replace('~', "~0").replace('/', "~1")
}
