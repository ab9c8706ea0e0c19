"""
A pod as a drawing: containers on the left from the first to run to the last, volumes on the right,
a line from each mount to its volume. One SVG, which the page's style colours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postrender.html.markup import SIGNS, WORDS, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postrender.html.pods import Container, Note, Pod, Volume

# All lengths in pixels of a drawing that is WIDTH wide. The letters of monospaced fonts are 0.6 of
# their size wide.
WIDTH = 580
_PAD = 14
_LANE = 18  # left of the containers: their order, and how long native sidecars run
_LEFT = _PAD + _LANE
_BOX = 312
_VOLUME_LEFT = 396
_VOLUME = WIDTH - _VOLUME_LEFT - _PAD
_LINE = 18
_GAP = 14
_TITLE = 30
_HEADING = 24
_VOLUME_HEIGHT = 44
_NOTES = 6

_HEADINGS = {
    "init": "init containers, one after the other",
    "container": "containers, together",
    "ephemeral": "ephemeral containers",
}
_BADGES = {"sidecar": "native sidecar", "ephemeral": "ephemeral"}

_UNKNOWN = "not in this pod"
_SHORT = {"persistentVolumeClaim": "claim"}


class _Wire(NamedTuple):
    """The line from a mount to its volume: the height where it begins, and its tooltip."""

    y: int
    volume: str
    state: str
    title: str


def picture(pod: Pod, title: str, ident: str) -> str:
    """The drawing; `title` describes it, `ident` is the id of its title, unique on the page."""
    parts: list[str] = []
    wires: list[_Wire] = []
    y = 10
    if pod.notes:
        rows = list(_rows(pod.notes, _PAD + 4, y + 14, 74))
        parts += rows
        y += _LINE * len(rows) + 8
    lane: list[int] = []
    heading = ""
    first_y = y
    for number, container in enumerate(pod.containers, 1):
        part = "init" if container.kind == "sidecar" else container.kind
        if part != heading:
            heading = part
            parts.append(_words(_LEFT, y + 14, _HEADINGS[part], "heading"))
            y += _HEADING
        elif part == "init":
            parts.append(_arrow(y))
        height, drawn, mounted = _container(container, y)
        parts += drawn
        wires += mounted
        if part == "init":
            parts.append(_step(number, y + 16))
        if container.kind == "sidecar":
            lane.append(y + 30)
        y += height + _GAP
    below, tops = _placed(pod.volumes, wires, first_y + _HEADING)
    parts = [_wire(wire, tops[wire.volume]) for wire in wires if wire.volume in tops] + parts
    if pod.volumes:
        parts.append(_words(_VOLUME_LEFT, first_y + 14, "volumes", "heading"))
    parts += [_volume(volume, tops[volume.name]) for volume in pod.volumes]
    parts += [_life(start, y - _GAP, i) for i, start in enumerate(lane)]
    height = max(y, below) + 2
    frame = f'<rect class="pod" x="1" y="1" width="{WIDTH - 2}" height="{height - 2}" rx="12"/>'
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{ident}">'
        f'<title id="{ident}">{text(title)}</title>{frame}{"".join(parts)}</svg>'
    )


def _words(x: float, y: float, words: str, style: str, end: str = "") -> str:
    anchor = ' text-anchor="end"' if end else ""
    return f'<text class="{style}" x="{x}" y="{y}"{anchor}>{text(words)}</text>'


def _cut(words: str, room: int) -> str:
    """The text, shortened in the middle if it is too long: names differ mostly at their ends."""
    words = words.replace("\n", " ")
    if len(words) <= room:
        return words
    head = (room - 1) // 3
    return f"{words[:head]}…{words[len(words) - (room - 1 - head) :]}"


# Containers


def _container(container: Container, y: int) -> tuple[int, list[str], list[_Wire]]:
    """The box of a container at a height: its own height, its parts, the lines of its mounts."""
    x, right = _LEFT + 14, _LEFT + _BOX - 10
    badge = " · ".join(filter(None, (_BADGES.get(container.kind), WORDS[container.state])))
    room = (_BOX - 32 - 7 * len(badge)) // 8
    parts = [_words(x, y + 20, _cut(container.name or "(no name)", room), "name")]
    if badge:
        parts.append(_words(right, y + 20, badge, f"badge {container.state}", "end"))
    at = y + 38
    if container.image:
        sign = f"{SIGNS[container.image_state]} " if container.image_state else ""
        image = _cut(container.image, 39 - len(sign))
        parts.append(_words(x, at, f"{sign}{image}", f"image {container.image_state}"))
        at += _LINE
    rows = list(_rows(container.notes, x, at, 40))
    parts += rows
    at += _LINE * len(rows)
    wires = []
    for mount in container.mounts:
        words = f"{SIGNS[mount.state]} {mount.path}" if mount.state else mount.path
        parts.append(_words(x, at, _cut(words, 39), f"path {mount.state}"))
        title = f"{mount.path} has volume {mount.volume}"
        title += f" ({mount.detail})" if mount.detail else ""
        wires.append(_Wire(at - 4, mount.volume, mount.state, f"{container.name}: {title}"))
        at += _LINE
    height = at - y - 6
    rules = f", by {', '.join(container.rules)}" if container.rules else ""
    hint = f"{container.name}: {WORDS[container.state]}{rules}\n{container.image}"
    box = (
        f'<g class="box {container.kind} {container.state}"><title>{text(hint)}</title>'
        f'<rect x="{_LEFT}" y="{y}" width="{_BOX}" height="{height}" rx="8"/>{"".join(parts)}</g>'
    )
    return height, [box], wires


def _rows(notes: Sequence[Note], x: int, y: int, room: int) -> Iterator[str]:
    """Fields that differ, one a line; of many only the first, and the number of the others."""
    shown = notes if len(notes) <= _NOTES else notes[: _NOTES - 1]
    for i, note in enumerate(shown):
        words = _cut(f"{SIGNS[note.state]} {note.path}", room)
        yield _words(x, y + i * _LINE, words, f"note {note.state}")
    if len(shown) < len(notes):
        more = f"… and {len(notes) - len(shown)} fields more"
        yield _words(x, y + len(shown) * _LINE, more, "note")


def _step(number: int, y: int) -> str:
    """The number of an init container, next to its box."""
    x = _PAD + 5
    return (
        f'<circle class="step" cx="{x}" cy="{y}" r="9"/>'
        f'<text class="step" x="{x}" y="{y + 4}" text-anchor="middle">{number}</text>'
    )


def _arrow(y: int) -> str:
    """The arrow from one init container to the next."""
    x = _LEFT + _BOX // 2
    top, end = y - _GAP + 2, y - 3
    return (
        f'<path class="then" d="M{x} {top}V{end}M{x - 4} {end - 4}L{x} {end}L{x + 4} {end - 4}"/>'
    )


def _life(start: int, end: int, lane: int) -> str:
    """The line for the time a native sidecar runs: from its start to the end of the containers."""
    x = _PAD + 5 - 3 * (lane % 3)
    return f'<path class="life" d="M{x} {start}V{end}"><title>runs on</title></path>'


# Volumes


def _placed(
    volumes: Sequence[Volume], wires: Sequence[_Wire], top: int
) -> tuple[int, dict[str, int]]:
    """Puts volumes near their mounts. Returns where the last one ends, and the top of each."""
    ends: dict[str, list[int]] = {volume.name: [] for volume in volumes}
    for wire in wires:
        ends[wire.volume].append(wire.y)
    middles = {name: sum(found) / len(found) for name, found in ends.items() if found}
    # Volumes without mounts are last; sorting keeps the order of those at the same height.
    names = sorted(ends, key=lambda name: middles.get(name, 1e9))
    lowest = max((wire.y for wire in wires), default=top)
    tops: dict[str, int] = {}
    free = top
    left = (_VOLUME_HEIGHT + 8) * len(names)
    for name in names:
        wanted = round(middles.get(name, 0)) - _VOLUME_HEIGHT // 2
        # Not so low that the following ones do not fit into the pod.
        latest = max(free, lowest + _VOLUME_HEIGHT // 2 - left + 8)
        tops[name] = max(free, min(wanted, latest))
        free = tops[name] + _VOLUME_HEIGHT + 8
        left -= _VOLUME_HEIGHT + 8
    return free + _PAD - 8, tops


def _volume(volume: Volume, y: int) -> str:
    """A volume's box."""
    style = volume.state if volume.type else "unknown"
    x = _VOLUME_LEFT
    word = WORDS[volume.state]
    kind = volume.type or _UNKNOWN
    rules = f", by {', '.join(volume.rules)}" if volume.rules else ""
    second = _type(kind, 21 - len(word) if word else 22)
    badge = _words(x + _VOLUME - 8, y + 35, word, f"badge {volume.state}", "end") if word else ""
    return (
        f'<g class="volume {style}"><title>{text(f"{volume.name}: {kind} {word}{rules}")}</title>'
        f'<rect x="{x}" y="{y}" width="{_VOLUME}" height="{_VOLUME_HEIGHT}" rx="8"/>'
        f"{_words(x + 10, y + 18, _cut(volume.name, 20), 'name')}"
        f"{_words(x + 10, y + 35, second, 'type')}{badge}</g>"
    )


def _type(kind: str, room: int) -> str:
    """The source of a volume, shortened to fit: its type, and both ends of the name."""
    if kind == _UNKNOWN:
        return kind
    what, _, name = kind.partition(" ")
    short = _SHORT.get(what, what)
    left = room - len(short) - 1
    return _cut(f"{short} {_cut(name, left)}" if name and left > 5 else short, room)


def _wire(wire: _Wire, top: int) -> str:
    """The line from a mount to its volume."""
    start, end, y = _LEFT + _BOX, _VOLUME_LEFT, top + _VOLUME_HEIGHT // 2
    return (
        f'<g class="wire {wire.state}"><title>{text(wire.title)}</title>'
        f'<path d="M{start} {wire.y}C{start + 24} {wire.y} {end - 24} {y} {end} {y}"/>'
        f'<circle cx="{start}" cy="{wire.y}" r="3.5"/><circle cx="{end}" cy="{y}" r="3.5"/></g>'
    )
