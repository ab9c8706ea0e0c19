"""What the tests say of programs that are missing, and how a test run ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tools import ROOT, TOOLS

TESTS = "tests/real/test_krm.py"
MISSING = "kubectl is missing (KUBECTL is /nonexistent); get it with scripts/tools hosts"


@pytest.fixture
def run_tests(environment: dict[str, str]):
    """Runs the tests of kubectl in some files, without a kubectl; returns the lines it prints."""

    def run(*files: str | Path, ci: str = "") -> list[str]:
        own = ("PYTEST_", "KMOD_POST")
        env = {name: text for name, text in environment.items() if not name.startswith(own)}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "kubectl", *files],
            env={**env, "KUBECTL": "/nonexistent", "CI": ci},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.splitlines()

    return run


def test_a_missing_tool_gets_one_line_and_failures_come_last(run_tests, tmp_path: Path) -> None:
    """The line tells how many tests were skipped and how to get the tool; then comes what failed."""
    (tmp_path / "test_it.py").write_text("def test_kubectl():\n    assert False\n")

    *lines, skipped, _, failed, closing = run_tests(TESTS, tmp_path / "test_it.py")

    count = skipped.split()[1]
    assert int(count) > 1
    assert skipped == f"skipped {count} tests: {MISSING}"
    assert failed.startswith("FAILED ")
    assert "1 failed, " in closing
    assert f" {count} skipped" in closing
    assert not [line for line in lines if "kubectl is missing" in line]


def test_a_missing_tool_fails_in_ci(run_tests) -> None:
    """Where CI is true, nothing that is required may be left out."""
    *_, last, closing = run_tests(TESTS, ci="true")

    assert last.startswith(f"FAILED {TESTS}::")
    assert last.endswith(MISSING)
    assert "skipped" not in closing


def test_scripts_tools_knows_every_group() -> None:
    """What a line advises is a command that exists."""
    usage = subprocess.run(
        [ROOT / "scripts" / "tools", "--help"], capture_output=True, text=True, check=False
    ).stderr
    (groups,) = [line.split("[")[1].split(" ...]")[0].split("|") for line in usage.splitlines()]
    advised = {tool.get.split()[1] for tool in TOOLS.values() if tool.get.startswith("scripts/")}
    assert advised <= set(groups)


@pytest.mark.parametrize("script", ["demo", "lock", "setup", "tools", "update"])
def test_a_wrong_argument_gets_the_usage(script: str, environment: dict[str, str]) -> None:
    """One line says what may follow the script, and nothing is done."""
    done = subprocess.run(
        [ROOT / "scripts" / script, "nonsense"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert f"scripts/{script} [" in done.stderr
    assert done.stderr.startswith("usage: ")
    assert done.stderr.count("\n") == 1
