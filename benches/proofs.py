#!/usr/bin/env python3
"""How fast does `cutover prove` show that no hazard is ever reached? Measured beside NuSMV and Spacer, in one run, each in turn.

    cargo build --release && python3 benches/proofs.py --nusmv "$(scripts/nusmv)" --z3 PATH [--limit SECONDS] [--rounds N]

All are asked about every hazard and every invariant on the same machine: everything that can be done on one of the sites that the
rulebook has proofs made on. The peers read what `cutover export --to smv` and `--to horn` write of it, whole, with what cannot
matter left out already, so reading the rulebook, finding a plan and grounding is in the time of cutover alone. NuSMV searches from
the start, as it does by itself, and from what is forbidden backwards; z3 is PyPI's (`bin/z3` of z3-solver). A peer that gives no answer within the
limit is a row that says so, not a time. Prints a table in Markdown. Needs nothing but Python's standard library.
"""

import argparse
import pathlib
import re
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
HOME = ROOT / "target" / "proofs"
SITES = ROOT / "spec" / "cms-r3v11-ha" / "sites"
COMMANDS = "set counter_examples 0\nread_model -i {}\nflatten_hierarchy\nencode_variables\nbuild_model\ncheck_invar -s {}\nquit\n"


def timed(command, limit, wanted):
    """Seconds of a run that says what is wanted; `None` if it takes too long."""
    begun = time.perf_counter()
    try:
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return None
    taken = time.perf_counter() - begun
    if not re.search(wanted, done.stdout):
        sys.exit(f"{' '.join(map(str, command))}: {done.stdout[-400:]}{done.stderr[-400:]}")
    return taken


def exported(cutover, site, form):
    """What cutover writes of the site; of the model for NuSMV without the question whether the goal is reached."""
    path = HOME / f"{site.name}.{form}"
    subprocess.run([cutover, "export", site, "--to", form, "-o", path], check=True)
    if form == "smv":
        path.write_text(path.read_text().replace("INVARSPEC !goal\n", ""))
    return path


def runs(options, site):
    """Label, command and what the program must say, for each program."""
    found = [("**cutover**", [options.cutover, "prove", "--hazards", "--site", site], r": \d+ hold\n")]
    if options.nusmv:
        model = exported(options.cutover, site, "smv")
        for way in ("forward", "backward"):
            commands = HOME / f"{site.name}.{way}"
            commands.write_text(COMMANDS.format(model, way))
            found.append((f"NuSMV, {way}", [options.nusmv, "-source", commands], r"is true"))
    if options.z3:
        found.append(("Spacer", [options.z3, exported(options.cutover, site, "horn")], r"^sat"))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cutover", default=ROOT / "target" / "release" / "cutover", type=pathlib.Path)
    parser.add_argument("--nusmv", type=pathlib.Path, help="where NuSMV is")
    parser.add_argument("--z3", type=pathlib.Path, help="where the program z3 is")
    parser.add_argument("--rounds", default=7, type=int)
    parser.add_argument("--limit", default=60, type=float, help="seconds after which there is no answer")
    parser.add_argument("--sites", nargs="*", default=["in-service", "same-version", "full-version"], help="of the rulebook")
    options = parser.parse_args()
    if not options.cutover.exists():
        sys.exit(f"{options.cutover} is not there: run `cargo build --release`")
    HOME.mkdir(parents=True, exist_ok=True)
    print("| site | program | median of all hazards | range | against cutover |\n|---|---|---|---|---|")
    for name in options.sites:
        site, times = SITES / f"{name}.site.yaml", {}
        all_runs = runs(options, site)
        for number in range(options.rounds):
            for label, command, wanted in all_runs:
                if number == 0 or times[label]:
                    taken = timed(command, options.limit, wanted)
                    times.setdefault(label, []).extend([] if taken is None else [taken])
        base = statistics.median(times["**cutover**"]) if times["**cutover**"] else None
        for label, _, _ in all_runs:
            if not times[label]:
                ratio = f"more than {options.limit / base:.1f}" if base else ""
                print(f"| {name} | {label} | no answer in {options.limit:g} s | | {ratio} |")
                continue
            median = statistics.median(times[label])
            low, high = min(times[label]) * 1e3, max(times[label]) * 1e3
            print(f"| {name} | {label} | {median * 1e3:.1f} ms ({len(times[label])}) | {low:.1f} to {high:.1f} | {median / base if base else 0:.2f} |")


if __name__ == "__main__":
    main()
