//! The obligations of a plan, and the rules of a site, as SMT-LIB 2.6: any solver of linear integer arithmetic can be asked
//! whether there is an order in which something goes wrong, and whether a rule can be violated.

use crate::engine::logic::questions::Questions;
use crate::engine::logic::term::{self, Bool, BoolNode, Int, IntNode};
use crate::engine::verification::obligations::{Obligation, Obligations};
use crate::engine::verification::walk::{Cause, Walk};
use crate::model::plan::Step;
use crate::model::site::{Domain, HoleId, Site};
use crate::source::finding::Level;
use crate::source::text::printable;
use crate::spec::vocabulary::Vocabulary;
use std::collections::BTreeSet;

/// The question of a plan. `name` is what its file is called.
#[must_use]
pub fn plan(walk: &Walk<'_>, asked: &Obligations, name: &str) -> String {
    let writing = Writing {
        vocabulary: walk.base.vocabulary,
        site: walk.base.site,
        first: asked.first,
        domains: &asked.domains,
        steps: &walk.plan.steps,
    };
    let mut out = format!("; {}: is there an order that the plan allows in which something goes wrong?\n", printable(name));
    out.push_str("; unsat: no. In every order each guard holds, no hazard is reached and the goals are met.\n");
    out.push_str("; sat: yes, or it depends on facts that the site does not state; a model gives the order and the facts.\n");
    out.push_str("; Asked is what is an error; lesser requirements are defined below. Times and people are not in it.\n");
    out.push_str("(set-info :smt-lib-version 2.6)\n(set-logic QF_LIA)\n");
    let mut used = BTreeSet::new();
    asked.known.iter().chain(asked.open.iter().map(|one| &one.fails)).for_each(|term| term::holes(term, &mut used));
    writing.holes(used, &mut out);
    out.push_str("; What is known: the order of the plan, and what each step sees of the state.\n");
    for known in &asked.known {
        out.push_str("(assert ");
        writing.bool(known, &mut out);
        out.push_str(")\n");
    }
    let mut errors = Vec::new();
    for (number, one) in asked.open.iter().enumerate() {
        out.push_str(&format!("; {}\n(define-fun fails{number} () Bool ", about(one, writing.steps)));
        writing.bool(&one.fails, &mut out);
        out.push_str(")\n");
        if one.level == Level::Error {
            errors.push(format!("fails{number}"));
        }
    }
    if asked.open.is_empty() {
        out.push_str("; Nothing is left to ask: the order and the facts decide every requirement by themselves.\n");
    }
    let any = match errors.as_slice() {
        [] => "false".to_owned(),
        [one] => one.clone(),
        several => format!("(or {})", several.join(" ")),
    };
    out.push_str(&format!("; Something goes wrong.\n(assert {any})\n(check-sat)\n"));
    out
}

/// The rules of a site, each with the question whether it can be violated and whether it can be satisfied; of one rule
/// alone, given the hard ones, if `only` names it. `name` is what the site's file is called.
#[must_use]
pub fn site(vocabulary: &Vocabulary, asked: &Questions<'_>, name: &str, only: Option<&str>) -> String {
    let writing = Writing { vocabulary, site: &asked.site, first: asked.site.holes.len(), domains: &[], steps: &[] };
    let mut out = format!("; {}: what the rules say of it. Nothing is decided beforehand.\n", printable(name));
    out.push_str("; Of each rule: can it be violated, can it be satisfied? unsat, sat: it holds; sat, unsat: it is violated;\n");
    out.push_str(
        "; sat, sat: it depends on facts that are not stated. A name with a number is the rule on one choice of records.\n",
    );
    out.push_str("(set-info :smt-lib-version 2.6)\n(set-logic QF_LIA)\n");
    let wanted: Vec<_> =
        asked.rules.iter().filter(|one| only.is_none_or(|code| one.rule.code == code || one.is_hard())).collect();
    let mut used = BTreeSet::new();
    wanted.iter().flat_map(|one| &one.holds).for_each(|term| term::holes(term, &mut used));
    let stated: Vec<_> = asked.stated.iter().filter(|(hole, _)| used.contains(hole)).collect();
    writing.holes(used, &mut out);
    if !stated.is_empty() {
        out.push_str("; What the file states.\n");
    }
    for (hole, value) in stated {
        match asked.site.holes[*hole].domain {
            Domain::Boolean if *value == 0 => out.push_str(&format!("(assert (not h{hole}))\n")),
            Domain::Boolean => out.push_str(&format!("(assert h{hole})\n")),
            _ => out.push_str(&format!("(assert (= h{hole} {}))\n", number(*value))),
        }
    }
    for one in &wanted {
        let code = &one.rule.code;
        out.push_str(&format!(
            "; {} ({})\n",
            printable(&one.rule.claim),
            if one.is_hard() { "hard" } else { level(one.rule.level) }
        ));
        for (choice, holds) in (1..).zip(&one.holds) {
            out.push_str(&format!("(define-fun |{code}/{choice}| () Bool "));
            writing.bool(holds, &mut out);
            out.push_str(")\n");
        }
        let all: Vec<String> = (1..=one.holds.len()).map(|choice| format!("|{code}/{choice}|")).collect();
        out.push_str(&format!("(define-fun |{code}| () Bool (and true {}))\n", all.join(" ")));
        if only.is_some_and(|only| only != code) {
            out.push_str(&format!("(assert |{code}|)\n"));
        }
    }
    out.push_str("; The questions.\n");
    for one in wanted.iter().filter(|one| only.is_none_or(|code| one.rule.code == code)) {
        let code = &one.rule.code;
        out.push_str(&format!("(echo \"{code}\")\n(push 1)\n(assert (not |{code}|))\n(check-sat)\n(pop 1)\n"));
        out.push_str(&format!("(push 1)\n(assert |{code}|)\n(check-sat)\n(pop 1)\n"));
    }
    out
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

struct Writing<'a> {
    vocabulary: &'a Vocabulary,
    site: &'a Site,
    /// The hole that is the first after those of the site; the first of them are where the steps stand in the order.
    first: HoleId,
    domains: &'a [Domain],
    steps: &'a [Step],
}

/// `step `busy-out`: link-released-before-installation (error)`.
fn about(one: &Obligation, steps: &[Step]) -> String {
    let of = match one.cause {
        Cause::Guard { step, .. } => format!("when `{}` starts", printable(&steps[step].id)),
        Cause::Hazard(_) => "after some step".to_owned(),
        Cause::Goal(_) => "at the end".to_owned(),
    };
    format!("{} ({}), {of}", one.code, level(one.level))
}

impl Writing<'_> {
    fn domain(&self, hole: HoleId) -> &Domain {
        match hole.checked_sub(self.first) {
            Some(other) => &self.domains[other],
            None => &self.site.holes[hole].domain,
        }
    }

    /// Declares every hole that is used, with what it can be.
    fn holes(&self, mut used: BTreeSet<HoleId>, out: &mut String) {
        let site = self.site;
        // An element of an absent list can only be there if the one before it is.
        let mut ordered = Vec::new();
        for &(later, earlier) in site.ordered.iter().rev() {
            if used.contains(&later) {
                used.insert(earlier);
                ordered.push((later, earlier));
            }
        }
        for hole in used {
            let of_site = hole < self.first;
            let position = hole.checked_sub(self.first).and_then(|other| self.steps.get(other));
            match position {
                Some(step) => out.push_str(&format!("; where `{}` stands in the order\n", printable(&step.id))),
                None if of_site => {
                    let fact = &site.holes[hole];
                    let name = site.fact_name(self.vocabulary, fact.record, fact.field);
                    out.push_str(&format!("; fact: {}\n", printable(&name)));
                }
                None => {}
            }
            let domain = self.domain(hole);
            if *domain == Domain::Boolean {
                out.push_str(&format!("(declare-fun h{hole} () Bool)\n"));
                continue;
            }
            let ranges = match domain {
                Domain::Range(min, max) => vec![(*min, *max)],
                _ => site.ranges(hole),
            };
            let within: Vec<String> = ranges
                .iter()
                .map(|(min, max)| format!("(and (<= {} h{hole}) (<= h{hole} {}))", number(*min), number(*max)))
                .collect();
            let within = if within.len() == 1 { within[0].clone() } else { format!("(or {})", within.join(" ")) };
            out.push_str(&format!("(declare-fun h{hole} () Int)\n(assert {within})\n"));
        }
        for (later, earlier) in ordered {
            out.push_str(&format!("(assert (=> h{later} h{earlier}))\n"));
        }
    }

    fn bool(&self, term: &Bool, out: &mut String) {
        let node = match term {
            Bool::Const(value) => return out.push_str(if *value { "true" } else { "false" }),
            Bool::Node(node) => node,
        };
        match &**node {
            BoolNode::Hole(hole) if *self.domain(*hole) == Domain::Boolean => out.push_str(&format!("h{hole}")),
            BoolNode::Hole(hole) => out.push_str(&format!("(not (= h{hole} 0))")),
            BoolNode::Not(inner) => {
                out.push_str("(not ");
                self.bool(inner, out);
                out.push(')');
            }
            BoolNode::Iff(a, b) => self.list("=", [a, b], out),
            BoolNode::And(terms) => self.list("and", terms, out),
            BoolNode::Or(terms) => self.list("or", terms, out),
            BoolNode::Equal(a, b) => self.ints("=", [a, b], out),
            BoolNode::AtMost(a, b) => self.ints("<=", [a, b], out),
        }
    }

    fn list<'t>(&self, word: &str, terms: impl IntoIterator<Item = &'t Bool>, out: &mut String) {
        out.push('(');
        out.push_str(word);
        for term in terms {
            out.push(' ');
            self.bool(term, out);
        }
        out.push(')');
    }

    fn ints<'t>(&self, word: &str, terms: impl IntoIterator<Item = &'t Int>, out: &mut String) {
        out.push('(');
        out.push_str(word);
        for term in terms {
            out.push(' ');
            self.int(term, out);
        }
        out.push(')');
    }

    fn int(&self, term: &Int, out: &mut String) {
        let node = match term {
            Int::Const(value) => return out.push_str(&number(*value)),
            Int::Node(node) => node,
        };
        match &**node {
            IntNode::Hole(hole, ..) if *self.domain(*hole) == Domain::Boolean => out.push_str(&format!("(ite h{hole} 1 0)")),
            IntNode::Hole(hole, ..) => out.push_str(&format!("h{hole}")),
            IntNode::If(condition, a, b) => {
                out.push_str("(ite ");
                self.bool(condition, out);
                for term in [a, b] {
                    out.push(' ');
                    self.int(term, out);
                }
                out.push(')');
            }
            IntNode::Sum(terms) => self.ints("+", terms, out),
        }
    }
}

/// A number; SMT-LIB has no negative ones.
fn number(value: i64) -> String {
    if value < 0 { format!("(- {})", value.unsigned_abs()) } else { value.to_string() }
}
