"""Secrets in memory: after a rotation, the memory of the process is searched for the value that was there before."""

import base64
import os
import re
import secrets
from collections import Counter
from urllib.parse import quote

import pytest

from loopback import Handler, Server
from processes import Exporter, eventually


class Api(Handler):
    """Lets everybody in; hands out tokens, which die with every answer to a client's secret; asks for Digest under /digest."""

    def do_GET(self):
        if self.path.startswith("/digest") and not self.headers.get("Authorization"):
            self.answer(401, WWW_Authenticate='Digest realm="r", nonce="n0nce", qop="auth", algorithm=SHA-256')
        else:
            self.answer(200, "{}")

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.answer(200, '{"access_token": "' + secrets.token_hex(16) + '", "token_type": "Bearer", "expires_in": 3}')


# By kind: the keys of the credential, with {file} for the secret's file, and {api}.
KINDS = {
    "bearer": 'kind = "bearer"\ntoken = {{ file = "{file}" }}',
    "api_key": 'kind = "api_key"\nheader = "X-Key"\nkey = {{ file = "{file}" }}',
    "query": 'kind = "api_key"\nquery = "key"\nkey = {{ file = "{file}" }}',
    "path": 'kind = "url_path"\nkey = {{ file = "{file}" }}',
    "basic": 'kind = "basic"\nusername = "me"\npassword = {{ file = "{file}" }}',
    "digest": 'kind = "digest"\nusername = "me"\npassword = {{ file = "{file}" }}',
    "cookie": 'kind = "cookie"\ncookie = {{ file = "{file}" }}',
    "oauth2": 'kind = "oauth2"\ntoken_url = "{api}/token"\nclient_id = "me"\nclient_secret = {{ file = "{file}" }}',
    "oauth2-post": 'kind = "oauth2"\ntoken_url = "{api}/token"\nclient_id = "me"\nclient_secret = {{ file = "{file}" }}\nauth_style = "post"',
    "login": 'kind = "login"\nurl = "{api}/token"\nmethod = "POST"\nbody = "p=${{p}}"\nsecrets = {{ p = {{ file = "{file}" }} }}\n'
             'json_pointer = "/access_token"\nmax_age = "3s"',
    "hmac": 'kind = "hmac"\nsecret = {{ file = "{file}" }}\nsigned = "{{timestamp}}{{method}}"\n'
            'headers = {{ X-Signature = "{{timestamp}} {{signature}}" }}',
    "sigv4": 'kind = "aws_sigv4"\nregion = "eu-west-1"\nservice = "s3"\naccess_key_id = "AKIDEXAMPLE"\nsecret_access_key = {{ file = "{file}" }}',
}


def forms(secret: str) -> list[bytes]:
    """As it is sent, and inside the Base64 of Basic, whatever stands before it."""
    coded = [base64.b64encode(b"x" * before + secret.encode())[(before * 4 + 2) // 3 + 2:-4] for before in range(3)]
    return [secret.encode(), quote(secret, safe="").encode(), *coded]


def copies(exporter: Exporter, wanted: dict[str, list[bytes]]) -> Counter:
    """How often each of them is in the writable memory of the process."""
    found: Counter = Counter()
    with open(f"/proc/{exporter.process.pid}/maps", encoding="utf-8") as maps, open(f"/proc/{exporter.process.pid}/mem", "rb", 0) as memory:
        for line in maps:
            begin, end, mode = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if "w" not in mode or "[v" in line:
                continue
            try:
                memory.seek(int(begin, 16))
                content = memory.read(int(end, 16) - int(begin, 16))
            except OSError:
                continue  # nothing is behind these addresses
            for name, texts in wanted.items():
                found[name] += sum(content.count(text) for text in set(texts))
    return found


@pytest.mark.as_built
@pytest.mark.skipif(os.geteuid() != 0, reason="the memory of a process that cannot be dumped is root's to read")
def test_after_a_rotation_no_copy_of_the_secret_before_is_left(exporter, tmp_path):
    old, new, newest = ({name: f"{secrets.token_hex(12)}~{secrets.token_hex(8)}" for name in KINDS} for _ in range(3))
    with Server(Api) as server:
        api = f"http://127.0.0.1:{server.port}"

        def write(values: dict[str, str]):
            for name, value in values.items():
                fresh = tmp_path / f"{name}.new"
                fresh.write_text(f"session={value}" if name == "cookie" else value)
                fresh.replace(tmp_path / name)

        write(old)
        watched = exporter('[defaults]\ninterval = "200ms"\ntimeout = "2s"\n' + "".join(
            f"[credentials.{name}]\n{keys.format(file=tmp_path / name, api=api)}\n[targets.{name}]\n"
            f'url = "{api}/{name}{"/{key}" if name == "path" else ""}"\ncredential = "{name}"\n' for name, keys in KINDS.items()))
        for name in KINDS:
            watched.wait_for_state(name, "ok")
        there = copies(watched, {name: forms(secret) for name, secret in old.items()})
        assert [name for name in KINDS if there[name] == 0] == [], "or the search finds nothing"
        for rotations, values in enumerate((new, newest), 1):
            write(values)
            metrics = eventually(lambda count=rotations: (metrics := watched.metrics()) and all(
                metrics.value("authprobe_credential_rotations_total", credential=name) == count for name in KINDS) and metrics)
        # Probes and token fetches with the new one, and what rests until a connection or a handle is used again.
        before = {name: metrics.value("authprobe_probes_total", target=name) for name in KINDS}
        eventually(lambda: all(watched.metrics().value("authprobe_probes_total", target=name) >= before[name] + 40 for name in KINDS), 60)
        left = copies(watched, {name: forms(secret) for name, secret in old.items()})
        print(dict(there), dict(left))
        assert {name: count for name, count in left.items() if count} == {}
