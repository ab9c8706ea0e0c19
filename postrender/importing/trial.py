"""Runs of the rules that are being written, and what came of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postrender.engine.inputs import rules_of
from postrender.engine.run import run
from postrender.errors import KmodError
from postrender.importing.folders import objects_in
from postrender.importing.texts import pages
from postrender.importing.writing import text_of_rules
from postrender.rules.layers import read_values
from postrender.stream.text import Stream

if TYPE_CHECKING:
    from postrender.data import Object
    from postrender.errors import Message
    from postrender.importing.model import Draft
    from postrender.importing.writing import Written


class Outcome(NamedTuple):
    """The stream that rules made, or why they failed; and what they warned of."""

    data: bytes
    errors: tuple[Message, ...]
    warnings: tuple[Message, ...]


def tried(written: Written, stream: bytes) -> Outcome:
    """What rules make of a stream, if those that are not proved may find nothing there."""
    rules = [draft if draft.is_proved else _loose(draft) for draft in written.rules]
    return tried_text(text_of_rules(written._replace(rules=rules)), stream)


def _loose(draft: Draft) -> Draft:
    return draft._replace(body={**draft.body, "expect": "any", "accept": ["finds-nothing"]})


def tried_text(text: str, stream: bytes) -> Outcome:
    """What the rules of a file make of a stream."""
    try:
        result = run(Stream(stream), rules_of([read_values(text, "kmod.yaml")]))
    except KmodError as error:
        return Outcome(b"", error.messages, ())
    return Outcome(b"".join(result.pieces), (), tuple(result.warnings))


def objects_of(stream: bytes) -> list[Object]:
    """The objects of a stream. Raises KmodError."""
    return objects_in(pages("<stdin>", stream))
