//! People stray from a plan. Whatever one thing is done that it does not have, from there a way to the goals is found, or the
//! rulebook says why there may be none: that is what `cutover run` proposes after a deviation.

mod support;

use cutover::engine::synthesis::folded::Folded;
use cutover::engine::synthesis::relaxed::{Reads, is_still_in_reach};
use cutover::engine::synthesis::search::{Found, STATES_MAX, search, search_within};
use cutover::model::ground::GroundAction;
use cutover::model::step;
use cutover::proof::subject::Subject;
use std::collections::BTreeSet;
use support::built_in;

/// Of the steps of the plan, each so many is followed by everything else that can be done there.
const EVERY: usize = 7;

#[test]
fn from_every_single_deviation_a_way_to_the_goals_is_found_or_the_rulebook_says_why_there_may_be_none() {
    let rulebook = built_in();
    let given = rulebook.sites.iter().find(|site| site.name == "full-version").unwrap();
    let Ok(subject) = Subject::new(rulebook, given) else { panic!("no plan for {}", given.name) };
    let task = subject.task(rulebook);
    let folded = Folded::new(&task, &task.actions);
    let (all, reads) = (folded.everything(), Reads::new(&folded));
    let start = step::start(&task.site, task.layout);
    let Found::Way(course) = search(&folded, &reads, folded.state(&start), 0, 0) else { panic!("no course") };

    let (mut seen, mut unnamed) = (BTreeSet::new(), Vec::new());
    for done in (0..course.len()).step_by(EVERY) {
        let begun: Vec<GroundAction> = course[..done].iter().map(|at| task.actions[*at].clone()).collect();
        let values = task.along(&start, &begun).unwrap().pop().unwrap();
        for at in all.iter().copied().filter(|at| task.allows(&values, &task.actions[*at])) {
            let strayed = task.next(&values, &task.actions[at]);
            let state = folded.state(&strayed);
            let so_far = |of: &dyn Fn(usize) -> u64| course[..done].iter().fold(of(at), |bits, at| bits | of(*at));
            let (used, cured) = (so_far(&|at| folded.actions[at].objects), so_far(&|at| folded.actions[at].cures));
            if !task.is_safe(&strayed) || !seen.insert((state.clone(), cured)) {
                continue;
            }
            let is_dead = !is_still_in_reach(&folded, &reads, &state, cured, &all);
            let found = || search_within(&folded, &reads, state, (used, cured), STATES_MAX);
            match if is_dead { Found::Nothing } else { found() } {
                Found::Way(way) => {
                    let steps: Vec<GroundAction> = way.iter().map(|at| task.actions[*at].clone()).collect();
                    let end = task.along(&strayed, &steps).and_then(|mut states| states.pop());
                    let cured = steps.iter().fold(cured, |bits, ground| bits | task.cured_by(ground));
                    assert!(end.is_some_and(|end| task.is_done(&end, cured)), "the concrete machine does not go the way");
                }
                Found::Nothing | Found::GaveUp => {
                    let here = subject.at(&strayed);
                    let mut named = rulebook.machine.dead_ends.iter();
                    if !named.any(|one| one.applies.as_ref().is_none_or(|is| here.holds(is, &[]))) {
                        unnamed.push(format!("after {done} steps: {}", subject.words(at)));
                    }
                }
            }
        }
    }
    assert!(seen.len() > 100, "{} deviations are few", seen.len());
    assert!(unnamed.is_empty(), "no way was found:\n{}", unnamed.join("\n"));
}
