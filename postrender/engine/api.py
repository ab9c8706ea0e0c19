"""The functions of `import postrender`: load rules from files or data, apply them to a stream."""

from __future__ import annotations

import os

from postrender.engine import run as engine
from postrender.engine.lockfile import argv_from
from postrender.errors import STDIN, RulesError, Where, reason_of
from postrender.files import read_file
from postrender.rules.layers import Values, merge_values, read_values
from postrender.rules.load import load
from postrender.stream.text import Stream
from postrender.verbs import VERBS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Path
    from postrender.rules.model import Rules

_RULES_KIND = "KmodRules"


def render(
    text: str,
    rules: Rules,
    *,
    default_namespace: str = "",
    lock: str | os.PathLike[str] | None = None,
) -> str:
    """
    The stream of manifests with the rules applied.

    `text` is what `helm template` prints; what no rule changes comes out character for character.
    `default_namespace` is the namespace of objects that name none, `lock` the lock file that says
    what images start. Raises KmodError.
    """
    argv_of = argv_from(os.fspath(lock), must_exist=True) if lock else _unlocked
    result = engine.run(Stream(text.encode()), rules, default_namespace, argv_of)
    return b"".join(result.pieces).decode()


def _unlocked(image: str, platform: str = "") -> None:
    """Says of every image that what it starts is not known."""


def load_rules(*files: str | os.PathLike[str]) -> Rules:
    """
    Rules from rules files, later files layered over earlier ones.

    Raises RulesError with one line for every mistake in them, or for a file that cannot be read.
    """
    return rules_of([file_values(os.fspath(file)) for file in files])


def rules_of(layers: list[Values]) -> Rules:
    """Rules from layers of values, later ones over earlier ones. Raises RulesError."""
    readers = {name: verb.read for name, verb in VERBS.items()}
    return load(merge_values(layers), readers, read_beside, _home_of)


def _home_of(key: str, path: Path) -> str:
    """Where a key belongs that is in the wrong place. Loaded only where there is such a mistake."""
    from postrender.verbs.misplaced import home_of

    return home_of(key, path)


def file_values(file: str) -> Values:
    """The values of a rules file. Raises RulesError."""
    try:
        text = read_file(file).decode()
    except OSError as error:
        reason = reason_of(error)
        text = f"cannot be read ({reason})"
        raise RulesError(text, "name a rules file that is there", where=Where(file, 0, 0)) from None
    except UnicodeDecodeError as error:
        text = f"not UTF-8 (byte {error.start})"
        raise RulesError(text, "save it as UTF-8", where=Where(file, 0, 0)) from None
    return read_values(text, file)


def take_rules(stream: Stream) -> Values | None:
    """
    The values of the KmodRules document in the stream, which is taken out of it; None where there
    is none.

    A chart can so bring rules that it has templated itself. Raises RulesError, also where there are
    two.
    """
    found = []
    for document in stream.of_kind(_RULES_KIND):
        try:
            values = read_values(stream.text(document), STDIN, stream.line_of(document.body))
        except RulesError:
            if document.kind is None:
                continue  # it only mentions the word, and may be anything
            raise
        if values.data.get("kind") == _RULES_KIND:
            document.is_taken = True
            found.append(values)
    if len(found) > 1:
        first, second = (values.where(("kind",)) for values in found[:2])
        raise RulesError(
            f"a second {_RULES_KIND} document, after that at {first}", "keep one", where=second
        )
    return found[0] if found else None


def read_beside(rules_file: str, name: str) -> str:
    """
    The text of a file that a rules file names with `file:`.

    Only files in the folder of the rules file and below it: rules may come from people who should
    not read everything the process can (the tokens of an Argo CD plugin, say). Raises ValueError
    with a sentence.
    """
    if rules_file == STDIN:
        raise ValueError("rules in the stream cannot name files; write the text itself")
    if "\0" in name:
        raise ValueError("no file can have a NUL character in its name; take it out")
    folder = os.path.realpath(os.path.dirname(rules_file) or ".")
    path = os.path.realpath(os.path.join(folder, name))
    if os.path.commonpath([folder, path]) != folder:
        raise ValueError(f'"{name}" is outside the folder of the rules file; move it there')
    if os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path)):
        raise ValueError(f'"{name}" is a device or a pipe; name a file beside the rules file')
    try:
        return read_file(path).decode()
    except OSError as error:
        reason = reason_of(error)
        message = f'"{name}" cannot be read ({reason}); name a file beside the rules file'
        raise ValueError(message) from None
    except UnicodeDecodeError:
        raise ValueError(f'"{name}" is not UTF-8; a ConfigMap takes text only') from None
