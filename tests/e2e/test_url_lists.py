"""Targets from a URL, as Prometheus's http_sd: a real server, and a real Prometheus that asks the same one."""

import json
import re
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from loopback import Fine, Handler, Server
from processes import eventually
from test_target_lists import RELABEL, list_value, seen_by_exporter, seen_by_prometheus, targets


class Discovery(Handler):
    """Answers what the test says; remembers what it was asked."""

    status, body = 200, "[]"
    extra: dict[str, str] = {}
    asked: list[tuple[str, dict]] = []

    def do_GET(self):
        self.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        self.answer(Discovery.status, Discovery.body, **{"Content_Type": "application/json", **Discovery.extra})


def says(groups, status: int = 200, **extra: str):
    Discovery.body = groups if isinstance(groups, str) else json.dumps(groups)
    Discovery.status, Discovery.extra = status, extra


@pytest.fixture
def discovery():
    Discovery.asked = []
    says([])
    with Server(Discovery) as started:
        yield f"http://127.0.0.1:{started.port}/targets"


@pytest.fixture
def host():
    with Server(Fine) as started:
        yield f"127.0.0.1:{started.port}"


def config(url: str, more: str = "") -> str:
    return (f'[defaults]\ninterval = "200ms"\ntimeout = "150ms"\n[targets_from.shop]\nurl = "{url}"\nrefresh_interval = "1s"\n'
            f'scheme = "http"\nrelabel = {{ source_labels = "__address__", regex = ".*/(.)", target_label = "__target__" }}\n{more}')


def listing(host: str, *names: str) -> list[dict]:
    return [{"targets": [f"http://{host}/{name}" for name in names]}]


def test_a_list_is_fetched_on_its_interval_as_prometheus_does(exporter, discovery, host):
    says(listing(host, "a", "b"))
    running = exporter(config(discovery + "?team=shop"))
    running.wait_for_state("shop.a", "ok")
    assert targets(running) == {"shop.a", "shop.b"} and list_value(running, "up") == 1 and list_value(running, "targets") == 2
    path, headers = Discovery.asked[0]
    assert path == "/targets?team=shop" and headers["x-prometheus-refresh-interval-seconds"] == "1"
    assert headers["accept"] == "application/json" and "authorization" not in headers
    before = eventually(lambda: (value := running.metrics().value("authprobe_probes_total", target="shop.a")) >= 3 and value)
    says(listing(host, "a", "c"))
    eventually(lambda: targets(running) == {"shop.a", "shop.c"})
    assert running.metrics().value("authprobe_probes_total", target="shop.a") >= before
    loaded = running.metrics().value("authprobe_config_last_reload_success_timestamp_seconds")
    count = len(Discovery.asked)
    eventually(lambda: len(Discovery.asked) >= count + 3)
    assert running.metrics().value("authprobe_config_last_reload_success_timestamp_seconds") == loaded, "the same answer changes nothing"


BAD = {
    "an error": (dict(groups="[]", status=503), "is answered with 503, not 200"),
    "a page": (dict(groups="<html>", Content_Type="text/html"), "must have the Content-Type application/json"),
    "no JSON": (dict(groups='[{"targets": ['), "is not JSON"),
    "another form": (dict(groups={"targets": ["a:1"]}), "must be an array of groups"),
    "nothing": (dict(groups=[]), "lists no targets: those that it listed last stay"),
    "too much": (dict(groups='["' + "x" * (5 << 20) + '"]'), "cannot be fetched: "),
    "a redirect": (dict(groups="[]", status=302, Location="http://127.0.0.1:1/"), "is answered with 302, not 200"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_answer_keeps_what_was_listed_last(exporter, discovery, host, name):
    answer, rule = BAD[name]
    says(listing(host, "a"))
    running = exporter(config(discovery))
    running.wait_for_state("shop.a", "ok")
    says(**answer)
    line = running.wait_for_line("level=error.*list of targets cannot be used.*list=\"?shop")[0]
    assert rule in running.output, line
    eventually(lambda: list_value(running, "up") == 0)
    assert targets(running) == {"shop.a"}
    assert running.reload().status == 200 and targets(running) == {"shop.a"} and list_value(running, "up") == 0
    count = len(Discovery.asked)
    eventually(lambda: len(Discovery.asked) >= count + 2)
    assert running.output.count("list of targets cannot be used") == 1
    says(listing(host, "b"))
    eventually(lambda: targets(running) == {"shop.b"} and list_value(running, "up") == 1)


def test_a_server_that_is_not_there_stops_nothing(exporter, host):
    running = exporter(config("http://127.0.0.1:1/targets", f'[targets.own]\nurl = "http://{host}/"\n'))
    running.wait_for_state("own", "ok")
    running.wait_for_line("list of targets cannot be used.*cannot be fetched: ")
    assert list_value(running, "up") == 0


def test_the_credential_of_the_url_goes_to_the_url_alone(exporter, discovery, tmp_path):
    seen = []

    class Target(Handler):
        def do_GET(self):
            seen.append(self.headers.get("Authorization"))
            self.answer(200)

    (tmp_path / "token").write_text("the-token-of-discovery")
    key = '[credentials.discovery]\nkind = "bearer"\ntoken.file = "token"\nhosts = ["127.0.0.1"]\n'
    with Server(Target) as other:
        says(listing(f"127.0.0.1:{other.port}", "a"))
        running = exporter(key + config(discovery, 'url_credential = "discovery"\n'))
        running.wait_for_state("shop.a", "ok")
        assert Discovery.asked[0][1]["authorization"] == "Bearer the-token-of-discovery" and set(seen) == {None}
        (tmp_path / "token").write_text("the-next-token")
        eventually(lambda: Discovery.asked[-1][1]["authorization"] == "Bearer the-next-token")
        (tmp_path / "token").unlink()
        eventually(lambda: list_value(running, "up") == 0)
        running.wait_for_line("list of targets cannot be used.*cannot be fetched: ")
    assert "the-token-of-discovery" not in running.output


def test_check_refuses_a_credential_at_another_host(binary, tmp_path):
    path = tmp_path / "authprobe.toml"
    path.write_text('[credentials.key]\nkind = "bearer"\ntoken.env = "T"\nhosts = ["api.example.com"]\n[targets_from.shop]\n'
                    'url = "https://evil.example.net/"\nurl_credential = "key"\n[targets_from.crm]\nurl_credential = "none"\n')
    done = subprocess.run([binary, "check", path], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "targets_from.shop.url: is at evil.example.net, where credentials.key must not be sent" in done.stdout
    assert "targets_from.crm: must have files or a url" in done.stdout
    assert "targets_from.crm.url_credential: has no effect: there is no url" in done.stdout
    assert "targets_from.crm.url_credential: no such credential" in done.stdout


def test_once_waits_for_the_list(binary, tmp_path, discovery, host):
    says(listing(host, "a", "b"))
    path = tmp_path / "authprobe.toml"
    path.write_text(config(discovery))
    done = subprocess.run([binary, f"--config.file={path}", "--once"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert 'authprobe_target_state{target="shop.a",state="ok"} 1' in done.stdout
    assert 'authprobe_target_state{target="shop.b",state="ok"} 1' in done.stdout


def test_a_real_prometheus_sees_the_same_targets(exporter, prometheus, discovery):
    says([{"targets": ["127.0.0.1:1", "127.0.0.2:1", "127.0.0.1:1"], "labels": {"team": "shop", "env": "prod", "path": "a b"}},
          {"targets": ["127.0.0.3:1"], "labels": {"stage": "dev", "team": "shop"}},
          {"targets": ["localhost"], "labels": {"__meta_tier": "1", "__metrics_path__": "/deep/down"}}])
    rules = [rule for rule in RELABEL if rule.get("source_labels") != ["__meta_filepath"]] + [
        {"source_labels": ["__address__"], "modulus": 7, "target_label": "bucket", "action": "hashmod"},
        {"source_labels": ["__meta_url"], "target_label": "source"}]
    toml = [f'{{ {", ".join(f"{name} = {json.dumps(value)}" for name, value in rule.items())} }}' for rule in rules]
    running = exporter(f'[defaults]\ninterval = "1s"\ntimeout = "500ms"\n[targets_from.shop]\nurl = "{discovery}"\nrefresh_interval = "1s"\n'
                       f'scheme = "http"\npath = "/metrics"\nrelabel = [\n{",".join(toml)}\n]\n')
    server = prometheus(running, http_sd_configs=[{"url": discovery, "refresh_interval": "1s"}], relabel_configs=rules)
    expected = eventually(lambda: len(found := seen_by_prometheus(server, "__meta_url")) == 3 and found)
    eventually(lambda: seen_by_exporter(running) == expected)
    says([{"targets": ["127.0.0.9:9"]}])
    eventually(lambda: len(seen_by_prometheus(server, "__meta_url")) == 1, 60)
    eventually(lambda: seen_by_exporter(running) == seen_by_prometheus(server, "__meta_url"))


@pytest.mark.as_built
def test_a_list_with_large_labels_takes_little_memory_and_keeps_what_it_listed(exporter, discovery, host):
    says(listing(host, "a"))
    running = exporter(config(discovery))
    running.wait_for_state("shop.a", "ok")
    before = resident(running)
    labels = {f"l{number}": "x" * 1024 for number in range(64)}
    says([{"targets": [f"http://{host}/{number}" for number in range(50_000)], "labels": labels}])   # 3 GB of labels in 1 MB
    running.wait_for_line("level=error.*list of targets cannot be used.*targets_from.shop: is too large: its targets have more than 64 MiB")
    assert list_value(running, "up") == 0 and targets(running) == {"shop.a"}
    assert resident(running, "VmHWM") - before < 400 << 20
    says(listing(host, "b"))
    eventually(lambda: targets(running) == {"shop.b"} and list_value(running, "up") == 1)


def resident(running, what: str = "VmRSS") -> int:
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    return int(re.search(rf"{what}:\s+(\d+) kB", status)[1]) << 10


def test_no_list_takes_a_name_of_another_or_of_the_configuration(exporter, discovery, host, tmp_path):
    (tmp_path / "other.json").write_text(json.dumps(listing(host, "o")))
    says([{"targets": [f"http://{host}/evil"], "labels": {"__target__": name}} for name in ("other.o", "own", "shop.mine")])
    running = exporter(f'[defaults]\ninterval = "200ms"\ntimeout = "150ms"\n[targets.own]\nurl = "http://{host}/own"\n'
                       f'[targets."shop.mine"]\nurl = "http://{host}/own"\n[targets_from.shop]\nurl = "{discovery}"\n'
                       '[targets_from.other]\nfiles = "other.json"\n'
                       'relabel = { source_labels = "__address__", regex = ".*/(.)", target_label = "__target__" }\n')
    eventually(lambda: targets(running) == {"own", "other.o", "shop.mine", "shop.other.o", "shop.own"})
    urls = {labels["target"]: labels["url"] for labels, _ in running.metrics().all("authprobe_target_info")}
    assert urls["other.o"].endswith("/o") and urls["own"].endswith("/own") and urls["shop.mine"].endswith("/own")
    assert list_value(running, "left_out") == 1
    running.wait_for_line("targets_from.shop: a target is left out: it makes the target shop.mine, which is already defined at .*authprobe.toml:6:")


def test_a_list_that_always_changes_is_taken_now_and_then_and_delays_no_other(exporter, host, tmp_path):
    class Restless(Handler):
        count = 0

        def do_GET(self):
            Restless.count += 1
            self.answer(200, json.dumps(listing(host, "a", "b") + [{"targets": [f"http://{host}/{Restless.count}"]}]), Content_Type="application/json")

    (tmp_path / "other.json").write_text(json.dumps(listing(host, "o")))
    with Server(Restless) as server:
        running = exporter(config(f"http://127.0.0.1:{server.port}/") + '[targets_from.other]\nfiles = "other.json"\n')
        running.wait_for_state("shop.a", "ok")
        eventually(lambda: Restless.count >= 4)
        (tmp_path / "other.json").write_text(json.dumps(listing(host, "p")))
        eventually(lambda: {name for name in targets(running) if name.startswith("other.")} == {f"other.{host.replace(':', '-')}-p"})
        eventually(lambda: Restless.count >= 8)
        times = [datetime.fromisoformat(stamp) for stamp in re.findall(r"ts=(\S+?)Z? .*lists of targets read", running.output)]
    assert len(times) >= 3
    assert min((later - one).total_seconds() for one, later in zip(times, times[1:])) > 1.9
