"""A page as each kind of receiver gets it, and as a person reads it on a locked phone: mail, Slack, PagerDuty, a plain webhook."""

import itertools
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

from alertmanager import EXTERNAL, Alertmanager, MailServer, Messages, Slack, hurried
from processes import TOP, Running, eventually
from test_routing import RUNBOOKS, amtool, resolved, routes_with, shown

LOCK_SCREEN = 110  # characters of a subject that a phone shows


class Hooks:
    """Takes what is sent to PagerDuty and to plain webhooks, by path."""

    def __init__(self):
        self.taken: list[tuple[str, dict]] = []
        hooks = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(202)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")
                hooks.taken.append((self.path, body))

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def of(self, path: str, key: str, value: str) -> dict:
        """The first body sent to that path that has it."""
        def found() -> list[dict]:
            return [body for to, body in list(self.taken) if to == path and body[key] == value]

        eventually(found)
        return found()[0]

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def stories() -> list[dict]:
    """Every alert that a story tells in full, as {"labels": ..., "annotations": ...}."""
    return [{"labels": {"alertname": case["alertname"], **told["exp_labels"]}, "annotations": told["exp_annotations"]}
            for path in sorted((TOP / "tests/alerts").glob("*.yml")) for test in yaml.safe_load(path.read_text())["tests"]
            for case in test.get("alert_rule_test", []) for told in case["exp_alerts"]]


def told_of(alert: str, **labels: str) -> dict:
    return next(told for told in stories() if told["labels"].items() >= {"alertname": alert, **labels}.items())


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """One Alertmanager whose receiver `payments` is of all the kinds that its file shows, at an address here."""
    running, messages, hooks = Running(), Messages(), Hooks()
    slack, mail = Slack(messages), MailServer(messages)
    receivers = (shown("email_configs")
                 + shown("pagerduty_configs").replace("routing_key: ...", f"routing_key: a-key\n        url: {hooks.url}/v2/enqueue")
                 + shown("webhook_configs").replace("https://machine.example.com/alerts", f"{hooks.url}/alerts")
                 + "    slack_configs: [{ <<: *slack, api_url: 'http://127.0.0.1:10074/notify/payments' }]\n")
    routes = hurried(routes_with(receivers), wait="300ms", interval="300ms")
    routes = f"global: {{ smtp_smarthost: '{mail.address}', smtp_from: authprobe@example.com, smtp_require_tls: false }}\n{routes}"
    alertmanager = running.add(Alertmanager(tmp_path_factory.mktemp("receivers"), routes, slack))
    yield alertmanager, messages, hooks
    running.close()
    for server in (slack, mail, hooks):
        server.close()


@pytest.fixture(scope="module")
def page(stage):
    """A client secret that has ended: a page to the owner, then over."""
    alertmanager, messages, hooks = stage
    alert = told_of("AuthprobeClientSecretExpired", owner="sales")
    alert["labels"]["owner"] = "payments"
    alertmanager.post(alert)
    messages.wait("payments", r"^\[FIRING\]")
    messages.wait("payments@example.com", r"^\[FIRING\]")
    hooks.of("/v2/enqueue", "event_action", "trigger")
    hooks.of("/alerts", "status", "firing")
    alertmanager.post(resolved(alert))
    return alert


SUBJECT = "crm gets no new token: its client secret has expired, owner sales"
NOW = "Issue a new client secret, and give it to all that use the old one."
RUNBOOK = f"{RUNBOOKS}/AuthprobeClientSecretExpired.md"
OVER = rf"Ended: {SUBJECT} \(from \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC on, for \d+ s\)"


def test_mail(stage, page):
    _, messages, _ = stage
    firing = messages.wait("payments@example.com", r"^\[FIRING\]")
    assert firing.subject == f"[FIRING] {SUBJECT}"
    assert firing.more["parts"] == ["text/plain"]  # no second form, whose layout nobody needs
    lines = firing.text.splitlines()
    assert lines[0] == f"Now: {NOW}" and lines[2] == page["annotations"]["description"]
    assert f"Runbook:  {RUNBOOK}" in lines and any(line.startswith(f"Silence: {EXTERNAL}/#/silences/new?filter=") for line in lines)
    over = messages.wait("payments@example.com", r"^\[RESOLVED")
    assert re.fullmatch(rf"\[RESOLVED after \d+ s\] {SUBJECT}", over.subject)
    assert re.match(f"- {OVER}\n\nStill open, if anything: {EXTERNAL}/#/alerts", over.text)


def test_slack(stage, page):
    _, messages, _ = stage
    firing = messages.wait("payments", r"^\[FIRING\]")
    assert firing.subject == firing.more["fallback"] == f"[FIRING] {SUBJECT}"
    assert (firing.more["color"], firing.more["link"]) == ("danger", RUNBOOK)
    assert firing.text.splitlines()[:2] == [f"*Now: {NOW}*", page["annotations"]["description"]]
    over = messages.wait("payments", r"^\[RESOLVED")
    assert over.more["color"] == "good" and re.match(f"• {OVER}\n<{EXTERNAL}/#/alerts", over.text)


def test_pagerduty(stage, page):
    _, _, hooks = stage
    firing, over = (hooks.of("/v2/enqueue", "event_action", action) for action in ("trigger", "resolve"))
    assert firing["dedup_key"] == over["dedup_key"] and len(firing["dedup_key"]) == 64  # one incident, which the end closes
    assert firing["payload"]["summary"] == f"[FIRING] {SUBJECT}"
    assert firing["payload"]["severity"] == "critical"
    assert firing["client_url"] == RUNBOOK
    details = firing["payload"]["custom_details"]
    assert details["message"].startswith(f"Now: {NOW}\n")
    assert (details["num_firing"], details["firing"], details["resolved"]) == ("1", "", "")  # said once, in `message`
    assert re.fullmatch(rf"\[RESOLVED after \d+ s\] {SUBJECT}", over["payload"]["summary"])
    assert re.match(f"- {OVER}\n", over["payload"]["custom_details"]["message"])


def test_a_plain_webhook(stage, page):
    _, _, hooks = stage
    for status in ("firing", "resolved"):
        body = hooks.of("/alerts", "status", status)
        assert (body["version"], body["receiver"]) == ("4", "payments")
        assert body["groupLabels"] == {"job": "authprobe", "concern": "expiry", "owner": "payments", "credential": "crm"}
        (alert,) = body["alerts"]
        assert alert["labels"] == page["labels"]
        assert alert["annotations"] == page["annotations"]
        assert set(alert["annotations"]) == {"summary", "action", "cause", "description", "runbook_url"}
        assert (alert["endsAt"] == "0001-01-01T00:00:00Z") == (status == "firing")


@pytest.mark.parametrize("firing, ended, highest", [
    (["warning", "critical"], [], "critical"), (["info", "warning"], ["critical"], "warning"), (["info"], [], "info"),
    ([], ["warning", "critical"], "critical")])
def test_pagerduty_is_as_urgent_as_the_worst_that_fires(tmp_path, firing, ended, highest):
    alerts = [{"status": status, "labels": {"severity": severity}, "annotations": {}, "startsAt": "2026-11-22T04:00:00Z"}
              for status, severities in (("firing", firing), ("resolved", ended)) for severity in severities]
    (tmp_path / "data.json").write_text(json.dumps({"status": "firing", "alerts": alerts}))
    assert amtool("template", "render", f"--template.glob={TOP}/alerts/templates/*.tmpl", f"--template.data={tmp_path}/data.json",
                  '--template.text={{ template "authprobe.severity" . }}').strip() == highest


# Every text, as it stands in the stories


@pytest.mark.parametrize("alert", [next(same) for _, same in itertools.groupby(
    sorted(stories(), key=lambda told: (told["labels"]["alertname"], told["annotations"]["summary"])),
    key=lambda told: told["labels"]["alertname"])], ids=lambda told: told["labels"]["alertname"])
def test_a_locked_phone_shows_what_it_is_about_and_the_text_what_to_do(alert):
    labels, annotations = alert["labels"], alert["annotations"]
    subject = f"[FIRING] {annotations['summary']}"
    assert len(subject) <= LOCK_SCREEN
    named = [labels[name] for name in ("credential", "target", "host", "inventory", "instance", "shard", "job") if labels.get(name)]
    assert any(name in subject for name in named), "it does not say what it is about"
    if labels.get("owner"):
        assert subject.endswith(f", owner {labels['owner']}")
    assert annotations["action"][0].isupper() and annotations["action"].endswith(".") and len(annotations["action"]) <= 130
    assert not re.search(r"<no value>|%!|\bmap\[|[+-]\d{4} UTC|  ", f"{subject}{annotations['description']}")
