"""AWS's servers that give out temporary keys, and one API that takes them, on loopback: the instance's metadata (IMDSv2 only), a container's,
STS, the SSO portal. They answer as AWS's documents say; botocore's own chain of providers is run against them in the tests.
Signatures are verified with botocore's signer."""

import datetime
import functools
import hashlib
import json
import os
import time
from urllib.parse import parse_qs, urlsplit

import botocore.credentials
import botocore.session
import botocore.tokens
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from loopback import Handler, Server

REGION = "eu-central-1"
STATIC = Credentials("AKIASTATIC0000000001", "static/secret+0123456789abcdefghij/static")
WEB_TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6cHJvYmVzOmF1dGhwcm9iZSJ9.c2ln"
CONTAINER_TOKEN = "eks-pod-identity-token-0123456789"
SSO_TOKEN = "sso-access-token-0123456789abcdef"
ACCOUNT = "arn:aws:iam::123456789012:role/"


class Aws:
    """What the servers know: the keys that they gave out, and what they were asked."""

    def __init__(self):
        self.life = 3600.0
        self.known = {STATIC.access_key: STATIC}
        self.ends = {}
        self.asked: list[str] = []          # in words, in order
        self.used: list[str] = []           # ids of the keys that the API let in
        self.external_ids = {ACCOUNT + "partner": "ext id/7"}
        self.trusted = None                 # the ids of keys that may assume a role; None: all
        self.refuse = {}                    # what is asked, to (status, body)
        self.generation = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def issue(self, who: str) -> tuple[Credentials, str]:
        """The same keys for the same question, so that two clients can be compared; others after `generation` has changed."""
        seed = hashlib.sha256(f"{who}/{self.generation}".encode()).hexdigest()
        keys = Credentials("ASIA" + seed[:16].upper(), seed[16:56], f"session+{seed}//==")
        end = time.time() + self.life
        self.known[keys.access_key], self.ends[keys.access_key] = keys, end
        return keys, datetime.datetime.fromtimestamp(end, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    def signer(self, request: "AwsHandler", service: str, body: bytes) -> str | None:
        """Whose keys signed the request; None, unless botocore comes to the same signature with them."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        key_id = signed_key_id(headers)
        keys = self.known.get(key_id)
        if keys is None or self.ends.get(key_id, time.time() + 1) < time.time():
            return None
        if keys.token is not None and headers.get("x-amz-security-token") != keys.token:
            return None
        return key_id if is_signed_with(keys, service, REGION, request.command, self.url + request.path, headers, body) else None


def signature_parts(headers: dict[str, str]) -> dict[str, str]:
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    return dict(part.strip().split("=", 1) for part in rest.split(",")) if scheme == "AWS4-HMAC-SHA256" else {}


def signed_key_id(headers: dict[str, str]) -> str | None:
    return signature_parts(headers).get("Credential", "").split("/")[0] or None


def is_signed_with(keys: Credentials, service: str, region: str, method: str, url: str, headers: dict[str, str], body: bytes) -> bool:
    """Whether botocore comes to the same signature. The names of `headers` are in lower case."""
    if not (parts := signature_parts(headers)):
        return False
    again = AWSRequest(method, url, data=body, headers={name: headers[name] for name in parts["SignedHeaders"].split(";")})
    again.context["timestamp"] = headers["x-amz-date"]
    auth = SigV4Auth(keys, service, region)
    expected = auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again)
    return parts["Credential"] == f"{keys.access_key}/{auth.credential_scope(again)}" and parts["Signature"] == expected


class AwsHandler(Handler):
    aws: Aws

    def refused(self, question: str) -> bool:
        self.aws.asked.append(question)
        if question in self.aws.refuse:
            status, body = self.aws.refuse[question]
            self.answer(status, body)
        return question in self.aws.refuse

    def do_PUT(self):
        if self.path != "/latest/api/token" or "X-aws-ec2-metadata-token-ttl-seconds" not in self.headers:
            return self.answer(400)
        if not self.refused("imds session"):
            self.answer(200, "imds-session-token==")

    def do_GET(self):
        parts = urlsplit(self.path)
        if parts.path.startswith("/latest/meta-data/"):
            self.metadata(parts.path.removeprefix("/latest/meta-data/iam/security-credentials/"))
        elif parts.path == "/container":
            if self.headers.get("Authorization") != CONTAINER_TOKEN:
                self.answer(401)
            elif not self.refused("container"):
                self.server_keys("container", AccountId="123456789012")
        elif parts.path == "/federation/credentials":
            self.portal(parse_qs(parts.query))
        else:
            self.api()

    def metadata(self, role: str):
        if self.headers.get("X-aws-ec2-metadata-token") != "imds-session-token==":
            self.aws.asked.append("IMDSv1")
            self.answer(401)
        elif not self.refused(f"imds {role or 'roles'}"):
            self.server_keys("instance", Code="Success", Type="AWS-HMAC") if role else self.answer(200, "probe-role")

    def server_keys(self, who: str, **more: str):
        keys, end = self.aws.issue(who)
        self.answer(200, json.dumps({**more, "AccessKeyId": keys.access_key, "SecretAccessKey": keys.secret_key, "Token": keys.token,
                                     "Expiration": end}))

    def portal(self, query: dict):
        if self.headers.get("x-amz-sso_bearer_token") != SSO_TOKEN:
            return self.answer(401, '{"message":"Session token not found or invalid"}', x_amzn_ErrorType="UnauthorizedException:")
        if self.refused(f"sso {query['account_id'][0]} {query['role_name'][0]}"):
            return None
        keys, _ = self.aws.issue("sso")
        end = int(self.aws.ends[keys.access_key] * 1000)
        return self.answer(200, json.dumps({"roleCredentials": {"accessKeyId": keys.access_key, "secretAccessKey": keys.secret_key,
                                                                "sessionToken": keys.token, "expiration": end}}))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        action, arn = form["Action"], form["RoleArn"]
        if action == "AssumeRoleWithWebIdentity":
            who = "web" if form["WebIdentityToken"] == WEB_TOKEN else None
        else:
            who = self.aws.signer(self, "sts", body)
            may = self.aws.trusted is None or who in self.aws.trusted
            who = who if may and form.get("ExternalId") == self.aws.external_ids.get(arn) else None
        if self.refused(f"{action} {arn.removeprefix(ACCOUNT)} as {form['RoleSessionName']} for {form.get('DurationSeconds')}"):
            return
        if who is None or form["Version"] != "2011-06-15":
            self.answer(403, '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
                             f"<Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole on {arn}</Message></Error>"
                             "<RequestId>r</RequestId></ErrorResponse>", Content_Type="text/xml")
            return
        keys, end = self.aws.issue(f"{who}>{arn}")
        self.answer(200, f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><Credentials>'
                         f"<AccessKeyId>{keys.access_key}</AccessKeyId><SecretAccessKey>{keys.secret_key}</SecretAccessKey>"
                         f"<SessionToken>{keys.token}</SessionToken><Expiration>{end}</Expiration></Credentials>"
                         f"</{action}Result></{action}Response>", Content_Type="text/xml")

    def api(self):
        who = self.aws.signer(self, "execute-api", b"")
        if who is None:
            self.answer(403, '{"message":"The security token included in the request is expired"}', x_amzn_ErrorType="ExpiredTokenException")
        else:
            self.aws.used.append(who)
            self.answer(200, "{}")


def start_aws() -> tuple[Aws, Server]:
    aws = Aws()
    server = Server(type("Handler", (AwsHandler,), {"aws": aws}))
    aws.port = server.port
    return aws, server


def botocore_keys(aws: Aws, monkeypatch, environment: dict[str, str], profile: str | None = None) -> Credentials:
    """What botocore's own chain of providers gets from these servers. HOME is set already."""
    cache = os.path.expanduser("~/.aws/sso/cache")   # botocore reads HOME for it once, when it is imported
    monkeypatch.setattr(botocore.credentials.SSOProvider, "_SSO_TOKEN_CACHE_DIR", cache)
    monkeypatch.setattr(botocore.tokens.SSOTokenProvider, "_SSO_TOKEN_CACHE_DIR", cache)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {"AWS_DEFAULT_REGION": REGION, "AWS_STS_REGIONAL_ENDPOINTS": "regional", "AWS_EC2_METADATA_SERVICE_ENDPOINT": aws.url, **environment}.items():
        monkeypatch.setenv(name, value)
    session = botocore.session.Session(profile=profile)
    session.create_client = functools.partial(session.create_client, endpoint_url=aws.url)
    return session.get_credentials().get_frozen_credentials()
