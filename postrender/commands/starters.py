"""
First rules for a container of a chart: one of the four ways, as a commented rules file that works
at once. Takes facts about the container, returns the file's text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from postrender.errors import in_line
from postrender.yamltext.writer import Layout, flow, mapping_lines, scalar

if TYPE_CHECKING:
    from postrender.data import Object


class Target(NamedTuple):
    """
    What the file changes: the object's `match` and its container; the names of containers and
    volumes and the mount paths that are in use; whether its pods end (a Job's); the
    securityContext for a new container next to it; whether the chart sets the container's command.
    """

    match: Object
    container: str
    names: frozenset[str]
    volumes: frozenset[str]
    paths: frozenset[str]
    ends: bool
    security: Object
    has_command: bool


NO_TARGET = Target({}, "", frozenset(), frozenset(), frozenset(), False, {}, False)

# A comparison of the four ways: what to choose each for.
COLUMNS = ("way", "choose it for", "runs", "application waits", "reaches", "log", "needs")
WAYS = {
    "init-container": (
        "work that comes first and does not need the application: fetch, unpack, migrate",
        "before the application",
        "yes; a failure keeps it from starting",
        "a volume; any image",
        "its own",
        "",
    ),
    "post-start": (
        "work that needs the running application: register it, warm it up",
        "when the application starts, in no guaranteed order",
        "no",
        "the container and the running application",
        "none",
        "a shell in the image",
    ),
    "sidecar": (
        "work that goes on: refresh files, collect logs, export metrics",
        "next to the application, as long as it runs",
        "no",
        "a volume, the network; any image",
        "its own",
        "a program that never ends",
    ),
    "entrypoint": (
        "work that comes first and needs the files of the image, or its environment",
        "before the application, in its process",
        "yes; a failure keeps it from starting",
        "the container",
        "the application's",
        "a shell in the image; its ENTRYPOINT and CMD",
    ),
}

RULE = "first-rule"
IMAGE = "busybox:1.28"
# Under /run, which may be empty at start by the Filesystem Hierarchy Standard, so that the mount
# hides nothing of the image.
PLACE = "/run/shared"
_NOBODY = 65534
_NAME = re.compile(r"[a-z0-9.-]+")

_HEAD = """\
# Written by "kmod-post init"; change what you like.
#
{about}
#
#   kmod-post check -f {file}
#   helm template NAME CHART | kmod-post diff -f {file}
rules:
  {rule}:
    # Matches only this object{glob}.
    match: {match}
    # If the chart renames it, the run fails and says so.
    expect: 1
"""
_ABOUT = {
    "init-container": """\
# Init container: a separate container runs to its end before {container} starts, and leaves its
# work in a volume that {container} mounts. If it fails, the application does not start.""",
    "post-start": """\
# PostStart hook: a script runs inside {container} as soon as that has started. The application
# does not wait for it, its output is in no log, and if it fails, the container is killed and
# restarted.""",
    "sidecar": """\
# Sidecar: a second container runs next to {container} and shares a volume with it.""",
    "entrypoint": """\
# Entrypoint: a script runs in {container} before the application, then hands over to it. Its output
# is in the application's own log, and if it fails, the application does not start.""",
}
_SHARED = """
    # Merged into the chart's container; other fields stay as they are.
    containers:
      {container}:
        mounts:
          # Path in this container -> volume of the pod. It hides what the image has at that path.
          {place}: {volume}

    # Added to the chart's volumes. An emptyDir starts empty and lives as long as the pod.
    volumes:
      {volume}:
        emptyDir: {{}}
"""
_BODIES = {
    "init-container": """
    # Added to the pod; the key is the container's name.
    initContainers:
      {name}:
        image: {image}
        command: [sh, -c]
        # set -e: a failing line fails the container, and {container} waits; -x: its log shows each.
        args:
          - |
            set -ex
            echo prepared > {place}/prepared.txt
        mounts:
          {place}: {volume}
{security}"""
    + _SHARED,
    "post-start": """
    # Merged into the chart's container; other fields stay as they are.
    containers:
      {container}:
        # Run by "sh -c", which the image must have. Here it writes to the application's log.
        postStart: |
          echo "started as $(id -u)" > /proc/1/fd/1 || true
""",
    "sidecar": """
    # Added after the chart's containers; the key is the container's name.
    sidecars:
      {name}:
        image: {image}
{native}        command: [sh, -c]
        # The first process of a container ignores SIGTERM unless it traps it; "wait", unlike
        # "sleep", lets the trap run.
        args:
          - |
            trap exit TERM
            while :; do
              date > {place}/now.txt
              sleep 60 & wait
            done
        mounts:
          {place}: {volume}
{security}"""
    + _SHARED,
    "entrypoint": """
    # Merged into the chart's container; other fields stay as they are.
    containers:
      {container}:
        # The script becomes a file in the container, and the container's command.
        entrypoint:
          # Must be in the application's image.
          shell: sh
          # `exec "$@"` is added as the last line and starts what the container started before.
          script: |
            echo "before the application"
{original}""",
}
_NATIVE = """\
        # In initContainers with restartPolicy: Always: it ends after the Job's own containers.
        native: true
"""
_LOCKED = """\
          # Only the image says what that is. Read it from the image's registry once:
          #   helm template NAME CHART | kmod-post lock -f {file}
          # Or write it here, ENTRYPOINT and CMD exactly as the image has them:
          # original: [/docker-entrypoint.sh, nginx, -g, "daemon off;"]
"""


def starter(way: str, target: Target, file: str) -> str:
    """The text of a rules file, to be kept as `file`, that changes the target in one of WAYS."""
    known = {
        "file": in_line(file),
        "rule": RULE,
        "match": flow(target.match),
        "glob": _glob(target.match),
        "container": scalar(target.container),
        "name": free_name("prepare" if way == "init-container" else "companion", target.names),
        "volume": free_name("shared", target.volumes),
        "image": IMAGE,
        "place": free_name(PLACE, target.paths),
        "native": _NATIVE if target.ends else "",
        "security": _security(target.security),
        "original": "" if target.has_command else _LOCKED.format(file=in_line(file)),
    }
    about = _ABOUT[way].format(**known)
    return _HEAD.format(about=about, **known) + _BODIES[way].format(**known)


def security_beside(container: Object, pod: Object) -> Object:
    """
    The securityContext for a new container, so that it may run wherever the application's may: the
    same, with user "nobody" if the pod must not run as root and only the application's image sets
    the user.
    """
    own, around = (
        context if isinstance(context, dict) else {}
        for context in (container.get("securityContext"), pod.get("securityContext"))
    )
    must = own.get("runAsNonRoot", around.get("runAsNonRoot"))
    user = own.get("runAsUser", around.get("runAsUser"))
    return {**own, "runAsUser": _NOBODY} if must and user is None else own


def _glob(match: Object) -> str:
    """A comment with the glob for any release, if the chart prefixes the name with the release."""
    rest = str(match["name"]).partition("-")[2]
    return f'; a glob such as "*-{rest}" takes any release' if _NAME.fullmatch(rest) else ""


def free_name(name: str, taken: frozenset[str]) -> str:
    """A name that nothing in the pod has."""
    found, n = name, 2
    while found in taken:
        found, n = f"{name}-{n}", n + 1
    return found


def _security(context: Object) -> str:
    """The application's securityContext, so that the new container is allowed wherever that is."""
    if not context:
        return ""
    lines = mapping_lines({"securityContext": context}, 8, Layout())
    return "\n".join(["        # The same as the application's.", *lines, ""])
