"""Requests at once: each gets its manifests. What they took is measured for docs/argocd.md."""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import TYPE_CHECKING

import pytest
import yaml
from argoimage.page import Measure
from hosts.argocd import APPLICATION

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from argoimage.sidecar import Sidecar

    Start = Callable[..., AbstractContextManager[Sidecar]]

pytestmark = pytest.mark.e2e

# scripts/e2e --argocd measures all.
ASKED = bool(os.environ.get("KMOD_ARGOCD"))
TIMES = {"the first": 1, "one": 1, "10": 10, "50": 50}
EXAMPLE, FETCHED = "example chart", "example chart with a dependency from a chart repository"
LARGE, MANY_FILES = "100 times the example's Deployment", "example chart, in a repository of 50 MB"
_MIB = 2**20


def prepare(application: str, repository: Path, chart_repository: str) -> None:
    """Makes apps/web this application."""
    web = repository / "apps" / "web"
    if application == FETCHED:
        library = {"name": "library", "version": "1.2.3", "repository": chart_repository}
        chart = yaml.safe_load((web / "Chart.yaml").read_text())
        (web / "Chart.yaml").write_text(json.dumps({**chart, "dependencies": [library]}))
        (web / "values.schema.json").unlink()  # it allows no values of other charts
    elif application == LARGE:
        # In a loop `.` is the number, and `$` what it is elsewhere.
        template = web / "templates" / "deployment.yaml"
        text = re.sub(r"(?<=[ (])\.(?=[A-Z }])", "$.", template.read_text()).replace("$. ", "$ ")
        text = text.replace('fullname" $ }}', 'fullname" $ }}-{{ . }}', 1)
        template.write_text(f"{{{{- range until 100 }}}}\n---\n{text}{{{{- end }}}}\n")
        rules = (web / "kmod.yaml").read_text().replace("expect: 1", "expect: 100")
        rules = rules.replace("name: example-nginx", 'name: "example-nginx-*"')
        (web / "kmod.yaml").write_text(rules)
    elif application == MANY_FILES:
        for number in range(50):
            (repository / f"{number}.bin").write_bytes(os.urandom(1_000_000))


@pytest.mark.parametrize(
    "application", [EXAMPLE, FETCHED, LARGE, MANY_FILES] if ASKED else [FETCHED]
)
def test_requests_at_once(
    application: str,
    start: Start,
    repository: Path,
    chart_repository: str,
    measured: Callable[[Measure], None],
) -> None:
    """All get the same manifests; the first one after the start too."""
    prepare(application, repository, chart_repository)
    sizes = set()
    with start() as server:
        for name, count in TIMES.items():
            if count > 10 and not (ASKED and application != MANY_FILES):
                continue
            load = server.load(count, repository, "apps/web", APPLICATION)
            assert not [answer.error for answer in load.answers if answer.error]
            assert len(load.answers) == count
            sizes |= {answer.size for answer in load.answers}
            each = load.cpu / count
            memory = round(load.memory / _MIB)
            measured(Measure(application, name, load.seconds, each, 1 / each, memory))
    assert len(sizes) == 1
    if application == MANY_FILES:
        shutil.rmtree(repository)
