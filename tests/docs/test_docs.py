"""
The examples of docs/rules.md: what a reader sees there is what the program does.

A section's fenced blocks are read in their order:

    yaml      a rules file: kmod.yaml, or what its first line says (`# base.yaml`); with the first
              line `# rendered.yaml`, the manifests
    ini, sh   a file beside it, named by its first line
    console   the command; `kmod-post -f kmod.yaml` where there is none
    diff      the manifests and what comes out: both sides of the diff
    text      what is said; without a diff before it, the run fails, on the manifests before
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from paths import ROOT

from postrender.verbs import VERBS

if TYPE_CHECKING:
    from conftest import KmodPost

PAGE = (ROOT / "docs" / "rules.md").read_text()
COMMAND = "kmod-post -f kmod.yaml"


class Example(NamedTuple):
    """A run and what must come of it: `output` is None where it fails."""

    files: dict[str, str]
    command: str
    manifests: str
    output: str | None
    said: str


def sides(diff: str) -> tuple[str, str]:
    """What a diff with all lines is a diff of."""
    lines = diff.splitlines(keepends=True)
    assert all(line[0] in " +-" for line in lines)
    before, after = ("".join(line[1:] for line in lines if line[0] in f" {sign}") for sign in "-+")
    return before, after


def name_of(text: str, default: str) -> str:
    """The file that a block's first line names."""
    found = re.match(r"# (\S+\.\w+)\n", text)
    return found[1] if found else default


def examples(section: str) -> list[Example]:
    """The runs that a section of the page shows."""
    found: list[Example] = []
    files: dict[str, str] = {}
    command, manifests, is_open = COMMAND, "", False
    for kind, text in re.findall(r"^```(\w+)\n(.*?)^```$", section, flags=re.DOTALL | re.MULTILINE):
        match kind:
            case "yaml" if name_of(text, "") == "rendered.yaml":
                manifests = text.partition("\n")[2]
            case "yaml" | "ini" | "sh":
                files = {**files, name_of(text, "kmod.yaml"): text}
                is_open = True
            case "console":
                command = text.removeprefix("$ ").partition(" <")[0]
                files = {name: file for name, file in files.items() if name in command}
            case "diff":
                manifests, output = sides(text)
                found.append(Example(files, command, manifests, output, ""))
                is_open = False
            case "text" if is_open:
                found.append(Example(files, command, manifests, None, text))
                is_open = False
            case "text":
                found.append(found.pop()._replace(said=text))
            case _:
                pytest.fail(f"{kind}: no kind of block that this test knows")
    assert not is_open, "a rules file of which nothing is shown"
    return found


SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, flags=re.DOTALL | re.MULTILINE))
EXAMPLES: list[Any] = [
    pytest.param(example, id=f"{heading.replace('`', '')}-{i}")
    for heading, section in SECTIONS.items()
    for i, example in enumerate(examples(section), 1)
]
# Not those whose rules are in the manifests: they are not in the output.
CHANGES = [
    param for param in EXAMPLES if param.values[0].output is not None and param.values[0].files
]


def run(
    kmod_post: KmodPost, example: Example, folder: Path, manifests: str
) -> subprocess.CompletedProcess[bytes]:
    """Runs an example in a folder that has its files."""
    for name, text in example.files.items():
        (folder / name).write_text(text)
    program, *args = shlex.split(example.command)
    assert program == "kmod-post"
    return kmod_post(*args, stdin=manifests, cwd=folder)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_does_what_it_shows(
    example: Example, kmod_post: KmodPost, tmp_path: Path
) -> None:
    """Output and messages are those of the page to the byte."""
    done = run(kmod_post, example, tmp_path, example.manifests)

    assert done.stderr.decode() == example.said
    assert done.stdout.decode() == (example.output or "")
    assert done.returncode == (example.output is None)


@pytest.mark.parametrize("example", CHANGES)
def test_an_example_over_its_own_output_changes_nothing(
    example: Example, kmod_post: KmodPost, tmp_path: Path
) -> None:
    """
    The promise that the page makes holds for the page; nor is there anything to warn of. Rules that
    delete must accept that there is nothing more to delete.
    """
    done = run(kmod_post, example, tmp_path, example.output or "")
    if done.returncode == 1:
        said = done.stderr.decode().splitlines()
        assert all(line.endswith("(error: finds-nothing)") for line in said), said
        known = example._replace(
            command=f"{example.command} --set-json 'accept=[\"finds-nothing\"]'"
        )
        done = run(kmod_post, known, tmp_path, example.output or "")

    assert done.stdout.decode() == example.output
    assert done.stderr == b""


def test_the_page_is_current() -> None:
    """`scripts/docs` has been run since the last docstring was changed."""
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "docs", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_drift_is_shown(tmp_path: Path) -> None:
    """With a docstring changed and not the page, --check shows where and fails."""
    for name in ("scripts/docs", "docs/rules.md", *(f"postrender/{m}.py" for m in modules())):
        copy = tmp_path / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text((ROOT / name).read_text().replace("removes the object from", "keeps it in"))
    (tmp_path / "docs" / "rules.md").write_text(PAGE)

    done = subprocess.run(
        [sys.executable, tmp_path / "scripts" / "docs", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "+`true` keeps it in the stream. It must be the only verb of its rule." in done.stdout
    assert (tmp_path / "docs" / "rules.md").read_text() == PAGE


def modules() -> list[str]:
    """The modules that scripts/docs reads."""
    return re.findall(r'^    "([\w/]+)",$', (ROOT / "scripts" / "docs").read_text(), re.MULTILINE)


def test_every_verb_has_its_section() -> None:
    """With an example that is run, and a row in the table of verbs."""
    for verb in VERBS:
        assert examples(SECTIONS[f"`{verb}`"])
        assert re.search(rf"^\|.*`{verb}`.*\|.*\|.*\|$", SECTIONS["Verbs"], re.MULTILINE)


def test_the_order_of_verbs_is_the_programs() -> None:
    """The page lists the verbs of a rule as they are applied."""
    listed = re.search(r"applied in this order:(.*?)\.", SECTIONS["Verbs"], re.DOTALL)
    assert listed is not None
    assert re.findall(r"`(\w+)`", listed[1]) == [verb for verb in VERBS if verb != "remove"]


def test_links_lead_somewhere() -> None:
    """Each entry of the contents is a heading, and the other way round."""
    contents = dict(re.findall(r"^- \[(.*)\]\(#(.*)\)$", PAGE, re.MULTILINE))
    assert list(contents) == list(SECTIONS)
    assert len(set(contents.values())) == len(contents)
