"""Cases that failed once, as files of tests/properties/regressions/."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from paths import TESTS

from fuzzing.edits import EditCase
from fuzzing.rules import RulesCase
from fuzzing.texts import TextCase
from postrender.yamltext.reader import read
from postrender.yamltext.writer import Layout, mapping_lines

if TYPE_CHECKING:
    from fuzzing.shrinking import Case

FOLDER = TESTS / "properties" / "regressions"


def files() -> list[Path]:
    """All cases that failed once."""
    return sorted(FOLDER.glob("*.yaml"))


def write(why: str, case: Case) -> Path:
    """Writes a case down, with what is wrong with it."""
    data = {"why": why.splitlines()[-1], **case.as_data()}
    name = hashlib.sha256(repr(case).encode()).hexdigest()[:8]
    FOLDER.mkdir(exist_ok=True)
    file = FOLDER / f"fuzz-{name}.yaml"
    file.write_text("\n".join(mapping_lines(data, 0, Layout())) + "\n")
    return file


def load(file: Path) -> Case:
    """The case of a file."""
    root = read(file.read_text())
    assert root is not None
    kinds = {"rules": RulesCase, "changes": EditCase}
    kind = next((kinds[key] for key in kinds if key in root.data), TextCase)
    return kind.from_data(root.data)
