//! `run`: a verified plan, step by step, with a journal.

use super::accept::Accepting;
use super::args::{Colour, Run};
use super::carried::{self, Carried};
use super::dialogue::{Dialogue, Ended, Saying};
use super::exit::Exit;
use super::files;
use super::journal_file::{self, JournalFile, Trouble};
use super::rulebooks::{Rulebooks, show_faults};
use super::streams::Streams;
use crate::engine::carry_out::progress::Progress;
use crate::engine::logic::symbolic::Symbolic;
use crate::engine::verification::walk::Walk;
use crate::model::journal::{Changed, Event};
use crate::model::state::Layout;
use crate::report::{human, steps};
use crate::source::text::printable;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Runs the command.
///
/// # Errors
/// What the streams say.
pub fn run(args: &Run, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let rulebooks = match Rulebooks::open(args.rulebook.as_deref()) {
        Ok(rulebooks) => rulebooks,
        Err(faults) => return show_faults(&faults, streams).map(|()| Exit::Unusable),
    };
    // What was read ahead must not be lost where one plan takes the place of another.
    let Streams { input, out, err, colour, unicode, width, watched } = streams;
    let answers: Box<dyn Read> = match args.answers.as_deref().map(journal_file::answers) {
        None => Box::new(&mut **input),
        Some(Ok(answers)) => Box::new(answers),
        Some(Err(trouble)) => return show(&trouble, streams),
    };
    let mut streams = Streams {
        input: &mut std::io::empty(),
        out: &mut **out,
        err: &mut **err,
        colour: *colour,
        unicode: *unicode,
        width: *width,
        watched: *watched,
    };
    let saying = Saying { person: args.person.clone(), at: None };
    let mut running = Running { args, rulebooks, saying, input: BufReader::new(answers) };
    let mut plan = args.plan.clone();
    loop {
        match running.carry_out(&plan, &mut streams)? {
            Ended::With(exit) => return Ok(exit),
            Ended::Changed(next) => plan = next,
        }
    }
}

struct Running<'a> {
    args: &'a Run,
    rulebooks: Rulebooks,
    saying: Saying,
    input: BufReader<Box<dyn Read + 'a>>,
}

/// What a journal says of a plan.
enum Begun {
    /// It is carried out.
    Here,
    /// The plan of that file has taken its place.
    Elsewhere(PathBuf),
}

impl Running<'_> {
    /// Carries one plan out, until it is over, nothing is left to read, or another takes its place.
    fn carry_out(&mut self, plan: &Path, streams: &mut Streams<'_>) -> std::io::Result<Ended> {
        let mut carried = match carried::read(&self.rulebooks, plan) {
            Ok(carried) => carried,
            Err((source, finding)) => {
                let mut text = String::new();
                human::findings(&source, &[finding], streams.look(Colour::Auto), &mut text).map_err(std::io::Error::other)?;
                return streams.out.write_all(text.as_bytes()).map(|()| Ended::With(Exit::Unusable));
            }
        };
        if !carried.changes.is_empty() {
            writeln!(streams.err, "error: the plan was made from something else: {}", carried.changes.join("; "))?;
            writeln!(streams.err, "  help: have the plan made again, or check it with `cutover lint` and take `made_from` out")?;
            return Ok(Ended::With(Exit::Unusable));
        }
        if let Some(exit) = carried::refuse(&carried, self.args.accept_unknown, streams)? {
            return Ok(Ended::With(exit));
        }
        let path = self.args.journal.clone().unwrap_or_else(|| journal_path(plan, &carried));
        let opened = JournalFile::open(&path).and_then(|mut file| {
            let begun = begin(&mut carried, plan, &mut file)?;
            Ok((file, begun))
        });
        let mut file = match opened {
            Ok((file, Begun::Here)) => file,
            Ok((_, Begun::Elsewhere(next))) => {
                writeln!(
                    streams.out,
                    "going on with `{}`, which has taken the place of that plan",
                    printable(&next.to_string_lossy())
                )?;
                return Ok(Ended::Changed(next));
            }
            Err(trouble) => return show(&trouble, streams).map(Ended::With),
        };
        writeln!(streams.out, "{}; journal `{}`", printable(&carried.about.plan), printable(&path.to_string_lossy()))?;
        for note in &file.notes {
            writeln!(streams.out, "note: {note}")?;
        }
        let ended = self.lead(&carried, plan, &mut file, streams.out)?;
        ended.or_else(|trouble| show(&trouble, streams).map(Ended::With))
    }

    /// Takes up the journal and holds the dialogue.
    fn lead(
        &mut self,
        carried: &Carried,
        plan: &Path,
        file: &mut JournalFile,
        out: &mut dyn std::io::Write,
    ) -> std::io::Result<Result<Ended, Trouble>> {
        let layout = Layout::new(&carried.rulebook.vocabulary, &carried.site);
        let base = Symbolic { vocabulary: &carried.rulebook.vocabulary, site: &carried.site, state: None };
        let walk = Walk { rulebook: &carried.rulebook, base, layout: &layout, plan: &carried.plan };
        let mut progress = Progress::new(walk);
        let since = file.journal.plan_at(file.journal.entries.len()).map_or(0, |(_, _, since)| since);
        for entry in file.journal.entries.get(since..).unwrap_or_default() {
            if let Err(why) = progress.advance(entry.time, &entry.event) {
                let message = format!("entry {} of the journal does not fit the plan: {why}", entry.n);
                return Ok(Err(Trouble { message, help: "`cutover audit` says what it still tells".to_owned() }));
            }
        }
        let accepted = file.journal.entries.get(since.saturating_sub(1)).map(|entry| match &entry.event {
            Event::Opened(opened) => opened.accepted_unknown.join(", "),
            Event::Changed(changed) => changed.accepted_unknown.join(", "),
            _ => String::new(),
        });
        if let Some(accepted) = accepted.filter(|codes| !codes.is_empty()) {
            writeln!(out, "accepted although it cannot be told: {}", printable(&accepted))?;
        }
        if file.journal.entries.len() > 1 {
            writeln!(out, "going on after entry {}: {}", file.journal.entries.len(), steps::count(&progress))?;
        }
        let accept_unknown = self.args.accept_unknown;
        let accepting = Accepting { rulebooks: &self.rulebooks, carried, plan, accept_unknown };
        let echo = self.args.answers.is_some();
        let input: &mut dyn BufRead = &mut self.input;
        Dialogue::new(progress, file, (&accepting, &mut self.saying), echo, out).hold(input)
    }
}

/// Where the journal of a plan is if nobody says: where it says that it goes on from, or beside it.
fn journal_path(plan: &Path, carried: &Carried) -> PathBuf {
    let named = carried.plan.continues.as_ref().and_then(|from| files::beside(&plan.to_string_lossy(), &from.journal).ok());
    named.unwrap_or_else(|| journal_file::default_path(plan))
}

/// Begins a journal, or sees what it says of this plan as it is now.
fn begin(carried: &mut Carried, plan: &Path, file: &mut JournalFile) -> Result<Begun, Trouble> {
    let entries = file.journal.entries.len();
    let trouble = |message: String, help: &str| Err(Trouble { message, help: help.to_owned() });
    let digest = carried.about.plan_digest.clone();
    let from = carried.plan.continues.as_ref();
    let other = "put back what was changed, or begin another journal with --journal and skip the steps that are done";
    let Some((then, (name, known, _))) = file.journal.opened().zip(file.journal.plan_at(entries)) else {
        if from.is_some() {
            return trouble("this plan goes on from a journal, and this one is empty".to_owned(), "take --journal out");
        }
        let event = Event::Opened(Box::new(carried.about.clone()));
        return file.add(journal_file::now(), None, event).map(|()| Begun::Here);
    };
    let changes = carried.changed_since(then, &digest);
    if !changes.is_empty() {
        return trouble(format!("the journal is of another state of things: {}", changes.join("; ")), other);
    }
    if known == digest {
        return Ok(Begun::Here);
    }
    let is_from_here =
        |count: usize| from.is_some_and(|from| from.entries == count && file.journal.digest(count) == Some(&*from.digest));
    if is_from_here(entries) {
        let (plan, accepted_unknown) = (carried.about.plan.clone(), carried.about.accepted_unknown.clone());
        let event = Event::Changed(Changed { plan, plan_digest: digest, accepted_unknown });
        return file.add(journal_file::now(), None, event).map(|()| Begun::Here);
    }
    let was_here = (1..entries).any(|count| file.journal.plan_at(count).is_some_and(|(_, known, _)| known == digest));
    let next = plan.with_file_name(name);
    if was_here && !name.contains(['/', '\\']) && name != ".." && next != plan {
        return Ok(Begun::Elsewhere(next));
    }
    match from.filter(|from| is_from_here(from.entries)) {
        Some(from) => trouble(
            format!(
                "the journal has gone on since this plan was made: it has {entries} entries, and the plan goes on from entry {}",
                from.entries
            ),
            "go on with the plan before it, and say `propose` there",
        ),
        None => trouble("the journal is of another state of things: the text of the plan has changed".to_owned(), other),
    }
}

fn show(trouble: &Trouble, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    streams.out.flush()?;
    writeln!(streams.err, "error: {}", trouble.message)?;
    writeln!(streams.err, "  help: {}", trouble.help)?;
    Ok(Exit::Unusable)
}
