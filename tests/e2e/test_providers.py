"""Providers: three lines are a monitor. Each service of exporter/providers/ is played in its states, as its documents show them."""

import base64
import json
import subprocess

import pytest

from processes import TOP
from vendors import PROVIDERS, TOKEN, Network, Vendor

STATES = ["good", "ended", "no_right", "limited", "down"]
# What stands for a server that is down: no word about the credential.
NO_WORD = {None, "auth_service_down", "unknown"}


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    with Network(tmp_path_factory.mktemp("network"), [Vendor(name) for name in PROVIDERS]) as network:
        yield network


def diagnose(binary, config, name: str, *flags: str) -> dict:
    result = subprocess.run([binary, "diagnose", name, "--json", "--no-controls", f"--config.file={config}", *flags], capture_output=True,
                            text=True, timeout=30, check=False)
    assert result.stdout, result.stderr
    return json.loads(result.stdout)


def expected_header(vendor: Vendor) -> tuple[str, str]:
    """Where the credential is in a request, and how."""
    keys = vendor.data["credential"]
    if vendor.kind == "api_key":
        scheme = keys.get("scheme", "")
        return keys["header"].lower(), scheme + ("" if scheme == "" or scheme.endswith("=") else " ") + vendor.secrets["key"]
    if vendor.kind == "basic":
        user = vendor.secrets.get("username", keys.get("username", ""))
        pair = f'{user}:{vendor.secrets.get("password", "")}'
        return "authorization", "Basic " + base64.b64encode(pair.encode()).decode()
    token = {"bearer": vendor.secrets.get("token"), "oauth2": TOKEN}.get(vendor.kind)
    return "authorization", f"Bearer {token}"


@pytest.mark.parametrize("name", PROVIDERS)
def test_each_service_in_each_of_its_states(binary, tmp_path, network, name):
    vendor = Vendor(name)
    config = tmp_path / "authprobe.toml"
    config.write_text(network.defaults() + vendor.config(tmp_path))
    causes = {}
    for state in STATES:
        if state in vendor.data["answers"] or state == "down":
            network.state = state
            network.seen.clear()
            report = diagnose(binary, config, name)
            causes[state] = (report["state"], (report.get("diagnosis") or {}).get("cause"))
            host, raw = network.seen[-1]
            lines = raw.decode("latin-1").split("\r\n")
            headers = {line.split(": ")[0].lower(): line.split(": ", 1)[1] for line in lines[1:] if ": " in line}
            assert host in vendor.hosts
            if vendor.kind not in ("url_path", "aws_sigv4"):
                where, value = expected_header(vendor)
                assert headers[where] == value
            for header, value in vendor.data["target"].get("headers", {}).items():
                assert headers[header.lower()] == value
    assert causes.pop("good") == ("ok", None)
    state, cause = causes.pop("down")
    down = vendor.data["answers"].get("down")
    assert cause in (down["means"] if down else NO_WORD) and state in ("unexpected", "unauthorized", "forbidden")
    for state, (_, cause) in causes.items():
        assert cause in vendor.data["answers"][state]["means"], (state, cause)
