"""An incident on loopback, as Prometheus records it: exporters at two locations and in two shards probe APIs that work, and then do not."""

import base64
import json
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from processes import TOP, DemoApi, Exporter, Process, Running, eventually, free_port, request

HOUR, DAY = 3600, 86400
# As Entra ID refuses a client whose secret has ended.
EXPIRED_SECRET = {"error": "invalid_client", "error_description": "AADSTS7000222: The provided client secret keys for app are expired."}


def jwt(issued: float, ends: float) -> str:
    def part(data: dict) -> str:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")

    return f"{part({'alg': 'HS256'})}.{part({'iat': int(issued), 'exp': int(ends)})}.c2lnbmF0dXJl"


class Issuer:
    """What the demo API lacks: tokens, what is said of them, rate-limit headers on good answers, TLS, one location that is refused."""

    def __init__(self, certificate: Path | None = None):
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
                status, headers, body = issuer.answer(urlsplit(self.path).path, self.headers, form)
                data = json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_POST = do_GET

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                """A client that has ended is no news."""

        self.broken = False  # gives no short-lived tokens, says that tokens are dead, and no longer when one ends
        self._server = Server(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, path: str, headers, form: dict) -> tuple[int, dict, dict]:
        if path == "/token":
            lasts = 3 if form.get("scope") == ["short"] else HOUR
            refused = self.broken and lasts == 3
            return (401, {}, EXPIRED_SECRET) if refused else (200, {}, {"access_token": "fetched", "token_type": "Bearer", "expires_in": lasts})
        if path == "/introspect":
            return 200, {}, {"active": not self.broken, "scope": "read admin", "exp": int(time.time()) + DAY}
        if path == "/lookup" or path == "/dying-lookup" and not self.broken:
            return 200, {}, {"expires_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60 * DAY))}
        if path == "/limited":
            window = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "5", "X-RateLimit-Reset": str(int(time.time()) + HOUR)}
            return 200, window, {}
        if path == "/slow":
            time.sleep(0.7)
        if path == "/place" and headers.get("X-Place") == "west":
            return 403, {}, {"error": "your address is not allowed"}
        return (404, {}, {}) if path in ("/missing", "/dying-lookup") else (200, {}, {})

    def close(self):
        self._server.shutdown()
        self._server.server_close()


# The last three credentials end within their critical time, within their warning time, and have ended.
CONFIG = """
[defaults]
interval = "1s"
timeout = "10s"
headers = {{ X-Place = "{place}" }}
labels = {{ team = "payments" }}

[credentials]
billing = {{ kind = "bearer", token = {{ file = "{secrets}/demo-billing" }}, owner = "payments", used_by = ["webhooks", "mobile"], rotation = "https://wiki.example.com/billing" }}
crm = {{ kind = "bearer", token = {{ file = "{secrets}/demo-crm" }}, owner = "sales" }}
reports = {{ kind = "api_key", key = {{ file = "{secrets}/demo-reports" }}, expires_at = "never", owner = "finance" }}
ledger = {{ kind = "basic", username = "demo", password = {{ file = "{secrets}/demo-ledger" }}, owner = "finance", sliding = true }}
wrong = {{ kind = "basic", username = "demo", password = {{ value = "wrong" }}, owner = "finance" }}
rotated = {{ kind = "bearer", token = {{ file = "{folder}/rotated" }}, next = "rotated-next", owner = "platform" }}
rotated-next = {{ kind = "bearer", token = {{ value = "next" }}, owner = "platform" }}
short = {{ kind = "oauth2", token_url = "{issuer}/token", client_id = "me", client_secret = {{ value = "s" }}, scopes = ["short"], owner = "sales" }}
long = {{ kind = "oauth2", token_url = "{issuer}/token", client_id = "me", client_secret = {{ value = "s" }}, owner = "sales" }}
inspected.kind = "bearer"
inspected.token = {{ value = "inspected" }}
inspected.owner = "orders"
inspected.required_scopes = ["read", "write"]
inspected.allowed_scopes = ["read", "write"]
inspected.introspection = {{ url = "{issuer}/introspect", interval = "10s" }}
"looked.up".kind = "bearer"
"looked.up".token = {{ value = "looked-up" }}
"looked.up".owner = "platform"
"looked.up".expiry_lookup = {{ url = "{issuer}/lookup", json_pointer = "/expires_at" }}
unanswered.kind = "bearer"
unanswered.token = {{ value = "unanswered" }}
unanswered.owner = "platform"
unanswered.expiry_lookup = {{ url = "{issuer}/dying-lookup", json_pointer = "/expires_at", interval = "10s" }}
critical = {{ kind = "bearer", token = {{ file = "{folder}/critical" }}, owner = "partners" }}
warning = {{ kind = "bearer", token = {{ file = "{folder}/warning" }}, owner = "partners" }}
ended = {{ kind = "bearer", token = {{ file = "{folder}/ended" }}, owner = "partners" }}

[targets]
billing-me = {{ url = "{demo}/v1/me", credential = "billing" }}
billing-invoices = {{ url = "{demo}/v1/invoices", credential = "billing" }}
contacts = {{ url = "{demo}/v1/contacts", credential = "crm" }}
reports = {{ url = "{demo}/v1/reports", credential = "reports" }}
ledger = {{ url = "{demo}/v1/ledger", credential = "ledger" }}
locked-out = {{ url = "{demo}/v1/ledger", credential = "wrong" }}
internal = {{ url = "{demo}/v1/internal", expect.status = [401] }}
rotated = {{ url = "{issuer}/rotated", credential = "rotated" }}
short = {{ url = "{issuer}/short", credential = "short" }}
long = {{ url = "{issuer}/long", credential = "long" }}
inspected = {{ url = "{issuer}/inspected", credential = "inspected" }}
looked-up = {{ url = "{issuer}/looked-up", credential = "looked.up" }}
unanswered = {{ url = "{issuer}/unanswered", credential = "unanswered" }}
critical = {{ url = "{issuer}/critical", credential = "critical" }}
warning = {{ url = "{issuer}/warning", credential = "warning" }}
ended = {{ url = "{issuer}/ended", credential = "ended" }}
place = {{ url = "{issuer}/place" }}
limited = {{ url = "{issuer}/limited" }}
slow = {{ url = "{issuer}/slow", interval = "200ms" }}
missing = {{ url = "{issuer}/missing" }}
closed = {{ url = "http://127.0.0.1:1/" }}
secure = {{ url = "{secure}/", tls.ca_file = "{folder}/ca.pem" }}
maintained = {{ url = "{issuer}/maintained", maintenance = [{{ from = "00:00", duration = "1d" }}] }}
"""

# Seconds between scrapes of job `many`; the others are scraped every second.
MANY_INTERVAL = 4
# A fleet that is down as a whole, to see what panels make of so many.
MANY = """
[defaults]
interval = "5s"
timeout = "1s"
[credentials]
""" + "".join(f'c{i} = {{ kind = "bearer", token = {{ value = "c{i}" }}, expires_at = 2099-01-{1 + i % 31:02} }}\n' for i in range(200)) + """
[targets]
""" + "".join(f't{i} = {{ url = "http://127.0.0.1:1/", credential = "c{i % 200}" }}\n' for i in range(1000))


class Watch(Process):
    """Prometheus with our alert rules. Job `authprobe` is a pair of exporters in the east (one, scraped as two) and one in the west, job
    `shards` two that share the targets, each with an exporter that is not there; job `many` is one with 1000 targets."""

    def __init__(self, folder: Path, jobs: dict[str, list[tuple[str, dict[str, str]]]]):
        folder.mkdir()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        config = folder / "prometheus.yml"
        config.write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "3s"},
            "rule_files": [str(TOP / "alerts/*.rules.yml")],
            "scrape_configs": [{
                "job_name": job,
                "scrape_interval": f"{MANY_INTERVAL if job == 'many' else 1}s",
                "static_configs": [{"targets": [address], "labels": labels} for address, labels in where],
            } for job, where in jobs.items()],
        }), encoding="utf-8")
        super().__init__("prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
                         f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn")
        eventually(lambda: request(f"{self.url}/-/ready").status == 200, 30)

    def ask(self, path: str, **parameters) -> dict:
        body = urlencode(parameters, doseq=True).encode()
        answer = json.loads(request(f"{self.url}/api/v1/{path}", "POST", {"Content-Type": "application/x-www-form-urlencoded"}, body).body)
        assert answer["status"] == "success", f"{answer['error']}: {parameters}"
        return answer["data"]

    def now(self, query: str, at: float | None = None) -> list[dict]:
        return self.ask("query", query=query, **({} if at is None else {"time": at}))["result"]

    def over(self, query: str, start: float, end: float, step: int) -> list[dict]:
        return self.ask("query_range", query=query, start=start, end=end, step=step)["result"]


class Incident:
    """Stages it. `start` and `end` are its time range; `watch` answers queries about it."""

    def __init__(self, folder: Path, running: Running):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem",
                        "-out", "ca.pem", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "5"],
                       cwd=folder, check=True, capture_output=True)
        (folder / "server.pem").write_text((folder / "key.pem").read_text() + (folder / "ca.pem").read_text())
        now = time.time()
        for name, ends in {"rotated": 90 * DAY, "critical": HOUR, "warning": 5 * DAY, "ended": -HOUR}.items():
            (folder / name).write_text(jwt(now - 60 * DAY, now + ends))
        self._folder = folder
        self._running = running
        self._demo = running.add(DemoApi(folder / "secrets"))
        self._issuer, self._secure = Issuer(), Issuer(folder / "server.pem")
        self._exporters = [self._exporter("east", "--shard=0/1"), self._exporter("west"),
                           self._exporter("shard-0", "--shard=0/2"), self._exporter("shard-1", "--shard=1/2")]
        east, west, *shards = [urlsplit(exporter.url).netloc for exporter in self._exporters]
        (folder / "many.toml").write_text(MANY)
        many = running.add(Exporter(folder / "many.toml"))
        missing = "127.0.0.1:1"
        self.start = now
        self.watch = running.add(Watch(folder / "prometheus", {
            "authprobe": [(east, {"location": "east"}), (east, {"location": "east", "instance": "twin"}),
                          (west, {"location": "west"}), (missing, {"location": "west"})],
            "shards": [*((shard, {}) for shard in shards), (missing, {})],
            "many": [(urlsplit(many.url).netloc, {})],
        }))
        self._unfold()
        self.end = time.time()
        for exporter in [*self._exporters, many]:  # all is recorded: nothing more to scrape and to alert about
            exporter.close()

    def _exporter(self, name: str, *flags: str, listen: str = "127.0.0.1:0") -> Exporter:
        config = self._folder / f"{name}.toml"
        config.write_text(CONFIG.format(place=name, folder=self._folder, secrets=self._demo.folder, demo=self._demo.url,
                                        issuer=self._issuer.url, secure=self._secure.url))
        exporter = self._running.add(Exporter(config, *flags, listen=(listen,)))
        exporter.flags = flags
        return exporter

    def _restart(self, index: int):
        old = self._exporters[index]
        old.close()
        # Its port may be a connection's for a moment: a thousand targets are dialled meanwhile.
        self._exporters[index] = eventually(lambda: self._exporter(old.config.stem, *old.flags, listen=urlsplit(old.url).netloc))

    def _unfold(self):
        # A target is seen four times: by the pair, from the other location, and by one of two shards.
        def wait_for(query: str, series: int = 4):
            eventually(lambda: len(self.watch.now(query)) >= series, 40)

        wait_for('process_start_time_seconds{job!="many"}', 5)
        for index in (0, 2):
            self._restart(index)
        wait_for("changes(process_start_time_seconds[1m]) > 0", 3)
        for target in ("billing-me", "contacts", "reports", "ledger", "internal", "short", "rotated", "secure", "limited"):
            wait_for(f'authprobe_target_state{{target="{target}", state="ok"}} == 1')
        wait_for("authprobe_credential_active == 1")

        self._demo.revoke("demo-billing")
        self._demo.revoke("demo-crm")
        self._demo.revoke("demo-reports", "scope")
        self._demo.revoke("demo-ledger", "rate-limit")
        self._demo.open("/v1/internal")
        self._issuer.broken = True
        # Renamed over the old one, as those who rotate secrets do.
        (self._folder / "renewed").write_text(jwt(time.time(), time.time() + 90 * DAY))
        (self._folder / "renewed").rename(self._folder / "rotated")
        for target, state in {"billing-me": "unauthorized", "contacts": "unauthorized", "reports": "forbidden", "ledger": "rate_limited",
                              "internal": "exposed", "short": "credential_unavailable"}.items():
            wait_for(f'authprobe_target_state{{target="{target}", state="{state}"}} == 1')

        assert request(f"{self._demo.url}/control/restore?token=demo-crm", "POST").status == 200
        for exporter in self._exporters:
            assert exporter.reload().status == 200
        wait_for("changes(authprobe_config_last_reload_success_timestamp_seconds[1m]) > 0", 5)
        for exporter in self._exporters:
            exporter.rewrite("no = [")
            assert exporter.reload().status != 200
        wait_for("authprobe_config_last_reload_successful == 0", 5)
        wait_for('increase(authprobe_status_transitions_total{target="contacts", from="401", to="2xx"}[1m]) > 0')
        wait_for("increase(authprobe_credential_rotations_total[1m]) > 0")
        wait_for("authprobe_credential_lockout_backoff_seconds > 0")
        wait_for("authprobe_target_backoff_seconds > 0")
        wait_for("authprobe_credential_active == 0")
        wait_for("increase(authprobe_expiry_lookup_failures_total[1m]) > 0")
        wait_for("rate(authprobe_schedule_missed_total[4s]) > 0")
        wait_for('sum(rate(authprobe_transport_errors_total{job="many"}[1m])) > 0', 1)
        wait_for('sum(authprobe_target_state{job="many", state="unreachable"}) == 1000', 1)
        wait_for('ALERTS{alertname=~"Authprobe.+", alertstate="firing", job="shards"}', 1)

    def close(self):
        self._issuer.close()
        self._secure.close()
