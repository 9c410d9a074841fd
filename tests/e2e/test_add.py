"""`add`: from a token to a monitor. It says whose the token is, writes its file and its block, and probes once."""

import os
import pty
import select
import stat
import subprocess
import time
import zlib

import pytest

from processes import Exporter, eventually
from vendors import Network, Vendor

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def github_token(random: str = "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ") -> str:
    number, check = zlib.crc32(random.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        check = ALPHABET[digit] + check
    return f"ghp_{random}{check}"


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    with Network(tmp_path_factory.mktemp("network"), [Vendor(name) for name in ("github", "gitlab", "digitalocean", "zendesk")]) as network:
        yield network


@pytest.fixture
def config(tmp_path, network):
    network.state = "good"
    network.seen.clear()
    path = tmp_path / "authprobe.toml"
    path.write_text(network.defaults())
    path.chmod(0o640)
    return path


def add(binary, config, token: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([binary, "add", *arguments, f"--config.file={config}", "--from", "-", "--no-controls"], input=token,
                          capture_output=True, text=True, timeout=30, check=False)


def files(config) -> set[str]:
    return {str(path.relative_to(config.parent)) for path in config.parent.rglob("*") if path.is_file()}


def test_a_token_becomes_a_monitor(binary, config, network):
    token = github_token()
    result = add(binary, config, token + "\n", "ci", "--set", "owner=platform")
    assert result.returncode == 0, result.stderr
    assert "this is a token of GitHub (classic personal access token)" in result.stdout and "ok" in result.stdout
    assert token not in result.stdout + result.stderr and token not in config.read_text()
    secret = config.parent / "secrets/ci"
    assert secret.read_text() == token + "\n" and stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(secret.parent.stat().st_mode) == 0o700 and stat.S_IMODE(config.stat().st_mode) == 0o640
    assert '[credentials.ci]\nprovider = "github"\ntoken = { file = "secrets/ci" }\nowner = "platform"\n' in config.read_text()
    assert [host for host, _ in network.seen] == ["api.github.com"]
    assert subprocess.run([binary, "check", config], capture_output=True, timeout=30, check=False).returncode == 0
    again = add(binary, config, token, "ci")
    assert again.returncode == 2 and "credentials.ci is there already" in again.stderr


def test_thirty_seconds_from_the_token_to_the_first_metric(running, binary, config, network):
    """As the README says: `add`, start, scrape."""
    token = github_token()
    begun = time.monotonic()
    assert add(binary, config, token + "\n", "ci").returncode == 0
    exporter = running.add(Exporter(config))
    exporter.secrets.append(token)
    eventually(lambda: exporter.metrics().value("authprobe_probe_success", target="ci") == 1)
    took = time.monotonic() - begun
    print(f"{took:.2f} s")
    assert took < 30


def test_the_verdict_of_a_refused_token(binary, config, network):
    network.state = "ended"
    result = add(binary, config, github_token())
    assert result.returncode == 10 and "invalid_credentials" in result.stdout


@pytest.mark.parametrize("token, arguments, problem", [
    (github_token()[:-1], [], "a part is lost"),
    (github_token()[:-1] + "!", ["--provider", "github"], "has a character that a token of GitHub"),
    (github_token(), ["--provider", "gitlab"], "has the form of a token of GitHub (classic personal access token), not of GitLab"),
    ("just-a-word-of-nobody", [], "name the service with --provider"),
    (github_token(), ["--provider", "gitlaab"], 'no provider "gitlaab": did you mean "gitlab"?'),
    ("", [], "there is no token"),
    ("a-token", ["--provider", "zendesk"], "--set username=..."),
    (github_token(), ["--set", "expires_at=soon"], "nothing was written"),
])
def test_what_cannot_be_taken_leaves_nothing_behind(binary, config, network, token, arguments, problem):
    before = config.read_text()
    result = add(binary, config, token, *arguments)
    assert result.returncode in (1, 2) and problem in result.stderr, result.stderr
    assert token == "" or token not in result.stderr
    assert config.read_text() == before and files(config) == {config.name} and not network.seen


@pytest.mark.parametrize("command", [
    "curl -H 'PRIVATE-TOKEN: {}' https://gitlab.com/api/v4/user",
    'curl --silent \\\n  --header "Authorization: Bearer {}" \\\n  "https://gitlab.com/api/v4/user"',
    "curl -u me:{} https://gitlab.com/",
])
def test_a_curl_command_has_the_token(binary, config, command):
    token = "glpat-Zm9vYmFyYmF6cXV4eA"
    result = add(binary, config, command.format(token))
    assert result.returncode == 0, result.stderr
    assert (config.parent / "secrets/gitlab").read_text() == token + "\n" and "host" not in config.read_text()


def test_the_terminal_shows_nothing_of_the_token(binary, config):
    token = github_token()
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(binary, [str(binary), "add", f"--config.file={config}", "--no-controls"])

    def read() -> bytes:
        assert select.select([terminal], [], [], 60)[0], "nothing comes from the program"
        return os.read(terminal, 4096)

    shown = b""
    while b"not shown): " not in shown:
        shown += read()
    os.write(terminal, token.encode() + b"\n")
    try:
        while piece := read():
            shown += piece
    except OSError:  # the other end is closed
        pass
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert token.encode() not in shown and token[:12].encode() not in shown
    assert (config.parent / "secrets/github").read_text() == token + "\n"


def test_the_first_token_begins_the_configuration(binary, tmp_path):
    (tmp_path / "new").mkdir()
    config = tmp_path / "new/authprobe.toml"
    result = add(binary, config, "glpat-0123456789abcdefghij", "--set", "host=127.0.0.1:1")
    assert f"and in {config}, which is new:\n\n[credentials.gitlab]\n" in result.stdout and "unreachable" in result.stdout, result
    assert config.read_text().startswith('[credentials.gitlab]\nprovider = "gitlab"\n') and stat.S_IMODE(config.stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "new/secrets/gitlab").stat().st_mode) == 0o600
    checked = subprocess.run([binary, "check", config], capture_output=True, text=True, timeout=30, check=False)
    assert checked.returncode == 0, checked
    wrong = add(binary, tmp_path / "none/authprobe.toml", "glpat-0123456789abcdefghij", "--set", "host=127.0.0.1:1")
    assert wrong.returncode == 2 and not (tmp_path / "none").exists(), wrong
