"""The scripts: sound by shellcheck, and right about wrong use."""

import json
import subprocess

import pytest

from processes import TOP, DemoApi, request

SCRIPTS = sorted(path for path in [*TOP.glob("deploy/**/*"), *TOP.glob("tests/*.sh"), *TOP.glob("bench/*.sh"), TOP / ".ci/run"]
                 if path.is_file() and path.read_bytes().startswith(b"#!/usr/bin/env bash"))


def run(script, *arguments) -> subprocess.CompletedProcess:
    return subprocess.run([TOP / script, *arguments], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_has_nothing_to_say(script):
    result = subprocess.run(["shellcheck", script], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stdout


def test_all_scripts_are_looked_at():
    assert {"install-deps.sh", "quickstart.sh", "break-token", "run.sh", "run"} <= {path.name for path in SCRIPTS}


@pytest.mark.parametrize("script", ["deploy/install-deps.sh", "deploy/quickstart.sh", "deploy/release.sh", "deploy/demo/break-token", "tests/run.sh"])
def test_a_wrong_argument_is_told(script):
    result = run(script, "--no-such-flag")
    assert result.returncode == 2 and "usage:" in result.stderr


def test_install_deps_does_nothing_where_all_is_there():
    assert (TOP / "deploy/install-deps.sh").stat().st_mode & 0o111
    result = run("deploy/install-deps.sh", "--with-tests")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_quickstart_without_its_configuration_does_not_begin():
    result = run("deploy/quickstart.sh", "--config.file=/nonexistent/x.toml")
    assert result.returncode == 2 and "/nonexistent/x.toml" in result.stderr


def test_break_token_breaks_and_repairs(demo: DemoApi):
    bearer = {"Authorization": f"Bearer {demo.secret_of['demo-billing']}"}

    def status():
        return request(f"{demo.url}/v1/me", headers=bearer).status

    assert status() == 200
    assert run("deploy/demo/break-token", "--api", demo.url, "demo-billing").returncode == 0
    assert status() == 401
    assert run("deploy/demo/break-token", "--api", demo.url, "--how", "scope", "demo-billing").returncode == 0
    assert status() == 403
    assert run("deploy/demo/break-token", "--api", demo.url, "--restore").returncode == 0
    assert status() == 200
    assert run("deploy/demo/break-token", "--api", demo.url, "demo-nobody").returncode == 1
    assert run("deploy/demo/break-token", "--api", "http://127.0.0.1:1", "demo-billing").returncode == 1


def test_the_demo_api_prints_the_pages_it_is_sent(demo: DemoApi):
    def notify(message) -> int:
        return request(f"{demo.url}/notify/somebody", "POST", body=json.dumps(message).encode()).status

    assert notify({"attachments": [{"title": "[FIRING] a", "text": "*b* `c` &lt;d&gt; \x1b[31m\n<https://e/f|Runbook>"}]}) == 200
    demo.wait_for_line(r"^page to somebody: \[FIRING\] a$")
    demo.wait_for_line(r"^  b c <d> \?\[31m$")
    demo.wait_for_line(r"^  Runbook: https://e/f$")
    assert notify({"alerts": []}) == 400
