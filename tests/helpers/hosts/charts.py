"""Charts for real hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def make_chart(folder: Path, **templates: str) -> Path:
    """A chart `c` of these templates."""
    chart = folder / "c"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 0.1.0\n")
    for name, text in templates.items():
        (chart / "templates" / f"{name}.yaml").write_text(text)
    return chart
