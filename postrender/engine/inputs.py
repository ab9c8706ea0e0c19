"""
The inputs of a run: the stream, the rules and the options, for rendering and for the commands that
show what it does.
"""

from __future__ import annotations

import os

from postrender.errors import KmodError, UsageError
from postrender.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from postrender.engine.run import Finish, Result
    from postrender.errors import Message
    from postrender.kubernetes.images import ArgvOf
    from postrender.rules.layers import Values
    from postrender.rules.model import Rules
    from postrender.stream.text import Stream

    Given = Mapping[str, Sequence[str]]


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
    from postrender.engine.api import rules_of, take_rules
    from postrender.engine.lockfile import argv_from, beside
    from postrender.rules.layers import merge_values
    from postrender.stream.text import Stream

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
    from postrender.engine import run as engine

    result = engine.run(
        inputs.stream,
        inputs.rules,
        inputs.namespace,
        inputs.argv_of,
        finish=inputs.finish,
        watch=watch or _nothing,
    )
    if inputs.strict and result.warnings:
        raise KmodError(map(_strict, result.warnings))
    return result


def _strict(warning: Message) -> Message:
    """A warning as the error that --strict makes of it."""
    part = "advice" if warning.advice else "text"
    text = f"{getattr(warning, part)} (warning, by --strict an error)"
    return warning.replaced(**{part: text})


def rules_files(given: Given, default: str = "kmod.yaml") -> list[str]:
    """The rules files: as given, else from the environment, else the default, if it is there."""
    files = given.get("rules") or [
        f for f in os.environ.get("KMOD_POST_RULES", "").split(os.pathsep) if f
    ]
    if "" in files:
        raise UsageError("-f: it needs a value", "write -f FILE")
    if "-" in files:
        raise UsageError("-f -: standard input is the chart", "put the rules into a file")
    return list(files) or ([default] if os.path.exists(default) else [])


def refuse_overwriting(
    flag: str, file: str, given: Given, stream: str = "-", *, but: str = ""
) -> None:
    """
    Raises UsageError where a file that is to be written is one that the run reads (rules, the lock
    file, the stream), its log, or one that its output goes to.

    `flag` is the option that names the file, `stream` the file that the stream is read from. `but`
    is `lock` or `log` where that is what is to be written.
    """
    from postrender.engine.lockfile import beside
    from postrender.files import descriptor_of, is_same_file

    try:
        rules = rules_files(given)
    except UsageError:
        rules = []  # the run itself fails for it
    known: list[tuple[str, str | int]] = [(f"the rules file {name}", name) for name in rules]
    if but != "lock":
        lock = given.get("lock", [""])[-1] or beside(rules)
        known.append((f"the lock file {lock}", lock))
    if but != "log":
        log = given.get("log_file", [os.environ.get("KMOD_POST_LOG_FILE", "")])[-1]
        known.append((f"the log file {log}", log))
    if stream != "-":
        known.append(("what is read", stream))
    if descriptor_of(file) is None:
        known += [("standard input", 0), ("standard output", 1)]
        if but != "log":  # which only gets longer
            known.append(("standard error", 2))
    for what, other in known:
        if other != "" and is_same_file(file, other):
            raise UsageError(f"{flag} {file}: it is {what}", "name another file")


def rules_layers(
    given: Given, in_stream: Values | None = None, default: str = "kmod.yaml"
) -> list[Values]:
    """
    All layers of rules, the lowest first: rules in the stream, rules files, `--set`. `default` is
    the file to use if none is named.

    Raises UsageError if there are none, RulesError if one is wrong.
    """
    from postrender.engine.api import file_values

    layers = [] if in_stream is None else [in_stream]
    layers += map(file_values, rules_files(given, default))
    if not layers:
        raise UsageError(
            "kmod-post: no rules found", "give -f FILE, set KMOD_POST_RULES or make ./kmod.yaml"
        )
    if any(option.startswith("set") for option in given):
        from postrender.rules.layers import merge_values
        from postrender.rules.sets import with_sets

        return [with_sets(merge_values(layers), given)]
    return layers


def _nothing(*_: object) -> None:
    """A watcher that ignores everything."""
