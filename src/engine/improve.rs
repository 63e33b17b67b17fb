//! Makes a way better without making it longer: leaves out what it does not need, and moves out of an
//! outage what need not be in it. Every change is tried.

use super::folded::{Folded, State};

/// Most passes over a way; each makes it better.
const PASSES_MAX: usize = 20;

/// A way from a state to the goals, as good as these changes make it.
#[must_use]
pub fn improve(folded: &Folded<'_>, start: &State, way: Vec<usize>) -> Vec<usize> {
    let mut improving = Improving { folded, start, way };
    for _ in 0..PASSES_MAX {
        let before = improving.way.clone();
        improving.leave_out();
        improving.shorten_outage();
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
}

impl Improving<'_> {
    fn succeeds(&self, way: &[usize]) -> bool {
        self.folded.succeeds(self.start, way)
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
            if self.succeeds(&shorter) {
                self.way = shorter;
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
            let way: Vec<usize> = self.way[..at].iter().copied().chain(spread).collect();
            if self.succeeds(&way) {
                self.way = way;
            }
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
                if self.succeeds(&moved) {
                    self.way = moved;
                }
            }
        }
    }

    /// Moves steps to before the outage, or to after it, as long as that makes it shorter.
    fn shorten_outage(&mut self) {
        while let Some(better) = self.with_shorter_outage() {
            self.way = better;
        }
    }

    fn with_shorter_outage(&self) -> Option<Vec<usize>> {
        let lost = |states: Vec<State>| states.iter().map(|state| self.folded.is_lost(state)).collect::<Vec<bool>>();
        let count = |lost: &[bool]| lost.iter().filter(|lost| **lost).count();
        let now = lost(self.folded.along(self.start, &self.way)?);
        let first = now.iter().position(|lost| *lost)?;
        let last = now.iter().rposition(|lost| *lost)?;
        // The step number `n` leads from state `n` to state `n + 1`.
        for step in first..=last.min(self.way.len() - 1) {
            for to in [first.saturating_sub(1), last] {
                let mut moved = self.way.clone();
                let action = moved.remove(step);
                moved.insert(to.min(moved.len()), action);
                let shorter = self.folded.along(self.start, &moved).is_some_and(|states| count(&lost(states)) < count(&now));
                if shorter && self.succeeds(&moved) {
                    return Some(moved);
                }
            }
        }
        None
    }
}
