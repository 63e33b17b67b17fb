//! What each conjunct of a guard is for: whether something forbidden is reached without it, or nothing needs it.

use super::found::{Collected, Found, Known, gave_up, witnessed};
use super::induction::{Outcome, clause, prove};
use super::item::{Assurance, Verdict};
use super::subject::Subject;
use super::survivors::Survivors;
use super::system::System;
use super::walks::{Walks, after, shortened};
use crate::engine::logic::term::{Bool, TRUE, not};
use crate::engine::synthesis::random::Random;
use crate::source::finding::Level;
use std::collections::BTreeMap;

/// Most questions to the solver about one conjunct; few before walks are tried, more after them.
const QUESTIONS: (usize, usize) = (600, 4_000);
/// How many walks look for what a conjunct keeps away.
const WALKS: u64 = 60;
/// Most steps of such a walk.
const STEPS: usize = 90;
/// Of eight steps, how many of a walk go aside; one walk after the other.
const ASIDE: [usize; 3] = [1, 2, 4];

/// Action and conjunct of a guard, by index.
type Place = (usize, usize);

/// What each conjunct of a guard keeps away. Whoever watches is told how many have been looked at, and of how many.
pub fn conjuncts(subject: &Subject, known: &Known, deep: bool, told: &mut dyn FnMut(usize, usize), found: &mut Collected) {
    let claim = "without it something forbidden is reached";
    let actions = &subject.rulebook.machine.actions;
    let mut asked: Vec<Place> = Vec::new();
    for (index, action) in actions.iter().enumerate() {
        let of_states = action.guard.iter().enumerate().filter(|(_, one)| {
            one.window.is_none()
                && one.not_before.is_none()
                && one.outside.is_none()
                && one.stated.is_none()
                && one.requirement.level == Level::Error
        });
        asked.extend(of_states.map(|(conjunct, _)| (index, conjunct)));
    }
    let mut looking = deep.then(|| Looking::new(subject, known));
    for (done, (action, conjunct)) in asked.iter().copied().enumerate() {
        let name = format!("{}: {}", actions[action].name, actions[action].guard[conjunct].requirement.code);
        let result = match &mut looking {
            Some(looking) => looking.without((action, conjunct)),
            None => (Verdict::Unknown, Assurance::NotRun, Vec::new()),
        };
        found.add(&subject.name, ("conjunct", &name, claim), result);
        if deep {
            told(done + 1, asked.len());
        }
    }
}

struct Looking<'a> {
    subject: &'a Subject,
    known: &'a Known,
    survivors: Survivors<'a>,
}

impl<'a> Looking<'a> {
    fn new(subject: &'a Subject, known: &'a Known) -> Self {
        let survivors = Survivors::new(&subject.system, known.terms(&subject.system));
        Self { subject, known, survivors }
    }

    /// What is reached without a conjunct, of what is kept away with it.
    fn without(&mut self, place: Place) -> Found {
        let (subject, why) = (self.subject, self.why(place));
        let mut guards: BTreeMap<usize, Vec<Bool>> = BTreeMap::new();
        let mut system = subject.system.clone();
        for (at, (each, step)) in system.moves.iter_mut().zip(&subject.moves.steps).enumerate() {
            let before = each.guard.len();
            each.guard.retain(|(of, condition)| step.action != place.0 || *of != place.1 || *condition == TRUE);
            if each.guard.len() < before {
                guards.insert(at, each.guard.iter().map(|(_, condition)| condition.clone()).collect());
            }
        }
        if guards.is_empty() {
            // Whatever can be done here meets it in every state.
            return (Verdict::Refuted, Assurance::Proved, vec![why]);
        }
        let cubes = self.known.cubes.len();
        let left = self.survivors.of(&guards).unwrap_or_else(|| vec![false; cubes + self.known.kept.len()]);
        let still = Known {
            cubes: self.known.cubes.iter().zip(&left).filter(|(_, left)| **left).map(|(cube, _)| cube.clone()).collect(),
            kept: self.known.kept.iter().zip(&left[cubes..]).filter(|(_, left)| **left).map(|(at, _)| *at).collect(),
        };
        let lost: Vec<usize> = self.known.kept.iter().copied().filter(|at| !still.kept.contains(at)).collect();
        if lost.is_empty() {
            return Self::redundant(still.confirms(&system, &[], None), why);
        }
        self.reached(place, &system, &still, &lost, guards.into_keys().collect())
    }

    /// The same where the lemmas that are left do not say that nothing is reached.
    fn reached(&self, place: Place, system: &System, still: &Known, lost: &[usize], weakened: Vec<usize>) -> Found {
        let subject = self.subject;
        let facts = &subject.system.bad;
        let known: Vec<Bool> =
            still.cubes.iter().map(clause).chain(still.kept.iter().map(|at| not(facts[*at].clone()))).collect();
        let lost_only = System { bad: lost.iter().map(|at| facts[*at].clone()).collect(), ..system.clone() };
        let mut bound = 0;
        for questions in [QUESTIONS.0, QUESTIONS.1] {
            match prove(&lost_only, &known, &|cube| subject.images(cube), questions) {
                Outcome::Way(way) => return self.way(place, &lost_only, &way),
                Outcome::Never(cubes) => {
                    let all = Known { kept: still.kept.iter().chain(lost).copied().collect(), ..still.clone() };
                    return Self::redundant(all.confirms(system, &cubes, None), self.why(place));
                }
                Outcome::GaveUp(now) => bound = now,
            }
            if questions == QUESTIONS.0 {
                let walks = Walks {
                    system: &lost_only,
                    course: (0..subject.planned).collect(),
                    favoured: weakened.clone(),
                    reserved: Vec::new(),
                    most: STEPS,
                };
                for (number, aside) in (0..WALKS).zip(ASIDE.into_iter().cycle()) {
                    let way = walks.walk(&mut Random::new(number), aside, &mut |_, _| false);
                    if after(&lost_only, &way).is_some_and(|state| lost_only.wrong(&state).is_some()) {
                        return self.way(place, &lost_only, &way);
                    }
                }
            }
        }
        gave_up(bound, Verdict::Unknown)
    }

    /// A way to something that the conjunct keeps away, without what it does not need.
    fn way(&self, place: Place, system: &System, way: &[usize]) -> Found {
        let subject = self.subject;
        let wrong = |way: &[usize]| after(system, way).is_some_and(|state| system.wrong(&state).is_some());
        let way = shortened(way, &wrong);
        let kept = |action: usize, conjunct: usize| (action, conjunct) != place;
        let bad = subject.replayed(&way, &kept).and_then(|wrong| wrong.into_iter().find(|at| self.known.kept.contains(at)));
        let mut out = witnessed(subject, &way, bad, &kept, Verdict::Holds);
        if let Some(bad) = bad {
            out.2.insert(0, format!("it keeps `{}` away", subject.rulebook.machine.hazards[bad].code));
        }
        out
    }

    /// That nothing needs it. It holds for the reason that the rulebook gives, see `Collected::items`.
    fn redundant(confirmed: bool, why: String) -> Found {
        if confirmed {
            (Verdict::Refuted, Assurance::Proved, vec![why])
        } else {
            (Verdict::Unknown, Assurance::Proved, vec!["the proof that was found was not confirmed".to_owned()])
        }
    }

    fn why(&self, (action, conjunct): Place) -> String {
        self.subject.rulebook.machine.actions[action].guard[conjunct].requirement.why.clone()
    }
}
