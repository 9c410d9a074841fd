"""The processes that a measurement needs: the loopback server, the exporter, Debian's blackbox exporter and its scraper.

Each is a context manager that ends its process by its id. CPU time is that of the one process only, read from its CPU
clock (all of its threads, nanoseconds), so that servers, scrapers and this script are not counted.
"""

import contextlib
import dataclasses
import gzip
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
SYSTEM_CAS = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")  # about 140


class Process:
    """A child with a pipe as standard input: our own helpers end when it closes. `cpu`: the only one that it may use."""

    def __init__(self, command, log, *, ready_line=False, cpu=None, environment=None):
        self.log = open(log, "ab")
        if cpu is not None:
            command = ["taskset", "--cpu-list", cpu, *command]  # which becomes the command: its process id stays
        self.child = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if ready_line else self.log,
            stderr=self.log,
            env={**os.environ, **(environment or {})},
        )
        self.pid = self.child.pid
        self.ready = {}
        if ready_line:
            line = self.child.stdout.readline()
            if not line:
                raise RuntimeError(f"{command[0]} did not start; see {log}")
            self.ready = json.loads(line)

    def cpu(self):
        """Seconds of CPU used so far: CLOCK_PROCESS_CPUTIME_ID of another process (clock_getcpuclockid(3))."""
        return time.clock_gettime((~self.pid << 3) | 2)

    def memory(self, field):
        """A field of /proc/PID/status in bytes: VmRSS, VmHWM."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        raise RuntimeError(f"process {self.pid} is gone; see {self.log.name}")

    def reset_peak(self):
        """VmHWM starts again from the present VmRSS."""
        pathlib.Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def end(self):
        self.child.stdin.close()
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def get(port, path, headers=None, timeout=60):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path, headers=headers or {})
        return connection.getresponse().read()
    finally:
        connection.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, timeout=60):
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if condition():
                return
        time.sleep(0.05)
    raise RuntimeError(f"timed out: {what}")


class LoopbackServer(Process):
    def __init__(self, place, *, cpu=None, chain=None):
        chain = chain or place.chains["ECDSA P-256"]
        super().__init__(
            [place.program("loopback_server"), "--certificate", chain.certificate, "--key", chain.key],
            place.log("server"),
            ready_line=True,
            cpu=cpu,
        )

    def served(self):
        return int(get(self.ready["http"], "/served"))

    def cost(self, prober, seconds):
        """CPU microseconds of `prober` for each probe that this server answered in a window of `seconds`."""
        served, cpu = self.served(), prober.cpu()
        time.sleep(seconds)
        cpu, served = prober.cpu() - cpu, self.served() - served
        if served < seconds:
            raise RuntimeError(f"hardly a probe came; see {prober.log.name}")
        return cpu * 1e6 / served


def address(index):
    """The index-th of the addresses that targets are spread over, so that TIME_WAIT does not use up ports."""
    return f"127.0.{1 + index // 250 % 250}.{1 + index % 250}"


class Targets:
    """The text of a configuration, target by target."""

    def __init__(self, interval, *, connection="fresh", ca_file=None, timeout="10s"):
        self.lines = ["[defaults]", f'interval = "{interval}"', f'timeout = "{timeout}"', f'connection = "{connection}"']
        if ca_file:
            self.lines.append(f'tls = {{ ca_file = "{ca_file}" }}')
        self.count = 0

    def add(self, url, name=None, **keys):
        self.lines += [f"[targets.{name or f't{self.count:05}'}]", f'url = "{url}"', *(f'{k} = "{v}"' for k, v in keys.items())]
        self.count += 1

    def add_http(self, count, port, *, addresses=250, **keys):
        for index in range(count):
            self.add(f"http://{address(index % addresses)}:{port}/t/{index}", **keys)
        return self

    def add_https(self, count, port):
        for index in range(count):
            self.add(f"https://127.0.0.1:{port}/t/{index}")
        return self

    def write(self, path, settings=""):
        pathlib.Path(path).write_text(settings + "\n".join(self.lines) + "\n")
        return path


class Exporter(Process):
    def __init__(self, place, targets, *, settings="", before=(), flags=(), cpu=None):
        self.port = free_port()
        self.config = targets.write(place.path(f"exporter-{self.port}.toml"), settings)
        began = time.monotonic()
        super().__init__(
            [*before, place.exporter, f"--config.file={self.config}", f"--web.listen-address=127.0.0.1:{self.port}", *flags],
            place.log("exporter"),
            cpu=cpu,
        )
        try:
            wait_for(lambda: self.child.poll() is not None or get(self.port, "/-/healthy"), "the exporter's start")
            if self.child.poll() is not None:
                raise RuntimeError(f"the exporter ended; see {self.log.name}")
        except RuntimeError:
            self.end()
            raise
        self.start_seconds = time.monotonic() - began

    def reload(self):
        """Returns when the configuration is in force."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request("POST", "/-/reload")
            if connection.getresponse().status != 200:
                raise RuntimeError(f"the reload failed; see {self.log.name}")

    def text(self):
        """/metrics, asked for as Prometheus does, and how many bytes were sent."""
        sent = get(self.port, "/metrics", {"Accept-Encoding": "gzip"})
        return gzip.decompress(sent), len(sent)

    def metrics(self, prefix=""):
        """The samples whose series begin with `prefix` as {series: value}."""
        samples = {}
        for line in re.findall(rb"(?m)^(?!#)" + prefix.encode() + rb".+$", self.text()[0]):
            series, value = line.decode().rsplit(" ", 1)
            samples[series] = float(value)
        return samples

    def expect_success(self):
        """A probe that fails may be cheap: its cost means nothing."""
        failed = sum(value for series, value in self.metrics().items()
                     if series.startswith("authprobe_probe_failures_total"))
        if failed:
            raise RuntimeError(f"{failed:.0f} probes failed; see {self.log.name}")


class Prometheus(Process):
    """Debian's Prometheus with the shipped rules, as in an installation: every 15 s."""

    def __init__(self, place, exporters):
        self.port = free_port()
        config = place.path(f"prometheus-{self.port}.json")
        config.write_text(json.dumps({
            "global": {"scrape_interval": "15s", "evaluation_interval": "15s"},
            "rule_files": [str(HERE.parent / "alerts/*.rules.yml")],
            "scrape_configs": [{"job_name": "authprobe", "static_configs": [
                {"targets": [f"127.0.0.1:{exporter.port}" for exporter in exporters]}]}],
        }))
        super().__init__(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={place.path(f'prometheus-{self.port}')}",
             f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn"],
            place.log("prometheus"),
        )
        wait_for(lambda: get(self.port, "/-/ready") and True, "Prometheus's start")

    def values(self, expression):
        answer = json.loads(get(self.port, "/api/v1/query?" + urllib.parse.urlencode({"query": expression})))
        return [float(sample["value"][1]) for sample in answer["data"]["result"]]

    def rule_seconds(self):
        groups = json.loads(get(self.port, "/api/v1/rules"))["data"]["groups"]
        for rule in (rule for group in groups for rule in group["rules"]):
            if rule["health"] == "err":
                raise RuntimeError(f"{rule['name']}: {rule['lastError']}")
        return sum(group["evaluationTime"] for group in groups)


BLACKBOX_MODULES = """\
modules:
  http:
    prober: http
    timeout: 10s
    http: { preferred_ip_protocol: ip4 }
"""


class Blackbox(Process):
    """Debian's blackbox exporter, with a scraper that asks it for ten probes each 100 ms as Prometheus would: at once, or
    `phase` ms into each tenth of a second of the clock. It trusts the CAs of `ca_file` as its system's: it reads those once."""

    def __init__(self, place, url_of, *, phase=None, ca_file=SYSTEM_CAS):
        self.port = free_port()
        config = place.path("blackbox.yml")
        config.write_text(BLACKBOX_MODULES)
        super().__init__(
            ["prometheus-blackbox-exporter", f"--config.file={config}", f"--web.listen-address=127.0.0.1:{self.port}"],
            place.log("blackbox"),
            environment={"SSL_CERT_FILE": str(ca_file), "SSL_CERT_DIR": "/nonexistent"},
        )
        wait_for(lambda: get(self.port, "/-/healthy"), "the blackbox exporter's start")
        self.first_tick = 0 if phase is None else (phase / 1000 - time.time()) % 0.1
        self.stop = threading.Event()
        self.scraper = threading.Thread(target=self._scrape, args=(url_of,), daemon=True)
        self.scraper.start()

    def _scrape(self, url_of):
        connections = [http.client.HTTPConnection("127.0.0.1", self.port, timeout=20) for _ in range(10)]
        tick, started = time.monotonic() + self.first_tick, 0
        while not self.stop.wait(max(0.0, tick - time.monotonic())):
            for connection in connections:
                path = f"/probe?module=http&target={url_of(started)}"
                connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
                started += 1
            for connection in connections:
                connection.getresponse().read()
            tick += 0.1
        for connection in connections:
            connection.close()

    def end(self):
        self.stop.set()
        self.scraper.join(20)
        super().end()


@dataclasses.dataclass
class Chain:
    """A server's certificate with that of the CA between, its key, and the CAs that clients trust: as the web has them."""

    ca_file: pathlib.Path
    certificate: pathlib.Path
    key: pathlib.Path


class Place:
    """Where programs are, and where configurations, certificates and logs go."""

    def __init__(self, build, exporter, folder):
        self.build, self.exporter, self.folder = build, exporter, folder
        folder.mkdir(parents=True, exist_ok=True)
        curve = ["ec", "-pkeyopt", "ec_paramgen_curve:"]
        self.chains = {"ECDSA P-256": self._make_chain("ecdsa", root=[*curve[:2], curve[2] + "P-384"], other=[*curve[:2], curve[2] + "P-256"]),
                       "RSA-2048": self._make_chain("rsa", root=["rsa:4096"], other=["rsa:2048"])}

    def path(self, name):
        return self.folder / name

    def log(self, name):
        return self.path(name + ".log")

    def program(self, name):
        return self.build / "bench" / name

    def _make_chain(self, name, *, root, other):
        """A root with `root`'s sort of key signs a CA with `other`'s, which signs a server on 127.0.0.1; clients trust the root and the system's CAs."""
        ca, between, server = (self.path(f"{name}-{part}") for part in ("root", "between", "server"))
        self._openssl("req", "-x509", "-nodes", "-newkey", *root, "-days", 30, "-subj", f"/CN=bench {name} root", "-keyout", f"{ca}.key",
                      "-out", f"{ca}.pem", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        for subject, issuer, extensions in ((between, ca, "basicConstraints=critical,CA:true,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n"),
                                            (server, between, "subjectAltName=IP:127.0.0.1\nkeyUsage=critical,digitalSignature\n")):
            pathlib.Path(f"{subject}.ext").write_text(extensions)
            self._openssl("req", "-nodes", "-newkey", *other, "-subj", f"/CN={subject.name}", "-keyout", f"{subject}.key", "-out", f"{subject}.csr")
            self._openssl("x509", "-req", "-in", f"{subject}.csr", "-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key", "-CAcreateserial",
                          "-days", 30, "-extfile", f"{subject}.ext", "-out", f"{subject}.pem")
        chain = Chain(self.path(f"{name}-trusted.pem"), self.path(f"{name}-chain.pem"), pathlib.Path(f"{server}.key"))
        chain.certificate.write_text(pathlib.Path(f"{server}.pem").read_text() + pathlib.Path(f"{between}.pem").read_text())
        chain.ca_file.write_text(SYSTEM_CAS.read_text() + pathlib.Path(f"{ca}.pem").read_text())
        return chain

    def _openssl(self, *words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
