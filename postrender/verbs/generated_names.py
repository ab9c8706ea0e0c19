"""The names of generated objects, in a separate module because most runs generate nothing."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import hashlib

# What annotations of kmod-post begin with, and that of a generated ConfigMap: the rule it is for.
PREFIX = "kmod-post/"
MARK = f"{PREFIX}rule"
# What annotations of pods that hold a file begin with.
FILE = f"{PREFIX}file-"
_VOLUME = "kmod-"
# Where generated scripts are mounted, in a folder named after their rule.
FOLDER = "/kmod-post"


def volume_name(rule: str) -> str:
    """The name of the volume that shows a rule's generated files."""
    return f"{_VOLUME}{rule}"


def is_ours(volume: str) -> bool:
    """Whether a volume of this name shows generated files."""
    return volume.startswith(_VOLUME)


def folder_of(rule: str) -> str:
    """Where the scripts of a rule are mounted."""
    return f"{FOLDER}/{rule}"


def checksum_key(rule: str) -> str:
    """The annotation of the pod template that changes with a rule's generated files."""
    return f"{PREFIX}checksum-{rule}"


def sha256(data: bytes = b"") -> hashlib._Hash:
    """Python's hash; it loads OpenSSL, so it is imported when it is needed."""
    import hashlib

    return hashlib.sha256(data)
