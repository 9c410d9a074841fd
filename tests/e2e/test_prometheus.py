"""A real Prometheus on the exporter: it scrapes, and our rules find what they name."""

from processes import eventually

CONFIG = """
[defaults]
interval = "500ms"
timeout  = "400ms"
[credentials.billing]
kind = "bearer"
token = {{ env = "BILLING" }}
[targets.me]
url = "{api}/v1/me"
credential = "billing"
"""


def test_prometheus_scrapes_and_the_first_change_fires_an_alert(demo, exporter, prometheus):
    watched = exporter(CONFIG.format(api=demo.url), BILLING=demo.secret_of["demo-billing"])
    server = prometheus(watched)
    eventually(lambda: server.query('up{job="authprobe"} == 1'), 30)
    eventually(lambda: server.query('authprobe_target_state{target="me",state="ok"} == 1'), 10)
    assert server.query("scrape_samples_post_metric_relabeling > 50")
    assert server.query("ALERTS") == []

    demo.revoke("demo-billing", "expired")
    alert = eventually(lambda: server.query('ALERTS{alertname="AuthprobeCredentialRefused",alertstate="firing"}'), 20)
    assert alert[0]["metric"]["credential"] == "billing"
    assert alert[0]["metric"]["concern"] == "authentication"
