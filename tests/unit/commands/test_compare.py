from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import KmodPost

RULES = """\
rules:
  memory:
    match: {kind: Deployment, name: web}
    containers: {web: {resources: {limits: {memory: 512Mi}}}}
"""
OLD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {helm.sh/chart: web-1.0.0}
spec:
  template:
    spec:
      containers:
        - name: web
          image: example.com/web:1.0
          resources: {limits: {memory: 256Mi}}
"""
NEW = OLD.replace("256Mi", "1Gi")


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """A folder with two renders and rules."""
    (tmp_path / "old.yaml").write_text(OLD)
    (tmp_path / "new.yaml").write_text(NEW)
    (tmp_path / "noise.yaml").write_text(OLD.replace("web-1.0.0", "web-1.0.1"))
    (tmp_path / "kmod.yaml").write_text(RULES)
    return tmp_path


def test_what_is_said(kmod_post: KmodPost, pair: Path) -> None:
    """The rules with what is to look at, the objects that differ, the sum; docs show the same."""
    done = kmod_post("compare", "old.yaml", "new.yaml", "-f", "kmod.yaml", cwd=pair)
    page = (ROOT / "docs" / "compare.md").read_text()
    shown = re.search(r"```console\n\$ kmod-post compare [^\n]*\n(.*?)```", page, re.DOTALL)
    assert shown is not None
    assert done.stdout.decode() == shown[1]

    assert (done.returncode, done.stderr) == (0, b"")
    assert (
        done.stdout.decode()
        == """\
rule "memory"  kmod.yaml:2:3
  matches 1; effects that are the same: 0
  look: Deployment/web spec.template.spec.containers[web].resources.limits.memory: the chart has \
changed it; the rule replaces it (value-overridden)
      chart: 256Mi → 1Gi; rule: 512Mi
      check which of the two values is right

~ Deployment/web  chart
    spec.template.spec.containers[web].resources.limits.memory: 256Mi → 1Gi  chart, hidden by rules

1 to look at; objects that differ: 1
"""
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["old.yaml", "new.yaml"], 1, id="to look at"),
        pytest.param(["new.yaml", "old.yaml"], 1, id="the other way round"),
        pytest.param(["old.yaml", "old.yaml"], 0, id="the same"),
        pytest.param(["old.yaml", "noise.yaml"], 0, id="noise"),
        pytest.param(["old.yaml", "new.yaml", "--format", "markdown"], 1, id="markdown"),
        pytest.param(["old.yaml", "new.yaml", "--json"], 1, id="json"),
        pytest.param(["old.yaml", "new.yaml", "--html", "page.html"], 1, id="page"),
        pytest.param(["old.yaml", "--rules-before", "kmod.yaml"], 0, id="the same rules"),
    ],
)
def test_exit_codes(kmod_post: KmodPost, pair: Path, arguments: list[str], code: int) -> None:
    """1 if there is something to look at and that was asked for, else 0."""
    assert kmod_post("compare", *arguments, cwd=pair).returncode == 0
    assert kmod_post("compare", *arguments, "--exit-code", cwd=pair).returncode == code


def test_for_programs(kmod_post: KmodPost, pair: Path) -> None:
    """JSON has the same; `--format json` is `--json`."""
    done = kmod_post("compare", "old.yaml", "new.yaml", "--json", cwd=pair)
    found = json.loads(done.stdout)

    assert (found["apiVersion"], found["kind"]) == ("kmod/v1", "KmodComparison")
    assert (found["outcome"], found["summary"]) == ("look", {"look": 1, "note": 0})
    (rule,) = found["rules"]
    assert (rule["before"], rule["now"]) == (["Deployment/web"], ["Deployment/web"])
    (finding,) = rule["findings"]
    assert finding["id"] == "value-overridden"
    assert [finding[key] for key in ("had", "has", "made")] == ["256Mi", "1Gi", "512Mi"]
    assert found["objects"][0]["fields"][0]["by"] == "hidden"
    other = kmod_post("compare", "old.yaml", "new.yaml", "--format", "json", cwd=pair)
    assert other.stdout == done.stdout


def test_for_a_comment(kmod_post: KmodPost, pair: Path) -> None:
    """Markdown: what is to look at, then what differs."""
    done = kmod_post("compare", "old.yaml", "new.yaml", "--format", "markdown", cwd=pair)

    text = done.stdout.decode()
    assert text.startswith("### kmod-post compare: Rules: 1 to look at\n")
    assert "| `memory` | 1 | 1 | 0 | 1 |" in text
    assert "`chart: 256Mi → 1Gi; rule: 512Mi`" in text
    assert "<details><summary>1 object differs</summary>" in text


def test_a_comment_has_room(kmod_post: KmodPost, tmp_path: Path) -> None:
    """Of many findings and objects the first ones are there, and how many more there are."""
    names = [f"web-{i:04}" for i in range(1500)]
    old = "---\n".join(
        OLD.replace("name: web\n  labels", f"name: {name}\n  labels") for name in names
    )
    (tmp_path / "old.yaml").write_text(old)
    # No two limits are the same, or the findings would be one.
    parts = old.split("256Mi")
    new = "".join(f"{part}{i}Mi" for i, part in enumerate(parts[:-1], 1000)) + parts[-1]
    (tmp_path / "new.yaml").write_text(new)
    (tmp_path / "kmod.yaml").write_text(RULES.replace("name: web}", 'name: "web-*"}'))

    done = kmod_post("compare", "old.yaml", "new.yaml", "--format", "markdown", cwd=tmp_path)

    text = done.stdout.decode()
    assert 40_000 < len(text) <= 60_000
    assert "more: see `kmod-post compare`" in text


def test_the_page(kmod_post: KmodPost, pair: Path) -> None:
    """Findings, rules, values side by side, and the pods of the two results."""
    done = kmod_post("compare", "old.yaml", "noise.yaml", "--html", "page.html", cwd=pair)
    assert (done.returncode, done.stdout) == (0, b"")
    (pair / "new.yaml").write_text(NEW.replace("web:1.0", "web:2.0"))

    done = kmod_post("compare", "old.yaml", "new.yaml", "--html", "page.html", cwd=pair)

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    page = (pair / "page.html").read_text()
    assert "<h1>1 finding to look at</h1>" in page
    assert "value-overridden" in page
    assert "<figcaption>Old result</figcaption>" in page
    assert "<figcaption>New result</figcaption>" in page
    again = kmod_post("compare", "old.yaml", "new.yaml", "--html", "-", cwd=pair)
    assert again.stdout.decode() == page


def test_other_rules_before(kmod_post: KmodPost, pair: Path) -> None:
    """One render with two sets of rules."""
    (pair / "before.yaml").write_text(RULES.replace("512Mi", "300Mi"))
    done = kmod_post(
        "compare", "old.yaml", "--rules-before", "before.yaml", "--exit-code", cwd=pair
    )

    assert done.returncode == 1
    assert "(effect-differs)\n      rule: 300Mi → 512Mi" in done.stdout.decode()


def test_standard_input(kmod_post: KmodPost, pair: Path) -> None:
    """One of the two may come through a pipe."""
    done = kmod_post("compare", "old.yaml", "-", stdin=NEW, cwd=pair)

    assert done.stdout == kmod_post("compare", "old.yaml", "new.yaml", cwd=pair).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            ["old.yaml"],
            "kmod-post compare: NEW is missing; name a second file, or give --rules-before or "
            "--lock-before",
            id="one file",
        ),
        pytest.param(
            ["-", "-"],
            "kmod-post compare: OLD and NEW both want standard input; name a file for one",
            id="two pipes",
        ),
        pytest.param(
            ["old.yaml", "new.yaml", "--html", "-", "--json"],
            "kmod-post compare: --html - and json both want standard output; name a file for one",
            id="two outputs",
        ),
        pytest.param(
            ["old.yaml", "new.yaml", "--html", "old.yaml"],
            "--html old.yaml: it is what is read; name another file",
            id="a render",
        ),
        pytest.param(
            ["old.yaml", "new.yaml", "--rules-before", "before.yaml", "--html", "before.yaml"],
            "--html before.yaml: it is the rules file before.yaml; name another file",
            id="old rules",
        ),
        pytest.param(
            ["old.yaml", "new.yaml", "--format", "yaml"],
            "kmod-post compare: --format must be one of text, json, markdown; see kmod-post "
            "compare --help",
            id="format",
        ),
    ],
)
def test_wrong_usage(kmod_post: KmodPost, pair: Path, arguments: list[str], message: str) -> None:
    """One line each, and nothing is written."""
    (pair / "before.yaml").write_text(RULES)
    done = kmod_post("compare", *arguments, cwd=pair)

    assert (done.returncode, done.stdout.decode(), done.stderr.decode()) == (2, "", f"{message}\n")
    assert (pair / "old.yaml").read_text() == OLD
    assert (pair / "before.yaml").read_text() == RULES


def test_a_render_that_cannot_be_read(kmod_post: KmodPost, pair: Path) -> None:
    """The message names the file and the line of it."""
    (pair / "new.yaml").write_text(OLD.replace("kind: Deployment\n", "kind: Deployment\n a: b\n"))
    done = kmod_post("compare", "old.yaml", "new.yaml", cwd=pair)

    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"new.yaml:3:")
