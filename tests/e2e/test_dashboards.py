"""The dashboards: their form, and what each of their queries shows of a staged incident in a real Prometheus."""

import contextlib
import copy
import functools
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest
import yaml

from processes import TOP, Running, request

sys.path.append(str(TOP / "tests/dashboards"))
import linter  # noqa: E402
from incident import MANY_INTERVAL, Incident  # noqa: E402
from linter import panels, queries, selectors, substituted, variables  # noqa: E402

FOLDER = TOP / "dashboards"
FILES = sorted(FOLDER.glob("*.json"))
DASHBOARDS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES}
EXCLUSIONS = yaml.safe_load((FOLDER / ".lint").read_text(encoding="utf-8"))["exclusions"]
METRICS = (TOP / "docs/metrics.md").read_text(encoding="utf-8")
EACH = pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=DASHBOARDS)


def test_the_files_are_what_the_source_makes(tmp_path):
    subprocess.run(["jsonnet", "--multi", tmp_path, FOLDER / "source/dashboards.jsonnet"], check=True, capture_output=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == [path.name for path in FILES]
    for path in FILES:
        assert path.read_text(encoding="utf-8") == (tmp_path / path.name).read_text(encoding="utf-8"), \
            f"{path.name} is not what `jsonnet --multi dashboards dashboards/source/dashboards.jsonnet` makes"


def test_the_source_is_formatted():
    sources = sorted((FOLDER / "source").iterdir())
    done = subprocess.run(["jsonnetfmt", "--test", *sources], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"jsonnetfmt --in-place would change {done.stderr or 'a file'}"


@EACH
@pytest.mark.parametrize("rule", linter.RULES)
def test_the_linter_is_content(dashboard, rule):
    assert linter.lint(dashboard, rule, EXCLUSIONS) == []


def a_panel(dashboard: dict, kind: str = "timeseries") -> dict:
    return next(panel for panel in dashboard["panels"] if panel["type"] == kind)


def spoilt(dashboard: dict, panel: dict, replaced: str, by: str):
    expression = panel["targets"][0]["expr"]
    assert replaced in expression, expression
    panel["targets"][0]["expr"] = expression.replace(replaced, by, 1)


# Rule -> what breaks it, and it alone.
BREAKS = {
    "template-datasource-rule": lambda d: variables(d)["datasource"].update(label="Source"),
    "template-job-rule": lambda d: variables(d)["job"].update(allValue=".*"),
    "template-instance-rule": lambda d: variables(d)["instance"].update(multi=False),
    "template-label-promql-rule": lambda d: variables(d)["location"]["query"].update(query="label_values(up{, location)"),
    "template-on-time-change-reload-rule": lambda d: variables(d)["job"].update(refresh=1),
    "panel-datasource-rule": lambda d: a_panel(d)["targets"][0]["datasource"].update(uid="my-prometheus"),
    "panel-title-description-rule": lambda d: a_panel(d).update(description=""),
    "panel-units-rule": lambda d: a_panel(d)["fieldConfig"]["defaults"].update(unit="seconds"),
    "panel-no-targets-rule": lambda d: a_panel(d).update(targets=[]),
    "target-promql-rule": lambda d: spoilt(d, a_panel(d), "(", "(("),
    "target-rate-interval-rule": lambda d: spoilt(d, next(
        panel for panel in panels(d) if "rate(" in panel["targets"][0]["expr"]), "[$__rate_interval]", "[5m]"),
    "target-job-rule": lambda d: spoilt(d, a_panel(d), 'job=~"$job", ', ""),
    "target-instance-rule": lambda d: spoilt(d, a_panel(d), 'instance=~"$instance", ', ""),
    "target-counter-agg-rule": lambda d: spoilt(d, next(
        panel for panel in panels(d) if "rate(" in panel["targets"][0]["expr"]), "rate(", "sum_over_time("),
    "uneditable-dashboard": lambda d: d.update(editable=True),
}


@pytest.mark.parametrize("rule", linter.RULES)
def test_each_rule_finds_what_breaks_it(rule):
    broken = copy.deepcopy(DASHBOARDS["authprobe-overview"])
    BREAKS[rule](broken)
    assert [name for name in linter.RULES if linter.lint(broken, name, EXCLUSIONS)] == [rule]


def test_an_excepted_panel_is_excepted_for_a_reason():
    for rule, exclusion in EXCLUSIONS.items():
        assert exclusion["reason"]
        for entry in exclusion["entries"]:
            [dashboard] = [each for each in DASHBOARDS.values() if each["title"] == entry["dashboard"]]
            assert entry["panel"] in [panel for panel, _ in linter.RULES[rule](dashboard)], "needs no exception"


@pytest.mark.parametrize(("expression", "found"), [
    ('sum by (a) (rate(x_total{b="}("}[5m])) / on (c) group_left () y', [("x_total", 'b="}("', "[5m]"), ("y", "", None)]),
    ("time() - up > bool 0 or vector(0)", [("up", "", None)]),
    ('0 < {__name__="x"} < 1e3', [("", '__name__="x"', None)]),
])
def test_selectors_are_found(expression, found):
    assert selectors(expression) == found


@EACH
def test_panels_have_their_own_place_and_id(dashboard):
    taken = {}
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert place["x"] >= 0 and place["x"] + place["w"] <= 24, panel["title"]
        for cell in ((x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])):
            assert cell not in taken, f"{panel['title']} lies on {taken.get(cell)}"
            taken[cell] = panel["title"]
    titles = [panel["title"] for panel in dashboard["panels"]]
    assert len(set(titles)) == len(titles), "links, exceptions and people go by titles"
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    assert sorted(ids) == ids, "ids follow the reading order"


def misspelt(dashboard: dict) -> dict:
    broken = copy.deepcopy(dashboard)
    a_panel(broken, "stat")["options"]["colourMode"] = "background"
    a_panel(broken)["fieldConfig"]["defaults"]["custom"]["drawStyle"] = "barz"
    a_panel(broken, "table")["fieldConfig"]["defaults"]["color"] = {"mode": "red"}
    a_panel(broken)["targets"][0]["intant"] = True
    variables(broken)["job"]["refresh"] = 3
    return broken


def test_grafanas_types_take_them_and_refuse_what_is_misspelt(tmp_path):
    """npm's types of Grafana and what checks with them are installed once under build/."""
    folder = TOP / "build" / "dashboards-node"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules/ajv/package.json").exists():
        (folder / "package.json").write_text('{"private": true}')
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", "@grafana/schema@10.4.0",
                        "ts-json-schema-generator@1.5.1", "ajv@8.17.1"], cwd=folder, check=True, timeout=300)
    for name in ("dashboard.ts", "validate.mjs"):
        shutil.copy(TOP / "tests/dashboards" / name, folder)
    (tmp_path / "broken.json").write_text(json.dumps(misspelt(DASHBOARDS["authprobe-overview"])))
    done = subprocess.run(["node", "validate.mjs", *FILES, tmp_path / "broken.json"], cwd=folder, capture_output=True, text=True,
                          timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    faults = done.stdout.splitlines()
    assert [fault for fault in faults if "broken.json" not in fault] == []
    for what in ("colourMode", "custom/drawStyle", "defaults/color/mode", "intant", "templating/list/1/refresh"):
        assert any(what in fault for fault in faults), what
    assert len(faults) == 5


def test_provisioning_shows_the_dashboards():
    [source] = yaml.safe_load((FOLDER / "provisioning/datasources/authprobe.yml").read_text())["datasources"]
    assert source["type"] == "prometheus"
    [provider] = yaml.safe_load((FOLDER / "provisioning/dashboards/authprobe.yml").read_text())["providers"]
    assert provider["type"] == "file" and Path(provider["options"]["path"]).is_absolute()
    uids = [dashboard["uid"] for dashboard in DASHBOARDS.values()]
    assert len(set(uids)) == len(uids) == 4
    for name, dashboard in DASHBOARDS.items():
        assert dashboard["uid"] == name
        assert "id" not in dashboard, "an id belongs to one Grafana"
        assert variables(dashboard)["datasource"]["query"] == source["type"]
        for panel in panels(dashboard):
            assert panel["datasource"] == {"type": source["type"], "uid": "${datasource}"}


def links(dashboard: dict) -> list[str]:
    """Of panels and of single fields."""
    found = []
    for panel in panels(dashboard):
        found += panel["fieldConfig"]["defaults"].get("links", [])
        found += [link for override in panel["fieldConfig"]["overrides"] for each in override["properties"]
                  if each["id"] == "links" for link in each["value"]]
    return [link["url"] for link in found]


@EACH
def test_links_lead_to_dashboards_and_variables_that_exist(dashboard):
    for url in links(dashboard):
        if url == "${__value.raw}":  # a label with an address: how to renew a credential
            continue
        uid = re.fullmatch(r"/d/([\w-]+)\?.*", url)[1]
        there = variables(DASHBOARDS[uid])
        handed_on = re.findall(r"\$\{(\w+):queryparam\}", url)
        assert set(handed_on) <= set(variables(dashboard))
        for name in handed_on + re.findall(r"[?&]var-(\w+)=", url):
            assert name in there, f"{uid} has no variable {name}"
        assert "${__url_time_range}" in url
    assert [link["tags"] for link in dashboard["links"]] == [["authprobe"]]
    assert dashboard["tags"] == ["authprobe"]


def test_one_gets_from_each_row_to_its_target_credential_and_exporter():
    for uid in ("authprobe-target", "authprobe-credentials", "authprobe-exporter"):
        assert any(uid in url for url in links(DASHBOARDS["authprobe-overview"]) + links(DASHBOARDS["authprobe-target"])), uid


@pytest.fixture(scope="module")
def incident(tmp_path_factory):
    running = Running()
    try:
        with contextlib.closing(Incident(tmp_path_factory.mktemp("incident"), running)) as staged:
            yield staged
    finally:
        running.close()


# What is chosen at the top of a dashboard: exporters at two locations, shards without a location, both, and a job with 1000 targets.
SELECTIONS = {"locations": {"job": "authprobe"}, "shards": {"job": "shards"}, "both": {"job": "(authprobe|shards)"}, "many": {"job": "many"}}
# The target of which a panel of the target dashboard is looked at, where it is not billing-me.
TARGET_OF = {"Transport errors": "closed", "Server certificate": "secure", "Rate limit": "limited", "Rate limit reset": "limited",
             "Expiry of the credential": "critical"}
# Rightly empty: (dashboard, panel), and in which selection.
EMPTY = {("authprobe-overview", "Ok in some locations only"): "shards"}  # there is one location only


class Grafana:
    """Puts values into a dashboard's variables, asks the incident's Prometheus, and makes of the answers what a panel shows."""

    def __init__(self, incident: Incident, dashboard: dict, selection: str, target: str = "billing-me"):
        self.watch, self.start, self.end = incident.watch, incident.start, incident.end
        chosen = {"target": target, **SELECTIONS[selection]}
        seconds = round(incident.end - incident.start)
        self.step = MANY_INTERVAL if selection == "many" else 1
        # Four scrape intervals are Grafana's least $__rate_interval.
        self.values = {"__rate_interval": f"{4 * self.step}s", "__interval": f"{self.step}s", "__range": f"{seconds}s",
                       "__range_s": str(seconds)}
        self._answers: dict[tuple[str, bool], list[dict]] = {}
        self.options: dict[str, list[str]] = {}
        for name, variable in variables(dashboard).items():
            if variable["type"] == "query":
                self.options[name] = self._options(variable)
                self.values[name] = chosen.get(name) or self._all(variable)

    def _options(self, variable: dict) -> list[str]:
        series, label = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"]).groups()
        answer = request(f"{self.watch.url}/api/v1/label/{label}/values?" + urlencode({
            "match[]": substituted(series, self.values), "start": self.start, "end": self.end}))
        return json.loads(answer.body)["data"]

    def _all(self, variable: dict) -> str:
        if "allValue" in variable:
            return variable["allValue"]
        escaped = [re.sub(r"[$^*{}\[\]'+?.()|]", r"\\\\\g<0>", option) for option in self.options[variable["name"]]]
        return f"({'|'.join(escaped)})"

    def ask(self, query: dict) -> list[dict]:
        return self._answer(query["expr"], query.get("instant", False))

    def _answer(self, expression: str, instant: bool) -> list[dict]:
        if (expression, instant) not in self._answers:
            filled = substituted(expression, self.values)
            assert "$" not in filled, filled
            self._answers[expression, instant] = (
                self.watch.now(filled, self.end) if instant else self.watch.over(filled, self.start, self.end, self.step))
        return self._answers[expression, instant]

    def shows(self, panel: dict) -> list[dict]:
        """Of a table its rows, column by column; of others {"series": legend, "last": value, "most": value} for each series."""
        return self.rows(panel)[0] if panel["type"] == "table" else self.series(panel)

    def series(self, panel: dict) -> list[dict]:
        shown = []
        for query in panel["targets"]:
            for found in self.ask(query):
                values = [float(value) for _, value in found.get("values") or [found["value"]]]
                shown.append({"series": legend(query["legendFormat"], found["metric"]), "last": values[-1], "most": max(values)})
        return shown

    def rows(self, panel: dict) -> tuple[list[dict], set[str]]:
        """The rows, and the fields that came but are neither shown nor hidden."""
        frames = []
        for query in panel["targets"]:
            value = f"Value #{query['refId']}" if len(panel["targets"]) > 1 else "Value"
            answer = self.ask(query)
            labels = sorted(set().union(*(found["metric"] for found in answer)))
            frames.append([{"Time": self.end, **{label: found["metric"].get(label, "") for label in labels},
                            value: float(found["value"][1])} for found in answer])
        rows = merged(frames) if panel["transformations"][0]["id"] == "merge" else frames[0]
        organize = panel["transformations"][-1]["options"]
        names = organize["renameByName"]
        more = {field for row in rows for field in row} - set(names) - set(organize["excludeByName"])
        return [{names[field]: value for field, value in row.items() if field in names} for row in rows], more


def legend(pattern: str, labels: dict) -> str:
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda match: labels.get(match[1], ""), pattern).strip()


def merged(frames: list[list[dict]]) -> list[dict]:
    """As Grafana's transformation `merge`: a row joins those before it that agree on the fields that all frames have, and
    contradict it in no other."""
    frames = [frame for frame in frames if frame]
    fields = [set().union(*frame) for frame in frames]
    key = set.intersection(*fields) if fields else set()
    rows: list[dict] = []
    for frame in frames:
        for row in frame:
            joined = [known for known in rows if all(known.get(field) == row.get(field) for field in key)
                      and all(known.get(field, value) == value for field, value in row.items())]
            for known in joined:
                known.update(row)
            if not joined:
                rows.append(dict(row))
    return rows


@pytest.fixture(scope="module")
def grafana(incident):
    """grafana(uid, selection, target) is one for all tests, so that nothing is asked twice."""
    return functools.cache(lambda uid, selection, target="billing-me": Grafana(incident, DASHBOARDS[uid], selection, target))


@pytest.fixture
def views(grafana):
    """views(dashboard, selection): every panel with what it is looked at through."""
    return lambda dashboard, selection: [
        (panel, grafana(dashboard["uid"], selection, TARGET_OF.get(panel["title"], "billing-me"))) for panel in panels(dashboard)]


@EACH
@pytest.mark.parametrize("selection", ["locations", "shards", "both"])
def test_every_query_shows_something_of_the_incident(views, dashboard, selection):
    empty = [(panel["title"], query["refId"]) for panel, seen in views(dashboard, selection)
             for query in panel["targets"] if not seen.ask(query)]
    rightly = {title for (uid, title), where in EMPTY.items() if (uid, where) == (dashboard["uid"], selection)}
    assert {title for title, _ in empty} == rightly, empty


@EACH
def test_every_annotation_marks_something_of_the_incident(grafana, dashboard):
    seen = grafana(dashboard["uid"], "both", "contacts")
    for annotation in dashboard["annotations"]["list"]:
        assert annotation["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        found = seen.ask(annotation)
        assert found, annotation["name"]
        for label in re.findall(r"\{\{(\w+)\}\}", annotation["titleFormat"] + annotation["textFormat"]):
            assert all(label in series["metric"] for series in found), f"{annotation['name']}: no label {label}"


@EACH
def test_every_variable_has_something_to_choose(grafana, dashboard):
    options = grafana(dashboard["uid"], "locations").options
    names = list(options)
    for name in names:
        assert options[name], name
        used = re.findall(r"\$(\w+)", variables(dashboard)[name]["query"]["query"])
        assert set(used) <= set(names[:names.index(name)]), f"{name} needs a variable that comes after it"
    assert options["location"] == ["east", "west"]
    assert grafana(dashboard["uid"], "shards").options["location"] == [], "without the label, All is the only choice"


@EACH
def test_tables_have_the_columns_that_they_name(views, dashboard):
    for panel, seen in views(dashboard, "locations"):
        if panel["type"] == "table":
            rows, more = seen.rows(panel)
            names = panel["transformations"][-1]["options"]["renameByName"].values()
            assert set(names) == {column for row in rows for column in row}, panel["title"]
            assert more <= {"team"}, f"{panel['title']} shows {more} too"  # a label of the configuration
            named = {override["matcher"]["options"] for override in panel["fieldConfig"]["overrides"] if override["matcher"]["id"] == "byName"}
            assert named | {order["displayName"] for order in panel["options"]["sortBy"]} <= set(names), panel["title"]


@EACH
def test_legends_and_colours_name_what_there_is(views, dashboard):
    documented = set(re.findall(r"`(\w+)`", METRICS))
    for panel, seen in views(dashboard, "locations"):
        if panel["type"] == "table":
            continue
        for query in panel["targets"]:
            labels = set().union(*(series["metric"] for series in seen.ask(query)))
            assert set(re.findall(r"\{\{(\w+)\}\}", query["legendFormat"])) <= labels, panel["title"]
            assert query["legendFormat"] or len(panel["targets"]) == 1
        shown = {series["series"] for series in seen.series(panel)}
        for override in panel["fieldConfig"]["overrides"]:
            assert override["matcher"]["options"] in shown | documented, f"{panel['title']} colours {override['matcher']['options']}"


def at_least(value: float):
    return lambda shown: shown >= value


# What the incident should be seen to be (each target at two locations, and in a shard): the fields that one of a panel's rows or series has.
SHOWS = [
    ("authprobe-overview", "Targets by state", {"series": "unauthorized", "last": 9}),
    ("authprobe-overview", "Targets by state", {"series": "forbidden", "last": 4}),
    ("authprobe-overview", "Targets by state", {"series": "rate_limited", "last": 3}),
    ("authprobe-overview", "Credentials and exporters", {"series": "Exporters down", "last": 2}),
    ("authprobe-overview", "Credentials and exporters", {"series": "Reloads failed", "last": 5}),
    ("authprobe-overview", "Credentials and exporters", {"series": "Not available", "last": 2}),
    ("authprobe-overview", "Credentials and exporters", {"series": "Expired", "last": 2}),
    ("authprobe-overview", "Alerts firing", {"Severity": "critical", "Count": at_least(1)}),
    ("authprobe-overview", "Targets that are not ok",
     {"Target": "billing-me", "Location": "west", "State": "unauthorized", "Status": 401, "Cause": "revoked_token", "Credential": "billing"}),
    ("authprobe-overview", "Targets that are not ok", {"Target": "reports", "State": "forbidden", "Status": 403, "Cause": "insufficient_scope"}),
    ("authprobe-overview", "Targets that are not ok", {"Target": "short", "State": "credential_unavailable", "Credential": "short"}),
    ("authprobe-overview", "Targets that are not ok", {"Target": "closed", "State": "unreachable", "Status": 0}),
    ("authprobe-overview", "Refused targets by cause", {"series": "revoked_token", "last": 6}),
    ("authprobe-overview", "Ok in some locations only", {"Target": "place", "Share of locations": 0.5}),
    ("authprobe-overview", "Blast radius",
     {"Credential": "billing", "Affected targets": 2, "Share affected": 1, "Owner": "payments", "Used by": "webhooks, mobile",
      "Rotation": "https://wiki.example.com/billing"}),
    ("authprobe-overview", "Changes of the status class", {"series": "2xx to 401", "most": at_least(1)}),
    ("authprobe-overview", "Changes in this time range", {"Target": "billing-me", "Location": "east", "From": "2xx", "To": "401"}),
    ("authprobe-overview", "Changes in this time range", {"Target": "reports", "From": "2xx", "To": "403"}),
    ("authprobe-overview", "Changes in this time range", {"Target": "contacts", "From": "401", "To": "2xx"}),
    ("authprobe-overview", "Credentials that expire soonest", {"Credential": "critical", "Owner": "partners", "Time left": lambda left: 3000 < left < 3600}),
    ("authprobe-overview", "Server certificates that expire soonest", {"Target": "secure", "Time left": lambda left: 400_000 < left < 432_000}),
    ("authprobe-overview", "Smallest rate limit budgets", {"series": "limited", "last": 0.05}),
    ("authprobe-overview", "Slowest targets", {"series": "slow", "last": at_least(0.7)}),
    ("authprobe-overview", "Back-off and maintenance", {"Target": "ledger", "Back-off": at_least(1)}),
    ("authprobe-overview", "Back-off and maintenance", {"Target": "maintained", "Maintenance": 1}),
    ("authprobe-target", "Cause of the refusal", {"Cause": "revoked_token", "Confidence": "certain", "Location": "east"}),
    ("authprobe-target", "Changes in this time range", {"From": "2xx", "To": "401", "Times": 1}),
    ("authprobe-target", "Rate limit", {"series": "left east", "last": 5}),
    ("authprobe-target", "Transport errors", {"series": "connect", "last": at_least(1)}),
    ("authprobe-credentials", "Credentials", {"series": "Inactive", "last": 2}),
    ("authprobe-credentials", "Credentials", {"series": "Critical", "last": at_least(2)}),
    ("authprobe-credentials", "Blast radius", {"Credential": "billing", "Unauthorized": 6, "Targets": 6, "Owner": "payments",
                                                "Used by": "webhooks, mobile"}),
    ("authprobe-credentials", "Calendar", {"Credential": "ended", "Source": "jwt", "Urgency": 3, "Owner": "partners"}),
    ("authprobe-credentials", "Calendar", {"Credential": "critical", "Urgency": 2}),
    ("authprobe-credentials", "Calendar", {"Credential": "warning", "Urgency": 1}),
    ("authprobe-credentials", "Calendar", {"Credential": "rotated", "Urgency": 0}),
    ("authprobe-credentials", "Credentials without a known expiry", {"Credential": "crm", "Owner": "sales"}),
    ("authprobe-credentials", "Fetched tokens", {"Credential": "short", "Has a token": 0, "Failed": at_least(1), "Cause": "expired_token"}),
    ("authprobe-credentials", "Fetched tokens", {"Credential": "long", "Has a token": 1, "Failed": 0}),
    ("authprobe-credentials", "Fetches", {"series": "invalid_client", "most": at_least(0.1)}),
    ("authprobe-credentials", "Lookups and introspection", {"Credential": "inspected", "Active": 0}),
    ("authprobe-credentials", "Lookups and introspection", {"Credential": "unanswered", "Failed": at_least(1)}),
    ("authprobe-credentials", "Scopes", {"Credential": "inspected", "Missing": 1, "Excess": 1}),
    ("authprobe-credentials", "Next credential", {"Credential": "rotated", "Next": "rotated-next", "State": "ok"}),
    ("authprobe-credentials", "Renewals", {"Credential": "rotated", "Renewed": at_least(1)}),
    ("authprobe-credentials", "Renewals", {"Credential": "wrong", "Lockout pause": at_least(1)}),
    ("authprobe-exporter", "Exporters", {"series": "Up", "last": 5}),
    ("authprobe-exporter", "Exporters", {"series": "Down", "last": 2}),
    ("authprobe-exporter", "Exporter details", {"Job": "shards", "Up": 1, "Shard": "1", "Shards": "2", "Reload ok": 0}),
    ("authprobe-exporter", "Exporter details", {"Job": "authprobe", "Location": "west", "Up": 0}),
]


# And what no row has.
HIDES = [
    ("authprobe-overview", "Targets that are not ok", {"Target": "long"}),  # it is ok
    ("authprobe-overview", "Ok in some locations only", {"Target": "billing-me"}),
    ("authprobe-overview", "Blast radius", {"Credential": "long"}),
    ("authprobe-overview", "Changes in this time range", {"Target": "long"}),
    ("authprobe-overview", "Credentials that expire soonest", {"Credential": "long"}),  # fetched anew by itself
    ("authprobe-overview", "Back-off and maintenance", {"Target": "billing-me"}),
    ("authprobe-credentials", "Calendar", {"Credential": "long"}),
    ("authprobe-credentials", "Credentials without a known expiry", {"Credential": "ledger"}),  # sliding
    ("authprobe-credentials", "Fetched tokens", {"Credential": "billing"}),
]


def rows_with(wanted: dict, views, uid: str, title: str) -> tuple[list[dict], list[dict]]:
    """Those rows or series of the panel that have what is wanted, and all."""
    [(panel, seen)] = [view for view in views(DASHBOARDS[uid], "both") if view[0]["title"] == title]
    shown = seen.shows(panel)
    return [row for row in shown if all(
        field in row and (value(row[field]) if callable(value) else row[field] == value) for field, value in wanted.items())], shown


@pytest.mark.parametrize(("uid", "title", "wanted"), SHOWS, ids=lambda value: value if isinstance(value, str) else None)
def test_panels_show_what_happened(views, uid, title, wanted):
    found, shown = rows_with(wanted, views, uid, title)
    assert found, shown


@pytest.mark.parametrize(("uid", "title", "unwanted"), HIDES, ids=lambda value: value if isinstance(value, str) else None)
def test_panels_do_not_show_what_is_none_of_theirs(views, uid, title, unwanted):
    found, shown = rows_with(unwanted, views, uid, title)
    assert shown and not found


@EACH
def test_a_thousand_dead_targets_are_no_thousand_lines(views, dashboard):
    for panel, seen in views(dashboard, "many"):
        found = [len(seen.ask(query)) for query in panel["targets"]]
        if panel["type"] == "table":
            assert panel["options"]["footer"]["enablePagination"]
        else:
            assert sum(found) <= 20, panel["title"]


def test_state_and_cause_are_told_over_time(views):
    """The timelines show numbers; their mappings say what they mean."""
    said = {}
    for panel, seen in views(DASHBOARDS["authprobe-target"], "shards"):
        if panel["type"] == "state-timeline":
            [series] = seen.ask(panel["targets"][0])
            texts = panel["fieldConfig"]["defaults"]["mappings"][0]["options"]
            steps = [texts.get(value, {}).get("text", value) for _, value in series["values"]]
            said[panel["title"]] = [step for step, before in zip(steps, [None, *steps]) if step != before]
    assert said["State over time"][-2:] == ["ok", "unauthorized"]
    assert said["Status code over time"][-2:] == ["200", "401"]
    assert said["Cause over time"] == ["certain"]


def test_each_query_names_series_and_labels_that_exist(incident):
    """Of a selector the label and the words that it compares with; of the rest the labels."""
    documented = set(re.findall(r"`([\w]+)`", METRICS))
    scraped = {"up", "scrape_duration_seconds", "scrape_samples_scraped", "ALERTS"}
    labels_of: dict[str, set[str]] = {}
    for dashboard in DASHBOARDS.values():
        expressions = [query["expr"] for _, query in queries(dashboard)] + [each["expr"] for each in dashboard["annotations"]["list"]]
        for expression in expressions:
            for metric, matchers, _ in selectors(expression):
                if metric not in labels_of:
                    series = incident.watch.ask(
                        "series", **{"match[]": f'{metric}{{job!="many"}}', "start": incident.start, "end": incident.end})
                    labels_of[metric] = set().union(*series)
                    assert re.sub(r"_bucket$", "", metric) in documented | scraped, f"{metric} is not in docs/metrics.md"
                for label, value in re.findall(r'(\w+)[=!]~?"([^"]*)"', matchers):
                    assert label in labels_of[metric], f"{metric} has no label {label}"
                    if label in ("state", "from", "to", "kind", "confidence"):
                        assert set(value.split("|")) <= documented, f"{metric}: no {label} is {value}"
            known = set().union(*labels_of.values())
            for names in re.findall(r"\b(?:by|on|without|group_left|group_right) \(([^)]*)\)", expression):
                assert {name.strip() for name in names.split(",")} - {""} <= known | {"pod"}, expression
