"""
Documents and rules to changed documents: match, apply, collect. Pure; reads and writes nothing.

Rules are applied in order, each to the objects that match it after the earlier rules. A document is
parsed only if a rule could match it, and rewritten once, after all rules.
"""

from __future__ import annotations

from postrender.data import get, put, same
from postrender.engine.changes import Change, Step, by_object
from postrender.errors import ExpectationError, VerbError
from postrender.kubernetes.objects import (
    annotation,
    has_one_identity,
    identity,
    pod_places,
)
from postrender.kubernetes.shape import misshapen
from postrender.stream.manifests import Manifests
from postrender.value import Value
from postrender.verbs import OBJECT, TEMPLATE, VERBS
from postrender.verbs.context import Context
from postrender.verbs.generated_names import MARK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from postrender.data import Object, Path
    from postrender.engine.changes import History
    from postrender.engine.namespaces import Moves
    from postrender.errors import Message
    from postrender.kubernetes.crds import Types
    from postrender.kubernetes.images import ArgvOf
    from postrender.rules.model import Rule, Rules
    from postrender.stream.manifest import Home
    from postrender.stream.manifests import Edit
    from postrender.stream.text import Stream
    from postrender.verbs.images import ImageChange

    Finish = Callable[[Manifests, list["Change"], list[Message]], None]
    Watch = Callable[[Rule, Manifests, Sequence["Hit"]], None]
    _Done = tuple["Hit", Object | None, Context]


# Verbs on the whole object that may change its pods.
_PATCHES = ("merge", "jsonPatch")
# Kinds of the data that pods use.
_WITH_DATA = ("ConfigMap", "Secret")
# Verbs that add containers, and verbs that may take some away.
_ADDING = ("initContainers", "sidecars")
_TAKING = ("containers", "jsonPatch", "merge")


class Result(Value):
    """
    What a run gives: the changed stream in pieces, what was changed, what may surprise, where text
    could not be edited in place, the edits of the stream's text, and the findings that rules have
    accepted, as pairs of a rule's name and the id.
    """

    pieces: list[bytes | memoryview]
    changes: list[Change]
    warnings: list[Message]
    reformatted: list[tuple[str, Path]]
    edits: list[Edit]
    excused: frozenset[tuple[str, str]]


class Hit:
    """An object that a rule matches."""

    __slots__ = ("manifest", "obj", "path")

    def __init__(self, manifest: Home, path: Path, obj: Object) -> None:
        self.manifest = manifest
        self.path = path
        self.obj = obj


def run(
    stream: Stream,
    rules: Rules,
    default_namespace: str = "",
    argv_of: ArgvOf = lambda *_: None,
    finish: Finish = lambda *_: None,
    watch: Watch = lambda *_: None,
) -> Result:
    """
    Applies all rules to the stream. `argv_of` answers from the lock file; `watch` is given each
    rule, the documents and what it matches before it is applied; `finish` is given the documents,
    the changes and the warnings before the documents become text.

    Raises ExpectationError, VerbError or StreamError; then nothing is to be printed.
    """
    manifests = Manifests(stream, default_namespace, rules.workloads)
    work = _Run(manifests, rules, argv_of)
    known = []
    if rules.resources:
        from postrender.engine.resources import add_resources, check_known, not_added

        if any(True for _ in manifests.subjects()):
            known = add_resources(manifests, rules.resources)
        else:
            work.remarks.append(not_added(rules.resources))
    for addition in manifests.resources:
        work.note("", (addition, ()), None, addition.data)
    unmet_ones: list[Message] = []
    for rule in rules.rules:
        hits = work.hits(rule)
        watch(rule, manifests, hits)
        try:
            work.apply(rule, hits)
        except ExpectationError as error:
            unmet_ones += error.messages
        except VerbError:
            if not unmet_ones:
                raise
            # It may fail for what a rule above has not done.
    if unmet_ones:
        raise ExpectationError(unmet_ones)
    work.roll()
    work.histories = by_object(work.steps)
    beside = work.check_result()
    work.check_identities()
    work.check_images()
    if known:
        check_known(known)
    warnings = work.warnings(beside)
    finish(manifests, work.changes, warnings)
    pieces, edits, reformatted = work.manifests.join()
    excused = frozenset(work.excused)
    return Result(pieces, work.changes, warnings, reformatted, edits, excused)


def _is_anywhere(changes: list[ImageChange]) -> bool:
    """Whether `images` is for more of an object than its pods."""
    return any(change.anywhere for change in changes)


class _Run:
    """The state of one run."""

    def __init__(self, manifests: Manifests, rules: Rules, argv_of: ArgvOf) -> None:
        self.manifests = manifests
        self.workloads = rules.workloads
        self.argv_of = argv_of
        self.changes: list[Change] = []
        self.steps: list[Step] = []
        # After all rules: the steps by the object that they are of.
        self.histories: list[History] = []
        # The generated ConfigMaps of this run, as `Manifests.key` tells them apart.
        self.generated: set[tuple[str, ...]] = set()
        self.rules = rules
        self.matched: set[str] = set()
        self.earlier: list[str] = []
        self._types: Types | None = None
        # Findings that a rule accepts: the rule and the id.
        self.excused = set(rules.excused)
        # Containers that verbs can rely on, by identity.
        self.sound: dict[int, Object] = {}
        # New containers that are the same in each pod: see `Context`.
        self.made: dict[int, Object] = {}
        # Warnings of what was not done: also of objects that do not change.
        self.remarks: list[Message] = []
        # Whether a rule may have added a container with the name of one that was there.
        self.has_namesakes = False
        # What rules with `namespace` move.
        self.moves: list[tuple[Rule, Moves]] = []
        # The images that rules have renamed, object by object.
        self.renamed: list[tuple[Rule, str, dict[str, tuple[str, str]]]] = []

    def apply(self, rule: Rule, hits: list[Hit]) -> None:
        """Applies one rule to every object that matches it."""
        if not rule.expect.met(len(hits)) and not self.is_excused(rule, len(hits)):
            from postrender.engine.expectation import unmet

            raise ExpectationError([unmet(rule, len(hits), self.manifests.subjects())])
        moves = self.moves_of(rule, hits)
        done = [(hit, *self.applied(rule, hit, moves)) for hit in hits]
        if done:
            self.matched.add(rule.name)
        self.excused.update((rule.name, key) for *_, context in done for key in context.excused)
        self.check_pods(rule, done)
        self.check_verbs(rule, done)
        self.remarks += [remark for *_, context in done for remark in context.remarks]
        self.renamed += [(rule, one.identity, one.renamed) for *_, one in done if one.renamed]
        verbs = {name for name, _ in rule.verbs}
        may_replace = not (verbs.isdisjoint(_ADDING) or verbs.isdisjoint(_TAKING))
        for hit, new, context in done:
            self.has_namesakes |= may_replace or context.has_namesake
            if context.files and new is not None:
                self.generate(hit, new, context)
            if not same(hit.obj, new):
                self.manifests.put(hit.manifest, hit.path, new)
                home = (hit.manifest, hit.path)
                self.note(rule.name, home, hit.obj, new)
                self.steps.append(Step(rule, home, hit.obj, new, context.files, context.warnings))
        self.earlier.append(rule.name)

    def types(self) -> Types:
        """Kubernetes' types, and those of the stream's CRDs."""
        if self._types is None:
            from postrender.kubernetes.crds import Types

            self._types = Types(self.manifests.crds_of)
        return self._types

    def note(
        self, rule: str, home: tuple[Home, Path], before: Object | None, after: Object | None
    ) -> None:
        """Writes down a change."""
        self.changes.append(Change(rule, before, after, home))

    def roll(self) -> None:
        """Has workloads get new pods whose data has changed by a rule with `rollout`."""
        if not any(step.rule.rollout for step in self.steps):
            return
        from postrender.engine.rollouts import rolled

        for step in rolled([*self.steps], self.manifests, self.workloads):
            self.manifests.put(*step.home, step.after)
            self.note(step.rule.name, step.home, step.before, step.after)
            self.steps.append(step)

    def check_result(self) -> list[Message]:
        """
        Raises VerbError with all that the API server refuses in what the rules have made. Returns
        the warnings.
        """
        if not self.steps:
            return []
        from postrender.engine.result import check_result, may_unselect

        verbs = {
            name
            for rule in {step.rule.name: step.rule for step in self.steps}.values()
            for name, _ in rule.verbs
        }
        found = check_result(self.histories, self.workloads)
        if self.has_namesakes:
            from postrender.engine.samename import same_names

            found += same_names(self.histories, _ADDING, self.workloads)
        if may_unselect(self.histories):
            from postrender.engine.selecting import lost_selectors

            found += lost_selectors(self.histories, self.manifests, self.workloads)
        if "images" in verbs:
            from postrender.engine.leftimages import left_images

            found += left_images(self.steps, self.manifests, self.workloads)
        if any(step.before.get("kind") in _WITH_DATA for step in self.steps):
            from postrender.engine.rollouts import stale_pods

            found += stale_pods(self.steps, self.manifests, self.workloads)
        if "replicas" in verbs:
            from postrender.engine.autoscaled import autoscaled

            found += autoscaled(self.steps, self.manifests)
        if self.moves:
            from postrender.engine.namespaces import left_behind

            found += left_behind(self.moves, self.manifests)
        found = self.unexcused(found)
        if not found:
            return []
        from postrender.findings import ERROR, FINDINGS

        errors = [message for message in found if FINDINGS[message.id].severity == ERROR]
        if errors:
            raise VerbError(errors)
        return found

    def check_identities(self) -> None:
        """Raises VerbError where an object that rules have added or renamed is there twice."""
        key = self.manifests.key
        if any(change.before is None for change in self.changes) or (
            self.manifests.renamed
            and any(
                change.before is not None
                and not has_one_identity(change.before, change.obj)
                and key(change.before) != key(change.obj)
                for change in self.changes
            )
        ):
            from postrender.engine.identities import check_identities

            check_identities(self.manifests, self.changes, self.rules, self.types())

    def check_images(self) -> None:
        """Raises VerbError where rules that put images into one folder make one image of two."""
        if any(folder for *_, images in self.renamed for _, folder in images.values()):
            from postrender.engine.oneimage import check_images

            check_images(self.renamed)

    def warnings(self, beside: list[Message]) -> list[Message]:
        """What may surprise in the changes, `beside` that, and in what rules accept."""
        found = self.unexcused(self.remarks)
        if self.steps:
            from postrender.engine.lint import lint

            found += self.unexcused(lint(self.histories, self.workloads)) + beside
        if not self.has_accept():
            return found
        from postrender.engine.acceptance import unused

        outdated = unused(self.rules, self.matched, self.histories, self.excused)
        return found + self.unexcused(outdated)

    def unexcused(self, messages: list[Message]) -> list[Message]:
        """The messages without those of findings that their rule accepts."""
        if not messages or not self.has_accept():
            return messages
        from postrender.engine.acceptance import unexcused

        return unexcused(messages, self.rules, self.excused)

    def has_accept(self) -> bool:
        """Whether the rules accept any finding; most rules accept none."""
        return bool(self.rules.accept) or any(rule.accept.own for rule in self.rules.rules)

    def hits(self, rule: Rule) -> list[Hit]:
        """
        The objects that match a rule. What kmod-post generated itself is no rule's business, in
        this run or in one over its output.
        """
        kinds = rule.match.kinds_among(self.manifests.by_kind, self.workloads)
        return [
            Hit(manifest, path, subject.obj)
            for manifest in self.manifests.candidates(kinds, rule.match.globs.get("name"))
            for path, subject in self.manifests.subjects_of(manifest)
            if not rule.match.misfits(subject) and annotation(subject.obj, MARK) is None
        ]

    def is_excused(self, rule: Rule, count: int) -> bool:
        """
        Whether `expect` does not apply: the stream is empty, or it has only hooks (with Helm's
        `separate` strategy, hooks and templates come in separate streams) and the rule skips hooks.
        """
        if count:
            return False
        if rule.match.hooks == "exclude" and self.manifests.is_hooks_only():
            return True
        return self.manifests.is_empty()

    def moves_of(self, rule: Rule, hits: list[Hit]) -> Moves | None:
        """What a rule moves to another namespace; None where it moves nothing."""
        name = next((value for verb, value in rule.verbs if verb == "namespace"), "")
        if not name:
            return None
        from postrender.engine.namespaces import Moves

        for step in self.steps:
            if step.files and any((hit.manifest, hit.path) == step.home for hit in hits):
                text = f'rule "{step.rule.name}" above has generated files in the old namespace'
                advice = "put this rule before it"
                raise VerbError([rule.message(identity(step.before), text, advice)])
        objects = [hit.obj for hit in hits]
        moves = Moves(name, objects, self.manifests, self.workloads, self.types())
        self.moves.append((rule, moves))
        return moves

    def applied(self, rule: Rule, hit: Hit, moves: Moves | None) -> tuple[Object | None, Context]:
        """The object as a rule's verbs leave it (None: they removed it), and the context."""
        obj = hit.obj
        context = Context(
            rule,
            obj,
            self.argv_of,
            self.types,
            self.manifests.default_namespace,
            self.earlier,
            self.workloads,
            self.made,
        )
        context.moves = moves
        fault = misshapen(obj, self.workloads, self.sound)
        if fault:
            context.fail(fault)
        for name, value in rule.verbs:
            verb = VERBS[name]
            if verb.target == OBJECT:
                changed = verb.apply(obj, value, context)
                if changed is None:
                    return None, context
                if name in _PATCHES and changed is not obj:
                    changed = self.with_scripts(obj, changed, context, is_patch=name == "jsonPatch")
                obj = changed
                continue
            for place in pod_places(obj, self.workloads):
                path = place.template if verb.target == TEMPLATE else place.spec
                if path is not None:
                    obj = put(obj, path, verb.apply(get(obj, path), value, context))
            if name == "images" and _is_anywhere(value):
                from postrender.verbs.images_anywhere import apply_anywhere

                obj = apply_anywhere(obj, value, context, self.workloads)
        if context.unheld:
            from postrender.verbs.integrity import check_selectors

            check_selectors(obj, context)
        if context.files:
            from postrender.verbs.generated import attach

            obj = attach(obj, pod_places(obj, self.workloads), context)
        return obj, context

    def with_scripts(self, old: Object, new: Object, context: Context, *, is_patch: bool) -> Object:
        """The changed object, whose containers keep what scripts of `entrypoint` hand over to."""
        from postrender.verbs.handover import pod_with_scripts

        for place in pod_places(new, self.workloads):
            before, after = get(old, place.spec), get(new, place.spec)
            if isinstance(before, dict) and before is not after:
                kept = pod_with_scripts(before, after, context, is_patch=is_patch)
                new = put(new, place.spec, kept)
        return new

    def check_pods(self, rule: Rule, done: list[_Done]) -> None:
        """A rule with verbs on the pod must have matched an object that has one."""
        verbs = [
            name
            for name, value in rule.verbs
            if VERBS[name].target != OBJECT and not (name == "images" and _is_anywhere(value))
        ]
        if verbs and done and not any(pod_places(hit.obj, self.workloads) for hit, _, _ in done):
            where = ", ".join(identity(hit.obj) for hit, _, _ in done[:6])
            text = f"no pod template in {where}"
            advice = "match objects that have one, or name its place under kinds:"
            raise ExpectationError([rule.message(verbs[0], text, advice)])

    def check_verbs(self, rule: Rule, done: list[_Done]) -> None:
        """What a verb expects of all matched objects together, it must have found."""
        if not done:
            return
        seen = [(hit.obj, context) for hit, _, context in done]
        missing = [
            rule.message(name, sentence)
            for name, value in rule.verbs
            for sentence in VERBS[name].check(value, seen, self.workloads)
        ]
        if any(context.missed for *_, context in done):
            from postrender.verbs.seeking import unfound

            missing += unfound(rule, [context for *_, context in done])
        missing = self.unexcused(missing)
        if missing:
            raise ExpectationError(missing)

    def generate(self, hit: Hit, new: Object, context: Context) -> None:
        """
        Brings the generated ConfigMaps of an object up to date in the stream, unless another object
        of its kind and name, with the same files, has done so in this run.
        """
        from postrender.engine.config_maps import put_config_map

        if context.config_map is not None:
            key = self.manifests.key(context.config_map)
            if key in self.generated:
                return
            self.generated.add(key)
        for home, before, after in put_config_map(hit.manifest, new, context, self.manifests):
            self.note(context.rule.name, home, before, after)
