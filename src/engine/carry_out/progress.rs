//! How far a plan has been carried out: the actual state, what may be done now, and what speaks against a step.

use super::screen::screen;
use crate::engine::logic::sym::Sym;
use crate::engine::logic::term::{Bool, FALSE, TRUE};
use crate::engine::verification::doers::against;
use crate::engine::verification::lint::missing;
use crate::engine::verification::walk::Walk;
use crate::engine::verification::wording;
use crate::model::evidence::Screen;
use crate::model::journal::{Event, Outcome};
use crate::model::plan::{Past, Step};
use crate::model::site::Site;
use crate::model::time::Moment;
use crate::source::finding::Level;
use crate::source::text::printable;
use crate::spec::machine::{Fault, Requirement, Window};
use crate::spec::read_machine::ACTOR;
use crate::spec::types::{Type, Value};
use std::collections::BTreeMap;

/// What has become of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing yet.
    Open,
    /// It was begun, at that time, and has not ended.
    UnderWay(Moment),
    /// It is done.
    Done,
    /// The last attempt failed, with that fault of its action if it has any.
    Failed(Option<String>),
    /// It is left out.
    Skipped,
}

/// Something that speaks against a step, or against ending here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// Its code.
    pub code: String,
    /// How bad it is: an error that is certain forbids.
    pub level: Level,
    /// What is wrong.
    pub message: String,
    /// What to do, if anything is to be said.
    pub help: String,
    /// The manual's number and page, where the rulebook speaks.
    pub place: Option<String>,
    /// Whether it is so, and not only possible as far as the site's facts go.
    pub is_certain: bool,
}

impl Objection {
    /// Whether it forbids.
    #[must_use]
    pub fn forbids(&self) -> bool {
        self.is_certain && self.level == Level::Error
    }
}

/// What a continuation of the plan would have to start from.
#[derive(Clone, Copy)]
pub struct Standing<'p> {
    /// The site, with the records that only the plan names.
    pub site: &'p Site,
    /// The actual state: a value for each place of the layout.
    pub values: &'p [Sym],
    /// For each step of the plan, what has become of it.
    pub statuses: &'p [Status],
}

/// A plan that is being carried out.
#[derive(Clone)]
pub struct Progress<'a> {
    walk: Walk<'a>,
    values: Vec<Sym>,
    statuses: Vec<Status>,
    labels: BTreeMap<String, String>,
    /// What ended, and the step of this plan that it was an attempt at; none if it was before this plan.
    past: Vec<(Past, Option<usize>)>,
    last: Option<Moment>,
}

impl<'a> Progress<'a> {
    /// A plan of which nothing has been done yet.
    #[must_use]
    pub fn new(walk: Walk<'a>) -> Self {
        let (statuses, before) = (vec![Status::Open; walk.plan.steps.len()], &walk.plan.past);
        let labels = before.iter().flat_map(|one| one.labels.clone()).collect();
        let past = before.iter().map(|one| (one.clone(), None)).collect();
        Self { values: walk.start(), walk, statuses, labels, past, last: before.last().map(|one| one.ended) }
    }

    /// The plan on its site.
    #[must_use]
    pub fn walk(&self) -> &Walk<'a> {
        &self.walk
    }

    /// What a continuation would have to start from.
    #[must_use]
    pub fn standing(&self) -> Standing<'_> {
        Standing { site: self.walk.base.site, values: &self.values, statuses: &self.statuses }
    }

    /// The step of that name.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<usize> {
        self.walk.plan.steps.iter().position(|step| step.id == id)
    }

    /// When the last thing happened.
    #[must_use]
    pub fn last(&self) -> Option<Moment> {
        self.last
    }

    /// What stands on a thing that only the plan names, by its name in the plan.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str)
    }

    /// The thing of the plan that has this label.
    #[must_use]
    pub fn labelled(&self, label: &str) -> Option<&str> {
        self.labels.iter().find(|(_, known)| *known == label).map(|(name, _)| name.as_str())
    }

    /// Takes up what happened, whether it was allowed or not.
    ///
    /// # Errors
    /// That the plan has no such step, or its action no such fault.
    pub fn advance(&mut self, time: Moment, event: &Event) -> Result<(), String> {
        self.last = Some(time);
        let Some(id) = event.step() else { return Ok(()) };
        let step = self.step(id).ok_or_else(|| format!("the plan has no step `{}`", printable(id)))?;
        match event {
            Event::Opened(_) | Event::Changed(_) => {}
            Event::Started { .. } => self.statuses[step] = Status::UnderWay(time),
            Event::Skipped { .. } => self.statuses[step] = Status::Skipped,
            Event::Done(outcome) => {
                self.values = self.walk.apply(&self.values, step);
                self.ended(step, (Status::Done, None), time, outcome);
            }
            Event::Failed(outcome) => {
                let fault = self.fault(step, outcome.fault.as_deref())?;
                self.values = self.walk.changed(&self.values, step, fault.map_or(&[], |fault| &fault.effects));
                let fault = fault.and_then(|fault| self.walk.action(step).faults.iter().position(|one| one.name == fault.name));
                self.ended(step, (Status::Failed(outcome.fault.clone()), fault), time, outcome);
            }
        }
        Ok(())
    }

    fn ended(&mut self, step: usize, (status, fault): (Status, Option<usize>), ended: Moment, outcome: &Outcome) {
        let (is_done, labels) = (status == Status::Done, outcome.labels.clone());
        self.statuses[step] = status;
        self.labels.extend(labels.clone());
        self.past.push((Past { step: self.walk.plan.steps[step].clone(), is_done, fault, ended, labels }, Some(step)));
    }

    /// Everything that has ended so far, what was before this plan included.
    #[must_use]
    pub fn past(&self) -> Vec<Past> {
        self.past.iter().map(|(past, _)| past.clone()).collect()
    }

    /// Leaves these steps out of what is still to do: they are in the plan only because they were done.
    pub fn set_aside(&mut self, from: usize) {
        self.statuses.iter_mut().skip(from).for_each(|status| *status = Status::Skipped);
    }

    /// What became of `step` is what became of `planned`, which it was done instead of.
    pub fn counts_as(&mut self, step: usize, planned: usize) {
        self.statuses[planned] = self.statuses[step].clone();
        let stated = &self.walk.plan.steps[planned];
        if let Some((past, here)) = self.past.last_mut().filter(|(_, here)| *here == Some(step)) {
            (past.step, *here) = (stated.clone(), Some(planned));
        }
    }

    /// What came out of the steps that are done, if each had been done as the plan states it and in its listed order.
    #[must_use]
    pub fn as_planned(&self) -> Vec<Sym> {
        let done = self.walk.plan.order().into_iter().filter(|&step| self.statuses[step] == Status::Done);
        done.fold(self.walk.start(), |values, step| self.walk.apply(&values, step))
    }

    fn fault(&self, step: usize, name: Option<&str>) -> Result<Option<&'a Fault>, String> {
        let Some(name) = name else { return Ok(None) };
        let action = self.walk.action(step);
        let found = action.faults.iter().find(|fault| fault.name == name);
        found.map(Some).ok_or_else(|| format!("`{}` knows no fault `{}`", action.name, printable(name)))
    }

    /// Things that only the plan names, in a step: the kind of record, and the name.
    #[must_use]
    pub fn media(&self, step: usize) -> Vec<(&'a str, String)> {
        let vocabulary = self.walk.base.vocabulary;
        let of_plan = |kind: usize| {
            let fields = &vocabulary.site_record().fields;
            fields.iter().any(|field| field.of_plan && matches!(&field.ty, Type::List(inner, _) if **inner == Type::Record(kind)))
        };
        let mut out = Vec::new();
        for argument in &self.walk.plan.steps[step].arguments {
            let Value::Record(record) = argument.value else { continue };
            let kind = self.walk.base.site.records[record].kind;
            if of_plan(kind) {
                let name = self.walk.base.site.key_text(vocabulary, record).unwrap_or_default();
                out.push((vocabulary.records[kind].name.as_str(), name.to_owned()));
            }
        }
        out
    }

    /// What the screen must show for a step.
    #[must_use]
    pub fn expected(&self, step: usize) -> Screen {
        let symbolic = self.walk.at(&self.values, None);
        // What cannot be told is not demanded.
        screen(symbolic, self.walk.action(step), &self.walk.arguments(step), true)
    }

    /// That a step is done by another than the plan gives it to, or than the manual does: each with its code. Who does it is
    /// a word for an actor, alone or in parentheses behind a person's name; of other names nothing can be said.
    #[must_use]
    pub fn actor_differs(&self, planned: usize, done: usize, person: &str) -> Vec<(&'static str, String)> {
        let (vocabulary, action) = (self.walk.base.vocabulary, self.walk.action(done));
        let Some(actors) = vocabulary.enumeration(ACTOR).map(|id| &vocabulary.enumerations[id]) else { return Vec::new() };
        let word = person.rsplit_once('(').map_or(person, |(_, word)| word).trim_end_matches(')').trim();
        let Some(actor) = actors.value(word) else { return Vec::new() };
        let mut out = Vec::new();
        if let Some((by, _)) = self.walk.plan.steps[planned].by.filter(|(by, _)| *by != actor) {
            out.push(("other-actor", format!("the {word} did it, the plan gives it to the {}", actors.values[by].name)));
        }
        if !action.by.is_empty() && !action.by.contains(&actor) {
            out.push(("wrong-actor", format!("`{}` is no work of the {word}", action.name)));
        }
        for (requirement, _) in against(&self.walk, done, actor).into_iter().filter(|(_, applies)| *applies == TRUE) {
            let frame = self.walk.arguments(done);
            out.push(("wrong-actor", wording::words(self.walk.base, &requirement.message, &frame)));
        }
        out
    }

    fn is_settled(&self, step: usize) -> bool {
        matches!(self.statuses[step], Status::Done | Status::Skipped)
    }

    /// Whether every step is done or left out.
    #[must_use]
    pub fn is_over(&self) -> bool {
        (0..self.statuses.len()).all(|step| self.is_settled(step))
    }

    /// The steps that were begun and have not ended.
    #[must_use]
    pub fn under_way(&self) -> Vec<usize> {
        (0..self.statuses.len()).filter(|&step| matches!(self.statuses[step], Status::UnderWay(_))).collect()
    }

    /// The steps that wait for none of their predecessors, in the order of the plan.
    #[must_use]
    pub fn next(&self) -> Vec<usize> {
        let is_free =
            |step: usize| matches!(self.statuses[step], Status::Open | Status::Failed(_)) && self.waits_for(step).is_empty();
        (0..self.statuses.len()).filter(|&step| is_free(step)).collect()
    }

    fn waits_for(&self, step: usize) -> Vec<usize> {
        self.walk.plan.steps[step].after.iter().copied().filter(|&before| !self.is_settled(before)).collect()
    }

    /// What speaks against beginning a step at that time: the plan's order, guards, windows of time, and hazards that it
    /// would bring about.
    #[must_use]
    pub fn objections(&self, step: usize, at: Moment) -> Vec<Objection> {
        let mut out = self.needs(step, at);
        let after = self.walk.apply(&self.values, step);
        out.extend(self.new_hazards(&after));
        out
    }

    /// What a step that begins at that time needs and does not have: the plan's order, guards, windows of time.
    #[must_use]
    pub fn needs(&self, step: usize, at: Moment) -> Vec<Objection> {
        let mut out = Vec::new();
        for before in self.waits_for(step) {
            let before_id = printable(&self.walk.plan.steps[before].id);
            let (message, help) = match &self.statuses[before] {
                Status::Failed(_) => {
                    (format!("`{before_id}` failed, and comes before it"), "repeat that step, or skip it with a reason")
                }
                _ => (format!("`{before_id}` comes before it and is not done"), "do that step first, or skip it with a reason"),
            };
            out.push(own("out-of-order", message, help));
        }
        out.extend(self.guards(&self.values, step));
        out.extend(self.windows(step, at));
        out.extend(self.drives(step));
        out
    }

    /// Steps under way that have the drive of this one.
    fn drives(&self, step: usize) -> Vec<Objection> {
        let (machine, steps) = (&self.walk.rulebook.machine, &self.walk.plan.steps);
        let shares = |other: &usize| *other != step && steps[*other].shares_drive(machine, &steps[step]);
        let of = |other: usize| {
            let message = format!("`{}` is under way, and has the same drive", printable(&steps[other].id));
            Objection { level: Level::Warning, ..own("drive-in-use", message, "wait until that one is over") }
        };
        self.under_way().into_iter().filter(shares).map(of).collect()
    }

    /// The guards of a step that do not hold in a state, or might not.
    fn guards(&self, values: &[Sym], step: usize) -> Vec<Objection> {
        let mut out = Vec::new();
        for guard in self.walk.action(step).guard.iter().filter(|guard| guard.window.is_none()) {
            for (instance, _) in self.walk.unmet(values, &guard.requirement, self.walk.arguments(step), false) {
                out.push(self.objection(values, &guard.requirement, &instance.frame, &instance.holds));
            }
        }
        out
    }

    /// Hazards of a state that are not already there.
    fn new_hazards(&self, after: &[Sym]) -> Vec<Objection> {
        let mut out = Vec::new();
        for hazard in &self.walk.rulebook.machine.hazards {
            let known = self.walk.unmet(&self.values, hazard, Vec::new(), true);
            for (instance, _) in self.walk.unmet(after, hazard, Vec::new(), true) {
                if known.iter().all(|(before, _)| before.frame != instance.frame || before.holds != instance.holds) {
                    out.push(self.objection(after, hazard, &instance.frame, &instance.holds));
                }
            }
        }
        out
    }

    /// Hazards that are there now.
    #[must_use]
    pub fn hazards(&self) -> Vec<Objection> {
        self.unmet_all(&self.values, &self.walk.rulebook.machine.hazards, true)
    }

    /// Goals that do not hold now, or might not.
    #[must_use]
    pub fn goals(&self) -> Vec<Objection> {
        self.unmet_all(&self.values, &self.walk.rulebook.machine.goals, false)
    }

    fn unmet_all(&self, values: &[Sym], requirements: &[Requirement], never: bool) -> Vec<Objection> {
        let mut out = Vec::new();
        for requirement in requirements {
            for (instance, _) in self.walk.unmet(values, requirement, Vec::new(), never) {
                out.push(self.objection(values, requirement, &instance.frame, &instance.holds));
            }
        }
        out
    }

    fn objection(&self, values: &[Sym], requirement: &Requirement, frame: &[Sym], holds: &Bool) -> Objection {
        let symbolic = self.walk.at(values, None);
        let is_certain = *holds == FALSE;
        let mut message = wording::words(symbolic, &requirement.message, frame);
        if !is_certain {
            let facts = missing(self.walk.base.site, self.walk.base, holds);
            let names: Vec<String> = facts.iter().map(|fact| printable(&fact.name)).collect();
            message = format!("this may be so, the site does not state {}: {message}", names.join(", "));
        }
        Objection {
            code: requirement.code.clone(),
            level: requirement.level,
            message,
            help: wording::words(symbolic, &requirement.help, frame),
            place: Some(format!("{} p. {}", self.walk.rulebook.manual.number, requirement.page)),
            is_certain,
        }
    }

    /// Windows of time that have passed: those of the machine, and those that the plan states.
    fn windows(&self, step: usize, at: Moment) -> Vec<Objection> {
        let mut out = Vec::new();
        let stated = &self.walk.plan.steps[step];
        let passed = |id: &str, ended: &Moment| {
            let minutes = at.seconds_since(ended) / 60;
            format!("{} h {} min have passed since the end of `{}`", minutes / 60, minutes % 60, printable(id))
        };
        let is_over = |ended: &Moment, bound: i64| at.seconds_since(ended) > bound * 60;
        for guard in &self.walk.action(step).guard {
            let Some(window) = &guard.window else { continue };
            let last = self.last_ended(window, stated).map(|index| &self.past[index].0);
            let Some(last) = last.filter(|last| is_over(&last.ended, window.at_most)) else { continue };
            let mut objection = self.objection(&self.values, &guard.requirement, &self.walk.arguments(step), &FALSE);
            objection.message = format!("{} ({})", objection.message, passed(&last.step.id, &last.ended));
            out.push(objection);
        }
        for &(of, bound) in &stated.within {
            let last = self.last_done(of).map(|index| &self.past[index].0);
            if let Some(past) = last.filter(|past| is_over(&past.ended, bound)) {
                let id = &past.step.id;
                let message = format!("the plan allows {bound} min, and {}", passed(id, &past.ended));
                out.push(own("window-passed", message, &format!("repeat it: `again {}` and the reason", printable(id))));
            }
        }
        for &(of, bound) in &stated.since {
            let last = self.walk.plan.past.get(of).filter(|past| is_over(&past.ended, bound));
            if let Some(past) = last {
                let message = format!("the plan allows {bound} min, and {}", passed(&past.step.id, &past.ended));
                out.push(own("window-passed", message, "that step is not of this plan: have the plan changed"));
            }
        }
        out
    }

    /// Which of [`Self::past`] was done last and opens such a window for a later step.
    #[must_use]
    pub fn last_ended(&self, window: &Window, later: &Step) -> Option<usize> {
        let machine = &self.walk.rulebook.machine;
        self.past.iter().rposition(|(past, _)| past.is_done && past.step.opens(machine, window, later))
    }

    /// Which of [`Self::past`] is that step of the plan, done.
    #[must_use]
    pub fn last_done(&self, step: usize) -> Option<usize> {
        self.past.iter().rposition(|(past, here)| past.is_done && *here == Some(step))
    }

    /// What the rest of the plan would run into from here, in the listed order, with each step that failed done once more:
    /// the step, and what is certain to forbid it. Goals come last, without a step.
    #[must_use]
    pub fn ahead(&self) -> Vec<(Option<usize>, Objection)> {
        let mut there = self.clone();
        let mut out: Vec<(Option<usize>, Objection)> = Vec::new();
        let mut note = |step: Option<usize>, found: Vec<Objection>| {
            for objection in found.into_iter().filter(Objection::forbids) {
                if out.iter().all(|(_, known)| (&known.code, &known.message) != (&objection.code, &objection.message)) {
                    out.push((step, objection));
                }
            }
        };
        while let Some(step) = (0..there.statuses.len()).find(|&step| !there.is_settled(step) && there.waits_for(step).is_empty())
        {
            note(Some(step), there.guards(&there.values, step));
            let after = there.walk.apply(&there.values, step);
            note(Some(step), there.new_hazards(&after));
            there.values = after;
            there.statuses[step] = Status::Done;
        }
        note(None, there.goals());
        out
    }
}

fn own(code: &str, message: String, help: &str) -> Objection {
    Objection { code: code.to_owned(), level: Level::Error, message, help: help.to_owned(), place: None, is_certain: true }
}
