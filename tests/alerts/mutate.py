#!/usr/bin/env python3
"""Breaks the rules one by one, and shows which of the changes no story notices.

    tests/alerts/mutate.py [--only NAME] [--jobs N] [--every N] [--results FILE]

A change is one of: no `for`, no `keep_firing_for`, a number three times as large, a window 30 times shorter, a matcher less, an `unless` or
`and` less, one side of an `or` less. `promtool` does the work, in two steps. Each story is run once with all changed rules beside the rules:
where a changed rule never yields anything else than the rule, the story cannot notice it. Then the others are run with the changed rule in
the rule's place, until one fails.

What survives is printed, and wants a story; or changes nothing, and stands in equivalent.yaml with the reason. What is listed there and is
noticed, or no longer exists, is printed too. The results are kept in a file: what has not changed since is not run again, so that a run can
be stopped and goes on later. All of it takes about half an hour on two cores: by hand, after a change of the rules.
"""

import argparse
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import yaml

from mutants import changes, names

TOP = Path(__file__).resolve().parents[2]
RULES = TOP / "alerts/authprobe.rules.yml"
KNOWN = TOP / "tests/alerts/equivalent.yaml"


def name_of(rule: dict) -> str:
    return rule.get("alert") or rule["record"]


def titles(rules: list[dict]) -> list[str]:
    """The rules' names; rules of one name are numbered."""
    found = [name_of(rule) for rule in rules]
    return [f"{name} #{found[:at].count(name) + 1}" if found.count(name) > 1 else name for at, name in enumerate(found)]


def digest(*parts) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def promtool(files: dict[str, dict], *arguments: str) -> subprocess.CompletedProcess:
    with tempfile.TemporaryDirectory(prefix="authprobe-mutant.") as folder:
        for name, content in files.items():
            (Path(folder) / name).write_text(json.dumps(content))
        return subprocess.run(["promtool", *arguments], cwd=folder, capture_output=True, text=True, check=False,
                              env={**os.environ, "GOMAXPROCS": "1", "GOGC": "400", "TMPDIR": folder})


def rule_file(rules: list[dict]) -> dict:
    return {"groups": [{"name": "authprobe", "rules": rules}]}


class Slice:
    """What a change of one rule can reach: the rules that read it, and all that those read."""

    def __init__(self, rules: list[dict], number: int):
        reads = [names(rule["expr"]) | {name_of(rule)} for rule in rules]
        reached, size = {name_of(rules[number])}, 0
        while len(reached) > size:
            size = len(reached)
            reached |= {name_of(rule) for rule, read in zip(rules, reads) if read & reached}
        needed, size = set(reached), 0
        while len(needed) > size:
            size = len(needed)
            needed |= {name for rule, read in zip(rules, reads) if name_of(rule) in needed for name in read}
        self.alerts = {name_of(rule) for rule in rules if "alert" in rule} & reached
        self.numbers = [at for at, rule in enumerate(rules) if name_of(rule) in needed]

    def story(self, test: dict) -> dict:
        """A story, in which only those alerts are asked for that the change can reach."""
        asked = f"ALERTS{{alertname=~{json.dumps('|'.join(sorted(self.alerts)))},"
        return {**test, "promql_expr_test": [
            {**case, "expr": case["expr"].replace("ALERTS{", asked), "exp_samples": [
                sample for sample in case["exp_samples"] if re.search(r'alertname="(\w+)"', sample["labels"])[1] in self.alerts]}
            for case in test["promql_expr_test"]]}


@dataclasses.dataclass
class Change:
    """One change of a rule. `number` is the rule's, `record` the names under which the play has what the changed rule yields."""

    number: int
    title: str
    what: str
    changed: dict
    record: str

    def only_waits(self, rule: dict) -> bool:
        return rule["expr"] == self.changed["expr"]


class Story:
    """One story: annotations are left out, since their texts are not what is tested here."""

    def __init__(self, file: str, interval: str, test: dict):
        self.name = f"{file}: {test['name']}"
        self.interval = interval
        self.test = {key: value for key, value in test.items() if key != "alert_rule_test"}
        self.differs: set[str] = set()
        self.seconds = 0.0

    def run(self, rules: list[dict], test: dict) -> subprocess.CompletedProcess:
        story = {"rule_files": ["rules.json"], "evaluation_interval": self.interval, "tests": [test]}
        return promtool({"rules.json": rule_file(rules), "story.json": story}, "test", "rules", "story.json")

    def compare(self, rules: list[dict], all_changes: list[Change], failing: set[str]) -> set[str]:
        """The changes that make a difference here at any evaluation: each changed rule is evaluated beside the rule. One that never yields
        anything else changes nothing that follows from it. What cannot be evaluated makes a difference, too, and is added to `failing`,
        whose changes are left out: promtool ends with the first of them."""
        last = max((case["eval_time"] for case in self.test["promql_expr_test"]), key=seconds)
        asked = {**self.test, "promql_expr_test": [
            {"expr": 'count by (__name__) (last_over_time({__name__=~"differs:.+"}[100d]))', "eval_time": last, "exp_samples": []}]}
        while True:
            found = self.run(beside(rules, [change for change in all_changes if change.record not in failing]), asked)
            said = found.stdout + found.stderr
            failed = set(re.findall(r"rule: mutated:(\w+), ", said))
            if not failed:
                assert found.returncode == 0 or "differs:" in said, (self.name, said)
                return set(failing) | set(re.findall(r'"?differs:(\w+)', said))
            failing |= failed


def beside(rules: list[dict], all_changes: list[Change]) -> list[dict]:
    """The rules, and after each of them its changes: `differs:N` exists where the changed rule yields something else. Where only its waits
    are changed, it exists where the rule yields anything."""
    result = []
    for number, rule in enumerate(rules):
        result.append(rule)
        if mine := [change for change in all_changes if change.number == number]:
            base = f"base:{number}"
            result.append({"record": base, "expr": rule["expr"]})
            for change in mine:
                mutated, differs = f"mutated:{change.record}", f"differs:{change.record}"
                if change.only_waits(rule):
                    result.append({"record": differs, "expr": f"count({base})"})
                else:
                    result += [{"record": mutated, "expr": change.changed["expr"]}, {"record": differs, "expr": (
                        f"count(({mutated} unless {base}) or ({base} unless {mutated}) or ({mutated} != {base}))")}]
    return result


def seconds(duration: str) -> int:
    return sum(int(count) * {"d": 86400, "h": 3600, "m": 60, "s": 1}[unit] for count, unit in re.findall(r"(\d+)([dhms])", duration))


def stories() -> list[Story]:
    return [Story(path.stem, whole["evaluation_interval"], test) for path in sorted(TOP.glob("tests/alerts/*.yml"))
            for whole in [yaml.safe_load(path.read_text())] for test in whole["tests"]]


class Results:
    """What is known from before: lines of JSON, {"key": ..., ...}; the last one of a key counts."""

    def __init__(self, path: Path):
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._known = {line["key"]: line for line in map(json.loads, path.read_text().splitlines())} if path.exists() else {}
        self._file = path.open("a")

    def get(self, key: str) -> dict | None:
        return self._known.get(key)

    def put(self, key: str, **what) -> dict:
        with self._lock:
            self._known[key] = {"key": key, **what}
            self._file.write(json.dumps(self._known[key]) + "\n")
            self._file.flush()
            return self._known[key]


class Play:
    """Runs the stories that can notice a change, the short ones first."""

    def __init__(self, rules: list[dict], all_changes: list[Change], told: list[Story], results: Results):
        self.rules, self.changes, self.told, self.results = rules, all_changes, told, results
        self.failing: set[str] = set()

    def compare(self, story: Story):
        key = digest("differs", self.rules, [dataclasses.asdict(change) for change in self.changes], story.test)
        if not (known := self.results.get(key)):
            began = time.monotonic()
            differs = story.compare(self.rules, self.changes, self.failing)
            known = self.results.put(key, differs=sorted(differs), seconds=time.monotonic() - began)
        story.differs, story.seconds = set(known["differs"]), known["seconds"]

    def outcome(self, change: Change) -> str:
        slice_ = Slice(self.rules, change.number)
        rules = [change.changed if at == change.number else self.rules[at] for at in slice_.numbers]
        able = [story for story in self.told if change.record in story.differs]
        key = digest("outcome", [self.rules[at] for at in slice_.numbers], change.changed, [story.test for story in able])
        if known := self.results.get(key):
            return known["result"]
        noticed_by = (self.results.get(digest("noticed", change.changed)) or {}).get("by")
        for story in sorted(able, key=lambda story: (story.name != noticed_by, story.seconds)):
            if story.run(rules, slice_.story(story.test)).returncode:
                self.results.put(digest("noticed", change.changed), by=story.name)
                return self.results.put(key, result="noticed", rule=change.title, what=change.what, by=story.name)["result"]
        return self.results.put(key, result="survived", rule=change.title, what=change.what,
                                differs_in=[story.name for story in able])["result"]


def all_of(rules: list[dict], only: str, every: int) -> list[Change]:
    """The changes to be tried. A change that makes a rule invalid is none."""
    found = [Change(number, title, what, changed, digest(number, changed)) for number, (rule, title) in enumerate(zip(rules, titles(rules)))
             if name_of(rule) != "authprobe:cause_text" and re.search(only, title) for what, changed in changes(rule)][::every]
    said = promtool({"rules.json": rule_file([{"record": f"mutated:{change.record}", "expr": change.changed["expr"]} for change in found])},
                    "check", "rules", "--lint=none", "rules.json")
    invalid = set(re.findall(r'"mutated:(\w+)"', said.stdout + said.stderr))
    return [change for change in found if change.record not in invalid]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="a pattern of the names of rules")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="each Nth change")
    parser.add_argument("--results", type=Path, default=TOP / "build/mutants.jsonl", help="where the results are kept")
    options = parser.parse_args()
    rules = [{key: value for key, value in rule.items() if key != "annotations"}
             for rule in yaml.safe_load(RULES.read_text())["groups"][0]["rules"]]
    equivalent = {(known["rule"], known["change"]): known["because"] for known in yaml.safe_load(KNOWN.read_text()) or []}
    tried = all_of(rules, options.only, options.every)
    play, counts = Play(rules, tried, stories(), Results(options.results)), dict.fromkeys(("noticed", "survived", "equivalent"), 0)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(play.compare, play.told))
        for change, result in zip(tried, pool.map(play.outcome, tried)):
            listed = equivalent.pop((change.title, change.what), None)
            counts["equivalent" if listed and result == "survived" else result] += 1
            if (result == "survived") != bool(listed):
                print(f"{result}{', though equivalent.yaml has it' if listed else ''}: {change.title}: {change.what}", flush=True)
                counts["wrong"] = counts.get("wrong", 0) + 1
    gone = [f"{name}: {what}" for name, what in equivalent if not options.only and options.every == 1]
    for entry in gone:
        print(f"equivalent.yaml has what is no longer there: {entry}")
    print(f"{len(tried)} changes: {counts['noticed']} noticed, {counts['equivalent']} known to change nothing, "
          f"{counts['survived']} unexplained survivors")
    return 1 if counts.get("wrong") or gone else 0


if __name__ == "__main__":
    sys.exit(main())
