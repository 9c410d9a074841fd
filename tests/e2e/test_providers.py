"""Providers: three lines are a monitor. Each service of exporter/providers/ is played in its states, as its documents show them."""

import base64
import json
import re
import subprocess
import time

import pytest

from issuer_lists import PROVIDER, Issuer, in_days
from processes import TOP, eventually
from vendors import PROVIDERS, TOKEN, Network, Vendor, filled, forms_of, row

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
    if vendor.kind == "login" and isinstance(keys["send"], dict):
        return keys["send"]["header"].lower(), TOKEN
    token = {"bearer": vendor.secrets.get("token"), "oauth2": TOKEN, "login": TOKEN}.get(vendor.kind)
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
                assert headers[header.lower()] == filled(value, vendor.variables)
    assert causes.pop("good") == ("ok", None)
    state, cause = causes.pop("down")
    down = vendor.data["answers"].get("down")
    assert cause in (down["means"] if down else NO_WORD) and state in ("unexpected", "unauthorized", "forbidden")
    for state, (_, cause) in causes.items():
        assert cause in vendor.data["answers"][state]["means"], (state, cause)


def test_there_are_a_hundred_services():
    assert len(PROVIDERS) >= 100


def test_three_lines_are_a_monitor_and_no_secret_leaves_its_hosts(exporter, tmp_path, network):
    """All services in one exporter, all paths: probes, lookups, token requests, controls, probes on demand, redirects."""
    vendors = [Vendor(name) for name in PROVIDERS]
    network.state = "good"
    network.seen.clear()
    config = network.defaults() + "max_redirects = 3\n" + "".join(vendor.config(tmp_path) for vendor in vendors)
    running = exporter(config)
    eventually(lambda: all(value == 1 for _, value in running.metrics().all("authprobe_probe_success"))
               and len(running.metrics().all("authprobe_last_probe_timestamp_seconds")) == len(vendors), timeout=60)
    assert running.metrics().value("authprobe_credential_expiration_timestamp_seconds", credential="gitlab", source="lookup") > 1.8e9
    assert running.metrics().value("authprobe_rate_limit_remaining", target="github") == 4999
    shown = running.get("/config").text
    assert 'provider = "github"' in shown and "https://api.github.com/user" in shown
    network.state = "redirect"
    for vendor in vendors:
        assert running.get(f"/probe?target={vendor.name}").status == 200
    network.state = "ended"
    for vendor in vendors[:20]:
        assert running.get(f"/probe?target={vendor.name}").status == 200
    left = {host for host, _ in network.seen}
    assert "elsewhere.test" in left
    for vendor in vendors:
        for secret in vendor.secrets.values():
            for form in forms_of(secret):
                strangers = {host for host, raw in network.seen if form in raw} - vendor.hosts
                assert not strangers, (vendor.name, strangers)
    assert not [host for host, raw in network.seen if TOKEN.encode() in raw and host == "elsewhere.test"]


def test_a_credential_is_not_sent_elsewhere_by_hand(binary, tmp_path, network):
    vendor = Vendor("github")
    network.seen.clear()
    config = tmp_path / "authprobe.toml"
    config.write_text(network.defaults() + vendor.config(tmp_path))
    result = subprocess.run([binary, "diagnose", "--url", "https://elsewhere.test/", "--credential", "github", f"--config.file={config}"],
                            capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 2 and "must not be sent" in result.stderr and not network.seen
    config.write_text(config.read_text() + '[targets.far]\nurl = "https://elsewhere.test/"\ncredential = "github"\n')
    result = subprocess.run([binary, "check", config], capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 1 and "targets.far.url: is at elsewhere.test, where credentials.github must not be sent" in result.stdout


def test_a_lost_character_is_evidence(binary, tmp_path, network):
    vendor = Vendor("github")
    network.state = "ended"
    config = tmp_path / "authprobe.toml"
    config.write_text(network.defaults() + vendor.config(tmp_path))
    (tmp_path / "github.token").write_text("ghp_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq1")
    problem = "has 39 characters, but a token of GitHub (classic personal access token) has 40: a part is lost"
    assert problem in json.dumps(diagnose(binary, config, "github"))
    result = subprocess.run([binary, "check", config], capture_output=True, text=True, timeout=30, check=False)
    assert problem in result.stdout


def test_the_command_shows_facts_with_their_sources(binary):
    def shown(*arguments: str) -> str:
        return subprocess.run([binary, "providers", *arguments], capture_output=True, text=True, timeout=30, check=True).stdout

    names = [line.split()[0] for line in shown().splitlines()]
    assert names == sorted(PROVIDERS)
    facts = json.loads(shown("--json"))
    for provider in facts:
        data = PROVIDERS[provider["name"]]
        assert provider["credential"]["kind"] == data["credential"]["kind"]
        for about, source in data["facts"].items():
            mark, day, address = re.fullmatch(r"(?:(believed)|(?=https:)|verified ([\d-]{10}))?(?:: )?(https://.*)?", source).groups()
            wanted = {"mark": mark or ("verified" if day else "sourced"), "source": address or ""} | ({"on": day} if day else {})
            assert provider["facts"][about] == wanted
    text = shown("gitlab")
    assert "PRIVATE-TOKEN" in text and "/doc/api/personal_access_tokens.md" in text
    missing = subprocess.run([binary, "providers", "gitlaab"], capture_output=True, text=True, timeout=30, check=False)
    assert missing.returncode == 2 and 'did you mean "gitlab"?' in missing.stderr


def test_the_page_has_each_service():
    text = (TOP / "docs/providers.md").read_text()
    assert re.findall(r"^\| `[\w-]+` \| .*: .*$", text, re.M) == [row(name) for name in PROVIDERS]
    facts = [[source.split(" ")[0].rstrip(":") for source in data["facts"].values()] for data in PROVIDERS.values()]
    marks = [mark for provider in facts for mark in provider]
    verified, believed = marks.count("verified"), marks.count("believed")
    (paragraph,) = re.findall(r"^\d+ services\. .*?\n\n", text, re.M | re.S)
    figures = [len(PROVIDERS), len(marks), verified, sum(set(provider) == {"verified"} for provider in facts),
               len(marks) - verified - believed, believed]
    assert [int(number) for number in re.findall(r"\d+", paragraph)] == figures


def test_the_page_s_own_provider_is_a_monitor(binary, tmp_path):
    (file,) = re.findall(r"^<!-- file: acme.toml -->\n```\n(.*?)^```", (TOP / "docs/providers.md").read_text(), re.S | re.M)
    (tmp_path / "acme.toml").write_text(file)
    (tmp_path / "f.toml").write_text('settings.providers = "acme.toml"\n[credentials.a]\nprovider = "acme"\nkey.file = "k"\norg = "x"\n')
    result = subprocess.run([binary, "check", "f.toml"], cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 0 and "provider acme fills in" in result.stdout, result.stdout


def test_a_lookup_is_named_after_the_provider_that_has_it(exporter, tmp_path):
    """expiry_lookup = "acme": the provider's lookup for a credential that is none of the provider's."""
    with Issuer() as issuer:
        issuer.me = {"a-token-of-thirty-days": {"ends": in_days(30), "scopes": ["read", "write"]}}
        lookup = 'hosts = ["{host}"], expiry_lookup = { url = "http://{host}/me", json_pointer = "/ends", scopes_pointer = "/scopes" }'
        (tmp_path / "acme.toml").write_text(PROVIDER.replace('hosts = ["{host}"]', lookup).replace('about = "the server"', f'about = "a server", usual = "{issuer.host}"'))
        (tmp_path / "token").write_text("a-token-of-thirty-days")
        running = exporter(f"""
settings.providers = ["acme.toml"]
[credentials.plain]
kind = "bearer"
token = {{ file = "token" }}
required_scopes = ["admin"]
expiry_lookup = "acme"
[targets.me]
url = "http://{issuer.host}/me"
credential = "plain"
""")
        running.secrets.append("a-token-of-thirty-days")
        end = eventually(lambda: running.metrics().all("authprobe_credential_expiration_timestamp_seconds", credential="plain", source="lookup"))[0][1]
        assert abs(end - time.time() - 30 * 86400) < 60
        assert running.metrics().value("authprobe_credential_missing_scopes", credential="plain") == 1
