"""Holds what `cutover lint` says of generated sites and of all example sites against cvc5 and another Z3.

Every rule is exported over all facts, the stated ones beside it, so the solvers do all the work that `lint` spares itself.
A rule on one choice of records is judged as ARCHITECTURE.md says: what the facts alone leave open is asked again given the
other hard rules that are open. CUTOVER_INDEPENDENT_SITES says how many sites are generated.
"""

import collections
import concurrent.futures
import glob
import importlib.util
import json
import os
import random
import re
import shutil
import subprocess
import sys

sys.path.insert(0, "benches")
import fleet

cutover = sys.argv[1]
count = int(os.environ.get("CUTOVER_INDEPENDENT_SITES", "100"))
home = "target/independent/sites"
# What names a record or says that there is one: without it the file would be another site, or none.
KEPT = {"rulebook", "kind", "name", "id", "server", "port", "servers", "switches", "links", "ethernet", "acds", "standing"}
z3_program = os.path.join(os.path.dirname(sys.executable), "z3")


def forget(facts, draw):
    """Takes out about one fact in twelve."""
    for key in list(facts):
        if key not in KEPT and draw() < 1 / 12:
            del facts[key]
        elif isinstance(facts[key], dict):
            forget(facts[key], draw)
        elif isinstance(facts[key], list):
            for item in facts[key]:
                if isinstance(item, dict):
                    forget(item, draw)


def generate():
    """A third of the sites is right and a third says everything, by numbers that have nothing to do with each other."""
    for number in range(count):
        site = fleet.site(number)
        if number % 4:
            forget(site, random.Random(number).random)
        with open(f"{home}/{number:04}.site.json", "w", encoding="utf-8") as file:
            json.dump(site, file)


def by_z3(text):
    done = subprocess.run([z3_program, "-smt2", "-in"], input=text, capture_output=True, text=True)
    return done.stdout.split()


def by_cvc5(text):
    import cvc5

    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("incremental", "true")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "questions")
    symbols, out = parser.getSymbolManager(), ""
    while not (command := parser.nextCommand()).isNull():
        out += command.invoke(solver, symbols)
    return out.split()


def ask(solver, definitions, questions):
    """The answers to questions, each a list of conditions."""
    lines = [definitions]
    for conditions in questions:
        lines += ["(push 1)", *(f"(assert {condition})" for condition in conditions), "(check-sat)", "(pop 1)"]
    answers = solver("\n".join(lines))
    if len(answers) != len(questions) or set(answers) - {"sat", "unsat"}:
        sys.exit(f"independent: {solver.__name__} answered {answers[:20]}")
    return [answer == "sat" for answer in answers]


def told(solver, definitions, instances):
    """The codes of the rules that are violated, and of those that cannot be told; or that the hard rules contradict each other."""
    both = [[condition] for name, _, _ in instances for condition in (f"(not |{name}|)", f"|{name}|")]
    answers = ask(solver, definitions, both)
    violated, opened = set(), []
    for instance, can_fail, can_hold in zip(instances, answers[::2], answers[1::2]):
        if can_fail and can_hold:
            opened.append(instance)
        elif can_fail:
            violated.add(instance[1])
    background = [(f"|{name}|", code) for name, code, hard in opened if hard]
    given = [[held for held, other in background if other != code] for _, code, _ in opened]
    both = [[held for held, _ in background]]
    for (name, _, _), others in zip(opened, given):
        both += [others + [f"(not |{name}|)"], others + [f"|{name}|"]]
    legal, *answers = ask(solver, definitions, both)
    if not legal:
        return None, None
    undecided = set()
    for (_, code, _), can_fail, can_hold in zip(opened, answers[::2], answers[1::2]):
        if can_fail and can_hold:
            undecided.add(code)
        elif can_fail:
            violated.add(code)
    return violated, undecided


def judge(site, found, waiting):
    """What is different for each solver: nothing, or a sentence."""
    text = subprocess.run([cutover, "export", site, "--to", "smt2"], capture_output=True, text=True, check=True).stdout
    definitions = text.split("; The questions.")[0]
    instances, hard = [], False
    for line in definitions.splitlines():
        if line.startswith("; "):
            hard = line.endswith(" (hard)")
        elif match := re.match(r"\(define-fun \|(([^|/]+)/\d+)\|", line):
            instances.append((match[1], match[2], hard))
    out = []
    for name, solver in solvers.items():
        violated, undecided = told(solver, definitions, instances)
        if violated is None:
            out.append((name, None if "no-legal-completion" in found else f"{site}: {name}: no completion is legal"))
            continue
        codes = {code for _, code, _ in instances}
        different = (violated ^ (found & codes)) | (undecided ^ waiting)
        out.append((name, f"{site}: {name} differs on {sorted(different)}" if different else None))
    return out


def lint(paths):
    done = subprocess.run([cutover, "lint", *paths, "--format", "json"], capture_output=True, text=True)
    if done.returncode not in (0, 1, 3):
        sys.exit(f"independent: lint failed with {done.returncode}: {done.stderr}")
    out, said = collections.defaultdict(lambda: (set(), set())), json.loads(done.stdout)
    for at, kind in enumerate(("findings", "undecided")):
        for one in said[kind]:
            out[one["file"]][at].add(one["code"])
    return {path: out[path] for path in said["verdicts"]}


solvers = {}
if os.path.exists(z3_program):
    solvers["z3"] = by_z3
if importlib.util.find_spec("cvc5"):
    solvers["cvc5"] = by_cvc5


def main():
    if not solvers:
        print("independent: neither cvc5 nor another Z3 is installed: rules of sites are skipped")
        return
    shutil.rmtree(home, ignore_errors=True)
    os.makedirs(home)
    generate()
    examples = glob.glob("examples/**/*.site.yaml", recursive=True) + glob.glob("spec/**/*.site.yaml", recursive=True)
    said = lint([home, *sorted(examples)])
    unreadable = {"missing-field", "wrong-type", "unknown-value", "unknown-field", "duplicate-key", "out-of-range"}
    judged = {site: told for site, told in said.items() if not told[0] & unreadable}
    counts, failed = collections.Counter(), []
    with concurrent.futures.ProcessPoolExecutor() as pool:
        work = [pool.submit(judge, site, *told) for site, told in judged.items()]
        for name, wrong in (answer for one in work for answer in one.result()):
            counts[name] += 1
            failed += [wrong] if wrong else []
    if failed:
        sys.exit("\n  ".join(["independent: answers that differ:", *failed]))
    kinds = f"{sum(bool(a) for a, _ in judged.values())} with findings, {sum(bool(b) for _, b in judged.values())} with missing facts"
    agreed = "; ".join(f"{name} agreed on {number}" for name, number in sorted(counts.items()))
    print(f"independent: sites ({kinds}, {len(said) - len(judged)} with unreadable facts skipped): {agreed}")


if __name__ == "__main__":
    main()
