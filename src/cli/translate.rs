//! `fishplate translate`: documents from standard input, translated, to standard output.

use std::io::{self, BufRead, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::chain::{self, Chain, Part};
use super::files::Wrong;
use super::{excerpt, serve};
use crate::authoring;
use crate::compile::{self, NoCounterpart, Subject};
use crate::json::Value;
use crate::loss::{Loss, RuleId};
use crate::plan::Body;
use crate::translate::{Failure, Limits, document};

/// Shown under `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  fishplate translate --mappings mappings --schemas schemas --api orders \\
      --from 2023-01-15 --to 2024-06-01 --type Order < order.json
  fishplate translate --mappings mappings --schemas schemas --api orders \\
      --from 2024-06-01 --to 2023-01-15 --operation 'GET /orders' --part response --losses - < page.json
  fishplate translate --mappings mappings --schemas schemas --api orders \\
      --from 2023-01-15 --to 2024-06-01 --type Order --ndjson < orders.ndjson

Losses are lines such as
  {\"line\":1,\"kind\":\"dropped\",\"rule\":\"types.Order.added.tier\",\"place\":\"/tier\",\"version\":\"v2\"}

Exit code: 0 done, 1 something is wrong or refused (nothing is written of what is refused), 2 misused.";

/// What to do about a text that is no document.
const RAW: &str = "help: this body is a plain text, which stands here as a JSON string: \"hello\"; `jq -Rs .` makes one of a text, \
     and `jq -r .` a text of one";

/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Arguments of `fishplate translate`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("subject").required(true).args(["type_name", "operation"]))]
pub(super) struct Arguments {
    #[command(flatten)]
    chain: chain::Arguments,
    /// The documents are values of this schema of the version that they are in
    #[arg(long = "type", value_name = "NAME", conflicts_with = "operation")]
    type_name: Option<String>,
    /// The documents are bodies of this operation, such as "GET /orders"
    #[arg(long, value_name = "OPERATION", requires = "part")]
    operation: Option<String>,
    /// The operation that it becomes, where it is several in the version that it is translated to
    #[arg(
        long = "as",
        value_name = "OPERATION",
        requires = "operation",
        conflicts_with = "type_name"
    )]
    becomes: Option<String>,
    /// Which body of the operation
    #[arg(long, value_name = "PART", conflicts_with = "type_name")]
    part: Option<Part>,
    /// Status of the answer, as the contract lists it
    #[arg(long, value_name = "STATUS", default_value = "200", conflicts_with = "type_name")]
    status: String,
    /// One document on each line
    #[arg(long)]
    ndjson: bool,
    /// Write what was lost to this file as JSON lines; - is standard error, where whatever else there is to
    /// say stands too
    #[arg(long, value_name = "FILE")]
    losses: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    match work(arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(Wrong(lines)) => {
            let mut stderr = io::stderr().lock();
            for line in lines {
                // Nobody is left to tell when standard error is gone.
                if writeln!(stderr, "{line}").is_err() {
                    break;
                }
            }
            ExitCode::FAILURE
        }
    }
}

/// Translates everything; says whether nothing was refused.
fn work(arguments: &Arguments) -> Result<bool, Wrong> {
    let api = Chain::load(&arguments.chain)?;
    let program = program(&api, arguments)?;
    let mut losses: Option<Box<dyn Write>> = match &arguments.losses {
        None => None,
        Some(path) if path.as_os_str() == "-" => Some(Box::new(io::stderr())),
        Some(path) => {
            let file = std::fs::File::create(path);
            Some(Box::new(file.map_err(|e| Wrong::new(format!("{}: {e}", path.display())))?))
        }
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let broken = |error: io::Error| Wrong::new(format!("cannot write: {error}"));
    let mut fine = true;
    let mut one = |line: usize, came: &[u8]| -> Result<(), Wrong> {
        // As the gateway leaves it out, which Windows' editors put before what they save.
        let came = came.strip_prefix(MARK).filter(|_| line == 1).unwrap_or(came);
        match document(&program, came, &Limits::default()) {
            Ok(done) => {
                out.write_all(&done.bytes).map_err(broken)?;
                // Where no body goes on there is no line either.
                if done.bytes.last().is_some_and(|last| arguments.ndjson || *last != b'\n') {
                    out.write_all(b"\n").map_err(broken)?;
                }
                if let Some(losses) = &mut losses {
                    for loss in &done.losses(&program.plan, came) {
                        writeln!(losses, "{}", loss_line(&api, line, loss)).map_err(broken)?;
                    }
                }
            }
            Err(failure) => {
                let first = std::mem::replace(&mut fine, false);
                let place = if arguments.ndjson { format!("line {line}: ") } else { String::new() };
                let reason = reason(&api, &failure);
                let reason = excerpt::visible(&reason);
                let at = position(came, &failure).filter(|_| !arguments.ndjson);
                let at = at.unwrap_or_default();
                writeln!(io::stderr(), "error: {place}{reason}{at}").map_err(broken)?;
                if first && program.reads_text() && matches!(failure, Failure::Malformed(_)) {
                    writeln!(io::stderr(), "{RAW}").map_err(broken)?;
                }
            }
        }
        Ok(())
    };
    let unreadable = |error: io::Error| Wrong::new(format!("cannot read standard input: {error}"));
    if arguments.ndjson {
        for (at, line) in io::stdin().lock().split(b'\n').enumerate() {
            let line = line.map_err(unreadable)?;
            if !line.iter().all(u8::is_ascii_whitespace) {
                one(at + 1, &line)?;
            }
        }
    } else {
        let mut document = Vec::new();
        io::stdin().lock().read_to_end(&mut document).map_err(unreadable)?;
        one(1, &document)?;
    }
    out.flush().map_err(broken)?;
    Ok(fine)
}

fn loss_line(api: &Chain, line: usize, loss: &Loss) -> String {
    let (rule, version) = api.rule(loss.rule);
    let text = |t: &str| Value::string(t).to_string();
    format!(
        "{{\"line\":{line},\"kind\":{},\"rule\":{},\"place\":{},\"version\":{}}}",
        text(loss.kind.as_str()),
        text(&rule),
        text(&loss.place),
        text(&version),
    )
}

fn reason(api: &Chain, failure: &Failure) -> String {
    match failure {
        Failure::Refused(refusal) => authoring::refusal(&api.series, refusal, &refusal.place),
        other @ (Failure::Malformed(_) | Failure::Head(_) | Failure::TooLarge) => other.to_string(),
    }
}

/// Where a document is malformed, as an editor counts it.
fn position(document: &[u8], failure: &Failure) -> Option<String> {
    let Failure::Malformed(error) = failure else { return None };
    let before = document.get(..error.at)?;
    let lines = before.split(|byte| *byte == b'\n');
    let (line, last) = lines.enumerate().last()?;
    let column = String::from_utf8_lossy(last).chars().count();
    Some(format!(" (line {}, column {})", line.saturating_add(1), column.saturating_add(1)))
}

/// That a body cannot be told from the rest of its message, and what to do instead.
fn no_document(api: &Chain, rule: RuleId, word: &str) -> Wrong {
    let (name, version) = api.rule(rule);
    let place = authoring::rule_place(&api.series, rule).map(|span| format!(", {}", api.at(span)));
    let place = place.unwrap_or_default();
    Wrong(vec![
        format!(
            "error: the body is no document by itself: a rule is about other parts of the message too ({name} of {version}{place})"
        ),
        format!(
            "help: write the whole message as an entry of `examples:`, with `operation:` and `{word}:`; `fishplate check` runs it"
        ),
    ])
}

/// The program that the arguments ask for.
fn program(api: &Chain, arguments: &Arguments) -> Result<Body, Wrong> {
    let told = |reason: NoCounterpart| Wrong::new(reason.to_string());
    if let Some(name) = &arguments.type_name {
        api.has_type(name)?;
        let travel = api.series.travel(Subject::Type(name), api.way);
        let travel = travel.map_err(|none| Wrong::new(api.no_type(name, &none.to_string())))?;
        let none = || Wrong::new(format!("no mapping is about `{name}`"));
        let travel = travel.ok_or_else(none)?;
        let plan = compile::program(&travel.links, &travel.roots, travel.direction);
        let plan = plan.map_err(|unsupported| Wrong::new(unsupported.to_string()))?;
        return Ok(Body::document(plan));
    }
    let operation = api.operation(arguments.operation.as_deref().unwrap_or_default())?;
    let part = match arguments.part {
        Some(Part::Request) => compile::Part::Request,
        Some(Part::Response) | None => compile::Part::Answer(chain::status(&arguments.status)?),
    };
    let (found, several) = api.becomes(operation, arguments.becomes.as_deref())?;
    for line in several {
        serve::complain(&line);
    }
    let track = found.map_err(Wrong::new)?;
    if let Some(rule) = api.series.crossing(&track, part) {
        let word = if part == compile::Part::Request { "request" } else { "response" };
        return Err(no_document(api, rule, word));
    }
    let program = api.series.document(&track, part).map_err(told)?;
    program.ok_or_else(|| Wrong::new(authoring::unsaid(&api.series, &track, part)))
}
