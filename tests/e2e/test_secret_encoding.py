"""Secrets that servers read in two ways: what `check`, `diagnose` and the evidence of a refusal say of them, and that the advice helps."""

import base64
import json
import subprocess

import pytest

from loopback import Handler, Server
from processes import BINARY, eventually

PASSWORD = "grüße-hunter2"
CLIENT_SECRET = "hunter2/Abc+def=="


class Api(Handler):
    """/basic knows its user by Latin-1. /token does not decode what the client sends in Basic, and takes a form as well."""

    def sent(self) -> bytes:
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        return base64.b64decode(value) if scheme == "Basic" else b""

    def do_GET(self):
        if self.path == "/basic":
            known = self.sent() == f"me:{PASSWORD}".encode("latin-1")
            return self.answer(200) if known else self.answer(401, WWW_Authenticate='Basic realm="old"')
        known = self.headers.get("Authorization") == "Bearer abcdefgh12345"
        return self.answer(200) if known else self.answer(401, WWW_Authenticate="Bearer")

    def do_POST(self):
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        in_form = "client_secret=hunter2%2FAbc%2Bdef%3D%3D" in form
        if in_form or self.sent() == f"probe:{CLIENT_SECRET}".encode():
            return self.answer(200, json.dumps({"access_token": "abcdefgh12345", "token_type": "Bearer", "expires_in": 3600}))
        return self.answer(401, json.dumps({"error": "invalid_client"}), WWW_Authenticate='Basic realm="token"')


@pytest.fixture
def api():
    with Server(Api) as server:
        yield f"http://127.0.0.1:{server.port}"


def basic(tmp_path, api: str) -> str:
    return f"""
        [defaults]
        interval = "200ms"
        [credentials.old]
        kind = "basic"
        username = "me"
        password = {{ file = "{tmp_path}/password" }}
        [targets]
        page = {{ url = "{api}/basic", credential = "old" }}
        """


def oauth2(tmp_path, api: str, style: str) -> str:
    return f"""
        [defaults]
        interval = "200ms"
        [credentials.crm]
        kind = "oauth2"
        token_url = "{api}/token"
        client_id = "probe"
        client_secret = {{ file = "{tmp_path}/secret" }}
        auth_style = "{style}"
        [targets]
        page = {{ url = "{api}/me", credential = "crm" }}
        """


def told(tmp_path, config: str, *command: str) -> str:
    path = tmp_path / "c.toml"
    path.write_text(config, encoding="utf-8")
    place = ["--config.file", str(path)] if command[0] == "diagnose" else [str(path)]
    done = subprocess.run([BINARY, *command, *place], capture_output=True, timeout=60)
    text = (done.stdout + done.stderr).decode()
    for secret in (PASSWORD, CLIENT_SECRET, "grüße", "hunter2"):
        assert secret not in text
    return " ".join(text.split())


def test_check_asks_about_a_password_beyond_ascii(api, tmp_path):
    (tmp_path / "password").write_text(PASSWORD, encoding="utf-8")
    text = told(tmp_path, basic(tmp_path, api), "check")
    assert "credentials.old: the user name or the password has characters beyond ASCII" in text and "[secret_encoding]" in text
    (tmp_path / "password").write_text("plain-hunter2")
    assert "secret_encoding" not in told(tmp_path, basic(tmp_path, api), "check")


def test_a_refused_password_beyond_ascii_is_hinted_at_and_the_hint_helps(api, tmp_path, exporter):
    (tmp_path / "password").write_text(PASSWORD, encoding="utf-8")
    report = told(tmp_path, basic(tmp_path, api), "diagnose", "page")
    assert "invalid_credentials" in report and "malformed_credentials" not in report
    assert "which servers read as UTF-8 or as Latin-1" in report and "save its file in the other encoding" in report
    watched = exporter(basic(tmp_path, api))
    watched.wait_for_state("page", "unauthorized")
    assert "read as UTF-8 or as Latin-1" in watched.get("/api/v1/targets/page").text
    (tmp_path / "password").write_text(PASSWORD, encoding="latin-1")
    watched.wait_for_state("page", "ok")


def test_check_asks_about_a_client_whose_characters_are_encoded(api, tmp_path):
    (tmp_path / "secret").write_text(CLIENT_SECRET)
    text = told(tmp_path, oauth2(tmp_path, api, "basic"), "check")
    assert "characters that token endpoints read in two ways" in text and "[secret_encoding]" in text
    assert "secret_encoding" not in told(tmp_path, oauth2(tmp_path, api, "post"), "check")


def test_a_refused_client_is_hinted_at_and_the_hint_helps(api, tmp_path, exporter):
    (tmp_path / "secret").write_text(CLIENT_SECRET)
    report = told(tmp_path, oauth2(tmp_path, api, "basic"), "diagnose", "page")
    assert "invalid_credentials" in report and "token endpoints read in two ways" in report and 'set auth_style = "post"' in report
    watched = exporter(oauth2(tmp_path, api, "basic"))
    eventually(lambda: watched.metrics().value("authprobe_token_fetch_failures_total", credential="crm", reason="invalid_client") >= 1)
    assert "token endpoints read in two ways" in watched.get("/api/v1/credentials").text
    watched.rewrite(oauth2(tmp_path, api, "post"))
    assert watched.reload().status == 200
    watched.wait_for_state("page", "ok")
