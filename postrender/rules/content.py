"""
Kubernetes content in rules: fields written as in a manifest, read by the table of types.

Where Kubernetes takes only text, a number or a bool becomes text as written. What Kubernetes would
not take is a mistake: an unknown field, a value of another type, one outside an enumeration, text
that is no quantity, an entry without what it must have, two fields of which it takes one. A null
stays: it deletes the field.

Where the type is not known, as in a custom kind, well-known names of fields say what is text.
"""

from __future__ import annotations

from postrender.data import get
from postrender.errors import VerbError
from postrender.kubernetes.strategicmerge import merge_keys
from postrender.kubernetes.types import ANY, element, is_list, is_map
from postrender.kubernetes.unions import conflict
from postrender.rules.checker import Checker, first_word, kind_of, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from postrender.data import Data, Object, Path
    from postrender.kubernetes.types import Known

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

_TEXTS = frozenset(("string", "bytes", "time"))
_BITS = {"int32": 31, "int64": 63}
# The largest file mode: 0777 (kubernetes pkg/apis/core/validation, fileModeErrorMsg).
_MODES = frozenset(("defaultMode", "mode"))
_MAX_MODE = 0o777
# The API server looks at this one only where a feature gate is on.
_FREE_MODES = frozenset(("EmptyDirVolumeSource",))
# What Go's time package reads as RFC 3339.
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
# k8s.io/apimachinery pkg/api/resource, ParseQuantity; spaces around it are cut off. A sign or a dot
# alone is nought.
_QUANTITY = r"(?=.)[+-]?[0-9]*\.?[0-9]*([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?"
# Fields that the description of a type requires and the API server does not: it reads an empty
# text, which it takes.
_NOT_ASKED = frozenset((("HTTPHeader", "value"), ("Sysctl", "value")))


def read_content(
    check: Checker,
    value: Data,
    path: Path,
    shape: str = "",
    *,
    is_new: bool = False,
    at: Path = (),
) -> Data:
    """
    The content with texts where Kubernetes takes only text; mistakes go to the checker. A new tree;
    the values stay as they are.

    `shape` is what Kubernetes wants there (see `kubernetes.types`), empty where that is unknown;
    `at` is then where in an object it is to stand, as far as that is known. What `is_new` is merged
    into nothing, and so must have all that Kubernetes requires.
    """
    if shape in ("", ANY):
        return _free(check, value, path, at)
    if value is None:
        return None
    if isinstance(value, dict):
        if check.known_types.is_type(shape):
            return _typed(check, value, path, shape, is_new=is_new)
        if is_map(shape):
            return {
                key: _item(check, item, (*path, key), element(shape), is_new=is_new)
                if not key.startswith("$")
                else item
                for key, item in value.items()
            }
    if isinstance(value, list) and is_list(shape):
        inner = element(shape)
        return [_entry(check, item, (*path, i), inner, ()) for i, item in enumerate(value)]
    return _scalar(check, value, path, shape)


def _typed(check: Checker, value: Object, path: Path, shape: str, *, is_new: bool) -> Object:
    """A mapping of a type."""
    fields = check.known_types.fields_of(shape)
    content = {}
    for key, item in value.items():
        if key in fields:
            content[key] = read_field(check, item, (*path, key), shape, key, is_new=is_new)
            continue
        if not key.startswith("$"):
            add_unknown(check, key, path, shape)
        content[key] = item
    if message := conflict(shape, value):
        check.add(path, message, "keep one of them", value=True)
    return content


def read_field(
    check: Checker, value: Data, path: Path, owner: str, name: str, *, is_new: bool = False
) -> Data:
    """The value of a field of a type, its owner, as `read_content` reads it."""
    shape = check.known_types.fields_of(owner)[name].shape
    if value is not None and name in _MODES and owner not in _FREE_MODES and shape == "int32":
        return _mode(check, value, path)
    if isinstance(value, list) and is_list(shape):
        merged = None if is_new else merge_keys(owner, name)
        return [
            _entry(check, item, (*path, i), element(shape), merged) for i, item in enumerate(value)
        ]
    return read_content(check, value, path, shape, is_new=is_new)


def _entry(
    check: Checker, value: Data, path: Path, shape: str, merged: tuple[str, ...] | None
) -> Data:
    """
    An entry of a list; `merged` are the keys by which it is merged into one that is there, None if
    it is new.
    """
    if isinstance(value, dict) and check.known_types.is_type(shape) and "$patch" not in value:
        missing = (
            [name for name, field in check.known_types.fields_of(shape).items() if field.required]
            if not merged
            else merged[:1]
        )
        for name in missing:
            if get(value, tuple(name.split("."))) is None and (shape, name) not in _NOT_ASKED:
                check.add(path, f"it has no {name}", f"add {name}:", value=True)
    return _item(check, value, path, shape, is_new=not merged)


def _item(check: Checker, value: Data, path: Path, shape: str, *, is_new: bool) -> Data:
    """An entry of a list or map, where a null deletes nothing."""
    if value is None and is_new and shape not in ("", ANY):
        return _scalar(check, value, path, shape)
    return read_content(check, value, path, shape, is_new=is_new)


def _free(check: Checker, value: Data, path: Path, at: Path) -> Data:
    """Content of no known type: what is text is told by the names of fields."""
    if _is_text(at):
        is_list_item, is_nested = isinstance(at[-1], int), isinstance(value, dict | list)
        if (value is None and not is_list_item) or (is_nested and at[-1] == "value"):
            return value
        return check.text(value, path)
    if isinstance(value, dict):
        return {key: _free(check, item, (*path, key), (*at, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_free(check, item, (*path, i), (*at, i)) for i, item in enumerate(value)]
    return value


def _scalar(check: Checker, value: Data, path: Path, shape: str) -> Data:
    """A value where Kubernetes wants one of this shape; text for a text, else as it is."""
    if shape in _TEXTS:
        text = check.text(value, path)
        if shape == "time" and text and not _is_time(text):
            advice = "write it as 2026-01-31T12:00:00Z"
            check.add(path, f'"{text}" is not a time', advice, value=True)
        elif shape == "bytes" and not is_base64(text):
            advice = "write it under stringData" if path[-2:-1] == ("data",) else "encode it"
            check.add(path, "is not base64", advice, value=True)  # the text may be a secret
        return text
    if shape.startswith("="):
        text = check.text(value, path)
        values = [name for name in check.known_types.values_of(shape) if name]
        # An empty text is as none: the API server puts its default there.
        if text and text not in values and not isinstance(value, dict | list):
            advice = nearest(text, values)
            advice = advice if advice.startswith("did") else ""
            check.add(path, f"must be one of {', '.join(values)}", advice, value=True)
        return text
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_whole = is_number and value == value // 1
    if shape in _BITS:
        if not is_whole:
            _add_kind(check, value, path, "a whole number" if is_number else "a number")
        elif not -(1 << _BITS[shape]) <= value < 1 << _BITS[shape]:
            limit = (1 << _BITS[shape]) - 1
            check.add(path, f"must be a number of at most {limit}", value=True)
    elif shape == "number":
        if not is_number:
            _add_kind(check, value, path, "a number")
    elif shape == "boolean":
        check.flag(value, path)
    elif shape == "quantity":
        if not is_number:
            _quantity(check, value, path)
    elif shape == "int-or-string":
        if not is_whole and not isinstance(value, str):
            _add_kind(check, value, path, "a whole number or text")
    else:
        what = "a list" if is_list(shape) else "a mapping"
        advice = ""
        if check.known_types.is_type(shape):
            needed = [
                f"{field.name}: …"
                for field in check.known_types.fields_of(shape).values()
                if field.required
            ]
            advice = f"write {{{', '.join(needed)}}}" if needed else ""
        check.add(path, f"must be {what}, not {kind_of(value)}", advice, value=True)
    return value


def _add_kind(check: Checker, value: Data, path: Path, what: str) -> None:
    """Notes a value of another kind than Kubernetes wants."""
    is_quoted = isinstance(value, str) and value.lstrip("-").isdecimal()
    advice = f"write {value} without quotes" if is_quoted and what == "a number" else ""
    check.add(path, f"must be {what}, not {kind_of(value)}", advice, value=True)


def _quantity(check: Checker, value: Data, path: Path) -> None:
    """Notes what is no quantity."""
    if not isinstance(value, str):
        _add_kind(check, value, path, "a quantity")
    elif not is_quantity(value):
        meant = _meant_quantity(value)
        advice = f"write {meant}" if meant else "write it as 500m, 2 or 1Gi"
        check.add(path, f'"{value}" is not a quantity', advice, value=True)


def is_quantity(text: str) -> bool:
    """Whether a text is a quantity of Kubernetes: `500m`, `1Gi`."""
    import re

    return re.fullmatch(_QUANTITY, text.strip()) is not None


def _is_time(text: str) -> bool:
    """Whether a text is a time of Kubernetes."""
    import re

    return re.fullmatch(_TIME, text) is not None


def is_base64(text: str) -> bool:
    """Whether Go's encoding/base64 reads a text, as the API server does with bytes."""
    from binascii import Error, a2b_base64

    try:
        a2b_base64(text.replace("\n", "").replace("\r", ""), strict_mode=True)
    except (Error, ValueError):
        return False
    return True


def _meant_quantity(text: str) -> str:
    """The quantity that a text may mean: `1Gib`, `512MB`, `1gi`; empty for others."""
    number = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
    suffix = text[len(number) :].strip()
    short = suffix.removesuffix("yte").removesuffix("bytes").removesuffix("b").removesuffix("B")
    for candidate in (short, short[:1].upper() + short[1:].lower()):
        if candidate != suffix and is_quantity(number + candidate):
            return number + candidate
    return ""


def _mode(check: Checker, value: Data, path: Path) -> Data:
    """A file mode, which is a number for Kubernetes; written in octal, as YAML 1.1 reads it."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_MODE:
        return value
    shown = kind_of(value) if isinstance(value, dict | list) else check.values.written(path, value)
    digits = shown if isinstance(value, str) else str(value)
    is_octal = bool(digits) and all(sign in "01234567" for sign in digits)
    meant = digits.lstrip("0").rjust(3, "0") if is_octal else "644"
    check.add(path, f"{shown} is not a file mode", f"write it as 0{meant}", value=True)
    return value


def add_unknown(
    check: Checker, key: str, path: Path, shape: str, known: Iterable[str] = ()
) -> None:
    """
    Notes a field that a type does not have: where in the rules file it belongs, or under which
    field, or the nearest of the type's fields and of the further `known` keys.
    """
    fields = check.known_types.fields_of(shape)
    if check.home_of(key, path):
        check.known({key: None}, path, ())
        return
    homes = [
        name
        for name, field in fields.items()
        if check.known_types.is_type(inner := field.shape.removeprefix("[]"))
        and key in check.known_types.fields_of(inner)
    ]
    few = 3
    if homes and len(homes) <= few and len(key) > 1:
        advice = f"it belongs under {' or '.join(homes)}"
    else:
        advice = nearest(key, (*fields, *known))
    check.add((*path, key), f'unknown field "{first_word(key)}"', advice, id="unknown-field")


def read_texts(check: Checker, value: Data, path: Path) -> dict[str, str | None]:
    """A mapping of texts such as labels; null stays, to delete an entry."""
    return {
        key: None if item is None else check.text(item, (*path, key))
        for key, item in check.mapping(value, path).items()
    }


class ByType:
    """
    Content whose type the matched object decides. It is read once for each type: `read` gives it
    for a shape, with mistakes to the checker that it is given.
    """

    __slots__ = ("_check", "_found", "_read")

    def __init__(self, check: Checker, read: Callable[[Checker, str], Data]) -> None:
        self._check = check
        self._read = read
        self._found: dict[str, tuple[Data, Checker]] = {}

    def _for_type(self, shape: str, known: Known | None = None) -> tuple[Data, Checker]:
        found = self._found.get(shape)
        if found is None:
            check = self._check.twin(known)
            found = self._found[shape] = self._read(check, shape), check
        return found

    def check(self) -> ByType:
        """
        Notes the mistakes that there are whichever of the rule's types an object has, and returns
        itself. Where the types are unknown, or one of them has no mistake, the object decides.
        """
        tried = [self._for_type(shape)[1] for shape in self._check.types or ("",)]
        if all(check.found for check in tried):
            self._check.found += min(tried, key=_strangeness).found
        for check in tried:
            self._check.excused |= check.excused
        return self

    def for_object(
        self, obj: Object, subject: str, known: Known | None = None
    ) -> tuple[Data, set[str]]:
        """
        The content for an object, named as messages do, and the ids of mistakes that the rule
        accepts. `known` tells the object's type (None: the tables do). Raises VerbError with all
        mistakes.
        """
        shape = (known or self._check.known_types).type_of(
            str(obj.get("apiVersion")), str(obj.get("kind"))
        )
        content, check = self._for_type(shape, known)
        if check.found:
            found = sorted(check.found, key=lambda entry: (entry[0], str(entry[1])))
            raise VerbError(
                mistake.replaced(subject=f"{subject}: {mistake.subject}") for _, mistake in found
            )
        return content, {id_ for _, id_ in check.excused}


def _strangeness(check: Checker) -> tuple[int, int]:
    """How far content is from a type, by its mistakes: unknown fields count before others."""
    return sum(mistake.id == "unknown-field" for _, mistake in check.found), len(check.found)


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
