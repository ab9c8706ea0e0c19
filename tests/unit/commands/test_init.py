from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postrender.commands.starters import WAYS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import KmodPost

    Terminal = Callable[..., tuple[int, str]]

TWO = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: a, image: x}, {name: b, image: z}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec: {template: {spec: {containers: [{name: c, image: x, command: [c]}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: test, annotations: {helm.sh/hook: test}}
spec: {containers: [{name: d, image: x}]}
"""


@pytest.mark.parametrize("way", WAYS)
def test_the_rules_work_at_once(kmod_post: KmodPost, folder: Path, way: str) -> None:
    """What is written is checked, changes the chart, and the next steps are said."""
    done = kmod_post("init", "--way", way, "--to", "new.yaml", "rendered.yaml", cwd=folder)

    assert (done.returncode, done.stdout) == (0, b"")
    said = done.stderr.decode().splitlines()
    assert said[0] == "new.yaml: written; next:"
    assert said[-1] == "  kmod-post diff -f new.yaml rendered.yaml"
    assert ("  kmod-post lock -f new.yaml rendered.yaml" in said) == (way == "entrypoint")
    assert kmod_post("check", "new.yaml", cwd=folder).returncode == 0
    if way != "entrypoint":
        shown = kmod_post("diff", "-f", "new.yaml", "--stat", "rendered.yaml", cwd=folder)
        assert shown.stdout.startswith(b"Deployment/web ")


def test_nothing_is_overwritten(kmod_post: KmodPost, folder: Path) -> None:
    """A file that is there stays, unless --force is given."""
    before = (folder / "kmod.yaml").read_text()

    done = kmod_post("init", "--way", "sidecar", "rendered.yaml", cwd=folder)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == (
        "--to kmod.yaml: already exists; name another file (kmod-post -f takes several), or give --force\n"
    )
    assert (folder / "kmod.yaml").read_text() == before

    done = kmod_post("init", "--way", "sidecar", "--force", "rendered.yaml", cwd=folder)
    assert done.returncode == 0
    assert "sidecars:" in (folder / "kmod.yaml").read_text()


def test_to_standard_output(kmod_post: KmodPost, folder: Path) -> None:
    """`--to -` prints the file."""
    done = kmod_post("init", "--way", "sidecar", "--to", "-", "rendered.yaml", cwd=folder)

    assert done.stdout.startswith(b'# Written by "kmod-post init"')
    assert b"diff -f kmod.yaml" in done.stdout
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("args", "message"),
    [
        pytest.param(
            [],
            "init: needs --way or --recipe; the ways are init-container, post-start, sidecar, "
            'entrypoint; "kmod-post init --list" shows the recipes',
            id="no way",
        ),
        pytest.param(
            ["--way", "sidcar"],
            "--way sidcar: no such way; did you mean sidecar?",
            id="a way, nearly",
        ),
        pytest.param(
            ["--way", "sidecar"],
            "--workload: not given; there are Deployment/web, Deployment/shop/api, Pod/test",
            id="no workload",
        ),
        pytest.param(
            ["--way", "sidecar", "--workload", "Deployment/wbe"],
            "--workload Deployment/wbe: no such workload; did you mean Deployment/web?",
            id="a workload, nearly",
        ),
        pytest.param(
            ["--way", "sidecar", "--workload", "shop/api"],
            "--workload shop/api: no such workload; did you mean Deployment/shop/api?",
            id="without the kind",
        ),
        pytest.param(
            ["--way", "sidecar", "--workload", "StatefulSet/web"],
            "--workload StatefulSet/web: no such workload; did you mean Deployment/web?",
            id="another kind",
        ),
        pytest.param(
            ["--way", "sidecar", "--workload", "grafana"],
            "--workload grafana: no such workload; there are Deployment/web, Deployment/shop/api, "
            "Pod/test",
            id="another workload",
        ),
        pytest.param(
            ["--way", "sidecar", "--workload", "web"],
            "--container: not given; there are a, b",
            id="no container",
        ),
        pytest.param(
            ["--way", "sidecar", "--workload", "web", "--container", "x"],
            "--container x: no such container; there are a, b",
            id="another container",
        ),
    ],
)
def test_what_is_missing_is_said(
    kmod_post: KmodPost, tmp_path: Path, args: list[str], message: str
) -> None:
    """Without a terminal nobody can be asked; nothing is written."""
    done = kmod_post("init", *args, stdin=TWO, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == f"{message}\n"
    assert not list(tmp_path.iterdir())


def test_a_pod_with_no_lists_where_lists_belong(kmod_post: KmodPost, tmp_path: Path) -> None:
    """The message names the chart's mistake."""
    spec = b"{volumes: [null], containers: [{name: a, image: a, volumeMounts: 5}]}"
    stream = b"kind: Deployment\napiVersion: apps/v1\nmetadata: {name: a}\nspec: {template: {spec: "
    done = kmod_post(
        *("init", "--way", "entrypoint", "--to", "-"), stdin=stream + spec + b"}}\n", cwd=tmp_path
    )

    assert (done.returncode, done.stdout) == (1, b"")
    assert b"Deployment/a: spec.template.spec.volumes[0]: must be a mapping; " in done.stderr


@pytest.mark.parametrize("name", ["api", "Deployment/api", "Deployment/shop/api"])
def test_a_workload_goes_by_its_names(kmod_post: KmodPost, tmp_path: Path, name: str) -> None:
    """With its kind and without, with its namespace and without."""
    done = kmod_post(
        "init", "--way", "entrypoint", "--workload", name, "--to", "-", stdin=TWO, cwd=tmp_path
    )

    assert done.returncode == 0
    assert b"match: {kind: Deployment, name: api}" in done.stdout
    assert b"lock" not in done.stdout


WEB = TWO.partition("---")[0]
SAME = f"""\
---
# Source: shop/templates/a.yaml
{WEB}---
# Source: shop/charts/web/templates/a.yaml
{WEB}---
{WEB.replace("Deployment", "DaemonSet")}"""


BOTH = [
    "Deployment/web (shop/templates/a.yaml)",
    "Deployment/web (shop/charts/web/templates/a.yaml)",
]


@pytest.mark.parametrize(
    ("name", "which"), [("web", [*BOTH, "DaemonSet/web"]), ("Deployment/web", BOTH)]
)
def test_a_name_of_several_is_no_guess(
    kmod_post: KmodPost, tmp_path: Path, name: str, which: list[str]
) -> None:
    """All that it may be are named; any of them can be written."""
    words = ["init", "--way", "sidecar", "--container", "a", "--to", "-", "--workload"]
    done = kmod_post(*words, name, stdin=SAME, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, b"")
    assert (
        done.stderr.decode()
        == f"--workload {name}: several have this name; write one of {', '.join(which)}\n"
    )
    for one in which:
        done = kmod_post(*words, one, stdin=SAME, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert one.partition("(")[2].strip(")") in done.stdout.decode()


def test_hooks_are_no_guess(kmod_post: KmodPost, tmp_path: Path) -> None:
    """The only workload is meant; a test Pod beside it is not, unless it is named."""
    stream = TWO[TWO.index("---\n") :]

    done = kmod_post("init", "--way", "sidecar", "--to", "-", stdin=stream, cwd=tmp_path)
    assert b"name: api" in done.stdout
    assert done.stderr.decode() == (
        "defaults, which you can change with these options:\n"
        "  --workload=Deployment/shop/api  the only one that is not a hook\n"
    )
    done = kmod_post(
        "init", "--way", "sidecar", "--workload", "test", "--to", "-", stdin=stream, cwd=tmp_path
    )
    assert b"match: {kind: Pod, name: test, hooks: include}" in done.stdout


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        pytest.param(
            "",
            "kmod-post init: no object with a pod template in the stream; pipe the manifests of a "
            "chart that has some",
            id="empty",
        ),
        pytest.param(TWO.partition("---")[0] * 2, "", id="two documents in one"),
        pytest.param(
            f"{TWO.partition('---')[0]}---\n{TWO.partition('---')[0]}",
            "--workload Deployment/web: another object has the same kind, name and template",
            id="twins",
        ),
        pytest.param(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {}\n",
            "--workload Pod/a: its pod has no containers; choose another",
            id="no containers",
        ),
    ],
)
def test_streams_that_cannot_be_changed(
    kmod_post: KmodPost, tmp_path: Path, stream: str, message: str
) -> None:
    """One line says why."""
    done = kmod_post("init", "--way", "sidecar", stdin=stream, cwd=tmp_path)

    assert done.returncode in (1, 2)
    assert done.stderr.decode().startswith(message)
    assert done.stdout == b""


def test_questions(on_terminal: Terminal, folder: Path) -> None:
    """On a terminal it asks for what is missing, by number or name, until it is one of them."""
    (folder / "two.yaml").write_text(TWO)

    code, seen = on_terminal(
        "init", "--to", "new.yaml", "two.yaml", answers=["x\n", "9\n", "sidecar\n", "web\n", "2\n"]
    )

    assert code == 0, seen
    assert "Which way?" in seen
    assert "choose it for" in seen
    assert seen.count("write a number from 1 to 4, or one of the names") == 2
    assert "Which workload?" in seen
    assert "Which container?" in seen
    text = (folder / "new.yaml").read_text()
    assert "sidecars:" in text
    assert "match: {kind: Deployment, name: web}" in text
    assert "      b:\n" in text


@pytest.mark.parametrize("columns", [80, 160])
def test_the_comparison_fits(on_terminal: Terminal, columns: int) -> None:
    """As a table where there is room, else one way below the other."""
    _, seen = on_terminal(
        "init", "--to", "new.yaml", "rendered.yaml", answers=["1\n"], columns=columns
    )

    plain = [line for line in seen.splitlines() if "\x1b" not in line]
    assert max(map(len, plain)) <= columns
    assert ("───" in seen) == (columns == 160)


def test_questions_beside_a_stream(on_terminal: Terminal, folder: Path) -> None:
    """The stream comes on standard input, the answers from the terminal."""
    code, seen = on_terminal(
        "init", "--to", "new.yaml", stdin="rendered.yaml", answers=["post-start\n"]
    )

    assert code == 0, seen
    assert "postStart:" in (folder / "new.yaml").read_text()
    assert "helm template NAME CHART | kmod-post diff -f new.yaml" in seen


@pytest.mark.parametrize("key", [pytest.param("\x03", id="^C"), pytest.param("\x04", id="^D")])
def test_no_answer(on_terminal: Terminal, folder: Path, key: str) -> None:
    """Whoever leaves is let go, and finds nothing new."""
    code, seen = on_terminal("init", "--to", "new.yaml", "rendered.yaml", answers=[key])

    assert code == 130, seen
    assert seen.endswith("interrupted; nothing was written\n")
    assert not (folder / "new.yaml").exists()
