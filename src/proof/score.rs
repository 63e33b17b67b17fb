//! The mutation score of a rulebook: of all changes of one thing in it, how many some example notices.
//!
//! A change is noticed where an example says something else with it than without: a finding more or less, on another
//! step, or an answer that can no longer be told. Changed words of the same finding are not noticed.

use super::item::{Assurance, Item, Section, Verdict};
use super::mutant::{Mutant, Target, mutants};
use super::reach::Reach;
use super::reasons::Reason;
use crate::engine::logic::sym::Sym;
use crate::engine::logic::symbolic::Symbolic;
use crate::engine::logic::term::FALSE;
use crate::engine::verification::check::{Mark, example, found};
use crate::engine::verification::doers::doers;
use crate::engine::verification::lint::{Judgement, Selection, Verdict as Answered, lint};
use crate::engine::verification::times::times;
use crate::engine::verification::walk::{Cause, Found, Problem, Visit, Walk, note};
use crate::model::plan::Plan;
use crate::model::site::Site;
use crate::model::state::Layout;
use crate::model::{read_plan, read_site};
use crate::source::text::Source;
use crate::source::yaml;
use crate::spec::expr::{Expr, ExprKind};
use crate::spec::machine::Requirement;
use crate::spec::rule::{Rule, When};
use crate::spec::rulebook::{File, Rulebook};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

/// Plans that leave open more states than this are not asked.
const STATES_MAX: usize = 1_000;
/// How many changes are tried between two words on how far it has come.
const AT_ONCE: usize = 200;

/// A site or a plan that is a test of the rulebook.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Its file.
    pub source: Source,
    /// The file of its site, if it is a plan.
    pub site: Option<Source>,
}

/// What came out.
#[derive(Clone, Debug)]
pub struct Score {
    /// By kind of what is changed: how many changes were noticed, of how many.
    pub kinds: BTreeMap<&'static str, (usize, usize)>,
    /// What nobody noticed, in the order of the files.
    pub survivors: Vec<Mutant>,
    /// Names of plans that leave too much open to be asked.
    pub too_wide: Vec<String>,
}

impl Score {
    /// How many changes were noticed, of how many.
    #[must_use]
    pub fn total(&self) -> (usize, usize) {
        self.kinds.values().fold((0, 0), |(noticed, all), (n, a)| (noticed + n, all + a))
    }

    /// The item of a proof on it; `problems` are tests that do not come out as they say.
    #[must_use]
    pub fn item(&self, reasons: &[Reason], problems: Vec<String>) -> Item {
        let (noticed, all) = self.total();
        let mut detail = problems;
        detail.extend(self.stale(reasons));
        let unexplained = self.survivors.iter().filter(|mutant| {
            let name = mutant.name();
            !reasons.iter().any(|reason| reason.changes.contains(&name))
        });
        detail.extend(unexplained.map(|mutant| format!("unnoticed: {}", mutant.name())));
        let share = percent(noticed, all);
        let claim = format!("of {all} changes some example notices {noticed} ({share}), and there is a reason for the others");
        let verdict = if detail.is_empty() { Verdict::Holds } else { Verdict::Refuted };
        Item { detail, ..about(claim, verdict, Assurance::Proved) }
    }

    /// One line for each reason that is given for a change that is noticed, or that cannot be made.
    #[must_use]
    pub fn stale(&self, reasons: &[Reason]) -> Vec<String> {
        let unnoticed: BTreeSet<String> = self.survivors.iter().map(Mutant::name).collect();
        let named = reasons.iter().flat_map(|reason| &reason.changes).filter(|name| !unnoticed.contains(*name));
        named.map(|name| format!("a reason is given for a change that does not go unnoticed: {name}")).collect()
    }
}

fn about(claim: String, verdict: Verdict, assurance: Assurance) -> Item {
    let (section, subject) = (Section::Mutation, "examples".to_owned());
    Item { section, kind: "score", subject, claim, verdict, assurance, sites: Vec::new(), detail: Vec::new(), known: false }
}

/// The item where the score was not worked out; `why` says how it is.
#[must_use]
pub fn not_run(why: &str) -> Item {
    about(format!("the examples notice changes of the rulebook ({why})"), Verdict::Unknown, Assurance::NotRun)
}

/// `97.3 %`; rounded down, so that only all of them are 100.
#[must_use]
pub fn percent(part: usize, all: usize) -> String {
    let tenths = (part * 1000).checked_div(all).unwrap_or(1000);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// Changes one thing in the rulebook after the other, and asks the examples of its rules and `trials`. `files` are those
/// that the rulebook was read from. `done` is told now and then how many changes have been tried, of how many.
#[must_use]
pub fn score(rulebook: &Rulebook, files: &[File<'_>], trials: &[Trial], done: &mut dyn FnMut(usize, usize)) -> Score {
    let all = mutants(rulebook, files);
    done(0, all.len());
    let scoring = Scoring::new(rulebook, &all, trials);
    let at_a_glance: Vec<AtomicBool> = all.iter().map(|_| AtomicBool::new(false)).collect();
    scoring.plans.par_iter().for_each(|plan| scoring.requirements(plan, &at_a_glance));
    let mut noticed: Vec<bool> = Vec::with_capacity(all.len());
    for (mutants, seen) in all.chunks(AT_ONCE).zip(at_a_glance.chunks(AT_ONCE)) {
        let one_by_one = mutants.par_iter().zip(seen);
        noticed.par_extend(one_by_one.map(|(mutant, seen)| seen.load(Ordering::Relaxed) || scoring.is_noticed(mutant)));
        done(noticed.len(), all.len());
    }
    let mut kinds: BTreeMap<&'static str, (usize, usize)> = BTreeMap::new();
    let mut survivors = Vec::new();
    for (mutant, noticed) in all.iter().zip(noticed) {
        let kind = kinds.entry(mutant.target.kind()).or_default();
        *kind = (kind.0 + usize::from(noticed), kind.1 + 1);
        if !noticed {
            survivors.push(mutant.clone());
        }
    }
    Score { kinds, survivors, too_wide: scoring.too_wide }
}

/// A plan that is asked, read.
struct Asked<'t> {
    trial: &'t Trial,
    site: Site,
    plan: Plan,
    layout: Layout,
    /// What is found in it without a change.
    says: Says,
}

/// What is found in a plan: each cause, for a hazard the step that brings it about, and how often.
type Says = BTreeMap<(Cause, Option<usize>, bool), usize>;

struct Scoring<'r> {
    rulebook: &'r Rulebook,
    /// For each mutant of a guard, a hazard or a goal: the requirement as it is then.
    changed: Vec<Option<Requirement>>,
    mutants: &'r [Mutant],
    plans: Vec<Asked<'r>>,
    sites: Vec<&'r Trial>,
    too_wide: Vec<String>,
}

impl<'r> Scoring<'r> {
    fn new(rulebook: &'r Rulebook, mutants: &'r [Mutant], trials: &'r [Trial]) -> Self {
        let changed = mutants.par_iter().map(|mutant| mutant.requirement(rulebook)).collect();
        let read: Vec<Option<Asked<'r>>> =
            trials.par_iter().filter(|trial| trial.site.is_some()).map(|trial| asked(rulebook, trial)).collect();
        let sites = trials.iter().filter(|trial| trial.site.is_none()).collect();
        let wide = trials.iter().filter(|trial| trial.site.is_some()).zip(&read).filter(|(_, read)| read.is_none());
        let too_wide = wide.map(|(trial, _)| trial.source.name.to_string()).collect();
        let mut plans: Vec<Asked<'r>> = read.into_iter().flatten().collect();
        // Where nothing is wrong most changes are seen.
        plans.sort_by_key(|plan| plan.says.values().sum::<usize>());
        Self { rulebook, changed, mutants, plans, sites, too_wide }
    }

    /// Marks the changed guards, hazards and goals that a plan notices, but for those that another one was seen to notice:
    /// its states are the same with all of them.
    fn requirements(&self, plan: &Asked<'_>, noticed: &[AtomicBool]) {
        let mut states: Vec<(Visit, Vec<Sym>, Vec<usize>)> = Vec::new();
        let walk = plan.walk(self.rulebook);
        walk.visit(STATES_MAX, &mut |visit, values, trace| states.push((visit, values.to_vec(), trace.to_vec())));
        for ((mutant, requirement), noticed) in self.mutants.iter().zip(&self.changed).zip(noticed) {
            let Some(requirement) = requirement.as_ref().filter(|_| !noticed.load(Ordering::Relaxed)) else { continue };
            let mut found: Found = BTreeMap::new();
            for (visit, values, trace) in &states {
                let (cause, frame, never) = match (mutant.target, visit) {
                    (Target::Guard(action, conjunct), Visit::Starts(step)) if plan.plan.steps[*step].action == action => {
                        (Cause::Guard { step: *step, conjunct }, walk.arguments(*step), false)
                    }
                    (Target::Hazard(hazard), Visit::Done) => (Cause::Hazard(hazard), Vec::new(), true),
                    (Target::Goal(goal), Visit::End) => (Cause::Goal(goal), Vec::new(), false),
                    _ => continue,
                };
                note(&mut found, cause, walk.unmet(values, requirement, frame, never), trace);
            }
            let without = plan.says.iter().filter(|((cause, ..), _)| is_of(*cause, mutant.target, &plan.plan));
            if !without.eq(says(found.values()).iter()) {
                noticed.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Whether an example notices a change, asked one by one.
    fn is_noticed(&self, mutant: &Mutant) -> bool {
        let changed = || {
            let mut changed = self.rulebook.clone();
            mutant.put_into(&mut changed);
            changed
        };
        match mutant.target {
            Target::Rule(rule) => self.by_rule(&changed(), &self.rulebook.rules[rule]),
            Target::Guard(action, _) if mutant.is_of_time() => {
                let changed = changed();
                self.plans.iter().any(|plan| plan.does(action) && plan.timed(&changed) != plan.timed(self.rulebook))
            }
            Target::Guard(..) | Target::Hazard(_) | Target::Goal(_) => false,
            Target::Effect(action, _) => {
                let (changed, reach) = (changed(), Reach::of(self.rulebook, mutant.target));
                self.plans.iter().any(|plan| plan.does(action) && plan.notices(&changed, &reach))
            }
            Target::Start(_) => {
                let (changed, reach) = (changed(), Reach::of(self.rulebook, mutant.target));
                self.plans.iter().any(|plan| plan.notices(&changed, &reach))
            }
            Target::Definition(id) => {
                let (changed, reach) = (changed(), Reach::of(self.rulebook, mutant.target));
                let ends = uses(self.rulebook, &self.rulebook.finished, id);
                let concerned = |rule: &Rule| {
                    let parts = [Some(&rule.must), rule.applies.as_ref(), rule.lower.as_ref().map(|(_, condition)| condition)];
                    (ends && rule.when == When::End) || parts.into_iter().flatten().any(|expr| uses(self.rulebook, expr, id))
                };
                let mut rules = self.rulebook.rules.iter();
                rules.any(|rule| concerned(rule) && self.by_rule(&changed, rule))
                    || self.plans.iter().any(|plan| plan.notices(&changed, &reach))
            }
        }
    }

    /// Whether a rule's examples or the sites notice that the rulebook says something else of that rule.
    fn by_rule(&self, changed: &Rulebook, rule: &Rule) -> bool {
        let Some(now) = changed.rule(&rule.code) else { return true };
        if rule.examples.iter().any(|one| example(changed, now, one, true).is_err()) {
            return true;
        }
        self.sites.iter().any(|trial| site(changed, trial, &rule.code) != site(self.rulebook, trial, &rule.code))
    }
}

impl Asked<'_> {
    fn walk<'a>(&'a self, rulebook: &'a Rulebook) -> Walk<'a> {
        let base = Symbolic { vocabulary: &rulebook.vocabulary, site: &self.site, state: None };
        Walk { rulebook, base, layout: &self.layout, plan: &self.plan }
    }

    fn does(&self, action: usize) -> bool {
        self.plan.steps.iter().any(|step| step.action == action)
    }

    /// Whether anything within its reach comes out differently.
    fn notices(&self, changed: &Rulebook, reach: &Reach) -> bool {
        let (walk, machine) = (self.walk(changed), &changed.machine);
        let mut found: Found = BTreeMap::new();
        let (_, gave_up) = walk.visit(STATES_MAX, &mut |visit, values, trace| match visit {
            Visit::Starts(step) => {
                let action = self.plan.steps[step].action;
                for &(_, conjunct) in reach.guards.range((action, 0)..(action + 1, 0)) {
                    let requirement = &machine.actions[action].guard[conjunct].requirement;
                    let unmet = walk.unmet(values, requirement, walk.arguments(step), false);
                    note(&mut found, Cause::Guard { step, conjunct }, unmet, trace);
                }
            }
            Visit::Done => {
                for &hazard in &reach.hazards {
                    note(
                        &mut found,
                        Cause::Hazard(hazard),
                        walk.unmet(values, &machine.hazards[hazard], Vec::new(), true),
                        trace,
                    );
                }
            }
            Visit::End => {
                for &goal in &reach.goals {
                    note(&mut found, Cause::Goal(goal), walk.unmet(values, &machine.goals[goal], Vec::new(), false), trace);
                }
            }
        });
        let without = self.says.iter().filter(|((cause, ..), _)| reach.has(*cause, &self.plan));
        gave_up || !without.eq(says(found.values()).iter())
    }

    /// What is found in what it states, such as its times, and what cannot be told of that.
    fn timed(&self, rulebook: &Rulebook) -> Answer {
        let mut judgement = Judgement {
            findings: Vec::new(),
            undecided: Vec::new(),
            applied: Vec::new(),
            outages: Vec::new(),
            due_later: Vec::new(),
            questions: Vec::new(),
            disagreements: Vec::new(),
            verdict: Answered::Holds,
        };
        times(&self.walk(rulebook), &mut judgement);
        doers(&self.walk(rulebook), &mut judgement);
        answer(&self.trial.source, &judgement)
    }
}

/// A plan, read and walked; nothing if it leaves too much open, or cannot be read.
fn asked<'t>(rulebook: &Rulebook, trial: &'t Trial) -> Option<Asked<'t>> {
    let (root, site_root) = (yaml::parse(&trial.source).ok()?, yaml::parse(trial.site.as_ref()?).ok()?);
    let (mut site, _) = read_site::read(&rulebook.vocabulary, &site_root);
    let (plan, _) = read_plan::read(&rulebook.vocabulary, &rulebook.machine, &mut site, &root);
    let layout = Layout::new(&rulebook.vocabulary, &site);
    let mut asked = Asked { trial, site, plan, layout, says: BTreeMap::new() };
    let walked = asked.walk(rulebook).walk_within(STATES_MAX);
    if walked.gave_up {
        return None;
    }
    asked.says = says(walked.problems.iter());
    Some(asked)
}

fn says<'p>(problems: impl Iterator<Item = &'p Problem>) -> Says {
    let mut out = Says::new();
    for problem in problems {
        let last = problem.trace.last().copied().filter(|_| matches!(problem.cause, Cause::Hazard(_)));
        *out.entry((problem.cause, last, problem.instance.holds == FALSE)).or_default() += 1;
    }
    out
}

/// Whether something that was found in a plan is of that guard, hazard or goal.
fn is_of(cause: Cause, target: Target, plan: &Plan) -> bool {
    match (cause, target) {
        (Cause::Guard { step, conjunct }, Target::Guard(action, wanted)) => {
            plan.steps[step].action == action && conjunct == wanted
        }
        (Cause::Hazard(hazard), Target::Hazard(wanted)) => hazard == wanted,
        (Cause::Goal(goal), Target::Goal(wanted)) => goal == wanted,
        _ => false,
    }
}

/// Findings in the form of marks, and codes that cannot be told.
type Answer = (Vec<Mark>, Vec<String>);

fn answer(source: &Source, judgement: &Judgement) -> Answer {
    (found(source, judgement), judgement.undecided.iter().map(|open| open.code.clone()).collect())
}

/// What one rule says of a site.
fn site(rulebook: &Rulebook, trial: &Trial, code: &str) -> Option<Answer> {
    let root = yaml::parse(&trial.source).ok()?;
    let selection = Selection { only: vec![code.to_owned()], ..Selection::default() };
    Some(answer(&trial.source, &lint(rulebook, &root, &selection)))
}

/// Whether an expression rests on a definition, itself or through others.
fn uses(rulebook: &Rulebook, expr: &Expr, definition: usize) -> bool {
    let mut out = false;
    expr.visit(&mut |part| {
        if let ExprKind::Definition(id, _) = part.kind {
            out |= id == definition || uses(rulebook, &rulebook.vocabulary.definitions[id].body, definition);
        }
    });
    out
}
