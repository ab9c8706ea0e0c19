from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from paths import ROOT

from postrender.engine.inputs import rules_of
from postrender.engine.run import run
from postrender.errors import KmodError
from postrender.reports.report import Watcher
from postrender.rules.layers import read_values
from postrender.stream.text import Stream

if TYPE_CHECKING:
    from conftest import KmodPost

STREAM = """\
---
# Source: shop/templates/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers: [{name: web, image: nginx}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web-admin}
spec:
  template:
    spec:
      containers: [{name: web, image: nginx}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: setup, annotations: {helm.sh/hook: pre-install}}
spec:
  template:
    spec:
      containers: [{name: web, image: nginx}]
---
apiVersion: v1
kind: Secret
metadata: {name: login}
stringData: {password: geheim}
"""


def report(rules: str, text: str = STREAM) -> dict[str, Any]:
    """The report of a run."""
    values = read_values(rules, "kmod.yaml")
    watcher = Watcher()
    result = run(Stream(text.encode()), rules_of([values]), watch=watcher)
    return watcher.report(result, values)


def test_what_was_matched_and_changed() -> None:
    """Each rule with its objects, each object with its fields."""
    found = report("rules: {mirror: {match: {name: web}, images: {nginx: {newTag: '1'}}}}")

    assert (found["apiVersion"], found["kind"], found["outcome"]) == (
        "kmod/v1",
        "KmodReport",
        "changed",
    )
    assert found["summary"] == {"changed": 1, "added": 0, "removed": 0}
    (rule,) = found["rules"]
    web = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "web",
        "source": "shop/templates/web.yaml",
        "line": 2,
    }
    assert rule["matched"] == [web]
    assert rule["verbs"] == ["images"]
    assert rule["changes"] == [
        {
            "object": web,
            "what": "changed",
            "fields": [
                {
                    "what": "changed",
                    "path": "spec.template.spec.containers[web].image",
                    "pointer": "/spec/template/spec/containers/0/image",
                    "before": "nginx",
                    "after": "nginx:1",
                }
            ],
        }
    ]


@pytest.mark.parametrize(
    ("match", "reasons"),
    [
        pytest.param(
            "{name: web}",
            {"web-admin": "name differs", "setup": "name and hooks differ"},
            id="name",
        ),
        pytest.param("{kind: Job, hooks: only, name: '*'}", {}, id="other kinds are not told"),
        pytest.param(
            "{name: 'web*', not: {name: '*-admin'}}",
            {"web-admin": "left out by not:", "setup": "name and hooks differ"},
            id="not",
        ),
        pytest.param("{}", {"setup": "a hook; hooks: include would match it"}, id="hooks"),
        pytest.param("{hooks: only}", {"web": "no hook", "web-admin": "no hook"}, id="hooks only"),
        pytest.param(
            "{labels: {a: b}, hooks: include}",
            {
                "web": 'no label "a"',
                "web-admin": 'no label "a"',
                "setup": 'no label "a"',
            },
            id="labels",
        ),
    ],
)
def test_what_was_passed_over_and_why(match: str, reasons: dict[str, str]) -> None:
    """Objects of the rule's kinds that it did not match, each with the keys that did not hold."""
    found = report(f"rules: {{a: {{match: {match}, expect: any, podLabels: {{x: y}}}}}}")

    (rule,) = found["rules"]
    assert {entry["object"]["name"]: entry["reason"] for entry in rule["skipped"]} == reasons


def test_what_kmod_post_generated_is_passed_over() -> None:
    """In a run over its own output a rule leaves the generated ConfigMap alone, and says so."""
    rules = """\
rules:
  script: {match: {name: web}, containers: {web: {files: {/run/a: text}}}}
  all: {match: {kind: ConfigMap}, expect: any, labels: {a: b}}
"""
    values = rules_of([read_values(rules, "kmod.yaml")])
    output = b"".join(run(Stream(STREAM.encode()), values).pieces).decode()

    found = report(rules, output)

    assert found["outcome"] == "unchanged"
    (skipped,) = found["rules"][1]["skipped"]
    assert skipped["object"]["name"] == "web-script-dt6f7hg946"
    assert skipped["reason"] == "kmod-post has generated it"
    assert found["rules"][0]["matched"][0]["name"] == "web"
    assert found["rules"][0]["changes"] == []


def test_near_misses_of_a_rule_that_matches_nothing() -> None:
    """As in the error that an unmet expectation gives."""
    found = report(
        "rules: {a: {match: {kind: StatefulSet, name: web}, expect: any, podLabels: {a: b}}}"
    )

    assert found["rules"][0]["nearMisses"][0] == "Deployment/web (kind differs)"


def test_warnings_belong_to_their_rule() -> None:
    """Without place and name, which the rule gives; with them in the list of all."""
    found = report("rules: {hook: {match: {name: web}, containers: {web: {postStart: 'true'}}}}")

    (warning,) = found["warnings"]
    assert warning.startswith('kmod.yaml:1:9: rule "hook": Deployment/web: container web: ')
    assert found["rules"][0]["warnings"] == [warning.removeprefix('kmod.yaml:1:9: rule "hook": ')]


def test_what_resources_bring_and_what_is_switched_off() -> None:
    """Objects from resources: have no rule; rules that are off are named."""
    found = report("""\
rules: {off: {enabled: false, labels: {a: b}, match: {}}}
resources: {map: {apiVersion: v1, kind: ConfigMap, metadata: {name: map}, data: {a: b}}}
""")

    assert found["disabled"] == ["off"]
    assert found["rules"] == []
    (change,) = found["resources"]
    assert (change["what"], change["object"]["name"]) == ("added", "map")
    assert change["content"]["data"] == {"a": "b"}


def test_secrets_are_hidden() -> None:
    """Neither the chart's values nor those of the rules."""
    rules = (
        "rules: {a: {match: {kind: Secret}, merge: {stringData: {password: geheim2, b: geheim3}}}}"
    )

    found = report(rules)

    assert "geheim" not in json.dumps(found)
    assert [field["path"] for field in found["rules"][0]["changes"][0]["fields"]] == [
        "stringData.password",
        "stringData.b",
    ]


def test_a_failed_run() -> None:
    """What was seen until then, and why it failed."""
    watcher = Watcher()
    rules = """\
rules:
  a: {match: {name: web}, podLabels: {a: b}}
  b: {match: {name: wob}, podLabels: {a: b}}
  c: {podLabels: {a: b}, match: {}}
"""
    with pytest.raises(KmodError) as caught:
        run(Stream(STREAM.encode()), rules_of([read_values(rules, "kmod.yaml")]), watch=watcher)

    found = watcher.failed(caught.value.messages)

    assert found["outcome"] == "failed"
    assert [rule["name"] for rule in found["rules"]] == ["a", "b", "c"]
    assert found["rules"][1]["nearMisses"][0].startswith("Deployment/web (name differs)")
    assert len(found["errors"]) == 1


# --report


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with rules."""
    (tmp_path / "kmod.yaml").write_text("rules: {a: {match: {name: web}, podLabels: {a: b}}}\n")
    return tmp_path


def test_the_report_is_written_beside_the_output(kmod_post: KmodPost, folder: Path) -> None:
    """The output is what it is without; the file holds what `explain --json` prints."""
    plain = kmod_post(stdin=STREAM, cwd=folder)
    done = kmod_post("--report", "report.json", stdin=STREAM, cwd=folder)
    explained = kmod_post("explain", "--json", stdin=STREAM, cwd=folder)

    assert (done.returncode, done.stdout) == (0, plain.stdout)
    assert (folder / "report.json").read_bytes() == explained.stdout
    assert json.loads(explained.stdout)["outcome"] == "changed"


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param("rules: {a: {match: {name: wob}, podLabels: {a: b}}}", id="unmet expectation"),
        pytest.param("rules: {a: {podLabels: 1, match: {}}}", id="mistake in the rules"),
        pytest.param(
            "rules: {a: {match: {name: web}, containers: {web: {postStart: x}}}}", id="--strict"
        ),
    ],
)
def test_a_failed_run_is_reported(kmod_post: KmodPost, folder: Path, rules: str) -> None:
    """Helm 4 shows no messages; the report has them."""
    (folder / "kmod.yaml").write_text(rules)

    done = kmod_post("--strict", "--report", "report.json", stdin=STREAM, cwd=folder)

    assert (done.returncode, done.stdout) == (1, b"")
    found = json.loads((folder / "report.json").read_text())
    assert found["outcome"] == "failed"
    assert "".join(f"{line}\n" for line in found["errors"]) == done.stderr.decode()


@pytest.mark.parametrize(
    ("file", "message", "code"),
    [
        pytest.param(
            "-", "--report -: standard output is the chart; name a file\n", 2, id="stdout"
        ),
        pytest.param(
            "no/where",
            "--report no/where: cannot be written (no such file or directory); name another file\n",
            1,
            id="nowhere",
        ),
    ],
)
def test_a_report_that_cannot_be_written(
    kmod_post: KmodPost, folder: Path, file: str, message: str, code: int
) -> None:
    """Nothing goes to standard output then."""
    done = kmod_post("--report", file, stdin=STREAM, cwd=folder)

    assert (done.returncode, done.stdout, done.stderr.decode()) == (code, b"", message)


def test_the_documentation_names_every_key() -> None:
    """docs/report.md has a row for each key that a report can have."""
    page = (ROOT / "docs" / "report.md").read_text()
    found = report("""\
rules:
  hook: {description: x, match: {name: web}, containers: {web: {postStart: 'true'}}}
  off: {enabled: false, labels: {a: b}, match: {}}
  none: {match: {name: wob}, expect: any, labels: {a: b}}
resources: {map: {apiVersion: v1, kind: ConfigMap, metadata: {name: map}, data: {a: b}}}
""")
    for keys in (found, found["rules"][0], found["rules"][0]["changes"][0], found["resources"][0]):
        for key in keys:
            assert f"| `{key}` |" in page, key
