"""kustomize makes of the exported patches exactly what kmod-post makes of the stream."""

from __future__ import annotations

import subprocess

import pytest
from program import program
from tools import find

from postrender import KmodError, load_rules
from postrender.data import same
from postrender.engine.run import run
from postrender.reports.kustomize import net_changes, objects_text, patches, patches_text
from postrender.stream.manifests import Manifests
from postrender.stream.text import Stream
from postrender.yamltext.reader import read

WEB = """\
---
# Source: web/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  replicas: 1
  template:
    spec:
      containers:
        - name: web
          image: nginx:1.19
          env:
            - name: A
              value: "1"
---
apiVersion: v1
kind: Service
metadata:
  name: web.internal
  namespace: shop
spec:
  ports:
    - port: 80
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: old
  namespace: shop
"""

RULES = {
    "a sidecar": "rules: {x: {sidecars: {s: {image: 'b:1', command: [sh, -c, \"sleep 1\\nexit\\n\"]}}, match: {}}}",
    "the entrypoint": "rules: {x: {containers: {web: {entrypoint: {script: echo, original: [a, $b]}}}, match: {}}}",
    "env of types that look alike": "rules: {x: {containers: {'*': {env: {A: true, B: 1e3, C: 'on'}}}, merge: {spec: {replicas: 3}}, match: {}}}",
    "a port": "rules: {x: {match: {kind: Service}, merge: {spec: {ports: [{port: 80, name: http}]}}}}",
    "a removed object": "rules: {x: {match: {kind: ConfigMap}, remove: true}}",
    "a name with a dot": "rules: {x: {match: {kind: Service}, labels: {a: b}, annotations: {c: 1.0}}}",
    "texts that do not show as themselves": 'rules: {x: {match: {kind: Service}, annotations: {a: "x\\u202ey\\nz\\U000E0041\\n"}}}\nresources: [{apiVersion: v1, kind: ConfigMap, metadata: {name: s, namespace: shop}, data: {a: "x\\u200b\\ny"}}]',
    "two rules, one object": "rules: {x: {labels: {a: b}, match: {}}, y: {labels: {a: c, d: e}, match: {}}}",
    "an object that ends as it began": "rules: {x: {labels: {a: b}, match: {}}, y: {labels: {a: null}, match: {}}}",
    "a resource": "rules: {x: {labels: {a: b}, match: {}}}\nresources: [{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: shop}}]",
}  # fmt: skip


@pytest.fixture
def kubectl():
    """The real kustomize, in kubectl."""
    return find("kubectl")


def objects(stream):
    """The objects of a stream, by kind and name."""
    parsed = (read(Stream(stream).text(d)) for d in Stream(stream).documents)
    found = [node.data for node in parsed if node is not None]
    return {(obj["kind"], obj["metadata"]["name"]): obj for obj in found}


def chart(stream):
    """All objects of a stream."""
    return [subject.obj for subject in Manifests(Stream(stream.encode()), "", {}).subjects()]


@pytest.mark.parametrize("text", RULES.values(), ids=RULES)
def test_kustomize_makes_the_same(tmp_path, kubectl, text):
    """Patches and new objects together say all that the rules do."""
    (tmp_path / "kmod.yaml").write_text(text)
    result = run(Stream(WEB.encode()), load_rules(tmp_path / "kmod.yaml"))
    changed, added = net_changes(result.changes)
    (tmp_path / "all.yaml").write_text(WEB)
    (tmp_path / "new.yaml").write_text(objects_text(added))
    exported = patches_text(patches(changed, [*chart(WEB), *added]), flux=False)
    resources = ["all.yaml", *(["new.yaml"] if added else [])]
    (tmp_path / "kustomization.yaml").write_text(f"resources: {resources}\n{exported}")

    made = subprocess.run([kubectl, "kustomize", tmp_path], capture_output=True, check=True)

    assert same(objects(made.stdout), objects(b"".join(result.pieces)))


GUARDED = {
    "another container is the first": ("        - name: web\n", "        - {name: x}\n        - name: web\n"),
    "another variable is the first": ("            - name: A\n", "            - {name: Z}\n            - name: A\n"),
    "another image": ("nginx:1.19", "nginx:1.20"),
    "another number": ("replicas: 1", "replicas: 2"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new"), GUARDED.values(), ids=GUARDED)
def test_a_chart_that_has_changed_since_is_refused(tmp_path, kubectl, old, new):
    """A patch knows containers by their place: better none than one for another container."""
    (tmp_path / "kmod.yaml").write_text(
        "rules: {x: {containers: {web: {env: {A: '2'}, image: mine}}, merge: {spec: {replicas: 3}}, match: {}}}"
    )
    exported = export(tmp_path).stdout
    (tmp_path / "kustomization.yaml").write_text(f"resources: [all.yaml]\n{exported}")
    (tmp_path / "all.yaml").write_text(WEB)
    subprocess.run([kubectl, "kustomize", tmp_path], capture_output=True, check=True)
    (tmp_path / "all.yaml").write_text(WEB.replace(old, new))

    done = subprocess.run([kubectl, "kustomize", tmp_path], capture_output=True, check=False)

    assert (done.returncode != 0, done.stdout) == (True, b"")
    assert b"test failed" in done.stderr


def test_what_a_secret_holds_is_not_tested_for(tmp_path):
    """The value that a rule replaces would stand in the patch."""
    (tmp_path / "kmod.yaml").write_text(
        "rules: {x: {match: {kind: Secret}, merge: {data: {a: Yg==}}}}"
    )
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: YQ==}\n"
    done = export(tmp_path, stream=secret)
    assert done.returncode == 0
    assert "YQ==" not in done.stdout


def test_nothing_changed_gives_no_patches(tmp_path):
    """The no-op twin: rules that find all as they want it."""
    (tmp_path / "kmod.yaml").write_text("rules: {x: {merge: {spec: {replicas: 1}}, match: {}}}")
    result = run(Stream(WEB.encode()), load_rules(tmp_path / "kmod.yaml"))

    changed, added = net_changes(result.changes)

    assert (patches_text(patches(changed, chart(WEB)), flux=False), added) == ("patches: []\n", [])


def test_two_objects_of_one_name_are_refused(tmp_path):
    """A patch would hit both."""
    (tmp_path / "kmod.yaml").write_text("rules: {x: {labels: {a: b}, match: {}}}")
    twice = WEB.partition("---\napiVersion: v1\nkind: Service")[0] * 2
    result = run(Stream(twice.encode()), load_rules(tmp_path / "kmod.yaml"))

    said = r"a patch for Deployment/shop/web would change another Deployment/shop/web too"
    with pytest.raises(KmodError, match=said):
        patches(net_changes(result.changes)[0], chart(twice))


SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"


@pytest.mark.parametrize(
    ("another", "said"),
    [
        (SERVICE.replace("name: a", "name: a, namespace: x"), "would change Service/x/a too"),
        (
            SERVICE.replace("v1", "serving.knative.dev/v1"),
            "would change another Service/a of serving.knative.dev/v1 too",
        ),
    ],
    ids=["any namespace", "any group"],
)
@pytest.mark.parametrize("verb", ["labels: {x: y}", "remove: true"])
def test_a_patch_that_would_hit_another_object_is_refused(tmp_path, verb, another, said):
    """A target without group or namespace is, to kustomize, that of any group or namespace."""
    rule = "{match: {kind: Service, apiVersion: v1, namespace: ''}, " + verb + "}"
    (tmp_path / "kmod.yaml").write_text(f"rules: {{a: {rule}}}")
    for stream in (f"{SERVICE}---\n{another}", f"{another}---\n{SERVICE}"):
        done = export(tmp_path, stream=stream)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == (f"export: a patch for Service/a {said}; remove it from the rules\n")


def test_an_object_without_a_name_is_refused(tmp_path):
    """A target without a name is every object of its kind."""
    (tmp_path / "kmod.yaml").write_text("rules: {a: {match: {kind: Service}, labels: {x: y}}}")
    done = export(tmp_path, stream=SERVICE.replace("name: a", "generateName: a"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "a patch for Service/(no name) would change all of its kind" in done.stderr


def test_an_object_of_another_version_is_not_hit(tmp_path):
    """The no-op twin: what a target names tells these two apart."""
    (tmp_path / "kmod.yaml").write_text(
        "rules: {a: {match: {kind: Service, apiVersion: v1}, labels: {x: y}}}"
    )
    other = SERVICE.replace("v1", "serving.knative.dev/v2")
    assert export(tmp_path, stream=f"{SERVICE}---\n{other}").returncode == 0


def test_rules_in_the_stream_are_taken_out(tmp_path, kubectl):
    """As of the stream: the cluster knows no such kind."""
    rules = "---\napiVersion: kmod/v1\nkind: KmodRules\nmetadata: {name: r}\nrules: {x: {labels: {a: b}, match: {}}}\n"
    (tmp_path / "all.yaml").write_text(WEB + rules)
    exported = export(tmp_path, stream=WEB + rules).stdout
    (tmp_path / "kustomization.yaml").write_text(f"resources: [all.yaml]\n{exported}")

    made = subprocess.run([kubectl, "kustomize", tmp_path], capture_output=True, check=True).stdout

    assert b"KmodRules" not in made
    assert set(objects(made)) == set(objects(WEB.encode()))


def test_warnings_of_the_run_are_shown(tmp_path):
    """As of a run that prints manifests."""
    rule = "{match: {kind: Deployment}, containers: {web: {postStart: 'true'}}}"
    (tmp_path / "kmod.yaml").write_text(f"rules: {{x: {rule}}}")
    done = export(tmp_path)
    assert done.returncode == 0
    assert done.stderr.endswith(" (warning: post-start-race)\n")


def test_messages_name_the_file_of_the_stream(tmp_path):
    """As those of all commands that read one."""
    (tmp_path / "kmod.yaml").write_text("rules: {x: {labels: {a: b}, match: {}}}")
    (tmp_path / "chart.yaml").write_text("a: [\n")
    done = export(tmp_path, "chart.yaml")
    assert done.returncode == 1
    assert done.stderr.startswith("chart.yaml:")


def export(folder, *arguments, stream=WEB):
    """The command over a stream."""
    command = [program(), "export", *arguments]
    return subprocess.run(
        command, cwd=folder, input=stream, capture_output=True, text=True, check=False
    )


def test_the_command_for_flux(tmp_path):
    """--flux gives a HelmRelease's postRenderers."""
    (tmp_path / "kmod.yaml").write_text("rules: {x: {labels: {a: b}, match: {}}}")

    done = export(tmp_path, "--flux")

    assert done.returncode == 0
    assert done.stdout.splitlines()[:3] == ["postRenderers:", "  - kustomize:", "      patches:"]


def test_texts_show_as_themselves(tmp_path):
    """A block has no escapes, so a text that needs some is none; others stay blocks."""
    (tmp_path / "kmod.yaml").write_text(RULES["texts that do not show as themselves"])

    done = export(tmp_path, "--resources", "new.yaml")

    assert r'  a: "x\u202ey\nz\U000e0041\n"' in done.stdout
    assert r'  a: "x\u200b\ny"' in (tmp_path / "new.yaml").read_text()


def test_list_items_are_tested_by_their_keys(tmp_path):
    """A patch does not change another port than the one that it was made for."""
    (tmp_path / "kmod.yaml").write_text(RULES["a port"])
    stream = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"
        "spec: {ports: [{port: 80, protocol: UDP}]}\n"
    )

    done = export(tmp_path, stream=stream)

    tests = [line.strip() for line in done.stdout.splitlines() if "path: /spec/ports/0" in line]
    assert tests == [
        *("path: /spec/ports/0/port", "path: /spec/ports/0/protocol", "path: /spec/ports/0/name")
    ]


def test_new_objects_need_a_file(tmp_path):
    """Without one nothing is printed, and the line says what to do."""
    (tmp_path / "kmod.yaml").write_text(RULES["the entrypoint"])

    done = export(tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert (
        "patches cannot add ConfigMap/shop/web-x-2gtdf876kg; give --resources FILE" in done.stderr
    )

    done = export(tmp_path, "--resources", "new.yaml")

    assert done.returncode == 0
    assert (tmp_path / "new.yaml").read_text().startswith("---\napiVersion: v1\nkind: ConfigMap\n")
