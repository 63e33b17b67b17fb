//! Small machines made at random: proofs about them are held against a list of all states that the concrete machine reaches.
//! `CUTOVER_MACHINES=2000` makes more of them.

use cutover::engine::logic::symbolic::Symbolic;
use cutover::engine::logic::term::{Bool, not, truth};
use cutover::engine::synthesis::folded::Folded;
use cutover::engine::synthesis::random::Random;
use cutover::engine::synthesis::relaxed::{Reads, is_in_reach};
use cutover::engine::synthesis::search::{Found, search};
use cutover::engine::synthesis::task::Task;
use cutover::engine::tasks::everything::everything;
use cutover::engine::tasks::planning::{Says, bare};
use cutover::engine::verification::walk::Walk;
use cutover::model::eval::Completion;
use cutover::model::ground::GroundAction;
use cutover::model::plan::{Plan, Step};
use cutover::model::read_site;
use cutover::model::site::Site;
use cutover::model::state::Layout;
use cutover::model::step;
use cutover::proof::certificate::confirms;
use cutover::proof::induction::{Cube, Outcome, clause, no_images, prove};
use cutover::proof::survivors::Survivors;
use cutover::proof::system::{State, System};
use cutover::source::finding::Level;
use cutover::source::text::Source;
use cutover::source::yaml;
use cutover::spec::rulebook::{Rulebook, load};
use cutover::spec::types::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::env;

/// Machines of an ordinary run.
const MACHINES: u64 = 300;
/// Questions that are more than enough for machines of this size.
const QUESTIONS: usize = 5_000;

const HEAD: &str = "id: toy\nversion: 1.0.0\ntitle: Lamps\nmanual: { title: Lamps, number: \"1\", issue: \"1\", date: 2002-10 }\n\
                    site: site\nfinished: \"true\"\n";
const NOUNS: &str = "enumerations:
  actor: { doc: Who does it., values: { someone: {} } }
  colour: { doc: A colour., values: { red: {}, green: {}, blue: {} } }
records:
  site:
    doc: A shelf.
    fields:
      name: { type: text, doc: What it is called. }
      boxes: { type: list of box, at_most: 2, required: true, doc: The boxes. }
  box: { doc: A box., fields: { id: { type: text, key: true, required: true, doc: A name. } } }
";
const STATE: &str = "state:
  open: { doc: Whether it is open., of: { b: box }, type: boolean, start: \"START0\" }
  lamp: { doc: Whether it is lit., type: boolean, start: \"START1\" }
  tone: { doc: Its colour., type: colour, start: START2 }
  level: { doc: How bright it is., type: 0..2, start: \"START3\" }
  held: { doc: Colours that are held., type: set of colour, start: \"START4\" }
";
const SITE: &str = "rulebook: toy\nkind: site\nname: shelf\nboxes: [{ id: left }, { id: right }]\n";
const COLOURS: [&str; 3] = ["red", "green", "blue"];

/// One of some.
fn one<'a>(random: &mut Random, some: &[&'a str]) -> &'a str {
    some[random.below(some.len())]
}

/// A condition; `with_box` says that it may speak of the step's box.
fn condition(random: &mut Random, depth: usize, with_box: bool) -> String {
    if depth > 0 && random.below(3) > 0 {
        let (a, b) = (condition(random, depth - 1, with_box), condition(random, depth - 1, with_box));
        return match random.below(3) {
            0 => format!("not ({a})"),
            1 => format!("({a} and {b})"),
            _ => format!("({a} or {b})"),
        };
    }
    let colour = one(random, &COLOURS);
    match random.below(7) {
        0 => "lamp".to_owned(),
        1 => format!("tone == {colour}"),
        2 => format!("level == {}", random.below(3)),
        3 => format!("{colour} in held"),
        4 => "exists(c in boxes, open(c))".to_owned(),
        5 => "all(c in boxes, open(c))".to_owned(),
        _ if with_box => "open(box)".to_owned(),
        _ => "count(c in boxes, open(c)) == 1".to_owned(),
    }
}

fn effect(random: &mut Random) -> String {
    let (colour, when) = (one(random, &COLOURS), condition(random, 1, true));
    let (set, to) = match random.below(8) {
        0 => ("open(box)", one(random, &["true", "false", "lamp"]).to_owned()),
        1 => ("lamp", one(random, &["true", "false", "not lamp"]).to_owned()),
        2 => ("tone", format!("if({when}, {colour}, tone)")),
        3 => ("tone", colour.to_owned()),
        4 => ("level", one(random, &["0", "1", "2", "if(level == 0, 1, 2)"]).to_owned()),
        5 => ("held", format!("held + [{colour}]")),
        6 => ("held", format!("held - [{colour}]")),
        _ => ("held", one(random, &["[]", "if(lamp, [red], held)"]).to_owned()),
    };
    let applies = if random.below(2) == 0 { format!("where: \"{}\", ", condition(random, 1, true)) } else { String::new() };
    format!("  - {{ {applies}set: \"{set}\", to: \"{to}\" }}\n")
}

/// The files of a rulebook.
fn files(random: &mut Random) -> Vec<(String, String)> {
    let rest = "message: no, help: no, why: no, page: \"1\", statements: [S-1]";
    let mut state = STATE.to_owned();
    for (key, values) in [
        ("START0", vec!["true", "false"]),
        ("START1", vec!["true", "false"]),
        ("START2", COLOURS.to_vec()),
        ("START3", vec!["0", "1", "2"]),
        ("START4", vec!["[]", "[red]", "[green, blue]"]),
    ] {
        state = state.replace(key, one(random, &values));
    }
    let mut out = vec![("rulebook.yaml", HEAD.to_owned()), ("vocabulary.yaml", NOUNS.to_owned()), ("machine.yaml", state)]
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text))
        .collect::<Vec<_>>();
    for number in 0..2 + random.below(4) {
        let guard = (0..1 + random.below(2)).map(|at| {
            format!("  - {{ code: guard-{number}-{at}, level: error, must: \"{}\", {rest} }}\n", condition(random, 2, true))
        });
        let guard: String = guard.collect();
        let effects: String = (0..1 + random.below(3)).map(|_| effect(random)).collect();
        let text = format!(
            "does: Do it.\nby: [someone]\nparameters:\n  box: {{ type: box, doc: The box. }}\nguard:\n{guard}effects:\n{effects}\
             procedure: Do it.\npage: \"1\"\nstatements: [S-1]\n"
        );
        out.push((format!("actions/act-{number}.yaml"), text));
    }
    for number in 0..2 {
        let (a, b) = (condition(random, 1, false), condition(random, 2, false));
        let text = format!("claim: It is not so.\nlevel: error\nnever: \"({a}) and ({b})\"\n{}\n", rest.replace(", ", "\n"));
        out.push((format!("hazards/hazard-{number}.yaml"), text));
    }
    let goal = condition(random, 1, false);
    out.push(("goals.yaml".to_owned(), format!("- {{ code: goal, level: error, must: \"{goal}\", {rest} }}\n")));
    out
}

/// A machine on its site, with both meanings.
struct Machine {
    seed: u64,
    rulebook: Rulebook,
    site: Site,
    layout: Layout,
    moves: Plan,
    system: System,
}

impl Machine {
    fn new(seed: u64) -> Self {
        let texts = files(&mut Random::new(seed));
        let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let rulebook = load(&texts).unwrap_or_else(|faults| panic!("seed {seed}: {faults:?}\n{texts:?}"));
        let source = Source::new("shelf", SITE);
        let (site, findings) = read_site::read(&rulebook.vocabulary, &yaml::parse(&source).unwrap());
        assert!(findings.is_empty(), "{findings:?}");
        let moves = everything(&rulebook, &site, &Plan::default());
        let layout = Layout::new(&rulebook.vocabulary, &site);
        let base = Symbolic { vocabulary: &rulebook.vocabulary, site: &site, state: None };
        let walk = Walk { rulebook: &rulebook, base, layout: &layout, plan: &moves };
        let system = System::new(bare(&walk, &[]).unwrap());
        Self { seed, rulebook, site, layout, moves, system }
    }

    fn at<'s>(&'s self, values: Option<&'s [Value]>) -> Completion<'s> {
        let state = values.map(|values| (&self.layout, values));
        Completion { vocabulary: &self.rulebook.vocabulary, site: &self.site, filled: &[], state, watch: None }
    }

    /// The state after a move, if the concrete machine allows it.
    fn goes(&self, values: &[Value], at: usize) -> Option<Vec<Value>> {
        let (here, moved) = (self.at(Some(values)), &self.moves.steps[at]);
        let action = &self.rulebook.machine.actions[moved.action];
        let arguments = step::arguments(moved);
        let allowed = action.guard.iter().all(|one| step::satisfied(&here, &one.requirement, &arguments, false));
        allowed.then(|| step::apply(&here, action, moved))
    }

    /// A state of the concrete machine as facts.
    fn facts(&self, values: &[Value]) -> State {
        let number = |value: &Value| match value {
            Value::Enumeration(index) => i64::try_from(*index).unwrap(),
            Value::Number(number) => *number,
            other => panic!("{other:?}"),
        };
        let fact = |says: &Says| match says {
            Says::True(place) => values[*place] == Value::Boolean(true),
            Says::Member(place, member) => matches!(&values[*place], Value::Set(bits) if bits >> member & 1 == 1),
            Says::Value(place, of) => number(&values[*place]) == *of,
            Says::Done(_) => panic!("nothing has to be done"),
        };
        let before = std::iter::repeat_n(0, self.system.first);
        before.chain(self.system.says.iter().map(|says| i64::from(fact(says)))).collect()
    }

    /// All states that the concrete machine reaches, each with its facts.
    fn reached(&self) -> BTreeMap<State, Vec<Value>> {
        let first = step::start(&self.at(None), &self.layout);
        let mut out = BTreeMap::from([(self.facts(&first), first.clone())]);
        let mut open = VecDeque::from([first]);
        while let Some(values) = open.pop_front() {
            for at in 0..self.moves.steps.len() {
                let Some(after) = self.goes(&values, at) else { continue };
                if out.insert(self.facts(&after), after.clone()).is_none() {
                    open.push_back(after);
                }
            }
        }
        out
    }

    /// What is bad, by the concrete machine: a hazard by its number, and after them that nothing goes on short of the goal.
    fn is_bad(&self, values: &[Value], which: usize) -> bool {
        let here = self.at(Some(values));
        match self.rulebook.machine.hazards.get(which) {
            Some(hazard) => !step::satisfied(&here, hazard, &[], true),
            None => {
                let goals = self.rulebook.machine.goals.iter().all(|goal| step::satisfied(&here, goal, &[], false));
                !goals && (0..self.moves.steps.len()).all(|at| self.goes(values, at).is_none_or(|after| after == values))
            }
        }
    }

    /// The system with one thing that is bad.
    fn only(&self, which: usize) -> System {
        let bad = self.system.bad.get(which).cloned().unwrap_or_else(|| self.system.stuck());
        System { bad: vec![bad], ..self.system.clone() }
    }
}

fn is_in(cube: &Cube, state: &State) -> bool {
    cube.iter().all(|(hole, is)| (state[*hole] != 0) == *is)
}

/// All states that facts can make, reached or not.
fn imaginable(system: &System) -> Vec<State> {
    let mut out = vec![vec![0; system.first + system.count]];
    let mut hole = system.first;
    while hole < system.first + system.count {
        let group = system.groups.iter().find(|group| group.start == hole).cloned();
        let size = group.as_ref().map_or(1, |group| group.len());
        let choices: Vec<Option<usize>> =
            if group.is_some() { (hole..hole + size).map(Some).collect() } else { vec![None, Some(hole)] };
        out = out
            .iter()
            .flat_map(|state| {
                choices.iter().map(|choice| {
                    let mut state = state.clone();
                    choice.iter().for_each(|hole| state[*hole] = 1);
                    state
                })
            })
            .collect();
        hole += size;
    }
    out
}

/// Lemmas that are left when those are dropped, again and again, that a move breaks from a state in which all that are left hold.
fn left(system: &System, lemmas: &[Bool]) -> Vec<bool> {
    let states = imaginable(system);
    let mut out = vec![true; lemmas.len()];
    loop {
        let before = out.clone();
        for state in &states {
            if (0..lemmas.len()).any(|at| out[at] && !truth(&lemmas[at], state)) {
                continue;
            }
            for each in (0..system.moves.len()).filter(|each| system.allows(state, *each)) {
                let after = system.next(state, each);
                (0..lemmas.len()).filter(|at| !truth(&lemmas[*at], &after)).for_each(|at| out[at] = false);
            }
        }
        if out == before {
            return out;
        }
    }
}

/// What a run has seen.
#[derive(Default)]
struct Seen {
    never: usize,
    ways: usize,
    dropped: usize,
    noticed: usize,
    weakened: usize,
    fell: usize,
}

/// What is proved is held against the list, what is refuted is gone by the concrete machine.
fn compare(machine: &Machine, which: usize, reached: &BTreeMap<State, Vec<Value>>, seen: &mut Seen) {
    let (system, seed) = (machine.only(which), machine.seed);
    let really = reached.values().any(|values| machine.is_bad(values, which));
    match prove(&system, &[], &no_images, QUESTIONS) {
        Outcome::Never(cubes) => {
            seen.never += 1;
            assert!(!really, "seed {seed}: what is bad is reached, and was proved not to be");
            assert!(confirms(&system, &cubes), "seed {seed}: a proof is not confirmed");
            for state in reached.keys() {
                assert!(!cubes.iter().any(|cube| is_in(cube, state)), "seed {seed}: a lemma is false in a state that is reached");
            }
            dropped(machine, &system, &cubes, seen);
            weakened(machine, &system, &cubes, seen);
        }
        Outcome::Way(way) => {
            seen.ways += 1;
            let mut values = step::start(&machine.at(None), &machine.layout);
            for at in &way {
                values = machine.goes(&values, *at).unwrap_or_else(|| panic!("seed {seed}: {way:?} is not gone"));
            }
            assert!(really && machine.is_bad(&values, which), "seed {seed}: {way:?} leads to nothing bad");
        }
        Outcome::GaveUp(bound) => panic!("seed {seed}: given up at {bound}"),
    }
}

/// A proof without one of its lemmas is confirmed exactly if it is still one.
fn dropped(machine: &Machine, system: &System, cubes: &[Cube], seen: &mut Seen) {
    for at in 0..cubes.len().min(2) {
        let mut rest = cubes.to_vec();
        rest.remove(at);
        let lemmas: Vec<Bool> = rest.iter().map(clause).chain([not(system.bad[0].clone())]).collect();
        let is_one = left(system, &lemmas).iter().all(|left| *left);
        assert_eq!(confirms(system, &rest), is_one, "seed {}: without lemma {at}", machine.seed);
        seen.dropped += 1;
        seen.noticed += usize::from(!is_one);
    }
    let first: Cube = (system.first..system.first + system.count).map(|hole| (hole, system.start[hole] != 0)).collect();
    let with: Vec<Cube> = cubes.iter().cloned().chain([first]).collect();
    assert!(!confirms(system, &with), "seed {}: the first state is not kept out", machine.seed);
}

/// What is left of a proof without one conjunct of a guard is the same by the solver and by the list of all states.
fn weakened(machine: &Machine, system: &System, cubes: &[Cube], seen: &mut Seen) {
    let lemmas: Vec<Bool> = cubes.iter().map(clause).chain([not(system.bad[0].clone())]).collect();
    let mut survivors = Survivors::new(system, lemmas.clone());
    for action in 0..machine.rulebook.machine.actions.len().min(2) {
        let mut weaker = system.clone();
        let mut guards = BTreeMap::new();
        for (at, (each, step)) in weaker.moves.iter_mut().zip(&machine.moves.steps).enumerate() {
            if step.action == action {
                each.guard.retain(|(conjunct, _)| *conjunct != 0);
                guards.insert(at, each.guard.iter().map(|(_, condition)| condition.clone()).collect());
            }
        }
        let by_solver = survivors.of(&guards).unwrap();
        assert_eq!(by_solver, left(&weaker, &lemmas), "seed {}: without a guard of action {action}", machine.seed);
        seen.weakened += 1;
        seen.fell += usize::from(by_solver.contains(&false));
    }
}

/// What can be done there, to look for a way to the goals.
fn task(machine: &Machine) -> Task<'_> {
    let ground = |step: &Step| GroundAction { action: step.action, arguments: step::arguments(step), objects: 0 };
    let actions = machine.moves.steps.iter().map(ground).collect();
    let (rulebook, layout) = (&machine.rulebook, &machine.layout);
    let site = machine.at(None);
    Task { rulebook, site, layout, actions, least: Level::Error, cures: Vec::new(), aims: Vec::new() }
}

/// Whether a state in which the goals are met is reached without a hazard on the way.
fn is_reached(task: &Task<'_>, start: &[Value]) -> bool {
    let (mut seen, mut open) = (vec![start.to_vec()], vec![start.to_vec()]);
    while let Some(values) = open.pop() {
        if task.is_done(&values, 0) {
            return true;
        }
        for ground in task.actions.iter().filter(|ground| task.allows(&values, ground)) {
            let after = task.next(&values, ground);
            if task.is_safe(&after) && !seen.contains(&after) {
                seen.push(after.clone());
                open.push(after);
            }
        }
    }
    false
}

#[test]
fn a_search_finds_a_way_exactly_where_the_concrete_machine_has_one() {
    let (mut ways, mut easy, mut exhausted) = (0, 0, 0);
    for seed in 0..3 * MACHINES {
        let machine = Machine::new(seed);
        let task = task(&machine);
        let folded = Folded::new(&task, &task.actions);
        let (reads, start) = (Reads::new(&folded), step::start(&machine.at(None), &machine.layout));
        let begin = folded.state(&start);
        let really = is_reached(&task, &start);
        match search(&folded, &reads, begin.clone(), 0, 0) {
            Found::Way(way) => {
                let steps: Vec<GroundAction> = way.iter().map(|at| task.actions[*at].clone()).collect();
                assert!(really && task.succeeds(&start, &steps), "seed {seed}: {way:?} leads nowhere");
                ways += 1;
            }
            Found::Nothing => {
                assert!(!really, "seed {seed}: there is a way");
                let is_easy = !is_in_reach(&folded, &reads, &begin, &folded.everything());
                (easy, exhausted) = (easy + u64::from(is_easy), exhausted + u64::from(!is_easy));
            }
            Found::GaveUp => panic!("seed {seed}: given up, among so few states"),
        }
    }
    println!("{ways} ways, {easy} with none even in the easier task, {exhausted} where every state was looked at");
    assert!(ways > 100 && easy > 10 && exhausted > 10, "{ways} {easy} {exhausted}: what is compared hardly happens");
}

#[test]
fn proofs_agree_with_a_list_of_all_states_that_the_concrete_machine_reaches() {
    let count = env::var("CUTOVER_MACHINES").ok().and_then(|count| count.parse().ok()).unwrap_or(MACHINES);
    let mut seen = Seen::default();
    for seed in 0..count {
        let machine = Machine::new(seed);
        let reached = machine.reached();
        for (facts, values) in &reached {
            for at in 0..machine.moves.steps.len() {
                let after = machine.goes(values, at);
                assert_eq!(machine.system.allows(facts, at), after.is_some(), "seed {seed}: move {at}");
                if let Some(after) = after {
                    assert_eq!(machine.system.next(facts, at), machine.facts(&after), "seed {seed}: move {at}");
                }
            }
        }
        let safe: Vec<Bool> = machine.system.bad.iter().map(|bad| not(bad.clone())).collect();
        let together = Survivors::new(&machine.system, safe.clone()).all().unwrap();
        assert_eq!(together, left(&machine.system, &safe), "seed {seed}: what one step keeps");
        for which in 0..=machine.system.bad.len() {
            compare(&machine, which, &reached, &mut seen);
        }
    }
    let Seen { never, ways, dropped, noticed, weakened, fell } = seen;
    println!("{never} proved, {ways} refuted; {noticed} of {dropped} dropped lemmas noticed; {fell} of {weakened} guards missed");
    // The comparison means something only if everything that it looks at happens.
    let many = usize::try_from(count).unwrap() / 20;
    let states: BTreeSet<bool> = [never, ways, dropped, noticed, fell].into_iter().map(|seen| seen >= many).collect();
    assert_eq!(states, BTreeSet::from([true]));
}
