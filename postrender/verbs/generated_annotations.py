"""
Files that a pod carries itself: `carrier: pod`. Each is an annotation of the pod template, which a
`downwardAPI` volume shows as a file.
"""

from __future__ import annotations

from postrender.kubernetes.objects import texts_of
from postrender.verbs.generated_names import FILE, PREFIX, sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Object
    from postrender.verbs.context import Context

# apimachinery pkg/api/validation/objectmeta.go, TotalAnnotationSizeLimitB: keys and values.
MAX_SIZE = 256 * 1024
# apimachinery pkg/util/validation, IsQualifiedName: what is behind the slash of a key is made of
# letters, digits, `-`, `_` and `.`, as the names of files are, and ends in a letter or digit.
_MAX_NAME = 63
_BEFORE, _AFTER = "metadata.annotations['", "']"


def annotation_key(rule: str, file: str) -> str:
    """The annotation that holds a file of a rule: `kmod-post/file-<rule>.<file>`, fitted."""
    return fitted(f"{key_prefix(rule)}{file}")


def data_key(kind: str, name: str) -> str:
    """The annotation that has the hash of a ConfigMap's or Secret's data, fitted."""
    return fitted(f"{PREFIX}data-{kind.lower()}-{name}")


def fitted(key: str) -> str:
    """A key of an annotation. One that is too long, or ends as none can, is cut and gets a hash."""
    prefix, _, name = key.partition("/")
    if len(name) <= _MAX_NAME and name[-1].isalnum():
        return key
    digest = sha256(name.encode()).hexdigest()[:8]
    return f"{prefix}/{name[: _MAX_NAME - 9]}-{digest}"


def key_prefix(rule: str) -> str:
    """What the annotations of a rule's files begin with. A rule's name contains no dot."""
    return f"{FILE}{rule}."


def field_path(key: str) -> str:
    """How a pod names one of its annotations (Kubernetes' fieldRef)."""
    return f"{_BEFORE}{key}{_AFTER}"


def key_in(path: object) -> str:
    """The annotation that such a path names; empty where it names none."""
    if not isinstance(path, str) or not (path.startswith(_BEFORE) and path.endswith(_AFTER)):
        return ""
    return path[len(_BEFORE) : -len(_AFTER)]


def check_size(template: Object, context: Context) -> None:
    """Raises VerbError where Kubernetes refuses the template's annotations for their size."""
    texts = texts_of(template, "annotations").items()
    size = sum(len(key.encode()) + len(text.encode()) for key, text in texts)
    if size > MAX_SIZE:
        context.fail(
            f"the annotations of its pod have {size} bytes with the files, and Kubernetes takes "
            f"{MAX_SIZE}",
            "write carrier: configMap for large files",
        )
