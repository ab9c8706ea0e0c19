"""A run of the engine, from texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.engine.inputs import rules_of
from postrender.engine.run import run
from postrender.rules.layers import read_values
from postrender.stream.text import Stream

if TYPE_CHECKING:
    from postrender.engine.run import Result
    from postrender.rules.model import Rules


def rules_in(text: str) -> Rules:
    """The rules of a file with this text, called kmod.yaml."""
    return rules_of([read_values(text, "kmod.yaml")])


def run_text(rules: str, stream: str) -> Result:
    """A run of rules over a stream."""
    return run(Stream(stream.encode()), rules_in(rules))


def output(result: Result) -> str:
    """The changed stream."""
    return b"".join(result.pieces).decode()
