//! Steps over one value: lists, conversions, functions; streamed where nothing is looked at
//! first.

use super::frame::Slot;
use super::passed::Passed;
use super::tape::Laid;
use super::{Run, Stop};
use crate::json::Value;
use crate::json::scan::{Kind, Scanner};
use crate::loss::LossKind;
use crate::plan::{FuncId, Function, Group};

/// A value in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    /// Its type; `None`: absent.
    pub(super) kind: Option<Kind>,
    /// Where its bytes are.
    pub(super) bytes: Bytes,
    /// Where it came from in the message.
    pub(super) origin: Option<(usize, usize)>,
    /// No further step is tried on it.
    pub(super) frozen: bool,
}

/// Where bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bytes {
    /// In the message.
    Input(usize, usize),
    /// Made by a step.
    Made(usize, usize),
    /// In the message, and to go through this function when written.
    Call(FuncId, usize, usize),
    /// Likewise, of what was made.
    CallMade(FuncId, usize, usize),
    /// On the tape.
    Taped(usize),
}

impl Held {
    /// Nothing.
    pub(super) const ABSENT: Self =
        Self { kind: None, bytes: Bytes::Made(0, 0), origin: None, frozen: false };
}

impl Run<'_> {
    /// Reads the value that comes and writes it after these steps.
    pub(super) fn steps(&mut self, scanner: &mut Scanner<'_>, steps: &[Group]) -> Result<(), Stop> {
        if let [step] = steps
            && (step.list.is_some() || step.convert.is_some())
            && let start = scanner.pos()
            && scanner.pass_string()?
        {
            if self.at_once(Slot { start, end: scanner.pos() }, step) {
                return self.room();
            }
            scanner.leap(start);
        }
        self.steps_on_any(scanner, steps)
    }

    /// The same, whatever value comes.
    #[inline(never)]
    fn steps_on_any(&mut self, scanner: &mut Scanner<'_>, steps: &[Group]) -> Result<(), Stop> {
        match steps {
            [] => {
                let start = scanner.skip()?;
                self.copy(start, scanner.pos());
                self.room()
            }
            [Group { list: None, convert: None, call: Some(call), .. }] => {
                self.call(scanner, *call).map(|_| ())
            }
            [Group { taped: Some(_), .. }, ..] => {
                let (before, made) = (self.taped.len(), self.made.len());
                let mut held = self.lay(scanner)?;
                for step in steps {
                    held = self.step(held, step)?;
                }
                match held.kind {
                    Some(_) => self.write(held)?,
                    None => self.out.extend_from_slice(b"null"),
                }
                self.taped.truncate(before);
                self.made.truncate(made);
                Ok(())
            }
            _ => {
                let kind = scanner.kind()?;
                let start = scanner.pos();
                let made = self.made.len();
                self.pass(scanner, kind)?;
                let mut held = Held {
                    kind: Some(kind),
                    bytes: Bytes::Input(start, scanner.pos()),
                    origin: Some((start, scanner.pos())),
                    frozen: false,
                };
                for step in steps {
                    held = self.step(held, step)?;
                }
                match held.kind {
                    Some(_) => self.write(held)?,
                    None => self.out.extend_from_slice(b"null"),
                }
                self.made.truncate(made);
                Ok(())
            }
        }
    }

    fn function(&self, id: FuncId) -> Option<&'_ Function> {
        usize::try_from(id).ok().and_then(|at| self.plan.functions.get(at))
    }

    /// Reads the value that comes and writes what a function makes of it. Says whether the value
    /// was unfit.
    pub(super) fn call(&mut self, scanner: &mut Scanner<'_>, id: FuncId) -> Result<bool, Stop> {
        let kind = scanner.kind()?;
        let plan = self.plan;
        let Some(function) = usize::try_from(id).ok().and_then(|at| plan.functions.get(at)) else {
            return Ok(false);
        };
        let start = scanner.pos();
        if !function.stages.is_empty() {
            return match self.chosen(scanner, (kind, function))? {
                Some(branch) => self.call(scanner, branch),
                None => self.stages(scanner, &function.stages),
            };
        }
        if !function.scalar.is_empty() && function.unfit_scalar.is_none() {
            self.steps(scanner, &function.scalar)?;
            return Ok(false);
        }
        match (kind, &function.object) {
            (Kind::Object, Some(object)) => {
                self.object(scanner, object)?;
                Ok(false)
            }
            (Kind::Array, _) => {
                if let Some(reporter) = function.unfit_array {
                    self.reports.note(plan, reporter, LossKind::Unfit, start);
                }
                self.array(scanner, &function.elements)?;
                Ok(function.unfit_array.is_some())
            }
            (Kind::Null, _) if function.scalar.is_empty() => {
                scanner.skip()?;
                self.copy(start, scanner.pos());
                Ok(false)
            }
            _ => {
                let scalar = matches!(kind, Kind::Bool | Kind::Number | Kind::String);
                let unfit = function.unfit_scalar.filter(|_| scalar);
                if let Some(reporter) = unfit {
                    if !mutant!("fused-unfit-is-unsaid") {
                        self.reports.note(plan, reporter, LossKind::Unfit, start);
                    }
                    scanner.skip()?;
                    self.copy(start, scanner.pos());
                    return Ok(true);
                }
                self.steps(scanner, &function.scalar)?;
                Ok(false)
            }
        }
    }

    fn array(&mut self, scanner: &mut Scanner<'_>, steps: &[Group]) -> Result<(), Stop> {
        let plan = self.plan;
        let start = scanner.pos();
        if steps.is_empty() {
            scanner.skip()?;
            self.copy(start, scanner.pos());
            return self.room();
        }
        scanner.enter()?;
        // Most lists are of objects.
        let object = match steps {
            [Group { list: None, convert: None, call: Some(call), .. }] => {
                let function = usize::try_from(*call).ok().and_then(|at| plan.functions.get(at));
                let no_scalars = |f: &&Function| f.stages.is_empty() && f.scalar.is_empty();
                function.filter(no_scalars).and_then(|f| f.object.as_ref())
            }
            _ => None,
        };
        let mut copied = start;
        let mut first = true;
        while scanner.element(first)? {
            first = false;
            let kind = scanner.kind()?;
            // White space and commas between elements stay as they are.
            self.copy(copied, scanner.pos());
            match object {
                Some(object) if kind == Kind::Object => {
                    self.object(scanner, object)?;
                    while scanner.comma_and_object() {
                        let brace = scanner.pos();
                        self.copy(brace - 1, brace);
                        self.object(scanner, object)?;
                    }
                }
                _ => self.steps(scanner, steps)?,
            }
            self.room()?;
            copied = scanner.pos();
        }
        self.copy(copied, scanner.pos());
        Ok(())
    }

    /// One step on a value in hand.
    pub(super) fn step(&mut self, held: Held, step: &Group) -> Result<Held, Stop> {
        if let (Some(taped), Some(_)) = (step.taped, held.kind) {
            return self.taped_step(held, taped);
        }
        let held = self.force(held);
        if held.kind.is_none() || held.frozen {
            return Ok(held);
        }
        if let (true, Some(Kind::Object | Kind::Array)) = (step.sealed, held.kind) {
            return Ok(Self::nested(held, step));
        }
        if let Some(list) = step.list.and_then(|id| self.plan.lists.get(usize::try_from(id).ok()?))
        {
            let found = self.listed(held, list, step.convert.is_some());
            if let Some(found) = found {
                self.report_only(held)?;
                return Ok(found);
            }
        }
        if held.kind == Some(Kind::Null) {
            return Ok(held);
        }
        if let Some(convert) = &step.convert {
            return Ok(self.convert(held, step, convert));
        }
        if let Some(Kind::Object | Kind::Array) = held.kind {
            return Ok(Self::nested(held, step));
        }
        match (step.call, held.bytes, held.kind) {
            (Some(call), Bytes::Input(start, end), _)
                if self.function(call).is_some_and(|f| f.scalar.is_empty()) =>
            {
                Ok(Held { bytes: Bytes::Call(call, start, end), ..held })
            }
            (Some(call), Bytes::Made(start, end), _)
                if self.function(call).is_some_and(|f| f.scalar.is_empty()) =>
            {
                Ok(Held { bytes: Bytes::CallMade(call, start, end), ..held })
            }
            (Some(call), _, _) => {
                let Some(function) = self.function(call) else { return Ok(held) };
                let (unfit, steps) = (function.unfit_scalar, function.scalar.clone());
                if let (Some(reporter), Some((at, _))) = (unfit, held.origin) {
                    self.reports.note(self.plan, reporter, LossKind::Unfit, at);
                }
                if unfit.is_some() {
                    return Ok(Held { frozen: true, ..held });
                }
                steps.iter().try_fold(held, |held, step| self.step(held, step))
            }
            (None, _, _) => Ok(held),
        }
    }

    /// Goes over a value that is replaced, for what its functions report.
    fn report_only(&mut self, held: Held) -> Result<(), Stop> {
        if !matches!(held.bytes, Bytes::Call(..)) {
            return Ok(());
        }
        let from = self.out.len();
        let collided = self.collided;
        self.discard += 1;
        let written = self.write(held);
        self.discard -= 1;
        self.collided = collided;
        self.out.truncate(from);
        written
    }

    /// An array or object of the message, to go through all steps up to this one.
    fn nested(held: Held, step: &Group) -> Held {
        let bytes = match (held.bytes, step.nested) {
            (Bytes::Input(start, end) | Bytes::Call(_, start, end), Some(call)) => {
                Bytes::Call(call, start, end)
            }
            (Bytes::Input(start, end) | Bytes::Call(_, start, end), None) => {
                Bytes::Input(start, end)
            }
            (Bytes::Made(start, end) | Bytes::CallMade(_, start, end), Some(call)) => {
                Bytes::CallMade(call, start, end)
            }
            (Bytes::Made(start, end) | Bytes::CallMade(_, start, end), None) => {
                Bytes::Made(start, end)
            }
            (Bytes::Taped(at), _) => Bytes::Taped(at),
        };
        Held { bytes, ..held }
    }

    /// A scalar that a function is still to go over: whether it fits it.
    fn force(&mut self, held: Held) -> Held {
        let (call, bytes) = match held.bytes {
            Bytes::Call(call, start, end) => (call, Bytes::Input(start, end)),
            Bytes::CallMade(call, start, end) => (call, Bytes::Made(start, end)),
            Bytes::Input(..) | Bytes::Made(..) | Bytes::Taped(_) => return held,
        };
        let function = self.function(call);
        let converts = |f: &&Function| f.scalar.iter().any(|step| step.convert.is_some());
        match held.kind {
            None => held,
            // They report themselves when they are written.
            Some(Kind::Object) => {
                let unfit = function.as_ref().is_some_and(converts);
                Held { frozen: held.frozen || unfit, ..held }
            }
            Some(Kind::Array) => {
                let unfit = function.is_some_and(|f| f.unfit_array.is_some() || converts(&f));
                Held { frozen: held.frozen || unfit, ..held }
            }
            Some(Kind::Null) => Held { bytes, ..held },
            Some(Kind::Bool | Kind::Number | Kind::String) => {
                let unfit = function.and_then(|f| f.unfit_scalar);
                if let (Some(reporter), Some((at, _))) = (unfit, held.origin) {
                    self.reports.note(self.plan, reporter, LossKind::Unfit, at);
                }
                Held { bytes, frozen: held.frozen || unfit.is_some(), ..held }
            }
        }
    }

    /// The bytes of a value that no function is still to go over.
    pub(super) fn bytes(&self, held: Held) -> &[u8] {
        match held.bytes {
            Bytes::Input(start, end) | Bytes::Call(_, start, end) => self.input.get(start..end),
            Bytes::Made(start, end) | Bytes::CallMade(_, start, end) => self.made.get(start..end),
            Bytes::Taped(_) => None,
        }
        .unwrap_or_default()
    }

    /// A value made by a step from another.
    pub(super) fn make(&mut self, from: Held, bytes: &[u8]) -> Held {
        let start = self.made.len();
        self.made.extend_from_slice(bytes);
        self.made_since(from, start)
    }

    /// The same of what was made from a place on.
    pub(super) fn made_since(&self, from: Held, start: usize) -> Held {
        let kind = match self.made.get(start) {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') => Kind::Null,
            _ => Kind::Number,
        };
        Held { kind: Some(kind), bytes: Bytes::Made(start, self.made.len()), ..from }
    }

    /// A constant for a value.
    pub(super) fn make_value(&mut self, from: Held, value: &Value) -> Held {
        let start = self.made.len();
        value.write(&mut self.made);
        self.made_since(from, start)
    }

    /// A constant in hand.
    pub(super) fn constant(&mut self, value: &Value) -> Held {
        self.make_value(Held::ABSENT, value)
    }

    /// Writes a value in hand.
    pub(super) fn write(&mut self, held: Held) -> Result<(), Stop> {
        let made = matches!(held.bytes, Bytes::CallMade(..));
        let nested = matches!(held.kind, Some(Kind::Object | Kind::Array));
        let held = if made && !nested { self.force(held) } else { held };
        match held.bytes {
            Bytes::Input(start, end) => self.copy(start, end),
            Bytes::Made(start, end) => {
                let bytes = self.made.get(start..end).unwrap_or_default();
                self.out.extend_from_slice(bytes);
            }
            Bytes::Call(call, start, _) => {
                let mut scanner = Scanner::at(self.input, start, self.limits.depth);
                self.call(&mut scanner, call)?;
            }
            Bytes::CallMade(call, start, end) => self.write_made(call, start, end)?,
            Bytes::Taped(_) => self.write_taped(held)?,
        }
        self.room()
    }

    /// Writes what a function makes of a constant. Of a constant nothing is lost; only what is
    /// invented in it counts.
    fn write_made(&mut self, call: FuncId, start: usize, end: usize) -> Result<(), Stop> {
        let Some(left) = self.nested.checked_sub(1) else { return Err(Stop::TooLarge) };
        let document = self.made.get(start..end).unwrap_or_default().to_vec();
        let mut inner = Run {
            plan: self.plan,
            input: &document,
            out: self.out.over(&document),
            made: Vec::new(),
            reports: super::report::Reports::default(),
            discard: self.discard,
            collided: false,
            nested: left,
            slots: super::frame::Slots::default(),
            rooms: Vec::new(),
            laid: Laid::default(),
            passed: Passed::default(),
            taped: super::tape::Taped::default(),
            limits: self.limits,
        };
        let mut scanner = Scanner::at(&document, 0, self.limits.depth);
        let done = inner.call(&mut scanner, call);
        let Run { out, reports, collided, .. } = inner;
        self.collided |= collided;
        self.out.taken(out);
        self.reports.invented(reports);
        done.map(|_| ())
    }
}
