//! What missing facts leave open: for each open instance of a rule, whether every completion of the site that the
//! hard rules allow satisfies it, none does, or it cannot be told.

use super::instance::{Instance, replay};
use super::solver::{Answer, Solver};
use super::sym::Sym;
use super::symbolic::Symbolic;
use super::term::{self, Bool, TRUE, not};
use crate::model::eval::Completion;
use crate::model::site::HoleId;
use crate::spec::expr::Expr;
use crate::spec::rule::Rule;
use std::collections::{BTreeMap, BTreeSet};

/// An instance that the facts alone do not decide.
pub struct Open<'r> {
    /// The rule.
    pub rule: &'r Rule,
    /// Its place among the rulebook's rules.
    pub order: usize,
    /// What it ranges over.
    pub instance: Instance,
    /// The condition under which it is judged at all.
    pub due: Option<&'r Expr>,
    /// Whether completions that violate it are not considered when others are judged.
    pub hard: bool,
}

/// What becomes of an open instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Every completion satisfies it.
    Holds,
    /// None does.
    Violated,
    /// None does, given these other open instances (by index).
    ViolatedGiven(Vec<usize>),
    /// Some do and some do not.
    CannotTell,
    /// The solver gave up, for this reason.
    GaveUp(String),
    /// It is like another open instance that was asked about: both range over one absent list.
    LikeAnother,
}

/// A question that was asked of the solver.
#[derive(Clone, Debug)]
pub struct Question {
    /// Code of the rule it is about.
    pub code: String,
    /// What was asked.
    pub asked: &'static str,
    /// What came back.
    pub answer: &'static str,
}

/// A completion that the two meanings disagree about: our bug.
#[derive(Clone, Debug)]
pub struct Disagreement {
    /// Code of the rule.
    pub code: String,
    /// What the terms say.
    pub symbolic: bool,
    /// What the evaluator says.
    pub concrete: bool,
}

/// Everything that came out of deciding.
#[derive(Default)]
pub struct Decided {
    /// One for each open instance.
    pub decisions: Vec<Decision>,
    /// All questions, in order.
    pub questions: Vec<Question>,
    /// Where the two meanings disagree.
    pub disagreements: Vec<Disagreement>,
}

/// Decides the open instances of one site.
///
/// Instances that share no hole, directly or through others, do not bear on each other; each question is asked
/// with the hard instances of its own group only. A completion that is known already answers without a question.
pub fn decide(symbolic: Symbolic<'_>, solver: &mut dyn Solver, open: &[Open<'_>]) -> Decided {
    let mut asking = Asking {
        symbolic,
        solver,
        open,
        out: Decided { decisions: vec![Decision::LikeAnother; open.len()], ..Decided::default() },
    };
    for group in groups(open) {
        asking.group(&group);
    }
    asking.out
}

/// The first instance of the group that an instance is in.
fn root(group_of: &[usize], mut at: usize) -> usize {
    while group_of[at] != at {
        at = group_of[at];
    }
    at
}

/// The open instances by connection through holes, each group in order.
fn groups(open: &[Open<'_>]) -> Vec<Vec<usize>> {
    let mut group_of: Vec<usize> = (0..open.len()).collect();
    let mut first_with: BTreeMap<HoleId, usize> = BTreeMap::new();
    for (index, this) in open.iter().enumerate() {
        let mut holes = BTreeSet::new();
        term::holes(&this.instance.holds, &mut holes);
        for hole in holes {
            let other = *first_with.entry(hole).or_insert(index);
            let (a, b) = (root(&group_of, index), root(&group_of, other));
            group_of[a.max(b)] = a.min(b);
        }
    }
    let mut out: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for index in 0..open.len() {
        out.entry(root(&group_of, index)).or_default().push(index);
    }
    out.into_values().collect()
}

struct Asking<'a, 'r> {
    symbolic: Symbolic<'a>,
    solver: &'a mut dyn Solver,
    open: &'a [Open<'r>],
    out: Decided,
}

impl Asking<'_, '_> {
    /// Whether `condition` and all of `background` can hold together. Background that a completion satisfies by
    /// itself is never sent: it is added only when the solver's completion breaks it.
    fn ask(&mut self, index: usize, asked: &'static str, condition: &Bool, background: &[usize]) -> Answer {
        let open = self.open;
        let mut sent: Vec<usize> = Vec::new();
        loop {
            let conditions: Vec<&Bool> = sent.iter().map(|i| &open[*i].instance.holds).chain([condition]).collect();
            let answer = self.solver.ask(&conditions);
            let word = match answer {
                Answer::Possible(_) => "possible",
                Answer::Impossible => "impossible",
                Answer::Unknown(_) => "unknown",
            };
            self.out.questions.push(Question { code: open[index].rule.code.clone(), asked, answer: word });
            let Answer::Possible(filled) = &answer else { return answer };
            if !conditions.iter().all(|condition| term::truth(condition, filled)) {
                let code = open[index].rule.code.clone();
                self.out.disagreements.push(Disagreement { code, symbolic: true, concrete: false });
                return answer;
            }
            let broken = background.iter().filter(|i| !term::truth(&open[**i].instance.holds, filled));
            let broken: Vec<usize> = broken.copied().filter(|i| !sent.contains(i)).collect();
            if broken.is_empty() {
                return answer;
            }
            sent.extend(broken);
        }
    }

    /// Decides the instances of one group.
    fn group(&mut self, group: &[usize]) {
        let open = self.open;
        let hard: Vec<usize> = group.iter().copied().filter(|i| open[*i].hard).collect();
        let (contradiction, legal) = self.contradiction(&hard);
        // Completions that the hard instances allow; the first is a witness for many questions.
        let mut legal: Vec<Vec<i64>> = legal.into_iter().collect();
        let mut excluded = contradiction.clone();
        for &index in group {
            let others: Vec<usize> = contradiction.iter().copied().filter(|other| *other != index).collect();
            let decision = if contradiction.contains(&index) {
                if others.is_empty() { Decision::Violated } else { Decision::ViolatedGiven(others) }
            } else if open[index].instance.phantom && self.has_twin(index, group) {
                Decision::LikeAnother
            } else {
                // Another instance of the same rule is no reason to believe this one.
                let background = hard.iter().copied().filter(|i| open[*i].order != open[index].order && !excluded.contains(i));
                let background: Vec<usize> = background.collect();
                self.one(index, &background, &mut legal)
            };
            if decision == Decision::Violated {
                excluded.push(index);
            }
            self.out.decisions[index] = decision;
        }
    }

    /// Whether an earlier instance of the same rule, about another element of the same absent list, could not be told.
    /// Nothing follows from one that holds or is violated: the elements of an absent list come in order.
    fn has_twin(&self, index: usize, group: &[usize]) -> bool {
        let (open, this) = (self.open, &self.open[index]);
        let earlier = group.iter().copied().filter(|other| *other < index && open[*other].order == this.order);
        let mut waiting =
            earlier.filter(|other| matches!(self.out.decisions[*other], Decision::CannotTell | Decision::GaveUp(_)));
        waiting.any(|other| self.stand_for_the_same(&open[other].instance.frame, &this.instance.frame))
    }

    /// Whether two frames differ at most in which element of an absent list they name.
    fn stand_for_the_same(&self, a: &[Sym], b: &[Sym]) -> bool {
        let site = self.symbolic.site;
        let list = |record: usize| site.records[record].phantom.then(|| site.stated_owner(record, 0));
        a.iter().zip(b).all(|pair| match pair {
            (Sym::Record(a), Sym::Record(b)) => match (a.as_slice(), b.as_slice()) {
                ([(_, a)], [(_, b)]) => a == b || (list(*a).is_some() && list(*a) == list(*b)),
                _ => false,
            },
            (a, b) => a == b,
        })
    }

    /// A smallest set of hard instances that no completion satisfies together, or none and a completion that
    /// satisfies all. Instances are dropped in file order, so the set does not depend on the solver.
    fn contradiction(&mut self, hard: &[usize]) -> (Vec<usize>, Option<Vec<i64>>) {
        let Some(&first) = hard.first() else { return (Vec::new(), None) };
        match self.ask(first, "do the hard rules allow any completion?", &TRUE, hard) {
            Answer::Impossible => {}
            Answer::Possible(filled) => return (Vec::new(), Some(filled)),
            Answer::Unknown(_) => return (Vec::new(), None),
        }
        let mut kept = hard.to_vec();
        let mut at = 0;
        while at < kept.len() {
            let mut without = kept.clone();
            let dropped = without.remove(at);
            if self.ask(dropped, "and without this one?", &TRUE, &without) == Answer::Impossible {
                kept = without;
            } else {
                at += 1;
            }
        }
        (kept, None)
    }

    fn one(&mut self, index: usize, background: &[usize], legal: &mut Vec<Vec<i64>>) -> Decision {
        for (asked, wanted, otherwise) in
            [("can it be violated?", false, Decision::Holds), ("can it be satisfied?", true, Decision::Violated)]
        {
            let holds = &self.open[index].instance.holds;
            if let Some(filled) = legal.iter().find(|filled| term::truth(holds, filled) == wanted).cloned() {
                self.compare(index, &filled, wanted);
                continue;
            }
            let condition = if wanted { holds.clone() } else { not(holds.clone()) };
            match self.ask(index, asked, &condition, background) {
                Answer::Impossible => return otherwise,
                Answer::Unknown(why) => return Decision::GaveUp(why),
                Answer::Possible(filled) => {
                    self.compare(index, &filled, wanted);
                    if !self.open[index].hard {
                        legal.push(filled);
                    }
                }
            }
        }
        Decision::CannotTell
    }

    /// Replays a completion on the concrete meaning, which must say what the solver said.
    fn compare(&mut self, index: usize, filled: &[i64], expected: bool) {
        let open = &self.open[index];
        let completion =
            Completion { vocabulary: self.symbolic.vocabulary, site: self.symbolic.site, filled, state: None, watch: None };
        let concrete = open.due.is_some_and(|due| !completion.holds(due, &[])) || replay(&completion, open.rule, &open.instance);
        if concrete != expected {
            self.out.disagreements.push(Disagreement { code: open.rule.code.clone(), symbolic: expected, concrete });
        }
    }
}
