//! The only file that knows Z3. Uses integers and booleans, no enumeration sorts, and neither unsat cores nor models in what
//! is printed: the answers are the same with every supported version.
//! Trusted: a mistake in the translation can make a wrong *holds*.

use super::solver::{Answer, EFFORT_MAX, Solver};
use super::term::{self, Bool, BoolNode, Int, IntNode};
use crate::model::site::{Domain, HoleId, Site};
use std::collections::BTreeSet;
use z3::ast;
use z3::{Params, SatResult};

/// A Z3 solver that knows the holes of one site.
pub struct Z3<'a> {
    site: &'a Site,
    solver: z3::Solver,
    holes: Vec<Option<Constant>>,
    assumed: BTreeSet<HoleId>,
}

#[derive(Clone)]
enum Constant {
    Bool(ast::Bool),
    Int(ast::Int),
}

/// Version of the linked library.
#[must_use]
pub fn version() -> String {
    z3::full_version().to_owned()
}

/// A Z3 solver behind the trait.
#[must_use]
pub fn solver(site: &Site, effort: u32) -> Box<dyn Solver + '_> {
    Box::new(Z3::with_effort(site, effort))
}

impl<'a> Z3<'a> {
    /// A solver for the holes of `site`.
    #[must_use]
    pub fn new(site: &'a Site) -> Self {
        Self::with_effort(site, EFFORT_MAX)
    }

    /// The same with that much effort for one question.
    #[must_use]
    pub fn with_effort(site: &'a Site, effort: u32) -> Self {
        let solver = z3::Solver::new();
        let mut params = Params::new();
        params.set_u32("rlimit", effort);
        params.set_u32("random_seed", 0);
        solver.set_params(&params);
        Self { site, solver, holes: vec![None; site.holes.len()], assumed: BTreeSet::new() }
    }

    /// Asserts conditions and what is known of their holes; returns these.
    fn assert_all<'c>(&mut self, conditions: impl Iterator<Item = &'c Bool>) -> BTreeSet<HoleId> {
        let mut holes = BTreeSet::new();
        for condition in conditions {
            term::holes(condition, &mut holes);
            let condition = self.bool(condition);
            self.solver.assert(&condition);
        }
        self.assert_domains(holes)
    }

    fn constant(&mut self, hole: HoleId) -> Constant {
        if let Some(known) = &self.holes[hole] {
            return known.clone();
        }
        let name = format!("hole{hole}");
        let constant = if self.site.holes[hole].domain == Domain::Boolean {
            Constant::Bool(ast::Bool::new_const(name))
        } else {
            Constant::Int(ast::Int::new_const(name))
        };
        self.holes[hole] = Some(constant.clone());
        constant
    }

    fn bool_hole(&mut self, hole: HoleId) -> ast::Bool {
        match self.constant(hole) {
            Constant::Bool(constant) => constant,
            Constant::Int(constant) => constant.eq(ast::Int::from_i64(0)).not(),
        }
    }

    fn int_hole(&mut self, hole: HoleId) -> ast::Int {
        match self.constant(hole) {
            Constant::Int(constant) => constant,
            Constant::Bool(constant) => constant.ite(&ast::Int::from_i64(1), &ast::Int::from_i64(0)),
        }
    }

    fn bool(&mut self, term: &Bool) -> ast::Bool {
        let node = match term {
            Bool::Const(value) => return ast::Bool::from_bool(*value),
            Bool::Node(node) => node,
        };
        match &**node {
            BoolNode::Hole(hole) => self.bool_hole(*hole),
            BoolNode::Not(inner) => self.bool(inner).not(),
            BoolNode::And(terms) => ast::Bool::and(&terms.iter().map(|t| self.bool(t)).collect::<Vec<_>>()),
            BoolNode::Or(terms) => ast::Bool::or(&terms.iter().map(|t| self.bool(t)).collect::<Vec<_>>()),
            BoolNode::Iff(a, b) => self.bool(a).iff(self.bool(b)),
            BoolNode::Equal(a, b) => {
                let (a, b) = (self.int(a), self.int(b));
                a.eq(b)
            }
            BoolNode::AtMost(a, b) => {
                let (a, b) = (self.int(a), self.int(b));
                a.le(b)
            }
        }
    }

    fn int(&mut self, term: &Int) -> ast::Int {
        let node = match term {
            Int::Const(value) => return ast::Int::from_i64(*value),
            Int::Node(node) => node,
        };
        match &**node {
            IntNode::Hole(hole, ..) => self.int_hole(*hole),
            IntNode::If(condition, a, b) => {
                let (condition, a, b) = (self.bool(condition), self.int(a), self.int(b));
                condition.ite(&a, &b)
            }
            IntNode::Sum(terms) => ast::Int::add(&terms.iter().map(|t| self.int(t)).collect::<Vec<_>>()),
        }
    }

    /// What is known of the holes of a question: their domains, and that elements of an absent list come in order.
    /// Returns the holes that are now part of the question.
    fn assert_domains(&mut self, mut holes: BTreeSet<HoleId>) -> BTreeSet<HoleId> {
        // An element can only be there if the one before it is, so that one belongs to the question as well.
        for &(later, earlier) in self.site.ordered.iter().rev() {
            if holes.contains(&later) {
                holes.insert(earlier);
                let (later, earlier) = (self.bool_hole(later), self.bool_hole(earlier));
                self.solver.assert(later.implies(&earlier));
            }
        }
        for &hole in &holes {
            if let Constant::Int(constant) = self.constant(hole) {
                let ranges = self.site.ranges(hole);
                let within = ranges.iter().map(|&(min, max)| {
                    ast::Bool::and(&[constant.ge(ast::Int::from_i64(min)), constant.le(ast::Int::from_i64(max))])
                });
                self.solver.assert(ast::Bool::or(&within.collect::<Vec<_>>()));
            }
        }
        holes
    }

    /// The holes filled as the model says; one that the question does not mention can be anything.
    fn filled(&self, model: &z3::Model, asked: &BTreeSet<HoleId>) -> Vec<i64> {
        let value = |hole: usize| match &self.holes[hole] {
            Some(Constant::Bool(constant)) => model.eval(constant, true).and_then(|v| v.as_bool()).map(i64::from),
            Some(Constant::Int(constant)) => model.eval(constant, true).and_then(|v| v.as_i64()),
            None => None,
        };
        let any = |hole: usize| self.site.ranges(hole).first().map_or(0, |range| range.0);
        let one = |hole: usize| if asked.contains(&hole) { value(hole) } else { None };
        (0..self.holes.len()).map(|hole| one(hole).unwrap_or_else(|| any(hole))).collect()
    }
}

impl Solver for Z3<'_> {
    fn assume(&mut self, conditions: &[Bool]) {
        let holes = self.assert_all(conditions.iter());
        self.assumed.extend(holes);
    }

    fn ask(&mut self, conditions: &[&Bool]) -> Answer {
        self.solver.push();
        let mut holes = self.assert_all(conditions.iter().copied());
        holes.extend(&self.assumed);
        let answer = match self.solver.check() {
            SatResult::Unsat => Answer::Impossible,
            SatResult::Sat => match self.solver.get_model() {
                Some(model) => Answer::Possible(self.filled(&model, &holes)),
                None => Answer::Unknown("no model".to_owned()),
            },
            SatResult::Unknown => Answer::Unknown(self.solver.get_reason_unknown().unwrap_or_default()),
        };
        self.solver.pop(1);
        answer
    }
}

/// A fact, by hole, and whether it is true.
pub type Literal = (HoleId, bool);

/// What [`Facts`] say to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// What was supposed can hold; each fact's value, by hole, 0 or 1.
    Possible(Vec<i64>),
    /// It cannot; these of the literals are enough for that. A hint that may differ between versions: never printed.
    Impossible(Vec<Literal>),
    /// The effort ran out.
    Unknown,
}

/// Conditions over facts that are true or false, for many short questions that differ in what is supposed.
pub struct Facts {
    solver: z3::Solver,
    made: Vec<ast::Bool>,
    told: usize,
}

impl Facts {
    /// No conditions yet, and so much effort for each question. Told are the values of the first `told` facts.
    #[must_use]
    pub fn new(effort: u32, told: usize) -> Self {
        let solver = z3::Solver::new_for_logic("QF_FD").unwrap_or_default();
        let mut params = Params::new();
        params.set_u32("rlimit", effort);
        solver.set_params(&params);
        Self { solver, made: Vec::new(), told }
    }

    fn fact(&mut self, hole: HoleId) -> ast::Bool {
        while self.made.len() <= hole {
            self.made.push(ast::Bool::new_const(format!("fact{}", self.made.len())));
        }
        self.made[hole].clone()
    }

    fn bool(&mut self, term: &Bool) -> ast::Bool {
        let node = match term {
            Bool::Const(value) => return ast::Bool::from_bool(*value),
            Bool::Node(node) => node,
        };
        let mut all = |terms: &[Bool]| terms.iter().map(|term| self.bool(term)).collect::<Vec<_>>();
        match &**node {
            BoolNode::And(terms) => ast::Bool::and(&all(terms)),
            BoolNode::Or(terms) => ast::Bool::or(&all(terms)),
            BoolNode::Iff(a, b) => self.bool(a).iff(self.bool(b)),
            BoolNode::Not(inner) => self.bool(inner).not(),
            BoolNode::Hole(hole) => self.fact(*hole),
            // Facts have no numbers. A fact of its own for each, without meaning, can only make more possible.
            BoolNode::Equal(..) | BoolNode::AtMost(..) => ast::Bool::fresh_const("number"),
        }
    }

    /// A condition that all later questions are asked under.
    pub fn assert(&mut self, condition: &Bool) {
        let condition = self.bool(condition);
        self.solver.assert(&condition);
    }

    /// Whether these can be so, with all that was asserted.
    pub fn ask(&mut self, supposed: &[Literal]) -> Told {
        let literals: Vec<ast::Bool> = supposed
            .iter()
            .map(|(hole, is)| {
                let fact = self.fact(*hole);
                if *is { fact } else { fact.not() }
            })
            .collect();
        match self.solver.check_assumptions(&literals) {
            SatResult::Unknown => Told::Unknown,
            SatResult::Unsat => {
                let core = self.solver.get_unsat_core();
                let literals = supposed.iter().zip(&literals).filter(|(_, literal)| core.contains(literal));
                Told::Impossible(literals.map(|(supposed, _)| *supposed).collect())
            }
            SatResult::Sat => match self.solver.get_model() {
                None => Told::Unknown,
                Some(model) => {
                    let value = |fact: &ast::Bool| model.eval(fact, true).and_then(|value| value.as_bool()).map_or(0, i64::from);
                    Told::Possible(self.made.iter().take(self.told).map(value).collect())
                }
            },
        }
    }
}
