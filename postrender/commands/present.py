"""
Whether the stream has what an answer names. A flag, a key or a variable that is not there may be
new, or mistyped: so `init` says it, with the nearest name that is there.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

from postrender.commands.mounted import mounted_at
from postrender.commands.prompts import there_are
from postrender.commands.targets import containers_of, words_of
from postrender.data import get
from postrender.errors import message
from postrender.kubernetes.objects import identity, mappings, text_of, texts_of
from postrender.reports.inventory import objects_of, workloads_of
from postrender.yamltext.reader import ReadError, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postrender.commands.known import Known
    from postrender.commands.mounted import Mounted
    from postrender.commands.recipes import Ask, Recipe
    from postrender.data import Data
    from postrender.errors import Message
    from postrender.stream.text import Stream

# How near a name must be: to be offered for one that is surely new, and to doubt one that may come
# from outside of the stream.
_NEAR, _SAME = 0.6, 0.85
# The fields by which pods and Ingresses name objects, as a text, by `name`, or as a list of those.
_NAMING = {
    "Secret": ("secretName", "secretKeyRef", "secretRef", "secret", "imagePullSecrets"),
    "ConfigMap": ("configMapKeyRef", "configMapRef", "configMap"),
    "IngressClass": ("ingressClassName",),
}


class Names(NamedTuple):
    """
    What the stream has where an answer belongs: `word` is the part of the answer that should be one
    of the names, `before` what stands before it; `holder` and `what` are for the sentence that the
    holder does not have it. If `is_all`, every other name is new; otherwise there may be others
    outside of the stream.
    """

    word: str
    names: list[str]
    holder: str
    what: str
    is_all: bool
    before: str = ""


class Answer(NamedTuple):
    """An answer to a question of a recipe, what is known already, and the stream."""

    recipe: Recipe
    ask: Ask
    text: str
    known: Known
    stream: Stream


def remark(answer: Answer) -> Message | None:
    """What to say of an answer that the stream does not have, or has already; None if nothing."""
    option = f"--answer {answer.ask.name}={answer.text}"
    if answer.ask.of in _DOUBTS:
        return _DOUBTS[answer.ask.of](option, answer)
    look = _LOOKS.get(answer.ask.of)
    there = look(answer) if look else None
    if there is None or not there.names or there.word in there.names:
        return None
    cutoff = _NEAR if there.is_all else _SAME
    near = get_close_matches(there.word, there.names, n=1, cutoff=cutoff)
    if not near and not there.is_all:
        return None
    hint = f'did you mean "{there.before}{near[0]}"?' if near else there_are(there.names)
    return message(f"{option}: {there.holder} does not have {there.what}", hint)


def offered(answer: Answer) -> str:
    """What there is to choose from, if it is all that there can be: the flags of a container."""
    look = _LOOKS.get(answer.ask.of)
    there = look(answer) if look else None
    return there_are(there.names) if there and there.is_all and there.names else ""


def _in_use(option: str, answer: Answer) -> Message | None:
    """All containers of a pod share its ports."""
    for name, container in containers_of(answer.known.workload).items():
        if answer.text in _numbers(container.get("ports"), "containerPort"):
            return message(f"{option}: container {name} of the pod uses it", "choose another port")
    return None


def _log_folder(option: str, answer: Answer) -> Message | None:
    """The program must be able to write its log, and the shipper to mount the same."""
    known = answer.known
    there = mounted_at(known.workload, known.target.container, answer.text)
    if there and there.mount.get("subPathExpr"):
        return message(
            f"{option}: {_mount_of(known, there)} with subPathExpr",
            "give the shipper the variables that this needs",
        )
    return _not_writable(option, answer) if there else None


def _not_writable(option: str, answer: Answer) -> Message | None:
    """Nothing can be written where a volume, or the container, is read-only."""
    known = answer.known
    hint = "choose a path that the container can write to"
    there = mounted_at(known.workload, known.target.container, answer.text)
    if there:
        what = f"{_mount_of(known, there)}, where nothing can be written"
        return message(f"{option}: {what}", hint) if there.is_read_only else None
    if get(known.container, ("securityContext", "readOnlyRootFilesystem")) is not True:
        return None
    name = known.target.container
    return message(
        f"{option}: container {name} has readOnlyRootFilesystem and no volume there, "
        "so that nothing can be written",
        hint,
    )


def _mount_of(known: Known, there: Mounted) -> str:
    return (
        f"container {known.target.container} has volume {there.volume} ({there.type}) "
        f"at {there.path}"
    )


def _flags(answer: Answer) -> Names:
    known = answer.known
    words = words_of(known.container)[1]
    names = [*dict.fromkeys(word.partition("=")[0] for word in words if word[:1] == "-")]
    holder = f"container {known.target.container}"
    return Names(answer.text, names, holder, "this flag, so the rule adds it", is_all=True)


def _variables(answer: Answer) -> Names:
    known = answer.known
    names = [str(one.get("name")) for one in mappings(known.container.get("env"))]
    holder = f"container {known.target.container}"
    return Names(answer.text, names, holder, "this variable, so the rule adds it", is_all=False)


def _annotations(answer: Answer) -> Names:
    [(obj, _)] = answer.known.objects.values()
    what = "this annotation, so the rule adds it"
    # Many have the domain in common: it must be near, and what comes after it.
    parts = answer.text.split("/")
    names = [
        name
        for name in texts_of(obj, "annotations")
        if all(
            get_close_matches(one, [other], cutoff=_SAME)
            for one, other in zip(parts, name.split("/"), strict=False)
        )
    ]
    return Names(answer.text, names, identity(obj), what, is_all=False)


def _keys(answer: Answer) -> Names | None:
    """The keys of the Secret or ConfigMap that was asked before, if the stream has it."""
    asks = answer.recipe.asks[: answer.recipe.asks.index(answer.ask)]
    holder = next((ask for ask in reversed(asks) if ask.kind), None)
    if holder is None:
        return None
    name = answer.known.answers.get(holder.name, "")
    names = [
        key
        for subject, _ in objects_of(answer.stream, holder.kind)
        if text_of(subject.obj, "name") == name
        for field in ("data", "stringData", "binaryData")
        if isinstance(data := subject.obj.get(field), dict)
        for key in data
    ]
    return Names(answer.text, names, f"{holder.kind}/{name}", "this key", is_all=True)


def _fields(answer: Answer) -> Names | None:
    """The fields of the file, down to the first part of the path that it does not have."""
    key = answer.known.answers["key"]
    try:
        root = read(str(get(answer.known.objects["configMap"][0], ("data", key))))
    except ReadError:
        return None  # the rule fails for it, and says where
    data = root.data if root else None
    before = ""
    for word in answer.text.split("."):
        if not isinstance(data, dict):
            return None
        if word not in data:
            what = f"{before}{word}, so the rule adds it"
            return Names(word, [*data], key, what, is_all=True, before=before)
        data, before = data[word], f"{before}{word}."
    return None


def _services(answer: Answer) -> Names:
    """A host is a Service of the stream by its first part: `db`, `db.shop`, `db.shop.svc`."""
    name = answer.text.partition(".")[0]
    names = [text_of(subject.obj, "name") for subject, _ in objects_of(answer.stream, "Service")]
    return Names(name, names, "the stream", "this Service", is_all=False)


def _ports(answer: Answer) -> Names | None:
    """The ports of the Service that is the host, if the stream has it."""
    host = answer.known.answers.get("host", "").partition(".")[0]
    ports = [
        port
        for subject, _ in objects_of(answer.stream, "Service")
        if text_of(subject.obj, "name") == host
        for port in _numbers(get(subject.obj, ("spec", "ports")), "port")
    ]
    return Names(answer.text, ports, f"Service/{host}", "this port", is_all=True)


def _objects(answer: Answer) -> Names | None:
    """The objects of a kind that are in the stream, and those that others of it name."""
    kind = answer.ask.kind
    if kind not in _NAMING:
        return None
    naming = [*workloads_of(answer.stream), *objects_of(answer.stream, "Ingress")]
    names = [text_of(subject.obj, "name") for subject, _ in objects_of(answer.stream, kind)]
    for subject, _ in naming:
        names += _named(subject.obj, _NAMING[kind])
    return Names(answer.text, [*dict.fromkeys(names)], "the stream", f"this {kind}", is_all=False)


def _named(data: Data, fields: tuple[str, ...]) -> Iterator[str]:
    """What these fields name, wherever they are."""
    if isinstance(data, list):
        for item in data:
            yield from _named(item, fields)
    elif isinstance(data, dict):
        for key, value in data.items():
            if key in fields:
                for one in value if isinstance(value, list) else [value]:
                    name = one.get("name") if isinstance(one, dict) else one
                    if isinstance(name, str):
                        yield name
            yield from _named(value, fields)


def _numbers(items: Data, field: str) -> list[str]:
    return [str(item[field]) for item in mappings(items) if isinstance(item.get(field), int)]


_DOUBTS: dict[str, Callable[[str, Answer], Message | None]] = {
    "folder": _log_folder,
    "free-port": _in_use,
    "new-file": _not_writable,
}
_LOOKS: dict[str, Callable[[Answer], Names | None]] = {
    "address": _services,
    "annotation": _annotations,
    "flag": _flags,
    "key": _keys,
    "log-flag": _flags,
    "name": _objects,
    "path": _fields,
    "port": _ports,
    "variable": _variables,
}
