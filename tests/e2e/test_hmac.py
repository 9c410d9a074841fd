"""Kind hmac against servers that verify, each by its vendor's description, what they receive."""

import base64
import hashlib
import hmac
import json
import re
import subprocess
import time
from email.utils import formatdate, parsedate_to_datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from loopback import Handler, Server

KEY, SECRET = "key-of-the-probe", "c2VzYW1lLW9wZW4tMTIzNDU2Nzg="   # base64 of "sesame-open-12345678"
RAW = base64.b64decode(SECRET)
HTTP_DATE = r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"


def mac(key: bytes, text: str, algorithm=hashlib.sha256) -> bytes:
    return hmac.new(key, text.encode(), algorithm).digest()


def fresh(seconds: float) -> bool:
    return abs(seconds - time.time()) < 30


class Request:
    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.path, _, self.query = target.partition("?")


# Each says whether the server lets the request in.

def coinbase(request):
    """https://docs.cdp.coinbase.com/exchange/rest-api/authentication"""
    sent = request.headers
    text = sent["cb-access-timestamp"] + request.method + request.target + request.body
    return (fresh(float(sent["cb-access-timestamp"])) and sent["cb-access-key"] == KEY and sent["cb-access-passphrase"] == "sesame-phrase"
            and sent["cb-access-sign"] == base64.b64encode(mac(RAW, text)).decode())


def azure_app_configuration(request):
    """https://learn.microsoft.com/azure/azure-app-configuration/rest-api-authentication-hmac"""
    sent = request.headers
    content = base64.b64encode(hashlib.sha256(request.body.encode()).digest()).decode()
    found = re.fullmatch(r"HMAC-SHA256 Credential=([^&]+)&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=(.+)", sent["authorization"])
    text = f"{request.method}\n{request.target}\n{sent['x-ms-date']};{sent['host']};{content}"
    return (found and found[1] == KEY and fresh(parsedate_to_datetime(sent["x-ms-date"]).timestamp()) and sent["x-ms-content-sha256"] == content
            and found[2] == base64.b64encode(mac(RAW, text)).decode())


def azure_storage(request):
    """https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key: 12 standard headers, all x-ms-*, the resource."""
    sent = request.headers
    names = ["content-encoding", "content-language", "content-length", "content-md5", "content-type", "date", "if-modified-since", "if-match",
             "if-none-match", "if-unmodified-since", "range"]
    own = sorted((name, value.strip()) for name, value in sent.items() if name.startswith("x-ms-"))
    resource = f"/{KEY}{request.path}" + "".join(f"\n{name.lower()}:{value}" for name, value in sorted(parse_qsl(request.query)))
    text = "\n".join([request.method, *(sent.get(name, "") for name in names), *(f"{name}:{value}" for name, value in own), resource])
    return fresh(parsedate_to_datetime(sent["x-ms-date"]).timestamp()) and \
        sent["authorization"] == f"SharedKey {KEY}:" + base64.b64encode(mac(RAW, text)).decode()


def bitstamp(request):
    """https://www.bitstamp.net/api/#section/Authentication"""
    sent = request.headers
    nonce, stamp = sent["x-auth-nonce"], sent["x-auth-timestamp"]
    text = (f"BITSTAMP {KEY}" + request.method + sent["host"] + request.path + request.query + sent.get("content-type", "") + nonce + stamp
            + sent["x-auth-version"] + request.body)
    return (sent["x-auth"] == f"BITSTAMP {KEY}" and re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", nonce)
            and fresh(int(stamp) / 1000) and sent["x-auth-signature"] == mac(SECRET.encode(), text).hex())


def binance(request):
    """https://developers.binance.com/docs/binance-spot-api-docs/rest-api/request-security: the parameters before `signature`."""
    signed, _, signature = request.query.partition("&signature=")
    return (request.headers["x-mbx-apikey"] == KEY and fresh(int(dict(parse_qsl(signed))["timestamp"]) / 1000)
            and signature == mac(SECRET.encode(), signed + request.body).hex())


def duo(request):
    """https://duo.com/docs/authapi#authentication: HMAC-SHA1 as the password of Basic."""
    sent = request.headers
    parameters = "&".join(sorted(request.query.split("&"))) if request.query else ""
    text = "\n".join([sent["date"], request.method, sent["host"].lower(), request.path, parameters])
    wanted = base64.b64encode(f"{KEY}:{mac(SECRET.encode(), text, hashlib.sha1).hex()}".encode()).decode()
    return fresh(parsedate_to_datetime(sent["date"]).timestamp()) and sent["authorization"] == f"Basic {wanted}"


def gate(request):
    """https://www.gate.io/docs/developers/apiv4/en/#authentication: SHA-512, with the digest of the body in the text."""
    sent = request.headers
    text = "\n".join([request.method, request.path, request.query, hashlib.sha512(request.body.encode()).hexdigest(), sent["timestamp"]])
    return sent["key"] == KEY and fresh(float(sent["timestamp"])) and sent["sign"] == mac(SECRET.encode(), text, hashlib.sha512).hex()


SCHEMES = {
    coinbase: ("""secret_encoding = "base64"
encoding = "base64"
signed = "{timestamp}{method}{path_and_query}{body}"
headers = { CB-ACCESS-KEY = "{key_id}", CB-ACCESS-TIMESTAMP = "{timestamp}", CB-ACCESS-SIGN = "{signature}" }
secret_headers = { CB-ACCESS-PASSPHRASE = { env = "PASSPHRASE" } }""", "/accounts?limit=1", ""),
    azure_app_configuration: ("""secret_encoding = "base64"
encoding = "base64"
signed = "{method}\\n{path_and_query}\\n{timestamp_http_date};{host};{body_sha256_base64}"
[credentials.c.headers]
x-ms-date = "{timestamp_http_date}"
x-ms-content-sha256 = "{body_sha256_base64}"
Authorization = "HMAC-SHA256 Credential={key_id}&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}\"""",
                              "/kv?api-version=1.0&label=*", ""),
    azure_storage: ("""secret_encoding = "base64"
encoding = "base64"
signed = "{method}\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\nx-ms-date:{timestamp_http_date}\\nx-ms-version:2021-08-06\\n/{key_id}{path}\\ncomp:list"
headers = { x-ms-date = "{timestamp_http_date}", Authorization = "SharedKey {key_id}:{signature}" }""", "/?comp=list",
                    'headers = { x-ms-version = "2021-08-06" }'),
    bitstamp: ("""signed = "BITSTAMP {key_id}{method}{host}{path}{query}{content_type}{nonce_uuid}{timestamp_ms}v2{body}"
[credentials.c.headers]
X-Auth = "BITSTAMP {key_id}"
X-Auth-Signature = "{signature}"
X-Auth-Nonce = "{nonce_uuid}"
X-Auth-Timestamp = "{timestamp_ms}\"""", "/api/v2/user_transactions/",
               'method = "POST"\nbody = "offset=1"\nheaders = { Content-Type = "application/x-www-form-urlencoded", X-Auth-Version = "v2" }'),
    binance: ("""signed = "{query}{body}"
headers = { X-MBX-APIKEY = "{key_id}" }
query = { timestamp = "{timestamp_ms}", signature = "{signature}" }""", "/api/v3/account?omitZeroBalances=true", ""),
    duo: ("""algorithm = "sha1"
signed = "{timestamp_rfc2822}\\n{method}\\n{host}\\n{path}\\n{query_sorted}"
headers = { Date = "{timestamp_rfc2822}", Authorization = "Basic {basic}" }""", "/auth/v2/check?username=root&realname=First%20Last", ""),
    gate: ("""algorithm = "sha512"
signed = "{method}\\n{path}\\n{query}\\n{body_sha512}\\n{timestamp}"
headers = { KEY = "{key_id}", Timestamp = "{timestamp}", SIGN = "{signature}" }""", "/api/v4/wallet/total_balance?currency=BTC", ""),
}


def verifier(lets_in, received: list):
    class Verifier(Handler):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            request = Request(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            received.append(request)
            self.answer(*((200, "{}") if lets_in(request) else (401, '{"message":"invalid signature"}')), Content_Type="application/json")
        do_POST = do_GET
    return Verifier


def configured(tmp_path, server, scheme: str, target: str, more: str, secret: str = SECRET):
    (tmp_path / "secret").write_text(secret + "\n")
    path = tmp_path / "authprobe.toml"
    path.write_text(f"""
[targets.t]
url = "http://127.0.0.1:{server.port}{target}"
credential = "c"
{more}
[credentials.c]
kind = "hmac"
key_id = "{KEY}"
secret = {{ file = "{tmp_path}/secret" }}
expires_at = "never"
{scheme}
""")
    return path


def run(binary, command, config, *flags):
    return subprocess.run([binary, command, *(["t"] if command != "check" else []), "--config.file", config, *flags], capture_output=True, text=True,
                          timeout=60, check=False, env={"PASSPHRASE": "sesame-phrase"})


@pytest.mark.parametrize("lets_in", SCHEMES, ids=lambda scheme: scheme.__name__)
def test_a_vendor_s_server_verifies_the_signature(binary, tmp_path, lets_in):
    received = []
    with Server(verifier(lets_in, received)) as server:
        result = run(binary, "probe", configured(tmp_path, server, *SCHEMES[lets_in]))
        assert result.returncode == 0, result.stdout + result.stderr
        assert 'authprobe_probe_success{target="t"} 1' in result.stdout or "probe_success 1" in result.stdout
        wrong = run(binary, "probe", configured(tmp_path, server, *SCHEMES[lets_in], secret=base64.b64encode(b"other").decode()))
        assert "http_status_code 401" in wrong.stdout or "probe_success 0" in wrong.stdout
    assert len(received) == 2
    assert SECRET not in result.stdout + result.stderr


def test_each_request_has_a_nonce_of_its_own(binary, tmp_path):
    received = []
    with Server(verifier(bitstamp, received)) as server:
        config = configured(tmp_path, server, *SCHEMES[bitstamp])
        for _ in range(2):
            assert run(binary, "probe", config).returncode == 0
    assert len({request.headers["x-auth-nonce"] for request in received}) == 2


def test_diagnose_shows_how_the_request_was_signed_and_not_the_signature(binary, tmp_path):
    received = []
    with Server(verifier(lambda _: False, received)) as server:
        result = run(binary, "diagnose", configured(tmp_path, server, *SCHEMES[coinbase]))
        as_json = run(binary, "diagnose", configured(tmp_path, server, *SCHEMES[coinbase]), "--json")
    said = result.stdout + result.stderr + as_json.stdout
    assert "CB-ACCESS-TIMESTAMP: {timestamp}" in result.stdout
    assert "CB-ACCESS-SIGN: ********" in result.stdout
    for request in received:
        assert request.headers.get("cb-access-sign", "no signature") not in said
    for secret in (SECRET, RAW.decode(), "sesame"):
        assert secret not in said


def test_a_time_that_the_server_refuses_is_the_clock(binary, tmp_path):
    class Behind(Handler):
        def do_GET(self):
            self.answer(401, "{}", Date=formatdate(time.time() - 900, usegmt=True))

    def cause(scheme: str) -> dict:
        result = run(binary, "diagnose", configured(tmp_path, server, scheme, "/", ""), "--json")
        return json.loads(result.stdout)["diagnosis"]

    with Server(Behind) as server:
        assert cause('signed = "{timestamp}"\nheaders = { X = "{key_id} {timestamp} {signature}" }')["cause"] == "clock_skew"
        assert cause('signed = "{method}"\nheaders = { X = "{key_id} {signature}" }')["cause"] != "clock_skew"


def test_a_key_that_is_not_encoded_as_configured_is_not_sent(binary, tmp_path):
    received = []
    with Server(verifier(coinbase, received)) as server:
        for encoding in ("base64", "hex"):
            scheme = SCHEMES[coinbase][0].replace('secret_encoding = "base64"', f'secret_encoding = "{encoding}"')
            result = run(binary, "probe", configured(tmp_path, server, scheme, "/", "", secret="sesame: not encoded"))
            assert result.returncode == 1
            assert "the secret is not " + {"base64": "base64", "hex": "hexadecimal"}[encoding] in result.stderr
            assert "sesame" not in result.stdout + result.stderr
    assert received == []


def test_config_shows_the_templates_and_not_the_key(binary, tmp_path, exporter):
    received = []
    with Server(verifier(binance, received)) as server:
        config = configured(tmp_path, server, *SCHEMES[binance]).read_text()
        shown = exporter(config.replace(f'file = "{tmp_path}/secret"', f'value = "{SECRET}"')).get("/config").text
    assert 'signed = "{query}{body}"' in shown and 'query.signature = "{signature}"' in shown
    assert SECRET not in shown
