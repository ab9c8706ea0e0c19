"""The diff of a document as HTML: its hunks, each with the rules that caused it."""

from __future__ import annotations

from postrender.html.markup import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postrender.reports.diff import DocumentDiff, Hunk

    # How a rule's name is shown.
    Shown = Callable[[str], str]

_STYLES = {"+": "added", "-": "removed", " ": ""}


def counts(document: DocumentDiff) -> tuple[int, int]:
    """How many lines came, how many went."""
    signs = [sign for hunk in document.hunks for sign, _ in hunk.lines]
    return signs.count("+"), signs.count("-")


def difference(document: DocumentDiff, rule: Shown) -> str:
    """All hunks of a document."""
    return "".join(_hunk(hunk, rule) for hunk in document.hunks)


def _hunk(hunk: Hunk, rule: Shown) -> str:
    olds = sum(sign != "+" for sign, _ in hunk.lines)
    news = sum(sign != "-" for sign, _ in hunk.lines)
    where = f"@@ -{_range(hunk.old, olds)} +{_range(hunk.new, news)} @@"
    place = f" <span>{text(hunk.place)}</span>" if hunk.place else ""
    rules = "".join(f" {rule(name)}" for name in hunk.rules)
    lines = "".join(_lines(hunk))
    return (
        f'<div class="hunk"><p class="where"><code>{where}{place}</code>{rules}</p>'
        f'<div class="scroll" tabindex="0" role="group" aria-label="Lines {text(where)}">'
        f"<pre>{lines}</pre></div></div>"
    )


def _range(start: int, count: int) -> str:
    """A range of lines as diff writes it: an empty one stands behind the line before it."""
    return str(start) if count == 1 else f"{start if count else start - 1},{count}"


def _lines(hunk: Hunk) -> Iterator[str]:
    """The lines with their numbers, which are not copied with them."""
    old, new = hunk.old, hunk.new
    emphasis = _emphasis(hunk.lines)
    for i, (sign, line) in enumerate(hunk.lines):
        numbers = f"{old if sign != '+' else '':>5} {new if sign != '-' else '':>5}"
        start, end = emphasis.get(i, (0, 0))
        words = line.removesuffix("\n")
        shown = text(words)
        if start < end:
            shown = f"{text(words[:start])}<em>{text(words[start:end])}</em>{text(words[end:])}"
        if not line.endswith("\n"):
            shown += "\n\\ No newline at end of file"
        style = f' class="{_STYLES[sign]}"' if sign != " " else ""
        yield f'<span{style} data-n="{numbers}">{sign}{shown}\n</span>'
        old, new = old + (sign != "+"), new + (sign != "-")


def _emphasis(lines: list[tuple[str, str]]) -> dict[int, tuple[int, int]]:
    """Of a line that has another instead of it: from where to where the two differ."""
    found: dict[int, tuple[int, int]] = {}
    signs = "".join(sign for sign, _ in lines)
    for i in range(1, len(signs)):
        alone = signs[max(i - 2, 0) : i + 2].strip()
        if signs[i - 1 : i + 1] != "-+" or alone != "-+":
            continue
        old, new = (lines[at][1].removesuffix("\n") for at in (i - 1, i))
        start = _alike(old, new)
        tail = _alike(old[start:][::-1], new[start:][::-1])
        if start + tail > len(old.lstrip()) // 3:
            found[i - 1], found[i] = (start, len(old) - tail), (start, len(new) - tail)
    return found


def _alike(old: str, new: str) -> int:
    """How many characters two texts have in common from their beginnings on."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(old), len(new)))
