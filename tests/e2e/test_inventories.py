"""Inventories: every secret that an issuer has handed out, counted by state; never a part of a list as if it were the whole."""

import csv
import io
import json
import os
import re
import subprocess
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.credentials import Credentials

from aws_servers import is_signed_with
from issuer_lists import PROVIDER, Issuer, in_days, token
from processes import TOP, Metrics, eventually
from vendors import PROVIDERS, TOKEN, Network, Vendor, filled, forms_of

STATES = ["ok", "warning", "critical", "expired", "never", "unused", "disabled"]


@pytest.fixture
def issuer():
    with Issuer() as server:
        yield server


@pytest.fixture
def listed(exporter, issuer, tmp_path):
    """listed(keys) starts an exporter with the inventory `tokens` of the issuer."""
    (tmp_path / "issuer.toml").write_text(PROVIDER)
    (tmp_path / "token").write_text(issuer.secret)

    def start(keys: str = "", credential: str = "", more: str = ""):
        running = exporter(f"""
[settings]
providers = ["issuer.toml"]
[defaults]
interval = "1h"
[credentials.admin]
provider = "issuer"
token = {{ file = "token" }}
host = "{issuer.host}"
{credential}
[inventories.tokens]
provider = "issuer"
credential = "admin"
{keys}
{more}
""")
        running.secrets.append(issuer.secret)
        return running
    return start


def entries(running) -> dict[str, float]:
    return {have["state"]: value for have, value in running.metrics().all("authprobe_inventory_entries", inventory="tokens")}


def failures(running) -> dict[str, float]:
    found = running.metrics().all("authprobe_inventory_failures_total", inventory="tokens")
    return {have["reason"]: value for have, value in found if value}


def total(running) -> float:
    return sum(entries(running).values())


def test_each_secret_is_counted_in_its_state(issuer, listed):
    issuer.tokens = [token(1), token(2, 10), token(3, 1), token(4, -1), token(5, None), token(6, used=in_days(-100)),
                     token(7, revoked=True), token(8)]
    running = listed()
    eventually(lambda: entries(running))
    assert entries(running) == dict(zip(STATES, [2, 1, 1, 1, 1, 1, 1]))
    assert issuer.paths() == ["/tokens", "/tokens?page=2", "/tokens?page=3", "/tokens?page=4"]
    metrics = running.metrics()
    end = metrics.value("authprobe_inventory_next_expiration_timestamp_seconds", inventory="tokens")
    observed = metrics.value("authprobe_inventory_observed_timestamp_seconds", inventory="tokens")
    assert 0.9 * 86400 < end - observed < 86400.1
    assert metrics.value("authprobe_inventory_interval_seconds") == 3600
    assert metrics.value("authprobe_inventory_info", provider="issuer", list="tokens", credential="admin") == 1
    assert failures(running) == {}
    assert not metrics.all("authprobe_inventory_entry_expiration_timestamp_seconds")


def test_the_credential_keeps_its_own_target(issuer, listed):
    running = listed()
    running.wait_for_state("admin", "ok")


def test_no_state_is_told_before_a_list_is_complete(issuer, listed):
    issuer.tokens = [token(n) for n in range(4)]
    issuer.refuse[2] = (500, {})
    running = listed()
    eventually(lambda: failures(running) == {"status": 1})
    assert entries(running) == {}
    assert running.metrics().value("authprobe_inventory_failures_total", reason="refused") == 0


@pytest.mark.parametrize(("spoil", "reason"), [
    (lambda issuer: issuer.refuse.update({2: (403, {})}), "refused"),
    (lambda issuer: issuer.refuse.update({2: (404, {})}), "status"),
    (lambda issuer: setattr(issuer, "body", b"<html>"), "unreadable"),
    (lambda issuer: setattr(issuer, "next_url", "http://localhost:1/tokens"), "elsewhere"),
    (lambda issuer: setattr(issuer, "next_url", "/tokens"), "unreadable"),
    (lambda issuer: issuer.tokens.extend(token(n) for n in range(10, 30)), "too_long"),
    (lambda issuer: setattr(issuer, "body", b'["' + b"x" * (2 << 20) + b'"]'), "too_long"),
])
def test_the_last_complete_list_stays(issuer, listed, spoil, reason):
    issuer.tokens = [token(n) for n in range(4)]
    running = listed('interval = "1s"\nmax_entries = 10')
    eventually(lambda: total(running) == 4)
    before = running.metrics().value("authprobe_inventory_observed_timestamp_seconds")
    spoil(issuer)
    eventually(lambda: failures(running).get(reason))
    after = running.metrics().value("authprobe_inventory_observed_timestamp_seconds")
    assert total(running) == 4
    assert set(failures(running)) == {reason}
    assert after - before < 2


def test_nothing_is_sent_to_the_host_that_a_page_names(issuer, listed):
    issuer.tokens = [token(n) for n in range(4)]
    with Issuer() as stranger:
        issuer.next_url = f"http://{stranger.host}/tokens"
        running = listed()
        eventually(lambda: failures(running) == {"elsewhere": 1})
        assert not stranger.requests


def test_a_rate_limit_is_honoured_and_the_list_goes_on(issuer, listed):
    issuer.tokens = [token(n) for n in range(6)]
    issuer.refuse[2] = (429, {"Retry-After": "2"})
    running = listed()
    eventually(lambda: total(running) == 6)
    assert issuer.paths() == ["/tokens", "/tokens?page=2", "/tokens?page=2", "/tokens?page=3"]
    times = [when for when, _, path in issuer.requests if path == "/tokens?page=2"]
    assert times[1] - times[0] >= 1.9
    assert failures(running) == {}


def test_no_request_is_made_with_an_empty_budget(issuer, listed):
    issuer.tokens = [token(n) for n in range(4)]
    send = Issuer._send
    issuer._send = lambda handler, status, headers, body: send(
        handler, status, {**headers, "X-RateLimit-Limit": "9", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2"}, body)
    running = listed()
    eventually(lambda: total(running) == 4)
    times = [when for when, _, path in issuer.requests if path.startswith("/tokens")]
    assert times[1] - times[0] >= 1.5


def test_lists_of_two_steps(issuer, listed):
    issuer.accounts = {"ada": [token(1), token(2)], "bob": [], "a b": [token(3, 1)]}
    running = listed('list = "account-tokens"')
    eventually(lambda: entries(running))
    assert total(running) == 3
    assert issuer.paths()[0] == "/accounts"
    assert sorted(issuer.paths()) == ["/accounts", "/accounts/a%20b/tokens", "/accounts/ada/tokens", "/accounts/bob/tokens", "/accounts?after=2"]


def slow_accounts(issuer, count: int, most: int = 1000) -> list[int]:
    """The tokens of each account take 50 ms, and more than `most` requests at a time are refused. How many there were at each one's start."""
    issuer.accounts = {f"account-{n}": [token(n)] for n in range(count)}
    issuer.size = count
    answer, send, at_once, busy = issuer._answer, Issuer._send, [], set()

    def slow(handler):
        if not handler.path.startswith("/accounts/"):
            return answer(handler)
        busy.add(handler)
        at_once.append(len(busy))
        refused = len(busy) > most
        time.sleep(0.05)
        busy.remove(handler)
        return send(handler, 429, {"Retry-After": "1"}, b"") if refused else answer(handler)

    issuer._answer = slow
    return at_once


def test_requests_for_single_entries_run_side_by_side(issuer, listed):
    at_once = slow_accounts(issuer, 200)
    begun = time.monotonic()
    running = listed('list = "account-tokens"')
    eventually(lambda: total(running) == 200)
    print(f"{time.monotonic() - begun:.2f} s")
    assert len(at_once) == 200 and max(at_once) == 8
    assert time.monotonic() - begun < 200 * 0.05


def test_fewer_run_side_by_side_where_the_issuer_limits_its_rate(issuer, listed):
    at_once = slow_accounts(issuer, 60, most=3)
    running = listed('list = "account-tokens"')
    eventually(lambda: total(running) == 60, timeout=60)
    assert failures(running) == {}
    assert 0 < len(at_once) - 60 < 20
    assert max(at_once[16:]) <= 4  # what was sent before the first refusal came is behind it


def test_series_of_single_secrets_are_bounded(issuer, listed):
    issuer.tokens = [token(1, 20), token(2, 10), token(3, -1), token(4, 30), token(5, None)]
    running = listed("series = true\nmax_series = 2")
    eventually(lambda: entries(running))
    found = running.metrics().all("authprobe_inventory_entry_expiration_timestamp_seconds")
    assert {(have["id"], have["name"], have["owner"]) for have, _ in found} == {("2", "token-2", "ada"), ("1", "token-1", "ada")}


def test_an_entry_lends_a_credential_its_end(issuer, listed, tmp_path):
    issuer.tokens = [token(1, 10), token(2, 20, name="deploy"), token(3, 5, name="deploy", revoked=True)]
    (tmp_path / "deploy").write_text("a-deploy-token")
    running = listed(more=f"""
[credentials.deploy]
kind = "bearer"
token = {{ file = "deploy" }}
listed_as = {{ inventory = "tokens", name = "deploy" }}
[targets.deploy]
url = "http://{issuer.host}/me"
credential = "deploy"
""")
    running.secrets.append("a-deploy-token")
    end = eventually(lambda: running.metrics().value("authprobe_credential_expiration_timestamp_seconds", credential="deploy",
                                                     kind="access", source="inventory"))
    observed = running.metrics().value("authprobe_inventory_observed_timestamp_seconds")
    assert 19.9 * 86400 < end - observed < 20.1 * 86400


def own(issuer, name: str, secret: str, keys: str = "") -> str:
    """A credential of the issuer's, with a target."""
    return f"""
[credentials.{name}]
provider = "issuer"
token = {{ value = "{secret}" }}
host = "{issuer.host}"
{keys}
"""


def listed_as(running, credential: str) -> tuple[str, str] | None:
    (row,) = [row for row in read(running, "/api/v1/credentials") if row["name"] == credential]
    return row["listed"] and (row["listed"]["id"], row["listed"]["by"])


def end_of(running, credential: str, kind: str = "access") -> float | None:
    found = running.metrics().all("authprobe_credential_expiration_timestamp_seconds", credential=credential, kind=kind, source="inventory")
    return found[0][1] if found else None


def test_an_entry_is_found_by_the_id_that_its_issuer_tells(issuer, listed):
    issuer.tokens = [token(1, 10, name="a"), token(2, 20, name="b")]
    issuer.me = {"a-deploy-token": {"id": 2, "end": None}}
    lookup = f'expiry_lookup = {{ url = "http://{issuer.host}/me", json_pointer = "/nothing", id_pointer = "/id" }}'
    running = listed(more=own(issuer, "deploy", "a-deploy-token", lookup))
    running.secrets.append("a-deploy-token")
    eventually(lambda: listed_as(running, "deploy") == ("2", "id"))
    assert 19.9 * 86400 < end_of(running, "deploy") - time.time() < 20.1 * 86400
    (entry,) = [entry for entry in read(running, "/api/v1/inventories/tokens")["entries"] if entry["credential"]]
    assert (entry["id"], entry["credential"]) == ("2", "deploy")
    page = running.get("/credentials/deploy").text
    assert 'href="../inventories/tokens"' in page and "found by its id" in page and "by inventory" in page
    assert 'href="../credentials/deploy"' in running.get("/inventories/tokens").text


def test_an_entry_is_found_by_its_name_only_if_it_is_the_only_one(issuer, listed):
    issuer.tokens = [token(1, 10, name="deploy"), token(2, 20, name="twice"), token(3, 30, name="twice"), token(4, 5, name="deploy", revoked=True)]
    running = listed(more=own(issuer, "deploy", "one-token") + own(issuer, "twice", "another-token"))
    running.secrets += ["one-token", "another-token"]
    eventually(lambda: listed_as(running, "deploy") == ("1", "name"))
    assert listed_as(running, "twice") is None and end_of(running, "twice") is None


CLIENT = """
[credentials.crm]
kind = "oauth2"
token_url = "http://{host}/token"
client_id = "a-client"
client_secret = {{ value = "Xy7-a-client-secret" }}
auth_style = "post"
[targets.crm]
url = "http://{host}/me"
credential = "crm"
"""


def test_a_clients_secret_is_found_by_its_client_and_its_first_characters(issuer, listed):
    issuer.clients = {"a-client": "Xy7-a-client-secret"}
    issuer.tokens = [token(1, 10, client="a-client", hint="Zz9"), token(2, 20, client="a-client", hint="Xy7"),
                     token(3, 30, client="another", hint="Xy7")]
    running = listed(more=CLIENT.format(host=issuer.host))
    running.secrets += ["Xy7-a-client-secret", "a-token-of-an-hour"]
    eventually(lambda: listed_as(running, "crm") == ("2", "client"))
    assert 19.9 * 86400 < end_of(running, "crm", "secret") - time.time() < 20.1 * 86400
    assert running.metrics().value("authprobe_credential_secret_warn_before_seconds", credential="crm") == 14 * 86400
    assert running.metrics().value("authprobe_credential_warn_before_seconds", credential="crm") <= 900
    assert "Zz9" not in running.get("/api/v1/inventories/tokens").text
    rows = {row["credential"]: row for row in csv.DictReader(io.StringIO(running.get("/report.csv").text))}
    assert (rows["crm"]["source of the end"], rows["crm"]["state"]) == ("inventory", "ok")
    assert rows["token-2"]["used by"] == "credential crm"
    calendar = running.get("/calendar.ics").text
    assert calendar.count("SUMMARY:crm expires") == 1 and "token-2" not in calendar


def test_what_a_list_lent_is_forgotten_with_the_list(issuer, listed):
    issuer.tokens = [token(1, 10, name="deploy")]
    running = listed(more=own(issuer, "deploy", "one-token"))
    running.secrets.append("one-token")
    eventually(lambda: end_of(running, "deploy"))
    text = running.config.read_text()
    running.rewrite(text.replace(text[text.index("[inventories.tokens]"):text.index("[credentials.deploy]")], ""))
    assert running.reload().status == 200
    eventually(lambda: end_of(running, "deploy") is None)
    assert listed_as(running, "deploy") is None


def test_diagnose_reads_the_list_that_may_have_the_credential(issuer, listed, binary):
    issuer.tokens = [token(1, 10, name="deploy"), token(2, 20)]
    running = listed(more=own(issuer, "deploy", "one-token"))
    running.secrets.append("one-token")
    result = subprocess.run([binary, "diagnose", "deploy", f"--config.file={running.config}"], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r"^Token +expires .*, source inventory$", result.stdout, re.M), result.stdout
    assert re.search(r"^Listed +in the inventory tokens as deploy$", result.stdout, re.M), result.stdout


def test_one_round_reads_the_lists_too(issuer, listed, binary, tmp_path):
    issuer.tokens = [token(1, 10, name="deploy"), token(2, None)]
    running = listed(more=own(issuer, "deploy", "one-token"))
    running.secrets.append("one-token")
    result = subprocess.run([binary, f"--config.file={running.config}", "--once"], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    metrics = Metrics(result.stdout)
    assert metrics.value("authprobe_inventory_entries", inventory="tokens", state="never") == 1
    assert metrics.value("authprobe_credential_expiration_timestamp_seconds", credential="deploy", source="inventory") > time.time()


def test_a_reload_keeps_the_list_of_an_inventory_that_did_not_change(issuer, listed):
    issuer.tokens = [token(1), token(2)]
    running = listed()
    eventually(lambda: total(running) == 2)
    asked = len(issuer.paths())
    running.rewrite(running.config.read_text() + '\n[targets.more]\nurl = "http://' + issuer.host + '/me"\n')
    assert running.reload().status == 200
    running.wait_for_state("more", "unauthorized")
    assert total(running) == 2 and len(issuer.paths()) == asked
    running.rewrite(running.config.read_text().replace("[inventories.tokens]", '[inventories.others]'))
    assert running.reload().status == 200
    eventually(lambda: running.metrics().all("authprobe_inventory_entries", inventory="others"))
    assert not running.metrics().all("authprobe_inventory_info", inventory="tokens")


def test_a_list_that_is_taken_away_while_it_is_read_is_left_alone(issuer, listed):
    at_once = slow_accounts(issuer, 400)
    running = listed('list = "account-tokens"', more='[targets.me]\nurl = "http://' + issuer.host + '/me"\ncredential = "admin"\n')
    eventually(lambda: len(at_once) > 16)
    before, _, rest = running.config.read_text().partition("[inventories.tokens]")
    running.rewrite(before + rest[rest.index("[targets.me]"):])
    assert running.reload().status == 200
    asked = len(at_once)
    running.wait_for_state("me", "ok")
    assert not running.metrics().all("authprobe_inventory_info", inventory="tokens")
    running.rewrite(running.config.read_text() + '[inventories.tokens]\nprovider = "issuer"\ncredential = "admin"\nlist = "account-tokens"\n')
    assert running.reload().status == 200
    eventually(lambda: total(running) == 400)
    assert asked < 400 and len(at_once) - asked <= 400 + 8 and failures(running) == {}


# What people see


def read(running, path: str):
    answer = running.get(path)
    assert answer.status == 200, path
    return json.loads(answer.text)


HOSTILE = '<script>alert(1)</script>\u202e| =cmd\n\x1b[31m;,'


def test_the_api_has_each_secret(issuer, listed):
    issuer.tokens = [token(1, 20, owner="ada"), token(2, None, name=None, used=None), token(3, 1, name=HOSTILE)]
    running = listed('owner = "platform"')
    eventually(lambda: entries(running))
    (summary,) = eventually(lambda: read(running, "/api/v1/inventories"))
    whole = eventually(lambda: read(running, "/api/v1/inventories/tokens")["entries"] and read(running, "/api/v1/inventories/tokens"))
    assert summary["name"] == "tokens" and summary["owner"] == "platform" and summary["credential"] == "admin"
    assert [entry["id"] for entry in whole["entries"]] == ["3", "1", "2"]
    assert whole["entries_by_state"] == {"ok": 1, "warning": 0, "critical": 1, "expired": 0, "never": 1, "unused": 0, "disabled": 0}
    assert whole["next_end"] == whole["entries"][0]["ends"] == issuer.tokens[2]["ends"]
    assert whole["entries"][1] == {"id": "1", "name": "token-1", "owner": "ada", "state": "ok", "created": issuer.tokens[0]["created"],
                                   "ends": issuer.tokens[0]["ends"], "last_used": issuer.tokens[0]["used"], "credential": None}
    assert whole["entries"][2]["ends"] is None and whole["entries"][2]["name"] == ""
    assert whole["failure"] is None and whole["complete_at"]
    assert [entry["id"] for entry in read(running, "/api/v1/inventories/tokens?state=critical")["entries"]] == ["3"]
    assert running.get("/api/v1/inventories/tokens?state=bad").status == 400
    assert running.get("/api/v1/inventories/others").status == 404
    described = read(running, "/api/v1/openapi.json")["components"]["schemas"]
    assert set(whole) == set(described["Inventory"]["properties"])
    assert set(summary) == set(described["InventorySummary"]["properties"])
    assert set(whole["entries"][0]) == set(described["InventoryEntry"]["properties"])


def test_the_pages_show_the_secrets_and_escape_their_words(issuer, listed):
    issuer.tokens = [token(1, 20), token(2, 1, name=HOSTILE), token(3, -2, name="ended")]
    running = listed()
    eventually(lambda: entries(running))
    page = eventually(lambda: "1 critical" in running.get("/inventories/tokens").text and running.get("/inventories/tokens").text)
    assert "token-1" in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page and "\u202e" not in page and "\x1b" not in page
    assert page.index("token-1") < page.index("ended")
    critical = running.get("/inventories/tokens?state=critical").text
    assert "&lt;script&gt;" in critical and "token-1" not in critical
    everything = running.get("/inventories").text
    assert 'href="inventories/tokens"' in everything and "1 critical" in everything
    now = running.get("/").text
    assert "token-1" in now and 'in <a href="inventories/tokens">tokens</a>' in now and "ended" not in now
    assert running.get("/inventories/others").status == 404


def test_a_page_says_that_a_list_cannot_be_read(issuer, listed):
    issuer.tokens = [token(1)]
    running = listed('interval = "1s"')
    eventually(lambda: total(running) == 1)
    issuer.secret = "another"
    eventually(lambda: "cannot be read" in running.get("/inventories").text)
    page = running.get("/inventories/tokens").text
    assert "status 401" in page and "token-1" in page
    assert read(running, "/api/v1/inventories/tokens")["failure"] == "refused"


def test_reports_and_calendar_have_the_secrets(issuer, listed):
    issuer.tokens = [token(1, 20), token(2, 1, name=HOSTILE), token(3, -2, name="ended"), token(4, None, name="endless")]
    running = listed()
    eventually(lambda: entries(running))
    eventually(lambda: "token-1" in running.get("/report.md").text)
    table = running.get("/report.md").text
    assert r"\<script\>" in table and r"\|" in table and table.count("\n") == 2 + 1 + 4
    rows = list(csv.DictReader(io.StringIO(running.get("/report.csv").text)))
    (row,) = [row for row in rows if row["credential"] == "token-1"]
    assert row["kind"] == "secret of tokens" and row["owner"] == "ada" and row["state"] == "ok" and row["days left"] in ("19", "20")
    assert row["source of the end"] == "inventory"
    calendar = running.get("/calendar.ics").text
    assert "SUMMARY:token-1 expires" in calendar and "ended" not in calendar and "endless" not in calendar
    assert calendar.count("BEGIN:VEVENT") == 2 and calendar.count("BEGIN:VALARM") == 4


@pytest.mark.as_built
def test_ten_thousand_secrets_take_five_seconds_and_twenty_mebibytes(issuer, listed):
    issuer.tokens = [token(n, n % 700, name=f"deploy-token-number-{n}", owner=f"group_{n % 50}_bot_of_some_length") for n in range(10_000)]
    issuer.size = 100
    running = listed()
    before = resident(running)
    begun = time.monotonic()
    eventually(lambda: total(running) == 10_000, timeout=60)
    took, grown = time.monotonic() - begun, resident(running) - before
    print(f"{took:.2f} s, {grown / 2**20:.1f} MiB")
    assert len(issuer.paths()) == 100
    assert took < 5 * patience() and grown < 20 << 20


def resident(running) -> int:
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) << 10


def patience() -> float:
    """The machine may be busy with other work."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


# The services


LISTS = [(name, one) for name, data in PROVIDERS.items() for one in data.get("inventories", [])]
TITLES = [f'{name}-{one["list"]}' for name, one in LISTS]


def pattern_of(url: str) -> str:
    """Matches the requests of a step: other braces are values of answers."""
    return re.sub(r"\\\{\w+\\\}", "[^/?&]+", re.escape(url.partition("://")[2].partition("/")[2]))


class Lists(Network):
    """Answers the requests for lists as the services' documents show it: one page each."""

    def answer(self, host, method, path, headers, body):
        for (_, one), values in zip(LISTS, self.values):
            for step, example in zip(one["steps"], one["examples"]):
                url = filled(step["url"], values)
                if host == urlsplit(url).hostname and method == step.get("method", "GET") and re.fullmatch(pattern_of(url) + "([?&].*)?", path[1:]):
                    is_later = step["next"]["by"] == "number" and "page=1" not in path.split("&") if "next" in step else False
                    return 200, '{"serviceAccounts":[]}' if is_later else example, {"Content-Type": "application/json"}
        return super().answer(host, method, path, headers, body)


def config_of_all(vendors: dict[str, Vendor], folder: Path) -> tuple[str, list[dict[str, str]]]:
    """Every list of every service, and the variables of each."""
    vendors["entra"].hosts.add("graph.microsoft.com")
    keys, values = "", []
    for name, one in LISTS:
        given = {key: "mine" for key, row in one.get("variables", {}).items() if "usual" not in row}
        values.append({**vendors[name].variables, **{key: row["usual"] for key, row in one.get("variables", {}).items() if "usual" in row},
                       **given})
        keys += f'[inventories.{name}-{one["list"]}]\nprovider = "{name}"\nlist = "{one["list"]}"\ncredential = "{name}"\n'
        keys += "".join(f'{key} = "{value}"\n' for key, value in given.items())
    credentials = "".join(vendor.config(folder) for vendor in vendors.values())
    credentials = credentials.replace('provider = "entra"\n', 'provider = "entra"\nhosts = ["login.microsoftonline.com", "graph.microsoft.com"]\n')
    credentials += '[targets.azure]\nurl = "https://graph.microsoft.com/"\ncredential = "entra"\n'
    return credentials + keys, values


def test_the_lists_of_the_services(exporter, tmp_path):
    """Each list of each service in one exporter, at the service's own hosts behind a proxy."""
    vendors = {name: Vendor(name) for name, _ in LISTS}
    config, values = config_of_all(vendors, tmp_path)
    with Lists(tmp_path, list(vendors.values())) as network:
        network.values = values
        running = exporter(network.defaults() + config)
        eventually(lambda: {row["name"] for row in read(running, "/api/v1/inventories") if row["complete_at"]} == set(TITLES), timeout=60)
        for title in TITLES:
            assert read(running, f"/api/v1/inventories/{title}")["entries"], title
        secrets = [secret for vendor in vendors.values() for secret in vendor.secrets.values()]
        assert not any(secret in running.get(path).text for secret in secrets for path in ("/config", "/report.csv", "/inventories"))


class Hijacked(Lists):
    """Lists whose next pages are at a foreign host, or that send all requests there."""

    def answer(self, host, method, path, headers, body):
        if host == "elsewhere.test":
            return 200, "[]", {}
        status, text, more = super().answer(host, method, path, headers, body)
        if self.way == "redirect":
            return 307, "", {"Location": f"https://elsewhere.test{path}"}
        if text.startswith("{"):
            text = json.dumps({**json.loads(text), "next": "https://elsewhere.test/a", "@odata.nextLink": "https://elsewhere.test/b",
                               "links": {"next": "https://elsewhere.test/c"}, "access_token": TOKEN})
        return status, text, {**more, "Link": '<https://elsewhere.test/d>; rel="next"'}


@pytest.mark.parametrize("way", ["next page", "redirect"])
def test_no_list_of_any_service_leads_a_secret_elsewhere(exporter, tmp_path, way):
    vendors = {name: Vendor(name) for name, _ in LISTS}
    config, values = config_of_all(vendors, tmp_path)
    with Hijacked(tmp_path, list(vendors.values())) as network:
        network.values, network.way = values, way
        running = exporter(network.defaults() + "max_redirects = 3\n" + config)
        eventually(lambda: all(row["attempted_at"] for row in read(running, "/api/v1/inventories")), timeout=60)
        failed = {row["name"]: row["failure"] for row in read(running, "/api/v1/inventories")}
        if way == "next page":
            led = {title for title, (_, one) in zip(TITLES, LISTS) if any(step.get("next", {}).get("by") in ("link", "url") for step in one["steps"])}
            assert len(led) >= 10 and {failed[title] for title in led} == {"elsewhere"}
        strangers = [raw for host, raw in network.seen if host == "elsewhere.test"]
        assert bool(strangers) == (way == "redirect")
        forms = {form for vendor in vendors.values() for secret in vendor.secrets.values() for form in forms_of(secret)} | {TOKEN.encode()}
        assert not [raw for raw in strangers if any(form in raw for form in forms)]


def test_a_list_in_xml_is_read_user_by_user_and_a_limit_in_its_body_is_honoured(exporter, tmp_path):
    """AWS: signed requests, pages by markers, three steps, and "Throttling" under the status 400."""
    vendor = Vendor("aws-iam")
    keys = Credentials(vendor.secrets["access_key_id"], vendor.secrets["secret_access_key"])
    users = [f"user {number}+x@example.com" for number in range(5)]
    asked, throttled = [], []

    class Iam(Network):
        def answer(self, host, method, path, headers, body):
            query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
            if not is_signed_with(keys, "iam", "us-east-1", method, f"https://{host}{path}", headers, body) or query["Version"] != "2010-05-08":
                return 403, "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>", {}
            if query.get("UserName") == users[1] and not throttled:
                throttled.append(time.monotonic())
                return 400, "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>", {"Retry-After": "1"}
            asked.append((time.monotonic(), query))
            return 200, {"ListUsers": self.users, "ListAccessKeys": self.keys, "GetAccessKeyLastUsed": self.use}[query["Action"]](query), {}

        @staticmethod
        def users(query):
            begin = int(query.get("Marker", 0))
            more = "<IsTruncated>true</IsTruncated><Marker>3</Marker>" if begin == 0 else "<IsTruncated>false</IsTruncated>"
            names = "".join(f"<member><UserName>{name}</UserName></member>" for name in users[begin:begin + 3])
            return f"<ListUsersResponse><ListUsersResult><Users>{names}</Users>{more}</ListUsersResult></ListUsersResponse>"

        @staticmethod
        def keys(query):
            number = users.index(query["UserName"])
            status = "Inactive" if number == 1 else "Active"
            keys = "".join(f"<member><AccessKeyId>AKIA{number}KEY{key}</AccessKeyId><Status>{status}</Status><CreateDate>{in_days(-200)}</CreateDate></member>"
                           for key in range(0 if number == 2 else 2))
            return (f"<ListAccessKeysResponse><ListAccessKeysResult><AccessKeyMetadata>{keys}</AccessKeyMetadata><IsTruncated>false</IsTruncated>"
                    "</ListAccessKeysResult></ListAccessKeysResponse>")

        @staticmethod
        def use(query):
            used = f"<LastUsedDate>{in_days(-1)}</LastUsedDate>" if query["AccessKeyId"].endswith("0") else ""
            return (f"<GetAccessKeyLastUsedResponse><GetAccessKeyLastUsedResult><AccessKeyLastUsed>{used}<Region>N/A</Region></AccessKeyLastUsed>"
                    f"<UserName>{users[int(query['AccessKeyId'][4])]}</UserName></GetAccessKeyLastUsedResult></GetAccessKeyLastUsedResponse>")

    with Iam(tmp_path, [vendor]) as network:
        running = exporter(network.defaults() + vendor.config(tmp_path) + '[targets.off]\nurl = "https://iam.amazonaws.com/"\n'
                           '[inventories.tokens]\nprovider = "aws-iam"\ncredential = "aws-iam"\n')
        eventually(lambda: total(running) == 8, timeout=60)
        assert {state: count for state, count in entries(running).items() if count} == {"never": 3, "unused": 3, "disabled": 2}
        listed = read(running, "/api/v1/inventories/tokens")["entries"]
        assert [(entry["id"], entry["owner"]) for entry in listed if entry["state"] == "unused"] == \
            [(f"AKIA{number}KEY1", users[number]) for number in (0, 3, 4)]
        assert throttled and next(when for when, query in asked if query.get("UserName") == users[1]) - throttled[0] >= 0.9
        assert failures(running) == {}


def row_of(name: str, one: dict) -> str:
    """The list's row in docs/inventories.md."""
    mark = next(word for word in ("verified", "believed", "sourced") if one["source"].startswith(word) or word == "sourced")
    keys = ", ".join(f"`{key}`" for key, row in one.get("variables", {}).items() if "usual" not in row)
    return (f'| `{name}` | `{one["list"]}` | {one["about"]} | {one["needs"]} | {keys} | {"yes" if "last_used" in one else "no"} '
            f'| {mark} |')


def test_the_document_has_each_list():
    text = (TOP / "docs/inventories.md").read_text()
    rows = re.findall(r"^\| `[a-z-]+` \| `.*$", text, re.M)
    assert rows == [row_of(name, one) for name, one in LISTS]
