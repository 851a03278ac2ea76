//! `fishplate schema`: what files may look like, for editors. It checks nothing.

use std::io::Write;
use std::process::ExitCode;

use super::serve;

/// Shown under `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  fishplate schema config > fishplate.schema.json

An editor that reads `# yaml-language-server: $schema=fishplate.schema.json` in the first line of
`fishplate.yaml` completes and checks it.";

/// Of `fishplate.yaml`. A test holds it beside what is read.
const CONFIG: &str = include_str!("schema.json");

/// Arguments of `fishplate schema`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Of which file
    #[arg(value_name = "FILE")]
    of: File,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum File {
    /// The configuration of a gateway, `fishplate.yaml`
    Config,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let text = match arguments.of {
        File::Config => CONFIG,
    };
    let mut out = std::io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        serve::complain(&format!("error: cannot write: {error}"));
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
