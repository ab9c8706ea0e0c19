"""
The message for a rule that matched too few or too many objects: what it looked for, what there is,
and what is nearest.
"""

from __future__ import annotations

from postrender.kubernetes.objects import identity, is_hook, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from postrender.data import Object
    from postrender.errors import Message
    from postrender.rules.model import Rule
    from postrender.stream.manifest import Subject

_SHOWN = 3


def unmet(rule: Rule, count: int, subjects: Iterable[Subject]) -> Message:
    """The message for an unmet `expect`."""
    everything = list(subjects)
    if count:
        matched = [identity(s.obj) for s in everything if not rule.match.misfits(s)]
        found = "1 object matches" if count == 1 else f"{count} objects match"
        what = f"{found}, expected {rule.expect}: {_listed(matched)}"
        change = "widen" if count < rule.expect.low else "narrow"
        return rule.message("", what, f"{change} match:, or change expect:")
    near = nearest(rule, everything)
    hint = f"; nearest: {', '.join(near)}" if near else ""
    what = f"no {rule.match} in {len(everything)} object{'s' * (len(everything) != 1)}"
    return rule.message(
        "", f"{what}, expected {rule.expect}{hint}", "fix match:, or write expect: any"
    )


def nearest(rule: Rule, subjects: list[Subject]) -> list[str]:
    """
    The objects that fail the fewest keys of `match`, the most alike in name first (those of another
    kind must be more alike), each with what does not fit.
    """
    from difflib import SequenceMatcher

    names = rule.match.globs.get("name")
    wanted = names.texts if names else ("",)
    ranked = []
    for i, subject in enumerate(subjects):
        misfits = rule.match.misfits(subject)
        name = text_of(subject.obj, "name")
        likeness = max(SequenceMatcher(None, name, text).ratio() for text in wanted)
        if len(misfits) == 1 or likeness > 0.6:
            nearness = likeness - 0.55 * ("kind" in misfits)
            ranked.append((len(misfits), -nearness, i, misfits))
    ranked.sort()
    return [
        f"{identity(subjects[i].obj)} ({_why(rule, misfits, subjects[i].obj)})"
        for _, _, i, misfits in ranked[:_SHOWN]
    ]


def reason(misfits: list[str], obj: Object) -> str:
    """Why an object does not match: which keys of `match` do not hold for it."""
    if misfits == ["hooks"]:
        return "a hook; hooks: include would match it" if is_hook(obj) else "no hook"
    if misfits == ["not"]:
        return "left out by not:"
    return f"{' and '.join(misfits)} differ{'s' * (len(misfits) == 1)}"


def _why(rule: Rule, misfits: list[str], obj: Object) -> str:
    """The same for a rule: where it names no kind, what an object lacks is the pod template."""
    if rule.match.kind is not None or misfits[0] != "kind":
        return reason(misfits, obj)
    rest = f" and {reason(misfits[1:], obj)}" if misfits[1:] else ""
    return f"no pod template{rest}"


def _listed(names: list[str]) -> str:
    more = len(names) - 2 * _SHOWN
    return ", ".join(names[: 2 * _SHOWN]) + (f" and {more} more" if more > 0 else "")
