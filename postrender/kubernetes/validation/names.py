"""
Names that Kubernetes does not take: keys and values of labels, keys of annotations, of ConfigMaps
and Secrets.

Sources: k8s.io/apimachinery pkg/util/validation/validation.go (IsQualifiedName, IsValidLabelValue,
IsConfigMapKey, IsDNS1123Label, IsValidPortName), pkg/apis/meta/v1/validation (ValidateLabels);
kubernetes pkg/apis/core/validation/validation.go (ValidateConfigMap, ValidateSecret).

Written without regular expressions: compiling them takes longer than all the rest.
"""

from __future__ import annotations

from postrender.data import get
from postrender.value import memo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Data, Object
    from postrender.kubernetes.validation import Found

_ABSENT = object()
_LABEL, _SUBDOMAIN, _PORT = 63, 253, 15


def name_findings(obj: Object, old: Object) -> list[Found]:
    """What is wrong with names in an object's metadata, and in data of ConfigMaps and Secrets."""
    found = metadata_findings(obj.get("metadata"), old.get("metadata"), "")
    if obj.get("kind") in ("ConfigMap", "Secret") and obj.get("apiVersion") == "v1":
        found += _data_findings(obj, old)
    return found


def _data_findings(obj: Object, old: Object) -> Iterator[Found]:
    """The keys in the data of a ConfigMap or a Secret that Kubernetes does not take."""
    data, binary = get(obj, ("data",)), get(obj, ("binaryData",))
    for field, found in (("data", data), ("binaryData", binary)):
        for key in found if isinstance(found, dict) and found is not get(old, (field,)) else ():
            if not _is_file_name(str(key)):
                yield (
                    "invalid-name",
                    f'{field}: "{key}" cannot be a key',
                    "use letters, digits, dots, - and _, at most 253",
                )
    if isinstance(data, dict) and isinstance(binary, dict):
        for key in data:
            if key in binary:
                yield (
                    "duplicate-name",
                    f'the key "{key}" is in data and in binaryData',
                    "keep one of the two",
                )


def metadata_findings(metadata: Data, old: Data, where: str) -> list[Found]:
    """The same for the labels and annotations of some metadata; `where` is put before them."""
    findings: list[Found] = []
    if metadata is old or not isinstance(metadata, dict):
        return findings
    for field in ("labels", "annotations"):
        found, known = metadata.get(field), get(old, (field,))
        if found is known or not isinstance(found, dict):
            continue
        known = known if isinstance(known, dict) else {}
        for key, value in found.items():
            if value is known.get(key, _ABSENT):
                continue
            # The keys of annotations may have capitals in their prefix (ValidateAnnotations).
            fault = qualified(str(key).lower() if field == "annotations" else str(key))
            if fault:
                text = f'{where}{field}: the key "{key}" {fault}'
                findings.append(("invalid-name", text, "correct it"))
            if field == "labels" and isinstance(value, str) and value and not _is_word(value):
                # A label is no secret, but what a rule wrote by mistake may be.
                text = f'{where}{field}: the value of "{key}" cannot be one of a label'
                advice = "use letters, digits, and - _ . within, at most 63"
                findings.append(("invalid-name", text, advice))
    return findings


@memo  # most objects have the same few
def qualified(key: str) -> str:
    """What is wrong with the key of a label or annotation; empty where it is well."""
    prefix, slash, name = key.rpartition("/")
    if slash and not (len(prefix) <= _SUBDOMAIN and all(map(_is_part, prefix.split(".")))):
        return "has a prefix that is no domain"
    if len(name) > _LABEL:
        return f"is longer than {_LABEL} characters"
    return "" if name and _is_word(name) else "is no name"


@memo
def is_label(name: str) -> bool:
    """Whether a name is one of RFC 1123: lower case letters, digits, and - within."""
    return len(name) <= _LABEL and _is_part(name)


def is_port_name(name: str) -> bool:
    """Whether a name is one of RFC 6335, as ports of containers have them."""
    return (
        is_label(name) and len(name) <= _PORT and "--" not in name and any(map(str.isalpha, name))
    )


def _is_part(name: str) -> bool:
    """Part of a domain, however long."""
    ends = name[:1] + name[-1:]
    return (
        name.isascii()
        and name == name.lower()
        and name.replace("-", "0").isalnum()
        and ends.isalnum()
    )


def _is_word(text: str) -> bool:
    """Letters, digits, and - _ . within; at most 63."""
    plain = text.replace("-", "0").replace("_", "0").replace(".", "0")
    ends = text[:1] + text[-1:]
    return len(text) <= _LABEL and text.isascii() and plain.isalnum() and ends.isalnum()


def _is_file_name(key: str) -> bool:
    plain = key.replace("-", "0").replace("_", "0").replace(".", "0")
    is_way_up = key in (".", "..") or key.startswith("..")
    return 0 < len(key) <= _SUBDOMAIN and key.isascii() and plain.isalnum() and not is_way_up
