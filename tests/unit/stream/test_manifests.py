"""The documents of a stream while rules are applied."""

from __future__ import annotations

from postrender.kubernetes.crds import Types
from postrender.stream.manifests import Manifests
from postrender.stream.text import Stream

CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: {name}.{group}}}
spec:
  group: {group}
  names: {{kind: {kind}}}
  scope: Namespaced
  versions:
    - name: v1
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                size: {{type: integer}}
"""
STREAM = "---\n".join(
    (
        CRD.format(name="widgets", group="example.com", kind="Widget"),
        CRD.format(name="others", group="example.org", kind="Other"),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: example.com}\n",
        "apiVersion: v1\nkind: List\nitems:\n- "
        + CRD.format(name="gears", group="example.com", kind="Gear").rstrip().replace("\n", "\n  ")
        + "\n",
    )
)


def test_crds_of_a_group() -> None:
    """CRDs are found where they are, and only documents that may hold one are parsed."""
    manifests = Manifests(Stream(STREAM.encode()), "", {})

    kinds = [crd["spec"]["names"]["kind"] for crd in manifests.crds_of("example.com")]

    assert sorted(kinds) == ["Gear", "Widget"]
    assert list(manifests.crds_of("example.net")) == []
    assert not manifests.all[1].is_parsed


def test_types_of_a_stream() -> None:
    """What a stream defines has types while its rules are applied."""
    known = Types(Manifests(Stream(STREAM.encode()), "", {}).crds_of)

    assert known.shape_at(known.type_of("example.com/v1", "Gear"), ("spec", "size")) == "int64"
    assert known.shape_at(known.type_of("example.com/v1", "Widget"), ("spec", "sise")) == ""
    assert known.type_of("example.com/v2", "Widget") == ""


def test_an_empty_word_is_in_every_document() -> None:
    """So is the name of an object that has none, or a number for one."""
    for count in (3, 100):
        stream = "---\nkind: A\nmetadata: {generateName: a}\n" * count
        manifests = Manifests(Stream(stream.encode()), "", {})
        assert len(manifests.all) == count
        assert manifests.users({"A"}, [""]) == manifests.all
        assert manifests.mentioning(manifests.all, [b"generateName", b""]) == manifests.all
