"""A server that floods, stalls or lies: its own probe ends in time, and nobody else's is late."""

import signal
import time

import pytest

from hostile import DATA, PING, Server, frame, http2_without_end, read_request, says, tls_context, without_end
from processes import eventually, stop

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
