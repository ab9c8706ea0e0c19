"""`kmod-post completion`: the script by which a shell completes command lines."""

from __future__ import annotations

from typing import Annotated

import typer
from typer import completion as typers

from postrender.cli.console import show
from postrender.errors import UsageError
from postrender.options import COMPLETE

SHELLS = ("bash", "zsh", "fish")
EXAMPLES = (
    ("in ~/.bashrc", 'eval "$(kmod-post completion bash)"'),
    ("in ~/.zshrc, after compinit", 'eval "$(kmod-post completion zsh)"'),
    (
        "for fish",
        "kmod-post completion fish > ~/.config/fish/completions/kmod-post.fish",
    ),
)


def completion(
    shell: Annotated[
        str,
        typer.Argument(
            metavar="bash|zsh|fish",
            help="The shell",
            show_default=False,
            autocompletion=lambda incomplete: [s for s in SHELLS if s.startswith(incomplete)],
        ),
    ],
) -> None:
    """
    Print the script that makes a shell complete commands, options, workloads and fields of rules.
    """
    if shell not in SHELLS:
        raise UsageError(f"kmod-post completion: {shell}: must be one of {', '.join(SHELLS)}")
    script = typers.get_completion_script(  # type: ignore[attr-defined]
        prog_name="kmod-post", complete_var=COMPLETE, shell=shell
    )
    show(f"{script}\n")
