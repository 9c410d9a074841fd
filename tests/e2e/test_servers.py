"""Probes of a real server: nginx over http, https with a private CA, IPv6 and a unix socket."""

import subprocess
import time

import pytest

from processes import free_port

SERVERS = """
server {{ listen 127.0.0.1:{http}; listen [::1]:{http}; listen unix:{folder}/nginx.sock;
  location / {{ return 200 "ok\\n"; }}
  location /moved {{ return 302 /; }}
  location /teapot {{ return 418; }}
  location /basic {{ auth_basic "staff"; auth_basic_user_file {folder}/users; try_files /none @ok; }}
  location @ok {{ return 200 "in\\n"; }}
  location /denied {{ deny all; }} }}
server {{ listen 127.0.0.1:{https} ssl http2; ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key;
  location / {{ return 200 "ok\\n"; }} }}
"""


def openssl(*arguments, **options):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, **options)


@pytest.fixture
def site(nginx, tmp_path):
    """A running nginx: its ports, its folder and its private CA."""
    folder = tmp_path / "nginx"
    folder.mkdir()
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", folder / "ca.key", "-out", folder / "ca.pem", "-days", 30, "-subj", "/CN=private CA",
            "-addext", "basicConstraints=critical,CA:TRUE")
    openssl("req", *key, "-keyout", folder / "server.key", "-out", folder / "server.csr", "-subj", "/CN=api.test")
    (folder / "names").write_text("subjectAltName=DNS:api.test")
    openssl("x509", "-req", "-in", folder / "server.csr", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-CAcreateserial",
            "-days", 20, "-extfile", folder / "names", "-out", folder / "server.pem")
    crypted = subprocess.run(["openssl", "passwd", "-apr1", "sesame-open"], capture_output=True, text=True, check=True).stdout
    (folder / "users").write_text(f"anna:{crypted}")
    ports = {"http": free_port(), "https": free_port()}
    nginx(SERVERS.format(folder=folder, **ports))
    return {"folder": folder, **ports}


CONFIG = """
[defaults]
interval = "300ms"
timeout  = "250ms"
[credentials.anna]
kind = "basic"
username = "anna"
password = {{ env = "ANNA" }}
[credentials.wrong]
kind = "basic"
username = "anna"
password = {{ env = "WRONG" }}

[targets.plain]
url = "http://127.0.0.1:{http}/"
[targets.six]
url = "http://[::1]:{http}/"
[targets.socket]
url = "http://anything.test/"
unix_socket = "{folder}/nginx.sock"
[targets.private-ca]
url = "https://api.test:{https}/"
resolve = ["api.test:{https}:127.0.0.1"]
tls.ca_file = "{folder}/ca.pem"
[targets.unknown-ca]
url = "https://api.test:{https}/"
resolve = ["api.test:{https}:127.0.0.1"]
[targets.unverified]
url = "https://127.0.0.1:{https}/"
tls.verify = false
[targets.reused]
url = "https://api.test:{https}/"
resolve = ["api.test:{https}:127.0.0.1"]
tls.ca_file = "{folder}/ca.pem"
connection = "reuse"
[targets.resumed]
url = "https://api.test:{https}/"
resolve = ["api.test:{https}:127.0.0.1"]
tls.ca_file = "{folder}/ca.pem"
connection = "resume"
[targets.basic]
url = "http://127.0.0.1:{http}/basic"
credential = "anna"
[targets.basic-wrong]
url = "http://127.0.0.1:{http}/basic"
credential = "wrong"
[targets.basic-none]
url = "http://127.0.0.1:{http}/basic"
[targets.denied]
url = "http://127.0.0.1:{http}/denied"
[targets.moved]
url = "http://127.0.0.1:{http}/moved"
[targets.followed]
url = "http://127.0.0.1:{http}/moved"
max_redirects = 1
[targets.teapot]
url = "http://127.0.0.1:{http}/teapot"
expect.status = [418]
"""

STATES = {
    "plain": "ok", "six": "ok", "socket": "ok", "private-ca": "ok", "unknown-ca": "unreachable", "unverified": "ok", "reused": "ok",
    "resumed": "ok", "basic": "ok", "basic-wrong": "unauthorized", "basic-none": "unauthorized", "denied": "forbidden",
    "moved": "unexpected", "followed": "ok", "teapot": "ok",
}


def test_every_way_to_a_server_leads_to_the_right_state(site, exporter):
    watched = exporter(CONFIG.format(**site), ANNA="sesame-open", WRONG="sesame-shut")
    watched.wait_until_ready()
    metrics = watched.metrics()
    assert {name: metrics.state(name) for name in STATES} == STATES
    assert metrics.value("authprobe_transport_errors_total", target="unknown-ca", reason="tls") >= 1
    for name in ("private-ca", "reused", "resumed"):
        left = metrics.value("authprobe_tls_certificate_expiration_timestamp_seconds", target=name) - time.time()
        assert 19 * 86400 < left <= 20 * 86400
    assert metrics.value("authprobe_probe_phase_duration_seconds", target="private-ca", phase="tls") > 0
    assert metrics.all("authprobe_tls_certificate_expiration_timestamp_seconds", target="plain") == []
