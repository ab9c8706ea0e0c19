"""Text to nodes: where they stand, what Go reads in them, and what is refused with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import GoReader, GoRefuses, same

from postrender.yamltext.nodes import Alias, Collection, Mapping, Node, Scalar, Sequence
from postrender.yamltext.reader import MAX_DEPTH, MAX_EXPANSION, ReadError, UnknownAnchor, read

if TYPE_CHECKING:
    from collections.abc import Iterator


def root_of(text: str) -> Node:
    """The root of a text that has one."""
    root = read(text)
    assert root is not None
    return root


def leaves(node: Node) -> Iterator[Node]:
    """All nodes with none inside, in the order of the text."""
    children: list[Node] = []
    if isinstance(node, Mapping):
        children = [child for pair in node.pairs for child in pair]
    elif isinstance(node, Sequence):
        children = node.items
    if not children:
        yield node
    for child in children:
        yield from leaves(child)


# A text, and in it the text of each leaf.
PLACES = [
    pytest.param("a: b # c\n", ["a", "b"], id="plain"),
    pytest.param("'a': \"b\"\n", ["'a'", '"b"'], id="quoted"),
    pytest.param("a: one\n  two # c\nb: 1\n", ["a", "one\n  two", "b", "1"], id="plain over lines"),
    pytest.param('a: "one\n  two"\n', ["a", '"one\n  two"'], id="quoted over lines"),
    pytest.param("a: |\n  x\n\nb: 1\n", ["a", "|\n  x\n", "b", "1"], id="literal"),
    pytest.param("a: |+\n  x\n\nb: 1\n", ["a", "|+\n  x\n\n", "b", "1"], id="kept line breaks"),
    pytest.param(
        "a: |-\n  x\n   \nb: 1\n", ["a", "|-\n  x\n   \n", "b", "1"], id="blanks are content"
    ),
    pytest.param("a: >2-\n   x\n# c\n", ["a", ">2-\n   x\n"], id="folded"),
    pytest.param(
        "a: |\r\n  x\r\n\r\nb: 1\r\n", ["a", "|\r\n  x\r\n", "b", "1"], id="literal in CRLF"
    ),
    pytest.param("a: &x !!str b\n", ["a", "&x !!str b"], id="anchor and tag"),
    pytest.param("a: &x b\nc: *x # d\n", ["a", "&x b", "c", "*x"], id="alias"),
    pytest.param("a:  # c\nb:\n", ["a", "", "b", ""], id="nothing"),
    pytest.param("- # c\n-\n", ["", ""], id="items that say nothing"),
    pytest.param("? a # c\n# d\n? b\n", ["a", "", "b", ""], id="keys without values"),
    pytest.param("{a: [b, 'c'], d}\n", ["a", "b", "'c'", "d", ""], id="flow"),
    pytest.param("a: {}\nb: [ ]\n", ["a", "{}", "b", "[ ]"], id="empty flow"),
    pytest.param("é: ü\U0001f600\nb: 1\n", ["é", "ü\U0001f600", "b", "1"], id="beyond ASCII"),
]


@pytest.mark.parametrize(("text", "found"), PLACES)
def test_nodes_know_their_text(text: str, found: list[str]) -> None:
    """A node's start and end enclose what it says: without comments, with a block's last break."""
    assert [text[leaf.start : leaf.end] for leaf in leaves(root_of(text))] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("a:\n  b: 1\n  # c\n\nd: 2\n", "b: 1", id="mapping"),
        pytest.param("a:\n- b\n- c: |\n    x\n\nd: 2\n", "- b\n- c: |\n    x\n", id="list"),
        pytest.param("a: {b: 1} # c\n", "{b: 1}", id="braces"),
        pytest.param("a: &x !!map\n  b: 1\n", "&x !!map\n  b: 1", id="anchor and tag"),
        pytest.param("a:\n  b:\nc: 1\n", "b:", id="nothing at the end"),
    ],
)
def test_a_collection_ends_with_its_last_leaf(text: str, found: str) -> None:
    """Comments and blank lines after the last leaf are outside."""
    root = root_of(text)
    assert isinstance(root, Mapping)
    value = root.pairs[0][1]
    assert isinstance(value, Collection)
    assert text[value.start : value.end] == found


# Documents of which the readers of YAML do not agree, and what Go makes of them.
READINGS = [
    pytest.param("a: 1\na: 2\n", {"a": 2}, id="the last of equal keys counts"),
    pytest.param("a: |\n  x", {"a": "x\n"}, id="a missing last line break is there"),
    pytest.param(
        "1: a\ntrue: b\n~x: c\n1e3: d\n",
        {"1": "a", "true": "b", "~x": "c", "1000": "d"},
        id="keys become text",
    ),
    pytest.param(
        "a: &x {k: 1}\nb: {<<: *x, k: 2}\n", {"a": {"k": 1}, "b": {"k": 2}}, id="after a merge key"
    ),
    pytest.param(
        "a: &x {k: 1}\nb: {k: 2, <<: *x}\n", {"a": {"k": 1}, "b": {"k": 1}}, id="before a merge key"
    ),
    pytest.param(
        "a: {<<: [{k: 1}, {k: 2, l: 3}]}\n",
        {"a": {"k": 1, "l": 3}},
        id="the first of merged mappings wins",
    ),
    pytest.param("a: {!!merge <<: {k: 1}}\n", {"a": {"k": 1}}, id="a merge key with its tag"),
    pytest.param('a: {"<<": {k: 1}}\n', {"a": {"<<": {"k": 1}}}, id="no merge key in quotes"),
    pytest.param(
        "a: &x 1\nb: &x 2\nc: *x\n", {"a": 1, "b": 2, "c": 2}, id="the last of equal anchors"
    ),
    pytest.param("a: !!str 1\nb: !custom 2\nc: ! 3\n", {"a": "1", "b": "2", "c": "3"}, id="tags"),
    pytest.param("!!set {a, b}\n", {"a": None, "b": None}, id="tags of collections say nothing"),
    pytest.param("[a: 1, b]\n", [{"a": 1}, "b"], id="a pair without braces"),
    pytest.param("? a\n: 1\n? b\n", {"a": 1, "b": None}, id="question marks"),
    pytest.param("a: 1\n...\n# end\n", {"a": 1}, id="a marker of the end"),
    pytest.param("--- # c\na: 1\n", {"a": 1}, id="a separator"),
    pytest.param(
        "a: yes\nb: 0o17\nc: 1e3\nd: 22:22\n",
        {"a": True, "b": 15, "c": 1000.0, "d": "22:22"},
        id="scalars",
    ),
    pytest.param("a: one\n\n  two\n", {"a": "one\ntwo"}, id="a fold"),
    pytest.param("a:\tb\t# c\n", {"a": "b"}, id="tabs"),
    pytest.param("a: 1\r\nb:\r\n- x\r\n", {"a": 1, "b": ["x"]}, id="CRLF"),
    pytest.param("just text\n", "just text", id="a scalar"),
    pytest.param("a: b\ufeff\n", {"a": "b\ufeff"}, id="a byte order mark in a text"),
]


@pytest.mark.parametrize(("text", "data"), READINGS)
def test_reads_as_go(text: str, data: Any, go: GoReader) -> None:
    """What readers do not agree about is read as Helm and kubectl read it."""
    assert same(root_of(text).data, data)
    assert same(data, go.read(text if text.endswith("\n") else text + "\n"))


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "  \n# a\n\n", "...\n"])
def test_nothing_is_no_document(text: str) -> None:
    """Comments and blanks hold no node."""
    assert read(text) is None


# A text, the problem, and line and column, from 0.
PROBLEMS = [
    pytest.param("a: [1\n", 'the "[" one line above is not closed', 1, 0, id="an open bracket"),
    pytest.param("a: b: c\n", 'a ":" that cannot stand here', 0, 4, id="two colons"),
    pytest.param("a: 1\n b: 2\n", 'a ":" that cannot stand here', 1, 2, id="indentation"),
    pytest.param("a: {{ .Values.x }}\n", "as a mapping key", 0, 4, id="a template left in"),
    pytest.param("a: 'x\n", "the quote (') one line above is not closed", 1, 0, id="an open quote"),
    pytest.param(
        "é: \x01\n", "YAML does not allow the character U+0001", 0, 3, id="a control character"
    ),
    pytest.param(
        "a:\n  é: \x80\n", "YAML does not allow the character U+0080", 1, 5, id="one of two bytes"
    ),
    pytest.param(
        "a:\n\n\ufeffb: 1\n", "a byte order mark", 2, 0, id="a byte order mark within the text"
    ),
    pytest.param("a: @b\n", 'a text cannot begin with "@"', 0, 3, id="a reserved sign"),
    pytest.param("b: 1\na: *x\n", "an alias (*) without an anchor", 1, 3, id="an alias to nothing"),
    pytest.param("a: &x [*x]\n", "an anchor (&) that contains itself", 0, 7, id="a cycle"),
    pytest.param(
        "a: &x {b: {c: *x}}\n", "an anchor (&) that contains itself", 0, 14, id="a longer cycle"
    ),
    pytest.param(
        "a: {<<: 1}\n", "a merge key (<<) needs a mapping", 0, 8, id="a merge of a number"
    ),
    pytest.param(
        "a: {<<: [{}, 1]}\n",
        "a merge key (<<) needs a mapping",
        0,
        8,
        id="a merge of a list with one",
    ),
    pytest.param(
        "a: &x [{}]\nb: {<<: *x}\n",
        "a merge key (<<) needs a mapping",
        1,
        8,
        id="a merge of an alias to a list",
    ),
    pytest.param("~: 1\n", "Go does not take null as a mapping key", 0, 0, id="null as a key"),
    pytest.param("[a]: 1\n", "a mapping or a list as a mapping key", 0, 0, id="a list as a key"),
    pytest.param(
        "? {a: b}\n: 1\n", "a mapping or a list as a mapping key", 0, 2, id="a mapping as a key"
    ),
    pytest.param("a: .inf\n", ".inf cannot be written as JSON", 0, 3, id="infinity"),
    pytest.param(
        "a: !!int x\n", "does not read this text as a !!int", 0, 3, id="a tag that does not fit"
    ),
    pytest.param(
        "a: 1\n...\nb: 2\n",
        'text after the end of the document ("...")',
        2,
        0,
        id="text after the end",
    ),
    pytest.param("a: [b, !!str, c]\n", "a tag right before a comma", 0, 7, id="a tag, a comma"),
]

# What we refuse since Go reads something else.
NOT_GOS = ("text after the end", "a byte order mark within the text", "a tag, a comma")


@pytest.mark.parametrize(("text", "problem", "line", "column"), PROBLEMS)
def test_problems_have_a_place(text: str, problem: str, line: int, column: int) -> None:
    """What cannot be read is refused with what is wrong and where."""
    with pytest.raises(ReadError) as raised:
        read(text)
    assert problem in raised.value.problem
    assert (raised.value.line, raised.value.column) == (line, column)


@pytest.mark.parametrize(
    "text",
    [case.values[0] for case in PROBLEMS if case.id not in NOT_GOS],
)
def test_go_refuses_what_is_refused(text: str, go: GoReader) -> None:
    """Nothing is refused that Go reads, but for what it would lose or take for a letter."""
    with pytest.raises(GoRefuses):
        go.read(text)


@pytest.mark.parametrize(
    ("opening", "closing", "width"),
    [
        pytest.param("[", "]", 1, id="brackets"),
        pytest.param("{a: ", "}", 4, id="braces"),
        pytest.param("[\n", "]", 0, id="brackets over lines"),
        pytest.param("- ", "", 2, id="lists"),
        pytest.param("? ", "", 2, id="keys"),
    ],
)
@pytest.mark.parametrize("depth", [MAX_DEPTH + 2, 999, 1001, 10_000])
def test_depth_is_limited(opening: str, closing: str, width: int, depth: int) -> None:
    """
    What is nested deeper than any object of Kubernetes is refused at one place and in one sentence,
    whether libyaml has a limit of its own, looks ahead, or finds something else wrong further on.
    """
    deepest = MAX_DEPTH + 1
    if opening != "? ":  # a mapping as a key is refused
        assert read(opening * MAX_DEPTH + "1" + closing * MAX_DEPTH) is not None
    for text in (
        opening * depth + "1" + closing * depth,
        opening * depth,
        opening * depth + "1" + closing * depth + "\n@",
    ):
        with pytest.raises(ReadError) as raised:
            read(text)
        assert raised.value.problem == f"nested deeper than {MAX_DEPTH} levels"
        place = (raised.value.line, raised.value.column)
        assert place == ((0, deepest * width) if width else (deepest, 0))


def test_the_depth_of_indented_blocks_is_limited() -> None:
    """As that of brackets."""
    text = "".join(" " * depth + "a:\n" for depth in range(1500))
    with pytest.raises(ReadError) as raised:
        read(text)
    assert raised.value.problem == f"nested deeper than {MAX_DEPTH} levels"
    assert (raised.value.line, raised.value.column) == (MAX_DEPTH + 1, MAX_DEPTH + 1)


def test_width_is_not_limited() -> None:
    """Many things beside each other are not deep."""
    wide = read(
        "a: [" + "[b], " * 10_000 + "]\n" + "".join(f"k{i}: {{c: d}}\n" for i in range(5000))
    )
    assert isinstance(wide, Mapping)
    assert len(wide.pairs) == 5001


# A text that libyaml refuses, and what we say about it.
SENTENCES = [
    pytest.param("a: 'x\n", "the quote (') one line above is not closed", id="open quote"),
    pytest.param("a: {b: 1\n\nc: 2\n", '"," or "}" is missing after an entry of the "{" 2 lines above', id="open brace"),
    pytest.param("a: [b, , c]\n", "a value is missing before this comma", id="two commas"),
    pytest.param("a: ]\n", 'a "]" without a "[" before it', id="closing bracket"),
    pytest.param("a: | text\n", 'only +, -, a digit or a comment can follow "|" in its line', id="block scalar"),
    pytest.param("a: * b\n", "an alias (*) needs a name of letters, digits, - and _; put the text in quotes", id="asterisk"),
    pytest.param("a: & b\n", "an anchor (&) needs a name of letters, digits, - and _; put the text in quotes", id="ampersand"),
    pytest.param("a: !e!x b\n", "a tag (!) that YAML does not allow; put the text in quotes", id="tag"),
    pytest.param('a: "\\q"\n', r"a backslash that starts no YAML escape; write \\ for a backslash", id="escape"),
    pytest.param('a: "\\xZZ"\n', r"a backslash that starts no YAML escape; write \\ for a backslash", id="half an escape"),
    pytest.param("a: 'it's'\n", "text after the closing quote ('); put the whole text in quotes", id="quote in quotes"),
    pytest.param("a:\n  b: 1\n c: 2\n", "the indentation of this line matches no line above it; check the indentation", id="between two levels"),
    pytest.param("a:\n  b: 1\n  - c\n", 'a list item ("- ") that cannot stand here; check the indentation', id="item among keys"),
    pytest.param("- a\nb: 1\n", 'YAML expects a list item ("- ") here; check the indentation', id="key among items"),
    pytest.param("a: 1\nb\nc: 2\n", 'a text one line above that needs a ":" or a "- "; check the indentation', id="text among keys"),
    pytest.param("a:\n\tb: 1\n", "a tab where YAML needs spaces", id="tab"),
    pytest.param('{"a": 1}{"b": 2}', "text after the end of the document; check the indentation", id="two values"),
    pytest.param("%FOO\na: 1\n", "a directive (%) that YAML does not know", id="directive"),
    pytest.param("a: %b\n", 'a text cannot begin with "%"; put it in quotes', id="percent"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), SENTENCES)
def test_what_libyaml_refuses_is_said_in_our_words(text: str, sentence: str) -> None:
    """Libyaml's own sentences are others in each of its versions."""
    with pytest.raises(ReadError) as raised:
        read(text)
    assert raised.value.problem == sentence


@given(st.text(st.sampled_from("ab01-:?,[]{}&*!|>'\"%@`#.~ \t\n\\\x01é"), max_size=60))
def test_whatever_is_refused_is_refused_with_a_place(text: str) -> None:
    """No text makes the explanation fail."""
    refused = None
    try:
        read(text)
    except ReadError as error:
        refused = error
    assert refused is None or (refused.problem and refused.line <= text.count("\n") + 1)


def test_what_aliases_stand_for_is_limited() -> None:
    """Aliases of aliases cannot make a small text a huge object."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    with pytest.raises(ReadError, match=f"more than {MAX_EXPANSION} values"):
        read("\n".join(lines))


def test_an_unknown_anchor_may_be_given() -> None:
    """An alias takes its node from `outer` where its document has no such anchor before it."""
    other = root_of("a: &x {k: v}\n")
    with pytest.raises(UnknownAnchor) as raised:
        read("b: *x\n")
    node = other.last_anchored(raised.value.anchor)
    assert node is not None
    root = read("b: *x\nc: &x 1\nd: *x\n", {"x": node})
    assert root is not None
    assert root.data == {"b": {"k": "v"}, "c": 1, "d": 1}


def test_what_other_documents_anchors_stand_for_counts() -> None:
    """The limit holds over documents, too."""
    huge = root_of("a: &x [" + "1, " * 1000 + "1]")
    assert isinstance(huge, Mapping)
    with pytest.raises(ReadError, match="values"):
        read("[" + "*x, " * 1000 + "*x]", {"x": huge.pairs[0][1]})


def test_nodes_keep_what_was_written() -> None:
    """Style, anchor, tag and order of entries are those of the text."""
    root = root_of("b: &x !!str 'one'\na: *x\nc: |\n  t\n")
    assert isinstance(root, Mapping)
    assert [key.data for key, _ in root.pairs] == ["b", "a", "c"]
    one, alias, literal = (value for _, value in root.pairs)
    assert isinstance(one, Scalar)
    assert (one.style, one.anchor, one.tag, one.text) == ("'", "x", "tag:yaml.org,2002:str", "one")
    assert isinstance(alias, Alias)
    assert alias.target is one
    assert isinstance(literal, Scalar)
    assert (literal.style, literal.text) == ("|", "t\n")
