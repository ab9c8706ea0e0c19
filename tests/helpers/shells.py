"""Real interactive shells on a pseudo-terminal, with the completion of kmod-post set up."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import time
from typing import TYPE_CHECKING

from tools import find

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SHELLS = ("bash", "zsh", "fish")
# Names that a shell could take for more than a word. Whatever runs one makes a file MARK.
HOSTILE = (
    "a$(touch MARK)",
    "a\\$(touch MARK)",
    "a`touch MARK`",
    "$(touch MARK)",
    "a'$(touch MARK)'",
    "a'$(touch MARK)",
    'a"$(touch MARK)"',
    'a"; touch MARK; "',
    "a))'; touch MARK; : '((",
    "a;touch MARK",
    "a|touch MARK",
    "a&touch MARK",
    "a>MARK",
    "a\ntouch MARK",
    "a\rtouch MARK\r",
    "a\ttouch MARK",
    "a touch MARK",
    "<(touch MARK)",
    "=(touch MARK)",
    "=touch",
    "${a:=$(touch MARK)}",
    "a[$(touch MARK)]",
    "(touch MARK)",
    "a:$(touch MARK)",
    "a:b",
    "*",
    "a?",
    "a[b]",
    "a{b,c}",
    "~root",
    "~",
    "!!",
    "^a^b",
    "#a",
    "%1",
    "$HOME",
    "@a",
    "a=b",
    "--to=MARK",
    "a\x1b]0;title\x07",
    "a\x7f",
    "a\u202eb",
    "a\u00a0b",
    "\uff04(touch MARK)",
)
_PATIENCE = 30
_PROMPT = "ready> "
_DUMP = "\x1b[24~"  # F12, which writes the line to the file that $LINE_FILE names
_LINE_START, _TO_THE_END = "\x01", "\x0b"  # Control-A, Control-K
# Per shell: its arguments, where its settings are kept, and the settings.
_SETUP = {
    "bash": (
        ["--rcfile", "{home}/bashrc", "-i"],
        "bashrc",
        """
PS1='ready> '
bind 'set bell-style none' 'set enable-bracketed-paste off'
bind 'set completion-query-items 0' 'set page-completions off'
dump() { printf '%s\\n' "$READLINE_LINE" >"$LINE_FILE"; }
bind -x '"\\e[24~": dump'
eval "$(kmod-post completion bash)"
""",
    ),
    "zsh": (
        ["-d", "-i"],
        ".zshrc",
        """
PS1='ready> ' LISTMAX=0
autoload -U compinit && compinit -u -d $ZDOTDIR/compdump
dump() { print -r -- "$BUFFER" >$LINE_FILE }
zle -N dump && bindkey '^[[24~' dump
eval "$(kmod-post completion zsh)"
""",
    ),
    "fish": (
        ["-i"],
        "fish/config.fish",
        """
set -g fish_greeting
function fish_prompt; echo -n 'ready> '; end
bind \\e\\[24~ 'commandline >$LINE_FILE'
kmod-post completion fish | source
""",
    ),
}


class Shell:
    """
    An interactive shell. `home` keeps its settings, `folder` is where it works, `path` is its PATH.
    """

    def __init__(
        self, name: str, home: Path, folder: Path, environment: Mapping[str, str], path: str
    ) -> None:
        self.name = name
        arguments, settings, text = _SETUP[name]
        shell = find(name)
        (home / settings).parent.mkdir(exist_ok=True)
        (home / settings).write_text(text)
        self._line_file = home / "line"
        env = {
            **environment,
            "PATH": path,
            "HOME": str(home),
            "ZDOTDIR": str(home),
            "XDG_CONFIG_HOME": str(home),
            "XDG_DATA_HOME": str(home),
            "INPUTRC": os.devnull,
            "LINE_FILE": str(self._line_file),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "COLUMNS": "200",
            "LINES": "50",
        }
        self._folder = folder
        self._pid, self._terminal = pty.fork()
        if not self._pid:
            signal.signal(
                signal.SIGINT, signal.SIG_DFL
            )  # ignored where tests run in the background
            os.chdir(folder)
            os.execve(shell, [shell, *(word.format(home=home) for word in arguments)], env)
        self._seen = ""
        end = time.monotonic() + _PATIENCE
        while _PROMPT not in self._seen:
            assert time.monotonic() < end, f"no prompt; the shell has shown {self._seen!r}"
            self._read()

    def complete(self, typed: str, tabs: int = 1) -> str:
        """The command line after this was typed on an empty one and Tab was pressed."""
        self._clear()
        self._write(typed + "\t" * tabs)
        return self._line()

    def words(self) -> list[str]:
        """What the shell makes of the command line when Enter is pressed: the words."""
        ran = self._folder / "ran"
        self._write(f"{_LINE_START}printf '<%s>\\n' >ran \r")
        assert self._line() == ""
        found = os.fsdecode(ran.read_bytes()) if ran.exists() else ""
        ran.unlink(missing_ok=True)
        return found.removeprefix("<").removesuffix(">\n").split(">\n<")

    def shown(self) -> str:
        """All that was on the terminal since the line was typed."""
        return self._seen

    def close(self) -> None:
        """Ends the shell."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._terminal)

    def _clear(self) -> None:
        """Removes what is on the line."""
        self._write(f"{_LINE_START}{_TO_THE_END}")
        assert self._line() == ""
        self._seen = ""

    def _line(self) -> str:
        self._line_file.unlink(missing_ok=True)
        self._write(_DUMP)
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            self._read()
            with contextlib.suppress(FileNotFoundError):
                text = os.fsdecode(self._line_file.read_bytes())
                if text.endswith("\n"):
                    return text.removesuffix("\n")
        raise AssertionError(f"the shell does not answer; it has shown {self._seen!r}")

    def _write(self, keys: str) -> None:
        os.write(self._terminal, keys.encode(errors="surrogateescape"))

    def _read(self) -> None:
        if select.select([self._terminal], [], [], 0.02)[0]:
            with contextlib.suppress(OSError):  # the shell has ended
                self._seen += os.read(self._terminal, 65536).decode(errors="replace")
