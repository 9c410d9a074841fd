"""OpenStack's identity service from Debian's package python3-keystone, on loopback over TLS, with a database of its own."""

import json
import os
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

from certificates import Authority
from processes import eventually, free_port

PASSWORD = "the-password-of-the-administrator"

CONFIG = """
[database]
connection = sqlite:///{folder}/keystone.db
[fernet_tokens]
key_repository = {folder}/fernet
[cache]
enabled = false
[identity]
password_hash_rounds = 4
"""

SERVER = """
import ssl, sys
from wsgiref.simple_server import WSGIRequestHandler, make_server
from keystone.server.wsgi import initialize_public_application

certificate, port = sys.argv[1:]
sys.argv[1:] = []
class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass
server = make_server("127.0.0.1", int(port), initialize_public_application(), handler_class=Quiet)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(certificate, certificate.replace(".pem", ".key"))
server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
"""


class Keystone:
    """Has one user, the administrator, until others are made."""

    def __init__(self, folder: Path):
        folder.mkdir()
        (folder / "fernet").mkdir()
        self.folder = folder
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        authority = Authority(folder / "ca")
        self.ca = authority.certificate
        self.certificate = authority.sign("keystone", "IP:127.0.0.1")
        config = folder / "keystone.conf"
        config.write_text(CONFIG.format(folder=folder))
        self.environment = {**os.environ, "OS_KEYSTONE_CONFIG_FILES": str(config)}
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        group = subprocess.run(["id", "-gn"], capture_output=True, text=True, check=True).stdout.strip()
        self._manage("db_sync")
        self._manage("fernet_setup", "--keystone-user", user, "--keystone-group", group)
        self._manage("bootstrap", "--bootstrap-password", PASSWORD)

    def _manage(self, *arguments: str):
        result = subprocess.run(["keystone-manage", "--config-file", self.folder / "keystone.conf", *arguments], capture_output=True, text=True,
                                timeout=120, check=False)
        assert result.returncode == 0, result.stderr

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, "-c", SERVER, self.certificate, str(self.port)], cwd=self.folder, env=self.environment,
                                        stdout=subprocess.DEVNULL, stderr=(self.folder / "log").open("w"))
        self.tls = ssl.create_default_context(cafile=self.ca)
        try:
            self.token, self.user = eventually(self._log_in, timeout=60)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def _log_in(self, name: str = "admin", password: str = PASSWORD):
        """A token for the administrator's project, and the user's id."""
        domain = {"id": "default"}
        body = {"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": name, "domain": domain, "password": password}}},
                         "scope": {"project": {"name": "admin", "domain": domain}}}}
        try:
            answer, headers = self._send("POST", "/auth/tokens", body, {})
        except OSError:
            return None
        return headers["X-Subject-Token"], answer["token"]["user"]["id"]

    def _send(self, method: str, path: str, body: dict | None, headers: dict[str, str]):
        request = urllib.request.Request(f"https://{self.host}/v3{path}", None if body is None else json.dumps(body).encode(),
                                         {"Content-Type": "application/json", **headers}, method=method)
        with urllib.request.urlopen(request, context=self.tls, timeout=30) as answer:
            text = answer.read()
            return json.loads(text) if text else None, answer.headers

    def call(self, method: str, path: str, body: dict | None = None, token: str | None = None):
        """As the administrator, or with another token."""
        return self._send(method, path, body, {"X-Auth-Token": token or self.token})[0]

    def add_user(self, name: str) -> tuple[str, str]:
        """A user with a role in the administrator's project: its token and its id."""
        user = self.call("POST", "/users", {"user": {"name": name, "password": name, "domain_id": "default"}})["user"]["id"]
        (project,) = self.call("GET", "/projects?name=admin")["projects"]
        (role,) = self.call("GET", "/roles?name=reader")["roles"]
        self.call("PUT", f'/projects/{project["id"]}/users/{user}/roles/{role["id"]}')
        return self._log_in(name, name)

    def add_application_credential(self, name: str, ends: str | None, token: str, user: str) -> dict:
        """`ends`: 2027-01-31T00:00:00. The answer has the id and the secret."""
        body = {"application_credential": {"name": name, "expires_at": ends}}
        return self.call("POST", f"/users/{user}/application_credentials", body, token)["application_credential"]
