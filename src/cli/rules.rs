//! `rules`, `explain`, `schema`: what a rulebook says of itself.

use super::args::{Explain, Kind, Rules, RulesFormat, Schema};
use super::exit::Exit;
use super::rulebooks::{Rulebooks, named, show_faults};
use super::streams::Streams;
use super::trials;
use crate::engine::verification::check;
use crate::report::summary::plural;
use crate::report::{catalogue, explain, mutations, schema};
use crate::source::finding::nearest;
use crate::source::text::printable;
use crate::spec::contradiction::readings;
use crate::spec::rulebook::{Faulty, Rulebook};
use std::path::Path;
use std::sync::Arc;

/// Runs `rules`.
///
/// # Errors
/// What the streams say.
pub fn run(args: &Rules, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    if let Some(folder) = &args.check {
        return check(folder, args, streams);
    }
    let rulebook = match open(args.rulebook.as_deref(), streams)? {
        Ok(rulebook) => rulebook,
        Err(exit) => return Ok(exit),
    };
    let (coverage, readings) = match rulebook.coverage().and_then(|coverage| Ok((coverage, readings(&rulebook)?))) {
        Ok(read) => read,
        Err(faults) => return show_faults(&faults, streams).map(|()| Exit::Unusable),
    };
    let mut text = String::new();
    match args.format {
        RulesFormat::Human => catalogue::table(&rulebook, &coverage, streams.width, &mut text).map_err(std::io::Error::other)?,
        RulesFormat::Json => text = catalogue::json(&rulebook, &coverage, &readings)?,
    }
    streams.out.write_all(text.as_bytes())?;
    Ok(Exit::Holds)
}

/// Runs `explain`.
///
/// # Errors
/// What the streams say.
pub fn explain(args: &Explain, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let rulebook = match open(args.rulebook.as_deref(), streams)? {
        Ok(rulebook) => rulebook,
        Err(exit) => return Ok(exit),
    };
    let Some(rule) = rulebook.rule(&args.code) else {
        let mut text = String::new();
        explain::requirement(&rulebook, &args.code, streams.width, &mut text).map_err(std::io::Error::other)?;
        if !text.is_empty() {
            return streams.out.write_all(text.as_bytes()).map(|()| Exit::Holds);
        }
        let codes = rulebook.rules.iter().map(|rule| rule.code.as_str());
        let help = match nearest(&args.code, codes.chain(rulebook.machine.requirements().map(|(_, found)| found.code.as_str()))) {
            long if long.starts_with("one of") => "`cutover rules` lists them".to_owned(),
            help => help,
        };
        writeln!(streams.err, "error: no rule has the code `{}`; {help}", printable(&args.code))?;
        return Ok(Exit::Unusable);
    };
    let mut text = String::new();
    explain::write(&rulebook, rule, streams.width, &mut text).map_err(std::io::Error::other)?;
    streams.out.write_all(text.as_bytes())?;
    Ok(Exit::Holds)
}

/// Runs `schema`.
///
/// # Errors
/// What the streams say.
pub fn schema(args: &Schema, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let rulebook = match open(args.rulebook.as_deref(), streams)? {
        Ok(rulebook) => rulebook,
        Err(exit) => return Ok(exit),
    };
    let text = match args.kind {
        Kind::Site => schema::site(&rulebook)?,
        Kind::Plan => schema::plan(&rulebook)?,
    };
    streams.out.write_all(text.as_bytes())?;
    Ok(Exit::Holds)
}

fn open(folder: Option<&Path>, streams: &mut Streams<'_>) -> std::io::Result<Result<Arc<Rulebook>, Exit>> {
    match Rulebooks::open(folder).map(|rulebooks| rulebooks.only()) {
        Ok(Ok(rulebook)) => Ok(Ok(rulebook)),
        Ok(Err(message)) => {
            writeln!(streams.err, "error: {message}")?;
            Ok(Err(Exit::Unusable))
        }
        Err(faults) => show_faults(&faults, streams).map(|()| Err(Exit::Unusable)),
    }
}

/// Everything that is wrong with the rulebook in a folder: its words, its statements, its examples, its tests.
fn check(folder: &Path, args: &Rules, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let rulebooks = match Rulebooks::open(Some(folder)) {
        Ok(rulebooks) => rulebooks,
        Err(faults) => return show_faults(&faults, streams).map(|()| Exit::Violated),
    };
    let rulebook = match rulebooks.only() {
        Ok(rulebook) => rulebook,
        Err(message) => return writeln!(streams.err, "error: {message}").map(|()| Exit::Unusable),
    };
    let mut clean = true;
    if let Err(faults) = rulebook.coverage().and_then(|_| readings(&rulebook)) {
        let faults: Vec<Faulty> = faults.into_iter().map(|fault| named(folder, fault)).collect();
        show_faults(&faults, streams)?;
        clean = false;
    }
    let (trials, mut problems) = trials::gather(&rulebooks, folder, &args.tests);
    problems.splice(0..0, check::examples(&rulebook));
    problems.extend(trials::failures(&rulebooks, &trials));
    let mut score = String::new();
    if args.mutations && problems.is_empty() {
        let reasons = trials::reasons(folder);
        let known = reasons.as_deref().unwrap_or_default();
        let found = trials::score(&rulebook, &rulebooks, &trials, streams)?;
        problems.extend(reasons.as_ref().err().cloned());
        problems.extend(found.stale(known));
        mutations::write(&found, known, &mut score).map_err(std::io::Error::other)?;
    }
    for problem in &problems {
        writeln!(streams.out, "{}", printable(problem))?;
        clean = false;
    }
    let examples: usize = rulebook.rules.iter().map(|rule| rule.examples.len()).sum();
    if clean {
        let (rules, examples) = (plural(rulebook.rules.len(), "rule"), plural(examples, "example"));
        let tests = plural(trials.len(), "test");
        writeln!(streams.out, "{}: {rules}, {examples}, {tests}: all as they should be", rulebook.id)?;
    }
    streams.out.write_all(score.as_bytes())?;
    Ok(if clean { Exit::Holds } else { Exit::Violated })
}
