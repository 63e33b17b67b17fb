"""Holds the data-collection gap that `cutover plan` says is the least against optimal planners.

    scripts/independent PROGRAM [--all]

For each site: the plan, with the number of steps of the gap from its header; the cost of that plan as unified-planning's validator
sees it; and the least cost of the task that `cutover export --lower-bound` writes, which no plan for the site goes below, as the
planners find it. All three have to be the same. That the smaller task is a lower bound of the whole one, which the validator reads,
is proved by Z3 from the two texts (independent_bound.py). The planners come from PyPI: Fast Downward (A* with the landmark cut) and SymK
(symbolic search in both directions); what is not installed is named and skipped. Two sites, with one and with two switches; with
--all the ten pairs, and four switches.
"""

import glob
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys

import independent_bound

HOME = pathlib.Path("target/independent/planner")
ONE_SWITCH = "examples/ten-pairs/ultra-5-ultra-5.site.yaml"
TWO_SWITCHES = "examples/remote-switch-over-x25/tulsa.site.yaml"
FOUR_SWITCHES = "examples/four-switches/continental.site.yaml"
# Without invariants: looking for those of facts without arguments takes the translators seconds.
TRANSLATE = ["--translate-options", "--invariant-generation-max-candidates", "0"]
PLANNERS = {
    "up-fast-downward": ("up_fast_downward", "downward/fast-downward.py", "astar(lmcut())"),
    "up-symk": ("up_symk", "symk/fast-downward.py", "sym_bd()"),
}
# More memory than any planner may use, in kilobytes, and more seconds.
MEMORY, SECONDS = 4 * 1024 * 1024, 60


def run(*args):
    done = subprocess.run(args, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"independent: {' '.join(map(str, args))} failed with {done.returncode}: {done.stderr}")
    return done.stdout


def installed():
    """The driver and the search of each planner that is there."""
    out = {}
    for name, (package, driver, search) in PLANNERS.items():
        spec = importlib.util.find_spec(package)
        if spec is None:
            print(f"independent: {name} is not installed: skipped")
        else:
            out[name] = (pathlib.Path(spec.origin).parent / driver, search)
    return out


def least(driver, search, folder):
    """The cost of the best plan of a task; a text if the planner has none."""
    found = folder / "best.plan"
    for old in folder.glob("best.plan*"):
        old.unlink()
    files = [folder / "domain.pddl", folder / "problem.pddl"]
    command = [sys.executable, driver, "--overall-time-limit", f"{SECONDS}s", "--plan-file", found, "--sas-file", folder / "task.sas"]
    command += [*files, *TRANSLATE, "--search-options", "--search", search]
    limited = ["sh", "-c", f'ulimit -v {MEMORY}; exec "$@"', "sh", *command]
    done = subprocess.run([os.fspath(part) for part in limited], capture_output=True, text=True)
    # SymK numbers its plans, and says what they cost as it goes.
    plans = sorted(folder.glob("best.plan*"))
    text = plans[0].read_text(encoding="utf-8") if plans else done.stdout
    cost = re.search(r"; cost = (\d+)", text) or re.search(r"Plan cost: (\d+)", done.stdout)
    if cost is None:
        return f"no answer (exit code {done.returncode}): {done.stdout[-300:]}{done.stderr[-300:]}"
    return int(cost[1])


def gap(plan):
    """The steps of the gap that the header of a plan states, and whether it says that they are the least."""
    line = next(line for line in plan.read_text(encoding="utf-8").splitlines() if line.startswith("# Data-collection gap: "))
    word = line.removeprefix("# Data-collection gap: ").split()[0].rstrip(";")
    return (0, True) if word == "none" else (int(word), "(optimal among all plans" in line)


def validated(folder):
    """What the plan of a task costs for unified-planning's validator."""
    from unified_planning.engines import SequentialPlanValidator
    from unified_planning.io import PDDLReader

    reader = PDDLReader()
    problem = reader.parse_problem(str(folder / "domain.pddl"), str(folder / "problem.pddl"))
    plan = reader.parse_plan(problem, str(folder / "plan.pddl"))
    result = SequentialPlanValidator().validate(problem, plan)
    if result.status.name != "VALID":
        return f"{result.status.name}: {result.reason}"
    return int(next(iter(result.metric_evaluations.values())))


def by_z3(text):
    import z3

    # One for each text, and held as long as it is used.
    context = z3.Context()
    return z3.Z3_eval_smtlib2_string(context.ref(), text)


def judge(cutover, site, planners, has):
    """What is wrong, and how many answers agreed."""
    folder = HOME / pathlib.Path(site).name.removesuffix(".site.yaml")
    folder.mkdir(parents=True)
    copy, plan = folder / pathlib.Path(site).name, folder / "found.plan.yaml"
    shutil.copy(site, copy)
    run(cutover, "plan", copy, "-o", plan)
    said, is_least = gap(plan)
    answers = {}
    if has["unified_planning"]:
        run(cutover, "export", plan, "--to", "pddl", "-o", folder / "plan")
        answers["the validator"] = validated(folder / "plan")
    run(cutover, "export", copy, "--to", "pddl", "--lower-bound", "-o", folder / "bound")
    for name, (driver, search) in planners.items():
        answers[name] = least(driver, search, folder / "bound")
    shown = ", ".join(f"{name} {answer}" for name, answer in answers.items())
    print(f"independent: {site}: a gap of {said} steps; {shown}")
    proved = 0
    if has["z3"]:
        run(cutover, "export", copy, "--to", "pddl", "-o", folder / "whole")
        unproved, proved = independent_bound.wrong(folder / "whole", folder / "bound", by_z3)
        print(f"independent: {site}: a lower bound by {proved} questions to z3, {len(unproved)} of them not answered `unsat`")
    wrong = [f"{site}: {name} says {answer}, the plan {said}" for name, answer in answers.items() if answer != said]
    if not is_least:
        print(f"independent: {site}: the plan does not say that its gap is the least")
    agreed = len(answers) - len(wrong)
    return wrong + ([f"{site}: no lower bound: {what}" for what in unproved[:20]] if has["z3"] else []), agreed


def main():
    cutover, everything = os.path.abspath(sys.argv[1]), "--all" in sys.argv[2:] or os.environ.get("CUTOVER_INDEPENDENT") == "all"
    shutil.rmtree(HOME, ignore_errors=True)
    planners, has = installed(), {name: importlib.util.find_spec(name) is not None for name in ("unified_planning", "z3")}
    for name, there in has.items():
        if not there:
            print(f"independent: {name} is not installed: skipped")
    if has["unified_planning"]:
        from unified_planning.shortcuts import get_environment

        get_environment().credits_stream = None
    sites = [ONE_SWITCH, TWO_SWITCHES]
    if everything:
        sites = [*sorted(glob.glob("examples/ten-pairs/*.site.yaml")), TWO_SWITCHES, FOUR_SWITCHES]
    wrong, agreed = [], 0
    for site in sites:
        more, right = judge(cutover, site, planners, has)
        wrong += more
        agreed += right
    if wrong:
        sys.exit("\n  ".join(["independent: gaps that differ:", *wrong]))
    print(f"independent: {agreed} answers agree that no plan loses less than the one that is found")


if __name__ == "__main__":
    main()
