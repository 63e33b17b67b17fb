//! The times that a plan states, against the order of its steps: a step starts when those before it are over, however long
//! they take. Times of the same plan that say otherwise are findings.

use crate::model::plan::Plan;
use crate::source::finding::{Finding, Level};
use crate::source::text::printable;
use crate::spec::machine::Machine;

/// Steps that state a start at which a step before them cannot be over, or need not be.
///
/// `before` holds for each step all steps that come before it. A step that does not say how long it takes may take no
/// time at all.
#[must_use]
pub fn times(plan: &Plan, machine: &Machine, before: &[Vec<usize>]) -> Vec<Finding> {
    let mut out = drives(plan, machine, before);
    for (step, earlier) in plan.steps.iter().zip(before) {
        let Some(start) = step.at else { continue };
        let timed = earlier.iter().filter_map(|index| plan.steps.get(*index).and_then(|earlier| Some((earlier, earlier.at?))));
        // Of the steps that are too long, the one that would end last says it all.
        let last = timed
            .map(|(earlier, at)| {
                let (least, most) = earlier.takes.unwrap_or_default();
                (at + most, at + least, earlier)
            })
            .filter(|(latest, _, _)| *latest > start)
            .max_by_key(|(latest, soonest, _)| (*soonest > start, *latest));
        let Some((latest, soonest, earlier)) = last else { continue };
        let (id, other) = (printable(&step.id), printable(&earlier.id));
        let (code, message, words, late) = if soonest > start {
            let message = format!("`{id}` is to start before `{other}`, which comes before it, can be over");
            ("impossible-times", message, "at least", soonest - start)
        } else {
            ("times-too-tight", format!("`{other}` may not be over when `{id}` is to start"), "up to", latest - start)
        };
        let finding = Finding::error(code, step.action_span, message)
            .label(format!("{words} {} h {} min too early", late / 60, late % 60))
            .other(earlier.action_span, "comes before it")
            .help(format!("start `{id}` later, `{other}` earlier, or change their order"));
        out.push(finding);
    }
    out
}

/// Steps without an order between them that state times at which both would have the same drive, however short they are.
fn drives(plan: &Plan, machine: &Machine, before: &[Vec<usize>]) -> Vec<Finding> {
    let mut out = Vec::new();
    for (index, step) in plan.steps.iter().enumerate() {
        let Some(start) = step.at else { continue };
        for (other, earlier) in plan.steps.iter().enumerate() {
            let ordered = other == index || before[index].contains(&other) || before[other].contains(&index);
            let Some(((at, (least, _)), false)) = earlier.at.zip(earlier.takes).map(|times| (times, ordered)) else { continue };
            if (at, other) > (start, index) || at + least <= start || !step.shares_drive(machine, earlier) {
                continue;
            }
            let (id, of) = (printable(&step.id), printable(&earlier.id));
            let mut finding =
                Finding::error("drive-in-use", step.action_span, format!("`{id}` is to start while `{of}` has its drive"));
            finding.level = Level::Warning;
            let late = at + least - start;
            let label = format!("at least {} h {} min too early", late / 60, late % 60);
            out.push(
                finding
                    .label(label)
                    .other(earlier.action_span, "has the drive")
                    .help(format!("start `{id}` later, or `{of}` earlier")),
            );
        }
    }
    out
}
