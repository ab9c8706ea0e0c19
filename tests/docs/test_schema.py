from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from paths import ROOT

from postrender.errors import RulesError
from postrender.kubernetes.directives import LIST_OPERATIONS, TEXT_OPERATIONS
from postrender.kubernetes.table import FIRST, NEWEST
from postrender.kubernetes.types import fields_of, is_built_in
from postrender.rules import load as loading
from postrender.rules import match, operations
from postrender.rules.layers import Values, read_values
from postrender.rules.schema import with_kubernetes
from postrender.verbs import (
    VERBS,
    container,
    container_entrypoint,
    container_files,
    container_mounts,
    images,
    json_patch,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import KmodPost

FILE = ROOT / "postrender" / "rules" / "schema.json"
SCHEMA = json.loads(FILE.read_text())
DEFINITIONS = SCHEMA["definitions"]
DESCRIPTIONS = json.loads((ROOT / "postrender" / "kubernetes" / "descriptions.json").read_text())
PRINTED = with_kubernetes(SCHEMA, None, DESCRIPTIONS)
MOST = 1_500_000  # bytes, which an editor reads in a moment
UNDECIDED = {name.removeprefix("open.") for name in PRINTED["definitions"] if "open." in name}
EXAMPLES = sorted((ROOT / "charts").glob("*/kmod/*.yaml"))
CASES = [
    *sorted((ROOT / "tests" / "golden").glob("*/rules.yaml")),
    *sorted((ROOT / "tests" / "seed").glob("*/kmod.yaml")),
    *sorted((ROOT / "postrender" / "plugins").rglob("*rules.yaml")),
]

# What only the program knows, by its messages: it refuses these, the schema does not.
ONLY_THE_PROGRAM = (
    "it has no verb",
    "it has nothing in its verbs",
    "it stands alone in its rule",
    "a container cannot be renamed",
    "in its rule",
    'there are no rules; begin with "rules:"',
    'must be a number, "2+", "1-3" or any',  # 3-1; 1.0, which is 1 to JSON
    "it has no name",  # `name: 0`, which is a text to the schema
    '" above; keep one',  # `name:` in a container, other than its key
    "is not a file mode",  # an editor may read 0644 as 644
    '"#!" line of its own',
    "the script is not for a shell",
    'which "original" replaces',
    "is not a platform",
    "the rule has nothing to carry",
    "a native sidecar has restartPolicy: Always",
    "it changes nothing",
    "newName replaces what registry and prefix would change",
    "a digest replaces the tag",
    "is empty; remove it, or write",
    "is not a tag; write it as",
    "cannot stand in the name of an image",
    "is not a registry: ",
    "(error: rename)",
    'unknown key "$',  # in mappings that may have any keys
    'unknown field "$',
    "can only be replace here",  # errors about directives are not compared
    "can only be delete here",
    "this list has no key to merge its entries by",
    "no lower layer says anything here",
    "kinds are written ",
    "it has no match; ",  # a lower layer may have it
    "of a lower layer, and none has this name; ",
    "has a tag; write that as newTag",
    "a variable has",  # no source, or a value and a source
    "its name is empty",  # in a list
    'has a "=" in it',
    "already; keep one",
    "is set too; keep one of the two",
    *("of which it can have one", "it cannot have"),
    *("whose users it is to replace", "the kinds of match: have no replicas"),
    *("it says nothing of the kind", "is not the name of a namespace", "; keep one of them"),
)
# Content of objects and of lists in jsonPatch: which type it has, the schema does not know.
IN_CONTENT = re.compile(r"jsonPatch[.\[].*: (?:must be |it has no |unknown field )")

# What is in an operation or a default: the schema does not know for which type it is.
IN_OPERATION = re.compile(r"\.\$(?:add|change|default|flags|lines|remove|substitute|yaml)\b.*: ")

# What only the schema refuses: true and false are fields' names, too, to the program; and it looks
# at directives when it merges.
ONLY_THE_SCHEMA = re.compile(
    r"\$\.kinds\.\w+\.\w+\[\d+\]: (?:True|False) is not of type 'string'"
    r"|.*\['\$(?:patch|retain|delete|setElement)\w*[^]]*'\]: "
)


def in_python(schema: Any) -> Any:
    """The schema with patterns that mean to Python what they mean to editors: `$` is the end."""
    if isinstance(schema, dict):
        return {
            key: value.replace("$", r"\Z")
            if key == "pattern" and isinstance(value, str)
            else in_python(value)
            for key, value in schema.items()
        }
    return [in_python(item) for item in schema] if isinstance(schema, list) else schema


VALIDATOR = Draft7Validator(in_python(PRINTED))


def refusals(values: Values) -> list[str]:
    """
    What the program says against rules; nothing where it takes them. Any file can be read, and
    holds an object.
    """
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: of-a-file}\n"
    try:
        loading.load(values, VERBS, lambda *_: text)
    except RulesError as error:
        return list(map(str, error.messages))
    return []


def is_beyond_the_schema(message: str) -> bool:
    """Whether only the program can know of a mistake."""
    return any(text in message for text in ONLY_THE_PROGRAM) or any(
        within.search(message) for within in (IN_CONTENT, IN_OPERATION)
    )


def values_of_file(file: Path) -> Values | None:
    """The values of a rules file; None where it is no YAML, of which a schema can say nothing."""
    try:
        return read_values(file.read_text(), file.name)
    except RulesError:
        return None


def errors_of(data: Any) -> list[str]:
    """What the schema says against rules, but for what only it refuses."""
    errors = [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(data)]
    return [error for error in errors if not ONLY_THE_SCHEMA.match(error)]


def agree(data: Any, *, before_objects: bool = False) -> None:
    """
    The schema takes what the program takes, and refuses what it refuses as far as it can.
    `before_objects`: but for what the program looks at when it sees the objects.
    """
    said = refusals(Values(data, {}))
    errors = errors_of(data)
    if not said:
        if before_objects:
            errors = [error for error in errors if not is_of_an_object(error, data)]
        assert errors == []
    elif not errors:
        beyond = "resources" if has_custom_resources(data) else "nothing"
        assert [
            message
            for message in said
            if not is_beyond_the_schema(message) and f": {beyond}" not in message
        ] == []


def has_custom_resources(data: Any) -> bool:
    """Whether rules add objects of kinds of which only the program knows the fields."""
    resources = data.get("resources") or ()
    objects = resources.values() if isinstance(resources, dict) else resources
    return any(not is_built_in(str(obj.get("apiVersion"))) for obj in objects if obj)


def is_of_an_object(error: str, data: Any) -> bool:
    """
    Whether an error is about `merge` for a kind that other API groups have too. Then the program
    waits for the objects, while the schema goes by Kubernetes' type.
    """
    found = re.match(r"\$\.rules(?:\.([-\w]+)|\['([^']+)'\])\.merge[.\[]", error)
    match_ = found and data["rules"][found[1] or found[2]].get("match")
    return bool(match_) and not match_.get("apiVersion") and one_of(match_["kind"]) in UNDECIDED


def one_of(kind: Any) -> Any:
    """The kind that a match names, if it names one."""
    return kind[0] if isinstance(kind, list) and len(kind) == 1 else kind


def walk(schema: Any) -> Iterator[dict[str, Any]]:
    """All schemas in a schema."""
    if not isinstance(schema, dict):
        return
    yield schema
    for key in ("properties", "definitions"):
        for inner in schema.get(key, {}).values():
            yield from walk(inner)
    for key in ("additionalProperties", "items", "if", "then", "else", "propertyNames"):
        yield from walk(schema.get(key))
    for inner in schema.get("allOf", ()):
        yield from walk(inner)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema, or that which it refers to."""
    name = schema.get("$ref", "").removeprefix("#/definitions/")
    return DEFINITIONS[name] if name else schema


# The schema itself


def test_it_is_a_schema_of_draft_7() -> None:
    """Editors read draft 7; the schema says that it is one, and is."""
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    Draft7Validator.check_schema(SCHEMA)


def test_it_has_no_alternatives() -> None:
    """Neither anyOf nor oneOf: an editor can but say that none of them fits."""
    assert not [schema for schema in walk(SCHEMA) if {"anyOf", "oneOf", "not"} & schema.keys()]


def test_every_property_is_described() -> None:
    """An editor shows a sentence for every key."""
    lacking = [
        name
        for schema in walk(SCHEMA)
        for name, inner in schema.get("properties", {}).items()
        if isinstance(inner, dict)
        and "description" in schema  # not the conditions of another schema
        and not resolved(inner).get("description", "").endswith(".")
    ]
    assert lacking == []


@pytest.mark.parametrize("release", [None, *range(FIRST, NEWEST + 1)])
def test_what_is_printed_is_a_schema(release: int | None) -> None:
    """For each release: of draft 7, with all definitions that it names, and with no others."""
    printed = with_kubernetes(SCHEMA, release, DESCRIPTIONS)
    Draft7Validator.check_schema(printed)
    text = json.dumps(printed)
    assert set(re.findall(r'"#/definitions/([^"]+)"', text)) == printed["definitions"].keys()
    assert len(text) < MOST
    enumerations = [schema["enum"] for schema in walk(printed) if "enum" in schema]
    assert all(len(values) == len({*values}) for values in enumerations)


def test_unknown_keys_are_refused() -> None:
    """Every mapping with keys of its own is closed; only Kubernetes objects are open."""
    objects = (DEFINITIONS["object"], DEFINITIONS["object"]["properties"]["metadata"])
    for schema in walk(SCHEMA):
        keys = schema.get("properties", {}).keys() - {
            "$patch",
            "$default",
        }  # beside names of one's own
        if keys and "description" in schema and schema not in objects:
            assert schema["additionalProperties"] is False, schema["description"]


def test_every_definition_is_used() -> None:
    """Nothing is left over."""
    used = set(re.findall(r'"#/definitions/([^"]+)"', FILE.read_text()))
    assert used == DEFINITIONS.keys()


def test_examples_and_defaults_are_valid() -> None:
    """What an editor proposes is accepted where it proposes it."""
    for schema in walk(in_python(SCHEMA)):
        validator = Draft7Validator({"definitions": DEFINITIONS, **schema})
        proposed = (
            [*schema.get("examples", ()), schema["default"]]
            if "default" in schema
            else schema.get("examples", [])
        )
        for example in proposed:
            assert [error.message for error in validator.iter_errors(example)] == [], example


@pytest.mark.parametrize(
    ("schema", "names"),
    [
        pytest.param(SCHEMA, {*loading.TOP_KEYS, "apiVersion", "kind", "metadata"}),
        pytest.param("rule", {*loading.RULE_KEYS, *VERBS}),
        pytest.param("match", {*match.KEYS}),
        pytest.param(
            "initContainer",
            {"$default", *fields_of("Container"), *container.SHORT_FORMS, "position"},
        ),
        pytest.param(
            "sidecar",
            {"$default", *fields_of("Container"), *container.SHORT_FORMS, "position", "native"},
        ),
        pytest.param(
            "container",
            {"$patch", "$default", "init", *fields_of("Container"), *container.SHORT_FORMS}
            - {"name"},
        ),
        pytest.param("volume", {"$patch", "name", *fields_of("Volume")}),
        pytest.param(
            "variable", {"value", "valueFrom", *fields_of("EnvVarSource"), *TEXT_OPERATIONS}
        ),
        pytest.param("listOperation", {*LIST_OPERATIONS}),
        pytest.param("textOperation", {*TEXT_OPERATIONS}),
        pytest.param("lineOperation", {*operations._LINES}),
        pytest.param("mount", {*container_mounts._MOUNT}),
        pytest.param("container.postStart", {*fields_of("LifecycleHandler")}),
        pytest.param("container.preStop", {*fields_of("LifecycleHandler")}),
        pytest.param("container.entrypoint", {*container_entrypoint._KEYS}),
        pytest.param("file", {*container_files._KEYS}),
        pytest.param("imageChange", {*images._KEYS}),
        pytest.param("operation", {*json_patch._KEYS}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_knows_the_keys_that_the_program_knows(
    schema: dict[str, Any] | str, names: set[str]
) -> None:
    """No key is missing, and none is there that the program would refuse."""
    found = DEFINITIONS[schema] if isinstance(schema, str) else schema
    assert found["properties"].keys() == names


def test_the_operations_are_the_programs() -> None:
    """The operations of jsonPatch, and what each needs."""
    operation = DEFINITIONS["operation"]
    needs = dict.fromkeys(operation["properties"]["op"]["enum"], "")
    for rule in operation["allOf"]:
        for name in rule["if"]["properties"]["op"]["enum"]:
            (needs[name],) = rule["then"]["required"]
    assert needs == {name: "".join(keys) for name, keys in json_patch.OPERATIONS.items()}


def test_the_command_prints_it(kmod_post: KmodPost) -> None:
    """`kmod-post schema` prints the grammar with Kubernetes' fields."""
    done = kmod_post("schema")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == PRINTED


# Real files


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: f"{file.parts[-3]}/{file.name}")
def test_an_example_names_the_schema(file: Path) -> None:
    """The first line of an example tells editors where the schema is."""
    first = file.read_text().partition("\n")[0]
    lead, _, name = first.partition("=")
    assert lead == "# yaml-language-server: $schema"
    assert (file.parent / name).resolve() == FILE


@pytest.mark.parametrize(
    "file", [*EXAMPLES, *CASES], ids=lambda file: f"{file.parent.name}/{file.stem}"
)
def test_it_agrees_on_a_file(file: Path) -> None:
    """What the program says of an example or of a golden case, the schema says."""
    values = values_of_file(file)
    if values is not None:
        agree(values.data)


# Snippets. `rules: {r: {…}}` around them; those that begin at column 0 with a top key are whole.

GOOD = {
    "every key of a rule": """
        description: Debugging
        enabled: false
        match: {kind: Deployment}
        expect: 1
        podLabels: {debug: yes}
    """,
    "match by everything": """
        match:
          kind: [Deployment, StatefulSet]
          apiVersion: apps/v1
          name: "web-*"
          namespace: [shop, "team-*"]
          labels: {app: web, version: 1, canary: null, tier: [a, b]}
          annotations: {owner: "*"}
          source: "*/charts/redis/*"
          image: [nginx, "docker.io/bitnami/*"]
          hooks: include
          not: {name: web-2, not: {labels: {keep: "true"}}}
        labels: {a: b}
    """,
    "null is not there": """
        match: {kind: null, hooks: null, not: null, labels: null}
        expect: null
        enabled: null
        description: null
        sidecars: null
        pod: null
        labels: {a: null}
    """,
    "expect a number": "expect: 3\nlabels: {a: b}",
    "expect none": "expect: 0\nlabels: {a: b}",
    "expect as text": 'expect: "3"\nlabels: {a: b}',
    "expect at least": "expect: 2+\nlabels: {a: b}",
    "expect between": "expect: 1-3\nlabels: {a: b}",
    "expect any": "expect: any\nlabels: {a: b}",
    "the init container of the article": """
        match: {kind: Deployment, name: nginx}
        expect: 1
        initContainers:
          prepare-webpage:
            image: busybox:1.28
            command: ["sh", "-c"]
            args:
              - |
                set -x
                echo 'Page prepared by an init container' > /web/index.html
            mounts:
              /web: web
        containers:
          nginx:
            mounts:
              /usr/share/nginx/html/: web
        volumes:
          web:
            emptyDir: {}
    """,
    "the hook of the article": """
        containers:
          nginx:
            postStart: |
              sleep 5
              echo 'Page prepared by a PostStart hook' > /usr/share/nginx/html/index.html
    """,
    "the sidecar of the article": """
        sidecars:
          prepare-webpage:
            image: busybox:1.28
            command: ["sh", "-c"]
            args: ["while :; do sleep 9999; done"]
            mounts: {/web: web}
        volumes: {web: {emptyDir: {}}}
    """,
    "the entrypoint of the article": """
        containers:
          nginx:
            entrypoint:
              shell: bash
              script: |
                echo 'Page prepared by a script' > /usr/share/nginx/html/index.html
              original: ["/docker-entrypoint.sh", "nginx", "-g", "daemon off;"]
    """,
    "containers as Kubernetes lists them": """
        initContainers:
          - {name: wait, image: busybox, position: first}
        sidecars:
          - name: proxy
            image: envoy
            ports: [{containerPort: 80}]
            native: true
        volumes:
          - {name: tmp, emptyDir: {}}
    """,
    "positions": """
        sidecars:
          a: {image: x, position: last}
          b: {image: x, position: {before: a}}
          c: {image: x, position: {after: 1}}
          d: {image: x, position: null, native: null}
    """,
    "every field of a container": """
        containers:
          "*":
            image: a
            command: [a, 1, true]
            args: []
            workingDir: /
            ports: [{containerPort: 1}]
            envFrom: [{configMapRef: {name: a}}]
            resources: {limits: {cpu: 1}}
            resizePolicy: []
            restartPolicy: Always
            restartPolicyRules: []
            volumeMounts: [{name: a, mountPath: /a}]
            volumeDevices: []
            livenessProbe: {exec: {command: [a]}}
            readinessProbe: null
            startupProbe: {}
            lifecycle: {preStop: {sleep: {seconds: 5}}}
            terminationMessagePath: /a
            terminationMessagePolicy: File
            imagePullPolicy: Always
            securityContext: {runAsUser: 1}
            stdin: true
            stdinOnce: false
            tty: null
    """,
    "env in all forms": """
        containers:
          web:
            env:
              TEXT: a
              NUMBER: 8080
              BOOL: yes
              GONE: null
              SECRET: {secretKeyRef: {name: a, key: b}}
              FIELD: {fieldRef: {fieldPath: metadata.name}}
              LONG: {value: a}
              LONGER: {valueFrom: {configMapKeyRef: {name: a, key: b}}}
    """,
    "env as a list": "containers: {web: {env: [{name: A, value: 1}]}}",
    "env taken away": "containers: {web: {env: null}}",
    "mounts in all forms": """
        containers:
          web:
            mounts:
              /a: a
              /b: {volume: b, subPath: c, readOnly: true, mountPropagation: None}
              /c: null
    """,
    "hooks in all forms": """
        containers:
          web:
            postStart: {exec: {command: [a]}}
            preStop: null
          api:
            preStop: {sleep: {seconds: 5}}
            postStart: {httpGet: {port: 80}}
    """,
    "files in all forms": """
        containers:
          web:
            files:
              /etc/a: text
              /etc/b: {file: b.conf}
              /etc/c: {text: "", mode: "0600"}
              /etc/d: {text: a, mode: 0600}
              /etc/f: {text: a, carrier: pod}
              /etc/g: {text: a, carrier: null}
    """,
    "entrypoint from a file": "containers: {web: {entrypoint: {file: run.sh, script: null}}}",
    "entrypoint from the lock file": """
        containers: {web: {entrypoint: {script: a, platform: linux/arm64, pin: true}}}
    """,
    "carriers": """
        carrier: configMap
        containers: {web: {entrypoint: {script: a, carrier: pod}}}
    """,
    "a carrier taken back": "{match: {}, carrier: null, containers: {web: {files: {/a: b}}}}",
    "entrypoint taken back": "containers: {web: {entrypoint: null}}",
    "volumes in all forms": """
        volumes:
          a: {emptyDir: {}}
          b: {configMap: {name: b}}
          d: {name: d, secret: {secretName: d}}
          e: {image: {reference: a}}
    """,
    "pod fields": "pod: {nodeSelector: {a: 1}, tolerations: [], hostNetwork: true, hostPID: null}",
    "images": """
        images:
          "docker.io/*": {registry: mirror.example.com, prefix: hub}
          nginx: {newTag: 1.27}
          redis: {newName: example.com/redis, newTag: null}
    """,
    "containers and volumes taken out": """
        containers:
          "debug-*": {$patch: delete}
        volumes:
          cache: {$patch: delete}
    """,
    "images by digest": f"images: {{a: {{digest: 'sha256:{'0' * 64}'}}}}",
    "merge": "merge: {spec: {replicas: 3, $patch: merge, strategy: null}}",
    "jsonPatch with all operations": """
        jsonPatch:
          - {op: add, path: /a, value: null}
          - {op: copy, path: /b, from: /a}
          - {op: move, path: /c, from: /b}
          - {op: replace, path: "", value: {}}
          - {op: test, path: /c, value: 1}
          - {op: remove, path: /c}
    """,
    "remove": "match: {kind: Secret}\nremove: true",
    "resources by name": """
resources:
  settings: {apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {x: 1}}, data: {a: b}}
""",
    "resources of a file": """
resources: {a: {file: a.yaml}}
""",
    "resources of a file as a list": """
resources: [{file: a.yaml}, {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}]
""",
    "resources as a list": """
resources: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}, null]
""",
    "kinds": """
kinds: {A: {podTemplate: spec.template}, B.x.com: {podSpec: ["spec.a[*].x", spec.*.x]}, C: null}
""",
    "a document": """
apiVersion: kmod/v1
kind: KmodRules
metadata: {name: a}
rules: {}
""",
    "a name with digits": """
rules: {0-a-9: {match: {}, labels: {a: b}}}
""",
    "texts that look like others": """
        match: {kind: Deployment}
        volumes: {a: {persistentVolumeClaim: {claimName: 007}}, b: {secret: {secretName: 1}}}
        pod: {serviceAccountName: no}
        initContainers: {a: {image: y}}
    """,
    "deletions and directives": """
        match: {kind: Deployment}
        containers: {web: {resources: {limits: {cpu: null}}, ports: [{$patch: replace}]}}
        pod:
          securityContext: {$patch: replace, runAsUser: 1}
          tolerations: null
        merge:
          metadata: {$deleteFromPrimitiveList/finalizers: [a]}
          spec:
            strategy: {$retainKeys: [type], type: Recreate}
            template: {spec: {volumes: [{name: a, $patch: delete}]}}
    """,
    "short forms that replace all": """
        match: {kind: Deployment}
        labels: {$patch: replace, a: b}
        annotations: {$patch: null, a: b}
        podLabels: {$patch: replace, $$a: b}
        podAnnotations: {$patch: replace}
        volumes: {$patch: replace, a: {emptyDir: {}}}
        containers:
          web: {env: {$patch: replace, A: b, $$B: c}, mounts: {$patch: replace, /a: a}}
    """,
    "fields with a dollar": """
        match: {kind: CustomResourceDefinition}
        merge:
          spec:
            versions: [{name: v1, schema: {openAPIV3Schema: {properties: {a: {$$ref: b}}}}}]
    """,
    "quantities": """
        containers:
          web: {resources: {limits: {cpu: 0.5, memory: 1e3, a/b: "+5", c/d: .5Gi, e: " 1k "}}}
    """,
    "fields of Knative": """
        match: {kind: Service}
        pod: {containerConcurrency: 10}
        merge: {spec: {traffic: [{percent: 100}], template: {metadata: {labels: {a: 1}}}}}
    """,
    "fields of a kind that globs name": """
        match: {kind: "Deploy*"}
        merge: {spec: {replcas: 3}}
    """,
    "fields of a custom kind": """
        match: {kind: Certificate}
        merge: {spec: {issuerRef: {name: a}}}
    """,
    "a field that is not known yet": """
        match: {kind: Deployment}
        accept: [unknown-field]
        merge: {spec: {replcas: 3}}
        containers: {web: {resources: {limts: {}}}}
        pod: {nodeSelektor: {}}
    """,
    "fields that are not known yet": """
accept: [unknown-field]
rules: {a: {match: {}, pod: {nodeSelektor: {}}}}
resources: {a: {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {port: 80}}}
""",
}

BAD = {
    "no mapping": """
[]
""",
    "empty": """
{}
""",
    "an unknown top key": """
rules: {}
rule: {}
""",
    "rules as a list": """
rules: []
""",
    "rules as text": """
rules: ""
""",
    "a document's key in a file": """
rules: {}
metadata: {name: a}
""",
    "a document without apiVersion": """
kind: KmodRules
rules: {}
""",
    "a document of another version": """
apiVersion: kmod/v2
kind: KmodRules
rules: {}
""",
    "a name with capitals": """
rules: {Web: {labels: {a: b}}}
""",
    "a name that begins with a hyphen": """
rules: {-web: {labels: {a: b}}}
""",
    "a long name": f"""
rules: {{{"a" * 41}: {{labels: {{a: b}}}}}}
""",
    "a rule that is text": """
rules: {a: text}
""",
    "a file with something beside it": """
resources: {a: {file: a.yaml, kind: ConfigMap}}
""",
    "a list of files": """
resources: {a: {file: [a.yaml]}}
""",
    "resources as text": """
resources: text
""",
    "a resource without a name": """
resources: {a: {apiVersion: v1, kind: ConfigMap}}
""",
    "a resource with a number as kind": """
resources: {a: {apiVersion: v1, kind: 1, metadata: {name: a}}}
""",
    "a resource that is text": """
resources: [a]
""",
    "kinds as a list": """
kinds: [a]
""",
    "a workload as a number": """
kinds: {A: 1}
""",
    "a path of a workload with an index": """
kinds: {A: {podTemplate: "spec.a[0].template"}}
""",
    "an unknown verb": "sidecar: {a: {image: x}}",
    "enabled as text": 'enabled: "true"\nlabels: {a: b}',
    "description as a list": "description: [a]\nlabels: {a: b}",
    "a directive among labels": "labels: {$patch: merge}",
    "a mistyped one among labels": "labels: {$ptach: replace}",
    "a directive among variables": "containers: {web: {env: {$patch: delete}}}",
    "a directive among mounts": "containers: {web: {mounts: {$retainKeys: [a]}}}",
    "a directive among volumes": "volumes: {$retainKeys: [a]}",
    "a directive among containers": "containers: {$patch: replace}",
    "a directive among sidecars": "sidecars: {$foo: {image: a}}",
    "match as text": "match: web\nlabels: {a: b}",
    "an unknown key of match": "match: {names: web}\nlabels: {a: b}",
    "a name as a mapping": "match: {name: {a: b}}\nlabels: {a: b}",
    "a null among names": "match: {name: [a, null]}\nlabels: {a: b}",
    "labels as a list": "match: {labels: [a]}\nlabels: {a: b}",
    "hooks as a bool": "match: {hooks: true}\nlabels: {a: b}",
    "an unknown key of not": "match: {not: {nam: web}}\nlabels: {a: b}",
    "expect less than none": "expect: -1\nlabels: {a: b}",
    "expect a range without end": "expect: 1-\nlabels: {a: b}",
    "expect a fraction": "expect: 1.5\nlabels: {a: b}",
    "expect a list": "expect: [1]\nlabels: {a: b}",
    "sidecars as text": "sidecars: proxy",
    "a sidecar as text": "sidecars: {proxy: envoy}",
    "a sidecar without a name": "sidecars: [{image: a}]",
    "a null among sidecars": "sidecars: [null]",
    "an unknown field of a container": "containers: {web: {volumes: [a]}}",
    "a short form mistyped": "containers: {web: {poststart: a}}",
    "a position in containers": "containers: {web: {position: first}}",
    "a name in containers": "containers: {web: {name: web}}",
    "native in init containers": "initContainers: {a: {image: x, native: true}}",
    "native as text": 'sidecars: {a: {image: x, native: "true"}}',
    "an unknown position": "sidecars: {a: {image: x, position: second}}",
    "two positions": "sidecars: {a: {image: x, position: {before: a, after: b}}}",
    "an empty position": "sidecars: {a: {image: x, position: {}}}",
    "command as text": "containers: {web: {command: sleep 5}}",
    "a mapping in args": "containers: {web: {args: [a: b]}}",
    "image as a list": "containers: {web: {image: [a]}}",
    "ports as a mapping": "containers: {web: {ports: {http: 80}}}",
    "resources of a container as text": "containers: {web: {resources: small}}",
    "tty as a number": "containers: {web: {tty: 1}}",
    "env as text": "containers: {web: {env: A=1}}",
    "a list as a variable": "containers: {web: {env: {A: [1]}}}",
    "an unknown source of a variable": "containers: {web: {env: {A: {secretRef: {name: a}}}}}",
    "a mount's propagation that is none": """
        containers: {web: {mounts: {/a: {volume: a, mountPropagation: true}}}}
    """,
    "mounts as a list": "containers: {web: {mounts: [/a]}}",
    "a mount on a relative path": "containers: {web: {mounts: {a: a}}}",
    "a mount without a volume": "containers: {web: {mounts: {/a: {subPath: a}}}}",
    "a mount with an unknown key": "containers: {web: {mounts: {/a: {volume: a, path: b}}}}",
    "a hook as a list": "containers: {web: {postStart: [sh, -c, a]}}",
    "an unknown handler": "containers: {web: {preStop: {command: [a]}}}",
    "files as text": "containers: {web: {files: a}}",
    "a file on a relative path": "containers: {web: {files: {a: b}}}",
    "a file that is a folder": "containers: {web: {files: {/a/: b}}}",
    "a file without text": "containers: {web: {files: {/a: {mode: 0644}}}}",
    "a file with two texts": "containers: {web: {files: {/a: {text: a, file: b}}}}",
    "a file's carrier in small letters": "containers: {web: {files: {/a: {text: a, carrier: configmap}}}}",
    "a carrier as a list": "{match: {}, carrier: [pod], containers: {web: {files: {/a: b}}}}",
    "an entrypoint's carrier that is none": "containers: {web: {entrypoint: {script: a, carrier: secret}}}",
    "a file's mode in letters": "containers: {web: {files: {/a: {text: a, mode: rw}}}}",
    "a file's mode with nines": 'containers: {web: {files: {/a: {text: a, mode: "0999"}}}}',
    "entrypoint as text": "containers: {web: {entrypoint: a}}",
    "entrypoint without a script": "containers: {web: {entrypoint: {shell: bash}}}",
    "entrypoint with two scripts": "containers: {web: {entrypoint: {script: a, file: b}}}",
    "entrypoint's original as text": "containers: {web: {entrypoint: {script: a, original: a}}}",
    "entrypoint's original empty": "containers: {web: {entrypoint: {script: a, original: []}}}",
    "entrypoint with an unknown key": "containers: {web: {entrypoint: {script: a, image: b}}}",
    "a volume with an unknown source": "volumes: {a: {emptydir: {}}}",
    "a volume as text": "volumes: {a: emptyDir}",
    "a volume without a name": "volumes: [{emptyDir: {}}]",
    "pod as a list": "pod: [a]",
    "a label that is a list": "labels: {a: [b]}",
    "labels as text": "podLabels: a",
    "images as a list": "images: [a]",
    "an image as text": "images: {nginx: mirror}",
    "an image with an unknown key": "images: {nginx: {tag: 1}}",
    "an image without a change": "images: {nginx: {}}",
    "a digest that is none": "images: {nginx: {digest: sha256:0}}",
    "merge as text": "merge: a",
    "jsonPatch as a mapping": "jsonPatch: {op: remove, path: /a}",
    "an unknown operation": "jsonPatch: [{op: delete, path: /a}]",
    "an operation that is a list": "jsonPatch: [{op: [add], path: /a, value: 1}]",
    "an operation without a path": "jsonPatch: [{op: remove}]",
    "a path with dots": "jsonPatch: [{op: remove, path: spec.replicas}]",
    "add without a value": "jsonPatch: [{op: add, path: /a}]",
    "move without from": "jsonPatch: [{op: move, path: /a}]",
    "an operation with an unknown key": "jsonPatch: [{op: remove, path: /a, val: 1}]",
    "remove: false": "remove: false",
    "no kind at all": "match: {kind: []}\nlabels: {a: b}",
    "a port that is a number": "containers: {web: {ports: [80]}}",
    "a mount that is text": "containers: {web: {volumeMounts: [/a]}}",
    "a variable as a shell has it": "containers: {web: {env: [A=1]}}",
    "a variable with an equals sign": "containers: {web: {env: {A=1: b}}}",
    "a variable without a name": "containers: {web: {env: {'': b}}}",
    "a source that is text": "containers: {web: {env: {A: {valueFrom: a}}}}",
    "an unknown source in a list": "containers: {web: {env: [{name: A, valueFrom: {secret: {}}}]}}",
    "an unknown key in a list": "containers: {web: {env: [{name: A, text: b}]}}",
    "a port without its key": "containers: {web: {ports: [{name: http}]}}",
    "a list among texts of content": "merge: {metadata: {labels: {a: [b]}}}",
    "a mistyped field of resources": "containers: {web: {resources: {limts: {memory: 1Gi}}}}",
    "mistyped fields of a probe": """
        containers: {web: {livenessProbe: {httpGet: {prot: 8080}, initialDelaySecond: 5}}}
    """,
    "mistyped fields of the pod": "pod: {nodeSelektor: {disk: ssd}, terminationGracePeriod: 30}",
    "a field of the pod too high": "pod: {podAntiAffinity: {}}",
    "a field of Knative for a Deployment": """
        match: {kind: Deployment}
        pod: {containerConcurrency: 10}
    """,
    "a mistyped field of a Deployment": """
        match: {kind: Deployment}
        merge: {spec: {replcas: 3}}
    """,
    "a mistyped field of a Service of an apiVersion": """
        match: {kind: [Service], apiVersion: v1}
        merge: {spec: {typ: ClusterIP}}
    """,
    "text for a number": """
        match: {kind: Deployment}
        merge: {spec: {replicas: "3"}}
    """,
    "text for a user": "containers: {web: {securityContext: {runAsUser: root}}}",
    "a value that is none of the few": "containers: {web: {imagePullPolicy: Allways}}",
    "no DNS policy": "pod: {dnsPolicy: Clusterfirst}",
    "no quantity": "containers: {web: {resources: {limits: {memory: 1Gib, cpu: half}}}}",
    "a bool for a port": "containers: {web: {readinessProbe: {httpGet: {port: true}}}}",
    "a toleration in letters": "pod: {tolerations: [{key: a, tolerationSeconds: ten}]}",
    "an entry of a replaced list without its operator": """
        pod: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution:
          {nodeSelectorTerms: [{matchExpressions: [{key: disk, values: [ssd]}]}]}}}}
    """,
    "a source without its key": """
        containers: {web: {env: [{name: A, valueFrom: {secretKeyRef: {nam: a, key: b}}}]}}
    """,
    "a file mode as text": 'volumes: {a: {configMap: {name: a, defaultMode: "0755"}}}',
    "a mapping for a text of a ConfigMap": """
        match: {kind: ConfigMap}
        merge: {data: {app.yaml: {server: {port: 8080}}}}
    """,
    "a list for a variable's value": "containers: {web: {env: [{name: A, value: [a, b]}]}}",
    "no base64": """
        match: {kind: Secret}
        merge: {data: {user: admin-1}}
    """,
    "no time": """
        match: {kind: Deployment}
        merge: {metadata: {creationTimestamp: today}}
    """,
    "a resource with an unknown field": """
resources: {a: {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {port: 80}}}
""",
    "a resource with a port that has no number": """
resources: {a: {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{name: a}]}}}
""",
}

# What the schema takes and the program does not.
BEYOND = {
    "a rule without a verb": "match: {name: web}",
    "a rule with nothing": """
rules: {a: {}}
""",
    "a rule without a match": """
rules: {a: {labels: {a: b}}}
""",
    "a mistyped directive": """
        match: {kind: Deployment}
        merge: {metadata: {labels: {$ptach: replace}}}
    """,
    "a directive in a list without a key": """
        match: {kind: Deployment}
        pod: {tolerations: [{$patch: merge, key: a}]}
    """,
    "a null for a rule that no layer has": """
rules: {a: null}
""",
    "a null for a resource that no layer has": """
resources: {a: null}
""",
    "a document without rules": """
apiVersion: kmod/v1
kind: KmodRules
metadata: {name: a}
""",
    "expect a range that falls": "expect: 3-1\nlabels: {a: b}",
    "remove beside another verb": "remove: true\nlabels: {a: b}",
    "two names": "sidecars: {a: {name: b, image: x}}",
    "a native sidecar that ends": "sidecars: {a: {native: true, restartPolicy: Never, image: x}}",
    "a variable with two sources": """
        containers: {web: {env: {A: {value: a, secretKeyRef: {name: a, key: b}}}}}
    """,
    "a variable with a value and a source": """
        containers: {web: {env: {A: {value: a, valueFrom: {fieldRef: {fieldPath: a}}}}}}
    """,
    "a variable with nothing": "containers: {web: {env: {A: {}}}}",
    "a hook in two forms": "containers: {web: {preStop: a, lifecycle: {preStop: {exec: {}}}}}",
    "a path in two forms": """
        containers: {web: {mounts: {/a: b}, volumeMounts: [{name: c, mountPath: /a}]}}
    """,
    "a volume with two sources": "volumes: {a: {emptyDir: {}, hostPath: {path: /a}}}",
    "a name twice in a list": "sidecars: [{name: a, image: b}, {name: a, image: c}]",
    "a tag that is none": "images: {a: {newTag: ':1'}}",
    "a registry with a scheme": "images: {a: {registry: 'https://example.com'}}",
    "a registry that is no host": "images: {a: {registry: mirror}}",
    "newName with a tag": "images: {a: {newName: 'b:1'}}",
    "an empty change": "images: {a: {newTag: ''}}",
    "a patch with a list for text": """
        jsonPatch: [{op: add, path: /metadata/labels/a, value: [b]}]
    """,
    "a mode above all": "containers: {web: {files: {/a: {text: a, mode: 01000}}}}",
    "a shell and a #! line": "containers: {web: {entrypoint: {shell: sh, script: '#!/bin/sh'}}}",
    "a platform of nothing": "containers: {web: {entrypoint: {script: a, platform: arm}}}",
    "newName and registry": "images: {a: {newName: b, registry: c.io}}",
    "newTag and digest": f"images: {{a: {{newTag: b, digest: 'sha256:{'0' * 64}'}}}}",
}


def values_of(snippet: str) -> Values:
    """The values of a snippet: a whole file where it begins at column 0, else a rule."""
    if snippet.startswith("\n") and not snippet.startswith("\n "):
        return read_values(snippet, "kmod.yaml")
    lines = snippet.strip("\n").splitlines()
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    body = "\n".join(f"    {line[margin:]}" for line in lines)
    match = "" if "match:" in body else "    match: {}\n"
    return read_values(f"rules:\n  r:\n{match}{body}\n", "kmod.yaml")


def params(snippets: dict[str, str]) -> list[Any]:
    """Snippets as parameters, by their names."""
    return [pytest.param(text, id=name) for name, text in snippets.items()]


@pytest.mark.parametrize("snippet", params(GOOD))
def test_both_take_what_is_right(snippet: str) -> None:
    """The program takes it, and the schema finds nothing wrong."""
    values = values_of(snippet)
    assert refusals(values) == []
    assert [error.message for error in VALIDATOR.iter_errors(values.data)] == []


@pytest.mark.parametrize("snippet", params(BAD))
def test_both_refuse_what_is_wrong(snippet: str) -> None:
    """The program refuses it, and the schema, too."""
    if snippet.strip() == "[]":
        with pytest.raises(RulesError):
            values_of(snippet)
        assert not VALIDATOR.is_valid([])
        return
    values = values_of(snippet)
    assert refusals(values) != []
    assert not VALIDATOR.is_valid(values.data)


@pytest.mark.parametrize("snippet", params(BEYOND))
def test_only_the_program_knows(snippet: str) -> None:
    """The schema cannot say it, the program does; each such reason is on the list."""
    values = values_of(snippet)
    said = refusals(values)
    assert said != []
    assert all(map(is_beyond_the_schema, said)), said
    assert VALIDATOR.is_valid(values.data)


# Mutations


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all keys and items."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


# Of rules that accept unknown fields the schema knows no more than the grammar.
SEEDS = [
    values.data
    for values in (*map(values_of, GOOD.values()), *map(values_of_file, (*EXAMPLES, *CASES)))
    if values is not None and not refusals(values) and "unknown-field" not in str(values.data)
]
WORDS = sorted({key for data in SEEDS for path in places(data) for key in path if key is str(key)})
OTHERS = [None, True, False, 0, 5, 1.5, "", "text", "/a", [], ["a"], [None], {}, {"a": "b"}]


@given(st.data())
def test_they_agree_on_mutations(draw: st.DataObject) -> None:
    """Of good rules with a key dropped, renamed or of another type, both say the same."""
    data = copy.deepcopy(draw.draw(st.sampled_from(SEEDS)))
    *way, last = draw.draw(st.sampled_from(list(places(data))))
    parent = data
    for part in way:
        parent = parent[part]
    match draw.draw(st.sampled_from(["drop", "rename", "retype"])):
        case "drop":
            del parent[last]
        case "rename" if isinstance(parent, dict):
            name = draw.draw(st.sampled_from(WORDS))
            renamed = {name if key == last else key: value for key, value in parent.items()}
            parent.clear()
            parent.update(renamed)
        case _:
            parent[last] = draw.draw(st.sampled_from(OTHERS))
    agree(data, before_objects=True)
