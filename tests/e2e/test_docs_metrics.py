"""docs/metrics.md against what is served, and what any document says of metrics."""

import json
import re
import socket
import subprocess
import time
from pathlib import Path

import pytest

from documents import DOCUMENTS, each_document, sections
from issuer_lists import PROVIDER as ISSUER, Issuer, token
from loopback import Handler, Server
from processes import TOP, Metrics, eventually, free_port

METRICS = TOP / "docs/metrics.md"
SECTIONS = ("Targets", "Targets that need attention", "Credentials and hosts of the targets", "Credentials", "Inventories", "The exporter itself")


def metric_rows(section: str) -> dict[str, tuple[str, set[str]]]:
    """Name to type and labels, of a section's table; all of the last section are gauges."""
    own = {"Targets": {"target"}, "Credentials": {"credential"}, "Inventories": {"inventory"},
           "Targets that need attention": {"target", "url", "method", "host", "credential"}}.get(section, set())
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
        if "url" in have:
            have -= {"team"}
        assert found.setdefault(family, (kind, have)) == (kind, have), name
    assert set(found) == set(types)
    return found


def documented_metrics() -> dict[str, tuple[str, set[str]]]:
    return {name: row for section in SECTIONS for name, row in metric_rows(section).items()}


class Good(Handler):
    def do_GET(self):
        self.answer(200)


@pytest.fixture
def everything(demo, nginx, exporter, tmp_path, request):
    """An exporter in which each family has a series: credentials that are fetched, looked up, introspected, replaced and about to be
    refused, over http and https, with and without a rate limit."""
    port = free_port()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem",
                    "-out", "cert.pem", "-days", "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
                   cwd=tmp_path, check=True, capture_output=True)
    going, silent = Server(Good), socket.create_server(("127.0.0.1", 0))  # the second never answers: its target stays pending
    request.addfinalizer(silent.close)
    for name in ("key", "client", "password"):
        (tmp_path / name).write_text(f"the-{name}-of-this-test")
    end = int(time.time()) + 7200
    issuer = Issuer()
    request.addfinalizer(lambda: issuer.__exit__())
    issuer.tokens = [token(1)]
    (tmp_path / "issuer.toml").write_text(ISSUER)
    (tmp_path / "lister").write_text(issuer.secret)
    nginx(f"""server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {tmp_path}/cert.pem; ssl_certificate_key {tmp_path}/key.pem;
        default_type application/json;
        add_header X-RateLimit-Limit 100; add_header X-RateLimit-Remaining 20; add_header X-RateLimit-Reset 60;
        location /token {{ return 200 '{{"access_token": "a-token-of-this-test", "expires_in": 3600}}'; }}
        location /refused {{ return 401 '{{"error": "invalid_client"}}'; }}
        location /introspect {{ return 200 '{{"active": true, "exp": {end}, "scope": "read write"}}'; }}
        location /self {{ return 200 '{{"expires_at": {end}}}'; }}
        location / {{ return 200 '{{"id": 1}}'; }} }}""")
    there = f"https://localhost:{port}"
    (tmp_path / "list.json").write_text(f'[{{"targets": ["localhost:{port}"], "labels": {{"team": "platform"}}}}]')
    (tmp_path / "broken.inc").write_text("[[[")
    running = exporter(f"""
include = ["broken.inc"]

[settings]
providers = ["issuer.toml"]

[defaults]
interval = "200ms"
timeout = "5s"
tls.ca_file = "{tmp_path}/cert.pem"
resolve = ["localhost:*:127.0.0.1"]

[credentials.billing]
kind = "bearer"
token = {{ file = "{demo.folder}/demo-billing" }}
retire = "7d"

[credentials.lister]
kind = "bearer"
token = {{ file = "{tmp_path}/lister" }}

[inventories.tokens]
provider = "issuer"
credential = "lister"
host = "{issuer.host}"
series = true

[credentials.fetched]
kind = "oauth2"
token_url = "{there}/token"
client_id = "authprobe"
client_secret = {{ file = "{tmp_path}/client" }}
introspection.url = "{there}/introspect"
required_scopes = ["read"]
allowed_scopes = ["read"]
listed_as = {{ inventory = "tokens", id = "1" }}

[credentials.refused]
kind = "oauth2"
token_url = "{there}/refused"
client_id = "authprobe"
client_secret = {{ file = "{tmp_path}/client" }}

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

[targets.waiting]
url = "http://127.0.0.1:{silent.getsockname()[1]}/"
labels = {{ team = "platform" }}
interval = "1d"
timeout = "5m"

[targets_from.shop]
files = "list.json"

[targets.gone]
url = "http://127.0.0.1:{going.port}/"
labels = {{ team = "platform" }}
maintenance = [{{ start = 2020-01-01T00:00:00Z, end = 2999-01-01T00:00:00Z }}]
""", "--shard=0/1", f"--storage.path={tmp_path}/state.db")
    with going:
        running.wait_for_state("gone", "ok")
    running.wait_for_state("billing", "ok")
    demo.revoke("demo-billing")
    running.wait_for_state("gone", "unreachable")
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
    """Of a plain target: nothing of certificate, rate limit and cause, nor the codes and transitions that only some have seen."""
    told = re.search(r"A target has (\d+) series before its first probe and (\d+) after it", METRICS.read_text())
    before, after = map(int, told.groups())
    metrics = everything.metrics()
    refusals = {"401", "403", "429"}

    def from_the_start(name: str, labels: dict) -> bool:
        if name == "authprobe_status_transitions_total":
            return "2xx" in labels.values() and bool(refusals & set(labels.values()))
        if name == "authprobe_http_responses_total":
            return labels["code"] in {*refusals, "200"}
        return not re.search("certificate|rate_limit|failure_cause|last_transition", name)

    count = {target: sum(1 for name, labels, _ in metrics.samples if labels.get("target") == target and from_the_start(name, labels))
             for target in ("fetched", "locked")}
    # The one that is probed once a day may have been probed by now.
    assert count == {"fetched": after, "locked": before if metrics.state("locked") == "pending" else after}


def test_the_lean_form_has_no_series_for_what_has_not_happened(exporter):
    """To a target that is well and was never anything else; the table names what is left out."""
    text = re.search(r"^### Lean series\n(.*?)^## ", METRICS.read_text(), re.S | re.M)[1]
    told = int(re.search(r"has (\d+) series after its first probe", text)[1])
    samples = {}
    with Server(Good) as host:
        for form in ("full", "lean"):
            running = exporter(f'settings.series = "{form}"\n[targets.me]\nurl = "http://127.0.0.1:{host.port}/"\ninterval = "1s"\n')
            eventually(lambda: running.metrics().state("me") == "ok")
            samples[form] = {(name, *sorted(labels.items())): value for name, labels, value in running.metrics().samples
                             if labels.get("target") == "me"}
    assert len(samples["lean"]) == told
    missing = {series: value for series, value in samples["full"].items() if series not in samples["lean"]}
    assert set(missing.values()) == {0}
    assert {series[0] for series in missing} == set(re.findall(r"`(authprobe_\w+)`", text.split("The changes from")[0]))


def test_the_metrics_of_a_single_probe(everything):
    wanted = metric_rows("A single probe")
    plain = served(Metrics(everything.get("/probe?target=fetched").text))
    refused = served(Metrics(everything.get("/probe?target=billing").text))
    assert plain | refused == wanted


def queries(document: Path) -> list[str]:
    blocks = re.findall(r"^```promql\n(.*?)^```", document.read_text(), re.S | re.M)
    return [query for block in blocks for query in re.split(r"\n\n|^#.*\n", block, flags=re.M) if query.strip()]


def test_queries_in_documents_are_promql(tmp_path):
    expressions = [query for document in DOCUMENTS for query in queries(document)]
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(expressions)]
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
