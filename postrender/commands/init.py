"""`kmod-post init`: first rules for a chart, in one of the four ways."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Annotated

from postrender.commands.arguments import File, places_in, read_stream
from postrender.commands.candidates import complete_container, complete_way, complete_workload
from postrender.commands.console import note, show
from postrender.commands.parameters import option
from postrender.commands.prompts import chosen, terminal
from postrender.commands.starters import WAYS, Target, security_beside, starter
from postrender.data import get
from postrender.engine import run as engine
from postrender.engine.inputs import rules_of
from postrender.errors import KmodError, UsageError, one_line, reason_of
from postrender.files import write_file
from postrender.kubernetes.images import Locked
from postrender.kubernetes.objects import (
    claim_names,
    containers,
    group,
    identity,
    is_hook,
    mappings,
    pod_places,
    text_of,
)
from postrender.reports.inventory import workloads_of
from postrender.rules.layers import read_values
from postrender.stream.text import Stream

if TYPE_CHECKING:
    from typing import TextIO

    from postrender.data import Object
    from postrender.stream.manifest import Subject


EXAMPLES = (
    (
        "a sidecar for a chart's only workload",
        "helm template web ./chart | kmod-post init --way sidecar --to kmod.yaml",
    ),
    (
        "an init container for one of several",
        "kmod-post init --way init-container --workload Deployment/web --to a.yaml rendered.yaml",
    ),
)


def init(
    file: File = "-",
    *,
    way: Annotated[
        str,
        option(
            metavar="WAY",
            help="init-container, post-start, sidecar or entrypoint",
            autocompletion=complete_way,
        ),
    ] = "",
    workload: Annotated[
        str,
        option(metavar="KIND/NAME", help="The object to change", autocompletion=complete_workload),
    ] = "",
    container: Annotated[
        str,
        option(metavar="NAME", help="The container to change", autocompletion=complete_container),
    ] = "",
    to: Annotated[
        str, option(metavar="FILE", help="Rules file to write, or - for standard output")
    ] = "kmod.yaml",
    force: Annotated[bool, option("--force", help="Replace an existing file")] = False,
) -> None:
    """
    Write first rules for a container of the chart: a commented rules file that works at once.

    If there is only one workload or container, init takes it; otherwise it asks on a terminal.

      init-container  runs before the application; any image, its own log
      post-start      runs when the application starts, in its container
      sidecar         runs next to the application; any image, its own log
      entrypoint      runs before the application, in its container
    """
    if to != "-" and os.path.exists(to) and not force:
        raise UsageError(_there(to))
    with places_in(file):
        stream = Stream(read_stream(file, "init"))
        subjects = workloads_of(stream)
    asked = terminal()
    way = chosen("--way", way, list(WAYS), asked)
    target = _target(subjects, workload, container, asked)
    text = starter(way, target, "kmod.yaml" if to == "-" else to)
    with places_in(file):
        engine.run(stream, rules_of([read_values(text, to)]), argv_of=_any_argv)
    if to == "-":
        show(text)
        return
    _write(to, text, force=force)
    source = "helm template NAME CHART | " if file == "-" else ""
    behind = "" if file == "-" else f" {one_line(file)}"
    to = one_line(to)
    note(f"{to}: written; next:")
    if way == "entrypoint" and not target.has_command:
        note(f"  {source}kmod-post lock -f {to}{behind}")
    note(f"  {source}kmod-post diff -f {to}{behind}")


def _target(
    subjects: list[tuple[Subject, Object | None]],
    workload: str,
    container: str,
    asked: TextIO | None,
) -> Target:
    """The container to change, and what its pod has. Raises KmodError."""
    if not subjects:
        raise KmodError(
            "kmod-post init: no object with a pod template in the stream", "pipe a chart"
        )
    names = _named(subjects)
    plain = [name for name, (obj, _) in names.items() if not is_hook(obj)]
    meant = [name for name, (obj, _) in names.items() if workload in (name, *_spellings(obj))]
    if workload and meant:
        if len(meant) > 1 and asked is None:
            which = " or ".join(meant)
            raise UsageError(f"--workload {workload}: may be {which}", "write one of these")
        names, workload, plain = {name: names[name] for name in meant}, "", []
    workload = chosen("--workload", workload, list(names), asked, plain)
    obj, match = names[workload]
    if match is None:
        raise KmodError(
            f"--workload {workload}: another object has the same kind, name and template, "
            "so that no match: can tell them apart",
            "choose another",
        )
    known = target_of(obj, match)
    if not known:
        raise KmodError(f"--workload {workload}: its pod has no containers", "choose another")
    return known[chosen("--container", container, list(known), asked)]


def _named(
    subjects: list[tuple[Subject, Object | None]],
) -> dict[str, tuple[Object, Object | None]]:
    """Objects and their matches by identity, with the template if several have the same."""
    count = Counter(identity(subject.obj) for subject, _ in subjects)
    names: dict[str, tuple[Object, Object | None]] = {}
    for subject, match in subjects:
        name = identity(subject.obj)
        if count[name] > 1 and subject.source:
            name = f"{name} ({subject.source})"
        names.setdefault(name, (subject.obj, match))
    return names


def _spellings(obj: Object) -> tuple[str, ...]:
    """The ways to name an object without its template."""
    name = text_of(obj, "name")
    return identity(obj), f"{text_of(obj, 'kind')}/{name}", name


def target_of(obj: Object, match: Object) -> dict[str, Target]:
    """The containers of an object, each with what its pod has. `match` matches the object."""
    found = {}
    for place in pod_places(obj, {}):
        spec = get(obj, place.spec)
        everyone = [container for _, container in containers(spec)]
        mounts = [mount for one in everyone for mount in mappings(one.get("volumeMounts"))]
        volumes = {str(volume.get("name")) for volume in mappings(spec.get("volumes"))}
        for path, container in containers(spec):
            if path[0] == "containers":
                name = str(container.get("name"))
                found[name] = Target(
                    match=match,
                    container=name,
                    names=frozenset(str(one.get("name")) for one in everyone),
                    volumes=claim_names(obj) | volumes,
                    paths=frozenset(str(mount.get("mountPath")) for mount in mounts),
                    ends=group(obj) == "batch",
                    security=security_beside(container, spec),
                    has_command=bool(container.get("command")),
                )
    return found


def _any_argv(image: str, platform: str) -> Locked:  # noqa: ARG001 - asked as a lock file is
    """Replaces the lock file, which `kmod-post lock` writes only when there are rules."""
    return Locked(("(not locked)",), (), f"sha256:{0:064}")


def _write(to: str, text: str, *, force: bool) -> None:
    try:
        write_file(to, text.encode(), must_be_new=not force)
    except FileExistsError:
        raise UsageError(_there(to)) from None
    except OSError as error:
        reason = reason_of(error)
        raise KmodError(f"--to {to}: cannot be written ({reason})", "name another file") from None


def _there(to: str) -> str:
    return f"--to {to}: already exists; name another file, or give --force"
