//! Whether it goes on from every state that is reached: that there is no deadlock short of the goals, and no dead end, a state from
//! which nothing leads to them any more. Deadlocks are states like hazards, and proved absent like these. Dead ends are not a
//! matter of one state: where all states can be listed they are told exactly; else walks look for them, and what a walk finds is
//! exact, because a state from which not even the easier task has a plan (`engine/synthesis/relaxed.rs`) is a dead end.

use super::found::{Collected, Found, Known, disagreement, gave_up};
use super::induction::{Outcome, prove};
use super::item::{Assurance, Verdict};
use super::subject::Subject;
use super::system::{State, System};
use super::walks::{Walks, after, shortened};
use crate::engine::logic::term::truth;
use crate::engine::synthesis::folded::Folded;
use crate::engine::synthesis::random::Random;
use crate::engine::synthesis::relaxed::{Reads, ever, exactly, is_still_in_reach};
use crate::engine::synthesis::search::{Found as Searched, STATES_MAX, search, search_within};
use crate::engine::synthesis::task::Task;
use crate::model::ground::GroundAction;
use crate::model::step;
use crate::spec::rulebook::Rulebook;
use crate::spec::types::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Most questions to the solver for the proof that there is no deadlock.
const QUESTIONS: usize = 4_000;
/// Most states that are listed; and with `--deep`.
const STATES: (usize, usize) = (10_000, 100_000);
/// How many walks are made; and with `--deep`.
const WALKS: (u64, u64) = (24, 120);
/// Most steps of a walk.
const STEPS: usize = 100;
/// Of eight steps, how many of a walk go aside; one walk after the other.
const ASIDE: [usize; 6] = [1, 2, 3, 4, 6, 8];
/// Most states that are looked at to get to the goals from the end of a walk from where the rulebook says that there may be no
/// plan; and with `--deep`. From everywhere else they are as many as for any plan.
const SEARCHED: (usize, usize) = (200, STATES_MAX);
/// One walk in so many writes media as it likes; the others only where the course does: there are only so many to write.
const FREE: u64 = 5;
/// Most dead ends that are told.
const TOLD: usize = 8;

/// That something can always be done that makes a difference, as long as the goals are not reached.
pub fn deadlock(subject: &Subject, known: &Known, found: &mut Collected) {
    let stuck = subject.system.stuck();
    let system = System { bad: vec![stuck.clone()], ..subject.system.clone() };
    let one = match prove(&system, &known.terms(&subject.system), &|cube| subject.images(cube), QUESTIONS) {
        Outcome::Never(cubes) if known.confirms(&subject.system, &cubes, Some(stuck)) => {
            let line =
                "in every state short of the goals a guard is met whose action changes the state; asked again, action by action";
            (Verdict::Holds, Assurance::Proved, vec![line.to_owned()])
        }
        Outcome::Never(_) => (Verdict::Unknown, Assurance::Proved, vec!["the proof that was found was not confirmed".to_owned()]),
        Outcome::Way(way) if subject.is_stuck_after(&way) => {
            let still = |way: &[usize]| after(&system, way).is_some_and(|state| system.wrong(&state).is_some());
            let shorter = shortened(&way, &still);
            let way = if subject.is_stuck_after(&shorter) { shorter } else { way };
            (Verdict::Refuted, Assurance::Proved, vec![subject.way(&way)])
        }
        Outcome::Way(way) => disagreement(subject, &way),
        Outcome::GaveUp(bound) => gave_up(bound, Verdict::Holds),
    };
    let claim = "short of them there is always something to do that changes the state";
    found.add(&subject.name, ("deadlock", "goals", claim), one);
}

/// That the goals can be reached from every state that is reached.
pub fn dead_ends(rulebook: &Rulebook, subject: &Subject, deep: bool, found: &mut Collected) {
    let one = listed(subject, if deep { STATES.1 } else { STATES.0 }).unwrap_or_else(|| sampled(rulebook, subject, deep));
    found.add(
        &subject.name,
        ("dead-end", "goals", "they can be reached from every state that is reached, but where the rulebook says why not"),
        one,
    );
}

/// The answer by a list of all states, if there are no more than so many.
fn listed(subject: &Subject, most: usize) -> Option<Found> {
    let system = &subject.system;
    let mut states: Vec<State> = vec![system.start.clone()];
    let mut known: BTreeMap<State, usize> = BTreeMap::from([(system.start.clone(), 0)]);
    // How each was reached first, and from which ones it is reached.
    let mut from: Vec<Option<(usize, usize)>> = vec![None];
    let mut before: Vec<Vec<usize>> = vec![Vec::new()];
    let mut at = 0;
    while let Some(state) = states.get(at).cloned() {
        for each in (0..system.moves.len()).filter(|each| system.allows(&state, *each)) {
            let next = system.next(&state, each);
            let place = *known.entry(next.clone()).or_insert(states.len());
            if place == states.len() {
                states.push(next);
                from.push(Some((at, each)));
                before.push(Vec::new());
            }
            before[place].push(at);
        }
        if states.len() > most {
            return None;
        }
        at += 1;
    }
    let mut open: Vec<usize> = (0..states.len()).filter(|at| truth(&system.goal, &states[*at])).collect();
    let mut alive = vec![false; states.len()];
    while let Some(at) = open.pop() {
        if !std::mem::replace(&mut alive[at], true) {
            open.extend(&before[at]);
        }
    }
    let count = format!("all {} states that can be reached were listed", states.len());
    Some(match alive.iter().position(|alive| !alive) {
        None => (Verdict::Holds, Assurance::Proved, vec![count]),
        Some(mut at) => {
            let mut way = Vec::new();
            while let Some((earlier, each)) = from[at] {
                way.insert(0, each);
                at = earlier;
            }
            let dead = alive.iter().filter(|alive| !**alive).count();
            match subject.along(&way, &|_, _| true) {
                Some(_) => {
                    (Verdict::Refuted, Assurance::Proved, vec![format!("{count}, {dead} are dead ends"), subject.way(&way)])
                }
                None => disagreement(subject, &way),
            }
        }
    })
}

struct Looking<'a> {
    subject: &'a Subject,
    task: &'a Task<'a>,
    folded: &'a Folded<'a>,
    reads: Reads,
    all: Vec<usize>,
    /// Most states that are looked at for a plan where there may be none.
    searched: usize,
}

/// The answer by walks.
fn sampled(rulebook: &Rulebook, subject: &Subject, deep: bool) -> Found {
    let task = subject.task(rulebook);
    let folded = Folded::new(&task, &task.actions);
    let all = folded.everything();
    let searched = if deep { SEARCHED.1 } else { SEARCHED.0 };
    let (reads, start) = (Reads::new(&folded), folded.state(&step::start(&task.site, task.layout)));
    let Searched::Way(course) = search(&folded, &reads, start.clone(), 0, 0) else {
        return (Verdict::Unknown, Assurance::Sampled, vec!["no course was found that walks could leave".to_owned()]);
    };
    let looking = Looking { subject, task: &task, folded: &folded, reads, all: all.clone(), searched };
    let writes = |at: &usize| rulebook.machine.actions[task.actions[*at].action].written().next().is_some();
    let reserved: Vec<usize> = all.iter().copied().filter(writes).collect();
    let count = if deep { WALKS.1 } else { WALKS.0 };
    let (mut alive, mut steps, mut named, mut open) = (0, 0, 0, Vec::new());
    let mut dead = Dead::default();
    for (number, aside) in (0..count).zip(ASIDE.into_iter().cycle()) {
        let reserved = if number % FREE == FREE - 1 { Vec::new() } else { reserved.clone() };
        let walks = Walks { system: &subject.system, course: course.clone(), favoured: Vec::new(), reserved, most: STEPS };
        // The states so far, and the cures that were done.
        let mut trail = vec![(start.clone(), 0)];
        let way = walks.walk(&mut Random::new(number), aside, &mut |way, next| {
            trail.truncate(way.len() + 1);
            let (state, cured) = &trail[way.len()];
            let (state, cured) = (folded.next(state, next), cured | folded.actions[next].cures);
            let is_dead = !is_still_in_reach(&folded, &looking.reads, &state, cured, &looking.all);
            if is_dead {
                dead.add(&looking, way, next, &state, cured);
            }
            trail.push((state, cured));
            is_dead
        });
        steps += way.len();
        match looking.end(&way) {
            None => return disagreement(subject, &way),
            Some(Searched::Way(_)) => alive += 1,
            Some(_) if looking.named(&way).is_some() => named += 1,
            Some(Searched::Nothing) => dead.exhausted(&looking, &way),
            Some(Searched::GaveUp) => open.push(number.to_string()),
        }
    }
    let mut detail = vec![format!(
        "{count} walks by fixed seeds, {steps} steps in all, go round dead ends: from the end of {alive} a plan that the concrete \
         machine goes leads on to the goals; {named} end where the rulebook says that there may be none, and none was found"
    )];
    if !open.is_empty() {
        detail.push(format!("from the end of {} more no plan was found: those with the seeds {}", open.len(), open.join(", ")));
    }
    let (news, known) = dead.told(&looking);
    let is_new = !news.is_empty();
    detail.extend(news);
    detail.extend(known);
    match (is_new, open.is_empty()) {
        (true, _) => (Verdict::Refuted, Assurance::Proved, detail),
        (false, true) => (Verdict::Holds, Assurance::Sampled, detail),
        (false, false) => (Verdict::Unknown, Assurance::Sampled, detail),
    }
}

/// Dead ends that were found, by their last action and what is out of reach from there; of each kind the shortest way.
#[derive(Default)]
struct Dead {
    seen: BTreeSet<(usize, Vec<String>)>,
    ways: BTreeMap<(String, Vec<String>), Vec<usize>>,
}

impl Dead {
    /// A move after a way into such a state.
    fn add(&mut self, looking: &Looking<'_>, way: &[usize], next: usize, state: &State, cured: u64) {
        if !self.seen.insert((looking.task.actions[next].action, looking.out_of_reach(state, cured))) {
            return;
        }
        let way: Vec<usize> = way.iter().copied().chain([next]).collect();
        let still = |way: &[usize]| after(&looking.subject.system, way).is_some() && looking.is_dead(way);
        let way = shortened(&way, &still);
        let shortest = self.ways.entry(looking.why(&way)).or_insert_with(|| way.clone());
        if way.len() < shortest.len() {
            *shortest = way;
        }
    }

    /// A way after which all states that can still be reached were looked at, and none of them is a goal.
    fn exhausted(&mut self, looking: &Looking<'_>, way: &[usize]) {
        let end = after(&looking.subject.system, way);
        let way = shortened(way, &|way| after(&looking.subject.system, way) == end);
        let (last, _) = looking.why(&way);
        self.ways.insert((last, vec!["the goals, from any state that can still be reached".to_owned()]), way);
    }

    /// What there is to say of those that are news, and of those that the rulebook names.
    fn told(self, looking: &Looking<'_>) -> (Vec<String>, Vec<String>) {
        let mut ways: Vec<_> = self.ways.into_iter().collect();
        ways.sort_by_key(|(_, way)| way.len());
        let (mut news, mut known): (Vec<String>, BTreeMap<&str, String>) = (Vec::new(), BTreeMap::new());
        for ((_, why), way) in &ways {
            let line = format!("{} nothing leads to: {}", looking.subject.way(way), why.join(", "));
            match looking.named(way) {
                Some(text) => _ = known.entry(text).or_insert_with(|| format!("{}; {line}", text.trim_end())),
                None => news.push(line),
            }
        }
        let more = news.len().saturating_sub(TOLD);
        news.truncate(TOLD);
        if more > 0 {
            news.push(format!("and {more} more kinds of dead ends"));
        }
        (news, known.into_values().map(|line| format!("the rulebook says: {line}")).collect())
    }
}

impl Looking<'_> {
    /// The last state of a way by the concrete machine, and the objects that it uses and the cures that it does.
    fn last(&self, way: &[usize]) -> Option<(Vec<Value>, u64, u64)> {
        let values = self.subject.along(way, &|_, _| true)?.pop()?;
        let ground = |bits: fn(&crate::engine::synthesis::folded::Acting) -> u64| {
            way.iter().fold(0, |all, at| all | bits(&self.folded.actions[*at]))
        };
        Some((values, ground(|one| one.objects), ground(|one| one.cures)))
    }

    /// What a search for a plan from the end of a way comes to; `None` if the concrete machine does not go one of the two.
    fn end(&self, way: &[usize]) -> Option<Searched> {
        let (values, used, cured) = self.last(way)?;
        let most = if self.named(way).is_some() { self.searched } else { STATES_MAX };
        let found = search_within(self.folded, &self.reads, self.folded.state(&values), (used, cured), most);
        let Searched::Way(onward) = &found else { return Some(found) };
        let steps: Vec<GroundAction> = onward.iter().map(|at| self.task.actions[*at].clone()).collect();
        let cured = steps.iter().fold(cured, |bits, ground| bits | self.task.cured_by(ground));
        let states = self.task.along(&values, &steps)?;
        self.task.is_done(states.last()?, cured).then_some(found)
    }

    fn is_dead(&self, way: &[usize]) -> bool {
        let Some((values, _, cured)) = self.last(way) else { return false };
        !is_still_in_reach(self.folded, &self.reads, &self.folded.state(&values), cured, &self.all)
    }

    /// The last action of a way to a dead end, and what is out of reach from there.
    fn why(&self, way: &[usize]) -> (String, Vec<String>) {
        let action = |at: &usize| &self.task.rulebook.machine.actions[self.task.actions[*at].action].name;
        let last = way.last().map(action).cloned().unwrap_or_default();
        let of = |(values, _, cured): (Vec<Value>, u64, u64)| self.out_of_reach(&self.folded.state(&values), cured);
        (last, self.last(way).map(of).unwrap_or_default())
    }

    /// Goals that are out of reach, by their codes, and actions that have to be done and cannot, by their names.
    fn out_of_reach(&self, state: &State, cured: u64) -> Vec<String> {
        let Some((may, reached)) = ever(self.folded, &self.reads, exactly(state), &self.all) else { return Vec::new() };
        let goals = self.task.goals().zip(&self.folded.goals).filter(|(_, goal)| !goal.truth(&may).yes);
        let mut out: Vec<String> = goals.map(|(goal, _)| goal.code.clone()).collect();
        for (index, cure) in self.task.cures.iter().enumerate().filter(|(index, _)| cured >> index & 1 == 0) {
            let of_cure = |at: usize| self.folded.actions[at].cures >> index & 1 == 1;
            if !(0..reached.len()).any(|at| reached[at] && of_cure(at)) {
                out.push(self.task.rulebook.machine.actions[*cure].name.clone());
            }
        }
        out
    }

    /// What the rulebook says of the dead end that a way leads to, if it names it.
    fn named(&self, way: &[usize]) -> Option<&str> {
        let (values, ..) = self.last(way)?;
        let here = self.subject.at(&values);
        let named = self.task.rulebook.machine.dead_ends.iter();
        let mut applying = named.filter(|one| one.applies.as_ref().is_none_or(|condition| here.holds(condition, &[])));
        applying.next().map(|one| one.text.as_str())
    }
}
