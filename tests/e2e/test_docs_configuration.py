"""docs/configuration.md against the loader: the kinds of each key, where it may stand, its default, and an example that loads.
That it has every key, with the meaning that the loader's table gives it, is seen in tests/config/samples_test.cc."""

import datetime
import json
import re
import tomllib

import pytest

from documents import check, toml_blocks
from processes import TOP

REFERENCE = TOP / "docs/configuration.md"
KINDS = ("bearer", "api_key", "basic", "digest", "oauth2", "login", "jwt", "aws_sigv4", "hmac", "negotiate", "cookie", "client_certificate")

# Which part of the file the tables of a section are about.
SCOPE_OF_SECTION = {
    "The file": "", "Settings": "settings", "Checklist": "settings", "Credentials": "credentials", "Expiry": "credentials",
    "The token's issuer": "credentials",
    "Fetched tokens: oauth2": "credentials", "Fetched tokens: login": "credentials",
    "Signatures by a template": "credentials", "Kerberos": "credentials", "AWS roles": "credentials", "Logins of several requests": "credentials", "Targets": "targets",
    "Expectations": "targets", "TLS": "targets", "Maintenance windows": "targets", "Inventories": "inventories",
}
# Tables whose keys users choose.
OPEN_TABLES = {("targets", "headers"), ("targets", "labels"), ("credentials", "headers"), ("credentials", "params"),
               ("credentials", "secrets"), ("credentials", "claims"), ("credentials", "secret_headers"), ("credentials", "secret_query"),
               ("credentials", "secret_body"), ("credentials", "query"), ("credentials", "take"), ("credentials", "steps.take"),
               ("credentials", "steps.headers"), ("credentials", "send_headers"), ("credentials", "send_cookies"),
               ("credentials", "jwt")}  # which has the keys of kind jwt
# What the examples' providers want to know.
VARIABLES = {("inventories", "", "group")}
SECRET_KEYS = {"file", "env", "value", "variable", "section"}
# Keys of targets that credentials have too.
CONNECTION_KEYS = set(re.findall(r"`(\w+)`", re.search(r"can be set in the credential[^:]*: (.*?)\n", REFERENCE.read_text())[1]))


def rows() -> list[dict]:
    """Every documented key: its section, scope, path within the scope, and cells by the head of their columns."""
    found, section, head = [], "", []
    for line in REFERENCE.read_text().splitlines():
        if line.startswith("#"):
            section, head = line.lstrip("# "), []
        elif line.startswith("| ") and section in SCOPE_OF_SECTION:
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            if not head:
                head = cells
            elif match := re.fullmatch(r"`([a-z0-9_.]+)`", cells[0]):
                found.append({"section": section, "scope": SCOPE_OF_SECTION[section], "path": match[1], **dict(zip(head[1:], cells[1:]))})
        elif not line.startswith("|"):
            head = []
    return found


def documented_paths() -> set[tuple[str, str]]:
    return {(row["scope"], row["path"]) for row in rows()}


def paths(scope: str, table: dict, prefix: str = ""):
    """The keys of an example's table, as the reference writes them."""
    for key, value in table.items():
        if (scope, prefix, key) in VARIABLES:
            continue                             # of the provider, not of the loader
        if (scope, prefix) == ("credentials", "send."):
            return                               # it stands in the type of `send`
        if set(table) <= SECRET_KEYS | {"json_pointer"} and prefix:
            yield "credentials", key             # { file = ... } of any secret, described there
            continue
        if (scope, prefix, key) == ("credentials", "", "expect"):
            yield scope, key                     # of a login: a target's keys, described once
        if (scope, prefix) == ("credentials", "") and key in (*CONNECTION_KEYS, "expect"):
            yield from paths("targets", {key: value})   # described once
            continue
        yield scope, prefix + key
        if (scope, prefix + key) not in OPEN_TABLES:
            for element in value if isinstance(value, list) else [value]:
                if isinstance(element, dict):
                    yield from paths(scope, element, f"{prefix}{key}.")


def examples() -> list[tuple[str, str, dict]]:
    """Scope, name and table of each target and credential that the reference shows."""
    return [(scope, name, table) for block in toml_blocks(REFERENCE) for scope in ("credentials", "targets", "inventories")
            for name, table in tomllib.loads(block).get(scope, {}).items()]


def test_each_documented_key_has_an_example_and_each_example_is_documented():
    shown = {("", "settings"), ("", "defaults"), ("", "credentials"), ("", "targets"), ("", "inventories")}
    for block in toml_blocks(REFERENCE):
        document = tomllib.loads(block)
        shown |= {("", key) for key in document}
        shown |= set(paths("settings", document.get("settings", {}))) | set(paths("targets", document.get("defaults", {})))
    for scope, _, table in examples():
        shown |= set(paths(scope, table))
    assert documented_paths() == shown


@pytest.mark.parametrize("number", range(len(toml_blocks(REFERENCE))))
def test_the_reference_s_examples_load_without_a_finding(binary, tmp_path, number):
    findings = check(binary, tmp_path, toml_blocks(REFERENCE)[number])
    # Whoever reads the reference knows the checklist, and the one inline secret that it shows.
    assert [f"{finding['key']}: {finding['rule']}" for finding in findings
            if finding["item"] is None
            and not re.search("the secret is in this file|nothing will be probed", finding["rule"])] == []


def test_the_kinds_of_a_credential_that_have_a_key(binary, tmp_path):
    """Each key with each kind: it is refused as another kind's exactly where the reference does not give it to that kind."""
    kinds_of: dict[str, set[str]] = {}
    for row in rows():
        if row["scope"] != "credentials" or "." in row["path"] or row["path"] in SECRET_KEYS:
            continue
        words = row.get("kinds", row["section"].rpartition(": ")[2])
        everywhere = words.startswith("all") or "beside any other kind" in words or words == "with `certificate`"
        kinds_of.setdefault(row["path"], set()).update(KINDS if everywhere else words.split(", "))
    config = "".join(f'[credentials."{key}-{kind}"]\nkind = "{kind}"\n' + ("" if key == "kind" else f"{key} = 1\n")
                     for key in kinds_of for kind in KINDS)
    refused = {finding["key"] for finding in check(binary, tmp_path, config) if finding["rule"].startswith("is not a key of kind")}
    assert not any(re.search("unknown key", finding["rule"]) for finding in check(binary, tmp_path, config))
    assert refused == {f"credentials.{key}-{kind}.{key}" for key, kinds in kinds_of.items() for kind in KINDS if kind not in kinds}


def test_the_labels_that_are_taken(binary, tmp_path):
    (taken,) = re.findall(r"Not taken: (.*?)\n\n", REFERENCE.read_text(), re.S)
    names = re.findall(r"`(\w+)`", taken.replace("`__`", "`__x`").replace("`authprobe_target_info`", ""))
    config = "[targets.t]\nurl = 'https://example.com/'\n" + "".join(f"labels.{name} = 'x'\n" for name in ("free", *names))
    assert {finding["key"] for finding in check(binary, tmp_path, config)} == {f"targets.t.labels.{name}" for name in names}


def test_which_keys_stand_in_defaults(binary, tmp_path):
    column = "in `[defaults]`"
    table = {row["path"]: row[column] for row in rows() if column in row and "." not in row["path"]}
    config = "[defaults]\n" + "".join(f"{key} = 1979-05-27\n" for key in table)   # no key takes a date
    refused = {finding["key"].removeprefix("defaults.") for finding in check(binary, tmp_path, config)
               if finding["key"].startswith("defaults.") and not finding["rule"].startswith("must be")}
    assert refused == {key for key, where in table.items() if where == "no"}


def toml(value) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(member)}" for key, member in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(toml(element) for element in value) + "]"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return json.dumps(value)


def with_key(table: dict, path: str, value) -> dict:
    """A copy with another value there, or in the last element of an array that is on the way."""
    key, _, rest = path.partition(".")
    if rest:
        inner = table[key]
        value = [*inner[:-1], with_key(inner[-1], rest, value)] if isinstance(inner, list) else with_key(inner, rest, value)
    return {**table, key: value}


def holds(table: dict, path: str) -> bool:
    key, _, rest = path.partition(".")
    inner = table.get(key)
    return key in table and (not rest or any(holds(element, rest) for element in (inner if isinstance(inner, list) else [inner])))


def literal_defaults() -> list[tuple[dict, object]]:
    """Documented keys whose default is one value, written as TOML."""
    found = []
    for row in rows():
        if match := re.fullmatch(r"`([^`]+)`", row.get("default", "")):
            try:
                found.append((row, tomllib.loads(f"value = {match[1]}")["value"]))
            except tomllib.TOMLDecodeError:
                pass   # the name of another key
    return found


def without_key(table: dict, path: str) -> dict:
    key, _, rest = path.partition(".")
    if not rest:
        return {name: value for name, value in table.items() if name != key}
    inner = table[key]
    return {**table, key: [without_key(element, rest) for element in inner] if isinstance(inner, list) else without_key(inner, rest)}


def kinds_of(row: dict) -> tuple[str, ...]:
    if row["section"].startswith("Fetched tokens"):
        return (row["section"].rpartition(": ")[2],)
    return KINDS if row.get("kinds", "all") == "all" else tuple(row["kinds"].split(", "))


def test_the_defaults_are_the_program_s(exporter):
    """For each key with a default: an example without the key and the same with the default written out come to the same in /config.
    The example with the key, with its other value, shows that /config tells."""
    tables = {}
    for scope, name, table in examples():
        local = re.sub(r'(https?)://[^/"]+', r"\1://127.0.0.1:1", toml(table))
        local = re.sub(r'"[\w.]+(:\d+:[\d.]+")', r'"127.0.0.1\1', local)   # of `resolve`: a host that is connected to
        tables.setdefault((scope, name), tomllib.loads(f"t = {local}")["t"])
        tables[scope, name].pop("hosts", None)  # not those of the local URLs
    pairs, tellers = [], []
    for row, default in literal_defaults():
        scope, path = row["scope"], row["path"]
        if scope == "settings":
            continue
        fitting = {key: table for key, table in tables.items()
                   if key[0] == scope and (scope in ("targets", "inventories") or table.get("kind") in kinds_of(row))}
        tellers.append((path, [key for key, table in fitting.items() if holds(table, path)]))
        assert tellers[-1][1], path
        parent = path.rpartition(".")[0]
        plain = [table for table in fitting.values() if not holds(table, path) and (not parent or holds(table, parent))]
        plain += [without_key(table, path) for table in fitting.values() if holds(table, path)]
        pairs.append((path, (scope, f"plain-{len(pairs)}"), plain[0], (scope, f"written-{len(pairs)}"), with_key(plain[0], path, default)))
    for _, plain_key, plain, written_key, written in pairs:
        tables |= {plain_key: plain, written_key: written}
    running = exporter("".join(f'{scope}."{name}" = {toml(table)}\n' for (scope, name), table in tables.items()))
    printed = tomllib.loads(running.get("/config").text)
    for path, (scope, plain), _, (_, written), _ in pairs:
        assert printed[scope][plain] == printed[scope][written], path
    for path, keys in tellers:
        assert any(holds(printed[scope][name], path) for scope, name in keys), f"/config shows none of {keys} with {path}"
    settings = {row["path"]: value for row, value in literal_defaults() if row["scope"] == "settings"}
    assert settings.items() <= printed["settings"].items()
    assert len(pairs) > 25 and len(settings) == 4


UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def bounds(row: dict) -> tuple | None:
    """Least and most as the reference says them, and both a step beyond."""
    text = " ".join(row.get(column, "") for column in ("rule", "meaning", "meaning and rule"))
    if match := re.search(r"\b(\d+) to (\d+)\b", text):
        least, most = int(match[1]), int(match[2])
        return least, most, least - 1, most + 1
    if match := re.search(r'`"(\d+)(\w+)"` to `"(\d+)(\w+)"`', text):
        least, most = int(match[1]) * UNITS[match[2]], int(match[3]) * UNITS[match[4]]
        base, step = ("B", 1) if row["type"] == "size" else ("m", 1) if "whole minutes" in text else ("ms", 1)
        least, most = least // UNITS[base], most // UNITS[base]
        return f"{least}{base}", f"{most}{base}", f"{least - step}{base}", f"{most + step}{base}"
    return None


def test_the_bounds_are_the_loader_s(binary, tmp_path):
    expected, config = {}, ""
    for row in rows():
        if (limits := bounds(row)) is None:
            continue
        for label, value in zip(("least", "most", "below", "above"), limits):
            if row["scope"] == "settings":
                found = check(binary, tmp_path, f"[settings]\n{row['path']} = {toml(value)}\n")
                assert bool([f for f in found if f["severity"] == "error"]) == (label in ("below", "above")), (row["path"], label)
                continue
            table = next(table for scope, _, table in examples() if scope == row["scope"] and holds(table, row["path"]))
            name = f"{row['path'].replace('.', '-')}-{label}"
            config += f'{row["scope"]}."{name}" = {toml(with_key(table, row["path"], value))}\n'
            expected[name] = label in ("below", "above")
    last_key = {name: name.rpartition("-")[0].rpartition("-")[2] for name in expected}
    found = check(binary, tmp_path, config)
    refused = {name for name in expected for finding in found if finding["severity"] == "error"
               and re.fullmatch(rf"\w+\.{re.escape(name)}\..*{last_key[name]}", finding["key"])}
    assert refused == {name for name, is_refused in expected.items() if is_refused}
    assert len(expected) > 20
