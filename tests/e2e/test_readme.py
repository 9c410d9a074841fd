"""What the README says is run: every shell block has a test by its name, every file block is loaded."""

import re
import subprocess

from processes import TOP, Process, eventually, request

README = (TOP / "README.md").read_text()
COMMANDS = dict(re.findall(r"<!-- run: ([a-z-]+) -->\n```sh\n(.*?)```", README, re.S))
FILES = dict(re.findall(r"<!-- file: ([a-z.]+) -->\n```\w+\n(.*?)```", README, re.S))


def lines(name: str) -> list[str]:
    return [line.partition("  #")[0].strip() for line in COMMANDS[name].splitlines()]


def test_every_block_is_tested():
    assert README.count("```sh\n") == len(COMMANDS)
    assert set(COMMANDS) == {"quickstart", "break", "first-monitor", "explain", "tests"}
    assert README.count("```") == 2 * (len(COMMANDS) + len(FILES))


def test_links_lead_somewhere():
    for link in re.findall(r"\]\((?!http)([^)#]+)", README):
        assert (TOP / link).exists(), link


def test_the_scripts_are_there():
    # test_quickstart.py runs the one; the other runs this.
    for script in (*lines("quickstart"), *lines("tests")):
        assert (TOP / script).stat().st_mode & 0o111


def test_breaking_a_token_by_the_readme(demo, exporter):
    """The block's lines, with the ports of this test; the alert's line is test_quickstart.py's."""
    config = (TOP / "config/quickstart.toml").read_text().replace("http://127.0.0.1:10074", demo.url)
    secret_of = {name.upper().replace("-", "_"): secret for name, secret in demo.secret_of.items()}
    watched = exporter(config, **secret_of)
    watched.wait_until_ready()
    break_it, look, alerts, restore = lines("break")
    look = look.replace("localhost:10073", watched.url)
    run(break_it.replace("break-token", f"break-token --api {demo.url}"))
    assert eventually(lambda: 'target="billing-me"' in run(look, may_fail=True))
    assert alerts.startswith("amtool ")
    run(restore.replace("break-token", f"break-token --api {demo.url}"))
    watched.wait_for_state("billing-me", "ok")


def run(command: str, cwd=TOP, may_fail: bool = False, **options) -> str:
    result = subprocess.run(["bash", "-c", command], cwd=cwd, capture_output=True, text=True, timeout=20, check=False, **options)
    assert may_fail or result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"
    return result.stdout


def test_the_first_monitor(binary, demo, running, tmp_path):
    (tmp_path / "my.toml").write_text(FILES["my.toml"].replace("https://api.example.com", demo.url))
    (tmp_path / "build").symlink_to(binary.parents[1])
    save, check, probe, serve = lines("first-monitor")
    run(save, tmp_path, input=demo.secret_of["demo-billing"] + "\n")
    assert (tmp_path / "my-api.token").stat().st_mode & 0o077 == 0
    assert "0 warnings" in run(check, tmp_path)
    assert "\nprobe_success 1\n" in "\n" + run(probe, tmp_path)
    process = running.add(Process("bash", "-c", f"exec {serve} --web.listen-address=127.0.0.1:0", cwd=tmp_path))
    process.secrets = [demo.secret_of["demo-billing"]]
    address = process.wait_for_line(r'listening.* address="?([^\s"]+)')[1]
    eventually(lambda: 'authprobe_target_state{target="my-api-me",state="ok"} 1' in request(f"http://{address}/metrics").text, 20)


def test_three_lines_are_a_monitor(binary, tmp_path):
    (tmp_path / "provider.toml").write_text(FILES["provider.toml"])
    (tmp_path / "ci.token").write_text("a-token-of-this-test\n")
    (tmp_path / "ci.token").chmod(0o600)
    said = run(f"{binary} check provider.toml", tmp_path)
    assert "ok, 1 target, 1 credential" in said and "target ci: GET https://api.github.com/user" in said


def test_explain(binary, demo):
    (command,) = lines("explain")
    said = run(command.replace("localhost:10074", demo.url).replace("build/exporter/authprobe_exporter", str(binary)))
    assert "insufficient_scope" in said and "WWW-Authenticate" in said


def test_the_prometheus_configuration(tmp_path):
    (tmp_path / "alerts").symlink_to(TOP / "alerts")
    (tmp_path / "prometheus.yml").write_text(FILES["prometheus.yml"])
    run("promtool check config prometheus.yml", tmp_path)
