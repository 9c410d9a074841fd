"""The end: at once and clean, whatever is under way."""

import signal
import socket

import pytest

from processes import eventually, stop


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_under_a_second_with_probes_in_flight(exporter, number):
    with socket.create_server(("127.0.0.1", 0), backlog=64) as hung:
        targets = "".join(f'[targets.t{i}]\nurl = "http://127.0.0.1:{hung.getsockname()[1]}/"\n' for i in range(30))
        started = exporter('[defaults]\ninterval = "30s"\ntimeout = "25s"\n' + targets + "[targets.name]\nurl = 'http://hung.invalid/'\n")
        eventually(lambda: started.metrics().value("authprobe_probes_in_flight") >= 5, 20)
        code, seconds = stop(started, number)
        assert code == 0
        assert seconds < 1
