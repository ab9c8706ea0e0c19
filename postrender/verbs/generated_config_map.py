"""Files in a generated ConfigMap: `carrier: configMap`."""

from __future__ import annotations

from postrender.kubernetes.objects import FILENAME, HOOK, group, is_hook, text_of, texts_of
from postrender.verbs.generated_names import MARK, sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from postrender.data import Object
    from postrender.verbs.context import Context, GeneratedFile

    Files = dict[str, GeneratedFile]

# k8s.io/api core/v1 types.go, MaxSecretSize, which apimachinery's ValidateConfigMap applies to keys
# and values together.
MAX_SIZE = 1024 * 1024
MAX_NAME = 63
# kubectl pkg/util/hash/hash.go, encodeHash: ten letters, those replaced that could make words.
_LENGTH = 10
_LETTERS = str.maketrans("013ae", "ghkmt")
_HASHED = frozenset("2456789bcdfghkmt")
# An int64's, Go's `int`.
_MAX_WEIGHT = 2**63 - 1
_MOST_DIGITS = 19
# What Helm waits for until it has ended (helm pkg/kube, WatchUntilReady).
_ENDING = (("batch", "Job"), ("", "Pod"))


def config_map(obj: Object, files: Files, context: Context) -> Object:
    """
    The ConfigMap for an object, which must exist before it does: for a hook it is one itself, with
    a lower weight.
    """
    if not text_of(obj, "name"):
        context.fail("it has no name that the ConfigMap could get", "add metadata.name")
    size = sum(len(key.encode()) + len(file.text.encode()) for key, file in files.items())
    if size > MAX_SIZE:
        context.fail(f"its files have {size} bytes, a ConfigMap holds {MAX_SIZE}", "leave some out")
    rule = context.rule.name
    metadata: Object = {"name": _name(obj, rule, files)}
    if text_of(obj, "namespace"):
        metadata["namespace"] = text_of(obj, "namespace")
    labels = texts_of(obj, "labels")
    if labels:
        metadata["labels"] = labels
    annotations = {MARK: rule}
    known = texts_of(obj, "annotations")
    if FILENAME in known:
        annotations[FILENAME] = known[FILENAME]
    if is_hook(obj):
        annotations[HOOK] = known[HOOK]
        annotations[f"{HOOK}-weight"] = str(_lower_weight(known, context))
        annotations[f"{HOOK}-delete-policy"] = ",".join(_delete_policy(obj))
    metadata["annotations"] = annotations
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata,
        "data": {key: file.text for key, file in sorted(files.items())},
        "immutable": True,
    }


def checksum(files: Files) -> str:
    """Changes when a text in the ConfigMap changes, and only then."""
    return _digest(text for key in sorted(files) for text in (key, files[key].text))


def is_generated_name(name: str) -> bool:
    """Whether a ConfigMap's name ends as generated ones do."""
    _, sign, end = name.rpartition("-")
    return bool(sign) and len(end) == _LENGTH and _HASHED.issuperset(end)


def _name(obj: Object, rule: str, files: Files) -> str:
    """
    `<object>-<rule>-<hash>`. The hash is also that of the object and the rule, so that a ConfigMap
    belongs to one object: names could be equal where `a-b` and `c` meet `a` and `b-c`, and a
    hook's ConfigMap goes with its hook.
    """
    name = text_of(obj, "name")
    owner = (group(obj), text_of(obj, "kind"), name, rule, str(is_hook(obj)))
    digest = _digest((*owner, checksum(files)))[:_LENGTH].translate(_LETTERS)
    stem = f"{name}-{rule}"[: MAX_NAME - _LENGTH - 1].rstrip("-.")
    return f"{stem}-{digest}"


def _digest(texts: Iterable[str]) -> str:
    """A hash of texts that tells where each ends."""
    digest = sha256()
    for text in texts:
        raw = text.encode()
        digest.update(b"%d:%s" % (len(raw), raw))
    return digest.hexdigest()


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


def _delete_policy(obj: Object) -> list[str]:
    """
    When Helm deletes a hook's ConfigMap: with the hook, and, where Helm waits for the hook to end,
    in any case when all hooks of the event have succeeded, as nobody needs it any more.
    """
    own = texts_of(obj, "annotations").get(f"{HOOK}-delete-policy", "").split(",")
    policies = {policy.strip() for policy in own}
    if (group(obj), text_of(obj, "kind")) in _ENDING:
        policies.add("hook-succeeded")
    asked = [policy for policy in ("hook-succeeded", "hook-failed") if policy in policies]
    return ["before-hook-creation", *asked]
