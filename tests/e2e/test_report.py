"""The credentials as a table and as a calendar, as a spreadsheet and a calendar program read them."""

import csv
import io
import json
import re
import subprocess
from datetime import datetime, timedelta, timezone

import icalendar
import pytest

from loopback import Handler, Server
from processes import eventually


@pytest.fixture
def running(exporter):
    class Api(Handler):
        def do_GET(self):
            self.answer(200, "{}", X_OAuth_Scopes="read, write")

    ends = (datetime.now(timezone.utc) + timedelta(days=10, hours=12)).date()
    with Server(Api) as server:
        started = exporter(f"""
[credentials.billing]
kind = "bearer"
token = {{ env = "TOKEN" }}
owner = "payments | \\"core\\", EU"
used_by = ["webhooks", "mobile"]
rotation = "https://wiki.example.com/rotate"
expires_at = {ends.isoformat()}
warn_before = "14d"
critical_before = "2d"
[credentials.legacy]
kind = "bearer"
token = {{ env = "TOKEN" }}
owner = "=cmd()"
required_scopes = ["admin"]
[targets.a]
url = "http://127.0.0.1:{server.port}/a"
credential = "billing"
interval = "100ms"
[targets.b]
url = "http://127.0.0.1:{server.port}/b"
credential = "legacy"
interval = "100ms"
""", TOKEN="a-token-that-nobody-shows")
        eventually(lambda: "read write" in started.get("/report.csv").text, 30)
        yield started, ends


def test_the_table_has_what_its_readers_look_for(running):
    exporter, ends = running
    text = exporter.get("/report.csv").text
    rows = {row["credential"]: row for row in csv.DictReader(io.StringIO(text))}
    billing, legacy = rows["billing"], rows["legacy"]
    assert (billing["owner"], billing["used by"]) == ('payments | "core", EU', "webhooks, mobile")
    assert (billing["state"], billing["end"], billing["source of the end"]) == ("warning", ends.isoformat(), "declared")
    assert billing["days left"] in ("9", "10", "11") and billing["scopes"] == "read write" and billing["missing"] == ""
    assert (legacy["state"], legacy["end"], legacy["missing"]) == ("unknown", "", "rotation, end, scopes admin")
    assert legacy["owner"] == "'=cmd()"  # no formula
    assert "a-token" not in text + exporter.get("/report.md").text + exporter.get("/calendar.ics").text


def test_the_markdown_table_is_whole(running):
    exporter, _ = running
    lines = exporter.get("/report.md").text.splitlines()
    columns = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
    assert len(lines) == 4 and len(columns) == 1
    assert r"payments \|" in lines[2]


def test_the_calendar_reminds_at_the_thresholds(running):
    exporter, ends = running
    answer = exporter.get("/calendar.ics")
    raw = answer.text.encode()
    assert all(len(line) <= 75 for line in raw.split(b"\r\n")) and b"\n" not in raw.replace(b"\r\n", b"")
    text = answer.text.replace("\r\n ", "")
    assert text.count("BEGIN:VEVENT") == 1 and f"DTSTART:{ends:%Y%m%d}T000000Z" in text
    assert re.findall(r"TRIGGER:-PT(\d+)S", text) == [str(14 * 86400), str(2 * 86400)]
    assert r"SUMMARY:billing expires" in text and r"payments | \"core\"\, EU".replace(r"\"", '"') in text
    assert "URL:https://wiki.example.com/rotate" in text and text.endswith("END:VCALENDAR\r\n")


def test_a_calendar_program_reads_the_events(running):
    exporter, ends = running
    calendar = icalendar.Calendar.from_ical(exporter.get("/calendar.ics").text)
    assert calendar["VERSION"] == "2.0" and calendar["PRODID"]
    (event,) = calendar.walk("VEVENT")
    assert event["SUMMARY"] == "billing expires" and event.decoded("DTSTART").date() == ends
    assert event["DESCRIPTION"] == 'kind: access\nsource: declared\nowner: payments | "core", EU\nused by: webhooks, mobile'
    assert event["UID"] == "billing.access@authprobe" and not event.errors
    assert [alarm.decoded("TRIGGER") for alarm in event.walk("VALARM")] == [timedelta(days=-14), timedelta(days=-2)]


def test_the_report_as_json(running):
    exporter, ends = running
    report = json.loads(exporter.get("/report.json").text)
    billing, legacy = report["secrets"]
    assert datetime.fromisoformat(report["at"].replace("Z", "+00:00")) <= datetime.now(timezone.utc)
    assert billing["end"] == f"{ends.isoformat()}T00:00:00Z" and billing["days_left"] in (9, 10, 11)
    assert (billing["scopes"], billing["used_by"], billing["missing"]) == (["read", "write"], ["webhooks", "mobile"], [])
    assert (legacy["owner"], legacy["end"], legacy["missing"]) == ("=cmd()", None, ["rotation", "end", "scopes admin"])


@pytest.mark.parametrize(("flags", "begin"), [
    ([], "| credential |"), (["--format=csv"], '"credential","kind"'), (["--format=json"], "{"), (["--format=calendar"], "BEGIN:VCALENDAR"),
])
def test_the_command_prints_what_the_server_has(running, binary, flags, begin):
    exporter, _ = running
    result = subprocess.run([binary, "report", f"--config.file={exporter.config}", *flags], capture_output=True, text=True, timeout=60, check=False,
                            env={"TOKEN": "a-token-that-nobody-shows"})
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    assert result.stdout.startswith(begin) and "billing" in result.stdout and "a-token" not in result.stdout


def test_a_report_of_a_bad_configuration_is_an_error(binary, tmp_path):
    (tmp_path / "bad.toml").write_text("[targets.a]\nurl = 1\n")
    result = subprocess.run([binary, "report", f"--config.file={tmp_path}/bad.toml"], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1 and "targets.a.url" in result.stderr and not result.stdout
