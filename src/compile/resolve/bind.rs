//! One context: a pair of uses with the rules that reach it, sorted out into moves and rules with
//! one place. Follows `docs/semantics.md`, "Contexts"; it makes no shapes.

use super::Hop;
use super::items::Items;
use super::live::{Live, Looks, cuts, live_rules};
use super::sort::{Space, unwrapped};
use crate::contract::{TypeId, Use};
use crate::json::{Segment, Text};
use crate::mapping::{Field, Unmapped};

/// What a pair of uses and the rules handed down to it are known by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::compile) struct Context {
    /// Index of the hop, in order of travel.
    pub(in crate::compile) hop: usize,
    /// What the value is before the hop.
    pub(in crate::compile) source: Use,
    /// What it is after it.
    pub(in crate::compile) target: Use,
    /// Rules from further out, most special first.
    pub(in crate::compile) handed: Vec<Handed>,
    /// Places beneath the value that rules further out take out of it.
    pub(in crate::compile) exports: Vec<Cut>,
    /// Places beneath the value that rules further out write.
    pub(in crate::compile) imports: Vec<Cut>,
    /// How many unions the value is a branch of, one right inside the other.
    pub(in crate::compile) unions: u8,
    /// The rule about the value itself has had its turn.
    pub(in crate::compile) placed: bool,
}

/// A rule of the hop with the first segments of its paths cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::compile) struct Handed {
    /// Index into [`Hop::rules`].
    pub(in crate::compile) at: usize,
    /// Segments cut off its `src`.
    pub(in crate::compile) src: usize,
    /// Segments cut off its `dst`.
    pub(in crate::compile) dst: usize,
}

/// The rest of one path of a rule, from segment `cut` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::compile) struct Cut {
    /// Index into [`Hop::rules`].
    pub(in crate::compile) at: usize,
    /// Segments cut off.
    pub(in crate::compile) cut: usize,
}

/// A counterpart: the value at `src` stands at `dst` after the hop.
#[derive(Clone, Debug)]
pub(in crate::compile) struct Move {
    /// The rule; `None` for a pair of equal names.
    pub(in crate::compile) rule: Option<usize>,
    /// From here.
    pub(in crate::compile) src: Vec<Segment>,
    /// To here.
    pub(in crate::compile) dst: Vec<Segment>,
    /// The value's own context.
    pub(in crate::compile) context: Context,
    /// null may stand at `dst`.
    pub(in crate::compile) nullable: bool,
    /// The contracts say what the value is, so that its type's rules apply.
    pub(in crate::compile) typed: bool,
}

/// A rule with one place, relative to the context.
#[derive(Clone, Debug)]
pub(in crate::compile) struct Single {
    /// Index into [`Hop::rules`].
    pub(in crate::compile) rule: usize,
    /// The place.
    pub(in crate::compile) place: Vec<Segment>,
    /// Segments that the context cuts off the further places that the rule looks at.
    pub(in crate::compile) cut: usize,
}

/// By JSON type, the first block about the pair whose paths want another one.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::compile) struct Unfit {
    /// Booleans, numbers and strings.
    pub(in crate::compile) scalar: Option<u32>,
    /// Arrays.
    pub(in crate::compile) array: Option<u32>,
    /// Objects.
    pub(in crate::compile) object: Option<u32>,
}

/// Which way a rule crosses the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::compile) enum Cross {
    /// From `.` to a place.
    Outward,
    /// From a place to `.`.
    Inward,
}

/// A context, sorted out.
#[derive(Clone, Debug, Default)]
pub(in crate::compile) struct Binding {
    /// The rule for the value itself (`.`), an index into [`Hop::rules`].
    pub(in crate::compile) itself: Option<usize>,
    /// Whether a rule crosses the root; then `moves` are the rules' alone, and nothing pairs.
    pub(in crate::compile) cross: Option<(Cross, usize)>,
    /// Every rule that holds, for the contexts of branches.
    pub(in crate::compile) holding: Vec<Handed>,
    /// Counterparts of an object's places, explicit ones first.
    pub(in crate::compile) moves: Vec<Move>,
    /// Made values, shorter places first.
    pub(in crate::compile) makes: Vec<Single>,
    /// Made values of a counterpart's own context, for where that has no value and other rules make
    /// an object there; with the index of the counterpart. Shorter places first.
    pub(in crate::compile) late: Vec<(Single, usize)>,
    /// Places of a counterpart's own context whose absence means something after the hop, likewise.
    pub(in crate::compile) late_unsaid: Vec<(Single, usize)>,
    /// Places of a counterpart's own context where absence means something, and at which a rule of this one
    /// looks before.
    pub(in crate::compile) meant: Vec<Single>,
    /// Values that are taken out.
    pub(in crate::compile) takes: Vec<Single>,
    /// Aliases of the source.
    pub(in crate::compile) fills: Vec<Single>,
    /// Aliases of the target.
    pub(in crate::compile) repeats: Vec<Single>,
    /// Rules that may refuse the value as it comes, indices into [`Hop::rules`].
    pub(in crate::compile) refuses: Vec<usize>,
    /// Places of the source that rules claim, with the rule's id in its mapping, by that id.
    pub(in crate::compile) claimed: Vec<(Vec<Segment>, u32)>,
    /// Members that a path goes through and that have no counterpart.
    pub(in crate::compile) apart: Vec<Text>,
    /// Rules over elements of lists that are not each other's counterparts: they carry nothing.
    pub(in crate::compile) stuck: Vec<usize>,
    /// Members without counterpart that no rule goes through.
    pub(in crate::compile) leftover: Vec<Text>,
    /// Context of members that both contracts let through without naming them.
    pub(in crate::compile) others: Option<Context>,
    /// Context of the elements of an array.
    pub(in crate::compile) elements: Option<Context>,
    /// Single elements of an array that rules name.
    pub(in crate::compile) items: Option<Items>,
    /// A rule of a list of which more elements are named than there can be.
    pub(in crate::compile) crowded: Option<usize>,
    /// Who reports values that the paths are not about.
    pub(in crate::compile) unfit: Unfit,
    /// Members without counterpart and extras are dropped, under rule 0.
    pub(in crate::compile) unmapped: bool,
    /// What is read as absent where it is null; `None`: no rule reads so.
    pub(in crate::compile) voids: Option<Voids>,
}

/// Places of the source that are read as absent where they are null.
#[derive(Clone, Debug, Default)]
pub(in crate::compile) struct Voids {
    /// Members, at paths of names and single elements.
    pub(in crate::compile) places: Vec<Vec<Segment>>,
    /// All values of the dictionary that this is.
    pub(in crate::compile) values: bool,
}

impl Context {
    /// Whether rules reach from inside the value to outside of it, or the reverse: then it
    /// cannot be a function of its own.
    pub(in crate::compile) fn is_open(&self) -> bool {
        !self.exports.is_empty() || !self.imports.is_empty()
    }

    /// A pair without rules from further out.
    pub(in crate::compile) fn bare(hop: usize, (source, target): (Use, Use)) -> Self {
        Self {
            hop,
            source,
            target,
            handed: Vec::new(),
            exports: Vec::new(),
            imports: Vec::new(),
            unions: 0,
            placed: false,
        }
    }
}

impl Binding {
    /// The rule for the value itself, if its parts place the value.
    pub(in crate::compile) fn placing<'a>(&self, hop: &Hop<'a>) -> Option<&'a Field> {
        hop.field(self.itself?).filter(|field| field.parts.place())
    }

    /// The context of the value that such a rule has placed, for the rules of its type.
    pub(in crate::compile) fn placed(&self, hop: &Hop<'_>, context: &Context) -> Option<Context> {
        let field = self.placing(hop)?;
        let inner = if field.parts.wrap.is_none() {
            context.clone()
        } else {
            let uses = (context.source, context.target);
            Context::bare(context.hop, unwrapped(hop, self.itself?, uses)?)
        };
        Some(Context { placed: true, ..inner })
    }
}

/// Sorts out a context.
pub(in crate::compile) fn bind(hop: &Hop<'_>, context: &Context) -> Binding {
    let mut binding = Binding {
        unmapped: unmapped(hop, context),
        unfit: unfit(hop, context),
        ..Binding::default()
    };
    let live = live_rules(hop, context);
    let root = |path: Option<&[Segment]>| path.is_some_and(<[_]>::is_empty);
    for rule in &live {
        if rule.src.is_none() && rule.dst.is_none() {
            // It has had its turn before the rule about the value itself.
            binding.refuses.extend((!context.placed).then_some(rule.at));
            continue;
        }
        match (root(rule.src), root(rule.dst)) {
            (true, true) => {
                if !context.placed {
                    binding.itself.get_or_insert(rule.at);
                }
                continue;
            }
            (true, false) if rule.dst.is_some() => {
                binding.cross.get_or_insert((Cross::Outward, rule.at));
            }
            (false, true) if rule.src.is_some() => {
                binding.cross.get_or_insert((Cross::Inward, rule.at));
            }
            _ => {}
        }
        let (src, dst) = rule.cut;
        binding.holding.push(Handed { at: rule.at, src, dst });
        if let Some(src) = rule.src.filter(|s| !s.is_empty()) {
            binding.claimed.push((src.to_vec(), id(hop, rule.at)));
        }
    }
    if binding.itself.is_none() && !context.placed && hop.crossing(context).is_some() {
        binding.itself = Some(super::TEXT);
    }
    let exports = cuts(hop, &context.exports, Looks::Source);
    let imports = cuts(hop, &context.imports, Looks::Target);
    binding.claimed.extend(exports.iter().map(|(p, at)| (p.to_vec(), id(hop, *at))));
    binding.claimed.sort_by_key(|(_, rule)| *rule);
    let apart = |l: &Live<'_>| (root(l.src) && root(l.dst)) || (l.src.is_none() && l.dst.is_none());
    let live: Vec<Live<'_>> = live.into_iter().filter(|l| !apart(l)).collect();
    let space = Space::new((hop, context), &live, (&exports, &imports));
    space.elements(&mut binding);
    (binding.items, binding.crowded) = space.items(&binding);
    if binding.cross.is_some() {
        space.crossing(&mut binding);
    } else {
        space.object(&mut binding);
    }
    binding.voids = space.voids(&binding);
    binding
}

fn id(hop: &Hop<'_>, at: usize) -> u32 {
    hop.rules.get(at).map_or(0, |r| r.rule)
}

/// The blocks about a pair of types: its own first, then those of pairs of its bases.
pub(in crate::compile) fn blocks<'h>(
    hop: &'h Hop<'_>,
    source: TypeId,
    target: TypeId,
) -> Vec<&'h super::Bound> {
    if hop.blocks.is_empty() {
        return Vec::new();
    }
    let sources = lineage(hop.source.get(source).bases.as_slice(), hop.source.meant(source));
    let targets = lineage(hop.target.get(target).bases.as_slice(), hop.target.meant(target));
    let mut found = Vec::new();
    for source in &sources {
        for target in &targets {
            found.extend(hop.blocks.get(&(*source, *target)).into_iter().flatten());
        }
    }
    found
}

fn lineage(bases: &[TypeId], own: TypeId) -> Vec<TypeId> {
    std::iter::once(own).chain(bases.iter().copied()).collect()
}

fn unmapped(hop: &Hop<'_>, context: &Context) -> bool {
    let by_type = blocks(hop, context.source.ty, context.target.ty);
    let said = by_type.iter().find_map(|b| b.unmapped).or(hop.mapping.unmapped);
    said == Some(Unmapped::Drop) || lacks(hop, context)
}

/// Whether the other side is sealed, and may lack what this one has. No message has more there than
/// its contract says.
fn lacks(hop: &Hop<'_>, context: &Context) -> bool {
    let target = hop.target.get(context.target.ty);
    let lacks = |(name, _): &(Text, Use)| target.property(name).is_none();
    let ruled = !context.handed.is_empty() || context.is_open();
    target.sealed && (ruled || hop.source.get(context.source.ty).properties.iter().any(lacks))
}

/// An object is wanted for names, an array for elements, anything where no path leads beneath
/// the root.
fn unfit(hop: &Hop<'_>, context: &Context) -> Unfit {
    let mut unfit = Unfit::default();
    for bound in blocks(hop, context.source.ty, context.target.ty) {
        let (mut names, mut elements) = (false, false);
        for rule in bound.rules.iter().filter_map(|at| hop.rules.get(*at)) {
            for path in [&rule.src, &rule.dst] {
                match path.0.first() {
                    None => {}
                    Some(Segment::Name(_) | Segment::Values) => names = true,
                    Some(Segment::Each | Segment::Index(_) | Segment::Select(_)) => elements = true,
                }
            }
        }
        if names || elements {
            unfit.scalar.get_or_insert(bound.rule);
        }
        if names {
            unfit.array.get_or_insert(bound.rule);
        }
        if elements && !names {
            unfit.object.get_or_insert(bound.rule);
        }
    }
    unfit
}

/// The segment of a member's name.
pub(in crate::compile) fn segment(name: &Text) -> Segment {
    Segment::Name(name.decode().unwrap_or_default().into())
}
