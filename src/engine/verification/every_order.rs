//! A plan in every order it allows: which engine looks. Both give the same answers; `tests/orders.rs` sees to it.

use super::orders;
use super::walk::{STATES_MAX, Walk, Walked};
use crate::engine::logic::decide::Disagreement;
use crate::engine::logic::solver::MakeSolver;
use crate::engine::logic::z3;
use crate::model::plan::Plan;
use std::collections::BTreeSet;

/// How many states are walked before the solver is asked, where the choice is ours: about where it overtakes the walk.
const STATES_AUTO: usize = 250;

/// Who looks at every order of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The walk while its states are few, else the solver.
    #[default]
    Auto,
    /// The walk alone: from each state to each that can come next.
    Walk,
    /// The solver alone; the walk replays what it finds.
    Solver,
}

/// Who looks at every order of a plan, and which solver answers what facts and orders leave open.
#[derive(Clone, Copy, Debug)]
pub struct Engine {
    /// Who looks.
    pub choice: Choice,
    /// Makes the solver.
    pub solver: MakeSolver,
}

impl Default for Engine {
    fn default() -> Self {
        Self { choice: Choice::default(), solver: z3::solver }
    }
}

impl Engine {
    /// What goes wrong in some order that the plan allows.
    ///
    /// # Errors
    /// An order that the solver gave and in which the walk finds nothing wrong: our bug.
    pub fn look(self, walk: &Walk<'_>) -> Result<Walked, Disagreement> {
        let search = || orders::search_with(walk, self.solver, orders::EFFORT_MAX);
        match self.choice {
            Choice::Walk => Ok(walk.walk()),
            Choice::Solver => search(),
            Choice::Auto if has_more_sets(walk.plan, STATES_AUTO) => search(),
            Choice::Auto => match walk.walk_within(STATES_AUTO) {
                walked if walked.gave_up => search(),
                walked => Ok(walked),
            },
        }
    }

    /// Why it gave up, and a way out.
    #[must_use]
    pub fn gave_up(self) -> String {
        match self.choice {
            Choice::Walk => {
                format!("the plan leaves open more than {STATES_MAX} states; order more of its steps, or let the solver look")
            }
            Choice::Solver | Choice::Auto => {
                "the solver gave up on the orders that the plan leaves open; order more of its steps".to_owned()
            }
        }
    }
}

/// Whether more sets of steps than that can have been done, so that there are at least as many states. Sets are counted
/// much faster than states are walked.
fn has_more_sets(plan: &Plan, most: usize) -> bool {
    let mut sets: BTreeSet<u128> = BTreeSet::from([0]);
    let mut count = 0;
    for _ in 0..plan.steps.len() {
        let mut next = BTreeSet::new();
        for done in sets {
            let is_next =
                |step: &usize| done >> step & 1 == 0 && plan.steps[*step].after.iter().all(|before| done >> before & 1 == 1);
            next.extend((0..plan.steps.len()).filter(is_next).map(|step| done | 1 << step));
            if count + next.len() > most {
                return true;
            }
        }
        count += next.len();
        sets = next;
    }
    false
}
