"""Where a known key belongs that a rules file has in the wrong place."""

from __future__ import annotations

from postrender.kubernetes.types import fields_of
from postrender.rules.load import RULE_KEYS, TOP_KEYS
from postrender.rules.match import KEYS as MATCH_KEYS
from postrender.verbs import VERBS
from postrender.verbs.container import SHORT_FORMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Path

_OF_CONTAINERS = ("initContainers", "sidecars", "containers")


def home_of(key: str, path: Path) -> str:
    """
    Where a key belongs that is not known in the mapping at `path`: `belongs to …; write …`; empty
    where it belongs nowhere.
    """
    here = _level(path)
    if not here or (key, here) == ("kinds", "match"):  # `kind` is meant
        return ""
    for level, keys in (
        ("rule", (*VERBS, *RULE_KEYS)),
        ("match", [name for name in MATCH_KEYS if name != "image"]),
        ("container", (*fields_of("Container"), *SHORT_FORMS)),
        ("pod", fields_of("PodSpec")),
        ("top", TOP_KEYS),
    ):
        if key in keys and level != here:
            return _sentence(key, level, here, path)
    return ""


def _level(path: Path) -> str:
    """What the mapping at a path is, if keys of another level may be there by mistake."""
    if not path:
        return "top"
    if path[0] != "rules" or len(path) not in {2, 3, 4}:
        return ""
    if len(path) == 2:
        return "rule"
    if len(path) == 3:
        return "match" if path[2] == "match" else ""
    return "container" if path[2] in _OF_CONTAINERS else ""


def _sentence(key: str, level: str, here: str, path: Path) -> str:
    if level == "top":
        return "belongs to the top level of the file; move it there, beside rules:"
    if level == "rule" and here != "top":
        singular = key.removesuffix("s")  # the verb `images`, or the field `image`
        is_field = singular != key and singular in fields_of("Container")
        meant = f', or did you mean "{singular}"?' if is_field else ""
        return f"belongs to the rule; move it out of {path[2]}:{meant}"
    owner = {"rule": "a rule", "match": "match", "container": "a container", "pod": "the pod"}[
        level
    ]
    inner = {
        "rule": f"{key}: …",
        "match": f"match: {{{key}: …}}",
        "container": f"containers: {{NAME: {{{key}: …}}}}",
        "pod": f"pod: {{{key}: …}}",
    }[level]
    rule = inner if level == "match" else f"match: …, {inner}"
    written = f"rules: {{NAME: {{{rule}}}}}" if here == "top" else inner
    if here in {"match", "container"}:
        written += " in the rule"
    if level == "container" and key in TOP_KEYS:
        written += f"; for further objects, move {key}: to the top level of the file"
    return f"belongs to {owner}; write {written}"
