"""Secrets from files: rotated while the exporter runs, missing, and never shown."""

CONFIG = """
[defaults]
interval = "200ms"
timeout  = "150ms"

[credentials.billing]
kind  = "bearer"
token = {{ file = "{secret}" }}

[targets.me]
url        = "{api}/v1/me"
credential = "billing"
"""


def test_a_secret_that_is_replaced_is_used_without_a_reload(demo, exporter, tmp_path):
    secret = tmp_path / "billing.jwt"
    secret.write_text("an-old-token\n")
    watched = exporter(CONFIG.format(secret=secret, api=demo.url))
    watched.wait_for_state("me", "unauthorized")
    replacement = tmp_path / "billing.jwt.new"
    replacement.write_text(demo.secret_of["demo-billing"] + "\n")
    replacement.rename(secret)
    watched.wait_for_state("me", "ok")
    assert "an-old-token" not in watched.output


def test_nothing_is_sent_without_the_credential(demo, exporter, tmp_path):
    secret = tmp_path / "billing.jwt"
    watched = exporter(CONFIG.format(secret=secret, api=demo.url))
    watched.wait_for_state("me", "credential_unavailable")
    metrics = watched.metrics()
    assert sum(value for _, value in metrics.all("authprobe_http_responses_total", target="me")) == 0
    secret.write_text(demo.secret_of["demo-billing"])
    watched.wait_for_state("me", "ok")
