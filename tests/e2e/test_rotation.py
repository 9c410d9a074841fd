"""A whole rotation: the next value is tried, takes over, and the old one is seen to be refused; scopes that change on the way."""

import json
import os
import re
from pathlib import Path

import pytest

from loopback import Handler, Server
from processes import eventually


class Issuer:
    """The values that the API accepts, and the scopes that it tells for each."""

    def __init__(self):
        self.scopes = {"first-value-of-the-token": "read write"}
        self.seen: list[str] = []


@pytest.fixture
def issuer():
    return Issuer()


@pytest.fixture
def api(issuer):
    class Api(Handler):
        def do_GET(self):
            value = self.headers.get("Authorization", "").removeprefix("Bearer ")
            issuer.seen.append(value)
            if value in issuer.scopes:
                self.answer(200, "{}", X_OAuth_Scopes=issuer.scopes[value])
            else:
                self.answer(401, '{"error":"invalid_token"}', Content_Type="application/json", WWW_Authenticate='Bearer error="invalid_token"')

    with Server(Api) as server:
        yield server


def replace(path: Path, value: str):
    fresh = path.with_suffix(".new")
    fresh.write_text(value)
    os.replace(fresh, path)


def previous(running) -> str:
    return next(labels["state"] for labels, value in running.metrics().all("authprobe_credential_previous_state") if value == 1)


def test_a_rotation_from_the_next_value_to_the_death_of_the_old_one(exporter, tmp_path, issuer, api):
    token = tmp_path / "token"
    token.write_text("first-value-of-the-token")
    (tmp_path / "token-2").write_text("second-value-of-the-token")
    running = exporter(f"""
[credentials.deploy]
kind = "bearer"
token = {{ file = "{token}" }}
next = "deploy-2"
retire = "7d"
hosts = ["127.0.0.1"]
owner = "platform"
[credentials.deploy-2]
kind = "bearer"
token = {{ file = "{tmp_path / 'token-2'}" }}
hosts = ["127.0.0.1"]
owner = "platform"
[targets.me]
url = "http://127.0.0.1:{api.port}/me"
credential = "deploy"
interval = "100ms"
""")

    def next_is(state: str) -> bool:
        return running.metrics().value("authprobe_credential_next_state", credential="deploy", next="deploy-2", state=state) == 1

    # The issuer does not know the next value yet; then it does.
    eventually(lambda: next_is("unauthorized"), 30)
    assert previous(running) == "none"
    issuer.scopes["second-value-of-the-token"] = "read"
    eventually(lambda: next_is("ok"), 30)

    # The switch. The old value still works, and the new one may do less.
    replace(token, "second-value-of-the-token")
    eventually(lambda: running.metrics().value("authprobe_credential_rotations_total", credential="deploy") == 1, 30)
    eventually(lambda: previous(running) == "accepted", 30)
    eventually(lambda: running.metrics().value("authprobe_credential_scope_changes_total", credential="deploy") == 1, 30)
    shown = json.loads(running.get("/api/v1/credentials/deploy").text)
    assert shown["previous"]["state"] == "accepted" and shown["scopes"]["lost"] == ["write"]
    assert running.metrics().value("authprobe_target_state", target="me", state="ok") == 1
    page = running.get("/credentials/deploy").text
    assert re.search(r"<small>replaced <time[^>]*>[^<]+</time> ago, must be refused <time[^>]*>in \d+ d", page)
    assert "replaced value, by retire" in running.get("/").text

    # It is not asked for again before an hour has passed, whatever is probed.
    asked = issuer.seen.count("first-value-of-the-token")
    before = issuer.seen.count("second-value-of-the-token")
    eventually(lambda: issuer.seen.count("second-value-of-the-token") > before + 10, 30)
    assert issuer.seen.count("first-value-of-the-token") == asked

    # The next replacement: the value between is revoked at once, and is seen to be refused.
    issuer.scopes = {"third-value-of-the-token": "read"}
    replace(token, "third-value-of-the-token")
    eventually(lambda: previous(running) == "refused", 30)
    page = running.get("/credentials/deploy").text
    assert "refused" in page
    for text in (page, running.get("/metrics").text, running.get("/config").text, json.dumps(shown)):
        assert "value-of-the-token" not in text
