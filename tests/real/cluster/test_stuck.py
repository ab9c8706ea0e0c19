"""A rollout that does not get on: pods of the revision before go on as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e.chart import PAGES, RULES
from e2e.pods import wait

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cluster.release import Release

pytestmark = pytest.mark.cluster
PAGE = PAGES["entrypoint"]


@pytest.mark.parametrize("carrier", ["configMap", "pod"])
def test_an_old_container_starts_again(
    carrier: str, make_release: Callable[..., Release], tmp_path: Path
) -> None:
    """With the script of its own revision. With `carrier: pod` also as a new pod."""
    release, rules = make_release(), tmp_path / "kmod.yaml"
    text = RULES["entrypoint"].read_text()
    text = text.replace(
        "        entrypoint:\n", f"        entrypoint:\n          carrier: {carrier}\n"
    )
    rules.write_text(text)
    release.install(rules)
    release.gives(PAGE)
    (old,) = release.pods()
    rules.write_text(text.replace("            echo ", "            exit 3\n            echo "))
    failed = release.helm(*release.words("upgrade", rules, "--timeout=20s"))
    assert failed.returncode != 0
    assert set(release.pods()) == {old}

    for _ in range(2):  # what a failed liveness probe or a lack of memory does
        before = release.restarts(old)
        release.kubectl("exec", old, "--container=nginx", "--", "sh", "-c", "kill -QUIT 1")
        wait(lambda before=before: release.restarts(old) > before, "a restart", within=60)
        release.gives(PAGE)
        assert set(release.pods()) == {old}
    if carrier == "pod":
        release.kubectl("delete", "pod", old)
        wait(lambda: bool(release.pods()), "a new pod of the old revision", within=90)
        release.gives(PAGE)
    release.do("rollback", "example", "1", "--wait")
    release.gives(PAGE)
    release.uninstall()
