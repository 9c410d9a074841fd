"""All documents against the program and the tree: links, blocks, commands, paths, names; and single claims of some."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from documents import DOCUMENTS, FENCE, check, each_document, errors, sections
from processes import TOP, Metrics, Process, eventually, free_port, request

EXPORTER = TOP / "exporter"


def anchors(document: Path) -> set[str]:
    """As GitHub and GitLab make them of headings."""
    found: dict[str, int] = {}
    for heading in re.findall(r"^#+ (.+)$", FENCE.sub("", document.read_text()), re.M):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading.strip()).lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        number = found.get(slug, 0)
        found[slug] = number + 1
        if number:
            found[f"{slug}-{number}"] = 1
    return set(found)


@each_document
def test_links_lead_somewhere(document):
    for link in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", document.read_text())):
        if re.match("[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        there = (document.parent / path).resolve() if path else document
        assert there.exists(), link
        assert there.is_relative_to(TOP), link
        if anchor:
            assert anchor in anchors(there), link


def test_the_readme_leads_to_every_document():
    seen, open_ends = set(), [TOP / "README.md"]
    while open_ends:
        document = open_ends.pop()
        seen.add(document)
        links = re.findall(r"\]\(([^)\s#]+\.md)", document.read_text())
        open_ends += {(document.parent / link).resolve() for link in links if ":" not in link} - seen
    assert set(DOCUMENTS) <= seen


@each_document
def test_toml_blocks_load(binary, tmp_path, document):
    """A block is a configuration or a file of signatures; a part of one has `<!-- fragment -->` in the line before."""
    blocks = re.findall(r"^(<!-- fragment -->\n)?```toml\n(.*?)^```", document.read_text(), re.S | re.M)
    assert len(blocks) == len(re.findall(r"^ *```toml", document.read_text(), re.M)), "an indented block"
    for fragment, block in blocks:
        if "signature" in tomllib.loads(block):
            path = tmp_path / "signatures.toml"
            path.write_text(block)
            result = subprocess.run([binary, "explain", f"--signatures={path}"], input="HTTP/1.1 403 Forbidden\n\n", capture_output=True,
                                    text=True, timeout=20, check=False)
            assert result.returncode == 0, result.stderr
        elif not fragment:
            assert errors(check(binary, tmp_path, block)) == []


def command_lines(document: Path) -> list[list[str]]:
    """The arguments of each authprobe_exporter that the document calls, in a block or in a line."""
    text = document.read_text().replace("\\\n", " ")
    blocks = [match[0] for match in FENCE.finditer(text)]
    spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", FENCE.sub("", text))
    lines = [line for block in blocks for line in block.splitlines()] + spans
    calls = []
    for line in lines:
        for call in re.findall(r"(?:^|[\s/(=])authprobe_exporter((?: [^|;&#>)]*)?)", line):
            calls.append(re.findall(r"(?:[^\s\"']|\"[^\"]*\"|'[^']*')+", call))
    return [call for call in calls if call]


@pytest.fixture(scope="module")
def flags_of(binary) -> dict[str, set[str]]:
    """Each subcommand's flags, and those without one, as --help has them."""
    def help_of(*command: str) -> str:
        return subprocess.run([binary, *command, "--help"], capture_output=True, text=True, timeout=20, check=True).stdout
    text = help_of()
    names = re.findall(r"^  (\w+) {2,}", text.split("Subcommands:")[1], re.M)
    flags = {name: set(re.findall(r"(?<![\w-])--?[a-z][\w.-]*", help_of(name).split("Options:", 1)[1])) for name in names}
    return {"": set(re.findall(r"(?<![\w-])--?[a-z][\w.-]*", text.split("Subcommands:")[0])), **flags}


@each_document
def test_commands_and_flags_exist(flags_of, document):
    for call in command_lines(document):
        words = [word for word in call if not word.startswith("-")]
        # The first word is the command's; a call without a command begins with a flag, or stands for any.
        name = words[0] if words and words[0] in flags_of else ""
        assert name or call[0].startswith("-") or call[0] == "...", " ".join(call)
        for word in call:
            if word.startswith("-") and word != "-":
                assert word.partition("=")[0] in flags_of[name], " ".join(call)


def test_documents_show_commands():
    assert sum(len(command_lines(document)) for document in DOCUMENTS) > 10


@each_document
def test_yaml_blocks_are_taken_by_the_programs_they_are_for(tmp_path, document):
    for number, block in enumerate(re.findall(r"^```yaml\n(.*?)^```", document.read_text(), re.S | re.M)):
        path = tmp_path / f"{number}.yml"
        path.write_text(block)
        if re.search("^scrape_configs:", block, re.M):
            command = ["promtool", "check", "config", "--syntax-only", path]
        elif re.search("^groups:", block, re.M):
            command = ["promtool", "check", "rules", path]
        elif re.search("^modules:", block, re.M):
            command = ["prometheus-blackbox-exporter", f"--config.file={path}", "--config.check"]
        else:
            continue
        result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        assert result.returncode == 0, block + result.stdout + result.stderr


@each_document
def test_shell_blocks_are_shell(document):
    for block in re.findall(r"^ *```sh\n(.*?)^ *```", document.read_text(), re.S | re.M):
        result = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, timeout=20, check=False)
        assert result.returncode == 0, block + result.stderr


def test_the_first_checks_of_an_installation(binary, demo, exporter):
    """docs/install.md: each line does what its comment says, on the README's first monitor."""
    (monitor,) = re.findall(r"^<!-- file: my.toml -->\n```toml\n(.*?)^```", (TOP / "README.md").read_text(), re.S | re.M)
    config = monitor.replace('"my-api.token"', f'"{demo.folder}/demo-billing"').replace("https://api.example.com", demo.url)
    running = exporter('[defaults]\ninterval = "2s"\ntimeout = "2s"\n' + config)
    running.wait_for_state("my-api-me", "ok")
    (block,) = re.findall(r"^```sh\n(.*?)^```", sections(TOP / "docs/install.md")["First checks"], re.S | re.M)
    said = []
    for line in block.splitlines():
        line = line.replace("localhost:10073", running.url).replace("/etc/authprobe/authprobe.toml", str(running.config))
        line = re.sub("^authprobe_exporter", str(binary), line)
        result = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=30, check=False)
        said.append((result.returncode, result.stdout))
    assert [code for code, _ in said] == [0, 0, 0, 0, 1], said   # the last finds nothing: the end of a JWT is known
    assert "0 warnings" in said[0][1] and "ok" in said[1][1] and said[2][1].startswith("ready")
    assert said[3][1].count("\n") == 1 and 'state="ok"' in said[3][1]


def test_the_move_from_blackbox_changes_no_verdict(demo, running, exporter, tmp_path):
    """docs/comparison.md: the module and the targets that take its place, at an API that accepts the token and then does not."""
    text = sections(TOP / "docs/comparison.md")["Migration from a blackbox module"]
    (module,) = re.findall(r"^```yaml\n(modules:.*?)^```", text, re.S | re.M)
    (targets,) = re.findall(r"^```toml\n(.*?)^```", text, re.S | re.M)
    secret = str(demo.folder / "demo-billing")
    (tmp_path / "blackbox.yml").write_text(module.replace("/run/secrets/billing.jwt", secret))
    port = free_port()
    running.add(Process("prometheus-blackbox-exporter", f"--config.file={tmp_path}/blackbox.yml", f"--web.listen-address=127.0.0.1:{port}"))
    ours = exporter(targets.replace("/run/secrets/billing.jwt", secret).replace("https://api.example.com", demo.url))

    def verdicts() -> tuple[float, float]:
        theirs = request(f"http://127.0.0.1:{port}/probe?module=billing_api&target={demo.url}/v1/me").text
        return tuple(Metrics(answer).value("probe_success") for answer in (theirs, ours.get("/probe?target=billing-me").text))

    eventually(lambda: verdicts() == (1, 1))
    demo.revoke("demo-billing")
    eventually(lambda: verdicts() == (0, 0))  # an answer is shared for a second


def test_the_planning_figures_cover_what_was_measured():
    """docs/scaling.md rounds up what bench/README.md measured, and does not double it."""
    bench, scaling = (TOP / "bench/README.md").read_text(), (TOP / "docs/scaling.md").read_text()

    def measured(row: str, unit: str) -> float:
        """The largest, where a row has other keys too."""
        cells = re.findall(rf"^\| {row}(?:, (?:ECDSA|RSA)[^|]*)? \| ([^|]*) \|", bench, re.M)
        return max(float(re.findall(rf"([\d,.]+) {unit}", cell)[-1].replace(",", "")) for cell in cells)

    def planned(row: str, unit: str) -> float:
        (cell,) = re.findall(rf"^\| {row}[^|]*\| ([^|]*) \|", scaling, re.M)
        return float(re.search(rf"([\d,.]+) {unit}", cell)[1].replace(",", ""))

    for row, figure in (("http, `fresh`", measured("CPU per probe, authprobe beside the blackbox exporter", "us") / 1000),
                        ("https, `fresh`", measured("CPU per probe, authprobe, full handshake", "us") / 1000),
                        ("https, `resume`", measured("CPU per probe, authprobe, `resume`, a resumed handshake", "us") / 1000),
                        ("https, `reuse`", measured("CPU per probe, authprobe, `reuse`", "us") / 1000),
                        ("CPU of a scrape of 10,000 targets", measured("authprobe, CPU", "ms"))):
        assert figure <= planned(row, "ms") <= 2 * figure, row
    assert measured("memory per target, from 1,000 to 10,000", "KiB") * 1.024 <= planned("memory per target", "kB")
    assert measured("1,000 targets", "MiB") <= planned("memory, without targets", "MiB")
    # 15 s over the CPU of a probe, and a third of that.
    for cpu, full, plan in re.findall(r"^\| https?, [^|]*\| ([\d.]+) ms \| ([\d,]+) targets \| ([\d,]+) \|", scaling, re.M):
        assert float(full.replace(",", "")) == pytest.approx(15_000 / float(cpu))
        assert float(plan.replace(",", "")) <= float(full.replace(",", "")) / 3 * 1.001
    series = re.search(r"^A target has \d+ series before its first probe and (\d+) after it", (TOP / "docs/metrics.md").read_text(), re.M)
    assert f"10,000 targets are {series[1]}0,000 series" in scaling


@each_document
def test_paths_of_this_repository_exist(document):
    """What stands in code and begins with one of its folders, or with a room of the exporter's."""
    text = document.read_text()
    code = [match[0] for match in FENCE.finditer(text) if not match[0].startswith("```toml")]
    code += re.findall(r"(?<!`)`([^`\n]+)`(?!`)", FENCE.sub("", text))
    folders = "alerts|bench|config|dashboards|deploy|docs|exporter|tests"
    for path in re.findall(rf"(?:^|[\s'\"(])((?:{folders})/[\w./-]*\w)", "\n".join(code), re.M):
        assert (TOP / path).exists() or (EXPORTER / path).exists(), path


@each_document
def test_alerts_that_documents_name_exist(document):
    alerts = set(re.findall(r"^ +- alert: (\w+)$", (TOP / "alerts/authprobe.rules.yml").read_text(), re.M))
    assert set(re.findall(r"\bAuthprobe[A-Z]\w+(?![\w*({]|\.[*+])", document.read_text())) <= alerts


def test_the_exit_codes_are_those_that_are_promised(binary, tmp_path, demo):
    meaning = dict(re.findall(r"^\| ([\dto ]+) \| (.*) \|$", sections(TOP / "docs/upgrading.md")["Exit codes"], re.M))
    assert set(meaning) == {"0", "1", "2", "10 to 16"}
    (tmp_path / "good.toml").write_text(f'[targets.open]\nurl = "{demo.url}/health"\n[targets.closed]\nurl = "{demo.url}/v1/me"\n')
    (tmp_path / "doubtful.toml").write_text('[credentials.unused]\nkind = "bearer"\ntoken.value = "a-token"\n')
    (tmp_path / "bad.toml").write_text("[targets.a]\n")
    (tmp_path / "line").write_text("no json\n")

    def code(*arguments: str) -> int:
        return subprocess.run([binary, *arguments], cwd=tmp_path, capture_output=True, stdin=subprocess.DEVNULL, timeout=30,
                              check=False).returncode

    assert code("check", "good.toml") == code("probe", "open", "--config.file=good.toml") == code("--version") == 0
    assert code("check", "doubtful.toml") == 0 and code("check", "--strict", "doubtful.toml") == 1
    assert code("check", "bad.toml") == code("probe", "closed", "--config.file=good.toml") == code("explain", "--jsonl", "line") == 1
    assert code("--no-such-flag") == code("check", "missing.toml") == code("probe", "nobody", "--config.file=good.toml") == 2
    states = meaning["10 to 16"].removeprefix("`diagnose`: ").split(", ")
    help_text = subprocess.run([binary, "diagnose", "--help"], capture_output=True, text=True, timeout=20, check=True).stdout
    assert re.findall(r"(1\d) (\w+)", help_text) == [(str(10 + number), state) for number, state in enumerate(states)]
    assert code("diagnose", "closed", "--config.file=good.toml") == 10


LIBRARY_OF = {"libpsl": "libpsl", "cctz": "CCTZ", "curl": "libcurl", "ares": "c-ares", "openssl": "OpenSSL", "re2": "RE2", "nlohmann": "nlohmann-json", "toml++": "toml++",
              "spdlog": "spdlog", "CLI": "CLI11", "prometheus": "prometheus-cpp core", "microhttpd": "libmicrohttpd", "isa-l": "isa-l",
              "gnutls": "GnuTLS", "yaml-cpp": "yaml-cpp", "sqlite3": "SQLite", "krb5": "libkrb5"}


def test_the_rooms_include_what_the_architecture_says():
    text = (TOP / "docs/architecture.md").read_text()
    rows = {room: (includes, libraries) for room, includes, libraries in
            re.findall(r"^\| `(\w+)/` \| [^|]* \| ([^|]*) \| ([^|]*) \|$", text, re.M)}
    order = list(rows)
    assert set(order) == {path.name for path in EXPORTER.iterdir() if path.is_dir()}
    for room, (includes, libraries) in rows.items():
        code = "".join(path.read_text() for path in (EXPORTER / room).rglob("*.[ch]*"))
        below = set(re.findall(r'#include "exporter/(\w+)/', code)) - {room}
        told = set(order[order.index(room) + 1:]) if includes == "all below" else set(includes.split(", ")) - {"none"}
        assert below == told, room
        assert below <= set(order[order.index(room) + 1:]), room
        inside = {LIBRARY_OF[name] for name in re.findall(r"#include <([\w+-]+)(?:\.h|/)", code) if name in LIBRARY_OF}
        assert inside == set(libraries.split(", ")) - {"none"}, room


def test_no_files_include_each_other():
    """A header and its source are one component. Components that reach each other by includes cannot be read, tested or moved alone."""
    reaches = {}
    for path in EXPORTER.rglob("*.[ch]*"):
        if path.suffix not in (".h", ".cc"):
            continue
        component = str(path.relative_to(EXPORTER.parent).with_suffix(""))
        included = re.findall(r'#include "(exporter/[^"]+)\.h"', path.read_text())
        reaches.setdefault(component, set()).update(set(included) - {component})

    def all_reached(start):
        seen, open_ends = set(), [start]
        while open_ends:
            for name in reaches.get(open_ends.pop(), ()):
                if name not in seen:
                    seen.add(name)
                    open_ends.append(name)
        return seen

    knotted = sorted(name for name in reaches if name in all_reached(name))
    assert not knotted


def test_what_the_architecture_names_exists():
    text = (TOP / "docs/architecture.md").read_text()
    code = "".join(path.read_text() for path in EXPORTER.rglob("*.[ch]*"))
    rooms = {path.name for path in EXPORTER.iterdir() if path.is_dir()}
    files = [span for span in re.findall(r"`([a-z_]+/[\w./]*)`", text) if span.split("/")[0] in rooms]
    assert len(files) > 20
    for path in files:
        assert (EXPORTER / path).exists(), path
    picture = FENCE.search(text)[0]
    types = set(re.findall(r"`([A-Z][a-z]+\w*)(?:::\w+)?`", text)) | set(re.findall(r"\b[A-Z][a-z]+[A-Z]\w+", picture))
    types |= {"Config", "Service", "Prober", "Schedule", "Request", "Response", "CredentialSet", "Exposition"}
    for name in types:
        assert re.search(rf"\b(?:class|struct) {name}\b", code), name
    for owner, function in re.findall(r"`([A-Z]\w+)::(\w+)`", text):
        assert re.search(rf"\b{owner}::{function}\(", code), function
    for function in re.findall(r"\b([a-z_]+)\(\)", picture):
        assert re.search(rf"\b{function}\(", code), function
