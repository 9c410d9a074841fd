"""Servers that misbehave on purpose, on loopback: each connection is handed to a behaviour, a function of the socket."""

import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Behaviour = Callable[[socket.socket], None]

# What may stand in place of a file, and the rule that a message about it names.
IN_PLACE = {"fifo": os.mkfifo, "folder": os.mkdir, "1 GB": lambda path: path.touch() or os.truncate(path, 10**9)}
RULES = {"fifo": "is not a regular file", "folder": "is a directory", "1 GB": "is larger than"}


class Server:
    """Runs `behave` for each connection on a thread of its own, as long as the block runs. `stopping` is set at its end."""

    def __init__(self, behave: Behaviour, tls: ssl.SSLContext | None = None):
        self.behave = behave
        self.tls = tls
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.stopping = threading.Event()
        self.connections: set[socket.socket] = set()

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for open_socket in [self.listener, *self.connections]:
            with suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket):
        self.connections.add(connection)
        with suppress(OSError, ValueError), connection:
            if self.tls is None:
                self.behave(connection)
            else:
                with self.tls.wrap_socket(connection, server_side=True) as secured:
                    self.connections.add(secured)
                    self.behave(secured)


def read_request(connection: socket.socket) -> bytes:
    """All up to the end of the header section; b"" where the client has gone."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            return b""
        received += piece
    return received


def says(answer: bytes) -> Behaviour:
    """Reads a request, sends `answer` and ends the connection."""
    def behave(connection: socket.socket):
        if read_request(connection):
            connection.sendall(answer)
    return behave


def without_end(first: bytes, again: bytes) -> Behaviour:
    """Reads a request, sends `first`, and then `again` as long as the client takes it."""
    def behave(connection: socket.socket):
        read_request(connection)
        connection.sendall(first)
        while True:
            connection.sendall(again)
    return behave


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """An HTTP/2 frame (RFC 9113, section 4.1)."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


DATA, HEADERS, SETTINGS, PING, WINDOW_UPDATE, CONTINUATION = 0, 1, 4, 6, 8, 9
END_HEADERS = 4
STATUS_200 = b"\x88"  # ":status: 200" of the static table (RFC 7541, appendix A)


def http2_without_end(again: bytes, first: bytes = frame(HEADERS, END_HEADERS, 1, STATUS_200)) -> Behaviour:
    """Answers the preface with SETTINGS and `first`, and then sends `again` as long as the client takes it."""
    def behave(connection: socket.socket):
        connection.recv(65536)
        connection.sendall(frame(SETTINGS, 0, 0) + first)
        while True:
            connection.sendall(again)
    return behave


def tls_context(folder: Path, *alpn: str, days: int = 2) -> ssl.SSLContext:
    """Of a server with a certificate that it signed itself."""
    pair = folder / "pair.pem"
    if not pair.exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(days),
                        "-subj", "/CN=hostile", "-keyout", pair, "-out", folder / "certificate.pem"], check=True, capture_output=True)
        pair.write_text(pair.read_text() + (folder / "certificate.pem").read_text())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context
