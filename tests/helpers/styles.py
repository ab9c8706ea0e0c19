"""
One object in every YAML style: common ones in charts, and rare ones that Helm accepts.

`write` prints data in a mixture of `STYLES`, each with the share of places that use it; `decorate`
keeps a text's own style and only adds comments, blank lines and line breaks. Go reads the same data
afterwards; a test checks this for both.
"""

from __future__ import annotations

import json
import re
import textwrap
from typing import TYPE_CHECKING, Any

from postrender.yamltext.nodes import Mapping, Node, Scalar, Sequence
from postrender.yamltext.reader import ReadError, read
from postrender.yamltext.scalars import double_quoted, is_plain_safe, key_text, resolve
from postrender.yamltext.scalars import single_quoted as quoted_on_one_line

if TYPE_CHECKING:
    from random import Random

STYLES = {
    "four spaces": "mappings are indented by four columns",
    "any indent": "every collection has an indentation of its own",
    "indented lists": "dashes stand deeper than their key",
    "wide dashes": "more than a blank after a dash",
    "dash alone": "a dash on its own line, the item below",
    "next line": "a value on the line after its key",
    "blanks after the colon": "several blanks between a key and its value",
    "tab after the colon": "a tab between a key and its value",
    "blank before the colon": "`key : value`",
    "quoted keys": "keys in quotes",
    "explicit keys": "`? key` and `: value` on two lines",
    "keys of other types": "numbers and bools as keys",
    "double quotes": "texts in double quotes",
    "escapes": "characters written by their number",
    "single quotes": "texts in single quotes",
    "literal": "texts of several lines as `|`",
    "literal of one line": "texts of one line as `|-`",
    "indentation indicator": "`|2`",
    "kept line breaks": "`|+`",
    "folded": "`>`, long lines folded",
    "folded in quotes": "long texts in quotes over several lines",
    "folded plain": "long texts without quotes over several lines",
    "flow leaves": "collections of scalars in braces and brackets",
    "flow": "collections in braces and brackets",
    "long flow": "braces and brackets over several lines",
    "single pairs": "`[key: value]`",
    "empty in flow": "`{key, other: 1}` and a comma at the end",
    "JSON": "one line of JSON",
    "indented JSON": "JSON over several lines",
    "JSON and YAML": "JSON with an entry that is not, as Helm 4 makes of a JSON template",
    "comments": "comments on lines of their own, in any column",
    "comments beside": "comments at the ends of lines",
    "comments in flow": "comments inside braces and brackets",
    "blank lines": "blank lines, some with blanks in them",
    "blanks at the end": "blanks at the ends of lines",
    "aliases": "what comes again is an alias",
    "anchors": "anchors that nothing names",
    "merge keys": "`<<: *anchor` and `<<: {…}`",
    "tags": "`!!str`, `!!int`, `!!map` and a chart's own tags",
    "duplicate keys": "a key twice, of which the last one counts",
    "empty values": "nothing at all for null",
    "other spellings": "`yes`, `~`, `0x10`, `1e3`",
    "CRLF": "the line breaks of Windows",
    "no final newline": "the text ends within its last line",
    "end marker": "`...` after the document",
}

NO_STYLE: dict[str, float] = {}


def some_styles(random: Random) -> dict[str, float]:
    """A few styles with their shares."""
    count = random.choice((1, 2, 3, 5, 8, 12, 20))
    return {name: random.choice((0.05, 0.3, 1.0)) for name in random.sample(list(STYLES), count)}


def write(data: dict[str, Any], random: Random, styles: dict[str, float]) -> str:
    """The object as text in these styles."""
    text = _Writer(random, styles).document(data)
    return _finished(text, random, styles)


def decorate(text: str, random: Random, styles: dict[str, float]) -> str:
    """The text with comments, blank lines and line breaks of these styles, and as it was else."""
    lines = text.splitlines(keepends=True)
    writer = _Writer(random, styles)
    places = _entry_lines(text)
    for number in sorted(places, reverse=True):
        column, writer.after_block = places[number]
        lines.insert(number, writer.between(" " * column))
    return _finished("".join(lines), random, styles)


def _entry_lines(text: str) -> dict[int, tuple[int, bool]]:
    """
    The lines that begin with an entry of a block collection: number to column, and whether a block
    scalar ends there.
    """
    found: dict[int, tuple[int, bool]] = {}
    after_block = False

    def walk(node: Node | None) -> None:
        nonlocal after_block
        if isinstance(node, Scalar):
            after_block = node.style in {"|", ">"}
        if not isinstance(node, Mapping | Sequence) or node.flow:
            return
        pairs = node.pairs if isinstance(node, Mapping) else [(item,) for item in node.items]
        for entry in pairs:
            begin = text.rfind("\n", 0, entry[0].start) + 1
            if text[begin : entry[0].start].strip(" ") in {"", "-"}:
                column = len(text[begin:]) - len(text[begin:].lstrip(" "))
                found.setdefault(text.count("\n", 0, begin), (column, after_block))
            for child in entry:
                walk(child)

    walk(read(text))
    return found


def _finished(text: str, random: Random, styles: dict[str, float]) -> str:
    """What concerns the text as a whole."""
    if random.random() < styles.get("end marker", 0):
        text += random.choice(("...\n", "... # end\n"))
    if random.random() < styles.get("CRLF", 0):
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    # Readers do not agree about a block scalar whose last line has no end.
    if random.random() < styles.get("no final newline", 0) and not _ends_in_block(text):
        text = text.removesuffix("\n").removesuffix("\r")
    return text


def _ends_in_block(text: str) -> bool:
    try:
        node = read(text)
    except ReadError:
        return True
    while isinstance(node, Mapping | Sequence) and not node.flow:
        node = node.pairs[-1][1] if isinstance(node, Mapping) else node.items[-1]
    return getattr(node, "style", "") in {"|", ">"}


class _Writer:
    """
    One document. Texts of block values begin right after their key's colon or their dash and end
    with a line break.
    """

    def __init__(self, random: Random, styles: dict[str, float]) -> None:
        self.random = random
        self.styles = styles
        self.step = 4 if self.use("four spaces") else 2
        self.dash = self.step if self.use("indented lists") else 0
        self.anchors: dict[str, str] = {}
        self.mappings: dict[str, dict[str, Any]] = {}
        self.open: list[dict[str, Any]] = []
        self.count = 0
        # A block scalar takes deeper comments and blank lines after it for its own.
        self.after_block = False

    def use(self, style: str) -> bool:
        return self.random.random() < self.styles.get(style, 0)

    def document(self, data: dict[str, Any]) -> str:
        head = "# Source: chart/templates/x.yaml\n" if self.use("comments") else ""
        if self.use("JSON"):
            return head + json.dumps(data, ensure_ascii=self.use("escapes")) + "\n"
        if self.use("indented JSON"):
            return head + json.dumps(data, indent=self.step) + "\n"
        if self.use("JSON and YAML"):
            inner = json.dumps(data)[:-1]
            *rest, last = data
            if last not in rest and is_plain_safe(last, flow=True):
                inner = json.dumps({key: data[key] for key in rest})[:-1]
                inner += f"{', ' if rest else ''}{last}: {self.flow(data[last], 0)}"
            return head + inner + "}\n"
        return head + self.mapping(data, 0) + self.between("")

    # Between the lines

    def between(self, pad: str) -> str:
        """Comments and blank lines before a line that is indented by `pad`."""
        text = ""
        while self.use("blank lines") and not self.after_block:
            text += self.random.choice(("\n", "\n", f"{pad}\n", "      \n"))
            if self.random.random() < 0.5:
                break
        while self.use("comments"):
            column = self.random.choice((len(pad), len(pad), 0, len(pad) + 2, 1, 13))
            column = len(pad) if self.after_block else column
            text += " " * column + self.comment() + "\n"
            if self.random.random() < 0.5:
                break
        self.after_block = False
        return text

    def comment(self) -> str:
        return self.random.choice(
            (
                "# a comment",
                "#",
                "# key: value",
                "# - item",
                "#no blank",
                "# \"quoted' {[ | >",
                "# é…",
            )
        )

    def line_end(self, blank: str = " ") -> str:
        """The end of a line: blanks, a comment, the line break."""
        blanks = self.random.choice((" ", "   ", blank)) if self.use("blanks at the end") else ""
        comment = " " + self.comment() if self.use("comments beside") else ""
        return f"{blanks}{comment}\n"

    # Block collections

    def mapping(self, data: dict[str, Any], column: int, *, on_dash_line: bool = False) -> str:
        """The entries of a mapping; `on_dash_line`: the first one is on the line of a dash."""
        pad = " " * column
        text = ""
        self.open.append(data)
        for key, value in self.entries(data):
            text += "" if on_dash_line else self.between(pad) + pad
            on_dash_line = False
            text += self.key(key, pad) + self.after_key(value, column)
        self.open.pop()
        return text

    def entries(self, data: dict[str, Any]) -> list[tuple[str, Any]]:
        """The entries to write: with a merge key instead of some, with duplicates."""
        entries: list[tuple[str, Any]] = list(data.items())
        if self.use("merge keys"):
            entries = self.merged(data)
        if self.use("duplicate keys"):
            at = self.random.randrange(len(entries))
            key = entries[at][0]
            if not isinstance(key, _Raw) and not isinstance(entries[0][0], _Raw):
                entries.insert(
                    self.random.randint(0, at), (key, self.random.choice(("x", 1, {"y": 2})))
                )
        return entries

    def merged(self, data: dict[str, Any]) -> list[tuple[str, Any]]:
        sign = _Raw(self.random.choice(("<<", "<<", "!!merge <<")))
        fitting = [
            name
            for name, known in self.mappings.items()
            if known.keys() <= data.keys() and not any(known is mapping for mapping in self.open)
        ]
        if fitting and self.random.random() < 0.7:
            name = self.random.choice(fitting)
            taken = self.mappings[name]
            merge: tuple[str, Any] = (sign, _Raw("*" + name))
            if self.random.random() < 0.2:
                merge = (sign, _Raw(f"[*{name}]"))
        else:
            names = self.random.sample(list(data), self.random.randint(1, len(data)))
            taken = {key: data[key] for key in data if key in names}
            if any(isinstance(value, (dict, list)) for value in taken.values()):
                return list(data.items())
            # First, as it may hold anchors.
            merge = (sign, _Raw(self.flow(taken, 0)))
            return [merge, *((key, value) for key, value in data.items() if key not in taken)]
        own = [
            (key, value)
            for key, value in data.items()
            if key not in taken or taken[key] != value or type(taken[key]) is not type(value)
        ]
        same = [pair for pair in own if pair[0] not in taken]
        at = self.random.choice((0, 0, len(same)))
        early = same[:at]
        return [*early, merge, *(pair for pair in own if pair not in early)]

    def key(self, key: str, pad: str) -> str:
        if isinstance(key, _Raw):
            return key + ":"
        text = self.key_text(key, flow=False)
        if self.use("explicit keys"):
            return f"? {text}{self.line_end()}{pad}: "
        if self.use("blank before the colon"):
            text += " "
        return text + ":"

    def key_text(self, key: str, *, flow: bool) -> str:
        if self.use("quoted keys"):
            return self.random.choice(
                (double_quoted(key), quoted_on_one_line(key) or double_quoted(key))
            )
        if self.use("keys of other types") and _is_other_key(key):
            return key
        if self.use("tags") and is_plain_safe(key, flow=flow):
            return f"!!str {key}"
        return key if is_plain_safe(key, flow=flow) else double_quoted(key)

    def after_key(self, value: Any, column: int) -> str:
        """A value after its key's colon."""
        if isinstance(value, _Raw):
            return f" {value}" + self.line_end()
        if isinstance(value, dict | list) and value:
            lead, known = self.properties(value)
            if known:
                return f" {lead}" + self.line_end()
            deeper = column + (self.random.randint(1, 6) if self.use("any indent") else self.step)
            if self.in_flow(value):
                return self.blank() + lead + self.flow(value, column) + self.line_end()
            head = (" " + lead.rstrip() if lead else "") + self.line_end()
            if isinstance(value, dict):
                return head + self.mapping(value, deeper)
            dash = column + (self.random.randint(0, 4) if self.use("any indent") else self.dash)
            return head + self.sequence(value, dash)
        return self.scalar(value, column, self.blank())

    def blank(self) -> str:
        if self.use("tab after the colon") and not self.styles.get("explicit keys"):
            return self.random.choice(("\t", " \t ", "\t\t"))
        return "    " if self.use("blanks after the colon") else " "

    def sequence(self, data: list[Any], column: int, *, on_dash_line: bool = False) -> str:
        pad = " " * column
        text = ""
        for item in data:
            text += ("" if on_dash_line else self.between(pad) + pad) + "-"
            on_dash_line = False
            text += self.after_dash(item, column)
        return text

    def after_dash(self, item: Any, column: int) -> str:
        """An item after its dash."""
        if not (isinstance(item, dict | list) and item):
            return self.scalar(item, column, "   " if self.use("wide dashes") else " ")
        lead, known = self.properties(item)
        if known:
            return f" {lead}" + self.line_end()
        if self.in_flow(item):
            return " " + lead + self.flow(item, column) + self.line_end()
        blanks = 3 if self.use("wide dashes") else 1
        inner = column + 1 + blanks
        if lead or self.use("dash alone"):
            head = (" " + lead.rstrip() if lead else "") + self.line_end()
            return head + self.block(item, inner, on_dash_line=False)
        return " " * blanks + self.block(item, inner, on_dash_line=True)

    def block(self, item: Any, column: int, *, on_dash_line: bool) -> str:
        if isinstance(item, dict):
            return self.mapping(item, column, on_dash_line=on_dash_line)
        return self.sequence(item, column, on_dash_line=on_dash_line)

    # What stands before a value

    def properties(self, value: Any) -> tuple[str, bool]:
        """
        An anchor or a tag to stand before a value, with a blank; or an alias in its place, and
        true.
        """
        known = json.dumps(value)
        if known in self.anchors and self.use("aliases"):
            return "*" + self.anchors[known], True
        lead = ""
        if self.use("tags"):
            lead = "!custom " if self.random.random() < 0.3 else f"!!{_kind(value)} "
            if lead == "!custom " and not isinstance(value, dict | list):
                lead = ""
        wanted = ("aliases", "anchors", "merge keys")
        if any(self.use(style) for style in wanted):
            self.count += 1
            name = f"a{self.count % 7 if self.use('anchors') else self.count}"
            for text in [text for text, old in self.anchors.items() if old == name]:
                del self.anchors[text]
            self.mappings.pop(name, None)
            self.anchors[known] = name
            if isinstance(value, dict):
                self.mappings[name] = value
            lead = f"&{name} {lead}"
        return lead, False

    # Scalars

    def scalar(self, value: Any, column: int, blank: str) -> str:
        """A scalar, or an empty collection, in a block."""
        lead, known = self.properties(value) if not isinstance(value, dict | list) else ("", False)
        if known:
            return f" {lead}" + self.line_end()
        if value is None and not lead and self.use("empty values"):
            return self.line_end()
        pad = " " * (column + self.step)
        if isinstance(value, str):
            block = self.block_scalar(value, column)
            if block:
                self.after_block = True
                return f" {lead}{block}"
            text = self.text(value, pad)
        else:
            text = self.other(value, plain=bool(lead))
        if self.use("next line"):
            return self.line_end() + self.between(pad) + pad + lead + text + self.line_end()
        return blank + lead + text + self.line_end("\t" if text else " ")

    def text(self, value: str, pad: str) -> str:
        """A text that is not a block scalar; `pad` is the indentation of further lines."""
        long = " " in value.strip() and not re.search(r"[^!-~ ]|  |^ | $", value)
        single = quoted_on_one_line(value)
        if long and self.use("folded in quotes"):
            quoted = single if single and self.random.random() < 0.5 else double_quoted(value)
            return self.folded(quoted, pad)
        if self.use("escapes"):
            return double_quoted(value[:1] and f"\0{value[1:]}").replace(
                "\\u0000", _escape(value[:1])
            )
        if self.use("double quotes"):
            return double_quoted(value)
        if single is not None and self.use("single quotes"):
            return single
        if not is_plain_safe(value):
            return double_quoted(value)
        if long and self.use("folded plain") and not re.search(r" [^A-Za-z0-9/]|: |^[-?:]", value):
            return self.folded(value, pad)
        return value

    def folded(self, text: str, pad: str) -> str:
        """A text over several lines: line breaks in the place of some blanks."""
        words = text.split(" ")
        parts = [words[0]]
        for word in words[1:]:
            fold = self.random.random() < 0.3 and parts[-1] and word
            parts.append((f"\n{pad}" if fold else " ") + word)
        return "".join(parts)

    def block_scalar(self, value: str, column: int) -> str:
        """A text as `|` or `>`; empty where it cannot be one or is not to be."""
        if re.search(
            "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]", value
        ):
            return ""
        lines = value.split("\n")
        several = "\n" in value and self.use("literal")
        folded = value.strip() and self.use("folded")
        if not (several or folded or self.use("literal of one line")) or not value.strip():
            return ""
        trailing = len(lines) - len(value.rstrip("\n").split("\n"))
        chomp = {0: "-", 1: ""}.get(trailing, "+")
        if chomp == "+" and not self.use("kept line breaks"):
            return ""
        if trailing == 1 and self.use("kept line breaks"):
            chomp = "+"
        step = self.random.randint(1, 6) if self.use("any indent") else self.step
        needs = lines[0][:1] in {" ", ""} or lines[0].startswith("\t")
        indicator = str(step) if needs or self.use("indentation indicator") else ""
        if needs and column == 0 and step == 0:
            return ""
        body = lines[: len(lines) - trailing]
        sign = "|"
        if folded and not any(line[:1] in {" ", "\t", ""} for line in body):
            sign = ">"
            body = [part for line in body for part in ("", *_wrapped(line, self.random))][1:]
        pad = " " * (column + step)
        body += [""] * (trailing - 1)
        header = indicator + chomp if self.random.random() < 0.5 else chomp + indicator
        comment = " # of a block" if self.use("comments beside") else ""
        return f"{sign}{header}{comment}\n" + "".join(
            f"{pad if line else ''}{line}\n" for line in body
        )

    def other(self, value: Any, *, plain: bool) -> str:
        """What is no text: null, a bool, a number, an empty collection."""
        if self.use("other spellings") and not plain:
            choices = [text for text in _SPELLINGS if _is_exactly(text, value)]
            if type(value) is int and 0 <= value < 2**31:
                choices += [hex(value), f"0{value:o}" if value else "0", f"+{value}"]
            if choices:
                return self.random.choice(choices)
        return "null" if value is None else json.dumps(value)

    # Flow

    def in_flow(self, value: Any) -> bool:
        leaves = value.values() if isinstance(value, dict) else value
        if not any(isinstance(leaf, dict | list) and leaf for leaf in leaves):
            return self.use("flow leaves") or self.use("flow")
        return self.use("flow")

    def flow(self, value: Any, column: int) -> str:
        """A value inside braces or brackets, or with its own."""
        if not isinstance(value, dict | list):
            if value is None and self.use("other spellings"):
                return "~"
            if not isinstance(value, str):
                return self.other(value, plain=True)
            if is_plain_safe(value, flow=True) and not self.use("double quotes"):
                return value
            return double_quoted(value)
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        pad = "\n" + " " * (column + self.step)
        gap = self.random.choice(("", " ")) if not self.use("long flow") else pad
        entries = [self.flow_entry(entry, column) for entry in self.flow_entries(value)]
        if not entries:
            return opening + closing
        end = "," if self.use("empty in flow") else ""
        comment = f" {self.comment()}{pad}" if self.use("comments in flow") else ""
        between = f",{comment}{gap or ' '}" if gap != pad else f",{comment or pad}"
        last = "\n" + " " * (column + 1) if gap == pad else gap
        return opening + gap + between.join(entries) + end + last + closing

    def flow_entries(self, value: Any) -> list[Any]:
        return list(value.items()) if isinstance(value, dict) else [(item,) for item in value]

    def flow_entry(self, entry: tuple[Any, ...], column: int) -> str:
        if len(entry) == 1:
            (item,) = entry
            if isinstance(item, dict) and len(item) == 1 and self.use("single pairs"):
                ((key, value),) = item.items()
                return f"{self.key_text(key, flow=True)}: {self.flow(value, column)}"
            lead, known = self.properties(item)
            return lead + (" " if known else self.flow(item, column))
        key, item = entry
        text = ("? " if self.use("explicit keys") else "") + self.key_text(key, flow=True)
        if item is None and self.use("empty in flow"):
            return text
        lead, known = self.properties(item)
        return f"{text}: {lead}" + (" " if known else self.flow(item, column))


class _Raw(str):
    """YAML that is written as it is."""

    __slots__ = ()


_SPELLINGS = (
    *("~", "Null", "NULL", "yes", "Yes", "on", "True", "TRUE", "y", "no", "off", "False", "N"),
    *("1_000", "1e3", "0o17", "0b11", "+0", "-0", "1.", ".5", "1E3"),
)


def _is_exactly(text: str, value: Any) -> bool:
    found = resolve(text)
    return type(found) is type(value) and found == value


def _is_other_key(key: str) -> bool:
    try:
        value = resolve(key)
        return not isinstance(value, str) and key_text(value) == key
    except ValueError:
        return False


def _kind(value: Any) -> str:
    kinds = {str: "str", bool: "bool", int: "int", float: "float", dict: "map", list: "seq"}
    return kinds.get(type(value), "null")


def _escape(character: str) -> str:
    code = ord(character or "x")
    if not character:
        return ""
    return (
        f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 2**16 else f"\\U{code:08x}"
    )


def _wrapped(line: str, random: Random) -> list[str]:
    """A line folded at single blanks."""
    if "  " in line or line != line.strip():
        return [line]
    return textwrap.wrap(
        line, random.choice((20, 40, 80)), break_long_words=False, break_on_hyphens=False
    ) or [line]
