"""One fleet probed by several exporters from one configuration."""

import re
import subprocess

import pytest

from processes import BINARY, Exporter, eventually

SHARDS = 3
TARGETS = 60


@pytest.fixture
def fleet(demo) -> str:
    credential = f'[credentials.billing]\nkind = "bearer"\ntoken = {{ file = "{demo.folder}/demo-billing" }}\nowner = "payments"\n'
    return credential + "".join(
        f'[targets.t{number}]\nurl = "{demo.url}/v1/me"\ncredential = "billing"\ninterval = "1s"\ntimeout = "900ms"\n'
        for number in range(TARGETS))


def targets_of(exporter) -> set[str]:
    return {labels["target"] for labels, _ in exporter.metrics().all("authprobe_target_info")}


@pytest.fixture
def shards(running, tmp_path, fleet) -> list[Exporter]:
    path = tmp_path / "authprobe.toml"
    path.write_text(fleet)
    return [running.add(Exporter(path, f"--shard=authprobe-{index}/{SHARDS}")) for index in range(SHARDS)]


def test_every_target_is_probed_by_exactly_one_shard(shards):
    shares = [targets_of(shard) for shard in shards]
    assert sum(map(len, shares)) == TARGETS and set.union(*shares) == {f"t{number}" for number in range(TARGETS)}
    assert all(len(share) > TARGETS / SHARDS / 2 for share in shares)
    for index, shard in enumerate(shards):
        metrics = shard.metrics()
        assert metrics.value("authprobe_shard_info", shard=str(index), shards=str(SHARDS)) == 1
        assert metrics.value("authprobe_targets") == len(shares[index])


def test_the_blast_radius_is_the_sum_over_the_shards(demo, shards):
    def counted(state: str) -> int:
        return sum(shard.metrics().value("authprobe_credential_targets", credential="billing", state=state) for shard in shards)
    eventually(lambda: counted("ok") == TARGETS)
    assert counted("pending") == 0
    demo.revoke("demo-billing")
    eventually(lambda: counted("unauthorized") == TARGETS)
    assert counted("ok") == 0


def test_a_reload_keeps_to_the_shard(shards, fleet):
    before = [targets_of(shard) for shard in shards]
    shards[0].rewrite(fleet + '[targets.added]\nurl = "http://127.0.0.1:1/"\n')
    for shard in shards:
        assert shard.reload().status == 200
    eventually(lambda: sum("added" in targets_of(shard) for shard in shards) == 1)
    assert [targets_of(shard) - {"added"} for shard in shards] == before


def test_a_target_of_another_shard_is_no_target_here(shards):
    mine = next(iter(targets_of(shards[0])))
    assert shards[0].get(f"/probe?target={mine}").status == 200
    answer = shards[1].get(f"/probe?target={mine}")
    assert answer.status == 400 and "in this shard" in answer.text


def test_without_the_flag_nothing_speaks_of_shards(exporter, fleet):
    assert "shard" not in re.sub(r"(?m)^#.*", "", exporter(fleet).get("/metrics").text)


@pytest.mark.parametrize("wrong", ["3/3", "x", "1/0", "1/2/3", ""])
def test_a_wrong_shard_is_refused_with_the_rule(binary, tmp_path, wrong):
    result = subprocess.run([BINARY, f"--config.file={tmp_path}/none.toml", f"--shard={wrong}"], capture_output=True, text=True,
                            timeout=20, check=False)
    assert result.returncode == 2
    assert "--shard" in result.stderr
    if wrong:
        assert "I/N" in result.stderr and "0 <= I < N" in result.stderr
