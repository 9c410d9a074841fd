"""A real issuer of JWTs and an API that verifies them, both on loopback, with everything in between that can go wrong. Whatever the
API objects to, its refusal has the same bytes; why it refused stays here."""

import base64
import hashlib
import json
import random
import socket
import struct
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# RFC 8017, section 9.2: the DigestInfo of SHA-256 in front of the digest.
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(value: int) -> str:
    return base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def is_prime(n: int) -> bool:
    if any(n % p == 0 for p in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31)):
        return False
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(20):
        x = pow(random.randrange(2, n - 1), odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def prime(bits: int) -> int:
    while True:
        candidate = random.getrandbits(bits) | 1 | (3 << (bits - 2))
        if candidate % 65537 != 1 and is_prime(candidate):
            return candidate


def encoded(text: bytes, size: int) -> bytes:
    digest = SHA256_PREFIX + hashlib.sha256(text).digest()
    return b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest


class Key:
    """An RSA key (of 1024 bits, which is enough for an afternoon) that signs RS256."""

    def __init__(self, kid: str):
        p, q = prime(512), prime(512)
        self.kid, self.n, self.e = kid, p * q, 65537
        self._d = pow(self.e, -1, (p - 1) * (q - 1))

    def jwk(self) -> dict:
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": number(self.n), "e": number(self.e)}

    def token(self, claims: dict, **header) -> str:
        """Header members that are None are left out."""
        head = {key: value for key, value in ({"alg": "RS256", "typ": "JWT", "kid": self.kid} | header).items() if value is not None}
        text = base64url(json.dumps(head).encode()) + "." + base64url(json.dumps(claims).encode())
        signature = pow(int.from_bytes(encoded(text.encode(), 128), "big"), self._d, self.n)
        return text + "." + base64url(signature.to_bytes(128, "big"))


def verifies(token: str, jwk: dict) -> bool:
    text, _, signature = token.rpartition(".")
    n, e = (int.from_bytes(from_base64url(jwk[name]), "big") for name in ("n", "e"))
    return pow(int.from_bytes(from_base64url(signature), "big"), e, n).to_bytes(128, "big") == encoded(text.encode(), 128)


class Server:
    """Answers each request by `self.answer(handler)`: a status, headers and a body."""

    def __init__(self):
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                size = int(self.headers.get("Content-Length") or 0)
                self.body = self.rfile.read(size).decode()
                reply = owner.answer(self)
                if reply is None:                      # the server takes the request and says nothing
                    self.close_connection = True
                    return
                status, headers, body = reply
                head = [f"HTTP/1.1 {status} {'OK' if status == 200 else 'No'}", f"Date: {formatdate(owner.now(), usegmt=True)}",
                        *(f"{name}: {value}" for name, value in headers.items()), f"Content-Length: {len(body)}", "Connection: close"]
                owner.sent.append("\r\n".join([*head[:1], *head[2:], "", body]))  # all but its Date
                self.wfile.write("\r\n".join([*head, "", body]).encode())
                self.close_connection = True

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        self.clock = 0.0           # seconds that it is ahead
        self.sent: list[str] = []  # its answers
        self._server = ThreadingHTTPServer(("0.0.0.0", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def now(self) -> float:
        return time.time() + self.clock

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class Issuer(Server):
    def __init__(self):
        super().__init__()
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests: list[tuple[str, str]] = []  # path, and all that came with it
        self.done = threading.Event()
        self.reset([])

    def reset(self, keys: list[Key], **changes):
        self.keys, self.clock, self.issuer = keys, 0.0, self.url
        self.metadata_status = self.keys_status = 200
        self.keys_text: str | None = None
        self.hangs = False
        self.active: dict[str, bool] = {}  # of tokens whose standing is not that of their times
        self.requests.clear()
        for name, value in changes.items():
            assert hasattr(self, name), name
            setattr(self, name, value)

    def answer(self, handler):
        self.requests.append((handler.path, f"{handler.headers}{handler.body}"))
        if self.hangs:
            self.done.wait(20)
            return None
        if handler.path == "/.well-known/openid-configuration":
            return self.metadata_status, {}, json.dumps({"issuer": self.issuer, "jwks_uri": self.url + "/keys"})
        if handler.path == "/keys":
            return self.keys_status, {}, self.keys_text or json.dumps({"keys": [key.jwk() for key in self.keys]})
        if handler.path == "/introspect":
            token = handler.headers["Authorization"].partition(" ")[2]
            exp = json.loads(from_base64url(token.split(".")[1]))["exp"]
            return 200, {}, json.dumps({"active": self.active.get(token, exp > self.now()), "exp": exp})
        return 404, {}, "{}"


@dataclass
class Policy:
    """How the API checks its callers."""
    issuer: Issuer | None = None
    trusts: str = ""                 # the issuer's name
    audience: str = ""
    metadata: dict | None = None     # its RFC 9728 document; None: it has none
    introspects: bool = False
    wants_kid: bool = False
    reaches_issuer: bool = True
    lets_anonymous_in: bool = False
    addresses: bool = True           # ours are allowed
    one_bad_node: bool = False       # the first one that is asked knows no keys
    revoked: set = field(default_factory=set)


class Api(Server):
    def __init__(self, host: str):
        super().__init__()
        self.host = host
        self.url = f"http://{host}:{self.port}"
        self.set(Policy())

    def set(self, policy: Policy, clock: float = 0.0):
        self.policy, self.clock = policy, clock
        self.reasons: list[str] = []  # why it refused
        self._bad_node = None

    def answer(self, handler):
        if handler.path == "/.well-known/oauth-protected-resource":
            assert "Authorization" not in handler.headers
            return (200, {}, json.dumps(self.policy.metadata)) if self.policy.metadata else (404, {}, "{}")
        reason = self._reason(handler)
        if not reason:
            return 200, {"Content-Type": "application/json"}, '{"ok":true}'
        if "Authorization" in handler.headers:
            self.reasons.append(reason)
        challenge = f'Bearer resource_metadata="{self.url}/.well-known/oauth-protected-resource"'
        return 401, {"Content-Type": "application/json", "WWW-Authenticate": challenge}, '{"error":"unauthorized"}'

    def _reason(self, handler) -> str:
        """Why this call is refused; empty: it is not."""
        policy = self.policy
        if "Authorization" not in handler.headers:
            return "" if policy.lets_anonymous_in else "nothing was sent"
        if not policy.addresses:
            return "address"
        node = handler.connection.getsockname()[0]
        if policy.one_bad_node:
            self._bad_node = self._bad_node or node
            if node == self._bad_node:
                return "node without keys"
        token = handler.headers["Authorization"].partition(" ")[2]
        try:
            head, claims = (json.loads(from_base64url(part)) for part in token.split(".")[:2])
            assert token.count(".") == 2
        except (ValueError, AssertionError):
            return "no JWT"
        return self._objection(token, head, claims)

    def _objection(self, token: str, head: dict, claims: dict) -> str:
        policy, now = self.policy, self.now()
        try:
            keys = self._keys()
        except Exception:  # whatever the issuer does, the API's callers get a 401
            return "issuer down"
        usable = [jwk for jwk in keys if head.get("kid") in (None, jwk["kid"])]
        rules = [
            (head.get("alg") != "RS256", "algorithm"),
            (claims["iss"] != policy.trusts, "issuer"),
            (policy.wants_kid and "kid" not in head, "no kid"),
            (not usable, "unknown key"),
            (not any(verifies(token, jwk) for jwk in usable if head.get("alg") == "RS256"), "signature"),
            (claims["aud"] != policy.audience, "audience"),
            (claims["exp"] <= now, "expired"),
            (claims.get("nbf", 0) > now, "not yet valid"),
            (token in policy.revoked, "revoked"),
            (policy.introspects and not self._is_active(token), "inactive"),
        ]
        return next((reason for applies, reason in rules if applies), "")

    def _get(self, path: str, token: str = "") -> dict:
        request = urllib.request.Request(self.policy.issuer.url + path, data=b"" if token else None,
                                         headers={"Authorization": f"Bearer {token}"} if token else {"X-From": "api"})
        with urllib.request.urlopen(request, timeout=0.3) as answer:
            return json.load(answer)

    def _keys(self) -> list:
        assert self.policy.reaches_issuer
        metadata = self._get("/.well-known/openid-configuration")
        assert metadata["issuer"] == self.policy.issuer.url, "RFC 8414, section 3.3"
        keys = self._get("/keys")["keys"]
        assert keys
        return keys

    def _is_active(self, token: str) -> bool:
        return self._get("/introspect", token)["active"]


class Names:
    """A name server: every name has these addresses."""

    def __init__(self, *addresses: str):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._addresses = addresses
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                query, client = self._socket.recvfrom(512)
            except OSError:
                return
            end = query.index(b"\0", 12) + 5
            kind, = struct.unpack(">H", query[end - 4:end - 2])
            records = [b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(address)
                       for address in self._addresses if kind == 1]
            head = query[:2] + struct.pack(">HHHHH", 0x8180, 1, len(records), 0, 0)
            self._socket.sendto(head + query[12:end] + b"".join(records), client)

    def close(self):
        self._socket.close()
