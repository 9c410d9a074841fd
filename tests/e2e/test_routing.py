"""alerts/alertmanager.yml and its messages: who is told what, what mutes what, and how it reads."""

import itertools
import json
import re
import subprocess

import pytest
import yaml

from alertmanager import EXTERNAL, ROUTES, Alertmanager, MailServer, Messages, Slack, at_hours, hurried
from processes import TOP, Running, eventually

RULES = TOP / "alerts/authprobe.rules.yml"
ALERTS = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"] if "alert" in rule]
REFUSALS = ["AuthprobeUnauthorized", "AuthprobeForbidden", "AuthprobeSoftRefusal"]
CHANGES = ["AuthprobeChangedToUnauthorized", "AuthprobeChangedToForbidden"]
BOTH = ["authentication", "access"]
TARGET = {"job": "authprobe", "target": "me", "host": "api.example.com", "credential": "billing"}
CREDENTIAL = {"job": "authprobe", "credential": "billing", "owner": "payments"}
INVENTORY = {"job": "authprobe", "inventory": "entra", "owner": "payments"}
HOST = {"job": "authprobe", "host": "api.example.com"}
EXPORTER = {"job": "authprobe", "instance": "10.0.0.1:10073"}
RUNBOOKS = "https://example.com/authprobe/v0.1.0/docs/runbooks"

# Alert: severities, concerns, the labels that say what it is about.
TABLE = {
    **{alert: (["critical", "warning"], BOTH, TARGET) for alert in REFUSALS},
    **{alert: (["warning"], BOTH, TARGET) for alert in CHANGES},
    "AuthprobeIntermittentRefusals": (["warning"], BOTH, TARGET),
    "AuthprobeBlocked": (["critical"], ["access"], HOST),
    "AuthprobeIntermittentFailures": (["warning"], ["availability"], HOST),
    "AuthprobeRefusedFromOneLocation": (["critical"], ["access"], TARGET),
    "AuthprobeExposed": (["critical"], ["access"], TARGET),
    "AuthprobeRateLimited": (["warning"], ["access"], HOST),
    "AuthprobeRateBudgetLow": (["warning"], ["access"], TARGET),
    "AuthprobeUnreachable": (["critical"], ["availability"], TARGET),
    "AuthprobeUnexpectedAnswer": (["warning"], ["availability"], TARGET),
    "AuthprobeServerCertificateExpired": (["critical"], ["availability"], HOST),
    "AuthprobeServerCertificateExpiring": (["critical", "warning"], ["availability"], HOST),
    "AuthprobeCredentialRefused": (["critical"], ["authentication"], CREDENTIAL),
    "AuthprobeAuthServiceDown": (["critical"], ["availability"], HOST),
    "AuthprobeCredentialUnavailable": (["critical"], ["authentication"], CREDENTIAL),
    "AuthprobeCredentialInactive": (["critical"], ["authentication"], CREDENTIAL),
    "AuthprobeCredentialExpired": (["critical"], ["expiry"], CREDENTIAL),
    "AuthprobeCredentialExpiryCritical": (["critical"], ["expiry"], CREDENTIAL),
    "AuthprobeCredentialExpiryWarning": (["warning"], ["expiry"], CREDENTIAL),
    "AuthprobeClientCertificateExpired": (["critical"], ["expiry"], CREDENTIAL),
    "AuthprobeClientCertificateExpiring": (["critical", "warning"], ["expiry"], CREDENTIAL),
    "AuthprobeCredentialStillAccepted": (["warning"], ["expiry"], CREDENTIAL),
    "AuthprobeCredentialExpiryUnknown": (["info"], ["expiry"], CREDENTIAL),
    "AuthprobeExpiryObservationDead": (["warning"], ["expiry"], CREDENTIAL),
    "AuthprobeInventoryCritical": (["critical"], ["expiry"], INVENTORY),
    "AuthprobeInventoryWarning": (["warning"], ["expiry"], INVENTORY),
    "AuthprobeInventoryBlind": (["warning"], ["expiry"], INVENTORY),
    "AuthprobeClientSecretExpired": (["critical"], ["expiry"], CREDENTIAL),
    "AuthprobeTokenRefreshFailing": (["critical", "warning"], ["expiry"], CREDENTIAL),
    "AuthprobeTokenEndpointFailing": (["critical"], ["availability"], HOST),
    "AuthprobeNextCredentialFails": (["warning"], ["expiry"], CREDENTIAL),
    "AuthprobePreviousCredentialAccepted": (["warning"], ["access"], CREDENTIAL),
    "AuthprobeCredentialMissingScopes": (["warning"], ["access"], CREDENTIAL),
    "AuthprobeCredentialExcessScopes": (["info"], ["access"], CREDENTIAL),
    "AuthprobeMaintenance": (["info"], ["monitoring"], TARGET),
    "AuthprobeExporterDown": (["critical"], ["monitoring"], EXPORTER),
    "AuthprobeExporterOutdated": (["critical"], ["monitoring"], EXPORTER),
    "AuthprobeProbesStale": (["critical"], ["monitoring"], EXPORTER),
    "AuthprobeScheduleLagging": (["warning"], ["monitoring"], EXPORTER),
    "AuthprobeReloadFailed": (["warning"], ["monitoring"], EXPORTER),
    "AuthprobeStoreFailing": (["warning"], ["monitoring"], EXPORTER),
    "AuthprobeTargetListBroken": (["warning"], ["monitoring"], EXPORTER | {"list": "shop"}),
    "AuthprobeConfigFileBroken": (["warning"], ["monitoring"], EXPORTER | {"file": "/etc/authprobe/teams/shop.toml"}),
}
CASES = [(alert, severity, concern) for alert, (severities, concerns, _) in TABLE.items()
         for severity, concern in itertools.product(severities, concerns)]
ONCALL = {concern: f"{concern}-oncall" for concern in ("authentication", "access", "availability", "monitoring")}


def receiver_of(alert: str, severity: str, concern: str, owner: str) -> str:
    if alert == "AuthprobeMaintenance":
        return "nobody"
    if severity == "info":
        return "digest"
    return ONCALL.get(concern) or ("payments" if owner == "payments" else "credential-owners")


def shown(kind: str) -> str:
    """A kind of receiver as the file shows it in a comment, without the #."""
    return re.search(rf"^# +{kind}:\n(#     .*\n)+", ROUTES.read_text(), re.M)[0].replace("#   ", "    ")


def routes_with(receivers: str) -> str:
    """The routing with these in the place of the owner's Slack."""
    routes, count = re.subn(r"(  - name: payments\n).*\n", lambda match: match[1] + receivers, ROUTES.read_text())
    assert count == 1
    return routes


def amtool(*arguments) -> str:
    result = subprocess.run(["amtool", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_the_routing_is_valid():
    said = amtool("check-config", ROUTES)
    assert " - 1 templates" in said and "FAILED" not in said


def test_the_receivers_that_a_comment_shows_load(tmp_path):
    (tmp_path / "templates").symlink_to(TOP / "alerts/templates")
    (tmp_path / "alertmanager.yml").write_text(routes_with(shown("email_configs") + shown("pagerduty_configs")
                                                           + shown("webhook_configs"))
                                               + "global: { smtp_smarthost: 'mail:25', smtp_from: authprobe@example.com }\n")
    amtool("check-config", tmp_path / "alertmanager.yml")


def test_a_group_of_which_some_are_over_reads_well(tmp_path):
    def alert(status: str, name: str, target: str, summary: str, **more) -> dict:
        return {"status": status, "labels": {"alertname": name, "target": target, "severity": "critical", "concern": "authentication",
                                             "url": "https://api.example.com/v1", "credential": "billing", "team": "webhooks"},
                "annotations": {"summary": summary, "action": f"Do what {target} needs.", "description": f"All about {target}.",
                                "runbook_url": f"https://example.com/{name}"},
                "startsAt": "2026-11-22T04:00:00Z", **more}

    (tmp_path / "data.json").write_text(json.dumps({
        "receiver": "authentication-oncall", "status": "firing", "externalURL": EXTERNAL,
        "groupLabels": {"concern": "authentication", "credential": "two words"}, "commonLabels": {"credential": "billing"},
        "commonAnnotations": {}, "alerts": [
            alert("firing", "AuthprobeForbidden", "a", "a refuses us with 403"),
            alert("firing", "AuthprobeUnauthorized", "b", "b refuses us with 401"),
            alert("firing", "AuthprobeUnauthorized", "c", "c refuses us with 401"),
            alert("resolved", "AuthprobeUnauthorized", "d", "d refuses us with 401", endsAt="2026-11-22T04:05:06Z"),
            alert("resolved", "AuthprobeUnauthorized", "e", "e was over before anybody was told", endsAt="2026-11-22T04:00:15Z")]}))

    def rendered(name: str) -> str:
        return amtool("template", "render", f"--template.glob={TOP}/alerts/templates/*.tmpl", f"--template.data={tmp_path}/data.json",
                      f'--template.text={{{{ template "authprobe.{name}" . }}}}').strip()

    assert rendered("subject") == "[FIRING] a refuses us with 403 (and 2 more of credential billing)"
    assert rendered("text") == f"""Now: Do what a needs.

a refuses us with 403

All about a.

Severity: critical (authentication)
Labels:   credential billing, target a, team webhooks
Runbook:  https://example.com/AuthprobeForbidden

Now: Do what b needs.

b refuses us with 401

All about b.

Severity: critical (authentication)
Labels:   credential billing, target b, team webhooks
Runbook:  https://example.com/AuthprobeUnauthorized
- c refuses us with 401

Ended:
- Ended: d refuses us with 401 (from 2026-11-22 04:00:00 UTC on, for 5 min 6 s)

Silence: {EXTERNAL}/#/silences/new?filter=%7Bconcern%3D%22authentication%22%2Ccredential%3D%22two%20words%22%7D"""


def test_the_table_has_every_alert():
    assert set(TABLE) == {rule["alert"] for rule in ALERTS}


@pytest.mark.parametrize("alert", TABLE)
def test_the_table_says_what_the_rules_say(alert):
    severities, concerns, _ = TABLE[alert]
    labels = [rule["labels"] for rule in ALERTS if rule["alert"] == alert]
    for name, listed in ("severity", severities), ("concern", concerns):
        said = {have[name] for have in labels}
        by_cause = f"{{{{ $labels.{name} }}}}"
        assert said - {by_cause} <= set(listed) and (said == set(listed) or by_cause in said)  # where the cause decides, that is a story of tests/alerts


@pytest.mark.parametrize("owner", ["payments", ""])
@pytest.mark.parametrize("alert, severity, concern", CASES)
def test_every_alert_goes_to_those_who_can_act(alert, severity, concern, owner):
    labels = {**TABLE[alert][2], "alertname": alert, "severity": severity, "concern": concern, "owner": owner}
    amtool("config", "routes", "test", f"--config.file={ROUTES}",
           f"--verify.receivers={receiver_of(alert, severity, concern, owner)}", *(f"{k}={v}" for k, v in labels.items() if v))


@pytest.fixture(scope="module")
def stack():
    running = Running()
    yield running
    running.close()


@pytest.fixture(scope="module")
def messages():
    return Messages()


@pytest.fixture(scope="module")
def slack(messages):
    server = Slack(messages)
    yield server
    server.close()


@pytest.fixture(scope="module")
def alertmanager(stack, slack, tmp_path_factory):
    """As shipped, but for the waits."""
    routes = hurried(ROUTES.read_text(), wait="400ms", interval="300ms")
    return stack.add(Alertmanager(tmp_path_factory.mktemp("alertmanager"), routes, slack))


# What mutes, what is muted, and the labels that must be equal.
TARGET_LEVEL = [*REFUSALS, *CHANGES]
PER_TARGET, PER_CREDENTIAL, PER_END = ["job", "target", "location"], ["job", "credential"], ["job", "credential", "expires"]
MUTES = [
    (["AuthprobeMaintenance"], [name for name, row in TABLE.items() if row[2] is TARGET and name != "AuthprobeMaintenance"], PER_TARGET),
    (["AuthprobeCredentialRefused", "AuthprobeCredentialUnavailable", "AuthprobeCredentialExpired", "AuthprobeClientSecretExpired"],
     TARGET_LEVEL, PER_CREDENTIAL),
    (["AuthprobeCredentialUnavailable"], ["AuthprobeTokenRefreshFailing", "AuthprobeCredentialRefused"], PER_CREDENTIAL),
    (["AuthprobeClientSecretExpired"], ["AuthprobeTokenRefreshFailing", "AuthprobeCredentialUnavailable", "AuthprobeCredentialRefused",
                                        "AuthprobeCredentialExpired", "AuthprobeCredentialStillAccepted"], PER_CREDENTIAL),
    (["AuthprobeAuthServiceDown"], [*TARGET_LEVEL, "AuthprobeIntermittentRefusals"], ["job", "host"]),
    (["AuthprobeRefusedFromOneLocation"], REFUSALS, PER_TARGET),
    (["AuthprobeIntermittentRefusals"], TARGET_LEVEL, PER_TARGET),
    (["AuthprobeIntermittentRefusals"], ["AuthprobeCredentialRefused"], ["job", "credential", "concern"]),
    (["AuthprobeUnreachable", "AuthprobeUnexpectedAnswer"], ["AuthprobeIntermittentFailures"], ["job", "host", "location"]),
    (["AuthprobeCredentialExpired"], ["AuthprobeCredentialExpiryCritical", "AuthprobeCredentialExpiryWarning"], PER_END),
    (["AuthprobeCredentialExpiryCritical"], ["AuthprobeCredentialExpiryWarning"], PER_END),
    (["AuthprobeClientCertificateExpired"], ["AuthprobeClientCertificateExpiring"], PER_END),
    (["AuthprobeClientCertificateExpiring"], ["AuthprobeClientCertificateExpiring"], PER_END),
    (["AuthprobeServerCertificateExpired"], ["AuthprobeServerCertificateExpiring"], ["job", "host"]),
    (["AuthprobeServerCertificateExpiring"], ["AuthprobeServerCertificateExpiring"], ["job", "host"]),
    (["AuthprobeTokenRefreshFailing"], ["AuthprobeTokenRefreshFailing"], PER_CREDENTIAL),
    (["AuthprobeExporterDown"], ["AuthprobeProbesStale", "AuthprobeScheduleLagging"], ["job", "instance"]),
]
PAIRS = [(source, muted, equal) for sources, alerts, equal in MUTES for source in sources for muted in alerts]


def alert_of(name: str, severity: int = 0, **labels: str) -> dict:
    severities, concerns, identity = TABLE[name]
    return {"labels": {**identity, "alertname": name, "severity": severities[severity], "concern": concerns[0], **labels}}


def test_the_pairs_are_those_of_every_rule():
    assert len(MUTES) == ROUTES.read_text().count("- source_matchers:")


@pytest.mark.parametrize("source, muted, equal", PAIRS, ids=lambda value: value if isinstance(value, str) else "")
def test_an_alert_mutes_what_follows_from_it_and_no_more(alertmanager, request, source, muted, equal):
    here = {"job": request.node.name}
    here |= {label: "here" for label in ("location", "expires") if label in equal}
    here |= {"concern": "authentication"} if "concern" in equal else {}
    follows = alert_of(muted, -1, **here)
    if "location" not in equal:
        follows["labels"]["location"] = "anywhere"
    others = [alert_of(muted, -1, **{**here, label: f"{request.node.name}-other"}) for label in equal]
    alertmanager.post(alert_of(source, **here), follows, *others)

    def inhibited_by() -> dict:
        return {tuple(sorted(alert["labels"].items())): alert["status"]["inhibitedBy"] for alert in alertmanager.alerts()}

    def of(alert: dict) -> list:
        return inhibited_by()[tuple(sorted(alert["labels"].items()))]

    eventually(lambda: of(follows))
    assert [of(other) for other in others] == [[]] * len(others)


@pytest.mark.parametrize("source", ["AuthprobeCredentialRefused", "AuthprobeAuthServiceDown"])
def test_what_is_refused_for_another_concern_is_not_muted(alertmanager, source):
    here = {"job": f"two-concerns-{source}"}
    alertmanager.post(alert_of(source, **here), alert_of("AuthprobeForbidden", **here),
                      alert_of("AuthprobeForbidden", **here, target="scope", concern="access"))

    def inhibited(concern: str) -> list:
        (alert,) = [a for a in alertmanager.alerts() if a["labels"]["job"] == here["job"]
                    and a["labels"]["alertname"] == "AuthprobeForbidden" and a["labels"]["concern"] == concern]
        return alert["status"]["inhibitedBy"]

    eventually(lambda: inhibited("authentication"))
    assert inhibited("access") == []


def told(alert: dict, summary: str, description: str = "Why.") -> dict:
    name = alert["labels"]["alertname"]
    return {**alert, "annotations": {"summary": summary, "description": description,
                                     "runbook_url": f"{RUNBOOKS}/{name}.md", "action": "Do it."}}


def resolved(alert: dict) -> dict:
    return {**alert, "endsAt": "2026-01-01T00:00:00Z"}


# How many messages the alerts make, from receiver to count. A number in a label makes them differ there.
GROUPS = {
    "targets of a credential": ("authentication-oncall", 1, [alert_of("AuthprobeUnauthorized", target=f"t{n}") for n in range(3)]),
    "credentials": ("authentication-oncall", 3, [alert_of("AuthprobeUnauthorized", credential=f"c{n}") for n in range(3)]),
    "targets without a credential": ("access-oncall", 1, [alert_of("AuthprobeExposed", credential="", target=f"t{n}") for n in range(3)]),
    "and of other hosts": ("access-oncall", 3, [alert_of("AuthprobeExposed", credential="", host=f"h{n}") for n in range(3)]),
    "a dead host": ("availability-oncall", 1, [alert_of("AuthprobeUnreachable", credential=f"c{n}", target=f"t{n}") for n in range(3)]),
    "token endpoints": ("availability-oncall", 3, [alert_of("AuthprobeTokenEndpointFailing", host=f"h{n}") for n in range(3)]),
    "a credential's name in two jobs": ("authentication-oncall", 2,
                                        [alert_of("AuthprobeCredentialRefused", job=f"j{n}") for n in range(2)]),
    "a host in two jobs": ("availability-oncall", 2, [alert_of("AuthprobeUnreachable", job=f"j{n}") for n in range(2)]),
    "blocked in two places": ("access-oncall", 2, [alert_of("AuthprobeBlocked", location=f"l{n}") for n in range(2)]),
    "an owner's credentials": ("credential-owners", 3, [alert_of("AuthprobeCredentialExpired", credential=f"c{n}") for n in range(3)]),
    "ends of a credential": ("credential-owners", 1,
                             [alert_of("AuthprobeCredentialExpired"), alert_of("AuthprobeClientCertificateExpired")]),
    "exporters of a job": ("monitoring-oncall", 1, [alert_of("AuthprobeExporterDown", instance=f"i{n}") for n in range(3)]),
    "troubles of an exporter": ("monitoring-oncall", 2, [alert_of("AuthprobeExporterDown"), alert_of("AuthprobeReloadFailed")]),
}


@pytest.mark.parametrize("what", GROUPS)
def test_what_is_one_failure_is_one_message(alertmanager, messages, what):
    receiver, count, alerts = GROUPS[what]
    here = [told({"labels": {name: value if name in ("alertname", "severity", "concern") or not value else f"{what} {value}"
                             for name, value in alert["labels"].items()}}, f"of {what}") for alert in alerts]
    alertmanager.post(*here)

    def of_this() -> list:
        return [message for message in messages.to() if f"of {what}" in message.subject]

    eventually(lambda: len(of_this()) >= count)
    # A group that begins later, with the same wait, is told later than all that is still to come.
    alertmanager.post(told(alert_of("AuthprobeReloadFailed", job=f"after {what}"), f"sentinel after {what}"))
    messages.wait("monitoring-oncall", f"sentinel after {what}$")
    assert [message.to for message in of_this()] == [receiver] * count


def test_a_dead_credential_reads_as_one_message(alertmanager, messages):
    here = {"job": "dead", "credential": "dead"}
    dead = told(alert_of("AuthprobeCredentialRefused", **here), "Credential dead is refused by all of its 200 targets",
                "Cause: revoked_token (certain). Targets: t001, t002 & <more>.")
    targets = [told(alert_of("AuthprobeUnauthorized", **here, target=f"t{n:03}"), f"t{n:03} refuses us") for n in range(200)]
    alertmanager.post(dead, *targets)
    page = messages.wait("authentication-oncall", "Credential dead is refused")
    assert page.subject == page.more["fallback"] == "[FIRING] Credential dead is refused by all of its 200 targets"
    assert page.more["color"] == "danger"
    assert page.more["link"] == f"{RUNBOOKS}/AuthprobeCredentialRefused.md"
    assert page.text.splitlines() == [
        "*Now: Do it.*",
        "Cause: revoked_token (certain). Targets: t001, t002 &amp; &lt;more&gt;.",
        "critical · credential `dead` · job `dead` · owner `payments`",
        f"<{RUNBOOKS}/AuthprobeCredentialRefused.md|Runbook>",
        f"<{EXTERNAL}/#/silences/new?filter=%7Bconcern%3D%22authentication%22%2Ccredential%3D%22dead%22%2Cjob%3D%22dead%22%7D|Silence>"]

    alertmanager.post(*(resolved(alert) for alert in (dead, *targets)))
    over = messages.wait("authentication-oncall", r"\[RESOLVED after \d+ s\] Credential dead is refused")
    assert over.more["color"] == "good"
    ended, still_open = over.text.splitlines()
    assert re.fullmatch(r"• Ended: Credential dead is refused by all of its 200 targets \(from .* UTC on, for \d+ s\)", ended)
    assert still_open == f"<{EXTERNAL}/#/alerts?filter=%7Bjob%3D%22dead%22%2Ccredential%3D%22dead%22%7D|Still open, if anything>"


def test_many_targets_are_listed_and_counted(alertmanager, messages):
    here = {"job": "many", "credential": "many", "concern": "access"}
    alertmanager.post(*(told(alert_of("AuthprobeForbidden", **here, target=f"t{n:03}", url=f"https://api.example.com/{n}"),
                             f"t{n:03} forbids us: insufficient_scope") for n in range(200)))
    page = messages.wait("access-oncall", "credential many")
    assert page.subject == ("[FIRING] t000 forbids us: insufficient_scope (and 199 more of credential many at api.example.com)")
    lines = page.text.splitlines()
    assert lines[:2] == ["*Now: Do it.*", "*t000 forbids us: insufficient_scope*"]
    assert lines[5] == "• t001 forbids us: insufficient_scope"
    assert lines[-3:-1] == ["• t019 forbids us: insufficient_scope", "• and 180 more"]

    alertmanager.post(*(resolved({"labels": alert["labels"], "annotations": alert["annotations"]})
                        for alert in alertmanager.alerts() if alert["labels"]["job"] == "many"))
    over = messages.wait("access-oncall", r"^\[RESOLVED after \d+ s\] .*credential many").text.splitlines()
    assert over[0].startswith("• Ended: t000 forbids us: insufficient_scope (") and over[20:-1] == ["• and 180 more"]


def test_several_exporters_are_counted(alertmanager, messages):
    alertmanager.post(*(told(alert_of("AuthprobeExporterDown", job="several", instance=name), f"{name} cannot be scraped")
                        for name in "abc"))
    page = messages.wait("monitoring-oncall", "cannot be scraped")
    assert page.subject == "[FIRING] a cannot be scraped (and 2 more)"
    assert "• b cannot be scraped\n• c cannot be scraped\n" in page.text


def test_an_owner_is_written_to(stack, slack, messages, tmp_path):
    """The e-mail receiver is the one that the file shows in a comment, for the owner of its example."""
    routes = hurried(routes_with(shown("email_configs")), wait="200ms", interval="300ms")
    mail = MailServer(messages)
    routes = f"global: {{ smtp_smarthost: '{mail.address}', smtp_from: authprobe@example.com, smtp_require_tls: false }}\n{routes}"
    alertmanager = stack.add(Alertmanager(tmp_path, routes, slack))
    expiring = told(alert_of("AuthprobeCredentialExpiryCritical"), "Credential billing ends in 26 hours",
                    "It ends on 2026-11-23. Its targets: me, invoices. How to renew it: https://wiki.example.com/rotate?a=1&b=2")
    alertmanager.post(expiring)
    first = messages.wait("payments@example.com", "billing")
    assert first.more["parts"] == ["text/plain"]
    assert first.subject == "[FIRING] Credential billing ends in 26 hours"
    assert first.text.strip() == f"""Now: Do it.

It ends on 2026-11-23. Its targets: me, invoices. How to renew it: https://wiki.example.com/rotate?a=1&b=2

Severity: critical (expiry)
Labels:   credential billing, job authprobe, owner payments
Runbook:  {RUNBOOKS}/AuthprobeCredentialExpiryCritical.md

Silence: {EXTERNAL}/#/silences/new?filter=%7Bconcern%3D%22expiry%22%2Ccredential%3D%22billing%22%2Cjob%3D%22authprobe%22%2Cowner%3D%22payments%22%7D"""

    alertmanager.post(resolved(expiring))
    last = messages.wait("payments@example.com", "RESOLVED")
    ended, _, still_open = last.text.strip().splitlines()
    assert re.fullmatch(r"- Ended: Credential billing ends in 26 hours \(from \S+ \S+ UTC on, for \d+ s\)", ended)
    assert still_open == f"Still open, if anything: {EXTERNAL}/#/alerts?filter=%7Bjob%3D%22authprobe%22%2Ccredential%3D%22billing%22%7D"


@pytest.mark.parametrize("open_now", [True, False], ids=["in office hours", "at night"])
def test_a_reminder_waits_for_office_hours(stack, slack, messages, tmp_path, open_now):
    routes = at_hours(hurried(ROUTES.read_text(), wait="200ms", interval="300ms"), "office-hours", open_now)
    alertmanager = stack.add(Alertmanager(tmp_path, routes, slack))
    for owner in ("payments", "sales"):
        to = "payments" if owner == "payments" else "credential-owners"
        reminder = f"{owner} reminded at {open_now}"
        alertmanager.post(told(alert_of("AuthprobeCredentialExpiryWarning", owner=owner), reminder))
        if open_now:
            messages.wait(to, reminder)
        # What is critical comes at any hour; the second begins, with the same wait, when the first has come: long after the reminder.
        for credential in ("first", "second"):
            over = f"{owner}: {credential} is over at {open_now}"
            alertmanager.post(told(alert_of("AuthprobeCredentialExpired", owner=owner, credential=credential), over))
            messages.wait(to, over)
        assert any(reminder in message.subject for message in messages.to(to)) == open_now


@pytest.mark.parametrize("open_now", [True, False], ids=["at eight", "at any other hour"])
def test_what_is_good_to_know_comes_once_a_day(stack, slack, messages, tmp_path, open_now):
    routes = at_hours(hurried(ROUTES.read_text(), wait="200ms", interval="300ms"), "digest-hour", open_now)
    alertmanager = stack.add(Alertmanager(tmp_path, routes, slack))
    before = len(messages.to("digest"))
    alertmanager.post(told(alert_of("AuthprobeCredentialExpiryUnknown", credential="a"), "a may end at any time"),
                      told(alert_of("AuthprobeCredentialExcessScopes", credential="b"), "b may do too much"))
    if open_now:
        digest = messages.wait("digest", "may end at any time")
        assert "b may do too much" in digest.text and digest.more["color"] == "warning"
    for instance in ("first", "second"):
        alertmanager.post(told(alert_of("AuthprobeReloadFailed", job=instance), f"{instance} after the digest at {open_now}"))
        messages.wait("monitoring-oncall", f"{instance} after the digest at {open_now}")
    assert len(messages.to("digest")) == before + open_now
