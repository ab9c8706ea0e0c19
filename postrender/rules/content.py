"""
Kubernetes content in rules: fields written as in a manifest.

Where Kubernetes takes only text (labels, annotations, command, args, env values), a number or a
bool means the text that was written. A null stays: it deletes the field.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.rules.checker import Checker
    from postrender.rules.values import Data, Path

_TEXT_MAPPINGS = frozenset({"labels", "annotations", "matchLabels", "nodeSelector", "stringData"})
_TEXT_LISTS = frozenset({"command", "args"})


def read_content(check: Checker, value: Data, path: Path) -> Data:
    """
    The content with texts where Kubernetes takes only text. A new tree; the values stay as they
    are.
    """
    if isinstance(value, dict):
        return {key: _field(check, key, item, (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [read_content(check, item, (*path, i)) for i, item in enumerate(value)]
    return value


def read_texts(check: Checker, value: Data, path: Path) -> dict[str, str | None]:
    """A mapping of texts such as labels; null stays, to delete an entry."""
    return {
        key: None if item is None else check.text(item, (*path, key))
        for key, item in check.mapping(value, path).items()
    }


def _field(check: Checker, key: str, value: Data, path: Path) -> Data:
    if key in _TEXT_MAPPINGS and isinstance(value, dict):
        return read_texts(check, value, path)
    if key in _TEXT_LISTS and isinstance(value, list):
        return check.texts(value, path)
    if key == "env" and isinstance(value, list):
        return [_env_entry(check, item, (*path, i)) for i, item in enumerate(value)]
    return read_content(check, value, path)


def _env_entry(check: Checker, value: Data, path: Path) -> Data:
    if isinstance(value, dict) and not isinstance(value.get("value", ""), str | dict | list | None):
        text = check.text(value["value"], (*path, "value"))
        return {**read_content(check, value, path), "value": text}
    return read_content(check, value, path)


def without_nulls(value: Data) -> Data:
    """Content of an object that is new: there a null has no field to delete."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value
