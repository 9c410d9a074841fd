"""`/probe` beside the real blackbox exporter: the same names and types, and for the same server the same facts."""

import re
import ssl

import pytest

from certificates import Authority
from loopback import Handler, Server
from processes import Process, eventually, free_port, request

# What is measured, or judged by each exporter's own expectations.
NO_FACTS = {"probe_duration_seconds", "probe_dns_lookup_time_seconds", "probe_http_duration_seconds"}


class Site(Handler):
    def do_GET(self):
        if self.path == "/hop":
            return self.answer(302, "", Location="/page")
        if self.path.startswith("/refused"):
            return self.answer(401, "who are you?")
        if self.path == "/chunked":
            return self.wfile.write(b"HTTP/1.1 200 Status\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
        return self.answer(200, "a maintenance page" if self.path == "/down" else "a page")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    authority = Authority(tmp_path_factory.mktemp("ca"))
    authority.sign("server")
    return authority


@pytest.fixture(scope="module")
def site(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.folder / "server.pem", authority.folder / "server.key")
    with Server(Site) as plain, Server(Site, tls=context) as secure:
        yield {"http": f"http://127.0.0.1:{plain.port}", "https": f"https://127.0.0.1:{secure.port}",
               "nobody": f"http://127.0.0.1:{free_port()}"}


@pytest.fixture
def blackbox(running, authority, tmp_path):
    (tmp_path / "blackbox.yml").write_text(f"""
modules:
  page:
    prober: http
    http:
      fail_if_body_matches_regexp: [maintenance]
      preferred_ip_protocol: ip4
      enable_http2: false
      tls_config: {{ ca_file: "{authority.certificate}" }}
""")
    url = f"http://127.0.0.1:{free_port()}"
    running.add(Process("prometheus-blackbox-exporter", f"--config.file={tmp_path}/blackbox.yml",
                        f"--web.listen-address={url.removeprefix('http://')}"))
    eventually(lambda: request(f"{url}/-/healthy").status == 200)
    return url


def types(text: str) -> dict[str, str]:
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))


def values(text: str) -> dict[str, float]:
    return {name: float(value) for name, value in re.findall(r"^(probe_[a-z_]+) (\S+)$", text, re.M) if name not in NO_FACTS}


PATHS = {"page": "http /page", "hop": "http /hop", "refused": "http /refused", "down": "http /down", "chunked": "http /chunked",
         "secure": "https /page"}


def test_probe_has_the_blackbox_exporters_names_types_and_facts(blackbox, exporter, site, authority):
    urls = {name: site[place.split()[0]] + place.split()[1] for name, place in PATHS.items()}
    ours = exporter("".join(f"""
[targets.{name}]
url = "{url}"
max_redirects = 5
expect.body_not_matches = "maintenance"
{f'tls.ca_file = "{authority.certificate}"' if name == "secure" else ''}
""" for name, url in urls.items()))
    for name, url in urls.items():
        mine = ours.get(f"/probe?target={name}").text
        theirs = request(f"{blackbox}/probe?module=page&target={url}").text
        assert {family: types(mine).get(family) for family in types(theirs)} == types(theirs), name
        facts = values(theirs)
        assert {family: values(mine)[family] for family in facts} == facts, name


def labels(text: str, family: str) -> dict[str, str]:
    (found,) = re.findall(rf"^{family}\{{(.*)\}} 1$", text, re.M)
    return dict(re.findall(r'(\w+)="([^"]*)"', found))


def test_the_handshake_is_told_in_the_same_words(blackbox, exporter, site, authority):
    ours = exporter(f'''[targets.secure]\nurl = "{site["https"]}/page"\ntls.ca_file = "{authority.certificate}"\n''')
    mine = ours.get("/probe?target=secure").text
    theirs = request(f"{blackbox}/probe?module=page&target={site['https']}/page").text
    assert labels(mine, "probe_tls_version_info") == labels(theirs, "probe_tls_version_info")
    chain = labels(theirs, "probe_ssl_last_chain_info")
    assert {name: value for name, value in labels(mine, "probe_ssl_last_chain_info").items() if name in chain} == chain
    assert labels(mine, "probe_tls_cipher_info")["cipher"].startswith("TLS_")


def test_without_verification_no_chain_is_called_verified(exporter, site):
    mine = exporter(f'''[targets.any]\nurl = "{site["https"]}/page"\ntls.verify = false\n''').get("/probe?target=any").text
    assert "probe_tls_version_info" in mine and "probe_ssl_last_chain" not in mine


def test_debug_shows_the_probe_step_by_step_without_a_secret(exporter, site, tmp_path):
    (tmp_path / "token").write_text("a-token-of-ours-4711")
    ours = exporter(f"""
[credentials.a]
kind = "bearer"
token = {{ file = "{tmp_path}/token" }}
[targets.refused]
url = "{site["http"]}/refused?key=hidden-value"
credential = "a"
""")
    page = ours.get("/probe?target=refused&debug=true")
    assert page.status == 200 and page.headers["Content-Type"].startswith("text/plain")
    for part in ("Logs for the probe:\n", "request: GET ", "address: 127.0.0.1\n", "phase connect: ", "status: 401\n",
                 "state: unauthorized\n", "cause: invalid_credentials (", "evidence: HTTP 401", "advice: ",
                 "\n\nMetrics that would have been returned:\n", "\nprobe_success 0\n",
                 "\n\nTarget configuration:\n[targets.refused]\n", 'credential = "a"'):
        assert part in page.text, part
    assert "4711" not in page.text and "hidden-value" not in page.text
    # The page and the metrics are two answers.
    assert ours.get("/probe?target=refused").text.startswith("# HELP probe_success")
    assert ours.get("/probe?target=nobody&debug=true").status == 400


def test_a_dead_server_has_no_address_and_no_version(blackbox, exporter, site):
    ours = exporter(f'[targets.dead]\nurl = "{site["nobody"]}"\n')
    mine, theirs = ours.get("/probe?target=dead").text, request(f"{blackbox}/probe?module=page&target={site['nobody']}").text
    for family in ("probe_success", "probe_http_status_code", "probe_http_version", "probe_http_ssl", "probe_failed_due_to_regex"):
        assert values(mine)[family] == values(theirs)[family] == 0, family


def test_durations_have_no_noise(exporter, site):
    ours = exporter("".join(f'[targets.page-{i}]\nurl = "{site["http"]}/page"\n' for i in range(20)))
    numbers = [number for i in range(20)
               for number in re.findall(r"seconds(?:\{.*\})? ([0-9.e+-]+)$", ours.get(f"/probe?target=page-{i}").text, re.M)]
    assert len(numbers) == 20 * 7
    assert not [number for number in numbers if len(number.partition(".")[2]) > 6 or "e" in number.removesuffix("e-06")], numbers
