"""The names of generated objects, in a separate module because most runs generate nothing."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import hashlib

# The annotation of a generated ConfigMap: the rule that it is for.
MARK = "kmod-post/rule"
# What annotations of pods that hold a file begin with.
FILE = "kmod-post/file-"
# Where generated scripts are mounted, in a folder named after their rule.
FOLDER = "/kmod-post"


def volume_name(rule: str) -> str:
    """The name of the volume that shows a rule's generated files."""
    return f"kmod-{rule}"


def folder_of(rule: str) -> str:
    """Where the scripts of a rule are mounted."""
    return f"{FOLDER}/{rule}"


def checksum_key(rule: str) -> str:
    """The annotation of the pod template that changes with a rule's generated files."""
    return f"kmod-post/checksum-{rule}"


def sha256(data: bytes = b"") -> hashlib._Hash:
    """Python's hash; it loads OpenSSL, so it is imported when it is needed."""
    import hashlib

    return hashlib.sha256(data)
