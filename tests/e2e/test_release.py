"""The artefacts of a release: a package, a tarball that needs nothing of its system but glibc, an SBOM, checksums."""

import hashlib
import json
import os
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from processes import BINARY, TOP

BUILD = BINARY.resolve().parents[1]
VERSION = re.search(r"^project\(authprobe VERSION (\S+)", (TOP / "CMakeLists.txt").read_text(), re.MULTILINE)[1]


def output(*command, **options) -> str:
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, timeout=300, **options).stdout


@pytest.fixture(scope="module")
def release(tmp_path_factory) -> Path:
    if not (BUILD / "CPackConfig.cmake").exists():
        pytest.skip(f"{BINARY} is not in a build directory, of which cpack could make a package")
    folder = tmp_path_factory.mktemp("release")
    output(TOP / "deploy/release.sh", f"--build={BUILD}", folder)
    return folder


@pytest.fixture(scope="module")
def tree(release, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("tarball")
    [tarball] = release.glob("*.tar.gz")
    with tarfile.open(tarball) as archive:
        assert {member.uid for member in archive} == {0}
        archive.extractall(folder)
    [top] = folder.iterdir()
    assert top.name == tarball.name.removesuffix(".tar.gz") and top.name.startswith(f"authprobe_exporter-{VERSION}.linux-")
    return top


@pytest.fixture(scope="module")
def sbom(release) -> dict:
    [path] = release.glob("*.spdx.json")
    return json.loads(path.read_text())


def test_the_checksums_are_those_of_all_files(release):
    sums = dict(reversed(line.split("  ")) for line in (release / "sha256sums.txt").read_text().splitlines())
    assert sums == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in release.iterdir() if path.name != "sha256sums.txt"}
    assert "Dockerfile" in sums


def test_the_package_says_for_which_system_it_is(release):
    [package] = release.glob("*.deb")
    system = dict(re.findall(r'^(\w+)="?([^"\n]*)', Path("/etc/os-release").read_text(), re.MULTILINE))
    tag = system["ID"].replace("debian", "deb") + system["VERSION_ID"]
    assert output("dpkg-deb", "-f", package, "Version").strip() == f"{VERSION}-1+{tag}"


def test_the_tarball_needs_nothing_of_its_system_but_glibc(tree):
    """Run where there is nothing else: no library of another package, no configuration, no shell."""
    glibc = {path for path in re.findall(r"/\S+", output("ldd", tree / "authprobe_exporter"))
             if re.search(r"/(ld-linux\S*|lib(c|m|resolv|dl|rt|pthread))\.so\.", path)}
    mounts = [part for path in sorted(glibc) for part in ("--ro-bind", os.path.realpath(path), path)]
    command = ["bwrap", "--ro-bind", tree, "/authprobe", *mounts, "--proc", "/proc", "--unshare-all", "--clearenv", "/authprobe/authprobe_exporter"]
    assert output(*command, "--version").startswith(f"authprobe_exporter, version {VERSION} ")
    assert "targets," in output(*command, "check", "/authprobe/share/authprobe/config/quickstart.toml")
    assert (tree / "share/authprobe/alerts/authprobe.rules.yml").exists() and (tree / "LICENSE").exists()


def test_the_sbom_has_every_linked_library(sbom):
    names = {package["name"]: package for package in sbom["packages"]}
    for path in re.findall(r"/\S+", output("ldd", BINARY)):
        real = os.path.realpath(path)
        owner = subprocess.run(f"dpkg -S {real} || dpkg -S {real.removeprefix('/usr')}", shell=True, capture_output=True, text=True, check=True)
        package = owner.stdout.split(":")[0]
        assert names[package]["versionInfo"] == output("dpkg-query", "-W", "-f", "${Version}", package)
    assert {"nlohmann-json3-dev", "libtomlplusplus-dev"} <= names.keys(), "compiled in"


def test_the_sbom_is_sound_spdx(sbom):
    assert sbom["spdxVersion"] == "SPDX-2.3" and sbom["dataLicense"] == "CC0-1.0" and sbom["documentNamespace"].startswith("https://")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", sbom["creationInfo"]["created"])
    ids = [package["SPDXID"] for package in sbom["packages"]]
    assert len(ids) == len(set(ids)) and all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", one) for one in ids)
    related = {relation["relatedSpdxElement"] for relation in sbom["relationships"]}
    assert related == set(ids) and sbom["documentDescribes"] == [ids[0]]
    texts = {entry["licenseId"]: entry["extractedText"] for entry in sbom["hasExtractedLicensingInfos"]}
    for package in sbom["packages"]:
        licence = package["licenseDeclared"]
        known = licence in {"MIT", "X11", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Zlib", "BSL-1.0", "curl", "OLDAP-2.8"}
        assert known or re.fullmatch(r"(L|A)?GPL-(2\.0|2\.1|3\.0)-(only|or-later)", licence) or texts[licence], package["name"]
