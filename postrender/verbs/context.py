"""
What a verb knows about the run besides the data that it changes, and where it puts what it
generates.
"""

from __future__ import annotations

from postrender.errors import VerbError
from postrender.kubernetes.objects import identity, is_overlay
from postrender.kubernetes.selectors import selected_labels
from postrender.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn, overload

    from postrender.data import Data, Object
    from postrender.errors import Message
    from postrender.kubernetes.crds import Types
    from postrender.kubernetes.images import ArgvOf
    from postrender.kubernetes.strategicmerge import Note, Replaced
    from postrender.rules.model import Rule


class GeneratedFile(Value):
    """
    A file that a rule brings into a pod: its text, the mode it is mounted with, what carries it
    (empty: what the default is for the object).
    """

    text: str
    mode: int
    carrier: str


class Context:
    """
    One rule applied to one object.

    What a verb may know: the `rule`, the object's `identity`, the `selected` labels that its
    selector uses, whether its pod `is_overlay` (laid over one that a controller makes), and
    `argv_of`, which answers from the lock file what an image starts on a platform (None: it is not
    in it); `types` gives Kubernetes' types and those of the stream's CRDs.

    What a verb leaves: `files` for the pods, `warnings` of what may surprise, the keys of
    `containers:` that named one, the ids of errors that were `excused` because the rule accepts
    them, labels that a selector asks for in vain so far (`unheld`: with the verb that has changed
    it). What the files bring about: the `config_map` that holds them, and the names of the
    `outdated` ones that held them before.
    """

    __slots__ = (
        "_origins",
        "argv_of",
        "config_map",
        "excused",
        "files",
        "identity",
        "is_overlay",
        "named",
        "outdated",
        "rule",
        "selected",
        "types",
        "unheld",
        "warnings",
    )

    def __init__(
        self,
        rule: Rule,
        obj: Object,
        argv_of: ArgvOf,
        types: Callable[[], Types],
    ) -> None:
        self.rule = rule
        self.identity = identity(obj)
        self.selected = selected_labels(obj)
        self.is_overlay = is_overlay(obj)
        self.argv_of = argv_of
        self.types = types
        self.files: dict[str, GeneratedFile] = {}
        self._origins: dict[str, str] = {}
        self.config_map: Object | None = None
        self.outdated: set[str] = set()
        self.warnings: list[Message] = []
        self.unheld: dict[str, str] = {}
        self.named: set[str] = set()
        self.excused: set[str] = set()

    if TYPE_CHECKING:

        @overload
        def fail(self, text: str, advice: str = "") -> NoReturn: ...

        @overload
        def fail(self, text: str, advice: str = "", *, id: str) -> None: ...

    def fail(
        self,
        text: str,
        advice: str = "",
        *,
        id: str = "",  # noqa: A002 - a finding's, as in Message
    ) -> None:
        """
        Raises VerbError: the rule, the object, what is wrong, and what to do. With the id of a
        finding that the rule accepts it returns, and the verb goes on.
        """
        if id in self.rule.accept:
            self.excused.add(id)
            return
        raise VerbError([self._message(text, advice, id)])

    def add_file(self, key: str, file: GeneratedFile, what: str) -> None:
        """
        Notes a file for the object's pods. Two different ones cannot have one key; `what` names
        them.
        """
        other = self._origins.setdefault(key, what)
        if self.files.setdefault(key, file) != file:
            self.fail(
                f'{other} and {what} differ, but would both be "{key}" among the generated files',
                "put one of them into a rule of its own",
            )

    def warn(
        self,
        text: str,
        advice: str = "",
        *,
        id: str,  # noqa: A002 - a finding's, as in Message
    ) -> None:
        """Notes what was done and may surprise. The engine leaves out what the rule accepts."""
        self.warnings.append(self._message(text, advice, id))

    def noting(self, patch: Data, within: tuple[str, str] | None = None) -> Note:
        """
        What a merge calls for each field of the chart that the patch replaces: a warning of it.
        `within` is the container or volume that the patch is for: `("volume", "data")`.
        """

        def note(replaced: Replaced) -> None:
            from postrender.verbs.replaced import warn

            warn(replaced, patch, self, within)

        return note

    def _message(self, text: str, advice: str, key: str) -> Message:
        return self.rule.message(self.identity, text, advice, id=key)
