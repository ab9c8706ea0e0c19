from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postrender.errors import StreamError
from postrender.stream import text as text_module
from postrender.stream.text import Stream, source


def parts(text: str) -> list[str]:
    """The documents' own texts."""
    stream = Stream(text.encode())
    return [stream.text(document) for document in stream.documents]


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("\n", ["\n"], id="a blank line"),
        pytest.param("a: 1\n", ["a: 1\n"], id="without separator"),
        pytest.param("a: 1", ["a: 1"], id="without line break"),
        pytest.param("---\na: 1\n", ["a: 1\n"], id="separator first"),
        pytest.param("a: 1\n---\nb: 2\n", ["a: 1\n", "b: 2\n"], id="between two"),
        pytest.param("a: 1\n---\n", ["a: 1\n", ""], id="separator last"),
        pytest.param("a: 1\n---", ["a: 1\n", ""], id="separator last, without line break"),
        pytest.param("---\n---\n\n---\na: 1", ["", "\n", "a: 1"], id="empty documents"),
        pytest.param("# x\n---\na: 1\n", ["# x\n", "a: 1\n"], id="comments before the first"),
        pytest.param("--- # x\na: 1\n", ["a: 1\n"], id="separator with a comment"),
        pytest.param("---  \t\na: 1\n", ["a: 1\n"], id="separator with blanks"),
        pytest.param("---\r\na: 1\r\n---\r\nb: 2\r\n", ["a: 1\r\n", "b: 2\r\n"], id="CRLF"),
        pytest.param("--- {a: 1}\n", ["--- {a: 1}\n"], id="content beside the separator"),
        pytest.param("---\ta: 1\n", ["---\ta: 1\n"], id="content behind a tab"),
        pytest.param("--- # {a\n--- |\n x\n", ["", "--- |\n x\n"], id="a block scalar beside it"),
        pytest.param("a: |\n  ---\n  b\n", ["a: |\n  ---\n  b\n"], id="deeper, in a text"),
        pytest.param("a: 1\n ---\n", ["a: 1\n ---\n"], id="not at the line's start"),
        pytest.param("----\na\n", ["----\na\n"], id="four dashes"),
        pytest.param("---a: 1\n", ["---a: 1\n"], id="a key that begins so"),
        pytest.param("\ufeff---\na: 1\n", ["a: 1\n"], id="byte order mark"),
        pytest.param("\ufeffa: 1\n", ["a: 1\n"], id="byte order mark, without separator"),
        pytest.param(
            "a: 1\n---\n\ufeffb: 2\n", ["a: 1\n", "b: 2\n"], id="byte order mark of a document"
        ),
        pytest.param(
            "---\n\ufeffa: 1\n", ["\ufeffa: 1\n"], id="no mark, as the separator is of the document"
        ),
        pytest.param(
            "a: 1\n---\n---\n\ufeffb: 2\n",
            ["a: 1\n", "", "\ufeffb: 2\n"],
            id="no mark behind two separators",
        ),
        pytest.param("a: 1\n...\n---\nb: 2\n", ["a: 1\n...\n", "b: 2\n"], id="end marker"),
    ],
)
def test_split(text: str, texts: list[str]) -> None:
    """Lines that begin with three dashes part documents, as for Helm and kubectl."""
    assert parts(text) == texts


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("kind: Job\n", "Job", id="plain"),
        pytest.param("apiVersion: v1\nkind: Job\nmetadata: {}\n", "Job", id="among other keys"),
        pytest.param("kind: Job", "Job", id="at the end"),
        pytest.param("kind:   Job  # x\n", "Job", id="blanks and a comment"),
        pytest.param("kind: 'Job'\n", "Job", id="single quotes"),
        pytest.param('kind: "Job"\n', "Job", id="double quotes"),
        pytest.param("kind: Job\r\n", "Job", id="CRLF"),
        pytest.param("# x\n\n  # y\nkind: Job\n", "Job", id="below comments"),
        pytest.param("spec:\n  kind: Job\n", "", id="a deeper kind is none"),
        pytest.param("kinds: Job\n", "", id="another key"),
        pytest.param("# kind: Job\n", "", id="only comments"),
        pytest.param("\n \n", "", id="only blanks"),
        pytest.param("a: |\n  kind: Job\n", "", id="in a text"),
        pytest.param("kind: Job\nkind: Pod\n", None, id="twice"),
        pytest.param("kind:\n  Job\n", None, id="on the next line"),
        pytest.param("kind: Job\n  Queue\n", None, id="goes on below"),
        pytest.param("kind: Job\n\n\t Queue\n", None, id="goes on further below"),
        pytest.param("kind: Job\n\n  # x\nspec: 1\n", "Job", id="a comment below"),
        pytest.param("kind: !!str Job\n", None, id="tag"),
        pytest.param("kind: &a Job\n", None, id="anchor"),
        pytest.param("kind: *a\n", None, id="alias"),
        pytest.param("kind: |\n  Job\n", None, id="block scalar"),
        pytest.param('kind: "\\x4aob"\n', None, id="escape"),
        pytest.param("kind: {{ x }}\n", None, id="braces"),
        pytest.param("kind : Job\n", None, id="a blank before the colon"),
        pytest.param("kind\t: Job\n", None, id="a tab before the colon"),
        pytest.param("'kind': Job\n", None, id="key in quotes"),
        pytest.param('"kind": Job\n', None, id="key in double quotes"),
        pytest.param("? kind\n: Job\n", None, id="explicit key"),
        pytest.param("a: 1\n<<: *x\n", None, id="merge key"),
        pytest.param("{kind: Job}\n", None, id="flow style"),
        pytest.param('{"kind": "Job"}\n', None, id="JSON"),
        pytest.param("  kind: Job\n", None, id="indented"),
        pytest.param("- kind: Job\n", None, id="a list"),
        pytest.param("a: 1\rkind: Job\n", None, id="a line break of old Macs"),
        pytest.param("a: 1\u2028kind: Job\n", None, id="a line separator"),
        pytest.param("a: 1\x85kind: Job\n", None, id="next line"),
        pytest.param("%YAML 1.1\n", None, id="directive"),
        pytest.param("!!map\nkind: Job\n", None, id="tag of the root"),
        pytest.param("a: &x\nkind: Job\n", "Job", id="an anchor elsewhere"),
        pytest.param("a: 'x\nkind: Job\n '\n", None, id="in a text over several lines"),
    ],
)
def test_kind(text: str, kind: str | None) -> None:
    """The cheap look knows a document's kind, or that it has none; else it says it does not."""
    (document,) = Stream(text.encode()).documents

    assert document.kind == kind


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        pytest.param("name: web\n", True, id="there"),
        pytest.param("name: my-webs\n", False, id="a part of another"),
        pytest.param("name: web-0\n", False, id="the beginning of another"),
        pytest.param("name: my.web\n", False, id="the end of another"),
        pytest.param("name: my-webs web\n", True, id="behind another"),
        pytest.param('{"name":"web"}\n', True, id="in JSON"),
        pytest.param("{name: web,a: b}\n", True, id="before a comma"),
        pytest.param("web: 1\n", True, id="as a key"),
        pytest.param("name: |-\n  web\n", True, id="in a block"),
        pytest.param("name: db\n", False, id="not there"),
        pytest.param('name: "\\x77eb"\n', True, id="an escape may hide it"),
        pytest.param("name: *a\n", True, id="an alias may stand for it"),
        pytest.param("a: [*a]\n", True, id="an alias in brackets"),
        pytest.param('{"a":*a}\n', True, id="an alias right behind a colon"),
        pytest.param("a: [b,*a]\n", True, id="an alias right behind a comma"),
        pytest.param("- \t*a\n", True, id="an alias behind a tab"),
        pytest.param("a:\u2028*a\n", True, id="an alias behind a line separator"),
        pytest.param("*a : b\n", True, id="an alias as the first key"),
        pytest.param("name: !!binary d2Vi\n", True, id="a tag may hide it"),
        pytest.param("name: &x !!binary d2Vi\n", True, id="a tag behind an anchor"),
        pytest.param("a: '*'\nb: type!=c\nd: 2*3\n", False, id="signs within texts"),
    ],
)
def test_mentions(text: str, mentions: bool) -> None:
    """A document that cannot hold a word is known without parsing; in all of them at once, too."""
    stream = Stream(f"kind: Web\n---\nweb: 1\n---\n{text}---\nname: web\n".encode())

    assert stream.mentions(stream.documents[2], [b"web"]) is mentions
    assert stream.mentioning([b"web"]) == ({1, 2, 3} if mentions else {1, 3})


def test_mentions_all_words() -> None:
    """All words must be there, each in the document's own text and not in its neighbour's."""
    stream = Stream(b"a: one\n---\nb: two one\n---\nc: two\n")

    words = [b"one", b"two"]

    assert [stream.mentions(document, words) for document in stream.documents] == [
        *(False, True, False),
    ]
    assert stream.mentioning(words) == {1}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param(
            "# Source: web/templates/a.yaml\na: 1\n", "web/templates/a.yaml", id="first line"
        ),
        pytest.param("\n# x\n# Source: a b.yaml \nkind: X\n", "a b.yaml", id="below others"),
        pytest.param("# Source: a.yaml\r\na: 1\r\n", "a.yaml", id="CRLF"),
        pytest.param("# Source: a.yaml\n# Source: b.yaml\n", "a.yaml", id="the first of two"),
        pytest.param("a: 1\n# Source: a.yaml\n", None, id="below content"),
        pytest.param("a: |\n  # Source: a.yaml\n", None, id="in a text"),
        pytest.param("# source: a.yaml\n", None, id="another case"),
        pytest.param("# Source:\na: 1\n", None, id="empty"),
        pytest.param("a: 1\n", None, id="none"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_source(text: str, path: str | None) -> None:
    """Helm 3's comment above a document says the template path."""
    assert source(text) == path


def test_line() -> None:
    """A document's first line, for messages."""
    stream = Stream(b"# x\na: 1\n---\nb: 2\n--- {c: 3}\n")

    assert [stream.line_of(document.body) for document in stream.documents] == [1, 4, 5]


@given(
    st.lists(st.sampled_from(["a: 1\n", "---\n", "--- # x\n", "\ufeff", "\r\n", "b: é"])), st.data()
)
def test_lines_of_offsets(parts: list[str], data: st.DataObject) -> None:
    """The line of any place in a stream, in whatever order they are asked for."""
    stream = Stream("".join(parts).encode())
    for offset in data.draw(st.lists(st.integers(0, len(stream.data)))):
        assert stream.line_of(offset) == stream.data[:offset].count(b"\n") + 1


class _Counting(bytes):
    """A stream's bytes that note how many of them are counted through."""

    counted = 0

    def count(self, *args: Any) -> int:
        """As bytes.count."""
        _, start, end = args
        self.counted += end - start
        return super().count(*args)


@pytest.mark.parametrize("step", [1, -1])
def test_lines_of_many_documents(step: int) -> None:
    """The lines of 100,000 documents take a pass or two through the stream, not one for each."""
    data = _Counting(b"---\na: 1\n" * 100_000)
    stream = Stream(data)
    places = [document.body + 2 for document in stream.documents][::step]

    assert [stream.line_of(place) for place in places] == [*range(2, 200_001, 2)][::step]
    assert data.counted <= 2 * len(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"a: \xff\n", "<stdin>:1:4: not UTF-8", id="a byte"),
        pytest.param(b"a: 1\nb: \xe2\x82\n", "<stdin>:2:4: not UTF-8", id="half a character"),
        pytest.param("a: é\n".encode("latin-1"), "<stdin>:1:4: not UTF-8", id="latin-1"),
        pytest.param("a: 1\n".encode("utf-16"), "<stdin>:1:", id="UTF-16"),
        pytest.param(b"\xed\xa0\x80", "<stdin>:1:1: not UTF-8", id="half a surrogate pair"),
        pytest.param(b"a: \0\n", "<stdin>:1:4: a NUL byte", id="NUL"),
        pytest.param("é: \0\n".encode(), "<stdin>:1:5: a NUL byte", id="NUL beside others"),
        pytest.param(
            "é".encode() * (1 << 19) + b"\n\xc3", "<stdin>:2:1: not UTF-8", id="behind a mebibyte"
        ),
        pytest.param(
            b"x" + "é".encode() * (1 << 20) + b"\n\xc3", "<stdin>:2:1: not UTF-8", id="across it"
        ),
    ],
)
def test_what_is_no_text(data: bytes, message: str) -> None:
    """Standard input that is no UTF-8 is refused with its place."""
    with pytest.raises(StreamError) as caught:
        Stream(data)

    assert str(caught.value).startswith(message)
    assert str(caught.value).endswith("; give YAML as Helm renders it")


@pytest.mark.parametrize(
    ("text", "newline"),
    [
        pytest.param("a: 1\r\nb: 2\n", "\r\n", id="CRLF"),
        pytest.param("a: 1\nb: 2\r\n", "\n", id="LF"),
        pytest.param("a: 1", "\n", id="none"),
        pytest.param("\n", "\n", id="a blank line"),
        pytest.param("\r\n", "\r\n", id="a blank line, CRLF"),
    ],
)
def test_newline(text: str, newline: str) -> None:
    """New documents get the line breaks that the stream begins with."""
    assert Stream(text.encode()).newline == newline


LINES = (
    *("---", "--- # c", "---\r", "----", "-", "- a", "kind: ConfigMap", "kind:\tX", "kind: A1"),
    *(" kind: B", "kind", "kindly: x", "Kind: x", "a: b", "  a: b", "", " ", "\t", "\r", "\r\r"),
    *("# Source: a/b.yaml", "# Source:  x", "# Source: ", " # c", "#c", "# Source: \u00a0x\u00a0 "),
    *("'a': b", '"a": b', "? a", "!x a", "&a b", "*a", "{a: b}", "[a]", "<<: a", "%YAML", "@a"),
    *("`a", "|", "\u00efx", "\ufeffkind: X", "...", ">"),
)
STREAMS = st.lists(st.sampled_from(LINES), max_size=9).map("\n".join)


@settings(max_examples=1000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=STREAMS)
def test_small_and_large_streams(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of a small stream are looked at one by one, those of a large one by a pattern."""

    def documents() -> list[tuple[int, int, int, str | None]]:
        found = Stream(text.encode()).documents
        return [(one.start, one.body, one.end, one.kind) for one in found]

    small = documents()
    with monkeypatch.context() as patch:
        patch.setattr(text_module, "_FEW_BYTES", -1)
        assert documents() == small


@settings(max_examples=1000)
@given(text=STREAMS)
def test_the_source_is_in_the_comments_above(text: str) -> None:
    """It is the first such comment, with nothing but comments and blank lines before it."""
    text += "\n"
    head = re.match(r"(?:[ \t]*(?:#.*)?\r?\n)+", text)
    found = re.search(r"^# Source: (\S.*?)[ \t\r]*$", head[0], re.MULTILINE) if head else None

    assert source(text) == (found[1] if found else None)
