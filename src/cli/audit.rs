//! `audit`: a journal, or a log kept by hand, against its plan.

use super::args::{Audit, Colour, RulesFormat};
use super::carried::{self, Carried};
use super::exit::Exit;
use super::journal_file::{self, Trouble};
use super::rulebooks::{Rulebooks, show_faults};
use super::streams::Streams;
use crate::engine::carry_out::audit::{Audited, Part, audit};
use crate::engine::logic::symbolic::Symbolic;
use crate::engine::verification::walk::Walk;
use crate::model::journal::{Entry, Event, Journal};
use crate::model::log::{self, Logged};
use crate::model::plan::Plan;
use crate::model::state::Layout;
use crate::report::{audit as words, human};
use crate::source::finding::Level;
use crate::source::text::printable;
use std::path::PathBuf;

/// Where a journal is broken: the line, and why.
type Break = Option<(usize, String)>;

/// Runs the command.
///
/// # Errors
/// What the streams say.
pub fn run(args: &Audit, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let rulebooks = match Rulebooks::open(args.rulebook.as_deref()) {
        Ok(rulebooks) => rulebooks,
        Err(faults) => return show_faults(&faults, streams).map(|()| Exit::Unusable),
    };
    let bytes = match journal_file::log(&args.journal) {
        Ok(bytes) => bytes,
        Err(trouble) => return show(&trouble, streams),
    };
    let (entries, broken) = Journal::read_anyway(&bytes);
    let plan = match plan_of(args, &entries) {
        Ok(plan) => plan,
        Err(trouble) => return show(&trouble, streams),
    };
    let mut carried = match carried::read(&rulebooks, &plan) {
        Ok(carried) => carried,
        Err((source, finding)) => {
            let mut text = String::new();
            human::findings(&source, &[finding], streams.look(Colour::Auto), &mut text).map_err(std::io::Error::other)?;
            return streams.out.write_all(text.as_bytes()).map(|()| Exit::Unusable);
        }
    };
    let (planned, is_journal) = (carried.plan.steps.len(), !entries.is_empty());
    let logged = if is_journal { Ok(journalled(&carried, entries)) } else { by_hand(&mut carried, &bytes) };
    let (logged, changes) = match logged {
        Ok(logged) => logged,
        Err(trouble) => return show(&trouble, streams),
    };
    let found = audited(&carried, planned, logged);
    let broken: Break = broken.filter(|_| is_journal).map(|broken| (broken.line, printable(&broken.why)));
    let exit = exit(&found, broken.is_some());
    let report = words::Audit {
        journal: &printable(&args.journal.to_string_lossy()),
        plan: &printable(&plan.to_string_lossy()),
        broken,
        changes,
        found: &found,
        verdict: match exit {
            Exit::Violated => "violated",
            Exit::CannotTell => "cannot-tell",
            _ => "holds",
        },
    };
    let text = match args.format {
        RulesFormat::Human => words::human(&report),
        RulesFormat::Json => words::json(&report)?,
    };
    streams.out.write_all(text.as_bytes())?;
    Ok(exit)
}

/// What was found, over all the plans that were carried out.
fn audited(carried: &Carried, planned: usize, logged: Vec<Vec<Logged>>) -> Audited {
    let vocabulary = &carried.rulebook.vocabulary;
    let earlier = carried.earlier.iter().map(|one| (&one.site, &one.plan, one.plan.steps.len()));
    let plans: Vec<_> = earlier.chain([(&carried.site, &carried.plan, planned)]).collect();
    let layouts: Vec<Layout> = plans.iter().map(|(site, _, _)| Layout::new(vocabulary, site)).collect();
    let mut parts = plans.iter().zip(&layouts).zip(logged).map(|(((site, plan, planned), layout), log)| {
        let base = Symbolic { vocabulary, site, state: None };
        Part { walk: Walk { rulebook: &carried.rulebook, base, layout, plan }, planned: *planned, log }
    });
    let first = parts.next();
    let others: Vec<Part<'_>> = parts.collect();
    first.map_or_else(Audited::default, |first| audit(&first, &others))
}

/// The plan that was named, or the one that the journal names, beside it.
fn plan_of(args: &Audit, entries: &[(usize, Entry)]) -> Result<PathBuf, Trouble> {
    if let Some(plan) = &args.plan {
        return Ok(plan.clone());
    }
    let named = entries.iter().rev().find_map(|(_, entry)| match &entry.event {
        Event::Opened(opened) => Some(opened.plan.clone()),
        Event::Changed(changed) => Some(changed.plan.clone()),
        _ => None,
    });
    // A name, not a path: a journal does not choose which files are read.
    match named.filter(|name| !name.is_empty() && !name.contains(['/', '\\']) && name != "..") {
        Some(name) => Ok(args.journal.with_file_name(name)),
        None => Err(Trouble {
            message: "the log does not say which plan it is of".to_owned(),
            help: "name the plan with --plan".to_owned(),
        }),
    }
}

/// The entries of a journal for each of its plans, and what has changed since it was begun.
fn journalled(carried: &Carried, entries: Vec<(usize, Entry)>) -> (Vec<Vec<Logged>>, Vec<String>) {
    let plans: Vec<&Plan> = carried.earlier.iter().map(|one| &one.plan).chain([&carried.plan]).collect();
    let (mut changes, mut out, mut at) = (Vec::new(), vec![Vec::new(); plans.len()], 0);
    let digest = entries.iter().rev().find_map(|(_, entry)| match &entry.event {
        Event::Opened(opened) => Some(opened.plan_digest.clone()),
        Event::Changed(changed) => Some(changed.plan_digest.clone()),
        _ => None,
    });
    for (line, entry) in entries {
        match &entry.event {
            Event::Opened(then) => {
                changes.extend(carried.changed_since(then, digest.as_deref().unwrap_or_default()));
                continue;
            }
            Event::Changed(changed) => {
                at += 1;
                if at == plans.len() {
                    let name = printable(&changed.plan);
                    changes.push(format!("from line {line} on `{name}` is carried out, and that plan was not named"));
                }
            }
            _ => {}
        }
        let Some((plan, part)) = plans.get(at).zip(out.get_mut(at)) else { continue };
        let planned = entry.event.step().and_then(|id| plan.steps.iter().position(|step| step.id == id));
        let time = Some(entry.time);
        part.push(Logged { line, time, person: entry.person, event: entry.event, planned, differs: Vec::new() });
    }
    (out, changes)
}

/// The rows of a log kept by hand.
fn by_hand(carried: &mut Carried, bytes: &[u8]) -> Result<(Vec<Vec<Logged>>, Vec<String>), Trouble> {
    let help = "spec/README.md describes the columns";
    let refused = |message: String| Trouble { message, help: help.to_owned() };
    let text = std::str::from_utf8(bytes).map_err(|_| refused("the log is not UTF-8".to_owned()))?;
    let text = text.trim_start_matches('\u{feff}');
    let broken =
        |broken: crate::model::journal::Broken| refused(format!("line {} of the log: {}", broken.line, printable(&broken.why)));
    let rows = log::rows(text).map_err(broken)?;
    let rulebook = &carried.rulebook;
    let logged = log::logged(&rows, &rulebook.vocabulary, &rulebook.machine, &mut carried.site, &mut carried.plan);
    let mut parts = vec![Vec::new(); carried.earlier.len()];
    parts.push(logged.map_err(broken)?);
    Ok((parts, Vec::new()))
}

fn exit(found: &Audited, is_broken: bool) -> Exit {
    let is_open = found.harm.iter().any(|harm| harm.objection.level == Level::Error);
    match (is_broken || found.is_harmful(), is_open || !found.unfinished.is_empty()) {
        (true, _) => Exit::Violated,
        (false, true) => Exit::CannotTell,
        (false, false) => Exit::Holds,
    }
}

fn show(trouble: &Trouble, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    writeln!(streams.err, "error: {}", trouble.message)?;
    writeln!(streams.err, "  help: {}", trouble.help)?;
    Ok(Exit::Unusable)
}
