"""
The charts of the corpus: each object as rendered, and after each rule of renders.yaml. What the
server takes before it must take after.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml
from oracle import same

from judging.verdicts import ACCEPTED, UNKNOWN, reasons
from postrender.engine import run as engine
from postrender.engine.inputs import rules_of
from postrender.errors import KmodError
from postrender.kubernetes.objects import identity
from postrender.rules.layers import read_values
from postrender.stream.text import Stream
from postrender.yamltext.writer import flow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oracle import GoReader

    from judging.verdicts import Judge
    from postrender.rules.model import Rules

# A difference that is right, by a part of its reason: why.
EXPLAINED = {
    "has no name, and the Service has several ports": (
        "the rule adds a port beside one that has no name"
    ),
    "allowPrivilegeEscalation: false and privileged: true": (
        "the rule asks for allowPrivilegeEscalation: false of a privileged container"
    ),
}


class Rendered(NamedTuple):
    """A document of a render: which chart it is of, its text, its objects as Go reads them."""

    chart: str
    text: str
    objects: list[Any]


class Changed(NamedTuple):
    """An object that the server takes as rendered and refuses after a rule, and its reason."""

    chart: str
    identity: str
    reason: str
    message: str


@cache
def rules() -> dict[str, Any]:
    """The rules by the name of what they show."""
    found: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("renders.yaml").read_text())
    return found


def documents(paths: Iterable[Path], go: GoReader) -> list[Rendered]:
    """All documents with objects. One that both forms of a chart have is one."""
    texts = {}
    for path in paths:
        stream = Stream(path.read_bytes())
        for document in stream.documents:
            texts.setdefault((path.stem, stream.text(document)), None)
    read = go.read_all((text for _, text in texts), "stream")
    return [
        Rendered(chart, text, _items(objects))
        for (chart, text), objects in zip(texts, read, strict=True)
        if isinstance(objects, list) and _items(objects)
    ]


def as_rendered(documents: list[Rendered], judge: Judge) -> Counter[str]:
    """How many objects the server takes, refuses and does not know."""
    verdicts = judge.all_verdicts(obj for document in documents for obj in document.objects)
    return Counter(verdict.word for verdict in verdicts)


def after(
    name: str, documents: list[Rendered], go: GoReader, judge: Judge
) -> tuple[Counter[str], list[Changed]]:
    """What became of the objects after one of the rules, in figures, and what the server refuses now."""
    count: Counter[str] = Counter()
    found = []
    rule = rules_of([_values(name)])
    done = [(document, _rendered(document, rule)) for document in documents]
    for document, text in done:
        if isinstance(text, KmodError):
            count["refused by kmod-post"] += 1
            message = str(text.messages[0])
            found += [
                Changed(
                    document.chart, _name(document.objects[0]), "kmod-post: " + message, message
                )
            ]
    done = [
        (document, text)
        for document, text in done
        if isinstance(text, str) and text != document.text
    ]
    news = go.read_all([text for _, text in done if isinstance(text, str)], "stream")
    pairs = []
    for (document, _), objects in zip(done, news, strict=True):
        old = {_name(obj): obj for obj in document.objects}
        for obj in _items(objects):
            before = old.get(_name(obj))
            if before is None or not same(before, obj):
                pairs.append((document, before, obj))
    olds = judge.all_verdicts(before if before is not None else obj for _, before, obj in pairs)
    for (document, before, obj), was, now in zip(
        pairs, olds, judge.all_verdicts(obj for *_, obj in pairs), strict=True
    ):
        count["changed" if before is not None else "new"] += 1
        if was.word == UNKNOWN or (was.word != ACCEPTED and before is not None):
            count["not taken before either"] += 1
            continue
        count[now.word] += 1
        if now.word != ACCEPTED:
            why = " and ".join(reasons(now))
            found.append(Changed(document.chart, _name(obj), why, now.message))
    return count, found


def explanation(reason: str) -> str:
    """Why a difference is right; empty where nobody has said."""
    return next((why for part, why in EXPLAINED.items() if part in reason), "")


def _rendered(document: Rendered, rule: Rules) -> str | KmodError:
    """The document after a rule, with what was generated; or why kmod-post refuses."""
    try:
        return b"".join(engine.run(Stream(document.text.encode()), rule).pieces).decode()
    except KmodError as error:
        return error


def _values(name: str) -> Any:
    rule = {"expect": "any", **rules()[name]}
    data = {"rules": {f"judged-{name.lower().replace(' ', '-')}": rule}}
    return read_values(flow(data, json=True), "kmod.yaml")


def _items(objects: Any) -> list[Any]:
    """Objects, and those in Lists."""
    found = []
    for obj in objects if isinstance(objects, list) else ():
        if not isinstance(obj, dict):
            continue
        kind = obj.get("kind")
        if isinstance(kind, str) and kind.endswith("List") and isinstance(obj.get("items"), list):
            found += _items(obj["items"])
        else:
            found.append(obj)
    return found


def _name(obj: Any) -> str:
    return identity(obj)
