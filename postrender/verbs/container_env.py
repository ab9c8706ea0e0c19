"""
`env` of a container in a rule: name to value or source, or Kubernetes' list.

Both become Kubernetes' list, which is merged by name.
"""

from __future__ import annotations

from postrender.kubernetes.types import fields_of
from postrender.rules.checker import kind_of
from postrender.rules.content import add_unknown, read_content
from postrender.rules.directives import entries_of, is_data, is_whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker

_FIELDS = ("value", "valueFrom")
_EXAMPLE = '{NAME: "value"}'


def read_env(check: Checker, value: Data, path: Path) -> list[Object] | None:
    """The rule's `env` as a patch for Kubernetes' list; None takes all variables away."""
    if value is None:
        return None
    if isinstance(value, list):
        return _read_list(check, value, path)
    value = check.mapping(value, path, _EXAMPLE)
    entries: list[Object] = [{"$patch": "replace"}] if is_whole(check, value, path) else []
    for name, item, place in entries_of(check, value, path):
        _check_name(check, name, place)
        if item is None:
            entries.append({"name": name, "$patch": "delete"})
        elif isinstance(item, list):
            check.add(
                place,
                f"must be text or a source such as secretKeyRef, not {kind_of(item)}",
                value=True,
            )
        elif not isinstance(item, dict):
            entries.append({"name": name, "value": check.text(item, place)})
        elif any(key[:1] == "$" for key in item):
            from postrender.rules.operations import read_text_operation

            entries.append({"name": name, "value": read_text_operation(check, item, place)})
        elif item and item.keys() <= {*_FIELDS}:
            entries.append({"name": name, **_read_entry(check, item, place)})
        else:
            source = {key: each for key, each in item.items() if key not in _FIELDS}
            if all(each is None for each in item.values()):
                check.add(place, "a variable has no source", "add one", value=True)
            elif len(source) < len(item):
                check.add(place, "a variable has a value or a source", "keep one", value=True)
            source = read_content(check, source, place, "EnvVarSource")
            entries.append({"name": name, "valueFrom": source})
    return entries


def _read_list(check: Checker, value: list[Data], path: Path) -> list[Object]:
    """Kubernetes' list, each entry of which names its variable."""
    entries: list[Object] = []
    for i, item in enumerate(value):
        place = (*path, i)
        if isinstance(item, dict) and item == {"$patch": "replace"}:
            entries.append(item)
        elif not isinstance(item, dict) or item.get("name") is None:
            meant = _meant(item)
            check.add(place, "it has no name", f"write {meant}", value=True)
        else:
            for key in item:
                if key[:1] == "$":
                    is_data(check, key, place)
                elif key not in fields_of("EnvVar"):
                    add_unknown(check, key, place, "EnvVar")
            name = check.text(item["name"], (*place, "name"))
            _check_name(check, name, (*place, "name"))
            if any(name == entry.get("name") for entry in entries):
                check.add(place, f'there is a "{name}" above already', "keep one", value=True)
            entries.append({**_read_entry(check, item, place), "name": name})
    return entries


def _read_entry(check: Checker, entry: Object, place: Path) -> Object:
    """A variable's entry as Kubernetes writes it: a value or a source."""
    value, source = entry.get("value"), entry.get("valueFrom")
    content = {**entry}
    if value is not None:
        content["value"] = check.text(value, (*place, "value"))
    if source is not None:
        below = (*place, "valueFrom")
        check.mapping(source, below, "{secretKeyRef: {name: …, key: …}}")
        if isinstance(source, dict):
            content["valueFrom"] = read_content(check, source, below, "EnvVarSource")
    if value is not None and source is not None:
        check.add(place, "a variable has a value or a source", "keep one", value=True)
    return content


def _check_name(check: Checker, name: str, place: Path) -> None:
    """Kubernetes accepts any printable name without `=` (validateEnvVars); a shell accepts less."""
    if not name or "=" in name:
        shown = name.partition("=")[0]  # what follows may be a password
        what = f'"{shown}=…" has a "=" in it' if name else "its name is empty"
        meant = _meant(name)
        check.add(place, f"{what}", f"write {meant}")


def _meant(entry: Data) -> str:
    """
    The correct form of a wrong entry, such as `A=1` in shell style, or `{A: 1}`. Without the value,
    which may be a password.
    """
    name = ""
    if isinstance(entry, str):
        name = entry.partition("=")[0]
    elif isinstance(entry, dict) and len(entry) == 1:
        name = next(iter({**entry}.keys() - {"value", "valueFrom", "$patch"}), "")
    return f'env: {{{name}: "…"}}' if name else f"env: {_EXAMPLE}"
