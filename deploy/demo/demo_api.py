#!/usr/bin/env python3
"""A small API for a demonstration of authprobe: it requires credentials, and refuses them on request, like real APIs.

    /health                  public
    /v1/me /v1/invoices      bearer demo-billing (a JWT)
    /v1/contacts             bearer demo-crm (opaque)
    /v1/reports              X-API-Key demo-reports
    /v1/ledger               basic, user "demo", password demo-ledger
    /v1/internal             must answer 401: no credential has access
    /refuse/HOW              always refuses, in one of the ways below

    POST /control/revoke?token=NAME[&how=HOW]   refuse that credential from now on
    POST /control/restore[?token=NAME]          accept it (or all) again
    POST /control/open?path=/v1/internal        remove a route's protection
    GET  /control/status                        the current answer to each credential
    POST /notify/RECEIVER                       accepts Alertmanager's messages like Slack, and prints them

HOW: revoked (the default), expired, invalid, scope, forbidden, rate-limit, soft, waf, down.

It listens on 127.0.0.1 only. The secrets are created at the start, one file each in --secrets, and are never printed.
"""

import argparse
import base64
import hashlib
import hmac
import html
import json
import os
import re
import secrets
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

JSON = "application/json"
WAF_PAGE = """<!DOCTYPE html>
<html><head><title>Attention Required!</title></head>
<body><h1>Sorry, you have been blocked</h1>
<p>This website is using a security service to protect itself from online attacks.</p>
<p>Request ID: 8f2c51d0aa1b4e77</p></body></html>
"""


def challenge(error: str, description: str) -> dict[str, str]:
    """RFC 6750 section 3: the challenge that says why a bearer token is refused."""
    return {"WWW-Authenticate": f'Bearer realm="demo", error="{error}", error_description="{description}"'}


def json_error(code: str, message: str) -> str:
    return json.dumps({"error": {"code": code, "message": message}})


# How a credential can be refused: status, headers, content type, body.
REFUSALS: dict[str, tuple[int, dict[str, str], str, str]] = {
    "revoked": (401, challenge("invalid_token", "The access token was revoked"), JSON,
                json_error("token_revoked", "The access token was revoked")),
    "expired": (401, challenge("invalid_token", "The access token expired"), JSON,
                json_error("token_expired", "The access token expired")),
    "invalid": (401, challenge("invalid_token", "The access token is invalid"), JSON,
                json_error("invalid_token", "The access token is invalid")),
    "scope": (403, {"WWW-Authenticate": 'Bearer realm="demo", error="insufficient_scope", scope="billing:read"'}, JSON,
              json_error("insufficient_scope", "The token lacks the scope billing:read")),
    "forbidden": (403, {}, JSON, json_error("PERMISSION_DENIED", "The caller does not have permission")),
    "rate-limit": (429, {"Retry-After": "5", "X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0"}, JSON,
                   json_error("too_many_requests", "Slow down")),
    "soft": (200, {}, JSON, json.dumps({"ok": False, "error": "token_expired"})),
    "waf": (403, {}, "text/html; charset=utf-8", WAF_PAGE),
    "down": (503, {}, "text/plain; charset=utf-8", "upstream connect error\n"),
}

# Path -> the credential that it asks for, and how that is sent.
ROUTES = {
    "/v1/me": ("demo-billing", "bearer"),
    "/v1/invoices": ("demo-billing", "bearer"),
    "/v1/contacts": ("demo-crm", "bearer"),
    "/v1/reports": ("demo-reports", "api_key"),
    "/v1/ledger": ("demo-ledger", "basic"),
    "/v1/internal": ("demo-internal", "bearer"),
}
MISSING = {"bearer": 'Bearer realm="demo"', "api_key": 'ApiKey realm="demo"', "basic": 'Basic realm="demo"'}


def make_jwt(days: int) -> str:
    """A JWT as an identity provider would sign it, so that its expiry can be read from it."""
    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    now = int(time.time())
    claims = {"iss": "demo", "sub": "billing", "scope": "billing:read", "iat": now, "exp": now + days * 86400}
    signed = part(b'{"alg":"HS256","typ":"JWT"}') + "." + part(json.dumps(claims).encode())
    return signed + "." + part(hmac.digest(secrets.token_bytes(32), signed.encode(), hashlib.sha256))


def plain(mrkdwn: str) -> str:
    """Slack's text as a terminal shows it best: bare links, no asterisks and backquotes."""
    text = re.sub(r"<([^|>]+)\|([^>]+)>", r"\2: \1", mrkdwn)
    text = re.sub(r"\*([^*\n]+)\*|`([^`\n]+)`", lambda match: match[1] or match[2], text)
    return html.unescape(text)


class Credentials:
    """The secrets, and how each is answered at present. Used by many threads."""

    def __init__(self, folder: Path):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._refused: dict[str, str] = {}
        self._open: set[str] = set()
        self._secrets = {name: self._load_or_make(folder / name) for name in dict.fromkeys(n for n, _ in ROUTES.values())}

    @staticmethod
    def _load_or_make(path: Path) -> str:
        if not path.exists():
            secret = make_jwt(days=90) if path.name == "demo-billing" else secrets.token_urlsafe(24)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
                file.write(secret + "\n")
        return path.read_text(encoding="ascii").strip()

    def known(self, name: str) -> bool:
        return name in self._secrets

    def is_secret(self, name: str, sent: str) -> bool:
        return hmac.compare_digest(self._secrets[name].encode(), sent.encode())

    def refuse(self, name: str, how: str) -> None:
        with self._lock:
            self._refused[name] = how

    def restore(self, name: str | None) -> None:
        with self._lock:
            if name is None:
                self._refused.clear()
                self._open.clear()
            else:
                self._refused.pop(name, None)

    def open_route(self, path: str) -> None:
        with self._lock:
            self._open.add(path)

    def is_open(self, path: str) -> bool:
        with self._lock:
            return path in self._open

    def refusal(self, name: str) -> str | None:
        with self._lock:
            return self._refused.get(name)

    def status(self) -> dict:
        with self._lock:
            return {"tokens": {name: self._refused.get(name, "ok") for name in self._secrets}, "open": sorted(self._open)}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "demo-api"
    sys_version = ""
    timeout = 30
    credentials: Credentials  # set by main

    def log_message(self, *_):
        pass

    def do_GET(self):
        self._read_body()
        path = urlsplit(self.path).path
        if path == "/health":
            self._answer(200, {}, JSON, '{"status":"ok"}')
        elif path == "/control/status":
            self._answer(200, {}, JSON, json.dumps(self.credentials.status()))
        elif path in ROUTES:
            self._guarded(path)
        elif path.startswith("/refuse/") and path.removeprefix("/refuse/") in REFUSALS:
            self._answer(*REFUSALS[path.removeprefix("/refuse/")])
        else:
            self._answer(404, {}, JSON, json_error("not_found", "No such resource"))

    do_HEAD = do_GET

    def do_POST(self):
        body = self._read_body()
        url = urlsplit(self.path)
        if url.path.startswith("/notify/"):
            self._notify(url.path.removeprefix("/notify/"), body)
        elif url.path.startswith("/control/"):
            self._control(url.path, {key: values[0] for key, values in parse_qs(url.query).items()})
        else:
            self.do_GET()

    def _guarded(self, path: str):
        name, kind = ROUTES[path]
        sent = self._sent(kind)
        how = self.credentials.refusal(name)
        if self.credentials.is_open(path):
            self._answer(200, {}, JSON, json.dumps({"id": path, "ok": True}))
        elif sent is None:
            self._answer(401, {"WWW-Authenticate": MISSING[kind]}, JSON, json_error("unauthorized", "Authentication required"))
        elif not self.credentials.is_secret(name, sent):
            self._answer(*REFUSALS["invalid"])
        elif how:
            self._answer(*REFUSALS[how])
        else:
            self._answer(200, {}, JSON, json.dumps({"id": path, "ok": True}))

    def _sent(self, kind: str) -> str | None:
        if kind == "api_key":
            return self.headers.get("X-API-Key")
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != kind:
            return None
        if kind == "basic":
            try:
                user, _, value = base64.b64decode(value, validate=True).decode().partition(":")
            except ValueError:
                return ""
            return value if user == "demo" else ""
        return value

    def _control(self, path: str, query: dict[str, str]):
        name, how = query.get("token"), query.get("how", "revoked")
        if path == "/control/open" and query.get("path") in ROUTES:
            self.credentials.open_route(query["path"])
        elif name is not None and not self.credentials.known(name):
            self._answer(404, {}, JSON, json_error("unknown_token", "tokens: " + ", ".join(self.credentials.status()["tokens"])))
            return
        elif path == "/control/revoke" and name and how in REFUSALS:
            self.credentials.refuse(name, how)
        elif path == "/control/restore":
            self.credentials.restore(name)
        else:
            self._answer(400, {}, JSON, json_error("bad_request", "see the head of demo_api.py; how: " + ", ".join(REFUSALS)))
            return
        self._answer(200, {}, JSON, json.dumps(self.credentials.status()))

    def _notify(self, receiver: str, body: bytes):
        try:
            (attachment,) = json.loads(body)["attachments"]
            message = f'{attachment["title"]}\n{plain(attachment.get("text", ""))}'.strip()
        except (ValueError, KeyError, TypeError, AttributeError):
            self._answer(400, {}, JSON, json_error("bad_request", "not a message to Slack"))
            return
        first, *more = ["".join(c if c.isprintable() else "?" for c in line) for line in message.splitlines()]
        print("\n".join([f"page to {receiver}: {first}", *(f"  {line}" for line in more), ""]), flush=True)
        self._answer(200, {}, "text/plain; charset=utf-8", "ok")

    def _read_body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        return self.rfile.read(min(int(length), 1 << 20)) if length.isdigit() else b""

    def _answer(self, status: int, headers: dict[str, str], content_type: str, body: str):
        data = body.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request, client_address):
        """A client that went away is no news."""


def main():
    parser = argparse.ArgumentParser(description="Demo API for authprobe's quickstart and tests")
    parser.add_argument("--port", type=int, default=10074, help="port on 127.0.0.1; 0 selects a free port")
    parser.add_argument("--secrets", type=Path, required=True, help="folder for the files of the secrets; created if missing")
    arguments = parser.parse_args()
    Handler.credentials = Credentials(arguments.secrets)
    try:
        server = Server(("127.0.0.1", arguments.port), Handler)
    except OSError as error:
        sys.exit(f"demo_api: port {arguments.port}: {error.strerror}")
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    print(f"listening address=127.0.0.1:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
