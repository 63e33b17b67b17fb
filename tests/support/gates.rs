//! A small machine for wide plans: gates in basins, each worked by a chain of steps of its own.

use super::cellar::Dice;
use cutover::spec::rulebook::{File, Rulebook, load};

const HEAD: &str = "id: gates\nversion: 1.0.0\ntitle: Gates\nmanual: { title: P, number: \"1\", issue: \"1\", date: 2002-10 }\nsite: site\nfinished: \"true\"\n";
const NOUNS: &str = "\
enumerations:
  actor: { doc: Who., values: { keeper: {} } }
  basin: { doc: Which water., values: { upper: {}, lower: {}, third: {}, fourth: {}, fifth: {}, sixth: {}, seventh: {}, eighth: {} } }
records:
  site:
    doc: A canal.
    fields:
      gates: { type: list of gate, at_most: 16, required: true, doc: Its gates. }
      lit: { type: boolean, doc: Whether the lamp is lit. }
  gate:
    doc: A gate.
    fields:
      id: { type: text, key: true, required: true, doc: Its name. }
      basin: { type: basin, doc: Which water it lets out. }
      oiled: { type: boolean, doc: Whether it is oiled. }
";
const MACHINE: &str = "\
state:
  open: { doc: Whether it is open., of: { g: gate }, type: boolean, start: \"false\" }
  locked: { doc: Whether it is locked., of: { g: gate }, type: boolean, start: \"true\" }
  oiled: { doc: Whether it is oiled., of: { g: gate }, type: boolean, start: g.oiled }
  moves: { doc: How often any gate was opened., type: 0..2, start: \"0\" }
  last: { doc: The basin of the gate that was opened last., type: basin, start: upper }
  lamp: { doc: Whether the lamp is lit., type: boolean, start: lit }
  tallied: { doc: How often the water was measured., type: 0..99, start: \"0\" }
";
const STEPS: [(&str, &str, &str); 6] = [
    ("oil", "", "oiled(gate), to: \"true\""),
    ("unlock", "- { code: unlocked-already, must: locked(gate), at: gate,", "locked(gate), to: \"false\""),
    ("open", "- { code: locked, must: not locked(gate) and oiled(gate), at: gate,", "open(gate), to: \"true\""),
    ("close", "- { code: closed-already, must: open(gate), at: gate,", "open(gate), to: \"false\""),
    ("lock", "- { code: still-open, must: not open(gate) and moves > 0, at: gate,", "locked(gate), to: \"true\""),
    ("sweep", "- { code: unlocked, must: locked(gate), at: gate,", "oiled(gate), to: \"false\""),
];
/// Steps that no chain needs.
const OTHERS: [(&str, &str, &str); 2] = [
    ("light", "", "lamp, to: \"true\""),
    ("tally", "- { code: tallied-enough, must: tallied < 2, at: gate,", "tallied, to: tallied + 1"),
];
const FLOOD: &str = "\
claim: Two gates of one basin are never open together.
level: error
each: a, b in gates
where: a.basin == b.basin
never: open(a) and open(b)
message: \"`{a.id}` and `{b.id}` are open together\"
help: close one of them first
why: The meadow floods.
page: \"1\"
statements: [P-1]
";
const DARK: &str = "\
claim: Nothing is done in the dark.
level: warning
never: not lamp
message: the lamp is out
help: light it first
why: Someone falls in.
page: \"1\"
statements: [P-1]
";
const GOALS: &str = "\
- { code: left-open, level: error, must: \"all(g in gates, not open(g))\", message: a gate is left open, help: close it, why: It leaks., page: \"1\", statements: [P-1] }
- { code: last-left-open, level: error, must: \"all(g in gates, g.basin == last implies not open(g))\", message: the last gate is left open, help: close it, why: It leaks., page: \"1\", statements: [P-1] }
- { code: never-opened, level: warning, must: moves > 0, message: no gate was opened, help: open one, why: Then why come., page: \"1\", statements: [P-1] }
";

/// The rulebook.
pub(crate) fn gates() -> Rulebook {
    let action = |(name, guard, effect): &(&str, &str, &str)| {
        let guard = match guard {
            &"" => String::new(),
            guard => format!(
                "guard:\n  {guard} level: error, message: it is not so, help: see to it, why: It jams., page: \"1\", statements: [P-1] }}\n"
            ),
        };
        let more = match *name {
            "open" => "  - { set: moves, to: \"if(moves == 2, 2, moves + 1)\" }\n  - { set: last, to: gate.basin }\n",
            // Someone who sees the gate stand open oils it as well.
            "light" => "  - { where: open(gate), set: oiled(gate), to: \"true\" }\n",
            _ => "",
        };
        let parameters = "parameters: { gate: { type: gate, doc: The gate. } }";
        let end = "procedure: Turn.\npage: \"1\"\nstatements: [P-1]\n";
        (
            format!("actions/{name}.yaml"),
            format!("does: It.\n{parameters}\n{guard}effects:\n  - {{ set: {effect} }}\n{more}{end}"),
        )
    };
    let actions: Vec<(String, String)> = STEPS.iter().chain(&OTHERS).map(action).collect();
    let mut files: Vec<File<'_>> = vec![
        ("rulebook.yaml", HEAD),
        ("vocabulary.yaml", NOUNS),
        ("machine.yaml", MACHINE),
        ("hazards/dark.yaml", DARK),
        ("hazards/flood.yaml", FLOOD),
        ("goals.yaml", GOALS),
    ];
    files.extend(actions.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    load(&files).map_err(|faults| format!("{faults:#?}")).unwrap()
}

/// A site with so many gates, two in each basin.
pub(crate) fn site(count: usize) -> String {
    const BASINS: [&str; 8] = ["upper", "lower", "third", "fourth", "fifth", "sixth", "seventh", "eighth"];
    let gates: String =
        (0..count).map(|gate| format!("  - {{ id: g{gate}, basin: {}, oiled: false }}\n", BASINS[gate / 2])).collect();
    format!("rulebook: gates\nkind: site\nlit: true\ngates:\n{gates}")
}

/// So many chains of so many steps, each on its own gate; a gate opens after the other one of its basin is closed.
pub(crate) fn chains(count: usize, length: usize) -> Vec<String> {
    let mut out = Vec::new();
    for gate in 0..count {
        for number in 0..length {
            let (round, step) = (number / STEPS.len(), number % STEPS.len());
            let action = STEPS[step].0;
            let mut after: Vec<String> = if number == 0 { vec![] } else { vec![format!("g{gate}n{}", number - 1)] };
            if action == "open" && gate % 2 == 1 && round * STEPS.len() + 3 < length {
                after.push(format!("g{}n{}", gate - 1, round * STEPS.len() + 3));
            }
            if action == "open" && gate % 2 == 0 && round > 0 && gate + 1 < count {
                after.push(format!("g{}n{}", gate + 1, (round - 1) * STEPS.len() + 3));
            }
            out.push(format!("id: g{gate}n{number}, do: {action}, gate: g{gate}, after: [{}]", after.join(", ")));
        }
    }
    out
}

/// The text of a plan for two gates: a chain of 1 to 4 steps for each, with some steps and edges gone astray.
pub(crate) fn random_plan(seed: u64) -> String {
    let mut dice = Dice(seed);
    let mut text = String::from("steps:\n");
    let first = 1 + dice.below(4);
    let count = first + 1 + dice.below(4);
    for index in 0..count {
        let (gate, number) = if index < first { (0, index) } else { (1, index - first) };
        let stray = dice.below(8) == 0;
        let action =
            STEPS.iter().chain(&OTHERS).nth(if stray { dice.below(STEPS.len() + OTHERS.len()) } else { number }).unwrap().0;
        let after = (0..index).filter(|before| if before + 1 == index { dice.below(8) > 0 } else { dice.below(4) == 0 });
        let after: Vec<String> = after.map(|before| format!("s{before}")).collect();
        text.push_str(&format!("  - {{ id: s{index}, do: {action}, gate: g{gate}, after: [{}] }}\n", after.join(", ")));
    }
    text
}
