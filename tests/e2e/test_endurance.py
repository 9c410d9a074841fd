"""What a process lives through in months: clocks that jump, a machine that sleeps, names and networks that go, everything refused at once,
reloads without end."""

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from hostile import Server, read_request
from preload import preload
from processes import Exporter, eventually, free_port, stop

FAST = '[defaults]\ninterval = "200ms"\ntimeout = "1s"\n'


def polite(connection):
    while read_request(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def probes(exporter: Exporter, target: str = "a") -> float:
    return exporter.metrics().value("authprobe_probes_total", target=target)


def goes_on(exporter: Exporter, target: str = "a"):
    before = probes(exporter, target)
    eventually(lambda: probes(exporter, target) >= before + 5)


# A wall clock that a file sets forward or back, in seconds; the monotonic one goes on.
CLOCK = """
#include <stdio.h>
#include <time.h>
int clock_gettime(clockid_t clock, struct timespec *time) {
  int code = ((int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime"))(clock, time);
  FILE *file = clock == CLOCK_REALTIME ? fopen(getenv("CLOCK_JUMPS"), "r") : NULL;
  long seconds = 0;
  if (file && fscanf(file, "%ld", &seconds) == 1) time->tv_sec += seconds;
  if (file) fclose(file);
  return code;
}
"""


@pytest.mark.as_built
def test_a_clock_that_jumps_stops_nothing_and_blames_nobody(exporter, tmp_path):
    with Server(polite) as api:
        watched = exporter(FAST + f'[targets.a]\nurl = "{api.url}/"\n', LD_PRELOAD=preload(tmp_path, "clock", CLOCK),
                           CLOCK_JUMPS=f"{tmp_path}/jump")
        watched.secrets.clear()
        watched.wait_for_state("a", "ok")
        for jump in (7_200, -7_200, 30 * 365 * 86_400, -20 * 365 * 86_400, 0):
            (tmp_path / "jump.new").write_text(str(jump))
            (tmp_path / "jump.new").replace(tmp_path / "jump")
            goes_on(watched)
            metrics = watched.metrics()
            assert metrics.state("a") == "ok"
            assert abs(metrics.value("authprobe_last_probe_timestamp_seconds", target="a") - time.time() - jump) < 5
        assert stop(watched)[0] == 0


def test_a_process_that_was_suspended_goes_on_and_counts_what_it_missed(exporter):
    with Server(polite) as api:
        watched = exporter(FAST + f'[targets.a]\nurl = "{api.url}/"\n')
        watched.wait_for_state("a", "ok")
        before = watched.metrics()
        watched.signal(signal.SIGSTOP)
        time.sleep(3)  # what is tested is that time passes
        watched.signal(signal.SIGCONT)
        goes_on(watched)
        after = watched.metrics()
        assert after.value("authprobe_schedule_missed_total") >= before.value("authprobe_schedule_missed_total") + 10
        assert after.state("a") == "ok"
        assert after.value("authprobe_probe_failures_total", target="a") == 0


@contextmanager
def resolver(port: int):
    """Answers each question for an A record with 127.0.0.1, and all others with none (RFC 1035, section 4.1)."""
    ended = threading.Event()
    socket_ = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    socket_.bind(("127.0.0.1", port))
    socket_.settimeout(0.1)

    def serve():
        while not ended.is_set():
            try:
                question, client = socket_.recvfrom(512)
            except OSError:
                continue
            end = question.index(b"\0", 12) + 5
            is_a = question[end - 4:end - 2] == b"\0\1"
            answer = b"\xc0\x0c\0\1\0\1" + struct.pack(">IH", 0, 4) + bytes([127, 0, 0, 1]) if is_a else b""
            socket_.sendto(question[:2] + b"\x81\x80\0\1" + (b"\0\1" if is_a else b"\0\0") + b"\0\0\0\0" + question[12:end] + answer, client)

    server = threading.Thread(target=serve)
    server.start()
    try:
        yield
    finally:
        ended.set()
        server.join()
        socket_.close()


NAMESPACES = """
import json, subprocess, sys
sys.path.insert(0, {here!r})
from test_endurance import in_a_namespace
in_a_namespace({folder!r})
"""


def in_a_namespace(folder: str):
    """Run where the network is this process's own: the resolver dies and comes back, then the network goes and comes back."""
    def link(state: str):
        subprocess.run(["ip", "link", "set", "lo", state], check=True)

    link("up")
    Path(folder, "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    subprocess.run(["mount", "--bind", f"{folder}/resolv.conf", "/etc/resolv.conf"], check=True)
    config = Path(folder, "authprobe.toml")
    with Server(polite) as api:
        config.write_text(FAST + f'[targets.a]\nurl = "http://api.example.com:{api.port}/"\n[targets.b]\nurl = "{api.url}/"\n')
        with resolver(53):
            watched = Exporter(config)
            watched.wait_for_state("a", "ok")
        eventually(lambda: watched.state("a") == "unreachable", 30)
        metrics = watched.metrics()  # by the time left: a resolver that is not there, or none that has answered yet
        assert sum(metrics.value("authprobe_transport_errors_total", target="a", reason=reason) for reason in ("dns", "timeout")) > 0
        assert watched.state("b") == "ok", "a target without a name is not touched"
        with resolver(53):
            eventually(lambda: watched.state("a") == "ok", 30)
            link("down")
            time.sleep(3)  # nobody can ask it meanwhile
            link("up")
            eventually(lambda: watched.state("a") == "ok" and watched.state("b") == "ok", 30)
            metrics = watched.metrics()
            assert metrics.value("authprobe_probe_failures_total", target="b") > 0
            assert metrics.value("authprobe_status_transitions_total", target="b", **{"from": "error", "to": "2xx"}) >= 1
        code, seconds = stop(watched)
        assert code == 0 and seconds < 1


@pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root here")
def test_names_and_the_network_go_and_come_back(tmp_path):
    here = Path(__file__).parent
    done = subprocess.run(["unshare", "--net", "--mount", sys.executable, "-c", NAMESPACES.format(here=str(here), folder=str(tmp_path))],
                          capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_everything_is_refused_at_once(exporter, nginx, tmp_path):
    """Of one credential: a bounded log, a handful of controls, and nobody is said to be let in who has not been asked since."""
    port, count = free_port(), 2_000
    bad, asked = tmp_path / "bad", tmp_path / "asked"
    nginx(f"""log_format asked "$http_authorization";
        server {{ listen 127.0.0.1:{port} backlog=2048; access_log {asked} asked;
                  location / {{ if (-f {bad}) {{ return 401 "no"; }} return 200 "fine"; }} }}""")
    (tmp_path / "token").write_text("dead-token-1234567")
    watched = exporter('[defaults]\ninterval = "5s"\ntimeout = "4s"\n[credentials.dead]\nkind = "bearer"\n'
                       f'token = {{ file = "{tmp_path}/token" }}\n' + "".join(
                           f'[targets.t{i}]\nurl = "http://127.0.0.1:{port}/{i}"\ncredential = "dead"\n' for i in range(count)))

    def refused() -> float:
        return watched.metrics().value("authprobe_credential_targets", credential="dead", state="unauthorized")

    eventually(lambda: watched.metrics().value("authprobe_credential_targets", credential="dead", state="ok") == count, 60)
    lines = len(watched.lines)
    bad.touch()
    eventually(lambda: refused() == count, 60)
    bad.unlink()
    eventually(lambda: refused() == 0, 60)
    written = watched.lines[lines:]
    assert 5 < len(written) < 100, "\n".join(written[:150])
    assert sum("more targets" in line for line in written) >= 1
    assert not any("the credential works at" in line for line in written if "refused the probe" in line)
    without = sum(line == "-\n" for line in asked.open())
    assert 1 <= without <= 16


@pytest.mark.as_built
def test_a_hundred_reloads_under_load(exporter, nginx):
    port = free_port()
    nginx(f'server {{ listen 127.0.0.1:{port} backlog=2048; location / {{ return 200 "fine"; }} }}')
    config = '[defaults]\ninterval = "1s"\ntimeout = "900ms"\n' + "".join(
        f'[targets.t{i}]\nurl = "http://127.0.0.1:{port}/{i}"\n' for i in range(100))
    watched = exporter(config)
    watched.wait_until_ready()

    def resident() -> float:
        return watched.metrics().value("process_resident_memory_bytes")

    def descriptors() -> int:
        return len(os.listdir(f"/proc/{watched.process.pid}/fd"))

    for n in range(10):
        watched.rewrite(config + f'[targets.x{n}]\nurl = "http://127.0.0.1:{port}/"\n')
        assert watched.reload().status == 200
    before, done, opened = resident(), probes(watched, "t0"), descriptors()
    for n in range(100):
        watched.rewrite(config + f'[targets.x{n}]\nurl = "http://127.0.0.1:{port}/"\n')
        if n % 10 == 5:
            watched.config.unlink()
        assert watched.reload().status == (500 if n % 10 == 5 else 200)
    goes_on(watched, "t0")
    metrics = watched.metrics()
    assert metrics.value("authprobe_probes_total", target="t0") > done
    assert metrics.value("authprobe_probe_failures_total", target="t0") == 0
    assert resident() < before + 32 * 2**20
    assert descriptors() < opened + 50
    assert stop(watched)[0] == 0


def test_a_configuration_that_vanishes_while_it_is_read(exporter, tmp_path):
    """Its includes too, again and again, while reloads are under way."""
    with Server(polite) as api:
        (tmp_path / "targets.d").mkdir()
        part = tmp_path / "targets.d/b.toml"
        part.write_text(f'[targets.b]\nurl = "{api.url}/b"\n')
        config = f'include = ["targets.d/*.toml"]\n{FAST}[targets.a]\nurl = "{api.url}/"\n'
        watched = exporter(config)
        for target in ("a", "b"):
            watched.wait_for_state(target, "ok")
        ended = threading.Event()
        whole_part = part.read_text()

        def put(path, text):
            path.with_suffix(".new").write_text(text)
            path.with_suffix(".new").replace(path)

        def meddle():
            while not ended.is_set():
                for path, text in ((watched.config, config), (part, whole_part)):
                    path.unlink(missing_ok=True)
                    put(path, text[:-3])  # a URL without its end
                    put(path, text)

        meddler = threading.Thread(target=meddle)
        meddler.start()
        try:
            answers = set()
            for _ in range(60):
                answers.add(watched.reload().status)
                assert watched.state("a") == "ok", "half a configuration has been taken"
        finally:
            ended.set()
            meddler.join()
        assert answers <= {200, 500}
        assert watched.reload().status == 200
        for target in ("a", "b"):
            watched.wait_for_state(target, "ok")
            goes_on(watched, target)
