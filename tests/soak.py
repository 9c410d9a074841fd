#!/usr/bin/env python3
"""Runs one exporter for a long time in bad weather, and watches what may only grow slowly or not at all.

    tests/soak.py [--minutes N] [--targets N] [--seed N]

An nginx refuses, fails, hangs and recovers at random; secrets rotate; the configuration is reloaded with targets added and removed, and with
errors; clients connect and do not read; the process is suspended for some seconds. Every 10 seconds: resident memory, file descriptors,
threads, the longest scrape, probes a second, how late they began. Exit code 1 if, after the first tenth of the time, memory has grown by a
quarter and 32 MiB, descriptors or threads have grown, a scrape took 2 seconds, probes stand still, or the end takes a second.
"""

import argparse
import os
import random
import signal
import socket
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "e2e"))
from processes import Exporter, Nginx, free_port, stop  # noqa: E402


class Weather:
    """What happens to the exporter, one thing at a time."""

    def __init__(self, folder: Path, targets: int, chance: random.Random):
        self.folder, self.targets, self.chance, self.clients, self.extra = folder, targets, chance, [], 0
        self.port = free_port()
        self.nginx = Nginx(folder / "nginx", f"""server {{ listen 127.0.0.1:{self.port} backlog=4096;
            location / {{
              if (-f {folder}/refuses) {{ return 401 '{{"error":"invalid_token"}}'; }}
              if (-f {folder}/fails) {{ return 503 "no"; }}
              if (-f {folder}/closes) {{ return 444; }}
              return 200 "fine"; }} }}""")
        self.rotate()
        (folder / "authprobe.toml").write_text(self.config())
        self.exporter = Exporter(folder / "authprobe.toml", f"--storage.path={folder}/state/state.db")

    def config(self) -> str:
        return ('[defaults]\ninterval = "5s"\ntimeout = "4s"\n[credentials.k]\nkind = "bearer"\n'
                f'token = {{ file = "{self.folder}/token" }}\n' + "".join(
                    f'[targets.t{i}]\nurl = "http://127.0.0.1:{self.port}/{i}"\ncredential = "k"\n' for i in range(self.targets + self.extra)))

    def rotate(self):
        (self.folder / "token.new").write_text(f"token-{self.chance.getrandbits(128):032x}")
        (self.folder / "token.new").replace(self.folder / "token")

    def flip(self, how: str):
        path = self.folder / how
        path.unlink() if path.exists() else path.touch()

    def reload(self):
        self.extra = self.chance.randrange(100)
        self.exporter.rewrite(self.config())
        self.exporter.reload()

    def break_reload(self):
        self.exporter.rewrite("[targets.")
        self.exporter.reload()

    def stuck_clients(self):
        for client in self.clients:
            client.close()
        self.clients = []
        host, port = self.exporter.url.removeprefix("http://").split(":")
        for _ in range(50):
            with suppress(OSError):
                client = socket.create_connection((host, int(port)), timeout=2)
                client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
                self.clients.append(client)

    def suspend(self):
        self.exporter.signal(signal.SIGSTOP)
        time.sleep(2)
        self.exporter.signal(signal.SIGCONT)

    def next(self):
        self.chance.choice([lambda: self.flip("refuses"), lambda: self.flip("fails"), lambda: self.flip("closes"), self.rotate, self.reload,
                            self.break_reload, self.stuck_clients, self.suspend])()


class Sample:
    def __init__(self, exporter: Exporter):
        began = time.monotonic()
        metrics = exporter.metrics()
        self.at, self.scrape = began, time.monotonic() - began
        folder = f"/proc/{exporter.process.pid}"
        self.memory = metrics.value("process_resident_memory_bytes") / 2**20
        self.descriptors, self.threads = len(os.listdir(f"{folder}/fd")), len(os.listdir(f"{folder}/task"))
        self.probes = sum(value for _, value in metrics.all("authprobe_probes_total"))
        self.of_one = metrics.value("authprobe_probes_total", target="t0")  # which every configuration has
        self.missed = metrics.value("authprobe_schedule_missed_total")
        self.late = 1 - metrics.value("authprobe_schedule_delay_seconds_bucket", le="1") / max(
            1, metrics.value("authprobe_schedule_delay_seconds_count"))
        self.in_flight = metrics.value("authprobe_probes_in_flight")


def problems(samples: list[Sample], minutes: float) -> list[str]:
    settled = [sample for sample in samples if sample.at >= samples[0].at + 6 * minutes]
    first, rest = settled[:max(3, len(settled) // 10)], settled
    found = []

    def highest(part, name):
        return max(getattr(sample, name) for sample in part)

    if highest(rest, "memory") > 1.25 * highest(first, "memory") + 32:
        found.append(f"memory grew from {highest(first, 'memory'):.0f} to {highest(rest, 'memory'):.0f} MiB")
    if highest(rest, "threads") > highest(first, "threads") + 1:
        found.append(f"threads grew from {highest(first, 'threads')} to {highest(rest, 'threads')}")
    low = [min(sample.descriptors for sample in part) for part in (first, rest[-len(first):])]
    if low[1] > low[0] + 200:  # 50 clients that do not read, and probes in progress
        found.append(f"descriptors grew from {low[0]} to {low[1]}")
    if highest(rest, "scrape") > 2:
        found.append(f"a scrape took {highest(rest, 'scrape'):.1f} s")
    if any(later.of_one <= earlier.of_one and later.at - earlier.at > 5 for earlier, later in zip(rest, rest[3:])):
        found.append("probes stood still")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--targets", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if not 1 <= options.minutes <= 24 * 60:
        parser.error("from 1 minute to a day")
    with tempfile.TemporaryDirectory(prefix="authprobe-soak.") as folder:
        weather = Weather(Path(folder), options.targets, random.Random(options.seed))
        samples, end = [], time.monotonic() + 60 * options.minutes
        try:
            while time.monotonic() < end:
                time.sleep(10)
                samples.append(Sample(weather.exporter))
                now = samples[-1]
                print(f"{(now.at - samples[0].at) / 60:6.1f} min  {now.memory:6.1f} MiB  {now.descriptors:4} descriptors  {now.threads:2} threads  "
                      f"scrape {now.scrape:5.3f} s  {now.probes:9.0f} probes  {now.missed:6.0f} missed  {now.late:6.1%} over 1 s late", flush=True)
                weather.next()
            code, seconds = stop(weather.exporter)
        finally:
            weather.exporter.close()
            weather.nginx.close()
    found = problems(samples, options.minutes)
    if code != 0 or seconds > 1:
        found.append(f"the end took {seconds:.1f} s, exit code {code}")
    print(*(found or ["nothing grew"]), sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
