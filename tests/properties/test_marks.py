"""Byte order marks wherever they may be: we read what Go reads, or nothing."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from oracle import GoRefuses, same
from runs import output, run_text

from postrender.errors import KmodError
from postrender.stream.text import Stream
from postrender.yamltext.reader import ReadError, read

if TYPE_CHECKING:
    from oracle import GoReader

MARK = "\ufeff"
POD = "kind: Pod\napiVersion: v1\nmetadata: {name: two}\n"
HEADS = ("", "one: 1\n---\n", "---\n", "--- #c\n", "one: 1\n---\n---\n", "one: 1\n...\n---\n")
BEFORE = ("", MARK, MARK * 2, f"{MARK}\n", f"{MARK} ", f"{MARK}#c\n", f" {MARK}", f"{MARK}---\n")
BODIES = (
    *(POD, POD.rstrip("\n"), '{"kind": "Pod"}\n', f"# c\n{POD}", f"\n{POD}", "'kind': Pod\n"),
    *("? kind\n: Pod\n", f"---\n{POD}", "&a kind: Pod\n", "kind: |\n  a\nb: c\n", "", "# only\n"),
)
TAILS = ("", "---\nlast: 1\n", f"---\n{MARK}last: 1\n")
STREAMS = [
    "".join(parts) for parts in product(HEADS, BEFORE, BODIES, TAILS) if MARK in "".join(parts)
]


def ours(stream: str) -> list[Any] | None:
    """The data of the documents; None where one cannot be read."""
    split = Stream(stream.encode())
    try:
        roots = [read(split.text(document)) for document in split.documents]
    except ReadError:
        return None
    return [root.data for root in roots if root is not None and root.data is not None]


def test_go_reads_no_other_data(go: GoReader) -> None:
    """Where we read a stream, it is what kubectl and Helm 3 make of it."""
    read_by_go = go.read_all(STREAMS, "stream")
    count = 0
    for stream, theirs in zip(STREAMS, read_by_go, strict=True):
        data = ours(stream)
        if data is not None and not isinstance(theirs, GoRefuses):
            assert same(data, theirs), repr(stream)
            count += 1
    assert count > 500


def test_rules_find_what_go_finds(go: GoReader) -> None:
    """A Pod is labelled wherever it stands; where we cannot read it, the run fails."""
    rules = "rules: {r: {match: {kind: Pod}, expect: any, labels: {found: 'yes'}}}"
    changed = []
    for stream in STREAMS:
        try:
            changed.append(output(run_text(rules, stream)))
        except KmodError:
            continue
    for stream, data in zip(changed, go.read_all(changed, "stream"), strict=True):
        for obj in () if isinstance(data, GoRefuses) else data:
            is_pod = isinstance(obj, dict) and obj.get("kind") == "Pod" and "metadata" in obj
            assert not is_pod or obj["metadata"].get("labels") == {"found": "yes"}, repr(stream)


def test_what_is_left_of_a_stream_is_read_alike(go: GoReader) -> None:
    """Documents are removed from the front; what Go reads of the rest stays the same."""
    config = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n"
    rules = "rules: {r: {match: {kind: ConfigMap}, remove: true}}"
    for count, begin, between in product((1, 2), ("", MARK, "---\n"), ("", MARK)):
        stream = begin + f"---\n{between}".join([*([config] * count), POD])
        if count == 2:
            stream = stream.replace("{name: a}", "{name: b}", 1)
        (pod,) = go.read(output(run_text(rules, stream)), "stream")
        assert pod["metadata"] == {"name": "two"}, repr(stream)
