"""The stage of incidents.py: the exporters, Prometheus and Alertmanager, and the counts of what was told."""

import dataclasses
import json
import random
import statistics
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from alertmanager import ROUTES, Alertmanager, Messages, Slack, at_hours, hurried, quick_rules
from incident_world import Incident, World
from processes import TOP, Exporter, Process, Running, eventually, free_port, request


@dataclasses.dataclass
class Place:
    """Where one exporter stands, and how Prometheus scrapes it."""

    name: str = ""
    labels: dict = dataclasses.field(default_factory=dict)
    scrape: dict = dataclasses.field(default_factory=dict)
    job: str = ""
    interval: int = 1  # of its probes
    flags: tuple[str, ...] = ()


def location(name: str) -> Place:
    return Place(name, {"location": name})


ONE_NAME = {"relabel_configs": [{"target_label": "instance", "replacement": "localhost:10073"}]}
NO_REPLICA = {"metric_relabel_configs": [{"action": "labeldrop", "regex": "replica"}]}
EXPORTERS = {
    "places": [location("eu"), location("us")],
    "pair": [Place("a"), Place("b")],
    "one-name": [Place("a", scrape=ONE_NAME), Place("b", scrape=ONE_NAME)],  # both have the same `instance`
    "replicas": [Place("a", {"replica": "a"}, NO_REPLICA), Place("b", {"replica": "b"}, NO_REPLICA)],
    "teams": [Place("a", job="team-a"), Place("b", job="team-b")],
    "slow": [Place(interval=4)],
    "slow-places": [Place(name, {"location": name}, interval=4) for name in ("eu", "us")],
    "shards": [Place(f"{n}", flags=(f"--shard={n}/2",)) for n in range(2)],
}


def places(exporter: str) -> list[Place]:
    return EXPORTERS.get(exporter, [Place()])


@dataclasses.dataclass
class Timing:
    """Quick: a minute of the rules is three seconds, probes, scrapes and evaluations are a second apart. Shipped: nothing is changed, and
    the incidents last 20 times as long."""

    pace: int
    interval: int     # of scrapes and evaluations, and what an interval of probes is multiplied with
    group_wait: int
    group_interval: int
    spread: float     # seconds within which the incidents of a round begin
    quiet: float      # seconds after the last step in which nothing more may come


RELOAD = 12.0  # seconds until a Prometheus that was reloaded sends alerts again

QUICK = Timing(pace=1, interval=1, group_wait=5, group_interval=4, spread=15, quiet=12)
SHIPPED = Timing(pace=20, interval=15, group_wait=20, group_interval=60, spread=120, quiet=240)


class Prometheus(Process):
    def __init__(self, folder: Path, alertmanager: Alertmanager, timing: Timing, scrapes: list[dict], *flags: str):
        folder.mkdir(exist_ok=True)  # another one had it, that was stopped
        self.folder, self.alertmanager, self.interval = folder, alertmanager, f"{timing.interval}s"
        rules = quick_rules() if timing is QUICK else (TOP / "alerts/authprobe.rules.yml").read_text()
        (folder / "authprobe.rules.yml").write_text(rules, encoding="utf-8")
        self._configure(scrapes)
        self.url = f"http://127.0.0.1:{free_port()}"
        super().__init__("prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                         f"--web.listen-address={urlsplit(self.url).netloc}", "--log.level=warn", "--web.enable-lifecycle", *flags)
        eventually(lambda: request(f"{self.url}/-/ready").status == 200, 60)

    def _configure(self, scrapes: list[dict]):
        (self.folder / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": self.interval, "evaluation_interval": self.interval}, "rule_files": ["authprobe.rules.yml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [self.alertmanager.address]}]}]}, "scrape_configs": scrapes,
        }), encoding="utf-8")

    def scrape(self, scrapes: list[dict]):
        self._configure(scrapes)
        assert request(f"{self.url}/-/reload", "POST", timeout=60).status == 200

    def value(self, expression: str) -> float:
        result = json.loads(request(f"{self.url}/api/v1/query?{urlencode({'query': expression})}").body)["data"]["result"]
        return float(result[0]["value"][1]) if result else 0.0


class Stage:
    """All processes, and the incidents of one round."""

    def __init__(self, folder: Path, incidents: list[Incident], timing: Timing, series: str = "full"):
        self.folder, self.timing, self.pace, self.running, self.messages = folder, timing, timing.pace, Running(), Messages()
        self.series = series
        self.slack = Slack(self.messages)
        self.worlds = [World(incident, number, folder, self) for number, incident in enumerate(incidents)]
        self.exporters: dict[str, list[Exporter]] = {}
        for name in dict.fromkeys(incident.exporter for incident in incidents):
            self.exporters[name] = [self._start(name, place) for place in places(name)]
        # Nobody is in the office: whatever the hour at which it is played, reminders wait.
        routes = at_hours(hurried(ROUTES.read_text(), f"{timing.group_wait}s", f"{timing.group_interval}s"), "office-hours", False)
        self.alertmanager = self.running.add(Alertmanager(folder / "am", routes, self.slack))
        self.scrapes = [scrape for name in self.exporters for scrape in self._scrapes_of(name)]
        self.start_prometheus()

    def _scrapes_of(self, name: str) -> list[dict]:
        jobs: dict[str, dict] = {}
        for exporter, place in zip(self.exporters[name], places(name)):
            job = jobs.setdefault(place.job or name, {"job_name": place.job or name, "static_configs": [], **place.scrape})
            job["static_configs"].append({"targets": [urlsplit(exporter.url).netloc], "labels": place.labels})
        return list(jobs.values())

    def _config(self, name: str, place: Place) -> str:
        return (f'settings.series = "{self.series}"\n[defaults]\ninterval = "{place.interval * self.timing.interval}s"\ntimeout = "900ms"\ntls.verify = false\n'
                "controls = { anonymous = false, addresses = false }\n"
                + "".join(world.config(place.name) for world in self.worlds if world.incident.exporter == name))

    def _start(self, name: str, place: Place, address: str = "127.0.0.1:0") -> Exporter:
        path = self.folder / f"{name}{place.name}.toml"
        path.write_text(self._config(name, place), encoding="utf-8")
        return self.running.add(Exporter(path, *place.flags, listen=(address,), PLAYED="a-secret-of-the-play"))

    # What an incident's steps do to the processes.

    def start_prometheus(self, *flags: str):
        """With what a stopped one has left."""
        self.prometheus = self.running.add(Prometheus(self.folder / "prometheus", self.alertmanager, self.timing, self.scrapes, *flags))

    def reload(self, name: str):
        for exporter, place in zip(self.exporters[name], places(name)):
            exporter.rewrite(self._config(name, place))
            assert exporter.reload().status == 200

    def addresses(self, name: str) -> list[str]:
        return [urlsplit(exporter.url).netloc for exporter in self.exporters[name]]

    def revive(self, name: str):
        self.exporters[name] = [self._start(name, place, address) for place, address in zip(places(name), self.addresses(name))]

    def scrape_as(self, name: str, change):
        """From now on `change` is made to the scrape configuration of that exporter."""
        (at,) = [i for i, scrape in enumerate(self.scrapes) if scrape["job_name"] == name]
        self.scrapes[at] = change(self.scrapes[at])
        self.prometheus.scrape(self.scrapes)

    # The play.

    def play(self, seed: int):
        """Waits until all is well, plays every incident from a begin of its own, and waits until nothing more can come."""
        bad, good = 'count(authprobe_target_state{state!="ok"} == 1)', 'count(authprobe_target_state{state="ok"} == 1)'
        eventually(lambda: self.prometheus.value(bad) == 0 and self.prometheus.value(good) > 0, 120)
        eventually(lambda: self.prometheus.value('min(authprobe_probes_total) > 2'), 60 * self.timing.interval)
        chance, now = random.Random(seed), time.time()
        steps = []
        for world in self.worlds:
            world.began = now + (0.0 if world.incident.reloads else RELOAD + chance.uniform(0, self.timing.spread))
            steps += [(world.began + after * self.pace, world, step) for after, step in world.incident.steps]
        for at, world, step in sorted(steps, key=lambda step: step[0]):
            time.sleep(max(0.0, at - time.time()))
            step(world)
        self._until_quiet()

    def _until_quiet(self):
        """No message for that long, and as long since the last step: more than all that the rules wait for, and the group's waits."""
        quiet, ended = self.timing.quiet, time.time()
        deadline = ended + 5 * quiet
        while time.time() < deadline and (last := max([ended, *(message.at for message in self.messages.to())])) + quiet > time.time():
            time.sleep(max(0.1, last + quiet - time.time()))

    def close(self):
        for world in self.worlds:
            world.host.close()
        self.running.close()
        self.slack.close()


@dataclasses.dataclass
class Outcome:
    problems: list[str]
    firing: int
    faults: int
    seconds_to_certain: list[float]
    timing: Timing
    messages: list

    def goals(self, slack: float = 0.5) -> list[str]:
        """What the numbers miss: 1.05 notifications for a fault; a certain refusal is told after group_wait and one and a half intervals in
        the middle, and three at most: its probe, its scrape and its evaluation begin within an interval each. `slack` is what the machine
        may take."""
        wait, interval = self.timing.group_wait, self.timing.interval
        reached = [(self.firing / max(1, self.faults), 1.05, "notifications for each fault"),
                   (self.typical, wait + 1.5 * interval + slack, "s (median) until a certain refusal is told"),
                   (self.longest, wait + 3 * interval + slack, "s (at most) until a certain refusal is told")]
        return [f"{value:.2f} {what}, more than {limit:.2f}" for value, limit, what in reached if value > limit]

    @property
    def typical(self) -> float:
        return statistics.median(self.seconds_to_certain or [0.0])

    @property
    def longest(self) -> float:
        return max(self.seconds_to_certain, default=0.0)

    def __str__(self):
        waits = (f"{len(self.seconds_to_certain)} certain refusals told after {self.typical:.1f} s (median), {self.longest:.1f} s at most, "
                 f"{self.timing.group_wait} s of them group_wait; ") if self.seconds_to_certain else ""
        return f"{self.firing} notifications for {self.faults} faults; {waits}{len(self.problems)} problems"


def play(folder: Path, seed: int, incidents: list[Incident], timing: Timing = QUICK, series: str = "full") -> Outcome:
    """One round of these incidents, in an order that the seed decides."""
    order = list(incidents)
    random.Random(seed).shuffle(order)
    stage = Stage(folder, order, timing, series)
    try:
        stage.play(seed)
        messages = stage.messages.to()
    finally:
        stage.close()
    problems = [f"{world.id} {world.incident.name}: {problem}" for world in stage.worlds for problem in world.judge(messages)]
    problems += [f"a rule failed: {line}" for line in stage.prometheus.lines if "rule" in line][:3]
    problems += [f"about nothing: to {message.to}: {message.subject}" for message in messages
                 if not any(world.is_about(message) for world in stage.worlds)]
    waits = [min(first) for world in stage.worlds if world.incident.certain
             if (first := [message.at - world.began for message in messages
                           if world.is_about(message) and message.subject.startswith("[FIRING]")])]
    firing = sum(message.subject.startswith("[FIRING]") for message in messages)
    return Outcome(problems, firing, sum(len(incident.told) for incident in incidents), waits, timing, messages)
