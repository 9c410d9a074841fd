"""`help TOPIC` at the terminal, and the documents that have the same text."""

import json
import re
import subprocess

import pytest

from loopback import Handler, Server
from processes import BINARY, TOP

CODES = ["401", "403", "407", "429"]
CAUSES = re.findall(r"^### (\w+)$", (TOP / "docs/causes.md").read_text(), re.M)


def helped(topic: str) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, "help", topic], capture_output=True, text=True, timeout=10, check=False)


def section(document: str, topic: str) -> str:
    text = (TOP / document).read_text()
    return re.search(rf"^### {topic}\n(.*?)(?=^##|\Z)", text, re.S | re.M)[1].strip()


@pytest.mark.parametrize("document, topic", [("docs/quick-reference.md", code) for code in CODES]
                         + [("docs/causes.md", cause) for cause in CAUSES])
def test_the_terminal_says_what_the_documents_say(binary, document, topic):
    result = helped(topic)
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"{topic}\n\n{section(document, topic)}\n"


def test_every_cause_has_its_section(binary):
    result = helped("nothing")
    assert result.returncode == 2 and not result.stdout
    assert result.stderr.strip().endswith(", ".join(CODES + CAUSES)) and len(CAUSES) == 15


def test_without_a_topic_help_lists_the_commands_and_the_topics(binary):
    result = subprocess.run([BINARY, "help"], capture_output=True, text=True, timeout=10, check=False)
    assert result.returncode == 0 and not result.stderr
    assert "Usage: " in result.stdout and " diagnose " in result.stdout and f"{', '.join(CODES + CAUSES)}.\n" in result.stdout


@pytest.mark.parametrize("flag", ["-V", "-v"])
def test_the_version_has_short_flags(binary, flag):
    outputs = {subprocess.run([BINARY, one], capture_output=True, text=True, timeout=10, check=True).stdout for one in (flag, "--version")}
    assert len(outputs) == 1 and "version" in outputs.pop()


@pytest.mark.parametrize("code", CODES)
def test_a_code_has_causes_steps_and_somebody_to_ask(binary, code):
    text = helped(code).stdout
    named = re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", text.split("*Likely causes, in order:*")[1].split("\n\n")[0])
    assert named and set(named) <= set(CAUSES)
    assert "\n1. " in text and "\n3. " in text and "*Whom to ask:*" in text


def diagnose(url: str, *flags: str) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, "diagnose", "--url", url, "--bearer-env", "TOKEN", *flags], capture_output=True, text=True,
                          timeout=30, check=False, env={"TOKEN": "a-token-of-ours"})


class Refusing(Handler):
    def do_GET(self):
        body, headers = "", {"X_Request_Id": "req-77aa-0123456789abcdef0123456789abcdef", "CF_Ray": "8a1b2c3d4e5f6789-FRA",
                             "X_OAuth_Scopes": "read:user", "Via": "1.1 gw-7"}
        if self.path == "/revoked":
            body = '{"error":"invalid_token","error_description":"The token was revoked"}'
        if self.path == "/echo":
            headers["X_Request_Id"] = self.headers["Authorization"] or "nobody"
        self.answer(401, body, **headers)


def test_a_guess_has_the_steps_of_its_code(binary):
    with Server(Refusing) as server:
        url = f"http://127.0.0.1:{server.port}"
        text = diagnose(f"{url}/").stdout
        assert "(guess)" in text or "(likely)" in text
        report = json.loads(diagnose(f"{url}/", "--json", "--no-controls").stdout)
        assert report["diagnosis"]["confidence"] == "guess"
        steps = report["diagnosis"]["steps"]
        assert len(steps) == 6 and steps[5].endswith("the reason that the answer hides.")
        assert f"1. {steps[0]}" in diagnose(f"{url}/", "--no-controls").stdout
        known = json.loads(diagnose(f"{url}/revoked", "--json").stdout)
        assert known["diagnosis"]["confidence"] == "certain" and known["diagnosis"]["steps"] == []


def test_the_ids_that_a_servers_log_is_searched_by_are_shown(binary):
    with Server(Refusing) as server:
        url = f"http://127.0.0.1:{server.port}"
        text = diagnose(f"{url}/").stdout
        for line in ("X-Request-Id: req-77aa-0123456789abcdef0123456789abcdef", "CF-Ray: 8a1b2c3d4e5f6789-FRA", "Via: 1.1 gw-7",
                     "X-OAuth-Scopes: read:user"):
            assert line in text, line
        report = json.loads(diagnose(f"{url}/", "--json").stdout)
        assert {"name": "CF-Ray", "value": "8a1b2c3d4e5f6789-FRA"} in report["answer"]["headers"]
        assert "a-token-of-ours" not in diagnose(f"{url}/echo").stdout + diagnose(f"{url}/echo", "--json").stdout


def test_explain_prints_the_steps_of_a_guess(binary):
    def explained(answer: str, *flags: str) -> str:
        return subprocess.run([BINARY, "explain", *flags], input=answer, capture_output=True, text=True, timeout=10, check=True).stdout

    steps = re.findall(r"^(?:steps)? +(\d)\. \S", explained("HTTP/1.1 401 Status\r\n\r\n"), re.M)
    assert steps == list("123456")
    known = 'HTTP/1.1 401 Status\r\nWWW-Authenticate: Bearer error="invalid_token", error_description="The token was revoked"\r\n\r\n'
    assert "revoked_token (certain)" in explained(known) and "steps" not in explained(known)
