"""The processes that the end-to-end tests run: how each is started, asked and ended."""

import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

TOP = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("AUTHPROBE_EXPORTER", TOP / "build/exporter/authprobe_exporter"))
# Under memcheck (tests/sanitized.sh valgrind) the program takes many times as long for what it does.
PATIENCE = 20 if os.environ.get("AUTHPROBE_SANITIZED") == "valgrind" else 1
SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


def hear_ctrl_c():
    """A shell's background job ignores SIGINT, what it starts does too, and a script cannot catch what it was started to ignore."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def eventually(what, timeout: float = 30.0):
    """The first truthy value of what(); fails with its last value, or its error, after `timeout` seconds."""
    timeout *= PATIENCE
    deadline = time.monotonic() + timeout
    while True:
        try:
            value, error = what(), None
        except (OSError, http.client.HTTPException, AssertionError, KeyError) as caught:
            value, error = None, caught
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {error!r}" if error else f"not within {timeout} s: {value!r}")
        time.sleep(0.03)


_KEPT_PORTS: list[socket.socket] = []


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on. It is below those that the kernel gives to connections, and an abstract
    unix socket keeps it for this process: no other test gets it."""
    while True:
        port = random.randrange(20000, 32768)
        keeper = socket.socket(socket.AF_UNIX)
        try:
            keeper.bind(f"\0authprobe-test-port-{port}")
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            keeper.close()
            continue
        _KEPT_PORTS.append(keeper)
        return port


class Answer:
    def __init__(self, response: http.client.HTTPResponse):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self) -> str:
        return self.body.decode()


def request(url: str, method: str = "GET", headers: dict | None = None, body: bytes | None = None, timeout: float = 10) -> Answer:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout * PATIENCE)
    try:
        connection.request(method, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, headers or {})
        return Answer(connection.getresponse())
    finally:
        connection.close()


class Process:
    """A child whose output is collected as it comes. `output` is standard output and error together."""

    def __init__(self, *command, cwd=None, new_session: bool = False, **environment: str):
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
            errors="replace", cwd=cwd, start_new_session=new_session, env={**os.environ, **environment},
            preexec_fn=hear_ctrl_c)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    @property
    def output(self) -> str:
        with self._changed:
            return "\n".join(self.lines)

    def wait_for_line(self, pattern: str, timeout: float = 30.0) -> re.Match:
        """The first line, past or to come, in which `pattern` is found."""
        deadline = time.monotonic() + timeout * PATIENCE
        seen = 0
        with self._changed:
            while True:
                for line in self.lines[seen:]:
                    if match := re.search(pattern, line):
                        return match
                seen = len(self.lines)
                left = deadline - time.monotonic()
                assert left > 0 and self._reader.is_alive(), f"no line like {pattern!r} in:\n" + "\n".join(self.lines)
                self._changed.wait(left)

    def signal(self, number: int):
        self.process.send_signal(number)

    def wait(self, timeout: float = 30.0) -> int:
        code = self.process.wait(timeout * PATIENCE)
        self._reader.join(5)
        return code

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(5)


class Running:
    """What a test has started, in order."""

    def __init__(self):
        self.started: list[Process] = []

    def add(self, process):
        self.started.append(process)
        return process

    def close(self):
        for process in reversed(self.started):
            process.close()
        secrets = [secret for process in self.started for secret in getattr(process, "secrets", [])]
        for process in self.started:
            for secret in secrets:
                assert secret not in process.output, f"a secret in the output of {process.process.args[0]}"
            assert "Sanitizer" not in process.output, process.output


class DemoApi(Process):
    def __init__(self, secrets: Path):
        super().__init__(sys.executable, TOP / "deploy/demo/demo_api.py", "--port", "0", "--secrets", secrets)
        self.address = self.wait_for_line(r"listening address=(\S+)")[1]
        self.url = f"http://{self.address}"
        self.folder = secrets  # a file for each
        self.secret_of = {path.name: path.read_text().strip() for path in secrets.iterdir()}
        self.secrets = list(self.secret_of.values())

    def revoke(self, token: str, how: str = "revoked"):
        self._control("revoke", token=token, how=how)

    def restore(self):
        self._control("restore")

    def open(self, path: str):
        self._control("open", path=path)

    def _control(self, action: str, **parameters: str):
        assert request(f"{self.url}/control/{action}?{urlencode(parameters)}", "POST").status == 200


class Metrics:
    """A scrape: value("name", label="...") of the one series that has these labels."""

    def __init__(self, text: str):
        self.text = text
        self.samples = []
        for line in text.splitlines():
            if line and not line.startswith("#"):
                match = SAMPLE.match(line)
                assert match, f"not a sample: {line!r}"
                self.samples.append((match[1], dict(LABEL.findall(match[2] or "")), float(match[3])))

    def all(self, name: str, **labels: str) -> list[tuple[dict, float]]:
        return [(have, value) for sample, have, value in self.samples
                if sample == name and all(have.get(key) == wanted for key, wanted in labels.items())]

    def value(self, name: str, **labels: str) -> float:
        found = self.all(name, **labels)
        assert len(found) == 1, f"{name}{labels}: {len(found)} series"
        return found[0][1]

    def state(self, target: str) -> str:
        found = [have["state"] for have, value in self.all("authprobe_target_state", target=target) if value == 1]
        assert len(found) == 1, f"{target} is in {len(found)} states"
        return found[0]


class Exporter(Process):
    def __init__(self, config: Path, *flags: str, listen: tuple[str, ...] = ("127.0.0.1:0",), under: tuple[str, ...] = (),
                 **environment: str):
        super().__init__(*under, BINARY, f"--config.file={config}", *(f"--web.listen-address={address}" for address in listen), *flags,
                         **environment)
        self.config = config
        self.secrets = list(environment.values())
        try:
            self.wait_for_line(r'msg="?listening"?.* address=')
            eventually(lambda: len(self.addresses()) >= len(listen))
        except AssertionError:
            self.close()  # nobody else has it yet
            raise
        self.url = f"http://{self.addresses()[0]}"

    def addresses(self) -> list[str]:
        return re.findall(r'msg="?listening"?.* address="?([^\s"]+)', self.output)

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        if self.process.poll() is not None:
            pytest.fail(f"the exporter has ended with {self.process.returncode}:\n{self.output}")
        answer = request(self.url + path, method, {name.replace("_", "-"): value for name, value in headers.items()})
        for secret in self.secrets:
            assert secret.encode() not in answer.body and secret not in str(answer.headers), f"a secret in {path}"
        return answer

    def metrics(self) -> Metrics:
        answer = self.get("/metrics")
        assert answer.status == 200
        return Metrics(answer.text)

    def state(self, target: str) -> str:
        return self.metrics().state(target)

    def wait_for_state(self, target: str, state: str):
        eventually(lambda: self.state(target) == state)

    def wait_until_ready(self):
        eventually(lambda: self.get("/-/ready").status == 200)

    def rewrite(self, config: str):
        self.config.write_text(config, encoding="utf-8")

    def reload(self) -> Answer:
        return self.get("/-/reload", "POST")


class Nginx(Process):
    """Debian's nginx in the foreground, without root's folders; `servers` are the server blocks."""

    def __init__(self, folder: Path, servers: str):
        folder.mkdir(exist_ok=True)
        config = folder / "nginx.conf"
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        config.write_text(f"""daemon off; master_process off; pid {folder}/pid; error_log stderr warn;
            events {{}}
            http {{ access_log off; {temporary} {servers} }}""", encoding="utf-8")
        super().__init__("/usr/sbin/nginx", "-e", "stderr", "-p", folder, "-c", config)
        eventually(lambda: (folder / "pid").exists() and (folder / "pid").read_text().strip())


class Prometheus(Process):
    def __init__(self, folder: Path, scraped: Exporter, **scrape: object):
        folder.mkdir(exist_ok=True)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        config = folder / "prometheus.yml"
        config.write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(TOP / "alerts/*.rules.yml")],
            "scrape_configs": [{"job_name": "authprobe", "static_configs": [{"targets": [urlsplit(scraped.url).netloc]}], **scrape}],
        }), encoding="utf-8")
        super().__init__("prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
                         f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn")
        eventually(lambda: request(f"{self.url}/-/ready").status == 200, 30)

    def query(self, expression: str) -> list[dict]:
        answer = request(f"{self.url}/api/v1/query?{urlencode({'query': expression})}")
        return json.loads(answer.body)["data"]["result"]


def stop(process: Process, number: int = signal.SIGTERM) -> tuple[int, float]:
    """Sends the signal; the exit code, and the seconds that the end took."""
    began = time.monotonic()
    process.signal(number)
    return process.wait(), time.monotonic() - began
