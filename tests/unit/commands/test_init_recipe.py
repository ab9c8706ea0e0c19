"""`kmod-post init --recipe` and `--list`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml
from paths import ROOT

from postrender.commands.answers import TEXTS
from postrender.commands.recipes import GROUPS, name_of, recipes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import KmodPost

    Terminal = Callable[..., tuple[int, str]]

OF_STREAM = {"workload", "container", "flags", "ConfigMap", "Ingress", "Service"}
TWO = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: a, image: x, args: [--port=1]}, {name: b, image: z}]}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec: {template: {spec: {containers: [{name: c, image: x, command: [c]}]}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  app.yaml: |
    log: {level: info}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
"""


@pytest.mark.parametrize("recipe", [pytest.param(one, id=name) for name, one in recipes().items()])
def test_a_recipe_is_complete(recipe: object) -> None:
    """Its file is called like its heading, and all that it names is known."""
    one = recipes()[recipe.name]  # type: ignore[attr-defined]

    assert one.name == name_of(one.heading)
    assert one.group in GROUPS
    assert {ask.of for ask in one.asks} <= {*TEXTS, *OF_STREAM}
    assert all(ask.question or ask.of in OF_STREAM for ask in one.asks)
    assert len(one.summary) <= 100
    assert not one.summary.endswith(".")
    assert one.when_not.endswith(".")


def test_recipes_that_are_named_are_there() -> None:
    """In messages, in docs, and by each other: `recipe "mirror-all-images"`."""
    pages = [*(ROOT / "postrender").rglob("*.py"), *(ROOT / "postrender" / "recipes").iterdir()]
    text = " ".join(" ".join(path.read_text().split()) for path in pages)
    named = re.findall(r'recipe "([a-z-]+)"', text)
    named += re.findall(r'recipes "([a-z-]+)" and "([a-z-]+)"', text)[0]

    assert len(named) > 5
    assert {*named} <= {*recipes()}


def test_list(kmod_post: KmodPost, tmp_path: Path) -> None:
    """Each recipe is a line, with what it does; no stream is read."""
    done = kmod_post("init", "--list", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode().splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ")] == [*recipes()]
    assert [line for line in lines if line and line[0] != " "] == [*GROUPS]


@pytest.mark.parametrize("name", ["pull-secret", "pu", "Pull secret"])
def test_a_recipe_goes_by_its_first_words(kmod_post: KmodPost, folder: Path, name: str) -> None:
    """Its name, the beginning of it, or its heading; what is written works at once."""
    done = kmod_post(
        *("init", "--recipe", name, "--answer", "secret=regcred", "--to", "new.yaml"),
        "rendered.yaml",
        cwd=folder,
    )

    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr.decode() == (
        "new.yaml: written; next:\n  kmod-post diff -f new.yaml rendered.yaml\n"
    )
    assert (
        (folder / "new.yaml").read_text()
        == """\
# Written by "kmod-post init --recipe pull-secret"; change what you like.
#
# All pods pull their images with a Secret, beside those that the chart names.
#
# When not: If all pods of a namespace need it, put the Secret into the namespace's default
# ServiceAccount, or let the nodes have the credentials. Pods that an operator makes are not in
# the chart: see the recipe "air-gapped".
#
#   kmod-post check -f new.yaml
#   helm template NAME CHART | kmod-post diff -f new.yaml
rules:
  pull-secret:
    # All objects that have pods, hooks too.
    match: {hooks: include}
    pod:
      imagePullSecrets: [{name: regcred}]
"""
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        pytest.param(
            ["--recipe", "mirorr"],
            '--recipe mirorr: no such recipe; see "kmod-post init --list"',
            id="unknown",
        ),
        pytest.param(
            ["--recipe", "pull-secrt"],
            "--recipe pull-secrt: no such recipe; did you mean pull-secret?",
            id="nearly",
        ),
        pytest.param(
            ["--recipe", "secret"],
            "--recipe secret: no such recipe; did you mean pull-secret or env-from-a-secret?",
            id="the middle of a name",
        ),
        pytest.param(
            ["--recipe", "one"],
            "--recipe one: may be one-flag-in-args or one-line-in-a-config-file or "
            "one-value-in-a-yaml-file; write one of these",
            id="several",
        ),
        pytest.param(
            ["--recipe", "air-gapped"],
            "--answer registry=…: not given; write your registry: HOST or HOST/PATH, such as "
            "registry.example.com\n"
            "--answer secret=…: not given; write the name of the Secret, of type "
            "kubernetes.io/dockerconfigjson: a name of Kubernetes, such as shop-tls",
            id="all that is missing",
        ),
        pytest.param(
            ["--recipe", "pull-secret", "--answer", "secret"],
            "--answer secret: has no value; write --answer secret=VALUE",
            id="no value",
        ),
        pytest.param(
            ["--recipe", "pull-secret", "--answer", "name=a"],
            "--answer name: recipe pull-secret does not ask for this; it asks for secret",
            id="another answer",
        ),
        pytest.param(
            ["--recipe", "pull-secret", "--workload", "web"],
            "--workload: recipe pull-secret does not ask for this; it asks for secret",
            id="no workload is asked",
        ),
        pytest.param(
            ["--recipe", "pull-secret", "--answer", "secret=a b"],
            "--answer secret: it cannot be this; write a name of Kubernetes, such as shop-tls",
            id="a wrong answer",
        ),
        pytest.param(
            ["--recipe", "wait-for-a-database"],
            "--workload: not given; there are Deployment/web, DaemonSet/agent\n"
            "--answer host=…: not given; write the host of the database: a host name, such as "
            "db.example.com",
            id="no workload, and an answer",
        ),
        pytest.param(
            ["--recipe", "wait-for-a-database", "--workload", "web", "--answer", "host=db"],
            "--container: not given; there are a, b",
            id="no container",
        ),
        pytest.param(
            ["--recipe", "one-value", "--answer", "key=app.yml", "--answer", "path=a b"],
            '--answer key app.yml: not there; did you mean "app.yaml"?\n'
            "--answer path: it cannot be this; write names of keys with dots between them, such as "
            "log.level\n"
            "--answer value=…: not given; write the new value: a text in one line",
            id="no such key",
        ),
        pytest.param(
            ["--recipe", "pull-secret", "--way", "sidecar"],
            "init: --way and --recipe exclude each other; give one of them",
            id="both",
        ),
        pytest.param(
            ["--way", "sidecar", "--answer", "a=b"],
            "--answer: is for a recipe; give --recipe NAME too",
            id="an answer to nothing",
        ),
        pytest.param(
            ["--recipe", "per-environment-layers", "--to", "-"],
            "--to -: recipe per-environment-layers writes two files; name a file",
            id="two files to standard output",
        ),
    ],
)
def test_what_is_wrong_is_said(
    kmod_post: KmodPost, tmp_path: Path, args: list[str], message: str
) -> None:
    """In one line for each mistake; nothing is written."""
    done = kmod_post("init", *args, stdin=TWO, cwd=tmp_path)

    assert done.stderr.decode() == f"{message}\n"
    assert (done.returncode, done.stdout) == (2, b"")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("args", "message"),
    [
        pytest.param(
            ["drop-crds"],
            "--recipe drop-crds: the stream has no CustomResourceDefinition; choose another "
            'recipe, see "kmod-post init --list"',
            id="no such kind",
        ),
        pytest.param(
            ["autoscaler"],
            "--recipe autoscaler: the stream has no Deployment or StatefulSet without "
            "HorizontalPodAutoscaler or ScaledObject; choose another recipe, see "
            '"kmod-post init --list"',
            id="scaled already",
        ),
        pytest.param(
            ["service-type"],
            "--recipe service-type: the stream has no Service that it could change; choose another "
            'recipe, see "kmod-post init --list"',
            id="nothing to choose",
        ),
        pytest.param(
            ["one-line", "--answer", "line=colour = *", "--answer", "new=colour = red"],
            "--recipe one-line-in-a-config-file: it does not fit the stream: "
            'merge.data.app.yaml.$lines.$change: nothing fits "colour = *" in ConfigMap/settings; '
            'correct the answers, or choose another recipe, see "kmod-post init --list"',
            id="an answer that finds nothing",
        ),
    ],
)
def test_a_recipe_that_does_not_fit(
    kmod_post: KmodPost, tmp_path: Path, args: list[str], message: str
) -> None:
    """The message says why; nothing is written."""
    done = kmod_post("init", "--recipe", *args, stdin=TWO, cwd=tmp_path)

    assert done.stderr.decode() == f"{message}\n"
    assert (done.returncode, done.stdout) == (1, b"")
    assert not list(tmp_path.iterdir())


def test_only_what_fits_is_offered(kmod_post: KmodPost, tmp_path: Path) -> None:
    """Of two workloads and three containers, one has flags."""
    done = kmod_post(
        *("init", "--recipe", "one-flag", "--answer", "flag=--port", "--answer", "value=2"),
        *("--to", "-"),
        stdin=TWO,
        cwd=tmp_path,
    )

    assert done.stdout.decode().endswith("""\
    match: {kind: Deployment, name: web}
    # If the chart renames it, the run fails and says so.
    expect: 1
    containers:
      a:
        args:
          # Changed where it stands, added if it is not there. null would remove it.
          $flags:
            --port: "2"
""")


def test_the_names_are_free(kmod_post: KmodPost, tmp_path: Path) -> None:
    """What a recipe adds has a name that nothing in the pod has."""
    stream = TWO.replace("name: b", "name: wait-for-database")
    done = kmod_post(
        *("init", "--recipe", "wait", "--workload", "web", "--container", "a"),
        *("--answer", "host=db.example.com", "--answer", "port=3306", "--to", "-"),
        stdin=stream,
        cwd=tmp_path,
    )

    assert b"\n      wait-for-database-2:\n" in done.stdout
    assert b"nc -z -w 2 db.example.com 3306;" in done.stdout


def test_an_answer_stays_as_it_is(kmod_post: KmodPost, tmp_path: Path) -> None:
    """Quotes, backslashes and invisible characters reach the rule as they were given."""
    line = 'a "b" \\ {c} \u200b: #d *'
    stream = TWO.replace("    log: {level: info}\n", f"    {line.replace('*', 'e')}\n")

    done = kmod_post(
        *("init", "--recipe", "one-line", "--answer", f"line={line}"),
        *("--answer", f"new={line[:-1]}f"),
        stdin=stream,
        cwd=tmp_path,
    )
    changed = kmod_post(stdin=stream, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert line[:-1] + "f\n" in changed.stdout.decode()


@pytest.mark.parametrize("value", ["true", "0x1f", "null", "1.10", "yes", "~", "- a", "{a: b}"])
def test_a_flags_value_is_a_text(kmod_post: KmodPost, tmp_path: Path, value: str) -> None:
    """Whatever YAML would make of it."""
    kmod_post(
        *("init", "--recipe", "one-flag", "--answer", "flag=--port", "--answer", f"value={value}"),
        stdin=TWO,
        cwd=tmp_path,
    )
    changed = kmod_post(stdin=TWO, cwd=tmp_path)

    data = yaml.load(changed.stdout.decode().partition("---")[0], yaml.BaseLoader)
    assert data["spec"]["template"]["spec"]["containers"][0]["args"] == [f"--port={value}"]


def test_a_service_loses_what_its_new_type_cannot_have(kmod_post: KmodPost, tmp_path: Path) -> None:
    """Kubernetes would refuse it; over its own output the rule changes nothing."""
    service = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: LoadBalancer
  externalTrafficPolicy: Local
  loadBalancerSourceRanges: [10.0.0.0/8]
  ports:
    - {name: http, port: 80, nodePort: 30080}
    - {name: https, port: 443}
"""
    done = kmod_post(
        "init",
        "--recipe",
        "service-type",
        "--answer",
        "type=ClusterIP",
        stdin=service,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stderr.count(b"\n")) == (0, 2), done.stderr

    changed = kmod_post(stdin=service, cwd=tmp_path)
    again = kmod_post(stdin=changed.stdout, cwd=tmp_path)

    assert (changed.returncode, changed.stderr) == (0, b"")
    assert (
        changed.stdout.decode().partition("spec:\n")[2]
        == """\
  type: ClusterIP
  ports:
    - {name: http, port: 80}
    - {name: https, port: 443}
"""
    )
    assert again.stdout == changed.stdout


def test_containers_with_all_privileges_are_left_out(kmod_post: KmodPost, tmp_path: Path) -> None:
    """Kubernetes refuses what the recipe would give them."""
    context = "securityContext: {privileged: true}"
    done = kmod_post(
        *("init", "--recipe", "harden", "--to", "-"),
        stdin=TWO.replace("command: [c]", context),
        cwd=tmp_path,
    )

    assert b"      not: {name: [agent]}\n" in done.stdout
    assert done.stderr == b""


def test_registries_whose_images_have_one_name(kmod_post: KmodPost, tmp_path: Path) -> None:
    """They do not become one image."""
    stream = TWO.replace("image: x", "image: quay.io/a/x").replace("image: z", "image: ghcr.io/a/x")
    done = kmod_post(
        *("init", "--recipe", "mirror", "--answer", "registry=localhost:5000/m", "--to", "-"),
        stdin=stream,
        cwd=tmp_path,
    )

    assert done.stdout.decode().endswith("""\
      "ghcr.io/*": {registry: localhost:5000, prefix: m, anywhere: true}
      "quay.io/*": {registry: localhost:5000, prefix: m/quay.io, anywhere: true}
      # Another registry, which a new version of the chart may bring.
      "*": {registry: localhost:5000, prefix: m}
""")


def test_a_finding_is_accepted_where_there_is_one(kmod_post: KmodPost, tmp_path: Path) -> None:
    """With the reason; where the stream has no such object, nothing is accepted."""
    args = ("init", "--recipe", "pull-secret", "--answer", "secret=a", "--to", "-")

    plain = kmod_post(*args, stdin=TWO, cwd=tmp_path)
    job = TWO.replace("apps/v1\nkind: DaemonSet", "batch/v1\nkind: Job")
    job = job.replace("{containers: [{name: c", "{restartPolicy: Never, containers: [{name: c")
    with_job = kmod_post(*args, stdin=job, cwd=tmp_path)

    assert b"accept" not in plain.stdout
    assert b"    accept: [immutable-field]\n" in with_job.stdout
    assert b"# The pods of an installed Job cannot change" in with_job.stdout
    assert with_job.stderr == b""


def test_what_needs_nothing_is_said(kmod_post: KmodPost, tmp_path: Path) -> None:
    """Rules that change nothing are written, with a remark."""
    stream = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: toys.example.com, annotations: {helm.sh/resource-policy: keep}}
"""
    done = kmod_post("init", "--recipe", "keep-crds", stdin=stream, cwd=tmp_path)

    assert (
        done.stderr.decode()
        == """\
kmod.yaml: written, but the rules change nothing in this stream; next:
  helm template NAME CHART | kmod-post diff -f kmod.yaml
"""
    )


def test_two_files(kmod_post: KmodPost, folder: Path) -> None:
    """The second lies beside the first; neither is overwritten."""
    args = ("init", "--recipe", "per-environment", "--to", "base.yaml", "rendered.yaml")
    done = kmod_post(*args, cwd=folder)

    assert (
        done.stderr.decode()
        == """\
base.yaml, base-prod.yaml: written; next:
  kmod-post diff -f base.yaml -f base-prod.yaml rendered.yaml
"""
    )
    assert "replicas: 3" in (folder / "base-prod.yaml").read_text()
    checked = kmod_post("check", "-f", "base.yaml", "base-prod.yaml", cwd=folder)
    assert checked.returncode == 0

    (folder / "base.yaml").unlink()
    done = kmod_post(*args, cwd=folder)
    assert done.stderr.decode() == (
        "--to base-prod.yaml: already exists; name another file (-f takes several), or give --force\n"
    )
    assert not (folder / "base.yaml").exists()


def test_questions(on_terminal: Terminal, folder: Path) -> None:
    """On a terminal it asks what is missing until the answer is right; Return takes a default."""
    (folder / "two.yaml").write_text(TWO)

    code, seen = on_terminal(
        *("init", "--recipe", "wait", "--to", "new.yaml", "two.yaml"),
        answers=["1\n", "a\n", "no host\n", "db.example.com\n", "\n"],
    )

    assert code == 0, seen
    assert "Which workload?" in seen
    assert "Which container?" in seen
    assert "The host of the database?" in seen
    assert "write a host name, such as db.example.com" in seen
    assert "(Return for 5432)" in seen
    assert "nc -z -w 2 db.example.com 5432" in (folder / "new.yaml").read_text()


def test_an_existing_file_is_said_before_the_questions(on_terminal: Terminal, folder: Path) -> None:
    """Nobody answers questions in vain."""
    code, seen = on_terminal("init", "--recipe", "pull-secret", "rendered.yaml")

    assert code == 2
    assert (
        seen
        == "--to kmod.yaml: already exists; name another file (-f takes several), or give --force\n"
    )


@pytest.mark.parametrize(
    ("recipe", "stream"),
    [
        pytest.param("service-type", "kind: Service\nspec: [a]\n", id="a Service"),
        pytest.param("one-value", "kind: ConfigMap\ndata: 5\n", id="a ConfigMap"),
        pytest.param("mirror", "kind: Pod\nspec: {volumes: 5, containers: []}\n", id="volumes"),
        pytest.param(
            "sidecar-proxy",
            "kind: Pod\nspec: {containers: [{name: a, image: a, securityContext: [a]}]}\n",
            id="a securityContext",
        ),
        pytest.param(
            "harden",
            "kind: Pod\nspec: {containers: [{name: a, image: a, securityContext: 5}]}\n",
            id="another securityContext",
        ),
        pytest.param(
            "wait", "kind: Pod\nspec: {volumes: [5], containers: [{name: a}]}\n", id="a volume"
        ),
    ],
)
def test_a_chart_with_mistakes(
    kmod_post: KmodPost, tmp_path: Path, recipe: str, stream: str
) -> None:
    """What is no mapping or list where one belongs is the chart's mistake, and no bug of ours."""
    answers = {
        "service-type": ["type=ClusterIP"],
        "one-value": ["path=a", "value=b"],
        "mirror": ["registry=registry.example.com"],
        "sidecar-proxy": ["target=a"],
        "wait": ["host=db"],
    }
    given = [word for one in answers.get(recipe, []) for word in ("--answer", one)]
    done = kmod_post(
        *("init", "--recipe", recipe, "--to", "-", *given),
        stdin=f"apiVersion: v1\nmetadata: {{name: a}}\n{stream}",
        cwd=tmp_path,
    )

    assert done.returncode in (0, 1), done.stderr
    assert b"Traceback" not in done.stderr
