"""docs/runbooks and docs/alerting.md: complete, true to the rules, the metrics and the programs, and run through staged incidents."""

import json
import os
import re
import shlex
import shutil
import subprocess
from urllib.parse import urlsplit

import pytest
import yaml

from processes import TOP, Process, eventually, free_port, request

FOLDER = TOP / "docs/runbooks"
PAGES = {path.stem: path.read_text() for path in sorted(FOLDER.glob("Authprobe*.md"))}
INDEX = (FOLDER / "README.md").read_text()
DOCUMENTS = {f"docs/runbooks/{name}.md": text for name, text in PAGES.items()} | {
    "docs/runbooks/README.md": INDEX, "docs/alerting.md": (TOP / "docs/alerting.md").read_text()}
RULES = (TOP / "alerts/authprobe.rules.yml").read_text()
ALL_RULES = [rule for group in yaml.safe_load(RULES)["groups"] for rule in group["rules"]]
ALERTS = {rule["alert"] for rule in ALL_RULES if "alert" in rule}
METRICS = (TOP / "docs/metrics.md").read_text()

SECTIONS = ["Means", "Breaks", "First", "Do", "False alarms", "Confirm", "Earlier next time"]
ABOUT_THE_EXPORTER = {"AuthprobeExporterDown", "AuthprobeProbesStale", "AuthprobeScheduleLagging", "AuthprobeReloadFailed",
                      "AuthprobeStoreFailing", "AuthprobeExporterOutdated", "AuthprobeTargetListBroken", "AuthprobeConfigFileBroken"}
CAUSES = set(re.findall(r"^\| \[([a-z_]+)\]", (TOP / "docs/causes.md").read_text(), re.M))
# By concern and severity, as the rules have them.
CLASSES = {(rule["labels"]["concern"], rule["labels"]["severity"]): set(re.search(r'cause=~"([^"]+)"', rule["expr"])[1].split("|"))
           for rule in ALL_RULES if rule.get("record") == "authprobe:target_cause"}
ACCESS = CLASSES["access", "critical"]
AUTHENTICATION = CLASSES["authentication", "critical"] | CLASSES["authentication", "warning"]
WORD = re.compile(r"\b[A-Z][A-Z_]{2,}\b")


def blocks(text: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", text, re.S | re.M)


def lines(text: str) -> list[str]:
    return [line.strip() for block in blocks(text) for line in block.splitlines() if line.strip()]


def inline(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))


def section(text: str, title: str) -> str:
    return re.search(rf"^## {title}$\n(.*?)(?=^## |\Z)", text, re.S | re.M)[1]


def first_three(name: str) -> list[str]:
    return blocks(section(PAGES[name], "First"))[0].splitlines()


def run(*command, code: int | None = 0, **options) -> str:
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=180, check=False, **options)
    assert code is None or result.returncode == code, f"{command}: {result.returncode}\n{result.stdout}{result.stderr}"
    return result.stdout + result.stderr


# What is there


def test_a_runbook_for_each_alert_and_an_alert_for_each_runbook():
    assert set(PAGES) == ALERTS
    assert set(re.findall(r"/runbooks/(\w+)\.md", RULES)) == ALERTS


def test_the_index_and_the_overview_name_every_alert():
    for name in PAGES:
        assert f"[{name}]({name}.md)" in INDEX, name
        assert name in DOCUMENTS["docs/alerting.md"], name


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_its_parts(name):
    text = PAGES[name]
    assert text.startswith(f"# {name}\n\n## Means\n")
    assert re.findall(r"^## (.+)$", text, re.M) == SECTIONS
    assert 30 <= text.count("\n") <= 80
    assert all(section(text, title).strip() for title in SECTIONS)
    first = first_three(name)
    assert len(first) == 3, first
    if name not in ABOUT_THE_EXPORTER:
        assert "authprobe_exporter diagnose TARGET --config.file=FILE" in "\n".join(first)


def test_pages_repeat_no_paragraph():
    seen = {}
    for name, text in PAGES.items():
        for paragraph in (" ".join(part.split()) for part in re.split(r"\n\s*\n", text)):
            if len(paragraph) > 120 and "```" not in paragraph:
                assert seen.setdefault(paragraph, name) == name, f"{name} repeats {seen[paragraph]}: {paragraph}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document):
    home = (TOP / document).parent
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", DOCUMENTS[document]):
        path, _, anchor = link.partition("#")
        there = (home / path) if path else TOP / document
        assert there.exists(), link
        if anchor:
            headings = [re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-")
                        for title in re.findall(r"^#+ (.+)$", there.read_text(), re.M)]
            assert anchor in headings, f"{link}: {headings}"


@pytest.mark.parametrize("name", PAGES)
def test_words_in_capitals_are_explained(name):
    explained = set(WORD.findall(INDEX)) | {word for code in inline(PAGES[name]) for word in WORD.findall(code)}
    used = {word for line in lines(PAGES[name]) for word in WORD.findall(line)} - {"POST"}
    assert used <= explained


# Causes


def bullets(text: str) -> set[str]:
    """The causes that the list's items name."""
    return {word for item in re.findall(r"^- (.*(?:\n  .*)*)", text, re.M) for word in re.findall(r"`([a-z_]+)`", item)} & CAUSES


@pytest.mark.parametrize("name, first, own, other", [
    ("AuthprobeUnauthorized", "concern authentication", AUTHENTICATION, ACCESS),
    ("AuthprobeForbidden", "concern access", ACCESS, AUTHENTICATION),
])
def test_every_cause_has_its_steps_where_its_class_belongs(name, first, own, other):
    do = section(PAGES[name], "Do")
    second = "concern access" if first == "concern authentication" else "concern authentication"
    assert do.index(f"({first})") < do.index(f"({second})")
    head, tail = do.split(f"({second})")
    assert own <= bullets(head), own - bullets(head)
    assert not other & bullets(head)
    assert other <= bullets(tail), other - bullets(tail)
    assert "`unknown`" in tail
    assert ("AuthprobeForbidden.md" if own is AUTHENTICATION else "AuthprobeUnauthorized.md") in do


def test_the_rules_know_every_cause():
    assert ACCESS | AUTHENTICATION | {"rate_limited", "unknown"} == CAUSES
    assert not ACCESS & AUTHENTICATION
    assert "rate_limited" in bullets(section(PAGES["AuthprobeForbidden"], "Do"))


def test_a_dead_credential_has_steps_for_every_cause_of_authentication():
    assert AUTHENTICATION <= bullets(section(PAGES["AuthprobeCredentialRefused"], "Do"))


def test_failed_fetches_have_steps_for_every_reason():
    documented = METRICS.split("### Reasons of failed fetches\n")[1].split("\n#")[0]
    reasons = set(re.findall(r"`([a-z0-9_]+)`", documented))
    assert len(reasons) > 15
    steps = [section(PAGES[name], "Do") for name in ("AuthprobeTokenRefreshFailing", "AuthprobeTokenEndpointFailing")]
    assert reasons == {reason for text in steps for reason in re.findall(r"`([a-z0-9_]+)`", text)} & reasons


# Commands


@pytest.fixture(scope="session")
def helps(binary) -> dict[str, str]:
    """Each subcommand's --help; "" for the exporter itself."""
    main = run(binary, "--help")
    subcommands = re.findall(r"^  (\w+) ", main.split("Subcommands:")[1], re.M)
    return {"": main, **{name: run(binary, name, "--help") for name in subcommands}}


def exporter_calls(text: str) -> list[list[str]]:
    calls = []
    for code in lines(text) + inline(text):
        if match := re.search(r"authprobe_exporter ((?:check|diagnose|explain|probe|healthcheck|-).*)", code):
            calls.append(shlex.split(match[1].split(" | ")[0]))
    return calls


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_of_the_exporter_exist(document, helps):
    for call in exporter_calls(DOCUMENTS[document]):
        subcommand = "" if call[0].startswith("-") else call.pop(0)
        assert subcommand in helps, subcommand
        for flag in (word.partition("=")[0] for word in call if word.startswith("-")):
            assert re.search(rf"(?:^ +|,){re.escape(flag)}(?![\w.-])", helps[subcommand].replace("{", " "), re.M), f"{subcommand} {flag}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_blocks_are_shell(document):
    for block in blocks(DOCUMENTS[document]):
        run("bash", "-n", "-c", block)


def expressions(text: str) -> list[str]:
    found = []
    for line in lines(text):
        if "promtool query" in line:
            words = shlex.split(line[line.index("promtool query"):].replace("$(", "'$(").replace("%s)", "%s)'"))
            assert words[2] in ("instant", "range"), line
            at = words.index("http://PROMETHEUS")
            assert len(words) == at + 2, line
            found.append(words[at + 1])
    return found


def test_expressions_are_accepted(tmp_path):
    rules = [{"record": f"{name}:expression{number}", "expr": expression}
             for name, text in PAGES.items() for number, expression in enumerate(expressions(text))]
    assert len(rules) > 80
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"groups": [{"name": "runbooks", "rules": rules}]}))
    assert f"{len(rules)} rules found" in run("promtool", "check", "rules", file)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_metrics_and_label_values_are_documented(document):
    text = DOCUMENTS[document]
    documented = set(re.findall(r"\bauthprobe_\w+|\bprocess_\w+", METRICS)) - {"authprobe_exporter"}
    for metric in set(re.findall(r"\bauthprobe_[a-z]\w*|\bprocess_\w+", text)) - {"authprobe_exporter"}:
        assert metric.removesuffix("_bucket") in documented, metric
    for record in set(re.findall(r"\bauthprobe:\w+", text)):
        assert f"record: {record}\n" in RULES, record
    for expression in expressions(text):
        for label, values in re.findall(r'\b(state|cause|confidence|reason|kind|source|phase|code|to|from)!?=~?"([^"]*)"', expression):
            for value in values.split("|"):
                assert f"`{value}`" in METRICS, f"{label}={value}"


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alertmanager")
    config = folder / "alertmanager.yml"
    config.write_text('{"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}')
    port = free_port()
    process = Process("prometheus-alertmanager", f"--config.file={config}", f"--storage.path={folder}/data",
                      f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=")
    eventually(lambda: request(f"http://127.0.0.1:{port}/-/ready").status == 200, 30)
    yield f"127.0.0.1:{port}"
    process.close()


def test_silences_can_be_made_as_written(alertmanager):
    commands = [line for text in DOCUMENTS.values() for line in lines(text) if line.startswith("amtool ") and "ALERTMANAGER" in line]
    assert len(commands) > 5
    for command in commands:
        said = run("bash", "-c", command.replace("ALERTMANAGER", alertmanager))
        if "silence add" in command:
            assert re.fullmatch(r"[0-9a-f-]{36}\n", said), said
    for text in PAGES.values():
        for command in (line for line in lines(text) if "silence add" in line):
            assert "--duration=" in command and "--comment=" in command
            assert re.search(r"add .*\b(target|credential|host|instance)=", command), "silences too much"


# docs/alerting.md


def alerts_like(*patterns: str) -> frozenset[str]:
    return frozenset(alert for alert in ALERTS if any(re.fullmatch(pattern, alert) for pattern in patterns))


def test_the_overview_tells_what_mutes_what():
    told = set()
    for row in re.findall(r"^\| (`Authprobe.+) \|$", DOCUMENTS["docs/alerting.md"], re.M):
        source, target, equal = row.split(" | ")
        told.add((alerts_like(*re.findall(r"`([^`]+)`", source)), alerts_like(*re.findall(r"`([^`]+)`", target)), equal))
    done = set()
    for rule in yaml.safe_load((TOP / "alerts/alertmanager.yml").read_text())["inhibit_rules"]:
        names = [next((match[1] for matcher in rule[side] if (match := re.match(r'alertname =~? "(.+)"', matcher))), "Authprobe.*")
                 for side in ("source_matchers", "target_matchers")]
        done.add((alerts_like(names[0]), alerts_like(names[1]), ", ".join(rule["equal"])))
    assert told == done, f"only told: {told - done}\nonly done: {done - told}"


def test_the_overview_tells_each_alerts_severity_and_concern():
    rows = re.findall(r"^\| (\[Authprobe.+) \|$", DOCUMENTS["docs/alerting.md"], re.M)
    told = {name: (severity, concern) for row in rows for what, severity, concern in [row.split(" | ")]
            for name in re.findall(r"\[(\w+)\]", what)}
    assert set(told) == ALERTS
    for rule in (rule for rule in ALL_RULES if "alert" in rule):
        severity, concern = told[rule["alert"]]
        labels = rule.get("labels", {})
        assert severity == "by cause" if "{{" in labels["severity"] else labels["severity"] in severity.split(", "), rule["alert"]
        assert concern == "by cause" if "{{" in labels["concern"] else concern in (labels["concern"], "by cause"), rule["alert"]


def test_the_overview_tells_whose_a_cause_is():
    classes = re.findall(r"^\| (authentication|access) \| (.+?) \| .+? \| (\w+) \|$", DOCUMENTS["docs/alerting.md"], re.M)
    told = {(concern, severity): set(re.findall(r"`(\w+)`", causes)) for concern, causes, severity in classes}
    assert told == CLASSES


def test_the_overviews_configurations_load(tmp_path):
    (tmp_path / "alerts").symlink_to(TOP / "alerts")
    checked = 0
    for block in re.findall(r"^```yaml\n(.*?)^```", DOCUMENTS["docs/alerting.md"], re.S | re.M):
        if "job_name" in block or "global:" in block:
            (tmp_path / "prometheus.yml").write_text(block)
            run("promtool", "check", "config", tmp_path / "prometheus.yml")
        else:
            routes = (TOP / "alerts/alertmanager.yml").read_text()
            place = re.search(r"^        - matchers: \['owner = .*(?:\n          .*)*\n", routes, re.M).end()
            routes = routes[:place] + block + routes[place:] + "  - name: sales\n"
            (tmp_path / "alertmanager.yml").write_text(routes)
            run("amtool", "check-config", tmp_path / "alertmanager.yml")
            run("amtool", "config", "routes", "test", f"--config.file={tmp_path / 'alertmanager.yml'}", "--verify.receivers=sales",
                "alertname=AuthprobeCredentialExpired", "concern=expiry", "severity=critical", "owner=sales")
        checked += 1
    assert checked == 4


def test_the_overviews_commands_do_what_it_says(tmp_path):
    shutil.copytree(TOP / "alerts", tmp_path / "alerts")
    stories = "promtool test rules tests/alerts/*.yml"  # test_alerts.py runs them
    commands = lines(DOCUMENTS["docs/alerting.md"])
    assert len(commands) > 7 and stories in commands
    for command in commands:
        if command != stories:
            run("bash", "-c", command, cwd=tmp_path)
    assert "rules found" in run("promtool", "check", "rules", tmp_path / "authprobe-mixin.rules.yml")
    moved = (tmp_path / "alerts/authprobe.rules.yml").read_text()
    assert moved.count("https://wiki.example.com/runbooks/Authprobe") == RULES.count("runbook_url: ") and "https://example.com" not in moved


# The API


@pytest.fixture
def billing(demo, tmp_path):
    """Two targets and one credential at the demo API, and one target that must refuse."""
    return f"""
[credentials.billing]
kind = "bearer"
token = {{ file = "{demo.folder / 'demo-billing'}" }}
owner = "payments"
used_by = ["webhooks", "mobile"]
rotation = "https://wiki.example.com/rotate-billing"
[defaults]
interval = "250ms"
timeout = "2s"
[targets.me]
url = "{demo.url}/v1/me"
credential = "billing"
control_url = "{demo.url}/health"
[targets.invoices]
url = "{demo.url}/v1/invoices"
credential = "billing"
[targets.internal]
url = "{demo.url}/v1/internal"
expect.status = [401]
"""


def test_what_is_asked_of_the_exporter_is_there(billing, exporter):
    watched = exporter(billing + '[inventories.tokens]\nprovider = "gitlab"\nhost = "127.0.0.1:1"\ngroup = "1"\ncredential = "billing"\n')
    watched.wait_for_state("me", "ok")
    known = {"TARGET": "me", "CREDENTIAL": "billing", "NEXT": "none", "INVENTORY": "tokens", "EXPORTER": urlsplit(watched.url).netloc}
    fields = set(json.loads(watched.get("/api/v1/targets/me").text)) | set(json.loads(watched.get("/api/v1/credentials").text)[0])
    fields |= set(json.loads(watched.get("/api/v1/inventories").text)[0])
    answer_of = {}
    commands = [line for text in PAGES.values() for line in lines(text) if "http://EXPORTER" in line]
    assert len(commands) > 30
    for command in commands:
        path = filled(re.search(r"http://EXPORTER([^ ']*)", command)[1], known)
        if path not in answer_of:
            answer_of[path] = watched.get(path, "POST" if "-X POST" in command else "GET")
        assert answer_of[path].status == 200, path
        if " | jq " in command:
            run("bash", "-c", "set -o pipefail; " + filled(command, known))
            for names in re.findall(r"\{([a-z_, ]+)\}", command):
                assert set(names.split(", ")) <= fields, f"{command}: {set(names.split(', ')) - fields}"
        elif " | grep -E " in command:
            assert run("bash", "-c", "set -o pipefail; " + filled(command, known))
    for path in {code.partition("http://EXPORTER")[2] for text in PAGES.values() for code in inline(text) if "http://EXPORTER" in code}:
        assert watched.get(path).status == 200, path


def filled(command: str, known: dict[str, str]) -> str:
    return WORD.sub(lambda word: known.get(word[0], word[0]), command)


# Incidents


class Incident:
    """A runbook's commands, filled in as an engineer would, and run."""

    def __init__(self, watched, prometheus, binary, target: str):
        url_of = dict(re.findall(r'\[targets\.(\w+)\]\nurl = "([^"]+)"', watched.config.read_text()))
        exporter = urlsplit(watched.url).netloc
        self.known = {"TARGET": target, "CREDENTIAL": "billing", "URL": url_of[target], "HOST": urlsplit(url_of[target]).netloc,
                      "JOB": "authprobe", "INSTANCE": exporter, "EXPORTER": exporter, "FILE": str(watched.config),
                      "PROMETHEUS": urlsplit(prometheus.url).netloc}
        self.folder = binary.parent
        assert binary.name == "authprobe_exporter"

    def run(self, command: str) -> str:
        return run("bash", "-c", filled(command, self.known), code=None, env={**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}"})

    def confirmed(self, name: str) -> str:
        """What the command under Confirm says that tells states."""
        command = next(line for line in lines(section(PAGES[name], "Confirm")) if re.search(r"_target_state|_credential_targets", line))
        return self.run(command)


def refusing(how: str):
    return lambda demo: demo.revoke("demo-billing", how=how)


def take_the_secret_away(demo):
    (demo.folder / "demo-billing").rename(demo.folder / "away")


def mend(demo):
    demo.restore()
    if (demo.folder / "away").exists():
        (demo.folder / "away").rename(demo.folder / "demo-billing")


# The target, what happens to it, and what each of the first three commands has to print.
INCIDENTS = {
    "AuthprobeUnauthorized": ("me", refusing("expired"), [
        [r"Verdict +unauthorized", r"Cause +expired_token \(certain\)", r"Control +the same without the credential: 401", r"/health: 200",
         r"Do now +Renew the credential", r"Owner +payments", r"Used by +webhooks, mobile"],
        [r'"cause": "expired_token"', r'"confidence": "certain"', r'"last_good": "20', r'"evidence": \[\n'],
        [r'authprobe_credential_targets\{.*state="unauthorized"\} => 2 '],
    ]),
    "AuthprobeForbidden": ("me", refusing("scope"), [
        [r"Verdict +forbidden", r"Cause +insufficient_scope \(certain\)", r"Control +the same without the credential: 401",
         r"scopes billing:read"],
        [r'"state": "forbidden"', r'"cause": "insufficient_scope"', r'"advice": ".*scope'],
        [r'authprobe_target_state\{.*state="forbidden", target="me"\} => 1 '],
    ]),
    "AuthprobeCredentialRefused": ("me", refusing("revoked"), [
        [r'"owner": "payments"', r'"mobile"', r'"rotation": "https://wiki', r'"not_ok": \[\n +"invoices",\n +"me"\n'],
        [r"Cause +revoked_token \(certain\)", r"Do now +Issue a new credential"],
        [r'concern="authentication".*target="invoices".* => \d(.|\n)*target="me".* => \d'],
    ]),
    "AuthprobeSoftRefusal": ("me", refusing("soft"), [
        [r"Answer +200", r"Verdict +unauthorized", r"Cause +expired_token"],
        [r'"status": 200', r'"detail": ".*refusal', r'"cause": "expired_token"'],
        [r'authprobe_auth_failure_cause\{cause="expired_token".*target="me"\} => 1 '],
    ]),
    "AuthprobeExposed": ("internal", lambda demo: demo.open("/v1/internal"), [
        [r"Verdict +exposed", r"Answer +200"],
        [r'"state": "exposed"', r'"detail": "status 200 where a refusal was expected'],
        [r"HTTP/1.1 200 OK", r'"ok": true'],
    ]),
    "AuthprobeCredentialUnavailable": ("me", take_the_secret_away, [
        [r'"name": "billing"', r'"problem": "file .*/demo-billing: No such file or directory"'],
        [r"credentials.billing.token: .*(No such file|does not exist|not be)"],
        [r"Verdict +credential_unavailable: file .*/demo-billing: No such file or directory"],
    ]),
}

# The others' alerts wait for a minute.
FIRE_AT_ONCE = {"AuthprobeUnauthorized": "AuthprobeCredentialRefused",  # both targets of the credential are refused: that is told
                "AuthprobeForbidden": "AuthprobeForbidden", "AuthprobeCredentialRefused": "AuthprobeCredentialRefused"}


@pytest.mark.parametrize("name", INCIDENTS)
def test_an_incident_is_worked_by_its_runbook(name, demo, billing, exporter, prometheus, binary):
    target, happens, expected = INCIDENTS[name]
    watched = exporter(billing)
    watched.wait_for_state(target, "ok")
    served = prometheus(watched)
    incident = Incident(watched, served, binary, target)
    eventually(lambda: is_ok(incident.confirmed(name)), 30)
    happens(demo)
    others = {"invoices"} if target == "me" else set()
    eventually(lambda: all(watched.state(hit) != "ok" for hit in {target, *others}))
    if name in FIRE_AT_ONCE:
        eventually(lambda: f"/runbooks/{FIRE_AT_ONCE[name]}.md" in firing(served), 30)
    for command, patterns in zip(first_three(name), expected, strict=True):
        def tells(command=command, patterns=patterns):
            said = incident.run(command)
            for pattern in patterns:
                assert re.search(pattern, said), f"{command}: no {pattern!r} in\n{said}"
            return True
        eventually(tells, 30)
    eventually(lambda: not is_ok(incident.confirmed(name)), 30)
    mend(demo)
    eventually(lambda: is_ok(incident.confirmed(name)), 30)


def test_no_expression_fails_on_real_series(demo, billing, exporter, prometheus, binary):
    """promtool accepts what fails when it is evaluated, such as a join of several with several."""
    watched = exporter(billing)
    watched.wait_for_state("me", "ok")
    served = prometheus(watched)
    incident = Incident(watched, served, binary, "me")
    refusing("revoked")(demo)
    eventually(lambda: served.query('authprobe:target_refused{target="me"}'), 30)
    commands = {line for text in DOCUMENTS.values() for line in lines(text) if line.startswith("promtool query")}
    assert len(commands) > 60
    for command in commands:
        run("bash", "-c", filled(command, incident.known))


def firing(served) -> set[str]:
    """The pages that the alerts that fire lead to."""
    alerts = json.loads(request(f"{served.url}/api/v1/alerts").body)["data"]["alerts"]
    return {urlsplit(alert["annotations"]["runbook_url"]).path.partition("/docs")[2] for alert in alerts if alert["state"] == "firing"}


def is_ok(said: str) -> bool:
    """Of a target or a credential: there is one in the state ok, and none in another."""
    return bool(re.search(r'state="ok".* => [12] ', said)) and not re.search(r'state="(?!ok")', said)
