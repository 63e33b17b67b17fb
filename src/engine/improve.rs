//! Makes a way better without making it longer: leaves out what it does not need, and moves out of an
//! outage what need not be in it. Every change is tried on the concrete machine.

use super::task::Task;
use crate::model::ground::GroundAction;
use crate::spec::types::Value;

/// Most passes over a way; each makes it better.
const PASSES_MAX: usize = 20;

/// A way from a state to the goals, as good as these changes make it.
#[must_use]
pub fn improve(task: &Task<'_>, start: &[Value], way: Vec<GroundAction>) -> Vec<GroundAction> {
    let mut improving = Improving { task, start, way };
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

/// In how many of the states of a way something is lost; see [`crate::spec::machine::Outage`].
#[must_use]
pub fn outage(task: &Task<'_>, states: &[Vec<Value>]) -> usize {
    let Some(outage) = &task.rulebook.machine.outage else { return 0 };
    states.iter().filter(|values| task.at(values).holds(&outage.is, &[])).count()
}

struct Improving<'a> {
    task: &'a Task<'a>,
    start: &'a [Value],
    way: Vec<GroundAction>,
}

impl Improving<'_> {
    /// Leaves out each step that is not needed, with all that is possible only after it. The last ones first.
    fn leave_out(&mut self) {
        let mut at = self.way.len();
        while at > 0 {
            at -= 1;
            let shorter = self.without(at);
            if self.task.succeeds(self.start, &shorter) {
                self.way = shorter;
                at = at.min(self.way.len());
            }
        }
    }

    /// The way without a step and without what is not allowed then.
    fn without(&self, left_out: usize) -> Vec<GroundAction> {
        let mut values = self.start.to_vec();
        let mut out = Vec::new();
        for (index, ground) in self.way.iter().enumerate() {
            if index == left_out || (index > left_out && !self.task.allows(&values, ground)) {
                continue;
            }
            values = self.task.next(&values, ground);
            out.push(ground.clone());
        }
        out
    }

    /// Takes a new object where one would be used again, as long as there are any: what was on it stays.
    fn spread_objects(&mut self) {
        for at in 0..self.way.len() {
            let used = self.way.iter().fold(0, |bits, ground| bits | ground.objects);
            let again = self.way[..at].iter().fold(0, |bits, ground| bits | ground.objects) & self.way[at].objects;
            let Some(object) = (0..64).find(|object| again >> object & 1 == 1) else { continue };
            let fresh = (0..64).find(|object| used >> object & 1 == 0).unwrap_or(0);
            let spread: Option<Vec<GroundAction>> =
                self.way[at..].iter().map(|ground| self.with_object(ground, object, fresh)).collect();
            let Some(spread) = spread else { continue };
            let way: Vec<GroundAction> = self.way[..at].iter().cloned().chain(spread).collect();
            if self.task.succeeds(self.start, &way) {
                self.way = way;
            }
        }
    }

    /// The same ground action with another object in the place of one; `None` if there is no such object.
    fn with_object(&self, ground: &GroundAction, object: usize, other: usize) -> Option<GroundAction> {
        if ground.objects >> object & 1 == 0 {
            return Some(ground.clone());
        }
        let objects = ground.objects & !(1 << object) | 1 << other;
        let same = |known: &&GroundAction| {
            let differ = known.arguments.iter().zip(&ground.arguments).filter(|(a, b)| a != b).count();
            known.action == ground.action && known.objects == objects && differ == 1
        };
        self.task.actions.iter().find(same).cloned()
    }

    /// Moves a step that another has to follow within some time to right before that one.
    fn wait_late(&mut self) {
        for later in 0..self.way.len() {
            for window in self.task.action(&self.way[later]).guard.iter().filter_map(|conjunct| conjunct.window.as_ref()) {
                let since = (0..later).rev().find(|step| self.task.action(&self.way[*step]).name == window.since);
                let Some(since) = since else { continue };
                let mut moved = self.way.clone();
                moved[since..later].rotate_left(1);
                if self.task.succeeds(self.start, &moved) {
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

    fn with_shorter_outage(&self) -> Option<Vec<GroundAction>> {
        let states = self.task.along(self.start, &self.way)?;
        let now = outage(self.task, &states);
        let lost: Vec<bool> = states.iter().map(|state| outage(self.task, std::slice::from_ref(state)) == 1).collect();
        let first = lost.iter().position(|lost| *lost)?;
        let last = lost.iter().rposition(|lost| *lost)?;
        // The step number `n` leads from state `n` to state `n + 1`.
        for step in first..=last.min(self.way.len() - 1) {
            for to in [first - 1, last] {
                let mut moved = self.way.clone();
                let ground = moved.remove(step);
                moved.insert(to.min(moved.len()), ground);
                let shorter = self.task.along(self.start, &moved).is_some_and(|states| outage(self.task, &states) < now);
                if shorter && self.task.succeeds(self.start, &moved) {
                    return Some(moved);
                }
            }
        }
        None
    }
}
