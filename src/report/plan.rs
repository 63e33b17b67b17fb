//! A plan as the file that people read, lint and execute: one line for each step, in the order it was found in.

use crate::engine::synthesis::continuation::Continuation;
use crate::engine::synthesis::drafting::{Bound, Draft};
use crate::model::continues::Continues;
use crate::model::origin::Origin;
use crate::model::plan::{Plan, Step};
use crate::spec::machine::Action;
use crate::spec::read_machine::ACTOR;
use crate::spec::rulebook::Rulebook;
use crate::spec::types::{RecordId, Type, Value};
use jiff::SignedDuration;
use jiff::civil::DateTime;
use std::fmt::Write as _;

/// Words that some readers of YAML take for something else than text.
const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
/// Column at which a step's comment begins, unless the step is longer.
const COMMENT_COLUMN: usize = 100;

/// The text of a plan's file. `site` is the path of the site's file, as the plan is to state it; `changes` are lines about how
/// it differs from an earlier plan.
#[must_use]
pub fn yaml(rulebook: &Rulebook, draft: &Draft, site: &str, origin: &Origin, changes: &[String]) -> String {
    let mut out = header(rulebook, draft);
    for change in changes {
        let _ = writeln!(out, "# {}", comment(change));
    }
    let _ = writeln!(out, "rulebook: {}\nkind: plan\nsite: {}", scalar(&rulebook.id), scalar(site));
    out.push_str(&origin.yaml());
    out.push_str(&draft.plan.continues.as_ref().map_or_else(String::new, Continues::yaml));
    for (moment, minutes) in &draft.plan.moments {
        let _ = writeln!(out, "{}: {}", moment.word(), self::moment(*minutes));
    }
    out.push_str(if draft.plan.steps.is_empty() { "steps: []\n" } else { "steps:\n" });
    for step in &draft.plan.steps {
        let action = &rulebook.machine.actions[step.action];
        let line = format!("  - {{ {} }}", fields(rulebook, draft, step, action).join(", "));
        let comment = format!("# p. {}: {}", action.page, action.statements.join(" "));
        let _ = writeln!(out, "{line:COMMENT_COLUMN$} {comment}");
    }
    out
}

/// What was added to an earlier plan of that name and what was left out.
#[must_use]
pub fn changes(found: &Continuation, earlier: &Plan, name: &str) -> Vec<String> {
    let names = |ids: Vec<&str>| if ids.is_empty() { "nothing".to_owned() } else { ids.join(", ") };
    let new = found.new_steps();
    let added = new.iter().map(|step| found.draft.plan.steps[*step].id.as_str()).collect();
    let left_out = found.left_out.iter().map(|step| earlier.steps[*step].id.as_str()).collect();
    vec![
        format!("Made of {name}, of which {} steps are kept.", found.of.len() - new.len()),
        format!("Added: {}", names(added)),
        format!("Left out: {}", names(left_out)),
    ]
}

/// What the plan is, and how good.
fn header(rulebook: &Rulebook, draft: &Draft) -> String {
    let mut out = format!("# An upgrade plan by {}, {}.\n", rulebook.manual.number, rulebook.manual.title);
    if draft.plan.continues.is_some() {
        let _ = writeln!(out, "# Steps: {}", draft.plan.steps.len());
        out.push_str("# It begins in the state that the journal ends in. Steps run in the listed order.\n");
        return out;
    }
    let vocabulary = &rulebook.vocabulary;
    let kinds = || (0..vocabulary.records.len()).filter(|kind| vocabulary.list_of_plan(*kind).is_some());
    let mut wanted = Vec::new();
    if let Some(outage) = &rulebook.machine.outage {
        wanted.push(match (draft.site.durations.is_empty(), draft.worst(rulebook)) {
            (true, _) => format!("fewest steps in the {}", outage.name),
            (false, Some(_)) => format!("least minutes at worst in the {}", outage.name),
            (false, None) => format!("fewest steps of unknown duration in the {}, least minutes of the others", outage.name),
        });
        wanted.push("fewest steps that are advised against".to_owned());
        let _ = writeln!(out, "# {}: {}", capital(&outage.name), comment(&outage_words(rulebook, draft)));
    }
    if draft.against > 0 {
        let times = if draft.against == 1 { "once".to_owned() } else { format!("{} times", draft.against) };
        let _ = writeln!(out, "# Advised against: it does so {times}, see `cutover lint`; no way without was found");
    }
    for kind in kinds() {
        let name = plural(rulebook, kind);
        wanted.push(format!("fewest {name} written over, fewest {name}"));
        let _ = writeln!(out, "# {}: {}", capital(&name), media_words(rulebook, draft, kind));
    }
    wanted.push("fewest steps".to_owned());
    let _ = writeln!(out, "# Steps: {}", steps_words(rulebook, draft));
    let _ = writeln!(out, "# Looked for, in this order: {}.", comment(&wanted.join(", ")));
    out.push_str("# Steps run after those that `after` names, and else in any order.\n");
    out
}

/// How long the outage is, how far that is proved, and by what the minutes are bounded.
fn outage_words(rulebook: &Rulebook, draft: &Draft) -> String {
    if draft.outage.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<&str> = draft.outage.iter().map(|step| draft.plan.steps[*step].id.as_str()).collect();
    let (count, names) = (names.len(), names.join(", "));
    let proved = |is_proved: fn(&Bound) -> bool, else_: &str| match draft.bound.as_ref().filter(|bound| is_proved(bound)) {
        Some(bound) => optimal(rulebook, bound),
        None => else_.to_owned(),
    };
    if let Some(worst) = draft.worst(rulebook) {
        let of_minutes = proved(|bound| bound.minutes, "not proved to be the least");
        let of_steps = proved(|bound| bound.outage, "");
        let of_steps = if of_steps.is_empty() { of_steps } else { format!(" ({of_steps})") };
        return format!("at most {worst} min ({of_minutes}): {count} steps{of_steps}, {names}");
    }
    let proved = proved(|bound| bound.outage, "not proved to be the fewest");
    let outages = draft.outages(rulebook);
    let untimed: Vec<&str> = outages.iter().flat_map(|outage| &outage.untimed).map(String::as_str).collect();
    let minutes = match untimed.len() {
        0 => "cannot tell in minutes: no step bounds it".to_owned(),
        all if all >= count => "cannot tell in minutes: no step says how long it takes".to_owned(),
        _ => format!("cannot tell in minutes: no duration is stated for {}", untimed.join(", ")),
    };
    format!("{count} steps ({proved}), {names}; {minutes}")
}

/// How many media of a kind there are, how often one is written over, and whether fewer would do. What is written over cannot
/// be had back.
fn media_words(rulebook: &Rulebook, draft: &Draft, kind: RecordId) -> String {
    let count = draft.site.of_kind(kind).count();
    let over = draft.written(rulebook, kind).saturating_sub(count);
    let least = draft.bound.as_ref().and_then(|bound| Some((bound, *bound.written.get(&kind)?)));
    match (over, least) {
        _ if count == 0 => "none".to_owned(),
        (0, Some((_, least))) if least == count => format!("{count} (none is written twice; with fewer one would be)"),
        (0, Some((_, least))) => {
            format!("{count} (none is written twice; not proved to be the fewest, every plan writes one at least {least} times)")
        }
        (0, None) => format!("{count} (none is written twice; not proved to be the fewest)"),
        (over, Some((bound, least))) if least == over + bound.objects => {
            format!("{count} (written over {over} times; {})", optimal(rulebook, bound))
        }
        (over, _) => format!("{count} (written over {over} times; not proved to be the fewest times)"),
    }
}

fn steps_words(rulebook: &Rulebook, draft: &Draft) -> String {
    let count = draft.plan.steps.len();
    match &draft.bound {
        Some(bound) if bound.steps == count => format!("{count} ({})", optimal(rulebook, bound)),
        Some(bound) => format!("{count} (not proved to be the fewest; every plan has at least {})", bound.steps),
        None => format!("{count} (not proved to be the fewest)"),
    }
}

/// Among which plans something is optimal: those with no more objects of each kind.
fn optimal(rulebook: &Rulebook, bound: &Bound) -> String {
    let kinds = (0..rulebook.vocabulary.records.len()).filter(|kind| rulebook.vocabulary.list_of_plan(*kind).is_some());
    let objects: Vec<String> = kinds.map(|kind| format!("{} {}", bound.objects, plural(rulebook, kind))).collect();
    if objects.is_empty() {
        return "optimal among all plans".to_owned();
    }
    format!("optimal among all plans with at most {}", objects.join(" and "))
}

/// What several records of a kind are called.
fn plural(rulebook: &Rulebook, kind: RecordId) -> String {
    format!("{}s", rulebook.vocabulary.records[kind].name.replace('-', " "))
}

fn fields(rulebook: &Rulebook, draft: &Draft, step: &Step, action: &Action) -> Vec<String> {
    let vocabulary = &rulebook.vocabulary;
    let id = |index: usize| scalar(&draft.plan.steps[index].id);
    let mut out = vec![format!("id: {}", scalar(&step.id)), format!("do: {}", scalar(&action.name))];
    for (parameter, argument) in action.parameters.iter().zip(&step.arguments) {
        let all = parameter.absent_is_all && argument.value == draft.site.all(vocabulary, &parameter.name, &parameter.ty);
        if !all {
            out.push(format!("{}: {}", parameter.name, value(rulebook, draft, &parameter.ty, &argument.value)));
        }
    }
    if let (Some((by, _)), Some(actors)) = (step.by, vocabulary.enumeration(ACTOR)) {
        out.push(format!("by: {}", scalar(&vocabulary.enumerations[actors].values[by].name)));
    }
    out.push(format!("after: [{}]", step.after.iter().map(|before| id(*before)).collect::<Vec<_>>().join(", ")));
    if let Some(at) = step.at {
        out.push(format!("at: {}", moment(at)));
    }
    match step.takes {
        Some((least, most)) if least == most => out.push(format!("takes: {}", duration(least))),
        Some((least, most)) => out.push(format!("takes: {}..{}", duration(least), duration(most))),
        None => {}
    }
    let bounds: Vec<String> =
        step.within.iter().map(|(of, at_most)| format!("{{ of: {}, at_most: {} }}", id(*of), duration(*at_most))).collect();
    let past = |index: usize| scalar(draft.plan.past.get(index).map_or("", |past| &past.step.id));
    let since = step.since.iter().map(|(of, at_most)| format!("{{ of: {}, at_most: {} }}", past(*of), duration(*at_most)));
    let bounds: Vec<String> = bounds.into_iter().chain(since).collect();
    match bounds.as_slice() {
        [] => {}
        [one] => out.push(format!("within: {one}")),
        all => out.push(format!("within: [{}]", all.join(", "))),
    }
    out
}

/// A value as a file states it. A list with one record is written like the record.
fn value(rulebook: &Rulebook, draft: &Draft, ty: &Type, value: &Value) -> String {
    let vocabulary = &rulebook.vocabulary;
    match (ty, value) {
        (Type::List(inner, _), Value::List(values)) => {
            let values: Vec<String> = values.iter().map(|one| self::value(rulebook, draft, inner, one)).collect();
            match (&**inner, values.as_slice()) {
                (Type::Record(_), [one]) => one.clone(),
                _ => format!("[{}]", values.join(", ")),
            }
        }
        (_, Value::Record(record)) => scalar(draft.site.key_text(vocabulary, *record).unwrap_or_default()),
        _ => scalar(&draft.site.display(vocabulary, ty, value)),
    }
}

/// `2002-10-21T20:00`, of minutes since 1970.
fn moment(minutes: i64) -> String {
    let start = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
    start.saturating_add(SignedDuration::from_mins(minutes)).strftime("%Y-%m-%dT%H:%M").to_string()
}

/// `90m` or `24h`.
fn duration(minutes: i64) -> String {
    if minutes % 60 == 0 { format!("{}h", minutes / 60) } else { format!("{minutes}m") }
}

/// A text as a scalar that every reader of YAML takes for that text.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if plain { text.to_owned() } else { serde_json::Value::String(text.to_owned()).to_string() }
}

/// A text on one line of a comment.
fn comment(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}
