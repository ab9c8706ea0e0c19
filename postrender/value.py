"""
`Value`: the base class of the program's values, typed and small, without the cost of dataclasses;
and `memo`, which remembers what a function has returned, without that of `functools`.

Helm starts the program for every release. Importing `dataclasses` takes longer than changing a
chart, and `namedtuple` compiles code for each class and hides its fields from type checkers.
`functools` also loads `collections`: a tenth of the time of a run on a small chart.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ClassVar, Self, TypeVar, dataclass_transform

    Function = TypeVar("Function", bound=Callable[..., Any])
else:

    def dataclass_transform(**_):
        """As typing's, which a render does not load."""
        return lambda cls: cls


class _Slots(type):
    """Makes the annotated names of a class its slots, so that its values have no other fields."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> Any:
        slots = tuple(namespace.get("__annotations__", ()))
        return super().__new__(cls, name, bases, {**namespace, "__slots__": slots})


_set = object.__setattr__


@dataclass_transform(frozen_default=True)
class Value(metaclass=_Slots):
    """
    A frozen value with named and typed fields. A class below it declares its fields as a dataclass
    does. They are given in their order or by name, all of them.
    """

    if TYPE_CHECKING:
        __slots__: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *values: Any, **named: Any) -> None:
        names = self.__slots__
        if len(values) + len(named) != len(names):
            raise TypeError(f"{type(self).__name__} takes {', '.join(names)}")
        # A loop that Python runs in C: this is done some hundred times in each render.
        any(map(_set, (self,) * len(values), names, values))
        if named:
            any(map(_set, (self,) * len(named), named, named.values()))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be changed")

    def replaced(self, **changes: Any) -> Self:
        """The same value with other values in these fields."""
        return type(self)(**{name: getattr(self, name) for name in self.__slots__} | changes)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and astuple(self) == astuple(other)

    def __hash__(self) -> int:
        return hash(astuple(self))

    def __repr__(self) -> str:
        fields = (f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({', '.join(fields)})"


def astuple(value: Any) -> tuple[Any, ...]:
    """The fields of a Value in their order."""
    return tuple(getattr(value, name) for name in value.__slots__)


# Results that `memo` keeps of one function.
_MOST = 128


def memo(function: Function) -> Function:
    """
    A pure function of hashable arguments that computes each result once, as long as there are few.
    """
    known: dict[Any, Any] = {}

    def remembered(*given: Any) -> Any:
        try:
            return known[given]
        except KeyError:
            if len(known) >= _MOST:
                known.clear()
            known[given] = result = function(*given)
            return result

    return remembered  # type: ignore[return-value]
