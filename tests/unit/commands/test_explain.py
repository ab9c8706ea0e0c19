from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from postrender.html.markup import text as escaped

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import KmodPost


def test_rule_by_rule(kmod_post: KmodPost, folder: Path) -> None:
    """What each matched, every field it changed, what all that comes to."""
    done = kmod_post("explain", "rendered.yaml", cwd=folder)

    assert done.stderr == b""
    assert (
        done.stdout.decode()
        == """\
rule "mirror"  kmod.yaml:2:3
  our own registry
  matches Deployment named web: 1; verbs: images
  ~ Deployment/web (web/templates/deployment.yaml)
    ~ spec.template.spec.containers[nginx].image: nginx:1.19 → \
registry.example.com/library/nginx:1.19

rule "team"  kmod.yaml:6:3
  matches Deployment or Service: 2; verbs: labels
  ~ Service/web (web/templates/service.yaml)
  ~ Deployment/web (web/templates/deployment.yaml)
    + metadata.labels.team: shop

documents: 2 changed
"""
    )


def test_why_not(kmod_post: KmodPost, folder: Path) -> None:
    """What was passed over, what is there already, what came near, what is off, what is warned of."""
    (folder / "kmod.yaml").write_text("""\
rules:
  there: {match: {kind: Service}, labels: {app.kubernetes.io/name: nginx}}
  other: {match: {kind: Service, name: wob}, expect: any, labels: {a: b}}
  hook: {containers: {nginx: {postStart: x}}, match: {}}
  off: {enabled: false, labels: {a: b}, match: {}}
resources:
  map: {apiVersion: v1, kind: ConfigMap, metadata: {name: map}, data: {a: b}}
""")

    lines = kmod_post("explain", "rendered.yaml", cwd=folder).stdout.decode().splitlines()

    assert "  = Service/web is as the rule wants it (web/templates/service.yaml)" in lines
    assert "  passed over: Service/web: name differs (web/templates/service.yaml)" in lines
    assert "  near: Service/web (name differs)" in lines
    assert any(line.startswith("  warning: Deployment/web: container nginx: ") for line in lines)
    assert 'rule "off" is disabled' in lines
    assert "  + ConfigMap/map is added (web/templates/kmod-post/configmap-map.yaml)" in lines
    assert "      data[a]: b" in lines
    assert lines[-1] == "documents: 1 changed, 1 added; 1 warning"


def test_many_objects_that_stay_the_same_are_counted(kmod_post: KmodPost, folder: Path) -> None:
    """A rule for all images leaves many objects as they are, which have none."""
    (folder / "kmod.yaml").write_text(
        "rules: {own: {match: {kind: '*'}, images: {'*': {registry: registry.example.com}}}}"
    )
    stream = "kind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: a/b:1}]}\n"
    stream += "".join(f"---\nkind: Role\nmetadata: {{name: r{i}}}\n" for i in range(11))

    lines = kmod_post("explain", cwd=folder, stdin=stream).stdout.decode().splitlines()

    assert "  matches objects of any kind: 12; verbs: images" in lines
    assert "  = 11 objects are as the rule wants them: 11 Role" in lines
    assert not any("as the rule wants it" in line for line in lines)


@pytest.mark.parametrize("stream", ["", "hook"])
def test_expect_that_is_not_checked(kmod_post: KmodPost, folder: Path, stream: str) -> None:
    """It passes for a stream that may be a part of a chart; then no number looks as if it fitted."""
    (folder / "kmod.yaml").write_text(
        "rules:\n"
        "  one: {match: {name: web}, expect: 1, replicas: 2}\n"
        "  default: {match: {name: web}, replicas: 2}\n"
        "  any: {match: {name: web}, expect: any, replicas: 2}\n"
        "  few: {match: {name: web}, expect: 0-3, replicas: 2}\n",
        encoding="utf-8",
    )
    hook = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {helm.sh/hook: test}}\n"
        "spec: {containers: [{name: a, image: b}]}\n"
    )
    done = kmod_post("explain", "-", stdin=hook if stream else "", cwd=folder)

    said = "(not checked: the stream is empty, or has only hooks); verbs: replicas"
    lines = [one for one in done.stdout.decode().splitlines() if "  matches" in one]
    assert [one.partition(": ")[2] for one in lines] == [
        f"0, expected 1 {said}",
        f"0 {said}",
        "0, expected at least 0; verbs: replicas",
        "0, expected 0 to 3; verbs: replicas",
    ]


def test_of_a_run_that_fails(kmod_post: KmodPost, folder: Path) -> None:
    """What was seen until then, then why it failed; nothing on standard output."""
    (folder / "kmod.yaml").write_text("""\
rules:
  good: {match: {kind: Service}, labels: {a: b}}
  bad: {match: {name: wob}, labels: {a: b}}
""")

    done = kmod_post("explain", "rendered.yaml", cwd=folder)

    assert (done.returncode, done.stdout) == (1, b"")
    lines = done.stderr.decode().splitlines()
    assert lines[0] == 'rule "good"  kmod.yaml:2:3'
    assert "  matches objects with a pod template named wob: 0; verbs: labels" in lines
    assert lines[-1].startswith('kmod.yaml:3:3: rule "bad": no object with a pod template')


def test_long_values_stand_below(kmod_post: KmodPost, folder: Path) -> None:
    """As YAML, where there is no room beside their path; on a narrow terminal all lines fit."""
    (folder / "kmod.yaml").write_text("""\
rules:
  side: {sidecars: {log: {image: busybox, args: [sh, -c, "while true; do sleep 9; done"]}}, match: {}}
  mirror: {images: {"*": {registry: registry.example.com}}, match: {}}
""")

    done = kmod_post("explain", "rendered.yaml", cwd=folder, env={"COLUMNS": "70"})

    text = done.stdout.decode()
    assert (
        """\
    + spec.template.spec.containers[log]:
        name: log
        image: busybox
        args:
        - sh
        - -c
        - while true; do sleep 9; done
"""
        in text
    )
    assert (
        "    ~ spec.template.spec.containers[nginx].image\n"
        "      was: nginx:1.19\n"
        "      is: registry.example.com/library/nginx:1.19\n"
    ) in text
    assert max(map(len, text.splitlines())) <= 70


def test_texts_of_several_lines(kmod_post: KmodPost, folder: Path) -> None:
    """Line by line; lists have their dashes below one another; files and scripts are masked."""
    (folder / "kmod.yaml").write_text("""\
rules:
  file: {containers: {nginx: {files: {/run/a: "one\\n\\n  two\\n"}}}, match: {}}
  note: {podAnnotations: {note: "one\\n\\n  two\\n"}, match: {}}
  env: {containers: {nginx: {env: {A_RATHER_LONG_NAME: a rather long value of it, B: b}}}, match: {}}
""")

    text = kmod_post("explain", "rendered.yaml", cwd=folder).stdout.decode()

    assert '      data[run_a]: "••• (11 bytes)"\n' in text
    assert "annotations.note:\n        one\n\n          two\n" in text
    assert (
        """\
    + spec.template.spec.containers[nginx].env:
        - name: A_RATHER_LONG_NAME
          value: a rather long value of it
        - name: B
          value: b
"""
        in text
    )


def test_json(kmod_post: KmodPost, folder: Path) -> None:
    """The same data, for programs."""
    done = kmod_post("explain", "--json", "rendered.yaml", cwd=folder)

    report = json.loads(done.stdout)
    assert (report["kind"], report["outcome"]) == ("KmodReport", "changed")
    assert [rule["name"] for rule in report["rules"]] == ["mirror", "team"]


# A stream in a file. It brings its own rules, so that their places are in it, and its texts have
# the words by which messages name standard input.
STREAM = """\
apiVersion: kmod/v1
kind: KmodRules
rules:
  note:
    match: {kind: ConfigMap}
    annotations: {note: "not <stdin> but <stdout>"}
    merge: {data: {source: <stdin>}}
  hook: {containers: {web: {postStart: x}}, match: {}}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: read
  annotations: {note: "read <stdin>"}
data: {source: "of <stdin>"}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web, image: web}]}
"""
NAMES = ["rendered.yaml", 'a "quoted" \\ name.yaml', "<b>.yaml"]


@pytest.fixture(params=NAMES)
def stream(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The name of a file with the stream above."""
    name: str = request.param
    (tmp_path / name).write_text(STREAM)
    return name


def test_a_stream_in_a_file_is_named(kmod_post: KmodPost, tmp_path: Path, stream: str) -> None:
    """Its name is in the places of rules; that a chart's text has `<stdin>` in it changes nothing."""
    text = kmod_post("explain", stream, cwd=tmp_path).stdout.decode()

    assert f'rule "note"  {stream}:4:3\n' in text
    assert f'rule "hook"  {stream}:8:3\n' in text
    assert "    ~ metadata.annotations.note: read <stdin> → not <stdin> but <stdout>\n" in text
    assert '    ~ data.source: of <stdin> → "<stdin>"\n' in text


def test_the_report_names_its_file(kmod_post: KmodPost, tmp_path: Path, stream: str) -> None:
    """Whatever signs the name has, the report is JSON, and the chart's texts are as they were."""
    report = json.loads(kmod_post("explain", "--json", stream, cwd=tmp_path).stdout)

    assert [rule["place"] for rule in report["rules"]] == [f"{stream}:4:3", f"{stream}:8:3"]
    (warning,) = report["warnings"]
    assert warning.startswith(f'{stream}:8:3: rule "hook": Pod/web: container web: its postStart')
    (change,) = report["rules"][0]["changes"]
    assert {field["path"]: (field["before"], field["after"]) for field in change["fields"]} == {
        "metadata.annotations.note": ("read <stdin>", "not <stdin> but <stdout>"),
        "data.source": ("of <stdin>", "<stdin>"),
    }


def test_the_page_names_its_file(kmod_post: KmodPost, tmp_path: Path, stream: str) -> None:
    """In its first sentence and in the places of rules and warnings; the diff is the chart's."""
    done = kmod_post("explain", "--html", "-", stream, cwd=tmp_path)
    page = re.sub("</?em>", "", done.stdout.decode())  # what differs within a line

    assert f"in <code>{escaped(stream)}</code>." in page
    assert f"<code>{escaped(stream)}:4:3</code>" in page  # where the rule stands
    assert f"<li><code>{escaped(stream)}:8:3</code> rule" in page  # where the warning is
    for line in (
        '-  annotations: {note: "read <stdin>"}',
        '+  annotations: {note: "not <stdin> but <stdout>"}',
        '-data: {source: "of <stdin>"}',
        '+data: {source: "<stdin>"}',
    ):
        assert f">{escaped(line)}\n" in page
    assert not re.search(escaped("<stdin>") + r":\d", page)


def test_a_failure_names_its_file(kmod_post: KmodPost, tmp_path: Path, stream: str) -> None:
    """On standard error, above it and on the page; the chart's texts are as they were."""
    (tmp_path / "kmod.yaml").write_text("rules: {x: {match: {name: <stdin>}, labels: {a: b}}}\n")

    done = kmod_post("explain", "--html", "page.html", stream, cwd=tmp_path)
    page = (tmp_path / "page.html").read_text()

    assert done.returncode == 1
    assert f'rule "note"  {stream}:4:3\n' in done.stderr.decode()
    assert 'rule "x": no object with a pod template named <stdin> in' in done.stderr.decode()
    assert f"<code>{escaped(stream)}:4:3</code>" in page
    assert escaped('rule "x": no object with a pod template named <stdin> in') in page


@pytest.mark.parametrize("command", ["explain", "diff", "export", "inspect"])
def test_two_sets_of_rules_in_a_stream(kmod_post: KmodPost, tmp_path: Path, command: str) -> None:
    """Both places are in the file that was read."""
    (tmp_path / "two.yaml").write_text("apiVersion: kmod/v1\nkind: KmodRules\n---\n" * 2)

    done = kmod_post(command, "two.yaml", cwd=tmp_path)

    assert (done.returncode, done.stderr.decode()) == (
        1,
        "two.yaml:5:1: a second KmodRules document, after that at line 2; keep one\n",
    )
