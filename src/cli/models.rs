//! `export` for model checkers and solvers of Horn clauses: how much of what can be done they are given, and what they are asked.

use super::args::{Export as Arguments, ExportFormat};
use crate::engine::tasks::cone::{cone, part, reads, settled, whole};
use crate::engine::tasks::planning::{Says, Task};
use crate::engine::verification::walk::Walk;
use crate::report::smv::Model;
use crate::report::{horn, smv};
use crate::source::finding::nearest;
use crate::source::text::printable;
use crate::spec::rulebook::Rulebook;
use crate::spec::types::Type;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Whether a format is for programs that say what is ever reached.
#[must_use]
pub fn is_model(format: ExportFormat) -> bool {
    matches!(format, ExportFormat::Smv | ExportFormat::Horn)
}

/// The rulebook as such programs are asked about it: invariants are hazards, as for `prove`.
#[must_use]
pub fn asked_about<'r>(args: &Arguments, rulebook: &'r Rulebook) -> Cow<'r, Rulebook> {
    if !is_model(args.to) {
        return Cow::Borrowed(rulebook);
    }
    let mut out = rulebook.clone();
    let invariants = out.machine.invariants.clone();
    out.machine.hazards.extend(invariants);
    Cow::Owned(out)
}

/// A task as a model.
///
/// # Errors
/// Why there is none.
pub fn model(args: &Arguments, walk: &Walk<'_>, task: Task, title: &str) -> Result<String, String> {
    let task = settled(task);
    let codes: Vec<&str> = task.hazards.iter().map(|(at, _)| walk.rulebook.machine.hazards[*at].code.as_str()).collect();
    let hazards: Vec<usize> = match &args.hazard {
        None => (0..codes.len()).collect(),
        Some(code) => match codes.iter().position(|known| known == code) {
            Some(at) => vec![at],
            None => {
                let help = nearest(code, codes.iter().copied());
                return Err(format!("no hazard and no invariant is called `{}`\nhelp: {help}", printable(code)));
            }
        },
    };
    // Of a part it would not be said whether the goal is reached.
    let goal = args.to == ExportFormat::Smv && args.hazard.is_none() && args.part.is_none();
    let mut facts: BTreeSet<usize> = hazards.iter().flat_map(|at| reads(&task, &task.hazards[*at].1)).collect();
    if goal {
        facts.extend(reads(&task, &task.goal));
    }
    let kept = match &args.part {
        None => cone(&task, facts),
        Some(more) => {
            facts.extend(of_variables(walk, &task, more)?);
            whole(&task, facts)
        }
    };
    let model = Model { walk, task: &task, part: &part(&task, kept), hazards, goal, title };
    Ok(if args.to == ExportFormat::Smv { smv::write(&model) } else { horn::write(&model) })
}

/// The facts about these state variables; of a set, `holds=h1` says only whether `h1` is in it.
fn of_variables(walk: &Walk<'_>, task: &Task, names: &[String]) -> Result<BTreeSet<usize>, String> {
    let vocabulary = walk.base.vocabulary;
    let mut known = BTreeSet::new();
    for variable in &vocabulary.state {
        known.insert(variable.name.clone());
        if let Type::Set(id) = variable.ty {
            let members = vocabulary.enumerations[id].values.iter();
            known.extend(members.map(|member| format!("{}={}", variable.name, member.name)));
        }
    }
    if let Some(name) = names.iter().find(|name| !known.contains(*name)) {
        let help = nearest(name, known.iter().map(String::as_str));
        return Err(format!("no state variable is called `{}`\nhelp: {help}", printable(name)));
    }
    let is_named = |says: &Says| {
        let (Says::True(place) | Says::Member(place, _) | Says::Value(place, _)) = says else { return false };
        let variable = &vocabulary.state[walk.layout.at(*place).0];
        let member = match (says, &variable.ty) {
            (Says::Member(_, member), Type::Set(id)) => {
                Some(format!("{}={}", variable.name, vocabulary.enumerations[*id].values[*member].name))
            }
            _ => None,
        };
        names.contains(&variable.name) || member.is_some_and(|member| names.contains(&member))
    };
    Ok((0..task.facts.len()).filter(|fact| is_named(&task.facts[*fact])).collect())
}
