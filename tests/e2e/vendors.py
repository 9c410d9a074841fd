"""The services of exporter/providers/ on loopback: a proxy that takes every CONNECT and answers as the vendor's documents say."""

import base64
import ssl
import subprocess
import threading
import tomllib
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, urlsplit

from certificates import Authority
from processes import TOP

FILES = sorted((TOP / "exporter/providers").glob("*.toml"))
PROVIDERS = {path.stem: tomllib.loads(path.read_text()) for path in FILES}
TOKEN = "a-token-that-was-fetched"


def filled(text: str, variables: dict[str, str]) -> str:
    for name, value in variables.items():
        text = text.replace("{" + name + "}", value)
    return text


def row(name: str) -> str:
    """The provider's row in docs/providers.md."""
    data = PROVIDERS[name]
    keys = [*data["secrets"], *(key for key, row in data.get("variables", {}).items() if "usual" not in row)]
    marks = [source.partition(" ")[0] for source in data["facts"].values()]
    verified, sourced = marks.count("verified"), sum(mark.startswith("https://") for mark in marks)
    lookup = data["credential"].get("expiry_lookup", {}).get("url") or data["credential"].get("expiry_header")
    expiry = "read" if lookup else "never" if data["credential"].get("expires_at") == "never" else data.get("expires", "not told")
    return (f'| `{name}` | {data["title"]}: {data["covers"]} | {", ".join(f"`{key}`" for key in keys)} | {data["needs"]} | {expiry} '
            f'| {verified} + {sourced} of {len(marks)} |')


@cache
def private_key() -> str:
    return subprocess.run(["openssl", "genpkey", "-algorithm", "RSA"], capture_output=True, text=True, check=True).stdout


def forms_of(secret: str) -> set[bytes]:
    """A secret as it may stand in a request: plain, percent-encoded, and in base64 at each of the three places."""
    forms = {secret.encode(), quote(secret, safe="").encode()}
    for before in range(3):
        text = base64.b64encode(b"." * before + secret.encode()).decode()
        forms.add(text[(0, 2, 3)[before]:-4].encode())
    return forms


class Vendor:
    """A service as its file describes it, for a user with credentials of his own."""

    def __init__(self, name: str):
        self.name = name
        self.data = PROVIDERS[name]
        given = {key: "host.test" if key == "host" else "mine" for key, row in self.data.get("variables", {}).items() if "usual" not in row}
        self.variables = {key: row.get("usual", given.get(key)) for key, row in self.data.get("variables", {}).items()}
        self.given = given
        self.kind = self.data["credential"]["kind"]
        self.secrets = {key: private_key() if key == "signing_key" else f"my.{name}.{key}.x" for key in self.data["secrets"]}
        self.url = urlsplit(filled(self.data["target"]["url"], self.variables))
        self.hosts = {filled(host, self.variables) for host in self.data["credential"]["hosts"]}

    def config(self, folder: Path) -> str:
        lines = [f"[credentials.{self.name}]", f'provider = "{self.name}"']
        for key, value in self.secrets.items():
            (folder / f"{self.name}.{key}").write_text(value)
            lines.append(f'{key} = {{ file = "{self.name}.{key}" }}')
        return "\n".join(lines + [f'{key} = "{value}"' for key, value in self.given.items()]) + "\n"

    def login(self) -> tuple[str, dict[str, str]] | None:
        """Where its token is fetched, and what the answer has it in; None: none is."""
        keys = self.data["credential"]
        if self.kind == "oauth2":
            return filled(keys["token_url"], self.variables), {}
        if self.kind != "login":
            return None
        return filled(keys["url"], self.variables), {keys["header"]: TOKEN} if "header" in keys else {}

    def proves(self, body: bytes) -> bool:
        """The request for a token has the secret, or is signed with it."""
        if "signing_key" in self.secrets:
            return b"assertion=" in body
        return list(self.secrets.values())[-1].encode() in body

    def path(self) -> str:
        query = f"?{self.url.query}" if self.url.query else ""
        return self.url.path.replace("{key}", self.secrets.get("key", "")) + query


class Network:
    """Every host of the vendors, behind one proxy. `state` is what they are in; `seen` has (host, raw request) of all requests."""

    def __init__(self, folder: Path, vendors: list[Vendor]):
        self.vendors = vendors
        self.state = "good"
        self.seen: list[tuple[str, bytes]] = []
        hosts = sorted({host for vendor in vendors for host in vendor.hosts} | {"elsewhere.test"})
        authority = Authority(folder / "ca")
        certificate = authority.sign("vendors", ",".join(f"DNS:{host}" for host in hosts))
        self.ca = authority.certificate
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate, certificate.with_suffix(".key"))
        network = self

        class Proxy(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_CONNECT(self):
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self.close_connection = True
                try:
                    with network.tls.wrap_socket(self.connection, server_side=True) as stream:
                        network.serve(self.path.rpartition(":")[0], stream)
                except OSError:
                    pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
        self.server.handle_error = lambda *_: None
        self.proxy = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def defaults(self) -> str:
        return f'[defaults]\nproxy = "{self.proxy}"\ntls.ca_file = "{self.ca}"\n'

    def serve(self, host: str, stream: ssl.SSLSocket):
        raw = b""
        while b"\r\n\r\n" not in raw:
            if not (piece := stream.recv(65536)):
                return
            raw += piece
        head, _, body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        while len(body) < int(headers.get("content-length", 0)):
            body += stream.recv(65536)
        method, path, _ = lines[0].split(" ")
        self.seen.append((host, head + b"\r\n\r\n" + body))
        status, answer, more = self.answer(host, method, path, headers, body)
        page = f"HTTP/1.1 {status} Status\r\nContent-Length: {len(answer.encode())}\r\nConnection: close\r\n"
        stream.sendall((page + "".join(f"{name}: {value}\r\n" for name, value in more.items()) + "\r\n" + answer).encode())

    def answer(self, host: str, method: str, path: str, headers: dict, body: bytes) -> tuple[int, str, dict]:
        for vendor in self.vendors:
            if login := vendor.login():
                url = urlsplit(login[0])
                if (host, path.partition("?")[0]) == (url.hostname, url.path) and vendor.proves(body):
                    return 200, f'{{"access_token":"{TOKEN}","token_type":"Bearer","expires_in":3600}}', {"Content-Type": "application/json", **login[1]}
            if (host, path) == (vendor.url.hostname, vendor.path()):
                if method != vendor.data["target"].get("method", "GET"):
                    return 405, "", {}
                if self.state == "redirect":
                    return 307, "", {"Location": f"https://elsewhere.test/{vendor.name}"}
                if self.state == "down" and "down" not in vendor.data["answers"]:
                    return 503, "upstream connect error", {}
                answer = vendor.data["answers"][self.state]
                return answer["status"], answer.get("body", ""), {"Content-Type": "application/json", **answer.get("headers", {})}
        return 404, "", {}
