//! The whole tool as one function: arguments and streams in, an exit code out.

use super::args::{Arguments, Command};
use super::exit::Exit;
use super::streams::Streams;
use super::{audit, certify, check_certificate, export, lint, plan, prove, rules, run_plan, runbook};
use crate::engine::logic::solver::MakeSolver;
use crate::engine::logic::z3;
use clap::{CommandFactory, Parser};
use std::ffi::OsString;
use std::io::ErrorKind;

/// Runs the tool.
pub fn run(args: impl IntoIterator<Item = OsString>, streams: &mut Streams<'_>) -> u8 {
    run_with(args, z3::solver, streams)
}

/// The same with another solver behind `lint` and `plan`.
pub fn run_with(args: impl IntoIterator<Item = OsString>, solver: MakeSolver, streams: &mut Streams<'_>) -> u8 {
    let arguments = match Arguments::try_parse_from(args) {
        Ok(arguments) => arguments,
        Err(error) => {
            let text = if streams.colour { error.render().ansi().to_string() } else { error.render().to_string() };
            let stream = if error.use_stderr() { &mut *streams.err } else { &mut *streams.out };
            // Nobody is left to tell if the stream is closed.
            let _ = stream.write_all(text.as_bytes());
            return if error.use_stderr() { Exit::Unusable.code() } else { Exit::Holds.code() };
        }
    };
    let result = match &arguments.command {
        Command::Lint(args) => lint::run(args, solver, streams),
        Command::Runbook(args) => runbook::run(args, streams),
        Command::Plan(args) => plan::run(args, solver, streams),
        Command::Export(args) => export::run(args, streams),
        Command::Certify(args) => certify::run(args, streams),
        Command::CheckCertificate(args) => check_certificate::run(args, streams),
        Command::Run(args) => run_plan::run(args, streams),
        Command::Audit(args) => audit::run(args, streams),
        Command::Prove(args) => prove::run(args, streams),
        Command::Rules(args) => rules::run(args, streams),
        Command::Explain(args) => rules::explain(args, streams),
        Command::Schema(args) => rules::schema(args, streams),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "cutover", &mut text);
            streams.out.write_all(&text).map(|()| Exit::Holds)
        }
    };
    match result.and_then(|exit| streams.out.flush().map(|()| exit)) {
        Ok(exit) => exit.code(),
        // The reader went away, as `head` does: there is no one to tell.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Exit::Holds.code(),
        Err(error) => {
            let _ = writeln!(streams.err, "error: cannot write: {error}");
            Exit::Unusable.code()
        }
    }
}
