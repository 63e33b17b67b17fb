//! `prove`: how far a rulebook can be trusted.

use super::args::{Prove as Arguments, ProveSection, RulesFormat};
use super::exit::Exit;
use super::files;
use super::plan::unusable;
use super::rulebooks::{Rulebooks, show_faults};
use super::streams::Streams;
use super::trials;
use crate::proof::item::{Assurance, Item, Tally};
use crate::proof::score::not_run;
use crate::proof::{machine, manual, rules};
use crate::report::prove;
use crate::source::text::printable;
use crate::spec::rulebook::{Representative, Rulebook};
use std::path::Path;
use std::sync::Arc;

/// Runs the command.
///
/// # Errors
/// What the streams say.
pub fn run(args: &Arguments, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let (rulebooks, rulebook) = match open(args.rulebook.as_deref(), streams)? {
        Ok(opened) => opened,
        Err(exit) => return Ok(exit),
    };
    let only = if args.hazards { Some(ProveSection::Machine) } else { args.section };
    let asked = |section: ProveSection| only.is_none_or(|only| only == section);
    let mut items: Vec<Item> = Vec::new();
    if asked(ProveSection::Rules) {
        items.extend(rules::items(&rulebook));
    }
    if asked(ProveSection::Machine) {
        let sites = match &args.site {
            None => rulebook.sites.iter().filter(|site| args.deep || !site.is_deep).cloned().collect(),
            Some(path) => match files::read(path) {
                Ok(source) => vec![Representative { name: stem(path), is_deep: false, text: source.text.to_string() }],
                Err((source, finding)) => return unusable(&source, finding, streams),
            },
        };
        if args.hazards {
            items.extend(machine::hazards(&rulebook, &sites));
        } else {
            let mut told = Ok(());
            items.extend(machine::items(&rulebook, &sites, args.deep, &mut |what, done, all| {
                if told.is_ok() {
                    told = streams.progress(what, done, all);
                }
            }));
            told?;
        }
    }
    if asked(ProveSection::Manual) {
        items.extend(manual::items(&rulebook, &rulebooks.files(&rulebook.id)));
    }
    if asked(ProveSection::Mutation) {
        items.push(mutation(args, &rulebooks, &rulebook, streams)?);
    }
    let text = match args.format {
        RulesFormat::Human => prove::human(&rulebook, &items, streams.width),
        RulesFormat::Json => prove::json(&rulebook, &items)?,
    };
    streams.out.write_all(text.as_bytes())?;
    let disagrees = items.iter().any(|item| item.assurance == Assurance::Disagreement);
    Ok(if disagrees { Exit::Disagreement } else { exit(Tally::of(items.iter().filter(|item| !item.known))) })
}

/// What a site is called in the table: its file without folder and endings.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').next().unwrap_or_default().to_owned()
}

/// Nobody looked at what was not run, so it says nothing.
fn exit(tally: Tally) -> Exit {
    match tally {
        Tally { refuted: 1.., .. } => Exit::Violated,
        Tally { unknown: 1.., .. } => Exit::CannotTell,
        _ => Exit::Holds,
    }
}

/// The item on the mutation score. The tests of a rulebook stand in its folder, and are not built in with it.
fn mutation(args: &Arguments, rulebooks: &Rulebooks, rulebook: &Rulebook, streams: &mut Streams<'_>) -> std::io::Result<Item> {
    let Some(folder) = args.rulebook.as_deref().filter(|path| is_folder(path)) else {
        return Ok(not_run("name the folder of the rulebook: its tests stand there"));
    };
    if !args.deep {
        return Ok(not_run("`--deep` tries every change"));
    }
    let (trials, mut problems) = trials::gather(rulebooks, folder, &args.tests);
    problems.extend(trials::failures(rulebooks, &trials));
    let reasons = trials::reasons(folder).unwrap_or_else(|problem| {
        problems.push(problem);
        Vec::new()
    });
    Ok(trials::score(rulebook, rulebooks, &trials, streams)?.item(&reasons, problems))
}

/// Whether a rulebook is named by its folder, not by its id.
fn is_folder(named: &Path) -> bool {
    named.components().count() != 1 || named.is_dir()
}

/// The rulebook in a folder, or the built-in one of that id; without either the first built-in one.
fn open(named: Option<&Path>, streams: &mut Streams<'_>) -> std::io::Result<Result<(Rulebooks, Arc<Rulebook>), Exit>> {
    let folder = named.filter(|path| is_folder(path));
    let rulebooks = match Rulebooks::open(folder) {
        Ok(rulebooks) => rulebooks,
        Err(faults) => return show_faults(&faults, streams).map(|()| Err(Exit::Unusable)),
    };
    let found = match named.filter(|_| folder.is_none()) {
        None => rulebooks.only(),
        Some(id) => {
            let id = id.to_string_lossy();
            rulebooks.get(&id).map_err(|help| format!("no rulebook is called `{}`: {help}", printable(&id)))
        }
    };
    match found {
        Ok(rulebook) => Ok(Ok((rulebooks, rulebook))),
        Err(message) => {
            writeln!(streams.err, "error: {message}")?;
            Ok(Err(Exit::Unusable))
        }
    }
}
