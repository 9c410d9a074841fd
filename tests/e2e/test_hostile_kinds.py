"""Servers that misbehave, all at one time beside a good target: each ends in a state that fits, within its timeout; the good one stays on
schedule, memory is bounded, and no line of a metric is forged."""

import gzip
import socket
import struct
import time
import zlib

import pytest

from hostile import (CONTINUATION, DATA, END_HEADERS, HEADERS, PING, SETTINGS, STATUS_200, WINDOW_UPDATE, Server, frame,
                     http2_without_end, read_request, says, tls_context, without_end)
from processes import eventually, free_port, stop

TIMEOUT = 1.5


def ok(headers: bytes = b"", body: bytes = b"ok") -> bytes:
    return b"HTTP/1.1 200 OK\r\n" + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body


def drips(text: bytes, pause: float = 0.2):
    def behave(connection: socket.socket):
        read_request(connection)
        for at in range(len(text)):
            connection.sendall(text[at:at + 1])
            time.sleep(pause)
    return behave


def resets(after: bytes):
    """Sends that, and then RST in place of FIN."""
    def behave(connection: socket.socket):
        read_request(connection)
        connection.sendall(after)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return behave


def silent(connection: socket.socket):
    read_request(connection)
    time.sleep(3 * TIMEOUT)


def deaf(connection: socket.socket):
    time.sleep(3 * TIMEOUT)


def gone(connection: socket.socket):
    """Closes at once, unasked."""


def redirects(where: bytes, status: bytes = b"302 Found"):
    return says(b"HTTP/1.1 " + status + b"\r\nLocation: " + where + b"\r\nContent-Length: 0\r\n\r\n")


def coded(coding: bytes, body: bytes):
    return says(ok(b"Content-Encoding: " + coding + b"\r\n", body))


def raw_deflate_bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(b"\0" * 20_000_000) + packer.flush()


BOMB = gzip.compress(b"\0" * 50_000_000, 9)
DEEP = b'{"a":' * 20_000 + b"1" + b"}" * 20_000
FAILS, ANY = {"unreachable", "unexpected"}, {"ok", "unreachable", "unexpected"}
REFUSES = {"unauthorized", "forbidden"}

# By name: what it does, and the states that fit. Targets check nothing but the status, so that what comes after it may be anything.
PLAIN = {
    "silent": (silent, FAILS), "deaf": (deaf, FAILS), "gone": (gone, FAILS),
    "reset at once": (resets(b""), FAILS), "reset in the status": (resets(b"HTTP/1.1 2"), FAILS), "reset in a header": (resets(b"HTTP/1.1 200 OK\r\nA"), FAILS),
    "reset in the body": (resets(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"), FAILS),
    "drips its status": (drips(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), FAILS),
    "drips its body": (lambda c: (read_request(c), c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"),
                                  [(c.sendall(b"x"), time.sleep(0.2)) for _ in range(99)]), FAILS),
    "endless body": (without_end(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536), ANY),
    "endless headers": (without_end(b"HTTP/1.1 200 OK\r\n", b"X: " + b"y" * 1000 + b"\r\n"), FAILS),
    "endless header": (without_end(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 65536), FAILS),
    "endless status line": (without_end(b"HTTP/1.1 200 ", b"O" * 65536), FAILS),
    "endless chunks": (without_end(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 5_000), ANY),
    "endless trailers": (without_end(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"A: b\r\n" * 5_000), FAILS),
    "endless blanks": (without_end(b"", b"\r\n" * 10_000), FAILS),
    "garbage": (says(b"\x16\x03\x01\x02\x00" + bytes(range(256))), FAILS), "ssh": (says(b"SSH-2.0-OpenSSH_9.2\r\n"), FAILS),
    "smtp": (says(b"220 mail.example.com ESMTP\r\n"), FAILS), "nothing but newlines": (says(b"\n" * 100), FAILS),
    "http 0.9": (says(b"<html>hello</html>"), FAILS), "http 9": (says(b"HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n"), ANY),
    "status 000": (says(b"HTTP/1.1 000 \r\nContent-Length: 0\r\n\r\n"), FAILS), "status 99": (says(b"HTTP/1.1 99 X\r\nContent-Length: 0\r\n\r\n"), FAILS),
    "status 1000": (says(b"HTTP/1.1 1000 X\r\nContent-Length: 0\r\n\r\n"), FAILS), "status -1": (says(b"HTTP/1.1 -1 X\r\nContent-Length: 0\r\n\r\n"), FAILS),
    "status 999": (says(b"HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n"), FAILS), "status 101": (says(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), FAILS),
    "204 with a body": (says(b"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello"), ANY), "304 with a body": (says(b"HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\nhello"), FAILS),
    "NUL in a header": (says(ok(b"X: a\0b\r\n")), ANY), "CR in a header": (says(ok(b"X: a\rb\r\n")), ANY), "folded header": (says(ok(b"X: a\r\n b\r\n")), ANY),
    "header without a name": (says(ok(b": x\r\n")), ANY), "header without a colon": (says(ok(b"nonsense\r\n")), ANY),
    "bad UTF-8": (says(b"HTTP/1.1 401 \xff\xfe\r\nWWW-Authenticate: \xc3\x28\r\nContent-Length: 4\r\n\r\n\xf0\x28\x8c\xbc"), REFUSES),
    "forged log lines": (says(b"HTTP/1.1 401 No\r\nWWW-Authenticate: Bearer error=\"x\\nlevel=error\", realm=\"\x1b[31m\"\r\nContent-Length: 0\r\n\r\n"), REFUSES | FAILS),
    "forged metrics": (says(b"HTTP/1.1 401 No\r\nContent-Type: text/plain\r\nContent-Length: 69\r\n\r\n\nauthprobe_probe_success{target=\"good\"} 0\nforged_metric{x=\"y\"} 1\n\n\n\n\n\n"), REFUSES),
    "gzip bomb": (coded(b"gzip", BOMB), ANY), "deflate bomb": (coded(b"deflate", zlib.compress(b"\0" * 50_000_000, 9)), ANY),
    "raw deflate bomb": (coded(b"deflate", raw_deflate_bomb()), ANY), "gzip in gzip": (coded(b"gzip, gzip, gzip", gzip.compress(gzip.compress(BOMB))), ANY),
    "no gzip": (coded(b"gzip", b"this is no gzip"), FAILS), "half a gzip": (coded(b"gzip", BOMB[:200]), ANY), "unknown coding": (coded(b"rot13", b"uryyb"), ANY),
    "deep JSON": (says(b"HTTP/1.1 401 No\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(DEEP) + DEEP), REFUSES),
    "deep XML": (says(b"HTTP/1.1 403 No\r\nContent-Type: text/xml\r\nContent-Length: 60000\r\n\r\n" + b"<a>" * 20_000), REFUSES),
    "many challenges": (says(b"HTTP/1.1 401 No\r\n" + b"WWW-Authenticate: Basic realm=\"x\", Bearer, Digest nonce=\"\"\r\n" * 200 + b"Content-Length: 0\r\n\r\n"), REFUSES | FAILS),
    "odd Retry-After": (says(b"HTTP/1.1 429 No\r\nRetry-After: 99999999999999999999\r\nContent-Length: 0\r\n\r\n"), {"rate_limited"}),
    "negative Retry-After": (says(b"HTTP/1.1 429 No\r\nRetry-After: -5\r\nContent-Length: 0\r\n\r\n"), {"rate_limited"}),
    "odd Date": (says(b"HTTP/1.1 401 No\r\nDate: Fri, 99 Foo 99999 99:99:99 GMT\r\nContent-Length: 0\r\n\r\n"), REFUSES),
    "redirect to itself": (redirects(b"/"), FAILS), "redirect to a file": (redirects(b"file:///etc/passwd"), FAILS),
    "redirect to gopher": (redirects(b"gopher://127.0.0.1:25/x"), FAILS), "redirect nowhere": (redirects(b""), FAILS),
    "redirect to a bad port": (redirects(b"http://127.0.0.1:99999999/"), FAILS), "redirect with a password": (redirects(b"http://a:b@127.0.0.1:1/"), FAILS),
    "redirect with CRLF": (redirects(b"/a%0d%0aX:%20y"), FAILS), "a very long redirect": (redirects(b"/" + b"x" * 50_000), FAILS),
    "many cookies": (says(ok(b"Set-Cookie: a=b; Max-Age=99999999999999\r\n" * 500)), ANY),
}


def http2_once(frames: bytes):
    """Answers the preface with SETTINGS and these frames, and then listens."""
    def behave(connection: socket.socket):
        connection.recv(65536)
        connection.sendall(frame(SETTINGS, 0, 0) + frames)
        while connection.recv(65536):
            pass
    return behave


def tls_garbage(text: bytes):
    def behave(connection: socket.socket):
        connection.recv(4096)
        connection.sendall(text)
    return behave


TLS_BROKEN = {
    "tls deaf": deaf, "tls gone": gone, "tls alert": tls_garbage(b"\x15\x03\x03\x00\x02\x02\x28"), "tls garbage": tls_garbage(b"\x16\x03\x03\xff\xff" + b"x" * 70_000),
    "tls plain http": tls_garbage(ok()), "tls alert flood": without_end(b"", b"\x15\x03\x03\x00\x02\x01\x00" * 2_000), "tls empty records": without_end(b"", b"\x16\x03\x03\x00\x00" * 2_000),
}
HTTP2 = {
    "h2 goaway": http2_once(frame(7, 0, 0, struct.pack(">II", 0, 11))), "h2 settings flood": http2_without_end(frame(SETTINGS, 0, 0) * 2_000),
    "h2 continuation flood": http2_without_end(frame(CONTINUATION, 0, 1, b"\0\1a\1b") * 1_000, frame(HEADERS, 0, 1, STATUS_200)),
    "h2 reset": http2_once(frame(3, 0, 1, struct.pack(">I", 2))), "h2 data first": http2_once(frame(DATA, 0, 1, b"x")),
    "h2 window overflow": http2_once(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 2**31 - 1))),
    "h2 ping flood": http2_once(frame(PING, 0, 0, b"12345678") * 2_000), "h2 push": http2_once(frame(5, END_HEADERS, 1, struct.pack(">I", 2) + STATUS_200)),
    "h2 bad HPACK": http2_once(frame(HEADERS, END_HEADERS, 1, b"\xff" * 50)), "h2 huge frame": http2_once(b"\xff\xff\xff\0\0\0\0\0\1" + b"x" * 65536),
    "h2 HPACK bomb": http2_without_end(frame(CONTINUATION, 0, 1, b"\xbe" * 16_000), frame(HEADERS, 0, 1, STATUS_200 + b"\x40\1a\x7f\xa1\x1e" + b"y" * 4_000)),
}


def name_of(kind: str) -> str:
    return kind.replace(" ", "-").replace(".", "_")


@pytest.mark.as_built
def test_seventy_kinds_of_bad_servers_beside_a_good_one(exporter, nginx, tmp_path):
    port = free_port()
    nginx(f'server {{ listen 127.0.0.1:{port}; location / {{ return 200 "fine"; }} }}')
    tls, h2 = tls_context(tmp_path), tls_context(tmp_path, "h2")
    kinds: dict[str, tuple[Server, set]] = {kind: (Server(behave), states) for kind, (behave, states) in PLAIN.items()}
    kinds |= {kind: (Server(behave), FAILS) for kind, behave in TLS_BROKEN.items()}
    kinds |= {kind: (Server(behave, h2), FAILS) for kind, behave in HTTP2.items()}
    kinds["unknown issuer"] = (Server(says(ok()), tls), FAILS)
    assert len(kinds) >= 70
    for server, _ in kinds.values():
        server.__enter__()
    try:
        watched = exporter(f'[defaults]\ninterval = "3s"\ntimeout = "{int(TIMEOUT * 1000)}ms"\nmax_redirects = 3\ntls.verify = false\n'
                           f'[targets.good]\nurl = "http://127.0.0.1:{port}/"\ninterval = "2s"\ntimeout = "1900ms"\n' + "".join(
                               f'[targets."{name_of(kind)}"]\nurl = "{"https" if kind in TLS_BROKEN else server.url.split(":")[0]}'
                               f'://127.0.0.1:{server.port}/"\n' + ("tls.verify = true\n" if kind == "unknown issuer" else "")
                               for kind, (server, _) in kinds.items()))
        eventually(lambda: all(watched.metrics().value("authprobe_probes_total", target=name_of(kind)) >= 1 for kind in kinds), 60)
        metrics = watched.metrics()
        states = {kind: metrics.state(name_of(kind)) for kind in kinds}
        assert {kind: state for kind, state in states.items() if state not in kinds[kind][1]} == {}
        assert metrics.all("forged_metric") == [] and len(metrics.all("authprobe_probe_success", target="good")) == 1
        assert metrics.value("authprobe_probe_failures_total", target="good") <= 1
        assert metrics.value("process_resident_memory_bytes") < 300 * 2**20
        longest = {kind: sum(value for _, value in metrics.all("authprobe_probe_phase_duration_seconds", target=name_of(kind))) for kind in kinds}
        assert max(longest.values()) < (3 + 1) * TIMEOUT, longest
        code, seconds = stop(watched)
        assert code == 0 and seconds < 1
    finally:
        for server, _ in kinds.values():
            server.__exit__()
