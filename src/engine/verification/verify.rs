//! A plan against the machine of a rulebook: in every order that it allows, each guard holds when its step starts, no
//! hazard is reached, and the goals hold at the end; and its windows of time are kept.

use super::doers::doers;
use super::every_order::Engine;
use super::lint::{Judgement, Undecided, Verdict, missing};
use super::repair;
use super::stretch::outages;
use super::times::times;
use super::walk::{Cause, Problem, Walk};
use super::wording;
use crate::engine::logic::decide::Disagreement;
use crate::engine::logic::symbolic::{State, Symbolic};
use crate::engine::logic::term::FALSE;
use crate::model::eval::Completion;
use crate::model::plan::{Past, Plan};
use crate::model::read_plan;
use crate::model::site::Site;
use crate::model::state::Layout;
use crate::model::step;
use crate::source::finding::{Finding, Label, Level, TraceStep};
use crate::source::text::{Span, printable};
use crate::source::yaml::Node;
use crate::spec::rulebook::Rulebook;

/// What is wrong with the plan that `root` is, on a site.
#[must_use]
pub fn verify(rulebook: &Rulebook, site: Site, root: &Node<'_>, engine: Engine) -> Judgement {
    verify_on(rulebook, site, Vec::new(), root, engine)
}

/// The same for a plan before which something was done. The site has the records that earlier plans name.
#[must_use]
pub fn verify_on(rulebook: &Rulebook, mut site: Site, past: Vec<Past>, root: &Node<'_>, engine: Engine) -> Judgement {
    let (plan, mut findings) = read_plan::read_on(&rulebook.vocabulary, &rulebook.machine, &mut site, past, root);
    let mut judgement = Judgement {
        findings: Vec::new(),
        undecided: Vec::new(),
        applied: Vec::new(),
        due_later: Vec::new(),
        outages: Vec::new(),
        questions: Vec::new(),
        disagreements: Vec::new(),
        verdict: Verdict::Violated,
    };
    // A step that could not be read would make every later one look wrong.
    if findings.iter().all(|finding| finding.code == "unknown-field") {
        let layout = Layout::new(&rulebook.vocabulary, &site);
        let base = Symbolic { vocabulary: &rulebook.vocabulary, site: &site, state: None };
        let walk = Walk { rulebook, base, layout: &layout, plan: &plan };
        let verifying = Verifying { walk, engine, steps_key: steps_key(root) };
        verifying.all(&mut judgement);
    }
    findings.append(&mut judgement.findings);
    // The edges that mend the plan first: most of what follows goes with them.
    let rank = |finding: &Finding| finding.code != repair::CODE;
    findings.sort_by(|a, b| (rank(a), a.primary.span, &a.code, &a.message).cmp(&(rank(b), b.primary.span, &b.code, &b.message)));
    judgement.findings = findings;
    judgement.verdict = if judgement.findings.iter().any(|finding| finding.level == Level::Error) {
        Verdict::Violated
    } else if judgement.undecided.iter().any(|rule| rule.level == Level::Error) {
        Verdict::CannotTell
    } else {
        Verdict::Holds
    };
    judgement
}

fn steps_key(root: &Node<'_>) -> Span {
    let key = root.entries().unwrap_or_default().iter().find(|(key, _)| key.scalar() == Some("steps"));
    key.map_or(root.span, |(key, _)| key.span)
}

struct Verifying<'a> {
    walk: Walk<'a>,
    engine: Engine,
    steps_key: Span,
}

impl Verifying<'_> {
    fn all(&self, out: &mut Judgement) {
        if let Err(disagreement) = self.every_order(out) {
            out.disagreements.push(disagreement);
        }
        out.outages = outages(&self.walk);
        doers(&self.walk, out);
        times(&self.walk, out);
    }

    fn every_order(&self, out: &mut Judgement) -> Result<(), Disagreement> {
        let walked = self.engine.look(&self.walk)?;
        for problem in &walked.problems {
            if problem.instance.holds == FALSE {
                out.disagreements.extend(self.replay(problem));
                out.findings.push(self.finding(problem));
            } else {
                self.undecided(out, problem);
            }
        }
        if walked.gave_up {
            let gave_up = Some(self.engine.gave_up());
            out.undecided.push(Undecided { code: "every-order".to_owned(), level: Level::Error, facts: Vec::new(), gave_up });
        } else {
            out.findings.extend(repair::order(&self.walk, self.engine, &walked, self.steps_key)?);
        }
        Ok(())
    }

    fn plan(&self) -> &Plan {
        self.walk.plan
    }

    /// Walks the way with the concrete meaning. A disagreement is our bug.
    fn replay(&self, problem: &Problem) -> Option<Disagreement> {
        let site = self.walk.base.site;
        let filled: Vec<i64> = (0..site.holes.len()).map(|hole| site.ranges(hole).first().map_or(0, |range| range.0)).collect();
        let completion = Completion { vocabulary: self.walk.base.vocabulary, site, filled: &filled, state: None, watch: None };
        let mut values = step::after_past(&completion, self.walk.layout, &self.walk.rulebook.machine, &self.plan().past);
        for done in &problem.trace {
            let before = Completion { state: Some((self.walk.layout, &values)), ..completion };
            values = step::apply(&before, self.walk.action(*done), &self.plan().steps[*done]);
        }
        let completion = Completion { state: Some((self.walk.layout, &values)), ..completion };
        let requirement = self.walk.requirement(problem.cause);
        let (frame, never) = match problem.cause {
            Cause::Guard { step, .. } => (step::arguments(&self.plan().steps[step]), false),
            Cause::Hazard(_) => (Vec::new(), true),
            Cause::Goal(_) => (Vec::new(), false),
        };
        let concrete = step::satisfied(&completion, requirement, &frame, never);
        concrete.then(|| Disagreement { code: requirement.code.clone(), symbolic: false, concrete })
    }

    fn finding(&self, problem: &Problem) -> Finding {
        let requirement = self.walk.requirement(problem.cause);
        let states = self.walk.states(&problem.trace);
        let values = &states[states.len() - 1];
        let state = State { layout: self.walk.layout, values, reads: None };
        let symbolic = Symbolic { state: Some(state), ..self.walk.base };
        let frame = &problem.instance.frame;
        let trace = self.trace(problem, &states);
        let mut finding = wording::required(self.walk.rulebook, requirement, self.place(problem.cause, &problem.trace));
        finding.message = wording::words(symbolic, &requirement.message, frame);
        finding.help = Some(wording::words(symbolic, &requirement.help, frame));
        finding.others = trace
            .iter()
            .filter(|step| !step.changes.is_empty() && step.span != finding.primary.span)
            .map(|step| Label { span: step.span, text: step.changes.join("; ") })
            .collect();
        finding.trace = trace;
        finding
    }

    fn place(&self, cause: Cause, trace: &[usize]) -> Span {
        let steps = &self.plan().steps;
        match cause {
            Cause::Guard { step, conjunct } => {
                let at = self.walk.action(step).guard[conjunct].at;
                at.and_then(|at| steps[step].arguments[at].span).unwrap_or(steps[step].action_span)
            }
            Cause::Hazard(_) => trace.last().map_or(self.steps_key, |last| steps[*last].action_span),
            Cause::Goal(_) => self.steps_key,
        }
    }

    /// The way, with what each step changed of what the violation reads.
    fn trace(&self, problem: &Problem, states: &[Vec<crate::engine::logic::sym::Sym>]) -> Vec<TraceStep> {
        let mut out = Vec::new();
        for (number, step) in problem.trace.iter().enumerate() {
            let (before, after) = (&states[number], &states[number + 1]);
            let changed = problem.reads.iter().copied().filter(|&place| before[place] != after[place]);
            let changes = changed.map(|place| self.value_words(place, &after[place])).collect();
            let step = &self.plan().steps[*step];
            out.push(TraceStep { step: step.id.clone(), span: step.action_span, changes });
        }
        out
    }

    /// `cms_state(new) is single-user`.
    fn value_words(&self, place: usize, value: &crate::engine::logic::sym::Sym) -> String {
        let vocabulary = self.walk.base.vocabulary;
        let (variable, records) = self.walk.layout.at(place);
        let variable = &vocabulary.state[variable];
        let site = self.walk.base.site;
        let names: Vec<String> = records.iter().map(|record| site.record_name(vocabulary, *record)).collect();
        let of = if names.is_empty() { String::new() } else { format!("({})", names.join(", ")) };
        let shown = match value.value(&variable.ty) {
            Some(value) => site.display(vocabulary, &variable.ty, &value),
            None => "unknown".to_owned(),
        };
        printable(&format!("{}{of} is now {}", variable.name, if shown.is_empty() { "empty" } else { &shown }))
    }

    fn undecided(&self, out: &mut Judgement, problem: &Problem) {
        let requirement = self.walk.requirement(problem.cause);
        let facts = missing(self.walk.base.site, self.walk.base, &problem.instance.holds);
        match out.undecided.iter_mut().find(|known| known.code == requirement.code) {
            Some(known) => {
                known.facts.extend(facts);
                known.facts.sort();
                known.facts.dedup();
            }
            None => {
                out.undecided.push(Undecided { code: requirement.code.clone(), level: requirement.level, facts, gave_up: None });
            }
        }
    }
}
