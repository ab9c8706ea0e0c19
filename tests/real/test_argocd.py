"""Argo CD: the plugin's files, its generate command as the plugin server runs it, that server."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hosts.argocd import APPLICATION, FILES, GENERATE, PLUGIN, each_helm, run
from hosts.programs import CHART
from tools import find

import postrender

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conftest import KmodPost
    from hosts.programs import Host

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


def generate(
    repository: Path, sidecar: Mapping[str, str], **env: str
) -> subprocess.CompletedProcess[str]:
    """Runs the generate command as the plugin server does."""
    return run("generate", repository, sidecar, **env)


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
    assert "COPY *.whl /tmp/wheels/" in lines
    assert f" kmod-post=={postrender.__version__} " in (FILES / "Containerfile").read_text()
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
def test_it_prints_what_a_pipe_prints(
    repository: Path, sidecar: dict[str, str], kmod_post: KmodPost
) -> None:
    """The manifests are those of `helm template | kmod-post`."""
    web = repository / "apps" / "web"
    rendered = subprocess.run(
        ["helm", "template", "example", ".", "--namespace=demo", "--kube-version=1.33.0"],
        cwd=web, env=sidecar, capture_output=True, check=True,
    ).stdout  # fmt: skip
    done = generate(repository, sidecar)
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


@pytest.mark.parametrize("value", ["x", "\nx", "\n"])
@pytest.mark.parametrize(
    "name",
    [
        "PARAM_RULES", "PARAM_RULE_0", "PARAM_RELEASE_0", "PARAM_RULES_0_A", "PARAM_RULES_00",
        "PARAM_RULES_0A", "PARAM_VALUES_X", "PARAM_VALUES_", "PARAM_", "PARAM_Rules_0",
    ],
)  # fmt: skip
def test_a_parameter_that_nobody_reads_is_refused(
    repository: Path, sidecar: dict[str, str], name: str, value: str
) -> None:
    """A misspelt one, or text for an array: else the rules would be others than it says."""
    done = generate(repository, sidecar, **{name: value})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"kmod-post-argocd: {name}: no parameter; there are")
    assert done.stderr.count("\n") == 1


def test_a_parameter_without_a_value_says_nothing(
    repository: Path, sidecar: dict[str, str]
) -> None:
    """Argo CD's page may leave an empty text behind where there was a value."""
    assert generate(repository, sidecar, PARAM_RULES="", PARAM_RELEASE="").returncode == 0


@pytest.mark.parametrize("array", ["RULES", "SET_RULES", "VALUES", "SET_VALUES"])
def test_a_gap_in_an_array_is_refused(
    repository: Path, sidecar: dict[str, str], array: str
) -> None:
    """Values behind the gap would not be read."""
    done = generate(repository, sidecar, **{f"PARAM_{array}_1": "x"})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"kmod-post-argocd: PARAM_{array}_1: PARAM_{array}_0 is missing; number the values from 0 "
        "without gaps\n"
    )


def test_a_parameter_that_is_given_twice_is_refused(
    repository: Path, sidecar: dict[str, str]
) -> None:
    """Argo CD gives the plugin the first values of one and the last values of the other."""
    given = [{"name": "set-values", "array": ["a=1", "b=2"]}, {"name": "Set_Values", "array": []}]
    done = generate(repository, sidecar, ARGOCD_APP_PARAMETERS=json.dumps(given))
    assert (done.returncode, done.stdout) == (1, "")
    assert "Set_Values: the Application gives this parameter twice" in done.stderr
    del given[1]
    assert not generate(repository, sidecar, ARGOCD_APP_PARAMETERS=json.dumps(given)).returncode


@each_helm
def test_a_value_of_several_lines_is_one_value(repository: Path, sidecar: dict[str, str]) -> None:
    """Whatever its lines look like; a later line is no parameter of its own."""
    lines = "\nfirst\nPARAM_X=1\nPARAM_VALUES_0=/etc/passwd\n"
    (repository / "apps" / "web" / "values.schema.json").unlink()
    (repository / "apps" / "web" / "templates" / "heard.yaml").write_text(
        "kind: ConfigMap\napiVersion: v1\nmetadata: {name: heard}\n"
        "data: {text: {{ .Values.heard | quote }}}\n"
    )
    done = generate(
        repository,
        sidecar,
        PARAM_SET_RULES_0=f"rules.prepare-webpage.podAnnotations.said={lines}",
        PARAM_SET_VALUES_0=f"heard={lines}",
        ARGOCD_ENV_OTHER=lines,
    )
    assert done.returncode == 0, done.stderr
    found = objects(done.stdout)
    pod = found["Deployment/example-nginx"]["spec"]["template"]
    assert pod["metadata"]["annotations"]["said"] == lines
    assert found["ConfigMap/heard"]["data"]["text"] == lines


@each_helm
@pytest.mark.parametrize(
    "name",
    ["a,b.yaml", 'a"b.yaml', '"a","b".yaml', "-", " a .yaml", "file:a", "#a?b.yaml", "ä.yaml"],
)
def test_a_file_of_any_name_is_one_file(
    repository: Path, sidecar: dict[str, str], name: str
) -> None:
    """Helm splits `--values` at commas, reads quotes, and `-` as standard input."""
    (repository / "apps" / "web" / name).write_text("replicaCount: 7\n")
    done = generate(repository, sidecar, PARAM_VALUES_0=name)
    assert done.returncode == 0, done.stderr
    assert objects(done.stdout)["Deployment/example-nginx"]["spec"]["replicas"] == 7
    web = repository / "apps" / "web"
    shutil.copy(web / "kmod.yaml", web / name)
    done = generate(repository, sidecar, PARAM_RULES_0=name)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("array", ["VALUES", "RULES"])
@pytest.mark.parametrize(
    "path",
    [
        "{outside}", "v,{outside}", "v,../../../outside.yaml", '"{outside}"', '"v","{outside}"',
        'v"\n{outside}', "v\n{outside}", "v\r{outside}", "file://{outside}", "file:{outside}",
        "http://127.0.0.1:9/v", "oci://127.0.0.1:9/v", "evil://v", "evil:v", "-", " - ", "", ".",
        "templates", "values.yaml/", "link", "folder/outside.yaml", "a/../../../../outside.yaml",
        "~/x", "$HOME", "@v", "--set=x", "/dev/stdin", "/proc/self/environ",
    ],
)  # fmt: skip
def test_no_path_leads_to_a_file_outside_of_the_repository(
    repository: Path, sidecar: dict[str, str], array: str, path: str
) -> None:
    """Each is refused with one line, and what the file says is in neither output."""
    web = repository / "apps" / "web"
    outside = repository.parent / "outside.yaml"
    outside.write_text("replicaCount: 9\nrules: {hunter2: {}}\n")
    (web / "v").write_text("{}")
    path = path.replace("{outside}", str(outside))
    if path in {"link", "folder/outside.yaml"}:
        (web / path.split("/")[0]).symlink_to(outside if path == "link" else outside.parent)
    done = generate(repository, sidecar, **{f"PARAM_{array}_0": path})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("kmod-post-argocd: ")
    assert done.stderr.count("\n") == 1
    assert "hunter2" not in done.stderr


@each_helm
@pytest.mark.parametrize("value", ["@{outside}", "{outside}", "{{outside}}", "file://{outside}"])
def test_no_set_value_is_read_as_a_file(
    repository: Path, sidecar: dict[str, str], value: str
) -> None:
    """Only `--set-file` does that in Helm, and `file:` in kmod-post, in the folder of its rules."""
    outside = repository.parent / "outside.yaml"
    outside.write_text("hunter2")
    value = value.replace("{outside}", str(outside))
    done = generate(repository, sidecar, PARAM_SET_VALUES_0=f"image.tag={value}")
    assert "hunter2" not in done.stdout + done.stderr
    file = f"rules.prepare-webpage.containers.nginx.files./leak.file={value}"
    done = generate(repository, sidecar, PARAM_SET_RULES_0=file)
    assert (done.returncode, done.stdout) == (1, "")
    assert "containers.nginx.files./leak.file: " in done.stderr
    assert "hunter2" not in done.stderr


@each_helm
def test_a_chart_cannot_link_to_files_outside_of_the_repository(
    repository: Path, sidecar: dict[str, str]
) -> None:
    """Helm follows links: `.Files.Get` would print the file. Links in the repository are fine."""
    web, outside = repository / "apps" / "web", repository.parent / "outside.yaml"
    outside.write_text("hunter2")
    (web / "templates" / "leak.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: leak}\n"
        'data: {text: {{ .Files.Get "linked.txt" | quote }}}\n'
    )
    link = web / "linked.txt"
    link.symlink_to("../../values.yaml")
    (repository / "loop").symlink_to("loop")
    (repository / "nowhere").symlink_to("apps/nowhere")
    assert "replicaCount: 3" in generate(repository, sidecar).stdout
    for target in (
        outside,
        "../../../outside.yaml",
        "../../nowhere/../../../outside.yaml",
        "/nope",
    ):
        link.unlink()
        link.symlink_to(target)
        for verb in ("init", "generate"):
            done = run(verb, repository, sidecar)
            assert (done.returncode, done.stdout) == (1, "")
            assert done.stderr == (
                "kmod-post-argocd: apps/web/linked.txt: a symbolic link that leads outside the "
                "repository\n"
            )


@each_helm
def test_helm_is_given_no_plugins(repository: Path, sidecar: dict[str, str]) -> None:
    """Also where the image has some: a downloader would run for an address of its kind."""
    plugin = Path(sidecar["HELM_DATA_HOME"]) / "plugins" / "evil"
    plugin.mkdir(parents=True)
    (plugin / "plugin.yaml").write_text(
        'name: evil\nversion: 0.1.0\nusage: x\ndescription: x\ncommand: "true"\n'
        "downloaders: [{command: run, protocols: [evil]}]\n"
    )
    ran = plugin / "ran"
    (plugin / "run").write_text(f"#!/bin/sh\ntouch {ran}\n")
    (plugin / "run").chmod(0o755)
    plugins = subprocess.run(
        ["helm", "plugin", "list"], env=sidecar, capture_output=True, text=True, check=True
    )
    assert "evil" in plugins.stdout
    chart = repository / "apps" / "web" / "Chart.yaml"
    dependency = 'dependencies: [{name: x, version: 1.0.0, repository: "evil://x"}]\n'
    assert generate(repository, sidecar, PARAM_VALUES_0="../../values.yaml").returncode == 0
    chart.write_text(chart.read_text() + dependency)
    done = run("init", repository, sidecar)
    assert done.returncode == 1
    assert "dependency x: repository evil://x is not supported" in done.stderr
    assert not ran.exists()


def test_nothing_that_a_stranger_wrote_reaches_the_terminal_raw(
    repository: Path, sidecar: dict[str, str]
) -> None:
    """Neither by the plugin's messages nor by Helm's."""
    (repository / "apps" / "web" / "templates" / "fail.yaml").write_text(
        '{{ fail "\x1b[2J\u202e https://me:hunter2@example.com" }}'
    )
    for env in ({"PARAM_RULES_0": "\x1b[2J\u202e"}, {}):
        done = generate(repository, sidecar, **env)
        assert done.returncode == 1
        assert "x1b[2J\\u202e" in done.stderr
        assert "hunter2" not in done.stderr
        assert all(line.isprintable() for line in done.stderr.split("\n"))


def test_when_the_time_is_up_nothing_is_left_behind(
    repository: Path, sidecar: dict[str, str]
) -> None:
    """Argo CD kills what it has started, and sends SIGTERM to the commands of that."""
    helm = Path(sidecar["PATH"].split(os.pathsep)[0]) / "helm"
    helm.unlink()
    helm.write_text("#!/bin/sh\necho >>$TMPDIR/../started\nexec sleep 60\n")
    helm.chmod(0o755)
    for verb in ("init", "generate"):
        started = helm.parent / "started"
        process = subprocess.Popen(
            PLUGIN["spec"][verb]["command"], cwd=repository / "apps" / "web",
            env={**sidecar, **APPLICATION}, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        for _ in range(200):
            if started.exists():
                break
            time.sleep(0.05)
        process.kill()
        os.killpg(process.pid, signal.SIGTERM)
        output, error = process.communicate(timeout=20)
        assert not output
        assert error.startswith(b"kmod-post-argocd: the time for the request was up while it ")
        assert error.count(b"\n") == 1
        assert process.returncode == -signal.SIGKILL
        assert list(Path(sidecar["TMPDIR"]).iterdir()) == []
        started.unlink()


@pytest.mark.parametrize("name", ["helm", "kmod-post"])
def test_a_program_that_was_killed_is_named(
    repository: Path, sidecar: dict[str, str], name: str
) -> None:
    """The kernel does so when the sidecar's memory is used up; the program says nothing then."""
    killed = Path(sidecar["PATH"].split(os.pathsep)[0]) / name
    killed.unlink(missing_ok=True)
    killed.write_text("#!/bin/sh\nkill -KILL $$\n")
    killed.chmod(0o755)
    done = generate(repository, sidecar)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"kmod-post-argocd: {name} was killed by signal 9; the sidecar may need more memory\n"
    )


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
    if env.get("PARAM_RULES_0") == "link.yaml":
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

    def __call__(
        self, verb: str, repository: Path, path: str, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Asks the server: `match` or `generate`, the repository, the path in it, environment."""
        given = "".join(f"{name}={value}\0" for name, value in {**APPLICATION, **env}.items())
        words = [self.path, verb, self.socket, repository, path]
        return subprocess.run(words, input=given, capture_output=True, text=True, check=False)


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


def test_the_server_discovers_by_the_rules_file(server: Server, repository: Path) -> None:
    """A folder with kmod.yaml is the plugin's, one without is not."""
    assert server("match", repository, "apps/web").stdout == "true\n"
    assert server("match", repository, "apps").stdout == "false\n"


@each_helm
def test_the_server_gives_the_changed_manifests(
    server: Server, repository: Path, sidecar: dict[str, str]
) -> None:
    """What Argo CD gets are the objects that the generate command prints; errors are its own."""
    done = server("generate", repository, "apps/web")
    assert done.returncode == 0, done.stderr
    assert objects(done.stdout.replace("\n{", "\n---\n{")) == objects(
        generate(repository, sidecar).stdout
    )
    wrong = {"PARAM_SET_RULES_0": "rules.prepare-webpage.match.name=nope"}
    done = server("generate", repository, "apps/web", **wrong)
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
    done = server("generate", repository, "apps/wrapper", ARGOCD_APP_SOURCE_PATH="apps/wrapper")
    assert done.returncode == 0, done.stderr
    assert "/kmod-post/prepare-webpage/nginx.sh" in done.stdout
