"""
`kmod-post lock`: looks up in registries what images start, and writes the lock file.

Applies the rules once, without printing anything, to find the images that they need.
"""

from __future__ import annotations

import os
import sys
import time
from collections import defaultdict
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer

from postrender.commands.arguments import RULES, File, places_in, read_stream, takes
from postrender.commands.overwriting import refuse_overwriting
from postrender.commands.parameters import option
from postrender.data import get
from postrender.engine import run as engine
from postrender.engine.inputs import beside, read_inputs, rules_files
from postrender.engine.lockfile import Entry, Lock, key_of, lock_text, open_lock
from postrender.errors import (
    STDIN,
    LockError,
    StreamError,
    UsageError,
    Where,
    message,
    one_line,
    reason_of,
)
from postrender.files import LIMIT, write_file
from postrender.kubernetes.images import Locked, names_of, normalised, parse, platform_of, text_of
from postrender.kubernetes.objects import containers, pod_places
from postrender.rules.match import Globs
from postrender.stream.manifests import Manifests

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from postrender.engine.inputs import Inputs
    from postrender.errors import Message
    from postrender.registry.client import Client

    # References, as the lock file spells them, with the wanted platforms.
    Images = dict[str, set[str]]
    Wanted = Mapping[str, AbstractSet[str]]

EXAMPLES = (
    ("lock the images that rules need", "helm template web ./chart | kmod-post lock -f kmod.yaml"),
    ("update an image whose tag has moved", "kmod-post lock rendered.yaml --update nginx:1.19"),
    ("check the file in CI", "helm template web ./chart | kmod-post lock -f kmod.yaml --check"),
)
_Texts = list[str] | None
# Seconds to wait for another run that writes the lock file, which takes only a moment.
_WAIT = 10.0


@takes(*RULES, "default_namespace")
def lock(
    file: File = "-",
    *,
    lock: Annotated[
        str,
        option(
            metavar="FILE",
            help="Lock file. Default: kmod.lock.yaml in the folder of the first rules file",
        ),
    ] = "",
    all_: Annotated[
        bool, option("--all", help="Lock all images of the stream, not only those that rules need")
    ] = False,
    update: Annotated[
        _Texts, option(metavar="IMAGE", help="Look up matching images again; repeatable")
    ] = None,
    check: Annotated[
        bool, option("--check", help="Write nothing; fail if the lock file is out of date")
    ] = False,
    platform: Annotated[
        _Texts,
        option(
            metavar="OS/ARCH", help="Platform to lock; repeatable. Default: all Linux platforms"
        ),
    ] = None,
    ca_file: Annotated[
        str,
        option(metavar="FILE", help="Certificates (PEM) to trust in addition to the system's"),
    ] = "",
    given: dict[str, list[str]],
) -> None:
    """
    Read from registries what images start (ENTRYPOINT and CMD), and write it to the lock file.

    Rules that run a script before the application need it, unless the chart or the rule says what
    the container starts.
    """
    if check and (update or platform):
        raise UsageError("--check: cannot be combined with --update or --platform", "give it alone")
    platforms = {_platform(text) for text in platform or ()}
    with places_in(file):
        inputs = read_inputs(read_stream(file, "lock"), given)
        _refuse_nothing(inputs)
        images = needed(inputs)
        for image in all_images(inputs) if all_ else ():
            images.setdefault(image, set())
    name = lock or beside(rules_files(given))
    refuse_overwriting("--lock", name, given, file, but="lock")
    old = open_lock(name)
    client = _client(ca_file)
    failures = (
        _check(client, old, images)
        if check
        else _write(client, old, images, to_ask(old, images, platforms, update or []))
    )
    if failures:
        raise LockError(failures)


def _refuse_nothing(inputs: Inputs) -> None:
    """
    Raises StreamError if the stream has no objects. A render excuses that; here, the command before
    the pipe has most likely failed, and `--check` must not pass.
    """
    if Manifests(inputs.stream, inputs.namespace, inputs.rules.workloads).is_empty():
        raise StreamError(
            "there are no objects, so no images can be found in them",
            "check the command that renders the chart",
            where=Where(STDIN, 0, 0),
        )


def needed(inputs: Inputs) -> Images:
    """The images that the rules need, with the platforms they name. Raises KmodError."""
    images: Images = defaultdict(set)

    def argv_of(image: str, platform: str) -> Locked | None:
        if not image:
            return None
        images[key_of(image)].update({platform} if platform else ())
        return Locked(("(not locked)",), (), f"sha256:{0:064}")

    engine.run(inputs.stream, inputs.rules, inputs.namespace, argv_of, inputs.finish)
    return images


def all_images(inputs: Inputs) -> set[str]:
    """The images of all containers in the stream."""
    workloads = inputs.rules.workloads
    return {
        key_of(container["image"])
        for subject in Manifests(inputs.stream, inputs.namespace, workloads).subjects()
        for place in pod_places(subject.obj, workloads)
        for _, container in containers(get(subject.obj, place.spec))
        if isinstance(container.get("image"), str) and container["image"].strip()
    }


def to_ask(old: Lock, images: Images, platforms: set[str], update: list[str]) -> Wanted:
    """
    Which images to look up, and which platforms of each; an empty set means those that it has.
    Raises UsageError if a glob of `update` matches no image.
    """
    wanted: dict[str, set[str]] = {}
    for image, asked in images.items():
        entry = old.entries.get(image)
        if entry is None:
            wanted[image] = platforms and platforms | asked
        elif not platforms | asked <= entry.configs.keys():
            wanted[image] = platforms | asked | entry.configs.keys()
    for glob in update:
        globs = Globs([glob, text_of(normalised(parse(glob)))])
        matching = [
            image
            for image in {**old.entries, **images}
            if any(name in globs for name in names_of(image))
        ]
        if not matching:
            raise UsageError(
                f"--update {glob}: no such image in the stream or in {old.file}", "check the name"
            )
        for image in matching:
            entry = old.entries.get(image)
            locked = entry.configs.keys() if entry else set()
            asked = images.get(image, set())
            wanted[image] = platforms | asked | locked if platforms or locked else set()
    return wanted


def _write(client: Client, old: Lock, images: Images, wanted: Wanted) -> list[Message]:
    """Looks up images and writes the lock file. One that fails does not affect the others."""
    answers = _asked(client, wanted)
    # A new image was looked up for all Linux platforms; a rule may name another platform.
    missing = {
        image: images[image] | answer.configs.keys()
        for image, answer in answers.items()
        if isinstance(answer, Entry) and not images.get(image, set()) <= answer.configs.keys()
    }
    answers |= _asked(client, missing)
    answered = {image: answer for image, answer in answers.items() if isinstance(answer, Entry)}
    failures = {image: error for image, error in answers.items() if isinstance(error, LockError)}
    changed = {image: entry for image, entry in answered.items() if entry != old.entries.get(image)}
    if changed:
        failures |= _add(old, changed)
    elif not failures:
        have = "has all that is needed" if images else "nothing to lock; no rule asks for an image"
        typer.echo(f"{one_line(old.file)}: {have}", err=True)
    return [one for image in sorted(failures) for one in failures[image].messages]


def _add(old: Lock, changed: dict[str, Entry]) -> dict[str, LockError]:
    """
    Writes entries to the lock file and prints a line for each. Keeps what other runs have written
    since `old` was read; returns an error for each image for which it cannot keep both.
    """
    failures: dict[str, LockError] = {}
    try:
        with _alone(old.file):
            there = open_lock(old.file).entries
            entries = {**there}
            for image, entry in changed.items():
                merged = _merged(entry, there.get(image), old.entries.get(image))
                if merged:
                    entries[image] = merged
                else:
                    failures[image] = LockError(
                        f"{image}: another run has locked it at the same time, and differently",
                        f'run "kmod-post lock --update {image}"',
                    )
            if entries != there:
                text = lock_text(entries).encode()
                if len(text) > LIMIT:
                    raise LockError(
                        f"{old.file}: would be larger than the {LIMIT // 10**6} million bytes "
                        "that are read",
                        "lock fewer images in one file",
                    )
                write_file(old.file, text, through_link=True)
    except OSError as error:
        reason = reason_of(error)
        raise LockError(
            f"{old.file}: cannot be written ({reason})", "name another with --lock"
        ) from None
    for image in sorted(changed.keys() - failures.keys()):
        word = "changed" if image in old.entries else "added"
        typer.echo(f"{one_line(image)}: {word}, {changed[image].digest}", err=True)
    return failures


def _merged(new: Entry, there: Entry | None, old: Entry | None) -> Entry | None:
    """
    The entry to write if this run found `new` and another one replaced `old` by `there`: it has the
    platforms of both. None if they contradict each other.
    """
    if there is None or there == old:
        return new
    configs = {**there.configs, **new.configs}
    both = Entry(new.digest, configs)
    is_one = there.digest == new.digest and all(
        configs[platform] == config for platform, config in there.configs.items()
    )
    return both if is_one else None


@contextmanager
def _alone(file: str) -> Iterator[None]:
    """
    Keeps other runs from writing the lock file meanwhile. Raises LockError if one takes too long.

    The lock is on the folder, because the file is replaced. The system releases it when the process
    ends. If there is no lock (Windows, NFS, a folder that cannot be read), another run can write
    between reading the file again and replacing it, which takes some milliseconds.
    """
    folder = None
    try:
        import fcntl

        folder = os.open(os.path.dirname(os.path.realpath(file)), os.O_RDONLY)
        until = time.monotonic() + _WAIT
        while not _locks(folder, fcntl):
            if time.monotonic() > until:
                raise LockError(
                    f"{file}: another program holds its folder locked", "try again later"
                )
            time.sleep(0.05)
    except (ImportError, OSError):
        pass  # see above; if the file cannot be written, that shows later
    try:
        yield
    finally:
        if folder is not None:
            os.close(folder)


def _locks(folder: int, fcntl: Any) -> bool:
    """Locks a folder; false if another process holds the lock."""
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _check(client: Client, old: Lock, images: Images) -> list[Message]:
    """Where the lock file differs from the registries, and what it lacks."""
    messages = [
        message(f"not in {old.file}", 'run "kmod-post lock"', subject=image)
        for image, asked in images.items()
        if image not in old.entries or not asked <= old.entries[image].configs.keys()
    ]
    answers = _asked(client, {image: entry.configs.keys() for image, entry in old.entries.items()})
    for image, answer in answers.items():
        entry = old.entries[image]
        if isinstance(answer, LockError):
            messages += answer.messages
        elif answer != entry:
            how = "the same" if answer.configs == entry.configs else "something else"
            what = (
                f"{old.file} has other commands for this digest than its registry"
                if answer.digest == entry.digest
                else f"its registry has {answer.digest} now, which starts {how}"
            )
            messages.append(message(what, f'run "kmod-post lock --update {image}"', subject=image))
    return sorted(messages, key=str)


def _asked(client: Client, wanted: Wanted) -> dict[str, Entry | LockError]:
    """The registries' answers, with a progress bar on a terminal."""
    from postrender.registry.images import ask_all

    bar: Any = nullcontext()
    if wanted and sys.stderr.isatty():
        bar = typer.progressbar(length=len(wanted), label="Asking registries", file=sys.stderr)
    with bar as shown:
        return ask_all(client, wanted, lambda _: shown and shown.update(1))


def _client(ca_file: str) -> Client:
    try:
        from postrender.registry.client import Client
        from postrender.registry.credentials import Logins, config_files
        from postrender.registry.transport import Transport
    except ModuleNotFoundError as error:
        raise LockError(
            f"kmod-post lock: the Python package {error.name} is missing",
            "install kmod-post again, with the packages that it needs",
        ) from None
    return Client(Transport(ca_file=ca_file), Logins(config_files(os.environ)))


def _platform(text: str) -> str:
    if not platform_of(text):
        raise UsageError(f"--platform {text}: no platform", "write one such as linux/amd64")
    return platform_of(text)
