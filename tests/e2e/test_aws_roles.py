"""Keys for AWS's signatures from roles, profiles, containers and instances. The servers are checked by botocore: its chain of providers gets
the same keys from them, and its signer verifies every signature."""

import hashlib
import json
import subprocess
import time

import pytest

from aws_servers import ACCOUNT, CONTAINER_TOKEN, REGION, SSO_TOKEN, STATIC, WEB_TOKEN, botocore_keys, start_aws
from processes import Exporter, eventually


@pytest.fixture
def aws():
    aws, server = start_aws()
    with server:
        yield aws


def config(aws, source: str, more: str = "", url: str = "/orders") -> str:
    return f"""
[defaults]
interval = "200ms"
timeout = "2s"

[credentials.orders]
kind = "aws_sigv4"
region = "{REGION}"
service = "execute-api"
owner = "sales"
source = {{ {source.format(url=aws.url)} }}
{more}

[targets.orders]
url = "{aws.url}{url}"
credential = "orders"
"""


class Fleet(Exporter):
    def wait_for_keys(self, aws, keys) -> None:
        """The API lets in what is signed with these keys, and nothing of them is shown."""
        self.wait_for_state("orders", "ok")
        assert aws.used[-1] == keys.access_key
        shown = self.output + "".join(self.get(path).text for path in ("/", "/metrics", "/config", "/api/v1/targets", "/api/v1/credentials"))
        for secret in filter(None, (keys.secret_key, keys.token, STATIC.secret_key, WEB_TOKEN, SSO_TOKEN, CONTAINER_TOKEN)):
            assert secret not in shown


@pytest.fixture
def fleet(running, tmp_path):
    def start(text: str, **environment: str) -> Fleet:
        path = tmp_path / "authprobe.toml"
        path.write_text(text)
        return running.add(Fleet(path, under=("env", f"HOME={tmp_path}", *(f"{name}={value}" for name, value in environment.items()))))
    return start


def wait_for_problem(fleet, told: str) -> None:
    """The pages say so within a second."""
    problem = lambda: json.loads(fleet.get("/api/v1/credentials").text)[0]["problem"] or ""   # noqa: E731
    eventually(lambda: problem() not in ("", "no token has been fetched yet"))
    assert told in problem()


def failures(fleet, why: str) -> float:
    return fleet.metrics().value("authprobe_token_fetch_failures_total", credential="orders", reason=why)


@pytest.fixture
def files(tmp_path, aws):
    """~/.aws: a profile with keys, a chain of roles on it, one with a web identity, one with SSO, and those that cannot be used."""
    folder = tmp_path / ".aws"
    (folder / "sso/cache").mkdir(parents=True)
    (tmp_path / "web-token").write_text(WEB_TOKEN)
    (folder / "credentials").write_text(
        f"[base]\naws_access_key_id = {STATIC.access_key}\naws_secret_access_key={STATIC.secret_key}\n# of a test\n"
        f"[session]\naws_access_key_id = {STATIC.access_key}\naws_secret_access_key = {STATIC.secret_key}\n")
    (folder / "config").write_text(f"""
# of a test
[default]
region = eu-central-1
s3 =
  aws_access_key_id = not-this-one
[profile reader]
role_arn = {ACCOUNT}reader
source_profile = base
[profile partner]
role_arn = {ACCOUNT}partner
source_profile = reader
external_id = ext id/7
role_session_name = nightly
duration_seconds = 900
[profile web]
role_arn = {ACCOUNT}web
web_identity_token_file = {tmp_path}/web-token
role_session_name = web
[profile on-instance]
role_arn = {ACCOUNT}reader
credential_source = Ec2InstanceMetadata
[profile signed-in]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = ReadOnly
[sso-session corp]
sso_region = eu-central-1
sso_start_url = https://corp.awsapps.com/start
sso_registration_scopes = sso:account:access
[profile circle]
role_arn = {ACCOUNT}a
source_profile = circle-2
[profile circle-2]
role_arn = {ACCOUNT}b
source_profile = circle
[profile process]
credential_process = /bin/touch {tmp_path}/ran
[profile mfa]
role_arn = {ACCOUNT}a
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/me
""")
    sign_in(tmp_path, "2099-01-01T00:00:00Z")
    return folder


def sign_in(home, until: str) -> None:
    """As `aws sso login` does."""
    name = hashlib.sha1(b"corp").hexdigest()
    (home / f".aws/sso/cache/{name}.json").write_text(json.dumps({
        "startUrl": "https://corp.awsapps.com/start", "region": REGION, "accessToken": SSO_TOKEN, "expiresAt": until,
        "refreshToken": "never-used", "clientId": "c", "clientSecret": "s", "registrationExpiresAt": "2099-01-01T00:00:00Z"}))


PLACES = 'sts_url = "{url}", sso_url = "{url}", metadata_url = "{url}", from = "profile", profile = '
STATIC_KEYS = {"AWS_ACCESS_KEY_ID": STATIC.access_key, "AWS_SECRET_ACCESS_KEY": STATIC.secret_key}


@pytest.mark.parametrize("source, environment, profile, asked", [
    ('from = "environment"', STATIC_KEYS, None, []),
    ('from = "instance", metadata_url = "{url}/"', {}, None, ["imds session", "imds roles", "imds probe-role"]),
    ('from = "container"', {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "{url}/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN": CONTAINER_TOKEN},
     None, ["container"]),
    ('from = "web_identity", sts_url = "{url}"',
     {"AWS_ROLE_ARN": ACCOUNT + "web", "AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/web-token", "AWS_ROLE_SESSION_NAME": "pod"}, None,
     ["AssumeRoleWithWebIdentity web as pod for 3600"]),
    (PLACES + '"base"', {}, "base", []),
    (PLACES + '"reader"', {}, "reader", ["AssumeRole reader as authprobe for 3600"]),
    (PLACES + '"partner"', {}, "partner", ["AssumeRole reader as authprobe for 3600", "AssumeRole partner as nightly for 900"]),
    (PLACES + '"web"', {}, "web", ["AssumeRoleWithWebIdentity web as web for 3600"]),
    (PLACES + '"on-instance"', {}, "on-instance",
     ["imds session", "imds roles", "imds probe-role", "AssumeRole reader as authprobe for 3600"]),
    (PLACES + '"signed-in"', {}, "signed-in", ["sso 123456789012 ReadOnly"]),
], ids=lambda value: value if isinstance(value, str) else None)
def test_keys_are_those_that_botocore_gets(aws, files, fleet, tmp_path, monkeypatch, source, environment, profile, asked):
    environment = {name: value.format(url=aws.url, home=tmp_path) for name, value in environment.items()}
    monkeypatch.setenv("HOME", str(tmp_path))
    running = fleet(config(aws, source), **environment)
    running.wait_for_state("orders", "ok")
    assert aws.asked == asked
    keys = botocore_keys(aws, monkeypatch, environment, profile)
    running.wait_for_keys(aws, keys)
    if asked:
        end = eventually(lambda: running.metrics().value("authprobe_credential_expiration_timestamp_seconds", credential="orders",
                                                         kind="access", source="token_response"))
        assert end == pytest.approx(time.time() + aws.life, abs=30)
        assert running.metrics().value("authprobe_token_fetches_total", credential="orders") == 1


def test_roles_are_assumed_one_after_another_with_keys_of_the_file(aws, fleet, tmp_path):
    (tmp_path / "secret").write_text(STATIC.secret_key)
    roles = (f'assume_role = [{{{{ role_arn = "{ACCOUNT}reader", duration = "12h" }}}}, '
             f'{{{{ role_arn = "{ACCOUNT}partner", external_id = {{{{ env = "EXTERNAL_ID" }}}}, session_name = "probe", duration = "15m" }}}}]')
    more = f'access_key_id = "{STATIC.access_key}"\nsecret_access_key = {{ file = "secret" }}'
    running = fleet(config(aws, roles + ', sts_url = "{url}"', more), EXTERNAL_ID="ext id/7")
    running.wait_for_state("orders", "ok")
    assert aws.asked == ["AssumeRole reader as authprobe for 43200", "AssumeRole partner as probe for 900"]
    assert aws.used[-1].startswith("ASIA")


def test_eks_pod_identity_reads_its_token_file_each_time(aws, fleet, tmp_path):
    (tmp_path / "pod-token").write_text(CONTAINER_TOKEN)
    running = fleet(config(aws, 'from = "container"'), AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{aws.url}/container",
                    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=f"{tmp_path}/pod-token")
    running.wait_for_state("orders", "ok")


@pytest.mark.parametrize("uri, told", [
    ("http://metadata.example.com/keys", "neither https nor at one of the container's addresses"),
    ("http://169.254.170.2.example.com/keys", "neither https nor at one of the container's addresses"),
])
def test_the_token_of_a_container_goes_to_no_foreign_server(aws, fleet, uri, told):
    running = fleet(config(aws, 'from = "container"'), AWS_CONTAINER_CREDENTIALS_FULL_URI=uri,
                    AWS_CONTAINER_AUTHORIZATION_TOKEN=CONTAINER_TOKEN)
    running.wait_for_state("orders", "credential_unavailable")
    wait_for_problem(running, told)


def test_the_instance_is_asked_without_the_proxy_and_never_in_the_first_way(aws, fleet):
    aws.refuse["imds session"] = (403, "")
    running = fleet(config(aws, 'from = "instance", metadata_url = "{url}"', 'proxy = "http://127.0.0.1:1"'))
    running.wait_for_state("orders", "credential_unavailable")
    wait_for_problem(running, "the session of the instance's metadata server: status 403: the service is turned off")
    assert "IMDSv1" not in aws.asked
    assert eventually(lambda: failures(running, "http_403")) == 1


def test_keys_are_fetched_anew_before_they_end_and_after_a_refusal(aws, fleet):
    aws.life = 6
    running = fleet(config(aws, 'from = "instance", metadata_url = "{url}"'))
    running.wait_for_state("orders", "ok")
    first = aws.used[-1]
    aws.generation = 1
    eventually(lambda: aws.used[-1] != first)                 # after four fifths of its life
    assert running.metrics().value("authprobe_probe_failures_total", target="orders") == 0
    aws.life, aws.generation = 3600, 2
    eventually(lambda: aws.asked.count("imds session") == 3)
    before = aws.used[-1]
    aws.ends[before] = 0                                       # revoked
    aws.generation = 3
    eventually(lambda: aws.used[-1] != before)


def test_a_refused_role_is_no_refusal_of_the_target(aws, files, fleet):
    aws.trusted = ["nobody"]
    running = fleet(config(aws, PLACES + '"reader"'))
    running.wait_for_state("orders", "credential_unavailable")
    wait_for_problem(running, f"AssumeRole of {ACCOUNT}reader: status 403, AccessDenied")
    assert eventually(lambda: failures(running, "http_403")) == 1
    assert running.metrics().value("authprobe_http_responses_total", target="orders", code="403") == 0
    assert not aws.used


def test_an_outage_of_sts_is_told_and_the_keys_live_on(aws, fleet, tmp_path):
    (tmp_path / "token").write_text(WEB_TOKEN)
    aws.life = 8
    running = fleet(config(aws, f'from = "web_identity", role_arn = "{ACCOUNT}web", token_file = "{tmp_path}/token", sts_url = "{{url}}"'))
    running.wait_for_state("orders", "ok")
    aws.refuse["AssumeRoleWithWebIdentity web as authprobe for 3600"] = (503, "<html>down</html>")
    eventually(lambda: failures(running, "http_5xx"))
    assert running.state("orders") == "ok"
    running.wait_for_state("orders", "credential_unavailable")
    wait_for_problem(running, f"AssumeRoleWithWebIdentity of {ACCOUNT}web: status 503")


@pytest.mark.parametrize("profile, told", [
    ("nobody", "the AWS profile nobody is neither in {home}/.aws/config nor in {home}/.aws/credentials"),
    ("circle", "the AWS profile circle is its own source_profile, by way of others"),
    ("process", "the AWS profile process has a credential_process, which is never run"),
    ("mfa", "the AWS profile mfa wants a code of an MFA device (mfa_serial)"),
])
def test_a_profile_without_keys_says_why(aws, files, fleet, tmp_path, profile, told):
    running = fleet(config(aws, PLACES + f'"{profile}"'))
    running.wait_for_state("orders", "credential_unavailable")
    wait_for_problem(running, told.format(home=tmp_path))
    assert not (tmp_path / "ran").exists()
    assert eventually(lambda: failures(running, "secret")) == 1


def test_an_ended_sign_in_wants_a_new_one_which_is_seen_at_once(aws, files, fleet, tmp_path):
    sign_in(tmp_path, "2020-01-01T00:00:00Z")
    running = fleet(config(aws, PLACES + '"signed-in"'))
    running.wait_for_state("orders", "credential_unavailable")
    wait_for_problem(running, "has an SSO session that has expired; sign in with: aws sso login --profile signed-in")
    assert not aws.asked
    begun = time.monotonic()
    sign_in(tmp_path, "2099-01-01T00:00:00Z")
    running.wait_for_state("orders", "ok")
    assert time.monotonic() - begun < 4.5                      # the next attempt would be after 5 s
    assert "never-used" not in running.output


def test_new_keys_in_the_file_are_used_without_a_reload(aws, files, fleet):
    running = fleet(config(aws, PLACES + '"session"'))
    running.wait_for_state("orders", "ok")
    keys, _ = aws.issue("by hand")
    (files / "credentials").write_text(f"[session]\naws_access_key_id = {keys.access_key}\naws_secret_access_key = {keys.secret_key}\n"
                                       f"aws_session_token = {keys.token}\n")
    eventually(lambda: aws.used[-1] == keys.access_key)


def test_diagnose_fetches_the_keys(aws, files, binary, tmp_path):
    path = tmp_path / "authprobe.toml"
    path.write_text(config(aws, PLACES + '"partner"'))
    result = subprocess.run([binary, "diagnose", "orders", "--config.file", path, "--json"], capture_output=True, text=True, timeout=60,
                            check=False, env={"HOME": str(tmp_path), "PATH": "/usr/bin"})
    assert json.loads(result.stdout)["state"] == "ok", result.stdout + result.stderr
    assert STATIC.secret_key not in result.stdout + result.stderr
