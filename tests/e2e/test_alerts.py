"""The rules in alerts/, with the tools of those who will load them: promtool, a Prometheus, jsonnet."""

import json
import re
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from issuer_lists import PROVIDER, Issuer, token
from processes import TOP, Exporter, Process, eventually, free_port, request

RULES = TOP / "alerts/authprobe.rules.yml"
GROUPS = yaml.safe_load(RULES.read_text())["groups"]
ALL_RULES = [rule for group in GROUPS for rule in group["rules"]]
ALERTING = [rule for rule in ALL_RULES if "alert" in rule]
ALERTS = list(dict.fromkeys(rule["alert"] for rule in ALERTING))
STORIES = sorted((TOP / "tests/alerts").glob("*.yml"))
VERSION = re.search(r"project\(authprobe VERSION (\S+)", (TOP / "CMakeLists.txt").read_text())[1]
RUNBOOKS = f"https://example.com/authprobe/v{VERSION}/docs/runbooks"
# What rules above their own record read: what the last evaluation recorded.
REMEMBERED = {"authprobe:target_trouble", "authprobe:target_unseen", "authprobe:target_refused", "authprobe:credential_accepted",
              "authprobe:accepted"}
SEVERITIES = {"critical", "warning", "info"}
CONCERNS = {"authentication", "access", "availability", "expiry", "monitoring"}


def run(*command, code: int = 0) -> str:
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == code, result.stdout + result.stderr
    return result.stdout


# What the rules say


def test_the_rules_are_valid():
    assert f"{len(ALL_RULES)} rules found" in run("promtool", "check", "rules", RULES)


@pytest.mark.parametrize("rule", ALERTING, ids=lambda rule: rule["alert"])
def test_every_alert_tells_who_acts_how_urgently_what_happened_and_where_to_read_on(rule):
    labels, annotations = rule["labels"], rule["annotations"]
    assert labels["severity"] in SEVERITIES | {"{{ $labels.severity }}"}
    assert labels["concern"] in CONCERNS | {"{{ $labels.concern }}"}
    assert annotations["summary"] and "\n" not in annotations["summary"]
    assert annotations["description"] and annotations["description"] != annotations["summary"]
    assert annotations["action"] and annotations["action"] not in (annotations["summary"], annotations["description"])
    assert annotations["runbook_url"] == f"{RUNBOOKS}/{rule['alert']}.md"


def test_the_runbooks_are_those_of_this_version_and_there():
    links = {rule["annotations"]["runbook_url"] for rule in ALERTING}
    assert all((TOP / link.removeprefix(f"https://example.com/authprobe/v{VERSION}/")).exists() for link in links)


def test_every_cause_has_its_words_and_its_action():
    texts = [rule["labels"] for rule in ALL_RULES if rule.get("record") == "authprobe:cause_text"]
    causes = re.findall(r"^\| \[([a-z_]+)\]", (TOP / "docs/causes.md").read_text(), re.M)
    assert sorted(text["cause"] for text in texts) == sorted(causes)
    assert all(len(text["words"]) < 50 and text["action"].endswith(".") for text in texts)


def test_what_the_cause_decides_comes_from_the_fixed_lists():
    for rule in ALL_RULES:
        if "record" in rule and "labels" in rule:
            assert rule["labels"].get("severity", "info") in SEVERITIES
            assert rule["labels"].get("concern", "access") in CONCERNS


def test_there_is_a_runbook_for_each_alert_and_no_other():
    assert {path.stem for path in (TOP / "docs/runbooks").glob("Authprobe*.md")} == set(ALERTS)


def test_a_recorded_series_is_recorded_ahead_of_those_that_use_it_in_their_group():
    """Otherwise they would see it an evaluation late, or never. Some mean to: they carry on what was told."""
    for group in GROUPS:
        recorded = set()
        for rule in group["rules"]:
            recorded |= {rule["record"]} if "record" in rule else set()
            used = set(re.findall(r"\bauthprobe:[a-z0-9_:]+", rule["expr"] + str(rule.get("annotations"))))
            assert used - REMEMBERED <= recorded, (group["name"], rule.get("alert") or rule["record"], used - recorded)
        assert not recorded or REMEMBERED <= recorded


def test_no_target_has_a_label_that_the_rules_take_away():
    taken = set(re.search(r"that the alert\s+rules set and take away \(([^)]*)\)", (TOP / "docs/configuration.md").read_text())[1].strip("`").split("`, `"))
    blanked = {name for rule in ALERTING for name, value in rule["labels"].items() if value == ""}
    assert taken == blanked | {"answer"}


def test_no_rule_needs_a_name_of_a_job_or_a_place():
    for rule in ALL_RULES:
        assert not re.search(r'\b(job|instance|pod)\s*(=|!)', rule["expr"]), rule
        for joined in re.findall(r"\bon \(([^)]*)\)", rule["expr"]):
            names = joined.split(", ")
            if "unless on (instance) authprobe:exporter_renamed" in rule["expr"] and names == ["instance"]:
                continue  # the same process under whatever name
            assert "instance" not in names or "location" in names, f"{rule}: an instance may have the same name elsewhere"


# Stories


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)
def test_alerts_fire_hold_their_peace_and_resolve(story):
    run("promtool", "test", "rules", story)


def seconds(duration: str) -> int:
    return sum(int(count) * {"h": 3600, "m": 60, "s": 1}[unit] for count, unit in re.findall(r"(\d+)([hms])", duration))


@pytest.fixture(scope="module")
def told() -> dict[str, set[str]]:
    """What the stories tell of each alert: that it waits, fires, ends, and its text."""
    result: dict[str, set[str]] = {alert: set() for alert in ALERTS}
    for test in (test for path in STORIES for test in yaml.safe_load(path.read_text())["tests"]):
        for case in test.get("alert_rule_test", []):
            result[case["alertname"]] |= {"text"} if case["exp_alerts"] else set()
        fired: set[str] = set()
        for case in sorted(test["promql_expr_test"], key=lambda case: seconds(case["eval_time"])):
            assert case["expr"].endswith('(ALERTS{alertstate="firing"})')
            firing = {re.search(r'alertname="(\w+)"', sample["labels"])[1] for sample in case["exp_samples"]}
            for alert in ALERTS:
                if alert in firing:
                    result[alert].add("fires")
                else:
                    result[alert].add("ends" if alert in fired else "waits")
            fired |= firing
    return result


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_has_its_story(told, alert):
    assert told[alert] == {"waits", "fires", "ends", "text"}


def test_two_hundred_targets_of_one_credential_are_one_alert_that_names_twenty(tmp_path):
    series = {'authprobe_credential_info{job="j",instance="a",credential="billing",kind="bearer",owner="payments",rotation=""}': "1x20"}
    for number in range(200):
        here = f'job="j",instance="a",target="t{number:03}"'
        series |= {f'authprobe_target_info{{{here},url="https://api.test/{number}",host="api.test",credential="billing"}}': "1x20",
                   f'authprobe_target_state{{{here},state="ok"}}': "1x3 0x10 1x6",
                   f'authprobe_target_state{{{here},state="unauthorized"}}': "0x3 1x10 0x6",
                   f"authprobe_http_status_code{{{here}}}": "200x3 401x10 200x6",
                   f'authprobe_auth_failure_cause{{{here},cause="expired_token",confidence="certain"}}': "_x4 1x10 stale",
                   f'authprobe_target_trouble_status_code{{{here},url="https://api.test/{number}",host="api.test",credential="billing",'
                   'state="unauthorized",refused="true"}': "_x4 401x10 stale"}
    names = ", ".join(f"t{number:03}" for number in range(20))
    told = {"summary": "billing refused everywhere: token expired, owner payments", "cause": "expired_token",
            "action": "Renew the credential. Then find out why it was not renewed in time.",
            "description": "The bearer credential billing has been refused since 1970-01-01 00:01:00 UTC, and accepted nowhere. "
                           f"Owner: payments. Cause: expired_token (certain). Refused targets (200): {names} and 180 more.",
            "runbook_url": f"{RUNBOOKS}/AuthprobeCredentialRefused.md"}
    labels = {"job": "j", "credential": "billing", "kind": "bearer", "owner": "payments", "severity": "critical",
              "concern": "authentication"}
    story = tmp_path / "story.yml"
    story.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "15s", "tests": [{
        "interval": "15s", "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "alert_rule_test": [
            {"alertname": "AuthprobeCredentialRefused", "eval_time": "45s", "exp_alerts": []},
            {"alertname": "AuthprobeCredentialRefused", "eval_time": "1m", "exp_alerts": [{"exp_labels": labels, "exp_annotations": told}]},
            {"alertname": "AuthprobeCredentialRefused", "eval_time": "4m", "exp_alerts": []}]}]}))
    run("promtool", "test", "rules", story)


# A real exporter, a real Prometheus


class Api:
    """An API with bearer tokens, its token endpoint and its introspection. `lets_in` opens and closes it, `issues` its token endpoint."""

    def __init__(self, tls: ssl.SSLContext):
        api = self
        self.lets_in = self.issues = True

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                if self.path == "/me" and api.lets_in:
                    self.answer(200, {}, **{"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "59", "X-RateLimit-Reset": "60"})
                else:
                    self.answer(401, {"error": {"code": "token_expired", "message": "The access token expired"}},
                                **{"WWW-Authenticate": 'Bearer error="invalid_token", error_description="The access token expired"'})

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                if self.path == "/token" and not api.issues:
                    self.answer(401, {"error": "invalid_client", "error_description": "AADSTS7000222: The client secret keys are expired."})
                elif self.path == "/token":
                    self.answer(200, {"access_token": "fetched-for-crm", "token_type": "Bearer", "expires_in": 3600})
                else:
                    self.answer(200, {"active": True, "exp": 4102444800, "scope": "read spare"})

            def answer(self, status: int, content: dict, **headers: str):
                body = json.dumps(content).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                """A probe that went away is no news."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def api(tmp_path):
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=api", "-days", "1",
        "-keyout", tmp_path / "api.key", "-out", tmp_path / "api.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "api.pem", tmp_path / "api.key")
    server = Api(tls)
    yield server
    server.close()


# Two targets of `billing`, so that each of two shards has one.
CONFIG = """
[defaults]
interval = "500ms"
timeout  = "400ms"
tls.verify = false
controls = {{ anonymous = false }}
[credentials.billing]
kind = "bearer"
token = {{ env = "BILLING" }}
owner = "payments"
next = "billing-2027"
retire = "7d"
required_scopes = ["read", "write"]
allowed_scopes = ["read", "write"]
introspection = {{ url = "{api}/introspect", interval = "10s" }}
[credentials.billing-2027]
kind = "bearer"
token = {{ env = "BILLING" }}
expires_at = "never"
[credentials.crm]
kind = "oauth2"
token_url = "{api}/token"
client_id = "authprobe"
client_secret = {{ env = "BILLING" }}
[targets.me]
url = "{api}/me"
credential = "billing"
[targets.invoices]
url = "{api}/me"
credential = "billing"
[targets.contacts]
url = "{api}/me"
credential = "crm"
"""


@pytest.fixture
def fleet(api, running, tmp_path):
    """fleet(*flags) starts an exporter of that configuration."""
    path = tmp_path / "authprobe.toml"
    path.write_text(CONFIG.format(api=api.url))
    return lambda *flags: running.add(Exporter(path, *flags, BILLING="a-token-of-billing"))


# What only an inventory or a list of targets has.
LISTS = """
[credentials.admin]
provider = "issuer"
token = {{ env = "ISSUER" }}
host = "{issuer}"
[inventories.tokens]
provider = "issuer"
credential = "admin"
[targets_from.listed]
files = ["listed.json"]
scheme = "http"
"""


def test_every_metric_that_a_rule_names_is_exported(api, running, tmp_path):
    (tmp_path / "issuer.toml").write_text(PROVIDER)
    (tmp_path / "listed.json").write_text('[{"targets": ["127.0.0.1:1"]}]')
    (tmp_path / "broken.toml").write_text("[targets")
    with Issuer() as issuer:
        issuer.tokens = [token(1)]
        config = tmp_path / "authprobe.toml"
        config.write_text('include = ["broken.toml"]\n[settings]\nproviders = ["issuer.toml"]\n' + CONFIG.format(api=api.url).replace("[credentials.crm]", '[credentials.crm]\nlisted_as = { inventory = "tokens", id = "1" }') + LISTS.format(issuer=issuer.host))
        watched = running.add(Exporter(config, "--shard=0/1", f"--storage.path={tmp_path}/state.db", BILLING="a-token-of-billing",
                                       ISSUER=issuer.secret))
        for target in ("me", "contacts"):
            watched.wait_for_state(target, "ok")
        api.lets_in = api.issues = False
        watched.wait_for_state("me", "unauthorized")
        named = {re.sub("_(?:bucket|count)$", "", name) for name in re.findall(r"\bauthprobe_[a-z0-9_]+\b", RULES.read_text())}
        # Good answers alone tell of a budget, refusals alone of a cause; what is asked for comes in its own time.
        seen = set()

        def all_there():
            seen.update(re.findall(r"^# TYPE (\w+) ", watched.get("/metrics").text, re.M))
            api.lets_in = "authprobe_rate_limit_limit" not in seen
            assert named - seen == set()
            return True

        eventually(all_there, 30)


class Prometheus(Process):
    def __init__(self, folder: Path, scrapes: list[dict]):
        folder.mkdir()
        self.url = f"http://127.0.0.1:{free_port()}"
        config = folder / "prometheus.yml"
        config.write_text(json.dumps({"global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                                      "rule_files": [str(RULES)], "scrape_configs": scrapes}))
        super().__init__("prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
                         f"--web.listen-address={urlsplit(self.url).netloc}", "--log.level=warn")
        eventually(lambda: request(f"{self.url}/-/ready").status == 200, 30)

    def groups(self) -> list[dict]:
        return json.loads(request(f"{self.url}/api/v1/rules").body)["data"]["groups"]

    def series(self, name: str) -> list[dict]:
        return [sample["metric"] for sample in json.loads(request(f"{self.url}/api/v1/query?query={name}").body)["data"]["result"]]

    def told(self, alert: str, state: str = "firing") -> list[dict]:
        return [told["labels"] for group in self.groups() for rule in group["rules"] if rule["name"] == alert
                for told in rule["alerts"] if told["state"] == state]


def test_no_rule_fails_with_pairs_shards_and_locations(api, fleet, running, tmp_path):
    """promtool does not find series that come twice, and a rule that fails alerts nobody."""
    alone, pair = fleet(), [fleet(), fleet()]
    shards = [fleet("--shard=0/2"), fleet("--shard=1/2")]

    def job(name: str, *groups: tuple[list[Exporter], dict]) -> dict:
        return {"job_name": name, "static_configs": [
            {"targets": [urlsplit(exporter.url).netloc for exporter in exporters], "labels": labels} for exporters, labels in groups]}

    # The last two are scraped as one `instance` from two places, as by agents that all say "localhost".
    same = job("agents", ([alone], {"location": "fra"}), ([pair[0]], {"location": "nyc"}))
    same["relabel_configs"] = [{"target_label": "instance", "replacement": "localhost:10073"}]
    server = running.add(Prometheus(tmp_path / "prometheus", [
        job("auth-monitoring", ([alone], {})), job("pair", ([pair[0]], {"pod": "p-0"}), ([pair[1]], {"pod": "p-1"})),
        job("shards", (shards, {})), job("locations", ([alone], {"location": "fra"}), (pair, {"location": "nyc"})), same]))
    for exporter in [alone, *pair, *shards]:
        eventually(lambda exporter=exporter: exporter.get("/-/ready").status == 200)
    api.lets_in = False

    # All of billing and of crm is refused by an answer that says of each that it has expired: two dead credentials, and no dead host.
    jobs = {"auth-monitoring": 1, "pair": 1, "shards": 1, "locations": 1, "agents": 1}
    twice = {job: 2 for job in jobs}
    refused = {"auth-monitoring": 3, "pair": 3, "shards": 3, "locations": 6, "agents": 6}

    def by_job(found: list[dict]) -> dict[str, int]:
        names = [labels["job"] for labels in found]
        return {name: names.count(name) for name in names}

    def counts(alert: str, state: str = "firing") -> dict[str, int]:
        return by_job(server.told(alert, state))

    eventually(lambda: by_job(server.series("authprobe:target_refused:told")) == refused, 60)
    eventually(lambda: counts("AuthprobeCredentialRefused") == twice, 30)
    assert counts("AuthprobeAuthServiceDown") == {}
    eventually(lambda: counts("AuthprobeCredentialMissingScopes", "pending") == jobs, 30)
    eventually(lambda: counts("AuthprobeNextCredentialFails", "pending") == jobs, 90)
    for labels in server.series("authprobe:target_refused:told"):
        assert "instance" not in labels and "pod" not in labels
        assert (labels["severity"], labels["concern"]) == ("warning", "authentication")

    rules = [rule for group in server.groups() for rule in group["rules"]]
    assert len(rules) == len(ALL_RULES)
    assert [(rule["name"], rule.get("lastError")) for rule in rules if rule["health"] != "ok" or rule.get("lastError")] == []
    for told in (told for rule in rules for told in rule.get("alerts", [])):
        for text in told["annotations"].values():
            assert "error" not in text.lower() and "<no value>" not in text and "%!" not in text, told
    assert "rule" not in server.output, server.output  # duplicates in what a rule records are but a warning in the log


# Other forms of the rules


@pytest.fixture(scope="module")
def mixin() -> str:
    return f"(import '{TOP}/alerts/mixin.libsonnet')"


def test_the_mixin_has_the_rules_of_the_file(mixin, tmp_path):
    rendered = run("jsonnet", "--exec", f"{mixin}.prometheusAlerts")
    assert json.loads(rendered) == {"groups": GROUPS}
    rules = tmp_path / "rules.json"
    rules.write_text(rendered)
    assert f"{len(ALL_RULES)} rules found" in run("promtool", "check", "rules", rules)
    assert json.loads(run("jsonnet", "--exec", f"{mixin}.prometheusRules")) == {"groups": []}


def test_the_mixin_has_the_dashboards_and_takes_a_place_of_the_runbooks(mixin):
    dashboards = {path.name: json.loads(path.read_text()) for path in (TOP / "dashboards").glob("authprobe-*.json")}
    assert json.loads(run("jsonnet", "--exec", f"{mixin}.grafanaDashboards")) == dashboards
    moved = json.loads(run("jsonnet", "--exec", f"({mixin} + {{ _config+:: {{ runbooks: 'https://wiki.test/r' }} }}).prometheusAlerts"))
    urls = {rule["annotations"]["runbook_url"] for group in moved["groups"] for rule in group["rules"] if "alert" in rule}
    assert urls == {f"https://wiki.test/r/{alert}.md" for alert in ALERTS}


def test_the_operators_object_has_the_rules_of_the_file(tmp_path):
    form = TOP / "alerts/prometheusrule.jsonnet"
    plain = json.loads(run("jsonnet", form))
    assert (plain["apiVersion"], plain["kind"], plain["metadata"]["name"]) == ("monitoring.coreos.com/v1", "PrometheusRule", "authprobe")
    assert plain["spec"] == {"groups": GROUPS} and "namespace" not in plain["metadata"]
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(plain["spec"]))
    assert f"{len(ALL_RULES)} rules found" in run("promtool", "check", "rules", rules)

    named = json.loads(run("jsonnet", form, "--tla-str", "namespace=monitoring", "--tla-code", "labels={release: 'prometheus'}",
                           "--tla-str", "runbooks=https://wiki.test/r"))
    assert named["metadata"]["namespace"] == "monitoring" and named["metadata"]["labels"]["release"] == "prometheus"
    assert "https://wiki.test/r/AuthprobeForbidden.md" in json.dumps(named) and "example.com" not in json.dumps(named)
