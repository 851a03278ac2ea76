//! The binary: hands over to the command line.
#![forbid(unsafe_code)]

/// The system's allocator gives the top of its memory back after each body of some 100 KB, and asks for it
/// again with the next (`docs/performance.md`).
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    fishplate::cli::run()
}
