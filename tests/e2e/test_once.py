"""One round for node_exporter's textfile collector, and the version as exporters print it."""

import os
import re
import stat
import subprocess

from processes import DemoApi, Metrics


def once(binary, config, *arguments, **environment) -> subprocess.CompletedProcess:
    return subprocess.run([binary, f"--config.file={config}", "--once", *map(str, arguments)], capture_output=True, text=True, timeout=60,
                          check=False, env={**os.environ, **environment})


def configuration(tmp_path, demo: DemoApi):
    path = tmp_path / "authprobe.toml"
    path.write_text(f"""
[defaults]
interval = "1h"
[credentials.good]
kind = "bearer"
token = {{ env = "GOOD" }}
[credentials.bad]
kind = "bearer"
token = {{ env = "BAD" }}
[targets.in]
url = "{demo.url}/v1/me"
credential = "good"
[targets.out]
url = "{demo.url}/v1/me"
credential = "bad"
""")
    return path, {"GOOD": demo.secret_of["demo-billing"], "BAD": "sesame-wrong"}


def test_once_writes_what_a_scrape_would_show(binary, demo, tmp_path):
    config, secrets = configuration(tmp_path, demo)
    file = tmp_path / "authprobe.prom"
    file.write_text("old\n")
    result = once(binary, config, f"--textfile={file}", **secrets)
    assert (result.returncode, result.stdout) == (0, ""), result.stderr
    metrics = Metrics(file.read_text())
    assert metrics.value("authprobe_target_state", target="in", state="ok") == 1
    assert metrics.value("authprobe_target_state", target="out", state="unauthorized") == 1
    assert metrics.value("authprobe_probes_total", target="out") == 1
    assert metrics.value("authprobe_credential_available", credential="bad") == 1
    assert "\nprocess_" not in file.read_text(), "node_exporter has its own under these names"
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert sorted(path.name for path in tmp_path.glob("authprobe.prom*")) == ["authprobe.prom"]
    assert subprocess.run(["promtool", "check", "metrics"], stdin=file.open(), capture_output=True, check=False).returncode == 0
    assert "sesame-wrong" not in file.read_text() + result.stderr


def test_with_a_state_file_the_counters_go_on(binary, demo, tmp_path):
    config, secrets = configuration(tmp_path, demo)
    for run in (1, 2):
        result = once(binary, config, f"--storage.path={tmp_path}/state.db", **secrets)
        assert result.returncode == 0
        assert Metrics(result.stdout).value("authprobe_probes_total", target="in") == run


def test_a_file_that_cannot_be_written_is_told(binary, demo, tmp_path):
    config, secrets = configuration(tmp_path, demo)
    result = once(binary, config, f"--textfile={tmp_path}/none/authprobe.prom", **secrets)
    assert result.returncode == 1 and "none/authprobe.prom" in result.stderr
    alone = subprocess.run([binary, f"--config.file={config}", "--textfile=x"], capture_output=True, text=True, timeout=20, check=False)
    assert alone.returncode == 2 and "--once" in alone.stderr


def test_the_version_has_the_form_of_other_exporters(binary):
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
    assert re.match(r"authprobe_exporter, version \S+ \(branch: \S+, revision: \S+\)\n  compiler: +\S.*\n  platform: +linux/\S+\n$", said)
