"""The exporter is killed and starts again in an incident, with a state file and without, before a real Prometheus and Alertmanager: no message
is sent twice, and none resolves."""

import pytest

import incident_stage
from incident_stage import QUICK, Place, Stage
from incident_world import AUTHENTICATION, Incident
from incidents import TWO, answers, restart

TOLD = [(AUTHENTICATION, r"refused everywhere: token revoked")]


def down(begin: float, end: float, then: str) -> list[tuple]:
    """Steps: it is killed, meanwhile the API answers in another way, and it starts again."""
    return [(begin, lambda world: world.kill()), (begin + 0.3, answers(rest=then)), (end, lambda world: world.revive())]


def incidents(kind: str) -> list[Incident]:
    return [
        Incident(f"{kind}: it starts again and again while it is refused", TWO,
                 [(0, answers(rest="revoked")), *[(after, restart) for after in (9.1, 12.4, 15.8, 19.2, 22.5)], (30, answers(rest="good"))],
                 TOLD, over=30, exporter=f"{kind}-again"),
        Incident(f"{kind}: it starts again while one of two targets is refused", TWO,
                 [(0, answers(a="revoked")), (9.5, restart), (14.5, restart), (24, answers(a="good"))],
                 [(AUTHENTICATION, r"refused with 401: token revoked")], over=24, exporter=f"{kind}-partly"),
        Incident(f"{kind}: refused while it is down", TWO, [*down(0, 3, "revoked"), (20, answers(rest="good"))],
                 TOLD, over=20, exporter=f"{kind}-before"),
        Incident(f"{kind}: mended while it is down", TWO, [(0, answers(rest="revoked")), *down(12, 15, "good")],
                 TOLD, over=12, exporter=f"{kind}-after"),
    ]


@pytest.fixture
def stage(tmp_path, monkeypatch):
    stored = incidents("stored")
    for incident in stored:
        monkeypatch.setitem(incident_stage.EXPORTERS, incident.exporter, [Place(flags=(f"--storage.path={tmp_path}/{incident.exporter}.db",))])
    stage = Stage(tmp_path, stored + incidents("forgotten"), QUICK)
    yield stage
    stage.close()


@pytest.mark.as_built  # an exporter that starts slowly is told of
def test_a_restart_in_an_incident_resolves_and_repeats_nothing(stage):
    stage.play(seed=20)
    messages = stage.messages.to()
    assert [f"{world.incident.name}: {problem}" for world in stage.worlds for problem in world.judge(messages)] == []

    def transitions(job: str, **change: str) -> float:
        labels = ",".join(f'{name}="{value}"' for name, value in {"job": job, **change}.items())
        return stage.prometheus.value(f"sum(authprobe_status_transitions_total{{{labels}}})")

    # What changed while it was down is a transition of the first probe, if the file tells what was before.
    for job, change in (("before", {"from": "2xx", "to": "401"}), ("after", {"from": "401", "to": "2xx"})):
        assert transitions(f"stored-{job}", **change) == 2
        assert transitions(f"forgotten-{job}", **change) == 0
    # Five restarts in a refusal are no transitions.
    assert transitions("stored-again", **{"from": "2xx", "to": "401"}) == 2
