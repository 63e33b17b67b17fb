//! Plans too wide to walk, by asking a solver: the same answers as the walk where both can tell, and the known answer
//! where only the solver can.

mod support;

use cutover::engine::logic::solver::{Answer, Solver};
use cutover::engine::logic::symbolic::Symbolic;
use cutover::engine::logic::term::{Bool, FALSE};
use cutover::engine::logic::z3;
use cutover::engine::verification::orders::{search, search_with};
use cutover::engine::verification::walk::{Cause, Problem, Walk, Walked};
use cutover::model::read_plan;
use cutover::model::site::Site;
use cutover::model::state::Layout;
use cutover::source::text::Source;
use cutover::source::yaml;
use cutover::spec::rulebook::Rulebook;
use std::collections::BTreeSet;
use support::cellar::{SITE, cellar, random_plan, site_of};
use support::gates::{chains, gates, random_plan as random_gates, site};

/// What becomes of a plan when it is ready to be walked.
fn ready<T>(rulebook: &Rulebook, site: &str, plan: &str, judge: impl FnOnce(&Walk<'_>) -> T) -> T {
    let source = Source::new("plan", plan);
    let mut site = site_of(rulebook, site);
    let (plan, findings) = read_plan::read(&rulebook.vocabulary, &rulebook.machine, &mut site, &yaml::parse(&source).unwrap());
    assert!(findings.is_empty(), "{findings:?}");
    let layout = Layout::new(&rulebook.vocabulary, &site);
    let base = Symbolic { vocabulary: &rulebook.vocabulary, site: &site, state: None };
    judge(&Walk { rulebook, base, layout: &layout, plan: &plan })
}

/// What goes wrong, and whether that is sure.
fn causes(walked: &Walked) -> BTreeSet<(Cause, String, bool)> {
    let one = |problem: &Problem| (problem.cause, format!("{:?}", problem.instance.frame), problem.instance.holds == FALSE);
    walked.problems.iter().map(one).collect()
}

/// Compares both engines on random plans; how many problems were sure, how many were not, and how many plans had none.
fn compared(rulebook: &Rulebook, sites: &[String], plan: impl Fn(u64) -> String, plans: u64) -> (usize, usize, usize) {
    let (mut sure, mut open, mut none) = (0, 0, 0);
    for seed in 0..plans {
        let text = plan(seed);
        for site in sites {
            ready(rulebook, site, &text, |walk| {
                let walked = causes(&walk.walk());
                assert_eq!(causes(&search(walk).unwrap()), walked, "seed {seed}:\n{site}{text}");
                sure += walked.iter().filter(|(_, _, sure)| *sure).count();
                open += walked.iter().filter(|(_, _, sure)| !sure).count();
                none += usize::from(walked.is_empty());
            });
        }
    }
    (sure, open, none)
}

#[test]
fn asking_finds_exactly_what_walking_finds() {
    let one_open = SITE.replace(", strong: false", "");
    let both_open = one_open.replace(", strong: true", "");
    let (sure, open, none) = compared(&cellar(), &[SITE.to_owned(), one_open, both_open], random_plan, 400);
    assert!(sure > 1_000 && open > 300 && none > 20, "{sure} sure, {open} open and {none} plans without: that says too little");
    let lit = site(2);
    let dark = lit.replace("lit: true", "lit: false");
    let unknown = lit.replace("lit: true\n", "").replace(", oiled: false", "");
    let (sure, open, none) = compared(&gates(), &[lit, dark, unknown], random_gates, 300);
    assert!(sure > 1_000 && open > 300 && none > 20, "{sure} sure, {open} open and {none} plans without: that says too little");
}

/// The text of a plan with these steps.
fn text(steps: &[String]) -> String {
    format!("steps:\n{}", steps.iter().map(|step| format!("  - {{ {step} }}\n")).collect::<String>())
}

/// Each thing that goes wrong in a plan, as `code: the steps to it`, by asking; and that walking cannot tell.
fn wide(site: &str, steps: &[String]) -> Vec<String> {
    ready(&gates(), site, &text(steps), |walk| {
        assert!(walk.walk().gave_up, "not wide: the walk can tell");
        let asked = search(walk).unwrap();
        assert!(!asked.gave_up);
        let one = |problem: &Problem| {
            let steps: Vec<&str> = problem.trace.iter().map(|step| walk.plan.steps[*step].id.as_str()).collect();
            format!("{}: {}", walk.requirement(problem.cause).code, steps.join(" "))
        };
        asked.problems.iter().map(one).collect()
    })
}

#[test]
fn ten_chains_hold_until_the_edge_that_keeps_two_gates_apart_is_taken_out() {
    let mut steps = chains(10, 4);
    assert_eq!(wide(&site(10), &steps), Vec::<String>::new());
    let open = steps.iter_mut().find(|step| step.contains("id: g5n2")).unwrap();
    *open = open.replace(", g4n3]", "]");
    assert_eq!(wide(&site(10), &steps), ["flood: g4n0 g4n1 g4n2 g5n0 g5n1 g5n2"]);
}

#[test]
fn sixteen_steps_in_no_order_hold_and_fail_where_one_of_them_is_needed() {
    let oils = (1..16).map(|gate| format!("id: oil{gate}, do: oil, gate: g{gate}, after: []"));
    let steps: Vec<String> = chains(1, 4).into_iter().chain(oils).collect();
    assert_eq!(wide(&site(16), &steps), Vec::<String>::new());
    let hasty = [
        "id: unlock, do: unlock, gate: g9, after: []",
        "id: open, do: open, gate: g9, after: [unlock]",
        "id: close, do: close, gate: g9, after: [open]",
    ];
    let steps: Vec<String> = steps.into_iter().chain(hasty.map(str::to_owned)).collect();
    assert_eq!(wide(&site(16), &steps), ["locked: unlock"]);
}

#[test]
fn a_step_that_undoes_another_is_seen_where_it_can_come_between() {
    let mut steps = chains(10, 4);
    steps.push("id: sweep, do: sweep, gate: g3, after: []".to_owned());
    let other_gate_closed = "g2n0 g2n1 g2n2 g2n3";
    assert_eq!(
        wide(&site(10), &steps),
        [format!("locked: {other_gate_closed} g3n0 g3n1 sweep"), "unlocked: g3n0 g3n1".to_owned()]
    );
}

#[test]
fn a_goal_that_is_missed_in_some_orders_only_is_seen() {
    let mut steps = chains(10, 4);
    steps.push("id: again, do: open, gate: g3, after: [g3n2]".to_owned());
    let missed = wide(&site(10), &steps);
    let codes: Vec<&str> = missed.iter().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(codes, ["left-open", "last-left-open"]);
    assert!(missed.iter().all(|line| line.find("g3n3") < line.find("again")), "{missed:?}");
    steps.push("id: shut, do: close, gate: g3, after: [again, g3n3]".to_owned());
    let missed = wide(&site(10), &steps);
    assert!(!missed.iter().any(|line| line.contains("left-open")), "{missed:?}");
}

#[test]
fn a_way_is_one_that_the_plan_allows_and_seldom_longer_than_the_shortest() {
    let rulebook = gates();
    let (mut shortest, mut longer) = (0, 0);
    for seed in 0..200 {
        ready(&rulebook, &site(2), &random_gates(seed), |walk| {
            let (walked, asked) = (walk.walk(), search(walk).unwrap());
            let before = walk.plan.predecessors().unwrap();
            for (walked, asked) in walked.problems.iter().zip(&asked.problems) {
                for (number, step) in asked.trace.iter().enumerate() {
                    assert!(before[*step].iter().all(|first| asked.trace[..number].contains(first)), "seed {seed}");
                }
                assert!(asked.trace.len() >= walked.trace.len(), "seed {seed}: shorter than the shortest");
                if asked.trace.len() == walked.trace.len() { shortest += 1 } else { longer += 1 }
            }
        });
    }
    assert!(longer * 20 < shortest, "{longer} ways are longer than need be, {shortest} are not");
}

#[test]
fn a_plan_that_is_too_hard_is_not_said_to_hold() {
    ready(&gates(), &site(10), &text(&chains(10, 6)), |walk| {
        let asked = search_with(walk, z3::solver, 1_000).unwrap();
        assert!(asked.gave_up && asked.problems.is_empty());
        assert!(!search(walk).unwrap().gave_up);
    });
}

/// Says that every question has an answer, the same one.
struct Broken<'s>(&'s Site);

impl Solver for Broken<'_> {
    fn assume(&mut self, _conditions: &[Bool]) {}

    fn ask(&mut self, _conditions: &[&Bool]) -> Answer {
        Answer::Possible((0..self.0.holes.len()).map(|hole| self.0.ranges(hole)[0].0).collect())
    }
}

#[test]
fn an_order_that_the_walk_cannot_confirm_is_our_bug_and_never_a_finding() {
    ready(&gates(), &site(10), &text(&chains(10, 4)), |walk| {
        let broken = search_with(walk, |site, _| Box::new(Broken(site)), 1_000_000);
        assert_eq!(broken.unwrap_err().code, "every-order");
    });
}
