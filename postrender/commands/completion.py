"""`kmod-post completion`: the script that makes a shell complete command lines."""

from __future__ import annotations

from importlib.resources import files
from typing import Annotated

from postrender.commands.console import show
from postrender.commands.parameters import argument
from postrender.errors import UsageError

# Each has its script in shells/.
SHELLS = ("bash", "zsh", "fish")
EXAMPLES = (
    ("for bash, in ~/.bashrc", 'eval "$(kmod-post completion bash)"'),
    ("for zsh, in ~/.zshrc after compinit", 'eval "$(kmod-post completion zsh)"'),
    (
        "for fish",
        "kmod-post completion fish > ~/.config/fish/completions/kmod-post.fish",
    ),
)


def completion(
    shell: Annotated[
        str,
        argument(metavar="|".join(SHELLS), help="The shell", show_default=False),
    ],
) -> None:
    """
    Print the script that makes a shell complete commands, options, workloads and fields of rules.
    """
    if shell not in SHELLS:
        raise UsageError(f"kmod-post completion: {shell}: must be one of {', '.join(SHELLS)}")
    show(files("postrender.commands").joinpath("shells", shell).read_text(encoding="utf-8"))
