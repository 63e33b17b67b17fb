"""Holds what `cutover prove` says of hazards and invariants against NuSMV, and against Spacer in another Z3, on two sites of the
rulebook, and on a rulebook of which a guard was taken away. CUTOVER_INDEPENDENT=all: on all sites of rulebooks and examples.

NuSMV is found in NUSMV, on the path, or where `scripts/nusmv` builds it. Each is asked first about a part of the machine, the
variables of the hazard alone (`export --part`), then about more, at last about all that can matter. What is never reached in a
part is never reached; what is reached counts only if nothing was left out. No answer within the limit is no answer: it is
counted, and named. CUTOVER_INDEPENDENT_SECONDS is the limit for one question (default 10).
"""

import collections
import concurrent.futures
import glob
import json
import os
import re
import shutil
import subprocess
import sys

cutover = sys.argv[1]
home = "target/independent/models"
limit = float(os.environ.get("CUTOVER_INDEPENDENT_SECONDS", "10"))
z3_program = os.path.join(os.path.dirname(sys.executable), "z3")
nusmv_program = os.environ.get("NUSMV") or shutil.which("NuSMV") or "target/independent/nusmv/NuSMV"
# What else a proof hangs on, where the variables of the hazard are not enough.
MORE = {"newer-history-skipped": ["content,holds=h0,holds=h1,current_segment,collecting,cms_version"]}
# From what is forbidden backwards there are few states; from the start there are many.
COMMANDS = """set on_failure_script_quits
set counter_examples 0
read_model -i {model}
flatten_hierarchy
encode_variables
build_model
check_invar -s backward
quit
"""
# A guard, and what is reached without it on which site.
TAKEN_AWAY = (
    "actions/power-off.yaml",
    "exists(o in servers, o != server and collects(o, w))",
    "no-server-collects",
    "spec/cms-r3v11-ha/sites/in-service.site.yaml",
)


def answer_of(command):
    """What a program prints; nothing if it takes too long."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=limit).stdout
    except subprocess.TimeoutExpired:
        return ""


def by_nusmv(path):
    with open(f"{path}.commands", "w", encoding="utf-8") as file:
        file.write(COMMANDS.format(model=path))
    said = re.search(r"-- invariant \S+\s+is (true|false)", answer_of([nusmv_program, "-dcx", "-source", f"{path}.commands"]))
    return said and said[1] == "true"


def by_z3(path):
    said = answer_of([z3_program, path]).split()
    return {"sat": True, "unsat": False}.get(said[0]) if said else None


def told(name, solver, form, site, code, rulebook):
    """Whether the hazard is never reached, by this program; `None` if it has no answer."""
    parts = [["--part"], *([f"--part={more}"] for more in MORE.get(code, [])), []]
    for number, part in enumerate(parts):
        path = os.path.join(home, re.sub(r"[^\w.-]", "-", f"{site}.{code}.{number}.{form}"))
        command = [cutover, "export", site, "--to", form, "--hazard", code, *part, *rulebook, "-o", path]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"independent: {' '.join(command)}: {done.stderr}")
        with open(path, encoding="utf-8") as file:
            is_part = "\n-- A part: " in (text := file.read()) or "\n; A part: " in text
        never = solver(path)
        # A part that takes too long is not followed by a larger one.
        if never is not False or not is_part:
            return name, never
    return name, None


def proved(site, rulebook=()):
    """For each hazard and each invariant, whether it is never reached, as `prove` says; or why it does not say."""
    done = subprocess.run([cutover, "prove", *rulebook, "--hazards", "--site", site, "--format", "json"], capture_output=True, text=True)
    if done.returncode not in (0, 1, 3):
        sys.exit(f"independent: prove {site} failed with {done.returncode}: {done.stderr}")
    items = json.loads(done.stdout)["items"]
    unknown = next((item["detail"] for item in items if item["verdict"] == "unknown"), None)
    return {item["subject"]: item["verdict"] == "holds" for item in items}, unknown


def main():
    solvers = []
    if os.access(nusmv_program, os.X_OK):
        solvers.append(("NuSMV", by_nusmv, "smv"))
    else:
        print("independent: NuSMV is not installed (scripts/nusmv builds it): skipped")
    if os.access(z3_program, os.X_OK):
        solvers.append(("Spacer", by_z3, "horn"))
    else:
        print("independent: no other Z3 is installed: Spacer is skipped")
    shutil.rmtree(home, ignore_errors=True)
    os.makedirs(home)
    sites = ["spec/cms-r3v11-ha/sites/in-service.site.yaml", "spec/cms-r3v11-ha/sites/same-version.site.yaml"]
    if os.environ.get("CUTOVER_INDEPENDENT") == "all":
        sites = sorted(glob.glob("spec/*/sites/*.site.yaml") + glob.glob("examples/**/*.site.yaml", recursive=True))
    asked = []
    for site in sites if solvers else []:
        verdicts, unknown = proved(site)
        if unknown:
            print(f"independent: {site}: prove cannot tell ({unknown[0]}): skipped")
            continue
        asked += [(site, code, never, []) for code, never in verdicts.items()]
    if solvers:
        # The rulebook without one guard.
        file, guard, code, site = TAKEN_AWAY
        damaged = os.path.join(home, "damaged")
        shutil.copytree("spec/cms-r3v11-ha", damaged)
        with open(os.path.join(damaged, file), encoding="utf-8") as action:
            text = action.read()
        if guard not in text:
            sys.exit(f"independent: {file} has no guard {guard}")
        with open(os.path.join(damaged, file), "w", encoding="utf-8") as action:
            action.write(text.replace(guard, "true"))
        verdicts, _ = proved(site, [damaged])
        if verdicts[code]:
            sys.exit(f"independent: without the guard {guard}, prove still says that {code} is never reached")
        asked.append((site, code, False, ["--rulebook", damaged]))
    agreed, silent, failed = collections.Counter(), collections.defaultdict(list), []
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        work = [(one, pool.submit(told, *solver, *one[:2], one[3])) for one in asked for solver in solvers]
        for (site, code, never, _), answer in work:
            name, says = answer.result()
            if says is None:
                silent[name].append(f"{os.path.basename(site)} {code}")
            elif says == never:
                agreed[name] += 1
            else:
                failed.append(f"{site}: {code}: {name} says {'never reached' if says else 'reached'}, prove the opposite")
    if failed:
        sys.exit("\n  ".join(["independent: answers that differ:", *failed]))
    for name, _, _ in solvers:
        print(f"independent: hazards: {name} agreed on {agreed[name]} with prove", end="")
        print(f"; no answer in {limit:g} s of {', '.join(silent[name])}" if silent[name] else "")


if __name__ == "__main__":
    main()
