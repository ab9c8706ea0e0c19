from __future__ import annotations

import re
from pathlib import Path

import pytest
from corpus import FOLDER, files, needed
from paths import GOLDEN

from postrender.engine.inputs import load_rules, rules_of
from postrender.engine.run import run
from postrender.reports.diff import DocumentDiff, document_diffs
from postrender.reports.masking import MASK
from postrender.reports.textdiff import lines_of
from postrender.rules.layers import read_values
from postrender.stream.manifests import EMPTY
from postrender.stream.text import Stream

CASES = [
    pytest.param(folder, id=folder.name)
    for folder in sorted(GOLDEN.iterdir())
    if (folder / "expected.yaml").exists()
    and not (folder / "args.txt").exists()
    and "KmodRules" not in (folder / "input.yaml").read_text()
]


def diffs(text: str, rules: str) -> list[DocumentDiff]:
    """What the rules change in the text."""
    stream = Stream(text.encode())
    return list(document_diffs(stream, run(stream, rules_of([read_values(rules, "kmod.yaml")]))))


def fits(shown: str, line: str) -> bool:
    """Whether a line of a diff is this line, where it is masked whatever that has there."""
    if MASK not in shown:
        return shown == line
    told = re.sub(r" \((before|after)\)(?=\r?\n?$)", "", shown)
    known = (re.escape(part) for part in told.replace(f"# {MASK}", MASK).split(MASK))
    return re.fullmatch("[^\\n]+".join(known), line) is not None


def assert_patches(text: str, found: list[DocumentDiff], output: str) -> None:
    """All hunks, applied each at the line that it names, make the output of the text."""
    lines, wanted = lines_of(text), lines_of(output)
    result: list[str] = []
    done = 0
    for hunk in (hunk for document in found for hunk in document.hunks):
        olds = [line for sign, line in hunk.lines if sign != "+"]
        news = [line for sign, line in hunk.lines if sign != "-"]
        start = hunk.old - 1
        # Hunks of two documents may share lines of context: those between.
        result += lines[done:start]
        real = lines[start : start + len(olds)]
        assert all(map(fits, olds, real))
        assert len(olds) == len(real)
        assert len(result) == hunk.new - 1
        result += news
        done = start + len(olds)
    result += lines[done:]
    assert len(result) == len(wanted)
    assert [
        shown for shown, line in zip(result, wanted, strict=True) if not fits(shown, line)
    ] == []


@pytest.mark.parametrize("folder", CASES)
def test_the_diff_is_a_patch_of_the_stream(folder: Path) -> None:
    """The hunks, applied to what came in, give what goes out."""
    text = (folder / "input.yaml").read_bytes().decode()
    stream = Stream(text.encode())
    result = run(stream, load_rules(folder / "rules.yaml"))
    output = b"".join(result.pieces).decode()

    found = list(document_diffs(stream, result))

    assert bool(found) == (text != output and bool(result.edits))
    if result.edits:
        assert_patches(text, found, "" if output.encode() == EMPTY else output)


WEB = """\
---
# Source: shop/templates/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    app: web
spec:
  replicas: 1
  template:
    spec:
      containers:
        - name: web
          image: nginx:1.19
          ports:
            - containerPort: 80
          env:
            - name: A
              value: a
"""
SERVICE = "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: web\n"


def test_a_document_is_named() -> None:
    """Name, template and rules; where in the stream, and in which field."""
    found = diffs(
        SERVICE + WEB, "rules: {mirror: {images: {nginx: {registry: my.org}}, match: {}}}"
    )

    assert [document._replace(hunks=()) for document in found] == [
        DocumentDiff("Deployment/web", "changed", "shop/templates/web.yaml", ["mirror"], ())
    ]
    (hunk,) = found[0].hunks
    assert (hunk.old, hunk.new, hunk.rules) == (17, 17, ["mirror"])
    assert hunk.place == "spec.template.spec.containers[web]"
    assert [line for line in hunk.lines if line[0] != " "] == [
        ("-", "          image: nginx:1.19\n"),
        ("+", "          image: my.org/library/nginx:1.19\n"),
    ]


def test_each_hunk_names_its_rules() -> None:
    """Where several rules change a document, each part of it tells which did that."""
    found = diffs(
        WEB,
        """\
        rules:
          team: {labels: {team: a}, match: {}}
          port: {containers: {web: {env: {B: b}}}, match: {}}
          more: {containers: {web: {env: {B: c}}}, match: {}}
        """,
    )

    (document,) = found
    assert document.rules == ["team", "port", "more"]
    assert [(hunk.place, hunk.rules) for hunk in document.hunks] == [
        ("metadata.labels", ["team"]),
        ("spec.template.spec.containers[web].env", ["port", "more"]),
    ]


def test_a_line_that_is_changed_and_changed_back_is_nobodys() -> None:
    """What ends as it began is not shown."""
    rules = "rules: {a: {labels: {app: x}, match: {}}, b: {labels: {app: web}, match: {}}, c: {labels: {d: e}, match: {}}}"

    (document,) = diffs(WEB, rules)

    assert [hunk.rules for hunk in document.hunks] == [["c"]]


def test_what_comes_and_what_goes() -> None:
    """Added and removed documents are whole, with their separators."""
    found = diffs(
        SERVICE + WEB,
        """\
        rules:
          gone: {match: {kind: Service}, remove: true}
          script: {containers: {web: {files: {/etc/a: "text"}}}, match: {}}
        resources:
          map: {apiVersion: v1, kind: ConfigMap, metadata: {name: map}}
        """,
    )

    assert [(document.name, document.what, document.rules) for document in found] == [
        ("ConfigMap/map", "added", ["resources"]),
        ("Service/web", "removed", ["gone"]),
        ("ConfigMap/web-script-dd52mdmcck", "added", ["script"]),
        ("Deployment/web", "changed", ["script"]),
    ]
    assert "".join(line for _, line in found[1].hunks[0].lines) == SERVICE
    assert found[2].source == "shop/templates/web.yaml"


def test_items_of_a_list_are_named() -> None:
    """A List is shown as a document, with the items that are changed in its name."""
    text = """\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service, metadata: {name: a}}
- {apiVersion: v1, kind: Service, metadata: {name: b}}
- {apiVersion: v1, kind: Service, metadata: {name: c}}
"""
    rules = """\
        rules:
          one: {match: {kind: Service, name: a}, labels: {x: y}}
          two: {match: {kind: Service, name: c}, remove: true}
        """

    (document,) = diffs(text, rules)

    assert document.name == "List with Service/a, Service/c"
    assert [hunk.rules for hunk in document.hunks] == [["one", "two"]]


def test_secrets_are_hidden() -> None:
    """The value that is changed and its neighbours, as values and in comments."""
    text = "kind: Secret\napiVersion: v1\nmetadata: {name: s}\ndata:\n  a: eA==\n  b: eQ== # eA==\n"
    rules = "rules: {a: {match: {kind: Secret}, merge: {data: {a: eg==}}}}"

    (document,) = diffs(text, rules)

    assert [line for line in document.hunks[0].lines if line[0] != " "] == [
        ("-", "  a: ••• (before)\n"),
        ("+", "  a: ••• (after)\n"),
    ]
    assert not any("==" in line for _, line in document.hunks[0].lines)


def test_nothing_changed_is_nothing_shown() -> None:
    """Rules over their own output have no diff."""
    assert diffs(WEB, "rules: {a: {labels: {app: web}, match: {}}}") == []


@needed
@pytest.mark.parametrize("file", files(), ids=lambda path: str(path.relative_to(FOLDER)))
def test_real_charts(file: Path) -> None:
    """The diff of a real chart is a patch of it, whichever rules change whatever in it."""
    text = file.read_bytes().decode()
    stream = Stream(text.encode())
    rules = """\
        rules:
          side: {sidecars: {log: {image: busybox}}, expect: any, match: {}}
          vols: {volumes: {kmod-web: {emptyDir: {}}}, podLabels: {a: b}, expect: any, match: {}}
          gone: {match: {kind: ServiceAccount}, remove: true, expect: any}
          file: {containers: {"*": {files: {/run/x: text}}}, expect: any, match: {}}
          team: {match: {kind: "*"}, annotations: {team: x}, expect: any}
        """
    result = run(stream, rules_of([read_values(rules, "kmod.yaml")]))

    found = list(document_diffs(stream, result))

    assert_patches(text, found, b"".join(result.pieces).decode())
    assert all(hunk.rules for document in found for hunk in document.hunks)
