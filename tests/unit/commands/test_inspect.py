from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import KmodPost

TREE = """\
web
└── templates/deployment.yaml
    └── Deployment/web
        ├── match: {kind: Deployment, name: web}
        ├── selected by  Service/web
        ├── container nginx  nginx:1.19
        │   └── ports   http 80/TCP
        │       mounts  /etc/nginx/conf.d/example.conf ← config/example.conf
        └── volumes  config (configMap web)

without pods (--all shows them): 1 ConfigMap, 1 Service, 1 ServiceAccount
"""


def test_the_tree(kmod_post: KmodPost, folder: Path) -> None:
    """Chart, template, object, containers; how a rule names it; what selects it."""
    done = kmod_post("inspect", "rendered.yaml", cwd=folder)

    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, TREE, b"")


def test_all_flags_are_shown(kmod_post: KmodPost, folder: Path) -> None:
    """However many there are; of a long script only the beginning."""
    flags = [f"--flag-number-{i}=value" for i in range(20)]
    script = "echo\n" * 50
    spec = {"containers": [{"name": "web", "args": [*flags, script, "last"]}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec}

    text = kmod_post("inspect", stdin=json.dumps(pod), cwd=folder).stdout.decode()

    assert all(flag in text for flag in flags)
    assert "last]" in text
    assert text.count("echo") < 30


def test_rules_in_the_folder_are_not_read(kmod_post: KmodPost, folder: Path) -> None:
    """A broken rules file is no reason not to look at a chart; one that is named is."""
    (folder / "kmod.yaml").write_text("rules: {")

    assert kmod_post("inspect", "rendered.yaml", cwd=folder).stdout.decode() == TREE
    assert kmod_post("inspect", "-f", "kmod.yaml", "rendered.yaml", cwd=folder).returncode == 1


def test_workloads_of_the_rules(kmod_post: KmodPost, folder: Path) -> None:
    """Where further kinds keep their pods is said by rules."""
    (folder / "kmod.yaml").write_text("kinds: {Farm: {podTemplate: spec.pod}}")
    stream = "kind: Farm\nmetadata: {name: a}\nspec: {pod: {spec: {containers: [{name: cow}]}}}\n"

    done = kmod_post("inspect", "-f", "kmod.yaml", stdin=stream, cwd=folder)

    assert "container cow  (no image)" in done.stdout.decode()
    assert "without pods" in kmod_post("inspect", stdin=stream, cwd=folder).stdout.decode()


def test_all_and_json(kmod_post: KmodPost, folder: Path) -> None:
    """Objects without pods too; the same data for programs."""
    every = kmod_post("inspect", "--all", "rendered.yaml", cwd=folder).stdout.decode()
    assert "── ConfigMap/web" in every
    assert "without pods" not in every

    found = json.loads(kmod_post("inspect", "--json", "rendered.yaml", cwd=folder).stdout)
    assert found["kind"] == "KmodInventory"
    assert [one["match"] for one in found["objects"]] == [{"kind": "Deployment", "name": "web"}]
    assert found["others"] == {"ConfigMap": 1, "Service": 1, "ServiceAccount": 1}


def test_an_object_without_a_name(kmod_post: KmodPost) -> None:
    """It is named as messages name it."""
    spec = b"spec: {template: {spec: {containers: [{name: web, image: a}]}}}\n"
    done = kmod_post("inspect", stdin=b"apiVersion: apps/v1\nkind: Deployment\n" + spec)

    assert "Deployment/(no name)\n" in done.stdout.decode()


def test_on_a_narrow_terminal(kmod_post: KmodPost, folder: Path) -> None:
    """Lines are broken inside their column."""
    done = kmod_post("inspect", "rendered.yaml", cwd=folder, env={"COLUMNS": "50"})

    assert max(map(len, done.stdout.decode().splitlines())) <= 50


def test_nothing_there(kmod_post: KmodPost) -> None:
    """An empty stream is said to be one."""
    assert kmod_post("inspect").stdout == b"no objects\n"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        pytest.param(
            [],
            "kmod-post init writes first rules; kmod-post init --list shows recipes for jobs\n",
            id="objects",
        ),
        pytest.param(
            ["--images"],
            "kmod-post init --recipe mirror-all-images pulls them from your registry\n",
            id="images",
        ),
        pytest.param(["--json"], "}\n", id="JSON"),
        pytest.param(["-f", "kmod.yaml"], "1 ServiceAccount\n", id="there are rules"),
    ],
)
def test_what_comes_next(
    on_terminal: Callable[..., tuple[int, str]], args: list[str], said: str
) -> None:
    """People are told where rules come from; programs, and those who have rules, are not."""
    code, seen = on_terminal("inspect", *args, "rendered.yaml")

    assert code == 0
    assert seen.endswith(said)
