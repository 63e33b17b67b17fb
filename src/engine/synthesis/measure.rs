//! What a way costs, so that of two ways the better one can be told.

use super::folded::{Folded, State};

/// What a way costs; what matters most comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Measure {
    /// Steps that touch the outage and of which nobody says how long they take.
    pub untimed: usize,
    /// Most minutes of the others, one after the other.
    pub minutes: i64,
    /// Steps that touch the outage.
    pub steps: usize,
    /// How often the way does what is only advised against.
    pub against: usize,
}

/// What a way costs; `None` if it is not allowed or does not reach the goals.
#[must_use]
pub fn measure(folded: &Folded<'_>, start: &State, way: &[usize]) -> Option<Measure> {
    let mut out = Measure::default();
    let (mut state, mut cured) = (start.clone(), 0);
    let mut was_lost = folded.is_lost(&state);
    for action in way {
        if !folded.allows(&state, *action) {
            return None;
        }
        let acting = &folded.actions[*action];
        out.against += acting.advice.iter().filter(|one| !one.holds(&state)).count();
        cured |= acting.cures;
        state = folded.next(&state, *action);
        if !folded.is_safe(&state) {
            return None;
        }
        let is_lost = folded.is_lost(&state);
        if was_lost || is_lost {
            out.steps += 1;
            out.untimed += usize::from(acting.most.is_none());
            out.minutes += acting.most.unwrap_or(0);
        }
        was_lost = is_lost;
    }
    out.against += folded.advice.iter().filter(|one| !one.holds(&state)).count();
    folded.is_done(&state, cured).then_some(out)
}
