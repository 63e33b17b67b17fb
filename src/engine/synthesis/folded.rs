//! A task into which the facts of its site are folded: guards, effects, hazards and goals of each ground action are terms over
//! the state alone, made by the symbolic meaning. States are numbers, so a step costs no allocation but that of the state.
//! What is found here is replayed on the concrete machine; `tests/loose.rs` holds the two against each other.

use super::condition::{Condition, Number};
use super::task::Task;
use crate::engine::logic::instance::{each_choice, instance};
use crate::engine::logic::sym::{Sym, constant};
use crate::engine::logic::symbolic::{State as Known, Symbolic};
use crate::engine::logic::term::{self, Bool, FALSE, Int, TRUE, and, bool_hole, int_hole, not};
use crate::model::ground::GroundAction;
use crate::model::site::HoleId;
use crate::source::finding::Level;
use crate::spec::machine::Requirement;
use crate::spec::types::{Type, Value};

/// A number for each hole: those of the site as they are filled, then those of the state.
pub type State = Vec<i64>;

/// The first hole of a place, and how many it has if it is a set.
type Hole = (HoleId, Option<usize>);

/// Bounds of a number that has none.
const NUMBER_MAX: i64 = 1 << 40;

/// A change of a hole.
#[derive(Clone)]
pub struct Change {
    /// The hole.
    pub hole: HoleId,
    /// Where it happens.
    pub applies: Condition,
    /// Its number afterwards.
    pub number: Number,
}

/// A requirement as a term.
#[derive(Clone)]
struct Required {
    level: Level,
    code: String,
    is: Condition,
}

/// A ground action.
#[derive(Clone)]
pub struct Acting {
    /// What its guard demands: one term for each requirement.
    pub guard: Vec<Condition>,
    /// The code of each of these requirements.
    pub codes: Vec<String>,
    /// What its guard only advises: requirements below the level of those that are demands.
    pub advice: Vec<Condition>,
    /// All of them.
    required: Vec<Required>,
    /// Most minutes that it takes, if the site says so.
    pub most: Option<i64>,
    /// What it sets, in this order. All read the state before.
    pub changes: Vec<Change>,
    /// The objects of a plan that it names, as in [`GroundAction::objects`].
    pub objects: u64,
    /// The cures that it is, as in [`Task::cured_by`].
    pub cures: u64,
}

/// A task as terms.
pub struct Folded<'a> {
    /// The task.
    pub task: &'a Task<'a>,
    /// The ground actions, in the order in which they were given.
    pub actions: Vec<Acting>,
    /// What must hold in every state.
    pub safe: Vec<Condition>,
    /// What must hold at the end, the aims of the task included.
    pub goals: Vec<Condition>,
    /// What only should hold at the end.
    pub advice: Vec<Condition>,
    /// The goals of the rulebook, of any level, and the aims of the task as errors.
    wanted: Vec<Required>,
    /// That something is lost; see [`crate::spec::machine::Outage`].
    pub outage: Condition,
    /// Where each place stands.
    places: Vec<Hole>,
}

impl<'a> Folded<'a> {
    /// A task with these ground actions.
    #[must_use]
    pub fn new(task: &'a Task<'a>, actions: &[GroundAction]) -> Self {
        let site = task.site.site;
        let machine = &task.rulebook.machine;
        let (places, any) = places(task);
        let base = Symbolic { vocabulary: &task.rulebook.vocabulary, site, state: None };
        let here = Symbolic { state: Some(Known { layout: task.layout, values: &any, reads: None }), ..base };
        let acting = |ground: &GroundAction| {
            let frame: Vec<Sym> = ground.arguments.iter().map(constant).collect();
            let guard = task.conjuncts(ground).map(|one| (one, met(here, one, &frame, false))).filter(|(_, is)| *is != TRUE);
            let required: Vec<Required> = guard.map(|(one, is)| Required::new(one.level, &one.code, &is)).collect();
            let cannot = required.iter().any(|one| one.level >= task.least && one.is == Condition::Const(false));
            let changes = if cannot { Vec::new() } else { changes(here, &places, task, ground, &frame) };
            let most = site.durations.get(&ground.action).map(|minutes| minutes.1);
            let (guard, codes, advice) = (Vec::new(), Vec::new(), Vec::new());
            Acting { guard, codes, advice, required, most, changes, objects: ground.objects, cures: task.cured_by(ground) }
        };
        let acting = actions.iter().map(acting).collect();
        let goals = machine.goals.iter().filter(|_| task.aims.is_empty());
        let mut wanted: Vec<Required> =
            goals.map(|goal| Required::new(goal.level, &goal.code, &met(here, goal, &[], false))).collect();
        let aims = task.aims.iter().map(|(place, aim)| Required::new(Level::Error, "", &reached(&any[*place], aim)));
        wanted.extend(aims);
        let out = Self {
            task,
            actions: acting,
            safe: machine.hazards.iter().map(|hazard| Condition::new(&met(here, hazard, &[], true))).collect(),
            goals: Vec::new(),
            advice: Vec::new(),
            wanted,
            outage: Condition::new(&machine.outage.as_ref().map_or(FALSE, |outage| here.holds(&outage.is, &[]))),
            places,
        };
        out.sorted()
    }

    /// The same with another task, which may differ in what it demands, and only in that. It demands as much or more.
    #[must_use]
    pub fn with<'b>(&self, task: &'b Task<'b>) -> Folded<'b> {
        let out = Folded {
            task,
            actions: self.actions.clone(),
            safe: self.safe.clone(),
            goals: Vec::new(),
            advice: Vec::new(),
            wanted: self.wanted.clone(),
            outage: self.outage.clone(),
            places: self.places.clone(),
        };
        out.sorted()
    }

    /// Tells demands from advice.
    fn sorted(mut self) -> Self {
        let least = self.task.least;
        for acting in &mut self.actions {
            let (demands, advice): (Vec<&Required>, Vec<&Required>) = acting.required.iter().partition(|one| one.level >= least);
            acting.guard = demands.iter().map(|one| one.is.clone()).collect();
            acting.codes = demands.iter().map(|one| one.code.clone()).collect();
            acting.advice = advice.iter().map(|one| one.is.clone()).collect();
        }
        let (demands, advice): (Vec<&Required>, Vec<&Required>) = self.wanted.iter().partition(|one| one.level >= least);
        self.goals = demands.iter().map(|one| one.is.clone()).collect();
        self.advice = advice.iter().map(|one| one.is.clone()).collect();
        self
    }

    /// All actions that can ever be allowed, by index.
    #[must_use]
    pub fn everything(&self) -> Vec<usize> {
        let can = |action: &usize| !self.actions[*action].guard.contains(&Condition::Const(false));
        (0..self.actions.len()).filter(can).collect()
    }

    /// A state of the concrete machine as numbers.
    #[must_use]
    pub fn state(&self, values: &[Value]) -> State {
        let mut out = self.task.site.filled.to_vec();
        for (value, (_, members)) in values.iter().zip(&self.places) {
            match (value, members) {
                (Value::Set(bits), Some(count)) => out.extend((0..*count).map(|bit| i64::from(bits >> bit & 1 == 1))),
                (value, _) => out.push(number(value)),
            }
        }
        out
    }

    /// The place of a hole of the state; `None` for one of the site.
    #[must_use]
    pub fn place(&self, hole: HoleId) -> Option<usize> {
        self.places.partition_point(|(first, _)| *first <= hole).checked_sub(1)
    }

    /// The holes of a place.
    #[must_use]
    pub fn holes(&self, place: usize) -> std::ops::Range<HoleId> {
        let (first, members) = self.places[place];
        first..first + members.unwrap_or(1)
    }

    /// The guard of an action with the code of each of its parts.
    pub fn codes(&self, action: usize) -> impl Iterator<Item = (&Condition, &str)> {
        self.actions[action].guard.iter().zip(&self.actions[action].codes).map(|(one, code)| (one, code.as_str()))
    }

    /// A value of a place as numbers: one for each of its holes.
    #[must_use]
    pub fn numbers(&self, value: &Sym, place: usize) -> Vec<Number> {
        numbers(value, self.places[place].1).iter().map(Number::new).collect()
    }

    /// Whether a guard allows it in a state.
    #[must_use]
    pub fn allows(&self, state: &State, action: usize) -> bool {
        self.actions[action].guard.iter().all(|one| one.holds(state))
    }

    /// The state after it.
    #[must_use]
    pub fn next(&self, state: &State, action: usize) -> State {
        let mut after = state.clone();
        for change in &self.actions[action].changes {
            if change.applies.holds(state) {
                after[change.hole] = change.number.value(state);
            }
        }
        after
    }

    /// Whether no hazard is there.
    #[must_use]
    pub fn is_safe(&self, state: &State) -> bool {
        self.safe.iter().all(|one| one.holds(state))
    }

    /// Whether something is lost.
    #[must_use]
    pub fn is_lost(&self, state: &State) -> bool {
        self.outage.holds(state)
    }

    /// Whether the goals are met and every cure was done.
    #[must_use]
    pub fn is_done(&self, state: &State, cured: u64) -> bool {
        (0..self.task.cures.len()).all(|cure| cured >> cure & 1 == 1) && self.goals.iter().all(|goal| goal.holds(state))
    }

    /// The states along a way, the first one included; `None` if a guard forbids a step, or a hazard is reached.
    #[must_use]
    pub fn along(&self, start: &State, way: &[usize]) -> Option<Vec<State>> {
        let mut states = vec![start.clone()];
        for action in way {
            let before = states.last()?;
            let after = self.allows(before, *action).then(|| self.next(before, *action)).filter(|after| self.is_safe(after))?;
            states.push(after);
        }
        Some(states)
    }

    /// Whether a way is allowed and reaches the goals.
    #[must_use]
    pub fn succeeds(&self, start: &State, way: &[usize]) -> bool {
        let cured = way.iter().fold(0, |cured, action| cured | self.actions[*action].cures);
        let mut state = start.clone();
        for action in way {
            if !self.allows(&state, *action) {
                return false;
            }
            state = self.next(&state, *action);
            if !self.is_safe(&state) {
                return false;
            }
        }
        self.is_done(&state, cured)
    }
}

impl Required {
    fn new(level: Level, code: &str, is: &Bool) -> Self {
        Self { level, code: code.to_owned(), is: Condition::new(is) }
    }
}

/// Where the numbers of each place stand, and each place as a value of which nothing is known.
fn places(task: &Task<'_>) -> (Vec<Hole>, Vec<Sym>) {
    let vocabulary = &task.rulebook.vocabulary;
    let mut hole = task.site.site.holes.len();
    let (mut places, mut any) = (Vec::new(), Vec::new());
    for (id, variable) in vocabulary.state.iter().enumerate() {
        for _ in task.layout.instances(id) {
            let mut members = None;
            any.push(match &variable.ty {
                Type::Boolean => Sym::Bool(bool_hole(hole)),
                Type::Set(id) => {
                    members = Some(vocabulary.enumerations[*id].values.len());
                    Sym::Set((0..vocabulary.enumerations[*id].values.len()).map(|member| bool_hole(hole + member)).collect())
                }
                Type::Record(kind) | Type::Reference { record: kind, .. } => {
                    let records = task.site.site.of_kind(*kind);
                    let number = int_hole(hole, -1, NUMBER_MAX);
                    Sym::Record(records.map(|one| (term::equal(number.clone(), Int::Const(code(one))), one)).collect())
                }
                Type::Number { min, max } => Sym::Int(int_hole(hole, *min, *max)),
                Type::Enumeration(id) => Sym::Int(int_hole(hole, 0, code(vocabulary.enumerations[*id].values.len()))),
                _ => Sym::Int(int_hole(hole, -NUMBER_MAX, NUMBER_MAX)),
            });
            places.push((hole, members));
            hole += members.unwrap_or(1);
        }
    }
    (places, any)
}

fn code(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

fn number(value: &Value) -> i64 {
    match value {
        Value::Boolean(value) => i64::from(*value),
        Value::Number(n) | Value::Text(n) | Value::Subnet(n) | Value::Version(n) => *n,
        Value::Enumeration(index) | Value::Record(index) => code(*index),
        Value::Set(_) | Value::List(_) => 0,
    }
}

/// What a ground action changes.
fn changes(here: Symbolic<'_>, places: &[Hole], task: &Task<'_>, ground: &GroundAction, frame: &[Sym]) -> Vec<Change> {
    let mut out: Vec<Change> = Vec::new();
    for effect in &task.action(ground).effects {
        each_choice(here, &effect.each, TRUE, &mut frame.to_vec(), &mut |frame, present| {
            let condition = effect.applies.as_ref().map_or(TRUE, |condition| here.holds(condition, frame));
            let condition = and([present.clone(), condition]);
            if condition == FALSE {
                return;
            }
            let value = here.eval(&effect.value, frame);
            let records: Vec<Sym> = effect.arguments.iter().map(|argument| here.eval(argument, frame)).collect();
            each_place(&records, condition, &mut Vec::new(), &mut |records, applies| {
                let Some(place) = task.layout.index(effect.variable, records) else { return };
                let (first, members) = places[place];
                for (member, number) in numbers(&value, members).into_iter().enumerate() {
                    let hole = first + member;
                    // What stays as it is need not be said, unless something before it says otherwise.
                    let stays = members.is_some() && number == term::indicator(bool_hole(hole));
                    if !stays || out.iter().any(|known| known.hole == hole) {
                        out.push(Change { hole, applies: Condition::new(applies), number: Number::new(&number) });
                    }
                }
            });
        });
    }
    out
}

/// Every choice of records that are not decided, and where it is meant.
fn each_place(records: &[Sym], applies: Bool, chosen: &mut Vec<usize>, found: &mut dyn FnMut(&[usize], &Bool)) {
    let Some(Sym::Record(choices)) = records.get(chosen.len()) else {
        found(chosen, &applies);
        return;
    };
    for (here, record) in choices {
        chosen.push(*record);
        each_place(records, and([applies.clone(), here.clone()]), chosen, found);
        chosen.pop();
    }
}

/// A value as numbers: one, or of a set so many.
fn numbers(value: &Sym, members: Option<usize>) -> Vec<Int> {
    match (value, members) {
        (Sym::Set(members), Some(count)) => {
            (0..count).map(|member| members.get(member).map_or(Int::Const(0), |is| term::indicator(is.clone()))).collect()
        }
        (value, _) => vec![number_of(value)],
    }
}

/// The number of a value that is no set.
fn number_of(value: &Sym) -> Int {
    match value {
        Sym::Bool(value) => term::indicator(value.clone()),
        Sym::Int(value) => value.clone(),
        Sym::Record(choices) => choices
            .iter()
            .rev()
            .fold(Int::Const(-1), |rest, (condition, record)| term::choose(condition.clone(), Int::Const(code(*record)), rest)),
        Sym::Set(_) | Sym::List(_) => Int::Const(0),
    }
}

/// That a requirement is met in a state.
fn met(here: Symbolic<'_>, requirement: &Requirement, frame: &[Sym], never: bool) -> Bool {
    let mut out = Vec::new();
    each_choice(here, &requirement.each, TRUE, &mut frame.to_vec(), &mut |frame, present| {
        let one = instance(here, requirement.applies.as_ref(), &requirement.must, present, frame);
        out.push(if never { not(and([one.applies, here.holds(&requirement.must, frame)])) } else { one.holds });
    });
    and(out)
}

/// That a place has a value; of a set, that what is wanted is in it.
fn reached(place: &Sym, aim: &Value) -> Bool {
    match (place, aim) {
        (Sym::Set(members), Value::Set(wanted)) => {
            and(members.iter().enumerate().filter(|(bit, _)| wanted >> bit & 1 == 1).map(|(_, member)| member.clone()))
        }
        (place, aim) => crate::engine::logic::sym::equal(place, &constant(aim)),
    }
}
