"""The exporter as an HTTP server: its pages, wrong requests, slow clients, addresses."""

import gzip
import socket
import subprocess
import time
from urllib.parse import urlsplit

import pytest

from processes import Exporter, eventually, request

CONFIG = """
[defaults]
interval = "200ms"
timeout  = "150ms"
[targets.me]
url = "{api}/health"
[targets.refused]
url = "{api}/refuse/expired"
"""


@pytest.fixture
def watched(demo, exporter):
    started = exporter(CONFIG.format(api=demo.url))
    started.wait_until_ready()
    return started


def test_metrics_are_as_promtool_wants_them(watched):
    answer = watched.get("/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    check = subprocess.run(["promtool", "check", "metrics"], input=answer.body, capture_output=True, check=False)
    assert check.returncode == 0, check.stdout + check.stderr


def test_no_series_is_there_twice_and_families_are_in_a_fixed_order(watched):
    def families(text):
        return [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]

    first, second = watched.metrics(), watched.metrics()
    series = [(name, tuple(sorted(labels.items()))) for name, labels, _ in first.samples]
    assert len(series) == len(set(series))
    assert families(first.text) == families(second.text)
    assert len(families(first.text)) == len(set(families(first.text)))


def test_metrics_come_compressed_to_those_who_ask(watched):
    answer = watched.get("/metrics", Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert b"authprobe_target_state" in gzip.decompress(answer.body)
    assert watched.get("/metrics", Accept_Encoding="gzip;q=0").headers["Content-Encoding"] is None


def test_the_process_and_the_build_tell_of_themselves(watched):
    metrics = watched.metrics()
    assert metrics.value("authprobe_build_info") == 1
    assert metrics.value("process_resident_memory_bytes") > 1e6
    assert metrics.value("process_open_fds") > 3
    assert abs(metrics.value("process_start_time_seconds") - time.time()) < 60


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/", 200), ("GET", "/-/healthy", 200), ("GET", "/-/ready", 200), ("GET", "/config", 200), ("HEAD", "/metrics", 200),
    ("HEAD", "/", 200), ("GET", "/metricsx", 404), ("GET", "/metrics/", 404), ("HEAD", "/nothing", 404), ("POST", "/metrics", 405),
    ("DELETE", "/", 405), ("GET", "/-/reload", 405), ("PUT", "/-/reload", 405),
])
def test_each_path_takes_its_methods(watched, method, path, status):
    answer = watched.get(path, method)
    assert answer.status == status
    if method == "HEAD":
        assert answer.body == b""
    if status == 405:
        assert answer.headers["Allow"]


def test_too_much_in_a_request_is_refused(watched):
    assert watched.get("/metrics", X_Long="x" * 200_000).status == 431
    address = urlsplit(watched.url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as client:
        client.sendall(b"POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n")  # it need not wait for them
        assert client.recv(1000).startswith(b"HTTP/1.1 413 ")
    assert watched.get("/-/healthy").status == 200


def test_probe_answers_as_the_blackbox_exporter_does(watched):
    answer = watched.get("/probe?target=me")
    assert answer.status == 200
    assert "\nprobe_success 1\n" in "\n" + answer.text
    refused = watched.get("/probe?target=refused")
    assert refused.status == 200
    assert "\nprobe_success 0\n" in "\n" + refused.text
    check = subprocess.run(["promtool", "check", "metrics"], input=answer.body, capture_output=True, check=False)
    assert check.returncode == 0, check.stdout + check.stderr


@pytest.mark.parametrize("path", ["/probe", "/probe?target=", "/probe?target=unknown", "/probe?target=http://127.0.0.1/"])
def test_probe_takes_configured_names_only(watched, path):
    assert watched.get(path).status == 400


def test_ready_only_after_the_first_round(exporter):
    with socket.create_server(("127.0.0.1", 0)) as hung:
        started = exporter(f"""
            [targets.hung]
            url = "http://127.0.0.1:{hung.getsockname()[1]}/"
            interval = "1s"
            timeout = "900ms"
            """)
        assert started.get("/-/healthy").status == 200
        assert started.get("/-/ready").status == 503
        started.wait_until_ready()


def test_three_hundred_half_open_clients_hold_up_nobody(watched):
    address = urlsplit(watched.url)
    clients = []
    try:
        for number in range(300):
            client = socket.create_connection((address.hostname, address.port))
            client.sendall((b"", b"GET /metrics HTTP/1.1\r\nHost: x\r\n", b"POST /-/reload HTTP/1.1\r\nContent-Length: 9\r\n\r\n")[number % 3])
            clients.append(client)
        began = time.monotonic()
        for _ in range(5):
            assert watched.get("/metrics").status == 200
        assert time.monotonic() - began < 2.5
    finally:
        for client in clients:
            client.close()


def test_several_addresses_of_both_families(demo, running, tmp_path):
    config = tmp_path / "several.toml"
    config.write_text(CONFIG.format(api=demo.url))
    started = running.add(Exporter(config, listen=("127.0.0.1:0", "[::1]:0", ":0")))
    addresses = started.addresses()
    assert len(addresses) >= 3
    for address in addresses:
        port = address.rpartition(":")[2]
        host = "[::1]" if address.startswith("[") else "127.0.0.1"
        assert request(f"http://{host}:{port}/-/healthy").status == 200
    any_port = addresses[2].rpartition(":")[2]
    assert request(f"http://127.0.0.1:{any_port}/-/healthy").status == 200
    assert request(f"http://[::1]:{any_port}/-/healthy").status == 200


def test_an_address_that_is_taken_is_named(binary, watched, tmp_path):
    taken = urlsplit(watched.url).netloc
    second = subprocess.run([binary, f"--config.file={watched.config}", f"--web.listen-address={taken}"], capture_output=True,
                            text=True, timeout=10, check=False)
    assert second.returncode == 2
    assert taken in second.stderr and second.stderr.count("\n") < 5


def test_the_landing_page_leads_on(watched):
    page = watched.get("/")
    assert page.headers["Content-Type"].startswith("text/html")
    assert 'href="./metrics"' in page.text
    eventually(lambda: "unauthorized" in watched.get("/").text)
