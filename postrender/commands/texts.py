"""What the answers to a recipe's questions can be, where they are texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postrender.commands.recipes import Ask


class Text(NamedTuple):
    """A kind of text: the pattern, what it is called, and an example if a question has none."""

    pattern: str
    what: str
    example: str


_PORT = r"6553[0-5]|655[0-2]\d|65[0-4]\d\d|6[0-4]\d{3}|[1-5]\d{4}|[1-9]\d{0,3}"
_LABEL = r"([a-z0-9.-]+/)?[A-Za-z0-9]([\w.-]*\w)?"
_FLAG = r"--?[A-Za-z][\w.-]*"
# No character that means something to a shell.
_FILE = r"/([\w.@%+,=~/-]*[\w.@%+,=~-])"

TEXTS = {
    "address": Text(r"[A-Za-z0-9][A-Za-z0-9.-]*", "a host name", "db.example.com"),
    "annotation": Text(_LABEL, "the name of an annotation", "example.com/owner"),
    "count": Text(r"[1-9][0-9]{0,4}", "a whole number from 1", "3"),
    "file": Text(_FILE, "the absolute path of a file", "/etc/app/app.conf"),
    "flag": Text(_FLAG, "a flag without its value", "--log-level"),
    "folder": Text(r"/[^\s:]*[^\s:]", "an absolute path", "/var/log/app"),
    "free-port": Text(_PORT, "a port number", "5432"),
    "image": Text(r"[A-Za-z0-9][\w./:@-]*", "an image", "busybox:1.37"),
    "key": Text(r"[\w.-]+", "a key of its data", "ca.crt"),
    "label-value": Text(r"[A-Za-z0-9]([\w.-]*\w)?", "the value of a label", "storage"),
    "label": Text(_LABEL, "the name of a label", "team"),
    "log-flag": Text(_FLAG, "a flag without its value", "--log-format"),
    "name": Text(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", "lower-case letters, digits, - and .", "web"),
    # Without zeros in front, which would make YAML read an octal number.
    "namespace": Text(
        r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "lower-case letters, digits and -", "monitoring"
    ),
    "new-file": Text(_FILE, "the absolute path of a file", "/etc/app/licence.txt"),
    "number": Text(r"0|[1-9][0-9]{0,8}", "a whole number", "3"),
    "path": Text(r"[\w-]+(\.[\w-]+)*", "keys with dots between them", "log.level"),
    "port": Text(_PORT, "a port number", "5432"),
    "proxy": Text(
        r"[a-z0-9]+://[^\s/]+/?|[\w.-]+:[0-9]+",
        "an address with its port",
        "http://proxy.example.com:3128",
    ),
    "quantity": Text(r"[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi)?", "a quantity", "100m or 128Mi"),
    "registry": Text(
        r"(localhost|[\w-]+(\.[\w-]+)+|[\w.-]+:[0-9]+)(:[0-9]+)?(/[a-z0-9._/-]*[a-z0-9])?",
        "HOST or HOST/PATH",
        "registry.example.com",
    ),
    "service-type": Text(
        "ClusterIP|LoadBalancer|NodePort", "ClusterIP, LoadBalancer or NodePort", ""
    ),
    "tag": Text(r"\w[\w.-]*", "a tag", "1.2.3"),
    "text": Text(r"[^\x00-\x1f\x7f]+", "a text in one line", ""),
    "variable": Text(r"[A-Za-z_][\w.-]*", "the name of a variable", "DB_PASSWORD"),
}

# What is written into the rules as a number.
NUMBERS = ("count", "free-port", "number", "port")


def is_right(ask: Ask, answer: str, others: Mapping[str, str]) -> bool:
    """Whether an answer is of the kind that is asked for, after the other answers."""
    if not re.fullmatch(TEXTS[ask.of].pattern, answer):
        return False
    return not ask.least or int(answer) >= int(others.get(ask.least, 0))


def example_of(ask: Ask) -> str:
    """An answer that would be right; empty where the kind of text says enough."""
    return ask.example or ask.default or TEXTS[ask.of].example


def wanted(ask: Ask) -> str:
    """What to write, with an example: `a port number, such as 5432`."""
    example = example_of(ask)
    what = f"{TEXTS[ask.of].what}, not less than {ask.least}" if ask.least else TEXTS[ask.of].what
    return f"{what}, such as {example}" if example else what
