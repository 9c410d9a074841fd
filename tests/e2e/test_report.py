"""The credentials as a table and as a calendar, as a spreadsheet and a calendar program read them."""

import csv
import io
import re
from datetime import datetime, timedelta, timezone

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
