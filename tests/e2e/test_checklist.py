"""The checklist of `check`: each question is asked, answered, and switched off with a reason."""

import base64
import json
import os
import subprocess
import time

import pytest

from processes import BINARY, TOP

YEARS = 3 * 365 * 86400


def check(folder, config: str, *flags: str) -> tuple[int, str]:
    (folder / "c.toml").write_text(config)
    result = subprocess.run([BINARY, "check", folder / "c.toml", *flags], capture_output=True, text=True, timeout=20, check=False)
    return result.returncode, result.stdout


def asked(folder, config: str, *flags: str) -> list[tuple[str, str]]:
    """Each question with the key that it is asked at."""
    found = json.loads(check(folder, config, "--json", *flags)[1])["findings"]
    assert not [finding for finding in found if finding["severity"] == "error"], found
    return [(finding["item"], finding["key"]) for finding in found if finding["item"]]


def jwt(scope: str) -> str:
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
    return f'{part({"alg": "HS256"})}.{part({"scope": scope, "iat": int(time.time()), "exp": int(time.time()) + 90 * 86400})}.c2ln'


ALERTMANAGER = """
route:
  receiver: all
  routes:
    - matchers: ['concern = "expiry"']
      receiver: all
      routes:
        - matchers: ['%s']
          receiver: all
receivers: [{name: all}]
"""


@pytest.fixture
def setup(tmp_path):
    (tmp_path / "token").write_text(jwt("invoices:read"))
    (tmp_path / "token").chmod(0o600)
    (tmp_path / "alertmanager.yml").write_text(ALERTMANAGER % 'owner = "payments"')
    return tmp_path


def config(folder, credential: str = "", target: str = "", settings: str = "", leave_out: str = "") -> str:
    """A configuration to which every question has an answer."""
    keys = {"owner": '"payments"', "used_by": '["monitoring"]', "rotation": '"https://wiki.example.com/rotate"'}
    return f"""
{settings}
[credentials.a]
kind = "bearer"
token = {{ file = "{folder}/token" }}
{"".join(f"{key} = {value}" + chr(10) for key, value in keys.items() if key != leave_out)}
{credential}
[targets.a]
url = "https://api.example.com/v1/me"
credential = "a"
{"" if leave_out == "control_url" else 'control_url = "https://api.example.com/health"'}
{target}
"""


def routes(folder) -> str:
    return f"--alertmanager.config.file={folder}/alertmanager.yml"


def test_nothing_is_asked_where_all_is_answered(binary, setup):
    code, text = check(setup, config(setup), "--strict", routes(setup))
    assert (code, text) == (0, f"{setup}/c.toml: ok, 1 target, 1 credential, 0 warnings\n")


def applications_credential(folder) -> str:
    return config(folder, leave_out="used_by", credential='used_by = ["webhooks", "monitoring"]')


def write_scope(folder) -> str:
    (folder / "token").write_text(jwt("invoices:read invoices:write"))
    return config(folder)


def old_secret(folder) -> str:
    os.utime(folder / "token", (time.time() - YEARS, time.time() - YEARS))
    return config(folder)


def opaque_token(folder) -> str:
    (folder / "token").write_text("an-opaque-token")
    return config(folder)


def other_owner(folder) -> str:
    (folder / "alertmanager.yml").write_text(ALERTMANAGER % 'owner =~ "sales|support"')
    return config(folder)


def encoded_client(folder) -> str:
    (folder / "token").write_text("a/b+c==")
    return config(folder).replace('kind = "bearer"\ntoken', 'kind = "oauth2"\ntoken_url = "https://login.example.com/token"\nclient_id = "a"\nclient_secret')


QUESTIONS = {
    "alert_route": (other_owner, "credentials.a.owner", "no route of "),
    "dedicated": (applications_credential, "credentials.a.used_by", 'the probes use an application\'s credential: "webhooks"'),
    "expiry_reminder": (opaque_token, "credentials.a.token", "its expiry is not known"),
    "owner": (lambda folder: config(folder, leave_out="owner"), "credentials.a", "has no owner"),
    "public_health": (lambda folder: config(folder, leave_out="control_url"), "targets.a", "no public page of its server is known"),
    "read_only": (write_scope, "credentials.a", 'its scope "invoices:write" grants more than reading'),
    "rotation": (lambda folder: config(folder, leave_out="rotation"), "credentials.a", "has no rotation link"),
    "rotation_seen": (old_secret, "credentials.a.rotation", "its file has not changed for 1095 days"),
    "secret_encoding": (encoded_client, "credentials.a", "token endpoints read in two ways"),
    "used_by": (lambda folder: config(folder, leave_out="used_by"), "credentials.a", "has no used_by"),
}


@pytest.mark.parametrize("item", QUESTIONS)
def test_each_question_is_asked_and_can_be_switched_off(binary, setup, item):
    make, key, says = QUESTIONS[item]
    text = make(setup)
    assert asked(setup, text, routes(setup)) == [(item, key)]
    code, told = check(setup, text, "--strict", routes(setup))
    assert code == 1 and says in told and f" [{item}]\n" in told
    assert check(setup, text, routes(setup))[0] == 0, "without --strict, a question is no error"
    off = f'[settings.checklist]\n{item} = "off: decided on 2026-11-28"\n' + text
    code, told = check(setup, off, "--strict", routes(setup))
    assert code == 0 and f"settings.checklist.{item} is off: decided on 2026-11-28\n" in told
    report = json.loads(check(setup, off, "--json", routes(setup))[1])
    assert report["switched_off"] == {item: "decided on 2026-11-28"} and report["findings"] == []


def test_every_question_is_documented_and_tested():
    section = (TOP / "docs/configuration.md").read_text().split("### Checklist")[1].split("\n## ")[0]
    assert {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")} == {f"checklist.{item}" for item in QUESTIONS}


@pytest.mark.parametrize("line, says", [
    ('owner = "off"', 'settings.checklist.owner: must be "off: " and the reason'),
    ('owner = "off:  "', 'settings.checklist.owner: must be "off: " and the reason'),
    ('owner = false', "settings.checklist.owner: must be a string"),
    ('ownr = "off: why"', 'did you mean "owner"?'),
])
def test_a_reason_is_required(binary, setup, line, says):
    code, told = check(setup, f"[settings.checklist]\n{line}\n" + config(setup))
    assert code == 1 and says in told


@pytest.mark.parametrize("target", ['method = "POST"', 'method = "DELETE"'])
def test_rights_to_write_are_fine_where_the_target_writes(binary, setup, target):
    write_scope(setup)
    assert asked(setup, config(setup, target=target)) == []


@pytest.mark.parametrize("keys", ['allowed_scopes = ["invoices:read", "invoices:write"]', 'required_scopes = ["invoices:write"]'])
def test_rights_to_write_are_fine_where_somebody_has_decided(binary, setup, keys):
    write_scope(setup)
    assert asked(setup, config(setup, credential=keys)) == []


def test_requested_scopes_are_looked_at_too(binary, tmp_path):
    text = f"""
[credentials.a]
kind = "oauth2"
token_url = "https://login.example.com/token"
client_id = "me"
client_secret = {{ file = "{tmp_path}/secret" }}
scopes = ["repo", "read:org"]
owner = "payments"
used_by = ["probes"]
rotation = "https://wiki.example.com/rotate"
expires_at = 2031-01-01
[targets.a]
url = "https://api.example.com/v1/me"
credential = "a"
control_url = "https://api.example.com/health"
"""
    (tmp_path / "secret").write_text("client-secret")
    (tmp_path / "secret").chmod(0o600)
    assert asked(tmp_path, text) == [("read_only", "credentials.a")]


@pytest.mark.parametrize("beside", [
    '[targets.open]\nurl = "https://api.example.com/ping"\n',
    '[targets.b]\nurl = "https://api.example.com/v2"\ncredential = "a"\ncontrol_url = "https://status.example.com/"\n'])
def test_one_public_page_serves_all_targets_of_its_server(binary, setup, beside):
    assert asked(setup, config(setup, leave_out="control_url") + beside) == []


def test_a_public_page_of_another_server_is_none(binary, setup):
    beside = '[targets.open]\nurl = "https://www.example.com/ping"\n'
    assert asked(setup, config(setup, leave_out="control_url") + beside) == [("public_health", "targets.a")]


@pytest.mark.parametrize("matcher, is_route", [
    ('owner = "payments"', True), ("owner=payments", True), ('owner =~ "pay.*"', True), ('severity="page",owner="payments"', True),
    ('owner != "payments"', False), ('owner =~ "pay"', False), ('team = "payments"', False), ('coowner = "payments"', False)])
def test_the_forms_of_a_route_for_an_owner(binary, setup, matcher, is_route):
    (setup / "alertmanager.yml").write_text(ALERTMANAGER % matcher)
    assert asked(setup, config(setup), routes(setup)) == ([] if is_route else [("alert_route", "credentials.a.owner")])


def test_the_old_form_of_a_route_counts(binary, setup):
    (setup / "alertmanager.yml").write_text("route:\n  receiver: a\n  routes:\n    - match: {owner: payments}\n      receiver: a\n")
    assert asked(setup, config(setup), routes(setup)) == []
    (setup / "alertmanager.yml").write_text("route:\n  receiver: a\n  routes:\n    - match_re: {owner: sales|payments}\n      receiver: a\n")
    assert asked(setup, config(setup), routes(setup)) == []


def test_the_alertmanager_configuration_that_we_ship_has_a_route_for_its_owner(binary, setup):
    assert asked(setup, config(setup), f"--alertmanager.config.file={TOP}/alerts/alertmanager.yml") == []


def test_a_file_that_is_no_alertmanager_configuration_is_an_error(binary, setup):
    (setup / "alertmanager.yml").write_text("global: {}\n")
    code, told = check(setup, config(setup), routes(setup))
    assert code == 1 and "this is no configuration of an Alertmanager" in told
    assert check(setup, config(setup), "--alertmanager.config.file=/nowhere")[0] == 1
