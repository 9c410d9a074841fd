"""A real Alertmanager with the shipped routing and messages, and what it sends: to Slack, by mail."""

import email
import email.policy
import json
import re
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from processes import TOP, Process, eventually, free_port, request

ROUTES = TOP / "alerts/alertmanager.yml"
EXTERNAL = "http://alertmanager.example.com"


class Message:
    """A message as a person gets it. `to` is the receiver's name, or an address."""

    def __init__(self, to: str, subject: str, text: str, **more):
        self.to, self.subject, self.text, self.more = to, subject, text, more
        self.at = time.time()

    def __repr__(self):
        return f"\nto {self.to}: {self.subject}\n{self.text}\n"


class Messages:
    """All that has come, in order."""

    def __init__(self):
        self._all: list[Message] = []
        self._changed = threading.Condition()

    def add(self, message: Message):
        with self._changed:
            self._all.append(message)
            self._changed.notify_all()

    def to(self, *receivers: str) -> list[Message]:
        with self._changed:
            return [message for message in self._all if message.to in receivers or not receivers]

    def wait(self, to: str, pattern: str, timeout: float = 20.0) -> Message:
        """The first message to that receiver, past or to come, in whose subject or text `pattern` is found."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                for message in self._all:
                    if message.to == to and re.search(pattern, f"{message.subject}\n{message.text}", re.M):
                        return message
                left = deadline - time.monotonic()
                assert left > 0, f"nothing like {pattern!r} to {to} in {self._all}"
                self._changed.wait(left)


class Slack:
    """Takes what Alertmanager sends to Slack's incoming webhooks: POST /notify/RECEIVER."""

    def __init__(self, messages: Messages):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                (attachment,) = body["attachments"]
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")
                messages.add(Message(self.path.rpartition("/")[2], attachment["title"], attachment.get("text", ""),
                                     color=attachment["color"], link=attachment.get("title_link"), fallback=attachment["fallback"]))

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class MailServer:
    """As much SMTP (RFC 5321) as a client needs that asks for no extension."""

    def __init__(self, messages: Messages):
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self._say("220 mail.example.com")
                to = ""
                while line := self.rfile.readline().decode().strip():
                    command = line.upper()
                    if command.startswith("RCPT TO:"):
                        to = line[8:].strip("<> ")
                    if command == "DATA":
                        self._say("354 go on")
                        self._take(to)
                    self._say("221 bye" if command == "QUIT" else "250 mail.example.com")
                    if command == "QUIT":
                        return

            def _take(self, to: str):
                lines = []
                while (line := self.rfile.readline()) != b".\r\n":
                    lines.append(line.removeprefix(b"."))
                mail = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
                parts = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
                text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
                messages.add(Message(to, mail["Subject"], text, parts=parts))

            def _say(self, line: str):
                self.wfile.write(f"{line}\r\n".encode())

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def hurried(routes: str, wait: str, interval: str) -> str:
    """The routing with shorter waits; everything else as shipped."""
    routes, waits = re.subn(r"group_wait: \S+", f"group_wait: {wait}", routes)
    routes, intervals = re.subn(r"group_interval: \S+", f"group_interval: {interval}", routes)
    assert waits and intervals
    return routes


# What has to last for a minute in the rules lasts for three seconds where probes, scrapes and evaluations are a second apart.
QUICK = [
    (r"^( +for:) 1m$", r"\1 3s"), (r"^( +for:) 2m$", r"\1 6s"), (r"^( +for:) 5m$", r"\1 12s"),
    (r"keep_firing_for: 5m$", "keep_firing_for: 15s"),
    (r"(authprobe:target_refusal) \* 60 and", r"\1 * 3 and"), (r"(authprobe:target_refusal) \* 120$", r"\1 * 6"),
    (r"(target_refused <= time\(\)) - 20$", r"\1 - 3"),
    (r"(last_refusal_timestamp_seconds > time\(\)) - 120(\)?)$", r"\1 - 6\2"),
    (r"(last_refusal_timestamp_seconds > time\(\)) - 180$", r"\1 - 9"),
    (r"(authprobe:token_fetch_failing\{side=\"endpoint\"\})\[2m\]\)$", r"\1[6s])"),
    (r"(last_refusal_timestamp_seconds > time\(\)) - 600$", r"\1 - 15"),
    (r"(authprobe:(?:host_refuses_all|credential_refused) > time\(\)) - 360$", r"\1 - 20"),
    (r"(last_over_time\(authprobe_target_in_maintenance)\[1m\]", r"\1[3s]"), (r"\(time\(\) \+ 15 - max by", "(time() + 1 - max by"),
    (r"(timestamp\(up\) > time\(\)) - 120\)", r"\1 - 6)"),
    (r"(last_over_time\(authprobe_target_trouble_status_code\{state=\"\w+\"\})\[2m\]", r"\1[6s]"),
]


def quick_rules() -> str:
    """The shipped rules, for probes that are a second apart; everything else as shipped."""
    rules = (TOP / "alerts/authprobe.rules.yml").read_text()
    for pattern, replacement in QUICK:
        rules, count = re.subn(pattern, replacement, rules, flags=re.M)
        assert count, f"the rules have no {pattern}"
    return rules


def at_hours(routes: str, name: str, open_now: bool) -> str:
    """The routing with a time interval that includes this moment, or is half a day away from it."""
    start, end = "00:00", "24:00"
    if not open_now:
        hour = (time.gmtime().tm_hour + 12) % 24
        start, end = f"{hour:02}:00", f"{hour:02}:59"
    pattern = rf"(- name: {name}\n    time_intervals:\n)(.*\n)+?( +location: \S+\n)"
    routes, count = re.subn(pattern, rf"\1      - times: [{{ start_time: '{start}', end_time: '{end}' }}]\n\3", routes)
    assert count == 1
    return routes


class Alertmanager(Process):
    """Runs `routes`, whose demo API is replaced by `slack`."""

    def __init__(self, folder: Path, routes: str, slack: Slack):
        folder.mkdir(exist_ok=True)
        config = folder / "alertmanager.yml"
        config.write_text(routes.replace("127.0.0.1:10074", slack.address).replace("[templates/", f"[{TOP}/alerts/templates/"),
                          encoding="utf-8")
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        self.url = f"http://{self.address}"
        super().__init__("prometheus-alertmanager", f"--config.file={config}", f"--storage.path={folder}/data",
                         f"--web.listen-address={self.address}", f"--web.external-url={EXTERNAL}", "--web.route-prefix=/",
                         "--cluster.listen-address=", "--log.level=warn")
        eventually(lambda: request(f"{self.url}/-/ready").status == 200, 30)

    def post(self, *alerts: dict):
        """Fires alerts: {"labels": ..., "annotations": ...}, or resolves them: with "endsAt"."""
        answer = request(f"{self.url}/api/v2/alerts", "POST", {"Content-Type": "application/json"}, json.dumps(alerts).encode())
        assert answer.status == 200, answer.text

    def alerts(self) -> list[dict]:
        return json.loads(request(f"{self.url}/api/v2/alerts").body)
