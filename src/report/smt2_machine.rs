//! A proof about the machine of a site as SMT-LIB 2.6: that what it rests on is so at the start, that each action keeps it, and that
//! it excludes every hazard. A solver that answers `unsat` to each question has checked the proof, for any number of steps.

use super::pddl::{action_name, fact_name, unique};
use crate::engine::logic::term::{Bool, BoolNode, and, bool_hole, holes, not, or, replaced};
use crate::engine::verification::walk::Walk;
use crate::proof::induction::{Outcome, clause};
use crate::proof::inductive::Inductive;
use crate::proof::subject::Subject;
use crate::source::text::printable;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The questions of a proof. The steps of the walk's plan are the moves of the subject; `name` is what the site's file is called.
#[must_use]
pub fn write(walk: &Walk<'_>, subject: &Subject, proof: &Inductive, name: &str) -> String {
    let mut taken = BTreeSet::new();
    let names = subject.system.says.iter().map(|says| unique(&fact_name(walk, says), &mut taken)).collect();
    let writing = Writing { subject, names };
    let mut out =
        format!("; {}: why these are never reached, however long one goes on. Each answer has to be `unsat`.\n", printable(name));
    let hazards = &subject.rulebook.machine.hazards;
    let known = &proof.known;
    let never: BTreeSet<usize> = known.kept.iter().copied().collect();
    for at in &never {
        let _ = writeln!(out, "; {}: {}", hazards[*at].code, printable(&hazards[*at].claim));
    }
    for (at, found) in &proof.left {
        let why = match found {
            Outcome::Way(way) => format!("it is reached: {}", subject.way(way)),
            Outcome::GaveUp(bound) => format!("only shown for ways of at most {bound} steps"),
            Outcome::Never(_) => continue,
        };
        let _ = writeln!(out, "; Not shown of {}: {}.", hazards[*at].code, printable(&why));
    }
    let _ = writeln!(
        out,
        "; {} objects that only plans name. Demanded are the guards at level `error`; times are not in it.",
        subject.objects
    );
    out.push_str("(set-info :smt-lib-version 2.6)\n(set-logic QF_UF)\n");
    writing.state(&mut out);
    let safe = never.iter().map(|at| not(subject.system.bad[*at].clone()));
    let kept: Vec<Bool> = known.cubes.iter().map(clause).chain(safe).chain(writing.groups()).collect();
    for (number, one) in kept.iter().enumerate() {
        let _ = write!(out, "(define-fun kept{number} () Bool ");
        writing.bool(one, &mut out);
        out.push_str(")\n");
    }
    let all: Vec<String> = (0..kept.len()).map(|number| format!("kept{number}")).collect();
    let _ = writeln!(out, "(define-fun kept () Bool (and true true {}))", all.join(" "));
    out.push_str("; At the start all of it is so.\n(push 1)\n");
    for (at, _) in subject.system.says.iter().enumerate() {
        let hole = subject.system.first + at;
        let holds = bool_hole(hole);
        out.push_str("(assert ");
        writing.bool(&if subject.system.start[hole] == 0 { not(holds) } else { holds }, &mut out);
        out.push_str(")\n");
    }
    out.push_str("(assert (not kept))\n(check-sat)\n(pop 1)\n(assert kept)\n");
    writing.moves(walk, &kept, &mut out);
    for at in &never {
        let _ = write!(out, "; Then {} is not there.\n(push 1)\n(assert ", hazards[*at].code);
        writing.bool(&subject.system.bad[*at], &mut out);
        out.push_str(")\n(check-sat)\n(pop 1)\n");
    }
    out
}

struct Writing<'a> {
    subject: &'a Subject,
    names: Vec<String>,
}

impl Writing<'_> {
    fn state(&self, out: &mut String) {
        out.push_str("; The facts that a state is.\n");
        for name in &self.names {
            let _ = writeln!(out, "(declare-const |{name}| Bool)");
        }
    }

    /// That each variable has one value.
    fn groups(&self) -> Vec<Bool> {
        let one = |group: &std::ops::Range<usize>| {
            let holes: Vec<usize> = group.clone().collect();
            let pairs = holes.iter().enumerate().flat_map(|(at, a)| holes[at + 1..].iter().map(move |b| (*a, *b)));
            let pairs = pairs.map(|(a, b)| or([not(bool_hole(a)), not(bool_hole(b))]));
            and(pairs.chain([or(group.clone().map(bool_hole))]))
        };
        self.subject.system.groups.iter().map(one).collect()
    }

    /// For each action: where its guard allows it, what is kept is kept.
    fn moves(&self, walk: &Walk<'_>, kept: &[Bool], out: &mut String) {
        let reads = |term: &Bool| {
            let mut read = BTreeSet::new();
            holes(term, &mut read);
            read
        };
        let read: Vec<BTreeSet<usize>> = kept.iter().map(reads).collect();
        for (at, each) in self.subject.system.moves.iter().enumerate() {
            let after: BTreeMap<usize, Bool> = self.subject.system.after(at).into_iter().collect();
            let next = |hole| after.get(&hole).cloned().unwrap_or_else(|| bool_hole(hole));
            let touched = kept.iter().zip(&read).filter(|(_, read)| read.iter().any(|hole| after.contains_key(hole)));
            let broken = or(touched.map(|(one, _)| not(replaced(one, &next))));
            let _ = write!(out, "; {} keeps it.\n(push 1)\n", action_name(walk, at));
            for term in each.guard.iter().map(|(_, condition)| condition).chain([&broken]) {
                out.push_str("(assert ");
                self.bool(term, out);
                out.push_str(")\n");
            }
            out.push_str("(check-sat)\n(pop 1)\n");
        }
    }

    fn bool(&self, term: &Bool, out: &mut String) {
        let mut list = |word: &str, terms: &[&Bool]| {
            let _ = write!(out, "({word}");
            for term in terms {
                out.push(' ');
                self.bool(term, out);
            }
            out.push(')');
        };
        match term {
            Bool::Const(value) => {
                let _ = write!(out, "{value}");
            }
            Bool::Node(node) => match &**node {
                BoolNode::Hole(hole) => {
                    let name = hole.checked_sub(self.subject.system.first).and_then(|fact| self.names.get(fact));
                    let _ = write!(out, "|{}|", name.map_or("", String::as_str));
                }
                BoolNode::Not(inner) => list("not", &[inner]),
                BoolNode::And(terms) => list("and", &terms.iter().collect::<Vec<_>>()),
                BoolNode::Or(terms) => list("or", &terms.iter().collect::<Vec<_>>()),
                BoolNode::Iff(a, b) => list("=", &[a, b]),
                // A system compares nothing: `engine::planning` sees to it.
                BoolNode::Equal(..) | BoolNode::AtMost(..) => out.push_str("false"),
            },
        }
    }
}
