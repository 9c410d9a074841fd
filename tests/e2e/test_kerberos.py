"""Credentials of kind negotiate against a real KDC (MIT) and a real server (Apache with mod_auth_gssapi)."""

import json
import shutil
import socket
import subprocess
import time

import pytest

from kerberos import REALM, NegotiatingApache, Realm
from processes import BINARY, eventually, free_port

PROBE = f"probe@{REALM}"
HTTP = f"HTTP/localhost@{REALM}"


@pytest.fixture
def realm(running, tmp_path):
    """A realm with a principal that probes and one of a server on localhost; its KDC runs."""
    made = Realm(tmp_path / "realm", running)
    made.add(PROBE, tmp_path / "probe.keytab", "+requires_preauth")
    made.add(HTTP, tmp_path / "http.keytab")
    made.start()
    return made


@pytest.fixture
def apache(running, tmp_path, realm):
    return running.add(NegotiatingApache(tmp_path / "apache", realm, tmp_path / "http.keytab"))


def configuration(tmp_path, kdc: str, targets: str, keytab: str = "probe.keytab", principal: str = PROBE, more: str = "") -> str:
    return f"""
        [defaults]
        interval = "200ms"
        timeout = "5s"
        [credentials.intranet]
        kind = "negotiate"
        keytab = {{ file = "{tmp_path}/{keytab}" }}
        principal = "{principal}"
        kdc = [{kdc}]
        timeout = "1s"
        {more}
        [targets]
        {targets}
        """


def failures(watched, reason: str) -> float:
    return watched.metrics().value("authprobe_token_fetch_failures_total", credential="intranet", reason=reason)


def credential(watched) -> dict:
    return next(one for one in json.loads(watched.get("/api/v1/credentials").text) if one["name"] == "intranet")


def diagnose(config, tmp_path) -> str:
    path = tmp_path / "diagnose.toml"
    path.write_text(config)
    return subprocess.run([BINARY, "diagnose", "--config.file", path, "page"], capture_output=True, text=True, timeout=60).stdout


def test_a_keytab_gets_in_and_each_request_has_a_proof_of_its_own(exporter, realm, apache, tmp_path):
    watched = exporter(configuration(tmp_path, f'"127.0.0.1:{realm.port}"',
                                     f'page = {{ url = "{apache.url}/", credential = "intranet", expect.body_matches = "^in$" }}'))
    watched.wait_for_state("page", "ok")
    eventually(lambda: watched.metrics().value("authprobe_probes_total", target="page") >= 5)
    scraped = watched.metrics()
    assert scraped.value("authprobe_probe_failures_total", target="page") == 0  # a proof that came twice is refused as a replay
    assert scraped.value("authprobe_token_fetches_total", credential="intranet") == 1
    end = scraped.value("authprobe_credential_expiration_timestamp_seconds", credential="intranet", kind="access", source="token_response")
    assert 23 * 3600 < end - time.time() <= 24 * 3600 + 1
    report = diagnose(watched.config.read_text(), tmp_path)
    assert "Authorization: Negotiate ********" in report and "200" in report, report


def test_a_silent_kdc_holds_up_no_probe_and_is_told_from_a_refusal(exporter, realm, apache, nginx, tmp_path):
    port = free_port()
    nginx(f"server {{ listen 127.0.0.1:{port}; location / {{ return 200 in; }} }}")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        watched = exporter(configuration(tmp_path, f'"127.0.0.1:{silent.getsockname()[1]}"', f"""
            page = {{ url = "{apache.url}/", credential = "intranet" }}
            other = {{ url = "http://127.0.0.1:{port}/", interval = "100ms" }}"""))
        eventually(lambda: failures(watched, "timeout") >= 1)
        watched.wait_for_state("page", "credential_unavailable")
        scraped = watched.metrics()
    assert scraped.value("authprobe_probes_total", target="other") >= 8  # of ten, in the second that the KDC was waited for
    assert "the KDC 127.0.0.1:" in credential(watched)["problem"] and "no complete answer within 1000 ms" in credential(watched)["problem"]


def test_another_kdc_is_asked_where_one_is_down(exporter, realm, apache, tmp_path):
    watched = exporter(configuration(tmp_path, f'"127.0.0.1:{free_port()}", "127.0.0.1:{realm.port}"',
                                     f'page = {{ url = "{apache.url}/", credential = "intranet" }}'))
    watched.wait_for_state("page", "ok")
    assert failures(watched, "connect") == 0


def test_a_ticket_outlives_its_kdc(exporter, realm, apache, tmp_path):
    watched = exporter(configuration(tmp_path, f'"127.0.0.1:{realm.port}"', f'page = {{ url = "{apache.url}/", credential = "intranet" }}'))
    watched.wait_for_state("page", "ok")
    realm.stop()
    before = watched.metrics().value("authprobe_probes_total", target="page")
    eventually(lambda: watched.metrics().value("authprobe_probes_total", target="page") >= before + 15)
    assert watched.state("page") == "ok"
    assert watched.metrics().value("authprobe_probe_failures_total", target="page") == 0


def out_of_date(realm, tmp_path):
    realm.new_key(PROBE, tmp_path / "newer.keytab")


def disabled(realm, tmp_path):
    realm.admin(f"modprinc -allow_tix {PROBE}")


def expired(realm, tmp_path):
    realm.admin(f'modprinc -expire "yesterday" {PROBE}')


def removed(realm, tmp_path):
    realm.admin(f"delprinc -force {PROBE}")


def without_service(realm, tmp_path):
    realm.admin(f"delprinc -force {HTTP}")


@pytest.mark.parametrize("change, reason, cause, words", [
    (out_of_date, "key_outdated", "invalid_credentials", f"the key in the keytab is not the one that the KDC has for {PROBE}"),
    (disabled, "principal_disabled", "resource_disabled", f"the KDC has disabled or locked the principal {PROBE}"),
    (expired, "principal_disabled", "resource_disabled", f"the principal {PROBE} has expired"),
    (removed, "principal_unknown", "invalid_credentials", f"the KDC does not know the principal {PROBE}"),
    (without_service, "service_unknown", "malformed_credentials", f"the KDC does not know the service {HTTP}"),
])
def test_what_a_kdc_refuses_has_a_reason_of_its_own(exporter, realm, apache, tmp_path, change, reason, cause, words):
    change(realm, tmp_path)
    watched = exporter(configuration(tmp_path, f'"127.0.0.1:{realm.port}"', f'page = {{ url = "{apache.url}/", credential = "intranet" }}'))
    eventually(lambda: failures(watched, reason) >= 1)
    watched.wait_for_state("page", "credential_unavailable")
    eventually(lambda: credential(watched)["problem"] == words)
    report = diagnose(watched.config.read_text(), tmp_path)
    assert cause in report and words in report, report


def test_a_new_keytab_ends_the_refusal(exporter, realm, apache, tmp_path):
    shutil.copy(tmp_path / "probe.keytab", tmp_path / "old.keytab")
    realm.new_key(PROBE, tmp_path / "newer.keytab")
    watched = exporter(configuration(tmp_path, f'"127.0.0.1:{realm.port}"', f'page = {{ url = "{apache.url}/", credential = "intranet" }}'))
    watched.wait_for_state("page", "credential_unavailable")
    (tmp_path / "newer.keytab").rename(tmp_path / "probe.keytab")
    watched.wait_for_state("page", "ok")


def test_a_server_with_the_key_of_another_name_refuses(running, exporter, realm, tmp_path):
    realm.add(f"HTTP/elsewhere@{REALM}", tmp_path / "elsewhere.keytab")
    other = running.add(NegotiatingApache(tmp_path / "other", realm, tmp_path / "elsewhere.keytab"))
    watched = exporter(configuration(tmp_path, f'"127.0.0.1:{realm.port}"', f'page = {{ url = "{other.url}/", credential = "intranet" }}'))
    watched.wait_for_state("page", "unauthorized")
    assert watched.metrics().value("authprobe_auth_failures_total", target="page", cause="malformed_credentials") >= 1
    assert "KRB_AP_ERR_NOT_US: the server has no key for the name in the ticket" in watched.get("/api/v1/targets/page").text


def test_a_host_without_a_service_leaves_the_others_alone(exporter, realm, apache, tmp_path):
    watched = exporter(configuration(tmp_path, f'"127.0.0.1:{realm.port}"', f"""
        page = {{ url = "{apache.url}/", credential = "intranet" }}
        alias = {{ url = "http://127.0.0.1:{apache.port}/", credential = "intranet" }}"""))
    watched.wait_for_state("page", "ok")
    watched.wait_for_state("alias", "credential_unavailable")
    target = json.loads(watched.get("/api/v1/targets/alias").text)
    assert f"the KDC does not know the service HTTP/127.0.0.1@{REALM}" in json.dumps(target)


def test_a_target_that_a_reload_adds_gets_its_ticket(exporter, realm, apache, tmp_path):
    realm.add(f"HTTP/127.0.0.1@{REALM}", None)
    realm.admin(f"ktadd -k {tmp_path}/http.keytab HTTP/127.0.0.1@{REALM}")
    page = f'page = {{ url = "{apache.url}/", credential = "intranet" }}'
    watched = exporter(configuration(tmp_path, f'"127.0.0.1:{realm.port}"', page))
    watched.wait_for_state("page", "ok")
    watched.rewrite(configuration(tmp_path, f'"127.0.0.1:{realm.port}"',
                                  page + f'\nby_address = {{ url = "http://127.0.0.1:{apache.port}/", credential = "intranet" }}'))
    assert watched.reload().status == 200
    watched.wait_for_state("by_address", "ok")


def test_the_clock_of_a_kdc_is_compared_with_ours(exporter, running, tmp_path):
    made = Realm(tmp_path / "realm", running)
    made.add(PROBE, tmp_path / "probe.keytab", "+requires_preauth")
    made.add(HTTP, tmp_path / "http.keytab")
    made.start("faketime", "-f", "+1h")
    apache = running.add(NegotiatingApache(tmp_path / "apache", made, tmp_path / "http.keytab"))
    watched = exporter(configuration(tmp_path, f'"127.0.0.1:{made.port}"', f'page = {{ url = "{apache.url}/", credential = "intranet" }}'))
    watched.wait_for_state("page", "unauthorized")
    assert watched.metrics().value("authprobe_auth_failures_total", target="page", cause="clock_skew") >= 1
    shown = watched.get("/api/v1/targets/page").text
    assert "KRB_AP_ERR_TKT_NYV: by the server's clock the ticket is not valid yet" in shown, shown
    report = diagnose(watched.config.read_text(), tmp_path)
    assert "clock_skew" in report and "s ahead of this machine's" in report, report


def test_the_clock_of_a_server_that_is_wrong_is_named(exporter, running, realm, tmp_path):
    late = running.add(NegotiatingApache(tmp_path / "late", realm, tmp_path / "http.keytab", "faketime", "-f", "+1h"))
    watched = exporter(configuration(tmp_path, f'"127.0.0.1:{realm.port}"', f'page = {{ url = "{late.url}/", credential = "intranet" }}'))
    watched.wait_for_state("page", "unauthorized")
    assert watched.metrics().value("authprobe_auth_failures_total", target="page", cause="clock_skew") >= 1
    assert "KRB_AP_ERR_SKEW" in watched.get("/api/v1/targets/page").text


@pytest.mark.parametrize("bytes_of_keytab, problem", [
    (b"hunter2-password", "the file is not a keytab"), (b"\x05\x02\x00\x00\x00\x05hello", f"the keytab has no key of {PROBE}")])
def test_a_keytab_that_cannot_be_used_is_named(exporter, realm, apache, tmp_path, bytes_of_keytab, problem):
    (tmp_path / "probe.keytab").write_bytes(bytes_of_keytab)
    watched = exporter(configuration(tmp_path, f'"127.0.0.1:{realm.port}"', f'page = {{ url = "{apache.url}/", credential = "intranet" }}'))
    watched.wait_for_state("page", "credential_unavailable")
    eventually(lambda: problem in credential(watched)["problem"])
    assert failures(watched, "secret") >= 1


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\x00\x00\x05hello", b"\x7f\xff\xff\xff", b""])
def test_a_kdc_that_answers_nonsense_is_survived(exporter, realm, apache, tmp_path, answer):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        watched = exporter(configuration(tmp_path, f'"127.0.0.1:{server.getsockname()[1]}"',
                                         f'page = {{ url = "{apache.url}/", credential = "intranet" }}'))
        def failed() -> bool:
            try:
                client, _ = server.accept()
                with client:
                    client.recv(4096)
                    client.sendall(answer)
            except TimeoutError:
                pass
            return sum(value for _, value in watched.metrics().all("authprobe_token_fetch_failures_total", credential="intranet")) >= 1
        eventually(failed)
    assert watched.state("page") == "credential_unavailable"
