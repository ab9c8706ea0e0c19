"""
How Go reads a scalar, and how to write a text so that every reader reads it as that text.

"Go" is sigs.k8s.io/yaml, which Helm 3, kubectl and Argo CD link: go.yaml.in/yaml/v2 (goyaml.v2)
and then a conversion to JSON. That is neither YAML 1.1 nor YAML 1.2, so the rules here follow its
source, and the tests compare with the library itself.
"""

from __future__ import annotations

from postrender.errors import UNPRINTABLE
from postrender.value import memo

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

# Reading. The tables are goyaml.v2's resolveTable and resolveMap.

_WORDS = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
}
_INFINITIES = frozenset((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"))
_NOT_FINITE = _INFINITIES | {"-.inf", "-.Inf", "-.INF", ".nan", ".NaN", ".NAN"}
_NUMBER_STARTS = frozenset("+-.0123456789")
_MANY_DIGITS = 19
_WITHOUT_SIGNS = str.maketrans("", "", "0123456789+-._")
_ZERO_NEXT = frozenset(".xXoObBeE_")
_NUMBER_NEXT = frozenset(".0123456789_")
_NUMBER_ENDS = frozenset("0123456789abcdefABCDEF._")
_SPECIAL_STARTS = _NUMBER_STARTS | frozenset("yYnNtTfFoO~") | {""}

# One group per base, in the order of _BASES. The last one: Go reads a sign after 0b, too.
_INTEGER = (
    "[-+]?(?:0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|0[bB]([01]+)|(0|[1-9][0-9]{0,19}))|0b([-+][01]+)"
)
_BASES = (0, 16, 8, 2, 10, 2)
_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
_INFINITY = float("inf")

_TYPES = {"bool": bool, "int": int, "float": float, "null": type(None)}
_DATE = r"([0-9]{4})-(0?[1-9]|1[0-2])-(0?[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01]?[0-9]|2[0-3]):[0-5]?[0-9]:[0-5]?[0-9](?:[.,][0-9]+)?"
_ZONE = r"(?:Z|[-+](?:[01][0-9]|2[0-4]):(?:[0-5][0-9]|60))"
_TIMESTAMP = f"{_DATE}(?:[Tt]{_TIME}{_ZONE}| +{_TIME})?"


def resolve(text: str) -> str | int | float | bool | None:
    """
    What Go makes of an untagged plain scalar with this text (goyaml.v2 resolve.go, resolve).

    Raises ValueError for an infinity or a not-a-number, which have no JSON.
    """
    if text[:1] not in _SPECIAL_STARTS:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    return _number(text)


def resolve_tagged(tag: str, text: str, plain: bool) -> str | int | float | bool | None:
    """
    What Go makes of a scalar with a tag as libyaml's events give it, "" for none.

    A tag beats quotes: `!!int "012"` is 10. A tag that Go does not know, `!` among them, means
    text (goyaml.v2 decode.go, scalar). Raises ValueError where Go refuses the text.
    """
    if not tag:
        return resolve(text) if plain else text
    kind = tag.removeprefix("tag:yaml.org,2002:")
    if kind == tag:
        return text
    if kind == "binary":
        return _decoded(text)
    if kind in _TYPES:
        value = resolve(text)
        if kind == "float" and type(value) is int and value < 2**63:
            return float(value)
        if type(value) is _TYPES[kind]:
            return value
    elif kind != "timestamp" or _is_timestamp(text):
        return text
    msg = f"Go does not read this text as a !!{kind}"
    raise ValueError(msg)


def key_text(value: str | float | bool | None) -> str:
    """
    The JSON object key that a resolved mapping key becomes.

    From sigs.k8s.io/yaml yaml.go, convertToJSONableObject. Raises ValueError for what Go refuses:
    null, and whole numbers above 2^63-1.
    """
    if isinstance(value, str):
        return str(value)  # of a Literal, too
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or (isinstance(value, int) and value >= 2**63):
        msg = f"Go does not take {'null' if value is None else value} as a mapping key"
        raise ValueError(msg)
    return str(value) if isinstance(value, int) else _float_key(value)


def _number(text: str) -> str | int | float:
    """What Go makes of a text that begins as numbers do: often just that text."""
    if text in _NOT_FINITE:
        msg = f"{text} cannot be written as JSON; write a number, or quote it"
        raise ValueError(msg)
    # What most charts have is told without regular expressions: loading `re` takes a fourth of a
    # run's time.
    if len(text) < _MANY_DIGITS and text.isascii():
        whole, dot, part = text.removeprefix("-").partition(".")
        if dot and whole.isdigit() and part.isdigit():
            return float(text)
        if not dot and whole.isdigit() and (whole[0] != "0" or whole == "0"):
            return int(text)
        if not dot and whole.isdigit() and not whole.strip("01234567"):
            return int(text, 8)
    if text[-1] not in _NUMBER_ENDS or (text[0] in "+-" and text[1:2] not in _NUMBER_NEXT):
        return text
    if text[0].isdigit() and (text[0] != "0" or text[1:2].isdigit()):
        if text.translate(_WITHOUT_SIGNS) not in ("", "e", "E"):
            return text
    elif text[0] == "0" and text[1:2] not in _ZERO_NEXT:
        return text
    if text.count(".") > 1:
        return text
    import re

    digits = text.replace("_", "")
    if text[0] == ".":
        # The one place where Go minds where the underscores are: between digits only.
        if digits != text and re.search("(?<![0-9])_|_(?![0-9])", text):
            return text
    elif found := re.fullmatch(_INTEGER, digits):
        group = found.lastindex or 0
        number = int(found[group], _BASES[group])
        if digits[0] == "-":
            number = -number
        # Go tries int64, and then uint64 where there is no sign.
        if -(2**63) <= number < (2**64 if digits.isalnum() else 2**63):
            return number
    if re.fullmatch(_FLOAT, digits):
        value = float(digits)
        # Too large for Go's ParseFloat, and so a text again.
        return text if abs(value) == _INFINITY else value
    return text


def _decoded(text: str) -> str:
    """`!!binary`: the bytes as Go's JSON gives them, U+FFFD for each that is not UTF-8."""
    import re
    from binascii import a2b_base64

    base64 = re.sub(r"[\r\n]", "", text)
    if len(base64) % 4 or not re.fullmatch("[A-Za-z0-9+/]*={0,2}", base64):
        msg = "Go does not read this text as a !!binary: it is not base64"
        raise ValueError(msg)
    data = a2b_base64(base64)
    return re.sub("[\udc80-\udcff]", "\ufffd", data.decode(errors="surrogateescape"))


def _is_timestamp(text: str) -> bool:
    """goyaml.v2 resolve.go, parseTimestamp, with the calendar of Go's time.Parse."""
    import re

    found = re.fullmatch(_TIMESTAMP, text)
    if not found:
        return False
    year, month, day = map(int, found.group(1, 2, 3))
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return day <= (28 + leap if month == 2 else 30 if month in {4, 6, 9, 11} else 31)


def _float_key(value: float) -> str:
    """
    Go's strconv.FormatFloat(value, 'g', -1, 32): the fewest digits that say the float32.

    For 2^-12 Go's versions disagree; this is what Go 1.18 prints (Helm 3.10), not Go 1.26.
    """
    from struct import pack, unpack

    def single(number: float) -> float:
        try:
            nearest: float = unpack("<f", pack("<f", number))[0]
        except OverflowError:
            return _INFINITY if number > 0 else -_INFINITY
        return nearest

    exact = single(value)
    if abs(exact) == _INFINITY:
        return ".inf" if exact > 0 else "-.inf"
    for decimals in range(9):
        nearest = f"{exact:.{decimals}e}"
        unit = 10.0 ** (int(nearest.partition("e")[2]) - decimals)
        # Floats lie closer below a power of two than above it: one digit up may say what the
        # nearest text does not.
        for text in (nearest, f"{exact + unit if exact > 0 else exact - unit:.{decimals}e}"):
            if single(float(text)) == exact:
                exponent = int(text.partition("e")[2])
                if -4 <= exponent < 6:
                    return f"{float(text):.{max(decimals - exponent, 0)}f}"
                return text
    raise AssertionError(value)


# Writing.

# What some reader takes for a bool, null or number, in any case of the letters.
_RESERVED = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", ".inf", ".nan"))
# A key must end within so many characters (libyaml scanner.c, yaml_parser_stale_simple_keys).
_LONGEST_KEY = 1024
_FLOW_INDICATORS = frozenset(",[]{}?")
# Signs that a text may begin with.
_FIRST = frozenset("_/$(")
# The units of amounts as Kubernetes writes them.
_UNITS = (
    *("k", "m", "M", "G", "T", "P", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"),
    *("s", "ms", "h", "%"),
)

# What is written as an escape: what some reader refuses or takes for a line break, and what does
# not show as itself.
_UNPRINTABLE = rf"\t\n\ufffe\uffff{UNPRINTABLE}"
_ESCAPES = {"\b": r"\b", "\t": r"\t", "\n": r"\n", "\f": r"\f", "\r": r"\r"}


def is_plain_safe(text: str, *, flow: bool = False) -> bool:
    """
    Whether this text, written without quotes, is read back as this very string.

    By goyaml.v2, Go's yaml.v3, a reader of YAML 1.2's core schema, and PyYAML; as a value, list
    item or mapping key; with `flow` inside `[]` or `{}`. When in doubt it is not.
    """
    return _is_plain_safe(text) and not (flow and _FLOW_INDICATORS.intersection(text))


@memo  # a rule writes the same texts into many documents
def _is_plain_safe(text: str) -> bool:
    """
    ASCII without `: `, ` #`, ` :`, tabs, a `:` or a space at the end; its start neither an
    indicator nor that of a number in any version of YAML; or an amount as Kubernetes writes them.
    Versions and addresses (1.2.3) are quoted, as YAML 1.1 to the letter has them for floats.
    """
    if not 0 < len(text) <= _LONGEST_KEY or not (text.isascii() and text.isprintable()):
        return False
    if text[-1] in ": " or ": " in text or " #" in text or " :" in text:
        return False
    return (_begins_plain(text) and text.lower() not in _RESERVED) or _is_amount(text)


def _begins_plain(text: str) -> bool:
    """Whether ASCII text begins as plain text can: a word, a flag, a path, a suffix (.com)."""
    if text[0] == "-":
        return text.removeprefix("-").removeprefix("-")[:1].isalpha()
    if text[0] == ".":
        return text.startswith(("./", "../")) or (len(text) > 2 and text[1:3].isalpha())
    return text[0].isalpha() or text[0] in _FIRST


def _is_amount(text: str) -> bool:
    """Whether ASCII text is a number with a unit: `100m`, `1.5Gi`, `30s`."""
    for unit in _UNITS:
        whole, dot, part = text.removesuffix(unit).partition(".")
        if text.endswith(unit) and whole.isdigit() and (part.isdigit() if dot else not part):
            return True
    return False


def double_quoted(text: str) -> str:
    """
    The text in double quotes, escaped as in JSON and only where a reader needs it: a program, or a
    person who could not see the character.

    Raises ValueError for half a surrogate pair, which YAML cannot say.
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    if not (text.isascii() and text.isprintable()):
        import re

        escaped = re.sub(f"[{_UNPRINTABLE}]", _escaped, escaped)
    return f'"{escaped}"'


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    if "\ud800" <= character <= "\udfff":
        msg = f"U+{ord(character):04X} is half of a surrogate pair, which YAML cannot say"
        raise ValueError(msg)
    code = ord(character)
    return _ESCAPES.get(character) or (f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}")


def single_quoted(text: str) -> str | None:
    """The text in single quotes on one line, or None where that needs escapes."""
    if not (text.isascii() and text.isprintable()):
        import re

        if re.search(f"[{_UNPRINTABLE}]", text):
            return None
    return "'" + text.replace("'", "''") + "'"
