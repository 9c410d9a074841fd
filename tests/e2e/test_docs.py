"""The documents against the program: what they name exists, what exists is named, and what they show is taken."""

import datetime
import json
import re
import subprocess
import time
import tomllib
from functools import cache
from pathlib import Path

import pytest

from processes import SAMPLE, TOP, Metrics, eventually, free_port

DOCUMENTS = [TOP / "README.md", *sorted((TOP / "docs").rglob("*.md")), TOP / "bench/README.md"]
REFERENCE = TOP / "docs/configuration.md"
KINDS = ("bearer", "api_key", "basic", "digest", "oauth2", "login", "aws_sigv4", "cookie", "client_certificate")


each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(TOP)))


def toml_blocks(document: Path) -> list[str]:
    return re.findall(r"^```toml\n(.*?)^```", document.read_text(), re.S | re.M)


@cache
def signature_example() -> str:
    """The file of signatures that docs/causes.md shows."""
    (block,) = toml_blocks(TOP / "docs/causes.md")
    return block


def check(binary: Path, folder: Path, config: str) -> list[dict]:
    """What `check` finds in it, but for what is of this machine: no file that an example names is here."""
    for name in tomllib.loads(config).get("settings", {}).get("signatures", []):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(signature_example())
    path = folder / "example.toml"
    path.write_text(config)
    result = subprocess.run([binary, "check", "--json", path], capture_output=True, text=True, timeout=20, check=False)
    assert result.returncode in (0, 1), result.stderr
    return [finding for finding in json.loads(result.stdout)["findings"]
            if not re.search("cannot be read|not set here|matches no file|there is none: nothing", finding["rule"])]


def errors(findings: list[dict]) -> list[str]:
    return [f"{finding['line']}: {finding['key']}: {finding['rule']}" for finding in findings if finding["severity"] == "error"]


# ------------------------------------------------------------------------------------------------------------------
# docs/configuration.md: the keys

# Which part of the file the tables of a section are about.
SCOPE_OF_SECTION = {
    "The file": "", "Settings": "settings", "Credentials": "credentials", "When it ends": "credentials",
    "Fetched tokens: oauth2": "credentials", "Fetched tokens: login": "credentials", "Targets": "targets",
    "Expectations": "targets", "TLS": "targets", "Maintenance windows": "targets",
}
# Tables whose keys users choose.
OPEN_TABLES = {("targets", "headers"), ("targets", "labels"), ("credentials", "headers"), ("credentials", "params"),
               ("credentials", "secrets")}
SECRET_KEYS = {"file", "env", "value"}


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
        if (scope, prefix) == ("credentials", "send."):
            return                               # it stands in the type of `send`
        if set(table) <= SECRET_KEYS and prefix:
            yield scope, key                     # { file = ... } of any secret
            continue
        if scope == "credentials" and prefix == "tls.":
            yield "targets", prefix + key        # described once
            continue
        yield scope, prefix + key
        if (scope, prefix + key) not in OPEN_TABLES:
            for element in value if isinstance(value, list) else [value]:
                if isinstance(element, dict):
                    yield from paths(scope, element, f"{prefix}{key}.")


def examples() -> list[tuple[str, str, dict]]:
    """Scope, name and table of each target and credential that the reference shows."""
    return [(scope, name, table) for block in toml_blocks(REFERENCE) for scope in ("credentials", "targets")
            for name, table in tomllib.loads(block).get(scope, {}).items()]


def test_each_documented_key_has_an_example_and_each_example_is_documented():
    shown = {("", "settings"), ("", "defaults"), ("", "credentials"), ("", "targets")}
    for block in toml_blocks(REFERENCE):
        document = tomllib.loads(block)
        shown |= {("", key) for key in document}
        shown |= set(paths("settings", document.get("settings", {}))) | set(paths("targets", document.get("defaults", {})))
    for scope, _, table in examples():
        shown |= set(paths(scope, table))
    assert documented_paths() == shown


def test_each_key_of_the_loader_is_documented_and_each_documented_one_is_its():
    """The loader's tables of keys, as they stand in its source."""
    parent_of = {
        "Settings": ("settings", ""), "Credential": ("credentials", ""), "TargetDraft": ("targets", ""), "Tls": ("targets", "tls."),
        "Controls": ("targets", "controls."), "Expectation": ("targets", "expect."), "HeaderCheck": ("targets", "expect.headers."),
        "JsonCheck": ("targets", "expect.json."), "MaintenanceWindow": ("targets", "maintenance."), "SecretSource": ("credentials", ""),
        "ExpiryHeader": ("credentials", "expiry_header."), "ExpiryLookup": ("credentials", "expiry_lookup."),
        "Introspection": ("credentials", "introspection."),
    }
    known = {("", key) for key in ("include", "settings", "defaults", "credentials", "targets")}
    tables = 0
    for source in (TOP / "exporter/config").glob("read_*.cc"):
        for kind, body in re.findall(r"Key<(\w+)> k\w+\[\] = \{\n(.*?)^\};", source.read_text(), re.S | re.M):
            tables += 1
            scope, prefix = parent_of[kind]
            known |= {(scope, prefix + key) for key in re.findall(r'\{"([a-z0-9_]+)",', body)}
    assert tables == len(parent_of)
    assert documented_paths() == known


@pytest.mark.parametrize("number", range(len(toml_blocks(REFERENCE))))
def test_the_reference_s_examples_load_without_a_finding(binary, tmp_path, number):
    findings = check(binary, tmp_path, toml_blocks(REFERENCE)[number])
    # Whoever reads the reference knows these two of the security checklist, and the one inline secret that it shows.
    assert [f"{finding['key']}: {finding['rule']}" for finding in findings
            if not re.search("no used_by|no rotation|the secret stands in this file", finding["rule"])] == []


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
    refused = {finding["key"] for finding in check(binary, tmp_path, config) if finding["rule"].startswith("is no key of kind")}
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
        local = re.sub(r'https?://[^/"]+', "https://127.0.0.1:1", toml(table))
        tables.setdefault((scope, name), tomllib.loads(f"t = {local}")["t"])
    pairs, tellers = [], []
    for row, default in literal_defaults():
        scope, path = row["scope"], row["path"]
        if scope == "settings":
            continue
        fitting = {key: table for key, table in tables.items() if key[0] == scope and (scope == "targets" or table["kind"] in kinds_of(row))}
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
    assert len(pairs) > 25 and len(settings) == 3


# ------------------------------------------------------------------------------------------------------------------
# docs/cookbook.md

COOKBOOK = TOP / "docs/cookbook.md"
SENT = {"aws_sigv4": "sigv4", "client_certificate": "unknown"}   # how a recording calls what a kind sends


def sections(document: Path) -> dict[str, str]:
    parts = re.split(r"^## (.+)\n", document.read_text(), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


@pytest.mark.parametrize("service", sections(COOKBOOK))
def test_the_cookbook_s_blocks_load(binary, tmp_path, service):
    (block,) = re.findall(r"^```toml\n(.*?)^```", sections(COOKBOOK)[service], re.S | re.M)
    findings = check(binary, tmp_path, block)
    assert errors(findings) == []
    # What the section itself says of them; and dates pass.
    told = "no used_by|has passed|was signed until" + {
        "AWS temporary credentials": "|its expiry is not known", "AWS presigned URL": "|its expiry is not known",
        "Azure SAS": "|its expiry is not known", "The end of a client secret": "|no target uses it",
    }.get(service, "")
    assert [f"{finding['key']}: {finding['rule']}" for finding in findings if not re.search(told, finding["rule"])] == []


@pytest.mark.parametrize("service", sections(COOKBOOK))
def test_the_cookbook_s_refusals_are_diagnosed_as_it_says(binary, tmp_path, service):
    text = sections(COOKBOOK)[service]
    (block,) = re.findall(r"^```toml\n(.*?)^```", text, re.S | re.M)
    document = tomllib.loads(block)
    (target,) = document["targets"].values()
    kind = document["credentials"][target["credential"]]["kind"]
    answers = []
    for status, header, body, cause in re.findall(r"^\| (\d{3}) (?:`([A-Za-z-]+: [^`]*)` )?`([^`]*)` \| `(\w+)` \|$", text, re.M):
        answers.append(({"id": str(len(answers)), "status": int(status), "headers": dict([header.split(": ", 1)] if header else []),
                         "body": body, "request": {"auth": SENT.get(kind, kind)}}, cause))
    assert len(answers) == len(re.findall(r"^\| \d{3} ", text, re.M))
    assert answers or service == "The end of a client secret"
    recording = tmp_path / "answers.jsonl"
    recording.write_text("".join(json.dumps(answer) + "\n" for answer, _ in answers))
    said = subprocess.run([binary, "explain", "--jsonl", recording], capture_output=True, text=True, timeout=20, check=True).stdout
    assert [json.loads(line)["cause"] for line in said.splitlines()] == [cause for _, cause in answers]


def test_each_service_of_the_cookbook_says_what_it_should():
    for service, text in sections(COOKBOOK).items():
        if service == "The end of a client secret":
            continue
        for part in ("- **Scopes:**", "- **End:**", "- **Traps:**", "- **Rotate:**", "| refusal | cause |", "Source"):
            assert part in text, f"{service}: {part}"
        assert re.search(r"^Sources?: \[[^]]+\]\(https://", text, re.M), service


# ------------------------------------------------------------------------------------------------------------------
# docs/metrics.md

METRICS = TOP / "docs/metrics.md"


def metric_rows(section: str) -> dict[str, tuple[str, set[str]]]:
    """Name to type and labels, of a section's table; all of the last section are gauges."""
    own = {"Targets": {"target"}, "Credentials": {"credential"}}.get(section, set())
    found = {}
    for cells in re.findall(r"^\| `(\w+)` \|(.*)\|$", sections(METRICS)[section], re.M):
        kind, labels = ([cell.strip() for cell in cells[1].split("|")][:2] if section != "A single probe"
                        else ("gauge", cells[1].split("|")[0]))
        found[cells[0]] = (kind, own | set(re.findall(r"`(\w+)`", labels)))
    assert found
    return found


def served(metrics: Metrics) -> dict[str, tuple[str, set[str]]]:
    """Name to type and labels of what is served; the labels of a family's samples are the same in all of them."""
    types = dict(re.findall(r"^# TYPE (\w+) (\w+)$", metrics.text, re.M))
    found = {}
    for name, labels, _ in metrics.samples:
        family = name if name in types else re.sub("_(bucket|sum|count)$", "", name)
        kind = types[family]
        have = set(labels) - ({"le"} if kind == "histogram" else set())
        if family == "authprobe_target_info":
            have -= {"team"}
        assert found.setdefault(family, (kind, have)) == (kind, have), name
    assert set(found) == set(types)
    return found


def documented_metrics() -> dict[str, tuple[str, set[str]]]:
    return {name: row for section in ("Targets", "Credentials", "The exporter itself") for name, row in metric_rows(section).items()}


@pytest.fixture
def everything(demo, nginx, exporter, tmp_path):
    """An exporter in which each family has a series: credentials that are fetched, looked up, introspected, replaced and about to be
    refused, over http and https, with and without a rate limit."""
    port = free_port()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem", "-out",
                    "cert.pem", "-days", "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
                   cwd=tmp_path, check=True, capture_output=True)
    for name in ("key", "client", "password"):
        (tmp_path / name).write_text(f"the-{name}-of-this-test")
    end = int(time.time()) + 7200
    nginx(f"""server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {tmp_path}/cert.pem; ssl_certificate_key {tmp_path}/key.pem;
        default_type application/json; add_header X-RateLimit-Limit 100; add_header X-RateLimit-Remaining 50; add_header X-RateLimit-Reset 60;
        location /token {{ return 200 '{{"access_token": "a-token-of-this-test", "expires_in": 3600}}'; }}
        location /introspect {{ return 200 '{{"active": true, "exp": {end}, "scope": "read write"}}'; }}
        location /self {{ return 200 '{{"expires_at": {end}}}'; }}
        location / {{ return 200 '{{"id": 1}}'; }} }}""")
    there = f"https://localhost:{port}"
    running = exporter(f"""
[defaults]
interval = "200ms"
timeout = "5s"
tls.ca_file = "{tmp_path}/cert.pem"
resolve = ["localhost:*:127.0.0.1"]

[credentials.billing]
kind = "bearer"
token = {{ file = "{demo.folder}/demo-billing" }}

[credentials.fetched]
kind = "oauth2"
token_url = "{there}/token"
client_id = "authprobe"
client_secret = {{ file = "{tmp_path}/client" }}
introspection.url = "{there}/introspect"
required_scopes = ["read"]
allowed_scopes = ["read"]

[credentials.asked]
kind = "api_key"
key = {{ file = "{tmp_path}/key" }}
expiry_lookup = {{ url = "{there}/self", json_pointer = "/expires_at" }}
next = "locked"

[credentials.locked]
kind = "basic"
username = "authprobe"
password = {{ file = "{tmp_path}/password" }}
expires_at = "never"

[targets.billing]
url = "{demo.url}/v1/me"
credential = "billing"
labels = {{ team = "payments" }}

[targets.fetched]
url = "{there}/"
credential = "fetched"
labels = {{ team = "platform" }}

[targets.asked]
url = "{there}/asked"
credential = "asked"
labels = {{ team = "platform" }}

[targets.locked]
url = "{there}/locked"
credential = "locked"
labels = {{ team = "platform" }}
interval = "1d"
""", "--shard=0/1")
    running.wait_for_state("billing", "ok")
    demo.revoke("demo-billing")
    running.wait_for_state("billing", "unauthorized")
    return running


def test_each_metric_is_documented_and_each_documented_one_is_served(everything):
    wanted = documented_metrics()
    eventually(lambda: set(served(everything.metrics())) >= set(wanted), 30)
    assert served(everything.metrics()) == wanted


def test_the_values_of_labels_are_those_that_are_documented(everything):
    text = METRICS.read_text()
    metrics = everything.metrics()
    lists = {("authprobe_target_state", "state"): sections(METRICS)["Targets"].split("### States")[1].split("###")[0],
             ("authprobe_auth_failures_total", "cause"): text.split("### Causes\n")[1].split("###")[0],
             ("authprobe_token_fetch_failures_total", "reason"): text.split("### Reasons of failed fetches\n")[1].split("###")[0]}
    for name, label in (("authprobe_transport_errors_total", "reason"), ("authprobe_probe_phase_duration_seconds", "phase"),
                        ("authprobe_credential_expiry_state", "state")):
        (row,) = re.findall(rf"^\| `{name}` \|[^|]*\|[^|]*\|(.*)\|[^|]*\|$", text, re.M)
        lists[name, label] = row
    for (name, label), told in lists.items():
        assert {labels[label] for labels, _ in metrics.all(name)} == set(re.findall(r"`(\w+)`", told)), name


def test_how_many_series_a_target_has(everything):
    """Of a plain target: nothing of certificate, rate limit, cause and transitions that only some have."""
    before, after = map(int, re.search(r"A target has (\d+) series before its first probe and (\d+) after it", METRICS.read_text()).groups())
    metrics = everything.metrics()
    only_some = re.compile("certificate|rate_limit|auth_failure_cause|last_transition")
    count = {name: sum(1 for sample, labels, _ in metrics.samples if labels.get("target") == name and not only_some.search(sample))
             for name in ("fetched", "locked")}
    # The one that is probed once a day has most likely not been probed yet; if it has, it has all.
    assert count == {"fetched": after, "locked": before if metrics.state("locked") == "pending" else after}


def test_the_metrics_of_a_single_probe(everything):
    wanted = metric_rows("A single probe")
    plain = served(Metrics(everything.get("/probe?target=fetched").text))
    refused = served(Metrics(everything.get("/probe?target=billing").text))
    assert plain | refused == wanted


def queries(document: Path) -> list[str]:
    blocks = re.findall(r"^```promql\n(.*?)^```", document.read_text(), re.S | re.M)
    return [query for block in blocks for query in re.split(r"\n\n|^#.*\n", block, flags=re.M) if query.strip()]


def test_queries_in_documents_are_promql(tmp_path):
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(q for document in DOCUMENTS for q in queries(document))]
    assert len(rules) > 5
    path = tmp_path / "queries.yml"
    path.write_text(json.dumps({"groups": [{"name": "documents", "rules": rules}]}))
    result = subprocess.run(["promtool", "check", "rules", path], capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@each_document
def test_metrics_that_documents_name_exist(document):
    known = set(documented_metrics()) | set(metric_rows("A single probe"))
    # The program, its package, its service account, prefixes such as authprobe_credential_*.
    named = set(re.findall(r"\bauthprobe_[a-z0-9_]+(?![a-z0-9_/*-]|\.[a-z])", document.read_text())) - {"authprobe_exporter"}
    named = {re.sub("_(bucket|sum|count)$", "", name) if name not in known else name for name in named if not name.endswith("_")}
    assert named <= known


# ------------------------------------------------------------------------------------------------------------------
# All documents: links, blocks, commands

FENCE = re.compile(r"^( *)```.*?^\1```", re.S | re.M)


def anchors(document: Path) -> set[str]:
    """As GitHub and GitLab make them of headings."""
    found: dict[str, int] = {}
    for heading in re.findall(r"^#+ (.+)$", FENCE.sub("", document.read_text()), re.M):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading.strip()).lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        number = found.get(slug, 0)
        found[slug] = number + 1
        if number:
            found[f"{slug}-{number}"] = 1
    return set(found)


@each_document
def test_links_lead_somewhere(document):
    for link in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", document.read_text())):
        if re.match("[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        there = (document.parent / path).resolve() if path else document
        assert there.exists(), link
        assert there.is_relative_to(TOP), link
        if anchor:
            assert anchor in anchors(there), link


@each_document
def test_toml_blocks_load(binary, tmp_path, document):
    """A block is a configuration or a file of signatures; a part of one has `<!-- fragment -->` in the line before."""
    blocks = re.findall(r"^(<!-- fragment -->\n)?```toml\n(.*?)^```", document.read_text(), re.S | re.M)
    assert len(blocks) == len(re.findall(r"^ *```toml", document.read_text(), re.M)), "an indented block"
    for fragment, block in blocks:
        if "signature" in tomllib.loads(block):
            path = tmp_path / "signatures.toml"
            path.write_text(block)
            result = subprocess.run([binary, "explain", f"--signatures={path}"], input="HTTP/1.1 403 Forbidden\n\n", capture_output=True,
                                    text=True, timeout=20, check=False)
            assert result.returncode == 0, result.stderr
        elif not fragment:
            assert errors(check(binary, tmp_path, block)) == []


def command_lines(document: Path) -> list[list[str]]:
    """The arguments of each authprobe_exporter that the document calls, in a block or in a line."""
    text = document.read_text().replace("\\\n", " ")
    blocks = [match[0] for match in FENCE.finditer(text)]
    spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", FENCE.sub("", text))
    lines = [line for block in blocks for line in block.splitlines()] + spans
    calls = []
    for line in lines:
        for call in re.findall(r"(?:^|[\s/(=])authprobe_exporter((?: [^|;&#>)]*)?)", line):
            calls.append(re.findall(r"(?:[^\s\"']|\"[^\"]*\"|'[^']*')+", call))
    return [call for call in calls if call]


@pytest.fixture(scope="module")
def flags_of(binary) -> dict[str, set[str]]:
    """Each subcommand's flags, and those without one, as --help has them."""
    def help_of(*command: str) -> str:
        return subprocess.run([binary, *command, "--help"], capture_output=True, text=True, timeout=20, check=True).stdout
    text = help_of()
    names = re.findall(r"^  (\w+) {2,}", text.split("Subcommands:")[1], re.M)
    flags = {name: set(re.findall(r"(?<![\w-])--?[a-z][\w.-]*", help_of(name).split("Options:", 1)[1])) for name in names}
    return {"": set(re.findall(r"(?<![\w-])--?[a-z][\w.-]*", text.split("Subcommands:")[0])), **flags}


@each_document
def test_commands_and_flags_exist(flags_of, document):
    for call in command_lines(document):
        words = [word for word in call if not word.startswith("-")]
        # Words before a flag's name are a subcommand's; without a flag `authprobe_exporter is ...` is prose, which no code span is.
        name = words[0] if words and words[0] in flags_of else ""
        assert name or call[0].startswith("-") or call[0] == "...", " ".join(call)
        for word in call:
            if word.startswith("-") and word != "-":
                assert word.partition("=")[0] in flags_of[name], " ".join(call)


def test_documents_show_commands():
    assert sum(len(command_lines(document)) for document in DOCUMENTS) > 10


@each_document
def test_yaml_blocks_are_taken_by_the_programs_they_are_for(tmp_path, document):
    for number, block in enumerate(re.findall(r"^```yaml\n(.*?)^```", document.read_text(), re.S | re.M)):
        path = tmp_path / f"{number}.yml"
        path.write_text(block)
        if re.search("^scrape_configs:", block, re.M):
            command = ["promtool", "check", "config", "--syntax-only", path]
        elif re.search("^groups:", block, re.M):
            command = ["promtool", "check", "rules", path]
        elif re.search("^modules:", block, re.M):
            command = ["prometheus-blackbox-exporter", f"--config.file={path}", "--config.check"]
        else:
            continue
        result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        assert result.returncode == 0, block + result.stdout + result.stderr


def test_the_planning_figures_cover_what_was_measured():
    """docs/scaling.md rounds up what bench/README.md measured, and does not double it."""
    bench, scaling = (TOP / "bench/README.md").read_text(), (TOP / "docs/scaling.md").read_text()

    def measured(row: str, unit: str) -> float:
        (cell,) = re.findall(rf"^\| {row} \| ([^|]*) \|", bench, re.M)
        return float(re.findall(rf"([\d,.]+) {unit}", cell)[-1].replace(",", ""))

    def planned(row: str, unit: str) -> float:
        (cell,) = re.findall(rf"^\| {row}[^|]*\| ([^|]*) \|", scaling, re.M)
        return float(re.search(rf"([\d,.]+) {unit}", cell)[1].replace(",", ""))

    for row, figure in (("http, `fresh`", measured("CPU per probe, authprobe", "us") / 1000),
                        ("https, `fresh`", measured("CPU per probe, authprobe, full handshake", "us") / 1000),
                        ("https, `resume`", measured("CPU per probe, authprobe, `resume`, a resumed handshake", "us") / 1000),
                        ("https, `reuse`", measured("CPU per probe, authprobe, `reuse`", "us") / 1000),
                        ("CPU of a scrape of 10,000 targets", measured("authprobe, CPU", "ms"))):
        assert figure <= planned(row, "ms") <= 2 * figure, row
    assert measured("memory per target, from 1,000 to 10,000", "KiB") * 1.024 <= planned("memory per target", "kB")
    assert measured("1,000 targets", "MiB") <= planned("memory, without targets", "MiB")
    # 15 s over the CPU of a probe, and a third of that.
    for cpu, full, plan in re.findall(r"^\| https?, [^|]*\| ([\d.]+) ms \| ([\d,]+) targets \| ([\d,]+) \|", scaling, re.M):
        assert float(full.replace(",", "")) == pytest.approx(15_000 / float(cpu))
        assert float(plan.replace(",", "")) <= float(full.replace(",", "")) / 3 * 1.001
    (series,) = re.findall(r"^A target has \d+ series before its first probe and (\d+) after it", METRICS.read_text(), re.M)
    assert f"10,000 targets are {int(series)}0,000 series" in scaling


@each_document
def test_paths_of_this_repository_exist(document):
    """What stands in code and begins with one of its folders, or with a room of the exporter's."""
    text = document.read_text()
    code = [match[0] for match in FENCE.finditer(text) if not match[0].startswith("```toml")]
    code += re.findall(r"(?<!`)`([^`\n]+)`(?!`)", FENCE.sub("", text))
    for path in re.findall(r"(?:^|[\s'\"(])((?:alerts|bench|config|dashboards|deploy|docs|exporter|tests)/[\w./-]*\w)", "\n".join(code), re.M):
        assert (TOP / path).exists() or (EXPORTER / path).exists(), path


@each_document
def test_alerts_that_documents_name_exist(document):
    alerts = set(re.findall(r"^ +- alert: (\w+)$", (TOP / "alerts/authprobe.rules.yml").read_text(), re.M))
    assert set(re.findall(r"\bAuthprobe[A-Z]\w+(?![\w*({]|\.[*+])", document.read_text())) <= alerts


# ------------------------------------------------------------------------------------------------------------------
# docs/upgrading.md

def test_the_exit_codes_are_those_that_are_promised(binary, tmp_path, demo):
    meaning = dict(re.findall(r"^\| ([\dto ]+) \| (.*) \|$", sections(TOP / "docs/upgrading.md")["Exit codes"], re.M))
    assert set(meaning) == {"0", "1", "2", "10 to 16"}
    (tmp_path / "good.toml").write_text(f'[targets.open]\nurl = "{demo.url}/health"\n[targets.closed]\nurl = "{demo.url}/v1/me"\n')
    (tmp_path / "doubtful.toml").write_text('[credentials.unused]\nkind = "bearer"\ntoken.value = "a-token"\n')
    (tmp_path / "bad.toml").write_text("[targets.a]\n")
    (tmp_path / "line").write_text("no json\n")

    def code(*arguments: str) -> int:
        return subprocess.run([binary, *arguments], cwd=tmp_path, capture_output=True, timeout=30, check=False, stdin=subprocess.DEVNULL).returncode

    assert code("check", "good.toml") == code("probe", "open", "--config.file=good.toml") == code("--version") == 0
    assert code("check", "doubtful.toml") == 0 and code("check", "--strict", "doubtful.toml") == 1
    assert code("check", "bad.toml") == code("probe", "closed", "--config.file=good.toml") == code("explain", "--jsonl", "line") == 1
    assert code("--no-such-flag") == code("check", "missing.toml") == code("probe", "nobody", "--config.file=good.toml") == 2
    states = meaning["10 to 16"].removeprefix("`diagnose`: ").split(", ")
    help_text = subprocess.run([binary, "diagnose", "--help"], capture_output=True, text=True, timeout=20, check=True).stdout
    assert re.findall(r"(1\d) (\w+)", help_text) == [(str(10 + number), state) for number, state in enumerate(states)]
    assert code("diagnose", "closed", "--config.file=good.toml") == 10


# ------------------------------------------------------------------------------------------------------------------
# docs/architecture.md

EXPORTER = TOP / "exporter"
LIBRARY_OF = {"curl": "libcurl", "ares": "c-ares", "openssl": "OpenSSL", "re2": "RE2", "nlohmann": "nlohmann-json", "toml++": "toml++",
              "spdlog": "spdlog", "CLI": "CLI11", "prometheus": "prometheus-cpp core", "microhttpd": "libmicrohttpd", "isa-l": "isa-l"}


def test_the_rooms_include_what_the_architecture_says():
    text = (TOP / "docs/architecture.md").read_text()
    rows = {room: (includes, libraries) for room, includes, libraries in
            re.findall(r"^\| `(\w+)/` \| [^|]* \| ([^|]*) \| ([^|]*) \|$", text, re.M)}
    order = list(rows)
    assert set(order) == {path.name for path in EXPORTER.iterdir() if path.is_dir()}
    for room, (includes, libraries) in rows.items():
        code = "".join(path.read_text() for path in (EXPORTER / room).rglob("*.[ch]*"))
        below = set(re.findall(r'#include "exporter/(\w+)/', code)) - {room}
        told = set(order[order.index(room) + 1:]) if includes == "all below" else set(includes.split(", ")) - {"none"}
        assert below == told, room
        assert below <= set(order[order.index(room) + 1:]), room
        inside = {LIBRARY_OF[name] for name in re.findall(r"#include <([\w+-]+)(?:\.h|/)", code) if name in LIBRARY_OF}
        assert inside == set(libraries.split(", ")), room


def test_what_the_architecture_names_exists():
    text = (TOP / "docs/architecture.md").read_text()
    code = "".join(path.read_text() for path in EXPORTER.rglob("*.[ch]*"))
    rooms = {path.name for path in EXPORTER.iterdir() if path.is_dir()}
    files = [span for span in re.findall(r"`([a-z_]+/[\w./]*)`", text) if span.split("/")[0] in rooms]
    assert len(files) > 20
    for path in files:
        assert (EXPORTER / path).exists(), path
    picture = FENCE.search(text)[0]
    types = set(re.findall(r"`([A-Z][a-z]+\w*)(?:::\w+)?`", text)) | set(re.findall(r"\b[A-Z][a-z]+[A-Z]\w+", picture))
    types |= {"Config", "Service", "Prober", "Schedule", "Request", "Response", "Upkeep", "Exposition"}
    for name in types:
        assert re.search(rf"\b(?:class|struct) {name}\b", code), name
    for owner, function in re.findall(r"`([A-Z]\w+)::(\w+)`", text):
        assert re.search(rf"\b{owner}::{function}\(", code), function
    for function in re.findall(r"\b([a-z_]+)\(\)", picture):
        assert re.search(rf"\b{function}\(", code), function


# ------------------------------------------------------------------------------------------------------------------
# docs/causes.md

CAUSES = TOP / "docs/causes.md"
# Examples of evidence that is no word of the answer: the credential's own claims, our clock, what the server's headers say of scopes.
NOT_WORDS = {"exp", "nbf", "iat", "Date", "Retry-After", "likely", "X-OAuth-Scopes", "X-Accepted-OAuth-Scopes"}


def cause_sections() -> dict[str, str]:
    parts = re.split(r"^### (\w+)\n", sections(CAUSES)["The causes"], flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def test_each_cause_has_its_section(exporter):
    running = exporter("[targets.a]\nurl = 'http://127.0.0.1:1/'\n")
    causes = [labels["cause"] for labels, _ in running.metrics().all("authprobe_auth_failures_total")]
    assert list(cause_sections()) == causes
    rows = re.findall(r"^\| \[(\w+)\]\(#(\w+)\) \| \S", CAUSES.read_text(), re.M)
    assert rows == [(cause, cause) for cause in causes]
    for cause, text in cause_sections().items():
        assert re.match(r"\S[^*]+\. \*Tells:\* \S[^*]+ \*Do:\* \S", text.replace("\n", " ")), cause


@pytest.mark.parametrize("cause", cause_sections())
def test_what_tells_a_cause_does_tell_it(binary, tmp_path, cause):
    """Each phrase and code of "Tells", as the message or code of a refusal, or as the header that it is."""
    tells = cause_sections()[cause].replace("\n", " ").split("*Tells:*")[1].split("*Do:*")[0]
    words = {word for word in re.findall(r'"([^"]+)"', tells) + re.findall(r"`([^`]+)`", tells) if word not in NOT_WORDS}
    assert words or cause == "unknown"
    answers = []
    for word in words:
        header = {"stale=true": 'WWW-Authenticate: Digest realm="r", nonce="n", stale=true'}.get(word, word)
        headers = dict([header.split(": ", 1)]) if ": " in header and " " not in header.split(": ")[0] and cause != "malformed_credentials" else {}
        for status in (401, 403, 400, 503):
            for body in ({"message": word}, {"code": word}):
                answers.append({"id": word, "status": status, "headers": headers, "body": "" if headers else json.dumps(body),
                                "request": {"auth": "none" if cause == "missing_credentials" else "digest" if "stale" in word else "bearer"}})
    recording = tmp_path / "answers.jsonl"
    recording.write_text("".join(json.dumps(answer) + "\n" for answer in answers))
    said = subprocess.run([binary, "explain", "--jsonl", recording], capture_output=True, text=True, timeout=20, check=True).stdout
    told = {json.loads(line)["id"] for line in said.splitlines() if json.loads(line)["cause"] == cause}
    assert words == told
