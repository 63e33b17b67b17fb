"""Holds what cutover prints against programs that read such files in earnest. Exits non-zero on the first complaint.

Run by scripts/consumers, which installs the Python packages. The SARIF validator and the YAML language server come
from npm; where npm is missing they are skipped, and that is said."""

import json
import pathlib
import shutil
import subprocess
import sys

import jsonschema
import junitparser
import yaml

PROGRAM = sys.argv[1]
HOME = pathlib.Path("target/consumers").resolve()
EXAMPLES = sorted(p for p in pathlib.Path("examples").rglob("*.site.*"))
PLANS = sorted(p for p in pathlib.Path("examples").rglob("*.plan.*"))


def cutover(*args):
    """Standard output of a run; exit codes 0 to 3 are answers."""
    done = subprocess.run([PROGRAM, *args], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1, 2, 3):
        sys.exit(f"cutover {' '.join(args)} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def say(text):
    print(f"consumers: {text}", file=sys.stderr)


REPORT = {
    "type": "object",
    "required": ["findings", "undecided", "verdicts"],
    "additionalProperties": False,
    "properties": {
        "findings": {"type": "array", "items": {
            "type": "object",
            "required": ["code", "level", "message", "file", "line", "column", "statements", "trace"],
            "properties": {
                "code": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
                "level": {"enum": ["error", "warning", "note"]},
                "message": {"type": "string", "minLength": 1},
                "line": {"type": "integer", "minimum": 1},
                "column": {"type": "integer", "minimum": 1},
                "statements": {"type": "array", "items": {"type": "string"}},
                "trace": {"type": "array"},
            },
        }},
        "undecided": {"type": "array"},
        "outages": {"type": "array", "items": {
            "type": "object",
            "required": ["file", "name", "from", "to", "minutes", "bounded_by", "untimed"],
        }},
        "verdicts": {"type": "object", "additionalProperties": {"enum": ["holds", "violated", "cannot-tell"]}},
    },
}


def json_report():
    report = json.loads(cutover("lint", "--format", "json", "examples"))
    jsonschema.validate(report, REPORT)
    if len(report["verdicts"]) != len(EXAMPLES) + len(PLANS):
        sys.exit(f"{len(report['verdicts'])} verdicts for {len(EXAMPLES)} sites and {len(PLANS)} plans")
    say(f"JSON: {len(report['findings'])} findings, {len(report['verdicts'])} verdicts, as documented")


def junit_report():
    suites = junitparser.JUnitXml.fromstring(cutover("lint", "--format", "junit", "examples").encode())
    cases = sum(len(list(suite)) for suite in suites)
    if suites.failures == 0 or cases < suites.failures:
        sys.exit(f"JUnit: {suites.failures} failures of {cases} cases cannot be right")
    say(f"JUnit: junitparser reads {cases} cases, {suites.failures} failures, {suites.skipped} skipped")


def site_schema():
    """The schema is one, and judges shapes as the linter does."""
    schema = json.loads(cutover("schema", "site"))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    for path in EXAMPLES:
        problems = [e.message for e in validator.iter_errors(yaml.safe_load(path.read_text()))]
        if problems:
            sys.exit(f"{path}: the schema complains: {problems}")
    for broken in ["platfrom: ultra-5", "platform: ultra-6", "series: x", "mirrored: maybe", "packages: [fax]"]:
        site = yaml.safe_load("{rulebook: cms-r3v11-ha, kind: site, servers: [{id: a, " + broken + "}]}")
        if validator.is_valid(site):
            sys.exit(f"the schema accepts {broken}")
    say(f"JSON Schema: draft 7, accepts {len(EXAMPLES)} examples, refuses 5 broken ones")


def plan_schema():
    """The schema of plans is one, and knows the keys of each action."""
    schema = json.loads(cutover("schema", "plan"))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    plans = [*PLANS, *sorted(pathlib.Path("spec").rglob("*.plan.yaml"))]
    for path in plans:
        # A reader of YAML 1.1 takes `off` for a boolean; the state is called so.
        problems = [e.message for e in validator.iter_errors(yaml.load(path.read_text(), yaml.BaseLoader))]
        if problems:
            sys.exit(f"{path}: the schema complains: {problems}")
    for broken in ["do: dance", "do: install", "do: install, server: new, tape: t1", "do: install, server: new, by: nobody",
                   "do: install, server: new, takes: long"]:
        plan = yaml.safe_load("{rulebook: cms-r3v11-ha, kind: plan, site: a, steps: [{id: a, " + broken + "}]}")
        if validator.is_valid(plan):
            sys.exit(f"the schema accepts {broken}")
    say(f"JSON Schema of plans: accepts {len(plans)} plans, refuses 5 broken ones")


def npm(package, command):
    """The path of a command from an npm package, installed into target/; None where there is no npm."""
    if shutil.which("npm") is None:
        say(f"npm was not found: {package} is SKIPPED")
        return None
    found = HOME / "node_modules" / ".bin" / command
    if not found.exists():
        subprocess.run(["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(HOME), package], check=True)
    return found


def sarif_report():
    log = cutover("lint", "--format", "sarif", "examples")
    path = HOME / "examples.sarif"
    path.write_text(log)
    tool = npm("@microsoft/sarif-multitool", "sarif-multitool")
    if tool is None:
        return
    schema = HOME / "node_modules/@microsoft/sarif-multitool-linux/sarif-2.1.0.json"
    if schema.exists():
        jsonschema.Draft7Validator(json.loads(schema.read_text())).validate(json.loads(log))
    output = HOME / "validation.sarif"
    done = subprocess.run(
        [str(tool), "validate", str(path), "--output", str(output), "--log", "ForceOverwrite"],
        capture_output=True, text=True, check=False, env={"PATH": __import__("os").environ["PATH"], "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
    )
    results = json.loads(output.read_text(encoding="utf-8-sig"))["runs"][0].get("results", [])
    # The project has no public address to name.
    results = [r for r in results if r["ruleId"] != "SARIF2005"]
    if results or "successfully" not in done.stdout:
        sys.exit(f"SARIF validator: {json.dumps(results, indent=1)}{done.stdout}")
    say(f"SARIF: schema and the SARIF multitool accept {len(json.loads(log)['runs'][0]['results'])} results")


class LanguageServer:
    """Just enough of the language server protocol to open a file and wait for its diagnostics."""

    def __init__(self, command):
        self.process = subprocess.Popen([str(command), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.send("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, identity=1)
        self.wait(lambda m: m.get("id") == 1)
        self.send("initialized", {})

    def send(self, method, params, identity=None):
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        if identity is not None:
            message["id"] = identity
        self.write(message)

    def write(self, message):
        body = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def wait(self, wanted):
        while True:
            length = 0
            while (line := self.process.stdout.readline().strip()):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            message = json.loads(self.process.stdout.read(length))
            if wanted(message):
                return message
            if "id" in message and "method" in message:
                asked = message.get("params", {}).get("items", [])
                self.write({"jsonrpc": "2.0", "id": message["id"], "result": [{} for _ in asked] if asked else None})

    def diagnostics(self, uri, text):
        self.send("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}})
        found = self.wait(lambda m: m.get("method") == "textDocument/publishDiagnostics" and m["params"]["uri"] == uri)
        return [d["message"] for d in found["params"]["diagnostics"]]


def editor():
    command = npm("yaml-language-server", "yaml-language-server")
    if command is None:
        return
    schema = HOME / "site.schema.json"
    schema.write_text(cutover("schema", "site"))
    server = LanguageServer(command)
    head = f"# yaml-language-server: $schema={schema.as_uri()}\n"
    good = pathlib.Path("examples/ten-pairs/ultra-5-ultra-5.site.yaml").read_text()
    for number, (text, wanted) in enumerate([(good, 0), (good.replace("platform:", "platfrom:", 1), 1)]):
        found = server.diagnostics(f"file:///site{number}.site.yaml", head + text)
        if bool(found) != bool(wanted):
            sys.exit(f"the YAML language server says {found} where {wanted} were due")
    server.process.kill()
    say("yaml-language-server: accepts a good site with our schema, and complains about a mistyped key")


def shell_runbook():
    plans = PLANS + sorted(pathlib.Path("spec/cms-r3v11-ha/procedures").glob("*.plan.yaml"))
    for plan in plans:
        script = HOME / "runbook.sh"
        cutover("runbook", str(plan), "--format", "sh", "-o", str(script), "--draft")
        for shell in ("sh", "dash", "ksh"):
            done = subprocess.run([HOME / "venv/bin/shellcheck", "-s", shell, script], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                sys.exit(f"ShellCheck complains about the runbook of {plan} as {shell}:\n{done.stdout[:4000]}{done.stderr}")
    say(f"ShellCheck: {len(plans)} shell runbooks are clean for sh, dash and ksh")


for check in (json_report, junit_report, site_schema, plan_schema, sarif_report, editor, shell_runbook):
    check()
