"""Secrets stay where they are: a server that echoes all it receives, every kind of credential, every output searched."""

import base64
import html
import http.server
import json
import subprocess
import threading
import unicodedata
from pathlib import Path
from urllib.parse import parse_qs, quote, quote_plus, urlsplit

import pytest

from processes import BINARY, eventually

# One secret each, with characters that each encoding changes; recognisable wherever it turns up.
SECRETS = {
    "bearer": "brr-5ecret/+value=one",
    "api_key": "key-5ecret/+value=two",
    "query": "qry-5ecret/+value=three",
    "path": "pth-5ecret/+value=thirteen",
    "basic": "bsc-5ecret/+value=four",
    "digest": "dgs-5ecret/+value=five",
    "cookie": "session=ckie-5ecret/+value-six",
    "oauth2": "oau-5ecret/+value=seven",
    "login": "lgn-5ecret/+value=eight",
    "sigv4": "sig-5ecret/+value=nine",
    "session": "stk-5ecret/+value=ten",
    "hmac": "hmc-5ecret/+value=fourteen",
}
# What the server hands out: as secret as what is configured.
FETCHED = {"oauth2": "tok-5ecret.+oauth2-eleven", "login": "tok-5ecret.+login-twelve"}

CONFIG = """
[defaults]
interval = "200ms"
timeout = "2s"

[credentials.bearer]
kind = "bearer"
token = {{ env = "BEARER" }}
expiry_lookup = {{ url = "{api}/self", json_pointer = "/expires_at" }}
introspection = {{ url = "{api}/introspect", credential = "basic" }}
required_scopes = ["read"]
[credentials.api_key]
kind = "api_key"
key = {{ file = "{folder}/api_key" }}
[credentials.query]
kind = "api_key"
key = {{ file = "{folder}/query" }}
query = "key"
[credentials.path]
kind = "url_path"
key = {{ file = "{folder}/path" }}
[credentials.basic]
kind = "basic"
username = "me"
password = {{ file = "{folder}/basic" }}
[credentials.digest]
kind = "digest"
username = "me"
password = {{ file = "{folder}/digest" }}
[credentials.cookie]
kind = "cookie"
cookie = {{ file = "{folder}/cookie" }}
[credentials.oauth2]
kind = "oauth2"
token_url = "{api}/token"
client_id = "me"
client_secret = {{ file = "{folder}/oauth2" }}
auth_style = "post"
[credentials.login]
kind = "login"
url = "{api}/login"
body = '{{"password": "${{password}}"}}'
secrets = {{ password = {{ file = "{folder}/login" }} }}
json_pointer = "/access_token"
send = {{ header = "X-Auth-Token" }}
[credentials.sigv4]
kind = "aws_sigv4"
access_key_id = "AKIDEXAMPLE"
secret_access_key = {{ file = "{folder}/sigv4" }}
session_token = {{ file = "{folder}/session" }}
region = "eu-central-1"
service = "execute-api"
[credentials.hmac]
kind = "hmac"
key_id = "me"
secret = {{ file = "{folder}/hmac" }}
signed = "{{timestamp}}{{method}}{{url}}{{body}}"
headers = {{ X-Key = "{{key_id}} {{timestamp}}", X-Signature = "{{signature}}" }}
{targets}
"""

KINDS = ["bearer", "api_key", "query", "path", "basic", "digest", "cookie", "oauth2", "login", "sigv4", "hmac"]


def targets(api: str) -> str:
    text = ""
    for kind in KINDS:
        for answer in ("refuse", "fine", "wrong"):
            check = 'expect.body_matches = "no such text"\n' if answer == "wrong" else ""
            place = "/bot{key}" if kind == "path" else ""
            text += f'[targets.{kind}-{answer}]\nurl = "{api}{place}/{answer}"\ncredential = "{kind}"\n{check}'
    return text


class Echo(http.server.BaseHTTPRequestHandler):
    """Says in headers, in JSON and in prose whatever it was told; refuses, accepts, hands out tokens."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        received = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("latin-1")
        path = "/" + urlsplit(self.path).path.rpartition("/")[2]
        lines = [f"{name}: {value}" for name, value in self.headers.items()]
        told = "\n".join([self.path, *lines, received])
        self.server.received.append(told)
        if path in ("/token", "/login"):
            token = FETCHED["oauth2" if path == "/token" else "login"]
            return self.send(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600}, told)
        if path in ("/self", "/introspect"):
            return self.send(200, {"active": True, "scope": "read", "expires_at": "2040-01-01", "exp": 2208988800}, told)
        if self.headers.get("Authorization") is None and path == "/refuse" and "X-" not in told and "key=" not in told and "/bot" not in told:
            return self.send(401, {"error": "missing"}, told, {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth"'})
        if path == "/refuse":
            flat = told.replace("\n", " ").replace('"', "'")
            return self.send(401, {"error": "invalid_token", "error_description": f"the token {flat} has expired", "echo": told},
                             told, {"WWW-Authenticate": f'Bearer realm="{flat[:200]}", error="invalid_token", error_description="{flat}"'})
        return self.send(200, {"ok": True, "echo": told}, told)

    def send(self, status: int, body: dict, told: str, headers: dict | None = None):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        for number, line in enumerate(told.splitlines()):
            if line.isprintable():
                self.send_header(f"X-Echo-{number}", line)
        self.send_header("Set-Cookie", f"echo={quote(told)[:500]}; Max-Age=60")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_GET = do_POST = do_HEAD = answer

    def log_message(self, *_):
        pass


@pytest.fixture
def echo():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.daemon_threads = True
    server.received = []
    server.handle_error = lambda *_: None  # clients that go away
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def forms(secret: str) -> set[str]:
    """The secret as it may be written: raw, percent-encoded, as base64 (also with the user's name before it), in JSON."""
    value = secret.partition("=")[2] if secret.startswith("session=") else secret
    raw = {secret, value}
    encoded = set()
    for text in raw:
        encoded |= {quote(text, safe=""), quote(text), quote(text, safe="!$&'()*+,;=:@"), quote_plus(text), json.dumps(text)[1:-1]}
        for prefix in ("", "me:"):
            whole = base64.b64encode((prefix + text).encode()).decode()
            encoded |= {whole.rstrip("=")[:-2], whole.translate(str.maketrans("+/", "-_")).rstrip("=")[:-2]}
    # A part of one is a leak as well.
    return raw | encoded | {text[:14] for text in raw}


def leaks(text: str) -> list[str]:
    return [f"{name}: {form}" for name, secret in {**SECRETS, **{f"fetched {n}": s for n, s in FETCHED.items()}}.items()
            for form in forms(secret) if form.lower() in text.lower()]


@pytest.fixture
def folder(tmp_path) -> Path:
    for name, secret in SECRETS.items():
        path = tmp_path / name
        path.write_text(secret + "\n", encoding="utf-8")
        path.chmod(0o600)
    return tmp_path


@pytest.fixture
def config(folder, echo) -> str:
    api = f"http://127.0.0.1:{echo.server_address[1]}"
    return CONFIG.format(api=api, folder=folder, targets=targets(api))


def test_no_output_has_a_secret(config, echo, exporter):
    watched = exporter(config, "--log.level=debug", BEARER=SECRETS["bearer"])
    watched.wait_until_ready()
    eventually(lambda: watched.state("oauth2-refuse") == "unauthorized" and watched.state("login-fine") == "ok")
    eventually(lambda: watched.metrics().value("authprobe_expiry_observed_timestamp_seconds", credential="bearer") > 0)
    paths = ["/metrics", "/", "/targets", "/credentials", "/config", "/api/v1/targets", "/api/v1/credentials", "/api/v1/changes"]
    paths += ["/credentials/" + credential["name"] for credential in json.loads(watched.get("/api/v1/credentials").text)]
    for kind in KINDS:
        for answer in ("refuse", "fine", "wrong"):
            paths += [f"/targets/{kind}-{answer}", f"/api/v1/targets/{kind}-{answer}", f"/probe?target={kind}-{answer}"]
    found = {path: leaks(answer.text + str(answer.headers)) for path in paths if (answer := watched.get(path))}
    found["the process"] = leaks(Path(f"/proc/{watched.process.pid}/cmdline").read_text(encoding="utf-8"))
    found["the log"] = leaks(watched.output)
    assert {place: what for place, what in found.items() if what} == {}
    # Or all of this would have been about nothing.
    told = "\n".join(echo.received)
    sent = {name for name, secret in SECRETS.items() if any(form in told for form in forms(secret))}
    assert sent == set(SECRETS) - {"digest", "sigv4", "hmac"}, "these are never sent themselves"
    assert not [line for line in told.splitlines() if "POST" not in line and "introspect?" in line]
    assert FETCHED["oauth2"] in told and FETCHED["login"] in told


@pytest.mark.parametrize("command", [["check"], ["check", "--json"]])
def test_check_has_no_secret(binary, config, tmp_path, command):
    path = tmp_path / "authprobe.toml"
    path.write_text(config, encoding="utf-8")
    result = subprocess.run([BINARY, *command, path], capture_output=True, text=True, timeout=30, check=False,
                            env={"BEARER": SECRETS["bearer"]})
    assert result.returncode == 0, result.stdout + result.stderr
    assert leaks(result.stdout + result.stderr) == []


@pytest.mark.parametrize("kind", KINDS)
def test_commands_that_probe_have_no_secret(binary, config, tmp_path, kind):
    path = tmp_path / "authprobe.toml"
    path.write_text(config, encoding="utf-8")
    for command in (["probe"], ["diagnose"], ["diagnose", "--json"]):
        result = subprocess.run([BINARY, *command, f"{kind}-refuse", f"--config.file={path}"], capture_output=True, text=True,
                                timeout=30, check=False, env={"BEARER": SECRETS["bearer"]})
        assert result.stdout, result.stderr
        assert leaks(result.stdout + result.stderr) == [], command


def test_check_tells_what_is_odd_with_the_secrets(binary, tmp_path):
    (tmp_path / "one").write_text("Bearer abc", encoding="utf-8")
    (tmp_path / "two").write_text("Bearer abc", encoding="utf-8")
    (tmp_path / "three").write_text("a\r\nb", encoding="utf-8")
    past = base64.urlsafe_b64encode(json.dumps({"exp": 1700000000, "iat": 1699999000}).encode()).decode().rstrip("=")
    header = base64.urlsafe_b64encode(b'{"alg":"HS256"}').decode().rstrip("=")
    (tmp_path / "four").write_text(f"{header}.{past}.c2ln", encoding="utf-8")
    for name in ("one", "two", "three", "four"):
        (tmp_path / name).chmod(0o600)
    config = tmp_path / "authprobe.toml"
    config.write_text("".join(f'[credentials.{name}]\nkind = "bearer"\ntoken.file = "{name}"\nowner = "x"\nused_by = "x"\n'
                              f'rotation = "https://x"\n[targets.{name}]\nurl = "https://x/{name}"\ninterval = "1h"\n'
                              f'credential = "{name}"\n' for name in ("one", "two", "three", "four")), encoding="utf-8")
    result = subprocess.run([BINARY, "check", config], capture_output=True, text=True, timeout=30, check=False)
    lines = [line.removeprefix(f"{config}:") for line in result.stdout.splitlines()]
    for line in ('3:1: warning: credentials.one.token: the secret begins with "Bearer "',
                 "13:1: warning: credentials.two.token: has the same secret as credentials.one",
                 "23:1: warning: credentials.three.token: its secret cannot be used",
                 "33:1: warning: credentials.four.token: expired",
                 "39:1: warning: targets.four.interval: is longer than its credential's lifetime (16m40s)",
                 "3:1: warning: credentials.one.token: its expiry is not known"):
        assert [have for have in lines if have.startswith(line)], f"{line!r} is not in\n{result.stdout}"


# How servers write what they were sent: frameworks' JSON, templates' HTML, other character sets, halves and pieces.
ENCODINGS = {
    "raw": lambda text: text,
    "json_ascii": lambda text: json.dumps(text)[1:-1],
    "json_html": lambda text: "".join(c if c.isalnum() and c.isascii() else f"\\u{ord(c):04X}" for c in text),
    "html": html.escape,
    "html_numbers": lambda text: "".join(c if c.isalnum() and c.isascii() else f"&#{ord(c)};" for c in text),
    "html_in_json": lambda text: json.dumps(html.escape(text))[1:-1],
    "percent": lambda text: quote(text, safe=""),
    "percent_twice": lambda text: quote(quote(text, safe=""), safe=""),
    "as_latin1": lambda text: text.encode().decode("latin-1"),
    "as_utf16": lambda text: text.encode("utf-16-le").decode("latin-1"),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "upper": str.upper,
    "lower": str.lower,
    "backwards": lambda text: text[::-1],
    "first_half": lambda text: text[: len(text) // 2],
    "last_ten": lambda text: text[-10:],
    "with_a_blank": lambda text: f"{text[:4]} {text[4:]}",
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64_inside": lambda text: base64.b64encode(f"it is {text} indeed".encode()).decode(),
    "hex": lambda text: text.encode().hex(),
}
ODD_SECRETS = {"umlauts": "grüne-Äpfel-99", "quotes": "it's+mine>now", "ampersand": "rock&roll<4ever>", "short": "pw5!x",
               "token": "q8Zr-kV2.<Tt7&Yw_d1M/pL9=="}


class Encoder(http.server.BaseHTTPRequestHandler):
    """/NAME/ENCODING refuses, and says which secret it was sent, in that encoding."""

    def do_GET(self):
        _, name, encoding = self.path.split("/")
        said = ENCODINGS[encoding](ODD_SECRETS[name])
        said = said if encoding.startswith(("json", "html_in")) else said.replace("\\", "\\\\").replace('"', '\\"')
        body = f'{{"error":{{"message":"invalid password {said}"}}}}'.encode()
        self.send_response(401)
        self.send_header("WWW-Authenticate", f'Basic realm="for {quote(said)}", error_description="{quote(said)} is invalid"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def pieces(secret: str) -> set[str]:
    """All of five characters: four may be seen."""
    forms = {encode(secret).lower() for encoding, encode in ENCODINGS.items() if encoding != "base64_inside"}
    whole = [secret.encode()[i:] for i in range(3)]
    forms |= {base64.b64encode(part[:len(part) // 3 * 3]).decode().lower() for part in whole}
    forms |= {html.unescape(form) for form in forms}
    return {form[i:i + 5] for form in forms for i in range(len(form) - 4)} if len(secret) > 5 else {secret.lower()}


@pytest.mark.parametrize("name", ODD_SECRETS)
def test_a_secret_is_known_again_however_a_server_writes_it(exporter, tmp_path, name):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Encoder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "secret").write_text(ODD_SECRETS[name], encoding="utf-8")
    url = f"http://127.0.0.1:{server.server_address[1]}/{name}"
    config = f"""
        [credentials.odd]
        kind = "api_key"
        header = "X-Key"
        key = {{ file = "{tmp_path}/secret" }}
        """ + "".join(f'[targets.{encoding}]\nurl = "{url}/{encoding}"\ncredential = "odd"\ninterval = "1s"\ntimeout = "900ms"\n'
                      for encoding in ENCODINGS)
    watched = exporter(config)
    watched.wait_until_ready()
    outputs = {}
    for encoding in ENCODINGS:
        eventually(lambda e=encoding: watched.state(e) == "unauthorized")
        outputs[f"the API of {encoding}"] = watched.get(f"/api/v1/targets/{encoding}").text
        outputs[f"the page of {encoding}"] = watched.get(f"/targets/{encoding}").text
        outputs[f"diagnose {encoding}"] = subprocess.run(
            [BINARY, "diagnose", encoding, f"--config.file={watched.config}"], capture_output=True, text=True, timeout=30,
            check=False).stdout
    outputs["the page"] = watched.get("/").text
    outputs["the log"] = watched.output
    server.shutdown()
    server.server_close()
    assert "invalid password" in outputs["the API of raw"] or name == "short", "or all of this is about nothing"
    found = {}
    for place, text in outputs.items():
        text = text.replace(str(tmp_path), "")
        if place.startswith("the page"):  # as a browser shows it: the pages' own escapes are no parts of a secret
            text = html.unescape(text)
        readings = (text.lower(), html.unescape(text).lower(), text.replace("\\\\", "\\").replace('\\"', '"').lower())
        left = [piece for piece in pieces(ODD_SECRETS[name]) if any(piece in reading for reading in readings)]
        if left:
            found[place] = left
    assert found == {}
