"""
Replaces the texts of the dependencies' errors with nonsense, in this process, from `start()` on.

A module that is imported later is changed right after its import, so that the order of imports stays
the same. Errors that C code raises (UnicodeDecodeError, ValueError of int(), OSError) cannot be
changed, except the error of a TLS handshake.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

NONSENSE = "xyzzy plugh"


def start() -> None:
    """Scrambles what is loaded, and what will be."""
    for name, scramble in _MODULES.items():
        if name in sys.modules:
            scramble(sys.modules[name])
    sys.meta_path.insert(0, _Finder())


class _Finder:
    """Finds the modules of `_MODULES` where Python does, and scrambles them once they are loaded."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """The module's spec; None for all other modules."""
        if name not in _MODULES:
            return None
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target) if finder is not self else None
            if spec is not None and spec.loader is not None:
                _after(spec.loader, _MODULES[name])
                return spec
        return None


def _after(loader: Any, scramble: Callable[[Any], None]) -> None:
    load = loader.exec_module

    def exec_module(module: Any) -> None:
        load(module)
        scramble(module)

    loader.exec_module = exec_module


def _nonsense(value: Any) -> Any:
    return NONSENSE if isinstance(value, str) else value


def _with_arguments(kind: Any, names: tuple[str, ...]) -> None:
    """Makes a class take nonsense for these of its arguments."""
    init = kind.__init__
    order = init.__code__.co_varnames[1 : init.__code__.co_argcount]

    def scrambled(self: Any, *args: Any, **kwargs: Any) -> None:
        given = {**dict(zip(order, args, strict=False)), **kwargs}
        changed = {name: _nonsense(v) if name in names else v for name, v in given.items()}
        init(self, **changed)

    kind.__init__ = scrambled


def _of_texts(kind: Any) -> None:
    """Makes an exception class that is made from texts hold nonsense instead."""
    init = kind.__init__

    def scrambled(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *map(_nonsense, args), **kwargs)

    kind.__init__ = scrambled


def _yaml(module: Any) -> None:
    _with_arguments(module.MarkedYAMLError, ("context", "problem", "note"))


def _yaml_reader(module: Any) -> None:
    _with_arguments(module.ReaderError, ("reason",))


def _thin(module: Any) -> None:
    _with_arguments(module._ReaderError, ("reason",))


def _click(module: Any) -> None:
    for kind in vars(module).values():
        if isinstance(kind, type) and issubclass(kind, module.ClickException):
            kind.format_message = lambda _: NONSENSE  # type: ignore[attr-defined]
            kind.__str__ = lambda _: NONSENSE  # type: ignore[method-assign]
    _with_arguments(module.UsageError, ("message",))


def _jsonpatch(module: Any) -> None:
    _of_texts(module.JsonPatchException)


def _jsonpointer(module: Any) -> None:
    _of_texts(module.JsonPointerException)


def _urllib3(module: Any) -> None:
    _of_texts(module.HTTPError)


def _tunnels(module: Any) -> None:
    _of_raised(module.HTTPConnection, "_tunnel")


def _ssl(module: Any) -> None:
    _of_raised(module.SSLSocket, "do_handshake")


def _of_raised(kind: Any, method: str) -> None:
    """Scrambles the OSError that a method raises. An `ssl.SSLError` is one."""
    call = getattr(kind, method)

    def scrambled(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return call(self, *args, **kwargs)
        except OSError as error:
            error.args = tuple(map(_nonsense, error.args))
            for name in ("verify_message", "reason", "library"):
                if hasattr(error, name):
                    setattr(error, name, NONSENSE)
            raise

    setattr(kind, method, scrambled)


def _json(module: Any) -> None:
    _with_arguments(module.JSONDecodeError, ("msg",))


def _re(module: Any) -> None:
    _with_arguments(module.error, ("msg",))


_MODULES: dict[str, Callable[[Any], None]] = {
    "http.client": _tunnels,
    "json.decoder": _json,
    "jsonpatch": _jsonpatch,
    "jsonpointer": _jsonpointer,
    "postrender.yamltext.libyaml": _thin,
    "re._constants": _re,
    "ssl": _ssl,
    "typer._click.exceptions": _click,
    "urllib3.connection": _tunnels,
    "urllib3.exceptions": _urllib3,
    "yaml.error": _yaml,
    "yaml.reader": _yaml_reader,
}
