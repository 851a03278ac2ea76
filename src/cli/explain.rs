//! `fishplate explain`: what becomes of a message, and where the rules of a type reach.

use std::io::{self, Write};
use std::process::ExitCode;

use super::chain::{self, Chain, Part};
use super::files::Wrong;
use super::serve::complain;
use crate::authoring::{self, RuleAt};
use crate::compile::{self, Message, Place, Status};
use crate::loss::RuleId;
use crate::plan::{Plan, listing, of_body, of_head};
use crate::version::Direction;

/// Shown under `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  fishplate explain operation 'GET /orders' --mappings mappings --schemas schemas --api orders \\
      --from 2023-01-15 --to 2025-03-01
  fishplate explain type Order --mappings mappings --schemas schemas --api orders \\
      --from 2025-03-01 --to 2023-01-15

Exit code: 0 done, 1 something is wrong, 2 misused.";

const OF_TYPE: &str = "\
Example:
  fishplate explain type Order --mappings mappings --schemas schemas --api orders \\
      --from 2025-03-01 --to 2023-01-15";

const OF_OPERATION: &str = "\
Examples:
  fishplate explain operation 'GET /orders' --mappings mappings --schemas schemas --api orders \\
      --from 2023-01-15 --to 2025-03-01
  fishplate explain operation 'GET /projects' --mappings mappings --schemas schemas --api projects \\
      --from v2 --to v1 --as 'GET /projects/owned'
  fishplate explain operation placeOrder --mappings mappings --schemas schemas --api orders \\
      --from 2025-03-01 --to 2023-01-15 --part response --status 201

docs/cli.md says how to read a program.";

/// Arguments of `fishplate explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Where the rules of a type act: each rule with its file and line, and every place
    #[command(after_help = OF_TYPE)]
    Type(OfType),
    /// The programs that translate the bodies of an operation
    #[command(after_help = OF_OPERATION)]
    Operation(OfOperation),
}

#[derive(Debug, clap::Args)]
struct OfType {
    /// The schema, by its name in the version that messages are in
    #[arg(value_name = "TYPE")]
    name: String,
    #[command(flatten)]
    chain: chain::Arguments,
}

#[derive(Debug, clap::Args)]
struct OfOperation {
    /// The operation, such as "GET /orders", or its operationId
    #[arg(value_name = "OPERATION")]
    name: String,
    #[command(flatten)]
    chain: chain::Arguments,
    /// The operation that it becomes, where it is several in the version that it is translated to
    #[arg(long = "as", value_name = "OPERATION")]
    becomes: Option<String>,
    /// Only this body of the operation
    #[arg(long, value_name = "PART")]
    part: Option<Part>,
    /// Only the answer with this status, as the contract lists it
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let text = match &arguments.what {
        What::Type(of) => of_type(of),
        What::Operation(of) => operation(of),
    };
    let printed = text.and_then(|text| {
        let printed = io::stdout().lock().write_all(text.as_bytes());
        printed.map_err(|error| Wrong::new(format!("cannot write: {error}")))
    });
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(Wrong(lines)) => {
            for line in lines {
                complain(&line);
            }
            ExitCode::FAILURE
        }
    }
}

fn operation(of: &OfOperation) -> Result<String, Wrong> {
    let status = of.status.as_deref().map(chain::status).transpose()?;
    let wanted = match (of.part, status) {
        (Some(Part::Request), None) => vec![compile::Part::Request],
        (Some(Part::Request), Some(_)) => {
            return Err(Wrong::new("a request has no status: leave out --status or --part"));
        }
        (Some(Part::Response) | None, Some(status)) => vec![compile::Part::Answer(status)],
        (Some(Part::Response) | None, None) => Vec::new(),
    };
    let chain = Chain::load(&of.chain)?;
    let operation = chain.operation(&of.name)?;
    let (track, several) = chain.becomes(operation, of.becomes.as_deref())?;
    let mut bodies = authoring::bodies(&chain.series, operation, &track, &wanted);
    if of.part == Some(Part::Response) {
        bodies.retain(|body| body.part != compile::Part::Request);
    }
    if bodies.iter().all(|body| body.plan.is_err()) {
        let mut reasons: Vec<_> = bodies.into_iter().filter_map(|body| body.plan.err()).collect();
        reasons.dedup();
        return Err(Wrong::new(reasons.join("; ")));
    }
    let rule = |id| {
        let (name, version) = chain.rule(id);
        format!("{name} of {version}")
    };
    let (from, to) = chain.versions();
    let mut parts: Vec<String> = Vec::new();
    parts.extend((!several.is_empty()).then(|| several.join("\n") + "\n"));
    let mut known: Vec<(String, String)> = Vec::new();
    for body in bodies {
        let media = body.media.as_ref().map(|media| format!(" {media}")).unwrap_or_default();
        let part = format!("{}{media}", called(body.part));
        let mut text = match &body.plan {
            Ok(made) => listed(made, &rule),
            Err(reason) => format!("none: {reason}\n"),
        };
        match known.iter().find(|(_, before)| *before == text) {
            Some((before, _)) if text.lines().count() > 1 => {
                text = format!("the same program as that of the {before}\n");
            }
            _ => known.push((part.clone(), text.clone())),
        }
        let own = operation.name();
        let becomes = body.becomes.filter(|(name, part)| *name != own || *part != body.part);
        let becomes = becomes.map(|(name, part)| format!(": {name} {}", called(part)));
        let becomes = becomes.unwrap_or_default();
        parts.push(format!("# {own} {part}, {from} to {to}{becomes}\n{text}"));
    }
    Ok(parts.join("\n"))
}

/// What a message is called, of whatever operation.
fn called(part: compile::Part) -> String {
    match part {
        compile::Part::Request => String::from("request"),
        compile::Part::Answer(Status::Default) => {
            String::from("response default (a status that is not listed)")
        }
        compile::Part::Answer(status) => format!("response {status}"),
    }
}

/// The programs of a message as text.
fn listed(made: &Message, rule: &dyn Fn(RuleId) -> String) -> String {
    match made {
        Message::Apart { head, body } => {
            let body = match body {
                Ok(Some(body)) => of_body(body, rule),
                Ok(None) if head.is_some() => String::from("the body goes through as it came\n"),
                Ok(None) => listing(&Plan::default(), rule),
                Err(reason) => format!("none: {reason}\n"),
            };
            match head {
                Some(head) => format!("{body}\nthe head by itself\n{}", of_head(head, rule)),
                None => body,
            }
        }
        Message::Whole(whole) => {
            format!("head and body as one document\n{}", of_head(whole, rule))
        }
    }
}

fn of_type(of: &OfType) -> Result<String, Wrong> {
    let chain = Chain::load(&of.chain)?;
    chain.has_type(&of.name)?;
    let hops = authoring::type_rules(&chain.series, chain.way, &of.name);
    let (from, to) = chain.versions();
    if hops.is_empty() {
        return Ok(format!("no mapping lies between {from} and {to}\n"));
    }
    let mut parts = Vec::new();
    for hop in &hops {
        let (mut before, mut after) = (&hop.mapping.from, &hop.mapping.to);
        if hop.direction == Direction::Downgrade {
            (before, after) = (after, before);
        }
        let (name, new) = &hop.names;
        let new = if name == new { String::new() } else { format!(" to {new}") };
        let mut lines = vec![format!("# {name}{new}, {before} to {after}")];
        if let Some(gone) = &hop.lone {
            lines.push(format!("{}  {}", chain.at(gone.info.span), gone.info.name));
            lines.push(format!("  where a value of it is a branch of a union, {}", gone.becomes()));
            lines.extend(why(gone.info.why.as_deref()));
        } else if hop.rules.is_empty() {
            let own = if hop.bases.is_empty() { "no rules" } else { "no rules of its own" };
            lines.push(String::from(own));
        }
        lines.extend(hop.bases.iter().map(|base| {
            format!("the rules of {base} too, which it is allOf: fishplate explain type {base}")
        }));
        for RuleAt { info: rule, refuses, places } in &hop.rules {
            lines.push(format!("{}  {}", chain.at(rule.span), rule.name));
            lines.extend(why(rule.why.as_deref()));
            if places.is_empty() {
                lines.push(String::from("  nowhere in this direction"));
            }
            lines.extend(places.iter().map(|place| format!("  {}", shown(place, *refuses))));
        }
        if hop.more {
            lines.push(String::from("There are more places than these."));
        }
        if hop.ends {
            lines.push(format!("version {after} has no schema `{}`", hop.names.1));
        }
        lines.push(String::new());
        parts.push(lines.join("\n"));
    }
    Ok(parts.join("\n"))
}

/// What the author of a rule says of it.
fn why(why: Option<&str>) -> Option<String> {
    why.map(|why| format!("  why: {}", authoring::on_one_line(why)))
}

/// A place, as `GET /orders response 200: body[].customer to body[].customer_name`.
fn shown(place: &Place, refuses: bool) -> String {
    let text = match (&place.src, &place.dst) {
        (Some(src), Some(dst)) if src == dst => src.clone(),
        (Some(src), Some(dst)) => format!("{src} to {dst}"),
        (Some(src), None) if refuses => format!("{src} may be refused"),
        (Some(src), None) => format!("{src} is taken out"),
        (None, Some(dst)) => format!("{dst} is made"),
        (None, None) => String::new(),
    };
    let recurs = if place.recurs { " (recurs further in)" } else { "" };
    format!("{}: {text}{recurs}", place.message)
}
