"""Identities that a cloud or a cluster gives to what runs in it: the metadata servers of Google and Azure, federated tokens, rotating files of
Kubernetes, certificates in place of a client's secret. The servers refuse what the vendors' documents say that they refuse."""

import base64
import json
import os
import ssl
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from certificates import Authority
from loopback import Handler, Server
from processes import eventually

SCOPE = "https://vault.azure.net/.default"


def jwt(**claims) -> str:
    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")   # noqa: E731
    return f"{part({'alg': 'RS256', 'typ': 'JWT'})}.{part(claims)}.c2lnbmF0dXJl"


class Cloud(Handler):
    """Google's and Azure's metadata servers, Entra's token endpoint, and an API that takes the tokens."""
    assertion = ""        # the one that Entra trusts now
    asked: list[str] = []
    tokens: set[str] = set()

    def hand_out(self, token: str) -> str:
        self.tokens.add(token)
        return token

    def do_GET(self):
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.startswith("/computeMetadata/v1/instance/service-accounts/default/"):
            self.google(parts.path.rpartition("/")[2], query)
        elif parts.path == "/metadata/identity/oauth2/token":
            self.azure(query)
        else:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            self.answer(200 if token in self.tokens else 401, "{}")

    # https://cloud.google.com/compute/docs/access/authenticate-workloads
    def google(self, wanted: str, query: dict):
        self.asked.append(f"google {wanted}")
        if self.headers.get("Metadata-Flavor") != "Google" or "X-Forwarded-For" in self.headers:
            self.answer(403, "Missing Metadata-Flavor:Google header.")
        elif wanted == "token":
            self.answer(200, json.dumps({"access_token": self.hand_out("ya29.google"), "expires_in": 3599, "token_type": "Bearer"}))
        else:
            self.answer(200, self.hand_out(jwt(aud=query["audience"], iss="https://accounts.google.com", exp=int(time.time()) + 3600)))

    # https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
    def azure(self, query: dict):
        self.asked.append(f"azure {query.get('resource')}")
        if self.headers.get("Metadata") != "true" or "X-Forwarded-For" in self.headers or query.get("api-version") != "2018-02-01":
            self.answer(400, '{"error":"bad_request_102","error_description":"Required metadata header not specified"}')
        else:
            self.answer(200, json.dumps({"access_token": self.hand_out("azure-token"), "client_id": "c", "expires_in": "86399",
                                         "expires_on": str(int(time.time()) + 86399), "not_before": "1", "resource": query["resource"],
                                         "token_type": "Bearer"}))

    # https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow, "Third case: federated credential"
    def do_POST(self):
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
        self.asked.append(f"entra {form.get('client_assertion', '')[-8:]}")
        expected = {"grant_type": "client_credentials", "client_id": "app", "scope": SCOPE, "client_assertion": type(self).assertion,
                    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
        if form != expected:
            self.answer(401, '{"error":"invalid_client","error_description":"AADSTS700024: Client assertion is not within its valid time range."}')
        else:
            self.answer(200, json.dumps({"token_type": "Bearer", "expires_in": 3599, "access_token": self.hand_out(f"entra-{len(self.asked)}")}))


@pytest.fixture
def cloud():
    handler = type("OneCloud", (Cloud,), {"asked": [], "tokens": set()})
    with Server(handler) as server:
        handler.url = f"http://127.0.0.1:{server.port}"
        yield handler


def config(cloud, credential: str) -> str:
    return f"""
[defaults]
interval = "200ms"
timeout = "2s"
[credentials.c]
owner = "platform"
{credential}
[targets.t]
url = "{cloud.url}/api"
credential = "c"
"""


def failures(fleet, why: str) -> float:
    return fleet.metrics().value("authprobe_token_fetch_failures_total", credential="c", reason=why)


GOOGLE = '{url}/computeMetadata/v1/instance/service-accounts/default/'


@pytest.mark.parametrize("credential, asked, life", [
    (f'url = "{GOOGLE}token"\nheaders = {{{{ Metadata-Flavor = "Google" }}}}\njson_pointer = "/access_token"\nexpiry_pointer = "/expires_in"',
     "google token", 3599),
    (f'url = "{GOOGLE}identity?audience=https://service.run.example&format=full"\nheaders = {{{{ Metadata-Flavor = "Google" }}}}\n'
     'json_pointer = ""', "google identity", 3600),
    ('url = "{url}/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://vault.azure.net"\nheaders = {{ Metadata = "true" }}\n'
     'json_pointer = "/access_token"\nexpiry_pointer = "/expires_on"', "azure https://vault.azure.net", 86399),
])
def test_the_token_of_a_metadata_server_is_sent_and_its_end_is_known(exporter, cloud, credential, asked, life):
    fleet = exporter(config(cloud, 'kind = "login"\nmethod = "GET"\n' + credential.format(url=cloud.url)))
    fleet.wait_for_state("t", "ok")
    assert cloud.asked == [asked]
    end = eventually(lambda: fleet.metrics().value("authprobe_credential_expiration_timestamp_seconds", credential="c", kind="access",
                                                   source="jwt" if "identity" in asked else "token_response"))
    assert end == pytest.approx(time.time() + life, abs=10)


def test_a_metadata_server_that_misses_its_header_is_a_failed_fetch(exporter, cloud):
    fleet = exporter(config(cloud, f'kind = "login"\nmethod = "GET"\nurl = "{GOOGLE.format(url=cloud.url)}token"\njson_pointer = "/access_token"'))
    fleet.wait_for_state("t", "credential_unavailable")
    assert eventually(lambda: failures(fleet, "http_403")) == 1


def replace(folder, text: str) -> None:
    """As kubelet does: a new folder, and `..data`, a link, is renamed over."""
    version = folder / f"..{time.time_ns()}"
    version.mkdir()
    (version / "token").write_text(text)
    os.symlink(version.name, folder / "..data_tmp")
    os.rename(folder / "..data_tmp", folder / "..data")
    if not (folder / "token").is_symlink():
        os.symlink("..data/token", folder / "token")


def test_a_federated_token_is_read_anew_for_each_fetch(exporter, cloud, tmp_path):
    first, second = jwt(sub="first"), jwt(sub="second")
    cloud.assertion = first
    replace(tmp_path, first)
    fleet = exporter(config(cloud, f'kind = "oauth2"\ntoken_url = "{cloud.url}/tenant/oauth2/v2.0/token"\nclient_id = "app"\nscopes = ["{SCOPE}"]\n'
                                   'client_assertion = { file = "token" }\n'))
    fleet.wait_for_state("t", "ok")
    cloud.assertion = second
    replace(tmp_path, second)
    eventually(lambda: f"entra {second[-8:]}" in cloud.asked and len(cloud.tokens) == 2)
    fleet.wait_for_state("t", "ok")
    shown = fleet.output + "".join(fleet.get(path).text for path in ("/", "/metrics", "/config", "/api/v1/credentials"))
    assert first not in shown and second not in shown
    assert fleet.metrics().value("authprobe_probe_failures_total", target="t") == 0


def test_a_federated_token_that_is_refused_says_so(exporter, cloud, tmp_path):
    cloud.assertion = jwt(sub="trusted")
    replace(tmp_path, jwt(sub="other"))
    fleet = exporter(config(cloud, f'kind = "oauth2"\ntoken_url = "{cloud.url}/token"\nclient_id = "app"\nscopes = ["{SCOPE}"]\n'
                                   'client_assertion = { file = "token" }\n'))
    fleet.wait_for_state("t", "credential_unavailable")
    assert eventually(lambda: failures(fleet, "invalid_client")) == 1


def test_the_rotating_token_of_a_service_account_is_sent_as_it_is_now(exporter, cloud, tmp_path):
    first, second = (jwt(sub="system:serviceaccount:probes:authprobe", exp=int(time.time()) + life) for life in (600, 3607))
    cloud.tokens = {first}
    replace(tmp_path, first)
    fleet = exporter(config(cloud, 'kind = "bearer"\ntoken = { file = "token" }\n'))
    fleet.wait_for_state("t", "ok")
    cloud.tokens |= {second}
    replace(tmp_path, second)
    eventually(lambda: fleet.metrics().value("authprobe_credential_rotations_total", credential="c") == 1)
    end = fleet.metrics().value("authprobe_credential_expiration_timestamp_seconds", credential="c", kind="access", source="jwt")
    assert end == pytest.approx(time.time() + 3607, abs=10)
    assert fleet.metrics().value("authprobe_probe_failures_total", target="t") == 0


def test_a_certificate_takes_the_place_of_a_client_s_secret(exporter, tmp_path):
    """RFC 8705, section 2: `tls_client_auth`, with client_id in the form and no secret."""
    pki = Authority(tmp_path / "pki")
    client = pki.sign("authprobe", usage="clientAuth")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=pki.certificate)
    tls.load_cert_chain(pki.sign("server"), pki.folder / "server.key")
    tls.verify_mode = ssl.CERT_REQUIRED
    forms = []

    class Token(Handler):
        def do_POST(self):
            forms.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            subject = dict(part[0] for part in self.connection.getpeercert()["subject"])
            self.answer(200, json.dumps({"access_token": f"of-{subject['commonName']}", "token_type": "Bearer", "expires_in": 600}))

        def do_GET(self):
            self.answer(200 if self.headers.get("Authorization") == "Bearer of-authprobe" else 401)

    with Server(Token, tls) as server:
        fleet = exporter(f"""
[defaults]
interval = "200ms"
tls = {{ ca_file = "{pki.certificate}" }}
[credentials.c]
kind = "oauth2"
token_url = "https://127.0.0.1:{server.port}/token"
client_id = "app"
certificate = {{ file = "{client}" }}
private_key = {{ file = "{pki.folder}/authprobe.key" }}
owner = "platform"
[targets.t]
url = "https://127.0.0.1:{server.port}/api"
credential = "c"
""")
        fleet.wait_for_state("t", "ok")
    assert forms == ["grant_type=client_credentials&client_id=app"]
