"""`kmod-post init --recipe` and `--list`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml
from paths import ROOT

from postrender.commands.recipes import GROUPS, name_of, recipes
from postrender.commands.texts import TEXTS, is_right

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import KmodPost

    from postrender.commands.recipes import Recipe

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
    for ask in one.asks:
        assert all(is_right(ask, text, {}) for text in (ask.default, ask.example) if text), ask.name
        assert ask.of != "name" or ask.kind, ask.name
        assert ask.of not in ("text", "label", "label-value") or ask.default or ask.example
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
    assert [line for line in lines if line and line[0] != " "] == [
        *GROUPS,
        "What one of them does and asks: kmod-post init --list --recipe NAME",
    ]


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
    # All objects that have pods.
    # Hooks too: kmod-post gets them from Helm 4 and Argo CD, but not from Helm 3.
    match: {hooks: include}
    pod:
      imagePullSecrets: [{name: regcred}]
"""
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        pytest.param(
            ["--recipe", "database"],
            "--recipe database: no such recipe; did you mean wait-for-a-database?",
            id="the end of a name",
        ),
        pytest.param(
            ["--recipe", "example"],
            '--recipe example: no such recipe; see "kmod-post init --list"',
            id="unknown",
        ),
        pytest.param(
            ["--recipe", "ca-bundel"],
            "--recipe ca-bundel: no such recipe; did you mean ca-bundle-into-every-container?",
            id="nearly the beginning of a name",
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
            "--recipe one: several recipes begin so; write one of one-flag-in-args, "
            "one-line-in-a-config-file, one-value-in-a-yaml-file",
            id="several",
        ),
        pytest.param(
            ["--recipe", "air-gapped"],
            "--answer registry=…: not given; write your registry: HOST or HOST/PATH, such as "
            "registry.example.com\n"
            "--answer secret=…: not given; write the name of the Secret, of type "
            "kubernetes.io/dockerconfigjson: lower-case letters, digits, - and ., such as regcred",
            id="all that is missing",
        ),
        pytest.param(
            ["--recipe", "pull-secret", "--answer", "secret"],
            "--answer secret: has no value; write --answer secret=VALUE",
            id="no value",
        ),
        pytest.param(
            ["--recipe", "pull-secret", "--answer", "secret=a", "--answer", "secret=b"],
            "--answer secret: given more than once; keep one",
            id="an answer twice",
        ),
        pytest.param(
            ["--recipe", "one-flag", "--answer", "flag=--port", "--workload", "agent"],
            "--workload agent: recipe one-flag-in-args needs a workload with flags in args or "
            "command; there is Deployment/web",
            id="a workload that does not fit",
        ),
        pytest.param(
            ["--recipe", "one-flag", "--answer", "flag=--port", "--container", "b"],
            "--container b: has no flags in args or command; choose one that has some: a\n"
            "--answer value=…: not given; write its value: a text in one line, such as debug",
            id="a container that does not fit",
        ),
        pytest.param(
            ["--recipe", "replicas", "--answer", "replicas=010"],
            "--answer replicas: not valid; write a whole number, such as 3",
            id="a number that YAML reads as another",
        ),
        pytest.param(
            ["--recipe", "sidecar-proxy", "--workload", "agent", "--answer", "port=65536"],
            "--answer target=…: not given; write what it connects to, its last argument: a text in "
            "one line, such as project:region:instance\n"
            "--answer port: not valid; write a port number, such as 5432",
            id="a port that is none",
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
            "--answer secret: not valid; write lower-case letters, digits, - and ., such as regcred",
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
            "--answer key app.yml: no such key; did you mean app.yaml?\n"
            "--answer path: not valid; write keys with dots between them, such as log.level\n"
            "--answer value=…: not given; write the new value: a text in one line, such as debug",
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
        pytest.param(
            ["one-flag", "--answer", "flag=-port", "--answer", "value=2"],
            '--recipe one-flag-in-args: Deployment/web: container a: there is "--port", not '
            '"-port"; use that one, or $change',
            id="a flag with other dashes",
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


HAS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      imagePullSecrets: [{name: regcred}]
      containers:
        - name: a
          image: x
          args: [--log-level=info, --port, "80", --log-format=text]
          env:
            - {name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db-credentials, key: password}}}
          ports: [{containerPort: 9090}, {containerPort: 5432}]
---
apiVersion: v1
kind: Service
metadata: {name: database}
spec: {ports: [{port: 3306}]}
---
apiVersion: v1
kind: Secret
metadata: {name: own}
stringData: {password: secret-value}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  app.yaml: |
    log: {level: info}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, annotations: {example.com/owner: a}}
spec: {ingressClassName: nginx-internal}
"""


@pytest.mark.parametrize(
    ("recipe", "answers", "remark"),
    [
        pytest.param(
            "one-flag",
            ["flag=--log-levle", "value=debug"],
            "--answer flag=--log-levle: container a does not have this flag, so the rule adds it; "
            'did you mean "--log-level"?',
            id="a flag, mistyped",
        ),
        pytest.param(
            "json-logs",
            ["flag=--encoder"],
            "--answer flag=--encoder: container a does not have this flag, so the rule adds it; "
            "there are --log-level, --port, --log-format",
            id="a flag that is new",
        ),
        pytest.param(
            "env-from",
            ["variable=DB_PASSWROD", "secret=a", "key=b"],
            "--answer variable=DB_PASSWROD: container a does not have this variable, so the rule "
            'adds it; did you mean "DB_PASSWORD"?',
            id="a variable",
        ),
        pytest.param(
            "env-from",
            ["variable=A", "secret=own", "key=passwd"],
            '--answer key=passwd: Secret/own does not have this key; did you mean "password"?',
            id="a key of a Secret of the stream",
        ),
        pytest.param(
            "env-from",
            ["variable=A", "secret=db-credential", "key=a"],
            "--answer secret=db-credential: the stream does not have this Secret; did you mean "
            '"db-credentials"?',
            id="a Secret that a variable names",
        ),
        pytest.param(
            "pull-secret",
            ["secret=regcerd"],
            '--answer secret=regcerd: the stream does not have this Secret; did you mean "regcred"?',
            id="a Secret of a pod",
        ),
        pytest.param(
            "ca-bundle",
            ["configMap=setting"],
            "--answer configMap=setting: the stream does not have this ConfigMap; did you mean "
            '"settings"?',
            id="a ConfigMap",
        ),
        pytest.param(
            "ca-bundle",
            ["configMap=settings"],
            "--answer file=ca-certificates.crt: ConfigMap/settings does not have this key; there "
            "is app.yaml",
            id="a default that is not there",
        ),
        pytest.param(
            "ingress",
            ["class=nginx-interal", "value=a", "annotation=example.com/new"],
            "--answer class=nginx-interal: the stream does not have this IngressClass; did you mean "
            '"nginx-internal"?',
            id="an IngressClass",
        ),
        pytest.param(
            "ingress",
            ["class=nginx-internal", "value=a", "annotation=example.com/ower"],
            "--answer annotation=example.com/ower: Ingress/web does not have this annotation, so "
            'the rule adds it; did you mean "example.com/owner"?',
            id="an annotation",
        ),
        pytest.param(
            "one-value",
            ["path=log.levl", "value=debug"],
            "--answer path=log.levl: app.yaml does not have log.levl, so the rule adds it; did you "
            'mean "log.level"?',
            id="a field of a file",
        ),
        pytest.param(
            "one-value",
            ["path=logs.level", "value=debug"],
            "--answer path=logs.level: app.yaml does not have logs, so the rule adds it; did you "
            'mean "log"?',
            id="the first field of a path",
        ),
        pytest.param(
            "wait",
            ["host=databse.shop.svc"],
            "--answer host=databse.shop.svc: the stream does not have this Service; did you mean "
            '"database"?',
            id="a host",
        ),
        pytest.param(
            "wait",
            ["host=database.shop"],
            "--answer port=5432: Service/database does not have this port; there is 3306",
            id="a port of a Service",
        ),
        pytest.param(
            "sidecar-proxy",
            ["target=a"],
            "--answer port=5432: container a of the pod uses it; choose another port",
            id="a port that is in use",
        ),
    ],
)
def test_what_the_stream_does_not_have_is_said(
    kmod_post: KmodPost, tmp_path: Path, recipe: str, answers: list[str], remark: str
) -> None:
    """The rules are written, as the answer may be meant; a near name is offered."""
    given = [word for one in answers for word in ("--answer", one)]
    done = kmod_post("init", "--recipe", recipe, *given, "--to", "-", stdin=HAS, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    said = [line for line in done.stderr.decode().splitlines() if line.startswith("--answer")]
    assert said == [remark]
    assert done.stdout


@pytest.mark.parametrize(
    ("recipe", "answers"),
    [
        pytest.param("one-flag", ["flag=--port", "value=81"], id="a flag"),
        pytest.param("env-from", ["variable=TZ", "secret=zones", "key=tz"], id="new names"),
        pytest.param("env-from", ["variable=A", "secret=own", "key=password"], id="a key"),
        pytest.param("wait", ["host=db.example.com"], id="another host"),
        pytest.param("wait", ["host=database", "port=3306"], id="a Service"),
        pytest.param("one-value", ["path=log.level", "value=debug"], id="a field"),
        pytest.param("ingress", ["class=traefik", "value=a"], id="another class"),
    ],
)
def test_what_is_there_or_may_be_elsewhere_is_not_said(
    kmod_post: KmodPost, tmp_path: Path, recipe: str, answers: list[str]
) -> None:
    """A Secret, a host or a class is often not of the chart."""
    given = [word for one in answers for word in ("--answer", one)]
    done = kmod_post("init", "--recipe", recipe, *given, "--to", "-", stdin=HAS, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert b"\n--answer" not in b"\n" + done.stderr


def test_a_doubtful_answer_is_asked_again(on_terminal: Terminal, folder: Path) -> None:
    """Return confirms it, another answer replaces it."""
    (folder / "has.yaml").write_text(HAS)

    args = ("init", "--recipe", "one-flag", "has.yaml", "--to")
    code, seen = on_terminal(*args, "a.yaml", answers=["--log-levle\n", "--log-level\n", "1\n"])
    assert code == 0, seen
    assert "there are --log-level, --port, --log-format\x1b" in seen
    assert 'did you mean "--log-level"?\nwrite another, or Return for --log-levle\n' in seen
    assert "--log-level: " in (folder / "a.yaml").read_text()

    code, seen = on_terminal(*args, "b.yaml", answers=["--log-levle\n", "\n", "debug\n"])
    assert code == 0, seen
    assert seen.count("did you mean") == 1
    assert "--log-levle: debug" in (folder / "b.yaml").read_text()


def test_a_wrong_option_is_said_before_the_questions(on_terminal: Terminal, folder: Path) -> None:
    """Nobody answers questions in vain."""
    code, seen = on_terminal(
        "init", "--recipe", "wait", "--workload", "wbe", "--to", "new.yaml", "rendered.yaml"
    )

    assert code == 2
    assert seen == "--workload wbe: no such workload; did you mean Deployment/web?\n"


def test_defaults_are_said(kmod_post: KmodPost, folder: Path) -> None:
    """Which answers they are, and the options that change them; not what was given."""
    done = kmod_post(
        *("init", "--recipe", "ca-bundle", "--answer", "file=ca.crt", "--to", "new.yaml"),
        "rendered.yaml",
        cwd=folder,
    )

    assert (
        done.stderr.decode()
        == """\
defaults, which you can change with these options:
  --answer configMap=ca-bundle  The ConfigMap with the certificates
new.yaml: written; next:
  kmod-post diff -f new.yaml rendered.yaml
"""
    )


def test_a_default_that_the_chart_tells_is_said(kmod_post: KmodPost, tmp_path: Path) -> None:
    """A flag for the format of the log is found by its name."""
    done = kmod_post("init", "--recipe", "json-logs", "--to", "-", stdin=HAS, cwd=tmp_path)

    assert (
        done.stderr.decode()
        == """\
defaults, which you can change with these options:
  --answer flag=--log-format  the container has this flag
  --answer value=json         Its value for JSON
"""
    )


def test_the_proxy_has_a_port_of_its_own(kmod_post: KmodPost, tmp_path: Path) -> None:
    """The containers of a pod share its ports, so the port for its health must be free."""
    args = ("init", "--recipe", "sidecar-proxy", "--answer", "target=a", "--to", "-", "--answer")
    done = kmod_post(*args, "port=9091", stdin=HAS, cwd=tmp_path)

    assert b'"--port=9091"' in done.stdout
    assert b'"--http-port=9092"' in done.stdout
    assert b"httpGet: {path: /startup, port: 9092}" in done.stdout


def test_the_greatest_number_is_not_less_than_the_least(
    kmod_post: KmodPost, tmp_path: Path
) -> None:
    """Kubernetes would refuse the autoscaler."""
    stream = TWO.partition("---\napiVersion: autoscaling")[0]
    args = ("init", "--recipe", "autoscaler", "--to", "-", "--answer", "min=5", "--answer")

    done = kmod_post(*args, "max=4", stdin=stream, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == (
        "--answer max: not valid; write a whole number from 1, not less than min, such as 10\n"
    )
    assert kmod_post(*args, "max=5", stdin=stream, cwd=tmp_path).returncode == 0

    done = kmod_post(*args[:-2], "min=11", stdin=stream, cwd=tmp_path)
    assert b"--answer max: not valid; " in done.stderr


def test_the_manifests_are_not_overwritten(kmod_post: KmodPost, folder: Path) -> None:
    """Not even by --force."""
    manifests = (folder / "rendered.yaml").read_bytes()

    done = kmod_post(
        *("init", "--way", "sidecar", "--force", "--to", "./rendered.yaml", "rendered.yaml"),
        cwd=folder,
    )

    assert done.returncode == 2
    assert done.stderr == b"--to ./rendered.yaml: it is what is read; name another file\n"
    assert (folder / "rendered.yaml").read_bytes() == manifests


def test_list_of_one(kmod_post: KmodPost, tmp_path: Path) -> None:
    """What a recipe does, when not to use it, and what it asks; no stream is read."""
    done = kmod_post("init", "--list", "--recipe", "sidecar-proxy", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, b"")
    assert (
        done.stdout.decode()
        == """\
sidecar-proxy
  A proxy in a native sidecar starts before the application, and stops after it.

When not to use it:
  Before Kubernetes 1.29 the pod would not start: write "sidecars" without "native". If the
  whole cluster has a service mesh, that one adds its proxies itself.

What it asks:
  --workload KIND/NAME   The object to change; default: the only one
  --container NAME       The container to change; default: the only one
  --answer image=VALUE   The image of the proxy; default: gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.14.0
  --answer target=VALUE  What it connects to, its last argument, such as project:region:instance
  --answer port=VALUE    The port that the application connects to, on localhost; default: 5432
"""
    )


@pytest.mark.parametrize("recipe", [pytest.param(one, id=name) for name, one in recipes().items()])
def test_list_of_each(kmod_post: KmodPost, tmp_path: Path, recipe: Recipe) -> None:
    """Each question is there."""
    done = kmod_post("init", "--list", "--recipe", recipe.name, cwd=tmp_path)

    assert done.returncode == 0
    for ask in recipe.asks:
        option = "container" if ask.of == "flags" else ask.name
        is_own = ask.of in ("workload", "container", "flags")
        assert (f"--{option} " if is_own else f"--answer {ask.name}=") in done.stdout.decode()


@pytest.mark.parametrize("recipe", [pytest.param(one, id=name) for name, one in recipes().items()])
def test_a_recipe_for_many_objects_says_what_of_hooks(recipe: Recipe) -> None:
    """Helm 3 gives none to a post-renderer, and people look for those that a rule leaves out."""
    is_for_one = any(ask.of[0].isupper() or ask.of in OF_STREAM for ask in recipe.asks)

    assert is_for_one or "# Hooks too: " in recipe.rules or "# Without hooks: " in recipe.rules
    assert ("hooks: include" in recipe.rules) == ("# Hooks too: " in recipe.rules)


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
      "*": {registry: localhost:5000, prefix: m, anywhere: true}
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
defaults, which you can change with these options:
  --answer environment=prod  The environment of the second file
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
        "--to base-prod.yaml: already exists; name another file (kmod-post -f takes several), or give --force\n"
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
        == "--to kmod.yaml: already exists; name another file (kmod-post -f takes several), or give --force\n"
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


VOLUMES = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: app}
spec:
  selector: {matchLabels: {app: app}}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
  template:
    metadata: {labels: {app: app}}
    spec:
      containers:
        - name: app
          image: example/app:1.0.0
          command: [app]
          volumeMounts:
            - {name: data, mountPath: /var/lib/app, subPath: app}
            - {name: claim, mountPath: /claim}
            - {name: cache, mountPath: /cache/}
            - {name: settings, mountPath: /etc/app}
            - {name: cache, mountPath: /fixed, readOnly: true}
            - {name: cache, mountPath: /named, subPathExpr: $(POD_NAME)}
      volumes:
        - {name: claim, persistentVolumeClaim: {claimName: app}}
        - {name: cache, emptyDir: {}}
        - {name: settings, configMap: {name: settings}}
"""


@pytest.mark.parametrize(
    ("folder", "said", "mount"),
    [
        pytest.param(
            "/claim",
            "claim (persistentVolumeClaim) at /claim",
            "/claim: {volume: claim, readOnly: true}",
            id="a claim",
        ),
        pytest.param(
            "/var/lib/app",
            "data (persistentVolumeClaim) at /var/lib/app",
            "/var/lib/app: {volume: data, subPath: app, readOnly: true}",
            id="a claim of a template",
        ),
        pytest.param(
            "/var/lib/app/log",
            "data (persistentVolumeClaim) at /var/lib/app",
            "/var/lib/app: {volume: data, subPath: app, readOnly: true}",
            id="a folder in a volume",
        ),
        pytest.param(
            "/cache",
            "cache (emptyDir) at /cache/",
            "/cache/: {volume: cache, readOnly: true}",
            id="an emptyDir",
        ),
    ],
)
def test_the_log_shipper_reads_the_charts_own_volume(
    kmod_post: KmodPost, tmp_path: Path, folder: str, said: str, mount: str
) -> None:
    """The program keeps its volume; no finding is accepted, and the volume is named."""
    done = kmod_post(
        *("init", "--recipe", "log-shipper", "--answer", f"folder={folder}", "--to", "-"),
        stdin=VOLUMES,
        cwd=tmp_path,
    )
    rules = done.stdout.decode()
    (tmp_path / "kmod.yaml").write_text(rules)
    changed = kmod_post("diff", stdin=VOLUMES, cwd=tmp_path)

    assert said in rules.replace("\n    # ", " ")
    assert f"        mounts:\n          {mount}\n" in rules
    assert "accept" not in rules
    assert (changed.returncode, changed.stderr) == (0, b"")
    assert not [line for line in changed.stdout.decode().splitlines() if line[:2] == "- "]


def test_the_log_shipper_does_not_read_beside_the_charts_volume(
    kmod_post: KmodPost, tmp_path: Path
) -> None:
    """`/cache-2` is not in `/cache`: the program gets a volume for its log."""
    done = kmod_post(
        *("init", "--recipe", "log-shipper", "--answer", "folder=/cache-2", "--to", "-"),
        stdin=VOLUMES,
        cwd=tmp_path,
    )

    assert b"      logs: {emptyDir: {sizeLimit: 1Gi}}\n" in done.stdout
    assert b"          /cache-2: {volume: logs, readOnly: true}\n" in done.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        pytest.param(
            ["log-shipper", "--answer", "folder=/etc/app"],
            "--answer folder=/etc/app: container app has volume settings (configMap) at /etc/app, "
            "where nothing can be written; choose a path that the container can write to",
            id="a folder in a ConfigMap",
        ),
        pytest.param(
            ["log-shipper", "--answer", "folder=/named/log"],
            "--answer folder=/named/log: container app has volume cache (emptyDir) at /named with "
            "subPathExpr; give the shipper the variables that this needs",
            id="a folder with variables",
        ),
        pytest.param(
            ["entrypoint", "--answer", "secret=a", "--answer", "target=/fixed/licence.txt"],
            "--answer target=/fixed/licence.txt: container app has volume cache (emptyDir) at "
            "/fixed, where nothing can be written; choose a path that the container can write to",
            id="a file under a read-only mount",
        ),
        pytest.param(
            ["entrypoint", "--answer", "secret=a", "--answer", "target=/opt/licence.txt"],
            "--answer target=/opt/licence.txt: container app has readOnlyRootFilesystem and no "
            "volume there, so that nothing can be written; "
            "choose a path that the container can write to",
            id="a file on a read-only root",
        ),
        pytest.param(
            ["entrypoint", "--answer", "secret=a", "--answer", "target=/cache/licence.txt"],
            "",
            id="a file in a volume",
        ),
        pytest.param(
            ["log-shipper", "--answer", "folder=/var/log/app"], "", id="a folder of its own"
        ),
    ],
)
def test_where_nothing_can_be_written_is_said(
    kmod_post: KmodPost, tmp_path: Path, args: list[str], said: str
) -> None:
    """The copy, or the log, would fail in the running container."""
    stream = VOLUMES.replace(
        "command: [app]",
        "command: [app]\n          securityContext: {readOnlyRootFilesystem: true}",
    )
    done = kmod_post("init", "--recipe", *args, "--to", "-", stdin=stream, cwd=tmp_path)

    assert done.returncode == 0
    remarks = [line for line in done.stderr.decode().splitlines() if line.startswith("--answer")]
    assert remarks == ([said] if said else [])


def test_the_entrypoint_recipe_says_what_the_image_needs(
    kmod_post: KmodPost, tmp_path: Path
) -> None:
    """A shell, and its ENTRYPOINT: known before a cluster says it."""
    done = kmod_post("init", "--list", "--recipe", "entrypoint", cwd=tmp_path)
    text = " ".join(done.stdout.decode().split())

    assert "needs /bin/sh" in text
    assert "kmod-post lock" in text
