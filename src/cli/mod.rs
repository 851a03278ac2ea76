//! The command line: arguments in, text and exit codes out. It prints what the other rooms
//! return and decides nothing about translation.

mod chain;
mod check;
mod demo;
mod explain;
mod files;
mod render;
mod serve;
mod translate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Joins two versions of an API.
#[derive(Debug, Parser)]
#[command(name = "fishplate", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check mappings, contracts and the configuration, and run the examples
    #[command(after_help = check::EXAMPLES)]
    Check(check::Arguments),
    /// Serve clients of every version from backends of any version
    Serve(serve::Arguments),
    /// Show it: two backends of different versions, the gateway before both, and a tour
    #[command(after_help = demo::EXAMPLES)]
    Demo(demo::Arguments),
    /// Show what becomes of the messages of an operation, or where the rules of a type reach
    #[command(after_help = explain::EXAMPLES)]
    Explain(explain::Arguments),
    /// Translate JSON documents from one version of an API to another
    #[command(after_help = translate::EXAMPLES)]
    Translate(translate::Arguments),
}

/// Runs the program with the arguments of the process: 0 done, 1 refused or wrong, 2 misused.
pub fn run() -> ExitCode {
    match Arguments::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Translate(arguments) => translate::run(&arguments),
    }
}
