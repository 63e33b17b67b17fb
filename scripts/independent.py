"""Exports plans and holds the answers of independent programs against those of `cutover lint`."""

import glob
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys

cutover = sys.argv[1]
home = "target/independent/exports"
CORRECTED = "spec/cms-r3v11-ha/procedures/corrected.plan.yaml"
PARALLEL = "spec/cms-r3v11-ha/procedures/corrected-parallel.plan.yaml"
PRINTED = "spec/cms-r3v11-ha/procedures/as-printed.plan.yaml"
SITES = ["spec/cms-r3v11-ha/procedures/conversion.site.yaml", "examples/hazards/enterprise-3000.site.yaml"]
# Codes of what is no question of the order: times, and the site by itself.
NOT_EXPORTED = {"impossible-times", "times-too-tight", "site-has-errors", "full-backup-older-than-24-hours"}
has = {name: importlib.util.find_spec(name) is not None for name in ("unified_planning", "cvc5", "z3")}
failed, counts = [], {}


def check(name, right, what):
    counts[name] = counts.get(name, 0) + 1
    if not right:
        failed.append(f"{name}: {what}")


def run(*args, may_fail=False):
    done = subprocess.run([cutover, *args], capture_output=True, text=True)
    if done.returncode != 0 and not may_fail:
        sys.exit(f"independent: cutover {' '.join(args)} failed with {done.returncode}: {done.stderr}")
    return done


def errors(plan):
    """The codes of the errors that `lint` finds, and whether it has a definite answer."""
    done = run("lint", plan, "--format", "json", may_fail=True)
    file = json.loads(done.stdout)["files"][0]
    return {finding["code"] for finding in file["findings"] if finding["level"] == "error"}, file["verdict"]


def smt2(plan):
    path = os.path.join(home, re.sub(r"[^\w.-]", "-", plan) + ".smt2")
    run("export", plan, "--to", "smt2", "-o", path)
    return path


def by_z3(path):
    import z3

    solver = z3.Solver()
    solver.from_file(path)
    return str(solver.check())


def by_cvc5(path):
    import cvc5

    solver = cvc5.Solver(cvc5.TermManager())
    parser = cvc5.InputParser(solver)
    parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, path)
    symbols, out = parser.getSymbolManager(), ""
    while not (command := parser.nextCommand()).isNull():
        out += command.invoke(solver, symbols)
    return out.strip()


def solvers(plan, expected):
    path = smt2(plan)
    for name, ask in (("z3", by_z3), ("cvc5", by_cvc5)):
        if has[name]:
            answer = ask(path)
            check(name, answer == expected, f"{plan}: {answer}, not {expected}")


def task(file, name):
    folder = os.path.join(home, name)
    run("export", file, "--to", "pddl", "-o", folder)
    return folder


def problem(folder):
    from unified_planning.io import PDDLReader

    return PDDLReader().parse_problem(f"{folder}/domain.pddl", f"{folder}/problem.pddl")


def steps(folder):
    with open(f"{folder}/plan.pddl", encoding="utf-8") as plan:
        return [line.strip() for line in plan if line.startswith("(")]


def is_valid(problem, steps):
    from unified_planning.engines import SequentialPlanValidator
    from unified_planning.io import PDDLReader

    plan = PDDLReader().parse_plan_string(problem, "\n".join(steps))
    return SequentialPlanValidator().validate(problem, plan).status.name == "VALID"


def validator(plan, expected):
    folder = task(plan, os.path.basename(plan))
    check("unified-planning", is_valid(problem(folder), steps(folder)) == expected, f"{plan}: should be {expected}")


def without(steps, word):
    kept = [step for step in steps if not step.startswith(f"({word}")]
    if len(kept) == len(steps):
        sys.exit(f"independent: no step {word}")
    return kept


def mutants(file, name):
    """The plan is valid, and not without a step that it needs, nor with two steps exchanged, nor backwards."""
    folder = task(file, name)
    parsed, order = problem(folder), steps(folder)
    check("unified-planning", is_valid(parsed, order), f"{file}: should be valid")
    for word in ("busy-out", "power-off"):
        check("unified-planning", not is_valid(parsed, without(order, word)), f"{file} without {word}: should be invalid")
    check("unified-planning", not is_valid(parsed, order[::-1]), f"{file} backwards: should be invalid")
    first = next(index for index, step in enumerate(order) if step.startswith("(busy-out"))
    later = next(index for index, step in enumerate(order) if step.startswith("(power-off"))
    changed = order[:]
    changed[first], changed[later] = changed[later], changed[first]
    check("unified-planning", not is_valid(parsed, changed), f"{file} with two steps exchanged: should be invalid")


shutil.rmtree(home, ignore_errors=True)
os.makedirs(home)
if has["unified_planning"]:
    from unified_planning.shortcuts import get_environment

    get_environment().credits_stream = None
for name, there in has.items():
    if not there:
        print(f"independent: {name} is not installed: skipped")

synthesised = os.path.join(home, "synthesised.plan.yaml")
shutil.copy(SITES[0], home)
run("plan", os.path.join(home, os.path.basename(SITES[0])), "-o", synthesised)
for plan, expected in ((CORRECTED, "unsat"), (PARALLEL, "unsat"), (synthesised, "unsat"), (PRINTED, "sat")):
    solvers(plan, expected)
if has["unified_planning"]:
    for number, plan in enumerate((CORRECTED, synthesised)):
        mutants(plan, f"mutants-{number}")
    for number, site in enumerate(SITES):
        mutants(site, f"site-{number}")
    validator(PRINTED, False)

for plan in sorted(glob.glob("examples/hazards/*.plan.yaml")):
    codes, verdict = errors(plan)
    if codes & NOT_EXPORTED or verdict == "cannot-tell":
        print("skipped", plan, codes, verdict)
        continue
    solvers(plan, "sat" if codes else "unsat")
    if has["unified_planning"]:
        validator(plan, not codes)

if failed:
    sys.exit("independent: " + "\n  ".join(["answers that differ:", *failed]))
print("independent: " + "; ".join(f"{name} agreed on {count}" for name, count in counts.items()))
