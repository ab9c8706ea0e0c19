"""The examples in the help of the commands and in docs/cli.md do what they say."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from paths import ROOT

from postrender.commands import app
from postrender.commands.names import COMMANDS
from postrender.commands.options import OPTIONS
from postrender.commands.starters import COLUMNS, WAYS

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from conftest import KmodPost

    Shell = Callable[[str], subprocess.CompletedProcess[str]]

PAGE = (ROOT / "docs" / "cli.md").read_text()
# The others ask registries, write files for a host, or belong to a shell: they have tests of their
# own.
RUN_HERE = ("inspect", "init", "check", "diff", "explain", "compare", "schema")
EXAMPLES: list[Any] = [
    pytest.param(line, id=f"{name}-{what}")
    for name in RUN_HERE
    for what, line in getattr(import_module(f"postrender.commands.{name}"), "EXAMPLES", ())
]
EXAMPLES += [pytest.param(line, id=f"root-{what}") for what, line in app.EXAMPLES]


@pytest.mark.parametrize("line", EXAMPLES)
def test_examples_of_the_help(shell: Shell, folder: Path, line: str) -> None:
    """Each can be pasted; it fails only where it says so."""
    rules = (folder / "kmod.yaml").read_text()
    for name in ("base.yaml", "prod.yaml", "old-kmod.yaml"):
        (folder / name).write_text(rules)
    rendered = (folder / "rendered.yaml").read_text()
    (folder / "old.yaml").write_text(rendered)
    more = "---\napiVersion: v1\nkind: Service\nmetadata: {name: more}\n"
    (folder / "new.yaml").write_text(rendered + more)
    if " init " in line:
        (folder / "kmod.yaml").unlink()

    done = shell(line)

    assert done.returncode == int("--exit-code" in line), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("command", "output"),
    [
        pytest.param(command, output, id=command)
        for command, output in re.findall(
            r"^```console\n\$ ([^\n]*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL
        )
    ],
)
def test_examples_of_the_page(shell: Shell, command: str, output: str) -> None:
    """To the byte."""
    done = shell(command)

    assert done.stdout + done.stderr == output


def test_the_rules_of_the_page(folder: Path) -> None:
    """They are those that its examples are run with."""
    found = re.search(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

    assert found is not None
    assert found[1] == (folder / "kmod.yaml").read_text()


def test_every_command_has_a_section() -> None:
    """And there is no section for one that there is not."""
    sections = re.findall(r"^## (\w+)$", PAGE, re.MULTILINE)

    assert sorted(sections) == sorted(COMMANDS)


@pytest.mark.parametrize("name", [name for name in RUN_HERE if name != "schema"])
def test_every_option_is_in_its_section(kmod_post: KmodPost, name: str) -> None:
    """An option that is no option of the render path is explained, or shown in an example."""
    help_ = kmod_post(name, "--help").stdout.decode()
    shared = {flag for option in OPTIONS for flag in option.flags} | {"--color"}
    section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None

    flags = set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", help_, re.MULTILINE)) - shared
    if name == "init":
        flags -= {"--workload", "--container"}  # what it asks for
    for flag in flags:
        assert flag in section[1], flag


def test_the_comparison_is_the_programs() -> None:
    """Which way, when: the table that `init` shows."""
    rows = [line for line in PAGE.splitlines() if line.startswith(("| way |", "| `"))]

    assert rows[0] == f"| {' | '.join(COLUMNS)} |"
    for way, facts in WAYS.items():
        assert f"| `{way}` | {' | '.join(facts)} |" in rows
