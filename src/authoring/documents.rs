//! The documents of examples, held against the contracts: one with a slip in it shows nothing of what
//! its rules do. What comes out of them is `examples`' affair.

use std::collections::{BTreeMap, HashMap};

use super::examples::content_type;
use crate::compile::{self, Part, Series, Status};
use crate::contract::{Branches, Contract, Kinds, TypeGraph, TypeId, Use};
use crate::diagnostic::{Diagnostic, nearest};
use crate::json::number::Decimal;
use crate::json::place::token;
use crate::json::{Text, Value};
use crate::mapping::{Example, ExampleOf, Mapping};
use crate::message::media::{Content, essence};
use crate::message::{envelope, param};
use crate::version::{Direction, Side};

/// How deep a document is looked into.
const DEPTH: usize = 256;

/// Warnings about both documents of every example, at most one for each.
pub(super) fn documents(series: &Series) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (hop, mapping) in series.mappings.iter().enumerate() {
        for example in &mapping.examples {
            for side in [Side::Old, Side::New] {
                found.extend(document(series, (hop, mapping), example, side));
            }
        }
    }
    found
}

fn document(
    series: &Series,
    (hop, mapping): (usize, &Mapping),
    example: &Example,
    side: Side,
) -> Option<Diagnostic> {
    let (word, at, value) = match side {
        Side::Old => ("old", hop, example.old.as_ref()?),
        Side::New => ("new", hop.saturating_add(1), example.new.as_ref()?),
    };
    let contract = series.contracts.get(at)?;
    let of = schema(series, (hop, mapping), (contract, side), (&example.of, value))?;
    let value = match &example.of {
        ExampleOf::Type(_) => value,
        // Of a message its body is held against the contract.
        ExampleOf::Request(_) | ExampleOf::Response(_) => envelope::member(value, "body")?,
    };
    let Misfit { at, what, help } = misfit((&contract.types, &mut Fits::new()), of, value, 0)?;
    let version = &contract.version;
    let place = if at.is_empty() { String::from("the document") } else { at };
    let message = format!("`{word}` is no document of {version}: {place} {what}");
    let wrong = Diagnostic::warning("F633", example.span, message)
        .label("what it shows may be about something else than the rules");
    Some(wrong.help(help.unwrap_or_else(|| format!("mend it, or the contract of {version}"))))
}

/// What the document of a side is.
fn schema(
    series: &Series,
    (hop, mapping): (usize, &Mapping),
    (contract, side): (&Contract, Side),
    (of, message): (&ExampleOf, &Value),
) -> Option<Use> {
    let (name, part) = match of {
        ExampleOf::Type(name) => {
            let (old, new) = mapping.pair(name);
            let name = if side == Side::Old { old } else { new };
            return Some(Use { ty: contract.types.named(name)?, nullable: false });
        }
        ExampleOf::Request(name) => (name, Part::Request),
        ExampleOf::Response(name) => {
            let status = param::text(envelope::member(message, "status")?)?;
            (name, Part::Answer(Status::parse(&status)?))
        }
    };
    let step = series.step(hop, name, Direction::Upgrade)?;
    let at = if side == Side::Old { step.operations.first() } else { step.operations.last() };
    let bodies = compile::bodies_of(contract.operations.get(*at?)?, part)?;
    let said = content_type(message).and_then(|said| bodies.saying(&said));
    bodies.get(said.or_else(|| bodies.first()))?.of
}

/// Why a document is no error of the newest version: what is as none of its answers from 400 on has it,
/// with what to do. `None`: one has it, or none says what its errors are. A text is a string.
pub fn no_error(
    series: &Series,
    (document, content): (&Value, Content),
    content_type: &str,
) -> Option<(String, Option<String>)> {
    let contract = series.contracts.last().filter(|contract| !contract.open)?;
    let answers = contract.operations.iter().flat_map(|operation| &operation.answers);
    let errors = answers.filter(|a| Status::parse(&a.status).is_some_and(Status::is_error));
    let (mut bodies, mut others): (BTreeMap<Use, usize>, bool) = (BTreeMap::new(), false);
    let said = essence(content_type);
    for answer in errors {
        let text = || answer.body.text(said).and_then(|body| body.of);
        match if content == Content::Text { text() } else { answer.body.schema() } {
            Some(body) => *bodies.entry(body).or_default() += 1,
            None => others |= answer.body.first().is_some(),
        }
    }
    if bodies.is_empty() && others {
        return Some((format!("it is `{said}`, and none of those is"), None));
    }
    let mut bodies: Vec<(Use, usize)> = bodies.into_iter().collect();
    // What most answers are says best what is wrong.
    bodies.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    let misfit = |(of, _): &(Use, usize)| {
        let wrong = misfit((&contract.types, &mut Fits::new()), *of, document, 0)?;
        let place = if wrong.at.is_empty() { "the document" } else { &wrong.at };
        Some((format!("{place} {}", wrong.what), wrong.help))
    };
    let all: Option<Vec<_>> = bodies.iter().map(misfit).collect();
    all?.into_iter().next()
}

/// What is not as the contract says.
struct Misfit {
    /// A JSON Pointer.
    at: String,
    what: String,
    help: Option<String>,
}

impl Misfit {
    fn new(what: String) -> Self {
        Self { at: String::new(), what, help: None }
    }

    fn within(self, step: &str) -> Self {
        Self { at: format!("/{step}{}", self.at), ..self }
    }
}

/// Whether a value (which is never read through this) fits a branch.
type Fits = HashMap<(TypeId, bool, *const Value), bool>;

/// The first thing in a value that its schema does not have. What is required may be left out, as the
/// rest of a document need not be shown.
fn misfit(
    (types, fits): (&TypeGraph, &mut Fits),
    of: Use,
    value: &Value,
    depth: usize,
) -> Option<Misfit> {
    let ty = types.get(of.ty);
    if depth > DEPTH || ty.is_unconstrained() || ty.kinds == Kinds::NONE {
        return None;
    }
    if let Some(union) = &ty.branches {
        let depth = depth.saturating_add(1);
        if let Some(branch) = told(union, value) {
            return misfit((types, fits), Use { ty: *branch, ..of }, value, depth);
        }
        let fit = union.of.iter().any(|branch| {
            // Unions share branches: each is looked at once.
            let key = (*branch, of.nullable, std::ptr::from_ref(value));
            let known = fits.get(&key).copied();
            let branch = Use { ty: *branch, ..of };
            let fit =
                known.unwrap_or_else(|| misfit((types, fits), branch, value, depth).is_none());
            fits.insert(key, fit);
            fit
        });
        return (!fit).then(|| Misfit::new(String::from("is of no branch of its union")));
    }
    let is = match value {
        Value::Null if of.nullable => return None,
        Value::Null => return Some(Misfit::new(String::from("is null, which is not allowed"))),
        Value::Bool(_) => Kinds::BOOLEAN,
        Value::Number(text) => {
            let whole = Decimal::parse(text).is_none_or(|n| n.is_integer());
            if whole { Kinds::INTEGER } else { Kinds(Kinds::NUMBER.0 & !Kinds::INTEGER.0) }
        }
        Value::String(_) => Kinds::STRING,
        Value::Array(_) => Kinds::ARRAY,
        Value::Object(_) => Kinds::OBJECT,
    };
    if !ty.kinds.meets(is) {
        return Some(Misfit::new(format!("is {value}, where it says {}", ty.kinds)));
    }
    if let Some(literals) = ty.literals.as_ref().filter(|l| !l.0.iter().any(|l| l.same(value))) {
        let listed: Vec<String> = literals.0.iter().take(12).map(ToString::to_string).collect();
        let what = format!("is {value}, where it says one of {}", listed.join(", "));
        return Some(Misfit::new(what));
    }
    match value {
        Value::Array(items) => {
            let of = ty.items?;
            let mut all = items.iter().enumerate();
            all.find_map(|(n, item)| {
                let wrong = misfit((types, fits), of, item, depth.saturating_add(1))?;
                Some(wrong.within(&n.to_string()))
            })
        }
        Value::Object(members) => {
            members.iter().find_map(|(name, inner)| match types.resolve_property(of.ty, name) {
                Some(of) => Some(
                    misfit((types, fits), of, inner, depth.saturating_add(1))?.within(&token(name)),
                ),
                None => undeclared(types, of, name),
            })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// The branch that the tag of a value tells.
fn told<'u>(union: &'u Branches, value: &Value) -> Option<&'u TypeId> {
    let ((name, values), Value::Object(members)) = (union.tag.as_ref()?, value) else {
        return None;
    };
    let (_, tag) = members.iter().find(|(n, _)| n.same(name))?;
    let (_, at) = values.iter().find(|(value, _)| value.same(tag))?;
    union.of.get(*at)
}

/// A member that the contract does not declare, and does not say to be of any schema.
fn undeclared(types: &TypeGraph, of: Use, name: &Text) -> Option<Misfit> {
    let ty = types.get(of.ty);
    // Members of several patterns are not told apart.
    if ty.properties.is_empty() || !ty.patterns.is_empty() {
        return None;
    }
    let known: Vec<String> = ty.properties.iter().filter_map(|(name, _)| name.decode()).collect();
    let near = nearest(&name.decode()?, known.iter().map(String::as_str)).map(String::from);
    let what = String::from("is not declared");
    let help = near.map(|near| format!("did you mean `{near}`?"));
    Some(Misfit { help, ..Misfit::new(what).within(&token(name)) })
}
