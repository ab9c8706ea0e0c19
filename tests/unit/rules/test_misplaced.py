"""Keys that are known, but not where the rules file has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import postrender
from postrender.errors import RulesError
from postrender.kubernetes.types import fields_of
from postrender.rules.load import RULE_KEYS
from postrender.verbs import VERBS
from postrender.verbs.container import SHORT_FORMS

if TYPE_CHECKING:
    from pathlib import Path

OTHER_HOME = ("name", *VERBS, *RULE_KEYS)


def mistakes(folder: Path, text: str) -> tuple[str, ...]:
    """What is wrong with a rules file, without its name."""
    file = folder / "kmod.yaml"
    file.write_text(text)
    with pytest.raises(RulesError) as caught:
        postrender.load_rules(file)
    return tuple(str(message).removeprefix(f"{file}:") for message in caught.value.messages)


@pytest.mark.parametrize(
    "key", [key for key in (*fields_of("Container"), *SHORT_FORMS) if key not in OTHER_HOME]
)
def test_a_field_of_a_container_in_a_rule(tmp_path: Path, key: str) -> None:
    """The message shows where to write it."""
    (line,) = mistakes(tmp_path, f"rules:\n  x:\n    match: {{kind: Job}}\n    {key}: {{}}\n")

    said = f'4:5: rule "x": {key} belongs to a container; write containers: {{NAME: {{{key}: …}}}}'
    assert line == said or (key == "resources" and line.startswith(f"{said}; for further objects"))


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("list_", ["containers", "sidecars", "initContainers"])
def test_a_verb_in_a_container(tmp_path: Path, list_: str, verb: str) -> None:
    """It belongs to the rule."""
    (line,) = mistakes(
        tmp_path, f"rules: {{x: {{{list_}: {{web: {{{verb}: {{}}}}}}, match: {{}}}}}}"
    )

    meant = ', or did you mean "image"?' if verb == "images" else ""
    assert line.endswith(f"{list_}.web: {verb} belongs to the rule; move it out of {list_}:{meant}")


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_at_the_top_of_the_file(tmp_path: Path, verb: str) -> None:
    """It belongs to a rule, whether there are rules or not."""
    said = f"1:1: {verb} belongs to a rule; write rules: {{NAME: {{match: …, {verb}: …}}}}"

    assert mistakes(tmp_path, f"{verb}: {{}}\nrules: {{}}\n") == (said,)
    assert mistakes(tmp_path, f"{verb}: {{}}\n") == (said,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "rules: {x: {kind: Job, labels: {a: b}, match: {}}}",
            '1:13: rule "x": kind belongs to match; write match: {kind: …}',
            id="match in a rule",
        ),
        pytest.param(
            "rules: {x: {tolerations: [], labels: {a: b}, match: {}}}",
            '1:13: rule "x": tolerations belongs to the pod; write pod: {tolerations: …}',
            id="pod in a rule",
        ),
        pytest.param(
            "rules: {x: {kinds: {}, labels: {a: b}, match: {}}}",
            '1:13: rule "x": kinds belongs to the top level of the file; move it there, beside rules:',
            id="top level in a rule",
        ),
        pytest.param(
            "rules: {x: {match: {expect: 1}, labels: {a: b}}}",
            '1:21: rule "x": match: expect belongs to the rule; move it out of match:',
            id="rule in match",
        ),
        pytest.param(
            "rules: {x: {containers: {web: {match: {}}}, match: {}}}",
            '1:32: rule "x": containers.web: match belongs to the rule; move it out of containers:',
            id="match in a container",
        ),
        pytest.param(
            "rules: {x: {sidecars: [{name: web, image: a, nodeSelector: {}}], match: {}}}",
            '1:46: rule "x": sidecars[0]: nodeSelector belongs to the pod; write pod: {nodeSelector: …} in the rule',
            id="pod in a container of a list",
        ),
        pytest.param(
            "{rules: {}, env: {}}",
            "1:13: env belongs to a container; write rules: {NAME: {match: …, containers: {NAME: {env: …}}}}",
            id="container at the top",
        ),
        pytest.param(
            "{rules: {}, hostNetwork: true}",
            "1:13: hostNetwork belongs to the pod; write rules: {NAME: {match: …, pod: {hostNetwork: …}}}",
            id="pod at the top",
        ),
        pytest.param(
            "{image: nginx, labels: {a: b}}",
            '1:1: there are no rules; begin with "rules:"',
            id="a chart's values are one mistake",
        ),
        pytest.param(
            "rules: {x: {containers: {web: {mount: {}}}, match: {}}}",
            '1:32: rule "x": containers.web: unknown field "mount"; did you mean "mounts"? '
            "(error: unknown-field)",
            id="a key that belongs nowhere",
        ),
    ],
)
def test_other_places(tmp_path: Path, text: str, message: str) -> None:
    """Each level of a rules file knows the keys of the others."""
    assert mistakes(tmp_path, text) == (message,)
