"""`import`: what curl, blackbox, HAR, OpenAPI, Postman, Uptime Kuma and Gatus have becomes a configuration whose targets are let in."""

import base64
import json
import stat
import subprocess
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from loopback import Handler, Server

BEARER, PASSWORD, KEY, QUERY, COOKIE = "sesame-bearer-1", "sesame pass:2", "sesame-key-3", "sesame-query-4", "session=sesame-cookie-5"
SECRETS = [BEARER, PASSWORD, KEY, QUERY, COOKIE, "sesame-client-6", base64.b64encode(f"joe:{PASSWORD}".encode()).decode()]


class Api(Handler):
    """Each path lets one credential in."""

    def do_GET(self):
        url = urlsplit(self.path)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        basic = "Basic " + base64.b64encode(f"joe:{PASSWORD}".encode()).decode()
        good = {"/bearer": self.headers.get("Authorization") == f"Bearer {BEARER}",
                "/basic": self.headers.get("Authorization") == basic,
                "/header": self.headers.get("X-Api-Key") == KEY,
                "/query": parse_qs(url.query).get("token") == [QUERY],
                "/cookie": self.headers.get("Cookie") == COOKIE,
                "/both": self.headers.get("Authorization") == f"Bearer {BEARER}" and self.headers.get("X-Api-Key") == KEY,
                "/fetched": self.headers.get("Authorization") == "Bearer fetched",
                "/pets/7": self.headers.get("Authorization") == f"Bearer {BEARER}" and parse_qs(url.query).get("page") == ["1"],
                "/public": True}
        if url.path == "/token":
            client = base64.b64encode(b"authprobe:sesame-client-6").decode()
            known = self.headers.get("Authorization") == f"Basic {client}"
            return self.answer(200 if known else 401, json.dumps({"access_token": "fetched", "token_type": "Bearer", "expires_in": 600}))
        if url.path not in good:
            return self.answer(404)
        return self.answer(200 if good[url.path] else 401, '{"status": "UP", "items": [{"id": 12}]}', Content_Type="application/json")
    do_POST = do_GET


@pytest.fixture(scope="module")
def api():
    with Server(Api) as server:
        yield f"http://127.0.0.1:{server.port}"


def run_import(binary, folder: Path, *arguments, text: str = "", **environment) -> subprocess.CompletedProcess:
    return subprocess.run([binary, "import", *map(str, arguments)], cwd=folder, input=text, capture_output=True, text=True, timeout=60,
                          check=False, env={"PATH": "/usr/bin:/bin", **environment})


def curl(api: str) -> dict:
    return {"calls.sh": f"""#!/bin/sh
# what the runbook has
curl -s '{api}/bearer' -H 'Authorization: Bearer {BEARER}' | jq .
curl -u "joe:{PASSWORD}" {api}/basic \\
  -o /dev/null
curl --header="X-Api-Key: $PARTNER_KEY" {api}/header > answer.json 2>&1
curl -H $'Accept: application/json' '{api}/query?token={QUERY}&page=1'; curl -b '{COOKIE}' {api}/cookie
curl -H "Authorization: Bearer {BEARER}" -H "X-Api-Key: $PARTNER_KEY" {api}/both
curl -d 'name=new' {api}/bearer
curl -F file=@x {api}/upload
curl --fly {api}/public
"""}


def blackbox(api: str) -> dict:
    host = api.removeprefix("http://")
    return {"blackbox.yml": json.dumps({"modules": {
        "http_bearer": {"prober": "http", "timeout": "5s", "http": {
            "valid_status_codes": [200, 204], "authorization": {"credentials": BEARER}, "fail_if_body_not_matches_regexp": ["\"UP\""],
            "fail_if_header_not_matches": [{"header": "Content-Type", "regexp": "json"}], "preferred_ip_protocol": "ip4",
            "valid_http_versions": ["HTTP/1.1"]}},
        "http_basic": {"prober": "http", "http": {"basic_auth": {"username": "joe", "password": PASSWORD}}},
        "http_header": {"prober": "http", "http": {"http_headers": {"X-Api-Key": {"secrets": [KEY]}}}},
        "http_fetched": {"prober": "http", "http": {"oauth2": {"client_id": "authprobe", "client_secret": "sesame-client-6",
                                                               "token_url": f"{api}/token"}}},
        "icmp": {"prober": "icmp"}}}),
        "prometheus.yml": json.dumps({"global": {"scrape_interval": "200ms"}, "scrape_configs": [
            {"job_name": "node", "static_configs": [{"targets": ["localhost:9100"]}]},
            {"job_name": "bearer", "metrics_path": "/probe", "params": {"module": ["http_bearer"]},
             "static_configs": [{"targets": [f"{host}/bearer"], "labels": {"team": "shop"}}],
             "relabel_configs": [{"source_labels": ["__address__"], "target_label": "__param_target"}]},
            {"job_name": "basic", "metrics_path": "/probe", "params": {"module": ["http_basic"]},
             "static_configs": [{"targets": [f"{api}/basic"]}]},
            {"job_name": "header", "metrics_path": "/probe", "params": {"module": ["http_header"]},
             "file_sd_configs": [{"files": ["lists/*.json"]}], "consul_sd_configs": [{"server": "consul:8500"}]},
            {"job_name": "fetched", "metrics_path": "/probe", "params": {"module": ["http_fetched"]},
             "static_configs": [{"targets": [f"{api}/fetched"]}]},
            {"job_name": "ping", "metrics_path": "/probe", "params": {"module": ["icmp"]}, "static_configs": [{"targets": ["x"]}]}]}),
        "lists/a.json": json.dumps([{"targets": [f"{api}/header"], "labels": {"tier": "1"}}])}


def har(api: str) -> dict:
    def entry(method: str, path: str, status: int = 200, kind: str = "xhr", **headers: str) -> dict:
        return {"_resourceType": kind, "request": {"method": method, "url": api + path, "headers": [
            {"name": name.replace("_", "-"), "value": value} for name, value in {"Host": "x", "Sec-Fetch-Mode": "cors", **headers}.items()]},
            "response": {"status": status, "content": {"mimeType": "application/json"}}}
    return {"session.har": json.dumps({"log": {"version": "1.2", "entries": [
        entry("GET", "/public", kind="document"), entry("GET", "/logo.png", kind="image"),
        entry("GET", "/bearer", Authorization=f"Bearer {BEARER}"), entry("GET", "/bearer", Authorization=f"Bearer {BEARER}"),
        entry("GET", "/cookie", Cookie=COOKIE, If_None_Match="x"), entry("GET", f"/query?token={QUERY}"),
        entry("GET", "/header", status=401), entry("POST", "/bearer", Authorization=f"Bearer {BEARER}"), entry("GET", "/gone", status=404),
        entry("GET", "/broken", status=503)]}})}


def openapi(api: str) -> dict:
    answers = {"200": {"description": "ok"}}
    return {"openapi.json": json.dumps({
        "openapi": "3.1.0", "info": {"title": "Pets", "version": "1"}, "servers": [{"url": "{scheme}://{host}", "variables": {
            "scheme": {"default": "http"}, "host": {"default": api.removeprefix("http://")}}}],
        "security": [{"token": []}],
        "components": {
            "securitySchemes": {"token": {"$ref": "#/components/securitySchemes/real~1token"},
                                "real/token": {"type": "http", "scheme": "bearer"}, "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
                                "round": {"$ref": "#/components/securitySchemes/round"},
                                "login": {"type": "http", "scheme": "basic"}},
            "parameters": {"id": {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "example": 7}}}},
        "paths": {
            "/pets/{id}": {"parameters": [{"$ref": "#/components/parameters/id"}],
                           "get": {"operationId": "pets/get", "responses": answers, "parameters": [
                               {"name": "page", "in": "query", "required": True, "schema": {"type": "integer", "default": 1}},
                               {"name": "size", "in": "query", "schema": {"type": "integer"}}]},
                           "delete": {"responses": answers}},
            "/both": {"get": {"responses": answers, "security": [{"token": [], "key": []}]}},
            "/basic": {"get": {"operationId": "login", "responses": answers, "security": [{"round": []}, {"login": []}]}},
            "/public": {"get": {"operationId": "public", "responses": answers, "security": []}},
            "/pets/{name}/toys": {"get": {"responses": answers, "parameters": [{"name": "name", "in": "path", "required": True}]}},
            "/circle": {"get": {"responses": answers, "security": [{"round": []}]}}}})}


def postman(api: str) -> dict:
    return {"pets.postman_collection.json": json.dumps({
        "info": {"name": "Pets", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]},
        "variable": [{"key": "baseUrl", "value": "{{host}}"}, {"key": "token", "value": "overwritten-by-the-environment"}],
        "item": [
            {"name": "Me", "request": {"method": "GET", "url": {"raw": "{{baseUrl}}/:what", "variable": [{"key": "what", "value": "bearer"}]}},
             "event": [{"listen": "test", "script": {"exec": ["pm.test('x')"]}}]},
            {"name": "Old", "item": [
                {"name": "Basic", "request": {"url": "{{baseUrl}}/basic", "auth": {"type": "basic", "basic": [
                    {"key": "username", "value": "joe"}, {"key": "password", "value": "{{password}}"}]}}},
                {"name": "Key", "request": {"url": "{{baseUrl}}/header", "auth": {"type": "apikey", "apikey": [
                    {"key": "key", "value": "X-Api-Key"}, {"key": "value", "value": KEY}, {"key": "in", "value": "header"}]}}},
                {"name": "Open", "request": {"url": "{{baseUrl}}/public", "auth": {"type": "noauth"}}}]},
            {"name": "New", "request": {"method": "POST", "url": "{{baseUrl}}/bearer", "body": {"mode": "raw", "raw": "{}"}}},
            {"name": "Elsewhere", "request": {"url": "{{unknown}}/x"}},
            {"name": "Hawk", "request": {"url": "{{baseUrl}}/x", "auth": {"type": "hawk"}}}]}),
        "pets.postman_environment.json": json.dumps({"name": "test", "values": [
            {"key": "host", "value": api, "enabled": True}, {"key": "token", "value": BEARER, "type": "secret", "enabled": True},
            {"key": "password", "value": PASSWORD, "enabled": True}, {"key": "token", "value": "off", "enabled": False}]})}


def kuma(api: str) -> dict:
    usual = {"active": True, "interval": 20, "maxredirects": 10, "accepted_statuscodes": ["200-299"], "upsideDown": False, "ignoreTls": False,
             "method": "GET", "headers": None, "body": None, "notificationIDList": {"1": True}, "tags": []}
    return {"backup.json": json.dumps({"version": "1.23.0", "notificationList": [{"id": 1, "name": "ops chat", "config": "{}"}], "monitorList": [
        {**usual, "id": 1, "name": "Shop / me", "type": "http", "url": f"{api}/bearer", "headers": json.dumps({"Authorization": f"Bearer {BEARER}"})},
        {**usual, "id": 2, "name": "Word", "type": "keyword", "url": f"{api}/basic", "keyword": "\"UP\"", "basic_auth_user": "joe",
         "basic_auth_pass": PASSWORD, "authMethod": "basic"},
        {**usual, "id": 3, "name": "Cloud", "type": "http", "url": f"{api}/fetched", "authMethod": "oauth2-cc", "oauth_client_id": "authprobe",
         "oauth_client_secret": "sesame-client-6", "oauth_token_url": f"{api}/token", "accepted_statuscodes": ["200", "204-206"]},
        {**usual, "id": 4, "name": "Ping", "type": "ping", "hostname": "example.com"},
        {**usual, "id": 5, "name": "Off", "type": "http", "url": f"{api}/public", "active": False},
        {**usual, "id": 6, "name": "Down", "type": "http", "url": f"{api}/x", "upsideDown": True}]})}


def gatus(api: str) -> dict:
    return {"config.yaml": f"""
alerting:
  slack: {{ webhook-url: "https://hooks.slack.example/x" }}
endpoints:
  - name: me
    group: shop
    url: "{api}/bearer"
    headers: {{ Authorization: "Bearer ${{SHOP_TOKEN}}" }}
    conditions:
      - "[STATUS] == 200"
      - "[BODY].status == UP"
      - "[BODY].items[0].id > 11"
      - "has([BODY].errors) == false"
      - "[BODY] == pat(*\\"UP\\"*)"
      - "[RESPONSE_TIME] < 9000"
      - "[CERTIFICATE_EXPIRATION] > 48h"
      - "len([BODY].items) == 1"
    alerts: [{{ type: slack }}]
  - name: any
    url: "{api}/header"
    interval: 30s
    headers: {{ X-Api-Key: {KEY} }}
    conditions: ["[STATUS] == any(200, 204)"]
  - name: fetched
    url: "{api}/fetched"
    client: {{ insecure: true, timeout: 3s, oauth2: {{ token-url: "{api}/token", client-id: authprobe, client-secret: sesame-client-6, scopes: ["x"] }} }}
    conditions: ["[STATUS] < 300", "[STATUS] >= 200"]
  - name: ping
    url: "icmp://example.com"
    conditions: ["[CONNECTED] == true"]
"""}


# The files, what follows them, the states that the targets reach, and what is said about the rest.
CASES = {
    "curl": (curl, ["calls.sh"], {"BEARER": "ok", "BASIC": "ok", "HEADER": "ok", "QUERY": "ok", "COOKIE": "ok", "BOTH": "ok"},
             ["calls.sh:9: not carried: {api}/bearer: POST may change something: --with-writes carries such requests too",
              "calls.sh:10: not carried: curl command: it uploads a multipart form",
              "calls.sh:11: not carried: curl command: its option --fly is not known here"]),
    "blackbox": (blackbox, ["blackbox.yml", "prometheus.yml"],
                 {"BEARER": "ok", "BASIC": "ok", "FETCHED": "ok", "header.HEADER": "ok"},
                 ["module icmp: its prober is icmp, and ours is HTTP", "job ping: its module does not probe by HTTP",
                  "job node: it scrapes an exporter's metrics, not /probe", "module http_bearer: valid_http_versions: ",
                  "job header: consul_sd_configs: only static_configs and file_sd_configs are read"]),
    "har": (har, ["session.har"], {"PUBLIC": "ok", "BEARER": "ok", "COOKIE": "ok", "QUERY": "ok", "HEADER": "ok"},
            ["POST may change something", "GET {api}/gone: nothing was there (404)", "GET {api}/broken: it was answered with 503",
             "1 requests for images, styles and scripts"]),
    "postman": (postman, ["pets.postman_collection.json", "pets.postman_environment.json"],
                {"Me": "ok", "Old-Basic": "ok", "Old-Key": "ok", "Old-Open": "ok"},
                ["New: POST may change something", "Me: its test script: scripts are not run",
                 "Elsewhere: its URL has the variable unknown: give it with --set unknown=VALUE",
                 "Hawk: its authorization of type hawk is not one of ours"]),
    "uptime-kuma": (kuma, ["backup.json"], {"Shop-me": "ok", "Word": "ok", "Cloud": "ok"},
                    ["Ping: its type is ping, and ours is HTTP", "Off: it is paused", "Down: it is upside down",
                     "notification ops chat: Alertmanager sends the alerts"]),
    "gatus": (gatus, ["config.yaml"], {"shop-me": "ok", "any": "ok", "fetched": "ok"},
              ["shop-me: condition [CERTIFICATE_EXPIRATION]: ", "shop-me: condition len([BODY].items): ", "shop-me: alerts: ",
               "ping: its URL is not http:// or https://", "config.yaml:3: not carried: alerting: "]),
}


def named(api: str, target: str) -> str:
    """A target whose source has no name is called after its URL."""
    prefix, _, path = target.rpartition(".")
    if not path.isupper():
        return target
    host, port = api.removeprefix("http://").split(":")
    return f"{prefix}.{host}-{port}-{path.lower()}" if prefix else f"{host}-{port}-{path.lower()}"


def write(folder: Path, files: dict):
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)


def secret_files(folder: Path) -> dict:
    return {path.name: path.read_text().removesuffix("\n") for path in folder.iterdir()}


@pytest.mark.parametrize("name", CASES)
def test_the_targets_of_each_format_are_let_in(binary, api, tmp_path, running, name):
    from processes import Exporter
    make, arguments, states, not_carried = CASES[name]
    write(tmp_path, make(api))
    environment = {"PARTNER_KEY": KEY, "SHOP_TOKEN": BEARER}
    result = run_import(binary, tmp_path, *arguments, "--output", "imported.toml", "--secrets-dir", "keys", "--interval", "200ms")
    assert result.returncode == 0, result.stderr
    for line in not_carried:
        assert line.format(api=api) in result.stderr, result.stderr
    written = (tmp_path / "imported.toml").read_text()
    for secret in SECRETS:
        assert secret not in written + result.stdout + result.stderr
    for path in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(secret_files(tmp_path / "keys").values()) <= set(SECRETS)
    assert subprocess.run([binary, "check", "imported.toml"], cwd=tmp_path, timeout=60, check=False, env=environment,
                          capture_output=True).returncode == 0
    exporter = running.add(Exporter(tmp_path / "imported.toml", **environment))
    exporter.secrets += SECRETS
    for target, state in states.items():
        exporter.wait_for_state(named(api, target), state)
    found = {labels["target"] for labels, _ in exporter.metrics().all("authprobe_target_info")}
    assert found == {named(api, target) for target in states}


def test_an_openapi_operation_becomes_a_pair(binary, api, tmp_path, running):
    from processes import Exporter
    write(tmp_path, openapi(api))
    result = run_import(binary, tmp_path, "openapi.json", "--output", "imported.toml", "--interval", "200ms")
    assert result.returncode == 0, result.stderr
    for line in ["secrets/token: to be written by you: the token", "DELETE /pets/{id}: it may change something",
                 "GET /pets/{name}/toys: its parameter name has no example: give it with --set name=VALUE",
                 "GET /circle: its security scheme round is not described"]:
        assert line in result.stderr, result.stderr
    assert not list((tmp_path / "secrets").iterdir())
    for name, secret in {"token": BEARER, "login-password": PASSWORD, "login-username": "joe", "key-token-token": BEARER,
                         "key-token-X-Api-Key": KEY}.items():
        assert f"secrets/{name}: to be written by you" in result.stderr
        (tmp_path / "secrets" / name).write_text(secret)
    exporter = running.add(Exporter(tmp_path / "imported.toml"))
    exporter.secrets += SECRETS
    targets = ["pets-get", "get-both", "login"]
    for target in [*targets, *(f"{target}-refused" for target in targets), "public"]:
        exporter.wait_for_state(target, "ok")
    statuses = {target: exporter.metrics().value("authprobe_probe_http_status_code", target=target)
                for target in ("pets-get", "pets-get-refused", "public")}
    assert statuses == {"pets-get": 200, "pets-get-refused": 401, "public": 200}
