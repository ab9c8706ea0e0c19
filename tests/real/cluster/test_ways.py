"""The four ways in a real cluster, by both Helms, from installation to uninstallation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cluster.cells import WAYS, Cell
from cluster.scenario import life

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cluster.release import Release

pytestmark = pytest.mark.cluster


@pytest.mark.parametrize("way", WAYS)
def test_life_of_a_release(
    way: str,
    helm: str,
    make_release: Callable[..., Release],
    tmp_path: Path,
    saw: Callable[[Cell], None],
) -> None:
    """All jobs of docs/cluster.md."""
    life(make_release(), way, helm, tmp_path, lambda job: saw(Cell(job, helm, way)))
