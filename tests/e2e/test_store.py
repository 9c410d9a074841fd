"""What outlives a restart: counters, states and their times with --storage.path, whatever ends the process and whatever the file is."""

import json
import os
import random
import resource
import sqlite3
import subprocess
import time

import pytest

from loopback import Handler, Server
from processes import BINARY, Exporter, Metrics, eventually, free_port, request
from restarts import FAST, FLUSH, Api, api, flushed, kill, ledger, start, targets  # noqa: F401 (fixtures)


@pytest.mark.parametrize("end", [kill, Exporter.close])
def test_counters_and_times_go_on_after_any_end(api, start, end):
    config = FAST + targets(api, 3)
    first = start(config)
    first.wait_for_state("t0", "ok")
    Api.status = 403
    first.wait_for_state("t0", "forbidden")
    before = ledger(flushed(first))
    end(first)
    after = ledger(start(config).metrics())
    assert [key for key, value in before.items() if after[key] < value] == []
    assert before[("authprobe_http_responses_total", (("code", "403"), ("target", "t0")))] > 0


def test_a_running_episode_is_the_same_one_after_a_restart(api, start):
    config = FAST + targets(api, 1)
    first = start(config)
    first.wait_for_state("t0", "ok")
    Api.status = 401
    first.wait_for_state("t0", "unauthorized")
    flushed(first)
    before = json.loads(first.get("/api/v1/targets/t0").text)
    kill(first)
    second = start(config)
    # Before its first probe and after it: the same state since the same time, no transition, the same last good answer.
    for _ in range(2):
        shown = json.loads(second.get("/api/v1/targets/t0").text)
        assert {key: shown[key] for key in ("state", "since", "last_good")} == {key: before[key] for key in ("state", "since", "last_good")}
        metrics = second.metrics()
        assert metrics.value("authprobe_status_transitions_total", target="t0", **{"from": "2xx", "to": "401"}) == 1
        assert metrics.all("authprobe_auth_failure_cause", target="t0")
        probes = metrics.value("authprobe_probes_total", target="t0")
        eventually(lambda: second.metrics().value("authprobe_probes_total", target="t0") > probes)
    assert "refused the probe" not in second.output  # nothing is new


def test_a_change_while_the_exporter_was_down_is_a_transition(api, start):
    config = FAST + targets(api, 1)
    first = start(config)
    first.wait_for_state("t0", "ok")
    flushed(first)
    kill(first)
    Api.status = 401
    second = start(config)
    second.wait_for_state("t0", "unauthorized")
    assert second.metrics().value("authprobe_status_transitions_total", target="t0", **{"from": "2xx", "to": "401"}) == 1


def test_a_changed_target_begins_again_and_keeps_its_counters_as_in_a_reload(api, start):
    first = start(FAST + targets(api, 1))
    first.wait_for_state("t0", "ok")
    before = flushed(first)
    kill(first)
    Api.status = 401
    second = start(FAST + targets(api + "/other", 1))
    second.wait_for_state("t0", "unauthorized")
    metrics = second.metrics()
    assert metrics.value("authprobe_status_transitions_total", target="t0", **{"from": "2xx", "to": "401"}) == 0
    assert metrics.value("authprobe_probes_total", target="t0") > before.value("authprobe_probes_total", target="t0")
    kill(second)
    third = start(FAST + targets(api, 1).replace("t0", "renamed"))
    third.wait_for_state("renamed", "unauthorized")
    assert third.metrics().all("authprobe_probes_total", target="t0") == []


def test_nothing_flushed_goes_back_over_200_kills(api, running, tmp_path):
    """Kills at random moments. What a scrape has shown longer ago than the flush time is there in the next process."""
    dice = random.Random(20)
    config = tmp_path / "authprobe.toml"
    config.write_text('[defaults]\ninterval = "100ms"\ntimeout = "1s"\n' + targets(api, 20))
    port = free_port()
    settled: dict = {}
    kills = 0
    longest = time.monotonic() + 400
    while kills < 200 and time.monotonic() < longest:
        starting = kills % 3 == 1  # killed before it can be asked, for example while it opens the file
        process = subprocess.Popen([BINARY, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}", "--log.level=error",
                                    f"--storage.path={tmp_path}/state.db"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            seen = []  # (time, ledger)
            if starting:
                time.sleep(dice.uniform(0, 0.4))
                continue
            first = eventually(lambda: ledger(Metrics(request(f"http://127.0.0.1:{port}/metrics").text)))
            assert [key for key, value in settled.items() if first[key] < value] == []
            # Most lives are short; every tenth outlives the flush time.
            end = time.monotonic() + (dice.uniform(FLUSH, 1.6 * FLUSH) if kills % 10 == 0 else dice.uniform(0, 0.25))
            while time.monotonic() < end:
                seen.append((time.monotonic(), ledger(Metrics(request(f"http://127.0.0.1:{port}/metrics").text))))
                if dice.random() < 0.1:
                    Api.status = dice.choice((200, 200, 401, 403, 500))
            killed = time.monotonic()
        finally:
            process.kill()
            process.wait()
            kills += 1
        for when, values in seen:
            if when < killed - FLUSH:
                settled = {key: max(value, settled.get(key, 0)) for key, value in values.items()}
    assert kills >= 200
    assert sum(value for (name, _), value in settled.items() if name == "authprobe_probes_total") > 100


def test_a_crash_loop_does_not_send_a_refused_password_again(start, tmp_path):
    seen = []

    class Login(Handler):
        def do_GET(self):
            seen.append(self.headers.get("Authorization"))
            self.answer(401, WWW_Authenticate='Basic realm="x"')

    secret = tmp_path / "password"
    secret.write_text("never-right-password")
    with Server(Login) as server:
        config = (FAST + f'[credentials.crm]\nkind = "basic"\nusername = {{ value = "probe" }}\npassword = {{ file = "{secret}" }}\n'
                  f'[targets.crm]\nurl = "http://127.0.0.1:{server.port}/"\ncredential = "crm"\ncontrols.anonymous = false\n')
        first = start(config)
        eventually(lambda: first.metrics().value("authprobe_credential_lockout_backoff_seconds", credential="crm") > 0)
        flushed(first)
        kill(first)
        sent = len([value for value in seen if value])
        for _ in range(5):
            again = start(config)
            flushed(again)
            assert again.metrics().value("authprobe_credential_lockout_backoff_seconds", credential="crm") > 0
            kill(again)
        assert len([value for value in seen if value]) == sent
        # Another password is tried at once.
        os.utime(secret, (1, 1))
        start(config)
        eventually(lambda: len([value for value in seen if value]) > sent)


def test_rotations_and_first_sight_of_a_credential_go_on(api, start, tmp_path):
    secret = tmp_path / "token"
    secret.write_text("first-token-value")
    config = (FAST + f'[credentials.k]\nkind = "bearer"\ntoken = {{ file = "{secret}" }}\n[targets.t0]\nurl = "{api}/"\ncredential = "k"\n')
    first = start(config)
    first.wait_for_state("t0", "ok")
    secret.write_text("second-token-value")
    eventually(lambda: first.metrics().value("authprobe_credential_rotations_total", credential="k") == 1)
    loaded = flushed(first).value("authprobe_credential_loaded_timestamp_seconds", credential="k")
    kill(first)
    second = start(config)
    assert second.metrics().value("authprobe_credential_rotations_total", credential="k") == 1
    assert second.metrics().value("authprobe_credential_loaded_timestamp_seconds", credential="k") == loaded
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("state.db*"))
    assert b"second-token" not in raw and b"first-token" not in raw and b'"rotations":1' in raw


def spoiled(path, how: str):
    """Makes `path` unusable, and returns what is said of it."""
    if how == "text":
        path.write_text("not a database\n" * 100)
        return "is not a state file"
    if how == "another program's":
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE notes(text)")
        return "is the database of another program"
    if how == "newer":
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE later(text)")
            database.execute(f"PRAGMA application_id={0x41505242}")
            database.execute("PRAGMA user_version=99")
        return "was written by a newer exporter"
    if how == "a folder":
        path.mkdir()
        return "is a folder"
    if how == "a fifo":
        os.mkfifo(path)
        return "regular file"
    path.symlink_to(path.parent / "elsewhere")
    return "is a symbolic link"


@pytest.mark.parametrize("how", ["text", "another program's", "newer", "a folder", "a fifo", "a link"])
def test_a_file_that_is_not_ours_is_left_alone_and_the_exporter_runs_without(api, start, tmp_path, how):
    path = tmp_path / "state.db"
    rule = spoiled(path, how)
    before = path.read_bytes() if path.is_file() else None
    exporter = start(FAST + targets(api, 1))
    exporter.wait_for_state("t0", "ok")
    exporter.wait_for_line(f"{path}: .*{rule}")
    assert exporter.metrics().value("authprobe_store_up") == 0
    exporter.close()
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_damaged_file_is_left_alone_or_read_but_never_a_crash(api, start, tmp_path):
    """Each page is overwritten in turn: the exporter runs, and where it says that the file is damaged it has not touched it."""
    path = tmp_path / "state.db"
    config = FAST + targets(api, 30)
    first = start(config)
    first.wait_for_state("t0", "ok")
    flushed(first)
    first.close()
    whole = path.read_bytes()
    said = 0
    for page in range(0, len(whole), 4096):
        damaged = whole[:page + 100] + b"\xa5" * 300 + whole[page + 400:]
        path.write_bytes(damaged)
        exporter = start(config)
        exporter.wait_for_state("t0", "ok")
        if exporter.metrics().value("authprobe_store_up") == 0:
            said += 1
            exporter.wait_for_line(f"{path}: .*damaged")
            exporter.close()
            assert path.read_bytes() == damaged
        else:
            exporter.close()
    assert said > 0


def test_a_second_exporter_on_the_same_file_runs_without_it(api, start):
    first = start(FAST + targets(api, 1))
    second = start(FAST + targets(api, 1))
    second.wait_for_line("in use by another process")
    assert second.metrics().value("authprobe_store_up") == 0
    second.wait_for_state("t0", "ok")
    flushed(first)


def test_a_folder_that_everybody_may_write_to_or_that_is_missing_is_refused(api, exporter, tmp_path):
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    for path, rule in ((folder / "state.db", "must not be writable by everybody"), (tmp_path / "none/deeper/state.db", "folder cannot be used")):
        running = exporter(FAST + targets(api, 1), f"--storage.path={path}")
        running.wait_for_line(rule)
        assert running.metrics().value("authprobe_store_up") == 0
        running.close()
    assert list(folder.iterdir()) == []


def test_a_full_disk_is_told_once_and_writing_goes_on_when_there_is_room(api, start, tmp_path):
    """A limit of the file's size stands for the disk: SQLite meets it at the same calls."""
    exporter = start(FAST + targets(api, 50))
    before = flushed(exporter)
    resource.prlimit(exporter.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    eventually(lambda: exporter.metrics().value("authprobe_store_write_failures_total") >= 1)
    assert exporter.metrics().value("authprobe_store_up") == 0
    exporter.wait_for_line("could not be written")
    probes = exporter.metrics().value("authprobe_probes_total", target="t0")
    eventually(lambda: exporter.metrics().value("authprobe_probes_total", target="t0") > probes)
    resource.prlimit(exporter.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    eventually(lambda: exporter.metrics().value("authprobe_store_up") == 1)
    assert exporter.output.count("could not be written") == 1
    last = flushed(exporter)
    kill(exporter)
    again = start(FAST + targets(api, 50))
    after = ledger(again.metrics())
    assert [key for key, value in ledger(last).items() if after[key] < value] == []
    assert ledger(before).keys() <= after.keys()


def test_the_file_and_a_folder_made_for_it_are_for_their_owner_alone(api, start, tmp_path):
    exporter = start(FAST + targets(api, 1), f"--storage.path={tmp_path}/made/state.db")  # of two flags the last counts
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o700
    flushed(exporter)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("made/state.db*")} == {0o600}


def test_without_the_flag_no_metric_speaks_of_a_store(api, exporter):
    assert "authprobe_store" not in exporter(FAST + targets(api, 1)).metrics().text
