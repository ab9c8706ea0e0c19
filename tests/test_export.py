"""kustomize makes of the exported patches exactly what kmod-post makes of the stream."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from postrender import KmodError, load_rules
from postrender.engine import run
from postrender.export import net_changes, objects_text, patches, patches_text
from postrender.stream import Stream
from postrender.yamltext.compare import same
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
    "a sidecar": "rules: {x: {sidecars: {s: {image: 'b:1', command: [sh, -c, \"sleep 1\\nexit\\n\"]}}}}",
    "the entrypoint": "rules: {x: {containers: {web: {entrypoint: {script: echo, original: [a, $b]}}}}}",
    "env of types that look alike": "rules: {x: {containers: {'*': {env: {A: true, B: 1e3, C: 'on'}}}, merge: {spec: {replicas: 3}}}}",
    "a removed object": "rules: {x: {match: {kind: ConfigMap}, remove: true}}",
    "a name with a dot": "rules: {x: {match: {kind: Service}, labels: {a: b}, annotations: {c: 1.0}}}",
    "two rules, one object": "rules: {x: {labels: {a: b}}, y: {labels: {a: c, d: e}}}",
    "an object that ends as it began": "rules: {x: {labels: {a: b}}, y: {labels: {a: null}}}",
    "a resource": "rules: {x: {labels: {a: b}}}\nresources: [{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: shop}}]",
}  # fmt: skip


@pytest.fixture
def kubectl():
    """The real kustomize, in kubectl."""
    found = shutil.which("kubectl")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("kubectl is not there")
        pytest.skip("kubectl is not there")
    return found


def objects(stream):
    """The objects of a stream, by kind and name."""
    parsed = (read(Stream(stream).text(d)) for d in Stream(stream).documents)
    found = [node.data for node in parsed if node is not None]
    return {(obj["kind"], obj["metadata"]["name"]): obj for obj in found}


@pytest.mark.parametrize("text", RULES.values(), ids=RULES)
def test_kustomize_makes_the_same(tmp_path, kubectl, text):
    """Patches and new objects together say all that the rules do."""
    (tmp_path / "kmod.yaml").write_text(text)
    result = run(Stream(WEB.encode()), load_rules(tmp_path / "kmod.yaml"))
    changed, added = net_changes(result.changes)
    (tmp_path / "all.yaml").write_text(WEB)
    (tmp_path / "new.yaml").write_text(objects_text(added))
    exported = patches_text(patches(changed), flux=False)
    resources = ["all.yaml", *(["new.yaml"] if added else [])]
    (tmp_path / "kustomization.yaml").write_text(f"resources: {resources}\n{exported}")

    made = subprocess.run([kubectl, "kustomize", tmp_path], capture_output=True, check=True)

    assert same(objects(made.stdout), objects(b"".join(result.pieces)))


def test_nothing_changed_gives_no_patches(tmp_path):
    """The no-op twin: rules that find all as they want it."""
    (tmp_path / "kmod.yaml").write_text("rules: {x: {merge: {spec: {replicas: 1}}}}")
    result = run(Stream(WEB.encode()), load_rules(tmp_path / "kmod.yaml"))

    changed, added = net_changes(result.changes)

    assert (patches_text(patches(changed), flux=False), added) == ("patches: []\n", [])


def test_two_objects_of_one_name_are_refused(tmp_path):
    """A patch would hit both."""
    (tmp_path / "kmod.yaml").write_text("rules: {x: {labels: {a: b}}}")
    twice = WEB.partition("---\napiVersion: v1\nkind: Service")[0] * 2
    result = run(Stream(twice.encode()), load_rules(tmp_path / "kmod.yaml"))

    with pytest.raises(KmodError, match=r"two objects Deployment/shop/web are changed"):
        patches(net_changes(result.changes)[0])


def export(folder, *arguments):
    """The command over the stream."""
    command = [sys.executable, "-m", "postrender", "export", *arguments]
    return subprocess.run(
        command, cwd=folder, input=WEB, capture_output=True, text=True, check=False
    )


def test_the_command_for_flux(tmp_path):
    """--flux gives a HelmRelease's postRenderers."""
    (tmp_path / "kmod.yaml").write_text("rules: {x: {labels: {a: b}}}")

    done = export(tmp_path, "--flux")

    assert done.returncode == 0
    assert done.stdout.splitlines()[:3] == ["postRenderers:", "  - kustomize:", "      patches:"]


def test_new_objects_need_a_file(tmp_path):
    """Without one nothing is printed, and the line says what to do."""
    (tmp_path / "kmod.yaml").write_text(RULES["the entrypoint"])

    done = export(tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert "patches cannot add ConfigMap/shop/web-x; give --resources FILE" in done.stderr

    done = export(tmp_path, "--resources", "new.yaml")

    assert done.returncode == 0
    assert (tmp_path / "new.yaml").read_text().startswith("---\napiVersion: v1\nkind: ConfigMap\n")
