//! The `cutover` program: hands the process's arguments and streams to the library.

use cutover::cli::run::run;
use cutover::cli::streams::Streams;
use std::io::{BufWriter, IsTerminal, stderr, stdin, stdout};
use std::process::ExitCode;

/// Most of the time on a fleet goes into small allocations, on several threads at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let is_terminal = stdout().is_terminal();
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let columns = variable("COLUMNS").and_then(|value| value.parse().ok());
    let width = columns.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))).unwrap_or(80);
    let locale =
        variable("LC_ALL").or_else(|| variable("LC_CTYPE")).or_else(|| variable("LANG")).unwrap_or_default().to_lowercase();
    let (mut out, mut input) = (BufWriter::new(stdout().lock()), stdin().lock());
    let mut streams = Streams {
        input: &mut input,
        out: &mut out,
        err: &mut stderr(),
        colour: is_terminal && variable("NO_COLOR").is_none() && variable("TERM").is_none_or(|term| term != "dumb"),
        unicode: locale.contains("utf-8") || locale.contains("utf8") || (locale.is_empty() && !is_terminal),
        width: width.clamp(40, 120),
        watched: stderr().is_terminal() && variable("TERM").is_none_or(|term| term != "dumb"),
    };
    ExitCode::from(run(std::env::args_os(), &mut streams))
}
