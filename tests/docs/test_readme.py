"""README.md: its rule, its commands and its list of verbs are what the program does."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from paths import ROOT
from tools import find

import postrender
from postrender.verbs import VERBS

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = (ROOT / "README.md").read_text()
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, flags=re.DOTALL | re.MULTILINE))


def block(language: str) -> str:
    """The first block of the page in a language."""
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def commands(section: str, word: str) -> list[str]:
    """The commands of a section that begin with a word."""
    found = re.findall(rf"^{word} .*$", SECTIONS[section], re.MULTILINE)
    assert found
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the first rules file of the page beside the example chart."""
    (tmp_path / "kmod.yaml").write_text(block("yaml"))
    (tmp_path / "charts").symlink_to(ROOT / "charts")
    return tmp_path


def run(
    command: str, folder: Path, environment: Mapping[str, str], program: Path, helm: str
) -> str:
    """What a command prints in a folder, with kmod-post and a Helm called `helm` on PATH."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    for name, target in (("kmod-post", program), ("helm", helm)):
        if not (programs / name).exists():
            (programs / name).symlink_to(target)
    env = {
        **environment,
        "PATH": f"{programs}{os.pathsep}{environment['PATH']}",
        **{f"HELM_{what}_HOME": str(folder / what) for what in ("CACHE", "CONFIG", "DATA")},
    }
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", command], cwd=folder, env=env,
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


def test_the_first_rule_makes_the_change_that_is_shown(
    folder: Path, environment: Mapping[str, str], program: Path
) -> None:
    """With the release that the page installs; what is left out is marked with "…"."""
    change = "helm template web charts/example-nginx | kmod-post diff"

    diff = run(change, folder, environment, program, find("helm3"))

    parts = block("diff").split(" …\n")
    assert [part for part in parts if part not in diff] == []
    shown = "".join(parts)
    assert [line for line in diff.splitlines() if re.match(r"[-+](?![-+])", line)] == [
        line for line in shown.splitlines() if line[0] in "-+"
    ]


@pytest.mark.parametrize("major", [3, 4])
def test_the_commands_for_helm_work_as_written(
    folder: Path, environment: Mapping[str, str], program: Path, major: int
) -> None:
    """As `helm template`, since `helm install` needs a cluster; the first rule is applied."""
    section, helm = f"Helm {major}", find(f"helm{major}")
    if major == 4:
        for command in commands(section, "kmod-post"):
            run(command, folder, environment, program, helm)

    for command in commands(section, "helm"):
        offline = command.replace("helm install", "helm template", 1)
        rendered = run(offline, folder, environment, program, helm)
        assert rendered.count("- name: prepare-webpage") == 1


def test_the_verbs_are_those_of_a_rule() -> None:
    """Those of the table and those in the sentence after it are all that there are."""
    section = SECTIONS["The four ways to change a container"]
    table = re.findall(r"^\|[^|]*\| `(\w+)`", section, re.MULTILINE)
    listed = re.search(r"The other verbs of a rule are (.*?)\.", section, re.DOTALL)
    assert listed is not None

    assert {*table, *re.findall(r"`(\w+)`", listed[1])} == set(VERBS)


def test_the_wheel_has_this_version() -> None:
    """The wheel that is installed is the one that has been built."""
    wheel = f"kmod_post-{postrender.__version__}-py3-none-any.whl"

    assert commands("Install", "pip") == [
        "pip install .",
        "pip wheel --no-deps --wheel-dir dist .",
        f"pip install dist/{wheel}",
    ]


def test_nothing_is_installed_by_a_name_that_pypi_does_not_have() -> None:
    """The package is not on PyPI yet: whoever says `pip install` says what from."""
    pages = [ROOT / "README.md", ROOT / "plugin.yaml", *(ROOT / "docs").glob("*.md")]
    shipped = [path for path in (ROOT / "postrender").rglob("*") if path.is_file()]
    texts = {path: path.read_bytes() for path in (*pages, *shipped) if path.suffix != ".pyc"}
    by_name = re.compile(
        rb"(?:pip|pipx|uv tool|uv pip)\s+install\s+(?:-\S+\s+)*kmod[-_]post\b(?!-\d)"
    )

    assert len(texts) > 100
    assert [str(path) for path, text in texts.items() if by_name.search(text)] == []
