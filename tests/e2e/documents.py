"""The documents as the tests read them, and what `check` says of what they show."""

import json
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

from processes import TOP

DOCUMENTS = [TOP / "README.md", TOP / "CONTRIBUTING.md", TOP / "SECURITY.md", *sorted((TOP / "docs").rglob("*.md")),
             TOP / "bench/README.md"]
FENCE = re.compile(r"^( *)```.*?^\1```", re.S | re.M)

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(TOP)))


def sections(document: Path) -> dict[str, str]:
    parts = re.split(r"^## (.+)\n", document.read_text(), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def toml_blocks(document: Path) -> list[str]:
    return re.findall(r"^```toml\n(.*?)^```", document.read_text(), re.S | re.M)


@cache
def signature_example() -> str:
    """The file of signatures that docs/causes.md shows."""
    (block,) = toml_blocks(TOP / "docs/causes.md")
    return block


# What `check` finds for reasons that are no document's: the files that examples name are not here, and dates pass.
OF_THIS_MACHINE = re.compile("cannot be read|not set here|matches no file|lists no targets|has passed|a window in the past|signature expired")


def check(binary: Path, folder: Path, config: str) -> list[dict]:
    for name in tomllib.loads(config).get("settings", {}).get("signatures", []):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(signature_example())
    path = folder / "example.toml"
    path.write_text(config)
    result = subprocess.run([binary, "check", "--json", path], capture_output=True, text=True, timeout=20, check=False)
    assert result.returncode in (0, 1), result.stderr
    return [finding for finding in json.loads(result.stdout)["findings"] if not OF_THIS_MACHINE.search(finding["rule"])]


def errors(findings: list[dict]) -> list[str]:
    return [f"{finding['line']}: {finding['key']}: {finding['rule']}" for finding in findings if finding["severity"] == "error"]


def explained(binary: Path, folder: Path, answers: list[dict]) -> list[str]:
    """The cause of each recorded answer."""
    recording = folder / "answers.jsonl"
    recording.write_text("".join(json.dumps(answer) + "\n" for answer in answers))
    result = subprocess.run([binary, "explain", "--jsonl", recording], capture_output=True, text=True, timeout=20, check=True)
    return [json.loads(line)["cause"] for line in result.stdout.splitlines()]
