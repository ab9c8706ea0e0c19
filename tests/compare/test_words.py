"""What is said of a rule that changes single words of `args`: it fits what the rule does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from postrender.compare.comparison import compare
from postrender.compare.values import values_of
from postrender.engine.inputs import read_inputs

if TYPE_CHECKING:
    from pathlib import Path

NAME, FLAG, OTHER = "--cpu", "--cpu=0", "--port=80"

CASES = {
    # What the rule does to args, the chart's args before and now, what is said.
    "set, and the chart drops it": (
        {"$flags": {NAME: "9"}},
        [OTHER, FLAG],
        [OTHER],
        "no-longer-set: the chart no longer has --cpu; the rule adds it [chart: --cpu=0 → nothing; rule: --cpu=9]",
    ),
    "set, and the chart renames it": (
        {"$flags": {"--reloader-cpu": "9"}},
        [OTHER, "--reloader-cpu=0"],
        [OTHER, "--config-loader-cpu=0"],
        (
            "no-longer-set: the chart no longer has --reloader-cpu; the rule adds it; nearest: --config-loader-cpu"
            " [chart: --reloader-cpu=0 → nothing; rule: --reloader-cpu=9]"
        ),
    ),
    "set, and the chart changes its value": (
        {"$flags": {NAME: "9"}},
        [OTHER, FLAG],
        [OTHER, "--cpu=1"],
        (
            "value-overridden: the chart has changed --cpu; the rule replaces it"
            " [chart: --cpu=0 → --cpu=1; rule: --cpu=9]"
        ),
    ),
    "set, and the chart has it as the rule wants it, and more": (
        {"$flags": {NAME: "9"}},
        [OTHER, FLAG],
        [OTHER, "--cpu=9", "--new"],
        "no-longer-needed: the chart has --cpu now as the rule wants it [rule: --cpu=9]",
    ),
    "set in two words, and the chart drops it": (
        {"$flags": {NAME: "9"}},
        ["--port", "80", NAME, "0"],
        ["--port", "80"],
        (
            "no-longer-set: the chart no longer has --cpu; the rule adds it"
            ' [chart: [--cpu, "0"] → nothing; rule: [--cpu, "9"]]'
        ),
    ),
    "added, and the chart has it with another value": (
        {"$flags": {NAME: "9"}},
        [OTHER],
        [OTHER, FLAG],
        "now-set: the chart has --cpu now; the rule sets another value [chart: nothing → --cpu=0; rule: --cpu=9]",
    ),
    "taken out, and the chart drops it and has another": (
        {"$remove": ["--cpu=*"]},
        [OTHER, FLAG],
        [OTHER, "--new"],
        "no-longer-needed: the chart no longer has --cpu, which the rule takes out",
    ),
    "changed by a glob, and the chart drops it": (
        {"$change": {"--cpu=*": "--cpu=9"}},
        [OTHER, FLAG],
        [OTHER],
        "effect-gone: the chart no longer has --cpu, which the rule changed",
    ),
    "a word, and the chart has it and more": (
        {"$add": ["fast"]},
        ["run"],
        ["run", "fast", "now"],
        "no-longer-needed: the chart has fast now as the rule wants it [rule: fast]",
    ),
    "another flag than the chart's": ({"$flags": {NAME: "9"}}, [FLAG], [FLAG, "--new"], ""),
}


def stream(args: list[str]) -> bytes:
    """A Pod with these args."""
    spec = {"containers": [{"name": "web", "image": "example.com/web:1.0", "args": args}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec}
    return yaml.safe_dump(pod).encode()


def _bracketed(values: str) -> str:
    return f" [{values}]" if values else ""


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_words_fit_what_the_rule_does(
    case: tuple[dict[str, object], list[str], list[str], str], tmp_path: Path
) -> None:
    """The id, the text and the values."""
    args, before, now, said = case
    rules = {"args": {"match": {}, "containers": {"web": {"args": args}}}}
    (tmp_path / "kmod.yaml").write_text(yaml.safe_dump({"rules": rules}))
    given = {"rules": [str(tmp_path / "kmod.yaml")]}

    found = compare(*(read_inputs(stream(one), given) for one in (before, now)))

    looks = [one for one in found.looks if one.id != "run-fails"]
    assert "\n".join(f"{one.id}: {one.text}{_bracketed(values_of(one))}" for one in looks) == said
