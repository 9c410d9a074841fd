#!/usr/bin/env python3
"""Plays incidents from the API that fails to the message that a person gets, and counts the messages by receiver.

    tests/e2e/incidents.py [--seed N] [--rounds N] [--only NAME]...

Real processes all the way: exporters, Prometheus and Alertmanager with the shipped rules and routes (quick_rules: a minute is three
seconds), a scripted API, a receiver. Each incident has hosts, credentials and targets of its own, so that all of a round run at the
same time and begin in an order that the seed decides. What each has to lead to stands in INCIDENTS; everything else is a fault of the
alerts: a second message for the same fault, one to another team, one for nothing, an all-clear while it still lasts.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from incident_stage import ACCESS, AUTHENTICATION, AVAILABILITY, MONITORING, Incident, play

ONE, TWO, THREE = {"c": ["/a"]}, {"c": ["/a", "/b"]}, {"c": ["/a", "/b", "/d"]}
FLEET = {"c": ["/a", "/b"], "d": ["/d", "/e"], "f": ["/g", "/h"]}


def answers(**how: str):
    """A step: from now on these paths answer so; `rest` are all others."""
    return lambda world: world.host.answers.update({"" if path == "rest" else f"/{path}": answer for path, answer in how.items()})


def at_place(path: str, place: str, how: str):
    return lambda world: world.host.answers.update({f"/{path} {place}": how})


def each(period: float, times: int, first: str, second: str, path: str = "rest") -> list[tuple]:
    """Steps: `first` and `second` in turn."""
    return [(n * period, answers(**{path: (first, second)[n % 2]})) for n in range(2 * times)]


INCIDENTS = [
    Incident("one silent refusal", ONE, [(0, answers(rest="silent")), (1.2, answers(rest="good"))], [], over=1),
    Incident("revoked", THREE, [(0, answers(rest="revoked")), (14, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked, owner payments$")], over=14, certain=True),
    Incident("a scope is missing at one of three targets", THREE, [(0, answers(b="scope")), (14, answers(b="good"))],
             [(ACCESS, r"refused with 403: scope missing, owner payments$")], over=14, certain=True),
    Incident("a firewall blocks all", FLEET, [(0, answers(rest="firewall")), (16, answers(rest="good"))],
             [(ACCESS, r"blocks us: a firewall blocks us$")], over=16, certain=True),
    Incident("our address is blocked", FLEET, [(0, answers(rest="address")), (16, answers(rest="good"))],
             [(ACCESS, r"blocks us: our address is blocked$")], over=16, certain=True),
    Incident("busy for a moment", TWO, [(0, answers(rest="busy")), (4, answers(rest="good"))], [], over=4),
    Incident("busy for long", FLEET, [(0, answers(rest="busy")), (24, answers(rest="good"))],
             [(ACCESS, "limits our rate$")], over=24),
    Incident("two credentials end at one time", {"c": ["/a"], "d": ["/b"]},
             [(0, answers(rest="expired")), (14, answers(rest="good"))],
             [(AUTHENTICATION, r"-c refused everywhere: token expired"), (AUTHENTICATION, r"-d refused everywhere: token expired")],
             over=14, certain=True),
    Incident("nobody is let in, and nothing says why", FLEET, [(0, answers(rest="silent")), (18, answers(rest="good"))],
             [(AVAILABILITY, r"seems to be down: it accepts none$")], over=18),
    Incident("what checks credentials is down, says the API", TWO, [(0, answers(rest="no-checks")), (16, answers(rest="good"))],
             [(AVAILABILITY, r"seems to be down: it accepts none$")], over=16),
    Incident("the host answers 500", FLEET, [(0, answers(rest="broken")), (18, answers(rest="good"))],
             [(AVAILABILITY, r"answers, but not as expected")], over=18),
    Incident("the host does not answer", TWO, [(0, answers(rest="hangs")), (18, answers(rest="good"))],
             [(AVAILABILITY, r"gives no HTTP answer")], over=18),
    Incident("the host fails now and then", TWO, each(2, 5, "broken", "good"), [(AVAILABILITY, r"fails again and again")]),
    Incident("revoked now and then", TWO, each(4, 4, "revoked", "good"),
             [(AUTHENTICATION, r"refused everywhere: token revoked")], certain=True),
    Incident("a scope is missing now and then", TWO, each(4, 4, "scope", "good", "a"),
             [(ACCESS, r"refused with 403: scope missing")], certain=True),
    Incident("refused in its content", TWO, [(0, answers(rest="disguised")), (14, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: ")], over=14),
    Incident("revoked, then a scope is missing", TWO,
             [(0, answers(rest="revoked")), (12, answers(rest="scope")), (26, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked"), (ACCESS, r"scope missing")], over=12, certain=True),
    Incident("one of two targets recovers late", TWO,
             [(0, answers(rest="revoked")), (12, answers(a="good")), (15, answers(b="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked")], over=15, certain=True),
    Incident("an identity provider fails", {"c": ["/a"], "d": ["/b"], "f": ["/d"]},
             [(0, answers(token="broken")), (30, answers(token="good"))],
             [(AVAILABILITY, r"token endpoint at \S+ issues no tokens: http_5xx$")], over=30, kind="oauth2"),
    Incident("a token ends", ONE, [(0, lambda world: world.write_token(world.began + 9)), (9, answers(rest="expired"))],
             [("payments", r"-c has expired, owner payments$")], kind="jwt",
             more={"warn_before": '"1s"', "critical_before": '"1s"'}),
    Incident("the secret's file is gone", TWO, [(0, lambda world: world.token.unlink()), (16, lambda world: world.write_token(world.began + 9000))],
             [(AUTHENTICATION, r"-c cannot be sent: its secret cannot be read, owner payments$")], over=16, kind="file"),
    Incident("maintenance begins while it is refused", TWO,
             [(0, answers(rest="revoked")), (9, lambda world: world.maintain(8)), (28, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked")], over=28, exporter="maintained"),
    Incident("the exporter dies while it is refused", TWO,
             [(0, answers(rest="revoked")), (9, lambda world: world.kill()), (21, lambda world: world.revive()),
              (34, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked"), (MONITORING, r"cannot be scraped$")], over=34, exporter="mortal"),
    Incident("blocked in one of two places", ONE, [(0, at_place("a", "eu", "address")), (14, at_place("a", "eu", "good"))],
             [(ACCESS, r"blocks us from eu: our address is blocked$")], over=14, exporter="places"),
    Incident("refused in one of two places", ONE, [(0, at_place("a", "eu", "revoked")), (14, at_place("a", "eu", "good"))],
             [(ACCESS, r"refused from eu, but not from elsewhere: token revoked")], over=14, exporter="places"),
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", action="append", help="the name of an incident", choices=[incident.name for incident in INCIDENTS])
    options = parser.parse_args()
    wanted = [incident for incident in INCIDENTS if not options.only or incident.name in options.only]
    failed = 0
    for seed in range(options.seed, options.seed + options.rounds):
        with tempfile.TemporaryDirectory(prefix="authprobe-incidents.") as folder:
            outcome = play(Path(folder), seed, wanted)
        failed += bool(outcome.problems)
        print(f"seed {seed}: {outcome}", *outcome.problems, sep="\n  ", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
