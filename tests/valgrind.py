#!/usr/bin/python3
"""Runs one exporter under valgrind's memcheck, through every kind of credential that needs no other program, and prints what memcheck found.

    tests/valgrind.py [--exporter FILE]

Each credential is accepted by one target and refused by another; secrets rotate; the configuration is reloaded with more targets and with an
error; every page and API is asked for, over TLS and with a password; the state file is written, and a second process reads it. Takes some
minutes. Exit code 1 if memcheck found an error or memory that nothing points to any more. tests/valgrind.supp names what is left out, and why.
"""

import argparse
import base64
import signal
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

TESTS = Path(__file__).parent
sys.path.insert(0, str(TESTS / "e2e"))
from certificates import Authority  # noqa: E402
from hostile import Server, read_request  # noqa: E402
from processes import BINARY, Metrics, Process, eventually  # noqa: E402

SLOW = 300.0  # seconds, for what takes some under memcheck on a machine with other work
PAGES = ("/", "/targets", "/targets/bearer-refused", "/credentials", "/config", "/report.md", "/probe?target=bearer", "/api/v1/targets",
         "/api/v1/targets/bearer-refused", "/api/v1/credentials", "/api/v1/changes", "/metrics", "/-/ready", "/nowhere")


def credentials(api: str, pair: Path, token: Path) -> dict[str, str]:
    return {
        "bearer": f'token.file = "{token}"',
        "api_key": 'key.value = "key-1234567"',
        "basic": 'username = "u"\npassword.value = "password-1234"',
        "digest": 'username = "u"\npassword.value = "password-1234"',
        "cookie": 'cookie.value = "sid=abc123456"',
        "jwt": 'signing_key.value = "0123456789abcdef0123456789abcdef"',
        "aws_sigv4": 'access_key_id.value = "AKIAABCDEFGHIJKLMNOP"\nsecret_access_key.value = "0123456789secret"\nregion = "a"\nservice = "s3"',
        "hmac": 'secret.value = "0123456789secret"\nsigned = "{timestamp}{method}{path_and_query}{body_sha256}"\n'
                'headers.X-Signature = "{timestamp}:{nonce}:{signature}"\nquery.t = "{timestamp_iso8601_ms}"',
        "url_path": 'key.value = "k-1234567890"',
        "oauth2": f'token_url = "{api}/token"\nclient_id = "c"\nclient_secret.value = "secret-123456"',
        "login": f'url = "{api}/token"\njson_pointer = "/access_token"\nbody = "x"',
        "client_certificate": f'certificate.file = "{pair}"\nprivate_key.file = "{pair.with_suffix(".key")}"',
    }


def answer(connection):
    """A token to who asks for one, a refusal under /refused, and 200 for the rest."""
    while request := read_request(connection):
        head, body = b"HTTP/1.1 200 OK\r\n", b"ok"
        if b"/token" in request[:60]:
            body = b'{"access_token":"abcdefgh12345","token_type":"Bearer","expires_in":3600}'
        elif b"/refused" in request[:60]:
            head = b'HTTP/1.1 401 no\r\nWWW-Authenticate: Digest realm="a", nonce="abc", qop="auth", algorithm=MD5\r\n'
            body = b'{"error":"invalid_token"}'
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)


class Watched:
    """An exporter under memcheck, with TLS and one user."""

    def __init__(self, folder: Path, exporter: Path, authority: Authority, log: Path):
        self.log = log
        authority.sign("server", usage="serverAuth")
        hashed = subprocess.run(["htpasswd", "-nbBC", "4", "", "secret"], check=True, capture_output=True, text=True).stdout.strip(":\n")
        (authority.folder / "web.yml").write_text("tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"
                                                  f"basic_auth_users:\n  alice: {hashed}\n")
        self.trust = ssl.create_default_context(cafile=str(authority.certificate))
        self.trust.check_hostname = False
        self.process = Process(
            "valgrind", "-q", "--leak-check=full", "--show-leak-kinds=definite", "--errors-for-leak-kinds=definite", "--num-callers=30",
            f"--suppressions={TESTS / 'valgrind.supp'}", f"--log-file={log}", exporter, f"--config.file={folder}/authprobe.toml",
            f"--web.config.file={authority.folder}/web.yml", "--web.listen-address=127.0.0.1:0", f"--storage.path={folder}/state/state.db")
        self.url = "https://" + self.process.wait_for_line(r'msg="?listening"?.* address="?([^\s"]+)', SLOW)[1]

    def ask(self, path: str, method: str = "GET") -> tuple[int, str]:
        asked = urllib.request.Request(self.url + path, method=method)
        asked.add_header("Authorization", "Basic " + base64.b64encode(b"alice:secret").decode())
        try:
            with urllib.request.urlopen(asked, timeout=SLOW, context=self.trust) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def probed(self, targets: list[str], times: int):
        def all_done() -> bool:
            metrics = Metrics(self.ask("/metrics")[1])
            return all(metrics.value("authprobe_probes_total", target=target) >= times for target in targets)
        eventually(all_done, SLOW)

    def end(self) -> str:
        """What memcheck found."""
        self.process.signal(signal.SIGTERM)
        code = self.process.wait(SLOW)
        return self.log.read_text() + ("" if code == 0 else f"exit code {code}\n{self.process.output}\n")

    def close(self):
        self.process.close()


def run(folder: Path, exporter: Path) -> str:
    config, token, authority = folder / "authprobe.toml", folder / "token", Authority(folder / "pki")
    pair = authority.sign("pair")
    token.write_text("token-of-the-first-day")
    with Server(answer) as api:
        kinds = credentials(api.url, pair, token)
        text = '[defaults]\ninterval = "2s"\ntimeout = "1900ms"\n'
        for kind, keys in kinds.items():
            path = "{key}" if kind == "url_path" else kind
            text += f'[credentials.{kind}]\nkind = "{kind}"\n{keys}\n'
            for name, url in ((kind, f"/{path}"), (f"{kind}-refused", f"/refused/{path}")):
                text += f'[targets.{name}]\nurl = "{api.url}{url}"\ncredential = "{kind}"\n'
        config.write_text(text)
        targets = [name for kind in kinds for name in (kind, f"{kind}-refused")]
        with closing(Watched(folder, exporter, authority, folder / "first.log")) as first:
            first.probed(targets, 1)
            for path in PAGES:
                print(f"{path}: {first.ask(path)[0]}", flush=True)
            token.write_text("token-of-the-second-day")
            config.write_text(text + f'[targets.more]\nurl = "{api.url}/"\n')
            print(f"reload: {first.ask('/-/reload', 'POST')[0]}", flush=True)
            first.probed(["more"], 1)
            first.probed(targets, 2)
            config.write_text("[targets.")
            print(f"reload with an error: {first.ask('/-/reload', 'POST')[0]}", flush=True)
            found = first.end()
        config.write_text(text)
        with closing(Watched(folder, exporter, authority, folder / "second.log")) as second:
            second.probed(targets, 3)
            return found + second.end()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--exporter", type=Path, default=BINARY, help="the program (default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="authprobe-valgrind.") as folder:
        found = run(Path(folder), options.exporter)
    print(found or "memcheck found nothing")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
