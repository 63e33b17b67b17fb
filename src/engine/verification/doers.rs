//! Who does the steps of a plan, against who may do them.

use super::lint::{Judgement, Undecided, missing};
use super::walk::Walk;
use super::wording;
use crate::engine::logic::term::{Bool, FALSE, TRUE};
use crate::source::finding::{Finding, Level, Reference};
use crate::source::text::Span;
use crate::spec::machine::{Requirement, Stated};
use crate::spec::read_machine::ACTOR;

/// Steps done by someone the manual does not give them to.
pub fn doers(walk: &Walk<'_>, out: &mut Judgement) {
    for (index, step) in walk.plan.steps.iter().enumerate() {
        let Some((by, span)) = step.by else { continue };
        let action = walk.action(index);
        if !action.by.is_empty() && !action.by.contains(&by) {
            out.findings.push(other(walk, index, by, span));
        }
        for (requirement, applies) in against(walk, index, by) {
            if applies == TRUE {
                let frame = walk.arguments(index);
                let mut finding = wording::required(walk.rulebook, requirement, span);
                finding.message = wording::words(walk.base, &requirement.message, &frame);
                finding.help = Some(wording::words(walk.base, &requirement.help, &frame));
                out.findings.push(finding);
            } else {
                let facts = missing(walk.base.site, walk.base, &applies);
                let (code, level) = (requirement.code.clone(), requirement.level);
                out.undecided.push(Undecided { code, level, facts, gave_up: None });
            }
        }
    }
}

/// The requirements that speak against one who does a step, each with the condition that it applies.
#[must_use]
pub fn against<'w>(walk: &Walk<'w>, step: usize, by: usize) -> Vec<(&'w Requirement, Bool)> {
    let frame = walk.arguments(step);
    let mut out = Vec::new();
    for guard in &walk.action(step).guard {
        if matches!(&guard.stated, Some(Stated::By(may)) if !may.contains(&by)) {
            let condition = guard.requirement.applies.as_ref();
            let applies = condition.map_or(TRUE, |condition| walk.base.holds(condition, &frame));
            if applies != FALSE {
                out.push((&guard.requirement, applies));
            }
        }
    }
    out
}

/// Who may do a step: those of its action, but those that something surely speaks against.
#[must_use]
pub fn allowed(walk: &Walk<'_>, step: usize) -> Vec<usize> {
    let may = |by: &usize| against(walk, step, *by).iter().all(|(_, applies)| *applies != TRUE);
    walk.action(step).by.iter().copied().filter(may).collect()
}

/// That a step is done by someone who is not among those of its action.
fn other(walk: &Walk<'_>, index: usize, by: usize, span: Span) -> Finding {
    let (action, vocabulary) = (walk.action(index), walk.base.vocabulary);
    let name = |value: usize| {
        vocabulary.enumeration(ACTOR).map_or("", |actors| vocabulary.enumerations[actors].values[value].name.as_str())
    };
    let allowed: Vec<&str> = action.by.iter().map(|value| name(*value)).collect();
    let message = format!("`{}` is no work of the {}", action.name, name(by));
    let place = format!("{} p. {}", walk.rulebook.manual.number, action.page);
    Finding {
        level: Level::Warning,
        reference: Some(Reference { place, statements: action.statements.clone() }),
        ..Finding::error("wrong-actor", span, message).help(format!("give it to the {}", allowed.join(" or the ")))
    }
}
