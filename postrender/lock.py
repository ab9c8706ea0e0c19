"""
The lock file, `kmod.lock.yaml`: what images start, as their registries said it.

`kmod-post lock` writes it, people commit it, and rendering reads it instead of asking anybody. For
each image reference it holds the digest that the reference stood for, and ENTRYPOINT, CMD, user and
working directory, once for all the platforms that have them alike.
"""

from __future__ import annotations

import os
import re
from collections import namedtuple

from postrender.argv import Locked
from postrender.errors import LockError, reason_of
from postrender.imagenames import normalised, parse, text_of
from postrender.platforms import platform_of
from postrender.yamltext.reader import ReadError, read
from postrender.yamltext.writer import flow, scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, NoReturn

    from postrender.argv import ArgvOf

    Data = Any

FILE = "kmod.lock.yaml"
VERSION = 1

# What an image starts on a platform: two tuples of texts and two texts.
Config = namedtuple("Config", "entrypoint cmd user working_dir")

# What a reference stands for: a digest, and each platform's Config by its name.
Entry = namedtuple("Entry", "digest configs")

_HEAD = """\
# What these images start (ENTRYPOINT and CMD), by platform, and the digest they had when their
# registries were asked.
#
# Written by "kmod-post lock"; commit it, do not edit it. Rendering reads this file and asks no
# registry. When an image has changed: "kmod-post lock --update IMAGE". To see whether one has:
# "kmod-post lock --check".
"""
_DIGEST = "sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}"


class Lock:
    """The entries of a lock file, by reference as `key_of` spells it. `file` is for messages."""

    __slots__ = ("entries", "file")

    def __init__(self, entries: Mapping[str, Entry], file: str = FILE) -> None:
        self.entries = entries
        self.file = file

    def argv_of(self, image: str, platform: str = "") -> Locked | None:
        """
        What an image starts; None where the file does not know the image.

        Raises LockError where it does not know the platform, or where none is asked for and the
        image's platforms differ.
        """
        entry = self.entries.get(key_of(image))
        if entry is None:
            return None
        if platform:
            config = entry.configs.get(platform)
            if config is None:
                raise LockError(
                    f"{self.file} has {image} for {', '.join(sorted(entry.configs))}, not for "
                    f'{platform}; name one of those, or run "kmod-post lock --platform {platform}"'
                )
        else:
            config = self._only(image, entry)
        return Locked(config.entrypoint, config.cmd, entry.digest)

    def _only(self, image: str, entry: Entry) -> Config:
        """The Config of all platforms, if they start the same."""
        argvs: dict[tuple[tuple[str, ...], tuple[str, ...]], str] = {}
        for platform in sorted(entry.configs):
            config: Config = entry.configs[platform]
            argvs.setdefault((config.entrypoint, config.cmd), platform)
        if len(argvs) > 1:
            found = ", ".join(
                f"{platform} {flow([*entrypoint, *cmd])}"
                for (entrypoint, cmd), platform in argvs.items()
            )
            raise LockError(
                f"{image} does not start the same on all platforms ({found}); say which one counts "
                f"below entrypoint:, such as platform: {next(iter(argvs.values()))}"
            )
        return config


def key_of(image: str) -> str:
    """
    The spelling of a reference that all spellings of it share: `nginx` is
    `docker.io/library/nginx:latest`.
    """
    name = normalised(parse(image))
    if not (name.tag or name.digest):
        name = name._replace(tag=":latest")
    return text_of(name)


def is_digest(text: Data) -> bool:
    """Whether a text is a digest of an algorithm that images use."""
    return isinstance(text, str) and bool(re.fullmatch(_DIGEST, text))


# The file


def beside(rules_files: Sequence[str]) -> str:
    """Where the lock file is if nobody says so: beside the first rules file."""
    return os.path.join(os.path.dirname(rules_files[0]) if rules_files else "", FILE)


def argv_from(file: str, *, must_exist: bool) -> ArgvOf:
    """
    Answers from a lock file, which is read when the first question comes: most runs have none.

    Without `must_exist` a file that is not there is an empty one. Raises LockError, then or later.
    """
    if must_exist and not os.path.exists(file):
        raise LockError(f'{file}: not there; run "kmod-post lock" to make it')
    opened: list[Lock] = []

    def argv_of(image: str, platform: str = "") -> Locked | None:
        if not opened:
            opened.append(open_lock(file))
        return opened[0].argv_of(image, platform)

    return argv_of


def open_lock(file: str) -> Lock:
    """The lock file of this name; an empty one where it is not there. Raises LockError."""
    try:
        with open(file, "rb") as opened:
            return read_lock(opened.read().decode(), file)
    except FileNotFoundError:
        return Lock({}, file)
    except OSError as error:
        reason = reason_of(error)
        raise LockError(f"{file}: cannot be read ({reason}); name another with --lock") from None
    except UnicodeDecodeError as error:
        raise LockError(f"{file}: not UTF-8 (byte {error.start}); save it as UTF-8") from None


def read_lock(text: str, file: str = FILE) -> Lock:
    """The text of a lock file as a Lock. Raises LockError."""
    try:
        root = read(text.removeprefix("\ufeff"))
    except ReadError as error:
        where = f"{file}:{error.line + 1}:{error.column + 1}"
        raise LockError(f"{where}: {error.problem}; mend the YAML") from None
    if root is None or root.data is None:
        return Lock({}, file)
    check = _Check(file)
    data = root.data
    if not isinstance(data, dict) or data.get("version") != VERSION:
        check.fail(f"it is no lock file of version {VERSION}", "use the kmod-post that wrote it")
    images = check.mapping(data.get("images") or {}, "images")
    return Lock({key: _entry(check, entry, key) for key, entry in images.items()}, file)


def lock_text(entries: Mapping[str, Entry]) -> str:
    """The text of a lock file; the same entries give the same text."""
    lines = [f"{_HEAD}version: {VERSION}", "images:" if entries else "images: {}"]
    for key in sorted(entries):
        entry = entries[key]
        groups: dict[Config, list[str]] = {}
        for platform in sorted(entry.configs):
            groups.setdefault(entry.configs[platform], []).append(platform)
        lines += [f"  {scalar(key)}:", f"    digest: {scalar(entry.digest)}", "    configs:"]
        for config, platforms in groups.items():
            lines += [
                f"      - platforms: {flow(platforms)}",
                f"        entrypoint: {flow(list(config.entrypoint))}",
                f"        cmd: {flow(list(config.cmd))}",
                f"        user: {scalar(config.user)}",
                f"        workingDir: {scalar(config.working_dir)}",
            ]
    return "\n".join([*lines, ""])


class _Check:
    """Refuses what no lock file says."""

    def __init__(self, file: str) -> None:
        self.file = file

    def fail(
        self, message: str, advice: str = 'take the image out and run "kmod-post lock"'
    ) -> NoReturn:
        raise LockError(f"{self.file}: {message}; {advice}")

    def mapping(self, value: Data, what: str) -> dict[str, Data]:
        if not isinstance(value, dict):
            self.fail(f"{what} must be a mapping")
        return value

    def texts(self, value: Data, what: str) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fail(f"{what} must be a list of texts")
        return tuple(value)

    def text(self, value: Data, what: str) -> str:
        if not isinstance(value, str):
            self.fail(f"{what} must be text")
        return value


def _entry(check: _Check, data: Data, key: str) -> Entry:
    data = check.mapping(data, key)
    if not is_digest(data.get("digest")):
        check.fail(f"{key}: digest must be sha256: and 64 hex digits")
    if not isinstance(data.get("configs"), list) or not data["configs"]:
        check.fail(f"{key}: configs must be a list of what its platforms start")
    configs: dict[str, Config] = {}
    for item in data["configs"]:
        item = check.mapping(item, f"{key}: each of configs")
        config = Config(
            check.texts(item.get("entrypoint"), f"{key}: entrypoint"),
            check.texts(item.get("cmd"), f"{key}: cmd"),
            check.text(item.get("user"), f"{key}: user"),
            check.text(item.get("workingDir"), f"{key}: workingDir"),
        )
        for platform in check.texts(item.get("platforms"), f"{key}: platforms"):
            if platform_of(platform) != platform or platform in configs:
                check.fail(f'{key}: "{platform}" is no platform, or is there twice')
            configs[platform] = config
    if not configs:
        check.fail(f"{key}: it names no platform")
    return Entry(data["digest"], configs)
