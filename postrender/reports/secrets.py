"""
Which values are shown only masked: those of Secrets, scripts and generated files, and values whose
name looks like that of a secret.

The place of a value decides, so the same values are hidden in a chart, in a rules file and in the
output:

- `data` and `stringData` of a Secret, at any depth; any other `stringData`; what a rule for Secrets
  merges into them or patches them with; the `value` of any JSON patch,
- the `data` of a ConfigMap that kmod-post has generated, or that holds its rules as
  `functionConfig`; files that it has put into annotations,
- scripts: `script`, `postStart` and `preStop` as text, the texts of `files`; in the command of an
  `exec` the argument of `-c` of a shell or another interpreter, and every argument of several
  lines; in `command` and `args` of a container only those that contain the name of a secret, as
  readers want to see what a container runs,
- values with the name of a secret: the `value` next to such a `name`, an entry of `env` or of a
  ConfigMap's `data`, the word after such a flag or `=`; and an address that contains a password,
- copies of the object in its annotations, as `kubectl apply` and others write them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from postrender.kubernetes.objects import SHELLS, text_of, texts_of
from postrender.rules.match import Globs
from postrender.verbs.generated_names import FILE, MARK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postrender.data import Data, Path

    # A path below a mapping, the part of its value that stays visible, what it is.
    Part = tuple[Path, str, str]


class Hidden(NamedTuple):
    """
    A value that is hidden. `path` is where it is; `place` is the same in names (object, keys, names
    of entries), to find the value in another state of the data. Its `prefix` may be shown. It `is`
    a SECRET, a SCRIPT (or a file) of a chart or a rule, or a COPY of an object; only the length of
    a secret gives something away.
    """

    path: Path
    place: tuple[str, ...]
    prefix: str
    what: str


SECRET, SCRIPT, COPY = "secret", "script", "copy"
_FIELDS = ("data", "stringData")
_HOOKS = ("postStart", "preStop")
_WORD = "token|passw|passphrase|secret|credential|authorization|cookie"
_LAST_WORD = r"(?:key|pass|pwd|auth)s?(?:[-_.]?\d+)?"
_SECRET_NAME = re.compile(rf"{_WORD}|{_LAST_WORD}$", re.IGNORECASE)
# A word that gives a value such a name: `--token=…`, `env TOKEN=…`, a header; or the next word one.
_NAMED = re.compile(rf"(?:(?:{_WORD})[-\w.]*|{_LAST_WORD})(?P<sign>=|: |$)", re.IGNORECASE)
# A path, and what is called like one: `--token-file`, `TLS_KEY_PATH`; a key only where the path
# looks like that of a file.
_PATH = re.compile(r"(?:~|\.{1,2})?/[\w.@-]+(?:/[\w.@-]+)*/?")
_OF_PATH = re.compile(r"(?:file|path|dir|directory|folder)s?[=:\s]*$", re.IGNORECASE)
_OF_KEY = re.compile(r"keys?[=:\s]*$", re.IGNORECASE)
_KEY_FILE = re.compile(
    r".*\.[a-z]\w{1,4}|(?:~|\.{1,2})?/(?:etc|run|var|opt|secrets?|certs?|tls|ssl)/.+"
)
# What a script contains if it may set or use a secret.
_NAMES_SECRET = re.compile(rf"{_WORD}|bearer|{_LAST_WORD}[\"']?\s*[=:]", re.IGNORECASE)
_CODE = re.compile(r"--?(?:eval|execute|print|run|command|script)=", re.IGNORECASE)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:]*:[^/\s@]+@", re.IGNORECASE)
# kubectl's last-applied-configuration, Banzai Cloud's last-applied, Rancher's objectset applied.
_APPLIED = re.compile(r"(?:last-applied(?:-configuration)?|/applied)$")
# What runs the text behind `-c` by a shell.
_SHELLS = SHELLS | {"su", "runuser"}
_SHELL_FLAG = re.compile(r"-[a-z]*c[a-z]*")
_INTERPRETER = re.compile(r"python[\d.]*|perl|ruby|node|php[\d.]*|lua|pwsh|powershell")
_INTERPRETER_FLAG = re.compile(r"-[a-z]*[ceEr]|--(?:eval|execute|print|run)|-[Cc]ommand")
# A text without any of these has nothing to hide; a backslash may stand for any of them.
_SIGNS = re.compile(
    r"Secret|stringData|\\|applied|functionConfig|jsonPatch|op:|script|postStart|preStop|files|"
    r"command|args|original|://|"
    rf"(?i:{_WORD}|key|pass|pwd|auth)|{MARK}|{FILE}"
)


def may_hide(text: str) -> bool:
    """Whether a YAML text may contain hidden values: `no` is certain, `yes` is not."""
    return _SIGNS.search(text) is not None


def hidden(data: Data, *, show_scripts: bool = False) -> list[Hidden]:
    """All values of the data that are hidden; none is within another."""
    found = _hidden(data, "", (), ())
    return [one for one in found if not (show_scripts and one.what == SCRIPT)]


def is_secret_name(name: Data) -> bool:
    """Whether a name says that its value is a secret: `DB_PASSWORD`, `apiKey`, `x-auth`."""
    return isinstance(name, str) and _SECRET_NAME.search(name) is not None


def _hidden(data: Data, under: str, path: Path, place: tuple[str, ...]) -> Iterator[Hidden]:
    if isinstance(data, list):
        for i, item in enumerate(data):
            name = item.get("name") if isinstance(item, dict) else None
            yield from _hidden(item, "", (*path, i), (*place, str(name)))
    if not isinstance(data, dict):
        return
    if isinstance(data.get("kind"), str):
        place = tuple(text_of(data, key) for key in ("kind", "namespace", "name"))
    known: dict[str | int, set[Path]] = {}
    for part, prefix, what in _parts(data, under):
        inner = known.setdefault(part[0], set())
        if part[1:] in inner:
            continue
        inner.add(part[1:])
        if _at(data, part) not in (None, ""):
            words = (step for step in part if isinstance(step, str))
            yield Hidden((*path, *part), (*place, *words), prefix, what)
    for key, value in data.items():
        inner = known.get(key, set())
        if () not in inner:
            for one in _hidden(value, key, (*path, key), (*place, key)):
                below = one.path[len(path) + 1 :]
                if not any(below[: len(part)] == part for part in inner):
                    yield one


def _at(data: Data, path: Path) -> Data:
    for step in path:
        data = data[step]
    return data


# By the mapping that holds it


def _parts(data: dict[str, Data], under: str) -> Iterator[Part]:
    """What is hidden in a mapping; `under` is the key that holds it, or the list that it is in."""
    yield from _objects(data, under)
    if _is_for_secrets(data.get("match")):
        yield from _entries(data, "merge", SECRET)
        yield from _entries(data, "jsonPatch", SECRET)
    if "value" in data:
        value = data["value"]
        if "op" in data or _is_secret(data.get("name"), value):
            yield ("value",), "", SECRET
    if under == "env":
        for name, value in data.items():
            if not isinstance(value, dict | list) and _is_secret(name, value):
                yield (name,), "", SECRET
    if under == "annotations":
        yield from (((name,), "", COPY) for name in data if _APPLIED.search(name))
        yield from (((name,), "", SCRIPT) for name in data if name.startswith(FILE))
    yield from _scripts(data, under)


def _objects(data: dict[str, Data], under: str) -> Iterator[Part]:
    """What is hidden of an object because of its kind."""
    kind = data.get("kind")
    if kind == "Secret":
        yield from _entries(data, "data", SECRET)
    yield from _entries(data, "stringData", SECRET)
    if kind == "ConfigMap":
        is_generated = MARK in texts_of(data, "annotations")
        for field in ("data", "binaryData"):
            entries = data.get(field)
            for name, value in entries.items() if isinstance(entries, dict) else ():
                if is_generated:
                    yield (field, name), "", SCRIPT
                elif under == "functionConfig":
                    yield (field, name), "", COPY if name.endswith(".yaml") else SECRET
                elif is_secret_name(name) and not is_location(name, value):
                    yield (field, name), "", SECRET


def _entries(data: dict[str, Data], field: str, what: str) -> Iterator[Part]:
    """The values of a field's entries; all of it where it has none."""
    entries = data.get(field)
    if isinstance(entries, dict):
        yield from (((field, name), "", what) for name in entries)
    elif field in data:
        yield (field,), "", what


def _is_for_secrets(match: Data) -> bool:
    """Whether a rule's `match` may mean Secrets."""
    kinds = match.get("kind") if isinstance(match, dict) else None
    texts = kinds if isinstance(kinds, list) else [kinds]
    return "Secret" in Globs(text for text in texts if isinstance(text, str))


def _is_address(value: Data) -> bool:
    return isinstance(value, str) and _ADDRESS.search(value) is not None


def is_location(name: Data, value: Data) -> bool:
    """Whether a value with the name of a secret only says where that is: the path of a file."""
    if not (isinstance(name, str) and isinstance(value, str) and _PATH.fullmatch(value)):
        return False
    is_key_file = _OF_KEY.search(name) is not None and _KEY_FILE.fullmatch(value) is not None
    return is_key_file or _OF_PATH.search(name) is not None


def _is_secret(name: Data, value: Data) -> bool:
    """Whether a value is a secret, by its name or by itself."""
    return _is_address(value) or (is_secret_name(name) and not is_location(name, value))


def names_secret(script: str) -> bool:
    """Whether a script contains the name of a secret, or an address with a password."""
    return _NAMES_SECRET.search(script) is not None or _is_address(script)


# Scripts


def _scripts(data: dict[str, Data], under: str) -> Iterator[Part]:
    """The scripts and files in a mapping, and what is secret among the words of its commands."""
    texts = {*_HOOKS, "script", "exec"}
    for field, value in data.items():
        if isinstance(value, str) and (field in texts or under == "files"):
            yield (field,), "", SCRIPT
        elif under == "files" and isinstance(value, dict) and isinstance(value.get("text"), str):
            yield (field, "text"), "", SCRIPT
        elif field in ("command", "args") and isinstance(value, str) and names_secret(value):
            yield (field,), "", SCRIPT
    lists = [(field, data.get(field)) for field in ("command", "args")]
    known = [(field, words) for field, words in lists if isinstance(words, list)]
    yield from _words(known, all_scripts=under == "exec")
    if isinstance(data.get("original"), list):
        yield from _words([("original", data["original"])], all_scripts=False)


def _words(lists: Sequence[tuple[str, list[Data]]], *, all_scripts: bool) -> Iterator[Part]:
    """What is hidden among the words of a command; `args` continue `command`."""
    flag = awaited = None
    option = ""
    for field, words in lists:
        for i, word in enumerate(words):
            if not isinstance(word, str):
                continue
            program = word.rpartition("/")[2]
            named = _NAMED.search(word)
            is_flag = word[:1] in ("-", "+") and word[1:] != ""
            if awaited and not is_flag:
                if is_location(option, word):
                    pass
                elif awaited == SECRET or all_scripts or names_secret(word):
                    yield (field, i), "", awaited
                awaited = None
            elif "\n" in word.strip():
                if all_scripts or names_secret(word):
                    yield (field, i), "", SCRIPT
            elif code := _CODE.match(word):
                if all_scripts or names_secret(word):
                    yield (field, i), code[0], SCRIPT
            elif named and is_location(word[: named.end()], word[named.end() :]):
                continue
            elif named and named["sign"] == "=" and len(word[: named.end()].split()) == 1:
                yield (field, i), word[: named.end()], SECRET
            elif (named and named["sign"]) or _is_address(word):
                yield (field, i), "", SECRET
            elif named and is_flag and not _PATH.fullmatch(word.partition("=")[2]):
                # The next word is its value; `--cert=/etc/tls.key` has it already.
                awaited, option = SECRET, word
            elif program in _SHELLS:
                flag = _SHELL_FLAG
            elif _INTERPRETER.fullmatch(program):
                flag = _INTERPRETER_FLAG
            elif (flag and flag.fullmatch(word)) or (
                _SHELL_FLAG.fullmatch(word) and _has_blanks(words[i + 1 : i + 2])
            ):
                awaited, option = SCRIPT, ""


def _has_blanks(words: list[Data]) -> bool:
    """Whether a word has blanks, and so may be a script for the shell of an image."""
    return any(isinstance(word, str) and len(word.split()) > 1 for word in words)
