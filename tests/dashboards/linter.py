"""The rules of Grafana's dashboard-linter, for every panel instead of some types; the names are that linter's.

Each rule takes a dashboard and yields what is wrong as (panel title or None, message). Only valid PromQL is asked of promtool.
"""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

Fault = tuple[str | None, str]

# Units of Grafana's value formats: those in use. A misspelt one is shown as a suffix of the number, which nobody notices.
UNITS = {"none", "s", "bytes", "percentunit", "reqps", "cps", "dateTimeFromNow", "dateTimeAsIso", "bool_yes_no"}
# What the linter, too, puts in for a variable before it parses.
SAMPLES = {"__rate_interval": "4m", "__interval": "1m", "__range": "3h", "__range_s": "10800"}
KEYWORDS = {"and", "or", "unless", "bool", "offset", "inf", "nan", "by", "without", "on", "ignoring", "group_left", "group_right", "atan2"}
STRING = re.compile(r'"(?:[^"\\]|\\.)*"' + r"|'(?:[^'\\]|\\.)*'")


def panels(dashboard: dict) -> list[dict]:
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries(dashboard: dict) -> Iterator[tuple[dict, dict]]:
    for panel in panels(dashboard):
        for query in panel.get("targets", []):
            yield panel, query


def variables(dashboard: dict) -> dict[str, dict]:
    return {variable["name"]: variable for variable in dashboard["templating"]["list"]}


def substituted(expression: str, values: dict[str, str]) -> str:
    """With the values of $name, ${name} and ${name:format}; a name without a value stays as it is."""
    def value(match: re.Match) -> str:
        return values.get(match[1] or match[2], match[0])

    return re.sub(r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))", value, expression)


def selectors(expression: str) -> list[tuple[str, str, str | None]]:
    """Every series selector of valid PromQL, as (metric, matchers, range): without either, "" and None."""
    kept: list[str] = []

    def hide(match: re.Match) -> str:
        kept.append(match[0])
        return f'"{len(kept) - 1}"'

    def shown(text: str) -> str:
        return re.sub(r'"(\d+)"', lambda match: kept[int(match[1])], text)

    rest = STRING.sub(hide, expression)
    found = []

    def take(match: re.Match) -> str:
        found.append((match[1] or "", shown(match[2]), match[3] and match[3].strip()))
        return " "

    rest = re.sub(r"([a-zA-Z_:][\w:]*)?\{([^{}]*)\}(\s*\[[^\]]*\])?", take, rest)
    rest = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", rest)
    rest = re.sub(r"\b[a-zA-Z_]\w*(?=\s*\()", " ", rest)
    for match in re.finditer(r"(?<![\w$.])([a-zA-Z_:][\w:]*)(\s*\[[^\]]*\])?", rest):
        if match[1].lower() not in KEYWORDS:
            found.append((match[1], "", match[2] and match[2].strip()))
    return found


def template_datasource_rule(dashboard: dict) -> Iterator[Fault]:
    sources = [variable for variable in dashboard["templating"]["list"] if variable["type"] == "datasource"]
    if len(sources) != 1:
        yield None, f"{len(sources)} datasource variables instead of one"
    for source in sources:
        if (source["name"], source["label"], source["query"]) != ("datasource", "Data source", "prometheus"):
            yield None, f"datasource variable {source['name']!r} labelled {source['label']!r} of {source['query']!r}"


def _selecting(dashboard: dict, name: str) -> Iterator[Fault]:
    variable = variables(dashboard).get(name)
    if variable is None:
        yield None, f"no variable {name}"
        return
    wanted = {"type": "query", "label": name.capitalize(), "multi": True, "includeAll": True, "allValue": ".+"}
    for key, value in wanted.items():
        if variable.get(key) != value:
            yield None, f"variable {name}: {key} is {variable.get(key)!r}, not {value!r}"
    if variable.get("datasource", {}).get("uid") not in ("$datasource", "${datasource}"):
        yield None, f"variable {name} does not use $datasource"


def template_job_rule(dashboard: dict) -> Iterator[Fault]:
    yield from _selecting(dashboard, "job")


def template_instance_rule(dashboard: dict) -> Iterator[Fault]:
    yield from _selecting(dashboard, "instance")


def template_label_promql_rule(dashboard: dict) -> Iterator[Fault]:
    asked = {}
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            match = re.fullmatch(r"label_values\((.+), \w+\)", variable["query"]["query"])
            if match is None:
                yield None, f"variable {variable['name']} asks {variable['query']['query']!r}, not label_values(series, label)"
            else:
                asked[f"variable {variable['name']}"] = match[1]
    yield from ((None, f"{place}: {message}") for place, message in not_promql(asked))


def template_on_time_change_reload_rule(dashboard: dict) -> Iterator[Fault]:
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query" and variable.get("refresh") != 2:
            yield None, f"variable {variable['name']} is not read anew when the time range changes"


def panel_datasource_rule(dashboard: dict) -> Iterator[Fault]:
    for panel in panels(dashboard):
        for place in [panel, *panel.get("targets", [])]:
            if place.get("datasource", {}).get("uid") not in ("$datasource", "${datasource}"):
                yield panel["title"], "does not use $datasource"


def panel_title_description_rule(dashboard: dict) -> Iterator[Fault]:
    for panel in panels(dashboard):
        if not panel.get("title") or not panel.get("description"):
            yield panel.get("title"), "has no title or no description"


def panel_units_rule(dashboard: dict) -> Iterator[Fault]:
    """Beyond the linter: each value column that a table shows says its own."""
    for panel in panels(dashboard):
        settings = panel["fieldConfig"]
        units = [settings["defaults"].get("unit")] + [
            each["value"] for override in settings["overrides"] for each in override["properties"] if each["id"] == "unit"]
        for unit in units:
            if unit not in UNITS:
                yield panel["title"], f"has the unit {unit!r}"
        if panel["type"] == "table":
            organize = panel["transformations"][-1]["options"]
            said = {override["matcher"]["options"] for override in settings["overrides"]
                    for each in override["properties"] if each["id"] in ("unit", "mappings")}
            for field, name in organize["renameByName"].items():
                if field.startswith("Value") and name not in said:
                    yield panel["title"], f"column {name!r} has neither unit nor mappings"


def panel_no_targets_rule(dashboard: dict) -> Iterator[Fault]:
    for panel in panels(dashboard):
        if not any(query.get("expr") for query in panel.get("targets", [])):
            yield panel["title"], "asks nothing"


def not_promql(expressions: dict[str, str]) -> list[tuple[str, str]]:
    """Those of `expressions` (place -> expression, variables in it) that Prometheus cannot parse, with its message."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for place, expression in expressions.items():
            expression = re.sub(r"\$\{?\w+(:\w+)?\}?", "x", substituted(expression, SAMPLES))
            file = Path(folder, f"{len(files)}.yml")
            indented = "".join(f"\n        {line}" for line in expression.splitlines())
            file.write_text(f"groups:\n- name: g\n  rules:\n  - record: r\n    expr: |2{indented}\n", encoding="utf-8")
            files.append((place, file))
        done = subprocess.run(["promtool", "check", "rules", *(str(file) for _, file in files)], capture_output=True, text=True,
                              timeout=60, check=False)
        said = done.stdout + done.stderr
        return [(place, said) for place, file in files if f"{file}: " in said]


def target_promql_rule(dashboard: dict) -> Iterator[Fault]:
    asked = {f"{panel['id']} {query['refId']}": (panel["title"], query["expr"]) for panel, query in queries(dashboard)}
    for place, message in not_promql({place: expression for place, (_, expression) in asked.items()}):
        yield asked[place][0], message


def target_rate_interval_rule(dashboard: dict) -> Iterator[Fault]:
    for panel, query in queries(dashboard):
        for range_ in re.findall(r"\bi?rate\([^][]*\[([^]]*)\]", query["expr"]):
            if range_ != "$__rate_interval":
                yield panel["title"], f"a rate over {range_}"


def _matched(dashboard: dict, label: str) -> Iterator[Fault]:
    for panel, query in queries(dashboard):
        for metric, matchers, _ in selectors(query["expr"]):
            if f'{label}=~"${label}"' not in re.split(r",\s*", matchers):
                yield panel["title"], f"{metric}{{{matchers}}} is not chosen by ${label}"


def target_job_rule(dashboard: dict) -> Iterator[Fault]:
    yield from _matched(dashboard, "job")


def target_instance_rule(dashboard: dict) -> Iterator[Fault]:
    yield from _matched(dashboard, "instance")


def target_counter_agg_rule(dashboard: dict) -> Iterator[Fault]:
    for panel, query in queries(dashboard):
        counted = re.findall(r"\b(?:rate|irate|increase)\(\s*\w+_total\b", query["expr"])
        named = [metric for metric, _, _ in selectors(query["expr"]) if metric.endswith("_total")]
        if len(named) != len(counted):
            yield panel["title"], f"a counter outside of rate and increase: {', '.join(named)}"


def uneditable_dashboard(dashboard: dict) -> Iterator[Fault]:
    if dashboard.get("editable") is not False:
        yield None, "is editable"


RULES = {rule.__name__.replace("_", "-"): rule for rule in (
    template_datasource_rule, template_job_rule, template_instance_rule, template_label_promql_rule,
    template_on_time_change_reload_rule, panel_datasource_rule, panel_title_description_rule, panel_units_rule,
    panel_no_targets_rule, target_promql_rule, target_rate_interval_rule, target_job_rule, target_instance_rule,
    target_counter_agg_rule, uneditable_dashboard)}


def lint(dashboard: dict, rule: str, exclusions: dict) -> list[Fault]:
    """What `rule` finds, without what `exclusions` (of the file .lint) allow."""
    allowed = {(entry["dashboard"], entry["panel"]) for entry in exclusions.get(rule, {}).get("entries", [])}
    return [(panel, message) for panel, message in RULES[rule](dashboard) if (dashboard["title"], panel) not in allowed]
