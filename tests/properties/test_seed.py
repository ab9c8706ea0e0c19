"""
The article's nginx Deployment changed in its four ways, as data: what kmod-post was made for.

tests/seed has the Deployment (`plain.yaml`) and for each way the rules and what must come out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from paths import SEED

import postrender

PLAIN = (SEED / "plain.yaml").read_text()
WAYS = ["init-container", "post-start", "sidecar"]
ORIGINAL = ["/docker-entrypoint.sh", "nginx", "-g", "daemon off;"]


def changed(way: str, text: str = PLAIN) -> str:
    """A stream with the rules of one way applied."""
    return postrender.render(text, postrender.load_rules(SEED / way / "kmod.yaml"))


def objects(text: str) -> list[Any]:
    """The objects of a stream."""
    return [document for document in yaml.safe_load_all(text) if document]


@pytest.mark.parametrize("way", WAYS)
def test_the_objects_are_as_expected(way: str) -> None:
    """The rules of a way give the objects that are written down for it."""
    assert objects(changed(way)) == objects((SEED / way / "expected.yaml").read_text())


@pytest.mark.parametrize("way", [*WAYS, "entrypoint"])
def test_no_line_is_lost(way: str) -> None:
    """Every line of the Deployment comes out again, in its order, comments and all."""
    lines = iter(changed(way).splitlines())

    assert all(line in lines for line in PLAIN.splitlines())


@pytest.mark.parametrize("way", [*WAYS, "entrypoint"])
def test_once_is_enough(way: str) -> None:
    """The rules of a way change nothing in what they made."""
    once = changed(way)

    assert changed(way, once) == once


@pytest.fixture(scope="module")
def entrypoint() -> list[Any]:
    """What the entrypoint way gives: names are ours to choose, so facts are checked."""
    return objects(changed("entrypoint"))


def test_the_script_is_in_a_config_map(entrypoint: list[Any]) -> None:
    """A ConfigMap comes before the Deployment, in its namespace, with one script in its data."""
    config_map, deployment = entrypoint

    assert (config_map["kind"], deployment["kind"]) == ("ConfigMap", "Deployment")
    assert config_map["metadata"].get("namespace") == deployment["metadata"].get("namespace")
    assert len(config_map["data"]) == 1


def test_the_script(entrypoint: list[Any]) -> None:
    """It starts with a line naming bash, holds the user's lines and ends with the hand-over."""
    rules = yaml.safe_load((SEED / "entrypoint" / "kmod.yaml").read_text())
    wanted = rules["rules"]["prepare-webpage"]["containers"]["nginx"]["entrypoint"]["script"]

    (script,) = entrypoint[0]["data"].values()

    first, *body, last = script.splitlines()
    assert first.startswith("#!")
    assert first.endswith("bash")
    assert body == wanted.splitlines()
    assert last == 'exec "$@"'


def test_the_script_is_mounted_and_run(entrypoint: list[Any]) -> None:
    """One volume of mode 0755, mounted read-only; the script is the command, the argv its args."""
    config_map, deployment = entrypoint
    spec = deployment["spec"]["template"]["spec"]
    (nginx,) = spec["containers"]
    (volume,) = spec["volumes"]
    (mount,) = nginx["volumeMounts"]
    (key,) = config_map["data"]

    assert volume["configMap"] == {"name": config_map["metadata"]["name"], "defaultMode": 0o755}
    assert (mount["name"], mount["readOnly"]) == (volume["name"], True)
    assert nginx["command"] == [f"{mount['mountPath']}/{key}"]
    assert nginx["args"] == ORIGINAL


def test_the_annotation_follows_the_script(entrypoint: list[Any], tmp_path: Path) -> None:
    """The pod template's annotation changes when the script changes, and only then."""

    def annotations(old: str, new: str) -> Any:
        rules = (SEED / "entrypoint" / "kmod.yaml").read_text()
        assert old in rules
        (tmp_path / "kmod.yaml").write_text(rules.replace(old, new))
        done = postrender.render(PLAIN, postrender.load_rules(tmp_path / "kmod.yaml"))
        return objects(done)[1]["spec"]["template"]["metadata"]["annotations"]

    before = entrypoint[1]["spec"]["template"]["metadata"]["annotations"]

    assert len(before) == 1
    assert annotations("daemon off;", "daemon on;") == before
    assert annotations("/index.html", "/index.htm") != before
    assert annotations("/index.html", "/index.htm").keys() == before.keys()
