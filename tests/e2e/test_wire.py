"""What goes over the wire, and what comes back below HTTP: signatures, TLS alerts, and what a proxy answers to CONNECT."""

import hashlib
import hmac
import json
import re
import socketserver
import ssl
import subprocess
import threading
from urllib.parse import quote, unquote

import pytest

from loopback import Handler, Server
from processes import BINARY, eventually

SECRET_KEY = "aws-hunter2"


def hmac_sha256(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def expected_signature(method: str, target: str, headers: dict[str, str], body: bytes, authorization: re.Match) -> str:
    """The signature that AWS computes for a request as it came. `headers` have names in small letters."""
    path, _, query = target.partition("?")
    object_store = authorization["service"].startswith("s3")
    path = quote(unquote(path) if object_store else path, safe="/-._~")
    pairs = [part.partition("=") for part in query.split("&") if part]
    canonical_query = "&".join(sorted(f"{quote(unquote(n), safe='~')}={quote(unquote(v), safe='~')}" for n, _, v in pairs))
    lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in authorization["signed"].split(";"))
    payload = headers.get("x-amz-content-sha256", hashlib.sha256(body).hexdigest())
    canonical = "\n".join([method, path, canonical_query, lines, authorization["signed"], payload])
    scope = f"{authorization['date']}/{authorization['region']}/{authorization['service']}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{SECRET_KEY}".encode()
    for part in scope.split("/"):
        key = hmac_sha256(key, part)
    return hmac_sha256(key, text).hex()


class Aws(Handler):
    """Lets in whose signature is right."""

    def check(self):
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        found = re.fullmatch(r"AWS4-HMAC-SHA256 "
                             r"Credential=AKIDEXAMPLE/(?P<date>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request, "
                             r"SignedHeaders=(?P<signed>[a-z0-9;-]+), Signature=(?P<signature>[0-9a-f]{64})", headers["authorization"])
        good = found and expected_signature(self.command, self.path, headers, body, found) == found["signature"]
        if good and found["service"] == "s3":
            good = headers["x-amz-content-sha256"] == hashlib.sha256(body).hexdigest()
        self.answer(200 if good else 403, "" if good else '{"message":"SignatureDoesNotMatch"}')

    do_GET = do_POST = do_PUT = check


AWS_TARGETS = ["/test123", "/", "/?Action=GetCallerIdentity&Version=2011-06-15", "/?filter=x%2Fy", "/test:123", "/tempo-*/_mapping",
               "/x%20y", "/images/mac@2x.png", "/%E2%82%AC", "/q?sort=_doc&size=50", "/?graph=urn:uuid:6e8b", "/?query=select%20*%20where",
               "/?a=1&A=2&b=", "/?t=2024-01-01T00:00:00Z", "/?acl", "/a/./b/../c", "/?a=b,c&a=b%2cd", "/key=1/dt=2024-05-22", "/?q=a+b"]


@pytest.mark.parametrize("service", ["execute-api", "s3"])
def test_aws_signatures_are_what_aws_computes(exporter, service):
    with Server(Aws) as aws:
        url = f"http://127.0.0.1:{aws.port}"
        targets = "".join(f'[targets.t{i}]\nurl = "{url}{path}"\ncredential = "a"\n' for i, path in enumerate(AWS_TARGETS))
        watched = exporter(f"""
            [defaults]
            interval = "500ms"
            timeout = "2s"
            [credentials.a]
            kind = "aws_sigv4"
            access_key_id = "AKIDEXAMPLE"
            secret_access_key = {{ env = "KEY" }}
            session_token = {{ env = "SESSION" }}
            region = "eu-central-1"
            service = "{service}"
            {targets}
            [targets.post]
            url = "{url}/search?pretty"
            method = "POST"
            headers = {{ Content-Type = "application/json;  charset=utf-8", X-Amz-Target = "A.B" }}
            body = '{{"query":{{}}}}'
            credential = "a"
            """, KEY=SECRET_KEY, SESSION="session/1==")
        for name in [f"t{i}" for i in range(len(AWS_TARGETS))] + ["post"]:
            watched.wait_for_state(name, "ok")
        assert SECRET_KEY not in watched.output


def openssl(*arguments, cwd, under=()):
    subprocess.run([*under, "openssl", *arguments], cwd=cwd, check=True, capture_output=True)


@pytest.fixture
def pki(tmp_path):
    """ca.pem, server.{pem,key}, client.{pem,key} of that CA, ended.{pem,key} that has expired, and stranger.{pem,key}."""
    folder = tmp_path / "pki"
    folder.mkdir()
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    for name in ("ca", "stranger"):
        openssl("req", "-x509", *new_key, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}", "-days", "30",
                cwd=folder)
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    a_month_ago = ("faketime", "-f", "-30d")  # OpenSSL makes no certificate that has ended
    for name, under in (("server", ()), ("client", ()), ("ended", a_month_ago)):
        openssl("req", "-new", *new_key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}", cwd=folder)
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", f"{name}.pem",
                "-days", "20", "-extfile", "names", cwd=folder, under=under)
    return folder


class Welcoming(Handler):
    def do_GET(self):
        self.answer(200, "in")

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200, '{"access_token":"AT1","token_type":"Bearer","expires_in":3600}', Content_Type="application/json")


def demanding_certificates(pki, version: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "server.pem", pki / "server.key")
    context.load_verify_locations(pki / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = context.maximum_version = version
    return context


CERTIFICATES = """
[defaults]
interval = "300ms"
timeout = "2s"
tls.ca_file = "{pki}/ca.pem"
[credentials.client]
kind = "client_certificate"
certificate = {{ file = "{pki}/client.pem" }}
private_key = {{ file = "{pki}/client.key" }}
[credentials.ended]
kind = "client_certificate"
certificate = {{ file = "{pki}/ended.pem" }}
private_key = {{ file = "{pki}/ended.key" }}
[credentials.stranger]
kind = "client_certificate"
certificate = {{ file = "{pki}/stranger.pem" }}
private_key = {{ file = "{pki}/stranger.key" }}
[credentials.fetched]
kind = "oauth2"
token_url = "https://127.0.0.1:{port}/token"
client_id = "me"
certificate = {{ file = "{pki}/ended.pem" }}
private_key = {{ file = "{pki}/ended.key" }}
[targets]
client = {{ url = "https://127.0.0.1:{port}/", credential = "client" }}
ended = {{ url = "https://127.0.0.1:{port}/", credential = "ended" }}
stranger = {{ url = "https://127.0.0.1:{port}/", credential = "stranger" }}
nobody = {{ url = "https://127.0.0.1:{port}/" }}
fetched = {{ url = "https://127.0.0.1:{port}/", credential = "fetched" }}
"""


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_refused_client_certificate_has_a_cause(exporter, pki, version):
    with Server(Welcoming, demanding_certificates(pki, version)) as server:
        watched = exporter(CERTIFICATES.format(pki=pki, port=server.port))
        watched.wait_for_state("client", "ok")
        for target, cause in (("ended", "expired_token"), ("stranger", "invalid_credentials"), ("nobody", "missing_credentials")):
            watched.wait_for_state(target, "unauthorized")
            eventually(lambda t=target, c=cause: watched.metrics().value("authprobe_auth_failure_cause", target=t, cause=c) == 1)
        assert watched.metrics().value("authprobe_auth_failure_cause", target="ended", confidence="certain") == 1
        assert watched.metrics().value("authprobe_transport_errors_total", target="ended", reason="tls") >= 1
        watched.wait_for_state("fetched", "credential_unavailable")
        eventually(lambda: watched.metrics().value("authprobe_token_fetch_failures_total", credential="fetched", reason="tls") >= 1)
        eventually(lambda: "our client certificate: certificate_expired" in watched.get("/api/v1/credentials").text)
        assert watched.metrics().value("authprobe_credential_failure_cause", credential="fetched", cause="expired_token",
                                       confidence="certain") == 1


class Proxy(Handler):
    def do_CONNECT(self):
        if self.path.startswith("blocked"):
            self.answer(403, "<title>Blocked</title>This site is blocked by the web filter.", Content_Type="text/html")
        else:
            self.answer(407, Proxy_Authenticate='Basic realm="corp"')

    def do_GET(self):
        self.answer(407, Proxy_Authenticate='Basic realm="corp"')


def test_a_proxy_that_wants_a_login_says_so_to_connect_too(exporter):
    with Server(Proxy) as proxy:
        watched = exporter(f"""
            [defaults]
            interval = "300ms"
            timeout = "2s"
            proxy = "http://127.0.0.1:{proxy.port}"
            [credentials.a]
            kind = "bearer"
            token = {{ env = "TOKEN" }}
            [credentials.fetched]
            kind = "oauth2"
            token_url = "https://login.test/token"
            client_id = "me"
            client_secret = {{ env = "TOKEN" }}
            [targets]
            fetched = {{ url = "https://api.test/v1", credential = "fetched" }}
            tunnel = {{ url = "https://api.test/v1", credential = "a" }}
            plain = {{ url = "http://api.test/v1", credential = "a" }}
            blocked = {{ url = "https://blocked.test/v1", credential = "a" }}
            """, TOKEN="tok12345")
        for target in ("tunnel", "plain"):
            watched.wait_for_state(target, "unexpected")
            eventually(lambda t=target: watched.metrics().value("authprobe_auth_failure_cause", target=t,
                                                                cause="missing_credentials") == 1)
            assert watched.metrics().value("authprobe_http_responses_total", target=target, code="407") >= 1
            assert "a proxy in between requires a credential of its own" in watched.get(f"/api/v1/targets/{target}").text
        watched.wait_for_state("fetched", "credential_unavailable")
        eventually(lambda: watched.metrics().value("authprobe_credential_failure_cause", credential="fetched",
                                                   cause="missing_credentials") == 1)
        watched.wait_for_state("blocked", "forbidden")
        assert "no request reached the server" in watched.get("/api/v1/targets/blocked").text


class Unusual(Handler):
    def do_GET(self):
        if self.path == "/headers":
            return self.answer(200, "{}", **{f"X_{i}": "x" * 300 for i in range(400)})
        body = '\ufeff{"error":"invalid_token","message":"The token has expired"}'.encode(self.path[1:] + "-le")
        self.wfile.write(f"HTTP/1.1 401 Unauthorized\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


def test_many_header_lines_and_wide_characters_are_read(exporter):
    with Server(Unusual) as server:
        watched = exporter(f"""
            [defaults]
            interval = "300ms"
            timeout = "2s"
            [credentials.a]
            kind = "bearer"
            token = {{ env = "TOKEN" }}
            [targets]
            utf32 = {{ url = "http://127.0.0.1:{server.port}/utf-32", credential = "a" }}
            headers = {{ url = "http://127.0.0.1:{server.port}/headers", credential = "a" }}
            utf16 = {{ url = "http://127.0.0.1:{server.port}/utf-16", credential = "a" }}
            """, TOKEN="tok12345")
        watched.wait_for_state("headers", "ok")
        for target in ("utf16", "utf32"):
            watched.wait_for_state(target, "unauthorized")
            eventually(lambda: watched.metrics().value("authprobe_auth_failure_cause", target=target, cause="expired_token") == 1)


def test_a_server_that_must_refuse_clients_without_certificate_is_ok(exporter, pki):
    with Server(Welcoming, demanding_certificates(pki, ssl.TLSVersion.TLSv1_3)) as strict:
        open_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        open_context.load_cert_chain(pki / "server.pem", pki / "server.key")
        with Server(Welcoming, open_context) as lax:
            watched = exporter(f"""
                [defaults]
                interval = "300ms"
                timeout = "2s"
                tls.ca_file = "{pki}/ca.pem"
                expect.certificate_required = true
                [targets]
                strict.url = "https://127.0.0.1:{strict.port}/"
                lax.url = "https://127.0.0.1:{lax.port}/"
                """)
            watched.wait_for_state("strict", "ok")
            watched.wait_for_state("lax", "exposed")
            assert watched.metrics().value("authprobe_probe_success", target="strict") == 1
            assert not watched.metrics().all("authprobe_auth_failure_cause", target="strict")
            assert watched.metrics().value("authprobe_transport_errors_total", target="strict", reason="tls") == 0


def test_an_alert_before_a_certificate_was_requested_is_not_about_it(exporter, pki):
    """Something in between that ends any handshake so knows nothing of our certificate."""
    unknown_ca = bytes([21, 3, 3, 0, 2, 2, 48])

    class Between(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(4096)
            self.request.sendall(unknown_ca)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Between) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        watched = exporter(CERTIFICATES.format(pki=pki, port=server.server_address[1]))
        for target in ("client", "nobody"):
            watched.wait_for_state(target, "unreachable")
            assert not watched.metrics().all("authprobe_auth_failure_cause", target=target)
        server.shutdown()


class Large(Handler):
    def do_GET(self):
        rows = "1," * 93_000
        self.answer(200, f'{{"rows":[{rows}0],"status":"{self.path[1:]}"}}', Content_Type="application/json")


def test_json_is_read_as_far_as_it_may_be_received(exporter):
    with Server(Large) as server:
        url = f"http://127.0.0.1:{server.port}"
        watched = exporter(f"""
            [defaults]
            interval = "300ms"
            timeout = "2s"
            [credentials.a]
            kind = "bearer"
            token = {{ env = "TOKEN" }}
            [targets.ok]
            url = "{url}/ok"
            credential = "a"
            expect.json = {{ pointer = "/status", equals = "ok" }}
            [targets.cut]
            url = "{url}/ok"
            credential = "a"
            max_response_size = "100KiB"
            expect.json = {{ pointer = "/status", equals = "ok" }}
            [targets.bad]
            url = "{url}/bad"
            credential = "a"
            expect.json = {{ pointer = "/status", equals = "ok" }}
            """, TOKEN="tok12345")
        for target, state in (("ok", "ok"), ("bad", "unexpected"), ("cut", "unexpected")):
            watched.wait_for_state(target, state)
        assert "json /status is not" in watched.get("/api/v1/targets/bad").text


class Login(Handler):
    """A login that answers every password with a session of its own; only the good one gets a welcome."""

    def do_POST(self):
        good = "hunter2" in self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.answer(200, "Welcome" if good else "Sorry", Set_Cookie=f"sid={'good' if good else 'anonymous'}; Path=/")

    def do_GET(self):
        self.answer(200 if self.headers["Cookie"] == "sid=good" else 401)


def test_a_login_says_what_a_good_answer_is(exporter):
    with Server(Login) as server:
        url = f"http://127.0.0.1:{server.port}"
        login = f"""kind = "login"
            url = "{url}/login"
            body = 'password=${{p}}'
            headers.Content-Type = "application/x-www-form-urlencoded"
            secrets.p.env = "%s"
            cookie = "sid"
            expect.body_not_matches = "Sorry"
            """
        watched = exporter(f"""
            [defaults]
            interval = "300ms"
            timeout = "2s"
            [credentials.good]
            {login % "GOOD"}
            [credentials.bad]
            {login % "BAD"}
            [targets.good]
            url = "{url}/"
            credential = "good"
            [targets.bad]
            url = "{url}/"
            credential = "bad"
            """, GOOD="hunter2", BAD="sesame-2")
        watched.wait_for_state("good", "ok")
        watched.wait_for_state("bad", "credential_unavailable")
        eventually(lambda: watched.metrics().value("authprobe_token_fetch_failures_total", credential="bad", reason="login_refused") >= 1)
        assert "the login's answer is not as expected" in watched.get("/api/v1/credentials").text


class Odd(Handler):
    def do_GET(self):
        if self.path == "/unasked":
            self.answer(403)
        else:
            self.answer(401, WWW_Authenticate='Digest realm="x", nonce="n", algorithm=SHA3-999, qop="auth"')


@pytest.mark.parametrize("path", ["odd", "unasked"])
def test_a_password_that_was_not_sent_is_not_reported_as_sent(tmp_path, path):
    with Server(Odd) as server:
        config = tmp_path / "digest.toml"
        config.write_text(f"""
            [credentials.d]
            kind = "digest"
            username = "me"
            password.env = "PASSWORD"
            [targets.t]
            url = "http://127.0.0.1:{server.port}/{path}"
            credential = "d"
            """)
        told = subprocess.run([BINARY, "diagnose", "t", f"--config.file={config}", "--no-controls"], capture_output=True, text=True,
                              timeout=30, check=False, env={"PASSWORD": "hunter2"}).stdout
        assert "no password was sent" in told
        assert "Authorization: Digest" not in told


def test_a_pending_target_says_when_its_first_probe_comes(exporter):
    watched = exporter("".join(f'[targets.t{i}]\nurl = "http://127.0.0.1:1/{i}"\ninterval = "1h"\n' for i in range(400)))
    pending = [target["name"] for target in json.loads(watched.get("/api/v1/targets").body) if target["state"] == "pending"]
    details = [json.loads(watched.get(f"/api/v1/targets/{name}").body)["detail"] for name in pending[:50]]
    assert any(detail.startswith("the first probe comes within 15s of the start") for detail in details)


class Coded(Handler):
    def do_GET(self):
        self.answer(200, '{"ok":true}', Content_Encoding="gzip, utf-8")


def test_an_unknown_coding_is_a_remark_of_diagnose(tmp_path):
    with Server(Coded) as server:
        config = tmp_path / "coded.toml"
        config.write_text(f"""[targets.a]
            url = "http://127.0.0.1:{server.port}/"
            expect.json = {{ pointer = "/ok", equals = true }}
            """)
        arguments = [BINARY, "diagnose", "a", f"--config.file={config}"]
        told = subprocess.run(arguments, capture_output=True, text=True, timeout=20, check=True).stdout
        assert 'Content-Encoding "gzip, utf-8" has an unknown coding: the body is read as it came' in told
        answer = json.loads(subprocess.run([*arguments, "--json"], capture_output=True, text=True, timeout=20, check=True).stdout)["answer"]
        assert answer["undecoded"] is True


class Federated(Handler):
    """A login that hands a session to everybody: who fails is sent to the login of another host, who succeeds to an application with a ticket."""

    def do_POST(self):
        good = "hunter2" in self.rfile.read(int(self.headers["Content-Length"])).decode()
        to = "https://sso.example.com/acs?ticket=ST-1" if good else "https://login.microsoftonline.com/x/oauth2/authorize?client_id=a"
        self.answer(302, Location=to, Set_Cookie="sid=1; Path=/")

    def do_GET(self):
        self.answer(200)


class Central(Handler):
    """A central login in the manner of CAS: it sends who succeeds to the application's own login page with a ticket, who fails there without."""

    def do_POST(self):
        good = "hunter2" in self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.answer(302, Location="/app/login?ticket=ST-12-aBc" if good else "/app/login?service=app", Set_Cookie=f"sid={good}; Path=/")

    def do_GET(self):
        self.answer(200 if "sid=True" in (self.headers["Cookie"] or "") else 401)


def two_logins(exporter, url: str):
    """An exporter whose target `good` logs in with the right password, and `bad` with a wrong one; it has waited for both."""
    text = "[defaults]\ninterval = '300ms'\ntimeout = '2s'\n" + "".join(f"""
        [credentials.{name}]
        kind = "login"
        url = "{url}/enter"
        body = 'password=${{p}}'
        headers.Content-Type = "application/x-www-form-urlencoded"
        secrets.p.env = "{name.upper()}"
        cookie = "sid"
        [targets.{name}]
        url = "{url}/"
        credential = "{name}"
        """ for name in ("good", "bad"))
    watched = exporter(text, GOOD="hunter2", BAD="sesame-2")
    watched.wait_for_state("good", "ok")
    watched.wait_for_state("bad", "credential_unavailable")
    return watched


def test_a_login_that_hands_over_a_ticket_at_a_login_page_has_succeeded(exporter):
    with Server(Central) as server:
        two_logins(exporter, f"http://127.0.0.1:{server.port}")


def test_a_login_that_redirects_to_another_login_has_failed(exporter):
    with Server(Federated) as server:
        watched = two_logins(exporter, f"http://127.0.0.1:{server.port}")
        eventually(lambda: watched.metrics().value("authprobe_credential_failure_cause", credential="bad", cause="invalid_credentials",
                                                   confidence="likely") == 1)
        assert "redirects to another login: https://login.microsoftonline.com/" in watched.get("/api/v1/credentials").text


class Locked(Handler):
    def do_POST(self):
        self.answer(400, "error=inactive_user&error_description=Account+is+locked", Content_Type="application/x-www-form-urlencoded")


def test_a_token_endpoints_refusal_is_read_as_a_form_too(exporter):
    with Server(Locked) as server:
        url = f"http://127.0.0.1:{server.port}"
        watched = exporter(f"""
            [defaults]
            interval = "300ms"
            timeout = "2s"
            [credentials.a]
            kind = "oauth2"
            token_url = "{url}/token"
            client_id = "me"
            client_secret = {{ env = "SECRET" }}
            [targets.a]
            url = "{url}/"
            credential = "a"
            """, SECRET="hunter2-hunter2")
        watched.wait_for_state("a", "credential_unavailable")
        eventually(lambda: watched.metrics().value("authprobe_credential_failure_cause", credential="a", cause="resource_disabled",
                                                   confidence="likely") == 1)
