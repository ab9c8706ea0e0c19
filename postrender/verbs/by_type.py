"""
Content of verbs on a whole object: its type says how the content is read.

Where `match` tells the type, mistakes are found when the rules are read. Else each matched object
decides.
"""

from __future__ import annotations

from postrender.errors import VerbError
from postrender.kubernetes import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from postrender.data import Data, Object
    from postrender.kubernetes.types import Known
    from postrender.rules.checker import Checker
    from postrender.verbs.context import Context

    # Content for an object of a type ("": of no known one), and the types to look in. Mistakes go
    # to the checker.
    Read = Callable[[Checker, str, Known], Data]


class ByType:
    """Content that is read for each type of object it is for, when the first object comes."""

    __slots__ = ("_check", "_found", "_read")

    def __init__(self, check: Checker, read: Read) -> None:
        self._check = check
        self._read = read
        self._found: dict[str, tuple[Data, Checker]] = {}

    def _for_type(self, shape: str) -> tuple[Data, Checker]:
        found = self._found.get(shape)
        if found is None:
            found = self._found[shape] = self._read_as(shape, types)
        return found

    def _read_as(self, shape: str, known: Known) -> tuple[Data, Checker]:
        check = self._check.twin()
        return self._read(check, shape, known), check

    def check_early(self) -> None:
        """
        Notes the mistakes that there are whichever of the rule's types an object has: those by the
        type that the content is nearest to.
        """
        tried = [self._for_type(shape)[1] for shape in self._check.types() or ("",)]
        if all(check.found for check in tried):
            self._check.found += min(tried, key=_strangeness).found

    def for_object(self, obj: Object, context: Context) -> Data:
        """The content for an object. Raises VerbError with all mistakes."""
        version, kind = str(obj.get("apiVersion")), str(obj.get("kind"))
        if types.is_built_in(version):
            content, check = self._for_type(types.type_of(version, kind))
        else:
            known = context.types()
            shape = known.type_of(version, kind)
            # What CRDs of the stream say holds for this run only.
            is_fixed = not known.defined(version.partition("/")[0])
            content, check = self._for_type(shape) if is_fixed else self._read_as(shape, known)
        if check.found:
            found = sorted(check.found, key=lambda entry: (entry[0], str(entry[1])))
            raise VerbError(
                mistake.replaced(subject=f"{context.identity}: {mistake.subject}")
                for _, mistake in found
            )
        context.excused |= {key for _, key in check.excused}
        return content


def _strangeness(check: Checker) -> tuple[int, int]:
    """How far content is from a type, by its mistakes: unknown fields count before others."""
    return sum(mistake.id == "unknown-field" for _, mistake in check.found), len(check.found)


def by_type(check: Checker, read: Read) -> ByType:
    """The content that `read` gives; mistakes that no object can change are noted."""
    content = ByType(check, read)
    content.check_early()
    return content
