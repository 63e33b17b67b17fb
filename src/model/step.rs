//! The concrete meaning of a machine: the state before the first step, and what each step makes of it.
//! Trusted: a mistake here makes a wrong answer. Knows no solver.

use super::eval::Completion;
use super::plan::{Past, Step};
use super::state::Layout;
use crate::spec::expr::Range;
use crate::spec::machine::{Action, Effect, Fault, Machine, Requirement};
use crate::spec::types::Value;

/// The values of all state variables before the first step.
#[must_use]
pub fn start(completion: &Completion<'_>, layout: &Layout) -> Vec<Value> {
    let mut out = Vec::new();
    for (id, variable) in completion.vocabulary.state.iter().enumerate() {
        for records in layout.instances(id) {
            let frame: Vec<Value> = records.into_iter().map(Value::Record).collect();
            out.push(completion.eval(&variable.start, &frame));
        }
    }
    out
}

/// The values of all state variables before the first step of a plan that goes on from what was done before it.
#[must_use]
pub fn after_past(completion: &Completion<'_>, layout: &Layout, machine: &Machine, past: &[Past]) -> Vec<Value> {
    past.iter().fold(start(completion, layout), |values, one| {
        let before = Completion { state: Some((layout, &values)), ..*completion };
        changed(&before, one.effects(machine), &one.step)
    })
}

/// The arguments of a step, as the values of its action's variables.
#[must_use]
pub fn arguments(step: &Step) -> Vec<Value> {
    step.arguments.iter().map(|argument| argument.value.clone()).collect()
}

/// The state after a step. The completion holds the state before it.
#[must_use]
pub fn apply(completion: &Completion<'_>, action: &Action, step: &Step) -> Vec<Value> {
    changed(completion, &action.effects, step)
}

/// The state after an attempt at a step that failed so; without a fault everything is as it was.
#[must_use]
pub fn fail(completion: &Completion<'_>, fault: Option<&Fault>, step: &Step) -> Vec<Value> {
    changed(completion, fault.map_or(&[], |fault| &fault.effects), step)
}

fn changed(completion: &Completion<'_>, effects: &[Effect], step: &Step) -> Vec<Value> {
    let mut after = completion.state.map_or(Vec::new(), |(_, before)| before.to_vec());
    for (place, value) in changes(completion, effects, &arguments(step)) {
        after[place] = value;
    }
    after
}

/// What effects set, with these arguments of their action: places of the state, and their new values, in the order in which
/// they are set.
#[must_use]
pub fn changes(completion: &Completion<'_>, effects: &[Effect], arguments: &[Value]) -> Vec<(usize, Value)> {
    changes_of(completion, effects, arguments, &|_| true)
}

/// The same of the places that are wanted; what only bears on others is not looked at.
#[must_use]
pub fn changes_of(
    completion: &Completion<'_>,
    effects: &[Effect],
    arguments: &[Value],
    wanted: &dyn Fn(usize) -> bool,
) -> Vec<(usize, Value)> {
    let mut out = Vec::new();
    let Some((_, before)) = completion.state else { return out };
    for effect in effects {
        each_choice(completion, &effect.each, &mut arguments.to_vec(), &mut |frame| {
            let place = place(completion, effect, frame).filter(|place| *place < before.len() && wanted(*place));
            let Some(place) = place else { return };
            if effect.applies.as_ref().is_none_or(|condition| completion.holds(condition, frame)) {
                out.push((place, completion.eval(&effect.value, frame)));
            }
        });
    }
    out
}

/// The place that an effect sets, with these values of its variables.
#[must_use]
pub fn place(completion: &Completion<'_>, effect: &Effect, frame: &[Value]) -> Option<usize> {
    let record = |argument| match completion.eval(argument, frame) {
        Value::Record(record) => Some(record),
        _ => None,
    };
    let records: Vec<usize> = effect.arguments.iter().filter_map(record).collect();
    completion.state?.0.index(effect.variable, &records)
}

/// Whether a requirement holds for every choice of what it ranges over. `must` is what must hold, with these variables.
#[must_use]
pub fn satisfied(completion: &Completion<'_>, requirement: &Requirement, frame: &[Value], never: bool) -> bool {
    satisfied_in(completion, requirement, frame, never, None)
}

/// The same for one choice, by number from 0; or for all.
#[must_use]
pub fn satisfied_in(
    completion: &Completion<'_>,
    requirement: &Requirement,
    frame: &[Value],
    never: bool,
    choice: Option<usize>,
) -> bool {
    let (mut out, mut number) = (true, 0..);
    each_choice(completion, &requirement.each, &mut frame.to_vec(), &mut |frame| {
        if number.next() != choice && choice.is_some() {
            return;
        }
        let applies = requirement.applies.as_ref().is_none_or(|condition| completion.holds(condition, frame));
        out &= !applies || completion.holds(&requirement.must, frame) != never;
    });
    out
}

/// Calls `found` with each choice of what is ranged over; `frame` has the values of the variables before.
pub fn each_choice(completion: &Completion<'_>, ranges: &[Range], frame: &mut Vec<Value>, found: &mut dyn FnMut(&[Value])) {
    let Some((each, inner)) = ranges.split_first() else {
        found(frame);
        return;
    };
    let elements = completion.elements(&each.collection, frame);
    each_element(each, &elements, frame, &mut |frame| each_choice(completion, inner, frame, found));
}

/// Calls `found` with each element, or each pair of them, as the variables of a range; `frame` has the values of those before.
pub fn each_element(range: &Range, elements: &[Value], frame: &mut Vec<Value>, found: &mut dyn FnMut(&mut Vec<Value>)) {
    let pairs = range.names.len() == 2;
    for (index, element) in elements.iter().enumerate() {
        let seconds = if pairs { elements.get(index + 1..).unwrap_or_default() } else { std::slice::from_ref(element) };
        for second in seconds {
            frame.truncate(range.first);
            frame.push(element.clone());
            if pairs {
                frame.push(second.clone());
            }
            found(frame);
        }
    }
    frame.truncate(range.first);
}
