"""Which files a command must not write: those that its run reads or prints to."""

from __future__ import annotations

import os

from postrender.engine.inputs import beside, rules_files
from postrender.errors import UsageError
from postrender.files import descriptor_of, is_same_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.engine.inputs import Given


def refuse_overwriting(
    flag: str, file: str, given: Given, stream: str = "-", *, but: str = ""
) -> None:
    """
    Raises UsageError where a file that is to be written is one that the run reads (rules, the lock
    file, the stream), its log, or one that its output goes to.

    `flag` is the option that names the file, `stream` the file that the stream is read from. `but`
    is `lock` or `log` where that is what is to be written.
    """
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
