//! What was done against the plan and the machine: where it first left the plan, whether that did harm, what was lost.

use super::progress::{Objection, Progress, Status};
use super::situation::{self, About};
use crate::engine::logic::term::TRUE;
use crate::engine::verification::walk::Walk;
use crate::model::evidence::shows;
use crate::model::journal::{Event, Outcome};
use crate::model::log::Logged;
use crate::model::time::Moment;
use crate::source::text::printable;
use std::collections::BTreeMap;

/// Where what was done is not what was planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// The line of the log.
    pub line: usize,
    /// The step, if it is about one.
    pub step: Option<String>,
    /// Its code.
    pub code: &'static str,
    /// What is different.
    pub message: String,
}

/// Something that the machine forbids and that was done, or a goal that was missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Harm {
    /// The line of the log; `None` for a goal.
    pub line: Option<usize>,
    /// The step; `None` for a goal.
    pub step: Option<String>,
    /// What is wrong.
    pub objection: Objection,
}

/// A stretch of the outage that the rulebook names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The step that brought it about, and when that was begun; `None` if it was there before.
    pub from: Option<(String, Moment)>,
    /// The step that ended it, and when that was done; `None` if it lasts.
    pub to: Option<(String, Moment)>,
}

impl Lost {
    /// How many minutes it lasted at most, if both ends are known.
    #[must_use]
    pub fn minutes(&self) -> Option<i64> {
        self.to.as_ref().zip(self.from.as_ref()).map(|((_, to), (_, from))| to.seconds_since(from) / 60)
    }
}

/// What an audit found.
#[derive(Clone, Debug, Default)]
pub struct Audited {
    /// Every deviation from the plan, in the order of the log.
    pub deviations: Vec<Deviation>,
    /// Every violation, certain or possible, of error level and below; guards and hazards in the order of the log, then goals.
    pub harm: Vec<Harm>,
    /// Stretches of the outage.
    pub lost: Vec<Lost>,
    /// How many of them the plan itself has.
    pub lost_planned: usize,
    /// What the rulebook calls the outage.
    pub outage: Option<(String, String)>,
    /// What is different from what the same steps of the plan would have left.
    pub differences: Vec<About>,
    /// Steps of which nobody kept what the screen showed, each with the reason that was given.
    pub unshown: Vec<String>,
    /// Steps that are neither done nor left out.
    pub unfinished: Vec<String>,
}

impl Audited {
    /// Whether anything that the machine forbids was done, or a goal was missed, for certain.
    #[must_use]
    pub fn is_harmful(&self) -> bool {
        self.harm.iter().any(|harm| harm.objection.forbids())
    }
}

/// What is in a log of one plan.
pub struct Part<'a> {
    /// The plan on its site.
    pub walk: Walk<'a>,
    /// How many of its steps are planned. Those that follow are in it because they were done.
    pub planned: usize,
    /// What was done.
    pub log: Vec<Logged>,
}

/// Audits a log of a plan, and of those that took its place one after the other.
#[must_use]
pub fn audit(first: &Part<'_>, others: &[Part<'_>]) -> Audited {
    let Part { walk, planned, log } = first;
    let (walk, planned) = (*walk, *planned);
    let mut progress = Progress::new(walk);
    progress.set_aside(planned);
    let outage = walk.rulebook.machine.outage.as_ref().map(|outage| (outage.name.clone(), outage.doc.clone()));
    let mut audit = Audit { progress, planned, out: Audited { outage, ..Audited::default() }, labels: BTreeMap::new() };
    if audit.in_outage() {
        audit.out.lost.push(Lost { from: None, to: None });
    }
    for one in log {
        audit.take(one);
    }
    for part in others {
        audit.progress = Progress::new(part.walk);
        audit.planned = part.planned;
        for one in &part.log {
            audit.take(one);
        }
    }
    audit.end()
}

struct Audit<'a> {
    progress: Progress<'a>,
    planned: usize,
    out: Audited,
    /// Label and name, both ways round.
    labels: BTreeMap<String, String>,
}

impl Audit<'_> {
    /// The name of the step that a line is about; the plan's where it has one.
    fn called(&self, one: &Logged) -> Option<String> {
        let planned = one.planned.map(|step| self.progress.walk().plan.steps[step].id.as_str());
        planned.or(one.event.step()).map(printable)
    }

    fn deviates(&mut self, one: &Logged, code: &'static str, message: String) {
        let step = self.called(one);
        self.out.deviations.push(Deviation { line: one.line, step, code, message });
    }

    fn take(&mut self, one: &Logged) {
        if let Event::Changed(changed) = &one.event {
            let message = format!("from here on `{}` is carried out in the place of the plan", printable(&changed.plan));
            return self.deviates(one, "plan-changed", message);
        }
        let Some(id) = one.event.step() else { return };
        let Some(step) = self.progress.step(id) else {
            return self.deviates(one, "not-in-plan", "the plan has no such step".to_owned());
        };
        let time = self.time(one);
        for differs in &one.differs {
            let code = if one.planned.is_some() { "otherwise-than-planned" } else { "not-in-plan" };
            self.deviates(one, code, differs.clone());
        }
        match &one.event {
            Event::Started { again, .. } => self.started(one, step, time, again.is_some()),
            Event::Done(outcome) => {
                self.actor(one, step);
                self.evidence(one, step, outcome);
                self.label(one, outcome);
            }
            Event::Failed(outcome) => {
                let how = outcome.fault.as_ref().map_or_else(String::new, |fault| format!(": {}", printable(fault)));
                self.deviates(one, "failed", format!("the attempt failed{how}"));
                self.label(one, outcome);
            }
            Event::Skipped { reason, .. } => self.deviates(one, "left-out", format!("it was left out: {}", printable(reason))),
            Event::Opened(_) | Event::Changed(_) => {}
        }
        let began = match self.progress.standing().statuses[step] {
            Status::UnderWay(since) => Some(since),
            _ => None,
        };
        let before = self.progress.hazards();
        let was_out = self.in_outage();
        if let Err(why) = self.progress.advance(time, &one.event) {
            return self.deviates(one, "unknown-fault", why);
        }
        if step >= self.planned && !matches!(one.event, Event::Started { .. }) {
            if let Some(planned) = one.planned {
                self.progress.counts_as(step, planned);
            }
            self.progress.set_aside(self.planned);
        }
        let new = self.progress.hazards().into_iter().filter(|hazard| !before.contains(hazard));
        let step_name = self.called(one);
        self.out.harm.extend(new.map(|objection| Harm { line: Some(one.line), step: step_name.clone(), objection }));
        let ended = self.called(one).map(|id| (id, time));
        let began = ended.clone().map(|(id, time)| (id, began.unwrap_or(time)));
        match (was_out, self.in_outage()) {
            (false, true) => self.out.lost.push(Lost { from: began, to: None }),
            (true, false) => {
                if let Some(last) = self.out.lost.last_mut() {
                    last.to = ended;
                }
            }
            _ => {}
        }
    }

    /// When it happened. Without a time, or with one before the last: as the last.
    fn time(&mut self, one: &Logged) -> Moment {
        let last = self.progress.last();
        match (one.time, last) {
            (Some(time), Some(last)) if time.seconds_since(&last) < 0 => {
                self.deviates(
                    one,
                    "time-goes-back",
                    format!("it is said to have been at {time}, and what comes before it at {last}"),
                );
                last
            }
            (Some(time), _) => time,
            (None, last) => {
                self.deviates(one, "time-missing", "the log does not say when".to_owned());
                last.unwrap_or_else(Moment::unknown)
            }
        }
    }

    fn started(&mut self, one: &Logged, step: usize, time: Moment, again: bool) {
        let stands_for = one.planned.unwrap_or(step);
        if stands_for < self.planned && self.progress.standing().statuses[stands_for] == Status::Done {
            let why = if again { "it was done once more" } else { "it was done a second time, and no reason is given" };
            self.deviates(one, "done-again", why.to_owned());
        }
        let mut found = self.progress.needs(step, time);
        if stands_for != step {
            found.extend(self.progress.needs(stands_for, time).into_iter().filter(|one| one.place.is_none()));
        }
        for objection in found {
            let step = self.called(one);
            match objection.code.as_str() {
                "out-of-order" => self.deviates(one, "out-of-order", objection.message),
                "window-passed" => self.deviates(one, "window-passed", objection.message),
                _ => self.out.harm.push(Harm { line: Some(one.line), step, objection }),
            }
        }
    }

    fn actor(&mut self, one: &Logged, step: usize) {
        let Some(person) = &one.person else { return };
        let planned = one.planned.unwrap_or(step);
        for (code, message) in self.progress.actor_differs(planned, step, person) {
            self.deviates(one, code, message);
        }
    }

    fn evidence(&mut self, one: &Logged, step: usize, outcome: &Outcome) {
        let action = self.progress.walk().action(step);
        let Some(evidence) = &outcome.evidence else {
            if !self.progress.expected(step).is_empty() {
                let why = outcome.unseen.as_ref().map_or_else(String::new, |why| format!(" ({})", printable(why)));
                let name = self.called(one).unwrap_or_default();
                self.out.unshown.push(format!("{name}{why}"));
            }
            return;
        };
        let fault = action.faults.iter().flat_map(|fault| &fault.shows).find(|words| shows(words, evidence));
        let missing = self.progress.expected(step).missing(evidence);
        if let Some(words) = fault {
            self.deviates(
                one,
                "evidence-of-failure",
                format!("it is said to be done, and the screen showed `{}`", printable(words)),
            );
        } else if let Some(line) = missing {
            self.deviates(one, "evidence-does-not-fit", format!("the screen did not show `{}`", printable(&line)));
        }
    }

    fn label(&mut self, one: &Logged, outcome: &Outcome) {
        for (name, label) in &outcome.labels {
            for (key, value) in [(format!("name {name}"), label), (format!("label {label}"), name)] {
                match self.labels.insert(key.clone(), value.clone()) {
                    Some(known) if known != *value => {
                        let message = format!(
                            "`{}` is labelled `{}`; before, this was `{}`",
                            printable(name),
                            printable(label),
                            printable(&known)
                        );
                        self.deviates(one, "other-label", message);
                        self.labels.insert(key, known);
                        break;
                    }
                    _ => {}
                }
            }
        }
    }

    fn in_outage(&self) -> bool {
        let walk = self.progress.walk();
        let values = self.progress.standing().values;
        walk.rulebook.machine.outage.as_ref().is_some_and(|outage| walk.at(values, None).holds(&outage.is, &[]) == TRUE)
    }

    fn end(mut self) -> Audited {
        let walk = *self.progress.walk();
        let standing = self.progress.standing();
        let unsettled = |step: &usize| !matches!(standing.statuses[*step], Status::Done | Status::Skipped);
        let open: Vec<usize> = (0..self.planned).filter(unsettled).collect();
        self.out.unfinished = open.iter().map(|&step| printable(&walk.plan.steps[step].id)).collect();
        if open.is_empty() {
            let goals = self.progress.goals().into_iter();
            self.out.harm.extend(goals.map(|objection| Harm { line: None, step: None, objection }));
        }
        self.out.differences = situation::differences(&walk, &self.progress.as_planned(), self.progress.standing().values);
        // Of several plans none says how often.
        let is_one = walk.plan.past.is_empty();
        self.out.lost_planned = if is_one { self.planned_outages() } else { self.out.lost.len() };
        self.out
    }

    fn planned_outages(&self) -> usize {
        let walk = *self.progress.walk();
        let Some(outage) = &walk.rulebook.machine.outage else { return 0 };
        let (mut values, mut was, mut count) = (walk.start(), false, 0);
        for step in walk.plan.order().into_iter().filter(|step| *step < self.planned) {
            let is = walk.at(&values, None).holds(&outage.is, &[]) == TRUE;
            count += usize::from(is && !was);
            was = is;
            values = walk.apply(&values, step);
        }
        count
    }
}
