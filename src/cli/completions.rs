//! `fishplate completions`: a script that completes the command line in a shell.

use std::io::{self, Write};
use std::process::ExitCode;

use clap_complete::Shell;

use super::serve::complain;

/// Shown under `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  fishplate completions bash > ~/.local/share/bash-completion/completions/fishplate
  fishplate completions zsh > \"${fpath[1]}/_fishplate\"
  fishplate completions fish > ~/.config/fish/completions/fishplate.fish";

/// Arguments of `fishplate completions`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Prints the script for a command line.
pub(super) fn run(arguments: &Arguments, mut command: clap::Command) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "fishplate", &mut script);
    match io::stdout().lock().write_all(&script) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("error: cannot write: {error}"));
            ExitCode::FAILURE
        }
    }
}
