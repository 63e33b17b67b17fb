//! A site that proofs are made on: its machine as a system, and what the moves of that system are in words.

use super::induction::Cube;
use super::system::System;
use crate::engine::logic::symbolic::Symbolic;
use crate::engine::logic::z3::Literal;
use crate::engine::synthesis::synthesise::{Synthesised, synthesise};
use crate::engine::synthesis::task::Task;
use crate::engine::tasks::everything::{distinct, everything};
use crate::engine::tasks::planning::{Obstacle, Says, bare};
use crate::engine::verification::lint::{Judgement, Selection, lint};
use crate::engine::verification::walk::Walk;
use crate::model::eval::Completion;
use crate::model::ground::GroundAction;
use crate::model::plan::{Argument, Plan, Step};
use crate::model::read_site;
use crate::model::site::{HoleId, Site};
use crate::model::state::Layout;
use crate::model::step;
use crate::source::finding::Level;
use crate::source::text::Source;
use crate::source::yaml;
use crate::spec::machine::Parameter;
use crate::spec::rulebook::{Representative, Rulebook};
use crate::spec::types::{Type, Value};
use std::collections::BTreeMap;

/// The place that a fact is about; that something was done is about none.
fn place(says: &Says) -> Option<usize> {
    match says {
        Says::True(place) | Says::Member(place, _) | Says::Value(place, _) => Some(*place),
        Says::Done(_) => None,
    }
}

/// A site with everything that can be done there.
pub struct Subject {
    /// Its name.
    pub name: String,
    /// The rulebook; its invariants count as hazards here.
    pub rulebook: Rulebook,
    /// The site, with as many objects that only plans name as the plan that was found uses.
    pub site: Site,
    /// Each thing that can be done, as a step; those of the plan come first.
    pub moves: Plan,
    /// How many of them are steps of the plan.
    pub planned: usize,
    /// How many objects only plans name.
    pub objects: usize,
    /// Actions, by index, that must be done: they cure what is wrong with the site.
    pub cures: Vec<usize>,
    /// The system. Move `i` is step `i` of `moves`.
    pub system: System,
    layout: Layout,
    /// The facts that the site does not state, as the search for plans takes them.
    filled: Vec<i64>,
    /// Objects that only plans name, if they are all of one kind: they differ in nothing else.
    alike: Vec<usize>,
    /// The number of each fact.
    facts: BTreeMap<Says, usize>,
}

impl Subject {
    /// The subject that a site's text is.
    ///
    /// # Errors
    /// Why nothing can be proved on it, in lines.
    pub fn new(rulebook: &Rulebook, given: &Representative) -> Result<Self, Vec<String>> {
        let source = Source::new(&given.name, &given.text);
        let root = yaml::parse(&source).map_err(|finding| vec![finding.message.clone()])?;
        let (site, findings) = read_site::read(&rulebook.vocabulary, &root);
        if !findings.is_empty() {
            return Err(findings.into_iter().map(|finding| finding.message).collect());
        }
        let cures = cures(rulebook, &lint(rulebook, &root, &Selection::default()))?;
        let draft = match synthesise(rulebook, &site, &cures) {
            Synthesised::Draft(draft) => draft,
            Synthesised::Nothing(codes) => return Err(vec![format!("no plan reaches the goals: {}", codes.join(", "))]),
            Synthesised::GaveUp => return Err(vec!["no plan to the goals was found".to_owned()]),
            Synthesised::Disagreement(found) => {
                return Err(vec![format!("the two meanings of `{}` disagree, which is a bug of ours", found.code)]);
            }
        };
        let mut rulebook = rulebook.clone();
        let invariants = rulebook.machine.invariants.clone();
        rulebook.machine.hazards.extend(invariants);
        let moves = everything(&rulebook, &draft.site, &draft.plan);
        let planned = distinct(&draft.plan).0.steps.len();
        let system = system(&rulebook, &draft.site, &moves, &cures)?;
        let (name, objects) = (given.name.clone(), draft.objects);
        let layout = Layout::new(&rulebook.vocabulary, &draft.site);
        let is_alike = |record: &usize| rulebook.vocabulary.list_of_plan(draft.site.records[*record].kind).is_some();
        let alike = (0..draft.site.records.len()).filter(is_alike).collect();
        let facts = system.says.iter().cloned().enumerate().map(|(at, says)| (says, at)).collect();
        let site = draft.site;
        let filled = (0..site.holes.len()).map(|hole| site.ranges(hole).first().map_or(0, |range| range.0)).collect();
        Ok(Self { name, rulebook, site, moves, planned, objects, cures, system, layout, filled, alike, facts })
    }

    /// Its system, with only these hazards and invariants, by index.
    #[must_use]
    pub fn only(&self, bad: &[usize]) -> System {
        System { bad: bad.iter().map(|at| self.system.bad[*at].clone()).collect(), ..self.system.clone() }
    }

    /// What follows from a cube because the objects that only plans name differ in nothing but their names. A guess that is right
    /// as long as no object is told from another; what rests on it is checked without it.
    #[must_use]
    pub fn images(&self, cube: &Cube) -> Vec<Cube> {
        let mut named: Vec<usize> = cube.iter().flat_map(|(hole, _)| self.objects_of(*hole)).collect();
        named.sort_unstable();
        named.dedup();
        let renamings: Vec<Vec<usize>> = match named.len() {
            1 => self.alike.iter().map(|one| vec![*one]).collect(),
            2 => {
                let seconds =
                    |one: usize| self.alike.iter().filter(move |other| **other != one).map(move |other| vec![one, *other]);
                self.alike.iter().flat_map(|one| seconds(*one)).collect()
            }
            _ => return Vec::new(),
        };
        renamings.iter().filter_map(|to| self.renamed(cube, &named, to)).collect()
    }

    fn objects_of(&self, hole: HoleId) -> Vec<usize> {
        let records = place(&self.system.says[hole - self.system.first]).map(|place| self.layout.at(place).1);
        records.into_iter().flatten().filter(|record| self.alike.contains(record)).collect()
    }

    fn renamed(&self, cube: &Cube, from: &[usize], to: &[usize]) -> Option<Cube> {
        let one = |(hole, is): &Literal| -> Option<Literal> {
            let says = &self.system.says[hole - self.system.first];
            let Some(place) = place(says) else { return Some((*hole, *is)) };
            let (variable, records) = self.layout.at(place);
            let renamed = |record: &usize| from.iter().position(|one| one == record).map_or(*record, |at| to[at]);
            let place = self.layout.index(variable, &records.iter().map(renamed).collect::<Vec<_>>())?;
            let other = match says {
                Says::True(_) => Says::True(place),
                Says::Member(_, member) => Says::Member(place, *member),
                Says::Value(_, value) => Says::Value(place, *value),
                Says::Done(action) => Says::Done(*action),
            };
            Some((self.facts.get(&other)? + self.system.first, *is))
        };
        cube.iter().map(one).collect()
    }

    /// What a move is, in words.
    #[must_use]
    pub fn words(&self, at: usize) -> String {
        let step = &self.moves.steps[at];
        let action = &self.rulebook.machine.actions[step.action];
        let argument = |(parameter, argument): (&Parameter, &Argument)| {
            let one = |ty: &Type, value: &Value| self.site.display(&self.rulebook.vocabulary, ty, value);
            let value = match (&parameter.ty, &argument.value) {
                (Type::List(inner, _), Value::List(values)) => {
                    format!("[{}]", values.iter().map(|value| one(inner, value)).collect::<Vec<_>>().join(", "))
                }
                (ty, value) => one(ty, value),
            };
            format!("{}: {value}", parameter.name)
        };
        let arguments: Vec<String> = action.parameters.iter().zip(&step.arguments).map(argument).collect();
        if arguments.is_empty() { action.name.clone() } else { format!("{} {{ {} }}", action.name, arguments.join(", ")) }
    }

    /// A way in words, one line.
    #[must_use]
    pub fn way(&self, way: &[usize]) -> String {
        if way.is_empty() {
            return "already so before the first step".to_owned();
        }
        format!("after {}", way.iter().map(|at| self.words(*at)).collect::<Vec<_>>().join("; then "))
    }

    /// The site before the first step.
    fn fixed(&self) -> Completion<'_> {
        let (vocabulary, site) = (&self.rulebook.vocabulary, &self.site);
        Completion { vocabulary, site, filled: &self.filled, state: None, watch: None }
    }

    /// The site in a state of the concrete machine.
    #[must_use]
    pub fn at<'s>(&'s self, values: &'s [Value]) -> Completion<'s> {
        Completion { state: Some((&self.layout, values)), ..self.fixed() }
    }

    /// What a plan is looked for on this site, by a rulebook whose invariants are not hazards. Ground action `i` is move `i`.
    #[must_use]
    pub fn task<'s>(&'s self, rulebook: &'s Rulebook) -> Task<'s> {
        let ground = |step: &Step| {
            let arguments = step::arguments(step);
            let object = |value: &Value| match value {
                Value::Record(record) => self.alike.iter().position(|object| object == record),
                _ => None,
            };
            let objects = arguments.iter().filter_map(object).fold(0, |bits, object| bits | 1 << object);
            GroundAction { action: step.action, arguments, objects }
        };
        let actions = self.moves.steps.iter().map(ground).collect();
        let (site, cures) = (self.fixed(), self.cures.clone());
        Task { rulebook, site, layout: &self.layout, actions, least: Level::Error, cures, aims: Vec::new() }
    }

    /// Whether a guard of the concrete machine allows a move, asking only what `kept` wants of it (action and conjunct, by index).
    #[must_use]
    pub fn allowed(&self, here: &Completion<'_>, at: usize, kept: &dyn Fn(usize, usize) -> bool) -> bool {
        let step = &self.moves.steps[at];
        let guard = self.rulebook.machine.actions[step.action].guard.iter().enumerate();
        let mut demanded = guard.filter(|(conjunct, one)| {
            one.window.is_none() && one.requirement.level == Level::Error && kept(step.action, *conjunct)
        });
        let arguments = step::arguments(step);
        demanded.all(|(_, one)| step::satisfied(here, &one.requirement, &arguments, false))
    }

    /// The states of the concrete machine along a way, the first one included; `None` where a guard that `kept` wants forbids a
    /// step.
    #[must_use]
    pub fn along(&self, way: &[usize], kept: &dyn Fn(usize, usize) -> bool) -> Option<Vec<Vec<Value>>> {
        let mut states = vec![step::start(&self.fixed(), &self.layout)];
        for at in way {
            let here = self.at(states.last()?);
            if !self.allowed(&here, *at, kept) {
                return None;
            }
            let step = &self.moves.steps[*at];
            let after = step::apply(&here, &self.rulebook.machine.actions[step.action], step);
            states.push(after);
        }
        Some(states)
    }

    /// Whether the concrete machine goes a way, asking only what `kept` wants of its guards (action and conjunct, by index), and
    /// what is wrong at its end: a hazard or an invariant, by index.
    #[must_use]
    pub fn replayed(&self, way: &[usize], kept: &dyn Fn(usize, usize) -> bool) -> Option<Vec<usize>> {
        let states = self.along(way, kept)?;
        let here = self.at(states.last()?);
        let hazards = self.rulebook.machine.hazards.iter().enumerate();
        Some(hazards.filter(|(_, hazard)| !step::satisfied(&here, hazard, &[], true)).map(|(at, _)| at).collect())
    }

    /// Whether the concrete machine goes a way to a state short of the goals in which nothing that it allows makes a difference.
    #[must_use]
    pub fn is_stuck_after(&self, way: &[usize]) -> bool {
        let Some(states) = self.along(way, &|_, _| true) else { return false };
        let Some(values) = states.last() else { return false };
        let here = self.at(values);
        let actions = &self.rulebook.machine.actions;
        let is_done = |cure: &usize| way.iter().any(|at| self.moves.steps[*at].action == *cure);
        let goals = self.rulebook.machine.goals.iter().filter(|goal| goal.level == Level::Error);
        let is_reached = goals.into_iter().all(|goal| step::satisfied(&here, goal, &[], false));
        let makes_none = |at: usize| {
            let step = &self.moves.steps[at];
            let is_new = self.cures.contains(&step.action) && !is_done(&step.action);
            !self.allowed(&here, at, &|_, _| true) || !is_new && step::apply(&here, &actions[step.action], step) == *values
        };
        !(is_reached && self.cures.iter().all(is_done)) && (0..self.moves.steps.len()).all(makes_none)
    }
}

/// The actions, by index, that cure what is wrong with a site.
///
/// # Errors
/// What is wrong and no action cures, in lines.
pub fn cures(rulebook: &Rulebook, judgement: &Judgement) -> Result<Vec<usize>, Vec<String>> {
    let (mut cures, mut left) = (Vec::new(), Vec::new());
    for finding in judgement.findings.iter().filter(|finding| finding.level != Level::Note) {
        let cure = rulebook.rule(&finding.code).and_then(|rule| rule.cure.as_deref());
        match cure.and_then(|action| rulebook.machine.action(action)) {
            Some(action) => cures.push(action),
            None if finding.level == Level::Error => left.push(format!("the site is not legal: {}", finding.message)),
            None => {}
        }
    }
    cures.sort_unstable();
    cures.dedup();
    if left.is_empty() { Ok(cures) } else { Err(left) }
}

fn system(rulebook: &Rulebook, site: &Site, moves: &Plan, cures: &[usize]) -> Result<System, Vec<String>> {
    let layout = Layout::new(&rulebook.vocabulary, site);
    let base = Symbolic { vocabulary: &rulebook.vocabulary, site, state: None };
    match bare(&Walk { rulebook, base, layout: &layout, plan: moves }, cures) {
        Ok(bare) => Ok(System::new(bare)),
        Err(Obstacle::Missing(holes)) => {
            let name = |hole: usize| site.fact_name(&rulebook.vocabulary, site.holes[hole].record, site.holes[hole].field);
            let mut names: Vec<String> = holes.into_iter().map(name).collect();
            names.dedup();
            Err(vec![format!("it depends on facts that the site does not state: {}", names.join(", "))])
        }
        Err(Obstacle::Numbers(variable)) => {
            let name = variable.map_or("a condition", |variable| &rulebook.vocabulary.state[variable].name);
            Err(vec![format!("`{name}` can have too many values to tell each apart")])
        }
    }
}
