"""The list of a real issuer: OpenStack's Keystone, as Debian has it."""

import json
import time

import pytest

from keystone_server import Keystone
from processes import eventually


def in_days(days: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + days * 86400))


@pytest.fixture(scope="module")
def keystone(tmp_path_factory):
    with Keystone(tmp_path_factory.mktemp("keystone") / "server") as server:
        yield server


@pytest.fixture
def watched(exporter, tmp_path, keystone):
    """watched(credential) starts an exporter that is let in with this application credential."""
    def start(credential: dict, more: str = ""):
        (tmp_path / "secret").write_text(credential["secret"])
        running = exporter(f"""
[defaults]
tls.ca_file = "{keystone.ca}"
interval = "1s"
[credentials.openstack]
provider = "keystone"
secrets.secret = {{ file = "secret" }}
host = "{keystone.host}"
application_credential = "{credential['id']}"
{more}""")
        running.secrets.append(credential["secret"])
        running.wait_for_state("openstack", "ok")
        return running
    return start


def test_application_credentials_of_all_users_are_listed(watched, keystone):
    for name, ends in (("backups", in_days(100)), ("monitoring", in_days(5)), ("forever", None)):
        keystone.add_application_credential(name, ends, *keystone.add_user(f"user-of-{name}"))
    lister = keystone.add_application_credential("lister", in_days(60), keystone.token, keystone.user)
    running = watched(lister, '[inventories.openstack]\nprovider = "keystone"\ncredential = "openstack"\n')
    eventually(lambda: running.metrics().all("authprobe_inventory_entries"))
    listed = eventually(lambda: json.loads(running.get("/api/v1/inventories/openstack").text)["entries"])
    assert [(entry["name"], entry["owner"], entry["state"]) for entry in listed] == [
        ("monitoring", "user-of-monitoring", "warning"), ("lister", "admin", "ok"), ("backups", "user-of-backups", "ok"),
        ("forever", "user-of-forever", "never")]
    # The application credential that the list is read with is in it, and has its end from it.
    assert listed[1]["id"] == lister["id"] and listed[1]["credential"] == "openstack"
    end = running.metrics().value("authprobe_credential_expiration_timestamp_seconds", credential="openstack", kind="secret", source="inventory")
    assert 59.9 * 86400 < end - time.time() < 60.1 * 86400


def test_a_deleted_application_credential_is_refused(watched, keystone):
    mine = keystone.add_application_credential("to-be-deleted", None, keystone.token, keystone.user)
    running = watched(mine)
    keystone.call("DELETE", f"/users/{keystone.user}/application_credentials/{mine['id']}")
    eventually(lambda: running.metrics().value("authprobe_target_state", target="openstack", state="ok") == 0, timeout=60)
    assert eventually(lambda: json.loads(running.get("/api/v1/targets/openstack").text)["cause"]) == "revoked_token"
