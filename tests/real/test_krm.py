"""KRM functions: what kustomize and kpt hand over, and the real programs."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hosts.programs import CHART
from tools import find

from postrender.engine import krm
from postrender.stream.text import Stream

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import KmodPost
    from hosts.programs import Host

ITEMS = """\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
# the application
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: web # its name
    annotations:
      config.kubernetes.io/index: '0'
      config.kubernetes.io/path: 'web.yaml'
      internal.config.kubernetes.io/index: '0'
      internal.config.kubernetes.io/path: 'web.yaml'
      internal.config.kubernetes.io/seqindent: 'compact'
  spec:
    template:
      spec:
        containers:
        - name: web
          image: nginx:1.19 # pinned
- apiVersion: v1
  kind: Service
  metadata:
    name: web
"""
RULES = """\
rules:
  page:
    match: {kind: Deployment}
    containers:
      web:
        env: {PORT: 8080}
        files: {/web/index.html: hello}
"""
DOCUMENT = "apiVersion: kmod/v1\nkind: KmodRules\nmetadata: {name: rules}\n" + RULES
NAME = "web-page-888457945c"  # of the generated ConfigMap
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: rules}\n"


def indented(text: str, by: int = 2) -> str:
    """A text's lines moved to the right."""
    return "".join(f"{' ' * by}{line}" for line in text.splitlines(keepends=True))


def resource_list(config: str = DOCUMENT) -> str:
    """A ResourceList with a functionConfig."""
    return f"{ITEMS}functionConfig:\n{indented(config)}" if config else ITEMS


def in_config_map(rules: str, **more: str) -> str:
    """A ConfigMap that carries a rules file."""
    data = {"kmod.yaml": rules, **more} if rules else more
    return CONFIG_MAP + yaml.safe_dump({"data": data})


# The function


def test_items_are_changed_in_place(kmod_post: KmodPost) -> None:
    """The output is the input with lines added: comments, order and the host's marks stay."""
    source = resource_list()
    done = kmod_post(stdin=source)
    assert done.returncode == 0, done.stderr
    lines = iter(done.stdout.decode().splitlines())
    assert all(line in lines for line in source.splitlines())


def test_a_generated_config_map_is_an_item_of_its_own(kmod_post: KmodPost) -> None:
    """What a rule adds stands among the items, without marks that belong to other files."""
    made = yaml.safe_load(kmod_post(stdin=resource_list()).stdout)
    assert [item["kind"] for item in made["items"]] == ["ConfigMap", "Deployment", "Service"]
    assert made["items"][0]["data"] == {"web_index.html": "hello"}
    assert made["items"][0]["metadata"]["annotations"] == {"kmod-post/rule": "page"}


def test_a_number_is_the_text_that_was_written(kmod_post: KmodPost) -> None:
    """Rules in a functionConfig are read as those in a file: a port in `env` is text."""
    made = yaml.safe_load(kmod_post(stdin=resource_list()).stdout)
    pod = made["items"][1]["spec"]["template"]["spec"]
    assert pod["containers"][0]["env"] == [{"name": "PORT", "value": "8080"}]


def test_the_results_are_the_report(kmod_post: KmodPost) -> None:
    """Each change is a result, with its object and the file it is from."""
    made = yaml.safe_load(kmod_post(stdin=resource_list()).stdout)
    assert made["results"] == [
        {
            "message": 'rule "page": added',
            "severity": "info",
            "resourceRef": {"apiVersion": "v1", "kind": "ConfigMap", "name": NAME},
        },
        {
            "message": 'rule "page": changed',
            "severity": "info",
            "resourceRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "file": {"path": "web.yaml", "index": 0},
        },
    ]


def test_a_removed_object_is_in_the_results(kmod_post: KmodPost) -> None:
    """What a rule takes out is gone from the items and named in the results."""
    config = DOCUMENT.partition("rules:\n")[0] + (
        "rules: {gone: {match: {kind: Service}, remove: true}}\n"
    )
    made = yaml.safe_load(kmod_post(stdin=resource_list(config)).stdout)
    assert [item["kind"] for item in made["items"]] == ["Deployment"]
    assert made["results"][0]["message"] == 'rule "gone": removed'
    assert made["results"][0]["resourceRef"]["kind"] == "Service"


def test_added_resources_are_items_too(kmod_post: KmodPost) -> None:
    """What `resources:` brings stands among the items, and is named in the results."""
    added = "resources:\n- {apiVersion: v1, kind: Secret, metadata: {name: added}}\n"
    config = DOCUMENT.partition("rules:\n")[0] + added
    made = yaml.safe_load(kmod_post(stdin=resource_list(config)).stdout)
    assert sorted(item["kind"] for item in made["items"]) == ["Deployment", "Secret", "Service"]
    assert made["results"][0]["message"] == "resources: added"


def test_the_output_as_input_changes_nothing(kmod_post: KmodPost) -> None:
    """Run over its own output, as kpt does at each render, the function changes no byte."""
    once = kmod_post(stdin=resource_list()).stdout
    assert kmod_post(stdin=once).stdout == once


def test_without_items_nothing_is_expected(kmod_post: KmodPost) -> None:
    """A list without items comes out as it is, though the rules match nothing."""
    source = resource_list().replace(ITEMS, ITEMS.partition("items:")[0] + "items: []\n")
    assert kmod_post(stdin=source).stdout.decode() == source


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(DOCUMENT, id="KmodRules"),
        pytest.param(in_config_map(RULES), id="ConfigMap"),
        pytest.param(
            in_config_map(
                RULES.replace("8080", "1"), **{"rules.page.containers.web.env.PORT": "8080"}
            ),
            id="ConfigMap-that-sets-a-value",
        ),
    ],
)
def test_the_function_config_is_the_rules(kmod_post: KmodPost, config: str) -> None:
    """A KmodRules document, a ConfigMap with a rules file, and values set over it say the same."""
    expected = yaml.safe_load(kmod_post(stdin=resource_list()).stdout)
    made = yaml.safe_load(kmod_post(stdin=resource_list(config)).stdout)
    assert made["items"] == expected["items"]


@pytest.mark.parametrize(
    "config", [pytest.param("", id="none"), pytest.param(in_config_map(""), id="empty-ConfigMap")]
)
def test_without_rules_in_it_the_file_counts(
    kmod_post: KmodPost, tmp_path: Path, config: str
) -> None:
    """A function without functionConfig takes its rules from files, as a post-renderer does."""
    (tmp_path / "kmod.yaml").write_text(RULES)
    made = yaml.safe_load(kmod_post(stdin=resource_list(config), cwd=tmp_path).stdout)
    assert len(made["items"]) == 3
    refused = kmod_post(stdin=resource_list(config), cwd=tmp_path / "..")
    assert refused.returncode == 2
    assert b"no rules found" in refused.stderr


def test_rules_files_lie_over_the_function_config(kmod_post: KmodPost, tmp_path: Path) -> None:
    """A file that -f names wins; ./kmod.yaml, which nobody named, does not count."""
    (tmp_path / "kmod.yaml").write_text("rules: {page: {enabled: false}}\n")
    stdin = resource_list()
    assert len(yaml.safe_load(kmod_post(stdin=stdin, cwd=tmp_path).stdout)["items"]) == 3
    named = kmod_post("-f", "kmod.yaml", stdin=stdin, cwd=tmp_path)
    assert named.stdout.decode() == stdin


def test_files_of_the_function_config_are_looked_for_here(
    kmod_post: KmodPost, tmp_path: Path
) -> None:
    """`file:` in a functionConfig means the current folder: the kustomization's, for kustomize."""
    (tmp_path / "page.html").write_text("hello")
    config = DOCUMENT.replace("index.html: hello", "index.html: {file: page.html}")
    made = yaml.safe_load(kmod_post(stdin=resource_list(config), cwd=tmp_path).stdout)
    assert made["items"][0]["data"] == {"web_index.html": "hello"}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param(
            resource_list(DOCUMENT.replace("env", "enw")),
            'functionConfig: rule "page": containers.web: unknown field "enw"; did you mean "env"?',
            id="a-mistake-in-a-document",
        ),
        pytest.param(
            resource_list(in_config_map(RULES.replace("env", "enw"))),
            'functionConfig kmod.yaml:6:9: rule "page": containers.web: unknown field "enw"',
            id="a-mistake-in-a-config-map",
        ),
        pytest.param(
            resource_list(DOCUMENT.replace("Deployment", "Job")),
            'functionConfig: rule "page": no Job in 2 objects, expected at least 1',
            id="an-unmet-expectation",
        ),
        pytest.param(
            resource_list("apiVersion: v1\nkind: Secret\nstringData: {a: hunter2}\n"),
            "functionConfig: must be a KmodRules, or a ConfigMap with kmod.yaml in its data, "
            "not Secret",
            id="another-kind",
        ),
        pytest.param(
            resource_list(CONFIG_MAP + "data: {a: 1}\n"),
            "functionConfig: data: a: must be text",
            id="a-number-in-a-config-map",
        ),
        pytest.param(
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n",
            "<stdin>: the ResourceList has no list of items",
            id="no-items",
        ),
    ],
)
def test_a_failure_prints_no_list(kmod_post: KmodPost, source: str, message: str) -> None:
    """A function that fails says why on standard error and prints nothing else."""
    done = kmod_post(stdin=source)
    assert done.returncode == 1
    assert not done.stdout
    assert message in done.stderr.decode()
    assert b"hunter2" not in done.stderr


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("kind: Deployment\nmetadata: {name: ResourceList}\n", id="another-object"),
        pytest.param("apiVersion: example/v1\nkind: ResourceList\nitems: []\n", id="another-group"),
        pytest.param(f"{ITEMS}---\n{ITEMS}", id="two-lists"),
        pytest.param("# ResourceList\n", id="a-comment"),
    ],
)
def test_other_input_is_a_chart(source: str) -> None:
    """Only a ResourceList of that group, alone, makes a function."""
    assert krm.read_config(Stream(source.encode())) is None


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(ITEMS, id="yaml"),
        pytest.param(f"---\n# by kpt\n{ITEMS}", id="after-a-separator-and-a-comment"),
        pytest.param(
            '{"apiVersion": "config.kubernetes.io/v1beta1", "kind": "ResourceList", "items": []}',
            id="json",
        ),
    ],
)
def test_a_list_is_recognised(source: str) -> None:
    """A ResourceList of any version and style makes a function."""
    assert krm.read_config(Stream(source.encode())) == krm.Config(None, [])


# kustomize


@pytest.fixture
def kustomization(tmp_path: Path) -> Path:
    """The example chart as a kustomization with rules as its transformer."""
    folder = tmp_path / "app"
    folder.mkdir()
    shutil.copy(CHART / "rendered" / "helm3.yaml", folder / "chart.yaml")
    (folder / "kustomization.yaml").write_text(
        "resources: [chart.yaml]\ntransformers: [kmod-rules.yaml]\n"
    )
    return folder


def write_rules(folder: Path, rules: str, *, as_function: bool) -> None:
    """Writes a rules file's rules as a transformer."""
    metadata: dict[str, Any] = {"name": "rules"}
    if as_function:
        function = "exec: {path: kmod-post}\n"
        metadata["annotations"] = {"config.kubernetes.io/function": function}
    document = {
        "apiVersion": "kmod/v1",
        "kind": "KmodRules",
        "metadata": metadata,
        **yaml.safe_load(rules),
    }
    (folder / "kmod-rules.yaml").write_text(yaml.safe_dump(document))


def expected(kmod_post: KmodPost, folder: Path, way: str) -> list[Any]:
    """The objects that a pipe gives, in an order of their own."""
    done = kmod_post("-f", CHART / "kmod" / way, stdin=(folder / "chart.yaml").read_bytes())
    assert done.returncode == 0, done.stderr
    return objects(done.stdout.decode())


def objects(stream: str) -> list[Any]:
    """The objects of a stream, in an order of their own."""
    return sorted(
        yaml.safe_load_all(stream), key=lambda data: (data["kind"], data["metadata"]["name"])
    )


@pytest.mark.parametrize("way", ["entrypoint.yaml", "sidecar.yaml"])
def test_kustomize_runs_the_function(
    make_host: Callable[[str], Host], kmod_post: KmodPost, kustomization: Path, way: str
) -> None:
    """`kustomize build` gives what a pipe gives, by an exec function."""
    kustomize = make_host(find("kustomize"))
    write_rules(kustomization, (CHART / "kmod" / way).read_text(), as_function=True)
    made = kustomize.out("build", "--enable-alpha-plugins", "--enable-exec", kustomization)
    assert objects(made) == expected(kmod_post, kustomization, way)


def test_kustomize_shows_why_the_function_failed(
    make_host: Callable[[str], Host], kustomization: Path
) -> None:
    """`kustomize build` prints the message and no manifests."""
    kustomize = make_host(find("kustomize"))
    write_rules(kustomization, RULES.replace("web:", "nope:"), as_function=True)
    done = kustomize("build", "--enable-alpha-plugins", "--enable-exec", kustomization)
    assert done.returncode != 0
    assert not done.stdout
    assert 'functionConfig: rule "page": containers: no container "nope"' in done.stderr


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("kubectl", ["kustomize"], id="kubectl"),
        pytest.param("kustomize", ["build"], id="kustomize"),
    ],
)
def test_the_exec_plugin_runs(
    make_host: Callable[[str], Host],
    kmod_post: KmodPost,
    kustomization: Path,
    tmp_path: Path,
    name: str,
    words: list[str],
) -> None:
    """The older plugins, which `kubectl kustomize` starts too, give what a pipe gives."""
    host = make_host(find(name))
    assert kmod_post("plugin", "kustomize", "--to", tmp_path / "k").returncode == 0
    home = {"KUSTOMIZE_PLUGIN_HOME": str(tmp_path / "k" / "plugin")}
    write_rules(kustomization, (CHART / "kmod" / "entrypoint.yaml").read_text(), as_function=False)
    made = host.out(*words, "--enable-alpha-plugins", kustomization, env=home)
    assert objects(made) == expected(kmod_post, kustomization, "entrypoint.yaml")

    write_rules(kustomization, RULES.replace("web:", "nope:"), as_function=False)
    done = host(*words, "--enable-alpha-plugins", kustomization, env=home)
    assert done.returncode != 0
    assert not done.stdout
    assert 'rule "page": containers: no container "nope"' in done.stderr


def test_kubectl_leaves_functions_out_and_says_nothing(
    make_host: Callable[[str], Host], kustomization: Path
) -> None:
    """Why docs/hosts.md warns: `kubectl kustomize` succeeds without having run the function."""
    kubectl = make_host(find("kubectl"))
    write_rules(kustomization, (CHART / "kmod" / "entrypoint.yaml").read_text(), as_function=True)
    done = kubectl("kustomize", "--enable-alpha-plugins", kustomization)
    assert done.returncode == 0
    assert objects(done.stdout) == objects((kustomization / "chart.yaml").read_text())


# kpt


@pytest.fixture
def package(kustomization: Path) -> Path:
    """The example chart as a package, its rules beside it."""
    (kustomization / "kustomization.yaml").unlink()
    shutil.copytree(kustomization, kustomization.parent / "package")
    write_rules(kustomization, (CHART / "kmod" / "entrypoint.yaml").read_text(), as_function=False)
    return kustomization.parent / "package"


def read_package(folder: Path) -> list[Any]:
    """All objects in a folder's files."""
    return objects("\n---\n".join(file.read_text() for file in sorted(folder.glob("*.yaml"))))


def test_kpt_runs_the_function(
    make_host: Callable[[str], Host], kmod_post: KmodPost, kustomization: Path, package: Path
) -> None:
    """`kpt fn eval` leaves in the package what a pipe gives; a second run changes nothing."""
    kpt = make_host(find("kpt"))
    words = ["fn", "eval", package, "--exec=kmod-post"]
    for _ in range(2):
        kpt.out(*words, "--fn-config", kustomization / "kmod-rules.yaml")
        assert read_package(package) == expected(kmod_post, kustomization, "entrypoint.yaml")
    assert not any("kubernetes.io/path" in file.read_text() for file in package.glob("*.yaml"))


def test_kpt_shows_the_results(
    make_host: Callable[[str], Host], kustomization: Path, package: Path
) -> None:
    """`kpt fn eval` prints each change with its object."""
    kpt = make_host(find("kpt"))
    rules = kustomization / "kmod-rules.yaml"
    done = kpt("fn", "eval", package, "--exec=kmod-post", "--fn-config", rules)
    assert 'Deployment/example-nginx: rule "prepare-webpage": changed' in done.stderr


def test_kpt_shows_why_the_function_failed(
    make_host: Callable[[str], Host], kustomization: Path, package: Path
) -> None:
    """`kpt fn eval` prints the message and leaves the package as it is."""
    kpt = make_host(find("kpt"))
    before = read_package(package)
    (kustomization / "kmod.yaml").write_text(RULES)
    done = kpt(
        "fn", "eval", package, "--exec=kmod-post -f kmod.yaml", "--", "rules.page.match.kind=Job",
        cwd=kustomization,
    )  # fmt: skip
    assert done.returncode != 0
    said = done.stderr.replace('\\"', '"')  # some versions show the message as a quoted text
    assert 'rule "page": no Job in 4 objects' in said
    assert read_package(package) == before
