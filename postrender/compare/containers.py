"""Which container of an object goes on under another name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postrender.compare.likeness import repository
from postrender.data import get
from postrender.kubernetes.objects import containers, pod_places

if TYPE_CHECKING:
    from postrender.data import Object
    from postrender.kubernetes.objects import Workloads

    # Container by its name: the list it is in, and itself.
    Named = dict[str, tuple[str, Object]]


def named(obj: Object, workloads: Workloads | None = None) -> Named:
    """The containers of an object's pods by their names."""
    return {
        str(container.get("name")): (str(path[0]), container)
        for place in pod_places(obj, workloads or {})
        for path, container in containers(get(obj, place.spec))
    }


def other_names(old: Object, new: Object) -> dict[str, str]:
    """
    Containers that have another name now: the old names with the new ones. They are in the same
    list and have the same image, or else each is the only one that went and came.
    """
    olds, news = named(old), named(new)
    gone = {name: one for name, one in olds.items() if name not in news}
    come = {name: one for name, one in news.items() if name not in olds}
    found: dict[str, str] = {}
    for name, (field, container) in gone.items():
        image = _image(container)
        alike = [
            other
            for other, (place, candidate) in come.items()
            if place == field and image and _image(candidate) == image
        ]
        if alike:
            found[name] = alike[0]
            come.pop(alike[0])
    left = [name for name in gone if name not in found]
    for field in {field for field, _ in gone.values()}:
        some = [name for name in left if gone[name][0] == field]
        others = [name for name, (place, _) in come.items() if place == field]
        count = sum(place == field for place, _ in olds.values())
        if len(some) == len(others) == count == 1:
            found[some[0]] = others[0]
    return found


def _image(container: Object) -> str:
    image = container.get("image")
    return repository(image) if isinstance(image, str) and image.strip() else ""
