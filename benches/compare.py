#!/usr/bin/env python3
"""How fast is `cutover lint`? Measured beside its peers, in one run, each in turn.

    cargo build --release && python3 benches/compare.py

Writes a fleet of sites and installs the peers under target/: ruff and check-jsonschema from PyPI, ajv-cli from npm.
A peer that cannot be installed is left out and named. Prints a table in Markdown, and which goals are met;
exits with 1 if one is not. Needs nothing but Python's standard library.
"""

import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import fleet

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "target"
PEERS = TARGET / "peers"


def say(text):
    print(text, file=sys.stderr, flush=True)


def quiet(command):
    """Runs an installer; whether it went well."""
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


def pypi(name):
    program = PEERS / "venv" / "bin" / name
    if not program.exists():
        say(f"installing {name} from PyPI into {PEERS.relative_to(ROOT)}/venv")
        quiet([sys.executable, "-m", "venv", str(PEERS / "venv")])
        quiet([str(PEERS / "venv" / "bin" / "pip"), "install", "--quiet", name])
    return program


def npm(package, name):
    program = PEERS / "npm" / "node_modules" / ".bin" / name
    if not program.exists():
        say(f"installing {package} from npm into {PEERS.relative_to(ROOT)}/npm")
        quiet(["npm", "install", "--silent", "--prefix", str(PEERS / "npm"), package])
    return program


def version(command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    words = (done.stdout + done.stderr).split()
    numbers = [word.strip(",") for word in words if word[:1].isdigit() and "." in word]
    return numbers[0] if numbers else "unknown"


def npm_version(package):
    text = (PEERS / "npm" / "node_modules" / package / "package.json").read_text()
    return text.split('"version":')[1].split('"')[1]


class Run:
    """One command, timed again and again."""

    def __init__(self, label, command, exits=(0, 1), piped=False):
        self.label, self.command, self.exits, self.piped = label, [str(part) for part in command], exits, piped
        self.times, self.memory = [], 0

    def once(self):
        start = time.perf_counter()
        out = subprocess.PIPE if self.piped else subprocess.DEVNULL
        process = subprocess.Popen(self.command, stdout=out, stderr=subprocess.DEVNULL)
        while self.piped and os.read(process.stdout.fileno(), 1 << 16):
            pass
        _, status, usage = os.wait4(process.pid, 0)
        self.times.append(time.perf_counter() - start)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in self.exits:
            sys.exit(f"`{' '.join(self.command)}` exited with {process.returncode}")
        if self.piped:
            process.stdout.close()
        self.memory = max(self.memory, usage.ru_maxrss)

    @property
    def median(self):
        return statistics.median(self.times)


def measure(title, rounds, runs):
    """Every command once in each round, there and back, so that a busy moment hits them all and none always comes after the
    same one (what follows seconds of another program's work starts on cold caches); one round first that does not count."""
    say(f"{title}: {rounds} rounds of {', '.join(run.label for run in runs)}")
    for run in runs:
        run.once()
        run.times.clear()
    for number in range(rounds):
        for run in runs if number % 2 else reversed(runs):
            run.once()
    return runs


def table(runs, first, files):
    rows = ["| tool | median | range | ms per file | times cutover | peak memory |", "|---|---|---|---|---|---|"]
    for run in runs:
        low, high = min(run.times) * 1e3, max(run.times) * 1e3
        rows.append(
            f"| {run.label} | {run.median * 1e3:.1f} ms ({len(run.times)}) | {low:.1f} to {high:.1f} | {run.median * 1e3 / files:.3f} "
            f"| {run.median / first.median:.1f} | {run.memory / 1024:.0f} MiB |"
        )
    return rows


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cutover", default=TARGET / "release" / "cutover", type=pathlib.Path, help="the program to measure")
    parser.add_argument("--rounds", default=21, type=int, help="rounds on one file; fewer where a peer is slow (default 21)")
    parser.add_argument("--largest", default=50_000, type=int, help="sites of the largest fleet (default 50000)")
    parser.add_argument("--no-peers", action="store_true", help="measure cutover alone")
    return parser.parse_args()


class Tools:
    """The programs that are there, and the commands that do the same work with each."""

    def __init__(self, options):
        self.cutover = options.cutover.resolve()
        if not self.cutover.exists():
            sys.exit(f"{options.cutover} is not there: run `cargo build --release`")
        self.missing, self.found = [], {}
        wanted = {} if options.no_peers else {"ruff": lambda: pypi("ruff"), "check-jsonschema": lambda: pypi("check-jsonschema"), "ajv-cli": lambda: npm("ajv-cli", "ajv")}
        for name, find in wanted.items():
            program = find()
            if program.exists():
                self.found[name] = program
            else:
                self.missing.append(name)
        self.schema = TARGET / "fleet" / "site.schema.json"
        self.schema.write_bytes(subprocess.run([str(self.cutover), "schema", "site"], capture_output=True, check=True).stdout)

    def lint(self, label, *rest):
        return Run(f"**cutover** {label}", [self.cutover, "lint", *rest])

    def peers(self, place):
        """The peers' commands on one file or folder; `place(form)` is where the sites are in that form."""
        ruff, check, ajv = (self.found.get(name) for name in ("ruff", "check-jsonschema", "ajv-cli"))
        files = lambda form: sorted(place(form).iterdir()) if place(form).is_dir() else [place(form)]
        if ruff:
            yield Run("ruff, default rules", [ruff, "check", "--no-cache", "--isolated", "--quiet", place("py")])
        if ajv:
            data = place("json") / "*.json" if place("json").is_dir() else place("json")
            yield Run("ajv-cli, JSON", [ajv, "validate", "--strict=false", "--all-errors", "-s", self.schema, "-d", data])
        if check:
            yield Run("check-jsonschema, JSON", [check, "--schemafile", self.schema, *files("json")])
            yield Run("check-jsonschema, YAML", [check, "--schemafile", self.schema, *files("yaml")])

    def versions(self):
        out = [f"cutover {version([self.cutover, '--version'])}"]
        for name, program in self.found.items():
            out.append(f"{name} {npm_version(name) if name == 'ajv-cli' else version([program, '--version'])}")
        return ", ".join(out + [f"Python {sys.version.split()[0]}"] + [f"{name} not installable here" for name in self.missing])


def fleets(tools, rounds, folder):
    """One file, then 500."""
    shard = lambda form: folder / form / "000"
    name = lambda form: "site_00001.py" if form == "py" else f"site_00001.site.{form}"
    one = lambda form: shard(form) / name(form)
    yaml, json = one("yaml"), one("json")
    first = measure("one file", rounds, [tools.lint("YAML", yaml), tools.lint("YAML, `--format json`", "--format", "json", yaml), tools.lint("JSON", json), *tools.peers(one)])
    yaml, json = shard("yaml"), shard("json")
    fast = [tools.lint("YAML", yaml), tools.lint("YAML, `--format json`", "--format", "json", yaml), tools.lint("JSON", json)]
    second = measure("500 files", max(rounds // 2 + 1, 3), [*fast, *tools.peers(shard)])
    return first, second


def alike(tools, rounds, folder):
    """Like for like with ruff: files in which nothing is wrong, and as many findings, all drawn to a pipe."""
    ruff = tools.found.get("ruff")
    if not ruff:
        return []
    command = [ruff, "check", "--no-cache", "--isolated"]
    return measure(
        "like for like",
        max(rounds // 2 + 1, 3),
        [
            tools.lint("500 sound sites", folder / "sound" / "yaml" / "000"),
            Run("ruff, 500 files without findings", [*command, "--quiet", folder / "sound" / "py" / "000"]),
            Run("**cutover** the 500 files, drawn to a pipe", [tools.cutover, "lint", folder / "yaml" / "000"], piped=True),
            Run("ruff, as many findings, drawn to a pipe", [*command, folder / "slipped" / "py" / "000"], piped=True),
        ],
    )


def findings(tools, folder):
    """How many findings the two draw, so that it can be seen that they are about as many."""
    ours = json.loads(subprocess.run([tools.cutover, "lint", "--format", "json", folder / "yaml" / "000"], capture_output=True, check=False).stdout)
    command = [tools.found["ruff"], "check", "--no-cache", "--isolated", "--output-format", "json", folder / "slipped" / "py" / "000"]
    theirs = json.loads(subprocess.run(command, capture_output=True, check=False).stdout)
    return len(ours["findings"]), len(theirs)


def scaling(tools, rounds, folder, largest):
    """Fleets of 500 to the largest, and one thread against two."""
    sizes = [size for size in (500, 5_000, 50_000) if size <= largest]
    shards = lambda size: sorted((folder / "yaml").iterdir())[: size // fleet.SHARD]
    runs = [tools.lint(f"{size:,} files", "--format", "json", *shards(size)) for size in sizes]
    for size, run in zip(sizes, runs):
        run.files = size
    measure("scaling", max(rounds // 2 + 1, 3), runs)
    threads = [tools.lint(f"`--jobs {jobs}`, {min(5_000, largest):,} files", "--format", "json", "--jobs", str(jobs), *shards(min(5_000, largest))) for jobs in (1, 2)]
    for run in threads:
        run.files = min(5_000, largest)
    measure("threads", max(rounds // 2 + 1, 3), threads)
    return runs, threads


def goals(first, second, pairs, runs, threads):
    """Each goal with what was measured; None where a peer is missing."""
    by = lambda runs, start: next((run.median for run in runs if run.label.startswith(start)), None)
    over = lambda a, b: a / b if a and b else None
    per_file = [run.median / run.files for run in runs]
    spread = max(abs(value / per_file[0] - 1) for value in per_file) if len(per_file) > 1 else None
    one, many = first[0].median, second[0].median
    paired = lambda at: pairs[at].median / pairs[at + 1].median if pairs else None
    return [
        ("one file, against ruff", over(one, by(first, "ruff")), "at most", 1.0),
        ("500 files, against ruff", over(many, by(second, "ruff")), "at most", 1.5),
        ("like for like: 500 sound sites, against ruff on as many files without findings", paired(0), "at most", 1.5),
        ("like for like: 500 files, against ruff with as many findings, both drawn to a pipe", paired(2), "at most", 1.5),
        ("500 files, ajv-cli on the same JSON against it", over(by(second, "ajv"), by(second, "**cutover** JSON")), "at least", 5),
        ("500 files, check-jsonschema on the same YAML against it", over(by(second, "check-jsonschema, YAML"), many), "at least", 40),
        ("time per file, larger fleets against 500: change", spread, "at most", 0.2),
        ("two threads against one", threads[0].median / threads[1].median, "at least", 1.7),
    ]


def main():
    options = arguments()
    folder = TARGET / "fleet"
    say(f"writing {options.largest:,} sites below {folder.relative_to(ROOT)}")
    fleet.write(folder, fleet.SHARD, ["yaml", "json", "py"])
    fleet.write(folder, options.largest, ["yaml"])
    fleet.write(folder / "sound", fleet.SHARD, ["yaml", "py"], sound=True)
    fleet.write(folder / "slipped", fleet.SHARD, ["py"], slipped=True)
    tools = Tools(options)
    first, second = fleets(tools, options.rounds, folder)
    pairs = alike(tools, options.rounds, folder)
    runs, threads = scaling(tools, options.rounds, folder, options.largest)
    texts = [path.read_bytes() for path in sorted((folder / "yaml" / "000").iterdir())]
    size, lines = (sum(numbers) / len(texts) for numbers in ([len(t) for t in texts], [t.count(b"\n") for t in texts]))
    print(f"{datetime.date.today()}, {len(os.sched_getaffinity(0))} cores. {tools.versions()}.")
    print(f"A site has {lines:.0f} lines and {size / 1000:.1f} kB of YAML; two of three have about five findings.")
    print("Median wall time of the whole process (rounds). Memory below about 15 MiB is the harness's own.")
    for title, group, files in (("One file", first, 1), ("500 files", second, 500)):
        print("\n".join([f"\n### {title}\n", *table(group, group[0], files)]))
    if pairs:
        print("\n### Like for like\n\n{} findings are drawn by cutover, {} by ruff.\n".format(*findings(tools, folder)))
        print("\n".join(table(pairs, pairs[0], 500)))
    print("\n### Scaling\n\n| run | median | ms per file | peak memory |\n|---|---|---|---|")
    for run in [*runs, *threads]:
        print(f"| {run.label} | {run.median * 1e3:.0f} ms ({len(run.times)}) | {run.median * 1e3 / run.files:.4f} | {run.memory / 1024:.0f} MiB |")
    print("\n### Goals\n\n| ratio | measured | goal | |\n|---|---|---|---|")
    failed = False
    for title, value, word, bound in goals(first, second, pairs, runs, threads):
        met = None if value is None else (value <= bound if word == "at most" else value >= bound)
        failed |= met is False
        shown = "not measured" if value is None else f"{value:.2f}"
        print(f"| {title} | {shown} | {word} {bound} | {'' if met is None else 'met' if met else '**missed**'} |")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
