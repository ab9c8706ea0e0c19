"""
What a run works on: the stream, its rules, the lock file. For `import postrender`, for the render
path and for the commands that show what it does.

Files are read here, and the variable KMOD_POST_RULES; nothing else in the engine does that.
"""

from __future__ import annotations

import os

from postrender.engine import run as engine
from postrender.errors import (
    STDIN,
    KmodError,
    LockError,
    RulesError,
    UsageError,
    Where,
    grouped,
    reason_of,
)
from postrender.files import LOCK_FILE, read_file
from postrender.rules.layers import Values, merge_values, read_values
from postrender.rules.load import load
from postrender.stream.text import Stream
from postrender.value import Value
from postrender.verbs import VERBS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from postrender.data import Path
    from postrender.engine.lockfile import Lock
    from postrender.engine.run import Finish, Result
    from postrender.kubernetes.images import ArgvOf, Locked
    from postrender.rules.model import Rules

    # Options as `options.parse` returns them: key to values.
    Given = Mapping[str, Sequence[str]]

_RULES_KIND = "KmodRules"


class Inputs(Value):
    """
    What a run works on. `values` is what the rules were made of, `argv_of` answers from the lock
    file, `finish` belongs to the form of the stream: see `engine.run`.
    """

    stream: Stream
    values: Values
    rules: Rules
    namespace: str
    argv_of: ArgvOf
    strict: bool
    finish: Finish


def read_inputs(data: bytes, given: Given) -> Inputs:
    """
    The stream in these bytes, and the rules for it from the stream, files and options: `given` is
    options as `options.parse` returns them. Raises KmodError.
    """
    stream = Stream(data)
    finish: Callable[..., None] = _nothing
    default = "kmod.yaml"
    config = None
    if stream.of_kind("ResourceList"):
        from postrender.engine import krm

        config = krm.read_config(stream)
    if config is None:
        layers = rules_layers(given, take_rules(stream))
    else:
        finish = krm.finish
        given = {**given, "set": [*config.sets, *given.get("set", ())]}
        default = "kmod.yaml" if config.rules is None else ""
        layers = rules_layers(given, config.rules, default)
    values = merge_values(layers)
    namespace = given.get("default_namespace", [""])[-1]
    lock = given.get("lock", [""])[-1]
    argv_of = argv_from(lock or beside(rules_files(given, default)), must_exist=bool(lock))
    return Inputs(stream, values, rules_of([values]), namespace, argv_of, "strict" in given, finish)


def run(inputs: Inputs, watch: Callable[..., None] | None = None) -> Result:
    """
    What the rules make of the stream. `watch` is the engine's. Raises KmodError, for a warning too
    where they are to be taken strictly.
    """
    result = engine.run(
        inputs.stream,
        inputs.rules,
        inputs.namespace,
        inputs.argv_of,
        finish=inputs.finish,
        watch=watch or _nothing,
    )
    if inputs.strict and result.warnings:
        raise KmodError(one.replaced(is_strict=True) for one in grouped(result.warnings))
    return result


def rules_files(given: Given, default: str = "kmod.yaml") -> list[str]:
    """The rules files: as given, else from the environment, else the default, if it is there."""
    files = given.get("rules") or [
        f for f in os.environ.get("KMOD_POST_RULES", "").split(os.pathsep) if f
    ]
    if "" in files:
        raise UsageError("-f: needs a value", "write -f FILE")
    if "-" in files:
        raise UsageError("-f -: standard input is the chart", "put the rules into a file")
    return list(files) or ([default] if os.path.exists(default) else [])


def rules_layers(
    given: Given, in_stream: Values | None = None, default: str = "kmod.yaml"
) -> list[Values]:
    """
    All layers of rules, the lowest first: rules in the stream, rules files, `--set`. `default` is
    the file to use if none is named.

    Raises UsageError if there are none, RulesError if one is wrong.
    """
    layers = [] if in_stream is None else [in_stream]
    layers += map(file_values, rules_files(given, default))
    if not layers:
        raise UsageError(
            "kmod-post: no rules found",
            'give -f FILE, set KMOD_POST_RULES or create ./kmod.yaml, as "kmod-post init" does',
        )
    if any(option.startswith("set") for option in given):
        from postrender.rules.sets import with_sets

        return [with_sets(merge_values(layers), given)]
    return layers


def _nothing(*_: object) -> None:
    """For what nobody has asked to be told."""


# The lock file


def beside(rules_files: list[str]) -> str:
    """Where the lock file is if nobody says so: beside the first rules file."""
    return os.path.join(os.path.dirname(rules_files[0]) if rules_files else "", LOCK_FILE)


def argv_from(file: str, *, must_exist: bool) -> ArgvOf:
    """
    Answers from a lock file, which is read when the first question comes: most runs have none.

    Without `must_exist` a file that is not there is an empty one. Raises LockError, then or later.
    """
    if must_exist and not os.path.exists(file):
        raise LockError("not there", 'run "kmod-post lock" to create it', where=Where(file, 0, 0))
    opened: list[Lock] = []

    def argv_of(image: str, platform: str = "") -> Locked | None:
        if not opened:
            from postrender.engine.lockfile import open_lock

            opened.append(open_lock(file))
        return opened[0].argv_of(image, platform)

    return argv_of


# For `import postrender`, and reading rules


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
    return load(merge_values(layers), VERBS, read_beside, _home_of)


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
    if _is_manifest(text):
        raise RulesError(
            "this is a Kubernetes manifest, not a rules file",
            "give the rules with -f; manifests come from standard input, or are FILE",
            where=Where(file, 0, 0),
        )
    return read_values(text, file)


def _is_manifest(text: str) -> bool:
    """Whether a file has the keys of an object at its top level, and none of a rules file."""
    lines = f"\n{text}"
    is_object = "\napiVersion:" in lines and "\nkind:" in lines
    return is_object and "\nrules:" not in lines and "\nkmod:" not in lines


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
            f"a second {_RULES_KIND} document, after that at line {first.line}",
            "keep one",
            where=second,
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
        raise ValueError("no file can have a NUL character in its name; remove it")
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
        raise ValueError(f'"{name}" is not UTF-8; name a file with text') from None
