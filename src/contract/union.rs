//! `oneOf`, `anyOf` and types with a discriminator: their branches, and what tells them apart.

use std::collections::HashMap;
use std::rc::Rc;

use super::files::At;
use super::load::{Loader, Part};
use super::schema::{Flat, Null, Union};
use super::{Branches, Kinds, TypeId};
use crate::diagnostic::Diagnostic;
use crate::document::Node;
use crate::json::{Text, Value};

/// Branches that several unions beside each other may make together.
const MAX_COMBINATIONS: usize = 256;
/// Unions of one branch that may stand within each other.
const MAX_SINGLE: usize = 32;

/// The branches of a union: each the schemas that hold together.
struct Choice<'n> {
    of: Vec<Vec<At<'n>>>,
    discriminator: Option<At<'n>>,
    /// The branches say by themselves what the union says beside them.
    complete: bool,
}

impl<'n> Loader<'n> {
    /// Notes for every type with a discriminator which named schemas are `allOf` it.
    pub(super) fn heirs(&mut self) {
        for (_, _, at) in self.schemas.clone() {
            if self.target(at) != at || self.is_reference(at.node) {
                continue;
            }
            for (_, base) in &self.flat(at).bases {
                let of = base.node;
                let plain = of.get("oneOf").is_none() && of.get("anyOf").is_none();
                if plain
                    && of.get("discriminator").is_some_and(|d| d.is_object() || self.names_it(d))
                {
                    self.heirs.entry(base.place()).or_default().push(at);
                }
            }
        }
    }

    /// The branches of a union without null.
    pub(super) fn real(&mut self, union: &Union<'n>) -> Vec<At<'n>> {
        let mut real = Vec::new();
        for branch in &union.branches {
            let branch = self.target(*branch);
            let flat = self.flat(branch);
            let null =
                flat.kinds == Kinds::NONE && flat.null == Null::Yes && flat.unions.is_empty();
            if !null && !real.contains(&branch) {
                real.push(branch);
            }
        }
        real
    }

    /// Merges unions of one branch into the parts; gives what those say, and the union that is
    /// left.
    pub(super) fn unions(&mut self, parts: &mut Vec<Part<'n>>) -> (Rc<Flat<'n>>, Option<Branches>) {
        for _ in 0..MAX_SINGLE {
            let flat = self.together(parts);
            let Some(choice) = self.choice(parts, &flat) else { return (flat, None) };
            let [one] = choice.of.as_slice() else {
                let branches = self.branches(parts, &choice);
                return (flat, Some(branches));
            };
            for part in parts.iter_mut() {
                part.bare = true;
            }
            parts.extend(one.iter().map(|at| Part { at: *at, bare: false }));
        }
        if let Some(part) = parts.first() {
            self.within_itself(part.at);
        }
        (Rc::new(Flat::nothing()), None)
    }

    fn within_itself(&mut self, at: At<'n>) {
        self.found.push(
            Diagnostic::error("F208", at.node.span, "a union that is a branch of itself")
                .help("`oneOf` and `anyOf` must not lead back to where they stand"),
        );
    }

    /// The branches that there are to choose from.
    fn choice(&mut self, parts: &[Part<'n>], flat: &Flat<'n>) -> Option<Choice<'n>> {
        if let [Part { at, bare: false }] = parts
            && let Some(choice) = self.inherited(*at)
        {
            return Some(choice);
        }
        let mut of: Vec<Vec<At<'n>>> = vec![Vec::new()];
        let mut discriminator = None;
        for union in &flat.unions {
            let real = self.real(union);
            let says_shape = real.iter().any(|branch| {
                let flat = self.flat(*branch);
                !flat.is_shapeless() || flat.kinds != Kinds::ANY || !flat.unions.is_empty()
            });
            if !says_shape {
                continue;
            }
            if of.len().saturating_mul(real.len()) > MAX_COMBINATIONS && of.len() > 1 {
                let span = parts.first().map_or(union_span(union), |part| part.at.node.span);
                self.found.push(
                    Diagnostic::warning("F217", span, "too many combinations of branches")
                        .label(format!("at most {MAX_COMBINATIONS}; only the first union counts")),
                );
                break;
            }
            discriminator = discriminator.or(union.discriminator);
            let with = |one: &Vec<At<'n>>, branch: &At<'n>| {
                let mut one = one.clone();
                one.push(*branch);
                one
            };
            of = of.iter().flat_map(|one| real.iter().map(move |b| with(one, b))).collect();
        }
        let some = of.first().is_some_and(|one| !one.is_empty());
        some.then_some(Choice { of, discriminator, complete: false })
    }

    /// The schemas that are `allOf` a type with a discriminator.
    fn inherited(&mut self, at: At<'n>) -> Option<Choice<'n>> {
        let base = self.meant(at)?;
        let heirs = self.heirs.get(&base.place())?.clone();
        let node = base.node.get("discriminator")?;
        let discriminator = At { file: base.file, node };
        let of = heirs.into_iter().map(|heir| vec![heir]).collect();
        Some(Choice { of, discriminator: Some(discriminator), complete: true })
    }

    fn branches(&mut self, parts: &[Part<'n>], choice: &Choice<'n>) -> Branches {
        let bare: Vec<Part<'n>> = parts.iter().map(|p| Part { bare: true, ..*p }).collect();
        let beside = self.together(&bare);
        let mut of: Vec<TypeId> = Vec::new();
        let mut flats = Vec::new();
        for one in &choice.of {
            let mut whole: Vec<Part<'n>> =
                one.iter().map(|at| Part { at: self.unwrap(*at), bare: false }).collect();
            let flat = self.together(&whole);
            let said = beside.is_shapeless()
                && beside.kinds.has(flat.kinds)
                && beside.required.iter().all(|name| flat.required.contains(name));
            if !said && !choice.complete {
                whole.extend(bare.iter().filter(|p| !one.contains(&p.at)));
            }
            flats.push(self.together(&whole));
            of.push(self.intern(whole));
        }
        let tag = match choice.discriminator {
            Some(at) => self.discriminated(at, &choice.of, &flats),
            None => self.tagged(&flats),
        };
        Branches { of, tag }
    }

    /// The cases of a discriminator.
    fn discriminated(
        &mut self,
        at: At<'n>,
        branches: &[Vec<At<'n>>],
        flats: &[Rc<Flat<'n>>],
    ) -> Option<(Text, Vec<(Value, usize)>)> {
        let named =
            if self.names_it(at.node) { Some(at.node) } else { at.node.get("propertyName") };
        let property = named.and_then(Node::as_str)?;
        let mut listed: Vec<Vec<Value>> = vec![Vec::new(); branches.len()];
        for member in at.node.get("mapping").map(Node::members).unwrap_or_default() {
            let Some(found) = self.mapped(at.file, &member.value) else { continue };
            let target = self.target(found);
            let target = self.unwrap(target);
            let mut holders = branches.iter().zip(&mut listed).filter(|(b, _)| b.contains(&target));
            if let Some((_, values)) = holders.next() {
                values.push(Value::string(&member.key));
            } else {
                drop(holders);
                self.found.push(
                    Diagnostic::warning("F215", member.value.span, "not a branch of this union")
                        .label("expected one of its branches"),
                );
            }
        }
        let mut cases: Vec<(Value, usize)> = Vec::new();
        let mut taken: HashMap<String, usize> = HashMap::new();
        for (index, ((branch, flat), mut values)) in
            branches.iter().zip(flats).zip(listed).enumerate()
        {
            if values.is_empty() {
                values = self.values(flat, property, 0).unwrap_or_default();
            }
            if values.is_empty() {
                values.extend(branch.iter().find_map(|b| self.key(*b)).map(Value::string));
            }
            for value in values {
                if taken.insert(value.to_string(), index).is_none() {
                    cases.push((value, index));
                }
            }
        }
        Some((Text::from_plain(property), cases))
    }

    /// Whether a discriminator is nothing but the name of a property, as in Swagger 2.0.
    fn names_it(&self, node: &Node) -> bool {
        self.swagger && node.as_str().is_some()
    }

    /// Reports what is wrong with a discriminator by itself.
    pub(super) fn is_discriminator(&mut self, at: At<'n>) {
        if self.names_it(at.node) {
            return;
        }
        match at.node.get("propertyName") {
            Some(name) if name.as_str().is_some() => {}
            Some(name) => self.wrong(name, "propertyName", "expected the name of a property"),
            None => self.wrong(at.node, "discriminator", "expected an object with `propertyName`"),
        }
        let Some(mapping) = at.node.get("mapping") else { return };
        if !mapping.is_object() {
            self.wrong(mapping, "mapping", "expected an object of schemas' names or references");
        }
        for member in mapping.members() {
            let node = &member.value;
            let Some(text) = node.as_str() else {
                self.wrong(node, "mapping", "expected a schema's name or a reference");
                continue;
            };
            if self.mapped(at.file, node).is_none() {
                self.found.push(
                    Diagnostic::warning("F215", node.span, format!("`{text}` leads nowhere"))
                        .label("expected a schema's name or a reference"),
                );
            }
        }
    }

    /// The schema that a value of `mapping` names: by its name, else as a reference.
    fn mapped(&mut self, file: usize, node: &'n Node) -> Option<At<'n>> {
        let text = node.as_str()?;
        let named = self.schemas.iter().find(|(f, key, _)| *f == file && *key == text);
        match named {
            Some((_, _, at)) => Some(*at),
            None => self.files.lookup(file, text, node.span).ok(),
        }
    }

    /// A property whose constants or enums differ between all branches that are objects; one
    /// that they all require, if there is one.
    fn tagged(&mut self, flats: &[Rc<Flat<'n>>]) -> Option<(Text, Vec<(Value, usize)>)> {
        let objects: Vec<(usize, &Rc<Flat<'n>>)> =
            flats.iter().enumerate().filter(|(_, f)| f.kinds.meets(Kinds::OBJECT)).collect();
        let (_, first) = objects.first().filter(|_| objects.len() > 1)?;
        let mut names: Vec<&str> = first.properties.iter().map(|(name, _)| *name).collect();
        let optional = |name: &&str| !objects.iter().all(|(_, flat)| flat.required.contains(name));
        names.sort_by_key(optional);
        for name in names {
            let mut cases: Vec<(Value, usize)> = Vec::new();
            let mut taken: HashMap<String, usize> = HashMap::new();
            let tells = objects.iter().all(|(index, flat)| {
                let values = self.values(flat, name, 0).unwrap_or_default();
                let some = !values.is_empty();
                let distinct = values.into_iter().all(|value| {
                    let other = taken.insert(value.to_string(), *index);
                    cases.push((value, *index));
                    other.is_none_or(|other| other == *index)
                });
                some && distinct
            });
            if tells {
                return Some((Text::from_plain(name), cases));
            }
        }
        None
    }

    /// The values that a property can only have.
    fn values(&mut self, flat: &Flat<'n>, name: &str, depth: usize) -> Option<Vec<Value>> {
        if let Some(of) = flat.property(name) {
            let mut parts = Vec::new();
            for at in of {
                parts.push(Part { at: self.target(*at), bare: false });
            }
            let literals = self.together(&parts).literals.clone()?;
            return Some(literals.to_vec());
        }
        let union = flat.unions.first().filter(|_| depth < 4)?;
        let mut all = Vec::new();
        for branch in self.real(union) {
            let flat = self.flat(branch);
            all.extend(self.values(&flat, name, depth.saturating_add(1))?);
        }
        Some(all)
    }

    /// Reports unions that are among their own branches, however far down.
    pub(super) fn endless(&mut self) {
        let mut left = vec![0_usize; self.types.len()];
        let mut above: Vec<Vec<usize>> = vec![Vec::new(); self.types.len()];
        let index = |id: &TypeId| usize::try_from(id.0).unwrap_or(usize::MAX);
        for (at, ty) in self.types.iter().enumerate() {
            for branch in ty.branches.iter().flat_map(|b| &b.of) {
                if let Some(above) = above.get_mut(index(branch)) {
                    above.push(at);
                }
                if let Some(left) = left.get_mut(at) {
                    *left += 1;
                }
            }
        }
        // Takes away types whose branches are all taken away; what stays goes round.
        let mut done: Vec<usize> =
            (0..).zip(&left).filter(|(_, n)| **n == 0).map(|(at, _)| at).collect();
        while let Some(at) = done.pop() {
            for union in above.get(at).into_iter().flatten() {
                if let Some(left) = left.get_mut(*union) {
                    *left -= 1;
                    if *left == 0 {
                        done.push(*union);
                    }
                }
            }
        }
        let round = self.types.iter().zip(&left).filter(|(_, n)| **n > 0);
        let found: Vec<Diagnostic> = round
            .map(|(ty, _)| {
                Diagnostic::error("F208", ty.span, "a union that is a branch of itself")
                    .help("`oneOf` and `anyOf` must not lead back to where they stand")
            })
            .collect();
        self.found.extend(found);
    }
}

fn union_span(union: &Union<'_>) -> crate::diagnostic::Span {
    union.branches.first().map_or(
        crate::diagnostic::Span { file: crate::diagnostic::FileId(0), start: 0, end: 0 },
        |at| at.node.span,
    )
}
