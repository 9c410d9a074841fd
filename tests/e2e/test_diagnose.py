"""`diagnose`: what an engineer sees who asks now, and the controls that the running exporter asks by itself."""

import json
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from processes import BINARY, eventually


def diagnose(*arguments, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, "diagnose", *map(str, arguments)], capture_output=True, text=True, timeout=30, check=False,
                          env=os.environ | environment)


@pytest.fixture
def billing(demo, tmp_path):
    config = tmp_path / "billing.toml"
    config.write_text(f"""
[credentials.billing]
kind = "bearer"
token = {{ file = "{demo.folder / 'demo-billing'}" }}
owner = "payments"
used_by = ["webhooks", "mobile"]
rotation = "https://wiki.example.com/rotate-billing"
[targets.me]
url = "{demo.url}/v1/me?debug=hidden-value"
credential = "billing"
control_url = "{demo.url}/health"
interval = "1s"
timeout = "1s"
""")
    return config


def test_a_healthy_target(binary, demo, billing):
    result = diagnose("me", f"--config.file={billing}")
    assert result.returncode == 0, result.stderr
    for part in ("Verdict      ok", "Authorization: Bearer ********", "a JWT", "expires ", "Answer       200"):
        assert part in result.stdout


def test_a_refused_one_is_told_step_by_step(binary, demo, billing):
    demo.revoke("demo-billing")
    result = diagnose("me", f"--config.file={billing}")
    assert result.returncode == 10
    for part in ("unauthorized", "revoked_token (certain)", "the same without the credential: 401", "/health: 200",
                 "Owner        payments", "Used by      webhooks, mobile", "https://wiki.example.com/rotate-billing", "Do now"):
        assert part in result.stdout, part
    assert "\x1b[" not in result.stdout, "no colour where there is no terminal"
    secret = demo.secret_of["demo-billing"]
    assert secret not in result.stdout + result.stderr
    assert "hidden-value" not in result.stdout + result.stderr


def test_the_credential_that_is_to_come_is_tried(binary, demo, tmp_path):
    (tmp_path / "old").write_text("an-old-token")
    config = tmp_path / "rotation.toml"
    config.write_text(f"""
[credentials.old]
kind = "bearer"
token = {{ file = "{tmp_path / 'old'}" }}
next = "new"
[credentials.new]
kind = "bearer"
token = {{ file = "{demo.folder / 'demo-billing'}" }}
[targets.me]
url = "{demo.url}/v1/me"
credential = "old"
""")
    result = diagnose("me", f"--config.file={config}")
    assert result.returncode == 10
    assert 'the same with the credential "new": 200' in result.stdout
    assert "with the next credential the same URL answers 200" in result.stdout


class ExpiredSecret(BaseHTTPRequestHandler):
    """Entra ID, asked with a client secret that has ended; it repeats what it was sent."""

    def do_POST(self):
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        body = json.dumps({"error": "invalid_client", "error_codes": [7000222], "error_description": "AADSTS7000222: The provided "
                           f"client secret keys for app '1' are expired. {sent}"}).encode()
        self.send_response(401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_a_refused_token_fetch_has_a_cause(binary, tmp_path):
    server = ThreadingHTTPServer(("127.0.0.1", 0), ExpiredSecret)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    config = tmp_path / "crm.toml"
    config.write_text(f"""
[credentials.crm]
kind = "oauth2"
token_url = "http://127.0.0.1:{server.server_port}/token"
client_id = "me"
client_secret = {{ env = "CRM_SECRET" }}
auth_style = "post"
[targets.me]
url = "http://127.0.0.1:{server.server_port}/api"
credential = "crm"
""")
    result = diagnose("me", f"--config.file={config}", CRM_SECRET="hunter2-hunter2")
    server.shutdown()
    assert result.returncode == 16
    assert "expired_token (likely)" in result.stdout
    assert "AADSTS7000222" in result.stdout
    assert "Renew the credential" in result.stdout
    assert "hunter2" not in result.stdout + result.stderr


def test_as_json(binary, demo, billing):
    demo.revoke("demo-billing", how="scope")
    result = diagnose("me", f"--config.file={billing}", "--json")
    report = json.loads(result.stdout)
    assert result.returncode == 11
    assert report["state"] == "forbidden"
    assert report["diagnosis"]["cause"] == "insufficient_scope"
    assert {control["status"] for control in report["controls"]} == {401, 200}
    assert report["credential"]["owner"] == "payments"


def test_without_controls(binary, demo, billing):
    demo.revoke("demo-billing")
    result = diagnose("me", f"--config.file={billing}", "--no-controls", "--json")
    assert json.loads(result.stdout)["controls"] == []


def test_any_url_with_a_credential(binary, demo):
    url = f"{demo.url}/v1/me"
    assert diagnose("--url", url, "--bearer-file", demo.folder / "demo-billing").returncode == 0
    token = demo.secret_of["demo-billing"]
    assert diagnose("--url", url, "--bearer-env", "TOKEN_OF_MINE", TOKEN_OF_MINE=token).returncode == 0
    refused = diagnose("--url", url)
    assert refused.returncode == 10 and "missing_credentials" in refused.stdout
    expected = diagnose("--url", url, "--expect", "401")
    assert expected.returncode == 0, expected.stdout


@pytest.mark.parametrize("header", ["Authorization: Bearer wrong-value-of-mine", "X-API-Key: wrong-value-of-mine"])
def test_a_credential_in_a_header_of_the_command_is_sent(demo, header):
    refused = diagnose("--url", f"{demo.url}/v1/me", "--header", header)
    assert refused.returncode == 10 and header.split(":")[0] in refused.stdout
    assert "missing_credentials" not in refused.stdout or "certain" not in refused.stdout, refused.stdout
    assert "no credential" not in refused.stdout and "wrong-value-of-mine" not in refused.stdout + refused.stderr


def test_what_is_to_be_gone_is_not_exposed(demo, tmp_path):
    config = tmp_path / "gone.toml"
    config.write_text(f'[targets.gone]\nurl = "{demo.url}/health"\nexpect.status = [404, 410]\n')
    there = diagnose("gone", f"--config.file={config}")
    assert there.returncode == 14 and "exposed" not in there.stdout, there.stdout


@pytest.mark.parametrize("arguments, code, says", [
    (["--url", "http://127.0.0.1:1/"], 15, "Connection refused"),
    (["--url", "ftp://example.com/"], 2, "must begin with http"),
    ([], 2, "either TARGET or --url"),
    (["--url", "http://127.0.0.1:1/", "--bearer-file", "/nonexistent"], 16, "No such file"),
    (["--url", "http://127.0.0.1:1/", "--header", ""], 2, ""),
])
def test_what_cannot_be_examined_is_told(binary, arguments, code, says):
    result = diagnose(*arguments)
    assert result.returncode == code, result.stdout + result.stderr
    assert says in result.stdout + result.stderr


def test_an_unknown_target(binary, billing):
    result = diagnose("nobody", f"--config.file={billing}")
    assert result.returncode == 2 and 'no target "nobody"' in result.stderr


def test_the_exporter_asks_its_controls_by_itself(demo, exporter):
    running = exporter(f"""
[credentials.billing]
kind = "bearer"
token = {{ file = "{demo.folder / 'demo-billing'}" }}
[targets.me]
url = "{demo.url}/v1/me"
credential = "billing"
control_url = "{demo.url}/health"
interval = "200ms"
timeout = "1s"
""")
    running.wait_for_state("me", "ok")
    demo.revoke("demo-billing", how="forbidden")
    running.wait_for_state("me", "forbidden")

    def evidence() -> str:
        return "\n".join(json.loads(running.get("/api/v1/targets/me").text)["evidence"])

    eventually(lambda: "without the credential the same URL answers 401" in evidence())
    eventually(lambda: "the public control URL answers 200" in evidence())
    assert running.metrics().value("authprobe_auth_failure_cause", target="me", cause="insufficient_permissions") == 1
    demo.restore()
    running.wait_for_state("me", "ok")
    assert running.metrics().all("authprobe_auth_failure_cause", target="me") == []


def test_an_answer_that_anybody_gets_is_exposed(demo, exporter):
    running = exporter(f"""
[credentials.billing]
kind = "bearer"
token = {{ file = "{demo.folder / 'demo-billing'}" }}
[targets.open]
url = "{demo.url}/health"
credential = "billing"
expect.protected = true
interval = "200ms"
timeout = "1s"
""")
    running.wait_for_state("open", "exposed")
    asked = diagnose("open", f"--config.file={running.config}")
    assert asked.returncode == 13, asked.stdout
    assert "the same without the credential: 200" in asked.stdout and "Verdict      exposed" in asked.stdout
    unasked = diagnose("open", f"--config.file={running.config}", "--no-controls")
    assert unasked.returncode == 0, "nobody asked without the credential"


def test_a_secret_comes_by_standard_input_or_a_pipe(binary, demo):
    url = f"{demo.url}/v1/me"
    secret = demo.secret_of["demo-billing"]
    command = [BINARY, "diagnose", "--no-controls", "--url", url, "--bearer-file"]
    for path in ("-", "/dev/stdin"):
        result = subprocess.run([*command, path], input=f"{secret}\n", capture_output=True, text=True, timeout=30, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
        assert secret not in result.stdout + result.stderr


def test_a_configured_credential_for_any_url(binary, demo, billing):
    url = f"{demo.url}/v1/me"
    assert diagnose("--url", url, "--credential", "billing", f"--config.file={billing}").returncode == 0
    wrong = diagnose("--url", url, "--credential", "nobody", f"--config.file={billing}")
    assert wrong.returncode == 2
    assert 'no credential "nobody"' in wrong.stderr


def test_what_cannot_be_reached_has_advice(binary, demo):
    told = diagnose("--url", demo.url.replace("http:", "https:"))
    assert told.returncode == 15
    assert "write http:// in the URL" in told.stdout
    assert "wrong version number" in told.stdout
    assert "SSL routines" not in told.stdout and "OpenSSL" not in told.stdout
    assert json.loads(diagnose("--url", "http://127.0.0.1:1/", "--json").stdout)["advice"].startswith("Check host and port")


def test_the_configuration_may_stand_before_the_command(binary, billing, demo):
    for arguments in ([f"--config.file={billing}", "diagnose", "me"], [f"--config.file={billing}", "probe", "me"],
                      [f"--config.file={billing}", "check"], ["check", f"--config.file={billing}"],
                      ["check", billing, "--log.level=error"], ["--log.level=error", "probe", "me", f"--config.file={billing}"]):
        result = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=30, check=False)
        assert result.returncode == 0, (arguments, result.stderr)


@pytest.mark.parametrize(("arguments", "message"), [
    (["--config.file=/x", "--log.level=trace"], "--log.level: must be one of debug, error, info, warn"),
    (["--config.file=/x", "--web.telemetry-path=metrics"], "must begin with a /"),
    (["--config.file=/x", "--web.route-prefix=auth"], "must begin with a /"),
    (["--config.file=/x", "--web.external-url=status"], "must be an http or https URL"),
    (["explain"], "with `curl -i`"),
])
def test_messages_name_the_rule(binary, arguments, message):
    result = subprocess.run([BINARY, *arguments], input='{"error":"invalid_token"}', capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode != 0
    assert message in result.stderr + result.stdout
    assert "FAILED" not in result.stderr


def test_a_json_log_is_json_from_the_first_line(binary, tmp_path):
    config = tmp_path / "wrong.toml"
    config.write_text('[targets.t]\nurl = "ftp://x"\n')
    result = subprocess.run([BINARY, f"--config.file={config}", "--log.format=json"], capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 1
    assert all(json.loads(line)["level"] == "error" for line in result.stderr.splitlines())
