"""Fixtures of the end-to-end tests: real processes on loopback, ended by process id, their output kept and searched."""

import os
import subprocess
from pathlib import Path

import pytest

from processes import BINARY, PATIENCE, DemoApi, Exporter, Nginx, Prometheus, Running


def pytest_configure(config):
    config.addinivalue_line("markers", "as_built: of the speed, the memory or the file of the program as it is shipped, or with a library put before it")


def pytest_collection_modifyitems(items):
    """With sanitizers (tests/sanitized.sh) such a test is run, for what they report, and may fail."""
    if "AUTHPROBE_SANITIZED" not in os.environ:
        return
    for item in items:
        if item.get_closest_marker("as_built"):
            item.add_marker(pytest.mark.xfail(reason="the program is not as it is shipped"))


@pytest.fixture(autouse=PATIENCE > 1)
def patient(monkeypatch):
    """Commands that a test runs itself have as much more time as those of processes.py."""
    run = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda *command, timeout=None, **more: run(*command, timeout=timeout and timeout * PATIENCE, **more))


@pytest.fixture
def running():
    """Everything started through it is ended, and whatever it printed is searched for the secrets it was given."""
    stack = Running()
    yield stack
    stack.close()


@pytest.fixture
def demo(running, tmp_path) -> DemoApi:
    return running.add(DemoApi(tmp_path / "secrets"))


@pytest.fixture
def exporter(running, tmp_path):
    """exporter(toml) starts one with that configuration and waits until it listens."""
    def start(config: str, *flags: str, **environment: str) -> Exporter:
        path = tmp_path / "authprobe.toml"
        path.write_text(config, encoding="utf-8")
        return running.add(Exporter(path, *flags, **environment))
    return start


@pytest.fixture
def nginx(running, tmp_path):
    """nginx(servers) starts one with these server blocks."""
    return lambda servers: running.add(Nginx(tmp_path / "nginx", servers))


@pytest.fixture
def prometheus(running, tmp_path):
    """prometheus(exporter, key=value) starts one that scrapes it every second, with our alert rules and those keys of a scrape."""
    return lambda scraped, **scrape: running.add(Prometheus(tmp_path / "prometheus", scraped, **scrape))


@pytest.fixture(scope="session")
def binary() -> Path:
    assert BINARY.exists(), f"{BINARY} is not built: run tests/run.sh, or ninja -C build authprobe_exporter"
    return BINARY
