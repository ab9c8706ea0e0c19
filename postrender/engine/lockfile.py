"""
The lock file, `kmod.lock.yaml`: what images start, as read from their registries.

`kmod-post lock` writes it, people commit it, and rendering reads it instead of using the network.
For each image reference it has the digest of the reference, and ENTRYPOINT, CMD, user and working
directory, once for all platforms with the same values.
"""

from __future__ import annotations

from postrender.errors import LockError, reason_of
from postrender.files import LOCK_FILE, read_file
from postrender.kubernetes.images import Locked, is_digest, normalised, parse, platform_of, text_of
from postrender.value import Value
from postrender.yamltext.nodes import Alias, Mapping, Scalar, Sequence
from postrender.yamltext.positions import column
from postrender.yamltext.reader import ReadError, read
from postrender.yamltext.writer import flow, scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping as MappingType
    from typing import NoReturn

    from postrender.errors import Message
    from postrender.yamltext.nodes import Node


VERSION = 1


class Config(Value):
    """What an image starts on a platform."""

    entrypoint: tuple[str, ...]
    cmd: tuple[str, ...]
    user: str
    working_dir: str


class Entry(Value):
    """What a reference stands for: a digest, and each platform's Config by its name."""

    digest: str
    configs: dict[str, Config]


_HEAD = """\
# What these images start (ENTRYPOINT and CMD), by platform, and the digest they had when their
# registries were asked.
#
# Written by "kmod-post lock"; commit it, do not edit it. Rendering reads this file and asks no
# registry. When an image has changed: "kmod-post lock --update IMAGE". To see whether one has:
# "kmod-post lock --check".
"""
_CONFIG = ("entrypoint", "cmd", "user", "workingDir")


class Lock:
    """The entries of a lock file, by reference as `key_of` spells it. `file` is for messages."""

    __slots__ = ("entries", "file")

    def __init__(self, entries: MappingType[str, Entry], file: str = LOCK_FILE) -> None:
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
                    (
                        f"{self.file} has {image} for {', '.join(sorted(entry.configs))}, not for "
                        f"{platform}"
                    ),
                    f'name one of those, or run "kmod-post lock --platform {platform}"',
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
                f"{image} does not start the same on all platforms ({found})",
                f"choose one below entrypoint:, such as platform: {next(iter(argvs.values()))}",
            )
        return config


def key_of(image: str) -> str:
    """
    The spelling of a reference that all spellings of it share: `nginx` is
    `docker.io/library/nginx:latest`.
    """
    name = normalised(parse(image))
    if not (name.tag or name.digest):
        name = name.replaced(tag=":latest")
    return text_of(name)


# The file


def open_lock(file: str) -> Lock:
    """The lock file of this name; an empty one where it is not there. Raises LockError."""
    try:
        return read_lock(read_file(file).decode(), file)
    except FileNotFoundError:
        return Lock({}, file)
    except OSError as error:
        reason = reason_of(error)
        raise LockError(f"{file}: cannot be read ({reason})", "name another with --lock") from None
    except UnicodeDecodeError as error:
        raise LockError(f"{file}: not UTF-8 (byte {error.start})", "save it as UTF-8") from None


def read_lock(text: str, file: str = LOCK_FILE) -> Lock:
    """
    The text of a lock file as a Lock. Raises LockError with one line for every image that is wrong.

    Nothing in the file is passed over: a key that is there twice, as a union merge of Git leaves
    it, and a key that no lock file has are mistakes.
    """
    text = text.removeprefix("\ufeff")
    try:
        root = read(text)
    except ReadError as error:
        where = f"{file}:{error.line + 1}:{error.column + 1}"
        raise LockError(f"{where}: {error.problem}", "fix the YAML") from None
    if root is None or root.data is None:
        return Lock({}, file)
    return _Reading(file, text).lock(root)


def lock_text(entries: MappingType[str, Entry]) -> str:
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


class _Reading:
    """A lock file while it is read. Its methods raise LockError with the place of the mistake."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text

    def fail(
        self, message: str, node: Node, advice: str = 'remove the image and run "kmod-post lock"'
    ) -> NoReturn:
        where = f"{self.file}:{self.line(node)}:{column(self.text, node.start) + 1}"
        raise LockError(f"{where}: {message}", f"{advice}")

    def line(self, node: Node) -> int:
        return self.text.count("\n", 0, node.start) + 1

    def lock(self, root: Node) -> Lock:
        """The whole file."""
        pairs = self.pairs(root, "a lock file") if isinstance(root, Mapping) else []
        version = next((value for name, _, value in pairs if name == "version"), root)
        # By its text: to Python, true and 1.0 equal 1.
        if not (isinstance(version, Scalar) and (version.style, version.text) == ("", "1")):
            advice = "use the kmod-post that wrote it"
            self.fail(f"not a lock file of version {VERSION}", version, advice)
        images = self.fields(root, "", ("version", "images")).get("images")
        entries: dict[str, Entry] = {}
        if images is None or images.data is None:
            return Lock(entries, self.file)
        wrong: list[Message] = []
        seen: dict[str, Node] = {}
        for name, key, value in self.pairs(images, "images"):
            try:
                self.once(seen, name, key)
                entries[name] = self.entry(name, key, value)
            except LockError as error:
                wrong += error.messages
        if wrong:
            raise LockError(wrong)
        return Lock(entries, self.file)

    def entry(self, name: str, key: Node, value: Node) -> Entry:
        """What an image has below its name."""
        if key_of(name) != name:
            self.fail(f"{name} is not the full name of an image", key, f"write {key_of(name)}")
        found = self.fields(value, f"{name}: ", ("digest", "configs"))
        digest = found.get("digest", value)
        if not is_digest(digest.data):
            self.fail(f"{name}: digest must be sha256: and 64 hex digits", digest)
        listed = found.get("configs", value)
        if not isinstance(listed, Sequence) or not listed.items:
            self.fail(f"{name}: configs must be a list of what its platforms start", listed)
        configs: dict[str, Config] = {}
        for item in map(_target, listed.items):
            there = self.fields(item, f"{name}: ", ("platforms", *_CONFIG))
            config = Config(
                self.texts(there.get("entrypoint", item), f"{name}: entrypoint"),
                self.texts(there.get("cmd", item), f"{name}: cmd"),
                self.string(there.get("user", item), f"{name}: user"),
                self.string(there.get("workingDir", item), f"{name}: workingDir"),
            )
            platforms = there.get("platforms", item)
            for platform in self.texts(platforms, f"{name}: platforms"):
                if platform_of(platform) != platform or platform in configs:
                    self.fail(
                        f'{name}: "{platform}" is not a platform, or is listed twice', platforms
                    )
                configs[platform] = config
        if not configs:
            self.fail(f"{name}: it names no platform", listed)
        return Entry(digest.data, configs)

    def fields(self, node: Node, lead: str, known: tuple[str, ...]) -> dict[str, Node]:
        """The values of a mapping that has these keys at most, each once."""
        seen: dict[str, Node] = {}
        found: dict[str, Node] = {}
        for name, key, value in self.pairs(node, f"{lead}this"):
            self.once(seen, name, key)
            if name not in known:
                self.fail(f'{lead}unknown key "{name}"', key, f"there are {', '.join(known)}")
            found[name] = value
        return found

    def once(self, seen: dict[str, Node], name: str, key: Node) -> None:
        """Refuses a key that its mapping has again."""
        if name in seen:
            message = f"{name} is set twice, first at line {self.line(seen[name])}"
            self.fail(message, key, 'keep one of them, or take both out and run "kmod-post lock"')
        seen[name] = key

    def pairs(self, node: Node, what: str) -> list[tuple[str, Node, Node]]:
        """The entries of a mapping as they are written: text and node of the key, and the value."""
        if not isinstance(node, Mapping):
            self.fail(f"{what} must be a mapping", node)
        keys = [(_target(key), value) for key, value in node.pairs]
        return [(key.text, key, _target(value)) for key, value in keys if isinstance(key, Scalar)]

    def texts(self, node: Node, what: str) -> tuple[str, ...]:
        if not isinstance(node.data, list) or not all(isinstance(item, str) for item in node.data):
            self.fail(f"{what} must be a list of texts", node)
        return tuple(node.data)

    def string(self, node: Node, what: str) -> str:
        if not isinstance(node.data, str):
            self.fail(f"{what} must be text", node)
        return node.data


def _target(node: Node) -> Node:
    """The node itself, or what an alias stands for."""
    return node.target if isinstance(node, Alias) else node
