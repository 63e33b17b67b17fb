//! Rules as they are used: applied to each choice of what they range over, as terms and replayed.

use super::compare::{Case, read};
use super::expression::{E, render};
use super::generate::Generator;
use super::nouns::{self, Nouns};
use super::random::Random;
use super::sites;
use super::world::{Thing, World, elements};
use cutover::engine::logic::instance::{Instance, instances, replay};
use cutover::engine::logic::known::Known;
use cutover::engine::logic::solver::{Answer, Solver};
use cutover::engine::logic::sym::Sym;
use cutover::engine::logic::symbolic::Symbolic;
use cutover::engine::logic::term::{Bool, FALSE, TRUE, not, truth};
use cutover::engine::logic::z3::Z3;
use cutover::model::eval::Completion;
use cutover::model::site::Site;
use cutover::spec::embedded;
use cutover::spec::rule::Rule;
use cutover::spec::rulebook::{Rulebook, load};

/// A rule as it was made.
struct Made {
    /// The variables of each part, and what they range over.
    each: Vec<(Vec<String>, E)>,
    applies: E,
    must: E,
}

impl Made {
    fn new(nouns: &Nouns, random: &mut Random) -> Self {
        let mut generator = Generator::new(&nouns.rulebook.vocabulary, &nouns.definitions, random, Vec::new(), 1);
        let each = generator.ranges(2);
        let (applies, must) = (generator.boolean(1), generator.boolean(3));
        Self { each, applies, must }
    }

    fn file(&self, random: &mut Random, place: &str) -> String {
        let each: Vec<String> =
            self.each.iter().map(|(names, e)| format!("{} in {}", names.join(", "), render(e, random))).collect();
        let (applies, must) = (render(&self.applies, random), render(&self.must, random));
        format!(
            "claim: C.\nlevel: error\nwhen: always\neach: \"{}\"\nwhere: \"{applies}\"\nmust: \"{must}\"\nat: {place}\nmessage: m\nhelp: h\nwhy: W.\npage: '1'\nstatements: [P-01]\npasses: ''\nfails: ''\n",
            each.join(", ")
        )
    }

    /// On how many choices it applies, and on how many of them it fails.
    fn counts(&self, nouns: &Nouns, world: &World, frame: &mut Vec<Thing>, depth: usize) -> (usize, usize) {
        let Some((names, collection)) = self.each.get(depth) else {
            let applies = world.holds(nouns, &self.applies, frame);
            return (usize::from(applies), usize::from(applies && !world.holds(nouns, &self.must, frame)));
        };
        let elements = elements(world.value(nouns, collection, frame));
        let mut out = (0, 0);
        for (index, first) in elements.iter().enumerate() {
            let seconds = if names.len() == 2 { &elements[index + 1..] } else { &elements[index..=index] };
            for second in seconds {
                let before = frame.len();
                frame.push(first.clone());
                frame.extend((names.len() == 2).then(|| second.clone()));
                let (applies, fails) = self.counts(nouns, world, frame, depth + 1);
                out = (out.0 + applies, out.1 + fails);
                frame.truncate(before);
            }
        }
        out
    }
}

/// Whether each instance says the same as its replay, on each completion and on what Z3 finds.
fn compare(rulebook: &Rulebook, site: &Site, rule: &Rule, found: &[Instance], completions: &[Vec<i64>], with_z3: bool) -> usize {
    let mut compared = 0;
    let mut same = |instance: &Instance, filled: &[i64], expected: bool, what: &str| {
        let completion = Completion { vocabulary: &rulebook.vocabulary, site, filled, state: None, watch: None };
        compared += 1;
        assert_eq!(replay(&completion, rule, instance), expected, "{}: {what} and replay on {filled:?}: {instance:?}", rule.code);
    };
    for instance in found {
        for filled in completions {
            same(instance, filled, truth(&instance.holds, filled), "term");
        }
    }
    if with_z3 {
        let mut solver = Z3::new(site);
        // The last ones: what they say of an element of an absent list, they say without those before it.
        for instance in found.iter().rev().filter(|instance| matches!(instance.holds, Bool::Node(_))).take(3) {
            for (asked, expected) in [(instance.holds.clone(), true), (not(instance.holds.clone()), false)] {
                if let Answer::Possible(filled) = solver.ask(&[&asked]) {
                    assert!(
                        sites::is_possible(site, &filled),
                        "{}: Z3 fills a hole with what it cannot be: {filled:?}",
                        rule.code
                    );
                    same(instance, &filled, expected, "Z3");
                }
            }
        }
    }
    compared
}

/// Holds what the facts decide without a term against the terms; how many instances they decide.
fn told_alike(symbolic: Symbolic<'_>, rule: &Rule, found: &[Instance]) -> usize {
    let told = Known::new(symbolic).rule(rule);
    assert!(!told.disagrees, "{}", rule.code);
    let rest = |instances: &[Instance]| -> Vec<(Vec<Sym>, Bool)> {
        let rest = instances.iter().filter(|instance| instance.holds != TRUE);
        rest.map(|instance| (instance.frame.clone(), instance.holds.clone())).collect()
    };
    assert_eq!(rest(&told.instances), rest(found), "{}", rule.code);
    let holds = |instances: &[Instance]| instances.iter().any(|i| i.holds == TRUE && i.applies == TRUE);
    assert_eq!(told.applied || holds(&told.instances), holds(found), "{}", rule.code);
    found.len() - told.instances.len()
}

#[test]
fn a_rule_fails_on_as_many_choices_as_the_language_says_and_each_replays() {
    let (mut failing, mut compared, mut decided) = (0, 0, 0);
    for seed in 0..15 {
        let nouns = if seed % 3 == 2 { nouns::real(seed) } else { nouns::small(seed) };
        let mut random = Random::new(seed + 1000);
        let made: Vec<Made> = (0..12).map(|_| Made::new(&nouns, &mut random)).collect();
        let place = nouns.rulebook.vocabulary.site_record().fields[0].name.clone();
        let files: Vec<(String, String)> =
            made.iter().enumerate().map(|(n, made)| (format!("rules/r{n:02}.yaml"), made.file(&mut random, &place))).collect();
        let all: Vec<(&str, &str)> =
            nouns.files().into_iter().chain(files.iter().map(|(path, text)| (path.as_str(), text.as_str()))).collect();
        let rulebook = load(&all).unwrap_or_else(|faults| panic!("seed {seed}: {faults:?}"));
        for number in 0..6 {
            let case = Case::new(&nouns, seed * 100 + number);
            for (rule, made) in rulebook.rules.iter().zip(&made) {
                let expected = made.counts(&nouns, &case.world, &mut Vec::new(), 0);
                let symbolic = |site| Symbolic { vocabulary: &rulebook.vocabulary, site, state: None };
                let of = |site| instances(symbolic(site), rule, &TRUE);
                let told = format!(
                    "seed {seed}, site {number}, {}\n{}\n{}",
                    rule.code,
                    made.file(&mut Random::new(0), &place),
                    case.text
                );
                if case.world.stand_ins.is_empty() {
                    let full = of(&case.full);
                    let applying = full.iter().filter(|i| i.applies == TRUE).count();
                    let fails = full.iter().filter(|i| i.holds == FALSE).count();
                    assert_eq!((applying, fails), expected, "nothing left out: {told}");
                    decided += told_alike(symbolic(&case.full), rule, &full);
                }
                let found = of(&case.site);
                let filled = &case.completions[0];
                let applying = found.iter().filter(|i| truth(&i.applies, filled)).count();
                let fails = found.iter().filter(|i| !truth(&i.holds, filled)).count();
                assert_eq!((applying, fails), expected, "facts left out: {told}");
                decided += told_alike(symbolic(&case.site), rule, &found);
                failing += expected.1;
                compared += compare(&rulebook, &case.site, rule, &found, &case.completions, number == 0);
            }
        }
    }
    assert!(failing > 150, "{failing}");
    assert!(compared > 5_000, "{compared}");
    assert!(decided > 100, "{decided}");
}

#[test]
fn every_rule_of_the_real_rulebook_replays_on_random_sites() {
    let rulebook = load(embedded::files("cms-r3v11-ha").expect("is compiled in")).expect("loads");
    let (mut compared, mut decided) = (vec![0; rulebook.rules.len()], 0);
    for seed in 0..24 {
        let mut random = Random::new(seed);
        let world = World::new(&rulebook.vocabulary, &mut random);
        let left_out = *random.pick(&[10, 30, 60]);
        let text = sites::yaml(&rulebook.vocabulary, &rulebook.id, &world, left_out, &mut random);
        let (site, _) = read(&rulebook, &text);
        let completions: Vec<Vec<i64>> = (0..3).map(|_| sites::completion(&site, &mut random)).collect();
        let symbolic = Symbolic { vocabulary: &rulebook.vocabulary, site: &site, state: None };
        for (rule, compared) in rulebook.rules.iter().zip(&mut compared) {
            let found = instances(symbolic, rule, &TRUE);
            decided += told_alike(symbolic, rule, &found);
            *compared += compare(&rulebook, &site, rule, &found, &completions, seed % 4 == 0);
        }
    }
    let never: Vec<&str> =
        rulebook.rules.iter().zip(&compared).filter(|(_, n)| **n == 0).map(|(rule, _)| rule.code.as_str()).collect();
    assert!(never.is_empty(), "never applied: {never:?}");
    assert!(decided > 100, "{decided}");
}
