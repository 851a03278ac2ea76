//! The contract of a version of which nobody has written one: every name is declared, and anything
//! may stand at every place. Which operations there are is the caller's to say.

use std::collections::{BTreeMap, HashMap};

use super::build::unknown;
use super::{
    Additional, Answer, Bodies, Contract, Operation, Operations, Type, TypeGraph, TypeId, Use,
};
use crate::diagnostic::Span;
use crate::message::Template;
use crate::version::ApiVersion;

/// Answers that every operation has: all that a client ever sees.
const ANSWERS: [&str; 4] = ["2XX", "3XX", "4XX", "5XX"];

/// What every body is, and everything in one.
const ANYTHING: Use = Use { ty: TypeId(0), nullable: true };

/// A contract of these operations, of which the method, the path and perhaps some answers are known;
/// what is said of one in several places is said together. `span` stands for the schema that nobody
/// wrote.
pub fn open(version: ApiVersion, span: Span, named: &[Operation]) -> Contract {
    let mut operations: Vec<Operation> = Vec::new();
    let mut known: HashMap<(&str, String), usize> = HashMap::new();
    for own in named {
        let next = operations.len();
        let at = *known.entry((&*own.method, Template::new(&own.path).shape())).or_insert(next);
        match operations.get_mut(at) {
            Some(before) => add(before, own.answers.iter().map(|answer| &*answer.status)),
            None => operations.push(own.clone()),
        }
    }
    for operation in &mut operations {
        add(operation, ANSWERS.into_iter());
        operation.request = Bodies::json(ANYTHING);
        for answer in &mut operation.answers {
            answer.body = Bodies::json(ANYTHING);
        }
    }
    // A pattern over others comes behind them, so that each is found before what covers it.
    operations
        .sort_by(|one, other| Template::new(&one.path).specificity(&Template::new(&other.path)));
    // Unlike a schema that says nothing, which is carried unread, it can be looked into.
    let additional = Additional::Yes(ANYTHING);
    let anything = Type { additional, items: Some(ANYTHING), ..unknown(span) };
    let (mut types, mut operations) = (vec![anything], Operations::new(operations));
    super::message::shape(&mut types, &mut operations);
    let types = TypeGraph::new(types, BTreeMap::new());
    Contract { version, types, operations, open: true }
}

/// Adds the answers of these statuses that an operation does not have.
fn add<'s>(operation: &mut Operation, statuses: impl Iterator<Item = &'s str>) {
    for status in statuses {
        if !operation.answers.iter().any(|answer| *answer.status == *status) {
            operation.answers.push(Answer::bare(status));
        }
    }
}
