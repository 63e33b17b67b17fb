"""A fleet of realistic, fully stated sites, the same bytes on every machine.

Every third site is right. The others each have five mistakes of the kind people make. Each site is written three
times with the same facts: as YAML for cutover and check-jsonschema, as JSON for ajv, as a Python literal for ruff.
"""

import json
import pathlib
import random

SHARD = 500  # sites in one folder

# original platform, new platform: the new server is primary; all ten supported pairs
PAIRS = [
    ("ultra-5", "ultra-5"),
    ("enterprise-3000", "enterprise-3000"),
    ("enterprise-3000", "enterprise-3500"),
    ("enterprise-3500", "enterprise-3500"),
    ("sun-blade-100", "sun-blade-100"),
    ("ultra-5", "sun-blade-100"),
    ("sun-blade-100", "sun-blade-150"),
    ("sun-blade-150", "sun-blade-150"),
    ("enterprise-3500", "sun-fire-v880"),
    ("sun-fire-v880", "sun-fire-v880"),
]
CITIES = ["Albany", "Boise", "Columbus", "Denver", "Enid", "Fresno", "Helena", "Ithaca", "Jackson", "Lima", "Macon", "Tulsa"]
LINES = ["claims", "sales", "card services", "reservations", "help desk", "power outage line", "registrar", "orders"]
FAMILIES = [("definity-ecs", 8.1), ("definity-ecs", 9.5), ("definity-ecs", 10.3), ("s8700", 2.1), ("definity-multivantage", 1.2)]


class Flow(dict):
    """A mapping that is written on one line."""


def server(number, name, standing, role, platform, series, cms, lan):
    mirrored = platform.startswith(("enterprise", "sun-fire"))
    out = {"id": name, "standing": standing, "role": role, "platform": platform}
    if platform == "ultra-5":
        out["series"] = series
    out |= {
        "cms": Flow(cms),
        "tape_drives": ["dds-4"],
        "mirrored": mirrored,
        "alternate_boot": mirrored,
        "ethernet": [
            Flow(port="built-in", carries=["customer-lan"], subnet="198.51.100.0/24"),
            Flow(port="second", card="fsbe" if mirrored else "sunfast", carries=["switch-link"], subnet=lan),
        ],
        "packages": ["isql"],
        "licences": ["isql"],
        "authorizations": [],
        "nts": 1,
        "storage": {"definition": f"storage-{number}", "source": "design-center", "reviewed": True},
        "remote_console": True,
        "product_id": f"74{number:05}{1 if standing == 'original' else 2}",
        "printer": True,
        "hardware_checked": True,
        "connected": {"console": True, "terminals": True, "switch_link": True, "hub": True},
    }
    return out


def right(number, pick):
    original, new = pick(PAIRS)
    family, release = pick(FAMILIES)
    old_lan, new_lan = (f"10.{number // 100 % 200}.{number % 100 * 2 + side}.0/24" for side in (0, 1))
    version = pick(["r3v6", "r3v8", "r3v9"])
    return {
        "rulebook": "cms-r3v11-ha",
        "kind": "site",
        "name": f"{pick(CITIES)} {pick(LINES)} {number}",
        "operation": pick(["24x7", "business-hours"]),
        "servers": [
            server(number, "old", "original", "secondary", original, 2, {"version": version, "load": "ab.3"}, old_lan),
            server(number, "new", "new", "primary", new, 4, {"version": "r3v11", "load": "ab.1"}, new_lan),
        ],
        "switches": [
            {
                "id": "main",
                "family": family,
                "release": release,
                "software": "other" if family == "definity-ecs" else "multivantage-call-center",
                "acds": ["acd1", "acd2"],
                "links": [
                    Flow(server="old", transport="ethernet", subnet=old_lan),
                    Flow(server="new", transport="c-lan", subnet=new_lan),
                ],
                "administered_for": version,
            }
        ],
        "custom_features": [],
        "pso": Flow(contacted=False, custom_tables=False, echi_reports=False),
        "switch_over": "manual",
        "continuous_access": True,
        "switch_over_plan": {
            "client_procedure": True,
            "addresses_listed": True,
            "consulted": ["tso", "pso"],
            "peripherals_checked": True,
        },
        "tapes": 7,
        "schedule": {
            "full_backup": Flow(server="new", every="night", by="customer"),
            "restore": Flow(server="old", every="night", by="customer"),
            "cmsadm_backup": Flow(server="new", every=pick(["week", "month"]), by="customer"),
        },
        "duties": Flow(security="customer", documentation="customer", changes="customer", log_check="customer"),
        "roles_agreed": True,
        "manuals": ["585-215-115", "585-215-874", "585-215-876"],
        "il_number": f"IL-{number:06}",
    }


def at(path, value):
    """The mistake of writing `value` at `path`."""

    def apply(site):
        *parents, last = path
        for key in parents:
            site = site[key]
        site[last] = value

    return apply


MISTAKES = [
    at(("servers", 0, "tape_drives"), ["slr5"]),
    at(("servers", 0, "ethernet", 1, "card"), "other"),
    at(("servers", 0, "packages"), ["isql", "icc"]),
    at(("servers", 0, "licences"), []),
    at(("servers", 1, "storage", "definition"), "storage-other"),
    at(("servers", 1, "storage", "reviewed"), False),
    at(("servers", 1, "product_id"), "none"),
    at(("servers", 1, "printer"), False),
    at(("servers", 1, "ethernet", 1, "carries"), ["switch-link", "customer-lan"]),
    at(("servers", 1, "connected", "hub"), False),
    at(("switches", 0, "links", 0, "transport"), "x25"),
    at(("switches", 0, "administered_for"), "r3v11"),
    at(("custom_features",), ["token-ring"]),
    at(("switch_over",), "undecided"),
    at(("switch_over_plan", "addresses_listed"), False),
    at(("tapes",), 4),
    at(("schedule", "full_backup", "every"), "week"),
    at(("schedule", "restore", "server"), "new"),
    at(("schedule", "cmsadm_backup", "by"), "technician"),
    at(("duties", "security"), "pso"),
    at(("roles_agreed",), False),
    at(("manuals",), ["585-215-115"]),
]


def site(number, sound=False):
    """Site `number`, or what it is without mistakes. Only `random()` is used: it alone is the same in every Python."""
    draw = random.Random(number).random
    out = right(number, lambda items: items[int(draw() * len(items))])
    if number % 3 and not sound:
        left = list(MISTAKES)
        for _ in range(5):
            left.pop(int(draw() * len(left)))(out)
    return out


# Five things that ruff finds with its default rules: as many as a site with mistakes has, or nearly.
SLIPS = ["import collections", "NAME = f'site'", "TAPES = UNKNOWN", "COUNT = ABSENT"]


def slips(number):
    """The lines of Python that ruff has something to say about, in as many files as there are sites with mistakes."""
    return SLIPS if number % 3 else []


def scalar(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.replace("-", "").replace(".", "").isdigit():
        return json.dumps(value)
    return str(value)


def inline(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key}: {inline(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(inline(item) for item in value) + "]"
    return scalar(value)


def yaml(value, indent=0):
    """The lines of a mapping, as people lay it out."""
    pad = "  " * indent
    for key, item in value.items():
        if isinstance(item, dict) and not isinstance(item, Flow):
            yield f"{pad}{key}:"
            yield from yaml(item, indent + 1)
        elif isinstance(item, list) and item and isinstance(item[0], dict):
            yield f"{pad}{key}:"
            for element in item:
                lines = [f"{pad}    {inline(element)}"] if isinstance(element, Flow) else list(yaml(element, indent + 2))
                yield f"{pad}  - {lines[0].lstrip()}"
                yield from lines[1:]
        else:
            yield f"{pad}{key}: {inline(item)}"


def write(folder, count, forms, sound=False, slipped=False):
    """Writes the first `count` sites, in folders of SHARD, in each of `forms` (yaml, json, py): all `sound`, or Python that
    is `slipped` as often as sites have mistakes."""
    for start in range(0, count, SHARD):
        for form in forms:
            shard = pathlib.Path(folder, form, f"{start // SHARD:03}")
            size = min(SHARD, count - start)
            if shard.is_dir() and len(list(shard.iterdir())) == size:
                continue
            shard.mkdir(parents=True, exist_ok=True)
            for number in range(start, start + size):
                data = site(number, sound)
                if form == "yaml":
                    text = "\n".join(yaml(data)) + "\n"
                elif form == "json":
                    text = json.dumps(data, indent=2) + "\n"
                else:
                    text = "SITE = " + json.dumps(data, indent=4).replace("true", "True").replace("false", "False") + "\n"
                    text += "".join(f"{line}\n" for line in (slips(number) if slipped else []))
                suffix = "py" if form == "py" else f"site.{form}"
                (shard / f"site_{number:05}.{suffix}").write_text(text)


if __name__ == "__main__":
    import sys

    write(sys.argv[1], int(sys.argv[2]), sys.argv[3].split(","))
