#!/usr/bin/env python3
"""How fast does `cutover plan` find a plan? Measured beside Fast Downward, in one run, each in turn.

    cargo build --release && python3 benches/synthesis.py [--limit SECONDS]

Fast Downward comes from PyPI (`up-fast-downward`, its own driver) and is put below target/peers; without it cutover is measured
alone. It gets what `cutover export --to pddl` writes of the same site, with `--invariant-generation-max-candidates 0`, without
which it spends seconds on invariants of facts without arguments, and with a derived fact for each disjunction, which it would
multiply out otherwise. The two are not asked quite the same: cutover also orders the
steps as little as they need, proves what its header says, and verifies the plan in every order; Fast Downward reads a task that
was grounded before. A search that gives no answer within the limit is a row that says so, not a time. Prints a table in Markdown.
Needs nothing but Python's standard library.
"""

import argparse
import datetime
import os
import pathlib
import subprocess
import sys

from compare import PEERS, ROOT, TARGET, Run, measure, quiet, say, version

HOME = TARGET / "synthesis"
SITES = ROOT / "examples" / "ten-pairs"
# Landmark-cut knows no conditional effects; blind search does, and so do FF and the lazy search that finds some plan.
SEARCHES = {
    "any plan, lazy greedy with FF": ["--search", "let(h,ff(),lazy_greedy([h],preferred=[h]))"],
    "fewest steps, A* blind": ["--search", "astar(blind())"],
    "fewest steps, A* with h-max": ["--search", "astar(hmax())"],
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


def exported(cutover, site):
    """The domain and the problem of a site."""
    folder = HOME / site.name.replace(".site.yaml", "")
    done = subprocess.run([cutover, "export", site, "--to", "pddl", "-o", folder], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"cutover export {site}: {done.stderr}")
    return digestible(folder / "domain.pddl", folder / "problem.pddl")


def peers(driver, task, label, limit):
    """A run for each search that answers within the limit, and rows for those that do not."""
    runs, silent = [], []
    for name, search in SEARCHES.items():
        say(f"trying Fast Downward, {name}, {label}")
        command = [*driver, "--overall-time-limit", f"{limit}s", "--plan-file", HOME / "found.plan", "--sas-file", HOME / "task.sas", *task]
        command += ["--translate-options", "--invariant-generation-max-candidates", "0", "--search-options", *search]
        run = Run(f"Fast Downward, {name}, {label}", command, exits=(0,))
        done = subprocess.run(run.command, capture_output=True, text=True, check=False, cwd=HOME)
        if done.returncode == 0:
            runs.append(run)
        else:
            # Its driver says by its exit code which part ran out of what.
            silent.append(f"| {run.label} | no answer in {limit} s (exit code {done.returncode}) | | |")
    return runs, silent


def table(runs, silent):
    rows = ["| what | median | range | peak memory |", "|---|---|---|---|"]
    for run in runs:
        low, high = min(run.times) * 1e3, max(run.times) * 1e3
        rows.append(f"| {run.label} | {run.median * 1e3:.1f} ms ({len(run.times)}) | {low:.1f} to {high:.1f} | {run.memory / 1024:.0f} MiB |")
    return "\n".join([*rows, *silent])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cutover", default=TARGET / "release" / "cutover", type=pathlib.Path, help="the program to measure")
    parser.add_argument("--rounds", default=7, type=int, help="rounds of each run that answers (default 7)")
    parser.add_argument("--limit", default=60, type=int, help="seconds after which a search has no answer (default 60)")
    parser.add_argument("--sites", nargs="*", default=["ultra-5-ultra-5", "enterprise-3500-enterprise-3000"], help="of examples/ten-pairs")
    return parser.parse_args()


def main():
    options = arguments()
    if not options.cutover.exists():
        sys.exit(f"{options.cutover} is not there: run `cargo build --release`")
    HOME.mkdir(parents=True, exist_ok=True)
    cutover, driver = options.cutover.resolve(), fast_downward()
    runs, silent = [], []
    for name in options.sites:
        site = SITES / f"{name}.site.yaml"
        if not site.exists():
            sys.exit(f"{site} is not there")
        # A plan goes beside its site, so the site is copied.
        copy = HOME / site.name
        copy.write_text(site.read_text())
        runs.append(Run(f"**cutover**, {name}", [cutover, "plan", copy, "-o", HOME / f"{name}.plan.yaml"], exits=(0,)))
        if driver:
            found, none = peers(driver, exported(cutover, copy), name, options.limit)
            runs += found
            silent += none
    measure("plans for sites", options.rounds, runs)
    print(f"{datetime.date.today()}, {len(os.sched_getaffinity(0))} cores. cutover {version([cutover, '--version'])}.")
    print("Fast Downward from PyPI's up-fast-downward.\n" if driver else "Fast Downward is not at hand.\n")
    print(table(runs, silent))


if __name__ == "__main__":
    main()
