"""Generated ConfigMaps in the stream. Loaded for rules that generate files."""

from __future__ import annotations

from postrender.data import get, same
from postrender.kubernetes.objects import text_of, texts_of
from postrender.verbs.generated_names import MARK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Object, Path
    from postrender.stream.manifest import Home, Manifest
    from postrender.stream.manifests import Manifests
    from postrender.verbs.context import Context

    # A document and the path in it, the object there before and after (None: there is none).
    Put = tuple[tuple[Home, Path], Object | None, Object | None]


def put_config_map(
    home: Home, obj: Object, context: Context, manifests: Manifests
) -> Iterator[Put]:
    """
    Puts the ConfigMap that an object in `home` needs into the stream, before the object, unless it
    is there already. Of the ConfigMaps that the object had from earlier runs and does not use any
    more, the first becomes the new one, the others go. Yields what was changed.

    Raises VerbError where the chart has a ConfigMap of that name.
    """
    wanted = context.config_map
    name = text_of(wanted or {}, "name")
    outdated = list(_outdated(obj, name, context, manifests))
    if wanted is not None:
        found = manifests.find(wanted)
        if found is None and outdated:
            found = outdated.pop(0)
        if found is None:
            added = manifests.add_before(home, wanted, home.source, is_generated=True)
            yield (added, ()), None, wanted
        else:
            manifest, path = found
            old = get(manifest.data, path)
            if MARK not in texts_of(old, "annotations"):
                context.fail(f"the chart has a ConfigMap {name} of its own", "rename the rule")
            new = _renewed(old, wanted)
            if not same(old, new):
                manifests.put(manifest, path, new)
                yield found, old, new
    for manifest, path in outdated:
        old = get(manifest.data, path)
        manifests.put(manifest, path, None)
        yield (manifest, path), old, None


def _outdated(
    obj: Object, name: str, context: Context, manifests: Manifests
) -> Iterator[tuple[Manifest, Path]]:
    """The ConfigMaps of earlier runs that the object used, without the one of this name."""
    for other in sorted(context.outdated - {name}):
        metadata = {"name": other, "namespace": text_of(obj, "namespace")}
        found = manifests.find({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
        if found is not None:
            manifest, path = found
            marked = texts_of(get(manifest.data, path), "annotations").get(MARK)
            if marked == context.rule.name:
                yield found


def _renewed(old: Object, wanted: Object) -> Object:
    """A ConfigMap of an earlier run with the name, annotations and texts that it must have now."""
    known, needed = old["metadata"], wanted["metadata"]
    annotations = {**known["annotations"], **needed["annotations"]}
    return {
        **old,
        "metadata": {**known, "name": needed["name"], "annotations": annotations},
        "data": wanted["data"],
        "immutable": True,
    }
