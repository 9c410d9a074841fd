"""`diagnose` tells all that is known: of the credential, of the way to the server, of a new secret, of other places."""

import json
import os
import pty
import re
import subprocess
import time

import pytest

from loopback import Handler, Server
from processes import BINARY, TOP, Exporter, eventually

SECRET, NEW_SECRET, PASSWORD = "a-token-of-ours", "a-new-token-of-ours", "hunter2-hunter2"
ETCD = "etcdserver: authentication failed, invalid user ID or password"


class Lab(Handler):
    """An API whose callers are known by their tokens, with the servers of its credentials, and a proxy."""

    def do_GET(self):
        path = self.path.partition("?")[0]
        if path == "/lookup":
            return self.answer(200, json.dumps({"expires_at": "2031-05-06", "scopes": ["read"]}))
        if path == "/tokens":
            rows = [{"shown": "a-new-token", "end": "2033-01-01", "state": "active"},
                    {"shown": "***-ours", "end": "2032-01-01", "state": "suspended", "scopes": ["write"]}]
            return self.answer(200, json.dumps({"tokens": [row for row in rows if self.headers["Authorization"] == f"Bearer {SECRET}"]}))
        if path == "/scope":
            return self.answer(403, "", WWW_Authenticate='Bearer error="insufficient_scope", scope="invoices:read invoices:write"')
        if path == "/hop":
            return self.answer(302, "", Location="/new-only")
        wanted = {"/old-only": SECRET, "/new-only": NEW_SECRET, "/nobody": "-"}.get(path)
        let_in = wanted is None or self.headers["Authorization"] == f"Bearer {wanted}"
        return self.answer(200 if let_in else 401, "", X_Seen_Agent=self.headers["User-Agent"])

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/introspect":
            return self.answer(200, json.dumps({"active": True, "scope": "invoices:read", "exp": int(time.time()) + 500_000}))
        return self.answer(400, json.dumps({"error": ETCD, "code": 3}), Content_Type="application/json")

    def do_CONNECT(self):
        self.answer(403, "", Server="squid/5.7", X_Squid_Error="ERR_ACCESS_DENIED 0", Via="1.1 proxy-3 (squid/5.7)")


@pytest.fixture(scope="module")
def lab():
    with Server(Lab) as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture
def config(lab, tmp_path):
    for name, secret in (("old", SECRET), ("new", NEW_SECRET), ("password", PASSWORD)):
        (tmp_path / name).write_text(secret)
    path = tmp_path / "c.toml"
    token = f'kind = "bearer"\ntoken = {{ file = "{tmp_path / "old"}" }}'
    path.write_text(f"""
[credentials.asked]
{token}
introspection = {{ url = "{lab}/introspect" }}
[credentials.looked-up]
{token}
expiry_lookup = {{ url = "{lab}/lookup", json_pointer = "/expires_at" }}
[credentials.listed]
{token}
expiry_lookup = {{ url = "{lab}/tokens", rows_pointer = "/tokens", secret_pointer = "/shown", json_pointer = "/end", state_pointer = "/state" }}
[credentials.plain]
{token}
[credentials.user]
kind = "basic"
username = {{ value = "me" }}
password = {{ file = "{tmp_path / 'password'}" }}
[credentials.etcd]
kind = "login"
url = "{lab}/v3/auth/authenticate"
body = '{{"name": "root", "password": "${{password}}"}}'
secrets = {{ password = {{ file = "{tmp_path / 'password'}" }} }}
json_pointer = "/token"
owner = "platform"
""" + "".join(f'[targets.{name}]\nurl = "{lab}/{path}"\ncredential = "{credential}"\n{more}\n' for name, path, credential, more in (
        ("scope", "scope", "asked", ""), ("fine", "old-only", "looked-up", 'user_agent = "probe-of-ours/7"'), ("listed", "old-only", "listed", ""),
        ("rotated", "new-only", "plain", ""), ("old", "old-only", "plain", ""), ("nobody", "nobody", "plain", ""),
        ("both", "anything", "plain", ""), ("login", "anything", "etcd", ""), ("basic", "new-only", "user", ""),
        ("hop", "hop", "plain", "max_redirects = 3"))) + f"""
[targets.proxied]
url = "https://api.example.com/"
credential = "plain"
proxy = "{lab}"
""")
    return path


def diagnose(config, target: str, *flags) -> subprocess.CompletedProcess:
    result = subprocess.run([BINARY, "diagnose", target, f"--config.file={config}", *map(str, flags)], capture_output=True, text=True,
                            timeout=30, check=False)
    for secret in (SECRET, NEW_SECRET, PASSWORD):
        assert secret not in result.stdout + result.stderr
    return result


def report(config, target: str, *flags) -> dict:
    result = diagnose(config, target, "--json", *flags)
    return json.loads(result.stdout)


def test_introspection_is_asked_and_its_scopes_are_compared_with_the_challenge(binary, config):
    text = diagnose(config, "scope").stdout
    for part in ("/introspect about the token: 200 in ", "scopes invoices:read\n", ", source introspection\n", "says that it is active",
                 'scope="invoices:read invoices:write": the token lacks invoices:write, it has invoices:read\n'):
        assert part in text, part
    credential = report(config, "scope")["credential"]
    assert credential["scopes"] == ["invoices:read"] and credential["active"] is True
    assert credential["requests"][0]["purpose"] == "introspection" and credential["requests"][0]["status"] == 200
    assert report(config, "scope", "--no-controls")["credential"]["requests"] == []


def test_the_expiry_lookup_is_asked(binary, config):
    text = diagnose(config, "fine").stdout
    for part in ("/lookup for the expiry: 200 in ", "expires 2031-05-06T00:00:00Z", ", source lookup\n", "scopes read\n"):
        assert part in text, part
    assert report(config, "fine")["credential"]["ends"] == [{"kind": "access", "source": "lookup", "at": "2031-05-06T00:00:00Z"}]


def test_a_lookup_picks_its_row_from_a_list_and_reads_the_state(binary, config, exporter):
    text = diagnose(config, "listed").stdout
    for part in ("/tokens for the expiry: 200 in ", "expires 2032-01-01T00:00:00Z", "scopes write\n", "its issuer says that it is NOT ACTIVE\n"):
        assert part in text, part
    running = exporter(config.read_text())
    inactive = eventually(lambda: running.metrics().all("authprobe_credential_active", credential="listed"))
    assert [value for _, value in inactive] == [0]


def test_our_own_address_and_user_agent_are_shown(binary, config):
    assert "Sent from    127.0.0.1, User-Agent: probe-of-ours/7\n" in diagnose(config, "fine").stdout
    found = report(config, "old")
    assert found["answer"]["local_address"] == "127.0.0.1" and found["user_agent"].startswith("authprobe/")


def test_a_refused_login_has_cause_answer_and_owner(binary, config):
    result = diagnose(config, "login")
    assert result.returncode == 16
    for part in ("/v3/auth/authenticate for a token: 400 in ", "invalid_credentials (", "HTTP 400 to the request for a token", ETCD,
                 "Do now ", "Owner        platform"):
        assert part in result.stdout, part
    assert "api_key" not in result.stdout


def test_a_proxy_that_forbids_the_tunnel_is_named_and_not_the_apis_rights(binary, config, lab):
    text = diagnose(config, "proxied").stdout
    for part in (f"Proxy        {lab}: answered by itself, no request reached the server", "Via: 1.1 proxy-3", "waf_blocked (likely)",
                 "have its operators allow CONNECT"):
        assert part in text, part
    assert "grant" not in text and "Send a credential" not in text
    assert report(config, "proxied")["answer"]["from_proxy"] is True


def test_each_redirect_is_shown(binary, config, lab):
    found = report(config, "hop")
    assert found["answer"]["redirects"] == [{"status": 302, "to": f"{lab}/new-only", "credential_sent": True}]


@pytest.mark.parametrize("target, says", [
    ("rotated", "the new one is accepted and the present one is not: the present one is the cause"),
    ("nobody", "both are refused with the same status: the secret's value alone is not the cause"),
    ("both", "both are accepted"),
    ("old", "the present one is accepted and the new one is not: do not switch over"),
])
def test_a_new_secret_is_compared_with_the_present_one(binary, config, target, says):
    new = config.parent / "new"
    assert f"Compared     {says}\n" in diagnose(config, target, "--next-file", new).stdout
    assert report(config, target, "--next-file", new)["next"]["conclusion"] == says


def test_switching_is_advised_for_a_new_secret_that_works(binary, config):
    assert "Switch to \"the secret of " in diagnose(config, "rotated", "--next-file", config.parent / "new").stdout


def test_a_new_secret_that_cannot_be_had_is_said(binary, config):
    assert "not sent: " in diagnose(config, "old", "--next-file", config.parent / "nowhere").stdout
    result = subprocess.run([BINARY, "diagnose", "--url", "http://127.0.0.1:1/", "--next-file", config], capture_output=True, text=True,
                            timeout=30, check=False)
    assert result.returncode == 2 and "has no credential" in result.stderr


def test_a_password_is_compared_too(binary, config):
    assert report(config, "basic", "--next-file", config.parent / "new")["next"]["status"] == 401


def test_other_exporters_are_asked_for_their_view(binary, config, tmp_path):
    elsewhere = tmp_path / "elsewhere.toml"
    (tmp_path / "there").write_text(NEW_SECRET)
    elsewhere.write_text(config.read_text().replace(f'"{tmp_path / "old"}"', f'"{tmp_path / "there"}"').replace("[targets.rotated]",
                                                                                                               '[targets.rotated]\ninterval = "1s"'))
    exporter = Exporter(elsewhere)
    try:
        exporter.wait_for_state("rotated", "ok")
        via = [f"--via={exporter.url}/", "--via=http://127.0.0.1:1"]
        text = diagnose(config, "rotated", *via).stdout
        assert f"Elsewhere    {exporter.url}/: ok, status 200, since 20" in text
        assert "http://127.0.0.1:1: no answer: " in text
        assert f"Compared     refused here, accepted from {exporter.url}/" in text
        first, second = report(config, "rotated", *via)["views"]
        assert first["state"] == "ok" and first["problem"] is None
        assert second["state"] is None and "Connection refused" in second["problem"]
        assert "has no target of this name" in diagnose(config, "rotated", f"--via={exporter.url}/sub").stdout
    finally:
        exporter.close()
    assert diagnose(config, "rotated", "--via=nowhere").returncode == 2


def test_progress_is_for_terminals(binary, config):
    mine, its = pty.openpty()
    result = subprocess.run([BINARY, "diagnose", "scope", f"--config.file={config}"], stdout=subprocess.PIPE, stderr=its, timeout=30,
                            check=False)
    os.close(its)
    shown = os.read(mine, 65536).decode()
    os.close(mine)
    assert result.returncode == 11 and b"asking" not in result.stdout
    assert re.search(r"asking http://127.0.0.1:\d+/introspect", shown) and re.search(r"asking http://127.0.0.1:\d+/scope", shown)
    assert shown.endswith("\r\x1b[K"), "nothing stays of it"
    assert diagnose(config, "scope").stderr == ""


def fields(value, path: str = "") -> set[str]:
    """Every place that has a value: `answer.headers[].name`. Below `sent`, the names are the request's."""
    here = {path} if path else set()
    if isinstance(value, dict) and path != "sent":
        return here.union(*(fields(member, f"{path}.{name}" if path else name) for name, member in value.items()))
    if isinstance(value, list):
        return here.union(*(fields(element, f"{path}[]") for element in value))
    return here


def documented() -> set[str]:
    section = (TOP / "docs/diagnose.md").read_text().split("## JSON")[1]
    return {name for row in re.findall(r"^\| (`.*?) \|", section, re.M) for name in re.findall(r"`([^`]+)`", row)}


def test_each_field_of_the_json_is_documented(binary, config, demo, tmp_path):
    reports = [report(config, target, "--via=http://127.0.0.1:1", f"--next-file={tmp_path / 'new'}")
               for target in ("scope", "fine", "hop", "proxied")]
    result = subprocess.run([BINARY, "diagnose", "--url", f"{demo.url}/v1/me", "--bearer-file", demo.folder / "demo-billing", "--json"],
                            capture_output=True, text=True, timeout=30, check=False)
    reports.append(json.loads(result.stdout))
    seen = set().union(*map(fields, reports))
    containers = {name for name in seen if any(other.startswith((f"{name}.", f"{name}[]")) for other in seen)}
    assert seen - containers - documented() - {name for name in seen if name.endswith("[]")} == set()
    needs_more = {name for name in documented() if name.startswith(("issuer.", "auth_health.", "answer.certificate"))}
    assert documented() - seen - needs_more == set()


def test_numbers_have_no_noise(binary, config):
    text = diagnose(config, "scope", "--json").stdout
    numbers = re.findall(r"(?:seconds|connect|processing|resolve|tls|transfer)\": ([0-9.e-]+)", text)
    assert numbers and all(float(number) == round(float(number), 6) for number in numbers)
