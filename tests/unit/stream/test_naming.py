"""What a look at a document's text says of its object's name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postrender.kubernetes.objects import text_of
from postrender.stream.manifest import Manifest
from postrender.stream.text import Stream
from postrender.yamltext.reader import ReadError, read

HEAD = "apiVersion: v1\nkind: ConfigMap\n"


def looked(text: str) -> str | None:
    """What the look says of the one document of a stream."""
    stream = Stream(text.encode())
    [document] = stream.documents
    return Manifest(stream, document, 0, lambda *_: None).looks_named()


@pytest.mark.parametrize(
    ("metadata", "name"),
    [
        pytest.param("metadata:\n  name: web\n", "web", id="plain"),
        pytest.param('metadata:\n  name: "web"\n', "web", id="double quotes"),
        pytest.param("metadata:\n  name: '0123'\n", "0123", id="digits in quotes"),
        pytest.param("metadata:\n  name: web.example-1 # said\n", "web.example-1", id="comment"),
        pytest.param("metadata: # said\n    name: web\n", "web", id="indentation of four"),
        pytest.param("metadata:\n\n  # said\n  name: web\n", "web", id="comment above"),
        pytest.param("metadata:\r\n  name: web\r\n", "web", id="CRLF"),
        pytest.param("metadata:\n  name: web", "web", id="no line break at the end"),
        pytest.param("metadata:\n  labels:\n    name: db\n  name: web\n", "web", id="a label"),
        pytest.param("metadata:\n  namespace: db\n  name: web\n", "web", id="a namespace"),
        pytest.param(
            "metadata:\n  annotations:\n    a: |\n      metadata:\n      name: x\n  name: web\n",
            "web",
            id="a block scalar",
        ),
        pytest.param(
            "metadata:\n  name: web\ndata:\n  a: '\\n'\n", "web", id="a backslash elsewhere"
        ),
        pytest.param("metadata:\n  generateName: web-\n", "", id="no name"),
        pytest.param("metadata:\n  name: 0123\n", None, id="a number"),
        pytest.param("metadata:\n  name: yes\n", None, id="a word of YAML"),
        pytest.param("metadata:\n  name:\n", None, id="nothing"),
        pytest.param("metadata:\n  name: web\n    db\n", None, id="over two lines"),
        pytest.param("metadata:\n  name: web\n\n    db\n", None, id="over a blank line"),
        pytest.param("metadata:\n  name:\n    web\n", None, id="on the next line"),
        pytest.param('metadata:\n  name: "w\\x65b"\n', None, id="an escape"),
        pytest.param("metadata:\n  name: &a web\n", None, id="an anchor"),
        pytest.param("metadata:\n  name: *a\n", None, id="an alias"),
        pytest.param("metadata:\n  name: !!str web\n", None, id="a tag"),
        pytest.param("metadata:\n  name: web\n  name: db\n", None, id="twice"),
        pytest.param("metadata:\n  name: web\n  'name': db\n", None, id="twice, in quotes"),
        pytest.param("metadata:\n  name: web\n  name : db\n", None, id="twice, with a blank"),
        pytest.param("metadata:\n  <<: {name: db}\n  a: b\n", None, id="a merge key"),
        pytest.param("metadata: {name: web}\n", None, id="a flow mapping"),
        pytest.param("metadata:\n  {name: web}\n", None, id="a flow mapping below"),
        pytest.param("metadata: &a\n  name: web\n", None, id="an anchor of metadata"),
        pytest.param("metadata:\n  name: a\nmetadata:\n  name: b\n", None, id="metadata twice"),
        pytest.param("metadata:\n- name: web\n", None, id="a list"),
        pytest.param("metadata:\n\tname: web\n", None, id="a tab"),
        pytest.param(
            'metadata:\n  annotations:\n    a: "\n  name: x\nb: c\n"\n  name: web\n',
            None,
            id="quotes over the first column",
        ),
        pytest.param(
            "metadata:\n  annotations: {a: b,\nc: d}\n  name: web\n", None, id="brackets over it"
        ),
        pytest.param(
            "metadata:\n  labels: {a: '}'}\n  name: web\n", None, id="a bracket in quotes"
        ),
        pytest.param("metadata:\n  labels: {a: b}\n  name: web\n", "web", id="labels in brackets"),
    ],
)
def test_names(metadata: str, name: str | None) -> None:
    """A name only where it is certain; None where only parsing can tell."""
    assert looked(HEAD + metadata) == name


PIECES = st.sampled_from(
    (
        *("metadata:", "metadata :", "metadataOf:", "'metadata':", "? metadata", "spec:"),
        *(
            "name: web",
            "name: 'db'",
            'name: "a',
            'b"',
            "name : x",
            "name:",
            "names: web",
            "'name': q",
        ),
        *(
            "namespace: web",
            "labels: {name: web,",
            "name: y}",
            "labels:",
            "a: |",
            "a: >-",
            "a: 'it",
        ),
        *(
            "name: z'",
            "# name: c",
            "",
            "name: w # c",
            "name: 12",
            "name: *a",
            "name: &a web",
            "- name",
        ),
        *(
            "&a",
            "<<: *a",
            "{name: web}",
            "annotations: &b",
            "name: on",
            "web",
            "...",
            "name: [a,",
            "]",
        ),
    )
)
LINES = st.tuples(st.sampled_from(("", "  ", "    ", "      ", " ", "\t")), PIECES)


@settings(max_examples=1500)
@given(
    st.lists(LINES, max_size=8),
    st.sampled_from(("", "metadata:\n")),
    st.sampled_from(("\n", "\r\n")),
)
def test_the_look_agrees_with_reading(
    lines: list[tuple[str, str]], lead: str, newline: str
) -> None:
    """Whatever the lines are: where a document can be read, a certain name is its name."""
    text = "\n".join([HEAD + lead, *(indent + piece for indent, piece in lines), ""])
    text = text.replace("\n", newline)
    try:
        root = read(text)
    except ReadError:
        return
    if root is not None and isinstance(root.data, dict):
        assert looked(text) in (None, text_of(root.data, "name"))
