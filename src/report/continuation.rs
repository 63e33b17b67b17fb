//! How a plan goes on after a step failed, in words for a plain terminal. Everything from a file is made printable.

use super::steps::indent;
use super::summary::plural;
use crate::engine::carry_out::progress::{Progress, Status};
use crate::engine::synthesis::continuation::{Continuation, Continued};
use crate::engine::synthesis::go_on::go_on;
use crate::source::text::printable;
use crate::spec::read_machine::ACTOR;
use crate::spec::types::{Type, Value};

/// The continuation with the smallest change to the plan, from the state that things are in; or why there is none.
#[must_use]
pub fn text(progress: &Progress<'_>) -> String {
    match go_on(progress) {
        Continued::With(found) => found_text(progress, &found),
        Continued::Nothing(codes) => {
            let mut out = "no continuation exists: whatever is done from here, these requirements are never met:\n".to_owned();
            for code in &codes {
                out.push_str(&format!("  {}\n", requirement(progress, code)));
            }
            out
        }
        Continued::CannotTell(why) => format!("cannot tell how to go on: {why}\n"),
    }
}

/// A code, and the sentence that explains it.
fn requirement(progress: &Progress<'_>, code: &str) -> String {
    let machine = &progress.walk().rulebook.machine;
    let found = machine.requirements().map(|(_, requirement)| requirement).find(|requirement| requirement.code == code);
    found.map_or_else(|| code.to_owned(), |found| format!("{code}: {} (p. {})", printable(&found.why), printable(&found.page)))
}

fn found_text(progress: &Progress<'_>, found: &Continuation) -> String {
    let plan = progress.walk().plan;
    let new = found.new_steps();
    let kept = found.of.len() - new.len();
    let mut out = format!(
        "how to go on, in this order: {} new, {} as approved, {} left out\n",
        plural(new.len(), "step"),
        kept,
        found.left_out.len()
    );
    let mut at = 0;
    while at < found.of.len() {
        let Some(first) = found.of[at] else {
            out.push_str(&format!("  new: {}\n", new_step(progress, found, at)));
            at += 1;
            continue;
        };
        let row = row(progress, found, at);
        let last = found.of[at + row - 1].unwrap_or(first);
        let id = |step: usize| format!("`{}`", printable(&plan.steps[step].id));
        let again = if matches!(progress.standing().statuses[first], Status::Failed(_)) { ", which failed," } else { "" };
        let words = match row {
            1 => format!("{}{again}", id(first)),
            2 => format!("{}{again} and {}", id(first), id(last)),
            count => format!("{}{again} to {}, {count} steps in their order", id(first), id(last)),
        };
        out.push_str(&format!("  as approved: {}\n", words.trim_end_matches(',')));
        at += row;
    }
    for step in &found.left_out {
        out.push_str(&format!("  left out: `{}`\n", printable(&plan.steps[*step].id)));
    }
    out.push_str(&remarks(progress, found));
    out.push_str(
        "  it reaches the goals from the state above, without an error; nobody has proved that no smaller change does\n",
    );
    if !new.is_empty() {
        out.push_str("  have the change approved; `accept` then writes it as a plan of its own and goes on with that one\n");
    }
    out
}

/// How many steps from there on are of the approved plan, and follow each other in it.
fn row(progress: &Progress<'_>, found: &Continuation, from: usize) -> usize {
    let statuses = progress.standing().statuses;
    let order = progress.walk().plan.order();
    let left: Vec<usize> = order.into_iter().filter(|step| !matches!(statuses[*step], Status::Done | Status::Skipped)).collect();
    let place = |at: usize| left.iter().position(|step| found.of.get(at).is_some_and(|of| *of == Some(*step)));
    let mut count = 1;
    while place(from + count).is_some() && place(from + count) == place(from + count - 1).map(|place| place + 1) {
        count += 1;
    }
    count
}

fn new_step(progress: &Progress<'_>, found: &Continuation, at: usize) -> String {
    let walk = progress.walk();
    let vocabulary = walk.base.vocabulary;
    let (step, site) = (&found.draft.plan.steps[at], &found.draft.site);
    let action = &walk.rulebook.machine.actions[step.action];
    let mut arguments = Vec::new();
    for (parameter, argument) in action.parameters.iter().zip(&step.arguments) {
        if parameter.absent_is_all && argument.value == site.all(vocabulary, &parameter.name, &parameter.ty) {
            continue;
        }
        let shown = |ty: &Type, value: &Value| printable(&site.display(vocabulary, ty, value));
        let words = match (&parameter.ty, &argument.value) {
            (Type::List(inner, _), Value::List(values)) => {
                values.iter().map(|value| shown(inner, value)).collect::<Vec<_>>().join(", ")
            }
            (ty, value) => shown(ty, value),
        };
        arguments.push(format!("{} {words}", printable(&parameter.name)));
    }
    let actors = vocabulary.enumeration(ACTOR).map(|id| &vocabulary.enumerations[id].values);
    let by = step.by.and_then(|(by, _)| actors.and_then(|values| values.get(by)));
    let by = by.map_or_else(String::new, |value| format!(" [{}]", printable(&value.name)));
    let page = printable(&action.page);
    format!("{}{by}: {}; {} (p. {page})", printable(&action.name), arguments.join(", "), printable(&action.does))
}

fn remarks(progress: &Progress<'_>, found: &Continuation) -> String {
    let mut out = String::new();
    for (code, message) in &found.remarks {
        out.push_str(&format!("advised against [{code}]: {message}\n"));
    }
    let steps = found.draft.plan.steps.iter();
    for (step, (of, at_most)) in steps.flat_map(|step| step.since.iter().map(move |bound| (step, *bound))) {
        let Some(since) = found.draft.plan.past.get(of) else { continue };
        let (id, of, ended) = (printable(&step.id), printable(&since.step.id), since.ended);
        let passed = progress.last().is_some_and(|now| now.seconds_since(&ended) > at_most * 60);
        let passed = if passed { "; that has passed, so this one has to be repeated first" } else { "" };
        out.push_str(&format!("`{id}` must begin within {at_most} min of the end of `{of}` at {ended}{passed}\n"));
    }
    for step in progress.under_way() {
        let id = printable(&progress.walk().plan.steps[step].id);
        out.push_str(&format!("`{id}` is under way, and counts here as still to be done\n"));
    }
    indent(&out, "  ")
}
