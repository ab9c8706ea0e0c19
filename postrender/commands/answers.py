"""
What a recipe must know: taken from the command line, from the stream, or asked on a terminal.

What an answer must be (`of`) is a kind of text of TEXTS, or something of the stream:

    workload, container    the object and the container to change
    flags                  a container that has flags in its args or command
    Service, Ingress, …    an object of this kind
    key                    a key of the data of the ConfigMap that is asked before it
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from postrender.commands.prompts import answered, chosen
from postrender.commands.starters import NO_TARGET
from postrender.commands.targets import chosen_object, chosen_target, chosen_workload, named
from postrender.data import get
from postrender.errors import KmodError, UsageError, listed, message
from postrender.kubernetes.flags import is_shell_script
from postrender.kubernetes.objects import containers, pod_places, text_of
from postrender.reports.inventory import inventory, objects_of, workloads_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from postrender.commands.recipes import Ask, Recipe
    from postrender.commands.starters import Target
    from postrender.data import Object
    from postrender.errors import Message
    from postrender.stream.manifest import Subject
    from postrender.stream.text import Stream

# Kinds of texts: the pattern, and what to write.
TEXTS = {
    "address": (r"[A-Za-z0-9][A-Za-z0-9.-]*", "a host name, such as db.example.com"),
    "file": (r"/[^\s:]*[^\s:/]", "the absolute path of a file, such as /etc/app/app.conf"),
    "flag": (r"--?[A-Za-z][\w.-]*", "a flag without its value, such as --log-level"),
    "folder": (r"/[^\s:]*[^\s:]", "an absolute path, such as /var/log/app"),
    "image": (r"[A-Za-z0-9][\w./:@-]*", "an image, such as busybox:1.37"),
    "key": (r"[\w.-]+", "the key of a ConfigMap or Secret, such as ca.crt"),
    "label-value": (r"[A-Za-z0-9]([\w.-]*\w)?", "the value of a label, such as storage"),
    "label": (r"([a-z0-9.-]+/)?[A-Za-z0-9]([\w.-]*\w)?", "the name of a label, such as team"),
    "log-flag": (r"--?[A-Za-z][\w.-]*", "a flag without its value, such as --log-format"),
    "name": (r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", "a name of Kubernetes, such as shop-tls"),
    "number": (r"[0-9]+", "a number, such as 3"),
    "path": (r"[\w-]+(\.[\w-]+)*", "names of keys with dots between them, such as log.level"),
    "quantity": (r"[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi)?", "a quantity, such as 100m or 128Mi"),
    "registry": (
        r"(localhost|[\w-]+(\.[\w-]+)+|[\w.-]+:[0-9]+)(:[0-9]+)?(/[a-z0-9._/-]*[a-z0-9])?",
        "HOST or HOST/PATH, such as registry.example.com",
    ),
    "service-type": ("ClusterIP|LoadBalancer|NodePort", "ClusterIP, LoadBalancer or NodePort"),
    "tag": (r"\w[\w.-]*", "a tag, such as 1.2.3"),
    "text": (r"[^\x00-\x1f\x7f]+", "a text in one line"),
    "variable": (r"[A-Za-z_][\w.-]*", "the name of a variable, such as DB_PASSWORD"),
}
_OF_STREAM = ("workload", "container", "flags")


class Known(NamedTuple):
    """
    What a recipe knows: the workload, the container and what its pod has, all empty if it does not
    ask for them; the answers; the objects that it asks for, each with its match, by the answer's
    name.
    """

    workload: Object
    target: Target
    container: Object
    answers: dict[str, str]
    objects: dict[str, tuple[Object, Object]]


def known_of(
    recipe: Recipe, stream: Stream, given: Mapping[str, str], asked: TextIO | None
) -> Known:
    """
    The answers to all that a recipe asks; `given` are those of the command line, by name. All that
    is missing is said at once. Raises KmodError.
    """
    _check_names(recipe, given)
    if recipe.objects and not any(objects_of(stream, kind) for kind in recipe.objects):
        raise _unfit(recipe, " or ".join(recipe.objects))
    reader = _Reader(recipe, stream, given, asked)
    reader.read_workload()
    for ask in recipe.asks:
        if ask.of not in _OF_STREAM:
            reader.read(ask)
    if reader.missing:
        raise UsageError(reader.missing)
    return Known(reader.workload, reader.target, reader.container, reader.answers, reader.objects)


class _Reader:
    """What is known so far, and what is missing or wrong."""

    def __init__(
        self, recipe: Recipe, stream: Stream, given: Mapping[str, str], asked: TextIO | None
    ) -> None:
        self.recipe = recipe
        self.stream = stream
        self.given = given
        self.asked = asked
        self.missing: list[Message] = []
        self.workload: Object = {}
        self.container: Object = {}
        self.target = NO_TARGET
        self.answers: dict[str, str] = {}
        self.objects: dict[str, tuple[Object, Object]] = {}

    def read_workload(self) -> None:
        """The workload and its container, if the recipe asks for them."""
        wants = {ask.of for ask in self.recipe.asks}
        if not wants & {*_OF_STREAM}:
            return
        fitting = _fitting(self.recipe, self.stream, wants)
        try:
            found = chosen_workload(fitting, self.given.get("workload", ""), self.asked)
            if wants & {"container", "flags"}:
                name = self.given.get("container", "")
                among = _with_flags(found[0], wants)
                self.target = chosen_target(*found, name, self.asked, among)
                self.container = _containers(found[0])[self.target.container]
        except UsageError as error:
            self.missing += error.messages
            return
        self.workload = found[0]
        self.objects["workload"] = found

    def read(self, ask: Ask) -> None:
        """One answer."""
        value = self.given.get(ask.name, "")
        try:
            if ask.of[0].isupper():
                found = _object(self.recipe, self.stream, ask, value, self.asked)
                self.objects[ask.name] = found
            elif ask.of == "key" and any(one.of == "ConfigMap" for one in self.recipe.asks):
                self._read_key(ask, value)
            elif text := _text(ask, value, self.container, self.asked):
                self.answers[ask.name] = text
            else:
                flag = f"--answer {ask.name}=…"
                self.missing.append(message(f"{flag}: not given", _needed(ask)))
        except UsageError as error:
            self.missing += error.messages

    def _read_key(self, ask: Ask, value: str) -> None:
        """A key of the ConfigMap; nothing is said of it before that one is known."""
        if "configMap" in self.objects:
            data = self.objects["configMap"][0]["data"]
            flag = f"--answer {ask.name}"
            self.answers[ask.name] = chosen(flag, value, [*map(str, data)], self.asked)


def words_of(container: Object) -> tuple[str, list[str]]:
    """The field that has a container's flags, and its words; an empty name if it has none."""
    lists = {field: container.get(field) or [] for field in ("args", "command")}
    if is_shell_script([*lists["command"], *lists["args"]]):
        return "", []
    for field, items in lists.items():
        words = [word for word in items if isinstance(word, str)]
        if any(re.match("--?[a-z]", word) for word in words):
            return field, words
    return "", []


def _check_names(recipe: Recipe, given: Mapping[str, str]) -> None:
    """What is given must be asked. Raises UsageError."""
    names = [ask.name for ask in recipe.asks]
    allowed = {*names, "workload"} if "container" in names else {*names}
    for name in given:
        if name not in allowed:
            flag = f"--{name}" if name in {"workload", "container"} else f"--answer {name}"
            there = f"it asks for {listed(names, 9)}" if names else "it asks for nothing"
            raise UsageError(f"{flag}: recipe {recipe.name} does not ask for this", there)


def _fitting(
    recipe: Recipe, stream: Stream, wants: set[str]
) -> list[tuple[Subject, Object | None]]:
    """The workloads that a recipe is for. Raises KmodError if there are none."""
    found = [
        (subject, match)
        for subject, match in workloads_of(stream)
        if (not recipe.kinds or text_of(subject.obj, "kind") in recipe.kinds)
        and ("flags" not in wants or _with_flags(subject.obj, wants))
        and not (recipe.unless and _is_selected(subject, stream, recipe.unless))
    ]
    if not found:
        what = " or ".join(recipe.kinds) or "workload"
        having = " with flags in args or command" if "flags" in wants else ""
        having += f" without {' or '.join(recipe.unless)}" if recipe.unless else ""
        raise _unfit(recipe, what + having)
    return found


def _is_selected(subject: Subject, stream: Stream, kinds: tuple[str, ...]) -> bool:
    """Whether an object of one of these kinds in the stream finds the object's pods."""
    own = [text_of(subject.obj, key) for key in ("kind", "namespace", "name")]
    return any(
        one["kind"] in kinds
        for found in inventory(stream, "", {})["objects"]
        if [found.get(key, "") for key in ("kind", "namespace", "name")] == own
        for one in found["selectedBy"]
    )


def _unfit(recipe: Recipe, what: str) -> KmodError:
    return KmodError(
        f"--recipe {recipe.name}: the stream has no {what}",
        'choose another recipe, see "kmod-post init --list"',
    )


def _with_flags(obj: Object, wants: set[str]) -> list[str] | None:
    """The names of the containers that have flags; None if the recipe is for any container."""
    if "flags" not in wants:
        return None
    return [name for name, container in _containers(obj).items() if words_of(container)[0]]


def _containers(obj: Object) -> dict[str, Object]:
    """The containers of an object's pods that keep running, by name."""
    return {
        str(container.get("name")): container
        for place in pod_places(obj, {})
        for path, container in containers(get(obj, place.spec))
        if path[0] == "containers"
    }


def _object(
    recipe: Recipe, stream: Stream, ask: Ask, given: str, asked: TextIO | None
) -> tuple[Object, Object]:
    """The object of a kind that is meant, with its match. Raises KmodError."""
    found = [one for one in objects_of(stream, ask.of) if _is_fit(one[0].obj)]
    if not found:
        raise _unfit(recipe, f"{ask.of} that it could change")
    return chosen_object(f"--answer {ask.name}", given, named(found), asked)


def _is_fit(obj: Object) -> bool:
    """Whether recipes can change an object: a ConfigMap with texts, a Service that can be open."""
    if text_of(obj, "kind") == "ConfigMap":
        return bool(obj.get("data")) and isinstance(obj["data"], dict)
    if text_of(obj, "kind") != "Service":
        return True
    spec = obj.get("spec")
    return (
        isinstance(spec, dict)
        and spec.get("clusterIP") != "None"
        and spec.get("type") != "ExternalName"
    )


def _text(ask: Ask, given: str, container: Object, asked: TextIO | None) -> str:
    """The given text, the answer, or the default; empty if there is none. Raises UsageError."""
    pattern, what = TEXTS[ask.of]
    default = _log_flag(container) if ask.of == "log-flag" else ask.default
    if given:
        if not re.fullmatch(pattern, given):
            raise UsageError(f"--answer {ask.name}: it cannot be this", f"write {what}")
        return given
    if asked is None:
        return default
    return answered(ask.question, default, re.compile(pattern), what, asked)


def _needed(ask: Ask) -> str:
    """What to give for an answer that is missing."""
    return f"write {ask.question[0].lower()}{ask.question[1:]}: {TEXTS[ask.of][1]}"


def _log_flag(container: Object) -> str:
    """The flag of a container that is for the format of its log; empty if it has none."""
    for word in words_of(container)[1]:
        flag = word.partition("=")[0]
        if re.fullmatch(r"--?[\w.-]*log[\w.-]*(format|encod)[\w.-]*|--zap-encoder", flag):
            return flag
    return ""
