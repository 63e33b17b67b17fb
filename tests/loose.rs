//! The task by which plans are looked for: its terms mean what the concrete machine means, and what is so in a state that is meant
//! is possible in it, or something that can be done would be called impossible.

mod support;

use cutover::engine::synthesis::bound::{least, none_loses_less};
use cutover::engine::synthesis::condition::{Span, add};
use cutover::engine::synthesis::folded::{Folded, State};
use cutover::engine::synthesis::least_minutes::none_is_shorter;
use cutover::engine::synthesis::relaxed::{Reads, exactly};
use cutover::engine::synthesis::search::{Found, search};
use cutover::engine::synthesis::task::Task;
use cutover::model::eval::Completion;
use cutover::model::ground::{GroundAction, ground};
use cutover::model::read_site;
use cutover::model::state::Layout;
use cutover::model::step;
use cutover::source::finding::Level;
use cutover::source::text::{Source, Span as Bytes};
use cutover::source::yaml;
use cutover::spec::types::Value;
use std::collections::BTreeMap;
use std::fs;
use support::built_in;

/// Deterministic dice.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// The conversion with so many tape sets: everything that can be done there.
fn conversion(tape_sets: usize, look: &mut dyn FnMut(Task<'_>, &[Value])) {
    let rulebook = built_in();
    let vocabulary = &rulebook.vocabulary;
    let text = fs::read_to_string("spec/cms-r3v11-ha/procedures/conversion.site.yaml").unwrap();
    let source = Source::new("site", &text);
    let (mut site, findings) = read_site::read(vocabulary, &yaml::parse(&source).unwrap());
    assert!(findings.is_empty());
    let mut objects = Vec::new();
    for kind in 0..vocabulary.records.len() {
        if let Some(list) = vocabulary.list_of_plan(kind) {
            objects.extend(
                (1..=tape_sets).map(|number| site.add_object(vocabulary, list, kind, &format!("t{number}"), Bytes::default())),
            );
        }
    }
    // Of every third action nobody says how long it takes.
    let timed = (0..rulebook.machine.actions.len()).filter(|action| action % 3 > 0);
    site.durations = timed.zip(1..).map(|(action, number)| (action, (1, 1 + number * 7 % 13))).collect();
    let filled: Vec<i64> = (0..site.holes.len()).map(|hole| site.ranges(hole)[0].0).collect();
    let completion = Completion { vocabulary, site: &site, filled: &filled, state: None, watch: None };
    let layout = Layout::new(vocabulary, &site);
    let start = step::start(&completion, &layout);
    let actions = ground(rulebook, &completion, &layout, &start, &objects, &|_, _| true);
    let task =
        Task { rulebook, site: completion, layout: &layout, actions, least: Level::Note, cures: Vec::new(), aims: Vec::new() };
    look(task, &start);
}

/// Takes random steps, now and then one that its guard forbids, and looks at every state on the way.
fn walks(seeds: u64, steps: usize, look: &mut dyn FnMut(&Folded<'_>, &[Value], &State, bool)) {
    conversion(3, &mut |task, start| {
        let folded = Folded::new(&task, &task.actions);
        for seed in 0..seeds {
            let mut dice = Dice(seed);
            let mut values = start.to_vec();
            for number in 0..=steps {
                look(&folded, &values, &folded.state(&values), number == 0);
                let is_bold = dice.below(4) == 0;
                let allowed: Vec<&GroundAction> =
                    task.actions.iter().filter(|one| is_bold || task.allows(&values, one)).collect();
                if allowed.is_empty() {
                    break;
                }
                values = task.next(&values, allowed[dice.below(allowed.len())]);
            }
        }
    });
}

/// The fewest steps of a way that touch the outage, the fewest steps of a way, and the least minutes of steps that touch the outage,
/// by looking at all states.
fn exactly_fewest(folded: &Folded<'_>, start: &State) -> [usize; 3] {
    let mut least = [usize::MAX; 3];
    for (wanted, least) in least.iter_mut().enumerate() {
        let mut open = BTreeMap::from([(start.clone(), 0)]);
        let mut closed: BTreeMap<State, usize> = BTreeMap::new();
        while let Some((state, cost)) = open.iter().min_by_key(|(_, cost)| **cost).map(|(state, cost)| (state.clone(), *cost)) {
            open.remove(&state);
            if folded.is_done(&state, 0) {
                *least = cost;
                break;
            }
            for action in folded.everything().into_iter().filter(|action| folded.allows(&state, *action)) {
                let after = folded.next(&state, action);
                if !folded.is_safe(&after) || after == state || closed.contains_key(&after) {
                    continue;
                }
                let in_outage = folded.is_lost(&state) || folded.is_lost(&after);
                let minutes = folded.actions[action].most.map_or(0, |most| usize::try_from(most).unwrap());
                let step = [usize::from(in_outage), 1, if in_outage { minutes } else { 0 }][wanted];
                let known = open.entry(after).or_insert(usize::MAX);
                *known = (*known).min(cost + step);
            }
            closed.insert(state, cost);
            assert!(closed.len() < 20_000, "too many states for a test");
        }
    }
    least
}

#[test]
fn a_bound_that_is_called_proved_is_never_above_what_looking_at_all_states_finds() {
    let (mut cases, mut tight, mut soon, mut in_outage) = (0, 0, 0, 0);
    conversion(7, &mut |task, start| {
        let cure = |name: &&str| task.rulebook.machine.action(name);
        let cures = ["contact-pso", "designate-roles", "administer-printer", "replace-drive"].iter().filter_map(cure).collect();
        let task = Task { cures, least: Level::Warning, ..task };
        let folded = Folded::new(&task, &task.actions);
        let Found::Way(way) = search(&folded, &Reads::new(&folded), folded.state(start), 0, 0) else { panic!("no way") };
        let way: Vec<GroundAction> = way.into_iter().map(|action| task.actions[action].clone()).collect();
        let states = task.along(start, &way).unwrap();
        // A stretch of a way, with what else can happen around the outage; the aim is some of what the stretch changes.
        let words = ["busy-out", "readminister-switch", "release", "start-collection", "set-state", "power-off"];
        let is_near = |one: &&GroundAction| words.contains(&task.action(one).name.as_str());
        let near: Vec<GroundAction> = task.actions.iter().filter(is_near).cloned().collect();
        let first = way.iter().position(|one| task.action(one).name == "busy-out").unwrap();
        for seed in 0..60 {
            let mut dice = Dice(seed);
            let from = first.saturating_sub(dice.below(4));
            let to = (first + 1 + dice.below(5)).min(way.len());
            let mut actions: Vec<GroundAction> = near.iter().filter(|_| dice.below(3) == 0).cloned().collect();
            actions.retain(|one| !way[from..to].contains(one));
            actions.extend(way[from..to].iter().cloned());
            let (values, end) = (&states[from], &states[to]);
            let changed = (0..end.len()).filter(|place| end[*place] != values[*place] && dice.below(2) == 0);
            let aims: Vec<(usize, Value)> = changed.map(|place| (place, end[place].clone())).collect();
            if aims.is_empty() {
                continue;
            }
            let small = Task { aims, actions, cures: Vec::new(), ..task };
            let folded = Folded::new(&small, &small.actions);
            let begin = folded.state(values);
            let [outage, steps, minutes] = exactly_fewest(&folded, &begin);
            cases += 1;
            let (known, minutes) = (Reads::new(&folded), i64::try_from(minutes).unwrap());
            let planned: Vec<usize> =
                way[from..to].iter().map(|one| small.actions.iter().position(|known| known == one).unwrap()).collect();
            let fewest = least(&folded, &known, &begin, &planned).steps;
            assert!(fewest <= steps, "case {seed}: {fewest} of {steps} steps");
            for more in 1..=3 {
                assert!(!none_loses_less(&folded, &known, &begin, outage + more), "case {seed}: {} of {outage}", outage + more);
            }
            // What is done side by side is never slower than one after the other.
            for more in [1, 7, 40] {
                assert!(!none_is_shorter(&folded, &known, &begin, minutes + more), "case {seed}: {minutes} + {more} min");
            }
            in_outage += usize::from(outage > 0);
            tight += usize::from(outage > 0 && none_loses_less(&folded, &known, &begin, outage));
            soon += usize::from(minutes > 0 && none_is_shorter(&folded, &known, &begin, minutes));
        }
    });
    assert!(cases > 30 && in_outage > 10 && tight * 2 > in_outage, "{cases} cases, {tight} of {in_outage} proved: too little");
    assert!(soon * 2 > in_outage, "minutes proved in {soon} of {in_outage}: too little");
}

#[test]
fn terms_allow_and_change_exactly_what_the_concrete_machine_does() {
    let (mut allowed, mut safe, mut lost) = (0, 0, 0);
    walks(24, 25, &mut |folded, values, state, _| {
        let task = folded.task;
        for (index, one) in task.actions.iter().enumerate() {
            let allows = task.allows(values, one);
            assert_eq!(folded.allows(state, index), allows, "{one:?}");
            if allows {
                allowed += 1;
                assert_eq!(folded.next(state, index), folded.state(&task.next(values, one)), "{one:?}");
            }
        }
        assert_eq!(folded.is_safe(state), task.is_safe(values));
        assert_eq!(folded.is_done(state, 0), task.is_done(values, 0));
        let outage = task.rulebook.machine.outage.as_ref().unwrap();
        assert_eq!(folded.is_lost(state), task.at(values).holds(&outage.is, &[]));
        safe += usize::from(folded.is_safe(state));
        lost += usize::from(folded.is_lost(state));
    });
    assert!(allowed > 5_000 && safe > 100 && lost > 10, "{allowed} steps, {safe} safe states, {lost} outages: too little");
}

#[test]
fn whatever_a_state_allows_is_possible_where_it_is_among_those_that_are_meant() {
    let (mut held, mut set) = (0, 0);
    let mut may: Vec<Span> = Vec::new();
    walks(24, 25, &mut |folded, _, state, is_first| {
        if is_first {
            may = exactly(state);
        }
        for (span, number) in may.iter_mut().zip(state) {
            add(span, *number);
        }
        let actions = folded.actions.iter();
        let conditions = actions.clone().flat_map(|one| &one.guard).chain(&folded.safe).chain(&folded.goals);
        for one in conditions {
            let (is, can) = (one.holds(state), one.truth(&may));
            assert!(if is { can.yes } else { can.no }, "{one:?}");
            held += usize::from(is);
        }
        for change in actions.flat_map(|one| &one.changes).filter(|change| change.applies.holds(state)) {
            set += 1;
            assert!(change.applies.truth(&may).yes, "{:?}", change.applies);
            assert!(change.number.span(&may).contains(&change.number.value(state)), "{:?}", change.number);
        }
    });
    assert!(held > 10_000 && set > 10_000, "{held} conditions and {set} changes: that says too little");
}
