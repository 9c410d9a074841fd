"""What incidents.py is made of: an incident as it is written, and the world in which it is played and judged."""

import base64
import dataclasses
import json
import re
import ssl
import subprocess
import time
from collections import Counter
from pathlib import Path

from incident_host import Host

AUTHENTICATION, ACCESS, AVAILABILITY, MONITORING = (f"{who}-oncall" for who in ("authentication", "access", "availability", "monitoring"))


@dataclasses.dataclass
class Incident:
    """`credentials` has, for each of its credentials, the paths that are probed with it. A step is (seconds after the begin, what).

    `told` are the messages that have to come: receiver and a pattern of the subject; each is a fault. `over`: when it is mended; None:
    it mends itself, or never. `exporter` names the processes that probe it. `certain`: its first answer says what is wrong.
    `more` and `target` are further keys of its credentials and targets. `quiet`: seconds in which nothing may be told. `brief`: it is over
    before the shipped rules tell anything, so that it is played with the quick ones only. `reloads`: it reloads Prometheus, which for some
    seconds then knows no Alertmanager, so that it begins before all others."""

    name: str
    credentials: dict[str, list[str]]
    steps: list[tuple]
    told: list[tuple[str, str]]
    over: float | None = None
    exporter: str = "main"
    certain: bool = False
    kind: str = "bearer"
    more: dict[str, str] = dataclasses.field(default_factory=dict)
    target: str = ""
    first: str = "good"
    quiet: float = 0.0
    brief: bool = False
    reloads: bool = False


def token(ends: float) -> str:
    claims = {"sub": "probe", "iat": int(time.time()) - 60, "exp": int(ends)}
    parts = (b'{"alg":"HS256","typ":"JWT"}', json.dumps(claims).encode(), b"unchecked")
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def certificate(folder: Path, name: str, days: int) -> Path:
    """A certificate with its key, in one file."""
    path = folder / f"{name}.pem"
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                           "-days", str(days), "-keyout", "-", "-out", "-"], capture_output=True, check=True)
    path.write_bytes(made.stdout)
    path.chmod(0o600)
    return path


class World:
    """One incident as it is played: its host, its part of the configuration, what came of it."""

    def __init__(self, incident: Incident, number: int, folder: Path, stage):
        self.incident, self.id, self.stage, self.folder = incident, f"i{number:02}", stage, folder
        self.host = Host(incident.first, self._tls() if incident.kind == "certificate" else None)
        self.token = folder / f"{self.id}.jwt"
        self.write_token(time.time() + 90_000)
        self.credentials = {name: list(paths) for name, paths in incident.credentials.items()}
        self.owner, self.window, self.began = "payments", "", 0.0

    def _tls(self) -> ssl.SSLContext:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate(self.folder, f"{self.id}-server", 365))
        return tls

    def write_token(self, ends: float):
        fresh = self.token.with_suffix(".new")
        fresh.write_text(token(ends))
        fresh.replace(self.token)

    # Its part of the configuration.

    def config(self, place: str) -> str:
        return "".join((self._credential(name) if name else "") + "".join(self._target(name, path, place) for path in paths)
                       for name, paths in self.credentials.items())

    def _credential(self, name: str) -> str:
        keys = {"owner": f'"{self.owner}"', "kind": '"bearer"', "token": f'{{ file = "{self.token}" }}', **self.incident.more}
        if self.incident.kind == "bearer":
            keys |= {"token": '{ env = "PLAYED" }', "expires_at": '"never"'}
        if self.incident.kind == "oauth2":
            self.host.token_lives = 8 * self.stage.pace
            del keys["token"]
            keys |= {"warn_before": f'"{5 * self.stage.pace}s"', "critical_before": f'"{2 * self.stage.pace}s"'}
            keys |= {"kind": '"oauth2"', "token_url": f'"http://{self.host.address}/token"', "client_id": '"probe"',
                     "client_secret": '{ env = "PLAYED" }'}
        if self.incident.kind == "certificate":
            del keys["token"]
            keys |= {"kind": '"client_certificate"', "certificate": f'{{ file = "{certificate(self.folder, f"{self.id}-client", 1)}" }}'}
        return f"[credentials.{self.id}-{name}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())

    def _target(self, credential: str, path: str, place: str) -> str:
        return (f'[targets.{self.id}{path.replace("/", "-")}]\nurl = "{self.host.scheme}://{self.host.address}{path}"\n'
                + (f'credential = "{self.id}-{credential}"\n' if credential else "")
                + f'headers = {{ X-From = "{place}" }}\n{self.window}{self.incident.target}')

    # Steps that are more than other answers.

    def maintain(self, seconds: float):
        start, end = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + after)) for after in (-1, seconds * self.stage.pace))
        self.window = f"maintenance = [{{ start = {start}, end = {end} }}]\n"
        self.stage.reload(self.incident.exporter)

    def probe(self, **credentials: list[str]):
        """From now on its credentials are probed at these paths."""
        self.credentials |= credentials
        self.stage.reload(self.incident.exporter)

    def give_to(self, owner: str):
        self.owner = owner
        self.stage.reload(self.incident.exporter)

    def kill(self):
        self.stage.exporters[self.incident.exporter][0].process.kill()

    def revive(self):
        self.stage.revive(self.incident.exporter)

    # What came of it.

    def is_about(self, message) -> bool:
        text = f"{message.subject}\n{message.text}"
        return bool(re.search(rf"\b{self.id}\b|{re.escape(self.host.address)}\b", text)) or (
            message.to == MONITORING and any(address in text for address in self.stage.addresses(self.incident.exporter)))

    def judge(self, messages: list) -> list[str]:
        """What is wrong with the messages about this incident."""
        mine = [message for message in messages if self.is_about(message)]
        firing = [message for message in mine if message.subject.startswith("[FIRING]")]
        problems, left = [], list(self.incident.told)
        for message in firing:
            match = next((pair for pair in left if pair[0] == message.to and re.search(pair[1], message.subject)), None)
            if match:
                left.remove(match)
            elif any(message.to == to and re.search(pattern, message.subject) for to, pattern in self.incident.told):
                problems.append(f"told twice, {message.at - self.began:.0f} s after the begin: to {message.to}: {message.subject}")
            else:
                problems.append(f"false, or to the wrong team, {message.at - self.began:.0f} s after the begin: "
                                f"to {message.to}: {message.subject}")
        problems += [f"missed: to {to}: {pattern}" for to, pattern in left]
        if self.incident.quiet:
            problems += [f"told too early: {message.subject}" for message in firing
                         if message.at < self.began + self.incident.quiet * self.stage.pace]
        return problems + self._ends_too_early([message for message in mine if message.to != MONITORING])

    def _ends_too_early(self, messages: list) -> list[str]:
        cleared = [message for message in messages if message.subject.startswith("[RESOLVED")]
        over = self.began + (self.incident.over or 0) * self.stage.pace
        problems = [f"all-clear {over - message.at:.0f} s too early: {message.subject}" for message in cleared
                    if self.incident.over and message.at < over]
        return problems + [f"resolved {count} times: {subject}" for (_, subject), count in Counter(
            (message.to, re.sub(r" after [^]]+]", "]", message.subject)) for message in cleared).items()
            if count > sum(bool(re.search(pattern, subject)) for _, pattern in self.incident.told) and count > 1]
