//! Makes a way better without making it longer: leaves out what it does not need, moves out of an outage what need not be in it,
//! and does later what is advised against where it stands. Every change is tried.

use super::folded::{Folded, State};
use super::measure::{Measure, measure};
use crate::spec::types::Value;

/// Most passes over a way; each makes it better.
const PASSES_MAX: usize = 20;

/// A way from a state to the goals, as good as these changes make it. A way that does not lead there is left as it is.
#[must_use]
pub fn improve(folded: &Folded<'_>, start: &State, way: Vec<usize>) -> Vec<usize> {
    let Some(now) = measure(folded, start, &way) else { return way };
    let mut improving = Improving { folded, start, way, now };
    for _ in 0..PASSES_MAX {
        let before = improving.way.clone();
        improving.leave_out();
        improving.shorten_outage();
        improving.heed();
        if improving.way == before {
            break;
        }
    }
    improving.spread_objects();
    improving.wait_late();
    improving.way
}

struct Improving<'a> {
    folded: &'a Folded<'a>,
    start: &'a State,
    way: Vec<usize>,
    now: Measure,
}

impl Improving<'_> {
    /// Takes another way if it reaches the goals and is not worse, or if it has to be better, is better.
    fn take(&mut self, way: Vec<usize>, better: bool) -> bool {
        let Some(then) = measure(self.folded, self.start, &way) else { return false };
        if then > self.now || better && then == self.now {
            return false;
        }
        (self.way, self.now) = (way, then);
        true
    }

    fn objects(&self, way: &[usize]) -> u64 {
        way.iter().fold(0, |bits, action| bits | self.folded.actions[*action].objects)
    }

    /// Leaves out each step that is not needed, with all that is possible only after it. The last ones first.
    fn leave_out(&mut self) {
        let mut at = self.way.len();
        while at > 0 {
            at -= 1;
            let shorter = self.without(at);
            if self.take(shorter, false) {
                at = at.min(self.way.len());
            }
        }
    }

    /// The way without a step and without what is not allowed then.
    fn without(&self, left_out: usize) -> Vec<usize> {
        let mut state = self.start.clone();
        let mut out = Vec::new();
        for (index, action) in self.way.iter().enumerate() {
            if index == left_out || (index > left_out && !self.folded.allows(&state, *action)) {
                continue;
            }
            state = self.folded.next(&state, *action);
            out.push(*action);
        }
        out
    }

    /// Takes a new object where one would be used again, as long as there are any: what was on it stays.
    fn spread_objects(&mut self) {
        for at in 0..self.way.len() {
            let used = self.objects(&self.way);
            let again = self.objects(&self.way[..at]) & self.folded.actions[self.way[at]].objects;
            let Some(object) = (0..64).find(|object| again >> object & 1 == 1) else { continue };
            let fresh = (0..64).find(|object| used >> object & 1 == 0).unwrap_or(0);
            let spread: Option<Vec<usize>> =
                self.way[at..].iter().map(|action| self.with_object(*action, object, fresh)).collect();
            let Some(spread) = spread else { continue };
            self.take(self.way[..at].iter().copied().chain(spread).collect(), false);
        }
    }

    /// The same ground action with another object in the place of one; `None` if there is no such object.
    fn with_object(&self, action: usize, object: usize, other: usize) -> Option<usize> {
        let actions = &self.folded.task.actions;
        let ground = &actions[action];
        if ground.objects >> object & 1 == 0 {
            return Some(action);
        }
        let objects = ground.objects & !(1 << object) | 1 << other;
        actions.iter().position(|known| {
            let differ = known.arguments.iter().zip(&ground.arguments).filter(|(a, b)| a != b).count();
            known.action == ground.action && known.objects == objects && differ == 1
        })
    }

    /// Moves a step that another has to follow within some time to right before that one.
    fn wait_late(&mut self) {
        let task = self.folded.task;
        let action = |way: &[usize], step: usize| task.action(&task.actions[way[step]]);
        for later in 0..self.way.len() {
            for window in action(&self.way, later).guard.iter().filter_map(|conjunct| conjunct.window.as_ref()) {
                let since = (0..later).rev().find(|step| action(&self.way, *step).name == window.since);
                let Some(since) = since else { continue };
                let mut moved = self.way.clone();
                moved[since..later].rotate_left(1);
                self.take(moved, false);
            }
        }
    }

    /// Moves steps to before the outage, or to after it, as long as that makes it shorter.
    fn shorten_outage(&mut self) {
        while self.makes_outage_shorter() {}
    }

    fn makes_outage_shorter(&mut self) -> bool {
        let Some(states) = self.folded.along(self.start, &self.way) else { return false };
        let lost: Vec<bool> = states.iter().map(|state| self.folded.is_lost(state)).collect();
        let (Some(first), Some(last)) = (lost.iter().position(|lost| *lost), lost.iter().rposition(|lost| *lost)) else {
            return false;
        };
        // The step number `n` leads from state `n` to state `n + 1`.
        for step in first..=last.min(self.way.len() - 1) {
            for to in [first.saturating_sub(1), last] {
                let mut moved = self.way.clone();
                let action = moved.remove(step);
                moved.insert(to.min(moved.len()), action);
                if self.take(moved, true) {
                    return true;
                }
            }
        }
        false
    }

    /// Where a step is advised against: does only that part of it that is not, and the whole of it later, or does it later.
    fn heed(&mut self) {
        let mut at = 0;
        while at < self.way.len() {
            if !self.is_heeded(at) {
                at += 1;
            }
        }
    }

    /// Whether a step was changed that is advised against.
    fn is_heeded(&mut self, at: usize) -> bool {
        let Some(states) = self.folded.along(self.start, &self.way) else { return false };
        let is_advised = |action: usize| self.folded.actions[action].advice.iter().all(|one| one.holds(&states[at]));
        let whole = self.way[at];
        if is_advised(whole) {
            return false;
        }
        let actions = &self.folded.task.actions;
        let is_part = |action: &usize| actions[*action].action == actions[whole].action && *action != whole;
        let (now, mut later): (Vec<usize>, Vec<usize>) =
            self.folded.everything().into_iter().filter(is_part).partition(|part| is_advised(*part));
        later.retain(|part| self.size(*part) <= self.size(whole));
        later.push(whole);
        later.sort_by_key(|part| self.size(*part));
        let now = now.into_iter().filter(|part| self.folded.allows(&states[at], *part));
        for part in now.map(Some).chain([None]) {
            for rest in &later {
                for place in at + 1..=self.way.len() {
                    let mut way = self.way.clone();
                    way.insert(place, *rest);
                    match part {
                        Some(part) => way[at] = part,
                        None => drop(way.remove(at)),
                    }
                    if self.take(way, true) {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// How many things an action names.
    fn size(&self, action: usize) -> usize {
        let arguments = &self.folded.task.actions[action].arguments;
        arguments.iter().map(|value| if let Value::List(values) = value { values.len() } else { 1 }).sum()
    }
}
