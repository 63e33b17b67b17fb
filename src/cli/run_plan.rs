//! `run`: a verified plan, step by step, with a journal.

use super::args::{Colour, Run};
use super::carried::{self, Carried};
use super::dialogue::Dialogue;
use super::exit::Exit;
use super::journal_file::{self, JournalFile, Trouble};
use super::rulebooks::{Rulebooks, show_faults};
use super::streams::Streams;
use crate::engine::progress::Progress;
use crate::engine::symbolic::Symbolic;
use crate::engine::walk::Walk;
use crate::model::journal::Event;
use crate::model::state::Layout;
use crate::report::{human, steps};
use crate::source::text::printable;
use std::io::{BufRead, BufReader};

/// Runs the command.
///
/// # Errors
/// What the streams say.
pub fn run(args: &Run, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let rulebooks = match Rulebooks::open(args.rulebook.as_deref()) {
        Ok(rulebooks) => rulebooks,
        Err(faults) => return show_faults(&faults, streams).map(|()| Exit::Unusable),
    };
    let mut carried = match carried::read(&rulebooks, &args.plan) {
        Ok(carried) => carried,
        Err((source, finding)) => {
            let mut text = String::new();
            human::findings(&source, &[finding], streams.look(Colour::Auto), &mut text).map_err(std::io::Error::other)?;
            return streams.out.write_all(text.as_bytes()).map(|()| Exit::Unusable);
        }
    };
    if !carried.changes.is_empty() {
        writeln!(streams.err, "error: the plan was made from something else: {}", carried.changes.join("; "))?;
        writeln!(streams.err, "  help: have the plan made again, or check it with `cutover lint` and take `made_from` out")?;
        return Ok(Exit::Unusable);
    }
    if let Some(exit) = carried::refuse(&carried, args.accept_unknown, streams)? {
        return Ok(exit);
    }
    let path = args.journal.clone().unwrap_or_else(|| journal_file::default_path(&args.plan));
    let opened = JournalFile::open(&path).and_then(|mut file| begin(&mut carried, &mut file).map(|()| file));
    let mut file = match opened {
        Ok(file) => file,
        Err(trouble) => return show(&trouble, streams),
    };
    writeln!(streams.out, "{}; journal `{}`", printable(&carried.about.plan), printable(&path.to_string_lossy()))?;
    for note in &file.notes {
        writeln!(streams.out, "note: {note}")?;
    }
    match &args.answers {
        None => {
            let Streams { input, out, .. } = streams;
            let ended = lead(args, &carried, &mut file, &mut BufReader::new(input), *out, false)?;
            ended.or_else(|trouble| show(&trouble, streams))
        }
        Some(path) => match journal_file::answers(path) {
            Ok(answers) => {
                let ended = lead(args, &carried, &mut file, &mut BufReader::new(answers), streams.out, true)?;
                ended.or_else(|trouble| show(&trouble, streams))
            }
            Err(trouble) => show(&trouble, streams),
        },
    }
}

/// Begins a journal, or sees that it is one of this plan, as it is now.
fn begin(carried: &mut Carried, file: &mut JournalFile) -> Result<(), Trouble> {
    let Some(then) = file.journal.opened() else {
        let event = Event::Opened(Box::new(carried.about.clone()));
        return file.add(journal_file::now(), None, event);
    };
    let changes = carried::changed_since(then, &carried.about);
    if changes.is_empty() {
        return Ok(());
    }
    let message = format!("the journal is of another state of things: {}", changes.join("; "));
    let help = "put back what was changed, or begin another journal with --journal and skip the steps that are done";
    Err(Trouble { message, help: help.to_owned() })
}

/// Takes up the journal and holds the dialogue.
fn lead(
    args: &Run,
    carried: &Carried,
    file: &mut JournalFile,
    input: &mut dyn BufRead,
    out: &mut dyn std::io::Write,
    echo: bool,
) -> std::io::Result<Result<Exit, Trouble>> {
    let layout = Layout::new(&carried.rulebook.vocabulary, &carried.site);
    let base = Symbolic { vocabulary: &carried.rulebook.vocabulary, site: &carried.site, state: None };
    let walk = Walk { rulebook: &carried.rulebook, base, layout: &layout, plan: &carried.plan };
    let mut progress = Progress::new(walk);
    for entry in &file.journal.entries {
        if let Err(why) = progress.advance(entry.time, &entry.event) {
            let message = format!("entry {} of the journal does not fit the plan: {why}", entry.n);
            return Ok(Err(Trouble { message, help: "`cutover audit` says what it still tells".to_owned() }));
        }
    }
    let opened = file.journal.opened().map(|about| about.accepted_unknown.join(", ")).unwrap_or_default();
    if !opened.is_empty() {
        writeln!(out, "accepted although it cannot be told: {}", printable(&opened))?;
    }
    if file.journal.entries.len() > 1 {
        writeln!(out, "going on after entry {}: {}", file.journal.entries.len(), steps::count(&progress))?;
    }
    Dialogue::new(progress, file, args.person.clone(), echo, out).hold(input)
}

fn show(trouble: &Trouble, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    streams.out.flush()?;
    writeln!(streams.err, "error: {}", trouble.message)?;
    writeln!(streams.err, "  help: {}", trouble.help)?;
    Ok(Exit::Unusable)
}
