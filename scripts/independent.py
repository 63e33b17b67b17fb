"""Exports plans and holds the answers of independent programs against those of `cutover lint`.

The validator takes seconds to read a plan's task, and a minute for a site's: by default it judges some of the examples;
CUTOVER_INDEPENDENT=all has it judge all of them, and the tasks of sites.
"""

import concurrent.futures
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
everything = os.environ.get("CUTOVER_INDEPENDENT") == "all"


def check(name, right, what):
    return [(name, None if right else f"{name}: {what}")]


def run(*args, may_fail=False):
    done = subprocess.run([cutover, *args], capture_output=True, text=True)
    if done.returncode != 0 and not may_fail:
        sys.exit(f"independent: cutover {' '.join(args)} failed with {done.returncode}: {done.stderr}")
    return done


def errors(plan):
    """The codes of the errors that `lint` finds, and whether it has a definite answer."""
    done = run("lint", plan, "--format", "json", may_fail=True)
    found = json.loads(done.stdout)
    return {finding["code"] for finding in found["findings"] if finding["level"] == "error"}, found["verdicts"][plan]


def smt2(plan):
    path = os.path.join(home, re.sub(r"[^\w.-]", "-", plan) + ".smt2")
    run("export", plan, "--to", "smt2", "-o", path)
    return path


def by_z3(path):
    import z3

    solver = z3.Solver()
    solver.from_file(path)
    return str(solver.check())


def by_cvc5(path, incremental=False):
    import cvc5

    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("incremental", "true" if incremental else "false")
    parser = cvc5.InputParser(solver)
    parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, path)
    symbols, out = parser.getSymbolManager(), ""
    while not (command := parser.nextCommand()).isNull():
        out += command.invoke(solver, symbols)
    return out.strip()


def solvers(plan, expected):
    path, out = smt2(plan), []
    for name, ask in (("z3", by_z3), ("cvc5", by_cvc5)):
        if has[name]:
            answer = ask(path)
            out += check(name, answer == expected, f"{plan}: {answer}, not {expected}")
    return out


def all_by_z3(path):
    import z3

    # Its own, and held as long as it is used.
    context = z3.Context()
    with open(path, encoding="utf-8") as text:
        return z3.Z3_eval_smtlib2_string(context.ref(), text.read()).split()


def all_by_cvc5(path):
    return by_cvc5(path, incremental=True).split()


def machine(site, _):
    """Every question of the proof about a site's machine is answered `unsat`, and no longer without what it rests on."""
    path, out = os.path.join(home, os.path.basename(site) + ".machine.smt2"), []
    run("export", site, "--to", "smt2", "--machine", "-o", path)
    with open(path, encoding="utf-8") as text:
        lines = text.readlines()
    weaker = path.replace(".smt2", "-weaker.smt2")
    with open(weaker, "w", encoding="utf-8") as text:
        text.writelines(re.sub(r" Bool .*", " Bool true)", line) if re.match(r"\(define-fun kept\d", line) else line for line in lines)
    asked = sum(line.startswith("(check-sat)") for line in lines)
    for name, ask in (("z3", all_by_z3), ("cvc5", all_by_cvc5)):
        if has[name]:
            answers = ask(path)
            out += check(f"{name} on machines", answers == ["unsat"] * asked, f"{site}: {answers.count('unsat')} of {asked} `unsat`")
            answers = ask(weaker)
            out += check(f"{name} on machines", "sat" in answers, f"{site}: nothing is answered `sat` without what the proof rests on")
    return out


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
    return check("unified-planning", is_valid(problem(folder), steps(folder)) == expected, f"{plan}: should be {expected}")


def without(steps, word):
    kept = [step for step in steps if not step.startswith(f"({word}")]
    if len(kept) == len(steps):
        sys.exit(f"independent: no step {word}")
    return kept


def mutants(file, name):
    """The plan is valid, and not without a step that it needs, nor with two steps exchanged, nor backwards."""
    folder = task(file, name)
    parsed, order = problem(folder), steps(folder)
    first = next(index for index, step in enumerate(order) if step.startswith("(busy-out"))
    later = next(index for index, step in enumerate(order) if step.startswith("(power-off"))
    exchanged = order[:]
    exchanged[first], exchanged[later] = order[later], order[first]
    cases = [("as it is", order, True), ("backwards", order[::-1], False), ("with two steps exchanged", exchanged, False)]
    cases += [(f"without {word}", without(order, word), False) for word in ("busy-out", "power-off")]
    out = []
    for what, changed, expected in cases:
        out += check("unified-planning", is_valid(parsed, changed) == expected, f"{file} {what}: valid should be {expected}")
    return out


def main():
    shutil.rmtree(home, ignore_errors=True)
    os.makedirs(home)
    for name, there in has.items():
        if not there:
            print(f"independent: {name} is not installed: skipped")
    synthesised = os.path.join(home, "synthesised.plan.yaml")
    shutil.copy(SITES[0], home)
    run("plan", os.path.join(home, os.path.basename(SITES[0])), "-o", synthesised)
    jobs = [(solvers, plan, "unsat") for plan in (CORRECTED, PARALLEL, synthesised)] + [(solvers, PRINTED, "sat")]
    valid = [(mutants, CORRECTED, "mutants-corrected"), (mutants, synthesised, "mutants-synthesised"), (validator, PRINTED, False)]
    for number, plan in enumerate(sorted(glob.glob("examples/hazards/*.plan.yaml"))):
        codes, verdict = errors(plan)
        if codes & NOT_EXPORTED or verdict == "cannot-tell":
            print(f"independent: {plan}: {verdict} {sorted(codes)}: not a question of the order, skipped")
            continue
        jobs.append((solvers, plan, "sat" if codes else "unsat"))
        if everything or number % 12 == 0:
            valid.append((validator, plan, not codes))
    if everything:
        valid += [(mutants, site, f"site-{number}") for number, site in enumerate(SITES)]
    machines = sorted(glob.glob("spec/cms-r3v11-ha/sites/*.site.yaml"))
    jobs += [(machine, site, None) for site in (machines if everything else machines[-2:])]
    counts, failed = {}, []
    with concurrent.futures.ProcessPoolExecutor() as pool:
        work = [pool.submit(*job) for job in (valid if has["unified_planning"] else []) + jobs]
        for name, wrong in (answer for one in work for answer in one.result()):
            counts[name] = counts.get(name, 0) + 1
            failed += [wrong] if wrong else []
    if failed:
        sys.exit("\n  ".join(["independent: answers that differ:", *failed]))
    print("independent: " + "; ".join(f"{name} agreed on {count}" for name, count in counts.items()))


if has["unified_planning"]:
    from unified_planning.shortcuts import get_environment

    get_environment().credits_stream = None
if __name__ == "__main__":
    main()
