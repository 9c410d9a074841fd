"""Logins that need a value of an earlier answer: of Django's real CSRF protection, and of pages like Keycloak's and Laravel's."""

import json
import secrets
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from loopback import Handler, Server
from processes import Process, eventually

PASSWORD = "sesame & \"open\"+1"


@pytest.fixture
def django(running, tmp_path) -> str:
    process = running.add(Process("/usr/bin/python3", Path(__file__).with_name("django_app.py"), tmp_path / "db.sqlite3", PASSWORD))
    port = process.wait_for_line(r"port (\d+)")[1]
    return f"http://127.0.0.1:{port}"


def django_login(url: str, folder, steps: bool = True, token: str = "csrf = { input = \"csrfmiddlewaretoken\" }") -> str:
    (folder / "password").write_text(PASSWORD)
    return f"""
[credentials.shop]
kind = "login"
{f'steps = [{{ url = "{url}/accounts/login/", take = {{ {token} }} }}]' if steps else ""}
url = "{url}/accounts/login/"
headers = {{ Content-Type = "application/x-www-form-urlencoded" }}
body = "username=authprobe&password=${{password}}{'&csrfmiddlewaretoken=${csrf}' if steps else ''}"
secrets = {{ password = {{ file = "{folder}/password" }} }}
cookie = "sessionid"
take = {{ after = {{ cookie = "csrftoken" }} }}
send_cookies = {{ csrftoken = "${{after}}" }}
send_headers = {{ X-CSRFToken = "${{after}}" }}
owner = "sales"
"""


def target(url: str, name: str = "t", more: str = "") -> str:
    return f'[targets.{name}]\nurl = "{url}"\ncredential = "shop"\ninterval = "200ms"\n{more}\n'


def diagnosed(binary, tmp_path, config: str) -> tuple[dict, str]:
    path = tmp_path / "c.toml"
    path.write_text(config)
    result = subprocess.run([binary, "diagnose", "t", "--config.file", path, "--json"], capture_output=True, text=True, timeout=60, check=False)
    return json.loads(result.stdout), result.stdout + result.stderr


def test_django_takes_the_login_and_both_tokens_of_a_post(exporter, django, tmp_path):
    post = 'method = "POST"\nbody = "{}"\nheaders = { Content-Type = "application/json" }\n'
    fleet = exporter(django_login(django, tmp_path) + target(f"{django}/orders", "get", 'expect.json = { pointer = "/user", equals = "authprobe" }')
                     + target(f"{django}/orders", "post", post + 'expect.json = { pointer = "/method", equals = "POST" }'))
    for name in ("get", "post"):
        fleet.wait_for_state(name, "ok")
    assert eventually(lambda: fleet.metrics().value("authprobe_token_fetches_total", credential="shop")) == 1
    assert fleet.metrics().value("authprobe_credential_lifetime_seconds", credential="shop") == pytest.approx(600, abs=5)
    pages = fleet.get("/config").text + fleet.get("/api/v1/credentials").text + fleet.output
    assert "sesame" not in pages


def test_django_refuses_a_post_without_the_second_token(binary, django, tmp_path):
    config = django_login(django, tmp_path).replace("send_headers = { X-CSRFToken = \"${after}\" }", "")
    report, _ = diagnosed(binary, tmp_path, config + target(f"{django}/orders", more='method = "POST"\nbody = "{}"'))
    assert report["answer"]["status"] == 403


@pytest.mark.parametrize("token, told", [
    ('csrf = { cookie = "csrftoken" }', None),
    ('csrf = { input = "csrf_token" }', "step 1 of the login: the answer has no value for `csrf`"),
])
def test_the_token_may_come_from_the_cookie_and_must_be_there(binary, django, tmp_path, token, told):
    report, said = diagnosed(binary, tmp_path, django_login(django, tmp_path, token=token) + target(f"{django}/orders"))
    assert report["state"] == ("credential_unavailable" if told else "ok")
    assert told is None or told in said
    assert "sesame" not in said


def test_django_refuses_a_login_without_its_page(binary, django, tmp_path):
    report, said = diagnosed(binary, tmp_path, django_login(django, tmp_path, steps=False) + target(f"{django}/orders"))
    assert report["state"] == "credential_unavailable" and "403" in said


class Portal(Handler):
    """A login whose form leads, with a code and a cookie of its own, to a session (Keycloak), behind a state from JSON and a header (Laravel)."""

    sessions: dict[str, str] = {}
    action_host = ""

    def body(self) -> str:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()

    def do_GET(self):
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path == "/form" and self.headers["X-State"] == self.sessions["state"]:
            code, session = secrets.token_hex(8), secrets.token_hex(8)
            self.sessions.update(code=code, session=session)
            page = (f'<html><head><meta name="csrf-token" content="meta-{code}"></head><body><form action="/search"></form>'
                    f'<form id="kc-form-login" method="post" action="{self.action_host}/authenticate?session_code={code}&amp;tab_id=1"></form></body>')
            return self.answer(200, "x" * 100_000 + page, Set_Cookie=f"AUTH_SESSION_ID={session}; Path=/; HttpOnly", Content_Type="text/html")
        if path == "/me":
            return self.answer(200 if self.headers["Authorization"] == "Bearer portal-token" else 401, "{}")
        return self.answer(404, str(query))

    def do_POST(self):
        body = self.body()
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path == "/prepare":
            self.sessions["state"] = state = secrets.token_hex(8)
            return self.answer(200, json.dumps({"state": state, "client": body}), X_Ticket=f"t-{state}", Content_Type="application/json")
        code = self.sessions.get("code")
        right = (path == "/authenticate" and query == {"session_code": [code], "tab_id": ["1"]}
                 and self.headers["Cookie"] == f"AUTH_SESSION_ID={self.sessions['session']}" and self.headers["X-Ticket"] == f"t-{self.sessions['state']}"
                 and json.loads(body) == {"password": PASSWORD, "csrf": f"meta-{code}"})
        return self.answer(*((200, '{"token":"portal-token"}') if right else (400, '{"error":"expired_code"}')), Content_Type="application/json")


def portal_config(url: str, folder) -> str:
    (folder / "password").write_text(PASSWORD)
    return f"""
[credentials.shop]
kind = "login"
url = "{url}/login"
url_taken = "action"
headers = {{ Content-Type = "application/json", X-Ticket = "${{ticket}}" }}
body = '{{"password":"${{password}}","csrf":"${{csrf}}"}}'
secrets = {{ password = {{ file = "{folder}/password" }} }}
json_pointer = "/token"
owner = "sales"
[[credentials.shop.steps]]
url = "{url}/prepare"
method = "POST"
body = "authprobe"
take = {{ state = {{ json_pointer = "/state" }}, ticket = {{ header = "X-Ticket" }} }}
[[credentials.shop.steps]]
url = "{url}/form"
headers = {{ X-State = "${{state}}" }}
take = {{ action = {{ form = "kc-form-login" }}, csrf = {{ meta = "csrf-token" }} }}
""" + target(f"{url}/me")


@pytest.fixture
def portal():
    class Own(Portal):
        sessions = {}
    with Server(Own) as server:
        server.handler = Own
        yield server


def test_a_form_leads_on_with_all_that_was_taken(binary, portal, tmp_path):
    report, said = diagnosed(binary, tmp_path, portal_config(f"http://127.0.0.1:{portal.port}", tmp_path))
    assert report["state"] == "ok"
    assert "sesame" not in said


def test_a_form_of_another_server_gets_no_password(binary, portal, tmp_path):
    received = []

    class Thief(Handler):
        def do_POST(self):
            received.append(self.path)
            self.answer(200, '{"token":"portal-token"}')

    with Server(Thief) as thief:
        portal.handler.action_host = f"http://127.0.0.1:{thief.port}"
        report, said = diagnosed(binary, tmp_path, portal_config(f"http://127.0.0.1:{portal.port}", tmp_path))
    assert report["state"] == "credential_unavailable"
    assert "step 2 of the login: the value for `action` is not a URL at the origin of the login's url" in said
    assert received == []


def test_a_step_that_fails_is_counted_once_and_tried_again(exporter, portal, tmp_path):
    url = f"http://127.0.0.1:{portal.port}"
    fleet = exporter(portal_config(url, tmp_path).replace('X-State = "${state}"', 'X-State = "${ticket}"').replace("state = { json_pointer", "other = { json_pointer")
                     .replace('X-Ticket = "${ticket}" }', 'X-Ticket = "${ticket}", X-Other = "${other}" }'))
    fleet.wait_for_state("t", "credential_unavailable")
    assert eventually(lambda: fleet.metrics().value("authprobe_token_fetch_failures_total", credential="shop", reason="http_4xx")) == 1
    assert fleet.metrics().value("authprobe_token_fetches_total", credential="shop") == 1
    fleet.rewrite(portal_config(url, tmp_path))
    assert fleet.reload().status == 200
    fleet.wait_for_state("t", "ok")


