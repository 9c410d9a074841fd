"""A new configuration: what stays, what goes, and what a broken one does."""

import os
import signal

import pytest

from processes import eventually


def config(api: str, *names: str, interval: str = "200ms") -> str:
    targets = "".join(f'[targets.{name}]\nurl = "{api}/health"\n' for name in names)
    return f'[defaults]\ninterval = "{interval}"\ntimeout = "150ms"\n{targets}'


@pytest.fixture
def watched(demo, exporter):
    started = exporter(config(demo.url, "a", "b"))
    started.wait_until_ready()
    return started


@pytest.mark.parametrize("how", ["SIGHUP", "POST"])
def test_a_reload_keeps_counters_adds_and_removes(demo, watched, how):
    eventually(lambda: watched.metrics().value("authprobe_probes_total", target="a") >= 3)
    before = watched.metrics().value("authprobe_probes_total", target="a")
    watched.rewrite(config(demo.url, "a", "c"))
    if how == "SIGHUP":
        watched.signal(signal.SIGHUP)
    else:
        assert watched.reload().status == 200
    eventually(lambda: watched.metrics().all("authprobe_probes_total", target="c"))
    metrics = watched.metrics()
    assert metrics.value("authprobe_probes_total", target="a") >= before > 0
    assert [labels for _, labels, _ in metrics.samples if labels.get("target") == "b"] == []
    assert metrics.value("authprobe_targets") == 2
    assert metrics.value("authprobe_config_last_reload_successful") == 1
    watched.wait_for_state("c", "ok")


def test_a_broken_configuration_changes_nothing_but_the_gauge(demo, watched):
    loaded = watched.metrics().value("authprobe_config_last_reload_success_timestamp_seconds")
    watched.rewrite(config(demo.url, "a") + 'intervall = "1s"\n')
    answer = watched.reload()
    assert answer.status == 500
    assert "authprobe.toml:6:1: targets.a.intervall" in answer.text and "interval" in answer.text
    eventually(lambda: watched.metrics().value("authprobe_config_last_reload_successful") == 0)
    metrics = watched.metrics()
    assert metrics.value("authprobe_config_last_reload_success_timestamp_seconds") == loaded
    assert metrics.state("b") == "ok"
    probes = metrics.value("authprobe_probes_total", target="b")
    eventually(lambda: watched.metrics().value("authprobe_probes_total", target="b") > probes)

    watched.rewrite(config(demo.url, "a"))
    assert watched.reload().status == 200
    eventually(lambda: watched.metrics().value("authprobe_config_last_reload_successful") == 1)


def test_a_configuration_file_that_has_gone_keeps_the_old_one(watched):
    watched.config.unlink()
    watched.signal(signal.SIGHUP)
    eventually(lambda: watched.metrics().value("authprobe_config_last_reload_successful") == 0)
    assert watched.state("a") == "ok"


def test_many_reloads_under_way_lose_nothing(demo, watched):
    for round_ in range(20):
        watched.rewrite(config(demo.url, "a", f"t{round_}"))
        assert watched.reload().status == 200
    watched.wait_for_state("t19", "ok")
    eventually(lambda: watched.metrics().value("authprobe_targets") == 2)


def test_get_does_not_reload(watched):
    assert watched.get("/-/reload").status == 405


def test_a_pipe_in_place_of_the_configuration_stops_nothing(watched):
    """Nobody writes to it: whatever waits for its content would wait for ever."""
    watched.config.unlink()
    os.mkfifo(watched.config)
    answer = watched.reload()
    assert answer.status == 500
    assert "cannot be read: it is not a regular file" in answer.text
    watched.signal(signal.SIGTERM)
    assert watched.wait(5) == 0
