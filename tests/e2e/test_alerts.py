"""The files in alerts/, with the tools of those who will load them."""

import re
import subprocess

import pytest

from processes import TOP

RULES = TOP / "alerts/authprobe.rules.yml"
ROUTES = TOP / "alerts/alertmanager.yml"
ALERTS = re.findall(r"^\s*- alert: (\w+)$", RULES.read_text(), re.M)
CONCERN_OF = dict(zip(ALERTS, re.findall(r"^\s*concern: (\w+)$", RULES.read_text(), re.M), strict=True))
STORIES = sorted((TOP / "tests/alerts").glob("*.yml"))


def run(*command) -> str:
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_the_rules_are_valid():
    assert f"{len(ALERTS)} rules found" in run("promtool", "check", "rules", RULES)


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)
def test_alerts_fire_hold_their_peace_and_resolve(story):
    run("promtool", "test", "rules", story)


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_has_a_story_and_a_runbook(alert):
    stories = "\n".join(path.read_text() for path in STORIES)
    assert re.search(rf"alertname: {alert}\n.*\n *exp_alerts:\n", stories), "is never seen to fire"
    assert re.search(rf"alertname: {alert}, .*exp_alerts: \[\]|ALERTS.*{alert}", stories), "is never seen to hold its peace"
    runbook = (TOP / f"docs/runbooks/{alert}.md").read_text()
    assert runbook.startswith(f"# {alert}\n")
    assert f"/{alert}.md" in RULES.read_text()


def test_there_is_no_runbook_without_an_alert():
    assert {path.stem for path in (TOP / "docs/runbooks").glob("Authprobe*.md")} == set(ALERTS)


def test_the_routing_is_valid():
    run("amtool", "check-config", ROUTES)


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_goes_to_those_who_can_act(alert):
    concern = CONCERN_OF[alert]
    run("amtool", "config", "routes", "test", f"--config.file={ROUTES}", f"--verify.receivers={concern}-oncall",
        f"alertname={alert}", f"concern={concern}")


def test_401_and_403_go_different_ways():
    assert CONCERN_OF["AuthprobeUnauthorized"] != CONCERN_OF["AuthprobeForbidden"]
    assert CONCERN_OF["AuthprobeChangedToUnauthorized"] != CONCERN_OF["AuthprobeChangedToForbidden"]


def test_every_metric_that_a_rule_names_is_exported(demo, exporter):
    watched = exporter(f'[targets.me]\nurl = "{demo.url}/refuse/expired"\ninterval = "200ms"\ntimeout = "150ms"\n')
    watched.wait_for_state("me", "unauthorized")
    exported = watched.get("/metrics").text
    for name in sorted(set(re.findall(r"\bauthprobe_[a-z0-9_]+\b", RULES.read_text()))):
        assert f"# TYPE {name} " in exported, name
