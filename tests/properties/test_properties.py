"""What holds of every stream and every rule, tried on ones that nobody would write."""

from __future__ import annotations

import json
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, Any

import corpus
import pytest
from hazards import HAZARDS
from hypothesis import Phase, assume, example, given, settings
from hypothesis import strategies as st
from oracle import same
from styles import some_styles, write

import postrender
from postrender.engine.inputs import rules_of
from postrender.kubernetes.objects import text_of
from postrender.rules.layers import read_values
from postrender.stream.naming import name_in
from postrender.stream.text import BOM, Stream
from postrender.yamltext.nodes import Mapping, Scalar, Sequence
from postrender.yamltext.reader import ReadError, read
from postrender.yamltext.scalars import double_quoted

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from oracle import GoReader


@cache
def rules(text: str) -> postrender.Rules:
    """The rules in a text."""
    return rules_of([read_values(text, "kmod.yaml")])


# Streams: parts that a chart may render, and parts that it had better not.

NAMES = ("web", "db", "api")
KINDS = ("Deployment", "StatefulSet", "Service", "ConfigMap", "CronJob", "List", "Own")
SEPARATORS = ("---\n", "--- # x\n", "---\t \n", "---\r\n", "\n---\n", "...\n---\n", "--- ")
LINES = (
    *("kind: Deployment", "kind: 'Job'", '"kind": Deployment', "kind:", "  name: web", "a: |"),
    *("  ---", "---x: 1", "{kind: Deployment}", "# Source: a/b.yaml", "apiVersion: apps/v1"),
    *("metadata: {name: web}", "spec: &a", "x: *a", "<<: *a", "? kind", ": Job", "- a", "\ta: 1"),
    *("...", "%YAML 1.1", "", "  ", "é: 🙂", "\x85", "\u2028", "\ufeff", "'", '"', "kind: |-"),
)
NOTHING = (
    "rules: {a: {match: {kind: Deployment, name: nothing}, expect: any, podLabels: {a: b}}}",
    "rules: {a: {match: {name: nothing}, expect: any, containers: {x: {image: y}}}}",
    "rules: {a: {match: {kind: '*', labels: {nothing: 'x*'}}, expect: any, labels: {a: b}}}",
    "rules: {a: {match: {image: nothing, hooks: include}, expect: any, pod: {hostPID: true}}}",
)

small_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
scalars = st.one_of(
    *(st.sampled_from(HAZARDS), small_texts, st.none(), st.booleans()),
    *(st.integers(-(2**63), 2**64 - 1), st.sampled_from([0.5, -1.5, 1e21])),
)
keys = st.one_of(st.sampled_from(["name", "kind", "a", "on", "1", "spec"]), small_texts)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    """An object of some kind: a workload, or anything."""
    containers = st.lists(
        st.fixed_dictionaries(
            {"name": st.sampled_from(NAMES)},
            optional={
                "image": st.sampled_from(["nginx", "example.com/a:1e3"]),
                "env": st.lists(st.fixed_dictionaries({"name": keys, "value": small_texts})),
                "args": st.lists(small_texts, max_size=2),
                "volumeMounts": st.just([{"name": "v", "mountPath": "/v"}]),
                "lifecycle": st.just({}),
            },
        ),
        max_size=3,
        unique_by=lambda container: container["name"],
    )
    pod = {"containers": draw(containers), "volumes": [{"name": "v", "emptyDir": {}}]}
    template = {"metadata": {"labels": {"app": "a"}}, "spec": pod}
    kind = draw(st.sampled_from(KINDS))
    obj: dict[str, Any] = {"apiVersion": "apps/v1", "kind": kind}
    if draw(st.booleans()):
        obj["metadata"] = {"name": draw(st.sampled_from(NAMES))}
    if kind == "List":
        obj["items"] = draw(st.lists(objects(), max_size=2))
    elif kind == "CronJob":
        obj |= {"apiVersion": "batch/v1", "spec": {"jobTemplate": {"spec": {"template": template}}}}
    elif kind in ("Deployment", "StatefulSet"):
        obj["spec"] = {"selector": {"matchLabels": {"app": "a"}}, "template": template}
    else:
        obj["data"] = draw(trees)
    return obj


@st.composite
def documents(draw: st.DrawFn) -> str:
    """One object in some style of YAML."""
    random: Random = draw(st.randoms(use_true_random=False))
    text = write(draw(objects()), random, some_styles(random))
    return text if text.endswith("\n") else f"{text}\n"


@st.composite
def streams(draw: st.DrawFn) -> str:
    """Documents with lines between them that part them, and comments."""
    parts = []
    for text in draw(st.lists(documents(), min_size=1, max_size=3)):
        parts += ["---\n", draw(st.sampled_from(["", "# Source: a/templates/b.yaml\n"])), text]
    return "".join(parts[draw(st.integers(0, 1)) :])


raw_streams = st.lists(
    st.one_of(st.sampled_from(SEPARATORS), st.sampled_from([f"{line}\n" for line in LINES])),
    max_size=12,
).map("".join)


def mangled(text: str, crlf: bool, bom: bool, cut: int) -> str:
    """A stream with other line breaks, a byte order mark, and its end cut off."""
    text = text.replace("\r\n", "\n").replace("\n", "\r\n") if crlf else text
    return ("\ufeff" if bom else "") + text[: len(text) - cut]


# Identity


@given(
    st.one_of(streams(), raw_streams),
    st.booleans(),
    st.booleans(),
    st.integers(0, 2),
    st.sampled_from(NOTHING),
)
def test_a_rule_that_matches_nothing(
    text: str, crlf: bool, bom: bool, cut: int, nothing: str
) -> None:
    """The stream comes out byte for byte, or cannot be read by anyone."""
    stream = mangled(text, crlf, bom, cut)
    try:
        changed = postrender.render(stream, rules(nothing))
    except postrender.StreamError:
        return

    assert changed == stream or not stream.strip("\ufeff \r\n")


@settings(max_examples=60)
@given(st.one_of(streams(), raw_streams), st.booleans(), st.booleans(), st.integers(0, 2))
def test_documents_are_slices_of_the_stream(text: str, crlf: bool, bom: bool, cut: int) -> None:
    """Joined they are the stream: nothing between them, nothing twice."""
    data = mangled(text, crlf, bom, cut).encode()
    stream = Stream(data)

    place = len(BOM) if data.startswith(BOM) else 0
    for document in stream.documents:
        assert document.start == place
        assert document.start <= document.body <= document.end
        place = document.end
    assert place == len(data)


@given(raw_streams)
def test_go_parts_streams_as_we_do(go: GoReader, text: str) -> None:
    """Go sees the documents that we see, where both read the stream: we refuse what Go loses."""
    (theirs,) = go.read_all([text], "stream")
    assume(isinstance(theirs, list))
    # A byte order mark below the first separator is a letter to Go, and so no kind is there.
    assume("\ufeff" not in text)
    stream = Stream(text.encode())
    try:
        ours = [read(stream.text(document)) for document in stream.documents]
    except ReadError:
        return

    assert same([root.data for root in ours if root is not None and root.data is not None], theirs)


# The look before parsing


def check_look(stream: Stream) -> None:
    """What the cheap look says of documents must be what parsing finds."""
    for document in stream.documents:
        try:
            root = read(stream.text(document))
        except ReadError:
            continue
        data = root.data if root is not None else None
        kind = text_of(data, "kind") if isinstance(data, dict) else ""
        name = text_of(data, "name") if isinstance(data, dict) else ""
        assert document.kind in (None, kind)
        if document.kind and not document.kind.endswith("List"):
            assert name_in(stream.data, document.body, document.end) in (None, name)
        if name:
            index = stream.documents.index(document)
            assert stream.mentions(document, [name.encode()])
            assert index in stream.mentioning([name.encode()])


@settings(max_examples=60)
@given(st.one_of(streams(), raw_streams), st.booleans(), st.booleans())
def test_the_look_at_generated_documents(text: str, crlf: bool, bom: bool) -> None:
    """No document that a rule could concern is passed over."""
    check_look(Stream(mangled(text, crlf, bom, 0).encode()))


@corpus.needed
@pytest.mark.parametrize(
    "path", [pytest.param(p, id=f"{p.parent.name}-{p.stem}") for p in corpus.files()]
)
def test_the_look_at_real_documents(path: Path) -> None:
    """No document of a real chart is passed over; and nearly all are known without parsing."""
    stream = Stream(path.read_bytes())
    check_look(stream)

    unsure = [document for document in stream.documents if document.kind is None]
    assert len(unsure) <= len(stream.documents) / 20


@corpus.needed
@pytest.mark.parametrize("nothing", NOTHING)
def test_real_charts_come_out_as_they_are(nothing: str) -> None:
    """A rule that matches nothing leaves every byte of every real chart."""
    for path in corpus.files():
        text = path.read_bytes().decode()
        assert postrender.render(text, rules(nothing)) == text


# Idempotence

texts = st.one_of(st.sampled_from(HAZARDS), small_texts)
container_changes = st.fixed_dictionaries(
    {},
    optional={
        "image": st.sampled_from(["busybox", "busybox:1e3"]),
        "env": st.dictionaries(keys.filter(bool), st.one_of(texts, st.none()), max_size=2),
        "args": st.lists(texts, max_size=2),
        "mounts": st.dictionaries(
            st.sampled_from(["/v", "/w"]), st.sampled_from(["v", "w", None]), max_size=2
        ),
        "postStart": texts,
        "files": st.dictionaries(st.sampled_from(["/a", "/b/c"]), texts, max_size=2),
        "entrypoint": st.fixed_dictionaries(
            {"script": texts, "original": st.lists(texts, min_size=1, max_size=2)}
        ),
        "tty": st.booleans(),
        "resources": st.sampled_from([None, {}, {"limits": {"cpu": "1e3"}}]),
    },
)
labels = st.dictionaries(keys, st.one_of(texts, st.none()), max_size=2)
verbs = st.fixed_dictionaries(
    {"volumes": st.just({"w": {"emptyDir": {}}})},
    optional={
        "initContainers": st.dictionaries(
            st.sampled_from(["i", "j"]), container_changes, max_size=2
        ),
        "sidecars": st.dictionaries(
            st.sampled_from(["s", "web"]),
            st.tuples(container_changes, st.booleans(), st.sampled_from(["first", "last"])).map(
                lambda parts: {**parts[0], "native": parts[1], "position": parts[2]}
            ),
            max_size=2,
        ),
        "containers": st.dictionaries(st.sampled_from(["*", "web"]), container_changes, max_size=2),
        "pod": st.fixed_dictionaries(
            {}, optional={"hostPID": st.booleans(), "nodeSelector": labels}
        ),
        "podLabels": labels,
        "podAnnotations": labels,
    },
)


@settings(max_examples=60, phases=set(Phase) - {Phase.explain})
@given(streams(), st.lists(verbs, min_size=1, max_size=2))
def test_rules_over_their_own_output(go: GoReader, text: str, rule_verbs: list[Any]) -> None:
    """Whatever rules make, they make nothing of it; and Go reads it as we do."""
    given_rules = {
        f"r{i}": {"match": {"hooks": "include"}, "expect": "any", **found}
        for i, found in enumerate(rule_verbs)
    }
    # A glob of an earlier rule also means the containers that a later one adds: in the second run
    # they are there when its turn comes. docs/proof.md does not claim that.
    assume(
        not any(
            "*" in found.get("containers", {}) and {"sidecars", "initContainers"} & later.keys()
            for found, later in combinations(rule_verbs, 2)
        )
    )
    file = flow({"rules": given_rules})
    try:
        once = postrender.render(text, rules(file))
    except postrender.KmodError:
        assume(False)  # refused, as is right

    assert postrender.render(once, rules(file)) == once
    stream = Stream(once.encode())
    ours = [read(stream.text(document)) for document in stream.documents]
    assert same([r.data for r in ours if r and r.data is not None], go.read(once, "stream"))


def flow(value: Any) -> str:
    """Any data on one line of YAML, every text in quotes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return double_quoted(value) if isinstance(value, str) else json.dumps(value)


# Scalars: what is written in rules arrives as what was written.

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: nginx
"""
EVERYWHERE = """\
rules:
  a:
    match: {{}}
    accept: [invalid-name]  # not every text can be a label
    podAnnotations: {{k: {0}}}
    podLabels: {{k: {0}}}
    pod: {{nodeSelector: {{k: {0}}}}}
    containers:
      web:
        command: [x, {0}]
        args: [{0}]
        env: {{K: {0}}}
        files: {{/k: {0}}}
        preStop: {0}
"""


def arrived(output: list[Any]) -> list[str]:
    """The text as it is at each place where the rule puts it."""
    config_map, pod = output
    (web,) = pod["spec"]["containers"]
    return [
        *(pod["metadata"][field]["k"] for field in ("annotations", "labels")),
        pod["spec"]["nodeSelector"]["k"],
        web["command"][1],
        web["args"][0],
        web["env"][0]["value"],
        config_map["data"]["k"],
        web["lifecycle"]["preStop"]["exec"]["command"][2],
    ]


def assert_arrives(go: GoReader, written: str, text: str) -> None:
    """What is written so in a rule is this text, at every place where text is wanted, for Go."""
    output = postrender.render(POD, rules(EVERYWHERE.format(written)))

    assert set(arrived(go.read(output, "stream"))) == {text}


@given(st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(HAZARDS)))
@example("1e3")
@example("#!/bin/sh\necho a\n\n\n")
@example("\ttab\t\n  and more\n")
@example("🙂\u200d\ufeff")
def test_quoted_texts_arrive(go: GoReader, text: str) -> None:
    """A text in quotes is that text."""
    assert_arrives(go, double_quoted(text), text)


def plain_hazards() -> list[str]:
    """Texts that can stand in a rule without quotes; nulls apart, which delete."""
    found = []
    for text in HAZARDS:
        try:
            root = read(f"a: {text}\nb: [x, {text}]\n")
        except ReadError:
            continue
        assert isinstance(root, Mapping)
        (_, alone), (_, listed), *more = [*root.pairs, (None, None)]
        if not more[1:] and isinstance(listed, Sequence) and len(listed.items) == 2:
            places = [
                (node.text, node.style, node.tag) if isinstance(node, Scalar) else None
                for node in (alone, listed.items[1])
            ]
            if places == [(text, "", None)] * 2 and listed.items[1].data is not None:
                found.append(text)
    return found


def test_plain_texts_arrive(go: GoReader) -> None:
    """A text without quotes is the text that was written, though Go takes it for a number."""
    hazards = plain_hazards()
    assert len(hazards) > 400

    for text in hazards:
        assert_arrives(go, text, text)


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(written, id=repr(written))
        for written in (
            *("|\n        a\n        b\n", "|-\n        a\n        b\n", "|+\n        a\n\n\n"),
            *("|2\n          a\n         b\n", ">\n        a\n        b\n\n        c\n"),
            *(
                ">+\n        a\n\n",
                "|\n        #!/bin/sh\n        ---\n        \tx\n\n        y: 1\n",
            ),
            *("|\n        a  \n        \n        b\n", "|-\n        🙂\n", "|\n        on\n"),
            *(
                '"a\\n\\n"',
                "'a\n\n          b'",
                '"\\ta"',
                "|+\n\n\n        a\n",
                '"\\n"',
                "!!str 1e3",
            ),
        )
    ],
)
def test_scripts_arrive(go: GoReader, written: str) -> None:
    """A script in any style of YAML is, for Go, the same text in the output as in the rules."""
    file = (
        "rules:\n  a:\n    match: {}\n    podAnnotations:\n      k: "
        + written
        + "\n    containers:\n      web:\n        postStart: "
        + written.replace("\n  ", "\n    ")
    )
    rule = go.read(file)["rules"]["a"]

    (pod,) = go.read(postrender.render(POD, rules(file)), "stream")

    assert pod["metadata"]["annotations"]["k"] == rule["podAnnotations"]["k"]
    (web,) = pod["spec"]["containers"]
    script = web["lifecycle"]["postStart"]["exec"]["command"][2]
    assert script == rule["containers"]["web"]["postStart"]
