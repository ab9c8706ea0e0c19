"""
Checks a rules file: every mistake becomes one line with its place, and reading continues.
"""

from __future__ import annotations

from postrender.data import dotted
from postrender.errors import RulesError, message, parts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from typing import Protocol

    from postrender.data import Data, Path
    from postrender.errors import Message
    from postrender.rules.layers import Values

    # Reads a file that a rules file names: the rules file, the name; raises ValueError with a
    # sentence.
    ReadFile = Callable[[str, str], str]
    # A key, and the path of the mapping that does not know it, to `belongs to …; write …` or "".
    HomeOf = Callable[[str, Path], str]

    class Texts(Protocol):
        """Texts that a rule means."""

        def __contains__(self, text: str) -> bool:
            """Whether a text is one of them."""


def nowhere(_key: str, _path: Path) -> str:
    """The default for `HomeOf`: knows no other place for any key."""
    return ""


class Checker:
    """
    Collects the mistakes of one set of values. `read_file` brings what `file:` names, `home_of`
    tells where a key belongs that is in the wrong place.

    `accepted` are the ids of findings that a rule accepts, by its name; those that the whole file
    accepts are under "". `excused` are the findings that were left out for that: rule and id.
    `types` gives those that objects of the rule being read may have; none where that is unknown.
    `matched` gives what that rule's `match` says of an object's texts (`kind`, `name`, …).
    """

    def __init__(self, values: Values, read_file: ReadFile, home_of: HomeOf = nowhere) -> None:
        self.values = values
        self.read_file = read_file
        self.home_of = home_of
        self.found: list[tuple[tuple[str, int, int], Message]] = []
        self.accepted: dict[str, Collection[str]] = {}
        self.excused: set[tuple[str, str]] = set()
        self.types: Callable[[], Collection[str]] = tuple
        self.matched: Mapping[str, Texts] = {}

    def twin(self) -> Checker:
        """A checker of the same values that has found nothing."""
        twin = Checker(self.values, self.read_file, self.home_of)
        twin.accepted, twin.types, twin.matched = self.accepted, self.types, self.matched
        return twin

    def add(
        self,
        path: Path,
        text: str,
        advice: str = "",
        *,
        value: bool = False,
        id: str = "",  # noqa: A002 - a finding's, as in Message
    ) -> None:
        """
        Notes a mistake at a key (or at its value): what is wrong, and what to do. One with the id
        of a finding is no mistake where the rule or the file accepts that.
        """
        rule, field = _within(path, value)
        if any(id in self.accepted.get(owner, ()) for owner in {rule, ""}):
            self.excused.add((rule, id))
            return
        where = self.values.where(path, value=value)
        mistake = message(text, advice, where=where, rule=rule, subject=field, id=id)
        self.found.append((self.values.order(path), mistake))

    def finish(self) -> None:
        """Raises RulesError if anything was found, in the order of the file."""
        if self.found:
            found = sorted(self.found, key=lambda entry: (entry[0], str(entry[1])))
            raise RulesError(mistake for _, mistake in found)

    def mapping(self, value: Data, path: Path, example: str = "") -> dict[str, Data]:
        """
        The value as a mapping; where it is not one, that is noted and an empty one is returned.
        """
        if isinstance(value, dict):
            return value
        advice = f"write {example}" if example else ""
        self.add(path, f"must be a mapping, not {kind_of(value)}", advice, value=True)
        return {}

    def no_entry(self, entries: dict[str, Data], path: Path, advice: str) -> None:
        """
        Notes a null in place of an entry, which is for what a lower layer says; where that is
        nothing, an entry of another name may be meant, or else what the advice says.
        """
        if path in self.values.withdrawn:
            return
        file = self.values.file(path)
        lower = [
            key
            for key, item in entries.items()
            if item is not None and self.values.file((*path[:-1], key)) != file
        ]
        meant = near(str(path[-1]), lower)
        self.add(
            path,
            "null takes away what a lower layer says, and no lower layer says anything here",
            f'did you mean "{meant}"?' if meant else advice,
            value=True,
        )

    def known(self, value: dict[str, Data], path: Path, names: Iterable[str]) -> None:
        """Notes every unknown key: where it belongs, or the nearest name."""
        names = tuple(names)
        for key in value:
            if key in names:
                continue
            home = self.home_of(key, path)
            if home:
                text, advice = parts_of(home)
                self.add((*path, key), f"{key} {text}", advice)
            else:
                unknown = f'unknown key "{first_word(key)}"'
                self.add((*path, key), unknown, nearest(key, names))

    def text(self, value: Data, path: Path) -> str:
        """The value as text, a number or a bool as it was written."""
        if value is None or isinstance(value, dict | list):
            self.add(path, f"must be text, not {kind_of(value)}", value=True)
            return ""
        return str(self.values.written(path, value))

    def texts(self, value: Data, path: Path) -> list[str]:
        """The value as a list of texts."""
        if not isinstance(value, list):
            self.add(path, f"must be a list of texts, not {kind_of(value)}", value=True)
            return []
        return [self.text(item, (*path, i)) for i, item in enumerate(value)]

    def file(self, value: Data, path: Path) -> str:
        """The text of a file that the value names, next to the rules file that names it."""
        mistakes = len(self.found)
        name = self.text(value, path)
        if len(self.found) > mistakes:
            return ""
        try:
            return self.read_file(self.values.file(path), name)
        except ValueError as error:
            text, advice = parts_of(str(error))
            self.add(path, text, advice, value=True)
            return ""

    def one_of(self, value: Data, path: Path, names: tuple[str, ...]) -> str:
        """The value as one of the names; empty where it is none."""
        if isinstance(value, str) and value in names:
            return value
        advice = nearest(value, names) if isinstance(value, str) and is_near(value, names) else ""
        self.add(path, f"must be one of {', '.join(names)}", advice, value=True)
        return ""

    def flag(self, value: Data, path: Path) -> bool:
        """The value as true or false."""
        if not isinstance(value, bool):
            self.add(path, f"must be true or false, not {kind_of(value)}", value=True)
            return False
        return value


def kind_of(value: Data) -> str:
    """What a user calls a value of this type."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "text"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else "a number"


def is_near(name: str, names: Iterable[str]) -> bool:
    """Whether a name may be one of the names, mistyped."""
    return near(name, names) is not None


def near(name: str, names: Iterable[str]) -> str | None:
    """The one of the names that a name may mean, mistyped."""
    from difflib import get_close_matches

    lower = {known.lower(): known for known in names}
    found = get_close_matches(name.lower(), lower, n=1, cutoff=0.6)
    return lower[found[0]] if found else None


def first_word(key: str) -> str:
    """
    A key as messages name it: up to a blank, a colon or a quote, as with `{script:echo}` what comes
    then is a value in the wrong place.
    """
    end = next((i for i, sign in enumerate(key) if sign in " \t\n:\"'"), len(key))
    return key if end == len(key) else f"{key[:end]}…"


def nearest(name: str, names: Iterable[str]) -> str:
    """
    `did you mean "…"?` where one of the names is near, else the names there are, if they are few.
    """
    names = tuple(names)
    found = near(name, names)
    if found:
        return f'did you mean "{found}"?'
    few = 12
    return f"known here: {', '.join(names)}" if names and len(names) <= few else ""


def _within(path: Path, value: bool) -> tuple[str, str]:
    """Which rule, and which field of it: a key's own mistake names its parent."""
    in_rule = path[:1] == ("rules",) and len(path) > 1
    known = (path if value else path[:-1])[2 if in_rule else 0 :]
    field = dotted(tuple(first_word(part) if isinstance(part, str) else part for part in known))
    return str(path[1]) if in_rule else "", field
