#!/usr/bin/env python3
"""Runs the benchmarks and prints their results as Markdown; bench/README.md says what each means.

Things that are compared take turns (A B C A B C ...) or run at the same time, because a shared machine's speed changes
from minute to minute: trust the ratios. Nothing here fails because of a figure.
"""

import argparse
import concurrent.futures
import contextlib
import datetime
import gzip
import json
import os
import pathlib
import platform
import re
import socket
import statistics
import subprocess
import sys
import time

from processes import Blackbox, Exporter, LoopbackServer, Place, Process, Prometheus, Targets, address, get, wait_for

HERE = pathlib.Path(__file__).resolve().parent
MIB = 1024 * 1024
NEWLINE, COMMENT = b"\n", b"\n# "
RESULTS_BEGIN = "## Results"  # the heading in README.md, to the end of the file


class Report:
    """Rows of (what, measured, goal, whether it is met), gathered under headings."""

    def __init__(self):
        self.sections = []

    def section(self, title):
        print(f"== {title}", file=sys.stderr, flush=True)
        self.sections.append((title, []))

    def row(self, what, measured, goal="", met=None):
        print(f"   {what}: {measured} {f'(goal {goal})' if goal else ''}", file=sys.stderr, flush=True)
        self.sections[-1][1].append((what, measured, goal, {None: "", True: "yes", False: "**no**"}[met]))

    def at_most(self, what, value, goal, unit="", digits=2):
        self.row(what, f"{value:,.{digits}f}{unit}", f"at most {goal:,}{unit}", value <= goal)

    def at_least(self, what, value, goal, unit="", digits=1):
        self.row(what, f"{value:,.{digits}f}{unit}", f"at least {goal:,}{unit}", value >= goal)

    def markdown(self):
        lines = []
        for title, rows in self.sections:
            lines += [f"### {title}", "", "| figure | measured | goal | met |", "|---|---|---|---|"]
            lines += [f"| {' | '.join(row)} |" for row in rows] + [""]
        return "\n".join(lines)


class Rounds:
    """Values of things that took turns, round by round."""

    def __init__(self, count, things):
        self.values = {name: [] for name in things}
        for number in range(count):
            for name, measure in things.items():
                self.values[name].append(measure())
                print(f"   round {number + 1}: {name} {self.values[name][-1]:,.1f}", file=sys.stderr, flush=True)

    def median(self, name):
        return statistics.median(self.values[name])

    def ratio(self, name, reference):
        """The median of the ratios within a round, which the machine's drift touches least."""
        return statistics.median(a / b for a, b in zip(self.values[name], self.values[reference]))


class Bench:
    def __init__(self, place, server, report, quick):
        self.place, self.server, self.report = place, server, report
        self.rounds, self.window = (1, 2) if quick else (3, 5)
        self.quick = quick
        self.http, self.hang = (server.ready[name] for name in ("http", "hang"))

    # What one probe costs.

    def bare_https(self, server, chain):
        def measure():
            command = [self.place.program("libcurl_loop"), "--scheme", "https", "--port", server.ready["https"],
                       "--ca-file", chain.ca_file, "--count", 100_000]
            with Process(command, self.place.log("bare")) as loop:
                time.sleep(1)
                return server.cost(loop, self.window)
        return measure

    def exporter_https(self, server, chain, connection):
        def measure():
            # A kept connection or session needs its target probed before: those have a second's interval.
            # Fresh ones are measured from the second round on, as a running fleet is.
            count, interval, first_round = (1500, "15s", 16) if connection == "fresh" else (100, "1s", 2.5)
            targets = Targets(interval, connection=connection, ca_file=chain.ca_file).add_https(count, server.ready["https"])
            with Exporter(self.place, targets) as exporter:
                time.sleep(2.5 if self.quick else first_round)
                cost = server.cost(exporter, self.window)
                exporter.expect_success()
                return cost
        return measure

    def blackbox_https(self, server, chain):
        def measure():
            with Blackbox(self.place, lambda number: f"https://127.0.0.1:{server.ready['https']}/t/{number % 1500}",
                          ca_file=chain.ca_file) as blackbox:
                time.sleep(1.5)
                return server.cost(blackbox, self.window)
        return measure

    def probe_http(self):
        self.report.section("http, fresh connections, 100 probes a second, ten each 100 ms, each pair in the same seconds")
        rounds = []
        for number in range(1 if self.quick else 6):
            rounds.append(self.beside_bare(number % os.cpu_count()) | self.beside_blackbox())
            print("   round " + ", ".join(f"{name} {cost:.1f}" for name, cost in rounds[-1].items()), file=sys.stderr, flush=True)
        for peer, words in (("bare", "bare libcurl loop"), ("blackbox", "blackbox exporter")):
            for name, who in ((peer, words), (f"beside {peer}", f"authprobe beside the {words}")):
                self.report.row(f"CPU per probe, {who}", f"{statistics.median(costs[name] for costs in rounds):,.0f} us")
        over_bare = sorted(costs["beside bare"] / costs["bare"] for costs in rounds)
        under_blackbox = sorted(costs["blackbox"] / costs["beside blackbox"] for costs in rounds)
        self.report.at_most("authprobe : bare libcurl loop", statistics.median(over_bare), 1.2, "x")
        self.report.row("authprobe : bare libcurl loop, lowest and highest round", f"{over_bare[0]:.2f}x to {over_bare[-1]:.2f}x")
        self.report.at_least("blackbox exporter : authprobe", statistics.median(under_blackbox), 10, "x")
        self.report.row("blackbox exporter : authprobe, lowest and highest round", f"{under_blackbox[0]:.1f}x to {under_blackbox[-1]:.1f}x")

    def beside_bare(self, cpu):
        """Both and their servers on one CPU, half a tick apart: neither pays for waking up another CPU."""
        def bare(port):
            command = [self.place.program("libcurl_loop"), "--port", port, "--phase", 50, "--count", 100_000]
            return Process(command, self.place.log("bare"), cpu=cpu)
        return self.beside_exporter("bare", bare, cpu)

    def beside_blackbox(self):
        """Both on whatever CPUs they get: the blackbox exporter has many threads, and is not made to run on one."""
        def blackbox(port):
            return Blackbox(self.place, lambda number: f"http://{address(number % 250)}:{port}/t/{number % 1500}", phase=50)
        return self.beside_exporter("blackbox", blackbox)

    def beside_exporter(self, name, peer, cpu=None):
        """CPU microseconds a probe of a peer and of an exporter in the same seconds; each probes a server of its own."""
        with LoopbackServer(self.place, cpu=cpu) as first, LoopbackServer(self.place, cpu=cpu) as second, \
                peer(first.ready["http"]) as other, \
                Exporter(self.place, Targets("15s").add_http(1500, second.ready["http"]), cpu=cpu) as exporter:
            time.sleep(2.5 if self.quick else 16)  # measured from the second round of probes on, as a running fleet is
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                costs = pool.map(lambda pair: pair[0].cost(pair[1], 2 if self.quick else 15), ((first, other), (second, exporter)))
                costs = dict(zip((name, f"beside {name}"), costs))
            exporter.expect_success()
        return costs

    def probe_https(self):
        for key, chain in self.place.chains.items():
            with LoopbackServer(self.place, chain=chain) as server:
                self.probe_chain(key, chain, server)

    def probe_chain(self, key, chain, server):
        trusted = chain.ca_file.read_text().count("BEGIN CERTIFICATE")
        self.report.section(f"https, {key}, a CA between, {trusted} trusted roots, 100 probes a second, ten each 100 ms")
        things = {"bare": self.bare_https(server, chain), "blackbox": self.blackbox_https(server, chain),
                  **{connection: self.exporter_https(server, chain, connection) for connection in ("fresh", "resume", "reuse")}}
        rounds = Rounds(self.rounds, things)
        words = {"bare": "bare libcurl loop, full handshake", "fresh": "authprobe, full handshake",
                 "resume": "authprobe, `resume`, a resumed handshake", "reuse": "authprobe, `reuse`", "blackbox": "blackbox exporter"}
        for name, text in words.items():
            self.report.row(f"CPU per probe, {text}, {key}", f"{rounds.median(name):,.0f} us")
        self.report.at_most("authprobe full : bare libcurl loop", rounds.ratio("fresh", "bare"), 0.75, "x")
        self.report.at_least("blackbox exporter : authprobe full", rounds.ratio("blackbox", "fresh"), 2, "x")
        self.report.at_most("authprobe resume : authprobe full", rounds.ratio("resume", "fresh"), 0.5, "x")
        self.report.row("authprobe resume : bare libcurl loop, full handshake", f"{rounds.ratio('resume', 'bare'):.2f}x")
        self.report.at_least("blackbox exporter : authprobe reuse", rounds.ratio("blackbox", "reuse"), 15, "x")

    def instructions(self):
        self.report.section("instructions a probe, by callgrind: a run of N probes taken from one of 2N")
        few = 300 if self.quick else 1000
        with concurrent.futures.ThreadPoolExecutor(2) as pool:  # counts are counts, however busy the machine is
            once, twice = pool.map(self.count_instructions, (few, 2 * few))
            bare = [pool.submit(self.count_bare_instructions, count) for count in (few, 2 * few)]
        per_probe = (twice[0] - once[0]) / (twice[1] - once[1])
        reference = (bare[1].result() - bare[0].result()) / few
        self.report.row("bare libcurl loop", f"{reference:,.0f}")
        self.report.at_most("authprobe, total", per_probe, 130_000, digits=0)
        self.report.row("authprobe : bare libcurl loop", f"{per_probe / reference:.2f}x")

    def callgrind(self, probes):
        output = self.place.path(f"callgrind.{probes}.{time.monotonic_ns()}")
        return output, ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={output}"]

    @staticmethod
    def instructions_in(output):
        return int(re.search(r"^(?:summary|totals): (\d+)", output.read_text(), re.MULTILINE)[1])

    def count_instructions(self, probes):
        output, valgrind = self.callgrind(probes)
        with LoopbackServer(self.place) as server:
            targets = Targets("15s").add_http(1500, server.ready["http"])
            with Exporter(self.place, targets, before=valgrind):
                wait_for(lambda: server.served() >= probes, "probes under callgrind", 120)
            return self.instructions_in(output), server.served()

    def count_bare_instructions(self, probes):
        output, valgrind = self.callgrind(probes)
        subprocess.run([*valgrind, self.place.program("libcurl_loop"), "--port", str(self.http), "--count", str(probes)],
                       check=True, capture_output=True)
        return self.instructions_in(output)

    # Closed loop and what may hold the loop up: the transfers alone, without a schedule.

    def closed_loop(self, program, *words):
        command = [self.place.program(program), "--port", self.http, *words]
        done = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)
        return json.loads(done.stdout)

    def closed(self):
        self.report.section("http, fresh connections, closed loop of 50 transfers on one thread")
        results = {"bare": [], "closed": []}

        def run(name, program):
            def measure():
                results[name].append(self.closed_loop(program, "--parallel", 50, "--count", 10_000 if self.quick else 40_000))
                return results[name][-1]["cpu_us"]
            return measure

        rounds = Rounds(1 if self.quick else 5, {"bare": run("bare", "libcurl_loop"), "closed": run("closed", "closed_loop")})
        self.report.row("CPU per probe, bare libcurl loop", f"{rounds.median('bare'):.1f} us")
        self.report.row("CPU per probe, authprobe's transfers", f"{rounds.median('closed'):.1f} us")
        self.report.row("authprobe's transfers : bare libcurl loop", f"{rounds.ratio('closed', 'bare'):.2f}x")
        self.report.at_least("probes for each second of one core's CPU", 1e6 / rounds.median("closed"), 10_000, digits=0)
        rate = statistics.median(result["per_second"] for result in results["closed"])
        self.report.row("probes a second by the clock, the server and whatever else runs on the other core", f"{rate:,.0f}")

    def hung_transfers(self):
        self.report.section("8,000 hung transfers beside 100 healthy probes a second (http, fresh)")
        loop = ["--per-tick", 10, "--count", 300 if self.quick else 600]
        rounds = Rounds(self.rounds, {
            "alone": lambda: self.closed_loop("closed_loop", *loop)["cpu_us"],
            "beside": lambda: self.closed_loop("closed_loop", *loop, "--hang", 8000, "--hang-port", self.hang)["cpu_us"]})
        self.report.row("the transfers alone, CPU per healthy probe",
                        f"{rounds.median('alone'):,.0f} us without, {rounds.median('beside'):,.0f} us with")
        self.report.row("with 8,000 hung : without, the transfers alone", f"{rounds.ratio('beside', 'alone'):.2f}x")
        if not self.quick:
            self.hung_targets()

    def hung_targets(self):
        """The whole exporter: one without and one with hung targets, each with a server of its own, in the same seconds."""
        with LoopbackServer(self.place) as first, LoopbackServer(self.place) as second:
            healthy = Targets("15s", timeout="5m").add_http(1500, first.ready["http"])
            both = Targets("15s", timeout="5m").add_http(1500, second.ready["http"]).add_http(8000, self.hang, addresses=8000, interval="10m")
            with Exporter(self.place, healthy) as alone, Exporter(self.place, both) as beside:
                time.sleep(20)  # every target's first probe comes within 15 s
                hung = beside.metrics()["authprobe_probes_in_flight"]
                with concurrent.futures.ThreadPoolExecutor(2) as pool:
                    costs = pool.map(lambda pair: pair[0].cost(pair[1], 8), ((first, alone), (second, beside)))
                without, with_hung = costs
                memory = beside.memory("VmRSS")
        self.report.row("the exporter, in flight", f"{hung:,.0f}")
        self.report.row("the exporter, CPU per healthy probe", f"{without:,.0f} us without, {with_hung:,.0f} us with")
        self.report.at_most("with 8,000 hung : without, the exporter", with_hung / without, 2, "x")
        self.report.row("the exporter's memory with 8,000 in flight", f"{memory / MIB:,.0f} MiB")

    def dead_dns(self):
        self.report.section("a DNS server that never answers: 200 new names a second beside 100 healthy probes a second")
        loop = ["--per-tick", 10, "--count", 300 if self.quick else 600]
        with dead_dns_server("127.0.0.1", 0) as port:
            rounds = Rounds(self.rounds, {
                "alone": lambda: self.closed_loop("closed_loop", *loop)["held_ms"],
                "beside": lambda: self.closed_loop("closed_loop", *loop, "--dead-names", 20, "--dns-port", port)["held_ms"]})
        self.report.row("the loop's longest hold, without", f"{rounds.median('alone'):.1f} ms")
        self.report.at_most("the loop's longest hold, beside dead lookups", rounds.median("beside"), 20, " ms", 1)
        if not self.quick and os.geteuid() == 0:
            self.dead_dns_exporter()

    def dead_dns_exporter(self):
        """The whole exporter with a resolv.conf of its own: needs root for the mount and for port 53."""
        resolver = self.place.path("resolv.conf")
        resolver.write_text("nameserver 127.0.0.153\n")
        own_resolver = ["unshare", "-m", "sh", "-c", f'mount --bind {resolver} /etc/resolv.conf && exec "$@"', "sh"]
        targets = Targets("15s").add_http(1500, self.http)
        for number in range(1000):
            targets.add(f"http://n{number}.example.com/", interval="5s", timeout="4s")
        with dead_dns_server("127.0.0.153", 53), Exporter(self.place, targets, before=own_resolver) as exporter:
            time.sleep(8)
            before = exporter.metrics()
            time.sleep(10)
            after = exporter.metrics()
        delays = histogram_delta("authprobe_schedule_delay_seconds", before, after)
        errors = sum(value - before[series] for series, value in after.items()
                     if re.match(r'authprobe_transport_errors_total\{.*reason="(dns|timeout)"', series))
        self.report.row("the exporter: failed lookups in 10 s", f"{errors:,.0f}")
        self.report.at_most("the exporter: schedule delay, p99", quantile(delays, 0.99) * 1000, 20, " ms", 1)

    # Many targets.

    def fleets(self):
        self.report.section("100, 1,000 and 10,000 targets (http, fresh): 100 probes a second each, in the same seconds")
        sizes = {100: "1s", 1_000: "10s", 10_000: "100s"}
        servers, exporters = {}, {}
        try:
            for size, interval in sizes.items():
                servers[size] = LoopbackServer(self.place)
                exporters[size] = Exporter(self.place, Targets(interval).add_http(size, servers[size].ready["http"]))
            time.sleep(18)  # every target's first probe comes within 15 s
            windows = []
            with concurrent.futures.ThreadPoolExecutor(3) as pool:
                for _ in range(1 if self.quick else 5):
                    windows.append(dict(zip(sizes, pool.map(lambda size: servers[size].cost(exporters[size], 5), sizes))))
            cost = {size: statistics.median(window[size] for window in windows) for size in sizes}
            growth = statistics.median(window[10_000] / window[100] for window in windows)
            memory = {size: exporters[size].memory("VmRSS") for size in sizes}
        finally:
            for process in (*exporters.values(), *servers.values()):
                process.end()
        for size in sizes:
            self.report.row(f"{size:,} targets", f"{cost[size]:,.0f} us CPU per probe, {memory[size] / MIB:.1f} MiB RSS")
        self.report.row("CPU per probe, 10,000 targets : 100", f"{growth:.2f}x", "flat (about 1x)", growth <= 1.25)
        for few, many in ((100, 1_000), (1_000, 10_000)):
            each = (memory[many] - memory[few]) / (many - few)
            self.report.row(f"memory per target, from {few:,} to {many:,}", f"{each / 1024:.1f} KiB")

    def schedule(self):
        self.report.section("10,000 targets every 15 s (http, fresh): 667 probes a second")
        with Exporter(self.place, Targets("15s").add_http(10_000, self.http)) as exporter:
            time.sleep(16)
            before, scraped = exporter.metrics(), time.monotonic()
            cost = self.server.cost(exporter, 8 if self.quick else 30)
            after, seconds = exporter.metrics(), time.monotonic() - scraped
            memory = exporter.memory("VmRSS")
        delays = histogram_delta("authprobe_schedule_delay_seconds", before, after)
        self.report.row("CPU per probe; share of one core", f"{cost:,.0f} us; {cost * delays[-1][1] / seconds / 1e4:.1f} %")
        self.report.row("memory, probing", f"{memory / MIB:.1f} MiB")
        self.report.at_most("schedule delay, p50", quantile(delays, 0.5) * 1000, 50, " ms")
        self.report.at_most("schedule delay, p99", quantile(delays, 0.99) * 1000, 50, " ms")
        self.report.row("slots missed", f"{after.get('authprobe_schedule_missed_total', 0):,.0f}")

    def simulation(self):
        """Whole installations: what docs/scaling.md promises rests on it."""
        self.report.section("whole installations: targets every 15 s (http, fresh), in one process or in shards")
        for count, shards, with_prometheus in ((1_000, 1, True), (10_000, 1, True), (10_000, 4, True), (100_000, 1, False),
                                               (100_000, 4, False)):
            if self.quick and count > 10_000:
                continue
            self.simulate(count, shards, with_prometheus)
        self.simulate(10_000, 1, True, lean=True)

    def simulate(self, count, shards, with_prometheus, lean=False):
        settings = '[settings]\nseries = "lean"\n' if lean else ""
        targets = Targets("15s").add_http(count, self.http, addresses=50_000)
        with contextlib.ExitStack() as stack:
            exporters = [stack.enter_context(Exporter(self.place, targets, settings=settings,
                                                      flags=[f"--shard={index}/{shards}"] if shards > 1 else []))
                         for index in range(shards)]
            prometheus = stack.enter_context(Prometheus(self.place, exporters)) if with_prometheus else None
            window = 15 if self.quick else 45
            time.sleep(20)  # the first round, in which everything is touched for the first time
            before = [exporter.metrics("authprobe_schedule_") for exporter in exporters]
            cpu = [exporter.cpu() for exporter in exporters]
            watched, served, began = prometheus.cpu() if prometheus else 0, self.server.served(), time.monotonic()
            time.sleep(window)
            seconds, served = time.monotonic() - began, self.server.served() - served
            cpu = [exporter.cpu() - old for exporter, old in zip(exporters, cpu)]
            watched = prometheus.cpu() - watched if prometheus else 0
            after = [exporter.metrics("authprobe_schedule_") for exporter in exporters]
            delays = histogram_delta("authprobe_schedule_delay_seconds", total(before), total(after))
            texts = [exporter.text() for exporter in exporters]
            missed = sum(samples["authprobe_schedule_missed_total"] for samples in after)
            words = [f"{served / seconds:,.0f} probes/s", f"CPU {100 * sum(cpu) / seconds:,.1f} % of a core",
                     f"{sum(exporter.memory('VmRSS') for exporter in exporters) / MIB:,.0f} MiB",
                     f"schedule delay p99 {quantile(delays, 0.99) * 1000:,.1f} ms, {missed:,.0f} slots missed",
                     f"{sum(text.count(NEWLINE) - text.count(COMMENT) for text, _ in texts):,} series",
                     f"/metrics {sum(sent for _, sent in texts) / 1e6:,.1f} MB with gzip"]
            if prometheus:
                words += [f"scrape {max(prometheus.values('scrape_duration_seconds')):.2f} s",
                          f"rules {prometheus.rule_seconds():.2f} s",
                          f"Prometheus: CPU {100 * watched / seconds:,.0f} % of a core, {prometheus.memory('VmRSS') / MIB:,.0f} MiB"]
        self.report.row(f"{count:,} targets, {shards} process{'es' if shards > 1 else ''}{', lean series' if lean else ''}", "; ".join(words))

    def reloads(self):
        """What a start and a change of the configuration cost, and whether probes wait for it."""
        self.report.section("starts and reloads: targets every 15 s (http, fresh)")
        for count in (10_000,) if self.quick else (10_000, 100_000):
            self.start_and_reload(count)
        self.change_list(10_000)

    def start_and_reload(self, count):
        def with_targets(first):
            targets = Targets("15s")
            for index in range(first, first + count):
                targets.add(f"http://{address(index % 50_000)}:{self.http}/t/{index}", name=f"t{index:06}")
            return targets

        with Exporter(self.place, with_targets(0)) as exporter:
            self.report.row(f"{count:,} targets: from the start to the first page; memory at the peak",
                            f"{exporter.start_seconds:.2f} s; {exporter.memory('VmHWM') / MIB:,.0f} MiB")
            time.sleep(20)  # the first round, in which everything is touched for the first time
            for what, first in (("the same file", 0), ("1 % of the targets replaced", count // 100)):
                with_targets(first).write(exporter.config)
                self.probes_beside(f"{count:,} targets, {what}", exporter, exporter.reload)

    def change_list(self, count):
        listed = self.place.path("list.json")

        def write(first):
            groups = [{"targets": [f"{address(index)}:{self.http}" for index in range(first, first + count)]},
                      {"targets": [f"127.0.0.1:{self.http}"], "labels": {"__target__": f"new-{first}"}}]
            listed.with_suffix(".new").write_text(json.dumps(groups))
            listed.with_suffix(".new").replace(listed)

        write(0)
        settings = f'[targets_from.fleet]\nfiles = ["{listed}"]\nscheme = "http"\npath = "/t/0"\n'
        with Exporter(self.place, Targets("15s"), settings=settings) as exporter:
            time.sleep(20)

            def change():
                write(count // 100)
                wait_for(lambda: json.loads(get(exporter.port, f"/api/v1/targets/fleet.new-{count // 100}")).get("name"), "the changed list")
            self.probes_beside(f"a list of {count:,} targets, 1 % replaced", exporter, change)

    def probes_beside(self, what, exporter, action):
        """Does it among some seconds of probes. A delay is known by its bucket: the upper end is told."""
        before = exporter.metrics("authprobe_schedule_")
        exporter.reset_peak()
        time.sleep(3)
        began = time.monotonic()
        action()
        seconds = time.monotonic() - began
        time.sleep(3)
        peak = exporter.memory("VmHWM")
        after = exporter.metrics("authprobe_schedule_")
        delays = histogram_delta("authprobe_schedule_delay_seconds", before, after)
        longest = next(bound for bound, below in delays if below == delays[-1][1])
        self.report.row(f"{what}: until in force; memory at the peak", f"{seconds:.2f} s; {peak / MIB:,.0f} MiB")
        self.report.row(f"{what}: longest delay of {delays[-1][1]:,.0f} probes",
                        f"at most {1000 * longest:.0f} ms", "at most 50 ms", longest <= 0.05)

    # /metrics.

    def scrape(self):
        self.report.section("/metrics of 10,000 targets, gzip")
        with Exporter(self.place, Targets("1h").add_http(10_000, self.http)) as exporter:
            time.sleep(18)  # every target's first probe comes within 15 s; then there is nothing to do for an hour
            self.report.at_most("memory of 10,000 idle targets", exporter.memory("VmRSS") / MIB, 100, " MiB", 1)
            text = get(exporter.port, "/metrics")
            saved = self.place.path("fleet.prom")
            saved.write_bytes(text)
            self.report.row("series; text", f"{sum(not line.startswith(b'#') for line in text.splitlines()):,}; {len(text) / 1e6:.1f} MB")
            with (Process([self.place.program("exposer_fleet"), saved], self.place.log("exposer"), ready_line=True) as exposer,
                  Process([self.place.program("client_golang"), saved], self.place.log("go"), ready_line=True) as go):
                self.compare_scrapes({"authprobe": (exporter, exporter.port), "prometheus-cpp Exposer": (exposer, exposer.ready["port"]),
                                      "Go client_golang": (go, go.ready["port"])})

    def compare_scrapes(self, served):
        peaks = {name: [] for name in served}

        def scrape(name):
            process, port = served[name]

            def measure():
                time.sleep(1.5)  # longer than a rendering is shared between scrapers
                process.reset_peak()
                base, cpu = process.memory("VmRSS"), process.cpu()
                body = get(port, "/metrics", {"Accept-Encoding": "gzip"})
                cpu = process.cpu() - cpu
                peaks[name].append(process.memory("VmHWM") - base)
                if len(gzip.decompress(body)) < 1_000_000:
                    raise RuntimeError(f"{name} answered with hardly any series")
                return cpu * 1000
            return measure

        rounds = Rounds(1 if self.quick else 5, {name: scrape(name) for name in served})
        for name in served:
            self.report.row(f"{name}: CPU; memory over its base",
                            f"{rounds.median(name):,.0f} ms; at most {max(peaks[name]) / MIB:,.0f} MiB")
        self.report.at_most("authprobe, CPU", rounds.median("authprobe"), 150, " ms", 0)
        self.report.at_most("authprobe, memory over the base", max(peaks["authprobe"]) / MIB, 100, " MiB", 0)
        for name in list(served)[1:]:
            self.report.at_least(f"{name} : authprobe, CPU", rounds.ratio(name, "authprobe"), 10, "x")

    def rendering(self):
        self.report.section("rendering the fleet's series of 10,000 targets against copying the same text")
        output = self.place.path("exposition.json")
        subprocess.run([self.place.program("exposition_bench"), f"--benchmark_out={output}", "--benchmark_out_format=json",
                        f"--benchmark_repetitions={5 if self.quick else 15}", "--benchmark_min_time=0.02",
                        "--benchmark_enable_random_interleaving=true"], check=True, capture_output=True)
        medians = {run["run_name"]: run["cpu_time"] for run in json.loads(output.read_text())["benchmarks"]
                   if run.get("aggregate_name") == "median"}
        self.report.row("rendering", f"{medians['render']:.1f} ms")
        self.report.row("memcpy", f"{medians['memcpy']:.1f} ms")
        self.report.at_most("rendering : memcpy", medians["render"] / medians["memcpy"], 2.5, "x")


@contextlib.contextmanager
def dead_dns_server(host, port):
    """Takes queries and never answers one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((host, port))
        yield server.getsockname()[1]


def total(samples):
    """The sums over several exporters."""
    sums = {}
    for series, value in (item for each in samples for item in each.items()):
        sums[series] = sums.get(series, 0) + value
    return sums


def histogram_delta(name, before, after):
    """[(upper bound, cumulative count)] of what a histogram took in between two scrapes."""
    delta = []
    for series, value in after.items():
        bound = re.fullmatch(name + r'_bucket\{le="(.+)"\}', series)
        if bound:
            delta.append((float(bound[1].replace("+Inf", "inf")), value - before.get(series, 0)))
    return sorted(delta)


def quantile(cumulative, share):
    """As PromQL's histogram_quantile does: linear within a bucket."""
    rank, lower, below = share * cumulative[-1][1], 0.0, 0.0
    for bound, count in cumulative:
        if count >= rank:
            return lower if bound == float("inf") else lower + (bound - lower) * (rank - below) / max(count - below, 1)
        lower, below = bound, count
    return lower


def versions():
    packages = ["libcurl4", "libssl3", "libc-ares2", "libmicrohttpd12", "libisal2", "prometheus-blackbox-exporter",
                "prometheus-cpp-dev", "golang-go", "golang-github-prometheus-client-golang-dev", "g++", "valgrind"]
    found = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\\n", *packages], capture_output=True, text=True)
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    system = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    return [f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC",
            f"{os.cpu_count()} x {model[1] if model else platform.machine()}, {system}, Linux {platform.release()}",
            ", ".join(found.stdout.split("\n")[:-1])]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="build directory (Release, AUTHPROBE_BENCH=ON)")
    parser.add_argument("--exporter", type=pathlib.Path, help="another authprobe_exporter binary (default: the build's)")
    parser.add_argument("--quick", action="store_true", help="one short round of each section: under four minutes")
    parser.add_argument("--output", type=pathlib.Path, help="also write the Markdown to this file")
    parser.add_argument("--readme", action="store_true", help="also replace the results in bench/README.md")
    parser.add_argument("sections", nargs="*", help="only these sections")
    arguments = parser.parse_args()
    exporter = arguments.exporter or arguments.build / "exporter" / "authprobe_exporter"
    place, report = Place(arguments.build, exporter, arguments.build / "bench-run"), Report()
    with LoopbackServer(place) as server:
        bench = Bench(place, server, report, arguments.quick)
        sections = {method.__name__: method for method in (
            bench.probe_http, bench.probe_https, bench.instructions, bench.closed, bench.hung_transfers, bench.dead_dns,
            bench.fleets, bench.schedule, bench.reloads, bench.simulation, bench.scrape, bench.rendering)}
        unknown = set(arguments.sections) - set(sections)
        if unknown:
            parser.error(f"no section {', '.join(unknown)}; there are {', '.join(sections)}")
        for name, method in sections.items():
            if not arguments.sections or name in arguments.sections:
                method()
    text = "\n".join([*(f"- {line}" for line in versions()), "", report.markdown()])
    if arguments.output:
        arguments.output.write_text(text)
    if arguments.readme:
        readme = HERE / "README.md"
        kept = readme.read_text().split(RESULTS_BEGIN)[0]
        readme.write_text(f"{kept}{RESULTS_BEGIN}\n\n{text}")
    print(text)


if __name__ == "__main__":
    main()
