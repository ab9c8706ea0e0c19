from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from postrender.compare.comparison import compare
from postrender.engine.inputs import read_inputs

if TYPE_CHECKING:
    from postrender.compare.comparison import Comparison

HERE = Path(__file__).parent
CHART = (HERE / "chart.yaml").read_text()
CASES = yaml.safe_load((HERE / "cases.yaml").read_text())
NAMED = [pytest.param(case, id=case["name"]) for case in CASES]


def old_of(case: dict[str, Any]) -> str:
    """The chart before."""
    return replaced(CHART, case.get("old_change", {}))


def new_of(case: dict[str, Any]) -> str:
    """The chart with the change of a case."""
    text = replaced(CHART, case.get("change", {}))
    if "remove" in case:
        documents = text.split("---\n")
        kept = [one for one in documents if f"templates/{case['remove']}.yaml" not in one]
        assert len(kept) + 1 == len(documents)
        text = "---\n".join(kept)
    return text + case.get("add", "")


def replaced(text: str, changes: dict[str, str]) -> str:
    """The text with each of the changes, which it has once."""
    for old, new in changes.items():
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    return text


def noisy(text: str, *, has_tag: bool) -> str:
    """A version that differs in what means nothing, and in the order of documents and keys."""
    text = text.replace("shop-1.0.0", "shop-1.0.1").replace('version: "1.0"', 'version: "1.1"')
    text = text.replace("checksum/config: 0a1b", "checksum/config: ffff")
    if not has_tag:
        text = text.replace("shop/web:1.0.0", "shop/web:1.0.1")
        text = text.replace("shop/worker:1.0.0", "shop/worker:1.0.1")
    text = text.replace("    spec:\n", "    # the pod\n    spec:\n")
    documents = [one for one in text.split("---\n") if one.strip()]
    first, *rest = documents
    backwards = [
        *reversed(rest),
        f"{first.splitlines()[0]}\n"
        + json.dumps(dict(reversed(yaml.safe_load(first).items())), indent=2)
        + "\n",
    ]
    return "---\n" + "---\n".join(backwards)


def comparison(case: dict[str, Any], old: str, new: str, folder: Path, **other: Any) -> Comparison:
    """The comparison of two charts under the rules of a case."""
    given = []
    for when, key in (("before", "rules_before"), ("after", "rules")):
        place = folder / when
        place.mkdir(parents=True)
        rules = other.get(key) or case.get(key) or case["rules"]
        added = case.get("resources", [])
        if when == "before":
            added = other.get("resources_before", case.get("resources_before", added))
        resources = {"resources": added} if added else {}
        (place / "kmod.yaml").write_text(
            yaml.safe_dump({"rules": rules, **resources}, sort_keys=False)
        )
        lock = case.get("lock", {})
        if when == "after":
            lock = other.get("lock", case.get("lock_after", lock))
        (place / "kmod.lock.yaml").write_text(lock_of(lock))
        given.append({"rules": [str(place / "kmod.yaml")]})
    inputs = [
        read_inputs(text.encode(), options) for text, options in zip((old, new), given, strict=True)
    ]
    return compare(*inputs)


def unchanged(case: dict[str, Any]) -> dict[str, Any]:
    """What makes the rules and the lock file of both sides the same."""
    return {
        "lock": case.get("lock", {}),
        "rules_before": case["rules"],
        "resources_before": case.get("resources", []),
    }


def lock_of(images: dict[str, Any]) -> str:
    """A lock file, from images with a digit of their digest and what they start."""
    entries = {
        image: {
            "digest": f"sha256:{digit * 64}",
            "configs": [
                {
                    "platforms": ["linux/amd64"],
                    "entrypoint": words,
                    "cmd": [],
                    "user": "",
                    "workingDir": "",
                }
            ],
        }
        for image, (digit, words) in images.items()
    }
    return yaml.safe_dump({"version": 1, "images": entries})


def looks(found: Comparison) -> list[str]:
    """The findings that are something to look at."""
    return [f"{one.id} {one.rule} {one.subject} {one.place}" for one in found.looks]


@pytest.mark.parametrize("case", NAMED)
def test_a_change_is_found(case: dict[str, Any], tmp_path: Path) -> None:
    """Each known change is found, and nothing besides."""
    found = comparison(case, old_of(case), new_of(case), tmp_path)

    assert sorted(looks(found)) == sorted(case["finds"])


@pytest.mark.parametrize("case", NAMED)
def test_nothing_is_found_where_nothing_changes(case: dict[str, Any], tmp_path: Path) -> None:
    """A chart compared with itself is the same, whichever of the two it is."""
    for number, text in enumerate((old_of(case), new_of(case))):
        same = unchanged(case)
        found = comparison(case, text, text, tmp_path / str(number), **same)

        assert [one for one in looks(found) if not one.startswith("run-fails")] == []


@pytest.mark.parametrize("case", NAMED)
def test_noise_is_not_found(case: dict[str, Any], tmp_path: Path) -> None:
    """Versions, checksums, tags, comments and another order are nothing to look at."""
    same = unchanged(case)
    old = old_of(case)
    new = noisy(old, has_tag=case.get("has_tag", False))
    found = comparison(case, old, new, tmp_path, **same)

    assert looks(found) == []
