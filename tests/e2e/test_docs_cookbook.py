"""docs/cookbook.md and docs/causes.md against the program: what they show is loaded, and diagnosed as they say."""

import json
import re
import tomllib

import pytest

from documents import check, errors, explained, sections
from processes import TOP

COOKBOOK = TOP / "docs/cookbook.md"
SENT = {"aws_sigv4": "sigv4", "client_certificate": "unknown"}   # how a recording calls what a kind sends


@pytest.mark.parametrize("service", sections(COOKBOOK))
def test_the_cookbook_s_blocks_load(binary, tmp_path, service):
    (block,) = re.findall(r"^```toml\n(.*?)^```", sections(COOKBOOK)[service], re.S | re.M)
    findings = check(binary, tmp_path, block)
    assert errors(findings) == []
    # What the page itself says of them.
    told = "no used_by|no public page of its server" + {
        "AWS temporary credentials": "|its expiry is not known", "AWS presigned URL": "|its expiry is not known",
        "Azure SAS": "|its expiry is not known", "Expiry of a client secret": "|no target uses it",
    }.get(service, "")
    assert [f"{finding['key']}: {finding['rule']}" for finding in findings if not re.search(told, finding["rule"])] == []


@pytest.mark.parametrize("service", sections(COOKBOOK))
def test_the_cookbook_s_refusals_are_diagnosed_as_it_says(binary, tmp_path, service):
    text = sections(COOKBOOK)[service]
    (block,) = re.findall(r"^```toml\n(.*?)^```", text, re.S | re.M)
    document = tomllib.loads(block)
    (target,) = document["targets"].values()
    kind = document["credentials"][target["credential"]]["kind"]
    answers = []
    for status, header, body, cause in re.findall(r"^\| (\d{3}) (?:`([A-Za-z-]+: [^`]*)` )?`([^`]*)` \| `(\w+)` \|$", text, re.M):
        answers.append(({"id": str(len(answers)), "status": int(status), "headers": dict([header.split(": ", 1)] if header else []),
                         "body": body, "request": {"auth": SENT.get(kind, kind)}}, cause))
    assert len(answers) == len(re.findall(r"^\| \d{3} ", text, re.M))
    assert answers or service == "Expiry of a client secret"
    assert explained(binary, tmp_path, [answer for answer, _ in answers]) == [cause for _, cause in answers]


def test_each_service_of_the_cookbook_says_what_it_should():
    for service, text in sections(COOKBOOK).items():
        if service == "Expiry of a client secret":
            continue
        for part in ("- **Scopes:**", "- **Expiry:**", "- **Traps:**", "- **Rotate:**", "| refusal | cause |", "Source"):
            assert part in text, f"{service}: {part}"
        assert re.search(r"^Sources?:\s\[[^]]+\]\(https://", text, re.M), service


CAUSES = TOP / "docs/causes.md"
# Examples of evidence that is no word of the answer: the credential's own claims, our clock, what the server's headers say of scopes.
NOT_WORDS = {"exp", "nbf", "iat", "Date", "Retry-After", "likely", "X-OAuth-Scopes", "X-Accepted-OAuth-Scopes"}
AS_HEADER = {
    "stale=true": {"WWW-Authenticate": 'Digest realm="r", nonce="n", stale=true'},
    "cf-mitigated: challenge": {"cf-mitigated": "challenge"},
    "X-RateLimit-Remaining: 0": {"X-RateLimit-Remaining": "0"},
}


def cause_sections() -> dict[str, str]:
    parts = re.split(r"^### (\w+)\n", sections(CAUSES)["The causes"], flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def test_each_cause_has_its_section(exporter):
    running = exporter("[targets.a]\nurl = 'http://127.0.0.1:1/'\n")
    causes = [labels["cause"] for labels, _ in running.metrics().all("authprobe_auth_failures_total")]
    assert list(cause_sections()) == causes
    rows = re.findall(r"^\| \[(\w+)\]\(#(\w+)\) \| \S", CAUSES.read_text(), re.M)
    assert rows == [(cause, cause) for cause in causes]
    for cause, text in cause_sections().items():
        assert re.match(r"\S[^*]+\. \*Signs:\* \S[^*]+ \*Do:\* \S", text.replace("\n", " ")), cause


@pytest.mark.parametrize("cause", cause_sections())
def test_what_tells_a_cause_does_tell_it(binary, tmp_path, cause):
    """Each phrase and code of "Signs", as the message or code of a refusal, or as the header that it is."""
    tells = cause_sections()[cause].replace("\n", " ").split("*Signs:*")[1].split("*Do:*")[0]
    words = {word for word in re.findall(r'"([^"]+)"', tells) + re.findall(r"`([^`]+)`", tells) if word not in NOT_WORDS}
    assert words or cause == "unknown"
    sent = "none" if cause == "missing_credentials" else "bearer"
    answers = []
    for word in words:
        headers = AS_HEADER.get(word, {})
        for status in (401, 403, 400, 503):
            for body in ({"message": word}, {"code": word}):
                answers.append({"id": word, "status": status, "headers": headers, "body": "" if headers else json.dumps(body),
                                "request": {"auth": sent}})
    told = zip(answers, explained(binary, tmp_path, answers))
    assert words == {answer["id"] for answer, said in told if said == cause}
