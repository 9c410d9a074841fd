"""HTTP servers on loopback whose answers a test writes."""

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server:
    """An HTTP server on loopback whose answers `handler` gives, as long as the block runs."""

    def __init__(self, handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None, address: str = "127.0.0.1"):
        self.server = ThreadingHTTPServer((address, 0), handler)
        self.server.handle_error = lambda *_: None  # a client that ends in the handshake
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_port

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Handler(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True  # or an answer on a kept connection waits for 40 ms
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status: int, body: str = "", **headers: str):
        page = (f"HTTP/1.1 {status} Status\r\nContent-Length: {len(body.encode())}\r\n"
                + "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()) + f"\r\n{body}")
        self.wfile.write(page.encode())  # in one piece


class Fine(Handler):
    def do_GET(self):
        self.answer(200)
