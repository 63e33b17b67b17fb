#!/usr/bin/env python3
"""How fast is `cutover lint` on plans? Measured beside its peers, in one run, each in turn.

    cargo build --release && python3 benches/plans.py [--val PATH]

Peers: unified-planning's validator (PyPI), Spin (Debian's package, with the system's C compiler), z3 (Debian's package: the
library that cutover is linked with on Debian, as a program). They are put below target/peers; one that cannot be had is left
out and named. VAL is in no registry: build it from its source and name its `Validate` with --val. Prints a table in
Markdown, and which goals are met; exits with 1 if one is not. Needs nothing but Python's standard library.
"""

import argparse
import datetime
import os
import pathlib
import shutil
import subprocess
import sys

import gates
from compare import PEERS, ROOT, TARGET, Run, measure, quiet, say, version

HOME = TARGET / "plans"
CORRECTED = ROOT / "spec" / "cms-r3v11-ha" / "procedures" / "corrected.plan.yaml"
JUDGE = """import sys
from unified_planning.shortcuts import get_environment
from unified_planning.io import PDDLReader
from unified_planning.engines import SequentialPlanValidator
get_environment().credits_stream = None
problem = PDDLReader().parse_problem(sys.argv[1], sys.argv[2])
steps = [line.strip() for line in open(sys.argv[3]) if line.startswith("(")]
plan = PDDLReader().parse_plan_string(problem, "\\n".join(steps))
sys.exit(SequentialPlanValidator().validate(problem, plan).status.name != "VALID")
"""


def unified_planning():
    """A Python that has it."""
    python = PEERS / "plans" / "bin" / "python"
    if not python.exists():
        say("installing unified-planning from PyPI")
        quiet([sys.executable, "-m", "venv", PEERS / "plans"])
        quiet([python, "-m", "pip", "install", "--quiet", "unified-planning"])
    return python if quiet([python, "-c", "import unified_planning"]) else None


def debian(name):
    """A program of that Debian package: the installed one, or one unpacked below target/peers."""
    program = shutil.which(name) or PEERS / "apt" / "root" / "usr" / "bin" / name
    if not pathlib.Path(program).exists():
        say(f"unpacking Debian's package {name} below {PEERS.relative_to(ROOT)}/apt")
        (PEERS / "apt").mkdir(parents=True, exist_ok=True)
        try:
            subprocess.run(["apt-get", "download", "-qq", name], cwd=PEERS / "apt", stderr=subprocess.DEVNULL, check=False)
            for archive in (PEERS / "apt").glob(f"{name}_*.deb"):
                quiet(["dpkg", "-x", archive, PEERS / "apt" / "root"])
        except OSError:
            pass
    return pathlib.Path(program) if pathlib.Path(program).exists() and quiet([program, "-V" if name == "spin" else "--version"]) else None


class Tools:
    """The programs that are there, and what they are given."""

    def __init__(self, options):
        self.cutover = options.cutover.resolve()
        if not self.cutover.exists():
            sys.exit(f"{options.cutover} is not there: run `cargo build --release`")
        self.python, self.spin, self.z3 = (None, None, None) if options.no_peers else (unified_planning(), debian("spin"), debian("z3"))
        if not shutil.which("gcc"):
            self.spin = None
        self.val = options.val
        found = {"unified-planning": self.python, "Spin": self.spin, "z3": self.z3, "VAL": self.val}
        self.missing = [name for name, program in found.items() if program is None]
        gates.rulebook(HOME / "gates")

    def export(self, plan, form, to, *more):
        out = subprocess.run([self.cutover, "export", plan, "--to", form, "-o", to, *more], capture_output=True, text=True, check=False)
        if out.returncode != 0:
            sys.exit(f"cutover export {plan}: {out.stderr}")
        return to

    def plan(self, name, steps):
        (HOME / f"{name}.site.yaml").write_text(gates.site(steps))
        (HOME / f"{name}.plan.yaml").write_text(gates.plan(steps, f"{name}.site.yaml"))
        return HOME / f"{name}.plan.yaml"

    def lint(self, label, name, steps):
        return Run(f"**cutover**, {label}", [self.cutover, "lint", "--rulebook", HOME / "gates", self.plan(name, steps)], exits=(0,))

    def solver(self, label, name, steps):
        text = self.export(self.plan(name, steps), "smt2", HOME / f"{name}.smt2", "--rulebook", HOME / "gates")
        answer = subprocess.run([self.z3, text], capture_output=True, text=True, check=False).stdout.strip()
        if answer != "unsat":
            sys.exit(f"z3 says `{answer}` of {text}")
        return Run(f"z3, {label}", [self.z3, text], exits=(0,))

    def pan(self, label, name, steps):
        """The model checker that Spin makes for one plan, compiled; it must see that no assertion fails."""
        folder = HOME / f"spin-{name}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "plan.pml").write_text(gates.promela(steps))
        made = subprocess.run([self.spin, "-a", "plan.pml"], cwd=folder, stdout=subprocess.DEVNULL, check=False).returncode == 0
        if not made or not quiet(["gcc", "-O2", "-w", "-DSAFETY", "-o", folder / "pan", folder / "pan.c"]):
            sys.exit(f"Spin made no checker of {folder}/plan.pml")
        said = subprocess.run([folder / "pan"], cwd=folder, capture_output=True, text=True, check=False).stdout
        if "errors: 0" not in said:
            sys.exit(f"Spin finds an error in {folder}/plan.pml:\n{said}")
        return Run(f"Spin's compiled checker, {label}", [folder / "pan"], exits=(0,))


def in_line(tools, rounds):
    """Sixty generated steps one after another, and the corrected procedure of the built-in rulebook as it is listed."""
    line = gates.band(60, 0)
    plan = tools.plan("line", line)
    tasks = [("60 steps in one line", plan, ["--rulebook", HOME / "gates"]), ("corrected procedure, in its listed order", CORRECTED, [])]
    (HOME / "judge.py").write_text(JUDGE)
    runs = []
    for label, plan, more in tasks:
        folder = tools.export(plan, "pddl", HOME / plan.stem, *more)
        files = [folder / "domain.pddl", folder / "problem.pddl", folder / "plan.pddl"]
        runs.append(Run(f"**cutover**, {label}", [tools.cutover, "lint", *more, plan], exits=(0,)))
        if tools.val:
            runs.append(Run(f"VAL, {label}", [tools.val, *files], exits=(0,)))
        if tools.python:
            runs.append(Run(f"unified-planning's validator, {label}", [tools.python, HOME / "judge.py", *files], exits=(0,)))
    return measure("plans in one line", rounds, runs)


def open_orders(tools, rounds):
    """Sixty steps of which some are in no order, and chains of steps that are in no order to each other."""
    ten, wide = gates.band(60, 10), gates.band(60, 32)
    runs = [tools.lint("60 steps, 10 of them in no order", "band-10", ten), tools.lint("60 steps, 32 of them in no order", "band-32", wide)]
    if tools.spin:
        runs.append(tools.pan("60 steps, 10 of them in no order", "band-10", ten))
    for count, length in ((10, 6), (15, 4)):
        label, name, steps = f"{count} chains of {length}", f"chains-{count}", gates.chains(count, length)
        runs.append(tools.lint(label, name, steps))
        if tools.z3:
            runs.append(tools.solver(label, name, steps))
    runs += [tools.lint(f"{steps} steps, 10 of them in no order", f"steps-{steps}", gates.band(steps, 10)) for steps in (20, 120)]
    return measure("plans that leave orders open", rounds, runs)


def goals(first, second):
    """Each goal with what was measured; None where a peer is missing."""
    by = lambda part: next((run.median for run in [*first, *second] if part in run.label), None)
    over = lambda a, b: a / b if a and b else None
    ours = lambda part: by(f"**cutover**, {part}")
    return [
        ("60 steps in one line, against VAL", over(ours("60 steps in"), by("VAL, 60")), "at most", 1.0),
        ("60 steps in one line, unified-planning's validator against it", over(by("validator, 60"), ours("60 steps in")), "at least", 200),
        ("corrected procedure, unified-planning's validator against it", over(by("validator, corr"), ours("corrected")), "at least", 200),
        ("60 steps, 10 in no order, against Spin's compiled checker", over(ours("60 steps, 10"), by("Spin")), "at most", 1.0),
        ("60 steps, 32 in no order, against 10", over(ours("60 steps, 32"), ours("60 steps, 10")), "at most", 4),
        ("10 chains of 6, against z3", over(ours("10 chains"), by("z3, 10 chains")), "at most", 1.5),
        ("15 chains of 4, against z3", over(ours("15 chains"), by("z3, 15 chains")), "at most", 1.5),
        ("60 steps against 20", over(ours("60 steps, 10"), ours("20 steps")), "at most", 9),
        ("120 steps against 20", over(ours("120 steps"), ours("20 steps")), "at most", 36),
    ]


def table(runs):
    rows = ["| what | median | range | peak memory |", "|---|---|---|---|"]
    for run in runs:
        low, high = min(run.times) * 1e3, max(run.times) * 1e3
        rows.append(f"| {run.label} | {run.median * 1e3:.1f} ms ({len(run.times)}) | {low:.1f} to {high:.1f} | {run.memory / 1024:.0f} MiB |")
    return "\n".join(rows)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cutover", default=TARGET / "release" / "cutover", type=pathlib.Path, help="the program to measure")
    parser.add_argument("--rounds", default=21, type=int, help="rounds where no peer is slow (default 21); else 11 at most")
    parser.add_argument("--val", type=pathlib.Path, help="the program `Validate` of VAL, if you have it")
    parser.add_argument("--no-peers", action="store_true", help="measure cutover alone")
    return parser.parse_args()


def main():
    options = arguments()
    HOME.mkdir(parents=True, exist_ok=True)
    tools = Tools(options)
    first = in_line(tools, min(options.rounds, 11))
    second = open_orders(tools, options.rounds)
    versions = [f"cutover {version([tools.cutover, '--version'])}"]
    versions += [f"Spin {version([tools.spin, '-V'])}"] if tools.spin else []
    versions += [f"z3 {version([tools.z3, '--version'])}"] if tools.z3 else []
    versions += [f"{name} not at hand" for name in tools.missing]
    print(f"{datetime.date.today()}, {len(os.sched_getaffinity(0))} cores. {', '.join(versions)}.")
    print("Median wall time of the whole process (rounds). The corrected procedure is judged by the built-in rulebook, and its site,")
    print("which leaves facts open, with Z3. The other")
    print("plans are generated; for them cutover also reads and checks a small rulebook from disk (`--rulebook`), the plan and its")
    print("site. z3 reads what `cutover export --to smt2` wrote of the same plan: what facts decide has folded away. Spin's checker")
    print("was generated and compiled before.\n")
    print(table([*first, *second]))
    print("\n| ratio | measured | goal | |\n|---|---|---|---|")
    failed = False
    for title, value, word, bound in goals(first, second):
        met = None if value is None else (value <= bound if word == "at most" else value >= bound)
        failed |= met is False
        shown = "not measured" if value is None else f"{value:.2f}"
        print(f"| {title} | {shown} | {word} {bound} | {'' if met is None else 'met' if met else '**missed**'} |")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
