"""Redirects: which hop was sent the credential, and what the answer of one that was not says of it."""

import json
import subprocess
import sys
from pathlib import Path

from loopback import Handler, Server
from processes import BINARY, eventually

REFUSAL = '{"message":"Missing Authentication Token"}'


class Elsewhere(Handler):
    """Refuses whoever has no credential, and remembers who had one."""
    seen: list[str | None] = []

    def do_GET(self):
        self.seen.append(self.headers["Authorization"])
        forbidden = self.path.startswith("/forbidden")
        self.answer(403 if forbidden else 401, "" if forbidden else REFUSAL)


def sending_to(origin: str) -> type[Handler]:
    class Sending(Handler):
        def do_GET(self):
            if self.path in ("/moved", "/forbidden"):
                self.answer(301, Location=f"{origin}{self.path}?session=1")
            else:
                self.answer(200, "in")
    return Sending


CONFIG = """
[defaults]
interval = "300ms"
timeout = "2s"
max_redirects = 5
[credentials.a]
kind = "basic"
username = "me"
password = {{ env = "PASSWORD" }}
[targets]
moved = {{ url = "{url}/moved", credential = "a" }}
forbidden = {{ url = "{url}/forbidden", credential = "a" }}
good = {{ url = "{url}/good", credential = "a" }}
"""


def test_another_origin_that_refuses_has_not_judged_the_credential(exporter):
    with Server(Elsewhere) as elsewhere, Server(sending_to(f"http://127.0.0.1:{elsewhere.port}")) as server:
        watched = exporter(CONFIG.format(url=f"http://127.0.0.1:{server.port}"), PASSWORD="password-1")
        watched.wait_for_state("good", "ok")
        for target, state in (("moved", "unauthorized"), ("forbidden", "forbidden")):
            watched.wait_for_state(target, state)
            eventually(lambda t=target: watched.metrics().value("authprobe_auth_failure_cause", target=t,
                                                                cause="missing_credentials") == 1)
            refusal = json.loads(watched.get(f"/api/v1/targets/{target}").text)
            url = f"http://127.0.0.1:{elsewhere.port}/{target}"
            assert f"redirected to {url}, another origin, to which the credential is not sent" in refusal["evidence"]
            assert f"Put {url} into the target" in refusal["advice"]
            assert not [line for line in refusal["evidence"] if "targets of this credential" in line or "of its" in line]
        # A password that nobody refused is neither counted as refused nor left alone.
        eventually(lambda: watched.metrics().value("authprobe_probes_total", target="moved") > 6)
        metrics = watched.metrics()
        assert metrics.value("authprobe_probes_total", target="good") > 4
        assert metrics.value("authprobe_credential_targets", credential="a", state="unauthorized") == 0
        assert metrics.value("authprobe_credential_targets", credential="a", state="forbidden") == 0
        assert metrics.value("authprobe_credential_targets", credential="a", state="unexpected") == 2
        assert metrics.value("authprobe_credential_targets", credential="a", state="ok") == 1
        assert set(Elsewhere.seen) == {None}


def test_diagnose_shows_the_redirects_and_who_was_sent_the_credential(binary, tmp_path):
    with Server(Elsewhere) as elsewhere, Server(sending_to(f"http://127.0.0.1:{elsewhere.port}")) as server:
        config = tmp_path / "moved.toml"
        config.write_text(CONFIG.format(url=f"http://127.0.0.1:{server.port}"))
        command = [BINARY, "diagnose", "moved", f"--config.file={config}"]
        told = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, env={"PASSWORD": "password-1"})
        assert told.returncode == 10
        url = f"http://127.0.0.1:{elsewhere.port}/moved"
        assert f"Redirect     301 to {url}, another origin: the credential was not sent there" in told.stdout
        assert "missing_credentials (certain)" in told.stdout
        data = json.loads(subprocess.run([*command, "--json"], capture_output=True, text=True, timeout=30, check=False,
                                         env={"PASSWORD": "password-1"}).stdout)
        assert data["answer"]["redirects"] == [{"status": 301, "to": url, "credential_sent": False}]


def test_a_public_server_sends_nobody_into_a_private_network(binary):
    command = ["unshare", "--net", sys.executable, str(Path(__file__).with_name("two_networks.py")), str(binary)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    told = json.loads(done.stdout)
    for name, address in (("to an address", "127.0.0.1"), ("to a name", "127.0.0.1")):
        assert told[name]["code"] == 15
        assert told[name]["asked"] == 0
        assert f"a redirect leads to the private address {address}, which only redirects_to_private = true allows" in json.dumps(told[name])
    for name in ("allowed", "to a public one", "from a private one", "out of a private one"):
        assert (told[name]["code"], told[name]["asked"] > 0) == (0, True), name
