"""The four ways in containers that run: what `docs/ways.md` says of each, seen."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from e2e.chart import PAGES, RULES
from e2e.images import BUSYBOX, CONFIGURED, NGINX, STOCK_PAGE
from e2e.pods import ENDED, RUNNING, WAITING
from e2e.registry import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from e2e.conftest import Machine, Render
    from e2e.pods import Pod, State
    from e2e.registry import Registry

    Play = Callable[..., AbstractContextManager[Pod]]
    Saw = Callable[..., None]

pytestmark = pytest.mark.e2e

# What wget says where nothing listens, and where nginx has no page to show.
REFUSED = "wget: can't connect to remote host (127.0.0.1): Connection refused"
FORBIDDEN = "wget: server returned error: HTTP/1.1 403 Forbidden"


def layer(**verbs: Any) -> str:
    """A rules file to be laid over a way's: other verbs of its rule."""
    return yaml.safe_dump({"rules": {"prepare-webpage": verbs}})


def added(script: str) -> dict[str, Any]:
    """For the container that a way adds: another script."""
    return {"prepare-webpage": {"args": [script]}}


def nginx(**fields: Any) -> dict[str, Any]:
    """For the chart's own container: other fields."""
    return {"containers": {"nginx": fields}}


def running(state: State) -> bool:
    """Whether the container runs."""
    return bool(state.status == RUNNING)


def restarted(state: State) -> bool:
    """Whether the container was started again."""
    return bool(state.restarts > 0)


def test_stock_page(render: Render, play: Play, saw: Saw) -> None:
    """Without rules nginx serves the page of its image."""
    with play(render()) as pod:
        assert pod.page(STOCK_PAGE) == STOCK_PAGE
        assert CONFIGURED in pod.log("nginx")
    saw("none", "nginx served its stock page")


@pytest.mark.parametrize("way", PAGES)
def test_page(way: str, render: Render, play: Play, saw: Saw, machine: Machine) -> None:
    """A way's rules file makes nginx, started as its image says, serve that way's page."""
    with play(render(RULES[way])) as pod:
        hooks = pod.start_hooks()
        if way == "post-start":
            assert pod.page(STOCK_PAGE) == STOCK_PAGE
            saw(way, "nginx served its stock page until the hook had ended")
            if machine.runs_hooks:
                assert pod.state_now("nginx").status == WAITING
                saw(way, "nginx did not count as running until the hook had ended")
        assert pod.page(PAGES[way]) == PAGES[way]
        assert CONFIGURED in pod.log("nginx")
        assert [hook.wait(60) for hook in hooks] == [0 for _ in hooks]
    saw(way, f"nginx served `{PAGES[way].strip()}`")


def test_init_container_is_first(render: Render, play: Play, saw: Saw) -> None:
    """An init container ends, in success, before the application is there to be asked."""
    script = (
        "set -x\n"
        "sleep 1\n"
        "wget -qO- http://127.0.0.1/ && exit 1\n"
        "echo 'made first' > /web/index.html\n"
    )
    with play(render(RULES["init-container"], layer(initContainers=added(script)))) as pod:
        assert pod.page("made first\n") == "made first\n"
        first, main = pod.state("prepare-webpage"), pod.state("nginx", running)
        assert (first.status, first.code) == (ENDED, 0)
        assert first.finished <= main.started
        assert "+ sleep 1" in pod.log("prepare-webpage")
        assert "+ sleep 1" not in pod.log("nginx")
    saw(
        "init-container",
        "it ended with 0 before nginx was started, and had found no nginx to ask",
        "what it printed was in a log of its own, not in nginx's",
    )


def test_failing_init_container(render: Render, play: Play, saw: Saw) -> None:
    """A failing init container keeps the application from starting; its log says why."""
    changed = layer(initContainers=added("echo no page; exit 3"))
    with play(render(RULES["init-container"], changed)) as pod:
        assert pod.state("prepare-webpage", lambda state: state.code == 3).code == 3
        assert pod.page(STOCK_PAGE, within=2) == REFUSED
        main = pod.state("nginx")
        assert (main.status, main.started) == (WAITING, None)
        assert set(pod.log("prepare-webpage").splitlines()) == {"no page"}
    saw("init-container", "when it ended with 3, nginx was not started")


def test_hook_prints_nowhere(render: Render, play: Play, saw: Saw) -> None:
    """A hook may ask the application; what it prints is in no log."""
    script = (
        "set -x\n"
        "until exec 3<> /dev/tcp/127.0.0.1/80; do sleep 0.1; done\n"
        "echo 'asked nginx'\n"
        "echo 'asked nginx' > /usr/share/nginx/html/index.html\n"
    )
    handler = {"exec": {"command": ["bash", "-c", script]}}
    with play(render(RULES["post-start"], layer(**nginx(postStart=handler)))) as pod:
        hooks = pod.start_hooks()
        assert pod.page("asked nginx\n") == "asked nginx\n"
        assert "asked nginx" not in pod.log("nginx")
        assert [hook.wait(60) for hook in hooks] == [0 for _ in hooks]
    saw("post-start", "the hook reached nginx, and what it printed was in no log")


def test_failing_hook(render: Render, play: Play, saw: Saw, machine: Machine) -> None:
    """A failing hook has the application killed and started again."""
    if not machine.runs_hooks:
        pytest.skip(f"{machine.name} runs no postStart hooks")
    changed = layer(**nginx(postStart="sleep 1; exit 3"))
    with play(render(RULES["post-start"], changed)) as pod:
        assert pod.page(STOCK_PAGE) == STOCK_PAGE
        assert pod.state("nginx", restarted).restarts > 0
    saw("post-start", "when it ended with 3, nginx was killed and started again")


def test_sidecar_is_beside(render: Render, play: Play, saw: Saw) -> None:
    """A sidecar runs while the application does, which has not waited for it, and may ask it."""
    script = (
        "trap exit TERM\n"
        "set -x\n"
        "echo 'asked nginx' > /web/other\n"
        "until [ -e /web/go ]; do sleep 0.1; done\n"
        "wget -qO- http://127.0.0.1/other > /web/index.html\n"
        "while :; do sleep 9999 & wait; done\n"
    )
    with play(render(RULES["sidecar"], layer(sidecars=added(script)))) as pod:
        assert pod.page(FORBIDDEN) == FORBIDDEN
        pod.state("prepare-webpage", running)
        pod.run("prepare-webpage", "touch", "/web/go")
        assert pod.page("asked nginx\n") == "asked nginx\n"
        for name in ("nginx", "prepare-webpage"):
            assert pod.state(name, running).status == RUNNING
        assert "+ wget" in pod.log("prepare-webpage")
        assert "+ wget" not in pod.log("nginx")
    saw(
        "sidecar",
        "nginx had not waited for it, and until it wrote the page its volume hid the image's: 403",
        "it reached nginx, and what it printed was in a log of its own, not in nginx's",
    )


def test_failing_sidecar(render: Render, play: Play, saw: Saw) -> None:
    """A sidecar that ends is started again, and the application goes on."""
    changed = layer(sidecars=added("echo $RANDOM > /web/index.html; exit 3"))
    with play(render(RULES["sidecar"], changed)) as pod:
        assert pod.state("prepare-webpage", restarted).restarts > 0
        main = pod.state("nginx")
        assert (main.status, main.restarts) == (RUNNING, 0)
    saw("sidecar", "when it ended with 3, it was started again and nginx went on")


def test_sidecar_stops(render: Render, play: Play, saw: Saw) -> None:
    """The sidecar's trap lets the pod stop at once; without it the whole grace period passes."""
    long, short = 30, 5  # a busy machine needs some seconds for "at once"
    stubborn = layer(sidecars=added("echo stubborn > /web/index.html; exec sleep 9999"))
    took = []
    for grace, changes, page in (long, [], PAGES["sidecar"]), (short, [stubborn], "stubborn\n"):
        period = layer(pod={"terminationGracePeriodSeconds": grace})
        with play(render(RULES["sidecar"], period, *changes)) as pod:
            assert pod.page(page) == page
            took.append(pod.stop(grace=grace))
    assert took[0] < long
    assert took[1] >= short
    saw(
        "sidecar",
        "with its trap the pod stopped within its grace period, without one only after it",
    )


def test_native_sidecar(render: Render, play: Play, saw: Saw, machine: Machine) -> None:
    """A native sidecar is started before the application, and runs beside it."""
    changed = layer(sidecars={"prepare-webpage": {"native": True}})
    try:
        with play(render(RULES["sidecar"], changed), timeout=10) as pod:
            assert pod.page(PAGES["sidecar"]) == PAGES["sidecar"]
            beside, main = (pod.state(name, running) for name in ("prepare-webpage", "nginx"))
            assert [beside.status, main.status] == [RUNNING] * 2
            assert beside.started <= main.started
    except subprocess.TimeoutExpired:
        pytest.skip(f"{machine.name} waits for a native sidecar to end, as for any init container")
    saw("sidecar", "`native: true`: it was started before nginx, and ran beside it")


def test_entrypoint_is_the_same_process(render: Render, play: Play, saw: Saw) -> None:
    """The script's process becomes the image's own, whose log it writes to first."""
    change = {"script": "echo prepared\n"}
    with play(render(RULES["entrypoint"], layer(**nginx(entrypoint=change)))) as pod:
        assert pod.page(STOCK_PAGE) == STOCK_PAGE
        assert pod.state("nginx", running).status == RUNNING
        first = pod.run("nginx", "cat", "/proc/1/cmdline")
        assert first.startswith("nginx: master process nginx -g daemon off;")
        lines = pod.log("nginx").splitlines()
        assert lines.index("prepared") < lines.index(CONFIGURED)
    saw("entrypoint", "it printed into nginx's log before nginx did, and then nginx was process 1")


def test_failing_entrypoint(render: Render, play: Play, saw: Saw) -> None:
    """A script that ends before its last line keeps the application from starting."""
    change = {"script": "echo no page; exit 3\n"}
    with play(render(RULES["entrypoint"], layer(**nginx(entrypoint=change)))) as pod:
        assert pod.state("nginx", restarted).restarts > 0
        assert pod.page(STOCK_PAGE, within=1) == REFUSED
        assert set(pod.log("nginx").splitlines()) == {"no page"}
    saw("entrypoint", "when it ended with 3, nginx was not started, but the container again")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"script": "exit 3\n"}, 3, id="of-the-script"),
        pytest.param({"original": ["sh", "-c", "exit 7"]}, 7, id="of-the-application"),
    ],
)
def test_exit_code(
    change: dict[str, Any], code: int, render: Render, play: Play, saw: Saw, machine: Machine
) -> None:
    """The container's exit code is that of the script, or of the application after it."""
    if not machine.lets_pods_end:
        pytest.skip(f"{machine.name} starts the pods of a Deployment again")
    once = {"restartPolicy": "Never"}
    changed = layer(pod=once, accept=["restart-policy"], **nginx(entrypoint=change))
    with play(render(RULES["entrypoint"], changed)) as pod:
        assert pod.state("nginx", lambda state: state.status == ENDED).code == code
    saw("entrypoint", "the container ended with the script's exit code, or with the application's")


def test_entrypoint_from_the_lock_file(
    render: Render,
    play: Play,
    saw: Saw,
    machine: Machine,
    registry: Registry,
    program: Path,
    tmp_path: Path,
) -> None:
    """What the image starts may come from the registry, by way of the lock file."""
    registry.add()
    values = (f"image.repository={REGISTRY}/library/nginx",)
    unsaid, lock = tmp_path / "unsaid.yaml", tmp_path / "kmod.lock.yaml"
    unsaid.write_text(layer(**nginx(entrypoint={"original": None})))
    rules = (RULES["entrypoint"], unsaid)
    options = [word for file in rules for word in ("--rules", file)]
    machine.room.output(program, "lock", *options, "--lock", lock, stdin=render(values=values))
    assert registry.was_asked(NGINX)
    with play(render(*rules, values=values, options=("--lock", lock))) as pod:
        assert pod.page(PAGES["entrypoint"]) == PAGES["entrypoint"]
        assert CONFIGURED in pod.log("nginx")
    saw("entrypoint", "nginx served the same page with a lock file that was made from a registry")


def test_files(render: Render, play: Play, saw: Saw) -> None:
    """One file is put over the image's, with its mode; the others of its folder stay."""
    files = {
        "/usr/share/nginx/html/index.html": "one file\n",
        "/etc/secret.conf": {"text": "another\n", "mode": 0o600},
    }
    rules = {"rules": {"page": {"match": {"kind": "Deployment"}, **nginx(files=files)}}}
    with play(render(yaml.safe_dump(rules))) as pod:
        assert pod.page("one file\n") == "one file\n"
        assert pod.state("nginx", running).status == RUNNING
        folder = pod.run("nginx", "ls", "/usr/share/nginx/html")
        assert folder.split() == ["50x.html", "index.html"]
        assert pod.run("nginx", "ls", "-l", "/etc/secret.conf").startswith("-rw-------")
    saw(
        "files",
        "one file was put over the image's, with its mode; the others beside it stayed",
    )


def test_images_from_a_mirror(render: Render, play: Play, saw: Saw, registry: Registry) -> None:
    """All images of the pod are pulled from the mirror that a rule names."""
    registry.add("mirror/")
    images = {"*": {"registry": REGISTRY, "prefix": "mirror"}}
    rules = {"rules": {"mirror": {"match": {"kind": "Deployment"}, "images": images}}}
    changed = render(RULES["init-container"], yaml.safe_dump(rules))
    pulled = [f"mirror/{image}" for image in (NGINX, BUSYBOX)]
    assert not any(registry.was_asked(image) for image in pulled)
    with play(changed) as pod:
        assert pod.page(PAGES["init-container"]) == PAGES["init-container"]
    assert all(registry.was_asked(image) for image in pulled)
    saw("images", "both images of the pod were pulled from a mirror")
