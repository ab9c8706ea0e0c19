"""
The options of the render path, declared once: for the parser here, which starts fast, and for
Typer's help.
"""

from __future__ import annotations

from postrender.errors import UsageError
from postrender.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# A shell sets this variable to the command line up to the cursor, to ask for completions.
COMPLETE = "_KMOD_POST_COMPLETE"


class Option(Value):
    """
    An option. `key` names its value, `flags` are its spellings, `metavar` is empty for a switch;
    `many`: it may be given more than once.
    """

    key: str
    flags: tuple[str, ...]
    metavar: str
    many: bool
    help: str


OPTIONS = (
    Option(
        "rules",
        ("-f", "--rules"),
        "FILE",
        True,
        "Rules file; repeatable, later ones win. Default: KMOD_POST_RULES, else ./kmod.yaml",
    ),
    Option(
        "set",
        ("--set",),
        "KEY=VALUE",
        True,
        "Set a value of the rules, as in Helm: rules.mirror.enabled=false",
    ),
    Option("set_string", ("--set-string",), "KEY=VALUE", True, "The same, with a text value"),
    Option("set_json", ("--set-json",), "KEY=JSON", True, "The same, with a JSON value"),
    Option("set_file", ("--set-file",), "KEY=FILE", True, "The same, with the text of a file"),
    Option(
        "lock",
        ("--lock",),
        "FILE",
        False,
        "Lock file of images. Default: kmod.lock.yaml in the folder of the first rules file",
    ),
    Option(
        "default_namespace",
        ("--default-namespace",),
        "NS",
        False,
        "Namespace of objects that do not set one",
    ),
    Option(
        "report",
        ("--report",),
        "FILE",
        False,
        "Write a JSON report to this file: what changed, what did not, and why",
    ),
    Option(
        "log_file",
        ("--log-file",),
        "FILE",
        False,
        "Append messages to this file too. Default: KMOD_POST_LOG_FILE",
    ),
    Option("strict", ("--strict",), "", False, "Treat warnings as errors"),
    Option("quiet", ("-q", "--quiet"), "", False, "Print only errors"),
    Option("verbose", ("-v", "--verbose"), "", False, "Print each change"),
    Option("version", ("--version",), "", False, "Print the version"),
    Option("help", ("-h", "--help"), "", False, "Print this help"),
)

_BY_FLAG = {flag: option for option in OPTIONS for flag in option.flags}


def parse(argv: Sequence[str]) -> dict[str, list[str]]:
    """
    The given options: key to values in order (a switch has an empty text each time it is given).
    The first word that is not an option is the command: `command` has it and all words after it.
    Raises UsageError.
    """
    given: dict[str, list[str]] = {}
    words = list(argv)
    while words:
        word = words.pop(0)
        if not word:
            continue  # Helm passes on an empty --post-renderer-args as an empty word
        if not word.startswith("-") or word == "-":
            given["command"] = [word, *words]
            return given
        flag, blank, _ = word.partition(" ")
        if blank and flag in _BY_FLAG and _BY_FLAG[flag].metavar:
            metavar = _BY_FLAG[flag].metavar
            raise UsageError(
                f"'{flag} {metavar}' arrived as one argument", f"write {flag}={metavar}"
            )
        flag, equals, value = word.partition("=")
        option = _BY_FLAG.get(flag)
        if option is None and not word.startswith("--") and word[:2] in _BY_FLAG:
            option = _BY_FLAG[word[:2]]
            if option.metavar:  # -fFILE
                flag, equals, value = word[:2], "=", word[2:].removeprefix("=")
            else:  # -qv
                words.insert(0, f"-{word[2:]}")
                flag, equals, value = word[:2], "", ""
        if option is None:
            raise UsageError(f"{flag}: unknown option{_hint(flag)}")
        if option.metavar:
            if not equals:
                if not words:
                    raise UsageError(f"{flag}: needs a value", f"write {flag} {option.metavar}")
                value = words.pop(0)
        elif equals:
            raise UsageError(f"{flag}: takes no value", f"write {flag} alone")
        if option.metavar and not option.many and option.key in given:
            raise UsageError(f"{flag}: given more than once", "keep one")
        given.setdefault(option.key, []).append(value)
    return given


def _hint(flag: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(flag, _BY_FLAG, n=1)
    return f"; did you mean {near[0]}?" if near else "; see kmod-post --help"
