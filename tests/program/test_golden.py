"""
The folders of tests/golden: each is one case, to be read as documentation and run as a test.

    rules.yaml      the rules; its first lines say what the case shows
    input.yaml      what Helm renders
    expected.yaml   what comes out, byte for byte; or else
    error.txt       what is said where nothing comes out
    warnings.txt    what is said beside the output
    args.txt        the command's arguments, where they are not just `-f rules.yaml`

`scripts/update golden` writes expected.yaml, error.txt and warnings.txt as they come out now.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from oracle import same
from paths import GOLDEN

from postrender.yamltext.reader import read

if TYPE_CHECKING:
    import subprocess

    from conftest import KmodPost
    from oracle import GoReader

FOLDERS = sorted(path for path in GOLDEN.iterdir() if path.is_dir())
CASES = [pytest.param(folder, id=folder.name) for folder in FOLDERS]
CHANGES = [
    pytest.param(folder, id=folder.name)
    for folder in FOLDERS
    if not (folder / "error.txt").exists()
]
# What cases of these names show is that nothing is to be done.
NO_OPS = [case for case in CHANGES if str(case.id).endswith(("-already-there", "-no-op"))]


INDEX = """\
# What rules do, case by case

Each folder is one case: `rules.yaml` on `input.yaml` gives `expected.yaml`, or the message in
`error.txt` and nothing else. `warnings.txt` is what is said beside the output, `args.txt` the
command's arguments where they are not just `-f rules.yaml`. All of them are run as tests, byte for
byte; `scripts/update golden` writes what comes out now, and this list.

"""


def index() -> str:
    """The list of all cases with the first sentence of their rules."""
    lines = []
    for folder in FOLDERS:
        head = re.match(r"(?:# .*\n)+", text_of(folder / "rules.yaml"))
        words = " ".join(line.removeprefix("# ") for line in head[0].splitlines()) if head else ""
        sentence = re.split(r"(?<=\.) (?=[A-Z`])", words)[0].rstrip(".")
        lines.append(f"- [{folder.name}]({folder.name}): {sentence}\n")
    return INDEX + "".join(lines)


def text_of(file: Path) -> str:
    """A file's text with its line breaks as they are; empty where there is no file."""
    return file.read_bytes().decode() if file.exists() else ""


def run(
    kmod_post: KmodPost, folder: Path, stdin: str, *further: str
) -> subprocess.CompletedProcess[bytes]:
    """Runs a case, in its own folder, on some input."""
    args = text_of(folder / "args.txt") or "-f rules.yaml"
    return kmod_post(*shlex.split(args, comments=True), *further, stdin=stdin, cwd=folder)


def documents(stream: str) -> list[str]:
    """The texts between the lines that part documents, without byte order marks."""
    texts = re.split(r"^---(?:[ \t].*)?\r?\n", stream.removeprefix("\ufeff"), flags=re.MULTILINE)
    return [text.removeprefix("\ufeff") for text in texts]


def data_of(document: str) -> Any:
    """What a document says; None where it has only comments."""
    root = read(document)
    return None if root is None else root.data


@pytest.mark.parametrize("folder", CASES)
def test_a_case_is_complete(folder: Path) -> None:
    """A case has rules that begin with a comment, an input, and either an output or an error."""
    rules, there = folder / "rules.yaml", {path.name for path in folder.iterdir()}

    assert {"rules.yaml", "input.yaml"} <= there
    assert len({"expected.yaml", "error.txt"} & there) == 1
    assert text_of(rules).startswith("# ")


def test_the_index_comes_out_as_it_says(request: pytest.FixtureRequest) -> None:
    """README.md lists the cases."""
    if request.config.getoption("--update-golden"):
        (GOLDEN / "README.md").write_text(index())

    assert text_of(GOLDEN / "README.md") == index()


@pytest.mark.parametrize("folder", CASES)
def test_a_case_comes_out_as_it_says(
    folder: Path, kmod_post: KmodPost, request: pytest.FixtureRequest
) -> None:
    """Output or error, and what is said, are those of the case to the byte."""
    done = run(kmod_post, folder, text_of(folder / "input.yaml"))
    said = done.stderr.decode()
    failed = done.returncode != 0
    now = {
        "expected.yaml": None if failed else done.stdout.decode(),
        "error.txt": said if failed else None,
        "warnings.txt": said if said and not failed else None,
    }
    if request.config.getoption("--update-golden"):
        for name, text in now.items():
            (folder / name).unlink(missing_ok=True)
            if text is not None:
                (folder / name).write_bytes(text.encode())

    for name, text in now.items():
        assert (text or "") == text_of(folder / name)
        assert (text is not None) == (folder / name).exists()
    if failed:
        assert done.returncode == 1
        assert done.stdout == b""


@pytest.mark.parametrize("folder", CHANGES)
def test_rules_over_their_own_output_change_nothing(folder: Path, kmod_post: KmodPost) -> None:
    """
    Running a case's rules on its expected output gives just that output. What they have taken out
    is not there any more, so that they fail where they do not accept that.
    """
    expected = text_of(folder / "expected.yaml")

    done = run(kmod_post, folder, expected)
    if done.returncode != 0:
        said = done.stderr.decode().splitlines()
        assert all(line.endswith("(error: finds-nothing)") for line in said), said
        known = data_of(text_of(folder / "rules.yaml")).get("accept", [])
        accept = json.dumps([*known, "finds-nothing"])
        done = run(kmod_post, folder, expected, "--set-json", f"accept={accept}")

    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode() == expected


@pytest.mark.parametrize("folder", CHANGES)
def test_what_no_rule_changes_keeps_its_bytes(folder: Path) -> None:
    """A document that says what one of the input says has the text of one that does."""
    texts = documents(text_of(folder / "input.yaml"))
    known = [(data_of(text), text) for text in texts]

    for text in documents(text_of(folder / "expected.yaml")):
        data = data_of(text)
        equals = [old for was, old in known if data is not None and same(data, was)]
        assert not equals or text in equals


@pytest.mark.parametrize("folder", NO_OPS)
def test_a_no_op_changes_no_byte(folder: Path) -> None:
    """Where all is there already, the output is the input."""
    assert text_of(folder / "expected.yaml") == text_of(folder / "input.yaml")


@pytest.mark.parametrize("folder", CHANGES)
def test_go_reads_what_we_do(folder: Path, go: GoReader) -> None:
    """Helm 3 and kubectl read the output, document for document, as kmod-post means it."""
    expected = text_of(folder / "expected.yaml")

    ours = [data_of(text) for text in documents(expected)]

    assert same([data for data in ours if data is not None], go.read(expected, "stream"))
