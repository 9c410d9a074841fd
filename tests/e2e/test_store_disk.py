"""The state file on disks that are small, slow, full, read-only, or hang: what is written, and what holds up nothing."""

import os
import signal
import subprocess
import time

import pytest

from preload import preload
from processes import Exporter, eventually, free_port, stop
from restarts import FAST, Api, api, flushed, kill, ledger, start, targets  # noqa: F401 (fixtures)


def written(exporter: Exporter) -> int:
    """Bytes that the process has given to files so far."""
    with open(f"/proc/{exporter.process.pid}/io", encoding="ascii") as counts:
        return int(dict(line.split(": ") for line in counts.read().splitlines())["wchar"])


def probes(exporter: Exporter) -> float:
    return sum(value for _, value in exporter.metrics().all("authprobe_probes_total"))


def test_probes_that_find_nothing_new_write_little(nginx, start):
    """A record of a target has 500 bytes, and with its page much more."""
    port = free_port()
    nginx(f'server {{ listen 127.0.0.1:{port} backlog=1024; location / {{ return 200 "fine"; }} }}')
    config = '[defaults]\ninterval = "1s"\ntimeout = "900ms"\n' + targets(f"http://127.0.0.1:{port}", 200)
    exporter = start(config)
    exporter.wait_until_ready()
    flushed(exporter)
    before, bytes_before = probes(exporter), written(exporter)
    eventually(lambda: probes(exporter) >= before + 2_000, 30)
    assert (written(exporter) - bytes_before) / (probes(exporter) - before) < 150
    seen = ledger(flushed(exporter))
    kill(exporter)
    after = ledger(start(config).metrics())
    assert [key for key, value in seen.items() if after[key] < value] == []


# What SQLite calls, and a file whose presence makes these calls wait.
HANGING = """
static void wait_for_the_disk(void) { while (access(getenv("DISK_HANGS"), F_OK) == 0) usleep(10000); }
ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t at) {
  wait_for_the_disk();
  return ((ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64"))(file, bytes, size, at);
}
ssize_t pread64(int file, void *bytes, size_t size, off64_t at) {
  wait_for_the_disk();
  return ((ssize_t (*)(int, void *, size_t, off64_t))dlsym(RTLD_NEXT, "pread64"))(file, bytes, size, at);
}
"""


@pytest.fixture
def hanging(tmp_path) -> dict[str, str]:
    """An environment in which reads and writes of the state file wait while `tmp_path`/hangs is there."""
    return {"LD_PRELOAD": preload(tmp_path, "hanging", HANGING), "DISK_HANGS": f"{tmp_path}/hangs"}


@pytest.mark.as_built
def test_a_disk_that_hangs_holds_up_no_probe_and_no_end_for_longer_than_said(api, start, hanging, tmp_path):
    exporter = start(FAST + targets(api, 3), **hanging)
    exporter.secrets.clear()
    exporter.wait_for_state("t0", "ok")
    flushed(exporter)
    (tmp_path / "hangs").touch()
    before = probes(exporter)
    eventually(lambda: probes(exporter) >= before + 30)
    assert time.time() - exporter.metrics().value("authprobe_store_last_write_timestamp_seconds") > 0.5
    code, seconds = stop(exporter)
    assert code == 1
    assert 4.5 < seconds < 6
    exporter.wait_for_line("the disk does not take the state file: what happened last is lost")


@pytest.mark.as_built
def test_a_disk_that_hangs_at_the_start_is_done_without(api, start, hanging, tmp_path):
    (tmp_path / "hangs").touch()
    exporter = start(FAST + targets(api, 1), **hanging)
    exporter.secrets.clear()
    exporter.wait_for_line("the disk does not answer")
    exporter.wait_for_state("t0", "ok")
    assert exporter.metrics().value("authprobe_store_up") == 0
    code, seconds = stop(exporter)
    assert code == 0 and seconds < 1


@pytest.mark.as_built
def test_an_end_while_the_disk_hangs_only_a_while_loses_nothing(api, start, hanging, tmp_path):
    config = FAST + targets(api, 3)
    exporter = start(config, **hanging)
    exporter.secrets.clear()
    exporter.wait_for_state("t0", "ok")
    flushed(exporter)
    (tmp_path / "hangs").touch()
    seen = ledger(exporter.metrics())
    exporter.signal(signal.SIGTERM)
    time.sleep(1)  # the end has to wait for the disk
    assert exporter.process.poll() is None
    (tmp_path / "hangs").unlink()
    assert exporter.wait() == 0
    after = ledger(start(config).metrics())
    assert [key for key, value in seen.items() if after[key] < value] == []


@pytest.fixture
def disk(tmp_path):
    """disk(options) mounts a file system in memory; it is unmounted in the end."""
    if os.geteuid() != 0:
        pytest.skip("mounts need root")
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(options: str):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"mode=0700,{options}", "authprobe-test", folder], check=True)
        return folder
    yield mount
    subprocess.run(["umount", "-l", folder], check=False)


def test_a_full_disk(api, start, disk):
    folder = disk("size=200k")
    exporter = start(FAST + targets(api, 20), f"--storage.path={folder}/state.db")
    flushed(exporter)
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError):
        while True:
            file.write(b"\0" * 4096)
    eventually(lambda: exporter.metrics().value("authprobe_store_up") == 0, 20)
    exporter.wait_for_line("could not be written.*no space left")
    Api.status = 403
    exporter.wait_for_state("t0", "forbidden")
    filler.unlink()
    eventually(lambda: exporter.metrics().value("authprobe_store_up") == 1)
    seen = flushed(exporter)
    kill(exporter)
    again = start(FAST + targets(api, 20), f"--storage.path={folder}/state.db")
    after = ledger(again.metrics())
    assert [key for key, value in ledger(seen).items() if after[key] < value] == []
    assert again.state("t0") == "forbidden"
    again.close()


def test_a_disk_that_was_full_from_the_start(api, start, disk):
    folder = disk("size=16k")
    (folder / "filler").write_bytes(b"\0" * 16384)
    exporter = start(FAST + targets(api, 1), f"--storage.path={folder}/state.db")
    exporter.wait_for_state("t0", "ok")
    exporter.wait_for_line(r"the state file cannot be used.*state\.db")
    assert exporter.metrics().value("authprobe_store_up") == 0
    exporter.close()


def test_a_disk_that_is_read_only(api, start, disk):
    folder = disk("size=1m")
    first = start(FAST + targets(api, 1), f"--storage.path={folder}/state.db")
    first.wait_for_state("t0", "ok")
    flushed(first)
    first.close()
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    exporter = start(FAST + targets(api, 1), f"--storage.path={folder}/state.db")
    exporter.wait_for_line("cannot be opened for writing: Read-only file system")
    exporter.wait_for_state("t0", "ok")
    assert exporter.metrics().value("authprobe_store_up") == 0
    exporter.close()


def test_an_exporter_that_remembers_every_target_is_ready_at_once(api, start):
    """A pod that is not ready is not scraped everywhere, and a gap in the scrapes resolves alerts."""
    config = '[defaults]\ninterval = "5m"\n' + targets(api, 2)
    first = start(config)
    first.wait_until_ready()
    flushed(first)
    kill(first)
    second = start(config)
    eventually(lambda: second.get("/-/ready").status == 200, 1)
    second.close()
    third = start(config + f'[targets.new]\nurl = "{api}/"\n')  # which waits for its first probe
    assert third.get("/-/ready").status == 503
    third.wait_until_ready()
