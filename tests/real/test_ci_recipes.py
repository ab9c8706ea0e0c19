"""The recipes for CI in docs/hosts.md, as far as a shell can run them."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml
from paths import CHART, ROOT
from tools import find

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PAGE = (ROOT / "docs" / "hosts.md").read_text()


def recipe(name: str) -> str:
    """The commands of the job in the block that begins with a file's name."""
    text = PAGE.partition(f"```yaml\n# {name}\n")[2].partition("```")[0]
    job = yaml.safe_load(text)
    if "jobs" in job:
        (steps,) = (each["steps"] for each in job["jobs"].values())
        return "\n".join(step["run"] for step in steps if "run" in step)
    return "\n".join(job["rules"]["script"])


@pytest.mark.parametrize("name", [".github/workflows/kmod-post.yaml", ".gitlab-ci.yml"])
@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        pytest.param("match: {kind: Deployment}, podLabels: {team: shop}", "", id="right rules"),
        pytest.param(
            "match: {kind: Deployment}, podLabel: {team: shop}", "podLabel", id="a mistake"
        ),
        pytest.param("match: {name: nope}, podLabels: {team: shop}", "nope", id="matches nothing"),
    ],
)
def test_a_recipe(
    tmp_path: Path,
    environment: Mapping[str, str],
    bin_folder: Path,
    name: str,
    rule: str,
    wrong: str,
) -> None:
    """It shows what right rules change, and fails with rules that are wrong."""
    (tmp_path / "charts").mkdir()
    shutil.copytree(CHART, tmp_path / "charts" / CHART.name)
    (tmp_path / "kmod.yaml").write_text(f"rules: {{a: {{{rule}}}}}\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "helm").symlink_to(find("helm3"))
    path = os.pathsep.join([str(tmp_path / "bin"), str(bin_folder), environment["PATH"]])
    done = subprocess.run(
        [find("bash"), "-e", "-c", recipe(name)], cwd=tmp_path, env={**environment, "PATH": path},
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert bool(done.returncode) is bool(wrong), done.stdout + done.stderr
    assert wrong in done.stderr
    assert ("+        team: shop" in done.stdout) is not bool(wrong)
    if wrong == "podLabel" and "github" in name:
        assert "::error file=kmod.yaml" in done.stderr
