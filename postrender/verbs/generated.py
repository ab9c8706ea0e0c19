"""
Generated ConfigMaps: `entrypoint` and `files` add ConfigMaps to the stream.

There is one for each object and rule, named `<object>-<rule>`, with the object's labels and
namespace. It comes before the object, and has the template path that the host needs. See the
example in `entrypoint` above. The volume is called `kmod-<rule>`, scripts are mounted in
`/kmod-post/<rule>`.

- Names longer than 63 characters are cut and get a hash. If two objects of different kinds have the
  same name and need different files, the kind comes between object and rule.
- The pod template gets `kmod-post/checksum-<rule>`, which changes only when the files change, so
  that changed files make new pods.
- If the object is a hook, the ConfigMap is a hook too, with a lower weight, so that it exists
  before the object. A hook with the lowest weight that there is gets none, which is an error.
- A ConfigMap can hold 1 MiB; more is an error. It is also an error if the chart has a ConfigMap
  with that name.
- No rule matches a generated ConfigMap.
"""

from __future__ import annotations

from postrender.data import get, put
from postrender.kubernetes.objects import FILENAME, HOOK, containers, is_hook, text_of, texts_of
from postrender.verbs.generated_names import MARK, checksum_key, sha256, volume_name
from postrender.verbs.metadata import Texts, put_texts
from postrender.verbs.volumes import put_volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Object
    from postrender.kubernetes.objects import PodPlace
    from postrender.verbs.context import Context, GeneratedFile

# k8s.io/api core/v1 types.go, MaxSecretSize, which apimachinery's ValidateConfigMap applies to keys
# and values together.
MAX_SIZE = 1024 * 1024
_DEFAULT_DELETE_POLICY = "before-hook-creation"
# An int64's, Go's `int`.
_MAX_WEIGHT = 2**63 - 1
_MOST_DIGITS = 19


def attach(obj: Object, place: PodPlace, context: Context) -> Object:
    """
    The object with the volume in one of its pods and the checksum on that pod's template, if the
    pod uses the files.
    """
    if not text_of(obj, "name"):
        context.fail("it has no name that the ConfigMap could get", "add metadata.name")
    spec = get(obj, place.spec)
    volume = volume_name(context.rule.name)
    mounts = (mount for _, c in containers(spec) for mount in c.get("volumeMounts") or [])
    if not any(isinstance(mount, dict) and mount.get("name") == volume for mount in mounts):
        return obj
    obj = put(obj, place.spec, put_volume(spec, volume, {"configMap": _source(context)}, context))
    if place.template is None:
        return obj
    annotation = Texts({checksum_key(context.rule.name): checksum(context.files)}, is_whole=False)
    new: Object = put(
        obj, place.template, put_texts(get(obj, place.template), "annotations", annotation)
    )
    return new


def checksum(files: dict[str, GeneratedFile]) -> str:
    """Changes when a text in the ConfigMap changes, and only then."""
    digest = sha256()
    for key in sorted(files):
        for text in (key, files[key].text):
            raw = text.encode()
            digest.update(b"%d:%s" % (len(raw), raw))
    return digest.hexdigest()


def config_map(obj: Object, context: Context) -> Object:
    """
    The ConfigMap for an object, which must exist before it does: for a hook it is one itself, with
    a lower weight.
    """
    size = sum(len(key.encode()) + len(file.text.encode()) for key, file in context.files.items())
    if size > MAX_SIZE:
        context.fail(f"its files have {size} bytes, a ConfigMap holds {MAX_SIZE}", "leave some out")
    metadata: Object = {"name": context.config_map}
    if text_of(obj, "namespace"):
        metadata["namespace"] = text_of(obj, "namespace")
    labels = texts_of(obj, "labels")
    if labels:
        metadata["labels"] = labels
    annotations = {MARK: context.rule.name}
    known = texts_of(obj, "annotations")
    if FILENAME in known:
        annotations[FILENAME] = known[FILENAME]
    if is_hook(obj):
        annotations[HOOK] = known[HOOK]
        annotations[f"{HOOK}-weight"] = str(_lower_weight(known, context))
        annotations[f"{HOOK}-delete-policy"] = _DEFAULT_DELETE_POLICY
    metadata["annotations"] = annotations
    data = {key: file.text for key, file in sorted(context.files.items())}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def _source(context: Context) -> Object:
    """The volume's source: one mode for all files, or each file's own next to the scripts' mode."""
    modes = {file.mode for file in context.files.values()}
    source: Object = {"name": context.config_map, "defaultMode": max(modes)}
    if len(modes) > 1:
        source["items"] = [
            {"key": key, "path": key, "mode": file.mode}
            for key, file in sorted(context.files.items())
        ]
    return source


def _lower_weight(annotations: dict[str, str], context: Context) -> int:
    """A weight below that of a hook. Raises VerbError where there is none."""
    weight = _weight(annotations)
    if weight == -_MAX_WEIGHT - 1:
        context.fail(
            f"{HOOK}-weight is the lowest that there is, and its ConfigMap must come before it",
            "give the hook a higher one",
        )
    return weight - 1


def _weight(annotations: dict[str, str]) -> int:
    """
    A hook's weight; what is no int64 counts as 0, as in Helm (pkg/release/util,
    calculateHookWeight), which reads it by Go's strconv.Atoi: digits behind at most one sign.
    """
    text = annotations.get(f"{HOOK}-weight", "")
    digits = (text[1:] if text[:1] in ("+", "-") else text).lstrip("0") or text[-1:]
    # Python makes no number of a text that is far too long.
    if not (digits.isascii() and digits.isdigit()) or len(digits) > _MOST_DIGITS:
        return 0
    weight = -int(digits) if text[0] == "-" else int(digits)
    return weight if -_MAX_WEIGHT - 1 <= weight <= _MAX_WEIGHT else 0
