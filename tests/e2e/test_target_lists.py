"""Targets from the files that Prometheus's file_sd reads: the same verdicts and the same set as promtool and a real Prometheus have,
credentials that stay at home, and lists that break while the exporter runs."""

import json
import re
import subprocess
from urllib.parse import urlsplit

import pytest

from loopback import Fine, Handler, Server
from processes import Exporter, eventually, request

# What promtool takes or refuses, and we do too.
FILES = {
    "plain.json": '[{"targets":["a:1"],"labels":{"team":"x"}}]',
    "unknown.json": '[{"targets":["a:1"],"label":{}}]',
    "number.json": '[{"targets":["a:1"],"labels":{"n":1}}]',
    "null_label.json": '[{"targets":["a:1"],"labels":{"n":null}}]',
    "null_target.json": '[{"targets":[null]}]',
    "number_target.json": '[{"targets":[1]}]',
    "null_group.json": "[{}, null]",
    "empty.json": "",
    "empty_group.json": '[{},{"targets":["a:1"]}]',
    "nulls.json": '[{"targets":null,"labels":null},{"targets":["a:1"]}]',
    "object.json": '{"targets":["a:1"]}',
    "two_values.json": '[{"targets":["a:1"]}] []',
    "comma.json": '[{"targets":["a:1"]},]',
    "label_name.json": '[{"targets":["a:1"],"labels":{"a-b":"1"}}]',
    "label_empty.json": '[{"targets":["a:1"],"labels":{"":"1"}}]',
    "label_digit.json": '[{"targets":["a:1"],"labels":{"1a":"1"}}]',
    "meta.json": '[{"targets":["a:1"],"labels":{"__meta_x":"1"}}]',
    "comment.json": '// one\n[{"targets":["a:1"]}]',
    "mark.json": '\ufeff[{"targets":["a:1"]}]',
    "no_address.json": '[{"targets":[""]}]',
    "path.json": '[{"targets":["a/b"]}]',
    "no_port.json": '[{"targets":["a"]}]',
    "deep.json": "[" * 50 + "]" * 50,
    "line_break.json": '[{"targets":["a:1"],"labels":{"a":"x\ny"}}]',
    "block.yaml": '- targets:\n  - a:1\n  - "b:2"\n  labels:\n    n: 1\n    t: true\n    f: 1.5\n    d: 2020-01-01\n    z: ~\n',
    "unknown.yml": "- targets: [a:1]\n  foo: 1\n",
    "case.yml": "- Targets: [a:1]\n",
    "scalar_targets.yml": "- targets: a:1\n",
    "map_target.yml": "- targets: [{a: 1}]\n",
    "space.yml": "- targets: [a: 1]\n",
    "null_target.yml": "- targets: [~]\n",
    "null_group.yml": "-\n",
    "twice.yml": "- targets: [a:1]\n  targets: [b:1]\n",
    "label_twice.yml": "- targets: [a:1]\n  labels: {a: x, a: y}\n",
    "two_documents.yml": "- targets: [a:1]\n---\n- targets: [b:1]\n",
    "anchor.yml": "- &a\n  targets: [a:1]\n- *a\n",
    "label_name.yml": "- targets: [a:1]\n  labels: {a-b: x}\n",
    "label_number.yml": "- targets: [a:1]\n  labels: {1: x}\n",
    "label_list.yml": "- targets: [a:1]\n  labels: {a: [x]}\n",
    "map.yml": "targets: [a:1]\n",
    "word.yml": "hello\n",
    "tab.yml": "-\ttargets: [a:1]\n",
    "labels_null.yml": "- targets: [a:1]\n  labels:\n",
    "labels_word.yml": "- targets: [a:1]\n  labels: x\n",
    "words.yml": "- targets: [yes]\n  labels: {on: off}\n",
}
# What docs/configuration.md says that we refuse beyond it, and a URL as an address, which we take.
STRICTER = {
    "blank.yml": "\n",
    "twice.json": '[{"targets":["a:1"],"targets":["b:1"]}]',
    "case.json": '[{"Targets":["a:1"]}]',
    "merge.yml": "- &a\n  targets: [a:1]\n- <<: *a\n  labels: {x: y}\n",
}


def promtool_takes(folder, files: str) -> bool:
    config = folder / "prometheus.json"
    config.write_text(json.dumps({"scrape_configs": [{"job_name": "x", "file_sd_configs": [{"files": [files]}]}]}))
    done = subprocess.run(["promtool", "check", "config", config], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode == 0


def findings(binary, folder, config: str) -> list[dict]:
    path = folder / "authprobe.toml"
    path.write_text(config)
    done = subprocess.run([binary, "check", "--json", path], capture_output=True, text=True, timeout=60, check=False)
    found = json.loads(done.stdout)["findings"]
    assert done.returncode == (1 if any(finding["severity"] == "error" for finding in found) else 0)
    return found


def list_of(files: str, more: str = "") -> str:
    return f"[targets_from.shop]\nfiles = {json.dumps(files)}\n{more}"


def errors(binary, folder, files: str) -> list[dict]:
    return [finding for finding in findings(binary, folder, list_of(files)) if finding["severity"] == "error"]


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_taken_exactly_where_promtool_takes_it(binary, tmp_path, name):
    file = tmp_path / name
    file.write_text(FILES[name])
    found = errors(binary, tmp_path, str(file))
    assert promtool_takes(tmp_path, str(file)) == (not found), found
    assert all(finding["file"] == str(file) and finding["line"] >= 1 and finding["rule"] for finding in found)


def test_what_we_refuse_beyond_promtool_and_take_without_it(binary, tmp_path):
    for name, text in STRICTER.items():
        (tmp_path / name).write_text(text)
        assert promtool_takes(tmp_path, str(tmp_path / name)) and errors(binary, tmp_path, str(tmp_path / name)), name
    (tmp_path / "url.json").write_text('[{"targets":["https://api.example.com/v1/me"]}]')
    assert not promtool_takes(tmp_path, str(tmp_path / "url.json")) and not errors(binary, tmp_path, str(tmp_path / "url.json"))


@pytest.mark.parametrize("pattern", ["a/*/b.json", "a/*.json", "a/*.JSON", "*.toml", "?.json", "[ab].json", "a*b*.json", "x.json", "*/x.json",
                                     "", "x.yaml", "x.Yaml", "*"])
def test_a_pattern_is_taken_exactly_where_promtool_takes_it(binary, tmp_path, pattern):
    assert promtool_takes(tmp_path, pattern) == (not errors(binary, tmp_path, pattern))


RELABEL = [
    {"source_labels": ["stage", "team"], "separator": "/", "regex": "dev/.*", "action": "drop"},
    {"source_labels": ["__meta_filepath"], "regex": ".*/(\\w+)\\.\\w+", "target_label": "source", "replacement": "${1}-$$1"},
    {"regex": "__meta_(tier|team)", "action": "labelmap"},
    {"regex": "tmp_.*", "action": "labeldrop"},
    {"source_labels": ["path"], "regex": "(.+)", "target_label": "__metrics_path__", "replacement": "/$1/health"},
    {"source_labels": ["path"], "target_label": "PATH", "action": "uppercase"},
    {"source_labels": ["team", "nothing"], "regex": "(.*);", "target_label": "$1_owned", "replacement": "yes"},
]


def seen_by_prometheus(server, of_list: str = "__meta_filepath") -> set[tuple]:
    """The URL without its query, which our label lacks too, and the labels of each target of the lists."""
    found = set()
    for target in json.loads(request(f"{server.url}/api/v1/targets").body)["data"]["activeTargets"]:
        if of_list in target["discoveredLabels"]:
            url = urlsplit(target["scrapeUrl"])
            labels = {("exported_env" if name == "env" else name): value for name, value in target["labels"].items()}
            found.add((f"{url.scheme}://{url.netloc}{url.path}", *sorted(set(labels.items()) - {("job", "authprobe"),
                                                                                               ("instance", labels["instance"])})))
    return found


def seen_by_exporter(exporter) -> set[tuple]:
    own = {"target", "method", "credential", "host"}
    found = set()
    for labels, _ in exporter.metrics().all("authprobe_target_info"):
        url = urlsplit(labels.pop("url"))
        netloc = url.netloc if url.port else url.netloc + ":80"   # this Prometheus writes the port
        found.add((f"{url.scheme}://{netloc}{url.path}", *sorted((name, value) for name, value in labels.items() if name not in own)))
    return found


def test_a_real_prometheus_sees_the_same_targets_and_labels(exporter, prometheus, tmp_path):
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "one.json").write_text(json.dumps([
        {"targets": ["127.0.0.1:1", "127.0.0.2:1", "127.0.0.1:1"], "labels": {"team": "shop", "env": "prod", "tmp_x": "1", "path": "a b"}},
        {"targets": ["127.0.0.3:1"], "labels": {"stage": "dev", "team": "shop"}},
        {"targets": ["localhost"], "labels": {"__meta_tier": "1", "__metrics_path__": "/deep/down", "__param_q": "x&y"}}]))
    (lists / "two.yml").write_text("- targets: ['127.0.0.4:2']\n  labels: {port: 8080, on: yes, path: up}\n")
    (lists / ".hidden.json").write_text('[{"targets": ["127.0.0.9:1"]}]')
    (lists / "other.txt").write_text("not a list\n")
    toml = [f'{{ {", ".join(f"{name} = {json.dumps(value)}" for name, value in rule.items())} }}' for rule in RELABEL]
    files = [f"{lists}/*.json", f"{lists}/*.yml"]
    config = (f'[defaults]\ninterval = "1s"\ntimeout = "500ms"\n[targets_from.shop]\nfiles = {json.dumps(files)}\nscheme = "http"\n'
              f'path = "/metrics"\nrelabel = [\n{",".join(toml)}\n]\n')
    running = exporter(config)
    server = prometheus(running, file_sd_configs=[{"files": files}], relabel_configs=RELABEL)
    expected = eventually(lambda: len(found := seen_by_prometheus(server)) == 5 and found)
    assert {url for url, *_ in expected} >= {"http://127.0.0.1:1/a%20b/health", "http://localhost:80/deep/down"}
    assert seen_by_exporter(running) == expected

    (lists / "two.yml").write_text("- targets: ['127.0.0.5:2']\n")
    (lists / "three.json").write_text('[{"targets": ["127.0.0.6:3"], "labels": {"team": "new"}}]')
    (lists / ".hidden.json").unlink()
    changed = eventually(lambda: (found := seen_by_prometheus(server)) != expected and len(found) == 5 and found, 60)
    eventually(lambda: seen_by_exporter(running) == changed)


def test_what_is_true_of_all_targets_of_a_file_is_said_once(binary, tmp_path):
    (tmp_path / "list.json").write_text(json.dumps([{"targets": [f"t{number}.example.com" for number in range(100)]}]))
    config = ('[credentials.key]\nkind = "bearer"\ntoken.env = "T"\n'
              + list_of("list.json", 'hosts = ["*.example.com"]\ncredential = "key"\n'))
    (found,) = [finding for finding in findings(binary, tmp_path, config) if finding["file"] == str(tmp_path / "list.json")]
    assert found["item"] == "public_health" and found["rule"].endswith("; so it is with 99 more targets of this file")
    assert (found["line"], found["column"]) == (1, 15)


class Recorder(Handler):
    """Remembers who was asked with which Authorization."""

    seen: list[tuple[int, str]] = []

    def do_GET(self):
        self.seen.append((self.server.server_port, self.headers.get("Authorization", "")))
        self.answer(200)


def test_a_list_sends_no_credential_to_another_host(exporter, tmp_path):
    Recorder.seen = []
    with Server(Recorder) as home, Server(Recorder) as elsewhere:
        (tmp_path / "list.json").write_text(json.dumps([{"targets": [f"127.0.0.1:{home.port}", f"127.0.0.1:{elsewhere.port}",
                                                                     f"http://127.0.0.1:{elsewhere.port}/x"]}]))
        (tmp_path / "token").write_text("the-token-of-this-test")
        running = exporter(
            '[credentials.key]\nkind = "bearer"\ntoken.file = "token"\n'
            + list_of("list.json", f'hosts = ["127.0.0.1:{home.port}"]\nscheme = "http"\ncredential = "key"\n'
                                   'interval = "200ms"\ntimeout = "150ms"\n'))
        eventually(lambda: len(Recorder.seen) >= 3)
        running.wait_for_line("127.0.0.1.*must not have targets")
        assert running.metrics().value("authprobe_target_list_left_out", list="shop") == 2
    assert {port for port, _ in Recorder.seen} == {home.port}
    assert {sent for _, sent in Recorder.seen} == {"Bearer the-token-of-this-test"}


@pytest.fixture
def server():
    with Server(Fine) as started:
        yield started


@pytest.fixture
def watched(exporter, server, tmp_path):
    """An exporter with a target of its own and a list of two."""
    host = f"127.0.0.1:{server.port}"
    (tmp_path / "a.json").write_text(json.dumps([{"targets": [f"http://{host}/a"]}]))
    (tmp_path / "b.json").write_text(json.dumps([{"targets": [f"http://{host}/b"]}]))
    started = exporter(f'[defaults]\ninterval = "200ms"\ntimeout = "150ms"\n[targets.own]\nurl = "http://{host}/own"\n'
                       + list_of("*.json", "relabel = [{ source_labels = '__address__', regex = '.*/', action = 'drop' }, "
                                           "{ source_labels = '__address__', regex = '.*/(.)', target_label = '__target__' }]\n"))
    started.host = host
    started.wait_until_ready()
    return started


def targets(exporter) -> set[str]:
    return {labels["target"] for labels, _ in exporter.metrics().all("authprobe_target_info")}


def list_value(exporter, name: str) -> float:
    return exporter.metrics().value(f"authprobe_target_list_{name}", list="shop")


def test_a_changed_list_is_taken_without_a_reload_and_what_stays_keeps_its_state(watched, tmp_path):
    assert targets(watched) == {"own", "shop.a", "shop.b"} and list_value(watched, "up") == 1 and list_value(watched, "targets") == 2
    before = eventually(lambda: (value := watched.metrics().value("authprobe_probes_total", target="shop.a")) >= 5 and value)
    watched.rewrite("an edit that is not finished")
    (tmp_path / "b.json").write_text(json.dumps([{"targets": [f"http://{watched.host}/c"]}]))
    eventually(lambda: targets(watched) == {"own", "shop.a", "shop.c"})
    metrics = watched.metrics()
    assert metrics.value("authprobe_probes_total", target="shop.a") >= before
    assert metrics.value("authprobe_config_last_reload_successful") == 1
    watched.wait_for_state("shop.c", "ok")
    assert "\nprobe_success 1\n" in watched.get("/probe?target=shop.c").text


def test_a_broken_list_keeps_what_it_listed_and_says_so_once(watched, binary, tmp_path):
    good = (tmp_path / "a.json").read_text()
    (tmp_path / "a.json").write_text(good[:-2])
    watched.wait_for_line('level=error.*list of targets cannot be used.* list="?shop"? .*a.json:1:')
    eventually(lambda: list_value(watched, "up") == 0)
    assert targets(watched) == {"own", "shop.a", "shop.b"}
    assert watched.reload().status == 200 and targets(watched) == {"own", "shop.a", "shop.b"} and list_value(watched, "up") == 0
    (found,) = [finding for finding in findings(binary, tmp_path, watched.config.read_text()) if finding["severity"] == "error"]
    assert (found["file"], found["line"], found["rule"]) == (str(tmp_path / "a.json"), 1, "is not JSON")
    probes = watched.metrics().value("authprobe_probes_total", target="shop.a")
    eventually(lambda: watched.metrics().value("authprobe_probes_total", target="shop.a") > probes)
    (tmp_path / "a.json").write_text(good)
    watched.wait_for_line("list of targets is good again")
    eventually(lambda: list_value(watched, "up") == 1)
    assert len(re.findall("list of targets cannot be used", watched.output)) == 1


def test_a_removed_file_takes_its_targets_with_it_but_the_last_one_stays(watched, tmp_path):
    (tmp_path / "b.json").unlink()
    eventually(lambda: targets(watched) == {"own", "shop.a"})
    assert list_value(watched, "up") == 1
    (tmp_path / "a.json").unlink()
    eventually(lambda: list_value(watched, "up") == 0)
    assert targets(watched) == {"own", "shop.a"} and watched.reload().status == 200 and targets(watched) == {"own", "shop.a"}
    watched.rewrite(watched.config.read_text().partition("[targets_from")[0])
    assert watched.reload().status == 200 and targets(watched) == {"own"}
    assert not watched.metrics().all("authprobe_target_list_up")


def test_an_exporter_starts_with_a_broken_list(exporter, server, tmp_path):
    (tmp_path / "list.json").write_text("[")
    running = exporter(f'[targets.own]\nurl = "http://127.0.0.1:{server.port}/"\n' + list_of("list.json"))
    running.wait_for_state("own", "ok")
    assert list_value(running, "up") == 0
    (tmp_path / "list.json").write_text(json.dumps([{"targets": [f"http://127.0.0.1:{server.port}/late"]}]))
    eventually(lambda: len(targets(running)) == 2)


def test_the_targets_of_a_list_are_divided_among_shards(running, tmp_path):
    (tmp_path / "list.json").write_text(json.dumps([{"targets": [f"127.0.0.1:{port}" for port in range(1, 41)]}]))
    path = tmp_path / "authprobe.toml"
    path.write_text(list_of("list.json"))
    shares = [targets(running.add(Exporter(path, f"--shard={index}/2"))) for index in range(2)]
    assert len(shares[0] | shares[1]) == 40 and not shares[0] & shares[1] and min(map(len, shares)) > 5
