#!/usr/bin/env python3
"""Breaks the rules one by one, and shows which of the changes no story notices.

    tests/alerts/mutate.py [--only NAME] [--jobs N] [--every N]

A change is one of: no `for`, no `keep_firing_for`, a number three times as large, a matcher less, an `unless` or `and` less, one side of an
`or` less. A change that makes a rule invalid is none. The stories that speak of the alert, or of the rule's subject, are run until one
fails; `promtool` does the work. What survives is printed, and wants a story, or changes nothing (a matcher that another one implies). All of
it takes hours on two cores: run it by hand after a change of the rules, with --only for what changed.
"""

import argparse
import concurrent.futures
import copy
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

TOP = Path(__file__).resolve().parents[2]
RULES = TOP / "alerts/authprobe.rules.yml"
OPERATOR = re.compile(r"^( *)(unless|and|or)\b")


def blocks(expression: str) -> list[tuple[str, list[int]]]:
    """The operators at the begin of a line, with the lines of their right-hand side: up to the next operator of its depth that binds no
    tighter, or the bracket that closes around it."""
    lines = expression.splitlines()
    depths, depth = [], 0
    for line in lines:
        depths.append(depth - (1 if line.strip().startswith((")", "}")) else 0))
        depth += sum(line.count(c) for c in "({[") - sum(line.count(c) for c in ")}]")
    found = []
    for at, line in enumerate(lines):
        if not (operator := OPERATOR.match(line)):
            continue
        end = at + 1
        while end < len(lines) and depths[end] >= depths[at] and not (
                depths[end] == depths[at] and (other := OPERATOR.match(lines[end])) and (other[2] == "or" or operator[2] != "or")):
            end += 1
        found.append((operator[2], list(range(at, end))))
    return found


def changes(rule: dict):
    """(what is changed, the changed rule)"""
    def with_expr(expression: str) -> dict:
        return {**rule, "expr": expression}

    for key in ("for", "keep_firing_for"):
        if key in rule:
            yield f"no {key}", {name: value for name, value in rule.items() if name != key}
    expression = rule["expr"]
    for number in re.finditer(r"(?<=[<>=*+-] )(\d+(?:\.\d+)?)\b(?!\))", expression):
        if float(number[1]) > 1 and "==" not in expression[number.start() - 3:number.start()]:
            yield (f"{number[1]} times 3 in line {expression[:number.start()].count(chr(10)) + 1}",
                   with_expr(f"{expression[:number.start()]}{3 * float(number[1]):g}{expression[number.end():]}"))
    for window in re.finditer(r"\[(\d+)([mh])", expression):
        yield f"{window[0]} divided by 30", with_expr(
            f"{expression[:window.start()]}[{int(window[1]) * (2 if window[2] == 'm' else 120)}s{expression[window.end():]}")
    for matchers in re.finditer(r"(?<=\w)\{([^{}]*)\}", expression):
        parts = re.findall(r'\w+\s*(?:=~|!~|!=|=)\s*"[^"]*"', matchers[1])
        for part in parts:
            left = ",".join(other for other in parts if other is not part)
            yield f"without {part}", with_expr(f"{expression[:matchers.start()]}{{{left}}}{expression[matchers.end():]}")
    lines = expression.splitlines()
    for operator, of in blocks(expression):
        left = "\n".join(line for at, line in enumerate(lines) if at not in of)
        yield f"without `{' '.join(lines[at].strip() for at in of)[:110]}`", with_expr(left)


def stories() -> list[tuple[str, dict]]:
    """Each story alone, the short ones first, without annotations: their texts are not what is tested here."""
    found = []
    for path in sorted(TOP.glob("tests/alerts/*.yml")):
        whole = yaml.safe_load(path.read_text())
        for test in whole["tests"]:
            test.pop("alert_rule_test", None)
            found.append((path.stem, {"rule_files": ["rules.json"], "evaluation_interval": whole["evaluation_interval"], "tests": [test]}))
    return sorted(found, key=lambda story: len(json.dumps(story[1])) + 2000 * (story[0] == "tokens"))


def promtool(folder: Path, *arguments: str) -> bool:
    return subprocess.run(["promtool", *arguments], cwd=folder, capture_output=True, check=False).returncode == 0


# Where a rule's stories are: files by a part of its name. Others are not run for it.
SUBJECTS = {
    r"exporter|Exporter|Probes|Schedule|Reload|unseen|trouble|unjudged|credential_at": ["exporter", "unseen", "over", "begins", "names"],
    r"token|Token|ClientSecret|Unavailable|NextCredential|Scopes|Inactive": ["tokens", "begins", "credentials", "unseen", "expiry"],
    r"credential_end|Expir|StillAccepted|ClientCertificate": ["expiry", "expiry_days", "credentials", "begins", "whose", "unseen"],
    r"cause_text|renamed": ["names", "exporter", "unseen"],
    r"target_problem|Unexpected|Unreachable|Exposed|Rate|IntermittentFailures|ServerCert|certificate_end|Maintenance":
        ["targets", "over", "begins", "unseen", "credentials", "exporter"],
}
REFUSALS = ["refusals", "whose", "together", "over", "changes", "flapping", "begins", "unseen", "credentials"]


def files_of(rule: dict) -> list[str]:
    name = rule.get("alert") or rule["record"]
    return next((files for pattern, files in SUBJECTS.items() if re.search(pattern, name)), REFUSALS)


def outcome(groups: dict, number: int, what: str, changed: dict, told: list[tuple[str, dict]]) -> tuple[str, str, str]:
    name = changed.get("alert") or changed["record"]
    with tempfile.TemporaryDirectory(prefix="authprobe-mutant.") as folder_name:
        folder = Path(folder_name)
        mutant = copy.deepcopy(groups)
        mutant["groups"][0]["rules"][number] = changed
        (folder / "rules.json").write_text(json.dumps(mutant))
        if not promtool(folder, "check", "rules", "--lint=none", "rules.json"):
            return "invalid", name, what
        files = files_of(changed)
        for at, (file, story) in enumerate(told):
            if file in files:
                (folder / f"{at}.json").write_text(json.dumps(story))
                if not promtool(folder, "test", "rules", f"{at}.json"):
                    return "noticed", name, what
        return "survived", name, what


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="a pattern of the names of rules")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="each Nth change")
    options = parser.parse_args()
    groups = yaml.safe_load(RULES.read_text())
    for rule in groups["groups"][0]["rules"]:
        rule.pop("annotations", None)
    mutants = [(number, what, changed) for number, rule in enumerate(groups["groups"][0]["rules"])
               if rule.get("record") != "authprobe:cause_text" and re.search(options.only, rule.get("alert") or rule["record"])
               for what, changed in changes(rule)][::options.every]
    told, counts = stories(), {"noticed": 0, "survived": 0, "invalid": 0}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for result, name, what in pool.map(lambda mutant: outcome(groups, *mutant, told), mutants):
            counts[result] += 1
            if result == "survived":
                print(f"survived: {name}: {what}", flush=True)
    print(f"{len(mutants)} changes: {counts['noticed']} noticed, {counts['survived']} survived, {counts['invalid']} made the rule invalid")
    return 1 if counts["survived"] else 0


if __name__ == "__main__":
    sys.exit(main())
