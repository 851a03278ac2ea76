//! The command line: arguments in, text and exit codes out. It prints what the other rooms
//! return and decides nothing about translation.

mod chain;
mod check;
mod completions;
mod demo;
mod excerpt;
mod explain;
mod files;
mod render;
mod schema;
mod serve;
mod translate;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// Shown under `--help`.
const EXAMPLES: &str = "\
Examples:
  fishplate demo
  fishplate check --mappings mappings --schemas schemas
  fishplate translate --mappings mappings --schemas schemas --api orders \\
      --from 2023-01-15 --to 2025-03-01 --type Order < order.json
  fishplate serve --config fishplate.yaml

Exit code: 0 done, 1 refused or wrong, 2 misused. `fishplate help COMMAND` says more of each.";

/// Joins two versions of an API.
#[derive(Debug, Parser)]
#[command(
    name = "fishplate",
    version,
    about,
    arg_required_else_help = true,
    after_help = EXAMPLES
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve clients of every version from backends of any version
    #[command(after_help = serve::EXAMPLES)]
    Serve(serve::Arguments),
    /// Check mappings, contracts and the configuration, and run the examples
    #[command(after_help = check::EXAMPLES)]
    Check(check::Arguments),
    /// Translate JSON documents from one version of an API to another
    #[command(after_help = translate::EXAMPLES)]
    Translate(translate::Arguments),
    /// Show what becomes of the messages of an operation, or where the rules of a type act
    #[command(after_help = explain::EXAMPLES)]
    Explain(explain::Arguments),
    /// Show it all: two backends of different versions, the gateway before both, and a tour
    #[command(after_help = demo::EXAMPLES)]
    Demo(demo::Arguments),
    /// Print the JSON Schema of a file
    #[command(after_help = schema::EXAMPLES)]
    Schema(schema::Arguments),
    /// Print a script that completes the command line in a shell
    #[command(after_help = completions::EXAMPLES)]
    Completions(completions::Arguments),
}

/// Runs the program with the arguments of the process: 0 done, 1 refused or wrong, 2 misused.
pub fn run() -> ExitCode {
    match Arguments::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments, Arguments::command()),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Translate(arguments) => translate::run(&arguments),
    }
}
