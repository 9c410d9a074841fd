"""The quickstart, run for real: a token is broken, the page arrives, Ctrl-C leaves nothing behind."""

import json
import os
import re
import signal
from pathlib import Path

import pytest

from processes import TOP, Process, eventually, request, stop


@pytest.fixture
def quickstart(binary, running, tmp_path):
    """quickstart(*flags) runs it until it says that everything runs, in a session of its own as a terminal would."""
    def start(*flags: str) -> Process:
        process = running.add(Process(TOP / "deploy/quickstart.sh", *flags, new_session=True, TMPDIR=str(tmp_path)))
        process.wait_for_line("^Running. Ctrl-C stops everything.$", 120)
        return process
    return start


def url_of(process: Process, what: str) -> str:
    return process.wait_for_line(rf"^  {what} +(http://[0-9.:]+)/")[1]


def members(session: int) -> list[str]:
    """The command lines of all processes of a session, but those that have ended and only wait for init to notice."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its_session = stat.read_text().rpartition(")")[2].split()[:4]
            if int(its_session) == session and state != "Z":
                found.append((stat.parent / "cmdline").read_text().replace("\0", " "))
        except (OSError, ValueError):
            pass
    return found


def ctrl_c(process: Process) -> int:
    os.killpg(process.process.pid, signal.SIGINT)
    return process.wait(20)


def test_a_broken_token_becomes_a_page_and_ctrl_c_ends_everything(quickstart, tmp_path):
    process = quickstart()
    exporter, alertmanager = url_of(process, "Exporter"), url_of(process, "Alertmanager")
    folder = next(tmp_path.glob("authprobe-quickstart.*"))
    assert folder.stat().st_mode & 0o077 == 0
    secrets = [path.read_text().strip() for path in (folder / "secrets").iterdir()]
    assert all(path.stat().st_mode & 0o077 == 0 for path in (folder / "secrets").iterdir())
    assert not any(secret in command for secret in secrets for command in members(process.process.pid))
    process.secrets = secrets
    eventually(lambda: "  billing-me: ok" in process.lines)
    assert not any(re.match(r"  [a-z-]+: (?!ok$)", line) for line in process.lines), process.output

    def told(command: str) -> str:
        return process.wait_for_line(rf"^  (deploy/demo/break-token.*{command})$")[1]

    def alerts() -> dict[str, str]:
        answer = json.loads(request(f"{alertmanager}/api/v2/alerts").body)
        return {alert["labels"]["alertname"]: alert["receivers"][0]["name"] for alert in answer}

    assert alerts() == {}
    assert os.system(f"cd {TOP} && {told('demo-billing')} >/dev/null") == 0
    eventually(lambda: "AuthprobeCredentialRefused" in alerts(), 30)
    assert set(alerts().values()) == {"authentication-oncall"}
    process.wait_for_line(r"^page to authentication-oncall: \[FIRING\] demo-billing refused everywhere: token revoked, owner \w+$", 30)
    process.wait_for_line(r"^  .*payments.*revoked_token \(certain\).*: billing-invoices, billing-me\.", 5)
    process.wait_for_line(r"^  Now: Issue a new credential", 5)
    runbook = process.wait_for_line(r"^  Runbook: file://(\S+)", 5)[1]
    assert Path(runbook).exists(), runbook
    process.wait_for_line(rf"^  Silence: {alertmanager}/#/silences/new\?filter=", 5)
    # Restored as soon as that has been told long enough for the change not to be told once more.
    eventually(lambda: not any(alert.startswith("AuthprobeChangedTo") for alert in alerts()), 30)
    assert os.system(f"cd {TOP} && {told('--restore')} >/dev/null") == 0
    eventually(lambda: 'authprobe_target_state{target="billing-me",state="ok"} 1' in request(f"{exporter}/metrics").text)
    process.wait_for_line(r"^page to authentication-oncall: \[RESOLVED after [^]]+\] demo-billing ", 40)
    process.wait_for_line(r"^  • Ended: demo-billing .* UTC on, for [^)]+\)$", 5)

    for log in folder.glob("*.log"):
        assert not any(secret in log.read_text() for secret in secrets), log.name
    assert ctrl_c(process) == 0
    assert members(process.process.pid) == []
    assert not folder.exists()


def test_ones_own_configuration(quickstart, demo, tmp_path):
    config = tmp_path / "own.toml"
    config.write_text(f'[targets.own]\nurl = "{demo.url}/refuse/scope"\ninterval = "500ms"\ntimeout = "400ms"\n')
    process = quickstart(f"--config.file={config}")
    assert "  own: forbidden" in process.lines
    assert "break-token" not in process.output
    assert stop(process)[0] == 0
    assert members(process.process.pid) == []


def test_a_broken_configuration_is_told_with_its_line(binary, running, tmp_path):
    config = tmp_path / "own.toml"
    config.write_text('[targets.own]\nurll = "http://127.0.0.1/"\n')
    process = running.add(Process(TOP / "deploy/quickstart.sh", f"--config.file={config}", new_session=True, TMPDIR=str(tmp_path)))
    assert process.wait(120) == 1
    assert "own.toml:2:1: targets.own.urll" in process.output
    assert members(process.process.pid) == []
    assert list(tmp_path.glob("authprobe-quickstart.*")) == []
