//! What is wrong with a mapping, seen with its two contracts: every rule must reach something,
//! every place must be declared, and nothing may be left unsaid. It compiles nothing; what it
//! lets through, the compiler can do.

mod answers;
mod asked;
mod copies;
mod elements;
mod enums;
mod fits;
mod given;
mod heads;
mod late;
mod made;
mod meet;
mod missing;
mod needs;
mod neighbours;
mod objects;
mod operations;
mod parts;
mod places;
mod reach;
mod recursion;
mod required;
mod residue;
mod role;
mod routes;
mod sources;
mod texts;
mod told;
mod unread;
mod walk;
mod writes;

use std::collections::{BTreeSet, HashMap};

use super::media;
use super::message::{Told, View};
use super::resolve::bind::{Context, Handed, blocks};
use super::resolve::{Hop, What};
use super::series::{Part, Status};
use super::{Link, Root};
use crate::contract::{Operation, TypeId, Use};
use crate::diagnostic::{Diagnostic, FileId, Span};
use crate::mapping::{Block, Carrier};
use crate::version::{Direction, Side};
pub use neighbours::neighbours;
pub use routes::{Place, Places, places};
use walk::{Begin, Walk};

/// Checks one mapping against its two contracts.
pub fn check(link: &Link<'_>) -> Vec<Diagnostic> {
    let mut found = places::names(link);
    found.extend(operations::operations(link));
    found.extend(operations::twice(link));
    found.extend(operations::several(link));
    found.extend(operations::going_on(link));
    found.extend(operations::first_alone(link));
    found.extend(answers::alone(link));
    let starts = starts(link);
    found.extend(places::places(link, &starts));
    if link.mapping.partial {
        // What could not be read may be what relates the rest.
        return found;
    }
    // So may a block of which nobody knows what it is about.
    let nameless = found.iter().any(|d| d.code == "F601");
    let mut reached = reach::Reached::default();
    let directions = [Direction::Upgrade, Direction::Downgrade].into_iter();
    let carriers = carriers(link, &starts);
    for (direction, carrier) in directions.flat_map(|d| carriers.iter().map(move |c| (d, *c))) {
        let types = (&link.old.types, &link.new.types);
        let facing = (direction, carrier.unwrap_or_default());
        let mut hop = Hop::new(link.mapping, link.index, facing, types);
        let own = |start: &&Start<'_>| carrier.is_none_or(|of| start.root.carrier == of);
        let starts: Vec<&Start<'_>> = starts.iter().filter(own).collect();
        let roots = starts.iter().zip(roots(&mut hop, &starts));
        let roots = roots.map(|(start, context)| Begin {
            name: start.on(direction.source()).0.clone(),
            context,
            is_refused: start.refused.contains(&direction),
        });
        let roots = roots.collect();
        let side = Checking { link, hop: &hop };
        let Some(walk) = Walk::new(&hop, roots) else {
            found.push(side.endless());
            continue;
        };
        if !nameless {
            found.extend(meet::meetings(&side, &walk));
        }
        found.extend(meet::unions(&side, &walk));
        found.extend(reach::crowds(&side, &walk));
        found.extend(meet::overrides(&side, &walk));
        found.extend(residue::residue(&side, &walk));
        found.extend(given::given(&side, &walk));
        let writes = writes::Writes::new(&side, &walk, &starts);
        found.extend(writes.partial());
        found.extend(writes.erasing());
        found.extend(missing::missing(&side, &walk));
        found.extend(parts::parts(&side, &walk));
        found.extend(sources::sources(&side, &walk));
        found.extend(unread::fills(&side, &walk));
        found.extend(late::late(&side, &walk));
        found.extend(asked::asked(&side, &walk));
        found.extend(copies::copies(&side, &walk));
        found.extend(elements::elements(&side, &walk));
        reached.note(&hop, &walk);
    }
    if !nameless {
        found.extend(reached.rest(link, &starts, &found));
    }
    // Both directions say the same of what is the same both ways.
    let mut seen = BTreeSet::new();
    // What is claimed twice is no question of rank.
    let twice: BTreeSet<_> = found.iter().filter(|d| d.code == "F310").map(place).collect();
    found.retain(|d| d.code != "F609" || !twice.contains(&place(d)));
    // What two rules claim, each direction says in its own words.
    let said = |d: &Diagnostic| match (d.code, d.related.first()) {
        ("F603" | "F609", Some((by, _))) => format!("{by:?}"),
        _ => d.message.clone(),
    };
    found.retain(|d| seen.insert((d.code, place(d), said(d))));
    found
}

/// Where a diagnostic begins.
fn place(of: &Diagnostic) -> Option<(FileId, u32)> {
    of.span.map(|span| (span.file, span.start))
}

/// One mapping in one direction.
struct Checking<'c, 'a> {
    link: &'c Link<'a>,
    hop: &'c Hop<'a>,
}

impl Checking<'_, '_> {
    /// The contract's version of one side of the direction.
    fn version(&self, side: Side) -> &crate::version::ApiVersion {
        version(self.link, side)
    }

    /// Where a rule of the hop stands.
    fn span(&self, at: usize) -> Span {
        let rule = self.hop.rules.get(at).map_or(0, |r| r.rule);
        self.rule_span(rule)
    }

    fn rule_span(&self, rule: u32) -> Span {
        self.link.mapping.span_of(rule)
    }

    /// Whether a block makes other values of those of a type: a rule of the value itself, or one
    /// across its root.
    fn changes(&self, source: TypeId, target: TypeId) -> bool {
        let rules = blocks(self.hop, source, target).into_iter().flat_map(|b| &b.rules);
        let mut moves = rules.filter_map(|at| self.hop.rules.get(*at));
        moves.any(|r| matches!(r.what, What::Move(_)) && (r.src.0.is_empty() || r.dst.0.is_empty()))
    }

    fn endless(&self) -> Diagnostic {
        Diagnostic::error("F606", self.link.mapping.span, "rules hand each other down without end")
            .help("relate places of a recursive type within the same value")
    }
}

fn version<'l>(link: &'l Link<'_>, side: Side) -> &'l crate::version::ApiVersion {
    match side {
        Side::Old => &link.old.version,
        Side::New => &link.new.version,
    }
}

/// Where messages begin, in upgrade.
struct Start<'a> {
    /// What the old version calls it, for people: `GET /orders 200`, and in full: `GET /orders response 200`.
    old: (String, String),
    /// What the new version calls it.
    new: (String, String),
    /// It is the body of a message.
    is_body: bool,
    /// Of a request, the operations of the two versions.
    asks: Option<(&'a Operation, &'a Operation)>,
    /// On which ways all such messages are refused.
    refused: Vec<Direction>,
    root: Root<'a>,
}

impl Start<'_> {
    /// What a side calls it, for people and in full.
    fn on(&self, side: Side) -> &(String, String) {
        if side == Side::Old { &self.old } else { &self.new }
    }
}

/// Every body of every operation that both contracts have; without operations, every named schema.
fn starts<'a>(link: &Link<'a>) -> Vec<Start<'a>> {
    let mut starts = Vec::new();
    if link.old.operations.is_empty() && link.new.operations.is_empty() {
        for (name, source) in link.old.types.names() {
            let pairs = link.mapping.types.iter().filter(|b| *b.old == *name);
            let mut targets: Vec<&str> = pairs.map(|b| &*b.new).collect();
            if targets.is_empty() {
                targets.push(name);
            }
            let named = |t: &&str| Some((link.new.types.named(t)?, format!("schema {t}")));
            for (target, new) in targets.iter().filter_map(named) {
                let plain = |ty| Use { ty, nullable: false };
                let root = Root {
                    source: plain(source),
                    target: plain(target),
                    blocks: Vec::new(),
                    carrier: Carrier::Unknown,
                    named: None,
                };
                let old = format!("schema {name}");
                let (old, new) = ((old.clone(), old), (new.clone(), new));
                starts.push(Start {
                    old,
                    new,
                    is_body: false,
                    asks: None,
                    refused: Vec::new(),
                    root,
                });
            }
        }
        return starts;
    }
    for pair in link.pairs.iter() {
        let ends = (link.old.operations.get(pair.old), link.new.operations.get(pair.new));
        let (Some(old), Some(new)) = ends else { continue };
        for part in answers::parts_of(link, pair) {
            for told in media::all(*link, pair, part) {
                let back = (Direction::Downgrade, told.becomes());
                let back = Told::new(*link, pair, back, told.mediums.1);
                let ways = [&told, &back].into_iter().filter(|told| told.is_refused());
                let refused: Vec<Direction> = ways.map(|told| told.direction).collect();
                let asks = (part == Part::Request).then_some((old, new));
                let views =
                    if told.crosses() { &[View::Whole][..] } else { &[View::Body, View::Head] };
                for view in views {
                    let Ok(Some(root)) = told.root(*view, told.asks()) else { continue };
                    let (old, new) = (called(old, &told, *view), called(new, &back, *view));
                    let (is_body, refused) = (*view == View::Body, refused.clone());
                    starts.push(Start { old, new, is_body, asks, refused, root });
                }
            }
        }
    }
    starts
}

/// What a message is called where it comes from, for people and in full.
fn called(of: &Operation, told: &Told<'_>, view: View) -> (String, String) {
    let (name, title) = match told.part {
        Part::Request => (String::from("request"), String::from("request")),
        Part::Answer(status) => (status.to_string(), format!("response {status}")),
    };
    let media = media::name(told).filter(|_| view != View::Head);
    let media = media.map(|media| format!(" {media}")).unwrap_or_default();
    let whole = |part| format!("{} {} {part}{media}", of.method, of.path);
    (whole(name), whole(title))
}

/// The sorts of messages that are looked at apart; `None`: all of them at once, as no rule tells them
/// apart.
fn carriers(link: &Link<'_>, starts: &[Start<'_>]) -> Vec<Option<Carrier>> {
    if !link.mapping.tells_messages() {
        return vec![None];
    }
    let all: BTreeSet<Carrier> = starts.iter().map(|start| start.root.carrier).collect();
    all.into_iter().map(Some).collect()
}

/// Every body that the contract of an operation has a place for.
pub fn parts(operation: &Operation) -> Vec<Part> {
    let answers = operation.answers.iter().filter_map(|a| Status::parse(&a.status));
    std::iter::once(Part::Request).chain(answers.map(Part::Answer)).collect()
}

/// The contexts that messages begin in. What several of them share is bound once, so that those of one
/// pair of types are one.
fn roots<'a>(hop: &mut Hop<'a>, starts: &[&Start<'a>]) -> Vec<Context> {
    let mut known: HashMap<*const Block, Vec<usize>> = HashMap::new();
    let mut roots = Vec::new();
    for Start { root, .. } in starts {
        let mut handed = Vec::new();
        for block in &root.blocks {
            let rules = known
                .entry(std::ptr::from_ref(*block))
                .or_insert_with(|| hop.bind_block(block).rules);
            handed.extend(rules.iter().map(|at| Handed { at: *at, src: 0, dst: 0 }));
        }
        let uses = match hop.direction {
            Direction::Upgrade => (root.source, root.target),
            Direction::Downgrade => (root.target, root.source),
        };
        handed.retain(|rule| hop.has_places(rule.at, uses));
        roots.push(Context { handed, ..Context::bare(0, uses) });
    }
    roots
}
