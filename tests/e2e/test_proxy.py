"""A proxy that wants a user and a password: sent to it alone, read late, never shown; and squid, which checks them."""

import base64
import json
import os
import re
import ssl
import subprocess

import pytest

from certificates import Authority
from loopback import Handler, Server
from processes import BINARY, Process, eventually, free_port, request

USER, PASSWORD, TOKEN = "probes", "pr0xy-p4ssw0rd-of-ours", "a-token-of-the-target"
LOGIN = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


class Api(Handler):
    """Remembers what reached it."""

    seen: list[dict] = []

    def do_GET(self):
        Api.seen.append(dict(self.headers))
        self.answer(200, "fine")


class StrictProxy(Handler):
    """Answers itself, by the login."""

    def do_GET(self):
        known = self.headers["Proxy-Authorization"] == f"Basic {LOGIN}"
        self.answer(200 if known else 407, Proxy_Authenticate='Basic realm="corp"')


class EchoingProxy(Handler):
    """Refuses every login, and repeats it in its page and headers, as some do."""

    def do_GET(self):
        got = self.headers["Proxy-Authorization"] or ""
        self.answer(407, f"<p>Your login {got} ({base64.b64decode(got[6:]).decode()}) is wrong", X_Got=got,
                    Proxy_Authenticate='Basic realm="corp"')

    do_CONNECT = do_GET


@pytest.fixture
def api():
    Api.seen.clear()
    with Server(Api) as server:
        yield server


@pytest.fixture
def squid(running, tmp_path):
    folder = tmp_path / "squid"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    crypted = subprocess.run(["openssl", "passwd", "-1", PASSWORD], capture_output=True, text=True, check=True).stdout.strip()
    (folder / "users").write_text(f"{USER}:{crypted}\n")
    port = free_port()
    (folder / "squid.conf").write_text(f"""
http_port 127.0.0.1:{port}
auth_param basic program /usr/lib/squid/basic_ncsa_auth {folder}/users
auth_param basic children 1
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
cache deny all
access_log none
cache_log {folder}/cache.log
pid_filename none
coredump_dir {folder}
shutdown_lifetime 0 seconds
pinger_enable off
visible_hostname squid.test
""")
    # Its helper runs as another user, and pytest's folders are for their owner alone.
    for part in (tmp_path, *tmp_path.parents):
        if part.stat().st_mode & 0o001 == 0:
            part.chmod(0o755)
    process = running.add(Process("squid", "-N", "-n", f"t{port}", "-f", folder / "squid.conf"))
    eventually(lambda: request(f"http://127.0.0.1:{port}/").status, timeout=30)
    process.url = f"http://127.0.0.1:{port}"
    return process


def config(folder, proxy: str, urls: dict[str, str], more: str = "") -> str:
    (folder / "token").write_text(TOKEN)
    return f"""
[defaults]
interval = "300ms"
proxy = "{proxy}"
proxy_username = "{USER}"
proxy_password = {{ file = "{folder}/password" }}
{more}
[credentials.a]
kind = "bearer"
token = {{ file = "{folder}/token" }}
""" + "".join(f'[targets.{name}]\nurl = "{url}"\ncredential = "a"\n' for name, url in urls.items())


def shown(exporter) -> str:
    """All that people may read of it."""
    paths = ("/metrics", "/config", "/api/v1/targets", "/api/v1/credentials", "/", "/targets/plain", "/api/v1/targets/plain",
             "/probe?target=plain", "/probe?target=plain&debug=true")
    return "\n".join(exporter.get(path).text for path in paths) + exporter.output


def diagnose(path, target: str, *flags: str) -> str:
    return subprocess.run([BINARY, "diagnose", target, f"--config.file={path}", *flags], capture_output=True, text=True, timeout=30,
                          check=False).stdout


def test_squid_lets_in_with_the_password_and_the_server_sees_nothing_of_it(exporter, squid, api, tmp_path):
    (tmp_path / "password").write_text(PASSWORD + "\n")
    watched = exporter(config(tmp_path, squid.url, {"plain": f"http://127.0.0.1:{api.port}/"}))
    watched.wait_for_state("plain", "ok")
    assert Api.seen and all(seen["Authorization"] == f"Bearer {TOKEN}" for seen in Api.seen)
    assert not [seen for seen in Api.seen if "Proxy-Authorization" in seen]
    told = diagnose(tmp_path / "authprobe.toml", "plain")
    assert "Answer       200" in told and "Proxy-Authorization: Basic ********, to the proxy alone" in told
    for secret in (PASSWORD, LOGIN):
        assert secret not in told + shown(watched)


def test_squid_opens_a_tunnel_with_the_password(exporter, squid, tmp_path):
    authority = Authority(tmp_path)
    authority.sign("server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    Api.seen.clear()
    with Server(Api, tls=context) as secure:
        (tmp_path / "password").write_text(PASSWORD)
        watched = exporter(config(tmp_path, squid.url, {"tunnel": f"https://127.0.0.1:{secure.port}/"},
                                  f'tls.ca_file = "{authority.certificate}"'))
        watched.wait_for_state("tunnel", "ok")
        assert "Answer       200" in diagnose(tmp_path / "authprobe.toml", "tunnel")
        assert Api.seen and not [seen for seen in Api.seen if "Proxy-Authorization" in seen]


def test_a_password_that_squid_refuses_is_told(exporter, squid, api, tmp_path):
    (tmp_path / "password").write_text("not-the-password")
    watched = exporter(config(tmp_path, squid.url, {"plain": f"http://127.0.0.1:{api.port}/"}))
    watched.wait_for_state("plain", "unexpected")
    eventually(lambda: watched.metrics().value("authprobe_auth_failure_cause", target="plain", cause="invalid_credentials") == 1)
    text = diagnose(tmp_path / "authprobe.toml", "plain")
    for part in ("Proxy-Authorization: Basic ********, to the proxy alone", f"{squid.url}: answered by itself", "invalid_credentials (likely)",
                 "The proxy does not accept proxy_username and proxy_password"):
        assert part in text, part
    assert Api.seen == [] and "not-the-password" not in text + shown(watched)


def test_a_new_password_is_read_without_a_reload(exporter, tmp_path):
    (tmp_path / "password").write_text("not-the-password")
    with Server(StrictProxy) as proxy:
        watched = exporter(config(tmp_path, f"http://127.0.0.1:{proxy.port}", {"plain": "http://api.test/"}))
        watched.wait_for_state("plain", "unexpected")
        (tmp_path / "password").write_text(PASSWORD)
        watched.wait_for_state("plain", "ok")


def test_a_proxy_that_repeats_the_login_shows_nobody_the_secret(exporter, tmp_path):
    (tmp_path / "password").write_text(PASSWORD)
    with Server(EchoingProxy) as proxy:
        url = f"http://127.0.0.1:{proxy.port}"
        watched = exporter(config(tmp_path, url, {"plain": "http://api.test/", "tunnel": "https://api.test/"}, "body_excerpt = true"))
        for target in ("plain", "tunnel"):
            watched.wait_for_state(target, "unexpected")
            told = diagnose(tmp_path / "authprobe.toml", target) + diagnose(tmp_path / "authprobe.toml", target, "--json")
            for secret in (PASSWORD, LOGIN):
                assert secret not in told + shown(watched), target
            assert json.loads(diagnose(tmp_path / "authprobe.toml", target, "--json"))["answer"]["from_proxy"] is True
        # The credential of the target was not looked at, so that it is not blamed.
        assert watched.metrics().value("authprobe_credential_targets", credential="a", state="unauthorized") == 0


def test_without_the_password_nothing_is_sent(exporter, api, tmp_path):
    (tmp_path / "password").touch()
    os.remove(tmp_path / "password")
    with Server(EchoingProxy) as proxy:
        watched = exporter(config(tmp_path, f"http://127.0.0.1:{proxy.port}", {"plain": f"http://127.0.0.1:{api.port}/"}))
        watched.wait_for_state("plain", "unreachable")
        text = diagnose(tmp_path / "authprobe.toml", "plain")
        assert "no password for the proxy: file " in text and "Check proxy_password" in text


def test_hosts_that_need_no_proxy_are_reached_without_it(exporter, api, tmp_path):
    (tmp_path / "password").write_text(PASSWORD)
    with Server(EchoingProxy) as proxy:
        url = f"http://127.0.0.1:{api.port}/"
        watched = exporter(config(tmp_path, f"http://127.0.0.1:{proxy.port}", {"plain": url}, 'no_proxy = ["127.0.0.1", "*.test"]'))
        watched.wait_for_state("plain", "ok")
        assert not [seen for seen in Api.seen if "Proxy-Authorization" in seen]
        assert "Proxy        none: no_proxy has this host" in diagnose(tmp_path / "authprobe.toml", "plain")


def test_token_endpoints_are_reached_through_it_too(exporter, squid, tmp_path):
    class TokenEndpoint(Handler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(200, json.dumps({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600}))

        def do_GET(self):
            self.answer(200 if self.headers["Authorization"] == f"Bearer {TOKEN}" else 401)

    (tmp_path / "password").write_text(PASSWORD)
    (tmp_path / "client").write_text("the-client-secret")
    with Server(TokenEndpoint) as server:
        url = f"http://127.0.0.1:{server.port}"
        watched = exporter(config(tmp_path, squid.url, {}) + f"""
[credentials.fetched]
kind = "oauth2"
token_url = "{url}/token"
client_id = "me"
client_secret = {{ file = "{tmp_path}/client" }}
[targets.fetched]
url = "{url}/"
credential = "fetched"
""")
        watched.wait_for_state("fetched", "ok")


@pytest.mark.parametrize("keys, says", [
    ('proxy_username = "me"', "proxy_username: needs a proxy_password"),
    ("proxy_password = { env = 'P' }", "proxy_password: needs a proxy_username"),
    ('proxy_username = "a:b"\nproxy_password = { env = "P" }', "proxy_username: must not contain a colon"),
    ('proxy = "http://me:secret@127.0.0.1:1"', "proxy: must not contain user info (set proxy_username and proxy_password)"),
    ('no_proxy = ["a b"]', "no_proxy[0]: must be a host"),
])
def test_mistakes_are_told(binary, tmp_path, keys, says):
    path = tmp_path / "c.toml"
    path.write_text(f'[targets.a]\nurl = "https://api.example.com/"\nproxy = "http://127.0.0.1:1"\n{keys}\n'.replace(
        'proxy = "http://127.0.0.1:1"\nproxy = ', "proxy = "))
    result = subprocess.run([BINARY, "check", path], capture_output=True, text=True, timeout=20, check=False)
    assert result.returncode == 1 and re.search(re.escape(says), result.stdout), result.stdout
