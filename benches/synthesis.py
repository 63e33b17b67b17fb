#!/usr/bin/env python3
"""How fast does `cutover plan` find a plan? Measured beside Fast Downward, in one run, each in turn.

    cargo build --release && python3 benches/synthesis.py [--limit SECONDS]

Fast Downward comes from PyPI (`up-fast-downward`, its own driver) and is put below target/peers; without it cutover is measured
alone. The objective is the same: fewest steps of the data-collection gap. It is asked three things of each site, always with
`--invariant-generation-max-candidates 0`, without which it spends seconds on invariants of facts without arguments:

- the whole task for a best plan, as `cutover export --to pddl --strips` writes it, by A* with the landmark cut, the same with ties
  broken by FF (which only looks for the plan sooner), and blind;
- the lower bound alone (`--lower-bound`), by A* with the landmark cut and blind: fewer facts decide how much has to be lost, and an
  answer there is a number, no plan for the site;
- any plan, as `--to pddl` writes it with a derived fact for each disjunction.

cutover also orders the steps as little as they need, proves what its header says, and verifies the plan in every order; Fast
Downward reads a task that was grounded before. A search that gives no answer within the limit is a row that says so, not a time.
Prints a table in Markdown, and which goals are met; exits with 1 if one is not. Needs nothing but Python's standard library.
"""

import argparse
import datetime
import os
import pathlib
import subprocess
import sys

from compare import PEERS, ROOT, TARGET, Run, measure, quiet, say, version

sys.path.insert(0, str(ROOT / "scripts"))
from independent_bound import read

HOME = TARGET / "synthesis"
EXAMPLES = ROOT / "examples"
ONE_SWITCH, TWO_SWITCHES = "ten-pairs/ultra-5-ultra-5", "remote-switch-over-x25/tulsa"
# How many times faster than the best search that finds a best plan, and how many MiB at most.
GOALS = {ONE_SWITCH: (10, 100), TWO_SWITCHES: (4, 100)}
TIES_BY_FF = (
    "let(h,lmcut(),let(d,eval_modify_costs(ff(),cost_type=one),"
    "eager(tiebreaking([sum([g(),h]),h,d],unsafe_pruning=false),reopen_closed=true,f_eval=sum([g(),h]))))"
)
# The form of the task, and the searches on it.
WHOLE, BOUND, ANY = "a best plan", "the lower bound", "any plan"
SEARCHES = {
    WHOLE: {"A* with landmark-cut": "astar(lmcut())", "A* with landmark-cut, ties by FF": TIES_BY_FF, "A* blind": "astar(blind())"},
    BOUND: {"A* with landmark-cut": "astar(lmcut())", "A* blind": "astar(blind())"},
    ANY: {"lazy greedy with FF": "let(h,ff(),lazy_greedy([h],preferred=[h]))"},
}


def fast_downward():
    """Its driver, with the Python to run it; `None` if it cannot be had."""
    python = PEERS / "planner" / "bin" / "python"
    if not python.exists():
        say("installing up-fast-downward from PyPI")
        quiet([sys.executable, "-m", "venv", PEERS / "planner"])
        quiet([python, "-m", "pip", "install", "--quiet", "up-fast-downward"])
    drivers = list((PEERS / "planner").glob("lib/python3*/site-packages/up_fast_downward/downward/fast-downward.py"))
    return [python, drivers[0]] if drivers and quiet([python, *drivers, "--version"]) else None


def written(tree):
    return tree if isinstance(tree, str) else f"({' '.join(map(written, tree))})"


def without_or(tree, derived):
    """The same with a derived fact in the place of each disjunction: Fast Downward would multiply them out."""
    if isinstance(tree, str):
        return tree
    tree = [without_or(part, derived) for part in tree]
    if tree[:1] != ["or"]:
        return tree
    return [derived.setdefault(written(tree), f"derived-{len(derived)}")]


def digestible(domain, problem):
    """The two files without disjunctions, beside them."""
    derived = {}
    domain_tree, problem_tree = (without_or(read(file.read_text()), derived) for file in (domain, problem))
    for part in domain_tree:
        if part[0] == ":requirements":
            part.append(":derived-predicates")
        if part[0] == ":predicates":
            part.extend([name] for name in derived.values())
    at = next(index for index, part in enumerate(domain_tree) if part[0] == ":action")
    domain_tree[at:at] = [f"(:derived ({name}) {condition})" for condition, name in derived.items()]
    files = [domain.with_name("digestible-domain.pddl"), domain.with_name("digestible-problem.pddl")]
    for file, tree in zip(files, (domain_tree, problem_tree)):
        file.write_text(written(tree) + "\n")
    return files


def exported(cutover, site, asked):
    """The domain and the problem of a site, in the form for what is asked."""
    flags = {WHOLE: ["--strips"], BOUND: ["--lower-bound"], ANY: []}[asked]
    folder = HOME / site.name.replace(".site.yaml", "") / asked.replace(" ", "-")
    command = [cutover, "export", site, "--to", "pddl", *flags, "-o", folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"cutover export {site}: {done.stderr}")
    files = folder / "domain.pddl", folder / "problem.pddl"
    return digestible(*files) if asked == ANY else files


def cost(plan):
    """What a plan costs that Fast Downward has written."""
    words = plan.read_text().split("; cost = ")
    return int(words[1].split()[0]) if len(words) == 2 else None


def gap(plan):
    """The steps of the gap that the header of a plan states."""
    word = plan.read_text().split("# Data-collection gap: ")[1].split()[0].rstrip(";")
    return 0 if word == "none" else int(word)


def peers(driver, cutover, site, label, limit):
    """A run for each search that answers within the limit, and rows for those that do not; each with what is asked."""
    runs, silent = [], []
    for asked, searches in SEARCHES.items():
        task = exported(cutover, site, asked)
        for name, search in searches.items():
            say(f"trying Fast Downward, {asked}, {name}, {label}")
            found = HOME / "found.plan"
            found.unlink(missing_ok=True)
            command = [*driver, "--overall-time-limit", f"{limit}s", "--overall-memory-limit", "4G", "--plan-file", found]
            command += ["--sas-file", HOME / "task.sas", *task, "--translate-options", "--invariant-generation-max-candidates", "0"]
            run = Run(f"Fast Downward, {asked}, {name}, {label}", [*command, "--search-options", "--search", search], exits=(0,))
            done = subprocess.run(run.command, capture_output=True, text=True, check=False, cwd=HOME)
            if done.returncode == 0:
                run.answer = cost(found)
                runs.append((asked, run))
            else:
                # Its driver says by its exit code which part ran out of what.
                silent.append(f"| {run.label} | no answer in {limit} s, 4 GiB (exit code {done.returncode}) | | | |")
    return runs, silent


def table(runs, silent):
    rows = ["| what | median | range | peak memory | gap |", "|---|---|---|---|---|"]
    for run in runs:
        low, high = min(run.times) * 1e3, max(run.times) * 1e3
        times = f"{run.median * 1e3:.1f} ms ({len(run.times)}) | {low:.1f} to {high:.1f}"
        rows.append(f"| {run.label} | {times} | {run.memory / 1024:.0f} MiB | {run.answer} |")
    return "\n".join([*rows, *silent])


def goals(site, own, theirs, limit):
    """Rows on the goals of a site, and whether all are met."""
    if site not in GOALS:
        return [], True
    times, most = GOALS[site]
    best = min((run.median for asked, run in theirs if asked == WHOLE), default=None)
    factor = (best or limit) / own.median
    said = f"{factor:.1f} times faster" if best else f"more than {factor:.1f} times faster: no answer in {limit} s"
    fast, small = factor >= times, own.memory / 1024 <= most
    bounds = [run for asked, run in theirs if asked == BOUND]
    agree = bool(bounds) and all(run.answer == own.answer for run in bounds)
    rows = [
        (f"at least {times} times faster than A* that finds a best plan", said, fast),
        (f"at most {most} MiB", f"{own.memory / 1024:.0f} MiB", small),
        ("A* on the lower bound finds the same gap", ", ".join(str(run.answer) for run in bounds) + f"; ours {own.answer}", agree),
    ]
    return [f"| {site} | {goal} | {is_so} | {'met' if met else '**missed**'} |" for goal, is_so, met in rows], fast and small and agree


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cutover", default=TARGET / "release" / "cutover", type=pathlib.Path, help="the program to measure")
    parser.add_argument("--rounds", default=7, type=int, help="rounds of each run that answers (default 7)")
    parser.add_argument("--limit", default=60, type=int, help="seconds after which a search has no answer (default 60)")
    parser.add_argument("--sites", nargs="*", default=[ONE_SWITCH, TWO_SWITCHES], help="below examples, without .site.yaml")
    return parser.parse_args()


def main():
    options = arguments()
    if not options.cutover.exists():
        sys.exit(f"{options.cutover} is not there: run `cargo build --release`")
    HOME.mkdir(parents=True, exist_ok=True)
    cutover, driver = options.cutover.resolve(), fast_downward()
    runs, silent, asked_of = [], [], []
    for name in options.sites:
        site = EXAMPLES / f"{name}.site.yaml"
        if not site.exists():
            sys.exit(f"{site} is not there")
        # A plan goes beside its site, so the site is copied.
        copy = HOME / site.name
        copy.write_text(site.read_text())
        plan = copy.with_name(site.name.replace(".site.yaml", ".plan.yaml"))
        own = Run(f"**cutover**, a best plan, {name}", [cutover, "plan", copy, "-o", plan], exits=(0,))
        own.once()
        own.answer = gap(plan)
        found, none = peers(driver, cutover, copy, name, options.limit) if driver else ([], [])
        runs += [own, *(run for _, run in found)]
        silent += none
        asked_of.append((name, own, found))
    measure("plans for sites", options.rounds, runs)
    print(f"{datetime.date.today()}, {len(os.sched_getaffinity(0))} cores. cutover {version([cutover, '--version'])}.")
    print("Fast Downward from PyPI's up-fast-downward.\n" if driver else "Fast Downward is not at hand.\n")
    print(table(runs, silent))
    if driver:
        judged = [goals(*one, options.limit) for one in asked_of]
        print("\n| site | goal | this run | |\n|---|---|---|---|")
        print("\n".join(row for rows, _ in judged for row in rows))
        if not all(met for _, met in judged):
            sys.exit(1)


if __name__ == "__main__":
    main()
