from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from corpus import FOLDER, files, needed
from hypothesis import given
from hypothesis import strategies as st

from postrender.commands.starters import COLUMNS, RULE, WAYS, Target, security_beside, starter
from postrender.engine.inputs import rules_of
from postrender.engine.run import run
from postrender.kubernetes.images import Locked
from postrender.rules.layers import read_values
from postrender.stream.text import Stream

TARGET = Target(
    match={"kind": "Deployment", "name": "web"},
    container="web",
    names=frozenset({"web"}),
    volumes=frozenset(),
    paths=frozenset(),
    ends=False,
    security={},
    has_command=False,
)
STREAM = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers: [{name: web, image: nginx}]
"""


def locked(image: str, platform: str = "") -> Locked:
    """Stands in for a lock file."""
    return Locked(("/start",), (), "sha256:0")


def applied(text: str, stream: str = STREAM) -> Any:
    """The result of the rules on the stream."""
    return run(Stream(stream.encode()), rules_of([read_values(text, "kmod.yaml")]), argv_of=locked)


@pytest.mark.parametrize("way", WAYS)
def test_each_way_works_at_once(way: str) -> None:
    """The file changes the container; over its own output it changes nothing."""
    text = starter(way, TARGET, "kmod.yaml")
    output = b"".join(applied(text).pieces).decode()

    assert output != STREAM
    assert b"".join(applied(text, output).pieces).decode() == output


@pytest.mark.parametrize("way", WAYS)
def test_each_line_is_short_and_each_part_explained(way: str) -> None:
    """No line is longer than a hundred signs; every key below the rule has a comment above it."""
    lines = starter(way, TARGET, "kmod.yaml").splitlines()

    assert all(len(line) <= 100 and line == line.rstrip() for line in lines)
    for above, line in pairwise(lines):
        if line.startswith("    ") and line[4].isalpha():
            assert above.startswith("    #")


@pytest.mark.parametrize("way", WAYS)
def test_names_that_are_taken_are_not_used(way: str) -> None:
    """Nothing of the chart is changed but what is meant."""
    taken = TARGET._replace(
        names=frozenset({"web", "prepare", "companion", "companion-2"}),
        volumes=frozenset({"shared"}),
        paths=frozenset({"/run/shared"}),
    )
    data = read_values(starter(way, taken, "kmod.yaml"), "kmod.yaml").data["rules"][RULE]

    added = {*data.get("initContainers", {}), *data.get("sidecars", {})}
    assert added.isdisjoint(taken.names)
    assert taken.volumes.isdisjoint(data.get("volumes", {}))
    assert taken.paths.isdisjoint(data["containers"]["web"].get("mounts", {}))


def test_a_sidecar_of_a_job_is_native() -> None:
    """Else the Job would never complete."""
    text = starter("sidecar", TARGET._replace(ends=True), "kmod.yaml")

    assert read_values(text, "").data["rules"][RULE]["sidecars"]["companion"]["native"] is True
    assert "native" not in starter("sidecar", TARGET, "kmod.yaml")


def test_the_lock_file_is_named_where_it_is_needed() -> None:
    """Where the chart says what the container starts, nothing has to be looked up."""
    assert "kmod-post lock" in starter("entrypoint", TARGET, "kmod.yaml")
    assert "lock" not in starter("entrypoint", TARGET._replace(has_command=True), "kmod.yaml")


@pytest.mark.parametrize(
    ("container", "pod", "expected"),
    [
        pytest.param({}, {}, {}, id="nothing said"),
        pytest.param({"securityContext": {"runAsUser": 1}}, {}, {"runAsUser": 1}, id="its own"),
        pytest.param(
            {},
            {"securityContext": {"runAsNonRoot": True}},
            {"runAsUser": 65534},
            id="the image says as whom",
        ),
        pytest.param(
            {},
            {"securityContext": {"runAsNonRoot": True, "runAsUser": 7}},
            {},
            id="the pod says as whom",
        ),
        pytest.param(
            {"securityContext": {"runAsNonRoot": False}},
            {"securityContext": {"runAsNonRoot": True}},
            {"runAsNonRoot": False},
            id="it may be root",
        ),
    ],
)
def test_whom_a_container_beside_it_runs_as(container: Any, pod: Any, expected: Any) -> None:
    """What is added must be allowed where the application is."""
    assert security_beside(container, pod) == expected


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12))
def test_names_are_quoted_where_they_must_be(name: str) -> None:
    """Whatever a container is called that prints, the file says so."""
    target = TARGET._replace(container=name, match={"kind": "Deployment", "name": name})
    for way in WAYS:
        text = starter(way, target, "kmod.yaml")
        if not any(sign in name for sign in "\r\n\x85\u2028\u2029"):
            data = read_values(text, "kmod.yaml").data["rules"][RULE]
            assert list(data["containers"]) == [name]
            assert data["match"]["name"] == name


def test_the_comparison_has_a_fact_for_each_column() -> None:
    """Which way suits when is told of all of them."""
    assert all(len(facts) == len(COLUMNS) - 1 for facts in WAYS.values())


@needed
@pytest.mark.parametrize("file", files(), ids=lambda path: str(path.relative_to(FOLDER)))
def test_every_workload_of_real_charts(file: Any) -> None:
    """Each way works for each container of each workload, and twice is as once."""
    from postrender.commands.targets import target_of
    from postrender.reports.inventory import workloads_of

    data = file.read_bytes()
    for subject, match in workloads_of(Stream(data)):
        if match is None:
            continue
        for target in target_of(subject.obj, match).values():
            for way in WAYS:
                rules = rules_of([read_values(starter(way, target, "k"), "k")])
                output = b"".join(run(Stream(data), rules, argv_of=locked).pieces)
                assert output != data
                again = run(Stream(output), rules, argv_of=locked)
                assert b"".join(again.pieces) == output
