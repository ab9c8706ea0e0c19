"""The tables of docs/argocd.md: what Argo CD's plugin server did, and when it was seen or measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DOCS = ROOT / "docs" / "argocd.md"
_NEVER = "not yet"
_LIMITS = "| limit | what sets it | what is seen | last seen |"
_MEASURES = (
    "| application | requests at once | until the last | processor for each | "
    "for each core and second | memory in all | measured |"
)


class Limit(NamedTuple):
    """A row: what the limit is of, what sets it, and what a user sees at it."""

    name: str
    set_by: str
    seen: str


LIMITS = (
    Limit(
        "time of a request, 60 seconds",
        "`controller.repo.server.timeout.seconds`",
        "`failed signal: killed`, and that the time was up, and in what; no process and no file stays",
    ),
    Limit(
        "time of a program, 90 seconds",
        "`ARGOCD_EXEC_TIMEOUT`",
        "nothing: it does not hold for plugins",
    ),
    Limit(
        "all manifests, 100 MiB",
        "`ARGOCD_GRPC_MAX_SIZE_MB` in the sidecar and in argocd-repo-server",
        "`trying to send message larger than max`, with both sizes",
    ),
    Limit(
        "a parameter, or the API versions of the cluster, 128 KiB",
        "Linux",
        "`argument list too long`",
    ),
    Limit(
        "memory of the sidecar",
        "`resources.limits.memory` of the container",
        "`error reading from server` for all requests, or that helm or kmod-post was killed; never "
        "a part of the manifests",
    ),
    Limit(
        "files",
        "sidecar.yaml",
        "only `/tmp` and the two folders that it shares with argocd-repo-server can be written to",
    ),
)


class Measure(NamedTuple):
    """A row: requests at once for an application, and what they took."""

    application: str
    requests: str
    seconds: float
    cpu: float
    per_core: float
    memory: int


def write(limits: Mapping[str, str], measures: Sequence[Measure], when: str) -> None:
    """
    Writes when these limits, by their names, were seen, and what was measured; what the page says
    of other limits stays, and all measures if there are none.
    """
    text = DOCS.read_text()
    start, end = _table(text, _LIMITS)
    rows = (line.strip("| ").split(" | ") for line in text[start:end].splitlines()[2:])
    seen = {**{row[0]: row[-1] for row in rows}, **limits}
    lines = [_LIMITS, "|---|---|---|---|"]
    lines += [
        f"| {limit.name} | {limit.set_by} | {limit.seen} | {seen.get(limit.name, _NEVER)} |"
        for limit in LIMITS
    ]
    text = text[:start] + "\n".join(lines) + text[end:]
    if measures:
        start, end = _table(text, _MEASURES)
        lines = [_MEASURES, "|---|---|---|---|---|---|---|"]
        lines += [
            f"| {row.application} | {row.requests} | {row.seconds:.1f} s | {row.cpu:.2f} s | "
            f"{row.per_core:.1f} | {row.memory} MiB | {when} |"
            for row in measures
        ]
        text = text[:start] + "\n".join(lines) + text[end:]
    DOCS.write_text(text)


def _table(text: str, head: str) -> tuple[int, int]:
    start = text.index(head)
    return start, text.find("\n\n", start)
