//! What missing facts leave open: for each open instance of a rule, whether every completion of the site that the
//! hard rules allow satisfies it, none does, or it cannot be told.

use super::instance::{Instance, replay};
use super::solver::{Answer, Solver};
use super::symbolic::Symbolic;
use super::term::{Bool, not};
use crate::model::eval::Completion;
use crate::spec::expr::Expr;
use crate::spec::rule::Rule;

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
pub fn decide(symbolic: Symbolic<'_>, solver: &mut dyn Solver, open: &[Open<'_>]) -> Decided {
    let mut asking = Asking { symbolic, solver, open, out: Decided::default() };
    let mut excluded = asking.contradiction();
    let given = excluded.clone();
    for (index, this) in open.iter().enumerate() {
        let decision = if given.contains(&index) {
            let others: Vec<usize> = given.iter().copied().filter(|other| *other != index).collect();
            if others.is_empty() { Decision::Violated } else { Decision::ViolatedGiven(others) }
        } else if this.instance.phantom && asking.has_twin(index) {
            Decision::LikeAnother
        } else {
            asking.one(index, &excluded)
        };
        if decision == Decision::Violated {
            excluded.push(index);
        }
        asking.out.decisions.push(decision);
    }
    asking.out
}

struct Asking<'a, 'r> {
    symbolic: Symbolic<'a>,
    solver: &'a mut dyn Solver,
    open: &'a [Open<'r>],
    out: Decided,
}

impl Asking<'_, '_> {
    fn ask(&mut self, index: usize, asked: &'static str, conditions: &[&Bool]) -> Answer {
        let answer = self.solver.ask(conditions);
        let word = match answer {
            Answer::Possible(_) => "possible",
            Answer::Impossible => "impossible",
            Answer::Unknown(_) => "unknown",
        };
        self.out.questions.push(Question { code: self.open[index].rule.code.clone(), asked, answer: word });
        answer
    }

    /// Whether an earlier open instance of the same rule ranges over the same absent list.
    fn has_twin(&self, index: usize) -> bool {
        let this = &self.open[index];
        self.open.iter().take(index).any(|other| other.order == this.order && other.instance.phantom)
    }

    /// The open hard instances other than `index` that are not excluded.
    fn background(&self, index: Option<usize>, excluded: &[usize]) -> Vec<usize> {
        let all = self.open.iter().enumerate().filter(|(_, open)| open.hard).map(|(i, _)| i);
        all.filter(|i| Some(*i) != index && !excluded.contains(i)).collect()
    }

    /// A smallest set of hard instances that no completion satisfies together; empty if there is none.
    /// Instances are dropped in file order, so the set does not depend on the solver.
    fn contradiction(&mut self) -> Vec<usize> {
        let mut kept = self.background(None, &[]);
        let Some(&first) = kept.first() else { return Vec::new() };
        if !self.impossible(first, "do the hard rules allow any completion?", &kept) {
            return Vec::new();
        }
        let mut at = 0;
        while at < kept.len() {
            let mut without = kept.clone();
            let dropped = without.remove(at);
            if self.impossible(dropped, "and without this one?", &without) {
                kept = without;
            } else {
                at += 1;
            }
        }
        kept
    }

    fn impossible(&mut self, about: usize, asked: &'static str, instances: &[usize]) -> bool {
        let open = self.open;
        let conditions: Vec<&Bool> = instances.iter().map(|i| &open[*i].instance.holds).collect();
        self.ask(about, asked, &conditions) == Answer::Impossible
    }

    fn one(&mut self, index: usize, excluded: &[usize]) -> Decision {
        let open = self.open;
        let background = self.background(Some(index), excluded);
        let background: Vec<&Bool> = background.iter().map(|i| &open[*i].instance.holds).collect();
        let holds = open[index].instance.holds.clone();
        let fails = not(holds.clone());
        let question = |asking: &mut Self, asked, condition: &Bool, expected| {
            let conditions: Vec<&Bool> = background.iter().copied().chain([condition]).collect();
            let answer = asking.ask(index, asked, &conditions);
            if let Answer::Possible(filled) = &answer {
                asking.compare(index, filled, expected);
            }
            answer
        };
        match question(self, "can it be violated?", &fails, false) {
            Answer::Impossible => return Decision::Holds,
            Answer::Unknown(why) => return Decision::GaveUp(why),
            Answer::Possible(_) => {}
        }
        match question(self, "can it be satisfied?", &holds, true) {
            Answer::Impossible => Decision::Violated,
            Answer::Unknown(why) => Decision::GaveUp(why),
            Answer::Possible(_) => Decision::CannotTell,
        }
    }

    /// Replays a completion on the concrete meaning, which must say what the solver said.
    fn compare(&mut self, index: usize, filled: &[i64], expected: bool) {
        let open = &self.open[index];
        let completion = Completion { vocabulary: self.symbolic.vocabulary, site: self.symbolic.site, filled };
        let concrete = open.due.is_some_and(|due| !completion.holds(due, &[])) || replay(&completion, open.rule, &open.instance);
        if concrete != expected {
            self.out.disagreements.push(Disagreement { code: open.rule.code.clone(), symbolic: expected, concrete });
        }
    }
}
