"""What a server receives of credentials with several secrets, secrets inside files, and JWTs that the exporter signs."""

import base64
import hashlib
import hmac
import json
import subprocess
import time
from urllib.parse import parse_qs, urlsplit

from documents import check
from loopback import Handler, Server
from processes import eventually


def recorder(received: list, answer: str = "{}"):
    class Recorder(Handler):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            received.append({"path": urlsplit(self.path).path, "query": parse_qs(urlsplit(self.path).query), "body": body,
                             "headers": {name.lower(): value for name, value in self.headers.items()}})
            self.answer(200, answer, Content_Type="application/json")
        do_POST = do_GET
    return Recorder


def claims_of(token: str) -> tuple[dict, dict]:
    header, claims, _ = token.split(".")
    return tuple(json.loads(base64.urlsafe_b64decode(part + "===")) for part in (header, claims))


def probed(binary, tmp_path, config: str, target: str = "t", expect: int = 0):
    path = tmp_path / "authprobe.toml"
    path.write_text(config)
    result = subprocess.run([binary, "probe", target, "--config.file", path], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == expect, result.stdout + result.stderr
    return result


def test_all_secrets_go_with_one_request(binary, tmp_path):
    (tmp_path / "secrets.json").write_text(json.dumps({"datadog": {"api_key": "sesame-api", "app_key": "sesame-app"}}))
    (tmp_path / "secrets.env").write_text("# keys\nexport OTHER=x\nSUBSCRIPTION=\"sesame sub & more\"  # quoted\n")
    (tmp_path / "secrets.ini").write_text("[other]\nclient_secret = wrong\n[gateway]\nclient_secret = sesame\"body\n")
    received = []
    with Server(recorder(received)) as server:
        result = probed(binary, tmp_path, f"""
[credentials.c]
kind = "api_key"
header = "DD-API-KEY"
key = {{ file = "secrets.json", json_pointer = "/datadog/api_key" }}
secret_headers = {{ DD-APPLICATION-KEY = {{ file = "secrets.json", json_pointer = "/datadog/app_key" }} }}
secret_query = {{ subscription-key = {{ file = "secrets.env", variable = "SUBSCRIPTION" }} }}
secret_body = {{ client_secret = {{ file = "secrets.ini", section = "gateway", variable = "client_secret" }} }}
[targets.t]
url = "http://127.0.0.1:{server.port}/v1?page=1"
method = "POST"
headers = {{ Content-Type = "application/json" }}
body = '{{"secret":"${{client_secret}}","other":"${{unknown}}"}}'
credential = "c"
""")
    [one] = received
    assert one["headers"]["dd-api-key"] == "sesame-api" and one["headers"]["dd-application-key"] == "sesame-app"
    assert one["query"] == {"page": ["1"], "subscription-key": ["sesame sub & more"]}
    assert json.loads(one["body"]) == {"secret": 'sesame"body', "other": "${unknown}"}
    assert "sesame" not in result.stdout + result.stderr


def test_a_profile_of_aws_s_shared_credentials_signs(binary, tmp_path):
    (tmp_path / "credentials").write_text("[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = wrong\n\n[probe]\n"
                                          "aws_access_key_id=AKIAPROBE\naws_secret_access_key = sesame/+=\naws_session_token = sesame-session==\n")
    received = []
    with Server(recorder(received)) as server:
        result = probed(binary, tmp_path, f"""
[credentials.c]
kind = "aws_sigv4"
region = "eu-central-1"
service = "execute-api"
access_key_id = {{ file = "credentials", section = "probe", variable = "aws_access_key_id" }}
secret_access_key = {{ file = "credentials", section = "probe", variable = "aws_secret_access_key" }}
session_token = {{ file = "credentials", section = "probe", variable = "aws_session_token" }}
[targets.t]
url = "http://127.0.0.1:{server.port}/"
credential = "c"
""")
    headers = received[0]["headers"]
    assert headers["x-amz-security-token"] == "sesame-session=="
    date = headers["x-amz-date"]
    signed = "host;x-amz-date;x-amz-security-token"
    request = "\n".join(["GET", "/", "", *(f"{name}:{headers[name]}" for name in signed.split(";")), "", signed, hashlib.sha256(b"").hexdigest()])
    scope = f"{date[:8]}/eu-central-1/execute-api/aws4_request"
    key = b"AWS4sesame/+="
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(request.encode()).hexdigest()])
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    assert headers["authorization"] == f"AWS4-HMAC-SHA256 Credential=AKIAPROBE/{scope}, SignedHeaders={signed}, Signature={signature}"
    assert "sesame" not in result.stdout + result.stderr


def test_a_place_that_is_not_there_is_no_secret(binary, tmp_path):
    (tmp_path / "secrets.json").write_text('{"a": {"b": "sesame"}}')
    result = probed(binary, tmp_path, """
[credentials.c]
kind = "bearer"
token = { file = "secrets.json", json_pointer = "/a/c" }
[targets.t]
url = "http://127.0.0.1:1/"
credential = "c"
""", expect=1)
    assert "has nothing at /a/c" in result.stderr and "sesame" not in result.stderr


def test_mistakes_are_told(binary, tmp_path):
    path = tmp_path / "authprobe.toml"
    path.write_text("""
[credentials.c]
kind = "bearer"
token = { env = "T", json_pointer = "/a" }
secret_headers = { authorization = { env = "A" } }
[targets.t]
url = "http://127.0.0.1:1/"
credential = "c"
""")
    said = subprocess.run([binary, "check", path], capture_output=True, text=True, timeout=20, check=False).stdout
    assert "credentials.c.token: json_pointer, variable and section are places in a file" in said
    assert "credentials.c.secret_headers.authorization: is sent already: kind \"bearer\" has this header" in said


def test_the_word_in_front_of_a_token(binary, tmp_path):
    received = []
    with Server(recorder(received, '{"access_token": "AT", "token_type": "Bearer"}')) as server:
        for kind in ('kind = "bearer"\ntoken = { value = "tok" }',
                     f'kind = "oauth2"\ntoken_url = "http://127.0.0.1:{server.port}/token"\nclient_id = "me"\nclient_secret = {{ value = "s" }}',
                     f'kind = "login"\nurl = "http://127.0.0.1:{server.port}/token"\njson_pointer = "/access_token"'):
            probed(binary, tmp_path, f"""
[credentials.c]
{kind}
scheme = "GenieKey"
[targets.t]
url = "http://127.0.0.1:{server.port}/t"
credential = "c"
""")
    sent = [one["headers"]["authorization"] for one in received if one["path"] == "/t"]
    assert sent == ["GenieKey tok", "GenieKey AT", "GenieKey AT"]


JWT = """
[credentials.c]
kind = "jwt"
signing_key = {{ file = "key" }}
key_id = "K1"
issuer = "me"
audience = "appstoreconnect-v1"
claims = {{ scope = ["GET /v1/apps"], level = 3 }}
lifetime = "10m"
[targets.t]
url = "http://127.0.0.1:{port}/"
credential = "c"
"""


def test_a_jwt_of_our_own_is_signed_with_a_shared_secret(binary, tmp_path):
    (tmp_path / "key").write_text("sesame-shared\n")
    received = []
    with Server(recorder(received)) as server:
        result = probed(binary, tmp_path, JWT.format(port=server.port))
    scheme, token = received[0]["headers"]["authorization"].split(" ")
    header, claims = claims_of(token)
    assert scheme == "Bearer" and header == {"alg": "HS256", "typ": "JWT", "kid": "K1"}
    assert claims.pop("exp") - claims["iat"] == 600 and abs(claims.pop("iat") - time.time()) < 60
    assert claims == {"iss": "me", "aud": "appstoreconnect-v1", "scope": ["GET /v1/apps"], "level": 3}
    signed, signature = token.rsplit(".", 1)
    right = hmac.new(b"sesame-shared", signed.encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(signature + "===") == right
    assert token not in result.stdout + result.stderr and "sesame" not in result.stdout + result.stderr


def test_a_jwt_of_our_own_is_signed_with_a_key(binary, tmp_path):
    subprocess.run(["openssl", "genrsa", "-out", "key", "2048"], cwd=tmp_path, check=True, capture_output=True)
    subprocess.run(["openssl", "rsa", "-in", "key", "-pubout", "-out", "public"], cwd=tmp_path, check=True, capture_output=True)
    received = []
    with Server(recorder(received)) as server:
        probed(binary, tmp_path, JWT.format(port=server.port))
    token = received[0]["headers"]["authorization"].removeprefix("Bearer ")
    assert claims_of(token)[0]["alg"] == "RS256"
    signed, signature = token.rsplit(".", 1)
    (tmp_path / "signed").write_text(signed)
    (tmp_path / "signature").write_bytes(base64.urlsafe_b64decode(signature + "==="))
    subprocess.run(["openssl", "dgst", "-sha256", "-verify", "public", "-signature", "signature", "signed"], cwd=tmp_path, check=True,
                   capture_output=True)


def test_a_running_exporter_signs_anew_and_reports_no_expiry(exporter, tmp_path):
    received = []
    with Server(recorder(received)) as server:
        watched = exporter(f"""
[defaults]
interval = "500ms"
[credentials.c]
kind = "jwt"
signing_key = {{ env = "KEY" }}
lifetime = "10s"
owner = "x"
[targets.t]
url = "http://127.0.0.1:{server.port}/"
credential = "c"
""", KEY="sesame-shared")
        watched.wait_for_state("t", "ok")
        first = received[0]["headers"]["authorization"]
        deadline = time.monotonic() + 20
        while received[-1]["headers"]["authorization"] == first and time.monotonic() < deadline:
            watched.metrics()
        metrics = watched.metrics()
    assert received[-1]["headers"]["authorization"] != first
    assert metrics.value("authprobe_credential_rotations_total", credential="c") == 0
    assert metrics.all("authprobe_credential_expiration_timestamp_seconds", credential="c") == []
    assert metrics.value("authprobe_credential_expiry_state", credential="c", state="unknown") == 1


def test_a_service_account_file_and_an_id_token(binary, tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-out", "certificate", "-subj", "/CN=x"],
                   cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "account.json").write_text(json.dumps({"client_email": "me@project", "private_key": (tmp_path / "key").read_text()}))
    received = []
    with Server(recorder(received, '{"id_token": "ID"}')) as server:
        probed(binary, tmp_path, f"""
[credentials.c]
kind = "oauth2"
grant = "jwt_bearer"
token_url = "http://127.0.0.1:{server.port}/token"
client_id = {{ file = "account.json", json_pointer = "/client_email" }}
signing_key = {{ file = "account.json", json_pointer = "/private_key" }}
signing_certificate = {{ file = "certificate" }}
claims = {{ target_audience = "https://service.run.example" }}
answer = "id_token"
[targets.t]
url = "http://127.0.0.1:{server.port}/t"
credential = "c"
""")
    fetch, call = received
    header, claims = claims_of(parse_qs(fetch["body"])["assertion"][0])
    assert claims["iss"] == "me@project" and claims["target_audience"] == "https://service.run.example"
    der = subprocess.run(["openssl", "x509", "-in", "certificate", "-outform", "DER"], cwd=tmp_path, check=True, capture_output=True).stdout
    assert header["x5t"] == base64.urlsafe_b64encode(hashlib.sha1(der).digest()).decode().rstrip("=")
    assert header["x5t#S256"] == base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")
    assert call["headers"]["authorization"] == "Bearer ID"


def test_comparisons_and_the_time_of_an_answer(binary, tmp_path):
    class Slow(Handler):
        def do_GET(self):
            if self.path == "/slow":
                time.sleep(0.3)
            self.answer(200, '{"left": 41, "plan": "free", "error": null}')

    with Server(Slow) as server:
        def said(path: str, expect: str) -> str:
            config = f'[targets.t]\nurl = "http://127.0.0.1:{server.port}{path}"\n{expect}\n'
            (tmp_path / "a.toml").write_text(config)
            result = subprocess.run([binary, "probe", "t", "--config.file", tmp_path / "a.toml"], capture_output=True, text=True, timeout=30,
                                    check=False)
            assert (result.returncode == 0) == (result.stderr == ""), result.stderr
            return result.stderr

        assert said("/", 'expect.json = [{ pointer = "/left", at_least = 41, less_than = 41.5 }, { pointer = "/none", absent = true }]') == ""
        assert "json /left is less than 42" in said("/", 'expect.json = { pointer = "/left", at_least = 42 }')
        assert "json /left is not more than 41" in said("/", 'expect.json = { pointer = "/left", more_than = 41 }')
        assert "json /plan does not match" in said("/", 'expect.json = { pointer = "/plan", matches = "^(pro|team)$" }')
        assert "json /plan is not a number" in said("/", 'expect.json = { pointer = "/plan", at_most = 3 }')
        assert "json /error is present" in said("/", 'expect.json = { pointer = "/error", absent = true }')
        assert said("/", 'expect.answer_within = "5s"') == ""
        slow = said("/slow", 'expect.answer_within = "200ms"')
        assert "the answer took " in slow and "more than the expected 200 ms" in slow


APP = """
[credentials.c]
kind = "login"
url = "http://127.0.0.1:{port}/app/installations/7/access_tokens"
headers = {{ Authorization = "Bearer ${{jwt}}", Accept = "application/vnd.github+json" }}
jwt = {{ signing_key = {{ file = "{key}" }}, issuer = "4711", lifetime = "9m" }}
json_pointer = "/token"
expiry_pointer = "/expires_at"
owner = "platform"
[targets.t]
url = "http://127.0.0.1:{port}/installation/repositories"
credential = "c"
"""


def app_server(folder):
    """Hands out a token for a JWT of the app's key, as GitHub does, and echoes one of another key."""
    class App(Handler):
        def do_POST(self):
            jwt = self.headers["Authorization"].removeprefix("Bearer ")
            signed, signature = jwt.rsplit(".", 1)
            (folder / "signed").write_text(signed)
            (folder / "signature").write_bytes(base64.urlsafe_b64decode(signature + "==="))
            done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", "public", "-signature", "signature", "signed"], cwd=folder,
                                  capture_output=True, check=False)
            header, claims = claims_of(jwt)
            if done.returncode != 0 or header["alg"] != "RS256" or claims["iss"] != "4711" or claims["exp"] - claims["iat"] > 600:
                return self.answer(401, json.dumps({"message": f"A JSON web token could not be decoded: {jwt}"}))
            end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
            return self.answer(201, json.dumps({"token": "ghs_sesame", "expires_at": end}))

        def do_GET(self):
            self.answer(200 if self.headers["Authorization"] == "Bearer ghs_sesame" else 401, "{}")
    return Server(App)


def test_a_login_with_a_jwt_of_our_own(binary, exporter, tmp_path):
    for name in ("app", "other"):
        subprocess.run(["openssl", "genrsa", "-out", name, "2048"], cwd=tmp_path, check=True, capture_output=True)
    subprocess.run(["openssl", "rsa", "-in", "app", "-pubout", "-out", "public"], cwd=tmp_path, check=True, capture_output=True)
    with app_server(tmp_path) as server:
        refused = probed(binary, tmp_path, APP.format(port=server.port, key="other"), expect=1)
        signed = (tmp_path / "signed").read_text()
        watched = exporter(APP.format(port=server.port, key="app"))
        watched.wait_for_state("t", "ok")
        eventually(lambda: watched.metrics().all("authprobe_credential_expiration_timestamp_seconds", credential="c"))
        end = watched.metrics().value("authprobe_credential_expiration_timestamp_seconds", credential="c")
    assert "status 401" in refused.stderr and signed not in refused.stdout + refused.stderr
    assert abs(end - time.time() - 3600) < 60


def test_a_login_s_jwt_has_a_key_and_a_place(binary, tmp_path):
    (tmp_path / "key").write_text("sesame-shared")
    for old, new, path, rule in (
            ('signing_key = { file = "key" }, ', "", "jwt", "must have signing_key"),
            ("${jwt}", "x", "jwt", "has no effect: no body and no header contains ${jwt}"),
            ('lifetime = "9m"', 'scheme = "Token"', "jwt.scheme", "unknown key"),
            ("json_pointer", 'secrets = { jwt = { file = "key" } }\njson_pointer', "secrets.jwt",
             "is the name of the JWT that the key `jwt` describes")):
        text = APP.format(port=1, key="key")
        assert old in text
        found = [f"{finding['key']}: {finding['rule']}" for finding in check(binary, tmp_path, text.replace(old, new)) if finding["severity"] == "error"]
        assert any(line.startswith(f"credentials.c.{path}: ") and rule in line for line in found), found
