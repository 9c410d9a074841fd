"""Clients that send what no client may, that do not read, or that come in floods: a scrape goes on."""

import os
import socket
import threading
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from certificates import Authority
from hostile import IN_PLACE, RULES, Server, read_request
from processes import eventually, request, stop

TARGET = '[targets.a]\nurl = "{url}/"\ninterval = "1h"\n'


def polite(connection):
    while read_request(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def probes(watched) -> float:
    return watched.metrics().value("authprobe_probes_total", target="a")


def connect(watched) -> socket.socket:
    parts = urlsplit(watched.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=5)


# RFC 9112: sections 2.3, 3.2, 5.1, 6.1 and 6.3.
MALFORMED = {
    "two Host": b"GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a blank before the colon": b"GET /metrics HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n",
    "two lengths": b"POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length and chunks": b"POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a NUL in the target": b"GET /metrics\0 HTTP/1.1\r\nHost: a\r\n\r\n",
    "a NUL, and a version behind it": b"GET /metrics\0HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n",
    "a NUL in the query": b"GET /probe?target=a\0b HTTP/1.1\r\nHost: a\r\n\r\n",
    "an unknown coding": b"POST /-/reload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_request_is_refused(exporter, kind):
    watched = exporter(TARGET.format(url="http://127.0.0.1:1"))
    with closing(connect(watched)) as client:
        client.sendall(MALFORMED[kind])
        answer = client.recv(4096)
        is_closed = answer == b"" and "NUL" in kind  # libmicrohttpd 1.0 ends such a connection by itself
        assert is_closed or answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 ")), answer
    assert watched.get("/metrics").status == 200


def test_a_target_may_be_written_in_any_way_that_the_standard_allows(exporter):
    watched = exporter(TARGET.format(url="http://127.0.0.1:1"))
    for target, status in ((b"/metrics?a=b&c", b"200"), (b"http://a/-/healthy", b"200"), (b"/metrics%00", b"404"), (b"*", b"404")):
        with closing(connect(watched)) as client:
            client.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert client.recv(4096).startswith(b"HTTP/1.1 " + status), target


def test_clients_that_do_not_read_keep_nobody_out(exporter):
    targets = "".join(f'[targets.t{i}]\nurl = "http://127.0.0.1:1/"\ninterval = "1h"\n' for i in range(300))
    watched = exporter(targets)
    stuck = []
    try:
        for _ in range(2_100):
            client = connect(watched)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            stuck.append(client)
        assert watched.get("/metrics").status == 200  # behind 2,100 others
        for _ in range(5):
            began = time.monotonic()
            assert watched.get("/metrics").status == 200
            assert time.monotonic() - began < 1
        descriptors = f"/proc/{watched.process.pid}/fd"
        eventually(lambda: len(os.listdir(descriptors)) < 200, 30)  # a client that does not read is cut off in the end
    finally:
        for client in stuck:
            client.close()


def test_a_flood_of_probes_is_none_for_the_api(exporter):
    asked = []

    def slow(connection):
        while read_request(connection):
            asked.append(time.monotonic())
            time.sleep(0.3)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with Server(slow) as api:
        watched = exporter(TARGET.format(url=api.url))
        eventually(lambda: asked)
        answers = []

        def ask():
            answers.append(request(f"{watched.url}/probe?target=a", timeout=20).text)

        clients = [threading.Thread(target=ask) for _ in range(400)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        assert len(answers) == 400 and all("probe_success 1" in answer for answer in answers)
        assert len(asked) <= 10


# Files that the configuration names, in place of which there is something else.
PLACES = {
    "configuration": lambda file: "",
    "include": lambda file: f'include = ["{file}"]\n',
    "signatures": lambda file: f'[settings]\nsignatures = ["{file}"]\n',
    "providers": lambda file: f'[settings]\nproviders = ["{file}"]\n',
    "CA": lambda file: f'[defaults]\ntls.ca_file = "{file}"\n',
    "client certificate": lambda file: f'[defaults]\ntls.certificate_file = "{file}"\n',
    "its key": lambda file: f'[defaults]\ntls.certificate_file = "{Path(file).with_name("pair.pem")}"\ntls.private_key_file = "{file}"\n',
}


@pytest.mark.parametrize("kind", IN_PLACE)
@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_file_holds_up_nothing_and_is_named(exporter, tmp_path, place, kind):
    with Server(polite) as api:
        target = TARGET.format(url=api.url.replace("http:", "https:")).replace("1h", "1s") + 'timeout = "900ms"\n'
        watched = exporter(target)
        named = watched.config if place == "configuration" else tmp_path / "named"
        pair = Authority(tmp_path / "pki").sign("pair")
        (tmp_path / "pair.pem").write_bytes(pair.read_bytes() + pair.with_suffix(".key").read_bytes())
        named.unlink(missing_ok=True)
        IN_PLACE[kind](named)
        if place != "configuration":
            watched.rewrite(PLACES[place](named) + target)
        before = probes(watched)
        began = time.monotonic()
        answer = watched.reload()
        assert time.monotonic() - began < 2
        eventually(lambda: probes(watched) >= before + 2)
        if place == "include":  # it takes no other file down
            assert answer.status == 200 and RULES[kind] in answer.text
        elif answer.status == 200:  # of what TLS needs, the probes tell
            found = eventually(lambda: [text for text in (watched.get("/api/v1/targets/a").text,) if RULES[kind] in text])
            assert str(named) in found[0]
        else:
            assert str(named) in answer.text and RULES[kind] in answer.text
        code, seconds = stop(watched)
        assert code == 0 and seconds < 1


SECRET_RULES = {"fifo": "not a regular file", "folder": "not a regular file", "1 GB": "over 64 KiB"}


def test_a_secret_that_is_no_file_any_more_holds_up_nothing(exporter, tmp_path):
    secret = tmp_path / "secret"
    with Server(polite) as api:
        secret.write_text("tok-1234567")
        watched = exporter(f'[credentials.c]\nkind = "bearer"\ntoken = {{ file = "{secret}" }}\n[targets.a]\nurl = "{api.url}/"\n'
                           'interval = "200ms"\ntimeout = "200ms"\ncredential = "c"\n')
        watched.wait_for_state("a", "ok")
        for kind, replace in IN_PLACE.items():
            if secret.is_dir():
                secret.rmdir()
            else:
                secret.unlink()
            replace(secret)
            watched.wait_for_state("a", "credential_unavailable")
            eventually(lambda kind=kind: SECRET_RULES[kind] in watched.get("/api/v1/credentials").text)
        secret.unlink()
        secret.write_text("tok-1234567")
        watched.wait_for_state("a", "ok")
