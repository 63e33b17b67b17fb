//! What a plan says of when its steps start and end, as bounds on the time between any two of these moments. A bound that
//! follows from others is a shortest path (Dechter, Meiri and Pearl, "Temporal constraint networks", 1991).

use crate::model::plan::Plan;

/// The start or the end of a step, or the beginning of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The moment that times count from.
    Calendar,
    /// The start of a step.
    Start(usize),
    /// The end of a step.
    End(usize),
}

impl Event {
    const fn node(self) -> usize {
        match self {
            Self::Calendar => 0,
            Self::Start(step) => 1 + 2 * step,
            Self::End(step) => 2 + 2 * step,
        }
    }
}

/// That the second moment is at most so many minutes after the first.
type Bound = (usize, usize, i64);

/// All that a plan says of its times: its order, `at`, `takes` and `within`.
#[derive(Clone, Debug)]
pub struct Timetable {
    bounds: Vec<Bound>,
    nodes: usize,
}

impl Timetable {
    /// The times of a plan. `earliest` are steps with a moment that they do not start before although they state no `at`.
    #[must_use]
    pub fn new(plan: &Plan, earliest: &[(usize, i64)]) -> Self {
        let mut bounds: Vec<Bound> = Vec::new();
        let mut at_most = |from: Event, to: Event, minutes: i64| bounds.push((from.node(), to.node(), minutes));
        for (index, step) in plan.steps.iter().enumerate() {
            let (start, end) = (Event::Start(index), Event::End(index));
            let (least, most) = step.takes.map_or((0, None), |(least, most)| (least, Some(most)));
            at_most(end, start, -least);
            if let Some(most) = most {
                at_most(start, end, most);
            }
            for before in &step.after {
                at_most(start, Event::End(*before), 0);
            }
            for (of, bound) in &step.within {
                at_most(Event::End(*of), start, *bound);
            }
            if let Some(at) = step.at {
                at_most(Event::Calendar, start, at);
                at_most(start, Event::Calendar, -at);
            }
        }
        for (step, minutes) in earliest {
            at_most(Event::Start(*step), Event::Calendar, -minutes);
        }
        Self { bounds, nodes: 1 + 2 * plan.steps.len() }
    }

    /// The most minutes that can lie between two moments, whatever the plan leaves open; `None` if nothing bounds them.
    #[must_use]
    pub fn most(&self, from: Event, to: Event) -> Option<i64> {
        self.shortest(from)[to.node()]
    }

    /// The earliest start of a step; `None` if nothing bounds it.
    #[must_use]
    pub fn earliest_start(&self, step: usize) -> Option<i64> {
        self.most(Event::Start(step), Event::Calendar).map(|minutes| -minutes)
    }

    /// The latest start of a step; `None` if nothing bounds it.
    #[must_use]
    pub fn latest_start(&self, step: usize) -> Option<i64> {
        self.most(Event::Calendar, Event::Start(step))
    }

    /// A step whose times no course of events can meet, if there is one: it would have to start before it starts.
    #[must_use]
    pub fn contradiction(&self) -> Option<usize> {
        // As from a moment before all others, so that each circle is seen.
        let mut reached = vec![Some(0); self.nodes];
        if !self.relaxed(&mut reached) {
            return None;
        }
        let starts_earlier =
            |step: &usize| self.most(Event::Start(*step), Event::Start(*step)).is_some_and(|minutes| minutes < 0);
        (0..(self.nodes - 1) / 2).find(starts_earlier)
    }

    fn shortest(&self, from: Event) -> Vec<Option<i64>> {
        let mut reached = vec![None; self.nodes];
        reached[from.node()] = Some(0);
        self.relaxed(&mut reached);
        reached
    }

    /// Shortens paths as long as one can be shortened, or until it is sure that they go in a circle: then true.
    fn relaxed(&self, reached: &mut [Option<i64>]) -> bool {
        for _ in 0..=self.nodes {
            let mut changed = false;
            for (from, to, minutes) in &self.bounds {
                let Some(by_here) = reached[*from].map(|so_far| so_far + minutes) else { continue };
                if reached[*to].is_none_or(|known| by_here < known) {
                    reached[*to] = Some(by_here);
                    changed = true;
                }
            }
            if !changed {
                return false;
            }
        }
        true
    }
}
