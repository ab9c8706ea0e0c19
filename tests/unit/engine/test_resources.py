from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from postrender.engine.inputs import load_rules, render
from postrender.errors import VerbError

if TYPE_CHECKING:
    from pathlib import Path


def document(kind: str, name: str, more: str = "") -> str:
    """A document of a stream."""
    return f"---\napiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n{more}"


def rendered(tmp_path: Path, resources: str, stream: str) -> str:
    """The stream with the resources in it."""
    file = tmp_path / "kmod.yaml"
    file.write_text(f"resources:\n{resources}")
    return render(stream, load_rules(file))


@pytest.mark.parametrize(
    ("kinds", "stream", "order"),
    [
        pytest.param(["ConfigMap"], ["Service"], ["ConfigMap", "Service"], id="before"),
        pytest.param(["Job"], ["Service"], ["Service", "Job"], id="after"),
        pytest.param(["Widget"], ["Job"], ["Job", "Widget"], id="a custom kind is the last"),
        pytest.param(
            ["Secret"], ["ConfigMap", "Secret", "Job"], ["Secret", "ConfigMap", "Secret", "Job"],
            id="before the first that comes after",
        ),
        pytest.param(
            ["Widget", "ConfigMap", "ServiceAccount"], ["Service"],
            ["ServiceAccount", "ConfigMap", "Service", "Widget"], id="among themselves",
        ),
        pytest.param(["ConfigMap"], [], [], id="nothing for a stream without objects"),
    ],
)  # fmt: skip
def test_order(tmp_path: Path, kinds: list[str], stream: list[str], order: list[str]) -> None:
    """Resources stand where Helm would install them, and once only."""
    resources = "".join(
        f"  - {{apiVersion: v1, kind: {kind}, metadata: {{name: new}}}}\n" for kind in kinds
    )

    done = rendered(tmp_path, resources, "".join(document(kind, "old") for kind in stream))

    assert re.findall(r"^kind: (\w+)", done, re.MULTILINE) == order
    assert rendered(tmp_path, resources, done) == done


CRD = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: b}\n"


@pytest.mark.parametrize(
    "crd",
    [
        f"---\n# Source: web/crds/a.yaml\n---\n{CRD}",  # the file begins with a separator
        f"---\n# Source: web/crds/a.yaml\n{CRD}",
        f"---\n# Source: crds/a.yaml\n{CRD}",  # Helm 3.10
    ],
)
def test_its_chart_is_that_of_the_templates(tmp_path: Path, crd: str) -> None:
    """CRDs come first in a stream, and from no template."""
    web = "---\n# Source: web/templates/a.yaml\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
    resource = "  a: {apiVersion: v1, kind: Secret, metadata: {name: a}}\n"

    done = rendered(tmp_path, resource, crd + web)

    assert "# Source: web/templates/kmod-post/secret-a.yaml\napiVersion: v1\nkind: Secret" in done
    assert rendered(tmp_path, resource, done) == done


def test_a_name_stays_in_the_comment(tmp_path: Path) -> None:
    """A line break in a name does not end Helm's comment, so that the rest would be YAML."""
    web = "---\n# Source: web/templates/a.yaml\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
    resource = '  a: {apiVersion: v1, kind: Secret, metadata: {name: "a\\n---\\nkind: B"}}\n'

    done = rendered(tmp_path, resource, web)

    comment = r"# Source: web/templates/kmod-post/secret-a\n---\nkind: b.yaml"
    assert done.splitlines()[:3] == ["---", comment, "apiVersion: v1"]


@pytest.mark.parametrize("data", ["", "data: {a: '2'}\n", "data: {a: '1', b: '1'}\n"])
def test_refused(tmp_path: Path, data: str) -> None:
    """An object of the chart is never written over."""
    resource = "  a: {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: '1'}}\n"

    with pytest.raises(VerbError, match="the chart has ConfigMap/a already"):
        rendered(tmp_path, resource, document("ConfigMap", "a", data))


def test_a_stream_with_odd_metadata(tmp_path: Path) -> None:
    """The first object of the stream may have anything as its metadata."""
    stream = "apiVersion: v1\nkind: Foo\nmetadata: text\n"
    resource = "  a: {apiVersion: v1, kind: ConfigMap, metadata: {name: w}}\n"

    assert "name: w" in rendered(tmp_path, resource, stream)
