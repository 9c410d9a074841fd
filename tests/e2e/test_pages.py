"""The play: from an API that begins to refuse to the message that a person gets, with real processes all the way.

Rules, routing and messages are the shipped ones, except that what has to last for a minute lasts for three seconds, and that a group
waits for five seconds and is looked at every two: the probes here are a second apart, not fifteen. The stages share one stack, in order.
"""

import base64
import json
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode, urlsplit

import pytest

from alertmanager import ROUTES, Alertmanager, Message, Messages, Slack, hurried, quick_rules
from processes import DemoApi, Exporter, Process, Running, eventually, free_port, request

GROUP_WAIT = 5
FLEET = 200
CONFIG = """
[defaults]
interval = "1s"
timeout  = "900ms"

[credentials.billing]
kind = "bearer"
token = {{ env = "BILLING" }}
owner = "payments"
expires_at = "never"

[credentials.crm]
kind = "bearer"
token = {{ env = "CRM" }}
owner = "sales"
expires_at = "never"

[credentials.partner]
kind = "bearer"
token = {{ file = "partner.jwt" }}
owner = "payments"
rotation = "https://wiki.example.com/rotate-partner"

[credentials.orders]
kind = "bearer"
token = {{ env = "ORDERS" }}
expires_at = "never"

[credentials.stock]
kind = "bearer"
token = {{ env = "STOCK" }}
expires_at = "never"

[targets.billing-me]
url = "{api}/v1/me"
credential = "billing"
labels = {{ team = "webhooks" }}

[targets.billing-invoices]
url = "{api}/v1/invoices"
credential = "billing"

[targets.crm-contacts]
url = "{api}/v1/contacts"
credential = "crm"

[targets.partner]
url = "{api}/health"
credential = "partner"

[targets.orders]
url = "{shop}/v1/me"
credential = "orders"

[targets.stock]
url = "{shop}/v1/contacts"
credential = "stock"

[targets.internal-is-closed]
url = "{api}/v1/internal"
expect.status = [401]
"""
FLEET_CONFIG = """
[defaults]
interval = "2s"
timeout  = "1900ms"
credential = "fleet"

[credentials.fleet]
kind = "api_key"
key = {{ env = "FLEET" }}
owner = "analytics"
expires_at = "never"
""" + "".join(f'[targets.t{n:03}]\nurl = "{{api}}/v1/reports?part={n}"\n' for n in range(FLEET))


def jwt(issued: float, ends: float) -> str:
    claims = {"sub": "partner", "iat": int(issued), "exp": int(ends)}
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode()
                    for part in (b'{"alg":"HS256","typ":"JWT"}', json.dumps(claims).encode(), b"a signature that nobody checks"))


class Prometheus(Process):
    """Scrapes and evaluates every second, and tells Alertmanager."""

    def __init__(self, folder: Path, alertmanager: Alertmanager, *scraped: Exporter):
        folder.mkdir()
        (folder / "authprobe.rules.yml").write_text(quick_rules(), encoding="utf-8")
        (folder / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["authprobe.rules.yml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager.address]}]}]},
            "scrape_configs": [{"job_name": "authprobe",
                                "static_configs": [{"targets": [urlsplit(exporter.url).netloc for exporter in scraped]}]}],
        }), encoding="utf-8")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        super().__init__("prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                         f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn")
        eventually(lambda: request(f"{self.url}/-/ready").status == 200, 30)

    def query(self, expression: str) -> list[dict]:
        return json.loads(request(f"{self.url}/api/v1/query?{urlencode({'query': expression})}").body)["data"]["result"]

    def evaluate(self, times: int):
        """Returns after every group of rules has begun and ended so many evaluations more."""
        def last() -> list[str]:
            groups = json.loads(request(f"{self.url}/api/v1/rules").body)["data"]["groups"]
            return [group["lastEvaluation"] for group in groups]

        for _ in range(times + 1):  # the first may have begun before
            before = last()
            eventually(lambda: all(now != then for now, then in zip(last(), before, strict=True)), 30)


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    folder, running, messages = tmp_path_factory.mktemp("pages"), Running(), Messages()
    slack = Slack(messages)
    demo, shop = (running.add(DemoApi(folder / name)) for name in ("demo", "shop"))
    token = jwt(time.time() - 58 * 86400, time.time() + 86400)
    (folder / "partner.jwt").write_text(token)

    def exporter(name: str, config: str, **environment: str) -> Exporter:
        (folder / name).write_text(config.format(api=demo.url, shop=shop.url))
        return running.add(Exporter(folder / name, **environment))

    watched = exporter("watched.toml", CONFIG, BILLING=demo.secret_of["demo-billing"], CRM=demo.secret_of["demo-crm"],
                       ORDERS=shop.secret_of["demo-billing"], STOCK=shop.secret_of["demo-crm"])
    watched.secrets.append(token)
    fleet = exporter("fleet.toml", FLEET_CONFIG, FLEET=demo.secret_of["demo-reports"])
    alertmanager = running.add(Alertmanager(folder / "am", hurried(ROUTES.read_text(), wait=f"{GROUP_WAIT}s", interval="2s"), slack))
    prometheus = running.add(Prometheus(folder / "prometheus", alertmanager, watched, fleet))
    yield SimpleNamespace(demo=demo, shop=shop, watched=watched, fleet=fleet, messages=messages,
                          alertmanager=alertmanager, prometheus=prometheus)
    running.close()
    slack.close()


def silence(stage) -> list[Message]:
    """Waits until whatever Prometheus has to say by now would have been told; all that was."""
    stage.prometheus.evaluate(1)
    name = f"sentinel-{time.monotonic_ns()}"
    # Its group begins after all others have begun, with the same wait.
    stage.alertmanager.post({"labels": {"alertname": "AuthprobeReloadFailed", "job": name, "concern": "monitoring"},
                             "annotations": {"summary": name}})
    stage.messages.wait("monitoring-oncall", name)
    return told(stage)


def told(stage) -> list[Message]:
    return [message for message in stage.messages.to() if "sentinel-" not in message.subject]


def no_more_changes(stage):
    """Waits until the refusals have been told for long enough that the changes to them are no news."""
    eventually(lambda: not stage.prometheus.query('ALERTS{alertname=~"AuthprobeChangedTo.*"}'), 30)


def say(capsys, what: str, began: float, page: Message):
    """The goal: the intervals of probing, scraping and evaluating, and a second. The group waits for its targets on top of that."""
    with capsys.disabled():
        print(f"\n{what}: told after {page.at - began:.1f} s, {GROUP_WAIT} s of them group_wait")


def test_all_is_well_and_nobody_is_told(stage):
    """The endpoint that has to answer 401 is among them."""
    wanted = 'count(authprobe_target_state{state="ok"} == 1) == %d' % (FLEET + 7)
    eventually(lambda: stage.prometheus.query(wanted), 30)
    stage.prometheus.evaluate(2)
    assert [message for message in silence(stage) if message.to != "payments"] == []
    assert stage.watched.metrics().value("authprobe_http_status_code", target="internal-is-closed") == 401
    assert stage.prometheus.query('ALERTS{alertname!="AuthprobeCredentialExpiryCritical",alertstate="firing"}') == []


def test_an_end_that_is_near_is_told_to_the_owner(stage):
    page = stage.messages.wait("payments", "partner ends in")
    assert page.subject.startswith("[FIRING] partner ends in ") and page.subject.endswith(", owner payments")
    assert page.text.startswith("*Now: Renew the credential today.*\n") and "Owner: payments." in page.text and ": partner." in page.text
    assert "<https://wiki.example.com/rotate-partner|Renew it>" in page.text
    assert len(stage.messages.to("payments")) == 1


def test_a_revoked_token_and_a_missing_scope_are_a_page_each_to_different_people(stage, capsys):
    before, began = told(stage), time.time()
    stage.demo.revoke("demo-billing")
    stage.demo.revoke("demo-crm", "scope")
    revoked = stage.messages.wait("authentication-oncall", "^.FIRING. billing ")
    scope = stage.messages.wait("access-oncall", "^.FIRING. crm-contacts ")
    say(capsys, "a revoked token", began, revoked)
    say(capsys, "a missing scope", began, scope)
    assert revoked.subject == "[FIRING] billing refused everywhere: token revoked, owner payments"
    assert revoked.text.startswith("*Now: Issue a new credential, ")
    for part in ("revoked_token (certain)", "(2): billing-invoices, billing-me.", "payments", "/AuthprobeCredentialRefused.md|Runbook>",
                 "/#/silences/new?filter=%7Bconcern%3D%22authentication%22%2Ccredential%3D%22billing%22%2Cjob%3D%22authprobe%22"):
        assert part in revoked.text
    assert revoked.text.count("|Runbook>") == scope.text.count("|Runbook>") == 1  # what follows from it is muted
    assert scope.subject == "[FIRING] crm-contacts refused with 403: scope missing, owner sales"
    for part in ("insufficient_scope (certain)", "sales", "/AuthprobeForbidden.md|Runbook>"):
        assert part in scope.text
    no_more_changes(stage)
    assert {id(message) for message in silence(stage)} == {id(message) for message in (*before, revoked, scope)}

    stage.demo.restore()
    over = stage.messages.wait("access-oncall", r"^\[RESOLVED after [^]]+\] ", 40)
    assert over.subject.partition("] ")[2] == scope.subject.partition("] ")[2]
    stage.messages.wait("authentication-oncall", r"^• Ended: billing .*\(from .* UTC on, for [^)]+\)$", 40)
    stage.messages.wait("authentication-oncall", r"^\[RESOLVED after [^]]+\] billing ")


def test_a_credential_of_200_targets_is_one_page(stage, capsys):
    before, began = told(stage), time.time()
    stage.demo.revoke("demo-reports")
    page = stage.messages.wait("authentication-oncall", "^.FIRING. fleet refused everywhere")
    say(capsys, f"a credential of {FLEET} targets", began, page)
    assert page.subject.startswith("[FIRING] ")
    assert f"({FLEET}): t000, t001," in page.text and f" and {FLEET - 20} more." in page.text
    (group,) = [group for group in json.loads(request(f"{stage.alertmanager.url}/api/v2/alerts/groups").body)
                if group["labels"].get("credential") == "fleet"]
    assert all(alert["status"]["inhibitedBy"] for alert in group["alerts"] if alert["labels"]["alertname"] != "AuthprobeCredentialRefused")
    no_more_changes(stage)
    assert silence(stage) == [*before, page]

    stage.demo.restore()
    stage.messages.wait("authentication-oncall", r"^• Ended: fleet .*\(from .* UTC on, for [^)]+\)$", 40)
    stage.messages.wait("authentication-oncall", r"^\[RESOLVED after [^]]+\] fleet ")


def test_two_revoked_credentials_of_a_host_are_a_page_each(stage, capsys):
    """The answers say what is wrong with each: it is not the service that checks them."""
    before, began = told(stage), time.time()
    for token in ("demo-billing", "demo-crm"):
        stage.shop.revoke(token)
    pages = [stage.messages.wait("authentication-oncall", f"^.FIRING. {name} refused everywhere: token revoked")
             for name in ("orders", "stock")]
    say(capsys, "every credential of a host", began, pages[1])
    assert all("/AuthprobeCredentialRefused.md|Runbook>" in page.text and page.text.count("|Runbook>") == 1 for page in pages)
    no_more_changes(stage)
    assert {id(message) for message in silence(stage)} == {id(message) for message in (*before, *pages)}


def test_a_dead_exporter_is_one_page_and_no_storm(stage, capsys):
    before, began = told(stage), time.time()
    stage.fleet.process.kill()
    page = stage.messages.wait("monitoring-oncall", "cannot be scraped")
    say(capsys, "a dead exporter (3 s of `for`)", began, page)
    assert page.subject.startswith("[FIRING] ") and urlsplit(stage.fleet.url).netloc in page.subject
    assert silence(stage) == [*before, page]
