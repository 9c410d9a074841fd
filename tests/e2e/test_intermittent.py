"""Refusals that come and go: the running exporter and `diagnose` say which node, budget or secret they belong to."""

import contextlib
import itertools
import json
import subprocess

import pytest

from loopback import Handler, Server
from nodes import nodes
from processes import BINARY, Exporter, eventually

ADDRESSES = ["127.0.0.11", "127.0.0.12", "127.0.0.13"]


def one_bad_node(address: str):
    return (401 if address == "127.0.0.12" else 200), {}


def configured(tmp_path, url: str, settings: str = "", more: str = ""):
    (tmp_path / "token").write_text("a-token-of-ours")
    config = tmp_path / "c.toml"
    config.write_text(f"""
[settings]
{settings}
[credentials.tok]
kind = "bearer"
token = {{ file = "{tmp_path / 'token'}" }}
{more}
[targets.me]
url = "{url}"
credential = "tok"
interval = "1s"
timeout = "1s"
""")
    return config


def running_at(config):
    return contextlib.closing(Exporter(config))


def diagnosis_with(exporter: Exporter, words: str) -> dict:
    """The diagnosis of the target "me", as soon as its evidence has these words."""
    found = {}

    def seen():
        found.update(json.loads(exporter.get("/api/v1/targets/me").text))
        return any(words in line for line in found["evidence"])

    eventually(seen, timeout=40)
    return found


def diagnose(config, *flags: str) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, "diagnose", "me", f"--config.file={config}", *flags], capture_output=True, text=True, timeout=30,
                          check=False)


@pytest.mark.parametrize("names_itself", [False, True])
def test_one_node_of_three_is_named(binary, tmp_path, names_itself):
    turn = itertools.count()

    class Balancer(Handler):
        def do_GET(self):
            node = next(turn) % 3
            self.answer(401 if node == 1 else 200, "", X_Served_By=f"web-{node}")

    if names_itself:
        with Server(Balancer) as server, running_at(configured(tmp_path, f"http://127.0.0.1:{server.port}/")) as exporter:
            diagnosis = diagnosis_with(exporter, "by the node web-1, 0 of ")
    else:
        with nodes(ADDRESSES, one_bad_node) as (url, names):
            settings = f'dns_servers = ["127.0.0.1:{names}"]\ndns_cache = "0s"'
            with running_at(configured(tmp_path, url, settings)) as exporter:
                diagnosis = diagnosis_with(exporter, "at 127.0.0.12, 0 of ")
    assert diagnosis["cause"] == "auth_service_down" and diagnosis["confidence"] == "likely"
    assert "do not change it" in diagnosis["advice"] and "Compare the secret" not in diagnosis["advice"]


def test_diagnose_asks_every_address_refused_or_not(binary, tmp_path):
    with nodes(ADDRESSES, one_bad_node) as (url, names):
        config = configured(tmp_path, url, f'dns_servers = ["127.0.0.1:{names}"]\ndns_cache = "0s"')
        for _ in ADDRESSES:
            result = diagnose(config)
            assert "refused at 127.0.0.12, accepted at 127.0.0.1" in result.stdout, result.stdout + result.stderr
            assert "take 127.0.0.12 out of service" in result.stdout
        report = json.loads(diagnose(config, "--json").stdout)
        assert report["addresses"].startswith("refused at 127.0.0.12") and "127.0.0.12" in report["advice"]


def test_a_401_at_the_end_of_the_budget_is_a_rate_limit(binary, tmp_path):
    turn = itertools.count()

    class Limited(Handler):
        def do_GET(self):
            left = max(0, 5 - next(turn) % 8)
            self.answer(200 if left else 401, "", X_RateLimit_Limit="5", X_RateLimit_Remaining=str(left))

    with Server(Limited) as server, running_at(configured(tmp_path, f"http://127.0.0.1:{server.port}/")) as exporter:
        diagnosis = diagnosis_with(exporter, "with the rate-limit budget at 0, 0 of ")
        assert diagnosis["cause"] == "rate_limited" and diagnosis["confidence"] == "likely"


def test_the_next_credential_is_tried_at_once_and_switching_is_advised(binary, tmp_path):
    accepted = {"Bearer a-token-of-ours"}

    class Rotating(Handler):
        def do_GET(self):
            self.answer(200 if self.headers["Authorization"] in accepted else 401, '{"message":"Bad credentials"}')

    (tmp_path / "new").write_text("the-next-token")
    more = f'next = "tok-new"\n[credentials.tok-new]\nkind = "bearer"\ntoken = {{ file = "{tmp_path / "new"}" }}'
    with Server(Rotating) as server:
        config = configured(tmp_path, f"http://127.0.0.1:{server.port}/", more=more)
        with running_at(config) as exporter:
            exporter.wait_for_state("me", "ok")
            eventually(lambda: json.loads(exporter.get("/api/v1/credentials").text))
            accepted.clear()
            accepted.add("Bearer the-next-token")
            exporter.wait_for_state("me", "unauthorized")
            diagnosis = diagnosis_with(exporter, "with the next credential the same URL answers 200")
            assert 'Switch to "tok-new"' in diagnosis["advice"]
        assert 'Switch to "tok-new"' in diagnose(config).stdout


def test_refusals_that_began_with_a_new_secret_say_so(binary, tmp_path):
    turn = itertools.count()

    class OfOneSecret(Handler):
        def do_GET(self):
            known = self.headers["Authorization"] == "Bearer a-token-of-ours"
            self.answer(200 if known or next(turn) % 4 == 3 else 401)  # one node of four takes the new one

    with Server(OfOneSecret) as server:
        config = configured(tmp_path, f"http://127.0.0.1:{server.port}/")
        with running_at(config) as exporter:
            eventually(lambda: exporter.metrics().value("authprobe_probes_total", target="me") >= 12, timeout=40)
            (tmp_path / "new").write_text("a-new-token-of-ours")
            (tmp_path / "new").rename(tmp_path / "token")
            diagnosis_with(exporter, "since the secret changed, 0 of ")


def test_a_403_that_everybody_gets_is_not_about_permissions(binary, tmp_path):
    class Walled(Handler):
        def do_GET(self):
            self.answer(403, "Forbidden")

    with Server(Walled) as server:
        result = diagnose(configured(tmp_path, f"http://127.0.0.1:{server.port}/"))
    assert "unknown (guess)" in result.stdout
    assert "nobody looked at the credential" in result.stdout and "it is our address" in result.stdout
