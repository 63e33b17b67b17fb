//! Steps of a plan that is being carried out, in words for a plain terminal. Everything from a file is made printable.

use super::summary::plural;
use crate::engine::carry_out::progress::{Objection, Progress, Status};
use crate::engine::carry_out::situation;
use crate::engine::verification::walk::Walk;
use crate::source::finding::Level;
use crate::source::text::printable;
use crate::spec::read_machine::ACTOR;
use crate::spec::types::{Type, Value};

/// The steps that may be done now, those that are forbidden and why, and those under way.
#[must_use]
pub fn list(progress: &Progress<'_>, at: crate::model::time::Moment) -> String {
    let mut out = String::new();
    for step in progress.under_way() {
        out.push_str(&format!("under way: {}\n", line(progress, step)));
    }
    let next = progress.next();
    let judged: Vec<(usize, Vec<Objection>)> = next.iter().map(|&step| (step, progress.objections(step, at))).collect();
    let (forbidden, free): (Vec<_>, Vec<_>) = judged.into_iter().partition(|(_, found)| found.iter().any(Objection::forbids));
    if !free.is_empty() {
        out.push_str("may be done now:\n");
        for (step, _) in &free {
            out.push_str(&format!("  {}\n", line(progress, *step)));
        }
    }
    if !forbidden.is_empty() {
        out.push_str("come next, and are forbidden now:\n");
        for (step, found) in &forbidden {
            out.push_str(&format!("  {}\n", line(progress, *step)));
            found.iter().filter(|one| one.forbids()).for_each(|one| out.push_str(&indent(&objection(one), "    ")));
        }
    }
    out
}

fn line(progress: &Progress<'_>, step: usize) -> String {
    let walk = progress.walk();
    let (action, stated) = (walk.action(step), &walk.plan.steps[step]);
    let by = stated.by.map_or_else(String::new, |(by, _)| format!(" [{}]", actor(progress, by)));
    let failed = if matches!(progress.standing().statuses[step], Status::Failed(_)) { " (failed before)" } else { "" };
    format!("{}{by}{failed}: {}", printable(&stated.id), printable(&action.does))
}

fn actor(progress: &Progress<'_>, value: usize) -> String {
    let vocabulary = progress.walk().base.vocabulary;
    let actors = vocabulary.enumeration(ACTOR).map(|id| &vocabulary.enumerations[id].values);
    actors.and_then(|values| values.get(value)).map_or_else(String::new, |value| printable(&value.name))
}

/// A step with who does it, on what, its procedure, and what must appear.
#[must_use]
pub fn step(progress: &Progress<'_>, step: usize) -> String {
    let walk = progress.walk();
    let (action, stated) = (walk.action(step), &walk.plan.steps[step]);
    let mut out = format!("{}\n", line(progress, step));
    for (parameter, argument) in action.parameters.iter().zip(&stated.arguments) {
        if argument.span.is_some() {
            let value = stated_value(walk, &parameter.ty, &argument.value);
            if !value.is_empty() {
                out.push_str(&format!("  {}: {}\n", parameter.name, printable(&value)));
            }
        }
    }
    for (kind, name) in progress.media(step) {
        let label =
            progress.label(&name).map_or_else(|| "no label yet".to_owned(), |label| format!("labelled `{}`", printable(label)));
        out.push_str(&format!("  {kind} `{}`: {label}\n", printable(&name)));
    }
    out.push_str(&indent(&lines(&action.procedure), "    "));
    let expect = progress.expected(step);
    if !expect.is_empty() {
        out.push_str("  must appear:\n");
        out.push_str(&indent(&lines(&expect.text()), "    "));
    }
    out.push_str(&format!("  manual {} p. {}\n", walk.rulebook.manual.number, printable(&action.page)));
    out
}

/// A value as a plan states it; the elements of a list, separated by commas.
fn stated_value(walk: &Walk<'_>, ty: &Type, value: &Value) -> String {
    match (ty, value) {
        (Type::List(inner, _), Value::List(values)) => {
            values.iter().map(|value| stated_value(walk, inner, value)).collect::<Vec<_>>().join(", ")
        }
        _ => walk.base.site.display(walk.base.vocabulary, ty, value),
    }
}

/// What speaks against a step: the sentence, the way out, the page.
#[must_use]
pub fn objection(found: &Objection) -> String {
    let word = match (found.is_certain, found.level) {
        (true, Level::Error) => "forbidden",
        (true, level) => level.word(),
        (false, _) => "cannot tell",
    };
    let mut out = format!("{word} [{}]: {}\n", found.code, found.message);
    if !found.help.is_empty() {
        out.push_str(&format!("  help: {}\n", found.help));
    }
    if let Some(place) = &found.place {
        out.push_str(&format!("  manual {place}\n"));
    }
    out
}

/// What a failed attempt left, what the site is like, and what the rest of the plan would run into.
#[must_use]
pub fn failure(before: &Progress<'_>, now: &Progress<'_>) -> String {
    let walk = now.walk();
    let (was, values) = (before.standing().values, now.standing().values);
    let mut out = String::new();
    let left = situation::differences(walk, was, values);
    out.push_str(if left.is_empty() { "the attempt has changed nothing\n" } else { "the failed attempt has left:\n" });
    out.push_str(&about(&left));
    out.push_str("the site is now:\n");
    out.push_str(&about(&situation::state(walk, values)));
    let ahead = now.ahead();
    if ahead.is_empty() {
        out.push_str("the step may be repeated: nothing in the rest of the plan speaks against it\n");
        return out;
    }
    out.push_str("with the plan as it is, these are now forbidden or would fail:\n");
    for (step, found) in ahead {
        let at = step.map_or_else(|| "at the end".to_owned(), |step| format!("`{}`", printable(&walk.plan.steps[step].id)));
        out.push_str(&format!("  {at}: {} [{}]\n    help: {}\n", found.message, found.code, found.help));
    }
    out
}

/// Records and what is so of each.
#[must_use]
pub fn about(records: &[situation::About]) -> String {
    let mut out = String::new();
    for record in records {
        let name = if record.name.is_empty() { String::new() } else { format!(" `{}`", record.name) };
        out.push_str(&format!("  {}{name}\n", record.kind));
        record.lines.iter().for_each(|(doc, value)| out.push_str(&format!("    {doc}: {value}\n")));
    }
    out
}

/// How far it is: `12 of 70 steps done, 1 left out`.
#[must_use]
pub fn count(progress: &Progress<'_>) -> String {
    let statuses = progress.standing().statuses;
    let of = |wanted: &Status| statuses.iter().filter(|status| *status == wanted).count();
    let failed = statuses.iter().filter(|status| matches!(status, Status::Failed(_))).count();
    let mut out = format!("{} of {} done", of(&Status::Done), plural(statuses.len(), "step"));
    if of(&Status::Skipped) > 0 {
        out.push_str(&format!(", {} left out", of(&Status::Skipped)));
    }
    if failed > 0 {
        out.push_str(&format!(", {failed} failed"));
    }
    out
}

/// Text of several lines, each printable.
fn lines(text: &str) -> String {
    text.lines().map(|line| printable(line) + "\n").collect()
}

/// Every line with this before it.
#[must_use]
pub fn indent(text: &str, by: &str) -> String {
    text.lines().flat_map(|line| [by, line, "\n"]).collect()
}
