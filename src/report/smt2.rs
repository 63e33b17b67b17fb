//! The obligations of a plan as SMT-LIB 2.6: any solver of linear integer arithmetic can be asked whether there is an order
//! in which something goes wrong.

use crate::engine::obligations::{Obligation, Obligations};
use crate::engine::term::{self, Bool, BoolNode, Int, IntNode};
use crate::engine::walk::{Cause, Walk};
use crate::model::site::{Domain, HoleId};
use crate::source::finding::Level;
use crate::source::text::printable;
use std::collections::BTreeSet;

/// The question of a plan. `name` is what its file is called.
#[must_use]
pub fn plan(walk: &Walk<'_>, asked: &Obligations, name: &str) -> String {
    let writing = Writing { walk, asked };
    let mut out = format!("; {}: is there an order that the plan allows in which something goes wrong?\n", printable(name));
    out.push_str("; unsat: no. In every order each guard holds, no hazard is reached and the goals are met.\n");
    out.push_str("; sat: yes, or it depends on facts that the site does not state; a model gives the order and the facts.\n");
    out.push_str("; Asked is what is an error; lesser requirements are defined below. Times and people are not in it.\n");
    out.push_str("(set-info :smt-lib-version 2.6)\n(set-logic QF_LIA)\n");
    writing.holes(&mut out);
    out.push_str("; What is known: the order of the plan, and what each step sees of the state.\n");
    for known in &asked.known {
        out.push_str("(assert ");
        writing.bool(known, &mut out);
        out.push_str(")\n");
    }
    let mut errors = Vec::new();
    for (number, one) in asked.open.iter().enumerate() {
        out.push_str(&format!("; {}\n(define-fun fails{number} () Bool ", writing.about(one)));
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

struct Writing<'a> {
    walk: &'a Walk<'a>,
    asked: &'a Obligations,
}

impl Writing<'_> {
    /// `step `busy-out`: link-released-before-installation (error)`.
    fn about(&self, one: &Obligation) -> String {
        let of = match one.cause {
            Cause::Guard { step, .. } => format!("when `{}` starts", printable(&self.walk.plan.steps[step].id)),
            Cause::Hazard(_) => "after some step".to_owned(),
            Cause::Goal(_) => "at the end".to_owned(),
        };
        let level = match one.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        };
        format!("{} ({level}), {of}", one.code)
    }

    fn domain(&self, hole: HoleId) -> &Domain {
        match hole.checked_sub(self.asked.first) {
            Some(other) => &self.asked.domains[other],
            None => &self.walk.base.site.holes[hole].domain,
        }
    }

    /// Declares every hole that is used, with what it can be.
    fn holes(&self, out: &mut String) {
        let site = self.walk.base.site;
        let mut used = BTreeSet::new();
        self.asked.known.iter().chain(self.asked.open.iter().map(|one| &one.fails)).for_each(|term| term::holes(term, &mut used));
        // An element of an absent list can only be there if the one before it is.
        let mut ordered = Vec::new();
        for &(later, earlier) in site.ordered.iter().rev() {
            if used.contains(&later) {
                used.insert(earlier);
                ordered.push((later, earlier));
            }
        }
        for hole in used {
            let of_site = hole < self.asked.first;
            let position = hole.checked_sub(self.asked.first).and_then(|other| self.walk.plan.steps.get(other));
            match position {
                Some(step) => out.push_str(&format!("; where `{}` stands in the order\n", printable(&step.id))),
                None if of_site => {
                    let fact = &site.holes[hole];
                    let name = site.fact_name(self.walk.base.vocabulary, fact.record, fact.field);
                    out.push_str(&format!("; not stated: {}\n", printable(&name)));
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
