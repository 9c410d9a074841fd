"""The service that checks a credential has a health of its own: its page is asked after a refusal, without any secret."""

import json
import subprocess

import pytest

from loopback import Handler, Server
from processes import BINARY, eventually, free_port

TOKEN = "an-opaque-token-of-ours"


class Api(Handler):
    refuses = True

    def do_GET(self):
        self.answer(401 if Api.refuses else 200)


class Provider(Handler):
    status, seen = 200, []

    def do_GET(self):
        Provider.seen.append((self.path, dict(self.headers)))
        self.answer(Provider.status, "{}")


@pytest.fixture
def servers():
    Api.refuses, Provider.status = True, 200
    Provider.seen.clear()
    with Server(Api) as api, Server(Provider) as provider:
        yield f"http://127.0.0.1:{api.port}", f"http://127.0.0.1:{provider.port}/health"


def config(folder, api: str, health: str, kind: str = "bearer") -> str:
    (folder / "secret").write_text(TOKEN)
    keys = {"bearer": "token = ", "api_key": "key = ", "basic": 'username = "me"\npassword = '}[kind]
    return f"""
[credentials.a]
kind = "{kind}"
{keys}{{ file = "{folder}/secret" }}
auth_health_url = "{health}"
[targets.t]
url = "{api}/v1"
credential = "a"
interval = "300ms"
timeout = "300ms"
"""


def diagnosis(watched) -> dict:
    return json.loads(watched.get("/api/v1/targets/t").text)


@pytest.mark.parametrize("kind", ["bearer", "api_key", "basic"])
def test_a_failing_auth_service_is_the_cause(exporter, servers, tmp_path, kind):
    Provider.status = 503
    watched = exporter(config(tmp_path, *servers, kind))
    found = eventually(lambda: (d := diagnosis(watched))["cause"] == "auth_service_down" and d)
    assert found["confidence"] == "likely" and "the health page of the auth service answers 503" in found["evidence"]
    (path, headers), = Provider.seen
    assert path == "/health" and TOKEN not in json.dumps(headers) and "Authorization" not in headers and "Cookie" not in headers


def test_a_healthy_one_is_evidence_and_no_cause(exporter, servers, tmp_path):
    watched = exporter(config(tmp_path, *servers))
    found = eventually(lambda: (d := diagnosis(watched))["evidence"] and "auth service answers 200" in str(d["evidence"]) and d)
    assert found["cause"] == "invalid_credentials"


def test_a_silent_one_is_a_guess_for_the_api_may_reach_it(exporter, servers, tmp_path):
    watched = exporter(config(tmp_path, servers[0], f"http://127.0.0.1:{free_port()}/health"))
    found = eventually(lambda: (d := diagnosis(watched))["cause"] == "auth_service_down" and d)
    assert found["confidence"] == "guess"
    assert any("the health page of the auth service does not answer: " in fact for fact in found["evidence"])


def test_nobody_is_asked_while_all_is_well_and_once_in_a_refusal(exporter, servers, tmp_path):
    Api.refuses = False
    watched = exporter(config(tmp_path, *servers))
    watched.wait_for_state("t", "ok")
    probes = watched.metrics().value("authprobe_probes_total", target="t")
    eventually(lambda: watched.metrics().value("authprobe_probes_total", target="t") > probes + 3)
    assert Provider.seen == []
    Api.refuses = True
    watched.wait_for_state("t", "unauthorized")
    eventually(lambda: watched.metrics().value("authprobe_http_responses_total", target="t", code="401") > 5)
    assert len(Provider.seen) == 1


def test_diagnose_asks_it_and_says_so(binary, servers, tmp_path):
    Provider.status = 500
    path = tmp_path / "c.toml"
    path.write_text(config(tmp_path, *servers))
    run = [BINARY, "diagnose", "t", f"--config.file={path}"]
    text = subprocess.run(run, capture_output=True, text=True, timeout=20, check=False).stdout
    assert f"the health page of the auth service, {servers[1]}: 500\n" in text and "auth_service_down (likely)" in text
    found = json.loads(subprocess.run([*run, "--json"], capture_output=True, text=True, timeout=20, check=False).stdout)
    assert found["auth_health"] == {"url": servers[1], "status": 500, "error": None}
    Provider.seen.clear()
    subprocess.run([*run, "--no-controls"], capture_output=True, text=True, timeout=20, check=False)
    assert Provider.seen == []


@pytest.fixture
def dead_auth_request(nginx):
    """nginx whose auth_request asks a port that nobody listens on: its URL, and the auth service's."""
    dead, port = free_port(), free_port()
    nginx(f"""server {{
        listen 127.0.0.1:{port};
        location /open {{ return 200; }}
        location /broken {{ return 502; }}
        location /v1 {{ auth_request /auth; }}
        location = /auth {{ internal; proxy_pass http://127.0.0.1:{dead}; }}
    }}""")
    return f"http://127.0.0.1:{port}", f"http://127.0.0.1:{dead}/health"


def test_nginx_with_a_dead_auth_service_answers_500_and_the_running_exporter_says_why(exporter, dead_auth_request, servers, tmp_path):
    Provider.status = 503
    text = config(tmp_path, dead_auth_request[0], servers[1]) + f"""
[targets.open]
url = "{dead_auth_request[0]}/open"
credential = "a"
interval = "300ms"
"""
    watched = exporter(text)
    found = eventually(lambda: (d := diagnosis(watched))["cause"] == "auth_service_down" and d)
    assert found["state"] == "unexpected" and found["confidence"] == "likely"
    assert found["evidence"][0] == "HTTP 500" and "the health page of the auth service answers 503" in found["evidence"]
    assert not any("targets of this credential" in fact for fact in found["evidence"])
    assert "operators" in found["advice"]
    metrics = watched.metrics()
    assert metrics.value("authprobe_auth_failure_cause", target="t", cause="auth_service_down", confidence="likely") == 1
    eventually(lambda: watched.metrics().value("authprobe_credential_targets", credential="a", state="unexpected") == 1)
    (_, headers), = Provider.seen
    assert TOKEN not in json.dumps(headers) and "Authorization" not in headers


def test_a_500_beside_a_healthy_auth_service_has_no_cause(exporter, dead_auth_request, servers, tmp_path):
    watched = exporter(config(tmp_path, dead_auth_request[0], servers[1]))
    watched.wait_for_state("t", "unexpected")
    eventually(lambda: Provider.seen)
    probes = watched.metrics().value("authprobe_probes_total", target="t")
    eventually(lambda: watched.metrics().value("authprobe_probes_total", target="t") > probes + 2)
    assert diagnosis(watched)["cause"] is None and watched.metrics().all("authprobe_auth_failure_cause", target="t") == []


@pytest.mark.parametrize("what", ["all_of_the_server_fails", "the_auth_service_is_silent"])
def test_a_guess_about_a_500_is_shown_by_diagnose_and_is_no_refusal(exporter, dead_auth_request, servers, tmp_path, what):
    Provider.status = 503
    health = servers[1] if what == "all_of_the_server_fails" else dead_auth_request[1]
    text = config(tmp_path, dead_auth_request[0], health)
    page = "broken" if what == "all_of_the_server_fails" else "open"
    watched = exporter(text + f'control_url = "{dead_auth_request[0]}/{page}"\n')
    def told_as_refusal() -> bool:
        return watched.metrics().all("authprobe_target_trouble_status_code", target="t", refused="true") != []

    eventually(lambda: Provider.seen or page == "open")
    watched.wait_for_state("t", "unexpected")
    probes = watched.metrics().value("authprobe_probes_total", target="t")
    eventually(lambda: watched.metrics().value("authprobe_probes_total", target="t") > probes + 3)
    eventually(lambda: not told_as_refusal())
    probes = watched.metrics().value("authprobe_probes_total", target="t")
    eventually(lambda: watched.metrics().value("authprobe_probes_total", target="t") > probes + 2)
    assert not told_as_refusal() and diagnosis(watched)["confidence"] in (None, "guess")
    text = subprocess.run([BINARY, "diagnose", "t", f"--config.file={tmp_path}/authprobe.toml"], capture_output=True, text=True, timeout=20,
                          check=False).stdout
    assert "auth_service_down (guess)" in text and "the public control URL answers " + ("502" if page == "broken" else "200") in text


def test_the_cause_goes_when_the_server_works(exporter, servers, tmp_path):
    class Failing(Handler):
        status = 500

        def do_GET(self):
            self.answer(Failing.status)

    Provider.status = 503
    with Server(Failing) as api:
        watched = exporter(config(tmp_path, f"http://127.0.0.1:{api.port}", servers[1]))
        eventually(lambda: diagnosis(watched)["cause"] == "auth_service_down")
        Failing.status = 200
        watched.wait_for_state("t", "ok")
        assert diagnosis(watched)["cause"] is None
        Failing.status, Provider.status = 500, 200
        watched.wait_for_state("t", "unexpected")
        probes = watched.metrics().value("authprobe_probes_total", target="t")
        eventually(lambda: watched.metrics().value("authprobe_probes_total", target="t") > probes + 2)
        assert diagnosis(watched)["cause"] is None


def test_diagnose_tells_a_dead_auth_service_from_another_failure(binary, dead_auth_request, servers, tmp_path):
    """The answer of nginx alone says nothing of the cause, and none is claimed then."""
    url, dead = dead_auth_request
    path = tmp_path / "c.toml"

    def run(*flags):
        return subprocess.run([BINARY, "diagnose", "t", f"--config.file={path}", *flags], capture_output=True, text=True, timeout=20,
                              check=False).stdout

    text = config(tmp_path, url, dead)
    path.write_text(text.replace("auth_health_url", "# "))
    assert "Answer       500" in run() and "Cause" not in run() and "auth request unexpected status" in run()
    assert json.loads(run("--json"))["diagnosis"] is None
    path.write_text(text)
    assert "auth_service_down (guess)" in run() and "does not answer: " in run()
    path.write_text(text.replace(dead, servers[1]))
    Provider.status = 503
    assert "auth_service_down (likely)" in run() and "the health page of the auth service answers 503" in run()
    Provider.status = 200
    assert "Cause" not in run() and f"{servers[1]}: 200\n" in run()
