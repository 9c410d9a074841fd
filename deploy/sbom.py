#!/usr/bin/env python3
"""sbom.py BINARY VERSION: prints the SBOM of a built authprobe_exporter as SPDX 2.3 (JSON): the packages of Debian or Ubuntu
that its shared libraries are of, and the libraries of headers that are compiled in, with versions and licences as dpkg and
/usr/share/doc tell them on this machine. The time is SOURCE_DATE_EPOCH."""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

# Compiled in: their packages have nothing that is linked.
HEADERS = ("libcli11-dev", "libtomlplusplus-dev", "nlohmann-json3-dev")

# Debian's short names (DEP 5) that SPDX writes otherwise.
SPDX_NAMES = {
    "expat": "MIT", "mit": "MIT", "apache-2.0": "Apache-2.0", "bsd-2-clause": "BSD-2-Clause", "bsd-3-clause": "BSD-3-Clause",
    "isc": "ISC", "zlib": "Zlib", "boost-1.0": "BSL-1.0", "bsl-1.0": "BSL-1.0", "x11": "X11", "curl": "curl", "openldap-2.8": "OLDAP-2.8",
    **{f"{family}-{version}{suffix}": f"{family.upper()}-{version.removesuffix('.0') + '.0' if '.' not in version else version}-{word}"
       for family in ("gpl", "lgpl", "agpl") for version in ("2", "2.0", "2.1", "3", "3.0") for suffix, word in (("", "only"), ("+", "or-later"))},
}


def output(*command) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def libraries(binary: Path) -> list[str]:
    linked = output("ldd", binary)
    if "not found" in linked:
        sys.exit(f"sbom: {linked}")
    return sorted({os.path.realpath(path) for path in re.findall(r"/[^ ]+", linked)})


def package_of(file: str) -> str:
    """Packages name their files as before /lib became a link to /usr/lib, or as after."""
    for name in (file, file.removeprefix("/usr")):
        found = subprocess.run(["dpkg-query", "--search", name], capture_output=True, text=True, check=False)
        if found.returncode == 0:
            return found.stdout.split(":")[0]
    sys.exit(f"sbom: {file} is of no package")


def declared_licence(package: str) -> tuple[str, str | None]:
    """The licence as an SPDX expression; where Debian tells it in another form, a name for the whole text, and that text."""
    path = Path("/usr/share/doc", package, "copyright")
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    if not text:
        return "NOASSERTION", None
    for stanza in re.split(r"\n\s*\n", text):
        if re.search(r"^Files:\s*\*\s*$", stanza, re.MULTILINE):
            word = re.search(r"^License:\s*(\S[^\n]*)$", stanza, re.MULTILINE)
            if word and (known := SPDX_NAMES.get(word[1].strip().lower())):
                return known, None
    return "LicenseRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", package), text


def described(package: str) -> tuple[dict, str | None]:
    fields = output("dpkg-query", "-W", "-f", "${Version}\t${source:Package}\t${source:Version}\t${Architecture}\t${Maintainer}\t${Homepage}", package)
    version, source, source_version, architecture, maintainer, homepage = fields.split("\t")
    licence, text = declared_licence(package)
    system = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', Path("/etc/os-release").read_text(), re.MULTILINE))
    purl = f"pkg:deb/{system['ID']}/{package}@{version}?arch={architecture}&distro={system['ID']}-{system['VERSION_ID']}"
    return {
        "SPDXID": "SPDXRef-Package-" + re.sub(r"[^A-Za-z0-9.-]", "-", package),
        "name": package,
        "versionInfo": version,
        "supplier": "Organization: " + re.sub(r"[\"()]", "", re.sub(r"\s*<[^>]*>", "", maintainer)),
        "downloadLocation": "NOASSERTION",
        "homepage": homepage or "NOASSERTION",
        "sourceInfo": f"built from {source} {source_version}",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": licence,
        "copyrightText": "NOASSERTION",
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl.replace("+", "%2B")}],
    }, text


def sbom(binary: Path, version: str) -> dict:
    linked = sorted({package_of(file) for file in libraries(binary)})
    digest = hashlib.sha256(binary.read_bytes()).hexdigest()
    described_ones = {package: described(package) for package in [*linked, *HEADERS]}
    exporter = "SPDXRef-Package-authprobe-exporter"
    texts = [{"licenseId": entry["licenseDeclared"], "name": f"as in /usr/share/doc/{package}/copyright", "extractedText": text}
             for package, (entry, text) in described_ones.items() if text]
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"authprobe_exporter-{version}",
        "documentNamespace": f"https://example.com/authprobe/spdx/authprobe_exporter-{version}-{digest}",
        "creationInfo": {
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH") or time.time()))),
            "creators": ["Tool: authprobe-sbom"],
        },
        "documentDescribes": [exporter],
        "packages": [{
            "SPDXID": exporter,
            "name": "authprobe_exporter",
            "versionInfo": version,
            "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False,
            "licenseConcluded": "Apache-2.0",
            "licenseDeclared": "Apache-2.0",
            "copyrightText": "2026 The authprobe authors",
            "checksums": [{"algorithm": "SHA256", "checksumValue": digest}],
        }, *(entry for entry, _ in described_ones.values())],
        "hasExtractedLicensingInfos": texts,
        "relationships": [
            {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": exporter},
            *({"spdxElementId": exporter, "relationshipType": "DYNAMIC_LINK" if package in linked else "STATIC_LINK",
               "relatedSpdxElement": entry["SPDXID"]} for package, (entry, _) in described_ones.items()),
        ],
    }


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: deploy/sbom.py BINARY VERSION")
    print(json.dumps(sbom(Path(sys.argv[1]), sys.argv[2]), indent=1))
