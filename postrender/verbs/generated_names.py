"""The names of generated objects, in a separate module because most runs generate nothing."""

from __future__ import annotations

from postrender.kubernetes.objects import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import hashlib

    from postrender.data import Object

# What annotations of kmod-post begin with, and that of a generated ConfigMap: the rule it is for.
PREFIX = "kmod-post/"
MARK = f"{PREFIX}rule"
# Where the generated ConfigMaps of scripts are mounted, each in a folder named after its rule.
FOLDER = "/kmod-post"
_VOLUME = "kmod-"
MAX_NAME = 63


def name_of(obj: Object, rule: str, *, with_kind: bool = False) -> str:
    """
    `<object name>-<rule name>`, with the kind between them where asked; what is too long is cut and
    gets a hash.
    """
    kind = f"-{text_of(obj, 'kind').lower()}" if with_kind else ""
    name = f"{text_of(obj, 'name')}{kind}-{rule}"
    if len(name) <= MAX_NAME:
        return name
    digest = sha256(name.encode()).hexdigest()[:8]
    return f"{name[: MAX_NAME - 9].rstrip('-.')}-{digest}"


def volume_name(rule: str) -> str:
    """The name of the volume that shows a rule's generated ConfigMap."""
    return f"{_VOLUME}{rule}"


def is_ours(volume: str) -> bool:
    """Whether a volume of this name shows a generated ConfigMap."""
    return volume.startswith(_VOLUME)


def rule_of(volume: str) -> str:
    """The rule whose generated ConfigMap a volume of this name shows."""
    return volume.removeprefix(_VOLUME)


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
