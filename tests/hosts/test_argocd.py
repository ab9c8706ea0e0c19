"""Argo CD: the plugin's files, its generate command as the plugin server runs it, that server."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hosts.programs import CHART, ROOT
from tools import find

import postrender

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conftest import KmodPost
    from hosts.programs import Host

FILES = ROOT / "postrender" / "plugins" / "argocd"
PLUGIN = yaml.safe_load((FILES / "plugin.yaml").read_text())
GENERATE = "kmod-post-argocd"
# What Argo CD tells a plugin of an Application (reposerver/repository/repository.go, newEnv and
# getPluginEnvs).
APPLICATION = {
    "ARGOCD_APP_NAME": "example",
    "ARGOCD_APP_NAMESPACE": "demo",
    "ARGOCD_APP_PROJECT_NAME": "default",
    "ARGOCD_APP_REVISION": "0123456789012345678901234567890123456789",
    "ARGOCD_APP_REVISION_SHORT": "0123456",
    "ARGOCD_APP_REVISION_SHORT_8": "01234567",
    "ARGOCD_APP_SOURCE_PATH": "apps/web",
    "ARGOCD_APP_SOURCE_REPO_URL": "https://example.com/repo.git",
    "ARGOCD_APP_SOURCE_TARGET_REVISION": "HEAD",
    "KUBE_API_VERSIONS": "v1,apps/v1,example.com/v1",
    "KUBE_VERSION": "1.33.0",
}
SECRET = """
apiVersion: v1
kind: Secret
metadata: {name: secret}
stringData: {password: hunter2}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the example chart and its rules in apps/web, and files beside it."""
    root = tmp_path / "repository"
    shutil.copytree(CHART, root / "apps" / "web")
    shutil.copy(CHART / "kmod" / "entrypoint.yaml", root / "apps" / "web" / "kmod.yaml")
    shutil.copy(CHART / "kmod" / "sidecar.yaml", root / "shared.yaml")
    (root / "values.yaml").write_text("replicaCount: 3\n")
    return root


each_helm = pytest.mark.parametrize("sidecar", ["helm3", "helm4"], indirect=True)


@pytest.fixture
def sidecar(
    request: pytest.FixtureRequest, tmp_path: Path, environment: Mapping[str, str], bin_folder: Path
) -> dict[str, str]:
    """The sidecar's environment: Helm, kmod-post and the generate command on PATH, no home."""
    folder = tmp_path / "sidecar"
    (folder / "tmp").mkdir(parents=True)
    (folder / "helm").symlink_to(find(getattr(request, "param", "helm4")))
    (folder / GENERATE).symlink_to(FILES / GENERATE)
    path = os.pathsep.join([str(folder), str(bin_folder), environment["PATH"]])
    homes = {
        f"HELM_{name}_HOME": str(folder / "tmp" / "helm") for name in ("CACHE", "CONFIG", "DATA")
    }
    return {"PATH": path, "HOME": "/nonexistent", "TMPDIR": str(folder / "tmp"), **homes}


def generate(
    repository: Path, sidecar: Mapping[str, str], *shell: str, **env: str
) -> subprocess.CompletedProcess[str]:
    """Runs the generate command as the plugin server does: in the Application's folder."""
    command = PLUGIN["spec"]["generate"]["command"]
    if shell:
        command = [*shell, shutil.which(command[0], path=sidecar["PATH"]), *command[1:]]
    env = {**sidecar, **APPLICATION, "ARGOCD_APP_PARAMETERS": "null", **env}
    return subprocess.run(
        command, cwd=repository / APPLICATION["ARGOCD_APP_SOURCE_PATH"], env=env,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def objects(stream: str) -> dict[str, Any]:
    """Kind and name to object."""
    return {
        f"{data['kind']}/{data['metadata']['name']}": data
        for data in yaml.safe_load_all(stream)
        if data
    }


# The files


def test_the_image_has_what_the_plugin_starts() -> None:
    """The Containerfile copies files that are there to where Argo CD and PATH find them."""
    lines = (FILES / "Containerfile").read_text().splitlines()
    copied = [line.split()[2:] for line in lines if line.startswith("COPY --chmod")]
    assert copied == [
        [GENERATE, f"/usr/local/bin/{GENERATE}"],
        ["plugin.yaml", "/home/argocd/cmp-server/config/plugin.yaml"],
    ]
    assert PLUGIN["spec"]["generate"]["command"] == [GENERATE]
    assert f"RUN pip install --no-cache-dir kmod-post=={postrender.__version__}" in lines
    assert lines[-1] == "USER 999"


def test_the_sidecar_fits_the_repo_server(make_host: Callable[[str], Host], tmp_path: Path) -> None:
    """The patch adds one container and one volume, and runs the image as Argo CD's user."""
    kubectl = make_host(find("kubectl"))
    volumes = [{"name": name, "emptyDir": {}} for name in ("var-files", "plugins", "tmp")]
    spec = {"containers": [{"name": "argocd-repo-server", "image": "argocd"}], "volumes": volumes}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "argocd-repo-server"},
        "spec": {"template": {"spec": spec}},
    }
    (tmp_path / "deployment.yaml").write_text(yaml.safe_dump(deployment))
    patched = yaml.safe_load(
        kubectl.out(
            "patch", "--local", "-f", tmp_path / "deployment.yaml",
            "--patch-file", FILES / "sidecar.yaml", "--output", "yaml",
        )
    )  # fmt: skip
    pod = patched["spec"]["template"]["spec"]
    assert {c["name"] for c in pod["containers"]} == {"argocd-repo-server", "kmod-post"}
    added = next(c for c in pod["containers"] if c["name"] == "kmod-post")
    assert added["securityContext"]["runAsUser"] == 999
    assert added["image"].endswith(f":{postrender.__version__}")
    names = {volume["name"] for volume in pod["volumes"]}
    assert {mount["name"] for mount in added["volumeMounts"]} <= names
    assert len(pod["volumes"]) == 4


# The generate command


@each_helm
@pytest.mark.parametrize("shell", ["sh", "bash", "busybox"])
def test_it_prints_what_a_pipe_prints(
    repository: Path, sidecar: dict[str, str], kmod_post: KmodPost, shell: str
) -> None:
    """The manifests are those of `helm template | kmod-post`, in whichever shell."""
    found = find(shell)
    web = repository / "apps" / "web"
    rendered = subprocess.run(
        ["helm", "template", "example", ".", "--namespace=demo", "--kube-version=1.33.0"],
        cwd=web, env=sidecar, capture_output=True, check=True,
    ).stdout  # fmt: skip
    done = generate(repository, sidecar, found, *(["sh"] if shell == "busybox" else []))
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    expected = kmod_post("-f", web / "kmod.yaml", "--default-namespace=demo", stdin=rendered)
    assert done.stdout == expected.stdout.decode()


@each_helm
def test_parameters_say_which_rules_and_values(repository: Path, sidecar: dict[str, str]) -> None:
    """Each parameter reaches the program it is for, an empty one and one with blanks too."""
    done = generate(
        repository,
        sidecar,
        PARAM_RULES_0="../../shared.yaml",
        PARAM_SET_RULES_0="",
        PARAM_SET_RULES_1="rules.prepare-webpage.match.name=*-nginx",
        PARAM_SET_RULES_2="rules.prepare-webpage.podAnnotations.said=two  words; $(true)",
        PARAM_VALUES_0="../../values.yaml",
        PARAM_SET_VALUES_0="",
        PARAM_SET_VALUES_1="image.tag=1.20",
        PARAM_RELEASE="other",
    )
    assert done.returncode == 0, done.stderr
    deployment = objects(done.stdout)["Deployment/other-nginx"]
    pod = deployment["spec"]["template"]
    assert deployment["spec"]["replicas"] == 3
    assert pod["metadata"]["annotations"]["said"] == "two  words; $(true)"
    assert [c["image"] for c in pod["spec"]["containers"]] == ["nginx:1.20", "busybox:1.28"]


def test_an_application_of_another_namespace_keeps_its_name(
    repository: Path, sidecar: dict[str, str]
) -> None:
    """Argo CD puts a namespace before the name of such an Application; the release has the name."""
    done = generate(repository, sidecar, ARGOCD_APP_NAME="team_example")
    assert "Deployment/example-nginx" in objects(done.stdout)


@pytest.mark.parametrize("name", ["PARAM_RULES", "PARAM_RULE_0", "PARAM_RELEASE_0"])
def test_a_parameter_that_nobody_reads_is_refused(
    repository: Path, sidecar: dict[str, str], name: str
) -> None:
    """A misspelt one, or text for an array: else the rules would be others than it says."""
    done = generate(repository, sidecar, **{name: "x"})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"kmod-post-argocd: {name}: no parameter; there are")
    assert generate(repository, sidecar, **{name: ""}).returncode == 0


@pytest.mark.parametrize(
    ("env", "message"),
    [
        pytest.param(
            {"PARAM_SET_VALUES_0": "initContainers=1"},
            "additional properties 'initContainers' not allowed",
            id="helm-fails",
        ),
        pytest.param(
            {"PARAM_SET_RULES_0": "rules.prepare-webpage.match.name=nope"},
            'rule "prepare-webpage": no Deployment named nope in 6 objects',
            id="kmod-post-fails",
        ),
        pytest.param({"PARAM_RULES_0": "/etc/passwd"}, "not a file of the repo", id="absolute"),
        pytest.param({"PARAM_VALUES_0": "https://example.com/v"}, "not a file of the", id="url"),
        pytest.param(
            {"PARAM_VALUES_0": "../../../outside.yaml"}, "outside the repository", id="outside"
        ),
        pytest.param({"PARAM_RULES_0": "link.yaml"}, "outside the repository", id="by-a-link"),
        pytest.param({"PARAM_RULES_0": "nope.yaml"}, "nope.yaml: no such file", id="missing"),
        pytest.param({"PARAM_RELEASE": "--post-renderer=x"}, "is no name", id="a-flag-as-name"),
    ],
)
def test_a_failure_prints_no_manifests(
    repository: Path, sidecar: dict[str, str], env: dict[str, str], message: str
) -> None:
    """Argo CD gets an error with the reason, no manifests, no Secret's value and no leftovers."""
    web = repository / "apps" / "web"
    (web / "templates" / "secret.yaml").write_text(SECRET)
    (repository.parent / "outside.yaml").write_text("rules: {}\n")
    (web / "link.yaml").symlink_to(repository.parent / "outside.yaml")
    done = generate(repository, sidecar, **env)
    assert done.returncode != 0
    assert not done.stdout
    assert message in done.stderr
    assert "hunter2" not in done.stderr
    assert {file.name for file in Path(sidecar["TMPDIR"]).iterdir()} <= {"helm"}


@each_helm
def test_success_leaves_nothing_behind(repository: Path, sidecar: dict[str, str]) -> None:
    """The rendered manifests, which hold Secrets, do not stay in the sidecar's folder."""
    assert generate(repository, sidecar).returncode == 0
    assert {file.name for file in Path(sidecar["TMPDIR"]).iterdir()} <= {"helm"}


# The real plugin server


class Server:
    """Argo CD's plugin server, and the repo-server's side of it."""

    def __init__(self, path: str, folder: Path) -> None:
        self.path = path
        self.socket = folder / f"{PLUGIN['metadata']['name']}.sock"

    def __call__(self, verb: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Asks the server: `match` or `generate`, the repository, the path in it, environment."""
        return subprocess.run(
            [self.path, verb, self.socket, *words], capture_output=True, text=True, check=False
        )


@pytest.fixture
def server(sidecar: dict[str, str], tmp_path: Path) -> Iterator[Server]:
    """The server with our plugin."""
    path = find("cmpserver")
    config, sockets = tmp_path / "config", tmp_path / "sockets"
    config.mkdir()
    sockets.mkdir()
    shutil.copy(FILES / "plugin.yaml", config)
    server = Server(path, sockets)
    env = {
        **sidecar,
        "ARGOCD_PLUGINSOCKFILEPATH": str(sockets),
        "ARGOCD_CMP_WORKDIR": str(tmp_path / "work"),
    }
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen([path, "serve", config], env=env, stdout=log, stderr=log)
        try:
            for _ in range(200):
                if server.socket.exists() or process.poll() is not None:
                    break
                time.sleep(0.05)
            assert server.socket.exists(), (tmp_path / "log").read_text()
            yield server
        finally:
            process.kill()
            process.wait()


ENV = [f"{name}={value}" for name, value in APPLICATION.items()]


def test_the_server_discovers_by_the_rules_file(server: Server, repository: Path) -> None:
    """A folder with kmod.yaml is the plugin's, one without is not."""
    assert server("match", repository, "apps/web").stdout == "true\n"
    assert server("match", repository, "apps").stdout == "false\n"


@each_helm
def test_the_server_gives_the_changed_manifests(
    server: Server, repository: Path, sidecar: dict[str, str]
) -> None:
    """What Argo CD gets are the objects that the generate command prints; errors are its own."""
    done = server("generate", repository, "apps/web", *ENV)
    assert done.returncode == 0, done.stderr
    assert objects(done.stdout.replace("\n{", "\n---\n{")) == objects(
        generate(repository, sidecar).stdout
    )
    wrong = "PARAM_SET_RULES_0=rules.prepare-webpage.match.name=nope"
    done = server("generate", repository, "apps/web", *ENV, wrong)
    assert done.returncode != 0
    assert not done.stdout
    assert (
        f'`{GENERATE}` failed exit status 1: kmod.yaml:14:3: rule "prepare-webpage": '
        "no Deployment named nope"
    ) in done.stderr


@each_helm
def test_the_server_builds_a_wrapper_charts_dependencies(server: Server, repository: Path) -> None:
    """A folder that only names a chart and its rules is enough."""
    folder = repository / "apps" / "wrapper"
    folder.mkdir()
    shutil.copy(CHART / "kmod" / "entrypoint.yaml", folder / "kmod.yaml")
    (folder / "Chart.yaml").write_text(
        "apiVersion: v2\nname: wrapper\nversion: 0.1.0\n"
        'dependencies:\n- {name: example-nginx, version: 0.1.0, repository: "file://../web"}\n'
    )
    done = server("generate", repository, "apps/wrapper", *ENV)
    assert done.returncode == 0, done.stderr
    assert "/kmod-post/prepare-webpage/nginx.sh" in done.stdout
