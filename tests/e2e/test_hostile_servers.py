"""A server that floods, stalls or lies: its own probe ends in time, and nobody else's is late."""

import http.client
import re
import resource
import signal
import time

import pytest

from hostile import DATA, PING, Server, frame, http2_without_end, read_request, says, tls_context, without_end
from processes import Metrics, eventually, stop

GOOD = 40  # targets beside the hostile one


def polite(connection):
    while read_request(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


FLOODS = {
    "empty DATA frames": http2_without_end(frame(DATA, 0, 1) * 22_000),
    "padded DATA frames": http2_without_end(frame(DATA, 8, 1, b"\xff" + b"\0" * 255) * 1_000),
    "empty DATA frames in clear": http2_without_end(frame(DATA, 0, 1) * 22_000),
    "empty DATA frames on a kept connection": http2_without_end(frame(DATA, 0, 1) * 22_000),
    "pings": http2_without_end(frame(PING, 0, 0, b"12345678") * 2_000),
    "unknown frames": http2_without_end(frame(0x42, 0, 0) * 22_000),
    "a chunk extension": without_end(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=", b"x" * 200_000),
    "interim answers": without_end(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 5_000),
}


@pytest.mark.as_built
@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_holds_up_nobody_else(exporter, tmp_path, flood):
    tls = ("frames" in flood or flood == "pings") and "clear" not in flood
    options = 'http_version = "2"' if "clear" in flood else 'connection = "reuse"' if "kept" in flood else ""
    with Server(polite) as good, Server(FLOODS[flood], tls_context(tmp_path, "h2") if tls else None) as hostile:
        watched = exporter(f"""
            [defaults]
            interval = "500ms"
            timeout = "1s"
            tls.verify = false
            [targets.hostile]
            url = "{hostile.url}/"
            interval = "2s"
            {options}
            """ + "".join(f'[targets.good{i}]\nurl = "{good.url}/"\n' for i in range(GOOD)))

        def probes(name: str) -> float:
            return watched.metrics().value("authprobe_probes_total", target=name)

        eventually(lambda: probes("hostile") >= 1)
        before, began = probes("good7"), time.monotonic()
        while time.monotonic() - began < 5:
            assert watched.get("/-/healthy").status == 200
            time.sleep(0.2)
        elapsed = time.monotonic() - began
        assert probes("good7") - before >= elapsed / 0.5 * 0.8
        assert probes("hostile") >= 3
        assert watched.state("hostile") in ("unreachable", "unexpected")
        began = time.monotonic()
        assert watched.reload().status == 200
        assert time.monotonic() - began < 1
        code, seconds = stop(watched, signal.SIGTERM)
        assert code == 0 and seconds < 1


# What a server sends before it ends the connection, and why that is no answer.
BROKEN = {
    "status line only": (b"HTTP/1.1 200 OK\r\n", "reset"),
    "header cut in its name": (b"HTTP/1.1 200 OK\r\nContent-Ty", "reset"),
    "header cut in its value": (b"HTTP/1.1 200 OK\r\nContent-Type: text/pl", "reset"),
    "no blank line": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", "reset"),
    "half a blank line": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r", "reset"),
    "body cut": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "reset"),
    "last chunk missing": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", "reset"),
    "negative chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nok\r\n", "protocol"),
    "chunk too long": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 17 + b"\r\nok\r\n", "protocol"),
    "no chunk size": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nok\r\n", "protocol"),
    "chunk longer than said": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nok\r\n0\r\n\r\n", "protocol"),
    "length beyond numbers": (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nhello", "protocol"),
    "length of words": (b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello", "protocol"),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 5, 2\r\n\r\nhello", "protocol"),
}
WHOLE = {
    "no length": b"HTTP/1.1 200 OK\r\n\r\nhello",
    "the same length twice": b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
    "an interim answer": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "trailers": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n",
    "lines ended by LF": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
}


def test_an_incomplete_answer_is_none(exporter):
    servers = {name: Server(says(answer)).__enter__() for name, answer in
               {**{name: answer for name, (answer, _) in BROKEN.items()}, **WHOLE}.items()}
    try:
        watched = exporter('[defaults]\ninterval = "1s"\ntimeout = "900ms"\n' + "".join(
            f'[targets."{name.replace(" ", "-")}"]\nurl = "{server.url}/"\n' for name, server in servers.items()))
        watched.wait_until_ready()
        metrics = watched.metrics()
        states = {name: metrics.state(name.replace(" ", "-")) for name in servers}
        assert {name for name, state in states.items() if state == "ok"} == set(WHOLE)
        reasons = {name: [labels["reason"] for labels, count in
                          metrics.all("authprobe_transport_errors_total", target=name.replace(" ", "-")) if count > 0] for name in BROKEN}
        assert reasons == {name: [reason] for name, (_, reason) in BROKEN.items()}
    finally:
        for server in servers.values():
            server.__exit__()


def test_too_few_descriptors_are_no_outage(exporter):
    """More probes are due than there are descriptors: they wait, and no target is blamed."""
    def slow(connection):
        while read_request(connection):
            time.sleep(0.2)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    targets = 150
    with Server(slow) as server:
        watched = exporter("[defaults]\ninterval = \"3s\"\n"
                           + "".join(f'[targets.t{i}]\nurl = "{server.url}/"\n' for i in range(targets)), under=("prlimit", "--nofile=64:64"))
        assert "the limit of open files (64) is lower than 150 targets need" in watched.output
        eventually(lambda: sum(value for _, value in watched.metrics().all("authprobe_probes_total")) >= 2 * targets, 40)
        metrics = watched.metrics()
        assert sum(value for _, value in metrics.all("authprobe_transport_errors_total")) == 0
        assert sum(value for _, value in metrics.all("authprobe_target_state", state="ok")) == targets


def test_a_probe_without_a_socket_blames_nobody(exporter):
    """Descriptors that others in this process take: here a limit lowered under it while it runs."""
    with Server(polite) as server:
        watched = exporter(f'[defaults]\ninterval = "200ms"\n[targets.a]\nurl = "{server.url}/"\n')
        watched.wait_for_state("a", "ok")
        scraping = http.client.HTTPConnection(watched.url.removeprefix("http://"))  # has its descriptor already

        def value(name: str, **labels: str) -> float:
            scraping.request("GET", "/metrics")
            return Metrics(scraping.getresponse().read().decode()).value(name, **labels)

        before = value("authprobe_schedule_missed_total")
        soft, hard = resource.prlimit(watched.process.pid, resource.RLIMIT_NOFILE, (4, resource.prlimit(watched.process.pid, resource.RLIMIT_NOFILE)[1]))
        eventually(lambda: value("authprobe_schedule_missed_total") > before + 3)
        assert value("authprobe_target_state", target="a", state="ok") == 1
        assert value("authprobe_transport_errors_total", target="a", reason="connect") == 0
        resource.prlimit(watched.process.pid, resource.RLIMIT_NOFILE, (soft, hard))
        done = value("authprobe_probes_total", target="a")
        eventually(lambda: value("authprobe_probes_total", target="a") > done)
        assert watched.state("a") == "ok"
        scraping.close()
    assert len(re.findall("no file descriptor or memory left for their sockets", watched.output)) == 1
