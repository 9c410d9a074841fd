"""An issuer on loopback that lists the secrets it has handed out, page by page, and a provider's file for it."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

PROVIDER = """
title = "Issuer"
covers = "tokens"
needs = "nothing"
secrets = ["token"]
variables = { host = { about = "the server" } }
credential = { kind = "bearer", hosts = ["{host}"] }
target = { url = "http://{host}/me" }
facts = { auth = "believed", probe = "believed", refusals = "believed" }

[answers]
good = { status = 200 }

[[inventories]]
list = "tokens"
about = "all tokens"
needs = "nothing"
source = "believed"
steps = [{ url = "http://{host}/tokens", next = { by = "link" } }]
examples = ["[]"]
id = "/id"
name = "/name"
owner = "/owner"
created = "/created"
ends = "/ends"
last_used = "/used"
client = "/client"
hint = "/hint"
disabled = { at = "/revoked", is = true }

[[inventories]]
list = "account-tokens"
about = "the tokens of each account"
needs = "nothing"
source = "believed"
steps = [
  { url = "http://{host}/accounts", rows = "/accounts", next = { by = "cursor", at = "/cursor", parameter = "after" }, gives = { account = "row/id" } },
  { url = "http://{host}/accounts/{account}/tokens" },
]
examples = ["{}", "[]"]
id = "/id"
name = "/name"
owner = "step/account"
ends = "/ends"
"""


def in_days(days: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + days * 86400))


def token(number: int, ends: float | None = 300, **fields) -> dict:
    """A token that ends in so many days, made a year before its end, used just now."""
    made = in_days((300 if ends is None else ends) - 365)
    return {"id": number, "name": f"token-{number}", "owner": "ada", "created": made, "ends": None if ends is None else in_days(ends),
            "used": in_days(0), "revoked": False, **fields}


class Issuer:
    """`tokens` are listed `size` at a time. `refuse` maps the number of a page to what is answered instead, once: (status, headers)."""

    def __init__(self, secret: str = "a-secret-of-the-list"):
        self.secret = secret
        self.tokens: list[dict] = []
        self.accounts: dict[str, list[dict]] = {}
        self.size = 2
        self.next_url = ""  # instead of the real one
        self.refuse: dict[int, tuple[int, dict]] = {}
        self.body: bytes | None = None  # instead of a list
        self.me = {}  # what each token is told of itself
        self.clients: dict[str, str] = {}  # secrets of OAuth clients, by their ids
        self.requests: list[tuple[float, str, str]] = []  # when, host, path
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            disable_nagle_algorithm = True  # or an answer on a kept connection waits for 40 ms
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                issuer._answer(self)

            def do_POST(self):
                issuer._give_token(self)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def paths(self) -> list[str]:
        return [path for _, _, path in self.requests if path.startswith(("/tokens", "/accounts"))]

    def _answer(self, handler):
        url = urlsplit(handler.path)
        self.requests.append((time.monotonic(), handler.headers["Host"], handler.path))
        if url.path == "/me" and handler.headers["Authorization"]:
            return self._send(handler, 200, {}, json.dumps(self.me.get(handler.headers["Authorization"].removeprefix("Bearer "), {})).encode())
        if handler.headers["Authorization"] != f"Bearer {self.secret}":
            return self._send(handler, 401, {}, b"{}")
        query = parse_qs(url.query)
        if url.path == "/accounts":
            names = list(self.accounts)
            at = int(query.get("after", ["0"])[0])
            more = {"cursor": str(at + self.size)} if at + self.size < len(names) else {}
            page = {"accounts": [{"id": name} for name in names[at:at + self.size]], **more}
            return self._send(handler, 200, {}, json.dumps(page).encode())
        if url.path.startswith("/accounts/"):
            return self._send(handler, 200, {}, json.dumps(self.accounts[unquote(url.path.split("/")[2])]).encode())
        number = int(query.get("page", ["1"])[0])
        if number in self.refuse:
            return self._send(handler, *self.refuse.pop(number), b"")
        if self.body is not None:
            return self._send(handler, 200, {}, self.body)
        page = self.tokens[(number - 1) * self.size:number * self.size]
        headers = {}
        if number * self.size < len(self.tokens):
            headers["Link"] = f'<{self.next_url or f"/tokens?page={number + 1}"}>; rel="next"'
        self._send(handler, 200, headers, json.dumps(page).encode())

    def _give_token(self, handler):
        form = parse_qs(handler.rfile.read(int(handler.headers["Content-Length"])).decode())
        good = self.clients.get(form["client_id"][0]) == form["client_secret"][0]
        body = {"access_token": "a-token-of-an-hour", "expires_in": 3600} if good else {"error": "invalid_client"}
        self._send(handler, 200 if good else 401, {}, json.dumps(body).encode())

    @staticmethod
    def _send(handler, status: int, headers: dict, body: bytes):
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
