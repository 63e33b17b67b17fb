"""Proves with a solver that one planning task is a lower bound of another, from the text of the two alone.

Both are ground PDDL as `cutover export` writes it: the whole task of a site, and the one of `--lower-bound`. Shown is, for every
state in which exactly one fact of each variable is true: each action keeps that; wherever it can be done, some action of the lower
bound can be done that changes the facts which both have in the same way, for no more, or it changes none of them; and the goal of
the whole task implies that of the other. The states before the first step agree. So each plan of the whole task is one of the lower
bound at no higher cost, and the least cost there is a lower bound.
"""

EXACTLY_ONE = "; exactly one is true: "


def read(text):
    """The nested lists of a text of PDDL."""
    stack = [[]]
    for line in text.splitlines():
        for token in line.split(";")[0].replace("(", " ( ").replace(")", " ) ").split():
            if token == "(":
                stack.append([])
            elif token == ")":
                stack[-2].append(stack.pop())
            else:
                stack[-1].append(token)
    return stack[0][0]


def term(tree, seen={}):
    """A condition of PDDL as one of SMT-LIB; `seen` has conditions in the place of facts."""
    if tree[0] in ("and", "or"):
        # Some solvers want two terms at least.
        unit = "true" if tree[0] == "and" else "false"
        return f"({tree[0]} {unit} {unit} {' '.join(term(part, seen) for part in tree[1:])})"
    if tree[0] == "not":
        if tree[1][0] in seen:
            raise ValueError(f"{tree[1]} is asked not to be seen")
        return f"(not {term(tree[1])})"
    if len(tree) != 1:
        raise ValueError(f"{tree} is no fact")
    return seen.get(tree[0], f"|{tree[0]}|")


def action(tree, seen={}):
    """The name, the condition, for each fact that changes its value afterwards, and the cost."""
    name, condition, effect = tree[1], tree[5], tree[7]
    added, removed, cost = {}, {}, 0
    for part in effect[1:]:
        where = "true"
        if part[0] == "increase":
            cost += int(part[2])
            continue
        if part[0] == "when":
            where, part = term(part[1]), part[2]
        into, fact = (removed, part[1][0]) if part[0] == "not" else (added, part[0])
        into.setdefault(fact, []).append(where)
    after = {}
    for fact in {**added, **removed}:
        on, off = (f"(or false false {' '.join(into.get(fact, []))})" for into in (added, removed))
        after[fact] = f"(or {on} (and |{fact}| (not {off})))"
    return name, term(condition, seen), {fact: value for fact, value in after.items() if fact not in seen}, cost


def words(tree):
    return {tree} if isinstance(tree, str) else set().union(*map(words, tree))


def sees(actions, known):
    """For each fact that is none of those known, the condition under which it is made true for nothing and nothing else changes."""
    cases = {}
    for part in actions:
        changes = part[7][1:]
        if len(changes) == 1 and len(changes[0]) == 1 and changes[0][0] not in known:
            cases.setdefault(changes[0][0], []).append(part[5])
    out = {}
    # One that was seen can be asked for by another one.
    while len(out) < len(cases):
        left = set(cases) - set(out)
        ready = [fact for fact in cases if fact in left and not words(cases[fact]) & left]
        if not ready:
            raise ValueError("what is seen goes round in a circle")
        for fact in ready:
            out[fact] = f"(or false false {' '.join(term(case, out) for case in cases[fact])})"
    return out


class Task:
    """A task; of the facts that are none of `known`, if it is given, there are only those that say what was seen."""

    def __init__(self, folder, known=None):
        text = (folder / "domain.pddl").read_text(encoding="utf-8")
        domain, problem = read(text), read((folder / "problem.pddl").read_text(encoding="utf-8"))
        parts = {part[0]: part for part in domain + problem if isinstance(part, list)}
        actions = [part for part in domain if part[0] == ":action"]
        facts = {fact[0] for fact in parts[":predicates"][1:]}
        seen = sees(actions, known) if known is not None else {}
        self.facts = facts - set(seen)
        self.start = {fact[0] for fact in parts[":init"][1:]} - {"="} - set(seen)
        self.goal = term(parts[":goal"][1], seen)
        self.actions = [action(part, seen) for part in actions]
        lines = (line.strip() for line in text.splitlines())
        self.variables = [line.removeprefix(EXACTLY_ONE).split() for line in lines if line.startswith(EXACTLY_ONE)]


def exactly_one(facts, after):
    facts = [after.get(fact, f"|{fact}|") for fact in facts]
    pairs = [f"(not (and {a} {b}))" for at, a in enumerate(facts) for b in facts[at + 1 :]]
    return f"(and (or {' '.join(facts)}) {' '.join(pairs)})"


def questions(whole, bound):
    """Questions to a solver, each with what it is about: `unsat` is wanted of each."""
    matching = {}
    for _, condition, after, cost in bound.actions:
        matching.setdefault(frozenset(after), []).append((condition, after, cost))
    for name, condition, after, cost in whole.actions:
        changed = {fact for fact in after if fact in bound.facts}
        touched = [facts for facts in whole.variables if any(fact in after for fact in facts)]
        kept = " ".join(exactly_one(facts, after) for facts in touched)
        yield f"{name} keeps one value of each variable", f"(and {condition} (not (and true true {kept})))"
        same = lambda other: " ".join(f"(= {after[fact]} {other.get(fact, f'|{fact}|')})" for fact in sorted(changed))
        ways = [f"(and true true {same({})})"]
        for facts, others in matching.items():
            if facts <= changed:
                ways += [f"(and true {pre} {same(other)})" for pre, other, price in others if price <= cost]
        yield f"{name} is matched", f"(and {condition} (not (or false {' '.join(ways)})))"
    yield "the goal is matched", f"(and {whole.goal} (not {bound.goal}))"


def script(whole, bound):
    """One text with all questions, and what each is about."""
    out = ["(set-logic QF_UF)"]
    out += [f"(declare-const |{fact}| Bool)" for fact in sorted(whole.facts | bound.facts)]
    out += [f"(assert {exactly_one(facts, {})})" for facts in whole.variables]
    about = []
    for what, question in questions(whole, bound):
        about.append(what)
        out.append(f"(push 1)\n(assert {question})\n(check-sat)\n(pop 1)")
    return "\n".join(out) + "\n", about


def wrong(whole, bound, solve):
    """What could not be shown, and how many questions there were; `solve` gives the answers to a script, one a line."""
    whole = Task(whole)
    bound = Task(bound, whole.facts)
    out = []
    if not bound.facts <= whole.facts:
        out.append(f"facts that the whole task does not have: {sorted(bound.facts - whole.facts)}")
    if bound.start != whole.start & bound.facts:
        out.append("the states before the first step differ")
    if any(sum(fact in whole.start for fact in facts) != 1 for facts in whole.variables):
        out.append("a variable does not begin with one value")
    text, about = script(whole, bound)
    answers = solve(text).split()
    if len(answers) != len(about):
        return [*out, f"{len(answers)} answers to {len(about)} questions"], 0
    out += [f"{what}: {answer}" for what, answer in zip(about, answers) if answer != "unsat"]
    return out, len(about)
