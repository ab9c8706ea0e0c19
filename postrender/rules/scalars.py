"""
Scalars of Kubernetes in rules: texts, numbers, quantities, enumerations, file modes.

Where Kubernetes takes only text, a number or a bool becomes text as written. What Kubernetes would
refuse is a mistake.
"""

from __future__ import annotations

from postrender.rules.checker import kind_of, near

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Path
    from postrender.kubernetes.types import Known
    from postrender.rules.checker import Checker

_TEXTS = frozenset(("string", "bytes", "time"))
_BITS = {"int32": 31, "int64": 63}
# The largest file mode: 0777 (kubernetes pkg/apis/core/validation, fileModeErrorMsg).
_MODES = frozenset(("defaultMode", "mode"))
_MAX_MODE = 0o777
# The API server looks at this one only where a feature gate is on.
_FREE_MODES = frozenset(("EmptyDirVolumeSource",))
# What Go's time package reads as RFC 3339.
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
# k8s.io/apimachinery pkg/api/resource, ParseQuantity. Quantity.UnmarshalJSON cuts off spaces. A
# sign or a dot alone is nought.
_UNITS = frozenset(
    (
        *("", "n", "u", "m", "k", "M", "G", "T", "P", "E"),
        *("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"),
    )
)
_IN_UNITS = "".join(_UNITS)
QUANTITY = r"(?=.)[+-]?[0-9]*\.?[0-9]*([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?"


def is_mode(owner: str, name: str, shape: str) -> bool:
    """Whether a field of a built-in type, its owner, is the mode of a file."""
    return shape == "int32" and name in _MODES and "/" not in owner and owner not in _FREE_MODES


def read_scalar(check: Checker, value: Data, path: Path, shape: str, known: Known) -> Data:
    """A value where Kubernetes wants a scalar: text for a text, else as it is."""
    if shape in _TEXTS:
        return _text(check, value, path, shape)
    if shape[0] == "=":
        return _enumerated(check, value, path, known.values_of(shape))
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if shape in _BITS:
        if not is_number:
            _add_kind(check, value, path, "a number")
        elif not _is_whole(value):
            check.add(path, f"must be a whole number, not {value}", value=True)
        elif not -(1 << _BITS[shape]) <= value < 1 << _BITS[shape]:
            low, high = -(1 << _BITS[shape]), (1 << _BITS[shape]) - 1
            check.add(path, f"must be from {low} to {high}, not {value}", value=True)
    elif shape == "number":
        if not is_number:
            _add_kind(check, value, path, "a number")
    elif shape == "boolean":
        check.flag(value, path)
    elif shape == "quantity":
        if not is_number:
            _check_quantity(check, value, path)
    elif not isinstance(value, str) and not (is_number and _is_whole(value)):  # int-or-string
        _add_kind(check, value, path, "a whole number or text")
    return value


def _text(check: Checker, value: Data, path: Path, shape: str) -> str:
    """A text; a time and base64 are as the API server reads them."""
    text = check.text(value, path)
    if shape == "time" and text and not _is_time(text):
        advice = "write it as 2026-01-31T12:00:00Z"
        check.add(path, f'"{text}" is not a time', advice, value=True)
    elif shape == "bytes":
        from postrender.kubernetes.validation.encoding import is_base64

        if not is_base64(text):
            advice = "write it under stringData:" if path[-2:-1] == ("data",) else "encode it"
            check.add(path, "is not base64", advice, value=True)  # the text may be a secret
    return text


def _is_time(text: str) -> bool:
    """Whether a text is a time of Kubernetes."""
    import re

    return re.fullmatch(TIME, text) is not None


def _is_whole(value: float) -> bool:
    """Whether a number is a whole one, as 3.0 is."""
    return value == int(value)


def _enumerated(check: Checker, value: Data, path: Path, values: list[str]) -> str:
    """One of a few texts. An empty text counts as none: the API server puts its default there."""
    text = check.text(value, path)
    if text and text not in values:
        found = near(text, values)
        advice = f'did you mean "{found}"?' if found else ""
        names = [name for name in values if name]
        many = 12
        more = f", … ({len(names)} in all)" if len(names) > many else ""
        shown = ", ".join(names[:many])
        check.add(path, f"must be one of {shown}{more}", advice, value=True)
    return text


def _add_kind(check: Checker, value: Data, path: Path, what: str) -> None:
    """Notes a value of another kind than Kubernetes wants."""
    advice = ""
    if isinstance(value, str) and value.lstrip("-").isdecimal():
        advice = f"write {value} without quotes"
    elif isinstance(value, bool) and what.endswith("text"):
        advice = "put it in quotes if it is meant as text"
    check.add(path, f"must be {what}, not {kind_of(value)}", advice, value=True)


def _check_quantity(check: Checker, value: Data, path: Path) -> None:
    """Notes what is not a quantity."""
    if not isinstance(value, str):
        _add_kind(check, value, path, "a quantity")
    elif not is_quantity(value):
        check.add(path, f'"{value}" is not a quantity', f"write {_meant(value, path)}", value=True)


def is_quantity(text: str) -> bool:
    """Whether a text is a quantity of Kubernetes: `500m`, `1Gi`."""
    number = text.rstrip(_IN_UNITS)
    if number.isascii() and number.isdigit() and text[len(number) :] in _UNITS:
        return True  # as most are; loading `re` takes a fourth of a run's time
    import re

    return re.fullmatch(QUANTITY, text.strip()) is not None


def _meant(text: str, path: Path) -> str:
    """The quantity that a text may mean: `1Gib`, `512MB`, `1gi`; for others, examples."""
    number = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
    suffix = text[len(number) :].strip()
    short = suffix.removesuffix("s").removesuffix("yte").removesuffix("b").removesuffix("B")
    for candidate in (short, short[:1].upper() + short[1:].lower(), short.lower()):
        if candidate != suffix and is_quantity(number + candidate):
            return number + candidate
    return "it as 500m or 2" if path[-1] == "cpu" else "it as 512Mi or 1Gi"


def read_mode(check: Checker, value: Data, path: Path) -> Data:
    """A file mode, which is a number for Kubernetes; YAML reads 0755 as octal."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if is_number and 0 <= value <= _MAX_MODE:
        return value
    if isinstance(value, dict | list | bool):
        _add_kind(check, value, path, "a number")
        return value
    shown = check.values.written(path, value)
    digits = shown.lstrip("0")
    is_octal = bool(digits) and all(sign in "01234567" for sign in digits)
    meant = f"0{digits.rjust(3, '0')}" if is_octal else "0644"
    if isinstance(value, str):
        check.add(path, "must be a number, not text", f"write {meant} without quotes", value=True)
    else:
        text = f"{shown} is not a file mode, as the largest is 0777"
        check.add(path, text, f"write it as {meant}", value=True)
    return value
