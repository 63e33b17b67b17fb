//! One pair of an expression and a site: everything the meanings have to agree on.

use super::expression::{E, render};
use super::generate::Generator;
use super::nouns::Nouns;
use super::random::Random;
use super::sites;
use super::world::World;
use cutover::engine::logic::solver::{Answer, Solver};
use cutover::engine::logic::symbolic::Symbolic;
use cutover::engine::logic::term::{self, Bool};
use cutover::engine::logic::z3::Z3;
use cutover::model::eval::Completion;
use cutover::model::read_site;
use cutover::model::site::{Domain, Site};
use cutover::source::finding::Finding;
use cutover::source::text::Source;
use cutover::source::yaml;
use cutover::spec::expr::Expr;
use cutover::spec::parser;
use cutover::spec::rulebook::Rulebook;
use cutover::spec::typing::Typing;
use std::collections::BTreeSet;

/// How many expressions are asked of one site.
const EXPRESSIONS_PER_SITE: u64 = 5;
/// How many ways to fill the holes are tried, beside the one that the site was cut out of.
const COMPLETIONS: usize = 3;

/// What was seen; printed, and looked at by the tests so that they cannot succeed by seeing nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Pairs.
    pub(crate) pairs: usize,
    /// Pairs whose term is a constant although the site has holes.
    pub(crate) folded: usize,
    /// Pairs whose term is open.
    pub(crate) open: usize,
    /// Pairs that were asked of Z3.
    pub(crate) solved: usize,
    /// Models of the term or its negation that were replayed.
    pub(crate) models: usize,
    /// Terms that Z3 says can never be true, or never false.
    pub(crate) never: usize,
    /// Questions that Z3 gave up.
    pub(crate) gave_up: usize,
    /// Forms of the language, by name.
    pub(crate) forms: BTreeSet<String>,
}

impl Seen {
    /// Both.
    pub(crate) fn add(&mut self, other: &Self) {
        self.pairs += other.pairs;
        self.folded += other.folded;
        self.open += other.open;
        self.solved += other.solved;
        self.models += other.models;
        self.never += other.never;
        self.gave_up += other.gave_up;
        self.forms.extend(other.forms.iter().cloned());
    }
}

/// A site with nothing left out, and as a file states it.
pub(crate) struct Case<'n> {
    pub(crate) nouns: &'n Nouns,
    pub(crate) world: World,
    pub(crate) text: String,
    pub(crate) site: Site,
    pub(crate) full: Site,
    /// The ways to fill the holes; the first makes the site the world.
    pub(crate) completions: Vec<Vec<i64>>,
}

/// What is read of a site's text.
pub(crate) fn read(rulebook: &Rulebook, text: &str) -> (Site, Vec<Finding>) {
    let source = Source::new("site", text);
    let root = yaml::parse(&source).unwrap_or_else(|finding| panic!("no YAML: {}\n{text}", finding.message));
    read_site::read(&rulebook.vocabulary, &root)
}

/// The expression that a text is.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn typed(nouns: &Nouns, text: &str) -> Result<Expr, String> {
    let ast = parser::expression(text).map_err(|problem| problem.message)?;
    let mut typing = Typing::new(&nouns.rulebook.vocabulary, Vec::new());
    let expr = typing.boolean(&ast);
    match (expr, typing.problems.first()) {
        (Some(expr), None) => Ok(expr),
        (_, problem) => Err(format!("is not typed: {problem:?}")),
    }
}

impl<'n> Case<'n> {
    /// The site of that seed.
    pub(crate) fn new(nouns: &'n Nouns, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let vocabulary = &nouns.rulebook.vocabulary;
        let world = World::new(vocabulary, &mut random);
        let left_out = *random.pick(&[10, 20, 30, 50, 80]);
        let text = sites::yaml(vocabulary, &nouns.rulebook.id, &world, left_out, &mut random);
        let (site, _) = read(&nouns.rulebook, &text);
        let stated = sites::yaml(vocabulary, &nouns.rulebook.id, &world, 0, &mut random);
        let (full, findings) = read(&nouns.rulebook, &stated);
        if world.stand_ins.is_empty() {
            assert!(findings.is_empty(), "a site with every fact is refused: {findings:?}\n{stated}");
            assert!(full.holes.is_empty(), "a site with every fact has holes: {:?}\n{stated}", full.holes);
        }
        let mut completions = vec![sites::of_world(vocabulary, &site, &world, &mut random)];
        completions.extend((0..COMPLETIONS).map(|_| sites::completion(&site, &mut random)));
        for filled in &completions {
            assert!(
                sites::is_possible(&site, filled),
                "what was left out cannot be put back\n{text}\n{filled:?}\n{:?}",
                site.holes
            );
        }
        Self { nouns, world, text, site, full, completions }
    }

    fn symbolic<'s>(&'s self, site: &'s Site) -> Symbolic<'s> {
        Symbolic { vocabulary: &self.nouns.rulebook.vocabulary, site, state: None }
    }

    /// Whether the expression holds on the site when its holes are filled so.
    pub(crate) fn concrete(&self, expr: &Expr, filled: &[i64]) -> bool {
        Completion { vocabulary: &self.nouns.rulebook.vocabulary, site: &self.site, filled, state: None, watch: None }
            .holds(expr, &[])
    }

    /// The term of the expression on the site.
    pub(crate) fn term(&self, expr: &Expr) -> Bool {
        self.symbolic(&self.site).holds(expr, &[])
    }

    /// Holds the meanings of one expression against each other, Z3 only if asked to.
    ///
    /// # Errors
    /// The first thing they do not agree on.
    pub(crate) fn check(&self, e: &E, text: &str, with_z3: bool, seen: &mut Seen) -> Result<(), String> {
        let expr = typed(self.nouns, text)?;
        seen.pairs += 1;
        let same = |what: &str, a: bool, b: bool| if a == b { Ok(()) } else { Err(format!("{what}: {a} and {b}")) };
        let expected = self.world.holds(self.nouns, e, &[]);
        same(
            "the language and the evaluator, facts left out and put back",
            expected,
            self.concrete(&expr, &self.completions[0]),
        )?;
        if self.world.stand_ins.is_empty() {
            let full = Completion {
                vocabulary: &self.nouns.rulebook.vocabulary,
                site: &self.full,
                filled: &[],
                state: None,
                watch: None,
            };
            same("the language and the evaluator, nothing left out", expected, full.holds(&expr, &[]))?;
            match self.symbolic(&self.full).holds(&expr, &[]) {
                Bool::Const(value) => same("the language and the folded term, nothing left out", expected, value)?,
                open @ Bool::Node(_) => return Err(format!("nothing is left out, and the term is open: {open:?}")),
            }
        }
        let term = self.term(&expr);
        for filled in &self.completions {
            let (concrete, symbolic) = (self.concrete(&expr, filled), term::truth(&term, filled));
            same(&format!("the evaluator and the term under {filled:?}"), concrete, symbolic)?;
        }
        seen.folded += usize::from(matches!(term, Bool::Const(_)) && !self.site.holes.is_empty());
        seen.open += usize::from(matches!(term, Bool::Node(_)));
        if with_z3 {
            seen.solved += 1;
            self.solve(&mut Z3::new(&self.site), &expr, &term, seen)?;
        }
        Ok(())
    }

    /// Holds the answers of a solver about the term against the evaluator.
    ///
    /// # Errors
    /// The first answer that is wrong.
    pub(crate) fn solve(&self, solver: &mut dyn Solver, expr: &Expr, term: &Bool, seen: &mut Seen) -> Result<(), String> {
        let mut holes = BTreeSet::new();
        term::holes(term, &mut holes);
        let negation = term::not(term.clone());
        for filled in self.completions.iter().take(2) {
            let fixed: Vec<Bool> = holes.iter().map(|hole| self.fixed(*hole, filled[*hole])).collect();
            let value = self.concrete(expr, filled);
            for (asked, expected) in [(term, value), (&negation, !value)] {
                let conditions: Vec<&Bool> = fixed.iter().chain([asked]).collect();
                match (solver.ask(&conditions), expected) {
                    (Answer::Possible(_), true) | (Answer::Impossible, false) => {}
                    (Answer::Unknown(_), _) => seen.gave_up += 1,
                    (answer, _) => {
                        return Err(format!("the solver, the holes filled with {filled:?}, about {asked:?}: {answer:?}"));
                    }
                }
            }
        }
        if matches!(term, Bool::Const(_)) {
            return Ok(());
        }
        let met = |value: bool| self.completions.iter().any(|filled| self.concrete(expr, filled) == value);
        for (asked, expected) in [(term, true), (&negation, false)] {
            match solver.ask(&[asked]) {
                Answer::Possible(filled) => {
                    if !sites::is_possible(&self.site, &filled) {
                        return Err(format!("the solver fills a hole with what it cannot be: {filled:?}"));
                    }
                    if self.concrete(expr, &filled) != expected {
                        return Err(format!("the solver says that {filled:?} makes it {expected}; the evaluator does not"));
                    }
                    seen.models += 1;
                }
                Answer::Impossible if met(expected) => {
                    return Err(format!("the solver says that it is never {expected}; the evaluator knows better"));
                }
                Answer::Impossible => seen.never += 1,
                Answer::Unknown(_) => seen.gave_up += 1,
            }
        }
        Ok(())
    }

    /// That a hole is filled so.
    fn fixed(&self, hole: usize, value: i64) -> Bool {
        if self.site.holes[hole].domain == Domain::Boolean {
            return if value == 0 { term::not(term::bool_hole(hole)) } else { term::bool_hole(hole) };
        }
        // Bounds so wide that nothing folds: that it is in its domain is the solver's to know.
        term::equal(term::int_hole(hole, i64::MIN / 4, i64::MAX / 4), term::Int::Const(value))
    }

    /// The simplest expression inside `e` that still fails, and how.
    fn smallest(&self, mut e: E, mut why: String, with_z3: bool) -> (E, String) {
        let mut random = Random::new(0);
        let mut steps = 0;
        'again: while steps < 200 {
            for simpler in e.simpler() {
                steps += 1;
                let text = render(&simpler, &mut random);
                if typed(self.nouns, &text).is_err() {
                    continue;
                }
                if let Err(reason) = self.check(&simpler, &text, with_z3, &mut Seen::default()) {
                    (e, why) = (simpler, reason);
                    continue 'again;
                }
            }
            break;
        }
        (e, why)
    }
}

/// All rulebooks that pairs are made over; pair `n` takes the one that belongs to its site.
pub(crate) fn rulebooks() -> Vec<Nouns> {
    (0..9).map(|n| if n % 3 == 2 { super::nouns::real(n) } else { super::nouns::small(n) }).collect()
}

/// Checks the pairs of these numbers, every one with Z3 whose number `with_z3` names.
///
/// # Panics
/// When the meanings of one pair do not agree: says which, and how to see it again.
pub(crate) fn pairs(all: &[Nouns], numbers: impl Iterator<Item = u64>, with_z3: impl Fn(u64) -> bool) -> Seen {
    let mut seen = Seen::default();
    let mut case: Option<(u64, Case<'_>)> = None;
    for number in numbers {
        let group = number / EXPRESSIONS_PER_SITE;
        if case.as_ref().is_none_or(|(known, _)| *known != group) {
            let nouns = &all[usize::try_from(group).unwrap() % all.len()];
            case = Some((group, Case::new(nouns, group)));
        }
        let Some((_, case)) = &case else { continue };
        let mut random = Random::new(u64::MAX - number);
        let nouns = case.nouns;
        let depth = 1 + random.below(5);
        let e =
            Generator::new(&nouns.rulebook.vocabulary, &nouns.definitions, &mut random, Vec::new(), nouns.nesting).boolean(depth);
        let text = render(&e, &mut random);
        forms(&e, &mut seen.forms);
        if let Err(why) = case.check(&e, &text, with_z3(number), &mut seen) {
            let (small, small_why) = case.smallest(e, why.clone(), with_z3(number));
            panic!(
                "pair {number} ({}):\n{text}\n{why}\n\nsmaller:\n{}\n{small_why}\n\non the site\n{}\n\nagain: {}={number} {}=1 cargo test --test agreement",
                nouns.rulebook.id,
                render(&small, &mut Random::new(0)),
                case.text,
                super::FIRST,
                super::PAIRS,
            );
        }
    }
    seen
}

/// Whether the meanings are seen to differ when one of them reads `other` where the other one reads `word`, in the
/// expressions made for this site.
pub(crate) fn notices(all: &[Nouns], group: u64, word: &str, other: &str) -> bool {
    let nouns = &all[usize::try_from(group).unwrap() % all.len()];
    let mut random = Random::new(group);
    let e = Generator::new(&nouns.rulebook.vocabulary, &nouns.definitions, &mut random, Vec::new(), nouns.nesting).boolean(3);
    let text = render(&e, &mut random);
    if !text.contains(word) {
        return false;
    }
    let misread = text.replacen(word, other, 1);
    typed(nouns, &misread).is_ok() && Case::new(nouns, group).check(&e, &misread, false, &mut Seen::default()).is_err()
}

/// The forms of the language that an expression has.
fn forms(e: &E, out: &mut BTreeSet<String>) {
    let shown = format!("{e:?}");
    for word in
        shown.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase()))
    {
        out.insert(word.to_owned());
    }
}
