"""Every kind of credential with a real server on the other side: an identity provider, nginx, Apache."""

import base64
import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from processes import TOP, Process, eventually, free_port, request

OIDC_PROVIDER = "8.8.1"


def assert_unseen(watched, *secrets: str):
    """Neither as it is, nor as base64, nor percent-encoded: in the log and on every page."""
    pages = [watched.get(path) for path in ("/", "/metrics", "/config", "/api/v1/targets", "/api/v1/credentials")]
    shown = watched.output + "".join(page.text + str(page.headers) for page in pages)
    for secret in secrets:
        for form in (secret, base64.b64encode(secret.encode()).decode().rstrip("="), quote(secret, safe="")):
            assert form not in shown


class OidcProvider(Process):
    def __init__(self, modules: Path, basic_secret: str, post_secret: str, seconds: int):
        port = free_port()
        super().__init__("node", modules / "oidc_provider.mjs", port, seconds, cwd=modules, BASIC_SECRET=basic_secret,
                         POST_SECRET=post_secret)
        self.url = f"http://127.0.0.1:{port}"
        self.wait_for_line("^listening", 30)

    def grants(self) -> int:
        return int(request(f"{self.url}/grants").text)


@pytest.fixture(scope="session")
def modules() -> Path:
    """npm's oidc-provider, installed once under build/."""
    folder = TOP / "build" / "e2e-node"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules/oidc-provider/package.json").exists():
        (folder / "package.json").write_text('{"private": true}')
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", f"oidc-provider@{OIDC_PROVIDER}"], cwd=folder,
                       check=True, timeout=300)
    shutil.copy(Path(__file__).with_name("oidc_provider.mjs"), folder)
    return folder


OAUTH2 = """
[defaults]
interval = "200ms"
timeout = "2s"

[credentials.header]
kind = "oauth2"
token_url = "{idp}/token"
client_id = "by-header"
client_secret = {{ env = "BASIC_SECRET" }}
scopes = ["read"]

[credentials.form]
kind = "oauth2"
token_url = "{idp}/token"
client_id = "by-form"
client_secret = {{ env = "POST_SECRET" }}
auth_style = "post"

[targets]
header = {{ url = "{idp}/api", credential = "header" }}
twin = {{ url = "{idp}/api", credential = "header" }}
form = {{ url = "{idp}/api", credential = "form" }}
"""

SECRETS = {"BASIC_SECRET": "s3cret/basic+1 &=", "POST_SECRET": "s3cret/post+2 &="}


@pytest.fixture
def identity(running, modules):
    """identity(seconds) starts a provider whose tokens live that long."""
    return lambda seconds: running.add(OidcProvider(modules, SECRETS["BASIC_SECRET"], SECRETS["POST_SECRET"], seconds))


def test_oauth2_tokens_are_shared_and_fetched_anew_when_revoked(identity, exporter):
    idp = identity(3600)
    watched = exporter(OAUTH2.format(idp=idp.url), **SECRETS)
    for target in ("header", "twin", "form"):
        watched.wait_for_state(target, "ok")
    assert idp.grants() == 2, "one token for each credential, not for each target or probe"
    eventually(lambda: watched.metrics().value("authprobe_token_fetches_total", credential="header") == 1)
    request(f"{idp.url}/destroy", "POST")
    eventually(lambda: watched.metrics().value("authprobe_token_renewals_total", credential="header") == 1, 30)
    for target in ("header", "twin", "form"):
        eventually(lambda name=target: watched.state(name) == "ok", 30)
    assert idp.grants() == 4
    assert_unseen(watched, *SECRETS.values())


def test_oauth2_tokens_are_refreshed_before_they_end_and_outlive_an_outage(identity, exporter):
    idp = identity(4)
    watched = exporter(OAUTH2.format(idp=idp.url), **SECRETS)
    watched.wait_for_state("header", "ok")
    eventually(lambda: idp.grants() >= 6)
    metrics = watched.metrics()
    assert metrics.value("authprobe_status_transitions_total", target="header", **{"from": "2xx", "to": "401"}) == 0
    request(f"{idp.url}/outage?on=1", "POST")
    watched.wait_for_state("header", "credential_unavailable")
    eventually(lambda: watched.metrics().value("authprobe_credential_available", credential="header") == 0)
    assert watched.metrics().value("authprobe_token_fetch_failures_total", credential="header", reason="http_5xx") >= 1
    request(f"{idp.url}/outage?on=0", "POST")
    watched.wait_for_state("header", "ok")
    assert_unseen(watched, *SECRETS.values())


def test_one_probe_by_hand_fetches_its_token(identity, binary, tmp_path):
    idp = identity(60)
    (tmp_path / "authprobe.toml").write_text(OAUTH2.format(idp=idp.url))
    done = subprocess.run([binary, "probe", "form", "--config.file", tmp_path / "authprobe.toml"], env={**os.environ, **SECRETS},
                          capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert "probe_success 1" in done.stdout
    assert idp.grants() == 1


def test_oauth2_with_a_wrong_secret_says_so(identity, exporter):
    idp = identity(60)
    watched = exporter(OAUTH2.format(idp=idp.url), BASIC_SECRET="wr0ng/secret", POST_SECRET=SECRETS["POST_SECRET"])
    watched.wait_for_state("header", "credential_unavailable")
    watched.wait_for_state("form", "ok")
    eventually(lambda: watched.metrics().value("authprobe_token_fetch_failures_total", credential="header",
                                               reason="invalid_client") >= 1)
    assert_unseen(watched, "wr0ng/secret")


def openssl(*arguments, cwd: Path):
    subprocess.run(["openssl", *arguments], cwd=cwd, check=True, capture_output=True)


@pytest.fixture
def pki(tmp_path) -> Path:
    """ca.pem, server.{pem,key}, client.{pem,key}, and client.p12 that opens with "p12-hunter2"."""
    folder = tmp_path / "pki"
    folder.mkdir()
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out",
            "ca.pem", "-subj", "/CN=test ca", "-days", "30", cwd=folder)
    for name in ("server", "client"):
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key", "-out",
                f"{name}.csr", "-subj", f"/CN={name}", cwd=folder)
        (folder / f"{name}.ext").write_text("subjectAltName=IP:127.0.0.1\n")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", f"{name}.pem",
                "-days", "20", "-extfile", f"{name}.ext", cwd=folder)
    openssl("pkcs12", "-export", "-in", "client.pem", "-inkey", "client.key", "-out", "client.p12", "-passout",
            "pass:p12-hunter2", cwd=folder)
    return folder


def test_nginx_takes_client_certificates_and_passwords(nginx, exporter, pki, tmp_path):
    port = free_port()
    (tmp_path / "users").write_text("me:{PLAIN}basic-hunter2\n")
    nginx(f"""server {{
        listen 127.0.0.1:{port} ssl; ssl_certificate {pki}/server.pem; ssl_certificate_key {pki}/server.key;
        ssl_client_certificate {pki}/ca.pem; ssl_verify_client optional;
        location /certificate {{ if ($ssl_client_verify != SUCCESS) {{ return 403; }} return 200 "$ssl_client_s_dn"; }}
        location /both {{ if ($ssl_client_verify != SUCCESS) {{ return 403; }} auth_basic "r"; auth_basic_user_file {tmp_path}/users;
                          try_files /none @in; }}
        location @in {{ return 200 in; }}
    }}""")
    watched = exporter(f"""
        [defaults]
        interval = "200ms"
        timeout = "2s"
        tls.ca_file = "{pki}/ca.pem"
        [credentials.pem]
        kind = "client_certificate"
        certificate = {{ file = "{pki}/client.pem" }}
        private_key = {{ file = "{pki}/client.key" }}
        [credentials.p12]
        kind = "client_certificate"
        certificate = {{ file = "{pki}/client.p12" }}
        certificate_password = {{ env = "P12_PASSWORD" }}
        [credentials.both]
        kind = "basic"
        username = "me"
        password = {{ env = "PASSWORD" }}
        certificate = {{ file = "{pki}/client.pem" }}
        private_key = {{ file = "{pki}/client.key" }}
        [targets]
        pem = {{ url = "https://127.0.0.1:{port}/certificate", credential = "pem", expect.body_matches = "^CN=client$" }}
        p12 = {{ url = "https://127.0.0.1:{port}/certificate", credential = "p12", connection = "resume" }}
        both = {{ url = "https://127.0.0.1:{port}/both", credential = "both" }}
        none = {{ url = "https://127.0.0.1:{port}/certificate", expect.status = [403] }}
        """, P12_PASSWORD="p12-hunter2", PASSWORD="basic-hunter2")
    for target in ("pem", "p12", "both", "none"):
        watched.wait_for_state(target, "ok")
    assert_unseen(watched, "p12-hunter2", "basic-hunter2", "me:basic-hunter2")


class Apache(Process):
    """Debian's apache2 with a page behind a digest password, in the foreground and without root's folders."""

    def __init__(self, folder: Path, password: str):
        folder.mkdir()
        (folder / "index.html").write_text("in")
        digest = hashlib.md5(f"me:vault:{password}".encode()).hexdigest()
        (folder / "digests").write_text(f"me:vault:{digest}\n")
        port = free_port()
        modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"
                          for name in ("mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_digest", "dir"))
        (folder / "apache.conf").write_text(f"""{modules}
            ServerName localhost
            Listen 127.0.0.1:{port}
            PidFile {folder}/pid
            DefaultRuntimeDir {folder}
            ErrorLog /dev/stderr
            DocumentRoot {folder}
            <Location />
              AuthType Digest
              AuthName vault
              AuthUserFile {folder}/digests
              Require valid-user
            </Location>""")
        super().__init__("/usr/sbin/apache2", "-f", folder / "apache.conf", "-DFOREGROUND")
        self.url = f"http://127.0.0.1:{port}"
        eventually(lambda: (folder / "pid").exists() and request(f"{self.url}/").status == 401)


def test_apache_takes_a_digest_and_a_wrong_one_is_spared(running, exporter, tmp_path):
    apache = running.add(Apache(tmp_path / "apache", "digest-hunter2"))
    (tmp_path / "wrong").write_text("wr0ng-hunter2")
    watched = exporter(f"""
        [defaults]
        interval = "200ms"
        timeout = "2s"
        [credentials.right]
        kind = "digest"
        username = "me"
        password = {{ env = "PASSWORD" }}
        [credentials.wrong]
        kind = "digest"
        username = "me"
        password = {{ file = "{tmp_path}/wrong" }}
        [targets]
        right = {{ url = "{apache.url}/", credential = "right", expect.body_matches = "^in$" }}
        wrong = {{ url = "{apache.url}/", credential = "wrong" }}
        """, PASSWORD="digest-hunter2")
    watched.wait_for_state("right", "ok")
    watched.wait_for_state("wrong", "unauthorized")
    eventually(lambda: watched.metrics().value("authprobe_credential_lockout_backoff_seconds", credential="wrong") == 60)
    assert watched.metrics().value("authprobe_credential_lockout_backoff_seconds", credential="right") == 0
    refused = watched.metrics().value("authprobe_probes_total", target="wrong")
    assert refused <= 4
    (tmp_path / "wrong").write_text("digest-hunter2")
    watched.wait_for_state("wrong", "ok")
    watched.wait_for_line(r'msg="?credential rotated"? credential=wrong fingerprint=[0-9a-f]{8}$')
    watched.wait_for_line(r'msg="?password is sent again"? credential=wrong')
    assert_unseen(watched, "digest-hunter2", "wr0ng-hunter2", "me:digest-hunter2")
