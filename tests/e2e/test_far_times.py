"""Ends that no clock in nanoseconds reaches: none of them is in the past, and the year 9999 is never."""

import datetime
import re
import subprocess
import time

from hostile import Server, read_request, tls_context
from processes import BINARY


def polite(connection):
    while read_request(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


CONFIG = """
[defaults]
interval = "1s"
timeout = "900ms"
tls.verify = false
[credentials]
never = {{ kind = "bearer", token.file = "{folder}/token", expires_at = 9999-12-31 }}
late = {{ kind = "bearer", token.file = "{folder}/token", expires_at = 2300-01-01 }}
early = {{ kind = "bearer", token.file = "{folder}/token", expires_at = 1600-01-01 }}
shown = {{ kind = "client_certificate", certificate.file = "{folder}/certificate.pem", private_key.file = "{folder}/pair.pem" }}
[targets]
never = {{ url = "{url}/", credential = "never" }}
late = {{ url = "{url}/", credential = "late" }}
early = {{ url = "{url}/", credential = "early" }}
shown = {{ url = "{url}/", credential = "shown" }}
"""


def test_far_ends(exporter, tmp_path):
    days = (datetime.date(9999, 12, 1) - datetime.date.today()).days
    (tmp_path / "token").write_text("tok-1234567")
    with Server(polite, tls_context(tmp_path, days=days)) as server:
        watched = exporter(CONFIG.format(folder=tmp_path, url=server.url))
        watched.wait_for_state("shown", "ok")
        metrics = watched.metrics()
        expiry = {labels["credential"]: value for labels, value in metrics.all("authprobe_credential_expiration_timestamp_seconds")}
        assert set(expiry) == {"late", "early"}
        assert expiry["late"] > 9e9 and 0 <= expiry["early"] < time.time()
        for name, state in (("never", "never"), ("late", "known"), ("early", "known"), ("shown", "never")):
            assert metrics.value("authprobe_credential_expiry_state", credential=name, state=state) == 1, name
        assert metrics.value("authprobe_tls_certificate_expiration_timestamp_seconds", target="shown") > 2.5e11
        for target in ("never", "late", "shown"):
            told = subprocess.run([BINARY, "diagnose", target, f"--config.file={watched.config}"], capture_output=True, text=True,
                                  timeout=20, check=False).stdout
            assert "EXPIRED" not in told and "the certificate never expires" in told, told
        checked = subprocess.run([BINARY, "check", watched.config], capture_output=True, text=True, timeout=20, check=False).stdout
        assert not [line for line in checked.splitlines() if re.search(r"credentials\.(never|late|shown).*(passed|expired|has ended)", line)]
