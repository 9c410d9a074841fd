"""What a person sees in the metrics when a credential breaks and is repaired."""

import base64
import time

import pytest

from processes import Metrics, eventually

CONFIG = """
[defaults]
interval = "200ms"
timeout  = "150ms"

[credentials.billing]
kind  = "bearer"
token = {{ env = "BILLING" }}
owner = "payments"

[credentials.reports]
kind = "api_key"
key  = {{ env = "REPORTS" }}

[credentials.ledger]
kind     = "basic"
username = "demo"
password = {{ env = "LEDGER" }}

[targets.me]
url        = "{api}/v1/me?verbose=1"
credential = "billing"

[targets.invoices]
url         = "{api}/v1/invoices"
credential  = "billing"
expect.json = [{{ pointer = "/ok", equals = true }}]

[targets.reports]
url        = "{api}/v1/reports"
credential = "reports"

[targets.ledger]
url        = "{api}/v1/ledger"
credential = "ledger"

[targets.closed]
url           = "{api}/v1/internal"
expect.status = [401]
"""


@pytest.fixture
def watched(demo, exporter):
    """An exporter that watches the demo API, everything ok."""
    secret_of = demo.secret_of
    started = exporter(CONFIG.format(api=demo.url), BILLING=secret_of["demo-billing"], REPORTS=secret_of["demo-reports"],
                       LEDGER=secret_of["demo-ledger"])
    started.secrets += [base64.b64encode(f"demo:{secret_of['demo-ledger']}".encode()).decode(), "verbose=1"]
    started.wait_until_ready()
    metrics = started.metrics()
    for target in ("me", "invoices", "reports", "ledger", "closed"):
        assert metrics.state(target) == "ok"
    return started


def transitions(metrics: Metrics, target: str, before: str, after: str) -> float:
    return metrics.value("authprobe_status_transitions_total", target=target, **{"from": before, "to": after})


def test_zero_series_are_there_before_anything_happens(watched):
    metrics = watched.metrics()
    for refusal in ("401", "403", "429"):
        assert transitions(metrics, "me", "2xx", refusal) == 0
        assert transitions(metrics, "me", refusal, "2xx") == 0
        assert metrics.value("authprobe_http_responses_total", target="me", code=refusal) == 0
    assert len(metrics.all("authprobe_auth_failures_total", target="me")) == 15
    assert len(metrics.all("authprobe_target_state", target="me")) == 9
    assert metrics.all("authprobe_auth_failure_cause") == []
    assert metrics.value("authprobe_target_info", target="me", credential="billing", method="GET") == 1


def test_a_revoked_token_shows_on_all_of_its_targets_and_ends_with_the_repair(demo, watched):
    demo.revoke("demo-billing")
    watched.wait_for_state("me", "unauthorized")
    watched.wait_for_state("invoices", "unauthorized")
    metrics = watched.metrics()
    assert metrics.state("reports") == "ok"
    assert transitions(metrics, "me", "2xx", "401") == 1
    assert metrics.value("authprobe_probe_success", target="me") == 0
    assert metrics.value("authprobe_http_status_code", target="me") == 401
    assert metrics.value("authprobe_auth_failures_total", target="me", cause="revoked_token") >= 1
    assert metrics.value("authprobe_auth_failure_cause", target="me", cause="revoked_token") == 1

    demo.restore()
    watched.wait_for_state("me", "ok")
    metrics = watched.metrics()
    assert transitions(metrics, "me", "2xx", "401") == 1
    assert transitions(metrics, "me", "401", "2xx") == 1
    assert metrics.all("authprobe_auth_failure_cause", target="me") == []
    assert time.time() - metrics.value("authprobe_last_success_timestamp_seconds", target="me") < 5


@pytest.mark.parametrize(("how", "state", "cause", "status_class"), [
    ("expired", "unauthorized", "expired_token", "401"),
    ("invalid", "unauthorized", "invalid_credentials", "401"),
    ("scope", "forbidden", "insufficient_scope", "403"),
    ("forbidden", "forbidden", "insufficient_permissions", "403"),
    ("rate-limit", "rate_limited", "rate_limited", "429"),
])
def test_each_refusal_has_its_state_cause_and_transition(demo, watched, how, state, cause, status_class):
    demo.revoke("demo-billing", how)
    watched.wait_for_state("me", state)
    metrics = watched.metrics()
    assert transitions(metrics, "me", "2xx", status_class) == 1
    assert metrics.value("authprobe_auth_failures_total", target="me", cause=cause) >= 1


def test_a_page_of_a_firewall_is_forbidden(demo, watched):
    demo.revoke("demo-billing", "waf")
    watched.wait_for_state("me", "forbidden")


def test_a_refusal_in_disguise_is_no_success(demo, watched):
    demo.revoke("demo-billing", "soft")
    watched.wait_for_state("me", "unauthorized")
    assert watched.metrics().value("authprobe_auth_failures_total", target="me", cause="expired_token") >= 1


def test_a_server_in_trouble_is_no_refusal(demo, watched):
    demo.revoke("demo-billing", "down")
    watched.wait_for_state("me", "unexpected")
    metrics = watched.metrics()
    assert transitions(metrics, "me", "2xx", "5xx") == 1
    assert sum(value for _, value in metrics.all("authprobe_auth_failures_total", target="me")) == 0


def test_retry_after_delays_the_next_probe_and_a_gauge_says_so(demo, watched):
    demo.revoke("demo-billing", "rate-limit")
    watched.wait_for_state("me", "rate_limited")
    metrics = watched.metrics()
    assert 0 < metrics.value("authprobe_target_backoff_seconds", target="me") <= 5
    assert metrics.value("authprobe_rate_limit_remaining", target="me") == 0
    reports = metrics.value("authprobe_probes_total", target="reports")
    me = metrics.value("authprobe_probes_total", target="me")
    eventually(lambda: watched.metrics().value("authprobe_probes_total", target="reports") >= reports + 5)
    assert watched.metrics().value("authprobe_probes_total", target="me") == me


def test_an_endpoint_that_must_refuse_and_lets_us_in_is_exposed(demo, watched):
    demo.open("/v1/internal")
    watched.wait_for_state("closed", "exposed")
    demo.restore()
    watched.wait_for_state("closed", "ok")
    metrics = watched.metrics()
    assert transitions(metrics, "closed", "2xx", "401") == 1
    assert sum(value for _, value in metrics.all("authprobe_auth_failures_total", target="closed")) == 0


def test_an_api_that_goes_away_is_unreachable_with_a_reason(demo, watched):
    demo.close()
    watched.wait_for_state("me", "unreachable")
    metrics = watched.metrics()
    assert metrics.value("authprobe_transport_errors_total", target="me", reason="connect") >= 1
    assert metrics.value("authprobe_http_status_code", target="me") == 0


def test_a_change_is_logged_once_and_steady_refusals_are_not(demo, watched):
    demo.revoke("demo-billing", "expired")
    watched.wait_for_line(r"target=me .*cause=expired_token")
    probes = watched.metrics().value("authprobe_probes_total", target="me")
    eventually(lambda: watched.metrics().value("authprobe_probes_total", target="me") >= probes + 5)
    assert len([line for line in watched.lines if "target=me " in line and "level=warn" in line]) == 1


def test_urls_are_shown_without_query_and_pages_without_secrets(watched):
    assert watched.metrics().value("authprobe_target_info", target="me")
    for path in ("/", "/config", "/metrics", "/probe?target=me", "/-/ready"):
        assert watched.get(path).status == 200  # get() searches the answer
