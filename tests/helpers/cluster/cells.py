"""What is done in the cluster, and the table of docs/cluster.md that says what was seen, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HOSTS = ("helm3", "helm4")
WAYS = ("init-container", "post-start", "sidecar", "entrypoint")
# Jobs with each way, in the order in which they are done, and what is seen.
JOBS = {
    "install": "`helm install --wait` succeeded; the pod and the Service gave the way's page",
    "test": "`helm test --logs` succeeded and printed the page",
    "same rules": "`helm upgrade --wait` kept the pod",
    "changed script": "`helm upgrade --wait` made a new pod, which gave the new page",
    "changed value": "`helm upgrade --wait` made a new pod, which gave the same page",
    "rollback": "`helm rollback --wait` brought the first page back",
    "without rules": "`helm upgrade --wait` brought the stock page; nothing generated stayed",
    "with rules again": "`helm upgrade --wait` brought the way's page back",
    "another way": "`helm upgrade --wait` with the next way's rules brought the next way's page",
    "failing script": "`helm upgrade --wait` failed; the Service went on giving the page",
    "failing, undone": "`--atomic`, in Helm 4 `--rollback-on-failure`, failed and rolled back",
    "uninstall": "`helm uninstall --wait` left nothing but the test's pod",
}
DOCS = ROOT / "docs" / "cluster.md"
_NEVER = "not yet"
_START = "| job | host | what is seen |"


class Cell(NamedTuple):
    """A job by a host with a way."""

    job: str
    host: str
    way: str


def all_cells() -> list[Cell]:
    """Every cell of the table."""
    return [Cell(job, host, way) for job in JOBS for host in HOSTS for way in WAYS]


def write(seen: Mapping[Cell, str]) -> None:
    """Writes when these were seen into the table; what it says of others stays."""
    text = DOCS.read_text()
    start = text.index(_START)
    end = text.find("\n\n", start)
    table = {**_read(text[start:end].splitlines()[2:]), **seen}
    DOCS.write_text(text[:start] + "\n".join(_rows(table)) + text[end:])


def _read(lines: Iterable[str]) -> dict[Cell, str]:
    found = {}
    for line in lines:
        job, host, _, *when = line.strip("| ").split(" | ")
        found |= {Cell(job, host, way): said for way, said in zip(WAYS, when, strict=True)}
    return found


def _rows(table: Mapping[Cell, str]) -> list[str]:
    rows = [f"{_START} {' | '.join(WAYS)} |", "|---" * (3 + len(WAYS)) + "|"]
    for job, what in JOBS.items():
        for host in HOSTS:
            when = (table.get(Cell(job, host, way), _NEVER) for way in WAYS)
            rows.append(f"| {job} | {host} | {what} | {' | '.join(when)} |")
    return rows
