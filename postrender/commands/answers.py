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
from typing import TYPE_CHECKING

from postrender.commands.known import Known
from postrender.commands.present import Answer, offered, remark
from postrender.commands.prompts import answered, chosen, there_are
from postrender.commands.recipes import OF_STREAM
from postrender.commands.starters import NO_TARGET
from postrender.commands.targets import (
    chosen_object,
    chosen_target,
    chosen_workload,
    containers_of,
    is_named,
    named,
    words_of,
)
from postrender.commands.texts import is_right, wanted
from postrender.errors import KmodError, UsageError, listed
from postrender.kubernetes.objects import text_of
from postrender.reports.inventory import inventory, objects_of, workloads_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postrender.commands.prompts import Asker
    from postrender.commands.recipes import Ask, Recipe
    from postrender.data import Object
    from postrender.errors import Message
    from postrender.stream.manifest import Subject
    from postrender.stream.text import Stream


def known_of(recipe: Recipe, stream: Stream, given: Mapping[str, str], asker: Asker) -> Known:
    """
    The answers to all that a recipe asks; `given` are those of the command line, by name. All that
    is missing is said at once. Raises KmodError.
    """
    _check_names(recipe, given)
    if recipe.objects and not any(objects_of(stream, kind) for kind in recipe.objects):
        raise _unfit(recipe, " or ".join(recipe.objects))
    reader = _Reader(recipe, stream, given, asker)
    reader.read_workload()
    for ask in recipe.asks:
        if reader.missing and asker.answers:
            break  # nobody answers questions in vain
        if ask.of not in OF_STREAM:
            reader.read(ask)
    if reader.missing:
        raise UsageError(reader.missing)
    return reader.known


class _Reader:
    """What is known so far, and what is missing or wrong."""

    def __init__(
        self, recipe: Recipe, stream: Stream, given: Mapping[str, str], asker: Asker
    ) -> None:
        self.recipe = recipe
        self.stream = stream
        self.given = given
        self.asker = asker
        self.missing: list[Message] = []
        self.known = Known({}, NO_TARGET, {}, {}, {}, [])

    def read_workload(self) -> None:
        """The workload and its container, if the recipe asks for them."""
        wants = {ask.of for ask in self.recipe.asks}
        if not wants & {*OF_STREAM}:
            return
        fitting = _fitting(self.recipe, self.stream, wants, self.given.get("workload", ""))
        try:
            found = chosen_workload(fitting, self.given.get("workload", ""), self.asker)
            known = self.known._replace(workload=found[0], objects={"workload": found})
            if wants & {"container", "flags"}:
                name = self.given.get("container", "")
                target = chosen_target(*found, name, self.asker, _with_flags(found[0], wants))
                container = containers_of(found[0])[target.container]
                known = known._replace(target=target, container=container)
            self.known = known
        except UsageError as error:
            self.missing += error.messages

    def read(self, ask: Ask) -> None:
        """One answer."""
        value = self.given.get(ask.name, "")
        try:
            if ask.of[0].isupper():
                found = _object(self.recipe, self.stream, ask, value, self.asker)
                self.known.objects[ask.name] = found
            elif ask.of == "key" and any(one.of == "ConfigMap" for one in self.recipe.asks):
                self._read_key(ask, value)
            else:
                self._read_text(ask, value)
        except UsageError as error:
            self.missing += error.messages

    def _read_key(self, ask: Ask, value: str) -> None:
        """A key of the ConfigMap; nothing is said of it before that one is known."""
        if "configMap" in self.known.objects:
            data = self.known.objects["configMap"][0]["data"]
            flag = f"--answer {ask.name}"
            self.known.answers[ask.name] = chosen(flag, value, [*map(str, data)], self.asker)

    def _read_text(self, ask: Ask, value: str) -> None:
        """The given text, the answer, or the default. Raises UsageError."""
        guess = _log_flag(self.known.container) if ask.of == "log-flag" else ""
        default = guess or ask.default
        if not value and self.asker.answers:
            self.known.answers[ask.name] = answered(
                ask.question,
                default,
                wanted(ask),
                offered(Answer(self.recipe, ask, "", self.known, self.stream)),
                lambda text: is_right(ask, text, self.known.answers),
                lambda text: str(self._remark(ask, text) or ""),
                self.asker.answers,
            )
            return
        text = value or default
        if not text:
            question = f"{ask.question[0].lower()}{ask.question[1:]}"
            needed = f"write {question}: {wanted(ask)}"
            raise UsageError(f"--answer {ask.name}=…: not given", needed)
        if not is_right(ask, text, self.known.answers):
            raise UsageError(f"--answer {ask.name}: not valid", f"write {wanted(ask)}")
        if not value:
            why = "the container has this flag" if guess else ask.question
            self.asker.taken[f"--answer {ask.name}={text}"] = why
        self.known.answers[ask.name] = text
        if not self.missing and (said := self._remark(ask, text)):
            self.known.remarks.append(said)

    def _remark(self, ask: Ask, text: str) -> Message | None:
        return remark(Answer(self.recipe, ask, text, self.known, self.stream))


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
    recipe: Recipe, stream: Stream, wants: set[str], given: str
) -> list[tuple[Subject, Object | None]]:
    """The workloads that a recipe is for. Raises KmodError if there are none."""
    everyone = workloads_of(stream)
    found = [
        (subject, match)
        for subject, match in everyone
        if (not recipe.kinds or text_of(subject.obj, "kind") in recipe.kinds)
        and ("flags" not in wants or _with_flags(subject.obj, wants))
        and not (recipe.unless and _is_selected(subject, stream, recipe.unless))
    ]
    if not found:
        raise _unfit(recipe, _fit(recipe, wants))
    if given and is_named(given, everyone) and not is_named(given, found):
        raise UsageError(
            f"--workload {given}: recipe {recipe.name} needs a {_fit(recipe, wants)}",
            there_are([*named(found)]),
        )
    return found


def _fit(recipe: Recipe, wants: set[str]) -> str:
    """What workloads a recipe is for, in words."""
    what = " or ".join(recipe.kinds) or "workload"
    what += " with flags in args or command" if "flags" in wants else ""
    return what + (f" without {' or '.join(recipe.unless)}" if recipe.unless else "")


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
    return [name for name, container in containers_of(obj).items() if words_of(container)[0]]


def _object(
    recipe: Recipe, stream: Stream, ask: Ask, given: str, asker: Asker
) -> tuple[Object, Object]:
    """The object of a kind that is meant, with its match. Raises KmodError."""
    found = [one for one in objects_of(stream, ask.of) if _is_fit(one[0].obj)]
    if not found:
        raise _unfit(recipe, f"{ask.of} that it could change")
    return chosen_object(f"--answer {ask.name}", given, named(found), asker)


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


def _log_flag(container: Object) -> str:
    """The flag of a container that is for the format of its log; empty if it has none."""
    for word in words_of(container)[1]:
        flag = word.partition("=")[0]
        if re.fullmatch(r"--?[\w.-]*log[\w.-]*(format|encod)[\w.-]*|--zap-encoder", flag):
            return flag
    return ""
