"""The pages in a real browser, and the API that they are made of."""

import gzip
import http.client
import json
import os
import re
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema
import pytest

from browser import Browser, browser_modules
from processes import TOP, Exporter, eventually, request

CONFIG = """
[defaults]
interval = "500ms"
timeout  = "400ms"

[credentials.billing]
kind = "bearer"
token = {{ env = "BILLING" }}
owner = "payments"
used_by = ["webhooks", "mobile"]
rotation = "https://wiki.example.com/rotate-billing"

[credentials.crm]
kind = "bearer"
token = {{ env = "CRM" }}
owner = "sales"
expires_at = "never"

[targets.billing-me]
url = "{api}/v1/me"
credential = "billing"
labels = {{ team = "webhooks", runbook = "https://wiki.example.com/runbooks/billing" }}

[targets.billing-invoices]
url = "{api}/v1/invoices"
credential = "billing"
labels = {{ team = "mobile" }}

[targets.crm-contacts]
url = "{api}/v1/contacts"
credential = "crm"

[targets.planned]
url = "{api}/refuse/expired"
maintenance = [{{ days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"], from = "00:00", duration = "24h" }}]
"""
PAGES = ("/", "/targets", "/targets/billing-me", "/credentials", "/credentials/billing", "/configuration")


@pytest.fixture(scope="session")
def modules() -> Path:
    return browser_modules(TOP / "build")


@pytest.fixture(scope="module")
def browser(modules):
    started = Browser(modules)
    yield started
    started.close()


@pytest.fixture
def watched(demo, exporter) -> Exporter:
    started = exporter(CONFIG.format(api=demo.url), BILLING=demo.secret_of["demo-billing"], CRM=demo.secret_of["demo-crm"])
    started.wait_until_ready()
    started.wait_for_state("billing-me", "ok")
    return started


def read(exporter: Exporter, path: str):
    answer = exporter.get(path)
    assert answer.status == 200, answer.text
    return json.loads(answer.text)


# The API


def test_the_answers_are_as_their_description_says(demo, watched):
    description = read(watched, "/api/v1/openapi.json")
    assert description["openapi"].startswith("3.1")

    def check(path: str, example: str, status: int = 200):
        schema = description["paths"][path]["get"]["responses"][str(status)]["content"]["application/json"]["schema"]
        answer = watched.get(example)
        assert answer.status == status
        validator = jsonschema.Draft202012Validator({**schema, "components": description["components"]})
        validator.validate(json.loads(answer.text))

    def check_all():
        for list_path in ("/api/v1/targets", "/api/v1/credentials", "/api/v1/changes"):
            check(list_path, list_path)
            check(list_path, list_path + "?limit=0", 400)
        for target in read(watched, "/api/v1/targets"):
            check("/api/v1/targets/{name}", f"/api/v1/targets/{target['name']}")
        for credential in read(watched, "/api/v1/credentials"):
            check("/api/v1/credentials/{name}", f"/api/v1/credentials/{credential['name']}")
        check("/api/v1/targets/{name}", "/api/v1/targets/none", 404)
        check("/api/v1/credentials/{name}", "/api/v1/credentials/none", 404)

    check_all()
    demo.revoke("demo-billing")
    watched.wait_for_state("billing-me", "unauthorized")
    eventually(lambda: read(watched, "/api/v1/changes"))
    check_all()
    # Every path and parameter of the description is one of the program.
    for path, item in description["paths"].items():
        for parameter in item["get"]["parameters"]:
            if parameter["in"] == "query" and "{name}" not in path:
                name = parameter["name"]
                value = {"limit": "1", "offset": "1", "state": "failing", "cause": "unknown", "label": "a=b", "sort": "name"}.get(name, "x")
                assert watched.get(f"{path}?{name}={value}").status == 200, f"{path} {name}"


def test_a_list_comes_in_pages_and_filtered(watched):
    def follow(path: str) -> list[list[str]]:
        pages = []
        while path:
            answer = watched.get(path)
            assert answer.headers["X-Total-Count"] == "4"
            pages.append([target["name"] for target in json.loads(answer.text)])
            following = re.fullmatch(r'<(\?.*)>; rel="next"', answer.headers["Link"] or "")
            path = "/api/v1/targets" + following[1] if following else ""
        return pages

    assert follow("/api/v1/targets?limit=3") == [["billing-invoices", "billing-me", "crm-contacts"], ["planned"]]
    assert follow("/api/v1/targets?limit=2&sort=-name") == [["planned", "crm-contacts"], ["billing-me", "billing-invoices"]]

    def names(query: str) -> list[str]:
        return [target["name"] for target in read(watched, "/api/v1/targets?" + query)]

    assert names("credential=crm") == ["crm-contacts"]
    assert names("owner=payments&label=team%3Dmobile") == ["billing-invoices"]
    eventually(lambda: names("state=failing") == ["planned"])
    assert names("text=INVOICES") == ["billing-invoices"]


def test_who_has_an_answer_gets_no_second_one(watched):
    for path in ("/api/v1/credentials", "/", "/credentials/billing", "/assets/page.js"):
        def unchanged(path=path) -> bool:
            etag = watched.get(path).headers["ETag"]
            again = watched.get(path, If_None_Match=etag)
            return again.status == 304 and again.body == b"" and again.headers["ETag"] == etag
        eventually(unchanged)
    answer = watched.get("/api/v1/openapi.json", Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.body))["info"]["title"] == "authprobe"


def test_the_configuration_is_shown_and_not_downloaded(watched, browser):
    browser.open()
    for path in ("/config", "/configuration"):
        assert browser.go(watched.url + path) == 200
        assert "[targets.billing-me]" in browser.text()
    assert browser.evaluate("() => document.querySelector('nav [aria-current]').innerText") == "Configuration"


def test_what_a_server_said_is_shown_without_secrets_and_its_body_only_where_allowed(demo, exporter):
    secret = "tok-4f9a8b7c6d5e4f3a2b1c"
    watching = exporter(f"""
        [defaults]
        interval = "500ms"
        timeout  = "400ms"
        [settings]
        runbooks = "https://wiki.example.com/runbooks/"
        [credentials.wrong]
        kind = "bearer"
        token = {{ env = "WRONG" }}
        expires_at = "never"
        [targets.shown]
        url = "{demo.url}/v1/me"
        credential = "wrong"
        body_excerpt = true
        [targets.hidden]
        url = "{demo.url}/v1/me"
        credential = "wrong"
        """, WRONG=secret)
    watching.wait_for_state("shown", "unauthorized")
    watching.wait_for_state("hidden", "unauthorized")
    shown, hidden = (read(watching, f"/api/v1/targets/{name}")["answer"] for name in ("shown", "hidden"))
    assert "WWW-Authenticate" in [header["name"] for header in shown["headers"]]
    assert shown["excerpt"] and hidden["headers"] and hidden["excerpt"] is None
    page = watching.get("/targets/shown").text
    assert "<b>WWW-Authenticate</b>" in page and "https://wiki.example.com/runbooks/AuthprobeUnauthorized.md" in page
    assert "https://wiki.example.com/runbooks/Authprobe" in watching.get("/").text
    assert secret not in page + json.dumps(shown)


def test_each_runbook_that_a_page_may_link_to_exists():
    names = set(re.findall(r'"(Authprobe\w+)"', (TOP / "exporter/web/runbooks.cc").read_text()))
    assert len(names) > 8
    assert names <= {path.stem for path in (TOP / "docs/runbooks").glob("*.md")}


# The pages


def test_an_incident_appears_changes_and_recovers_without_a_reload(demo, watched, browser):
    browser.open()
    browser.go(watched.url)
    browser.until_shown("live, as of")
    assert "Nothing needs attention." in browser.text()
    browser.evaluate("() => { window.stayed = true; }")

    demo.revoke("demo-billing")
    browser.until_shown("2 of 4 targets need attention")
    rows = browser.evaluate("() => [...document.querySelectorAll('.trouble > summary')].map(row => row.innerText.replace(/\\s+/g, ' '))")
    assert len(rows) == 1, "a dead token is one row"
    assert "billing bearer revoked token (certain) all 2 targets for" in rows[0] and "payments" in rows[0]
    assert "1 target fails in maintenance" in browser.text()
    browser.evaluate("() => { document.querySelector('.trouble').open = true; }")
    unfolded = browser.text()
    for part in ("Do now", "The access token was revoked", "webhooks, mobile", "how to renew it", "https://wiki.example.com/runbooks/billing",
                 "billing-invoices", "billing-me"):
        assert part in unfolded, part

    demo.restore()
    demo.revoke("demo-billing", how="scope")
    browser.until_shown("insufficient scope")
    assert browser.evaluate("() => document.querySelector('.trouble').open"), "what was unfolded stays unfolded"

    demo.restore()
    browser.until_shown("Nothing needs attention.")
    assert browser.evaluate("() => window.stayed"), "the page was not loaded again"
    changes = browser.evaluate("() => document.getElementById('changes').innerText")
    assert "unauthorized" in changes and "forbidden" in changes
    assert not browser.problems()


def test_a_lost_connection_is_said(demo, running, tmp_path, browser):
    (tmp_path / "lost.toml").write_text(CONFIG.format(api=demo.url))
    watched = running.add(Exporter(tmp_path / "lost.toml", BILLING=demo.secret_of["demo-billing"], CRM=demo.secret_of["demo-crm"]))
    browser.open()
    browser.go(watched.url)
    browser.until_shown("live, as of")
    watched.close()
    browser.until_shown("Connection lost: this is the state of", 30)
    assert browser.evaluate("() => document.documentElement.classList.contains('is-lost')")


def test_without_javascript_everything_is_there(demo, watched, browser):
    demo.revoke("demo-billing")
    eventually(lambda: "2 of 4 targets need attention" in watched.get("/").text)
    browser.open(script=False)
    browser.go(watched.url)
    assert 'revoked token <span class="sure">(certain)</span>' in watched.get("/").text
    browser.click(".names a")
    eventually(lambda: "/targets/billing-" in browser.where())
    browser.go(watched.url + "/targets")
    browser.select("select[name=state]", "failing")
    browser.click("#filter button")
    eventually(lambda: "state=failing" in browser.where())
    browser.go(watched.url + "/targets/billing-me")
    assert watched.get("/targets/billing-me").text.count("Do now") == 1
    browser.click("form.probe button")
    eventually(lambda: "/targets/billing-me" in browser.where())


def test_the_button_probes_now(watched, browser):
    browser.open()
    browser.go(watched.url + "/targets/billing-me")
    browser.until_shown("live, as of")
    browser.click("form.probe button")
    browser.until_shown("as expected, status 200, in")
    assert not browser.problems()


def test_the_keyboard_is_enough(demo, watched, browser):
    demo.revoke("demo-billing")
    eventually(lambda: "2 of 4 targets" in watched.get("/").text)
    browser.open()
    browser.go(watched.url)
    browser.until_shown("live, as of")
    browser.press("Tab")
    assert browser.evaluate("() => document.activeElement.className") == "skip"
    browser.press("Enter", "Tab")
    for _ in range(12):
        if browser.evaluate("() => document.activeElement.tagName") == "SUMMARY":
            break
        browser.press("Tab")
    assert browser.evaluate("() => document.querySelector('.trouble').open"), "the only one is unfolded"
    browser.press("Enter")
    browser.until("() => !document.querySelector('.trouble').open")
    browser.press("Enter")
    browser.until("() => document.querySelector('.trouble').open")
    browser.go(watched.url + "/targets")
    browser.until("() => document.documentElement.classList.contains('is-virtual')")
    browser.press("/")
    browser.type("contacts")
    browser.until("() => document.getElementById('count').textContent === '1 target'")
    assert "text=contacts" in browser.where()
    browser.press("Tab", "f")  # the list of states: failing
    browser.until("() => document.getElementById('count').textContent === '0 targets'")
    assert not browser.problems()


@pytest.mark.parametrize("window", [{}, {"dark": True}, {"width": 390, "height": 844}], ids=["light", "dark", "phone"])
def test_axe_finds_nothing(demo, watched, browser, window):
    demo.revoke("demo-billing")
    eventually(lambda: "2 of 4 targets" in watched.get("/").text)
    browser.open(**window)
    for page in PAGES:
        browser.go(watched.url + page)
        browser.until_shown("live, as of")
        browser.evaluate("() => document.querySelectorAll('details').forEach(row => { row.open = true; })")
        assert browser.axe() == [], page
        assert browser.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), f"{page} scrolls sideways"
    assert not browser.problems()


@pytest.mark.parametrize("flag", ["--web.route-prefix=/auth/probe", "--web.external-url=https://status.example.com/auth/probe/"])
def test_everything_works_below_a_prefix(demo, running, tmp_path, browser, flag):
    (tmp_path / "prefix.toml").write_text(CONFIG.format(api=demo.url))
    watched = running.add(Exporter(tmp_path / "prefix.toml", flag, BILLING=demo.secret_of["demo-billing"], CRM=demo.secret_of["demo-crm"]))
    eventually(lambda: watched.get("/auth/probe/-/ready").status == 200)
    assert watched.get("/metrics").status == 404
    assert watched.get("/auth/probe/metrics").status == 200
    assert watched.get("/").headers["Location"] == "/auth/probe/"
    browser.open()
    assert browser.go(watched.url + "/auth/probe/") == 200
    browser.until_shown("live, as of")
    browser.click("nav a:nth-child(2)")
    browser.until("() => document.documentElement.classList.contains('is-virtual')")
    browser.until_shown("crm-contacts")
    browser.click("td.name a")
    browser.until_shown("Probe now")
    browser.click("form.probe button")
    browser.until_shown("as expected, status 200, in")
    assert "/auth/probe/targets/" in browser.where()
    assert not browser.problems()


def test_the_pages_work_behind_a_password(demo, running, tmp_path, browser):
    (tmp_path / "users.toml").write_text(CONFIG.format(api=demo.url))
    # bcrypt of "secret-of-alice", cost 4
    made = subprocess.run(["htpasswd", "-nbBC", "4", "alice", "secret-of-alice"], capture_output=True, text=True, check=True)
    (tmp_path / "web.yml").write_text(f"basic_auth_users:\n  alice: {made.stdout.strip().partition(':')[2]}\n")
    watched = running.add(Exporter(tmp_path / "users.toml", f"--web.config.file={tmp_path}/web.yml", BILLING=demo.secret_of["demo-billing"],
                                   CRM=demo.secret_of["demo-crm"]))
    assert request(watched.url + "/assets/page.js").status == 401
    browser.open(user="alice", password="secret-of-alice")
    assert browser.go(watched.url + "/targets") == 200
    browser.until_shown("live, as of")
    browser.until_shown("crm-contacts")
    assert not browser.problems()


class HostileServer(BaseHTTPRequestHandler):
    def do_GET(self):
        attack = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">\u202E" + "w" * 10_000
        body = json.dumps({"error": attack, "message": attack, "error_description": attack}).encode()
        self.send_response(401)
        self.send_header("Content-Type", "application/json")
        self.send_header("WWW-Authenticate", 'Bearer error="invalid_token", error_description="<script>document.title=1</script>"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_a_servers_text_stays_text(exporter, browser):
    server = ThreadingHTTPServer(("127.0.0.1", 0), HostileServer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        watched = exporter(f'[targets.hostile]\nurl = "http://127.0.0.1:{server.server_port}/"\ninterval = "500ms"\ntimeout = "400ms"\n')
        watched.wait_for_state("hostile", "unauthorized")
        browser.open(width=390, height=844)
        for page in ("/", "/targets", "/targets/hostile"):
            browser.go(watched.url + page)
            browser.until_shown("live, as of")
            browser.evaluate("() => document.querySelectorAll('details').forEach(row => { row.open = true; })")
            assert browser.evaluate("() => document.querySelectorAll('main script, main img').length") == 0
            assert "authprobe" in browser.evaluate("() => document.title")
            assert "\u202E" not in browser.text()
            assert browser.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), f"{page} scrolls sideways"
        assert not browser.problems()
    finally:
        server.shutdown()


def test_the_pictures_can_be_made_again(demo, exporter, tmp_path):
    config = (TOP / "config/quickstart.toml").read_text().replace("127.0.0.1:10074", demo.address)
    watched = exporter(config, **{"DEMO_" + name.rpartition("-")[2].upper(): secret for name, secret in demo.secret_of.items()})
    watched.wait_until_ready()
    made = subprocess.run([TOP / "tests/pictures.py", "--exporter", watched.url, "--api", demo.url, "--folder", tmp_path / "pictures"],
                          capture_output=True, text=True, timeout=120, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    assert {path.name for path in (tmp_path / "pictures").iterdir()} == {path.name for path in (TOP / "docs/pictures").iterdir()}


# Many targets, many viewers


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """10,000 targets of 200 credentials that all are refused."""
    folder = tmp_path_factory.mktemp("fleet")
    server = ThreadingHTTPServer(("127.0.0.1", 0), HostileServer)
    config = '[defaults]\ninterval = "10m"\ntimeout = "5s"\n'
    config += "".join(f'[credentials.c{n:03}]\nkind = "bearer"\ntoken = {{ env = "FLEET" }}\nowner = "team-{n % 7}"\nexpires_at = "never"\n'
                      for n in range(200))
    config += "".join(f'[targets.t{n:05}]\nurl = "http://127.0.0.1:9/{n}"\ncredential = "c{n % 200:03}"\n' for n in range(10_000))
    server.server_close()
    (folder / "fleet.toml").write_text(config)
    started = Exporter(folder / "fleet.toml", FLEET="a-secret-of-the-fleet")
    eventually(lambda: started.get("/-/ready").status == 200, 60)
    yield started
    started.close()


def test_ten_thousand_targets_come_quickly_and_scroll_smoothly(fleet, browser):
    assert len(fleet.get("/").body) <= 300 * 1024
    assert len(fleet.get("/targets").body) <= 300 * 1024
    browser.open()
    for page in ("/", "/targets"):
        paints = []
        for _ in range(3):  # the machine may do something else meanwhile
            browser.go(fleet.url + page)
            paints.append(browser.until("() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"))
        print(f"{page}: first paints after {paints} ms")
        assert min(paints) < 1000
    browser.until("() => document.documentElement.classList.contains('is-virtual')")
    browser.until_shown("live, as of")
    runs = []
    for _ in range(3):  # likewise
        frames = browser.evaluate("""async () => {
          const times = [];
          window.scrollTo(0, 0);
          let last = performance.now();
          for (let i = 0; i < 120; ++i) {
            window.scrollBy(0, 700);
            await new Promise(requestAnimationFrame);
            const now = performance.now();
            times.push(now - last);
            last = now;
          }
          return times.sort((a, b) => a - b);
        }""")
        print(f"frames: median {frames[60]:.1f} ms, 95 % {frames[114]:.1f} ms, longest {frames[-1]:.1f} ms")
        runs.append(frames)
    assert min(frames[60] for frames in runs) < 34 and min(frames[114] for frames in runs) < 150  # drawn without a GPU
    assert browser.evaluate("() => document.querySelectorAll('#targets tbody tr').length") < 100, "only the rows in sight"
    browser.evaluate("() => window.scrollTo(0, document.body.scrollHeight)")
    browser.until_shown("t09999")
    browser.press("/")
    browser.type("t01234")
    browser.until("() => document.getElementById('count').textContent === '1 target'")
    browser.until_shown("http://127.0.0.1:9/1234")
    assert not browser.problems()


def cpu_seconds(exporter: Exporter) -> float:
    fields = Path(f"/proc/{exporter.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_two_hundred_viewers_are_cheap(fleet):
    """Each asks every 5 seconds, as the page does."""
    address = urlsplit(fleet.url)
    seconds, viewers, every = 15, 200, 5
    answers: list[int] = []
    stop = time.monotonic() + seconds

    def view(number: int):
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
        path, etag = ("/", "/targets/t00001", "/credentials")[number % 3], None
        time.sleep(every * number / viewers)
        while time.monotonic() < stop:
            connection.request("GET", path, headers={"Accept-Encoding": "gzip", **({"If-None-Match": etag} if etag else {})})
            answer = connection.getresponse()
            answer.read()
            etag = answer.headers["ETag"]
            answers.append(answer.status)
            time.sleep(every)
        connection.close()

    before = cpu_seconds(fleet)
    threads = [threading.Thread(target=view, args=(number,)) for number in range(viewers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    share = (cpu_seconds(fleet) - before) / seconds
    print(f"{len(answers)} answers, {answers.count(304)} of them 304: {share:.1%} of a core")
    assert len(answers) >= 2 * viewers and set(answers) == {200, 304}
    assert share < 0.4  # of a build without optimisation
