"""docs/first-rule.md and docs/from-kustomize.md: what a beginner types does what is shown."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PAGE = (ROOT / "docs" / "first-rule.md").read_text()


def blocks(kind: str) -> list[str]:
    """The fenced blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def commands() -> list[tuple[str, str]]:
    """The commands of the page, each with what it shows."""
    found = []
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            found.append((command, shown))
    return found


@pytest.fixture
def path(tmp_path: Path, program: Path) -> str:
    """A PATH with kmod-post, and with a Helm that prints the render of the example chart."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "kmod-post").symlink_to(program)
    helm = programs / "helm"
    helm.write_text(
        f'#!/bin/sh\n[ "$*" = "template web charts/example-nginx" ] && '
        f"exec cat {ROOT}/charts/example-nginx/rendered/web.yaml\n"
    )
    helm.chmod(0o755)
    return f"{programs}{os.pathsep}{os.environ['PATH']}"


def run(command: str, folder: Path, path: str, environment: Mapping[str, str]) -> str:
    """What a command prints, on both streams."""
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env={**environment, "PATH": path}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    return done.stdout


def test_the_page_does_what_it_shows(
    tmp_path: Path, path: str, environment: Mapping[str, str]
) -> None:
    """Command by command, in one folder."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "kmod.yaml").write_text(blocks("yaml")[0])

    for command, shown in commands():
        assert run(command, folder, path, environment) == shown, command

    (folder / "kmod.yaml").write_text(blocks("yaml")[0].replace("web-nginx", "web-ngnix"))
    assert run("kmod-post diff rendered.yaml", folder, path, environment) == blocks("text")[0]


def test_the_rules_for_kustomize_users(tmp_path: Path, program: Path) -> None:
    """They do what the page says: the annotations of the chart stay."""
    page = (ROOT / "docs" / "from-kustomize.md").read_text()
    [rules] = re.findall(r"^```yaml\n(# kmod\.yaml\n.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (tmp_path / "kmod.yaml").write_text(rules)
    chart = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    metadata:
      annotations:
        checksum: abc
    spec:
      containers:
        - name: nginx
          resources:
            limits:
              memory: 64Mi
"""
    done = subprocess.run(
        [program], input=chart, cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert done.stdout == chart.replace("64Mi", "256Mi").replace(
        "checksum: abc\n", 'checksum: abc\n        backup: "yes"\n'
    )
