"""`kmod-post inspect --images`: the images that a stream names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.commands.tree import Tree, drawn
from postrender.engine.inputs import read_inputs, take_rules
from postrender.errors import in_line
from postrender.reports.imagelist import image_list, left_list
from postrender.reports.references import name_of
from postrender.stream.text import Stream

if TYPE_CHECKING:
    from postrender.commands.console import Screen
    from postrender.data import Object
    from postrender.engine.inputs import Given

_HIDDEN = "(not shown)"


def listed(data: bytes, given: Given, *, has_rules: bool) -> Object:
    """The images in a stream; with rules, what they leave behind. Raises KmodError."""
    if has_rules:
        return left_list(read_inputs(data, given))
    stream = Stream(data)
    take_rules(stream)
    return image_list(stream)


def image_text(listing: Object, screen: Screen) -> str:
    """The images as a tree for each registry, with the places of each image below it."""
    registries: dict[str, Tree] = {}
    nodes: dict[tuple[str, str], Tree] = {}
    images = listing["images"]
    for entry in images:
        registry, image = entry["registry"] or _HIDDEN, entry["image"] or _HIDDEN
        if registry not in registries:
            registries[registry] = Tree([(in_line(registry), "heading")], [])
        if (registry, image) not in nodes:
            nodes[registry, image] = registries[registry].add([(in_line(image), "")])
        place = [(f"{in_line(name_of(entry['object']))} {in_line(entry['path'])}", "place")]
        if entry.get("leftBy"):
            place.append((f"  left by {', '.join(entry['leftBy'])}", "warning"))
        nodes[registry, image].add(place)
    left = sum(bool(entry.get("leftBy")) for entry in images)
    summary = f"images: {len(nodes)}, places: {len(images)}"
    if any("leftBy" in entry for entry in images):
        summary += f", left behind: {left}"
    trees = [tree for _, tree in sorted(registries.items())]
    return drawn(trees, summary if images else "no images", screen)
