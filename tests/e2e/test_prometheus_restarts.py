"""Prometheus ends and starts again in the middle of incidents: nothing of what still fails is resolved, and nothing is told twice."""

import pytest

from incident_stage import QUICK, Stage
from incident_world import ACCESS, AUTHENTICATION, AVAILABILITY, Incident
from incidents import NEVER, ONE, THREE, TWO, answers

OVER = 48
FAULTS = [
    ("revoked", THREE, {"rest": "revoked"}, AUTHENTICATION, r"refused everywhere: token revoked, owner payments$"),
    ("a scope is missing at one of two targets", TWO, {"b": "scope"}, ACCESS, r"refused with 403: scope missing, owner payments$"),
    ("a firewall", TWO, {"rest": "firewall"}, ACCESS, r"blocks us: a firewall blocks us$"),
    ("no answer", ONE, {"rest": "hangs"}, AVAILABILITY, r"gives no HTTP answer: timeout"),
    ("status 500", ONE, {"rest": "broken"}, AVAILABILITY, r"answers, but not as expected: status 500"),
]


def incidents() -> list[Incident]:
    """Each fault once mended after the restart, and once not at all."""
    # Alertmanager has the first target's own alert too, muted by the credential's. It remembers for minutes what the new Prometheus does not
    # send again.
    first = Incident("revoked, at one target first, and mended later", THREE,
                     [(0, answers(a="revoked")), (2, answers(rest="revoked")), (OVER, answers(rest="good", a="good"))],
                     [(AUTHENTICATION, FAULTS[0][4])], over=OVER)
    ended = [Incident(f"{name}, and mended later", credentials, [(0, answers(**how)), (OVER, answers(rest="good"))], [(who, told)], over=OVER)
             for name, credentials, how, who, told in FAULTS[:3]]
    # An alert with a `for` is not known to the new Prometheus until that is over: it can resolve late.
    lasting = [Incident(name, credentials, [(0, answers(**how))], [(who, told)], over=NEVER) for name, credentials, how, who, told in FAULTS]
    return [first] + ended + lasting


# A minute of the rules is three seconds here, and so are five minutes of memory for what was recorded 15: down for longer than
# everything that the rules wait for, keep_firing_for and that memory included.
@pytest.mark.parametrize("down", [3, 22])
def test_a_restart_of_prometheus_resolves_and_repeats_nothing(tmp_path, down):
    played = incidents()
    played[0].steps[2:2] = [(18, lambda world: world.stage.prometheus.close()),
                            (18 + down, lambda world: world.stage.start_prometheus("--query.lookback-delta=15s"))]
    stage = Stage(tmp_path, played, QUICK)
    try:
        stage.play(seed=17)
        messages = stage.messages.to()
    finally:
        stage.close()
    assert [f"{world.incident.name}: {problem}" for world in stage.worlds for problem in world.judge(messages)] == []
