"""
`$flags`: changes of a command line by its flags, as far as words alone tell what a flag is.

`--f=v` is one word, changed in place. A bare `--f` may stand for itself or have the next word as
its value; only what the rule says tells which. Where that is not certain, nothing is guessed: it is
an error that offers `$change`, `$remove` or `$add`. Words behind a bare `--` are not flags.
"""

from __future__ import annotations

import re
from itertools import takewhile

from postrender.kubernetes.entries import MergeError
from postrender.kubernetes.objects import SHELLS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Path
    from postrender.kubernetes.entries import Tell

_LONG = re.compile(r"--[A-Za-z][\w.-]*(?==|$)")


def with_flags(words: list[str], flags: dict[str, Data], path: Path, tell: Tell) -> list[str]:
    """
    The words with each flag as `$flags` wants it; the same list if nothing changes.

    A text is the flag's value, a list the values of a flag that repeats, `true` the bare flag,
    `false` is `--f=false`, and null takes the flag out. Raises MergeError.
    """
    new = words
    for flag, value in flags.items():
        at = (*path, flag)
        if value is None:
            new = _without(new, flag, at, tell)
        elif value is True:
            new = _switched_on(new, flag, at)
        elif isinstance(value, list):
            new = _with_values(new, flag, value, at)
        else:
            new = _with_value(new, flag, value, at)
    return words if new == words else new


def is_shell_script(words: list[Data]) -> bool:
    """Whether a command line is a shell with `-c`, whose words are a script and its parameters."""
    texts = [word for word in words if isinstance(word, str)]
    for i, word in enumerate(texts):
        if word.rpartition("/")[2] in SHELLS:
            options = takewhile(lambda option: option[:1] == "-", texts[i + 1 :])
            return any(option[:2] != "--" and "c" in option for option in options)
    return False


def _with_value(words: list[str], flag: str, value: Data, path: Path) -> list[str]:
    """The words with a value for a flag that stands there once or not at all."""
    places = _places(words, flag)
    if not places:
        if value is not False:
            return _appended(words, flag, [value], path)
        _refuse_near(words, flag, path)
        end = _end(words)
        return [*words[:end], f"{flag}=false", *words[end:]]
    if len(places) > 1:
        raise MergeError(
            f'"{flag}" is there {len(places)} times; give all its values as a list', path
        )
    if value is False:
        return [*words[: places[0]], f"{flag}=false", *words[places[0] + 1 :]]
    return _set(words, places[0], flag, value)


def _with_values(words: list[str], flag: str, values: list[str], path: Path) -> list[str]:
    """The words with a flag once for each of some values, in the places that it has."""
    places = _places(words, flag)
    if not places:
        return _appended(words, flag, values, path)
    after = places[-1] + (2 if _value_at(words, places[-1], flag) is not None else 1)
    is_joined = "=" in words[places[-1]]
    rest = values[len(places) :]
    new = [*words[:after], *_written(flag, rest, is_joined=is_joined), *words[after:]]
    for place, value in zip(places, values, strict=False):
        new = _set(new, place, flag, value)
    for place in reversed(places[len(values) :]):
        width = 2 if _value_at(new, place, flag) is not None else 1
        new = new[:place] + new[place + width :]
    return new


def _switched_on(words: list[str], flag: str, path: Path) -> list[str]:
    """The words with a bare flag. `--f=true` is as good."""
    places = _places(words, flag)
    if not places:
        end = _end(words)
        _refuse_near(words, flag, path)
        return [*words[:end], flag, *words[end:]]
    if any(words[place] in (flag, f"{flag}=true") for place in places):
        return words
    return [*words[: places[0]], flag, *words[places[0] + 1 :]]


def _without(words: list[str], flag: str, path: Path, tell: Tell) -> list[str]:
    """The words without a flag."""
    places = _places(words, flag)
    if not places:
        _refuse_near(words, flag, path)
    tell(path, is_found=bool(places), there=() if places else _alike(words, flag))
    for place in places:
        value = _value_at(words, place, flag)
        if value is not None:
            raise MergeError(
                f'the word behind "{flag}" may be its value; '
                f"write $remove: [[{flag}, WORD]] to take out both, or $remove: [{flag}]",
                path,
            )
    return [word for i, word in enumerate(words) if i not in places]


def _set(words: list[str], place: int, flag: str, value: str) -> list[str]:
    """The words with a value for the flag at a place."""
    if words[place] == flag and _value_at(words, place, flag) is not None:
        return [*words[: place + 1], value, *words[place + 2 :]]
    return [*words[:place], f"{flag}={value}", *words[place + 1 :]]


def _appended(words: list[str], flag: str, values: list[str], path: Path) -> list[str]:
    """
    The words with a new flag at the end: as `--f=v`, or as two words where all others that have a
    value are written so.
    """
    _refuse_near(words, flag, path)
    end = _end(words)
    flags = [i for i in range(end) if words[i][:1] == "-"]
    is_apart = any(_value_at(words, i, words[i]) is not None for i in flags)
    is_joined = not is_apart or any("=" in words[i] for i in flags)
    return [*words[:end], *_written(flag, values, is_joined=is_joined), *words[end:]]


def _written(flag: str, values: list[str], *, is_joined: bool) -> list[str]:
    """A flag with each of some values, in one word or in two."""
    if is_joined:
        return [f"{flag}={value}" for value in values]
    return [word for value in values for word in (flag, value)]


def _places(words: list[str], flag: str) -> list[int]:
    """Where a flag stands."""
    return [i for i in range(_end(words)) if words[i] == flag or words[i].startswith(f"{flag}=")]


def _value_at(words: list[str], place: int, flag: str) -> str | None:
    """The word behind a bare flag that may be its value."""
    behind = place + 1
    if words[place] != flag or behind >= _end(words) or words[behind].startswith("-"):
        return None
    return words[behind]


def _end(words: list[str]) -> int:
    """Where the flags end: at a bare `--`, or with the words."""
    return words.index("--") if "--" in words else len(words)


def _refuse_near(words: list[str], flag: str, path: Path) -> None:
    """Raises MergeError where a flag is there that differs only in its dashes or in `no-`."""
    for word in words[: _end(words)]:
        other = word.partition("=")[0]
        if word[:1] == "-" and other != flag and _bare(other) == _bare(flag):
            raise MergeError(f'there is "{other}", not "{flag}"; use that one, or $change', path)


def _alike(words: list[str], flag: str) -> list[str]:
    """The flags there that one may mean, mistyped; without values, which may be secret."""
    from difflib import get_close_matches

    flags = [found[0] for word in words[: _end(words)] if (found := _LONG.match(word))]
    return get_close_matches(flag, flags, n=1, cutoff=0.8)


def _bare(flag: str) -> str:
    """A flag's name, without dashes and `no-`."""
    name = flag.lstrip("-")
    return name.removeprefix("no-").replace("-", "").replace("_", "")
