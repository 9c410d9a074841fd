"""What Prometheus 3 and Alertmanager 0.27 read otherwise than the versions before: none of it is in the rules and routes."""

import re
import subprocess

import pytest
import yaml

from processes import TOP

RULES = yaml.safe_load((TOP / "alerts/authprobe.rules.yml").read_text())
EXPRESSIONS = [rule["expr"] for group in RULES["groups"] for rule in group["rules"]]
QUERIES = [*EXPRESSIONS, *re.findall(r"query \(printf `([^`]*)`", (TOP / "alerts/authprobe.rules.yml").read_text())]


def test_there_are_rules():
    assert len(EXPRESSIONS) > 90 and len(QUERIES) > len(EXPRESSIONS)


def test_no_pattern_has_a_dot():
    """It matches a line break since 3.0."""
    patterns = [pattern for query in QUERIES for pattern in re.findall(r'[=!]~\s*"((?:[^"\\]|\\.)*)"', query)]
    assert patterns and [pattern for pattern in patterns if "." in pattern.replace("\\\\.", "")] == []


def test_no_bucket_is_selected_by_its_bound():
    """`le` and `quantile` are normalised since 3.0: "1" became "1.0"."""
    assert [query for query in QUERIES if re.search(r'\b(le|quantile)\s*[=!]~?\s*"', query)] == []


def test_no_range_is_as_short_as_a_scrape_interval_or_two():
    """A range has lost its left end since 3.0, and with it a sample that lies exactly there."""
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    ranges = [int(number) * seconds[unit] for query in QUERIES for number, unit in re.findall(r"\[(\d+)([smhd])[\]:]", query)]
    assert min(ranges) >= 60, "four samples of 15 s"


def test_the_routes_are_read_alike_by_both_parsers_of_matchers():
    version = subprocess.run(["amtool", "--version"], capture_output=True, text=True, check=True)
    major, minor = re.search(r"version (\d+)\.(\d+)", version.stdout + version.stderr).groups()
    if (int(major), int(minor)) < (0, 27):
        pytest.skip("this Alertmanager has only the old parser")
    for mode in ("utf8-strict-mode", "classic-mode"):
        checked = subprocess.run(["amtool", "check-config", f"--enable-feature={mode}", TOP / "alerts/alertmanager.yml"], capture_output=True,
                                 text=True, timeout=60, check=False)
        said = checked.stdout + checked.stderr
        assert checked.returncode == 0 and "SUCCESS" in said and "disagreement" not in said, said
