"""
Prints the module kmod_patterns: the compiled form of each pattern that kmod-post's modules compile
when they are loaded, and in renders of the example chart.

scripts/executable runs this with the Python that it links in.
"""

from __future__ import annotations

import _sre
import marshal
import pkgutil
import re
import sys
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
# Patterns that are compiled when they are needed, for renders of the usual kind.
chart = Path(postrender.__path__[0]).parent / "charts" / "example-nginx"
for rules in sorted(chart.glob("kmod/*.yaml")):
    postrender.render((chart / "rendered" / "helm3.yaml").read_text(), postrender.load_rules(rules))
sys.stdout.write(f"PATTERNS = {found!r}")
