"""A small rulebook, its sites and its plans for benches/plans.py, and the same plans as models in Promela.

Gates are oiled, unlocked, opened, closed and locked; two gates of one basin are never open together, all are closed at the
end. The model in Promela has the same guards, effects, hazard and goal, written out for each step by hand: it shares nothing
with cutover.
"""

BASINS = [f"b{number}" for number in range(32)]
GATES = 64
RULEBOOK = """id: gates
version: 1.0.0
title: Gates
manual: { title: Gates, number: "1", issue: "1", date: 2002-10 }
site: site
finished: "true"
"""
NOUNS = f"""enumerations:
  actor: {{ doc: Who., values: {{ keeper: {{}} }} }}
  basin: {{ doc: Which water., values: {{ {', '.join(f'{basin}: {{}}' for basin in BASINS)} }} }}
records:
  site:
    doc: A canal.
    fields:
      gates: {{ type: list of gate, at_most: {GATES}, required: true, doc: Its gates. }}
  gate:
    doc: A gate.
    fields:
      id: {{ type: text, key: true, required: true, doc: Its name. }}
      basin: {{ type: basin, doc: Which water it lets out. }}
"""
MACHINE = """state:
  open: { doc: Whether it is open., of: { g: gate }, type: boolean, start: "false" }
  locked: { doc: Whether it is locked., of: { g: gate }, type: boolean, start: "true" }
  oiled: { doc: Whether it is oiled., of: { g: gate }, type: boolean, start: "false" }
  moves: { doc: How often any gate was opened., type: 0..2, start: "0" }
"""
REASON = 'message: it is not so, help: see to it, why: It jams., page: "1", statements: [P-1]'
# For each action: what must hold, in the rulebook's language and in Promela; what it sets, in both.
ACTIONS = {
    "oil": (None, None, [("oiled(gate)", '"true"')], "oiled[{g}] = 1"),
    "unlock": ("locked(gate)", "locked[{g}]", [("locked(gate)", '"false"')], "locked[{g}] = 0"),
    "open": (
        "not locked(gate) and oiled(gate)",
        "!locked[{g}] && oiled[{g}]",
        [("open(gate)", '"true"'), ("moves", '"if(moves == 2, 2, moves + 1)"')],
        "open[{g}] = 1; moves = (moves == 2 -> 2 : moves + 1)",
    ),
    "close": ("open(gate)", "open[{g}]", [("open(gate)", '"false"')], "open[{g}] = 0"),
    "lock": ("not open(gate) and moves > 0", "!open[{g}] && moves > 0", [("locked(gate)", '"true"')], "locked[{g}] = 1"),
}
FLOOD = f"""claim: Two gates of one basin are never open together.
level: error
each: a, b in gates
where: a.basin == b.basin
never: open(a) and open(b)
{REASON.replace(', ', chr(10)).replace('message: it is not so', 'message: they are open together')}
"""
GOALS = f"""- {{ code: left-open, level: error, must: "all(g in gates, not open(g))", {REASON} }}
"""
STATEMENTS = "- { id: P-1, page: 1, says: Gates are worked one after another. }\n"


def rulebook(folder):
    """Writes the rulebook."""
    for sub in ("actions", "hazards", "rules"):
        (folder / sub).mkdir(parents=True, exist_ok=True)
    files = {"rulebook": RULEBOOK, "vocabulary": NOUNS, "machine": MACHINE, "goals": GOALS, "statements": STATEMENTS, "hazards/flood": FLOOD}
    for name, (must, _, sets, _) in ACTIONS.items():
        guard = f'guard:\n  - {{ code: not-ready-to-{name}, level: error, must: "{must}", at: gate, {REASON} }}\n' if must else ""
        effects = "".join(f"  - {{ set: {variable}, to: {value} }}\n" for variable, value in sets)
        files[f"actions/{name}"] = (
            f"does: It.\nparameters: {{ gate: {{ type: gate, doc: The gate. }} }}\n{guard}effects:\n{effects}"
            'procedure: Turn.\npage: "1"\nstatements: [P-1]\n'
        )
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)


def chains(count, length):
    """So many chains of steps, each on its own gate; a gate opens after the other one of its basin is closed."""
    order, out = list(ACTIONS) + ["oil"], []
    for gate in range(count):
        for number in range(length):
            after = [f"g{gate}n{number - 1}"] if number else []
            if order[number] == "open" and gate % 2 == 1:
                after.append(f"g{gate - 1}n3")
            out.append((f"g{gate}n{number}", order[number], gate, after))
    return out


def band(steps, width):
    """So many steps, of which `width` in the middle are in no order to each other. What comes behind needs some of them."""
    out, last, turn = [], [], ["oil", "unlock", "open", "close", "lock"]
    before = (steps - width) // 4
    for number in range(before):
        out.append((f"s{len(out)}", turn[number % 5], 0, last))
        last = [out[-1][0]]
    middle = [(f"w{gate}", "oil", gate + 1, last) for gate in range(width)]
    out, last = out + middle, [step[0] for step in middle] or last
    for number in range(steps - width - before):
        # What is in the middle oils a gate each, which need not be done again.
        gate, action = (1 + number // 4 % width, turn[1 + number % 4]) if width else (1 + number // 5, turn[number % 5])
        out.append((f"s{len(out)}", action, gate, last))
        last = [out[-1][0]]
    return close(out)


def close(steps):
    """The plan without steps at the end that leave a gate open."""
    while steps[-1][1] == "open":
        steps[-1] = (steps[-1][0], "oil", *steps[-1][2:])
    return steps


def site(steps):
    """A site with the gates that a plan works."""
    gates = "".join(f"  - {{ id: g{gate}, basin: {BASINS[gate // 2]} }}\n" for gate in sorted({gate for _, _, gate, _ in steps}))
    return f"rulebook: gates\nkind: site\ngates:\n{gates}"


def plan(steps, site):
    lines = "".join(f"  - {{ id: {id}, do: {do}, gate: g{gate}, after: [{', '.join(after)}] }}\n" for id, do, gate, after in steps)
    return f"rulebook: gates\nkind: plan\nsite: {site}\nsteps:\n{lines}"


def promela(steps):
    """A model in which any step may come whose predecessors are done; guards, hazard and goal are assertions."""
    number = {step[0]: index for index, step in enumerate(steps)}
    worked = sorted({gate for _, _, gate, _ in steps})
    flood = [f"!(open[{gate}] && open[{gate + 1}])" for gate in worked if gate % 2 == 0 and gate + 1 in worked]
    lines = [f"bit done[{len(steps)}], open[{GATES}], locked[{GATES}], oiled[{GATES}];", "byte moves;", "init {", "  atomic {"]
    lines += [f"    locked[{gate}] = 1;" for gate in worked]
    lines += ["  }", "  do"]
    for id, do, gate, after in steps:
        _, guard, _, effects = ACTIONS[do]
        ready = " && ".join([f"!done[{number[id]}]", *(f"done[{number[before]}]" for before in after)])
        checks = f"assert({guard.format(g=gate)}); " if guard else ""
        hazard = f" assert({' && '.join(flood)});" if flood and do == "open" else ""
        lines.append(f"  :: atomic {{ {ready} -> {checks}{effects.format(g=gate)}; done[{number[id]}] = 1;{hazard} }}")
    closed = " && ".join(f"!open[{gate}]" for gate in worked)
    all_done = " && ".join(f"done[{index}]" for index in range(len(steps)))
    lines += [f"  :: {all_done} -> assert({closed}); break", "  od", "}"]
    return "\n".join(lines) + "\n"
