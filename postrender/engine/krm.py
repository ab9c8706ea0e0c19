"""
A KRM function for kustomize and kpt: reads a ResourceList and returns it with its items changed.

`functionConfig` contains the rules: a KmodRules document, or a ConfigMap with a rules file's text
under `kmod.yaml`; other keys of the ConfigMap work like `--set`. `results` lists the changes.
Everything else stays as it is, also comments and the host's annotations. Specification: kustomize
cmd/config/docs/api-conventions/functions-spec.md.
"""

from __future__ import annotations

from postrender.errors import STDIN, RulesError, StreamError, Where, grouped
from postrender.kubernetes.objects import group, text_of, texts_of
from postrender.rules.layers import node_values, read_values
from postrender.value import Value
from postrender.yamltext.nodes import Alias, Mapping
from postrender.yamltext.reader import ReadError, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Object
    from postrender.engine.changes import Change
    from postrender.errors import Message
    from postrender.rules.layers import Values
    from postrender.stream.manifests import Manifests
    from postrender.stream.text import Stream
    from postrender.yamltext.nodes import Node

KIND = "ResourceList"
CONFIG = "functionConfig"
RULES_KEY = "kmod.yaml"
# Where an item comes from (kyaml kio/kioutil, PathAnnotation and IndexAnnotation).
_PATH = "config.kubernetes.io/path"
_INDEX = "config.kubernetes.io/index"
_LONGEST = 10


class Config(Value):
    """
    What a functionConfig says: its rules, None where it has none, and texts as `--set` takes them.
    """

    rules: Values | None
    sets: list[str]


def read_config(stream: Stream) -> Config | None:
    """
    What the functionConfig of the ResourceList says, or None where the stream is none: the input is
    then a rendered chart. Raises RulesError, and StreamError for a ResourceList that is none.
    """
    documents = [document for document in stream.documents if document.kind != ""]
    if len(documents) != 1 or documents[0].kind not in {KIND, None}:
        return None
    try:
        root = read(stream.text(documents[0]))
    except ReadError:
        return None  # the next reader raises an error with the place
    if not isinstance(root, Mapping) or text_of(root.data, "kind") != KIND:
        return None
    if group(root.data) != "config.kubernetes.io":
        return None
    if not isinstance(root.data.get("items"), list):
        raise StreamError(
            "the ResourceList has no list of items",
            "send items: [] for none",
            where=Where(STDIN, 0, 0),
        )
    given = [value for key, value in root.pairs if key.data == CONFIG]
    return _config(given[-1] if given else None)


def _config(node: Node | None) -> Config:
    """A functionConfig's node as what it says."""
    if isinstance(node, Alias):
        node = node.target
    if node is None or node.data is None:
        return Config(None, [])
    kind = text_of(node.data, "kind") if isinstance(node, Mapping) else ""
    if isinstance(node, Mapping) and kind == "KmodRules":
        return Config(node_values(node, CONFIG), [])
    data = node.data.get("data") or {} if kind == "ConfigMap" else None
    if not isinstance(data, dict):
        raise RulesError(
            f"{CONFIG}: must be a KmodRules, or a ConfigMap with {RULES_KEY} in its data, not "
            f"{kind or 'a value without kind'}",
            "write apiVersion: kmod/v1, kind: KmodRules",
        )
    wrong = [key for key, value in data.items() if not isinstance(value, str)]
    if wrong:
        raise RulesError(f"{CONFIG}: data: {wrong[0]}: must be text", "put it in quotes")
    sets = [f"{key}={value}" for key, value in data.items() if key != RULES_KEY]
    if RULES_KEY not in data:
        return Config(None, sets)
    return Config(read_values(data[RULES_KEY], f"{CONFIG} {RULES_KEY}"), sets)


def finish(manifests: Manifests, changes: list[Change], warnings: list[Message]) -> None:
    """
    Makes the changed documents one ResourceList again: what rules put before or after it becomes
    items of it, and it gets its `results`. Leaves it untouched where nothing was changed.
    """
    manifest = next(m for m in manifests.all if m.document.kind != "")
    before, after = manifests.take_additions()
    results = [_result(change) for change in changes]
    known = _known(manifest.data)
    said = [{"message": str(warning), "severity": "warning"} for warning in grouped(warnings)]
    results += [result for result in said if result not in known]  # not again in every run
    if results or before or after:
        data = manifest.data
        items = [*before, *data["items"], *after]
        manifests.put(manifest, (), {**data, "items": items, "results": [*known, *results]})


def _known(data: Object) -> list[Object]:
    """The results that are there from a function before."""
    known = data.get("results")
    return known if isinstance(known, list) else []


def _result(change: Change) -> Object:
    """One change as the specification's Result."""
    obj, what = change.obj, change.what
    ref = {key: text_of(obj, key) for key in ("apiVersion", "kind", "name", "namespace")}
    result: Object = {
        "message": f'rule "{change.rule}": {what}' if change.rule else f"resources: {what}",
        "severity": "info",
        "resourceRef": {key: text for key, text in ref.items() if text},
    }
    annotations = texts_of(obj, "annotations")
    if annotations.get(_PATH):
        result["file"] = {"path": annotations[_PATH]}
        index = annotations.get(_INDEX, "")
        if index.isascii() and index.isdigit() and len(index) < _LONGEST:
            result["file"]["index"] = int(index)
    return result
