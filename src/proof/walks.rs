//! Walks through a system that are chosen by a fixed seed: part of the way along a plan, part of it anywhere. What they find is
//! a witness; that they find nothing says little, and is called *sampled*.

use super::system::{State, System};
use crate::engine::synthesis::random::Random;

/// How walks are chosen.
pub struct Walks<'s> {
    /// What is walked through.
    pub system: &'s System,
    /// Moves that lead to the goals in this order, if nothing comes between.
    pub course: Vec<usize>,
    /// Moves that are taken more often where they can be.
    pub favoured: Vec<usize>,
    /// Moves that are taken only where the course has them, and in its order.
    pub reserved: Vec<usize>,
    /// Most moves of a walk.
    pub most: usize,
}

impl Walks<'_> {
    /// The moves of a walk. Each makes a difference; of eight so many go aside from the course. It ends where nothing can be done
    /// that makes a difference, and in a state that must never be. `shunned` is asked of each move, with the moves before it.
    #[must_use]
    pub fn walk(&self, random: &mut Random, aside: usize, shunned: &mut dyn FnMut(&[usize], usize) -> bool) -> Vec<usize> {
        let system = self.system;
        let (mut state, mut left, mut way) = (system.start.clone(), self.course.clone(), Vec::new());
        while way.len() < self.most && system.wrong(&state).is_none() {
            let makes = |at: &usize| system.allows(&state, *at) && system.next(&state, *at) != state;
            let goes_aside = random.below(8) < aside;
            let first = left.iter().position(|at| self.reserved.contains(at)).unwrap_or(left.len());
            let in_order = left.iter().enumerate().filter(|(place, at)| *place == first || !self.reserved.contains(at));
            let on_course = in_order.map(|(_, at)| *at).filter(|_| !goes_aside).find(|at| makes(at) && !shunned(&way, *at));
            let next = on_course.or_else(|| {
                let others = (0..system.moves.len()).filter(|at| !self.reserved.contains(at));
                let mut open: Vec<usize> = others.filter(makes).collect();
                loop {
                    let some: Vec<usize> = open.iter().copied().filter(|at| self.favoured.contains(at)).collect();
                    let from = if !some.is_empty() && random.below(2) == 0 { &some } else { &open };
                    let next = *from.get(random.below(from.len().max(1)))?;
                    if !shunned(&way, next) {
                        return Some(next);
                    }
                    open.retain(|at| *at != next);
                }
            });
            let Some(next) = next else { break };
            if on_course.is_some() {
                left.retain(|at| *at != next);
            }
            state = system.next(&state, next);
            way.push(next);
        }
        way
    }
}

/// The state after a way, if the guards allow it.
#[must_use]
pub fn after(system: &System, way: &[usize]) -> Option<State> {
    way.iter().try_fold(system.start.clone(), |state, at| system.allows(&state, *at).then(|| system.next(&state, *at)))
}

/// A way without moves that are not needed for what is true `still`. None of those that are left can be left out alone.
#[must_use]
pub fn shortened(way: &[usize], still: &dyn Fn(&[usize]) -> bool) -> Vec<usize> {
    let mut out = way.to_vec();
    let mut size = out.len().div_ceil(2);
    while size > 0 {
        let (before, mut at) = (out.len(), out.len());
        while at > 0 {
            let first = at.saturating_sub(size);
            let shorter: Vec<usize> = out[..first].iter().chain(&out[at.min(out.len())..]).copied().collect();
            if still(&shorter) {
                out = shorter;
            }
            at = first;
        }
        if size > 1 {
            size = size.div_ceil(2);
        } else if before == out.len() {
            size = 0;
        }
    }
    out
}
