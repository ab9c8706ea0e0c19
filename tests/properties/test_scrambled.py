"""The plugin `scrambled` does replace the words of other people's errors; else it would prove nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from paths import ROOT, TESTS

FOLDER = TESTS / "helpers" / "scrambling"

# What fails, and how its words are asked for where that is not by str().
FAILURES = [
    pytest.param("import yaml; yaml.safe_load('[')", "str(error)", id="yaml in Python"),
    pytest.param("import yaml; yaml.load('[', yaml.CSafeLoader)", "error.problem", id="libyaml"),
    pytest.param("import yaml; yaml.load('\\0', yaml.CSafeLoader)", "error.reason", id="character"),
    pytest.param("import json; json.loads('{')", "error.msg", id="json"),
    pytest.param("import re; re.compile('(')", "error.msg", id="re"),
    pytest.param(
        "import jsonpatch; jsonpatch.apply_patch({}, [{'op': 'remove', 'path': '/a'}])",
        "str(error)",
        id="jsonpatch",
    ),
    pytest.param(
        "import jsonpointer; jsonpointer.resolve_pointer({}, '/a')", "str(error)", id="jsonpointer"
    ),
    pytest.param(
        "import typer; raise typer.BadParameter('wrong')", "error.format_message()", id="typer"
    ),
    pytest.param(
        "import urllib3; raise urllib3.exceptions.ProtocolError('wrong')", "str(error)", id="urllib3"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("code", "words"), FAILURES)
def test_errors_are_scrambled_in_a_child(code: str, words: str) -> None:
    """A Python that a test starts has the folder on PYTHONPATH and needs no more."""
    program = f"try:\n    {code}\nexcept Exception as error:\n    print({words})\n"

    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(FOLDER)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "xyzzy plugh" in done.stdout


def test_the_plugin_scrambles_the_tests_and_what_they_start(tmp_path: Path) -> None:
    """In the process of pytest itself, and in a program that gets the fixture `environment`."""
    (tmp_path / "conftest.py").write_text(
        "from conftest_of_all import environment as environment\n"
    )
    (tmp_path / "conftest_of_all.py").write_text((TESTS / "conftest.py").read_text())
    (tmp_path / "test_it.py").write_text(
        "import json, subprocess, sys, pytest\n"
        "CODE = 'import json; json.loads(\"{\")'\n"
        "def test_it(environment):\n"
        "    with pytest.raises(ValueError, match='xyzzy plugh'):\n"
        "        json.loads('{')\n"
        "    done = subprocess.run([sys.executable, '-c', CODE], env=environment, stderr=-1)\n"
        "    assert b'xyzzy plugh' in done.stderr\n"
    )

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "scrambled", "--rootdir", tmp_path, "-c",
         os.devnull, "-o", f"pythonpath={FOLDER.parent} {tmp_path}", tmp_path],
        env={name: value for name, value in os.environ.items() if name != "KMOD_SCRAMBLED"},
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
