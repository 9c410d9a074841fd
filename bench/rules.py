#!/usr/bin/env python3
"""What the shipped rules cost Prometheus: how long one evaluation of all takes, and which rules are the most expensive.

    bench/rules.py [--targets 10000] [--refused 5000] [--evaluations 4]

Prometheus scrapes a made-up exposition with the exporter's series, 100 targets for each credential and host: first all are well, then some are
refused. It evaluates every 15 s, as shipped; the first evaluation after a change is not counted. The times are by the clock: the load of the
machine is printed beside them, and the CPU time of Prometheus, scrapes included.
"""

import argparse
import gzip
import json
import os
import pathlib
import statistics
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from processes import Prometheus, get

STATES = ("ok", "pending", "unauthorized", "forbidden", "rate_limited", "exposed", "unexpected", "unreachable")
INTERVAL = 15


class Fleet:
    """Answers /metrics like an exporter whose first `refused` targets are refused for a cause that is certain."""

    def __init__(self, targets: int):
        fleet, self.targets, self.refused = self, targets, 0
        self.began = self.since = time.time()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = gzip.compress(fleet.text().encode(), 1)
                self.send_response(200)
                for name, value in ("Content-Type", "text/plain; version=0.0.4"), ("Content-Encoding", "gzip"), ("Content-Length", str(len(body))):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def text(self) -> str:
        now = time.time()
        lines = ['authprobe_build_info{version="bench",revision="bench"} 1', f"authprobe_config_last_reload_success_timestamp_seconds {self.began}",
                 "authprobe_config_last_reload_successful 1", "authprobe_schedule_missed_total 0"]
        for number in range((self.targets + 99) // 100):
            name, host = f'credential="c{number:04}"', f'host="h{number:04}.test"'
            members = range(number * 100, min(number * 100 + 100, self.targets))
            if members[-1] >= self.refused:
                lines += [f"authprobe_credential_accepted_timestamp_seconds{{{name},{host}}} {now:.3f}",
                          f"authprobe_credential_oldest_probe_timestamp_seconds{{{name}}} {now:.3f}"]
            lines += [f"authprobe_credential_last_success_timestamp_seconds{{{name}}} {now if members[-1] >= self.refused else self.since:.3f}",
                      f"authprobe_host_certificate_expiration_timestamp_seconds{{{host}}} {self.began + 60 * 86400:.0f}",
                      f"authprobe_overdue_targets{{{name}}} 0"]
            lines += [f'authprobe_credential_info{{{name},kind="bearer",owner="payments",used_by="",rotation=""}} 1',
                      f"authprobe_credential_available{{{name}}} 1", f'authprobe_credential_expiry_state{{{name},state="never"}} 1']
        for number in range(self.targets):
            lines += self.target(number, number < self.refused, now)
        return "\n".join(lines) + "\n"

    def target(self, number: int, refused: bool, now: float) -> list[str]:
        name, group, probes = f'target="t{number:05}"', number // 100, int(now - self.began) // INTERVAL
        state, changes = ("unauthorized" if refused else "ok"), int(number < self.refused)
        info = f'{name},url="https://h{group:04}.test/{number}",method="GET",host="h{group:04}.test",credential="c{group:04}"'
        since = [f'authprobe_auth_failure_cause{{{name},cause="revoked_token",confidence="certain"}} 1',
                 f"authprobe_last_refusal_timestamp_seconds{{{name}}} {now:.3f}",
                 f'authprobe_target_trouble_status_code{{{info},state="unauthorized",refused="true"}} 401',
                 f"authprobe_target_trouble_interval_seconds{{{info}}} {INTERVAL}",
                 f'authprobe_recent_change_timestamp_seconds{{{info},to="401"}} {self.since:.3f}'] if refused else []
        return [f"authprobe_target_info{{{info}}} 1",
                f"authprobe_last_success_timestamp_seconds{{{name}}} {self.since if refused else now:.3f}",
                f"authprobe_tls_certificate_expiration_timestamp_seconds{{{name}}} {self.began + 60 * 86400:.0f}",
                *(f'authprobe_target_state{{{name},state="{other}"}} {int(other == state)}' for other in STATES),
                f"authprobe_http_status_code{{{name}}} {401 if refused else 200}", f"authprobe_probe_success{{{name}}} {int(not refused)}",
                f"authprobe_last_probe_timestamp_seconds{{{name}}} {now:.3f}", f"authprobe_target_interval_seconds{{{name}}} {INTERVAL}",
                f"authprobe_target_backoff_seconds{{{name}}} 0", f"authprobe_target_maintenance{{{name}}} 0",
                f"authprobe_probes_total{{{name}}} {probes}", f"authprobe_probe_failures_total{{{name}}} 0",
                f'authprobe_status_transitions_total{{{name},from="2xx",to="401"}} {changes}', *since]


def evaluation(prometheus) -> tuple[str, float, dict[str, float]]:
    """When the last evaluation was, how long it took, and each rule's part."""
    (group,) = json.loads(get(prometheus.port, "/api/v1/rules"))["data"]["groups"]
    rules: dict[str, float] = {}
    for rule in group["rules"]:
        assert rule["health"] != "err", rule
        rules[rule["name"]] = rules.get(rule["name"], 0.0) + rule["evaluationTime"]
    return group["lastEvaluation"], group["evaluationTime"], rules


def measure(prometheus, what: str, evaluations: int):
    seen, cpu, began = [], prometheus.cpu(), time.monotonic()
    while len(seen) < evaluations + 2:  # the one that is under way, and the first with what has changed
        time.sleep(1)
        if not seen or evaluation(prometheus)[0] != seen[-1][0]:
            seen.append(evaluation(prometheus))
    seconds = [took for _, took, _ in seen[2:]]
    part = 100 * (prometheus.cpu() - cpu) / (time.monotonic() - began)
    print(f"{what}: {statistics.median(seconds):.2f} s an evaluation ({min(seconds):.2f} to {max(seconds):.2f}), Prometheus {part:.0f} % of a core, "
          f"load {os.getloadavg()[0]:.1f}", flush=True)
    rules = {name: statistics.median(each[2].get(name, 0.0) for each in seen[2:]) for name in seen[-1][2]}
    for name in sorted(rules, key=rules.get, reverse=True)[:8]:
        print(f"    {rules[name]:.3f} s  {name}")


class Place:
    """Where Prometheus has its files, and its log."""

    def __init__(self, folder: str):
        self.folder = pathlib.Path(folder)

    def path(self, name: str) -> pathlib.Path:
        return self.folder / name

    def log(self, name: str) -> pathlib.Path:
        return self.folder / f"{name}.log"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--targets", type=int, default=10_000)
    parser.add_argument("--refused", type=int, default=5_000)
    parser.add_argument("--evaluations", type=int, default=4)
    options = parser.parse_args()
    fleet = Fleet(options.targets)
    with tempfile.TemporaryDirectory(prefix="authprobe-rules.") as folder, Prometheus(Place(folder), [fleet]) as prometheus:
        measure(prometheus, f"{options.targets:,} targets, all well", options.evaluations)
        fleet.refused, fleet.since = options.refused, time.time()
        measure(prometheus, f"{options.refused:,} of them refused", options.evaluations)


if __name__ == "__main__":
    main()
