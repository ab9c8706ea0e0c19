"""Rules in an editor: what the real YAML language server says with the schema of the program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from languageserver import LanguageServer
from paths import ROOT
from tools import find, needs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import KmodPost

pytestmark = needs("yaml-language-server")

HEAD = "# yaml-language-server: $schema=kmod.schema.json\n"
BLOCKS = re.findall(
    r"^```yaml\n(.*?)^```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE
)
EXAMPLES = sorted((ROOT / "charts").glob("*/kmod/*.yaml"))


@pytest.fixture(scope="module")
def folder(kmod_post: KmodPost, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the schema that the program prints."""
    path = tmp_path_factory.mktemp("editor")
    (path / "kmod.schema.json").write_bytes(kmod_post("schema").stdout)
    return path


@pytest.fixture(scope="module")
def server() -> Iterator[LanguageServer]:
    """One server for all tests of this module."""
    with LanguageServer(find("yaml-language-server")) as found:
        yield found


def rule(text: str) -> str:
    """A rules file with one rule."""
    lines = "".join(f"    {line}\n" for line in text.strip("\n").splitlines())
    return f"{HEAD}rules:\n  web:\n{lines}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            "containers:\n  web:\n    resources:\n      ¦",
            {"claims", "limits", "requests"},
            id="resources",
        ),
        pytest.param(
            "containers:\n  web:\n    securityContext:\n      ¦", {"runAsUser"}, id="user"
        ),
        pytest.param("containers:\n  web:\n    imagePullPolicy: ¦", {"IfNotPresent"}, id="values"),
        pytest.param("pod:\n  ¦", {"nodeSelector", "tolerations"}, id="pod"),
        pytest.param("pod:\n  affinity:\n    ¦", {"nodeAffinity", "podAffinity"}, id="affinity"),
        pytest.param("sidecars:\n  a:\n    livenessProbe:\n      ¦", {"httpGet"}, id="sidecars"),
        pytest.param(
            "initContainers:\n  - name: a\n    lifecycle:\n      ¦", {"postStart"}, id="a-list"
        ),
        pytest.param("volumes:\n  a:\n    secret:\n      ¦", {"secretName"}, id="volumes"),
        pytest.param(
            "containers:\n  web:\n    env:\n      A:\n        secretKeyRef:\n          ¦",
            {"key", "name", "optional"},
            id="env",
        ),
        pytest.param(
            "match: {kind: Deployment}\nmerge:\n  spec:\n    ¦",
            {"replicas", "strategy"},
            id="merge",
        ),
        pytest.param("match: {kind: Service}\nmerge:\n  spec:\n    ¦", {"ports", "type"}, id="two"),
    ],
)
def test_it_offers(server: LanguageServer, folder: Path, text: str, words: set[str]) -> None:
    """Kubernetes' fields and values, where they can stand."""
    assert server.completions(folder / "kmod.yaml", rule(text)) >= words


def test_it_offers_the_fields_of_an_object(server: LanguageServer, folder: Path) -> None:
    """In `resources`, by apiVersion and kind."""
    head = "resources:\n  a:\n    apiVersion: v1\n    kind: Service\n"
    text = f"{HEAD}{head}    metadata: {{name: a}}\n    spec:\n      ¦\n"
    assert server.completions(folder / "kmod.yaml", text) >= {"clusterIP", "ports", "selector"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            "containers:\n  web:\n    resources:\n      lim¦its: {cpu: 1}",
            "Limits describes the maximum amount of compute resources allowed.",
            id="limits",
        ),
        pytest.param(
            "match: {kind: Deployment}\nmerge:\n  spec:\n    repl¦icas: 3",
            "Number of desired pods.",
            id="replicas",
        ),
        pytest.param(
            "containers:\n  web:\n    moun¦ts: {/web: web}",
            "Path in the container to the volume that is mounted there",
            id="mounts",
        ),
    ],
)
def test_it_describes(server: LanguageServer, folder: Path, text: str, sentence: str) -> None:
    """A field, when the mouse is over it."""
    assert sentence in server.hover(folder / "kmod.yaml", rule(text))


def test_it_underlines_mistakes(server: LanguageServer, folder: Path) -> None:
    """Each in its line, and nothing else."""
    file = folder / "mistakes.yaml"
    file.write_text(
        rule("""
match: {kind: Deployment}
containers:
  web:
    resources: {limts: {cpu: 1}}
    imagePullPolicy: Allways
pod:
  nodeSelektor: {disk: ssd}
merge:
  spec: {replicas: "3"}
""")
    )

    assert server.problems(file) == [
        "7: Property limts is not allowed.",
        '8: Value is not accepted. Valid values: "Always", "IfNotPresent", "Never", "", null.',
        "10: Property nodeSelektor is not allowed.",
        "12: Incorrect type. Expected one of integer, null.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        *(pytest.param(file.read_text(), id=file.stem) for file in EXAMPLES),
        *(pytest.param(text, id="README") for text in BLOCKS if "\nrules:" in f"\n{text}"),
        pytest.param("rules:\n  a:\n    volumes: {a: {secret: {defaultMode: 0400}}}\n", id="modes"),
    ],
)
def test_it_underlines_nothing_that_is_right(
    server: LanguageServer, folder: Path, text: str
) -> None:
    """The examples, with the schema that the program prints."""
    file = folder / "right.yaml"
    lines = [line for line in text.splitlines() if "yaml-language-server" not in line]
    file.write_text("\n".join([HEAD.rstrip(), *lines, ""]))

    assert server.problems(file) == []
