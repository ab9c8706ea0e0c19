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
    from collections.abc import Callable, Collection, Iterable
    from typing import NoReturn, Protocol, overload

    from postrender.data import Data, Object, Path
    from postrender.errors import Message
    from postrender.kubernetes.crds import Types
    from postrender.kubernetes.images import ArgvOf
    from postrender.kubernetes.objects import Workloads
    from postrender.kubernetes.strategicmerge import Lost, Note, Replaced, Seek, Sought
    from postrender.rules.model import Rule
    from postrender.verbs.seeking import Missed

    class Moves(Protocol):
        """What a rule moves to another namespace: see `engine.namespaces`."""

        def moved(self, obj: Object, context: Context) -> Object:
            """An object of the rule in its namespace, and with references to what moves."""


_NONE: frozenset[str] = frozenset()


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
    in it); `types` gives Kubernetes' types and those of the stream's CRDs; `default_namespace` is
    that of objects that name none; `earlier` are the names of the rules before this one; `made` are
    the containers that are the same in each pod, by the identity of their `ContainerChange`.

    What a verb leaves: `files` for the pods, `warnings` of what may surprise, `remarks` that are
    said even if the object stays as it is, the keys of `containers:` that named one, the ids of
    errors that were `excused` because the rule accepts them, labels that a selector asks for in
    vain so far (`unheld`: with the verb that has changed it), what it was to take out or change and
    has `found`, and what it has `missed`, by its place in the rule, and the images that were
    `renamed`: old to new, and the glob of the entry if that puts images into a folder. `moves` is
    what the rule's `namespace` moves. `has_namesake`: the pod had a container with the name of one
    that was to be added. What the files bring about: the `config_map` that holds them,
    and the names of the `outdated` ones that held them before.
    """

    __slots__ = (
        "_obj",
        "_origins",
        "_selected",
        "_workloads",
        "argv_of",
        "config_map",
        "default_namespace",
        "earlier",
        "excused",
        "files",
        "found",
        "has_namesake",
        "made",
        "missed",
        "moves",
        "named",
        "outdated",
        "remarks",
        "renamed",
        "rule",
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
        default_namespace: str = "",
        earlier: Collection[str] = (),
        workloads: Workloads | None = None,
        made: dict[int, Object] | None = None,
    ) -> None:
        self.rule = rule
        self._obj = obj
        self._workloads = workloads or {}
        self._selected: frozenset[str] | None = None
        self.made = {} if made is None else made
        self.argv_of = argv_of
        self.types = types
        self.default_namespace = default_namespace
        self.earlier = earlier
        self.files: dict[str, GeneratedFile] = {}
        self._origins: dict[str, str] = {}
        self.config_map: Object | None = None
        self.outdated: frozenset[str] = _NONE
        self.warnings: list[Message] = []
        self.remarks: list[Message] = []
        self.unheld: dict[str, str] = {}
        self.named: dict[str, None] = {}
        self.excused: frozenset[str] = _NONE
        self.found: dict[Path, None] = {}
        self.missed: dict[Path, Missed] = {}
        self.renamed: dict[str, tuple[str, str]] = {}
        self.has_namesake = False
        self.moves: Moves | None = None

    @property
    def selected(self) -> frozenset[str]:
        """The labels that the object's selector uses, and that hold so far."""
        if self._selected is None:
            self._selected = selected_labels(self._obj)
        return self._selected

    @selected.setter
    def selected(self, labels: frozenset[str]) -> None:
        self._selected = labels

    @property
    def is_overlay(self) -> bool:
        """Whether the object's pod is laid over one that a controller makes."""
        return is_overlay(self._obj, self._workloads)

    @property
    def identity(self) -> str:
        """How messages name the object."""
        return identity(self._obj)

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
            self.excused |= {id}
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
        even_unchanged: bool = False,
    ) -> None:
        """
        Notes what was done and may surprise; `even_unchanged`: what was not done, so that it is
        said of an object that stays as it is, too. The engine leaves out what the rule accepts.
        """
        noted = self.remarks if even_unchanged else self.warnings
        noted.append(self._message(text, advice, id))

    def noting(self, patch: Data, within: tuple[str, str] | None = None) -> Note:
        """
        What a merge calls for each field of the chart that the patch replaces, and each list that
        loses items to it: a warning of it.
        `within` is the container or volume that the patch is for: `("volume", "data")`.
        """

        def note(replaced: Replaced | Lost) -> None:
            from postrender.verbs.replaced import warn

            warn(replaced, patch, self, within)

        return note

    def seeking(self, place: Path, patch: Data) -> Seek:
        """
        What a merge calls for each thing that a patch, at a place in the rule, takes out, to note
        whether it was found.
        """

        def seek(sought: Sought) -> None:
            path = sought.path
            if any(isinstance(part, int) for part in path):
                from postrender.verbs.seeking import named

                path = named(patch, path)
            self.seek(
                (*place, *path), sought.there, is_found=sought.is_found, is_entry=sought.is_entry
            )

        return seek

    def seek(
        self, place: Path, there: Iterable[str], *, is_found: bool, is_entry: bool = False
    ) -> None:
        """
        Notes whether what a rule looks for, at a place in it, was found in the object; `there` is
        what it was looked for among, `is_entry` says that this is a list.
        """
        if is_found:
            self.found[place] = None
        else:
            self.missed[place] = (is_entry, tuple(there))

    def _message(self, text: str, advice: str, key: str) -> Message:
        return self.rule.message(self.identity, text, advice, id=key)
