"""What an API server says of an object: a dry run with strict checks of fields."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from judging.apiserver import ApiServer, Connection

ACCEPTED = "accepted"
# The text cannot be decoded into the types: an unknown field, a value of another type.
DECODING = "decoding"
# Decoded, and refused by the rules for the kind, or by an admission plugin.
VALIDATION = "validation"
# The server does not know the kind: a custom one.
UNKNOWN = "unknown kind"

_CONNECTIONS = 4
_QUERY = "?dryRun=All&fieldValidation=Strict"
# Of a namespaced object that names none. The server does not ask whether it is there.
_NAMESPACE = "default"


class Verdict(NamedTuple):
    """
    One of the words above, the server's whole message, and its causes, each `Reason: field: text`:
    one where the server names none.
    """

    word: str
    message: str = ""
    causes: tuple[str, ...] = ()


class Judge:
    """
    Asks a server with several connections at once. What has been asked is remembered: charts repeat
    themselves.
    """

    def __init__(self, server: ApiServer) -> None:
        self._closing = ExitStack()
        self._free: SimpleQueue[Connection] = SimpleQueue()
        for _ in range(_CONNECTIONS):
            connection = self._closing.enter_context(closing(server.connect()))
            self._free.put(connection)
        self._pool = self._closing.enter_context(ThreadPoolExecutor(_CONNECTIONS))
        self._paths = _paths(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.close()

    def all_verdicts(self, objects: Iterable[Any]) -> list[Verdict]:
        """The verdict on each object, in order."""
        return list(self._pool.map(self.verdict, objects))

    def verdict(self, obj: Any) -> Verdict:
        """The verdict on one object."""
        place = self._paths.get((_text(obj, "apiVersion"), _text(obj, "kind")))
        if place is None:
            return Verdict(UNKNOWN)
        namespace = _text(obj.get("metadata"), "namespace") or _NAMESPACE
        connection = self._free.get()
        try:
            path = place.replace("{namespace}", namespace)
            return _verdict(*connection.ask("POST", path + _QUERY, obj))
        finally:
            self._free.put(connection)


def _verdict(status: int, answer: Any) -> Verdict:
    """An answer to a POST as a verdict. OSError where it says nothing of the object."""
    if status == 201:
        return Verdict(ACCEPTED)
    if status in (400, 403, 409, 422) and isinstance(answer, dict):
        message = str(answer.get("message", ""))
        causes = (answer.get("details") or {}).get("causes") or ()
        texts = (
            f"{cause.get('reason', '')}: {cause.get('field', '')}: {cause.get('message', '')}"
            for cause in causes
        )
        word = DECODING if status == 400 and not causes else VALIDATION
        return Verdict(word, message, tuple(texts) or (message,))
    raise OSError(f"the API server answers {status}: {answer}")


def _paths(connection: Connection) -> dict[tuple[str, str], str]:
    """(apiVersion, kind) -> where objects of that kind are made, with `{namespace}` in it."""
    versions = {"v1": "/api/v1"}
    for group in connection.get("/apis")["groups"]:
        for each in group["versions"]:
            versions[each["groupVersion"]] = f"/apis/{each['groupVersion']}"
    found = {}
    for version, path in versions.items():
        for resource in connection.get(path)["resources"]:
            if "/" not in resource["name"] and "create" in resource["verbs"]:
                middle = "/namespaces/{namespace}" if resource["namespaced"] else ""
                found[version, resource["kind"]] = f"{path}{middle}/{resource['name']}"
    return found


def _text(data: Any, key: str) -> str:
    """The text that a mapping has at a key; empty where there is none."""
    found = data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, str) else ""


# Reasons, to group by


# What differs between two refusals of one kind: names, values, places, numbers.
_NAMES = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|\{.*\}|\[.*\]|-?\b\d[\w.]*\b')
_ENTRY = re.compile(r"\[[^\]]*\]")
_WORDS = 16


def reasons(verdict: Verdict) -> list[str]:
    """Why an object is refused, without what is only of this object; each once."""
    return [*dict.fromkeys(map(_reason, verdict.causes))]


def _reason(cause: str) -> str:
    kind, _, rest = cause.partition(": ")
    if not kind.startswith("Field"):
        return _plain(cause)
    field, _, text = rest.partition(": ")
    last = _ENTRY.sub("", field).rpartition(".")[2]
    return f"{kind} {last}: {_plain(text)}"


def _plain(text: str) -> str:
    """The first words of a text, with an ellipsis for each name and number."""
    for lead in ("strict decoding error: ", "cannot be handled as a "):
        _, found, rest = text.partition(lead)
        text = rest if found else text
    words = _NAMES.sub("…", text.partition("json: ")[2] or text).split()
    return " ".join(words[:_WORDS])
