"""
The message for a rule that matched too few or too many objects: what it looked for, what there is,
and what is nearest.
"""

from __future__ import annotations

from postrender.errors import listed
from postrender.kubernetes.objects import identity, is_hook, text_of, texts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from postrender.errors import Message
    from postrender.rules.match import Match
    from postrender.rules.model import Rule
    from postrender.stream.manifest import Subject

_SHOWN = 3
_ALIKE = 0.6


def unmet(rule: Rule, count: int, subjects: Iterable[Subject]) -> Message:
    """The message for an unmet `expect`."""
    everything = list(subjects)
    if count:
        matched = [identity(s.obj) for s in everything if not rule.match.misfits(s)]
        found = "1 object matches" if count == 1 else f"{count} objects match"
        what = f"{found}, expected {rule.expect}: {listed(matched, 2 * _SHOWN)}"
        change = "widen" if count < rule.expect.low else "narrow"
        return rule.message("", what, f"{change} match:, or change expect:")
    what = f"no {rule.match} in {len(everything)} object{'s' * (len(everything) != 1)}"
    if not everything:
        advice = "check the input: it has no Kubernetes object (with apiVersion and kind)"
        return rule.message("", f"{what}, expected {rule.expect}", advice)
    near = nearest(rule, everything)
    if near:
        return rule.message(
            "", f"{what}, expected {rule.expect}; nearest: {', '.join(near)}", "fix match:"
        )
    return rule.message(
        "",
        f"{what}, expected {rule.expect}",
        "fix match:, or write expect: any if it may match nothing",
    )


def nearest(rule: Rule, subjects: list[Subject]) -> list[str]:
    """
    The objects that the rule may mean, each with what does not fit: those of its name first, and of
    its kind, written otherwise or mistyped; then those that fail the fewest keys of `match`, the
    most alike in name first (those of another kind must be more alike).
    """
    match = rule.match
    names = match.globs.get("name")
    wanted = names.texts if names else ()
    has_more = bool(match.globs or match.labels or match.annotations or match.excluded)
    ranked = []
    for i, subject in enumerate(subjects):
        misfits = match.misfits(subject)
        name = text_of(subject.obj, "name")
        is_named = names is not None and "*" not in wanted and name in names
        is_meant = "kind" not in misfits or _is_written(match, subject)
        likeness = _likeness(name, wanted)
        is_one_off = len(misfits) == 1 and (is_meant or has_more or _has_like_kind(match, subject))
        if is_one_off or likeness > _ALIKE or is_named:
            nearness = likeness - 0.55 * ("kind" in misfits and not is_meant)
            order = (not is_named, is_named and not is_meant, len(misfits), -nearness, i)
            ranked.append((order, misfits, subject))
    ranked.sort(key=lambda entry: entry[0])
    return [
        f"{identity(subject.obj)} ({reason(match, misfits, subject)})"
        for _, misfits, subject in ranked[:_SHOWN]
    ]


def _likeness(text: str, others: Iterable[str]) -> float:
    """How much a text is like the most alike of others, from 0 to 1."""
    from difflib import SequenceMatcher

    return max((SequenceMatcher(None, text, other).ratio() for other in others), default=0)


def reason(match: Match, misfits: list[str], subject: Subject) -> str:
    """Why an object does not match: which keys of `match` do not hold for it."""
    if misfits == ["hooks"]:
        return "a hook; hooks: include would match it" if is_hook(subject.obj) else "no hook"
    if misfits == ["not"]:
        return "left out by not:"
    reasons = {key: _reason(match, key, subject) for key in misfits}
    others = [key for key, text in reasons.items() if not text]
    differ = f"{' and '.join(others)} differ{'s' * (len(others) == 1)}" if others else ""
    return ", ".join(filter(None, (differ, *reasons.values())))


def _reason(match: Match, key: str, subject: Subject) -> str:
    """Why a key of `match` does not hold, where more can be said than that it differs."""
    if key == "kind" and match.kind is None:
        return "no pod template"
    if key == "kind" and _is_written(match, subject):
        return f"kind is written {text_of(subject.obj, 'kind')}"
    if key == "namespace":
        return f"namespace is {subject.namespace}" if subject.namespace else "no namespace"
    if key.startswith("label "):
        labels = texts_of(subject.obj, "labels")
        name = key.removeprefix("label ").strip('"')
        return f"{key} is {labels[name]}" if name in labels else f"no {key}"
    return ""


def _is_written(match: Match, subject: Subject) -> bool:
    """Whether `match` names an object's kind, but writes it in another way, or mistypes it."""
    from postrender.kubernetes.kindnames import is_mistyped_for, is_written_for

    kind = text_of(subject.obj, "kind")
    texts = match.kind.texts if match.kind else ()
    return any(is_written_for(text, kind) or is_mistyped_for(text, kind) for text in texts)


def _has_like_kind(match: Match, subject: Subject) -> bool:
    """Whether `match` may name an object's kind, mistyped."""
    texts = match.kind.texts if match.kind else ()
    return _likeness(text_of(subject.obj, "kind"), texts) > _ALIKE
