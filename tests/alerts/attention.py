#!/usr/bin/python3
"""Writes into the stories what the exporter tells of targets that need attention, of credentials and of hosts, from what they tell of each
target. Run it after a change of a story's targets:

    tests/alerts/attention.py            # writes
    tests/alerts/attention.py --check    # only says which files differ

Its lines are the last ones of a story's series; those that are there already are replaced.
"""

import argparse
import math
import pathlib
import re
import sys

import yaml

FOLDER = pathlib.Path(__file__).parent
SCRAPE_LABELS = ("job", "instance", "location", "pod")
OWN_LABELS = ("target", "url", "method", "host", "credential")
WELL = ("ok", "pending")
RECENT, GRACE = 3600, 60
DERIVED = re.compile(r"authprobe_(target_trouble_\w+|target_pending|target_in_maintenance|recent_\w+|rate_limit_low_ratio"
                     r"|credential_accepted_\w+|credential_last_success_\w+|credential_oldest_probe_\w+|host_certificate_\w+|overdue_targets)\{")
SUMMED_BY = {"authprobe_credential_accepted_timestamp_seconds": max, "authprobe_credential_last_success_timestamp_seconds": max,
             "authprobe_overdue_targets": sum}
GONE = "stale"


def expanded(values: str) -> list:
    """promtool's short form as one value a step: a number, None for no sample, or GONE."""
    result = []
    for word in values.split():
        if word == GONE:
            result.append(GONE)
        elif match := re.fullmatch(r"_(?:x(\d+))?", word):
            result += [None] * int(match[1] or 1)
        else:
            number = r"-?[\d.]+(?:e[+-]?\d+)?"
            match = re.fullmatch(rf"({number})(?:([+-][\d.]+(?:e[+-]?\d+)?))?(?:x(\d+))?", word)
            assert match, word
            first, step, times = float(match[1]), float(match[2] or 0), int(match[3] or 0)
            result += [first + step * number for number in range(times + 1)]
    return result


def shown(value) -> str:
    return value if isinstance(value, str) else "_" if value is None else f"{value:.10g}"


def shortened(values: list) -> str:
    """promtool's short form: what is the same, or grows evenly, in one word."""
    while values and values[-1] is None:
        values = values[:-1]
    words, at = [], 0
    while at < len(values):
        value, end = values[at], at + 1
        if isinstance(value, float) and end < len(values) and isinstance(values[end], float):
            step = values[end] - value
            while end < len(values) and isinstance(values[end], float) and abs(values[end] - values[end - 1] - step) < 1e-9:
                end += 1
            if end - at == 2 and step:
                end -= 1
        elif value is None:
            while end < len(values) and values[end] is None:
                end += 1
        count = end - at
        if count == 1:
            words.append(shown(value))
        elif value is None:
            words.append(f"_x{count}")
        else:
            words.append(f"{shown(value)}{f'{step:+.10g}' if step else ''}x{count - 1}")
        at = end
    return " ".join(words)


class Series:
    """Samples by step, of series that are there while something is so."""

    def __init__(self, steps: int):
        self.steps, self.found = steps, {}

    def put(self, step: int, name: str, labels: tuple, value: float):
        self.found.setdefault((name, labels), [None] * self.steps)[step] = float(value)

    def lines(self, scraped) -> list[str]:
        """Where a series is not there though its exporter was scraped it has ended. `scraped(labels, step)`."""
        lines = []
        for (name, labels), values in self.found.items():
            there = False
            for step, value in enumerate(values):
                if value is not None:
                    there = True
                elif there and scraped(dict(labels), step):
                    values[step], there = GONE, False
            text = ",".join(f'{label}="{value}"' for label, value in labels)
            lines.append(f"      - {{series: '{name}{{{text}}}', values: '{shortened(values)}'}}")
        return lines


def labels_of(series: str) -> tuple[str, dict[str, str]]:
    name, _, inner = series.partition("{")
    return name, dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', inner))


class Story:
    def __init__(self, story: dict):
        self.interval = {"s": 1, "m": 60, "h": 3600, "d": 86400}[story["interval"][-1]] * int(story["interval"][:-1])
        self.raw = [(*labels_of(each["series"]), expanded(str(each["values"]))) for each in story["input_series"]
                    if not DERIVED.match(each["series"])]
        self.steps = max(len(values) for _, _, values in self.raw)
        self.by_place: dict[tuple, list] = {}
        for name, labels, values in self.raw:
            self.by_place.setdefault(self.place(labels), []).append((name, labels, values))
        self.of_target: dict[tuple, dict] = {}
        for name, labels, values in self.raw:
            if "target" in labels and name != "authprobe_target_info":
                key = self.place(labels), labels["target"]
                rest = tuple(value for label, value in labels.items() if label in ("state", "from", "to"))
                self.of_target.setdefault(key, {})[(name, *rest)] = values

    @staticmethod
    def place(labels: dict) -> tuple:
        return tuple((name, labels[name]) for name in SCRAPE_LABELS if name in labels)

    def at(self, key, series: tuple, step: int):
        values = self.of_target.get(key, {}).get(series, [])
        value = values[step] if step < len(values) else None
        return None if value == GONE else value

    def scraped(self, labels: dict, step: int) -> bool:
        """Whether anything of the exporter, or its end, is there."""
        return any(step < len(values) and values[step] is not None for name, _, values in self.by_place[self.place(labels)] if name != "up")

    def derived(self) -> list[str]:
        out = Series(self.steps)
        infos = [(labels, values) for name, labels, values in self.raw if name == "authprobe_target_info"]
        memory: dict[tuple, dict] = {}
        for step in range(self.steps):
            sums: dict[tuple, list] = {}
            for labels, values in infos:
                if step < len(values) and isinstance(values[step], float):
                    self.target(step, labels, memory.setdefault((self.place(labels), labels["target"]), {}), out, sums)
            for (name, group), found in sums.items():
                out.put(step, name, group, SUMMED_BY.get(name, min)(found))
        return out.lines(self.scraped)

    def target(self, step: int, labels: dict, memory: dict, out: Series, sums: dict):
        now, place = step * self.interval, self.place(labels)
        key, every = (place, labels["target"]), tuple(labels.items())

        def value(name: str, *rest: str):
            return self.at(key, (f"authprobe_{name}", *rest), step)

        states = [rest[0] for name, *rest in self.of_target.get(key, {}) if name == "authprobe_target_state" and value("target_state", rest[0]) == 1]
        status, interval = value("http_status_code") or 0, value("target_interval_seconds")
        probed, refused, maintained = value("last_probe_timestamp_seconds"), value("last_refusal_timestamp_seconds"), value("target_maintenance") == 1
        for state in states:
            if state == "pending":
                out.put(step, "authprobe_target_pending", every, 1)
            elif state != "ok":
                is_refused = state in ("unauthorized", "forbidden") or None not in (refused, probed) and refused >= probed
                out.put(step, "authprobe_target_trouble_status_code", (*every, ("state", state), ("refused", str(is_refused).lower())), status)
                if interval is not None:
                    out.put(step, "authprobe_target_trouble_interval_seconds", every, interval)
        if maintained:
            out.put(step, "authprobe_target_in_maintenance", every, 1)
        self.recent(step, now, value, every, states, memory, out)
        limit, left, reset = (value(f"rate_limit_{what}") for what in ("limit", "remaining", "reset_timestamp_seconds"))
        if None not in (limit, left, reset) and left / limit < 0.25 and reset > now:
            out.put(step, "authprobe_rate_limit_low_ratio", every, left / limit)
        # Of credentials and hosts.
        credential, host = ("credential", labels.get("credential", "")), ("host", labels.get("host", ""))
        good = value("last_success_timestamp_seconds")
        if credential[1] and good is not None:
            sums.setdefault(("authprobe_credential_last_success_timestamp_seconds", (*place, credential)), []).append(good)
        if credential[1] and "ok" in states:
            if probed is not None:
                sums.setdefault(("authprobe_credential_oldest_probe_timestamp_seconds", (*place, credential)), []).append(probed)
            if status and status < 400:
                sums.setdefault(("authprobe_credential_accepted_timestamp_seconds", (*place, credential, host)), []).append(now if good is None else good)
        end = value("tls_certificate_expiration_timestamp_seconds")
        if end is not None and not maintained:
            sums.setdefault(("authprobe_host_certificate_expiration_timestamp_seconds", (*place, host)), []).append(end)
        if interval is not None:
            began = max((values[step] for name, _, values in self.by_place[place] if name == "authprobe_config_last_reload_success_timestamp_seconds"
                         and step < len(values) and isinstance(values[step], float)), default=math.inf)
            allowed, backoff = 3 * interval + GRACE, value("target_backoff_seconds")
            overdue = (None not in (probed, backoff) and now - probed > allowed + backoff) or ("pending" in states and now - began > allowed)
            sums.setdefault(("authprobe_overdue_targets", (*place, credential)), []).append(float(overdue))

    def recent(self, step, now, value, every, states, memory, out):
        probed = value("last_probe_timestamp_seconds")  # by the exporter's clock, which a story may set wrong
        changed = now if probed is None else probed
        for to in ("401", "403"):
            count, before = value("status_transitions_total", "2xx", to), memory.get(("count", to))
            if count is not None:
                if before is not None and count < before:
                    memory.pop(to, None)
                    before = 0
                if before is not None and count > before:
                    memory[to] = changed
                memory[("count", to)] = count
            if to in memory and changed - memory[to] < RECENT:
                out.put(step, "authprobe_recent_change_timestamp_seconds", (*every, ("to", to)), memory[to])
        if memory.get("states") == ["ok"] and ("unexpected" in states or "unreachable" in states):
            memory["failed"] = changed
        if "failed" in memory and changed - memory["failed"] < RECENT:
            out.put(step, "authprobe_recent_failure_timestamp_seconds", every, memory["failed"])
        memory["states"] = states


def completed(text: str) -> str:
    """The text of a file of stories with all that its stories should tell."""
    stories, lines, number, at = yaml.safe_load(text)["tests"], [], -1, 0
    source = [line for line in text.split("\n") if not (line.startswith("      - {series: '") and DERIVED.match(line.split("'")[1]))]
    while at < len(source):
        lines.append(source[at])
        at += 1
        if source[at - 1].strip() == "input_series:":
            number += 1
            while source[at].startswith("      "):
                lines.append(source[at])
                at += 1
            lines += Story(stories[number]).derived()
    assert number == len(stories) - 1
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check, differ = parser.parse_args().check, []
    for path in sorted(FOLDER.glob("*.yml")):
        text = path.read_text()
        if (whole := completed(text)) != text:
            differ.append(path.name)
            if not check:
                path.write_text(whole)
    print("\n".join(f"{name} {'differs' if check else 'written'}" for name in differ) or "nothing to write")
    return 1 if check and differ else 0


if __name__ == "__main__":
    sys.exit(main())
