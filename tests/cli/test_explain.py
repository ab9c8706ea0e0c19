from __future__ import annotations

import json
from typing import TYPE_CHECKING

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
  matches Deployment named web: 1; images
  ~ Deployment/web (web/templates/deployment.yaml)
    ~ spec.template.spec.containers[nginx].image: nginx:1.19 → \
registry.example.com/library/nginx:1.19

rule "team"  kmod.yaml:6:3
  matches Deployment or Service: 2; labels
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
  hook: {containers: {nginx: {postStart: x}}}
  off: {enabled: false, labels: {a: b}}
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
    assert "  matches object with a pod template named wob: 0; labels" in lines
    assert lines[-1].startswith('kmod.yaml:3:3: rule "bad": no object with a pod template')


def test_long_values_stand_below(kmod_post: KmodPost, folder: Path) -> None:
    """As YAML, where there is no room beside their path; on a narrow terminal all lines fit."""
    (folder / "kmod.yaml").write_text("""\
rules:
  side: {sidecars: {log: {image: busybox, args: [sh, -c, "while true; do sleep 9; done"]}}}
  mirror: {images: {"*": {registry: registry.example.com}}}
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
  file: {containers: {nginx: {files: {/run/a: "one\\n\\n  two\\n"}}}}
  note: {podAnnotations: {note: "one\\n\\n  two\\n"}}
  env: {containers: {nginx: {env: {A_RATHER_LONG_NAME: a rather long value of it, B: b}}}}
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
