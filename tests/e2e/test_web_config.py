"""TLS, client certificates, users, headers and rate limit of the exporter's own web server, tried with curl, openssl and Prometheus."""

import concurrent.futures
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from certificates import Authority
from hostile import IN_PLACE, RULES
from processes import BINARY, TOP, Exporter, Process, eventually, free_port, request, stop

CONFIG = '[targets.a]\nurl = "http://127.0.0.1:{port}/"\ninterval = "1h"\n'
EVERY_PATH = ["/", "/targets", "/targets/a", "/credentials", "/assets/page.js", "/metrics",
              "/-/healthy", "/-/ready", "/config", "/configuration", "/api/v1/targets", "/api/v1/changes", "/api/v1/openapi.json",
              "/probe?target=a", "/nowhere"]
# bcrypt with its lowest cost, as htpasswd -B writes it.
HASH_OF_SECRET = subprocess.run(["htpasswd", "-nbBC", "4", "", "secret"], check=True, capture_output=True,
                                text=True).stdout.strip(":\n")
USERS = f"basic_auth_users:\n  alice: {HASH_OF_SECRET}\n"


@pytest.fixture
def authority(tmp_path) -> Authority:
    made = Authority(tmp_path / "pki")
    made.sign("server", usage="serverAuth")
    return made


class Guarded:
    """An exporter with a web configuration; asked by curl, which is given nothing that `arguments` does not have."""

    def __init__(self, exporter: Exporter, file: Path, authority: Authority | None):
        self.exporter = exporter
        self.file = file
        self.address = exporter.addresses()[0]
        self.base = f"https://{self.address}" if authority else f"http://{self.address}"
        self.trust = ["--cacert", str(authority.certificate)] if authority else []

    def curl(self, path: str, *arguments: object) -> subprocess.CompletedProcess:
        command = ["curl", "-s", "-i", "--max-time", "10", *self.trust, *(str(part) for part in arguments), self.base + path]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def status(self, path: str, *arguments: object) -> int:
        """The status; 0 where the TLS handshake failed."""
        answer = self.curl(path, *arguments)
        return int(answer.stdout.split()[1]) if answer.returncode == 0 else 0

    def rewrite(self, text: str):
        fresh = self.file.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        fresh.rename(self.file)


@pytest.fixture
def guarded(exporter, authority, tmp_path):
    """guarded(yaml) starts an exporter with that web configuration, with the server's certificate unless tls is False."""
    def start(text: str, tls: bool = True) -> Guarded:
        file = authority.folder / "web.yml"
        file.write_text(text if not tls else with_tls(text), encoding="utf-8")
        started = exporter(CONFIG.format(port=free_port()), f"--web.config.file={file}")
        return Guarded(started, file, authority if tls else None)
    return start


def with_tls(text: str, certificate: str = "server") -> str:
    """The keys of TLS come first in `text`, indented."""
    return f"tls_server_config:\n  cert_file: {certificate}.pem\n  key_file: {certificate}.key\n{text}"


def test_a_user_gets_in_and_nobody_else_does_at_any_path(guarded):
    server = guarded(USERS)
    for path in EVERY_PATH:
        assert server.status(path) == 401, path
        assert server.status(path, "-u", "alice:wrong") == 401, path
        assert server.status(path, "-u", "bob:secret") == 401, path
        assert server.status(path, "-H", "Authorization: Bearer secret") == 401, path
    assert 'WWW-Authenticate: Basic realm="authprobe_exporter"' in server.curl("/").stdout
    assert server.status("/-/reload", "-X", "POST") == 401
    assert server.status("/metrics", "-u", "alice:secret") == 200
    assert server.status("/nowhere", "-u", "alice:secret") == 404
    assert server.status("/-/reload", "-X", "POST", "-u", "alice:secret") == 200


def test_plain_http_with_users(guarded):
    server = guarded(USERS, tls=False)
    assert server.status("/metrics") == 401
    assert server.status("/metrics", "-u", "alice:secret") == 200


def test_prometheus_scrapes_over_tls_with_a_password(guarded, prometheus, authority):
    server = guarded(USERS)
    scraping = prometheus(server.exporter, scheme="https", basic_auth={"username": "alice", "password": "secret"},
                          tls_config={"ca_file": str(authority.certificate), "server_name": "localhost"})
    eventually(lambda: scraping.query('up{job="authprobe"} == 1'), 30)


def test_a_prometheus_without_the_password_finds_it_down(guarded, prometheus, authority):
    server = guarded(USERS)
    scraping = prometheus(server.exporter, scheme="https", tls_config={"ca_file": str(authority.certificate)})
    eventually(lambda: scraping.query('up{job="authprobe"} == 0'), 30)


# What becomes of a client without a certificate, with one of another CA, and with one of the right CA.
@pytest.mark.parametrize("auth_type, none, foreign, ours", [
    ("NoClientCert", 200, 200, 200),
    ("RequestClientCert", 200, 200, 200),
    ("RequireAnyClientCert", 0, 200, 200),
    ("RequireClientCert", 0, 200, 200),
    ("VerifyClientCertIfGiven", 200, 0, 200),
    ("RequireAndVerifyClientCert", 0, 0, 200),
])
def test_client_certificates(guarded, authority, tmp_path, auth_type, none, foreign, ours):
    client = authority.sign("client", usage="clientAuth")
    stranger = Authority(tmp_path / "other").sign("stranger", usage="clientAuth")
    verifies = "" if auth_type == "NoClientCert" else "  client_ca_file: ca.pem\n"
    server = guarded(f"  client_auth_type: {auth_type}\n{verifies}")

    def status_with(certificate: Path) -> int:
        return server.status("/metrics", "--cert", certificate, "--key", certificate.with_suffix(".key"))
    assert server.status("/metrics") == none
    assert status_with(stranger) == foreign
    assert status_with(client) == ours


def test_a_servers_certificate_is_none_for_a_client(guarded, authority):
    """RFC 5280, 4.2.1.12: its purpose is another."""
    server = guarded("  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n")
    assert server.status("/metrics", "--cert", authority.folder / "server.pem", "--key", authority.folder / "server.key") == 0


@pytest.mark.parametrize("names", ["DNS:prometheus.example", "IP:192.0.2.7", "URI:spiffe://example/prometheus",
                                   "email:ops@example.com"])
def test_only_allowed_names_get_in(guarded, authority, names):
    allowed = authority.sign("allowed", names=names)
    other = authority.sign("other", names="DNS:other.example,IP:192.0.2.8")
    server = guarded("  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n  client_allowed_sans:\n"
                     f"    - {names.split(':', 1)[1]}\n")
    assert server.status("/metrics", "--cert", allowed, "--key", allowed.with_suffix(".key")) == 200
    assert server.status("/metrics", "--cert", other, "--key", other.with_suffix(".key")) == 0


def handshake(server: Guarded, *arguments: str) -> str:
    """What openssl s_client says of a handshake; "" where there was none."""
    said = subprocess.run(["openssl", "s_client", "-connect", server.address, *arguments], input="", capture_output=True,
                          text=True, timeout=20, check=False)
    return said.stdout if "Cipher is (NONE)" not in said.stdout else ""


def test_versions(guarded):
    server = guarded("  min_version: TLS13\n")
    assert "TLSv1.3" in handshake(server)
    assert handshake(server, "-tls1_2") == ""
    server = guarded("  max_version: TLS12\n")
    assert "TLSv1.2" in handshake(server)
    assert handshake(server, "-tls1_3") == ""
    assert handshake(server, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0") == ""


def test_cipher_suites_and_curves(guarded):
    server = guarded("  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n  curve_preferences: [CurveP384]\n")
    assert "ECDHE-ECDSA-AES256-GCM-SHA384" in handshake(server, "-tls1_2")
    assert handshake(server, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256") == ""
    assert "secp384r1" in handshake(server, "-tls1_3") or "P-384" in handshake(server, "-tls1_3")
    assert handshake(server, "-tls1_3", "-groups", "X25519") == ""


def test_users_and_certificates_are_read_again_without_a_restart(guarded, authority):
    server = guarded(USERS)
    assert server.status("/metrics", "-u", "bob:secret") == 401
    server.rewrite(with_tls(f"basic_auth_users:\n  bob: {HASH_OF_SECRET}\n"))
    eventually(lambda: server.status("/metrics", "-u", "bob:secret") == 200)
    assert server.status("/metrics", "-u", "alice:secret") == 401

    before = handshake(server)
    authority.sign("renewed")
    for end in ("pem", "key"):
        shutil.move(authority.folder / f"renewed.{end}", authority.folder / f"server.{end}")
    eventually(lambda: re.search("CN ?= ?renewed", handshake(server)))
    assert re.search("CN ?= ?server", before)


def test_a_broken_web_configuration_keeps_the_old_one(guarded):
    server = guarded(USERS)
    server.rewrite(with_tls("basic_auth_users:\n  alice: plain\n"))
    eventually(lambda: server.status("/metrics", "-u", "alice:secret") == 200 and
               "the web configuration has an error" in server.exporter.output)
    assert "basic_auth_users.alice: must be a bcrypt hash" in server.exporter.output
    server.rewrite(USERS)
    eventually(lambda: server.status("/metrics", "-u", "alice:secret") == 200 and
               "cannot be added or removed while the exporter runs" in server.exporter.output)


@pytest.mark.parametrize("part", ["pem", "key"])
def test_a_certificate_that_is_no_file_any_more_holds_up_nothing(guarded, authority, part):
    """The exporter goes on with the one that it has, says which file is wrong, and takes the next good one."""
    server = guarded(USERS)
    named = authority.folder / f"server.{part}"
    good = named.read_bytes()
    for kind, replace in IN_PLACE.items():
        named.unlink()
        replace(named)
        eventually(lambda kind=kind: server.status("/metrics", "-u", "alice:secret") == 200 and RULES[kind] in server.exporter.output)
        named.rmdir() if named.is_dir() else named.unlink()
        named.write_bytes(good)
    assert f"tls_server_config.{'cert' if part == 'pem' else 'key'}_file" in server.exporter.output
    assert stop(server.exporter)[0] == 0


def test_headers_are_added_to_every_response(guarded):
    server = guarded("http_server_config:\n  http2: true\n  headers:\n    X-Frame-Options: deny\n"
                     "    Content-Security-Policy: default-src 'self'\n    Strict-Transport-Security: max-age=3600\n")
    for path in EVERY_PATH:
        headers = server.curl(path).stdout.split("\r\n\r\n")[0]
        assert "X-Frame-Options: deny" in headers and "Strict-Transport-Security: max-age=3600" in headers, path
        assert headers.count("Content-Security-Policy:") == 1 and "default-src 'self'" in headers, path
    assert "http_server_config.http2: has no effect" in server.exporter.output


def test_rate_limit(guarded):
    server = guarded("rate_limit:\n  interval: 1h\n  burst: 3\n", tls=False)
    assert [server.status("/metrics") for _ in range(5)] == [200, 200, 200, 429, 429]


def test_many_wrong_passwords_do_not_keep_a_scraper_waiting(guarded):
    slow = subprocess.run(["htpasswd", "-nbBC", "11", "", "secret"], check=True, capture_output=True, text=True).stdout.strip(":\n")
    server = guarded(f"basic_auth_users:\n  alice: {slow}\n")
    assert server.status("/metrics", "-u", "alice:secret") == 200
    with concurrent.futures.ThreadPoolExecutor(60) as pool:
        attempts = [pool.submit(server.status, "/metrics", "-u", f"alice:wrong{i}") for i in range(60)]
        eventually(lambda: any(attempt.done() for attempt in attempts))
        began = time.monotonic()
        assert server.status("/metrics", "-u", "alice:secret") == 200
        waited = time.monotonic() - began
        answers = {attempt.result() for attempt in attempts}
    assert answers <= {401, 429} and 429 in answers
    assert waited < 5


def test_healthcheck_with_tls_and_a_user(guarded, authority, tmp_path):
    server = guarded(USERS)
    password = tmp_path / "password"
    password.write_text("secret\n", encoding="utf-8")
    command = [BINARY, "healthcheck", "--url", f"{server.base}/-/healthy"]
    as_alice = ["--basic-user", "alice", "--basic-password-file", password]
    assert subprocess.run([*command, "--ca-file", authority.certificate, *as_alice], check=False).returncode == 0
    assert subprocess.run([*command, "--insecure", *as_alice], check=False).returncode == 0
    assert subprocess.run([*command, *as_alice], check=False, capture_output=True).returncode == 1
    assert subprocess.run([*command, "--insecure"], check=False, capture_output=True).returncode == 1


def test_the_sample_is_sound(authority, tmp_path):
    """As check says: all of it but the certificates, which are the user's own."""
    sample = TOP / "config/web.example.yml"
    shutil.copy(sample, authority.folder / "web.yml")
    config = tmp_path / "a.toml"
    config.write_text(CONFIG.format(port=1), encoding="utf-8")
    said = subprocess.run([BINARY, "check", config, "--web.config.file", authority.folder / "web.yml"], capture_output=True,
                          text=True, check=False)
    assert said.returncode == 0, said.stdout


def test_a_web_configuration_with_errors_does_not_start(authority, tmp_path):
    file = tmp_path / "web.yml"
    file.write_text("basic_auth_users:\n  alice: hunter2\n", encoding="utf-8")
    config = tmp_path / "a.toml"
    config.write_text(CONFIG.format(port=1), encoding="utf-8")
    said = subprocess.run([BINARY, f"--config.file={config}", f"--web.config.file={file}"], capture_output=True, text=True,
                          timeout=20, check=False)
    assert said.returncode == 1
    assert f"{file}:2:10: basic_auth_users.alice: must be a bcrypt hash" in said.stderr
    assert "hunter2" not in said.stderr + said.stdout


def test_sockets_of_systemd(binary, running, tmp_path):
    config = tmp_path / "a.toml"
    config.write_text(CONFIG.format(port=1), encoding="utf-8")
    port, path = free_port(), tmp_path / "web.sock"
    process = running.add(Process("systemd-socket-activate", "-l", f"127.0.0.1:{port}", "-l", path, binary,
                                  f"--config.file={config}", "--web.systemd-socket"))
    process.wait_for_line("Listening on .*web.sock")
    assert request(f"http://127.0.0.1:{port}/-/healthy").status == 200
    local = subprocess.run(["curl", "-s", "--unix-socket", path, "http://localhost/-/healthy"], capture_output=True, text=True, check=True)
    assert local.stdout == "healthy\n"
    assert f"address=127.0.0.1:{port}" in process.output and f"address=unix:{path}" in process.output


def test_no_socket_from_systemd_is_told(binary, tmp_path):
    config = tmp_path / "a.toml"
    config.write_text(CONFIG.format(port=1), encoding="utf-8")
    said = subprocess.run([binary, f"--config.file={config}", "--web.systemd-socket"], capture_output=True, text=True, timeout=20,
                          check=False)
    assert said.returncode == 2 and "no socket from systemd" in said.stderr
