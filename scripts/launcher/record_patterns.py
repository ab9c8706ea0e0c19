"""
Prints the module kmod_patterns: the compiled form of each pattern that kmod-post's modules compile
when they are loaded, and in renders of the example chart and of tests/golden.

scripts/executable runs this with the Python that it links in.
"""

from __future__ import annotations

import _sre
import marshal
import pkgutil
import re
import sys
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

found: dict[tuple[str | bytes, int], bytes] = {}
form: list[Any] = []
compile_pattern = re._compiler.compile


def recorded(*arguments: object) -> re.Pattern[str]:
    """What _sre makes; keeps what it was given."""
    form[:] = arguments
    return _sre.compile(*arguments)


def compiled(pattern: str | bytes, flags: int = 0) -> re.Pattern[str]:
    """A compiled pattern; keeps its form."""
    made = compile_pattern(pattern, flags)
    if type(pattern) in {str, bytes}:
        _, all_flags, code, *groups = form
        found[pattern, int(flags)] = marshal.dumps((int(all_flags), [*map(int, code)], *groups))
    return made


re._compiler._sre = SimpleNamespace(**{**vars(_sre), "compile": recorded})
re._compiler.compile = compiled

import postrender  # noqa: E402

for each in pkgutil.walk_packages(postrender.__path__, "postrender."):
    if not each.name.endswith("__main__"):
        __import__(each.name)
# Patterns that are compiled when they are needed: by renders of all kinds. Those that come from the
# rules of a case are kept too; they are few.
root = Path(postrender.__path__[0]).parent
chart = root / "charts" / "example-nginx"
cases = [(rules, chart / "rendered" / "helm3.yaml") for rules in chart.glob("kmod/*.yaml")]
cases += [(rules, rules.parent / "input.yaml") for rules in root.glob("tests/golden/**/rules.yaml")]
for rules, stream in sorted(cases):
    with suppress(postrender.KmodError):  # which some cases are to cause
        postrender.render(stream.read_text(), postrender.load_rules(rules))
sys.stdout.write(f"PATTERNS = {found!r}")
