"""SECURITY.md: each line of the threat model names its tests, and they are there."""

import re

import pytest

from processes import TOP

MODEL = (TOP / "SECURITY.md").read_text().split("## Threat model")[1].split("\n## ")[0]
LINES = [[cell.strip() for cell in line.strip("|").split("|")] for line in MODEL.splitlines() if line.startswith("| ")][1:]


def test_every_kind_of_attacker_is_there():
    attackers = " ".join(attacker for attacker, _, _ in LINES)
    for wanted in ("target", "client of the web server", "web page", "configuration", "network", "state file", "memory"):
        assert wanted in attackers


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[1][:50])
def test_each_line_of_the_threat_model_is_held_by_tests_that_exist(line):
    named = re.findall(r"`([^`]+)`", line[2])
    assert named and re.fullmatch(r"`[^`]+`(, `[^`]+`)*", line[2])
    for test in named:
        file, _, name = test.partition("::")
        path = TOP / (file if "/" in file else f"tests/e2e/{file}")
        assert path.is_file(), file
        text = path.read_text()
        if name:
            assert re.search(rf"^def {name}\(|^TEST(_F|_P)?\(\w+, {name}\)", text, re.M), test
        else:
            assert "def test_" in text or "LLVMFuzzerTestOneInput" in text, file
