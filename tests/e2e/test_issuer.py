"""Byte-identical 401s with different causes, told apart by what a token's issuer and the API say in public documents. Each API
verifies its tokens for real (token_lab.py), so that each label is what the API objected to."""

import json
import random
import subprocess
import time
from dataclasses import dataclass, field

import pytest

from processes import BINARY, eventually, free_port
from token_lab import Api, Issuer, Key, Names, Policy, base64url, from_base64url


@dataclass
class Case:
    name: str
    cause: str
    reason: str                     # what the API objects to
    tells: bool = True              # something that we can see tells; otherwise only a guess is right
    claims: dict = field(default_factory=dict)
    header: dict = field(default_factory=dict)
    signer: str = "k1"              # a key of the lab
    issuer: dict = field(default_factory=dict)
    policy: dict = field(default_factory=dict)
    clock: float = 0.0              # the API's
    describes_itself: bool = True   # RFC 9728
    token_issuer: str | None = "own"  # own, other, none: as configured
    introspection: bool = False
    revoked: bool = False
    token: object = None            # changes the finished token
    next_works: bool = False


def as_user(token: str) -> str:
    """The claims changed by hand, under the old signature."""
    head, claims, signature = token.split(".")
    changed = json.loads(from_base64url(claims)) | {"sub": "admin"}
    return ".".join([head, base64url(json.dumps(changed).encode()), signature])


HOUR = 3600
CASES = [
    Case("expired", "expired_token", "expired", claims={"exp": -300}),
    Case("expired, and nobody is asked", "expired_token", "expired", claims={"exp": -30}, token_issuer=None),
    Case("expired by the API's clock", "clock_skew", "expired", claims={"exp": HOUR / 2}, clock=HOUR),
    Case("expired by the API's clock, by a little", "clock_skew", "expired", claims={"exp": 40}, clock=100),
    Case("our clock is behind, the token has expired", "clock_skew", "expired", claims={"exp": 300}, clock=600, issuer={"clock": 600}),
    Case("our clock is ahead, and the audience is wrong", "invalid_credentials", "audience", tells=False, describes_itself=False,
         claims={"iat": -2 * HOUR, "exp": -HOUR, "aud": "x"}, clock=-2 * HOUR, issuer={"clock": -2 * HOUR}),
    Case("the API's clock is behind", "clock_skew", "not yet valid", claims={"nbf": -60}, clock=-HOUR),
    Case("the API's clock is behind, by a little", "clock_skew", "not yet valid", claims={"nbf": -2}, clock=-20),
    Case("the issuer's clock is ahead", "clock_skew", "not yet valid", claims={"iat": 595, "nbf": 595, "exp": 2 * HOUR},
         issuer={"clock": 600}),
    Case("the issuer's clock ends the token", "clock_skew", "inactive", claims={"exp": 300}, issuer={"clock": 600},
         policy={"introspects": True}, introspection=True),
    Case("another audience", "invalid_credentials", "audience", claims={"aud": "https://orders.test"}),
    Case("another audience, and nothing says so", "invalid_credentials", "audience", tells=False, claims={"aud": "https://orders.test"},
         describes_itself=False),
    Case("another audience of a working introspection", "invalid_credentials", "audience", tells=False, claims={"aud": "a"},
         describes_itself=False, introspection=True),
    Case("wrong environment", "invalid_credentials", "issuer", claims={"iss": "https://idp.staging.test"}, signer="other"),
    Case("another issuer than the API trusts", "invalid_credentials", "issuer", claims={"iss": "https://idp.staging.test"},
         signer="other", token_issuer=None),
    Case("its clone signs under the same name", "invalid_credentials", "signature", signer="clone"),
    Case("its clone signs with a key of its own", "invalid_credentials", "unknown key", signer="other"),
    Case("key rotated away", "invalid_credentials", "unknown key", issuer={"keys": ["k2"]}),
    Case("key rotated away, the issuer is found by the introspection", "invalid_credentials", "unknown key", issuer={"keys": ["k2"]},
         token_issuer=None, introspection=True),
    Case("signature broken", "invalid_credentials", "signature", token=as_user),
    Case("not signed", "invalid_credentials", "algorithm", header={"alg": "none", "kid": None}),
    Case("an algorithm that its key does not have", "invalid_credentials", "algorithm", header={"alg": "HS256"}),
    Case("no kid, which the API wants", "invalid_credentials", "no kid", tells=False, header={"kid": None}, policy={"wants_kid": True}),
    Case("no kid, and no key fits", "invalid_credentials", "signature", header={"kid": None}, signer="other"),
    Case("half a JWT", "malformed_credentials", "no JWT", token=lambda token: token.rpartition(".")[0]),
    Case("revoked, as introspection says", "revoked_token", "inactive", policy={"introspects": True}, introspection=True, revoked=True),
    Case("revoked, and nobody says so", "revoked_token", "inactive", tells=False, policy={"introspects": True}, revoked=True),
    Case("the next credential works", "revoked_token", "revoked", revoked=True, next_works=True),
    Case("metadata 503", "auth_service_down", "issuer down", issuer={"metadata_status": 503, "keys_status": 503}),
    Case("keys 500", "auth_service_down", "issuer down", issuer={"keys_status": 500}),
    Case("keys withdrawn", "auth_service_down", "issuer down", issuer={"keys_status": 404}),
    Case("keys that are none", "auth_service_down", "issuer down", issuer={"keys_text": "<html>Welcome</html>"}),
    Case("an empty key set", "auth_service_down", "issuer down", issuer={"keys_text": '{"keys":[]}'}),
    Case("metadata of another issuer", "auth_service_down", "issuer down", issuer={"issuer": "https://idp.old.test"}),
    Case("the issuer hangs", "auth_service_down", "issuer down", issuer={"hangs": True}),
    Case("nobody listens", "auth_service_down", "issuer down", issuer={"url": "closed"}),
    Case("the API cannot reach the issuer", "auth_service_down", "issuer down", tells=False, policy={"reaches_issuer": False}),
    Case("one bad node of a balancer", "auth_service_down", "node without keys", policy={"one_bad_node": True}),
    Case("anonymous is let in", "invalid_credentials", "unknown key", signer="other", token_issuer=None,
         policy={"lets_anonymous_in": True}),
    Case("our address is not allowed", "ip_blocked", "address", tells=False, policy={"addresses": False}),
]


class Lab:
    def __init__(self):
        self.keys = {name: Key(kid) for name, kid in (("k1", "k1"), ("k2", "k2"), ("clone", "k1"), ("other", "k9"))}
        self.issuer, self.api = Issuer(), Api("api.test")
        self.names = Names("127.0.0.1", "127.0.0.2")
        self.own_url = self.issuer.url

    def close(self):
        self.issuer.done.set()
        for part in (self.issuer, self.api, self.names):
            part.close()

    def stage(self, case: Case) -> str:
        """The servers as the case has them; the token."""
        changes = dict(case.issuer)
        keys = [self.keys[name] for name in changes.pop("keys", ["k1", "k2"])]
        url = changes.pop("url", None)
        self.issuer.url = f"http://127.0.0.1:{free_port()}" if url == "closed" else self.own_url
        self.issuer.reset(keys, **changes)
        metadata = {"resource": self.api.url, "authorization_servers": [self.issuer.url]} if case.describes_itself else None
        policy = Policy(issuer=self.issuer, trusts=self.issuer.url, audience=self.api.url, metadata=metadata, **case.policy)
        self.api.set(policy, case.clock)
        token = self.mint(case)
        if case.revoked:
            self.issuer.active[token] = False
            policy.revoked |= set() if policy.introspects else {token}
        return token

    def mint(self, case: Case) -> str:
        now = time.time()
        times = {"iat": -60, "exp": HOUR} | {name: value for name, value in case.claims.items() if name in ("iat", "nbf", "exp")}
        claims = {"iss": self.issuer.url, "aud": self.api.url, "sub": "probe", "jti": f"{random.random()}"} | case.claims
        claims |= {name: int(now + value) for name, value in times.items()}
        token = self.keys[case.signer].token(claims, **case.header)
        return case.token(token) if case.token else token

    def configuration(self, case: Case, folder) -> str:
        credential = f'kind = "bearer"\ntoken = {{ file = "{folder}/token" }}\nowner = "x"\n'
        asked = case.token_issuer == "own" or case.introspection
        if asked:
            credential += 'timeout = "500ms"\n'
        if case.token_issuer == "own":
            credential += f'token_issuer = "{self.issuer.url}"\n'
        if case.introspection:
            credential += f'introspection = {{ url = "{self.issuer.url}/introspect" }}\n'
        following = ""
        if case.next_works:
            credential += 'next = "following"\n'
            following = f'[credentials.following]\nkind = "bearer"\ntoken = {{ file = "{folder}/next" }}\nowner = "x"\n'
        return f"""[settings]
dns_servers = ["127.0.0.1:{self.names.port}"]
[credentials.token]
{credential}{following}
[targets.api]
url = "{self.api.url}/v1/me"
credential = "token"
timeout = "3s"
interval = "1s"
"""


@pytest.fixture(scope="module")
def lab():
    built = Lab()
    yield built
    built.close()


def diagnose(lab: Lab, case: Case, folder) -> dict:
    token = lab.stage(case)
    (folder / "token").write_text(token)
    (folder / "next").write_text(lab.mint(Case("", "", "")))
    (folder / "lab.toml").write_text(lab.configuration(case, folder))
    run = subprocess.run([BINARY, "diagnose", "api", f"--config.file={folder}/lab.toml", "--json"], capture_output=True, text=True,
                         timeout=60, check=False)
    assert run.returncode == 10, f"{case.name}: {run.stdout}{run.stderr}"
    assert token not in run.stdout + run.stderr
    assert lab.api.reasons and set(lab.api.reasons) == {case.reason}, f"{case.name}: {lab.api.reasons}"
    for path, text in lab.issuer.requests:
        assert path == "/introspect" or "X-From: api" in text or ("Authorization" not in text and token not in text), path
    return json.loads(run.stdout)


def test_causes_of_identical_refusals(binary, lab, tmp_path, capsys):
    rows, wrong = [], []
    for case in CASES:
        report = diagnose(lab, case, tmp_path)
        found = report["diagnosis"]
        right = found["cause"] == case.cause or (not case.tells and found["confidence"] == "guess")
        rows.append(f"{'' if right else 'WRONG':6}{case.name:58} {case.cause:22} {found['cause']:22} {found['confidence']}")
        if not right:
            wrong.append((case.name, found))
    named = sum(row.split()[-2] == case.cause for row, case in zip(rows, CASES))
    with capsys.disabled():
        print("", f"{'':6}{'case':58} {'true':22} {'found':22} confidence", *rows,
              f"{len(CASES) - len(wrong)} of {len(CASES)} right, {named} named", sep="\n")
    assert len({answer for answer in lab.api.sent if answer.startswith("HTTP/1.1 401")}) == 1, "the refusals are the same bytes"
    assert not [row for row in rows if row.startswith("WRONG") and row.endswith("certain")], rows
    assert not [row for row in rows if row.startswith("WRONG") and row.endswith("likely")], wrong
    assert len(CASES) >= 24 and len(wrong) <= len(CASES) // 10, wrong


class Fleet:
    """Two targets with one token, probed every 300 ms."""

    def __init__(self, lab: Lab, exporter, folder, case: Case, extra: str = ""):
        token = lab.stage(case)
        (folder / "token").write_text(token)
        config = lab.configuration(case, folder).replace('interval = "1s"', 'interval = "300ms"\n' + extra)
        start = config.index("[targets.api]")
        self._exporter = exporter(config + config[start:].replace("[targets.api]", "[targets.twin]"))

    def until(self, wanted, name: str = "api") -> dict:
        def seen():
            report = json.loads(self._exporter.get(f"/api/v1/targets/{name}").text)
            return report if wanted(report) else None
        return eventually(seen)


def paths(lab: Lab) -> list[str]:
    """What the exporter has asked the issuer for."""
    return [path for path, text in lab.issuer.requests if "X-From: api" not in text]


def evidence(report: dict) -> str:
    return "\n".join(report["evidence"])


def test_the_issuer_is_asked_once_for_all_targets_of_an_episode(binary, lab, exporter, tmp_path):
    fleet = Fleet(lab, exporter, tmp_path, Case("", "", ""))
    fleet.until(lambda report: report["state"] == "ok")
    assert paths(lab) == [], "nobody is asked while the token is accepted"
    lab.issuer.keys = [lab.keys["k2"]]
    for name in ("api", "twin"):
        report = fleet.until(lambda report: report["state"] == "unauthorized" and "k1" in evidence(report), name)
        assert report["cause"] == "invalid_credentials" and report["confidence"] == "likely"
        assert 'the key "k1" that signed the token is not among the issuer\'s 1 key' in evidence(report)
    assert paths(lab) == ["/.well-known/openid-configuration", "/keys"]


def test_a_token_that_worked_and_that_its_issuer_still_signs(binary, lab, exporter, tmp_path):
    fleet = Fleet(lab, exporter, tmp_path, Case("", "", ""))
    fleet.until(lambda report: report["state"] == "ok")
    lab.api.policy.revoked.add((tmp_path / "token").read_text())
    report = fleet.until(lambda report: report["state"] == "unauthorized" and "verifies" in evidence(report))
    assert (report["cause"], report["confidence"]) == ("revoked_token", "guess")


def test_the_control_can_be_switched_off(binary, lab, exporter, tmp_path):
    fleet = Fleet(lab, exporter, tmp_path, Case("", "", "", issuer={"keys": ["k2"]}), "controls.issuer = false")
    report = fleet.until(lambda report: report["state"] == "unauthorized" and "without the credential" in evidence(report))
    fleet.until(lambda later: later["last_probe"] > report["last_probe"])
    assert paths(lab) == [] and "k1" not in evidence(report)
