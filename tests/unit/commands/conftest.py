"""Fixtures for the tests of the commands: a chart's render, rules for it, and a fake Helm."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RENDERED = (ROOT / "charts/example-nginx/rendered/helm3.yaml").read_text()
RULES = """\
rules:
  mirror:
    description: our own registry
    match: {kind: Deployment, name: web}
    images: {"*": {registry: registry.example.com}}
  team:
    match: {kind: [Deployment, Service]}
    labels: {team: shop}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with `rendered.yaml` and `kmod.yaml`, and in `bin` a Helm that prints the former."""
    (tmp_path / "rendered.yaml").write_text(RENDERED.replace("example-nginx", "web"))
    (tmp_path / "kmod.yaml").write_text(RULES)
    (tmp_path / "bin").mkdir()
    helm = tmp_path / "bin" / "helm"
    helm.write_text('#!/bin/sh\n[ "$1" = template ] && exec cat rendered.yaml\n')
    helm.chmod(0o755)
    return tmp_path


@pytest.fixture
def shell(
    folder: Path, program: Path, environment: dict[str, str]
) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Runs a line as a user types it, with kmod-post and the fake Helm on the PATH."""
    path = os.pathsep.join([str(folder / "bin"), str(program.parent), environment["PATH"]])

    def run(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", line],
            cwd=folder,
            env={**environment, "PATH": path, "HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.fixture
def on_terminal(
    folder: Path, program: Path, environment: dict[str, str]
) -> Callable[..., tuple[int, str]]:
    """
    Runs the program on a terminal, which gives one of the answers each time it is asked; returns
    its exit code and all that was to be seen.
    """

    def run(
        *args: str, answers: Sequence[str] = (), stdin: str = "", columns: int = 80
    ) -> tuple[int, str]:
        pid, terminal = pty.fork()
        if not pid:
            env = {**environment, "TERM": "xterm-256color", "COLUMNS": str(columns)}
            os.chdir(folder)
            if stdin:
                os.dup2(os.open(stdin, os.O_RDONLY), 0)
            os.execve(program, ["kmod-post", *args], env)
        left = list(answers)
        seen = b""
        end = time.monotonic() + 60
        while time.monotonic() < end and select.select([terminal], [], [], 30)[0]:
            try:
                piece = os.read(terminal, 65536)
            except OSError:
                break
            if not piece:
                break
            seen += piece
            if left and seen.endswith(b"> "):
                os.write(terminal, left.pop(0).encode())
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.decode().replace("\r\n", "\n")

    return run
