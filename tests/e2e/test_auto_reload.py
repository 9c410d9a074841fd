"""--config.auto-reload: changed files are taken without a signal, and a file with errors takes no other file with it."""

import os
import subprocess

import pytest

import hostile
from loopback import Fine, Handler, Server
from processes import eventually


@pytest.fixture
def server():
    with Server(Fine) as started:
        yield started


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "teams").mkdir()
    return tmp_path / "teams"


@pytest.fixture
def target(server):
    return lambda name, more="": f'[targets.{name}]\nurl = "http://127.0.0.1:{server.port}/{name}"\n{more}'


def main(target, more: str = "") -> str:
    return ('include = ["teams/*.toml"]\n[defaults]\ninterval = "200ms"\ntimeout = "150ms"\n' + target("own") + more)


@pytest.fixture
def watching(exporter, folder, target):
    (folder / "a.toml").write_text(target("a"))
    (folder / "b.toml").write_text(target("b"))
    started = exporter(main(target), "--config.auto-reload", "--config.auto-reload-interval=1s")
    started.wait_until_ready()
    return started


def targets(exporter) -> set[str]:
    return {labels["target"] for labels, _ in exporter.metrics().all("authprobe_target_info")}


def broken(exporter) -> dict[str, str]:
    return {labels["file"]: labels["in_use"] for labels, _ in exporter.metrics().all("authprobe_config_file_broken")}


def test_a_changed_new_or_removed_file_is_taken_and_the_rest_keeps_its_counts(watching, folder, target):
    before = eventually(lambda: (value := watching.metrics().value("authprobe_probes_total", target="b")) >= 3 and value)
    (folder / "a.toml").write_text(target("a2"))
    (folder / "c.toml").write_text(target("c"))
    eventually(lambda: targets(watching) == {"own", "a2", "b", "c"})
    (folder / "c.toml").unlink()
    watching.rewrite(main(target, target("more")))
    eventually(lambda: targets(watching) == {"own", "a2", "b", "more"})
    assert watching.metrics().value("authprobe_probes_total", target="b") >= before
    watching.wait_for_state("more", "ok")


def test_a_broken_file_keeps_what_was_good_is_named_and_holds_nobody_up(watching, folder, target):
    (folder / "a.toml").write_text(target("a", "intervall = 1\n"))
    (folder / "b.toml").write_text(target("b2"))
    eventually(lambda: targets(watching) == {"own", "a", "b2"})
    line = watching.wait_for_line("level=error.*an included file has errors")[0]
    assert watching.output.count("an included file has errors") == 1 and "teams/a.toml:3:1: targets.a.intervall" in watching.output, line
    eventually(lambda: broken(watching) == {str(folder / "a.toml"): "last_good"})
    metrics = watching.metrics()
    assert metrics.value("authprobe_config_files_broken") == 1 and metrics.value("authprobe_config_last_reload_successful") == 1
    probes = metrics.value("authprobe_probes_total", target="a")
    eventually(lambda: watching.metrics().value("authprobe_probes_total", target="a") > probes)
    answer = watching.reload()
    assert answer.status == 200 and "teams/a.toml:3:1: targets.a.intervall" in answer.text

    (folder / "a.toml").write_text(target("a3"))
    watching.wait_for_line("an included file has no errors any more")
    eventually(lambda: targets(watching) == {"own", "a3", "b2"})
    eventually(lambda: broken(watching) == {} and watching.metrics().value("authprobe_config_files_broken") == 0)
    assert watching.output.count("an included file has errors") == 1


def test_a_broken_main_file_keeps_the_old_configuration_and_says_so_once(watching, target):
    for blanks in range(3):
        watching.rewrite("[[[" + "\n" * blanks)
        eventually(lambda: watching.metrics().value("authprobe_config_last_reload_successful") == 0)
    watching.rewrite(main(target, 'wrong = "here"\n'))
    watching.wait_for_line("configuration not reloaded")
    assert targets(watching) == {"own", "a", "b"}
    watching.rewrite(main(target))
    eventually(lambda: watching.metrics().value("authprobe_config_last_reload_successful") == 1)
    assert watching.output.count("configuration not reloaded") <= 2, watching.output


def test_an_exporter_starts_without_a_broken_file_and_check_does_not_pass_it(exporter, binary, folder, target):
    (folder / "a.toml").write_text("[[[")
    (folder / "b.toml").write_text(target("b"))
    running = exporter(main(target), "--config.auto-reload", "--config.auto-reload-interval=1s")
    running.wait_for_state("b", "ok")
    eventually(lambda: targets(running) == {"own", "b"} and broken(running) == {str(folder / "a.toml"): "nothing"})
    done = subprocess.run([binary, "check", running.config], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and "teams/a.toml:1:" in done.stdout
    done = subprocess.run([binary, "check", "--for-start", running.config], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and "teams/a.toml:1:" in done.stdout
    (folder.parent / "broken.toml").write_text('include = ["teams/*.toml"]\n[targets.x]\nurl = 1\n')
    done = subprocess.run([binary, "check", "--for-start", folder.parent / "broken.toml"], capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 1 and "teams/a.toml:1:" in done.stdout and "targets.x.url" in done.stdout
    (folder / "a.toml").write_text(target("a"))
    eventually(lambda: targets(running) == {"own", "a", "b"} and broken(running) == {})


def test_a_config_map_that_is_swapped_is_taken(exporter, folder, target):
    """Kubernetes changes the link to the folder, not the files."""
    for version, name in (("..1", "old"), ("..2", "new")):
        (folder / version).mkdir()
        (folder / version / "team.toml").write_text(target(name))
    (folder / "..data").symlink_to("..1")
    (folder / "team.toml").symlink_to("..data/team.toml")
    running = exporter(main(target), "--config.auto-reload", "--config.auto-reload-interval=1s")
    eventually(lambda: targets(running) == {"own", "old"})
    (folder / "..data_tmp").symlink_to("..2")
    os.rename(folder / "..data_tmp", folder / "..data")
    eventually(lambda: targets(running) == {"own", "new"})


def test_a_name_that_is_not_utf8_costs_no_scrape(exporter, folder, target):
    (folder / os.fsdecode(b"\xff\n.toml")).write_text("[[[")
    running = exporter(main(target))
    eventually(lambda: list(broken(running)) == [f"{folder}/??.toml"])


def test_without_the_flag_nothing_is_reloaded(exporter, folder, target):
    running = exporter(main(target))
    running.wait_until_ready()
    (folder / "a.toml").write_text(target("a"))
    count = running.metrics().value("authprobe_probes_total", target="own")
    eventually(lambda: running.metrics().value("authprobe_probes_total", target="own") > count + 12)  # two seconds and more
    assert targets(running) == {"own"}
    assert running.reload().status == 200 and targets(running) == {"own", "a"}


class Recorder(Handler):
    """Remembers who was asked for what, with which Authorization."""

    seen: list[tuple[int, str, str]] = []

    def do_GET(self):
        self.seen.append((self.server.server_port, self.path, self.headers.get("Authorization", "")))
        self.answer(200)


def test_a_team_ships_its_targets_and_gets_at_no_other_secret(exporter, tmp_path):
    """A team's file is good, then tries one thing after another that must not be. The other team's targets go on all the time."""
    Recorder.seen = []
    with Server(Recorder) as home, Server(Recorder) as evil:
        for team in ("shop", "crm"):
            (tmp_path / f"{team}.key").write_text(f"the-key-of-{team}")
            (tmp_path / "teams" / team).mkdir(parents=True)
            (tmp_path / "teams" / team / "a.toml").write_text(
                f'[targets.{team}-a]\nurl = "http://127.0.0.1:{home.port}/{team}"\ncredential = "{team}-api"\n')
        running = exporter(
            "include = [" + ", ".join(f'{{ files = "teams/{team}/*.toml", names = "{team}-*", credentials = "{team}-api" }}'
                                      for team in ("shop", "crm"))
            + ']\n[defaults]\ninterval = "200ms"\ntimeout = "150ms"\n'
            + "".join(f'[credentials.{team}-api]\nkind = "bearer"\ntoken.file = "{team}.key"\nhosts = ["127.0.0.1:{home.port}"]\n'
                      for team in ("shop", "crm")), "--config.auto-reload", "--config.auto-reload-interval=1s")
        eventually(lambda: {(path, key) for _, path, key in Recorder.seen} >= {("/shop", "Bearer the-key-of-shop"),
                                                                              ("/crm", "Bearer the-key-of-crm")})
        file = tmp_path / "teams/shop/b.toml"
        there = f'[targets.shop-b]\nurl = "http://127.0.0.1:{evil.port}/"\n'
        here = f'[targets.shop-b]\nurl = "http://127.0.0.1:{home.port}/"\n'
        for attack in (there + 'credential = "shop-api"\n', there + 'credential = "crm-api"\n', here + 'credential = "crm-api"\n',
                       here + f'credential = "shop-api"\nproxy = "http://127.0.0.1:{evil.port}"\n',
                       f'[credentials.mine]\nkind = "bearer"\ntoken.file = "{tmp_path}/crm.key"\n' + there + 'credential = "mine"\n',
                       there, here.replace("shop-b", "crm-a")):
            count = running.output.count("an included file has errors")
            file.write_text(attack)
            eventually(lambda: running.output.count("an included file has errors") == count + 1)
            eventually(lambda: broken(running) == {str(file): "nothing"} and targets(running) == {"shop-a", "crm-a"})
        crm = running.metrics().value("authprobe_probes_total", target="crm-a")
        eventually(lambda: running.metrics().value("authprobe_probes_total", target="crm-a") > crm)
        file.write_text(here + 'credential = "shop-api"\n')
        eventually(lambda: targets(running) == {"shop-a", "shop-b", "crm-a"} and broken(running) == {})
    assert {port for port, *_ in Recorder.seen} == {home.port}


def scoped(teams: dict[str, str], more: str = "") -> str:
    return ("include = [" + ", ".join(f'{{ files = "{team}/*.toml", names = "*", hosts = "127.0.0.1"{keys} }}' for team, keys in teams.items())
            + ']\n[defaults]\ninterval = "200ms"\ntimeout = "150ms"\n' + more)


def test_a_teams_thousands_of_patterns_delay_no_start_no_reload_and_no_probe(exporter, tmp_path, target):
    """The file takes 20 s and 4 GB where each pattern is compiled."""
    (tmp_path / "shop").mkdir()
    heavy = "".join(target(f"s{i}", f"expect.body_matches = ['(x{{0,30}}){{0,30}}{i}', '[ab]*a[ab]{{900}}{i}']\n") for i in range(5000))
    (tmp_path / "shop" / "a.toml").write_text(heavy)
    running = exporter(scoped({"shop": ""}, target("own")), "--config.auto-reload", "--config.auto-reload-interval=1s")
    running.wait_for_state("own", "ok")
    line = running.wait_for_line("level=error.*an included file has errors.*")[0]
    assert len(line) < 20_000 and "more" in line and "a.toml:3:1: targets.s0.expect: has patterns of " in line, line
    assert targets(running) == {"own"}
    running.rewrite(scoped({"shop": ""}, target("own") + target("more")))
    running.wait_for_state("more", "ok")
    metrics = running.metrics()
    assert metrics.value("authprobe_schedule_delay_seconds_bucket", le="1") == metrics.value("authprobe_schedule_delay_seconds_count")
    answer = running.reload()
    assert answer.status == 200 and len(answer.text) < 20_000 and "shop/a.toml: and " in answer.text


def test_a_teams_clash_of_names_sets_its_file_aside_and_nothing_else(exporter, tmp_path, target):
    for folder in ("shop", "common"):
        (tmp_path / folder).mkdir()
    mine = tmp_path / "shop" / "common.toml"
    main = scoped({"shop": ""}, target("own")).replace("[", '["common/*.toml", "*/common.toml", ', 1)
    (tmp_path / "shop" / "a.toml").write_text(target("new") + target("late"))
    mine.write_text(target("mine"))  # a trusted pattern matches it
    running = exporter(main, "--config.auto-reload", "--config.auto-reload-interval=1s")
    eventually(lambda: targets(running) == {"own", "new", "late"} and broken(running) == {str(mine): "nothing"})
    mine.unlink()
    eventually(lambda: broken(running) == {})
    running.rewrite(main + target("new"))
    eventually(lambda: targets(running) == {"own", "new"} and broken(running) == {str(tmp_path / "shop/a.toml"): "nothing"})
    assert "shop/a.toml:1:10: targets.new: already defined at " in running.output
    running.rewrite(main)
    eventually(lambda: targets(running) == {"own", "new", "late"} and broken(running) == {})
    (tmp_path / "common" / "z.toml").write_text(target("late"))
    eventually(lambda: targets(running) == {"own", "late"} and broken(running) == {str(tmp_path / "shop/a.toml"): "nothing"})
    assert running.metrics().value("authprobe_config_last_reload_successful") == 1


def test_a_teams_hung_targets_leave_slots_to_the_others(exporter, tmp_path, target):
    with hostile.Server(lambda _: hung.stopping.wait()) as hung:
        (tmp_path / "shop").mkdir()
        (tmp_path / "shop" / "a.toml").write_text(
            "".join(f'[targets.hung-{i}]\nurl = "http://127.0.0.1:{hung.port}/"\ntimeout = "10m"\n' for i in range(20)))
        running = exporter(scoped({"shop": ""}, "[settings]\nmax_in_flight = 8\n" + target("own")))
        eventually(lambda: running.metrics().value("authprobe_probes_in_flight") >= 4)
        before = running.metrics().value("authprobe_probes_total", target="own")
        eventually(lambda: running.metrics().value("authprobe_probes_total", target="own") > before + 5)
        eventually(lambda: running.metrics().value("authprobe_schedule_missed_total") > 20)
        assert running.metrics().value("authprobe_probes_in_flight") <= 5
