"""A service of several nodes on loopback, each at its own address, with a name server that hands the addresses out in turn."""

import contextlib
import socket
import struct
import threading
from http.server import ThreadingHTTPServer

from loopback import Handler


class NameServer:
    """Answers each question for an A record with `addresses`, the next one first, for a TTL of 0."""

    def __init__(self, addresses: list[str]):
        self.addresses = addresses
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.1)
        self.ended = False
        self.port = self.socket.getsockname()[1]

    def serve(self):
        turn = 0
        while True:
            try:
                question, client = self.socket.recvfrom(512)
            except TimeoutError:
                if self.ended:
                    return self.socket.close()
                continue
            end = question.index(b"\0", 12) + 5
            is_a = struct.unpack(">H", question[end - 4:end - 2])[0] == 1
            records = self.addresses[turn % len(self.addresses):] + self.addresses[:turn % len(self.addresses)] if is_a else []
            turn += 1 if is_a else 0
            answer = question[:2] + struct.pack(">HHHHH", 0x8180, 1, len(records), 0, 0) + question[12:end]
            for address in records:
                answer += struct.pack(">HHHIH", 0xC00C, 1, 1, 0, 4) + socket.inet_aton(address)
            self.socket.sendto(answer, client)


@contextlib.contextmanager
def nodes(addresses: list[str], answer):
    """Runs a node at each address. `answer(address)` is what its node does: (status, headers). Yields the URL, and the port of the
    name server."""
    names = NameServer(addresses)

    class Node(Handler):
        def do_GET(self):
            status, headers = answer(self.server.server_address[0])
            self.answer(status, "", **headers)

    first = ThreadingHTTPServer((addresses[0], 0), Node)
    servers = [first] + [ThreadingHTTPServer((address, first.server_port), Node) for address in addresses[1:]]
    for serve in [names.serve, *(server.serve_forever for server in servers)]:
        threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://api.test.example:{first.server_port}", names.port
    finally:
        names.ended = True
        for server in servers:
            server.shutdown()
            server.server_close()
