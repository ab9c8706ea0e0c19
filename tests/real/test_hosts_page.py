"""docs/hosts.md: every command on the page is run, or says that it is not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml
from hosts.programs import ROOT
from tools import find, find_helm_diff

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PAGE = (ROOT / "docs" / "hosts.md").read_text()
_BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_RUN = "# not run by the tests\n"


def blocks() -> list[tuple[str, str, str]]:
    """Language, words behind it, and text of each fenced block."""
    return [(found[1], found[2].strip(), found[3]) for found in _BLOCK.finditer(PAGE)]


def commands() -> list[object]:
    """Each block to run: the host, whether it is to fail, the commands, what they say."""
    found = blocks()
    followers = [*found[1:], ("", "", "")]
    params = []
    for (language, words, text), (next_language, _, said) in zip(found, followers, strict=True):
        if language == "sh" and words:
            test, host, *rest = words.split()
            assert test == "test"
            expected = said.splitlines() if next_language == "text" else []
            same = sum(param.id.startswith(host) for param in params)
            params.append(
                pytest.param(host, rest == ["fails"], text, expected, id=f"{host}-{same + 1}")
            )
    return list(params)


@pytest.fixture
def place(tmp_path: Path, environment: Mapping[str, str], bin_folder: Path) -> Place:
    """Makes a folder like the repository's root, and the environment of a host's section."""
    return Place(tmp_path, environment, bin_folder)


class Place:
    """Where the commands of one block are run."""

    def __init__(self, folder: Path, environment: Mapping[str, str], bin_: Path) -> None:
        self.root = folder / "root"
        self.programs = folder / "programs"
        self.programs.mkdir()
        self.home = folder / "home"
        self.home.mkdir()
        self.root.mkdir()
        shutil.copytree(ROOT / "charts", self.root / "charts")
        shutil.copytree(ROOT / "scripts", self.root / "scripts")
        for name in ("plugin.yaml", "LICENSE"):
            shutil.copy(ROOT / name, self.root)
        self.env = {
            **environment,
            "HOME": str(self.home),
            "HELM_CACHE_HOME": str(self.home / "cache"),
            "HELM_CONFIG_HOME": str(self.home / "config"),
            "HELM_DATA_HOME": str(self.home / "data"),
            "HELMFILE_CACHE_HOME": str(self.home / "helmfile"),
            "PATH": os.pathsep.join([str(self.programs), str(bin_), environment["PATH"]]),
            "PWD": str(self.root),
        }

    def add(self, name: str, path: str) -> None:
        """Puts a program on PATH."""
        (self.programs / name).symlink_to(path)

    def set_up(self, host: str) -> None:
        """Puts the programs of a host on PATH, or skips."""
        self.add("helm", find("helm4" if host == "helm4" else "helm3"))
        if host in {"helmfile", "kustomize", "kpt"}:
            self.add(host, find(host))
        if host == "kustomize":
            self.add("kubectl", find("kubectl"))
        if host == "helmdiff":
            plugins = self.home / "data" / "plugins"
            plugins.mkdir(parents=True)
            (plugins / "diff").symlink_to(find_helm_diff())


@pytest.mark.parametrize(("host", "fails", "text", "expected"), commands())
def test_the_commands_do_what_the_page_says(
    place: Place, host: str, fails: bool, text: str, expected: list[str]
) -> None:
    """Each block of commands succeeds, or fails where it is said to, and says what follows it."""
    place.set_up(host)
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", text], cwd=place.root, env=place.env,
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert (done.returncode != 0) == fails, done.stderr
    said = done.stdout + done.stderr
    assert [line for line in expected if line not in said] == []


def test_every_command_is_run_or_says_that_it_is_not() -> None:
    """A block of commands is marked as a test, or begins with the words that it is none."""
    shell = [(words, text) for language, words, text in blocks() if language == "sh"]
    assert len(shell) > 10
    assert all(words or text.startswith(NOT_RUN) for words, text in shell)


def test_the_page_has_a_section_for_each_host() -> None:
    """Every host of the table at the top has its section."""
    rows = re.findall(r"^\| \[(.+?)\]\(#(.+?)\)", PAGE, re.MULTILINE)
    titles = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    titles = [title for title in titles if title not in {"Install", "How this page is tested"}]
    assert titles == [name[0].upper() + name[1:] if name == "a pipe" else name for name, _ in rows]
    assert [anchor for _, anchor in rows] == [title.lower().replace(" ", "-") for title in titles]


def test_examples_in_yaml_can_be_read() -> None:
    """What the page shows as YAML is YAML, and the plugin knows the parameters it names."""
    shown = [list(yaml.safe_load_all(text)) for language, _, text in blocks() if language == "yaml"]
    application = next(data for documents in shown for data in documents if "spec" in data)
    plugin = yaml.safe_load((ROOT / "postrender/plugins/argocd/plugin.yaml").read_text())
    known = {parameter["name"] for parameter in plugin["spec"]["parameters"]["static"]}
    given = application["spec"]["source"]["plugin"]["parameters"]
    assert {parameter["name"] for parameter in given} == known
