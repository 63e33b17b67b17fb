//! A site against a rulebook: findings, what cannot be told, and the verdict.

use super::every_order::Engine;
use super::stretch::Outage;
use super::wording;
use crate::engine::logic::decide::{Decision, Disagreement, Open, Question, decide};
use crate::engine::logic::instance::{Instance, instances, replay};
use crate::engine::logic::known::{Known, Told};
use crate::engine::logic::solver::EFFORT_MAX;
use crate::engine::logic::symbolic::Symbolic;
use crate::engine::logic::term::{self, Bool, FALSE, TRUE};
use crate::model::durations;
use crate::model::read_site;
use crate::model::site::Site;
use crate::source::finding::{Finding, Label, Level, Reference};
use crate::source::text::Span;
use crate::source::yaml::Node;
use crate::spec::rule::{Rule, When};
use crate::spec::rulebook::Rulebook;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The answer for a whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// No error-level rule is violated, and none could be.
    Holds,
    /// None is violated, and at least one could be.
    CannotTell,
    /// At least one is.
    Violated,
}

impl Verdict {
    /// The word used in output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::CannotTell => "cannot-tell",
            Self::Violated => "violated",
        }
    }
}

/// A rule that cannot be told, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// Code of the rule.
    pub code: String,
    /// Its level.
    pub level: Level,
    /// The facts it waits for, each with the place to state it.
    pub facts: Vec<MissingFact>,
    /// Why it cannot be told, where no fact decides it: effort ran out, or nothing bounds a time.
    pub gave_up: Option<String>,
}

/// A fact that the file does not state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingFact {
    /// Where it would stand: the nearest thing that is in the file.
    pub span: Span,
    /// What people call it: `servers[old].series`.
    pub name: String,
}

/// What a rulebook says of one site.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// What is wrong, in file order.
    pub findings: Vec<Finding>,
    /// What cannot be told, in the order of the rulebook.
    pub undecided: Vec<Undecided>,
    /// Places among the rulebook's rules of those that had something to say and were decided.
    pub applied: Vec<usize>,
    /// Of a plan: how long something is lost, at worst.
    pub outages: Vec<Outage>,
    /// Codes of rules that are due only when the upgrade is over.
    pub due_later: Vec<String>,
    /// Questions that were asked of the solver; none on a fully known site.
    pub questions: Vec<Question>,
    /// Where the two meanings of the language disagree: our bug.
    pub disagreements: Vec<Disagreement>,
    /// The answer for the file.
    pub verdict: Verdict,
}

impl Judgement {
    /// Whether the rule with that code had something to say and was decided.
    #[must_use]
    pub fn applied(&self, rulebook: &Rulebook, code: &str) -> bool {
        self.applied.iter().any(|order| rulebook.rules[*order].code == code)
    }
}

/// What is asked, and who looks for the answer.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only these, if any are named.
    pub only: Vec<String>,
    /// Not these.
    pub ignore: Vec<String>,
    /// Who looks at every order of a plan.
    pub engine: Engine,
}

impl Selection {
    /// Whether findings of that code are wanted.
    #[must_use]
    pub fn wants(&self, code: &str) -> bool {
        (self.only.is_empty() || self.only.iter().any(|c| c == code)) && !self.ignore.iter().any(|c| c == code)
    }
}

/// Lints the site that `root` is.
#[must_use]
pub fn lint(rulebook: &Rulebook, root: &Node<'_>, selection: &Selection) -> Judgement {
    let (site, mut findings) = read_site::read(&rulebook.vocabulary, root);
    findings.extend(durations::read(&rulebook.machine, root).1);
    findings.retain(|finding| selection.wants(&finding.code));
    let symbolic = Symbolic { vocabulary: &rulebook.vocabulary, site: &site, state: None };
    let mut linting = Linting {
        rulebook,
        symbolic,
        known: Known::new(symbolic),
        findings,
        open: Vec::new(),
        applied: Vec::new(),
        due_later: Vec::new(),
        disagreements: Vec::new(),
    };
    let finished = symbolic.holds(&rulebook.finished, &[]);
    for (order, rule) in rulebook.rules.iter().enumerate() {
        // Rules that were not asked for still bound what completions there are.
        if selection.wants(&rule.code) || is_hard(rule) {
            linting.rule(order, rule, &finished, selection.wants(&rule.code));
        }
    }
    linting.judge(selection)
}

/// Whether a rule bounds the completions that other rules are judged on.
fn is_hard(rule: &Rule) -> bool {
    rule.level == Level::Error && rule.when == When::Always
}

struct Linting<'r, 's> {
    rulebook: &'r Rulebook,
    symbolic: Symbolic<'s>,
    known: Known<'s>,
    findings: Vec<Finding>,
    open: Vec<Open<'r>>,
    applied: Vec<usize>,
    due_later: Vec<String>,
    disagreements: Vec<Disagreement>,
}

impl<'r> Linting<'r, '_> {
    fn rule(&mut self, order: usize, rule: &'r Rule, finished: &Bool, wanted: bool) {
        let at_end = rule.when == When::End;
        let due = if at_end { finished.clone() } else { TRUE };
        if due == FALSE {
            self.due_later.push(rule.code.clone());
            return;
        }
        let told = match due {
            TRUE => self.known.rule(rule),
            due => Told { applied: false, instances: instances(self.symbolic, rule, &due), disagrees: false },
        };
        if told.disagrees {
            self.disagreements.push(Disagreement { code: rule.code.clone(), symbolic: true, concrete: false });
        }
        let mut applied = told.applied;
        for instance in told.instances {
            match instance.holds {
                Bool::Const(true) => applied |= instance.applies == TRUE,
                Bool::Const(false) if wanted => {
                    applied = true;
                    self.violated(rule, &instance);
                }
                Bool::Const(false) => {}
                Bool::Node(_) => {
                    let due = at_end.then_some(&self.rulebook.finished);
                    self.open.push(Open { rule, order, instance, due, hard: is_hard(rule) });
                }
            }
        }
        if applied {
            self.applied.push(order);
        }
    }

    /// A violation that the facts alone decide; replayed with the holes filled anyhow.
    fn violated(&mut self, rule: &Rule, instance: &Instance) {
        if replay(&self.known.completion(false), rule, instance) {
            self.disagreements.push(Disagreement { code: rule.code.clone(), symbolic: false, concrete: true });
        }
        self.findings.push(wording::finding(self.rulebook, self.symbolic, rule, instance));
    }

    fn judge(mut self, selection: &Selection) -> Judgement {
        let open = std::mem::take(&mut self.open);
        let site = self.symbolic.site;
        let decided = if open.iter().any(|open| selection.wants(&open.rule.code)) {
            decide(self.symbolic, &mut *(selection.engine.solver)(site, EFFORT_MAX), &open)
        } else {
            crate::engine::logic::decide::Decided::default()
        };
        let mut undecided: Vec<Undecided> = Vec::new();
        let mut joint_told = false;
        for (this, decision) in open.iter().zip(&decided.decisions) {
            let wanted = selection.wants(&this.rule.code);
            match decision {
                Decision::Holds if this.instance.applies == TRUE => {
                    self.applied.push(this.order);
                }
                Decision::Violated if wanted => {
                    let mut finding = wording::finding(self.rulebook, self.symbolic, this.rule, &this.instance);
                    finding.message.push_str(", whatever the missing facts are");
                    self.findings.push(finding);
                }
                Decision::ViolatedGiven(others) if !joint_told => {
                    joint_told = true;
                    let all: Vec<&Open<'_>> = std::iter::once(this).chain(others.iter().map(|other| &open[*other])).collect();
                    self.findings.push(self.joint(&all));
                }
                Decision::CannotTell | Decision::GaveUp(_) | Decision::LikeAnother if wanted => {
                    self.undecided(&mut undecided, this, decision);
                }
                _ => {}
            }
        }
        // What waits only for facts that have an error of their own is decided when those are mended.
        undecided.retain(|rule| !rule.facts.is_empty() || rule.gave_up.is_some());
        self.findings.sort_by(|a, b| {
            (a.primary.span, std::cmp::Reverse(a.level), &a.code, &a.message).cmp(&(
                b.primary.span,
                std::cmp::Reverse(b.level),
                &b.code,
                &b.message,
            ))
        });
        self.disagreements.extend(decided.disagreements);
        let verdict = if self.findings.iter().any(|finding| finding.level == Level::Error) {
            Verdict::Violated
        } else if undecided.iter().any(|rule| rule.level == Level::Error) {
            Verdict::CannotTell
        } else {
            Verdict::Holds
        };
        Judgement {
            findings: self.findings,
            undecided,
            applied: self.applied,
            due_later: self.due_later,
            outages: Vec::new(),
            questions: decided.questions,
            disagreements: self.disagreements,
            verdict,
        }
    }

    fn undecided(&self, out: &mut Vec<Undecided>, open: &Open<'_>, decision: &Decision) {
        let index = match out.iter().position(|known| known.code == open.rule.code) {
            Some(index) => index,
            None => {
                out.push(Undecided { code: open.rule.code.clone(), level: open.rule.level, facts: Vec::new(), gave_up: None });
                out.len() - 1
            }
        };
        let entry = &mut out[index];
        if let Decision::GaveUp(why) = decision {
            entry.gave_up = Some(format!("the solver gave up ({why})"));
        }
        for fact in missing(self.symbolic.site, self.symbolic, &open.instance.holds) {
            if !entry.facts.contains(&fact) {
                entry.facts.push(fact);
            }
        }
        entry.facts.sort();
    }

    /// Rules that can each be satisfied, but not together.
    fn joint(&self, open: &[&Open<'_>]) -> Finding {
        let mut codes: Vec<&str> = open.iter().map(|open| open.rule.code.as_str()).collect();
        codes.dedup();
        let place = |open: &Open<'_>| wording::span(self.symbolic, &open.rule.primary.at, &open.instance.frame);
        let claims = open.iter().map(|open| Label { span: place(open), text: open.rule.claim.clone() });
        let mut labels: Vec<Label> = claims.collect();
        let primary = labels.remove(0);
        let mut statements: Vec<String> = open.iter().flat_map(|open| open.rule.statements.clone()).collect();
        statements.sort();
        statements.dedup();
        Finding {
            code: Cow::Borrowed("no-legal-completion"),
            level: Level::Error,
            message: format!("no values of the missing facts satisfy {} together", codes.join(" and ")),
            help: Some("change one of the facts that these rules have in common".to_owned()),
            primary,
            others: labels,
            reference: Some(Reference { place: self.rulebook.manual.number.clone(), statements }),
            trace: Vec::new(),
        }
    }
}

/// The facts a term waits for. Facts that were stated and reported as unusable are left out.
#[must_use]
pub fn missing(site: &Site, symbolic: Symbolic<'_>, term: &Bool) -> Vec<MissingFact> {
    let mut holes = BTreeSet::new();
    term::holes(term, &mut holes);
    let mut out = BTreeSet::new();
    for hole in holes {
        let hole = &site.holes[hole];
        let (record, field) = site.stated_owner(hole.record, hole.field);
        let fact = &site.records[record].facts[field];
        if !fact.faulty {
            let span = fact.span.unwrap_or(site.records[record].span);
            out.insert(MissingFact { span, name: site.fact_name(symbolic.vocabulary, hole.record, hole.field) });
        }
    }
    out.into_iter().collect()
}
