"""The commands at the terminal: exit codes and what they say."""

import json
import os
import re
import subprocess

import pytest

from processes import BINARY, TOP

SAMPLES = sorted(path for path in (TOP / "config").rglob("*.toml") if "targets.d" not in path.parts)


def run(*arguments, **options) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=20, check=False, **options)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_every_sample_passes_check(binary, sample):
    result = run("check", sample)
    assert result.returncode == 0, result.stdout + result.stderr


def test_there_are_samples():
    assert {path.name for path in SAMPLES} >= {"quickstart.toml"}


def test_check_reports_every_error_at_its_place(binary, tmp_path):
    config = tmp_path / "bad.toml"
    config.write_text("""
[targets.one]
ulr = "http://127.0.0.1/"
[targets.two]
url = "http://127.0.0.1/"
interval = "soon"
credential = "nobody"
""")
    result = run("check", config)
    assert result.returncode == 1
    report = result.stdout + result.stderr
    assert f"{config}:3:1: targets.one.ulr: " in report and "url" in report
    assert f"{config}:6:" in report and "targets.two.interval" in report
    assert f"{config}:7:" in report and "targets.two.credential" in report


def test_warnings_stand_at_their_key(binary, tmp_path):
    config = tmp_path / "odd.toml"
    config.write_text("""[defaults]
timeout = "2s"
tls.ca_file = "gone.pem"
[credentials.a]
kind = "bearer"
token = { file = "gone" }
owner = "x"
expires_at = 2020-01-01
[targets."a.b"]
url = "https://127.0.0.1/"
credential = "a"
maintenance = [{ start = 2020-01-01T00:00:00Z, end = 2020-01-02T00:00:00Z }]
""")
    report = run("check", config).stdout
    for line in ("6:1: warning: credentials.a.token: its file cannot be read", "8:1: warning: credentials.a.expires_at: has passed",
                 "3:5: warning: targets.a.b.tls.ca_file: its file cannot be read", "12:1: warning: targets.a.b.maintenance: has a window",
                 "4:14: warning: credentials.a: has no used_by"):
        assert f"{config}:{line}" in report, report
    assert report.splitlines()[-1] == f"{config}: ok, 1 target, 1 credential, 7 warnings"


@pytest.mark.parametrize("command", ["check", "probe", "diagnose", "explain", "report", "healthcheck"])
def test_help_has_the_exit_codes_of_each_command(binary, command):
    assert "Exit code: 0 " in run(command, "--help").stdout


def test_check_as_json(binary, tmp_path):
    config = tmp_path / "bad.toml"
    config.write_text('[targets.one]\nurl = "ftp://127.0.0.1/"\n')
    result = run("check", "--json", config)
    assert result.returncode == 1
    findings = json.loads(result.stdout)["findings"]
    assert [finding["key"] for finding in findings if finding["severity"] == "error"] == ["targets.one.url"]


def test_check_never_prints_a_secret(binary, tmp_path):
    config = tmp_path / "inline.toml"
    config.write_text('[credentials.a]\nkind = "bearer"\ntoken = { value = "sesame-open" }\n[credentials.b]\nkind = "bearer"\n'
                      'token = "sesame-open"\n[targets.t]\nurl = "http://user:sesame-open@127.0.0.1/?token=sesame-open"\n')
    result = run("check", config)
    assert "sesame-open" not in result.stdout + result.stderr
    assert result.stdout + result.stderr != ""


def test_a_missing_file_cannot_be_checked(binary, tmp_path):
    result = run("check", tmp_path / "none.toml")
    assert result.returncode == 2
    assert "none.toml" in result.stdout + result.stderr


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["check", "--help"], ["probe", "--help"]])
def test_help_and_version_are_no_errors(binary, arguments):
    result = run(*arguments)
    assert result.returncode == 0 and result.stdout


@pytest.mark.parametrize("arguments", [[], ["--no-such-flag"], ["check"], ["frobnicate"], ["--config.file=/x", "--log.level=loud"]])
def test_a_wrong_command_line_is_told(binary, arguments):
    result = run(*arguments)
    assert result.returncode == 2 and result.stderr


def test_check_reads_standard_input(binary):
    good = subprocess.run([binary, "check", "-"], input='[targets.one]\nurl = "http://127.0.0.1/"\n', capture_output=True, text=True,
                          timeout=20, check=False)
    assert good.returncode == 0 and good.stdout.endswith("-: ok, 1 target, 0 credentials, 0 warnings\n")
    bad = subprocess.run([binary, "check", "-"], input="[targets.one]\n", capture_output=True, text=True, timeout=20, check=False)
    assert bad.returncode == 1 and "-:1:" in bad.stdout


def test_check_takes_one_configuration(binary, tmp_path):
    config = tmp_path / "one.toml"
    config.write_text('[targets.a]\nurl = "https://api.example.com/"\n')
    result = run("check", config, config)
    assert result.returncode == 2
    assert "FILE: must be one file; a configuration has its other files in `include`" in result.stderr


def test_flags_of_the_running_exporter_mean_nothing_with_a_command(binary, tmp_path):
    config = tmp_path / "one.toml"
    config.write_text('[targets.one]\nurl = "http://127.0.0.1/"\n')
    for arguments in (["check", config, "--shard=0/2"], ["--web.route-prefix=/x", "check", config], ["help", "401", "--storage.path=/x"]):
        result = run(*arguments)
        assert result.returncode == 2 and "has no meaning with a command" in result.stderr
    assert run("--log.level=debug", f"--config.file={config}", "check").returncode == 0


def test_a_recording_without_a_status_line_says_how_to_make_one(binary):
    result = subprocess.run([binary, "explain"], input="<html>Unauthorized</html>", capture_output=True, text=True, timeout=20,
                            check=False)
    assert result.returncode == 1 and "curl -i" in result.stdout + result.stderr


def test_a_broken_configuration_does_not_start(binary, tmp_path):
    config = tmp_path / "bad.toml"
    config.write_text("[targets.one]\n")
    result = run(f"--config.file={config}", "--web.listen-address=127.0.0.1:0")
    assert result.returncode == 1
    assert "targets.one" in result.stderr


def test_probe_once(binary, demo, tmp_path):
    config = tmp_path / "probe.toml"
    config.write_text(f'[targets.good]\nurl = "{demo.url}/health"\n[targets.bad]\nurl = "{demo.url}/refuse/expired"\n')
    good = run("probe", "good", f"--config.file={config}")
    assert good.returncode == 0 and "\nprobe_success 1\n" in "\n" + good.stdout
    bad = run("probe", "bad", f"--config.file={config}")
    assert bad.returncode == 1 and "\nprobe_success 0\n" in "\n" + bad.stdout
    assert run("probe", "ugly", f"--config.file={config}").returncode == 2


@pytest.mark.parametrize("log_format, journal, stamped", [
    ("logfmt", False, True), ("logfmt", True, False), ("json", True, True)])
def test_the_journal_gets_no_second_timestamp(binary, tmp_path, log_format, journal, stamped):
    with open(tmp_path / "log", "w+", encoding="utf-8") as log:
        stat = os.fstat(log.fileno())
        stream = {"JOURNAL_STREAM": f"{stat.st_dev}:{stat.st_ino if journal else 1}"}
        subprocess.run([binary, f"--config.file={tmp_path}/none.toml", f"--log.format={log_format}"], stderr=log, timeout=20, check=False,
                       env=os.environ | stream)
        log.seek(0)
        line = next(line for line in log if "the configuration has errors" in line)
    assert bool(re.match(r'(\{"ts":"|ts=)20\d\d-', line)) == stamped, line


def test_healthcheck_tells_a_running_exporter_from_none(exporter):
    running = exporter("")
    assert run("healthcheck", "--url", f"{running.url}/-/healthy").returncode == 0
    elsewhere = run("healthcheck", "--url", f"{running.url}/nowhere")
    assert elsewhere.returncode == 1 and "status 404" in elsewhere.stderr
    running.close()
    gone = run("healthcheck", "--url", f"{running.url}/-/healthy")
    assert gone.returncode == 1 and "refused" in gone.stderr
