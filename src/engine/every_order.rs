//! A plan in every order it allows: which engine looks. Both give the same answers; `tests/orders.rs` sees to it.

use super::decide::Disagreement;
use super::orders;
use super::walk::{STATES_MAX, Walk, Walked};

/// How many states are walked before the solver is asked, where the choice is ours: about where it overtakes the walk.
const STATES_AUTO: usize = 1_000;

/// Who looks at every order of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// The walk while its states are few, else the solver.
    #[default]
    Auto,
    /// The walk alone: from each state to each that can come next.
    Walk,
    /// The solver alone; the walk replays what it finds.
    Solver,
}

impl Engine {
    /// What goes wrong in some order that the plan allows.
    ///
    /// # Errors
    /// An order that the solver gave and in which the walk finds nothing wrong: our bug.
    pub fn look(self, walk: &Walk<'_>) -> Result<Walked, Disagreement> {
        match self {
            Self::Walk => Ok(walk.walk()),
            Self::Solver => orders::search(walk),
            Self::Auto => match walk.walk_within(STATES_AUTO) {
                walked if walked.gave_up => orders::search(walk),
                walked => Ok(walked),
            },
        }
    }

    /// Why it gave up, and a way out.
    #[must_use]
    pub fn gave_up(self) -> String {
        match self {
            Self::Walk => {
                format!("the plan leaves open more than {STATES_MAX} states; order more of its steps, or let the solver look")
            }
            Self::Solver | Self::Auto => {
                "the solver gave up on the orders that the plan leaves open; order more of its steps".to_owned()
            }
        }
    }
}
