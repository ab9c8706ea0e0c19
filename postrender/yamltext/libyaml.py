"""
Loads libyaml's parser without the rest of the yaml package, for the console script.

`import yaml` also loads the readers and writers in Python, regular expressions, datetime and
base64: a third of the time of a run on a small chart (docs/performance.md). The parser needs only
events, nodes, tokens and errors. Only our own process may do this, so `import postrender` in other
programs does not. If anything is not as expected, all of yaml is loaded as usual.
"""

from __future__ import annotations

import sys

# Modules that the parser takes nothing from but an error class.
_ERRORS = {
    "reader": "ReaderError",
    "scanner": "ScannerError",
    "parser": "ParserError",
    "composer": "ComposerError",
    "constructor": "ConstructorError",
    "emitter": "EmitterError",
    "serializer": "SerializerError",
    "representer": "RepresenterError",
}


def load() -> None:
    """
    Makes `yaml._yaml`, `yaml.events` and `yaml.error` importable at a fraction of the cost of
    `yaml`.
    """
    if "yaml" in sys.modules:
        return
    try:
        _load()
    except Exception:  # noqa: BLE001 - whatever it is, the whole package will do
        for name in [name for name in sys.modules if name.partition(".")[0] == "yaml"]:
            del sys.modules[name]


def _load() -> None:
    module = type(sys)
    package = module("yaml")
    package.__path__ = [f"{folder}/yaml" for folder in sys.path if folder]
    sys.modules["yaml"] = package
    from yaml.error import MarkedYAMLError, YAMLError

    for name, error in _ERRORS.items():
        stub = module(f"yaml.{name}")
        base = _ReaderError if name == "reader" else MarkedYAMLError
        setattr(stub, error, type(error, (base, YAMLError), {}))
        sys.modules[stub.__name__] = stub
        setattr(package, name, stub)
    # yaml._yaml takes these from the package itself.
    import yaml.events
    import yaml.nodes
    import yaml.tokens

    import yaml._yaml  # isort: skip

    yaml._yaml.CParser("a: 1").get_event()


class _ReaderError(Exception):
    """What yaml.reader.ReaderError is made with."""

    def __init__(
        self, name: str, position: int, character: object, encoding: str, reason: str
    ) -> None:
        self.name = name
        self.position = position
        self.character = character
        self.encoding = encoding
        self.reason = reason
