"""The scripted APIs of incidents.py, and how they answer."""

import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# How an API answers: status, headers, content type, body.
JSON, HTML = "application/json", "text/html"
BEARER = 'Bearer realm="api", error="{}", error_description="{}"'


def said(error: str, words: str, status: int = 401) -> tuple:
    return status, {"WWW-Authenticate": BEARER.format(error, words)}, JSON, json.dumps({"error": {"code": error, "message": words}})


ANSWERS = {
    "good": (200, {}, JSON, '{"ok": true}'),
    "silent": (401, {}, "text/plain", ""),
    "revoked": said("invalid_token", "The access token was revoked"),
    "expired": said("invalid_token", "The access token expired"),
    "scope": (403, {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="write"'}, JSON, '{"error": "insufficient_scope"}'),
    "firewall": (403, {}, HTML, "<html><head><title>Attention Required!</title></head><body><h1>Sorry, you have been blocked</h1>"
                                "<p>This website is using a security service to protect itself from online attacks.</p></body></html>"),
    "address": (403, {}, JSON, '{"error": {"code": "ip_not_allowed", "message": "IP address not allowed"}}'),
    "disguised": (200, {}, JSON, '{"ok": false, "error": "invalid_auth"}'),
    "busy": (429, {"Retry-After": "1"}, JSON, '{"error": "too_many_requests"}'),
    "broken": (500, {}, "text/plain", "internal server error"),
    "no-checks": (503, {}, JSON, '{"error": "authentication service unavailable"}'),
    "forbidden": (403, {}, "text/plain", ""),
    "login-page": (200, {}, HTML, '<html><head><title>Sign in</title></head><body><form action="/login" method="post">'
                                  '<input name="user"><input type="password" name="password"></form></body></html>'),
    "login-redirect": (302, {"Location": "/login?next=%2Fa"}, "text/plain", ""),
    # Entra ID, of a client whose secret has ended; and any server, of a client that it does not know.
    "ended-secret": (401, {}, JSON, json.dumps({"error": "invalid_client", "error_codes": [7000222], "error_description":
                                               "AADSTS7000222: The provided client secret keys for app 'probe' are expired."})),
    "wrong-secret": (401, {}, JSON, '{"error": "invalid_client", "error_description": "Client authentication failed"}'),
    "hangs": None,
}


class Host:
    """An API on a port of its own. `answers` has how each path is answered; "" stands for the others."""

    def __init__(self, first: str = "good", tls: ssl.SSLContext | None = None):
        host = self
        self.answers = {"": first}
        self.token_lives = 3600

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                origin = self.headers.get("X-From", "")
                self.answer(host.answers.get(f"{self.path} {origin}") or host.answers.get(self.path) or host.answers[""])

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                if host.answers.get("/token", "good") != "good":
                    self.answer(host.answers["/token"])
                else:
                    answer = {"access_token": "fetched", "token_type": "Bearer", "expires_in": host.token_lives}
                    self.send(200, {}, JSON, json.dumps(answer))

            def answer(self, how: str):
                if ANSWERS[how] is None:
                    time.sleep(1.5)
                    self.close_connection = True
                else:
                    self.send(*ANSWERS[how])

            def send(self, status: int, headers: dict, kind: str, body: str):
                self.send_response(status)
                for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request, client_address):
                """A probe that went away is no news."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.scheme = "https" if tls else "http"
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
