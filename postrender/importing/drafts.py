"""
A step as rules, in several ways: the most readable first, the most literal last.

With a render, the objects tell names and what is there already; without one, a patch says less,
and what needs an index stays an operation.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from postrender.data import get, same
from postrender.importing import matching, patches, pointers, reference, strategic, wishes
from postrender.importing.idle import idle_images
from postrender.importing.lifting import POD_VERBS, Pods, known_names, lifted, without_positions
from postrender.importing.matching import NoMatch
from postrender.importing.model import (
    Draft,
    Generated,
    Images,
    Namespace,
    Operations,
    Pairs,
    Replacement,
    Replicas,
    Resources,
    Strategic,
    Target,
)
from postrender.importing.pointers import PatchError
from postrender.importing.selecting import FORMER
from postrender.importing.shapes import below, keys_of, pod_patterns, root_of
from postrender.importing.wishes import NoWish
from postrender.kubernetes.directives import key_of as key_in_patch
from postrender.kubernetes.objects import is_hook, mappings, pod_places, text_of
from postrender.kubernetes.types import versions_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from postrender.data import Data, Object
    from postrender.importing.model import Step, Way

# What the file says of a rule that has found nothing.
_NOT_PROVED = (
    "Not proved: nothing in the render matches it, so it fails there.",
    "Delete it, or write expect: any.",
)
_NO_IMAGE = (
    "Not proved: the render does not have its images, so it fails there.",
    "Delete it, or write accept: [finds-nothing].",
)
# Kinds whose pods kustomize labels (reference._TEMPLATES).
_LABELLED = [
    *("CronJob", "DaemonSet", "Deployment", "Job"),
    *("ReplicaSet", "ReplicationController", "StatefulSet"),
]


def ways(step: Step, objects: list[Object] | None) -> Iterator[Way]:
    """The ways to write a step; `objects` are those of the render, before it. Raises PatchError."""
    change = step.change
    if isinstance(change, Strategic | Operations):
        if objects is None:
            yield from _blind(change)
        else:
            yield from _seeing(change, objects)
    elif isinstance(change, Pairs):
        yield from _pairs(change, step, objects)
    elif isinstance(change, Namespace):
        yield from _namespace(change, step, objects)
    elif isinstance(change, Images):
        yield from _images(change, step, objects)
    elif isinstance(change, Replicas):
        yield [Draft("", _replicas(change, objects))]
    elif isinstance(change, Generated) and change.behavior != "create":
        yield [Draft("", _generated(change))]
    elif isinstance(change, Replacement) and objects is not None:
        comments = (f"On import, {copy_of(change)}; change it here when it changes there.",)
        for way in by_difference(objects, reference.done(step, objects)):
            yield [draft._replace(comments=comments) for draft in way]


# With a render.


def _seeing(change: Strategic | Operations, objects: list[Object]) -> Iterator[Way]:
    hits = [objects[i] for i in reference.hits(change, objects)]
    if hits and isinstance(change, Strategic) and change.patch.get("$patch") == "delete":
        match = matching.of_hits(change.target, hits, objects)
        yield [Draft("", {"match": match, "expect": "any", "remove": True})]
        return
    if not hits:
        try:
            way = next(_blind(change))
        except PatchError as error:
            raise PatchError(str(error)) from None  # its advice is to give a render
        yield [one._replace(comments=(*_NOT_PROVED, *one.comments), is_proved=False) for one in way]
        return
    is_first = isinstance(change, Strategic)
    yield from _by_wishes(
        change.target, hits, objects, lambda obj: _wish(change, obj), comes_first=is_first
    )
    yield from _by_wishes(change.target, hits, objects, lambda obj: _difference(change, obj))
    yield from _by_wishes(change.target, hits, objects, lambda obj: _whole(change, obj))
    if isinstance(change, Operations):
        match = matching.of_hits(change.target, hits, objects)
        yield [
            Draft("", {"match": match, **_expected(match, hits), "jsonPatch": change.operations})
        ]


def _wish(change: Strategic | Operations, obj: Object) -> Object:
    if isinstance(change, Strategic):
        return patches.of_patch(reference.own_patch(change), obj)
    return wishes.of_operations(obj, change.operations)


def _after(change: Strategic | Operations, obj: Object) -> Object:
    if isinstance(change, Strategic):
        return strategic.merged(obj, reference.own_patch(change)) or {}
    after: Object = pointers.applied(obj, change.operations)
    return after


def _difference(change: Strategic | Operations, obj: Object) -> Object:
    return wishes.of_difference(obj, _after(change, obj))


def _whole(change: Strategic | Operations, obj: Object) -> Object:
    return wishes.with_whole_lists(_difference(change, obj), _after(change, obj))


def _by_wishes(
    target: Target | None,
    hits: Sequence[Object],
    objects: list[Object],
    wish_of: Callable[[Object], Object],
    *,
    comes_first: bool = False,
) -> Iterator[Way]:
    """Two ways: with the verbs that say it best, and with `merge` alone."""
    try:
        found = [(obj, wish_of(obj)) for obj in hits]
    except NoWish:
        return
    found = [(obj, wish) for obj, wish in found if wish]
    bodies = [
        (obj, lifted(wish, pods_of(obj, [obj], comes_first=comes_first))) for obj, wish in found
    ]
    shared = _shared(bodies)
    ordered = [
        (obj, _in_order(body, obj, wish))
        for (obj, body), (_, wish) in zip(bodies, found, strict=True)
    ]
    for group in (shared, bodies, ordered if comes_first else []):
        way = _rules(target, group, objects)
        if way:
            yield way
    merges = [(obj, {"merge": without_positions(wish)}) for obj, wish in found]
    way = _rules(target, merges, objects)
    if way:
        yield way


def _in_order(body: Object, obj: Object, wish: Object) -> Object:
    """The body with the containers in kustomize's order: first those that the patch names."""
    pods = pods_of(obj, [obj])
    if pods.spec is None:
        return body
    pod = dict(body.get("pod", {}))
    for field in ("containers", "initContainers"):
        named = [
            one.get("name")
            for one in get(wish, (*pods.spec, field)) or ()
            if isinstance(one, dict) and "$patch" not in one
        ]
        there = [str(one.get("name")) for one in mappings(get(obj, (*pods.spec, field)))]
        gone = [
            one.get("name")
            for one in get(wish, (*pods.spec, field)) or ()
            if isinstance(one, dict) and "$patch" in one
        ]
        order = [*named, *(name for name in there if name not in (*named, *gone))]
        if [name for name in order if name in there] != [
            name for name in there if name not in gone
        ]:
            pod[f"$setElementOrder/{field}"] = [{"name": name} for name in order]
    return {**body, "pod": pod} if pod else body


def _shared(bodies: list[tuple[Object, Object]]) -> list[tuple[Object, Object]]:
    """
    The bodies with a glob in place of the container's name, where they differ in nothing else and
    each pod has one container; none where that does not help.
    """
    if len(bodies) < 2 or all(same(body, bodies[0][1]) for _, body in bodies):
        return []
    found = []
    for obj, body in bodies:
        own = body.get("containers")
        pods = pods_of(obj, [obj])
        if not isinstance(own, dict) or len(own) != 1 or pods.some is None:
            return []
        if len(pods.some["containers"]) != 1:
            return []
        (fields,) = own.values()
        if set(own) != set(map(wishes.as_glob, pods.some["containers"])):
            return []
        found.append((obj, {**body, "containers": {"*": {"init": "exclude", **fields}}}))
    return found if all(same(body, found[0][1]) for _, body in found) else []


def _rules(
    target: Target | None, bodies: list[tuple[Object, Object]], objects: list[Object]
) -> Way:
    """One rule for all objects with equal bodies; none where no match tells them apart."""
    groups: list[tuple[list[Object], Object]] = []
    for obj, body in bodies:
        known = next((one for one, other in groups if same(other, body)), None)
        if known is None:
            groups.append(([obj], body))
        else:
            known.append(obj)
    way = []
    for members, body in groups:
        try:
            if target is not None and len(groups) == 1:
                match = matching.of_hits(target, members, objects)
            else:
                match = matching.of_objects(members, objects)
        except NoMatch:
            return []
        match = _for_pods(match, body, members, objects)
        way.append(Draft("", {"match": match, **_expected(match, members), **body}))
    return way


def _for_pods(
    match: Object, body: Object, members: Sequence[Object], objects: list[Object]
) -> Object:
    """The match without `kind: "*"`, where the verbs are for pods anyway."""
    if match.get("kind") != "*" or not set(body) <= set(POD_VERBS):
        return match
    shorter = {key: value for key, value in match.items() if key not in ("kind", "hooks")}
    return matching.fitted(shorter, members, objects) or match


def pods_of(obj: Object, members: Sequence[Object], *, comes_first: bool = False) -> Pods:
    """Where an object's kind keeps its pod, and the containers that objects of that kind have."""
    places = pod_patterns(obj)
    kind = text_of(obj, "kind")
    if len(places) != 1 or not pod_places(obj, {}):
        return Pods(None, None, None, None, comes_first, kind)
    spec, template = places[0]
    return Pods(spec, template, *known_names(list(members), spec), comes_first, kind)


def by_difference(before: list[Object], after: list[Object]) -> Iterator[Way]:
    """The ways to make some objects of others, in the same order."""
    pairs = {id(one): other for one, other in zip(before, after, strict=False)}
    changed = [obj for obj in before if not same(obj, pairs[id(obj)])]
    yield from _by_wishes(
        None, changed, before, lambda obj: wishes.of_difference(obj, pairs[id(obj)])
    )


def _expected(match: Object, members: Sequence[Object]) -> Object:
    """`expect` where the match names its objects; otherwise the default holds, one or more."""
    names = match.get("name")
    listed = names if isinstance(names, list) else [names]
    is_exact = all(isinstance(name, str) and not set("*?[") & set(name) for name in listed)
    return {"expect": len(members)} if is_exact and names else {}


# Without a render.


def _blind(change: Strategic | Operations) -> Iterator[Way]:
    """The one way that a patch alone tells. Raises PatchError."""
    target = change.target
    try:
        match = matching.of_target(target)
    except NoMatch as error:
        raise PatchError(f'the expression "{error}" cannot be a glob', "give --render") from None
    except ValueError as error:
        raise PatchError(f'"{error}" cannot be read') from None
    obj = _stand_in(change)
    expect = {"expect": 1} if target.is_exact else {}
    if isinstance(change, Strategic):
        if change.patch.get("$patch") == "delete":
            yield [Draft("", {"match": match, "expect": "any", "remove": True})]
            return
        wish = patches.of_patch(reference.own_patch(change), obj)
        body = _lifted_blind(wish, obj, comes_first=True)
        yield [Draft("", {"match": match, **expect, **body})]
        return
    try:
        wish = _blind_wish(change.operations, obj)
    except NoWish as error:
        comment = f"{error}; import with a render that it matches to get names."
        yield [Draft("", {"match": match, **expect, "jsonPatch": change.operations}, (comment,))]
        return
    yield [Draft("", {"match": match, **expect, **_lifted_blind(wish, obj)})]


def _lifted_blind(wish: Object, obj: Object, *, comes_first: bool = False) -> Object:
    places = pod_patterns(obj)
    spec, template = places[0] if len(places) == 1 else (None, None)
    return lifted(wish, Pods(spec, template, None, None, comes_first, text_of(obj, "kind")))


def _stand_in(change: Strategic | Operations) -> Object:
    """An object of the kind that a patch is for, as far as it tells."""
    target = change.target
    kind = target.kind.partition("|")[0].strip("^$()")
    version = f"{target.group}/{target.version}".strip("/") if target.version else ""
    if isinstance(change, Strategic) and not target.kind:
        kind = text_of(change.patch, "kind")
        version = text_of(change.patch, "apiVersion")
    if version not in versions_of(kind):
        known = [one for one in versions_of(kind) if target.group in ("", one.partition("/")[0])]
        version = known[0] if known else version
    return {"apiVersion": version, "kind": kind}


def _blind_wish(operations: list[Object], obj: Object) -> Object:
    """What operations want of any object. Raises NoWish for those with an index."""
    wish: Object = {}
    for operation in operations:
        name, path = str(operation.get("op")), str(operation.get("path", ""))
        parts = pointers.parts_of(path)
        if name not in ("add", "replace", "remove") or not parts:
            raise NoWish(f"{name} is for what is there")
        inner, last = parts[:-1], parts[-1]
        if any(part.isdigit() or part == "-" for part in inner) or last.isdigit():
            raise NoWish(f"{path} counts the entries of a list")
        if last == "-":
            one: Data = {"$add": [wishes.as_patch(operation.get("value"))]}
        else:
            value = (
                None if name == "remove" else _blind_value(operation.get("value"), inner, last, obj)
            )
            one = {key_in_patch(last): value}
        for i in reversed(range(len(inner))):
            one = {key_in_patch(inner[i]): one}
        wish = wishes.combined(wish, one, root_of(obj), obj, ())
    return wish


def _blind_value(value: Data, inner: list[str], name: str, obj: Object) -> Data:
    plain = wishes.as_patch(deepcopy(value))
    if isinstance(value, dict) and value:
        return {"$patch": "replace", **plain}
    if isinstance(value, list):
        shape = root_of(obj)
        for i, part in enumerate(inner):
            shape = wishes.shape_at(
                below(wishes.shape_at(shape, obj, tuple(inner[:i])), part),
                obj,
                tuple(inner[: i + 1]),
            )
        return [{"$patch": "replace"}, *plain] if keys_of(shape, name) else plain
    return plain


# Other steps.


def _all(objects: list[Object] | None) -> Object:
    """The match of every object."""
    has_hooks = objects is None or any(map(is_hook, objects))
    return {"kind": "*", **({"hooks": "include"} if has_hooks else {})}


def _every(objects: list[Object] | None, verbs: Object) -> Draft:
    """A rule for every object, which may find none where the render has none."""
    expect = {"expect": "any"} if objects == [] else {}
    return Draft("", {"match": _all(objects), **expect, **verbs})


def _namespace(change: Namespace, step: Step, objects: list[Object] | None) -> Iterator[Way]:
    own = _every(objects, {"namespace": change.name})
    yield [own]
    if objects is None:
        return
    after = reference.done(step, objects)
    moved = ("metadata", FORMER)
    between = [
        {**old, **{key: new[key] for key in moved if key in new}}
        for old, new in zip(objects, after, strict=True)
    ]
    for way in by_difference(between, after):
        yield [own, *way]


def _pairs(change: Pairs, step: Step, objects: list[Object] | None) -> Iterator[Way]:
    match = _all(objects)
    own = _every(objects, {change.field: change.pairs})
    verb = "podLabels" if change.field == "labels" else "podAnnotations"
    if not change.in_templates and not change.in_selectors:
        yield [own]
        return
    if not change.in_selectors:
        there = {text_of(obj, "kind") for obj in objects or ()}
        kinds = [kind for kind in _LABELLED if objects is None or kind in there]
        pods = Draft("", {"match": {**match, "kind": kinds}, "expect": "any", verb: change.pairs})
        if objects is not None and kinds:
            pods = Draft(
                "",
                {
                    "match": {**match, "kind": kinds[0] if len(kinds) == 1 else kinds},
                    verb: change.pairs,
                },
            )
        yield [own, pods] if kinds else [own]
    if objects is None:
        if change.in_selectors:
            raise PatchError("only a render tells which selectors it changes", "give --render")
        return
    plain = step._replace(change=change._replace(in_templates=False, in_selectors=False))
    between, after = reference.done(plain, objects), reference.done(step, objects)
    if same(between, after):
        yield [own]
    for way in by_difference(between, after):
        yield [own, *way]


def _images(change: Images, step: Step, objects: list[Object] | None) -> Iterator[Way]:
    hooks = objects is None or any(is_hook(obj) and pod_places(obj, {}) for obj in objects)
    match: Object = {"hooks": "include"} if hooks else {}
    unused = [] if objects is None else idle_images(change, objects)
    used = [entry for entry in change.entries if entry not in unused]
    entries = _entries(used)
    lead: list[Way] = []
    if len(entries) == len(used):
        lead.append([Draft("", {"match": match, "images": entries})] if used else [])
    elif objects is None:
        raise PatchError("tagSuffix needs the tag that is there", "give --render")
    if objects is not None and used:
        lead += by_difference(objects, reference.done(step, objects))
    for tail in (_unused_images(unused, match), []):
        for way in lead:
            yield [*way, *tail]


def _entries(given: list[Object]) -> Object:
    """Entries of `images` as the verb takes them, those that it can take."""
    entries = {}
    for entry in given:
        found = {key: entry[key] for key in ("newName", "newTag", "digest") if entry.get(key)}
        if found.get("digest") and found.get("newTag"):
            del found["newTag"]
        if found and "tagSuffix" not in entry:
            entries[entry["name"]] = found
    return entries


def _unused_images(unused: list[Object], match: Object) -> Way:
    """
    A rule for the entries whose image is not there. It may still find one, that the render writes
    in another way than kustomize knows.
    """
    entries = _entries(unused)
    if not entries:
        return []
    return [Draft("", {"match": match, "images": entries}, _NO_IMAGE, is_proved=False)]


def _replicas(change: Replicas, objects: list[Object] | None) -> Object:
    kinds = [
        text_of(obj, "kind")
        for obj in objects or ()
        if text_of(obj, "name") == change.name and text_of(obj, "kind") in reference.SCALED
    ]
    known: Data = (
        kinds[0] if len(kinds) == 1 else list(dict.fromkeys(kinds)) or ["Deployment", "StatefulSet"]
    )
    return {
        "match": {"kind": known, "name": wishes.as_glob(change.name)},
        "expect": max(len(kinds), 1),
        "replicas": change.number,
    }


def _generated(change: Generated) -> Object:
    obj = change.object
    match = {"kind": text_of(obj, "kind"), "name": wishes.as_glob(text_of(obj, "name"))}
    lead = {"$patch": "replace"} if change.behavior == "replace" else {}
    data = {field: {**lead, **obj[field]} for field in ("data", "binaryData") if obj.get(field)}
    return {"match": match, "expect": 1, "merge": data}


def copy_of(change: Replacement) -> str:
    """Says what a rule copies: `the value was copied from data.x of ConfigMap settings`."""
    names = (change.source.get(key) for key in ("kind", "namespace", "name"))
    path = change.source.get("fieldPath") or "metadata.name"
    return f"the value was copied from {path} of {' '.join(str(name) for name in names if name)}"


def resources_of(step: Step) -> list[Object]:
    """The objects that a step adds."""
    change = step.change
    if isinstance(change, Resources):
        return change.objects
    if isinstance(change, Generated) and change.behavior == "create":
        return [change.object]
    return []
