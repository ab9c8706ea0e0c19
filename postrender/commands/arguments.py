"""
What the commands read: the stream, from standard input or a file, and the options of the render
path that they share with it.
"""

from __future__ import annotations

import inspect
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

from postrender.commands.candidates import complete_field
from postrender.commands.console import without_value
from postrender.commands.options import OPTIONS
from postrender.commands.parameters import argument, option
from postrender.errors import STDIN, KmodError, StreamError, UsageError, Where, reason_of
from postrender.stream.manifests import Manifests
from postrender.stream.text import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Groups of options that commands take.
RULES = ("rules", "set", "set_string", "set_json", "set_file")
RUN = (*RULES, "lock", "default_namespace", "strict")

Given = dict[str, list[str]]
File = Annotated[
    str, argument(metavar="FILE", help="Rendered manifests (the stream). Default: standard input")
]
Color = Annotated[
    str,
    option(
        metavar="auto|always|never",
        help="Use colours; auto: on a terminal, unless NO_COLOR is set",
    ),
]


def takes(*keys: str) -> Callable[[Any], Any]:
    """
    Adds options of the render path to a command, which gets them as its last parameter, `given`, as
    `options.parse` returns them.
    """

    def decorate(function: Any) -> Any:
        def command(**values: Any) -> Any:
            given = {
                key: [value] if isinstance(value, str) else [""] if value is True else value
                for key in keys
                if (value := values.pop(key, None))
            }
            return function(**values, given=given)

        own = [
            parameter
            for parameter in inspect.signature(function, eval_str=True).parameters.values()
            if parameter.name != "given"
        ]
        shared = [_parameter(one) for one in OPTIONS if one.key in keys]
        command.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]
        command.__doc__ = function.__doc__
        return command

    return decorate


def _parameter(shared: Any) -> inspect.Parameter:
    """An option of the render path as commands declare theirs."""
    kind: Any = (list[str] if shared.many else str) if shared.metavar else bool
    declared = option(
        *shared.flags,
        help=shared.help,
        metavar=shared.metavar or None,
        show_default=False,
        autocompletion=complete_field if shared.key.startswith("set") else None,
    )
    return inspect.Parameter(
        shared.key,
        inspect.Parameter.KEYWORD_ONLY,
        default=None if shared.metavar else False,
        annotation=Annotated[kind | None if shared.metavar else kind, declared],
    )


def read_stream(file: str, command: str) -> bytes:
    """
    Reads the stream from a file, or from standard input for `-`. Raises KmodError, also where it
    says something and holds no object.
    """
    data = _read(file, command)
    with places_in(file):
        _refuse_other_text(data)
    return data


def _read(file: str, command: str) -> bytes:
    if file == "-":
        if sys.stdin is None or sys.stdin.isatty():
            what = "closed" if sys.stdin is None else "a terminal"
            raise UsageError(
                f"kmod-post {command}: standard input is {what}",
                "name a file, or pipe rendered manifests into it",
            )
        return sys.stdin.buffer.read()
    try:
        with open(file, "rb") as opened:
            return opened.read()
    except OSError as error:
        reason = reason_of(error)
        name = without_value(file)
        raise StreamError(
            f"{name}: cannot be read ({reason})",
            "name a file" if isinstance(error, IsADirectoryError) else "name a file that is there",
        ) from None


def _refuse_other_text(data: bytes) -> None:
    """
    Raises StreamError where no document is an object: for an error message of Helm, a page of a
    web server, a values file. Charts may have such documents beside their objects.
    """
    stream = Stream(data)
    if any(document.kind for document in stream.documents):
        return
    manifests = Manifests(stream, "", {})
    if manifests.is_empty() or any(manifests.subjects()):
        return
    first = next(manifest for manifest in manifests.all if manifest.data)
    raise StreamError(
        "not a Kubernetes object (no apiVersion and kind)",
        "give rendered manifests, as helm template prints them",
        where=Where(STDIN, first.line, 1),
    )


@contextmanager
def places_in(file: str) -> Iterator[None]:
    """Makes messages about the stream name the file that it came from."""
    try:
        yield
    except KmodError as error:
        if file == "-":
            raise
        raise type(error)(message.in_file(file) for message in error.messages) from None
