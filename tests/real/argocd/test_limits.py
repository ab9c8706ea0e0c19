"""Limits of Argo CD, and what a user sees at them: docs/argocd.md says the same."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from argoimage.image import each_image
from hosts.argocd import APPLICATION, GENERATE

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from argoimage.sidecar import Sidecar

    Start = Callable[..., AbstractContextManager[Sidecar]]
    Saw = Callable[[str], None]

pytestmark = pytest.mark.e2e

# A list of 900 million numbers, which Helm counts for minutes.
ENDLESS = "{{ range until 30000 }}{{ range until 30000 }}{{ end }}{{ end }}"
MAPS = """
{{ range until (int .Values.count) }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: map-{{ . }}}
data: {text: {{ repeat 100000 "x" }}}
{{ end }}
"""


def write_chart(repository: Path, template: str = "", **more: object) -> None:
    """A chart in apps/app, with rules that change nothing."""
    app = repository / "apps" / "app"
    (app / "templates").mkdir(parents=True)
    (app / "templates" / "all.yaml").write_text(template)
    (app / "kmod.yaml").write_text("rules: {}\n")
    chart = {"apiVersion": "v2", "name": "app", "version": "0.1.0", **more}
    (app / "Chart.yaml").write_text(json.dumps(chart))


def dependency(url: str) -> dict[str, list[dict[str, str]]]:
    """In Chart.yaml: the chart `library` of a repository."""
    return {"dependencies": [{"name": "library", "version": "1.2.3", "repository": url}]}


def left_behind(server: Sidecar) -> list[str]:
    """The files in /tmp, and the programs that run besides the server."""
    ours = {"kmod-post", "kmod-post-argoc", "helm", "python3"}
    return [*server.left(), *(name for name in server.programs() if name in ours)]


@pytest.mark.parametrize("step", ["init", "generate"])
@each_image
def test_time_of_a_request(
    start: Start,
    repository: Path,
    slow_repository: Callable[[int], str],
    saw: Saw,
    step: str,
    image: str,
) -> None:
    """Argo CD says that the plugin was killed, and the plugin that the time was up."""
    if step == "init":
        write_chart(repository, **dependency(slow_repository(60)))
    else:
        write_chart(repository, ENDLESS)
    command = f"{GENERATE} init" if step == "init" else GENERATE
    work = "fetched the chart's dependencies" if step == "init" else "rendered the chart"
    with start(image=image) as server:
        done = server.ask("generate", repository, "apps/app", APPLICATION, seconds=6)
        assert done.returncode == 1
        assert not done.stdout
        for _ in range(100):
            if not left_behind(server):
                break
            time.sleep(0.1)
        assert not left_behind(server)
        # On a busy machine the repo-server's own time may be up before it has the answer.
        assert (
            f"`{command}` failed signal: killed: kmod-post-argocd: the time for the request was up "
            f"while it {work}; give it more with controller.repo.server.timeout.seconds"
        ) in server.log()
    saw("time of a request, 60 seconds")


def test_time_of_a_program(
    start: Start, repository: Path, slow_repository: Callable[[int], str], saw: Saw
) -> None:
    """The variable holds for what argocd-repo-server itself starts."""
    write_chart(repository, **dependency(slow_repository(2)))
    with start(env={"ARGOCD_EXEC_TIMEOUT": "1s"}) as server:
        done = server.ask("generate", repository, "apps/app", APPLICATION)
        assert "example-library" in done.stdout, done.stderr
    saw("time of a program, 90 seconds")


def test_size_of_the_manifests(start: Start, repository: Path, saw: Saw) -> None:
    """At 1 MiB here: the manifests are all there or none is."""
    write_chart(repository, MAPS)
    with start(env={"ARGOCD_GRPC_MAX_SIZE_MB": "1"}) as server:
        done = server.ask("generate", repository, "apps/app", with_value("count=10"))
        assert done.stdout.count("\n") == 10, done.stderr
        done = server.ask("generate", repository, "apps/app", with_value("count=11"))
        assert (done.returncode, done.stdout) == (1, "")
        assert "trying to send message larger than max (110" in done.stderr
    saw("all manifests, 100 MiB")


def with_value(value: str) -> dict[str, str]:
    """An Application with a value."""
    return {**APPLICATION, "PARAM_SET_VALUES_0": value}


@pytest.mark.parametrize("name", ["PARAM_SET_VALUES_0", "KUBE_API_VERSIONS"])
def test_size_of_a_variable(start: Start, repository: Path, saw: Saw, name: str) -> None:
    """One that Linux takes is an argument that Linux takes."""
    largest = 128 * 1024 - len(f"{name}=") - 1
    write_chart(repository, MAPS)
    with start() as server:
        for size in largest, largest + 1:
            value = "count=1,text=".ljust(size, "x")
            done = server.ask("generate", repository, "apps/app", {**APPLICATION, name: value})
            assert (done.returncode == 0) == (size == largest), done.stderr
        assert done.stderr.endswith(f"/{GENERATE}: argument list too long\n")
    saw("a parameter, or the API versions of the cluster, 128 KiB")


def test_memory(start: Start, repository: Path, saw: Saw) -> None:
    """Whatever the kernel kills, nobody gets a part of the manifests."""
    with start() as server:
        (right,) = server.load(1, repository, "apps/web", APPLICATION).answers
    with start(memory="64Mi") as server:
        answers = server.load(20, repository, "apps/web", APPLICATION).answers
    with start(memory="384Mi") as server:  # as docs/argocd.md says
        assert {a.size for a in server.load(10, repository, "apps/web", APPLICATION).answers} == {
            right.size
        }
    errors = [answer.error for answer in answers if answer.error]
    assert {answer.size for answer in answers if not answer.error} <= {right.size}
    assert errors
    for error in errors:
        assert "error reading from server: " in error or "was killed" in error or "dial" in error
    saw("memory of the sidecar")
