//! A plan for an easier task, in which nothing that once was true stops being true: what a state is still far from, and
//! which actions would help. After FF (Hoffmann and Nebel, JAIR 14, 2001), with values in the place of facts.

use super::possible::Possible;
use super::states::States;
use super::task::Task;
use crate::spec::machine::Requirement;
use crate::spec::types::Value;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

/// What an action adds to what a place can be.
struct Contribution {
    layer: usize,
    /// The ground action, by index.
    action: usize,
    effect: usize,
    frame: Vec<Value>,
    place: usize,
    value: Possible,
}

/// Something that is to be made possible.
#[derive(Clone)]
enum Need<'a> {
    Requirement(&'a Requirement, Vec<Value>),
    Contribution(usize),
    /// A place, and the value it has to have.
    Aim(usize, &'a Value),
}

/// The ground actions of a plan for the easier task, those that can come first first; `None` if there is no plan, and then
/// none for the real task either. `usable` are the ground actions to choose from, `cured` the cures that were done.
#[must_use]
pub fn relaxed_plan(task: &Task<'_>, values: &[Value], cured: u64, usable: &[usize]) -> Option<Vec<usize>> {
    let start: Vec<Possible> = values.iter().map(Possible::exactly).collect();
    let mut reaching = Reaching {
        task,
        cured,
        open: None,
        places: start.clone(),
        contributions: Vec::new(),
        reached: vec![None; task.actions.len()],
    };
    let last = reaching.reach(&start, usable)?;
    let Reaching { contributions, reached, .. } = reaching;
    let chosen = vec![false; contributions.len()];
    let mut extracting = Extracting { task, start, contributions, reached, chosen, plan: BTreeSet::new(), open: Vec::new() };
    for goal in task.goals() {
        extracting.open.push((last, Need::Requirement(goal, Vec::new())));
    }
    for (place, value) in &task.aims {
        extracting.open.push((last, Need::Aim(*place, value)));
    }
    for (_, cure) in task.cures.iter().enumerate().filter(|(index, _)| cured >> index & 1 == 0) {
        let of_cure = usable.iter().filter(|index| task.actions[**index].action == *cure);
        let first = of_cure.filter_map(|index| Some((extracting.reached[*index]?, *index))).min()?;
        extracting.choose_action(first.1, first.0);
    }
    extracting.extract();
    Some(extracting.plan.into_iter().map(|(_, action)| action).collect())
}

/// Whether the goals are out of reach whatever the facts are that the site does not state: codes of the goals that nothing makes
/// possible, and of what the guards of actions miss that are never possible. `None` if they are not, or if that cannot be told.
/// `from` is a state that has been reached, if any was: what it has counts as possible, too.
#[must_use]
pub fn out_of_reach(task: &Task<'_>, from: &[Value]) -> Option<Vec<String>> {
    let beyond = Cell::new(false);
    let site = States { site: task.site, layout: task.layout, places: &[], reads: None, open: Some(&beyond) };
    let mut start = Vec::new();
    for (id, variable) in task.rulebook.vocabulary.state.iter().enumerate() {
        for records in task.layout.instances(id) {
            let frame: Vec<Value> = records.into_iter().map(Value::Record).collect();
            start.push(site.eval(&variable.start, &frame));
        }
    }
    for (place, value) in start.iter_mut().zip(from) {
        place.join(&Possible::exactly(value));
    }
    let usable: Vec<usize> = (0..task.actions.len()).collect();
    let mut reaching = Reaching {
        task,
        cured: 0,
        open: Some(&beyond),
        places: start.clone(),
        contributions: Vec::new(),
        reached: vec![None; usable.len()],
    };
    if reaching.reach(&start, &usable).is_some() {
        return None;
    }
    let states = States { site: task.site, layout: task.layout, places: &reaching.places, reads: None, open: reaching.open };
    let mut out: Vec<String> =
        task.goals().filter(|goal| !states.can_meet(goal, &[], false)).map(|goal| goal.code.clone()).collect();
    for (ground, _) in task.actions.iter().zip(&reaching.reached).filter(|(_, reached)| reached.is_none()) {
        let same = |other: &usize| task.actions[*other].action == ground.action && reaching.reached[*other].is_some();
        if !usable.iter().any(same) {
            let missed = task.guard(ground).filter(|requirement| !states.can_meet(requirement, &ground.arguments, false));
            out.extend(missed.map(|requirement| requirement.code.clone()));
        }
    }
    let mut seen = BTreeSet::new();
    out.retain(|code| seen.insert(code.clone()));
    (!beyond.get()).then_some(out)
}

struct Reaching<'a> {
    task: &'a Task<'a>,
    cured: u64,
    open: Option<&'a Cell<bool>>,
    places: Vec<Possible>,
    contributions: Vec<Contribution>,
    reached: Vec<Option<usize>>,
}

impl Reaching<'_> {
    /// How much of its guard the first state does not meet.
    fn unmet_at_first(&self, start: &[Possible], index: usize) -> usize {
        let states = States { site: self.task.site, layout: self.task.layout, places: start, reads: None, open: self.open };
        let ground = &self.task.actions[index];
        self.task.guard(ground).filter(|requirement| !states.can_meet(requirement, &ground.arguments, false)).count()
    }

    /// The number of layers until the goals can be met.
    fn reach(&mut self, start: &[Possible], usable: &[usize]) -> Option<usize> {
        let mut changed = vec![true; self.places.len()];
        let mut waits: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.task.actions.len()];
        let touched = |reads: &BTreeSet<usize>, changed: &[bool]| reads.is_empty() || reads.iter().any(|place| changed[*place]);
        for layer in 1.. {
            let before = self.places.clone();
            let (reads, mut new) = (RefCell::new(BTreeSet::new()), false);
            let states =
                States { site: self.task.site, layout: self.task.layout, places: &before, reads: Some(&reads), open: self.open };
            let mut acting: Vec<(usize, usize)> = Vec::new();
            let looked_at: Vec<usize> = usable.iter().copied().filter(|index| touched(&waits[*index], &changed)).collect();
            for index in looked_at {
                if self.reached[index].is_some() {
                    acting.push((0, index));
                    continue;
                }
                let ground = &self.task.actions[index];
                let mut blocked = self.task.guard(ground).filter(|requirement| {
                    reads.borrow_mut().clear();
                    !states.can_meet(requirement, &ground.arguments, false)
                });
                if blocked.next().is_some() {
                    waits[index] = reads.take();
                } else {
                    self.reached[index] = Some(layer);
                    new = true;
                    acting.push((1 + self.unmet_at_first(start, index), index));
                }
            }
            // Of two actions that come within reach together, the one that less has to be done for is credited.
            acting.sort_unstable();
            for (_, index) in acting {
                reads.borrow_mut().clear();
                self.effects(layer, index, &states);
                waits[index] = reads.take();
                // An action whose effects read nothing never has to be looked at again.
                waits[index].insert(0);
            }
            for (place, is_changed) in changed.iter_mut().enumerate() {
                *is_changed = self.places[place] != before[place];
            }
            if self.can_be_done() {
                return Some(layer);
            }
            if !new && !changed.contains(&true) {
                return None;
            }
        }
        None
    }

    fn effects(&mut self, layer: usize, index: usize, states: &States<'_>) {
        let ground = &self.task.actions[index];
        for (number, effect) in self.task.action(ground).effects.iter().enumerate() {
            states.each_choice(&effect.each, &mut ground.arguments.clone(), true, &mut |frame, _| {
                if effect.applies.as_ref().is_some_and(|condition| !states.truth(condition, frame).yes) {
                    return;
                }
                let Some(place) = place(states, effect.variable, &effect.arguments, frame) else { return };
                let value = states.eval(&effect.value, frame);
                for value in self.places[place].news(&value) {
                    self.places[place].join(&value);
                    let frame = frame.to_vec();
                    self.contributions.push(Contribution { layer, action: index, effect: number, frame, place, value });
                }
            });
        }
    }

    fn can_be_done(&self) -> bool {
        let states =
            States { site: self.task.site, layout: self.task.layout, places: &self.places, reads: None, open: self.open };
        let mut open = self.task.cures.iter().enumerate().filter(|(index, _)| self.cured >> index & 1 == 0);
        let cured =
            open.all(|(_, cure)| self.task.actions.iter().zip(&self.reached).any(|(g, r)| r.is_some() && g.action == *cure));
        let aims = self.task.aims.iter().all(|(place, value)| can_reach(&self.places[*place], value));
        cured && aims && self.task.goals().all(|goal| states.can_meet(goal, &[], false))
    }
}

/// Whether a place can have a value; of a set, whether that can be in it.
fn can_reach(place: &Possible, aim: &Value) -> bool {
    match aim {
        Value::Set(wanted) => wanted & !place.bits().1 == 0,
        aim => place.values().contains(aim),
    }
}

/// The place that an effect sets. Its records do not depend on the state.
fn place(states: &States<'_>, variable: usize, arguments: &[crate::spec::expr::Expr], frame: &[Value]) -> Option<usize> {
    let record = |argument| match states.eval(argument, frame) {
        Possible::Any(values) => {
            values.into_iter().find_map(|value| if let Value::Record(record) = value { Some(record) } else { None })
        }
        Possible::Set { .. } => None,
    };
    let records: Option<Vec<usize>> = arguments.iter().map(record).collect();
    states.layout.index(variable, &records?)
}

struct Extracting<'a> {
    task: &'a Task<'a>,
    start: Vec<Possible>,
    contributions: Vec<Contribution>,
    reached: Vec<Option<usize>>,
    chosen: Vec<bool>,
    plan: BTreeSet<(usize, usize)>,
    open: Vec<(usize, Need<'a>)>,
}

impl<'a> Extracting<'a> {
    fn extract(&mut self) {
        while let Some((layer, need)) = self.open.pop() {
            self.support(layer, &need);
        }
    }

    fn choose_action(&mut self, action: usize, layer: usize) {
        if self.plan.iter().any(|(_, known)| *known == action) {
            return;
        }
        self.plan.insert((layer, action));
        let ground = &self.task.actions[action];
        for requirement in self.task.guard(ground) {
            self.open.push((layer - 1, Need::Requirement(requirement, ground.arguments.clone())));
        }
    }

    /// Chooses contributions of the first layers that make something possible, as few as it takes.
    fn support(&mut self, layer: usize, need: &Need<'a>) {
        let chosen: Vec<usize> = (0..self.contributions.len()).filter(|index| self.chosen[*index]).collect();
        let base = self.with(&self.start, &chosen, layer);
        if self.is_met(need, &base, None) {
            return;
        }
        let first: Vec<usize> = (0..self.contributions.len()).filter(|index| self.contributions[*index].layer <= layer).collect();
        let reads = RefCell::new(BTreeSet::new());
        self.is_met(need, &self.with(&base, &first, layer), Some(&reads));
        let reads = reads.take();
        let relevant = |index: &usize| !self.chosen[*index] && reads.contains(&self.contributions[*index].place);
        let (mut kept, mut places): (Vec<usize>, Vec<Possible>) = (Vec::new(), base.clone());
        for index in first.into_iter().filter(relevant) {
            kept.push(index);
            places[self.contributions[index].place].join(&self.contributions[index].value);
            if self.is_met(need, &places, None) {
                break;
            }
        }
        let mut at = 0;
        while at < kept.len() {
            let left_out = kept.remove(at);
            if !self.is_met(need, &self.with(&base, &kept, layer), None) {
                kept.insert(at, left_out);
                at += 1;
            }
        }
        for index in kept {
            self.chosen[index] = true;
            let (layer, action) = (self.contributions[index].layer, self.contributions[index].action);
            self.choose_action(action, self.reached[action].unwrap_or(layer));
            self.open.push((layer - 1, Need::Contribution(index)));
        }
    }

    /// What places can be with these contributions, as far as they come in the first layers.
    fn with(&self, places: &[Possible], contributions: &[usize], layer: usize) -> Vec<Possible> {
        let mut out = places.to_vec();
        for contribution in contributions.iter().map(|index| &self.contributions[*index]).filter(|one| one.layer <= layer) {
            out[contribution.place].join(&contribution.value);
        }
        out
    }

    fn is_met(&self, need: &Need<'a>, places: &[Possible], reads: Option<&RefCell<BTreeSet<usize>>>) -> bool {
        let states = States { site: self.task.site, layout: self.task.layout, places, reads, open: None };
        match need {
            Need::Aim(place, value) => {
                if let Some(reads) = reads {
                    reads.borrow_mut().insert(*place);
                }
                can_reach(&places[*place], value)
            }
            Need::Requirement(requirement, frame) => states.can_meet(requirement, frame, false),
            Need::Contribution(index) => {
                let Contribution { action, effect, frame, value, .. } = &self.contributions[*index];
                let effect = &self.task.action(&self.task.actions[*action]).effects[*effect];
                effect.applies.as_ref().is_none_or(|condition| states.truth(condition, frame).yes)
                    && states.eval(&effect.value, frame).covers(value)
            }
        }
    }
}
