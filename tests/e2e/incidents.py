#!/usr/bin/env python3
"""Plays incidents from the API that fails to the message that a person gets, and counts the messages by receiver.

    tests/e2e/incidents.py [--seed N] [--rounds N] [--only NAME]... [--long] [--shipped] [--messages]

Real processes all the way: exporters, Prometheus and Alertmanager with the shipped rules and routes (quick_rules: a minute is three
seconds), a scripted API, a receiver. Each incident has hosts, credentials and targets of its own, so that all of a round run at the
same time and begin in an order that the seed decides. What each has to lead to stands in INCIDENTS; everything else is a fault of the
alerts: a second message for the same fault, one to another team, one for nothing, an all-clear while it still lasts. A round also has a
mixture of faults at one host, which the seed chooses. More than 1.05 notifications for a fault fail it, and certain refusals that are told
later than group_wait and one and a half intervals (median) or three (the longest).

`--long` plays more mixtures, and 300 targets of 30 credentials. `--shipped` changes nothing in the rules and routes, and takes half an hour.
`--messages` prints what people get. Another Prometheus or Alertmanager is used by its folder in PATH.
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from incident_stage import QUICK, SHIPPED, play
from incident_world import ACCESS, AUTHENTICATION, AVAILABILITY, MONITORING, Incident

ONE, TWO, THREE = {"c": ["/a"]}, {"c": ["/a", "/b"]}, {"c": ["/a", "/b", "/d"]}
FLEET = {"c": ["/a", "/b"], "d": ["/d", "/e"], "f": ["/g", "/h"]}


def answers(**how: str):
    """A step: from now on these paths answer so; `rest` are all others."""
    return lambda world: world.host.answers.update({"" if path == "rest" else f"/{path}": answer for path, answer in how.items()})


def at_place(path: str, place: str, how: str):
    return lambda world: world.host.answers.update({f"/{path} {place}": how})


def each(period: float, times: int, first: str, second: str, path: str = "rest", pause: float | None = None) -> list[tuple]:
    """Steps: `first` for a period and `second` for a pause, in turn."""
    turn = period + (pause or period)
    return [step for n in range(times) for step in ((n * turn, answers(**{path: first})), (n * turn + period, answers(**{path: second})))]


def restart(world):
    world.kill()
    world.revive()


def located(world):
    world.stage.scrape_as(world.incident.exporter, lambda scrape: {
        **scrape, "static_configs": [{**group, "labels": {"location": "eu"}} for group in scrape["static_configs"]]})


def renamed(world):
    world.stage.scrape_as(world.incident.exporter, lambda scrape: {**scrape, "job_name": "another name"})


def rotated(world):
    world.write_token(world.began + 9100)
    answers(rest="good")(world)


def fleet(credentials: int, targets: int) -> dict[str, list[str]]:
    return {f"c{c}": [f"/{c}-{t}" for t in range(targets)] for c in range(credentials)}


NEVER = 1e6  # an incident that nobody mends: every all-clear is false

INCIDENTS = [
    Incident("one silent refusal", ONE, [(0, answers(rest="silent")), (1.2, answers(rest="good"))], [], over=1),
    Incident("revoked for a moment", ONE, [(0, answers(rest="revoked")), (1.2, answers(rest="good"))],
             [(AUTHENTICATION, r"answered 401 for a moment and works again: token revoked, owner payments$")], brief=True),
    Incident("silent refusals for a moment, again and again", ONE, each(1.2, 5, "silent", "good"),
             [(AUTHENTICATION, r"is refused again and again, each time for a moment")], brief=True),
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
             [(AVAILABILITY, r"seems to be down: it accepts no credential$")], over=18),
    Incident("what checks credentials is down, says the API", TWO, [(0, answers(rest="no-checks")), (16, answers(rest="good"))],
             [(AVAILABILITY, r"seems to be down: it accepts no credential$")], over=16),
    Incident("the host answers 500", FLEET, [(0, answers(rest="broken")), (18, answers(rest="good"))],
             [(AVAILABILITY, r"answers, but not as expected: status 500")], over=18),
    Incident("the host does not answer", TWO, [(0, answers(rest="hangs")), (18, answers(rest="good"))],
             [(AVAILABILITY, r"gives no HTTP answer: timeout")], over=18),
    Incident("the host fails now and then", TWO, each(2, 5, "broken", "good"), [(AVAILABILITY, r"fails again and again")]),
    Incident("revoked now and then", TWO, each(4, 4, "revoked", "good", pause=2.5),
             [(AUTHENTICATION, r"refused everywhere: token revoked")], certain=True),
    Incident("a scope is missing now and then", TWO, each(4, 4, "scope", "good", "a", pause=2.5),
             [(ACCESS, r"refused with 403: scope missing")], certain=True),
    Incident("refused in its content", TWO, [(0, answers(rest="disguised")), (14, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: ")], over=14),
    Incident("revoked, then a scope is missing", TWO,
             [(0, answers(rest="revoked")), (12, answers(rest="scope")), (26, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked"), (ACCESS, r"scope missing")], over=12, certain=True),
    Incident("one of two targets recovers late", TWO,
             [(0, answers(rest="revoked")), (12, answers(a="good")), (15, answers(b="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked")], over=15, certain=True),
    Incident("a scope is missing at two targets, which recover one after the other", TWO,
             [(0, answers(rest="scope")), (12, answers(a="good")), (14, answers(b="good"))],
             [(ACCESS, r"refused with 403: scope missing, owner payments \(and 1 more")], over=14, certain=True),
    Incident("an identity provider fails", fleet(10, 1),
             [(0, answers(token="broken")), (30, answers(token="good"))],
             [(AVAILABILITY, r"token endpoint at \S+ issues no tokens: http_5xx$")], over=30, kind="oauth2"),
    Incident("a token ends", ONE, [(0, lambda world: world.write_token(world.began + 9)), (9, answers(rest="expired"))],
             [("payments", r"-c has expired, owner payments$")], kind="jwt",
             more={"warn_before": '"1s"', "critical_before": '"1s"'}),
    Incident("the secret's file is gone", TWO, [(0, lambda world: world.token.unlink()), (16, lambda world: world.write_token(world.began + 9000))],
             [(AUTHENTICATION, r"-c cannot be sent: its secret cannot be read, owner payments$")], over=16, kind="file"),
    Incident("rotated, and the new secret comes a moment later", TWO, [(0, answers(rest="silent")), (1.5, rotated)], [], kind="file"),
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
    Incident("refused in two places, which recover one after the other", ONE,
             [(0, answers(rest="revoked")), (12, at_place("a", "eu", "good")), (14, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked")], over=14, exporter="places", certain=True),
    Incident("revoked, then no answer, then still revoked", TWO,
             [(0, answers(rest="revoked")), (12, answers(rest="hangs")), (32, answers(rest="revoked")), (40, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked"), (AVAILABILITY, r"gives no HTTP answer: timeout")], over=32, certain=True),
    Incident("blocked, then errors, then still blocked", FLEET,
             [(0, answers(rest="address")), (12, answers(rest="broken")), (32, answers(rest="address")), (40, answers(rest="good"))],
             [(ACCESS, r"blocks us: our address is blocked$"), (AVAILABILITY, r"answers, but not as expected: status 500")], over=32, certain=True),
    Incident("silent, then it says why", TWO, [(0, answers(rest="silent")), (3, answers(rest="revoked")), (18, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked")], over=18),
    Incident("forbidden without a word", TWO, [(0, answers(rest="forbidden")), (18, answers(rest="good"))],
             [(ACCESS, r"refused with 403")], over=18),
    Incident("a sign-in page in the place of the answer", TWO, [(0, answers(rest="login-page")), (18, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: credential not accepted")], over=18),
    Incident("a redirect to a login", TWO, [(0, answers(rest="login-redirect")), (18, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: credential not accepted")], over=18),
    Incident("what has to refuse is open", {"": ["/a"]}, [(0, answers(rest="good")), (14, answers(rest="silent"))],
             [(ACCESS, r"is open: it should refuse, and does not$")], over=14, first="silent", target="expect.status = [401]\n"),
    Incident("targets with labels of their own", TWO, [(0, answers(rest="revoked")), (14, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked")], over=14, certain=True,
             target='labels = { team = "web", severity = "low", concern = "none" }\n'),
    Incident("a client secret ends", TWO, [(0, answers(token="ended-secret")), (24, answers(token="good"))],
             [("payments", r"-c gets no new token: its client secret has expired, owner payments$")], over=24, kind="oauth2"),
    # Its token has less than a minute left when that is critical: one message, when it ends.
    Incident("a client is not known", TWO, [(0, answers(token="wrong-secret")), (24, answers(token="good"))],
             [(AUTHENTICATION, r"-c cannot be sent: no token is issued, credential not accepted \(invalid_client\)")], over=24, kind="oauth2"),
    Incident("a client certificate ends in a day", ONE, [], [("payments", r"^\[FIRING\] The client certificate of \S+ ends in ")],
             kind="certificate", more={"warn_before": '"3d"', "critical_before": '"2d"'}),
    Incident("a client certificate that lives for a day", ONE, [], [], kind="certificate"),
    Incident("refused in a maintenance window, and after it", TWO,
             [(0, lambda world: world.maintain(9)), (2, answers(rest="revoked")), (24, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked")], over=24, exporter="maintained", quiet=9),
    Incident("a reload adds targets to a dead credential", TWO,
             [(0, answers(rest="revoked")), (9, lambda world: world.probe(c=["/a", "/b", "/d", "/e", "/g"])), (20, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked")], over=20, exporter="reloaded"),
    Incident("a reload removes the refused target", TWO,
             [(0, answers(a="scope")), (12, lambda world: world.probe(c=["/b"]))],
             [(ACCESS, r"refused with 403: scope missing")], over=12, exporter="reloaded"),
    Incident("a reload changes the owner of a dead credential", TWO,
             [(0, answers(rest="revoked")), (12, lambda world: world.give_to("sales")), (24, answers(rest="good"))],
             [(AUTHENTICATION, r"token revoked, owner payments"), (AUTHENTICATION, r"token revoked, owner sales")],
             over=12, exporter="reloaded"),
    Incident("a pair of exporters", TWO, [(0, answers(rest="revoked")), (14, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked")], over=14, exporter="pair", certain=True),
    Incident("a pair under one name", TWO, [(0, answers(rest="revoked")), (14, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked")], over=14, exporter="one-name", certain=True),
    Incident("replicas", TWO, [(0, answers(rest="revoked")), (14, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked")], over=14, exporter="replicas", certain=True),
    Incident("two jobs with the same names", TWO, [(0, answers(rest="revoked")), (14, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked")] * 2, over=14, exporter="teams", certain=True),
    Incident("a job gets a location", ONE, [(0, located)], [], exporter="located", reloads=True),
    Incident("a job is renamed", ONE, [(0, renamed)], [], exporter="renamed", reloads=True),
    Incident("the exporter starts again and again while it is refused", TWO,
             [(0, answers(rest="revoked")), *[(after, restart) for after in (9.1, 12.4, 15.8, 19.2, 22.5)], (30, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked")], over=30, exporter="restarted"),
    Incident("the exporter starts again as it is refused", TWO,
             [(0, lambda world: world.kill()), (0.3, answers(rest="revoked")), (0.4, lambda world: world.revive()), (18, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked")], over=18, exporter="flipped"),
    Incident("the exporter starts again while one of two targets is refused", TWO,
             [(0, answers(a="revoked")), (9.5, restart), (14.5, restart), (24, answers(a="good"))],
             [(AUTHENTICATION, r"refused with 401: token revoked")], over=24, exporter="partly"),
    Incident("the exporter dies for good while two of three credentials are refused without a word", {"c": ["/a"], "d": ["/b"], "f": ["/d"]},
             [(0, answers(a="silent", b="silent")), (18, lambda world: world.kill())],
             [(AUTHENTICATION, r"-c refused everywhere"), (AUTHENTICATION, r"-d refused everywhere"), (MONITORING, r"cannot be scraped$")],
             over=NEVER, exporter="silenced"),
    Incident("the exporter dies for good while it is refused", TWO, [(0, answers(rest="revoked")), (9, lambda world: world.kill())],
             [(AUTHENTICATION, r"refused everywhere: token revoked"), (MONITORING, r"cannot be scraped$")], over=NEVER, exporter="dead"),
    Incident("the exporter dies for good without a secret", TWO, [(0, lambda world: world.token.unlink()), (12, lambda world: world.kill())],
             [(AUTHENTICATION, r"cannot be sent: its secret cannot be read"), (MONITORING, r"cannot be scraped$")], over=NEVER, kind="file",
             exporter="blind"),
    Incident("a minute between probes, and nobody is let in", fleet(10, 6), [(0, answers(rest="silent")), (30, answers(rest="good"))],
             [(AVAILABILITY, r"seems to be down: it accepts no credential$")], over=30, exporter="slow"),
    Incident("a minute between probes, refused in one of two places", TWO,
             [(0, answers(**{"a eu": "revoked", "b eu": "revoked"})), (34, answers(**{"a eu": "good", "b eu": "good"}))],
             [(ACCESS, r"refused from eu, but not from elsewhere: token revoked")], over=34, exporter="slow-places"),
    Incident("a minute between probes, revoked in two places", TWO, [(0, answers(rest="revoked")), (34, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked")], over=34, exporter="slow-places"),
    Incident("a minute between probes, blocked in two places", TWO, [(0, answers(rest="address")), (34, answers(rest="good"))],
             [(ACCESS, r"blocks us from (eu|us): our address is blocked$")] * 2, over=34, exporter="slow-places"),
    Incident("revoked, in shards", fleet(2, 6), [(0, answers(rest="revoked")), (14, answers(rest="good"))],
             [(AUTHENTICATION, rf"c{n} refused everywhere: token revoked") for n in range(2)], over=14, exporter="shards", certain=True),
    Incident("a minute between probes, revoked", fleet(1, 3), [(0, answers(rest="revoked")), (30, answers(rest="good"))],
             [(AUTHENTICATION, r"refused everywhere: token revoked")], over=30, exporter="slow"),
]

LARGE = Incident("300 targets of 30 credentials", fleet(30, 10), [(0, answers(rest="silent")), (40, answers(rest="good"))],
                 [(AVAILABILITY, r"seems to be down: it accepts no credential$")], over=40, exporter="slow")

# What may go wrong at one host at one time, each with a credential of its own.
MIXED = {
    "revoked": (AUTHENTICATION, "-{} refused everywhere: token revoked"), "expired": (AUTHENTICATION, "-{} refused everywhere: token expired"),
    "scope": (ACCESS, "scope missing, owner payments.*"), "firewall": (ACCESS, "blocks us: a firewall blocks us$"),
    "disguised": (AUTHENTICATION, "-{} refused everywhere: "), "broken": (AVAILABILITY, "answers, but not as expected"),
}


def mixture(seed: int) -> Incident:
    """Two to four faults, each of which begins and ends at a time of its own; one credential stays good."""
    chance = random.Random(seed)
    faults = chance.sample(sorted(MIXED), chance.randint(2, 4))
    credentials = {"good": ["/good"]} | {fault: [f"/{fault}-a", f"/{fault}-b"] for fault in faults}
    steps, ends = [], []
    for fault in faults:
        begin, end = chance.uniform(0, 8), chance.uniform(20, 30)
        steps += [(at, answers(**{path.strip("/"): how for path in credentials[fault]})) for at, how in ((begin, fault), (end, "good"))]
        ends.append(end)
    told = [(to, pattern.format(fault)) for fault in faults for to, pattern in [MIXED[fault]]]
    return Incident(f"mixture {seed}: {', '.join(faults)}", credentials, steps, told, over=min(ends))


def round_of(seed: int, long: bool = False) -> list[Incident]:
    return [*INCIDENTS, *(mixture(10 * seed + n) for n in range(6 if long else 1))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", action="append", default=[], help="a part of the names of incidents")
    parser.add_argument("--long", action="store_true", help="with more mixtures, and 300 targets")
    parser.add_argument("--shipped", action="store_true", help="with the rules and routes as shipped")
    parser.add_argument("--series", default="full", choices=["full", "lean"], help="the exporters' settings.series")
    parser.add_argument("--messages", action="store_true", help="print all messages")
    options = parser.parse_args()
    failed = 0
    rounds = [(seed, round_of(seed, options.long)) for seed in range(options.seed, options.seed + options.rounds)]
    for seed, incidents in rounds + ([(options.seed, [LARGE])] if options.long else []):
        wanted = [incident for incident in incidents if not (options.shipped and incident.brief)
                  and (not options.only or any(name in incident.name for name in options.only))]
        with tempfile.TemporaryDirectory(prefix="authprobe-incidents.") as folder:
            outcome = play(Path(folder), seed, wanted, SHIPPED if options.shipped else QUICK, options.series)
        missed = outcome.problems + outcome.goals()
        failed += bool(missed)
        print(*(outcome.messages if options.messages else []), f"seed {seed}: {outcome}", *missed, sep="\n  ", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
