"""What README.md shows first is what scripts/demo shows, and what comes out."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import KmodPost


def demo(*args: str) -> subprocess.CompletedProcess[str]:
    """Runs scripts/demo with the environment that the tests run in."""
    return subprocess.run(
        [ROOT / "scripts" / "demo", *args],
        env={"PATH": "/usr/bin:/bin", "VENV": sys.prefix},
        capture_output=True,
        text=True,
        check=False,
    )


def first_block(language: str) -> list[str]:
    """The lines of README.md's first block in a language."""
    text = (ROOT / "README.md").read_text()
    (block,) = re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)[:1]
    return block.splitlines()


def test_the_first_example_of_the_readme() -> None:
    """The demo shows README.md's rule and its changes; the lines between them are the chart's."""
    done = demo()

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("\n".join(["$ cat kmod.yaml", *first_block("yaml"), "", "$ "]))
    changed = [line for line in done.stdout.splitlines() if re.match(r"[+-](?![+-])", line)]
    diff = first_block("diff")
    assert changed == [line for line in diff if line[0] in "+-"]
    rendered = iter((ROOT / "charts/example-nginx/rendered/web.yaml").read_text().splitlines())
    kept = [line[1:] for line in diff if line[0] == " " and line != " …"]
    assert [line for line in kept if line not in rendered] == []


@pytest.mark.parametrize("way", ["sidecar", "init-container", "post-start", "entrypoint"])
def test_each_way(way: str) -> None:
    """The demo of a way shows what its rules file changes."""
    done = demo(way)

    assert done.returncode == 0, done.stderr
    assert f"$ kmod-post -f charts/example-nginx/kmod/{way}.yaml <" in done.stdout
    assert re.search(r"^\+[^+]", done.stdout, re.MULTILINE)


def test_another_way() -> None:
    """A way that does not exist is refused with the ones that do."""
    done = demo("nope")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "usage: scripts/demo [sidecar|init-container|post-start|entrypoint]\n"


CHART = ROOT / "charts" / "example-nginx"
EXAMPLES = [
    *((rules.read_text(), render) for rules in CHART.glob("kmod/*.yaml") for render in ("3", "4")),
    ("\n".join(first_block("yaml")), "web"),
]


@pytest.mark.parametrize(("rules", "render"), EXAMPLES)
def test_an_example_has_no_warnings(
    kmod_post: KmodPost, tmp_path: Path, rules: str, render: str
) -> None:
    """What surprises in an example is accepted in it, and nothing is accepted in vain."""
    (tmp_path / "kmod.yaml").write_text(rules)
    name = render if render == "web" else f"helm{render}"
    rendered = (CHART / "rendered" / f"{name}.yaml").read_text()

    done = kmod_post("--strict", stdin=rendered, cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, b"")
