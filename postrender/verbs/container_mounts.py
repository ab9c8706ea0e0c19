"""
What a container in a rule mounts at its paths: `mounts`, `volumeMounts` and `files`.
"""

from __future__ import annotations

from postrender.data import same
from postrender.kubernetes.directives import DEFAULT
from postrender.kubernetes.strategicmerge import plain
from postrender.rules.content import read_field
from postrender.rules.directives import defaults_of, entries_of, is_whole
from postrender.verbs.generated_names import is_ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker
    from postrender.verbs.context import Context

_REPLACE: Object = {"$patch": "replace"}
_MOUNT = ("volume", "subPath", "subPathExpr", "readOnly", "recursiveReadOnly", "mountPropagation")


def read_mounts(check: Checker, value: Data, path: Path) -> list[Object]:
    """
    The rule's `mounts` as volumeMounts; a null takes the mount, or a field of it, away. The entry
    `$patch: replace` stands for all that there are. One with `$default` is for a free path.
    """
    value = {} if value is None else check.mapping(value, path, "{/path: volume}")
    mounts: list[Object] = [_REPLACE] if is_whole(check, value, path) else []
    mounts += _read_entries(check, value, path)
    defaults = _read_entries(check, defaults_of(check, value, path), (*path, DEFAULT))
    return [*mounts, *({**mount, DEFAULT: True} for mount in defaults)]


def _read_entries(check: Checker, value: Object, path: Path) -> list[Object]:
    mounts: list[Object] = []
    for mount_path, item, place in entries_of(check, value, path):
        if not mount_path.startswith("/"):
            advice = 'begin it with "/"'
            if isinstance(item, str) and item.startswith("/"):
                advice = f"the path comes first: {{{item}: {mount_path}}}"
            check.add(place, f'"{mount_path}" is not an absolute path', advice)
        if item is None:
            mounts.append({"name": None, "mountPath": mount_path})
        elif isinstance(item, dict):
            check.known(item, place, _MOUNT)
            if item.get("volume") is None:
                check.add(place, "it does not say which volume", "add volume: NAME", value=True)
            mount: Object = {"name": "", "mountPath": mount_path}
            for key, part in item.items():
                if part is None:  # takes the field away
                    mount |= {} if key == "volume" else {key: None}
                elif key == "volume":
                    mount["name"] = check.text(part, (*place, key))
                elif key in _MOUNT:
                    mount[key] = read_field(check, part, (*place, key), "VolumeMount", key)
            mounts.append(mount)
        else:
            mounts.append({"name": check.text(item, place), "mountPath": mount_path})
    return mounts


def check_places(check: Checker, value: Object, path: Path) -> None:
    """A path in a container shows one thing: volumeMounts, mounts and files name it but once."""
    short = value.get("mounts")
    if isinstance(short, dict) and short.get("$patch") and value.get("volumeMounts") is not None:
        check.add((*path, "mounts", "$patch"), "volumeMounts is set too", "keep one of the two")
    known: dict[str, str] = {}
    for form in ("volumeMounts", "mounts", "files"):
        for mount_path, place in _places(value.get(form), (*path, form)):
            shown = mount_path.rstrip("/")
            if shown in known:
                check.add(
                    place, f"{known[shown]} has {shown or '/'} already", "keep one of the two"
                )
            known.setdefault(shown, form)


def _places(value: Data, path: Path) -> Iterator[tuple[str, Path]]:
    """The paths of a container that a rule puts something at, and where it says so."""
    if isinstance(value, list):
        for i, item in enumerate(value):
            if isinstance(item, dict) and "$patch" not in item and item.get("mountPath"):
                yield str(item["mountPath"]), (*path, i)
    elif isinstance(value, dict):
        for mount_path, item in value.items():
            if item is not None and mount_path[:1] != "$":
                yield mount_path, (*path, mount_path)


def with_mounts(
    container: Object, mounts: list[Object], context: Context, place_in_rule: Path = ()
) -> Object:
    """
    The container with volumeMounts, keyed by path: a mount of another volume at a path takes its
    place. `place_in_rule` is where a rule has them as `mounts` of a container.
    """
    old = container.get("volumeMounts") or []
    is_whole = mounts[:1] == [_REPLACE]
    new = [] if is_whole else list(old)
    for mount in mounts[1:] if is_whole else mounts:
        places = [i for i, known in enumerate(new) if _place_of(known) == _place_of(mount)]
        place = places[-1] if places else None  # of /web and /web/ the last is seen
        if DEFAULT in mount:
            mount = {key: value for key, value in mount.items() if key != DEFAULT}
            new += [] if places else [plain(mount)]
            continue
        _seek(mount, None if place is None else new[place], new, context, place_in_rule)
        if mount.get("name") is None:
            new = [known for i, known in enumerate(new) if i not in places]
        elif place is None:
            new.append(plain(mount))
        elif new[place].get("name") == mount["name"]:
            merged = {**new[place], **mount, "mountPath": new[place]["mountPath"]}
            gone = {key for key, value in mount.items() if value is None}
            new[place] = {key: value for key, value in merged.items() if key not in gone}
        else:
            context.warn(
                f"container {container.get('name')}: {mount['mountPath']} now shows volume "
                f"{mount['name']} instead of {new[place].get('name')}",
                id="mount-replaced",
            )
            new[place] = plain(mount)
    if is_whole:  # but for what rules mount of what they generate: scripts start from there
        new += [one for one in old if is_ours(str(one.get("name"))) and one not in new]
    if same(old, new):
        return container
    if not new:
        return {key: value for key, value in container.items() if key != "volumeMounts"}
    return {**container, "volumeMounts": new}


def _seek(
    mount: Object, old: Object | None, known: list[Object], context: Context, place: Path
) -> None:
    """Notes what a mount of a rule takes away of the old one at its path: all, or some fields."""
    path = (*place, "mounts", mount["mountPath"])
    if mount.get("name") is None:
        there = [str(other.get("mountPath")) for other in known]
        context.seek(path, there, is_found=old is not None, is_entry=True)
        return
    fields: Object = old if old is not None and old.get("name") == mount["name"] else {}
    for key, value in mount.items():
        if value is None:
            context.seek((*path, key), fields, is_found=key in fields)


def _place_of(mount: Object) -> str:
    """Where a mount shows its volume: /web/ is /web, though Kubernetes compares them as texts."""
    return str(mount.get("mountPath", "")).rstrip("/")
