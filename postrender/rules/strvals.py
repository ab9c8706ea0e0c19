"""
Helm's `--set` grammar: `a.b[0]=x,c={1,2}` as changes of plain data.

A port of Helm 3.22's pkg/strvals/parser.go, oddities included; the tests ask the real program.

- `a=1` is a number, `a=01` and `a=1.5` are text; `true`, `false` and `null` count in any case.
- `a=` is empty text, `a={}` a list of one empty text, `a[2]=x` fills the gap with nulls.
- Text that stops early is no error: `a.` sets nothing, `a[0]` and `a[0].b=` create an empty list.
- The value of an empty name (`=1`, `.a=1`) is ignored.

Two things differ from Helm 3: `--set-json` accepts a whole object, as in Helm 4, and paths and JSON
are limited to 100 levels; Helm has no limit for `[0][0]` and `[0].a[0].a`.
"""

from __future__ import annotations

import re

from postrender.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from postrender.data import Path

    Values = dict[str, Any]
    Result = tuple[Values, list["Assignment"]]

__all__ = [
    "Assignment",
    "SetError",
    "check_names",
    "parse_set",
    "parse_set_file",
    "parse_set_json",
    "parse_set_string",
]

_MAX_INDEX = 65536  # strvals.MaxIndex
_MAX_DOTS = 30  # strvals.MaxNestedNameLevel; a dot after "]" does not count
_MAX_DEPTH = 100  # far from Python's recursion limit, for functions that walk the values later

# Where a piece of text ends. The backslash is in each: it takes the next character as it is.
_NAME_ENDS = re.compile(r"[\\=\[,.]")
_INDEX_ENDS = re.compile(r"[\\\]]")
_ITEM_ENDS = re.compile(r"[\\\[.=]")
_VALUE_ENDS = re.compile(r"[\\,]")
_LIST_ENDS = re.compile(r"[\\,}]")

_WORDS = {"true": True, "false": False, "null": None, "0": 0}
_INTEGER = re.compile("([-+]?)0*([0-9]{1,19})")
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]*)?")
_SURROGATE = re.compile("[\ud800-\udfff]")
# unicode.IsSpace of Go; str.isspace has four control characters more.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)


class SetError(ValueError):
    """Text that Helm refuses. The message says what is wrong and what to do; it shows no value."""


class Assignment(Value):
    """
    One scalar, or empty list or mapping, that was set, and the text that was written for it.

    `a={1,TRUE}` gives two: `("a", 0)` is 1 of `"1"`, `("a", 1)` is True of `"TRUE"`. The text is
    without its escapes; a JSON number's is the number as written, that of `--set-file` the path.
    """

    path: Path
    value: object
    text: str


def parse_set(values: Values, text: str) -> Result:
    """
    `--set`: the values with what `text` sets, and the assignments in the order of the text.

    `values` stays as it is; the result shares with it what did not change. `null` sets None.
    Raises SetError. Source: strvals.ParseInto.
    """
    return _Parser(values, text, _typed).parse()


def parse_set_string(values: Values, text: str) -> Result:
    """`--set-string`: as parse_set, but every value is text. Source: strvals.ParseIntoString."""
    return _Parser(values, text, str).parse()


def parse_set_file(values: Values, text: str, read: Callable[[str], str]) -> Result:
    """
    `--set-file`: as parse_set, but each value is `read(path)` of the path that is written.

    An OSError or ValueError of `read` becomes a SetError. `a=` is empty text, and nothing is read.
    Source: strvals.ParseIntoFile.
    """
    return _Parser(values, text, read).parse()


def parse_set_json(values: Values, text: str) -> Result:
    """
    `--set-json`: as parse_set, but with JSON values; or one object that is merged into the values.

    A number is a float64 as in Go: 1.0 is 1, and above 2^53 digits are lost. No value is null.
    Sources: strvals.ParseJSON; Options.MergeValues in pkg/cli/values/options.go of Helm 4.
    """
    whole = _well_formed(text).strip(_SPACE)
    if not whole.startswith("{"):
        return _Parser(values, text, None).parse()
    decoded, end = _decode(whole, 0, ())
    if end != len(whole):
        raise _wrong((), "is followed by more text; give one object, or NAME=JSON")
    assignments: list[Assignment] = []
    return _merge(values, _plain(decoded, (), assignments)), assignments


def check_names(text: str, *, is_json: bool = False) -> None:
    """
    Raises SetError for a name that is empty, as in `a..b=1`, or that does not come, as in `a.`:
    Helm ignores what it is to get.
    """
    if is_json and _well_formed(text).strip(_SPACE).startswith("{"):
        return
    parser = _Parser({}, text, None if is_json else str)
    parser.parse()
    if parser.unnamed is not None:
        before = _dotted(parser.unnamed)
        where = f'after "{before}."' if before else "at its beginning"
        raise SetError(f"there is no name {where}; write a name before and after each dot")


class _Parser:
    """
    One pass over the text. Its methods return False where Go's return io.EOF: the text ended early.

    Helm treats that as success, but the caller does not store the unfinished value.
    """

    __slots__ = ("assignments", "convert", "items", "own", "pos", "text", "unnamed", "values")

    def __init__(self, values: Values, text: str, convert: Callable[[str], Any] | None) -> None:
        self.text = _well_formed(text)
        self.convert = convert  # from text to value; None where values are JSON
        self.pos = 0
        self.items = 0
        self.values = dict(values)
        self.own: dict[int, Any] = {}  # copies made in this pass, by id; none is made twice
        self.assignments: list[Assignment] = []
        self.unnamed: Path | None = None  # where a name was missing

    def parse(self) -> Result:
        while self.key(self.values, (), 0):
            self.items += 1
        return self.values, self.assignments

    def key(self, data: Values, parent: Path, dots: int) -> bool:
        """Reads a name and what it gets, into `data`. Source: parser.key."""
        name, end = self.until(_NAME_ENDS)
        if not name and (end or parent):
            self.unnamed = parent
        if not end and not name:
            return False
        path = _deeper(parent, name)
        if end in ("", ","):
            raise self.no_value(path)
        mark = len(self.assignments)
        more = True
        made: Any
        if end == "=":
            more = self.convert is None or self.pos < len(self.text)
            made = self.value(path)
        elif end == "[":
            index = self.index(path)
            made = self.mine(data, name, list, path) if name in data else []
            size = len(made)
            more = self.item(made, index, path, dots)
            if not name:
                del made[size:]
        else:
            if dots == _MAX_DOTS:
                raise _wrong(
                    path, f"is under {_MAX_DOTS} dots already; use --set-json for the rest"
                )
            made = self.mine(data, name, dict, path) if name in data else {}
            more = self.key(made, path, dots + 1)
            if not made and more:
                raise _wrong(path, "gets nothing; write a name after each dot")
            if not made:
                return False
        if name:
            data[name] = made
        else:
            del self.assignments[mark:]
        return more

    def item(self, items: list[Any], index: int, parent: Path, dots: int) -> bool:
        """Reads what follows `[index]`, into `items`. Source: parser.listItem and setIndex."""
        path = _deeper(parent, index)
        if index < 0:
            raise _wrong(path, "has a negative index; the first is 0")
        extra, end = self.until(_ITEM_ENDS)
        if extra:
            raise _wrong(path, f'is followed by text; write "=", "." or "[" after "[{index}]"')
        if not end:
            return False
        mark = len(self.assignments)
        more = True
        made: Any
        if end == "=":
            made = self.value(path)
        elif end == "[":
            inner = self.index(path)
            there = index < len(items) and items[index] is not None
            made = self.mine(items, index, list, path) if there else []
            more = self.item(made, inner, path, dots)
        else:
            there = index < len(items)
            if there and not isinstance(items[index], dict):
                items[index] = {}
            made = self.mine(items, index, dict, path) if there else {}
            more = self.key(made, path, dots)
        if more and index > _MAX_INDEX:
            raise _wrong(path, f"has an index above {_MAX_INDEX}; use a smaller one")
        if more:
            items.extend([None] * (index + 1 - len(items)))
            items[index] = made
        elif not there:
            del self.assignments[mark:]
        return more

    def value(self, path: Path) -> Any:
        """Reads what follows `=`, and the comma after it. Sources: parser.valList, parser.val."""
        if self.convert is None:
            return self.json(path)
        if self.pos == len(self.text):
            return self.scalar(path, "", str)
        if self.text[self.pos] != "{":
            return self.scalar(path, self.until(_VALUE_ENDS)[0], self.convert)
        self.pos += 1
        items: list[Any] = []
        end = ","
        while end == ",":
            text, end = self.until(_LIST_ENDS)
            if not end:
                raise _wrong(path, 'gets a list without an end; close it with "}"')
            items.append(self.scalar((*path, len(items)), text, self.convert))
        if self.text.startswith(",", self.pos):
            self.pos += 1
        return items

    def scalar(self, path: Path, text: str, convert: Callable[[str], Any]) -> Any:
        try:
            value = convert(text)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise _wrong(path, f"names a file that cannot be read ({reason}); check it") from error
        self.assignments.append(Assignment(path, value, text))
        return value

    def json(self, path: Path) -> Any:
        if self.blank():
            self.assignments.append(Assignment(path, None, ""))
            return None
        decoded, self.pos = _decode(self.text, self.pos, path)
        self.blank()
        return _plain(decoded, path, self.assignments)

    def blank(self) -> bool:
        """Skips spaces and one comma; whether there was nothing else. Source: parser.emptyVal."""
        while self.pos < len(self.text) and self.text[self.pos] in _SPACE:
            self.pos += 1
        if self.text.startswith(",", self.pos):
            self.pos += 1
            return True
        return self.pos == len(self.text)

    def index(self, path: Path) -> int:
        """Reads what follows `[`. Source: parser.keyIndex."""
        text, end = self.until(_INDEX_ENDS)
        index = _int64(text) if end else None
        if index is None:
            raise _wrong(path, 'has "[" without a number and "]"; write NAME[0]')
        return index

    def until(self, ends: re.Pattern[str]) -> tuple[str, str]:
        """The text up to one of `ends`, without its escapes, and that end; "" is the text's."""
        parts = []
        while match := ends.search(self.text, self.pos):
            parts.append(self.text[self.pos : match.start()])
            self.pos = match.end()
            if match[0] != "\\":
                return "".join(parts), match[0]
            parts.append(self.text[self.pos : self.pos + 1])
            self.pos += 1
        parts.append(self.text[self.pos :])
        self.pos = len(self.text)
        return "".join(parts), ""

    def mine(self, parent: Any, key: str | int, kind: type, path: Path) -> Any:
        """The mapping or list at `key`, after a copy took its place if it is not of this pass."""
        old = parent[key]
        if not isinstance(old, kind):
            noun, empty = ("mapping", "{}") if kind is dict else ("list", "[]")
            raise _wrong(path, f"is no {noun}; make it one: --set-json '{_dotted(path)}={empty}'")
        if id(old) not in self.own:
            parent[key] = old = kind(old)
            self.own[id(old)] = old
        return old

    def no_value(self, path: Path) -> SetError:
        if self.items:  # what follows a comma may be the rest of a secret: it is not shown
            where = f"item {self.items + 1}"
            return SetError(
                f"{where} has no value; write NAME=VALUE, or \\, for a comma in a value"
            )
        if not path[-1]:
            return SetError("there is no name before the comma; write NAME=VALUE")
        return _wrong(path, f"has no value; write {_dotted(path)}=VALUE")


def _deeper(path: Path, part: str | int) -> Path:
    if len(path) == _MAX_DEPTH:
        raise _wrong(path, f"is {_MAX_DEPTH} levels deep, which is the limit; set fewer levels")
    return (*path, part)


def _merge(values: Values, changes: Values) -> Values:
    """Mappings merge, all else replaces. Source: MergeMaps in Helm 4's pkg/chart/v2/loader."""
    merged = dict(values)
    for key, value in changes.items():
        old = merged.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def _typed(text: str) -> str | int | None:
    """Source: strvals.typedVal; as there, a long s in `false` is an s in another case."""
    word = text.casefold()
    if word in _WORDS:
        return _WORDS[word]
    number = None if text.startswith("0") else _int64(text)
    return text if number is None else number


def _int64(text: str) -> int | None:
    """Source: strconv.ParseInt and Atoi of Go."""
    match = _INTEGER.fullmatch(text)
    number = int(match[1] + match[2]) if match else 2**63
    return number if -(2**63) <= number < 2**63 else None


class _Number(str):
    """A JSON number as it was written."""

    __slots__ = ()


def _decode(text: str, pos: int, path: Path) -> tuple[Any, int]:
    """One JSON value, its numbers still _Number, and where it ends; as strict as encoding/json."""
    from json import JSONDecoder  # here, because only --set-json is to pay for it

    decoder = JSONDecoder(parse_int=_Number, parse_float=_Number, parse_constant=_Number)
    try:
        value, end = decoder.raw_decode(text, pos)
    except RecursionError:
        raise _wrong(path, "is nested too deeply; set fewer levels") from None
    except ValueError as error:  # "from None": a JSONDecodeError carries the text, secrets too
        at = getattr(error, "pos", pos) + 1
        raise _wrong(path, f"is no JSON at character {at}; text needs double quotes") from None
    number = _JSON_NUMBER.match(text, pos)
    if number and number.end() != end:  # Python takes the "1" of "1.x", Go refuses
        raise _wrong(path, "is no JSON number; text needs double quotes")
    return value, end


def _plain(value: Any, path: Path, assignments: list[Assignment]) -> Any:
    """Decoded JSON as the data that Go holds; what it sets is added to the assignments."""
    if isinstance(value, dict) and value:
        entries = {_well_formed(key): entry for key, entry in value.items()}
        return {key: _plain(v, _deeper(path, key), assignments) for key, v in entries.items()}
    if isinstance(value, list) and value:
        return [_plain(v, _deeper(path, i), assignments) for i, v in enumerate(value)]
    text = "null" if value is None else str(value).lower()
    if isinstance(value, _Number):
        text = str(value)
        value = float(text)
        if not abs(value) < float("inf"):  # Infinity and NaN, too, which only Python reads
            raise _wrong(path, "is no number that JSON has; text needs double quotes")
        if value.is_integer() and abs(value) <= 2**53:  # Go prints it without a fraction
            value = int(value)
    elif isinstance(value, str):
        text = value = _well_formed(value)
    assignments.append(Assignment(path, value, text))
    return value


def _well_formed(text: str) -> str:
    """As Go reads text: U+FFFD for a byte that is not UTF-8 and, in JSON, for half a character."""
    return _SURROGATE.sub("\ufffd", text)


def _wrong(path: Path, what: str) -> SetError:
    return SetError(f'key "{_dotted(path)}" {what}' if path else f"the object {what}")


def _dotted(path: Path) -> str:
    """The path as one writes it, cut to what fits into a message of one line."""
    parts = [
        f"[{part}]" if isinstance(part, int) else "." + _NAME_ENDS.sub(r"\\\g<0>", part)
        for part in path
    ]
    shown = "".join(parts).removeprefix(".")
    shown = "".join(char if char.isprintable() else "\ufffd" for char in shown)
    return shown if len(shown) <= 80 else f"{shown[:79]}…"
