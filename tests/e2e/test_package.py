"""The Debian package: what is in it, that it is in order, and what it does to a machine, from installation to purge.

The machine has systemd as process 1, so that the unit's sandbox is the real one. Where this system cannot be a host of it,
those tests are skipped; the package itself is looked at everywhere."""

import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

import pytest

from machine import Machine
from processes import BINARY, TOP, Metrics
from processes import eventually as within

BUILD = BINARY.resolve().parents[1]
UNIT = "authprobe-exporter.service"
CONFIG = "/etc/authprobe/authprobe.toml"


def output(*command, cwd=None) -> str:
    result = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, timeout=120, check=False, cwd=cwd)
    assert result.returncode == 0, f"{' '.join(map(str, command))}: {result.returncode}\n{result.stdout}"
    return result.stdout


def pack(folder: Path, *options: str) -> Path:
    if not (BUILD / "CPackConfig.cmake").exists():
        pytest.skip(f"{BINARY} is not in a build directory, of which cpack could make a package")
    output("cpack", "-G", "DEB", "-B", folder, *options, cwd=BUILD)
    [made] = folder.glob("*.deb")
    return made


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    return pack(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="module")
def newer(tmp_path_factory) -> Path:
    return pack(tmp_path_factory.mktemp("newer"), "-D", "CPACK_PACKAGE_VERSION=99.0.0")


@pytest.fixture(scope="module")
def tree(package, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    output("dpkg-deb", "-x", package, folder)
    return folder


@pytest.fixture
def machine(package, tmp_path):
    booted = Machine(tmp_path)
    booted.run("dpkg", "-P", "authprobe-exporter", check=False)  # this system may have it
    yield booted
    booted.close()


# The package


def test_lintian_has_nothing_to_say(package):
    assert "authprobe-exporter" not in output("lintian", "--fail-on", "error,warning", package)


def test_a_package_made_again_is_the_same(package, tmp_path):
    assert pack(tmp_path).read_bytes() == package.read_bytes()


def test_the_version_is_the_projects(package, tree):
    version = re.search(r"^project\(authprobe VERSION (\S+)", (TOP / "CMakeLists.txt").read_text(), re.MULTILINE)[1]
    architecture = output("dpkg", "--print-architecture").strip()
    assert package.name == f"authprobe-exporter_{version}-1_{architecture}.deb"
    assert output("dpkg-deb", "-f", package, "Version").strip() == f"{version}-1"
    changelog = output("zcat", tree / "usr/share/doc/authprobe-exporter/changelog.Debian.gz")
    assert changelog.startswith(f"authprobe-exporter ({version}-1) ")


def test_it_depends_on_the_libraries_and_needs_no_debug_information(package, tree):
    depends = output("dpkg-deb", "-f", package, "Depends")
    assert all(name in depends for name in ("adduser", "libc6", "libcurl4", "libmicrohttpd12"))
    assert not re.search(r"\.(symtab|debug_info)", output("readelf", "--wide", "--sections", tree / "usr/bin/authprobe_exporter"))


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_everything_is_where_debian_looks_for_it(tree):
    found = {name for name in files_below(tree) if not name.startswith("usr/share/authprobe/")}
    units = "lib" if "bookworm" in Path("/etc/os-release").read_text() else "usr/lib"
    assert found == {
        "etc/authprobe/authprobe.toml", "etc/default/authprobe-exporter", f"{units}/systemd/system/authprobe-exporter.service",
        "usr/bin/authprobe_exporter", "usr/share/bash-completion/completions/authprobe_exporter",
        "usr/share/doc/authprobe-exporter/changelog.Debian.gz", "usr/share/doc/authprobe-exporter/changelog.gz",
        "usr/share/doc/authprobe-exporter/copyright", "usr/share/lintian/overrides/authprobe-exporter",
        "usr/share/man/man1/authprobe_exporter.1.gz", "usr/share/zsh/vendor-completions/_authprobe_exporter"}


def test_without_a_package_it_can_be_installed_below_any_folder(tree, tmp_path):
    output("cmake", "--install", BUILD, "--prefix", tmp_path)
    found = files_below(tmp_path)
    assert {"bin/authprobe_exporter", "share/man/man1/authprobe_exporter.1", "share/zsh/site-functions/_authprobe_exporter",
            "share/bash-completion/completions/authprobe_exporter"} <= found
    assert {name for name in found if name.startswith("share/authprobe/")} == {
        name.removeprefix("usr/") for name in files_below(tree) if name.startswith("usr/share/authprobe/")}


def test_rules_dashboards_and_documents_are_those_of_the_sources(tree):
    for folder, pattern in (("alerts", "**/*.yml"), ("alerts", "**/*.tmpl"), ("config", "**/*.toml"), ("docs", "**/*.md"),
                            ("dashboards", "*.json")):
        names = [path.relative_to(TOP) for path in (TOP / folder).glob(pattern)]
        assert names, folder
        for name in names:
            assert (tree / "usr/share/authprobe" / name).read_bytes() == (TOP / name).read_bytes(), name


def test_the_configuration_that_is_shipped_has_no_flaw(binary, package, tree):
    assert "ok, 1 target," in output(binary, "check", "--strict", tree / CONFIG[1:])
    assert output("dpkg-deb", "-I", package, "conffiles").split() == [CONFIG, "/etc/default/authprobe-exporter"]


def test_the_maintainer_scripts_pass_shellcheck():
    output("shellcheck", *(TOP / "deploy/debian" / name for name in ("postinst", "prerm", "postrm")))
    output("shellcheck", "--shell=bash", TOP / "deploy/completions/authprobe_exporter.bash")


def test_the_unit_is_exposed_no_more_than_it_must():
    """systemd counts from 0 to 10, here times ten. What is left is the network, /proc/stat and unix sockets."""
    output("systemd-analyze", "security", "--offline=true", "--threshold=12", TOP / "deploy/systemd" / UNIT)


# The manual and the completions


def commands(binary) -> list[str]:
    listed = output(binary, "--help").partition("Subcommands:")[2]
    return re.findall(r"^  (\w+) ", listed, re.MULTILINE)


def flags(binary, *command: str) -> set[str]:
    return set(re.findall(r"^ +(?:-\w,)*(--[a-z.-]+)", output(binary, *command, "--help"), re.MULTILINE))


def test_the_manual_has_every_command_and_flag(binary):
    source = (TOP / "docs/man/authprobe_exporter.1").read_text().replace("\\-", "-")
    sections = {name.strip('"'): text for name, text in re.findall(r"^\.S[SH] (.+)\n((?:(?!\.S[SH] ).*\n)*)", source, re.MULTILINE)}
    assert {"check", "diagnose"} <= set(commands(binary))
    for name, wanted in [("THE EXPORTER", flags(binary)), *((name, flags(binary, name)) for name in commands(binary))]:
        told = set(re.findall(r"^\.TP\n\.BI?R? .*?(--[a-z.-]+[a-z])", sections[name], re.MULTILINE))
        assert told | {"--help"} == wanted | {"--help"}, name


class Terminal:
    """An interactive shell, of which TAB lists all that it could complete."""

    def __init__(self, folder: Path, *command: str, **environment: str):
        pid, self.descriptor = pty.fork()
        if pid == 0:
            os.chdir(folder)
            path = f"{folder}:/usr/bin:/bin"
            os.execvpe(command[0], command, {"PATH": path, "HOME": str(folder), "TERM": "dumb", "COLUMNS": "200", **environment})
        self.pid = pid
        self.wait_for("ready>")

    def wait_for(self, *words: str, seconds: float = 60) -> str:
        text, deadline = "", time.monotonic() + seconds
        while not all(word in text for word in words):
            ready, _, _ = select.select([self.descriptor], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"none of {[word for word in words if word not in text]} in {text!r}"
            text += os.read(self.descriptor, 4096).decode(errors="replace")
        return text

    def listed(self, line: str, *words: str) -> str:
        """What comes after TAB at the end of the line, as soon as it has the words."""
        os.write(self.descriptor, f"authprobe_exporter {line}\t".encode())
        text = self.wait_for(line, *words)
        os.write(self.descriptor, b"\x15\r")
        self.wait_for("ready>")
        return text

    def close(self):
        os.close(self.descriptor)
        os.waitpid(self.pid, 0)


@pytest.fixture(params=["bash", "zsh"])
def terminal(request, binary, tmp_path):
    (tmp_path / "authprobe_exporter").symlink_to(binary)
    completions = TOP / f"deploy/completions/authprobe_exporter.{request.param}"
    if request.param == "bash":
        start = f"""PS1='ready> '; . /usr/share/bash-completion/bash_completion; . {completions}
            bind 'TAB: possible-completions'; bind 'set completion-query-items 0'; bind 'set page-completions off'"""
        command = ("bash", "--rcfile", "rc", "-i")
    else:
        (tmp_path / "_authprobe_exporter").symlink_to(completions)
        start = f"""PS1='ready> '; fpath=({tmp_path} $fpath); autoload -Uz compinit; compinit -u -d {tmp_path}/dump
            LISTMAX=10000; bindkey '^I' list-choices; bindkey '^U' kill-whole-line"""
        command = ("zsh", "-i")
    (tmp_path / "rc").write_text(start)
    (tmp_path / ".zshrc").symlink_to("rc")
    opened = Terminal(tmp_path, *command, ZDOTDIR=str(tmp_path))
    yield opened
    opened.close()


def test_a_shell_completes_commands_flags_and_targets(terminal, binary, tmp_path):
    (tmp_path / "my.toml").write_text('include = ["more/*.toml"]\n[targets.billing-me]\n[targets."api.example.com"]\n'
                                      '[targets.billing-me.tls]\nverify = false\n')
    (tmp_path / "more").mkdir()
    (tmp_path / "more/partners.toml").write_text("[targets.partner-orders]\n")

    assert "--strict" not in terminal.listed("", *commands(binary))
    assert "--web." not in terminal.listed("diagnose --", *flags(binary, "diagnose"))
    terminal.listed("--", *flags(binary))
    terminal.listed("--log.level=", "debug", "error")
    terminal.listed("--config.file=m", "my.toml", "more")
    terminal.listed("check ", "my.toml")
    targets = terminal.listed("probe --config.file=my.toml ", "billing-me", "api.example.com", "partner-orders")
    assert "verify" not in targets and "billing-me.tls" not in targets


# The machine


def eventually(what):
    return within(what, 60)  # a machine has to start services


def journal(machine: Machine) -> str:
    machine.run("journalctl", "--sync")
    return machine.run("journalctl", "-u", UNIT).stdout


def healthy(machine: Machine) -> bool:
    return machine.run("curl", "-sf", "http://127.0.0.1:10073/-/healthy", check=False).returncode == 0


def scrape(machine: Machine) -> Metrics:
    return Metrics(machine.run("curl", "-sf", "--compressed", "http://127.0.0.1:10073/metrics").stdout)


def probes_succeed(machine: Machine, *targets: str) -> bool:
    metrics = scrape(machine)
    return all(metrics.value("authprobe_probe_success", target=target) == 1 for target in targets)


def property_of(machine: Machine, name: str) -> str:
    return machine.run("systemctl", "show", "--value", "--property", name, UNIT).stdout.strip()


def files(machine: Machine) -> set[str]:
    return set(machine.shell("find /etc /lib /opt /srv /usr /var -xdev"
                             r" \( -path /var/cache -o -path /var/lib/dpkg -o -path /var/log \) -prune -o -print").splitlines())


def test_installed_upgraded_removed_and_purged(machine, package, newer):
    before, users = files(machine), machine.shell("cat /etc/passwd /etc/group")

    machine.run("dpkg", "-i", machine.put(package))
    eventually(lambda: healthy(machine))
    assert machine.run("systemctl", "is-enabled", UNIT).stdout.strip() == "enabled"
    assert machine.run("systemd-analyze", "verify", UNIT).stdout.strip() == ""
    assert machine.shell("stat -c '%U:%G %a' /etc/authprobe/secrets /var/lib/authprobe").splitlines() == [
        "root:authprobe 750", "authprobe:authprobe 750"]
    process = property_of(machine, "MainPID")
    status = machine.shell(f"ps -o user= -p {process}; cat /proc/{process}/status")
    assert status.startswith("authprobe\n")
    for line in ("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"):
        assert line in status
    assert "authprobe_exporter starting" in journal(machine)

    own = "# of our own\n[targets.more]\nurl = 'http://127.0.0.1:10073/'\n"
    machine.write("/run/own", own)
    machine.shell(f"""sed -i 's/"15s"/"500ms"/' {CONFIG}; cat /run/own >>{CONFIG}
        echo kept >/var/lib/authprobe/state; echo t >/etc/authprobe/secrets/token""")
    machine.run("systemctl", "reload", UNIT)
    eventually(lambda: probes_succeed(machine, "authprobe-itself", "more"))
    machine.run("dpkg", "-i", machine.put(newer))
    eventually(lambda: probes_succeed(machine, "authprobe-itself", "more"))
    assert property_of(machine, "MainPID") != process
    assert machine.shell(f"cat {CONFIG}").endswith(own)
    assert machine.shell("cat /var/lib/authprobe/state /etc/authprobe/secrets/token") == "kept\nt\n"
    assert machine.run("dpkg-query", "-W", "-f", "${Version}", "authprobe-exporter").stdout == "99.0.0-1"

    machine.run("systemctl", "disable", "--now", UNIT)
    machine.run("dpkg", "-i", "--force-downgrade", machine.put(package))
    assert machine.run("systemctl", "is-enabled", UNIT, check=False).stdout.strip() == "disabled"
    machine.run("systemctl", "start", UNIT)

    machine.run("dpkg", "-r", "authprobe-exporter")
    assert machine.shell("ps -C authprobe_exporter -o pid=", check=False).strip() == ""
    assert machine.run("test", "-e", "/usr/bin/authprobe_exporter", check=False).returncode == 1
    assert machine.shell(f"cat {CONFIG} /var/lib/authprobe/state").endswith(own + "kept\n")
    assert "authprobe:" in machine.shell("cat /etc/passwd")

    machine.run("dpkg", "-P", "authprobe-exporter")
    assert sorted(files(machine) - before) == []
    assert machine.shell("cat /etc/passwd /etc/group") == users


def test_a_broken_configuration_is_told_and_changes_nothing(machine, package):
    machine.run("dpkg", "-i", machine.put(package))
    eventually(lambda: healthy(machine))
    process = property_of(machine, "MainPID")
    machine.shell(f"cp {CONFIG} /run/good.toml; printf '[targets.x]\\nurll = \"y\"\\n' >>{CONFIG}")
    assert machine.run("systemctl", "reload", UNIT, check=False).returncode != 0
    assert "targets.x.urll: unknown key" in journal(machine)
    assert healthy(machine) and property_of(machine, "MainPID") == process

    assert machine.run("systemctl", "restart", UNIT, check=False).returncode != 0
    machine.shell(f"cp /run/good.toml {CONFIG}")
    eventually(lambda: healthy(machine))  # without anybody's help


PEER = r'''
import http.server, os, socketserver, ssl, struct, threading

class Api(http.server.BaseHTTPRequestHandler):
    def address_string(self): return "peer"
    def do_GET(self):
        self.send_response(200 if self.headers["Authorization"] == "Bearer the-token" else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

class Names(socketserver.BaseRequestHandler):  # every name is 127.0.0.1, and has no other record
    def handle(self):
        query, wire = self.request
        end = query.index(0, 12) + 5
        address = query[end - 4:end - 2] == b"\0\1"
        answer = b"\xc0\x0c\0\1\0\1" + struct.pack(">IH", 1, 4) + bytes([127, 0, 0, 1])
        wire.sendto(query[:2] + b"\x81\x80\0\1" + struct.pack(">H", address) + b"\0\0\0\0" + query[12:end] + answer * address,
                    self.client_address)

tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain("/run/peer.pem")
api = http.server.ThreadingHTTPServer(("127.0.0.1", 8443), Api)
api.socket = tls.wrap_socket(api.socket, server_side=True)
os.umask(0)  # the exporter is another user
for server in (socketserver.ThreadingUnixStreamServer("/run/peer.sock", Api), socketserver.UDPServer(("127.0.0.1", 5353), Names)):
    threading.Thread(target=server.serve_forever).start()
api.serve_forever()
'''

PROBES = """
settings.dns_servers = "127.0.0.1:5353"
defaults.interval = "500ms"

[credentials.from-systemd]
kind = "bearer"
token = { file = "/run/credentials/authprobe-exporter.service/api" }

[credentials.encrypted]
kind = "bearer"
token = { file = "/run/credentials/authprobe-exporter.service/crypted" }

[credentials.of-root]
kind = "bearer"
token = { file = "secrets/of-root" }

[credentials.from-file]
kind = "bearer"
token = { file = "secrets/api" }

[targets.https]
url = "https://api.test:8443/"
credential = "from-systemd"
tls.ca_file = "/etc/authprobe/ca.pem"

[targets.socket]
url = "http://api.test/"
unix_socket = "/run/peer.sock"
credential = "from-file"

[targets.encrypted]
url = "http://api.test/"
unix_socket = "/run/peer.sock"
credential = "encrypted"

[targets.of-root]
url = "http://api.test/"
unix_socket = "/run/peer.sock"
credential = "of-root"
"""

# A call that the filter refuses kills the exporter here, instead of failing unseen.
DROP_IN = """[Service]
SystemCallErrorNumber=
LoadCredential=api:/root/api-token
LoadCredentialEncrypted=crypted:/root/crypted.cred
"""


def test_the_sandbox_lets_probes_of_all_kinds_through(machine, package):
    machine.run("dpkg", "-i", machine.put(package))
    machine.shell("""openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=api.test -addext subjectAltName=DNS:api.test \
        -keyout /run/key -out /run/certificate -days 2 2>&1; cat /run/key /run/certificate >/run/peer.pem""")
    machine.run("install", "-m", "644", "/run/certificate", "/etc/authprobe/ca.pem")
    machine.write("/run/peer.py", PEER)
    machine.write("/etc/systemd/system/peer.service", "[Service]\nExecStart=/usr/bin/python3 /run/peer.py\n")
    machine.write("/root/api-token", "the-token\n", "400")
    machine.write("/etc/authprobe/secrets/of-root", "the-token\n", "400")
    machine.run("systemd-creds", "encrypt", "--with-key=host", "--name=crypted", "/root/api-token", "/root/crypted.cred")
    machine.write("/etc/authprobe/secrets/api", "the-token\n", "640", "root:authprobe")
    machine.write(CONFIG, PROBES)
    machine.write(f"/etc/systemd/system/{UNIT}.d/test.conf", DROP_IN)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "start", "peer")
    machine.run("systemctl", "restart", UNIT)
    process = property_of(machine, "MainPID")
    eventually(lambda: probes_succeed(machine, "https", "socket", "encrypted"))
    assert scrape(machine).state("of-root") == "credential_unavailable"
    assert "secrets/of-root" in journal(machine)  # which nobody but root may read

    machine.write("/etc/authprobe/secrets/api", "another\n", "640", "root:authprobe")
    eventually(lambda: scrape(machine).state("socket") == "unauthorized")  # read, sent, refused, and the controls made
    machine.write("/etc/authprobe/secrets/api", "the-token\n", "640", "root:authprobe")
    machine.run("systemctl", "reload", UNIT)
    eventually(lambda: probes_succeed(machine, "https", "socket"))
    assert scrape(machine).value("process_start_time_seconds") > 0  # from /proc/stat
    assert property_of(machine, "MainPID") == process
    assert not re.search("the-token|another", journal(machine))

    machine.run("systemctl", "stop", UNIT)
    assert (property_of(machine, "Result"), property_of(machine, "ExecMainStatus")) == ("success", "0")
