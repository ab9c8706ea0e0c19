"""Shell-style globs (`*`, `?`, `[…]`) over texts. `[[]` is a bracket, `[*]` a star."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterable


class Globs:
    """One glob or several, any of which may match."""

    __slots__ = ("_patterns", "texts")

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = tuple(texts)
        self._patterns = [None if is_exact(text) else _compile(text) for text in self.texts]

    def __contains__(self, value: str) -> bool:
        return any(
            pattern.match(value) is not None if pattern else value == text
            for text, pattern in zip(self.texts, self._patterns, strict=True)
        )

    def __str__(self) -> str:
        return " or ".join(self.texts)


def is_exact(glob: str) -> bool:
    """Whether a glob is a plain text that only itself matches."""
    return not any(sign in glob for sign in "*?[")


def _compile(glob: str) -> re.Pattern[str]:
    import re
    from fnmatch import translate

    return re.compile(translate(glob))
