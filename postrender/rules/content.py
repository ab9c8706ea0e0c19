"""
Kubernetes content in rules: fields written as in a manifest.

Where Kubernetes accepts only text (labels, annotations, command, args, env values, …), a number or
a bool becomes text as written. A null stays: it deletes the field.
"""

from __future__ import annotations

from postrender.kubernetes.objects import group, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker

# Fields that hold only texts (k8s.io/api core/v1 and meta/v1 types.go): mappings of them, lists of
# them, lists of mappings whose `value` is one. A pair is a field in another; elsewhere such a field
# may hold anything.
_TEXT_MAPPINGS = frozenset(
    ("labels", "annotations", "matchLabels", "nodeSelector", "stringData", "volumeAttributes")
)
_TEXT_LISTS = frozenset(("command", "args"))
_TEXT_VALUES = frozenset(("env", "httpHeaders", "sysctls", "tolerations"))
_TEXT_VALUES_WITHIN = frozenset((("dnsConfig", "options"),))
_TEXT_LISTS_WITHIN = frozenset((("matchExpressions", "values"), ("matchFields", "values")))


def read_content(check: Checker, value: Data, path: Path, at: Path = ()) -> Data:
    """
    The content with texts where Kubernetes takes only text. A new tree; the values stay as they
    are. `at` is where in an object it is to stand, as far as that is known.
    """
    if _is_text(at):
        is_list, is_nested = isinstance(at[-1], int), isinstance(value, dict | list)
        if (value is None and not is_list) or (is_nested and at[-1] == "value"):
            return value
        return check.text(value, path)
    if isinstance(value, dict):
        return {
            key: read_content(check, item, (*path, key), (*at, key)) for key, item in value.items()
        }
    if isinstance(value, list):
        return [read_content(check, item, (*path, i), (*at, i)) for i, item in enumerate(value)]
    return value


def read_texts(check: Checker, value: Data, path: Path) -> dict[str, str | None]:
    """A mapping of texts such as labels; null stays, to delete an entry."""
    return {
        key: None if item is None else check.text(item, (*path, key))
        for key, item in check.mapping(value, path).items()
    }


def read_data(check: Checker, value: Data, path: Path) -> Data:
    """`data`, or an entry of it, for an object that `has_text_data`."""
    if isinstance(value, dict):
        return {key: read_data(check, item, (*path, key)) for key, item in value.items()}
    return value if value is None or isinstance(value, list) else check.text(value, path)


def has_text_data(obj: Object) -> bool:
    """Whether the object's `data` holds only texts: that of other kinds may hold anything."""
    return not group(obj) and text_of(obj, "kind") in ("ConfigMap", "Secret")


def _is_text(at: Path) -> bool:
    """Whether Kubernetes takes only text at a place in an object."""
    above, field, key = (None, None, None, *at)[-3:]
    if isinstance(key, str) and field in _TEXT_MAPPINGS:
        return True
    if field == "metadata" and key in ("name", "namespace"):
        return True
    if isinstance(key, int):
        return field in _TEXT_LISTS or (at[-4:-3] + at[-2:-1] in _TEXT_LISTS_WITHIN)
    if key != "value" or not isinstance(field, int):
        return False
    return above in _TEXT_VALUES or at[-4:-2] in _TEXT_VALUES_WITHIN


def without_nulls(value: Data) -> Data:
    """Content of an object that is new: there a null has no field to delete."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value
