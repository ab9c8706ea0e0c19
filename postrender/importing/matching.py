"""
`match` for objects that a patch is for: as the target says it, in globs instead of regular
expressions, or by the names that a render tells.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from postrender.importing.selecting import requirements
from postrender.importing.wishes import as_glob
from postrender.kubernetes.objects import is_hook, pod_places, text_of, texts_of
from postrender.kubernetes.types import kinds_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postrender.data import Data, Object
    from postrender.importing.model import Target

_PLAIN = re.compile(r"[\w.-]*")
_PIECE = re.compile(r"\.\*|\.\+|\\.|[\w:-]|\.|\[[\w-]+\]")


class NoMatch(ValueError):
    """A target that no `match` can say; the text says which part of it."""


def globs_of(expression: str) -> list[str]:
    """A regular expression that must match a whole value, as globs. Raises NoMatch."""
    text = expression.removeprefix("^").removesuffix("$")
    if text[:1] == "(" and text[-1:] == ")" and "(" not in text[1:]:
        text = text[1:-1].removeprefix("?:")
    return [_glob(part.removeprefix("^").removesuffix("$")) for part in text.split("|")]


def _glob(expression: str) -> str:
    found, place = "", 0
    while place < len(expression):
        piece = _PIECE.match(expression, place)
        if piece is None or expression[piece.end() : piece.end() + 1] in ("*", "+", "?", "{"):
            raise NoMatch(expression)
        text, place = piece[0], piece.end()
        found += {".*": "*", ".+": "?*"}.get(text, as_glob(text[1:]) if text[0] == "\\" else text)
    return found


def of_target(target: Target) -> Object:
    """The match of a target, where no render tells more. Raises NoMatch, and ValueError."""
    match: Object = {}
    if target.kind:
        match["kind"] = _one(globs_of(target.kind))
    else:
        match["kind"] = "*"
    version = _api_version(target)
    if version:
        match["apiVersion"] = version
    if target.name and target.name not in (".*", ".+"):
        match["name"] = as_glob(target.name) if target.is_exact else _one(globs_of(target.name))
    if target.namespace and target.namespace not in (".*", ".+"):
        match["namespace"] = (
            as_glob(target.namespace) if target.is_exact else _one(globs_of(target.namespace))
        )
    for key, selector in (("labels", target.labels), ("annotations", target.annotations)):
        _add_selector(match, key, selector)
    return match


def _api_version(target: Target) -> str:
    """The apiVersion of a target; empty where the kind alone says it."""
    if not all(_PLAIN.fullmatch(text) for text in (target.group, target.version, target.kind)):
        raise NoMatch(f"{target.group}/{target.version}")
    if not target.group:
        return ""
    whole = f"{target.group}/{target.version or '*'}"
    return "" if target.kind in kinds_of(whole) else whole


def _one(values: list[str]) -> Data:
    return values[0] if len(values) == 1 else values


def _add_selector(match: Object, key: str, selector: str) -> None:
    wanted: Object = {}
    unwanted: Object = {}
    for one in requirements(selector):
        values = [as_glob(value) for value in one.values]
        if one.operator == "in":
            wanted[one.key] = _one(values)
        elif one.operator == "notin":
            unwanted[one.key] = _one(values)
        else:
            wanted[one.key] = "*" if one.operator == "exists" else None
    if wanted:
        match[key] = wanted
    if unwanted:
        match["not"] = [*match.get("not", []), *({key: {k: v}} for k, v in unwanted.items())]


def of_objects(objects: Sequence[Object], everything: Sequence[Object]) -> Object:
    """The shortest match of some objects among all. Raises NoMatch where none tells them apart."""
    for match in _by_objects(objects):
        found = fitted(match, objects, everything)
        if found is not None:
            return found
    raise NoMatch("the objects")


def _by_objects(objects: Sequence[Object]) -> Iterator[Object]:
    kinds = _values(objects, "kind")
    names = [as_glob(text_of(obj, "name")) for obj in objects]
    names = list(dict.fromkeys(names))
    spaces = [as_glob(space) for space in _values(objects, "namespace") if space]
    yield {}
    yield {"kind": "*"}
    yield {"kind": _one(kinds)}
    yield {"kind": _one(kinds), "name": _one(names)}
    yield {
        "kind": _one(kinds),
        "name": _one(names),
        "apiVersion": _one(_values(objects, "apiVersion")),
    }
    if spaces:
        yield {"kind": _one(kinds), "name": _one(names), "namespace": _one(spaces)}


def _values(objects: Sequence[Object], key: str) -> list[str]:
    return list(dict.fromkeys(text_of(obj, key) for obj in objects))


def of_hits(target: Target, objects: Sequence[Object], everything: Sequence[Object]) -> Object:
    """
    The match of a target that selects some objects of a render: in its words, without those that
    change nothing, where they select the same. Raises NoMatch.
    """
    try:
        said = of_target(target)
    except ValueError:
        return of_objects(objects, everything)
    if not objects:
        return said
    shorter = {key: value for key, value in said.items() if key not in ("namespace", "apiVersion")}
    kinds = {"kind": _one(_values(objects, "kind"))}
    for match in (shorter, {**shorter, **kinds}, said, {**said, **kinds}):
        found = fitted(match, objects, everything)
        if found is not None:
            return found
    return of_objects(objects, everything)


def fitted(match: Object, objects: Sequence[Object], everything: Sequence[Object]) -> Object | None:
    """The match, with hooks where it needs them, if it selects just these objects."""
    for more in ({}, {"hooks": "include"}, {"hooks": "only"}):
        if more.get("hooks") == "only" and match.get("kind", "*") == "*":
            continue  # whoever means a kind of objects does not mean all hooks
        found = {**match, **more}
        if [id(obj) for obj in everything if selects(found, obj)] == [id(obj) for obj in objects]:
            return found
    return None


def without(match: Object, obj: Object) -> Object:
    """The match without an object."""
    named = {"kind": text_of(obj, "kind"), "name": as_glob(text_of(obj, "name"))}
    return {**match, "not": [*match.get("not", []), named]}


def selects(match: Object, obj: Object) -> bool:
    """Whether a match that is written here selects an object."""
    hooks = match.get("hooks", "exclude")
    if (
        is_hook(obj) != (hooks == "only")
        and (is_hook(obj) or hooks == "only")
        and hooks != "include"
    ):
        return False
    if "kind" not in match and not pod_places(obj, {}):
        return False
    for key in ("kind", "apiVersion", "name", "namespace"):
        if key in match and not _fits(text_of(obj, key), match[key]):
            return False
    if not _has(obj, match):
        return False
    return not any(_has(obj, one) for one in match.get("not", ()))


def _has(obj: Object, match: Object) -> bool:
    if not all(_fits(text_of(obj, key), match[key]) for key in ("kind", "name") if key in match):
        return False
    for key in ("labels", "annotations"):
        texts = texts_of(obj, key)
        for name, wanted in match.get(key, {}).items():
            if (name in texts) != (wanted is not None):
                return False
            if wanted is not None and not _fits(texts[name], wanted):
                return False
    return True


def _fits(text: str, globs: Data) -> bool:
    return any(fnmatchcase(text, glob) for glob in ([globs] if isinstance(globs, str) else globs))
