"""The stage of incidents.py: a scripted API, the exporters, Prometheus, Alertmanager, and the judge of what was told."""

import base64
import dataclasses
import json
import random
import re
import statistics
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from alertmanager import ROUTES, Alertmanager, Messages, Slack, hurried, quick_rules
from processes import Exporter, Process, Running, eventually, free_port, request

AUTHENTICATION, ACCESS, AVAILABILITY, MONITORING = (f"{who}-oncall" for who in ("authentication", "access", "availability", "monitoring"))
EXPORTERS = {"main": [""], "maintained": [""], "mortal": [""], "places": ["eu", "us"]}  # and their locations

GROUP_WAIT = 5
SPREAD = 15.0  # seconds within which the incidents of a round begin
QUIET = 12.0   # seconds after the last step in which nothing more may come

# How an API answers: status, headers, content type, body.
JSON, HTML = "application/json", "text/html"
BEARER = 'Bearer realm="api", error="{}", error_description="{}"'


def said(error: str, words: str, status: int = 401) -> tuple:
    return status, {"WWW-Authenticate": BEARER.format(error, words)}, JSON, json.dumps({"error": {"code": error, "message": words}})


ANSWERS = {
    "good": (200, {}, JSON, '{"ok": true}'),
    "silent": (401, {}, "text/plain", ""),
    "revoked": said("invalid_token", "The access token was revoked"),
    "expired": said("invalid_token", "The access token expired"),
    "scope": (403, {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="write"'}, JSON, '{"error": "insufficient_scope"}'),
    "firewall": (403, {}, HTML, "<html><head><title>Attention Required!</title></head><body><h1>Sorry, you have been blocked</h1>"
                                "<p>This website is using a security service to protect itself from online attacks.</p></body></html>"),
    "address": (403, {}, JSON, '{"error": {"code": "ip_not_allowed", "message": "IP address not allowed"}}'),
    "disguised": (200, {}, JSON, '{"ok": false, "error": "invalid_auth"}'),
    "busy": (429, {"Retry-After": "1"}, JSON, '{"error": "too_many_requests"}'),
    "broken": (500, {}, "text/plain", "internal server error"),
    "no-checks": (503, {}, JSON, '{"error": "authentication service unavailable"}'),
    "hangs": None,
}


class Host:
    """An API on a port of its own. `answers` has how each path is answered; "" stands for the others."""

    def __init__(self):
        host = self
        self.answers = {"": "good"}
        self.token_lives = 3600

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                origin = self.headers.get("X-From", "")
                self.answer(host.answers.get(f"{self.path} {origin}") or host.answers.get(self.path) or host.answers[""])

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                if host.answers.get("/token", "good") != "good":
                    self.answer(host.answers["/token"])
                else:
                    answer = {"access_token": "fetched", "token_type": "Bearer", "expires_in": host.token_lives}
                    self.send(200, {}, JSON, json.dumps(answer))

            def answer(self, how: str):
                if ANSWERS[how] is None:
                    time.sleep(1.5)
                    self.close_connection = True
                else:
                    self.send(*ANSWERS[how])

            def send(self, status: int, headers: dict, kind: str, body: str):
                self.send_response(status)
                for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request, client_address):
                """A probe that went away is no news."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@dataclasses.dataclass
class Incident:
    """`credentials` has, for each of its credentials, the paths that are probed with it. A step is (seconds after the begin, what).

    `told` are the messages that have to come: receiver and a pattern of the subject; each is a fault. `over`: when it is mended; None:
    it mends itself, or never. `exporter` names the process that probes it. `certain`: its first answer says what is wrong."""

    name: str
    credentials: dict[str, list[str]]
    steps: list[tuple]
    told: list[tuple[str, str]]
    over: float | None = None
    exporter: str = "main"
    certain: bool = False
    kind: str = "bearer"
    more: dict[str, str] = dataclasses.field(default_factory=dict)


def token(ends: float) -> str:
    claims = {"sub": "probe", "iat": int(time.time()) - 60, "exp": int(ends)}
    parts = (b'{"alg":"HS256","typ":"JWT"}', json.dumps(claims).encode(), b"unchecked")
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


class World:
    """One incident as it is played: its host, its part of the configuration, what came of it."""

    def __init__(self, incident: Incident, number: int, folder: Path, stage):
        self.incident, self.id, self.stage, self.host = incident, f"i{number:02}", stage, Host()
        self.token = folder / f"{self.id}.jwt"
        self.write_token(time.time() + 9000)
        self.window = ""
        self.began = 0.0

    def write_token(self, ends: float):
        fresh = self.token.with_suffix(".new")
        fresh.write_text(token(ends))
        fresh.replace(self.token)

    def config(self, place: str) -> str:
        return "".join(self._credential(name) + "".join(self._target(name, path, place) for path in paths)
                       for name, paths in self.incident.credentials.items())

    def _credential(self, name: str) -> str:
        keys = {"owner": '"payments"', "kind": '"bearer"', "token": f'{{ file = "{self.token}" }}', **self.incident.more}
        if self.incident.kind == "bearer":
            keys |= {"token": '{ env = "PLAYED" }', "expires_at": '"never"'}
        if self.incident.kind == "oauth2":
            self.host.token_lives = 8
            del keys["token"]
            keys |= {"kind": '"oauth2"', "token_url": f'"http://{self.host.address}/token"', "client_id": '"probe"',
                     "client_secret": '{ env = "PLAYED" }'}
        return f"[credentials.{self.id}-{name}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())

    def _target(self, credential: str, path: str, place: str) -> str:
        return (f'[targets.{self.id}{path.replace("/", "-")}]\nurl = "http://{self.host.address}{path}"\n'
                f'credential = "{self.id}-{credential}"\nheaders = {{ X-From = "{place}" }}\n{self.window}')

    # Steps that are more than other answers.

    def maintain(self, seconds: float):
        start, end = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + after)) for after in (-1, seconds))
        self.window = f"maintenance = [{{ start = {start}, end = {end} }}]\n"
        self.stage.reload(self.incident.exporter)

    def kill(self):
        self.stage.exporters[self.incident.exporter][0].process.kill()

    def revive(self):
        self.stage.revive(self.incident.exporter)

    # What came of it.

    def is_about(self, message) -> bool:
        text = f"{message.subject}\n{message.text}"
        return bool(re.search(rf"\b{self.id}\b|{re.escape(self.host.address)}\b", text)) or (
            message.to == MONITORING and self.incident.exporter == "mortal" and self.stage.address("mortal") in text)

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
                problems.append(f"false, or to the wrong team: to {message.to}: {message.subject}")
        problems += [f"missed: to {to}: {pattern}" for to, pattern in left]
        cleared = [message for message in mine if message.subject.startswith("[RESOLVED") and message.to != MONITORING]
        problems += [f"all-clear {self.began + self.incident.over - message.at:.0f} s too early: {message.subject}" for message in cleared
                     if self.incident.over and message.at < self.began + self.incident.over]
        problems += [f"resolved {count} times: {subject}" for subject, count in
                     Counter(re.sub(r" after \S+]", "]", message.subject) for message in cleared).items() if count > 1]
        return problems


class Prometheus(Process):
    """Scrapes and evaluates every second."""

    def __init__(self, folder: Path, alertmanager: Alertmanager, scrapes: list[dict]):
        folder.mkdir()
        (folder / "authprobe.rules.yml").write_text(quick_rules(), encoding="utf-8")
        (folder / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": ["authprobe.rules.yml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager.address]}]}]}, "scrape_configs": scrapes,
        }), encoding="utf-8")
        self.url = f"http://127.0.0.1:{free_port()}"
        super().__init__("prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                         f"--web.listen-address={urlsplit(self.url).netloc}", "--log.level=warn")
        eventually(lambda: request(f"{self.url}/-/ready").status == 200, 30)

    def value(self, expression: str) -> float:
        result = json.loads(request(f"{self.url}/api/v1/query?{urlencode({'query': expression})}").body)["data"]["result"]
        return float(result[0]["value"][1]) if result else 0.0


class Stage:
    """All processes, and the incidents of one round."""

    def __init__(self, folder: Path, incidents: list[Incident]):
        self.folder, self.running, self.messages = folder, Running(), Messages()
        self.slack = Slack(self.messages)
        self.worlds = [World(incident, number, folder, self) for number, incident in enumerate(incidents)]
        self.exporters: dict[str, list[Exporter]] = {}
        for name in dict.fromkeys(incident.exporter for incident in incidents):
            self.exporters[name] = [self._start(name, place) for place in EXPORTERS[name]]
        alertmanager = self.running.add(Alertmanager(folder / "am", hurried(ROUTES.read_text(), f"{GROUP_WAIT}s", "4s"), self.slack))
        self.prometheus = self.running.add(Prometheus(folder / "prometheus", alertmanager, [
            {"job_name": name, "static_configs": [
                {"targets": [urlsplit(exporter.url).netloc], "labels": {"location": place} if place else {}}
                for exporter, place in zip(exporters, EXPORTERS[name])]}
            for name, exporters in self.exporters.items()]))

    def _config(self, name: str, place: str) -> str:
        return ('[defaults]\ninterval = "1s"\ntimeout = "900ms"\ncontrols = { anonymous = false, addresses = false }\n'
                + "".join(world.config(place) for world in self.worlds if world.incident.exporter == name))

    def _start(self, name: str, place: str, address: str = "127.0.0.1:0") -> Exporter:
        path = self.folder / f"{name}{place}.toml"
        path.write_text(self._config(name, place), encoding="utf-8")
        return self.running.add(Exporter(path, listen=(address,), PLAYED="a-secret-of-the-play"))

    def reload(self, name: str):
        for exporter, place in zip(self.exporters[name], EXPORTERS[name]):
            exporter.rewrite(self._config(name, place))
            assert exporter.reload().status == 200

    def address(self, name: str) -> str:
        return urlsplit(self.exporters[name][0].url).netloc

    def revive(self, name: str):
        self.exporters[name] = [self._start(name, place, self.address(name)) for place in EXPORTERS[name]]

    def play(self, seed: int):
        """Waits until all is well, plays every incident from a begin of its own, and waits until nothing more can come."""
        eventually(lambda: self.prometheus.value('count(authprobe_target_state{state!="ok"} == 1)') == 0
                   and self.prometheus.value('count(authprobe_target_state{state="ok"} == 1)') > 0, 60)
        eventually(lambda: self.prometheus.value('count(authprobe_probes_total > 2)') > 0, 30)
        chance, now = random.Random(seed), time.time()
        steps = []
        for world in self.worlds:
            world.began = now + chance.uniform(0, SPREAD)
            steps += [(world.began + after, world, step) for after, step in world.incident.steps]
        for at, world, step in sorted(steps, key=lambda step: step[0]):
            time.sleep(max(0.0, at - time.time()))
            step(world)
        self._until_quiet()

    def _until_quiet(self):
        """No message for QUIET seconds: longer than all that the quick rules wait for, and the group's waits."""
        deadline = time.time() + 60
        while time.time() < deadline and (last := max((message.at for message in self.messages.to()), default=0.0)) + QUIET > time.time():
            time.sleep(max(0.1, last + QUIET - time.time()))
        time.sleep(max(0.0, QUIET - 10))

    def close(self):
        for world in self.worlds:
            world.host.close()
        self.running.close()
        self.slack.close()


@dataclasses.dataclass
class Outcome:
    problems: list[str]
    firing: int
    faults: int
    seconds_to_certain: list[float]

    def __str__(self):
        certain = statistics.median(self.seconds_to_certain or [0.0])
        return (f"{self.firing} notifications for {self.faults} faults; certain refusals told after {certain:.1f} s (median), "
                f"{GROUP_WAIT} s of them group_wait; {len(self.problems)} problems")


def play(folder: Path, seed: int, incidents: list[Incident]) -> Outcome:
    """One round of these incidents, in an order that the seed decides."""
    order = list(incidents)
    random.Random(seed).shuffle(order)
    stage = Stage(folder, order)
    try:
        stage.play(seed)
        messages = stage.messages.to()
    finally:
        stage.close()
    problems = [f"{world.id} {world.incident.name}: {problem}" for world in stage.worlds for problem in world.judge(messages)]
    problems += [f"about nothing: to {message.to}: {message.subject}" for message in messages
                 if not any(world.is_about(message) for world in stage.worlds)]
    waits = [min(first) for world in stage.worlds if world.incident.certain
             if (first := [message.at - world.began for message in messages
                           if world.is_about(message) and message.subject.startswith("[FIRING]")])]
    firing = sum(message.subject.startswith("[FIRING]") for message in messages)
    return Outcome(problems, firing, sum(len(incident.told) for incident in incidents), waits)
