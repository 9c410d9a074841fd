"""What the tests of the state file are made of: an API, exporters that follow one another on one file, and what may not go back."""

import signal
import time

import pytest

from loopback import Handler, Server
from processes import Exporter, Metrics, eventually

FLUSH = 1.0  # seconds: docs/storage.md
FAST = '[defaults]\ninterval = "100ms"\ntimeout = "1s"\n'


class Api(Handler):
    """Answers with the status that the test has set for all paths."""

    status = 200

    def do_GET(self):
        self.answer(type(self).status, "{}")


@pytest.fixture
def api():
    Api.status = 200
    with Server(Api) as server:
        yield f"http://127.0.0.1:{server.port}"


def targets(api: str, count: int) -> str:
    return "".join(f'[targets.t{i}]\nurl = "{api}/{i}"\n' for i in range(count))


@pytest.fixture
def start(running, tmp_path):
    """start(toml, *flags) runs an exporter on the same state file as the last one."""
    def begin(config: str, *flags: str, **environment: str) -> Exporter:
        path = tmp_path / "authprobe.toml"
        path.write_text(config)
        return running.add(Exporter(path, f"--storage.path={tmp_path}/state.db", *flags, **environment))
    return begin


def kill(exporter: Exporter):
    exporter.signal(signal.SIGKILL)
    exporter.wait()


def flushed(exporter: Exporter) -> Metrics:
    """A scrape all of whose values are in the file."""
    seen = exporter.metrics()
    scraped = time.time()
    eventually(lambda: exporter.metrics().value("authprobe_store_last_write_timestamp_seconds") > scraped)
    return seen


NEVER_BACK = ("authprobe_probes_total", "authprobe_probe_failures_total", "authprobe_http_responses_total", "authprobe_transport_errors_total",
              "authprobe_status_transitions_total", "authprobe_auth_failures_total", "authprobe_last_probe_timestamp_seconds",
              "authprobe_last_success_timestamp_seconds", "authprobe_last_transition_timestamp_seconds",
              "authprobe_token_fetches_total", "authprobe_credential_rotations_total")


def ledger(metrics: Metrics) -> dict:
    return {(name, tuple(sorted(labels.items()))): value for name, labels, value in metrics.samples if name in NEVER_BACK}
