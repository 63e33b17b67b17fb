//! What every format of a runbook says in the same words: the cover, lists of steps, times, tapes, the outage.

use super::summary::plural;
use crate::engine::carry_out::runbook::{Gap, MediumUse, RunStep, Runbook};
use crate::engine::carry_out::schedule::{clock, interval, span};
use crate::model::continues::Continues;
use crate::model::origin::Origin;

/// What is on the cover besides the runbook.
#[derive(Clone, Debug)]
pub struct Cover {
    /// The plan's file, as it was named.
    pub plan: String,
    /// What the plan says it was made from.
    pub made_from: Option<Origin>,
    /// What the plan goes on from, if it says so.
    pub continues: Option<Continues>,
    /// A digest of plan, site and rulebook: 16 hexadecimal digits.
    pub id: String,
    /// Whether the plan did not hold and is printed all the same.
    pub is_draft: bool,
}

/// What stands on the cover and on each page of a draft.
pub const DRAFT: &str = "DRAFT, not verified";

/// Names of step of a runbook, by place: `3`, and `3–5` for a run of at least three.
#[must_use]
pub fn numbers(places: &[usize]) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut rest = places;
    while let Some(first) = rest.first() {
        let run = rest.iter().zip(*first..).take_while(|(place, expected)| **place == *expected).count();
        let last = first + run - 1;
        if run >= 3 {
            out.push(format!("{}\u{2013}{}", first + 1, last + 1));
        } else {
            out.extend((*first..=last).map(|place| (place + 1).to_string()));
        }
        rest = &rest[run..];
    }
    out.join(", ")
}

/// What a person is called.
#[must_use]
pub fn person(runbook: &Runbook, person: usize) -> String {
    match runbook.people.get(person) {
        Some(person) if person.word.is_some() => person.name.clone(),
        _ => "not assigned".to_owned(),
    }
}

/// Who does a step; where nobody is named, who may.
#[must_use]
pub fn who(runbook: &Runbook, step: &RunStep) -> String {
    match runbook.people.get(step.person).and_then(|person| person.word.as_ref()) {
        Some(_) => person(runbook, step.person),
        None if step.may.is_empty() => "nobody is named".to_owned(),
        None => format!("nobody is named; it may be the {}", step.may.join(", the ")),
    }
}

/// The items of a procedure: those that are numbered, with their number, and paragraphs. Lines that are only broken are joined.
#[must_use]
pub fn items(procedure: &str) -> Vec<(Option<&str>, String)> {
    let mut out: Vec<(Option<&str>, String)> = Vec::new();
    for line in procedure.lines() {
        let words = line.trim();
        let numbered =
            words.split_once(". ").filter(|(number, _)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
        match (numbered, out.last_mut()) {
            (Some((number, rest)), _) => out.push((Some(number), rest.to_owned())),
            (None, Some((number, text))) if number.is_none() || line.starts_with(' ') => {
                text.push(' ');
                text.push_str(words);
            }
            (None, _) => out.push((None, words.to_owned())),
        }
    }
    out
}

/// Where a step is done: `server old`, or nothing.
#[must_use]
pub fn places(step: &RunStep) -> String {
    step.places.iter().map(|(kind, names)| format!("{} {names}", kind.replace('-', " "))).collect::<Vec<_>>().join(", ")
}

/// What else a step states: `data: historical`.
#[must_use]
pub fn details(step: &RunStep) -> String {
    step.details.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("; ")
}

/// What tells a step from others that do the same, for a list: `server new, historical, tape full-old`.
#[must_use]
pub fn particulars(step: &RunStep, media_kind: &str) -> String {
    let mut out = vec![places(step)];
    out.extend(step.details.iter().map(|(_, value)| value.clone()));
    out.extend(step.media.iter().map(|medium| format!("{media_kind} {}", medium.name)));
    out.retain(|words| !words.is_empty());
    out.dedup();
    out.join(", ")
}

/// When a step starts and how long it takes, as far as that is stated.
#[must_use]
pub fn when(runbook: &Runbook, step: &RunStep) -> String {
    let mut out: Vec<String> = Vec::new();
    out.extend(step.at.map(|at| format!("at {}", clock(at))));
    out.extend(step.takes.map(|takes| format!("takes {}", interval(takes))));
    for &(of, minutes) in &step.within {
        let id = runbook.steps.get(of).map_or("", |step| &step.id);
        out.push(format!("starts within {} of the end of step {} ({id})", span(minutes), of + 1));
    }
    out.join("; ")
}

/// The sentences on how long it all takes.
#[must_use]
pub fn durations(runbook: &Runbook) -> String {
    let count = runbook.steps.len();
    if let Some(times) = &runbook.schedule.times {
        let (least, most) = (span(times.total_least), span(times.total_most));
        return format!("At best {least}; at worst {most}, if each step starts as soon as it can.");
    }
    let without: Vec<usize> = (0..count).filter(|place| runbook.steps[*place].takes.is_none()).collect();
    let stated: Vec<(i64, i64)> = runbook.steps.iter().filter_map(|step| step.takes).collect();
    let mut out =
        format!("Cannot be told: {} of {} state no duration ({})", without.len(), plural(count, "step"), numbers(&without));
    if !stated.is_empty() {
        let sum = stated.iter().fold((0, 0), |sum, takes| (sum.0 + takes.0, sum.1 + takes.1));
        out.push_str(&format!("; the other {} take {} in all", stated.len(), interval(sum)));
    }
    out + "."
}

/// The sentences on what the outage costs; nothing if the rulebook names none.
#[must_use]
pub fn outage(runbook: &Runbook) -> Option<Vec<String>> {
    let (name, _) = runbook.outage.as_ref()?;
    if runbook.gaps.is_empty() {
        return Some(vec![format!("No {name} in the order of this runbook.")]);
    }
    Some(runbook.gaps.iter().map(|gap| sentence(runbook, name, gap)).collect())
}

fn sentence(runbook: &Runbook, name: &str, gap: &Gap) -> String {
    let step = |place: usize| format!("step {} ({})", place + 1, runbook.steps[place].id);
    let from = gap.opens.map_or("before the first step".to_owned(), |place| format!("from {}", step(place)));
    let to = gap.closes.map_or("and still when all is done".to_owned(), |place| format!("to the end of {}", step(place)));
    let sure = if gap.is_certain { "" } else { " (it depends on facts that the site does not state)" };
    let long = match gap.minutes {
        Some((_, most)) => format!("at worst {}", span(most)),
        None => match gap.untimed.len() {
            0 => "how long cannot be told".to_owned(),
            1 => format!("how long cannot be told, as step {} states no duration", numbers(&gap.untimed)),
            _ => format!("how long cannot be told, as steps {} state no duration", numbers(&gap.untimed)),
        },
    };
    let capital =
        name.chars().next().map(|c| c.to_uppercase().chain(name.chars().skip(1)).collect::<String>()).unwrap_or_default();
    format!("{capital}: {from} {to}{sure}; {long}.")
}

/// Whether a step lies in a stretch of the outage, its first and last step included.
#[must_use]
pub fn in_gap(runbook: &Runbook, place: usize) -> bool {
    runbook.gaps.iter().any(|gap| gap.opens.unwrap_or(0) <= place && gap.closes.is_none_or(|closes| place <= closes))
}

/// What is done with a tape: `written in the drive of old`.
#[must_use]
pub fn used(used: &MediumUse) -> String {
    match &used.drive {
        Some((true, machine)) => format!("written in the drive of {machine}"),
        Some((false, machine)) => format!("read in the drive of {machine}"),
        None => "handled".to_owned(),
    }
}

/// How many tapes to bring: `7 tape sets`.
#[must_use]
pub fn media(runbook: &Runbook) -> String {
    if runbook.media.is_empty() { "none".to_owned() } else { plural(runbook.media.len(), &runbook.media_kind) }
}

/// What is said about where the plan comes from.
#[must_use]
pub fn origin(cover: &Cover) -> String {
    let before = cover.continues.as_ref().map_or_else(String::new, |from| {
        format!("The plan goes on from {} after entry {} of {}. ", from.plan, from.entries, from.journal)
    });
    before + &made(cover)
}

fn made(cover: &Cover) -> String {
    match &cover.made_from {
        Some(origin) => {
            format!(
                "The plan was made by cutover {} from the site and the rulebook ({}) as they are now.",
                origin.cutover, origin.rulebook
            )
        }
        None => {
            "The plan carries no digest of what it was made from, so a later change of the site would not be noticed.".to_owned()
        }
    }
}

/// What was verified, or that nothing was.
#[must_use]
pub fn verified(cover: &Cover) -> &'static str {
    if cover.is_draft {
        "The plan does not hold, or it cannot be told whether it does. Do not execute it."
    } else {
        "The plan was verified: in every order that it allows, each step finds what it needs, nothing that must never be is reached, \
         and the goals hold at the end."
    }
}

/// What to do when the screen shows something else and the rulebook has no advice of its own.
pub const STOP: &str = "Stop. Repeat nothing. Find out which of these is not as it should be, and settle it before going on:";
