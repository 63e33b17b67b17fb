//! The loose meaning of expressions, by which plans are looked for and *no plan exists* is said: what is so in a state that is
//! meant must be possible in it, or something that can be done would be called impossible.

mod support;

use cutover::engine::possible::Possible;
use cutover::engine::states::States;
use cutover::engine::task::Task;
use cutover::model::eval::Completion;
use cutover::model::ground::{GroundAction, ground};
use cutover::model::read_site;
use cutover::model::state::Layout;
use cutover::model::step;
use cutover::source::finding::Level;
use cutover::source::text::{Source, Span};
use cutover::source::yaml;
use cutover::spec::types::Value;
use std::collections::BTreeMap;
use std::fs;
use support::built_in;

/// Everything that an action can set where only the possible values of places are known.
fn set_loosely(task: &Task<'_>, states: &States<'_>, one: &GroundAction) -> BTreeMap<usize, Possible> {
    let mut out: BTreeMap<usize, Possible> = BTreeMap::new();
    for effect in &task.action(one).effects {
        states.each_choice(&effect.each, &mut one.arguments.clone(), true, &mut |frame, _| {
            if effect.applies.as_ref().is_some_and(|condition| !states.truth(condition, frame).yes) {
                return;
            }
            let record = |argument| match states.eval(argument, frame) {
                Possible::Any(values) => match values.as_slice() {
                    [Value::Record(record)] => *record,
                    other => panic!("not one record: {other:?}"),
                },
                Possible::Set { .. } => panic!("a set is no record"),
            };
            let records: Vec<usize> = effect.arguments.iter().map(record).collect();
            let place = task.layout.index(effect.variable, &records).unwrap();
            let value = states.eval(&effect.value, frame);
            out.entry(place).and_modify(|known| _ = known.join(&value)).or_insert(value);
        });
    }
    out
}

/// How many guards that held and how many values that were set were looked at in one walk.
fn walked(task: &Task<'_>, start: &[Value], mut seed: u64, steps: usize) -> (usize, usize) {
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let mut values = start.to_vec();
    let mut places: Vec<Possible> = values.iter().map(Possible::exactly).collect();
    let (mut guards, mut changes) = (0, 0);
    for _ in 0..steps {
        let states = States { site: task.site, layout: task.layout, places: &places, reads: None, open: None };
        let here = task.at(&values);
        let allowed: Vec<&GroundAction> = task.actions.iter().filter(|one| task.allows(&values, one)).collect();
        for one in &task.actions {
            for requirement in task.guard(one).filter(|required| step::satisfied(&here, required, &one.arguments, false)) {
                guards += 1;
                assert!(states.can_meet(requirement, &one.arguments, false), "{} of {one:?}", requirement.code);
            }
        }
        for one in &allowed {
            let loosely = set_loosely(task, &states, one);
            for (place, value) in step::changes(&here, &task.action(one).effects, &one.arguments) {
                changes += 1;
                let possible = loosely.get(&place).unwrap_or_else(|| panic!("{one:?} cannot set place {place}"));
                assert!(possible.covers(&Possible::exactly(&value)), "{one:?}: {possible:?} is not {value:?}");
            }
        }
        for goal in task.goals().filter(|goal| step::satisfied(&here, goal, &[], false)) {
            assert!(states.can_meet(goal, &[], false), "{}", goal.code);
        }
        for hazard in task.rulebook.machine.hazards.iter().filter(|hazard| step::satisfied(&here, hazard, &[], true)) {
            assert!(states.can_meet(hazard, &[], true), "{}", hazard.code);
        }
        if allowed.is_empty() {
            break;
        }
        values = task.next(&values, allowed[random(allowed.len())]);
        for (place, value) in places.iter_mut().zip(&values) {
            place.join(&Possible::exactly(value));
        }
    }
    (guards, changes)
}

#[test]
fn whatever_a_state_allows_is_possible_where_it_is_among_those_that_are_meant() {
    let rulebook = built_in();
    let vocabulary = &rulebook.vocabulary;
    let text = fs::read_to_string("spec/cms-r3v11-ha/procedures/conversion.site.yaml").unwrap();
    let source = Source::new("site", &text);
    let (mut site, findings) = read_site::read(vocabulary, &yaml::parse(&source).unwrap());
    assert!(findings.is_empty());
    let mut objects = Vec::new();
    for kind in 0..vocabulary.records.len() {
        if let Some(list) = vocabulary.list_of_plan(kind) {
            objects.extend((1..=3).map(|number| site.add_object(vocabulary, list, kind, &format!("t{number}"), Span::default())));
        }
    }
    let filled: Vec<i64> = (0..site.holes.len()).map(|hole| site.ranges(hole)[0].0).collect();
    let completion = Completion { vocabulary, site: &site, filled: &filled, state: None, watch: None };
    let layout = Layout::new(vocabulary, &site);
    let start = step::start(&completion, &layout);
    let actions = ground(rulebook, &completion, &layout, &start, &objects, &|_, _| true);
    let task =
        Task { rulebook, site: completion, layout: &layout, actions, least: Level::Note, cures: Vec::new(), aims: Vec::new() };
    let (mut guards, mut changes) = (0, 0);
    for seed in 0..24 {
        let (more_guards, more_changes) = walked(&task, &start, seed, 25);
        guards += more_guards;
        changes += more_changes;
    }
    assert!(guards > 10_000 && changes > 10_000, "{guards} guards and {changes} changes: that says too little");
}
