"""
What is read and written is what Go reads.

Every text of `hazards.py` stands once in each place a scalar can have; the oracle says what Helm
and kubectl make of the document. Texts are asked for in batches, so that a test is one place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml
from hazards import HAZARDS
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import GoReader, GoRefuses, go_reader, same

from postrender.yamltext.scalars import (
    double_quoted,
    is_plain_safe,
    key_text,
    resolve,
    resolve_tagged,
    single_quoted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from oracle import Mode

# In place of what was read; no scalar is a tuple.
REFUSED = ("refused",)

# Mapping keys longer than this need "? " before them, however they are written.
LONGEST_KEY = 1000


@pytest.fixture(scope="module")
def go() -> Iterator[GoReader]:
    """Go's readers, or a skip that says why there are none."""
    with go_reader() as reader:
        yield reader


class Place(NamedTuple):
    """Where a scalar stands: a document with a hole, and the way to what was read there."""

    name: str
    document: str
    is_key: bool
    is_flow: bool

    def filled(self, scalar: str) -> str:
        """The document with the scalar in its hole, as a Kubernetes object, which Helm 4 needs."""
        head = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"
        body = self.document.replace("HOLE", scalar)
        return body + head if self.name == "first key" else head + body

    def found(self, data: Any) -> Any:
        """What was read in the hole."""
        if isinstance(data, GoRefuses):
            return REFUSED
        if isinstance(data, list):
            (data,) = data
        if self.name == "first key":
            (key,) = data.keys() - {"apiVersion", "kind", "metadata"}
            return key
        inside = data["data"]
        while isinstance(inside, (dict, list)):
            if self.is_key and isinstance(inside, dict):
                (key,) = inside.keys() - {"other"}
                return key
            inside = next(iter(inside.values())) if isinstance(inside, dict) else inside[0]
        return inside


PLACES = [
    Place("value", "data:\n  k: HOLE\n  other: 1\n", is_key=False, is_flow=False),
    Place("item", "data:\n- HOLE\n- other\n", is_key=False, is_flow=False),
    Place("item of an item", "data:\n- - HOLE\n", is_key=False, is_flow=False),
    Place("key", "data:\n  HOLE: v\n  other: 1\n", is_key=True, is_flow=False),
    Place("first key", "HOLE: v\n", is_key=True, is_flow=False),
    Place("key of an item", "data:\n- HOLE: v\n  other: 1\n", is_key=True, is_flow=False),
    Place("flow value", "data: {k: HOLE, other: 1}\n", is_key=False, is_flow=True),
    Place("last flow value", "data: {k: HOLE}\n", is_key=False, is_flow=True),
    Place("flow item", "data: [HOLE, other]\n", is_key=False, is_flow=True),
    Place("last flow item", "data: [HOLE]\n", is_key=False, is_flow=True),
    Place("flow key", "data: {HOLE: v, other: 1}\n", is_key=True, is_flow=True),
]
in_every_place = pytest.mark.parametrize("place", PLACES, ids=[place.name for place in PLACES])

TAGS = ("str", "bool", "int", "float", "null", "binary", "timestamp", "merge", "value", "seq", "x")
STANDARD_TAG = "tag:yaml.org,2002:"


def outcome(read: Callable[..., Any], *arguments: Any) -> Any:
    """What a reading of ours gives, or REFUSED."""
    try:
        return read(*arguments)
    except ValueError:
        return REFUSED


def events(document: str) -> list[tuple[object, ...]] | None:
    """The document's events as libyaml sees them, or None where it sees no document."""
    try:
        return [
            (type(event), *(getattr(event, name, None) for name in ("value", "style", "tag")))
            for event in yaml.parse(document, Loader=yaml.CSafeLoader)
        ]
    except yaml.YAMLError:
        return None


def stands_plain(text: str, place: Place) -> bool:
    """Whether YAML lets the text stand in this place without quotes."""
    if place.is_flow and "?" in text:
        return False  # libyaml reads it, Go refuses the document
    expected = events(place.filled("placeholder")) or []
    return events(place.filled(text)) == [
        (kind, text if value == "placeholder" else value, *rest) for kind, value, *rest in expected
    ]


def ways_to_write(text: str, place: Place) -> Iterator[str]:
    """The text in each style that may be used for it in this place."""
    styles = [double_quoted(text), single_quoted(text)]
    if is_plain_safe(text, flow=place.is_flow):
        styles.append(text)
    for written in styles:
        if written is not None and not (place.is_key and len(written) > LONGEST_KEY):
            yield written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param("café 中文 ⚠️", '"café 中文 ⚠️"', id="other languages, emoji"),
        pytest.param("a\tb\nc\x1b", r'"a\tb\nc\u001b"', id="control characters"),
        pytest.param("shop\u202egpj", r'"shop\u202egpj"', id="direction"),
        pytest.param("a\u3164\U000e0041", r'"a\u3164\U000e0041"', id="without width"),
    ],
)
def test_what_does_not_show_is_escaped(text: str, written: str) -> None:
    """Who reads a text that the program has written sees each character of it."""
    assert double_quoted(text) == written
    assert ("\\" in written) == (single_quoted(text) is None)


def test_there_are_many_hazards() -> None:
    """The table holds at least the 314 that were measured first, each once."""
    assert len(HAZARDS) >= 314
    assert len(set(HAZARDS)) == len(HAZARDS)


@in_every_place
def test_a_plain_scalar_is_read_as_go_reads_it(place: Place, go: GoReader) -> None:
    """resolve, and key_text for keys, say what Go says, and refuse what Go refuses."""
    texts = [text for text in HAZARDS if stands_plain(text, place)]
    if place.is_key:
        texts.remove("<<")  # a merge key, no key
    wrong = []
    for text, answer in zip(texts, go.read_all(map(place.filled, texts)), strict=True):
        ours, theirs = outcome(resolve, text), place.found(answer)
        if place.is_key and ours is not REFUSED:
            ours = outcome(key_text, ours)
        elif place.is_key and theirs in {".inf", "-.inf", ".nan"}:
            theirs = REFUSED  # Go takes these words as keys, we do not
        if not same(ours, theirs):
            wrong.append((text, ours, theirs))
    assert wrong == []
    assert len(texts) > 300


@pytest.mark.parametrize("quoted", [False, True], ids=["plain", "quoted"])
@pytest.mark.parametrize("tag", TAGS)
def test_a_tagged_scalar_is_read_as_go_reads_it(tag: str, quoted: bool, go: GoReader) -> None:
    """resolve_tagged says what Go makes of `!!tag text`, and refuses what Go refuses."""
    place = PLACES[0]
    texts = [text for text in HAZARDS if quoted or stands_plain(text, place)]
    tagged = [f"!!{tag} {double_quoted(text) if quoted else text}" for text in texts]
    wrong = []
    for text, answer in zip(texts, go.read_all(map(place.filled, tagged)), strict=True):
        ours = outcome(resolve_tagged, STANDARD_TAG + tag, text, not quoted)
        theirs = place.found(answer)
        if not same(ours, theirs):
            wrong.append((text, ours, theirs))
    assert wrong == []


@pytest.mark.parametrize(
    ("tag", "written", "text"),
    [
        pytest.param("!", "! 12", "12", id="non-specific"),
        pytest.param("!", '! ""', "", id="non-specific-empty"),
        pytest.param("!local", "!local 12", "12", id="local"),
        pytest.param("!local", "!local ~", "~", id="local-null"),
        pytest.param("tag:example.com,2000:x", "!<tag:example.com,2000:x> 1", "1", id="foreign"),
    ],
)
def test_a_tag_that_go_does_not_know_means_text(
    tag: str, written: str, text: str, go: GoReader
) -> None:
    """Under `!` and tags of one's own, Go reads every scalar as text."""
    (event,) = [
        event
        for event in yaml.parse(written, Loader=yaml.CSafeLoader)
        if isinstance(event, yaml.ScalarEvent)
    ]
    assert event.tag == tag
    assert go.read(f"- {written}") == [text]
    assert resolve_tagged(tag, text, plain=True) == text


@pytest.mark.parametrize(
    ("plain", "value"), [pytest.param(True, 8, id="plain"), pytest.param(False, "010", id="quoted")]
)
def test_without_a_tag_the_quotes_decide(plain: bool, value: object) -> None:
    """No tag is written as "": a plain scalar is resolved, a quoted one is text."""
    assert resolve_tagged("", "010", plain) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("yes", True, id="bool"),
        pytest.param("n", False, id="bool-letter"),
        pytest.param("~", None, id="null"),
        pytest.param("", None, id="nothing"),
        pytest.param("8080", 8080, id="int"),
        pytest.param("0644", 420, id="octal"),
        pytest.param("0o644", 420, id="octal-1.2"),
        pytest.param("08", 8.0, id="not-octal"),
        pytest.param("0x1F", 31, id="hexadecimal"),
        pytest.param("1_000", 1000, id="underscore"),
        pytest.param("1e3", 1000.0, id="exponent"),
        pytest.param("18446744073709551615", 2**64 - 1, id="largest-int"),
        pytest.param("18446744073709551616", 2.0**64, id="too-large-for-int"),
        pytest.param("1e400", "1e400", id="too-large-for-float"),
        pytest.param("22:22", "22:22", id="port-pair"),
        pytest.param("2024-01-01", "2024-01-01", id="date"),
        pytest.param("=", "=", id="value-sign"),
        pytest.param("nginx:1.19", "nginx:1.19", id="image"),
    ],
)
def test_well_known_readings(text: str, value: object) -> None:
    """The readings that people are surprised by, with their types."""
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@pytest.mark.parametrize("text", [".inf", "-.Inf", "+.INF", ".nan", ".NAN"])
def test_infinities_are_refused(text: str) -> None:
    """Go cannot turn them into JSON; the message says what to do."""
    with pytest.raises(ValueError, match="cannot be written as JSON; write a number, or quote it"):
        resolve(text)
    assert resolve_tagged(STANDARD_TAG + "str", text, plain=True) == text


@pytest.mark.parametrize(
    ("value", "key"),
    [
        pytest.param("a", "a", id="text"),
        pytest.param(True, "true", id="true"),
        pytest.param(False, "false", id="false"),
        pytest.param(8080, "8080", id="int"),
        pytest.param(1000000, "1000000", id="large-int"),
        pytest.param(1000000.0, "1e+06", id="large-float"),
        pytest.param(-0.0, "-0", id="negative-zero"),
        pytest.param(0.1, "0.1", id="float"),
        pytest.param(0.30000000000000004, "0.3", id="float-of-32-bits"),
        pytest.param(1e39, ".inf", id="too-large"),
    ],
)
def test_keys_become_text_as_in_go(value: str | float | bool, key: str) -> None:
    """Numbers and bools as keys get the text that sigs.k8s.io/yaml gives them."""
    assert key_text(value) == key


@pytest.mark.parametrize(
    ("value", "name"),
    [pytest.param(None, "null", id="null"), pytest.param(2**63, "9223372036854775808", id="int")],
)
def test_keys_that_go_refuses(value: int | None, name: str) -> None:
    """Null and whole numbers beyond 63 bits are no keys; the message names them."""
    with pytest.raises(ValueError, match=f"does not take {name} as a mapping key"):
        key_text(value)


@in_every_place
@pytest.mark.parametrize("mode", ["v2", "stream", "v3", "h4"])
def test_what_is_written_comes_back_from_go(place: Place, mode: Mode, go: GoReader) -> None:
    """Plain where it is safe, in double and in single quotes: the same string, in every place."""
    written = [(text, way) for text in HAZARDS for way in ways_to_write(text, place)]
    answers = go.read_all((place.filled(way) for _, way in written), mode)
    wrong = [
        (text, way, theirs)
        for (text, way), answer in zip(written, answers, strict=True)
        if (theirs := place.found(answer)) != text or not isinstance(theirs, str)
    ]
    assert wrong == []


@in_every_place
def test_what_is_written_comes_back_from_pyyaml(place: Place) -> None:
    """The same for PyYAML's own loader, which follows YAML 1.1."""
    wrong = []
    for text in HAZARDS:
        for way in ways_to_write(text, place):
            theirs = place.found(yaml.load(place.filled(way), Loader=yaml.CSafeLoader))
            if theirs != text or not isinstance(theirs, str):
                wrong.append((text, way, theirs))
    assert wrong == []


# YAML 1.2.2, 10.3.2, and the types of YAML 1.1 to the letter, stricter than any reader.
OTHER_READINGS = re.compile(
    r"""
    null | Null | NULL | ~ | true | True | TRUE | false | False | FALSE
    | [-+]?[0-9]+ | 0o[0-7]+ | 0x[0-9a-fA-F]+
    | [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? | [-+]?\.(inf|Inf|INF) | \.(nan|NaN|NAN)

    | y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF | << | =
    | [-+]?0b[0-1_]+ | [-+]?0[0-7_]+ | [-+]?(0|[1-9][0-9_]*) | [-+]?0x[0-9a-fA-F_]+
    | [-+]?[1-9][0-9_]*(:[0-5]?[0-9])+
    | [-+]?([0-9][0-9_]*)?\.[0-9.]*([eE][-+][0-9]+)? | [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*
    """,
    re.VERBOSE,
)


@pytest.mark.parametrize("flow", [False, True], ids=["block", "flow"])
def test_what_is_written_plain_is_text_in_yaml_1_1_and_1_2(flow: bool) -> None:
    """Nothing that the specifications give another type is written without quotes."""
    safe = [text for text in HAZARDS if is_plain_safe(text, flow=flow)]
    assert [text for text in safe if OTHER_READINGS.fullmatch(text)] == []
    assert [text for text in safe if OTHER_READINGS.fullmatch(text.swapcase())] == []


@pytest.mark.parametrize(
    "text",
    [
        *("nginx:1.19", "busybox:1.28", "daemon off;", "/usr/share/nginx/html/", "$(VAR)", "a=b"),
        *("http://x/y?z=1", "Always", "app.kubernetes.io/name", "--config=/etc/x", "-c", "sh"),
        *("sleep 5 && echo 'it is' \"late\"", "a - b", "key:value", ".spec.replicas", "./run.sh"),
        *("10m", "128Mi", "0.5Gi", "30s", "25%", "yes!", "nope", "e3b0c44", "v1.2", "A, B"),
    ],
)
def test_what_people_write_plain_stays_plain(text: str) -> None:
    """Quotes only where they are needed."""
    assert is_plain_safe(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "y", "No", "tRuE", "~", "null", "1e3", "1234e56", "0o17", "08", "1_000", "22:22"),
        *("1.2.3", "10.0.0.1", "2024-01-01", ".inf", ".5", "+1", "-", "--", "---", "---a", "..."),
        *("a: b", "a:", "a #b", " a", "a ", "a\tb", "a\nb", "caf\xe9", "<<", "=", "*a", "&a", "!a"),
        *("[a]", "{a}", "@a", "`a", "%a", "'a", '"a', "|", ">", "? a", "- a", ": a", "#a", ",a"),
        *("a" * 1025, "1E", "10Mb", "\U0001f600"),
    ],
)
def test_what_might_be_read_otherwise_is_quoted(text: str) -> None:
    """In doubt, quotes; in flow style as in block style."""
    assert not is_plain_safe(text)
    assert not is_plain_safe(text, flow=True)


@pytest.mark.parametrize("text", ["A, B", "a]", "a[0]", "${VAR}", "http://x/y?z=1", "a}"])
def test_brackets_commas_and_question_marks_end_a_plain_scalar_in_flow_style(text: str) -> None:
    """They are fine in block style and quoted inside `[]` and `{}`."""
    assert is_plain_safe(text)
    assert not is_plain_safe(text, flow=True)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param("", '""', id="empty"),
        pytest.param("a b", '"a b"', id="simple"),
        pytest.param('say "hi" \\ it\'s', '"say \\"hi\\" \\\\ it\'s"', id="quotes"),
        pytest.param("a\n\tb\r\b\f", '"a\\n\\tb\\r\\b\\f"', id="short-escapes"),
        pytest.param("\0\x1b\x7f\x85", '"\\u0000\\u001b\\u007f\\u0085"', id="control"),
        pytest.param(
            "\u2028\u2029\ufeff\ufffe\uffff", r'"\u2028\u2029\ufeff\ufffe\uffff"', id="breaks"
        ),
        pytest.param("a/b <c> & \xe9 \xa0", '"a/b <c> & \xe9 \xa0"', id="raw"),
        pytest.param("\U0001f600", '"\U0001f600"', id="astral"),
    ],
)
def test_double_quotes_escape_only_what_needs_it(text: str, written: str) -> None:
    """JSON's escapes, but no escaped slash and no surrogate pairs."""
    assert double_quoted(text) == written


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\ud83d\ude00"])
def test_half_a_surrogate_pair_cannot_be_written(text: str) -> None:
    """A text from JSON may hold one; no YAML can say it."""
    with pytest.raises(ValueError, match="is half of a surrogate pair"):
        double_quoted(text)
    assert single_quoted(text) is None


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param("", "''", id="empty"),
        pytest.param("it's", "'it''s'", id="quote"),
        pytest.param('\\n "x"', "'\\n \"x\"'", id="backslash"),
        pytest.param("\xe9\xa0\U0001f600", "'\xe9\xa0\U0001f600'", id="not-ascii"),
        pytest.param("a\nb", None, id="line-break"),
        pytest.param("a\tb", None, id="tab"),
        pytest.param("a\x85b", None, id="other-line-break"),
        pytest.param("\ufeff", None, id="byte-order-mark"),
    ],
)
def test_single_quotes_hold_one_line_without_escapes(text: str, written: str | None) -> None:
    """What needs an escape has no single-quoted form."""
    assert single_quoted(text) == written


number_like = st.text("0123456789+-._eExXoObBaAfF:Z TyYnN~", max_size=12)
any_text = st.text(st.characters(codec="utf-8"), max_size=40)
yaml_like = st.lists(
    st.sampled_from([*"aZ09/$(-.:#,[]{}?!&*|>'\"%@\\=~ \t\n", "- ", ": ", " #", "<<", "yes"]),
    max_size=8,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(text=number_like | yaml_like, place=st.sampled_from(PLACES[:3]))
def test_any_plain_scalar_is_read_as_go_reads_it(text: str, place: Place, go: GoReader) -> None:
    """Whatever may stand plain is resolved as in Go."""
    if stands_plain(text, place):
        (answer,) = go.read_all([place.filled(text)])
        ours, theirs = outcome(resolve, text), place.found(answer)
        assert same(ours, theirs)


@settings(max_examples=300, deadline=None)
@given(text=any_text | yaml_like | number_like, place=st.sampled_from(PLACES))
def test_any_text_comes_back_however_it_is_written(text: str, place: Place, go: GoReader) -> None:
    """Every way to write a text is read back by Helm 3, Helm 4 and PyYAML."""
    if text == "other":
        return
    for way in ways_to_write(text, place):
        document = place.filled(way)
        for mode in ("v2", "h4"):
            (answer,) = go.read_all([document], mode)
            assert same(place.found(answer), text)
        assert same(place.found(yaml.load(document, Loader=yaml.CSafeLoader)), text)


# What may be written plain, as one regular expression, which the code does without.
PLAIN = re.compile(
    r"(?:[A-Za-z_/$(]|--?[A-Za-z]|\.\.?/|\.[A-Za-z]{2})(?:[!-9;-~]|:+(?=[!-~])| +(?=[!\"$-9;-~]))*"
    r"|[0-9]+(?:\.[0-9]+)?(?:[kmMGTP]|[KMGTPE]i|m?s|h|%)"
)
RESERVED = re.compile(r"y|n|yes|no|on|off|true|false|null|\.inf|\.nan", re.IGNORECASE)


@settings(max_examples=2000)
@given(st.text("aZyn_/$(-.: #\"'0159kmGisEh%,[]{}?!&*|>~\x7f\t\n\u00e9+", max_size=7))
def test_what_may_be_written_plain(text: str) -> None:
    """It is what the pattern says, without the words that some reader takes for others."""
    may_be = PLAIN.fullmatch(text) is not None and not RESERVED.fullmatch(text)

    assert is_plain_safe(text) == may_be
    assert is_plain_safe(text, flow=True) == (may_be and not set(",[]{}?") & set(text))
