//! `prove`: how far a rulebook can be trusted.

use super::args::{Prove as Arguments, ProveSection, RulesFormat};
use super::exit::Exit;
use super::rulebooks::{Rulebooks, show_faults};
use super::streams::Streams;
use crate::proof::item::{Item, Tally};
use crate::proof::manual;
use crate::report::prove;
use crate::source::text::printable;
use crate::spec::rulebook::Rulebook;
use std::path::Path;
use std::sync::Arc;

/// Runs the command.
///
/// # Errors
/// What the streams say.
pub fn run(args: &Arguments, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let rulebook = match open(args.rulebook.as_deref(), streams)? {
        Ok(rulebook) => rulebook,
        Err(exit) => return Ok(exit),
    };
    let asked = |section: ProveSection| args.section.is_none_or(|only| only == section);
    let mut items: Vec<Item> = Vec::new();
    if asked(ProveSection::Manual) {
        items.extend(manual::items(&rulebook));
    }
    let text = match args.format {
        RulesFormat::Human => prove::human(&rulebook, &items, streams.width),
        RulesFormat::Json => prove::json(&rulebook, &items)?,
    };
    streams.out.write_all(text.as_bytes())?;
    Ok(exit(Tally::of(&items)))
}

/// Nobody looked at what was not run, so it says nothing.
fn exit(tally: Tally) -> Exit {
    match tally {
        Tally { refuted: 1.., .. } => Exit::Violated,
        Tally { unknown: 1.., .. } => Exit::CannotTell,
        _ => Exit::Holds,
    }
}

/// The rulebook in a folder, or the built-in one of that id; without either the first built-in one.
fn open(named: Option<&Path>, streams: &mut Streams<'_>) -> std::io::Result<Result<Arc<Rulebook>, Exit>> {
    let folder = named.filter(|path| path.components().count() != 1 || path.is_dir());
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
        Ok(rulebook) => Ok(Ok(rulebook)),
        Err(message) => {
            writeln!(streams.err, "error: {message}")?;
            Ok(Err(Exit::Unusable))
        }
    }
}
