"""Signatures of the user's own: tried with explain, checked, used by the exporter and by diagnose."""

import json
import re
import subprocess

from processes import BINARY, TOP

ANSWER = {"id": "a", "status": 403, "headers": {"X-Acme-Reason": "frozen"}, "request": {"auth": "api_key"},
          "body": '{"code":"E-77","message":"key has been frozen"}'}


def own_signature() -> str:
    """The one that the documentation shows."""
    text = (TOP / "docs/causes.md").read_text()
    return re.search(r"```toml\n(\[\[signature\]\].*?)```", text, re.S)[1]


def run(*arguments, text: str = "") -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, *map(str, arguments)], input=text, capture_output=True, text=True, timeout=20, check=False)


def test_explain_takes_them(binary, tmp_path):
    mine = tmp_path / "acme.toml"
    mine.write_text(own_signature())
    without = json.loads(run("explain", "--jsonl", text=json.dumps(ANSWER)).stdout)
    assert "acme" not in json.dumps(without)
    result = json.loads(run("explain", "--jsonl", f"--signatures={mine}", text=json.dumps(ANSWER)).stdout)
    assert result["cause"] == "resource_disabled" and result["confidence"] == "certain"
    assert any("acme.key_frozen" in line for line in result["evidence"])


def test_a_broken_one_is_told_with_its_file_and_rule(binary, tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text('[[signature]]\nid = "acme.x"\ncause = "boredom"\n')
    config = tmp_path / "config.toml"
    config.write_text('[settings]\nsignatures = ["broken.toml"]\n[targets.t]\nurl = "http://127.0.0.1:1/"\n')
    checked = run("check", config)
    assert checked.returncode == 1 and "broken.toml" in checked.stdout and "acme.x" in checked.stdout
    explained = run("explain", "--jsonl", f"--signatures={broken}")
    assert explained.returncode == 2 and "broken.toml" in explained.stderr
    started = run(f"--config.file={config}", "--web.listen-address=127.0.0.1:0")
    assert started.returncode == 1 and "broken.toml" in started.stderr


def test_a_provider_s_file_may_have_some(demo, exporter, binary, tmp_path):
    """They are used in every target; an error is told with the file and the entry; the id begins with the provider's name."""
    (provider,) = re.findall(r"^<!-- file: acme.toml -->\n```\n(.*?)^```", (TOP / "docs/providers.md").read_text(), re.S | re.M)
    words = provider.replace("status = [403]", "firm = true").replace('fields = { code = "E-77" }\n', "")
    (tmp_path / "acme.toml").write_text(words.replace("key has been frozen", "The caller does not have permission"))
    text = (f'[settings]\nproviders = ["{tmp_path}/acme.toml"]\n[targets.t]\nurl = "{demo.url}/refuse/forbidden"\n'
            'interval = "200ms"\ntimeout = "200ms"\n')
    running = exporter(text)
    running.wait_for_state("t", "forbidden")
    target = json.loads(running.get("/api/v1/targets/t").text)
    assert target["cause"] == "resource_disabled" and "acme.key_frozen" in json.dumps(target["evidence"]), target
    config = tmp_path / "config.toml"
    config.write_text(text)
    for wrong, told in ((("acme.key_frozen", "other.key_frozen"), "id must begin with acme."),
                        (('cause = "resource_disabled"', ""), "cause must be a text")):
        (tmp_path / "acme.toml").write_text(provider.replace(*wrong))
        checked = run("check", config)
        assert checked.returncode == 1 and "acme.toml" in checked.stdout and "settings.providers" in checked.stdout, checked.stdout
        assert told in checked.stdout, checked.stdout
        assert running.reload().status == 500


def test_the_exporter_and_its_reload_use_them(demo, exporter, tmp_path):
    (tmp_path / "demo.toml").write_text('[[signature]]\nid = "demo.own_words"\ncause = "geo_blocked"\nstatus = [403]\nfirm = true\n'
                                        "body = '''The caller does not have permission'''\nsource = \"https://example.com\"\n"
                                        "examples = [{ status = 403, sent = \"bearer\", body = 'The caller does not have permission' }]\n")
    target = f'[targets.t]\nurl = "{demo.url}/refuse/forbidden"\ninterval = "200ms"\ntimeout = "200ms"\n'
    running = exporter(f'[settings]\nsignatures = ["{tmp_path / "demo.toml"}"]\n{target}')
    running.wait_for_state("t", "forbidden")
    assert json.loads(running.get("/api/v1/targets/t").text)["cause"] == "geo_blocked"
    (tmp_path / "demo.toml").write_text("[[signature]]\n")
    assert running.reload().status == 500
