//! What is made of a solver's answers: of one that lies, of one that gives up, and of what is like what was asked.

use super::compare::{self, Case, Seen, typed};
use super::expression::render;
use super::generate::Generator;
use super::random::Random;
use super::sites;
use cutover::engine::logic::decide::{Decided, Decision, Open, decide};
use cutover::engine::logic::instance::instances;
use cutover::engine::logic::solver::{Answer, Solver};
use cutover::engine::logic::symbolic::Symbolic;
use cutover::engine::logic::term::{Bool, FALSE, TRUE, not};
use cutover::engine::logic::z3::Z3;
use cutover::engine::verification::lint::{Judgement, Selection, Verdict, lint};
use cutover::model::read_site;
use cutover::model::site::Site;
use cutover::source::finding::Level;
use cutover::source::text::Source;
use cutover::source::yaml;
use cutover::spec::embedded;
use cutover::spec::rule::When;
use cutover::spec::rulebook::{Rulebook, load};

const HALF_FILLED: &str = include_str!("../../examples/half-filled/half-filled.site.yaml");

/// What becomes of an answer: its number, what it is, and the site.
type Lie<'a> = dyn Fn(usize, Answer, &Site) -> Answer + 'a;

/// A solver whose answers are changed.
struct Liar<'a> {
    honest: Z3<'a>,
    site: &'a Site,
    asked: usize,
    lie: &'a Lie<'a>,
}

impl Solver for Liar<'_> {
    fn assume(&mut self, conditions: &[Bool]) {
        self.honest.assume(conditions);
    }

    fn ask(&mut self, conditions: &[&Bool]) -> Answer {
        let answer = self.honest.ask(conditions);
        self.asked += 1;
        (self.lie)(self.asked - 1, answer, self.site)
    }
}

/// Another way to fill the holes than the one that was asked for.
fn corrupted(answer: Answer, site: &Site) -> Answer {
    match answer {
        Answer::Possible(_) => Answer::Possible(sites::completion(site, &mut Random::new(7))),
        other => other,
    }
}

/// Possible for impossible, and the other way round.
fn flipped(answer: &Answer, site: &Site) -> Answer {
    match answer {
        Answer::Possible(_) => Answer::Impossible,
        _ => Answer::Possible(sites::completion(site, &mut Random::new(7))),
    }
}

/// What the instances of the real rulebook on a half-filled site become with such a solver.
fn half_filled(lie: &Lie<'_>) -> Decided {
    half_filled_with(lie, &|_| {})
}

/// The same, with the open instances changed first.
fn half_filled_with(lie: &Lie<'_>, change: &dyn Fn(&mut Vec<Open<'_>>)) -> Decided {
    let rulebook = load(embedded::files("cms-r3v11-ha").expect("is compiled in")).expect("loads");
    let source = Source::new("site", HALF_FILLED);
    let root = yaml::parse(&source).expect("is YAML");
    let (site, _) = read_site::read(&rulebook.vocabulary, &root);
    let symbolic = Symbolic { vocabulary: &rulebook.vocabulary, site: &site, state: None };
    let finished = symbolic.holds(&rulebook.finished, &[]);
    let mut open = Vec::new();
    for (order, rule) in rulebook.rules.iter().enumerate() {
        let at_end = rule.when == When::End;
        let due = if at_end { finished.clone() } else { TRUE };
        if due == FALSE {
            continue;
        }
        let hard = rule.level == Level::Error && rule.when == When::Always;
        let waiting = instances(symbolic, rule, &due).into_iter().filter(|instance| matches!(instance.holds, Bool::Node(_)));
        open.extend(waiting.map(|instance| Open { rule, order, instance, due: at_end.then_some(&rulebook.finished), hard }));
    }
    change(&mut open);
    decide(symbolic, &mut Liar { honest: Z3::new(&site), site: &site, asked: 0, lie }, &open)
}

#[test]
fn an_honest_solver_is_never_contradicted() {
    let decided = half_filled(&|_, answer, _| answer);
    assert!(decided.disagreements.is_empty(), "{:?}", decided.disagreements);
    assert!(decided.decisions.contains(&Decision::CannotTell), "nothing was open");
}

#[test]
fn a_solver_whose_models_are_wrong_is_noticed() {
    let decided = half_filled(&|_, answer, site| corrupted(answer, site));
    assert!(!decided.disagreements.is_empty());
}

#[test]
fn a_solver_that_says_possible_of_what_is_impossible_is_noticed() {
    let honest = half_filled(&|_, answer, _| answer);
    let impossible: Vec<usize> = (0..honest.questions.len()).filter(|n| honest.questions[*n].answer == "impossible").collect();
    assert!(!impossible.is_empty(), "{:?}", honest.questions);
    for lie in impossible {
        let decided = half_filled(&|asked, answer, site| if asked == lie { flipped(&answer, site) } else { answer });
        assert!(!decided.disagreements.is_empty(), "question {lie}: {:?}", honest.questions[lie]);
    }
}

#[test]
fn a_solver_that_lies_about_random_expressions_is_noticed() {
    let all = compare::rulebooks();
    let (mut asked, mut noticed) = ([0, 0], [0, 0]);
    for seed in 0..60 {
        let case = Case::new(&all[usize::try_from(seed).unwrap() % all.len()], seed);
        let mut random = Random::new(seed);
        let e = Generator::new(&case.nouns.rulebook.vocabulary, &case.nouns.definitions, &mut random, Vec::new(), 2).boolean(3);
        let expr = typed(case.nouns, &render(&e, &mut random)).expect("is typed");
        let term = case.term(&expr);
        if matches!(term, Bool::Const(_)) {
            continue;
        }
        let lies: [&Lie<'_>; 2] = [&|_, answer, site| flipped(&answer, site), &|_, answer, site| corrupted(answer, site)];
        for (n, lie) in lies.into_iter().enumerate() {
            let mut liar = Liar { honest: Z3::new(&case.site), site: &case.site, asked: 0, lie };
            asked[n] += 1;
            noticed[n] += usize::from(case.solve(&mut liar, &expr, &term, &mut Seen::default()).is_err());
        }
    }
    assert!(asked[0] > 20, "{asked:?}");
    assert_eq!(noticed[0], asked[0], "a flipped answer went unnoticed");
    assert!(noticed[1] * 2 > asked[1], "{noticed:?} of {asked:?} corrupted models were noticed");
}

#[test]
fn a_term_that_says_something_else_than_the_evaluator_is_noticed() {
    let honest = half_filled(&|_, answer, _| answer);
    let told: Vec<usize> = (0..honest.decisions.len()).filter(|n| honest.decisions[*n] == Decision::CannotTell).collect();
    assert!(told.len() > 20, "{}", told.len());
    for index in told.into_iter().step_by(7) {
        let decided = half_filled_with(&|_, answer, _| answer, &|open| {
            open[index].instance.holds = not(open[index].instance.holds.clone())
        });
        assert!(!decided.disagreements.is_empty(), "instance {index}");
    }
}

const HEAD: &str = "
id: cellar
version: 1.0.0
title: Pumps
manual: { title: Pump Manual, number: '1', issue: '1', date: 2002-10 }
site: site
finished: 'true'
";

const VOCABULARY: &str = "
records:
  site:
    doc: One cellar.
    fields:
      pumps: { type: list of pump, at_most: 3, doc: D. }
      tags: { type: list of text, at_most: 2, doc: D. }
      slots: { type: list of 1..11, at_most: 12, doc: D. }
  pump:
    doc: One pump.
    fields:
      id: { type: text, key: true, doc: D. }
      hot: { type: boolean, doc: D. }
      big: { type: boolean, doc: D. }
      taps: { type: list of tap, at_most: 2, doc: D. }
  tap:
    doc: One tap.
    fields:
      wet: { type: boolean, doc: D. }
";

/// What a rulebook with these rules says of a site: each a code, a level, and the lines `each:` and `must:`.
fn judged(rules: &[(&str, &str, &str)], site: &str) -> Judgement {
    let rules: Vec<(String, String)> = rules
        .iter()
        .map(|(code, level, condition)| {
            let text = format!(
                "claim: C.\nlevel: {level}\nwhen: always\n{condition}\nat: tags\nmessage: m\nhelp: h\nwhy: W.\npage: '1'\nstatements: [P-01]\npasses: ''\nfails: ''\n"
            );
            (format!("rules/{code}.yaml"), text)
        })
        .collect();
    let files = [("rulebook.yaml", HEAD), ("vocabulary.yaml", VOCABULARY)];
    let files: Vec<(&str, &str)> =
        files.into_iter().chain(rules.iter().map(|(path, text)| (path.as_str(), text.as_str()))).collect();
    let rulebook: Rulebook = load(&files).unwrap_or_else(|faults| panic!("{faults:?}"));
    let source = Source::new("site", site);
    let root = yaml::parse(&source).expect("is YAML");
    lint(&rulebook, &root, &Selection::default())
}

/// Twelve numbers from 1 to 11, all different: impossible, and long to see.
const PIGEONS: &str = "must: count(slots) < 12 or exists(a, b in slots, a == b)";

#[test]
fn a_question_that_is_too_hard_cannot_be_told() {
    let judgement = judged(&[("pigeons", "error", PIGEONS)], "{ rulebook: cellar, kind: site }");
    assert_eq!(judgement.questions.iter().map(|q| q.answer).collect::<Vec<_>>(), ["possible", "unknown"]);
    assert_eq!(judgement.verdict, Verdict::CannotTell);
    assert!(judgement.undecided[0].gave_up.is_some());
}

#[test]
fn a_question_that_is_easy_is_answered_with_the_parameters_in_use() {
    let judgement = judged(&[("easy", "error", "must: exists(t in tags, t == none)")], "{ rulebook: cellar, kind: site }");
    assert_eq!(judgement.verdict, Verdict::Violated, "{judgement:?}");
}

#[test]
fn what_holds_of_every_element_of_an_absent_list_is_not_left_undecided() {
    // The last one ties the pumps together, so that they are decided together.
    let rules = [
        ("hot", "error", "each: p in pumps\nmust: p.hot"),
        ("warm", "warning", "each: p in pumps\nmust: p.hot or p.big"),
        ("tied", "error", "must: count(p in pumps, p.big) < 3"),
    ];
    let judgement = judged(&rules, "{ rulebook: cellar, kind: site }");
    let codes: Vec<&str> = judgement.undecided.iter().map(|rule| rule.code.as_str()).collect();
    assert_eq!(codes, ["hot", "tied"]);
}

#[test]
fn what_is_known_of_one_absent_list_is_not_taken_for_what_is_known_of_another() {
    // The taps of `b` must be wet: only those of `a` are waited for.
    let rules = [
        ("first", "error", "each: p in pumps, t in p.taps\nwhere: p.big\nmust: t.wet"),
        ("second", "warning", "each: p in pumps, t in p.taps\nmust: t.wet"),
        ("tied", "error", "must: not all(p in pumps, exists(t in p.taps, t.wet))"),
    ];
    let site = "{ rulebook: cellar, kind: site, pumps: [{ id: a, hot: true, big: false }, { id: b, hot: true, big: true }] }";
    let judgement = judged(&rules, site);
    let second = judgement.undecided.iter().find(|rule| rule.code == "second").expect("waits");
    assert_eq!(second.facts.iter().map(|fact| fact.name.as_str()).collect::<Vec<_>>(), ["pumps[a].taps"]);
}

#[test]
fn an_element_that_is_not_there_is_not_taken_for_an_equal_one_that_is() {
    for must in ["a != b", "false"] {
        let judgement =
            judged(&[("twice", "error", &format!("each: a, b in tags\nmust: {must}"))], "{ rulebook: cellar, kind: site }");
        assert!(judgement.disagreements.is_empty(), "{must}: {:?}", judgement.disagreements);
        assert_eq!(judgement.verdict, Verdict::CannotTell);
    }
}
