"""
kmod-post: changes any Helm chart and any container image without forking the chart or rebuilding
the image.

```python
import postrender

rules = postrender.load_rules("kmod.yaml")
print(postrender.render(rendered_chart, rules))
```
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.engine.inputs import load_rules, render
    from postrender.errors import (
        ExpectationError,
        KmodError,
        LockError,
        RulesError,
        StreamError,
        UsageError,
        VerbError,
    )
    from postrender.rules.model import Rules

__all__ = [
    "ExpectationError",
    "KmodError",
    "LockError",
    "Rules",
    "RulesError",
    "StreamError",
    "UsageError",
    "VerbError",
    "__version__",
    "load_rules",
    "render",
]

__version__ = "0.1.0"

_HOMES = {
    "load_rules": "postrender.engine.inputs",
    "render": "postrender.engine.inputs",
    "Rules": "postrender.rules.model",
}


def __getattr__(name: str) -> object:
    """
    Loads what is asked for when it is asked for (PEP 562): the console script passes here too, and
    Helm starts it for every release.
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES.get(name, "postrender.errors")
    value: object = getattr(__import__(home, fromlist=[name]), name)
    globals()[name] = value
    return value
