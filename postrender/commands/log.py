"""
Shows messages to the user of Helm 4.

Helm 4 discards what a plugin writes to standard error (helm internal/plugin/runtime_subprocess.go,
runPostrenderer): its user sees "exited with error", but not why. So a failing run also writes to
Helm's own standard error.
"""

from __future__ import annotations

import os
import stat

PLUGIN_NAME = "kmod-post"


def is_plugin() -> bool:
    """Whether Helm 4 has started this process as its plugin."""
    return os.environ.get("HELM_PLUGIN_NAME") == PLUGIN_NAME


def show(text: str) -> None:
    """
    Writes to Helm's standard error or, if it cannot be opened, to the terminal. Raises nothing.

    If there is neither, nothing is shown; only the log file has the text then.
    """
    if os.name != "posix":
        return
    for find in (_parents_stderr, _terminal):
        try:
            channel = find()
            if channel is not None:
                _write(channel, text.encode("utf-8", "backslashreplace"))
        except OSError:
            continue
        return


def _parents_stderr() -> int | None:
    """
    The parent's standard error, opened to append; None if there is nothing to write, because our
    own standard error is the same or the user has sent it to /dev/null. Raises OSError if it cannot
    be opened.

    On Linux, `/proc/PID/fd/2` is that file. We open it only if the process has the same user, and
    only if it is a terminal, a pipe, or a file that the parent appends to: otherwise the parent
    would write over our text.
    """
    parent = f"/proc/{os.getppid()}"
    if os.stat(parent).st_uid != os.geteuid():
        raise PermissionError("not a process of this user")
    target = os.stat(f"{parent}/fd/2")
    mode = target.st_mode
    if os.path.samestat(target, os.fstat(2)):
        return None
    if stat.S_ISREG(mode) and not _is_appended_to(parent):
        raise PermissionError("the parent would write over it")
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)):
        raise PermissionError("no terminal, pipe or file")
    channel = _open(f"{parent}/fd/2")
    if stat.S_ISCHR(mode) and not os.isatty(channel):
        os.close(channel)
        return None
    return channel


def _is_appended_to(parent: str) -> bool:
    """Whether a process has opened its standard error with O_APPEND (proc(5), fdinfo)."""
    with open(f"{parent}/fdinfo/2", encoding="ascii") as opened:
        flags = next(line.split()[1] for line in opened if line.startswith("flags:"))
    return bool(int(flags, 8) & os.O_APPEND)


def _terminal() -> int:
    """The terminal that the process belongs to. Raises OSError if there is none."""
    return _open("/dev/tty")


def _open(path: str) -> int:
    """Opens to append, without waiting for a reader and without adopting a terminal."""
    channel = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOCTTY | os.O_NONBLOCK)
    os.set_blocking(channel, True)
    return channel


def _write(channel: int, data: bytes) -> None:
    """Writes everything and closes."""
    try:
        while data:
            data = data[os.write(channel, data) :]
    finally:
        os.close(channel)
